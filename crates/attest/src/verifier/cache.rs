//! Verified reports, remembered for a while.
//!
//! Only what held is remembered, and never longer than it would hold again. When full, the oldest
//! is forgotten: attesters that make new reports all the time cannot make it grow.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::attributes::Attributes;
use crate::verified::Verified;

type Digest = [u8; 32];

pub(super) struct Cache {
    entries: Mutex<Entries>,
    capacity: usize,
    max_age: Duration,
}

/// `order` has each key of `by_digest` once, oldest first.
#[derive(Default)]
struct Entries {
    by_digest: HashMap<Digest, Verified<Attributes>>,
    order: VecDeque<Digest>,
}

impl Cache {
    pub(super) fn new(capacity: usize, max_age: Duration) -> Self {
        Self { entries: Mutex::default(), capacity, max_age }
    }

    /// The earlier verification, if it stands for one at `now`. A clock that went back makes it
    /// void: what is valid now may not have been valid then.
    pub(super) fn get(&self, digest: &Digest, now: SystemTime) -> Option<Verified<Attributes>> {
        let entries = self.lock();
        let verified = entries.by_digest.get(digest)?;
        let age = now.duration_since(verified.verified_at()).ok()?;
        (age < self.max_age && now <= verified.valid_until()).then(|| verified.clone())
    }

    pub(super) fn put(&self, digest: Digest, verified: &Verified<Attributes>) {
        if self.capacity == 0 {
            return;
        }
        let mut entries = self.lock();
        if entries.by_digest.insert(digest, verified.clone()).is_some() {
            return;
        }
        entries.order.push_back(digest);
        while entries.order.len() > self.capacity {
            if let Some(oldest) = entries.order.pop_front() {
                entries.by_digest.remove(&oldest);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Both collections are consistent between any two statements that could panic.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
