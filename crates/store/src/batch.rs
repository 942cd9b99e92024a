//! Batches: operations that are applied together or not at all.

use std::{collections::BTreeSet, fmt};

use crate::{Error, Key, Result, Version};

/// The longest value, in bytes (1 MiB).
///
/// Records of AECS have a few KiB. The limit prevents one record from filling the memory of an
/// enclave, and is below the message limits of networked stores.
pub const MAX_VALUE_LEN: usize = 1 << 20;

/// The most operations in one batch: enough to remove all records of a tenant at once.
pub const MAX_BATCH_OPERATIONS: usize = 4096;

/// The most bytes of values in one batch (16 MiB).
pub const MAX_BATCH_BYTES: usize = 16 << 20;

/// The precondition of a put: which value it may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutMode {
    /// The key must not exist; otherwise the error is [`Error::AlreadyExists`].
    Create,
    /// The key may exist or not; a value is replaced.
    Overwrite,
    /// The key must have this version; otherwise the error is [`Error::NotFound`] or
    /// [`Error::Conflict`].
    Update(Version),
}

/// One operation of a [`Batch`].
#[derive(Clone, PartialEq, Eq)]
pub enum Operation {
    /// Writes a value under a new version.
    Put {
        /// Key to write.
        key: Key,
        /// Value to write, at most [`MAX_VALUE_LEN`](crate::MAX_VALUE_LEN) bytes.
        value: Vec<u8>,
        /// Whether the key must, may or must not exist.
        mode: PutMode,
    },
    /// Removes a key, which must exist; otherwise the error is [`Error::NotFound`].
    Delete {
        /// Key to remove.
        key: Key,
        /// The version that it must have, if given; otherwise the error is [`Error::Conflict`].
        expected: Option<Version>,
    },
}

impl Operation {
    /// Its key.
    pub fn key(&self) -> &Key {
        match self {
            Self::Put { key, .. } | Self::Delete { key, .. } => key,
        }
    }

    /// Checks the precondition against the current version of the key (`None`: the key does not
    /// exist).
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`], [`Error::NotFound`] or [`Error::Conflict`], naming the key.
    pub fn check(&self, current: Option<Version>) -> Result<()> {
        let (key, expected) = match self {
            Self::Put { mode: PutMode::Overwrite, .. } => return Ok(()),
            Self::Put { key, mode: PutMode::Create, .. } => {
                return match current {
                    None => Ok(()),
                    Some(_) => Err(Error::AlreadyExists { key: key.clone() }),
                };
            }
            Self::Put { key, mode: PutMode::Update(expected), .. } => (key, Some(*expected)),
            Self::Delete { key, expected } => (key, *expected),
        };
        match (expected, current) {
            (_, None) => Err(Error::NotFound { key: key.clone() }),
            (Some(expected), Some(actual)) if expected != actual => {
                Err(Error::Conflict { key: key.clone(), expected, actual })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn value_len(&self) -> usize {
        match self {
            Self::Put { value, .. } => value.len(),
            Self::Delete { .. } => 0,
        }
    }
}

/// Shows only the length of a value: it may be confidential.
impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { key, value, mode } => f
                .debug_struct("Put")
                .field("key", key)
                .field("value_len", &value.len())
                .field("mode", mode)
                .finish(),
            Self::Delete { key, expected } => {
                f.debug_struct("Delete").field("key", key).field("expected", expected).finish()
            }
        }
    }
}

/// Operations on different keys that are applied together or not at all.
///
/// ```
/// use aecs_store::{Batch, Key, PutMode};
///
/// # fn main() -> Result<(), aecs_store::Error> {
/// let batch = Batch::new()
///     .put(Key::new("a/new")?, b"value".to_vec(), PutMode::Create)
///     .delete(Key::new("a/old")?, None);
/// assert_eq!(batch.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    operations: Vec<Operation>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a put.
    #[must_use]
    pub fn put(mut self, key: Key, value: Vec<u8>, mode: PutMode) -> Self {
        self.operations.push(Operation::Put { key, value, mode });
        self
    }

    /// Adds a delete: of the given version, or of any version.
    #[must_use]
    pub fn delete(mut self, key: Key, expected: Option<Version>) -> Self {
        self.operations.push(Operation::Delete { key, expected });
        self
    }

    /// The number of operations.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// True if it has no operation.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The operations in order, for a back-end. It is the only access to them, so every back-end
    /// checks the rules for batches.
    ///
    /// # Errors
    ///
    /// [`Error::BatchTooLarge`], [`Error::TooLarge`] or [`Error::DuplicateKey`].
    pub fn into_operations(self) -> Result<Vec<Operation>> {
        let bytes = self.operations.iter().map(Operation::value_len).sum();
        if self.operations.len() > MAX_BATCH_OPERATIONS || bytes > MAX_BATCH_BYTES {
            return Err(Error::BatchTooLarge { operations: self.operations.len(), bytes });
        }
        let mut seen = BTreeSet::new();
        for operation in &self.operations {
            let key = operation.key();
            if operation.value_len() > MAX_VALUE_LEN {
                return Err(Error::TooLarge { key: key.clone(), len: operation.value_len() });
            }
            if !seen.insert(key) {
                return Err(Error::DuplicateKey { key: key.clone() });
            }
        }
        Ok(self.operations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key::new(name).unwrap()
    }

    #[test]
    fn the_value_limit_is_exact() {
        let put = |len| Batch::new().put(key("k"), vec![0; len], PutMode::Create).into_operations();
        assert!(put(MAX_VALUE_LEN).is_ok());
        assert!(
            matches!(put(MAX_VALUE_LEN + 1), Err(Error::TooLarge { len, .. }) if len == MAX_VALUE_LEN + 1)
        );
    }

    #[test]
    fn the_batch_limits_are_exact() {
        let many = |count: usize, len: usize| {
            (0..count)
                .fold(Batch::new(), |batch, n| {
                    batch.put(key(&format!("k{n}")), vec![0; len], PutMode::Create)
                })
                .into_operations()
        };
        assert!(many(MAX_BATCH_OPERATIONS, 1).is_ok());
        assert!(matches!(many(MAX_BATCH_OPERATIONS + 1, 1), Err(Error::BatchTooLarge { .. })));
        assert!(many(16, MAX_VALUE_LEN).is_ok());
        assert!(matches!(many(17, MAX_VALUE_LEN), Err(Error::BatchTooLarge { .. })));
    }

    #[test]
    fn one_key_appears_once() {
        let batch = Batch::new().put(key("k"), vec![], PutMode::Overwrite).delete(key("k"), None);
        assert!(
            matches!(batch.into_operations(), Err(Error::DuplicateKey { key }) if key.as_str() == "k")
        );
    }

    #[test]
    fn debug_does_not_show_values() {
        let batch = Batch::new().put(key("k"), b"hunter2".to_vec(), PutMode::Create);
        let shown = format!("{batch:?}");
        assert!(shown.contains("value_len: 7") && !shown.contains("104"), "{shown}");
    }
}
