//! The tables of pages and registers, and the back-end's part of [`PageStore`].

use std::{ops::Bound, sync::Arc};

use async_trait::async_trait;
use redb::{
    AccessGuard, Database, ReadTransaction, ReadableDatabase, ReadableTable, Table,
    TableDefinition, WriteTransaction,
};

use super::{
    EmbeddedStore,
    session::passing_by,
    tables::{Removal, engine_error, guarded},
    writer::{Answer, Work},
};
use crate::{
    Error, Result, export,
    pages::{Commit, PageId, PageStore, Read, Register, Swap, Tag, Turn},
};

pub(super) const PAGES_NAME: &str = "pages";
pub(super) const REGISTERS_NAME: &str = "registers";
const PAGES: TableDefinition<&[u8; PageId::LEN], &[u8]> = TableDefinition::new(PAGES_NAME);
const REGISTERS: TableDefinition<&str, &[u8]> = TableDefinition::new(REGISTERS_NAME);

/// More pages than these are read on a thread that may wait for the disk.
const FEW_PAGES: usize = 8;

/// A [`Commit`] that waits for the writer.
pub(super) struct Waiting {
    register: Register,
    expected: Tag,
    value: Option<Vec<u8>>,
    pages: Vec<(PageId, Vec<u8>)>,
    dead: Vec<PageId>,
}

impl Waiting {
    fn new(commit: &Commit<'_>) -> Self {
        Self {
            register: commit.register.clone(),
            expected: commit.expected,
            value: commit.value.map(<[u8]>::to_vec),
            pages: commit.pages.to_vec(),
            dead: commit.dead.to_vec(),
        }
    }

    /// Whether it removes pages.
    pub(super) fn removes(&self) -> bool {
        !self.dead.is_empty()
    }

    /// How many bytes it writes.
    pub(super) fn size(&self) -> usize {
        let pages: usize = self.pages.iter().map(|(_, page)| page.len()).sum();
        pages + self.value.as_ref().map_or(0, Vec::len)
    }
}

/// Both tables in a transaction that writes.
pub(super) struct Tables<'a> {
    pages: Table<'a, &'static [u8; PageId::LEN], &'static [u8]>,
    registers: Table<'a, &'static str, &'static [u8]>,
    removal: Removal,
}

impl<'a> Tables<'a> {
    /// Opens them; makes them in a new file.
    pub(super) fn open(transaction: &'a WriteTransaction, removal: Removal) -> Result<Self> {
        Ok(Self {
            pages: transaction.open_table(PAGES).map_err(engine_error)?,
            registers: transaction.open_table(REGISTERS).map_err(engine_error)?,
            removal,
        })
    }

    pub(super) fn commit(&mut self, commit: &Waiting) -> Result<Swap> {
        let name = commit.register.as_str();
        let found = self.registers.get(name).map_err(engine_error)?;
        if Tag::of(found.as_ref().map(AccessGuard::value))? != commit.expected {
            return Ok(Swap::Lost);
        }
        drop(found);
        match &commit.value {
            Some(value) => self.registers.insert(name, value.as_slice()),
            None => self.registers.remove(name),
        }
        .map_err(engine_error)?;
        for (id, page) in &commit.pages {
            self.pages.insert(id.as_bytes(), page.as_slice()).map_err(engine_error)?;
        }
        self.delete(&commit.dead)?;
        Ok(Swap::Done)
    }

    pub(super) fn delete(&mut self, ids: &[PageId]) -> Result<()> {
        if self.removal == Removal::LeftOut {
            return Ok(());
        }
        for id in ids {
            self.pages.remove(id.as_bytes()).map_err(engine_error)?;
        }
        Ok(())
    }

    /// Copies everything in `source`. Returns how many pages and registers there are.
    pub(super) fn copy(&mut self, source: &ReadTransaction) -> Result<u64> {
        let mut count = 0;
        let pages = source.open_table(PAGES).map_err(engine_error)?;
        for row in pages.iter().map_err(engine_error)? {
            let (id, page) = row.map_err(engine_error)?;
            self.pages.insert(id.value(), page.value()).map_err(engine_error)?;
            count += 1;
        }
        let registers = source.open_table(REGISTERS).map_err(engine_error)?;
        for row in registers.iter().map_err(engine_error)? {
            let (name, value) = row.map_err(engine_error)?;
            self.registers.insert(name.value(), value.value()).map_err(engine_error)?;
            count += 1;
        }
        Ok(count)
    }
}

/// Copies pages and registers into the empty database `fresh`.
pub(super) fn copy(source: &Database, fresh: &Database) -> Result<u64> {
    guarded("copying pages", || {
        let source = source.begin_read().map_err(engine_error)?;
        let transaction = fresh.begin_write().map_err(engine_error)?;
        let count = Tables::open(&transaction, Removal::Done)?.copy(&source)?;
        transaction.commit().map_err(engine_error)?;
        Ok(count)
    })
}

/// Puts pages and registers into the empty tables of `fresh`, in one commit. Returns how many there are.
pub(super) fn fill(
    fresh: &Database,
    entries: impl Iterator<Item = Result<export::Entry>>,
) -> Result<u64> {
    guarded("filling a new file", || {
        let transaction = fresh.begin_write().map_err(engine_error)?;
        let mut tables = Tables::open(&transaction, Removal::Done)?;
        let mut count = 0;
        for entry in entries {
            let (key, value) = entry?;
            let before = match &key {
                export::Key::Page(id) => tables.pages.insert(id.as_bytes(), value.as_slice()),
                export::Key::Register(name) => {
                    Tag::of(Some(&value))?;
                    tables.registers.insert(name.as_str(), value.as_slice())
                }
            };
            if before.map_err(engine_error)?.is_some() {
                return Err(Error::corrupt(format!("{key} occurs twice")));
            }
            count += 1;
        }
        drop(tables);
        transaction.commit().map_err(engine_error)?;
        Ok(count)
    })
}

fn register(transaction: &ReadTransaction, register: &Register) -> Result<Option<Vec<u8>>> {
    let registers = transaction.open_table(REGISTERS).map_err(engine_error)?;
    let found = registers.get(register.as_str()).map_err(engine_error)?;
    Ok(found.map(|value| value.value().to_vec()))
}

fn registers(transaction: &ReadTransaction, prefix: &str) -> Result<Vec<Register>> {
    let registers = transaction.open_table(REGISTERS).map_err(engine_error)?;
    let mut found = Vec::new();
    for row in registers.range(prefix..).map_err(engine_error)? {
        let (name, _) = row.map_err(engine_error)?;
        if !name.value().starts_with(prefix) {
            break;
        }
        let register = Register::new(name.value());
        found.push(register.map_err(|error| {
            Error::corrupt_from("a register has a name that is not allowed", error)
        })?);
    }
    Ok(found)
}

fn pages(transaction: &ReadTransaction, ids: &[PageId]) -> Result<Vec<Option<Vec<u8>>>> {
    let pages = transaction.open_table(PAGES).map_err(engine_error)?;
    let page = |id: &PageId| {
        let found = pages.get(id.as_bytes()).map_err(engine_error)?;
        Ok(found.map(|page| page.value().to_vec()))
    };
    ids.iter().map(page).collect()
}

fn list(transaction: &ReadTransaction, after: Option<PageId>, limit: usize) -> Result<Vec<PageId>> {
    let pages = transaction.open_table(PAGES).map_err(engine_error)?;
    let start = after.as_ref().map_or(Bound::Unbounded, |id| Bound::Excluded(id.as_bytes()));
    let rows =
        pages.range::<&[u8; PageId::LEN]>((start, Bound::Unbounded)).map_err(engine_error)?;
    let id = |row: Result<_, redb::StorageError>| {
        let (id, _): (AccessGuard<'_, &[u8; PageId::LEN]>, AccessGuard<'_, &[u8]>) =
            row.map_err(engine_error)?;
        Ok(PageId::from_bytes(*id.value()))
    };
    rows.take(limit).map(id).collect()
}

impl EmbeddedStore {
    /// Reads the last commit on the calling thread: a few pages, which are usually in memory.
    async fn now<T>(&self, read: impl FnOnce(&ReadTransaction) -> Result<T>) -> Result<T> {
        self.ensure_open().await?;
        guarded("reading", || passing_by(|| read(&self.engine.read()?)))
    }

    /// Reads the last commit on a thread that may wait for the disk.
    async fn blocking<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.ensure_open().await?;
        let engine = Arc::clone(&self.engine);
        let read = move || guarded("reading", || passing_by(|| read(&engine.read()?)));
        tokio::task::spawn_blocking(read)
            .await
            .map_err(|error| Error::unavailable_from("the read did not finish", error))?
    }
}

#[async_trait]
impl PageStore for EmbeddedStore {
    async fn read(&self, name: &Register, known: Tag) -> Result<Read> {
        Read::of(self.now(|last| register(last, name)).await?, known)
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Swap> {
        commit.check()?;
        match self.writer.ask(Work::Commit(Waiting::new(&commit))).await? {
            Answer::Swap(swap) => Ok(swap),
            other => Err(Error::unavailable(format!("a commit was answered with {other:?}"))),
        }
    }

    async fn page(&self, id: PageId) -> Result<Option<Vec<u8>>> {
        Ok(self.now(|last| pages(last, &[id])).await?.pop().flatten())
    }

    async fn pages(&self, ids: &[PageId]) -> Result<Vec<Option<Vec<u8>>>> {
        if ids.len() <= FEW_PAGES {
            return self.now(|last| pages(last, ids)).await;
        }
        let ids = ids.to_vec();
        self.blocking(move |last| pages(last, &ids)).await
    }

    async fn delete(&self, ids: &[PageId]) -> Result<()> {
        self.writer.ask(Work::Delete(ids.to_vec())).await.map(drop)
    }

    async fn list(&self, after: Option<PageId>, limit: usize) -> Result<Vec<PageId>> {
        if limit == 0 {
            return Err(Error::InvalidLimit);
        }
        self.blocking(move |last| list(last, after, limit)).await
    }

    async fn registers(&self, prefix: &str) -> Result<Vec<Register>> {
        let prefix = prefix.to_owned();
        self.blocking(move |last| registers(last, &prefix)).await
    }

    async fn changed(&self, register: &Register, known: Tag) -> Result<()> {
        let mut events = self.engine.events();
        while self.read(register, known).await?.is_still(known) {
            // The sender lives as long as the engine.
            let _ = events.changed().await;
        }
        Ok(())
    }

    async fn turn(&self) -> Result<Option<Turn>> {
        Ok(None)
    }

    fn engine(&self) -> &'static str {
        "redb"
    }

    fn is_shared(&self) -> bool {
        false
    }
}
