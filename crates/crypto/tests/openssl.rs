//! Keys and certificates that OpenSSL writes are read, and those that we write are read by it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a skipped one must say so"
)]

use std::io::Write;
use std::process::{Command, Stdio};

use aecs_crypto::generate::{
    CertificateKey, CertificateParams, PkcsType, RsaBits, certificate, check_certificate,
    rsa_key_pair,
};
use aecs_crypto::{KeyPair, Suite};

fn present() -> bool {
    let found = Command::new("openssl").arg("version").output().is_ok_and(|o| o.status.success());
    if !found {
        eprintln!("SKIPPED: there is no openssl program");
    }
    found
}

/// Runs one command line of OpenSSL and gives its standard output.
fn openssl(arguments: &str, input: &str) -> String {
    let mut child = Command::new("openssl")
        .args(arguments.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments}: {message}");
    String::from_utf8(output.stdout).unwrap()
}

/// The blocks of a PEM text.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in text.lines() {
        let block = blocks.last_mut().unwrap();
        block.push_str(line);
        block.push('\n');
        if line.starts_with("-----END ") {
            blocks.push(String::new());
        }
    }
    blocks.retain(|block| !block.trim().is_empty());
    blocks
}

#[test]
fn keys_of_openssl_are_read() {
    if !present() {
        return;
    }
    let pkcs8 = openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072", "");
    let pkcs1 = openssl("rsa -traditional", &pkcs8);
    let spki = openssl("pkey -pubout", &pkcs8);
    let public_pkcs1 = openssl("rsa -RSAPublicKey_out", &pkcs8);
    assert!(pkcs1.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    for private in [&pkcs8, &pkcs1] {
        for public in [&spki, &public_pkcs1] {
            assert_eq!(KeyPair::from_pems(private, public).unwrap().suite(), Suite::Rsa);
        }
        assert_eq!(KeyPair::from_private_pem(private).unwrap().public().pem(), public_pkcs1);
    }

    let with_parameters = openssl("ecparam -name SM2 -genkey", "");
    assert_eq!(with_parameters.matches("PARAMETERS-----").count(), 2);
    let pair = KeyPair::from_private_pem(&with_parameters).unwrap();
    assert_eq!(pair.suite(), Suite::Sm);
    assert_eq!(pair.public().pem(), openssl("pkey -pubout", &with_parameters));

    let ed25519 = openssl("genpkey -algorithm ED25519", "");
    let x25519 = openssl("genpkey -algorithm X25519", "");
    let pair = KeyPair::from_private_pem(&(ed25519.clone() + &x25519)).unwrap();
    assert_eq!(pair.suite(), Suite::Modern);
    let public = openssl("pkey -pubout", &ed25519) + &openssl("pkey -pubout", &x25519);
    assert_eq!(pair.public().pem(), public);

    for curve in ["prime256v1", "secp384r1"] {
        let key = openssl(&format!("ecparam -name {curve} -genkey -noout"), "");
        let message = KeyPair::from_private_pem(&key).err().unwrap().to_string();
        assert!(message.contains("P-"), "{message}");
    }
    let small = openssl("genrsa -traditional 1024", "");
    let message = KeyPair::from_private_pem(&small).err().unwrap().to_string();
    assert!(message.contains("1024 bits"), "{message}");
}

#[test]
fn keys_of_ours_are_read_by_openssl_and_mean_the_same() {
    if !present() {
        return;
    }
    for suite in Suite::ALL {
        let pair = KeyPair::generate(suite).unwrap();
        let public_form =
            if suite == Suite::Rsa { "rsa -RSAPublicKey_out" } else { "pkey -pubout" };
        let public: String = blocks(pair.private_pem().expose())
            .iter()
            .map(|block| openssl(public_form, block))
            .collect();
        assert_eq!(pair.public().pem(), public);
    }
    let pems = rsa_key_pair(RsaBits::Bits2048, PkcsType::Pkcs8).unwrap();
    assert_eq!(openssl("pkey -pubout", pems.private.expose()), pems.public);
}

#[test]
fn certificates_are_read_by_openssl() {
    if !present() {
        return;
    }
    for key in [CertificateKey::Rsa(RsaBits::Bits2048), CertificateKey::EcP256] {
        let params = CertificateParams {
            key,
            sans: vec!["enclave-service".to_owned()],
            ..CertificateParams::default()
        };
        let pems = certificate(&params).unwrap();
        let text = openssl("x509 -noout -text", &pems.certificate);
        for expected in [
            "Version: 3 (0x2)",
            "CA:FALSE",
            "X509v3 Subject Key Identifier",
            "DNS:enclave-service",
            "CN = aecs.trusted.com",
        ] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
        assert_eq!(
            openssl("x509 -noout -pubkey", &pems.certificate),
            openssl("pkey -pubout", pems.private_key.expose())
        );
    }
}

#[test]
fn certificates_of_openssl_belong_to_their_keys() {
    if !present() {
        return;
    }
    for key in [
        openssl("genpkey -algorithm RSA", ""),
        openssl("genrsa -traditional", ""),
        openssl("ecparam -name prime256v1 -genkey", ""),
        openssl("ecparam -name secp384r1 -genkey -noout", ""),
        openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521", ""),
        openssl("genpkey -algorithm ED25519", ""),
    ] {
        let certificate = openssl("req -x509 -new -key /dev/stdin -subj /CN=test -text", &key);
        assert!(certificate.starts_with("Certificate:"));
        assert_eq!(check_certificate(&certificate, &key), Ok(()));
        let other = openssl("genpkey -algorithm ED25519", "");
        assert!(check_certificate(&certificate, &other).is_err());
    }
}
