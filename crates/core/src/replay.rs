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

/// How many requests of administrators, and how many of applications, a process remembers at most:
/// 14,000 a second for ten minutes, in about 300 MiB. One that is not remembered could come again,
/// so further ones are refused until there is room.
const CAPACITY: usize = 1 << 23;

/// For how long requests are taken into one set, in milliseconds.
const SET_MS: i64 = 60_000;

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

    /// What tells it apart in memory: nobody finds two requests with the same.
    fn half(&self) -> [u8; 16] {
        let mut half = [0; 16];
        half.iter_mut().zip(self.0).for_each(|(to, from)| *to = from);
        half
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
    capacity: usize,
    /// In the order of receipt.
    sets: Mutex<VecDeque<Received>>,
}

/// The requests of a time, by half of their digest: they are forgotten together.
struct Received {
    first_ms: i64,
    last_ms: i64,
    digests: HashSet<[u8; 16]>,
}

impl Seen {
    fn new(freshness: Duration) -> Self {
        let keep_ms = i64::try_from(freshness.saturating_mul(2).as_millis()).unwrap_or(i64::MAX);
        Self { keep_ms, capacity: CAPACITY, sets: Mutex::default() }
    }

    fn remember(&self, id: &RequestId, now_ms: i64) -> Result<(), Error> {
        let digest = id.half();
        let mut sets = self.sets.lock();
        let passed = |since_ms: i64| now_ms.saturating_sub(since_ms);
        while sets.front().is_some_and(|set| passed(set.last_ms) > self.keep_ms) {
            sets.pop_front();
        }
        if sets.iter().any(|set| set.digests.contains(&digest)) {
            return Err(Cause::Replayed.into());
        }
        if sets.iter().map(|set| set.digests.len()).sum::<usize>() >= self.capacity {
            return Err(Cause::Busy { doing: "remembering requests" }.into());
        }
        if sets.back().is_none_or(|set| passed(set.first_ms) >= SET_MS) {
            let digests = HashSet::new();
            sets.push_back(Received { first_ms: now_ms, last_ms: now_ms, digests });
        }
        if let Some(set) = sets.back_mut() {
            set.last_ms = set.last_ms.max(now_ms);
            set.digests.insert(digest);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorCode, Kind};

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
        assert_eq!(memory.administrators.sets.lock().len(), 1);
        memory.remember(Caller::AecsAdmin, &one, 601_001).unwrap();
    }

    fn numbered(number: u32) -> RequestId {
        RequestId::new(aecs_crypto::sha256(&number.to_be_bytes()))
    }

    #[test]
    fn every_request_is_remembered_for_its_time_whatever_came_after_it() {
        let seen = Seen::new(FRESH);
        let at = |number: u32| i64::from(number) * 700;
        for number in 0..1000 {
            seen.remember(&numbered(number), at(number)).unwrap();
        }
        let now_ms = at(999);
        for number in (0..1000).filter(|number| now_ms - at(*number) <= 600_000) {
            let error = seen.remember(&numbered(number), now_ms).unwrap_err();
            assert_eq!(error.code(), ErrorCode::RequestReplayed, "{number}");
        }
        assert!(seen.sets.lock().len() <= 12, "a set a minute");
    }

    #[test]
    fn a_full_memory_refuses_and_forgets_nothing() {
        let seen = Seen { capacity: 3, ..Seen::new(FRESH) };
        for number in 0..3 {
            seen.remember(&numbered(number), 0).unwrap();
        }
        let error = seen.remember(&numbered(3), 600_000).unwrap_err();
        assert_eq!((error.code(), error.kind()), (ErrorCode::Generic, Kind::ResourceExhausted));
        for number in 0..3 {
            let error = seen.remember(&numbered(number), 600_000).unwrap_err();
            assert_eq!(error.code(), ErrorCode::RequestReplayed);
        }
        seen.remember(&numbered(3), 600_001).unwrap();
    }

    /// The monotonic clock of a host that lies also about that.
    #[test]
    fn a_clock_that_goes_back_forgets_nothing() {
        let seen = Seen::new(FRESH);
        seen.remember(&numbered(1), 1_000_000).unwrap();
        seen.remember(&numbered(2), 0).unwrap();
        for number in [1, 2] {
            assert!(seen.remember(&numbered(number), 1_600_000).is_err(), "{number}");
        }
    }
}
