//! The memory of requests that were received, so that none is obeyed twice.
//!
//! Invariant: this process remembers every request of protocol 2.1 for longer than its issue time
//! makes it acceptable: twice the window of freshness after it came, by a clock that the host
//! cannot set. No other process obeys it, for it names this one
//! ([`bound`](crate::dispatch::bound)).
//!
//! The host can put back the clock by which an issue time is judged, days later. So a set of requests
//! is kept as long as one of them is acceptable, and when it is forgotten, it leaves the latest issue
//! time of each signer behind: of that signer, nothing is obeyed that was issued earlier. A clock that
//! was ahead for a while leaves nothing behind, for what was issued then is in the future and kept.
//!
//! Requests of protocol 2.0 name no process and have no issue time, and those of administrators do
//! not bind the function they call: a recorded list could come back as a destroy. They are
//! remembered in the store for good.

use aecs_crypto::{KeyHash, Transcript};
use aecs_proto::Caller;
use parking_lot::Mutex;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

use crate::{
    clock::{FlooredClock, as_millis},
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
    let window = as_millis(freshness);
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

/// When a request was issued, and by whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Issued {
    by: Signer,
    at_ms: i64,
}

/// Whose issue times count together: those of an administrator's key, or of all applications, whose
/// keys are too many.
type Signer = Option<KeyHash>;

impl Issued {
    /// A request of an administrator.
    pub(crate) fn by(key: KeyHash, at_ms: i64) -> Self {
        Self { by: Some(key), at_ms }
    }

    /// A request of an application that changes something. The others answer the application alone,
    /// as often as they are sent.
    pub(crate) fn by_application(at_ms: i64) -> Self {
        Self { by: None, at_ms }
    }
}

/// Now, by both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// Milliseconds by a clock that the host cannot set.
    steady_ms: i64,
    /// Milliseconds since 1970, by which issue times are judged.
    ms: i64,
}

impl From<&FlooredClock> for Now {
    fn from(clock: &FlooredClock) -> Self {
        Self { steady_ms: clock.steady_ms(), ms: clock.now_ms() }
    }
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

    /// Remembers `id`, once.
    ///
    /// # Errors
    /// `A20B` when it is remembered already, `A20A` when it may have been.
    pub(crate) fn remember(
        &self,
        caller: Caller,
        id: &RequestId,
        issued: Option<Issued>,
        now: impl Into<Now>,
    ) -> Result<(), Error> {
        match caller {
            Caller::TrustedApplication => self.applications.remember(id, issued, now.into()),
            _ => self.administrators.remember(id, issued, now.into()),
        }
    }

    /// An administrator has put the time back to `now_ms`: callers whose clocks were ahead as well must
    /// not wait until it is so late again. What they issued then is good again when its time comes, in
    /// this process.
    pub(crate) fn put_back(&self, now_ms: i64) {
        self.administrators.put_back(now_ms);
        self.applications.put_back(now_ms);
    }
}

struct Seen {
    window_ms: i64,
    keep_ms: i64,
    capacity: usize,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// In the order of receipt.
    sets: VecDeque<Received>,
    /// When the latest request of each signer was issued that is in no set any more.
    forgotten_ms: HashMap<Signer, i64>,
}

/// The requests of a time, by half of their digest: they are forgotten together.
struct Received {
    first_ms: i64,
    last_ms: i64,
    digests: HashSet<[u8; 16]>,
    /// When the latest one of each signer was issued.
    issued_ms: HashMap<Signer, i64>,
}

impl Seen {
    fn new(freshness: Duration) -> Self {
        let window_ms = as_millis(freshness);
        let keep_ms = window_ms.saturating_mul(2);
        Self { window_ms, keep_ms, capacity: CAPACITY, memory: Mutex::default() }
    }

    fn put_back(&self, now_ms: i64) {
        let earliest_ms = now_ms.saturating_sub(self.window_ms);
        let mut memory = self.memory.lock();
        memory.forgotten_ms.values_mut().for_each(|ms| *ms = earliest_ms.min(*ms));
    }

    fn remember(&self, id: &RequestId, issued: Option<Issued>, now: Now) -> Result<(), Error> {
        let digest = id.half();
        let mut memory = self.memory.lock();
        let passed = |since_ms: i64| now.steady_ms.saturating_sub(since_ms);
        memory.forget(|set| {
            let acceptable = |issued_ms: &i64| issued_ms.saturating_add(self.window_ms) >= now.ms;
            passed(set.last_ms) > self.keep_ms && !set.issued_ms.values().any(acceptable)
        });
        let Memory { sets, forgotten_ms } = &mut *memory;
        if sets.iter().any(|set| set.digests.contains(&digest)) {
            return Err(Cause::Replayed.into());
        }
        if sets.iter().map(|set| set.digests.len()).sum::<usize>() >= self.capacity {
            return Err(Cause::Busy { doing: "remembering requests" }.into());
        }
        if let Some(Issued { by, at_ms }) = issued
            && let Some(forgotten_ms) = forgotten_ms.get(&by)
            && at_ms <= *forgotten_ms
        {
            let before_s = forgotten_ms.abs_diff(at_ms) / 1000;
            return Err(Cause::BeforeForgotten { before_s }.into());
        }
        if sets.back().is_none_or(|set| passed(set.first_ms) >= SET_MS) {
            sets.push_back(Received::at(now.steady_ms));
        }
        if let Some(set) = sets.back_mut() {
            set.last_ms = set.last_ms.max(now.steady_ms);
            set.digests.insert(digest);
            if let Some(Issued { by, at_ms }) = issued {
                raise(&mut set.issued_ms, by, at_ms);
            }
        }
        Ok(())
    }
}

impl Memory {
    /// Forgets sets, and keeps of them what was issued last.
    fn forget(&mut self, is_over: impl Fn(&Received) -> bool) {
        let Self { sets, forgotten_ms } = self;
        sets.retain(|set| {
            let over = is_over(set);
            if over {
                set.issued_ms.iter().for_each(|(by, ms)| raise(forgotten_ms, *by, *ms));
            }
            !over
        });
    }
}

impl Received {
    /// None yet.
    fn at(ms: i64) -> Self {
        let (digests, issued_ms) = (HashSet::new(), HashMap::new());
        Self { first_ms: ms, last_ms: ms, digests, issued_ms }
    }
}

/// Remembers the later of two times.
fn raise(times: &mut HashMap<Signer, i64>, by: Signer, ms: i64) {
    let latest = times.entry(by).or_insert(ms);
    *latest = ms.max(*latest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorCode, Kind};

    const FRESH: Duration = Duration::from_secs(300);

    /// Both clocks tell the same.
    fn at(ms: i64) -> Now {
        Now { steady_ms: ms, ms }
    }

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
        memory.remember(Caller::AecsAdmin, &one, None, at(1_000)).unwrap();
        memory.remember(Caller::TrustedApplication, &one, None, at(1_000)).unwrap();
        let error = memory.remember(Caller::AecsAdmin, &one, None, at(601_000)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::RequestReplayed);
        memory.remember(Caller::AecsAdmin, &other, None, at(601_001)).unwrap();
        assert_eq!(memory.administrators.memory.lock().sets.len(), 1);
        memory.remember(Caller::AecsAdmin, &one, None, at(601_001)).unwrap();
    }

    fn numbered(number: u32) -> RequestId {
        RequestId::new(aecs_crypto::sha256(&number.to_be_bytes()))
    }

    #[test]
    fn every_request_is_remembered_for_its_time_whatever_came_after_it() {
        let seen = Seen::new(FRESH);
        let when = |number: u32| i64::from(number) * 700;
        for number in 0..1000 {
            seen.remember(&numbered(number), None, at(when(number))).unwrap();
        }
        let now_ms = when(999);
        for number in (0..1000).filter(|number| now_ms - when(*number) <= 600_000) {
            let error = seen.remember(&numbered(number), None, at(now_ms)).unwrap_err();
            assert_eq!(error.code(), ErrorCode::RequestReplayed, "{number}");
        }
        assert_eq!(seen.memory.lock().sets.len(), 11, "a set a minute");
    }

    #[test]
    fn a_full_memory_refuses_and_forgets_nothing() {
        let seen = Seen { capacity: 3, ..Seen::new(FRESH) };
        for number in 0..3 {
            seen.remember(&numbered(number), None, at(0)).unwrap();
        }
        let error = seen.remember(&numbered(3), None, at(600_000)).unwrap_err();
        assert_eq!((error.code(), error.kind()), (ErrorCode::Generic, Kind::ResourceExhausted));
        for number in 0..3 {
            let error = seen.remember(&numbered(number), None, at(600_000)).unwrap_err();
            assert_eq!(error.code(), ErrorCode::RequestReplayed);
        }
        seen.remember(&numbered(3), None, at(600_001)).unwrap();
    }

    /// The monotonic clock of a host that lies also about that.
    #[test]
    fn a_clock_that_goes_back_forgets_nothing() {
        let seen = Seen::new(FRESH);
        seen.remember(&numbered(1), None, at(1_000_000)).unwrap();
        seen.remember(&numbered(2), None, at(0)).unwrap();
        for number in [1, 2] {
            assert!(seen.remember(&numbered(number), None, at(1_600_000)).is_err(), "{number}");
        }
    }

    #[test]
    fn what_was_issued_before_what_is_forgotten_is_refused_whatever_the_clock_says() {
        let memory = ReplayMemory::new(FRESH);
        let keys = [1, 2].map(|_| {
            let pair = aecs_crypto::KeyPair::generate(aecs_crypto::Suite::Modern).unwrap();
            pair.public().fingerprint()
        });
        let owner = |id, key, issued_ms, now| {
            let issued = Some(Issued::by(key, issued_ms));
            memory.remember(Caller::ServiceAdmin, &numbered(id), issued, now)
        };
        let day = 24 * 3_600_000;
        owner(1, keys[0], day + 200_000, at(day)).unwrap();
        owner(2, keys[1], 2 * day, at(2 * day)).unwrap();
        let put_back = Now { steady_ms: 2 * day + 1, ms: day };
        for issued_ms in [day - 200_000, day + 200_000] {
            let error = owner(1, keys[0], issued_ms, put_back).unwrap_err();
            assert_eq!(error.code(), ErrorCode::RequestStale);
            let told =
                if issued_ms < day { "was made 400 s before" } else { "was made 0 s before" };
            assert!(error.message().contains(told), "{error}");
        }
        owner(3, keys[0], day + 200_001, put_back).unwrap();
        owner(4, keys[1], day, put_back).unwrap();
        let application = |id, issued_ms, now| {
            let issued = Some(Issued::by_application(issued_ms));
            memory.remember(Caller::TrustedApplication, &numbered(id), issued, now)
        };
        application(1, day, at(day)).unwrap();
        application(2, 2 * day, at(2 * day)).unwrap();
        assert_eq!(application(1, day, put_back).unwrap_err().code(), ErrorCode::RequestStale);

        // An administrator has put the time back.
        memory.put_back(day);
        owner(5, keys[0], day - 200_000, put_back).unwrap();
        application(3, day, put_back).unwrap();
        let error = application(4, day - 300_000, put_back).unwrap_err();
        assert_eq!(error.code(), ErrorCode::RequestStale);
    }

    #[test]
    fn a_request_is_remembered_to_the_last_moment_of_its_window() {
        let seen = Seen::new(FRESH);
        let issued = Some(Issued::by_application(300_000));
        seen.remember(&numbered(1), issued, at(0)).unwrap();
        for (ms, code) in
            [(600_000, ErrorCode::RequestReplayed), (600_001, ErrorCode::RequestStale)]
        {
            let now = Now { steady_ms: 600_001, ms };
            assert_eq!(seen.remember(&numbered(1), issued, now).unwrap_err().code(), code);
        }
    }

    #[test]
    fn the_audit_log_names_a_request_by_half_of_its_digest() {
        assert_eq!(RequestId::new([0xAB; 32]).short(), "ab".repeat(16));
    }

    /// A clock that was years ahead locks out nobody who was as wrong.
    #[test]
    fn what_was_issued_in_the_future_is_kept_and_keeps_nobody_out() {
        let seen = Seen::new(FRESH);
        let key = aecs_crypto::KeyPair::generate(aecs_crypto::Suite::Modern).unwrap();
        let issued = |ms| Some(Issued::by(key.public().fingerprint(), ms));
        let ahead = 1_000_000_000_000;
        seen.remember(&numbered(1), issued(ahead), Now { steady_ms: 0, ms: ahead }).unwrap();
        for minute in 1..100 {
            seen.remember(
                &numbered(minute + 1),
                issued(60_000 * i64::from(minute)),
                at(60_000 * i64::from(minute)),
            )
            .unwrap();
        }
        let again = Now { steady_ms: 7_000_000, ms: ahead };
        let error = seen.remember(&numbered(1), issued(ahead), again).unwrap_err();
        assert_eq!(error.code(), ErrorCode::RequestReplayed);
    }
}
