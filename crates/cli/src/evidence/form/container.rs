//! What tools and services put around evidence, in bytes: how each container is told, and how to
//! find what is in it. A container is a row of a table.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use serde_json::Value;

use super::super::endorse::{Endorsements, certificates_in};
use super::protobuf::{Field, next};
use super::siblings::event_log;
use super::wrapped;
use super::{fields, msgpack};
use crate::failure::{Failure, Result};

/// Bytes that compressed data in one file may unpack to, taken together.
const UNPACKED: u64 = 4 << 20;

/// Bytes of CBOR, MessagePack and SCALE, which take many times their size in memory.
const STRUCTURE: usize = 256 << 10;

/// A kind of container.
pub(super) struct Container {
    /// What it is called after "in".
    pub(super) name: &'static str,
    /// What is in it, in each way to read it; nothing when the bytes are no such container.
    pub(super) open: fn(&[u8], &mut Limit) -> Result<Vec<Opened>>,
}

/// What was in a container.
#[derive(Default)]
pub(super) struct Opened {
    pub(super) parts: Vec<Part>,
    pub(super) beside: Endorsements,
    /// A name for this one that says more than the table's.
    pub(super) name: Option<&'static str>,
}

/// A part of what was in a container.
pub(super) enum Part {
    Bytes(Vec<u8>),
    Value(Value),
}

/// Bytes that may still be unpacked.
pub(super) struct Limit(u64);

impl Default for Limit {
    fn default() -> Self {
        Self(UNPACKED)
    }
}

/// Containers that are told by their first bytes.
pub(super) const CERTAIN: &[Container] = &[
    Container { name: "gzip", open: gzip },
    Container { name: "a file with comments", open: comments },
    Container { name: "a report of Open Enclave", open: open_enclave },
    Container { name: "evidence of Open Enclave", open: open_enclave_evidence },
    Container { name: "a certificate", open: certificate },
];

/// Containers that other bytes may look like: only what is in them tells.
pub(super) const POSSIBLE: &[Container] = &[
    Container { name: "an attestation of dstack", open: dstack },
    Container { name: "CBOR", open: cbor },
    Container { name: "MessagePack", open: msgpack },
    Container { name: "a protobuf message", open: snp_message },
    Container { name: "a protobuf message", open: protobuf },
];

fn one(bytes: &[u8]) -> Result<Vec<Opened>> {
    Ok(vec![Opened { parts: vec![Part::Bytes(bytes.to_vec())], ..Opened::default() }])
}

/// RFC 1952. Bytes that are not it after all are no container.
fn gzip(bytes: &[u8], limit: &mut Limit) -> Result<Vec<Opened>> {
    if !bytes.starts_with(&[0x1F, 0x8B, 0x08]) {
        return Ok(Vec::new());
    }
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(limit.0 + 1).read_to_end(&mut unpacked);
    let len = u64::try_from(unpacked.len()).unwrap_or(u64::MAX);
    limit.0 = limit.0.checked_sub(len).ok_or_else(|| {
        Failure::bad_input(format!("the gzip data in it unpacks to more than {UNPACKED} bytes"))
            .help("unpack it, and give the evidence alone")
    })?;
    read.map_err(|error| {
        Failure::bad_input(format!("malformed gzip data: {error}"))
            .help("was the file written to its end?")
    })?;
    one(&unpacked)
}

/// Lines of comments in front, as projects put them to say whose file it is.
fn comments(bytes: &[u8], _: &mut Limit) -> Result<Vec<Opened>> {
    let mut rest = bytes;
    while rest.starts_with(b"#") {
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(Vec::new()) };
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    if rest.len() == bytes.len() { Ok(Vec::new()) } else { one(rest) }
}

fn open_enclave(bytes: &[u8], _: &mut Limit) -> Result<Vec<Opened>> {
    wrapped::open_enclave(bytes).map_or(Ok(Vec::new()), one)
}

/// The head of evidence (Open Enclave SDK, `oe_attestation_header_t`): version, format, and how
/// much follows: a quote and claims.
fn open_enclave_evidence(bytes: &[u8], _: &mut Limit) -> Result<Vec<Opened>> {
    let inside = || {
        let (version, rest) = bytes.split_first_chunk()?;
        let (_format, rest) = rest.split_first_chunk::<16>()?;
        let (len, rest) = rest.split_first_chunk()?;
        let fits = u64::from_le_bytes(*len) == u64::try_from(rest.len()).ok()?;
        (fits && (1..=3).contains(&u32::from_le_bytes(*version))).then_some(rest)
    };
    inside().map_or(Ok(Vec::new()), one)
}

fn certificate(bytes: &[u8], _: &mut Limit) -> Result<Vec<Opened>> {
    let reading = |(value, name): (&[u8], &'static str)| {
        let parts = vec![Part::Bytes(value.to_vec())];
        Opened { parts, name: Some(name), ..Opened::default() }
    };
    Ok(wrapped::in_der(bytes).into_iter().map(reading).collect())
}

/// Version 0 (dstack, "dstack-attest"): SCALE, with the platform's number, and the evidence first.
/// A quote of TDX is followed by its event log. The rest, which says how the machine is configured,
/// is not read.
fn dstack(bytes: &[u8], _: &mut Limit) -> Result<Vec<Opened>> {
    const TDX: u8 = 0;
    let [0, platform @ 0..=9, rest @ ..] = bytes else { return Ok(Vec::new()) };
    if bytes.len() > STRUCTURE {
        return Ok(Vec::new());
    }
    let mut rest = rest;
    let Some(evidence) = scale_bytes(&mut rest) else { return Ok(Vec::new()) };
    let mut beside = Endorsements::default();
    if *platform == TDX {
        beside.event_log = scale_events(&mut rest).and_then(|log| event_log(&log));
    }
    Ok(vec![Opened { parts: vec![Part::Bytes(evidence.to_vec())], beside, name: None }])
}

/// The events of a log, as dstack has them in JSON; none when there are none.
fn scale_events(rest: &mut &[u8]) -> Option<Value> {
    let number = |rest: &mut &[u8]| {
        let (number, behind) = rest.split_first_chunk()?;
        *rest = behind;
        Some(u32::from_le_bytes(*number))
    };
    let mut events = Vec::new();
    for _ in 0..scale_len(rest)? {
        let (imr, event_type) = (number(rest)?, number(rest)?);
        let digest = hex::encode(scale_bytes(rest)?);
        let event = str::from_utf8(scale_bytes(rest)?).ok()?;
        let event_payload = hex::encode(scale_bytes(rest)?);
        events.push(serde_json::json!({
            "imr": imr, "event_type": event_type, "digest": digest, "event": event,
            "event_payload": event_payload,
        }));
    }
    (!events.is_empty()).then_some(Value::Array(events))
}

fn scale_bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = scale_len(rest)?;
    let (bytes, behind) = rest.split_at_checked(len)?;
    *rest = behind;
    Some(bytes)
}

/// A length in SCALE's compact form, of up to four bytes.
fn scale_len(bytes: &mut &[u8]) -> Option<usize> {
    let (width, shift) = match bytes.first()? & 3 {
        0 => (1, 2),
        1 => (2, 2),
        2 => (4, 2),
        _ => return None,
    };
    let (head, rest) = bytes.split_at_checked(width)?;
    *bytes = rest;
    let mut number = [0; 4];
    number.get_mut(..width)?.copy_from_slice(head);
    usize::try_from(u32::from_le_bytes(number) >> shift).ok()
}

/// A map, a list or a tagged value. Its byte strings are looked at as texts of JSON are.
fn cbor(bytes: &[u8], _: &mut Limit) -> Result<Vec<Opened>> {
    if !(0x80..0xE0).contains(bytes.first().unwrap_or(&0)) || bytes.len() > STRUCTURE {
        return Ok(Vec::new());
    }
    let value = ciborium::de::from_reader_with_recursion_limit(bytes, 32);
    Ok(value.ok().and_then(|value| json_of(&value)).map(structure).into_iter().collect())
}

/// A map: what dstack's attestations are since version 1.
fn msgpack(bytes: &[u8], _: &mut Limit) -> Result<Vec<Opened>> {
    match bytes.first() {
        Some(0x80..=0x8F | 0xDE | 0xDF) if bytes.len() <= STRUCTURE => {
            Ok(msgpack::parse(bytes).map(structure).into_iter().collect())
        }
        _ => Ok(Vec::new()),
    }
}

fn structure(value: Value) -> Opened {
    Opened { parts: vec![Part::Value(value)], ..Opened::default() }
}

/// The same value in JSON, with bytes in hexadecimal.
fn json_of(value: &ciborium::Value) -> Option<Value> {
    use ciborium::Value as Cbor;
    Some(match value {
        Cbor::Bytes(bytes) => hex::encode(bytes).into(),
        Cbor::Text(text) => text.as_str().into(),
        Cbor::Array(items) => items.iter().filter_map(json_of).collect(),
        Cbor::Tag(_, inner) => json_of(inner)?,
        Cbor::Map(members) => {
            let member = |(name, value): &(Cbor, Cbor)| {
                let name = match name {
                    Cbor::Text(name) => name.clone(),
                    Cbor::Integer(number) => i128::from(*number).to_string(),
                    _ => return None,
                };
                Some((name, json_of(value)?))
            };
            Value::Object(members.iter().filter_map(member).collect())
        }
        Cbor::Integer(number) => i64::try_from(*number).ok()?.into(),
        _ => return None,
    })
}

/// An SEV-SNP report in separate fields, and its certificates behind it.
fn snp_message(bytes: &[u8], _: &mut Limit) -> Result<Vec<Opened>> {
    const CERTIFICATES: u64 = 2;
    let Some(report) = fields::in_protobuf(bytes) else { return Ok(Vec::new()) };
    let mut certificates = Vec::new();
    let mut rest = bytes;
    while let Some((number, field)) = next(&mut rest) {
        let (CERTIFICATES, Field::Bytes(mut chain)) = (number, field) else { continue };
        while let Some((_, field)) = next(&mut chain) {
            let Field::Bytes(certificate) = field else { continue };
            certificates.extend(certificates_in(certificate));
        }
    }
    let mut beside = Endorsements::default();
    beside.take_certificates(&certificates);
    Ok(vec![Opened { parts: vec![Part::Bytes(report)], beside, name: None }])
}

/// A message of whatever type: every field that may hold bytes is looked at.
fn protobuf(bytes: &[u8], _: &mut Limit) -> Result<Vec<Opened>> {
    // The fields of evidence and what is around it are few.
    const FIELDS: usize = 256;
    let mut rest = bytes;
    let mut parts = Vec::new();
    for _ in 0..FIELDS {
        if rest.is_empty() {
            break;
        }
        let Some((_, field)) = next(&mut rest) else { return Ok(Vec::new()) };
        match field {
            // Shorter ones are neither evidence nor messages with evidence.
            Field::Bytes(field) if field.len() >= 64 => parts.push(Part::Bytes(field.to_vec())),
            _ => {}
        }
    }
    Ok(match rest {
        [] => vec![Opened { parts, ..Opened::default() }],
        _ => Vec::new(),
    })
}
