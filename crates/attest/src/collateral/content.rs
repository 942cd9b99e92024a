//! Whether content is what its item names, and when it is valid.
//!
//! This keeps garbage and mix-ups out of caches and bundles, and tells when to fetch again. It
//! proves nothing: no signature is verified here.

mod dcap;
mod hygon;
mod nvidia;
mod part;
mod snp;

use super::item::CollateralItem;
use crate::error::Result;
use crate::x509::ocsp::CertificateId;

pub(super) use dcap::crl_der;
pub use part::CollateralPart;

/// Reads content, whose length has been checked.
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
        CollateralItem::NvidiaStatus { issuer_name, issuer_key, serial } => {
            let (issuer_name, issuer_key) = (*issuer_name, *issuer_key);
            let id = CertificateId { issuer_name, issuer_key, serial: serial.clone() };
            nvidia::examine_status(&id, content)
        }
        CollateralItem::NvidiaRim { id } => nvidia::examine_rim(id, content),
        CollateralItem::HygonHskCek { .. } => hygon::examine(content),
    }
}
