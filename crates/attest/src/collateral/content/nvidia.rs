//! NVIDIA's answers about the status of certificates.

use super::part::CollateralPart;
use crate::error::{Error, Result, limit};
use crate::x509::ocsp::{CertificateId, MAX_SIZE, StatusAnswer};

const STATUS: &str = "OCSP response";

pub(super) fn examine_status(id: &CertificateId, content: &[u8]) -> Result<Vec<CollateralPart>> {
    limit(STATUS, content, MAX_SIZE)?;
    let answer =
        StatusAnswer::read(id, content).map_err(|error| Error::malformed(STATUS, error))?;
    let (from, until) = StatusAnswer::lenient(answer.period);
    Ok(vec![CollateralPart { what: STATUS, from: Some(from), until: Some(until) }])
}
