//! What the core has to record, on its way to the sink.

use aecs_proto::Function;
use parking_lot::{Mutex, RwLock};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aecs_crypto::audit::{AuditKey, AuditPublicKey, Head};
use tokio::{sync::Notify, time::timeout};

use super::{
    AuditEntry, AuditFailure, AuditSink, OpenEntry, Room, entry::ActId, open::Weight, tally::Tally,
};
use crate::{
    clock::FlooredClock,
    error::{Cause, Error, internal},
    vault::Vault,
};

/// How often counts are looked through.
const PERIOD: Duration = Duration::from_secs(1);
/// How often the vault learns the head of the log, in milliseconds.
const HEAD_MS: i64 = 10_000;
/// How many entries wait for being written; a call can only leave one when it ends.
const WAITING: usize = 4096;

/// Everything that is recorded goes through here.
pub(crate) struct Ledger {
    pub(super) sink: Arc<dyn AuditSink>,
    pub(super) clock: Arc<FlooredClock>,
    key: RwLock<(Arc<AuditKey>, NodeName)>,
    tally: Mutex<Tally>,
    waiting: Mutex<Waiting>,
    woken: Notify,
    /// The sink failed the last time: the server's log is told once.
    failing: AtomicBool,
    /// The entries of acts whose commit was made and that are not in the log yet.
    pub(super) acts: Mutex<BTreeMap<ActId, AuditEntry>>,
}

/// What entries call the node that owns a key.
struct NodeName(String);

/// Entries of calls that ended without anybody to write them, and of acts that the log could not
/// take.
#[derive(Default)]
struct Waiting {
    entries: VecDeque<AuditEntry>,
    dropped: u64,
}

impl Ledger {
    /// A ledger of the node that owns `key`.
    pub(crate) fn new(sink: Arc<dyn AuditSink>, clock: Arc<FlooredClock>, key: AuditKey) -> Self {
        let key = Arc::new(key);
        sink.sign_with(key.clone());
        let name = NodeName(key.public().node());
        Self {
            sink,
            clock,
            key: RwLock::new((key, name)),
            tally: Mutex::default(),
            waiting: Mutex::default(),
            woken: Notify::new(),
            failing: AtomicBool::new(false),
            acts: Mutex::default(),
        }
    }

    /// Begins the entry of a call of `function`.
    pub(crate) fn open(self: &Arc<Self>, function: Function, entry: AuditEntry) -> OpenEntry {
        OpenEntry::new(self.clone(), Weight::of(function), entry)
    }

    /// The node's key, and the head of its log.
    pub(crate) fn key_and_head(&self) -> (AuditPublicKey, Head) {
        (self.public(), self.sink.head())
    }

    /// Signs with the key of another identity from now on.
    pub(super) fn assume(&self, key: AuditKey) {
        let key = Arc::new(key);
        self.sink.sign_with(key.clone());
        let name = NodeName(key.public().node());
        *self.key.write() = (key, name);
    }

    pub(super) fn public(&self) -> AuditPublicKey {
        self.key.read().0.public()
    }

    /// The entry with the name of this node, no longer than it may be.
    pub(super) fn named(&self, entry: AuditEntry) -> AuditEntry {
        let node = self.key.read().1.0.clone();
        AuditEntry { node, ..entry.bounded() }
    }

    /// Refuses what could not be recorded, with that many entries.
    pub(super) fn reserve(&self, room: Room, entries: usize) -> Result<(), Error> {
        self.sink.reserve(room, entries).map_err(|failure| self.unwritable(&failure))
    }

    /// Records an act that was made. If the log fails now, the vault has the entry, and it is
    /// written as soon as the log can be written to.
    pub(super) fn act(&self, entry: AuditEntry) {
        if let Err(entry) = self.write(entry, Room::Reserved) {
            self.queue(*entry);
        }
    }

    /// Records an act that was not made.
    pub(super) fn failed_act(&self, entry: AuditEntry) {
        if let Some(request) = &entry.request {
            self.acts.lock().retain(|id, _| !id.is_of(request));
        }
        self.refusal(entry);
    }

    /// Records a refusal, or counts it with those before.
    pub(crate) fn refusal(&self, entry: AuditEntry) {
        let entry = self.tally.lock().refusal(entry.bounded(), self.clock.uptime_ms());
        if let Some(entry) = entry {
            // That it could not be written is told by the next entry.
            let _ = self.write(entry, Room::Free);
        }
    }

    /// Records a release, or counts it with those before.
    ///
    /// # Errors
    /// It is not recorded.
    pub(super) fn release(&self, entry: AuditEntry) -> Result<(), Error> {
        let entry = self.tally.lock().release(entry, self.clock.uptime_ms());
        match entry {
            Some(entry) => {
                let entry = self.named(entry);
                self.written(self.sink.append(&entry, Room::Free))
            }
            None => self.reserve(Room::Free, 1),
        }
    }

    /// Keeps an entry until the next [`Ledger::tick`]. Neither blocks nor logs.
    pub(super) fn queue(&self, entry: AuditEntry) {
        let mut waiting = self.waiting.lock();
        if waiting.entries.len() < WAITING {
            waiting.entries.push_back(entry);
        } else {
            waiting.dropped = waiting.dropped.saturating_add(1);
        }
        drop(waiting);
        self.woken.notify_one();
    }

    /// Writes what waits, and the counts that are due.
    pub(crate) fn tick(&self, end: bool) {
        let now_ms = self.clock.now_ms();
        let Waiting { entries, dropped } = std::mem::take(&mut *self.waiting.lock());
        let mut entries = entries.into_iter();
        while let Some(entry) = entries.next() {
            if let Err(entry) = self.write(entry, Room::Reserved) {
                let mut waiting = self.waiting.lock();
                waiting.entries.push_back(*entry);
                waiting.entries.extend(entries.by_ref());
            }
        }
        if dropped > 0 {
            let reason = format!("the entries of {dropped} calls that ended early were dropped");
            let _ = self.write(AuditEntry::of_server(now_ms, "lost", reason), Room::Reserved);
        }
        for entry in self.due(end) {
            let _ = self.write(entry, Room::Reserved);
        }
    }

    /// The counts that are due, as entries of now.
    fn due(&self, end: bool) -> Vec<AuditEntry> {
        self.tally.lock().due(self.clock.now_ms(), self.clock.uptime_ms(), end)
    }

    /// The last words of a server that stops, and those before an export: what waits and what was
    /// counted, then the signed head, which the vault learns.
    pub(crate) async fn end(&self, vault: Option<&Vault>) -> Result<(), Error> {
        self.tick(true);
        let sink = self.sink.clone();
        let synced = tokio::task::spawn_blocking(move || sink.sync()).await;
        synced
            .map_err(internal("ending the audit log"))?
            .map_err(internal("ending the audit log"))?;
        match vault {
            Some(vault) => self.remember_head(vault).await,
            None => Ok(()),
        }
    }

    /// Writes one entry, or gives it back.
    pub(super) fn write(&self, entry: AuditEntry, room: Room) -> Result<(), Box<AuditEntry>> {
        let entry = self.named(entry);
        match self.sink.append(&entry, room) {
            Ok(()) => {
                self.failing.store(false, Ordering::Relaxed);
                if let Some(id) = ActId::of(&entry) {
                    self.acts.lock().remove(&id);
                }
                Ok(())
            }
            Err(failure) => {
                self.tell(&failure);
                Err(Box::new(entry))
            }
        }
    }

    pub(super) fn written(&self, result: Result<(), AuditFailure>) -> Result<(), Error> {
        match result {
            Ok(()) => {
                self.failing.store(false, Ordering::Relaxed);
                Ok(())
            }
            Err(failure) => Err(self.unwritable(&failure)),
        }
    }

    /// What a caller is told. The reason is the operator's.
    fn unwritable(&self, failure: &AuditFailure) -> Error {
        self.tell(failure);
        Cause::NoAuditLog.into()
    }

    fn tell(&self, failure: &AuditFailure) {
        if !std::thread::panicking() && !self.failing.swap(true, Ordering::Relaxed) {
            tracing::error!(%failure, "the audit log cannot be written: nothing is released");
        }
    }
}

/// The last words: what waits and what was counted.
impl Drop for Ledger {
    fn drop(&mut self) {
        // Nothing is told any more, whatever fails.
        self.failing.store(true, Ordering::Relaxed);
        let Waiting { entries, .. } = std::mem::take(&mut *self.waiting.lock());
        for entry in entries.into_iter().chain(self.due(true)) {
            let entry = self.named(entry);
            let _ = self.sink.append(&entry, Room::Reserved);
        }
    }
}

/// Writes what waits as soon as it waits, counts when they are due, and the log's head into the
/// records that `records` gives, until the core is dropped.
pub(crate) fn spawn(ledger: &Arc<Ledger>, records: impl Fn() -> Option<Vault> + Send + 'static) {
    let ledger = Arc::downgrade(ledger);
    tokio::spawn(async move {
        let mut heads = Heads::default();
        loop {
            let Some(ledger) = Weak::upgrade(&ledger) else { return };
            // Woken or not: there may be something to do.
            let _ = timeout(PERIOD, ledger.woken.notified()).await;
            ledger.tick(false);
            if let Some(vault) = records() {
                heads.tick(&ledger, &vault).await;
            }
        }
    });
}

/// What the vault was told of the log's head.
#[derive(Default)]
struct Heads {
    told: Head,
    /// When, or when this began, by the time that the host cannot set.
    at_ms: Option<i64>,
}

impl Heads {
    async fn tick(&mut self, ledger: &Ledger, vault: &Vault) {
        let now_ms = ledger.clock.uptime_ms();
        let head = ledger.sink.head();
        let at_ms = *self.at_ms.get_or_insert(now_ms);
        if head == self.told || now_ms.saturating_sub(at_ms).saturating_abs() < HEAD_MS {
            return;
        }
        self.at_ms = Some(now_ms);
        match ledger.remember_head(vault).await {
            Ok(()) => self.told = head,
            Err(error) => {
                tracing::warn!(%error, "the vault does not know the head of the audit log yet");
            }
        }
    }
}
