//! Why an item could not be fetched, and whose fault that is.

use std::sync::Arc;
use std::time::Duration;

/// Why an item could not be fetched. Cheap to clone: everybody who waits for a fetch gets it.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Failure {
    #[error("no service of {0} is configured")]
    NotConfigured(&'static str),
    #[error("{url} does not exist")]
    Absent { url: Arc<str> },
    #[error("{url} answers with status {status}")]
    Status { url: Arc<str>, status: u16 },
    #[error("{url} is not available: status {status}")]
    Busy { url: Arc<str>, status: u16, retry_after: Option<Duration> },
    #[error("{url} answers with a redirect, which is not followed")]
    Redirect { url: Arc<str> },
    #[error("{url} did not answer in time")]
    TimedOut { url: Arc<str> },
    #[error("{url} cannot be reached: {reason}")]
    Unreachable { url: Arc<str>, reason: Arc<str> },
    #[error("{url} answers with more than {limit} bytes")]
    TooLarge { url: Arc<str>, limit: usize },
    #[error("{url} gave an unexpected answer: {reason}")]
    Wrong { url: Arc<str>, reason: Arc<str> },
    #[error("the service returned something other than the requested item: {0}")]
    Refused(Arc<str>),
    #[error("no more requests for {}: {cause}", seconds(*.left))]
    Paused { left: Duration, cause: Arc<Failure> },
    #[error("too many other fetches are under way")]
    Overloaded,
    #[error("too many requests for {0} in the last minute")]
    TooOften(&'static str),
    #[error("the fetch was cancelled")]
    BrokenOff,
}

/// What is left alone for a while after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// The service: nothing is asked of it.
    Service,
    /// The item: the service is fine.
    Item,
    /// Nobody: the request was not made.
    Nobody,
}

impl Failure {
    pub(super) fn blame(&self) -> Blame {
        match self {
            Self::Busy { .. } | Self::TimedOut { .. } | Self::Unreachable { .. } => Blame::Service,
            // An item comes from evidence that nobody has verified. That a service stumbles over
            // one must not cut it off for the others.
            Self::Absent { .. }
            | Self::Status { .. }
            | Self::Redirect { .. }
            | Self::TooLarge { .. }
            | Self::Wrong { .. }
            | Self::Refused(_) => Blame::Item,
            Self::NotConfigured(_)
            | Self::Paused { .. }
            | Self::Overloaded
            | Self::TooOften(_)
            | Self::BrokenOff => Blame::Nobody,
        }
    }
}

fn seconds(left: Duration) -> String {
    format!("{:.1} s", left.as_secs_f64())
}
