//! Quotes of the simulation, in every state that it has.

use std::fmt::Debug;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use aecs_proto::json;
use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu, TdIdentity, TdQuoteFormat};
use tempfile::TempDir;

use super::oracle::{Case, Tally};
use crate::anchor::{Anchor, Backing};
use crate::collateral::IntelTee;
use crate::encoding::base64_within;
use crate::tcb::TcbStatus;

pub(super) const FORMATS: [TdQuoteFormat; 3] =
    [TdQuoteFormat::V4, TdQuoteFormat::V5Tdx10, TdQuoteFormat::V5Tdx15];

pub(super) fn cpu() -> (TempDir, SimulatedCpu) {
    let dir = tempfile::tempdir().unwrap();
    let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
    (dir, cpu)
}

/// What an enclave brings.
pub(super) fn enclave(cpu: &SimulatedCpu) -> Case {
    let evidence = cpu.enclave(EnclaveIdentity::default()).evidence([7; 64]).unwrap();
    case(cpu, IntelTee::Sgx, &evidence.b64_quote, &evidence.json_collateral)
}

/// What a trust domain brings.
pub(super) fn trust_domain(cpu: &SimulatedCpu, identity: TdIdentity) -> Case {
    let evidence = cpu.trust_domain(identity).evidence([7; 64]).unwrap();
    case(cpu, IntelTee::Tdx, &evidence.b64_quote, &evidence.json_collateral)
}

fn case(cpu: &SimulatedCpu, tee: IntelTee, quote: &str, collateral: &str) -> Case {
    Case {
        tee,
        quote: base64_within("quote", quote, 1 << 20).unwrap(),
        collateral: json::from_str(collateral).unwrap(),
        beside: Vec::new(),
        anchor: Anchor { der: cpu.root_der().to_vec(), backing: Backing::Simulation },
        now: SystemTime::now(),
    }
}

/// One of each kind.
pub(super) fn cases(cpu: &SimulatedCpu) -> Vec<Case> {
    let td = |format| trust_domain(cpu, TdIdentity { format, ..TdIdentity::default() });
    std::iter::once(enclave(cpu)).chain(FORMATS.map(td)).collect()
}

/// A status, as the simulation's copy of this crate has it.
fn their<T: FromStr<Err: Debug>>(status: TcbStatus) -> T {
    status.as_str().parse().unwrap()
}

#[test]
fn every_status_is_the_same_to_both() {
    let (_dir, cpu) = cpu();
    let mut tally = Tally::default();
    for status in &TcbStatus::ALL[..6] {
        for older in [false, true] {
            for qe in [TcbStatus::UpToDate, TcbStatus::OutOfDate] {
                cpu.set_tcb_status(their(*status), &["INTEL-SA-00001", "INTEL-SA-00002"]).unwrap();
                cpu.set_older_tcb_info(older).unwrap();
                cpu.set_qe_status(their(qe)).unwrap();
                for case in cases(&cpu) {
                    tally.compare(&case, || format!("{status}, QE {qe}"));
                }
            }
        }
    }
    assert_eq!((tally.accepted, tally.refused), (6 * 2 * 2 * 4, 0), "{tally:?}");
    assert!(tally.differences.is_empty(), "{tally:?}");
}

#[test]
fn what_is_revoked_is_revoked_to_both() {
    let (_dir, cpu) = cpu();
    let mut tally = Tally::default();
    cpu.set_qe_status(their(TcbStatus::Revoked)).unwrap();
    cases(&cpu).iter().for_each(|case| tally.compare(case, || "QE revoked".into()));
    cpu.set_qe_status(their(TcbStatus::UpToDate)).unwrap();
    cpu.set_tcb_status(their(TcbStatus::Revoked), &[]).unwrap();
    cases(&cpu).iter().for_each(|case| tally.compare(case, || "TCB revoked".into()));
    cpu.set_tcb_status(their(TcbStatus::UpToDate), &[]).unwrap();
    cpu.set_pck_revoked(true).unwrap();
    cases(&cpu).iter().for_each(|case| tally.compare(case, || "PCK revoked".into()));
    assert_eq!((tally.accepted, tally.refused), (0, 12), "{tally:?}");
    let expected = ["revocation of PCK certificate chain", "revocation of the TCB"];
    assert!(tally.checks.keys().eq(expected), "{tally:?}");
}

#[test]
fn every_state_of_a_trust_domain_is_the_same_to_both() {
    let (_dir, cpu) = cpu();
    let mut tally = Tally::default();
    for format in FORMATS {
        for module in 2..=6 {
            for version in 0..=2 {
                for platform in 0..=3 {
                    for (now, attributes) in
                        [(5, 1 << 28), (4, 1 << 28 | 1), (3, 1 << 29), (2, 1 << 17 | 1 << 28)]
                    {
                        let identity = TdIdentity {
                            format,
                            attributes,
                            tcb: svn([module, version, platform]),
                            current_tcb: svn([now, 1, 2]),
                            ..TdIdentity::default()
                        };
                        let case = trust_domain(&cpu, identity);
                        tally.compare(&case, || format!("{format:?} {module} {version} {now}"));
                    }
                }
            }
        }
    }
    for bit in 0..64 {
        for format in FORMATS {
            let identity = TdIdentity { format, attributes: 1 << bit, ..TdIdentity::default() };
            let case = trust_domain(&cpu, identity);
            tally.compare(&case, || format!("attribute {bit} in {format:?}"));
        }
    }
    for change in [
        TdIdentity { mrsignerseam: [1; 48], ..TdIdentity::default() },
        TdIdentity { seam_attributes: 1, ..TdIdentity::default() },
    ] {
        let case = trust_domain(&cpu, change);
        tally.compare(&case, || "another module".into());
    }
    assert!(tally.accepted > 200 && tally.refused > 200, "{tally:?}");
    assert!(tally.differences.is_empty(), "{tally:?}");
}

fn svn([module, version, platform]: [u8; 3]) -> [u8; 16] {
    let mut svn = [0; 16];
    svn[..3].copy_from_slice(&[module, version, platform]);
    svn
}

#[test]
fn the_edges_of_validity_are_the_same_to_both() {
    let (_dir, cpu) = cpu();
    let mut tally = Tally::default();
    let second = Duration::from_secs(1);
    for case in cases(&cpu) {
        let (from, until) = case.verdict().unwrap().checks.window();
        for now in [from - second, from, from + second, until - second, until, until + second] {
            tally.compare(&Case { now, ..case.clone() }, || format!("{now:?}"));
        }
    }
    assert_eq!((tally.accepted, tally.refused), (16, 8), "{tally:?}");
}
