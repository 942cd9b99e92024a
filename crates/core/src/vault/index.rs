//! What the vault keeps in memory: the name, stamp and store version of every live record.

use std::{collections::BTreeMap, ops::Bound};

use aecs_store::Version;

use super::{
    Epoch, Name,
    history::{History, Point, Standing},
    prepared::Outcome,
    seals::Stamp,
    state::State,
};

/// One live record.
#[derive(Debug, Clone, Copy)]
pub(super) struct LiveRecord {
    pub(super) stamp: Stamp,
    /// For the store's preconditions only: the store says what it is, so it proves nothing.
    pub(super) version: Version,
    /// The bytes of its content.
    pub(super) len: usize,
}

/// All live records, and the state that they add up to.
pub(super) struct Index {
    records: BTreeMap<Name, LiveRecord>,
    state: State,
    history: History,
    /// `None` until the state record is written for the first time.
    state_version: Option<Version>,
}

impl Index {
    /// The index of an empty store.
    pub(super) fn empty() -> Self {
        Self {
            records: BTreeMap::new(),
            state: State::EMPTY,
            history: History::empty(),
            state_version: None,
        }
    }

    /// The index of records that were found to add up to `state`, with the points that are in
    /// the blocks of the history.
    pub(super) fn loaded(
        records: BTreeMap<Name, LiveRecord>,
        points: Vec<Point>,
        state: State,
        version: Version,
    ) -> Self {
        let history = History::loaded(points, &state.recent, state.epoch);
        Self { records, state, history, state_version: Some(version) }
    }

    pub(super) fn get(&self, name: &Name) -> Option<LiveRecord> {
        self.records.get(name).copied()
    }

    pub(super) fn stamp_of(&self, name: &Name) -> Option<Stamp> {
        self.get(name).map(|held| held.stamp)
    }

    pub(super) fn epoch_of(&self, name: &Name) -> Option<Epoch> {
        self.stamp_of(name).map(|stamp| stamp.epoch)
    }

    /// The bytes of the content of all records whose names begin with `prefix`.
    pub(super) fn bytes(&self, prefix: &str) -> usize {
        self.range(prefix, None).map(|(_, held)| held.len).sum()
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Finds out where `point` belongs.
    pub(super) fn judge(&self, point: &Point) -> Standing {
        self.history.judge(point)
    }

    pub(super) fn state_version(&self) -> Option<Version> {
        self.state_version
    }

    /// The names that begin with `prefix` and come after `after`, in order.
    pub(super) fn names<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&Name>,
    ) -> impl Iterator<Item = &'a Name> + use<'a> {
        self.range(prefix, after).map(|(name, _)| name)
    }

    fn range<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&Name>,
    ) -> impl Iterator<Item = (&'a Name, &'a LiveRecord)> + use<'a> {
        let start = match after {
            Some(after) if after.as_str() >= prefix => Bound::Excluded(after.as_str()),
            _ => Bound::Included(prefix),
        };
        self.records
            .range::<str, _>((start, Bound::Unbounded))
            .take_while(move |(name, _)| name.as_str().starts_with(prefix))
    }

    /// Takes over what was written.
    pub(super) fn apply(&mut self, outcome: Outcome) {
        for name in &outcome.removed {
            self.records.remove(name);
        }
        self.records.extend(outcome.written);
        self.state = outcome.state;
        self.history.push(Point { epoch: self.state.epoch, chain: self.state.recent.chain });
        self.state_version = Some(outcome.state_version);
    }
}
