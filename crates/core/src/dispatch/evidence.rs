//! Verifying the evidence of callers, aside from the threads that serve calls.
//!
//! Invariant: reports whose endorsements must be fetched queue separately. A report that brings its
//! own (a Passport) is never behind one whose endorsements come over a network; and one that brings
//! all but a list that this side asks for itself queues with others like it.

use std::time::Duration;

use aecs_attest::{Attributes, Causes, Error as AttestError, Verified};
use aecs_proto::UnifiedAttestationAuthReport;

use crate::{
    error::{Cause, Error},
    state::{CoreState, Node},
};

/// How long a report waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

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
    let lane = core.lanes.evidence.lane_for(report, node.settings().verifier.may_fetch(report));
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
