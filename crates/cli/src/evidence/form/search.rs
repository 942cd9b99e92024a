//! The search for evidence in a file: what containers hold is taken out, and looked at in the same
//! way, until something tells what it is evidence of.
//!
//! Nothing that is found is trusted: a container only says where to look. Whatever a file contains,
//! the search ends: depth, numbers of values and pieces, and bytes are limited.

use aecs_attest::Platform;
use serde_json::{Map, Value};

use super::super::endorse::Endorsements;
use super::super::input;
use super::container::{self, Container};
use super::{FileEvidence, binary, devices, json, raw_evidence, siblings, unknown};
use crate::failure::{Failure, Result};

/// In front of text in UTF-8, where editors write one.
const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
/// Most containers around evidence.
const DEPTH: usize = 16;
/// Most values that are looked at in one file.
const VALUES: usize = 1 << 16;
/// Most bytes that are looked at in one file, those in a container again.
const BYTES: usize = 64 << 20;
/// Most pieces of evidence in one file.
const PIECES: usize = 256;
/// Most certificates in a chain that are looked at.
const CERTIFICATES: usize = 16;
/// Shorter texts are no evidence in any encoding.
const SHORTEST: usize = 64;

/// What is left of the limits for one file.
struct Search {
    platform: Option<Platform>,
    values: usize,
    bytes: usize,
    unpacked: container::Limit,
}

/// Where something was found.
#[derive(Clone, Copy)]
struct Place<'a> {
    depth: usize,
    /// Endorsements from what is around it.
    beside: &'a Endorsements,
    /// Whether it is the whole file, in whatever encoding: then its form is the user's claim.
    whole: bool,
}

impl Place<'_> {
    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    fn part(self) -> Self {
        Self { whole: false, ..self.deeper() }
    }

    /// Evidence with what is beside it; what its own form brings counts first.
    fn complete(self, mut one: FileEvidence, own: Endorsements) -> FileEvidence {
        one.beside = own;
        one.beside.fill(self.beside);
        one
    }
}

/// Finds the evidence in a file's contents, or takes them for evidence of `platform`. A list has
/// several pieces of evidence, most other forms have one.
pub(in crate::evidence) fn recognise(
    contents: &[u8],
    platform: Option<Platform>,
) -> Result<Vec<FileEvidence>> {
    let contents = contents.strip_prefix(BYTE_ORDER_MARK).unwrap_or(contents);
    let unpacked = container::Limit::default();
    let mut search = Search { platform, values: VALUES, bytes: BYTES, unpacked };
    let top = Place { depth: 0, beside: &Endorsements::default(), whole: true };
    let found = search.contents(contents, top)?;
    if !found.is_empty() {
        return Ok(found);
    }
    match json_start(contents) {
        Some(b'[') if !is_byte_list(contents) => limited(devices::recognise(contents)?),
        Some(b'{') => Ok(vec![json::taken_for(contents, platform)?]),
        _ => {
            let bytes = input::binary(contents.to_vec());
            let hint = binary::not_evidence(&bytes);
            Err(hint.map_or_else(unknown, |hint| Failure::bad_input(hint.what).help(hint.help)))
        }
    }
}

fn is_byte_list(contents: &[u8]) -> bool {
    serde_json::from_slice::<Vec<u8>>(contents).is_ok_and(|bytes| !bytes.is_empty())
}

/// The bracket with which JSON begins.
fn json_start(contents: &[u8]) -> Option<u8> {
    let first = contents.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    first.filter(|byte| matches!(byte, b'[' | b'{'))
}

impl Search {
    fn contents(&mut self, contents: &[u8], place: Place<'_>) -> Result<Vec<FileEvidence>> {
        if place.depth > DEPTH {
            return Ok(Vec::new());
        }
        self.count()?;
        self.bytes = self.bytes.checked_sub(contents.len()).ok_or_else(|| {
            Failure::bad_input(format!("the parts of the file have more than {BYTES} bytes"))
                .help("give the evidence without what is around it")
        })?;
        if json_start(contents).is_some() {
            if let Ok(bytes) = serde_json::from_slice::<Vec<u8>>(contents) {
                return self.binary(&bytes, place);
            }
            if let Ok(value) = serde_json::from_slice::<Value>(contents) {
                return match (value, str::from_utf8(contents)) {
                    (Value::Object(object), Ok(text)) => self.object(&object, Some(text), place),
                    (value, _) => self.value(&value, place),
                };
            }
        }
        self.binary(contents, place)
    }

    fn binary(&mut self, contents: &[u8], place: Place<'_>) -> Result<Vec<FileEvidence>> {
        // Tools write what a certificate says in front of it, and others of its chain behind it.
        if str::from_utf8(contents).is_ok_and(|text| text.contains(input::CERTIFICATE)) {
            for der in input::pem_blocks(contents).take(CERTIFICATES) {
                let found = self.contents(&der, place.deeper())?;
                if !found.is_empty() {
                    return Ok(found);
                }
            }
            return Ok(Vec::new());
        }
        let bytes = input::binary(contents.to_vec());
        if bytes != contents {
            return self.contents(&bytes, place.deeper());
        }
        let found = self.contained(container::CERTAIN, &bytes, place)?;
        if !found.is_empty() {
            return Ok(found);
        }
        let platform = self.platform.filter(|_| place.whole);
        let forced = platform.is_some() && binary::not_evidence(&bytes).is_none();
        if forced
            || binary::recognise(&bytes).is_some() && (place.whole || binary::is_clear(&bytes))
        {
            let mut own = Endorsements::default();
            let one = raw_evidence(bytes, platform, &mut own)?;
            return Ok(vec![place.complete(one, own)]);
        }
        self.contained(container::POSSIBLE, &bytes, place)
    }

    /// What is in the first of these containers that has evidence.
    fn contained(
        &mut self,
        containers: &[Container],
        bytes: &[u8],
        place: Place<'_>,
    ) -> Result<Vec<FileEvidence>> {
        for container in containers {
            for opened in (container.open)(bytes, &mut self.unpacked)? {
                let mut around = opened.beside;
                around.fill(place.beside);
                let place = Place { beside: &around, ..place.part() };
                let mut found = Vec::new();
                for part in &opened.parts {
                    match part {
                        container::Part::Bytes(bytes) => {
                            add(&mut found, self.contents(bytes, place)?)?;
                        }
                        container::Part::Value(value) => {
                            add(&mut found, self.value(value, place)?)?;
                        }
                    }
                }
                if !found.is_empty() {
                    let name = opened.name.unwrap_or(container.name);
                    return Ok(found.into_iter().map(|one| one.inside(name)).collect());
                }
            }
        }
        Ok(Vec::new())
    }

    fn count(&mut self) -> Result<()> {
        self.values = self.values.checked_sub(1).ok_or_else(|| {
            Failure::bad_input(format!("the file has more than {VALUES} values"))
                .help("give the evidence without what is around it")
        })?;
        Ok(())
    }

    fn value(&mut self, value: &Value, place: Place<'_>) -> Result<Vec<FileEvidence>> {
        match value {
            Value::Object(object) => self.object(object, None, place.part()),
            Value::Array(items) if items.iter().any(devices::is_device) => {
                limited(devices::recognise(value.to_string().as_bytes())?)
            }
            Value::Array(items) => {
                let mut found = Vec::new();
                match input::bytes_in(value) {
                    Some(bytes) => found = self.contents(&bytes, place.part())?,
                    None => {
                        for item in items {
                            add(&mut found, self.value(item, place.part())?)?;
                        }
                    }
                }
                Ok(found)
            }
            Value::String(text) if text.len() >= SHORTEST => {
                self.contents(text.as_bytes(), place.part())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn object(
        &mut self,
        object: &Map<String, Value>,
        text: Option<&str>,
        place: Place<'_>,
    ) -> Result<Vec<FileEvidence>> {
        self.count()?;
        if place.depth > DEPTH {
            return Ok(Vec::new());
        }
        let mut around = siblings::endorsements(object);
        around.fill(place.beside);
        let place = Place { beside: &around, ..place };
        if let Some(found) = devices::in_object(object) {
            return limited(found?);
        }
        let inside = json::in_envelope(object);
        if let Some(inside) = inside {
            let found = self.value(inside, place)?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let mut own = Endorsements::default();
        if let Some(one) = json::recognise(object, text, self.platform, &mut own)? {
            return Ok(vec![place.complete(one, own)]);
        }
        self.members(object, inside, place)
    }

    /// What is in the members of an object that is no form of evidence itself, without the one that
    /// was searched already.
    fn members(
        &mut self,
        object: &Map<String, Value>,
        searched: Option<&Value>,
        place: Place<'_>,
    ) -> Result<Vec<FileEvidence>> {
        let mut found = Vec::new();
        let mut texts = Vec::new();
        for (name, member) in object {
            if searched.is_some_and(|searched| std::ptr::eq(searched, member)) {
                continue;
            }
            let pieces = self.value(member, place.part())?;
            if !pieces.is_empty() && is_bytes(member) {
                texts.push(name.escape_debug().to_string());
            }
            add(&mut found, pieces)?;
        }
        // Each part of a request stands in a structure of its own. Two texts would be a choice.
        if let [one, another, ..] = texts.as_slice() {
            return Err(Failure::bad_input(format!(
                "unrecognised evidence format: `{one}` and `{another}` both look like evidence"
            ))
            .help("give the evidence alone"));
        }
        Ok(found.into_iter().map(|one| one.inside("JSON")).collect())
    }
}

/// Whether a value is bytes in any encoding, and not JSON again.
fn is_bytes(value: &Value) -> bool {
    input::bytes_in(value).is_some_and(|bytes| json_start(&bytes).is_none())
}

fn add(found: &mut Vec<FileEvidence>, more: Vec<FileEvidence>) -> Result<()> {
    found.extend(more);
    *found = limited(std::mem::take(found))?;
    Ok(())
}

fn limited(found: Vec<FileEvidence>) -> Result<Vec<FileEvidence>> {
    if found.len() > PIECES {
        return Err(Failure::bad_input(format!(
            "the file has more than {PIECES} pieces of evidence"
        ))
        .help("give them in several files"));
    }
    Ok(found)
}
