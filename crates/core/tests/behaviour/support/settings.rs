//! Trust settings of a test: given as values, kept as text.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex},
};

use aecs_attest::Verifier;
use aecs_core::{
    AdminConfig, CoreConfig, NamedAdministrator, NamedPassword, ReadFile, Settings, SettingsReader,
    TrustSettings,
};
use aecs_crypto::PublicKey;
use aecs_proto::ServerConfigFile;

/// What a core is started with. Its settings can be changed like fields of it.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) admin: AdminConfig,
    pub(crate) settings: Settings,
    pub(crate) session_bytes: usize,
    pub(crate) upload_bytes: usize,
    pub(crate) watchers: usize,
    pub(crate) recover: bool,
}

impl Config {
    /// The safe defaults for everything but the administrator and the verifier.
    pub(crate) fn new(admin: AdminConfig, verifier: Arc<Verifier>) -> Self {
        let (session_bytes, upload_bytes) = (CoreConfig::SESSION_BYTES, CoreConfig::UPLOAD_BYTES);
        let (settings, watchers) = (Settings::new(verifier), CoreConfig::WATCHERS);
        Self { admin, settings, session_bytes, upload_bytes, watchers, recover: false }
    }

    /// What the core is told.
    pub(crate) fn core(&self) -> CoreConfig {
        let Self { session_bytes, upload_bytes, watchers, recover, .. } = *self;
        let (admin, settings) = (self.admin.clone(), text(&self.settings));
        CoreConfig { admin, settings, session_bytes, upload_bytes, watchers, recover }
    }
}

impl Deref for Config {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

impl DerefMut for Config {
    fn deref_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }
}

/// The text of settings, by which [`Known`] finds them again.
pub(crate) fn text(settings: &Settings) -> TrustSettings {
    let Settings {
        suites,
        compat,
        acceptance,
        quotas,
        ta_secrets,
        freshness,
        simulation,
        restart,
        appointing,
        sealing,
        max_staleness,
        audit_drop_oldest,
        insecure,
        extra_roots,
        warnings,
        verifier,
    } = settings;
    let text = TrustSettings::new([
        ("suites", format!("{suites:?}")),
        ("compat", format!("{compat:?}")),
        ("statuses", format!("{:?} {}", acceptance.tcb_statuses, acceptance.debug)),
        ("quotas", format!("{quotas:?}")),
        ("ta_secrets", format!("{ta_secrets:?}")),
        ("freshness", format!("{freshness:?}")),
        ("simulation", format!("{simulation:?}")),
        ("restart", format!("{restart:?}")),
        ("appointing", format!("{appointing:?}")),
        ("sealing", format!("{sealing:?}")),
        ("max_staleness", format!("{max_staleness:?}")),
        ("drop_oldest", format!("{audit_drop_oldest:?}")),
        ("insecure", insecure.join(",")),
        ("roots", extra_roots.join(",")),
        ("warnings", warnings.join(",")),
        ("verifier", format!("{:p}", Arc::as_ptr(verifier))),
    ]);
    KNOWN.lock().unwrap().push((text.clone(), settings.clone()));
    text
}

/// A file that an administrator would send for settings.
pub(crate) fn file(settings: &TrustSettings) -> ServerConfigFile {
    let lines = settings.iter().map(|(key, value)| format!("{key}\t{value}\n"));
    ServerConfigFile { content: lines.collect::<String>().into(), ..Default::default() }
}

static KNOWN: Mutex<Vec<(TrustSettings, Settings)>> = Mutex::new(Vec::new());

/// Knows the settings of all tests of this process.
pub(crate) struct Known;

impl SettingsReader for Known {
    fn read(&self, settings: &TrustSettings) -> Result<Settings, String> {
        let known = KNOWN.lock().unwrap();
        let found = known.iter().find(|(text, _)| text == settings);
        found.map(|(_, settings)| settings.clone()).ok_or_else(|| "unheard of".to_owned())
    }

    fn read_file(&self, file: &ServerConfigFile) -> Result<ReadFile, String> {
        let text = std::str::from_utf8(&file.content).map_err(|error| error.to_string())?;
        let lines = text.lines().map(|line| line.split_once('\t').ok_or("a line has no tab"));
        let mut settings = lines.collect::<Result<Vec<_>, _>>()?;
        let mut take = |key| {
            let at = settings.iter().position(|(name, _)| *name == key)?;
            Some(settings.remove(at).1)
        };
        // A PEM text has more lines than one: it is written as JSON has it.
        let pem = take("admin").map(|it| serde_json::from_str::<String>(it).unwrap());
        let named = NamedAdministrator {
            key: pem.map(|pem| PublicKey::from_pem(&pem).unwrap()),
            password: match take("password") {
                None => NamedPassword::None,
                Some("elsewhere") => NamedPassword::Elsewhere,
                Some(hash) => NamedPassword::Hash(hash.to_owned().into()),
            },
        };
        let settings = TrustSettings::new(settings);
        // A setting that a file beside it completes.
        match settings.get("needs") {
            Some(path) if file.files.iter().all(|file| file.path != path) => {
                Ok(ReadFile::Missing(vec![path.to_owned()]))
            }
            _ => Ok(ReadFile::Settings(settings, named)),
        }
    }

    fn default_of(&self, _key: &str) -> String {
        String::new()
    }
}
