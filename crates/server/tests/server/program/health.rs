//! The question of container engines and probes: `aecs_server --health`.

use std::{net::TcpListener, process::Command, time::Instant};

use aecs_server::serve::SERVER_NAME;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose};

use super::{durability::Deployment, home::Home};
use crate::certificates::Pki;

/// Exit code and messages of the question, asked with the same flags as a server's.
fn ask(mut command: Command, flags: &[&str]) -> (i32, String) {
    let output = command.arg("--health").args(flags).output().unwrap();
    assert!(output.stdout.is_empty(), "there is nothing to say");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn port(address: &str) -> &str {
    address.rsplit_once(':').unwrap().1
}

#[test]
fn a_server_is_alive_from_the_start_and_ready_when_it_is_provisioned() {
    let deployment = Deployment::new();
    let mut server = deployment.home.start(&[]);
    let at = ["--rpc-port".to_owned(), port(&server.address).to_owned()];
    let asked = |what: &[&str]| {
        let mut command = deployment.home.command();
        command.args(&at);
        ask(command, what)
    };
    assert_eq!(asked(&[]), (0, String::new()));
    assert_eq!(asked(&["alive"]), (0, String::new()));
    let (code, message) = asked(&["ready"]);
    assert_eq!(code, 69, "{message}");
    assert!(message.contains("does not work yet") && message.contains("  help: "), "{message}");

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        deployment.admin(&server).await.provision("localtest").await.unwrap();
    });
    // What the health service says follows the server within some time.
    let begin = Instant::now();
    while asked(&["ready"]).0 != 0 && begin.elapsed().as_secs() < 20 {}
    assert_eq!(asked(&["ready"]), (0, String::new()));
    // A server on all addresses is asked at one of this machine.
    assert_eq!(asked(&["--rpc-address", "0.0.0.0"]), (0, String::new()));
    assert_eq!(server.stop(), 0);
    let (code, message) = asked(&[]);
    assert!(code == 69 && message.contains("cannot connect"), "{code}: {message}");
}

#[test]
fn a_port_where_nobody_answers_is_not_healthy() {
    let home = Home::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let begin = Instant::now();
    let (code, message) = ask(home.command(), &["--rpc-port", port(&address)]);
    assert!(code == 69 && message.contains("no answer within 3 s"), "{code}: {message}");
    assert!(begin.elapsed().as_secs() < 20);

    let (code, message) = ask(home.command(), &[]);
    assert!(code == 64 && message.contains("aecs_rpc_port is 0"), "{code}: {message}");
    let (code, message) = ask(home.command(), &["nonsense"]);
    assert!(code == 64 && message.contains("[possible values: alive, ready]"), "{code}: {message}");
    assert!(!home.path("data/audit.log").exists(), "asking changes nothing");
}

#[test]
fn with_tls_the_servers_own_certificate_is_shown() {
    let pki = Pki::new();
    for (usages, answered) in [
        (vec![], true),
        (vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth], true),
        (vec![ExtendedKeyUsagePurpose::ServerAuth], false),
    ] {
        let home = Home::new();
        let mut params = CertificateParams::new(vec![SERVER_NAME.to_owned()]).unwrap();
        params.extended_key_usages = usages;
        let files = pki.files(&pki.issue_with(&params));
        let [ca, certificate, key] =
            [&files.ca, &files.certificate, &files.key].map(|path| path.to_str().unwrap());
        let mut flags = vec!["--rpc-ssl-secure", "enable", "--rpc-ca-path", ca];
        flags.extend(["--rpc-cert-path", certificate, "--rpc-key-path", key]);
        let mut server = home.start(&flags);
        let address = server.address.clone();
        flags.extend(["--rpc-port", port(&address)]);
        let (code, message) = ask(home.command(), &flags);
        assert_eq!(code, if answered { 0 } else { 69 }, "{message}");
        assert_eq!(message.contains("extended key usage clientAuth"), !answered, "{message}");
        assert_eq!(server.stop(), 0);
        // No connection says nothing of certificates.
        let (code, message) = ask(home.command(), &flags);
        assert!(code == 69 && message.contains("cannot connect"), "{code}: {message}");
        assert!(!message.contains("clientAuth"), "{message}");
    }
}
