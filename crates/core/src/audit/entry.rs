//! One entry of the audit log.

use std::borrow::Cow;

use aecs_attest::Attributes;
use aecs_crypto::{PublicKey, audit::BY_SERVER};
use aecs_proto::Caller;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The longest text in an entry, in bytes of JSON; the reason may be longer. All texts at their
/// longest fit into a line of the log, whatever characters callers choose.
const MAX_TEXT: usize = 256;
/// The longest reason, in bytes of JSON.
const MAX_REASON: usize = 1024;

/// One act and its outcome. Fields without a value are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditEntry {
    /// When, in milliseconds since 1970.
    pub time_ms: i64,
    /// The node that wrote the entry: the start of the SHA-256 of its audit key.
    pub node: String,
    /// The function that was called.
    pub function: Cow<'static, str>,
    /// Who called: `aecs-admin`, `service-admin` or `ta`; `server` for what the server did itself.
    pub caller: Cow<'static, str>,
    /// The hash of the key that the caller proved to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_hash: Option<String>,
    /// The platform that attests the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The caller's chip or machine, where the platform tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_id: Option<String>,
    /// The measurement of the calling enclave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measurement: Option<String>,
    /// The signer of the calling enclave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// SHA-256 of the evidence (`json_report`), hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// The service concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The secret, the host or another object concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The version of a secret's data: the epoch of the record of its value, which an update of the
    /// policy keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The version of the policy that decided: the epoch of the secret's record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_version: Option<u64>,
    /// `ok`, the error code, or `interrupted`: then the caller has gone, and what it wanted may be
    /// done or not.
    pub result: String,
    /// What went wrong, in full: the audit log is the place that explains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The epoch of the vault: of the commit for an act, at that time for everything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// What identifies the request, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Number of like calls that this entry counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The time of the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_ms: Option<i64>,
    /// The time of the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ms: Option<i64>,
}

impl AuditEntry {
    /// An entry of what the server itself has to tell of its log.
    pub fn of_server(time_ms: i64, result: &str, reason: String) -> Self {
        Self {
            time_ms,
            function: Cow::Borrowed("AuditLog"),
            caller: Cow::Borrowed(BY_SERVER),
            result: result.to_owned(),
            reason: Some(reason),
            ..Self::default()
        }
        .bounded()
    }

    /// Whether this entry is that of the act whose commit has `act`. After the commit, only
    /// versions and reasons are noted.
    pub fn is_of(&self, act: &Self) -> bool {
        let made = |entry: &Self| Self {
            node: String::new(),
            version: None,
            policy_version: None,
            reason: None,
            epoch: None,
            ..entry.clone()
        };
        made(self) == made(act)
    }

    /// What is recorded of an application with that key, of which nothing else is known.
    pub(crate) fn of_stranger(key: &PublicKey) -> Self {
        Self {
            caller: Cow::Borrowed(Caller::TrustedApplication.as_str()),
            key_hash: Some(key.fingerprint().to_string()),
            ..Self::default()
        }
    }

    /// What is recorded of an application whose evidence attests these.
    pub(crate) fn of_application(attributes: &Attributes) -> Self {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            platform: Some(attributes.platform().to_string()),
            platform_id: given(&attributes.as_proto().hex_chip_id),
            measurement: Some(attributes.measurement().to_owned()),
            signer: given(attributes.signer()),
            evidence: Some(hex::encode_upper(attributes.evidence_digest())),
            ..Self::of_stranger(attributes.public_key())
        }
    }

    /// Fills in how the call ended.
    pub(crate) fn conclude(&mut self, result: Result<(), &Error>) {
        match result {
            Ok(()) => self.result = "ok".into(),
            Err(error) => {
                self.result = error.code().to_string();
                self.reason.get_or_insert_with(|| error.message().to_owned());
            }
        }
    }

    /// The same entry with no text longer than an entry may have.
    pub(crate) fn bounded(mut self) -> Self {
        let texts = [
            (&mut self.key_hash, MAX_TEXT),
            (&mut self.platform, MAX_TEXT),
            (&mut self.platform_id, MAX_TEXT),
            (&mut self.measurement, MAX_TEXT),
            (&mut self.signer, MAX_TEXT),
            (&mut self.evidence, MAX_TEXT),
            (&mut self.service, MAX_TEXT),
            (&mut self.object, MAX_TEXT),
            (&mut self.request, MAX_TEXT),
            (&mut self.reason, MAX_REASON),
        ];
        for (text, limit) in texts {
            let Some(text) = text else { continue };
            if let Some(end) = end_within(text, limit) {
                text.truncate(end);
                text.push('…');
            }
        }
        self
    }

    /// About how many bytes its line has.
    pub(crate) fn size(&self) -> usize {
        let texts = [
            &self.key_hash,
            &self.platform,
            &self.platform_id,
            &self.measurement,
            &self.signer,
            &self.evidence,
            &self.service,
            &self.object,
            &self.reason,
            &self.request,
        ];
        // Names, numbers and the chain.
        let rest = 400;
        texts.into_iter().flatten().map(String::len).sum::<usize>().saturating_add(rest)
    }
}

/// What names the entry of an act: the request, and the object, because an act can be about several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ActId {
    request: String,
    object: Option<String>,
}

impl ActId {
    /// None if the entry is not that of a request.
    pub(super) fn of(entry: &AuditEntry) -> Option<Self> {
        Some(Self { request: entry.request.clone()?, object: entry.object.clone() })
    }

    /// Whether it is one of this request.
    pub(super) fn is_of(&self, request: &str) -> bool {
        self.request == request
    }
}

/// Where to cut a text that has more than `limit` bytes as JSON; none if it has not.
fn end_within(text: &str, limit: usize) -> Option<usize> {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    // Almost always: as JSON it has as many bytes as it has.
    if text.len() <= limit && text.bytes().all(is_plain) {
        return None;
    }
    let mut length: usize = 0;
    let mut sizes = text.char_indices().map(|(at, character)| {
        let size = match character {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            '\0'..='\u{1f}' => r"\u0000".len(),
            _ => character.len_utf8(),
        };
        (at, size)
    });
    let (at, _) = sizes.find(|(_, size)| {
        length = length.saturating_add(*size);
        length > limit
    })?;
    Some(at)
}

#[cfg(test)]
mod tests {
    use aecs_crypto::audit::{Entry, Head, MAX_LINE};

    use super::*;

    #[test]
    fn an_entry_with_the_longest_texts_is_a_line_of_the_log() {
        for text in ["\0", "\"", "\n", "\u{1f}", "\u{7f}", "é", "𝄞"] {
            let long = || Some(text.repeat(100_000));
            let entry = AuditEntry {
                time_ms: i64::MIN,
                node: "0".repeat(16),
                function: "AFunctionWithAVeryLongNameIndeed".into(),
                caller: "service-admin".into(),
                key_hash: long(),
                platform: long(),
                platform_id: long(),
                measurement: long(),
                signer: long(),
                evidence: long(),
                service: long(),
                object: long(),
                version: Some(u64::MAX),
                policy_version: Some(u64::MAX),
                result: "0xA0050000".to_owned(),
                reason: long(),
                epoch: Some(u64::MAX),
                request: long(),
                count: Some(u64::MAX),
                first_ms: Some(i64::MIN),
                last_ms: Some(i64::MIN),
            };
            let entry = entry.bounded();
            let head = Head { sequence: u64::MAX, hash: [0xFF; 32] };
            let line = serde_json::to_string(&Entry::new(head, u64::MAX, &entry)).unwrap();
            assert!(line.len() < MAX_LINE / 2 + 512, "{text:?}: {} bytes", line.len());
            let reason = entry.reason.as_ref().unwrap();
            let json = serde_json::to_string(reason).unwrap();
            assert!((MAX_REASON - 4..=MAX_REASON + 5).contains(&json.len()), "{text:?}: {json}");
            assert_eq!(
                entry.clone().bounded().reason.map(|again| again.len() <= reason.len()),
                Some(true)
            );
        }
        let short = AuditEntry { object: Some("a".repeat(MAX_TEXT)), ..AuditEntry::default() };
        assert_eq!(short.clone().bounded(), short);
    }

    #[test]
    fn an_entry_is_that_of_an_act_by_all_that_was_known_when_it_was_made() {
        let act = AuditEntry {
            time_ms: 1,
            function: "CreateSecret".into(),
            service: Some("service1".to_owned()),
            object: Some("one".to_owned()),
            result: "ok".to_owned(),
            request: Some("00".to_owned()),
            ..AuditEntry::default()
        };
        let noted = AuditEntry {
            node: "node".to_owned(),
            version: Some(1),
            policy_version: Some(1),
            reason: Some("written later".to_owned()),
            epoch: Some(7),
            ..act.clone()
        };
        assert!(noted.is_of(&act));
        let changes: [fn(&mut AuditEntry); 6] = [
            |entry| entry.time_ms = 2,
            |entry| entry.function = "ListSecret".into(),
            |entry| entry.object = Some("two".to_owned()),
            |entry| entry.result = "interrupted".to_owned(),
            |entry| entry.request = None,
            |entry| entry.count = Some(2),
        ];
        for change in changes {
            let mut other = noted.clone();
            change(&mut other);
            assert!(!other.is_of(&act), "{other:?}");
        }
    }
}
