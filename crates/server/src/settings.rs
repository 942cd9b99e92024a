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
        let config = Config::under(&self.host, trust).map_err(|error| error.in_full())?;
        self.meaning(&config)
    }

    fn read_file(&self, file: &ServerConfigFile) -> Result<ReadFile, String> {
        let text = std::str::from_utf8(&file.content)
            .map_err(|_| format!("{}: it is not UTF-8", file.name))?;
        let settings = config::Settings::of_text(Path::new(&file.name), text)
            .and_then(|settings| config::check_values(&settings).map(|()| settings))
            .map_err(|error| error.in_full())?;
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
        let trust = trust.map_err(|error| error.in_full())?;
        if !missing.is_empty() {
            return Ok(ReadFile::Missing(missing));
        }
        let config =
            Config::of_file(&self.host, &settings, &trust).map_err(|error| error.in_full())?;
        self.meaning(&config).map_err(|error| format!("{}: {error}", file.name))?;
        let administrator = settings.named_administrator().map_err(|error| error.in_full())?;
        Ok(ReadFile::Settings(trust, administrator))
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
        appointing: config.appointing,
        sealing: config.attestation.sealing,
        max_staleness: config.max_staleness,
        audit_drop_oldest: config.audit_drop_oldest,
        insecure: config.insecure(),
        extra_roots: roots,
        warnings: config.warnings(),
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
            Ok(ReadFile::Settings(..)) => "settings".to_owned(),
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
                ["attestation.accepted_tcb_statuses", "Fine", "statuses are UpToDate"],
            ),
            (r#""compat.aecs20": "yes""#, ["compat.aecs20", "\"yes\"", "deny"]),
            (r#""quotas.services": "0""#, ["quotas.services", "0", "at least 1"]),
            (r#""aecs_rpc_port": "99999""#, ["aecs_rpc_port", "\"99999\"", "0 to 65535"]),
            (r#""log.level": "loud""#, ["log.level", "\"loud\"", "one of error, warn"]),
            (
                r#""attestation.collateral.intel": "ftp://pccs""#,
                ["attestation.collateral.intel", "ftp://pccs", "an https or http address"],
            ),
            (
                r#""attestation.collateral.proxy": "http://""#,
                ["attestation.collateral.proxy", "\"http://\"", "http://HOST:PORT"],
            ),
            (r#""aecs_rpc_remote_server": "a""#, ["aecs_rpc_remote_server", "leave it empty", ""]),
            (r#""aecs_admin_pubkey": "x""#, ["aecs_admin_pubkey", "\"x\"", "not a public key"]),
        ] {
            let said = said(line);
            assert!(said.contains("aecs_server.json:3"), "{line}: {said}");
            for part in parts {
                assert!(said.contains(part), "{part}: {said}");
            }
        }
    }
    /// What the operational values say together, and with the flags of the server, which go before.
    #[test]
    fn a_file_is_judged_as_a_start_with_it_would() {
        let small = r#""audit.max_bytes": "65536""#;
        assert!(
            said(small).contains("audit.max_bytes is 65536, which is not room"),
            "{}",
            said(small)
        );
        let both = "\"aecs_admin_pubkey_file\": \"/a\",\n\"aecs_admin_password_hash_file\": \"/a\"";
        assert_eq!(said(both), "settings", "no file of the server's machine is opened");
        let hash = "5E".repeat(32);
        let both = format!(
            "\"aecs_admin_password_hash\": \"{hash}\",\n\"aecs_admin_password_hash_file\": \"/a\""
        );
        let told = said(&both);
        assert!(
            told.starts_with("aecs_server.json:4: both aecs_admin_password_hash and"),
            "{told}"
        );
        assert!(!told.contains(&hash), "{told}");
        // The reader's own platform is a flag; what the file lacks is looked for in the file.
        let file =
            ServerConfigFile { name: "a.json".into(), content: b"{}".into(), ..Default::default() };
        let told = reader().read_file(&file).err().unwrap();
        assert!(
            told.contains("attestation.platform is not set") && told.contains("set it in a.json"),
            "{told}"
        );
    }

    #[test]
    fn everything_that_is_wrong_with_a_file_is_told_at_once() {
        let told = said("\"aecs_rpc_port\": \"99999\",\n\"log.level\": \"loud\"");
        assert_eq!(told.split("; ").count(), 2, "{told}");
        assert!(told.contains("aecs_server.json:3: aecs_rpc_port"), "{told}");
        assert!(told.contains("aecs_server.json:4: log.level"), "{told}");
        let limits = [
            "max_message_bytes",
            "max_connections",
            "max_concurrent_requests",
            "max_buffered_bytes",
            "receive_timeout_ms",
            "request_timeout_ms",
            "handshake_timeout_ms",
            "idle_timeout_ms",
            "drain_timeout_ms",
        ];
        let many: Vec<String> =
            limits.iter().map(|limit| format!("\"limits.{limit}\": 0")).collect();
        let told = said(&many.join(",\n"));
        assert!(told.ends_with("; and 1 more"), "{told}");
    }
}
