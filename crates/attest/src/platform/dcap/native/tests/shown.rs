//! Quotes as `dcap-qvl` takes them.
//!
//! The library refuses attributes of trust domains about which a policy decides here, and
//! authentication data of other lengths than Intel's own quoting enclaves have.

use super::super::super::quote::Quote;
use super::super::Body;
use super::super::quote::{PCK_CERTIFICATE_CHAIN, QE_REPORT_CERTIFICATION_DATA};
use super::crypto::Shown;
use crate::quote::sgx::HEADER_LEN;

/// What the library is shown in place of authentication data of another length.
const QE_AUTHENTICATION_DATA: [u8; 32] = [0; 32];
/// Where the attributes are in a TD report.
const ATTRIBUTES_AT: usize = 120;
const SEPT_VE_DISABLE: u64 = 1 << 28;
const MIGRATABLE: u64 = 1 << 29;
/// The version that only enclaves have.
const ENCLAVE_VERSION: [u8; 2] = [3, 0];
/// The version that has the report's kind and length in front of it.
const TYPED: [u8; 2] = [5, 0];

/// The quote as the library takes it, and what that stands for.
pub(super) fn quote(quote: &Quote<'_>) -> (Vec<u8>, Vec<Shown>) {
    let frame = &quote.frame;
    let mut bytes = frame.signed.to_vec();
    let mut shown = Vec::new();
    if matches!(quote.body(), Body::TrustDomain(_)) {
        let typed = if bytes.starts_with(&TYPED) { 6 } else { 0 };
        let at = HEADER_LEN + typed + ATTRIBUTES_AT;
        let attributes = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        let wanted = (attributes | SEPT_VE_DISABLE) & !MIGRATABLE;
        bytes[at..at + 8].copy_from_slice(&wanted.to_le_bytes());
        if bytes != frame.signed {
            shown.push(Shown { shown: bytes.clone(), came: frame.signed.to_vec() });
        }
    }
    let came = frame.qe_authentication;
    let authentication_data = if came.len() == QE_AUTHENTICATION_DATA.len() {
        came
    } else {
        let key = frame.attestation_key.as_slice();
        shown.push(Shown {
            shown: [key, &QE_AUTHENTICATION_DATA].concat(),
            came: [key, came].concat(),
        });
        &QE_AUTHENTICATION_DATA
    };
    bytes.extend(signature_section(quote, authentication_data));
    (bytes, shown)
}

/// The signature section without the certificates, which the library is given apart.
fn signature_section(quote: &Quote<'_>, authentication_data: &[u8]) -> Vec<u8> {
    let frame = &quote.frame;
    let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let mut qe = [frame.qe_report_bytes.as_slice(), frame.qe_report_signature].concat();
    qe.extend(u16::try_from(authentication_data.len()).unwrap().to_le_bytes());
    qe.extend(authentication_data);
    qe.extend(PCK_CERTIFICATE_CHAIN.to_le_bytes());
    qe.extend(0_u32.to_le_bytes());
    let mut section = [frame.signature.as_slice(), frame.attestation_key].concat();
    if !frame.signed.starts_with(&ENCLAVE_VERSION) {
        section.extend(QE_REPORT_CERTIFICATION_DATA.to_le_bytes());
        section.extend(len(&qe));
    }
    section.extend(qe);
    [len(&section).as_slice(), &section].concat()
}
