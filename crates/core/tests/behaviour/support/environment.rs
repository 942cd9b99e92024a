//! What surrounds a core in a test: a clock to move, an audit trail to read, a cache in memory.

use std::{
    io,
    sync::{
        Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use aecs_core::{AuditEntry, AuditSink, Clock, IdentityCache, SystemClock};

/// The host's clock, as far off as a test wants it.
#[derive(Default)]
pub(crate) struct TestClock {
    offset_ms: AtomicI64,
    monotonic_ms: AtomicU64,
}

impl TestClock {
    /// Time passes: also the monotonic clock goes on.
    pub(crate) fn pass(&self, by: Duration) {
        self.shift(by);
        self.monotonic_ms.fetch_add(by.as_millis().try_into().unwrap(), Ordering::SeqCst);
    }

    /// The host sets its clock.
    pub(crate) fn shift(&self, by: Duration) {
        self.offset_ms.fetch_add(ms(by), Ordering::SeqCst);
    }

    pub(crate) fn shift_back(&self, by: Duration) {
        self.offset_ms.fetch_sub(ms(by), Ordering::SeqCst);
    }

    pub(crate) fn now_ms(&self) -> i64 {
        ms(self.now().duration_since(SystemTime::UNIX_EPOCH).unwrap())
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap()
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        let offset = self.offset_ms.load(Ordering::SeqCst);
        let by = Duration::from_millis(offset.unsigned_abs());
        if offset < 0 { SystemTime::now() - by } else { SystemTime::now() + by }
    }

    fn monotonic(&self) -> Duration {
        let passed = Duration::from_millis(self.monotonic_ms.load(Ordering::SeqCst));
        SystemClock.monotonic() + passed
    }
}

/// Keeps the audit trail.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<AuditEntry>>);

impl AuditSink for Recorder {
    fn append(&self, entry: &AuditEntry) {
        self.0.lock().unwrap().push(entry.clone());
    }
}

impl Recorder {
    pub(crate) fn entries(&self) -> Vec<AuditEntry> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn last(&self) -> AuditEntry {
        self.entries().pop().expect("an audit entry")
    }

    /// Everything that the trail says.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(&self.entries()).unwrap()
    }
}

/// The place beside a server where its sealed identity is.
#[derive(Default)]
pub(crate) struct MemoryCache(Mutex<Option<Vec<u8>>>);

impl MemoryCache {
    pub(crate) fn content(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn set(&self, sealed: Option<Vec<u8>>) {
        *self.0.lock().unwrap() = sealed;
    }
}

impl IdentityCache for MemoryCache {
    fn load(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self.content())
    }

    fn save(&self, sealed: &[u8]) -> io::Result<()> {
        self.set(Some(sealed.to_vec()));
        Ok(())
    }
}
