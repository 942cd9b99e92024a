//! Whether measurements are those that their vendor publishes.

use std::fmt;

/// Whether the measurements of a device were compared with its vendor's reference values, and are the
/// same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceValues {
    /// All that the vendor has values for are the same: by these values.
    Match(String),
    /// Some are others: which.
    Differ(String),
    /// Nobody compared, for this reason.
    NotCompared(String),
}

impl ReferenceValues {
    /// Whether they were compared, and are the same.
    #[must_use]
    pub fn are_matched(&self) -> bool {
        matches!(self, Self::Match(_))
    }
}

impl fmt::Display for ReferenceValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Match(by) => write!(f, "match: {by}"),
            Self::Differ(what) => write!(f, "differ: {what}"),
            Self::NotCompared(why) => write!(f, "not compared: {why}"),
        }
    }
}
