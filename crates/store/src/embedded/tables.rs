//! The tables of an embedded store.
//!
//! redb reports damage that it checks for as an error, and may panic if the file is damaged while
//! it is open. [`guarded`] turns such a panic into [`Error::Corrupt`]. After a panic, the state of
//! redb is not used for writing again, because the writer [reopens](super::engine::Engine::reopen)
//! after every failure; for readers, redb fails closed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use redb::{Database, ReadableDatabase, TableDefinition, TableHandle, WriteTransaction};

use super::{
    pages::{self, PAGES_NAME, REGISTERS_NAME},
    writer::{Answer, Answers, Work},
};
use crate::{Error, Result, pages::Swap};

const META_NAME: &str = "meta";
/// Properties of the store, see below.
const META: TableDefinition<&str, u64> = TableDefinition::new(META_NAME);
/// In [`META`]: the layout of the tables.
const FORMAT: &str = "format";
/// The layout of this code. Those before had entries instead of pages.
const FORMAT_3: u64 = 3;

/// Makes the tables of a new store, or checks existing ones.
pub(super) fn prepare(database: &Database) -> Result<()> {
    guarded("opening", || {
        let transaction = database.begin_read().map_err(engine_error)?;
        if transaction.list_tables().map_err(engine_error)?.next().is_some() {
            return require(database);
        }
        make(database)
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
        let meta = transaction.open_table(META).map_err(engine_error)?;
        let format = meta.get(FORMAT).map_err(engine_error)?.map(|format| format.value());
        match format {
            Some(FORMAT_3) if names().into_iter().any(missing) => Err(foreign()),
            Some(FORMAT_3) => Ok(()),
            Some(..FORMAT_3) => Err(Error::EarlierForm),
            Some(format) => Err(Error::corrupt(format!(
                "unsupported format {format} of the store file; this version reads format {FORMAT_3}"
            ))),
            None => Err(foreign()),
        }
    })
}

/// Whether pages that are dead are removed. To remove one, redb reads those beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removal {
    Done,
    LeftOut,
}

/// The names of the tables.
fn names() -> [&'static str; 3] {
    [META_NAME, PAGES_NAME, REGISTERS_NAME]
}

/// Does each piece of work of `group` that can be done, in order. Returns the answers, and true if
/// anything changed.
pub(super) fn apply_group(
    transaction: &WriteTransaction,
    group: &[Work],
    removal: Removal,
) -> Result<(Answers, bool)> {
    let mut tables = pages::Tables::open(transaction, removal)?;
    let mut answers = Answers::with_capacity(group.len());
    let mut changed = false;
    for work in group {
        let answer = match work {
            Work::Open => Ok(Answer::Done),
            Work::Commit(commit) => Ok(Answer::Swap(tables.commit(commit)?)),
            Work::Delete(ids) => tables.delete(ids).map(|()| Answer::Done),
        };
        let nothing = matches!(answer, Err(_) | Ok(Answer::Swap(Swap::Lost)));
        changed |= !nothing && !matches!(work, Work::Open);
        answers.push(answer);
    }
    Ok((answers, changed))
}

/// Copies everything in `source` into the empty database `fresh`. Returns the number of rows.
pub(super) fn copy(source: &Database, fresh: &Database) -> Result<u64> {
    guarded("copying", || require(source))?;
    make(fresh)?;
    pages::copy(source, fresh)
}

/// Makes the tables in an empty database.
fn make(database: &Database) -> Result<()> {
    guarded("making the tables", || {
        let transaction = database.begin_write().map_err(engine_error)?;
        let mut meta = transaction.open_table(META).map_err(engine_error)?;
        meta.insert(FORMAT, FORMAT_3).map_err(engine_error)?;
        drop(meta);
        drop(pages::Tables::open(&transaction, Removal::Done)?);
        transaction.commit().map_err(engine_error)
    })
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
