//! Enclaves of a simulated CPU.

use aecs_attest::{Attester, IntelTee, Platform, ReportRequest, ReportType, Result};
use aecs_proto::{DcapReport, UnifiedAttestationAuthReport, json};

use crate::cpu::SimulatedCpu;
use crate::identity::EnclaveIdentity;
use crate::text::to_base64;

/// An enclave on a simulated CPU: makes reports and seals.
#[derive(Debug, Clone)]
pub struct SimulatedEnclave {
    pub(crate) cpu: SimulatedCpu,
    pub(crate) identity: EnclaveIdentity,
}

impl SimulatedCpu {
    /// An enclave on this CPU.
    #[must_use]
    pub fn enclave(&self, identity: EnclaveIdentity) -> SimulatedEnclave {
        SimulatedEnclave { cpu: self.clone(), identity }
    }
}

impl SimulatedEnclave {
    /// Who the enclave is.
    #[must_use]
    pub fn identity(&self) -> &EnclaveIdentity {
        &self.identity
    }

    /// A quote over report data, as the CPU gives it to an enclave.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`](aecs_attest::Error::Crypto) when the quoting key cannot be used.
    pub fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>> {
        self.cpu.quote(&self.identity, report_data)
    }

    /// A quote over report data, and its collateral.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`](aecs_attest::Error::Crypto) when keys cannot be used.
    pub fn evidence(&self, report_data: [u8; 64]) -> Result<DcapReport> {
        Ok(DcapReport {
            b64_quote: to_base64(&self.quote(report_data)?),
            json_collateral: self.cpu.collateral(IntelTee::Sgx)?.as_ref().to_owned(),
        })
    }

    /// A quote by a quoting enclave with other authentication data, for tests of verifiers.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`](aecs_attest::Error::Malformed) for more than 65535 bytes.
    pub fn quote_with_authentication_data(
        &self,
        report_data: [u8; 64],
        authentication_data: &[u8],
    ) -> Result<Vec<u8>> {
        let (quoting_enclave, pki) =
            self.cpu.other_quoting_enclave(IntelTee::Sgx, authentication_data)?;
        quoting_enclave.quote(pki, &self.identity, report_data)
    }

    /// The CPU it runs on.
    #[must_use]
    pub fn cpu(&self) -> &SimulatedCpu {
        &self.cpu
    }
}

impl Attester for SimulatedEnclave {
    fn platform(&self) -> Platform {
        Platform::SgxDcap
    }

    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport> {
        let mut report = self.evidence(request.report_data().to_bytes())?;
        if request.report_type == ReportType::BackgroundCheck {
            report.json_collateral.clear();
        }
        Ok(request.answer(self.platform(), json::to_string(&report)))
    }
}
