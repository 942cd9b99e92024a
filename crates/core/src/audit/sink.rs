//! Where the core leaves what it records.

use std::sync::Arc;

use aecs_crypto::audit::{AuditKey, Head, LOG_ID_BYTES};

use super::entry::AuditEntry;

/// Where audit entries go. Implementations append to a hash chain, of which they know the head, and
/// sign the head; see [`aecs_crypto::audit`].
pub trait AuditSink: Send + Sync {
    /// What tells this log from all others of the deployment: random bytes that stay with its files.
    fn id(&self) -> [u8; LOG_ID_BYTES];

    /// Signs with `key` from now on.
    fn sign_with(&self, key: Arc<AuditKey>);

    /// Makes sure that there is room for that many more entries.
    ///
    /// # Errors
    /// There is none, or the log cannot be written to.
    fn reserve(&self, room: Room, entries: usize) -> Result<(), AuditFailure>;

    /// Appends one entry. When this returns, the operating system has it.
    ///
    /// # Errors
    /// The entry was not written. The next one that is tells how many were not.
    fn append(&self, entry: &AuditEntry, room: Room) -> Result<(), AuditFailure>;

    /// The number and the hash of the last entry.
    fn head(&self) -> Head;

    /// Whether the log follows from the entry `known`, and which of `acts` have an entry at or
    /// after it. Reads files.
    ///
    /// # Errors
    /// The log cannot be read.
    fn look_back(&self, known: Head, acts: Vec<AuditEntry>) -> Result<LookBack, AuditFailure>;

    /// Signs the head and brings everything to the disk: for the end of a server.
    ///
    /// # Errors
    /// The disk failed.
    fn sync(&self) -> Result<(), AuditFailure>;

    /// Whether the oldest part of a full log may be removed although nothing else has it. A log
    /// begins with no.
    fn may_drop_oldest(&self, may: bool);

    /// Numbers the next entry after `head`, of which the vault knows and the log does not: numbers
    /// are never given twice.
    fn resume_after(&self, head: Head);
}

/// Which room an entry may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// What is free.
    Free,
    /// Also what is kept free for acts.
    Reserved,
}

/// The part of a log after some entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookBack {
    /// The entry that was asked for is there, and each one after it follows from the one before, up
    /// to the end of the log: what comes before it is pinned, too.
    pub follows: bool,
    /// Those of the acts that have no entry ([`AuditEntry::is_of`]).
    pub unrecorded: Vec<AuditEntry>,
}

/// Why an entry cannot be written: one sentence for the server's log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AuditFailure(pub String);
