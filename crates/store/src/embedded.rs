//! The embedded back-end: one redb file on a local disk, owned by one process.
//!
//! Invariants:
//! - a change is answered with success only after its commit is on disk;
//! - only the [`writer`] thread writes, so the changes of a store are in one order;
//! - no damage to the file makes a caller panic: only [`tables`], [`pages`] and [`opening`] call
//!   redb, and they turn its panics into errors;
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

pub use self::counters::EmbeddedStats;
use self::{
    counters::Counters,
    disk::{Disk, Folder, Name},
    engine::Engine,
    opening::{Missing, Settings, Verify},
    writer::{Work, Writer},
};
#[cfg(doc)]
use crate::pages::PageStore;
use crate::{Error, Result, export};

/// The time without work after which a file of pages is prepared for a quick start after a kill.
const REST: Duration = Duration::from_secs(2);

/// A store in one file on a local disk (redb): ACID, crash-safe, for one process at a time.
///
/// # Durability
///
/// [`commit`](PageStore::commit) returns after an fsync of the file. All commits that wait at the same
/// time share one fsync (group commit), and each still succeeds or fails alone. The number of waiting
/// commits is limited: if the disk is too slow, `commit` waits for a place.
///
/// If a write of the file fails, it may or may not be on disk. Every commit in it is answered with
/// [`Error::Unavailable`]; then the file is closed, opened again and checked, and the store
/// continues with the data in it. While the file cannot be opened, every call tries again and
/// returns `Unavailable`.
///
/// If a sync fails, Linux forgets that the pages of this sync are not on disk, and later syncs
/// succeed without them. Before it answers any call, the store therefore copies everything into a
/// new file, syncs this file and replaces the old one. If that fails as well, the store cannot
/// continue in this process ([`lost`](Self::lost)). The old file then has a name that ends in
/// `.unsynced`, and the next [`open_pages`](Self::open_pages) copies it.
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
/// A read sees the last commit. It does not wait for the writer, and does not write. One of a register
/// or a few pages runs on the calling thread: what it reads is usually in memory, so the thread pool
/// would cost more than the read. Others may read megabytes and run on the blocking pool of tokio.
///
/// # Damage
///
/// The reader of a page notices that it is damaged, because it was sealed. So the file is not read
/// whole when it is opened, unless the last process was killed while it wrote; what redb itself notices
/// is [`Error::Corrupt`], then or later, and never a panic. Its checksums find accidents only: an
/// attacker who can write the file can also write matching checksums, or replace the file by an old
/// copy.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// use aecs_store::{
///     EmbeddedStore,
///     pages::{PageStore, Read, Register, Tag},
/// };
///
/// let store = EmbeddedStore::open_pages(directory.path().join("aecs.store"), 16 << 20)?;
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// assert_eq!(store.read(&Register::new("root")?, Tag::NONE).await?, Read::None);
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
    /// `.new` behind the name, which the next one removes. redb may use `cache_bytes` of memory for the
    /// file.
    ///
    /// Blocks, after a kill while it reads the whole file: call it before serving.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidLocation`]: the path is a directory or a device, has no parent directory,
    ///   or there is no permission.
    /// - [`Error::InUse`]: the store is open, in this process or in another one.
    /// - [`Error::Corrupt`]: the file is not a store, or is damaged. An empty file counts as damaged,
    ///   because a truncated store looks like this and a new one does not.
    /// - [`Error::EarlierForm`]: an earlier version made the file.
    /// - [`Error::Unavailable`]: the disk does not answer.
    /// - [`Error::DiskFailed`]: a sync failed, now or in an earlier process, and the store cannot
    ///   be copied.
    pub fn open_pages(path: impl AsRef<Path>, cache_bytes: usize) -> Result<Self> {
        let settings = Settings { cache_bytes, verify: Verify::Needed, rest: Some(REST) };
        Self::start(Arc::new(Folder::new(path.as_ref().to_path_buf())), settings)
    }

    /// Makes a store with these pages and registers at `path`, where no store may exist. After an error there
    /// is a complete store or none. Returns the number of entries.
    ///
    /// # Errors
    ///
    /// - [`Error::Exists`]: a store exists.
    /// - [`Error::InvalidLocation`]: there can be no store at the path.
    /// - The first error of `entries`, and errors of writing.
    pub fn restore(
        path: impl AsRef<Path>,
        entries: impl Iterator<Item = Result<export::Entry>>,
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
        let count = opening::fill_fresh(&disk, |fresh| {
            tables::prepare(fresh)?;
            pages::fill(fresh, entries)
        })?;
        disk.rename_new(Name::Fresh, Name::Store).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Error::Exists { path: path.as_ref().to_path_buf() }
            }
            _ => refused("the new file cannot be renamed to it", error),
        })?;
        Ok(count)
    }

    /// True if [`open_pages`](Self::open_pages) found no store and made one.
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
