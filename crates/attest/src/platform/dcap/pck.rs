//! The certificate of a processor's provisioning certification key (PCK).

use super::chain::Chain;
use super::native::certificate::{Certificate, Role};
use super::native::extension::SgxExtension;
use crate::anchor::Anchor;
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::collateral::{CollateralItem, IntelTee, PckCa};
use crate::error::{Endorsement, Result};
use crate::x509;

/// What a PCK certificate says about its processor.
pub(super) struct Pck {
    fmspc: [u8; 6],
    ca: PckCa,
}

impl Pck {
    pub(super) fn read(der: &[u8]) -> Result<Self> {
        let certificate = Certificate::read(Endorsement::PCK_CHAIN, Role::Pck, der)?;
        let extension = SgxExtension::read(certificate.sgx_extension()?, &mut Checks::new())?;
        Ok(Self { fmspc: extension.fmspc, ca: certificate.issuing_pck_ca()? })
    }

    pub(super) fn collateral_of(&self, tee: IntelTee) -> CollateralItem {
        CollateralItem::Dcap { tee, fmspc: self.fmspc, ca: self.ca }
    }
}

/// Whether a chain leads to the root. Revocation is for later: the lists are yet to be fetched, and
/// are fetched only for processors that somebody trusted has certified.
pub(super) fn check_chain(chain: &Chain, anchor: &Anchor, context: &Context<'_>) -> Result<()> {
    x509::follow(chain.leaf(), chain.certificates().skip(1), &anchor.der, context).map(drop)
}
