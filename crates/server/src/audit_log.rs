//! The audit log on disk: segments of JSON lines, chained by hashes, their head signed by the node.
//!
//! Invariants: one process appends at a time. A line is handed to the operating system before the
//! call it records is answered, and brought to the disk within 100 ms by a thread of its own. After
//! a write that failed, the file is cut back to its last whole line, and the next line says how
//! many are missing. A segment is removed only when a sink has it, unless a trust setting says
//! otherwise. What is wrong with the log that is found at the start is the first thing that is
//! written, and nothing is signed before it is. When room is reserved for an act and at each flush, and
//! before a release if that was 20 ms ago, the file must be as the server left it: what somebody does to it
//! between is noticed at the next of these.
//!
//! The form of the lines, and their check: [`aecs_crypto::audit`].

mod archive;
mod reader;
mod segment;
#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use aecs_attest::files;
use aecs_core::{AuditEntry, AuditFailure, AuditSink, LookBack, Room};
use aecs_crypto::audit::{
    AuditKey, AuditPublicKey, CHANGED, Entry, Head, LOG_ID_BYTES, MAX_LINE, UNSIGNED,
};
use parking_lot::Mutex;
use thiserror::Error;

use self::{archive::Archive, reader::Contents, segment::Segment};

/// The room that the longest line takes, with its end.
const LINE: u64 = MAX_LINE as u64 + 1;

/// How long lines gather before they are brought to the disk together.
const GATHER: Duration = Duration::from_millis(20);

/// How large the log may become, and where it goes then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditOptions {
    /// Bytes after which a segment is finished.
    pub segment_bytes: u64,
    /// Bytes of all segments together, beyond which the log counts as full.
    pub max_bytes: u64,
    /// The folder that takes finished segments.
    pub sink: Option<PathBuf>,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self { segment_bytes: 16 << 20, max_bytes: 4 << 30, sink: None }
    }
}

/// Why an audit log cannot be written to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuditError {
    /// Another process appends to it.
    #[error("another server writes to it")]
    InUse,
    /// A line is longer than any that a server writes.
    #[error(
        "no server wrote it: move the file away, and the log goes on in a new one, which records that \
         it was changed"
    )]
    LineTooLong(#[source] io::Error),
    /// The file has something, and none of it is of an audit log.
    #[error(
        "no line of it is an entry or a signed head, so nothing was changed in it: give \
         aecs_audit_file another path, or move the file away"
    )]
    NotALog,
    /// The file cannot be read or written.
    #[error("it cannot be read or written")]
    Io(#[source] io::Error),
}

impl From<io::Error> for AuditError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::FileTooLarge => Self::LineTooLong(error),
            _ => Self::Io(error),
        }
    }
}

/// What the present segment says about its integrity; the newest finished one, too, if the present
/// one has no entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Number of entries.
    pub entries: u64,
    /// The first line that does not fit those before it, and why, if the log does not tell of it
    /// yet.
    pub broken: Option<String>,
    /// Entries after the last signed head: written before a crash, or by somebody else.
    pub unsigned: u64,
    /// Bytes of an unfinished line that were cut off.
    pub cut: u64,
}

/// Appends audit entries to a file.
#[derive(Debug)]
pub struct AuditLog {
    id: [u8; LOG_ID_BYTES],
    shared: Arc<Shared>,
    threads: Option<(SyncSender<()>, [JoinHandle<()>; 2])>,
}

#[derive(Debug)]
struct Shared {
    tail: Mutex<Tail>,
    archive: Archive,
    /// A new segment was asked for.
    rotate: AtomicBool,
    /// The archive has something to do.
    look_at_archive: AtomicBool,
    /// The oldest segment of a full log may be removed although no sink took it.
    may_drop_oldest: AtomicBool,
}

impl AuditLog {
    /// Opens the log at `path`, or begins a new one, and inspects what is there. A broken chain is
    /// continued: refusing to record would only help the attacker who broke it.
    ///
    /// # Errors
    /// The file cannot be read or written, or another process has it open.
    pub fn open(path: &Path, options: AuditOptions) -> Result<(Self, Inspection), AuditError> {
        let segment_bytes = options.segment_bytes;
        let archive = Archive::new(path, options);
        let mut segment = Segment::open(path)?;
        let id = id_of(path)?;
        let mut found = reader::read(&[path])?;
        if found.foreign {
            return Err(AuditError::NotALog);
        }
        let cut = found.cut;
        segment.cut(cut)?;
        let first = found.log.first;
        if first.is_none()
            && let Some(before) = archive.finished()?.pop()
        {
            found = reader::read(&[&before.path, path])?;
        }
        let Contents { log, broken, .. } = found;
        let inspection = Inspection { entries: log.entries, broken, unsigned: log.unsigned, cut };
        let tail = Tail {
            segment,
            in_place: Some(Instant::now()),
            head: log.head,
            first: first.unwrap_or_else(|| log.head.sequence.saturating_add(1)),
            signed: log.signed.map(|(head, _)| head).unwrap_or_default(),
            key: None,
            found: (inspection.clone(), log.signed.map(|(_, key)| key)),
            due: VecDeque::new(),
            lost: 0,
            failure: None,
            full: None,
        };
        let shared = Arc::new(Shared {
            tail: Mutex::new(tail),
            archive,
            rotate: AtomicBool::new(false),
            look_at_archive: AtomicBool::new(false),
            may_drop_oldest: AtomicBool::new(false),
        });
        shared.judge_room();
        let (wake, woken) = sync_channel(1);
        let (finished, to_archive) = sync_channel(1);
        let [flushed, archived] = [shared.clone(), shared.clone()];
        let threads = [
            thread::Builder::new()
                .name("audit-flush".to_owned())
                .spawn(move || flush_all(&flushed, segment_bytes, &woken, &finished))?,
            thread::Builder::new()
                .name("audit-archive".to_owned())
                .spawn(move || archive::run(&archived, &to_archive))?,
        ];
        Ok((Self { id, shared, threads: Some((wake, threads)) }, inspection))
    }

    /// Finishes the present segment and begins a new one, soon.
    pub fn rotate(&self) {
        self.shared.rotate.store(true, Ordering::Release);
        self.wake();
    }

    fn wake(&self) {
        if let Some((wake, _)) = &self.threads {
            // Full: the thread has not begun its next round yet, which will cover this line.
            let _ = wake.try_send(());
        }
    }
}

/// The id of the log at `path`. It is in a file beside the log; a log without an id gets one. The name of
/// that file begins with a dot, so that a pattern for the files of the log (`audit.log*`) does not match it.
fn id_of(path: &Path) -> io::Result<[u8; LOG_ID_BYTES]> {
    let log = path.file_name().unwrap_or_default().to_string_lossy();
    let file = path.with_file_name(format!(".{log}.id"));
    let mut id = [0; LOG_ID_BYTES];
    match files::read_text(&file, 2 * LOG_ID_BYTES + 1) {
        Ok(text) => hex::decode_to_slice(text.trim_end(), &mut id).map_err(|_| {
            let what = format!("{} does not have the id of a log: remove it", file.display());
            io::Error::new(io::ErrorKind::InvalidData, what)
        })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            id = aecs_crypto::random().map_err(io::Error::other)?;
            files::replace(&file, format!("{}\n", hex::encode(id)).as_bytes())?;
        }
        Err(error) => return Err(error),
    }
    Ok(id)
}

impl AuditSink for AuditLog {
    fn id(&self) -> [u8; LOG_ID_BYTES] {
        self.id
    }

    fn sign_with(&self, key: Arc<AuditKey>) {
        self.shared.tail.lock().sign_with(key);
        self.wake();
    }

    fn reserve(&self, room: Room, entries: usize) -> Result<(), AuditFailure> {
        let mut tail = self.shared.tail.lock();
        // A release that was looked at just now does without: each look is two calls of the system, and
        // the next flush looks as well.
        if room == Room::Reserved || !tail.was_looked_at() {
            self.shared.look(&mut tail).map_err(|error| failed(&error))?;
        }
        tail.reserve(room, entries)
    }

    fn append(&self, entry: &AuditEntry, room: Room) -> Result<(), AuditFailure> {
        let mut tail = self.shared.tail.lock();
        // Who reserves has looked. That a look fails is no reason to write to what is not there.
        let in_place = tail.in_place.is_some();
        let looked = if in_place { Ok(()) } else { self.shared.look(&mut tail) };
        let appended = tail.append(entry, room, looked);
        drop(tail);
        self.wake();
        appended
    }

    fn head(&self) -> Head {
        self.shared.tail.lock().head
    }

    fn look_back(&self, known: Head, acts: Vec<AuditEntry>) -> Result<LookBack, AuditFailure> {
        if known == Head::default() && acts.is_empty() {
            // Nothing is known, and everything follows from that: no segment has to be read for it.
            return Ok(LookBack { follows: true, unrecorded: acts });
        }
        let failed = |error: io::Error| AuditFailure(format!("cannot read it: {error}"));
        let (active, first) = (self.shared.archive.active(), self.shared.tail.lock().first);
        let mut files = Vec::new();
        if known.sequence < first {
            let finished = self.shared.archive.finished().map_err(failed)?;
            let from = finished.iter().rposition(|file| file.first <= known.sequence).unwrap_or(0);
            files.extend(finished.into_iter().skip(from).map(|file| file.path));
        }
        files.push(active.to_owned());
        let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        reader::look_back(&files, known, acts).map_err(failed)
    }

    fn sync(&self) -> Result<(), AuditFailure> {
        self.shared.flush().map_err(|error| failed(&error))
    }

    fn may_drop_oldest(&self, may: bool) {
        let before = self.shared.may_drop_oldest.swap(may, Ordering::AcqRel);
        if may && !before {
            // The thread of the archive does it, and comes next after the other one.
            self.shared.look_at_archive.store(true, Ordering::Release);
            self.wake();
        }
    }

    fn resume_after(&self, head: Head) {
        let mut tail = self.shared.tail.lock();
        tail.head = head;
        tail.signed = head;
    }
}

/// Ends the threads; what was appended is on the disk then.
impl Drop for AuditLog {
    fn drop(&mut self) {
        if let Some((wake, threads)) = self.threads.take() {
            drop(wake);
            for thread in threads {
                let _ = thread.join();
            }
        }
    }
}

impl Shared {
    /// Signs the head and brings everything to the disk.
    fn flush(&self) -> io::Result<()> {
        let (looked, file) = {
            let mut tail = self.tail.lock();
            let looked = self.look(&mut tail);
            tail.sign();
            (looked, tail.segment.file())
        };
        // Nobody waits for the disk with the lock in hand.
        file.sync_data().inspect_err(|error| {
            self.tail.lock().failure = Some(Failure::Sync(error.to_string()));
            tracing::error!(%error, "cannot bring the audit log to the disk");
        })?;
        looked
    }

    /// Looks whether the present segment is as the server left it. If not, it is left as it is,
    /// under the name of a finished one if it still has a name, and the log goes on in a new one,
    /// which begins by saying so.
    fn look(&self, tail: &mut Tail) -> io::Result<()> {
        tail.in_place = None;
        self.put_in_place(tail)?;
        tail.in_place = Some(Instant::now());
        Ok(())
    }

    fn put_in_place(&self, tail: &mut Tail) -> io::Result<()> {
        let path = self.archive.active();
        let Some(changed) = tail.segment.changed(path)? else { return Ok(()) };
        if path.try_exists()? {
            std::fs::rename(path, self.archive.name(tail.first)?)?;
        }
        tail.segment = Segment::open(path).map_err(|error| match error {
            AuditError::Io(error) => error,
            error => io::Error::other(error),
        })?;
        tail.first = tail.head.sequence.saturating_add(1);
        let reason = format!("while the server ran, {changed}");
        tracing::error!(%reason, "the audit log was changed");
        let node = tail.key.as_ref().map(|key| key.public().node()).unwrap_or_default();
        let entry = AuditEntry::of_server(now_ms(), CHANGED, reason);
        tail.due.push_back(AuditEntry { node, ..entry });
        // If that cannot be done now, it is tried again before the next entry.
        let _ = tail.tell_due();
        Ok(())
    }

    /// Begins a new segment if the present one has entries.
    fn finish_segment(&self) -> io::Result<()> {
        let mut tail = self.tail.lock();
        self.look(&mut tail)?;
        if tail.head.sequence < tail.first {
            return Ok(());
        }
        tail.sign();
        let (path, finished) = (self.archive.active(), self.archive.name(tail.first)?);
        tail.segment.sync()?;
        std::fs::rename(path, &finished)?;
        match Segment::open(path) {
            Ok(segment) => {
                tail.segment = segment;
                tail.first = tail.head.sequence.saturating_add(1);
                Ok(())
            }
            Err(error) => {
                // The present segment goes on under its name.
                std::fs::rename(&finished, path)?;
                Err(io::Error::other(error))
            }
        }
    }

    /// Compares what is there with what may be.
    fn judge_room(&self) {
        let full = self.archive.full();
        self.tail.lock().full = full;
    }
}

/// Brings lines to the disk, many at a time when many come, and finishes segments.
fn flush_all(shared: &Shared, limit: u64, woken: &Receiver<()>, finished: &SyncSender<()>) {
    while woken.recv().is_ok() {
        thread::sleep(GATHER);
        // What failed is told, and every later entry waits for it to be mended.
        let _ = shared.flush();
        if shared.look_at_archive.swap(false, Ordering::AcqRel) {
            let _ = finished.try_send(());
        }
        let asked = shared.rotate.swap(false, Ordering::AcqRel);
        let end = shared.tail.lock().segment.end();
        if !asked && end < limit {
            continue;
        }
        if let Err(error) = shared.finish_segment() {
            tracing::error!(%error, "cannot begin a new segment of the audit log");
        }
        shared.judge_room();
        let _ = finished.try_send(());
    }
    let _ = shared.flush();
}

/// Why nothing can be appended at present.
#[derive(Debug)]
enum Failure {
    /// A write failed.
    Write(String),
    /// What was written may not be on the disk.
    Sync(String),
}

/// Where the next line goes, and what it follows.
#[derive(Debug)]
struct Tail {
    segment: Segment,
    /// When that was looked at last, if the segment was as the server left it.
    in_place: Option<Instant>,
    head: Head,
    /// The number of the segment's first entry.
    first: u64,
    /// The last head in the file that is signed.
    signed: Head,
    key: Option<Arc<AuditKey>>,
    /// What was found when the log was opened, and the last key that signed it.
    found: (Inspection, Option<AuditPublicKey>),
    /// What the node has to say of that, before it writes or signs anything else.
    due: VecDeque<AuditEntry>,
    /// Entries since the last one that could not be written.
    lost: u64,
    failure: Option<Failure>,
    /// Why there may not be more of the log, if so.
    full: Option<String>,
}

impl Tail {
    /// The first key also judges what was found: the node covers it with its signature from now on,
    /// so the log says which entries it did not write, or cannot know.
    fn sign_with(&mut self, key: Arc<AuditKey>) {
        let own = key.public();
        if self.key.replace(key).is_some() {
            return;
        }
        let (Inspection { broken, unsigned, .. }, signer) = &self.found;
        let changed =
            broken.as_ref().map(|broken| format!("the log does not fit together: {broken}"));
        let unsigned = match (unsigned, signer) {
            (0, None) => None,
            (0, Some(other)) if *other == own => None,
            (0, Some(other)) => Some(format!(
                "the entries before this one were signed by another key: {other}, that of another \
                 identity"
            )),
            (unsigned, _) => Some(format!(
                "the last {unsigned} entries before this one were not signed: the server was \
                 stopped by force, or somebody else wrote them"
            )),
        };
        for (result, reason) in [(UNSIGNED, unsigned), (CHANGED, changed)] {
            let entry = reason.map(|reason| AuditEntry::of_server(now_ms(), result, reason));
            self.due.extend(entry.map(|entry| AuditEntry { node: own.node(), ..entry }));
        }
        // If that cannot be done now, it is tried again before the next entry.
        let _ = self.tell_due();
    }

    /// Whether the segment was as the server left it at most [`GATHER`] ago.
    fn was_looked_at(&self) -> bool {
        self.in_place.is_some_and(|at| at.elapsed() < GATHER)
    }

    /// Writes what has to be said before anything else.
    fn tell_due(&mut self) -> io::Result<()> {
        while let Some(entry) = self.due.pop_front() {
            if let Err(error) = self.line(&entry, Room::Reserved) {
                self.due.push_front(entry);
                return Err(error);
            }
        }
        Ok(())
    }

    fn reserve(&mut self, room: Room, entries: usize) -> Result<(), AuditFailure> {
        self.not_full()?;
        self.tell_due().map_err(|error| failed(&error))?;
        let lines = LINE.saturating_mul(u64::try_from(entries).unwrap_or(u64::MAX));
        self.segment.room(room, lines).map_err(|error| failed(&error))?;
        if let Some(failure) = &self.failure {
            let reason = match failure {
                Failure::Write(error) => format!("entries could not be written: {error}"),
                Failure::Sync(error) => format!(
                    "the disk failed: entries before this one may be missing on it: {error}"
                ),
            };
            let lost = self.lost;
            let told = self
                .write(&AuditEntry::of_server(now_ms(), "lost", reason), room)
                .and_then(|()| self.segment.sync());
            if let Err(error) = told {
                self.lost = lost;
                return Err(failed(&error));
            }
            self.failure = None;
        }
        Ok(())
    }

    /// Appends an entry, if the file was looked at.
    fn append(
        &mut self,
        entry: &AuditEntry,
        room: Room,
        looked: io::Result<()>,
    ) -> Result<(), AuditFailure> {
        let appended = match self.not_full() {
            Ok(()) => looked.and_then(|()| self.write(entry, room)).map_err(|error| {
                self.failure = Some(Failure::Write(error.to_string()));
                failed(&error)
            }),
            Err(full) => Err(full),
        };
        match &appended {
            // The line said how many were lost before it.
            Ok(()) => self.failure.take_if(|failure| matches!(failure, Failure::Write(_))),
            Err(_) => {
                self.lost = self.lost.saturating_add(1);
                None
            }
        };
        appended
    }

    fn write(&mut self, entry: &AuditEntry, room: Room) -> io::Result<()> {
        self.tell_due()?;
        self.line(entry, room)
    }

    fn line(&mut self, entry: &AuditEntry, room: Room) -> io::Result<()> {
        let mut line = serde_json::to_vec(&Entry::new(self.head, self.lost, entry))?;
        if line.len() > MAX_LINE {
            let reason = format!("an entry of {} bytes, and {MAX_LINE} are allowed", line.len());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let head = self.head.after(&line);
        line.push(b'\n');
        self.segment.append(&line, room)?;
        // Only what is written in full is followed.
        self.head = head;
        self.lost = 0;
        Ok(())
    }

    /// Writes the signed head, if there is a new one. If it cannot be written now, the next one
    /// covers the same entries.
    fn sign(&mut self) {
        let signs = self.head != self.signed && self.due.is_empty();
        let Some(key) = self.key.as_ref().filter(|_| signs) else { return };
        let Ok(mut line) = key.head_line(self.head) else { return };
        line.push('\n');
        if self.segment.append(line.as_bytes(), Room::Reserved).is_ok() {
            self.signed = self.head;
        }
    }

    fn not_full(&self) -> Result<(), AuditFailure> {
        match &self.full {
            Some(full) => Err(AuditFailure(full.clone())),
            None => Ok(()),
        }
    }
}

fn failed(error: &io::Error) -> AuditFailure {
    AuditFailure(format!("cannot write to its file: {error}"))
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
