//! Certification paths of ECDSA P-384 certificates (RFC 5280, section 6), as AWS and NVIDIA have
//! them: complete from the signer to a root that is trusted by its bytes.

use std::time::SystemTime;

use x509_parser::oid_registry::Oid;
use x509_parser::prelude::{FromDer as _, ParsedExtension, X509Certificate, X509Version};

use super::super::Anchor;
use super::ecdsa::{Curve, EcKey};
use crate::attributes::Backing;
use crate::checks::Checks;
use crate::clock::from_unix_seconds;
use crate::error::{Check, Endorsement, Error, PresentedRoot, Result, Source};
use crate::x509::der::{Tag, content, only};

/// Certificates of a path, from the signer's to the root's.
pub(in crate::platform) struct Path<'a> {
    what: Endorsement,
    signer: X509Certificate<'a>,
    /// From the signer's issuer to the root.
    authorities: Vec<X509Certificate<'a>>,
}

/// What a path led to.
pub(in crate::platform) struct Trusted {
    pub(in crate::platform) key: EcKey,
    pub(in crate::platform) backing: Backing,
}

impl<'a> Path<'a> {
    /// Reads certificates in the order signer to root; the last one is the root.
    pub(in crate::platform) fn parse(
        what: Endorsement,
        certificates: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self> {
        let mut certificates =
            certificates.into_iter().enumerate().map(|(at, der)| certificate(what, at, der));
        let signer = certificates
            .next()
            .ok_or_else(|| Error::malformed(what.name(), "there are no certificates"))??;
        Ok(Self { what, signer, authorities: certificates.collect::<Result<_>>()? })
    }

    pub(in crate::platform) fn signer(&self) -> &X509Certificate<'a> {
        &self.signer
    }

    /// First and last second of the signer's certificate.
    pub(in crate::platform) fn signer_period(&self) -> (SystemTime, SystemTime) {
        period(&self.signer)
    }

    /// Follows the path to one of the anchors.
    pub(in crate::platform) fn verify(
        &self,
        anchors: &[Anchor],
        now: SystemTime,
        checks: &mut Checks,
    ) -> Result<Trusted> {
        let top = self.authorities.last().unwrap_or(&self.signer);
        let backing = trusted(self.what, anchors, top)?;
        let untrusted = |error: Source| Error::untrusted(Check::CERTIFICATE_CHAIN, error);
        let key = usable_key(&self.signer, Role::Signer).map_err(untrusted)?;
        let mut subject = &self.signer;
        for (below, authority) in self.authorities.iter().enumerate() {
            link(subject, authority, below).map_err(untrusted)?;
            subject = authority;
        }
        let len = self.authorities.len() + 1;
        checks.passed(Check::CERTIFICATE_CHAIN, format!("{}: {len} certificates", self.what));
        checks.all_valid(
            self.what,
            self.authorities.iter().chain([&self.signer]).map(period),
            now,
        )?;
        Ok(Trusted { key, backing })
    }
}

/// Refuses an anchor that could never be the end of a path.
pub(in crate::platform) fn check_anchors(anchors: &[Anchor]) -> Result<()> {
    anchors.iter().try_for_each(|anchor| {
        let (rest, root) = X509Certificate::from_der(&anchor.der)
            .map_err(|error| Error::malformed("root certificate", error))?;
        if !rest.is_empty() {
            return Err(Error::malformed("root certificate", "bytes follow it"));
        }
        usable_key(&root, Role::Authority { below: 0 })
            .map(|_| ())
            .map_err(|error| Error::malformed("root certificate", error))
    })
}

/// Reads the certificate at a place of the path.
fn certificate(what: Endorsement, at: usize, der: &[u8]) -> Result<X509Certificate<'_>> {
    let malformed = |fault: &str| {
        let text = format!("certificate {} from the signer's: {fault}", at + 1);
        Error::malformed(what.name(), text)
    };
    let (rest, certificate) =
        X509Certificate::from_der(der).map_err(|_| malformed("it is not in DER"))?;
    if rest.is_empty() { Ok(certificate) } else { Err(malformed("bytes follow it")) }
}

fn trusted(what: Endorsement, anchors: &[Anchor], root: &X509Certificate<'_>) -> Result<Backing> {
    let anchor = anchors.iter().find(|anchor| anchor.der == root.as_raw());
    anchor.map(|anchor| anchor.backing).ok_or_else(|| {
        if root.issuer().as_raw() != root.subject().as_raw() {
            // Nobody would look for a trusted root by the fingerprint of what is none.
            return Error::malformed(what.name(), fault(root, "stands last, and is no root's"));
        }
        let trusted = anchors.iter().map(|anchor| anchor.der.as_slice());
        Error::unknown_root(what, trusted, PresentedRoot::certificate(root.as_raw()))
    })
}

/// That `authority`, which has `below` other authorities under it, issued `subject`.
fn link(
    subject: &X509Certificate<'_>,
    authority: &X509Certificate<'_>,
    below: usize,
) -> Result<(), Source> {
    let key = usable_key(authority, Role::Authority { below })?;
    if subject.issuer().as_raw() != authority.subject().as_raw() {
        let issuer = authority.subject().to_string();
        let text = format!("names another issuer than {}", issuer.escape_debug());
        return Err(fault(subject, &text));
    }
    let signature = signature(subject.as_raw())
        .ok_or_else(|| fault(subject, "not signed with ECDSA and SHA-384"))?;
    key.verify_der(subject.tbs_certificate.as_ref(), signature)
        .map_err(|error| fault(subject, &error.to_string()))
}

/// What is wrong with a certificate. Its name is evidence: control characters in it must not reach
/// a terminal.
fn fault(certificate: &X509Certificate<'_>, text: &str) -> Source {
    let subject = certificate.subject().to_string();
    format!("certificate of {}: {text}", subject.escape_debug()).into()
}

/// `ecdsa-with-SHA384` (1.2.840.10045.4.3.3) without parameters (RFC 5758, section 3.2).
const ECDSA_WITH_SHA384: &[u8] = &[0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03];

/// The signature of a certificate. Nothing of its frame is signed; so nothing in it may vary.
fn signature(certificate: &[u8]) -> Option<&[u8]> {
    let mut parts = only(certificate, Tag::Sequence)?;
    let _signed = content(&mut parts, Tag::Sequence)?;
    let algorithm = content(&mut parts, Tag::Sequence)?;
    let [0, signature @ ..] = only(parts, Tag::BitString)? else { return None };
    (algorithm == ECDSA_WITH_SHA384).then_some(signature)
}

/// What a certificate is used for.
#[derive(Clone, Copy)]
enum Role {
    Signer,
    Authority {
        /// Authorities between this one and the signer.
        below: usize,
    },
}

/// The key of a certificate that may be used for this.
fn usable_key(certificate: &X509Certificate<'_>, role: Role) -> Result<EcKey, Source> {
    if certificate.version() != X509Version::V3 {
        return Err(fault(certificate, "not of version 3"));
    }
    if certificate.signature_algorithm != certificate.tbs_certificate.signature {
        return Err(fault(certificate, "signed with two algorithms"));
    }
    usable_for(certificate, role).map_err(|text| fault(certificate, text))?;
    let key = EcKey::from_spki(certificate.public_key())
        .map_err(|error| fault(certificate, &error.to_string()))?;
    if key.curve() == Curve::P384 { Ok(key) } else { Err(fault(certificate, "not of P-384")) }
}

fn usable_for(certificate: &X509Certificate<'_>, role: Role) -> Result<(), &'static str> {
    understood(certificate, role)?;
    let twice = |_| "an extension is there twice";
    let usage = certificate.key_usage().map_err(twice)?.ok_or("there is no key usage")?.value;
    let constraints = certificate.basic_constraints().map_err(twice)?;
    let is_ca = constraints.as_ref().is_some_and(|extension| extension.value.ca);
    let len = constraints.and_then(|extension| extension.value.path_len_constraint);
    match role {
        Role::Signer if is_ca || len.is_some() => {
            Err("an authority's, where the signer's has to be first")
        }
        Role::Signer if !usage.digital_signature() => Err("not to sign with"),
        Role::Authority { .. } if !is_ca => Err("not an authority's"),
        Role::Authority { .. } if !usage.key_cert_sign() => Err("not to certify with"),
        Role::Authority { below } if len.is_some_and(|len| below > to_usize(len)) => {
            Err("the path below it is too long")
        }
        _ => Ok(()),
    }
}

/// Extensions of the TCG's device identifier composition engine ("DICE Attestation
/// Architecture", section 6.1), of a device's own certificate: who knows the platform reads them.
const DICE: &[u64] = &[2, 23, 133, 5, 4];

/// That nothing critical is overlooked.
fn understood(certificate: &X509Certificate<'_>, role: Role) -> Result<(), &'static str> {
    let dice = |oid: &Oid<'_>| {
        let arc = oid.iter().map(|parts| parts.take(DICE.len()));
        matches!(role, Role::Signer) && arc.is_some_and(|arc| arc.eq(DICE.iter().copied()))
    };
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(_) | ParsedExtension::KeyUsage(_) => {}
            ParsedExtension::ParseError { .. } => return Err("an extension is malformed"),
            _ if extension.critical && !dice(&extension.oid) => {
                return Err("a critical extension is unknown");
            }
            _ => {}
        }
    }
    Ok(())
}

fn period(certificate: &X509Certificate<'_>) -> (SystemTime, SystemTime) {
    let validity = certificate.validity();
    let seconds = |seconds: i64| from_unix_seconds(u64::try_from(seconds).unwrap_or(0));
    (seconds(validity.not_before.timestamp()), seconds(validity.not_after.timestamp()))
}

fn to_usize(len: u32) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}
