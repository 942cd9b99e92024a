//! The changes of one group, checked one after the other and merged.

use std::collections::BTreeMap;

use aecs_crypto::SecretBytes;
use aecs_store::Key;

use super::{
    Change, Epoch, Name, VaultError,
    change::{Content, Limit},
    index::Index,
};

/// What the accepted changes of a group make of the records they touch.
pub(super) struct Plan {
    before: Epoch,
    epoch: Epoch,
    notes: Vec<String>,
    latest: BTreeMap<Name, Option<NewContent>>,
    entries: Entries,
}

/// Entries of the store that are not records: the new value, or none if they are removed.
pub(super) type Entries = BTreeMap<Key, Option<Vec<u8>>>;

/// The new content of a record.
pub(super) struct NewContent {
    pub(super) epoch: Epoch,
    pub(super) content: Content,
}

impl Plan {
    /// No changes yet.
    pub(super) fn new(index: &Index) -> Self {
        let epoch = index.state().epoch;
        let (latest, entries) = (BTreeMap::new(), BTreeMap::new());
        Self { before: epoch, epoch, notes: Vec::new(), latest, entries }
    }

    /// Accepts a change if its preconditions hold after those accepted before, or refuses it whole.
    pub(super) fn add(&mut self, index: &Index, change: Change) -> Result<Epoch, VaultError> {
        for (name, operation) in &change.operations {
            operation.check(name, self.epoch_of(index, name))?;
        }
        for Limit { folder, bytes: limit } in &change.limits {
            let bytes = self.bytes_after(index, folder, &change);
            if bytes > *limit {
                let (folder, limit) = (folder.clone(), *limit);
                return Err(VaultError::OverLimit { folder, bytes, limit });
            }
        }
        if change.is_empty() {
            return Ok(self.epoch);
        }
        let epoch = self.epoch.checked_add(1).ok_or(VaultError::Exhausted)?;
        for (name, operation) in change.operations {
            self.latest.insert(
                name,
                operation.into_content().map(|content| NewContent { epoch, content }),
            );
        }
        self.entries.extend(change.entries);
        self.notes.extend(change.note);
        self.epoch = epoch;
        Ok(epoch)
    }

    /// Writes one more record, with the epoch of the last accepted change.
    pub(super) fn accompany(&mut self, name: Name, plain: SecretBytes) {
        self.latest
            .insert(name, Some(NewContent { epoch: self.epoch, content: Content::Bytes(plain) }));
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.epoch == self.before
    }

    /// The notes of the accepted changes.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The epoch of the last accepted change.
    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Each touched record with its content, or `None` if it is removed, and the entries that are
    /// not records.
    pub(super) fn into_parts(self) -> (BTreeMap<Name, Option<NewContent>>, Entries) {
        (self.latest, self.entries)
    }

    /// The bytes of the records whose names begin with `folder`, once `change` is made.
    fn bytes_after(&self, index: &Index, folder: &str, change: &Change) -> usize {
        let planned = self
            .latest
            .iter()
            .map(|(name, fresh)| (name, fresh.as_ref().map_or(0, |fresh| fresh.content.bytes())));
        let changed = change.operations.iter().map(|(name, operation)| (name, operation.bytes()));
        let touched: BTreeMap<&Name, usize> =
            planned.chain(changed).filter(|(name, _)| name.as_str().starts_with(folder)).collect();
        let before: usize =
            touched.keys().filter_map(|name| index.get(name)).map(|held| held.len).sum();
        let after: usize = touched.values().sum();
        index.bytes(folder).saturating_sub(before).saturating_add(after)
    }

    fn epoch_of(&self, index: &Index, name: &Name) -> Option<Epoch> {
        match self.latest.get(name) {
            Some(latest) => latest.as_ref().map(|fresh| fresh.epoch),
            None => index.epoch_of(name),
        }
    }
}
