//! The event log of a trust domain: what the CCEL table of ACPI points to (Trusted Computing Group,
//! "PC Client Platform Firmware Profile", section 10, in the crypto-agile format; register numbers
//! as in "UEFI Specification", section 38.4.1), or a list in JSON ([`json`]).
//!
//! The log says what was measured and when; that it is true is seen by replaying it: its digests,
//! one after the other, have to lead to the registers of a genuine quote. Only digests count, and
//! names and payloads whose digest is known to be theirs.

mod json;

use std::collections::{BTreeMap, BTreeSet};

use crate::encoding::bytes::take;
use crate::error::{Error, Result};
use crate::quote::td_report::{Measurement, sha384};

/// Name and version of the format, in the first event.
const SIGNATURE: &[u8; 16] = b"Spec ID Event03\0";
/// An event for the reader only.
const EV_NO_ACTION: u32 = 3;
const SHA384_ID: u16 = 0x000C;
const SHA384_LEN: usize = 48;
/// No firmware has more hash algorithms than this.
const MAX_ALGORITHMS: u32 = 16;
/// The longest digest of any algorithm.
const MAX_DIGEST: u16 = 64;

/// Events that extend a register.
#[derive(Debug)]
pub(crate) struct EventLog(Vec<Event>);

#[derive(Debug)]
struct Event {
    /// 0 to 3.
    rtmr: usize,
    digest: Measurement,
    /// Name and payload, in hexadecimal, of which it is known that the digest is theirs.
    said: Option<(String, String)>,
}

impl EventLog {
    /// Reads a log; zeros or ones may fill the rest of its memory.
    pub(crate) fn parse(log: &[u8]) -> Result<Self> {
        if json::is_list(log) {
            return json::parse(log);
        }
        let mut rest = log;
        let algorithms = header(&mut rest).ok_or_else(|| malformed("not in the format 2.0"))?;
        if !algorithms.iter().any(|(id, len)| (*id, *len) == (SHA384_ID, SHA384_LEN)) {
            return Err(malformed("without SHA-384"));
        }
        let mut events = Vec::new();
        while !is_padding(rest)? {
            let at = log.len() - rest.len();
            let (register, digest) = event(&mut rest, &algorithms)
                .ok_or_else(|| malformed(format!("the event at byte {at} cannot be read")))?;
            let Some(digest) = digest else { continue };
            let rtmr = match register {
                1 => 0,
                2 => 1,
                3 => 2,
                4 => 3,
                _ => {
                    let reason = format!("the event at byte {at} is for register {register}");
                    return Err(malformed(reason));
                }
            };
            events.push(Event { rtmr, digest, said: None });
        }
        Ok(Self(events))
    }

    /// Whether an event of the log extends RTMR3, which firmware never does.
    pub(crate) fn covers_rtmr3(&self) -> bool {
        self.0.iter().any(|event| event.rtmr == 3)
    }

    /// What programs have said by extending RTMR3, as attributes have it. Of a name with different
    /// payloads it is not known which one counts: who has it first does not decide.
    pub(crate) fn said(&self) -> BTreeMap<String, String> {
        /// Most events that are told, and most characters of their names and bytes of their payloads.
        const MOST: (usize, usize, usize) = (32, 64, 256);
        let plain = |name: &str| {
            let fits = |c: char| c.is_ascii_graphic() && !matches!(c, ',' | '=');
            !name.is_empty() && name.len() <= MOST.1 && name.chars().all(fits)
        };
        let mut said = BTreeMap::new();
        let mut ambiguous = BTreeSet::new();
        for (name, payload) in self.0.iter().filter_map(|event| event.said.as_ref()) {
            match said.get(name) {
                Some(before) if before != payload => {
                    ambiguous.insert(name.clone());
                }
                _ => {
                    said.insert(name.clone(), payload.clone());
                }
            }
        }
        let told = |(name, payload): &(String, String)| {
            let len = payload.len() / 2;
            plain(name) && (1..=MOST.2).contains(&len) && !ambiguous.contains(name)
        };
        said.into_iter().filter(told).take(MOST.0).collect()
    }

    /// What the registers hold after these events.
    pub(crate) fn replay(&self) -> [Measurement; 4] {
        let mut rtmrs = [[0; SHA384_LEN]; 4];
        for event in &self.0 {
            if let Some(rtmr) = rtmrs.get_mut(event.rtmr) {
                *rtmr = sha384(&[rtmr.as_slice(), &event.digest].concat());
            }
        }
        rtmrs
    }
}

/// An event log (CCEL) without the empty rest of its memory, to put it into a report; all
/// of it, if it cannot be read.
#[must_use]
pub fn without_padding(log: &[u8]) -> &[u8] {
    let mut rest = log;
    let Some(algorithms) = header(&mut rest) else { return log };
    // What [`EventLog::parse`] would refuse is left as it is, at once: looking for padding again
    // and again would take time in the square of a log's length.
    loop {
        match is_padding(rest) {
            Ok(true) => break,
            Ok(false) if event(&mut rest, &algorithms).is_some() => {}
            _ => return log,
        }
    }
    log.get(..log.len() - rest.len()).unwrap_or(log)
}

/// The first event, in the format 1.2, which tells the algorithms and the length of their digests.
fn header(rest: &mut &[u8]) -> Option<Vec<(u16, usize)>> {
    let _register = take::<4>(rest)?;
    let kind = number(rest)?;
    let _sha1 = take::<20>(rest)?;
    let len = number(rest)?;
    let mut spec = bytes(rest, len)?;
    if kind != EV_NO_ACTION || take::<16>(&mut spec)? != SIGNATURE {
        return None;
    }
    let _platform_class = take::<4>(&mut spec)?;
    let [_minor, major, _errata, _word] = take(&mut spec)?;
    let count = number(&mut spec)?;
    if *major != 2 || count > MAX_ALGORITHMS {
        return None;
    }
    let algorithms = (0..count)
        .map(|_| {
            let id = u16::from_le_bytes(*take(&mut spec)?);
            let len = u16::from_le_bytes(*take(&mut spec)?);
            (len <= MAX_DIGEST).then_some((id, usize::from(len)))
        })
        .collect::<Option<Vec<_>>>()?;
    let [vendor_info_len] = take(&mut spec)?;
    (spec.len() == usize::from(*vendor_info_len)).then_some(algorithms)
}

/// The register of the next event and its SHA-384 digest; no digest when it extends nothing.
fn event(rest: &mut &[u8], algorithms: &[(u16, usize)]) -> Option<(u32, Option<Measurement>)> {
    let register = number(rest)?;
    let kind = number(rest)?;
    let count = number(rest)?;
    // One digest of each algorithm, in any order.
    if usize::try_from(count).ok()? != algorithms.len() {
        return None;
    }
    let mut sha384 = None;
    let mut seen = Vec::with_capacity(algorithms.len());
    for _ in 0..count {
        let id = u16::from_le_bytes(*take(rest)?);
        let (_, len) = algorithms.iter().find(|(known, _)| *known == id)?;
        let (digest, behind) = rest.split_at_checked(*len)?;
        *rest = behind;
        if seen.contains(&id) {
            return None;
        }
        seen.push(id);
        if id == SHA384_ID {
            sha384 = digest.try_into().ok();
        }
    }
    let len = number(rest)?;
    let _description = bytes(rest, len)?;
    if kind == EV_NO_ACTION {
        return Some((register, None));
    }
    Some((register, Some(sha384?)))
}

/// Whether nothing more follows. The rest of the table's memory is all zeros or all ones; no event
/// begins with eight bytes of either.
fn is_padding(rest: &[u8]) -> Result<bool> {
    let fill = match rest.first_chunk::<8>() {
        None => rest.first().copied().unwrap_or_default(),
        Some([0, 0, 0, 0, 0, 0, 0, 0]) => 0,
        Some([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]) => 0xFF,
        Some(_) => return Ok(false),
    };
    if !matches!(fill, 0 | 0xFF) || rest.iter().any(|byte| *byte != fill) {
        return Err(malformed("unexpected bytes follow its end"));
    }
    Ok(true)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    take(rest).map(|bytes| u32::from_le_bytes(*bytes))
}

fn bytes<'a>(rest: &mut &'a [u8], len: u32) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    *rest = tail;
    Some(head)
}

fn malformed(reason: impl Into<crate::error::Source>) -> Error {
    Error::malformed("event log", reason)
}

#[cfg(test)]
mod tests;
