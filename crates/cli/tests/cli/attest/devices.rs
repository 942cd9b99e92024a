//! Evidence of GPUs, as NVIDIA's tools write it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{
    CollateralBundle, CollateralEntry, CollateralItem, CollateralRecorder, Platform, Verifier,
};
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

/// The commands of docs/platforms/nvidia-gpu.md, with NVIDIA's services and root made here.
#[test]
fn the_commands_of_the_page_verify_without_a_network() {
    let page = include_str!("../../../../../docs/platforms/nvidia-gpu.md");
    let (_, commands) = page.split_once("```sh\n").unwrap();
    let (commands, _) = commands.split_once("```").unwrap();
    let world = World::new();
    let gpu = Arc::new(SimulatedGpu::new(GpuModel::Hopper).unwrap());
    world.write("root.crt", gpu.root_der());
    world.write("gpu.json", json!([device(&gpu, NONCE)]).to_string());
    let services = services(&gpu);
    let mut told = Vec::new();
    for command in commands.lines() {
        let line = command.strip_prefix("aecs-attest ").unwrap();
        let line = line.replace("gpu.json", "{DIR}/gpu.json").replace(" nvidia", " {DIR}/nvidia");
        let mut root = format!(" --simulated-root {}={{DIR}}/root.crt", Platform::NvidiaGpu);
        if line.contains("fetch") {
            root += &format!(" --nvidia-ocsp {services} --nvidia-rim {services}");
        } else if line.contains("collateral pack") || line.contains("collateral show") {
            root.clear();
        }
        let ran = world.run(&format!("{line}{root}"));
        assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
        told.push(ran.stdout);
    }
    let [fetched, packed, shown, verified, policy] = &told[..] else { panic!("{told:?}") };
    for item in
        ["nvidia-rim/NV_GPU_DRIVER_GH100_580.95.05", "nvidia-rim/NV_GPU_VBIOS_", "nvidia-ocsp/"]
    {
        assert!(fetched.contains(item) && shown.contains(item), "{item}: {fetched}");
    }
    assert!(packed.contains("packed "), "{packed}");
    assert!(verified.contains("checked: OCSP response of "), "{verified}");
    assert!(verified.contains("match: 64 measurements"), "{verified}");
    assert!(policy.contains("platform: \"NVIDIA_GPU\""), "{policy}");
}

/// NVIDIA's responder and its service for reference values, at one address.
fn services(gpu: &Arc<SimulatedGpu>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let root = gpu.root_der().to_vec();
    // What anybody will ask for, by the part of the question that tells it.
    let recorder = Arc::new(CollateralRecorder::new(gpu.clone()));
    let verifier = Verifier::builder()
        .simulated_platform_root(Platform::NvidiaGpu, root)
        .collateral(recorder.clone())
        .build()
        .unwrap();
    let report = gpu.report(&GpuReport::new(NONCE)).unwrap();
    let report = SimulatedGpu::evidence(&report, &gpu.chain_pem());
    verifier.appraise(&report, SystemTime::now()).unwrap();
    let known: Vec<(Vec<u8>, Vec<u8>)> = recorder
        .take()
        .into_iter()
        .map(|asked| {
            let entry = asked.outcome.unwrap();
            match entry.item() {
                CollateralItem::NvidiaStatus { issuer_key, serial, .. } => {
                    let serial_number = [&[2, u8::try_from(serial.len()).unwrap()], &serial[..]];
                    (
                        [issuer_key.as_slice(), &serial_number.concat()].concat(),
                        entry.content().to_vec(),
                    )
                }
                CollateralItem::NvidiaRim { id } => {
                    let rim = STANDARD.encode(entry.content());
                    let answer = json!({ "id": id, "rim": rim, "sha256": "" }).to_string();
                    (format!("/v1/rim/{id} ").into_bytes(), answer.into_bytes())
                }
                other => panic!("{other}"),
            }
        })
        .collect();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut question, mut buffer) = (Vec::new(), [0; 4096]);
            let answer = loop {
                let read = stream.read(&mut buffer).unwrap();
                assert_ne!(read, 0, "nobody answers this: {}", String::from_utf8_lossy(&question));
                question.extend_from_slice(&buffer[..read]);
                let is_in = |part: &[u8]| question.windows(part.len()).any(|window| window == part);
                if let Some((_, answer)) = known.iter().find(|(part, _)| is_in(part)) {
                    break answer;
                }
            };
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                answer.len()
            );
            stream.write_all(&[head.as_bytes(), answer].concat()).unwrap();
        }
    });
    url
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
    // What is missing is missing at the verifier.
    let rule = "enclaveMatchAnyRules:\n- platform: NVIDIA_GPU\n  teeName: HOPPER\n";
    world.write(
        "rule.yaml",
        format!("{rule}  measurementsMatchRim: true\n  revocationChecked: true\n"),
    );
    let line = format!("explain {{DIR}}/evidence.json {root} --policy {{DIR}}/rule.yaml");
    let ran = world.run(&line);
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    for advice in [
        "at the verifier: if they were not compared, give it NVIDIA's reference values (RIM)",
        "at the verifier: give it the vendor's revocation lists or answers (OCSP)",
    ] {
        assert!(ran.stdout.contains(advice), "{}", ran.stdout);
    }
    let (code, told) = bundle(good.clone());
    assert_eq!(code, 0, "{told}");
    let ran = world.run(&format!("{line} --collateral {{DIR}}/bundle.json"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // A file of reference values that somebody has changed is no fault of the device.
    let changed = |entry: &CollateralEntry| {
        let text = String::from_utf8(entry.content().to_vec()).unwrap();
        let (head, signature) = text.split_once("<ds:SignatureValue>").unwrap();
        let text = format!("{head}<ds:SignatureValue>AAAA{}", &signature[4..]);
        CollateralEntry::new(entry.item().clone(), text.into_bytes(), SystemTime::now()).unwrap()
    };
    let is_driver = |entry: &&CollateralEntry| entry.item().to_string().contains("DRIVER");
    let (code, told) = bundle(good.iter().find(is_driver).map(changed).into_iter().collect());
    assert_eq!(code, 77, "{told}");
    assert!(told.contains("the fault is in the verifier's collateral"), "{told}");
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
    assert!(told.contains("until NVIDIA says otherwise; then fetch"), "{told}");

    let shown = world.run("collateral show {DIR}/bundle.json");
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains(&good[0].item().to_string()), "{}", shown.stdout);
    assert!(shown.stdout.contains("OCSP response"), "{}", shown.stdout);
}
