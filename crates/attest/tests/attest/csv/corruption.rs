//! Every part of a report is changed once, and each change is refused by its own check.

use std::time::SystemTime;

use super::{LAYOUTS, Parts, USER_DATA, chip, report_of, verifier};
use crate::support::refusal::{Refusal, refusal, refused};
use aecs_attest::{Attester, Check, Endorsement, Error, Platform, ReportRequest, Verifier};
use aecs_crypto::sm::hmac_sm3;
use aecs_crypto::{KeyPair, Suite};
use aecs_sim::{CsvGuest, CsvLayout, CsvOptions, SimulatedCsv};

/// Where the parts of a legacy report are.
mod at {
    use std::ops::Range;

    pub(super) const MNONCE: Range<usize> = 0x80..0x90;
    pub(super) const ANONCE: Range<usize> = 0xBC..0xC0;
    pub(super) const SIGNED: usize = 0xB4;
    pub(super) const USAGE: usize = 0xB4;
    pub(super) const ALGORITHM: usize = 0xB8;
    pub(super) const R: usize = 0xC0;
    pub(super) const S: usize = 0x108;
    pub(super) const PEK: usize = 0x150;
    pub(super) const CHIP_ID: usize = PEK + 2084;
    pub(super) const RESERVED: usize = CHIP_ID + 64;
    pub(super) const HMAC: usize = RESERVED + 32;
    pub(super) const END: usize = HMAC + 32;

    /// In the certificate of a root or signing key.
    pub(super) mod root {
        pub(in super::super) const VERSION: usize = 0;
        pub(in super::super) const KEY_ID: usize = 4;
        pub(in super::super) const CERTIFYING_ID: usize = 20;
        pub(in super::super) const USAGE: usize = 36;
        pub(in super::super) const CURVE: usize = 64;
        pub(in super::super) const USER_ID_LEN: usize = 212;
        pub(in super::super) const USER_ID: usize = 214;
        pub(in super::super) const SIGNATURE: usize = 576;
    }

    /// In the certificate of a key of a chip.
    pub(super) mod chip {
        pub(in super::super) const VERSION: usize = 0;
        pub(in super::super) const API: usize = 4;
        pub(in super::super) const USAGE: usize = 8;
        pub(in super::super) const ALGORITHM: usize = 12;
        pub(in super::super) const CURVE: usize = 16;
        pub(in super::super) const POINT: usize = 20;
        pub(in super::super) const USER_ID: usize = 166;
        pub(in super::super) const SIGNER_ID: usize = 420;
        pub(in super::super) const SIGNATURE_USAGE: usize = 1044;
        pub(in super::super) const SIGNATURE_ALGORITHM: usize = 1048;
        pub(in super::super) const SIGNATURE: usize = 1052;
        pub(in super::super) const SECOND_USAGE: usize = 1564;
    }
}

/// Makes the HMAC again, as an attacker who changes a report can.
fn fix_hmac(report: &mut [u8]) {
    let anonce: Vec<u8> = report[at::ANONCE].to_vec();
    let mnonce: Vec<u8> =
        report[at::MNONCE].iter().zip(anonce.iter().cycle()).map(|(a, b)| a ^ b).collect();
    let hmac = hmac_sm3(&mnonce, &[&report[at::PEK..at::HMAC]]).unwrap();
    report[at::HMAC..at::END].copy_from_slice(&hmac);
}

fn change_pek(parts: &mut Parts, offset: usize) {
    parts.report[at::PEK + offset] ^= 1;
    fix_hmac(&mut parts.report);
}

type Corruption = (&'static str, fn(&mut Parts), Refusal);

const CSV_REPORT: Refusal = Refusal::Malformed("CSV report");
const HSK: Refusal = Refusal::Malformed("HSK certificate");
const CEK: Refusal = Refusal::Malformed("CEK certificate");
const PEK: Refusal = Refusal::Malformed("PEK certificate");
const SIGNATURE: Refusal = Refusal::Untrusted(Check::CSV_SIGNATURE);

#[rustfmt::skip]
const CORRUPTIONS: &[Corruption] = &[
    // The report.
    ("owner's key", |p| p.report[0] ^= 1, SIGNATURE),
    ("VM id", |p| p.report[0x20] ^= 1, SIGNATURE),
    ("VM version", |p| p.report[0x30] ^= 1, SIGNATURE),
    ("user data", |p| p.report[0x40] ^= 1, SIGNATURE),
    ("bound key", |p| p.report[0x60] ^= 1, Refusal::BindsAnotherKey),
    ("measurement", |p| p.report[0x90] ^= 1, SIGNATURE),
    ("policy", |p| p.report[0xB0] ^= 1, SIGNATURE),
    ("mnonce", |p| p.report[0x80] ^= 1, Refusal::Untrusted(Check::CSV_HMAC)),
    ("mnonce with its HMAC", |p| { p.report[0x80] ^= 1; fix_hmac(&mut p.report); }, SIGNATURE),
    ("signature, r", |p| p.report[at::R] ^= 1, SIGNATURE),
    ("signature, s", |p| p.report[at::S] ^= 1, SIGNATURE),
    ("signature, zeros", |p| p.report[at::R..at::PEK].fill(0), SIGNATURE),
    ("signature, too large", |p| p.report[at::R + 32] = 1, CSV_REPORT),
    ("usage", |p| p.report[at::USAGE] ^= 1, Refusal::Mismatch(Check::CSV_KEY_USAGE)),
    ("algorithm", |p| p.report[at::ALGORITHM] ^= 1, Refusal::Mismatch(Check::CSV_KEY_USAGE)),
    ("anonce", |p| p.report[at::ANONCE.start] ^= 1, CSV_REPORT),
    ("chip id", |p| p.report[at::CHIP_ID] ^= 2, Refusal::Mismatch(Check::CSV_CHIP_ID)),
    ("chip id beside it", |p| p.chip_id.push('0'), Refusal::Mismatch(Check::CSV_CHIP_ID)),
    (
        "both chip ids",
        |p| { p.report[at::CHIP_ID] ^= 2; p.chip_id = "CECSSIMULATION".into(); },
        Refusal::Untrusted(Check::CSV_HMAC),
    ),
    ("chip id that is no text", |p| p.report[at::CHIP_ID] ^= 0x80, CSV_REPORT),
    ("reserved", |p| p.report[at::RESERVED] ^= 1, Refusal::Untrusted(Check::CSV_HMAC)),
    ("HMAC", |p| p.report[at::HMAC] ^= 1, Refusal::Untrusted(Check::CSV_HMAC)),
    ("trailing byte", |p| p.report[at::END] = 1, CSV_REPORT),
    ("missing byte", |p| p.report.truncate(4095), CSV_REPORT),
    ("half a report", |p| p.report.truncate(at::PEK), CSV_REPORT),
    ("nothing", |p| p.report.clear(), CSV_REPORT),
    // The PEK, in the report.
    ("PEK", |p| p.report[at::PEK + at::chip::API] ^= 1, Refusal::Untrusted(Check::CSV_HMAC)),
    ("PEK with its HMAC", |p| change_pek(p, at::chip::API), Refusal::Untrusted(Check::CSV_PEK)),
    ("PEK version", |p| change_pek(p, at::chip::VERSION), PEK),
    ("PEK usage", |p| change_pek(p, at::chip::USAGE), Refusal::Mismatch(Check::CSV_KEY_USAGE)),
    ("PEK algorithm", |p| change_pek(p, at::chip::ALGORITHM), Refusal::Mismatch(Check::CSV_KEY_USAGE)),
    ("PEK point", |p| change_pek(p, at::chip::POINT), PEK),
    ("PEK user id", |p| change_pek(p, at::chip::USER_ID), Refusal::Untrusted(Check::CSV_PEK)),
    ("PEK signature", |p| change_pek(p, at::chip::SIGNATURE), Refusal::Untrusted(Check::CSV_PEK)),
    ("signer of the PEK", |p| change_pek(p, at::chip::SIGNATURE_USAGE), Refusal::Untrusted(Check::CSV_PEK)),
    ("its algorithm", |p| change_pek(p, at::chip::SIGNATURE_ALGORITHM), Refusal::Untrusted(Check::CSV_PEK)),
    // The CEK.
    ("CEK version", |p| p.cek[at::chip::VERSION] = 3, CEK),
    ("CEK API", |p| p.cek[at::chip::API] ^= 1, Refusal::Untrusted(Check::CSV_CEK)),
    ("CEK usage", |p| p.cek[at::chip::USAGE] ^= 1, Refusal::Mismatch(Check::CSV_KEY_USAGE)),
    ("CEK algorithm", |p| p.cek[at::chip::ALGORITHM] ^= 1, Refusal::Mismatch(Check::CSV_KEY_USAGE)),
    ("CEK curve", |p| p.cek[at::chip::CURVE] ^= 1, CEK),
    ("CEK point", |p| p.cek[at::chip::POINT] ^= 1, CEK),
    ("CEK user id", |p| p.cek[at::chip::USER_ID] ^= 1, Refusal::Untrusted(Check::CSV_CEK)),
    ("signer that the CEK names", |p| p.cek[at::chip::SIGNER_ID] ^= 1, Refusal::Mismatch(Check::CSV_CEK)),
    ("signer of the CEK", |p| p.cek[at::chip::SIGNATURE_USAGE] ^= 1, Refusal::Untrusted(Check::CSV_CEK)),
    ("second signature of the CEK", |p| p.cek[at::chip::SECOND_USAGE] = 0x13, Refusal::Untrusted(Check::CSV_CEK)),
    ("CEK signature", |p| p.cek[at::chip::SIGNATURE] ^= 1, Refusal::Untrusted(Check::CSV_CEK)),
    ("CEK cut", |p| p.cek.truncate(2083), CEK),
    ("PEK as CEK", |p| p.cek = p.report[at::PEK..at::CHIP_ID].to_vec(), CEK),
    // The HSK.
    ("HSK version", |p| p.hsk[at::root::VERSION] = 2, HSK),
    ("HSK id", |p| p.hsk[at::root::KEY_ID] ^= 1, Refusal::Untrusted(Check::CSV_HSK)),
    ("root that the HSK names", |p| p.hsk[at::root::CERTIFYING_ID] ^= 1, Refusal::Root(Endorsement::CSV_CHAIN)),
    ("HSK usage", |p| p.hsk[at::root::USAGE] ^= 1, Refusal::Mismatch(Check::CSV_KEY_USAGE)),
    ("HSK curve", |p| p.hsk[at::root::CURVE] ^= 1, HSK),
    ("HSK user id", |p| p.hsk[at::root::USER_ID] ^= 1, Refusal::Untrusted(Check::CSV_HSK)),
    ("HSK user id beyond its place", |p| p.hsk[at::root::USER_ID_LEN..][..2].fill(0xFF), HSK),
    ("HSK user id that is no text", |p| p.hsk[at::root::USER_ID] = 0xFF, HSK),
    ("HSK signature", |p| p.hsk[at::root::SIGNATURE] ^= 1, Refusal::Untrusted(Check::CSV_HSK)),
    ("HSK signature, too large", |p| p.hsk[at::root::SIGNATURE + 40] = 1, HSK),
    ("HSK cut", |p| p.hsk.truncate(831), HSK),
    ("no HSK", |p| p.hsk.clear(), HSK),
];

#[test]
fn every_change_is_refused_by_its_own_check() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let verifier = verifier(&chip);
    let genuine = Parts::of(&report_of(&chip, CsvGuest::default(), &key));
    verifier.verify(&genuine.assemble(), SystemTime::now()).unwrap();
    for (name, corrupt, expected) in CORRUPTIONS {
        let mut parts = genuine.clone();
        corrupt(&mut parts);
        refused(name, verifier.verify(&parts.assemble(), SystemTime::now()), expected);
    }
}

#[test]
fn every_signed_byte_counts() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let verifier = verifier(&chip);
    let refused = |parts: &Parts, what: &str| {
        assert!(verifier.verify(&parts.assemble(), SystemTime::now()).is_err(), "{what}");
    };
    for layout in LAYOUTS {
        let guest = CsvGuest { layout, ..CsvGuest::default() };
        let genuine = Parts::of(&report_of(&chip, guest, &key));
        let signed = match layout {
            CsvLayout::Legacy | CsvLayout::RestoredLegacy => at::SIGNED,
            CsvLayout::Extended | CsvLayout::RestoredExtended => 0x400,
        };
        for at in (0..signed).step_by(3).chain([signed - 1]) {
            let mut parts = genuine.clone();
            parts.report[at] ^= 0x10;
            refused(&parts, &format!("{layout:?}, byte {at}"));
        }
    }
    let genuine = Parts::of(&report_of(&chip, CsvGuest::default(), &key));
    for at in (0..at::root::SIGNATURE + 32).step_by(5) {
        let mut parts = genuine.clone();
        parts.hsk[at] ^= 0x10;
        refused(&parts, &format!("HSK, byte {at}"));
    }
    for at in (0..at::chip::SIGNATURE + 32).step_by(7) {
        let mut parts = genuine.clone();
        parts.cek[at] ^= 0x10;
        refused(&parts, &format!("CEK, byte {at}"));
        let mut parts = genuine.clone();
        parts.report[at::PEK + at] ^= 0x10;
        fix_hmac(&mut parts.report);
        refused(&parts, &format!("PEK, byte {at}"));
    }
}

#[test]
fn parts_of_another_chip_are_refused() {
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let (chip, other) = (chip(), chip());
    let genuine = Parts::of(&report_of(&chip, CsvGuest::default(), &key));
    let foreign = Parts::of(&report_of(&other, CsvGuest::default(), &key));
    let refusal_of = |parts: &Parts| {
        refusal(&verifier(&chip).verify(&parts.assemble(), SystemTime::now()).unwrap_err())
    };
    assert_eq!(refusal_of(&foreign), Refusal::Root(Endorsement::CSV_CHAIN));
    let swapped = Parts { hsk: foreign.hsk.clone(), ..genuine.clone() };
    assert_eq!(refusal_of(&swapped), Refusal::Root(Endorsement::CSV_CHAIN));
    let swapped = Parts { cek: foreign.cek.clone(), ..genuine.clone() };
    assert_eq!(refusal_of(&swapped), Refusal::Mismatch(Check::CSV_CEK));
    let swapped = Parts { report: foreign.report, ..genuine.clone() };
    assert_eq!(refusal_of(&swapped), Refusal::Untrusted(Check::CSV_PEK));
    let swapped = Parts { hsk: genuine.cek.clone(), cek: genuine.hsk.clone(), ..genuine };
    assert_eq!(refusal_of(&swapped), Refusal::TooLarge("HSK certificate"));
}

#[test]
fn keys_made_for_something_else_are_refused() {
    let key = KeyPair::generate(Suite::Modern).unwrap();
    type Change = fn(&mut CsvOptions);
    let cases: [(Change, Refusal); 8] = [
        (|o| o.hsk_usage = 0, Refusal::Mismatch(Check::CSV_KEY_USAGE)),
        (|o| o.cek_usage = 0x1002, Refusal::Mismatch(Check::CSV_KEY_USAGE)),
        // A PDH, which is for key agreement.
        (|o| o.pek_usage = 0x1003, Refusal::Mismatch(Check::CSV_KEY_USAGE)),
        (|o| o.cek_signer_usage = 0x1001, Refusal::Untrusted(Check::CSV_CEK)),
        (|o| o.cek_signer_usage = 0x1000, Refusal::Untrusted(Check::CSV_CEK)),
        (|o| o.pek_signer_usage = 0x1001, Refusal::Untrusted(Check::CSV_PEK)),
        (|o| o.algorithm = 5, Refusal::Mismatch(Check::CSV_KEY_USAGE)),
        (|o| o.algorithm = 0, Refusal::Mismatch(Check::CSV_KEY_USAGE)),
    ];
    for (n, (change, expected)) in cases.into_iter().enumerate() {
        let mut options = CsvOptions::default();
        change(&mut options);
        let chip = SimulatedCsv::new(&options).unwrap();
        let report = report_of(&chip, CsvGuest::default(), &key);
        let error = verifier(&chip).verify(&report, SystemTime::now()).unwrap_err();
        assert_eq!(refusal(&error), expected, "case {n}: {error:?}");
    }
    let options = CsvOptions { cek_names_hsk: false, ..CsvOptions::default() };
    let chip = SimulatedCsv::new(&options).unwrap();
    let report = report_of(&chip, CsvGuest::default(), &key);
    verifier(&chip).verify(&report, SystemTime::now()).unwrap();
}

#[test]
fn a_report_signed_for_another_usage_is_refused() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    for layout in LAYOUTS {
        for signature in [(0x1003, 4), (0x1002, 5)] {
            let guest = CsvGuest { layout, signature, ..CsvGuest::default() };
            let report = report_of(&chip, guest, &key);
            assert!(verifier(&chip).verify(&report, SystemTime::now()).is_err(), "{signature:?}");
        }
    }
}

#[test]
fn no_root_but_a_configured_one_counts() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let report = report_of(&chip, CsvGuest::default(), &key);
    for builder in [
        Verifier::builder(),
        Verifier::builder().vendor_roots(),
        Verifier::builder().simulated_platform_root(Platform::Csv, self::chip().root()),
    ] {
        let error = builder.build().unwrap().verify(&report, SystemTime::now()).unwrap_err();
        assert_eq!(refusal(&error), Refusal::Root(Endorsement::CSV_CHAIN), "{error:?}");
    }
    // Neither a certificate that is no root's, nor a root that somebody changed, becomes one.
    let mut changed = chip.root().to_vec();
    changed[at::root::USER_ID] ^= 1;
    for no_root in [chip.hsk(), chip.cek(), &changed, b""] {
        let builder = Verifier::builder().root(Platform::Csv, no_root);
        assert!(matches!(builder.build(), Err(Error::Malformed { what: "HRK certificate", .. })));
    }
}

#[test]
fn another_key_is_refused() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let other = KeyPair::generate(Suite::Modern).unwrap();
    let request = ReportRequest::passport(USER_DATA, key.public());
    let mut report = chip.guest(CsvGuest::default()).attest(&request).unwrap();
    report.pem_public_key = other.public().pem().into();
    let error = verifier(&chip).verify(&report, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::KeyBinding { .. }), "{error:?}");
}

#[test]
fn a_changed_anonce_changes_everything_that_was_hidden_by_it() {
    // Nothing signs the number that is XORed into a legacy report, so anybody with a report can
    // claim another number: every field then reads differently, the bound key among them.
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let mut parts = Parts::of(&report_of(&chip, CsvGuest::default(), &key));
    parts.report[at::ANONCE.start] ^= 1;
    for at in (at::USAGE..at::ANONCE.start).chain(at::PEK..at::RESERVED).step_by(4) {
        parts.report[at] ^= 1;
    }
    fix_hmac(&mut parts.report);
    let error = verifier(&chip).verify(&parts.assemble(), SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::KeyBinding { .. }), "{error:?}");
}

#[test]
fn a_passport_brings_its_certificates_and_a_background_check_none() {
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let mut report = report_of(&chip, CsvGuest::default(), &key);
    report.report.as_mut().unwrap().str_report_type = "BackgroundCheck".into();
    let error = verifier(&chip).verify(&report, SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), CSV_REPORT);

    let json = &mut report.report.as_mut().unwrap().json_report;
    let mut message: aecs_proto::HygonCsvReport = aecs_proto::json::from_str(json).unwrap();
    message.json_cert_chain.clear();
    *json = aecs_proto::json::to_string(&message);
    report.report.as_mut().unwrap().str_report_type = "Passport".into();
    let error = verifier(&chip).verify(&report, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::NoCollateral), "{error:?}");
}
