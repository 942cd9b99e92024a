//! The parts of an item, with the dates that they bear.

use std::time::SystemTime;

use crate::error::{Error, Result};
use crate::x509::{Certificate, RevocationList, pem};

/// A certificate, list or document in an item of collateral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollateralPart {
    /// What it is, for example "TCB info".
    pub what: &'static str,
    /// The first second it is valid; none for a form without dates.
    pub from: Option<SystemTime>,
    /// The last second it is valid; none when it does not end.
    pub until: Option<SystemTime>,
}

impl CollateralPart {
    /// Whether it is valid at a time, as far as its dates go.
    #[must_use]
    pub fn is_valid(&self, now: SystemTime) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now <= until)
    }
}

/// The certificates of a chain in PEM, in DER, and their validity.
pub(super) fn chain(
    what: &'static str,
    text: &[u8],
    len: usize,
) -> Result<(Vec<Vec<u8>>, Vec<CollateralPart>)> {
    let ders = pem::certificates(what, text, len..=len)?;
    let certificates = Certificate::chain(what, ders.iter().map(Vec::as_slice))?;
    let parts = certificates.iter().map(|one| certificate_part(what, one)).collect();
    Ok((ders, parts))
}

pub(super) fn certificate_part(
    what: &'static str,
    certificate: &Certificate<'_>,
) -> CollateralPart {
    let (from, until) = certificate.period();
    CollateralPart { what, from: Some(from), until: Some(until) }
}

pub(super) fn revocation_list<'a>(
    what: &'static str,
    der: &'a [u8],
) -> Result<(RevocationList<'a>, CollateralPart)> {
    let list = RevocationList::read(der).map_err(|error| Error::malformed(what, error))?;
    let part = CollateralPart { what, from: Some(list.issued), until: Some(list.next) };
    Ok((list, part))
}
