//! The state of an open store: it serves reads, makes commits and handles faults.
//!
//! Invariant: after a failed commit, or if the file was moved during a commit, the memory of the
//! operating system never decides about the outcome. The file is closed, and [`opening`] checks the
//! content of the disk before anything is read again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::RwLock;
use redb::{ReadTransaction, ReadableDatabase};
use tokio::sync::watch;

use super::{
    disk::{Disk, Name},
    opening::{self, Missing, Opened, Settings},
    session::{Failure, passing_by},
    tables::{self, Removal, engine_error, guarded},
    writer::{Answers, Work},
};
use crate::{Error, Result};

/// After a write failed because the disk is full or read-only, other writes are refused immediately
/// for this time, because a new attempt has to check the whole file.
const PAUSE: Duration = Duration::from_secs(2);

pub(super) struct Engine {
    disk: Arc<dyn Disk>,
    settings: Settings,
    state: RwLock<State>,
    /// The error after which this store cannot continue.
    lost: watch::Sender<Option<Error>>,
    /// Tells of everything after which a read may be answered in another way.
    events: watch::Sender<()>,
    created: bool,
}

enum State {
    Open(Opened, Option<Refusal>),
    /// The state after a failure, until the file is opened again; with why and when that failed, if the
    /// disk did not read a part that is needed for it.
    Closed(Option<(Error, Instant)>),
}

/// Why writes are refused, and since when.
struct Refusal {
    why: String,
    since: Instant,
}

impl Refusal {
    fn now(why: String) -> Self {
        Self { why, since: Instant::now() }
    }
}

impl Engine {
    pub(super) fn open(disk: Arc<dyn Disk>, missing: Missing, settings: Settings) -> Result<Self> {
        let opened = opening::open(&disk, missing, settings)?;
        let created = opened.created;
        let refusal = opened.read_only.clone().map(Refusal::now);
        if let Some(Refusal { why, .. }) = &refusal {
            tracing::error!(why, "the store is read-only: every change is refused");
        }
        let state = RwLock::new(State::Open(opened, refusal));
        let (lost, events) = (watch::Sender::new(None), watch::Sender::default());
        Ok(Self { disk, settings, state, lost, events, created })
    }

    /// Changes with every commit, and when the file was opened again or cannot be.
    pub(super) fn events(&self) -> watch::Receiver<()> {
        self.events.subscribe()
    }

    /// True if opening the store made the file.
    pub(super) fn created(&self) -> bool {
        self.created
    }

    /// A view of the last commit.
    pub(super) fn read(&self) -> Result<ReadTransaction> {
        match &*self.state.read() {
            State::Open(opened, _) => opened.database.begin_read().map_err(engine_error),
            State::Closed(_) => Err(self.closed()),
        }
    }

    /// Does each piece of work of `group` that can be done, in order, in one durable commit.
    ///
    /// Returns the answers, and true if there was anything to commit. After [`Error::Unavailable`]
    /// the work may or may not have been done. After an error the caller must [`reopen`], except
    /// after [`Error::NotWritable`] and [`Error::Unreadable`].
    ///
    /// [`reopen`]: Self::reopen
    pub(super) fn commit(&self, group: &[Work], removal: Removal) -> Result<(Answers, bool)> {
        let (transaction, (answers, changed)) = guarded("writing", || {
            // By default, the durability of a redb transaction is immediate (fsync).
            let transaction = match &*self.state.read() {
                State::Open(opened, _) => {
                    not_moved(opened).map_err(|reason| Error::NotWritable { reason })?;
                    opened.database.begin_write().map_err(engine_error)?
                }
                State::Closed(_) => return Err(self.closed()),
            };
            match passing_by(|| tables::apply_group(&transaction, group, removal)) {
                Ok(done) => Ok((transaction, done)),
                Err(error @ Error::Unreadable { .. }) => {
                    transaction.abort().map_err(engine_error)?;
                    Err(error)
                }
                Err(error) => Err(error),
            }
        })?;
        if !changed {
            guarded("ending a transaction", || transaction.abort().map_err(engine_error))?;
            return Ok((answers, false));
        }
        // One phase is enough. Its weakness is a disk that reorders writes on purpose; no store can
        // prevent that, and the sealed records reveal it.
        guarded("committing", || transaction.commit().map_err(engine_error))
            .map_err(outcome_unknown)?;
        match &*self.state.read() {
            State::Open(opened, _) => not_moved(opened).map_err(Error::unavailable)?,
            State::Closed(_) => return Err(self.closed()),
        }
        self.events.send_replace(());
        Ok((answers, true))
    }

    /// After how much time without work the file is to rest.
    pub(super) fn rest_after(&self) -> Option<Duration> {
        self.settings.rest
    }

    /// Writes down which parts of the file are in use, so that a start after a kill need not read
    /// the whole file to find out.
    ///
    /// Every commit could do that (`set_quick_repair`), but each would then cost two syncs and more
    /// writing. Measured with a file of 1.1 GB on a busy machine of 2 cores, single commits of four
    /// pages: 832 to 1,249 a second without, 121 to 291 with it; a start after a kill 4.9 to 5.2 s
    /// without, 1 to 15 ms with it; one such commit at rest takes 12 to 24 ms. Most kills find a
    /// server without work, so the file is put to rest when there is none.
    ///
    /// After an error, as after one of [`commit`](Self::commit).
    pub(super) fn rest(&self) -> Result<()> {
        let commit = || {
            let mut transaction = match &*self.state.read() {
                State::Open(opened, None) if not_moved(opened).is_ok() => {
                    opened.database.begin_write().map_err(engine_error)?
                }
                _ => return Ok(()),
            };
            transaction.set_quick_repair(true);
            transaction.commit().map_err(engine_error)
        };
        guarded("resting", commit).map_err(outcome_unknown)
    }

    /// Opens the store if it is closed, and returns an error if it cannot be written.
    pub(super) fn ready_to_write(&self) -> Result<()> {
        if let Some(error) = &*self.lost.borrow() {
            return Err(error.clone());
        }
        let wanting = match &*self.state.read() {
            // To find that out, the whole file may have been read.
            State::Closed(Some((error, since))) if since.elapsed() < PAUSE => {
                return Err(error.clone());
            }
            State::Closed(_) => true,
            State::Open(_, None) => false,
            State::Open(_, Some(Refusal { why, since })) if since.elapsed() < PAUSE => {
                return Err(Error::NotWritable { reason: why.clone() });
            }
            State::Open(opened, Some(_)) => opened.read_only.is_some(),
        };
        if wanting {
            self.reopen()?;
        }
        match &*self.state.read() {
            State::Open(Opened { read_only: Some(why), .. }, _) => {
                Err(Error::NotWritable { reason: why.clone() })
            }
            State::Open(..) => Ok(()),
            State::Closed(_) => Err(self.closed()),
        }
    }

    /// Closes the store, and opens and checks it again; after a failed sync, it copies the file
    /// first.
    pub(super) fn reopen(&self) -> Result<()> {
        let failure = self.close();
        let reopened = self.recover(failure.as_ref().is_some_and(|failure| failure.of_sync));
        if let Err(error @ Error::DiskFailed { .. }) = &reopened {
            self.lost.send_replace(Some(error.clone()));
        }
        self.events.send_replace(());
        if let Err(error @ Error::Unreadable { .. }) = &reopened {
            *self.state.write() = State::Closed(Some((error.clone(), Instant::now())));
        }
        let opened = reopened?;
        let no_room = failure.filter(Failure::only_writing).map(|found| found.message);
        let refusal = opened.read_only.clone().or(no_room).map(Refusal::now);
        *self.state.write() = State::Open(opened, refusal);
        Ok(())
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(&*self.state.read(), State::Open(..))
    }

    /// Completes when the store cannot continue in this process.
    pub(super) async fn lost(&self) -> Error {
        let mut lost = self.lost.subscribe();
        loop {
            if let Some(error) = &*lost.borrow_and_update() {
                return error.clone();
            }
            // The sender lives as long as this engine.
            let _ = lost.changed().await;
        }
    }

    /// Closes the file. Returns its first failure.
    fn close(&self) -> Option<Failure> {
        let state = &mut *self.state.write();
        match std::mem::replace(state, State::Closed(None)) {
            State::Open(Opened { database, session, .. }, _) => {
                let close = || {
                    drop(database);
                    Ok(())
                };
                if let Err(error) = guarded("closing", close) {
                    tracing::error!(%error, "the store file could not be closed");
                }
                session.failure()
            }
            State::Closed(_) => None,
        }
    }

    fn recover(&self, sync_failed: bool) -> Result<Opened> {
        let marked = opening::exists(&self.disk, Name::Unsynced).unwrap_or(false);
        if sync_failed && !marked {
            opening::copy(&self.disk, Name::Store)?;
        }
        opening::open(&self.disk, Missing::Fail, self.settings)
    }

    fn closed(&self) -> Error {
        match &*self.lost.borrow() {
            Some(error) => error.clone(),
            None => Error::unavailable("the store file is closed after a failure"),
        }
    }
}

/// Returns an error if the open file is no longer the file at its path: writes to it would be lost.
fn not_moved(opened: &Opened) -> Result<(), String> {
    match opened.session.medium().moved() {
        None => Ok(()),
        Some(why) => Err(format!(
            "{why}; put the store file back. If it is gone, run `aecsadmin store export` before you stop the \
             server, which still has the file open: nothing else has the records then"
        )),
    }
}

/// A failed commit may still reach the disk.
fn outcome_unknown(error: Error) -> Error {
    match error {
        Error::Unavailable { .. } => error,
        other => Error::unavailable_from("the commit failed", other),
    }
}
