//! The program: how it starts, how it refuses to, how it ends.

mod audit;
mod backup;
mod clients;
pub(crate) mod durability;
mod engines;
mod health;
mod histories;
pub(crate) mod home;
mod recovery;
mod relocation;

use std::{
    fs,
    net::TcpListener,
    time::{Duration, SystemTime},
};

use aecs_attest::Verifier;
use aecs_client::files::server_config::ServerConfig;
use aecs_proto::{GetAecsStatusRequest, aecs_client::AecsClient};
use aecs_sim::{CpuOptions, SimulatedCpu};
use tonic::Code;

use self::{durability::Deployment, home::Home};
use crate::certificates::Pki;

#[test]
fn starts_serves_and_stops_when_told() {
    let home = Home::new();
    let mut server = home.start(&[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut client = AecsClient::connect(format!("http://{}", server.address)).await.unwrap();
        let request =
            GetAecsStatusRequest { accepted_suites: vec!["x25519".to_owned()], nonce: vec![7; 16] };
        let answer = client.get_aecs_status(request).await.unwrap().into_inner();
        assert!(answer.status_str.contains(r#""status":"Pending""#), "{}", answer.status_str);
        let cpu = SimulatedCpu::open(home.path("data/simulation")).unwrap();
        let verifier = Verifier::builder().simulated_root(cpu.root_der()).build().unwrap();
        verifier.verify(&answer.auth_ra_report.unwrap(), SystemTime::now()).unwrap();

        // AECS 2.0 is denied by default, with the code at the end that its clients print.
        let refused = client.get_aecs_status(GetAecsStatusRequest::default()).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
        assert!(refused.message().contains(" | Error code: 0xA0"), "{refused}");
    });
    let log = server.log();
    assert!(log.contains("attestation.platform is simulation"), "{log}");
    assert!(log.contains("tcb_status") && log.contains("UpToDate"), "{log}");
    assert_eq!(server.stop(), 0);
}

#[test]
fn a_restart_keeps_the_identity_and_the_audit_log() {
    let home = Home::new();
    let identity = |log: &str| {
        let line = log.lines().find(|line| line.contains("\"identity\"")).unwrap().to_owned();
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        value["identity"].as_str().unwrap().to_owned()
    };
    let mut first = home.start(&[]);
    assert_eq!(first.stop(), 0);
    let mut second = home.start(&[]);
    assert_eq!(second.stop(), 0);
    assert_eq!(identity(&first.log()), identity(&second.log()));

    // A line of something else is not continued, and not replaced.
    fs::write(home.path("data/audit.log"), "{}\n").unwrap();
    home.refuses(74, &[], "no line of it is an entry or a signed head");
    assert_eq!(fs::read_to_string(home.path("data/audit.log")).unwrap(), "{}\n");
}

#[test]
fn log_lines_are_json_when_asked_for() {
    let home = Home::new();
    let mut server = home.start(&["--log-level", "trace"]);
    assert_eq!(server.stop(), 0);
    let log = server.log();
    assert!(log.lines().count() > 3);
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}

#[test]
fn a_bad_command_line_or_configuration_ends_with_64() {
    let home = Home::new();
    home.refuses(64, &["--no-such-flag"], "--no-such-flag");
    home.refuses(64, &["--rpc-port", "x"], "--rpc-port: aecs_rpc_port \"x\" is not a port number");
    home.refuses(64, &["--config", "missing.json"], "missing.json: cannot read");
    fs::write(home.path("bad.toml"), "log.levle = \"info\"\n").unwrap();
    home.refuses(
        64,
        &["--config", "bad.toml"],
        "bad.toml:1: unknown key \"log.levle\" (to fix: did",
    );
    fs::write(home.path("empty.yaml"), "{}\n").unwrap();
    home.refuses(64, &["--config", "empty.yaml"], "neither aecs_admin_pubkey nor");
}

#[test]
fn unusable_tls_files_end_with_64() {
    let home = Home::new();
    let pki = Pki::new();
    let files = pki.files(&pki.issue("localhost"));
    let [ca, cert, key] =
        [&files.ca, &files.certificate, &files.key].map(|path| path.to_str().unwrap().to_owned());
    let flags = [
        "--rpc-ssl-secure",
        "enable",
        "--rpc-ca-path",
        &ca,
        "--rpc-cert-path",
        &cert,
        "--rpc-key-path",
        &key,
    ];
    home.refuses(64, &flags, "aecs_rpc_cert_path: ");
    home.refuses(64, &flags, "not valid for the name enclave-service");
    fs::remove_file(&files.certificate).unwrap();
    let missing = format!("aecs_rpc_cert_path: {cert}: cannot be read: No such file or directory");
    home.refuses(64, &flags, &missing);
}

#[test]
fn what_is_taken_ends_with_69() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    home.refuses(69, &["--rpc-port", &port], "cannot listen on 127.0.0.1");

    let _server = home.start(&[]);
    home.refuses(69, &[], "audit.log: another server writes to it");
    let other_log = home.path("other.log").display().to_string();
    home.refuses(69, &["--audit-file", &other_log], "store is already in use");
}

#[test]
fn a_damaged_file_ends_with_74() {
    let home = Home::new();
    fs::write(home.path("data/aecs.redb"), vec![7; 10_000]).unwrap();
    home.refuses(74, &[], "store is corrupt");
    fs::write(home.path("file"), "").unwrap();
    home.refuses(
        74,
        &["--data-dir", "file/data", "--attestation-simulation-dir", "data/simulation"],
        "cannot create the folder file/data",
    );
    home.refuses(74, &["--audit-file", "/no/such/folder/log"], "audit log /no/such/folder/log");
    home.refuses(74, &["--store", "memory", "--identity-keypair-file", "data"], "sealed identity");
}

#[test]
fn missing_hardware_and_foreign_seals_end_with_78() {
    let home = Home::new();
    home.refuses(78, &["--attestation-simulation-dir", "none"], "aecs-sim create none");

    assert_eq!(home.start(&[]).stop(), 0);
    let signer = "11".repeat(32);
    let foreign = ["--attestation-simulation-mrsigner", &signer];
    home.refuses(78, &foreign, "data/identity.sealed (aecs_identity_keypair_file): the sealed");
    home.refuses(78, &foreign, "does not open");
    SimulatedCpu::create(home.path("other"), CpuOptions::default()).unwrap();
    home.refuses(78, &["--attestation-simulation-dir", "other"], "does not open");
    assert_eq!(home.start(&[]).stop(), 0, "a refused start harms nothing");

    let home = Home::new();
    assert_eq!(home.start(&["--attestation-simulation-svn", "5"]).stop(), 0);
    let older = ["--attestation-simulation-svn", "4"];
    home.refuses(
        78,
        &older,
        "a server with security version 5 sealed it, and this one has version 4",
    );
    home.refuses(78, &older, "help: the file is good: keep it");
}

#[test]
fn an_identity_that_nobody_provisioned_goes_with_its_administrator() {
    let home = Home::new();
    assert_eq!(home.start(&[]).stop(), 0);
    home.new_admin();
    let mut server = home.start(&[]);
    server.wait_for_log("a new one is made");
    assert_eq!(server.stop(), 0);
}

/// Warnings, and the status, are about the settings that administrators decided on.
#[test]
fn what_is_unsafe_is_told_of_the_settings_in_force() {
    const LAX: &str = "accepted_tcb_statuses lets platforms with known weaknesses in";
    let flags = ["--attestation-accepted-tcb-statuses", "UpToDate,OutOfDate"];
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for lax in [false, true] {
        let (birth, later) = if lax { (&flags[..], &[][..]) } else { (&[][..], &flags[..]) };
        let deployment = Deployment::new();
        let mut server = deployment.home.start(birth);
        assert_eq!(server.log().contains(LAX), lax, "{}", server.log());
        runtime.block_on(async {
            deployment.admin(&server).await.provision("localtest").await.unwrap();
        });
        assert_eq!(server.stop(), 0);

        let mut server = deployment.home.start(later);
        let status: serde_json::Value = runtime.block_on(async {
            let mut client =
                AecsClient::connect(format!("http://{}", server.address)).await.unwrap();
            let accepted_suites = vec!["x25519".to_owned()];
            let request = GetAecsStatusRequest { accepted_suites, nonce: vec![7; 16] };
            let answer = client.get_aecs_status(request).await.unwrap().into_inner();
            serde_json::from_str(&answer.status_str).unwrap()
        });
        let insecure = status["insecure"].to_string();
        assert_eq!(insecure.contains("attestation.accepted_tcb_statuses"), lax, "{status}");
        let idle = serde_json::json!(["attestation.accepted_tcb_statuses"]);
        assert_eq!(status["settingsWithoutEffect"], idle, "{status}");
        assert_eq!(server.stop(), 0);
        let log = server.log();
        assert_eq!(log.contains(LAX), lax, "{log}");
        assert!(log.contains("have no effect: attestation.accepted_tcb_statuses is"), "{log}");
    }
}

/// The same warnings follow when an administrator makes other settings those in force.
#[test]
fn what_is_unsafe_is_told_of_applied_settings_at_once() {
    const LAX: &str = "accepted_tcb_statuses lets platforms with known weaknesses in";
    const SIMULATION: &str = "attestation.platform is simulation";
    let deployment = Deployment::new();
    let mut server = deployment.home.start(&[]);
    let config = serde_json::json!({ "attestation": {
        "platform": "simulation",
        "simulated_root": deployment.home.path("data/simulation/root-ca.pem"),
        "accepted_tcb_statuses": "UpToDate,OutOfDate",
    } });
    let path = deployment.home.path("applied.json");
    fs::write(&path, config.to_string()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let admin = deployment.admin(&server).await;
        admin.provision("localtest").await.unwrap();
        assert_eq!(
            server.log().matches(SIMULATION).count(),
            1,
            "no other settings came into force"
        );
        admin.apply_deployment(ServerConfig::read(&path).unwrap(), 1).await.unwrap();
    });
    assert_eq!(server.stop(), 0);
    let log = server.log();
    assert_eq!((log.matches(LAX).count(), log.matches(SIMULATION).count()), (1, 2), "{log}");
}

#[test]
fn check_config_prints_what_is_in_force_and_judges_it() {
    let home = Home::new();
    let hash = "5E".repeat(32);
    let run = |arguments: &[&str]| {
        let mut command = home.command();
        command.arg("--check-config").args(arguments);
        let output = command.env("AECS_ADMIN_PASSWORD_HASH", &hash).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, report) = run(&["--log-level", "warn"]);
    assert_eq!(code, 0, "{report}");
    assert!(report.contains("configuration is usable"), "{report}");
    assert!(report.contains("<set>") && !report.contains(&hash), "{report}");
    let line = report.lines().find(|line| line.starts_with("log.level")).unwrap();
    assert!(line.contains("warn") && line.ends_with("--log-level"), "{line}");
    assert!(report.contains("warning: attestation.platform is simulation"), "{report}");
    assert!(!home.path("data/audit.log").exists(), "checking changes nothing");

    let (code, report) = run(&["--rpc-port", "x", "--log-level", "y"]);
    assert_eq!((code, report.matches("\nproblem: ").count()), (64, 2), "{report}");
    let (code, report) = run(&["--attestation-simulation-dir", "none"]);
    assert_eq!((code, report.matches("\nproblem: ").count()), (64, 1), "{report}");
    let (code, _) = run(&["--rpc-ssl-secure", "enable"]);
    assert_eq!(code, 64);
    // Where the file of the store cannot be.
    std::os::unix::fs::symlink("nowhere", home.path("link")).unwrap();
    for (store, problem) in [("redb:.", "is a folder"), ("redb:link", "nothing where it leads")] {
        let (code, report) = run(&["--store", store]);
        assert_eq!(code, 64, "{report}");
        assert!(report.contains("problem: aecs_store") && report.contains(problem), "{report}");
    }
    home.refuses(74, &["--store", "redb:link"], "nothing where it leads");
    // What has no effect is said to have none.
    let idle = ["--store-single-writer", "true", "--store-user", "x"];
    for (store, told) in [
        ("embedded", "warning: store.user, store.single_writer have no effect"),
        (
            "embedded --store-move-to etcd://localhost/x",
            "warning: store.single_writer has no effect",
        ),
        ("etcd://localhost/x", "warning: store.single_writer has no effect"),
        ("s3://bucket/x?region=x", ""),
    ] {
        let store: Vec<&str> = store.split(' ').collect();
        let (code, report) = run(&[&["--store"], &store[..], &idle[..]].concat());
        assert_eq!(code, 0, "{report}");
        assert!(report.contains(told), "{report}");
        assert_eq!(report.contains("no effect"), !told.is_empty(), "{report}");
    }
    for (flag, value) in [
        ("--attestation-roots", "CSV=/dev/zero"),
        ("--attestation-simulated-root", "/dev/zero"),
        ("--rpc-ca-path", "/dev/zero"),
    ] {
        let tls = ["--rpc-ssl-secure", "enable", "--rpc-cert-path", "x", "--rpc-key-path", "x"];
        let tls = if flag == "--rpc-ca-path" { &tls[..] } else { &[] };
        let (code, report) = run(&[&[flag, value], tls].concat());
        assert_eq!(code, 64, "{report}");
        assert!(report.contains("not a regular file"), "{flag}: {report}");
    }
}

#[test]
fn help_and_version_are_no_failures() {
    let home = Home::new();
    let help = home.command().arg("--help").output().unwrap();
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(help.status.success() && text.contains("Exit codes:"), "{text}");
    assert!(text.contains("AECS_RPC_PORT") && !text.contains("--admin-password-hash "), "{text}");
    let version = home.command().arg("--version").output().unwrap();
    assert!(version.status.success() && version.stdout.starts_with(b"aecs_server 2."));
}

#[test]
fn f04_a_hangup_does_not_end_the_server() {
    let home = Home::new();
    let mut server = home.start(&[]);
    server.signal("HUP");
    server.wait_for_log("SIGHUP received");
    server.wait_for_log("the audit log starts a new file");
    assert_eq!(server.stop(), 0);
}

#[test]
fn a_stop_is_quick() {
    let home = Home::new();
    let mut server = home.start(&[]);
    let begin = std::time::Instant::now();
    assert_eq!(server.stop(), 0);
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
}
