//! The history of the vault: a hash chain over its commits, and the points of it that are kept.
//!
//! Each commit advances the chain by the root before it and by its own tag, 16 random bytes that no
//! other root has. So a point names one root, and all roots before it: two histories that went apart
//! differ in their chains for ever, also when their epochs are equal and their records are the same.
//! For a remembered [`Point`], [`Standing`] tells whether the vault still has the history that the point
//! belongs to.
//!
//! | kept | where | for |
//! | --- | --- | --- |
//! | the last 64 to 79 points | root | a process that looks at the root again |
//! | of all before, the last two multiples of every power of two | root | one that has slept for long |
//! | the last 65,536 points | records of the tree, [`BLOCK`] in each | [`Vault::judge`](crate::Vault::judge) |

use std::collections::VecDeque;

use aecs_crypto::Transcript;
use aecs_store::pages::Tag;

use crate::{codec::Reader, codec::put_len, name::OWN};

/// The counter of the vault's changes; the epoch of a record is that of the change that wrote it.
pub type Epoch = u64;

/// How many points are kept in records of the tree, at least.
pub const WINDOW: usize = 65_536;

/// How many points there are in one record. It is inline, in the leaf.
pub(crate) const BLOCK: usize = 16;

/// How many such records there are.
pub(crate) const BLOCKS: u64 = 4096;

const _: () = assert!(BLOCK as u64 * BLOCKS == WINDOW as u64);

/// The least and the most points that a root holds; [`BLOCK`] are moved to a record when there would be
/// more.
const RECENT: usize = 64;
const MOST_RECENT: usize = RECENT + BLOCK - 1;

/// Only multiples of two to this power are landmarks; the rest is in the recent points.
const FIRST_POWER: u32 = 6;

/// The chain of a vault that was never written to.
pub(crate) const NO_CHAIN: [u8; 32] = [0; 32];

/// The vault after one commit; by default one that was never written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Point {
    /// The epoch of the last change.
    pub epoch: Epoch,
    /// The hash chain over all commits up to it.
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
    pub(crate) const LEN: usize = 40;

    /// The epoch (8 bytes, big endian) and the chain.
    pub(crate) fn encode(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let (epoch, chain) = bytes.split_at_mut(8);
        epoch.copy_from_slice(&self.epoch.to_be_bytes());
        chain.copy_from_slice(&self.chain);
        bytes
    }

    /// The inverse of `encode`: the content of a record that
    /// [`Change::mark`](crate::Change::mark) wrote.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let point = Self::read(&mut reader)?;
        reader.end()?;
        Some(point)
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { epoch: reader.u64()?, chain: reader.array()? })
    }

    /// How another point of the same epoch stands to it.
    fn compare(&self, asked: &Self) -> Standing {
        if self == asked { Standing::Known } else { Standing::Other }
    }

    /// The point that a commit leads to, after a root with the hash `before` of its stored bytes.
    pub(crate) fn next(&self, before: &[u8; 32], tag: Tag, epoch: Epoch) -> Self {
        let chain = Transcript::new("AECS vault chain")
            .field(&self.chain)
            .field(before)
            .field(tag.as_bytes())
            .field(&epoch.to_be_bytes())
            .sha256();
        Self { epoch, chain }
    }
}

/// The point that a commit with a certain number led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Landmark {
    pub(crate) commit: u64,
    pub(crate) point: Point,
}

/// The part of the history that a root holds: points before its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct History {
    /// Of the last commits, one after the other.
    pub(crate) recent: VecDeque<Point>,
    /// Of some commits, in their order.
    pub(crate) landmarks: Vec<Landmark>,
    /// How many records with points there are in the tree.
    pub(crate) blocks: u64,
    /// Points up to this epoch are kept no more, apart from landmarks, because there are [`WINDOW`] later
    /// ones. Nothing else makes the vault forget.
    pub(crate) forgotten: Epoch,
}

/// Points that have to leave the root, and the name of the record for them.
pub(crate) struct Block {
    pub(crate) name: Vec<u8>,
    pub(crate) points: Vec<u8>,
    /// The epoch of the last one.
    pub(crate) last: Epoch,
}

impl History {
    /// Takes in the point of the root that is replaced, that of commit `number`. Gives the points that
    /// have to leave.
    pub(crate) fn leave(&mut self, number: u64, point: Point) -> Option<Block> {
        if number == 0 {
            return None;
        }
        self.recent.push_back(point);
        if number.is_multiple_of(1 << FIRST_POWER) {
            self.landmarks.push(Landmark { commit: number, point });
        }
        self.landmarks.retain(|landmark| {
            let power = landmark.commit.trailing_zeros();
            (number >> power) - (landmark.commit >> power) <= 1
        });
        if self.recent.len() <= MOST_RECENT {
            return None;
        }
        let points: Vec<Point> = self.recent.drain(..BLOCK).collect();
        let last = points.last()?.epoch;
        Some(Block { name: block_name(last), points: encode_all(&points), last })
    }

    /// Finds out where `asked` belongs as far as the root tells, whose own point is `own`; `None`: the
    /// records with points tell.
    pub(crate) fn judge(&self, own: &Point, asked: &Point) -> Option<Standing> {
        // Every history begins with the vault that was never written to.
        if asked.epoch == 0 {
            return Some(Point::default().compare(asked));
        }
        if asked.epoch > own.epoch {
            return Some(Standing::Ahead);
        }
        if asked.epoch == own.epoch {
            return Some(own.compare(asked));
        }
        if let Some(landmark) = self.landmarks.iter().find(|mark| mark.point.epoch == asked.epoch) {
            return Some(landmark.point.compare(asked));
        }
        match self.recent.front() {
            Some(first) if asked.epoch >= first.epoch => {
                let (front, back) = self.recent.as_slices();
                Some(
                    search(front, asked).or_else(|| search(back, asked)).unwrap_or(Standing::Other),
                )
            }
            _ if asked.epoch <= self.forgotten => Some(Standing::Forgotten),
            _ => None,
        }
    }

    /// Whether two roots of one history would differ in a landmark that both have.
    pub(crate) fn parts_from(&self, older: &Self) -> Option<Epoch> {
        let differs = |mark: &&Landmark| {
            older.landmarks.iter().any(|old| old.commit == mark.commit && old.point != mark.point)
        };
        self.landmarks.iter().find(differs).map(|landmark| landmark.point.epoch)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        put_len(out, self.recent.len());
        self.recent.iter().for_each(|point| out.extend_from_slice(&point.encode()));
        put_len(out, self.landmarks.len());
        for Landmark { commit, point } in &self.landmarks {
            out.extend_from_slice(&commit.to_be_bytes());
            out.extend_from_slice(&point.encode());
        }
        out.extend_from_slice(&self.blocks.to_be_bytes());
        out.extend_from_slice(&self.forgotten.to_be_bytes());
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let count = reader.len()?;
        let recent = reader.many(count, Point::read)?.into();
        let count = reader.len()?;
        let landmarks = reader.many(count, |reader| {
            Some(Landmark { commit: reader.u64()?, point: Point::read(reader)? })
        })?;
        Some(Self { recent, landmarks, blocks: reader.u64()?, forgotten: reader.u64()? })
    }
}

/// The name of the record with points up to that of `epoch`.
pub(crate) fn block_name(last: Epoch) -> Vec<u8> {
    [&[OWN, b'h'], &last.to_be_bytes()[..]].concat()
}

/// The epoch of the last point in the record of that name.
pub(crate) fn block_epoch(name: &[u8]) -> Option<Epoch> {
    let mut reader = Reader::new(name);
    if reader.array()? != [OWN, b'h'] {
        return None;
    }
    let epoch = reader.u64()?;
    reader.end()?;
    Some(epoch)
}

/// Where `asked` belongs, among the points of a record.
pub(crate) fn judge_in_block(points: &[u8], asked: &Point) -> Option<Standing> {
    let points = decode_all(points)?;
    // An epoch in the middle of a group was never shown to anybody.
    Some(search(&points, asked).unwrap_or(Standing::Other))
}

fn search(points: &[Point], asked: &Point) -> Option<Standing> {
    let at = points.binary_search_by_key(&asked.epoch, |point| point.epoch).ok()?;
    points.get(at).map(|point| point.compare(asked))
}

fn encode_all(points: &[Point]) -> Vec<u8> {
    points.iter().flat_map(|point| point.encode()).collect()
}

fn decode_all(bytes: &[u8]) -> Option<Vec<Point>> {
    let (points, []) = bytes.as_chunks::<{ Point::LEN }>() else { return None };
    points.iter().map(|point| Point::decode(point)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(epoch: Epoch) -> Point {
        Point { epoch, chain: [u8::try_from(epoch % 251).unwrap(); 32] }
    }

    /// The history of the commits before number `last`, and the points that left it.
    fn history(last: u64) -> (History, Vec<Point>) {
        let (mut history, mut left) = (History::default(), Vec::new());
        for number in 0..last {
            if let Some(block) = history.leave(number, point(number * 3)) {
                assert_eq!(block_epoch(&block.name), Some(block.last));
                left.extend(decode_all(&block.points).unwrap());
            }
        }
        (history, left)
    }

    #[test]
    fn no_point_is_lost_between_root_and_records() {
        for last in [1, 2, 63, 64, 79, 80, 81, 95, 96, 97, 1000, 70_000] {
            let (history, mut all) = history(last);
            assert!(history.recent.len() <= MOST_RECENT);
            assert!(last <= RECENT as u64 || history.recent.len() >= RECENT, "{last}");
            all.extend(&history.recent);
            assert!(all.iter().copied().eq((1..last).map(|number| point(number * 3))), "{last}");
        }
    }

    #[test]
    fn of_each_power_of_two_the_last_two_multiples_are_kept() {
        for last in [65, 1000, 4096, 4097, 70_001] {
            let (history, _) = history(last);
            for power in FIRST_POWER..16 {
                let newest = (last - 1) >> power;
                for multiple in [newest, newest.saturating_sub(1)] {
                    let commit = multiple << power;
                    let kept = history.landmarks.iter().any(|mark| mark.commit == commit);
                    assert_eq!(kept, commit > 0, "{last} {commit}");
                }
            }
            assert!(history.landmarks.len() <= 20);
        }
    }

    #[test]
    fn who_has_slept_finds_a_common_landmark() {
        let (now, _) = history(70_000);
        let (before, _) = history(40_000);
        assert!(now.parts_from(&before).is_none());
        let mut other = before.clone();
        for mark in &mut other.landmarks {
            mark.point.chain[0] ^= 1;
        }
        assert!(now.parts_from(&other).is_some());
    }

    #[test]
    fn a_point_is_known_later_forgotten_or_of_another_history() {
        let (mut history, _) = history(1000);
        history.forgotten = 30;
        let own = point(3000);
        let other = Point { chain: [255; 32], ..point(2997) };
        for (asked, standing) in [
            (Point::default(), Some(Standing::Known)),
            (Point { epoch: 0, chain: [1; 32] }, Some(Standing::Other)),
            (point(3000), Some(Standing::Known)),
            (Point { epoch: 3000, ..other }, Some(Standing::Other)),
            (point(3001), Some(Standing::Ahead)),
            (point(2997), Some(Standing::Known)),
            (other, Some(Standing::Other)),
            (point(2998), Some(Standing::Other)),
            (point(3 * 512), Some(Standing::Known)),
            (Point { epoch: 3 * 512, ..other }, Some(Standing::Other)),
            (point(3 * 513), None),
            (point(33), None),
            (point(30), Some(Standing::Forgotten)),
        ] {
            assert_eq!(history.judge(&own, &asked), standing, "{asked:?}");
        }
        let block = encode_all(&[point(30), point(33)]);
        for (asked, standing) in [
            (point(33), Standing::Known),
            (point(31), Standing::Other),
            (Point { epoch: 33, ..other }, Standing::Other),
        ] {
            assert_eq!(judge_in_block(&block, &asked), Some(standing));
        }
        assert_eq!(judge_in_block(&block[1..], &point(33)), None);
    }

    #[test]
    fn the_chain_depends_on_all_that_came_before() {
        let tag = |byte| Tag::from_bytes([byte; 16]);
        let one = point(1).next(&[1; 32], tag(1), 5);
        assert_eq!(one, point(1).next(&[1; 32], tag(1), 5));
        for other in [
            point(2).next(&[1; 32], tag(1), 5),
            point(1).next(&[2; 32], tag(1), 5),
            point(1).next(&[1; 32], tag(2), 5),
            point(1).next(&[1; 32], tag(1), 6),
        ] {
            assert_ne!(one.chain, other.chain);
        }
    }

    #[test]
    fn a_point_decodes_to_itself_and_nothing_else_does() {
        let bytes = point(7).encode();
        assert_eq!(Point::decode(&bytes), Some(point(7)));
        assert_eq!(Point::decode(&bytes[1..]), None);
        assert_eq!(Point::decode(&[&bytes[..], &[0]].concat()), None);
    }
}
