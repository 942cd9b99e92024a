//! What a store returns.

use std::fmt;

use crate::Key;

/// The version of an entry. The store assigns it at every put; it strictly increases over all keys
/// of one store and is never reused. Compare versions, do not compute with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u64);

impl Version {
    /// A version from the number a back-end keeps.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number for a back-end to keep.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A value and the version of the put that wrote it.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The bytes, exactly as given to the put.
    pub value: Vec<u8>,
    /// For [`PutMode::Update`](crate::PutMode::Update) and conditional deletes.
    pub version: Version,
}

/// Shows only the length of the value: it may be confidential.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("value_len", &self.value.len())
            .field("version", &self.version)
            .finish()
    }
}

/// One page of a listing, in key order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries of this page; never empty while `more` is true.
    pub entries: Vec<(Key, Entry)>,
    /// Whether at least one more entry follows the last one of this page.
    pub more: bool,
}
