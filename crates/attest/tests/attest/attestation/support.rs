//! A simulated enclave, its verifier, and ways to tamper with its reports.

use std::time::SystemTime;

use aecs_attest::{
    Attester, Attributes, Error, ReportRequest, ReportType, UserData, Verified, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    DcapReport, SgxQlQveCollateral, UnifiedAttestationAttributes, UnifiedAttestationAuthReport,
    UnifiedAttestationPolicy, UnifiedAttestationReport, json,
};
use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu, SimulatedEnclave};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

pub(crate) const USER_DATA: UserData = UserData([0x5A; 32]);

pub(crate) struct Simulation {
    pub(crate) dir: TempDir,
    pub(crate) cpu: SimulatedCpu,
    pub(crate) key: KeyPair,
}

impl Simulation {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
        Self { dir, cpu, key: KeyPair::generate(Suite::Modern).unwrap() }
    }

    pub(crate) fn enclave(&self) -> SimulatedEnclave {
        self.cpu.enclave(EnclaveIdentity::default())
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::builder().simulated_root(self.cpu.root_der()).build().unwrap()
    }

    pub(crate) fn passport(&self) -> UnifiedAttestationAuthReport {
        self.report_of(EnclaveIdentity::default())
    }

    pub(crate) fn report_of(&self, identity: EnclaveIdentity) -> UnifiedAttestationAuthReport {
        self.cpu
            .enclave(identity)
            .attest(&ReportRequest::passport(USER_DATA, self.key.public()))
            .unwrap()
    }

    pub(crate) fn background_check(&self) -> UnifiedAttestationAuthReport {
        let request = ReportRequest {
            report_type: ReportType::BackgroundCheck,
            ..ReportRequest::passport(USER_DATA, self.key.public())
        };
        self.enclave().attest(&request).unwrap()
    }

    pub(crate) fn verify(
        &self,
        report: &UnifiedAttestationAuthReport,
    ) -> Result<Verified<Attributes>, Error> {
        self.verifier().verify(report, SystemTime::now())
    }

    pub(crate) fn attributes(&self) -> Verified<Attributes> {
        self.attributes_of(EnclaveIdentity::default())
    }

    pub(crate) fn attributes_of(&self, identity: EnclaveIdentity) -> Verified<Attributes> {
        self.verify(&self.report_of(identity)).unwrap()
    }
}

/// A DCAP report taken apart.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) quote: Vec<u8>,
    pub(crate) collateral: SgxQlQveCollateral,
    pub(crate) report: UnifiedAttestationAuthReport,
}

/// Where the parts of the quote's signature section start.
pub(crate) mod at {
    pub(crate) const BODY: usize = 48;
    pub(crate) const MRENCLAVE: usize = BODY + 64;
    pub(crate) const REPORT_DATA: usize = BODY + 320;
    pub(crate) const SIGNATURE_LEN: usize = BODY + 384;
    pub(crate) const SIGNATURE: usize = SIGNATURE_LEN + 4;
    pub(crate) const ATTESTATION_KEY: usize = SIGNATURE + 64;
    pub(crate) const QE_REPORT: usize = ATTESTATION_KEY + 64;
    pub(crate) const QE_REPORT_SIGNATURE: usize = QE_REPORT + 384;
    pub(crate) const AUTHENTICATION_DATA: usize = QE_REPORT_SIGNATURE + 64 + 2;
    pub(crate) const CHAIN: usize = AUTHENTICATION_DATA + 32 + 6;
}

impl Parts {
    pub(crate) fn of(report: &UnifiedAttestationAuthReport) -> Self {
        let dcap: DcapReport = json::from_str(&inner(report).json_report).unwrap();
        Self {
            quote: STANDARD.decode(dcap.b64_quote).unwrap(),
            collateral: json::from_str(&dcap.json_collateral).unwrap(),
            report: report.clone(),
        }
    }

    pub(crate) fn assemble(&self) -> UnifiedAttestationAuthReport {
        let dcap = DcapReport {
            b64_quote: STANDARD.encode(&self.quote),
            json_collateral: json::to_string(&self.collateral),
        };
        let mut report = self.report.clone();
        report.report.as_mut().unwrap().json_report = json::to_string(&dcap);
        report
    }

    /// Changes the certificates in the quote, and the lengths to go with them.
    pub(crate) fn change_pck_chain(&mut self, change: impl FnOnce(&mut String)) {
        let mut chain = String::from_utf8(self.quote[at::CHAIN..].to_vec()).unwrap();
        change(&mut chain);
        self.quote.truncate(at::CHAIN);
        self.quote.extend(chain.as_bytes());
        let chain_len = u32::try_from(chain.len()).unwrap().to_le_bytes();
        self.quote[at::CHAIN - 4..at::CHAIN].copy_from_slice(&chain_len);
        let signature_len = u32::try_from(self.quote.len() - at::SIGNATURE).unwrap().to_le_bytes();
        self.quote[at::SIGNATURE_LEN..at::SIGNATURE].copy_from_slice(&signature_len);
    }
}

pub(crate) fn inner(report: &UnifiedAttestationAuthReport) -> &UnifiedAttestationReport {
    report.report.as_ref().unwrap()
}

pub(crate) fn policy(entries: Vec<UnifiedAttestationAttributes>) -> UnifiedAttestationPolicy {
    UnifiedAttestationPolicy { main_attributes: entries, ..Default::default() }
}
