//! Changes: writes and removals of records that are made together or not at all.

use std::{collections::BTreeSet, fmt};

use aecs_crypto::SecretBytes;

use crate::{
    error::VaultError,
    history::{Epoch, Point},
    name::Name,
};

/// The most records in one change.
pub const MAX_CHANGE_OPERATIONS: usize = 4096;

/// The most bytes of content in one change (16 MiB): the longest record, and what goes with it.
pub const MAX_CHANGE_BYTES: usize = 16 << 20;

/// The most bytes of content in one record (14 MiB): the Base64 of 8 MiB, or a list of 100,000 long values.
pub const MAX_PLAIN_LEN: usize = 14 << 20;

/// Operations on different records that happen together or not at all.
///
/// ```
/// use aecs_vault::{Change, Name, VaultError};
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
    pub(crate) operations: Vec<(Name, Operation)>,
    pub(crate) limits: Vec<Limit>,
    /// Records that are not changed, and must be of these epochs; `None`: must not exist.
    pub(crate) grounds: Vec<(Name, Option<Epoch>)>,
    pub(crate) notes: Vec<String>,
    pub(crate) trust_revision: Option<u64>,
    pub(crate) time_floor: Option<u64>,
    /// What the time floor must be before.
    pub(crate) former_floor: Option<u64>,
}

/// How much the records of a folder may be together once a change is made.
#[derive(PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) folder: String,
    pub(crate) most: u64,
    pub(crate) of: Measure,
}

/// What of the records of a folder has a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Their number.
    Records,
    /// The bytes of their contents.
    Bytes,
}

pub(crate) enum Operation {
    Create(SecretBytes),
    Replace { expected: Epoch, plain: SecretBytes },
    Put(SecretBytes),
    Mark,
    Remove { expected: Option<Epoch> },
}

/// What a record is to hold.
#[derive(Clone, Copy)]
pub(crate) enum Content<'a> {
    Bytes(&'a SecretBytes),
    /// The point of the history that the commit leads to.
    Mark,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Records => "records",
            Self::Bytes => "bytes of the records",
        })
    }
}

impl Content<'_> {
    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bytes(plain) => plain.len(),
            Self::Mark => Point::LEN,
        }
    }
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

    /// Demands that the records whose names begin with `folder` have at most `bytes` bytes of content
    /// together once the change is made: otherwise [`VaultError::OverLimit`].
    pub fn within(mut self, folder: String, bytes: u64) -> Self {
        self.limits.push(Limit { folder, most: bytes, of: Measure::Bytes });
        self
    }

    /// Demands that there are at most `records` records whose names begin with `folder` once the change
    /// is made: otherwise [`VaultError::OverLimit`].
    pub fn at_most(mut self, folder: String, records: u64) -> Self {
        self.limits.push(Limit { folder, most: records, of: Measure::Records });
        self
    }

    /// Demands that a record, which the change does not touch, is of the epoch `expected`, or with `None`
    /// that there is none: otherwise [`VaultError::Unfounded`]. So a decision that
    /// was made by that record still holds, also if others change records meanwhile.
    pub fn while_is(mut self, name: Name, expected: Option<Epoch>) -> Self {
        self.grounds.push((name, expected));
        self
    }

    /// Gives the vault's [`Companion`](crate::Companion) notes to keep if the change is made, also
    /// if it changes nothing else.
    pub fn noted(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// This change and another one, together: all operations, limits, grounds and notes of both. Of the trust
    /// settings and the time floor, the other one's count if it sets them.
    pub fn and(mut self, other: Self) -> Self {
        self.operations.extend(other.operations);
        for limit in other.limits {
            if !self.limits.contains(&limit) {
                self.limits.push(limit);
            }
        }
        for ground in other.grounds {
            if !self.grounds.contains(&ground) {
                self.grounds.push(ground);
            }
        }
        self.notes.extend(other.notes);
        self.trust_revision = other.trust_revision.or(self.trust_revision);
        self.time_floor = other.time_floor.or(self.time_floor);
        self.former_floor = other.former_floor.or(self.former_floor);
        self
    }

    /// Sets the revision of the trust settings, which the root record holds: see
    /// [`VaultState::trust_revision`](crate::VaultState::trust_revision).
    pub fn trust_revision(mut self, revision: u64) -> Self {
        self.trust_revision = Some(revision);
        self
    }

    /// Sets the time floor, which the root record holds: see
    /// [`VaultState::time_floor`](crate::VaultState::time_floor).
    pub fn time_floor(mut self, floor: u64) -> Self {
        self.time_floor = Some(floor);
        self
    }

    /// Demands that the time floor is `floor` before the change is made: otherwise
    /// [`VaultError::OtherFloor`].
    pub fn while_floor_is(mut self, floor: u64) -> Self {
        self.former_floor = Some(floor);
        self
    }

    /// Whether it does something with this record.
    #[must_use]
    pub fn is_about(&self, name: &Name) -> bool {
        self.operations.iter().any(|(own, _)| own == name)
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
            && self.notes.is_empty()
            && self.trust_revision.is_none()
            && self.time_floor.is_none()
    }

    fn add(mut self, name: Name, operation: Operation) -> Self {
        self.operations.push((name, operation));
        self
    }

    /// How many operations it has.
    pub(crate) fn len(&self) -> usize {
        self.operations.len()
    }

    /// How many bytes of content it has.
    pub(crate) fn bytes(&self) -> usize {
        let records = self.operations.iter().map(|(_, operation)| operation.len());
        let notes = self.notes.iter().map(String::len);
        records.chain(notes).fold(0, usize::saturating_add)
    }

    /// Checks what does not depend on the records.
    pub(crate) fn check(&self) -> Result<(), VaultError> {
        let (operations, bytes) = (self.len(), self.bytes());
        let long = self.operations.iter().any(|(_, operation)| operation.len() > MAX_PLAIN_LEN);
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
    pub(crate) fn check(&self, name: &Name, current: Option<Epoch>) -> Result<(), VaultError> {
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
    pub(crate) fn content(&self) -> Option<Content<'_>> {
        match self {
            Self::Create(plain) | Self::Replace { plain, .. } | Self::Put(plain) => {
                Some(Content::Bytes(plain))
            }
            Self::Mark => Some(Content::Mark),
            Self::Remove { .. } => None,
        }
    }

    /// How many bytes of content the record has then.
    pub(crate) fn len(&self) -> usize {
        self.content().map_or(0, |content| content.len())
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
        let eighth = MAX_CHANGE_BYTES / 8;
        for (count, len) in [(MAX_CHANGE_OPERATIONS, 0), (1, MAX_PLAIN_LEN), (8, eighth)] {
            assert!(change(count, len).check().is_ok(), "{count} x {len}");
        }
        let beyond = change(8, eighth).put(name(8), vec![1].into());
        for change in [change(MAX_CHANGE_OPERATIONS + 1, 0), change(1, MAX_PLAIN_LEN + 1), beyond] {
            assert!(matches!(change.check(), Err(VaultError::TooLarge { .. })));
        }
    }

    #[test]
    fn one_record_appears_once() {
        let change = Change::new().put(name(1), vec![].into()).remove(name(1), None);
        assert!(matches!(change.check(), Err(VaultError::Duplicate { .. })));
    }

    #[test]
    fn two_changes_together_are_checked_as_one() {
        const EIGHTH: usize = MAX_CHANGE_BYTES / 8;
        let noted = |n, note: &str| {
            let change = Change::new().put(name(n), vec![0; EIGHTH].into());
            change.within("aecs/".to_owned(), 7).noted([note.to_owned()])
        };
        let both = noted(1, "one").time_floor(5).and(noted(2, "two").trust_revision(6));
        assert_eq!((both.len(), both.limits.len()), (2, 1));
        assert_eq!(both.bytes(), 2 * EIGHTH + 6);
        assert_eq!(both.notes, ["one", "two"]);
        assert_eq!((both.time_floor, both.trust_revision), (Some(5), Some(6)));
        assert!(both.check().is_ok());
        let twice = noted(1, "one").and(noted(1, "two"));
        assert!(matches!(twice.check(), Err(VaultError::Duplicate { .. })));
        let all = (0..8).fold(Change::new(), |all, n| all.and(noted(n, "")));
        assert!(all.check().is_ok());
        let beyond = Change::new().and(noted(9, "1"));
        let all = (0..7).fold(beyond, |all, n| all.and(noted(n, "")));
        assert!(matches!(all.check(), Err(VaultError::TooLarge { .. })));
    }

    #[test]
    fn a_change_of_the_root_alone_is_not_empty() {
        assert!(Change::new().is_empty());
        assert!(Change::new().within("a".to_owned(), 1).is_empty());
        assert!(Change::new().at_most("a".to_owned(), 1).is_empty());
        assert!(Change::new().while_is(name(1), None).is_empty());
        for change in [
            Change::new().noted(Some(String::new())),
            Change::new().trust_revision(0),
            Change::new().time_floor(0),
            Change::new().mark(name(1)),
        ] {
            assert!(!change.is_empty());
        }
    }
}
