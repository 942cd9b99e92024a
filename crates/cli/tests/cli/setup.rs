//! `aecs-setup`: a tree that the tools and the server can use, and that a second run leaves alone.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use aecs_client::files::kubeconfig::Kubeconfig;
use aecs_client::files::secret_policy::SecretPolicyFile;
use aecs_crypto::{KeyPair, PublicKey, Suite};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{run_in, succeed_in};

const FILES: [&str; 20] = [
    "certs/aecs_admin.crt",
    "certs/aecs_admin.key",
    "certs/aecs_admin_private.pem",
    "certs/aecs_admin_public.pem",
    "certs/aecs_client.crt",
    "certs/aecs_client.key",
    "certs/aecs_server.crt",
    "certs/aecs_server.key",
    "certs/ca.crt",
    "certs/ca.key",
    "certs/service_admin.crt",
    "certs/service_admin.key",
    "certs/service_admin_private.pem",
    "certs/service_admin_public.pem",
    "kubetee/aecs_admin_test.kubeconfig",
    "kubetee/aecs_server.json",
    "kubetee/service_admin_test.kubeconfig",
    "kubetee/service_secret_policy.yaml",
    "kubetee/ta_secret_policy.yaml",
    "kubetee/ta_test.kubeconfig",
];

/// All files under the two folders, with their content.
fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in ["certs", "kubetee"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read(path).unwrap());
        }
    }
    files
}

/// What the report says about each file.
fn outcomes(dir: &Path, line: &str) -> BTreeMap<String, String> {
    let report = succeed_in(dir, &format!("{line} --output json")).json();
    let entry = |entry: &serde_json::Value| {
        let text = |key: &str| entry[key].as_str().unwrap().to_owned();
        (text("file"), text("outcome"))
    };
    report["files"].as_array().unwrap().iter().map(entry).collect()
}

#[test]
fn the_tree_has_the_names_of_aecs_20_and_private_files_are_private() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let outcomes = outcomes(root, "aecs-setup --out {DIR}");
    assert_eq!(tree(root).keys().map(String::as_str).collect::<Vec<_>>(), FILES);
    assert!(FILES.iter().all(|file| outcomes[*file] == "written"), "{outcomes:?}");
    for file in FILES {
        let mode = fs::metadata(root.join(file)).unwrap().permissions().mode() & 0o777;
        let private =
            file.ends_with(".key") || file.ends_with("private.pem") || file.ends_with("kubeconfig");
        assert_eq!(mode, if private { 0o600 } else { 0o644 }, "{file}");
    }
}

#[test]
fn the_files_fit_together_in_every_suite() {
    for (name, suite) in [("x25519", Suite::Modern), ("rsa", Suite::Rsa), ("sm2", Suite::Sm)] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        succeed_in(
            root,
            &format!("aecs-setup --out {{DIR}} --suite {name} --simulation-dir {{DIR}}/cpu"),
        );

        // The server's enclaves have a product id of their own, and its clients ask for it (h12).
        for stem in ["aecs_admin", "service_admin", "ta"] {
            let path = root.join(format!("kubetee/{stem}_test.kubeconfig"));
            assert!(fs::read_to_string(path).unwrap().contains("prodID: \"19527\""), "{stem}");
        }
        for (stem, administrator) in [("aecs_admin", "aecs_admin"), ("service_admin", "service1")] {
            let kubeconfig =
                Kubeconfig::load(root.join(format!("kubetee/{stem}_test.kubeconfig"))).unwrap();
            let (admin, server) = kubeconfig.into_parts().unwrap();
            assert_eq!(admin.name, administrator);
            assert_eq!(admin.identity_key.suite(), suite);
            let public = fs::read_to_string(root.join(format!("certs/{stem}_public.pem"))).unwrap();
            assert_eq!(admin.identity_key.public(), &PublicKey::from_pem(&public).unwrap());
            assert_eq!(server.endpoint.to_string(), "127.0.0.1:19527");
            assert!(server.endpoint.uses_tls());
            assert!(!server.policy.is_insecure());
            assert!(server.simulation_root.is_some());
        }
        let ta = Kubeconfig::load(root.join("kubetee/ta_test.kubeconfig")).unwrap();
        assert!(ta.administrator().is_err(), "an application is no administrator");
        assert!(ta.server.endpoint.uses_tls());

        let config: serde_json::Value =
            serde_json::from_slice(&fs::read(root.join("kubetee/aecs_server.json")).unwrap())
                .unwrap();
        let admin = STANDARD.decode(config["aecs_admin_pubkey"].as_str().unwrap()).unwrap();
        assert_eq!(admin, fs::read(root.join("certs/aecs_admin_public.pem")).unwrap());
        assert_eq!(config["aecs_rpc_port"], "19527");
        assert_eq!(config["aecs_rpc_ssl_secure"], "enable");
    }
}

#[test]
fn rsa_keys_are_in_the_form_that_aecs_20_reads() {
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-setup --out {DIR} --suite rsa");
    let text = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
    assert!(text("certs/aecs_admin_private.pem").starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    assert!(text("certs/aecs_admin_public.pem").starts_with("-----BEGIN RSA PUBLIC KEY-----"));
}

#[test]
fn the_sample_policies_are_those_of_aecs_20() {
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-setup --out {DIR}");
    let policy =
        SecretPolicyFile::load(folder.path().join("kubetee/service_secret_policy.yaml")).unwrap();
    let names: Vec<&str> = policy.secrets.iter().map(aecs_client::NewSecret::name).collect();
    assert_eq!(
        names,
        [
            "secret-my-password",
            "secret-my-aes256-key",
            "secret-my-keypair",
            "secret-my-certificate",
            "secret-my-sm2-keypair",
            "secret-my-configuration"
        ]
    );
    assert!(policy.secrets.iter().all(|secret| secret.spec.service_name == "service1"));
    let ta = SecretPolicyFile::load(folder.path().join("kubetee/ta_secret_policy.yaml")).unwrap();
    assert_eq!(ta.secrets.len(), 1);
    assert_eq!(ta.secrets[0].spec.service_name, "");
}

#[test]
fn a_second_run_changes_nothing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeed_in(root, "aecs-setup --out {DIR}");
    let before = tree(root);
    let second = outcomes(root, "aecs-setup --out {DIR}");
    assert_eq!(tree(root), before);
    assert!(second.values().all(|outcome| outcome == "kept"), "{second:?}");
}

#[test]
fn what_the_user_edited_is_kept_until_forced() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeed_in(root, "aecs-setup --out {DIR}");
    let kubeconfig = root.join("kubetee/aecs_admin_test.kubeconfig");
    let text = fs::read_to_string(&kubeconfig).unwrap();
    let edited = text.replace("127.0.0.1:19527", "10.0.0.7:19527");
    fs::write(&kubeconfig, &edited).unwrap();

    let outcome = outcomes(root, "aecs-setup --out {DIR}");
    assert_eq!(outcome["kubetee/aecs_admin_test.kubeconfig"], "keptDifferent");
    assert_eq!(fs::read_to_string(&kubeconfig).unwrap(), edited);

    let outcome = outcomes(root, "aecs-setup --out {DIR} --force-config");
    assert_eq!(outcome["kubetee/aecs_admin_test.kubeconfig"], "replaced");
    assert_eq!(outcome["certs/aecs_admin_private.pem"], "kept");
    assert_eq!(fs::read_to_string(&kubeconfig).unwrap(), text);
}

#[test]
fn a_pinned_deployment_is_no_difference_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeed_in(root, "aecs-setup --out {DIR}");
    let file = "kubetee/aecs_admin_test.kubeconfig";
    let text = fs::read_to_string(root.join(file)).unwrap();
    let pin = format!("verifyPolicy:\n    deploymentId: \"{}\"\n", "AB".repeat(32));
    let pinned = text.replace("verifyPolicy:\n", &pin);
    fs::write(root.join(file), &pinned).unwrap();
    assert_eq!(outcomes(root, "aecs-setup --out {DIR}")[file], "kept");

    let report = succeed_in(root, "aecs-setup --out {DIR} --port 1").stdout;
    assert!(report.contains("--force-config of `aecs-setup` replaces"), "{report}");
    assert_eq!(outcomes(root, "aecs-setup --out {DIR} --port 1 --force-config")[file], "replaced");
    let moved = pinned.replace("127.0.0.1:19527", "127.0.0.1:1");
    assert_eq!(fs::read_to_string(root.join(file)).unwrap(), moved);
    succeed_in(root, "aecs-setup --out {DIR} --force");
    assert!(!fs::read_to_string(root.join(file)).unwrap().contains("deploymentId"));
}

#[test]
fn an_edited_file_with_another_key_is_kept_and_the_report_names_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeed_in(root, "aecs-setup --out {DIR}");
    for (file, key, by_file, lacks) in [
        (
            "aecs_admin_test.kubeconfig",
            "identityKey: ",
            "identityKeyFile: k.pem\n#",
            "identity key",
        ),
        (
            "aecs_server.json",
            "\"aecs_admin_pubkey\": ",
            "\"aecs_admin_pubkey_file\": \"k.pem\", \"x\": \"",
            "administrator's key",
        ),
    ] {
        let path = root.join("kubetee").join(file);
        let text = fs::read_to_string(&path).unwrap();
        let (before, after) = text.split_once(key).unwrap();
        let edited = format!("{before}{by_file}{}", after.replacen('L', "l", 1));
        fs::write(&path, &edited).unwrap();
        let report = succeed_in(root, "aecs-setup --out {DIR}").stdout;
        assert_eq!(fs::read_to_string(&path).unwrap(), edited, "{file}");
        let kept = format!("(--force-config rewrites it): it does not hold the {lacks} of certs/");
        assert!(report.contains(&kept), "{report}");
    }
}

#[test]
fn certificates_that_depend_on_a_new_key_are_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeed_in(root, "aecs-setup --out {DIR}");
    fs::remove_file(root.join("certs/ca.key")).unwrap();
    let outcome = outcomes(root, "aecs-setup --out {DIR}");
    assert_eq!(outcome["certs/ca.key"], "written");
    for file in ["certs/ca.crt", "certs/aecs_server.crt", "certs/aecs_client.crt"] {
        assert_eq!(outcome[file], "replaced", "{file}");
    }
    let kubeconfig = "kubetee/aecs_admin_test.kubeconfig";
    assert_eq!(outcome[kubeconfig], "keptDifferent");
    assert_eq!(outcomes(root, "aecs-setup --out {DIR} --force-config")[kubeconfig], "replaced");
    for file in
        ["certs/aecs_server.key", "certs/aecs_admin_private.pem", "kubetee/aecs_server.json"]
    {
        assert_eq!(outcome[file], "kept", "{file}");
    }
}

#[test]
fn force_makes_everything_anew() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeed_in(root, "aecs-setup --out {DIR}");
    let before = tree(root);
    for (file, outcome) in outcomes(root, "aecs-setup --out {DIR} --force") {
        assert_eq!(outcome, "replaced", "{file}");
    }
    let after = tree(root);
    for file in FILES {
        let fixed = file.ends_with(".yaml");
        assert_eq!(before[file] == after[file], fixed, "{file}");
    }
}

#[test]
fn a_broken_key_is_not_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeed_in(root, "aecs-setup --out {DIR}");
    let key = root.join("certs/aecs_admin_private.pem");
    fs::write(&key, "the only copy, badly pasted").unwrap();
    let ran = run_in(root, "aecs-setup --out {DIR}");
    assert_eq!(ran.code, 65);
    assert!(
        ran.stderr.ends_with(
            "help: repair or remove the file, or create everything again with --force\n"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read_to_string(&key).unwrap(), "the only copy, badly pasted");
}

#[test]
fn an_existing_key_of_another_suite_stays_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeed_in(root, "aecs-setup --out {DIR} --suite sm2");
    succeed_in(root, "aecs-setup --out {DIR}");
    let pem = fs::read_to_string(root.join("certs/aecs_admin_private.pem")).unwrap();
    assert_eq!(KeyPair::from_private_pem(&pem).unwrap().suite(), Suite::Sm);
}

#[test]
fn open_private_files_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeed_in(root, "aecs-setup --out {DIR}");
    let key = root.join("certs/ca.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    succeed_in(root, "aecs-setup --out {DIR}");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn paths_under_a_sysroot_begin_there() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeed_in(
        root,
        "aecs-setup --sysroot {DIR} --out {DIR}/etc --data-dir {DIR}/var/lib/aecs --simulation-dir {DIR}/var/lib/cpu",
    );
    let text = fs::read_to_string(root.join("etc/kubetee/aecs_server.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(config["aecs_rpc_ca_path"], "/etc/certs/ca.crt");
    assert_eq!(config["aecs_data_dir"], "/var/lib/aecs");
    assert!(text.contains("\"/var/lib/cpu\""));
    assert!(!text.contains(root.to_str().unwrap()));
}

#[test]
fn the_certificates_are_v3_with_the_names_that_clients_expect() {
    use x509_parser::prelude::{FromDer, X509Certificate, X509Version};

    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-setup --out {DIR} --host aecs.example --san 10.0.0.7");
    let pem = fs::read(folder.path().join("certs/aecs_server.crt")).unwrap();
    let (_, block) = x509_parser::pem::parse_x509_pem(&pem).unwrap();
    let (_, certificate) = X509Certificate::from_der(&block.contents).unwrap();
    assert_eq!(certificate.version(), X509Version::V3);
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let names: Vec<String> = names.value.general_names.iter().map(ToString::to_string).collect();
    for name in ["enclave-service", "localhost", "aecs.example"] {
        assert!(names.iter().any(|found| found.contains(name)), "{name}: {names:?}");
    }
    assert_eq!(names.len(), 5, "{names:?}");
}

#[test]
fn the_server_listens_where_its_clients_look_for_it() {
    for (host, listen, endpoint) in [
        ("127.0.0.1", None, "127.0.0.1:19527"),
        ("localhost", None, "localhost:19527"),
        ("127.0.0.2", Some("127.0.0.2"), "127.0.0.2:19527"),
        ("::1", Some("::1"), "[::1]:19527"),
        ("[2001:db8::7]", Some("::"), "[2001:db8::7]:19527"),
        ("10.0.0.7", Some("0.0.0.0"), "10.0.0.7:19527"),
        ("aecs.example", Some("0.0.0.0"), "aecs.example:19527"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        succeed_in(root, &format!("aecs-setup --out {{DIR}} --host {host}"));
        let config = fs::read(root.join("kubetee/aecs_server.json")).unwrap();
        let config: serde_json::Value = serde_json::from_slice(&config).unwrap();
        assert_eq!(config["aecs_rpc_address"].as_str(), listen, "{host}");
        assert_eq!(config["attestation"]["platform"], "auto", "required, and it has no default");
        let kubeconfig = Kubeconfig::load(root.join("kubetee/ta_test.kubeconfig")).unwrap();
        assert_eq!(kubeconfig.server.endpoint.to_string(), endpoint);
    }
}

#[test]
fn what_makes_no_usable_configuration_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        "--port 0",
        "--host 10.0.0.7:19527",
        "--host a/b",
        "--host=",
        "--host https://a",
        "--host a:b",
    ] {
        let ran = run_in(folder.path(), &format!("aecs-setup --out {{DIR}}/etc {arguments}"));
        assert_eq!(ran.code, 64, "{arguments}: {}", ran.stderr);
        assert!(!folder.path().join("etc").exists(), "{arguments}");
    }
}
