//! The root record: the one thing that changes, from which everything else is known.
//!
//! In the register it is a tag of 16 random bytes in the clear, and sealed what is here. It is small,
//! because every commit writes it and every look at it reads it: less than 8 kB at its largest, so that
//! it is one block of a database.

use aecs_store::pages::{PageId, Tag};
use zeroize::Zeroizing;

use crate::{
    codec::{Reader, put_id, put_len, put_optional_id},
    garbage::Garbage,
    history::{Epoch, History, NO_CHAIN, Point},
    page::Sum,
};

/// The most bytes of a root, sealed. Tested with the largest one.
pub const MAX_ROOT_LEN: usize = 8_000;

/// The most writers of whom a root remembers the last commit.
const WRITERS: usize = 16;

/// The form of the plain text.
const FORMAT: u8 = 1;

/// Which of the vaults that are open somewhere made a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WriterId(pub(crate) [u8; 16]);

/// The last commit of a writer. A writer has one commit at a time, so this tells what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Writer {
    pub(crate) id: WriterId,
    /// The tag of the root that it wrote.
    pub(crate) tag: Tag,
    /// The number of the commit.
    pub(crate) number: u64,
}

/// The pages of a tree that has records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Top {
    pub(crate) id: PageId,
    /// How many levels there are; 1 if the page is a leaf.
    pub(crate) height: u8,
}

/// The vault after a commit; by default one that was never written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Root {
    pub(crate) epoch: Epoch,
    /// How many commits there were.
    pub(crate) commits: u64,
    pub(crate) top: Option<Top>,
    /// All records, the vault's own among them.
    pub(crate) sum: Sum,
    pub(crate) trust_revision: u64,
    pub(crate) time_floor: u64,
    pub(crate) chain: [u8; 32],
    /// The number of the last commit of a writer that is remembered no more.
    pub(crate) evicted: u64,
    /// In the order of their last commits.
    pub(crate) writers: Vec<Writer>,
    pub(crate) history: History,
    pub(crate) garbage: Garbage,
}

impl Default for Root {
    fn default() -> Self {
        Self {
            epoch: 0,
            commits: 0,
            top: None,
            sum: Sum::default(),
            trust_revision: 0,
            time_floor: 0,
            chain: NO_CHAIN,
            evicted: 0,
            writers: Vec::new(),
            history: History::default(),
            garbage: Garbage::default(),
        }
    }
}

impl Root {
    /// The point of the history that it is.
    pub(crate) fn point(&self) -> Point {
        Point { epoch: self.epoch, chain: self.chain }
    }

    /// How many levels the tree has.
    pub(crate) fn height(&self) -> u8 {
        self.top.map_or(0, |top| top.height)
    }

    /// Remembers a commit as the last one of its writer.
    pub(crate) fn sign(&mut self, id: WriterId, tag: Tag) {
        self.writers.retain(|writer| writer.id != id);
        while self.writers.len() >= WRITERS {
            self.evicted = self.evicted.max(self.writers.remove(0).number);
        }
        self.writers.push(Writer { id, tag, number: self.commits });
    }

    /// The last commit of a writer.
    pub(crate) fn last_of(&self, id: WriterId) -> Option<&Writer> {
        self.writers.iter().find(|writer| writer.id == id)
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(MAX_ROOT_LEN));
        out.push(FORMAT);
        for number in [
            self.epoch,
            self.commits,
            self.sum.records,
            self.sum.bytes,
            self.trust_revision,
            self.time_floor,
            self.evicted,
        ] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        put_optional_id(&mut out, self.top.map(|top| top.id));
        out.push(self.height());
        out.extend_from_slice(&self.chain);
        put_len(&mut out, self.writers.len());
        for Writer { id, tag, number } in &self.writers {
            out.extend_from_slice(&id.0);
            put_id(&mut out, PageId::from_bytes(*tag.as_bytes()));
            out.extend_from_slice(&number.to_be_bytes());
        }
        self.history.write(&mut out);
        self.garbage.write(&mut out);
        out
    }

    /// The inverse of `encode`. A sealed root can only be what this vault wrote, so this does not
    /// compare its parts with each other.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.u8()? != FORMAT {
            return None;
        }
        let (epoch, commits) = (reader.u64()?, reader.u64()?);
        let sum = Sum { records: reader.u64()?, bytes: reader.u64()? };
        let (trust_revision, time_floor, evicted) = (reader.u64()?, reader.u64()?, reader.u64()?);
        let (id, height) = (reader.optional_id()?, reader.u8()?);
        let top = match (id, height) {
            (Some(id), 1..) => Some(Top { id, height }),
            (None, 0) => None,
            _ => return None,
        };
        let chain = reader.array()?;
        let count = reader.len()?;
        let writers = reader.many(count, |reader| {
            let (id, tag) = (WriterId(reader.array()?), Tag::from_bytes(reader.array()?));
            Some(Writer { id, tag, number: reader.u64()? })
        })?;
        let history = History::read(&mut reader)?;
        let garbage = Garbage::read(&mut reader)?;
        reader.end()?;
        Some(Self {
            epoch,
            commits,
            top,
            sum,
            trust_revision,
            time_floor,
            chain,
            evicted,
            writers,
            history,
            garbage,
        })
    }
}
