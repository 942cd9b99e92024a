//! Attesters that vouch for others, and policies that ask for it.

use std::time::SystemTime;

use crate::attestation::support::{Simulation, USER_DATA, policy};
use aecs_attest::{
    Acceptance, Attester as _, Attributes, Check, Denial, Error, Policy, ReportRequest, TcbStatus,
    Verified, Verifier, sign_nested_results,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    UnifiedAttestationAttributes, UnifiedAttestationAuthReport, UnifiedAttestationNestedPolicies,
    UnifiedAttestationNestedPolicy, UnifiedAttestationNestedResult,
    UnifiedAttestationNestedResults, UnifiedAttestationPolicy, json,
};

fn app(name: &str, hex_user_data: &str) -> UnifiedAttestationAttributes {
    UnifiedAttestationAttributes {
        str_tee_name: name.into(),
        hex_user_data: hex_user_data.into(),
        ..Default::default()
    }
}

fn results(attributes: Vec<UnifiedAttestationAttributes>) -> UnifiedAttestationNestedResults {
    UnifiedAttestationNestedResults {
        str_group_name: "group".into(),
        str_group_id: "id".into(),
        results: attributes
            .into_iter()
            .map(|result| UnifiedAttestationNestedResult { result: Some(result) })
            .collect(),
    }
}

fn report(
    simulation: &Simulation,
    results: &UnifiedAttestationNestedResults,
    signer: &KeyPair,
) -> UnifiedAttestationAuthReport {
    let nested = sign_nested_results(signer, results).unwrap();
    let request = ReportRequest {
        nested: Some(&nested),
        ..ReportRequest::passport(USER_DATA, simulation.key.public())
    };
    simulation.enclave().attest(&request).unwrap()
}

fn two_apps(simulation: &Simulation) -> Verified<Attributes> {
    let results = results(vec![app("App1", "3939ab"), app("App2", "393932")]);
    simulation.verify(&report(simulation, &results, &simulation.key)).unwrap()
}

/// A policy that asks nothing of the main attester, and for each list one of the alternatives.
fn nested_policy(
    group: (&str, &str),
    attesters: Vec<Vec<UnifiedAttestationAttributes>>,
) -> UnifiedAttestationPolicy {
    UnifiedAttestationPolicy {
        main_attributes: vec![UnifiedAttestationAttributes::default()],
        nested_policies: Some(UnifiedAttestationNestedPolicies {
            str_group_name: group.0.into(),
            str_group_id: group.1.into(),
            policies: attesters
                .into_iter()
                .map(|sub_attributes| UnifiedAttestationNestedPolicy { sub_attributes })
                .collect(),
        }),
        ..Default::default()
    }
}

fn admit(
    attributes: &Verified<Attributes>,
    policy: &UnifiedAttestationPolicy,
) -> Result<(), Denial> {
    let policy = Policy::parse(policy).unwrap();
    let outcome = policy.admit(attributes, &Acceptance::default()).map(|_| ());
    // What people are told is what is done.
    let explained = policy.explain(attributes.get(), &Acceptance::default());
    let denied = outcome.as_ref().err().map_or(&[][..], |denial| &denial.mismatches);
    assert_eq!(explained.mismatches(), denied);
    assert_eq!(explained.admits(), outcome.is_ok());
    outcome
}

#[test]
fn results_become_attributes() {
    let verified = two_apps(&Simulation::new());
    let nested = verified.nested().unwrap();
    assert_eq!((nested.group_name(), nested.group_id()), ("group", "id"));
    let results: Vec<_> = nested.results().collect();
    assert_eq!(results, [app("App1", "3939AB"), app("App2", "393932")]);
}

#[test]
fn there_are_not_more_results_than_anybody_has() {
    let simulation = Simulation::new();
    let verify = |count: usize, result: UnifiedAttestationNestedResult| {
        let results =
            UnifiedAttestationNestedResults { results: vec![result; count], ..Default::default() };
        simulation.verify(&report(&simulation, &results, &simulation.key))
    };
    let full = UnifiedAttestationNestedResult { result: Some(app("App", "39")) };
    let empty = UnifiedAttestationNestedResult::default();
    for result in [full, empty] {
        assert_eq!(verify(128, result.clone()).unwrap().nested().unwrap().results().len(), 128);
        // A few too many, and as many as fit into a report.
        for count in [129, 257, 2000] {
            let error = verify(count, result.clone()).unwrap_err();
            let refused = matches!(error, Error::Malformed { what: "nested results", .. });
            assert!(refused, "{count}: {error:?}");
        }
    }
}

#[test]
fn long_results_are_not_remembered() {
    let simulation = Simulation::new();
    let verifier = Verifier::builder().simulated_root(simulation.cpu.root_der()).build().unwrap();
    let now = SystemTime::now();
    let remembered = |name_len: usize| {
        let results = results(vec![app(&"n".repeat(name_len), "39")]);
        let report = report(&simulation, &results, &simulation.key);
        verifier.verify(&report, now).unwrap();
        verifier.recall(&report, now).is_some()
    };
    assert!(remembered(60_000));
    assert!(!remembered(70_000));
}

#[test]
fn results_of_original_attesters_are_signed_with_rsa() {
    let mut simulation = Simulation::new();
    for suite in [Suite::Rsa, Suite::Sm] {
        simulation.key = KeyPair::generate(suite).unwrap();
        assert_eq!(two_apps(&simulation).nested().unwrap().results().len(), 2);
    }
}

#[test]
fn policies_ask_in_order() {
    let verified = two_apps(&Simulation::new());
    let (one, two) = (app("App1", "3939"), app("App2", ""));
    let admitted = [
        nested_policy(("", ""), vec![vec![one.clone()], vec![two.clone()]]),
        nested_policy(("group", "id"), vec![vec![two.clone(), one.clone()], vec![two.clone()]]),
    ];
    for policy in admitted {
        admit(&verified, &policy).unwrap();
    }
    let denied = [
        ("order", nested_policy(("", ""), vec![vec![two.clone()], vec![one.clone()]])),
        ("one more", nested_policy(("", ""), vec![vec![one.clone()]; 3])),
        ("one less", nested_policy(("", ""), vec![vec![one.clone()]])),
        ("not asked for", policy(vec![UnifiedAttestationAttributes::default()])),
        ("no alternatives", nested_policy(("", ""), vec![vec![], vec![two.clone()]])),
        ("group name", nested_policy(("other", ""), vec![vec![one.clone()], vec![two.clone()]])),
        ("group id", nested_policy(("", "other"), vec![vec![one.clone()], vec![two.clone()]])),
    ];
    for (name, policy) in denied {
        let denial = admit(&verified, &policy).expect_err(name);
        assert!(denial.to_string().contains("nested_policies"), "{name}: {denial}");
    }
}

#[test]
fn missing_results_are_denied() {
    let simulation = Simulation::new();
    let verified = simulation.attributes();
    let policy = nested_policy(("", ""), vec![vec![UnifiedAttestationAttributes::default()]]);
    assert!(admit(&verified, &policy).is_err());
    admit(&verified, &nested_policy(("", ""), vec![])).unwrap();
    assert!(admit(&verified, &nested_policy(("group", ""), vec![])).is_err());
}

#[test]
fn nested_debug_enclaves_and_old_platforms_are_denied() {
    let simulation = Simulation::new();
    let debug =
        UnifiedAttestationAttributes { bool_debug_disabled: "false".into(), ..Default::default() };
    let old =
        UnifiedAttestationAttributes { str_tcb_status: "OutOfDate".into(), ..Default::default() };
    for nested in [debug, old] {
        let report = report(&simulation, &results(vec![nested.clone()]), &simulation.key);
        let verified = simulation.verify(&report).unwrap();
        let anything = UnifiedAttestationAttributes::default();
        assert!(admit(&verified, &nested_policy(("", ""), vec![vec![anything]])).is_err());
        admit(&verified, &nested_policy(("", ""), vec![vec![nested]])).unwrap();
    }
}

#[test]
fn what_is_accepted_counts_where_a_policy_says_nothing() {
    let simulation = Simulation::new();
    type Accept = fn(&mut Acceptance);
    type Field = fn(&mut UnifiedAttestationAttributes) -> &mut String;
    let weak: [(Field, &str, Accept); 5] = [
        (|it| &mut it.bool_debug_disabled, "false", |accept| accept.debug = true),
        (|it| &mut it.bool_migration_disabled, "false", |accept| accept.migration = true),
        (|it| &mut it.bool_page_faults_disabled, "false", |accept| accept.page_faults = true),
        (|it| &mut it.str_vmpl, "1", |accept| accept.lower_privilege = true),
        (
            |it| &mut it.str_tcb_status,
            "OutOfDate",
            |accept| {
                accept.tcb_statuses = TcbStatus::acceptable().collect();
            },
        ),
    ];
    let anything = UnifiedAttestationAttributes::default();
    let policy = Policy::parse(&nested_policy(("", ""), vec![vec![anything.clone()]])).unwrap();
    for (i, (field, value, accept)) in weak.iter().enumerate() {
        let mut nested = anything.clone();
        *field(&mut nested) = (*value).into();
        let report = report(&simulation, &results(vec![nested]), &simulation.key);
        let verified = simulation.verify(&report).unwrap();
        let mut accepting = Acceptance::default();
        assert!(policy.admit(&verified, &accepting).is_err(), "{i}");
        accept(&mut accepting);
        policy.admit(&verified, &accepting).unwrap();
        // Each is accepted on its own.
        let mut others = Acceptance::default();
        weak.iter().enumerate().filter(|(j, _)| *j != i).for_each(|(_, it)| it.2(&mut others));
        assert!(policy.admit(&verified, &others).is_err(), "{i}");
    }
}

#[test]
fn what_an_attester_says_is_safe_to_print() {
    let simulation = Simulation::new();
    let report = report(&simulation, &results(vec![app("\u{1b}[2J\n", "39")]), &simulation.key);
    let verified = simulation.verify(&report).unwrap();
    let denial = admit(&verified, &nested_policy(("", ""), vec![vec![app("App", "")]]));
    let text = denial.unwrap_err().to_string();
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert!(text.ends_with("expected App, found \\u{1b}[2J\\n"), "{text}");
}

#[test]
fn an_invalid_nested_part_fails_the_report() {
    let simulation = Simulation::new();
    let verifier = simulation.verifier();
    let refused = |report: &UnifiedAttestationAuthReport| {
        verifier.verify(report, SystemTime::now()).unwrap_err()
    };
    let signed = results(vec![app("App1", "3939")]);

    let other = KeyPair::generate(Suite::Modern).unwrap();
    let error = refused(&report(&simulation, &signed, &other));
    assert!(matches!(error, Error::Untrusted { check: Check::NESTED_SIGNATURE, .. }), "{error:?}");

    let not_hex = results(vec![app("App1", "39x9")]);
    let error = refused(&report(&simulation, &not_hex, &simulation.key));
    assert!(matches!(error, Error::Malformed { what: "nested results", .. }), "{error:?}");

    let genuine = report(&simulation, &signed, &simulation.key);
    let nested = |change: fn(&mut aecs_proto::UnifiedAttestationNestedReports)| {
        let mut report = genuine.clone();
        let text = &mut report.report.as_mut().unwrap().json_nested_reports;
        let mut reports = json::from_str(text).unwrap();
        change(&mut reports);
        *text = json::to_string(&reports);
        report
    };
    for changed in [
        nested(|r| r.json_nested_results = r.json_nested_results.replace("App1", "App2")),
        nested(|r| r.b64_nested_signature.clear()),
        nested(|r| r.b64_nested_signature = "AAAA".into()),
        nested(|r| r.json_nested_results.clear()),
    ] {
        let error = refused(&changed);
        assert!(matches!(error, Error::Untrusted { check: Check::NESTED_SIGNATURE, .. }));
    }
    let mut garbage = genuine.clone();
    garbage.report.as_mut().unwrap().json_nested_reports = "garbage".into();
    assert!(matches!(refused(&garbage), Error::Malformed { what: "nested reports", .. }));
    let mut empty = genuine.clone();
    empty.report.as_mut().unwrap().json_nested_reports = "{}".into();
    assert!(verifier.verify(&empty, SystemTime::now()).unwrap().nested().is_none());
}
