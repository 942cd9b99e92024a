//! The store that the configuration names.

use std::{
    future::Future,
    io::BufReader,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

use aecs_attest::files;
use aecs_store::{EmbeddedStore, Error, MemoryStore, export, pages::PageStore};
use anyhow::anyhow;

use crate::{
    config::{Config, StoreKind},
    exit::{Exit, Failure},
};

/// File of the embedded store in the data folder.
const FILE: &str = "aecs.redb";

/// The memory that the embedded store may use for its file. The vault has a cache of its own, of
/// pages that it has opened.
const CACHE_BYTES: usize = 16 << 20;

/// Ready, with the reason, when the store cannot go on in this process.
pub(crate) type Lost = Pin<Box<dyn Future<Output = Error> + Send>>;

/// Opens the store.
pub(crate) fn open(config: &Config) -> Result<(Arc<dyn PageStore>, Lost), Failure> {
    match config.store {
        StoreKind::Memory => Ok((Arc::new(MemoryStore::new()), Box::pin(std::future::pending()))),
        StoreKind::Embedded => {
            let path = path(config);
            let store = Arc::new(EmbeddedStore::open_pages(&path, CACHE_BYTES).map_err(failure)?);
            if store.is_new() {
                tracing::warn!(
                    path = %path.display(),
                    "there was no store: a new, empty one was made"
                );
            }
            let watched = Arc::clone(&store);
            Ok((store, Box::pin(async move { watched.lost().await })))
        }
    }
}

/// Makes the embedded store, where there is none, of the export in `file`.
pub(crate) fn import(config: &Config, file: &Path) -> Result<u64, Failure> {
    if config.store != StoreKind::Embedded {
        let cause = anyhow!("only the embedded store keeps what is imported");
        return Err(Failure::new(Exit::Usage, cause).context("--import-store"));
    }
    let unreadable =
        |error| Failure::new(Exit::Io, error).context(format!("cannot import {}", file.display()));
    let opened = files::open(file).map_err(unreadable)?;
    let reader = export::Reader::new(BufReader::new(opened)).map_err(unreadable)?;
    let entries = reader
        .map(|entry| entry.map_err(|error| Error::corrupt(format!("{}: {error}", file.display()))));
    EmbeddedStore::restore(path(config), entries).map_err(|error| match error {
        Error::Exists { .. } => {
            Failure::new(Exit::Io, anyhow!("{error}; --import-store does not replace it"))
        }
        error => Failure::new(Exit::Io, error).context("--import-store"),
    })
}

/// The file of the store, if it has one.
pub(crate) fn file(config: &Config) -> Option<PathBuf> {
    (config.store == StoreKind::Embedded).then(|| path(config))
}

/// Where the embedded store is.
fn path(config: &Config) -> PathBuf {
    config.data_dir.join(FILE)
}

/// Why the program ends when its store fails: with the exit code, and what to do.
pub(crate) fn failure(error: Error) -> Failure {
    let (exit, help) = match &error {
        Error::InUse { .. } | Error::Unavailable { .. } => (Exit::Unavailable, None),
        Error::DiskFailed { .. } => (
            Exit::Disk,
            Some("check the disk and start again, which copies the store to a new file"),
        ),
        Error::Corrupt { .. } => (
            Exit::Io,
            Some("move the damaged file away and restore the last export with --import-store"),
        ),
        _ => (Exit::Io, None),
    };
    let failure = Failure::new(exit, error).context("store");
    match help {
        Some(help) => failure.help(help),
        None => failure,
    }
}
