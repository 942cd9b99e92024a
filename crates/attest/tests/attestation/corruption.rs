//! Every part of a report is changed once, and each change is refused by its own check.

use std::time::{Duration, SystemTime};

use crate::support::{Parts, Simulation, at, flip_certificate, flip_crl, replace};
use aecs_attest::simulation::{CpuOptions, SimulatedCpu};
use aecs_attest::{Check, Endorsement, Error, Platform, TcbStatus, Verifier};
use aecs_crypto::{KeyPair, Suite};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What a refusal is about.
#[derive(Debug, PartialEq)]
enum Refusal {
    Malformed(&'static str),
    Unsupported,
    Root(Endorsement),
    Failed(Check),
    Other,
}

fn refusal(error: &Error) -> Refusal {
    match error {
        Error::Malformed { what, .. } => Refusal::Malformed(what),
        Error::Unsupported { .. } => Refusal::Unsupported,
        Error::UnknownRoot { chain, .. } => Refusal::Root(*chain),
        Error::Untrusted { check, .. } | Error::Mismatch { check, .. } => Refusal::Failed(*check),
        _ => Refusal::Other,
    }
}

type Corruption = (&'static str, fn(&mut Parts), Refusal);

const fn untrusted(check: Check) -> Refusal {
    Refusal::Failed(check)
}

/// Leaf and root of a chain of two, or of the PCK's three.
const LEAF: usize = 0;
const PLATFORM_CA: usize = 1;

const CORRUPTIONS: &[Corruption] = &[
    // The quote.
    ("measurement", |p| p.quote[at::MRENCLAVE] ^= 1, untrusted(Check::QUOTE_SIGNATURE)),
    ("report data", |p| p.quote[at::REPORT_DATA] ^= 1, untrusted(Check::QUOTE_SIGNATURE)),
    ("bound key", |p| p.quote[at::REPORT_DATA + 32] ^= 1, untrusted(Check::QUOTE_SIGNATURE)),
    ("quote signature", |p| p.quote[at::SIGNATURE] ^= 1, untrusted(Check::QUOTE_SIGNATURE)),
    ("attestation key", |p| p.quote[at::ATTESTATION_KEY] ^= 1, untrusted(Check::ATTESTATION_KEY)),
    ("QE auth data", |p| p.quote[at::AUTHENTICATION_DATA] ^= 1, untrusted(Check::ATTESTATION_KEY)),
    ("QE report", |p| p.quote[at::QE_REPORT + 64] ^= 1, untrusted(Check::QE_REPORT_SIGNATURE)),
    (
        "QE report signature",
        |p| p.quote[at::QE_REPORT_SIGNATURE] ^= 1,
        untrusted(Check::QE_REPORT_SIGNATURE),
    ),
    ("QE vendor", |p| p.quote[12] ^= 1, untrusted(Check::QUOTE_HEADER)),
    ("TEE type", |p| p.quote[4] = 0x81, untrusted(Check::QUOTE_HEADER)),
    ("attestation key type", |p| p.quote[2] = 3, untrusted(Check::QUOTE_HEADER)),
    ("quote version", |p| p.quote[0] = 6, Refusal::Unsupported),
    (
        "quote version that nests",
        |p| p.quote[0] = 4,
        Refusal::Malformed("signature section of the quote"),
    ),
    ("trailing byte", |p| p.quote.push(1), Refusal::Malformed("quote")),
    ("missing byte", |p| p.quote.truncate(p.quote.len() - 1), Refusal::Malformed("quote")),
    ("certification data type", |p| p.quote[at::CHAIN - 6] = 7, Refusal::Unsupported),
    (
        "certification data length",
        |p| p.quote[at::CHAIN - 4] ^= 1,
        Refusal::Malformed("signature section of the quote"),
    ),
    // The certificates in the quote.
    (
        "PCK certificate",
        |p| p.change_pck_chain(|chain| flip_certificate(chain, LEAF)),
        untrusted(Check::CERTIFICATE_CHAIN),
    ),
    (
        "platform CA",
        |p| p.change_pck_chain(|chain| flip_certificate(chain, PLATFORM_CA)),
        untrusted(Check::PCK_CRL_ISSUER),
    ),
    (
        "root of the PCK chain",
        |p| p.change_pck_chain(|chain| flip_certificate(chain, 2)),
        Refusal::Root(Endorsement::PCK_CHAIN),
    ),
    (
        "two PCK certificates",
        |p| p.change_pck_chain(|chain| chain.push_str(&chain.clone())),
        Refusal::Malformed("PCK certificate chain"),
    ),
    // The collateral.
    ("collateral version", |p| p.collateral.version = 1, Refusal::Unsupported),
    ("collateral TEE type", |p| p.collateral.tee_type = 0x81, Refusal::Malformed("collateral")),
    (
        "CRL issuer",
        |p| flip_certificate(&mut p.collateral.pck_crl_issuer_chain, LEAF),
        untrusted(Check::PCK_CRL_ISSUER),
    ),
    (
        "root of the CRL issuer",
        |p| flip_certificate(&mut p.collateral.pck_crl_issuer_chain, 1),
        Refusal::Root(Endorsement::PCK_CRL_CHAIN),
    ),
    ("root CA CRL", |p| flip_crl(&mut p.collateral.root_ca_crl), untrusted(Check::ROOT_CA_CRL)),
    ("PCK CRL", |p| flip_crl(&mut p.collateral.pck_crl), untrusted(Check::PCK_CRL)),
    (
        "PCK CRL in place of the root's",
        |p| p.collateral.root_ca_crl = p.collateral.pck_crl.clone(),
        untrusted(Check::ROOT_CA_CRL),
    ),
    (
        "root's CRL in place of the PCK's",
        |p| p.collateral.pck_crl = p.collateral.root_ca_crl.clone(),
        untrusted(Check::PCK_CRL),
    ),
    (
        "TCB signer",
        |p| flip_certificate(&mut p.collateral.tcb_info_issuer_chain, LEAF),
        untrusted(Check::CERTIFICATE_CHAIN),
    ),
    (
        "root of the TCB signer",
        |p| flip_certificate(&mut p.collateral.tcb_info_issuer_chain, 1),
        Refusal::Root(Endorsement::TCB_INFO_CHAIN),
    ),
    (
        "platform CA as TCB signer",
        |p| p.collateral.tcb_info_issuer_chain = p.collateral.pck_crl_issuer_chain.clone(),
        untrusted(Check::CERTIFICATE_CHAIN),
    ),
    (
        "TCB info",
        |p| replace(&mut p.collateral.tcb_info, "2024-03-13", "2024-03-14"),
        untrusted(Check::TCB_INFO_SIGNATURE),
    ),
    (
        "TCB info with white space in a text",
        |p| replace(&mut p.collateral.tcb_info, r#""id":"SGX""#, r#""id":"SGX ""#),
        untrusted(Check::TCB_INFO_SIGNATURE),
    ),
    (
        "TCB info with another field",
        |p| replace(&mut p.collateral.tcb_info, r#"{"tcbInfo""#, r#"{"x":1,"tcbInfo""#),
        Refusal::Malformed("TCB info"),
    ),
    (
        "signature of the TCB info",
        |p| replace(&mut p.collateral.tcb_info, r#""signature":""#, r#""signature":"00"#),
        Refusal::Malformed("TCB info"),
    ),
    (
        "QE identity for the TCB info",
        |p| p.collateral.tcb_info = p.collateral.qe_identity.clone(),
        Refusal::Malformed("TCB info"),
    ),
    (
        "QE identity renamed to TCB info",
        |p| p.collateral.tcb_info = p.collateral.qe_identity.replace("enclaveIdentity", "tcbInfo"),
        untrusted(Check::TCB_INFO_SCOPE),
    ),
    (
        "QE identity signer",
        |p| flip_certificate(&mut p.collateral.qe_identity_issuer_chain, LEAF),
        untrusted(Check::CERTIFICATE_CHAIN),
    ),
    (
        "root of the QE identity signer",
        |p| flip_certificate(&mut p.collateral.qe_identity_issuer_chain, 1),
        Refusal::Root(Endorsement::QE_IDENTITY_CHAIN),
    ),
    (
        "QE identity",
        |p| replace(&mut p.collateral.qe_identity, r#""isvprodid":1"#, r#""isvprodid":2"#),
        untrusted(Check::QE_IDENTITY_SIGNATURE),
    ),
    ("no QE identity", |p| p.collateral.qe_identity.clear(), Refusal::Malformed("QE identity")),
    (
        "TCB info renamed to QE identity",
        |p| p.collateral.qe_identity = p.collateral.tcb_info.replace("tcbInfo", "enclaveIdentity"),
        untrusted(Check::QE_IDENTITY_SCOPE),
    ),
];

#[test]
fn every_change_is_refused_by_its_own_check() {
    let simulation = Simulation::new();
    let genuine = Parts::of(&simulation.passport());
    simulation.verify(&genuine.assemble()).unwrap();

    for (name, corrupt, expected) in CORRUPTIONS {
        let mut parts = genuine.clone();
        corrupt(&mut parts);
        match simulation.verify(&parts.assemble()) {
            Ok(_) => panic!("{name}: accepted"),
            Err(error) => assert_eq!(&refusal(&error), expected, "{name}: {error:?}"),
        }
    }
}

#[test]
fn every_byte_before_the_certificates_counts() {
    let simulation = Simulation::new();
    let verifier = simulation.verifier();
    let genuine = Parts::of(&simulation.passport());
    for at in 0..at::CHAIN {
        let mut parts = genuine.clone();
        parts.quote[at] ^= 0x40;
        let result = verifier.verify(&parts.assemble(), SystemTime::now());
        assert!(result.is_err(), "byte {at}");
    }
}

#[test]
fn another_cpus_collateral_is_refused() {
    let (simulation, other) = (Simulation::new(), Simulation::new());
    let mut parts = Parts::of(&simulation.passport());
    parts.collateral = Parts::of(&other.passport()).collateral;
    // Even when both CPUs are trusted.
    let verifier = Verifier::builder()
        .simulated_root(simulation.cpu.root_der())
        .simulated_root(other.cpu.root_der())
        .build()
        .unwrap();
    let error = verifier.verify(&parts.assemble(), SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Root(Endorsement::TCB_INFO_CHAIN));
}

#[test]
fn an_unknown_root_is_refused() {
    let simulation = Simulation::new();
    let report = simulation.passport();
    let other = Simulation::new();
    let verifiers = [
        ("another CPU's", Verifier::builder().simulated_root(other.cpu.root_der())),
        ("Intel's", Verifier::builder().vendor_roots()),
        ("none", Verifier::builder()),
        ("none, insecure", Verifier::builder().insecure_aecs20_simulation()),
    ];
    for (name, builder) in verifiers {
        let error = builder.build().unwrap().verify(&report, SystemTime::now()).unwrap_err();
        assert_eq!(refusal(&error), Refusal::Root(Endorsement::PCK_CHAIN), "{name}: {error:?}");
    }
}

#[test]
fn a_revoked_certificate_is_refused() {
    let simulation = Simulation::new();
    simulation.cpu.set_pck_revoked(true).unwrap();
    let error = simulation.verify(&simulation.passport()).unwrap_err();
    let Error::Revoked { what: Endorsement::PCK_CHAIN, serial } = error else {
        panic!("{error:?}");
    };
    assert_eq!(serial, "514D554C");
    simulation.cpu.set_pck_revoked(false).unwrap();
    simulation.verify(&simulation.passport()).unwrap();
}

#[test]
fn a_revoked_platform_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let options = CpuOptions { tcb_status: TcbStatus::Revoked, ..CpuOptions::default() };
    let cpu = SimulatedCpu::create(dir.path(), options).unwrap();
    let simulation = Simulation { dir, cpu, key: KeyPair::generate(Suite::Modern).unwrap() };
    let error = simulation.verify(&simulation.passport()).unwrap_err();
    assert_eq!(refusal(&error), untrusted(Check::TCB_REVOKED), "{error:?}");
}

#[test]
fn another_key_is_refused() {
    let simulation = Simulation::new();
    let genuine = simulation.passport();
    let other = KeyPair::generate(Suite::Modern).unwrap();
    let same_key_other_text = simulation.key.public().pem().trim_end().to_owned();
    for pem in [other.public().pem().to_owned(), same_key_other_text, String::new()] {
        let mut report = genuine.clone();
        report.pem_public_key = pem;
        let error = simulation.verify(&report).unwrap_err();
        match error {
            Error::KeyBinding { expected, actual } => {
                assert_eq!(actual.0, *simulation.key.public().fingerprint().as_bytes());
                assert_ne!(expected, actual);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn reports_are_refused_outside_their_time() {
    let simulation = Simulation::new();
    let verifier = simulation.verifier();
    let now = SystemTime::now();
    let (from, until) = (now - 2 * DAY / 3, now + DAY);
    simulation.cpu.set_collateral_window(Some(from..until)).unwrap();
    let report = simulation.passport();

    let verified = verifier.verify(&report, now).unwrap();
    assert!(verified.valid_until() <= until && verified.valid_until() + DAY > until);
    assert!(verified.valid_from() <= from && verified.valid_from() + DAY > from);
    let late = verifier.verify(&report, until + Duration::from_secs(2)).unwrap_err();
    assert!(matches!(late, Error::Expired { what: Endorsement::ROOT_CA_CRL, .. }), "{late:?}");
    let early = verifier.verify(&report, from - Duration::from_secs(2)).unwrap_err();
    assert!(
        matches!(early, Error::NotYetValid { what: Endorsement::ROOT_CA_CRL, .. }),
        "{early:?}"
    );
    let before_1970 = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    assert!(matches!(verifier.verify(&report, before_1970), Err(Error::Clock)));
}

#[test]
fn a_report_without_collateral_is_refused() {
    let simulation = Simulation::new();
    let error = simulation.verify(&simulation.background_check()).unwrap_err();
    assert!(matches!(error, Error::NoCollateral), "{error:?}");

    let mut passport_in_name_only = simulation.background_check();
    passport_in_name_only.report.as_mut().unwrap().str_report_type = "Passport".into();
    let error = simulation.verify(&passport_in_name_only).unwrap_err();
    assert!(matches!(error, Error::NoCollateral), "{error:?}");

    let mut passport = simulation.passport();
    passport.report.as_mut().unwrap().str_report_type = "BackgroundCheck".into();
    let error = simulation.verify(&passport).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Malformed("report"));
}

#[test]
fn envelopes_that_are_no_reports_are_refused() {
    let simulation = Simulation::new();
    let genuine = simulation.passport();

    let mut report = genuine.clone();
    report.report = None;
    assert_eq!(refusal(&simulation.verify(&report).unwrap_err()), Refusal::Malformed("report"));

    let changed = |change: fn(&mut aecs_proto::UnifiedAttestationReport)| {
        let mut report = genuine.clone();
        change(report.report.as_mut().unwrap());
        simulation.verify(&report).unwrap_err()
    };
    let error = changed(|r| r.str_report_version = "9.9".into());
    assert_eq!(refusal(&error), Refusal::Malformed("report version"));
    let error = changed(|r| r.str_report_type.clear());
    assert_eq!(refusal(&error), Refusal::Malformed("report type"));
    let error = changed(|r| r.str_report_type = "Uas".into());
    assert_eq!(refusal(&error), Refusal::Unsupported);
    let error = changed(|r| r.str_tee_platform = "sgx_dcap".into());
    assert_eq!(refusal(&error), Refusal::Malformed("platform"));
    let error = changed(|r| r.json_report = " ".repeat(1 << 20));
    assert!(matches!(error, Error::TooLarge { what: "report", .. }), "{error:?}");
    let error = changed(|r| r.json_report.clear());
    assert_eq!(refusal(&error), Refusal::Malformed("DCAP report"));
}

#[test]
fn evidence_of_an_enclave_is_no_other_platforms() {
    let simulation = Simulation::new();
    let verifier = simulation.verifier();
    let mut report = simulation.passport();
    for platform in Platform::ALL.iter().filter(|platform| **platform != Platform::SgxDcap) {
        report.report.as_mut().unwrap().str_tee_platform = platform.as_str().into();
        assert!(verifier.verify(&report, SystemTime::now()).is_err(), "{platform}");
    }
}
