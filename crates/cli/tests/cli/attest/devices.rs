//! Evidence of GPUs, as NVIDIA's tools write it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{CollateralBundle, CollateralEntry, CollateralRecorder, Platform, Verifier};
use aecs_sim::{GpuModel, GpuReport, OcspAnswer, OcspStatus, SimulatedGpu};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::World;

const NONCE: [u8; 32] = [0x4E; 32];

/// One device of a list.
fn device(gpu: &SimulatedGpu, nonce: [u8; 32]) -> Value {
    json!({
        "arch": "HOPPER",
        "certificate": STANDARD.encode(gpu.chain_pem()),
        "evidence": STANDARD.encode(gpu.report(&GpuReport::new(nonce)).unwrap()),
        "nonce": hex::encode(nonce),
    })
}

#[test]
fn every_device_of_a_list_has_its_verdict() {
    let world = World::new();
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    world.write("root.crt", gpu.root_der());
    let root = format!("--simulated-root {}={{DIR}}/root.crt", Platform::NvidiaGpu);
    let nonce = format!("--nonce {}", hex::encode(NONCE));
    let write = |devices: &[Value]| world.write("evidence.json", json!(devices).to_string());
    let line = format!("{{DIR}}/evidence.json {root} {nonce} --output json");

    write(&[device(&gpu, NONCE)]);
    let ran = world.run(&format!("verify {line}"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()[0]["form"], "evidence of an NVIDIA device");
    for name in ["evidence_list", "device_evidence_list"] {
        let request = json!({ "arch": "HOPPER", name: [device(&gpu, NONCE), device(&gpu, NONCE)] });
        world.write("request.json", request.to_string());
        let ran = world.run(&format!("verify {}", line.replace("evidence.json", "request.json")));
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        assert_eq!(ran.json().as_array().unwrap().len(), 2, "{name}");
    }
    assert_eq!(world.run(&format!("policy {line}")).code, 0);
    // Without a list, and in the envelope that guest agents put around anything.
    let list = json!([device(&gpu, NONCE)]);
    for form in [
        device(&gpu, NONCE),
        json!({ "evidence": device(&gpu, NONCE) }),
        json!({ "evidence": list }),
        json!({ "tee": "nvidia", "evidence": { "device_evidence_list": list } }),
    ] {
        world.write("form.json", form.to_string());
        let ran = world.run(&format!("verify {}", line.replace("evidence.json", "form.json")));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(ran.json()[0]["form"], "evidence of an NVIDIA device");
    }

    // The parts of a list, each in a file of its own.
    let parts = device(&gpu, NONCE);
    world.write("report.b64", parts["evidence"].as_str().unwrap());
    world.write("chain.b64", parts["certificate"].as_str().unwrap());
    let apart = line.replace("evidence.json", "report.b64 --chain {DIR}/chain.b64");
    let ran = world.run(&format!("verify {apart}"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);

    write(&[device(&gpu, NONCE), device(&gpu, [0x4F; 32]), device(&gpu, NONCE)]);
    let ran = world.run(&format!("verify {line}"));
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    let verdicts: Vec<bool> = (0..3).map(|at| ran.json()[at]["genuine"] == true).collect();
    assert_eq!(verdicts, [true, false, true]);
    assert_eq!(ran.json()[1]["form"], "evidence of an NVIDIA device, 2 of 3");
    assert_eq!(ran.json()[1]["refusal"]["check"], "nonce");
    // A policy is of one device.
    let ran = world.run(&format!("policy {line}"));
    assert_eq!(ran.code, 65);
    assert!(ran.stderr.contains("has 3 pieces of evidence"), "{}", ran.stderr);

    write(&[device(&gpu, [1; 32]), device(&gpu, [2; 32])]);
    let ran = world.run(&format!("verify {line}"));
    assert!(ran.stderr.contains("2 of 2 pieces of evidence failed, first: "), "{}", ran.stderr);
}

#[test]
fn switches_are_told_from_gpus_by_their_certificates() {
    let world = World::new();
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    let switch = SimulatedGpu::new(GpuModel::Switch).unwrap();
    world.write("gpu.crt", gpu.root_der());
    world.write("switch.crt", switch.root_der());
    let roots = format!(
        "--simulated-root {}={{DIR}}/gpu.crt --simulated-root {}={{DIR}}/switch.crt",
        Platform::NvidiaGpu,
        Platform::NvidiaSwitch
    );
    world.write("list.json", json!([device(&gpu, NONCE), device(&switch, NONCE)]).to_string());
    let ran = world.run(&format!("verify {{DIR}}/list.json {roots} --output json"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let platforms: Vec<_> = (0..2).map(|at| ran.json()[at]["platform"].clone()).collect();
    assert_eq!(platforms, ["NVIDIA_GPU", "NVIDIA_SWITCH"]);
    // The same in files of its own, and in the message of a report.
    world.write("report.bin", switch.report(&GpuReport::new(NONCE)).unwrap());
    world.write("chain.pem", switch.chain_pem());
    let report = SimulatedGpu::evidence(
        &switch.report(&GpuReport::new(NONCE)).unwrap(),
        &switch.chain_pem(),
    );
    world.write("message.json", &report.json_report);
    for evidence in ["report.bin --chain {DIR}/chain.pem", "message.json"] {
        let ran = world.run(&format!("verify {{DIR}}/{evidence} {roots} --output json"));
        assert_eq!(ran.code, 0, "{evidence}: {}", ran.stderr);
        assert_eq!(ran.json()[0]["platform"], "NVIDIA_SWITCH");
    }
    // Who says that it is a GPU is told what it is.
    let ran = world.run(&format!("verify {{DIR}}/message.json {roots} --platform NVIDIA_GPU"));
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("kind of the device: expected NVIDIA_GPU, found NVIDIA_SWITCH"),
        "{}",
        ran.stderr
    );
}

#[test]
fn lists_of_devices_are_limited_as_everything_is() {
    let world = World::new();
    let device = json!({ "certificate": "QQ==", "evidence": "QQ==" });
    let devices = |count| Value::Array(vec![device.clone(); count]);
    let verify = |evidence: Value| {
        world.write("evidence.json", evidence.to_string());
        world.run("verify {DIR}/evidence.json")
    };
    let log = format!("[{{\"imr\": 0}}{}]", ", {}".repeat(300_000));
    for evidence in [
        devices(300),
        json!({ "evidence_list": devices(300) }),
        json!({ "evidence": devices(300), "event_log": log }),
        json!({ "a": devices(200), "b": { "device_evidence_list": devices(200) } }),
        json!([devices(200), devices(200)]),
    ] {
        let ran = verify(evidence);
        assert_eq!(ran.code, 65, "{}", ran.stderr);
        assert!(ran.stderr.contains("more than 256 pieces of evidence"), "{}", ran.stderr);
    }
    // As many as there may be are looked at, each.
    let ran = verify(devices(256));
    assert!(ran.stderr.contains("256 of 256 pieces of evidence failed"), "{}", ran.stderr);
}

#[test]
fn other_lists_are_no_evidence() {
    let world = World::new();
    for (list, fault) in [
        ("[]", "the list of evidence of devices is empty"),
        ("[1]", "unrecognised evidence format"),
        ("[1, {}]", "malformed list of evidence of devices: "),
        ("[{\"evidence\": \"\"}]", "missing field `certificate`"),
        ("[{\"evidence\": \"?\", \"certificate\": \"\"}]", "its report is not in Base64"),
        (
            "[{\"evidence\": \"\", \"certificate\": \"?\"}]",
            "its certificates are not PEM in Base64",
        ),
    ] {
        world.write("evidence.json", list);
        let ran = world.run("verify {DIR}/evidence.json");
        assert_eq!(ran.code, 65, "{list}: {}", ran.stderr);
        assert!(ran.stderr.contains(fault), "{list}: {}", ran.stderr);
    }
}

#[test]
fn the_status_of_certificates_is_in_a_bundle() {
    let world = World::new();
    let gpu = Arc::new(SimulatedGpu::new(GpuModel::Hopper).unwrap());
    world.write("root.crt", gpu.root_der());
    world.write("evidence.json", json!([device(&gpu, NONCE)]).to_string());
    let recorder = Arc::new(CollateralRecorder::new(gpu.clone()));
    let verifier = Verifier::builder()
        .simulated_platform_root(Platform::NvidiaGpu, gpu.root_der())
        .collateral(recorder.clone())
        .build()
        .unwrap();
    let report = gpu.report(&GpuReport::new(NONCE)).unwrap();
    let report = SimulatedGpu::evidence(&report, &gpu.chain_pem());
    verifier.appraise(&report, SystemTime::now()).unwrap();
    let good: Vec<CollateralEntry> =
        recorder.take().into_iter().map(|asked| asked.outcome.unwrap()).collect();

    let root = format!("--simulated-root {}={{DIR}}/root.crt", Platform::NvidiaGpu);
    let verify = |options: &str| {
        let line = format!("verify {{DIR}}/evidence.json {root} --output json {options}");
        let ran = world.run(line.trim_end());
        (ran.code, ran.stdout + &ran.stderr)
    };
    let bundle = |entries: Vec<CollateralEntry>| {
        world.write("bundle.json", CollateralBundle::new(entries).to_json().unwrap());
        verify("--collateral {DIR}/bundle.json")
    };
    let (code, told) = verify("");
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("not checked: the verifier has no source of NVIDIA's answers (OCSP)"),
        "{told}"
    );
    let (code, told) = bundle(good.clone());
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("checked: OCSP response of "), "{told}");
    let since = SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_377_600);
    let hold = OcspAnswer::new(OcspStatus::Revoked(since, Some(6)));
    let hold = gpu.status(good[0].item(), &hold).unwrap();
    let hold = CollateralEntry::new(good[0].item().clone(), hold, SystemTime::now()).unwrap();
    let (code, told) = bundle(vec![hold]);
    assert_eq!(code, 77, "{told}");
    assert!(told.contains("since 2025-06-20T00:00:00Z, reason certificateHold"), "{told}");

    let shown = world.run("collateral show {DIR}/bundle.json");
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains(&good[0].item().to_string()), "{}", shown.stdout);
    assert!(shown.stdout.contains("OCSP response"), "{}", shown.stdout);
}
