//! SEV-SNP reports and their certificates, in the forms in which clouds and guest tools have them.

use std::fs;

use aecs_attest::{Attester as _, Platform, ReportRequest, SnpProduct, UserData};
use aecs_crypto::{KeyPair, Suite};
use aecs_sim::{SimulatedAmd, SimulatedSnp};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::World;

const VCEK: &str = "63da758de6644564adc5f4b93be8accd";

fn pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
}

/// A guest on a processor of this product, and the line that trusts its root.
fn guest(world: &World, product: SnpProduct) -> (SimulatedSnp, String) {
    let amd = SimulatedAmd::generate().unwrap();
    world.write("ark.der", amd.root_der(product));
    let guest = SimulatedSnp::new(&amd, product).unwrap();
    let ask = STANDARD.decode(guest.endorsements().unwrap().b64_ask_cert).unwrap();
    world.write("ask.der", &ask);
    (guest, format!("--simulated-root {}={{DIR}}/ark.der --output json", Platform::SevSnp))
}

/// A table with these certificates, as hypervisors hand it to their guests.
fn table(certificates: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut head, mut body) = (Vec::new(), Vec::new());
    for (guid, der) in certificates {
        head.extend(hex::decode(guid).unwrap());
        let offset = 24 * (certificates.len() + 1) + body.len();
        head.extend(u32::try_from(offset).unwrap().to_le_bytes());
        head.extend(u32::try_from(der.len()).unwrap().to_le_bytes());
        body.extend(*der);
    }
    [head, vec![0; 24], body].concat()
}

fn tcb(product: SnpProduct, bytes: &[u8]) -> Value {
    let b = bytes;
    match product {
        SnpProduct::Turin => {
            json!({"fmc": b[0], "bootloader": b[1], "tee": b[2], "snp": b[3], "microcode": b[7]})
        }
        _ => json!({"fmc": null, "bootloader": b[0], "tee": b[1], "snp": b[6], "microcode": b[7]}),
    }
}

/// The same as agents sent them until 2025: what is reserved written out, versions in fields of
/// their own, the CPUID among what is reserved.
fn as_older_agents(evidence: &Value) -> Value {
    let mut evidence = evidence.clone();
    let report = evidence["attestation_report"].as_object_mut().unwrap();
    let key_info = report.remove("key_info").unwrap();
    report.insert("_author_key_en".into(), key_info);
    for name in ["current", "committed"] {
        let version = report.remove(name).unwrap();
        for (part, number) in version.as_object().unwrap() {
            report.insert(format!("{name}_{part}"), number.clone());
        }
    }
    let mut reserved = ["cpuid_fam_id", "cpuid_mod_id", "cpuid_step"]
        .map(|name| report.remove(name).unwrap())
        .to_vec();
    reserved.resize(24, 0.into());
    report.insert("_reserved_0".into(), 0.into());
    report.insert("_reserved_1".into(), reserved.into());
    for name in ["current_tcb", "reported_tcb", "committed_tcb", "launch_tcb", "signature"] {
        report[name]["_reserved"] = json!([0, 0, 0, 0]);
    }
    for name in ["launch_mit_vector", "current_mit_vector"] {
        report.remove(name);
    }
    evidence
}

/// The report taken apart, and the chip's certificate, as guest agents send them.
fn apart(product: SnpProduct, report: &[u8], vcek: &[u8]) -> Value {
    let number = |at: usize, len: usize| {
        let mut bytes = [0; 8];
        bytes[..len].copy_from_slice(&report[at..at + len]);
        u64::from_le_bytes(bytes)
    };
    let version =
        |at: usize| json!({"build": report[at], "minor": report[at + 1], "major": report[at + 2]});
    json!({
        "attestation_report": {
            "version": number(0, 4), "guest_svn": number(4, 4), "policy": number(8, 8),
            "family_id": report[0x10..0x20], "image_id": report[0x20..0x30],
            "vmpl": number(0x30, 4), "sig_algo": number(0x34, 4),
            "current_tcb": tcb(product, &report[0x38..0x40]),
            "plat_info": number(0x40, 8), "key_info": number(0x48, 4),
            "report_data": report[0x50..0x90], "measurement": report[0x90..0xC0],
            "host_data": report[0xC0..0xE0], "id_key_digest": report[0xE0..0x110],
            "author_key_digest": report[0x110..0x140], "report_id": report[0x140..0x160],
            "report_id_ma": report[0x160..0x180],
            "reported_tcb": tcb(product, &report[0x180..0x188]),
            "cpuid_fam_id": report[0x188], "cpuid_mod_id": report[0x189], "cpuid_step": report[0x18A],
            "chip_id": report[0x1A0..0x1E0],
            "committed_tcb": tcb(product, &report[0x1E0..0x1E8]),
            "current": version(0x1E8), "committed": version(0x1EC),
            "launch_tcb": tcb(product, &report[0x1F0..0x1F8]),
            "launch_mit_vector": number(0x1F8, 8), "current_mit_vector": number(0x200, 8),
            "signature": {"r": report[0x2A0..0x2E8], "s": report[0x2E8..0x330]},
        },
        "cert_chain": [
            {"cert_type": {"OTHER": "0"}, "data": [0]},
            {"cert_type": "VCEK", "data": vcek},
        ],
    })
}

#[test]
fn certificates_may_be_behind_the_report() {
    let world = World::new();
    let (guest, root) = guest(&world, SnpProduct::Milan);
    let report = guest.raw_report(&[7; 64]).unwrap();
    let (vcek, ask) = (guest.vek_der().unwrap(), fs::read(world.path().join("ask.der")).unwrap());
    let both = table(&[(VCEK, &vcek), ("4ab7b379bbac4fe4a02f05aef327c782", &ask)]);
    let page = [both.as_slice(), &[0; 4096]].concat();
    for behind in [&both, &page] {
        world.write("report.bin", [&report, behind.as_slice()].concat());
        let ran = world.run(&format!("verify {{DIR}}/report.bin {root}"));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(ran.json()[0]["platform"], "SEV_SNP");
    }
    // The end of a line is none. The file of a whole chain stands for the certificate of the ASK,
    // too.
    world.write("report.bin", [report.as_slice(), b"\n"].concat());
    world.write("vek.der", &vcek);
    world.write("chain.pem", format!("{}{}", pem(&vcek), pem(&ask)));
    let ran = world.run(&format!(
        "verify {{DIR}}/report.bin {root} --vek {{DIR}}/chain.pem --ask {{DIR}}/chain.pem"
    ));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // Hosts need not have certificates; those that are given count.
    for behind in [table(&[]), table(&[(VCEK, b"of another chip")])] {
        world.write("report.bin", [&report, behind.as_slice()].concat());
        let line = format!("verify {{DIR}}/report.bin {root}");
        assert_eq!(world.run(&line).code, 77);
        world.write("vek.der", &vcek);
        let ran = world.run(&format!("{line} --vek {{DIR}}/vek.der --ask {{DIR}}/ask.der"));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    world.write("report.bin", [report.as_slice(), &[0xA5; 20]].concat());
    let ran = world.run(&format!("verify {{DIR}}/report.bin {root}"));
    assert_eq!(ran.code, 65);
    let fault = "20 unexpected bytes follow the SEV-SNP report: the kernel's certificates: ";
    assert!(ran.stderr.contains(fault), "{}", ran.stderr);
}

#[test]
fn a_report_of_another_size_or_version_is_told_as_one() {
    let world = World::new();
    let (guest, root) = guest(&world, SnpProduct::Genoa);
    let report = guest.raw_report(&[7; 64]).unwrap();
    let mut later = report.clone();
    later[0] = 9;
    for (bytes, fault) in [
        (&report[..1000], "SEV-SNP report is malformed: it must be exactly 1184 bytes, got 1000"),
        (&later, "version 9 of SEV-SNP reports is not supported by this build"),
    ] {
        world.write("report.bin", bytes);
        let ran = world.run(&format!("verify {{DIR}}/report.bin {root}"));
        assert_eq!(ran.code, 77, "{}", ran.stderr);
        assert!(ran.stderr.contains(fault), "{}", ran.stderr);
    }
}

#[test]
fn a_report_may_be_taken_apart() {
    for product in [SnpProduct::Milan, SnpProduct::Genoa, SnpProduct::Turin] {
        let world = World::new();
        let (guest, root) = guest(&world, product);
        let report = guest.raw_report(&[7; 64]).unwrap();
        let mut evidence = apart(product, &report, &guest.vek_der().unwrap());
        world.write("evidence.json", evidence.to_string());
        let line = format!("verify {{DIR}}/evidence.json {root}");
        // The simulated ASK is not built in, and agents do not send it.
        world.write("vek.der", guest.vek_der().unwrap());
        let certificates = "--vek {DIR}/vek.der --ask {DIR}/ask.der";
        let ran = world.run(&format!("{line} {certificates}"));
        assert_eq!(ran.code, 0, "{product}: {}", ran.stderr);
        assert_eq!(ran.json()[0]["attributes"]["str_product"], product.as_str());
        // With the certificate that came with it, only that authority is missing.
        let ran = world.run(&line);
        assert_eq!(ran.code, 77);
        assert!(ran.stderr.contains("contains no collateral"), "{}", ran.stderr);

        // Agents that knew Turin have the later form.
        let older = (product != SnpProduct::Turin).then(|| as_older_agents(&evidence));
        for older in older.iter().flat_map(|older| [older, &older["attestation_report"]]) {
            world.write("evidence.json", older.to_string());
            let ran = world.run(&format!("{line} {certificates}"));
            assert_eq!(ran.code, 0, "{product}: {}", ran.stderr);
        }

        evidence["attestation_report"]["guest_svn"] = 99.into();
        world.write("evidence.json", evidence.to_string());
        let ran = world.run(&format!("{line} {certificates}"));
        assert_eq!(ran.code, 77);
        assert!(ran.stderr.contains("signature of the SEV-SNP report"), "{}", ran.stderr);

        evidence["attestation_report"]["later"] = 0.into();
        world.write("evidence.json", evidence.to_string());
        let ran = world.run(&line);
        assert_eq!(ran.code, 65);
        assert!(ran.stderr.contains("unknown field `later`"), "{}", ran.stderr);
    }
}

#[test]
fn a_report_may_be_whole_in_json() {
    let world = World::new();
    let (guest, root) = guest(&world, SnpProduct::Turin);
    let report = STANDARD.encode(guest.raw_report(&[7; 64]).unwrap());
    let vcek = STANDARD.encode(guest.vek_der().unwrap());
    let ran = |evidence: Value, certificates: &str| {
        world.write("evidence.json", evidence.to_string());
        world.run(&format!("verify {{DIR}}/evidence.json{certificates} {root}"))
    };
    world.write("vek.der", guest.vek_der().unwrap());
    let alone =
        ran(json!({"attestation_report": report}), " --vek {DIR}/vek.der --ask {DIR}/ask.der");
    assert_eq!(alone.code, 0, "{}", alone.stderr);
    assert_eq!(alone.json()[0]["form"], "SEV-SNP report, in JSON");
    let enveloped = json!({"tee": "sample", "evidence": {"attestation_report": report}});
    let enveloped = ran(enveloped, " --vek {DIR}/vek.der --ask {DIR}/ask.der");
    assert_eq!(enveloped.code, 0, "{}", enveloped.stderr);
    // Beside its certificates, which no flag has to name; the simulated ASK is not built in.
    let chain = pem(&guest.vek_der().unwrap());
    let chain = STANDARD.encode(format!("{chain}{chain}"));
    let request = json!({"SnpReport": report, "VcekCertChain": chain, "Endorsements": ""});
    for evidence in [
        json!({"evidence": report, "endorsements": chain, "uvm_endorsements": ""}),
        json!({"attestation": report, "platformCertificates": chain}),
        json!({"report": URL_SAFE_NO_PAD.encode(request.to_string()), "nonce": "1"}),
        request,
    ] {
        let alone = ran(evidence.clone(), "");
        assert_eq!(alone.code, 77, "{}", alone.stderr);
        assert!(alone.stderr.contains("contains no collateral"), "{}", alone.stderr);
        let genuine = ran(evidence, " --vek {DIR}/vek.der --ask {DIR}/ask.der");
        assert_eq!(genuine.code, 0, "{}", genuine.stderr);
    }
    let broken = json!({"attestation_report": report, "cert_chain": {"vcek": &vcek[..400]}});
    let broken = ran(broken, "");
    assert!(broken.stderr.contains("VCEK or VLEK certificate is malformed"), "{}", broken.stderr);
}

/// The version of a guest has 32 bits, and Azure's paravisors use more than 16 of them.
#[test]
fn the_policy_made_of_a_guest_with_a_high_version_admits_it() {
    let world = World::new();
    let (mut guest, root) = guest(&world, SnpProduct::Genoa);
    guest.report.guest_svn = 0x1000B;
    world.write("report.bin", guest.raw_report(&[7; 64]).unwrap());
    world.write("vek.der", guest.vek_der().unwrap());
    let root = root.replace("--output json", "");
    let line = format!("{{DIR}}/report.bin --vek {{DIR}}/vek.der --ask {{DIR}}/ask.der {root}");
    let line = line.trim_end();
    let ran = world.run(&format!("policy {line}"));
    assert!(ran.stdout.contains("minIsvSvn: \"65547\""), "{}", ran.stdout);
    world.write("policy.yaml", &ran.stdout);
    let ran = world.run(&format!("verify {line} --policy {{DIR}}/policy.yaml"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let higher = fs::read_to_string(world.path().join("policy.yaml")).unwrap();
    world.write("policy.yaml", higher.replace("65547", "65548"));
    let ran = world.run(&format!("verify {line} --policy {{DIR}}/policy.yaml"));
    assert_eq!(ran.code, 77, "{}", ran.stderr);
}

#[test]
fn the_vcek_may_be_in_an_answer_of_azures_service() {
    let world = World::new();
    let (guest, root) = guest(&world, SnpProduct::Milan);
    world.write("report.bin", guest.raw_report(&[7; 64]).unwrap());
    let body = STANDARD.encode(guest.vek_der().unwrap());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    let answer = json!({"vcekCert": pem, "tcbm": "DB18000000000004", "certificateChain": pem});
    let answer = answer.to_string();
    for contents in [answer.clone(), STANDARD.encode(&answer)] {
        world.write("thim", contents);
        let line = "verify {DIR}/report.bin --vek {DIR}/thim --ask {DIR}/ask.der";
        let ran = world.run(&format!("{line} {root}"));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    let line = "verify {DIR}/report.bin --vek {DIR}/ask.der";
    let ran = world.run(&format!("{line} {root}"));
    assert_eq!(ran.code, 77);
    assert!(ran.stderr.contains("not SEV-VCEK or SEV-VLEK"), "{}", ran.stderr);
}

const ANYBODY: &str = "enclaveMatchAnyRules:\n- platform: SEV_SNP\n  allow_any_enclave: true\n";

#[test]
fn h10_revocation_left_out() {
    let world = World::new();
    let (guest, root) = guest(&world, SnpProduct::Milan);
    world.write("policy.yaml", ANYBODY);
    world.write("report.bin", guest.raw_report(&[7; 64]).unwrap());
    world.write("vek.der", guest.vek_der().unwrap());
    world.write("crl.der", guest.crl_der().unwrap());
    let evidence = format!("{{DIR}}/report.bin --vek {{DIR}}/vek.der --ask {{DIR}}/ask.der {root}");

    // Evidence alone is shown, and the verdict says what was not checked.
    let shown = world.run(&format!("verify {evidence}"));
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let revocation = shown.json()[0]["revocation"].as_str().unwrap().to_owned();
    assert!(revocation.starts_with("not checked: "), "{revocation}");
    let listed = world.run(&format!("verify {evidence} --crl {{DIR}}/crl.der"));
    let revocation = listed.json()[0]["revocation"].as_str().unwrap().to_owned();
    assert!(revocation.starts_with("checked: revocation list of the ARK of "), "{revocation}");

    // It is explained, and not admitted; both ways out are named.
    let explain = format!("explain {evidence} --policy {{DIR}}/policy.yaml");
    let refused = world.run(&explain);
    assert_eq!(refused.code, 77, "{}", refused.stderr);
    assert_eq!(refused.json()["admitted"], false);
    assert_eq!(refused.json()["policies"][0]["admitted"], true);
    for way in ["--crl FILE", "--insecure-no-revocation-list"] {
        assert!(refused.stderr.contains(way), "{}", refused.stderr);
    }
    let text = world.run(&explain.replace(" --output json", ""));
    assert!(text.stdout.contains("revocation: not checked"), "{}", text.stdout);
    assert!(text.stdout.contains("REFUSED; otherwise admitted"), "{}", text.stdout);
    for way in ["--crl {DIR}/crl.der", "--insecure-no-revocation-list"] {
        assert_eq!(world.run(&format!("{explain} {way}")).code, 0, "{way}");
    }

    // A report of ours chose what it brings.
    let mut without = guest.clone();
    without.revoked = None;
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let passport = without.attest(&ReportRequest::passport(UserData::default(), key.public()));
    world.write("passport.json", aecs_proto::json::to_string(&passport.unwrap()));
    let line = format!("verify {{DIR}}/passport.json {root}");
    let refused = world.run(&line);
    assert_eq!(refused.code, 77, "{}", refused.stderr);
    assert_eq!(refused.json()[0]["refusal"]["check"], "revoked certificate");
    assert!(refused.stderr.contains("--insecure-no-revocation-list"), "{}", refused.stderr);
    assert_eq!(world.run(&format!("{line} --insecure-no-revocation-list")).code, 0);
}

#[test]
fn h11_a_rule_made_of_an_unrated_platform_asks_for_its_tcb() {
    let world = World::new();
    let (mut guest, root) = guest(&world, SnpProduct::Genoa);
    let root = root.replace("--output json", "");
    for tcb in [
        &mut guest.report.current_tcb,
        &mut guest.report.reported_tcb,
        &mut guest.report.committed_tcb,
        &mut guest.report.launch_tcb,
        &mut guest.certificate.tcb,
    ] {
        tcb.snp = 8;
    }
    world.write("report.bin", guest.raw_report(&[7; 64]).unwrap());
    world.write("vek.der", guest.vek_der().unwrap());
    world.write("crl.der", guest.crl_der().unwrap());
    let evidence = "{DIR}/report.bin --vek {DIR}/vek.der --ask {DIR}/ask.der --crl {DIR}/crl.der";
    let run = |line: &str| world.run(format!("{line} {root}").trim_end());
    world.write("policy.yaml", ANYBODY);
    let explain = format!("explain {evidence} --policy {{DIR}}/policy.yaml");
    let denied = run(&explain);
    assert_eq!(denied.code, 77, "{}", denied.stderr);
    assert!(denied.stdout.contains("Unrated"), "{}", denied.stdout);
    assert!(denied.stdout.contains("minTcb"), "{}", denied.stdout);
    let rated = "--snp-minimum-tcb Genoa/bootloader=10,tee=0,snp=8,microcode=86";
    assert_eq!(run(&format!("{explain} {rated}")).code, 0);

    let made = run(&format!("policy {evidence}"));
    assert!(made.stdout.contains("# no minimum TCB is known"), "{}", made.stdout);
    assert!(!made.stdout.contains("\n  tcb_status"), "{}", made.stdout);
    world.write("policy.yaml", &made.stdout);
    let admitted = run(&explain);
    assert_eq!(admitted.code, 0, "{}{}", admitted.stdout, admitted.stderr);
}
