//! Collateral for verifiers without a network.

use std::time::SystemTime;

use aecs_attest::{
    CollateralDirectory, CollateralEntry, CollateralItem, CollateralSource as _, IntelTee, PckCa,
    ReportType,
};
use aecs_sim::EnclaveIdentity;

use super::World;

/// A folder with what the CPU's quotes need, as `fetch` fills it.
fn fill(world: &World) -> CollateralItem {
    let item = CollateralItem::Dcap { tee: IntelTee::Sgx, fmspc: *b"AECSIM", ca: PckCa::Platform };
    let now = SystemTime::now();
    let content = world.cpu.get(&item, now).unwrap();
    let directory = CollateralDirectory::create(world.path().join("collateral")).unwrap();
    directory.write(&CollateralEntry::new(item.clone(), content, now).unwrap()).unwrap();
    item
}

#[test]
fn a_folder_becomes_a_bundle_and_both_judge() {
    let world = World::new();
    let item = fill(&world);
    let report = world.report(ReportType::BackgroundCheck, EnclaveIdentity::default());
    world.write("report.json", report.json());

    let packed = world.run("collateral pack {DIR}/collateral --out {DIR}/bundle.json");
    assert_eq!(packed.code, 0, "{}", packed.stderr);
    assert!(packed.stdout.starts_with("packed 1 items into "), "{}", packed.stdout);
    for source in ["collateral", "bundle.json"] {
        let line = format!("verify {{DIR}}/report.json --collateral {{DIR}}/{source}");
        let ran = world.attest(&line);
        assert_eq!(ran.code, 0, "{source}: {}", ran.stderr);
        let shown = world.run(&format!("collateral show {{DIR}}/{source} --output json"));
        assert_eq!(shown.code, 0, "{}", shown.stderr);
        let row = &shown.json()[0];
        assert_eq!(row["item"], item.to_string());
        assert_eq!(row["current"], true);
        assert!(row["expires"].is_string());
        let parts = row["parts"].as_array().unwrap();
        assert!(parts.iter().any(|part| part["what"] == "TCB info"), "{parts:?}");
    }
    assert!(world.run("collateral show {DIR}/bundle.json").stdout.contains("current"));
}

#[test]
fn what_is_not_there_is_told() {
    let world = World::new();
    world.write("bundle.json", "{}");
    std::fs::create_dir(world.path().join("empty")).unwrap();
    let ran = world.run("collateral show {DIR}/bundle.json");
    assert!(ran.stderr.contains("/bundle.json: collateral bundle is malformed"), "{}", ran.stderr);
    for (line, code) in [
        ("collateral show {DIR}/none", 66),
        ("collateral show {DIR}/bundle.json", 65),
        ("collateral pack {DIR}/empty --out {DIR}/out", 65),
        ("collateral pack {DIR}/none --out {DIR}/out", 66),
        ("collateral fetch --out {DIR}/out", 64),
        ("collateral fetch --out {DIR}/out --item dcap/sgx", 64),
        ("collateral fetch --out {DIR}/out --fmspc 00", 64),
    ] {
        let ran = world.run(line);
        assert_eq!(ran.code, code, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains("error: "), "{line}: {}", ran.stderr);
    }
}

#[test]
fn a_service_that_cannot_be_reached_is_told_from_a_refusal() {
    let world = World::new();
    let report = world.report(ReportType::BackgroundCheck, EnclaveIdentity::default());
    world.write("report.json", report.json());
    let service = "--pccs http://127.0.0.1:1 --timeout 2 --out {DIR}/out";
    for what in ["{DIR}/report.json --simulated-root {DIR}/root.der", "--fmspc 414543530000"] {
        let ran = world.run(&format!("collateral fetch {what} {service}"));
        assert_eq!(ran.code, 69, "{what}: {}", ran.stderr);
        assert_eq!(ran.stderr.matches("dcap/sgx/").count(), 1, "{what}: {}", ran.stderr);
        assert!(ran.stderr.contains("\n  help: --pccs, "), "{what}: {}", ran.stderr);
    }
}

#[test]
fn a_passport_needs_nothing() {
    let world = World::new();
    world.passport();
    let ran = world.attest("collateral fetch {DIR}/report.json --out {DIR}/out");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("contains all its collateral"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "(none)\n");
}

#[test]
fn evidence_under_an_untrusted_root_is_not_said_to_need_no_collateral() {
    let world = World::new();
    world.passport();
    let ran = world.run("collateral fetch {DIR}/report.json --out {DIR}/out");
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("error: nothing was fetched for "), "{}", ran.stderr);
    assert!(ran.stderr.contains("ends in an untrusted root"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--simulated-root FILE"), "{}", ran.stderr);
}
