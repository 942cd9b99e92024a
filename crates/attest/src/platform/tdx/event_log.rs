//! The event log of a trust domain: what the CCEL table of ACPI points to (Trusted Computing Group,
//! "PC Client Platform Firmware Profile", section 10, in the crypto-agile format; register numbers
//! as in "UEFI Specification", section 38.4.1), or a list in JSON ([`json`]).
//!
//! The log says what was measured and when; that it is true is seen by replaying it: its digests,
//! one after the other, have to lead to the registers of a genuine quote. Only digests count, and what
//! an event says if its digest is known to be that of all of it, with its kind: who brings the log can
//! change everything else. Therefore no event of the firmware, of GRUB, of systemd's stub or of the
//! kernel's stub says anything here: what kind of thing they measure is not a part of their digests.

mod json;

use std::collections::{BTreeMap, BTreeSet};

use crate::encoding::bytes::take;
use crate::error::{Error, Result};
use crate::quote::td_report::{Measurement, sha384};

/// Name and version of the format, in the first event.
const SIGNATURE: &[u8; 16] = b"Spec ID Event03\0";
/// An event for the reader only.
const EV_NO_ACTION: u32 = 3;
/// An event with a tag that says what it is.
const EV_EVENT_TAG: u32 = 6;
/// The tag of events of the agent of Confidential Containers: the letters of its name.
const AAEL: u32 = 0x4141_454C;
/// How the agent's events about images begin.
const PULL_IMAGE: &str = "github.com/confidential-containers PullImage ";
/// The register that programs extend.
const RTMR3: usize = 3;
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
    /// What it says, if it is known that the digest is that of what it says, and of nothing else.
    said: Option<Said>,
}

/// What a program has said by extending RTMR3.
#[derive(Debug)]
enum Said {
    /// A name and a payload in hexadecimal, as programs on dstack say it.
    Named(String, String),
    /// A line of the agent of Confidential Containers: domain, operation, content.
    Line(String),
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
            let Logged { register, kind, digest, description } = event(&mut rest, &algorithms)
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
            let line = (rtmr == RTMR3).then(|| line_of(kind, &digest, description)).flatten();
            events.push(Event { rtmr, digest, said: line.map(Said::Line) });
        }
        Ok(Self(events))
    }

    /// Whether an event of the log extends RTMR3, which firmware never does.
    pub(crate) fn covers_rtmr3(&self) -> bool {
        self.0.iter().any(|event| event.rtmr == RTMR3)
    }

    /// What programs have said by extending RTMR3; none for an event of which that is not known.
    fn of_programs(&self) -> impl Iterator<Item = Option<&Said>> {
        let events = self.0.iter().filter(|event| event.rtmr == RTMR3);
        events.map(|event| event.said.as_ref())
    }

    /// What programs have said by name, as attributes have it. Of a name with different payloads it is
    /// not known which one counts: who has it first does not decide.
    ///
    /// An event of which it is not known what it says ends the list: it may be of a name that a
    /// program which came later has used again. Who brings the log can hide what an event says, but
    /// no digest.
    pub(crate) fn said(&self) -> BTreeMap<String, String> {
        /// Most events that are told, and most characters of their names and bytes of their payloads.
        const MOST: (usize, usize, usize) = (32, 64, 256);
        let plain = |name: &str| {
            let fits = |c: char| c.is_ascii_graphic() && !matches!(c, ',' | '=');
            !name.is_empty() && name.len() <= MOST.1 && name.chars().all(fits)
        };
        let mut said = BTreeMap::new();
        let mut ambiguous = BTreeSet::new();
        for known in self.of_programs().map_while(|known| known) {
            let Said::Named(name, payload) = known else { continue };
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

    /// The digests of the container images that the agent of Confidential Containers has pulled.
    /// None if there is an event of which it is not known what it says: it may be one more.
    pub(crate) fn images(&self) -> BTreeSet<String> {
        /// Most images that are told.
        const MOST: usize = 256;
        let image = |known: Option<&Said>| match known {
            None => Some(None),
            Some(Said::Line(line)) => line.strip_prefix(PULL_IMAGE).map(image_digest),
            Some(Said::Named(..)) => None,
        };
        let images: Option<BTreeSet<String>> = self.of_programs().filter_map(image).collect();
        images.filter(|images| images.len() <= MOST).unwrap_or_default()
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

/// An event as the log has it.
struct Logged<'a> {
    register: u32,
    kind: u32,
    /// None for one that extends nothing.
    digest: Option<Measurement>,
    description: &'a [u8],
}

/// The next event.
fn event<'a>(rest: &mut &'a [u8], algorithms: &[(u16, usize)]) -> Option<Logged<'a>> {
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
    let description = bytes(rest, len)?;
    let digest = if kind == EV_NO_ACTION { None } else { Some(sha384?) };
    Some(Logged { register, kind, digest, description })
}

/// The line of an event of the agent of Confidential Containers, if the digest is that of the whole
/// description: the tag is a part of it (guest-components, "Confidential Containers Event Log").
fn line_of(kind: u32, digest: &Measurement, description: &[u8]) -> Option<String> {
    let mut rest = description;
    let is_tagged = kind == EV_EVENT_TAG && number(&mut rest)? == AAEL;
    let len = usize::try_from(number(&mut rest)?).ok()?;
    if !is_tagged || len != rest.len() || sha384(description) != *digest {
        return None;
    }
    String::from_utf8(rest.to_vec()).ok()
}

/// The digest in the content of an event about an image, as registries write it.
fn image_digest(content: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Pulled {
        digest: String,
    }
    let Pulled { digest } = serde_json::from_str(content).ok()?;
    let hash = digest.strip_prefix("sha256:")?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| digest.to_ascii_lowercase())
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
