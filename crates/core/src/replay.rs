//! The memory of requests that were received, so that none is obeyed twice.
//!
//! Invariant: this process remembers every request of protocol 2.1 for longer than its issue time
//! makes it acceptable: twice the window of freshness after it came, by a clock that the host
//! cannot set. No other process obeys it, for it names this one
//! ([`bound`](crate::dispatch::bound)).
//!
//! Requests of protocol 2.0 name no process and have no issue time, and those of administrators do
//! not bind the function they call: a recorded list could come back as a destroy. They are
//! remembered in the store for good.

use aecs_crypto::{KeyHash, Transcript};
use aecs_proto::Caller;
use parking_lot::Mutex;
use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use crate::{
    error::{Cause, Error, Hint},
    keys,
    vault::Name,
};

/// How many requests of administrators, and how many of applications, a process remembers. When
/// full, the first that came make room: what changed something is in the store as an act.
const CAPACITY: usize = 1 << 19;

/// What identifies a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId([u8; 32]);

impl RequestId {
    /// The request of that digest.
    pub(crate) fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The request of protocol 2.1 with that nonce.
    pub(crate) fn of_nonce(caller: Caller, key: KeyHash, nonce: &[u8]) -> Self {
        let digest = Transcript::new("AECS-2.1 request id")
            .field(caller.as_str().as_bytes())
            .field(key.as_bytes())
            .field(nonce)
            .sha256();
        Self(digest)
    }

    /// The name under which it is remembered in the store.
    pub(crate) fn name(&self) -> Result<Name, Error> {
        keys::replay(&self.0)
    }

    /// What names it in the audit log.
    pub(crate) fn short(self) -> String {
        let mut text = hex::encode(self.0);
        text.truncate(32);
        text
    }
}

/// Refuses a request that was issued further than `freshness` from `now_ms`, in either direction.
/// `doubts` says what is wrong with the host's clock.
///
/// # Errors
/// `A20A`.
pub(crate) fn check_age(
    issued_at_ms: i64,
    now_ms: i64,
    freshness: Duration,
    doubts: impl FnOnce() -> Option<String>,
) -> Result<(), Error> {
    let window = i64::try_from(freshness.as_millis()).unwrap_or(i64::MAX);
    let age = now_ms.saturating_sub(issued_at_ms);
    if (-window..=window).contains(&age) {
        return Ok(());
    }
    let stale = Cause::Stale {
        age_s: age.unsigned_abs() / 1000,
        relation: if age > 0 { "behind" } else { "ahead of" },
        allowed_s: freshness.as_secs(),
        doubts: Hint(doubts()),
    };
    Err(stale.into())
}

/// What this process has received. Applications cannot push out what administrators sent.
pub(crate) struct ReplayMemory {
    administrators: Seen,
    applications: Seen,
}

impl ReplayMemory {
    /// An empty memory for requests that are acceptable for `freshness` around their issue time.
    pub(crate) fn new(freshness: Duration) -> Self {
        Self { administrators: Seen::new(freshness), applications: Seen::new(freshness) }
    }

    /// Remembers `id`, once. `steady_ms` is a clock that the host cannot set.
    ///
    /// # Errors
    /// `A20B` when it is remembered already.
    pub(crate) fn remember(
        &self,
        caller: Caller,
        id: &RequestId,
        steady_ms: i64,
    ) -> Result<(), Error> {
        match caller {
            Caller::TrustedApplication => self.applications.remember(id, steady_ms),
            _ => self.administrators.remember(id, steady_ms),
        }
    }
}

struct Seen {
    keep_ms: i64,
    received: Mutex<Received>,
}

#[derive(Default)]
struct Received {
    digests: HashSet<[u8; 32]>,
    /// In the order of receipt.
    order: VecDeque<(i64, [u8; 32])>,
}

impl Seen {
    fn new(freshness: Duration) -> Self {
        let keep_ms = freshness.saturating_mul(2).as_millis();
        Self { keep_ms: i64::try_from(keep_ms).unwrap_or(i64::MAX), received: Mutex::default() }
    }

    fn remember(&self, id: &RequestId, now_ms: i64) -> Result<(), Error> {
        let mut received = self.received.lock();
        while let Some((at, digest)) = received.order.front().copied() {
            if now_ms.saturating_sub(at) <= self.keep_ms && received.order.len() < CAPACITY {
                break;
            }
            received.order.pop_front();
            received.digests.remove(&digest);
        }
        if !received.digests.insert(id.0) {
            return Err(Cause::Replayed.into());
        }
        received.order.push_back((now_ms, id.0));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    const FRESH: Duration = Duration::from_secs(300);

    #[test]
    fn refuses_the_past_and_the_future() {
        for issued in [1_000_000 - 300_001, 1_000_000 + 300_001, i64::MIN, i64::MAX] {
            let error = check_age(issued, 1_000_000, FRESH, || None).unwrap_err();
            assert_eq!(error.code(), ErrorCode::RequestStale);
        }
        for issued in [1_000_000 - 300_000, 1_000_000 + 300_000] {
            check_age(issued, 1_000_000, FRESH, || None).unwrap();
        }
        for (issued, told) in
            [(600_000, "time is 400 s behind this"), (1_400_000, "time is 400 s ahead of this")]
        {
            let error = check_age(issued, 1_000_000, FRESH, || Some("doubt".into())).unwrap_err();
            assert!(error.message().contains(told), "{error}");
            assert!(error.message().ends_with("is wrong; doubt"), "{error}");
        }
    }

    #[test]
    fn remembers_for_twice_the_window_after_receipt_and_not_longer() {
        let memory = ReplayMemory::new(FRESH);
        let (one, other) = (RequestId::new([1; 32]), RequestId::new([2; 32]));
        memory.remember(Caller::AecsAdmin, &one, 1_000).unwrap();
        memory.remember(Caller::TrustedApplication, &one, 1_000).unwrap();
        let error = memory.remember(Caller::AecsAdmin, &one, 601_000).unwrap_err();
        assert_eq!(error.code(), ErrorCode::RequestReplayed);
        memory.remember(Caller::AecsAdmin, &other, 601_001).unwrap();
        assert_eq!(memory.administrators.received.lock().digests.len(), 1);
        memory.remember(Caller::AecsAdmin, &one, 601_001).unwrap();
    }
}
