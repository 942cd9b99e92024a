//! The latest signed time, kept in the root of the records and in the sealed bundle.
//!
//! Invariant: what is kept was signed by a vendor or an administrator: the host's clock is never
//! written into it. The root wins; the bundle's counts until there is one. Processes that share the
//! records take over what another one has kept: a later time, and one that an administrator has lowered.

use crate::{
    clock::{SignedTime, Signer},
    error::Error,
    memory::Memory,
    state::CoreState,
    vault::{Change, Vault, VaultError, VaultState},
};

/// A floor that has risen by less is not worth a change of the store.
const STEP_MS: i64 = 60 * 60 * 1000;

/// How many bits of a kept floor say who has signed it. Of 0, there is no floor.
const SIGNER_BITS: u32 = 2;

/// The number that the root holds for a floor.
fn encode(signed: SignedTime) -> u64 {
    let by = match signed.by {
        Signer::Vendor => 1,
        Signer::Administrator => 2,
        Signer::Set => 3,
    };
    let ms = u64::try_from(signed.ms).unwrap_or_default().min(u64::MAX >> SIGNER_BITS);
    ms << SIGNER_BITS | by
}

/// The floor that the root holds, if it has one.
fn decode(kept: u64) -> Option<SignedTime> {
    let by = match kept & ((1 << SIGNER_BITS) - 1) {
        1 => Signer::Vendor,
        2 => Signer::Administrator,
        3 => Signer::Set,
        _ => return None,
    };
    Some(SignedTime { ms: i64::try_from(kept >> SIGNER_BITS).unwrap_or(i64::MAX), by })
}

/// The floor that the records have, if there is one.
pub(crate) async fn load(vault: &Vault) -> Result<Option<SignedTime>, Error> {
    Ok(decode(vault.state().await?.time_floor))
}

/// The floor that holds with these records and this memory.
pub(crate) async fn latest(
    vault: Option<&Vault>,
    memory: &Memory,
) -> Result<Option<SignedTime>, Error> {
    let Some(vault) = vault else { return Ok(memory.floor) };
    let kept = load(vault).await?;
    // Records that are older than the identity remembers may have an older floor, too.
    let outdated = memory.why_older(vault).await?.is_some();
    let remembered =
        memory.floor.filter(|floor| kept.is_none_or(|kept| outdated && kept.ms < floor.ms));
    Ok(remembered.or(kept))
}

/// The change that keeps a floor.
pub(crate) fn change(change: Change, signed: SignedTime) -> Change {
    change.time_floor(encode(signed))
}

/// Takes over the floor that another process has kept. What this process follows first only raises its
/// floor: it says nothing about when it was lowered.
pub(crate) fn follow(core: &CoreState, state: &VaultState) {
    let mut followed = core.followed_floor.lock();
    let before = followed.replace((state.epoch, state.time_floor));
    match before {
        // An answer that is older than what was followed.
        Some((epoch, _)) if epoch > state.epoch => *followed = before,
        Some((_, floor)) if floor == state.time_floor => {}
        _ => match decode(state.time_floor) {
            Some(SignedTime { ms, by: Signer::Set }) if before.is_some() => {
                core.clock.lower(ms);
                core.replay.put_back(core.clock.now_ms());
                tracing::warn!(
                    floor_ms = ms,
                    "an administrator has lowered the floor of the clock"
                );
            }
            Some(signed) => core.clock.raise(signed),
            None => {}
        },
    }
}

/// Notes that this process has kept `signed`, so that it does not follow itself.
pub(crate) fn note_own(core: &CoreState, vault: &Vault, signed: SignedTime) {
    let state = vault.seen();
    if state.time_floor == encode(signed) {
        *core.followed_floor.lock() = Some((state.epoch, state.time_floor));
    }
}

/// Keeps the floor that this process has learned, if it is notably higher than the one kept.
pub(crate) async fn keep(core: &CoreState) -> Result<(), Error> {
    // An administrator may be lowering it.
    let _one_at_a_time = core.provisioning.lock().await;
    let node = core.node();
    let Ok(vault) = node.vault() else { return Ok(()) };
    let state = vault.state().await?;
    follow(core, &state);
    let Some(signed) = core.clock.floor() else { return Ok(()) };
    let kept = decode(state.time_floor);
    if kept.is_some_and(|kept| signed.ms.saturating_sub(kept.ms) < STEP_MS) {
        return Ok(());
    }
    let raised = change(Change::new(), signed).while_floor_is(state.time_floor);
    match vault.commit(raised).await {
        // Another process was first; the next look follows it.
        Ok(_) | Err(VaultError::OtherFloor) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_is_one_number() {
        for by in [Signer::Vendor, Signer::Administrator, Signer::Set] {
            for ms in [0, 1, 1_700_000_000_123, i64::MAX >> SIGNER_BITS] {
                let signed = SignedTime { ms, by };
                assert_eq!(decode(encode(signed)), Some(signed));
            }
            // The end of time stays the end of time.
            assert!(decode(encode(SignedTime { ms: i64::MAX, by })).unwrap().ms > 1 << 60);
        }
        assert_eq!(decode(0), None);
        assert_eq!(decode(encode(SignedTime { ms: -1, by: Signer::Set })).unwrap().ms, 0);
    }
}
