//! Trust settings: everything that decides who gets a secret.
//!
//! Invariant: they come from the host once, when an identity is born. From then on they are a
//! record of the vault, and only an administrator changes them. They are kept as text, so that
//! administrators compare what they read in a file; [`SettingsReader`] gives the text its meaning.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc, time::Duration};

use aecs_attest::{Acceptance, SealingRules, Verifier, inline};
use aecs_crypto::{Protocol, PublicKey, SecretString, Suite, Transcript};
use aecs_proto::{ServerConfigFile, SettingDifference, TrustSetting};

use crate::{
    compat::{Aecs20, Compat},
    quota::Quotas,
    ta_rule::TaRule,
    wire::wire,
};

/// Trust settings as text: a value for each key of a configuration file that is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustSettings(BTreeMap<String, String>);

impl TrustSettings {
    /// The settings of these keys and values. A key without a value is left out.
    pub fn new<K: Into<String>, V: Into<String>>(values: impl IntoIterator<Item = (K, V)>) -> Self {
        let values = values.into_iter().map(|(key, value)| (key.into(), value.into()));
        Self(values.filter(|(_, value): &(String, String)| !value.is_empty()).collect())
    }

    /// The value of a key, if it has one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// All keys with their values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// SHA-256 of all keys and values.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.iter()
            .fold(Transcript::new("AECS-2.1 trust settings"), |transcript, (key, value)| {
                transcript.field(key.as_bytes()).field(value.as_bytes())
            })
            .sha256()
    }

    /// Where these settings, which are in force, and those of a file differ. A key that one of them
    /// lacks has its default there: a record may be older than a key.
    pub(crate) fn differences(
        &self,
        file: &Self,
        reader: &dyn SettingsReader,
    ) -> Vec<SettingDifference> {
        let mut keys: Vec<&String> = self.0.keys().chain(file.0.keys()).collect();
        keys.sort();
        keys.dedup();
        let value = |of: &Self, key: &str| {
            of.get(key).map_or_else(|| reader.default_of(key), str::to_owned)
        };
        keys.into_iter()
            .map(|key| SettingDifference {
                name: key.clone(),
                in_force: value(self, key),
                in_file: value(file, key),
            })
            .filter(|difference| difference.in_force != difference.in_file)
            .collect()
    }

    pub(crate) fn to_map(&self) -> BTreeMap<String, String> {
        self.0.clone()
    }
}

/// Differences in one line, for messages and logs: each is `name {is} "…", {other} "…"`.
pub(crate) fn in_words(differences: &[SettingDifference], is: &str, other: &str) -> String {
    let differences = differences.iter().map(|difference| {
        let SettingDifference { name, in_force, in_file } = difference;
        format!("{name} {is} {}, {other} {}", word(in_force), word(in_file))
    });
    differences.collect::<Vec<_>>().join("; ")
}

/// A value for people.
fn word(value: &str) -> String {
    match value {
        "" => "not set".to_owned(),
        value => format!("{:?}", inline::shown(value)),
    }
}

/// When a node works again without a human.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Restart {
    /// When its identity was provisioned before and the store is not older than the identity
    /// remembers.
    #[default]
    Auto,
    /// Never: each start needs an administrator's provision.
    Provision,
}

/// How many custodians of recovery shares can set an administrator together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Appointing {
    /// None can.
    Never,
    /// All of a set.
    #[default]
    All,
    /// As many as restore the deployment.
    Threshold,
}

/// Trust settings as the server obeys them.
#[derive(Clone)]
pub struct Settings {
    /// The suites in which the server owns an identity. [`Suite::Modern`] is always among them.
    pub suites: Vec<Suite>,
    /// Which requests of protocol 2.0 are served.
    pub compat: Compat,
    /// What every attestation report must satisfy beyond the policy of a secret.
    pub acceptance: Acceptance,
    /// How much the server keeps for its tenants.
    pub quotas: Quotas,
    /// Which trusted applications may create secrets: those that satisfy one of these rules
    /// (`ta_secrets.policy`). Measurements are free to make, so each rule has a quota, and not each
    /// measurement.
    pub ta_secrets: Vec<TaRule>,
    /// How old a signed request may be, and how far in the future.
    pub freshness: Duration,
    /// The server runs on a software CPU: shown in every status. Policies that let every
    /// enclave in are then accepted with a warning.
    pub simulation: bool,
    /// When a node works again without a human.
    pub restart: Restart,
    /// How many custodians of recovery shares can set an administrator together.
    pub appointing: Appointing,
    /// Under which conditions the identity is sealed.
    pub sealing: SealingRules,
    /// How old what a request is answered from may be, where several servers share a store.
    pub max_staleness: Duration,
    /// The oldest part of a full audit log may be removed although nothing else has it.
    pub audit_drop_oldest: bool,
    /// The names of the `insecure_...` switches that are on.
    pub insecure: Vec<String>,
    /// The roots that are trusted beside the vendors', in words.
    pub extra_roots: Vec<String>,
    /// What is unsafe about these settings, one sentence each. The log tells it when they come into
    /// force: at a start, and when an administrator changes them.
    pub warnings: Vec<String>,
    /// Verifies the callers' reports, and the server's own, under these settings.
    pub verifier: Arc<Verifier>,
}

impl Settings {
    /// The safe defaults with this verifier.
    #[must_use]
    pub fn new(verifier: Arc<Verifier>) -> Self {
        Self {
            suites: vec![Suite::Modern, Suite::Rsa, Suite::Sm],
            compat: Compat::default(),
            acceptance: Acceptance::default(),
            quotas: Quotas::default(),
            ta_secrets: Vec::new(),
            freshness: Duration::from_secs(5 * 60),
            simulation: false,
            restart: Restart::default(),
            appointing: Appointing::default(),
            sealing: SealingRules::server(),
            max_staleness: Duration::ZERO,
            audit_drop_oldest: false,
            insecure: Vec::new(),
            extra_roots: Vec::new(),
            warnings: Vec::new(),
            verifier,
        }
    }

    /// Refuses settings with which the server could not do what they promise.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Compat { aecs20, aecs20_suite, .. } = self.compat;
        if self.freshness.is_zero() {
            return Err("the freshness of requests is zero: none would be fresh".to_owned());
        }
        if aecs20_suite == Suite::Modern {
            return Err(format!(
                "compat.aecs20_suite is {aecs20_suite}, which no client of protocol 2.0 knows"
            ));
        }
        if aecs20 != Aecs20::Deny && !self.suites.contains(&aecs20_suite) {
            return Err(format!(
                "compat.aecs20 is {} and compat.aecs20_suite is {aecs20_suite}, but \
                 identity.suites does not name that suite",
                aecs20.as_str()
            ));
        }
        for (index, TaRule { policy, .. }) in self.ta_secrets.iter().enumerate() {
            let wrong = |why: String| Err(format!("rule {index} of ta_secrets.policy {why}"));
            if !policy.lists().is_empty() {
                return wrong("refers to a named list, which only services have".to_owned());
            }
            let open = policy.unpinned().next().filter(|_| !self.simulation);
            if let Some((_, why)) = open {
                let remedy = why.remedy();
                return wrong(format!("admits everybody's enclaves: {why}; {remedy}"));
            }
        }
        Ok(())
    }

    /// Whether the server serves in `suite`.
    pub(crate) fn has(&self, suite: Suite) -> bool {
        suite == Suite::Modern || self.suites.contains(&suite)
    }

    /// Tells the operator what is unsafe about settings that come into force.
    pub(crate) fn warn(&self) {
        for warning in &self.warnings {
            tracing::warn!("{warning}");
        }
    }

    /// What reports must satisfy in calls of a protocol, beyond the policy of a secret.
    pub(crate) fn accepted_in(&self, protocol: Protocol) -> Cow<'_, Acceptance> {
        match protocol {
            Protocol::Aecs20 if self.compat.insecure_aecs20_debug => {
                Cow::Owned(Acceptance { debug: true, ..self.acceptance.clone() })
            }
            Protocol::Aecs20 | Protocol::Aecs21 => Cow::Borrowed(&self.acceptance),
        }
    }
}

/// What a configuration file says about trust.
pub enum ReadFile {
    /// These settings, and this first administrator.
    Settings(TrustSettings, NamedAdministrator),
    /// It names files, by these paths, that must come with it.
    Missing(Vec<String>),
}

/// The first administrator that a configuration file names.
#[derive(Default)]
pub struct NamedAdministrator {
    /// The key; none if it is in a file of the server's machine, or is not set.
    pub key: Option<PublicKey>,
    /// The hash of the password.
    pub password: NamedPassword,
}

/// The hash of a password that a configuration file names.
#[derive(Default)]
pub enum NamedPassword {
    /// There is none.
    #[default]
    None,
    /// As it is written there.
    Hash(SecretString),
    /// It is in a file of the server's machine.
    Elsewhere,
}

/// Knows the keys of configuration files. Implemented where configuration is read.
pub trait SettingsReader: Send + Sync {
    /// What the settings mean.
    ///
    /// # Errors
    /// The first setting that cannot be obeyed, with its key and the reason.
    fn read(&self, settings: &TrustSettings) -> Result<Settings, String>;

    /// The trust settings in a file that an administrator sent, if the server could start with it.
    ///
    /// # Errors
    /// What keeps it from that, and where in the file.
    fn read_file(&self, file: &ServerConfigFile) -> Result<ReadFile, String>;

    /// The value that a key has when nobody sets it; empty if it has none.
    fn default_of(&self, key: &str) -> String;
}

/// These settings, whatever the text: for a core whose settings are not configured.
impl SettingsReader for Settings {
    fn read(&self, _settings: &TrustSettings) -> Result<Settings, String> {
        Ok(self.clone())
    }

    fn read_file(&self, _file: &ServerConfigFile) -> Result<ReadFile, String> {
        Err("this server is not configured by files".to_owned())
    }

    fn default_of(&self, _key: &str) -> String {
        String::new()
    }
}

/// The trust settings that a node obeys now.
pub(crate) struct InForce {
    /// How often they were changed, from 1; 0 before the first provision.
    pub(crate) revision: u64,
    pub(crate) text: TrustSettings,
    /// Of the text: every status has it.
    pub(crate) digest: [u8; 32],
    pub(crate) settings: Settings,
}

impl InForce {
    pub(crate) fn new(revision: u64, text: TrustSettings, settings: Settings) -> Self {
        Self { revision, digest: text.digest(), text, settings }
    }

    pub(crate) fn read(
        reader: &dyn SettingsReader,
        revision: u64,
        text: TrustSettings,
    ) -> Result<Self, String> {
        let settings = reader.read(&text)?;
        settings.check()?;
        Ok(Self::new(revision, text, settings))
    }

    /// The revision as messages have it.
    pub(crate) fn wire_revision(&self) -> i64 {
        wire(self.revision)
    }

    /// The settings with their defaults, for people.
    pub(crate) fn to_proto(&self, reader: &dyn SettingsReader) -> Vec<TrustSetting> {
        let setting = |(name, value): (&str, &str)| TrustSetting {
            name: name.to_owned(),
            value: value.to_owned(),
            default_value: reader.default_of(name),
        };
        self.text.iter().map(setting).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(values: &[(&str, &str)]) -> TrustSettings {
        TrustSettings::new(values.iter().copied())
    }

    #[test]
    fn every_key_and_value_is_in_the_digest() {
        let all = [
            settings(&[]),
            settings(&[("a", "b")]),
            settings(&[("a", "c")]),
            settings(&[("ab", "c")]),
            settings(&[("a", "b"), ("c", "d")]),
        ];
        let digests: std::collections::BTreeSet<_> =
            all.iter().map(TrustSettings::digest).collect();
        assert_eq!(digests.len(), all.len());
        assert_eq!(settings(&[("a", "b"), ("c", "")]).digest(), settings(&[("a", "b")]).digest());
    }

    #[test]
    fn differences_name_the_key_and_both_values() {
        let in_force = settings(&[("same", "1"), ("changed", "1"), ("gone", "1")]);
        let file = settings(&[("same", "1"), ("changed", "2"), ("new", "3")]);
        assert_eq!(
            in_words(&in_force.differences(&file, &Defaults), "is", "the file has"),
            r#"changed is "1", the file has "2"; gone is "1", the file has not set; new is not set, the file has "3""#
        );
        assert!(in_force.differences(&in_force, &Defaults).is_empty());
    }

    #[test]
    fn a_key_that_is_not_there_has_its_default() {
        let older = settings(&[("same", "1")]);
        let file = settings(&[("same", "1"), ("later", "off")]);
        assert!(older.differences(&file, &Defaults).is_empty());
        assert!(file.differences(&older, &Defaults).is_empty());
        let other = settings(&[("same", "1"), ("later", "on")]);
        assert_eq!(
            in_words(&older.differences(&other, &Defaults), "was", "is now"),
            r#"later was "off", is now "on""#
        );
    }

    #[test]
    fn roots_are_shown_by_their_digest_also_beside_other_parts() {
        let (none, roots) = (settings(&[]), settings(&[("roots", "CSV=base64:AQI=,TDX=/root")]));
        let words = in_words(&none.differences(&roots, &Defaults), "is", "configured is");
        let shown = inline::shown("CSV=base64:AQI=,TDX=/root");
        assert_eq!(words, format!("roots is not set, configured is {shown:?}"));
        assert!(words.contains("CSV=root with SHA-256 ") && words.contains("TDX=/root"), "{words}");
    }

    /// Knows one key that has a default.
    struct Defaults;

    impl SettingsReader for Defaults {
        fn read(&self, _settings: &TrustSettings) -> Result<Settings, String> {
            Err("not asked for".to_owned())
        }

        fn read_file(&self, _file: &ServerConfigFile) -> Result<ReadFile, String> {
            Err("not asked for".to_owned())
        }

        fn default_of(&self, key: &str) -> String {
            if key == "later" { "off".to_owned() } else { String::new() }
        }
    }
}
