//! Time, as far as a host that lies about it can be kept honest.
//!
//! Invariant: the host's clock is a claim, and it leaves no trace: a clock that was wrong for a
//! while is right again when it is set right. What does leave a trace is time that somebody else
//! has signed. It is a floor: the server's time is the later of the host's clock and the floor plus
//! the monotonic time since the floor was learned. In SGX the monotonic clock is the host's as
//! well.
//!
//! The host's clock alone lets things expire. It destroys nothing: see [`FlooredClock::proven_ms`].

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use prost::Message;
use rustix::time::{ClockId, clock_gettime};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// How far beyond the floor an administrator's request raises it at most.
const ADMINISTRATORS_STEP_MS: i64 = 24 * 60 * 60 * 1000;

/// A host's clock that has moved further than this against the monotonic clock has jumped.
const JUMP_MS: i64 = 60 * 1000;

/// Tells the host's time.
pub trait Clock: Send + Sync {
    /// Now, according to the host.
    fn now(&self) -> SystemTime;

    /// The time since a fixed moment. Nobody sets this clock, and it counts also while the machine
    /// sleeps.
    fn monotonic(&self) -> Duration;
}

/// The operating system's clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn monotonic(&self) -> Duration {
        let since_boot = clock_gettime(ClockId::Boottime);
        let nanoseconds = u32::try_from(since_boot.tv_nsec).unwrap_or_default();
        Duration::new(since_boot.tv_sec.unsigned_abs(), nanoseconds)
    }
}

/// A time in milliseconds since 1970 for people: RFC 3339, to the second.
pub(crate) fn utc(ms: i64) -> String {
    OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000))
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| format!("{ms} ms since 1970"))
}

/// A clock with a floor under it.
pub(crate) struct FlooredClock {
    host: Arc<dyn Clock>,
    /// The monotonic time when this clock was made.
    started: Duration,
    /// The host's clock minus the monotonic one, when this clock was made.
    offset_ms: i64,
    signed: Mutex<Signed>,
    /// An administrator has lowered the floor: what was kept before holds no more.
    lowered: AtomicBool,
}

/// A time that somebody has signed: it is not before that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignedTime {
    /// Milliseconds since 1970.
    pub(crate) ms: i64,
    pub(crate) by: Signer,
}

/// Who has signed a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Signer {
    /// A hardware vendor: the date of collateral or of a revocation list.
    Vendor = 0,
    /// An AECS administrator: the issue time of a request.
    Administrator = 1,
    /// An AECS administrator who has lowered the floor to it.
    Set = 2,
}

impl Signer {
    /// For the status.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Vendor => "a date signed by a hardware vendor",
            Self::Administrator => "the time of an administrator's request",
            Self::Set => "set by an administrator",
        }
    }
}

/// A [`SignedTime`] as it is kept.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct FloorRecord {
    /// Milliseconds since 1970.
    #[prost(int64, tag = "1")]
    signed_ms: i64,
    #[prost(enumeration = "Signer", tag = "2")]
    by: i32,
}

impl From<SignedTime> for FloorRecord {
    fn from(signed: SignedTime) -> Self {
        Self { signed_ms: signed.ms, by: signed.by.into() }
    }
}

impl From<FloorRecord> for SignedTime {
    fn from(record: FloorRecord) -> Self {
        Self { ms: record.signed_ms, by: record.by() }
    }
}

/// What this process was shown of the time.
#[derive(Clone, Copy, Default)]
struct Signed {
    floor: Option<Learned>,
    /// By the last request of an administrator while there was no floor. It is not kept.
    request: Option<Learned>,
}

/// A signed time, and the monotonic time at which this process learned it.
#[derive(Clone, Copy)]
struct Learned {
    signed: SignedTime,
    at: Duration,
}

impl FlooredClock {
    pub(crate) fn new(host: Arc<dyn Clock>) -> Self {
        let (started, offset_ms) = (host.monotonic(), offset_ms(&*host));
        Self { host, started, offset_ms, signed: Mutex::default(), lowered: AtomicBool::new(false) }
    }

    /// Milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        let host = millis(self.host.now());
        self.earliest_ms().map_or(host, |earliest| earliest.max(host))
    }

    /// The same as a [`SystemTime`].
    pub(crate) fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.now_ms().unsigned_abs())
    }

    /// The host's time at the start of this process, plus the monotonic time since then: no jump of
    /// the host's clock moves it.
    pub(crate) fn steady_ms(&self) -> i64 {
        self.offset_ms.saturating_add(as_millis(self.host.monotonic()))
    }

    /// The earliest time that it can be, by what others than the host have signed: what cannot be
    /// taken back is done by it. It is the floor, which may be days behind; without a floor, the time
    /// of the last administrator's request that this process carried out, plus the monotonic time
    /// since then. None with neither.
    pub(crate) fn proven_ms(&self) -> Option<i64> {
        let monotonic = self.host.monotonic();
        let Signed { floor, request } = *self.signed.lock();
        floor.or(request).map(|learned| learned.plus(monotonic).min(self.now_ms()))
    }

    /// Milliseconds since this clock was made, by the monotonic clock alone.
    pub(crate) fn uptime_ms(&self) -> i64 {
        as_millis(self.host.monotonic().saturating_sub(self.started))
    }

    /// The latest time that was signed: what is kept. It says nothing about the host's clock.
    pub(crate) fn floor(&self) -> Option<SignedTime> {
        self.signed.lock().floor.map(|floor| floor.signed)
    }

    /// Raises the floor to a time that was signed, or that was kept as a floor before.
    pub(crate) fn raise(&self, signed: SignedTime) {
        let monotonic = self.host.monotonic();
        let floor = &mut self.signed.lock().floor;
        if floor.is_none_or(|floor| floor.plus(monotonic) < signed.ms) {
            *floor = Some(Learned { signed, at: monotonic });
        }
    }

    /// Raises the floor to a vendor's date, if one was found.
    pub(crate) fn raise_to(&self, date: Option<SystemTime>) {
        if let Some(date) = date {
            self.raise(SignedTime { ms: millis(date), by: Signer::Vendor });
        }
    }

    /// An administrator has signed the time `ms`. Their clock may be wrong, too: it moves a floor
    /// that is known by a day at most, and makes none.
    pub(crate) fn raise_by_administrator(&self, ms: i64) {
        let by = Signer::Administrator;
        match self.earliest_ms() {
            Some(earliest) => {
                let ms = ms.min(earliest.saturating_add(ADMINISTRATORS_STEP_MS));
                self.raise(SignedTime { ms, by });
            }
            None => {
                let (signed, at) = (SignedTime { ms, by }, self.host.monotonic());
                self.signed.lock().request = Some(Learned { signed, at });
            }
        }
    }

    /// Lowers the floor to `ms`, because an administrator says so.
    pub(crate) fn lower(&self, ms: i64) {
        let signed = SignedTime { ms, by: Signer::Set };
        let at = self.host.monotonic();
        self.signed.lock().floor = Some(Learned { signed, at });
        self.lowered.store(true, Ordering::Release);
    }

    /// Whether an administrator has lowered the floor of this process.
    pub(crate) fn was_lowered(&self) -> bool {
        self.lowered.load(Ordering::Acquire)
    }

    /// How far the host's clock has been set since the start of this process, in milliseconds:
    /// forward if positive. Small corrections are none.
    pub(crate) fn jump_ms(&self) -> Option<i64> {
        let moved = offset_ms(&*self.host).saturating_sub(self.offset_ms);
        (moved.saturating_abs() > JUMP_MS).then_some(moved)
    }

    /// How far the host's clock is behind the time that was signed, in milliseconds, if it is.
    pub(crate) fn behind_ms(&self) -> Option<i64> {
        let behind = self.earliest_ms()?.saturating_sub(millis(self.host.now()));
        (behind > 0).then_some(behind)
    }

    /// What is wrong with the host's clock, in words, as far as this server can tell.
    pub(crate) fn doubts(&self) -> Option<String> {
        if let Some(behind_ms) = self.behind_ms() {
            return Some(format!(
                "the clock of the server's host is at least {} s behind: a vendor or an \
                 administrator has signed a later time, which the server uses",
                behind_ms / 1000
            ));
        }
        let moved_s = self.jump_ms()? / 1000;
        let direction = if moved_s > 0 { "forward" } else { "back" };
        Some(format!(
            "the clock of the server's host was set {} s {direction} since the server's start",
            moved_s.abs()
        ))
    }

    /// The earliest time that it can be by what was signed: that time, and the time since it was
    /// learned. None without a floor.
    pub(crate) fn earliest_ms(&self) -> Option<i64> {
        let monotonic = self.host.monotonic();
        self.signed.lock().floor.map(|floor| floor.plus(monotonic))
    }
}

impl Learned {
    /// The signed time plus the time since it was learned.
    fn plus(&self, monotonic: Duration) -> i64 {
        self.signed.ms.saturating_add(as_millis(monotonic.saturating_sub(self.at)))
    }
}

fn offset_ms(host: &dyn Clock) -> i64 {
    millis(host.now()).saturating_sub(as_millis(host.monotonic()))
}

/// Milliseconds since 1970; 0 for a time before it, and saturated far in the future.
pub(crate) fn millis(time: SystemTime) -> i64 {
    as_millis(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// In milliseconds, saturated.
pub(crate) fn as_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds of the host's clock and of the monotonic one.
    struct Settable(Mutex<(u64, u64)>);

    impl Clock for Settable {
        fn now(&self) -> SystemTime {
            UNIX_EPOCH + Duration::from_secs(self.0.lock().0)
        }

        fn monotonic(&self) -> Duration {
            Duration::from_secs(self.0.lock().1)
        }
    }

    fn clock(host: u64, monotonic: u64) -> (Arc<Settable>, FlooredClock) {
        let settable = Arc::new(Settable(Mutex::new((host, monotonic))));
        (settable.clone(), FlooredClock::new(settable))
    }

    fn vendor(ms: i64) -> SignedTime {
        SignedTime { ms, by: Signer::Vendor }
    }

    #[test]
    fn the_hosts_clock_leaves_no_trace() {
        let (host, clock) = clock(1_000, 5);
        *host.0.lock() = (900_000_000, 6);
        assert_eq!(clock.now_ms(), 900_000_000_000);
        assert!(clock.doubts().unwrap().contains("set 899998999 s forward"));
        *host.0.lock() = (1_002, 7);
        assert_eq!((clock.now_ms(), clock.floor(), clock.doubts()), (1_002_000, None, None));
        assert_eq!(clock.steady_ms(), 1_002_000);
    }

    #[test]
    fn time_goes_on_from_what_was_signed() {
        let (host, clock) = clock(1_000, 5);
        clock.raise(vendor(2_000_000));
        assert_eq!((clock.now_ms(), clock.behind_ms()), (2_000_000, Some(1_000_000)));
        assert!(clock.doubts().unwrap().contains("at least 1000 s behind"));
        host.0.lock().1 += 60;
        assert_eq!(clock.now_ms(), 2_060_000);
        clock.raise(vendor(2_050_000));
        assert_eq!(clock.now_ms(), 2_060_000, "signed, and earlier than it is by now");
        assert_eq!(clock.floor(), Some(vendor(2_000_000)), "what is kept is what was signed");
        host.0.lock().0 = 3_000;
        assert_eq!((clock.now_ms(), clock.behind_ms()), (3_000_000, None));
        host.0.lock().0 = 2_060;
        assert_eq!(clock.behind_ms(), None, "exactly right");
    }

    #[test]
    fn a_vendors_date_is_a_floor() {
        let (_, clock) = clock(1_000, 5);
        clock.raise_to(None);
        assert_eq!(clock.floor(), None);
        clock.raise_to(Some(UNIX_EPOCH + Duration::from_secs(2_000)));
        assert_eq!(clock.floor(), Some(vendor(2_000_000)));
    }

    #[test]
    fn a_minute_is_a_correction_and_more_is_a_jump() {
        let (host, clock) = clock(1_000, 5);
        for (now, moved) in
            [(1_060, None), (1_061, Some(61_000)), (940, None), (939, Some(-61_000))]
        {
            host.0.lock().0 = now;
            assert_eq!(clock.jump_ms(), moved, "{now}");
        }
        assert!(clock.doubts().unwrap().contains("set 61 s back"));
    }

    #[test]
    fn an_administrator_lowers_the_floor_and_time_goes_on_from_there() {
        let (host, clock) = clock(1_000, 5);
        clock.raise(vendor(9_000_000));
        clock.lower(2_000_000);
        assert_eq!(clock.floor(), Some(SignedTime { ms: 2_000_000, by: Signer::Set }));
        host.0.lock().1 += 60;
        assert_eq!((clock.now_ms(), clock.uptime_ms()), (2_060_000, 60_000));
        clock.raise(vendor(2_050_000));
        assert_eq!(clock.floor().unwrap().by, Signer::Set, "earlier than it is by now");
        clock.raise(vendor(3_000_000));
        assert_eq!(clock.floor(), Some(vendor(3_000_000)));
    }

    #[test]
    fn an_administrator_moves_a_known_floor_by_a_day_at_most() {
        let (_, clock) = clock(1_000, 5);
        clock.raise_by_administrator(5_000_000);
        assert_eq!(clock.floor(), None);
        clock.raise(vendor(2_000_000));
        clock.raise_by_administrator(1_000_000);
        assert_eq!(clock.floor(), Some(vendor(2_000_000)));
        let signed = |ms| Some(SignedTime { ms, by: Signer::Administrator });
        clock.raise_by_administrator(3_000_000);
        assert_eq!(clock.floor(), signed(3_000_000));
        clock.raise_by_administrator(i64::MAX);
        assert_eq!(clock.floor(), signed(3_000_000 + ADMINISTRATORS_STEP_MS));
    }

    #[test]
    fn only_a_signed_time_is_proof() {
        let (host, clock) = clock(900_000_000, 5);
        assert_eq!(clock.proven_ms(), None, "a clock that was ahead at the start");
        clock.raise_by_administrator(1_000_000);
        host.0.lock().1 += 60;
        assert_eq!((clock.proven_ms(), clock.floor()), (Some(1_060_000), None));
        clock.raise_by_administrator(900_000);
        assert_eq!(clock.proven_ms(), Some(900_000), "an administrator whose clock is right again");
        host.0.lock().0 = 800;
        assert_eq!(clock.proven_ms(), Some(800_000), "no later than the server's own time");
        clock.raise(vendor(600_000));
        host.0.lock().1 += 60;
        assert_eq!(clock.proven_ms(), Some(660_000), "with a floor, the floor alone");
    }

    #[test]
    fn the_monotonic_clock_of_the_system_runs() {
        let before = SystemClock.monotonic();
        assert!(before > Duration::ZERO && SystemClock.monotonic() >= before);
    }
}
