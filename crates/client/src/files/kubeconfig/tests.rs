use aecs_crypto::Suite;

use super::*;

/// What the deployment helpers of AECS 2.0 wrote, with `KEY` for the administrator's key.
const LIKE_AECS20: &str = r#"apiVersion: v1
kind: Config
administrator:
  name: aecs_admin
  identityKey: KEY
aecsServer:
  clientRpcSecure: "disable"
  clientKey: bm90IHVzZWQ=
  clientCert: not even base64
  clientCA: ""
  serverEndpoint: 127.0.0.1:19527
  verifyPolicy:
    # [optional] this version of the server
    mrenclave: ""
    mrsigner: "83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E"
    prodid: "1"
    min_svn: "1"
    spid: ""
    user_data: ""
"#;

fn modern_key() -> KeyPair {
    KeyPair::generate(Suite::Modern).unwrap()
}

fn base64_key(key: &KeyPair) -> String {
    STANDARD.encode(key.private_pem().expose())
}

/// The file above with a usable key and one text replaced.
fn with(from: &str, to: &str) -> Result<Kubeconfig, FileError> {
    let text = LIKE_AECS20.replace("KEY", &base64_key(&modern_key()));
    assert!(text.contains(from), "{from}");
    Kubeconfig::parse("admin.kubeconfig", &text.replace(from, to))
}

/// The message of the error that `with` gives.
fn refusal(from: &str, to: &str) -> String {
    match with(from, to) {
        Ok(_) => panic!("{to:?} was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_file_of_aecs20_loads_as_it_is() {
    let key = modern_key();
    let text = LIKE_AECS20.replace("KEY", &base64_key(&key));
    let kubeconfig = Kubeconfig::parse("admin.kubeconfig", &text).unwrap();
    let (administrator, server) = kubeconfig.into_parts().unwrap();
    assert_eq!(administrator.name, "aecs_admin");
    assert_eq!(administrator.identity_key.public(), key.public());
    assert_eq!(server.endpoint.to_string(), "127.0.0.1:19527");
    assert!(!server.endpoint.uses_tls());
    assert!(!server.policy.is_insecure());
    assert_eq!(server.simulation_root, None);
}

#[test]
fn both_spellings_quoted_or_not() {
    let lines = "prodid: \"1\"\n    min_svn: \"1\"";
    for spelling in
        ["prodID: 1\n    minIsvSvn: 1", "prodID: '1'\n    minIsvSvn: ''", "prodID:\n    minIsvSvn:"]
    {
        with(lines, spelling).unwrap();
    }
    assert_eq!(
        refusal(lines, "prodid: 1\n    prodID: 1"),
        "admin.kubeconfig:17:5: the key `prodID` is given twice\n  \
         help: keep one of its spellings"
    );
}

#[test]
fn keys_of_our_own() {
    let signer = "mrsigner: \"83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E\"";
    let one = "\"".to_owned() + &"AB".repeat(32) + "\"";
    let list = format!("mrsigner:\n    measurement: [{one}, {one}]");
    with(signer, &list).unwrap();
    let more = "platform: SGX_DCAP\n    tcb_status: [UpToDate, SWHardeningNeeded]\n    \
                debug_disabled: true\n    deploymentId: ";
    with("spid: \"\"", &format!("{more}{}", "0F".repeat(32))).unwrap();
}

#[test]
fn misspelt_keys_are_pointed_at() {
    assert_eq!(
        refusal("serverEndpoint", "serverEndPoint"),
        "admin.kubeconfig:11:3: unknown key `serverEndPoint`\n  \
         help: did you mean `serverEndpoint`?"
    );
    assert_eq!(
        refusal("mrsigner:", "mrsinger:"),
        "admin.kubeconfig:15:5: unknown key `mrsinger`\n  help: did you mean `mrsigner`?"
    );
    assert!(refusal("kind: Config", "kind: Config\ncolour: red").contains("unknown key `colour`"));
}

#[test]
fn the_kind_is_checked() {
    assert_eq!(
        refusal("kind: Config", "kind: SecretPolicy"),
        "admin.kubeconfig:2:7: this is a `SecretPolicy`, not a `Config`\n  \
         help: give a file with `kind: Config`"
    );
    assert!(refusal("kind: Config\n", "").contains("does not say what kind it is"));
}

#[test]
fn a_policy_that_trusts_everybody_is_refused() {
    let signer = "\"83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E\"";
    assert_eq!(
        refusal(signer, "\"\""),
        "admin.kubeconfig:14:5: the policy lets any server pass: it names no platform, and without \
         one only `measurement` and `mrsigner` of an SGX enclave (32 bytes) and `publicKey` pin\n  \
         help: name the `platform`, and pin what docs/policies.md lists for it"
    );
    let switch = "\"\"\n    insecure_skip_server_verification: true";
    assert!(with(signer, switch).unwrap().server.policy.is_insecure());
    let off = "\"\"\n    insecure_skip_server_verification: false";
    assert!(refusal(signer, off).contains("lets any server pass"));
    assert!(refusal(signer, &switch.replace("true", "yes")).contains("should be true or false"));
}

#[test]
fn values_are_checked_where_they_stand() {
    let signer = "\"83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E\"";
    for (from, to, message) in [
        (signer, "aa", "15:15: this has 2 hexadecimal digits, not 64 or 96 or 128 or 192"),
        ("mrenclave: \"\"", "mrenclave: \"aa\"", "14:16: this has 2 hexadecimal digits, not 64"),
        (signer, "\"83D\"", "15:15: this should be hexadecimal, two digits for each byte"),
        (signer, "\"0x83\"", "15:15: this should be hexadecimal, two digits for each byte"),
        ("prodid: \"1\"", "prodid: one", "16:13: this should be a product id"),
        ("min_svn: \"1\"", "min_svn: 1.0", "17:14: this should be a security version number"),
        (
            "min_svn: \"1\"",
            "min_svn: 4294967296",
            "17:14: this should be a security version number",
        ),
        ("spid: \"\"", "platform: SGX", "18:15: unknown attestation platform `SGX`"),
        ("spid: \"\"", "tcb_status: Revoked", "18:17: unknown TCB status `Revoked`"),
        ("spid: \"\"", "deploymentId: AB", "18:19: a deployment id has 64 hexadecimal digits"),
        ("spid: \"\"", "measurement: [[a]]", "18:19: this should be one value, not a list"),
        ("spid: \"\"", "measurement: 12", "18:5: this should be a text in quotes"),
        ("127.0.0.1:19527", "127.0.0.1", "11:19: the port is missing in `127.0.0.1`"),
        ("\"disable\"", "disabled", "7:20: unknown setting `disabled`"),
    ] {
        let refusal = refusal(from, to);
        assert!(refusal.starts_with(&format!("admin.kubeconfig:{message}")), "{to}: {refusal}");
    }
}

#[test]
fn a_broken_key_is_refused_without_showing_it() {
    let text = LIKE_AECS20.replace("KEY", "<base64-of-admin-private-pem>");
    let error = Kubeconfig::parse("admin.kubeconfig", &text).err().unwrap();
    assert_eq!(
        error.to_string(),
        "admin.kubeconfig:5:16: `identityKey` is not the base64 of a PEM text\n  \
         help: put the output of `base64 -w0 FILE` here, or use `identityKeyFile`"
    );
    for planted in
        ["aHVudGVyMg==", "[hunter2]", "{hunter2: hunter2}", "hunter2: hunter2", "\"hunter2"]
    {
        let text = LIKE_AECS20.replace("KEY", planted);
        let error = Kubeconfig::parse("admin.kubeconfig", &text).err().unwrap();
        assert!(!error.to_string().contains("hunter2"), "{planted}: {error}");
    }
}

#[test]
fn keys_are_read_from_files_next_to_the_kubeconfig() {
    let folder = tempfile::tempdir().unwrap();
    let key = modern_key();
    std::fs::create_dir(folder.path().join("certs")).unwrap();
    std::fs::write(folder.path().join("certs/admin.pem"), key.private_pem().expose()).unwrap();
    let path = folder.path().join("admin.kubeconfig");
    let text = LIKE_AECS20.replace("identityKey: KEY", "identityKeyFile: certs/admin.pem");
    std::fs::write(&path, &text).unwrap();

    let kubeconfig = Kubeconfig::load(&path).unwrap();
    assert_eq!(kubeconfig.administrator().unwrap().identity_key.public(), key.public());

    let both = text.replace("  identityKeyFile", "  identityKey: eA==\n  identityKeyFile");
    let error = Kubeconfig::parse(&path, &both).err().unwrap();
    assert_eq!(error.reason(), "both `identityKey` and `identityKeyFile` are given");
    assert_eq!((error.line(), error.column()), (Some(6), Some(20)));

    let missing = text.replace("certs/admin.pem", "certs/nobody.pem");
    let error = Kubeconfig::parse(&path, &missing).err().unwrap();
    assert!(error.reason().contains("certs/nobody.pem: cannot be read"), "{error}");
}

#[test]
fn an_application_needs_no_administrator() {
    let text = LIKE_AECS20.replace("administrator:\n  name: aecs_admin\n  identityKey: KEY\n", "");
    let kubeconfig = Kubeconfig::parse("ta.kubeconfig", &text).unwrap();
    assert_eq!(kubeconfig.server.endpoint.to_string(), "127.0.0.1:19527");
    let error = kubeconfig.administrator().err().unwrap();
    assert_eq!(error.reason(), "there is no administrator in this file");
    assert_eq!(error.line(), None);
}

#[test]
fn a_simulated_root_is_a_certificate_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let root = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    std::fs::write(folder.path().join("root.pem"), root.pem()).unwrap();
    std::fs::write(folder.path().join("other.pem"), "no certificate").unwrap();
    let text = LIKE_AECS20.replace("KEY", &base64_key(&modern_key()));
    let named = |name| text.replace("spid: \"\"", &format!("simulationRoot: {name}"));
    let path = folder.path().join("kubeconfig");

    let kubeconfig = Kubeconfig::parse(&path, &named("root.pem")).unwrap();
    assert_eq!(kubeconfig.server.simulation_root.as_deref(), Some(root.der().as_ref()));
    let error = Kubeconfig::parse(&path, &named("other.pem")).err().unwrap();
    assert!(error.reason().starts_with("other.pem holds no certificate"), "{error}");
}

#[test]
fn tls_wants_all_three_parts() {
    assert_eq!(
        refusal("\"disable\"", "enable\n  clientCertFile: x"),
        "admin.kubeconfig:7:20: both `clientCert` and `clientCertFile` are given\n  \
         help: keep one of them"
            .replace("7:20", "8:19")
    );
    let text = "\"disable\"\n  clientKey: bm90IHVzZWQ=\n  clientCert: not even base64";
    assert_eq!(
        refusal(text, "enable\n  clientCert:\n  clientKey: eA=="),
        "admin.kubeconfig:7:20: `clientRpcSecure` is enabled, but there is no `clientCert`\n  \
         help: give `clientCert` (base64 of the PEM) or `clientCertFile`"
    );
}

#[test]
fn tls_with_all_three_parts() {
    let key = rcgen::KeyPair::generate().unwrap();
    let cert = rcgen::CertificateParams::new(vec!["client".into()]).unwrap().self_signed(&key);
    let cert = STANDARD.encode(cert.unwrap().pem());
    let kubeconfig = |key: &str| {
        let text = "\"disable\"\n  clientKey: bm90IHVzZWQ=\n  clientCert: not even base64\n  clientCA: \"\"";
        let key = STANDARD.encode(key);
        with(text, &format!("enable\n  clientKey: {key}\n  clientCert: {cert}\n  clientCA: {cert}"))
    };
    assert!(kubeconfig(&key.serialize_pem()).unwrap().server.endpoint.uses_tls());
    let other = rcgen::KeyPair::generate().unwrap();
    let error = kubeconfig(&other.serialize_pem()).err().unwrap();
    let reason = error.reason();
    assert!(reason.starts_with("the client certificate and key are not usable: "), "{reason}");
    assert_eq!(
        refusal("127.0.0.1:19527", "https://127.0.0.1:19527"),
        "admin.kubeconfig:11:19: the address says https:// but TLS is not configured\n  \
         help: make it fit `clientRpcSecure`"
    );
}

#[test]
fn files_that_are_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    let error = Kubeconfig::load(&path).err().unwrap();
    assert!(error.reason().starts_with("cannot be read: "), "{error}");

    std::fs::write(&path, " ".repeat(MAX_BYTES + 1)).unwrap();
    let error = Kubeconfig::load(&path).err().unwrap();
    assert_eq!(error.reason(), "larger than 1048576 bytes");

    std::fs::write(&path, [0xff, 0xfe, b'x']).unwrap();
    assert!(Kubeconfig::load(&path).is_err());
}

#[test]
fn a_pin_is_written_where_it_belongs_and_nothing_else_changes() {
    let id: DeploymentId = "AB".repeat(32).parse().unwrap();
    let other: DeploymentId = "CD".repeat(32).parse().unwrap();
    let path = Path::new("a.kubeconfig");
    let text = "# mine\nkind: Config\naecsServer:\n  serverEndpoint: 127.0.0.1:1\n  verifyPolicy:\n    mrsigner: \"83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E\"\n";
    let pinned_text = pinned(path, text, id, false).unwrap();
    let line = format!("    deploymentId: \"{id}\"\n");
    assert_eq!(pinned_text.replace(&line, ""), text, "one line more");
    assert_eq!(pinned(path, &pinned_text, id, false).unwrap(), pinned_text);
    let error = pinned(path, &pinned_text, other, false).unwrap_err();
    assert!(error.reason().contains("it pins deployment AB"), "{error}");
    let replaced = pinned(path, &pinned_text, other, true).unwrap();
    assert_eq!(replaced, pinned_text.replace(&id.to_string(), &other.to_string()));

    let empty = text.replace("    mrsigner", "    deploymentId: \"\"\n    mrsigner");
    assert_eq!(pinned(path, &empty, id, false).unwrap(), pinned_text);
    assert!(pinned(path, "kind: Config\n", id, false).is_err(), "no kubeconfig");
    let inline = text.replace(":\n    mrsigner", ": {mrsigner").replace("E\"\n", "E\"}\n");
    assert!(pinned(path, &inline, id, false).is_err(), "left alone");
}

/// Also line ends of Windows, a last line without one, and comments.
#[test]
fn a_pin_changes_no_byte_beside_it() {
    const SIGNER: &str =
        "mrsigner: \"83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E\"";
    let id: DeploymentId = "AB".repeat(32).parse().unwrap();
    let other: DeploymentId = "CD".repeat(32).parse().unwrap();
    let path = Path::new("a.kubeconfig");
    let head = "kind: Config\naecsServer:\n  serverEndpoint: 127.0.0.1:1\n  verifyPolicy:";
    for policy in [" # mine", "\t# mine", ""] {
        for last in ["", "\n", " # the team's\n", "\n\n# the end"] {
            for end in ["\n", "\r\n"] {
                let lines = |pin: &str| {
                    let text = format!("{head}{policy}\n{pin}# who signs\n    {SIGNER}{last}");
                    text.replace('\n', end)
                };
                let pin = |id: DeploymentId| lines(&format!("    deploymentId: \"{id}\"\n"));
                assert_eq!(
                    pinned(path, &lines(""), id, false).unwrap(),
                    pin(id),
                    "{policy:?} {last:?}"
                );
                assert_eq!(pinned(path, &pin(id), other, true).unwrap(), pin(other));
                let noted = |id: &str| lines(&format!("    deploymentId: {id}  # by Alice\n"));
                let written = pinned(path, &noted("''"), id, false).unwrap();
                assert_eq!(written, noted(&format!("\"{id}\"")));
            }
        }
    }
}

#[test]
fn a_file_without_a_pin_is_of_no_use_unless_it_says_so() {
    let text = |more: &str| {
        format!(
            "kind: Config\naecsServer:\n  serverEndpoint: 127.0.0.1:1\n  verifyPolicy:\n    mrsigner: \"83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E\"\n{more}"
        )
    };
    let policy = |more: &str| Kubeconfig::parse("a", &text(more)).unwrap().server.policy;
    assert!(policy("").check_deployment().is_err());
    assert!(policy("    deploymentId: \"\"\n").check_deployment().is_err());
    assert!(policy("    insecure_any_deployment: false\n").check_deployment().is_err());
    policy("    insecure_any_deployment: true\n").check_deployment().unwrap();
    policy(&format!("    deploymentId: {}\n", "AB".repeat(32))).check_deployment().unwrap();
}

#[test]
fn a_pem_is_taken_where_its_base64_is() {
    let pem = modern_key().private_pem();
    let lines: Vec<String> = pem.expose().lines().map(|line| format!("    {line}\n")).collect();
    let text = LIKE_AECS20.replace("KEY", &format!("|\n{}", lines.concat()));
    Kubeconfig::parse("admin.kubeconfig", &text).unwrap().administrator().unwrap();
}

#[test]
fn a_denial_is_told_in_the_words_of_the_file() {
    let text = LIKE_AECS20.replace("KEY", &base64_key(&modern_key()));
    let keys = Kubeconfig::parse("a", &text).unwrap().server.policy_keys;
    let mismatch = |attribute: &str, expected: &str, actual: &str| Mismatch {
        rule: "main_attributes[0]".into(),
        attribute: attribute.into(),
        expected: expected.into(),
        actual: actual.into(),
    };
    let signer = mismatch("hex_signer", "AA", "BB");
    let mismatches = vec![
        signer.clone(),
        signer,
        mismatch("str_tcb_status", "UpToDate", "OutOfDate"),
        mismatch("hex_prod_id", "1", ""),
    ];
    assert_eq!(
        keys.in_words(&Denial { mismatches }),
        "verifyPolicy.mrsigner (line 15): expected AA, found BB; \
         verifyPolicy.tcb_status (not set): expected UpToDate, found OutOfDate; \
         verifyPolicy.prodid (line 16): expected 1, found nothing"
    );
}
