//! Acts of administration, one at a time: of services, administrators and trust settings.
//!
//! Invariant: of two acts that were decided by the same state, one is refused, also if two processes
//! carry them out. Each replaces one record (`deployment/turn`), and its change is made only if nobody
//! else has replaced that record since the act began to look. Within a process they wait for each other,
//! so that none is refused.

use tokio::sync::MutexGuard;

use crate::{
    error::Error,
    keys,
    state::CoreState,
    vault::{Change, Epoch, Name, Vault},
};

/// From the first look at what an act depends on, until its change is made.
pub(crate) struct Alone<'a> {
    _in_this_process: MutexGuard<'a, ()>,
    turn: Name,
    since: Option<Epoch>,
}

impl<'a> Alone<'a> {
    /// Waits for the acts before.
    pub(crate) async fn begin(core: &'a CoreState, vault: &Vault) -> Result<Self, Error> {
        let in_this_process = core.administration.lock().await;
        let turn = keys::turn()?;
        let since = vault.epoch_of(&turn).await?;
        Ok(Self { _in_this_process: in_this_process, turn, since })
    }

    /// The change, if no other act was carried out since this one began.
    pub(crate) fn only(&self, change: Change) -> Change {
        change.put(self.turn.clone(), Vec::new().into()).while_is(self.turn.clone(), self.since)
    }
}
