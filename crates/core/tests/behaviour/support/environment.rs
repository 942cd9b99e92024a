//! What surrounds a core in a test: a clock to move, an audit trail to read, a cache in memory.

use std::{
    io,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering, Ordering::SeqCst},
    },
    time::{Duration, Instant, SystemTime},
};

use aecs_core::{AuditEntry, AuditFailure, AuditSink, Clock, IdentityCache, LookBack, Room};
use aecs_crypto::audit::{AuditKey, AuditPublicKey, Head};

/// The host's clock, as far off as a test wants it.
#[derive(Default)]
pub(crate) struct TestClock {
    offset_ms: AtomicI64,
    monotonic_ms: AtomicU64,
}

/// When the machine of a test was started, or a little later.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

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
        // Not that of the system, which rustix does not find under valgrind.
        Duration::from_secs(1_000) + START.elapsed() + passed
    }
}

/// Keeps the audit trail, as a log does: a chain with a head and a key.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Trail>);

#[derive(Default)]
struct Trail {
    id: Option<[u8; 16]>,
    entries: Vec<AuditEntry>,
    heads: Vec<Head>,
    /// What the next entry follows instead of the last one.
    resumed: Option<Head>,
    lost: u64,
    full: bool,
    /// Writing fails, although there is room.
    broken: bool,
    keys: Vec<AuditPublicKey>,
    may_drop_oldest: bool,
}

impl Trail {
    fn head(&self) -> Head {
        self.resumed.or(self.heads.last().copied()).unwrap_or_default()
    }

    fn room(&self) -> Result<(), AuditFailure> {
        if self.full { Err(AuditFailure("the disk is full".to_owned())) } else { Ok(()) }
    }
}

impl AuditSink for Recorder {
    fn id(&self) -> [u8; 16] {
        let mut trail = self.0.lock().unwrap();
        *trail.id.get_or_insert_with(|| aecs_crypto::random().unwrap())
    }

    fn sign_with(&self, key: Arc<AuditKey>) {
        let mut trail = self.0.lock().unwrap();
        trail.keys.push(key.public());
        // A start knows what the files have.
        trail.resumed = None;
    }

    fn reserve(&self, _room: Room, _entries: usize) -> Result<(), AuditFailure> {
        self.0.lock().unwrap().room()
    }

    fn append(&self, entry: &AuditEntry, _room: Room) -> Result<(), AuditFailure> {
        let mut trail = self.0.lock().unwrap();
        let fault = trail.broken.then(|| AuditFailure("an I/O error".to_owned()));
        if let Err(failure) = trail.room().and(fault.map_or(Ok(()), Err)) {
            trail.lost += 1;
            return Err(failure);
        }
        let line = serde_json::to_vec(entry).unwrap();
        let head = trail.head().after(&line);
        trail.resumed = None;
        trail.heads.push(head);
        trail.entries.push(entry.clone());
        Ok(())
    }

    fn head(&self) -> Head {
        self.0.lock().unwrap().head()
    }

    fn look_back(&self, known: Head, acts: Vec<AuditEntry>) -> Result<LookBack, AuditFailure> {
        let trail = self.0.lock().unwrap();
        let recorded = |act: &AuditEntry| trail.entries.iter().any(|entry| entry.is_of(act));
        let unrecorded = acts.into_iter().filter(|act| !recorded(act)).collect();
        Ok(LookBack { follows: trail.heads.contains(&known), unrecorded })
    }

    fn sync(&self) -> Result<(), AuditFailure> {
        Ok(())
    }

    fn may_drop_oldest(&self, may: bool) {
        self.0.lock().unwrap().may_drop_oldest = may;
    }

    fn resume_after(&self, head: Head) {
        self.0.lock().unwrap().resumed = Some(head);
    }
}

impl Recorder {
    pub(crate) fn entries(&self) -> Vec<AuditEntry> {
        self.0.lock().unwrap().entries.clone()
    }

    /// Takes no entries any more, or takes them again.
    pub(crate) fn fill(&self, full: bool) {
        self.0.lock().unwrap().full = full;
    }

    /// Fails to write what it has promised room for, or writes again.
    pub(crate) fn fail(&self, broken: bool) {
        self.0.lock().unwrap().broken = broken;
    }

    /// Forgets the last entries, as a host can.
    pub(crate) fn cut(&self, count: usize) {
        let mut trail = self.0.lock().unwrap();
        let left = trail.entries.len() - count;
        trail.entries.truncate(left);
        trail.heads.truncate(left);
    }

    /// Adds an entry of the host's own.
    pub(crate) fn forge(&self, entry: &AuditEntry) {
        self.append(entry, Room::Free).unwrap();
    }

    pub(crate) fn may_drop_oldest(&self) -> bool {
        self.0.lock().unwrap().may_drop_oldest
    }

    /// The last key that signs.
    pub(crate) fn key(&self) -> AuditPublicKey {
        *self.0.lock().unwrap().keys.last().expect("a key")
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
pub(crate) struct MemoryCache(Mutex<Option<Vec<u8>>>, Mutex<Vec<Vec<u8>>>, AtomicBool);

impl MemoryCache {
    pub(crate) fn content(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap().clone()
    }

    /// Those that did not open.
    pub(crate) fn former(&self) -> Vec<Vec<u8>> {
        self.1.lock().unwrap().clone()
    }

    /// From now on it cannot be read, or it can.
    pub(crate) fn make_unreadable(&self, is_unreadable: bool) {
        self.2.store(is_unreadable, SeqCst);
    }

    pub(crate) fn set(&self, sealed: Option<Vec<u8>>) {
        *self.0.lock().unwrap() = sealed;
    }
}

impl IdentityCache for MemoryCache {
    fn load(&self) -> io::Result<Option<Vec<u8>>> {
        match self.2.load(SeqCst) {
            true => Err(io::Error::other("unreadable")),
            false => Ok(self.content()),
        }
    }

    fn keep_former(&self, sealed: &[u8]) -> io::Result<String> {
        self.1.lock().unwrap().push(sealed.to_vec());
        Ok("former".to_owned())
    }

    fn save(&self, sealed: &[u8]) -> io::Result<()> {
        self.set(Some(sealed.to_vec()));
        Ok(())
    }
}
