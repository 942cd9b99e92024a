//! Intel signs collateral of several TCB recoveries at a time, and who brings it chooses.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{
    Acceptance, Attester as _, Attributes, Check, Error, Policy, ReportRequest, ReportType, Result,
    TcbEvaluation, Verified, VerifierBuilder,
};
use aecs_proto::UnifiedAttestationAttributes;
use aecs_sim::{EvaluationNumbers, SimulatedCpu, TdIdentity};

use crate::attestation::support::{Simulation, USER_DATA, policy};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn numbers(tcb_info: u32, qe_identity: u32, listed: &[u32]) -> EvaluationNumbers {
    EvaluationNumbers { tcb_info, qe_identity, listed: listed.to_vec() }
}

/// What a verifier makes of a report of each kind of TEE.
fn verify_all(
    simulation: &Simulation,
    by: &VerifierBuilder,
    report_type: ReportType,
) -> Vec<Result<Verified<Attributes>>> {
    let request = ReportRequest {
        report_type,
        ..ReportRequest::passport(USER_DATA, simulation.key.public())
    };
    let verifier = by.clone().simulated_root(simulation.cpu.root_der()).build().unwrap();
    let td = simulation.cpu.trust_domain(TdIdentity::default());
    [simulation.enclave().attest(&request), td.attest(&request)]
        .into_iter()
        .map(|report| verifier.verify(&report.unwrap(), SystemTime::now()))
        .collect()
}

fn passports(simulation: &Simulation, by: &VerifierBuilder) -> Vec<Result<Verified<Attributes>>> {
    verify_all(simulation, by, ReportType::Passport)
}

fn builder() -> VerifierBuilder {
    aecs_attest::Verifier::builder()
}

fn not_judged(outcome: &Result<Verified<Attributes>>) -> bool {
    match outcome {
        Err(Error::Untrusted { check: Check::TCB_EVALUATION, source }) => {
            source.to_string().contains("not judged")
        }
        _ => false,
    }
}

fn too_low(outcome: &Result<Verified<Attributes>>) -> bool {
    matches!(outcome, Err(Error::Mismatch { check: Check::TCB_EVALUATION, .. }))
}

#[test]
fn h25_evaluation_number() {
    let simulation = Simulation::new();
    let minimum = UnifiedAttestationAttributes {
        str_tcb_evaluation_number: "18".into(),
        ..Default::default()
    };
    let minimum = Policy::parse(&policy(vec![minimum])).unwrap();
    // The lower one of TCB info and QE identity counts.
    for (tcb_info, qe_identity, counts, admits) in
        [(17, 17, "17", false), (17, 19, "17", false), (19, 17, "17", false), (18, 19, "18", true)]
    {
        simulation.cpu.set_evaluation_numbers(numbers(tcb_info, qe_identity, &[])).unwrap();
        for verified in passports(&simulation, &builder()) {
            let verified = verified.unwrap();
            assert_eq!(verified.as_proto().str_tcb_evaluation_number, counts);
            assert_eq!(minimum.admit(&verified, &Acceptance::default()).is_ok(), admits);
        }
        let at_least = builder().tcb_evaluation(TcbEvaluation::AtLeast(18));
        for outcome in passports(&simulation, &at_least) {
            assert_eq!(outcome.is_ok(), admits);
            assert_eq!(too_low(&outcome), !admits);
        }
    }
}

#[test]
fn h25_the_newest_is_the_highest_that_intel_lists() {
    let simulation = Simulation::new();
    let newest = builder().tcb_evaluation(TcbEvaluation::Newest);
    let outcomes = |numbers: EvaluationNumbers| {
        simulation.cpu.set_evaluation_numbers(numbers).unwrap();
        passports(&simulation, &newest)
    };
    assert!(outcomes(numbers(18, 18, &[])).iter().all(not_judged), "there is no list");
    assert!(outcomes(numbers(18, 18, &[17, 18, 19])).iter().all(too_low));
    assert!(outcomes(numbers(19, 18, &[19, 17])).iter().all(too_low));
    assert!(outcomes(numbers(19, 19, &[17, 19, 18])).iter().all(Result::is_ok));
}

#[test]
fn h25_the_list_may_be_the_verifiers_own() {
    let simulation = Simulation::new();
    let reopened = || SimulatedCpu::open(simulation.dir.path()).unwrap();
    let newest = |source: SimulatedCpu| {
        builder().tcb_evaluation(TcbEvaluation::Newest).collateral(Arc::new(source))
    };
    // What the verifier's source says, and what the attester brings without a list.
    simulation.cpu.set_evaluation_numbers(numbers(18, 18, &[17, 18])).unwrap();
    let own = reopened();
    simulation.cpu.set_evaluation_numbers(numbers(18, 18, &[])).unwrap();
    assert!(passports(&simulation, &newest(own.clone())).iter().all(Result::is_ok));
    simulation.cpu.set_evaluation_numbers(numbers(17, 17, &[])).unwrap();
    assert!(passports(&simulation, &newest(own.clone())).iter().all(too_low));
    let checks = verify_all(&simulation, &newest(own), ReportType::BackgroundCheck);
    assert!(checks.iter().all(Result::is_ok), "the verifier's own collateral is the newest");
}

#[test]
fn h25_who_asks_for_the_list_is_known_beforehand() {
    let simulation = Simulation::new();
    let source = || Arc::new(SimulatedCpu::open(simulation.dir.path()).unwrap());
    let (standard, newest) = (builder(), builder().tcb_evaluation(TcbEvaluation::Newest));
    let mut report = simulation.passport();
    for (platform, asks) in
        [("SGX_DCAP", true), ("TDX", true), ("HyperEnclave", false), ("X", false)]
    {
        report.report.as_mut().unwrap().str_tee_platform = platform.into();
        let asking = |builder: VerifierBuilder| builder.build().unwrap().may_fetch(&report);
        assert!(!asking(newest.clone()), "{platform}: there is no source");
        assert_eq!(asking(newest.clone().collateral(source())), asks, "{platform}");
        assert!(!asking(standard.clone().collateral(source())), "{platform}");
    }
}

#[test]
fn h25_an_old_list_in_the_report_hides_nothing() {
    let simulation = Simulation::new();
    let reopened = || SimulatedCpu::open(simulation.dir.path()).unwrap();
    simulation.cpu.set_evaluation_numbers(numbers(18, 18, &[17, 18])).unwrap();
    let own = reopened();
    let now = SystemTime::now();
    simulation.cpu.set_collateral_window(Some(now - 20 * DAY..now + 10 * DAY)).unwrap();
    simulation.cpu.set_evaluation_numbers(numbers(17, 17, &[17])).unwrap();
    let newest = builder().tcb_evaluation(TcbEvaluation::Newest);
    assert!(passports(&simulation, &newest).iter().all(Result::is_ok), "alone it is believed");
    let with_own = newest.collateral(Arc::new(own));
    assert!(passports(&simulation, &with_own).iter().all(too_low));
}
