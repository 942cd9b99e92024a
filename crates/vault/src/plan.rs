//! The changes of one group, checked one after the other and merged.

use std::collections::BTreeMap;

use crate::{
    change::{Change, Content, Limit, Measure},
    error::{Fault, Place, Tampering, VaultError},
    history::Epoch,
    name::Name,
    page::Sum,
    root::Root,
    tree::descent::Descent,
};

/// What is known of the records before the group.
pub(crate) struct Before<'a> {
    pub(crate) names: &'a [&'a [u8]],
    pub(crate) descent: &'a Descent,
    /// What is in the folders that have a limit.
    pub(crate) folders: &'a BTreeMap<&'a str, Result<Sum, Fault>>,
}

/// A record before the group.
struct Held {
    epoch: Epoch,
    len: u64,
}

/// What the accepted changes of a group make of the records they touch, and of the root.
pub(crate) struct Plan<'a> {
    before: Epoch,
    pub(crate) epoch: Epoch,
    pub(crate) notes: Vec<String>,
    pub(crate) latest: BTreeMap<&'a Name, Option<Fresh<'a>>>,
    pub(crate) trust_revision: u64,
    pub(crate) time_floor: u64,
    /// Whether a change was refused because a page is missing, which a newer root may need no more.
    pub(crate) misses_page: bool,
    /// Whether notes are kept.
    has_companion: bool,
}

/// The new content of a record.
#[derive(Clone, Copy)]
pub(crate) struct Fresh<'a> {
    pub(crate) epoch: Epoch,
    pub(crate) content: Content<'a>,
}

impl Before<'_> {
    fn held(&self, name: &Name) -> Result<Option<Held>, Fault> {
        let name = name.as_bytes();
        let Ok(at) = self.names.binary_search(&name) else { return Ok(None) };
        let record = self.descent.record(at, name)?;
        Ok(record.map(|record| Held { epoch: record.epoch, len: record.body.len() }))
    }
}

impl<'a> Plan<'a> {
    /// No changes yet.
    pub(crate) fn new(root: &Root, has_companion: bool) -> Self {
        Self {
            before: root.epoch,
            epoch: root.epoch,
            notes: Vec::new(),
            latest: BTreeMap::new(),
            trust_revision: root.trust_revision,
            time_floor: root.time_floor,
            misses_page: false,
            has_companion,
        }
    }

    /// Accepts a change if its preconditions hold after those accepted before, or refuses it whole.
    pub(crate) fn add(
        &mut self,
        before: &Before<'_>,
        change: &'a Change,
    ) -> Result<Epoch, VaultError> {
        for (name, operation) in &change.operations {
            let current = self.epoch_of(before, name);
            let current =
                current.map_err(|fault| self.refused(fault, Place::Record(name.clone())))?;
            operation.check(name, current)?;
        }
        for (name, expected) in &change.grounds {
            let current = self.epoch_of(before, name);
            let current =
                current.map_err(|fault| self.refused(fault, Place::Record(name.clone())))?;
            if current != *expected {
                return Err(VaultError::Unfounded { name: name.clone() });
            }
        }
        if change.former_floor.is_some_and(|former| former != self.time_floor) {
            return Err(VaultError::OtherFloor);
        }
        for Limit { folder, most, of } in &change.limits {
            let sum = self.sum_after(before, folder, change);
            let sum = sum.map_err(|fault| self.refused(fault, Place::Under(folder.clone())))?;
            let found = match of {
                Measure::Records => sum.records,
                Measure::Bytes => sum.bytes,
            };
            if found > *most {
                let folder = folder.clone();
                return Err(VaultError::OverLimit { folder, of: *of, found, limit: *most });
            }
        }
        let notes = if self.has_companion { change.notes.as_slice() } else { &[] };
        // Without a companion nobody keeps the note, so a change with a note alone changes nothing.
        let is_empty = change.operations.is_empty()
            && notes.is_empty()
            && change.trust_revision.is_none()
            && change.time_floor.is_none();
        if is_empty {
            return Ok(self.epoch);
        }
        let epoch = self.epoch.checked_add(1).ok_or(VaultError::Exhausted)?;
        for (name, operation) in &change.operations {
            self.latest.insert(name, operation.content().map(|content| Fresh { epoch, content }));
        }
        self.trust_revision = change.trust_revision.unwrap_or(self.trust_revision);
        self.time_floor = change.time_floor.unwrap_or(self.time_floor);
        self.notes.extend_from_slice(notes);
        self.epoch = epoch;
        Ok(epoch)
    }

    /// Writes one more record, with the epoch of the last accepted change.
    pub(crate) fn accompany(&mut self, name: &'a Name, content: Content<'a>) {
        self.latest.insert(name, Some(Fresh { epoch: self.epoch, content }));
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.epoch == self.before
    }

    fn refused(&mut self, fault: Fault, place: Place) -> VaultError {
        match fault {
            Fault::Store(error) => error.into(),
            Fault::Damaged(_, what) => {
                self.misses_page |= what == Tampering::Missing;
                VaultError::Tampered { place, what }
            }
        }
    }

    /// The records whose names begin with `folder`, once `change` is made.
    fn sum_after(&self, before: &Before<'_>, folder: &str, change: &Change) -> Result<Sum, Fault> {
        let planned = self.latest.iter();
        let planned = planned.map(|(name, fresh)| (*name, fresh.map(|fresh| fresh.content.len())));
        let changed = change.operations.iter();
        let changed = changed.map(|(name, act)| (name, act.content().map(|content| content.len())));
        let touched: BTreeMap<&Name, Option<usize>> =
            planned.chain(changed).filter(|(name, _)| name.as_str().starts_with(folder)).collect();
        let mut sum = before.folders.get(folder).cloned().unwrap_or(Ok(Sum::default()))?;
        for name in touched.keys() {
            let held = before.held(name)?;
            sum.bytes = sum.bytes.saturating_sub(held.as_ref().map_or(0, |held| held.len));
            sum.records = sum.records.saturating_sub(u64::from(held.is_some()));
        }
        for len in touched.into_values().flatten() {
            sum.bytes = sum.bytes.saturating_add(len as u64);
            sum.records = sum.records.saturating_add(1);
        }
        Ok(sum)
    }

    fn epoch_of(&self, before: &Before<'_>, name: &Name) -> Result<Option<Epoch>, Fault> {
        match self.latest.get(name) {
            Some(latest) => Ok(latest.as_ref().map(|fresh| fresh.epoch)),
            None => Ok(before.held(name)?.map(|held| held.epoch)),
        }
    }
}
