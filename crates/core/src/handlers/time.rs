//! The floor of the clock, lowered by the platform operator.

use aecs_proto::{AecsSetTimeRequest, AecsSetTimeResponse};

use crate::{
    call::{AecsAdmin, Call, Reply},
    clock::{SignedTime, Signer, as_millis},
    error::{Cause, Error},
    floor,
    vault::Change,
};

/// Lowers the floor. Only what is signed raises it.
///
/// By a clock whose floor is in the future every request is stale, this one, too, and the host's
/// own clock must not decide how long the host may hold it back. So its age is told by the time
/// that this process has run: what the status said when the administrator decided.
pub(crate) async fn set(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: AecsSetTimeRequest = call.parse()?;
    let (clock, floor_ms) = (&call.core.clock, request.floor_ms);
    call.about(None, Some(&format!("{floor_ms} ms")));
    let window_ms = as_millis(call.node.settings().freshness);
    let age_ms = clock.uptime_ms().saturating_sub(request.uptime_ms);
    if !(0..=window_ms).contains(&age_ms) {
        let (age_s, allowed_s) = (age_ms / 1000, window_ms / 1000);
        return Err(Cause::StaleStatus { age_s, allowed_s }.into());
    }
    // No provision begins meanwhile, and nobody keeps the floor that is about to be lowered.
    let _one_at_a_time = call.core.provisioning.lock().await;
    let before_ms = clock.earliest_ms().ok_or(Cause::NoFloor)?;
    if !(1..before_ms).contains(&floor_ms) {
        return Err(Cause::NotLower { floor_ms, before_ms }.into());
    }
    let reply = Reply::json(&AecsSetTimeResponse { before_ms });
    let reply = if call.node.is_working() {
        let lowered = SignedTime { ms: floor_ms, by: Signer::Set };
        let reply = call.commit_answering(floor::change(Change::new(), lowered), reply).await?;
        floor::note_own(call.core, call.vault()?, lowered);
        reply
    } else {
        // The provision keeps it.
        reply
    };
    clock.lower(floor_ms);
    call.core.replay.put_back(clock.now_ms());
    tracing::warn!(before_ms, floor_ms, "an administrator has lowered the floor of the clock");
    Ok(reply)
}
