//! Changes: writes and removals of records that are made together or not at all.

use std::collections::BTreeSet;

use aecs_crypto::SecretBytes;
use aecs_store::{Key, MAX_BATCH_BYTES, MAX_BATCH_OPERATIONS, MAX_VALUE_LEN};

use super::{Epoch, Name, error::VaultError, history::Point, seals::OVERHEAD};

/// The most records in one change; the state record, a block of the history and the record of a
/// [`Companion`](super::Companion) need places in the batch, too.
pub const MAX_CHANGE_OPERATIONS: usize = MAX_BATCH_OPERATIONS - 3;

/// The most bytes of content in one change (8 MiB).
pub const MAX_CHANGE_BYTES: usize = 8 << 20;

/// The most bytes of content in one record.
pub const MAX_PLAIN_LEN: usize = MAX_VALUE_LEN - OVERHEAD;

// A change at its limits, sealed, fits into one batch of the store.
const _: () = assert!(
    MAX_CHANGE_BYTES + MAX_VALUE_LEN + MAX_BATCH_OPERATIONS * (OVERHEAD + 64) <= MAX_BATCH_BYTES
);

/// What a record is to hold.
pub(super) enum Content {
    Bytes(SecretBytes),
    /// The point of the history that the change leads to, known when everything else is sealed.
    Mark,
}

impl Content {
    /// How many bytes it has.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Bytes(plain) => plain.len(),
            Self::Mark => Point::LEN,
        }
    }
}

/// Operations on different records that happen together or not at all.
///
/// ```
/// use aecs_core::vault::{Change, Name, VaultError};
///
/// # fn main() -> Result<(), VaultError> {
/// let change = Change::new()
///     .create(Name::new("aecs/service1/authentication")?, b"new".to_vec().into())
///     .remove(Name::new("replay/0001")?, None);
/// # drop(change);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
#[must_use = "a change does nothing until it is committed"]
pub struct Change {
    pub(super) operations: Vec<(Name, Operation)>,
    /// What becomes of entries of the store that are not records: their new value, or none.
    pub(super) entries: Vec<(Key, Option<Vec<u8>>)>,
    pub(super) limits: Vec<Limit>,
    pub(super) note: Option<String>,
}

/// How many bytes the records of a folder may have together once a change is made.
pub(super) struct Limit {
    pub(super) folder: String,
    pub(super) bytes: usize,
}

pub(super) enum Operation {
    Create(SecretBytes),
    Replace { expected: Epoch, plain: SecretBytes },
    Put(SecretBytes),
    Mark,
    Remove { expected: Option<Epoch> },
}

impl Change {
    /// A change of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record that must not exist: otherwise [`VaultError::Exists`].
    pub fn create(self, name: Name, plain: SecretBytes) -> Self {
        self.add(name, Operation::Create(plain))
    }

    /// Replaces a record that must be of the epoch `expected`: otherwise [`VaultError::Missing`] or
    /// [`VaultError::Conflict`].
    pub fn replace(self, name: Name, expected: Epoch, plain: SecretBytes) -> Self {
        self.add(name, Operation::Replace { expected, plain })
    }

    /// Writes a record, whether it exists or not.
    pub fn put(self, name: Name, plain: SecretBytes) -> Self {
        self.add(name, Operation::Put(plain))
    }

    /// Writes a record, whether it exists or not, that holds the [`Point`] which this change leads
    /// to: [`Point::decode`].
    pub fn mark(self, name: Name) -> Self {
        self.add(name, Operation::Mark)
    }

    /// Removes a record that must exist, and be of the epoch `expected` if that is given: otherwise
    /// [`VaultError::Missing`] or [`VaultError::Conflict`].
    pub fn remove(self, name: Name, expected: Option<Epoch>) -> Self {
        self.add(name, Operation::Remove { expected })
    }

    /// Writes an entry of the store that is not a record of the vault, and is sealed otherwise: it
    /// changes together with the records.
    pub(crate) fn put_entry(self, key: Key, value: Vec<u8>) -> Self {
        self.add_entry(key, Some(value))
    }

    /// Removes such an entry, which must exist: otherwise [`VaultError::Store`].
    pub(crate) fn remove_entry(self, key: Key) -> Self {
        self.add_entry(key, None)
    }

    /// Demands that the records whose names begin with `folder` have at most `bytes` bytes of content
    /// together once the change is made: otherwise [`VaultError::OverLimit`].
    pub fn within(mut self, folder: String, bytes: usize) -> Self {
        self.limits.push(Limit { folder, bytes });
        self
    }

    /// Gives the vault's [`Companion`](super::Companion) a note to keep if the change is made, also
    /// if it changes nothing else.
    pub fn noted(mut self, note: Option<String>) -> Self {
        self.note = note;
        self
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.entries.is_empty() && self.note.is_none()
    }

    fn add_entry(mut self, key: Key, value: Option<Vec<u8>>) -> Self {
        self.entries.push((key, value));
        self
    }

    fn add(mut self, name: Name, operation: Operation) -> Self {
        self.operations.push((name, operation));
        self
    }

    /// How many operations it has.
    pub(super) fn len(&self) -> usize {
        self.operations.len() + self.entries.len()
    }

    /// How many bytes of content it has.
    pub(super) fn bytes(&self) -> usize {
        let note = self.note.as_ref().map_or(0, String::len);
        let entries: usize = self.entries.iter().flat_map(|(_, value)| value).map(Vec::len).sum();
        let records = self.operations.iter().map(|(_, operation)| operation.bytes());
        records.sum::<usize>() + entries + note
    }

    /// Checks what does not depend on the records.
    pub(super) fn check(&self) -> Result<(), VaultError> {
        let (operations, bytes) = (self.len(), self.bytes());
        let long = self.operations.iter().any(|(_, operation)| operation.bytes() > MAX_PLAIN_LEN);
        if operations > MAX_CHANGE_OPERATIONS || bytes > MAX_CHANGE_BYTES || long {
            return Err(VaultError::TooLarge { operations, bytes });
        }
        let mut seen = BTreeSet::new();
        match self.operations.iter().find(|(name, _)| !seen.insert(name)) {
            Some((name, _)) => Err(VaultError::Duplicate { name: name.clone() }),
            None => Ok(()),
        }
    }
}

impl Operation {
    /// Checks the precondition against the epoch that the record has now (`None`: no record).
    pub(super) fn check(&self, name: &Name, current: Option<Epoch>) -> Result<(), VaultError> {
        let expected = match self {
            Self::Put(_) | Self::Mark => return Ok(()),
            Self::Create(_) if current.is_none() => return Ok(()),
            Self::Create(_) => return Err(VaultError::Exists { name: name.clone() }),
            Self::Replace { expected, .. } => Some(*expected),
            Self::Remove { expected } => *expected,
        };
        match (expected, current) {
            (_, None) => Err(VaultError::Missing { name: name.clone() }),
            (Some(expected), Some(current)) if expected != current => {
                Err(VaultError::Conflict { name: name.clone() })
            }
            _ => Ok(()),
        }
    }

    /// The new content, or `None` for a removal.
    pub(super) fn into_content(self) -> Option<Content> {
        match self {
            Self::Create(plain) | Self::Replace { plain, .. } | Self::Put(plain) => {
                Some(Content::Bytes(plain))
            }
            Self::Mark => Some(Content::Mark),
            Self::Remove { .. } => None,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Create(plain) | Self::Replace { plain, .. } | Self::Put(plain) => plain.len(),
            Self::Mark => Point::LEN,
            Self::Remove { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(n: usize) -> Name {
        Name::new(&format!("aecs/{n}")).unwrap()
    }

    #[test]
    fn the_limits_are_exact() {
        let change = |count: usize, len: usize| {
            (0..count).fold(Change::new(), |change, n| change.put(name(n), vec![0; len].into()))
        };
        assert!(change(MAX_CHANGE_OPERATIONS, 0).check().is_ok());
        assert!(change(1, MAX_PLAIN_LEN).check().is_ok());
        assert!(change(8, MAX_CHANGE_BYTES / 8 - OVERHEAD).check().is_ok());
        for (count, len) in [
            (MAX_CHANGE_OPERATIONS + 1, 0),
            (1, MAX_PLAIN_LEN + 1),
            (9, MAX_CHANGE_BYTES / 8 - OVERHEAD),
        ] {
            let refused = change(count, len).check();
            assert!(matches!(refused, Err(VaultError::TooLarge { .. })), "{count} x {len}");
        }
        let full = |beyond| {
            let rest = vec![0; 8 * OVERHEAD + beyond];
            change(8, MAX_CHANGE_BYTES / 8 - OVERHEAD).put(name(8), rest.into()).check()
        };
        assert!(full(0).is_ok());
        assert!(matches!(full(1), Err(VaultError::TooLarge { .. })));
    }

    #[test]
    fn one_record_appears_once() {
        let change = Change::new().put(name(1), vec![].into()).remove(name(1), None);
        assert!(matches!(change.check(), Err(VaultError::Duplicate { .. })));
    }
}
