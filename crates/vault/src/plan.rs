//! The changes of one group, checked one after the other and merged.

use std::collections::BTreeMap;

use crate::{
    change::{Change, Content, Limit},
    error::{Fault, Place, Tampering, VaultError},
    history::Epoch,
    name::Name,
    root::Root,
    tree::descent::Descent,
};

/// What is known of the records before the group.
pub(crate) struct Before<'a> {
    pub(crate) names: &'a [&'a [u8]],
    pub(crate) descent: &'a Descent,
    /// The bytes of the records of folders that have a limit.
    pub(crate) folders: &'a BTreeMap<&'a str, Result<u64, Fault>>,
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
        for Limit { folder, bytes: limit } in &change.limits {
            let bytes = self.bytes_after(before, folder, change);
            let bytes = bytes.map_err(|fault| self.refused(fault, Place::Under(folder.clone())))?;
            if bytes > *limit {
                let (folder, limit) = (folder.clone(), *limit);
                return Err(VaultError::OverLimit { folder, bytes, limit });
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

    /// The bytes of the records whose names begin with `folder`, once `change` is made.
    fn bytes_after(
        &self,
        before: &Before<'_>,
        folder: &str,
        change: &Change,
    ) -> Result<u64, Fault> {
        let len = |fresh: &Option<Fresh<'_>>| fresh.as_ref().map_or(0, |fresh| fresh.content.len());
        let planned = self.latest.iter().map(|(name, fresh)| (*name, len(fresh)));
        let changed = change.operations.iter().map(|(name, operation)| (name, operation.len()));
        let touched: BTreeMap<&Name, usize> =
            planned.chain(changed).filter(|(name, _)| name.as_str().starts_with(folder)).collect();
        let mut bytes = before.folders.get(folder).cloned().unwrap_or(Ok(0))?;
        for name in touched.keys() {
            bytes = bytes.saturating_sub(before.held(name)?.map_or(0, |held| held.len));
        }
        Ok(touched.values().fold(bytes, |bytes, len| bytes.saturating_add(*len as u64)))
    }

    fn epoch_of(&self, before: &Before<'_>, name: &Name) -> Result<Option<Epoch>, Fault> {
        match self.latest.get(name) {
            Some(latest) => Ok(latest.as_ref().map(|fresh| fresh.epoch)),
            None => Ok(before.held(name)?.map(|held| held.epoch)),
        }
    }
}
