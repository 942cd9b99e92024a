//! What takes milliseconds and more: keys, passwords, evidence.
//!
//! Invariant: it never runs on the threads that serve calls, and never more of it at once than its
//! lane is wide, also when those who asked for it have gone away.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, ErrorCode, Kind};

/// Where slow work queues.
pub(crate) struct SlowLane {
    places: Arc<Semaphore>,
}

impl SlowLane {
    /// A lane for computations: as wide as this machine has processors.
    pub(crate) fn new() -> Self {
        Self::with_width(std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// A lane for so many at once.
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
        let place = place.map_err(|error| Error::internal(what, &error))?;
        on_a_thread(what, place, compute).await
    }

    /// The same, for work that anybody can ask for: refuses when its turn does not come in time.
    pub(crate) async fn run_soon<T: Send + 'static>(
        &self,
        what: &'static str,
        patience: Duration,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = tokio::time::timeout(patience, self.places.clone().acquire_owned()).await;
        let place = turn.map_err(|_| {
            let reason = format!("too much is to be done at once ({what}): try again later");
            Error::new(ErrorCode::Generic, Kind::ResourceExhausted, reason)
        })?;
        let place = place.map_err(|error| Error::internal(what, &error))?;
        on_a_thread(what, place, compute).await
    }
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
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::internal(what, &error))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

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
    async fn a_panic_is_an_error_and_gives_the_room_back() {
        let lane = SlowLane::with_width(1);
        assert!(lane.run("working", || panic!("on purpose")).await.is_err());
        assert_eq!(lane.run("working", || 7).await.unwrap(), 7);
    }
}
