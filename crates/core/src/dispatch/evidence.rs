//! Verifying the evidence of callers, aside from the threads that serve calls.
//!
//! Invariant: reports whose endorsements must be fetched queue separately. A report that brings its
//! own (a Passport) is never behind one whose endorsements come over a network; and one that brings
//! all but a list that this side asks for itself queues with others like it.

use std::time::Duration;

use aecs_attest::{Attributes, Causes, Error as AttestError, ReportType, Verified};
use aecs_proto::UnifiedAttestationAuthReport;

use crate::{
    error::{Cause, Error},
    slow::SlowLane,
    state::{CoreState, Node},
};

/// Reports without endorsements that are verified at once; they mostly wait.
const FETCHING: usize = 16;
/// How long a report waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where reports wait for their verification.
pub(crate) struct EvidenceLanes {
    /// Reports that bring their endorsements.
    complete: SlowLane,
    /// Reports whose endorsements are fetched.
    fetching: SlowLane,
    /// Reports that bring their endorsements, beside which a list of the vendor is asked for.
    listed: SlowLane,
}

impl EvidenceLanes {
    /// Lanes for this machine.
    pub(crate) fn new() -> Self {
        Self {
            complete: SlowLane::new(),
            fetching: SlowLane::with_width(FETCHING),
            listed: SlowLane::with_width(FETCHING),
        }
    }

    fn lane_for(&self, report: &UnifiedAttestationAuthReport, may_fetch: bool) -> &SlowLane {
        let kind = report.report.as_ref().map(|report| report.str_report_type.as_str());
        if kind == Some(ReportType::BackgroundCheck.as_str()) {
            &self.fetching
        } else if may_fetch {
            &self.listed
        } else {
            &self.complete
        }
    }
}

/// Why a report was not verified.
pub(super) struct Refusal {
    /// What the caller is told.
    pub(super) error: Error,
    /// What the audit trail is told besides; none when it is the same.
    pub(super) reason: Option<String>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, reason: None }
    }
}

/// Decides whether a report is genuine now, from the cache or by a new verification.
pub(super) async fn verify(
    core: &CoreState,
    node: &Node,
    report: &UnifiedAttestationAuthReport,
) -> Result<Verified<Attributes>, Refusal> {
    let now = core.clock.now();
    if let Some(verified) = node.settings().verifier.recall(report, now) {
        return Ok(verified);
    }
    let (verifier, owned) = (node.settings().verifier.clone(), report.clone());
    let work = move || verifier.verify(&owned, now);
    let lane = core.evidence.lane_for(report, node.settings().verifier.may_fetch(report));
    let verified = lane.run_soon("verifying evidence", PATIENCE, work).await?;
    let verified = verified.map_err(|error| refusal(&error))?;
    core.clock.raise_to(verified.issued());
    Ok(verified)
}

fn refusal(error: &AttestError) -> Refusal {
    if let AttestError::Unavailable { .. } = error {
        // That names our sources, which are none of the caller's business.
        tracing::warn!(error = %Causes(error), "no collateral for a report");
        return Refusal {
            error: Cause::NoCollateral.into(),
            reason: Some(Causes(error).to_string()),
        };
    }
    Refusal::from(Error::from(Cause::ReportRefused { why: Causes(error).to_string() }))
}
