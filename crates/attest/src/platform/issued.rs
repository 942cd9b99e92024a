//! X.509 certificates below a vendor's root, for chains that `webpki` does not take: with SM2, with
//! devices' certificates that are no TLS certificates, with certificates that name the attested
//! machine's state.

use std::time::SystemTime;

use aecs_crypto::sm::{DEFAULT_ID, PAIR_LEN, Sm2Verifier};
use aws_lc_rs::signature as lc;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::oid::Oid;
use x509_parser::oid_registry::asn1_rs::{Any, Header, oid};
use x509_parser::prelude::{ASN1Time, FromDer, ParsedExtension, X509Extension};
use x509_parser::x509::AlgorithmIdentifier;

use super::Anchor;
use super::pss::is_pss;
use crate::attributes::Backing;
use crate::checks::Checks;
use crate::clock::from_unix_seconds;
use crate::error::{Check, Endorsement, Error, PresentedRoot, Result, Source};
use crate::fingerprint::Fingerprint;

/// Tags of DER.
const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;

/// SM2 signatures with SM3 (GM/T 0006).
const SM2_WITH_SM3: Oid<'static> = oid!(1.2.156.10197.1.501);
/// The SM2 curve.
const SM2_CURVE: Oid<'static> = oid!(1.2.156.10197.1.301);

/// A certificate, read and not yet believed.
pub(crate) struct Certificate<'a> {
    der: &'a [u8],
    x509: X509Certificate<'a>,
}

impl<'a> Certificate<'a> {
    /// Reads one certificate with nothing behind it.
    pub(crate) fn parse(what: &'static str, der: &'a [u8]) -> Result<Self> {
        let (rest, x509) =
            X509Certificate::from_der(der).map_err(|error| Error::malformed(what, error))?;
        if !rest.is_empty() {
            return Err(Error::malformed(what, "something behind the certificate"));
        }
        if !has_one_form(der) || x509.signature_value.unused_bits != 0 {
            return Err(Error::malformed(what, "its signature is not encoded as it must be"));
        }
        Ok(Self { der, x509 })
    }

    /// The extension with this identifier; it must not be there twice.
    pub(crate) fn extension(&self, id: &Oid<'_>) -> Option<&X509Extension<'a>> {
        self.x509.get_extension_unique(id).ok().flatten()
    }

    /// The subject's public key, as its algorithm encodes it.
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.x509.public_key().subject_public_key.data
    }

    /// The subject's public key, if it is one of SM2.
    pub(crate) fn sm2_key(&self) -> Result<Sm2Verifier, Source> {
        let key = self.x509.public_key();
        let curve = key.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok());
        if curve != Some(SM2_CURVE) {
            return Err("the key is not on the SM2 curve".into());
        }
        let Some((4, point)) = self.public_key().split_first() else {
            return Err("the key is not an uncompressed point".into());
        };
        let point: &[u8; PAIR_LEN] = point.try_into()?;
        Ok(Sm2Verifier::from_point(point)?)
    }

    fn issued_itself(&self) -> bool {
        self.x509.issuer().as_raw() == self.x509.subject().as_raw()
    }

    /// Whether this certificate was signed by the owner of that one, who may sign certificates.
    fn check_issuer(&self, issuer: &Self, below: usize) -> Result<(), Source> {
        if self.x509.issuer().as_raw() != issuer.x509.subject().as_raw() {
            return Err(format!("{} is not {}", self.x509.issuer(), issuer.x509.subject()).into());
        }
        let constraints = issuer.x509.basic_constraints()?.map(|constraints| constraints.value);
        let signs = issuer.x509.key_usage()?.is_none_or(|usage| usage.value.key_cert_sign());
        match constraints {
            Some(constraints) if constraints.ca && signs => {
                let beyond = |most: u32| usize::try_from(most).is_ok_and(|most| below > most);
                if constraints.path_len_constraint.is_some_and(beyond) {
                    return Err("the chain is longer than its issuer allows".into());
                }
            }
            _ => return Err(format!("{} is not an authority", issuer.x509.subject()).into()),
        }
        self.verify_signature(issuer)
    }

    fn verify_signature(&self, issuer: &Self) -> Result<(), Source> {
        let message = self.x509.tbs_certificate.as_ref();
        let signature = self.x509.signature_value.data.as_ref();
        let algorithm = &self.x509.signature_algorithm;
        if algorithm.algorithm == SM2_WITH_SM3 {
            return Ok(issuer.sm2_key()?.verify_der(DEFAULT_ID, message, signature)?);
        }
        let verification = verification(algorithm).ok_or_else(|| {
            format!("signature algorithm {} is not supported", algorithm.algorithm)
        })?;
        lc::UnparsedPublicKey::new(verification, issuer.public_key())
            .verify(message, signature)
            .map_err(|_| "the signature does not verify".into())
    }

    /// Refuses critical extensions that nobody here understands.
    fn check_extensions(&self, understood: &[Oid<'_>]) -> Result<(), Source> {
        let unknown = self.x509.extensions().iter().find(|extension| {
            extension.critical
                && !understood.contains(&extension.oid)
                && !matches!(
                    extension.parsed_extension(),
                    ParsedExtension::BasicConstraints(_)
                        | ParsedExtension::KeyUsage(_)
                        | ParsedExtension::ExtendedKeyUsage(_)
                )
        });
        match unknown {
            Some(extension) => Err(format!("unknown critical extension {}", extension.oid).into()),
            None => Ok(()),
        }
    }

    /// First and last second of its validity.
    fn period(&self) -> (SystemTime, SystemTime) {
        let time = |time: ASN1Time| from_unix_seconds(u64::try_from(time.timestamp()).unwrap_or(0));
        let validity = self.x509.validity();
        (time(validity.not_before), time(validity.not_after))
    }
}

/// What a chain of certificates is verified by.
pub(crate) struct ChainRules<'a> {
    pub(crate) check: Check,
    pub(crate) what: Endorsement,
    pub(crate) anchors: &'a [Anchor],
    /// Critical extensions that the caller reads.
    pub(crate) understood: &'a [Oid<'a>],
    pub(crate) now: SystemTime,
}

impl ChainRules<'_> {
    /// Verifies a chain, leaf first, up to one of the roots; the chain may end with that root. The
    /// leaf is never a root itself: **who presents a root proves nothing**.
    pub(crate) fn verify(&self, chain: &[Certificate<'_>], checks: &mut Checks) -> Result<Backing> {
        let Some((top, below)) = chain.split_last() else {
            return Err(Error::untrusted(self.check, "there is no certificate"));
        };
        let presented = self.anchors.iter().find(|anchor| anchor.der == top.der);
        let chain = match presented {
            Some(_) => below,
            None if top.issued_itself() => return Err(self.unknown(top)),
            None => chain,
        };
        let Some((top, issued)) = chain.split_last() else {
            return Err(Error::untrusted(self.check, "there is nothing below the root"));
        };
        let anchors: Vec<&Anchor> =
            presented.map_or_else(|| self.anchors.iter().collect(), |anchor| vec![anchor]);

        let mut outcome = Err(self.unknown(top));
        for anchor in anchors {
            let root = Certificate::parse("root certificate", &anchor.der)?;
            if presented.is_none() && top.x509.issuer().as_raw() != root.x509.subject().as_raw() {
                continue;
            }
            outcome = top
                .check_issuer(&root, issued.len())
                .map(|()| (anchor.backing, root))
                .map_err(|error| Error::untrusted(self.check, error));
            if outcome.is_ok() {
                break;
            }
        }
        let (backing, root) = outcome?;
        for (below, pair) in chain.windows(2).enumerate() {
            if let [certificate, issuer] = pair {
                let holds = certificate.check_issuer(issuer, below);
                holds.map_err(|error| Error::untrusted(self.check, error))?;
            }
        }
        for certificate in chain {
            let holds = certificate.check_extensions(self.understood);
            holds.map_err(|error| Error::untrusted(self.check, error))?;
        }
        checks.all_valid(
            self.what,
            chain.iter().chain([&root]).map(Certificate::period),
            self.now,
        )?;
        checks.passed(self.check, format!("root {}", Fingerprint::of(root.der)));
        Ok(backing)
    }

    fn unknown(&self, top: &Certificate<'_>) -> Error {
        let trusted = self.anchors.iter().map(|anchor| anchor.der.as_slice());
        let root = if top.issued_itself() {
            PresentedRoot::certificate(top.der)
        } else {
            PresentedRoot::named(top.x509.issuer())
        };
        Error::unknown_root(self.what, trusted, root)
    }
}

/// Makes sure that a root can be one.
pub(crate) fn check_root(anchor: &Anchor) -> Result<()> {
    let root = Certificate::parse("root certificate", &anchor.der)?;
    let is_authority = root.x509.is_ca();
    if is_authority { Ok(()) } else { Err(Error::malformed("root certificate", "no authority's")) }
}

/// Whether what is around the signed part has its one form: a sequence, then, to the byte, the
/// algorithm that is in the signed part too, then bits. The parser takes others.
fn has_one_form(der: &[u8]) -> bool {
    fn content(der: &[u8]) -> Option<&[u8]> {
        Header::from_der(der).ok().map(|(content, _)| content)
    }
    fn next<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
        let (behind, _) = Any::from_der(rest).ok()?;
        let element = rest.get(..rest.len() - behind.len());
        *rest = behind;
        element
    }
    let algorithms = || {
        let mut certificate = der.starts_with(&[SEQUENCE]).then(|| content(der))??;
        let signed = next(&mut certificate)?;
        let outer = next(&mut certificate)?;
        certificate.starts_with(&[BIT_STRING]).then_some(())?;
        let mut signed = content(signed)?;
        // The version has a default, so it need not be there.
        if let Some(0xA0) = signed.first() {
            next(&mut signed)?;
        }
        let _serial = next(&mut signed)?;
        Some((outer, next(&mut signed)?))
    };
    algorithms().is_some_and(|(outer, inner)| outer == inner)
}

/// How signatures of certificates are verified, by their algorithm.
fn verification(
    algorithm: &AlgorithmIdentifier<'_>,
) -> Option<&'static dyn lc::VerificationAlgorithm> {
    use x509_parser::oid_registry as ids;
    if is_pss(algorithm, &ids::OID_NIST_HASH_SHA256, 32) {
        return Some(&lc::RSA_PSS_2048_8192_SHA256);
    }
    const VERIFICATIONS: [(Oid<'static>, &dyn lc::VerificationAlgorithm); 6] = [
        (ids::OID_PKCS1_SHA256WITHRSA, &lc::RSA_PKCS1_2048_8192_SHA256),
        (ids::OID_PKCS1_SHA384WITHRSA, &lc::RSA_PKCS1_2048_8192_SHA384),
        (ids::OID_PKCS1_SHA512WITHRSA, &lc::RSA_PKCS1_2048_8192_SHA512),
        (ids::OID_SIG_ECDSA_WITH_SHA256, &lc::ECDSA_P256_SHA256_ASN1),
        (ids::OID_SIG_ECDSA_WITH_SHA384, &lc::ECDSA_P384_SHA384_ASN1),
        (ids::OID_SIG_ECDSA_WITH_SHA512, &lc::ECDSA_P521_SHA512_ASN1),
    ];
    VERIFICATIONS.into_iter().find(|(id, _)| *id == algorithm.algorithm).map(|(_, how)| how)
}

#[cfg(test)]
mod tests;
