//! AMD's certificates: X.509, every one signed with RSASSA-PSS and SHA-384 (publication 57230).

use std::time::SystemTime;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PSS_2048_8192_SHA384};
use x509_parser::asn1_rs::BitString;
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::OID_NIST_HASH_SHA384;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{AlgorithmIdentifier, X509Name};

use crate::clock::from_unix_seconds;
use crate::error::{Error, Result, Source, limit};
use crate::platform::pss::is_pss;

/// A certificate, in bytes: AMD's have 1.4 to 1.7 KiB.
pub(super) const MAX_SIZE: usize = 8 * 1024;

/// Stands in messages for a name that has none.
const NAMELESS: &str = "a name without a common name";

/// Reads one certificate, with nothing behind it.
pub(super) fn parse<'a>(what: &'static str, der: &'a [u8]) -> Result<X509Certificate<'a>> {
    limit(what, der, MAX_SIZE)?;
    let (rest, certificate) =
        X509Certificate::from_der(der).map_err(|error| Error::malformed(what, error))?;
    if !rest.is_empty() {
        return Err(Error::malformed(what, "there are bytes behind it"));
    }
    if !repeats_algorithm(der, certificate.tbs_certificate.as_ref()) {
        return Err(Error::malformed(what, "it names two signature algorithms"));
    }
    Ok(certificate)
}

/// Whether the signature algorithm behind what is signed is, to the byte, one that stands in what
/// is signed: nothing else protects it, and the parser reads more than DER.
pub(super) fn repeats_algorithm(der: &[u8], signed: &[u8]) -> bool {
    // Tag and length (82h, and two bytes) of anything with a signature of 256 bytes to 8 KiB.
    const HEADER: usize = 4;
    let algorithm = der
        .get(HEADER..)
        .and_then(|rest| rest.strip_prefix(signed))
        .and_then(|rest| rest.get(..2 + usize::from(*rest.get(1)?)));
    algorithm.is_some_and(|bytes| signed.windows(bytes.len()).any(|window| window == bytes))
}

/// The first common name in a name.
pub(super) fn common_name<'a>(name: &'a X509Name<'_>) -> &'a str {
    name.iter_common_name().next().and_then(|name| name.as_str().ok()).unwrap_or(NAMELESS)
}

/// The dates of a certificate.
pub(super) fn period(certificate: &X509Certificate<'_>) -> (SystemTime, SystemTime) {
    let validity = certificate.validity();
    (time(validity.not_before), time(validity.not_after))
}

/// A time; one before 1970 counts as 1970.
pub(super) fn time(time: ASN1Time) -> SystemTime {
    from_unix_seconds(u64::try_from(time.timestamp()).unwrap_or_default())
}

/// Signs certificates or revocation lists: an ARK, ASK or ASVK.
#[derive(Debug, Clone)]
pub(super) struct Authority {
    pub(super) der: Vec<u8>,
    pub(super) common_name: String,
    pub(super) issuer_common_name: String,
    /// Both in DER: names are the same when their bytes are.
    pub(super) subject: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    pub(super) serial: Vec<u8>,
    pub(super) period: (SystemTime, SystemTime),
    key: ParsedPublicKey,
}

impl Authority {
    /// Reads a CA's certificate. Nothing has been verified.
    pub(super) fn parse(what: &'static str, der: &[u8]) -> Result<Self> {
        let certificate = parse(what, der)?;
        let malformed = |text: &'static str| Error::malformed(what, text);
        if !certificate.is_ca() {
            return Err(malformed("it is not an authority's"));
        }
        let usage = certificate.key_usage().map_err(|error| Error::malformed(what, error))?;
        if usage.is_some_and(|usage| !usage.value.key_cert_sign()) {
            return Err(malformed("its key may not sign certificates"));
        }
        let key = &certificate.public_key().subject_public_key.data;
        let key = ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA384, key)
            .map_err(|_| malformed("its key is not an RSA key of 2048 to 8192 bits"))?;
        Ok(Self {
            common_name: common_name(certificate.subject()).to_owned(),
            issuer_common_name: common_name(certificate.issuer()).to_owned(),
            subject: certificate.subject().as_raw().to_vec(),
            issuer: certificate.issuer().as_raw().to_vec(),
            serial: certificate.raw_serial().to_vec(),
            period: period(&certificate),
            der: der.to_vec(),
            key,
        })
    }

    /// Whether this authority signed that one.
    pub(super) fn signed_authority(&self, authority: &Self) -> Result<(), Source> {
        let (_, certificate) = X509Certificate::from_der(&authority.der)?;
        self.signed(&certificate)
    }

    /// Whether this authority signed that certificate.
    pub(super) fn signed(&self, certificate: &X509Certificate<'_>) -> Result<(), Source> {
        self.verify(
            &certificate.signature_algorithm,
            certificate.tbs_certificate.as_ref(),
            &certificate.signature_value,
        )
    }

    /// Whether this authority's key made the signature, and with the only algorithm that AMD uses.
    pub(super) fn verify(
        &self,
        algorithm: &AlgorithmIdentifier<'_>,
        message: &[u8],
        signature: &BitString<'_>,
    ) -> Result<(), Source> {
        if signature.unused_bits != 0 {
            return Err("its signature is not whole bytes".into());
        }
        if !is_pss(algorithm, &OID_NIST_HASH_SHA384, 48) {
            return Err("it is not signed with RSASSA-PSS and SHA-384".into());
        }
        self.key
            .verify_sig(message, &signature.data)
            .map_err(|_| format!("its signature is not {}'s", self.common_name).into())
    }
}
