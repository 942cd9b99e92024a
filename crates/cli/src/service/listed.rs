//! `list` and `get`: what describes secrets, and what the server knows of them.

use aecs_proto::{
    AttestationPolicy, DeletedSecret, EnclaveSecretSpec, EnclaveSecretType,
    ListEnclaveSecretResponse, SecretInfo, UnifiedAttestationPolicy,
};
use clap::Args;
use serde::Serialize;

use super::view::state_word;
use crate::described::{Described, Use, time, time_if};
use crate::given::{Optional, SecretPrefix};
use crate::output::{self, Row, View};
use crate::view::typed;

/// Which secrets to list.
#[derive(Args, Debug, PartialEq)]
pub struct Filter {
    /// Which ones
    #[command(flatten)]
    pub(super) prefix: Optional<SecretPrefix>,
    /// Only secrets of this type, such as `AES256_KEY`
    #[arg(long = "type", value_name = "TYPE", value_parser = secret_type)]
    kind: Option<EnclaveSecretType>,
    /// Only secrets with this label; all of them, if given several times
    #[arg(short = 'l', long = "label", value_name = "NAME[=VALUE]")]
    labels: Vec<String>,
    /// Only secrets with a rule that has TEXT in one of its values, such as a measurement
    #[arg(long, value_name = "TEXT")]
    admits: Option<String>,
    /// Only secrets whose current version is older than this, such as `30d`
    #[arg(long, value_name = "AGE", value_parser = age_ms)]
    older_than: Option<i64>,
}

/// How long before a rule ends a list says so: 30 days.
pub(super) const SOON_MS: i64 = 30 * 24 * 60 * 60 * 1000;

pub(super) fn secret_type(text: &str) -> Result<EnclaveSecretType, String> {
    let name = format!("SECRET_TYPE_{}", text.strip_prefix("SECRET_TYPE_").unwrap_or(text));
    EnclaveSecretType::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "`serviceadmin list` shows the types, such as AES256_KEY".to_owned())
}

fn age_ms(text: &str) -> Result<i64, &'static str> {
    aecs_client::files::length_ms(text).ok_or("write a length of time such as 90s, 30m, 12h or 7d")
}

impl Filter {
    /// Whether a secret is one of those that are asked for.
    pub(super) fn admits(&self, secret: &Listed, now_ms: i64) -> bool {
        self.describes(&secret.spec)
            && self.older_than.is_none_or(|age| secret.version_created_ms <= now_ms - age)
    }

    /// The same of one that is deleted, which has no current version. A server from before it told more
    /// than the name says nothing of it.
    pub(super) fn admits_deleted(&self, deleted: &DeletedSecret) -> bool {
        self.describes(&deleted.spec.clone().unwrap_or_default().into())
    }

    fn describes(&self, spec: &Described) -> bool {
        self.kind.is_none_or(|kind| spec.r#type == kind.as_str_name())
            && self.labels.iter().all(|label| has_label(spec, label))
            && self.admits.as_ref().is_none_or(|text| has_value(&spec.policy, text))
    }
}

fn has_label(spec: &Described, wanted: &str) -> bool {
    match wanted.split_once('=') {
        Some((name, value)) => spec.labels.get(name).is_some_and(|label| label == value),
        None => spec.labels.contains_key(wanted),
    }
}

/// Whether a rule of a policy has a value with that text in it.
fn has_value(policy: &UnifiedAttestationPolicy, text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let nested = policy.nested_policies.iter().flat_map(|nested| &nested.policies);
    let rules =
        policy.main_attributes.iter().chain(nested.flat_map(|nested| &nested.sub_attributes));
    let plain = rules.filter_map(|rule| serde_json::to_value(rule).ok()).any(|rule| {
        let values = rule.as_object().map(|rule| rule.values().collect::<Vec<_>>());
        let texts = values.unwrap_or_default().into_iter().filter_map(|value| value.as_str());
        texts.map(str::to_ascii_lowercase).any(|value| value.contains(&text))
    });
    let mut typed = policy.typed.iter().flat_map(typed::values).map(str::to_ascii_lowercase);
    plain || typed.any(|value| value.contains(&text))
}

/// A secret of a list. Its JSON is described in docs/json.md.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    #[serde(flatten)]
    spec: Described,
    version: u64,
    state: &'static str,
    versions: u32,
    bytes: u64,
    epoch: u64,
    version_created: Option<String>,
    created: Option<String>,
    changed: Option<String>,
    last_released: Option<String>,
    expires: Option<String>,
    rotates: Option<String>,
    #[serde(skip)]
    version_created_ms: i64,
}

/// The secrets of a list, in its order.
pub(super) fn listed(list: ListEnclaveSecretResponse) -> Vec<Listed> {
    let infos = list.info.into_iter().chain(std::iter::repeat(SecretInfo::default()));
    list.secrets.into_iter().zip(infos).map(|(spec, info)| Listed::new(spec, &info)).collect()
}

/// What is to be said of a rule of a secret that has ended, or ends within [`SOON_MS`].
pub(super) fn ending_rule(secret: &str, policy: &AttestationPolicy, now_ms: i64) -> Option<String> {
    let (end_ms, rule) = typed::first_end(policy)?;
    let name = if rule.is_empty() { String::new() } else { format!(" `{rule}`") };
    let end = time(end_ms);
    match end_ms.saturating_sub(now_ms) {
        ..=0 => Some(format!("a rule{name} of secret `{secret}` ended at {end}")),
        1..=SOON_MS => Some(format!("a rule{name} of secret `{secret}` ends at {end}")),
        _ => None,
    }
}

impl Listed {
    pub(super) fn new(spec: EnclaveSecretSpec, info: &SecretInfo) -> Self {
        Self {
            spec: spec.into(),
            version: info.version,
            state: state_word(info.state()),
            versions: info.versions,
            bytes: info.bytes,
            epoch: info.epoch,
            version_created: time_if(info.version_created_ms),
            created: time_if(info.created_ms),
            changed: time_if(info.changed_ms),
            last_released: time_if(info.released_ms),
            expires: time_if(info.expires_ms),
            rotates: time_if(info.rotates_ms),
            version_created_ms: info.version_created_ms,
        }
    }

    /// What is to be said of a rule that has ended, or ends soon.
    pub(super) fn ending_rule(&self, now_ms: i64) -> Option<String> {
        let policy = self.spec.policy.typed.as_ref();
        policy.and_then(|policy| ending_rule(&self.spec.name, policy, now_ms))
    }

    /// Its current version, with what is wrong with it.
    fn version(&self) -> String {
        match self.state {
            "current" => self.version.to_string(),
            state => format!("{} ({state})", self.version),
        }
    }
}

impl Row for Listed {
    const COLUMNS: &'static [&'static str] =
        &["SECRET", "TYPE", "VERSION", "CHANGED", "PROTECTED", "LABELS", "ADMITTED"];
    const WIDE_COLUMNS: &'static [&'static str] = &[
        "SECRET",
        "TYPE",
        "VERSION",
        "VERSIONS",
        "BYTES",
        "CREATED",
        "CHANGED",
        "RELEASED",
        "EXPIRES",
        "ROTATES",
        "PROTECTED",
        "SHARE",
        "LABELS",
        "DESCRIPTION",
        "ADMITTED",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.spec.name.clone(),
            self.spec.words.kind.clone(),
            self.version(),
            self.changed.clone().unwrap_or_default(),
            self.spec.protection().to_owned(),
            self.spec.labels(),
            self.spec.words.admitted.clone(),
        ]
    }

    fn wide_cells(&self) -> Vec<String> {
        let shown = |time: &Option<String>| time.clone().unwrap_or_default();
        vec![
            self.spec.name.clone(),
            self.spec.words.kind.clone(),
            self.version(),
            self.versions.to_string(),
            self.bytes.to_string(),
            shown(&self.created),
            shown(&self.changed),
            shown(&self.last_released),
            shown(&self.expires),
            shown(&self.rotates),
            self.spec.protection().to_owned(),
            self.spec.share.clone(),
            self.spec.labels(),
            self.spec.description.clone(),
            self.spec.words.admitted_whole.clone(),
        ]
    }

    fn name(&self) -> String {
        self.spec.name.clone()
    }
}

/// One secret: a table of its properties.
impl View for Listed {
    fn text(&self) -> String {
        let lifecycle = &self.spec.lifecycle;
        let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
        let length = |ms: Option<i64>| ms.map(length).unwrap_or_default();
        let shown = |time: &Option<String>| time.clone().unwrap_or_default();
        let used =
            |text: fn(&Use) -> String| self.spec.r#use.as_ref().map(text).unwrap_or_default();
        let params: Vec<String> =
            self.spec.params.iter().map(|(key, value)| format!("{key}={value}")).collect();
        output::properties([
            ("secret", self.spec.name.clone()),
            ("service", self.spec.service.clone()),
            ("type", self.spec.words.kind.clone()),
            ("parameters", params.join(" ")),
            ("description", self.spec.description.clone()),
            ("labels", self.spec.labels()),
            ("protected", self.spec.protection().to_owned()),
            ("share", self.spec.share.clone()),
            ("admitted", self.spec.words.admitted_whole.clone()),
            ("version", self.version()),
            ("versions kept", self.versions.to_string()),
            ("bytes of all versions", self.bytes.to_string()),
            ("created", shown(&self.created)),
            ("changed", shown(&self.changed)),
            ("last released", shown(&self.last_released)),
            ("expires", shown(&self.expires)),
            ("rotates", shown(&self.rotates)),
            ("maxVersions", number(lifecycle.max_versions)),
            ("keepFor", length(lifecycle.keep_for_ms)),
            ("ttl", length(lifecycle.ttl_ms)),
            ("expiresAt", shown(&lifecycle.expires_at)),
            ("purgeAfter", length(lifecycle.purge_after_ms)),
            ("rotateEvery", length(lifecycle.rotate_every_ms)),
            ("operations", used(|usage| usage.operations.join(" "))),
            ("exportable", used(|usage| usage.exportable.to_string())),
            ("operations of the administrator", used(|usage| usage.admin.join(" "))),
            ("minDecryptVersion", used(|usage| usage.min_decrypt_version.to_string())),
        ])
    }

    fn names(&self) -> Option<Vec<String>> {
        Some(vec![self.spec.name.clone()])
    }
}

/// A length of time as files have it.
fn length(ms: i64) -> String {
    const UNITS: [(i64, char); 4] =
        [(86_400_000, 'd'), (3_600_000, 'h'), (60_000, 'm'), (1000, 's')];
    let unit = UNITS.into_iter().find(|(unit, _)| ms % unit == 0);
    match unit {
        Some((unit, name)) => format!("{}{name}", ms / unit),
        None => format!("{ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use aecs_proto::attestation_condition::Condition;
    use aecs_proto::attestation_part::Part;
    use aecs_proto::{
        AttestationCondition, AttestationPart, AttestationPolicy, AttestationRule,
        AttestationRules, EnclaveLabel, EnclaveSecretAbout, EnclaveSecretPolicy,
        UnifiedAttestationAttributes,
    };
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        filter: Filter,
    }

    fn sample() -> Listed {
        let rule = UnifiedAttestationAttributes { hex_signer: "A5F0".into(), ..Default::default() };
        let policy = UnifiedAttestationPolicy { main_attributes: vec![rule], ..Default::default() };
        let label = EnclaveLabel { name: "tier".into(), value: "1".into() };
        let spec = EnclaveSecretSpec {
            secret_name: "a".into(),
            policy: Some(EnclaveSecretPolicy {
                policy: Some(policy),
                ..EnclaveSecretPolicy::default()
            }),
            about: Some(EnclaveSecretAbout { description: String::new(), labels: vec![label] }),
            ..EnclaveSecretSpec::default()
        };
        Listed::new(spec, &SecretInfo { version_created_ms: 1000, ..SecretInfo::default() })
    }

    #[test]
    fn filters_are_all_of_them() {
        let admits = |line: &str, now_ms| {
            let words = std::iter::once("list").chain(line.split_whitespace());
            Line::try_parse_from(words).unwrap().filter.admits(&sample(), now_ms)
        };
        for (line, admitted) in [
            ("", true),
            ("--type RSA_KEY_PAIR", true),
            ("--type rsa_key_pair", true),
            ("--type AES256_KEY", false),
            ("-l tier", true),
            ("-l tier=1", true),
            ("-l tier=2", false),
            ("-l tier -l app", false),
            ("--admits a5f", true),
            ("--admits a6f", false),
            ("--older-than 1s", true),
            ("--older-than 2s", false),
        ] {
            assert_eq!(admits(line, 2000), admitted, "{line}");
        }
        assert!(Line::try_parse_from(["list", "--type", "nonsense"]).is_err());
        assert!(Line::try_parse_from(["list", "--older-than", "7"]).is_err());
    }

    #[test]
    fn a_rule_that_ends_soon_is_said() {
        let condition = AttestationCondition { condition: Some(Condition::ValidUntilMs(SOON_MS)) };
        let rule = AttestationRule { name: "old".into(), conditions: vec![condition] };
        let rules = AttestationRules { rules: vec![rule] };
        let part = AttestationPart { part: Some(Part::Attester(rules)) };
        let mut secret = sample();
        assert_eq!(secret.ending_rule(0), None);
        secret.spec.policy.typed = Some(AttestationPolicy { parts: vec![part] });
        assert_eq!(secret.ending_rule(-1), None);
        let ends = "a rule `old` of secret `a` ends at 1970-01-31T00:00:00Z";
        assert_eq!(secret.ending_rule(0).unwrap(), ends);
        assert!(secret.ending_rule(SOON_MS).unwrap().contains("ended at"));
    }

    #[test]
    fn lengths_are_shown_as_files_have_them() {
        for (ms, text) in
            [(1000, "1s"), (90_000, "90s"), (7_200_000, "2h"), (604_800_000, "7d"), (7, "7 ms")]
        {
            assert_eq!(length(ms), text);
        }
    }
}
