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

    fn meaning(&self, config: &Config) -> Result<Settings, String> {
        settings(config, self.collateral.clone()).map_err(|failure| failure.to_string())
    }
}

impl SettingsReader for Reader {
    fn read(&self, trust: &TrustSettings) -> Result<Settings, String> {
        let config = Config::under(&self.host, trust).map_err(|error| error.to_string())?;
        self.meaning(&config)
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
        if !missing.is_empty() {
            return Ok(ReadFile::Missing(missing));
        }
        self.host
            .with_trust_of(&trust, &settings)
            .and_then(|file| Config::new(&file))
            .map_err(|error| error.to_string())
            .and_then(|config| {
                self.meaning(&config).map_err(|error| format!("{}: {error}", file.name))
            })?;
        Ok(ReadFile::Settings(trust))
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
        sealing: config.attestation.sealing,
        warnings: config.warnings(),
        audit_drop_oldest: config.audit_drop_oldest,
        insecure: config.insecure(),
        extra_roots: roots,
        verifier,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flags, Variables, gather};

    fn reader() -> Reader {
        let values = [
            ("aecs_admin_pubkey", {
                use base64::Engine as _;
                let key = aecs_crypto::KeyPair::generate(aecs_crypto::Suite::Modern).unwrap();
                base64::engine::general_purpose::STANDARD.encode(key.public().pem())
            }),
            ("attestation.platform", "tdx".to_owned()),
        ];
        let flags = Flags { config_file: None, values: values.into_iter().collect() };
        Reader::new(gather(&flags, &Variables::default()).unwrap().0, None)
    }

    /// What is said about a file of an administrator.
    fn said(lines: &str) -> String {
        let file = ServerConfigFile {
            name: "aecs_server.json".into(),
            content: format!("{{\n\"attestation.platform\": \"tdx\",\n{lines}\n}}").into(),
            files: Vec::new(),
        };
        match reader().read_file(&file) {
            Ok(ReadFile::Settings(_)) => "settings".to_owned(),
            Ok(ReadFile::Missing(files)) => format!("missing {files:?}"),
            Err(error) => error,
        }
    }

    #[test]
    fn values_in_a_file_are_judged_when_it_is_read() {
        assert_eq!(said(r#""quotas.services": "7""#), "settings");
        assert_eq!(said(r#""attestation.roots": "CSV=/root""#), r#"missing ["/root"]"#);
        for (line, parts) in [
            (
                r#""attestation.accepted_tcb_statuses": "UpToDate,Fine""#,
                ["attestation.accepted_tcb_statuses", "Fine", "none of UpToDate"],
            ),
            (r#""compat.aecs20": "yes""#, ["compat.aecs20", "\"yes\"", "deny"]),
            (r#""quotas.services": "0""#, ["quotas.services", "0", "at least 1"]),
        ] {
            let said = said(line);
            assert!(said.contains("aecs_server.json:3"), "{line}: {said}");
            for part in parts {
                assert!(said.contains(part), "{part}: {said}");
            }
        }
    }
}
