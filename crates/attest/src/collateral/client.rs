//! Fetching collateral from the vendors' services, once.
//!
//! What is valid is given out at once, from memory or disk. What is not there is fetched by the
//! first who asks, while the others wait for him, all no longer than the configured time. What
//! will end soon, or is old enough to look for revocations, is fetched again in the background
//! while the old is still given out. What failed is left alone for a while.
//!
//! Data of a service or of the disk is never trusted. It is checked before it is kept, so that
//! garbage does not take the place of something good; and when the verifier finds out that a
//! signature does not hold, [`CollateralSource::refused`] has the item fetched again, while it is
//! still given out: otherwise a forged quote could take it away from everybody.

mod address;
mod backoff;
mod config;
mod failure;
mod http;
mod memory;
mod rate;
mod single_flight;
mod vendors;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::{CollateralDirectory, CollateralEntry, CollateralItem, CollateralSource};
use crate::error::{Error, Result};
use backoff::{Backoff, Key};
use failure::{Blame, Failure};
use memory::Memory;
use parking_lot::Mutex;
use rate::Rate;
use single_flight::{Flights, Gate, Role};
use vendors::{Vendor, Vendors};

pub use config::{CollateralClientConfig, CollateralService, IntelService};

/// Background fetches at the same time.
const MAX_BACKGROUND: usize = 2;
/// The longest pause that a service can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);
/// Pause between two fetches of an item that does not verify: the first, and the longest.
const DOUBT_FIRST: Duration = Duration::from_secs(30);
const DOUBT_LONGEST: Duration = Duration::from_secs(3600);
/// What will end soon is not fetched again more often than this: a cache of the vendor's service
/// may give the same again.
const REFRESH_PAUSE: Duration = Duration::from_secs(3600);
/// A caller that waits for another caller's fetch waits this much longer than the fetch may take,
/// so that it learns how the fetch ended.
const GRACE: Duration = Duration::from_millis(500);

/// Fetches collateral, and keeps it. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct CollateralClient(Arc<Shared>);

struct Shared {
    config: CollateralClientConfig,
    vendors: Vendors,
    memory: Mutex<Memory>,
    disk: Option<CollateralDirectory>,
    flights: Arc<Flights>,
    gate: Gate,
    rates: HashMap<Vendor, Mutex<Rate>>,
    backoff: Mutex<Backoff>,
    doubts: Mutex<Backoff>,
    background: AtomicUsize,
    generation: AtomicU64,
    counts: Counts,
    disk_error: Mutex<Option<String>>,
}

#[derive(Default)]
struct Counts {
    fetched: AtomicU64,
    failed: AtomicU64,
}

/// What a client has and how its services do: for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CollateralStatus {
    /// Items in memory.
    pub entries: usize,
    /// Bytes of their content.
    pub bytes: usize,
    /// Items fetched.
    pub fetched: u64,
    /// Fetches that failed.
    pub failed: u64,
    /// The last error of the cache on disk; the client works without it.
    pub disk_error: Option<String>,
    /// The services whose last request failed.
    pub troubled: Vec<TroubledService>,
}

/// A service whose last request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TroubledService {
    /// Whose service.
    pub vendor: &'static str,
    /// Failures in a row.
    pub failures: u32,
    /// Time until it is asked again.
    pub paused_for: Duration,
    /// The last failure.
    pub reason: String,
}

impl CollateralClient {
    /// Makes a client. Nothing is fetched or written before somebody asks.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for a configuration that makes no sense.
    pub fn new(config: CollateralClientConfig) -> Result<Self> {
        config.check()?;
        let (per_minute, now) = (config.max_fetches_per_minute, Instant::now());
        let rate = || Mutex::new(Rate::new(per_minute, now));
        let disk = config.cache_dir.clone().map(CollateralDirectory::created_on_write);
        Ok(Self(Arc::new(Shared {
            vendors: Vendors::new(&config)?,
            memory: Mutex::new(Memory::new(config.memory_entries, config.memory_bytes)),
            disk,
            flights: Arc::default(),
            gate: Gate::new(config.max_fetches),
            rates: Vendor::ALL.into_iter().map(|vendor| (vendor, rate())).collect(),
            backoff: Mutex::new(Backoff::new(config.retry_first, config.retry_longest)),
            doubts: Mutex::new(Backoff::new(DOUBT_FIRST, DOUBT_LONGEST)),
            background: AtomicUsize::new(0),
            generation: AtomicU64::new(0),
            counts: Counts::default(),
            disk_error: Mutex::default(),
            config,
        })))
    }

    /// The entry of an item, valid at `now`: kept or fetched.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when it cannot be obtained now, [`Error::Malformed`] for an item that
    /// nobody could have.
    pub fn entry(&self, item: &CollateralItem, now: SystemTime) -> Result<CollateralEntry> {
        item.check()?;
        let entry = match self.0.kept(item, now) {
            Some(entry) => entry,
            None => self
                .0
                .fetched(item, now)
                .map_err(|failure| Error::unavailable(item.to_string(), failure))?,
        };
        if self.0.is_due(&entry, now) {
            self.refresh_behind(item, now);
        }
        Ok(entry)
    }

    /// Fetches again, one after the other, what should be at `now`: for a thread of a server that
    /// wants to be ahead although nobody asks. What fails is due the next time again.
    pub fn refresh(&self, now: SystemTime) {
        let shared = &self.0;
        let entries = shared.memory.lock().items();
        for entry in entries.iter().filter(|entry| shared.is_due(entry, now)) {
            let item = entry.item();
            if let (Ok(()), Role::Lead(lead)) = (shared.permitted(item), shared.flights.join(item))
            {
                let deadline = Instant::now() + shared.config.timeout;
                lead.land(shared.fetch(item, now, deadline));
            }
        }
    }

    /// What the client has and how its services do.
    #[must_use]
    pub fn status(&self) -> CollateralStatus {
        let shared = &*self.0;
        let (entries, bytes) = shared.memory.lock().size();
        let (backoff, now) = (shared.backoff.lock(), Instant::now());
        let troubled = Vendor::ALL.into_iter().filter_map(|vendor| {
            let (failures, paused_for, reason) = backoff.describe(&Key::Service(vendor), now)?;
            Some(TroubledService { vendor: vendor.as_str(), failures, paused_for, reason })
        });
        CollateralStatus {
            entries,
            bytes,
            fetched: shared.counts.fetched.load(Ordering::Relaxed),
            failed: shared.counts.failed.load(Ordering::Relaxed),
            disk_error: shared.disk_error.lock().clone(),
            troubled: troubled.collect(),
        }
    }

    /// Starts a fetch that nobody waits for. Does nothing when one is under way, when there are
    /// enough others, or when the service or the item is to be left alone: who asks the next time
    /// tries again.
    fn refresh_behind(&self, item: &CollateralItem, now: SystemTime) {
        let shared = &self.0;
        if shared.permitted(item).is_err() {
            return;
        }
        let Some(slot) = Background::enter(shared) else { return };
        let Role::Lead(lead) = shared.flights.join(item) else { return };
        let (client, item) = (self.clone(), item.clone());
        let work = move || {
            let _slot = slot;
            let deadline = Instant::now() + client.0.config.timeout;
            lead.land(client.0.fetch(&item, now, deadline));
        };
        // Without a thread, both guards are dropped: others wake, and try themselves.
        let _ = thread::Builder::new().name("aecs-collateral".into()).spawn(work);
    }
}

impl CollateralSource for CollateralClient {
    fn get(&self, item: &CollateralItem, now: SystemTime) -> Result<Arc<[u8]>> {
        self.entry(item, now).map(|entry| Arc::clone(entry.content()))
    }

    /// Fetches the item again in the background, not more often than a growing pause allows.
    fn refused(&self, item: &CollateralItem, now: SystemTime) {
        // This client did not give it.
        if self.0.memory.lock().get(item).is_none() {
            return;
        }
        let (key, at) = (Key::Doubt(item.clone()), Instant::now());
        let mut doubts = self.0.doubts.lock();
        if doubts.check(&key, at).is_ok() {
            let cause = Failure::Refused("its verification failed".into());
            doubts.failed(key, cause, Duration::ZERO, DOUBT_LONGEST, at);
            drop(doubts);
            self.refresh_behind(item, now);
        }
    }

    fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }
}

impl fmt::Debug for CollateralClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CollateralClient").field("status", &self.status()).finish_non_exhaustive()
    }
}

impl Shared {
    /// From memory, if it is valid.
    fn kept(&self, item: &CollateralItem, now: SystemTime) -> Option<CollateralEntry> {
        self.memory.lock().get(item).filter(|entry| self.is_current(entry, now))
    }

    /// From disk or service, by this thread or another.
    fn fetched(&self, item: &CollateralItem, now: SystemTime) -> Result<CollateralEntry, Failure> {
        let deadline = Instant::now() + self.config.timeout;
        let entry = match self.flights.join(item) {
            Role::Wait(flight) => flight.wait(deadline + GRACE)?,
            Role::Lead(lead) => {
                // The one before may have landed since this thread looked.
                let kept = self.kept(item, now).or_else(|| self.stored(item, now));
                let outcome = kept.map_or_else(|| self.fetch(item, now, deadline), Ok);
                lead.land(outcome.clone());
                outcome?
            }
        };
        // The leader of the flight may have verified for another time.
        if self.is_current(&entry, now) {
            Ok(entry)
        } else {
            Err(Failure::Refused("it is not valid at the time of the verification".into()))
        }
    }

    /// From disk, if it is valid.
    fn stored(&self, item: &CollateralItem, now: SystemTime) -> Option<CollateralEntry> {
        let entry = self.read(item).filter(|entry| self.is_current(entry, now))?;
        self.memory.lock().insert(entry.clone());
        Some(entry)
    }

    /// From disk, valid or not; `None` for a file that was damaged or tampered with.
    fn read(&self, item: &CollateralItem) -> Option<CollateralEntry> {
        self.disk.as_ref()?.read(item).unwrap_or_else(|error| {
            self.note_disk_error(&error);
            None
        })
    }

    /// From the service.
    fn fetch(
        &self,
        item: &CollateralItem,
        now: SystemTime,
        deadline: Instant,
    ) -> Result<CollateralEntry, Failure> {
        self.permitted(item)?;
        // With half of the time left, so that a service is not blamed for our queue.
        let latest = deadline.checked_sub(self.config.timeout / 2).unwrap_or(deadline);
        let place = self.gate.enter(latest).ok_or(Failure::Overloaded)?;
        // Those before may have found out that the service does not answer.
        self.permitted(item)?;
        let vendor = Vendor::of(item);
        if !self.rates.get(&vendor).is_some_and(|rate| rate.lock().take(Instant::now())) {
            return Err(Failure::TooOften(vendor.as_str()));
        }
        let outcome = self.vendors.fetch(item, deadline).and_then(|content| {
            let entry = CollateralEntry::new(item.clone(), content, now)
                .map_err(|error| Failure::Refused(describe(&error).into()))?;
            match entry.not_current(now) {
                None => Ok(entry),
                Some(part) => {
                    let reason = format!("the {} is not valid now", part.what);
                    Err(Failure::Refused(reason.into()))
                }
            }
        });
        drop(place);
        self.account(item, outcome.as_ref());
        let entry = outcome?;
        self.keep(&entry);
        Ok(entry)
    }

    /// Whether the service may be asked for an item now.
    fn permitted(&self, item: &CollateralItem) -> Result<(), Failure> {
        let vendor = Vendor::of(item);
        if !self.vendors.has(vendor) {
            return Err(Failure::NotConfigured(vendor.as_str()));
        }
        let (backoff, now) = (self.backoff.lock(), Instant::now());
        backoff.check(&Key::Service(vendor), now)?;
        backoff.check(&Key::Item(item.clone()), now)
    }

    /// Starts and ends backoff.
    fn account(&self, item: &CollateralItem, outcome: Result<&CollateralEntry, &Failure>) {
        let (service, one) = (Key::Service(Vendor::of(item)), Key::Item(item.clone()));
        let (mut backoff, now) = (self.backoff.lock(), Instant::now());
        let longest = self.config.retry_longest;
        let Err(failure) = outcome else {
            self.counts.fetched.fetch_add(1, Ordering::Relaxed);
            backoff.succeeded(&service);
            backoff.succeeded(&one);
            return;
        };
        self.counts.failed.fetch_add(1, Ordering::Relaxed);
        match (failure.blame(), failure) {
            (Blame::Service, Failure::Busy { retry_after: Some(least), .. }) => {
                backoff.failed(service, failure.clone(), *least, MAX_RETRY_AFTER, now);
            }
            (Blame::Service, _) => {
                backoff.failed(service, failure.clone(), Duration::ZERO, longest, now);
            }
            (Blame::Item, Failure::Absent { .. }) => {
                let time = self.config.absent_for;
                backoff.succeeded(&service);
                backoff.failed(one, failure.clone(), time, time, now);
            }
            (Blame::Item, _) => {
                backoff.succeeded(&service);
                backoff.failed(one, failure.clone(), Duration::ZERO, longest, now);
            }
            (Blame::Nobody, _) => {}
        }
    }

    /// Keeps what was fetched, and tells when it is not what was given out before.
    fn keep(&self, entry: &CollateralEntry) {
        let remembered = self.memory.lock().get(entry.item());
        let earlier = remembered.or_else(|| self.read(entry.item()));
        self.memory.lock().insert(entry.clone());
        if earlier.is_some_and(|earlier| earlier.content() != entry.content()) {
            // After the new one is there: who sees the new number gets the new content.
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        if let Some(disk) = &self.disk {
            let written = disk.write(entry).and_then(|()| disk.prune(self.config.disk_entries));
            match written {
                Ok(()) => *self.disk_error.lock() = None,
                Err(error) => self.note_disk_error(&error),
            }
        }
    }

    fn note_disk_error(&self, error: &Error) {
        *self.disk_error.lock() = Some(describe(error));
    }

    fn is_current(&self, entry: &CollateralEntry, now: SystemTime) -> bool {
        entry.not_current(now).is_none() && now <= self.expiry(entry)
    }

    fn expiry(&self, entry: &CollateralEntry) -> SystemTime {
        let undated = || entry.fetched() + self.config.undated_lifetime;
        entry.expires().unwrap_or_else(undated)
    }

    /// Whether an entry, valid or not, should be fetched again.
    fn is_due(&self, entry: &CollateralEntry, now: SystemTime) -> bool {
        let age = match now.duration_since(entry.fetched()) {
            Ok(age) => age,
            // The clock went back, so that nobody knows how old this is.
            Err(ahead) if ahead.duration() > REFRESH_PAUSE => return true,
            Err(_) => Duration::ZERO,
        };
        let may_change = matches!(
            entry.item(),
            CollateralItem::Dcap { .. }
                | CollateralItem::SnpCrl { .. }
                | CollateralItem::NvidiaStatus { .. }
                | CollateralItem::NvidiaRim { .. }
        );
        if may_change && age >= self.config.refresh_after {
            return true;
        }
        let expiry = self.expiry(entry);
        let issued = entry.issued().unwrap_or(entry.fetched());
        let lifetime = expiry.duration_since(issued).unwrap_or_default();
        let lead = self.config.refresh_lead.min(lifetime / 4);
        let left = expiry.duration_since(now).unwrap_or_default();
        left < lead && age >= REFRESH_PAUSE.min(lead / 4)
    }
}

/// A place among the background fetches.
struct Background(Arc<Shared>);

impl Background {
    fn enter(shared: &Arc<Shared>) -> Option<Self> {
        let count = &shared.background;
        let entered = count.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
            (count < MAX_BACKGROUND).then_some(count + 1)
        });
        entered.ok().map(|_| Self(Arc::clone(shared)))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.background.fetch_sub(1, Ordering::AcqRel);
    }
}

/// An error with its cause.
fn describe(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
