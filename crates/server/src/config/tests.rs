use std::{env, fs, path::PathBuf, time::Duration};

use aecs_crypto::KeyPair;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tracing::Level;

use super::*;
use crate::logs::LogFormat;

/// A folder with configuration files.
struct Files {
    dir: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

fn admin_pem() -> String {
    KeyPair::generate(Suite::Modern).unwrap().public().pem().to_owned()
}

/// What every usable configuration has.
fn minimal() -> Vec<(&'static str, String)> {
    vec![
        ("aecs_admin_pubkey", STANDARD.encode(admin_pem())),
        ("attestation.platform", "simulation".to_owned()),
    ]
}

fn gather_all(
    file: Option<PathBuf>,
    variables: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<(Settings, Vec<String>), ConfigError> {
    let values = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let variables: Variables = variables.iter().copied().collect();
    gather(&Flags { config_file: file, values }, &variables)
}

fn with_flags(flags: &[(&'static str, &str)]) -> Result<Config, ConfigError> {
    let minimal = minimal();
    let mut all: Vec<_> = minimal.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.extend(flags);
    Config::new(&gather_all(None, &[], &all)?.0)
}

/// The display of the only problem.
fn problem(result: Result<Config, ConfigError>) -> String {
    let error = result.err().unwrap();
    assert_eq!(error.problems().len(), 1, "{:?}", error.problems());
    error.to_string()
}

#[test]
fn flags_go_before_the_environment_before_the_file_before_the_default() {
    let files = Files::new();
    let file = files.write("a.toml", "aecs_rpc_port = 1\nlog.format = \"json\"\n");
    let port = |variables: &[(&str, &str)], flags: &[(&'static str, &str)]| {
        let (settings, _) = gather_all(Some(file.clone()), variables, flags).unwrap();
        let setting = settings.of(&table::RPC_PORT.spec).unwrap();
        (setting.text.clone().unwrap(), setting.source.to_string())
    };
    let from_file = ("1".to_owned(), format!("{}:1", file.display()));
    assert_eq!(port(&[], &[]), from_file);
    assert_eq!(port(&[("AECS_RPC_PORT", "")], &[("aecs_rpc_port", "")]), from_file);
    let variable = [("AECS_RPC_PORT", "2")];
    assert_eq!(port(&variable, &[]), ("2".into(), "AECS_RPC_PORT".into()));
    assert_eq!(port(&variable, &[("aecs_rpc_port", "3")]), ("3".into(), "--rpc-port".into()));
    let (settings, _) = gather_all(Some(files.write("b.json", "{}")), &[], &[]).unwrap();
    let setting = settings.of(&table::RPC_PORT.spec).unwrap();
    assert_eq!(setting.text.as_deref(), Some("19527"));
    assert_eq!(setting.source, Source::Default);
}

#[test]
fn a_configuration_of_aecs_2_0_loads_with_notes() {
    let files = Files::new();
    let file = files.write(
        "aecs_server.json",
        &format!(
            r#"{{
                "aecs_attestation_report_cache": "disable", "aecs_attestation_report_file": "",
                "aecs_identity_keypair_cache": "disable", "aecs_identity_keypair_file": "",
                "aecs_rpc_remote_server": "", "aecs_rpc_remote_port": "19528",
                "aecs_rpc_server": "", "aecs_rpc_port": "19530",
                "aecs_rpc_ssl_secure": "disable", "aecs_rpc_ca_path": "/etc/kubetee/certs/ca.crt",
                "aecs_rpc_cert_path": "/c.crt", "aecs_rpc_key_path": "/c.key",
                "aecs_admin_pubkey": "{}", "aecs_admin_password_hash": "",
                "aecs_storage_backend_lib": "./libstorage_backend.so",
                "aecs_server_enclave": "./aecs_enclave.signed.so"
            }}"#,
            STANDARD.encode(admin_pem())
        ),
    );
    let platform = [("AECS_ATTESTATION_PLATFORM", "simulation")];
    let (settings, notes) = gather_all(Some(file), &platform, &[]).unwrap();
    let config = Config::new(&settings).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:19530");
    assert!(config.identity_file.is_none() && config.tls.is_none());
    assert!(config.admin.password.is_none());
    for name in ["aecs_attestation_report_cache", "aecs_storage_backend_lib", "aecs_server_enclave"]
    {
        assert!(notes.iter().any(|note| note.contains(name)), "{name} in {notes:?}");
    }
    assert_eq!(notes.len(), 3, "empty keys are not worth a note: {notes:?}");
}

#[test]
fn a_key_that_does_not_exist_is_named_with_its_line_and_neighbour() {
    let files = Files::new();
    for (name, text) in [
        ("a.json", "{\n  \"aecs_rpc_prot\": \"1\"\n}"),
        ("a.toml", "\naecs_rpc_prot = 1\n"),
        ("a.yaml", "\naecs_rpc_prot: 1\n"),
    ] {
        let file = files.write(name, text);
        let error = gather_all(Some(file.clone()), &[], &[]).err().unwrap().to_string();
        let place = format!("{}:2: unknown key \"aecs_rpc_prot\"", file.display());
        assert!(error.starts_with(&place), "{error}");
        assert!(error.contains("did you mean \"aecs_rpc_port\"?"), "{error}");
    }
}

#[test]
fn a_key_given_nested_and_with_dots_is_an_error() {
    let file = Files::new();
    let file = file.write("a.json", r#"{"log": {"level": "info"}, "log.level": "warn"}"#);
    let error = gather_all(Some(file), &[], &[]).err().unwrap().to_string();
    assert!(error.contains("log.level is there twice"), "{error}");
}

#[test]
fn a_misspelt_variable_is_noted() {
    let variables = [("AECS_ADMIN_PASWORD_HASH", "x"), ("AECS_SERVICE_HOST", "10.0.0.1")];
    let (_, notes) = gather_all(None, &variables, &[]).unwrap();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("did you mean AECS_ADMIN_PASSWORD_HASH?"), "{notes:?}");
}

#[test]
fn the_tools_variables_are_no_misspelt_keys() {
    let variables = [("AECS_STATE_DIR", "/a"), ("AECS_ADMIN_PASSWORD", "x"), ("AECS_ROOTS", "x")];
    let (_, notes) = gather_all(None, &variables, &[]).unwrap();
    assert!(notes.is_empty(), "{notes:?}");
}

#[test]
fn what_is_missing_is_said_at_once() {
    let error = Config::new(&gather_all(None, &[], &[]).unwrap().0).err().unwrap();
    let problems: Vec<String> = error.problems().iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("aecs_admin_pubkey_file"), "{problems:?}");
    assert!(
        problems[0].contains("no configuration file was found (aecs_server.json, /etc/kubetee"),
        "{problems:?}"
    );
    assert!(problems[1].contains("attestation.platform"), "{problems:?}");
    assert!(error.to_string().contains("1 more"), "{error}");
}

#[test]
fn bad_values_say_what_where_and_why() {
    for (name, value, message) in [
        ("aecs_rpc_port", "70000", "--rpc-port: aecs_rpc_port \"70000\" is not a port number"),
        ("aecs_rpc_address", "localhost", "is not an IP address"),
        ("aecs_rpc_ssl_secure", "yes", "is neither enable nor disable"),
        ("aecs_store", "redis", "must be embedded, memory or the URL of a store"),
        ("aecs_store", "postgres://h/x?namespace=A", "namespace must be 1 to"),
        ("store.cert_path", "/a.crt", "one is set and the other is not"),
        ("compat.aecs20", "Allow", "must be one of deny, read_only, allow"),
        ("compat.aecs20_suite", "x25519", "must be one of rsa, sm2"),
        ("identity.suites", "x25519,dsa", "must be one of x25519, rsa, sm2"),
        ("attestation.platform", "sgx", "must be one of auto, gramine, occlum, tdx, sev_snp, cca"),
        ("attestation.roots", "/root.pem", "is not a list of PLATFORM=FILE"),
        ("attestation.simulation.mrenclave", "00", "is not 64 hex digits"),
        ("attestation.accepted_tcb_statuses", "uptodate", "\"uptodate\""),
        ("quotas.services", "0", "must be at least 1"),
        ("store.max_staleness_ms", "60001", "is not a whole number from 0 to 60000"),
        ("limits.max_connections", "many", "is not a whole number"),
        ("log.level", "verbose", "must be one of error, warn"),
        ("aecs_rpc_remote_server", "10.0.0.1", "is not supported"),
        ("aecs_admin_password_hash_file", "/nowhere", "/nowhere cannot be read"),
    ] {
        let shown = problem(with_flags(&[(name, value)]));
        assert!(shown.contains(name) && shown.contains(message), "{shown}");
    }
}

#[test]
fn all_bad_values_are_listed() {
    let error = with_flags(&[("aecs_rpc_port", "x"), ("log.level", "y")]).err().unwrap();
    assert_eq!(error.problems().len(), 2);
}

#[test]
fn the_admin_key_is_inline_or_in_a_file() {
    let files = Files::new();
    let pem = admin_pem();
    let file = files.write("admin.pem", &pem);
    let file = file.to_str().unwrap();
    let read = |flags: &[(&'static str, &str)]| {
        let mut all = vec![("attestation.platform", "simulation")];
        all.extend(flags);
        Config::new(&gather_all(None, &[], &all).unwrap().0)
    };
    for flag in [
        ("aecs_admin_pubkey", STANDARD.encode(&pem).as_str()),
        ("aecs_admin_pubkey", pem.as_str()),
        ("aecs_admin_pubkey_file", file),
    ] {
        assert_eq!(read(&[flag]).unwrap().admin.public_key.pem(), pem);
    }
    let both = [("aecs_admin_pubkey", pem.as_str()), ("aecs_admin_pubkey_file", file)];
    assert!(problem(read(&both)).contains("both aecs_admin_pubkey and aecs_admin_pubkey_file"));
    let placeholder = [("aecs_admin_pubkey", "<base64-of-admin-public-pem>")];
    assert!(problem(read(&placeholder)).contains("is not a public key in PEM"));
    let garbage = files.write("garbage.pem", "garbage");
    let garbage = [("aecs_admin_pubkey_file", garbage.to_str().unwrap())];
    assert!(problem(read(&garbage)).contains("garbage.pem is not a public key"));
}

#[test]
fn secrets_are_read_and_never_shown() {
    let files = Files::new();
    let hash = STANDARD.encode("not a hash but secret");
    let file = files.write("a.json", &format!(r#"{{"aecs_admin_password_hash": "{hash}"}}"#));
    let minimal = minimal();
    let flags: Vec<_> = minimal.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (settings, _) = gather_all(Some(file), &[], &flags).unwrap();
    let report = Report(&settings).to_string();
    assert!(report.contains("<set>") && !report.contains(&hash), "{report}");
    let shown = problem(Config::new(&settings));
    assert!(shown.contains("aecs_admin_password_hash is neither"), "{shown}");
    assert!(!shown.contains(&hash), "{shown}");

    let good = files.write("hash", &format!("{}\n", "5E".repeat(32)));
    let config = with_flags(&[("aecs_admin_password_hash_file", good.to_str().unwrap())]).unwrap();
    assert!(config.admin.password.is_some());
}

#[test]
fn addresses_are_shown_without_user_and_password() {
    for (proxy, shown) in [
        ("http://user:hidden@proxy.example:3128", "http://proxy.example:3128"),
        ("user:hid@den@proxy.example:3128", "proxy.example:3128"),
        ("http://proxy.example:3128", "http://proxy.example:3128"),
    ] {
        let flags = [("attestation.collateral.proxy", proxy)];
        let report = Report(&gather_all(None, &[], &flags).unwrap().0).to_string();
        let line = report.lines().find(|line| line.contains("collateral.proxy")).unwrap();
        assert_eq!(line.split_whitespace().nth(1), Some(shown));
        assert!(!report.contains("hid"), "{report}");
    }
    for value in ["postgres://u:hidden@h/x", "postgres://u@h/x?password=hidden"] {
        let told = problem(with_flags(&[("aecs_store", value)]));
        assert!(told.contains("a password must not be"), "{told}");
        assert!(told.contains("postgres://h/x") && !told.contains("hidden"), "{told}");
    }
    for (name, value) in [
        ("attestation.collateral.proxy", "ftp://user:hidden@proxy"),
        ("attestation.collateral.intel", "ftp://user:hidden@pccs"),
    ] {
        let told = problem(with_flags(&[(name, value)]));
        assert!(told.contains("\"ftp://p") && !told.contains("hidden"), "{told}");
    }
}

#[test]
fn defaults_are_the_safe_choice() {
    let config = with_flags(&[]).unwrap();
    assert!(config.listen.ip().is_loopback());
    assert_eq!(config.compat.aecs20, Aecs20::Deny);
    assert_eq!(config.suites, [Suite::Modern, Suite::Rsa, Suite::Sm]);
    let accepted = &config.attestation.accepted_tcb_statuses;
    assert_eq!(*accepted, BTreeSet::from([TcbStatus::UpToDate]));
    assert_eq!(config.identity_file, Some("/var/lib/aecs/identity.sealed".into()));
    assert_eq!(config.audit_file, PathBuf::from("/var/lib/aecs/audit.log"));
    assert_eq!(config.limits.request_timeout, Duration::from_secs(30));
    assert_eq!((config.log.format, config.log.level), (LogFormat::Text, Level::INFO));
    assert!(config.insecure().is_empty());
    assert!(!config.attestation.collateral.is_online(), "nobody makes the server call anybody");
    assert_eq!(config.warnings().len(), 1, "only simulation: {:?}", config.warnings());
}

#[test]
fn every_unsafe_switch_warns() {
    for (name, value) in [
        ("attestation.insecure_aecs20_simulation", "true"),
        ("compat.insecure_aecs20_debug", "true"),
        ("attestation.insecure_no_revocation_list", "true"),
        ("attestation.simulation.debug", "true"),
        ("attestation.simulated_root", "/root.pem"),
        ("attestation.collateral.proxy", "http://proxy.example:3128"),
        ("attestation.collateral.ca_path", "/ca.pem"),
        ("attestation.roots", "ARM_CCA=/cpak.json"),
        ("attestation.collateral.intel", "http://pccs.example"),
        ("attestation.accepted_tcb_statuses", "UpToDate,OutOfDate"),
        ("compat.aecs20", "read_only"),
        ("compat.aecs20", "allow"),
        ("aecs_rpc_address", "0.0.0.0"),
        ("aecs_store", "memory"),
        ("aecs_identity_keypair_cache", "disable"),
        ("store.max_staleness_ms", "100"),
    ] {
        let config = with_flags(&[(name, value)]).unwrap();
        assert_eq!(config.warnings().len(), 2, "{name}: {:?}", config.warnings());
    }
    for (name, value) in [
        ("attestation.insecure_aecs20_simulation", "true"),
        ("compat.insecure_aecs20_debug", "true"),
        ("attestation.insecure_no_revocation_list", "true"),
        ("attestation.simulated_root", "/root.pem"),
        ("attestation.roots", "ARM_CCA=/cpak.json"),
        ("attestation.accepted_tcb_statuses", "UpToDate,OutOfDate"),
    ] {
        assert_eq!(with_flags(&[(name, value)]).unwrap().insecure(), [name]);
    }
}

#[test]
fn the_store_is_a_file_of_the_data_folder_unless_a_url_says_otherwise() {
    for (store, url, file) in [
        ("embedded", "redb:/srv/a/aecs.redb", Some("/srv/a/aecs.redb")),
        ("redb:/b", "redb:/b", Some("/b")),
        ("memory", "memory:", None),
        ("etcd://h/prod", "etcd://h/prod", None),
    ] {
        let config = with_flags(&[("aecs_data_dir", "/srv/a"), ("aecs_store", store)]).unwrap();
        assert_eq!(config.store.url(), url);
        assert_eq!(config.store.file(), file.map(std::path::Path::new));
    }
    // Who starts the server, or sets aecs_store, is in another folder.
    let here = std::env::current_dir().unwrap().join("store");
    let config = with_flags(&[("aecs_data_dir", "/srv/a"), ("aecs_store", "redb:store")]).unwrap();
    assert_eq!(config.store.file(), Some(&*here));
    assert_eq!(config.store.url_of("redb:store"), config.store.url());
}

#[test]
fn the_password_of_the_store_is_never_shown() {
    let variables = [("AECS_STORE_PASSWORD", "hunter2")];
    let minimal = minimal();
    let mut flags: Vec<_> = minimal.iter().map(|(name, value)| (*name, value.as_str())).collect();
    flags.push(("aecs_store", "postgres://aecs@db.example/x"));
    let (settings, _) = gather_all(None, &variables, &flags).unwrap();
    let config = Config::new(&settings).unwrap();
    assert_eq!(config.store.password.as_ref().unwrap().expose(), "hunter2");
    for shown in [Report(&settings).to_string(), format!("{:?}", config.store)] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    flags.push(("store.password_file", "/run/secrets/p"));
    let (settings, _) = gather_all(None, &variables, &flags).unwrap();
    let told = problem(Config::new(&settings));
    assert!(told.contains("both store.password and store.password_file are set"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn files_follow_the_data_folder() {
    let config = with_flags(&[("aecs_data_dir", "/srv/a"), ("aecs_audit_file", "/log")]).unwrap();
    assert_eq!(config.identity_file, Some("/srv/a/identity.sealed".into()));
    assert_eq!(config.attestation.simulation.dir, PathBuf::from("/srv/a/simulation"));
    assert_eq!(config.attestation.collateral.cache_dir, PathBuf::from("/srv/a/collateral"));
    assert_eq!(config.audit_file, PathBuf::from("/log"));
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let shown = problem(with_flags(&[("compat.aecs20", "allow"), ("identity.suites", "sm2")]));
    assert!(shown.contains("identity.suites has no such identity"), "{shown}");
    let suites = with_flags(&[("identity.suites", "sm2")]).unwrap().suites;
    assert_eq!(suites, [Suite::Modern, Suite::Sm], "the modern one is always there");
}

#[test]
fn the_report_shows_every_key_with_value_and_source() {
    let (settings, _) = gather_all(None, &[("AECS_ROOT_PORT", "1")], &[]).unwrap();
    let report = Report(&settings).to_string();
    for spec in ALL {
        assert!(report.contains(spec.name), "{}", spec.name);
    }
    let line = report.lines().find(|line| line.starts_with("aecs_rpc_remote_port")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words, ["aecs_rpc_remote_port", "1", "AECS_ROOT_PORT"]);
    // A value is never cut, whatever it does to the columns.
    let long = format!("/{}", "a".repeat(300));
    let flags = [("aecs_rpc_ca_path", long.as_str())];
    let report = Report(&gather_all(None, &[], &flags).unwrap().0).to_string();
    assert!(report.contains(&format!("  {long}  --rpc-ca-path\n")), "{report}");
    assert!(report.lines().filter(|line| line.len() > 200).count() == 1, "{report}");
}

#[test]
fn the_reference_marks_the_keys_that_the_vault_keeps() {
    let reference = reference();
    for spec in ALL {
        let at = reference.find(&format!("{} = ", spec.name)).unwrap();
        let comment = reference[..at].rsplit("\n\n").next().unwrap();
        let marked = comment.contains("# Trust setting: kept in the vault.\n");
        assert_eq!(marked, spec.scope == Scope::Trust, "{}", spec.name);
    }
}

#[test]
fn the_reference_file_is_current_and_loads() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../deployment/conf/aecs_server.reference.toml");
    let text = reference();
    if env::var_os("AECS_REGENERATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == text,
        "run: AECS_REGENERATE=1 cargo test -p aecs-server reference"
    );

    let (settings, _) = gather_all(Some(path), &[], &[]).unwrap();
    assert!(table::problems(&settings).is_empty(), "every default has the right type");
    let everything: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.split(' ').nth(1) == Some("=") => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let files = Files::new();
    gather_all(Some(files.write("a.toml", &everything)), &[], &[]).unwrap();
    for spec in ALL {
        assert!(everything.contains(&format!("\n{} = ", spec.name)), "{} is missing", spec.name);
    }
}

#[test]
fn clients_tell_a_configuration_by_the_names_of_its_keys() {
    for spec in ALL {
        assert!(aecs_client::files::server_config::is_key(spec.name), "{}", spec.name);
    }
}
