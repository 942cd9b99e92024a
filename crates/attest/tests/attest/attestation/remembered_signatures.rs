//! A signature that verified before is not verified again; everything else is judged at every call.

use std::time::{Duration, SystemTime};

use aecs_attest::{
    Attributes, Check, Endorsement, Error, TcbEvaluation, TcbStatus, Verified, Verifier,
    VerifierBuilder,
};
use aecs_sim::EvaluationNumbers;

use crate::attestation::support::{Parts, Simulation, at};
use crate::support::refusal::{Refusal, refusal, refused};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A verifier that remembers no reports, and the signatures behind one.
fn verifier(simulation: &Simulation, change: fn(VerifierBuilder) -> VerifierBuilder) -> Verifier {
    let builder = Verifier::builder().simulated_root(simulation.cpu.root_der());
    let verifier = change(builder.cache(0, Duration::ZERO)).build().unwrap();
    verify(&verifier, simulation).unwrap();
    verifier
}

fn verify(verifier: &Verifier, simulation: &Simulation) -> Result<Verified<Attributes>, Error> {
    verifier.verify(&simulation.passport(), SystemTime::now())
}

#[test]
fn what_has_expired_is_refused() {
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, |builder| builder);
    let (report, now) = (simulation.passport(), SystemTime::now());
    for (then, expected) in [
        (now + 60 * DAY, Refusal::Expired(Endorsement::ROOT_CA_CRL)),
        (now + 40 * 366 * DAY, Refusal::Expired(Endorsement::PCK_CHAIN)),
    ] {
        assert_eq!(refusal(&verifier.verify(&report, then).unwrap_err()), expected);
        verifier.verify(&report, now).unwrap();
    }
}

#[test]
fn what_is_revoked_is_refused() {
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, |builder| builder);
    for _ in 0..2 {
        simulation.cpu.set_pck_revoked(true).unwrap();
        let error = verify(&verifier, &simulation).unwrap_err();
        assert_eq!(refusal(&error), Refusal::Revoked(Endorsement::PCK_CHAIN));
        simulation.cpu.set_pck_revoked(false).unwrap();
        verify(&verifier, &simulation).unwrap();
    }
}

#[test]
fn the_status_is_that_of_the_report() {
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, |builder| builder);
    for status in [TcbStatus::OutOfDate, TcbStatus::UpToDate, TcbStatus::OutOfDate] {
        simulation.cpu.set_tcb_status(status, &[]).unwrap();
        assert_eq!(verify(&verifier, &simulation).unwrap().tcb_status(), status);
    }
}

#[test]
fn the_evaluation_number_is_that_of_the_report() {
    let simulation = Simulation::new();
    let numbers = |number| EvaluationNumbers {
        tcb_info: number,
        qe_identity: number,
        ..EvaluationNumbers::default()
    };
    simulation.cpu.set_evaluation_numbers(numbers(19)).unwrap();
    let verifier =
        verifier(&simulation, |builder| builder.tcb_evaluation(TcbEvaluation::AtLeast(19)));
    simulation.cpu.set_evaluation_numbers(numbers(18)).unwrap();
    let error = verify(&verifier, &simulation).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Mismatch(Check::TCB_EVALUATION));
}

/// Of each thing that is signed: another bit in it, and another bit in its signature.
#[test]
fn what_differs_by_a_bit_is_refused() {
    fn next(text: &mut String, at: usize) {
        let digit = text.as_bytes()[at];
        assert!(digit.is_ascii_hexdigit(), "{text}");
        let other = if digit == b'1' { "2" } else { "1" };
        text.replace_range(at..=at, other);
    }
    type Change = fn(&mut Parts);
    let changes: &[(&str, Change, Refusal)] = &[
        (
            "TCB info",
            |parts| {
                let text = &mut parts.collateral.tcb_info;
                let at = text.find("fmspc").unwrap() + 8;
                next(text, at);
            },
            Refusal::Untrusted(Check::TCB_INFO_SIGNATURE),
        ),
        (
            "signature of the TCB info",
            |parts| {
                let text = &mut parts.collateral.tcb_info;
                let at = text.rfind('"').unwrap() - 1;
                next(text, at);
            },
            Refusal::Untrusted(Check::TCB_INFO_SIGNATURE),
        ),
        (
            "signature of the QE identity",
            |parts| {
                let text = &mut parts.collateral.qe_identity;
                let at = text.rfind('"').unwrap() - 1;
                next(text, at);
            },
            Refusal::Untrusted(Check::QE_IDENTITY_SIGNATURE),
        ),
        (
            "report of the quoting enclave",
            |parts| parts.quote[at::QE_REPORT] ^= 1,
            Refusal::Untrusted(Check::QE_REPORT_SIGNATURE),
        ),
        (
            "signature of the quoting enclave's report",
            |parts| parts.quote[at::QE_REPORT_SIGNATURE] ^= 1,
            Refusal::Untrusted(Check::QE_REPORT_SIGNATURE),
        ),
    ];
    let simulation = Simulation::new();
    let verifier = verifier(&simulation, |builder| builder);
    let now = SystemTime::now();
    for (name, change, expected) in changes {
        let mut parts = Parts::of(&simulation.passport());
        change(&mut parts);
        refused(name, verifier.verify(&parts.assemble(), now), expected);
    }
}
