//! Pages that no root reaches any more, and when they are removed.
//!
//! A page that a commit replaces is still needed by readers under an earlier root. So it is
//! removed at least [`Keep::commits`] commits and, in a store that processes share, [`Keep::time`] later,
//! in the transaction of a later commit or before its swap. The root lists these pages in *generations*: one that is open, to which
//! every commit adds, and closed ones that wait. A generation holds up to [`INLINE`] ids in the root;
//! what is more goes to garbage pages, each of which names the one before it.
//!
//! Invariants:
//! - an id is listed by the commit that removes the page from the tree, and pages never come back. So no
//!   root from then on reaches it, and to remove it early, twice, or in a commit that loses its race
//!   costs readers of older roots a new start, and nobody a record;
//! - a garbage page that was read becomes garbage itself, so it is removed long after the last root
//!   that names it;
//! - a garbage page that cannot be read ends its generation: its pages stay until a sweep finds them.
//!   Nothing else depends on it.
//!
//! Times are those of the hosts' clocks. One that is ahead removes pages early, as above. One that was
//! ahead leaves no trace: a time after the present one counts as the present one.

use std::{collections::VecDeque, time::Duration};

use aecs_store::pages::PageId;

use crate::codec::{Reader, put_id, put_len, put_optional_id};

/// The most ids of a generation in the root.
pub(crate) const INLINE: usize = 16;

/// The most ids in one garbage page.
pub(crate) const PER_PAGE: usize = 480;

/// The most generations that wait.
const CLOSED: usize = 5;

/// How long a page is kept after the commit that replaced it: both must have passed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keep {
    pub(crate) commits: u64,
    pub(crate) time: Duration,
}

/// The moment of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Moment {
    pub(crate) commit: u64,
    /// Milliseconds since 1970, by the clock of the host that committed.
    pub(crate) time: u64,
}

/// Pages that became garbage in some commits one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Generation {
    /// Its first commit while it is open, then its last one.
    pub(crate) at: Moment,
    pub(crate) inline: Vec<PageId>,
    /// The last garbage page.
    pub(crate) head: Option<PageId>,
    /// How many ids are in garbage pages, for the status.
    pub(crate) paged: u64,
}

/// All pages that wait for their removal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Garbage {
    pub(crate) open: Generation,
    /// The oldest first.
    pub(crate) closed: VecDeque<Generation>,
}

impl Generation {
    fn is_empty(&self) -> bool {
        self.inline.is_empty() && self.head.is_none()
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.at.commit.to_be_bytes());
        out.extend_from_slice(&self.at.time.to_be_bytes());
        out.extend_from_slice(&self.paged.to_be_bytes());
        put_optional_id(out, self.head);
        put_len(out, self.inline.len());
        self.inline.iter().for_each(|id| put_id(out, *id));
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let at = Moment { commit: reader.u64()?, time: reader.u64()? };
        let (paged, head) = (reader.u64()?, reader.optional_id()?);
        let count = reader.len()?;
        Some(Self { at, paged, head, inline: reader.many(count, Reader::id)? })
    }
}

impl Garbage {
    /// Lists pages that the commit at `now` replaces. `write` stores a garbage page and gives its id.
    pub(crate) fn add<E>(
        &mut self,
        now: Moment,
        freed: Vec<PageId>,
        mut write: impl FnMut(Vec<u8>) -> Result<PageId, E>,
    ) -> Result<(), E> {
        if freed.is_empty() {
            return Ok(());
        }
        if self.open.is_empty() {
            self.open.at = now;
        }
        self.open.inline.extend(freed);
        if self.open.inline.len() > INLINE {
            let ids = std::mem::take(&mut self.open.inline);
            self.open.paged = self.open.paged.saturating_add(ids.len() as u64);
            for ids in ids.chunks(PER_PAGE) {
                self.open.head = Some(write(encode_page(self.open.head, ids))?);
            }
        }
        Ok(())
    }

    /// Has no generation wait for a time that a clock showed which was ahead.
    fn forget_the_future(&mut self, now: Moment) {
        for generation in self.closed.iter_mut().chain([&mut self.open]) {
            generation.at.time = generation.at.time.min(now.time);
        }
    }

    /// Begins another generation if this one lasts for a quarter of the time that pages are kept.
    pub(crate) fn close(&mut self, now: Moment, keep: Keep) {
        self.forget_the_future(now);
        let lasts =
            has_passed(self.open.at, now, Keep { commits: keep.commits / 4, time: keep.time / 4 });
        if !self.open.is_empty() && lasts && self.closed.len() < CLOSED {
            let full = std::mem::take(&mut self.open);
            self.closed.push_back(Generation { at: now, ..full });
        }
    }

    /// The oldest generation, if its pages may be removed.
    pub(crate) fn ripe(&mut self, now: Moment, keep: Keep) -> Option<&mut Generation> {
        self.forget_the_future(now);
        while self.closed.front().is_some_and(Generation::is_empty) {
            self.closed.pop_front();
        }
        self.closed.front_mut().filter(|oldest| has_passed(oldest.at, now, keep))
    }

    /// All generations.
    pub(crate) fn generations(&self) -> impl Iterator<Item = &Generation> {
        self.closed.iter().chain([&self.open])
    }

    /// How many pages wait, apart from garbage pages.
    pub(crate) fn len(&self) -> u64 {
        let of = |generation: &Generation| generation.inline.len() as u64 + generation.paged;
        self.generations().map(of).fold(0, u64::saturating_add)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        put_len(out, self.closed.len());
        self.generations().for_each(|generation| generation.write(out));
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let count = reader.len()?;
        let closed = reader.many(count, Generation::read)?.into();
        Some(Self { closed, open: Generation::read(reader)? })
    }
}

fn has_passed(then: Moment, now: Moment, keep: Keep) -> bool {
    let time = Duration::from_millis(now.time.saturating_sub(then.time));
    now.commit.saturating_sub(then.commit) >= keep.commits && time >= keep.time
}

/// A garbage page: the one before it, and ids.
fn encode_page(before: Option<PageId>, ids: &[PageId]) -> Vec<u8> {
    let mut out = Vec::new();
    put_optional_id(&mut out, before);
    ids.iter().for_each(|id| put_id(&mut out, *id));
    out
}

/// The inverse of [`encode_page`].
pub(crate) fn decode_page(bytes: &[u8]) -> Option<(Option<PageId>, Vec<PageId>)> {
    let mut reader = Reader::new(bytes);
    let before = reader.optional_id()?;
    let (ids, []) = reader.rest().as_chunks() else { return None };
    Some((before, ids.iter().copied().map(PageId::from_bytes).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: Keep = Keep { commits: 64, time: Duration::from_secs(30) };

    fn id(commit: u64) -> PageId {
        PageId::from_bytes(u128::from(commit).to_be_bytes())
    }

    /// The most pages that wait while each commit replaces one, under a clock.
    fn most_waiting(commits: u64, clock: impl Fn(u64) -> u64) -> u64 {
        let (mut garbage, mut most) = (Garbage::default(), 0);
        for commit in 0..commits {
            let now = Moment { commit, time: clock(commit) };
            while let Some(oldest) = garbage.ripe(now, KEEP) {
                (oldest.inline, oldest.head, oldest.paged) = (Vec::new(), None, 0);
            }
            garbage.add(now, vec![id(commit)], |_| Ok::<_, ()>(id(commit))).unwrap();
            garbage.close(now, KEEP);
            most = most.max(garbage.len());
        }
        most
    }

    #[test]
    fn h37_a_clock_that_was_ahead_for_a_minute_keeps_no_page_for_years() {
        const YEARS: u64 = 20 * 365 * 86_400_000;
        let right = |commit| 1_800_000_000_000 + commit * 1_000;
        let usual = most_waiting(2_000, right);
        assert!(usual < 200, "{usual}");
        for begin in [0, 100, 777] {
            let ahead = (begin..begin + 60).map(|commit| right(commit) + YEARS);
            let ahead: Vec<u64> = ahead.collect();
            let wrong = |commit: u64| {
                let at = commit.checked_sub(begin).and_then(|at| usize::try_from(at).ok());
                at.and_then(|at| ahead.get(at)).copied().unwrap_or(right(commit))
            };
            let most = most_waiting(2_000, wrong);
            assert!(most < 2 * usual, "{begin}: {most} pages wait, {usual} otherwise");
        }
    }
}
