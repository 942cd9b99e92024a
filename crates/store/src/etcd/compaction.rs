//! Lets etcd forget replaced values and removed pages, of which it keeps the history until it is told
//! otherwise: with its usual quota of 2 GB, a busy store would stop after some minutes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{
    api::{CompactionRequest, Nothing, path},
    client::Client,
};

/// The time and the written bytes after which there is another point in time to compact to.
const INTERVAL: Duration = Duration::from_secs(150);
const WRITTEN: usize = 128 << 20;

pub(super) struct Compaction {
    client: Arc<Client>,
    state: Mutex<State>,
}

struct State {
    begin: Instant,
    written: usize,
    /// The revision at the beginning of the interval: at its end, what is older may be forgotten, so
    /// that others who use the cluster see at least an interval of history.
    revision: i64,
}

impl Compaction {
    pub(super) fn new(client: Arc<Client>) -> Self {
        let state = State { begin: Instant::now(), written: 0, revision: 0 };
        Self { client, state: Mutex::new(state) }
    }

    /// Counts what a commit wrote, which led to this revision.
    pub(super) fn count(&self, bytes: usize, revision: i64) {
        let mut state = self.state.lock();
        state.written = state.written.saturating_add(bytes);
        if state.revision == 0 {
            state.revision = revision;
        }
        if state.written < WRITTEN && state.begin.elapsed() < INTERVAL {
            return;
        }
        let old =
            std::mem::replace(&mut *state, State { begin: Instant::now(), written: 0, revision });
        drop(state);
        let client = Arc::clone(&self.client);
        tokio::spawn(async move {
            let request = CompactionRequest { revision: old.revision };
            let done = client.call::<_, Nothing>(path::COMPACT, "compacting", true, request).await;
            if let Err(error) = done {
                // Most likely another process did it.
                tracing::debug!(%error, "etcd was not compacted");
            }
        });
    }
}
