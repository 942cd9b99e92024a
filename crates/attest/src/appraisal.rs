//! How evidence is judged: what a platform's verifier is given, and what it finds out.

use std::time::SystemTime;

use crate::anchor::Backing;
use crate::attributes::facts::Facts;
use crate::checks::Checks;
use crate::collateral::CollateralSource;
use crate::error::Result;
use crate::platform::Platform;
use crate::report::{ReportData, ReportType};
use crate::revocation::Revocation;
use crate::signature::memory::SignatureMemory;
use crate::tcb::TcbStatus;
use crate::trust::Trust;

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
    /// Which signatures verified before.
    pub(crate) signatures: &'a SignatureMemory,
}

/// What a platform's verifier found out; every field is covered by the evidence's signatures.
pub(crate) struct Appraisal {
    /// Its attributes, but for the platform and what `binding` says.
    pub(crate) facts: Facts,
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

    /// What the evidence says that it binds, before anything of it is verified: evidence that
    /// speaks for another key is refused for the price of reading it. `None` where it cannot be
    /// read; [`EvidenceVerifier::appraise`] says why.
    fn claimed(&self, _evidence: &Evidence<'_>) -> Option<ReportData> {
        None
    }
}

/// How a row of the list makes its verifier.
pub(crate) trait FromTrust: EvidenceVerifier + Sized {
    /// Takes the roots that are there for this platform.
    fn new(platform: Platform, trust: &Trust) -> Result<Self>;
}
