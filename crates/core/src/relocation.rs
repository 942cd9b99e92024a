//! The move of the records to another store that is under way, or that ended last: one at a time.

use std::sync::Arc;

use aecs_proto::StoreRelocation;
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

use crate::error::Cause;

#[derive(Default)]
pub(crate) struct Relocations {
    turn: Arc<tokio::sync::Mutex<()>>,
    last: Mutex<Option<StoreRelocation>>,
    /// Where they are, if they have moved since the start.
    present: Mutex<Option<String>>,
}

/// The right to move the records.
pub(crate) type Turn = OwnedMutexGuard<()>;

impl Relocations {
    /// Refused while another move is under way.
    pub(crate) fn turn(&self) -> Result<Turn, Cause> {
        Arc::clone(&self.turn).try_lock_owned().map_err(|_| Cause::MovesAlready)
    }

    pub(crate) fn begin(&self, relocation: StoreRelocation) {
        *self.last.lock() = Some(relocation);
    }

    /// Remembers where the records are from now on.
    pub(crate) fn moved_to(&self, url: String) {
        *self.present.lock() = Some(url);
    }

    /// Whether the records are there, in a server that has started with those of `origin`.
    pub(crate) fn are_at(&self, url: &str, origin: &str) -> bool {
        self.present.lock().as_deref().unwrap_or(origin) == url
    }

    /// Changes what is told of the last one.
    pub(crate) fn note(&self, change: impl FnOnce(&mut StoreRelocation)) {
        self.last.lock().as_mut().map(change);
    }

    pub(crate) fn told(&self) -> Option<StoreRelocation> {
        self.last.lock().clone()
    }
}
