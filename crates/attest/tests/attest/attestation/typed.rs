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

#[test]
fn grace_is_counted_from_the_date_since_when_a_platform_is_out_of_date() {
    let day = 24 * 3600 * 1000;
    let since = |date: &str| {
        with_nested(std::iter::once(UnifiedAttestationAttributes {
            str_tcb_status: "OutOfDate".into(),
            str_tcb_out_of_date_since: date.into(),
            ..Default::default()
        }))
    };
    let grace = |ms: i64| {
        let rule = json!({ "conditions": [{ "outOfDate": { "forMs": ms.to_string() } }] });
        let nested = json!({ "nested": { "attesters": [{ "rules": [rule] }] } });
        let parts = json!([{ "attester": { "rules": [{}] } }, nested]);
        json::from_str::<UnifiedAttestationPolicy>(
            &json!({ "typed": { "parts": parts } }).to_string(),
        )
        .unwrap()
    };
    // Two days before.
    let old = since("2025-12-30T00:00:00Z");
    assert!(denied(&old, &grace(2 * day + 1)).is_empty());
    assert_eq!(denied(&old, &grace(2 * day)).len(), 1);
    assert_eq!(denied(&since(""), &grace(i64::MAX)).len(), 1);
}

/// An enclave that vouches for devices: the platform and the driver of each.
fn with_devices(devices: &[(&str, &str)]) -> Verified<Attributes> {
    let result = |(platform, driver): &(&str, &str)| UnifiedAttestationAttributes {
        str_tee_platform: (*platform).into(),
        str_versions: format!("driver={driver}"),
        ..Default::default()
    };
    with_nested(devices.iter().map(result))
}

/// An enclave that vouches for others.
fn with_nested(
    results: impl Iterator<Item = UnifiedAttestationAttributes>,
) -> Verified<Attributes> {
    let simulation = Simulation::new();
    let result = |result| UnifiedAttestationNestedResult { result: Some(result) };
    let results = UnifiedAttestationNestedResults {
        results: results.map(result).collect(),
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
            vec![gpu, gpu, ("NVIDIA_SWITCH", "2")],
            "nested_policies.policies[2][0].str_versions: expected driver=1, found driver=2",
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
    let nobodys = denied(&with_devices(&[gpu]), &of(json!([])));
    assert!(matches!(&nobodys[..], [one] if one.ends_with("found NVIDIA_GPU")), "{nobodys:?}");
    for wrong in [
        json!([gpus, gpus]),
        json!([kind("SGX_DCAP", 1, 1, "1")]),
        json!([kind("NVIDIA_GPU", 2, 1, "1")]),
    ] {
        assert!(Policy::parse(&of(wrong.clone())).is_err(), "{wrong}");
    }
}

/// A policy for devices of these kinds, whatever the attester is.
fn of_kinds(kinds: &[&Value]) -> UnifiedAttestationPolicy {
    let parts = json!([{ "attester": { "rules": [{}] } }, { "devices": { "kinds": kinds } }]);
    json::from_str(&json!({ "typed": { "parts": parts } }).to_string()).unwrap()
}

#[test]
fn stored_rules_for_devices_are_as_strict_as_the_expected_ones() {
    let kind = |platform: &str, min: u32, max: u32, conditions: Value| {
        json!({
            "platform": platform, "minCount": min, "maxCount": max,
            "each": { "conditions": conditions },
        })
    };
    let of = |attribute: &str, value: &str| json!([{ "anyOf": { "attribute": attribute, "values": [value] } }]);
    let driver = |version: &str| of("str_versions", &format!("driver={version}"));
    let gpus = |min: u32, max: u32, version: &str| kind("NVIDIA_GPU", min, max, driver(version));
    let switches = |version: &str| kind("NVIDIA_SWITCH", 1, 1, driver(version));
    let told = |stored: &[&Value], expected: &[&Value]| match compare(
        &of_kinds(stored),
        &of_kinds(expected),
    ) {
        Ok(()) => Vec::new(),
        Err(denial) => denial.mismatches.iter().map(ToString::to_string).collect(),
    };
    let expected = gpus(2, u32::MAX, ">=550");
    let of_one = |stored: Value| told(&[&stored], &[&expected]);
    assert!(of_one(expected.clone()).is_empty());
    assert!(of_one(gpus(4, 8, ">=550")).is_empty());
    assert!(of_one(gpus(2, 2, "550.1")).is_empty());
    let found = "devices.NVIDIA_GPU.count: expected at least 2, found 1 to 8";
    assert_eq!(of_one(gpus(1, 8, ">=550")), [found]);
    let found = "devices.NVIDIA_GPU.str_versions: expected driver=>=550, found driver=1";
    assert_eq!(of_one(gpus(4, 8, "1")), [found]);
    let without_end = (1, u32::MAX, "at least 1");
    for (min, max, found) in
        [(2, 9, "2 to 9"), (1, 8, "1 to 8"), (0, 1, "0 to 1"), (9, 9, "9"), without_end]
    {
        let found = format!("devices.NVIDIA_GPU.count: expected 2 to 8, found {found}");
        assert_eq!(told(&[&gpus(min, max, "1")], &[&gpus(2, 8, "1")]), [found]);
    }
    assert!(told(&[&gpus(2, 8, "1")], &[&gpus(2, 8, "1")]).is_empty());
    // A policy that expects one version is not satisfied by a range that begins with it.
    assert_eq!(told(&[&expected], &[&gpus(2, u32::MAX, "550.1")]).len(), 1);
    // What the expected rule does not mention is expected to be the default.
    let debug = |debug: &str| kind("NVIDIA_GPU", 1, 1, of("bool_debug_disabled", debug));
    let silent = kind("NVIDIA_GPU", 1, 1, json!([]));
    assert!(told(&[&debug("true")], &[&silent]).is_empty());
    let found = "devices.NVIDIA_GPU.bool_debug_disabled: expected true (default), found false";
    assert_eq!(told(&[&debug("false")], &[&silent]), [found]);

    // Each kind is compared with the same one, wherever it is.
    let (gpu, switch) = (gpus(1, 1, "1"), switches("1"));
    for stored in [[&gpu, &switch], [&switch, &gpu]] {
        assert!(told(&stored, &[&gpu, &switch]).is_empty());
    }
    let (other_gpu, other_switch) = (gpus(1, 1, "2"), switches("2"));
    for stored in [[&other_gpu, &switch], [&switch, &other_gpu]] {
        let found = "devices.NVIDIA_GPU.str_versions: expected driver=1, found driver=2";
        assert_eq!(told(&stored, &[&gpu, &switch]), [found]);
    }
    for stored in [[&gpu, &other_switch], [&other_switch, &gpu]] {
        let found = "devices.NVIDIA_SWITCH.str_versions: expected driver=1, found driver=2";
        assert_eq!(told(&stored, &[&gpu, &switch]), [found]);
    }
    // There are the same kinds.
    for [both, one] in [[[&gpu, &switch], [&gpu, &gpu]], [[&switch, &gpu], [&gpu, &gpu]]] {
        let surplus = "devices.NVIDIA_SWITCH: expected no such devices, found a rule for them";
        assert_eq!(told(&both, &one[..1]), [surplus]);
        let lacking = "devices.NVIDIA_SWITCH: expected a rule for them, found nothing";
        assert_eq!(told(&one[..1], &both), [lacking]);
    }
    assert_eq!(told(&[&switch], &[&gpu]).len(), 2);
    let (by_kind, in_order) = (of_kinds(&[&gpu]), of_rule(&json!([])));
    let (kinds, order) =
        ("rules for devices by their kinds", "rules for nested attesters in order");
    for (stored, expected, found) in [
        (&by_kind, &in_order, format!("devices: expected {order}, found {kinds}")),
        (&in_order, &by_kind, format!("devices: expected {kinds}, found {order}")),
    ] {
        assert_eq!(compare(stored, expected).unwrap_err().to_string(), found);
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
        (json!([{ "name": "a".repeat(65) }]), "name"),
        (json!([{ "name": "main[0]" }]), "name"),
        (json!([{ "name": "a" }, { "name": "a" }]), "name"),
    ] {
        match Policy::parse(&of(&rules)).unwrap_err() {
            Error::Policy { attribute: found, .. } => assert_eq!(found, attribute, "{rules}"),
            other => panic!("{rules}: {other}"),
        }
    }
    assert!(Policy::parse(&of(&json!([{ "name": "a".repeat(64) }]))).is_ok());
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

    // Named lists of keys, and sets of measurements, pin, whatever else is asked for.
    let listed = |condition: &str, attribute: &str| json!({ condition: { "attribute": attribute, "lists": ["a"] } });
    let set = json!({ "inSets": { "sets": ["a"] } });
    for pinned in [
        json!([set]),
        json!([platform, set]),
        json!([set, until]),
        json!([listed("inLists", "hex_hash_or_pem_pubkey")]),
        json!([platform, listed("inLists", "hex_ta_measurement")]),
    ] {
        assert!(unpinned(pinned.clone()).is_none(), "{pinned}");
    }
    for open in [
        json!([listed("inNoList", "hex_hash_or_pem_pubkey")]),
        json!([platform, listed("inNoList", "hex_ta_measurement")]),
        json!([platform, listed("inLists", "hex_ppid")]),
    ] {
        assert!(unpinned(open.clone()).is_some(), "{open}");
    }

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
    let days = |days: i64| grace(days * 24 * 3600 * 1000);
    let told = |expected: Value| {
        let denial = compare(&of_rule(&json!([days(6)])), &of_rule(&expected)).unwrap_err();
        denial.to_string()
    };
    assert_eq!(
        told(json!([days(5)])),
        "main_attributes[0].tcb.outOfDate: expected OutOfDate for 5 days, found OutOfDate for 6 days"
    );
    assert_eq!(
        told(json!([])),
        "main_attributes[0].tcb.outOfDate: expected no grace (default), found OutOfDate for 6 days"
    );
    let seconds = compare(&of_rule(&json!([grace(6000)])), &of_rule(&json!([]))).unwrap_err();
    assert!(seconds.to_string().ends_with("found OutOfDate for 6 seconds"), "{seconds}");
    let ends = |ms: i64| json!({ "outOfDate": { "untilMs": ms.to_string() } });
    assert!(passes(json!([ends(5)]), json!([ends(5)])));
    assert!(passes(json!([ends(5)]), json!([ends(6)])));
    assert!(!passes(json!([ends(6)]), json!([ends(5)])));
    assert!(!passes(json!([ends(5)]), json!([])));
    // When it ends that is counted from a date is not known.
    assert!(!passes(json!([ends(5)]), json!([grace(i64::MAX)])));
    assert!(!passes(json!([grace(5)]), json!([ends(MS)])));
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
    let told = |condition: &Value| denied(&attributes, &of_rule(&json!([condition])));
    let missing = "but there is no list `one`, found";
    for (condition, expected) in [
        (&inside, format!("one of list one or two, {missing} {code}")),
        (&outside, format!("none of list one or two, {missing} {code}")),
        (&absent, format!("none of list one or two, or nothing, {missing} {code}")),
        (&of_set, format!("an entry of set one or two, {missing} nothing")),
    ] {
        let told = told(condition);
        assert!(told[0].ends_with(&format!("expected {expected}")), "{told:?}");
    }
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
    // What is stored is told, also where it is no value.
    let stored = json!([asks("inLists", &["a", "b"])[0], asks("inNoListIfPresent", &["c"])[0]]);
    let denial = compare(&rule(&stored), &rule(&asks("inLists", &["a"]))).unwrap_err();
    let found = "found one of list a or b and none of list c, or nothing";
    assert!(denial.to_string().ends_with(found), "{denial}");
}

/// What a grace or a rating excuses is admitted, whatever the statuses are that the rule lists.
#[test]
fn a_stored_rule_excuses_nothing_that_is_expected_to_be_excluded() {
    let status = |kind: &str, value: &str| json!({ kind: { "attribute": "str_tcb_status", "values": [value] } });
    let grace = json!({ "outOfDate": { "forMs": "5000" } });
    let minimum = json!({ "anyOf": {
        "attribute": "str_min_tcb", "values": ["bootloader=3,microcode=115,snp=8,tee=0"],
    } });
    for (admits, excuse, excluded) in [
        ("UpToDate", &grace, "OutOfDate"),
        ("ConfigurationNeeded", &grace, "OutOfDateConfigurationNeeded"),
        ("UpToDate", &minimum, "Unrated"),
    ] {
        let rule = |conditions: &[&Value]| of_rule(&json!(conditions));
        let (admits, excludes) = (status("anyOf", admits), status("noneOf", excluded));
        let expected = rule(&[&admits, excuse, &excludes]);
        let stored = rule(&[&admits, excuse]);
        let found = compare(&stored, &expected).expect_err(excluded).to_string();
        assert!(found.contains(&format!("expected none of {excluded}")), "{found}");
        assert!(compare(&rule(&[&admits]), &rule(&[&admits, &excludes])).is_ok(), "{excluded}");
        assert!(compare(&expected, &expected).is_ok(), "{excluded}");
        // Nothing else is excused.
        let excludes = status("noneOf", "SWHardeningNeeded");
        assert!(compare(&stored, &rule(&[&admits, excuse, &excludes])).is_ok(), "{excluded}");
        // Where the excuse is not excluded, it is not expected.
        assert!(compare(&stored, &rule(&[&admits])).is_err(), "{excluded}");
    }
    // A rule rates nothing that it excludes.
    let stored = of_rule(&json!([minimum, status("noneOf", "Unrated")]));
    assert!(compare(&stored, &of_rule(&json!([]))).is_ok());
    let more = json!({ "noneOf": {
        "attribute": "str_tcb_status", "values": ["OutOfDate", "Unrated"],
    } });
    assert!(compare(&of_rule(&json!([minimum, more])), &of_rule(&json!([]))).is_ok());
    let other = of_rule(&json!([minimum, status("noneOf", "OutOfDate")]));
    assert!(compare(&other, &of_rule(&json!([]))).is_err());
    // One of several minima that rates is enough.
    let minima = json!({ "anyOf": { "attribute": "str_min_tcb", "values": [
        "snp=8",
        "bootloader=3,microcode=115,snp=8,tee=0",
        "bootloader=0,microcode=0,snp=0,tee=0",
    ] } });
    let several = compare(&of_rule(&json!([minima])), &of_rule(&json!([]))).unwrap_err();
    assert!(several.to_string().contains("from bootloader=3,"), "{several}");
    assert!(compare(&of_rule(&json!([minima])), &of_rule(&json!([minimum]))).is_err());
    let both = |statuses: [&str; 2]| {
        let accepted = json!({ "anyOf": { "attribute": "str_tcb_status", "values": statuses } });
        of_rule(&json!([accepted]))
    };
    let stored = of_rule(&json!([minimum, status("anyOf", "UpToDate")]));
    assert!(compare(&stored, &both(["UpToDate,Unrated", "Unrated,UpToDate,OutOfDate"])).is_ok());
    assert!(compare(&stored, &both(["UpToDate", "Unrated"])).is_err());
    assert!(compare(&stored, &both(["Unrated", "UpToDate"])).is_err());
}

#[test]
fn a_stored_rule_names_enclaves_only_where_an_enclave_is_expected() {
    let any = |attribute: &str, values: &[&str]| json!({ "anyOf": { "attribute": attribute, "values": values } });
    let code = any("hex_ta_measurement", &["AB".repeat(32).as_str()]);
    let expected = of_rule(&json!([code]));
    let compared = |platforms: &[&str]| {
        compare(&of_rule(&json!([any("str_tee_platform", platforms), code])), &expected)
    };
    for enclaves in [&["SGX_DCAP"][..], &["SGX_DCAP", "SGX_EPID"]] {
        assert!(compared(enclaves).is_ok(), "{enclaves:?}");
    }
    // A realm's measurement of that length pins less than an enclave's.
    for others in [&["ARM_CCA"][..], &["SGX_DCAP", "ARM_CCA"], &["ARM_CCA", "SGX_DCAP"]] {
        let found = compared(others).unwrap_err().to_string();
        assert!(found.contains("expected a platform of enclaves (default), found "), "{found}");
    }
}

/// Of several stored values the first is told that is not expected.
#[test]
fn a_comparison_tells_a_value_that_is_not_expected() {
    let rule = |kind: &str, attribute: &str, values: &[&str]| {
        of_rule(&json!([{ kind: { "attribute": attribute, "values": values } }]))
    };
    let told = |stored: &[&str]| {
        let expected = rule("anyOf", "hex_signer", &["AA", "BB"]);
        compare(&rule("anyOf", "hex_signer", stored), &expected).unwrap_err().to_string()
    };
    let signer = "main_attributes[0].hex_signer: expected AA or BB, found ";
    assert_eq!(told(&["AA", "CC", "DD", "BB"]), format!("{signer}CC"));
    assert_eq!(told(&["CC", "AA", "DD"]), format!("{signer}CC"));
    // Each of these may be the one that is excluded.
    let limits = rule("anyOf", "str_versions", &["driver=>=5", "driver=>=4"]);
    let excluded = rule("noneOfIfPresent", "str_versions", &["driver=6"]);
    assert_eq!(
        compare(&limits, &excluded).unwrap_err().to_string(),
        "main_attributes[0].str_versions: expected none of driver=6, or nothing, found driver=>=5"
    );
}

#[test]
fn of_names_with_values_those_are_told_that_differ() {
    let attributes = enclave(&Simulation::new());
    let parts = &attributes.as_proto().str_min_tcb;
    assert_eq!(parts, "pce=13,qe=8");
    let minimum = |values: &[&str]| {
        of_rule(&json!([{ "anyOf": { "attribute": "str_min_tcb", "values": values } }]))
    };
    assert_eq!(
        denied(&attributes, &minimum(&["pce=99,qe=1", "qe=99"])),
        ["main_attributes[0].str_min_tcb: expected at least pce=99 or at least qe=99, found \
          pce=13,qe=8"]
    );
    // The enclave has no part of the second.
    assert_eq!(
        denied(&attributes, &minimum(&["pce=99", "snp=1"])),
        [
            "main_attributes[0].str_min_tcb: expected at least pce=99 or at least snp=1, found pce=13"
        ]
    );
    assert_eq!(
        denied(&attributes, &minimum(&["snp=1"])),
        ["main_attributes[0].str_min_tcb: expected at least snp=1, found nothing"]
    );
    // Where it is satisfied, the parts that it asks for.
    let policy = Policy::parse(&minimum(&["pce=13", "pce=12"])).unwrap();
    let explanation = policy.explain(attributes.get(), &Acceptance::default());
    let compared = explanation.demands[0].alternatives[0].comparisons.first().unwrap();
    assert_eq!((compared.holds, compared.actual.as_str()), (true, "pce=13"));
    assert_eq!(compared.asked, ["pce=13", "pce=12"]);
}
