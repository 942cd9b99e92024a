//! The tables of an embedded store.
//!
//! redb reports damage that it checks for as an error, and may panic if the file is damaged while
//! it is open. [`guarded`] turns such a panic into [`Error::Corrupt`]. After a panic, the state of
//! redb is not used for writing again, because the writer [reopens](super::engine::Engine::reopen)
//! after every failure; for readers, redb fails closed.

use std::{
    ops::Bound,
    panic::{AssertUnwindSafe, catch_unwind},
};

use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, Table, TableDefinition,
    TableHandle, WriteTransaction,
};

use super::{
    pages::{self, PAGES_NAME, REGISTERS_NAME},
    writer::{Answer, Answers, Work},
};
use crate::{Entry, Error, Key, Operation, Page, Result, Scan, Version, pages::Swap};

const ENTRIES_NAME: &str = "entries";
const META_NAME: &str = "meta";
/// Maps the text of a key to version (8 bytes, big endian) and value.
const ENTRIES: TableDefinition<&[u8], &[u8]> = TableDefinition::new(ENTRIES_NAME);
/// Properties of the store, see below.
const META: TableDefinition<&str, u64> = TableDefinition::new(META_NAME);
/// In [`META`]: the layout of the tables.
const FORMAT: &str = "format";
/// In [`META`]: the last version that was assigned.
const LAST_VERSION: &str = "last_version";
/// The layout of this code.
const FORMAT_2: u64 = 2;

const VERSION_LEN: usize = 8;

/// Makes the tables of a new store, or checks existing ones.
pub(super) fn prepare(database: &Database) -> Result<()> {
    guarded("opening", || {
        let transaction = database.begin_read().map_err(engine_error)?;
        if transaction.list_tables().map_err(engine_error)?.next().is_some() {
            return require(database);
        }
        fill(database, 0, std::iter::empty()).map(drop)
    })
}

/// Checks that the tables are those of a store.
pub(super) fn require(database: &Database) -> Result<()> {
    guarded("opening", || {
        let transaction = database.begin_read().map_err(engine_error)?;
        let tables: Vec<String> = transaction
            .list_tables()
            .map_err(engine_error)?
            .map(|table| table.name().to_owned())
            .collect();
        let missing = |name: &str| !tables.iter().any(|table| table == name);
        let foreign = || Error::corrupt("the file is a redb database, but not a store");
        if missing(META_NAME) {
            return Err(foreign());
        }
        match meta(&transaction, FORMAT)? {
            FORMAT_2 if names().into_iter().any(missing) => Err(foreign()),
            FORMAT_2 => Ok(()),
            format => Err(Error::corrupt(format!(
                "unsupported format {format} of the store file; this version reads format {FORMAT_2}"
            ))),
        }
    })
}

/// The names of the tables.
pub(super) fn names() -> [&'static str; 4] {
    [ENTRIES_NAME, META_NAME, PAGES_NAME, REGISTERS_NAME]
}

/// The entry under `key`.
pub(super) fn get(transaction: &ReadTransaction, key: &Key) -> Result<Option<Entry>> {
    let entries = transaction.open_table(ENTRIES).map_err(engine_error)?;
    let found = entries.get(key.as_str().as_bytes()).map_err(engine_error)?;
    found.map(|record| parse_record(key, record.value())).transpose()
}

/// The page of `scan`.
pub(super) fn list(transaction: &ReadTransaction, mut scan: Scan<'_>) -> Result<Page> {
    let entries = transaction.open_table(ENTRIES).map_err(engine_error)?;
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
}

/// Does each piece of work of `group` that can be done, in order. Returns the answers, and true if
/// anything changed.
pub(super) fn apply_group(
    transaction: &WriteTransaction,
    group: &[Work],
) -> Result<(Answers, bool)> {
    let mut entries = transaction.open_table(ENTRIES).map_err(engine_error)?;
    let mut meta = transaction.open_table(META).map_err(engine_error)?;
    let mut tables = pages::Tables::open(transaction)?;
    let mut last_version = read_meta(&meta, LAST_VERSION)?;
    let mut answers = Answers::with_capacity(group.len());
    let mut changed = false;
    for work in group {
        let answer = match work {
            Work::Open => Ok(Answer::Done),
            Work::Batch(batch) => match check_batch(&entries, batch)? {
                Ok(()) => apply_batch(&mut entries, &mut last_version, batch).map(Answer::Versions),
                Err(refusal) => Err(refusal),
            },
            Work::Commit(commit) => Ok(Answer::Swap(tables.commit(commit)?)),
            Work::Delete(ids) => tables.delete(ids).map(|()| Answer::Done),
        };
        let nothing = matches!(answer, Err(_) | Ok(Answer::Swap(Swap::Lost)));
        changed |= !nothing && !matches!(work, Work::Open);
        answers.push(answer);
    }
    meta.insert(LAST_VERSION, last_version).map_err(engine_error)?;
    Ok((answers, changed))
}

/// Copies everything in `source` into the empty database `fresh`. Returns the number of rows.
pub(super) fn copy(source: &Database, fresh: &Database) -> Result<u64> {
    let entries = guarded("copying", || {
        require(source)?;
        let transaction = source.begin_read().map_err(engine_error)?;
        let last_version = meta(&transaction, LAST_VERSION)?;
        let entries = transaction.open_table(ENTRIES).map_err(engine_error)?;
        let rows = entries.iter().map_err(engine_error)?.map(|row| {
            let (key, record) = row.map_err(engine_error)?;
            let key = parse_key(key.value())?;
            let entry = parse_record(&key, record.value())?;
            Ok((key, entry))
        });
        fill(fresh, last_version, rows)
    })?;
    Ok(entries + pages::copy(source, fresh)?)
}

/// Makes the tables with these entries in an empty database, in one commit. Returns the number of
/// entries.
pub(super) fn fill(
    database: &Database,
    last_version: u64,
    rows: impl Iterator<Item = Result<(Key, Entry)>>,
) -> Result<u64> {
    guarded("filling a new file", || {
        let transaction = database.begin_write().map_err(engine_error)?;
        let mut entries = transaction.open_table(ENTRIES).map_err(engine_error)?;
        let (mut count, mut last_version) = (0, last_version);
        for row in rows {
            let (key, entry) = row?;
            let record = record(entry.version, &entry.value);
            let bytes = key.as_str().as_bytes();
            if entries.insert(bytes, record.as_slice()).map_err(engine_error)?.is_some() {
                return Err(Error::corrupt(format!("the key {key} occurs twice")));
            }
            last_version = last_version.max(entry.version.get());
            count += 1;
        }
        drop(entries);
        let mut meta = transaction.open_table(META).map_err(engine_error)?;
        meta.insert(FORMAT, FORMAT_2).map_err(engine_error)?;
        meta.insert(LAST_VERSION, last_version).map_err(engine_error)?;
        drop(meta);
        drop(pages::Tables::open(&transaction)?);
        transaction.commit().map_err(engine_error)?;
        Ok(count)
    })
}

/// The outer result is that of the engine, the inner one that of the batch.
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
                    .ok_or_else(|| Error::corrupt("no further version can be assigned"))?;
                let version = Version::new(*last_version);
                let record = record(version, value);
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

fn meta(transaction: &ReadTransaction, name: &str) -> Result<u64> {
    read_meta(&transaction.open_table(META).map_err(engine_error)?, name)
}

fn read_meta(meta: &impl ReadableTable<&'static str, u64>, name: &str) -> Result<u64> {
    let found = meta.get(name).map_err(engine_error)?;
    found
        .map(|number| number.value())
        .ok_or_else(|| Error::corrupt(format!("the store file has no {name}")))
}

fn parse_key(bytes: &[u8]) -> Result<Key> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::corrupt("a key is not UTF-8"))?;
    Key::new(text).map_err(|error| Error::corrupt_from("a key has an invalid name", error))
}

fn parse_record(key: &Key, record: &[u8]) -> Result<Entry> {
    let (version, value) = split_record(key, record)?;
    Ok(Entry { value: value.to_vec(), version })
}

fn record(version: Version, value: &[u8]) -> Vec<u8> {
    [&version.get().to_be_bytes(), value].concat()
}

fn split_record<'a>(key: &Key, record: &'a [u8]) -> Result<(Version, &'a [u8])> {
    let (version, value) = record
        .split_first_chunk::<VERSION_LEN>()
        .ok_or_else(|| Error::corrupt(format!("the record of {key} has no version")))?;
    Ok((Version::new(u64::from_be_bytes(*version)), value))
}

/// Runs `action` on redb. A panic of redb means that the file is damaged. The closures change no
/// state of ours, so a panic cannot leave it half changed.
pub(super) fn guarded<T>(what: &str, action: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(action)).unwrap_or_else(|_| {
        Err(Error::corrupt(format!("the database engine panicked while {what}")))
    })
}

/// An error of redb means a damaged file or a disk that does not answer: the code above causes no
/// other errors.
pub(super) fn engine_error(error: impl Into<redb::Error>) -> Error {
    match error.into() {
        error @ (redb::Error::Io(_)
        | redb::Error::PreviousIo
        | redb::Error::DatabaseClosed
        | redb::Error::LockPoisoned(_)) => Error::unavailable_from("the store file failed", error),
        error => Error::corrupt_from("the store file is damaged", error),
    }
}
