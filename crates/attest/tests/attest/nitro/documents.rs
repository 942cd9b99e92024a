//! Documents that hold.

use std::time::{Duration, SystemTime};

use crate::nitro::{REPORT_DATA, appraise, genuine, verifier};
use aecs_attest::{
    Acceptance, Attester as _, Backing, Check, Endorsement, Error, Platform, Policy, ReportRequest,
    UserData, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};
use aecs_sim::{NitroDocument, SimulatedNitro};

#[test]
fn an_enclave_proves_what_it_is_and_its_key() {
    let nitro = SimulatedNitro::new().unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let request = ReportRequest::passport(UserData([7; 32]), key.public());
    let report = nitro.attest(&request).unwrap();
    let verifier = verifier(nitro.root_der());
    let verified = verifier.verify(&report, SystemTime::now()).unwrap();
    assert_eq!(
        (verified.platform(), verified.backing()),
        (Platform::AwsNitro, Backing::Simulation)
    );
    assert_eq!(verified.user_data(), UserData([7; 32]));
    assert_eq!(verified.measurement(), "A0".repeat(48));
    assert_eq!(verified.signer(), "A8".repeat(48));
    assert!(!verified.debug());
    let made: Vec<_> = verified.checks().iter().map(|passed| passed.check).collect();
    let certificates = [Check::CERTIFICATE_CHAIN, Check::VALIDITY];
    let document = [Check::NITRO_SIGNATURE, Check::NITRO_TIMESTAMP, Check::VALIDITY];
    let expected = [&certificates[..], &document, &[Check::REPORT_DATA]].concat();
    assert_eq!(made, expected);

    let other = KeyPair::generate(Suite::Modern).unwrap();
    let mut stolen = report;
    stolen.pem_public_key = other.public().pem().into();
    let error = verifier.verify(&stolen, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::KeyBinding { .. }), "{error:?}");
}

#[test]
fn every_field_becomes_an_attribute() {
    let nitro = SimulatedNitro::new().unwrap();
    let mut document = NitroDocument::new(REPORT_DATA);
    document.nonce = Some(vec![0x4E; 20]);
    document.public_key = Some(vec![1; 294]);
    let appraised = appraise(&nitro, &nitro.document(&document).unwrap()).unwrap();
    let registers: Vec<String> = document
        .pcrs
        .iter()
        .map(|(index, value)| format!("{index}={}", hex::encode_upper(value)))
        .collect();
    let attributes = appraised.attributes();
    // Named values are sorted by name.
    let mut actual: Vec<&str> = attributes.str_pcrs.split(',').collect();
    actual.sort_by_key(|pair| pair.split_once('=').unwrap().0.parse::<u8>().unwrap());
    assert_eq!(actual, registers);
    let expected = UnifiedAttestationAttributes {
        str_tee_platform: "AWS_NITRO".into(),
        str_tee_identity: "i-0123456789abcdef0-enc0123456789abcdef".into(),
        hex_boot_measurement: "A0".repeat(48),
        hex_ta_measurement: "A0".repeat(48),
        hex_signer: "A8".repeat(48),
        bool_debug_disabled: "true".into(),
        hex_user_data: "5A".repeat(32),
        hex_hash_or_pem_pubkey: "C3".repeat(32),
        hex_nonce: "4E".repeat(20),
        str_pcrs: attributes.str_pcrs.clone(),
        bool_revocation_checked: "false".into(),
        ..Default::default()
    };
    assert_eq!(*attributes, expected);
    assert_eq!(appraised.report_data(), Some(REPORT_DATA));
}

#[test]
fn both_encodings_of_the_message_are_taken() {
    let nitro = SimulatedNitro::new().unwrap();
    let document = NitroDocument { tagged: true, ..NitroDocument::new(REPORT_DATA) };
    appraise(&nitro, &nitro.document(&document).unwrap()).unwrap();

    // As hypervisors write it: a map that ends somewhere.
    let mut payload = nitro.payload(&document).unwrap();
    assert_eq!(payload[0], 0xA9);
    payload[0] = 0xBF;
    payload.push(0xFF);
    appraise(&nitro, &nitro.sign(payload, false).unwrap()).unwrap();
}

#[test]
fn documents_for_others_are_genuine_and_bind_no_key() {
    let nitro = SimulatedNitro::new().unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    for user_data in [None, Some(vec![]), Some(vec![1; 63]), Some(vec![1; 65])] {
        let nonce = Some(vec![0x4E; 20]);
        let document = NitroDocument { user_data, nonce, ..NitroDocument::new(REPORT_DATA) };
        let document = nitro.document(&document).unwrap();
        let appraised = appraise(&nitro, &document).unwrap();
        assert_eq!(appraised.report_data(), None);
        assert_eq!(appraised.attributes().hex_hash_or_pem_pubkey, "");
        assert!(appraised.expect_nonce(&[0x4E; 20]).is_ok());
        assert!(appraised.expect_nonce(&[0x4F; 20]).is_err());

        let report = aecs_proto::UnifiedAttestationAuthReport {
            report: Some(SimulatedNitro::report(&document)),
            pem_public_key: key.public().pem().into(),
        };
        let error = verifier(nitro.root_der()).verify(&report, SystemTime::now()).unwrap_err();
        assert!(matches!(error, Error::BindsNoKey { platform: Platform::AwsNitro }), "{error:?}");
    }
}

#[test]
fn an_enclave_for_debugging_is_genuine_and_not_admitted() {
    let nitro = SimulatedNitro::new().unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let genuine = nitro.attest(&ReportRequest::passport(UserData([7; 32]), key.public())).unwrap();
    let policy = Policy::parse(&UnifiedAttestationPolicy {
        main_attributes: vec![UnifiedAttestationAttributes {
            str_tee_platform: "AWS_NITRO".into(),
            ..Default::default()
        }],
        ..Default::default()
    })
    .unwrap();
    let verifier = verifier(nitro.root_der());
    let verified = verifier.verify(&genuine, SystemTime::now()).unwrap();
    policy.admit(&verified, &Acceptance::default()).unwrap();

    let mut document = NitroDocument::new(verified_data(&verified));
    for index in [0, 1, 2] {
        document.pcrs.insert(index, vec![0; 48]);
    }
    document.pcrs.insert(8, vec![0; 48]);
    let mut report = genuine;
    let inner = report.report.as_mut().unwrap();
    inner.json_report = SimulatedNitro::report(&nitro.document(&document).unwrap()).json_report;
    let verified = verifier.verify(&report, SystemTime::now()).unwrap();
    assert!(verified.debug());
    assert_eq!(verified.signer(), "");
    let denial = policy.admit(&verified, &Acceptance::default()).unwrap_err();
    assert_eq!(denial.mismatches[0].attribute, "bool_debug_disabled");
}

fn verified_data(verified: &aecs_attest::Attributes) -> aecs_attest::ReportData {
    let key_hash = aecs_attest::Fingerprint(*verified.key_hash().as_bytes());
    aecs_attest::ReportData { user_data: verified.user_data(), key_hash }
}

#[test]
fn the_window_is_that_of_the_enclaves_certificate() {
    let [root, region, zone, instance, mut enclave] = SimulatedNitro::certificates();
    let now = SystemTime::now();
    enclave.validity = now - Duration::from_secs(60)..now + Duration::from_secs(3 * 3600);
    let nitro =
        SimulatedNitro::with_certificates(&root, &[region, zone, instance, enclave.clone()])
            .unwrap();
    let verified = appraise(&nitro, &genuine(&nitro)).unwrap();
    let until = enclave.validity.end;
    assert!(verified.valid_until() <= until);
    assert!(verified.valid_until() + Duration::from_secs(1) > until);
    assert!(verified.valid_from() + Duration::from_secs(61) > now);
}

#[test]
fn a_verifier_trusts_what_it_is_told_to() {
    let nitro = SimulatedNitro::new().unwrap();
    let report = SimulatedNitro::report(&genuine(&nitro));
    let other = SimulatedNitro::new().unwrap();
    let builders = [
        Verifier::builder(),
        Verifier::builder().vendor_roots(),
        Verifier::builder().root(Platform::AwsNitro, other.root_der()),
        // The root of another platform.
        Verifier::builder().root(Platform::NvidiaGpu, nitro.root_der()),
    ];
    for builder in builders {
        let error = builder.build().unwrap().appraise(&report, SystemTime::now()).unwrap_err();
        let Error::UnknownRoot { chain, actual, .. } = error else { panic!("{error:?}") };
        assert_eq!(chain, Endorsement::NITRO_CHAIN);
        assert_eq!(
            actual,
            aecs_attest::PresentedRoot::Certificate(aecs_attest::Fingerprint::of(nitro.root_der()))
        );
    }
    let hardware = Verifier::builder().root(Platform::AwsNitro, nitro.root_der()).build().unwrap();
    let appraised = hardware.appraise(&report, SystemTime::now()).unwrap();
    assert_eq!(appraised.backing(), Backing::Hardware);

    for wrong in [vec![], b"root".to_vec(), [nitro.root_der(), &[0]].concat()] {
        let error = Verifier::builder().root(Platform::AwsNitro, wrong).build().unwrap_err();
        assert!(matches!(error, Error::Malformed { what: "root certificate", .. }), "{error:?}");
    }
}
