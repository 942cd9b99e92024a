//! Reports that hold, and machines that vouch for the device.

use std::time::SystemTime;

use crate::nvidia::{NONCE, appraise, genuine, verifier};
use aecs_attest::{
    Acceptance, Attester as _, Backing, Check, Error, Platform, Policy, ReportRequest, UserData,
    Verifier, sign_nested_results,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    UnifiedAttestationAttributes, UnifiedAttestationAuthReport, UnifiedAttestationNestedPolicies,
    UnifiedAttestationNestedPolicy, UnifiedAttestationNestedResults, UnifiedAttestationPolicy,
    UnifiedAttestationReport,
};
use aecs_sim::{CpuOptions, EnclaveIdentity, GpuModel, GpuReport, SimulatedCpu, SimulatedGpu};

#[test]
fn both_models_are_verified() {
    for (model, architecture) in [(GpuModel::Hopper, "HOPPER"), (GpuModel::Blackwell, "BLACKWELL")]
    {
        let gpu = SimulatedGpu::new(model).unwrap();
        let appraised = appraise(&gpu, &genuine(&gpu)).unwrap();
        assert_eq!(appraised.backing(), Backing::Simulation);
        assert_eq!((appraised.nonce(), appraised.report_data()), (Some(NONCE.as_slice()), None));
        let made: Vec<_> = appraised.checks().iter().map(|passed| passed.check).collect();
        let certificates = [Check::CERTIFICATE_CHAIN, Check::VALIDITY];
        let report = [Check::NVIDIA_SIGNATURE, Check::NVIDIA_FIRMWARE, Check::NVIDIA_DEVICE];
        assert_eq!(made, [certificates.as_slice(), &report].concat());

        let attributes = appraised.attributes();
        let measured: Vec<&str> = attributes.str_pcrs.split(',').collect();
        assert_eq!(measured.len(), 64);
        assert!(measured.contains(&format!("7={}", "07".repeat(48)).as_str()));
        let expected = UnifiedAttestationAttributes {
            str_tee_platform: "NVIDIA_GPU".into(),
            hex_platform_measurement: attributes.hex_platform_measurement.clone(),
            hex_boot_measurement: hex::encode_upper(SimulatedGpu::FIRMWARE),
            str_tee_name: architecture.into(),
            str_tee_identity: "1010_0200_882".into(),
            hex_nonce: hex::encode_upper(NONCE),
            hex_chip_id: attributes.hex_chip_id.clone(),
            str_pcrs: attributes.str_pcrs.clone(),
            str_versions: "driver=580.95.05,vbios=96.00.74.00.1A".into(),
            str_product: model.chip().into(),
            bool_revocation_checked: "false".into(),
            bool_measurements_match_rim: "false".into(),
            ..Default::default()
        };
        assert_eq!(*attributes, expected);
        assert_eq!(attributes.hex_platform_measurement.len(), 96);
        assert!(!attributes.hex_chip_id.is_empty());
    }
}

#[test]
fn the_measurement_is_over_all_blocks() {
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let measurement = |report: &GpuReport| {
        let appraised = appraise(&gpu, &gpu.report(report).unwrap()).unwrap();
        appraised.attributes().hex_platform_measurement.clone()
    };
    let one = GpuReport::new(NONCE);
    assert_eq!(measurement(&GpuReport::new([9; 32])), measurement(&one), "the nonce is not in it");
    for index in [0, 40, 63] {
        let mut other = one.clone();
        other.measurements[index].1[47] ^= 1;
        assert_ne!(measurement(&other), measurement(&one), "block {index}");
    }
    let mut long = one.clone();
    long.measurements[3].1 = vec![1; 100];
    let appraised = appraise(&gpu, &gpu.report(&long).unwrap()).unwrap();
    assert_eq!(appraised.attributes().str_pcrs.split(',').count(), 63);
}

#[test]
fn a_report_may_leave_the_firmware_to_the_certificate() {
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let report = GpuReport { firmware: None, ..GpuReport::new(NONCE) };
    let appraised = appraise(&gpu, &gpu.report(&report).unwrap()).unwrap();
    let firmware = hex::encode_upper(SimulatedGpu::FIRMWARE);
    assert_eq!(appraised.attributes().hex_boot_measurement, firmware);
}

#[test]
fn the_mode_of_a_gpu_is_shown_where_the_report_tells_it() {
    let gpu = SimulatedGpu::new(GpuModel::Blackwell).unwrap();
    for (features, flags) in
        [(None, ""), (Some(0), "0000000000000000"), (Some(2), "0000000000000002")]
    {
        let report = GpuReport { features, ..GpuReport::new(NONCE) };
        let appraised = appraise(&gpu, &gpu.report(&report).unwrap()).unwrap();
        assert_eq!(appraised.attributes().hex_secure_flags, flags, "{features:?}");
    }
}

/// Evidence of a switch, and a verifier that trusts its root for both kinds of devices.
fn switch() -> (SimulatedGpu, Verifier) {
    let switch = SimulatedGpu::new(GpuModel::Switch).unwrap();
    let root = switch.root_der();
    let verifier = Verifier::builder()
        .simulated_platform_root(Platform::NvidiaSwitch, root)
        .simulated_platform_root(Platform::NvidiaGpu, root);
    (switch, verifier.build().unwrap())
}

#[test]
fn switches_are_a_platform_of_their_own() {
    let (switch, verifier) = switch();
    let report = UnifiedAttestationReport {
        str_tee_platform: "NVIDIA_SWITCH".into(),
        ..SimulatedGpu::evidence(&genuine(&switch), &switch.chain_pem())
    };
    let appraised = verifier.appraise(&report, SystemTime::now()).unwrap();
    assert_eq!(appraised.nonce(), Some(NONCE.as_slice()));
    let attributes = appraised.attributes();
    let expected = UnifiedAttestationAttributes {
        str_tee_platform: "NVIDIA_SWITCH".into(),
        hex_platform_measurement: attributes.hex_platform_measurement.clone(),
        hex_boot_measurement: hex::encode_upper(SimulatedGpu::FIRMWARE),
        hex_secure_flags: "0000000000000001".into(),
        str_tee_name: "LS10".into(),
        str_tee_identity: hex::encode_upper(SimulatedGpu::SWITCH),
        hex_nonce: hex::encode_upper(NONCE),
        hex_chip_id: attributes.hex_chip_id.clone(),
        str_pcrs: attributes.str_pcrs.clone(),
        str_versions: "vbios=96.10.73.00.01".into(),
        str_product: "LS10".into(),
        bool_revocation_checked: "false".into(),
        bool_measurements_match_rim: "false".into(),
        ..Default::default()
    };
    assert_eq!(*attributes, expected);
    // What it signs is checked as a GPU's is.
    let mut changed = genuine(&switch);
    changed[4] ^= 1;
    let report = UnifiedAttestationReport {
        str_tee_platform: "NVIDIA_SWITCH".into(),
        ..SimulatedGpu::evidence(&changed, &switch.chain_pem())
    };
    let error = verifier.appraise(&report, SystemTime::now()).unwrap_err();
    let refused = matches!(error, Error::Untrusted { check: Check::NVIDIA_SIGNATURE, .. });
    assert!(refused, "{error:?}");
}

/// A switch signs as a GPU does, under the same root.
#[test]
fn neither_a_switch_nor_a_gpu_is_the_other() {
    let (switch, verifier) = switch();
    let report = SimulatedGpu::evidence(&genuine(&switch), &switch.chain_pem());
    let error = verifier.appraise(&report, SystemTime::now()).unwrap_err();
    let Error::Mismatch { check: Check::NVIDIA_DEVICE, expected, actual } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((expected.as_str(), actual.as_str()), ("NVIDIA_GPU", "NVIDIA_SWITCH"));
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let report = UnifiedAttestationReport {
        str_tee_platform: "NVIDIA_SWITCH".into(),
        ..SimulatedGpu::evidence(&genuine(&gpu), &gpu.chain_pem())
    };
    let error = verifier.appraise(&report, SystemTime::now()).unwrap_err();
    let refused = matches!(error, Error::Mismatch { check: Check::NVIDIA_DEVICE, .. });
    assert!(refused, "{error:?}");
}

/// A report may name the chip, and does not make a GPU a switch.
#[test]
fn a_gpu_that_names_a_switch_is_refused() {
    let gpu = SimulatedGpu::new(GpuModel::Blackwell).unwrap();
    let mut signed = genuine(&gpu);
    signed.truncate(signed.len() - 96);
    let name = signed.windows(6).position(|six| six == b"GB100\0").unwrap();
    signed[name..name + 5].copy_from_slice(b"LS_10");
    let error = appraise(&gpu, &gpu.sign(signed).unwrap()).unwrap_err();
    let Error::Unsupported { what } = &error else { panic!("{error:?}") };
    assert_eq!(what, "GPU \"LS_10\"");
}

#[test]
fn zeros_may_follow_a_report() {
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let padded = [genuine(&gpu), vec![0; 100]].concat();
    appraise(&gpu, &padded).unwrap();
}

#[test]
fn a_device_is_no_main_attester() {
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let report = UnifiedAttestationAuthReport {
        report: Some(SimulatedGpu::evidence(&genuine(&gpu), &gpu.chain_pem())),
        pem_public_key: key.public().pem().into(),
    };
    let error = verifier(gpu.root_der()).verify(&report, SystemTime::now()).unwrap_err();
    assert!(matches!(error, Error::BindsNoKey { platform: Platform::NvidiaGpu }), "{error:?}");
}

#[test]
fn only_the_nonce_that_was_asked_with_makes_a_result() {
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let appraised = appraise(&gpu, &genuine(&gpu)).unwrap();
    let fresh = appraised.expect_nonce(&NONCE).unwrap();
    assert_eq!(fresh.to_nested_result().result.as_ref(), Some(appraised.attributes()));
    for other in [[0x4F; 32].as_slice(), &NONCE[..31], &[NONCE.as_slice(), &[0]].concat()] {
        let error = appraised.expect_nonce(other).unwrap_err();
        assert!(matches!(error, Error::Mismatch { check: Check::NONCE, .. }), "{error:?}");
    }
    let error = appraised.expect_nonce(&NONCE[..15]).unwrap_err();
    assert!(matches!(error, Error::Malformed { what: "nonce", .. }), "{error:?}");
}

/// An enclave that asks its GPU, verifies the answer and vouches for it; a policy that asks for
/// such a GPU.
#[test]
fn a_machine_vouches_for_its_gpu() {
    let dir = tempfile::tempdir().unwrap();
    let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let appraised = appraise(&gpu, &genuine(&gpu)).unwrap();
    let device = appraised.expect_nonce(&NONCE).unwrap();

    let key = KeyPair::generate(Suite::Modern).unwrap();
    let results = UnifiedAttestationNestedResults {
        results: vec![device.to_nested_result()],
        ..Default::default()
    };
    let nested = sign_nested_results(&key, &results).unwrap();
    let request = ReportRequest {
        nested: Some(&nested),
        ..ReportRequest::passport(UserData::default(), key.public())
    };
    let report = cpu.enclave(EnclaveIdentity::default()).attest(&request).unwrap();
    let verifier = Verifier::builder().simulated_root(cpu.root_der()).build().unwrap();
    let verified = verifier.verify(&report, SystemTime::now()).unwrap();
    let admits = |asked: UnifiedAttestationAttributes| {
        let policy = UnifiedAttestationPolicy {
            main_attributes: vec![UnifiedAttestationAttributes::default()],
            nested_policies: Some(UnifiedAttestationNestedPolicies {
                policies: vec![UnifiedAttestationNestedPolicy { sub_attributes: vec![asked] }],
                ..Default::default()
            }),
            ..Default::default()
        };
        let policy = Policy::parse(&policy).unwrap();
        policy.admit(&verified, &Acceptance::default()).is_ok()
    };
    let asked = UnifiedAttestationAttributes {
        str_tee_platform: "NVIDIA_GPU".into(),
        str_tee_name: "HOPPER".into(),
        str_versions: "driver=580.95.05".into(),
        str_pcrs: format!("9={}", "09".repeat(48)),
        ..Default::default()
    };
    assert!(admits(asked.clone()));
    assert!(!admits(UnifiedAttestationAttributes {
        str_versions: "driver=535.86.09".into(),
        ..asked.clone()
    }));
    assert!(!admits(UnifiedAttestationAttributes { str_tee_name: "BLACKWELL".into(), ..asked }));
}
