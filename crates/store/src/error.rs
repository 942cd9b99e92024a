//! What can go wrong with a store.

use std::{path::PathBuf, sync::Arc};

use crate::{Key, KeyProblem, MAX_BATCH_BYTES, MAX_BATCH_OPERATIONS, MAX_VALUE_LEN, Version};

/// The result of an operation on a store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The private error of a back-end behind an [`Error`]; shared, since one failure may answer many
/// waiting batches.
pub type ErrorSource = Arc<dyn std::error::Error + Send + Sync>;

/// Why an operation on a store failed.
///
/// After [`Unavailable`](Self::Unavailable) a write may have been applied; after every other error
/// it was not.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An update or a delete of a key that does not exist.
    #[error("no such key: {key}")]
    NotFound {
        /// The first such key of the batch.
        key: Key,
    },
    /// A create of a key that exists.
    #[error("key already exists: {key}")]
    AlreadyExists {
        /// The first such key of the batch.
        key: Key,
    },
    /// An update or a conditional delete of a key that has changed since.
    #[error("conflict on {key}: expected version {expected}, found {actual}")]
    Conflict {
        /// The first such key of the batch.
        key: Key,
        /// The version that the caller has seen.
        expected: Version,
        /// The version that is there now.
        actual: Version,
    },
    /// A name that is not a key.
    #[error("invalid key: {problem}")]
    InvalidKey {
        /// The rule that it breaks.
        problem: KeyProblem,
    },
    /// A listing with a limit of 0.
    #[error("invalid limit: a page holds at least one entry")]
    InvalidLimit,
    /// Two operations of one batch on the same key, whose result would depend on their order.
    #[error("two operations in one batch on {key}")]
    DuplicateKey {
        /// The key.
        key: Key,
    },
    /// A value longer than [`MAX_VALUE_LEN`].
    #[error("value of {key} too large: {len} bytes, more than {MAX_VALUE_LEN}")]
    TooLarge {
        /// The key.
        key: Key,
        /// The length of the value in bytes.
        len: usize,
    },
    /// More than [`MAX_BATCH_OPERATIONS`] operations, or values of more than [`MAX_BATCH_BYTES`].
    #[error(
        "batch too large: {operations} operations with {bytes} bytes of values, \
         more than {MAX_BATCH_OPERATIONS} or {MAX_BATCH_BYTES}"
    )]
    BatchTooLarge {
        /// How many operations the batch has.
        operations: usize,
        /// The length of all its values together, in bytes.
        bytes: usize,
    },
    /// The place configured for a store cannot hold one, which only its owner can change.
    #[error("no store can be at {path}: {problem}", path = path.display())]
    InvalidLocation {
        /// The configured path.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
        /// The error of the operating system, if that is what found it.
        #[source]
        source: Option<ErrorSource>,
    },
    /// A store is where a new one was to be made.
    #[error("there is a store already: {path}", path = path.display())]
    Exists {
        /// Where the store is.
        path: PathBuf,
    },
    /// Another process, or another part of this one, has the store open.
    #[error("store is already in use: {path}", path = path.display())]
    InUse {
        /// Where the store is.
        path: PathBuf,
    },
    /// What is stored cannot be what this crate wrote.
    #[error("store is corrupt: {what}")]
    Corrupt {
        /// What was found.
        what: String,
        /// The error of the back-end, if it found it.
        #[source]
        source: Option<ErrorSource>,
    },
    /// The store can be read, but not written now: its disk is full or mounted for reading only, or
    /// its file is no longer where it was. Nothing was applied.
    #[error("the store cannot be written: {reason}")]
    NotWritable {
        /// What is in the way.
        reason: String,
    },
    /// The disk did not keep what was written, and the store cannot go on with what it has.
    #[error("the disk failed to keep what was written to {path}: {problem}", path = path.display())]
    DiskFailed {
        /// Where the store is.
        path: PathBuf,
        /// What was tried then, and why it failed, too.
        problem: String,
    },
    /// The store could not be reached or did not finish. A write may have been applied.
    #[error("store is unavailable: {what}")]
    Unavailable {
        /// What was tried.
        what: String,
        /// The error of the back-end, if there is one.
        #[source]
        source: Option<ErrorSource>,
    },
}

impl Error {
    /// Data that cannot be right, found by this crate itself.
    pub fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into(), source: None }
    }

    /// Data that cannot be right, found by the engine of a back-end.
    pub fn corrupt_from(
        what: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Corrupt { what: what.into(), source: Some(Arc::new(source)) }
    }

    /// A store that does not answer, without an error of its own.
    pub fn unavailable(what: impl Into<String>) -> Self {
        Self::Unavailable { what: what.into(), source: None }
    }

    /// A store that does not answer, with the error of the back-end.
    pub fn unavailable_from(
        what: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Unavailable { what: what.into(), source: Some(Arc::new(source)) }
    }
}
