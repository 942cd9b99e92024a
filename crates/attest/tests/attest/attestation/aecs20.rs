//! Ground truth recorded from original AECS 2.0 programs, and where this crate differs on purpose.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use crate::attestation::support::{inner, policy};
use aecs_attest::{
    Acceptance, Attributes, Backing, Error, Policy, TcbStatus, Verified, Verifier, compare,
};
use aecs_proto::{
    DcapReport, UnifiedAttestationAttributes, UnifiedAttestationAuthReport,
    UnifiedAttestationReport, json,
};
use aecs_sim::{Aecs20Quotes, vectors};
use serde_json::Value;

fn ground_truth() -> Option<Value> {
    let text = vectors::read("aecs20/aecs_wire_vectors.json")?;
    Some(serde_json::from_slice(&text).unwrap())
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}"))
}

fn array<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("{name}"))
}

fn insecure_verifier() -> Verifier {
    Verifier::builder().insecure_aecs20_simulation(Arc::new(Aecs20Quotes)).build().unwrap()
}

fn verify(report: &UnifiedAttestationAuthReport) -> Result<Verified<Attributes>, Error> {
    insecure_verifier().verify(report, SystemTime::now())
}

fn report_of(case: &Value) -> UnifiedAttestationAuthReport {
    json::from_str(text(case, "auth_report_json")).unwrap()
}

#[test]
fn attributes_are_the_original_ones() {
    let Some(truth) = ground_truth() else { return };
    for case in array(&truth["reports"], "cases") {
        let label = text(case, "label");
        let mut report = report_of(case);
        let recorded = inner(&report).json_report.clone();
        let mut dcap: DcapReport = json::from_str(&recorded).unwrap();
        if !dcap.json_collateral.is_empty() {
            // Difference: a quote with collateral claims to be signed, so it is held to it.
            let error = verify(&report).unwrap_err();
            assert!(matches!(error, Error::Malformed { .. }), "{label}: {error:?}");
            dcap.json_collateral.clear();
            report.report.as_mut().unwrap().json_report = json::to_string(&dcap);
        }
        let verified = verify(&report).unwrap_or_else(|error| panic!("{label}: {error:?}"));
        let mut expected: UnifiedAttestationAttributes =
            json::from_str(text(case, "attributes_json")).unwrap();
        expected.str_tcb_status = "Unverified".into();
        expected.bool_revocation_checked = "false".into();
        assert_eq!(verified.to_proto(), expected, "{label}");
        assert_eq!(verified.tcb_status(), TcbStatus::Unverified);
        assert_eq!(verified.backing(), Backing::Nothing);
    }
}

#[test]
fn unsigned_quotes_need_the_switch() {
    let Some(truth) = ground_truth() else { return };
    let secure = Verifier::builder().vendor_roots().build().unwrap();
    for case in array(&truth["reports"], "cases") {
        let error = secure.verify(&report_of(case), SystemTime::now()).unwrap_err();
        if !case["label"].as_str().unwrap().contains("with collateral") {
            assert!(matches!(error, Error::InsecureSimulation), "{error:?}");
            assert!(error.to_string().contains("attestation.insecure_aecs20_simulation"));
        }
    }
}

#[test]
fn unsigned_quotes_are_not_accepted_by_default() {
    let Some(truth) = ground_truth() else { return };
    let verified = verify(&report_of(&truth["reports"]["cases"][0])).unwrap();
    let any = Policy::parse(&policy(vec![UnifiedAttestationAttributes::default()])).unwrap();
    assert!(any.admit(&verified, &Acceptance::default()).is_err());
    any.admit(&verified, &accepting_unverified()).unwrap();
}

#[test]
fn unsigned_quotes_still_bind_their_key() {
    let Some(truth) = ground_truth() else { return };
    let mut report = report_of(&truth["reports"]["cases"][0]);
    report.pem_public_key.push('\n');
    assert!(matches!(verify(&report), Err(Error::KeyBinding { .. })));
}

fn accepting_unverified() -> Acceptance {
    Acceptance {
        tcb_statuses: BTreeSet::from([TcbStatus::Unverified]),
        debug: true,
        ..Acceptance::default()
    }
}

/// What an original program accepts of these, and this crate's answer where it is another.
const RULE_DIFFERENCES: &[(&str, Answer)] = &[
    // Hexadecimal in lower case means the same.
    ("mrenclave lower case", Answer::Admits),
    ("signer lower", Answer::Admits),
    ("pubkey hash lower", Answer::Admits),
    // What is not a number, or not hexadecimal, is not a policy.
    ("min svn ' 2x' (stoi)", Answer::NoPolicy),
    ("min svn -1", Answer::NoPolicy),
    ("min svn 'abc' THROWS std exception", Answer::NoPolicy),
    ("min svn 99999999999 THROWS std exception", Answer::NoPolicy),
    ("prodid 0x1", Answer::NoPolicy),
    // An unknown word for a truth value is not silently "false".
    ("debug_disabled TRUE (not recognised => false)", Answer::NoPolicy),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    Admits,
    Denies,
    NoPolicy,
}

#[test]
fn attributes_match_by_the_original_rules() {
    let Some(truth) = ground_truth() else { return };
    let verified = verify(&report_of(&truth["reports"]["cases"][0])).unwrap();
    let mut differences = BTreeSet::<&str>::new();
    for case in array(&truth["reports"], "attribute_rules") {
        let name = text(case, "case");
        let entry = match case["expected_attributes_json"].as_str() {
            Some(entry) => json::from_str(entry).unwrap(),
            // The cases in which the original program dies have their value in their name only.
            None => UnifiedAttestationAttributes {
                str_min_isvsvn: name.split(' ').nth(2).unwrap().trim_matches('\'').into(),
                ..Default::default()
            },
        };
        let answer = match Policy::parse(&policy(vec![entry])) {
            Err(_) => Answer::NoPolicy,
            Ok(policy) => match policy.admit(&verified, &accepting_unverified()) {
                Ok(_) => Answer::Admits,
                Err(_) => Answer::Denies,
            },
        };
        let original =
            if case["accepted"] == Value::Bool(true) { Answer::Admits } else { Answer::Denies };
        let difference = RULE_DIFFERENCES.iter().find(|(case, _)| *case == name);
        let expected = difference.map_or(original, |(_, answer)| *answer);
        assert_eq!(answer, expected, "{name}");
        differences.extend(difference.map(|(case, _)| *case));
    }
    assert_eq!(differences.len(), RULE_DIFFERENCES.len());
}

/// Names of cases where the answer is not that of an original program.
const COMPARE_DIFFERENCES: &[(&str, bool)] = &[
    // A stored policy without entries admits nobody, so it is not what a client asked for.
    ("both empty", false),
    ("actual empty, expected one", false),
    ("pubkey equal", false),
    // Hexadecimal in lower case means the same.
    ("case differs", true),
    // Policies are sets of alternatives: one expected entry that admits the stored one is enough.
    ("two expected alternatives, actual equals one of them (all-pairs => rejected)", true),
    ("identical two-entry policies (all-pairs => rejected)", true),
    ("more actual than expected", true),
    // An entry that says nothing about debugging is not one that says "false".
    ("debug missing in actual, expected false", false),
];

#[test]
fn policies_compare_by_the_original_rules() {
    let Some(truth) = ground_truth() else { return };
    let mut differences = BTreeSet::<&str>::new();
    for case in array(&truth["verify_policy"], "cases") {
        let name = text(case, "case");
        let stored = json::from_str(text(case, "actual")).unwrap();
        let expected = json::from_str(text(case, "expected")).unwrap();
        let passes = compare(&stored, &expected).is_ok();
        let difference = COMPARE_DIFFERENCES.iter().find(|(case, _)| *case == name);
        let original = case["accepted"] == Value::Bool(true);
        assert_eq!(passes, difference.map_or(original, |(_, passes)| *passes), "{name}");
        if let Some((case, passes)) = difference {
            assert_ne!(*passes, original, "{name} is no difference");
            differences.insert(case);
        }
    }
    assert_eq!(differences.len(), COMPARE_DIFFERENCES.len());
}

type Change = fn(&mut UnifiedAttestationReport);

#[test]
fn malformed_reports_are_refused() {
    let Some(truth) = ground_truth() else { return };
    let genuine = report_of(&truth["reports"]["cases"][0]);
    let changes: &[(&str, Change)] = &[
        ("unknown platform", |r| r.str_tee_platform = "SGX_NEW".into()),
        ("empty report type (SIM)", |r| r.str_report_type.clear()),
        ("version 9.9", |r| r.str_report_version = "9.9".into()),
        ("json_report {} (empty quote)", |r| r.json_report = "{}".into()),
        ("json_report empty", |r| r.json_report.clear()),
        ("bad base64", |r| r.json_report = r#"{"b64_quote":"%%%"}"#.into()),
        ("unknown json key b64Quote", |r| {
            r.json_report = r.json_report.replace("b64_quote", "b64Quote");
        }),
        ("nested {} ", |r| r.json_nested_reports = "{}".into()),
        ("nested garbage", |r| r.json_nested_reports = "garbage".into()),
    ];
    // Differences: report types and versions that this crate does not know are refused.
    let stricter = ["empty report type (SIM)", "version 9.9"];
    let cases = array(&truth["reports"], "malformed");
    assert_eq!(cases.len(), changes.len());
    for (case, (name, change)) in cases.iter().zip(changes) {
        assert_eq!(text(case, "case"), *name);
        let mut report = genuine.clone();
        change(report.report.as_mut().unwrap());
        let accepted = case["accepted"] == Value::Bool(true) && !stricter.contains(name);
        let result = verify(&report);
        assert_eq!(result.is_ok(), accepted, "{name}: {result:?}");
    }
}
