//! NVIDIA's answers about the status of certificates, and its reference values.

use super::part::{CollateralPart, certificate_part};
use crate::error::{Error, Result, limit};
use crate::rim::Rim;
use crate::x509::Certificate;
use crate::x509::ocsp::{CertificateId, MAX_SIZE, StatusAnswer};
use crate::xml::signature::Envelope;

const STATUS: &str = "OCSP response";

pub(super) fn examine_status(id: &CertificateId, content: &[u8]) -> Result<Vec<CollateralPart>> {
    limit(STATUS, content, MAX_SIZE)?;
    let answer =
        StatusAnswer::read(id, content).map_err(|error| Error::malformed(STATUS, error))?;
    let (from, until) = StatusAnswer::lenient(answer.period);
    Ok(vec![CollateralPart { what: STATUS, from: Some(from), until: Some(until) }])
}

/// The dates of reference values are those of the certificates of who signed them.
pub(super) fn examine_rim(id: &str, content: &[u8]) -> Result<Vec<CollateralPart>> {
    const RIM: &str = "reference values (RIM)";
    let envelope = Envelope::parse(content).map_err(|fault| Error::malformed(RIM, fault))?;
    let rim = Rim::read(envelope.unverified()).map_err(|fault| Error::malformed(RIM, fault))?;
    if !rim.is_named(id) {
        return Err(Error::malformed(RIM, format!("for version {:?}", rim.version)));
    }
    let chain = envelope.certificates.iter().map(Vec::as_slice);
    let chain = Certificate::chain(RIM, chain)?;
    let part = |certificate| certificate_part("RIM certificate", certificate);
    Ok(chain.iter().map(part).collect())
}
