//! Whether content is what its item names, and when it is valid.
//!
//! This keeps garbage and mix-ups out of caches and bundles, and tells when to fetch again. It
//! proves nothing: no signature is verified here.

mod dcap;
mod hygon;
mod snp;

use std::time::SystemTime;

pub(super) use dcap::crl_der;

use super::CollateralItem;
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

/// Reads content of at most [`super::MAX_CONTENT`] bytes.
pub(super) fn examine(item: &CollateralItem, content: &[u8]) -> Result<Vec<CollateralPart>> {
    match item {
        CollateralItem::Dcap { tee, fmspc, ca } => dcap::examine(*tee, fmspc, *ca, content),
        CollateralItem::SnpVcek { product, chip_id, tcb } => {
            snp::examine_vcek(*product, chip_id, tcb, content)
        }
        CollateralItem::SnpChain { product, signer } => {
            snp::examine_chain(*product, *signer, content)
        }
        CollateralItem::SnpCrl { product, signer: _ } => snp::examine_crl(*product, content),
        CollateralItem::HygonHskCek { .. } => hygon::examine(content),
    }
}

/// The certificates of a chain in PEM, in DER, and their validity.
fn chain(
    what: &'static str,
    text: &[u8],
    len: usize,
) -> Result<(Vec<Vec<u8>>, Vec<CollateralPart>)> {
    let ders = pem::certificates(what, text, len..=len)?;
    let certificates = Certificate::chain(what, ders.iter().map(Vec::as_slice))?;
    let parts = certificates.iter().map(|one| certificate_part(what, one)).collect();
    Ok((ders, parts))
}

fn certificate_part(what: &'static str, certificate: &Certificate<'_>) -> CollateralPart {
    let (from, until) = certificate.period();
    CollateralPart { what, from: Some(from), until: Some(until) }
}

fn revocation_list<'a>(
    what: &'static str,
    der: &'a [u8],
) -> Result<(RevocationList<'a>, CollateralPart)> {
    let list = RevocationList::read(der).map_err(|error| Error::malformed(what, error))?;
    let part = CollateralPart { what, from: Some(list.issued), until: Some(list.next) };
    Ok((list, part))
}
