//! Time, as far as a host that lies about it can be kept honest.
//!
//! Invariant: the time that freshness and expiry are judged by never runs backwards: it is the
//! latest that the host's clock has shown to this process, or the time of the vault's last commit
//! if that is later.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Tells the host's time.
pub trait Clock: Send + Sync {
    /// Now, according to the host.
    fn now(&self) -> SystemTime;
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock with a floor under it.
pub(crate) struct FlooredClock {
    host: std::sync::Arc<dyn Clock>,
    floor_ms: AtomicI64,
}

impl FlooredClock {
    pub(crate) fn new(host: std::sync::Arc<dyn Clock>) -> Self {
        Self { host, floor_ms: AtomicI64::new(0) }
    }

    /// Milliseconds since 1970, never less than any answer or any floor before.
    pub(crate) fn now_ms(&self) -> i64 {
        let host = millis(self.host.now());
        self.floor_ms.fetch_max(host, Ordering::AcqRel).max(host)
    }

    /// The same as a [`SystemTime`].
    pub(crate) fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.now_ms().unsigned_abs())
    }

    /// Time was at least `ms` when something trusted was written.
    pub(crate) fn raise(&self, ms: i64) {
        self.floor_ms.fetch_max(ms, Ordering::AcqRel);
    }
}

/// Milliseconds since 1970; 0 for a time before it, and saturated far in the future.
pub(crate) fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    struct Settable(Mutex<SystemTime>);

    impl Clock for Settable {
        fn now(&self) -> SystemTime {
            *self.0.lock().unwrap()
        }
    }

    #[test]
    fn never_runs_backwards() {
        let host = Arc::new(Settable(Mutex::new(UNIX_EPOCH + Duration::from_secs(1000))));
        let clock = FlooredClock::new(host.clone());
        assert_eq!(clock.now_ms(), 1_000_000);
        *host.0.lock().unwrap() = UNIX_EPOCH + Duration::from_secs(10);
        assert_eq!(clock.now_ms(), 1_000_000);
        clock.raise(2_000_000);
        assert_eq!(clock.now_ms(), 2_000_000);
        *host.0.lock().unwrap() = UNIX_EPOCH + Duration::from_secs(3000);
        assert_eq!(clock.now_ms(), 3_000_000);
    }
}
