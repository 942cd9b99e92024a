//! The embedded back-end: one redb file on a local disk, owned by one process.
//!
//! Invariants:
//! - a change is answered with success only after its commit is on disk;
//! - only the [`writer`] thread writes, so the changes of a store are in one order;
//! - no damage to the file makes a caller panic: only [`tables`], [`pages`] and [`opening`] call
//!   redb, and they turn its panics into errors; files of records are checked whole when they are
//!   opened;
//! - data that a failed sync covered counts as written only after all data is in a new, synced
//!   file.

mod counters;
mod damage;
mod disk;
mod engine;
mod opening;
mod pages;
mod session;
mod tables;
#[cfg(test)]
mod tests;
mod writer;

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use redb::ReadTransaction;

pub use self::counters::EmbeddedStats;
use self::{
    counters::Counters,
    disk::{Disk, Folder, Name},
    engine::Engine,
    opening::{Missing, Settings, VERIFIED, Verify},
    writer::{Answer, Work, Writer},
};
use crate::{Batch, Entry, Error, Key, Page, Result, Scan, Snapshot, Store, Version};

/// The time without work after which a file of pages is prepared for a quick start after a kill.
const REST: Duration = Duration::from_secs(2);

/// A store in one file on a local disk (redb): ACID, crash-safe, for one process at a time.
///
/// # Durability
///
/// [`write`](Store::write) returns after an fsync of the file. All batches that wait at the same
/// time share one commit and one fsync (group commit), and each batch still succeeds or fails
/// alone. The number of waiting batches is limited: if the disk is too slow, `write` waits for a
/// place.
///
/// If a commit fails, it may or may not be on disk. Every batch in it is answered with
/// [`Error::Unavailable`]; then the file is closed, opened again and checked, and the store
/// continues with the data in it. While the file cannot be opened, every call tries again and
/// returns `Unavailable`.
///
/// If a sync fails, Linux forgets that the pages of this sync are not on disk, and later syncs
/// succeed without them. Before it answers any call, the store therefore copies everything into a
/// new file, syncs this file and replaces the old one. If that fails as well, the store cannot
/// continue in this process ([`lost`](Self::lost)). The old file then has a name that ends in
/// `.unsynced`, and the next [`open`](Self::open) copies it.
///
/// # Full, read-only or moved files
///
/// Before and after each commit, the store compares its file with the one at its path. If the file
/// was removed, replaced or unmounted, writes fail with [`Error::NotWritable`] and reads continue.
/// The same happens if the disk is full or the file system is mounted read-only, also when the
/// store is opened. The store tries to write again at most every two seconds.
///
/// # Reads
///
/// [`get`](Store::get) and [`list`](Store::list) see the last commit. They do not wait for the
/// writer, and do not write. A `get` runs on the calling thread: it reads a few pages, which are
/// usually in memory, so the thread pool would cost more than the read. A `list` may read megabytes
/// and runs on the blocking pool of tokio. Both need a tokio runtime.
///
/// # Damage
///
/// [`open`](Self::open) verifies the checksums of the whole file. For a truncated, foreign or
/// damaged file it returns [`Error::Corrupt`]. The checksums find accidents only: an attacker who
/// can write the file can also write matching checksums, or replace the file by an old copy. To
/// protect integrity against the owner of the disk, callers must seal the values.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// use aecs_store::{EmbeddedStore, Key, StoreExt};
///
/// let store = EmbeddedStore::open(directory.path().join("aecs.store"))?;
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// store.create(Key::new("aecs/state")?, b"sealed".to_vec()).await?;
/// # Ok::<_, aecs_store::Error>(()) })?;
/// # Ok(())
/// # }
/// ```
pub struct EmbeddedStore {
    engine: Arc<Engine>,
    counters: Arc<Counters>,
    writer: Writer,
}

impl EmbeddedStore {
    /// Opens the store at `path`, or creates it with mode 0600 in a directory that exists. A new
    /// store gets its name when it is complete: a process that is killed before leaves a file with
    /// `.new` behind the name, which the next `open` removes.
    ///
    /// Blocks while it reads and checks the whole file: call it before serving.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidLocation`]: the path is a directory or a device, has no parent directory,
    ///   or there is no permission.
    /// - [`Error::InUse`]: the store is open, in this process or in another one.
    /// - [`Error::Corrupt`]: the file is not a store, or is damaged; the error names the damaged
    ///   page and the records in it. An empty file counts as damaged, because a truncated store
    ///   looks like this and a new one does not.
    /// - [`Error::Unavailable`]: the disk does not answer.
    /// - [`Error::DiskFailed`]: a sync failed, now or in an earlier process, and the store cannot
    ///   be copied.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::start(Arc::new(Folder::new(path.as_ref().to_path_buf())), VERIFIED)
    }

    /// Like [`open`](Self::open), for pages and registers. It does not read the whole file, unless
    /// the last process was killed while it wrote: whoever reads a page notices that it is damaged,
    /// because it was sealed. redb may use `cache_bytes` of memory for the file.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_pages(path: impl AsRef<Path>, cache_bytes: usize) -> Result<Self> {
        let settings = Settings { cache_bytes, verify: Verify::Needed, rest: Some(REST) };
        Self::start(Arc::new(Folder::new(path.as_ref().to_path_buf())), settings)
    }

    /// Makes a store with these entries at `path`, where no store may exist. After an error there
    /// is a complete store or none. Returns the number of entries.
    ///
    /// # Errors
    ///
    /// - [`Error::Exists`]: a store exists.
    /// - [`Error::InvalidLocation`]: there can be no store at the path.
    /// - The first error of `entries`, and errors of writing.
    pub fn restore(
        path: impl AsRef<Path>,
        entries: impl Iterator<Item = Result<(Key, Vec<u8>)>>,
    ) -> Result<u64> {
        let disk: Arc<dyn Disk> = Arc::new(Folder::new(path.as_ref().to_path_buf()));
        let refused = |problem, error: std::io::Error| Error::InvalidLocation {
            path: path.as_ref().to_path_buf(),
            problem,
            source: Some(Arc::new(error)),
        };
        for name in [Name::Store, Name::Unsynced] {
            match opening::exists(&disk, name) {
                Ok(false) => {}
                Ok(true) => return Err(Error::Exists { path: path.as_ref().to_path_buf() }),
                Err(error) => return Err(refused("it cannot be examined", error)),
            }
        }
        let versions = (1..).map(Version::new);
        let rows = versions
            .zip(entries)
            .map(|(version, entry)| entry.map(|(key, value)| (key, Entry { value, version })));
        let count = opening::fill_fresh(&disk, |fresh| tables::fill(fresh, 0, rows))?;
        disk.rename_new(Name::Fresh, Name::Store).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Error::Exists { path: path.as_ref().to_path_buf() }
            }
            _ => refused("the new file cannot be renamed to it", error),
        })?;
        Ok(count)
    }

    /// True if [`open`](Self::open) found no store and made one.
    pub fn is_new(&self) -> bool {
        self.engine.created()
    }

    /// Completes, with the reason, when the disk has failed and the store cannot continue in this
    /// process. A new process may be able to open it.
    pub async fn lost(&self) -> Error {
        self.engine.lost().await
    }

    /// The counters since the store was opened.
    pub fn stats(&self) -> EmbeddedStats {
        self.counters.read()
    }

    /// After a failure, makes the writer open the file again before it is read.
    async fn ensure_open(&self) -> Result<()> {
        if self.engine.is_open() {
            return Ok(());
        }
        let asked = self.writer.ask(Work::Open).await;
        if self.engine.is_open() { Ok(()) } else { asked.map(drop) }
    }

    fn start(disk: Arc<dyn Disk>, settings: Settings) -> Result<Self> {
        let counters = Arc::new(Counters::default());
        let engine = Arc::new(Engine::open(disk, Missing::Create, settings)?);
        let writer = Writer::start(Arc::clone(&engine), Arc::clone(&counters))?;
        Ok(Self { engine, counters, writer })
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.ensure_open().await?;
        self.engine.get(key)
    }

    async fn write(&self, batch: Batch) -> Result<Vec<Version>> {
        let operations = batch.into_operations()?;
        if operations.is_empty() {
            return Ok(Vec::new());
        }
        match self.writer.ask(Work::Batch(operations)).await? {
            Answer::Versions(versions) => Ok(versions),
            other => Err(Error::unavailable(format!("a batch was answered with {other:?}"))),
        }
    }

    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Page> {
        self.ensure_open().await?;
        let engine = Arc::clone(&self.engine);
        let (prefix, after) = (prefix.to_owned(), after.cloned());
        tokio::task::spawn_blocking(move || engine.list(Scan::new(&prefix, after.as_ref(), limit)?))
            .await
            .map_err(|error| Error::unavailable_from("the listing did not finish", error))?
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        self.ensure_open().await?;
        let transaction = tables::guarded("reading", || self.engine.read())?;
        Ok(Box::new(Moment(Arc::new(transaction))))
    }
}

/// A snapshot of such a store. It is valid until the file is opened again after a failure.
struct Moment(Arc<ReadTransaction>);

#[async_trait]
impl Snapshot for Moment {
    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Page> {
        let transaction = Arc::clone(&self.0);
        let (prefix, after) = (prefix.to_owned(), after.cloned());
        let list = move || {
            let scan = Scan::new(&prefix, after.as_ref(), limit)?;
            tables::guarded("listing", || tables::list(&transaction, scan))
        };
        tokio::task::spawn_blocking(list)
            .await
            .map_err(|error| Error::unavailable_from("the listing did not finish", error))?
    }
}
