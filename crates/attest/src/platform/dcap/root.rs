//! Which root a chain ends in. A root is its name and its key (RFC 5280, section 6.1.1 (d)): Intel
//! has made two certificates of its SGX root CA, until 2033 and until 2049, and its quote
//! verification enclave compares the key. The certificates of one verification all end in the same
//! one, as in Intel's library.

use webpki::aws_lc_rs::ECDSA_P256_SHA256;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use crate::error::{Error, Result};
use crate::platform::Anchor;

/// Refuses what could be no root of Intel's kind, before anything is judged with it.
pub(super) fn check(der: &[u8]) -> Result<()> {
    let malformed = |reason: &str| Error::malformed("root certificate", reason);
    let certificate = der.into();
    webpki::anchor_from_trusted_cert(&certificate)
        .map_err(|error| Error::malformed("root certificate", error))?;
    let (rest, root) =
        X509Certificate::from_der(der).map_err(|error| malformed(&error.to_string()))?;
    match (rest.is_empty(), root.is_ca()) {
        (true, true) => Ok(()),
        (false, _) => Err(malformed("bytes follow it")),
        (_, false) => Err(malformed("it is not an authority's")),
    }
}

/// Whether a certificate is the anchor's, or another one that the same authority signed for itself.
/// Its dates and its place are still to be checked.
pub(super) fn is_of(anchor: &Anchor, root: &[u8]) -> bool {
    root == anchor.der || reissued(&anchor.der, root).unwrap_or(false)
}

fn reissued(trusted: &[u8], root: &[u8]) -> Option<bool> {
    let (_, trusted) = X509Certificate::from_der(trusted).ok()?;
    let (rest, root) = X509Certificate::from_der(root).ok()?;
    let name = trusted.subject().as_raw();
    let same = rest.is_empty()
        && root.subject().as_raw() == name
        && root.issuer().as_raw() == name
        && root.public_key().raw == trusted.public_key().raw;
    let key = &root.public_key().subject_public_key.data;
    let signed = || {
        let message = root.tbs_certificate.as_ref();
        ECDSA_P256_SHA256.verify_signature(key, message, &root.signature_value.data).is_ok()
    };
    Some(same && signed())
}
