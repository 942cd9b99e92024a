//! Delays between attempts at an engine that another process or machine runs.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use crate::{Result, fault::Fault};

const FIRST_DELAY: Duration = Duration::from_millis(20);
const LONGEST_DELAY: Duration = Duration::from_secs(1);

/// Attempts until a deadline, with delays that double, each shortened by up to a half at random, so
/// that processes which failed together do not come back together.
#[derive(Debug)]
pub(crate) struct Attempts {
    deadline: Instant,
    delay: Duration,
}

impl Attempts {
    /// Attempts for the time `patience`.
    pub(crate) fn new(patience: Duration) -> Self {
        Self { deadline: Instant::now() + patience, delay: FIRST_DELAY }
    }

    /// Attempts without a deadline.
    #[cfg(any(feature = "etcd", feature = "postgres"))]
    pub(crate) fn endless() -> Self {
        Self::new(Duration::from_secs(1 << 32))
    }

    /// Waits for the next attempt. False, and at once, if it would begin after the deadline.
    pub(crate) async fn again(&mut self) -> bool {
        let next = Instant::now() + jitter(self.delay);
        if next >= self.deadline {
            return false;
        }
        self.delay = (self.delay * 2).min(LONGEST_DELAY);
        sleep_until(next).await;
        true
    }

    /// After a success: the next delay is short again.
    #[cfg(any(feature = "etcd", feature = "postgres"))]
    pub(crate) fn reset(&mut self) {
        self.delay = FIRST_DELAY;
    }
}

/// Asks until there is an answer, the time `patience` is up, or the question must not be asked again.
/// `repeats`: it may be asked again although it may have had its effect.
pub(crate) async fn repeat<T, F>(
    patience: Duration,
    repeats: bool,
    ask: impl Fn() -> F,
) -> Result<T>
where
    F: Future<Output = Result<T, Fault>>,
{
    let mut attempts = Attempts::new(patience);
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(fault) if fault.allows_another(repeats) && attempts.again().await => {}
            Err(fault) => return Err(fault.into_error()),
        }
    }
}

/// Between a half and all of `delay`.
fn jitter(delay: Duration) -> Duration {
    // The keys of every hasher of the standard library are random.
    let random = RandomState::new().hash_one(()) % 1024;
    let half = delay / 2;
    half + half.mul_f64(f64::from(u16::try_from(random).unwrap_or(0)) / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn delays_grow_and_end_at_the_deadline() {
        let begin = Instant::now();
        let mut attempts = Attempts::new(Duration::from_secs(10));
        let mut count = 0;
        while attempts.again().await {
            count += 1;
        }
        assert!((12..40).contains(&count), "{count}");
        assert!(begin.elapsed() <= Duration::from_secs(10));
        assert!(begin.elapsed() >= Duration::from_secs(8));
    }
}
