//! The file system as an embedded store needs it.
//!
//! Tests implement [`Disk`] with a disk that fails and loses power as under Linux. Invariant: when
//! a rename returns, the new name is durable.

use std::{
    fmt::Debug,
    fs::{File, Metadata, OpenOptions},
    io::{self, ErrorKind},
    ops::Bound,
    path::{Path, PathBuf},
};

use redb::{BackendError, StorageBackend, backends::FileBackend};

/// The files of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// The store.
    Store,
    /// A store that is not complete yet: a new one, or a copy. It can be removed without loss.
    Fresh,
    /// A store whose sync failed: its pages in memory may differ from those on disk.
    Unsynced,
}

/// The access for which a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// The folder of a store.
pub(super) trait Disk: Debug + Send + Sync + 'static {
    /// Opens a file; `None` if it does not exist.
    fn open(&self, name: Name, access: Access) -> io::Result<Option<Box<dyn Medium>>>;

    /// Creates a file, which must not exist yet, with access for its owner only.
    fn create(&self, name: Name) -> io::Result<Box<dyn Medium>>;

    /// Renames a file, and replaces a file that has the new name.
    fn rename(&self, from: Name, to: Name) -> io::Result<()>;

    /// Renames a file to a name that no file has; otherwise the error is
    /// [`ErrorKind::AlreadyExists`], and nothing is changed.
    fn rename_new(&self, from: Name, to: Name) -> io::Result<()>;

    /// Removes a file, if it exists.
    fn remove(&self, name: Name) -> io::Result<()>;

    /// Syncs the folder: the list of its files is then durable.
    fn sync(&self) -> io::Result<()>;

    /// The path of a file, for messages.
    fn path(&self, name: Name) -> PathBuf;
}

/// An open file of a store.
pub(super) trait Medium: StorageBackend {
    /// Asks the operating system to drop its pages of this file from memory, so that reads show the
    /// content of the disk. Pages that are not written yet stay.
    fn drop_cache(&self);

    /// Why the open file is no longer the file at its path; `None` if it is.
    fn moved(&self) -> Option<String>;
}

/// The file system.
#[derive(Debug)]
pub(super) struct Folder {
    /// The path of the store. The other files are in the same folder.
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }

    fn medium(&self, name: Name, file: File) -> io::Result<Box<dyn Medium>> {
        let handle = file.try_clone()?;
        let locked = FileBackend::new(file).map_err(io::Error::other)?;
        Ok(Box::new(OpenFile { locked, handle, path: self.path(name) }))
    }
}

impl Disk for Folder {
    fn open(&self, name: Name, access: Access) -> io::Result<Option<Box<dyn Medium>>> {
        let path = self.path(name);
        let file = OpenOptions::new().read(true).write(access == Access::Write).open(&path);
        match file {
            Ok(file) if file.metadata()?.is_file() => self.medium(name, file).map(Some),
            Ok(_) => Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file")),
            // A new store would not get the name of the link.
            Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => {
                Err(io::Error::new(ErrorKind::NotFound, "nothing is where the link leads"))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&self, name: Name) -> io::Result<Box<dyn Medium>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        self.medium(name, private(&mut options).open(self.path(name))?)
    }

    fn rename(&self, from: Name, to: Name) -> io::Result<()> {
        std::fs::rename(self.path(from), self.path(to))?;
        self.sync()
    }

    fn rename_new(&self, from: Name, to: Name) -> io::Result<()> {
        rename_new(&self.path(from), &self.path(to))?;
        self.sync()
    }

    fn remove(&self, name: Name) -> io::Result<()> {
        match std::fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn sync(&self) -> io::Result<()> {
        if cfg!(unix) { File::open(self.folder())?.sync_all() } else { Ok(()) }
    }

    fn path(&self, name: Name) -> PathBuf {
        let suffix = match name {
            Name::Store => return self.path.clone(),
            Name::Fresh => ".new",
            Name::Unsynced => ".unsynced",
        };
        let mut path = self.path.clone().into_os_string();
        path.push(suffix);
        path.into()
    }
}

#[cfg(target_os = "linux")]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::{
        fs::{CWD, RenameFlags, renameat_with},
        io::Errno,
    };

    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system and not every enclave has this call.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::PERM) => checked_rename(from, to),
        renamed => Ok(renamed?),
    }
}

#[cfg(not(target_os = "linux"))]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    checked_rename(from, to)
}

fn checked_rename(from: &Path, to: &Path) -> io::Result<()> {
    match to.symlink_metadata() {
        Ok(_) => Err(ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => std::fs::rename(from, to),
        Err(error) => Err(error),
    }
}

/// A file with redb's locks on it.
#[derive(Debug)]
struct OpenFile {
    locked: FileBackend,
    handle: File,
    path: PathBuf,
}

impl Medium for OpenFile {
    fn drop_cache(&self) {
        #[cfg(target_os = "linux")]
        if let Err(error) = rustix::fs::fadvise(&self.handle, 0, None, rustix::fs::Advice::DontNeed)
        {
            tracing::debug!(%error, "the operating system keeps the pages of the store in memory");
        }
    }

    fn moved(&self) -> Option<String> {
        let open = match self.handle.metadata() {
            Ok(open) => open,
            Err(error) => return Some(format!("the open file cannot be examined: {error}")),
        };
        let path = self.path.display();
        match std::fs::metadata(&self.path) {
            Ok(found) if same_file(&open, &found) => None,
            Ok(_) => Some(format!("another file was put in the place of {path}")),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Some(format!("{path} was removed or renamed, or its volume was unmounted"))
            }
            Err(error) => Some(format!("{path} cannot be examined: {error}")),
        }
    }
}

#[cfg(unix)]
fn same_file(open: &Metadata, found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    open.nlink() > 0 && (open.dev(), open.ino()) == (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn same_file(_open: &Metadata, _found: &Metadata) -> bool {
    true
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

impl StorageBackend for OpenFile {
    fn len(&self) -> io::Result<u64> {
        self.locked.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.locked.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.locked.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.locked.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.locked.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.locked.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.locked.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.locked.try_lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.locked.unlock_range(start, end)
    }
}
