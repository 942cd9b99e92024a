//! Errors of a store.

use std::{path::PathBuf, sync::Arc};

use crate::{
    KeyProblem,
    pages::{CommitProblem, Register},
};

/// The result of an operation on a store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The private error of a back-end in an [`Error`]. It is shared, because one failure may answer
/// many waiting commits.
pub type ErrorSource = Arc<dyn std::error::Error + Send + Sync>;

/// Why an operation on a store failed.
///
/// After [`Unavailable`](Self::Unavailable) a write may have been applied; after every other error
/// it was not.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name is not a valid key.
    #[error("invalid key: {problem}")]
    InvalidKey {
        /// The rule that it breaks.
        problem: KeyProblem,
    },
    /// A name is not one of a register.
    #[error("invalid register: must be 1 to 600 bytes of a-z 0-9 . _ / -, got {name:?}")]
    InvalidRegister {
        /// The name.
        name: String,
    },
    /// A commit breaks a rule of commits. Nothing was applied.
    #[error("invalid commit of {register}: {problem}")]
    InvalidCommit {
        /// The register whose value it swaps.
        register: Register,
        /// The rule that it breaks.
        problem: CommitProblem,
    },
    /// The limit of a listing is 0.
    #[error("invalid limit: must be at least 1, got 0")]
    InvalidLimit,
    /// A URL cannot be used. The problem never has the user's password.
    #[error("invalid store URL: {problem}")]
    InvalidUrl {
        /// What is wrong with it.
        problem: String,
    },
    /// The engine refuses to be used: only the operator can change that.
    #[error("the store cannot be used: {what}")]
    Refused {
        /// What it says, and what to do.
        what: String,
    },
    /// There can be no store at the configured path. Only the operator can change that.
    #[error("cannot open or create a store at {path}: {problem}", path = path.display())]
    InvalidLocation {
        /// The configured path.
        path: PathBuf,
        /// What is wrong with the path.
        problem: &'static str,
        /// The error of the operating system, if there is one.
        #[source]
        source: Option<ErrorSource>,
    },
    /// A store exists at the path of a new one.
    #[error("a store already exists: {path}", path = path.display())]
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
    /// The store has the form of an earlier version.
    #[error(
        "the store was made by an earlier version, and there is no migration before the first \
         release: move it away to begin with an empty one, and create the services and secrets again"
    )]
    EarlierForm,
    /// The stored data is not what this crate wrote.
    #[error("store is corrupt: {what}")]
    Corrupt {
        /// What was found.
        what: String,
        /// The error of the back-end, if there is one.
        #[source]
        source: Option<ErrorSource>,
    },
    /// The store can be read, but currently not written: its disk is full or mounted read-only, or
    /// its file was moved or removed. Nothing was applied.
    #[error("the store cannot be written: {reason}")]
    NotWritable {
        /// Why it cannot be written.
        reason: String,
    },
    /// The disk lost written data, and the store cannot continue with what is left.
    #[error("the disk failed to keep what was written to {path}: {problem}", path = path.display())]
    DiskFailed {
        /// Where the store is.
        path: PathBuf,
        /// What the store tried then, and why that failed as well.
        problem: String,
    },
    /// The disk does not read a part of the store's file. The call needs that part; others may not.
    /// Nothing was applied.
    #[error("the disk cannot read {path} at byte {at} ({len} bytes)", path = path.display())]
    Unreadable {
        /// Where the store is.
        path: PathBuf,
        /// Where the part begins, in bytes.
        at: u64,
        /// How many bytes were asked for.
        len: usize,
        /// What the operating system said.
        #[source]
        source: ErrorSource,
    },
    /// The store could not be reached or did not finish. A write may have been applied.
    #[error("store is unavailable: {what}")]
    Unavailable {
        /// What the store tried.
        what: String,
        /// The error of the back-end, if there is one.
        #[source]
        source: Option<ErrorSource>,
    },
}

impl Error {
    /// [`Error::Corrupt`] found by this crate.
    pub fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into(), source: None }
    }

    /// [`Error::Corrupt`] found by the engine of a back-end.
    pub fn corrupt_from(
        what: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Corrupt { what: what.into(), source: Some(Arc::new(source)) }
    }

    /// [`Error::Unavailable`] without an error of the back-end.
    pub fn unavailable(what: impl Into<String>) -> Self {
        Self::Unavailable { what: what.into(), source: None }
    }

    /// [`Error::Unavailable`] with the error of the back-end.
    pub fn unavailable_from(
        what: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Unavailable { what: what.into(), source: Some(Arc::new(source)) }
    }
}
