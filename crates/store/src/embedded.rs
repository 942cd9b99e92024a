//! The embedded back-end: one redb file on a local disk, owned by one process.
//!
//! Invariants:
//! - a batch is answered with success only after the commit that holds it is on the disk;
//! - only the [`writer`] thread writes, so the batches of a store have one order;
//! - no damage to the file becomes a panic of the caller: [`tables`] and [`opening`] are the only
//!   code that calls redb; they open with a check of every page, and turn redb's panics into errors;
//! - what a failed sync covered counts as written only after everything is in a new, synced file.

mod counters;
mod damage;
mod disk;
mod engine;
mod opening;
mod session;
mod tables;
#[cfg(test)]
mod tests;
mod writer;

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use redb::ReadTransaction;

pub use self::counters::EmbeddedStats;
use self::{
    counters::Counters,
    disk::{Disk, Folder, Name},
    engine::Engine,
    opening::Missing,
    writer::Writer,
};
use crate::{Batch, Entry, Error, Key, Page, Result, Scan, Snapshot, Store, Version};

/// A store in one file on a local disk (redb): ACID, crash-safe, one process at a time.
///
/// # Durability
///
/// [`write`](Store::write) returns after an fsync of the file. All batches that wait at the same
/// time share one commit and one fsync (group commit), and each of them still succeeds or fails
/// alone. Waiting batches are bounded: when the disk cannot keep up, `write` waits for a place.
///
/// If a commit fails, nobody knows whether the disk has it: every batch in it is answered with
/// [`Error::Unavailable`], the file is closed, checked and opened again, and the store goes on with
/// what is really there. While it cannot be opened, every call tries again and is answered with
/// `Unavailable`.
///
/// If a sync fails, Linux forgets that the pages it covered are not on the disk, and later syncs
/// succeed without them. The store then copies everything into a new file, syncs it and puts it in
/// place of the old one before it answers anything. Where that fails, too, the store is over for
/// this process ([`lost`](Self::lost)); the old file, renamed to end in `.unsynced`, is copied by
/// the next [`open`](Self::open).
///
/// # Faults of the place
///
/// Before and after each commit the file is compared with the one at its path: if it was removed,
/// replaced or unmounted, writes are refused with [`Error::NotWritable`] and reads go on. The same
/// holds for a full disk, and for a file system that is mounted for reading only, also at the
/// start; writing is tried again every two seconds at most.
///
/// # Reads
///
/// [`get`](Store::get) and [`list`](Store::list) see the last commit and neither wait for the
/// writer nor write. A `get` runs on the calling thread: it touches a handful of pages, which are
/// in memory as a rule, so a trip through the thread pool would cost more than the read. A `list`
/// may walk megabytes and runs on the blocking pool of tokio; so both need a tokio runtime.
///
/// # Damage
///
/// Opening verifies the checksums of the whole file, and a truncated, foreign or damaged file is
/// [`Error::Corrupt`]. The checksums find accidents: whoever can write the file on purpose can write
/// matching checksums, or put an old copy in its place, so integrity against the owner of the disk
/// is the business of whoever seals the values.
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
    /// Opens the store at `path`, or creates it with mode 0600 in a directory that exists.
    ///
    /// Blocks while the whole file is read and checked; call it before serving.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidLocation`]: a directory, a device, no parent directory, no permission.
    /// - [`Error::InUse`]: the store is open, in this process or in another one.
    /// - [`Error::Corrupt`]: not a store, or a damaged one; the error names the damaged page and the
    ///   records in it. An empty file counts as damaged, since that is what a truncated store looks
    ///   like.
    /// - [`Error::Unavailable`]: the disk does not answer.
    /// - [`Error::DiskFailed`]: a sync failed, earlier or now, and the store cannot be copied.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::start(Arc::new(Folder::new(path.as_ref().to_path_buf())))
    }

    /// Makes a store at `path`, where there must be none, of these entries. It is there whole, or
    /// not at all. Returns how many entries it has.
    ///
    /// # Errors
    ///
    /// - [`Error::Exists`]: there is a store.
    /// - [`Error::InvalidLocation`]: the place cannot hold one.
    /// - The first error of `entries`, and those of writing.
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
        opening::take_place(&disk)
            .map_err(|error| refused("the new store cannot be put there", error))?;
        Ok(count)
    }

    /// Whether [`open`](Self::open) found no store and made one.
    pub fn is_new(&self) -> bool {
        self.engine.created()
    }

    /// Ready, with the reason, when the disk has failed so that this store cannot go on in this
    /// process. A new process may be able to.
    pub async fn lost(&self) -> Error {
        self.engine.lost().await
    }

    /// What the store has done since it was opened.
    pub fn stats(&self) -> EmbeddedStats {
        self.counters.read()
    }

    /// After a failure, has the writer open the file again before anything is read from it.
    async fn ensure_open(&self) -> Result<()> {
        if self.engine.is_open() {
            return Ok(());
        }
        let asked = self.writer.write(Vec::new()).await;
        if self.engine.is_open() { Ok(()) } else { asked.map(drop) }
    }

    fn start(disk: Arc<dyn Disk>) -> Result<Self> {
        let counters = Arc::new(Counters::default());
        let engine = Arc::new(Engine::open(disk, Missing::Create)?);
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
        self.writer.write(operations).await
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

/// A moment of such a store. It ends when the file is opened again after a failure.
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
