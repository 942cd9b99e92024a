//! What can go wrong with the vault.

use aecs_store::Key;

use super::{Epoch, Name, change};

/// Why the vault refused or failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// A create of a record that exists.
    #[error("record already exists: {name}")]
    Exists {
        /// The first such record of the change.
        name: Name,
    },
    /// A replace or a remove of a record that does not exist.
    #[error("no such record: {name}")]
    Missing {
        /// The first such record of the change.
        name: Name,
    },
    /// A replace or a remove of a record that is no longer of the expected epoch.
    #[error("record has changed: {name}")]
    Conflict {
        /// The first such record of the change.
        name: Name,
    },
    /// Two operations of one change on the same record.
    #[error("two operations in one change on {name}")]
    Duplicate {
        /// The record.
        name: Name,
    },
    /// A change, or one of its records, beyond the limits of one write.
    #[error(
        "change too large: {operations} operations with {bytes} bytes, at most {} and {}, \
         and at most {} in one record",
        change::MAX_CHANGE_OPERATIONS,
        change::MAX_CHANGE_BYTES,
        change::MAX_PLAIN_LEN
    )]
    TooLarge {
        /// How many operations the change has.
        operations: usize,
        /// How many bytes its records have together.
        bytes: usize,
    },
    /// A change after which the records of a folder would have more bytes than it allows.
    #[error("the records of {folder} would have {bytes} bytes, at most {limit} are allowed")]
    OverLimit {
        /// The beginning of their names.
        folder: String,
        /// How many bytes they would have.
        bytes: usize,
        /// How many they may have.
        limit: usize,
    },
    /// A text that cannot be a key of the store.
    #[error("invalid record name")]
    InvalidName(#[source] aecs_store::Error),
    /// A key outside the vault's folders, or the vault's own.
    #[error("not the name of a record: {key}")]
    NotARecord {
        /// The key that was given.
        key: Key,
    },
    /// What the store has is not what the vault wrote.
    #[error("record {name} was tampered with: {what}")]
    Tampered {
        /// The record; the state record if no single one can be named.
        name: Key,
        /// What was found.
        what: Tampering,
    },
    /// Somebody else wrote to the vault's records; the vault must be opened again.
    #[error("somebody else changed the store, found at {name}; the vault must be opened again")]
    Superseded {
        /// The record where it showed.
        name: Key,
    },
    /// The store failed during a write and cannot say yet whether it was made. It is asked again
    /// before anything that depends on the answer.
    #[error("the outcome of a change is not known yet")]
    Unsettled(#[source] aecs_store::Error),
    /// The store failed; nothing was changed.
    #[error("the store failed")]
    Store(#[from] aecs_store::Error),
    /// The cryptographic library failed.
    #[error("sealing failed")]
    Sealing(#[from] aecs_crypto::Error),
    /// The epochs are used up.
    #[error("the epochs are used up")]
    Exhausted,
    /// The runtime of the vault is being shut down.
    #[error("the vault is closed")]
    Closed,
}

/// What does not add up about a stored record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Tampering {
    /// It is gone.
    #[error("it is missing")]
    Missing,
    /// It cannot be a record.
    #[error("it does not have the form of a record")]
    Malformed,
    /// It is another version of the record than the last one.
    #[error("it is of epoch {found}, expected epoch {expected}")]
    WrongEpoch {
        /// What it says of itself.
        found: Epoch,
        /// What was written last.
        expected: Epoch,
    },
    /// It is what another copy of this vault wrote at the same epoch.
    #[error("it is of another history: a copy of these records wrote it at epoch {epoch}")]
    OtherHistory {
        /// The epoch.
        epoch: Epoch,
    },
    /// It is of a later epoch than the state.
    #[error("it is of epoch {found}, after the state's epoch {state}")]
    AfterState {
        /// What it says of itself.
        found: Epoch,
        /// The epoch of the state record.
        state: Epoch,
    },
    /// Its seal does not fit its name, its epoch, its content, this deployment or the key.
    #[error("its seal does not open")]
    Seal,
    /// There are records, but no state record.
    #[error("there are records without a state record")]
    NoState,
    /// Each record is genuine, but together they are not those of the state record.
    #[error(
        "the state does not match the records: at least one was deleted, added, or replaced by \
         another version"
    )]
    Sum,
}
