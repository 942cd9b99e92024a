//! Confidential machines of Azure in software: a paravisor and its virtual TPM, in front of a
//! simulated processor.

use std::collections::BTreeMap;
use std::sync::Arc;

use aecs_attest::{Attester, IntelTee, Platform, ReportRequest, ReportType, Result};
use aecs_proto::{AzureVtpmReport, UnifiedAttestationAuthReport, json};
use aws_lc_rs::digest::{SHA256, SHA384, digest};
use aws_lc_rs::rsa::KeySize;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::failure::internal;
use crate::keys::{RsaKey, RsaScheme};
use crate::snp::SimulatedSnp;
use crate::text::to_base64;
use crate::trust_domain::SimulatedTd;

/// Bytes of a SEV-SNP report, for which every HCL report has room.
const HARDWARE_REPORT: usize = 0x4A0;
/// Bytes of HCL reports, filled up with zeros.
const HCL_REPORT: usize = 2600;
/// Where report data stands in a TDX report.
const TD_REPORT_DATA: usize = 128;

/// How a guest has its TPM bind report data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TpmBinding {
    /// As it is: the quote's extra data has 64 bytes.
    ExtraData,
    /// As its SHA-384, with the report data in the runtime claims.
    Sha384,
    /// As its SHA-256, with the report data in the runtime claims.
    Sha256,
    /// Not at all: the quote answers somebody's nonce.
    Nonce(Vec<u8>),
}

/// A confidential machine of Azure, with the attestation key of its virtual TPM.
#[derive(Debug, Clone)]
pub struct SimulatedAzure {
    hardware: Hardware,
    key: Arc<RsaKey>,
    /// The registers that quotes are over.
    pub pcrs: BTreeMap<u8, [u8; 32]>,
    /// How report data is bound.
    pub binding: TpmBinding,
}

#[derive(Debug, Clone)]
enum Hardware {
    Snp(Box<SimulatedSnp>),
    Tdx(Box<SimulatedTd>),
}

impl SimulatedAzure {
    /// A machine on SEV-SNP. Its paravisor makes the reports of that guest.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn on_snp(guest: SimulatedSnp) -> Result<Self> {
        Self::new(Hardware::Snp(Box::new(guest)))
    }

    /// A machine on TDX. Its paravisor makes the reports of that trust domain.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn on_tdx(guest: SimulatedTd) -> Result<Self> {
        Self::new(Hardware::Tdx(Box::new(guest)))
    }

    fn new(hardware: Hardware) -> Result<Self> {
        Ok(Self {
            hardware,
            key: Arc::new(RsaKey::generate(KeySize::Rsa2048)?),
            pcrs: (0..24).map(|register| (register, [register; 32])).collect(),
            binding: TpmBinding::Sha384,
        })
    }

    /// Evidence that binds 64 bytes, and its endorsements.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn evidence(&self, report_data: &[u8; 64]) -> Result<AzureVtpmReport> {
        let claims = self.claims(report_data)?;
        let mut bound = [0; 64];
        for (slot, byte) in bound.iter_mut().zip(digest(&SHA256, claims.as_bytes()).as_ref()) {
            *slot = *byte;
        }
        let (hardware, quote, json_endorsements) = match &self.hardware {
            Hardware::Snp(guest) => {
                let endorsements = json::to_string(&guest.endorsements()?);
                (guest.raw_report(&bound)?, Vec::new(), endorsements)
            }
            Hardware::Tdx(guest) => {
                let collateral = guest.cpu().collateral(IntelTee::Tdx)?.as_ref().to_owned();
                (td_report(&bound), guest.quote(bound)?, collateral)
            }
        };
        let message = self.quote(report_data);
        let signature = self.key.sign(RsaScheme::Pkcs1, &message)?;
        Ok(AzureVtpmReport {
            b64_hcl_report: to_base64(&self.hcl_report(&hardware, &claims)?),
            b64_tpm_message: to_base64(&message),
            b64_tpm_signature: to_base64(&signature),
            hex_pcrs: self.pcrs.values().map(hex::encode).collect(),
            b64_td_quote: to_base64(&quote),
            json_endorsements,
        })
    }

    /// What the paravisor claims about the machine.
    fn claims(&self, report_data: &[u8; 64]) -> Result<String> {
        let n = URL_SAFE_NO_PAD.encode(self.key.modulus()?);
        let user_data = match self.binding {
            TpmBinding::Sha384 | TpmBinding::Sha256 => hex::encode_upper(report_data),
            TpmBinding::ExtraData | TpmBinding::Nonce(_) => "00".repeat(64),
        };
        let key = |kid: &str, operation: &str| serde_json::json!({"kid": kid, "key_ops": [operation], "kty": "RSA", "e": "AQAB", "n": n});
        let claims = serde_json::json!({
            "keys": [key("HCLAkPub", "sign"), key("HCLEkPub", "encrypt")],
            "vm-configuration": {"secure-boot": true, "tpm-enabled": true},
            "user-data": user_data,
        });
        serde_json::to_string(&claims).map_err(internal)
    }

    fn hcl_report(&self, hardware: &[u8], claims: &str) -> Result<Vec<u8>> {
        let kind = match self.hardware {
            Hardware::Snp(_) => 2,
            Hardware::Tdx(_) => 4,
        };
        let claims_size = u32::try_from(claims.len()).map_err(internal)?;
        let data_size = claims_size + 20;
        let report_size = data_size + 32 + 0x4A0;
        let mut report = b"HCLA".to_vec();
        // Version, size, request and status; reserved.
        for word in [2, report_size, 2, 0, 0, 0, 0] {
            report.extend(word.to_le_bytes());
        }
        report.extend(hardware);
        // Size, version, kind of report, SHA-256, size of the claims.
        for word in [data_size, 1, kind, 1, claims_size] {
            report.extend(word.to_le_bytes());
        }
        report.extend(claims.as_bytes());
        report.resize(report.len().max(HCL_REPORT), 0);
        Ok(report)
    }

    /// A TPMS_ATTEST over the registers.
    fn quote(&self, report_data: &[u8; 64]) -> Vec<u8> {
        let extra_data = match &self.binding {
            TpmBinding::ExtraData => report_data.to_vec(),
            TpmBinding::Sha384 => digest(&SHA384, report_data).as_ref().to_vec(),
            TpmBinding::Sha256 => digest(&SHA256, report_data).as_ref().to_vec(),
            TpmBinding::Nonce(nonce) => nonce.clone(),
        };
        let values: Vec<u8> = self.pcrs.values().flatten().copied().collect();
        let selection =
            self.pcrs.keys().fold(0_u32, |bits, register| bits | (1 << (register % 24)));
        let [first, second, third, _] = selection.to_le_bytes();
        let sized = |bytes: &[u8]| {
            let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
            [&len.to_be_bytes()[..], bytes].concat()
        };
        // Name of the signer: SHA-256 of something.
        let signer = [&[0x00, 0x0B][..], &[0x51; 32]].concat();
        [
            b"\xFFTCG\x80\x18".to_vec(),
            sized(&signer),
            sized(&extra_data),
            // Clock, restarts, safety; firmware version.
            vec![1; 25],
            vec![0, 0, 0, 1, 0x00, 0x0B, 3, first, second, third],
            sized(digest(&SHA256, &values).as_ref()),
        ]
        .concat()
    }
}

/// A TDX report of 1024 bytes that binds these, in the room of a SEV-SNP report. Only what it binds
/// matters to anybody: the quote says all else.
fn td_report(report_data: &[u8; 64]) -> Vec<u8> {
    let mut report = vec![0x81];
    report.resize(TD_REPORT_DATA, 0);
    report.extend(report_data);
    report.resize(HARDWARE_REPORT, 0);
    report
}

impl Attester for SimulatedAzure {
    fn platform(&self) -> Platform {
        match self.hardware {
            Hardware::Snp(_) => Platform::AzureSnp,
            Hardware::Tdx(_) => Platform::AzureTdx,
        }
    }

    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport> {
        let mut report = self.evidence(&request.report_data().to_bytes())?;
        if request.report_type == ReportType::BackgroundCheck {
            report.json_endorsements.clear();
        }
        Ok(request.answer(self.platform(), json::to_string(&report)))
    }
}
