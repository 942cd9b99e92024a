//! Policies held against evidence: which rule admits or denies it, why, and what would help.

use aecs_attest::{Attester as _, ReportRequest, TcbStatus, UserData, sign_nested_results};
use aecs_proto::{
    UnifiedAttestationAttributes, UnifiedAttestationNestedResult, UnifiedAttestationNestedResults,
    json,
};
use aecs_sim::{EnclaveIdentity, EvaluationNumbers};

use super::World;
use crate::run_in;

const SECRETS: &str = r#"apiVersion: v1
kind: SecretPolicy
secrets:
- spec:
    name: by-signer
    type: SECRET_TYPE_AES256_KEY
    service: s
    policy:
      enclaveMatchAnyRules:
      - measurement: "0000000000000000000000000000000000000000000000000000000000000000"
        prodID: "9"
      - mrsigner: "SIGNER"
- spec:
    name: new-version
    type: SECRET_TYPE_AES256_KEY
    service: s
    policy:
      enclaveMatchAnyRules:
      - measurement: "0000000000000000000000000000000000000000000000000000000000000000"
        prodID: "9"
      - mrsigner: "SIGNER"
        minIsvSvn: 77
"#;

/// A world with a policy file for the signer of its report.
fn world() -> World {
    let world = World::new();
    world.passport();
    let signer = world.attest("verify {DIR}/report.json --output json").json()[0]["attributes"]
        ["hex_signer"]
        .as_str()
        .unwrap()
        .to_owned();
    world.write("secrets.yaml", SECRETS.replace("SIGNER", &signer));
    world
}

#[test]
fn the_rule_that_admits_is_named_with_its_place() {
    let world = world();
    let line = "explain {DIR}/report.json --policy {DIR}/secrets.yaml --secret by-signer";
    let ran = world.attest(line);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("secret by-signer: ADMITTED by the rule at "), "{}", ran.stdout);
    assert!(ran.stdout.contains("secrets.yaml:12:9"), "{}", ran.stdout);
    let json = world.attest(&format!("{line} --output json")).json();
    assert_eq!(json["admitted"], true);
    let rules = &json["policies"][0]["rules"];
    assert_eq!((&rules[0]["admits"], &rules[1]["admits"]), (&false.into(), &true.into()));
    let defaults =
        rules[1]["comparisons"].as_array().unwrap().iter().filter(|c| c["default"] == true);
    assert_eq!(defaults.count(), 2, "the TCB status and debugging");
}

#[test]
fn a_denial_is_explained_by_the_nearest_rule_and_a_remedy() {
    let world = world();
    let line = "verify {DIR}/report.json --policy {DIR}/secrets.yaml";
    let ran = world.attest(&format!("{line} --output json"));
    assert_eq!(ran.code, 77, "one of the two policies denies it");
    let result = &ran.json()[0];
    assert_eq!((&result["genuine"], &result["admitted"]), (&true.into(), &false.into()));
    let denied = &result["policies"][1];
    assert_eq!((&denied["secret"], &denied["admitted"]), (&"new-version".into(), &false.into()));
    let remedies = denied["remedies"].as_array().unwrap();
    assert_eq!(remedies.len(), 1, "the other rule has more mismatches");
    assert_eq!(remedies[0]["rule"], "main_attributes[1]");
    assert_eq!(remedies[0]["attribute"], "str_min_isvsvn");
    assert_eq!(remedies[0]["expected"], "at least 77");
    assert_eq!(remedies[0]["ruleLine"], "minIsvSvn: \"1\"");
    assert!(remedies[0]["attester"].as_str().unwrap().contains("later version of the code"));
    assert!(remedies[0]["place"].as_str().unwrap().ends_with("secrets.yaml:21:9"));
    let (error, help) = ran.json_error();
    assert!(error.contains("the policy of secret `new-version` denies this evidence"), "{error}");
    assert!(error.contains("minIsvSvn expected at least 77, found 1"), "{error}");
    assert!(help.starts_with("run a later version of the code"), "{help}");

    let text = world.attest(line).stdout;
    assert!(text.contains("GENUINE, but DENIED"), "{text}");
    assert!(text.contains("What would make it pass:"), "{text}");
    assert!(text.contains("or in the rule: minIsvSvn: \"1\""), "{text}");
    assert!(text.contains("(careful: known weaknesses of older code are then accepted)"), "{text}");
}

#[test]
fn what_evidence_does_not_have_is_not_to_be_asked_for() {
    let world = world();
    let mrtd = "AB".repeat(48);
    world.write("policy.yaml", format!("enclaveMatchAnyRules:\n- mrtd: \"{mrtd}\"\n"));
    let line = "explain {DIR}/report.json --policy {DIR}/policy.yaml";
    let ran = world.attest(&format!("{line} --output json"));
    assert_eq!(ran.code, 77);
    let remedy = &ran.json()["policies"][0]["remedies"][0];
    assert_eq!((&remedy["actual"], &remedy["ruleWithout"]), (&"nothing".into(), &"mrtd".into()));
    assert!(remedy["ruleLine"].is_null(), "{remedy}");
    let text = world.attest(line);
    assert!(text.stdout.contains("    in the rule: no line with `mrtd`"), "{}", text.stdout);
    assert!(
        text.stderr.contains("the rule would admit it with no line with `mrtd`"),
        "{}",
        text.stderr
    );
}

#[test]
fn an_old_platform_has_to_be_updated_or_accepted() {
    let world = world();
    world.cpu.set_tcb_status(TcbStatus::OutOfDate, &["INTEL-SA-00001"]).unwrap();
    world.passport();
    let line = "explain {DIR}/report.json --policy {DIR}/secrets.yaml --secret by-signer";
    let ran = world.attest(&format!("{line} --output json"));
    assert_eq!(ran.code, 77);
    let remedy = &ran.json()["policies"][0]["remedies"][0];
    assert_eq!(remedy["attribute"], "str_tcb_status");
    assert!(remedy["attester"].as_str().unwrap().starts_with("update the platform: firmware"));
    let accepted = remedy["ruleLine"].as_str().unwrap();
    assert_eq!(accepted, "tcb_status: [\"OutOfDate\", \"UpToDate\"]");

    // The advice, followed.
    let policy = std::fs::read_to_string(world.path().join("secrets.yaml")).unwrap();
    let policy =
        policy.replacen("      - mrsigner", &format!("      - {accepted}\n        mrsigner"), 1);
    world.write("secrets.yaml", policy);
    assert_eq!(world.attest(line).code, 0);
}

/// A policy with a rule for each platform of a fleet, and an older version.
const FLEET: &str = r#"enclaveMatchAnyRules:
- platform: SEV_SNP
  boot_measurement: "00"
- platform: SGX_DCAP
  measurement: [VERSIONS]
  mrsigner: "SIGNER"
  minIsvSvn: 77
"#;

#[test]
fn the_rule_for_the_platform_is_the_one_to_change() {
    let world = world();
    let signer = world.attest("verify {DIR}/report.json --output json").json()[0]["attributes"]
        ["hex_signer"]
        .clone();
    let signer = signer.as_str().unwrap();
    let versions = ["00", "01"].map(|byte| format!("\"{}\"", byte.repeat(32))).join(", ");
    let fleet = FLEET.replace("SIGNER", signer).replace("VERSIONS", &versions);
    world.write("fleet.yaml", &fleet);
    let line = "explain {DIR}/report.json --policy {DIR}/fleet.yaml";
    let ran = world.attest(line);
    assert_eq!(ran.code, 77);
    // Each written rule once, and of the one for another platform nothing but that.
    assert_eq!(ran.stdout.matches("fleet.yaml:2:3 ").count(), 1, "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("other platform").count(), 1, "{}", ran.stdout);
    assert!(!ran.stdout.contains("boot_measurement"), "{}", ran.stdout);
    let error = &ran.stderr;
    assert!(error.contains("nearest is the rule at ") && error.contains(":4:3: "), "{error}");
    assert!(error.contains("; the result lists the others"), "{error}");

    let json = world.attest(&format!("{line} --output json")).json();
    let policy = &json["policies"][0];
    assert_eq!(policy["rules"].as_array().unwrap().len(), 3, "a list is one rule for each value");
    let change = policy["remedies"][0]["ruleLine"].as_str().unwrap();
    assert!(change.starts_with(&format!("measurement: [{versions}, \"")), "{change}");

    // The advice, followed: what the rule admitted it still admits.
    let text = fleet.replace(&format!("measurement: [{versions}]"), change);
    world.write("fleet.yaml", text.replace("minIsvSvn: 77", "minIsvSvn: 0"));
    assert_eq!(world.attest(line).code, 0);
}

#[test]
fn where_no_rule_is_for_the_platform_none_is_to_be_changed() {
    let world = world();
    world.write(
        "other.yaml",
        "enclaveMatchAnyRules:\n- platform: SEV_SNP\n  boot_measurement: \"00\"\n",
    );
    let line = "explain {DIR}/report.json --policy {DIR}/other.yaml";
    let ran = world.attest(line);
    assert_eq!(ran.code, 77);
    assert!(ran.stdout.contains("No rule is for platform SGX_DCAP: add a rule"), "{}", ran.stdout);
    assert!(ran.stderr.contains("no rule is for platform SGX_DCAP"), "{}", ran.stderr);
    let json = world.attest(&format!("{line} --output json")).json();
    let policy = &json["policies"][0];
    assert_eq!(policy["noRuleFor"], "SGX_DCAP");
    assert!(policy["remedies"].as_array().unwrap().is_empty(), "{policy}");
}

#[test]
fn only_rules_of_the_secret_that_is_asked_for_are_warned_of() {
    let world = world();
    let text = SECRETS.replacen("mrsigner: \"SIGNER\"", "prodID: \"1\"", 2);
    let open = text.replacen("- prodID: \"1\"", "- mrsigner: \"SIGNER\"", 1);
    world.write("secrets.yaml", open.replace("SIGNER", &"AB".repeat(32)));
    let line = "explain {DIR}/report.json --policy {DIR}/secrets.yaml";
    let all = world.attest(line).stderr;
    assert!(all.contains("this rule of `new-version` lets every enclave"), "{all}");
    for (secret, warned) in [("by-signer", false), ("new-version", true)] {
        let one = world.attest(&format!("{line} --secret {secret}")).stderr;
        assert_eq!(one.contains("lets every enclave"), warned, "{secret}: {one}");
        assert_eq!(one.matches("warning: simulation: ").count(), 1, "it is said once: {one}");
    }
}

#[test]
fn what_the_server_accepts_can_be_said() {
    let world = world();
    world.cpu.set_tcb_status(TcbStatus::OutOfDate, &[]).unwrap();
    world.passport();
    let line = "explain {DIR}/report.json --policy {DIR}/secrets.yaml --secret by-signer";
    assert_eq!(world.attest(line).code, 77);
    let accepting = format!("{line} --accepted-tcb-statuses UpToDate,OutOfDate");
    assert_eq!(world.attest(&accepting).code, 0);
}

#[test]
fn a_policy_made_of_an_old_platform_admits_it_when_it_is_updated() {
    let world = World::new();
    world.cpu.set_tcb_status(TcbStatus::OutOfDate, &[]).unwrap();
    world.passport();
    let made = world.attest("policy {DIR}/report.json").stdout;
    assert!(made.contains("tcb_status: [\"UpToDate\", \"OutOfDate\"]"), "{made}");
    world.write("policy.yaml", &made);
    let line = "verify {DIR}/report.json --policy {DIR}/policy.yaml";
    assert_eq!(world.attest(line).code, 0);
    world.cpu.set_tcb_status(TcbStatus::UpToDate, &[]).unwrap();
    world.passport();
    assert_eq!(world.attest(line).code, 0);
}

/// A machine of this signer, with one GPU.
const GPU: &str = r#"enclaveMatchAnyRules:
- mrsigner: "SIGNER"
nestedPolicies:
  policies:
  - enclaveMatchAnyRules:
    - platform: NVIDIA_GPU
      teeName: HOPPER
      versions: {driver: "DRIVER"}
"#;

#[test]
fn results_of_devices_are_held_against_their_rules() {
    let world = World::new();
    let gpu = UnifiedAttestationAttributes {
        str_tee_platform: "NVIDIA_GPU".into(),
        str_tee_name: "HOPPER".into(),
        str_versions: "driver=580.95.05,vbios=96.00.74.00.1A".into(),
        ..Default::default()
    };
    let results = UnifiedAttestationNestedResults {
        results: vec![UnifiedAttestationNestedResult { result: Some(gpu) }],
        ..Default::default()
    };
    let nested = sign_nested_results(&world.key, &results).unwrap();
    let passport = ReportRequest::passport(UserData([0; 32]), world.key.public());
    let request = ReportRequest { nested: Some(&nested), ..passport };
    let identity = EnclaveIdentity::default();
    let signer = hex::encode_upper(identity.mrsigner);
    let mut report = world.cpu.enclave(identity).attest(&request).unwrap();
    world.write("report.json", json::to_string(&report));
    let policy = GPU.replace("SIGNER", &signer);
    world.write("good.yaml", policy.replace("DRIVER", "580.95.05"));
    world.write("bad.yaml", policy.replace("DRIVER", "535.86.09"));

    let line = "explain {DIR}/report.json --policy {DIR}";
    let ran = world.attest(&format!("{line}/good.yaml"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = world.attest(&format!("{line}/bad.yaml --output json"));
    assert_eq!(ran.code, 77);
    let remedy = &ran.json()["policies"][0]["remedies"][0];
    assert!(remedy["place"].as_str().unwrap().ends_with("bad.yaml:6:7"), "{remedy}");
    assert_eq!(remedy["actual"], "driver=580.95.05");
    assert_eq!(remedy["ruleLine"], "versions: {driver: \"580.95.05\"}");

    // Without the key nobody is known to have signed them.
    report.pem_public_key.clear();
    world.write("report.json", json::to_string(&report));
    let ran = world.attest(&format!("{line}/good.yaml"));
    assert_eq!(ran.code, 77);
    assert!(ran.stderr.contains("nearest is the rule at nestedPolicies: "), "{}", ran.stderr);
}

#[test]
fn the_policy_made_of_evidence_admits_it() {
    let world = World::new();
    world.passport();
    let made = world.attest("policy {DIR}/report.json");
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stdout.starts_with("enclaveMatchAnyRules:\n"), "{}", made.stdout);
    assert!(made.stdout.contains("platform: \"SGX_DCAP\""), "{}", made.stdout);
    assert!(made.stdout.contains("# SIMULATION: "), "{}", made.stdout);
    assert!(!made.stdout.contains("\n  user_data"), "it differs in every report: {}", made.stdout);
    world.write("policy.yaml", &made.stdout);
    let ran = world.attest("verify {DIR}/report.json --policy {DIR}/policy.yaml --output json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()[0]["admitted"], true);

    // Other code is not admitted.
    let other = world.report(
        aecs_attest::ReportType::Passport,
        aecs_sim::EnclaveIdentity { mrenclave: [9; 32], ..Default::default() },
    );
    world.write("other.json", other.json());
    let ran = world.attest("verify {DIR}/other.json --policy {DIR}/policy.yaml --output json");
    assert_eq!(ran.code, 77);
    assert_eq!(ran.json()[0]["policies"][0]["remedies"][0]["attribute"], "hex_ta_measurement");
}

#[test]
fn no_policy_is_made_of_evidence_that_is_refused() {
    let world = World::new();
    world.passport();
    let ran = world.run("policy {DIR}/report.json");
    assert_eq!((ran.code, ran.stdout.as_str()), (77, ""));
}

#[test]
fn a_policy_that_is_none_is_told_where() {
    let world = world();
    world.write("bad.yaml", "enclaveMatchAnyRules:\n- mrtd: \"00\"\n");
    world.write("open.yaml", "enclaveMatchAnyRules:\n- platform: SGX_DCAP\n");
    let ran = world.attest("verify {DIR}/report.json --policy {DIR}/bad.yaml");
    assert_eq!(ran.code, 65);
    assert!(
        ran.stderr.contains("bad.yaml:2:9: this has 2 hexadecimal digits, not 96"),
        "{}",
        ran.stderr
    );
    let ran = world.attest("verify {DIR}/report.json --policy {DIR}/open.yaml");
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("this rule lets every enclave in"), "{}", ran.stderr);
    let ran = world.attest("verify {DIR}/report.json --policy {DIR}/secrets.yaml --secret none");
    assert_eq!(ran.code, 65);
    assert!(ran.stderr.contains("has no policy of a secret `none`"), "{}", ran.stderr);
}

#[test]
fn h25_evaluation_number() {
    let world = World::new();
    let judge = |policy: &str, flags: &str| {
        world.passport();
        world.write("policy.yaml", policy);
        world.attest(&format!(
            "explain {{DIR}}/report.json --output json --policy {{DIR}}/policy.yaml{flags}"
        ))
    };
    let rule = |number: u32| {
        format!(
            "enclaveMatchAnyRules:\n- platform: SGX_DCAP\n  allow_any_enclave: true\n  tcb: \
             {{minEvaluationNumber: {number}, status: [UpToDate]}}\n"
        )
    };
    let numbers = |tcb_info, qe_identity, listed: &[u32]| EvaluationNumbers {
        tcb_info,
        qe_identity,
        listed: listed.to_vec(),
    };
    world.cpu.set_evaluation_numbers(numbers(19, 17, &[])).unwrap();
    assert_eq!(judge(&rule(17), "").code, 0);
    let denied = judge(&rule(18), "");
    assert_eq!(denied.code, 77, "{}", denied.stderr);
    let remedy = &denied.json()["policies"][0]["remedies"][0];
    assert_eq!(remedy["attribute"], "str_tcb_evaluation_number");
    assert_eq!(remedy["actual"], "17");
    assert_eq!(remedy["ruleLine"], "minEvaluationNumber: \"17\"");

    assert_eq!(judge(&rule(17), " --tcb-evaluation 18").code, 77);
    let not_judged = judge(&rule(17), " --tcb-evaluation newest");
    assert_eq!(not_judged.code, 77);
    assert!(not_judged.stderr.contains("not judged"), "{}", not_judged.stderr);
    world.cpu.set_evaluation_numbers(numbers(19, 19, &[18, 19])).unwrap();
    assert_eq!(judge(&rule(17), " --tcb-evaluation newest").code, 0);

    let misspelt = judge(&rule(17).replace("minEvaluationNumber", "minEvaluationNumer"), "");
    assert_eq!(misspelt.code, 65);
    let fault = "unknown key `minEvaluationNumer` under `tcb`";
    assert!(misspelt.stderr.contains(fault), "{}", misspelt.stderr);
    let text = judge(&rule(17).replace("17", "soon"), "");
    assert!(text.stderr.contains("this should be a TCB evaluation number"), "{}", text.stderr);
}

#[test]
fn a_policy_is_tested_in_ci() {
    let world = world();
    let report = std::fs::read(world.path().join("report.json")).unwrap();
    world.write("other.json", report);
    let test = |secret: &str, line: &str| {
        let policy = format!("policy test {{DIR}}/secrets.yaml --secret {secret}");
        run_in(world.path(), &format!("serviceadmin {policy} {line}"))
    };
    let root = "--simulated-root {DIR}/root.der";
    let both = "--evidence {DIR}/report.json {DIR}/other.json";
    let ran = test("by-signer", &format!("{root} {both}"));
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stdout.matches(" ok").count(), 2, "{}", ran.stdout);
    // What differs is explained.
    let one = "--evidence {DIR}/report.json --denied {DIR}/other.json";
    let ran = test("by-signer", &format!("{root} {one}"));
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    assert!(ran.stdout.contains("WRONG") && ran.stdout.contains("ADMITTED by the rule at"));
    assert!(ran.stderr.contains("1 of 2 verdicts are not as expected"), "{}", ran.stderr);
    let denied = "--denied {DIR}/report.json";
    let ran = test("new-version", &format!("{root} {denied}"));
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    // Evidence that is not genuine says nothing of a policy.
    let ran = test("new-version", &format!("{denied} -o json"));
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    assert_eq!(ran.json()["cases"][0]["found"], "refused");
    let ran = test("new-version", denied);
    assert!(ran.stdout.contains("--simulated-root FILE"), "{}", ran.stdout);
}

#[test]
fn a_policy_of_the_server_has_no_named_lists() {
    let world = world();
    let rule =
        |more: &str| format!("enclaveMatchAnyRules:\n- mrenclave: \"{}\"{more}\n", "AB".repeat(32));
    let compile = |text: String| {
        world.write("applications.yaml", text);
        run_in(world.path(), "serviceadmin policy compile {DIR}/applications.yaml")
    };
    assert_eq!(compile(rule("")).code, 0);
    let ran = compile(rule("\n  not: {ppid: {list: stolen}}"));
    assert_eq!((ran.code, &*ran.stdout), (65, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("refers to the named list stolen"), "{}", ran.stderr);
}

#[test]
fn named_lists_come_from_files() {
    let world = world();
    let report = world.attest("verify {DIR}/report.json --output json").json();
    let measurement = report[0]["attributes"]["hex_ta_measurement"].as_str().unwrap().to_owned();
    world.write(
        "policy.yaml",
        format!(
            "enclaveMatchAnyRules:\n- code: {{set: builds}}\n  not: {{ppid: {{list: stolen}}}}\n\
             - mrenclave: \"{}\"\n",
            "AB".repeat(32)
        ),
    );
    let lists = |measurement: &str| {
        format!(
            "kind: NamedLists\nlists:\n- name: builds\n  measurements:\n  - {{name: v1, platform: SGX_DCAP, \
             mrenclave: \"{measurement}\"}}\n- name: stolen\n  attribute: ppid\n  values: []\n"
        )
    };
    world.write("lists.yaml", lists(&measurement));
    let line = "explain {DIR}/report.json --policy {DIR}/policy.yaml";
    let ran = world.attest(line);
    assert_eq!(ran.code, 65, "{}", ran.stderr);
    assert!(ran.stderr.contains("main_attributes[0]: there is no list `stolen`"), "{}", ran.stderr);
    let ran = world.attest(&format!("{line} --lists {{DIR}}/lists.yaml"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    world.write("lists.yaml", lists(&"CD".repeat(32)));
    let ran = world.attest(&format!("{line} --lists {{DIR}}/lists.yaml"));
    assert_eq!(ran.code, 77);
    assert!(ran.stderr.contains("an entry of set builds"), "{}", ran.stderr);
}
