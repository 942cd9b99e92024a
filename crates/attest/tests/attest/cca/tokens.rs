//! Tokens that hold.

use std::time::SystemTime;

use crate::cca::{REPORT_DATA, appraise, genuine, verifier};
use aecs_attest::{
    Acceptance, Attester as _, Backing, Check, Error, Platform, Policy, ReportRequest, UserData,
    Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    UnifiedAttestationAttributes, UnifiedAttestationAuthReport, UnifiedAttestationPolicy,
};
use aecs_sim::{CcaForm, CcaProfile, CcaToken, SimulatedCca};

#[test]
fn a_realm_proves_what_it_is_and_its_key() {
    let cca = SimulatedCca::new().unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let request = ReportRequest::passport(UserData([7; 32]), key.public());
    let report = cca.attest(&request).unwrap();
    let verifier = verifier(cca.cpak_der());
    let verified = verifier.verify(&report, SystemTime::now()).unwrap();
    assert_eq!((verified.platform(), verified.backing()), (Platform::ArmCca, Backing::Simulation));
    assert_eq!(verified.user_data(), UserData([7; 32]));
    assert_eq!(verified.measurement(), "21".repeat(32));
    assert!(!verified.debug());
    let made: Vec<_> = verified.checks().iter().map(|passed| passed.check).collect();
    assert_eq!(
        made,
        [
            Check::CCA_PLATFORM_SIGNATURE,
            Check::CCA_REALM_KEY,
            Check::CCA_REALM_SIGNATURE,
            Check::CCA_LIFECYCLE,
            Check::REPORT_DATA,
        ]
    );
    let other = KeyPair::generate(Suite::Modern).unwrap();
    let mut stolen = report;
    stolen.pem_public_key = other.public().pem().into();
    let error = verifier.verify(&stolen, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::KeyBinding { .. }), "{error:?}");
}

#[test]
fn every_claim_becomes_an_attribute() {
    let cca = SimulatedCca::new().unwrap();
    let appraised = appraise(&cca, &genuine(&cca)).unwrap();
    let attributes = appraised.attributes();
    let expected = UnifiedAttestationAttributes {
        str_tee_platform: "ARM_CCA".into(),
        hex_platform_hw_version: "1E".repeat(32),
        hex_secure_flags: "CF".repeat(4),
        hex_platform_measurement: attributes.hex_platform_measurement.clone(),
        hex_boot_measurement: "21".repeat(32),
        hex_ta_measurement: "21".repeat(32),
        bool_debug_disabled: "true".into(),
        hex_user_data: "5A".repeat(32),
        hex_hash_or_pem_pubkey: "C3".repeat(32),
        hex_rtmr0: "30".repeat(32),
        hex_rtmr1: "31".repeat(32),
        hex_rtmr2: "32".repeat(32),
        hex_rtmr3: "33".repeat(32),
        hex_host_data: "09".repeat(64),
        hex_chip_id: format!("01{}", "1D".repeat(32)),
        str_versions: "BL2=3.4.2,RMM=1.0".into(),
        bool_revocation_checked: "false".into(),
        ..Default::default()
    };
    assert_eq!(*attributes, expected);
    assert_eq!(attributes.hex_platform_measurement.len(), 96);
    assert_eq!(appraised.report_data(), Some(REPORT_DATA));
}

#[test]
fn every_profile_form_curve_and_hash_is_taken() {
    for cca in [SimulatedCca::new().unwrap(), SimulatedCca::new_p256().unwrap()] {
        for profile in [CcaProfile::Legacy, CcaProfile::V1, CcaProfile::V2] {
            for form in [CcaForm::Collection, CcaForm::Wrapped] {
                for key_hash in ["sha-256", "sha-384", "sha-512"] {
                    let key_hash = key_hash.into();
                    let token = CcaToken { profile, form, key_hash, ..CcaToken::new(REPORT_DATA) };
                    appraise(&cca, &cca.token(&token).unwrap()).unwrap();
                }
            }
        }
    }
}

#[test]
fn hashes_have_three_lengths() {
    let cca = SimulatedCca::new().unwrap();
    for len in [32, 48, 64] {
        let mut token = CcaToken::new(REPORT_DATA);
        token.initial = vec![1; len];
        token.extensible = vec![vec![2; len]; 4];
        token.components[0].measurement = vec![3; len];
        token.components[1].signer = vec![4; len];
        appraise(&cca, &cca.token(&token).unwrap()).unwrap();
    }
}

#[test]
fn one_of_several_keys_is_enough() {
    let (one, two) = (SimulatedCca::new().unwrap(), SimulatedCca::new_p256().unwrap());
    let verifier = Verifier::builder()
        .simulated_platform_root(Platform::ArmCca, one.cpak_der())
        .root(Platform::ArmCca, two.cpak_der())
        .build()
        .unwrap();
    for (cca, backing) in [(one, Backing::Simulation), (two, Backing::Hardware)] {
        let report = SimulatedCca::report(&genuine(&cca));
        assert_eq!(verifier.appraise(&report, SystemTime::now()).unwrap().backing(), backing);
    }
}

#[test]
fn a_verifier_trusts_what_it_is_told_to() {
    let cca = SimulatedCca::new().unwrap();
    let report = SimulatedCca::report(&genuine(&cca));
    let appraised = verifier(cca.cpak_der()).appraise(&report, SystemTime::now()).unwrap();
    let instance = appraised.attributes().hex_chip_id.clone();
    // What is wrong, and the instance whose key is needed.
    let needed = |error: Error| {
        let Error::Untrusted { check: Check::CCA_PLATFORM_SIGNATURE, source } = error else {
            panic!("{error:?}")
        };
        let text = source.to_string();
        let (fault, instance) = text.split_once("; the token is of instance ").unwrap();
        (fault.to_owned(), instance.to_owned())
    };
    for builder in [Verifier::builder(), Verifier::builder().vendor_roots()] {
        let error = builder.build().unwrap().appraise(&report, SystemTime::now()).unwrap_err();
        assert_eq!(needed(error), ("no CPAK is configured".into(), instance.clone()));
    }
    let other = SimulatedCca::new().unwrap();
    let error = verifier(other.cpak_der()).appraise(&report, SystemTime::now()).unwrap_err();
    assert_eq!(needed(error), ("made by none of the 1 configured CPAKs".into(), instance));
    for wrong in ["", "{}", "[{}]", "key"] {
        let error = Verifier::builder().root(Platform::ArmCca, wrong).build().unwrap_err();
        assert!(matches!(error, Error::Malformed { what: "CPAK", .. }), "{error:?}");
    }
}

#[test]
fn the_state_of_the_platforms_life_decides() {
    let cca = SimulatedCca::new().unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let genuine = cca.attest(&ReportRequest::passport(UserData([7; 32]), key.public())).unwrap();
    let verifier = verifier(cca.cpak_der());
    let verified = verifier.verify(&genuine, SystemTime::now()).unwrap();
    let key_hash = aecs_attest::Fingerprint(*verified.key_hash().as_bytes());
    let report_data = aecs_attest::ReportData { user_data: verified.user_data(), key_hash };
    let verify = |lifecycle| {
        let token = CcaToken { lifecycle, ..CcaToken::new(report_data) };
        let report = SimulatedCca::report(&cca.token(&token).unwrap());
        let report = UnifiedAttestationAuthReport { report: Some(report), ..genuine.clone() };
        verifier.verify(&report, SystemTime::now())
    };
    let any = UnifiedAttestationPolicy {
        main_attributes: vec![UnifiedAttestationAttributes::default()],
        ..Default::default()
    };
    let policy = Policy::parse(&any).unwrap();
    for (lifecycle, debug) in [(0x3000, false), (0x30FF, false), (0x4000, true), (0x50FF, true)] {
        let verified = verify(lifecycle).unwrap();
        assert_eq!(verified.debug(), debug, "{lifecycle:04X}");
        let admitted = policy.admit(&verified, &Acceptance::default());
        assert_eq!(admitted.is_err(), debug, "{lifecycle:04X}");
    }
    for lifecycle in [0x0000, 0x1000, 0x2000, 0x3100, 0x6000, 0x7000, 0xFFFF] {
        let error = verify(lifecycle).unwrap_err();
        let mismatch = matches!(error, Error::Mismatch { check: Check::CCA_LIFECYCLE, .. });
        assert!(mismatch, "{lifecycle:04X}: {error:?}");
    }
}
