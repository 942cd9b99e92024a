//! The back-end on PostgreSQL, which several processes share.
//!
//! Invariants:
//! - a commit is one statement; it is answered when it is durable on the server;
//! - a statement is sent again only if it certainly had no effect, or has the same effect twice;
//! - a commit of which nobody knows is [`Error::Unavailable`];
//! - no password is in an error or in the log.

mod address;
mod fault;
mod line;
mod listener;
mod schema;
#[cfg(test)]
mod tests;
mod tls;
mod turns;
mod vacuum;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::{sync::Mutex, time::timeout};
use tokio_postgres::error::SqlState;

use self::{
    address::Address, line::Dial, line::Prepared, listener::Listener, turns::Turns, vacuum::Vacuum,
};
use crate::{
    Error, Options, Result,
    fault::Fault,
    pages::{Commit, PageId, PageStore, Read, Register, Swap, Tag, Turn},
    retry::{Attempts, repeat},
};

/// The most bytes of pages that one statement writes.
const MAX_STATEMENT_BYTES: usize = 32 << 20;

/// The most pages that one statement reads.
const MAX_PAGES_READ: usize = 256;

/// The most ids in one answer to a list.
const MAX_LISTED: usize = 100_000;

/// How often who waits for a change looks for itself.
const LOOK: Duration = Duration::from_secs(10);

/// A store in a schema of a PostgreSQL database.
///
/// It needs PostgreSQL 12 or later, and sessions of its own: a pool in front of the database has to
/// pool sessions, not transactions. If there are several hosts, it uses the one that accepts writes.
pub struct PostgresStore {
    dial: Arc<Dial>,
    /// Reads share these, one after the other.
    reading: Vec<Slot>,
    /// Commits: they wait for each other, and no read waits for them.
    writing: Slot,
    next: AtomicUsize,
    listener: Listener,
    turns: Turns,
    vacuum: Vacuum,
    /// The tags that this process wrote last: another one is somebody else's.
    own: parking_lot::Mutex<HashMap<Register, Tag>>,
}

/// A connection, made when it is needed.
type Slot = Mutex<Option<Arc<Prepared>>>;

impl PostgresStore {
    /// Says what is wrong with a URL.
    pub(crate) fn check(url: &str) -> Result<()> {
        Address::parse(url, &Options::default()).map(drop)
    }

    /// Opens the store, and makes its tables if there are none.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidUrl`]: the URL cannot be used.
    /// - [`Error::Refused`]: the database refuses the user, or the tables cannot be made.
    /// - [`Error::Corrupt`]: the namespace has other tables.
    /// - [`Error::Unavailable`]: there is no answer.
    pub async fn open(url: &str, options: &Options) -> Result<Self> {
        let address = Address::parse(url, options)?;
        let tls = if address.tls { Some(options.tls_client()?) } else { None };
        let dial = Arc::new(Dial { address, tls, timeout: options.timeout });
        let mut attempts = Attempts::new(options.timeout);
        loop {
            match timeout(options.timeout, schema::prepare(&dial)).await {
                Ok(Ok(())) => break,
                Ok(Err(Fault::Refused(error))) => return Err(error),
                // Making the tables again does no harm.
                Ok(Err(fault)) if !attempts.again().await => return Err(fault.into_error()),
                Ok(Err(_)) => {}
                Err(_) => return Err(Error::unavailable("PostgreSQL does not answer")),
            }
        }
        let turns = Turns::new(&dial.address.namespace);
        Ok(Self {
            reading: (0..options.connections.max(1)).map(|_| Slot::default()).collect(),
            writing: Slot::default(),
            next: AtomicUsize::new(0),
            listener: Listener::new(Arc::clone(&dial)),
            turns,
            vacuum: Vacuum::new(Arc::clone(&dial)),
            own: parking_lot::Mutex::default(),
            dial,
        })
    }

    /// The connection of a slot; a new one if there is none, or it was closed.
    async fn line(&self, slot: &Slot) -> Result<Arc<Prepared>, Fault> {
        let mut slot = slot.lock().await;
        if let Some(line) = &*slot
            && !line.line.is_closed()
        {
            return Ok(Arc::clone(line));
        }
        *slot = None;
        let connected = timeout(self.dial.timeout, Prepared::new(&self.dial)).await;
        let line = connected
            .map_err(|_| Fault::Again(Error::unavailable("PostgreSQL does not answer")))?
            .map_err(fault::of_connection)?;
        Ok(Arc::clone(slot.insert(Arc::new(line))))
    }

    /// Sends statements until one is answered, as [`repeat`] says.
    async fn ask<T, F>(
        &self,
        slot: &Slot,
        what: &str,
        repeats: bool,
        statement: impl Fn(Arc<Prepared>) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        let statement = &statement;
        let ask = || async move { self.answer(self.line(slot).await?, what, statement).await };
        repeat(self.dial.timeout, repeats, ask).await
    }

    async fn answer<T, F>(
        &self,
        line: Arc<Prepared>,
        what: &str,
        statement: impl Fn(Arc<Prepared>) -> F,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        // The server ends a statement before; this is for one that does not answer.
        match timeout(self.dial.timeout * 2, statement(Arc::clone(&line))).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) {
                    // It became a replica.
                    line.line.cut();
                }
                Err(fault::of_statement(what, error))
            }
            Err(_) => {
                line.line.cut();
                let what = format!("{what}: PostgreSQL does not answer");
                Err(Fault::Unknown(Error::unavailable(what)))
            }
        }
    }

    fn reading(&self) -> &Slot {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        self.reading.get(next % self.reading.len()).unwrap_or(&self.writing)
    }

    /// Writes pages that no register leads to yet.
    async fn insert(&self, pages: &[(PageId, Vec<u8>)]) -> Result<()> {
        let (ids, data) = columns(pages);
        let (ids, data) = (&ids, &data);
        self.ask(&self.writing, "writing pages", true, |line| async move {
            line.line.client.execute(&line.insert, &[ids, data]).await
        })
        .await
        .map(drop)
    }

    /// Notes whose value a register has.
    fn saw(&self, register: &Register, tag: Tag) {
        if self.own.lock().get(register) != Some(&tag) {
            self.turns.saw_another();
        }
    }
}

/// Ids and contents of pages, as arrays.
fn columns(pages: &[(PageId, Vec<u8>)]) -> (Vec<&[u8]>, Vec<&[u8]>) {
    pages.iter().map(|(id, page)| (&id.as_bytes()[..], page.as_slice())).unzip()
}

fn bytes(ids: &[PageId]) -> Vec<&[u8]> {
    ids.iter().map(|id| &id.as_bytes()[..]).collect()
}

/// Where the pages of the last statement begin: what is before is more than one can write.
fn last_statement(pages: &[(PageId, Vec<u8>)]) -> usize {
    let mut bytes = 0;
    let fit = pages.iter().rev().take_while(|(_, page)| {
        bytes += page.len() + PageId::LEN;
        bytes <= MAX_STATEMENT_BYTES
    });
    pages.len() - fit.count()
}

#[async_trait]
impl PageStore for PostgresStore {
    async fn read(&self, register: &Register, known: Tag) -> Result<Read> {
        let (name, tag) = (&register.as_str(), &&known.as_bytes()[..]);
        let row = self
            .ask(self.reading(), "reading a register", true, |line| async move {
                line.line.client.query_opt(&line.read, &[name, tag]).await
            })
            .await?;
        let Some(row) = row else { return Ok(Read::None) };
        let value: Option<Vec<u8>> = column(&row, 0)?;
        match value {
            None => Ok(Read::Same),
            Some(value) => {
                self.saw(register, Tag::of(Some(&value))?);
                Read::of(Some(value), known)
            }
        }
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Swap> {
        commit.check()?;
        let mut pages = commit.pages;
        while last_statement(pages) > 0 {
            let mut bytes = 0;
            let first = pages.iter().take_while(|(_, page)| {
                bytes += page.len() + PageId::LEN;
                bytes <= MAX_STATEMENT_BYTES
            });
            let (before, rest) = pages.split_at(first.count());
            self.insert(before).await?;
            pages = rest;
        }
        let (ids, data) = columns(pages);
        let dead = bytes(commit.dead);
        let (name, value) = (commit.register.as_str(), commit.value);
        let expected = &commit.expected.as_bytes()[..];
        let (ids, data, dead) = (&ids, &data, &dead);
        let row = self
            .ask(&self.writing, "a commit", false, |line| async move {
                let statement = match value {
                    _ if commit.expected == Tag::NONE => &line.create,
                    Some(_) => &line.update,
                    None => &line.remove,
                };
                let parameters = [
                    &name as &(dyn tokio_postgres::types::ToSql + Sync),
                    &value,
                    &expected,
                    ids,
                    data,
                    dead,
                ];
                line.line.client.query_opt(statement, &parameters).await
            })
            .await?;
        if row.is_none() {
            self.turns.saw_another();
            return Ok(Swap::Lost);
        }
        if let Ok(tag) = Tag::of(value) {
            self.own.lock().insert(commit.register.clone(), tag);
        }
        self.vacuum.count(dead.len(), value.map_or(0, <[u8]>::len));
        Ok(Swap::Done)
    }

    async fn page(&self, id: PageId) -> Result<Option<Vec<u8>>> {
        let id = &&id.as_bytes()[..];
        let row = self
            .ask(self.reading(), "reading a page", true, |line| async move {
                line.line.client.query_opt(&line.page, &[id]).await
            })
            .await?;
        row.map(|row| column(&row, 0)).transpose()
    }

    async fn pages(&self, ids: &[PageId]) -> Result<Vec<Option<Vec<u8>>>> {
        let mut found: HashMap<Vec<u8>, Vec<u8>> = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_PAGES_READ) {
            let ids = &bytes(ids);
            let rows = self
                .ask(self.reading(), "reading pages", true, |line| async move {
                    line.line.client.query(&line.pages, &[ids]).await
                })
                .await?;
            for row in rows {
                found.insert(column(&row, 0)?, column(&row, 1)?);
            }
        }
        Ok(ids.iter().map(|id| found.get(&id.as_bytes()[..]).cloned()).collect())
    }

    async fn delete(&self, ids: &[PageId]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let dead = &bytes(ids);
        self.ask(&self.writing, "removing pages", true, |line| async move {
            line.line.client.execute(&line.delete, &[dead]).await
        })
        .await?;
        self.vacuum.count(ids.len(), 0);
        Ok(())
    }

    async fn list(&self, after: Option<PageId>, limit: usize) -> Result<Vec<PageId>> {
        if limit == 0 {
            return Err(Error::InvalidLimit);
        }
        let after = &after.as_ref().map_or(&[][..], |id| &id.as_bytes()[..]);
        let limit = &i64::try_from(limit.min(MAX_LISTED)).unwrap_or(i64::MAX);
        let rows = self
            .ask(self.reading(), "listing pages", true, |line| async move {
                line.line.client.query(&line.list, &[after, limit]).await
            })
            .await?;
        let id = |row| {
            let id: Vec<u8> = column(row, 0)?;
            let id =
                id.try_into().map_err(|_| Error::corrupt("a page has an id of another length"));
            id.map(PageId::from_bytes)
        };
        rows.iter().map(id).collect()
    }

    async fn registers(&self, prefix: &str) -> Result<Vec<Register>> {
        let prefix = &prefix;
        let rows = self
            .ask(self.reading(), "listing registers", true, |line| async move {
                line.line.client.query(&line.registers, &[prefix]).await
            })
            .await?;
        let register = |row| {
            let name: String = column(row, 0)?;
            Register::new(name).map_err(|error| {
                Error::corrupt_from("a register has a name that is not allowed", error)
            })
        };
        rows.iter().map(register).collect()
    }

    async fn changed(&self, register: &Register, known: Tag) -> Result<()> {
        let mut swaps = self.listener.swaps();
        while self.read(register, known).await?.is_still(known) {
            let _ = timeout(LOOK, swaps.changed()).await;
        }
        Ok(())
    }

    async fn turn(&self) -> Result<Option<Turn>> {
        Ok(self.turns.take(&self.dial).await)
    }

    fn engine(&self) -> &'static str {
        "postgres"
    }

    fn is_shared(&self) -> bool {
        true
    }
}

/// A column of a row, which has the type of our tables unless somebody changed them.
fn column<'a, T: tokio_postgres::types::FromSql<'a>>(
    row: &'a tokio_postgres::Row,
    at: usize,
) -> Result<T> {
    row.try_get(at)
        .map_err(|error| Error::corrupt_from("a table has columns of other types", error))
}
