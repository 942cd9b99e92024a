//! A share of this machine that anybody may use.

use parking_lot::Mutex;
use tokio::time::Instant;

/// Limits something to a number a second, and to the same number at once after a pause.
pub(crate) struct Share {
    per_second: u32,
    level: Mutex<Level>,
}

struct Level {
    left: f64,
    at: Instant,
}

impl Share {
    pub(crate) fn per_second(per_second: u32) -> Self {
        let level = Level { left: f64::from(per_second), at: Instant::now() };
        Self { per_second, level: Mutex::new(level) }
    }

    /// Takes one, if there is one left.
    pub(crate) fn take(&self) -> bool {
        let now = Instant::now();
        let mut level = self.level.lock();
        let full = f64::from(self.per_second);
        let gained = now.duration_since(level.at).as_secs_f64() * full;
        *level = Level { left: (level.left + gained).min(full), at: now };
        if level.left < 1.0 {
            return false;
        }
        level.left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_share_is_used_up_and_comes_back() {
        let share = Share::per_second(10);
        let taken = || std::iter::repeat_with(|| share.take()).take_while(|taken| *taken).count();
        assert_eq!((taken(), taken()), (10, 0));
        tokio::time::sleep(Duration::from_millis(510)).await;
        assert_eq!(taken(), 5);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(taken(), 10);
    }
}
