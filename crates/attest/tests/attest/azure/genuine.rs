//! Evidence that holds, and the key that it binds.

use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    Acceptance, Attester as _, Backing, Error, Platform, Policy, ReportData, ReportRequest,
    ReportType, SnpProduct, UserData, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};
use aecs_sim::{SimulatedAzure, SimulatedSnp, TpmBinding};

use crate::azure::support::{AMD, REPORT_DATA, appraise, machine, verifier};

#[test]
fn report_data_is_bound_in_three_ways() {
    for binding in [TpmBinding::ExtraData, TpmBinding::Sha384, TpmBinding::Sha256] {
        let mut machine = machine();
        machine.binding = binding.clone();
        let evidence = machine.evidence(&REPORT_DATA).unwrap();
        let appraised = appraise(&verifier(), &evidence, SystemTime::now()).unwrap();
        assert_eq!(appraised.report_data(), Some(ReportData::from(REPORT_DATA)), "{binding:?}");
        assert_eq!(appraised.attributes().hex_user_data, "5A".repeat(32));
        assert_eq!(appraised.attributes().hex_hash_or_pem_pubkey, "5A".repeat(32));
        assert_eq!(appraised.backing(), Backing::Simulation);
    }
}

#[test]
fn registers_are_attributes() {
    let mut machine = machine();
    machine.pcrs = [(0, [0xAA; 32]), (7, [0xBB; 32]), (23, [0xCC; 32])].into();
    let evidence = machine.evidence(&REPORT_DATA).unwrap();
    let appraised = appraise(&verifier(), &evidence, SystemTime::now()).unwrap();
    let expected = format!("0={},23={},7={}", "AA".repeat(32), "CC".repeat(32), "BB".repeat(32));
    assert_eq!(appraised.attributes().str_pcrs, expected);
    assert_eq!(appraised.attributes().str_product, "Genoa");
}

#[test]
fn an_attester_is_admitted_by_its_registers() {
    let machine = machine();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let report = machine.attest(&ReportRequest::passport(UserData([7; 32]), key.public())).unwrap();
    let verifier = verifier();
    let attributes = verifier.verify(&report, SystemTime::now()).unwrap();
    assert_eq!(attributes.platform(), Platform::AzureSnp);
    assert_eq!(attributes.user_data(), UserData([7; 32]));
    let admit = |pcrs: String| {
        let entry = UnifiedAttestationAttributes { str_pcrs: pcrs, ..Default::default() };
        let policy =
            UnifiedAttestationPolicy { main_attributes: vec![entry], ..Default::default() };
        Policy::parse(&policy).unwrap().admit(&attributes, &Acceptance::default()).is_ok()
    };
    assert!(admit(format!("4={},7={}", "04".repeat(32), "07".repeat(32))));
    assert!(!admit(format!("4={},7={}", "04".repeat(32), "08".repeat(32))));

    let other = KeyPair::generate(Suite::Modern).unwrap();
    let mut stolen = report;
    stolen.pem_public_key = other.public().pem().into();
    let error = verifier.verify(&stolen, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::KeyBinding { .. }), "{error:?}");
}

#[test]
fn a_quote_for_a_nonce_binds_no_key() {
    for nonce in [vec![], b"challenge".to_vec(), vec![1; 32], vec![1; 48], vec![1; 63]] {
        let mut machine = machine();
        machine.binding = TpmBinding::Nonce(nonce.clone());
        let evidence = machine.evidence(&REPORT_DATA).unwrap();
        let appraised = appraise(&verifier(), &evidence, SystemTime::now()).unwrap();
        assert_eq!(appraised.nonce(), Some(&*nonce));
        assert_eq!(appraised.attributes().hex_hash_or_pem_pubkey, "");

        let key = KeyPair::generate(Suite::Modern).unwrap();
        let request = ReportRequest::passport(UserData::default(), key.public());
        let report = machine.attest(&request).unwrap();
        let error = verifier().verify(&report, SystemTime::now()).unwrap_err();
        let platform = Platform::AzureSnp;
        assert!(
            matches!(error, Error::BindsNoKey { platform: found } if found == platform),
            "{error:?}"
        );
    }
}

#[test]
fn a_source_completes_a_report() {
    let guest = SimulatedSnp::new(&AMD, SnpProduct::Genoa).unwrap();
    let machine = SimulatedAzure::on_snp(guest.clone()).unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let request = ReportRequest {
        report_type: ReportType::BackgroundCheck,
        ..ReportRequest::passport(UserData::default(), key.public())
    };
    let report = machine.attest(&request).unwrap();
    let error = verifier().verify(&report, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::NoCollateral), "{error:?}");

    let verifier = Verifier::builder()
        .simulated_platform_root(Platform::AzureSnp, AMD.root_der(SnpProduct::Genoa))
        .collateral(Arc::new(guest))
        .build()
        .unwrap();
    verifier.verify(&report, SystemTime::now()).unwrap();
}
