//! Results of `serviceadmin`.

use aecs_client::files::rule;
use aecs_proto::{
    DeletedSecret, Denial, EnclaveSecretEncoding, ListDenialResponse, ListSecretVersionResponse,
    SecretVersion, SecretVersionState,
};
use serde::Serialize;
use time::OffsetDateTime;

use crate::names::Name;
use crate::output::{self, Row, View};
use crate::view::{short, time_text};

/// Who was refused, and why: a row for each attribute that did not fit.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Denials {
    denials: Vec<Denial>,
    #[serde(skip)]
    since_ms: i64,
}

impl From<ListDenialResponse> for Denials {
    fn from(listed: ListDenialResponse) -> Self {
        Self { denials: listed.denials, since_ms: listed.since_ms }
    }
}

impl View for Denials {
    fn text(&self) -> String {
        let rows = self.denials.iter().flat_map(|denial| {
            let (measurement, signer) = match &denial.attributes {
                Some(shown) => (short(&shown.hex_ta_measurement), short(&shown.hex_signer)),
                None => (String::new(), String::new()),
            };
            let who = [time(denial.time_ms), denial.secret_name.clone(), measurement, signer];
            let reasons: Vec<[String; 4]> = if denial.mismatches.is_empty() {
                vec![[String::new(), String::new(), String::new(), String::new()]]
            } else {
                let reason = denial.mismatches.iter().map(|mismatch| {
                    [
                        rule_name(&mismatch.rule),
                        key(&mismatch.attribute),
                        mismatch.expected.clone(),
                        mismatch.actual.clone(),
                    ]
                });
                reason.collect()
            };
            reasons
                .into_iter()
                .map(move |reason| who.clone().into_iter().chain(reason).collect::<Vec<_>>())
        });
        let table = output::table(
            &["TIME", "SECRET", "MEASUREMENT", "SIGNER", "RULE", "KEY", "EXPECTED", "ACTUAL"],
            rows,
        );
        format!(
            "{table}\nThe latest denials since {}, when the server started; the audit log has all.",
            time(self.since_ms)
        )
    }
}

/// The version that was made.
#[derive(Serialize)]
pub(super) struct NewVersion<'a> {
    secret: &'a str,
    version: u64,
}

impl<'a> NewVersion<'a> {
    pub(super) fn new(secret: &'a Name, version: u64) -> Self {
        Self { secret: secret.as_str(), version }
    }
}

impl View for NewVersion<'_> {
    fn text(&self) -> String {
        format!("version {} of secret {} is the current one", self.version, self.secret)
    }
}

/// What was deleted, and until when it can be restored.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deleted {
    deleted: String,
    restorable_until: String,
}

impl Deleted {
    pub(super) fn new(deleted: String, until_ms: i64) -> Self {
        Self { deleted, restorable_until: time(until_ms) }
    }
}

impl View for Deleted {
    fn text(&self) -> String {
        format!(
            "deleted {}; `serviceadmin undelete` restores it until {}",
            self.deleted, self.restorable_until
        )
    }
}

/// A secret that is deleted.
impl Row for DeletedSecret {
    const COLUMNS: &'static [&'static str] = &["SECRET", "RESTORABLE UNTIL"];

    fn cells(&self) -> Vec<String> {
        vec![self.secret_name.clone(), time(self.restorable_until_ms)]
    }
}

/// The versions of a secret.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Versions {
    versions: Vec<SecretVersion>,
    #[serde(skip)]
    restorable_until_ms: i64,
}

impl From<ListSecretVersionResponse> for Versions {
    fn from(listed: ListSecretVersionResponse) -> Self {
        let ListSecretVersionResponse { versions, restorable_until_ms } = listed;
        Self { versions, restorable_until_ms }
    }
}

impl View for Versions {
    fn text(&self) -> String {
        let rows = self.versions.iter().map(|version| {
            vec![
                version.version.to_string(),
                state(version),
                time_or_never(version.created_ms),
                short(&version.created_by),
                time_or_never(version.expires_ms),
                time_or_never(version.ends_ms),
                match version.encoding() {
                    EnclaveSecretEncoding::SecretEncodingText => "text".to_owned(),
                    EnclaveSecretEncoding::SecretEncodingBase64 => "binary".to_owned(),
                },
            ]
        });
        let table = output::table(
            &["VERSION", "STATE", "CREATED", "BY", "EXPIRES", "KEPT UNTIL", "DATA"],
            rows,
        );
        match self.restorable_until_ms {
            0 => table,
            until => format!(
                "{table}\nThe secret is deleted; `serviceadmin undelete` restores it until {}.",
                time(until)
            ),
        }
    }
}

fn state(version: &SecretVersion) -> String {
    match version.state() {
        SecretVersionState::SecretVersionCurrent => "current",
        SecretVersionState::SecretVersionPrevious => "previous",
        SecretVersionState::SecretVersionExpired => "expired",
        SecretVersionState::SecretVersionDeleted => "deleted",
        SecretVersionState::SecretVersionDestroyed => "destroyed",
    }
    .to_owned()
}

fn time_or_never(ms: i64) -> String {
    if ms == 0 { String::new() } else { time(ms) }
}

/// A rule of the policy's own list by its number, from 1; any other place as it is.
fn rule_name(place: &str) -> String {
    let index = place.strip_prefix("main_attributes[").and_then(|rest| rest.strip_suffix(']'));
    match index.and_then(|index| index.parse::<usize>().ok()).and_then(|i| i.checked_add(1)) {
        Some(number) => format!("rule {number}"),
        None => place.to_owned(),
    }
}

/// An attribute by the key that policy files have for it.
fn key(attribute: &str) -> String {
    rule::key_of(attribute).unwrap_or(attribute).to_owned()
}

fn time(ms: i64) -> String {
    OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000))
        .map_or_else(|_| "?".to_owned(), time_text)
}

#[cfg(test)]
mod tests {
    use aecs_proto::DenialMismatch;

    use super::*;

    #[test]
    fn every_mismatch_is_a_row() {
        let mismatch = |attribute: &str| DenialMismatch {
            rule: "main_attributes[0]".into(),
            attribute: attribute.into(),
            expected: "1".into(),
            actual: "2".into(),
        };
        let denial = Denial {
            time_ms: 1_700_000_000_123,
            secret_name: "key".into(),
            mismatches: vec![mismatch("hex_signer"), mismatch("hex_prod_id")],
            ..Denial::default()
        };
        let since_ms = 1_600_000_000_000;
        let text = Denials { denials: vec![denial], since_ms }.text();
        assert_eq!(text.matches("2023-11-14T22:13:20Z").count(), 2);
        assert!(text.contains("rule 1") && !text.contains("main_attributes"), "{text}");
        assert_eq!(
            rule_name("nested_policies[0].main_attributes[1]"),
            "nested_policies[0].main_attributes[1]"
        );
        assert!(text.contains("mrsigner") && text.contains("prodID"), "{text}");
        let none = Denials { denials: Vec::new(), since_ms }.text();
        assert!(none.starts_with("(none)\n"), "{none}");
        assert!(none.contains("since 2020-09-13T12:26:40Z, when the server started"), "{none}");
    }
}
