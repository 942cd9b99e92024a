//! How often a service is asked: evidence that nobody has verified yet names what to ask for, so
//! that a sender of enough of it could make us a nuisance to the service.

use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// Limits fetches to a number a minute on average, and to the same number at once after a quiet
/// minute.
pub(super) struct Rate {
    per_minute: u32,
    /// Fetches that may be made at `since`.
    left: f64,
    since: Instant,
}

impl Rate {
    pub(super) fn new(per_minute: u32, now: Instant) -> Self {
        Self { per_minute, left: f64::from(per_minute), since: now }
    }

    /// Whether one more may be made, which then counts.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let most = f64::from(self.per_minute);
        let minutes = now.saturating_duration_since(self.since).div_duration_f64(MINUTE);
        self.left = minutes.mul_add(most, self.left).min(most);
        self.since = now;
        if self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_and_no_more() {
        let start = Instant::now();
        let mut rate = Rate::new(30, start);
        let count = |rate: &mut Rate, at| (0..100).filter(|_| rate.take(at)).count();
        assert_eq!(count(&mut rate, start), 30);
        assert_eq!(count(&mut rate, start + MINUTE / 3), 10);
        assert_eq!(count(&mut rate, start + MINUTE / 3), 0);
        assert_eq!(count(&mut rate, start + 100 * MINUTE), 30, "quiet hours are not saved up");
    }
}
