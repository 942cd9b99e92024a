//! Reading segments back.
//!
//! Invariant: the host chooses what is in these files. They are read line by line, and a line that
//! is longer than a node's ends the reading: they cost the memory of one line, whatever they have.

use std::{cell::RefCell, io, path::Path};

use aecs_attest::files::{Place, lines};
use aecs_core::{AuditEntry, LookBack};
use aecs_crypto::audit::{Finding, Head, Heads, Log, MAX_LINE, check};

/// What segments have.
pub(super) struct Contents {
    pub(super) log: Log,
    /// The place that does not fit what is before it, and why; none if the log tells of it later.
    pub(super) broken: Option<String>,
    /// How many bytes follow the last whole line of the last segment.
    pub(super) cut: u64,
    /// There is something, and none of it is of an audit log.
    pub(super) foreign: bool,
}

/// How the lines of a log begin: what a crash leaves of a first line is the beginning of one of
/// these.
const BEGINNINGS: [&[u8]; 2] = [b"{\"sequence\":", b"{\"head\":"];

/// Reads segments as one log, and checks every link of its chain and the signature of the last
/// head, which covers all lines before it. A segment has a head for each commit: to verify them all
/// would be half of the time that a start takes.
pub(super) fn read(segments: &[&Path]) -> io::Result<Contents> {
    let found = read_by(segments, Heads::LastByAnyKey)?;
    match found.log.signed {
        Some(_) => Ok(found),
        // Then the last head with a right signature is looked for.
        None => read_by(segments, Heads::ByAnyKey),
    }
}

fn read_by(segments: &[&Path], heads: Heads<'_>) -> io::Result<Contents> {
    let (mut broken, mut cut) = (None, 0);
    let (mut own, mut others, mut unreadable) = (0_u64, 0_u64, 0_u64);
    let found = |place: &Place<'_>, finding| match finding {
        // It covers everything before it, and is a finding for good.
        Finding::Changed { .. } => broken = None,
        Finding::Adopted { .. } => {}
        Finding::Unfinished { bytes } if segments.last() == Some(&place.file) => {
            cut = u64::try_from(bytes).unwrap_or(u64::MAX);
        }
        finding => {
            unreadable += u64::from(finding == Finding::Unreadable);
            broken.get_or_insert_with(|| format!("{place}: {finding}"));
        }
    };
    let lines = lines(segments.iter().copied(), MAX_LINE).inspect(|line| {
        if let Ok((_, line)) = line {
            let is_own = line.ends_with(b"\n") || is_begun(line);
            *(if is_own { &mut own } else { &mut others }) += 1;
        }
    });
    let log = check(lines, heads, Head::default(), found)?;
    let foreign = own == unreadable && own + others > 0;
    Ok(Contents { log, broken, cut, foreign })
}

fn is_begun(line: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning) || beginning.starts_with(line))
}

/// What segments say of the entry `known` and of `acts`. Where something does not fit, a line may
/// be the host's: then no act counts as recorded, and all are written again. An entry before
/// `known` that tells of a change does so for good: what comes after it is judged by itself.
pub(super) fn look_back(
    segments: &[&Path],
    known: Head,
    acts: Vec<AuditEntry>,
) -> io::Result<LookBack> {
    let (unrecorded, mut fits) = (RefCell::new(acts.clone()), true);
    let lines = lines(segments.iter().copied(), MAX_LINE).inspect(|line| {
        let mut unrecorded = unrecorded.borrow_mut();
        if !unrecorded.is_empty()
            && let Ok((_, line)) = line
            && let Ok(entry) = serde_json::from_slice::<AuditEntry>(line)
        {
            unrecorded.retain(|act| !entry.is_of(act));
        }
    });
    let log = check(lines, Heads::LastByAnyKey, known, |_, finding| match finding {
        Finding::Changed { entry, .. } if entry <= known.sequence => {
            fits = true;
            unrecorded.borrow_mut().clone_from(&acts);
        }
        Finding::Adopted { .. } | Finding::Unfinished { .. } => {}
        _ => fits = false,
    })?;
    let unrecorded = if fits { unrecorded.into_inner() } else { acts };
    Ok(LookBack { follows: log.follows, unrecorded })
}
