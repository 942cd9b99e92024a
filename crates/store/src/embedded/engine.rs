//! The tables of an embedded store, and the only code that calls redb.
//!
//! redb reports damage as an error where it looks for it, and may panic on damage that appears
//! under its feet while the file is open. [`guarded`] turns such a panic into [`Error::Corrupt`];
//! what it may leave behind inside redb is not used again for writing, since the writer
//! [reopens](Engine::reopen) after every failure, and redb fails closed for readers.

use std::{
    ops::Bound,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{PoisonError, RwLock},
};

use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, Table, TableDefinition,
    TableHandle, WriteTransaction,
};

use super::file::{Missing, Opener};
use crate::{Entry, Error, Key, Operation, Page, Result, Scan, Version};

/// Key text to version (8 bytes, big endian) and value.
const ENTRIES: TableDefinition<&[u8], &[u8]> = TableDefinition::new("entries");
/// Small facts about the store, below.
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
/// In [`META`]: the layout of the tables.
const FORMAT: &str = "format";
/// In [`META`]: the last version that was assigned.
const LAST_VERSION: &str = "last_version";
/// The layout that this code reads and writes.
const FORMAT_1: u64 = 1;

const VERSION_LEN: usize = 8;

/// What became of each batch of a group.
pub(super) type Answers = Vec<Result<Vec<Version>>>;

pub(super) struct Engine {
    opener: Opener,
    /// `None` while the database is closed after a failure.
    database: RwLock<Option<Database>>,
}

impl Engine {
    pub(super) fn open(opener: Opener, missing: Missing) -> Result<Self> {
        let database = guarded("opening", || prepare(opener(missing)?))?;
        Ok(Self { opener, database: RwLock::new(Some(database)) })
    }

    /// The entry under `key` in the last commit.
    pub(super) fn get(&self, key: &Key) -> Result<Option<Entry>> {
        guarded("reading", || {
            let entries = self.read()?.open_table(ENTRIES).map_err(engine_error)?;
            let found = entries.get(key.as_str().as_bytes()).map_err(engine_error)?;
            found.map(|record| parse_record(key, record.value())).transpose()
        })
    }

    /// The page of `scan` in the last commit.
    pub(super) fn list(&self, mut scan: Scan<'_>) -> Result<Page> {
        guarded("listing", || {
            let entries = self.read()?.open_table(ENTRIES).map_err(engine_error)?;
            let start = scan.start().map(str::as_bytes);
            for row in entries.range::<&[u8]>((start, Bound::Unbounded)).map_err(engine_error)? {
                let (key, record) = row.map_err(engine_error)?;
                let key = parse_key(key.value())?;
                let entry = parse_record(&key, record.value())?;
                if !scan.offer(key, entry) {
                    break;
                }
            }
            Ok(scan.finish())
        })
    }

    /// Applies each batch of `group` that can be applied, in order, in one durable commit.
    ///
    /// Returns the answers and whether there was anything to commit. On an error nothing is known
    /// to be applied ([`Error::Unavailable`]: it may be), and the caller has to [`reopen`].
    ///
    /// [`reopen`]: Self::reopen
    pub(super) fn commit(&self, group: &[Vec<Operation>]) -> Result<(Answers, bool)> {
        let (transaction, answers) = guarded("writing", || {
            let transaction = self.begin_write()?;
            let answers = apply_group(&transaction, group)?;
            Ok((transaction, answers))
        })?;
        if answers.iter().all(Result::is_err) {
            guarded("ending a transaction", || transaction.abort().map_err(engine_error))?;
            return Ok((answers, false));
        }
        // One phase is enough: its weakness is a disk that reorders writes on purpose, against
        // which no store can defend, and whose work shows in the sealed records.
        guarded("committing", || transaction.commit().map_err(engine_error))
            .map_err(outcome_unknown)?;
        Ok((answers, true))
    }

    /// Closes the database, and opens and checks it again.
    pub(super) fn reopen(&self) -> Result<()> {
        let broken = self.database.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Err(error) = guarded("closing", || {
            drop(broken);
            Ok(())
        }) {
            tracing::error!(%error, "the store file could not be closed");
        }
        let database = guarded("opening", || prepare((self.opener)(Missing::Fail)?))?;
        *self.database.write().unwrap_or_else(PoisonError::into_inner) = Some(database);
        Ok(())
    }

    pub(super) fn is_open(&self) -> bool {
        self.database.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn read(&self) -> Result<ReadTransaction> {
        match &*self.database.read().unwrap_or_else(PoisonError::into_inner) {
            Some(database) => database.begin_read().map_err(engine_error),
            None => Err(closed()),
        }
    }

    fn begin_write(&self) -> Result<WriteTransaction> {
        match &*self.database.read().unwrap_or_else(PoisonError::into_inner) {
            // The durability of a redb transaction is immediate (fsync) unless asked otherwise.
            Some(database) => database.begin_write().map_err(engine_error),
            None => Err(closed()),
        }
    }
}

/// Makes the tables of a new store, or checks that they are ours.
fn prepare(database: Database) -> Result<Database> {
    let transaction = database.begin_write().map_err(engine_error)?;
    let tables: Vec<String> = transaction
        .list_tables()
        .map_err(engine_error)?
        .map(|table| table.name().to_owned())
        .collect();
    if tables.is_empty() {
        transaction.open_table(ENTRIES).map_err(engine_error)?;
        let mut meta = transaction.open_table(META).map_err(engine_error)?;
        meta.insert(FORMAT, FORMAT_1).map_err(engine_error)?;
        meta.insert(LAST_VERSION, 0).map_err(engine_error)?;
        drop(meta);
        transaction.commit().map_err(engine_error)?;
        return Ok(database);
    }
    if ![ENTRIES.name(), META.name()].iter().all(|name| tables.iter().any(|table| table == name)) {
        return Err(Error::corrupt("the file is a database of something else"));
    }
    let format = read_meta(&transaction.open_table(META).map_err(engine_error)?, FORMAT)?;
    transaction.abort().map_err(engine_error)?;
    if format != FORMAT_1 {
        return Err(Error::corrupt(format!("unknown format {format} of the store file")));
    }
    Ok(database)
}

fn apply_group(transaction: &WriteTransaction, group: &[Vec<Operation>]) -> Result<Answers> {
    let mut entries = transaction.open_table(ENTRIES).map_err(engine_error)?;
    let mut meta = transaction.open_table(META).map_err(engine_error)?;
    let mut last_version = read_meta(&meta, LAST_VERSION)?;
    let mut answers = Answers::with_capacity(group.len());
    for batch in group {
        answers.push(match check_batch(&entries, batch)? {
            Ok(()) => Ok(apply_batch(&mut entries, &mut last_version, batch)?),
            Err(refusal) => Err(refusal),
        });
    }
    meta.insert(LAST_VERSION, last_version).map_err(engine_error)?;
    Ok(answers)
}

/// The outer result is the engine's, the inner one the batch's.
fn check_batch(entries: &EntriesTable<'_>, batch: &[Operation]) -> Result<Result<()>> {
    for operation in batch {
        let key = operation.key();
        let found = entries.get(key.as_str().as_bytes()).map_err(engine_error)?;
        let current = match found {
            Some(record) => Some(split_record(key, record.value())?.0),
            None => None,
        };
        if let Err(refusal) = operation.check(current) {
            return Ok(Err(refusal));
        }
    }
    Ok(Ok(()))
}

fn apply_batch(
    entries: &mut EntriesTable<'_>,
    last_version: &mut u64,
    batch: &[Operation],
) -> Result<Vec<Version>> {
    let mut versions = Vec::new();
    for operation in batch {
        match operation {
            Operation::Put { key, value, .. } => {
                *last_version = last_version
                    .checked_add(1)
                    .ok_or_else(|| Error::corrupt("the versions are used up"))?;
                let version = Version::new(*last_version);
                let record = [&version.get().to_be_bytes(), value.as_slice()].concat();
                entries.insert(key.as_str().as_bytes(), record.as_slice()).map_err(engine_error)?;
                versions.push(version);
            }
            Operation::Delete { key, .. } => {
                entries.remove(key.as_str().as_bytes()).map_err(engine_error)?;
            }
        }
    }
    Ok(versions)
}

type EntriesTable<'a> = Table<'a, &'static [u8], &'static [u8]>;

fn read_meta(meta: &Table<'_, &'static str, u64>, name: &str) -> Result<u64> {
    let found = meta.get(name).map_err(engine_error)?;
    found
        .map(|number| number.value())
        .ok_or_else(|| Error::corrupt(format!("the store file has no {name}")))
}

fn parse_key(bytes: &[u8]) -> Result<Key> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::corrupt("a key is not text"))?;
    Key::new(text).map_err(|error| Error::corrupt_from("a key has a forbidden name", error))
}

fn parse_record(key: &Key, record: &[u8]) -> Result<Entry> {
    let (version, value) = split_record(key, record)?;
    Ok(Entry { value: value.to_vec(), version })
}

fn split_record<'a>(key: &Key, record: &'a [u8]) -> Result<(Version, &'a [u8])> {
    let (version, value) = record
        .split_first_chunk::<VERSION_LEN>()
        .ok_or_else(|| Error::corrupt(format!("the record of {key} has no version")))?;
    Ok((Version::new(u64::from_be_bytes(*version)), value))
}

/// Runs `action` on redb; a panic there is a damaged file. The closures keep no state of ours
/// that a panic could leave half changed.
fn guarded<T>(what: &str, action: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(action)).unwrap_or_else(|_| {
        Err(Error::corrupt(format!("the database engine gave up while {what}")))
    })
}

/// A commit that failed may still reach the disk.
fn outcome_unknown(error: Error) -> Error {
    match error {
        Error::Unavailable { .. } => error,
        other => Error::unavailable_from("the commit failed", other),
    }
}

fn closed() -> Error {
    Error::unavailable("the store file is closed after a failure")
}

/// Storage errors are damage or a disk that does not answer; redb has no other kind for the calls
/// made here that the code above could cause.
fn engine_error(error: impl Into<redb::Error>) -> Error {
    match error.into() {
        error @ (redb::Error::Io(_)
        | redb::Error::PreviousIo
        | redb::Error::DatabaseClosed
        | redb::Error::LockPoisoned(_)) => Error::unavailable_from("the store file failed", error),
        error => Error::corrupt_from("the store file is damaged", error),
    }
}
