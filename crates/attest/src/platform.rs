//! The platforms: one module each behind one trait, and the one list of them.

mod azure;
mod cca;
mod csv;
mod dcap;
mod epid;
#[cfg(test)]
mod example;
mod hyper_enclave;
mod kunpeng;
mod nitro;
mod nvidia;
mod snp;
pub(crate) mod tdx;

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use aecs_proto::UnifiedAttestationAttributes;

use crate::attributes::Backing;
use crate::checks::Checks;
use crate::collateral::CollateralSource;
use crate::error::{Error, Result};
use crate::report::{ReportData, ReportType};
use crate::revocation::Revocation;
use crate::tcb::TcbStatus;

pub(crate) use crate::trust::{Anchor, Trust};
pub(crate) use cca::own_token;
pub(crate) use dcap::own_quote;
pub use dcap::{collateral_of_quote, intel_root_der};
pub use snp::SnpMinimum;
pub(crate) use snp::{list_for, own_endorsements};
pub use tdx::without_padding as event_log_without_padding;

/// Declares [`Platform`] and its rows: name on the wire, and the verifier of its evidence.
macro_rules! platforms {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal => $verifier:ty,)+) => {
        /// A kind of trusted execution environment.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Platform {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Platform {
            /// Every platform.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name on the wire ("str_tee_platform").
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        /// The verifier of each platform.
        pub(crate) fn evidence_verifiers(
            trust: &Trust,
        ) -> Result<Vec<(Platform, Box<dyn EvidenceVerifier>)>> {
            Ok(vec![
                $((Platform::$variant, Box::new(<$verifier>::new(Platform::$variant, trust)?)),)+
            ])
        }
    };
}

// The list. A report's platform name selects a row; nothing else in a report does.
platforms! {
    /// Intel SGX with EPID attestation.
    SgxEpid = "SGX_EPID" => epid::Epid,
    /// Intel SGX with DCAP attestation.
    SgxDcap = "SGX_DCAP" => dcap::Sgx,
    /// Intel TDX.
    Tdx = "TDX" => tdx::Tdx,
    /// Ant Group HyperEnclave.
    HyperEnclave = "HyperEnclave" => hyper_enclave::HyperEnclave,
    /// Hygon CSV.
    Csv = "CSV" => csv::Csv,
    /// Huawei Kunpeng (iTrustee).
    Kunpeng = "Kunpeng" => kunpeng::Kunpeng,
    /// AMD SEV-SNP.
    SevSnp = "SEV_SNP" => snp::Snp,
    /// An Arm CCA realm.
    ArmCca = "ARM_CCA" => cca::Cca,
    /// A confidential machine on Azure with SEV-SNP, through its virtual TPM.
    AzureSnp = "AZURE_SNP_VTPM" => azure::AzureSnp,
    /// A confidential machine on Azure with TDX, through its virtual TPM.
    AzureTdx = "AZURE_TDX_VTPM" => azure::AzureTdx,
    /// An AWS Nitro enclave.
    AwsNitro = "AWS_NITRO" => nitro::Nitro,
    /// An NVIDIA GPU, beside a machine with evidence of its own.
    NvidiaGpu = "NVIDIA_GPU" => nvidia::Nvidia,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Platform {
    type Err = Error;

    /// Takes the exact name on the wire.
    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|platform| platform.as_str() == name)
            .ok_or_else(|| Error::malformed("platform", "not the name of a platform"))
    }
}

/// The part of a report that its platform understands.
pub(crate) struct Evidence<'a> {
    pub(crate) report_type: ReportType,
    /// JSON of the platform's own message; not longer than [`crate::limits::REPORT`].
    pub(crate) json_report: &'a str,
}

/// Everything else that a verification depends on.
pub(crate) struct Context<'a> {
    pub(crate) now: SystemTime,
    /// Where endorsements come from that the evidence does not bring.
    pub(crate) collateral: Option<&'a dyn CollateralSource>,
}

/// What a platform's verifier found out; every field is covered by the evidence's signatures.
pub(crate) struct Appraisal {
    pub(crate) message: UnifiedAttestationAttributes,
    pub(crate) backing: Backing,
    pub(crate) tcb_status: TcbStatus,
    /// Whether its certificates were looked for on revocation lists.
    pub(crate) revocation: Revocation,
    pub(crate) binding: Binding,
    /// What held, and when it does.
    pub(crate) checks: Checks,
}

/// What ties evidence to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Binding {
    /// The attester's own choice, and its key.
    ReportData(ReportData),
    /// The nonce that a device was asked with. It binds no key.
    Nonce(Vec<u8>),
}

/// Verifies the evidence of one platform.
pub(crate) trait EvidenceVerifier: Send + Sync {
    /// Decides whether the evidence is genuine.
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal>;

    /// What the evidence says that it binds, before anything of it is verified: evidence that speaks
    /// for another key is refused for the price of reading it. `None` where it cannot be read;
    /// [`EvidenceVerifier::appraise`] says why.
    fn claimed(&self, _evidence: &Evidence<'_>) -> Option<ReportData> {
        None
    }
}

/// How a row of the list makes its verifier.
pub(crate) trait FromTrust: EvidenceVerifier + Sized {
    /// Takes the roots that are there for this platform.
    fn new(platform: Platform, trust: &Trust) -> Result<Self>;
}
