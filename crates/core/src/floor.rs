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
    vault::{Change, Epoch, Vault, VaultError, VaultState},
    wire::wire,
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
    Some(SignedTime { ms: wire(kept >> SIGNER_BITS), by })
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
    match next_step(&mut followed, (state.epoch, state.time_floor)) {
        Step::Lower(ms) => {
            core.clock.lower(ms);
            core.replay.put_back(core.clock.now_ms());
            tracing::warn!(floor_ms = ms, "an administrator has lowered the floor of the clock");
        }
        Step::Raise(signed) => core.clock.raise(signed),
        Step::Stay => {}
    }
}

/// What following the records does to the floor of the clock.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Stay,
    Raise(SignedTime),
    /// To this time, in milliseconds since 1970.
    Lower(i64),
}

/// The step from what was followed, an epoch and the floor of then, to what the records have `now`.
fn next_step(followed: &mut Option<(Epoch, u64)>, now: (Epoch, u64)) -> Step {
    let (epoch, floor) = now;
    let before = *followed;
    // An answer that is older than what was followed.
    if before.is_some_and(|(before, _)| before > epoch) {
        return Step::Stay;
    }
    *followed = Some(now);
    if before.is_some_and(|(_, before)| before == floor) {
        return Step::Stay;
    }
    match decode(floor) {
        Some(SignedTime { ms, by: Signer::Set }) if before.is_some() => Step::Lower(ms),
        Some(signed) => Step::Raise(signed),
        None => Step::Stay,
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
    use std::sync::Arc;

    use aecs_crypto::RecordKey;
    use aecs_store::MemoryStore;

    use super::*;
    use crate::{
        memory::Service,
        settings::TrustSettings,
        vault::{Options, Point},
    };

    #[test]
    fn a_floor_is_one_number() {
        for by in [Signer::Vendor, Signer::Administrator, Signer::Set] {
            for ms in [0, 1, 1_700_000_000_123, i64::MAX >> SIGNER_BITS] {
                let signed = SignedTime { ms, by };
                assert_eq!(decode(encode(signed)), Some(signed));
            }
            // The end of time stays the end of time.
            for ms in [1 << 62, i64::MAX] {
                assert!(decode(encode(SignedTime { ms, by })).unwrap().ms > 1 << 60);
            }
        }
        assert_eq!(decode(0), None);
        assert_eq!(decode(encode(SignedTime { ms: -1, by: Signer::Set })).unwrap().ms, 0);
    }

    /// What an identity remembers that has seen the records at an epoch.
    fn remembering(epoch: u64, floor: Option<SignedTime>) -> Memory {
        Memory {
            settings: TrustSettings::new([("key", "value")]),
            revision: 1,
            administrators: vec![],
            service: Service::Never,
            seen: Point { epoch, chain: [1; 32] },
            floor,
            log: None,
        }
    }

    #[tokio::test]
    async fn the_floor_of_the_records_holds_unless_they_are_older_than_the_memory() {
        let (record, store) = (RecordKey::generate().unwrap(), Arc::new(MemoryStore::new()));
        let vault = Vault::open(store, record, [1; 32], Options::new()).await.unwrap();
        let floor = |ms| Some(SignedTime { ms, by: Signer::Administrator });
        let holds = async |epoch, remembered| {
            latest(Some(&vault), &remembering(epoch, remembered)).await.unwrap()
        };
        assert_eq!(latest(None, &remembering(0, floor(2))).await.unwrap(), floor(2));
        assert_eq!(latest(None, &remembering(9, None)).await.unwrap(), None);
        assert_eq!(holds(0, floor(2)).await, floor(2), "the records have none");
        assert_eq!(holds(0, None).await, None);

        vault.commit(change(Change::new(), floor(5).unwrap())).await.unwrap();
        // An administrator may have lowered it.
        for remembered in [None, floor(2), floor(8)] {
            assert_eq!(holds(0, remembered).await, floor(5));
        }
        assert_eq!(holds(9, floor(8)).await, floor(8));
        for remembered in [None, floor(2)] {
            assert_eq!(holds(9, remembered).await, floor(5));
        }
    }

    #[test]
    fn what_another_process_has_kept_is_followed_once_and_in_order() {
        let set = |ms| SignedTime { ms, by: Signer::Set };
        let signed = |ms| SignedTime { ms, by: Signer::Vendor };
        let mut followed = None;
        let mut step = |epoch, floor| next_step(&mut followed, (epoch, floor));
        // What is found first was perhaps lowered long ago.
        assert_eq!(step(5, encode(set(70))), Step::Raise(set(70)));
        assert_eq!(step(6, encode(set(70))), Step::Stay);
        assert_eq!(step(7, encode(signed(90))), Step::Raise(signed(90)));
        assert_eq!(step(6, encode(set(70))), Step::Stay, "an older answer");
        assert_eq!(step(7, encode(signed(90))), Step::Stay);
        assert_eq!(step(8, encode(set(60))), Step::Lower(60));
        assert_eq!(step(8, encode(set(60))), Step::Stay);
        assert_eq!(next_step(&mut None, (1, 0)), Step::Stay);
    }
}
