//! Every form that evidence may come in.

use std::time::SystemTime;

use aecs_attest::{
    CollateralItem, CollateralSource as _, IntelTee, PckCa, Platform, ReportData, ReportType,
    SnpProduct,
};
use aecs_crypto::sha256;
use aecs_proto::{SgxQlQveCollateral, json};
use aecs_sim::{
    EnclaveIdentity, NitroDocument, SimulatedAmd, SimulatedNitro, SimulatedSnp, TdIdentity,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::World;

/// Report data that binds the key of the world.
fn report_data(world: &World) -> [u8; 64] {
    let mut data = [0x5A; 64];
    data[32..].copy_from_slice(&sha256(world.key.public().pem().as_bytes()));
    data
}

/// A file with the collateral that a passport of the CPU brings.
fn collateral(world: &World) -> String {
    world.report(ReportType::Passport, EnclaveIdentity::default()).dcap().json_collateral
}

#[test]
fn quotes_come_in_every_encoding() {
    let world = World::new();
    let quote = world.cpu.enclave(EnclaveIdentity::default()).quote(report_data(&world)).unwrap();
    world.write("collateral.json", collateral(&world));
    world.write("quote.bin", &quote);
    world.write("quote.hex", format!("{}\n", hex::encode(&quote)));
    world.write("quote.b64", STANDARD.encode(&quote));
    world.write("quote.b64url", URL_SAFE_NO_PAD.encode(&quote));
    world.write("quote.json", format!("{{\"b64_quote\": \"{}\"}}", STANDARD.encode(&quote)));
    world.write("quote.b64nopad", STANDARD_NO_PAD.encode(&quote));
    world.write("quote.numbers", format!("{quote:?}"));
    world.write("quote.bom", [&[0xEF, 0xBB, 0xBF], hex::encode(&quote).as_bytes()].concat());
    let enveloped = serde_json::json!({ "quote": STANDARD.encode(&quote) });
    let enveloped = serde_json::json!({ "evidence": STANDARD.encode(enveloped.to_string()) });
    world.write("quote.enveloped", enveloped.to_string());
    for name in ["bin", "hex", "b64", "b64url", "json", "b64nopad", "numbers", "bom", "enveloped"] {
        let ran = world.attest(&format!(
            "verify {{DIR}}/quote.{name} --collateral {{DIR}}/collateral.json --key {{DIR}}/key.pem --output json"
        ));
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        assert_eq!(ran.json()[0]["platform"], "SGX_DCAP");
        assert_eq!(ran.json()[0]["keyBinding"]["status"], "checked");
    }
    let output = super::super::tool("aecs-attest")
        .args(["verify", "-", "--output", "json", "--collateral"])
        .arg(world.path().join("collateral.json"))
        .arg("--simulated-root")
        .arg(world.path().join("root.der"))
        .write_stdin(quote.clone())
        .output()
        .unwrap();
    assert!(output.status.success());

    let alone = world.attest("verify {DIR}/quote.bin");
    assert_eq!(alone.code, 77);
    assert!(alone.stderr.contains("aecs-attest collateral fetch"), "{}", alone.stderr);
    let confused = world.attest("verify {DIR}/collateral.json");
    assert_eq!(confused.code, 65);
    assert!(confused.stderr.contains("name it with --collateral"), "{}", confused.stderr);
}

/// A certificate with one extension.
fn with_extension(oid: &[u64], value: Vec<u8>) -> rcgen::Certificate {
    with_extensions(&[(oid, value)])
}

fn with_extensions(extensions: &[(&[u64], Vec<u8>)]) -> rcgen::Certificate {
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    let extension = |(oid, value): &(&[u64], Vec<u8>)| {
        rcgen::CustomExtension::from_oid_content(oid, value.clone())
    };
    params.custom_extensions = extensions.iter().map(extension).collect();
    params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap()
}

fn certificate(oid: &[u64], value: Vec<u8>) -> Vec<u8> {
    with_extension(oid, value).der().to_vec()
}

#[test]
fn quotes_come_in_what_frameworks_put_around_them() {
    let world = World::new();
    let quote = world.cpu.enclave(EnclaveIdentity::default()).quote(report_data(&world)).unwrap();
    let (b64, hexadecimal) = (STANDARD.encode(&quote), hex::encode(&quote));
    let len = u16::try_from(quote.len()).unwrap();
    let report = [&[1, 0, 0, 0, 2, 0, 0, 0], &u64::from(len).to_le_bytes()[..], &quote].concat();
    let octets = |value: &[u8]| {
        let len = u16::try_from(value.len()).unwrap();
        [&[0x04, 0x82], &len.to_be_bytes()[..], value].concat()
    };
    let tagged =
        [&[0xD9, 0xEA, 0x60, 0x82, 0x59], &len.to_be_bytes()[..], &quote, &[0xA0]].concat();
    let gramine = with_extension(&[1, 2, 840, 113_741, 1337, 6], quote.clone());
    let gramine_1_8 = with_extensions(&[
        (&[0, 6, 9, 42, 840, 113_741, 1337, 6], b"another quote".to_vec()),
        (&[2, 23, 133, 5, 4, 9], tagged.clone()),
    ]);
    let wrapped: [(&str, Vec<u8>); 16] = [
        ("Open Enclave", report.clone()),
        ("Open Enclave", hex::encode(&report).into()),
        ("RA-TLS", gramine.der().to_vec()),
        ("RA-TLS", gramine.pem().into()),
        ("RA-TLS", format!("Certificate:\n    Version: 3 (0x2)\n{}", gramine.pem()).into()),
        ("RA-TLS", gramine_1_8.der().to_vec()),
        ("RA-TLS", certificate(&[0, 6, 9, 42, 840, 113_741, 1337, 6], quote.clone())),
        ("RA-TLS", certificate(&[2, 23, 133, 5, 4, 9], tagged)),
        ("Open Enclave", certificate(&[1, 3, 6, 1, 4, 1, 311, 105, 1], octets(&report))),
        ("Open Enclave", certificate(&[1, 2, 840, 113_556, 10, 1, 1], octets(&quote))),
        ("dstack", certificate(&[1, 3, 6, 1, 4, 1, 62397, 1, 1], octets(&quote))),
        ("JSON", format!(r#"{{"quote":"{b64}"}}"#).into()),
        ("JSON", format!(r#"{{"quote":"0x{hexadecimal}","event_log":"[]"}}"#).into()),
        ("JSON", format!(r#"{{"quote":"{hexadecimal}","tcb_info":{{"mrtd":"00"}}}}"#).into()),
        ("JSON", format!(r#"{{"sgx":{{"quote":"{b64}","runtime_data":null}}}}"#).into()),
        ("JSON", format!(r#"{{"QuoteHex":"{}","Type":2}}"#, hex::encode_upper(&report)).into()),
    ];
    world.write("collateral.json", collateral(&world));
    let line = "verify {DIR}/evidence --collateral {DIR}/collateral.json --output json";
    for (i, (around, contents)) in wrapped.into_iter().enumerate() {
        world.write("evidence", contents);
        let ran = world.attest(line);
        assert_eq!(ran.code, 0, "{i}: {}", ran.stderr);
        let result = &ran.json()[0];
        let form = result["form"].as_str().unwrap();
        assert!(form.starts_with("SGX quote, version 3, in ") && form.contains(around), "{form}");
        assert_eq!(result["keyBinding"]["status"], "notChecked");
    }
    for (contents, told) in [
        (certificate(&[1, 2, 3, 4], quote.clone()), "this is DER"),
        ([&report[..], &[0]].concat(), "unrecognised evidence format"),
        (format!(r#"{{"quote":"{b64}","Quote":"{b64}"}}"#).into(), "unrecognised evidence format"),
        (
            br#"{"quote":"?"}"#.to_vec(),
            "`quote` is neither hexadecimal, Base64 nor a list of numbers",
        ),
    ] {
        world.write("evidence", contents);
        let ran = world.attest(line);
        assert_eq!(ran.code, 65, "{}", ran.stderr);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    let message: SgxQlQveCollateral = json::from_str(&collateral(&world)).unwrap();
    world.write("tcbInfo.json", message.tcb_info);
    world.write("evidence", quote);
    let ran = world.attest("verify {DIR}/evidence --collateral {DIR}/tcbInfo.json");
    assert_eq!(ran.code, 65, "{}", ran.stderr);
    assert!(ran.stderr.contains("one answer of Intel's service"), "{}", ran.stderr);
}

/// The files of the sample data of Intel's quote verification library.
#[test]
fn intels_collateral_comes_in_files_of_its_own() {
    let world = World::new();
    let quote = world.cpu.enclave(EnclaveIdentity::default()).quote(report_data(&world)).unwrap();
    let message: SgxQlQveCollateral = json::from_str(&collateral(&world)).unwrap();
    let pck = std::fs::read_to_string(world.path().join("cpu/pck.pem")).unwrap();
    let root = std::fs::read_to_string(world.path().join("cpu/root-ca.pem")).unwrap();
    std::fs::create_dir(world.path().join("sample")).unwrap();
    for (name, contents) in [
        ("quote.dat", quote),
        ("tcbInfo.json", message.tcb_info.into()),
        ("qeIdentity.json", message.qe_identity.into()),
        ("tcbSignChain.pem", message.tcb_info_issuer_chain.into()),
        ("pckSignChain.pem", message.pck_crl_issuer_chain.into()),
        ("pckCert.pem", pck.into()),
        ("trustedRootCaCert.pem", root.into()),
        ("rootCaCrl.der", hex::decode(message.root_ca_crl).unwrap()),
        ("intermediateCaCrl.der", hex::decode(message.pck_crl).unwrap()),
    ] {
        world.write(&format!("sample/{name}"), contents);
    }
    let ran = world.attest("verify {DIR}/sample/quote.dat --collateral {DIR}/sample --output json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()[0]["tcbStatus"], "UpToDate");

    // Other line ends, the root in front, and the name that the first samples had beside a QE
    // identity of version 1.
    let file = |name: &str| world.path().join("sample").join(name);
    let root = std::fs::read_to_string(file("trustedRootCaCert.pem")).unwrap();
    std::fs::write(file("trustedRootCaCert.pem"), root.replace('\n', "\r\n")).unwrap();
    let ca = std::fs::read_to_string(world.path().join("cpu/platform-ca.pem")).unwrap();
    std::fs::write(file("pckSignChain.pem"), root + &ca).unwrap();
    std::fs::rename(file("qeIdentity.json"), file("qeIdentityV2QE.json")).unwrap();
    std::fs::write(file("qeIdentity.json"), r#"{"qeIdentity":{"version":1}}"#).unwrap();
    let ran = world.attest("verify {DIR}/sample/quote.dat --collateral {DIR}/sample --output json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);

    // The quote has its certificate itself.
    std::fs::remove_file(file("pckCert.pem")).unwrap();
    let ran = world.attest("verify {DIR}/sample/quote.dat --collateral {DIR}/sample --output json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);

    std::fs::remove_file(file("pckSignChain.pem")).unwrap();
    let ran = world.attest("verify {DIR}/sample/quote.dat --collateral {DIR}/sample");
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("pckSignChain.pem"), "{}", ran.stderr);
}

#[test]
fn of_several_collaterals_each_quote_has_that_of_its_processor() {
    let world = World::new();
    let quote = world.cpu.enclave(EnclaveIdentity::default()).quote(report_data(&world)).unwrap();
    world.write("quote.bin", quote);
    let genuine = collateral(&world);
    world.write("own.json", &genuine);
    let mut message: SgxQlQveCollateral = json::from_str(&genuine).unwrap();
    let fmspc = hex::encode_upper(b"AECSIM");
    assert!(message.tcb_info.contains(&fmspc), "{}", message.tcb_info);
    message.tcb_info = message.tcb_info.replace(&fmspc, "00906ED50000");
    world.write("other.json", json::to_string(&message));

    let verify = |order: [&str; 2]| {
        let [first, second] = order;
        world.attest(&format!(
            "verify {{DIR}}/quote.bin --collateral {{DIR}}/{first}.json --collateral {{DIR}}/{second}.json"
        ))
    };
    for order in [["own", "other"], ["other", "own"]] {
        let ran = verify(order);
        assert_eq!(ran.code, 0, "{order:?}: {}", ran.stderr);
    }
    let ran = verify(["other", "other"]);
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    assert!(ran.stderr.contains("signature of the TCB info"), "{}", ran.stderr);

    // What is broken is refused by the verifier, whatever it seems to be for.
    message.tcb_info.truncate(20);
    world.write("other.json", json::to_string(&message));
    let ran = verify(["other", "other"]);
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    assert!(ran.stderr.contains("TCB info is malformed"), "{}", ran.stderr);
}

/// As `dcap-qvl` writes it: the signatures beside what they sign; what is binary in hexadecimal, by
/// earlier versions as a list of numbers.
#[test]
fn collateral_comes_with_the_signatures_beside() {
    let world = World::new();
    let quote = world.cpu.enclave(EnclaveIdentity::default()).quote(report_data(&world)).unwrap();
    world.write("quote.bin", quote);
    let message: SgxQlQveCollateral = json::from_str(&collateral(&world)).unwrap();
    let apart = |answer: &str| {
        let (text, signature) = answer.split_once(",\"signature\":\"").unwrap();
        let text = text.split_once(':').unwrap().1.to_owned();
        (text, signature.trim_end_matches("\"}").to_owned())
    };
    let (tcb_info, tcb_info_signature) = apart(&message.tcb_info);
    let (qe_identity, qe_identity_signature) = apart(&message.qe_identity);
    let numbers = |text: &str| serde_json::json!(hex::decode(text).unwrap());
    let texts = serde_json::json!({
        "pck_crl_issuer_chain": message.pck_crl_issuer_chain,
        "root_ca_crl": message.root_ca_crl,
        "pck_crl": message.pck_crl,
        "tcb_info_issuer_chain": message.tcb_info_issuer_chain,
        "tcb_info": tcb_info,
        "tcb_info_signature": tcb_info_signature,
        "qe_identity_issuer_chain": message.qe_identity_issuer_chain,
        "qe_identity": qe_identity,
        "qe_identity_signature": qe_identity_signature,
    });
    let mut lists = texts.clone();
    for name in ["root_ca_crl", "pck_crl", "tcb_info_signature", "qe_identity_signature"] {
        lists[name] = numbers(texts[name].as_str().unwrap());
    }
    let line = "verify {DIR}/quote.bin --collateral {DIR}/apart.json --output json";
    for form in [&texts, &lists] {
        world.write("apart.json", form.to_string());
        let ran = world.attest(line);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(ran.json()[0]["tcbStatus"], "UpToDate");
    }
    lists["pck_crl"][3] = 256.into();
    world.write("apart.json", lists.to_string());
    let ran = world.attest(line);
    assert_eq!(ran.code, 65, "{}", ran.stderr);
    assert!(ran.stderr.contains("`pck_crl` is not a list of bytes"), "{}", ran.stderr);
}

#[test]
fn trust_domains_and_their_event_logs_are_shown() {
    let world = World::new();
    let identity = TdIdentity::default().with_events(&[(0, b"firmware"), (2, b"program")]);
    let quote = world.cpu.trust_domain(identity.clone()).quote(report_data(&world)).unwrap();
    world.write("quote.bin", quote);
    // The kernel hands out the memory of the log, most of which is empty.
    let mut log = identity.event_log.clone();
    log.resize(1 << 20, 0xFF);
    world.write("ccel.bin", &log);
    let item = CollateralItem::Dcap { tee: IntelTee::Tdx, fmspc: *b"AECSIM", ca: PckCa::Platform };
    world.write("tdx.json", world.cpu.get(&item, SystemTime::now()).unwrap());
    world.write("sgx.json", collateral(&world));

    let line = "verify {DIR}/quote.bin --collateral {DIR}/tdx.json --output json";
    let ran = world.attest(line);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let attributes = &ran.json()[0]["attributes"];
    assert_eq!(attributes["hex_mrtd"], hex::encode_upper(identity.mrtd).as_str());
    assert_eq!(attributes["hex_rtmr2"], hex::encode_upper(identity.rtmrs[2]).as_str());

    let ran = world.attest(&format!("{line} --event-log {{DIR}}/ccel.bin"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()[0]["attributes"]["bool_event_log_verified"], "true");
    // Guest tools write both into one file.
    let trustee = |log: &[u8]| {
        let quote = STANDARD.encode(std::fs::read(world.path().join("quote.bin")).unwrap());
        let log = STANDARD.encode(log);
        world.write("trustee.json", format!(r#"{{"cc_eventlog":"{log}","quote":"{quote}"}}"#));
        world.attest("verify {DIR}/trustee.json --collateral {DIR}/tdx.json --output json")
    };
    let ran = trustee(&log);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()[0]["attributes"]["bool_event_log_verified"], "true");
    // The event's digest begins behind the header's own length and the event's numbers.
    log[identity.event_log.len() - b"program".len() - 20] ^= 1;
    world.write("ccel.bin", &log);
    let ran = world.attest(&format!("{line} --event-log {{DIR}}/ccel.bin"));
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    assert_eq!(trustee(&log).code, 77);

    // How the machine was started is for the policy to judge, and the remedy is the machine's.
    let open = TdIdentity { attributes: 0, ..identity };
    let quote = world.cpu.trust_domain(open).quote(report_data(&world)).unwrap();
    world.write("open.bin", quote);
    let made = world.attest("policy {DIR}/quote.bin --collateral {DIR}/tdx.json");
    world.write("policy.yaml", &made.stdout);
    let open = "{DIR}/open.bin --collateral {DIR}/tdx.json";
    let ran = world.attest(&format!("verify {open} --output json"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()[0]["attributes"]["bool_page_faults_disabled"], "false");
    let ran = world.attest(&format!("explain {open} --policy {{DIR}}/policy.yaml"));
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    assert!(ran.stdout.contains("start the trust domain with SEPT_VE_DISABLE"), "{}", ran.stdout);

    // The collateral of an enclave does not judge a trust domain.
    let ran = world.attest("verify {DIR}/quote.bin --collateral {DIR}/sgx.json");
    assert_eq!(ran.code, 69, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("the file has collateral of SGX and FMSPC 41454353494D"),
        "{}",
        ran.stderr
    );
}

#[test]
fn snp_reports_take_their_certificates_from_files() {
    let world = World::new();
    let amd = SimulatedAmd::generate().unwrap();
    let guest = SimulatedSnp::new(&amd, SnpProduct::Genoa).unwrap();
    let decode = |text: &str| STANDARD.decode(text).unwrap();
    let endorsements = guest.endorsements().unwrap();
    world.write("report.bin", guest.raw_report(&report_data(&world)).unwrap());
    world.write("vek.der", decode(&endorsements.b64_vek_cert));
    world.write("ask.der", decode(&endorsements.b64_ask_cert));
    world.write("crl.der", guest.crl_der().unwrap());
    world.write("ark.der", amd.root_der(SnpProduct::Genoa));
    let root = format!("--simulated-root {}={{DIR}}/ark.der", Platform::SevSnp);
    let files = "--vek {DIR}/vek.der --ask {DIR}/ask.der --crl {DIR}/crl.der";
    let ran = world.run(&format!(
        "verify {{DIR}}/report.bin {files} {root} --key {{DIR}}/key.pem --output json"
    ));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let result = &ran.json()[0];
    assert_eq!(
        (&result["platform"], &result["backing"]),
        (&"SEV_SNP".into(), &"simulation".into())
    );
    assert_eq!(result["attributes"]["str_product"], "Genoa");
    assert_eq!(result["attributes"]["str_vmpl"], "0");

    let without = world.run(&format!("verify {{DIR}}/report.bin {root}"));
    assert_eq!(without.code, 77);
    assert!(
        without.stderr.contains("give the certificate of its key with --vek"),
        "{}",
        without.stderr
    );

    let mut damaged = std::fs::read(world.path().join("report.bin")).unwrap();
    damaged[0x90] ^= 1;
    world.write("report.bin", damaged);
    let ran = world.run(&format!("verify {{DIR}}/report.bin {files} {root}"));
    assert_eq!(ran.code, 77, "{}", ran.stderr);
}

#[test]
fn a_document_may_be_all_there_is_in_json() {
    let world = World::new();
    let nitro = SimulatedNitro::new().unwrap();
    let document = NitroDocument::new(ReportData::from(report_data(&world)));
    let document = STANDARD.encode(nitro.document(&document).unwrap());
    world.write("nitro.crt", nitro.root_der());
    let root = format!("--simulated-root {}={{DIR}}/nitro.crt", Platform::AwsNitro);
    let line = format!("verify {{DIR}}/document.json --key {{DIR}}/key.pem {root}");
    world.write("document.json", format!("{{\"attestation_doc\": \"{document}\"}}"));
    let ran = world.run(&line);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // Beside others nothing says which text it is.
    world.write("document.json", format!("{{\"a\": \"{document}\", \"b\": \"{document}\"}}"));
    let ran = world.run(&line);
    assert_eq!(ran.code, 65, "{}", ran.stderr);
}

#[test]
fn a_platform_can_be_forced() {
    let world = World::new();
    world.write("noise", [7; 100]);
    let ran = world.run("verify {DIR}/noise --platform TDX --output json");
    // What it is taken for it is not: that is for the verifier to say.
    assert_eq!(ran.code, 77);
    assert_eq!(ran.json()[0]["form"], "evidence of platform TDX");
    assert_eq!(world.run("verify {DIR}/noise --platform XYZ").code, 64);
    let gpu = world.run("verify {DIR}/noise --platform NVIDIA_GPU");
    assert!(
        gpu.stderr.contains("name the file of the device's chain (PEM) with --chain"),
        "{}",
        gpu.stderr
    );
}
