//! Opens a store: for reading and writing; if only writing fails, for reading; after a failed sync,
//! from a copy.
//!
//! A new store is made under another name, and renamed when it is complete and synced. A first start
//! that is killed therefore leaves no store, and the next start makes one.
//!
//! After a failed sync, Linux treats its pages as clean: the next sync succeeds without them, reads
//! return them while they stay in memory, and a power loss removes them. After a failed sync, the
//! store therefore writes nothing to that file any more. It copies all readable data into a new
//! file, syncs the new file and then replaces the old one. The pages on the old disk file no longer
//! matter.

use std::{
    io::{self, ErrorKind},
    sync::Arc,
    time::Duration,
};

use redb::{Database, DatabaseError, StorageError};

use super::{
    damage,
    disk::{Access, Disk, Medium, Name},
    session::{Backend, Session, only_writing_fails},
    tables,
};
use crate::{Error, Result};

/// How a file is opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// The memory that redb may use for the file. Enclaves have little memory.
    pub(super) cache_bytes: usize,
    /// Whether to verify every page of the file.
    pub(super) verify: Verify,
    /// After how much time without work the file is [put to rest](super::engine::Engine::rest).
    pub(super) rest: Option<Duration>,
}

/// How much of a file is verified when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verify {
    /// Every page.
    All,
    /// What redb needs: the header; after a crash, every page.
    Needed,
}

/// For files that are copied.
pub(super) const VERIFIED: Settings =
    Settings { cache_bytes: 64 << 20, verify: Verify::All, rest: None };

/// What to do if the file does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Create it: this is the first start.
    Create,
    /// Fail: the file existed before, and an empty store would hide that it is missing.
    Fail,
}

/// An open store.
pub(super) struct Opened {
    pub(super) database: Database,
    pub(super) session: Arc<Session>,
    /// Why the store cannot be written.
    pub(super) read_only: Option<String>,
    /// True if the store did not exist before.
    pub(super) created: bool,
}

/// Opens the store on `disk`; after a failed sync, from a copy.
pub(super) fn open(disk: &Arc<dyn Disk>, missing: Missing, settings: Settings) -> Result<Opened> {
    let disk_error = |error| disk_failed(disk, "it cannot be opened", &error);
    if exists(disk, Name::Unsynced).map_err(disk_error)? {
        if exists(disk, Name::Store).map_err(disk_error)? {
            // The copy is complete; only the old file was not removed.
            disk.sync().and_then(|()| disk.remove(Name::Unsynced)).map_err(disk_error)?;
        } else {
            copy(disk, Name::Unsynced)?;
        }
    }
    match attempt(disk, missing, settings)? {
        Attempt::Opened(opened) => {
            remove_unfinished(disk, &opened);
            Ok(opened)
        }
        Attempt::SyncFailed => {
            let name = if exists(disk, Name::Unsynced).map_err(disk_error)? {
                Name::Unsynced
            } else {
                Name::Store
            };
            copy(disk, name)?;
            match attempt(disk, Missing::Fail, settings)? {
                Attempt::Opened(opened) => Ok(opened),
                Attempt::SyncFailed => Err(Error::DiskFailed {
                    path: disk.path(Name::Store),
                    problem: "a sync failed again after the store was copied to a new file"
                        .to_owned(),
                }),
            }
        }
    }
}

/// Removes what a killed process left of a copy. The open store is locked, so nobody makes one now.
fn remove_unfinished(disk: &Arc<dyn Disk>, opened: &Opened) {
    if opened.read_only.is_some() || !matches!(exists(disk, Name::Fresh), Ok(true)) {
        return;
    }
    match disk.remove(Name::Fresh) {
        Ok(()) => tracing::info!("an unfinished copy of the store was removed"),
        Err(error) => tracing::warn!(%error, "an unfinished copy of the store cannot be removed"),
    }
}

/// Copies the readable data of `from` into a new file, which replaces the store.
pub(super) fn copy(disk: &Arc<dyn Disk>, from: Name) -> Result<()> {
    let failed = |error: &dyn std::error::Error| disk_failed(disk, "it cannot be copied", error);
    let Some(medium) = disk.open(from, Access::Write).map_err(|error| failed(&error))? else {
        return Err(failed(&io::Error::from(ErrorKind::NotFound)));
    };
    medium.drop_cache();
    let session = Session::reading(medium, disk.path(from), Access::Write);
    let copied = check(disk, from, &session, VERIFIED)
        .and_then(|source| fill_fresh(disk, |fresh| tables::copy(&source, fresh)));
    match copied {
        Ok(entries) => tracing::warn!(entries, "the store was copied to a new file"),
        Err(error @ (Error::Corrupt { .. } | Error::EarlierForm | Error::InUse { .. })) => {
            return Err(error);
        }
        Err(error) => return Err(failed(&error)),
    }
    take_place(disk).map_err(|error| failed(&error))?;
    if let Err(error) = disk.remove(Name::Unsynced) {
        tracing::warn!(%error, "the old file of the store cannot be removed");
    }
    Ok(())
}

/// Makes a new file, which `fill` fills. It is durable when this function returns.
pub(super) fn fill_fresh<T>(
    disk: &Arc<dyn Disk>,
    fill: impl FnOnce(&Database) -> Result<T>,
) -> Result<T> {
    let failed = |error| Error::unavailable_from("making a new store file", error);
    let not_made = |error: io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Error::InUse { path: disk.path(Name::Store) },
        _ => location(disk, error),
    };
    // A file that a killed process left is removed, and not one that another process fills.
    if let Ok(Some(left)) = disk.open(Name::Fresh, Access::Write)
        && let Err(Error::InUse { .. }) = check(
            disk,
            Name::Fresh,
            &Session::reading(left, disk.path(Name::Fresh), Access::Write),
            VERIFIED,
        )
    {
        return Err(Error::InUse { path: disk.path(Name::Store) });
    }
    disk.remove(Name::Fresh).map_err(not_made)?;
    let session = Session::of_copy(disk.create(Name::Fresh).map_err(not_made)?, disk);
    let database = check(disk, Name::Fresh, &session, VERIFIED)?;
    let filled = fill(&database);
    let closed = database.close().map_err(|error| database_error(disk, Name::Fresh, error));
    let synced = session.sync().map_err(failed);
    let done = filled.and_then(|filled| closed.and(synced).map(|()| filled));
    if done.is_err()
        && let Err(error) = disk.remove(Name::Fresh)
    {
        tracing::warn!(%error, "an unfinished copy of the store cannot be removed");
    }
    done
}

/// Replaces the store by the new file.
fn take_place(disk: &Arc<dyn Disk>) -> io::Result<()> {
    disk.rename(Name::Fresh, Name::Store)
}

/// True if the file exists.
pub(super) fn exists(disk: &Arc<dyn Disk>, name: Name) -> io::Result<bool> {
    disk.open(name, Access::Read).map(|file| file.is_some())
}

enum Attempt {
    Opened(Opened),
    SyncFailed,
}

fn attempt(disk: &Arc<dyn Disk>, missing: Missing, settings: Settings) -> Result<Attempt> {
    let medium = match disk.open(Name::Store, Access::Write) {
        Ok(Some(medium)) => medium,
        Ok(None) if missing == Missing::Create => return create(disk, settings),
        Ok(None) => return Err(location(disk, io::Error::from(ErrorKind::NotFound))),
        Err(error) if only_writing_fails(error.kind()) => {
            return read_only(disk, Access::Read, error.to_string(), settings).map(Attempt::Opened);
        }
        Err(error) => return Err(location(disk, error)),
    };
    refuse_empty(disk, &*medium)?;
    let session = Session::of_store(medium, disk);
    let opened = flush(disk, &session)
        .and_then(|()| check(disk, Name::Store, &session, settings))
        .and_then(|database| tables::prepare(&database).map(|()| database));
    let failure = session.failure();
    match (opened, failure) {
        (_, Some(failure)) if failure.of_sync => Ok(Attempt::SyncFailed),
        (Err(_), Some(failure)) if failure.only_writing() => {
            drop(session);
            read_only(disk, Access::Write, failure.message, settings).map(Attempt::Opened)
        }
        // redb says of it only that the disk failed.
        (Err(error @ Error::Unavailable { .. }), _) => Err(session.unreadable().unwrap_or(error)),
        (Err(error), _) => Err(error),
        (Ok(database), _) => {
            let opened = Opened { database, session, read_only: None, created: false };
            Ok(Attempt::Opened(opened))
        }
    }
}

/// Syncs data that an earlier process may have left in memory, so that later reads come from the
/// disk.
fn flush(disk: &Arc<dyn Disk>, session: &Arc<Session>) -> Result<()> {
    let unavailable = |error| Error::unavailable_from("syncing the store file", error);
    session.sync().map_err(unavailable)?;
    disk.sync().map_err(unavailable)?;
    session.medium().drop_cache();
    Ok(())
}

fn create(disk: &Arc<dyn Disk>, settings: Settings) -> Result<Attempt> {
    fill_fresh(disk, tables::prepare)?;
    disk.rename_new(Name::Fresh, Name::Store).map_err(|error| match error.kind() {
        // Another process was faster.
        ErrorKind::AlreadyExists => Error::InUse { path: disk.path(Name::Store) },
        _ => location(disk, error),
    })?;
    Ok(match attempt(disk, Missing::Fail, settings)? {
        Attempt::Opened(opened) => Attempt::Opened(Opened { created: true, ..opened }),
        Attempt::SyncFailed => Attempt::SyncFailed,
    })
}

fn read_only(
    disk: &Arc<dyn Disk>,
    access: Access,
    why: String,
    settings: Settings,
) -> Result<Opened> {
    let medium = disk
        .open(Name::Store, access)
        .and_then(|medium| medium.ok_or_else(|| ErrorKind::NotFound.into()))
        .map_err(|error| location(disk, error))?;
    refuse_empty(disk, &*medium)?;
    medium.drop_cache();
    let session = Session::reading(medium, disk.path(Name::Store), access);
    let database = check(disk, Name::Store, &session, settings)?;
    tables::require(&database)?;
    Ok(Opened { database, session, read_only: Some(why), created: false })
}

/// Opens the database in `session`, after verifying as much of it as `settings` say.
fn check(
    disk: &Arc<dyn Disk>,
    name: Name,
    session: &Arc<Session>,
    settings: Settings,
) -> Result<Database> {
    let open = || {
        redb::Builder::new()
            .set_cache_size(settings.cache_bytes)
            // Without this check, redb trusts a file that was closed cleanly, and may panic later
            // if the file is damaged.
            .set_check_integrity_on_open(settings.verify == Verify::All)
            .create_with_backend(Backend(Arc::clone(session)))
            .map_err(|error| database_error(disk, name, error))
    };
    tables::guarded("opening", open).map_err(|error| match error {
        Error::Corrupt { source, .. } => Error::Corrupt {
            what: format!("{}: {}", disk.path(name).display(), damage::describe(session)),
            source,
        },
        other => other,
    })
}

fn refuse_empty(disk: &Arc<dyn Disk>, medium: &dyn Medium) -> Result<()> {
    match medium.len() {
        Ok(0) => Err(Error::corrupt(format!(
            "{} is empty, which no start leaves: it was truncated, or something else made it; put the \
             store back, or if there never was one, remove the file to start with a new store",
            disk.path(Name::Store).display()
        ))),
        Ok(_) => Ok(()),
        Err(error) => Err(Error::unavailable_from("reading the length of the store file", error)),
    }
}

fn location(disk: &Arc<dyn Disk>, error: io::Error) -> Error {
    let problem = match error.kind() {
        ErrorKind::IsADirectory => "it is a directory",
        ErrorKind::InvalidInput => "it is not a regular file",
        ErrorKind::NotFound if error.get_ref().is_some() => {
            "it is a symbolic link, and there is nothing where it leads: mount that volume, or remove the \
             link"
        }
        ErrorKind::NotFound => "the file or its directory does not exist",
        _ => "it cannot be opened or created",
    };
    let path = disk.path(Name::Store);
    Error::InvalidLocation { path, problem, source: Some(Arc::new(error)) }
}

fn disk_failed(disk: &Arc<dyn Disk>, what: &str, error: &dyn std::error::Error) -> Error {
    let mut problem = format!("{what}: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        problem.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    Error::DiskFailed { path: disk.path(Name::Store), problem }
}

fn database_error(disk: &Arc<dyn Disk>, name: Name, error: DatabaseError) -> Error {
    let path = disk.path(name);
    match &error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            Error::InUse { path }
        }
        DatabaseError::Storage(StorageError::Io(io))
            if !matches!(io.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) =>
        {
            Error::unavailable_from(format!("opening {}", path.display()), error)
        }
        DatabaseError::Storage(StorageError::PreviousIo) => {
            Error::unavailable_from(format!("opening {}", path.display()), error)
        }
        _ => Error::corrupt_from(format!("{} is not an intact store", path.display()), error),
    }
}
