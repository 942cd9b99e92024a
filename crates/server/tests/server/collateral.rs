//! Where the server has the collateral from of reports that bring none.

use std::{fs, path::Path, time::SystemTime};

use aecs_attest::{
    Attester, CollateralBundle, CollateralDirectory, CollateralEntry, CollateralItem, Error,
    IntelTee, PckCa, ReportRequest, ReportType, UserData, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{DcapReport, UnifiedAttestationAuthReport, json};
use aecs_server::{
    collateral,
    config::{self, Config, Flags, Variables},
    platform,
};
use aecs_sim::{EnclaveIdentity, SimulatedCpu};

use crate::program::home::Home;

fn report(cpu: &SimulatedCpu, report_type: ReportType) -> UnifiedAttestationAuthReport {
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let request =
        ReportRequest { report_type, ..ReportRequest::passport(UserData([3; 32]), key.public()) };
    cpu.enclave(EnclaveIdentity::default()).attest(&request).unwrap()
}

/// The collateral of the software CPU.
fn entry(cpu: &SimulatedCpu) -> CollateralEntry {
    let passport = report(cpu, ReportType::Passport).report.unwrap();
    let dcap: DcapReport = json::from_str(&passport.json_report).unwrap();
    let (tee, ca) = (IntelTee::Sgx, PckCa::Platform);
    let item = CollateralItem::Dcap { tee, fmspc: *b"AECSIM", ca };
    CollateralEntry::new(item, dcap.json_collateral.into_bytes(), SystemTime::now()).unwrap()
}

/// The verifier of a server with these settings.
fn verifier(home: &Home, settings: &[(&'static str, &Path)]) -> std::sync::Arc<Verifier> {
    let shown = |path: &Path| path.to_str().unwrap().to_owned();
    let mut values = vec![
        ("attestation.platform", "simulation".to_owned()),
        ("aecs_data_dir", shown(&home.path("data"))),
        ("aecs_admin_pubkey_file", shown(&home.path("admin.pem"))),
    ];
    values.extend(settings.iter().map(|(name, value)| (*name, shown(value))));
    let flags = Flags { values: values.into_iter().collect(), ..Flags::default() };
    let (settings, _) = config::gather(&flags, &Variables::default()).unwrap();
    let trust = settings.trust(&mut |path| fs::read(path)).unwrap();
    let config = Config::under(&settings, &trust).unwrap();
    let collateral =
        collateral::open(&config.attestation.collateral, config.attestation.tcb_evaluation)
            .unwrap();
    platform::verification(&config.attestation, collateral).unwrap().verifier
}

#[test]
fn a_report_without_collateral_needs_a_source() {
    let home = Home::new();
    let cpu = SimulatedCpu::open(home.path("data/simulation")).unwrap();
    let report = report(&cpu, ReportType::BackgroundCheck);
    let now = SystemTime::now();

    let refused = verifier(&home, &[]).verify(&report, now);
    assert!(matches!(refused, Err(Error::NoCollateral)), "{refused:?}");

    let (bundle, folder) = (home.path("bundle.json"), home.path("folder"));
    CollateralBundle::new([entry(&cpu)]).write(&bundle).unwrap();
    CollateralDirectory::create(&folder).unwrap().write(&entry(&cpu)).unwrap();
    for offline in [&bundle, &folder] {
        let verifier = verifier(&home, &[("attestation.collateral.offline", offline)]);
        verifier.verify(&report, now).unwrap();
    }

    // What is there is used, and nobody is called.
    let nowhere = Path::new("http://127.0.0.1:1/sgx/certification/v4/");
    let both =
        [("attestation.collateral.offline", &*bundle), ("attestation.collateral.intel", nowhere)];
    verifier(&home, &both).verify(&report, now).unwrap();
    let refused = verifier(&home, &both[1..]).verify(&report, now);
    assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
    assert!(!home.path("data/collateral").exists(), "nothing was fetched");
}

#[test]
fn unusable_sources_end_with_64() {
    let home = Home::new();
    let refuses = |flag: &str, value: &str, message: &str| {
        home.refuses(64, &[flag, value], message);
    };
    refuses("--attestation-collateral-intel", "pccs.example", "attestation.collateral.intel");
    refuses("--attestation-collateral-offline", "missing", "attestation.collateral.offline");
    fs::write(home.path("damaged.json"), "{").unwrap();
    refuses("--attestation-collateral-offline", "damaged.json", "collateral bundle is malformed");
    for (ca, message) in [("missing.pem", "missing.pem"), ("admin.pem", "there is none")] {
        let flags = [
            "--attestation-collateral-amd",
            "https://kds.example",
            "--attestation-collateral-ca-path",
            ca,
        ];
        home.refuses(64, &flags, message);
    }
}

#[test]
fn checking_the_configuration_makes_no_cache() {
    let home = Home::new();
    let mut command = home.command();
    command.args(["--check-config", "--attestation-collateral-intel", "vendor"]);
    let output = command.output().unwrap();
    assert!(output.status.success());
    assert!(!home.path("data/collateral").exists());
}
