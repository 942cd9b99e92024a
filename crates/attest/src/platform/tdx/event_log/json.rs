//! The log that dstack keeps beside its quotes: a list in JSON, with an object for each event
//! (dstack, "cc-eventlog"). It has the firmware's events and those of programs, which extend RTMR3.

use serde::Deserialize;

use super::{Event, EventLog, RTMR3, Said, malformed};
use crate::error::Result;
use crate::quote::td_report::{Measurement, sha384};

/// Type of the events of programs.
const RUNTIME: u32 = 0x0800_0001;

#[derive(Deserialize)]
struct Logged {
    /// The register, 0 to 3.
    imr: usize,
    event_type: u32,
    /// In hexadecimal. Programs' events may leave it out: it follows from the rest.
    #[serde(default)]
    digest: String,
    #[serde(default)]
    event: String,
    /// In hexadecimal.
    #[serde(default)]
    event_payload: String,
    /// How the digest of a program's event is made; 1 where it is not said.
    #[serde(default)]
    version: Option<serde_json::Value>,
}

/// Whether this is the beginning of such a log.
pub(super) fn is_list(log: &[u8]) -> bool {
    log.trim_ascii_start().starts_with(b"[")
}

pub(super) fn parse(log: &[u8]) -> Result<EventLog> {
    let logged: Vec<Logged> = serde_json::from_slice(log).map_err(malformed)?;
    let event = |(number, logged): (usize, &Logged)| {
        let fault = |what: &str| malformed(format!("event {number}: {what}"));
        if logged.imr > 3 {
            return Err(fault(&format!("there is no register {}", logged.imr)));
        }
        let stated = match logged.digest.as_str() {
            "" => None,
            digest => {
                let mut bytes: Measurement = [0; 48];
                hex::decode_to_slice(digest, &mut bytes)
                    .map_err(|_| fault("its digest is not a SHA-384 in hexadecimal"))?;
                Some(bytes)
            }
        };
        let first = logged.version.as_ref().is_none_or(|version| *version == 1);
        let content = match logged.event_type {
            RUNTIME if first => {
                let payload = hex::decode(&logged.event_payload)
                    .map_err(|_| fault("its payload is not in hexadecimal"))?;
                Some(logged.digest_of(&payload))
            }
            // What is behind the digest of others is for the firmware's reader.
            _ => None,
        };
        let proved = content.is_some();
        let digest = match (stated, content) {
            (Some(stated), Some(content)) if stated != content => {
                return Err(fault(
                    "its digest is not that of its name and payload: the log was changed",
                ));
            }
            (Some(digest), _) | (None, Some(digest)) => digest,
            (None, None) => return Err(fault("its digest is missing")),
        };
        let said = (proved && logged.imr == RTMR3)
            .then(|| Said::Named(logged.event.clone(), logged.event_payload.to_ascii_uppercase()));
        Ok(Event { rtmr: logged.imr, digest, said })
    };
    (1..).zip(&logged).map(event).collect::<Result<_>>().map(EventLog)
}

impl Logged {
    /// SHA-384 of type, name and payload, with colons between them.
    fn digest_of(&self, payload: &[u8]) -> Measurement {
        let kind = self.event_type.to_le_bytes();
        sha384(&[&kind, b":".as_slice(), self.event.as_bytes(), b":", payload].concat())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::error::Error;

    fn replayed(log: &Value) -> Result<[Measurement; 4]> {
        EventLog::parse(log.to_string().as_bytes()).map(|log| log.replay())
    }

    fn extend(register: Measurement, digest: Measurement) -> Measurement {
        sha384(&[register, digest].concat())
    }

    #[test]
    fn events_extend_registers_by_their_digests() {
        let firmware = json!({"imr": 0, "event_type": 1, "digest": "11".repeat(48), "event": "",
            "event_payload": "not looked at"});
        let content = [&RUNTIME.to_le_bytes(), b":app-id:".as_slice(), &[0xAB, 0xCD]].concat();
        let digest = sha384(&content);
        let program = json!({"imr": 3, "event_type": RUNTIME, "digest": hex::encode(digest),
            "event": "app-id", "event_payload": "abcd"});
        let zero = [0; 48];
        let expected = [extend(zero, [0x11; 48]), zero, zero, extend(zero, digest)];
        assert_eq!(replayed(&json!([firmware, program])).unwrap(), expected);
        let log = EventLog::parse(json!([program]).to_string().as_bytes()).unwrap();
        assert!(log.covers_rtmr3());
        assert_eq!(log.said(), BTreeMap::from([("app-id".into(), "ABCD".into())]));
        // The digest follows from the content.
        let mut without = program.clone();
        without["digest"] = "".into();
        assert_eq!(replayed(&json!([firmware, without])).unwrap(), expected);
        // The first version may be named.
        let mut first = program.clone();
        first["version"] = 1.into();
        assert_eq!(replayed(&json!([firmware, first])).unwrap(), expected);
        first["event_payload"] = "00".into();
        assert!(replayed(&json!([firmware, first])).is_err());
        // Of another version's it is not known how it is made.
        let mut later = program.clone();
        later["version"] = 2.into();
        later["event_payload"] = "00".into();
        assert_eq!(replayed(&json!([firmware, later])).unwrap(), expected);
    }

    #[test]
    fn only_what_a_digest_proves_is_said() {
        let event = |imr: u32, kind: u32, name: &str, payload: &str, version: u32| {
            let proved = kind == RUNTIME && version == 1;
            let digest = if proved { String::new() } else { "11".repeat(48) };
            json!({"imr": imr, "event_type": kind, "digest": digest, "event": name,
                "event_payload": payload, "version": version})
        };
        let said = |events: &[Value]| {
            EventLog::parse(json!(events).to_string().as_bytes()).unwrap().said()
        };
        let app = event(3, RUNTIME, "app-id", "ab", 1);
        let one = BTreeMap::from([("app-id".to_owned(), "AB".to_owned())]);
        for other in [
            event(3, 1, "kernel", "ab", 1),
            event(2, RUNTIME, "kernel", "ab", 1),
            event(3, RUNTIME, "kernel", "ab", 2),
            // What cannot be written into an attribute.
            event(3, RUNTIME, "ready", "", 1),
            event(3, RUNTIME, "a=b", "ab", 1),
            event(3, RUNTIME, " a", "ab", 1),
            event(3, RUNTIME, "", "ab", 1),
            event(3, RUNTIME, &"n".repeat(65), "ab", 1),
            event(3, RUNTIME, "large", &"ab".repeat(257), 1),
            app.clone(),
        ] {
            assert_eq!(said(&[app.clone(), other]), one);
        }
        // Who brings the log can hide what an event says: then nothing after it counts.
        let fake = event(3, RUNTIME, "app-id", "cd", 1);
        for hidden in [event(3, RUNTIME, "app-id", "ab", 2), event(3, 1, "app-id", "ab", 1)] {
            assert_eq!(said(&[hidden.clone(), fake.clone()]), BTreeMap::new());
            assert_eq!(said(&[app.clone(), hidden, fake.clone()]), one);
        }
        // Programs that run later cannot take an event's place.
        assert_eq!(said(&[app.clone(), event(3, RUNTIME, "app-id", "cd", 1)]), BTreeMap::new());
        let many: Vec<_> =
            (0..100).map(|at| event(3, RUNTIME, &format!("event{at:03}"), "ab", 1)).collect();
        assert_eq!(said(&many).len(), 32);
    }

    #[test]
    fn other_logs_are_refused() {
        let event = |imr: u32, kind: u32, digest: &str, payload: &str| {
            json!([{"imr": imr, "event_type": kind, "digest": digest, "event": "",
                "event_payload": payload}])
        };
        let digest = "11".repeat(48);
        for (log, fault) in [
            (event(4, 1, &digest, ""), "there is no register 4"),
            (event(0, 1, &digest[1..], ""), "not a SHA-384"),
            (event(0, 1, "", ""), "its digest is missing"),
            (event(3, RUNTIME, &digest, ""), "not that of its name and payload"),
            (event(3, RUNTIME, "", "0"), "its payload is not in hexadecimal"),
            (json!([{"imr": 0}]), "missing field"),
            (json!([1]), "invalid type"),
        ] {
            let error = replayed(&log).unwrap_err();
            assert!(matches!(error, Error::Malformed { what: "event log", .. }), "{error:?}");
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert!(cause.contains(fault), "{cause}");
        }
    }
}
