//! Which services and items are not asked for yet again: exponential back-off with jitter.
//!
//! Invariant: there are never more than a fixed number of pauses, and none is longer than the
//! longest allowed, so neither callers nor services can grow them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::failure::Failure;
use super::vendors::Vendor;
use crate::collateral::CollateralItem;

/// Delays at most; the services' own come on top.
const MAX_PAUSES: usize = 4096;

/// What can be left alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// A service.
    Service(Vendor),
    /// An item that could not be obtained.
    Item(CollateralItem),
    /// An item that was obtained but did not verify.
    Doubt(CollateralItem),
}

struct Pause {
    failures: u32,
    until: Instant,
    cause: Arc<Failure>,
}

/// All pauses.
pub(super) struct Backoff {
    by_key: HashMap<Key, Pause>,
    first: Duration,
    longest: Duration,
}

impl Backoff {
    /// The first pause, and the longest that follows from repeated failure.
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self { by_key: HashMap::new(), first, longest }
    }

    /// Refuses while there is a pause.
    pub(super) fn check(&self, key: &Key, now: Instant) -> Result<(), Failure> {
        match self.by_key.get(key) {
            Some(pause) if now < pause.until => Err(Failure::Paused {
                left: pause.until.duration_since(now),
                cause: Arc::clone(&pause.cause),
            }),
            _ => Ok(()),
        }
    }

    /// Starts a pause: twice as long as the last one, but at least `least` and at most `most`.
    pub(super) fn failed(
        &mut self,
        key: Key,
        cause: Failure,
        least: Duration,
        most: Duration,
        now: Instant,
    ) {
        let longest = self.longest.min(most);
        let earlier = self.by_key.get(&key);
        // What went well for long enough since is not held against it.
        let earlier = earlier.filter(|pause| now < pause.until + self.longest);
        let failures = earlier.map_or(1, |pause| pause.failures.saturating_add(1));
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(failures - 1)).min(longest);
        let until = now + jittered(doubled).max(least).min(most);
        self.make_room(&key);
        self.by_key.insert(key, Pause { failures, until, cause: Arc::new(cause) });
    }

    /// It went well.
    pub(super) fn succeeded(&mut self, key: &Key) {
        self.by_key.remove(key);
    }

    /// Failures in a row, the time that is left and the last failure.
    pub(super) fn describe(&self, key: &Key, now: Instant) -> Option<(u32, Duration, String)> {
        let pause = self.by_key.get(key)?;
        let left = pause.until.saturating_duration_since(now);
        Some((pause.failures, left, pause.cause.to_string()))
    }

    /// Forgets the pause that ends first.
    fn make_room(&mut self, key: &Key) {
        let items = || self.by_key.iter().filter(|(key, _)| !matches!(key, Key::Service(_)));
        if self.by_key.contains_key(key) || items().count() < MAX_PAUSES {
            return;
        }
        let first = items().min_by_key(|(_, pause)| pause.until).map(|(key, _)| key.clone());
        if let Some(first) = first {
            self.by_key.remove(&first);
        }
    }
}

/// Between half the time and the whole, so that those who failed together come again apart.
fn jittered(time: Duration) -> Duration {
    // Without randomness all come at the end, which is allowed too.
    let random = aecs_crypto::random::<4>().map_or(u32::MAX, u32::from_le_bytes);
    let half = time / 2;
    half + half.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(60);

    fn fail(pauses: &mut Backoff, key: &Key, now: Instant) -> Duration {
        pauses.failed(key.clone(), Failure::Overloaded, Duration::ZERO, LONGEST, now);
        let Err(Failure::Paused { left, .. }) = pauses.check(key, now) else { panic!("no pause") };
        left
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let (mut pauses, key) = (Backoff::new(FIRST, LONGEST), Key::Service(Vendor::Amd));
        let mut now = Instant::now();
        for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
            let expected = Duration::from_secs(expected);
            let left = fail(&mut pauses, &key, now);
            assert!(left >= expected / 2 && left <= expected, "{left:?} of {expected:?}");
            now += left;
            assert!(pauses.check(&key, now).is_ok());
        }
        now += LONGEST;
        assert!(fail(&mut pauses, &key, now) <= FIRST, "old failures count");
        pauses.succeeded(&key);
        assert!(pauses.check(&key, now).is_ok());
        assert!(fail(&mut pauses, &key, now) <= FIRST);
    }

    #[test]
    fn a_service_may_ask_for_more_but_not_for_ever() {
        let (mut pauses, key) = (Backoff::new(FIRST, LONGEST), Key::Service(Vendor::Amd));
        let now = Instant::now();
        let hour = Duration::from_secs(3600);
        pauses.failed(key.clone(), Failure::Overloaded, Duration::from_secs(600), hour, now);
        assert_eq!(pauses.describe(&key, now).unwrap().1, Duration::from_secs(600));
        pauses.failed(key.clone(), Failure::Overloaded, Duration::MAX, hour, now);
        assert_eq!(pauses.describe(&key, now).unwrap().1, hour);
    }

    #[test]
    fn there_are_never_too_many() {
        let mut pauses = Backoff::new(FIRST, LONGEST);
        let now = Instant::now();
        let service = Key::Service(Vendor::Hygon);
        fail(&mut pauses, &service, now);
        let item =
            |number: usize| Key::Item(CollateralItem::HygonHskCek { chip_id: number.to_string() });
        for number in 0..MAX_PAUSES + 10 {
            let key = item(number);
            pauses.failed(key, Failure::Overloaded, FIRST * 2, LONGEST, now + FIRST * 9);
        }
        assert_eq!(pauses.by_key.len(), MAX_PAUSES + 1);
        assert!(pauses.check(&service, now).is_err(), "a service's pause is never forgotten");
        assert!(pauses.check(&item(MAX_PAUSES + 9), now).is_err());
    }
}
