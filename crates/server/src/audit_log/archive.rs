//! Finished segments, and the sinks that take them.
//!
//! A finished segment has the name of the log and the number of its first entry. The folder of
//! `audit.sink` gets a copy, which is read back and compared; then the segment is removed here. The
//! newest finished segment stays: the vault may know the log by its last entry.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader},
    path::{Path, PathBuf},
    sync::{
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use aecs_attest::files;

use super::{AuditOptions, Shared};

/// How many digits the number in a segment's name has at least: others' files have shorter ones.
const DIGITS: usize = 12;

/// How often a sink is tried again.
const RETRY: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Archive {
    active: PathBuf,
    options: AuditOptions,
}

/// A finished segment.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finished {
    /// The number of its first entry.
    pub(super) first: u64,
    pub(super) path: PathBuf,
    bytes: u64,
}

impl Archive {
    pub(super) fn new(active: &Path, options: AuditOptions) -> Self {
        Self { active: active.to_owned(), options }
    }

    /// The file that is appended to.
    pub(super) fn active(&self) -> &Path {
        &self.active
    }

    /// The name of a finished segment that is not taken yet.
    pub(super) fn name(&self, first: u64) -> io::Result<PathBuf> {
        let base = format!("{}.{first:0DIGITS$}", self.active.display());
        for copy in 1..100 {
            let name = if copy == 1 { base.clone() } else { format!("{base}-{copy}") };
            if !Path::new(&name).try_exists()? {
                return Ok(name.into());
            }
        }
        Err(io::Error::other(format!("{base} exists already")))
    }

    /// The finished segments that are here, oldest first.
    pub(super) fn finished(&self) -> io::Result<Vec<Finished>> {
        let folder = match self.active.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let Some(name) = self.active.file_name().and_then(|name| name.to_str()) else {
            return Ok(Vec::new());
        };
        let mut finished = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let file_name = entry.file_name();
            let first = file_name
                .to_str()
                .and_then(|file| file.strip_prefix(name)?.strip_prefix('.'))
                .and_then(|rest| rest.split('-').next().filter(|number| number.len() >= DIGITS))
                .and_then(|number| number.parse().ok());
            if let Some(first) = first {
                let bytes = entry.metadata()?.len();
                finished.push(Finished { first, path: entry.path(), bytes });
            }
        }
        finished.sort();
        Ok(finished)
    }

    /// Why nothing more may be appended, if so.
    pub(super) fn full(&self) -> Option<String> {
        let AuditOptions { segment_bytes, max_bytes, .. } = self.options;
        let bytes = match self.finished() {
            Ok(finished) => finished.iter().map(|file| file.bytes).sum::<u64>(),
            Err(error) => return Some(format!("cannot list its segments: {error}")),
        };
        (bytes.saturating_add(segment_bytes) > max_bytes).then(|| {
            format!(
                "it is full: the finished segments have {bytes} bytes, and with one more of \
                 {segment_bytes} they would have more than audit.max_bytes ({max_bytes}). Move the \
                 oldest away, or have them taken by audit.sink"
            )
        })
    }

    /// Gives finished segments away, as far as that is configured. `taken` is the newest one that
    /// the sink has.
    fn give_away(&self, shared: &Shared, taken: &mut Option<PathBuf>) -> io::Result<()> {
        let mut finished = self.finished()?;
        if let Some(sink) = &self.options.sink {
            let newest = finished.pop();
            for file in &finished {
                if taken.as_ref() != Some(&file.path) {
                    copy(&file.path, sink)?;
                }
                fs::remove_file(&file.path)?;
            }
            if let Some(newest) = newest.filter(|newest| taken.as_ref() != Some(&newest.path)) {
                copy(&newest.path, sink)?;
                *taken = Some(newest.path);
            }
            return Ok(());
        }
        let may_drop = || shared.may_drop_oldest.load(Ordering::Acquire);
        while may_drop() && self.full().is_some() && finished.len() > 1 {
            let oldest = finished.remove(0);
            fs::remove_file(&oldest.path)?;
            tracing::warn!(
                path = %oldest.path.display(),
                "audit.insecure_drop_oldest: a segment of the audit log was removed"
            );
        }
        Ok(())
    }
}

/// Works until the log is closed.
pub(super) fn run(shared: &Shared, woken: &Receiver<()>) {
    let mut taken = None;
    loop {
        if let Err(error) = shared.archive.give_away(shared, &mut taken) {
            tracing::error!(%error, "finished segments of the audit log were not taken");
        }
        shared.judge_room();
        if let Some(full) = &shared.tail.lock().full {
            tracing::error!(%full, "the audit log takes no entries: nothing is released");
        }
        if woken.recv_timeout(RETRY) == Err(RecvTimeoutError::Disconnected) {
            return;
        }
    }
}

/// Copies a segment into the folder, and returns when the copy is durable and was compared. The
/// host chooses how large the segment is: none of it is kept in memory.
pub(super) fn copy(segment: &Path, folder: &Path) -> io::Result<()> {
    let name = segment.file_name().ok_or_else(|| io::Error::other("a segment without a name"))?;
    if !folder.try_exists()? {
        let what = format!("audit.sink: the folder {} does not exist", folder.display());
        return Err(io::Error::other(what));
    }
    let target = folder.join(name);
    if target.try_exists()? {
        if target.canonicalize()? == segment.canonicalize()? {
            return Err(io::Error::other("audit.sink is the folder of the audit log itself"));
        }
        return compare(segment, &target);
    }
    let mut part = target.clone().into_os_string();
    part.push(".part");
    let part = PathBuf::from(part);
    // What a copy left that was interrupted, and nothing that opening it would wait for.
    if part.try_exists()? {
        fs::remove_file(&part)?;
    }
    let mut copied = File::create_new(&part)?;
    io::copy(&mut open(segment)?, &mut copied)?;
    copied.sync_all()?;
    compare(segment, &part)?;
    fs::rename(&part, &target)?;
    files::sync_folder_of(&target)
}

fn compare(segment: &Path, copy: &Path) -> io::Result<()> {
    let (mut original, mut copied) = (BufReader::new(open(segment)?), BufReader::new(open(copy)?));
    loop {
        let (one, other) = (original.fill_buf()?, copied.fill_buf()?);
        let both = one.len().min(other.len());
        if both == 0 && one.is_empty() && other.is_empty() {
            return Ok(());
        }
        if both == 0 || one.get(..both) != other.get(..both) {
            let copy = copy.display();
            let reason = format!("{copy} has another content than the segment");
            return Err(io::Error::other(reason));
        }
        original.consume(both);
        copied.consume(both);
    }
}

fn open(path: &Path) -> io::Result<File> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    files::open(path).map_err(named)
}
