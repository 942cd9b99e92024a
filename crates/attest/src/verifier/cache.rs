//! Verified reports, remembered for a while.
//!
//! Only what held is remembered, and never longer than it would hold again. What is remembered has
//! a limit in bytes. When full, the machine with most reports loses the one that was not presented
//! for the longest time: attesters that make new reports all the time can neither make it grow nor
//! push out those of others.

use std::time::{Duration, SystemTime};

use crate::attributes::Attributes;
use crate::shares::Shares;
use crate::verified::Verified;

type Digest = [u8; 32];

pub(super) struct Cache {
    /// By the report's digest.
    entries: Shares<Digest, Verified<Attributes>>,
    max_age: Duration,
}

impl Cache {
    /// A cache of at most this number of bytes.
    pub(super) fn new(bytes: usize, max_age: Duration) -> Self {
        Self { entries: Shares::new(bytes), max_age }
    }

    /// The earlier verification, if it still holds at `now`. A clock that went back makes it
    /// void: what is valid now may not have been valid then.
    pub(super) fn get(&self, digest: &Digest, now: SystemTime) -> Option<Verified<Attributes>> {
        self.entries.with(digest, |verified| {
            let age = now.duration_since(verified.verified_at()).ok()?;
            (age < self.max_age && now <= verified.valid_until()).then(|| verified.clone())
        })
    }

    /// Remembers a verification; `nested` is the size of the report's nested results.
    pub(super) fn put(&self, digest: Digest, verified: &Verified<Attributes>, nested: usize) {
        self.entries.put(digest, verified.clone(), verified, nested);
    }
}
