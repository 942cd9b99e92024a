//! The latest signed time, kept among the records and in the sealed bundle.
//!
//! Invariant: what is kept was signed by a vendor or an administrator: the host's clock is never
//! written into it. The record of the vault wins; the bundle's counts until there is one.

use prost::Message;

use crate::{
    clock::{FloorRecord, SignedTime},
    error::Error,
    keys,
    memory::Memory,
    records::decode,
    state::CoreState,
    vault::{Change, Vault},
};

/// A floor that has risen by less is not worth a change of the store.
const STEP_MS: i64 = 60 * 60 * 1000;

/// The floor that the records have, if there is one.
pub(crate) async fn load(vault: &Vault) -> Result<Option<SignedTime>, Error> {
    let record = vault.get(&keys::time_floor()?).await?;
    record.map(|record| decode::<FloorRecord>(&record.plain).map(SignedTime::from)).transpose()
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
pub(crate) fn change(change: Change, signed: SignedTime) -> Result<Change, Error> {
    Ok(change.put(keys::time_floor()?, FloorRecord::from(signed).encode_to_vec().into()))
}

/// Keeps the floor that this process has learned, if it is notably higher than the one kept.
pub(crate) async fn keep(core: &CoreState) -> Result<(), Error> {
    // An administrator may be lowering it.
    let _one_at_a_time = core.provisioning.lock().await;
    let node = core.node();
    let (Ok(vault), Some(signed)) = (node.vault(), core.clock.floor()) else { return Ok(()) };
    let kept = load(vault).await?;
    if kept.is_some_and(|kept| signed.ms.saturating_sub(kept.ms) < STEP_MS) {
        return Ok(());
    }
    vault.commit(change(Change::new(), signed)?).await?;
    Ok(())
}
