//! The memory of requests that were received, so that none is obeyed twice.
//!
//! Invariant: a request of protocol 2.1 is remembered for as long as its issue time makes it
//! acceptable. This process remembers every one. What changes the store is remembered there as
//! well, in the same commit as the change, and so outlives a restart; a read need not, because its
//! answer, sealed to the caller's key, is of no use to whoever replays it.
//!
//! Administrators' requests of protocol 2.0 have no issue time and do not bind the function
//! they call: a recorded list could come back as a destroy. They are remembered for good.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{
    error::{Error, ErrorCode, Kind},
    keys,
    vault::Name,
};

/// Requests of protocol 2.0 never become too old.
const NEVER: i64 = i64::MAX;

/// How many requests a process remembers. When full, those that expire first make room: what must
/// not happen twice is in the store as well.
const CAPACITY: usize = 1 << 20;

/// What identifies a request, and until when it could be replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RequestId {
    expires_ms: i64,
    digest: [u8; 32],
}

impl RequestId {
    /// A request that was issued at a time of its own.
    ///
    /// # Errors
    /// `A20A` when that time is further than `freshness` from `now_ms`, in either direction.
    pub(crate) fn fresh(
        digest: [u8; 32],
        issued_at_ms: i64,
        now_ms: i64,
        freshness: Duration,
    ) -> Result<Self, Error> {
        let window = i64::try_from(freshness.as_millis()).unwrap_or(i64::MAX);
        let age = now_ms.saturating_sub(issued_at_ms);
        if age > window || age < -window {
            let (seconds, relation) =
                (age.unsigned_abs() / 1000, if age > 0 { "ago" } else { "ahead" });
            return Err(Error::new(
                ErrorCode::RequestStale,
                Kind::Unauthenticated,
                format!(
                    "the request was issued {seconds} s {relation} by this server's clock, {} s are \
                     allowed: the clock of the caller or of the server is wrong by that",
                    freshness.as_secs()
                ),
            ));
        }
        Ok(Self { expires_ms: issued_at_ms.saturating_add(window), digest })
    }

    /// Refuses a request that is too old by the time of `now_ms`, which may be later than the one
    /// it was received at: opening the store may show that the host's clock is behind.
    pub(crate) fn check_age(self, now_ms: i64) -> Result<(), Error> {
        if self.expires_ms >= now_ms {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::RequestStale,
            Kind::Unauthenticated,
            "the request was issued too long ago by the time that was signed for this server",
        ))
    }

    /// A request that could be replayed for ever.
    pub(crate) fn forever(digest: [u8; 32]) -> Self {
        Self { expires_ms: NEVER, digest }
    }

    /// The name under which it is remembered in the store.
    pub(crate) fn name(&self) -> Result<Name, Error> {
        keys::replay(self.expires_ms, &self.digest)
    }

    pub(crate) fn replayed() -> Error {
        Error::new(
            ErrorCode::RequestReplayed,
            Kind::Unauthenticated,
            "this very request was received before; issue a new one",
        )
    }
}

/// What this process has received.
#[derive(Default)]
pub(crate) struct ReplayMemory {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    digests: HashSet<[u8; 32]>,
    by_expiry: BTreeSet<RequestId>,
}

impl ReplayMemory {
    /// Remembers `id`, once.
    ///
    /// # Errors
    /// `A20B` when it is remembered already.
    pub(crate) fn remember(&self, id: RequestId, now_ms: i64) -> Result<(), Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(first) = seen.by_expiry.first().copied() {
            if first.expires_ms >= now_ms && seen.by_expiry.len() < CAPACITY {
                break;
            }
            seen.by_expiry.remove(&first);
            seen.digests.remove(&first.digest);
        }
        if !seen.digests.insert(id.digest) {
            return Err(RequestId::replayed());
        }
        seen.by_expiry.insert(id);
        Ok(())
    }
}

/// The time until which the request remembered under `name` could be replayed, if it is one.
pub(crate) fn expiry(name: &Name) -> Option<i64> {
    let rest = name.as_str().strip_prefix(keys::REPLAY)?;
    let (expiry, _digest) = rest.split_once('/')?;
    i64::from_str_radix(expiry, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: Duration = Duration::from_secs(300);

    #[test]
    fn accepts_once_within_the_window() {
        let memory = ReplayMemory::default();
        let id = RequestId::fresh([1; 32], 1_000_000, 1_000_500, FRESH).unwrap();
        memory.remember(id, 1_000_500).unwrap();
        let error = memory.remember(id, 1_000_600).unwrap_err();
        assert_eq!(error.code(), ErrorCode::RequestReplayed);
    }

    #[test]
    fn refuses_the_past_and_the_future() {
        for issued in [1_000_000 - 300_001, 1_000_000 + 300_001] {
            let error = RequestId::fresh([1; 32], issued, 1_000_000, FRESH).unwrap_err();
            assert_eq!(error.code(), ErrorCode::RequestStale);
        }
        for issued in [i64::MIN, i64::MAX] {
            assert!(RequestId::fresh([1; 32], issued, 1_000_000, FRESH).is_err());
        }
    }

    #[test]
    fn remembers_until_the_request_is_stale_and_not_longer() {
        let memory = ReplayMemory::default();
        // Issued at the far end of the window, so acceptable for twice as long.
        let id = RequestId::fresh([1; 32], 1_300_000, 1_000_000, FRESH).unwrap();
        memory.remember(id, 1_000_000).unwrap();
        assert!(memory.remember(id, 1_600_000).is_err());
        assert!(RequestId::fresh([1; 32], 1_300_000, 1_600_001, FRESH).is_err());
        memory.remember(RequestId::forever([2; 32]), 1_600_001).unwrap();
        assert_eq!(memory.seen.lock().unwrap().digests.len(), 1);
    }
}
