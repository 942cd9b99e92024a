//! One entry of the audit log.

use std::borrow::Cow;

use aecs_attest::Attributes;
use aecs_crypto::audit::BY_SERVER;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The longest text in an entry, in bytes; the reason may be longer.
const MAX_TEXT: usize = 256;
/// The longest reason, in bytes.
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
    /// This entry stands for so many calls that were alike.
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
    }

    /// Fills in what evidence attests of the caller.
    pub(crate) fn attested(&mut self, attributes: &Attributes) {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        self.platform = Some(attributes.platform().to_string());
        self.platform_id = given(&attributes.as_proto().hex_chip_id);
        self.measurement = Some(attributes.measurement().to_owned());
        self.signer = given(attributes.signer());
        self.evidence = Some(hex::encode_upper(attributes.evidence_digest()));
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
            (&mut self.platform_id, MAX_TEXT),
            (&mut self.measurement, MAX_TEXT),
            (&mut self.signer, MAX_TEXT),
            (&mut self.service, MAX_TEXT),
            (&mut self.object, MAX_TEXT),
            (&mut self.reason, MAX_REASON),
        ];
        for (text, limit) in texts {
            if let Some(text) = text
                && text.len() > limit
            {
                let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end));
                text.truncate(end.unwrap_or(0));
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
