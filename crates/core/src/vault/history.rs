//! The history of the vault: a hash chain over its changes, and the points of it that are kept.
//!
//! Each group of changes advances the chain over the sealed bytes of what it writes. A seal is
//! never the same twice, so two histories that went apart differ in their chains for ever, also
//! when their epochs are equal and their records are the same. For a remembered [`Point`],
//! [`Standing`] tells whether the vault still has the history that the point belongs to.
//!
//! The last points are in the state record, which every change writes anyway; each [`BLOCK`] of
//! them goes to a record of its own. These records form a ring of [`BLOCKS`].

use std::collections::VecDeque;

use aecs_crypto::Transcript;

use super::{Name, VaultError, name::history};

/// The counter of the vault's changes; the epoch of a record is that of the change that wrote it.
pub type Epoch = u64;

/// How many points are kept.
pub const WINDOW: usize = 65_536;

/// How many points there are in one record.
const BLOCK: usize = 64;

/// How many such records there are.
const BLOCKS: u64 = 1024;

const _: () = assert!(BLOCK as u64 * BLOCKS == WINDOW as u64);

/// The chain of a vault that was never written to.
pub(super) const NO_CHAIN: [u8; 32] = [0; 32];

/// The vault after one group of changes; by default one that was never written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Point {
    /// The epoch of the last change.
    pub epoch: Epoch,
    /// The hash chain over all changes up to it.
    pub chain: [u8; 32],
}

/// What a vault knows of a point that somebody remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is in this vault's history.
    Known,
    /// It is later than this vault.
    Ahead,
    /// It is in the history of another vault: one that was rolled back, or a copy.
    Other,
    /// It is older than what is kept.
    Forgotten,
}

impl Point {
    /// How many bytes a point has when it is stored.
    pub(super) const LEN: usize = 40;

    /// The epoch (8 bytes, big endian) and the chain.
    pub(super) fn encode(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let (epoch, chain) = bytes.split_at_mut(8);
        epoch.copy_from_slice(&self.epoch.to_be_bytes());
        chain.copy_from_slice(&self.chain);
        bytes
    }

    /// The inverse of `encode`: the content of a record that
    /// [`Change::mark`](super::Change::mark) wrote.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (epoch, chain) = bytes.split_first_chunk::<8>()?;
        Some(Self { epoch: Epoch::from_be_bytes(*epoch), chain: chain.try_into().ok()? })
    }
}

/// Points one after the other.
pub(super) fn encode_all(points: &[Point]) -> Vec<u8> {
    points.iter().flat_map(|point| point.encode()).collect()
}

/// The inverse of [`encode_all`].
pub(super) fn decode_all(bytes: &[u8]) -> Option<Vec<Point>> {
    let (points, []) = bytes.as_chunks::<{ Point::LEN }>() else { return None };
    points.iter().map(|point| Point::decode(point)).collect()
}

/// The newest part of the history, in the state record.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Recent {
    /// The chain now.
    pub(super) chain: [u8; 32],
    /// How many blocks were ever written.
    pub(super) blocks: u64,
    /// The points before now that are in no block.
    pub(super) points: Vec<Point>,
}

impl Recent {
    /// The history of a vault that was never written to.
    pub(super) const EMPTY: Self = Self { chain: NO_CHAIN, blocks: 0, points: Vec::new() };

    /// Takes in the point that a group of changes leaves behind. Gives the record that is to be
    /// written when a block is full.
    pub(super) fn leave(&mut self, epoch: Epoch) -> Result<Option<(Name, Vec<u8>)>, VaultError> {
        if epoch > 0 {
            self.points.push(Point { epoch, chain: self.chain });
        }
        if self.points.len() < BLOCK {
            return Ok(None);
        }
        let full = encode_all(&self.points);
        self.points.clear();
        let name = history(self.blocks % BLOCKS)?;
        self.blocks = self.blocks.wrapping_add(1);
        Ok(Some((name, full)))
    }

    /// Advances the chain to `epoch` by what a group of changes writes.
    pub(super) fn advance(&mut self, epoch: Epoch, content: &Content) {
        self.chain = Transcript::new("AECS vault chain")
            .field(&self.chain)
            .field(&epoch.to_be_bytes())
            .field(&content.0)
            .sha256();
    }
}

/// A digest of the sealed content of a group of changes.
pub(super) struct Content([u8; 32]);

impl Content {
    pub(super) const NOTHING: Self = Self([0; 32]);

    /// Adds a record and its sealed bytes. A record that is removed, or follows from the chain
    /// itself, has none.
    pub(super) fn add(&mut self, name: &Name, sealed: Option<&[u8]>) {
        let digest = sealed.map(aecs_crypto::sha256);
        self.0 = Transcript::new("AECS vault content")
            .field(&self.0)
            .field(name.as_str().as_bytes())
            .field(digest.as_ref().map_or(&[][..], |digest| digest))
            .sha256();
    }
}

/// All points that are kept, the oldest first.
pub(super) struct History(VecDeque<Point>);

impl History {
    /// The history of a vault that was never written to.
    pub(super) fn empty() -> Self {
        Self(VecDeque::new())
    }

    /// The points of all blocks, in any order, and those of the state record at `epoch`.
    pub(super) fn loaded(mut points: Vec<Point>, recent: &Recent, epoch: Epoch) -> Self {
        points.extend_from_slice(&recent.points);
        points.push(Point { epoch, chain: recent.chain });
        points.sort_unstable_by_key(|point| point.epoch);
        let mut history = Self(points.into());
        history.trim();
        history
    }

    /// Adds the newest point.
    pub(super) fn push(&mut self, point: Point) {
        self.0.push_back(point);
        self.trim();
    }

    /// Finds out where `point` belongs.
    pub(super) fn judge(&self, point: &Point) -> Standing {
        // Every history begins with the vault that was never written to.
        if point.epoch == 0 {
            return if point.chain == NO_CHAIN { Standing::Known } else { Standing::Other };
        }
        let (oldest, newest) = (self.0.front(), self.0.back());
        if newest.is_none_or(|newest| point.epoch > newest.epoch) {
            return Standing::Ahead;
        }
        if oldest.is_none_or(|oldest| point.epoch < oldest.epoch) {
            return Standing::Forgotten;
        }
        match self.0.binary_search_by_key(&point.epoch, |known| known.epoch) {
            Ok(found) if self.0.get(found) == Some(point) => Standing::Known,
            // An epoch in the middle of a group was never shown to anybody.
            Ok(_) | Err(_) => Standing::Other,
        }
    }

    fn trim(&mut self) {
        while self.0.len() > WINDOW {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(epoch: Epoch, byte: u8) -> Point {
        Point { epoch, chain: [byte; 32] }
    }

    #[test]
    fn decodes_what_it_encodes_and_nothing_else() {
        let points = [point(1, 7), point(u64::MAX, 8)];
        let bytes = encode_all(&points);
        assert_eq!(decode_all(&bytes).as_deref(), Some(&points[..]));
        assert_eq!(decode_all(&[]), Some(vec![]));
        assert_eq!(decode_all(&bytes[1..]), None);
        assert_eq!(Point::decode(&bytes), None);
        assert_eq!(Point::decode(&points[0].encode()), Some(points[0]));
    }

    #[test]
    fn a_point_is_known_later_forgotten_or_of_another_history() {
        let recent = Recent { chain: [9; 32], blocks: 1, points: vec![point(8, 8)] };
        let history = History::loaded(vec![point(5, 5), point(4, 4)], &recent, 9);
        for (asked, standing) in [
            (point(4, 4), Standing::Known),
            (point(8, 8), Standing::Known),
            (point(9, 9), Standing::Known),
            (point(9, 8), Standing::Other),
            (point(6, 5), Standing::Other),
            (point(10, 9), Standing::Ahead),
            (point(3, 3), Standing::Forgotten),
            (point(0, 0), Standing::Known),
            (point(0, 1), Standing::Other),
        ] {
            assert_eq!(history.judge(&asked), standing, "{asked:?}");
        }
    }

    #[test]
    fn the_chain_depends_on_all_that_was_written() {
        type Written<'a> = [(&'a str, Option<&'a [u8]>)];
        let chain = |before, epoch, written: &Written<'_>| {
            let mut content = Content::NOTHING;
            for (name, sealed) in written {
                content.add(&Name::new(name).unwrap(), *sealed);
            }
            let mut recent = Recent { chain: [before; 32], ..Recent::EMPTY };
            recent.advance(epoch, &content);
            recent.chain
        };
        let (a, b) = (("aecs/a", Some(&b"1"[..])), ("aecs/b", Some(&b"1"[..])));
        let one = chain(1, 5, &[a, b]);
        assert_eq!(one, chain(1, 5, &[a, b]));
        for other in [
            chain(2, 5, &[a, b]),
            chain(1, 6, &[a, b]),
            chain(1, 5, &[]),
            chain(1, 5, &[a]),
            chain(1, 5, &[b]),
            chain(1, 5, &[("aecs/a", Some(b"2")), b]),
            chain(1, 5, &[("aecs/a", None), b]),
            chain(1, 5, &[("aecs/aa", a.1), b]),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn blocks_form_a_ring_and_nothing_is_lost_between_them() {
        let mut recent = Recent::EMPTY;
        let mut blocks = std::collections::BTreeMap::new();
        let mut history = History::empty();
        let last = WINDOW as u64 + 3 * BLOCK as u64 + 5;
        for epoch in 1..=last {
            if let Some((name, block)) = recent.leave(epoch - 1).unwrap() {
                blocks.insert(name, decode_all(&block).unwrap());
            }
            recent.advance(epoch, &Content::NOTHING);
            history.push(Point { epoch, chain: recent.chain });
        }
        assert_eq!(blocks.len() as u64, BLOCKS);
        assert_eq!(history.0.len(), WINDOW);
        let loaded = History::loaded(blocks.into_values().flatten().collect(), &recent, last);
        assert!(loaded.0 == history.0);
    }
}
