//! What describes a secret, in words for people and in the JSON of docs/json.md.

use std::collections::BTreeMap;

use aecs_proto::{
    EnclavePolicyType, EnclaveRuleUse, EnclaveSecretPolicy, EnclaveSecretSpec, EnclaveSecretType,
    EnclaveSecretUse, KeyUse, UnifiedAttestationPolicy,
};
use serde::Serialize;
use time::OffsetDateTime;

use crate::output::Row;
use crate::view::{Digits, admitted, kind, time_text};

/// The specification of a secret. Every field is always there; the policy is the message of AECS 2.0.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Described {
    /// The name of the secret.
    pub name: String,
    /// The service that it belongs to.
    pub service: String,
    /// The type, as files have it.
    #[cfg_attr(test, schemars(extend("enum" = crate::schema::secret_types())))]
    pub r#type: &'static str,
    /// What its owner says of it.
    pub description: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its data cannot be changed.
    pub readonly: bool,
    /// Nothing of it can be changed.
    pub immutable: bool,
    /// `public` or `private`.
    #[cfg_attr(test, schemars(extend("enum" = ["public", "private"])))]
    pub share: String,
    /// How the policy is applied, as files have it.
    #[cfg_attr(test, schemars(extend("enum" = crate::schema::policy_types())))]
    pub policy_type: &'static str,
    /// Whom it is for.
    #[cfg_attr(test, schemars(with = "crate::schema::Message"))]
    pub policy: UnifiedAttestationPolicy,
    /// How its data was made.
    pub params: BTreeMap<String, String>,
    /// How long versions are kept and given out.
    pub lifecycle: Lifecycle,
    /// How it is used in place, if it is a key that is.
    pub r#use: Option<Use>,
    /// What only people are shown.
    #[serde(skip)]
    pub(crate) words: Words,
}

/// The same in words.
pub(crate) struct Words {
    pub(crate) kind: String,
    pub(crate) admitted: String,
    /// With whole digests.
    pub(crate) admitted_whole: String,
}

/// How a key is used in place; operations by their words in files.
#[derive(Serialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the keys of files, described in docs/guide/secrets.md")]
pub struct Use {
    pub operations: Vec<String>,
    pub exportable: bool,
    pub admin: Vec<String>,
    pub min_decrypt_version: u64,
    /// What each rule of the policy allows, in their order; all of them where the list is empty.
    pub rules: Vec<Vec<String>>,
}

impl Use {
    fn new(usage: &EnclaveSecretUse, rules: &[EnclaveRuleUse]) -> Self {
        let words = |numbers: &[i32]| {
            let word = |number: &i32| match KeyUse::try_from(*number) {
                Ok(one) => one.word().to_owned(),
                Err(_) => number.to_string(),
            };
            numbers.iter().map(word).collect()
        };
        Self {
            operations: words(&usage.operations),
            exportable: usage.exportable,
            admin: words(&usage.admin),
            min_decrypt_version: usage.min_decrypt_version.max(1),
            rules: rules.iter().map(|rule| words(&rule.operations)).collect(),
        }
    }
}

/// Lengths of time in milliseconds. What was not set has its default, and is none here.
#[derive(Serialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the keys of files, described in docs/guide/secrets.md")]
pub struct Lifecycle {
    pub max_versions: Option<u32>,
    pub keep_for_ms: Option<i64>,
    pub ttl_ms: Option<i64>,
    pub expires_at: Option<String>,
    pub purge_after_ms: Option<i64>,
    pub rotate_every_ms: Option<i64>,
}

impl From<EnclaveSecretSpec> for Described {
    fn from(spec: EnclaveSecretSpec) -> Self {
        let words = Words {
            kind: kind(&spec),
            admitted: admitted(&spec, Digits::First),
            admitted_whole: admitted(&spec, Digits::All),
        };
        let lifecycle = spec.lifecycle.unwrap_or_default();
        let about = spec.about.clone().unwrap_or_default();
        let EnclaveSecretPolicy { policy, r#type, rule_uses } =
            spec.policy.clone().unwrap_or_default();
        Self {
            r#type: EnclaveSecretType::try_from(spec.r#type)
                .map_or("unknown", |kind| kind.as_str_name()),
            description: about.description,
            labels: about.labels.into_iter().map(|label| (label.name, label.value)).collect(),
            readonly: spec.readonly != "false",
            immutable: spec.immutable,
            share: spec.share,
            policy_type: EnclavePolicyType::try_from(r#type)
                .map_or("unknown", |kind| kind.as_str_name()),
            policy: policy.unwrap_or_default(),
            params: spec.params.iter().map(|pair| (pair.key.clone(), pair.value.clone())).collect(),
            lifecycle: Lifecycle {
                max_versions: set(lifecycle.max_versions),
                keep_for_ms: set(lifecycle.keep_for_ms),
                ttl_ms: set(lifecycle.ttl_ms),
                expires_at: time_if(lifecycle.expires_at_ms),
                purge_after_ms: set(lifecycle.purge_after_ms),
                rotate_every_ms: set(lifecycle.rotate_every_ms),
            },
            r#use: spec.r#use.as_ref().map(|usage| Use::new(usage, &rule_uses)),
            name: spec.secret_name,
            service: spec.service_name,
            words,
        }
    }
}

impl Described {
    /// What it is protected from, in a word.
    pub(crate) fn protection(&self) -> &'static str {
        match (self.immutable, self.readonly) {
            (true, _) => "immutable",
            (false, true) => "readonly",
            (false, false) => "",
        }
    }

    /// Its labels as one text.
    pub(crate) fn labels(&self) -> String {
        let text = |(name, value): (&String, &String)| format!("{name}={value}");
        self.labels.iter().map(text).collect::<Vec<_>>().join(" ")
    }
}

impl Row for Described {
    const COLUMNS: &'static [&'static str] =
        &["SERVICE", "SECRET", "TYPE", "PROTECTED", "SHARE", "ADMITTED"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.service.clone(),
            self.name.clone(),
            self.words.kind.clone(),
            self.protection().to_owned(),
            self.share.clone(),
            self.words.admitted.clone(),
        ]
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// A setting of a lifecycle; none for 0, its default.
fn set<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}

/// A time in milliseconds since 1970, as RFC 3339.
pub(crate) fn time(ms: i64) -> String {
    OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000))
        .map_or_else(|_| "?".to_owned(), time_text)
}

/// A time; none for 0, which is never.
pub(crate) fn time_if(ms: i64) -> Option<String> {
    (ms != 0).then(|| time(ms))
}
