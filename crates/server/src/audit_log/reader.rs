//! Reading segments back.

use std::{
    io::{self, BufRead as _, BufReader},
    path::Path,
};

use aecs_attest::files;
use aecs_core::LookBack;
use aecs_crypto::{
    audit::{Checker, Finding},
    sha256,
};
use serde::Deserialize;

/// What a segment has.
pub(super) struct Found {
    pub(super) checker: Checker,
    /// The first line, counted from 1, that does not fit those before it.
    pub(super) broken_at: Option<u64>,
    /// Where the last whole line ends.
    pub(super) whole: u64,
    /// How many bytes follow.
    pub(super) cut: u64,
}

/// Reads a segment, and checks every link of its chain and the signature of the last head, which
/// covers all lines before it. A segment has a head for each commit: to verify them all would be
/// half of the time that a start takes.
pub(super) fn read(path: &Path) -> io::Result<Found> {
    let mut found = read_with(path, Checker::of_last_head())?;
    if found.checker.finish().is_err() {
        // Then the last head with a right signature is looked for.
        found = read_with(path, Checker::default())?;
    }
    Ok(found)
}

fn read_with(path: &Path, checker: Checker) -> io::Result<Found> {
    let mut found = Found { checker, broken_at: None, whole: 0, cut: 0 };
    let mut number: u64 = 0;
    each_line(path, |line, end| {
        number = number.saturating_add(1);
        found.whole = end;
        match found.checker.line(line) {
            // That was told at the start after the change.
            Ok(()) | Err(Finding::Changed { .. }) => {}
            Err(_) => {
                found.broken_at.get_or_insert(number);
            }
        }
    })
    .map(|cut| found.cut = cut)?;
    Ok(found)
}

/// Adds what a segment knows of the entry `sequence` and of requests.
pub(super) fn look_back(path: &Path, sequence: u64, found: &mut LookBack) -> io::Result<()> {
    #[derive(Deserialize)]
    struct Line {
        sequence: u64,
        request: Option<String>,
    }
    each_line(path, |line, _| {
        let Ok(read) = serde_json::from_slice::<Line>(line) else { return };
        if read.sequence == sequence {
            found.hash = Some(sha256(line));
        }
        found.requests.extend(read.request);
    })
    .map(drop)
}

/// Gives each whole line, without its end, and where it ends. Returns how many bytes follow the
/// last one.
fn each_line(path: &Path, mut take: impl FnMut(&[u8], u64)) -> io::Result<u64> {
    let mut reader = BufReader::new(files::open(path)?);
    let (mut line, mut end) = (Vec::new(), 0_u64);
    loop {
        line.clear();
        let length = u64::try_from(reader.read_until(b'\n', &mut line)?).unwrap_or(u64::MAX);
        if line.pop_if(|last| *last == b'\n').is_none() {
            return Ok(length);
        }
        end = end.saturating_add(length);
        take(&line, end);
    }
}
