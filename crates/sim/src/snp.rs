//! AMD and its processors in software: SEV-SNP reports for development, tests and demonstrations.
//!
//! [`SimulatedAmd`] has the keys that AMD has: a root (ARK) for each generation of processors, and
//! the authorities under it. [`SimulatedSnp`] is a guest on a processor that they endorse. Reports,
//! certificates and revocation lists have the real formats and go through the real verifier; a
//! verifier trusts them only when it is told to. **The holder of a [`SimulatedAmd`] can be
//! any guest.** It lives in memory, or in the folder of a [`SimulatedCpu`](crate::SimulatedCpu).

mod certificate;
mod pki;
mod report;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{
    Attester, CollateralItem, CollateralSource, Platform, ReportRequest, ReportType, Result,
    SnpProduct,
};
use aecs_crypto::random;
use aecs_proto::{SevSnpEndorsements, SevSnpReport, UnifiedAttestationAuthReport, json};

use crate::failure::unavailable;
use crate::keys::{Curve, EcKey};
use crate::text::to_base64;

pub use certificate::SnpCertificateFields;
pub use pki::SimulatedAmd;
pub use report::SnpReportFields;

/// Revocation lists are current for this long on both sides of now.
const CRL_PERIOD: Duration = Duration::from_secs(30 * 24 * 3600);

/// A guest of a simulated processor, and the key that signs its reports.
///
/// What reports and certificate say is there to be changed: tests may play any guest on any
/// platform, also one that contradicts itself.
#[derive(Debug, Clone)]
pub struct SimulatedSnp {
    amd: SimulatedAmd,
    key: Arc<EcKey>,
    /// What reports say.
    pub report: SnpReportFields,
    /// What the certificate of the signing key says.
    pub certificate: SnpCertificateFields,
    /// Serial numbers on the root's revocation list; none to leave the list out of Passports.
    pub revoked: Option<Vec<u64>>,
}

impl SimulatedSnp {
    /// A guest on a processor with a key of its own (VCEK), up to date in every part.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn new(amd: &SimulatedAmd, product: SnpProduct) -> Result<Self> {
        let chip_id = match product {
            SnpProduct::Turin => random::<8>()?.to_vec(),
            _ => random::<64>()?.to_vec(),
        };
        Self::on_chip(amd, product, &chip_id)
    }

    /// The same on the processor with this id: 64 bytes, on Turin 8.
    pub(crate) fn on_chip(amd: &SimulatedAmd, product: SnpProduct, chip_id: &[u8]) -> Result<Self> {
        Ok(Self {
            amd: amd.clone(),
            key: Arc::new(EcKey::generate(Curve::P384)?),
            report: SnpReportFields::new(product, chip_id),
            certificate: SnpCertificateFields::vcek(product, chip_id),
            revoked: Some(Vec::new()),
        })
    }

    /// The same with a key that a cloud has loaded (VLEK), which hides the chip.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn with_vlek(amd: &SimulatedAmd, product: SnpProduct) -> Result<Self> {
        let mut guest = Self::new(amd, product)?;
        guest.report.signing_key = 1;
        guest.report.chip_id = [0; 64];
        guest.certificate = SnpCertificateFields::vlek(product, "CN=simulation.invalid");
        Ok(guest)
    }

    /// A report of 1184 bytes.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn raw_report(&self, report_data: &[u8; 64]) -> Result<Vec<u8>> {
        let mut report = self.report.to_bytes(report_data);
        let (signed, signature) = report.split_at_mut(report::SIGNED);
        let made = self.key.sign(signed)?;
        let (r, s) = made.split_at(made.len() / 2);
        for (number, slot) in [r, s].into_iter().zip(signature.chunks_exact_mut(72)) {
            for (byte, slot) in number.iter().rev().zip(slot) {
                *slot = *byte;
            }
        }
        Ok(report)
    }

    /// The certificate of the signing key, in DER.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn vek_der(&self) -> Result<Vec<u8>> {
        self.amd.issue(&self.certificate, &self.key)
    }

    /// All that a passport carries.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn endorsements(&self) -> Result<SevSnpEndorsements> {
        let SnpCertificateFields { product, signer, .. } = self.certificate;
        Ok(SevSnpEndorsements {
            b64_vek_cert: to_base64(&self.vek_der()?),
            b64_ask_cert: to_base64(self.amd.authority_der(product, signer)),
            b64_crl: match &self.revoked {
                Some(_) => to_base64(&self.crl_der()?),
                None => String::new(),
            },
        })
    }

    /// The root's revocation list, in DER.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn crl_der(&self) -> Result<Vec<u8>> {
        let now = SystemTime::now();
        let revoked = self.revoked.as_deref().unwrap_or_default();
        self.amd.crl(self.certificate.product, revoked, now - CRL_PERIOD..now + CRL_PERIOD)
    }
}

impl Attester for SimulatedSnp {
    fn platform(&self) -> Platform {
        Platform::SevSnp
    }

    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport> {
        let raw = self.raw_report(&request.report_data().to_bytes())?;
        let mut json_endorsements = String::new();
        if request.report_type == ReportType::Passport {
            json_endorsements = json::to_string(&self.endorsements()?);
        }
        let report = SevSnpReport { b64_report: to_base64(&raw), json_endorsements };
        Ok(request.answer(self.platform(), json::to_string(&report)))
    }
}

/// Answers as AMD's key distribution service does, for this processor alone.
impl CollateralSource for SimulatedSnp {
    fn get(&self, item: &CollateralItem, _now: SystemTime) -> Result<Arc<[u8]>> {
        let own = &self.certificate;
        match item {
            CollateralItem::SnpVcek { product, chip_id, tcb }
                if (*product, *tcb) == (own.product, own.tcb)
                    && Some(chip_id) == own.chip_id.as_ref() =>
            {
                Ok(self.vek_der()?.into())
            }
            CollateralItem::SnpChain { product, signer } => {
                Ok(self.amd.chain_pem(*product, *signer).into_bytes().into())
            }
            CollateralItem::SnpCrl { product, signer }
                if (*product, *signer) == (own.product, own.signer) =>
            {
                Ok(self.crl_der()?.into())
            }
            other => Err(unavailable(other, "it is another chip's")),
        }
    }

    fn generation(&self) -> u64 {
        0
    }
}
