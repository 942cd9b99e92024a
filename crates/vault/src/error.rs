//! What can go wrong with the vault.

use std::{fmt, sync::Arc};

use aecs_store::{Error as StoreError, pages::PageId};

use crate::{
    change::{self, Measure},
    farewell::{Moved, place},
    history::Epoch,
    name::Name,
};

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
    /// A change, or one of its records, beyond the limits of one commit.
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
    /// A change after which the records of a folder would be more than it allows.
    #[error("the {of} of {folder} would be {found}, at most {limit} are allowed")]
    OverLimit {
        /// The beginning of their names.
        folder: String,
        /// What has the limit.
        of: Measure,
        /// How many there would be.
        found: u64,
        /// How many there may be.
        limit: u64,
    },
    /// A change that was decided by a record which has changed since.
    #[error("the change was decided by a record that has changed since: {name}")]
    Unfounded {
        /// The first such record of the change.
        name: Name,
    },
    /// A change of the time floor that somebody else has changed meanwhile.
    #[error("the time floor was changed by somebody else")]
    OtherFloor,
    /// A text that cannot be the name of a record.
    #[error("invalid record name")]
    InvalidName(#[source] StoreError),
    /// What the store has is not what the vault wrote.
    #[error("{place} {}: {what}", .what.verb())]
    Tampered {
        /// What cannot be read.
        place: Place,
        /// What was found.
        what: Tampering,
    },
    /// The store failed during a commit, and nobody knows whether the change was made or will be. It
    /// is decided by the next commit.
    #[error("the outcome of a change is not known yet")]
    Unsettled(#[source] StoreError),
    /// The store failed; nothing was changed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The records have moved to another store.
    #[error("the records have moved to {} (epoch {})", .0.place(), .0.epoch())]
    Moved(Arc<Moved>),
    /// Records are moving to this store, and have not arrived.
    #[error("records are to move to this store, and have not arrived: they are in {}", place(.from))]
    Arriving {
        /// The URL of the store that has them.
        from: String,
    },
    /// Records are being imported into this store, or an import was cut off.
    #[error("an import of records into this store has not ended: repeat it, which begins again")]
    Importing,
    /// The store that records are to move to failed.
    #[error("the store that the records are to move to cannot be used")]
    Target(#[source] StoreError),
    /// What was copied cannot be read in the store that records are to move to.
    #[error("the copy of {place} cannot be read: {what}")]
    BadCopy {
        /// What cannot be read.
        place: Place,
        /// What was found.
        what: Tampering,
    },
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

/// What of a vault cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// One record. Others may be affected, too: those on the same page.
    Record(Name),
    /// Records whose names begin with this text, at least one of them.
    Under(String),
    /// Records whose names are not less than `from`, and less than `until`.
    Between {
        /// The first name, or less.
        from: String,
        /// Greater than the last name; `None`: there is no end.
        until: Option<String>,
    },
    /// The list of pages that are to be removed. No record is affected.
    Garbage,
    /// The points of the history before the last ones. No record is affected.
    History,
    /// The root record, and so all records.
    Root,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(name) => write!(f, "record {name}"),
            Self::Under(prefix) => write!(f, "a record under {prefix:?}"),
            Self::Between { from, until: Some(until) } => {
                write!(f, "the page of records from {from:?} to {until:?}")
            }
            Self::Between { from, until: None } => {
                write!(f, "the page of records from {from:?} on")
            }
            Self::Garbage => f.write_str("a list of removed pages"),
            Self::History => f.write_str("the history of the vault"),
            Self::Root => f.write_str("the root record"),
        }
    }
}

/// What does not add up about stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Tampering {
    /// It, or a page on the way to it, is gone.
    #[error("it, or a page on the way to it, is missing")]
    Missing,
    /// The store itself says that it is damaged.
    #[error("the store says that it is damaged")]
    Unreadable,
    /// The disk does not read it; what is there may be right.
    #[error("the disk does not read it")]
    Disk,
    /// It cannot be what it should be.
    #[error("it does not have the form that it should have")]
    Malformed,
    /// Its seal does not fit its place, its content, this deployment or the key.
    #[error("its seal does not open")]
    Seal,
    /// The whole store is as it was before.
    #[error(
        "the store was rolled back: it is of epoch {found}, but epoch {known} was there before"
    )]
    RolledBack {
        /// The epoch that the store has now; 0 if it has no root.
        found: Epoch,
        /// The epoch that it had.
        known: Epoch,
    },
    /// The store is of a history that parts from the one that was there before.
    #[error(
        "the store is of another history: a copy of it was changed, which parted at epoch {epoch} \
         or before"
    )]
    OtherHistory {
        /// An epoch at which both differ.
        epoch: Epoch,
    },
}

impl Tampering {
    /// What has become of the place.
    fn verb(self) -> &'static str {
        match self {
            Self::Disk => "cannot be read",
            _ => "was tampered with",
        }
    }
}

/// Why a page cannot be read. Who needs the page makes a [`VaultError`] of it, which names the record.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The page is not there, or is not what was written.
    Damaged(PageId, Tampering),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
