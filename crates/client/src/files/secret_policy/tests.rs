use aecs_proto::{KeyUse, UnifiedAttestationAttributes};

use super::*;

/// The sample of AECS 2.0, as its users have it: all six types, rules that say nothing.
const LIKE_AECS20: &str = r#"apiVersion: v1
kind: SecretPolicy
secrets:
- spec:
    name: my-password
    type: SECRET_TYPE_IMPORT_DATA
    service: service1
    readonly: "true"
    share: "public"
    policy:
      enclaveMatchAnyRules:
      - mrenclave: ""
        mrsigner: ""
        prodID: ""
        minIsvSvn: "0"
        user_data: ""
        spid: ""
        debug_disabled: ""
  data: hunter2
- spec:
    name: my-key-pair
    type: SECRET_TYPE_RSA_KEY_PAIR
    service: service1
    readonly: "true"
    share: "public"
    policy:
      enclaveMatchAnyRules:
      - mrenclave: ""
        minIsvSvn: "0"
    params:
    - key: "pkcs_type"
      value: "pkcs8"
    - key: "bit_length"
      value: 2048
- spec:
    name: my-own-key
    type: SECRET_TYPE_AES256_KEY
    service:
    readonly: "false"
    share: "private"
    policy:
      enclaveMatchAnyRules:
      - mrenclave: ""
        debug_disabled: ""
"#;

fn parse(text: &str) -> Result<SecretPolicyFile, FileError> {
    SecretPolicyFile::parse("secrets.yaml", text)
}

/// The data of a secret that has text.
fn text_of(secret: &NewSecret) -> &str {
    match &secret.data {
        Some(NewValue::Text(text)) => text.expose(),
        _ => panic!("{} has no text", secret.name()),
    }
}

/// The message of the error that a changed sample gives.
fn refusal(from: &str, to: &str) -> String {
    assert!(LIKE_AECS20.contains(from), "{from}");
    match parse(&LIKE_AECS20.replacen(from, to, 1)) {
        Ok(_) => panic!("{to:?} was accepted"),
        Err(error) => error.to_string(),
    }
}

/// The rules of the first secret, with the first rule replaced by these lines.
fn rules(lines: &[&str]) -> Vec<UnifiedAttestationAttributes> {
    let from = "      - mrenclave: \"\"\n        mrsigner: \"\"";
    let text = LIKE_AECS20.replacen(from, &format!("      - {}", lines.join("\n        ")), 1);
    let text = text.replacen("        prodID: \"\"\n        minIsvSvn: \"0\"\n", "", 1);
    let text = text.replacen(
        "user_data: \"\"\n        spid: \"\"\n        debug_disabled: \"\"",
        "allow_any_enclave: false",
        1,
    );
    let file = parse(&text).unwrap();
    file.secrets[0].spec.policy.clone().unwrap().policy.unwrap().main_attributes
}

#[test]
fn the_sample_of_aecs20_loads_as_it_is() {
    let file = parse(LIKE_AECS20).unwrap();
    let names: Vec<&str> = file.secrets.iter().map(NewSecret::name).collect();
    assert_eq!(names, ["my-password", "my-key-pair", "my-own-key"]);

    let password = &file.secrets[0];
    assert_eq!(password.spec.r#type(), EnclaveSecretType::SecretTypeImportData);
    assert_eq!(password.spec.service_name, "service1");
    assert_eq!((password.spec.readonly.as_str(), password.spec.share.as_str()), ("true", "public"));
    assert_eq!(text_of(password), "hunter2");
    let policy = password.spec.policy.as_ref().unwrap();
    assert_eq!(policy.r#type(), EnclavePolicyType::PolicyTypeBound);
    let rule = &policy.policy.as_ref().unwrap().main_attributes[0];
    let nothing = UnifiedAttestationAttributes {
        str_min_isvsvn: "0".into(),
        ..UnifiedAttestationAttributes::default()
    };
    assert_eq!(rule, &nothing);

    let params: Vec<(&str, &str)> =
        file.secrets[1].params.iter().map(|(key, value)| (key.as_str(), value.expose())).collect();
    assert_eq!(params, [("pkcs_type", "pkcs8"), ("bit_length", "2048")]);
    assert!(file.secrets[1].data.is_none());

    // Left empty, not the text `null`.
    assert_eq!(file.secrets[2].spec.service_name, "");
}

#[test]
fn open_rules_are_reported_and_refused_on_demand() {
    let file = parse(LIKE_AECS20).unwrap();
    let secrets: Vec<&str> = file.open_rules().iter().map(OpenRule::secret).collect();
    assert_eq!(secrets, ["my-password", "my-key-pair", "my-own-key"]);
    let error = file.refuse_open_rules().err().unwrap();
    assert_eq!(
        error.to_string(),
        "secrets.yaml:12:9: this rule of `my-password` lets every enclave have the secret: it names \
         no platform, and without one only `measurement` and `mrsigner` of an SGX enclave (32 bytes) \
         and `publicKey` pin\n  \
         help: name the `platform`, and pin what docs/policies.md lists for it; or say \
         `allow_any_enclave: true`"
    );

    let text = LIKE_AECS20.replace("- mrenclave: \"\"", "- allow_any_enclave: true");
    assert!(parse(&text).unwrap().refuse_open_rules().is_ok());
    let signer = format!("- mrsigner: {}", "AB".repeat(32));
    let text = LIKE_AECS20.replace("        mrsigner: \"\"\n", "");
    let text = text.replace("- mrenclave: \"\"", &signer);
    assert!(parse(&text).unwrap().open_rules().is_empty());
}

#[test]
fn every_key_of_a_rule_reaches_its_attribute() {
    let mrenclave = format!("mrenclave: {}", "ab01".repeat(16));
    let mrsigner = format!("mrsigner: {}", "cd".repeat(96));
    let rules = rules(&[
        &mrenclave,
        &mrsigner,
        "prodID: 7",
        "minIsvSvn: 003",
        "user_data: 00ff",
        "spid: '10'",
        "debug_disabled: 1",
        "tcb_status: [UpToDate, 'SWHardeningNeeded, OutOfDate']",
        "boot_measurement: '0b'",
        "platform_measurement: '0c'",
        "secure_flags: '0d'",
    ]);
    let expected = UnifiedAttestationAttributes {
        hex_platform_measurement: "0C".into(),
        hex_boot_measurement: "0B".into(),
        hex_secure_flags: "0D".into(),
        hex_ta_measurement: "AB01".repeat(16),
        hex_signer: "CD".repeat(96),
        hex_prod_id: "7".into(),
        str_min_isvsvn: "3".into(),
        bool_debug_disabled: "true".into(),
        hex_user_data: "00FF".into(),
        hex_spid: "10".into(),
        str_tcb_status: "UpToDate,SWHardeningNeeded,OutOfDate".into(),
        ..UnifiedAttestationAttributes::default()
    };
    assert_eq!(rules, [expected]);
}

#[test]
fn a_list_of_measurements_is_one_entry_for_each() {
    let [one, two, three, signer] = ["01", "02", "03", "AA"].map(|byte| byte.repeat(32));
    let rules = rules(&[
        &format!("measurement: ['{three}', '{one}', '{two}']"),
        "mrenclave: ''",
        &format!("mrsigner: '{signer}'"),
    ]);
    let measured: Vec<&str> = rules.iter().map(|rule| rule.hex_ta_measurement.as_str()).collect();
    assert_eq!(measured, [three, one, two]);
    assert!(rules.iter().all(|rule| rule.hex_signer == signer));
}

#[test]
fn names_may_have_lists_of_values_and_stand_in_lists_of_mappings() {
    let [one, two] = ["01", "02"].map(|byte| byte.repeat(32));
    let pcrs = |rules: &[UnifiedAttestationAttributes]| {
        rules.iter().map(|rule| rule.str_pcrs.clone()).collect::<Vec<_>>()
    };
    let listed = rules(&[&format!("pcrs: {{4: ['{one}', '{two}'], 9: '{one}'}}")]);
    assert_eq!(pcrs(&listed), [format!("4={one},9={one}"), format!("4={two},9={one}")]);
    let listed = rules(&[
        "versions: [{driver: '570.124.06'}, {driver: '580.95.05', vbios: [a, b]}]",
        "minTcb: {snp: 23, microcode: 0x10}",
    ]);
    let versions: Vec<_> = listed.iter().map(|rule| rule.str_versions.as_str()).collect();
    let expected = ["driver=570.124.06", "driver=580.95.05,vbios=a", "driver=580.95.05,vbios=b"];
    assert_eq!(versions, expected);
    assert!(listed.iter().all(|rule| rule.str_min_tcb == "snp=23,microcode=16"));
    // Numbers, with and without quotes.
    let levels = |lines: &str| {
        let rules = rules(&[lines]);
        rules.iter().map(|rule| rule.str_vmpl.clone()).collect::<Vec<_>>()
    };
    assert_eq!(levels("vmpl: [0, 1]"), ["0", "1"]);
    assert_eq!((levels("vmpl: 1"), levels("vmpl: '1'")), (vec!["1".into()], vec!["1".into()]));
    let products = rules(&["prodID: [1, '7', 0]"]);
    let products: Vec<_> = products.iter().map(|rule| rule.hex_prod_id.as_str()).collect();
    assert_eq!(products, ["1", "7", "0"]);

    let many = ["00", "11", "22", "33", "44", "55", "66", "77"].map(|byte| byte.repeat(32));
    let many = many.join(", ");
    for (lines, message) in [
        ("pcrs: {4: []}".to_owned(), "12:16: `4` has no value"),
        ("pcrs: {4: }".to_owned(), "12:16: `4` has no value"),
        ("pcrs: [[a]]".to_owned(), "12:"),
        ("pcrs: [{}]".to_owned(), "12:9: the list of `pcrs` is empty"),
        ("versions: {driver: 580.10}".to_owned(), "12:"),
        ("vmpl: [0, 4]".to_owned(), "12:19: this should be a privilege level"),
        (
            format!("pcrs: {{1: [{many}], 2: [{many}], 3: [{many}]}}"),
            "the lists of `pcrs` have more than 256 combinations",
        ),
    ] {
        let refusal = refusal("mrenclave: \"\"", &lines);
        assert!(refusal.contains(message), "{lines}: {refusal}");
        assert!(!refusal.contains("scalar"), "{refusal}");
    }
    for (lines, place) in [("prodID: 010", "14:17"), ("prodID: [1, '007']", "14:21")] {
        let refusal = refusal("prodID: \"\"", lines);
        let message = format!("{place}: a product id has no leading zeros");
        assert!(refusal.contains(&message), "{lines}: {refusal}");
    }
}

#[test]
fn what_evidence_of_the_platform_never_has_is_refused() {
    // Only some platforms have a security version.
    let sample = LIKE_AECS20.replacen("        minIsvSvn: \"0\"\n", "", 1);
    let never = |lines: &str| {
        parse(&sample.replacen("mrenclave: \"\"", lines, 1)).err().unwrap().to_string()
    };
    for (lines, message) in [
        ("mrtd: {R}\n        platform: SEV_SNP", "12:9: evidence of SEV_SNP never has `mrtd`"),
        ("platform: TDX\n        chipId: ['AB']", "13:9: evidence of TDX never has `chipId`"),
        ("platform: AWS_NITRO\n        tcb: {minEvaluationNumber: 18}", "13:15: evidence of"),
        ("platform: [TDX, NVIDIA_GPU]\n        mrtd: {R}", "13:9: evidence of NVIDIA_GPU"),
    ] {
        let refusal = never(&lines.replace("{R}", &"AB".repeat(48)));
        assert!(refusal.contains(message), "{lines}: {refusal}");
    }
    let advice = never("platform: TDX\n        vmpl: 0");
    assert!(advice.ends_with("write it in a rule for SEV_SNP or AZURE_SNP_VTPM"), "{advice}");
    // Nothing is asked for.
    assert_eq!(rules(&["platform: TDX", "chipId: ''"]).len(), 1);
}

#[test]
fn nested_policies_keep_their_order() {
    let nested = "policy:
      nestedPolicies:
        groupName: workers
        policies:
        - enclaveMatchAnyRules:
          - mrsigner: '0A'
          - mrsigner: '0B'
        - enclaveMatchAnyRules:
          - measurement: ['0C', '0D']";
    let nested = ["0A", "0B", "0C", "0D"].iter().fold(nested.to_owned(), |nested, byte| {
        nested.replace(&format!("'{byte}'"), &format!("'{}'", byte.repeat(32)))
    });
    let file = parse(&LIKE_AECS20.replacen("policy:", &nested, 1)).unwrap();
    let policy = file.secrets[0].spec.policy.clone().unwrap().policy.unwrap();
    let nested = policy.nested_policies.unwrap();
    assert_eq!(nested.str_group_name, "workers");
    let counts: Vec<usize> = nested.policies.iter().map(|p| p.sub_attributes.len()).collect();
    assert_eq!(counts, [2, 2]);
    assert_eq!(nested.policies[1].sub_attributes[1].hex_ta_measurement, "0D".repeat(32));
}

#[test]
fn unknown_types_and_keys_are_not_guessed_at() {
    assert_eq!(
        refusal("SECRET_TYPE_AES256_KEY", "SECRET_TYPE_AES_KEY"),
        "secrets.yaml:37:11: unknown secret type `SECRET_TYPE_AES_KEY`\n  \
         help: did you mean `SECRET_TYPE_AES256_KEY`?"
    );
    assert_eq!(
        refusal("enclaveMatchAnyRules", "enclaveMatchAllRules"),
        "secrets.yaml:11:7: unknown key `enclaveMatchAllRules`\n  \
         help: did you mean `enclaveMatchAnyRules`?"
    );
    assert_eq!(
        refusal("debug_disabled", "debug_disable"),
        "secrets.yaml:18:9: unknown key `debug_disable`\n  help: did you mean `debug_disabled`?"
    );
    assert!(
        refusal("    policy:", "    policy:\n      type: NEVER").contains("unknown policy type")
    );
}

#[test]
fn what_is_missing_is_named() {
    assert!(
        refusal("    type: SECRET_TYPE_IMPORT_DATA\n", "").contains("the key `type` is missing")
    );
    assert!(refusal("name: my-password", "name:").contains("4:3: this secret has no name"));
    // A policy can be updated without it.
    let no_data = parse(&LIKE_AECS20.replacen("  data: hunter2\n", "", 1)).unwrap();
    assert_eq!(
        no_data.require_data().err().unwrap().to_string(),
        "secrets.yaml:4:3: there is no data to import for `my-password`\n  \
         help: add `data:` or `dataFile:` beside `spec:`"
    );
    let no_policy = "    policy:\n  data: hunter2\n";
    let (before, _) = LIKE_AECS20.split_once("    policy:").unwrap();
    for text in [format!("{before}{no_policy}"), format!("{before}  data: hunter2\n")] {
        assert_eq!(
            parse(&text).err().unwrap().to_string(),
            "secrets.yaml:4:3: `my-password` has no policy, so that nobody could ever get it\n  \
             help: add a rule to `enclaveMatchAnyRules` under `policy:`"
        );
    }
    for empty in ["", " \n", "# nothing yet\n"] {
        assert_eq!(parse(empty).err().unwrap().reason(), "the file is empty");
    }
    for (text, place) in [
        (
            "kind: SecretPolicy\nsecrets:\n",
            "secrets.yaml:2:8: nothing is here: this should be a list",
        ),
        (
            "kind: SecretPolicy\nsecrets: # soon\n",
            "secrets.yaml:2:8: nothing is here: this should be a list",
        ),
        (
            "kind: SecretPolicy\nsecrets:\n-\n",
            "secrets.yaml:3:2: nothing is here: this should be keys with their values",
        ),
        ("kind: SecretPolicy\nsecrets: no\n", "secrets.yaml:2:10: this should be a list"),
    ] {
        let error = parse(text).err().unwrap().to_string();
        assert!(error.starts_with(place), "{error}");
    }
    let none = "apiVersion: v1\nkind: SecretPolicy\nsecrets: []\n";
    assert_eq!(parse(none).err().unwrap().reason(), "the list of secrets is empty");
    let no_rules = LIKE_AECS20.replacen(
        "      - mrenclave: \"\"\n        debug_disabled: \"\"",
        "        []",
        1,
    );
    let error = parse(&no_rules).err().unwrap();
    assert!(error.reason().contains("nobody could ever get it"), "{error}");
    assert!(error.to_string().starts_with("secrets.yaml:35:3: "), "{error}");
}

#[test]
fn a_lifecycle_says_how_long_versions_are_kept() {
    let lifecycle = |keys: &str| {
        let text =
            LIKE_AECS20.replacen("    policy:", &format!("    lifecycle: {keys}\n    policy:"), 1);
        parse(&text).map(|file| file.secrets[0].spec.lifecycle)
    };
    assert_eq!(parse(LIKE_AECS20).unwrap().secrets[0].spec.lifecycle, None);
    assert_eq!(lifecycle("{}").unwrap(), None);
    let all = lifecycle(
        "{maxVersions: 3, keepFor: 30d, ttl: 12h, expiresAt: 2023-11-14T22:13:20Z, purgeAfter: 90m, rotateEvery: 30d}",
    );
    let expected = aecs_proto::EnclaveSecretLifecycle {
        max_versions: 3,
        keep_for_ms: 2_592_000_000,
        ttl_ms: 43_200_000,
        expires_at_ms: 1_700_000_000_000,
        purge_after_ms: 5_400_000,
        rotate_every_ms: 2_592_000_000,
    };
    assert_eq!(all.unwrap(), Some(expected));
    for (keys, remedy) in [
        ("{maxVersions: 0}", "1 to 100"),
        ("{maxVersions: 101}", "1 to 100"),
        ("{ttl: soon}", "12h"),
        ("{expiresAt: 2023-11-14}", "2030-12-31T23:59:59Z"),
        ("{rotateEvery: 59m}", "1h or more"),
        ("{keepfor: 1d}", "did you mean `keepFor`?"),
    ] {
        let error = lifecycle(keys).err().unwrap().to_string();
        assert!(error.contains(remedy), "{keys}: {error}");
    }
}

#[test]
fn a_use_says_what_is_done_with_a_key_and_rules_narrow_it() {
    let with = |usage: &str, rule: &str| {
        let text =
            LIKE_AECS20.replacen("    policy:", &format!("    use: {usage}\n    policy:"), 1);
        let rule = format!("      - mrenclave: \"\"\n{rule}");
        parse(&text.replacen("      - mrenclave: \"\"\n", &rule, 1))
    };
    let numbers = |uses: &[KeyUse]| uses.iter().map(|one| i32::from(*one)).collect::<Vec<_>>();
    let spec = |usage: &str, rule: &str| with(usage, rule).unwrap().secrets.remove(0).spec;
    assert_eq!(parse(LIKE_AECS20).unwrap().secrets[0].spec.r#use, None);
    let all = spec(
        "{operations: [sign, verify-mac], exportable: true, admin: rewrap, minDecryptVersion: 3}",
        "",
    );
    let expected = aecs_proto::EnclaveSecretUse {
        operations: numbers(&[KeyUse::Sign, KeyUse::VerifyMac]),
        exportable: true,
        admin: numbers(&[KeyUse::Rewrap]),
        min_decrypt_version: 3,
    };
    assert_eq!(all.r#use, Some(expected));
    assert!(all.policy.unwrap().rule_uses.is_empty());
    let few = spec("{operations: [sign]}", "        operations: [sign, get]\n");
    assert!(!few.r#use.unwrap().exportable, "by default, nobody gets the key");
    // A rule with lists is several entries: each is narrowed.
    let policy = few.policy.unwrap();
    let entries = policy.policy.unwrap().main_attributes.len();
    let narrowed = policy.rule_uses.iter().filter(|rule| !rule.operations.is_empty());
    assert_eq!(policy.rule_uses.len(), entries);
    assert!(narrowed.clone().count() >= 1);
    for rule in narrowed {
        assert_eq!(rule.operations, numbers(&[KeyUse::Sign, KeyUse::Get]));
    }
    for (usage, rule, part) in [
        ("{operations: [signn]}", "", "did you mean `sign`?"),
        ("{operations: [get]}", "", "unknown operation `get`"),
        ("{operation: [sign]}", "", "did you mean `operations`?"),
        ("{operations: [sign], minDecryptVersion: 0}", "", "number of a version"),
        ("{operations: [sign], exportable: maybe}", "", "this should be true or false"),
        ("{operations: [sign]}", "        operations: []\n", "the list of `operations` is empty"),
        ("{operations: [sign]}", "        operations: [enrypt]\n", "did you mean `encrypt`?"),
        ("{operations: [sign]}", "        operation: [sign]\n", "unknown key `operation`"),
    ] {
        let error = with(usage, rule).err().unwrap().to_string();
        assert!(error.contains(part), "{usage} {rule}: {error}");
    }
}

#[test]
fn an_unknown_parameter_is_named_where_it_is() {
    assert_eq!(
        refusal("bit_length", "bit-length"),
        "secrets.yaml:33:12: unknown parameter `bit-length` of a SECRET_TYPE_RSA_KEY_PAIR\n  \
         help: did you mean `bit_length`?"
    );
    let message = refusal("SECRET_TYPE_RSA_KEY_PAIR", "SECRET_TYPE_SM2_KEY_PAIR");
    assert!(message.contains("unknown parameter `pkcs_type` of a SECRET_TYPE_SM2"), "{message}");
    assert!(message.ends_with("help: this type has no parameters: remove it"), "{message}");
}

#[test]
fn binary_data_is_answered_with_the_command_that_takes_it() {
    for data in ["!!binary /w==", "!!binary no"] {
        let message = refusal("data: hunter2", &format!("data: {data}"));
        assert!(
            message.contains("this is binary data, but the file can have text only"),
            "{message}"
        );
        assert!(message.contains("`serviceadmin put SECRET --from-file FILE`"), "{message}");
    }
}

#[test]
fn the_version_of_a_file_says_what_readonly_means() {
    let protection = |version: &str, keys: &str| {
        let text = LIKE_AECS20.replacen("apiVersion: v1", &format!("apiVersion: {version}"), 1);
        let text = text.replacen("    readonly: \"true\"\n", keys, 1);
        parse(&text).map(|file| {
            let spec = &file.secrets[0].spec;
            (spec.readonly.clone(), spec.immutable)
        })
    };
    for (version, keys, readonly, immutable) in [
        ("v1", "", "", true),
        ("v1", "    readonly: \"false\"\n", "false", false),
        ("v1", "    readonly: \"true\"\n", "true", true),
        ("v1", "    readonly: \"true\"\n    immutable: false\n", "true", false),
        ("v2", "", "false", false),
        ("v2", "    readonly: true\n", "true", false),
        ("v2", "    immutable: true\n", "true", true),
    ] {
        let read = protection(version, keys).unwrap();
        assert_eq!(read, (readonly.to_owned(), immutable), "{version} {keys}");
    }
    assert!(protection("v3", "").err().unwrap().to_string().contains("unknown version `v3`"));
    assert!(protection("v2", "    readonly: yes please\n").is_err());
}

#[test]
fn a_secret_has_a_description_and_labels() {
    let about = |keys: &str| {
        let text = LIKE_AECS20.replacen("    policy:", &format!("{keys}    policy:"), 1);
        parse(&text).unwrap().secrets[0].spec.about.clone()
    };
    assert_eq!(about(""), None);
    let both = about("    description: for tests\n    labels:\n      tier: \"1\"\n      app: db\n");
    let both = both.unwrap();
    assert_eq!(both.description, "for tests");
    let labels: Vec<_> =
        both.labels.iter().map(|it| (it.name.as_str(), it.value.as_str())).collect();
    assert_eq!(labels, [("app", "db"), ("tier", "1")]);
    let long = "a".repeat(64);
    for (label, name) in [
        ("App: db", "App"),
        ("app: DB", "app"),
        ("\"\": db", ""),
        ("app: a/b", "app"),
        (&format!("{long}: b"), &long),
        (&format!("app: {long}"), "app"),
    ] {
        let text = format!("    labels:\n      {label}\n    policy:");
        let error = parse(&LIKE_AECS20.replacen("    policy:", &text, 1)).err().unwrap();
        let start = format!("the label `{name}` cannot be used");
        assert_eq!((error.reason(), error.line()), (start.as_str(), Some(11)), "{error}");
    }
}

#[test]
fn a_key_pair_can_be_given_as_pem() {
    let pair = aecs_crypto::generate::sm2_key_pair().unwrap();
    let with_data = |pem: &str| {
        let indented: String = pem.lines().map(|line| format!("    {line}\n")).collect();
        let text = LIKE_AECS20.replacen("SECRET_TYPE_RSA_KEY_PAIR", "SECRET_TYPE_SM2_KEY_PAIR", 1);
        let (params, at) =
            (text.find("    params:").unwrap(), text.find("- spec:\n    name: my-own-key"));
        parse(&format!("{}  data: |\n{indented}{}", &text[..params], &text[at.unwrap()..]))
    };
    let file = with_data(pair.private.expose()).unwrap();
    assert!(!text_of(&file.secrets[1]).contains("BEGIN"));
    let broken = pair.private.expose().replace("MHcC", "AAAA").replace("MIG", "AAA");
    let error = with_data(&broken).err().unwrap().to_string();
    assert!(error.contains("the data of `my-key-pair`") && error.contains("help: give"), "{error}");
}

#[test]
fn never_export_is_a_choice() {
    let text = LIKE_AECS20.replacen("policy:", "policy:\n      type: POLICY_TYPE_NEVER_EXPORT", 1);
    let file = parse(&text).unwrap();
    let policy = file.secrets[0].spec.policy.as_ref().unwrap();
    assert_eq!(policy.r#type(), EnclavePolicyType::PolicyTypeNeverExport);
}

#[test]
fn two_secrets_of_one_name_are_a_mistake() {
    assert_eq!(
        refusal("my-key-pair", "my-password"),
        "secrets.yaml:20:3: `my-password` of the same service is in this file twice\n  \
         help: give one of them another name"
    );
}

#[test]
fn no_error_shows_a_secret() {
    for planted in
        ["[hunter2]", "{hunter2: 1}", "\"hunter2", "!!binary hunter2", "*hunter2", "!!int hunter2"]
    {
        let message = refusal("data: hunter2", &format!("data: {planted}"));
        assert!(!message.contains("hunter2"), "{planted}: {message}");
    }
}

#[test]
fn a_bomb_does_not_go_off() {
    let mut text = String::from("kind: SecretPolicy\na: &a [x,x,x,x,x,x,x,x,x,x]\n");
    for (name, of) in [("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"), ("f", "e"), ("g", "f")] {
        let list = vec![format!("*{of}"); 10].join(",");
        text += &format!("{name}: &{name} [{list}]\n");
    }
    assert!(parse(&text).is_err());
    assert!(parse(&"[".repeat(100_000)).is_err());
    assert!(parse(&" ".repeat(MAX_BYTES + 1)).is_err());
}

#[test]
fn keys_of_every_platform_reach_their_attributes() {
    let (a, b) = ("ab".repeat(48), "cd".repeat(48));
    let lines = [
        format!("mrtd: {a}"),
        format!("rtmr3: ['{b}']"),
        "hostData: 0a".into(),
        "chip_id: 0b".into(),
        "vmpl: 1".into(),
        "migrationDisabled: true".into(),
        "minTcb: {bootloader: 3, microcode: 0115}".into(),
        "pcrs: '0=".to_owned() + &"0e".repeat(32) + ", 4=" + &"0f".repeat(32) + "'",
        "versions: {driver: \"535.86.09\"}".into(),
        "product: [Milan]".into(),
        "advisories: ['INTEL-SA-00001, INTEL-SA-00002', INTEL-SA-00003]".into(),
        "tcbDate: '2025-06-20T00:00:00Z'".into(),
        "eventLogVerified: 1".into(),
        "pageFaultsDisabled: true".into(),
        "publicKey: ".to_owned() + &"0c".repeat(32),
        "nonce: 0d".into(),
        "measured: direct-boot".into(),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let expected = UnifiedAttestationAttributes {
        hex_mrtd: a.to_uppercase(),
        hex_rtmr3: b.to_uppercase(),
        hex_host_data: "0A".into(),
        hex_chip_id: "0B".into(),
        str_vmpl: "1".into(),
        bool_migration_disabled: "true".into(),
        str_min_tcb: "bootloader=3,microcode=115".into(),
        str_pcrs: format!("0={},4={}", "0E".repeat(32), "0F".repeat(32)),
        str_versions: "driver=535.86.09".into(),
        str_product: "Milan".into(),
        str_advisory_ids: "INTEL-SA-00001,INTEL-SA-00002,INTEL-SA-00003".into(),
        str_tcb_date: "2025-06-20T00:00:00Z".into(),
        bool_event_log_verified: "true".into(),
        bool_page_faults_disabled: "true".into(),
        hex_hash_or_pem_pubkey: "0C".repeat(32),
        hex_nonce: "0D".into(),
        str_measured: "direct-boot".into(),
        ..UnifiedAttestationAttributes::default()
    };
    assert_eq!(rules(&lines), std::slice::from_ref(&expected));

    // What is written for an entry is read as the same entry.
    let written = super::super::rule::lines(&expected);
    let written: Vec<&str> = written.iter().map(String::as_str).collect();
    assert_eq!(rules(&written), [expected]);
}

#[test]
fn several_lists_are_every_combination_within_a_limit() {
    let signers = format!("mrsigner: ['{}', '{}']", "01".repeat(48), "02".repeat(48));
    let entries = rules(&[&signers, "product: [Milan, Genoa, Turin]"]);
    assert_eq!(entries.len(), 6);
    let distinct: BTreeSet<(&str, &str)> =
        entries.iter().map(|e| (e.hex_signer.as_str(), e.str_product.as_str())).collect();
    assert_eq!(distinct.len(), 6);

    let many: Vec<String> =
        (0..17).map(|i| format!("'{}'", format!("{i:02}").repeat(32))).collect();
    let list = format!("mrsigner: [{0}]\n        mrenclave: [{0}]", many.join(", "));
    let text = LIKE_AECS20.replacen("mrenclave: \"\"\n        mrsigner: \"\"", &list, 1);
    assert_eq!(
        parse(&text).err().unwrap().to_string(),
        "secrets.yaml:12:9: the lists of this rule have more than 256 combinations\n  \
         help: write several rules with shorter lists, or give the rule a `name`: a named rule keeps \
         its lists"
    );
}

/// The place of `platform` in a rule does not matter.
const SGX_MEASUREMENT_ON_SNP: &str = "\
measurement: \"83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E\"
        platform: SEV_SNP";

#[test]
fn values_that_cannot_be_meant_are_refused_where_they_are() {
    for (lines, message) in [
        ("mrenclave: abcd", "12:20: this has 4 hexadecimal digits, not 64"),
        (
            "measurement: [abcd]",
            "12:23: this has 4 hexadecimal digits, not 64 or 96 or 128 or 192\n  help: write the whole \
             value",
        ),
        (
            "platform: SGX_DCAP\n        measurement: [\"ABCD\"]",
            "13:23: this has 4 hexadecimal digits, not 64\n  help: write the whole value: 64 digits on \
             SGX_DCAP",
        ),
        (
            SGX_MEASUREMENT_ON_SNP,
            "12:22: this has 64 hexadecimal digits, not 96\n  help: write the whole value: 96 digits \
             on SEV_SNP",
        ),
        ("mrtd: ab", "12:15: this has 2 hexadecimal digits, not 96"),
        ("vmpl: 4", "12:15: this should be a privilege level"),
        ("pcrs: {0: ab}", "12:19: a register does not have 1 bytes"),
        ("pcrs: {99: ab}", "12:16: there is no such register"),
        ("pcrs: 'ab'", "12:15: `pcrs` takes names with their values"),
        ("versions: [a=1, a=2]", "12:25: `a` is given twice"),
        ("minTcb: {snp: new}", "12:23: this should be a security version"),
        ("minTcb: {snp: '+3'}", "12:23: this should be a security version"),
        ("tcbDate: today", "12:18: this should be a time"),
        ("publicKey: '00'", "12:20: this should be a public key"),
        ("tcb_status: Revoked", "12:21: unknown TCB status `Revoked`"),
        (
            "advisories: []",
            "12:9: the list of `advisories` is empty\n  help: leave the key out \
             to accept any, or write `advisories: [none]` to accept none",
        ),
        ("measurement: []", "12:9: the list of `measurement` is empty"),
        ("minTcb: {}", "12:9: the list of `minTcb` is empty"),
        ("pcrs: []", "12:9: the list of `pcrs` is empty"),
        ("min-tcb: {snp: 1}", "12:9: unknown key `min-tcb`\n  help: did you mean `minTcb`?"),
        (
            "str_tcb_status: UpToDate",
            "12:9: unknown key `str_tcb_status`\n  help: did you mean `tcb_status`?",
        ),
        ("hostdata: 00", "12:9: unknown key `hostdata`\n  help: did you mean `hostData`?"),
    ] {
        let message = format!("secrets.yaml:{message}");
        let refusal = refusal("mrenclave: \"\"", lines);
        assert!(refusal.starts_with(&message), "{lines}: {refusal}");
    }
}

#[test]
fn security_versions_are_as_large_as_guests_have_them() {
    // SEV-SNP has 32 bits for one, and Azure makes use of them.
    assert_eq!(rules(&["min_isv_svn: 65547"])[0].str_min_isvsvn, "65547");
    let text = LIKE_AECS20.replacen("minIsvSvn: \"0\"", "minIsvSvn: 4294967296", 1);
    let error = parse(&text).err().unwrap().to_string();
    assert!(error.contains("this should be a security version number"), "{error}");
}

#[test]
fn registers_that_code_sets_itself_do_not_close_a_rule() {
    let open = |lines: &str| {
        let text = LIKE_AECS20.replacen("mrenclave: \"\"", lines, 1);
        let text = text.replacen("        minIsvSvn: \"0\"\n", "", 1);
        parse(&text).unwrap().open_rules().iter().any(|rule| rule.secret() == "my-password")
    };
    let register = "ab".repeat(48);
    assert!(open(&format!("rtmr3: {register}")));
    let tdx = format!("platform: TDX\n        mrtd: {register}\n        rtmr1: {register}");
    assert!(open(&tdx));
    assert!(!open(&format!("{tdx}\n        rtmr2: {register}")));
    assert!(!open(&format!("platform: AWS_NITRO\n        pcrs: {{0: {register}}}")));
    let azure = format!("platform: AZURE_SNP_VTPM\n        boot_measurement: {register}");
    assert!(open(&azure));
    let own = "ab".repeat(32);
    assert!(open(&format!("{azure}\n        pcrs: {{4: {own}}}")));
    assert!(!open(&format!("{azure}\n        pcrs: {{4: {own}, 9: {own}}}")));
}

mod typed;

/// What the pages show can be copied: only the shortened values are to be filled in.
#[test]
fn every_policy_of_the_guide_loads_and_pins() {
    let guide = include_str!("../../../../../docs/guide/policies.md");
    let blocks: Vec<&str> =
        guide.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() > 10, "{}", blocks.len());
    for block in blocks {
        loads_and_pins(&of_policy(&filled_in(block)));
    }
    // A whole file, and the policies of devices beside the rule for the machine.
    let gpu = include_str!("../../../../../docs/platforms/nvidia-gpu.md");
    let blocks: Vec<&str> =
        gpu.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let [whole, nested] = blocks[..] else { panic!("{blocks:?}") };
    loads_and_pins(&filled_in(whole));
    let machine = "enclaveMatchAnyRules:\n- mrenclave: \"0A…\"\n";
    loads_and_pins(&of_policy(&filled_in(&format!("{machine}{nested}"))));
}

/// The values that a page shortens, with zeros.
fn filled_in(block: &str) -> String {
    let full = |line: &str| {
        let bytes = match line {
            line if line.contains("mrenclave") || line.contains("mrsigner: \"83") => 32,
            line if line.contains("chipId") => 64,
            _ => 48,
        };
        line.replace("…\"", &format!("{}\"", "0".repeat(2 * bytes - 2))) + "\n"
    };
    block.lines().map(full).collect()
}

/// A file with this policy.
fn of_policy(policy: &str) -> String {
    let policy: String = policy.lines().map(|line| format!("      {line}\n")).collect();
    format!(
        "apiVersion: v1\nkind: SecretPolicy\nsecrets:\n- spec:\n    name: a\n    \
         type: SECRET_TYPE_IMPORT_DATA\n    service: service1\n    policy:\n{policy}  data: x\n"
    )
}

fn loads_and_pins(file: &str) {
    let policy = parse(file).unwrap_or_else(|error| panic!("{file}{error}"));
    policy.refuse_open_rules().unwrap_or_else(|error| panic!("{file}{error}"));
}

#[test]
fn data_can_be_in_a_file_beside_the_policy() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.yaml");
    let text = |data: &str| {
        format!(
            "kind: SecretPolicy\nsecrets:\n- spec:\n    name: a\n    type: SECRET_TYPE_IMPORT_DATA\n    \
             service: service1\n    policy:\n      enclaveMatchAnyRules:\n      - mrenclave: \"{}\"\n  \
             dataFile: value\n{data}",
            "01".repeat(32)
        )
    };
    let load = |data: &str| {
        std::fs::write(&policy, text(data)).unwrap();
        SecretPolicyFile::load(&policy)
    };
    let refused = |data: &str| load(data).err().unwrap().to_string();
    let missing = refused("");
    assert!(missing.contains("cannot read the data in"), "{missing}");
    assert!(missing.contains("policy.yaml:10:"), "{missing}");

    let value = folder.path().join("value");
    std::fs::write(&value, "text\n").unwrap();
    assert_eq!(text_of(&load("").unwrap().require_data().unwrap().secrets[0]), "text\n");
    std::fs::write(&value, [0xFF, 0, 1]).unwrap();
    let file = load("").unwrap();
    let Some(NewValue::Binary(bytes)) = &file.secrets[0].data else { panic!("no binary data") };
    assert_eq!(bytes.expose(), [0xFF, 0, 1]);

    assert!(refused("  data: twice\n").contains("both `data` and `dataFile`"));
    std::fs::write(&value, "").unwrap();
    assert!(refused("").contains("is empty"));
    std::fs::write(&value, vec![0; crate::MOST_DATA + 1]).unwrap();
    assert!(refused("").contains("cannot read the data in"));
}
