//! A simulated trust domain, its verifier, and ways to tamper with its reports.

use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    Attester as _, Attributes, Error, ReportRequest, ReportType, UserData, Verified, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    IntelTdxReport, SgxQlQveCollateral, UnifiedAttestationAuthReport, UnifiedAttestationReport,
    json,
};
use aecs_sim::{CpuOptions, SimulatedCpu, TdIdentity, TdQuoteFormat};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

pub(crate) const USER_DATA: UserData = UserData([0x5A; 32]);

pub(crate) const FORMATS: [TdQuoteFormat; 4] =
    [TdQuoteFormat::V4, TdQuoteFormat::V5Tdx10, TdQuoteFormat::V5Tdx15, TdQuoteFormat::V5Tdx15Ex];

pub(crate) struct Simulation {
    _dir: TempDir,
    pub(crate) cpu: SimulatedCpu,
    pub(crate) key: KeyPair,
}

impl Simulation {
    pub(crate) fn new() -> Self {
        Self::with(CpuOptions::default())
    }

    pub(crate) fn with(options: CpuOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cpu = SimulatedCpu::create(dir.path(), options).unwrap();
        Self { _dir: dir, cpu, key: KeyPair::generate(Suite::Modern).unwrap() }
    }

    pub(crate) fn report(
        &self,
        report_type: ReportType,
        identity: TdIdentity,
    ) -> UnifiedAttestationAuthReport {
        let request =
            ReportRequest { report_type, ..ReportRequest::passport(USER_DATA, self.key.public()) };
        self.cpu.trust_domain(identity).attest(&request).unwrap()
    }

    pub(crate) fn passport(&self, identity: TdIdentity) -> UnifiedAttestationAuthReport {
        self.report(ReportType::Passport, identity)
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::builder().simulated_root(self.cpu.root_der()).build().unwrap()
    }

    /// A verifier that completes BackgroundCheck reports.
    pub(crate) fn asking_verifier(&self) -> Verifier {
        Verifier::builder()
            .simulated_root(self.cpu.root_der())
            .collateral(Arc::new(self.cpu.clone()))
            .build()
            .unwrap()
    }

    pub(crate) fn verify(
        &self,
        report: &UnifiedAttestationAuthReport,
    ) -> Result<Verified<Attributes>, Error> {
        self.verifier().verify(report, SystemTime::now())
    }

    pub(crate) fn verify_identity(
        &self,
        identity: TdIdentity,
    ) -> Result<Verified<Attributes>, Error> {
        self.verify(&self.passport(identity))
    }
}

pub(crate) fn inner(report: &UnifiedAttestationAuthReport) -> &UnifiedAttestationReport {
    report.report.as_ref().unwrap()
}

/// A TDX report taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) quote: Vec<u8>,
    pub(crate) collateral: SgxQlQveCollateral,
    pub(crate) event_log: Vec<u8>,
    pub(crate) report: UnifiedAttestationAuthReport,
    pub(crate) at: Places,
}

impl Parts {
    pub(crate) fn of(report: &UnifiedAttestationAuthReport) -> Self {
        let tdx: IntelTdxReport = json::from_str(&inner(report).json_report).unwrap();
        let quote = STANDARD.decode(tdx.b64_quote).unwrap();
        Self {
            at: Places::of(&quote),
            quote,
            collateral: json::from_str(&tdx.json_collateral).unwrap(),
            event_log: STANDARD.decode(tdx.b64_event_log).unwrap(),
            report: report.clone(),
        }
    }

    pub(crate) fn assemble(&self) -> UnifiedAttestationAuthReport {
        let tdx = IntelTdxReport {
            b64_quote: STANDARD.encode(&self.quote),
            json_collateral: json::to_string(&self.collateral),
            b64_event_log: STANDARD.encode(&self.event_log),
        };
        let mut report = self.report.clone();
        report.report.as_mut().unwrap().json_report = json::to_string(&tdx);
        report
    }

    /// Changes the certificates in the quote, and the lengths to go with them.
    pub(crate) fn change_pck_chain(&mut self, change: impl FnOnce(&mut String)) {
        let mut chain = String::from_utf8(self.quote[self.at.chain..].to_vec()).unwrap();
        let before = u32::try_from(chain.len()).unwrap();
        change(&mut chain);
        let after = u32::try_from(chain.len()).unwrap();
        self.quote.truncate(self.at.chain);
        self.quote.extend(chain.as_bytes());
        for at in [self.at.signature - 4, self.at.nested + 2, self.at.chain - 4] {
            let bytes = &mut self.quote[at..at + 4];
            let len = u32::from_le_bytes(bytes.try_into().unwrap());
            bytes.copy_from_slice(&(len - before + after).to_le_bytes());
        }
    }
}

/// Where the parts of a quote are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    /// The trust domain's report.
    pub(crate) report: usize,
    pub(crate) signature: usize,
    pub(crate) attestation_key: usize,
    /// Type and length of the quoting enclave's certification data.
    pub(crate) nested: usize,
    pub(crate) qe_report: usize,
    pub(crate) qe_report_signature: usize,
    pub(crate) authentication_data: usize,
    pub(crate) chain: usize,
}

impl Places {
    pub(crate) fn of(quote: &[u8]) -> Self {
        let (report, len) = match quote[0] {
            4 => (48, 584),
            _ => (54, usize::from(u16::from_le_bytes([quote[50], quote[51]]))),
        };
        let signature = report + len + 4;
        let attestation_key = signature + 64;
        let nested = attestation_key + 64;
        let qe_report = nested + 6;
        let qe_report_signature = qe_report + 384;
        let authentication_data = qe_report_signature + 64 + 2;
        Self {
            report,
            signature,
            attestation_key,
            nested,
            qe_report,
            qe_report_signature,
            authentication_data,
            chain: authentication_data + 32 + 6,
        }
    }
}
