//! Pages of the tree as bytes, which are searched in place.
//!
//! A page is
//!
//! ```text
//! number of entries u16 | length of the prefix u16 | prefix | offset of each entry u16 | entries
//! ```
//!
//! and an entry is the rest of its name after the prefix that all names of the page share (a length of
//! 16 bits and the bytes), then in a leaf
//!
//! ```text
//! epoch u64 | 0 | content                                  up to the end of the entry
//! epoch u64 | 1 | length of the content u32 | ids          of its content pages, up to the end
//! ```
//!
//! and in an inner page `id of the page below | its records u64 | their bytes u64`. Names below an
//! entry of an inner page are not less than the name of the entry. The first entry has none there: the
//! page above knows it. All numbers are big endian.
//!
//! Invariant: [`Page::parse`] accepts only pages whose entries are whole, named in strictly rising order
//! and without bytes between them. What is read from a page later is total nevertheless.

use std::cmp::Ordering;

use aecs_crypto::SecretBytes;
use aecs_store::pages::PageId;

use crate::{codec::Reader, history::Epoch, name::Name, seal::Kind};

/// The longest name in a page: the vault's own names are shorter than those of callers.
const MAX_NAME_LEN: usize = Name::MAX_LEN;

/// The bytes before the prefix.
pub(crate) const HEADER: usize = 4;

/// An entry's place in the table, and the length of its name.
pub(crate) const ENTRY: usize = 4;

/// A page that was opened. Its plain text is wiped when the last one who reads it is done.
pub(crate) struct Page {
    plain: SecretBytes,
    kind: Kind,
    entries: usize,
    prefix: usize,
}

/// What a leaf says of a record.
#[derive(Clone, Copy)]
pub(crate) struct RecordRef<'a> {
    pub(crate) epoch: Epoch,
    pub(crate) body: BodyRef<'a>,
}

/// Where the content of a record is.
#[derive(Clone, Copy)]
pub(crate) enum BodyRef<'a> {
    Inline(&'a [u8]),
    /// How many bytes it has, and the ids of its pages one after the other.
    Pages(u32, &'a [[u8; PageId::LEN]]),
}

/// What an inner page says of a page below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChildRef {
    pub(crate) id: PageId,
    pub(crate) sum: Sum,
}

/// How many records there are, and how many bytes their contents have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    pub(crate) records: u64,
    pub(crate) bytes: u64,
}

impl Sum {
    /// Both together. A sum beyond 64 bits is not one of stored records.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            records: self.records.saturating_add(other.records),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            records: self.records.saturating_sub(other.records),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    pub(crate) fn of_all(sums: impl IntoIterator<Item = Self>) -> Self {
        sums.into_iter().fold(Self::default(), Self::plus)
    }
}

impl BodyRef<'_> {
    /// How many bytes the content has.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Inline(content) => content.len() as u64,
            Self::Pages(len, _) => u64::from(*len),
        }
    }
}

impl Page {
    /// Reads a page; a content or garbage page is any bytes.
    pub(crate) fn parse(kind: Kind, plain: SecretBytes) -> Option<Self> {
        if matches!(kind, Kind::Content | Kind::Garbage) {
            return Some(Self { plain, kind, entries: 0, prefix: 0 });
        }
        let mut reader = Reader::new(plain.expose());
        let (entries, prefix) = (reader.len()?, reader.len()?);
        reader.take(prefix)?;
        let table = reader.take(entries.checked_mul(2)?)?.len();
        let page = Self { kind, entries, prefix, plain };
        page.check(HEADER + prefix + table)?;
        Some(page)
    }

    /// Checks what parsing promises; `start` is where the first entry has to be.
    fn check(&self, start: usize) -> Option<()> {
        if self.entries == 0 || self.offset(0)? != start {
            return None;
        }
        let mut before: Option<&[u8]> = None;
        for at in 0..self.entries {
            let (rest, mut reader) = self.entry(at)?;
            let unnamed = self.kind == Kind::Inner && at == 0;
            let rises = before.is_none_or(|before| before < rest);
            let fits = self.prefix + rest.len() <= MAX_NAME_LEN;
            if !fits || if unnamed { !rest.is_empty() } else { !rises } {
                return None;
            }
            if !unnamed {
                before = Some(rest);
            }
            match self.kind {
                Kind::Leaf => drop(self.record(at)?),
                _ => {
                    reader.take(PageId::LEN + 16)?;
                    reader.end()?;
                }
            }
        }
        Some(())
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// How many entries it has.
    pub(crate) fn entries(&self) -> usize {
        self.entries
    }

    /// Its plain text.
    pub(crate) fn plain(&self) -> &[u8] {
        self.plain.expose()
    }

    fn prefix(&self) -> &[u8] {
        self.plain().get(HEADER..HEADER + self.prefix).unwrap_or_default()
    }

    /// Where an entry begins; the end of the page for the place after the last one.
    fn offset(&self, at: usize) -> Option<usize> {
        if at == self.entries {
            return Some(self.plain().len());
        }
        let table = self.plain().get(HEADER + self.prefix + 2 * at..)?;
        Reader::new(table).len()
    }

    /// The name of an entry after the prefix, and what follows.
    fn entry(&self, at: usize) -> Option<(&[u8], Reader<'_>)> {
        let bytes = self.plain().get(self.offset(at)?..self.offset(at.checked_add(1)?)?)?;
        let mut reader = Reader::new(bytes);
        let len = reader.len()?;
        Some((reader.take(len)?, reader))
    }

    /// The name of an entry.
    pub(crate) fn name(&self, at: usize) -> Option<Vec<u8>> {
        Some([self.prefix(), self.entry(at)?.0].concat())
    }

    /// A record of a leaf.
    pub(crate) fn record(&self, at: usize) -> Option<RecordRef<'_>> {
        let (_, mut reader) = self.entry(at)?;
        let epoch = reader.u64()?;
        let body = match reader.u8()? {
            0 => BodyRef::Inline(reader.rest()),
            1 => {
                let len = reader.u32()?;
                let (ids, []) = reader.rest().as_chunks() else { return None };
                BodyRef::Pages(len, ids)
            }
            _ => return None,
        };
        Some(RecordRef { epoch, body })
    }

    /// A child of an inner page.
    pub(crate) fn child(&self, at: usize) -> Option<ChildRef> {
        let (_, mut reader) = self.entry(at)?;
        let id = reader.id()?;
        Some(ChildRef { id, sum: Sum { records: reader.u64()?, bytes: reader.u64()? } })
    }

    /// How many entries from `first` on are before `name`, or equal to it if `or_equal`; `first` is
    /// added.
    fn place(&self, name: &[u8], first: usize, or_equal: bool) -> Option<usize> {
        let (mut low, mut high) = (first, self.entries);
        let Some(rest) = name.strip_prefix(self.prefix()) else {
            return Some(if name < self.prefix() { low } else { high });
        };
        while low < high {
            let middle = low + (high - low) / 2;
            let before = match self.entry(middle)?.0.cmp(rest) {
                Ordering::Less => true,
                Ordering::Equal => or_equal,
                Ordering::Greater => false,
            };
            if before {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(low)
    }

    /// Of a leaf: how many names are less than `name`.
    pub(crate) fn before(&self, name: &[u8]) -> Option<usize> {
        self.place(name, 0, false)
    }

    /// Of a leaf: the record under `name`.
    pub(crate) fn find(&self, name: &[u8]) -> Option<Option<RecordRef<'_>>> {
        let at = self.before(name)?;
        let Some(rest) = name.strip_prefix(self.prefix()) else { return Some(None) };
        match self.entry(at) {
            Some((found, _)) if found == rest => self.record(at).map(Some),
            _ => Some(None),
        }
    }

    /// Of an inner page: the place of the child that `name` belongs to.
    pub(crate) fn child_of(&self, name: &[u8]) -> Option<usize> {
        self.place(name, 1, true)?.checked_sub(1)
    }

    /// What is in the first entries of the page, `count` of them.
    pub(crate) fn sum_before(&self, count: usize) -> Option<Sum> {
        let mut sum = Sum::default();
        for at in 0..count {
            sum = sum.plus(match self.kind {
                Kind::Leaf => Sum { records: 1, bytes: self.record(at)?.body.len() },
                _ => self.child(at)?.sum,
            });
        }
        Some(sum)
    }
}
