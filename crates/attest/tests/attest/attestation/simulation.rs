//! Simulated CPUs: what their enclaves prove, and how their directories last.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use crate::attestation::support::{Parts, Simulation, USER_DATA, at, policy};
use aecs_attest::{
    Acceptance, Backing, Check, Denial, Error, Platform, Policy, SealTo, Sealer, TcbStatus,
};
use aecs_proto::UnifiedAttestationAttributes;
use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu};

#[test]
fn a_report_says_who_the_enclave_is() {
    let simulation = Simulation::new();
    let identity = EnclaveIdentity {
        mrenclave: [0xA1; 32],
        mrsigner: [0xB2; 32],
        prod_id: 300,
        svn: 65535,
        debug: false,
    };
    let verified = simulation.attributes_of(identity);
    assert_eq!(verified.platform(), Platform::SgxDcap);
    assert_eq!(verified.backing(), Backing::Simulation);
    assert_eq!(verified.user_data(), USER_DATA);
    assert_eq!(verified.public_key(), simulation.key.public());
    assert_eq!(verified.key_hash(), simulation.key.public().fingerprint());
    let binds = verified.checks().iter().find(|passed| passed.check == Check::REPORT_DATA).unwrap();
    assert_eq!(binds.detail, format!("binds key {}", verified.key_hash()));
    assert_eq!(verified.tcb_status(), TcbStatus::UpToDate);
    assert_eq!(verified.measurement(), "A1".repeat(32));
    assert_eq!(verified.signer(), "B2".repeat(32));
    assert_eq!((verified.product(), verified.security_version()), ("300", Some(65535)));
    assert!(!verified.debug() && verified.nested().is_none());

    let expected = UnifiedAttestationAttributes {
        str_tee_platform: "SGX_DCAP".into(),
        hex_ta_measurement: "A1".repeat(32),
        hex_signer: "B2".repeat(32),
        hex_prod_id: "300".into(),
        str_min_isvsvn: "65535".into(),
        bool_debug_disabled: "true".into(),
        hex_user_data: "5A".repeat(32),
        hex_hash_or_pem_pubkey: simulation.key.public().fingerprint().to_string(),
        str_tcb_status: "UpToDate".into(),
        str_tcb_date: "2024-03-13T00:00:00Z".into(),
        str_tcb_evaluation_number: "17".into(),
        str_min_tcb: verified.as_proto().str_min_tcb.clone(),
        hex_ppid: verified.as_proto().hex_ppid.clone(),
        hex_fmspc: hex::encode_upper(b"AECSIM"),
        str_platform_info: "cachedKeys=false,dynamicPlatform=false,smt=true".into(),
        bool_revocation_checked: "true".into(),
        ..Default::default()
    };
    assert_eq!(verified.to_proto(), expected);
    assert!(expected.str_min_tcb.starts_with("pce="), "{}", expected.str_min_tcb);
    assert_eq!(expected.hex_ppid.len(), 32);
}

#[test]
fn the_defaults_are_those_of_the_original_server() {
    let verified = Simulation::new().attributes();
    let signer = "83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E";
    assert_eq!(verified.signer(), signer);
    assert_eq!((verified.product(), verified.security_version()), ("1", Some(1)));
}

#[test]
fn a_program_is_measured_by_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("program");
    std::fs::write(&program, b"abc").unwrap();
    let identity = EnclaveIdentity::of_program(&program).unwrap();
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(hex::encode(identity.mrenclave), sha256);
    assert_eq!(identity, EnclaveIdentity { mrenclave: identity.mrenclave, ..Default::default() });
    assert!(matches!(
        EnclaveIdentity::of_program(&dir.path().join("none")),
        Err(Error::Device { .. })
    ));
}

#[test]
fn pck_certificates_say_simulation() {
    let simulation = Simulation::new();
    let quote = Parts::of(&simulation.passport()).quote;
    let pck = pem::parse_many(&quote[at::CHAIN..]).unwrap().remove(0);
    let (_, certificate) = x509_parser::parse_x509_certificate(pck.contents()).unwrap();
    assert!(certificate.subject().to_string().contains("SIMULATION"));
}

#[test]
fn every_status_reaches_the_attributes() {
    let simulation = Simulation::new();
    let only_up_to_date = policy(vec![UnifiedAttestationAttributes::default()]);
    let only_up_to_date = Policy::parse(&only_up_to_date).unwrap();
    for status in [
        TcbStatus::SwHardeningNeeded,
        TcbStatus::ConfigurationNeeded,
        TcbStatus::ConfigurationAndSwHardeningNeeded,
        TcbStatus::OutOfDate,
        TcbStatus::OutOfDateConfigurationNeeded,
    ] {
        simulation.cpu.set_tcb_status(status, &["INTEL-SA-2", "INTEL-SA-1"]).unwrap();
        let verified = simulation.attributes();
        assert_eq!(verified.tcb_status(), status);
        assert_eq!(verified.as_proto().str_tcb_status, status.as_str());
        assert_eq!(verified.as_proto().str_advisory_ids, "INTEL-SA-1,INTEL-SA-2");

        let denial = only_up_to_date.admit(&verified, &Acceptance::default()).unwrap_err();
        assert_denied_for(&denial, "str_tcb_status");
        let lenient =
            Acceptance { tcb_statuses: BTreeSet::from([status]), ..Acceptance::default() };
        only_up_to_date.admit(&verified, &lenient).unwrap();
    }
    for status in [TcbStatus::TdRelaunchAdvised, TcbStatus::Unverified] {
        assert!(simulation.cpu.set_tcb_status(status, &[]).is_err());
    }
}

#[test]
fn debug_enclaves_are_genuine_but_not_wanted() {
    let simulation = Simulation::new();
    let verified = simulation.attributes_of(EnclaveIdentity { debug: true, ..Default::default() });
    assert!(verified.debug());
    assert_eq!(verified.as_proto().bool_debug_disabled, "false");

    let entry = |debug_disabled: &str| {
        let entry = UnifiedAttestationAttributes {
            bool_debug_disabled: debug_disabled.into(),
            ..Default::default()
        };
        Policy::parse(&policy(vec![entry])).unwrap()
    };
    for refusing in ["", "true", "1"] {
        let denial = entry(refusing).admit(&verified, &Acceptance::default()).unwrap_err();
        assert_denied_for(&denial, "bool_debug_disabled");
    }
    entry("false").admit(&verified, &Acceptance::default()).unwrap();
    let accepting = Acceptance { debug: true, ..Default::default() };
    entry("").admit(&verified, &accepting).unwrap();
    assert!(entry("true").admit(&verified, &accepting).is_err());
}

fn assert_denied_for(denial: &Denial, attribute: &str) {
    let attributes: Vec<_> = denial.mismatches.iter().map(|m| m.attribute.as_str()).collect();
    assert_eq!(attributes, [attribute], "{denial}");
}

#[test]
fn a_cpu_outlives_its_process() {
    let simulation = Simulation::new();
    simulation.cpu.set_tcb_status(TcbStatus::OutOfDate, &["INTEL-SA-7"]).unwrap();
    let sealed = simulation.enclave().seal(SealTo::Enclave, b"context", b"plain").unwrap();
    let report = simulation.passport();

    let options = CpuOptions { tcb_status: TcbStatus::UpToDate, ..Default::default() };
    for cpu in [
        SimulatedCpu::open(simulation.dir.path()).unwrap(),
        SimulatedCpu::create(simulation.dir.path(), options).unwrap(),
    ] {
        assert_eq!(cpu.root_der(), simulation.cpu.root_der());
        let reopened = Simulation {
            dir: tempfile::tempdir().unwrap(),
            cpu,
            key: aecs_crypto::KeyPair::generate(aecs_crypto::Suite::Modern).unwrap(),
        };
        assert_eq!(reopened.attributes().tcb_status(), TcbStatus::OutOfDate);
        reopened.verify(&report).unwrap();
        let plain = reopened.enclave().unseal(b"context", &sealed).unwrap();
        assert_eq!(plain.expose(), b"plain");
    }
}

#[test]
fn there_is_nothing_to_open_before_creation() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(SimulatedCpu::open(dir.path()), Err(Error::Device { .. })));
}

#[test]
fn a_creation_that_stopped_halfway_is_made_up_for() {
    let simulation = Simulation::new();
    std::fs::remove_file(simulation.dir.path().join("cpu.json")).unwrap();
    assert!(SimulatedCpu::open(simulation.dir.path()).is_err());
    let cpu = SimulatedCpu::create(simulation.dir.path(), CpuOptions::default()).unwrap();
    assert_ne!(cpu.root_der(), simulation.cpu.root_der());
}

#[test]
fn damaged_files_are_named() {
    for name in ["cpu.json", "pck.key", "root-ca.pem", "sealing.key"] {
        let simulation = Simulation::new();
        std::fs::write(simulation.dir.path().join(name), b"damaged").unwrap();
        let error = SimulatedCpu::open(simulation.dir.path()).unwrap_err();
        match error {
            Error::Device { path, .. } => assert!(path.ends_with(name), "{path:?}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn concurrent_creations_make_one_cpu() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep/below");
    let create = || SimulatedCpu::create(&path, CpuOptions::default()).unwrap();
    let roots: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| create().root_der().to_vec())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(roots.iter().all(|root| *root == roots[0]));
}

#[test]
fn secret_files_are_their_owners_only() {
    let simulation = Simulation::new();
    let mut secrets = 0;
    for entry in std::fs::read_dir(simulation.dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        if entry.path().extension().is_some_and(|extension| extension == "key") {
            assert_eq!(mode, 0o600, "{:?}", entry.path());
            secrets += 1;
        }
    }
    assert_eq!(secrets, 6);
}

#[test]
fn the_root_is_a_file_to_configure() {
    let simulation = Simulation::new();
    let text = std::fs::read_to_string(simulation.dir.path().join("root-ca.pem")).unwrap();
    assert_eq!(pem::parse(text).unwrap().contents(), simulation.cpu.root_der());
}

#[test]
fn collateral_is_renewed_before_it_expires() {
    let simulation = Simulation::new();
    let collateral = || Parts::of(&simulation.passport()).collateral;
    let first = collateral();
    assert_eq!(collateral(), first, "issued once, used again");

    let month = Duration::from_secs(31 * 24 * 3600);
    let now = SystemTime::now();
    simulation.cpu.set_collateral_window(Some(now - 2 * month..now - month)).unwrap();
    let error = simulation.verify(&simulation.passport()).unwrap_err();
    assert!(matches!(error, Error::Expired { .. }), "{error:?}");
    simulation.cpu.set_collateral_window(None).unwrap();
    simulation.verify(&simulation.passport()).unwrap();
    assert_ne!(collateral(), first);
}

#[test]
fn sealed_data_opens_for_the_same_enclave_only() {
    let simulation = Simulation::new();
    let identity = EnclaveIdentity::default();
    let enclave = |change: fn(&mut EnclaveIdentity)| {
        let mut identity = identity.clone();
        change(&mut identity);
        simulation.cpu.enclave(identity)
    };
    let same = enclave(|_| {});
    let to_enclave = same.seal(SealTo::Enclave, b"context", b"plain").unwrap();
    let to_signer = same.seal(SealTo::Signer, b"context", b"plain").unwrap();
    for sealed in [&to_enclave, &to_signer] {
        assert_eq!(same.unseal(b"context", sealed).unwrap().expose(), b"plain");
    }

    let elsewhere = |result: Result<_, Error>| matches!(result, Err(Error::SealedElsewhere));
    let other_code = enclave(|identity| identity.mrenclave = [1; 32]);
    assert!(elsewhere(other_code.unseal(b"context", &to_enclave)));
    assert_eq!(other_code.unseal(b"context", &to_signer).unwrap().expose(), b"plain");
    for other in [
        enclave(|identity| identity.mrsigner = [1; 32]),
        enclave(|identity| identity.prod_id = 2),
        enclave(|identity| identity.debug = true),
        Simulation::new().enclave(),
    ] {
        assert!(elsewhere(other.unseal(b"context", &to_signer)), "{:?}", other.identity());
    }
}

#[test]
fn sealed_data_opens_at_later_security_versions() {
    let simulation = Simulation::new();
    let enclave = |svn| simulation.cpu.enclave(EnclaveIdentity { svn, ..Default::default() });
    for to in [SealTo::Enclave, SealTo::Signer] {
        let sealed = enclave(5).seal(to, b"", b"plain").unwrap();
        for svn in [5, 6, 65535] {
            assert_eq!(enclave(svn).unseal(b"", &sealed).unwrap().expose(), b"plain");
        }
        let older = enclave(4).unseal(b"", &sealed);
        assert!(matches!(older, Err(Error::SealedByNewer { sealed: 5, own: 4 })));
    }
}

#[test]
fn changed_sealed_data_does_not_open() {
    let simulation = Simulation::new();
    let enclave = simulation.enclave();
    let sealed = enclave.seal(SealTo::Enclave, b"context", b"plain").unwrap();
    assert!(matches!(enclave.unseal(b"other", &sealed), Err(Error::Crypto(_))));
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(enclave.unseal(b"context", &changed).is_err(), "byte {at}");
        assert!(enclave.unseal(b"context", &sealed[..at]).is_err(), "{at} bytes");
    }
}
