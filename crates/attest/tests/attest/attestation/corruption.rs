//! Every part of a report is changed once, and each change is refused by its own check.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::attestation::support::{Parts, Simulation, at, inner};
use crate::support::dcap::{COLLATERAL, LEAF, PCK_ROOT, PLATFORM_CA, flip_certificate};
use crate::support::refusal::{Refusal, refusal, refused};
use aecs_attest::{Check, Endorsement, Error, Platform, TcbStatus, Verifier};
use aecs_crypto::{KeyPair, Suite};
use aecs_sim::{Aecs20Quotes, CpuOptions, SimulatedCpu};

const DAY: Duration = Duration::from_secs(24 * 3600);

type Corruption = (&'static str, fn(&mut Parts), Refusal);

const CORRUPTIONS: &[Corruption] = &[
    // The quote.
    ("measurement", |p| p.quote[at::MRENCLAVE] ^= 1, Refusal::Untrusted(Check::QUOTE_SIGNATURE)),
    ("report data", |p| p.quote[at::REPORT_DATA] ^= 1, Refusal::Untrusted(Check::QUOTE_SIGNATURE)),
    ("bound key", |p| p.quote[at::REPORT_DATA + 32] ^= 1, Refusal::BindsAnotherKey),
    (
        "quote signature",
        |p| p.quote[at::SIGNATURE] ^= 1,
        Refusal::Untrusted(Check::QUOTE_SIGNATURE),
    ),
    (
        "attestation key",
        |p| p.quote[at::ATTESTATION_KEY] ^= 1,
        Refusal::Mismatch(Check::ATTESTATION_KEY),
    ),
    (
        "QE auth data",
        |p| p.quote[at::AUTHENTICATION_DATA] ^= 1,
        Refusal::Mismatch(Check::ATTESTATION_KEY),
    ),
    (
        "QE report",
        |p| p.quote[at::QE_REPORT + 64] ^= 1,
        Refusal::Untrusted(Check::QE_REPORT_SIGNATURE),
    ),
    (
        "QE report signature",
        |p| p.quote[at::QE_REPORT_SIGNATURE] ^= 1,
        Refusal::Untrusted(Check::QE_REPORT_SIGNATURE),
    ),
    ("QE vendor", |p| p.quote[12] ^= 1, Refusal::Mismatch(Check::QUOTE_HEADER)),
    ("TEE type", |p| p.quote[4] = 0x81, Refusal::Mismatch(Check::QUOTE_HEADER)),
    ("attestation key type", |p| p.quote[2] = 3, Refusal::Mismatch(Check::QUOTE_HEADER)),
    (
        "quote version",
        |p| p.quote[0] = 6,
        Refusal::Unsupported("quote version 6 of platform SGX_DCAP"),
    ),
    (
        "quote version that nests",
        |p| p.quote[0] = 4,
        Refusal::Malformed("signature section of the quote"),
    ),
    ("trailing byte", |p| p.quote.push(1), Refusal::Malformed("quote")),
    ("missing byte", |p| p.quote.truncate(p.quote.len() - 1), Refusal::Malformed("quote")),
    (
        "certification data type",
        |p| p.quote[at::CHAIN - 6] = 7,
        Refusal::Unsupported("certification data of type 7 (a platform manifest)"),
    ),
    (
        "certification data length",
        |p| p.quote[at::CHAIN - 4] ^= 1,
        Refusal::Malformed("signature section of the quote"),
    ),
    // The certificates in the quote.
    (
        "PCK certificate",
        |p| p.change_pck_chain(|chain| flip_certificate(chain, LEAF)),
        Refusal::Untrusted(Check::CERTIFICATE_CHAIN),
    ),
    (
        "platform CA",
        |p| p.change_pck_chain(|chain| flip_certificate(chain, PLATFORM_CA)),
        Refusal::Mismatch(Check::PCK_CRL_ISSUER),
    ),
    (
        "root of the PCK chain",
        |p| p.change_pck_chain(|chain| flip_certificate(chain, PCK_ROOT)),
        Refusal::Root(Endorsement::PCK_CHAIN),
    ),
    (
        "two PCK certificates",
        |p| p.change_pck_chain(|chain| chain.push_str(&chain.clone())),
        Refusal::Malformed("PCK certificate chain"),
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
        refused(name, simulation.verify(&parts.assemble()), expected);
    }
    for (name, corrupt, expected) in COLLATERAL {
        let mut parts = genuine.clone();
        corrupt(&mut parts.collateral);
        refused(name, simulation.verify(&parts.assemble()), expected);
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
        ("none, insecure", Verifier::builder().insecure_aecs20_simulation(Arc::new(Aecs20Quotes))),
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
    assert_eq!(refusal(&error), Refusal::Mismatch(Check::TCB_REVOKED), "{error:?}");
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

/// The key is compared before any signature is looked at.
#[test]
fn h22_the_key_is_compared_first() {
    let simulation = Simulation::new();
    let mut parts = Parts::of(&simulation.passport());
    parts.quote[at::SIGNATURE] ^= 1;
    let mut report = parts.assemble();
    assert_eq!(
        refusal(&simulation.verify(&report).unwrap_err()),
        Refusal::Untrusted(Check::QUOTE_SIGNATURE)
    );
    let other = KeyPair::generate(Suite::Modern).unwrap();
    report.pem_public_key = other.public().pem().to_owned();
    let error = simulation.verify(&report).unwrap_err();
    assert!(matches!(error, Error::KeyBinding { .. }), "{error:?}");
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
    assert!(matches!(verifier.appraise(inner(&report), before_1970), Err(Error::Clock)));
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
    assert_eq!(refusal(&error), Refusal::Unsupported("report type Uas"));
    let error = changed(|r| r.str_tee_platform = "sgx_dcap".into());
    assert_eq!(refusal(&error), Refusal::Malformed("platform"));
    let error = changed(|r| r.json_report.clear());
    assert_eq!(refusal(&error), Refusal::Malformed("DCAP report"));
}

#[test]
fn every_part_of_an_envelope_has_a_limit() {
    type Change = fn(&mut aecs_proto::UnifiedAttestationAuthReport, String);
    fn part(
        report: &mut aecs_proto::UnifiedAttestationAuthReport,
    ) -> &mut aecs_proto::UnifiedAttestationReport {
        report.report.as_mut().unwrap()
    }
    let simulation = Simulation::new();
    let genuine = simulation.passport();
    let parts: [(&str, usize, Change); 6] = [
        ("report version", 64, |r, text| part(r).str_report_version = text),
        ("report type", 64, |r, text| part(r).str_report_type = text),
        ("platform", 64, |r, text| part(r).str_tee_platform = text),
        ("report", 256 << 10, |r, text| part(r).json_report = text),
        ("nested reports", 256 << 10, |r, text| part(r).json_nested_reports = text),
        ("public key", 8 << 10, |r, text| r.pem_public_key = text),
    ];
    for (part, limit, change) in parts {
        for (len, too_large) in [(limit, false), (limit + 1, true)] {
            let mut report = genuine.clone();
            change(&mut report, " ".repeat(len));
            let error = simulation.verify(&report).unwrap_err();
            let names =
                |error: &Error| matches!(error, Error::TooLarge { what, .. } if *what == part);
            assert_eq!(names(&error), too_large, "{part} {len}: {error:?}");
            // Evidence without a key has the others.
            let appraised = simulation.verifier().appraise(inner(&report), SystemTime::now());
            let too_large = too_large && part != "public key";
            assert_eq!(appraised.err().is_some_and(|error| names(&error)), too_large, "{part}");
        }
    }
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
