//! Secret policy files (`kind: SecretPolicy`): the secrets to create, and who may have them.
//!
//! ```yaml
//! apiVersion: v1
//! kind: SecretPolicy
//! secrets:
//! - spec:
//!     name: secret-my-aes256-key
//!     type: SECRET_TYPE_AES256_KEY
//!     service: service1
//!     readonly: "true"
//!     share: "private"
//!     policy:
//!       enclaveMatchAnyRules:
//!       - platform: SGX_DCAP
//!         measurement: ["B5...", "C6..."]   # this version and the next
//!         debug_disabled: "true"
//! ```
//!
//! A rule that pins no code ([`aecs_attest::unpinned`]) admits everybody's enclaves. Such rules are
//! listed in [`SecretPolicyFile::open_rules`]; [`SecretPolicyFile::refuse_open_rules`] is the
//! answer that fits everywhere but on a simulated platform.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use aecs_attest::{Policy, Unpinned, unpinned};
use aecs_crypto::{SecretBytes, SecretString};
use aecs_proto::attestation_part::Part;
use aecs_proto::{
    AttestationDevices, AttestationNested, AttestationRules, EnclaveLabel, EnclavePolicyType,
    EnclaveRuleUse, EnclaveSecretAbout, EnclaveSecretPolicy, EnclaveSecretSpec, EnclaveSecretType,
    UnifiedAttestationNestedPolicies, UnifiedAttestationNestedPolicy, UnifiedAttestationPolicy,
    is_label, parameters,
};
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::devices::DevicesYaml;
use super::document::{self, Document, Placed, Scalar, SecretText, list, text};
use super::lifecycle::LifecycleYaml;
use super::placed::RulePlaces;
use super::rule::{Level, OtherKeys, Rule, Said, boolean, policy_of, typed_policy};
use super::suggest::did_you_mean;
use super::usage::{UseYaml, key_uses};
use super::{Fault, FileError, Place};
use crate::key_files::forms_of;
use crate::long_data::MOST_DATA;
use crate::secret::{NewSecret, NewValue};

/// Largest secret policy file, in bytes.
pub const MAX_BYTES: usize = 4 << 20;

/// A secret policy file, understood completely.
pub struct SecretPolicyFile {
    /// The secrets, in the order of the file.
    pub secrets: Vec<NewSecret>,
    open_rules: Vec<OpenRule>,
    /// The first secret that has to be given data, and has none here.
    no_data: Option<FileError>,
    /// Where the rules of each secret are.
    pub(super) places: Vec<RulePlaces>,
}

/// A rule that admits everybody's enclaves and does not say `allow_any_enclave: true`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRule {
    file: PathBuf,
    place: Option<Place>,
    secret: String,
    why: Unpinned,
}

impl OpenRule {
    /// The secret whose policy has this rule; empty for a policy that stands alone.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Why it pins no code.
    #[must_use]
    pub fn why(&self) -> &Unpinned {
        &self.why
    }

    fn refusal(&self) -> FileError {
        let what = match self.secret.as_str() {
            "" => "this rule lets every enclave in".to_owned(),
            secret => format!("this rule of `{secret}` lets every enclave have the secret"),
        };
        let remedy = format!("{}; or say `allow_any_enclave: true`", self.why.remedy());
        Fault::at(self.place, format!("{what}: {}", self.why), remedy).in_file(&self.file)
    }
}

impl fmt::Display for OpenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refusal().fmt(f)
    }
}

impl SecretPolicyFile {
    /// Reads and checks the file at `path`, of at most [`MAX_BYTES`].
    ///
    /// # Errors
    ///
    /// The first thing that is not understood: its place, the reason and a remedy.
    pub fn load(path: impl AsRef<Path>) -> Result<SecretPolicyFile, FileError> {
        document::load(path, MAX_BYTES, interpret)
    }

    /// Checks `text`, the contents of the file that messages call `name`.
    ///
    /// # Errors
    ///
    /// As [`SecretPolicyFile::load`].
    pub fn parse(name: impl AsRef<Path>, text: &str) -> Result<SecretPolicyFile, FileError> {
        document::parse(name, text, MAX_BYTES, interpret)
    }

    /// Leaves out all secrets but the one of that name.
    pub fn keep(&mut self, name: &str) {
        self.secrets.retain(|secret| secret.name() == name);
        self.open_rules.retain(|rule| rule.secret == name);
        self.places.clear();
    }

    /// The secret of that name.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&NewSecret> {
        self.secrets.iter().find(|secret| secret.name() == name)
    }

    /// The policy that the file at `path` has for the secret of that name.
    ///
    /// # Errors
    ///
    /// As [`SecretPolicyFile::load`], and if it does not have such a secret, or no policy for it.
    pub fn policy_for(path: &Path, name: &str) -> Result<UnifiedAttestationPolicy, FileError> {
        let file = Self::load(path)?;
        let secret = file.secret(name).ok_or_else(|| {
            let names: Vec<&str> = file.secrets.iter().map(NewSecret::name).collect();
            let remedy = format!("its secrets are {}", names.join(", "));
            FileError::in_file(path, format!("there is no secret `{name}`"), remedy)
        })?;
        secret.spec.policy.as_ref().and_then(|policy| policy.policy.clone()).ok_or_else(|| {
            let reason = format!("there is no policy for secret `{name}`");
            FileError::in_file(path, reason, "write rules under `policy:` of the secret")
        })
    }

    /// The rules that admit everybody's enclaves without saying so.
    #[must_use]
    pub fn open_rules(&self) -> &[OpenRule] {
        &self.open_rules
    }

    /// Refuses the file when it has an open rule.
    ///
    /// # Errors
    ///
    /// The first of [`SecretPolicyFile::open_rules`].
    pub fn refuse_open_rules(self) -> Result<SecretPolicyFile, FileError> {
        match self.open_rules.first() {
            Some(rule) => Err(rule.refusal()),
            None => Ok(self),
        }
    }

    /// Refuses the file when it does not have the data of a secret that is to be created. An update
    /// of a policy needs none.
    ///
    /// # Errors
    ///
    /// The first secret without data.
    pub fn require_data(mut self) -> Result<SecretPolicyFile, FileError> {
        match self.no_data.take() {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Root {
    #[serde(default)]
    api_version: Scalar,
    kind: Scalar,
    secrets: Vec<Spanned<SecretYaml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretYaml {
    spec: SpecYaml,
    data: Option<Spanned<SecretText>>,
    #[serde(rename = "dataFile")]
    data_file: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpecYaml {
    name: Scalar,
    r#type: Spanned<String>,
    service: Scalar,
    readonly: Scalar,
    immutable: Scalar,
    share: Scalar,
    policy: Option<PolicyYaml>,
    #[serde(default)]
    params: Option<Vec<ParamYaml>>,
    lifecycle: Option<LifecycleYaml>,
    description: Scalar,
    labels: Option<BTreeMap<String, Scalar>>,
    r#use: Option<UseYaml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParamYaml {
    key: Spanned<String>,
    value: Option<SecretText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct PolicyYaml {
    r#type: Scalar,
    enclave_match_any_rules: Option<Vec<Spanned<RuleYaml>>>,
    nested_policies: Option<NestedYaml>,
    devices: Option<Spanned<DevicesYaml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NestedYaml {
    group_name: Scalar,
    group_id: Scalar,
    policies: Vec<NestedPolicyYaml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NestedPolicyYaml {
    #[serde(deserialize_with = "list")]
    enclave_match_any_rules: Vec<Spanned<RuleYaml>>,
}

/// What a rule of a secret may say beside its attributes.
enum SecretRule {}

const ALLOW_ANY_ENCLAVE: &str = "allow_any_enclave";
const OPERATIONS: &str = "operations";

impl OtherKeys for SecretRule {
    const NAMES: &'static [&'static str] = &[ALLOW_ANY_ENCLAVE];
    const LISTS: &'static [&'static str] = &[OPERATIONS];
    const LEVEL: Level = Level::Rule;
}

type RuleYaml = Rule<SecretRule>;

pub(super) fn interpret(file: &Path, document: &Document) -> Result<SecretPolicyFile, Fault> {
    let root: Root = document.parse()?;
    document.check_kind(&root.kind, "SecretPolicy")?;
    let version = FileVersion::read(&root.api_version)?;
    if root.secrets.is_empty() {
        return Err(Fault::new("the list of secrets is empty", "add a secret"));
    }
    let mut found = Findings::default();
    let mut places = Vec::new();
    let mut names = BTreeSet::new();
    let secrets = root
        .secrets
        .into_iter()
        .map(|secret| {
            let at = secret.place();
            let (secret, rules) = interpret_secret(file, at, secret.value, version, &mut found)?;
            places.push(rules);
            let spec = &secret.spec;
            if names.insert((spec.service_name.clone(), spec.secret_name.clone())) {
                return Ok(secret);
            }
            Err(Fault::at(
                at,
                format!("`{}` of the same service is in this file twice", spec.secret_name),
                "give one of them another name",
            ))
        })
        .collect::<Result<_, _>>()?;
    let Findings { open_rules, no_data } = found;
    let no_data = no_data.map(|fault| fault.in_file(file));
    Ok(SecretPolicyFile { secrets, open_rules, no_data, places })
}

/// What `apiVersion` says: which words a file is written in.
#[derive(Clone, Copy, PartialEq)]
enum FileVersion {
    /// That of AECS 2.0: `readonly` is about everything, and is the default.
    V1,
    /// `readonly` is about the data, and is not the default.
    V2,
}

impl FileVersion {
    fn read(word: &Scalar) -> Result<Self, Fault> {
        let Some(word) = word else { return Ok(Self::V1) };
        match word.value.as_str() {
            "v2" => Ok(Self::V2),
            "" | "v1" => Ok(Self::V1),
            _ => Err(unknown(word, "version", &["v1", "v2"])),
        }
    }

    /// `readonly` and `immutable` of a secret as 2.1 has them on the wire.
    fn protection(self, readonly: &Scalar, immutable: &Scalar) -> Result<(String, bool), Fault> {
        let immutable = read_boolean(immutable)?;
        let is_readonly = match (self, readonly) {
            (Self::V1, None) => return Ok((String::new(), immutable.unwrap_or(true))),
            // The server refuses other words of 2.0's files.
            (Self::V1, Some(word)) => {
                let all = immutable.unwrap_or(word.value != "false");
                return Ok((word.value.clone(), all));
            }
            (Self::V2, word) => read_boolean(word)?.unwrap_or_default(),
        };
        let immutable = immutable.unwrap_or_default();
        Ok(((is_readonly || immutable).to_string(), immutable))
    }
}

fn read_boolean(word: &Scalar) -> Result<Option<bool>, Fault> {
    word.as_ref().map(boolean).transpose()
}

/// The description and the labels; none if the file has neither.
fn about(
    secret: Option<Place>,
    description: &Scalar,
    labels: Option<BTreeMap<String, Scalar>>,
) -> Result<Option<EnclaveSecretAbout>, Fault> {
    if description.is_none() && labels.is_none() {
        return Ok(None);
    }
    for (name, value) in labels.iter().flatten() {
        if !is_label(name, &text(value)) {
            let at = value.as_ref().and_then(Placed::place).or(secret);
            let what = format!("the label `{name}` cannot be used");
            return Err(Fault::at(at, what, LABELS));
        }
    }
    let label = |(name, value): (String, Scalar)| EnclaveLabel { name, value: text(&value) };
    Ok(Some(EnclaveSecretAbout {
        description: text(description),
        labels: labels.unwrap_or_default().into_iter().map(label).collect(),
    }))
}

const LABELS: &str = "a name has 1 to 63, a value 0 to 63 characters of a-z, 0-9, `.` and `-`";

/// Problems that count in some uses of a file only.
#[derive(Default)]
struct Findings {
    open_rules: Vec<OpenRule>,
    no_data: Option<Fault>,
}

fn interpret_secret(
    file: &Path,
    at: Option<Place>,
    secret: SecretYaml,
    version: FileVersion,
    found: &mut Findings,
) -> Result<(NewSecret, RulePlaces), Fault> {
    let SecretYaml { spec, data, data_file } = secret;
    let name = text(&spec.name);
    if name.is_empty() {
        return Err(Fault::at(at, "this secret has no name", "add `name:` to its spec"));
    }
    let kind = secret_type(&spec.r#type)?;
    let data = data.map(|data| data.value.0).filter(|data| !data.expose().is_empty());
    let data = match (data, data_file) {
        (Some(_), Some(of_file)) => {
            let what = format!("`{name}` has both `data` and `dataFile`");
            return Err(Fault::at(of_file.place(), what, "keep one of them"));
        }
        (data, None) => data.map(NewValue::Text),
        (None, Some(of_file)) => Some(in_file(file, &of_file)?),
    };
    if kind == EnclaveSecretType::SecretTypeImportData && data.is_none() && found.no_data.is_none()
    {
        let what = format!("there is no data to import for `{name}`");
        found.no_data = Some(Fault::at(at, what, "add `data:` or `dataFile:` beside `spec:`"));
    }
    let data = data.map(|data| converted(at, &name, kind, data)).transpose()?;
    let lifecycle = spec.lifecycle.unwrap_or_default();
    let (readonly, immutable) = version.protection(&spec.readonly, &spec.immutable)?;
    let policy = spec.policy.ok_or_else(|| {
        let what = format!("`{name}` has no policy, so that nobody could ever get it");
        Fault::at(at, what, "add a rule to `enclaveMatchAnyRules` under `policy:`")
    })?;
    let (policy, places) = interpret_policy((file, at), &name, policy, &mut found.open_rules)?;
    let params = interpret_params(kind, spec.params.unwrap_or_default())?;
    let secret = NewSecret {
        spec: EnclaveSecretSpec {
            secret_name: name,
            service_name: text(&spec.service),
            r#type: kind.into(),
            policy: Some(policy),
            params: Vec::new(),
            readonly,
            share: text(&spec.share),
            lifecycle: lifecycle.read()?,
            about: about(at, &spec.description, spec.labels)?,
            immutable,
            r#use: spec.r#use.as_ref().map(UseYaml::read).transpose()?,
        },
        params,
        data,
    };
    Ok((secret, places))
}

/// The parameters, of which the type knows each.
fn interpret_params(
    kind: EnclaveSecretType,
    params: Vec<ParamYaml>,
) -> Result<Vec<(String, SecretString)>, Fault> {
    let mut read = Vec::new();
    for ParamYaml { key, value } in params {
        if let Some(known) = parameters(kind)
            && !known.contains(&key.value.as_str())
        {
            let what = format!("unknown parameter `{}` of a {}", key.value, kind.as_str_name());
            let remedy = match known {
                [] => "this type has no parameters: remove it".to_owned(),
                known => did_you_mean(&key.value, known),
            };
            return Err(Fault::at(key.place(), what, remedy));
        }
        let value = value.map_or_else(|| SecretString::from(String::new()), |value| value.0);
        read.push((key.value, value));
    }
    Ok(read)
}

/// Data that is a key or a certificate in PEM, as the server takes it.
fn converted(
    at: Option<Place>,
    name: &str,
    kind: EnclaveSecretType,
    data: NewValue,
) -> Result<NewValue, Fault> {
    data.for_type(kind).map_err(|error| {
        let help = match error {
            aecs_crypto::Error::Pkcs12 => {
                "leave the data out of this file, and name this file with --create there"
            }
            _ => forms_of(kind),
        };
        Fault::at(at, format!("the data of `{name}`: {error}"), help)
    })
}

/// The bytes of the file that has the data of a secret; its path is relative to the policy file.
fn in_file(file: &Path, named: &Spanned<String>) -> Result<NewValue, Fault> {
    let path = file.parent().unwrap_or(Path::new("")).join(&named.value);
    let at = named.place();
    let bytes = aecs_attest::files::read_argument(&path, MOST_DATA).map_err(|error| {
        let what = format!("cannot read the data in {}: {error}", path.display());
        Fault::at(at, what, "`dataFile` is relative to the folder of this file")
    })?;
    match bytes.is_empty() {
        true => {
            let what = format!("the data in {} is empty", path.display());
            Err(Fault::at(at, what, "leave `dataFile` out to have the server make a key"))
        }
        false => Ok(NewValue::from(SecretBytes::from(bytes))),
    }
}

/// The policy of what messages call `secret`, which is at that place of the file, and where its rules
/// are.
pub(super) fn interpret_policy(
    (file, at): (&Path, Option<Place>),
    secret: &str,
    policy: PolicyYaml,
    open_rules: &mut Vec<OpenRule>,
) -> Result<(EnclaveSecretPolicy, RulePlaces), Fault> {
    let rules = policy.enclave_match_any_rules.unwrap_or_default();
    if rules.is_empty() {
        let what = match secret {
            "" => "the policy has no rule, so that it admits nobody".to_owned(),
            secret => format!("`{secret}` has no rule, so that nobody could ever get it"),
        };
        let remedy = "add a rule to its `enclaveMatchAnyRules`";
        return Err(Fault::at(at, what, remedy));
    }
    let mut places = RulePlaces::default();
    let rules = read_rules(rules)?;
    let mut admits_any = false;
    for rule in &rules {
        let Some(why) = why_open(rule)? else { continue };
        admits_any |= rule.any_enclave;
        if !rule.any_enclave {
            let (file, secret) = (file.to_owned(), secret.to_owned());
            open_rules.push(OpenRule { file, place: rule.place, secret, why });
        }
    }
    let nested = policy.nested_policies.map(NestedRules::read).transpose()?;
    let devices = policy.devices.map(|devices| devices.value.read(&mut places)).transpose()?;
    let (policy_rules, rule_uses) = in_its_form(&rules, (nested, devices), &mut places)?;
    let kind = match policy.r#type {
        Some(kind) if !kind.value.is_empty() => policy_type(&kind)?,
        // Says on the wire what `allow_any_enclave` says here.
        _ if admits_any => EnclavePolicyType::PolicyTypeUnbound,
        _ => EnclavePolicyType::PolicyTypeBound,
    };
    let policy = EnclaveSecretPolicy {
        policy: Some(policy_rules),
        r#type: kind.into(),
        // Nothing to say, if no rule narrows anything.
        rule_uses: match rule_uses.iter().all(|rule| rule.operations.is_empty()) {
            true => Vec::new(),
            false => rule_uses,
        },
    };
    Ok((policy, places))
}

/// The policy in the form that it needs, and what each of its rules for the attester allows of a key.
fn in_its_form(
    rules: &[ReadRule],
    (nested, devices): (Option<NestedRules>, Option<AttestationDevices>),
    places: &mut RulePlaces,
) -> Result<(UnifiedAttestationPolicy, Vec<EnclaveRuleUse>), Fault> {
    if nested.is_some() && devices.is_some() {
        return Err(Fault::new(
            "`devices` and `nestedPolicies` are two forms of the same",
            "write all rules for devices in one of them",
        ));
    }
    let nested_plain = || nested.iter().flat_map(NestedRules::all).all(ReadRule::is_plain);
    if devices.is_none() && rules.iter().all(ReadRule::is_plain) && nested_plain() {
        return plain_policy(rules, nested, places);
    }
    let uses = rules.iter().map(ReadRule::uses).collect();
    Ok((typed(rules, nested, devices, places), uses))
}

/// A rule, understood, and its place.
struct ReadRule {
    place: Option<Place>,
    said: Said,
    /// Whether it says that it admits any enclave.
    any_enclave: bool,
    /// The operations with a key that it allows; none for all.
    operations: Vec<i32>,
}

impl ReadRule {
    /// What it allows of a key, for each entry or rule that it becomes.
    fn uses(&self) -> EnclaveRuleUse {
        EnclaveRuleUse { operations: self.operations.clone() }
    }

    fn is_plain(&self) -> bool {
        self.said.is_plain()
    }
}

fn read_rules(rules: Vec<Spanned<RuleYaml>>) -> Result<Vec<ReadRule>, Fault> {
    let mut names: Vec<String> = Vec::new();
    let mut read = Vec::new();
    for rule in rules {
        let place = rule.place();
        let said = rule.value.read(None)?;
        if let Some(name) = &said.name {
            if names.contains(name) {
                let what = format!("`{name}` is the name of two rules");
                return Err(Fault::at(place, what, "give one of them another name"));
            }
            names.push(name.clone());
        }
        let any_enclave = match rule.value.other(ALLOW_ANY_ENCLAVE) {
            Some(word) => boolean(word)?,
            None => false,
        };
        let operations = key_uses(rule.value.list(OPERATIONS)?, true)?;
        read.push(ReadRule { place, said, any_enclave, operations });
    }
    Ok(read)
}

/// Why a rule pins no code, if it does not.
fn why_open(rule: &ReadRule) -> Result<Option<Unpinned>, Fault> {
    let policy = policy_of(&rule.said, rule.place)?;
    if rule.is_plain() {
        return Ok(policy.main_attributes.iter().find_map(unpinned));
    }
    let policy = Policy::parse(&policy).map_err(|error| {
        let remedy = "docs/policies.md lists the values";
        Fault::at(rule.place, error.to_string(), remedy)
    })?;
    Ok(policy.unpinned().map(|(_, why)| why).next())
}

/// The rules for nested attesters, in their order.
struct NestedRules {
    group_name: String,
    group_id: String,
    attesters: Vec<Vec<ReadRule>>,
}

impl NestedRules {
    fn read(nested: NestedYaml) -> Result<Self, Fault> {
        let attesters = nested.policies.into_iter();
        Ok(Self {
            group_name: text(&nested.group_name),
            group_id: text(&nested.group_id),
            attesters: attesters
                .map(|policy| {
                    let rules = read_rules(policy.enclave_match_any_rules)?;
                    match rules.iter().find(|rule| !rule.operations.is_empty()) {
                        Some(rule) => Err(Fault::at(
                            rule.place,
                            format!("`{OPERATIONS}` narrows no rule for a nested attester"),
                            "write it in a rule of the policy's own `enclaveMatchAnyRules`",
                        )),
                        None => Ok(rules),
                    }
                })
                .collect::<Result<_, _>>()?,
        })
    }

    fn all(&self) -> impl Iterator<Item = &ReadRule> {
        self.attesters.iter().flatten()
    }
}

/// What denials call the list of rules of a nested attester.
fn nested_list(index: usize) -> String {
    format!("nested_policies.policies[{index}]")
}

const MAIN_LIST: &str = "main_attributes";

/// The policy as AECS 2.0 has it.
fn plain_policy(
    rules: &[ReadRule],
    nested: Option<NestedRules>,
    places: &mut RulePlaces,
) -> Result<(UnifiedAttestationPolicy, Vec<EnclaveRuleUse>), Fault> {
    let mut entries = |list: &str, rules: &[ReadRule]| {
        let (mut all, mut uses) = (Vec::new(), Vec::new());
        for rule in rules {
            let entries = rule.said.entries(rule.place)?;
            places.add(list, rule.place, entries.len());
            uses.extend(entries.iter().map(|_| rule.uses()));
            all.extend(entries);
        }
        Ok((all, uses))
    };
    let (main_attributes, uses) = entries(MAIN_LIST, rules)?;
    let nested_policies = nested.map(|NestedRules { group_name, group_id, attesters }| {
        let lists = attesters.iter().enumerate();
        let policies = lists.map(|(i, rules)| {
            let (sub_attributes, _) = entries(&nested_list(i), rules)?;
            Ok(UnifiedAttestationNestedPolicy { sub_attributes })
        });
        Ok(UnifiedAttestationNestedPolicies {
            str_group_name: group_name,
            str_group_id: group_id,
            policies: policies.collect::<Result<_, Fault>>()?,
        })
    });
    let policy = UnifiedAttestationPolicy {
        main_attributes,
        nested_policies: nested_policies.transpose()?,
        ..UnifiedAttestationPolicy::default()
    };
    Ok((policy, uses))
}

/// The policy in typed form.
fn typed(
    rules: &[ReadRule],
    nested: Option<NestedRules>,
    devices: Option<AttestationDevices>,
    places: &mut RulePlaces,
) -> UnifiedAttestationPolicy {
    let mut list = |name: &str, rules: &[ReadRule]| {
        let rules = rules.iter().enumerate().map(|(i, ReadRule { place, said, .. })| {
            let rule = said.typed();
            places.add_named(&format!("{name}[{i}]"), &rule.name, *place);
            rule
        });
        AttestationRules { rules: rules.collect() }
    };
    let attester = Part::Attester(list(MAIN_LIST, rules));
    let nested = nested.map(|NestedRules { group_name, group_id, attesters }| {
        let lists = attesters.iter().enumerate();
        let attesters = lists.map(|(i, rules)| list(&nested_list(i), rules)).collect();
        Part::Nested(AttestationNested { group_name, group_id, attesters })
    });
    typed_policy([attester].into_iter().chain(nested).chain(devices.map(Part::Devices)))
}

fn secret_type(word: &Spanned<String>) -> Result<EnclaveSecretType, Fault> {
    named(word, "secret type", EnclaveSecretType::as_str_name)
}

fn policy_type(word: &Spanned<String>) -> Result<EnclavePolicyType, Fault> {
    named(word, "policy type", EnclavePolicyType::as_str_name)
}

/// The value of an enumeration that the word names. The values are numbered from 0.
fn named<E: TryFrom<i32>>(
    word: &Spanned<String>,
    what: &str,
    name: fn(&E) -> &'static str,
) -> Result<E, Fault> {
    let all: Vec<E> = (0..).map_while(|number| E::try_from(number).ok()).collect();
    let names: Vec<&str> = all.iter().map(name).collect();
    let named = all.into_iter().find(|value| name(value) == word.value);
    named.ok_or_else(|| unknown(word, what, &names))
}

fn unknown(word: &Spanned<String>, what: &str, known: &[&str]) -> Fault {
    Fault::at(
        word.place(),
        format!("unknown {what} `{}`", word.value),
        did_you_mean(&word.value, known),
    )
}

#[cfg(test)]
mod tests;
