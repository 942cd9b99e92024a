//! The latest signed time, kept among the records.
//!
//! Invariant: what is kept was signed by a vendor or an administrator: the host's clock is never
//! written into it.

use prost::Message;

use crate::{
    call::refusal,
    error::Error,
    inner::Inner,
    keys,
    records::decode,
    vault::{Change, Vault},
};

/// A floor that has risen by less is not worth a change of the store.
const STEP_MS: i64 = 60 * 60 * 1000;

#[derive(Clone, PartialEq, Message)]
struct FloorRecord {
    /// Milliseconds since 1970.
    #[prost(int64, tag = "1")]
    signed_ms: i64,
}

/// The floor that the records have, if there is one.
pub(crate) async fn load(vault: &Vault) -> Result<Option<i64>, Error> {
    let record = vault.get(&keys::time_floor()?).await.map_err(refusal)?;
    record.map(|record| decode(&record.plain).map(|floor: FloorRecord| floor.signed_ms)).transpose()
}

/// The change that keeps a floor.
pub(crate) fn change(signed_ms: i64) -> Result<Change, Error> {
    let record = FloorRecord { signed_ms }.encode_to_vec();
    Ok(Change::new().put(keys::time_floor()?, record.into()))
}

/// Keeps the floor that this process has learned, if it is notably higher than the one kept.
pub(crate) async fn keep(inner: &Inner) -> Result<(), Error> {
    let node = inner.node();
    let (Ok(vault), Some(signed_ms)) = (node.vault(), inner.clock.floor()) else { return Ok(()) };
    let kept = load(vault).await?;
    if kept.is_some_and(|kept| signed_ms.saturating_sub(kept) < STEP_MS) {
        return Ok(());
    }
    vault.commit(change(signed_ms)?).await.map(drop).map_err(refusal)
}
