//! Explanations: they agree with what a policy does, and what they advise helps.

use std::time::SystemTime;

use crate::attestation::support::{Simulation, USER_DATA, inner, policy};
use aecs_attest::{
    Acceptance, Attester as _, Attribute, Attributes, Explanation, Platform, Policy, ReportRequest,
    TcbStatus, Verified, sign_nested_results,
};
use aecs_proto::{
    UnifiedAttestationAttributes as Entry, UnifiedAttestationNestedPolicies,
    UnifiedAttestationNestedPolicy, UnifiedAttestationNestedResult,
    UnifiedAttestationNestedResults, UnifiedAttestationPolicy, json,
};
use aecs_sim::EnclaveIdentity;

/// Explains, and checks that the explanation is the same verdict for the same reasons.
#[track_caller]
fn explain(attributes: &Verified<Attributes>, policy: &UnifiedAttestationPolicy) -> Explanation {
    let policy = Policy::parse(policy).unwrap();
    let acceptance = Acceptance::default();
    let explanation = policy.explain(attributes.get(), &acceptance);
    match policy.admit(attributes, &acceptance) {
        Ok(_) => assert!(explanation.admits(), "{explanation:#?}"),
        Err(denial) => {
            assert!(!explanation.admits(), "{explanation:#?}");
            assert_eq!(explanation.mismatches(), denial.mismatches);
        }
    }
    explanation
}

/// Sets an attribute by its name, as a person would follow a remedy.
fn set(entry: &mut Entry, attribute: &str, value: &str) {
    let mut json = serde_json::to_value(&*entry).unwrap();
    json[attribute] = value.into();
    *entry = serde_json::from_value(json).unwrap();
}

/// Every kind of mismatch at once.
fn unlike() -> Entry {
    Entry {
        str_tee_platform: "TDX".into(),
        hex_ta_measurement: "00".into(),
        hex_prod_id: "99".into(),
        str_min_isvsvn: "65535".into(),
        hex_user_data: "00".into(),
        hex_nonce: "00".into(),
        str_advisory_ids: "INTEL-SA-00001".into(),
        str_tcb_date: "2999-01-01T00:00:00Z".into(),
        hex_mrtd: "AA".repeat(48),
        str_min_tcb: "microcode=3".into(),
        ..Entry::default()
    }
}

fn weak(simulation: &Simulation) -> Verified<Attributes> {
    simulation.cpu.set_tcb_status(TcbStatus::OutOfDate, &["INTEL-SA-00002"]).unwrap();
    simulation.attributes_of(EnclaveIdentity { debug: true, ..Default::default() })
}

#[test]
fn what_would_make_it_pass_does() {
    let simulation = Simulation::new();
    let attributes = weak(&simulation);
    let mut policy = policy(vec![unlike()]);
    let explanation = explain(&attributes, &policy);
    let nearest: Vec<_> = explanation.nearest().collect();
    assert_eq!(nearest.len(), 1);
    for failed in nearest[0].failures() {
        let remedy = failed.remedy.as_ref().unwrap();
        // Nothing about an attester can be different where its platform never attests it.
        let attribute = Attribute::named(&failed.attribute).unwrap();
        let attested = attribute.is_attested_by(Platform::SgxDcap);
        let advised = !remedy.attester.is_empty() || !remedy.verifier.is_empty();
        assert_eq!(advised, attested, "{failed:?}");
        let entry = &mut policy.main_attributes[0];
        set(entry, &failed.attribute, remedy.entry.as_ref().unwrap());
    }
    assert!(explain(&attributes, &policy).admits());
    let entry = &policy.main_attributes[0];
    assert_eq!(entry.str_tcb_status, "OutOfDate,UpToDate");
    assert_eq!(entry.bool_debug_disabled, "false");
    assert_eq!(entry.str_advisory_ids, "INTEL-SA-00001,INTEL-SA-00002");
    assert_eq!(entry.hex_mrtd, "", "an enclave has none, so that the entry must not ask for it");
}

#[test]
fn every_attribute_is_compared_and_defaults_are_told_from_what_is_asked() {
    let simulation = Simulation::new();
    let attributes = weak(&simulation);
    let entry = Entry { hex_signer: attributes.signer().into(), ..Entry::default() };
    let explanation = explain(&attributes, &policy(vec![entry]));
    let comparisons: Vec<_> = explanation.demands[0].alternatives[0]
        .comparisons
        .iter()
        .map(|c| (c.attribute.as_str(), c.expected.as_str(), c.holds, c.default))
        .collect();
    let expected = [
        ("hex_signer", attributes.signer(), true, false),
        ("str_tcb_status", "one of UpToDate (default)", false, true),
        ("bool_debug_disabled", "true (default)", false, true),
    ];
    assert_eq!(comparisons, expected);
    // What a default asks for is not in the entry.
    let compared = &explanation.demands[0].alternatives[0].comparisons;
    let asked: Vec<_> = compared.iter().map(|c| c.asked.as_slice()).collect();
    assert_eq!(asked, [&[attributes.signer().to_owned()][..], &[], &[]]);
    let remedies: Vec<_> = explanation.nearest().next().unwrap().failures().collect();
    let (tcb, debug) = (remedies[0].remedy.as_ref(), remedies[1].remedy.as_ref());
    assert!(tcb.unwrap().attester.starts_with("update the platform"));
    assert!(debug.unwrap().risk.contains("the host can then look into the enclave"));
}

#[test]
fn the_nearest_rule_is_the_one_with_the_fewest_mismatches() {
    let simulation = Simulation::new();
    let attributes = simulation.attributes();
    let half = Entry {
        hex_signer: attributes.signer().into(),
        hex_prod_id: "99".into(),
        ..Entry::default()
    };
    let denied = explain(&attributes, &policy(vec![unlike(), half.clone()]));
    assert_eq!(denied.nearest().next().unwrap().rule, "main_attributes[1]");

    let right = Entry { hex_prod_id: String::new(), ..half };
    let admitted = explain(&attributes, &policy(vec![unlike(), right]));
    let by = admitted.demands[0].satisfied_by().unwrap();
    assert_eq!(by.rule, "main_attributes[1]");
    assert_eq!(admitted.nearest().count(), 0);
}

#[test]
fn of_rules_for_the_platform_the_number_of_mismatches_counts() {
    let attributes = Simulation::new().attributes();
    let one = Entry { hex_signer: "00".into(), ..Entry::default() };
    let two = Entry { hex_prod_id: "99".into(), ..one.clone() };
    let nearest = |entries: [&Entry; 3]| {
        let denied = explain(&attributes, &policy(entries.map(Entry::clone).into()));
        denied.nearest().next().unwrap().rule.clone()
    };
    assert_eq!(nearest([&two, &one, &one]), "main_attributes[1]");
    assert_eq!(nearest([&one, &two, &one]), "main_attributes[0]");
    // The first of those that are satisfied is told.
    let right = Entry { hex_signer: attributes.signer().into(), ..Entry::default() };
    let admitted = explain(&attributes, &policy(vec![one, right.clone(), right]));
    assert_eq!(admitted.demands[0].satisfied_by().unwrap().rule, "main_attributes[1]");
}

/// A rule excludes, and ends, on purpose: no change of it is advised.
#[test]
fn an_exclusion_and_an_end_have_no_remedy_in_the_rule() {
    let simulation = Simulation::new();
    simulation.cpu.set_tcb_status(TcbStatus::UpToDate, &["INTEL-SA-1", "INTEL-SA-2"]).unwrap();
    let attributes = simulation.attributes();
    let remedy = |condition: serde_json::Value| {
        let rules = serde_json::json!([{ "conditions": [condition] }]);
        let policy =
            serde_json::json!({ "typed": { "parts": [{ "attester": { "rules": rules } }] } });
        let explanation = explain(&attributes, &json::from_str(&policy.to_string()).unwrap());
        let failed: Vec<_> = explanation.nearest().next().unwrap().failures().collect();
        assert_eq!(failed.len(), 1);
        failed[0].remedy.clone().unwrap()
    };
    let platform = serde_json::json!({ "attribute": "str_tee_platform", "values": ["SGX_DCAP"] });
    let excluded = remedy(serde_json::json!({ "noneOf": platform }));
    assert_eq!((excluded.entry, excluded.risk), (None, ""));
    assert_eq!(excluded.attester, "use one that the rule does not exclude");
    let ended = remedy(serde_json::json!({ "validUntilMs": "1000" }));
    assert_eq!((ended.entry, ended.risk), (None, ""));
    assert!(ended.attester.contains("a later `validUntil`"), "{}", ended.attester);
    // Of several values, the first is changed.
    let advisories = ["INTEL-SA-7", "INTEL-SA-8"];
    let advisories = serde_json::json!({ "attribute": "str_advisory_ids", "values": advisories });
    let entry = remedy(serde_json::json!({ "anyOf": advisories })).entry;
    assert_eq!(entry.as_deref(), Some("INTEL-SA-1,INTEL-SA-2,INTEL-SA-7"));
}

#[test]
fn a_rule_for_another_platform_is_never_nearer() {
    let simulation = Simulation::new();
    let attributes = simulation.attributes();
    let other = Entry { str_tee_platform: "SEV_SNP".into(), ..Entry::default() };
    let own = Entry {
        str_tee_platform: "SGX_DCAP".into(),
        hex_ta_measurement: "00".into(),
        hex_prod_id: "99".into(),
        ..Entry::default()
    };
    let denied = explain(&attributes, &policy(vec![other.clone(), own]));
    let nearest = denied.nearest().next().unwrap();
    assert_eq!(nearest.rule, "main_attributes[1]");
    assert!(nearest.other_platform().is_none());
    let foreign = explain(&attributes, &policy(vec![other]));
    let failed = foreign.nearest().next().unwrap().other_platform().unwrap();
    assert_eq!((failed.expected.as_str(), failed.actual.as_str()), ("SEV_SNP", "SGX_DCAP"));
}

#[test]
fn a_debug_enclave_that_is_asked_for_is_no_advice() {
    let simulation = Simulation::new();
    let entry = Entry { bool_debug_disabled: "false".into(), ..Entry::default() };
    let explanation = explain(&simulation.attributes(), &policy(vec![entry]));
    let failed = explanation.nearest().next().unwrap().failures().next().unwrap().clone();
    let remedy = failed.remedy.unwrap();
    assert_eq!((&*remedy.attester, remedy.entry.as_deref()), ("", Some("true")));
}

#[test]
fn an_empty_policy_and_a_key_are_explained() {
    let simulation = Simulation::new();
    let attributes = simulation.attributes();
    assert!(explain(&attributes, &policy(vec![])).nearest().next().is_none());

    let other = UnifiedAttestationPolicy {
        pem_public_key: "00".repeat(32),
        ..policy(vec![Entry::default()])
    };
    let explanation = explain(&attributes, &other);
    let nearest = explanation.nearest().next().unwrap();
    assert_eq!(nearest.rule, "pem_public_key");
    assert_eq!(nearest.failures().next().unwrap().remedy.as_ref().unwrap().entry, None);
    let own = UnifiedAttestationPolicy {
        pem_public_key: simulation.key.public().pem().into(),
        ..policy(vec![Entry::default()])
    };
    assert!(explain(&attributes, &own).admits());
}

#[test]
fn nested_attesters_are_explained_one_by_one() {
    let simulation = Simulation::new();
    let named = |name: &str| Entry { str_tee_name: name.into(), ..Entry::default() };
    let results = UnifiedAttestationNestedResults {
        str_group_name: "group".into(),
        results: ["a", "b"]
            .map(|name| UnifiedAttestationNestedResult { result: Some(named(name)) })
            .into(),
        ..Default::default()
    };
    let nested = sign_nested_results(&simulation.key, &results).unwrap();
    let request = ReportRequest {
        nested: Some(&nested),
        ..ReportRequest::passport(USER_DATA, simulation.key.public())
    };
    let report = simulation.enclave().attest(&request).unwrap();
    let attributes = simulation.verify(&report).unwrap();
    let asking = |group: &str, names: &[&str]| UnifiedAttestationPolicy {
        nested_policies: Some(UnifiedAttestationNestedPolicies {
            str_group_name: group.into(),
            policies: names
                .iter()
                .map(|name| UnifiedAttestationNestedPolicy { sub_attributes: vec![named(name)] })
                .collect(),
            ..Default::default()
        }),
        ..policy(vec![Entry::default()])
    };
    assert!(explain(&attributes, &asking("group", &["a", "b"])).admits());
    let second = explain(&attributes, &asking("group", &["a", "x"]));
    assert_eq!(second.nearest().next().unwrap().rule, "nested_policies.policies[1][0]");
    let group = explain(&attributes, &asking("other", &["a", "b"]));
    let failed = group.nearest().next().unwrap().failures().next().unwrap();
    assert_eq!(failed.attribute, "str_group_name");
    let fewer = explain(&attributes, &asking("group", &["a"]));
    let failed = fewer.nearest().next().unwrap().failures().next().unwrap();
    assert_eq!(
        (failed.expected.as_str(), failed.actual.as_str()),
        ("1 nested results", "2 nested results")
    );
    assert_eq!(failed.remedy.as_ref().unwrap().entry, None, "no rule changes their number");

    // Evidence alone does not tell who signed the results.
    let verifier = simulation.verifier();
    let appraised = verifier.appraise(inner(&report), SystemTime::now()).unwrap();
    let policy = Policy::parse(&asking("group", &["a", "b"])).unwrap();
    let explanation = policy.explain(appraised.get(), &Acceptance::default());
    assert!(!explanation.admits());
}
