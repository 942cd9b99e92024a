//! The vault: authenticated, encrypted, rollback-evident records over a store that nobody trusts.
//!
//! Invariants:
//! - a record is served only if it is the one that the vault's index expects under that name:
//!   its seal is bound to the deployment, the full name and the epoch, none of them taken from
//!   the record. Records that were swapped, renamed, edited, truncated or replaced by an older
//!   version are [`VaultError::Tampered`], naming the record;
//! - a change is whole, durable when [`Vault::commit`] returns, and advances the epoch, a counter
//!   of the whole vault that never goes back;
//! - the state record, `aecs/state`, holds the epoch and a keyed digest over the name and epoch of
//!   every live record, so that opening finds a record that was deleted, added or rolled back.
//!
//! A copy of the whole store from an earlier day is consistent in itself and opens. Only its epoch
//! is lower, and when it has grown again, its hash chain is another one: a client that
//! remembers a [`Point`] of the history has it compared by [`Vault::judge`].
//!
//! The way of a change: [`Change`] -> `committer` (one task, merges what waits) -> `plan`
//! (preconditions, epochs) -> `prepared` (sealed batch) -> store -> `index`.

mod change;
mod committer;
mod digest;
mod error;
mod history;
mod index;
mod name;
mod open;
mod plan;
mod prepared;
mod seals;
mod settlement;
mod shared;
mod state;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use aecs_crypto::{RecordKey, SecretBytes};
use aecs_store::Store;
use tokio::sync::{mpsc, oneshot};

pub use self::{
    change::{Change, MAX_CHANGE_BYTES, MAX_CHANGE_OPERATIONS, MAX_PLAIN_LEN},
    error::{Tampering, VaultError},
    history::{Epoch, Point, Standing, WINDOW},
    name::Name,
    shared::Companion,
    state::VaultState,
};
use self::{
    committer::{Committer, Request},
    seals::{Seals, Stamp},
    shared::{Expectation, Shared},
};

/// How many changes may wait for the committer; `commit` waits for a place beyond that.
const QUEUE_LEN: usize = 256;

/// A record that was found to be the right one.
pub struct Record {
    /// The content.
    pub plain: SecretBytes,
    /// The epoch of the change that wrote it: for [`Change::replace`].
    pub epoch: Epoch,
}

/// The records of one deployment. Clones share the vault; the last one closes it.
///
/// A vault takes itself for the only writer of its records. When another one writes to the same
/// store, the next change of either fails with [`VaultError::Superseded`] and that vault serves
/// nothing more until it is opened again.
#[derive(Clone)]
pub struct Vault {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Request>,
}

impl Vault {
    /// Opens the records in `store`, or begins with none in an empty store, whose state record is
    /// written with the first change.
    ///
    /// Every record is read and its seal checked, and the records must add up to the state record.
    /// `key` and `deployment` (an identifier of the key's owner) must be those that the records
    /// were written with. Needs a tokio runtime with time.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`] if anything does not add up, which includes a wrong `key`;
    /// [`VaultError::Store`] if the store fails.
    pub async fn open(
        store: Arc<dyn Store>,
        key: RecordKey,
        deployment: [u8; 32],
    ) -> Result<Self, VaultError> {
        let seals = Seals::new(&key, deployment)?;
        drop(key);
        let index = open::load(&*store, &seals).await?;
        let shared = Arc::new(Shared::new(store, seals, index));
        let (queue, requests) = mpsc::channel(QUEUE_LEN);
        tokio::spawn(Committer::new(Arc::clone(&shared), requests).run());
        Ok(Self { shared, queue })
    }

    /// Whether any record in `store` was written with `key` for `deployment`.
    ///
    /// # Errors
    ///
    /// [`VaultError::Store`] if the store fails.
    pub async fn any_opens(
        store: &dyn Store,
        key: &RecordKey,
        deployment: [u8; 32],
    ) -> Result<bool, VaultError> {
        open::any_opens(store, &Seals::new(key, deployment)?).await
    }

    /// The record under `name`; `None` is as certain as a record.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`] if what the store has is not what the vault wrote last;
    /// [`VaultError::Store`], [`VaultError::Unsettled`], [`VaultError::Superseded`].
    pub async fn get(&self, name: &Name) -> Result<Option<Record>, VaultError> {
        let mut expected = self.shared.committed(name)?;
        loop {
            let Some(stamp) = expected else { return Ok(None) };
            let found = self.shared.store().get(name.key()).await?;
            let value = found.as_ref().map(|entry| entry.value.as_slice());
            match self.shared.seals().open_record(name, &stamp, value) {
                Ok(plain) => return Ok(Some(Record { plain, epoch: stamp.epoch })),
                Err(what) => {
                    // Either somebody tampered, or a change has overtaken this read on its way
                    // from the store to the index.
                    let settled = self.settled(name).await?;
                    if settled == expected {
                        return Err(VaultError::Tampered { name: name.key().clone(), what });
                    }
                    expected = settled;
                }
            }
        }
    }

    /// Makes a change, whole or not at all; it is durable when this returns its epoch.
    ///
    /// Changes that wait at the same time share one write of the store, and each still succeeds or
    /// fails alone; each one's preconditions see the changes before it. An empty change succeeds
    /// and leaves the epoch as it is. If the future is dropped, the change may still be made.
    ///
    /// # Errors
    ///
    /// The preconditions: [`VaultError::Exists`], [`VaultError::Missing`],
    /// [`VaultError::Conflict`], [`VaultError::OverLimit`]. The change itself: [`VaultError::Duplicate`],
    /// [`VaultError::TooLarge`]. The store: [`VaultError::Store`] (nothing was changed),
    /// [`VaultError::Unsettled`] (unknown), [`VaultError::Superseded`].
    pub async fn commit(&self, change: Change) -> Result<Epoch, VaultError> {
        change.check()?;
        let (answer, answered) = oneshot::channel();
        self.queue.send(Request { change, answer }).await.map_err(|_| VaultError::Closed)?;
        answered.await.map_err(|_| VaultError::Closed)?
    }

    /// The names of all records that begin with `prefix`, in byte order.
    pub fn names(&self, prefix: &str) -> Vec<Name> {
        self.names_page(prefix, None, usize::MAX)
    }

    /// The first `limit` names that begin with `prefix` and come after `after` (exclusive), in byte
    /// order. Fewer than `limit` means that there are no more.
    pub fn names_page(&self, prefix: &str, after: Option<&Name>, limit: usize) -> Vec<Name> {
        self.shared.read(|index| index.names(prefix, after).take(limit).cloned().collect())
    }

    /// As [`names_page`](Self::names_page), with the epoch of each record.
    pub fn epochs_page(
        &self,
        prefix: &str,
        after: Option<&Name>,
        limit: usize,
    ) -> Vec<(Name, Epoch)> {
        self.shared.read(|index| {
            let names = index.names(prefix, after).take(limit);
            names.filter_map(|name| Some((name.clone(), index.epoch_of(name)?))).collect()
        })
    }

    /// How many records have names that begin with `prefix`.
    pub fn count(&self, prefix: &str) -> usize {
        self.shared.read(|index| index.names(prefix, None).count())
    }

    /// How many records have names that begin with `prefix`, once those of `being_made` exist.
    pub(crate) fn count_with<'a>(
        &self,
        prefix: &str,
        being_made: impl Iterator<Item = &'a Name>,
    ) -> usize {
        // One look: between two, what is being made could be counted twice or not at all.
        self.shared.read(|index| {
            let missing = being_made.filter(|name| index.epoch_of(name).is_none());
            index.names(prefix, None).count().saturating_add(missing.count())
        })
    }

    /// The bytes of the content of all records whose names begin with `prefix`.
    pub fn bytes(&self, prefix: &str) -> usize {
        self.shared.read(|index| index.bytes(prefix))
    }

    /// Whether there is a record of that name.
    pub fn contains(&self, name: &Name) -> bool {
        self.epoch_of(name).is_some()
    }

    /// The epoch of the record under `name`; nothing is read for it.
    pub fn epoch_of(&self, name: &Name) -> Option<Epoch> {
        self.shared.read(|index| index.epoch_of(name))
    }

    /// Writes the record `name` of `companion` with every change from now on. A vault has one
    /// companion: the first.
    pub fn accompany(&self, name: Name, companion: Arc<dyn Companion>) {
        self.shared.accompany(name, companion);
    }

    /// The epoch of the last change.
    pub fn epoch(&self) -> Epoch {
        self.shared.read(|index| index.state().epoch)
    }

    /// What the last change left.
    pub fn state(&self) -> VaultState {
        self.shared.read(|index| self.shared.seals().vault_state(index.state()))
    }

    /// Whether `point`, which somebody remembers, is in the history of this vault. The last
    /// [`WINDOW`] points are kept.
    pub fn judge(&self, point: &Point) -> Standing {
        self.shared.read(|index| index.judge(point))
    }

    /// The stamp of the record under `name`, once no change of it is on its way.
    async fn settled(&self, name: &Name) -> Result<Option<Stamp>, VaultError> {
        let mut progress = self.shared.progress();
        loop {
            match self.shared.expectation(name)? {
                Expectation::Settled(stamp) => return Ok(stamp),
                Expectation::OnItsWay if self.queue.is_closed() => return Err(VaultError::Closed),
                Expectation::OnItsWay => {
                    progress.changed().await.map_err(|_| VaultError::Closed)?;
                }
                // The committer begins every round by finding out; an empty change is one.
                Expectation::Unsettled => self.commit(Change::new()).await.map(drop)?,
            }
        }
    }
}
