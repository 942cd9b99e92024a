//! Results that more than one tool shows.

pub(crate) mod typed;

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_client::files::secret_policy::SecretPolicyFile;
use aecs_client::{NewSecret, PublicSecret};
use aecs_proto::{
    EnclavePolicyType, EnclaveSecretSpec, EnclaveSecretType, UnifiedAttestationAttributes,
};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::described::Described;
use crate::failure::{Failure, Result};
use crate::output::{self, View};

/// The public part of a secret. Its JSON is described in docs/json.md.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Public<'a> {
    #[serde(flatten)]
    spec: Described,
    data: &'a str,
}

impl<'a> TryFrom<&'a PublicSecret> for Public<'a> {
    type Error = Failure;

    fn try_from(PublicSecret { spec, data, .. }: &'a PublicSecret) -> Result<Self> {
        if !data.trim_end().is_empty() {
            return Ok(Self { spec: spec.clone().into(), data });
        }
        let (name, kind) = (&spec.secret_name, kind(spec));
        Err(Failure::usage(format!("secret {name} has no public part: it is of type {kind}")).help(
            "key pairs and certificates have one; `serviceadmin list` shows the type of each secret",
        ))
    }
}

impl View for Public<'_> {
    fn text(&self) -> String {
        let properties = output::properties([
            ("service", self.spec.service.clone()),
            ("secret", self.spec.name.clone()),
            ("type", self.spec.words.kind.clone()),
        ]);
        format!("{properties}\n{}", output::printable(self.data.trim_end()))
    }

    fn names(&self) -> Option<Vec<String>> {
        Some(vec![self.spec.name.clone()])
    }
}

/// The secret of this name in the policy file at `path`.
pub(crate) fn named(path: &Path, file: SecretPolicyFile, name: &str) -> Result<NewSecret> {
    let names: Vec<&str> = file.secrets.iter().map(NewSecret::name).collect();
    let help = format!("its secrets are {}", names.join(", "));
    file.secrets.into_iter().find(|secret| secret.name() == name).ok_or_else(|| {
        Failure::bad_input(format!("{} has no secret `{name}`", path.display())).help(help)
    })
}

/// The progress of a file of secrets: what was done, what failed, what was not tried.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Progress {
    rows: Vec<Step>,
}

/// One secret of a file.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Step {
    secret: String,
    outcome: StepOutcome,
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
enum StepOutcome {
    Created,
    Updated,
    Skipped,
    Failed,
    NotTried,
}

impl Progress {
    /// Nothing of the file has been tried.
    #[must_use]
    pub fn new(secrets: &[NewSecret]) -> Self {
        let not_tried = |secret: &NewSecret| Step {
            secret: secret.name().to_owned(),
            outcome: StepOutcome::NotTried,
        };
        Self { rows: secrets.iter().map(not_tried).collect() }
    }

    /// The next secret is there.
    pub fn succeeded(&mut self, update: bool) {
        self.advance(if update { StepOutcome::Updated } else { StepOutcome::Created });
    }

    /// The next secret was there already.
    pub fn skipped(&mut self) {
        self.advance(StepOutcome::Skipped);
    }

    /// The next secret is not; nothing after it will be tried.
    pub fn failed(&mut self) {
        self.advance(StepOutcome::Failed);
    }

    fn advance(&mut self, outcome: StepOutcome) {
        if let Some(step) = self.rows.iter_mut().find(|step| step.outcome == StepOutcome::NotTried)
        {
            step.outcome = outcome;
        }
    }
}

impl View for Progress {
    fn text(&self) -> String {
        let rows = self.rows.iter().map(|step| {
            let word = match step.outcome {
                StepOutcome::Created => "created",
                StepOutcome::Updated => "updated",
                StepOutcome::Skipped => "exists",
                StepOutcome::Failed => "FAILED",
                StepOutcome::NotTried => "not tried",
            };
            [step.secret.clone(), word.to_owned()]
        });
        output::table(&["SECRET", "OUTCOME"], rows)
    }
}

/// The type without its prefix: `AES256_KEY`.
#[must_use]
pub fn kind(spec: &EnclaveSecretSpec) -> String {
    let name =
        EnclaveSecretType::try_from(spec.r#type).map_or("unknown", |kind| kind.as_str_name());
    name.strip_prefix("SECRET_TYPE_").unwrap_or(name).to_owned()
}

/// How long values of a rule are shown.
#[derive(Clone, Copy)]
pub enum Digits {
    /// Their first digits.
    First,
    /// All digits.
    All,
}

/// Whom the policy lets in, a rule a line.
#[must_use]
pub fn admitted(spec: &EnclaveSecretSpec, digits: Digits) -> String {
    let Some(policy) = &spec.policy else { return "nobody".to_owned() };
    let mut lines = Vec::new();
    if let Some(policy) = &policy.policy {
        lines.extend(policy.main_attributes.iter().map(|entry| rule(entry, digits)));
        lines.extend(policy.typed.iter().flat_map(|typed| typed::lines(typed, digits)));
        if !policy.pem_public_key.is_empty() {
            lines.push("and with one certain public key only".to_owned());
        }
        let nested = policy.nested_policies.as_ref().map_or(0, |nested| nested.policies.len());
        if nested > 0 {
            lines.push(format!("and with {nested} nested attesters, each under its own rules"));
        }
    }
    match EnclavePolicyType::try_from(policy.r#type) {
        Ok(EnclavePolicyType::PolicyTypeBound) => {}
        Ok(kind) => {
            let name = kind.as_str_name();
            lines.insert(0, name.strip_prefix("POLICY_TYPE_").unwrap_or(name).to_owned());
        }
        Err(_) => lines.insert(0, "unknown policy type".to_owned()),
    }
    if lines.is_empty() { "nobody".to_owned() } else { lines.join("\n") }
}

/// Short names of attributes, which come first in a rule.
const SHORT_NAMES: [(&str, &str); 8] = [
    ("str_tee_platform", "platform"),
    ("hex_ta_measurement", "measurement"),
    ("hex_boot_measurement", "boot"),
    ("hex_signer", "signer"),
    ("hex_prod_id", "product"),
    ("str_min_isvsvn", "svn >="),
    ("hex_user_data", "user data"),
    ("str_tcb_status", "tcb"),
];

/// A rule in short: everything that it asks for.
fn rule(entry: &UnifiedAttestationAttributes, digits: Digits) -> String {
    let mut fields = match serde_json::to_value(entry) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    // Any version will do.
    if entry.str_min_isvsvn == "0" {
        fields.remove("str_min_isvsvn");
    }
    let short_names = SHORT_NAMES.map(|(field, name)| (field.to_owned(), name));
    let others: Vec<_> = fields.keys().map(|field| (field.clone(), long_name(field))).collect();
    let parts: Vec<String> = short_names
        .iter()
        .map(|(field, name)| (field, *name))
        .chain(others.iter().map(|(field, name)| (field, name.as_str())))
        .filter_map(|(field, name)| {
            let value = fields.remove(field)?;
            let text = value.as_str()?;
            Some(format!("{name} {}", shown(field, text, digits)))
        })
        .collect();
    if parts.is_empty() { "ANY ENCLAVE".to_owned() } else { parts.join(", ") }
}

/// A value of an attribute, long hexadecimal ones in short if only the first digits are shown.
fn shown(field: &str, text: &str, digits: Digits) -> String {
    let is_short = matches!(digits, Digits::First) && field.starts_with("hex_");
    if is_short { short(text) } else { text.to_owned() }
}

/// What a rule in short calls an attribute.
fn name_of(field: &str) -> String {
    let short = SHORT_NAMES.iter().find(|(name, _)| *name == field);
    short.map_or_else(|| long_name(field), |(_, name)| (*name).to_owned())
}

/// The name of an attribute without the prefix that tells its form: `debug disabled`.
fn long_name(field: &str) -> String {
    field.split_once('_').map_or(field, |(_, name)| name).replace('_', " ")
}

/// The first eight digits of a long hexadecimal text.
#[must_use]
pub fn short(hex: &str) -> String {
    match hex.char_indices().nth(8) {
        Some((end, _)) => format!("{}…", hex.get(..end).unwrap_or(hex)),
        None => hex.to_owned(),
    }
}

/// Reads a time: RFC 3339, or `now`.
///
/// # Errors
///
/// What is wrong with the text.
pub fn time(text: &str) -> std::result::Result<SystemTime, String> {
    if text == "now" {
        return Ok(SystemTime::now());
    }
    OffsetDateTime::parse(text, &Rfc3339)
        .map(SystemTime::from)
        .map_err(|_| "write a time as 2026-05-04T12:00:00Z, or `now`".to_owned())
}

/// A time of a message, in milliseconds since 1970, as [`time_text`] writes it; empty if it is none.
pub(crate) fn time_text_of_ms(ms: i64) -> String {
    let since = Duration::from_millis(u64::try_from(ms).unwrap_or_default());
    UNIX_EPOCH.checked_add(since).map(time_text).unwrap_or_default()
}

/// A time as RFC 3339, to the second.
#[must_use]
pub fn time_text(time: impl Into<OffsetDateTime>) -> String {
    let time = time.into();
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_else(|_| "?".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Exit;

    #[test]
    fn a_secret_without_a_public_part_says_so() {
        let spec = EnclaveSecretSpec {
            secret_name: "key".to_owned(),
            r#type: EnclaveSecretType::SecretTypeAes256Key.into(),
            ..EnclaveSecretSpec::default()
        };
        let secret = |data: &str| PublicSecret {
            spec: spec.clone(),
            data: data.to_owned(),
            nonce: String::new(),
        };
        let none = secret("");
        let failure = Public::try_from(&none).err().unwrap();
        assert_eq!(failure.exit(), Exit::Usage);
        assert_eq!(failure.message(), "secret key has no public part: it is of type AES256_KEY");
        let pem = secret("pem\n");
        let text = Public::try_from(&pem).unwrap().text();
        assert!(text.ends_with("\npem"), "{text}");
    }

    #[test]
    fn a_rule_without_pins_is_shown_for_what_it_is() {
        let open =
            UnifiedAttestationAttributes { str_min_isvsvn: "0".into(), ..Default::default() };
        let rule = |entry: &_| rule(entry, Digits::First);
        assert_eq!(rule(&open), "ANY ENCLAVE");
        let pinned = UnifiedAttestationAttributes {
            hex_signer: "83D719E77DEACA14".into(),
            str_min_isvsvn: "2".into(),
            ..Default::default()
        };
        assert_eq!(rule(&pinned), "signer 83D719E7…, svn >= 2");
        let machine = UnifiedAttestationAttributes {
            str_tee_platform: "TDX".into(),
            bool_debug_disabled: "false".into(),
            hex_mrtd: "00112233445566".into(),
            ..Default::default()
        };
        assert_eq!(rule(&machine), "platform TDX, debug disabled false, mrtd 00112233…");
        let whole = super::rule(&machine, Digits::All);
        assert_eq!(whole, "platform TDX, debug disabled false, mrtd 00112233445566");
    }

    #[test]
    fn progress_names_every_secret() {
        let secrets = ["a", "b", "c"]
            .map(|name| NewSecret::new(name, EnclaveSecretType::SecretTypeAes256Key));
        let mut progress = Progress::new(&secrets);
        progress.succeeded(false);
        progress.failed();
        let json = serde_json::to_value(&progress).unwrap();
        assert_eq!(json[0]["outcome"], "created");
        assert_eq!(json[1]["outcome"], "failed");
        assert_eq!(json[2]["outcome"], "notTried");
    }
}
