//! Collateral in a directory: a file for each item.
//!
//! A file is named by the hash of its item's name, so that no name gets out of the directory, and
//! is replaced by renaming, so that readers see a whole one. Directory and files may belong to
//! anybody: what is in them is checked like an answer from the network, and believed as little.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use aecs_crypto::sha256;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::bundle::CollateralBundle;
use super::entry::{CollateralEntry, Record};
use super::item::CollateralItem;
use super::replacement::{UNFINISHED, replace};
use super::source::CollateralSource;
use crate::error::{Error, Result};
use crate::files;

const FORMAT: &str = "aecs-collateral";
const VERSION: u32 = 1;
/// How the names of entries end.
const SUFFIX: &str = ".collateral.json";
/// An unfinished file this old was left behind by a crash.
const ABANDONED: Duration = Duration::from_secs(3600);
/// Files in a directory: more than any fleet needs.
const MAX_FILES: usize = 65_536;
/// The directory is looked at for changes this often at most.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A directory with collateral: filled in advance, or by a client as its cache.
#[derive(Debug)]
pub struct CollateralDirectory {
    path: PathBuf,
    generation: AtomicU64,
    seen: Mutex<Option<Seen>>,
}

/// When the directory was last looked at, and when it had changed.
#[derive(Debug, Clone, Copy)]
struct Seen {
    at: Instant,
    modified: Option<SystemTime>,
}

impl CollateralDirectory {
    /// Uses the directory of this path.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when there is none.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let metadata = fs::metadata(&path)
            .map_err(|error| Error::unavailable(path.display().to_string(), error))?;
        if !metadata.is_dir() {
            return Err(Error::unavailable(path.display().to_string(), "it is not a directory"));
        }
        Ok(Self { path, generation: AtomicU64::new(0), seen: Mutex::new(None) })
    }

    /// Makes the directory if there is none, readable by its owner only.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when it cannot be made.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        make(&path).map_err(|error| Error::unavailable(path.display().to_string(), error))?;
        Self::open(path)
    }

    /// Uses the directory of this path, which is made when something is to be written.
    pub(super) fn created_on_write(path: PathBuf) -> Self {
        Self { path, generation: AtomicU64::new(0), seen: Mutex::new(None) }
    }

    /// The entry of an item, valid or not; none when there is no file for it.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] or [`Error::TooLarge`] for a file that is not this item's entry,
    /// [`Error::Unavailable`] for one that cannot be read.
    pub fn read(&self, item: &CollateralItem) -> Result<Option<CollateralEntry>> {
        let path = self.path_of(item);
        let entry = match files::read(&path, Record::MAX) {
            Ok(json) => open(&json)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::unavailable(path.display().to_string(), error)),
        };
        // A file that was moved in the place of another.
        if entry.item() != item {
            let reason = format!("{} is of another item: {}", path.display(), entry.item());
            return Err(Error::malformed("record of collateral", reason));
        }
        Ok(Some(entry))
    }

    /// Adds an entry, or replaces the one of its item.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the file cannot be written.
    pub fn write(&self, entry: &CollateralEntry) -> Result<()> {
        let record = Record::new(entry)?;
        let file = EntryFile { format: FORMAT.into(), version: VERSION, record };
        let json = serde_json::to_vec_pretty(&file)
            .map_err(|error| Error::malformed("record of collateral", error))?;
        let path = self.path_of(entry.item());
        let written = match replace(&path, &json) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make(&self.path).and_then(|()| replace(&path, &json))
            }
            written => written,
        };
        written.map_err(|error| Error::unavailable(path.display().to_string(), error))
    }

    /// Every entry, in the order of their files' names. A file that is not an entry is an error in
    /// its place; the others are read all the same.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the directory cannot be listed.
    pub fn entries(&self) -> Result<impl Iterator<Item = Result<CollateralEntry>> + use<>> {
        let mut files: Vec<PathBuf> =
            self.files(SUFFIX)?.into_iter().map(|(path, _)| path).collect();
        files.sort();
        Ok(files.into_iter().map(|path| {
            let json = files::read(&path, Record::MAX)
                .map_err(|error| Error::unavailable(path.display().to_string(), error))?;
            open(&json)
        }))
    }

    /// Every entry, in one bundle.
    ///
    /// # Errors
    ///
    /// The first of [`CollateralDirectory::entries`].
    pub fn pack(&self) -> Result<CollateralBundle> {
        self.entries()?.collect()
    }

    /// Removes the files written longest ago until there are `max` at most, and what a crash left
    /// behind.
    pub(super) fn prune(&self, max: usize) -> Result<()> {
        let failed = |error| Error::unavailable(self.path.display().to_string(), error);
        for (path, modified) in self.files(UNFINISHED)? {
            if modified.elapsed().is_ok_and(|age| age > ABANDONED) {
                remove(&path).map_err(failed)?;
            }
        }
        let mut files = self.files(SUFFIX)?;
        let surplus = files.len().saturating_sub(max);
        files.sort_by_key(|(_, modified)| *modified);
        for (path, _) in files.iter().take(surplus) {
            remove(path).map_err(failed)?;
        }
        Ok(())
    }

    fn files(&self, suffix: &str) -> Result<Vec<(PathBuf, SystemTime)>> {
        let list = || {
            let mut files = Vec::new();
            for (count, file) in fs::read_dir(&self.path)?.enumerate() {
                if count == MAX_FILES {
                    let reason = format!("more than {MAX_FILES} files");
                    return Err(io::Error::new(ErrorKind::QuotaExceeded, reason));
                }
                let file = file?;
                let is_entry = file.file_name().to_str().is_some_and(|name| name.ends_with(suffix));
                if is_entry {
                    let modified = match file.metadata().and_then(|metadata| metadata.modified()) {
                        // Removed by another process in the meantime.
                        Err(error) if error.kind() == ErrorKind::NotFound => continue,
                        modified => modified?,
                    };
                    files.push((file.path(), modified));
                }
            }
            Ok(files)
        };
        list()
            .map_err(|error: io::Error| Error::unavailable(self.path.display().to_string(), error))
    }

    fn path_of(&self, item: &CollateralItem) -> PathBuf {
        let hash = sha256(item.to_string().as_bytes());
        let (short, _) = hash.split_at(16);
        self.path.join(format!("{}-{}{SUFFIX}", item.kind(), hex::encode(short)))
    }
}

impl CollateralSource for CollateralDirectory {
    fn get(&self, item: &CollateralItem, now: SystemTime) -> Result<Arc<[u8]>> {
        item.check()?;
        let entry = self.read(item)?.ok_or_else(|| {
            let place = self.path.display();
            Error::unavailable(item.to_string(), format!("it is not in {place}"))
        })?;
        entry.current_content(now)
    }

    /// Changes when a file was added, removed or replaced by renaming: looked for once a second
    /// at most.
    fn generation(&self) -> u64 {
        let mut seen = self.seen.lock();
        if seen.is_none_or(|seen| seen.at.elapsed() >= LOOK_AGAIN) {
            let modified = fs::metadata(&self.path).and_then(|metadata| metadata.modified()).ok();
            if seen.is_some_and(|seen| seen.modified != modified) {
                self.generation.fetch_add(1, Ordering::AcqRel);
            }
            *seen = Some(Seen { at: Instant::now(), modified });
        }
        self.generation.load(Ordering::Acquire)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryFile {
    format: String,
    version: u32,
    record: Record,
}

fn open(json: &[u8]) -> Result<CollateralEntry> {
    let what = "record of collateral";
    let file: EntryFile =
        serde_json::from_slice(json).map_err(|error| Error::malformed(what, error))?;
    if (file.format.as_str(), file.version) != (FORMAT, VERSION) {
        return Err(Error::malformed(what, format!("not {FORMAT} version {VERSION}")));
    }
    file.record.open()
}

/// The directory and those above it. What is in it is no secret, but what is above may be.
fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Another process may have been quicker.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
