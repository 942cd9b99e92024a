//! The file of an embedded store: found or created, private to its owner, locked and checked.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind},
    path::Path,
    sync::Arc,
};

use redb::{Database, DatabaseError, StorageBackend, StorageError, backends::FileBackend};

use crate::{Error, Result};

/// How much of the file redb may keep in memory: enclaves have little of it.
const CACHE_BYTES: usize = 64 << 20;

/// What to do when there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Create it: the first start.
    Create,
    /// Fail: it was there a moment ago, and an empty store in its place would hide that.
    Fail,
}

/// Opens the database behind a store: once at the start, and again after each failure.
pub(super) type Opener = Box<dyn Fn(Missing) -> Result<Database> + Send + Sync>;

/// Opens the file at `path`.
pub(super) fn open(path: &Path, missing: Missing) -> Result<Database> {
    let (file, created) = open_or_create(path, missing)?;
    let metadata = file.metadata().map_err(|error| location(path, "cannot be read", error))?;
    if !metadata.is_file() {
        return Err(invalid(path, "it is not a regular file"));
    }
    if metadata.len() == 0 && !created {
        return Err(Error::corrupt(format!(
            "{} is empty: it was truncated, or never finished; remove it to start anew",
            path.display()
        )));
    }
    let backend = FileBackend::new(file).map_err(|error| database_error(path, error))?;
    let database = check_and_open(path, backend)?;
    if created {
        sync_directory(path)?;
    }
    Ok(database)
}

/// Opens the database in `backend` after verifying every page of it; `path` is for messages.
pub(super) fn check_and_open(path: &Path, backend: impl StorageBackend) -> Result<Database> {
    redb::Builder::new()
        .set_cache_size(CACHE_BYTES)
        // Without this, redb trusts a cleanly closed file, and may panic when it should not have.
        .set_check_integrity_on_open(true)
        .create_with_backend(backend)
        .map_err(|error| database_error(path, error))
}

fn open_or_create(path: &Path, missing: Missing) -> Result<(File, bool)> {
    if path.is_dir() {
        return Err(invalid(path, "it is a directory"));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.open(path) {
        Ok(file) => return Ok((file, false)),
        Err(error) if error.kind() == ErrorKind::NotFound && missing == Missing::Create => {}
        Err(error) => return Err(location(path, "it cannot be opened", error)),
    }
    private(options.create_new(true)).open(path).map(|file| (file, true)).map_err(|error| {
        match error.kind() {
            ErrorKind::NotFound => location(path, "its directory does not exist", error),
            ErrorKind::AlreadyExists => Error::InUse { path: path.to_path_buf() },
            _ => location(path, "it cannot be created", error),
        }
    })
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// A new file survives a power loss only once its directory is on the disk too.
#[cfg(unix)]
fn sync_directory(path: &Path) -> Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| location(path, "its directory cannot be synced", error))
}

#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> Result<()> {
    Ok(())
}

fn invalid(path: &Path, problem: &'static str) -> Error {
    Error::InvalidLocation { path: path.to_path_buf(), problem, source: None }
}

fn location(path: &Path, problem: &'static str, error: io::Error) -> Error {
    Error::InvalidLocation { path: path.to_path_buf(), problem, source: Some(Arc::new(error)) }
}

fn database_error(path: &Path, error: DatabaseError) -> Error {
    match &error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            Error::InUse { path: path.to_path_buf() }
        }
        DatabaseError::Storage(StorageError::Io(io))
            if !matches!(io.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) =>
        {
            Error::unavailable_from(format!("opening {}", path.display()), error)
        }
        _ => Error::corrupt_from(format!("{} is not an intact store", path.display()), error),
    }
}
