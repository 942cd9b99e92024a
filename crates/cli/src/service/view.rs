//! Results of `serviceadmin`.

use aecs_client::files::rule;
use aecs_proto::{
    DeletedSecret, Denial, DenialMismatch, DenialReason, EnclaveSecretEncoding, ListDenialResponse,
    ListSecretVersionResponse, SecretVersion, SecretVersionState, UnifiedAttestationAttributes,
};
use serde::Serialize;
use time::OffsetDateTime;

use crate::described::{time, time_if};
use crate::names::Name;
use crate::output::{self, Row, View};
use crate::view::short;

/// Who was refused, and why: a row for each attribute that did not fit.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Denials {
    denials: Vec<DenialJson>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct DenialJson {
    time: String,
    function: String,
    secret: String,
    reason: &'static str,
    #[serde(skip)]
    why: &'static str,
    #[cfg_attr(test, schemars(with = "crate::schema::Message"))]
    attributes: UnifiedAttestationAttributes,
    mismatches: Vec<MismatchJson>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct MismatchJson {
    rule: String,
    attribute: String,
    expected: String,
    actual: String,
}

impl From<ListDenialResponse> for Denials {
    fn from(listed: ListDenialResponse) -> Self {
        let mismatch = |mismatch: DenialMismatch| MismatchJson {
            rule: rule_name(&mismatch.rule),
            attribute: mismatch.attribute,
            expected: mismatch.expected,
            actual: mismatch.actual,
        };
        let denial = |denial: Denial| DenialJson {
            time: time(denial.time_ms),
            reason: reason(denial.reason()).0,
            why: reason(denial.reason()).1,
            function: denial.function_name,
            secret: denial.secret_name,
            attributes: denial.attributes.unwrap_or_default(),
            mismatches: denial.mismatches.into_iter().map(mismatch).collect(),
        };
        Self { denials: listed.denials.into_iter().map(denial).collect() }
    }
}

/// Why somebody was refused: for programs, and for people where no rule says it.
fn reason(reason: DenialReason) -> (&'static str, &'static str) {
    match reason {
        DenialReason::DenialPolicy => ("policy", ""),
        DenialReason::DenialNoSuchSecret => ("noSuchSecret", "there is no such secret"),
        DenialReason::DenialNeverExported => ("neverExported", "it is never exported"),
        DenialReason::DenialNotReadable => ("notReadable", "expired, deleted, or no such version"),
    }
}

impl View for Denials {
    fn text(&self) -> String {
        let rows = self.denials.iter().flat_map(|denial| {
            let DenialJson { time, secret, why, attributes, mismatches, .. } = denial;
            let code = [&attributes.hex_ta_measurement, &attributes.hex_signer].map(|id| short(id));
            let who = [vec![time.clone(), secret.clone()], code.to_vec()].concat();
            let reason = |mismatch: &MismatchJson| {
                let MismatchJson { rule, attribute, expected, actual } = mismatch;
                vec![rule.clone(), key(attribute), expected.clone(), actual.clone()]
            };
            let reasons: Vec<Vec<String>> = match mismatches.as_slice() {
                [] => {
                    let nothing = String::new;
                    vec![vec![(*why).to_owned(), nothing(), nothing(), nothing()]]
                }
                mismatches => mismatches.iter().map(reason).collect(),
            };
            reasons.into_iter().map(move |reason| [who.clone(), reason].concat())
        });
        let table = output::table(
            &["TIME", "SECRET", "MEASUREMENT", "SIGNER", "REASON", "KEY", "EXPECTED", "ACTUAL"],
            rows,
        );
        format!("{table}\nThe latest refusals; the server's audit log has all.")
    }
}

/// The version that was made.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
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

    fn names(&self) -> Option<Vec<String>> {
        Some(vec![self.secret.to_owned()])
    }
}

/// A list whose text is a sentence for each row.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub(super) struct Sentences<R>(pub(super) Vec<R>);

impl<R: Row> View for Sentences<R> {
    fn text(&self) -> String {
        self.0.iter().map(|row| row.cells().concat()).collect::<Vec<_>>().join("\n")
    }

    fn names(&self) -> Option<Vec<String>> {
        Some(self.0.iter().map(Row::name).collect())
    }
}

/// What was deleted, and until when it can be restored.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Deleted {
    secret: String,
    version: Option<u64>,
    restorable_until: String,
}

impl Deleted {
    pub(super) fn new(secret: &Name, version: Option<u64>, until_ms: i64) -> Self {
        Self { secret: secret.to_string(), version, restorable_until: time(until_ms) }
    }
}

/// A sentence.
impl Row for Deleted {
    const COLUMNS: &'static [&'static str] = &["DELETED"];

    fn cells(&self) -> Vec<String> {
        vec![format!(
            "deleted {}; `serviceadmin undelete` restores it until {}",
            what(&self.secret, self.version),
            self.restorable_until
        )]
    }

    fn name(&self) -> String {
        self.secret.clone()
    }
}

/// A secret that is deleted.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Restorable {
    secret: String,
    restorable_until: String,
}

impl From<DeletedSecret> for Restorable {
    fn from(deleted: DeletedSecret) -> Self {
        let restorable_until = time(deleted.restorable_until_ms);
        Self { secret: deleted.secret_name, restorable_until }
    }
}

impl Row for Restorable {
    const COLUMNS: &'static [&'static str] = &["SECRET", "RESTORABLE UNTIL"];

    fn cells(&self) -> Vec<String> {
        vec![self.secret.clone(), self.restorable_until.clone()]
    }

    fn name(&self) -> String {
        self.secret.clone()
    }
}

/// What was done with a secret, or with a version of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    done: &'static str,
    secret: String,
    version: Option<u64>,
}

impl Changed {
    pub(super) fn new(done: &'static str, secret: &Name, version: Option<u64>) -> Self {
        Self { done, secret: secret.to_string(), version }
    }
}

/// A sentence.
impl Row for Changed {
    const COLUMNS: &'static [&'static str] = &["DONE"];

    fn cells(&self) -> Vec<String> {
        vec![format!("{} {}", self.done, what(&self.secret, self.version))]
    }

    fn name(&self) -> String {
        self.secret.clone()
    }
}

/// A secret, or one version of it, in words.
fn what(secret: &str, version: Option<u64>) -> String {
    match version {
        None => format!("secret {secret}"),
        Some(version) => format!("version {version} of secret {secret}"),
    }
}

/// The versions of a secret. Its JSON is described in docs/json.md.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Versions {
    secret: String,
    restorable_until: Option<String>,
    versions: Vec<VersionJson>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct VersionJson {
    version: u64,
    state: &'static str,
    created: Option<String>,
    created_by: String,
    expires: Option<String>,
    kept_until: Option<String>,
    encoding: &'static str,
    data_epoch: u64,
}

impl From<SecretVersion> for VersionJson {
    fn from(version: SecretVersion) -> Self {
        Self {
            version: version.version,
            state: state_word(version.state()),
            created: time_if(version.created_ms),
            expires: time_if(version.expires_ms),
            kept_until: time_if(version.ends_ms),
            encoding: match version.encoding() {
                EnclaveSecretEncoding::SecretEncodingText => "text",
                EnclaveSecretEncoding::SecretEncodingBase64 => "binary",
            },
            data_epoch: version.data_epoch,
            created_by: version.created_by,
        }
    }
}

impl Versions {
    pub(super) fn new(secret: &Name, listed: ListSecretVersionResponse) -> Self {
        let ListSecretVersionResponse { versions, restorable_until_ms } = listed;
        Self {
            secret: secret.to_string(),
            restorable_until: time_if(restorable_until_ms),
            versions: versions.into_iter().map(Into::into).collect(),
        }
    }
}

impl View for Versions {
    fn text(&self) -> String {
        let rows = self.versions.iter().map(|version| {
            let shown = |time: &Option<String>| time.clone().unwrap_or_default();
            vec![
                version.version.to_string(),
                version.state.to_owned(),
                shown(&version.created),
                short(&version.created_by),
                shown(&version.expires),
                shown(&version.kept_until),
                version.encoding.to_owned(),
            ]
        });
        let table = output::table(
            &["VERSION", "STATE", "CREATED", "BY", "EXPIRES", "KEPT UNTIL", "DATA"],
            rows,
        );
        match &self.restorable_until {
            None => table,
            Some(until) => format!(
                "{table}\nThe secret is deleted; `serviceadmin undelete` restores it until {until}."
            ),
        }
    }

    fn names(&self) -> Option<Vec<String>> {
        Some(vec![self.secret.clone()])
    }
}

/// What a version is, in a word.
pub(super) fn state_word(state: SecretVersionState) -> &'static str {
    match state {
        SecretVersionState::SecretVersionCurrent => "current",
        SecretVersionState::SecretVersionPrevious => "previous",
        SecretVersionState::SecretVersionExpired => "expired",
        SecretVersionState::SecretVersionDeleted => "deleted",
        SecretVersionState::SecretVersionDestroyed => "destroyed",
    }
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

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    let now = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
    i64::try_from(now).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
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
        let listed = |denials| ListDenialResponse { denials };
        let text = Denials::from(listed(vec![denial])).text();
        assert_eq!(text.matches("2023-11-14T22:13:20Z").count(), 2);
        assert!(text.contains("rule 1") && !text.contains("main_attributes"), "{text}");
        assert_eq!(
            rule_name("nested_policies[0].main_attributes[1]"),
            "nested_policies[0].main_attributes[1]"
        );
        assert!(text.contains("mrsigner") && text.contains("prodID"), "{text}");
        let none = Denials::from(listed(Vec::new())).text();
        assert!(none.starts_with("(none)\n"), "{none}");
        let never =
            Denial { reason: DenialReason::DenialNeverExported.into(), ..Denial::default() };
        assert!(Denials::from(listed(vec![never])).text().contains("it is never exported"));
    }
}
