//! Attestation policies with the places of their rules, for tools that explain them.
//!
//! Two kinds of file have policies: a secret policy file has one for each secret, and a file may be
//! nothing but a policy, with the keys that stand under `policy:` in the other:
//!
//! ```yaml
//! enclaveMatchAnyRules:
//! - platform: TDX
//!   mrtd: "B5..."
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use aecs_proto::UnifiedAttestationPolicy;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::document::{self, Document};
use super::secret_policy::{self, MAX_BYTES, OpenRule, SecretPolicyFile};
use super::{Fault, FileError, Place};

/// The policies of a file.
pub struct PolicyFile {
    /// The policies, in the order of the file.
    pub policies: Vec<PlacedPolicy>,
    open_rules: Vec<OpenRule>,
}

/// A policy, and where in the file its rules are.
#[derive(Debug, Clone)]
pub struct PlacedPolicy {
    /// The secret that the policy guards; none for a policy that stands alone.
    pub secret: Option<String>,
    /// The policy, as a server has it.
    pub policy: UnifiedAttestationPolicy,
    places: RulePlaces,
}

/// The place of each rule, by the name that denials have for the rule's entries.
#[derive(Debug, Clone, Default)]
pub(super) struct RulePlaces(BTreeMap<String, Place>);

impl RulePlaces {
    /// The next `entries` of `list` are of the rule at `place`.
    pub(super) fn add(&mut self, list: &str, place: Option<Place>, entries: usize) {
        let Some(place) = place else { return };
        let of_list = |name: &&String| name.strip_prefix(list).is_some_and(|i| i.starts_with('['));
        let known = self.0.keys().filter(of_list).count();
        for i in known..known + entries {
            self.0.insert(format!("{list}[{i}]"), place);
        }
    }
}

impl RulePlaces {
    /// A rule is at `place`, which denials call by its name or, without one, as `otherwise`.
    pub(super) fn add_named(&mut self, otherwise: &str, name: &str, place: Option<Place>) {
        let Some(place) = place else { return };
        let name = if name.is_empty() { otherwise } else { name };
        self.0.insert(name.to_owned(), place);
    }
}

impl PlacedPolicy {
    /// Line and column, from 1, of the rule that a denial or an explanation names:
    /// `main_attributes[0]`.
    #[must_use]
    pub fn place_of(&self, rule: &str) -> Option<(u64, u64)> {
        self.places.0.get(rule).map(|place| (place.line, place.column))
    }
}

impl PolicyFile {
    /// Reads and checks the file at `path`.
    ///
    /// # Errors
    ///
    /// The first thing that is not understood: its place, the reason and a remedy.
    pub fn load(path: impl AsRef<Path>) -> Result<PolicyFile, FileError> {
        document::load(path, MAX_BYTES, interpret)
    }

    /// Checks `text`, the contents of the file that messages call `name`.
    ///
    /// # Errors
    ///
    /// As [`PolicyFile::load`].
    pub fn parse(name: impl AsRef<Path>, text: &str) -> Result<PolicyFile, FileError> {
        document::parse(name, text, MAX_BYTES, interpret)
    }

    /// The rules that admit everybody without saying so.
    #[must_use]
    pub fn open_rules(&self) -> &[OpenRule] {
        &self.open_rules
    }
}

/// Enough of a file to tell its kind: only a secret policy file has one of these.
#[derive(Deserialize)]
struct Probe {
    kind: Option<IgnoredAny>,
    secrets: Option<IgnoredAny>,
}

fn interpret(file: &Path, document: &Document) -> Result<PolicyFile, Fault> {
    let probe: Probe = document.parse()?;
    if probe.kind.is_some() || probe.secrets.is_some() {
        return secret_policy::interpret(file, document).map(PolicyFile::from);
    }
    let mut open_rules = Vec::new();
    let yaml = document.parse()?;
    let (policy, places) =
        secret_policy::interpret_policy((file, None), "", yaml, &mut open_rules)?;
    let policy = policy.policy.unwrap_or_default();
    Ok(PolicyFile { policies: vec![PlacedPolicy { secret: None, policy, places }], open_rules })
}

impl From<SecretPolicyFile> for PolicyFile {
    fn from(file: SecretPolicyFile) -> PolicyFile {
        let open_rules = file.open_rules().to_vec();
        let placed = file.secrets.into_iter().zip(file.places).map(|(secret, places)| {
            let policy = secret.spec.policy.and_then(|policy| policy.policy).unwrap_or_default();
            PlacedPolicy { secret: Some(secret.spec.secret_name), policy, places }
        });
        PolicyFile { policies: placed.collect(), open_rules }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_may_stand_alone_and_its_rules_have_places() {
        let text = "enclaveMatchAnyRules:\n\
                    - mrtd: [\"AA\", \"BB\"]\n  platform: TDX\n\
                    - mrsigner: \"CC\"\n  allow_any_enclave: true\n\
                    nestedPolicies:\n  policies:\n  - enclaveMatchAnyRules:\n    - platform: NVIDIA_GPU\n";
        let (aa, bb) = ("AA".repeat(48), "BB".repeat(48));
        let text = [("AA", &aa), ("BB", &bb), ("CC", &"CC".repeat(32))]
            .iter()
            .fold(text.to_owned(), |text, (short, whole)| {
                text.replace(&format!("\"{short}\""), &format!("\"{whole}\""))
            });
        let file = PolicyFile::parse("policy.yaml", &text).map_err(|error| error.to_string());
        let file = file.unwrap();
        assert_eq!(file.open_rules().len(), 1, "what does not say so");
        let policy = &file.policies[0];
        assert_eq!(policy.secret, None);
        let entries = &policy.policy.main_attributes;
        let mrtds: Vec<&str> = entries.iter().map(|entry| entry.hex_mrtd.as_str()).collect();
        assert_eq!(mrtds, [aa.as_str(), bb.as_str(), ""]);
        let line = |rule: &str| policy.place_of(rule).map(|(line, _)| line);
        assert_eq!(line("main_attributes[0]"), Some(2));
        assert_eq!(line("main_attributes[1]"), Some(2));
        assert_eq!(line("main_attributes[2]"), Some(4));
        assert_eq!(line("nested_policies.policies[0][0]"), Some(9));
        assert_eq!(line("main_attributes[3]"), None);
    }

    #[test]
    fn every_secret_has_its_policy() {
        let secret = |name: &str, signer: &str| {
            format!(
                "- spec:\n    name: {name}\n    type: SECRET_TYPE_AES256_KEY\n    service: s\n    \
                 policy:\n      enclaveMatchAnyRules:\n      - mrsigner: \"{signer}\"\n"
            )
        };
        let text = format!(
            "kind: SecretPolicy\nsecrets:\n{}{}",
            secret("a", &"AA".repeat(32)),
            secret("b", "")
        );
        let file = PolicyFile::parse("secrets.yaml", &text).map_err(|error| error.to_string());
        let file = file.unwrap();
        let secrets: Vec<_> = file.policies.iter().map(|p| p.secret.as_deref()).collect();
        assert_eq!(secrets, [Some("a"), Some("b")]);
        assert_eq!(file.policies[1].place_of("main_attributes[0]"), Some((16, 9)));
        assert_eq!(file.open_rules().len(), 1);
    }

    #[test]
    fn another_file_is_told_what_it_lacks() {
        for (text, remedy) in [
            ("kind: Config\nsecrets: []\n", "give a file with `kind: SecretPolicy`"),
            ("secrets: []\n", "add `kind: SecretPolicy`"),
            ("enclaveMatchAnyRule:\n- mrsigner: \"CC\"\n", "did you mean `enclaveMatchAnyRules`?"),
            ("enclaveMatchAnyRules:\n", "add a rule to its `enclaveMatchAnyRules`"),
            ("# nothing\n\n", "is it the right file"),
            ("enclaveMatchAnyRules: 1\n", "this should be a list"),
            ("a: b\n", "enclaveMatchAnyRules"),
        ] {
            let error = PolicyFile::parse("x.yaml", text).err().unwrap().to_string();
            assert!(error.starts_with("x.yaml:") && error.contains(remedy), "{text}: {error}");
        }
    }
}
