//! Whether content is what its item names, and when it is valid.
//!
//! This keeps garbage and mix-ups out of caches and bundles, and tells when to fetch again. It
//! proves nothing: no signature is verified here.

mod dcap;
mod hygon;
mod snp;

use std::time::SystemTime;

use x509_parser::prelude::{CertificateRevocationList, FromDer as _, X509Certificate, X509Name};
use x509_parser::time::ASN1Time;

#[cfg(feature = "collateral-client")]
pub(super) use dcap::crl_der;

use super::CollateralItem;
use crate::clock::from_unix_seconds;
use crate::error::{Error, Result};
use crate::x509::pem;

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
    let parts = ders
        .iter()
        .map(|der| Ok(certificate_part(what, &certificate(what, der)?)))
        .collect::<Result<_>>()?;
    Ok((ders, parts))
}

fn certificate<'a>(what: &'static str, der: &'a [u8]) -> Result<X509Certificate<'a>> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok(_) => Err(Error::malformed(what, "there is something behind the certificate")),
        Err(error) => Err(Error::malformed(what, error.to_string())),
    }
}

fn certificate_part(what: &'static str, certificate: &X509Certificate<'_>) -> CollateralPart {
    let validity = certificate.validity();
    CollateralPart { what, from: time(validity.not_before), until: time(validity.not_after) }
}

fn revocation_list<'a>(
    what: &'static str,
    der: &'a [u8],
) -> Result<(CertificateRevocationList<'a>, CollateralPart)> {
    match CertificateRevocationList::from_der(der) {
        Ok(([], list)) => {
            let from = time(list.last_update());
            let until = list.next_update().and_then(time);
            // A list that never ends would hide every later revocation.
            if until.is_none() {
                return Err(Error::malformed(what, "it does not say when the next one comes"));
            }
            Ok((list, CollateralPart { what, from, until }))
        }
        Ok(_) => Err(Error::malformed(what, "there is something behind the list")),
        Err(error) => Err(Error::malformed(what, error.to_string())),
    }
}

fn common_name<'a>(name: &'a X509Name<'_>) -> &'a str {
    name.iter_common_name().next().and_then(|name| name.as_str().ok()).unwrap_or_default()
}

/// No date that we can reckon with is before 1970.
fn time(time: ASN1Time) -> Option<SystemTime> {
    u64::try_from(time.timestamp()).ok().map(from_unix_seconds)
}
