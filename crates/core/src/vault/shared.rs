//! What the handles of a vault and its committer share.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use aecs_crypto::SecretBytes;
use aecs_store::{Key, Store};
use parking_lot::RwLock;
use tokio::sync::watch;

use super::{
    Name, VaultError,
    index::Index,
    prepared::{Outcome, Prepared},
    seals::{Seals, Stamp},
};

/// Has a record of its own that goes with every change.
pub trait Companion: Send + Sync {
    /// What that record holds once changes with these notes are made. Must not block.
    fn record(&self, notes: &[String]) -> SecretBytes;
}

pub(super) struct Shared {
    store: Arc<dyn Store>,
    seals: Seals,
    view: RwLock<View>,
    /// Told whenever the phase changes.
    progress: watch::Sender<()>,
    /// Whose record goes with every group, and its name.
    companion: OnceLock<(Name, Arc<dyn Companion>)>,
}

struct View {
    /// The records as of the last finished group.
    index: Index,
    phase: Phase,
}

/// What the committer is doing.
enum Phase {
    Idle,
    /// A group that changes these records is on its way to the store.
    Writing(BTreeSet<Name>),
    /// A group was on its way, and the store cannot say what became of it.
    Unsettled(BTreeSet<Name>),
    /// Somebody else has written: the index is of no use any more.
    Superseded(Key),
}

/// What the store must have under a name.
pub(super) enum Expectation {
    /// The record with this stamp, or none.
    Settled(Option<Stamp>),
    /// The record of before, or that of the group on its way.
    OnItsWay,
    /// Either of them, and nobody is finding out.
    Unsettled,
}

impl Shared {
    pub(super) fn new(store: Arc<dyn Store>, seals: Seals, index: Index) -> Self {
        let view = RwLock::new(View { index, phase: Phase::Idle });
        let companion = OnceLock::new();
        Self { store, seals, view, progress: watch::Sender::new(()), companion }
    }

    pub(super) fn companion(&self) -> Option<&(Name, Arc<dyn Companion>)> {
        self.companion.get()
    }

    /// The first one stays.
    pub(super) fn accompany(&self, name: Name, companion: Arc<dyn Companion>) {
        let _ = self.companion.set((name, companion));
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(super) fn seals(&self) -> &Seals {
        &self.seals
    }

    pub(super) fn progress(&self) -> watch::Receiver<()> {
        self.progress.subscribe()
    }

    /// Looks something up in the index.
    pub(super) fn read<T>(&self, look: impl FnOnce(&Index) -> T) -> T {
        look(&self.view.read().index)
    }

    /// The stamp of the record under `name` as of the last finished group.
    pub(super) fn committed(&self, name: &Name) -> Result<Option<Stamp>, VaultError> {
        let view = self.view.read();
        view.usable()?;
        Ok(view.index.stamp_of(name))
    }

    /// What the store must have under `name` now.
    pub(super) fn expectation(&self, name: &Name) -> Result<Expectation, VaultError> {
        let view = self.view.read();
        view.usable()?;
        Ok(match &view.phase {
            Phase::Writing(names) if names.contains(name) => Expectation::OnItsWay,
            Phase::Unsettled(names) if names.contains(name) => Expectation::Unsettled,
            _ => Expectation::Settled(view.index.stamp_of(name)),
        })
    }

    /// Fails once the vault is superseded.
    pub(super) fn usable(&self) -> Result<(), VaultError> {
        self.view.read().usable()
    }

    /// A group goes to the store.
    pub(super) fn begin(&self, prepared: &Prepared) {
        self.enter(Phase::Writing(prepared.names()));
    }

    /// The group was written.
    pub(super) fn finish(&self, outcome: Outcome) {
        let mut view = self.view.write();
        view.index.apply(outcome);
        // In the same step: nobody may see the new index with the old phase or the reverse.
        view.phase = Phase::Idle;
        drop(view);
        self.notify();
    }

    /// The group was not written.
    pub(super) fn abandon(&self) {
        self.enter(Phase::Idle);
    }

    /// Nobody knows whether the group was written.
    pub(super) fn lose_track(&self, prepared: &Prepared) {
        self.enter(Phase::Unsettled(prepared.names()));
    }

    /// Somebody else has written under `name`.
    pub(super) fn supersede(&self, name: Key) -> VaultError {
        self.enter(Phase::Superseded(name.clone()));
        VaultError::Superseded { name }
    }

    fn enter(&self, phase: Phase) {
        self.view.write().phase = phase;
        self.notify();
    }

    /// Wakes those who wait for progress.
    pub(super) fn notify(&self) {
        self.progress.send_replace(());
    }
}

impl View {
    fn usable(&self) -> Result<(), VaultError> {
        match &self.phase {
            Phase::Superseded(name) => Err(VaultError::Superseded { name: name.clone() }),
            _ => Ok(()),
        }
    }
}
