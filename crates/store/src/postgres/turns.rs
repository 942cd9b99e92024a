//! Turns between processes: an advisory lock, and only while others commit as well.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex as SyncMutex;
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMutexGuard},
    time::timeout,
};

use super::line::{Dial, Line, log};
use crate::pages::Turn;

/// How long a turn is waited for. A holder that hangs costs the others this much, and not more.
const PATIENCE: Duration = Duration::from_millis(200);

/// For how long after a commit of another process turns are taken.
const COMPANY: Duration = Duration::from_secs(2);

pub(super) struct Turns {
    line: Arc<Mutex<Option<Line>>>,
    /// When another process was last seen to commit.
    others: SyncMutex<Option<Instant>>,
    key: i64,
}

impl Turns {
    pub(super) fn new(namespace: &str) -> Self {
        let line = Arc::new(Mutex::new(None));
        Self { line, others: SyncMutex::new(None), key: lock_key("turn", namespace) }
    }

    /// Another process committed just now.
    pub(super) fn saw_another(&self) {
        *self.others.lock() = Some(Instant::now());
    }

    /// A turn; `None` if nobody else commits, or it did not come in time.
    pub(super) async fn take(&self, dial: &Dial) -> Option<Turn> {
        if self.others.lock().is_none_or(|seen| seen.elapsed() > COMPANY) {
            return None;
        }
        let mut line = timeout(PATIENCE, Arc::clone(&self.line).lock_owned()).await.ok()?;
        if line.as_ref().is_none_or(Line::is_closed) {
            *line = self.connect(dial).await;
        }
        let connected = line.as_ref()?;
        let lock = format!("SELECT pg_advisory_lock({})", self.key);
        // The server gives up after a time that it was told; this is for a server that does not answer.
        match timeout(PATIENCE * 5, connected.client.batch_execute(&lock)).await {
            Ok(Ok(())) => Some(Box::new(Held { line: Some(line), runtime: Handle::current() })),
            Ok(Err(error)) => {
                tracing::debug!(%error, "the turn did not come");
                None
            }
            Err(_) => {
                connected.cut();
                *line = None;
                None
            }
        }
    }

    async fn connect(&self, dial: &Dial) -> Option<Line> {
        let line = match dial.connect(log).await {
            Ok(line) => line,
            Err(error) => {
                tracing::debug!(%error, "no connection for turns");
                return None;
            }
        };
        let wait = format!("SET lock_timeout = {}", PATIENCE.as_millis());
        line.client.batch_execute(&wait).await.ok().map(|()| line)
    }
}

/// A turn that was taken.
struct Held {
    line: Option<OwnedMutexGuard<Option<Line>>>,
    runtime: Handle,
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut held) = self.line.take() else { return };
        self.runtime.spawn(async move {
            let Some(line) = held.as_ref() else { return };
            let unlock = line.client.batch_execute("SELECT pg_advisory_unlock_all()");
            if !matches!(timeout(PATIENCE * 5, unlock).await, Ok(Ok(()))) {
                // The server ends the lock with the connection.
                line.cut();
                *held = None;
            }
        });
    }
}

/// The number of an advisory lock, which all processes compute in the same way (FNV-1a).
pub(super) fn lock_key(purpose: &str, namespace: &str) -> i64 {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for byte in format!("aecs {purpose} {namespace}").bytes() {
        sum = (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    i64::from_ne_bytes(sum.to_ne_bytes())
}
