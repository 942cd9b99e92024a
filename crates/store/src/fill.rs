//! Fills an empty store of any engine with what an export has, or what another store has.
//!
//! Invariant: an import has its mark where the root comes to be, and each write of pages swaps that mark.
//! The last swap puts the root in its place. So a store has a root only if all that an import has written is
//! there, and who begins over an import that did not end ends it: it first swaps the mark for one of its own.

use std::sync::Arc;

use crate::{
    Error, Result,
    export::{Entry, Key},
    pages::{Commit, PageId, PageStore, Read, Register, Swap, Tag},
};

/// The register by which pages are written that are on their way from another store. Its value is a tag: the
/// id of a page that was written.
const MARK: &str = "filling";

/// The register by which a store counts as one with records.
const ROOT: &str = "root";

/// What is written at a time, at most, if it is more than one page.
const PAGES: usize = 64;
const BYTES: usize = 1 << 20;

/// How many pages of a filling that did not end are removed at a time.
const REMOVED: usize = 1_000;

/// Writes pages and registers into a store that has none. Returns the number of entries. `own` is random: by it
/// the import knows that nobody else has begun.
///
/// # Errors
///
/// [`Error::Refused`] if the store has registers, or is filled by somebody else at the same time; the
/// first error of `entries`; and those of the store.
pub async fn fill(
    store: &Arc<dyn PageStore>,
    own: Tag,
    entries: impl Iterator<Item = Result<Entry>>,
) -> Result<u64> {
    let mut filling = Filling::import(Arc::clone(store), own).await?;
    let (mut registers, mut root, mut count) = (Vec::new(), None, 0);
    for entry in entries {
        count += 1;
        match entry? {
            (Key::Page(id), page) => filling.page(id, page).await?,
            (Key::Register(register), value) if register.as_str() == ROOT => root = Some(value),
            (Key::Register(register), value) => registers.push((register, value)),
        }
    }
    filling.write().await?;
    for (register, value) in &registers {
        filling.swap(register, Tag::NONE, Some(value)).await?;
    }
    filling.replace_mark(root.as_deref()).await?;
    Ok(count)
}

/// Whether this value of the register `root` is the mark of an import that has not ended.
pub fn is_importing(root: &[u8]) -> bool {
    root.len() == Tag::LEN
}

/// Pages and registers on their way into a store.
pub struct Filling {
    store: Arc<dyn PageStore>,
    mark: Register,
    /// The tag of the mark.
    tag: Tag,
    pages: Vec<(PageId, Vec<u8>)>,
    bytes: usize,
}

impl Filling {
    /// Refuses a store that has registers.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], and those of the store.
    pub async fn check(store: &dyn PageStore) -> Result<()> {
        match store.registers("").await?.is_empty() {
            true => Ok(()),
            false => Err(Error::Refused {
                what: "it has records already, and is not overwritten; name an empty one, such as \
                       another namespace or prefix"
                    .to_owned(),
            }),
        }
    }

    /// Begins an import, over one that did not end if there is one.
    async fn import(store: Arc<dyn PageStore>, own: Tag) -> Result<Self> {
        let mark = Register::new(ROOT)?;
        let left = match store.read(&mark, Tag::NONE).await? {
            Read::New(value) if is_importing(&value) => Tag::of(Some(&value))?,
            _ => {
                Self::check(&*store).await?;
                Tag::NONE
            }
        };
        let filling = Self { store, mark, tag: own, pages: Vec::new(), bytes: 0 };
        filling.swap(&filling.mark, left, Some(own.as_bytes())).await?;
        if left != Tag::NONE {
            filling.clear().await?;
        }
        Ok(filling)
    }

    /// Begins in a store without registers. Nothing is removed: nothing says that pages are not needed. It
    /// fails at its first page if another filling begins at the same time.
    ///
    /// # Errors
    ///
    /// None that a store causes.
    pub fn begin(store: Arc<dyn PageStore>) -> Result<Self> {
        let mark = Register::new(MARK)?;
        Ok(Self { store, mark, tag: Tag::NONE, pages: Vec::new(), bytes: 0 })
    }

    /// Begins in a store that has nothing which is needed: all pages and registers but the root are removed.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn begin_over(store: Arc<dyn PageStore>) -> Result<Self> {
        let filling = Self::begin(store)?;
        filling.clear().await?;
        Ok(filling)
    }

    /// Removes all pages, and all registers but the root.
    async fn clear(&self) -> Result<()> {
        loop {
            let ids = self.store.list(None, REMOVED).await?;
            if ids.is_empty() {
                break;
            }
            self.store.delete(&ids).await?;
        }
        for register in self.store.registers("").await? {
            if register.as_str() != ROOT {
                self.set(&register, None).await?;
            }
        }
        Ok(())
    }

    /// Adds a page.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if somebody else fills the store, and those of the store.
    pub async fn page(&mut self, id: PageId, page: Vec<u8>) -> Result<()> {
        if self.pages.len() >= PAGES || self.bytes.saturating_add(page.len()) > BYTES {
            self.write().await?;
        }
        self.bytes = self.bytes.saturating_add(page.len());
        self.pages.push((id, page));
        Ok(())
    }

    /// Writes the pages that wait.
    ///
    /// # Errors
    ///
    /// As [`page`](Self::page).
    pub async fn write(&mut self) -> Result<()> {
        let Some((last, _)) = self.pages.last() else { return Ok(()) };
        let value = *last.as_bytes();
        let commit = Commit {
            register: &self.mark,
            expected: self.tag,
            value: Some(&value),
            pages: &self.pages,
            dead: &[],
        };
        done(self.store.commit(commit).await?)?;
        (self.tag, self.bytes) = (Tag::from_bytes(value), 0);
        self.pages.clear();
        Ok(())
    }

    /// Gives a register a value, whatever it has, or removes it.
    ///
    /// # Errors
    ///
    /// As [`page`](Self::page).
    pub async fn set(&self, register: &Register, value: Option<&[u8]>) -> Result<()> {
        let before = match self.store.read(register, Tag::NONE).await? {
            Read::New(before) => Tag::of(Some(&before))?,
            Read::None | Read::Same => Tag::NONE,
        };
        if before == Tag::of(value)? { Ok(()) } else { self.swap(register, before, value).await }
    }

    async fn swap(&self, register: &Register, expected: Tag, value: Option<&[u8]>) -> Result<()> {
        let commit = Commit { register, expected, value, pages: &[], dead: &[] };
        done(self.store.commit(commit).await?)
    }

    /// Removes the mark.
    ///
    /// # Errors
    ///
    /// As [`page`](Self::page).
    pub async fn end(self) -> Result<()> {
        self.replace_mark(None).await
    }

    async fn replace_mark(self, value: Option<&[u8]>) -> Result<()> {
        match (self.tag, value) {
            (Tag::NONE, None) => Ok(()),
            (tag, value) => self.swap(&self.mark, tag, value).await,
        }
    }
}

fn done(swap: Swap) -> Result<()> {
    match swap {
        Swap::Done => Ok(()),
        Swap::Lost => {
            Err(Error::Refused { what: "somebody else writes to it at the same time".to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;

    fn id(n: u8) -> PageId {
        PageId::from_bytes([n; 16])
    }

    fn entries(pages: u8) -> Vec<Entry> {
        let value = |n: u8| [[n; 16].as_slice(), b"value"].concat();
        let registers = [("identity/a", 201), ("root", 200)];
        let registers = registers.map(|(name, n)| (Key::Register(Register::new(name).unwrap()), n));
        let pages = (1..=pages).map(|n| (Key::Page(id(n)), vec![n; 50_000]));
        pages.chain(registers.map(|(key, n)| (key, value(n)))).collect()
    }

    /// A tag that no page has.
    fn own(n: u8) -> Tag {
        Tag::from_bytes([0xf0 | n; 16])
    }

    async fn registers(store: &Arc<dyn PageStore>) -> Vec<String> {
        let there = store.registers("").await.unwrap();
        there.iter().map(ToString::to_string).collect()
    }

    #[tokio::test]
    async fn a_store_is_filled_once() {
        let store: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
        assert_eq!(fill(&store, own(1), entries(100).into_iter().map(Ok)).await.unwrap(), 102);
        assert_eq!(registers(&store).await, ["identity/a", "root"]);
        for n in 1..=100 {
            assert_eq!(store.page(id(n)).await.unwrap(), Some(vec![n; 50_000]));
        }
        let again = fill(&store, own(2), entries(1).into_iter().map(Ok)).await;
        assert!(matches!(again, Err(Error::Refused { .. })), "{again:?}");
    }

    #[tokio::test]
    async fn a_filling_that_did_not_end_is_no_store_and_begins_again() {
        let store: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
        let damaged = entries(90).into_iter().map(Ok).chain([Err(Error::corrupt("cut"))]);
        let damaged: Vec<_> = damaged.filter(|entry| !is_register(entry)).collect();
        assert!(fill(&store, own(1), damaged.into_iter()).await.is_err());
        assert_eq!(registers(&store).await, ["root"]);
        let root = Register::new(ROOT).unwrap();
        let Read::New(mark) = store.read(&root, Tag::NONE).await.unwrap() else { panic!() };
        assert!(is_importing(&mark));
        assert_eq!(fill(&store, own(2), entries(3).into_iter().map(Ok)).await.unwrap(), 5);
        assert_eq!(registers(&store).await, ["identity/a", "root"]);
        assert_eq!(store.list(None, 100).await.unwrap(), [id(1), id(2), id(3)]);
    }

    fn is_register(entry: &Result<Entry>) -> bool {
        matches!(entry, Ok((Key::Register(_), _)))
    }

    #[tokio::test]
    async fn nothing_is_written_over_what_somebody_else_has_written() {
        let store: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
        let backup = Register::new("identity/x").unwrap();
        let value = [9; 20];
        let commit = Commit {
            register: &backup,
            expected: Tag::NONE,
            value: Some(&value),
            pages: &[],
            dead: &[],
        };
        store.commit(commit).await.unwrap();
        assert!(fill(&store, own(2), entries(1).into_iter().map(Ok)).await.is_err());
        assert_eq!(registers(&store).await, ["identity/x"]);
    }
}
