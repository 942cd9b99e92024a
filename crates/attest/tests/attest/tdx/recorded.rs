//! Evidence of real hardware: `tdx/` and `sgx/` of the vectors. Nobody has the keys that these
//! quotes bind, so they are appraised and not verified.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_attest::{Appraised, Backing, Check, Error, Platform, TcbStatus, Verified, Verifier};
use aecs_proto::{IntelTdxReport, SgxQlQveCollateral, UnifiedAttestationReport, json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::tdx::support::Places;
use aecs_sim::vectors::{self, intel};

const TEE_TYPE_TDX: i64 = 0x81;

pub(crate) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// 2020-01-01, 2025-06-20, 2026-02-20, 2030-01-01.
const EARLY: u64 = 1_577_836_800;
const JUNE: u64 = 1_750_377_600;
const FEBRUARY: u64 = 1_771_545_600;
const LATE: u64 = 1_893_456_000;

/// A recorded quote with its collateral, in the form of a report.
#[derive(Clone)]
struct Recorded {
    quote: Vec<u8>,
    collateral: SgxQlQveCollateral,
}

impl Recorded {
    fn load(quote: &str, collateral: &str) -> Option<Self> {
        let quote = vectors::read(quote)?;
        let collateral = intel::collateral(collateral, TEE_TYPE_TDX)?;
        Some(Self { quote, collateral })
    }

    fn current() -> Option<Self> {
        Self::load("tdx/quote.bin", "tdx/collateral.json")
    }

    fn outdated() -> Option<Self> {
        Self::load("tdx/quote-tcb-outdated.bin", "tdx/collateral-tcb-outdated.json")
    }

    fn report(&self) -> IntelTdxReport {
        IntelTdxReport {
            b64_quote: STANDARD.encode(&self.quote),
            json_collateral: json::to_string(&self.collateral),
            ..Default::default()
        }
    }

    fn appraise(&self, seconds: u64) -> Result<Verified<Appraised>, Error> {
        appraise("Passport", &self.report(), seconds)
    }
}

fn appraise(
    report_type: &str,
    report: &IntelTdxReport,
    seconds: u64,
) -> Result<Verified<Appraised>, Error> {
    let report = UnifiedAttestationReport {
        str_report_version: "1.0".into(),
        str_report_type: report_type.into(),
        str_tee_platform: "TDX".into(),
        json_report: json::to_string(report),
        ..Default::default()
    };
    Verifier::builder().vendor_roots().build().unwrap().appraise(&report, at(seconds))
}

fn details(appraised: &Appraised, check: Check) -> Vec<&str> {
    let passed = appraised.checks().iter().filter(|passed| passed.check == check);
    passed.map(|passed| passed.detail.as_ref()).collect()
}

#[test]
fn a_quote_of_version_4_is_genuine() {
    let Some(recorded) = Recorded::current() else { return };
    let appraised = recorded.appraise(JUNE).unwrap();
    assert_eq!((appraised.platform(), appraised.backing()), (Platform::Tdx, Backing::Hardware));
    assert_eq!(appraised.tcb_status(), TcbStatus::UpToDate);

    let attributes = appraised.attributes();
    let mrtd = "91EB2B44D141D4ECE09F0C75C2C53D247A3C68EDD7FAFE8A3520C942A604A407\
                DE03AE6DC5F87F27428B2538873118B7";
    let mrseam = "5B38E33A6487958B72C3C12A938EAA5E3FD4510C51AEEAB58C7D5ECEE41D7C43\
                  6489D6C8E4F92F160B7CAD34207B00C1";
    let rtmr0 = "44C0197B39157FDD7A4DCC44767F9D6B0BB3977C7A8E347B8492F827FE9D9E5C\
                 48ACA29B220B80B6A540CF994B9BC9C0";
    let rtmr1 = "0084452C01668329D4BC06ACDF58A7205C26743304509973949E5619BF81A6A7\
                 AEA8C323C173019B3093D54E579E9378";
    let rtmr2 = "D833FEEF2CD945148AA38EAD2C53E9B7F138190AAAEBFC551DCCD829FC207AA3\
                 BA80B70870D7330733642E01D48C3132";
    let none = "00".repeat(48);
    assert_eq!(attributes.hex_mrtd, mrtd);
    assert_eq!(attributes.hex_mrseam, mrseam);
    assert_eq!(attributes.hex_mrsignerseam, none);
    assert_eq!(attributes.hex_mrconfigid, none);
    assert_eq!(attributes.hex_rtmr0, rtmr0);
    assert_eq!(attributes.hex_rtmr1, rtmr1);
    assert_eq!(attributes.hex_rtmr2, rtmr2);
    assert_eq!(attributes.hex_rtmr3, none);
    assert_eq!(attributes.hex_mrservicetd, "");
    assert_eq!(
        attributes.hex_platform_measurement,
        [mrseam, &none, mrtd, &none, &none, &none].concat()
    );
    assert_eq!(attributes.hex_boot_measurement, [rtmr0, rtmr1].concat());
    assert_eq!(attributes.hex_ta_measurement, [rtmr2, &none].concat());
    assert_eq!(attributes.hex_secure_flags, "0000001000000000");
    assert_eq!(attributes.bool_debug_disabled, "true");
    assert_eq!(attributes.bool_migration_disabled, "true");
    assert_eq!(attributes.bool_event_log_verified, "");
    assert_eq!(attributes.str_tcb_status, "UpToDate");
    assert_eq!(attributes.str_tcb_date, "2024-03-13T00:00:00Z");
    assert_eq!(attributes.str_advisory_ids, "");
    assert_eq!(
        attributes.hex_user_data,
        "9A9D48E7F6799642D3D1B34E1E5E1742D4BB02DD6DDD551862C1211D35C304F9"
    );

    assert_eq!(details(&appraised, Check::CERTIFICATE_CHAIN).len(), 4);
    assert_eq!(details(&appraised, Check::TCB_INFO_SCOPE), ["FMSPC B0C06F000000, evaluation 17"]);
    assert_eq!(details(&appraised, Check::TCB_LEVEL), ["UpToDate since 2024-03-13T00:00:00Z"]);
    let periods = details(&appraised, Check::VALIDITY);
    assert_eq!(periods.len(), 9);
    let list = "PCK revocation list: 2025-06-19T10:00:35Z to 2025-07-19T10:00:34Z";
    assert!(periods.contains(&list), "{periods:?}");
}

#[test]
fn a_quote_of_version_5_is_genuine_and_below_all_levels() {
    let Some(recorded) = Recorded::outdated() else { return };
    let appraised = recorded.appraise(FEBRUARY).unwrap();
    // Older than all that its TCB info lists: all advisories apply, and no date is old enough.
    assert_eq!(appraised.tcb_status(), TcbStatus::BelowAllLevels);
    let attributes = appraised.attributes();
    assert_eq!(attributes.str_tcb_status, "BelowAllLevels");
    assert_eq!(attributes.str_tcb_date, "1970-01-01T00:00:00Z");
    assert_eq!(attributes.str_advisory_ids.split(',').count(), 19);
    assert_eq!(attributes.hex_mrservicetd, "00".repeat(48));
    assert_eq!(attributes.bool_migration_disabled, "true");
    let [level] = details(&appraised, Check::TCB_LEVEL).try_into().unwrap();
    assert!(level.starts_with("BelowAllLevels, older than all that is listed (INTEL-SA-00106"));
}

#[test]
fn a_quote_without_collateral_is_refused() {
    for name in ["tdx/quote.bin", "tdx/quote-tcb-outdated.bin", "tdx/quote-v5.bin"] {
        let Some(quote) = vectors::read(name) else { return };
        let report =
            IntelTdxReport { b64_quote: STANDARD.encode(quote), ..IntelTdxReport::default() };
        for report_type in ["Passport", "BackgroundCheck"] {
            let error = appraise(report_type, &report, JUNE).unwrap_err();
            assert!(matches!(error, Error::NoCollateral), "{name}: {error:?}");
        }
    }
}

#[test]
fn another_platforms_collateral_is_refused() {
    let (Some(current), Some(outdated)) = (Recorded::current(), Recorded::outdated()) else {
        return;
    };
    let swapped = Recorded { collateral: outdated.collateral.clone(), ..current.clone() };
    let error = swapped.appraise(FEBRUARY).unwrap_err();
    let scope = matches!(error, Error::Mismatch { check: Check::TCB_INFO_SCOPE, .. });
    assert!(scope, "{error:?}");

    let mut for_sgx = current;
    for_sgx.collateral.tee_type = 0;
    let error = for_sgx.appraise(JUNE).unwrap_err();
    assert!(matches!(error, Error::Malformed { what: "collateral", .. }), "{error:?}");
}

#[test]
fn quotes_of_sgx_are_refused_by_name() {
    let Some(recorded) = Recorded::current() else { return };
    let Some(quote) = vectors::read("sgx/quote.bin") else { return };
    let error = Recorded { quote, ..recorded }.appraise(JUNE).unwrap_err();
    assert_eq!(
        error.to_string(),
        "an SGX quote (version 3) of platform TDX is not supported by this build"
    );
}

#[test]
fn quotes_are_refused_outside_their_time() {
    for (recorded, then) in [(Recorded::current(), JUNE), (Recorded::outdated(), FEBRUARY)] {
        let Some(recorded) = recorded else { return };
        let error = recorded.appraise(EARLY).unwrap_err();
        assert!(matches!(error, Error::NotYetValid { .. }), "{error:?}");
        let error = recorded.appraise(LATE).unwrap_err();
        assert!(matches!(error, Error::Expired { .. }), "{error:?}");

        let until = recorded.appraise(then).unwrap().valid_until();
        let until = until.duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert!(recorded.appraise(until).is_ok());
        let error = recorded.appraise(until + 1).unwrap_err();
        assert!(matches!(error, Error::Expired { .. }), "{error:?}");
    }
}

#[test]
fn every_signed_byte_of_a_quote_counts() {
    for (recorded, then) in [(Recorded::current(), JUNE), (Recorded::outdated(), FEBRUARY)] {
        let Some(recorded) = recorded else { return };
        // Up to the certificates, which are in PEM and looked at by themselves.
        for at in (0..Places::of(&recorded.quote).chain).step_by(17) {
            let mut changed = recorded.clone();
            changed.quote[at] ^= 0x10;
            assert!(changed.appraise(then).is_err(), "byte {at}");
        }
    }
}

#[test]
fn every_certificate_of_a_quote_counts() {
    let Some(recorded) = Recorded::current() else { return };
    let start = Places::of(&recorded.quote).chain;
    let mut count = 0;
    // Letters of the Base64, which stay what they are in form.
    for at in (start..recorded.quote.len()).step_by(61) {
        let byte = recorded.quote[at];
        let in_a_line = recorded.quote[at - 20..at].iter().all(|byte| *byte != b'-' && *byte != 0);
        if !byte.is_ascii_lowercase() || byte == b'z' || !in_a_line {
            continue;
        }
        let mut changed = recorded.clone();
        changed.quote[at] += 1;
        assert!(changed.appraise(JUNE).is_err(), "byte {at}");
        count += 1;
    }
    assert!(count > 10, "{count} changes");
}

#[test]
fn every_part_of_the_collateral_counts() {
    type Field = fn(&mut SgxQlQveCollateral) -> &mut String;
    let fields: [(&str, Field); 7] = [
        ("pck_crl_issuer_chain", |c| &mut c.pck_crl_issuer_chain),
        ("root_ca_crl", |c| &mut c.root_ca_crl),
        ("pck_crl", |c| &mut c.pck_crl),
        ("tcb_info_issuer_chain", |c| &mut c.tcb_info_issuer_chain),
        ("tcb_info", |c| &mut c.tcb_info),
        ("qe_identity_issuer_chain", |c| &mut c.qe_identity_issuer_chain),
        ("qe_identity", |c| &mut c.qe_identity),
    ];
    // The older one is judged with one more level, so that its TCB info is looked at twice.
    for (recorded, then) in [(Recorded::current(), JUNE), (Recorded::outdated(), FEBRUARY)] {
        let Some(recorded) = recorded else { return };
        for (name, field) in fields {
            let text = field(&mut recorded.collateral.clone()).clone();
            for at in (0..text.len()).step_by(157) {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = match bytes[at] {
                    byte
                    @ (b'0'..=b'8' | b'a'..=b'e' | b'A'..=b'E' | b'g'..=b'y' | b'G'..=b'Y') => {
                        byte + 1
                    }
                    _ => continue,
                };
                let mut changed = recorded.clone();
                *field(&mut changed.collateral) = String::from_utf8(bytes).unwrap();
                assert!(changed.appraise(then).is_err(), "{name}, byte {at}");
            }
            let mut missing = recorded.clone();
            field(&mut missing.collateral).clear();
            assert!(missing.appraise(then).is_err(), "{name} missing");
        }
    }
}

#[test]
fn a_recorded_event_log_of_another_machine_is_refused() {
    let Some(recorded) = Recorded::current() else { return };
    let Some(log) = vectors::read("tdx/ccel.bin") else { return };
    let with_log = |log: &[u8]| {
        let report = IntelTdxReport { b64_event_log: STANDARD.encode(log), ..recorded.report() };
        appraise("Passport", &report, JUNE).unwrap_err()
    };
    let error = with_log(&log[..64 * 1024]);
    let rtmr0 = matches!(error, Error::Mismatch { check: Check::TDX_RTMR0, .. });
    assert!(rtmr0, "{error:?}");
    let error = with_log(&log);
    assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
}

#[test]
fn f03_only_vendors_tell_the_time() {
    let Some(recorded) = Recorded::current() else { return };
    let report = UnifiedAttestationReport {
        str_report_version: "1.0".into(),
        str_report_type: "Passport".into(),
        str_tee_platform: "TDX".into(),
        json_report: json::to_string(&recorded.report()),
        ..Default::default()
    };
    let issued = |builder: aecs_attest::VerifierBuilder| {
        let verifier = builder.build().unwrap();
        let appraised = verifier.appraise(&report, at(JUNE)).unwrap();
        (appraised.valid_from(), appraised.issued())
    };
    let (valid_from, by_intel) = issued(Verifier::builder().vendor_roots());
    let by_intel = by_intel.unwrap();
    assert!(by_intel <= valid_from && by_intel > at(JUNE) - Duration::from_secs(40 * 86_400));

    // The owner of a configured root can sign any date.
    let root = aecs_attest::intel_root_der();
    let with_root = |platform| issued(Verifier::builder().vendor_roots().root(platform, root)).1;
    assert_eq!(with_root(Platform::Tdx), None);
    assert_eq!(
        with_root(Platform::SgxDcap),
        Some(by_intel),
        "another platform's root signs nothing here"
    );
}
