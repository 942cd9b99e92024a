//! Rules that AECS 2.0 cannot express.

use aecs_attest::Policy;
use aecs_proto::json;
use prost::Message as _;
use serde_json::{Value, json};

use super::*;

/// The policy of a file of these lines, which stand under `policy:`.
fn read(lines: &str) -> Result<UnifiedAttestationPolicy, FileError> {
    let lines: String = lines.lines().map(|line| format!("      {line}\n")).collect();
    let file = format!(
        "apiVersion: v1\nkind: SecretPolicy\nsecrets:\n- spec:\n    name: a\n    \
         type: SECRET_TYPE_AES256_KEY\n    policy:\n{lines}"
    );
    let mut secrets = parse(&file)?.secrets;
    Ok(secrets.remove(0).spec.policy.unwrap().policy.unwrap())
}

fn policy(lines: &str) -> UnifiedAttestationPolicy {
    let policy = read(lines).unwrap_or_else(|error| panic!("{lines}\n{error}"));
    Policy::parse(&policy).unwrap_or_else(|error| panic!("{lines}\n{error}"));
    // What is stored and sent is read back as the same.
    assert_eq!(
        json::from_str::<UnifiedAttestationPolicy>(&json::to_string(&policy)).unwrap(),
        policy
    );
    let stored = policy.encode_to_vec();
    assert_eq!(UnifiedAttestationPolicy::decode(stored.as_slice()).unwrap(), policy);
    policy
}

/// The rules of a typed policy, as JSON.
fn typed(lines: &str) -> Value {
    let policy = policy(lines);
    assert!(policy.main_attributes.is_empty() && policy.nested_policies.is_none());
    serde_json::to_value(policy.typed.unwrap()).unwrap()["parts"].clone()
}

fn conditions(lines: &str) -> Value {
    typed(&format!("enclaveMatchAnyRules:\n- {lines}"))[0]["attester"]["rules"][0]["conditions"]
        .clone()
}

const CHIP: &str = "A1";

#[test]
fn what_2_0_can_express_is_written_as_2_0_has_it() {
    let plain =
        policy("enclaveMatchAnyRules:\n- platform: SGX_DCAP\n  tcb: {pceSvn: 13, qeSvn: 8}");
    assert!(plain.typed.is_none());
    assert_eq!(plain.main_attributes[0].str_min_tcb, "pce=13,qe=8");
    let merged =
        policy("enclaveMatchAnyRules:\n- tcb: {tdxModule: 6, min: [{pce: 1}, {pce: 2}], qeSvn: 8}");
    let minima: Vec<&str> =
        merged.main_attributes.iter().map(|entry| entry.str_min_tcb.as_str()).collect();
    assert_eq!(minima, ["pce=1,tdxModule=6,qe=8", "pce=2,tdxModule=6,qe=8"]);
    let text = policy("enclaveMatchAnyRules:\n- minTcb: \"pce=1\"\n");
    assert_eq!(text.main_attributes[0].str_min_tcb, "pce=1");
    let text = policy("enclaveMatchAnyRules:\n- tcb: {min: \"pce=1\", qeSvn: 8}");
    assert_eq!(text.main_attributes[0].str_min_tcb, "pce=1,qe=8");
}

#[test]
fn conditions_are_written_as_they_are() {
    let any = |attribute: &str, values: Value| json!({ "anyOf": { "attribute": attribute, "values": values } });
    let none = |attribute: &str, values: Value| json!({ "noneOf": { "attribute": attribute, "values": values } });
    assert_eq!(
        conditions(
            "name: prod\n  platform: [SEV_SNP, AZURE_SNP_VTPM]\n  not: {chipId: [a1, b2], \
             advisories: [X]}\n  validUntil: \"2026-12-31T00:00:00Z\""
        ),
        json!([
            any("str_tee_platform", json!(["SEV_SNP", "AZURE_SNP_VTPM"])),
            none("str_advisory_ids", json!(["X"])),
            none("hex_chip_id", json!(["A1", "B2"])),
            { "validUntilMs": "1798675200000" },
        ])
    );
    assert_eq!(
        conditions(&format!("not: {{ifAbsent: admit, chipId: {CHIP}}}")),
        json!([{ "noneOfIfPresent": { "attribute": "hex_chip_id", "values": ["A1"] } }])
    );
    for (grace, end) in [
        ("until: \"2026-12-31T00:00:00Z\"", json!({ "untilMs": "1798675200000" })),
        ("for: 30d", json!({ "forMs": "2592000000" })),
    ] {
        assert_eq!(
            conditions(&format!("tcb: {{outOfDate: {{{grace}}}, status: [UpToDate]}}")),
            json!([any("str_tcb_status", json!(["UpToDate"])), { "outOfDate": end }])
        );
    }
}

#[test]
fn one_rule_in_typed_form_makes_all_of_them_typed() {
    let parts = typed(
        "enclaveMatchAnyRules:\n- name: a\n  platform: TDX\n- product: [Milan, Genoa]\n\
         nestedPolicies:\n  groupName: g\n  policies:\n  - enclaveMatchAnyRules:\n    - platform: NVIDIA_GPU",
    );
    let rules = &parts[0]["attester"]["rules"];
    assert_eq!(rules[0]["name"], "a");
    assert_eq!(rules[1]["conditions"][0]["anyOf"]["values"], json!(["Milan", "Genoa"]));
    assert_eq!(parts[1]["nested"]["groupName"], "g");
    assert_eq!(parts[1]["nested"]["attesters"].as_array().unwrap().len(), 1);
    // A list may be longer than the combinations of 2.0's entries.
    let chips: Vec<String> = (0..2000).map(|i| format!("\"{i:08}\"")).collect();
    let many = conditions(&format!("name: fleet\n  chipId: [{}]", chips.join(", ")));
    assert_eq!(many[0]["anyOf"]["values"].as_array().unwrap().len(), 2000);
}

#[test]
fn devices_are_counted_by_their_kinds() {
    let parts = typed(
        "enclaveMatchAnyRules:\n- platform: TDX\ndevices:\n  NVIDIA_GPU: {count: {min: 8}, each: \
         {driver: \">=550.90.07\", vbios: [\"96.A\", \"96.B\"]}}\n  NVIDIA_SWITCH: {count: 4}\n",
    );
    let each = json!({ "conditions": [{ "anyOf": { "attribute": "str_versions", "values": [
        "driver=>=550.90.07,vbios=96.A", "driver=>=550.90.07,vbios=96.B"
    ] } }] });
    assert_eq!(
        parts[1]["devices"]["kinds"],
        json!([
            { "platform": "NVIDIA_GPU", "minCount": 8, "maxCount": u32::MAX, "each": each },
            { "platform": "NVIDIA_SWITCH", "minCount": 4, "maxCount": 4 },
        ])
    );
    let parts = typed("enclaveMatchAnyRules:\n- platform: TDX\ndevices: {NVIDIA_GPU: }\n");
    assert_eq!(parts[1]["devices"]["kinds"][0]["minCount"], 1);
}

#[test]
fn what_is_wrong_is_named_where_it_is() {
    let rule = |lines: &str| format!("enclaveMatchAnyRules:\n- {lines}");
    let devices =
        |lines: &str| format!("enclaveMatchAnyRules:\n- platform: TDX\ndevices:\n  {lines}");
    let mut wrong = Vec::new();
    for (lines, message) in [
        (rule("name: a b"), "9:15: this should be the name of a rule"),
        (rule("name: a\n- name: a"), "10:9: `a` is the name of two rules"),
        (rule("validUntil: tomorrow"), "9:21: this should be a time"),
        (rule("not: {ifAbsent: maybe}"), "9:25: `ifAbsent` is admit or deny, got `maybe`"),
        (rule("not: {minIsvSvn: 1}"), "9:15: `minIsvSvn` is no value to exclude"),
        (rule("not: {tcb: {min: {pce: 1}}}"), "9:21: `min` is no value to exclude"),
        (rule("not: {measured: direct-boot}"), "9:15: `measured` is no value to exclude"),
        (rule("not: {chipId: []}"), "9:15: the list of `chipId` is empty"),
        (rule("not: {chipID: AA}"), "9:15: unknown key `chipID`"),
        (
            rule("not: {not: {chipId: AA}}"),
            "9:15: the key `not` cannot stand here\n  help: write it in the rule itself",
        ),
        (
            rule(&format!("measurement: {0}\n  mrenclave: {0}", "AA".repeat(32))),
            "10:9: `measurement` and `mrenclave` are the same",
        ),
        (rule("not: [chipId]"), "9:9: this should be keys with values"),
        (rule("platform: TDX\n  not: {vmpl: 1}"), "10:15: evidence of TDX never has `vmpl`"),
        (rule("tcb: {outOfDate: {}}"), "9:26: `outOfDate` takes either `until` or `for`"),
        (rule("tcb: {outOfDate: {for: 30}}"), "9:32: this should be a length of time"),
        (rule("tcb: {outOfDate: {until: 2026}}"), "9:34: this should be a time"),
        (rule("tcb: {tdxModule: \"1.5.06\"}"), "9:26: this should be a security version"),
        (rule("tcb: {outOfDat: {for: 30d}}"), "9:15: unknown key `outOfDat` under `tcb`"),
        (rule("tcb: {pceSvn: 1, min: {pce: 2}}"), "9:15: `pce` is given twice"),
        (devices("GPU: {count: 8}"), "11:9: unknown kind of device `GPU`"),
        (devices("NVIDIA_GPU: {count: {min: 8, max: 4}}"), "11:29: `min` is 8 and `max` is 4"),
        (devices("NVIDIA_GPU: {count: many}"), "11:22: this should be a number"),
        (
            devices(&format!("NVIDIA_GPU: {{each: {{mrtd: {}}}}}", "AA".repeat(48))),
            "11:29: evidence of NVIDIA_GPU never has `mrtd`",
        ),
        (devices("NVIDIA_GPU: {each: {drivr: 1}}"), "11:29: unknown key `drivr`"),
    ] {
        let error = read(&lines).err().map(|error| error.to_string()).unwrap_or_default();
        let expected = format!("secrets.yaml:{message}");
        if !error.starts_with(&expected) || !error.contains("\n  help: ") {
            wrong.push(format!("{lines}\n{error}\n{expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let both = format!("{}\nnestedPolicies: {{policies: []}}", devices("NVIDIA_GPU: {count: 8}"));
    assert!(read(&both).err().unwrap().to_string().contains("two forms of the same"));
}

#[test]
fn exclusions_alone_leave_a_rule_open() {
    let open = |rule: &str| {
        let text = LIKE_AECS20.replacen("mrenclave: \"\"\n        mrsigner: \"\"", rule, 1);
        let file = parse(&text).map_err(|error| error.to_string()).unwrap();
        let rules = file.open_rules().iter();
        rules.filter(|rule| rule.secret() == "my-password").count() == 1
    };
    let signer = "ab".repeat(32);
    assert!(open(&format!("not: {{mrsigner: {signer}}}")));
    assert!(open("platform: SGX_DCAP\n        not: {chipId: AA, ifAbsent: admit}"));
    assert!(!open(&format!("mrsigner: {signer}\n        not: {{advisories: [X]}}")));
}

/// What each rule allows of a key, by the words of the file.
fn uses(lines: &str) -> Result<(UnifiedAttestationPolicy, Vec<Vec<i32>>), FileError> {
    let mut lines: String = lines.lines().map(|line| format!("      {line}\n")).collect();
    for short in ["A1", "A2", "A3", "A4"] {
        lines = lines.replace(short, &short.repeat(32));
    }
    let file = format!(
        "kind: SecretPolicy\nsecrets:\n- spec:\n    name: a\n    type: SECRET_TYPE_AES256_KEY\n    \
         use: {{operations: [encrypt, decrypt]}}\n    policy:\n{lines}"
    );
    let policy = parse(&file)?.secrets.remove(0).spec.policy.unwrap();
    let uses = policy.rule_uses.into_iter().map(|rule| rule.operations).collect();
    Ok((policy.policy.unwrap(), uses))
}

#[test]
fn what_a_rule_allows_of_a_key_stands_beside_its_entries_or_its_rule() {
    let [encrypt, decrypt] = [KeyUse::Encrypt, KeyUse::Decrypt].map(|one| vec![i32::from(one)]);
    let rules = "enclaveMatchAnyRules:\n- mrenclave: [A1, A2]\n  operations: [encrypt]\n- \
                 mrenclave: A3\n- mrenclave: A4\n  operations: [decrypt]\n";
    let (plain, of_plain) = uses(rules).unwrap();
    assert_eq!(plain.main_attributes.len(), 4);
    assert_eq!(of_plain, [encrypt.clone(), encrypt.clone(), vec![], decrypt.clone()]);
    // One rule in typed form makes all of them such rules.
    let (typed, of_typed) = uses(&format!("{rules}  name: last")).unwrap();
    let parts = typed.typed.unwrap().parts;
    let Some(Part::Attester(attester)) = &parts[0].part else { panic!("{parts:?}") };
    assert_eq!(attester.rules.len(), 3);
    assert_eq!(of_typed, [encrypt, vec![], decrypt]);
}

#[test]
fn what_a_rule_for_a_nested_attester_would_allow_is_refused() {
    let nested = "enclaveMatchAnyRules:\n- mrenclave: A1\nnestedPolicies:\n  policies:\n  - \
                  enclaveMatchAnyRules:\n    - mrenclave: A2\n      operations: [encrypt]";
    let error = uses(nested).err().unwrap().to_string();
    assert!(error.contains("`operations` narrows no rule for a nested attester"), "{error}");
}

#[test]
fn rules_refer_to_named_lists() {
    assert_eq!(
        conditions(
            "platform: SEV_SNP\n  chipId: {list: fleet}\n  code: {set: [a, b]}\n  not: {chipId: {list: \
             [stolen, old]}, ifAbsent: admit}"
        ),
        json!([
            { "anyOf": { "attribute": "str_tee_platform", "values": ["SEV_SNP"] } },
            { "inLists": { "attribute": "hex_chip_id", "lists": ["fleet"] } },
            { "inNoListIfPresent": { "attribute": "hex_chip_id", "lists": ["stolen", "old"] } },
            { "inSets": { "sets": ["a", "b"] } },
        ])
    );
    assert_eq!(
        conditions("mrenclave: {list: builds}\n  not: {ppid: {list: stolen}}"),
        json!([
            { "inLists": { "attribute": "hex_ta_measurement", "lists": ["builds"] } },
            { "inNoList": { "attribute": "hex_ppid", "lists": ["stolen"] } },
        ])
    );
    for (rule, reason) in [
        ("tcb_status: {list: a}", "cannot be kept in a named list"),
        ("prodID: {list: a}", "a text in quotes, or a list of them"),
        ("chipId: {lists: a}", "unknown key `lists`"),
        ("chipId: {list: []}", "the list of `chipId` is empty"),
        ("chipId: {list: \"a/b\"}", "this should be the name of a list"),
        ("code: {set: []}", "names no set of measurements"),
        ("not: {code: {set: a}}", "the key `code` cannot stand here"),
        ("platform: TDX\n  chipId: {list: a}", "evidence of TDX never has `chipId`"),
    ] {
        let error = read(&format!("enclaveMatchAnyRules:\n- {rule}")).unwrap_err().to_string();
        assert!(error.contains(reason), "{rule}: {error}");
    }
}

#[test]
fn a_list_pins_what_its_values_do() {
    let opens = |rule: &str| {
        let file = format!(
            "kind: SecretPolicy\nsecrets:\n- spec:\n    name: a\n    type: SECRET_TYPE_AES256_KEY\n    \
             policy:\n      enclaveMatchAnyRules:\n      - {rule}\n"
        );
        !parse(&file).unwrap().open_rules().is_empty()
    };
    assert!(!opens("code: {set: a}"));
    assert!(!opens("{platform: SGX_DCAP, measurement: {list: a}}"));
    assert!(!opens("publicKey: {list: a}"));
    assert!(opens("measurement: {list: a}"), "on some platforms it pins nothing");
    assert!(opens("{platform: SEV_SNP, boot_measurement: {list: a}}"));
    assert!(opens("{platform: SGX_DCAP, ppid: {list: a}}"));
    assert!(opens("{platform: SGX_DCAP, not: {measurement: {list: a}}}"));
}

#[test]
fn init_data_and_firmware_are_written_as_what_attests_them() {
    let digest = "AB".repeat(32);
    let rule = |keys: &str| {
        let policy = policy(&format!("enclaveMatchAnyRules:\n- {{{keys}}}"));
        policy.main_attributes[0].clone()
    };
    let tdx = rule(&format!("platform: TDX, initData: \"sha256:{digest}\""));
    assert_eq!(tdx.hex_mrconfigid, format!("{digest}{}", "00".repeat(16)));
    let snp = rule(&format!("platform: SEV_SNP, initData: {digest}, minFirmware: \"1.55.29\""));
    assert_eq!(
        (snp.hex_host_data, snp.str_versions),
        (digest.clone(), "firmware=>=1.55.29".into())
    );
    // SHA-256 of 32 zeros and the digest.
    let azure = rule(&format!("platform: AZURE_SNP_VTPM, initData: {}", "00".repeat(32)));
    let extended = "F5A5FD42D16A20302798EF6ED309979B43003D2320D9F0E8EA9831A92759FB4B";
    assert_eq!(azure.str_pcrs, format!("8={extended}"));
    for (keys, reason) in [
        (format!("initData: {digest}"), "depends on the platform"),
        (format!("platform: [TDX, SEV_SNP], initData: {digest}"), "depends on the platform"),
        (format!("platform: SEV_SNP, initData: {}", "AB".repeat(48)), "should be the digest"),
        ("platform: TDX, initData: \"AB\"".into(), "should be the digest"),
        (format!("platform: SEV_SNP, initData: {digest}, hostData: {digest}"), "are the same"),
        ("platform: SEV_SNP, minFirmware: new".into(), "the limit of a version"),
        ("platform: TDX, minFirmware: \"1\"".into(), "never has `minFirmware`"),
    ] {
        let error = read(&format!("enclaveMatchAnyRules:\n- {{{keys}}}")).unwrap_err().to_string();
        assert!(error.contains(reason), "{keys}: {error}");
    }
}
