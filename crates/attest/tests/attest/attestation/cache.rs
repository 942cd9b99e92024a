//! When an earlier verification stands for a new one.

use std::time::{Duration, SystemTime};

use crate::attestation::support::{Simulation, USER_DATA};
use aecs_attest::{
    Attester as _, Check, Endorsement, Error, ReportRequest, Verifier, sign_nested_results,
};
use aecs_proto::{
    UnifiedAttestationAttributes, UnifiedAttestationAuthReport, UnifiedAttestationNestedResult,
    UnifiedAttestationNestedResults,
};
use aecs_sim::EnclaveIdentity;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
/// Bytes for more reports than a test makes.
const MANY: usize = 1 << 20;

fn verifier(simulation: &Simulation, bytes: usize, max_age: Duration) -> Verifier {
    let builder = Verifier::builder().simulated_root(simulation.cpu.root_der());
    builder.cache(bytes, max_age).build().unwrap()
}

/// A report with nested results of a number of bytes of user data, and its own version.
fn with_nested(simulation: &Simulation, bytes: usize, svn: u16) -> UnifiedAttestationAuthReport {
    let result = UnifiedAttestationAttributes {
        str_tee_name: "device".into(),
        hex_user_data: "AB".repeat(bytes / 2),
        ..UnifiedAttestationAttributes::default()
    };
    let results = UnifiedAttestationNestedResults {
        results: vec![UnifiedAttestationNestedResult { result: Some(result) }],
        ..UnifiedAttestationNestedResults::default()
    };
    let nested = sign_nested_results(&simulation.key, &results).unwrap();
    let request = ReportRequest {
        nested: Some(&nested),
        ..ReportRequest::passport(USER_DATA, simulation.key.public())
    };
    let identity = EnclaveIdentity { svn, ..EnclaveIdentity::default() };
    simulation.cpu.enclave(identity).attest(&request).unwrap()
}

#[test]
fn a_verification_is_remembered_for_a_while() {
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, MANY, HOUR);
    let report = simulation.passport();
    let now = SystemTime::now();
    let verified_at = |time| verifier.verify(&report, time).unwrap().verified_at();

    assert_eq!(verified_at(now), now);
    assert_eq!(verified_at(now + HOUR - SECOND), now);
    assert_eq!(verified_at(now + HOUR), now + HOUR, "older than the limit");
    assert_eq!(verified_at(now), now, "the clock went back");
}

#[test]
fn a_verification_does_not_outlive_its_endorsements() {
    let simulation = Simulation::new();
    let now = SystemTime::now();
    simulation.cpu.set_collateral_window(Some(now - HOUR..now + 60 * SECOND)).unwrap();
    let verifier = verifier(&simulation, MANY, HOUR);
    let report = simulation.passport();
    let verified = verifier.verify(&report, now).unwrap();
    let last = verified.valid_until();
    assert_eq!(verifier.verify(&report, last).unwrap().verified_at(), now);
    let error = verifier.verify(&report, last + SECOND).unwrap_err();
    assert!(matches!(error, Error::Expired { .. }), "{error:?}");
}

#[test]
fn collateral_that_could_be_newer_is_refused_where_that_is_asked_for() {
    let simulation = Simulation::new();
    let now = SystemTime::now();
    simulation.cpu.set_collateral_window(Some(now - 10 * HOUR..now + 10 * HOUR)).unwrap();
    let report = simulation.passport();
    let at_most = |age| {
        let builder = Verifier::builder().simulated_root(simulation.cpu.root_der());
        builder.max_collateral_age(age).build().unwrap()
    };
    let error = at_most(9 * HOUR).verify(&report, now).unwrap_err();
    let Error::TooOld { what, max_age, .. } = &error else { panic!("{error:?}") };
    assert_eq!((*what, *max_age), (Endorsement::PCK_CRL, 9 * HOUR));
    assert_eq!(error.finding().check, "age of collateral of PCK revocation list");
    let verifier = at_most(11 * HOUR);
    let verified = verifier.verify(&report, now).unwrap();
    assert!(verified.valid_until() <= now + HOUR, "it is not remembered for longer");
    assert!(verified.checks().iter().any(|passed| passed.check == Check::COLLATERAL_AGE));
    let error = verifier.verify(&report, now + HOUR + SECOND).unwrap_err();
    assert!(matches!(error, Error::TooOld { .. }), "{error:?}");
}

#[test]
fn f09_a_machine_does_not_push_out_the_reports_of_others() {
    let (one, other) = (Simulation::new(), Simulation::new());
    let builder = Verifier::builder().simulated_root(one.cpu.root_der());
    let builder = builder.simulated_root(other.cpu.root_der());
    // More than what counts as alike.
    let verifier = builder.cache(128 << 10, HOUR).build().unwrap();
    let (report, now) = (one.passport(), SystemTime::now());
    verifier.verify(&report, now).unwrap();
    for number in 1..=100u8 {
        let identity = EnclaveIdentity { mrenclave: [number; 32], ..Default::default() };
        verifier.verify(&other.report_of(identity), now).unwrap();
    }
    assert!(verifier.recall(&report, now).is_some());
}

#[test]
fn f09_a_report_that_is_in_use_is_kept() {
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, 32 << 10, HOUR);
    let now = SystemTime::now();
    let reports: Vec<_> = (1..=32)
        .map(|svn| simulation.report_of(EnclaveIdentity { svn, ..Default::default() }))
        .collect();
    for report in &reports {
        verifier.verify(report, now).unwrap();
        assert!(verifier.recall(&reports[0], now).is_some());
    }
    assert!(verifier.recall(&reports[1], now).is_none());
}

#[test]
fn f09_the_oldest_is_forgotten_when_the_bytes_are_used_up() {
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, 32 << 10, HOUR);
    let now = SystemTime::now();
    let reports: Vec<_> = (1..=32)
        .map(|svn| simulation.report_of(EnclaveIdentity { svn, ..Default::default() }))
        .collect();
    for report in &reports {
        verifier.verify(report, now).unwrap();
    }
    let remembered: Vec<_> =
        reports.iter().map(|report| verifier.recall(report, now).is_some()).collect();
    let forgotten = remembered.iter().take_while(|remembered| !**remembered).count();
    assert!((16..31).contains(&forgotten), "{forgotten}");
    assert!(remembered[forgotten..].iter().all(|remembered| *remembered));
}

#[test]
fn a_cache_of_nothing_remembers_nothing() {
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, 0, HOUR);
    let report = simulation.passport();
    let now = SystemTime::now();
    verifier.verify(&report, now).unwrap();
    assert_eq!(verifier.verify(&report, now + SECOND).unwrap().verified_at(), now + SECOND);
}

#[test]
fn a_remembered_report_is_not_another_one() {
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, MANY, HOUR);
    let genuine = simulation.passport();
    let now = SystemTime::now();
    verifier.verify(&genuine, now).unwrap();

    let mut other_key = genuine.clone();
    other_key.pem_public_key.push('\n');
    assert!(matches!(verifier.verify(&other_key, now), Err(Error::KeyBinding { .. })));
    let mut with_nested = genuine.clone();
    with_nested.report.as_mut().unwrap().json_nested_reports =
        r#"{"json_nested_results":"{}","b64_nested_signature":"AAAA"}"#.into();
    assert!(matches!(verifier.verify(&with_nested, now), Err(Error::Untrusted { .. })));
}

#[test]
fn every_field_of_a_remembered_report_counts() {
    type Change = fn(&mut UnifiedAttestationAuthReport);
    fn part(
        report: &mut UnifiedAttestationAuthReport,
    ) -> &mut aecs_proto::UnifiedAttestationReport {
        report.report.as_mut().unwrap()
    }
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, MANY, HOUR);
    let genuine = simulation.passport();
    let now = SystemTime::now();
    verifier.verify(&genuine, now).unwrap();
    assert!(verifier.recall(&genuine, now).is_some());
    let changes: [(&str, Change); 6] = [
        ("version", |report| part(report).str_report_version = "1.1".into()),
        ("type", |report| part(report).str_report_type = "BackgroundCheck".into()),
        ("platform", |report| part(report).str_tee_platform = "HyperEnclave".into()),
        ("report", |report| part(report).json_report.push(' ')),
        ("nested", |report| part(report).json_nested_reports.push(' ')),
        ("key", |report| report.pem_public_key.push('\n')),
    ];
    for (field, change) in changes {
        let mut other = genuine.clone();
        change(&mut other);
        assert!(verifier.recall(&other, now).is_none(), "{field}");
    }
    for change in [changes[0].1, changes[1].1, changes[2].1] {
        let mut other = genuine.clone();
        change(&mut other);
        assert!(verifier.verify(&other, now).is_err());
    }
}

#[test]
fn what_is_larger_than_the_cache_pushes_nothing_out() {
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, 32 << 10, HOUR);
    let now = SystemTime::now();
    let (small, large) = (simulation.passport(), with_nested(&simulation, 40 << 10, 1));
    verifier.verify(&small, now).unwrap();
    verifier.verify(&large, now).unwrap();
    assert!(verifier.recall(&small, now).is_some());
    assert!(verifier.recall(&large, now).is_none());
}

#[test]
fn nested_results_count_twice_and_long_ones_are_not_remembered() {
    let simulation = Simulation::new();
    let now = SystemTime::now();
    // The results take twice 30 KiB of memory: two of them have no room in 100 KiB.
    let small = verifier(&simulation, 100 << 10, HOUR);
    let [one, two] = [1, 2].map(|svn| with_nested(&simulation, 30 << 10, svn));
    small.verify(&one, now).unwrap();
    assert!(small.recall(&one, now).is_some());
    small.verify(&two, now).unwrap();
    assert!(small.recall(&two, now).is_some() && small.recall(&one, now).is_none());

    let large = verifier(&simulation, MANY, HOUR);
    for (bytes, remembered) in [(62 << 10, true), (66 << 10, false)] {
        let report = with_nested(&simulation, bytes, 1);
        large.verify(&report, now).unwrap();
        assert_eq!(large.recall(&report, now).is_some(), remembered, "{bytes}");
    }
}

#[test]
fn a_report_that_is_verified_again_takes_its_place_once() {
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, 16 << 10, SECOND);
    let report = simulation.passport();
    let now = SystemTime::now();
    for age in 0..16 {
        let then = now + age * SECOND;
        assert_eq!(verifier.verify(&report, then).unwrap().verified_at(), then);
        assert!(verifier.recall(&report, then).is_some(), "{age}");
    }
}

#[test]
fn a_verifier_remembers_for_an_hour_unless_told_otherwise() {
    let simulation = Simulation::new();
    let verifier = simulation.verifier();
    let report = simulation.passport();
    let now = SystemTime::now();
    verifier.verify(&report, now).unwrap();
    assert!(verifier.recall(&report, now + HOUR - SECOND).is_some());
    assert!(verifier.recall(&report, now + HOUR).is_none());
}

#[test]
fn refusals_are_not_remembered() {
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, MANY, HOUR);
    let report = simulation.passport();
    let now = SystemTime::now();
    assert!(verifier.verify(&report, now - 24 * HOUR).is_err());
    verifier.verify(&report, now).unwrap();
}
