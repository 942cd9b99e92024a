//! Cleans the tables of what commits replaced and removed, before it is most of them.
//!
//! The server's own cleaning looks once a minute, in which a busy store writes gigabytes.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::line::{Dial, log};

/// The garbage in bytes after which the tables are cleaned.
const GARBAGE: u64 = 64 << 20;

/// The bytes that a row of a page takes; a few take more.
const ROW: u64 = 8192;

pub(super) struct Vacuum {
    dial: Arc<Dial>,
    garbage: AtomicU64,
    running: Arc<AtomicBool>,
}

impl Vacuum {
    pub(super) fn new(dial: Arc<Dial>) -> Self {
        Self { dial, garbage: AtomicU64::new(0), running: Arc::default() }
    }

    /// Counts removed pages, and the replaced value of a register.
    pub(super) fn count(&self, pages: usize, value: usize) {
        let bytes = u64::try_from(pages).unwrap_or(u64::MAX).saturating_mul(ROW)
            + u64::try_from(value).unwrap_or(u64::MAX);
        if self.garbage.fetch_add(bytes, Ordering::Relaxed) + bytes < GARBAGE
            || self.running.swap(true, Ordering::Relaxed)
        {
            return;
        }
        self.garbage.store(0, Ordering::Relaxed);
        let (dial, running) = (Arc::clone(&self.dial), Arc::clone(&self.running));
        tokio::spawn(async move {
            if let Err(error) = clean(&dial).await {
                tracing::warn!(%error, "the tables of the store were not cleaned");
            }
            running.store(false, Ordering::Relaxed);
        });
    }
}

async fn clean(dial: &Dial) -> Result<(), tokio_postgres::Error> {
    let line = dial.connect(log).await?;
    line.client.batch_execute("SET statement_timeout = 0").await?;
    for table in ["registers", "pages"] {
        // Cutting the end off the file would stop all readers for a while. If another process is
        // cleaning, that is enough.
        let table = dial.address.table(table);
        let vacuum = format!("VACUUM (TRUNCATE FALSE, SKIP_LOCKED TRUE) {table}");
        line.client.batch_execute(&vacuum).await?;
    }
    tracing::debug!("the tables of the store were cleaned");
    Ok(())
}
