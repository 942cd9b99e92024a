//! `serviceadmin --action preparedata`.

use std::fs;

use aecs_crypto::{KeyPair, Suite};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{run_in, succeed_in};

fn write_pair(folder: &std::path::Path, stem: &str, suite: Suite) -> KeyPair {
    let key = KeyPair::generate(suite).unwrap();
    fs::write(folder.join(format!("{stem}.pub")), key.public().pem()).unwrap();
    fs::write(folder.join(format!("{stem}.key")), key.private_pem().expose()).unwrap();
    key
}

#[test]
fn both_forms_hold_both_halves() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, suite) in [("rsa", Suite::Rsa), ("sm2", Suite::Sm)] {
        let key = write_pair(folder.path(), kind, suite);
        let line = format!(
            "serviceadmin --action preparedata --secrettype {kind} --pubfile {{DIR}}/{kind}.pub --privfile {{DIR}}/{kind}.key"
        );
        let prepared = succeed_in(folder.path(), &format!("{line} --output json")).json();
        let json = prepared["json"].as_str().unwrap();
        assert_eq!(STANDARD.decode(prepared["base64"].as_str().unwrap()).unwrap(), json.as_bytes());
        let pair: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(pair["publicKey"], key.public().pem());
        assert_eq!(pair["privateKey"], key.private_pem().expose());

        let text = succeed_in(folder.path(), &line).stdout;
        assert_eq!(
            text,
            format!("====JSON:\n{json}\n====BASE64:\n{}\n", prepared["base64"].as_str().unwrap())
        );
    }
}

#[test]
fn halves_that_do_not_match_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_pair(folder.path(), "a", Suite::Sm);
    write_pair(folder.path(), "b", Suite::Sm);
    for (kind, public, private) in
        [("sm2", "a.pub", "b.key"), ("rsa", "a.pub", "a.key"), ("sm2", "a.key", "a.pub")]
    {
        let ran = run_in(
            folder.path(),
            &format!(
                "serviceadmin preparedata --secrettype {kind} --pubfile {{DIR}}/{public} --privfile {{DIR}}/{private}"
            ),
        );
        assert_eq!(ran.code, 65, "{kind} {public} {private}");
        assert!(ran.stderr.contains("are not a key pair of type"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("BEGIN"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}
