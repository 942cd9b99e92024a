//! What a store has to be for a vault that several processes share: pages, which never change, and a
//! few registers, each with one small value that is compared and swapped.
//!
//! Nothing here is trusted: the writer of a page or a value has sealed it before.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;

use std::{collections::HashSet, fmt};

use async_trait::async_trait;

use crate::{Error, Result};

/// The longest page in bytes: a content page of a vault (512 KiB of plain text) and its seal.
pub const MAX_PAGE_LEN: usize = (512 << 10) + 256;

/// The longest value of a register in bytes, its tag included.
pub const MAX_REGISTER_LEN: usize = 256 << 10;

/// The most pages that one commit writes.
pub const MAX_COMMIT_PAGES: usize = 16_384;

/// The name of a page: 16 bytes that are used once. Engines order pages by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId([u8; Self::LEN]);

impl PageId {
    /// How many bytes an id has.
    pub const LEN: usize = 16;

    /// An id from its bytes.
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The id that prints as this text.
    pub fn parse(text: &str) -> Option<Self> {
        let id = u128::from_str_radix(text, 16).ok().map(|id| Self(id.to_be_bytes()));
        id.filter(|id| format!("{id:?}") == text)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Debug for PageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What tells two values of a register apart: the 16 random bytes that every value begins with.
///
/// It is not a number that the engine counts: an engine that was put back from a backup counts the
/// same numbers again, for other values.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag([u8; Self::LEN]);

impl Tag {
    /// How many bytes a tag has.
    pub const LEN: usize = 16;

    /// The tag of a register that has no value.
    pub const NONE: Self = Self([0; Self::LEN]);

    /// A tag from its bytes.
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The tag of `value`, or [`Tag::NONE`] of none.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] if the value is shorter than a tag, longer than [`MAX_REGISTER_LEN`], or
    /// begins with 16 zeros.
    pub fn of(value: Option<&[u8]>) -> Result<Self> {
        let Some(value) = value else { return Ok(Self::NONE) };
        match value.first_chunk() {
            Some(tag) if *tag != Self::NONE.0 && value.len() <= MAX_REGISTER_LEN => Ok(Self(*tag)),
            _ => Err(Error::corrupt(format!(
                "a register has a value without a tag ({} bytes)",
                value.len()
            ))),
        }
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The name of a register: `root`, or `identity/` and more. At most 600 bytes of `a-z0-9._/-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Register(String);

impl Register {
    /// The longest name in bytes.
    pub const MAX_LEN: usize = 600;

    /// A register of that name.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRegister`] if the name is empty, too long or has other characters.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'/' | b'-');
        if name.is_empty() || name.len() > Self::MAX_LEN || !name.bytes().all(fits) {
            return Err(Error::InvalidRegister { name });
        }
        Ok(Self(name))
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A register, as read by somebody who knows the value of a tag.
#[derive(Clone, PartialEq, Eq)]
pub enum Read {
    /// It has no value.
    None,
    /// It still has the value that is known.
    Same,
    /// It has this value.
    New(Vec<u8>),
}

impl Read {
    /// The answer to somebody who knows the value with the tag `known`.
    ///
    /// # Errors
    ///
    /// As [`Tag::of`].
    pub fn of(value: Option<Vec<u8>>, known: Tag) -> Result<Self> {
        let tag = Tag::of(value.as_deref())?;
        Ok(match value {
            None => Self::None,
            Some(_) if tag == known => Self::Same,
            Some(value) => Self::New(value),
        })
    }

    /// True if it tells somebody who knows the value with the tag `known` nothing new.
    pub fn is_still(&self, known: Tag) -> bool {
        match self {
            Self::None => known == Tag::NONE,
            Self::Same => true,
            Self::New(_) => false,
        }
    }
}

/// Shows only the length of a value.
impl fmt::Debug for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Same => f.write_str("Same"),
            Self::New(value) => write!(f, "New({} bytes)", value.len()),
        }
    }
}

/// Pages, and the value of a register that makes them count.
pub struct Commit<'a> {
    /// The register.
    pub register: &'a Register,
    /// The tag of the value that it must have; [`Tag::NONE`] if it must have none.
    pub expected: Tag,
    /// Its new value, which begins with a fresh tag; `None` removes the value.
    pub value: Option<&'a [u8]>,
    /// Pages to write. Their ids were never used before.
    pub pages: &'a [(PageId, Vec<u8>)],
    /// Pages to remove. Nothing that the value with the tag `expected` reaches is among them, so a
    /// back-end may remove them before it swaps, and also if the swap is lost.
    pub dead: &'a [PageId],
}

impl Commit<'_> {
    /// Checks what every back-end requires of a commit. Back-ends call it before they do anything.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidCommit`].
    pub fn check(&self) -> Result<()> {
        match self.problem() {
            None => Ok(()),
            Some(problem) => Err(Error::InvalidCommit { register: self.register.clone(), problem }),
        }
    }

    fn problem(&self) -> Option<CommitProblem> {
        let len = self.value.map_or(0, <[u8]>::len);
        if len > MAX_REGISTER_LEN {
            return Some(CommitProblem::LongValue { len });
        }
        let Ok(tag) = Tag::of(self.value) else { return Some(CommitProblem::NoTag { len }) };
        if tag == self.expected {
            return Some(CommitProblem::SameTag);
        }
        if self.pages.len() > MAX_COMMIT_PAGES {
            return Some(CommitProblem::ManyPages { pages: self.pages.len() });
        }
        let mut written = HashSet::with_capacity(self.pages.len());
        for (id, page) in self.pages {
            if page.len() > MAX_PAGE_LEN {
                return Some(CommitProblem::LongPage { id: *id, len: page.len() });
            }
            if !written.insert(id) {
                return Some(CommitProblem::PageTwice { id: *id });
            }
        }
        let again = self.dead.iter().find(|id| written.contains(id));
        again.map(|id| CommitProblem::PageTwice { id: *id })
    }
}

/// What is wrong with a commit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommitProblem {
    /// The value is longer than [`MAX_REGISTER_LEN`].
    #[error("its value must have at most {MAX_REGISTER_LEN} bytes, got {len}")]
    LongValue {
        /// Its length in bytes.
        len: usize,
    },
    /// The value does not begin with a tag.
    #[error("its value must begin with a tag of 16 bytes that are not all zero, got {len} bytes")]
    NoTag {
        /// Its length in bytes.
        len: usize,
    },
    /// The value has the expected tag, or there is no value where none is expected.
    #[error("its value must have another tag than the expected value")]
    SameTag,
    /// It writes more pages than [`MAX_COMMIT_PAGES`].
    #[error("it must write at most {MAX_COMMIT_PAGES} pages, got {pages}")]
    ManyPages {
        /// How many it writes.
        pages: usize,
    },
    /// A page is longer than [`MAX_PAGE_LEN`].
    #[error("page {id:?} must have at most {MAX_PAGE_LEN} bytes, got {len}")]
    LongPage {
        /// The page.
        id: PageId,
        /// Its length in bytes.
        len: usize,
    },
    /// A page is written twice, or written and removed.
    #[error("page {id:?} must occur once")]
    PageTwice {
        /// The page.
        id: PageId,
    },
}

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// The register has the new value, and everything is durable.
    Done,
    /// The register had another value than expected and keeps it. Pages of the commit may be there.
    Lost,
}

/// A turn to commit, until it is dropped: a courtesy between processes that would lose races to each
/// other. It protects nothing.
pub type Turn = Box<dyn Send>;

/// Pages and registers; one back-end each engine, and one conformance suite for all.
///
/// Every method may fail with [`Error::Unavailable`] (of [`commit`](Self::commit): it may have happened,
/// or happen later), [`Error::Corrupt`] and what is particular to the engine.
#[async_trait]
pub trait PageStore: Send + Sync + 'static {
    /// Reads a register, for somebody who knows its value with the tag `known`. Linearizable: it sees
    /// every commit that was answered before the call.
    async fn read(&self, register: &Register, known: Tag) -> Result<Read>;

    /// Writes the pages and swaps the value of the register if it is the expected one. Before the swap
    /// nothing has happened that a reader of the register sees, after it everything has.
    async fn commit(&self, commit: Commit<'_>) -> Result<Swap>;

    /// A page; `None` if there is none of this id. It sees every page whose commit was answered before.
    async fn page(&self, id: PageId) -> Result<Option<Vec<u8>>>;

    /// Several pages in one round trip where the engine can, in the order of `ids`.
    async fn pages(&self, ids: &[PageId]) -> Result<Vec<Option<Vec<u8>>>>;

    /// Removes pages; those that are not there are no error.
    async fn delete(&self, ids: &[PageId]) -> Result<()>;

    /// The ids of pages after `after` (exclusive), in their order, at most `limit` of them; an empty
    /// answer is the end.
    async fn list(&self, after: Option<PageId>, limit: usize) -> Result<Vec<PageId>>;

    /// The registers whose names begin with `prefix`, in the order of names.
    async fn registers(&self, prefix: &str) -> Result<Vec<Register>>;

    /// Returns when the register may have another value than that with the tag `known`: pushed by the
    /// engine or looked for now and then. An early return is no error.
    async fn changed(&self, register: &Register, known: Tag) -> Result<()>;

    /// Waits for a turn to commit, at most some hundred milliseconds, where the engine has a queue.
    async fn turn(&self) -> Result<Option<Turn>>;

    /// The name of the engine, as the scheme of its URLs.
    fn engine(&self) -> &'static str;

    /// Whether another process can write to this store while it is open here. If not, a value that this
    /// process wrote last is the present one.
    fn is_shared(&self) -> bool;
}
