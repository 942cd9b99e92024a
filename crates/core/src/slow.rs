//! Computations of milliseconds and more: keys, passwords.
//!
//! Invariant: they never run on the threads that serve calls, and never more of them at once than
//! there are processors, also when those who asked for them have gone away.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::error::Error;

/// Where slow computations queue.
pub(crate) struct SlowLane {
    processors: Arc<Semaphore>,
}

impl SlowLane {
    /// A lane for this machine.
    pub(crate) fn new() -> Self {
        Self::with_width(std::thread::available_parallelism().map_or(1, usize::from))
    }

    fn with_width(width: usize) -> Self {
        Self { processors: Arc::new(Semaphore::new(width)) }
    }

    /// Runs a computation when its turn comes. Dropped before that, it does not run at all.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        what: &'static str,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let processors = Arc::clone(&self.processors);
        let permit =
            processors.acquire_owned().await.map_err(|error| Error::internal(what, &error))?;
        let work = move || {
            // Until the work ends, not until somebody stops waiting for it.
            let _permit = permit;
            compute()
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::internal(what, &error))
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

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
    async fn a_panic_is_an_error_and_gives_the_room_back() {
        let lane = SlowLane::with_width(1);
        assert!(lane.run("working", || panic!("on purpose")).await.is_err());
        assert_eq!(lane.run("working", || 7).await.unwrap(), 7);
    }
}
