//! The status of one certificate, as its issuer's responder signs it (OCSP, RFC 6960): without a
//! nonce, so that an answer is collateral like a revocation list.

use std::time::{Duration, SystemTime};

use ::der::asn1::{AnyRef, GeneralizedTime};
use aws_lc_rs::digest::{SHA384, digest};

use super::certificate::{Authority, Certificate};
use super::der::{self, Element, Tag};
use super::rules::Rules;
use super::signature::Signed;
use crate::clock::from_unix_seconds;
use crate::error::Source;
use crate::signature::memory::SignatureMemory;

/// An answer, in bytes: NVIDIA's has some 1.5 KiB, most of it the responder's certificate.
pub(crate) const MAX_SIZE: usize = 16 * 1024;
/// How much later than the verifier's the clock of the responder may be.
const SKEW: Duration = Duration::from_secs(300);
/// How long an answer holds that does not say when the next one comes.
const UNDATED: Duration = Duration::from_secs(24 * 3600);
/// Certificates of responders in an answer.
const MAX_RESPONDERS: usize = 4;

/// SHA-384 with its parameters, in DER: how the identifiers of certificates are hashed.
const HASH: &[u8] =
    &[0x30, 13, 0x06, 9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0];
/// The same without parameters.
const HASH_ALONE: &[u8] =
    &[0x30, 11, 0x06, 9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
/// The algorithm that NVIDIA's responder signs with (`nvtrust`, "cc_admin_utils.py"), in DER.
const ECDSA_SHA384: &[u8] = &[0x30, 10, 0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03];
/// 1.3.6.1.5.5.7.48.1.1, id-pkix-ocsp-basic, in DER.
const BASIC: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];

/// Which certificate a status is of (section 4.1.1), with SHA-384.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertificateId {
    /// Hash of the issuer's name, in DER.
    pub(crate) issuer_name: [u8; 48],
    /// Hash of the bits of the issuer's public key.
    pub(crate) issuer_key: [u8; 48],
    /// Content of the serial number's DER.
    pub(crate) serial: Vec<u8>,
}

impl CertificateId {
    /// That of a certificate below an issuer.
    pub(crate) fn of(certificate: &Certificate<'_>, issuer: &Certificate<'_>) -> Self {
        Self {
            issuer_name: sha384(certificate.x509.issuer().as_raw()),
            issuer_key: sha384(issuer.public_key()),
            serial: certificate.x509.raw_serial().to_vec(),
        }
    }

    /// A request for its status, in DER.
    pub(crate) fn request(&self) -> Vec<u8> {
        let parts = [
            HASH.to_vec(),
            element(0x04, &self.issuer_name),
            element(0x04, &self.issuer_key),
            element(0x02, &self.serial),
        ];
        // Around it: the request for one certificate, the list, what could be signed, and all of it.
        (0..5).fold(parts.concat(), |content, _| element(0x30, &content))
    }

    fn is(&self, id: &Element<'_>) -> bool {
        let mut parts = id.content;
        let mut part = || der::next(&mut parts);
        let is = |part: Option<Element<'_>>, tag, content: &[u8]| {
            part.is_some_and(|part| part.tag == tag && part.content == content)
        };
        part().is_some_and(|hash| hash.whole == HASH || hash.whole == HASH_ALONE)
            && is(part(), Tag::OctetString, &self.issuer_name)
            && is(part(), Tag::OctetString, &self.issuer_key)
            && is(part(), Tag::Integer, &self.serial)
            && parts.is_empty()
    }
}

/// What a responder says of a certificate (section 4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It is not revoked.
    Good,
    /// It is revoked, or on hold.
    Revoked {
        /// Since when.
        since: SystemTime,
        /// Why (RFC 5280, section 5.3.1).
        reason: &'static str,
    },
    /// The responder does not know it.
    Unknown,
}

/// An answer, read and not yet trusted.
pub(crate) struct StatusAnswer<'a> {
    signed: Signed<'a>,
    responders: Vec<Certificate<'a>>,
    pub(crate) status: Status,
    /// When it was known, and until when it holds.
    pub(crate) period: (SystemTime, SystemTime),
}

impl<'a> StatusAnswer<'a> {
    /// Reads an answer that has to have the status of this certificate.
    pub(crate) fn read(id: &CertificateId, answer: &'a [u8]) -> Result<Self, Source> {
        let malformed = "it is not an OCSP response in DER";
        let mut parts = der::only(answer, Tag::Sequence).ok_or(malformed)?;
        let outcome = der::content(&mut parts, Tag::Enumerated).ok_or(malformed)?;
        if outcome != [0] {
            return Err(format!("the responder refused: {}", refusal(outcome)).into());
        }
        let bytes = der::only(parts, EXPLICIT_0).and_then(|it| der::only(it, Tag::Sequence));
        let mut bytes = bytes.ok_or(malformed)?;
        if der::content(&mut bytes, Tag::ObjectIdentifier) != Some(BASIC) {
            return Err("it is not a basic OCSP response".into());
        }
        let mut basic = der::only(bytes, Tag::OctetString)
            .and_then(|basic| der::only(basic, Tag::Sequence))
            .ok_or(malformed)?;
        let message = der::next(&mut basic).filter(|it| it.tag == Tag::Sequence);
        let message = message.ok_or(malformed)?;
        // The signature does not cover its algorithm, which therefore has one form.
        let algorithm = der::next(&mut basic).ok_or(malformed)?;
        if algorithm.whole != ECDSA_SHA384 {
            return Err("it is not signed with ECDSA and SHA-384".into());
        }
        let signature = der::content(&mut basic, Tag::BitString).ok_or(malformed)?;
        let [0, signature @ ..] = signature else { return Err(malformed.into()) };
        let signed = Signed { message: message.whole, algorithm: algorithm.whole, signature };
        let (status, period) = status(id, message.content)?;
        Ok(Self { signed, responders: responders(basic)?, status, period })
    }

    /// Whether the issuer of the certificate signed it, or a responder that the issuer certified
    /// for this (section 4.2.2.2), whose period is given.
    pub(crate) fn check_issuer(
        &self,
        issuer: &Authority,
        rules: &Rules,
        signatures: &SignatureMemory,
    ) -> Result<Option<(SystemTime, SystemTime)>, Source> {
        let Err(not_issuer) = issuer.signed(&self.signed, rules, signatures) else {
            return Ok(None);
        };
        let mut failure = not_issuer;
        for responder in &self.responders {
            let outcome = check_responder(responder, issuer, rules, signatures)
                .and_then(|()| self.signed.verify(rules.algorithms, &responder.key(), signatures));
            match outcome {
                Ok(()) => return Ok(Some(responder.period())),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// The same dates with room for a clock of the responder that is ahead.
    pub(crate) fn lenient(period: (SystemTime, SystemTime)) -> (SystemTime, SystemTime) {
        (period.0.checked_sub(SKEW).unwrap_or(period.0), period.1)
    }
}

fn check_responder(
    responder: &Certificate<'_>,
    issuer: &Authority,
    rules: &Rules,
    signatures: &SignatureMemory,
) -> Result<(), Source> {
    issuer.issued(responder, 0, rules, signatures)?;
    responder.check_signer(rules).map_err(|fault| responder.fault(fault))?;
    let purposes =
        responder.x509.extended_key_usage().map_err(|_| "an extension is there twice")?;
    if !purposes.is_some_and(|purposes| purposes.value.ocsp_signing) {
        return Err(responder.fault("its key may not sign statuses (OCSPSigning)"));
    }
    Ok(())
}

/// `[0]`, around another element.
const EXPLICIT_0: Tag = explicit(0);
const EXPLICIT_1: Tag = explicit(1);

const fn explicit(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: ::der::TagNumber(number) }
}

/// In place of another tag.
const fn implicit(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: false, number: ::der::TagNumber(number) }
}

/// The one status of the certificate among those that were signed.
fn status(
    id: &CertificateId,
    mut data: &[u8],
) -> Result<(Status, (SystemTime, SystemTime)), Source> {
    const MALFORMED: &str = "what is signed is not encoded as it must be";
    let mut first = der::next(&mut data).ok_or(MALFORMED)?;
    if first.tag == EXPLICIT_0 {
        // The version, whose only value need not be there.
        if der::only(first.content, Tag::Integer) != Some(&[0]) {
            return Err("it is of another version than 1".into());
        }
        first = der::next(&mut data).ok_or(MALFORMED)?;
    }
    // Who signed is known by the signature.
    if first.tag != EXPLICIT_1 && first.tag != explicit(2) {
        return Err(MALFORMED.into());
    }
    der::content(&mut data, Tag::GeneralizedTime).ok_or(MALFORMED)?;
    let mut answers = der::content(&mut data, Tag::Sequence).ok_or(MALFORMED)?;
    extensions(data)?;

    let mut found = None;
    while !answers.is_empty() {
        let mut answer = der::content(&mut answers, Tag::Sequence).ok_or(MALFORMED)?;
        let of = der::next(&mut answer).filter(|it| it.tag == Tag::Sequence).ok_or(MALFORMED)?;
        if !id.is(&of) {
            continue;
        }
        let status = der::next(&mut answer).ok_or(MALFORMED)?;
        let status = match status.tag {
            tag if tag == implicit(0) && status.content.is_empty() => Status::Good,
            tag if tag == implicit(2) && status.content.is_empty() => Status::Unknown,
            EXPLICIT_1 => revoked(status.content).ok_or(MALFORMED)?,
            _ => return Err(MALFORMED.into()),
        };
        let from = time(der::next(&mut answer)).ok_or(MALFORMED)?;
        let mut until = from + UNDATED;
        let mut rest = answer;
        if let Some(next) = der::next(&mut rest).filter(|it| it.tag == EXPLICIT_0) {
            let mut next = next.content;
            until = time(der::next(&mut next)).filter(|_| next.is_empty()).ok_or(MALFORMED)?;
            answer = rest;
        }
        extensions(answer)?;
        if found.replace((status, (from, until))).is_some() {
            return Err("it has two statuses of the certificate".into());
        }
    }
    found.ok_or_else(|| "it has no status of the certificate".into())
}

fn revoked(mut content: &[u8]) -> Option<Status> {
    let since = time(der::next(&mut content))?;
    let mut reason = 0;
    if !content.is_empty() {
        let explicit = der::only(content, EXPLICIT_0)?;
        reason = der::unsigned(der::only(explicit, Tag::Enumerated)?)?;
    }
    Some(Status::Revoked { since, reason: self::reason(reason) })
}

/// A reason of RFC 5280, section 5.3.1.
fn reason(number: u64) -> &'static str {
    match number {
        0 => "unspecified",
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        8 => "removeFromCRL",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => "of an unknown kind",
    }
}

/// Why a responder gives no status (section 4.2.1).
fn refusal(outcome: &[u8]) -> &'static str {
    match outcome {
        [1] => "malformedRequest",
        [2] => "internalError",
        [3] => "tryLater",
        [5] => "sigRequired",
        [6] => "unauthorized",
        _ => "an unknown reason",
    }
}

fn time(element: Option<Element<'_>>) -> Option<SystemTime> {
    let element = element.filter(|it| it.tag == Tag::GeneralizedTime)?;
    let time =
        AnyRef::new(element.tag, element.content).ok()?.decode_as::<GeneralizedTime>().ok()?;
    Some(from_unix_seconds(time.to_unix_duration().as_secs()))
}

/// Passes over extensions, `[1]` or nothing, of which none may be critical: none is read.
fn extensions(rest: &[u8]) -> Result<(), Source> {
    if rest.is_empty() {
        return Ok(());
    }
    let list = der::only(rest, EXPLICIT_1).and_then(|list| der::only(list, Tag::Sequence));
    let mut list = list.ok_or("its extensions are not encoded as they must be")?;
    while !list.is_empty() {
        let extension = der::content(&mut list, Tag::Sequence);
        let mut parts = extension.ok_or("its extensions are not encoded as they must be")?;
        der::next(&mut parts);
        if der::next(&mut parts).is_none_or(|it| it.tag != Tag::OctetString) {
            return Err("it has an unknown critical extension".into());
        }
    }
    Ok(())
}

/// The certificates that an answer brings.
fn responders(rest: &[u8]) -> Result<Vec<Certificate<'_>>, Source> {
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    let list = der::only(rest, EXPLICIT_0).and_then(|list| der::only(list, Tag::Sequence));
    let mut list = list.ok_or("its certificates are not encoded as they must be")?;
    let mut responders = Vec::new();
    while let Some(certificate) = der::next(&mut list) {
        if responders.len() == MAX_RESPONDERS {
            return Err("it brings too many certificates".into());
        }
        responders.push(Certificate::read(certificate.whole)?);
    }
    match list.is_empty() {
        true => Ok(responders),
        false => Err("its certificates are not encoded as they must be".into()),
    }
}

fn sha384(bytes: &[u8]) -> [u8; 48] {
    let mut hash = [0; 48];
    hash.copy_from_slice(digest(&SHA384, bytes).as_ref());
    hash
}

/// An element of up to 255 bytes.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = u8::try_from(content.len()).unwrap_or(u8::MAX);
    let head = if len < 0x80 { vec![tag, len] } else { vec![tag, 0x81, len] };
    [head.as_slice(), content].concat()
}

#[cfg(test)]
mod tests;
