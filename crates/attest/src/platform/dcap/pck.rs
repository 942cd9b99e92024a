//! The certificate of a processor's provisioning certification key (PCK).

use std::time::{Duration, SystemTime};

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

use super::chain::Chain;
use super::native::certificate::{Certificate, Role};
use super::native::extension::SgxExtension;
use crate::checks::Checks;
use crate::clock::unix_seconds;
use crate::collateral::{CollateralItem, IntelTee, PckCa};
use crate::error::{Check, Endorsement, Error, Result};
use crate::platform::Anchor;

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
pub(super) fn check_chain(chain: &Chain, anchor: &Anchor, now: SystemTime) -> Result<()> {
    let refused = |error: webpki::Error| Error::untrusted(Check::CERTIFICATE_CHAIN, error);
    let root = CertificateDer::from(anchor.der.as_slice());
    let root = webpki::anchor_from_trusted_cert(&root).map_err(refused)?;
    let leaf = CertificateDer::from(chain.leaf());
    let above: Vec<_> = chain.certificates().skip(1).map(CertificateDer::from).collect();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(unix_seconds(now)?));
    EndEntityCert::try_from(&leaf)
        .and_then(|leaf| {
            let algorithms = [webpki::aws_lc_rs::ECDSA_P256_SHA256];
            let usage = KeyUsage::server_auth();
            leaf.verify_for_usage(&algorithms, &[root], &above, now, usage, None, None).map(drop)
        })
        .map_err(refused)
}
