//! Reports that real processors have made, under AMD's own roots.

use std::time::SystemTime;

use aecs_attest::{Backing, Check, Endorsement, Error, Platform, TcbStatus, Verifier};

use crate::snp::support::{Parts, appraise, first_of};
use aecs_sim::vectors;

/// AMD's lists do not come with these reports.
fn verifier() -> Verifier {
    Verifier::builder().vendor_roots().insecure_no_revocation_list().build().unwrap()
}

fn parts(report: &str, vek: &str) -> Option<Parts> {
    let read = |name| vectors::read(&format!("snp/{name}"));
    Some(Parts { report: read(report)?, vek: read(vek)?, ..Default::default() })
}

/// A month in which both certificates are valid.
fn valid() -> SystemTime {
    first_of(2025, 6)
}

#[test]
fn a_report_signed_by_a_chip_is_genuine() {
    let Some(parts) = parts("report.bin", "vcek.der") else { return };
    let appraised = appraise(&verifier(), &parts, valid()).unwrap();
    assert_eq!(appraised.platform(), Platform::SevSnp);
    assert_eq!(appraised.backing(), Backing::Hardware);
    // Its microcode was at 206 while it vouched for 115.
    assert_eq!(appraised.tcb_status(), TcbStatus::OutOfDate);
    let attributes = appraised.attributes();
    assert_eq!(attributes.str_tcb_status, "OutOfDate,Unrated");
    assert!(!appraised.revocation().is_checked());
    assert_eq!(attributes.str_tee_platform, "SEV_SNP");
    assert_eq!(attributes.str_product, "Milan");
    assert_eq!(attributes.str_min_tcb, "bootloader=3,microcode=115,snp=8,tee=0");
    assert_eq!(attributes.str_vmpl, "0");
    assert_eq!(attributes.str_min_isvsvn, "4");
    assert_eq!(attributes.str_versions, "firmware=1.52.4");
    assert_eq!(attributes.hex_secure_flags, "000000000003001F");
    assert_eq!(attributes.bool_debug_disabled, "true");
    assert_eq!(attributes.bool_migration_disabled, "true");
    assert!(attributes.hex_boot_measurement.starts_with("A1F3930413247BB3"));
    assert_eq!(attributes.hex_boot_measurement, attributes.hex_ta_measurement);
    assert!(attributes.hex_signer.starts_with("0356215882A82527"));
    assert!(attributes.hex_chip_id.starts_with("C38427A30D4C7AF9"));
    assert!(attributes.hex_user_data.starts_with("EC6C52D7533CC2C4"));
    assert_eq!(attributes.hex_author_key, "");
    // The chip's certificate of 2023-01-24 has the latest issue.
    assert!(appraised.valid_from() > first_of(2023, 1));
    assert!(appraised.valid_until() > first_of(2030, 1));
    assert!(appraised.valid_until() < first_of(2030, 2));
}

#[test]
fn a_report_signed_by_a_clouds_key_is_genuine() {
    let Some(parts) = parts("vlek-report.bin", "vlek.der") else { return };
    let appraised = appraise(&verifier(), &parts, valid()).unwrap();
    let attributes = appraised.attributes();
    assert_eq!(attributes.str_product, "Milan");
    assert_eq!(attributes.str_min_tcb, "bootloader=4,microcode=217,snp=24,tee=0");
    // The cloud hides which chip it is, and so the platform does not say it either.
    assert_eq!(attributes.hex_chip_id, "");
    assert_eq!(appraised.tcb_status(), TcbStatus::OutOfDate);
    let seen = |check, text: &str| {
        appraised
            .checks()
            .iter()
            .any(|passed| passed.check == check && passed.detail.contains(text))
    };
    assert!(seen(Check::SNP_CHIP_ID, "CN=cc-us-east-2.amazonaws.com"));
    assert!(seen(Check::CERTIFICATE_CHAIN, "SEV-VLEK, SEV-VLEK-Milan, ARK-Milan"));
}

#[test]
fn h10_a_real_report_without_a_list_is_refused() {
    let Some(parts) = parts("report.bin", "vcek.der") else { return };
    let verifier = Verifier::builder().vendor_roots().build().unwrap();
    let error = appraise(&verifier, &parts, valid()).unwrap_err();
    assert!(matches!(error, Error::NoRevocationList), "{error:?}");
}

#[test]
fn certificates_of_other_chips_are_refused() {
    for name in ["vcek-invalid-legacy.der", "vcek-invalid-new.der"] {
        let Some(parts) = parts("report.bin", name) else { return };
        let error = appraise(&verifier(), &parts, valid()).unwrap_err();
        assert!(
            matches!(error, Error::Untrusted { check: Check::CERTIFICATE_CHAIN, .. }),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn the_kinds_of_keys_are_not_exchanged() {
    for (report, vek) in [("report.bin", "vlek.der"), ("vlek-report.bin", "vcek.der")] {
        let Some(parts) = parts(report, vek) else { return };
        let error = appraise(&verifier(), &parts, valid()).unwrap_err();
        assert!(
            matches!(error, Error::Untrusted { check: Check::SNP_SIGNATURE, .. }),
            "{report}: {error:?}"
        );
    }
}

#[test]
fn certificates_count_within_their_dates_only() {
    let windows = [
        ("report.bin", "vcek.der", first_of(2020, 1), first_of(2031, 1)),
        ("vlek-report.bin", "vlek.der", first_of(2020, 1), first_of(2030, 1)),
    ];
    for (report, vek, early, late) in windows {
        let Some(parts) = parts(report, vek) else { return };
        let error = appraise(&verifier(), &parts, early).unwrap_err();
        assert!(
            matches!(error, Error::NotYetValid { what: Endorsement::SNP_VEK, .. }),
            "{report}: {error:?}"
        );
        let error = appraise(&verifier(), &parts, late).unwrap_err();
        assert!(
            matches!(error, Error::Expired { what: Endorsement::SNP_VEK, .. }),
            "{report}: {error:?}"
        );
    }
}

#[test]
fn every_byte_of_a_report_counts() {
    for (report, vek) in [("report.bin", "vcek.der"), ("vlek-report.bin", "vlek.der")] {
        let Some(genuine) = parts(report, vek) else { return };
        let verifier = verifier();
        for at in 0..genuine.report.len() {
            let mut parts = genuine.clone();
            parts.report[at] ^= 0x10;
            assert!(appraise(&verifier, &parts, valid()).is_err(), "{report}: byte {at}");
        }
    }
}

#[test]
fn every_byte_of_a_certificate_counts() {
    let Some(genuine) = parts("report.bin", "vcek.der") else { return };
    let verifier = verifier();
    for at in 0..genuine.vek.len() {
        let mut parts = genuine.clone();
        parts.vek[at] ^= 0x10;
        assert!(appraise(&verifier, &parts, valid()).is_err(), "byte {at}");
    }
}
