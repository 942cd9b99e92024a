//! Certificates and revocation lists (RFC 5280) of all simulated vendors: the one builder.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use aecs_attest::Result;
use aecs_crypto::sha256;

use crate::der::{
    BIT_STRING, EXPLICIT_0, EXPLICIT_3, OCTET_STRING, SET, bit_string, boolean, element, integer,
    oid, sequence, time, utf8,
};
use crate::model::MARKER;

const COMMON_NAME: &[u64] = &[2, 5, 4, 3];
const ORGANIZATION: &[u64] = &[2, 5, 4, 10];
const SUBJECT_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 14];
const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
const CRL_NUMBER: &[u64] = &[2, 5, 29, 20];
const CRL_DISTRIBUTION_POINTS: &[u64] = &[2, 5, 29, 31];
const AUTHORITY_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 35];

const DAY: Duration = Duration::from_secs(24 * 3600);

/// When something is valid: both ends are inside.
pub(crate) type Window = Range<SystemTime>;

/// From a day ago until this number of years from now.
pub(crate) fn for_years(years: u32) -> Window {
    let now = SystemTime::now();
    now - DAY..now + 365 * years * DAY
}

/// From a day ago, for longer than any simulation.
pub(crate) fn usual_window() -> Window {
    for_years(25)
}

/// A key that signs certificates and revocation lists.
pub(crate) trait Signer {
    /// Its public half (SubjectPublicKeyInfo), in DER.
    fn spki(&self) -> Vec<u8>;

    /// Identifier of the algorithm that it signs with, in DER.
    fn algorithm(&self) -> Vec<u8>;

    /// A signature in the form that certificates have.
    fn signature(&self, message: &[u8]) -> Result<Vec<u8>>;
}

/// What a key may be used for; the number is the bit in the extension.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Usage {
    DigitalSignature = 0,
    ContentCommitment = 1,
    CertSign = 5,
    CrlSign = 6,
}

/// A certificate to make. All names are common names of the same organization.
pub(crate) struct Certificate<'a> {
    pub(crate) serial: u64,
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) validity: &'a Window,
    /// Each as [`extension`] and others make it; identifiers of the two keys are added.
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl<'a> Certificate<'a> {
    /// A root's that certifies signers only.
    pub(crate) fn root(name: &'a str, validity: &'a Window) -> Self {
        let extensions =
            vec![basic_constraints(true, Some(0)), key_usage(&[Usage::CertSign, Usage::CrlSign])];
        Self { serial: 1, issuer: name, subject: name, validity, extensions }
    }

    /// That of a signer below it.
    pub(crate) fn signer(issuer: &'a str, subject: &'a str, validity: &'a Window) -> Self {
        let extensions =
            vec![basic_constraints(false, None), key_usage(&[Usage::DigitalSignature])];
        Self { serial: 2, issuer, subject, validity, extensions }
    }

    /// The certificate of a key, by its public half, signed with another one; in DER.
    pub(crate) fn signed(&self, spki: &[u8], signer: &impl Signer) -> Result<Vec<u8>> {
        let mut extensions = self.extensions.clone();
        let subject = element(OCTET_STRING, &key_identifier(spki));
        extensions.push(extension(SUBJECT_KEY_IDENTIFIER, false, &subject));
        extensions.push(authority_key(&signer.spki()));
        signed(
            &[
                element(EXPLICIT_0, &integer(2)),
                integer(self.serial),
                signer.algorithm(),
                name(self.issuer),
                sequence(&[time(self.validity.start), time(self.validity.end)]),
                name(self.subject),
                spki.to_vec(),
                element(EXPLICIT_3, &sequence(&extensions)),
            ],
            signer,
        )
    }

    /// The certificate of a key that signs it itself, in DER.
    pub(crate) fn self_signed(&self, key: &impl Signer) -> Result<Vec<u8>> {
        self.signed(&key.spki(), key)
    }
}

/// A revocation list with these serial numbers, in DER.
pub(crate) fn revocation_list(
    issuer: &str,
    revoked: &[u64],
    validity: &Window,
    signer: &impl Signer,
) -> Result<Vec<u8>> {
    let (from, until) = (time(validity.start), time(validity.end));
    let entry = |serial: &u64| sequence(&[integer(*serial), from.clone()]);
    let entries: Vec<_> = revoked.iter().map(entry).collect();
    let number = extension(CRL_NUMBER, false, &integer(1));
    let extensions = sequence(&[number, authority_key(&signer.spki())]);
    let mut parts = vec![integer(1), signer.algorithm(), name(issuer), from.clone(), until];
    if !entries.is_empty() {
        parts.push(sequence(&entries));
    }
    parts.push(element(EXPLICIT_0, &extensions));
    signed(&parts, signer)
}

fn signed(parts: &[Vec<u8>], signer: &impl Signer) -> Result<Vec<u8>> {
    let tbs = sequence(parts);
    let signature = signer.signature(&tbs)?;
    Ok(sequence(&[tbs, signer.algorithm(), bit_string(&signature)]))
}

fn name(common_name: &str) -> Vec<u8> {
    let attribute = |id, text| element(SET, &sequence(&[oid(id), utf8(text)]));
    sequence(&[attribute(COMMON_NAME, common_name), attribute(ORGANIZATION, MARKER)])
}

/// An extension with a value in DER.
pub(crate) fn extension(id: &[u64], critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![oid(id)];
    if critical {
        parts.push(boolean(true));
    }
    parts.push(element(OCTET_STRING, value));
    sequence(&parts)
}

/// Whether the subject is an authority, and how many may be below it.
pub(crate) fn basic_constraints(authority: bool, path_len: Option<u8>) -> Vec<u8> {
    let mut value = Vec::new();
    if authority {
        value.push(boolean(true));
        value.extend(path_len.map(|len| integer(len.into())));
    }
    extension(BASIC_CONSTRAINTS, true, &sequence(&value))
}

/// What the subject's key may be used for.
pub(crate) fn key_usage(usages: &[Usage]) -> Vec<u8> {
    let bits = usages.iter().fold(0_u8, |bits, usage| bits | 0x80 >> *usage as u8);
    let unused = u8::try_from(bits.trailing_zeros()).unwrap_or_default();
    extension(KEY_USAGE, true, &element(BIT_STRING, &[unused, bits]))
}

/// Where the issuer's revocation list is.
pub(crate) fn distribution_point(url: &str) -> Vec<u8> {
    const URI: u8 = 0x86;
    let name = element(EXPLICIT_0, &element(EXPLICIT_0, &element(URI, url.as_bytes())));
    extension(CRL_DISTRIBUTION_POINTS, false, &sequence(&[sequence(&[name])]))
}

fn authority_key(spki: &[u8]) -> Vec<u8> {
    const KEY_IDENTIFIER: u8 = 0x80;
    let identifier = element(KEY_IDENTIFIER, &key_identifier(spki));
    extension(AUTHORITY_KEY_IDENTIFIER, false, &sequence(&[identifier]))
}

/// The first 20 bytes of a hash of the key.
fn key_identifier(spki: &[u8]) -> Vec<u8> {
    sha256(spki).into_iter().take(20).collect()
}
