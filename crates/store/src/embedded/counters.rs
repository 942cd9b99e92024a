//! The counters of the embedded store.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of an [`EmbeddedStore`](crate::EmbeddedStore) since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmbeddedStats {
    /// Calls that were answered, with success or not.
    pub answers: u64,
    /// Commits, each with one fsync; `answers / commits` shows how well group commit works.
    pub commits: u64,
    /// Groups of calls that could not be committed and were answered with an error.
    pub failures: u64,
}

/// The counters behind [`EmbeddedStats`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    answers: AtomicU64,
    commits: AtomicU64,
    failures: AtomicU64,
}

impl Counters {
    pub(super) fn answered(&self, calls: usize) {
        self.answers.fetch_add(u64::try_from(calls).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn committed(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> EmbeddedStats {
        EmbeddedStats {
            answers: self.answers.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }
}
