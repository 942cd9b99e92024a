//! Revocation, rating and levels count behind a paravisor as on the processor itself.

use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    Check, Error, Platform, SnpProduct, TcbEvaluation, TcbStatus, Verifier, VerifierBuilder,
};
use aecs_sim::{CpuOptions, EvaluationNumbers, SimulatedAzure, SimulatedCpu, TdIdentity};

use crate::azure::support::{AMD, REPORT_DATA, appraise, envelope, guest, verifier};

#[test]
fn h10_revocation_left_out() {
    let mut guest = guest();
    guest.revoked = None;
    let evidence = SimulatedAzure::on_snp(guest.clone()).unwrap().evidence(&REPORT_DATA).unwrap();
    let error = appraise(&verifier(), &evidence, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::NoRevocationList), "{error:?}");

    guest.revoked = Some(Vec::new());
    let root = AMD.root_der(SnpProduct::Genoa);
    let builder = Verifier::builder().simulated_platform_root(Platform::AzureSnp, root);
    let own = builder.collateral(Arc::new(guest)).build().unwrap();
    let appraised = appraise(&own, &evidence, SystemTime::now()).unwrap();
    assert!(appraised.revocation().is_checked());
}

#[test]
fn h11_unrated_tcb() {
    let mut guest = guest();
    let rated = SimulatedAzure::on_snp(guest.clone()).unwrap().evidence(&REPORT_DATA).unwrap();
    let status = |evidence| {
        let appraised = appraise(&verifier(), evidence, SystemTime::now()).unwrap();
        (appraised.tcb_status(), appraised.attributes().str_tcb_status.clone())
    };
    assert_eq!(status(&rated), (TcbStatus::UpToDate, "UpToDate".into()));
    guest.report.launch_tcb.microcode = 0;
    let unrated = SimulatedAzure::on_snp(guest).unwrap().evidence(&REPORT_DATA).unwrap();
    assert_eq!(status(&unrated), (TcbStatus::Unrated, "Unrated".into()));
}

#[test]
fn h25_and_h27_on_tdx() {
    let dir = tempfile::tempdir().unwrap();
    let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
    let judge = |by: VerifierBuilder| {
        let machine = SimulatedAzure::on_tdx(cpu.trust_domain(TdIdentity::default())).unwrap();
        let evidence = machine.evidence(&REPORT_DATA).unwrap();
        let verifier = by.simulated_root(cpu.root_der()).build().unwrap();
        verifier.appraise(&envelope(Platform::AzureTdx, "Passport", &evidence), SystemTime::now())
    };
    let numbers = EvaluationNumbers { tcb_info: 19, qe_identity: 17, listed: vec![19] };
    cpu.set_evaluation_numbers(numbers).unwrap();
    let appraised = judge(Verifier::builder()).unwrap();
    assert_eq!(appraised.attributes().str_tcb_evaluation_number, "17");
    for wanted in [TcbEvaluation::Newest, TcbEvaluation::AtLeast(18)] {
        let error = judge(Verifier::builder().tcb_evaluation(wanted)).unwrap_err();
        let refused = matches!(error, Error::Mismatch { check: Check::TCB_EVALUATION, .. });
        assert!(refused, "{wanted}: {error:?}");
    }
    cpu.set_tcb_status(TcbStatus::BelowAllLevels, &[]).unwrap();
    let appraised = judge(Verifier::builder()).unwrap();
    assert_eq!(appraised.tcb_status(), TcbStatus::BelowAllLevels);
}
