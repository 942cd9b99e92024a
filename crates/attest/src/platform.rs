//! The platforms: one module each behind one trait, and the one list of them.

mod aecs20_simulation;
mod dcap;
mod sgx;
#[cfg(feature = "simulation")]
pub mod simulation;

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use aecs_proto::UnifiedAttestationAttributes;

use crate::attributes::Backing;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::report::{ReportType, UserData};
use crate::tcb::TcbStatus;

pub(crate) use dcap::Anchor;
pub use dcap::intel_root_der;

/// A kind of trusted execution environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Platform {
    /// Intel SGX with EPID attestation.
    SgxEpid,
    /// Intel SGX with DCAP attestation.
    SgxDcap,
    /// Intel TDX.
    Tdx,
    /// Ant Group HyperEnclave.
    HyperEnclave,
    /// Hygon CSV.
    Csv,
    /// Huawei Kunpeng (iTrustee).
    Kunpeng,
    /// AMD SEV-SNP.
    SevSnp,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Self; 7] = [
        Self::SgxEpid,
        Self::SgxDcap,
        Self::Tdx,
        Self::HyperEnclave,
        Self::Csv,
        Self::Kunpeng,
        Self::SevSnp,
    ];

    /// The name on the wire ("str_tee_platform").
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SgxEpid => "SGX_EPID",
            Self::SgxDcap => "SGX_DCAP",
            Self::Tdx => "TDX",
            Self::HyperEnclave => "HyperEnclave",
            Self::Csv => "CSV",
            Self::Kunpeng => "Kunpeng",
            Self::SevSnp => "SEV_SNP",
        }
    }
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
            .into_iter()
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

/// What a platform's verifier found out; every field is covered by the evidence's signatures.
pub(crate) struct Appraisal {
    pub(crate) message: UnifiedAttestationAttributes,
    pub(crate) backing: Backing,
    pub(crate) tcb_status: TcbStatus,
    pub(crate) user_data: UserData,
    /// SHA-256 of the key that the evidence binds.
    pub(crate) key_hash: Fingerprint,
    /// Latest issue of everything used.
    pub(crate) valid_from: SystemTime,
    /// Earliest expiry of everything used.
    pub(crate) valid_until: SystemTime,
}

/// Verifies the evidence of one platform.
pub(crate) trait EvidenceVerifier: Send + Sync {
    /// Decides whether the evidence is genuine at the time `now`.
    fn appraise(&self, evidence: &Evidence<'_>, now: SystemTime) -> Result<Appraisal>;
}

/// What a verifier was told to trust.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trust {
    pub(crate) anchors: Vec<Anchor>,
    pub(crate) insecure_aecs20_simulation: bool,
}

/// The list: the verifier of each platform. A report's platform name selects a row; nothing else
/// in a report does.
pub(crate) fn evidence_verifier(platform: Platform, trust: &Trust) -> Box<dyn EvidenceVerifier> {
    match platform {
        Platform::SgxDcap => Box::new(dcap::Dcap::new(trust)),
        Platform::SgxEpid => Box::new(aecs20_simulation::Epid::new(trust)),
        Platform::Tdx
        | Platform::HyperEnclave
        | Platform::Csv
        | Platform::Kunpeng
        | Platform::SevSnp => Box::new(Unsupported(platform)),
    }
}

/// A platform that this build cannot verify.
struct Unsupported(Platform);

impl EvidenceVerifier for Unsupported {
    fn appraise(&self, _evidence: &Evidence<'_>, _now: SystemTime) -> Result<Appraisal> {
        Err(Error::UnsupportedPlatform { platform: self.0 })
    }
}
