//! States that answers have told, on their way into a lasting memory.
//!
//! Remembering costs a write that is made durable. When answers come faster than that, each caller
//! still waits until its state is remembered, but one write serves all that wait.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::Result;
use crate::memory::{Seen, StateMemory};
use crate::session::blocking;
use crate::status::DeploymentId;

/// The latest state of each deployment, apart for those that are confirmed.
type States = BTreeMap<(DeploymentId, bool), Seen>;

/// States that are not remembered yet.
#[derive(Default)]
pub(crate) struct Told {
    waiting: Mutex<States>,
    writing: tokio::sync::Mutex<()>,
}

impl Told {
    /// Remembers a state, together with those that others have told meanwhile.
    ///
    /// # Errors
    ///
    /// Those of the memory.
    pub(crate) async fn remember(
        &self,
        memory: &Arc<dyn StateMemory>,
        deployment: DeploymentId,
        seen: Seen,
        confirmed: bool,
    ) -> Result<()> {
        add(&mut self.waiting.lock(), (deployment, confirmed), seen);
        let _turn = self.writing.lock().await;
        // They stay until they are remembered: the call that writes them can fail, or be dropped.
        let states = self.waiting.lock().clone();
        // An earlier write has remembered this one as well.
        if states.is_empty() {
            return Ok(());
        }
        let (memory, batch) = (memory.clone(), states.clone());
        let done = blocking(move || {
            batch.iter().try_for_each(|((deployment, confirmed), seen)| {
                memory.remember(deployment, seen, *confirmed)
            })
        });
        done.await??;
        self.waiting.lock().retain(|key, seen| states.get(key) != Some(seen));
        Ok(())
    }
}

fn add(states: &mut States, key: (DeploymentId, bool), seen: Seen) {
    let latest = states.get(&key).map_or(seen, |before| seen.or_later(before));
    states.insert(key, latest);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::memory::{Known, MemoryError};

    const DEPLOYMENT: DeploymentId = DeploymentId::from_bytes([1; 32]);

    /// Slow, and fails the first times.
    #[derive(Default)]
    struct Slow {
        failures: usize,
        written: AtomicUsize,
        latest: Mutex<u64>,
    }

    impl StateMemory for Slow {
        fn recall(&self) -> std::result::Result<BTreeMap<DeploymentId, Known>, MemoryError> {
            Ok(BTreeMap::new())
        }

        fn remember(
            &self,
            _: &DeploymentId,
            seen: &Seen,
            _: bool,
        ) -> std::result::Result<(), MemoryError> {
            std::thread::sleep(Duration::from_millis(20));
            if self.written.fetch_add(1, Ordering::Relaxed) < self.failures {
                return Err(MemoryError::Malformed { path: "memory".into(), line: 1 });
            }
            *self.latest.lock() = seen.epoch;
            Ok(())
        }
    }

    fn at(epoch: u64) -> Seen {
        Seen { epoch, chain: [0; 32], settings_revision: 0 }
    }

    #[tokio::test]
    async fn a_call_that_is_dropped_takes_no_state_with_it() {
        let slow = Arc::new(Slow { failures: 1, ..Slow::default() });
        let memory: Arc<dyn StateMemory> = slow.clone();
        let told = Told::default();
        let dropped = told.remember(&memory, DEPLOYMENT, at(9), true);
        assert!(tokio::time::timeout(Duration::from_millis(1), dropped).await.is_err());
        while slow.written.load(Ordering::Relaxed) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        told.remember(&memory, DEPLOYMENT, at(5), true).await.unwrap();
        assert_eq!(*slow.latest.lock(), 9);
    }

    async fn remember(failures: usize) -> (usize, usize, u64) {
        let slow = Arc::new(Slow { failures, ..Slow::default() });
        let memory: Arc<dyn StateMemory> = slow.clone();
        let told = Arc::new(Told::default());
        let calls: Vec<_> = (1..=50)
            .map(|epoch| {
                let (told, memory) = (told.clone(), memory.clone());
                let seen = at(epoch);
                tokio::spawn(async move { told.remember(&memory, DEPLOYMENT, seen, true).await })
            })
            .collect();
        let mut failed = 0;
        for call in calls {
            failed += usize::from(call.await.unwrap().is_err());
        }
        let latest = *slow.latest.lock();
        (failed, slow.written.load(Ordering::Relaxed), latest)
    }

    #[tokio::test]
    async fn one_write_serves_all_that_wait() {
        let (failed, written, latest) = remember(0).await;
        assert_eq!((failed, latest), (0, 50));
        assert!(written <= 3, "{written} writes");
    }

    #[tokio::test]
    async fn nobody_takes_a_state_for_remembered_that_is_not() {
        let (failed, written, latest) = remember(1).await;
        assert_eq!((failed, latest), (1, 50));
        assert!(written >= 2, "{written} writes");
        assert_eq!(remember(50).await.0, 50, "each is told that it was not");
    }
}
