//! Gives trust settings their meaning: from text to a verifier and the rules of the core.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use aecs_attest::{Acceptance, CollateralSource, TcbStatus};
use aecs_core::{ReadFile, Settings, SettingsReader, TrustSettings};
use aecs_proto::ServerConfigFile;

use crate::{
    config::{self, Config, PlatformKind},
    exit::Failure,
    platform::{self, Verification},
};

/// How old a signed request may be, and how far in the future.
const FRESHNESS: Duration = Duration::from_secs(5 * 60);

/// Reads trust settings as this server's configuration does.
pub struct Reader {
    /// What the host has configured: the operational settings hold beside any trust settings.
    host: config::Settings,
    collateral: Option<Arc<dyn CollateralSource>>,
}

impl Reader {
    /// A reader beside the host's own settings, whose verifiers use this source of endorsements.
    pub fn new(host: config::Settings, collateral: Option<Arc<dyn CollateralSource>>) -> Self {
        Self { host, collateral }
    }
}

impl SettingsReader for Reader {
    fn read(&self, trust: &TrustSettings) -> Result<Settings, String> {
        let config = Config::under(&self.host, trust).map_err(|error| error.to_string())?;
        settings(&config, self.collateral.clone()).map_err(|failure| failure.to_string())
    }

    fn read_file(&self, file: &ServerConfigFile) -> Result<ReadFile, String> {
        let text = std::str::from_utf8(&file.content)
            .map_err(|_| format!("{}: it is not UTF-8", file.name))?;
        let settings = config::Settings::of_text(Path::new(&file.name), text)
            .map_err(|error| error.to_string())?;
        let sent: BTreeMap<&Path, &[u8]> = file
            .files
            .iter()
            .map(|file| (Path::new(&file.path), file.content.as_slice()))
            .collect();
        let mut missing = Vec::new();
        let trust = settings.trust(&mut |path| match sent.get(path) {
            Some(content) => Ok(content.to_vec()),
            None => {
                missing.push(path.display().to_string());
                Ok(Vec::new())
            }
        });
        let trust = trust.map_err(|error| error.to_string())?;
        Ok(if missing.is_empty() { ReadFile::Settings(trust) } else { ReadFile::Missing(missing) })
    }

    fn default_of(&self, key: &str) -> String {
        let spec = config::ALL.iter().find(|spec| spec.name == key);
        spec.and_then(|spec| spec.default_text()).unwrap_or_default()
    }
}

/// What `config` says about trust.
///
/// # Errors
/// A root cannot be read or used.
pub fn settings(
    config: &Config,
    collateral: Option<Arc<dyn CollateralSource>>,
) -> Result<Settings, Failure> {
    let Verification { verifier, roots } = platform::verification(&config.attestation, collateral)?;
    let mut tcb_statuses = config.attestation.accepted_tcb_statuses.clone();
    if config.attestation.insecure_aecs20_simulation {
        // What such a report is verified as; without it the switch would let nobody in.
        tcb_statuses.insert(TcbStatus::Unverified);
    }
    Ok(Settings {
        suites: config.suites.clone(),
        compat: config.compat,
        acceptance: Acceptance { tcb_statuses, ..Acceptance::default() },
        quotas: config.quotas,
        ta_secrets: config.ta_secrets.clone(),
        freshness: FRESHNESS,
        simulation: config.attestation.platform == PlatformKind::Simulation,
        restart: config.restart,
        insecure: config.insecure(),
        extra_roots: roots,
        verifier,
    })
}
