//! An open store file, from opening to closing.
//!
//! A session passes the calls of redb to the [`Medium`], and records what redb does not report: the
//! first failed call, and the last page that was read.
//!
//! After one failed read, redb refuses every later call until the file is closed and opened again, and
//! without a clean close the file is then read whole, which needs the part that cannot be read. So
//! while [`passing_by`] runs, redb does not learn of a failed read: the call is left by unwinding, as by
//! a panic of redb, and the next one finds redb as it was.
//!
//! Invariant: when a sync fails, the file is
//! renamed to [`Name::Unsynced`] before redb learns of the failure. A later start therefore never
//! trusts pages that exist only in the memory of the operating system.

use std::{
    cell::Cell,
    collections::{BTreeMap, btree_map::Entry},
    io,
    ops::Bound,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;
use redb::{BackendError, StorageBackend};

use super::disk::{Access, Disk, Medium, Name};
use crate::{Error, Result};

/// The unit of the overlay's changes, in bytes: the same as redb's.
const BLOCK: u64 = 4096;

/// An open store file.
#[derive(Debug)]
pub(super) struct Session {
    medium: Box<dyn Medium>,
    /// The path of the file, for messages.
    path: PathBuf,
    /// The disk on which the file is renamed after a failed sync; `None` for an unfinished copy.
    mark: Option<Arc<dyn Disk>>,
    overlay: Option<Mutex<Overlay>>,
    failure: Mutex<Option<Failure>>,
    /// The parts that the disk did not read, by where they begin.
    unreadable: Mutex<BTreeMap<u64, Error>>,
    last_read_at: AtomicU64,
    last_read_len: AtomicUsize,
}

/// The most parts of a file that the log names.
const TOLD: usize = 1_000;

thread_local! {
    static PASSING_BY: Cell<bool> = const { Cell::new(false) };
}

/// Runs `action` on redb so that a failed read ends `action` alone, with [`Error::Unreadable`]. It must
/// not open or close a file, or end a commit: then redb has to learn what fails.
pub(super) fn passing_by<T>(action: impl FnOnce() -> Result<T>) -> Result<T> {
    let outer = PASSING_BY.replace(true);
    let done = catch_unwind(AssertUnwindSafe(action));
    PASSING_BY.set(outer);
    done.unwrap_or_else(|left| match left.downcast::<Error>() {
        Ok(error) => Err(*error),
        Err(panic) => resume_unwind(panic),
    })
}

/// The first failed call of a session.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) kind: io::ErrorKind,
    pub(super) message: String,
    /// True if it was a sync: data written since the last sync may be lost, although reads still
    /// return it.
    pub(super) of_sync: bool,
}

impl Failure {
    /// True if only writing fails, until somebody makes room, for example.
    pub(super) fn only_writing(&self) -> bool {
        !self.of_sync && only_writing_fails(self.kind)
    }
}

/// True if reading can still work after this error of a write.
pub(super) fn only_writing_fails(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};

    matches!(kind, StorageFull | QuotaExceeded | ReadOnlyFilesystem | FileTooLarge)
}

impl Session {
    /// The store itself.
    pub(super) fn of_store(medium: Box<dyn Medium>, disk: &Arc<dyn Disk>) -> Arc<Self> {
        Self::new(medium, disk.path(Name::Store), Some(Arc::clone(disk)), None)
    }

    /// An unfinished copy.
    pub(super) fn of_copy(medium: Box<dyn Medium>, disk: &Arc<dyn Disk>) -> Arc<Self> {
        Self::new(medium, disk.path(Name::Fresh), None, None)
    }

    /// A file that is only read, although it may be open for `access`. Data that redb writes, for
    /// example to repair the file after a crash, stays in the memory of this process.
    pub(super) fn reading(medium: Box<dyn Medium>, path: PathBuf, access: Access) -> Arc<Self> {
        let overlay = Overlay { access, len: None, blocks: BTreeMap::new() };
        Self::new(medium, path, None, Some(Mutex::new(overlay)))
    }

    fn new(
        medium: Box<dyn Medium>,
        path: PathBuf,
        mark: Option<Arc<dyn Disk>>,
        overlay: Option<Mutex<Overlay>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            medium,
            path,
            mark,
            overlay,
            failure: Mutex::default(),
            unreadable: Mutex::default(),
            last_read_at: AtomicU64::new(0),
            last_read_len: AtomicUsize::new(0),
        })
    }

    pub(super) fn medium(&self) -> &dyn Medium {
        &*self.medium
    }

    /// The first failure, if there is one.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.lock().clone()
    }

    /// Offset and bytes of the last page that was read.
    pub(super) fn last_read(&self) -> io::Result<(u64, Vec<u8>)> {
        let at = self.last_read_at.load(Ordering::Relaxed);
        let mut page = vec![0; self.last_read_len.load(Ordering::Relaxed)];
        self.medium.read(at, &mut page)?;
        Ok((at, page))
    }

    /// Syncs the file, and marks it if that fails.
    pub(super) fn sync(&self) -> io::Result<()> {
        let synced = self.medium.sync_data();
        if let Err(error) = &synced {
            let marked = match &self.mark {
                Some(_) if self.medium.moved().is_some() => Ok(()),
                Some(disk) => disk.rename(Name::Store, Name::Unsynced),
                None => Ok(()),
            };
            if let Err(error) = marked {
                tracing::error!(%error, "the store file cannot be renamed after a failed sync");
            }
            self.note(error, true);
        }
        synced
    }

    /// The first part of the file that the disk did not read, if there is one.
    pub(super) fn unreadable(&self) -> Option<Error> {
        self.unreadable.lock().values().next().cloned()
    }

    /// What becomes of a read that failed: an error for redb, or for the caller of [`passing_by`].
    fn not_read(&self, at: u64, len: usize, error: io::Error) -> io::Error {
        // Past the end of the file: redb was led there by damage, or the file was cut.
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return error;
        }
        let (kind, text) = (error.kind(), error.to_string());
        let unreadable =
            Error::Unreadable { path: self.path.clone(), at, len, source: Arc::new(error) };
        let mut known = self.unreadable.lock();
        if known.len() < TOLD && !known.contains_key(&at) {
            tracing::error!(error = %unreadable, source = text, "a part of the store cannot be read");
            known.insert(at, unreadable.clone());
        }
        drop(known);
        if PASSING_BY.get() {
            resume_unwind(Box::new(unreadable));
        }
        io::Error::new(kind, text)
    }

    fn note(&self, error: &io::Error, of_sync: bool) {
        self.failure.lock().get_or_insert_with(|| Failure {
            kind: error.kind(),
            message: error.to_string(),
            of_sync,
        });
    }

    fn noted<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            self.note(error, false);
        }
        result
    }
}

/// The session as redb sees it.
#[derive(Debug)]
pub(super) struct Backend(pub(super) Arc<Session>);

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        let len = self.0.medium.len();
        match &self.0.overlay {
            Some(overlay) => Ok(overlay.lock().len(len?)),
            None => self.0.noted(len),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.last_read_at.store(offset, Ordering::Relaxed);
        self.0.last_read_len.store(out.len(), Ordering::Relaxed);
        let read = match &self.0.overlay {
            Some(overlay) => overlay.lock().read(&*self.0.medium, offset, out),
            None => self.0.medium.read(offset, out),
        };
        let read = read.map_err(|error| self.0.not_read(offset, out.len(), error));
        self.0.noted(read)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        match &self.0.overlay {
            Some(overlay) => {
                overlay.lock().set_len(len);
                Ok(())
            }
            None => self.0.noted(self.0.medium.set_len(len)),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        match &self.0.overlay {
            Some(_) => Ok(()),
            None => self.0.sync(),
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let written = match &self.0.overlay {
            Some(overlay) => overlay.lock().write(&*self.0.medium, offset, data),
            None => self.0.medium.write(offset, data),
        };
        self.0.noted(written)
    }

    fn close(&self) -> io::Result<()> {
        self.0.medium.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        match &self.0.overlay {
            // A file that is open read-only can only have a shared lock.
            Some(overlay) if overlay.lock().access == Access::Read => {
                self.0.medium.try_lock_shared_range(start, end)
            }
            _ => self.0.medium.try_lock_range(start, end),
        }
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.medium.unlock_range(start, end)
    }
}

/// The data written to a file that is only read.
#[derive(Debug)]
struct Overlay {
    access: Access,
    len: Option<u64>,
    blocks: BTreeMap<u64, Box<[u8]>>,
}

impl Overlay {
    fn len(&self, of_file: u64) -> u64 {
        self.len.unwrap_or(of_file)
    }

    fn set_len(&mut self, len: u64) {
        self.len = Some(len);
        self.blocks.retain(|block, _| *block * BLOCK < len);
    }

    fn read(&self, file: &dyn Medium, offset: u64, out: &mut [u8]) -> io::Result<()> {
        for (at, part) in pieces(offset, out) {
            match self.blocks.get(&(at / BLOCK)) {
                Some(block) => {
                    let within = usize::try_from(at % BLOCK).map_err(io::Error::other)?;
                    let found = block.get(within..).and_then(|rest| rest.get(..part.len()));
                    part.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
                }
                None => read_or_zeros(file, at, part)?,
            }
        }
        Ok(())
    }

    fn write(&mut self, file: &dyn Medium, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut data = data.to_vec();
        for (at, part) in pieces(offset, &mut data) {
            let number = at / BLOCK;
            let within = usize::try_from(at % BLOCK).map_err(io::Error::other)?;
            let block = match self.blocks.entry(number) {
                Entry::Occupied(block) => block.into_mut(),
                Entry::Vacant(vacant) => {
                    let mut block = vec![0; usize::try_from(BLOCK).map_err(io::Error::other)?];
                    read_or_zeros(file, number * BLOCK, &mut block)?;
                    vacant.insert(block.into())
                }
            };
            let place = block.get_mut(within..).and_then(|rest| rest.get_mut(..part.len()));
            place.ok_or(io::ErrorKind::UnexpectedEof)?.copy_from_slice(part);
        }
        Ok(())
    }
}

/// Splits `bytes`, which are at `offset` of the file, at the ends of blocks.
fn pieces(offset: u64, bytes: &mut [u8]) -> impl Iterator<Item = (u64, &mut [u8])> {
    let first = usize::try_from(BLOCK - offset % BLOCK).unwrap_or(usize::MAX).min(bytes.len());
    let (head, rest) = bytes.split_at_mut(first);
    let block = usize::try_from(BLOCK).unwrap_or(usize::MAX);
    let mut at = offset;
    std::iter::once(head).chain(rest.chunks_mut(block)).map(move |piece| {
        let start = at;
        at = at.saturating_add(piece.len() as u64);
        (start, piece)
    })
}

/// Reads from the file; bytes after its end are zeros.
fn read_or_zeros(file: &dyn Medium, at: u64, out: &mut [u8]) -> io::Result<()> {
    let len = file.len()?;
    let present = usize::try_from(len.saturating_sub(at)).unwrap_or(usize::MAX).min(out.len());
    let (present, beyond) = out.split_at_mut(present);
    beyond.fill(0);
    if present.is_empty() { Ok(()) } else { file.read(at, present) }
}
