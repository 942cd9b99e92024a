//! `aecs-sim`.

use std::fs;
use std::process::Command;
use std::time::SystemTime;

use aecs_attest::{Backing, Verifier};
use aecs_crypto::{KeyPair, Suite};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::{run_in, succeed_in};

#[test]
fn a_cpu_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let first = succeed_in(folder.path(), "aecs-sim --format json create {DIR}/cpu").json();
    let again = succeed_in(folder.path(), "aecs-sim --format json create {DIR}/cpu").json();
    assert_eq!((&first["new"], &again["new"]), (&true.into(), &false.into()));
    assert_eq!(first["rootFingerprint"], again["rootFingerprint"]);
    assert!(succeed_in(folder.path(), "aecs-sim create {DIR}/cpu").stdout.starts_with("kept "));
}

#[test]
fn info_follows_the_tcb_status() {
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecs-sim create {DIR}/cpu");
    let info = succeed_in(folder.path(), "aecs-sim info {DIR}/cpu --format json").json();
    assert_eq!(info["tcbStatus"], "UpToDate");
    assert_eq!(info["fmspc"].as_str().unwrap().len(), 12);
    assert!(info["validUntil"].is_string());

    succeed_in(
        folder.path(),
        "aecs-sim set-tcb {DIR}/cpu --status OutOfDate --advisory INTEL-SA-00001",
    );
    let info = succeed_in(folder.path(), "aecs-sim info {DIR}/cpu --format json").json();
    assert_eq!(info["tcbStatus"], "OutOfDate");
    assert_eq!(info["advisoryIds"], "INTEL-SA-00001");

    succeed_in(folder.path(), "aecs-sim set-tcb {DIR}/cpu --status Revoked");
    let info = succeed_in(folder.path(), "aecs-sim info {DIR}/cpu --format json").json();
    assert!(info["refused"].is_string());

    let unknown = run_in(folder.path(), "aecs-sim set-tcb {DIR}/cpu --status Fine");
    assert_eq!(unknown.code, 64);
}

#[test]
fn a_report_verifies_under_the_printed_root() {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    fs::write(folder.path().join("key.pem"), key.public().pem()).unwrap();
    succeed_in(folder.path(), "aecs-sim create {DIR}/cpu");
    let measurement = "AB".repeat(32);
    let report = succeed_in(
        folder.path(),
        &format!(
            "aecs-sim report {{DIR}}/cpu --pubkey {{DIR}}/key.pem --user-data 31323334 --type Passport --mrenclave {measurement} --svn 7"
        ),
    );
    let root = succeed_in(folder.path(), "aecs-sim root {DIR}/cpu").stdout;

    let root = CertificateDer::from_pem_slice(root.as_bytes()).unwrap();
    let verifier = Verifier::builder().simulated_root(root.as_ref()).build().unwrap();
    let report = aecs_proto::json::from_str(&report.stdout).unwrap();
    let attributes = verifier.verify(&report, SystemTime::now()).unwrap();
    assert_eq!(attributes.backing(), Backing::Simulation);
    assert_eq!(attributes.measurement(), measurement);
    assert_eq!(attributes.security_version(), Some(7));
    assert_eq!(attributes.user_data().0[..5], *b"1234\0");
    assert_eq!(attributes.public_key(), key.public());
}

#[test]
fn a_report_without_collateral_is_smaller() {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    fs::write(folder.path().join("key.pem"), key.public().pem()).unwrap();
    succeed_in(folder.path(), "aecs-sim create {DIR}/cpu");
    let line = "aecs-sim report {DIR}/cpu --pubkey {DIR}/key.pem --type";
    let passport = succeed_in(folder.path(), &format!("{line} Passport")).stdout;
    let check = succeed_in(folder.path(), &format!("{line} BackgroundCheck")).stdout;
    assert!(check.contains("\"str_report_type\":\"BackgroundCheck\""));
    assert!(check.len() < passport.len());
}

#[test]
fn a_program_is_measured_by_its_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("program"), "abc").unwrap();
    let ran = succeed_in(folder.path(), "aecs-sim measure {DIR}/program");
    assert_eq!(ran.stdout, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD\n");
    assert_eq!(run_in(folder.path(), "aecs-sim measure {DIR}/none").code, 66);
}

#[test]
fn a_folder_without_a_cpu_is_no_cpu() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_in(folder.path(), "aecs-sim info {DIR}/none");
    assert_eq!(ran.code, 65);
    assert!(ran.stderr.ends_with(&format!(
        "help: aecs-sim create {}/none makes a software CPU\n",
        folder.path().display()
    )));
}

/// The check of production programs finds the simulation in a program that has it.
#[test]
fn programs_with_the_simulation_are_refused_as_production_programs() {
    for program in [env!("CARGO_BIN_EXE_aecs_client_cli"), env!("CARGO_BIN_EXE_aecs-sim")] {
        let run = Command::new("bash")
            .args(["-c", r#". "$0" && refuse_simulation "$1""#])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deployment/lib.sh"))
            .arg(program)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(!run.status.success() && errors.contains("contains the simulation"), "{errors}");
    }
}
