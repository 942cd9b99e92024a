//! Policies in typed form: what they admit, what they say, and what they refuse to be.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_attest::{
    Acceptance, Attester as _, Attributes, Circumstances, Error, NamedList, NamedLists, Policy,
    ReportRequest, TcbStatus, Unpinned, Verified, compare, sign_nested_results,
};
use aecs_proto::{
    AttestationPolicy, UnifiedAttestationAttributes, UnifiedAttestationNestedResult,
    UnifiedAttestationNestedResults, UnifiedAttestationPolicy, json,
};
use aecs_sim::EnclaveIdentity;
use prost::Message as _;
use serde_json::{Value, json};

use crate::attestation::support::{Simulation, USER_DATA, policy};

/// 2026-01-01.
const NOW: Duration = Duration::from_secs(1_767_225_600);
const MS: i64 = 1_767_225_600_000;

fn now() -> SystemTime {
    UNIX_EPOCH + NOW
}

/// A policy of these rules, as a client sends it.
fn of(rules: &Value) -> UnifiedAttestationPolicy {
    let policy = json!({ "typed": { "parts": [{ "attester": { "rules": rules } }] } });
    json::from_str(&policy.to_string()).unwrap()
}

fn of_rule(conditions: &Value) -> UnifiedAttestationPolicy {
    of(&json!([{ "conditions": conditions }]))
}

/// What a policy says of an attester at [`NOW`], in words; nothing if it admits it. Admission and
/// explanation are the same.
#[track_caller]
fn denied(attributes: &Verified<Attributes>, policy: &UnifiedAttestationPolicy) -> Vec<String> {
    denied_at(attributes, policy, now())
}

#[track_caller]
fn denied_at(
    attributes: &Verified<Attributes>,
    policy: &UnifiedAttestationPolicy,
    now: SystemTime,
) -> Vec<String> {
    let policy = Policy::parse(policy).unwrap();
    let acceptance = Acceptance::default();
    let circumstances = Circumstances::new(&acceptance, now);
    let explanation = policy.explain(attributes.get(), circumstances);
    let mismatches = match policy.admit(attributes, circumstances) {
        Ok(_) => Vec::new(),
        Err(denial) => denial.mismatches,
    };
    assert_eq!(explanation.mismatches(), mismatches);
    assert_eq!(explanation.admits(), mismatches.is_empty());
    mismatches.iter().map(ToString::to_string).collect()
}

fn enclave(simulation: &Simulation) -> Verified<Attributes> {
    simulation.cpu.set_tcb_status(TcbStatus::UpToDate, &["INTEL-SA-1", "INTEL-SA-2"]).unwrap();
    simulation.attributes_of(EnclaveIdentity {
        mrenclave: [0xAB; 32],
        svn: 7,
        ..EnclaveIdentity::default()
    })
}

/// Each rule of `typed.json`, beside what it says of one enclave. `AECS_BLESS=1` writes the latter
/// again.
#[test]
fn rules_say_what_the_golden_file_has() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/attest/golden/typed.json");
    let golden: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let attributes = enclave(&Simulation::new());
    let actual: Vec<Value> = golden
        .as_array()
        .unwrap()
        .iter()
        .map(|case| {
            let rules = json!([case["rule"]]);
            json!({ "rule": case["rule"], "denied": denied(&attributes, &of(&rules)) })
        })
        .collect();
    let actual = Value::from(actual);
    if std::env::var_os("AECS_BLESS").is_some() {
        let text = serde_json::to_string_pretty(&actual).unwrap();
        std::fs::write(&path, text + "\n").unwrap();
    }
    assert_eq!(actual, golden, "AECS_BLESS=1 accepts it");
}

#[test]
fn a_name_is_what_denials_call_a_rule() {
    let attributes = enclave(&Simulation::new());
    let wrong = json!([{ "anyOf": { "attribute": "str_tee_platform", "values": ["TDX"] } }]);
    let rules = json!([{ "name": "prod-tdx", "conditions": wrong }, { "conditions": wrong }]);
    assert_eq!(
        denied(&attributes, &of(&rules)),
        [
            "prod-tdx.str_tee_platform: expected TDX, found SGX_DCAP",
            "main_attributes[1].str_tee_platform: expected TDX, found SGX_DCAP",
        ]
    );
}

#[test]
fn a_rule_ends_when_it_says() {
    let attributes = enclave(&Simulation::new());
    let until = |ms: i64| of_rule(&json!([{ "validUntilMs": ms.to_string() }]));
    assert!(denied(&attributes, &until(MS + 1)).is_empty());
    let ended = "main_attributes[0].validUntil: expected before 2026-01-01T00:00:00Z, found \
                 2026-01-01T00:00:00Z";
    assert_eq!(denied(&attributes, &until(MS)), [ended]);
    // Who does not know the time admits nobody by it.
    let policy = Policy::parse(&until(MS + 1)).unwrap();
    assert!(policy.admit(&attributes, &Acceptance::default()).is_err());
}

#[test]
fn grace_ends_and_is_never_for_a_platform_below_all_levels() {
    let simulation = Simulation::new();
    let grace = |end: Value| of_rule(&json!([{ "outOfDate": end }]));
    let until = |ms: i64| grace(json!({ "untilMs": ms.to_string() }));
    let up_to_date = enclave(&simulation);
    assert!(denied(&up_to_date, &until(0)).is_empty(), "it only adds");

    simulation.cpu.set_tcb_status(TcbStatus::OutOfDate, &[]).unwrap();
    let old = simulation.attributes();
    assert!(denied(&old, &until(MS + 1)).is_empty());
    assert_eq!(
        denied(&old, &until(MS)),
        ["main_attributes[0].str_tcb_status: expected one of UpToDate, or OutOfDate until \
          2026-01-01T00:00:00Z (default), found OutOfDate"]
    );
    // These levels have no date of a newer one: there is nothing to count from.
    assert!(old.as_proto().str_tcb_out_of_date_since.is_empty());
    assert_eq!(denied(&old, &grace(json!({ "forMs": i64::MAX.to_string() }))).len(), 1);

    // It takes nothing away from what the rule accepts anyway.
    let accepted = json!([
        { "outOfDate": { "untilMs": (MS + 1).to_string() } },
        { "anyOf": { "attribute": "str_tcb_status", "values": ["OutOfDate"] } },
    ]);
    assert!(denied(&old, &of_rule(&accepted)).is_empty());

    // It excuses nobody whom the rule excludes.
    let excluded = json!([
        { "outOfDate": { "untilMs": (MS + 1).to_string() } },
        { "noneOf": { "attribute": "str_tcb_status", "values": ["OutOfDate"] } },
    ]);
    assert_eq!(denied(&old, &of_rule(&excluded)).len(), 1);

    // What is to be configured is still to be configured.
    simulation.cpu.set_tcb_status(TcbStatus::OutOfDateConfigurationNeeded, &[]).unwrap();
    let misconfigured = simulation.attributes();
    assert_eq!(denied(&misconfigured, &until(MS + 1)).len(), 1);
    let accepted = json!([
        { "outOfDate": { "untilMs": (MS + 1).to_string() } },
        { "anyOf": { "attribute": "str_tcb_status", "values": ["ConfigurationNeeded"] } },
    ]);
    assert!(denied(&misconfigured, &of_rule(&accepted)).is_empty());
}

/// An enclave that vouches for devices: the platform and the driver of each.
fn with_devices(devices: &[(&str, &str)]) -> Verified<Attributes> {
    let simulation = Simulation::new();
    let result = |(platform, driver): &(&str, &str)| UnifiedAttestationNestedResult {
        result: Some(UnifiedAttestationAttributes {
            str_tee_platform: (*platform).into(),
            str_versions: format!("driver={driver}"),
            ..Default::default()
        }),
    };
    let results = UnifiedAttestationNestedResults {
        results: devices.iter().map(result).collect(),
        ..Default::default()
    };
    let nested = sign_nested_results(&simulation.key, &results).unwrap();
    let request = ReportRequest {
        nested: Some(&nested),
        ..ReportRequest::passport(USER_DATA, simulation.key.public())
    };
    simulation.verify(&simulation.enclave().attest(&request).unwrap()).unwrap()
}

#[test]
fn devices_are_counted_and_each_has_to_satisfy_the_rule() {
    let kind = |platform: &str, min: u32, max: u32, driver: &str| {
        let driver = json!({ "attribute": "str_versions", "values": [format!("driver={driver}")] });
        json!({
            "platform": platform, "minCount": min, "maxCount": max,
            "each": { "conditions": [{ "anyOf": driver }] },
        })
    };
    let of = |kinds: Value| {
        let attester = json!({ "attester": { "rules": [{}] } });
        let parts = json!([attester, { "devices": { "kinds": kinds } }]);
        json::from_str::<UnifiedAttestationPolicy>(
            &json!({ "typed": { "parts": parts } }).to_string(),
        )
        .unwrap()
    };
    let gpus = kind("NVIDIA_GPU", 2, u32::MAX, ">=550");
    let wanted = of(json!([gpus, kind("NVIDIA_SWITCH", 1, 1, "1")]));
    let (gpu, switch) = (("NVIDIA_GPU", "550.1"), ("NVIDIA_SWITCH", "1"));
    for order in [[gpu, gpu, switch], [switch, gpu, gpu]] {
        assert!(denied(&with_devices(&order), &wanted).is_empty());
    }
    assert!(denied(&with_devices(&[gpu, gpu, switch, gpu]), &wanted).is_empty());
    for (devices, why) in [
        (vec![gpu, switch], "devices.NVIDIA_GPU.count: expected at least 2, found 1"),
        (vec![gpu, gpu, switch, switch], "devices.NVIDIA_SWITCH.count: expected 1, found 2"),
        (
            vec![gpu, ("NVIDIA_GPU", "549.9"), switch],
            "nested_policies.policies[1][0].str_versions: expected driver=>=550, found driver=549.9",
        ),
        (
            vec![gpu, gpu, switch, ("SGX_DCAP", "1")],
            "nested_policies.policies[3][0].str_tee_platform: expected NVIDIA_GPU or NVIDIA_SWITCH, \
             found SGX_DCAP",
        ),
    ] {
        assert_eq!(denied(&with_devices(&devices), &wanted), [why]);
    }
    assert_eq!(denied(&enclave(&Simulation::new()), &wanted).len(), 2, "nobody vouches for any");
    // A kind that is not listed is not admitted; nor is a device by a policy without devices.
    assert_eq!(denied(&with_devices(&[gpu, gpu, switch]), &of(json!([gpus]))).len(), 1);
    assert_eq!(denied(&with_devices(&[gpu]), &of_rule(&json!([]))).len(), 1);

    // A stored policy is as strict as the expected one.
    let passes = |stored: &Value, expected: &Value| {
        compare(&of(json!([stored])), &of(json!([expected]))).is_ok()
    };
    assert!(passes(&gpus, &gpus));
    assert!(passes(&kind("NVIDIA_GPU", 4, 8, ">=550"), &gpus));
    assert!(!passes(&kind("NVIDIA_GPU", 1, 8, ">=550"), &gpus));
    assert!(!passes(&kind("NVIDIA_GPU", 4, 8, "1"), &gpus));
    assert!(!passes(&kind("NVIDIA_SWITCH", 4, 8, ">=550"), &gpus));
    assert!(compare(&of_rule(&json!([])), &wanted).is_err());
    assert!(compare(&wanted, &of_rule(&json!([]))).is_err());
    for wrong in [
        json!([gpus, gpus]),
        json!([kind("SGX_DCAP", 1, 1, "1")]),
        json!([kind("NVIDIA_GPU", 2, 1, "1")]),
    ] {
        assert!(Policy::parse(&of(wrong.clone())).is_err(), "{wrong}");
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    let value = |attribute: &str, value: &str| json!({ "attribute": attribute, "values": [value] });
    let signer = value("hex_signer", "AB");
    for (rules, attribute) in [
        (json!([{ "conditions": [{}] }]), "conditions"),
        (json!([{ "conditions": [{ "outOfDate": {} }] }]), "tcb.outOfDate"),
        (json!([{ "conditions": [{ "outOfDate": { "forMs": "0" } }] }]), "tcb.outOfDate"),
        (json!([{ "conditions": [{ "anyOf": value("hex_new", "AB") }] }]), "attribute"),
        (json!([{ "conditions": [{ "anyOf": value("str_verified_time", "1") }] }]), "attribute"),
        (json!([{ "conditions": [{ "anyOf": value("hex_signer", "A") }] }]), "hex_signer"),
        (json!([{ "conditions": [{ "anyOf": value("hex_signer", "") }] }]), "hex_signer"),
        (json!([{ "conditions": [{ "anyOf": { "attribute": "hex_signer" } }] }]), "hex_signer"),
        (json!([{ "conditions": [{ "anyOf": signer }, { "anyOf": signer }] }]), "hex_signer"),
        (json!([{ "conditions": [{ "noneOf": value("str_min_isvsvn", "1") }] }]), "str_min_isvsvn"),
        (
            json!([{ "conditions": [{ "anyOf": value("str_tcb_status", "BelowAllLevels") }] }]),
            "str_tcb_status",
        ),
        (json!([{ "name": "a b" }]), "name"),
        (json!([{ "name": "main[0]" }]), "name"),
        (json!([{ "name": "a" }, { "name": "a" }]), "name"),
    ] {
        match Policy::parse(&of(&rules)).unwrap_err() {
            Error::Policy { attribute: found, .. } => assert_eq!(found, attribute, "{rules}"),
            other => panic!("{rules}: {other}"),
        }
    }
    for parts in [json!([]), json!([{}]), json!([{ "attester": {} }, {}])] {
        let policy = json!({ "typed": { "parts": parts } });
        let policy: UnifiedAttestationPolicy = json::from_str(&policy.to_string()).unwrap();
        assert!(Policy::parse(&policy).is_err(), "{parts}");
    }
    // Rules of both forms would be one too many for a reader of either.
    let typed = of_rule(&json!([{ "anyOf": signer }])).typed;
    let both = UnifiedAttestationPolicy { typed, ..policy(vec![Default::default()]) };
    assert!(Policy::parse(&both).is_err());
}

/// A later version adds kinds of parts and conditions under numbers that this one does not know.
#[test]
fn a_kind_of_a_later_version_is_refused_and_not_ignored() {
    let known = of_rule(&json!([{ "validUntilMs": (MS + 1).to_string() }])).typed.unwrap();
    let bytes = known.encode_to_vec();
    assert_eq!(AttestationPolicy::decode(bytes.as_slice()).unwrap(), known);
    // The key of field 4, a varint, and that of field 15.
    let (old, new) = (4 << 3, 15 << 3);
    let at = bytes.iter().position(|byte| *byte == old).unwrap();
    let mut later = bytes;
    later[at] = new;
    let typed = AttestationPolicy::decode(later.as_slice()).unwrap();
    let policy = UnifiedAttestationPolicy { typed: Some(typed), ..Default::default() };
    let error = Policy::parse(&policy).unwrap_err().to_string();
    assert!(error.contains("does not know"), "{error}");
    let unknown = r#"{"typed":{"parts":[{"attester":{"rules":[{"conditions":[{"later":1}]}]}}]}}"#;
    assert!(json::from_str::<UnifiedAttestationPolicy>(unknown).is_err());
    // Nor does a reader that knows nothing of this form see a wider policy.
    let before = UnifiedAttestationPolicy { typed: None, ..policy };
    assert!(!denied(&enclave(&Simulation::new()), &before).is_empty());
}

#[test]
fn exclusions_and_ends_pin_nothing() {
    let any = |attribute: &str, value: &str| json!({ "anyOf": { "attribute": attribute, "values": [value] } });
    let none = |attribute: &str, value: &str| json!({ "noneOf": { "attribute": attribute, "values": [value] } });
    let code = "AB".repeat(32);
    let platform = any("str_tee_platform", "SGX_DCAP");
    let until = json!({ "validUntilMs": "1" });
    let unpinned = |conditions: Value| {
        let policy = Policy::parse(&of_rule(&conditions)).unwrap();
        policy.unpinned().next().map(|(_, why)| why)
    };
    for open in [
        json!([none("hex_ta_measurement", &code)]),
        json!([platform, none("hex_ta_measurement", &code)]),
        json!([platform, none("hex_signer", &code), until]),
        json!([platform, any("hex_ppid", &"AB".repeat(16))]),
        json!([platform, { "outOfDate": { "forMs": "1000" } }]),
        json!([platform, none("hex_hash_or_pem_pubkey", &code)]),
    ] {
        assert!(unpinned(open.clone()).is_some(), "{open}");
    }
    assert!(unpinned(json!([platform, any("hex_ta_measurement", &code), until])).is_none());

    // Of several platforms each has to be pinned, and of several values each has to pin.
    let both = json!({
        "anyOf": { "attribute": "str_tee_platform", "values": ["SGX_DCAP", "SEV_SNP"] }
    });
    let why = unpinned(json!([both, any("hex_ta_measurement", &code)])).unwrap();
    assert!(matches!(why, Unpinned::Lacks { platform: aecs_attest::Platform::SevSnp, .. }));
    let pcrs = |values: &[&str]| {
        json!([
            any("str_tee_platform", "AWS_NITRO"),
            { "anyOf": { "attribute": "str_pcrs", "values": values } },
        ])
    };
    assert!(unpinned(pcrs(&["0=AB", "0=CD,4=AB"])).is_none());
    assert!(unpinned(pcrs(&["0=AB", "4=AB"])).is_some());
}

/// A stored value that admits many is not as strict as an exclusion of one of them.
#[test]
fn a_stored_rule_admits_nothing_that_is_expected_to_be_excluded() {
    for (attribute, stored, excluded, strict) in [
        ("str_versions", "driver=5", "driver=6", true),
        ("str_versions", "driver=5", "driver=>=6", true),
        ("str_versions", "driver=6", "driver=>=6", false),
        ("str_versions", "driver=>=5", "driver=6", false),
        ("str_versions", "driver=>=5", "driver=<5", false),
        ("str_versions", "driver=5", "vbios=1", false),
        ("str_pcrs", "0=AA", "0=BB", true),
        ("str_pcrs", "0=AA", "4=BB", false),
        ("hex_user_data", "ABCD", "AC", true),
        ("hex_user_data", "ABCD", "AB", false),
        ("hex_user_data", "AB", "ABCD", false),
        ("str_advisory_ids", "SA-1", "SA-2", true),
        ("str_advisory_ids", "SA-1,SA-2", "SA-2", false),
    ] {
        let condition = |kind: &str, value: &str| {
            of_rule(&json!([{ kind: { "attribute": attribute, "values": [value] } }]))
        };
        let compared =
            compare(&condition("anyOf", stored), &condition("noneOfIfPresent", excluded));
        assert_eq!(compared.is_ok(), strict, "{stored} without {excluded}: {compared:?}");
    }
}

#[test]
fn a_stored_rule_is_as_strict_as_the_expected_one() {
    let any = |attribute: &str, values: &[&str]| json!({ "anyOf": { "attribute": attribute, "values": values } });
    let none =
        |values: &[&str]| json!({ "noneOf": { "attribute": "hex_chip_id", "values": values } });
    let passes =
        |stored: Value, expected: Value| compare(&of_rule(&stored), &of_rule(&expected)).is_ok();
    let until = |ms: i64| json!({ "validUntilMs": ms.to_string() });
    let grace = |ms: i64| json!({ "outOfDate": { "forMs": ms.to_string() } });
    let signer = |values: &[&str]| json!([any("hex_signer", values)]);
    assert!(passes(signer(&["AA"]), signer(&["AA", "BB"])));
    assert!(!passes(signer(&["AA", "CC"]), signer(&["AA", "BB"])));
    assert!(passes(json!([none(&["AA", "BB"])]), json!([none(&["AA"])])));
    assert!(!passes(json!([none(&["AA"])]), json!([none(&["AA", "BB"])])));
    assert!(!passes(json!([]), json!([none(&["AA"])])));
    assert!(passes(json!([any("hex_chip_id", &["CC"])]), json!([none(&["AA"])])));
    assert!(!passes(json!([any("hex_chip_id", &["CC", "AA"])]), json!([none(&["AA"])])));
    let lenient = json!({ "noneOfIfPresent": { "attribute": "hex_chip_id", "values": ["AA"] } });
    assert!(passes(json!([none(&["AA"])]), json!([lenient])));
    assert!(!passes(json!([lenient]), json!([none(&["AA"])])));
    assert!(!passes(json!([]), json!([lenient])));
    assert!(passes(json!([lenient]), json!([lenient])));
    assert!(passes(json!([until(5)]), json!([until(6)])));
    assert!(!passes(json!([until(6)]), json!([until(5)])));
    assert!(!passes(json!([]), json!([until(5)])));
    assert!(passes(json!([until(5)]), json!([])));
    assert!(passes(json!([]), json!([grace(5)])));
    assert!(passes(json!([grace(5)]), json!([grace(6)])));
    assert!(!passes(json!([grace(6)]), json!([grace(5)])));
    assert!(!passes(json!([grace(6)]), json!([])));
    // Both forms compare with each other.
    let plain = policy(vec![aecs_proto::UnifiedAttestationAttributes {
        hex_signer: "AA".into(),
        ..Default::default()
    }]);
    assert!(compare(&of_rule(&signer(&["AA"])), &plain).is_ok());
    assert!(compare(&plain, &of_rule(&signer(&["AA", "BB"]))).is_ok());
    assert!(compare(&of_rule(&signer(&["AA", "BB"])), &plain).is_err());
}

/// A list as a service keeps it.
fn list(content: &Value) -> std::sync::Arc<NamedList> {
    let message: aecs_proto::NamedList = json::from_str(&content.to_string()).unwrap();
    std::sync::Arc::new(NamedList::parse(&message.content.unwrap()).unwrap())
}

#[test]
fn a_rule_without_its_list_does_not_hold_whatever_it_asks() {
    let attributes = enclave(&Simulation::new());
    let code = "AB".repeat(32);
    let has = |code: &str| {
        list(&json!({ "values": { "attribute": "hex_ta_measurement", "values": [code] } }))
    };
    let other = list(&json!({ "values": { "attribute": "hex_signer", "values": [code] } }));
    let set = list(&json!({ "measurements": { "entries": [{
        "label": "v1",
        "attributes": { "str_tee_platform": "SGX_DCAP", "hex_ta_measurement": code },
    }] } }));
    let refers = |condition: &str| json!({ condition: { "attribute": "hex_ta_measurement", "lists": ["one", "two"] } });
    let of_set = json!({ "inSets": { "sets": ["one", "two"] } });
    let [inside, outside, absent] = ["inLists", "inNoList", "inNoListIfPresent"].map(refers);
    let empty = has(&"CD".repeat(32));
    let admits = |condition: &Value, lists: &[Option<&std::sync::Arc<NamedList>>]| {
        let policy = Policy::parse(&of_rule(&json!([condition]))).unwrap();
        let mut named = NamedLists::default();
        for (name, list) in ["one", "two"].iter().zip(lists) {
            if let Some(list) = list {
                named.insert(*name, (*list).clone());
            }
        }
        let acceptance = Acceptance::default();
        let circumstances = Circumstances::new(&acceptance, now()).with_lists(&named);
        let admits = policy.admit(&attributes, circumstances).is_ok();
        assert_eq!(policy.explain(attributes.get(), circumstances).admits(), admits);
        // What is refused where it is stored never admits anybody, and the other way round.
        assert!(!admits || policy.check_lists(&named).is_ok());
        admits
    };
    let (listed, unlisted) = (&has(&code), &empty);
    assert!(admits(&inside, &[Some(listed), Some(unlisted)]));
    assert!(admits(&inside, &[Some(unlisted), Some(listed)]));
    assert!(!admits(&inside, &[Some(unlisted), Some(unlisted)]));
    for excluding in [&outside, &absent] {
        assert!(admits(excluding, &[Some(unlisted), Some(unlisted)]));
        assert!(!admits(excluding, &[Some(unlisted), Some(listed)]));
    }
    assert!(admits(&of_set, &[Some(&set), Some(&set)]));
    // One that is missing, has values of another attribute or is of another kind.
    for broken in [None, Some(&other), Some(&set)] {
        for condition in [&inside, &outside, &absent] {
            assert!(!admits(condition, &[Some(listed), broken]), "{condition}");
            assert!(!admits(condition, &[Some(unlisted), broken]), "{condition}");
            assert!(!admits(condition, &[broken, Some(unlisted)]), "{condition}");
        }
    }
    assert!(!admits(&of_set, &[Some(&set), Some(listed)]));
    assert!(!admits(&of_set, &[Some(&set), None]));
    assert!(!admits(&of_set, &[None, Some(&set)]));
    // An evaluation without lists.
    let policy = Policy::parse(&of_rule(&json!([outside]))).unwrap();
    assert!(policy.admit(&attributes, &Acceptance::default()).is_err());
}

#[test]
fn a_stored_rule_with_a_list_is_as_strict_as_one_with_the_same_list() {
    let rule = |conditions: &Value| of_rule(conditions);
    let asks = |condition: &str, lists: &[&str]| json!([{ condition: { "attribute": "hex_chip_id", "lists": lists } }]);
    let sets = |sets: &[&str]| json!([{ "inSets": { "sets": sets } }]);
    for (stored, expected, strict) in [
        (asks("inLists", &["a"]), asks("inLists", &["a", "b"]), true),
        (asks("inLists", &["a", "b"]), asks("inLists", &["a"]), false),
        (asks("inNoList", &["a", "b"]), asks("inNoList", &["a"]), true),
        (asks("inNoList", &["a"]), asks("inNoList", &["a", "b"]), false),
        (asks("inNoList", &["a"]), asks("inNoListIfPresent", &["a"]), true),
        (asks("inNoListIfPresent", &["a"]), asks("inNoList", &["a"]), false),
        (sets(&["a"]), sets(&["a", "b"]), true),
        (sets(&["a", "b"]), sets(&["a"]), false),
        (json!([]), asks("inNoListIfPresent", &["a"]), false),
        (asks("inLists", &["a"]), asks("inNoList", &["a"]), false),
    ] {
        assert_eq!(
            compare(&rule(&stored), &rule(&expected)).is_ok(),
            strict,
            "{stored} {expected}"
        );
    }
}
