//! Work that takes milliseconds or longer: keys, passwords, evidence.
//!
//! Invariants: it never runs on the threads that serve calls, and never more of it at once than its
//! lane is wide, also when those who asked for it have gone away. Work of one kind never waits for
//! work of another kind: each has a lane.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aecs_attest::ReportType;
use aecs_proto::UnifiedAttestationAuthReport;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Cause, Error, internal};

/// How long somebody who orders a key waits for their turn.
const PATIENCE: Duration = Duration::from_secs(15);

/// Reports without endorsements that are verified at once; they mostly wait.
const FETCHING: usize = 16;

/// The lanes of a core.
pub(crate) struct Lanes {
    /// Checking and hashing passwords.
    pub(crate) passwords: SlowLane,
    /// What the platform operator asks for: sealing and unsealing identities.
    pub(crate) operator: SlowLane,
    /// Secrets that service administrators order, by service.
    pub(crate) services: SharedLane,
    /// Secrets that trusted applications order, by owner. They leave room for everybody else.
    pub(crate) applications: SharedLane,
    /// Keys that are used in place, by the key of the caller.
    pub(crate) keys: SharedLane,
    /// Lists for trusted applications, by owner: each judges all secrets of a service.
    pub(crate) lists: SharedLane,
    /// Lists for owners, by service: each reads the records of all its secrets.
    pub(crate) owners_lists: SharedLane,
    /// Verifying the evidence of callers.
    pub(crate) evidence: EvidenceLanes,
}

impl Lanes {
    /// Lanes for this machine.
    pub(crate) fn new() -> Self {
        let half = (processors() / 2).max(1);
        Self {
            passwords: SlowLane::new(),
            operator: SlowLane::new(),
            services: SharedLane::with_width(processors()),
            applications: SharedLane::with_width(half),
            keys: SharedLane::with_width(half),
            lists: SharedLane::with_width(half),
            owners_lists: SharedLane::with_width(half),
            evidence: EvidenceLanes::new(),
        }
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Where reports wait for their verification.
pub(crate) struct EvidenceLanes {
    /// Reports that bring their endorsements.
    complete: SlowLane,
    /// Reports whose endorsements are fetched.
    fetching: SlowLane,
    /// Reports that bring their endorsements, beside which a list of the vendor is asked for.
    listed: SlowLane,
}

impl EvidenceLanes {
    fn new() -> Self {
        Self {
            complete: SlowLane::new(),
            fetching: SlowLane::with_width(FETCHING),
            listed: SlowLane::with_width(FETCHING),
        }
    }

    pub(crate) fn lane_for(
        &self,
        report: &UnifiedAttestationAuthReport,
        may_fetch: bool,
    ) -> &SlowLane {
        let kind = report.report.as_ref().map(|report| report.str_report_type.as_str());
        if kind == Some(ReportType::BackgroundCheck.as_str()) {
            &self.fetching
        } else if may_fetch {
            &self.listed
        } else {
            &self.complete
        }
    }
}

/// A lane that several share: each of them has one place in it, and one in its queue. Who orders
/// much waits for themselves.
pub(crate) struct SharedLane {
    lane: SlowLane,
    turns: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl SharedLane {
    pub(crate) fn with_width(width: usize) -> Self {
        Self { lane: SlowLane::with_width(width), turns: Mutex::default() }
    }

    /// Runs a computation for `whom` when their turn comes, or refuses if it does not come in time.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        whom: String,
        what: &'static str,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = place_in_time(self.turn_of(whom), what, PATIENCE).await?;
        let work = move || {
            let _turn = turn;
            compute()
        };
        self.lane.run_soon(what, PATIENCE, work).await
    }

    /// The same for work that does not hold a thread.
    pub(crate) async fn attend<T>(
        &self,
        whom: String,
        what: &'static str,
        work: impl Future<Output = T>,
    ) -> Result<T, Error> {
        let _turn = place_in_time(self.turn_of(whom), what, PATIENCE).await?;
        let _place = place_in_time(self.lane.places.clone(), what, PATIENCE).await?;
        Ok(work.await)
    }

    /// What `whom` waits for. Those for whom nobody waits and nothing runs are forgotten.
    fn turn_of(&self, whom: String) -> Arc<Semaphore> {
        let mut turns = self.turns.lock();
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        turns.entry(whom).or_insert_with(|| Arc::new(Semaphore::new(1))).clone()
    }
}

/// Where slow work queues.
pub(crate) struct SlowLane {
    places: Arc<Semaphore>,
}

impl SlowLane {
    /// A lane for computations: as wide as this machine has processors.
    pub(crate) fn new() -> Self {
        Self::with_width(processors())
    }

    /// A lane for this number of tasks at once.
    pub(crate) fn with_width(width: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(width)) }
    }

    /// Runs a computation when its turn comes. Dropped before that, it does not run at all.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        what: &'static str,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(internal(what))?;
        on_a_thread(what, place, compute).await
    }

    /// The same, for work that anybody can ask for: refuses when its turn does not come in time.
    pub(crate) async fn run_soon<T: Send + 'static>(
        &self,
        what: &'static str,
        patience: Duration,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let place = place_in_time(self.places.clone(), what, patience).await?;
        on_a_thread(what, place, compute).await
    }
}

async fn place_in_time(
    places: Arc<Semaphore>,
    what: &'static str,
    patience: Duration,
) -> Result<OwnedSemaphorePermit, Error> {
    let place = tokio::time::timeout(patience, places.acquire_owned()).await;
    place.map_err(|_| Cause::Busy { doing: what })?.map_err(internal(what))
}

async fn on_a_thread<T: Send + 'static>(
    what: &'static str,
    place: OwnedSemaphorePermit,
    compute: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let work = move || {
        // Until the work ends, not until somebody stops waiting for it.
        let _place = place;
        compute()
    };
    tokio::task::spawn_blocking(work).await.map_err(internal(what))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::error::Kind;

    #[tokio::test]
    async fn who_goes_away_makes_no_room_for_more_work() {
        let lane = SlowLane::with_width(1);
        let (started, starts) = mpsc::channel();
        let (finish, finished) = mpsc::channel::<()>();
        let abandoned = lane.run("working", move || {
            started.send(()).unwrap();
            finished.recv().unwrap();
        });
        let waiting = Duration::from_millis(20);
        assert!(tokio::time::timeout(waiting, abandoned).await.is_err());
        starts.recv().unwrap();

        assert!(tokio::time::timeout(waiting, lane.run("working", || ())).await.is_err());
        finish.send(()).unwrap();
        lane.run("working", || ()).await.unwrap();
    }

    #[tokio::test]
    async fn who_must_wait_too_long_is_told_so() {
        let lane = SlowLane::with_width(1);
        let (finish, finished) = mpsc::channel::<()>();
        let holding = lane.run("working", move || finished.recv());
        let refused = lane.run_soon("waiting", Duration::from_millis(20), || ());
        let (held, refused) = tokio::join!(holding, async {
            let refused = refused.await;
            finish.send(()).unwrap();
            refused
        });
        assert!(held.unwrap().is_ok());
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), Kind::ResourceExhausted);
        assert!(error.message().contains("try again later"), "{error}");
        lane.run_soon("waiting", Duration::ZERO, || ()).await.unwrap();
    }

    #[tokio::test]
    async fn who_orders_much_waits_for_themselves() {
        let lane = Arc::new(SharedLane::with_width(2));
        let (started, starts) = mpsc::channel();
        let (finish, finished) = mpsc::channel::<()>();
        let finished = Arc::new(Mutex::new(finished));
        let ordered: Vec<_> = (0..8)
            .map(|_| {
                let (lane, started, finished) = (lane.clone(), started.clone(), finished.clone());
                tokio::spawn(async move {
                    let work = move || {
                        started.send(()).unwrap();
                        finished.lock().recv().unwrap();
                    };
                    lane.run("greedy".into(), "working", work).await
                })
            })
            .collect();
        while starts.try_recv().is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // One of the eight runs, and the second place is for others.
        assert_eq!(lane.run("modest".into(), "working", || 7).await.unwrap(), 7);
        assert!(starts.try_recv().is_err());
        for _ in 0..8 {
            finish.send(()).unwrap();
        }
        for order in ordered {
            order.await.unwrap().unwrap();
        }
        lane.run("modest".into(), "working", || ()).await.unwrap();
        assert!(lane.turns.lock().len() <= 1, "who has nothing to do is forgotten");
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_gives_the_room_back() {
        let lane = SlowLane::with_width(1);
        assert!(lane.run("working", || panic!("on purpose")).await.is_err());
        assert_eq!(lane.run("working", || 7).await.unwrap(), 7);
    }
}
