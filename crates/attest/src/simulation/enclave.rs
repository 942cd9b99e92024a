//! Enclaves of a simulated CPU.

use aecs_proto::{DcapReport, UnifiedAttestationAuthReport, json};

use super::cpu::SimulatedCpu;
use super::identity::EnclaveIdentity;
use crate::collateral::IntelTee;
use crate::encoding::to_base64;
use crate::error::Result;
use crate::platform::Platform;
use crate::report::{Attester, ReportRequest, ReportType};

/// An enclave on a simulated CPU: makes reports and seals.
#[derive(Debug, Clone)]
pub struct SimulatedEnclave {
    pub(super) cpu: SimulatedCpu,
    pub(super) identity: EnclaveIdentity,
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
    /// [`Error::Crypto`](crate::Error::Crypto) when the quoting key cannot be used.
    pub fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>> {
        self.cpu.quote(&self.identity, report_data)
    }

    /// A quote by a quoting enclave with other authentication data, for tests of verifiers.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`](crate::Error::Malformed) for more than 65535 bytes.
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
        let quote = self.cpu.quote(&self.identity, request.report_data().to_bytes())?;
        let json_collateral = match request.report_type {
            ReportType::Passport => self.cpu.collateral(IntelTee::Sgx)?.as_ref().to_owned(),
            ReportType::BackgroundCheck => String::new(),
        };
        let report = DcapReport { b64_quote: to_base64(&quote), json_collateral };
        Ok(request.answer(self.platform(), json::to_string(&report)))
    }
}
