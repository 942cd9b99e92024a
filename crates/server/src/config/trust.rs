//! Trust settings: the part of a configuration that administrators decide about, as text.
//!
//! Invariant: the text stands on its own. Files that a setting names are part of it, so that the
//! host cannot change a setting by changing a file.

use std::path::{Path, PathBuf};

use aecs_attest::inline;
use aecs_core::{NamedAdministrator, NamedPassword, TrustSettings};

use super::{
    Config, ConfigError,
    key::{Scope, Spec},
    kind::{PlatformKind, RootSource},
    layers::{Setting, Settings, Source},
    problem::Problem,
    table,
};

/// Root certificate of a software CPU, in its folder.
const SIMULATION_ROOT: &str = "root-ca.pem";

/// Reads a file that a setting names.
pub type ReadFile<'a> = dyn FnMut(&Path) -> std::io::Result<Vec<u8>> + 'a;

impl Settings {
    /// The trust settings among these, with the content of the files that they name.
    ///
    /// # Errors
    /// A value cannot be read, or a file.
    pub fn trust(&self, read: &mut ReadFile<'_>) -> Result<TrustSettings, ConfigError> {
        let mut values = Vec::new();
        for spec in trust_keys() {
            if let Some(text) = self.text(spec) {
                values.push((spec.name, one_form(text)));
            }
        }
        if let Some(roots) = self.value(&table::ROOTS)? {
            let mut inline = Vec::new();
            for (platform, root) in roots {
                let root = self.inline(&table::ROOTS.spec, root, read)?;
                inline.push(format!("{}={root}", platform.as_str()));
            }
            values.push((table::ROOTS.spec.name, inline.join(",")));
        }
        let mut root = self.value(&table::SIMULATED_ROOT)?;
        if self.value(&table::PLATFORM)? == Some(PlatformKind::Simulation) {
            // A server on a software CPU trusts the reports of others on it.
            let folder: Option<PathBuf> = self.value(&table::SIMULATION_DIR)?;
            let own = folder.map(|folder| RootSource::File(folder.join(SIMULATION_ROOT)));
            root = root.or(own);
        }
        if let Some(root) = root {
            let root = self.inline(&table::SIMULATED_ROOT.spec, root, read)?;
            values.push((table::SIMULATED_ROOT.spec.name, root));
        }
        Ok(TrustSettings::new(values))
    }

    /// These settings with `trust` in the place of their trust settings.
    ///
    /// # Errors
    /// `trust` has a key that this version does not know, or names a file: a record stands on its own, and what
    /// the store says of one must not choose which files are opened.
    pub fn with_trust(&self, trust: &TrustSettings) -> Result<Self, ConfigError> {
        if let Some((name, _)) = trust.iter().find(|(name, _)| !is_trust_key(name)) {
            let what = format!("this version knows no trust setting {name:?}");
            return Err(Problem::new(what).remedy("start a later version of this server").into());
        }
        let mut settings = self.clone();
        for spec in trust_keys() {
            let text = trust.get(spec.name).map(str::to_owned);
            let text = text.or_else(|| spec.default_text());
            settings.set(spec, Setting { text, source: Source::Deployment });
        }
        let roots = settings.value(&table::ROOTS)?.into_iter().flatten().map(|(_, root)| root);
        let mut roots = roots.chain(settings.value(&table::SIMULATED_ROOT)?);
        if roots.any(|root| matches!(root, RootSource::File(_))) {
            return Err(
                Problem::new("a root in recorded trust settings is not a certificate").into()
            );
        }
        Ok(settings)
    }

    /// What the server would start with if `file` were its configuration file: over it go the flags
    /// and variables of this start. `trust` is what the file says about trust, with the content of
    /// the files that it names. The first administrator stays this start's: it matters at a birth
    /// only.
    ///
    /// # Errors
    /// As [`Settings::with_trust`].
    pub(super) fn with_file(
        &self,
        file: &Self,
        trust: &TrustSettings,
    ) -> Result<Self, ConfigError> {
        let mut settings = self.with_trust(trust)?;
        settings.file.clone_from(&file.file);
        for spec in table::ALL {
            let (Some(setting), Some(written)) = (settings.of(spec), file.of(spec)) else {
                continue;
            };
            let setting = match spec.scope {
                Scope::Trust => Setting { text: setting.text.clone(), ..written.clone() },
                Scope::Operational if !setting.source.goes_before_a_file() => written.clone(),
                Scope::Operational | Scope::Birth => continue,
            };
            settings.set(spec, setting);
        }
        Ok(settings)
    }

    /// The first administrator that a file names. No file is opened that it names.
    ///
    /// # Errors
    /// The key cannot be read.
    pub fn named_administrator(&self) -> Result<NamedAdministrator, ConfigError> {
        let hash = self.text(&table::ADMIN_PASSWORD_HASH.spec);
        let password = match (hash, self.text(&table::ADMIN_PASSWORD_HASH_FILE.spec)) {
            (Some(hash), _) => NamedPassword::Hash(hash.to_owned().into()),
            (None, Some(_)) => NamedPassword::Elsewhere,
            (None, None) => NamedPassword::None,
        };
        Ok(NamedAdministrator { key: self.value(&table::ADMIN_PUBKEY)?, password })
    }

    fn text(&self, spec: &Spec) -> Option<&str> {
        self.of(spec)?.text.as_deref()
    }

    fn inline(
        &self,
        spec: &Spec,
        root: RootSource,
        read: &mut ReadFile<'_>,
    ) -> Result<String, Problem> {
        let bytes = match root {
            RootSource::Inline(bytes) => bytes,
            RootSource::File(path) => read(&path).map_err(|error| {
                let what = format!("{}: {} cannot be read: {error}", spec.name, path.display());
                let problem = Problem::new(what);
                match self.of(spec) {
                    Some(setting) => problem.at(&setting.source),
                    None => problem,
                }
            })?,
        };
        Ok(inline::encode(&bytes))
    }
}

impl Config {
    /// Types and checks `settings` with `trust` in the place of their trust settings.
    ///
    /// # Errors
    /// As [`Config::new`], and `trust` has a key that this version does not know.
    pub fn under(settings: &Settings, trust: &TrustSettings) -> Result<Self, ConfigError> {
        Self::new(&settings.with_trust(trust)?)
    }
}

fn trust_keys() -> impl Iterator<Item = &'static Spec> {
    table::ALL.iter().copied().filter(|spec| spec.scope == Scope::Trust)
}

fn is_trust_key(name: &str) -> bool {
    trust_keys().any(|spec| spec.name == name)
}

/// One spelling for lists, whatever space they are written with.
fn one_form(text: &str) -> String {
    text.split(',').map(str::trim).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flags, Variables, gather};

    fn settings(values: &[(&'static str, &str)]) -> Settings {
        let values = values.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let flags = Flags { config_file: None, values: values.collect() };
        gather(&flags, &Variables::default()).unwrap().0
    }

    fn trust(values: &[(&'static str, &str)]) -> TrustSettings {
        let mut read = |path: &Path| Ok(format!("content of {}", path.display()).into_bytes());
        settings(values).trust(&mut read).unwrap()
    }

    #[test]
    fn h18_every_setting_is_trust_unless_the_table_says_otherwise() {
        // Of each row another value than the default: what is trust changes the digest, what is
        // operational does not.
        let none = trust(&[]).digest();
        for spec in table::ALL {
            let value = match spec.name {
                "attestation.roots" => "ARM_CCA=/a.json",
                "attestation.platform" => "tdx",
                "attestation.simulated_root" => "base64:AQI=",
                _ => "7",
            };
            let changed = trust(&[(spec.name, value)]).digest() != none;
            assert_eq!(changed, spec.scope == Scope::Trust, "{}", spec.name);
        }
    }

    #[test]
    fn operational_settings_are_these_and_no_others() {
        let prefixes = [
            "aecs_rpc_",
            "attestation.collateral.",
            "attestation.simulation",
            "limits.",
            "log.",
            "store.",
        ];
        let names = [
            "aecs_data_dir",
            "aecs_store",
            "aecs_identity_keypair_cache",
            "aecs_identity_keypair_file",
            "aecs_audit_file",
            "audit.segment_bytes",
            "audit.max_bytes",
            "audit.sink",
            "attestation.event_log",
        ];
        for spec in table::ALL.iter().filter(|spec| spec.obsolete.is_none()) {
            let expected = (prefixes.iter().any(|prefix| spec.name.starts_with(prefix))
                || names.contains(&spec.name))
                && !["attestation.simulated_root", "store.max_staleness_ms"].contains(&spec.name);
            assert_eq!(spec.scope == Scope::Operational, expected, "{}", spec.name);
        }
    }

    #[test]
    fn files_are_part_of_the_text() {
        let roots = [
            ("attestation.roots", "ARM_CCA=/a.json, CSV=/b"),
            ("attestation.platform", "simulation"),
        ];
        let trust = trust(&roots);
        let text = |of: &str| inline::encode(format!("content of {of}").as_bytes());
        let expected = format!("ARM_CCA={},CSV={}", text("/a.json"), text("/b"));
        assert_eq!(trust.get("attestation.roots"), Some(expected.as_str()));
        let root = text("/var/lib/aecs/simulation/root-ca.pem");
        assert_eq!(trust.get("attestation.simulated_root"), Some(root.as_str()));

        let again = settings(&[]).with_trust(&trust).unwrap();
        let mut unread = |path: &Path| panic!("{} is read", path.display());
        assert_eq!(again.trust(&mut unread).unwrap(), trust);
    }

    #[test]
    fn the_hosts_trust_settings_are_replaced_and_others_kept() {
        let host = settings(&[("compat.aecs20", "allow"), ("log.level", "debug")]);
        let replaced = host.with_trust(&trust(&[("quotas.services", "7")])).unwrap();
        assert_eq!(replaced.text(&table::COMPAT_AECS20.spec), Some("deny"));
        assert_eq!(replaced.text(&table::QUOTA_SERVICES.spec), Some("7"));
        assert_eq!(replaced.text(&table::LOG_LEVEL.spec), Some("debug"));
    }

    #[test]
    fn a_file_names_an_administrator_and_where_the_password_is() {
        let named = |key: &str, value: &str| {
            let text = format!("{{\"{key}\": \"{value}\"}}");
            let settings = Settings::of_text(Path::new("a.json"), &text).unwrap();
            settings.named_administrator().unwrap()
        };
        let none = named("aecs_admin_password_hash", "");
        assert!(none.key.is_none() && matches!(none.password, NamedPassword::None));
        let hash = named("aecs_admin_password_hash", "5E").password;
        assert!(matches!(hash, NamedPassword::Hash(hash) if hash.expose() == "5E"));
        let file = named("aecs_admin_password_hash_file", "/a").password;
        assert!(matches!(file, NamedPassword::Elsewhere));
    }

    #[test]
    fn no_file_is_opened_that_recorded_settings_name() {
        for (name, value) in [
            ("attestation.roots", "SEV_SNP=/etc/passwd"),
            ("attestation.roots", "CSV=base64:AQI=,TDX=/proc/self/environ"),
            ("attestation.simulated_root", "/etc/passwd"),
        ] {
            let error = settings(&[]).with_trust(&TrustSettings::new([(name, value)]));
            let error = error.err().unwrap().to_string();
            assert!(error.contains("is not a certificate") && !error.contains("/etc"), "{error}");
        }
    }

    #[test]
    fn settings_of_a_later_version_are_refused() {
        for unknown in ["attestation.unheard_of", "log.level"] {
            let later = TrustSettings::new([(unknown, "1")]);
            let error = settings(&[]).with_trust(&later).err().unwrap().to_string();
            assert!(error.contains(unknown), "{error}");
        }
    }
}
