//! Endorsements in the same JSON object as the evidence.

use aecs_attest::{EVENT_LOG_LIMIT, event_log_without_padding};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::super::endorse::{Endorsements, certificates_in};
use super::super::input::{self, CERTIFICATE};

/// Most certificates that are looked at: a chain has three.
const MOST: usize = 16;
/// Objects around certificates: `{"cert_chain": {"vcek": ...}}`.
const DEPTH: usize = 3;

/// The endorsements in the members of an object.
pub(super) fn endorsements(object: &Map<String, Value>) -> Endorsements {
    let mut endorsements = Endorsements::default();
    let mut certificates = Vec::new();
    take(object, DEPTH, &mut certificates, &mut endorsements);
    endorsements.take_certificates(&certificates);
    endorsements.event_log = object.iter().find_map(|(name, log)| {
        name.to_ascii_lowercase().replace('_', "").ends_with("eventlog").then(|| event_log(log))?
    });
    endorsements
}

/// Whether an item of a list is an event as dstack has it.
#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    imr: Option<IgnoredAny>,
}

/// An event log that the verifier replays: the firmware's, or dstack's list. Other services have
/// logs in forms of their own. Of one that is too long, the verifier gets enough to refuse it.
pub(super) fn event_log(value: &Value) -> Option<Vec<u8>> {
    const SIGNATURE: &[u8] = b"Spec ID Event03\0";
    const SIGNATURE_AT: usize = 32;
    let log = match value {
        Value::String(text) if text.trim_start().starts_with('[') => text.clone().into_bytes(),
        Value::Array(items) if items.iter().all(Value::is_object) => value.to_string().into_bytes(),
        _ => input::bytes_in(value)?,
    };
    let firmware = log.get(SIGNATURE_AT..).is_some_and(|rest| rest.starts_with(SIGNATURE));
    let events = || serde_json::from_slice::<Vec<Event>>(&log).unwrap_or_default();
    let is_list = || events().first().is_some_and(|event| event.imr.is_some());
    (firmware || is_list()).then(|| {
        let log = event_log_without_padding(&log);
        log.get(..=EVENT_LOG_LIMIT).unwrap_or(log).to_vec()
    })
}

fn take(
    object: &Map<String, Value>,
    depth: usize,
    certificates: &mut Vec<Vec<u8>>,
    endorsements: &mut Endorsements,
) {
    for member in object.values() {
        match member {
            // Lists of objects are of several pieces of evidence.
            Value::Object(inner) if depth > 1 => {
                take(inner, depth - 1, certificates, endorsements);
            }
            Value::Array(items) if items.iter().all(Value::is_string) => {
                items.iter().for_each(|item| take_value(item, certificates, endorsements));
            }
            Value::Array(_) | Value::String(_) => take_value(member, certificates, endorsements),
            _ => {}
        }
    }
}

/// Takes certificates, or a host's table of them; anything else in a container is its own affair.
fn take_value(value: &Value, certificates: &mut Vec<Vec<u8>>, endorsements: &mut Endorsements) {
    let bytes = match value {
        Value::String(text) if text.contains(CERTIFICATE) => text.clone().into_bytes(),
        _ => input::bytes_in(value).unwrap_or_default(),
    };
    let found = certificates_in(&bytes);
    if found.is_empty() {
        let _ = endorsements.take_full_table(&bytes);
    }
    certificates.extend(found.into_iter().take(MOST.saturating_sub(certificates.len())));
}
