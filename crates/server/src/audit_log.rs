//! The audit log: one JSON line per act, chained by hashes.
//!
//! Every line holds the SHA-256 of the line before it, so a line that is edited, removed from the
//! middle or moved breaks the chain at a place that [`inspect`] names. (A chain cannot show that
//! its end was cut off.) Invariant: one process appends at a time, and a line is handed to the
//! operating system before the call it records is answered; a thread of its own brings it to the
//! disk, since a call must not wait for that.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};

use aecs_core::{AuditEntry, AuditSink};
use aecs_crypto::sha256;
use serde::{Deserialize, Serialize};
use thiserror::Error;

#[cfg(test)]
mod tests;

/// Appends audit entries to a file, and to the log.
#[derive(Debug)]
pub struct AuditLog {
    tail: Mutex<Tail>,
    flusher: Option<(SyncSender<()>, JoinHandle<()>)>,
}

/// Why an audit log cannot be written to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuditError {
    /// Another process appends to it.
    #[error("another server writes to it")]
    InUse,
    /// The file cannot be read or written.
    #[error("it cannot be read or written")]
    Io(#[from] io::Error),
}

/// What the lines of an audit log say about its integrity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Number of lines.
    pub lines: u64,
    /// The first line, counted from 1, that does not follow from the one before it.
    pub broken_at: Option<u64>,
    /// What the next line has to hold as `previous`.
    head: [u8; 32],
    /// The last line has no end: the server stopped in the middle of writing it.
    torn: bool,
}

impl AuditLog {
    /// Opens the log at `path`, or begins a new one, and inspects what is there. A broken chain
    /// is continued: refusing to record would only help whoever broke it.
    ///
    /// # Errors
    /// The file cannot be read or written, or another process has it open.
    pub fn open(path: &Path) -> Result<(Self, Inspection), AuditError> {
        let file =
            OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => AuditError::InUse,
            TryLockError::Error(error) => AuditError::Io(error),
        })?;
        let inspection = inspect(&file)?;
        if inspection.torn {
            (&file).write_all(b"\n")?;
        }
        let flushed = file.try_clone()?;
        let (wake, woken) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("audit-flush".to_owned())
            .spawn(move || flush(&flushed, &woken))?;
        let tail = Tail { file, head: inspection.head, lines: inspection.lines };
        Ok((Self { tail: Mutex::new(tail), flusher: Some((wake, thread)) }, inspection))
    }
}

impl AuditSink for AuditLog {
    fn append(&self, entry: &AuditEntry) {
        tracing::info!(
            target: "aecs_server::audit",
            function = entry.function,
            caller = entry.caller,
            service = entry.service.as_deref(),
            object = entry.object.as_deref(),
            outcome = entry.outcome.as_str(),
            "audit"
        );
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = tail.append(entry) {
            tracing::error!(%error, "cannot write to the audit log");
        }
        if let Some((wake, _)) = &self.flusher {
            // Full: the flusher has not begun its next round yet, which will cover this line.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        if let Some((wake, thread)) = self.flusher.take() {
            drop(wake);
            let _ = thread.join();
        }
    }
}

/// Where the next line goes, and what it follows.
#[derive(Debug)]
struct Tail {
    file: File,
    head: [u8; 32],
    lines: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    sequence: u64,
    previous: String,
    #[serde(flatten)]
    entry: &'a AuditEntry,
}

impl Tail {
    fn append(&mut self, entry: &AuditEntry) -> io::Result<()> {
        let line = Line { sequence: self.lines + 1, previous: hex::encode_upper(self.head), entry };
        let mut bytes = serde_json::to_vec(&line)?;
        let head = sha256(&bytes);
        bytes.push(b'\n');
        // Only what is written in full is followed: after an error the chain tells of the gap.
        self.file.write_all(&bytes)?;
        self.head = head;
        self.lines += 1;
        Ok(())
    }
}

/// Brings lines to the disk, many at a time when many come.
fn flush(file: &File, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        if let Err(error) = file.sync_data() {
            tracing::error!(%error, "cannot bring the audit log to the disk");
        }
    }
}

/// Reads an audit log from its beginning and checks every link of its chain.
///
/// # Errors
/// The file cannot be read.
pub fn inspect(file: &File) -> io::Result<Inspection> {
    #[derive(Deserialize)]
    struct Link {
        sequence: u64,
        previous: String,
    }

    let mut reader = BufReader::new(file);
    let mut inspection = Inspection { lines: 0, broken_at: None, head: [0; 32], torn: false };
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        inspection.lines += 1;
        inspection.torn = line.pop_if(|last| *last == b'\n').is_none();
        let follows = serde_json::from_slice::<Link>(&line).is_ok_and(|link| {
            link.sequence == inspection.lines && link.previous == hex::encode_upper(inspection.head)
        });
        if !follows {
            inspection.broken_at.get_or_insert(inspection.lines);
        }
        inspection.head = sha256(&line);
        line.clear();
    }
    Ok(inspection)
}
