//! Who waits for changes of services, and what they are told.
//!
//! Invariants:
//! - only an application that was given a secret of the service in this session waits for the service:
//!   nobody learns by it whether there is a service, or when it changes, who has nothing of it;
//! - a wait holds a place of its own here, and none among the requests in work: there are
//!   `limits.watchers` of them, at most half of them of one machine, and [`OF_SESSION`] of one session.
//!   Who gets none is told so at once.

use std::{collections::HashMap, sync::Arc};

use aecs_crypto::sha256;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::name::ServiceName;

/// How many waits one session may have.
pub(crate) const OF_SESSION: usize = 8;

/// How many services a session remembers to have been given secrets of.
const SERVICES: usize = 8;

/// What the records of a service are like, for comparison only.
pub(crate) type Position = [u8; 32];

/// The services that an application was given secrets of, in a session: by the hashes of their names.
#[derive(Default)]
pub(crate) struct Given(Mutex<Vec<[u8; 32]>>);

impl Given {
    /// Notes a service, if there is room.
    pub(crate) fn note(&self, service: &ServiceName) {
        let (hash, mut given) = (sha256(service.as_str().as_bytes()), self.0.lock());
        if given.len() < SERVICES && !given.contains(&hash) {
            given.push(hash);
        }
    }

    /// Whether it has noted the service.
    pub(crate) fn has(&self, service: &ServiceName) -> bool {
        self.0.lock().contains(&sha256(service.as_str().as_bytes()))
    }
}

/// The waits of a process.
pub(crate) struct Watchers {
    most: usize,
    table: Mutex<Table>,
    /// Sends when sessions may have ended.
    recheck: watch::Sender<()>,
}

#[derive(Default)]
struct Table {
    taken: usize,
    by_machine: HashMap<[u8; 32], usize>,
    /// What is told to those who wait for a service: its position, once it was looked at.
    services: HashMap<ServiceName, watch::Sender<Option<Position>>>,
    /// A task follows the records, as long as somebody waits.
    is_followed: bool,
}

impl Watchers {
    /// Lets this number of applications wait at the same time.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, table: Mutex::default(), recheck: watch::Sender::new(()) })
    }

    /// Whether any may wait.
    pub(crate) fn are_allowed(&self) -> bool {
        self.most > 0
    }

    /// Has all who wait look whether their sessions have ended.
    pub(crate) fn recheck(&self) {
        self.recheck.send_replace(());
    }

    /// Told when sessions may have ended.
    pub(crate) fn rechecks(&self) -> watch::Receiver<()> {
        self.recheck.subscribe()
    }

    /// A place for a wait, if there is one for this session and this machine.
    pub(crate) fn enter(
        self: &Arc<Self>,
        session: &Arc<Semaphore>,
        machine: [u8; 32],
    ) -> Option<Place> {
        let of_session = session.clone().try_acquire_owned().ok()?;
        let mut table = self.table.lock();
        let own = table.by_machine.get(&machine).copied().unwrap_or_default();
        if table.taken >= self.most || own >= self.most.div_ceil(2) {
            return None;
        }
        table.taken += 1;
        table.by_machine.insert(machine, own + 1);
        Some(Place { watchers: self.clone(), machine, _of_session: of_session })
    }

    /// Tells the position of a service from now on, whenever it may have changed. The second part says
    /// whether somebody has to begin to follow the records.
    pub(crate) fn listen(
        &self,
        service: &ServiceName,
    ) -> (watch::Receiver<Option<Position>>, bool) {
        let mut table = self.table.lock();
        let told =
            table.services.entry(service.clone()).or_insert_with(|| watch::Sender::new(None));
        let told = told.subscribe();
        (told, !std::mem::replace(&mut table.is_followed, true))
    }

    /// The services that somebody waits for. `None` if nobody waits: then nobody follows, either.
    pub(crate) fn watched(&self) -> Option<Vec<ServiceName>> {
        let mut table = self.table.lock();
        table.services.retain(|_, told| told.receiver_count() > 0);
        table.is_followed = !table.services.is_empty();
        table.is_followed.then(|| table.services.keys().cloned().collect())
    }

    /// Tells those who wait for a service where it is now, if it was elsewhere.
    pub(crate) fn tell(&self, service: &ServiceName, position: Position) {
        if let Some(told) = self.table.lock().services.get(service) {
            told.send_if_modified(|known| known.replace(position) != Some(position));
        }
    }
}

/// A place for a wait, until it is dropped.
pub(crate) struct Place {
    watchers: Arc<Watchers>,
    machine: [u8; 32],
    _of_session: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.watchers.table.lock();
        table.taken = table.taken.saturating_sub(1);
        if let Some(own) = table.by_machine.get_mut(&self.machine) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                table.by_machine.remove(&self.machine);
            }
        }
    }
}
