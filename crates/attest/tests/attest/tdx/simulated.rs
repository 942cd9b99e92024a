//! What trust domains are, and which of them a policy admits.

use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    Acceptance, Backing, Check, CollateralItem, CollateralSource, Error, Platform, Policy,
    ReportType, TcbStatus, Verifier,
};
use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};
use aecs_sim::{CpuOptions, TdIdentity, TdQuoteFormat};

use crate::tdx::support::{FORMATS, Parts, Simulation, USER_DATA};

fn hex(bytes: impl AsRef<[u8]>) -> String {
    hex::encode_upper(bytes)
}

fn identity() -> TdIdentity {
    TdIdentity {
        mrtd: [1; 48],
        rtmrs: [[2; 48], [3; 48], [4; 48], [5; 48]],
        mrconfigid: [6; 48],
        mrowner: [7; 48],
        mrownerconfig: [8; 48],
        mrseam: [9; 48],
        ..TdIdentity::default()
    }
}

fn policy(entry: UnifiedAttestationAttributes) -> Policy {
    let policy = UnifiedAttestationPolicy { main_attributes: vec![entry], ..Default::default() };
    Policy::parse(&policy).unwrap()
}

/// Whether a policy with this entry admits the trust domain.
fn admits(simulation: &Simulation, td: TdIdentity, entry: UnifiedAttestationAttributes) -> bool {
    let verified = simulation.verify_identity(td).unwrap();
    policy(entry).admit(&verified, &Acceptance::default()).is_ok()
}

#[test]
fn every_format_says_the_same() {
    let simulation = Simulation::new();
    for format in FORMATS {
        let verified = simulation.verify_identity(TdIdentity { format, ..identity() }).unwrap();
        assert_eq!(verified.platform(), Platform::Tdx);
        assert_eq!(verified.backing(), Backing::Simulation);
        assert_eq!((verified.tcb_status(), verified.debug()), (TcbStatus::UpToDate, false));
        assert_eq!(verified.user_data(), USER_DATA);
        let attributes = verified.as_proto();
        assert_eq!(attributes.str_tee_platform, "TDX");
        assert_eq!(attributes.hex_mrtd, hex([1; 48]));
        assert_eq!(attributes.hex_rtmr0, hex([2; 48]));
        assert_eq!(attributes.hex_rtmr1, hex([3; 48]));
        assert_eq!(attributes.hex_rtmr2, hex([4; 48]));
        assert_eq!(attributes.hex_rtmr3, hex([5; 48]));
        assert_eq!(attributes.hex_mrconfigid, hex([6; 48]));
        assert_eq!(attributes.hex_mrowner, hex([7; 48]));
        assert_eq!(attributes.hex_mrownerconfig, hex([8; 48]));
        assert_eq!(attributes.hex_mrseam, hex([9; 48]));
        assert_eq!(attributes.hex_mrsignerseam, hex([0; 48]));
        assert_eq!(
            attributes.hex_platform_measurement,
            hex([[9; 48], [0; 48], [1; 48], [6; 48], [7; 48], [8; 48]].concat())
        );
        assert_eq!(attributes.hex_boot_measurement, hex([[2; 48], [3; 48]].concat()));
        assert_eq!(attributes.hex_ta_measurement, hex([[4; 48], [5; 48]].concat()));
        assert_eq!(attributes.hex_secure_flags, "0000001000000000");
        assert_eq!(attributes.hex_user_data, hex(USER_DATA.0));
        assert_eq!(attributes.bool_migration_disabled, "true");
        assert_eq!(attributes.bool_event_log_verified, "");
        let served = match format {
            TdQuoteFormat::V4 | TdQuoteFormat::V5Tdx10 => String::new(),
            TdQuoteFormat::V5Tdx15 | TdQuoteFormat::V5Tdx15Ex => hex([0; 48]),
        };
        assert_eq!(attributes.hex_mrservicetd, served);
    }
}

#[test]
fn the_checks_that_held_are_listed() {
    let simulation = Simulation::new();
    let verified = simulation.verify_identity(identity()).unwrap();
    let made: Vec<_> = verified.checks().iter().map(|passed| passed.check).collect();
    for check in [
        Check::ROOT_CA_CRL,
        Check::QUOTE_HEADER,
        Check::CERTIFICATE_CHAIN,
        Check::TCB_INFO_SIGNATURE,
        Check::TCB_INFO_SCOPE,
        Check::QE_IDENTITY_SIGNATURE,
        Check::QE_IDENTITY_SCOPE,
        Check::PCK_CRL,
        Check::PCK_CRL_ISSUER,
        Check::REVOCATION,
        Check::PCK_EXTENSION,
        Check::QE_REPORT_SIGNATURE,
        Check::ATTESTATION_KEY,
        Check::QE_IDENTITY,
        Check::QUOTE_SIGNATURE,
        Check::TCB_LEVEL,
        Check::TDX_MODULE,
        Check::TD_ATTRIBUTES,
        Check::TCB_REVOKED,
        Check::VALIDITY,
        Check::REPORT_DATA,
    ] {
        assert!(made.contains(&check), "{check}");
    }
    assert!(!made.contains(&Check::TDX_RTMR0));
}

#[test]
fn a_policy_pins_single_measurements() {
    let simulation = Simulation::new();
    let pinned = |hex_mrtd: String, hex_rtmr2: String| UnifiedAttestationAttributes {
        hex_mrtd,
        hex_rtmr2,
        ..Default::default()
    };
    let (mrtd, rtmr2) = (hex([1; 48]), hex([4; 48]));
    assert!(admits(&simulation, identity(), pinned(mrtd.clone(), rtmr2.clone())));
    assert!(!admits(&simulation, identity(), pinned(rtmr2.clone(), rtmr2)));
    assert!(!admits(&simulation, identity(), pinned(mrtd.clone(), mrtd)));
}

/// TDX has its own bit for debugging. SGX's, bit 1, is reserved here.
#[test]
fn debugging_is_bit_0() {
    let simulation = Simulation::new();
    let any = UnifiedAttestationAttributes::default();
    let debugged =
        UnifiedAttestationAttributes { bool_debug_disabled: "false".into(), ..Default::default() };
    let with = |bits: u64| TdIdentity { attributes: 1 << 28 | bits, ..identity() };
    for bits in [1, 1 << 4, 1 << 6] {
        let verified = simulation.verify_identity(with(bits)).unwrap();
        assert!(verified.debug(), "{bits:#x}");
        assert_eq!(verified.as_proto().bool_debug_disabled, "false");
        assert!(!admits(&simulation, with(bits), any.clone()));
        assert!(admits(&simulation, with(bits), debugged.clone()));
    }
    let error = simulation.verify_identity(with(1 << 1)).unwrap_err();
    let reserved = matches!(error, Error::Mismatch { check: Check::TD_ATTRIBUTES, .. });
    assert!(reserved, "{error:?}");
    assert!(admits(&simulation, with(0), any));
}

#[test]
fn migration_is_for_the_policy_to_allow() {
    let simulation = Simulation::new();
    let any = UnifiedAttestationAttributes::default();
    let moving = UnifiedAttestationAttributes {
        bool_migration_disabled: "false".into(),
        ..Default::default()
    };
    let migratable = TdIdentity { attributes: 1 << 28 | 1 << 29, ..identity() };
    let served =
        TdIdentity { mrservicetd: [0xAB; 48], format: TdQuoteFormat::V5Tdx15, ..identity() };
    for td in [migratable, served] {
        let verified = simulation.verify_identity(td.clone()).unwrap();
        assert_eq!(verified.as_proto().bool_migration_disabled, "false");
        assert!(!admits(&simulation, td.clone(), any.clone()));
        assert!(admits(&simulation, td, moving.clone()));
    }
}

#[test]
fn page_faults_are_for_the_policy_to_allow() {
    let simulation = Simulation::new();
    let any = UnifiedAttestationAttributes::default();
    let reached = UnifiedAttestationAttributes {
        bool_page_faults_disabled: "false".into(),
        ..Default::default()
    };
    for (attributes, disabled) in [(0, "false"), (1 << 28, "true")] {
        let td = TdIdentity { attributes, ..identity() };
        let verified = simulation.verify_identity(td.clone()).unwrap();
        assert_eq!(verified.as_proto().bool_page_faults_disabled, disabled);
        assert_eq!(admits(&simulation, td.clone(), any.clone()), attributes != 0);
        assert_eq!(admits(&simulation, td, reached.clone()), attributes == 0);
    }
}

#[test]
fn the_status_is_the_worst_of_platform_quoting_enclave_and_module() {
    let tcb = |svn: [u8; 3]| {
        let mut tcb = [0; 16];
        tcb[..3].copy_from_slice(&svn);
        TdIdentity { tcb, current_tcb: tcb, format: TdQuoteFormat::V5Tdx15, ..identity() }
    };
    let simulation = Simulation::new();
    let status = |td: TdIdentity| {
        let verified = simulation.verify_identity(td).unwrap();
        (verified.tcb_status(), verified.as_proto().str_advisory_ids.clone())
    };
    assert_eq!(status(tcb([5, 1, 2])), (TcbStatus::UpToDate, String::new()));
    assert_eq!(status(tcb([4, 1, 2])), (TcbStatus::OutOfDate, "AECS-SIM-00002".into()));
    assert_eq!(status(tcb([5, 1, 1])), (TcbStatus::OutOfDate, "AECS-SIM-00001".into()));
    let both = "AECS-SIM-00001,AECS-SIM-00002".to_owned();
    assert_eq!(status(tcb([4, 1, 1])), (TcbStatus::OutOfDate, both));
    // The module has no version of its own: its security version is the platform's.
    assert_eq!(status(tcb([5, 0, 2])), (TcbStatus::UpToDate, String::new()));
    // Older than everything that is listed.
    assert_eq!(status(tcb([5, 1, 0])), (TcbStatus::BelowAllLevels, "AECS-SIM-00001".into()));
    // Updated since it was started.
    let relaunch = TdIdentity { tcb: tcb([4, 1, 2]).tcb, ..tcb([5, 1, 2]) };
    assert_eq!(status(relaunch).0, TcbStatus::TdRelaunchAdvised);

    simulation.cpu.set_qe_status(TcbStatus::OutOfDate).unwrap();
    assert_eq!(status(tcb([5, 1, 2])).0, TcbStatus::OutOfDate);
    let any = UnifiedAttestationAttributes::default();
    assert!(!admits(&simulation, tcb([5, 1, 2]), any.clone()));
    let old = UnifiedAttestationAttributes { str_tcb_status: "OutOfDate".into(), ..any };
    assert!(admits(&simulation, tcb([5, 1, 2]), old));

    let options = CpuOptions {
        tcb_status: TcbStatus::ConfigurationNeeded,
        advisory_ids: vec!["AECS-SIM-00009".into()],
    };
    let simulation = Simulation::with(options);
    let verified = simulation.verify_identity(tcb([4, 1, 2])).unwrap();
    assert_eq!(verified.tcb_status(), TcbStatus::OutOfDateConfigurationNeeded);
    assert_eq!(verified.as_proto().str_advisory_ids, "AECS-SIM-00002,AECS-SIM-00009");
}

#[test]
fn unknown_and_revoked_modules_are_refused() {
    let simulation = Simulation::new();
    let refused = |td: TdIdentity| match simulation.verify_identity(td).unwrap_err() {
        Error::Mismatch { check, .. } => check,
        error => panic!("{error:?}"),
    };
    let tcb = |svn: u8, version: u8| {
        let mut tcb = TdIdentity::default().tcb;
        tcb[..2].copy_from_slice(&[svn, version]);
        TdIdentity { tcb, ..identity() }
    };
    assert_eq!(refused(tcb(3, 1)), Check::TCB_REVOKED);
    assert_eq!(refused(tcb(2, 1)), Check::TDX_MODULE);
    assert_eq!(refused(tcb(5, 2)), Check::TDX_MODULE);
    assert_eq!(refused(TdIdentity { mrsignerseam: [1; 48], ..identity() }), Check::TDX_MODULE);
    assert_eq!(refused(TdIdentity { seam_attributes: 1, ..identity() }), Check::TDX_MODULE);
    simulation.cpu.set_qe_status(TcbStatus::Revoked).unwrap();
    assert_eq!(refused(identity()), Check::TCB_REVOKED);
}

#[test]
fn the_event_log_has_to_lead_to_the_registers() {
    let simulation = Simulation::new();
    let td = identity().with_events(&[(0, b"firmware"), (3, b"program"), (0, b"variable")]);
    let verified = simulation.verify_identity(td.clone()).unwrap();
    assert_eq!(verified.as_proto().bool_event_log_verified, "true");
    let replayed =
        verified.checks().iter().filter(|passed| passed.check.name().starts_with("event log"));
    assert_eq!(replayed.count(), 4);
    let logged = UnifiedAttestationAttributes {
        bool_event_log_verified: "true".into(),
        ..Default::default()
    };
    assert!(admits(&simulation, td.clone(), logged.clone()));
    assert!(!admits(&simulation, TdIdentity { event_log: Vec::new(), ..td.clone() }, logged));

    for (register, check) in
        [Check::TDX_RTMR0, Check::TDX_RTMR1, Check::TDX_RTMR2, Check::TDX_RTMR3]
            .into_iter()
            .enumerate()
    {
        let mut other = td.clone();
        other.rtmrs[register][47] ^= 1;
        let error = simulation.verify_identity(other).unwrap_err();
        let named = matches!(error, Error::Mismatch { check: named, .. } if named == check);
        assert!(named, "{error:?}");
    }
}

#[test]
fn programs_may_extend_rtmr3_after_the_end_of_the_log() {
    let simulation = Simulation::new();
    let booted = identity().with_events(&[(0, b"firmware"), (2, b"kernel")]);
    let with = |register: usize| {
        let mut td = booted.clone();
        td.rtmrs[register] = [0x5D; 48];
        simulation.verify_identity(td)
    };
    let verified = with(3).unwrap();
    assert_eq!(verified.as_proto().hex_rtmr3, "5D".repeat(48));
    let noted = verified.checks().iter().find(|passed| passed.check == Check::TDX_RTMR3).unwrap();
    assert!(noted.detail.starts_with("not in the log"), "{}", noted.detail);
    // Nothing but firmware and kernel extends the others, and these append to the log.
    let refused = |register: usize| match with(register).unwrap_err() {
        Error::Mismatch { check, .. } => check,
        error => panic!("{error:?}"),
    };
    assert_eq!(refused(1), Check::TDX_RTMR1);
    assert_eq!(refused(2), Check::TDX_RTMR2);
}

#[test]
fn an_event_log_counts_only_with_a_genuine_quote() {
    let simulation = Simulation::new();
    let td = identity().with_events(&[(0, b"firmware")]);
    let mut parts = Parts::of(&simulation.passport(td));
    parts.event_log.clear();
    parts.quote[parts.at.signature] ^= 1;
    let without = simulation.verify(&parts.assemble()).unwrap_err();
    parts.event_log = b"no log".to_vec();
    let with = simulation.verify(&parts.assemble()).unwrap_err();
    assert_eq!(without.to_string(), with.to_string());
}

#[test]
fn a_background_check_is_completed_from_the_source() {
    let simulation = Simulation::new();
    let report = simulation.report(ReportType::BackgroundCheck, identity());
    let error = simulation.verify(&report).unwrap_err();
    assert!(matches!(error, Error::NoCollateral), "{error:?}");

    let verifier = simulation.asking_verifier();
    let now = SystemTime::now();
    assert_eq!(verifier.verify(&report, now).unwrap().tcb_status(), TcbStatus::UpToDate);
    // What has changed at the source is asked for anew.
    simulation.cpu.set_tcb_status(TcbStatus::OutOfDate, &[]).unwrap();
    assert_eq!(verifier.verify(&report, now).unwrap().tcb_status(), TcbStatus::OutOfDate);
    simulation.cpu.set_pck_revoked(true).unwrap();
    assert!(matches!(verifier.verify(&report, now), Err(Error::Revoked { .. })));

    // A Passport's own collateral is used.
    let passport = simulation.passport(identity());
    simulation.cpu.set_pck_revoked(false).unwrap();
    assert!(matches!(verifier.verify(&passport, now), Err(Error::Revoked { .. })));
    let mut empty = passport;
    empty.report.as_mut().unwrap().str_report_type = "BackgroundCheck".into();
    let error = verifier.verify(&empty, now).unwrap_err();
    assert!(matches!(error, Error::Malformed { what: "report", .. }), "{error:?}");
}

/// A source that must not be asked.
struct Untouchable;

impl CollateralSource for Untouchable {
    fn get(&self, item: &CollateralItem, _now: SystemTime) -> Result<Arc<[u8]>, Error> {
        panic!("asked for {item:?}")
    }

    fn generation(&self) -> u64 {
        0
    }
}

#[test]
fn nothing_is_fetched_for_strangers() {
    let (simulation, stranger) = (Simulation::new(), Simulation::new());
    let verifier = Verifier::builder()
        .simulated_root(simulation.cpu.root_der())
        .collateral(Arc::new(Untouchable))
        .build()
        .unwrap();
    let now = SystemTime::now();
    let report = stranger.report(ReportType::BackgroundCheck, identity());
    let error = verifier.verify(&report, now).unwrap_err();
    assert!(matches!(error, Error::UnknownRoot { .. }), "{error:?}");

    // The stranger's certificates below a root that is known.
    let known = Parts::of(&simulation.passport(identity()));
    let mut parts = Parts::of(&stranger.passport(identity()));
    let chain = String::from_utf8(known.quote[known.at.chain..].to_vec()).unwrap();
    let root = pem::parse_many(chain).unwrap().pop().unwrap();
    parts.change_pck_chain(|chain| {
        let mut blocks = pem::parse_many(&*chain).unwrap();
        blocks[2] = root;
        *chain = blocks.iter().map(pem::encode).collect();
    });
    let mut report = parts.assemble();
    let inner = report.report.as_mut().unwrap();
    inner.str_report_type = "BackgroundCheck".into();
    let mut tdx: aecs_proto::IntelTdxReport =
        aecs_proto::json::from_str(&inner.json_report).unwrap();
    tdx.json_collateral.clear();
    inner.json_report = aecs_proto::json::to_string(&tdx);
    let error = verifier.verify(&report, now).unwrap_err();
    let chain = matches!(error, Error::Untrusted { check: Check::CERTIFICATE_CHAIN, .. });
    assert!(chain, "{error:?}");
}
