//! Evidence inside what tools and services put around it. Each container is made here as its tool
//! makes it, around evidence of simulated processors.

use std::io::Write as _;
use std::time::SystemTime;

use aecs_attest::{
    CollateralItem, CollateralSource as _, IntelTee, PckCa, Platform, ReportData, ReportType,
    SnpProduct,
};
use aecs_sim::{
    EnclaveIdentity, GpuModel, GpuReport, NitroDocument, SimulatedAmd, SimulatedAzure,
    SimulatedGpu, SimulatedNitro, SimulatedSnp, TdIdentity,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::World;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7F {
        bytes.push(u8::try_from(number & 0x7F).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

/// A field of a protobuf message.
fn field(number: u8, value: &[u8]) -> Vec<u8> {
    let len = u64::try_from(value.len()).unwrap();
    [vec![number << 3 | 2], varint(len), value.to_vec()].concat()
}

/// A list of bytes in SCALE.
fn scale(value: &[u8]) -> Vec<u8> {
    let len = u16::try_from(value.len() << 2 | 1).unwrap();
    [&len.to_le_bytes(), value].concat()
}

/// A guest with its report and its certificates, and the options that make its evidence genuine.
struct Guest {
    world: World,
    report: Vec<u8>,
    vcek: Vec<u8>,
    ask: Vec<u8>,
    options: String,
}

impl Guest {
    fn new() -> Self {
        let world = World::new();
        let amd = SimulatedAmd::generate().unwrap();
        let guest = SimulatedSnp::new(&amd, SnpProduct::Genoa).unwrap();
        world.write("ark.der", amd.root_der(SnpProduct::Genoa));
        let endorsements = guest.endorsements().unwrap();
        Self {
            report: guest.raw_report(&[7; 64]).unwrap(),
            vcek: guest.vek_der().unwrap(),
            ask: STANDARD.decode(endorsements.b64_ask_cert).unwrap(),
            options: format!("--simulated-root {}={{DIR}}/ark.der", Platform::SevSnp),
            world,
        }
    }

    /// The table of certificates of a host.
    fn table(&self) -> Vec<u8> {
        let (vcek, ask) = (self.vcek.as_slice(), self.ask.as_slice());
        let mut table = Vec::new();
        let mut offset = 3 * 24;
        for (guid, der) in
            [("63da758de6644564adc5f4b93be8accd", vcek), ("4ab7b379bbac4fe4a02f05aef327c782", ask)]
        {
            table.extend(hex::decode(guid).unwrap());
            table.extend(u32::try_from(offset).unwrap().to_le_bytes());
            table.extend(u32::try_from(der.len()).unwrap().to_le_bytes());
            offset += der.len();
        }
        [&table, &[0; 24][..], vcek, ask].concat()
    }

    fn verify(&self, contents: impl AsRef<[u8]>) -> super::Ran {
        self.world.write("evidence", contents);
        self.world.run(&format!("verify {{DIR}}/evidence {} --output json", self.options))
    }
}

#[test]
fn reports_are_found_in_what_tools_and_services_write() {
    let guest = Guest::new();
    let (report, vcek) = (STANDARD.encode(&guest.report), STANDARD.encode(&guest.vcek));
    let chain = pem(&guest.vcek) + &pem(&guest.ask);
    let evidence = json!({
        "attestation_report": report,
        "cert_chain": { "vcek": vcek, "ask": STANDARD.encode(&guest.ask) },
    });
    let text = evidence.to_string();
    let url = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let request = json!([{ "tee": "snp", "evidence": url(text.as_bytes()) }]);
    let cases: [(&str, Vec<u8>); 17] = [
        ("KBS 0.1", json!({"tee-pubkey": {}, "tee-evidence": evidence}).to_string().into()),
        ("KBS, text", json!({"tee-pubkey": {}, "tee-evidence": text}).to_string().into()),
        (
            "KBS 0.4",
            json!({
                "init-data": null, "runtime-data": { "nonce": "x", "tee-pubkey": {} },
                "tee-evidence": { "primary_evidence": evidence, "additional_evidence": "" },
            })
            .to_string()
            .into(),
        ),
        ("AS", json!({ "verification_requests": request, "policy_ids": [] }).to_string().into()),
        (
            "configfs-tsm",
            json!({
                "provider": "sev_guest\n", "outblob": url(&guest.report),
                "auxblob": url(&guest.table()),
            })
            .to_string()
            .into(),
        ),
        (
            "bundle",
            json!({
                "domain": "example.com", "vcek": vcek, "ask": STANDARD.encode(&guest.ask),
                "report": { "format": "https://example.com/v2", "body": STANDARD.encode(gzip(&guest.report)) },
            })
            .to_string()
            .into(),
        ),
        ("gzip", gzip(text.as_bytes())),
        ("gzip twice", gzip(&gzip(text.as_bytes()))),
        ("Base64 of JSON", STANDARD.encode(&text).into()),
        ("report, PEM", [&guest.report, chain.as_bytes()].concat()),
        (
            "node",
            json!({
                "chain": STANDARD.encode(&chain),
                "attestation": { "type": "AMD_SEV_SNP", "report": report, "signatures": ["MEUC"] },
            })
            .to_string()
            .into(),
        ),
        (
            "CMW",
            json!(["application/eat+json", url(text.as_bytes()), 4]).to_string().into(),
        ),
        (
            "CMW collection",
            json!({ "__cmwc_t": "tag:example.com,2026:x", "cpu": ["a/b", url(text.as_bytes())] })
                .to_string()
                .into(),
        ),
        (
            "protobuf",
            field(1, &[vec![8, 1], field(2, &[&guest.report, chain.as_bytes()].concat())].concat()),
        ),
        ("SCALE", [&[0, 3], scale(&[&guest.report, chain.as_bytes()].concat()).as_slice()].concat()),
        (
            "comments",
            [b"# Copyright\r\n# License\n", guest.report.as_slice(), chain.as_bytes()].concat(),
        ),
        (
            "Open Enclave",
            {
                let inside = [&guest.report, chain.as_bytes()].concat();
                let len = u64::try_from(inside.len()).unwrap();
                [&[3, 0, 0, 0], [9; 16].as_slice(), &len.to_le_bytes(), &inside].concat()
            },
        ),
    ];
    for (name, contents) in cases {
        let ran = guest.verify(contents);
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        let outcomes = ran.json();
        assert_eq!(outcomes.as_array().unwrap().len(), 1, "{name}");
        assert_eq!(outcomes[0]["platform"], "SEV_SNP", "{name}");
    }
}

/// The fields of a report in Google's message: number, name, first byte, length, and whether it is
/// bytes.
const FIELDS: &[(u8, &str, usize, usize, bool)] = &[
    (1, "version", 0, 4, false),
    (2, "guestSvn", 4, 4, false),
    (3, "policy", 8, 8, false),
    (4, "familyId", 0x10, 16, true),
    (5, "imageId", 0x20, 16, true),
    (6, "vmpl", 0x30, 4, false),
    (7, "signatureAlgo", 0x34, 4, false),
    (8, "currentTcb", 0x38, 8, false),
    (9, "platformInfo", 0x40, 8, false),
    (10, "signerInfo", 0x48, 4, false),
    (11, "reportData", 0x50, 64, true),
    (12, "measurement", 0x90, 48, true),
    (13, "hostData", 0xC0, 32, true),
    (14, "idKeyDigest", 0xE0, 48, true),
    (15, "authorKeyDigest", 0x110, 48, true),
    (16, "reportId", 0x140, 32, true),
    (17, "reportIdMa", 0x160, 32, true),
    (18, "reportedTcb", 0x180, 8, false),
    (19, "chipId", 0x1A0, 64, true),
    (20, "committedTcb", 0x1E0, 8, false),
    (21, "currentBuild", 0x1E8, 1, false),
    (22, "currentMinor", 0x1E9, 1, false),
    (23, "currentMajor", 0x1EA, 1, false),
    (24, "committedBuild", 0x1EC, 1, false),
    (25, "committedMinor", 0x1ED, 1, false),
    (26, "committedMajor", 0x1EE, 1, false),
    (27, "launchTcb", 0x1F0, 8, false),
    (30, "launchMitVector", 0x1F8, 8, false),
    (31, "currentMitVector", 0x200, 8, false),
    (28, "signature", 0x2A0, 512, true),
];

#[test]
fn reports_may_be_taken_apart_as_googles_tools_do() {
    let guest = Guest::new();
    let report = &guest.report;
    let (mut message, mut object) = (Vec::new(), json!({}));
    let head = |number: u8, kind: u8| varint(u64::from(number) << 3 | u64::from(kind));
    let mut number = |message: &mut Vec<u8>, field: u8, name: &str, value: u64| {
        message.extend([head(field, 0), varint(value)].concat());
        object[name] = value.to_string().into();
    };
    for (field, name, at, len, is_bytes) in FIELDS {
        let bytes = &report[*at..at + len];
        if *is_bytes {
            message.extend(
                [head(*field, 2), varint(u64::try_from(*len).unwrap()), bytes.to_vec()].concat(),
            );
        } else {
            let mut value = [0; 8];
            value[..*len].copy_from_slice(bytes);
            number(&mut message, *field, name, u64::from_le_bytes(value));
        }
    }
    if report[0] >= 3 {
        let [family, model, stepping] = [0x188, 0x189, 0x18A].map(|at| u64::from(report[at]));
        let eax = (family - 15) << 20 | 15 << 8 | model >> 4 << 16 | (model & 15) << 4 | stepping;
        number(&mut message, 29, "cpuid1eaxFms", eax);
    }
    for (_, name, at, len, is_bytes) in FIELDS {
        if *is_bytes {
            object[*name] = STANDARD.encode(&report[*at..at + len]).into();
        }
    }
    let chain = [field(1, &guest.vcek), field(2, &guest.ask)].concat();
    let chain_json =
        json!({ "vcekCert": STANDARD.encode(&guest.vcek), "askCert": STANDARD.encode(&guest.ask) });
    for contents in [
        [field(1, &message), field(2, &chain)].concat(),
        json!({ "report": object, "certificateChain": chain_json }).to_string().into(),
    ] {
        let ran = guest.verify(contents);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(ran.json()[0]["platform"], "SEV_SNP");
    }
    // A field that does not fit makes it something else.
    object["chipId"] = STANDARD.encode([1; 63]).into();
    let ran = guest.verify(json!({ "report": object }).to_string());
    assert_eq!(ran.code, 65, "{}", ran.stderr);
}

#[test]
fn cbor_and_messagepack_hold_evidence_as_json_does() {
    let guest = Guest::new();
    let chain = pem(&guest.vcek) + &pem(&guest.ask);
    // {"tee": "snp", "quote": h'...', "chain": "..."}
    let text = |text: &str| {
        let len = u16::try_from(text.len()).unwrap();
        [&[0x79], len.to_be_bytes().as_slice(), text.as_bytes()].concat()
    };
    let report = [&[0x59, 4, 0xA0], guest.report.as_slice()].concat();
    let map = [text("a"), text("snp"), text("b"), report, text("c"), text(&chain)].concat();
    // {"platform": {"snp": {"report": bin}}, "c": "..."}
    let text = |text: &str| {
        let len = u16::try_from(text.len()).unwrap();
        [&[0xDA], len.to_be_bytes().as_slice(), text.as_bytes()].concat()
    };
    let report = [&[0x81, 0xA1, b'r', 0xC5, 4, 0xA0], guest.report.as_slice()].concat();
    let members = [text("platform"), report, text("c"), text(&chain)].concat();
    let ran = guest.verify([&[0x82], members.as_slice()].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.json()[0]["form"].as_str().unwrap().contains("MessagePack"), "{}", ran.stdout);
    for contents in [[&[0xA3], map.as_slice()].concat(), [&[0xC1, 0xA3], map.as_slice()].concat()] {
        let ran = guest.verify(contents);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.json()[0]["form"].as_str().unwrap().ends_with(", in CBOR"), "{}", ran.stdout);
    }
}

#[test]
fn every_piece_of_evidence_of_a_request_has_its_verdict() {
    let guest = Guest::new();
    let gpu = SimulatedGpu::new(GpuModel::Hopper).unwrap();
    guest.world.write("gpu.crt", gpu.root_der());
    let device = json!({
        "certificate": STANDARD.encode(gpu.chain_pem()),
        "evidence": STANDARD.encode(gpu.report(&GpuReport::new([1; 32])).unwrap()),
    });
    let devices = json!({ "nvidia": { "device_evidence_list": [device] } }).to_string();
    let body = |report: &[u8]| {
        json!({ "tee-evidence": {
            "primary_evidence": {
                "attestation_report": STANDARD.encode(report),
                "cert_chain": {
                    "vcek": STANDARD.encode(&guest.vcek), "ask": STANDARD.encode(&guest.ask),
                },
            },
            "additional_evidence": devices,
        }})
    };
    let options = format!("--simulated-root {}={{DIR}}/gpu.crt --output json", Platform::NvidiaGpu);
    let run = |body: Value| {
        guest.world.write("body.json", body.to_string());
        guest.world.run(&format!("verify {{DIR}}/body.json {} {options}", guest.options))
    };
    let ran = run(body(&guest.report));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let platforms: Vec<_> = (0..2).map(|at| ran.json()[at]["platform"].clone()).collect();
    assert!(platforms.contains(&"SEV_SNP".into()) && platforms.contains(&"NVIDIA_GPU".into()));
    // One of them does not stand for the other.
    let mut changed = guest.report.clone();
    changed[0x90] ^= 1;
    let ran = run(body(&changed));
    assert_eq!(ran.code, 77, "{}", ran.stderr);
}

#[test]
fn certificates_belong_to_the_evidence_they_stand_beside() {
    let one = Guest::new();
    let other = Guest::new();
    let evidence = |guest: &Guest| {
        json!({
            "attestation_report": STANDARD.encode(&guest.report),
            "cert_chain": { "vcek": STANDARD.encode(&guest.vcek), "ask": STANDARD.encode(&guest.ask) },
        })
    };
    let request =
        json!({ "requests": [{ "evidence": evidence(&other) }, { "evidence": evidence(&one) }] });
    let ran = one.verify(request.to_string());
    // The other's root is not trusted here; its certificate judges nothing else.
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    let genuine: Vec<bool> = (0..2).map(|at| ran.json()[at]["genuine"] == true).collect();
    assert_eq!(genuine, [false, true]);
}

#[test]
fn quotes_may_be_followed_by_zeros_and_claims() {
    let world = World::new();
    let report = world.report(ReportType::Passport, EnclaveIdentity::default());
    world.write("collateral.json", report.dcap().json_collateral);
    let quote = report.quote();
    let number = |number: u64| number.to_le_bytes().to_vec();
    let claims = [number(1), number(1), number(4), number(3), b"namevalue"[..7].to_vec()].concat();
    let len = u64::try_from(quote.len() + claims.len()).unwrap();
    let head = [vec![3, 0, 0, 0], vec![9; 16], number(len)].concat();
    let line = "verify {DIR}/quote --collateral {DIR}/collateral.json --output json";
    for contents in [
        [quote.clone(), vec![0; 3000]].concat(),
        [quote.clone(), claims.clone()].concat(),
        [head, quote.clone(), claims.clone()].concat(),
        field(2, &[quote.clone(), vec![0; 100]].concat()),
    ] {
        world.write("quote", contents);
        let ran = world.attest(line);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(ran.json()[0]["platform"], "SGX_DCAP");
    }
    for behind in [vec![1], claims[..claims.len() - 1].to_vec(), [claims, vec![0]].concat()] {
        world.write("quote", [quote.clone(), behind].concat());
        let ran = world.attest(line);
        assert_eq!(ran.code, 77, "{}", ran.stderr);
    }
}

#[test]
fn evidence_of_azure_may_be_taken_apart() {
    let world = World::new();
    let amd = SimulatedAmd::generate().unwrap();
    let guest = SimulatedSnp::new(&amd, SnpProduct::Milan).unwrap();
    let endorsements = guest.endorsements().unwrap();
    let chain =
        pem(&guest.vek_der().unwrap()) + &pem(&STANDARD.decode(endorsements.b64_ask_cert).unwrap());
    let evidence = SimulatedAzure::on_snp(guest).unwrap().evidence(&[7; 64]).unwrap();
    world.write("ark.der", amd.root_der(SnpProduct::Milan));
    let hcl = STANDARD.decode(&evidence.b64_hcl_report).unwrap();
    let claims = u32::from_le_bytes(*hcl[1232..].first_chunk().unwrap());
    let claims = &hcl[1236..][..usize::try_from(claims).unwrap()];
    let signature = STANDARD.decode(&evidence.b64_tpm_signature).unwrap();
    let len = u16::try_from(signature.len()).unwrap().to_be_bytes();
    let signature = [&[0, 0x14, 0, 0x0B], len.as_slice(), &signature].concat();
    let mut parts = json!({
        "v": 1,
        "snp_report": STANDARD.encode(&hcl[32..1216]),
        "runtime_data": STANDARD.encode(claims),
        "quote_msg": evidence.b64_tpm_message,
        "quote_sig": STANDARD.encode(signature),
        "pcrs": evidence.hex_pcrs,
        "vcek_chain_pem": STANDARD.encode(chain),
    });
    let options = format!("--simulated-root {}={{DIR}}/ark.der", Platform::AzureSnp);
    let run = |parts: &Value| {
        world.write("parts.json", parts.to_string());
        world.run(&format!("verify {{DIR}}/parts.json {options}"))
    };
    let ran = run(&parts);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("AZURE_SNP_VTPM"), "{}", ran.stdout);
    // The registers that the quote is over cannot be told from it.
    parts.as_object_mut().unwrap().remove("pcrs");
    let ran = run(&parts);
    assert_eq!(ran.code, 77, "{}", ran.stderr);
}

#[test]
fn documents_are_found_in_an_attestation_of_dstack() {
    let world = World::new();
    let nitro = SimulatedNitro::new().unwrap();
    let document = nitro.document(&NitroDocument::new(ReportData::from([7; 64]))).unwrap();
    world.write("nitro.crt", nitro.root_der());
    world.write("attestation", [&[0, 2], scale(&document).as_slice(), &[0; 64], b"}"].concat());
    let root = format!("--simulated-root {}={{DIR}}/nitro.crt", Platform::AwsNitro);
    let ran = world.run(&format!("verify {{DIR}}/attestation {root} --output json"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()[0]["form"], "AWS Nitro document, in an attestation of dstack");
}

#[test]
fn hostile_containers_end_within_limits() {
    let guest = Guest::new();
    let zeros = vec![0; 5 << 20];
    let mut matryoshka = guest.report.clone();
    for _ in 0..40 {
        matryoshka = gzip(&matryoshka);
    }
    let nested = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
    // What is in an envelope is looked at once, or it would be once more for each one around it.
    let empty = vec![json!({}); 300];
    let envelopes = (0..12).fold(json!({ "a": empty }), |inside, _| json!({ "evidence": inside }));
    let messages = (0..20).fold(vec![0; 4_000_000], |inside, _| field(1, &inside));
    let many = format!("[{}{{}}]", "{},".repeat(70_000));
    let twice = json!({ "a": STANDARD.encode(&guest.report), "b": STANDARD.encode(&guest.report) });
    for (name, contents, fault) in [
        ("bomb", gzip(&zeros), "unpacks to more than 4194304 bytes"),
        ("bomb in a bomb", gzip(&gzip(&zeros)), "unpacks to more than 4194304 bytes"),
        ("cut", gzip(&guest.report)[..300].to_vec(), "malformed gzip data"),
        ("deep", matryoshka, "unrecognised evidence format"),
        ("deep JSON", nested.into(), "unrecognised evidence format"),
        ("many", many.into(), "more than 65536 values"),
        ("envelopes", envelopes.to_string().into(), "unrecognised evidence format"),
        ("large at every depth", messages, "have more than 67108864 bytes"),
        ("a choice", twice.to_string().into(), "`a` and `b` both look like evidence"),
        ("protobuf in itself", vec![0x0A; 4000], "unrecognised evidence format"),
        ("CBOR", vec![0x9B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "unrecognised"),
        ("CBOR in itself", vec![0x81; 4000], "unrecognised evidence format"),
    ] {
        let ran = guest.verify(&contents);
        assert_eq!(ran.code, 65, "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(fault), "{name}: {}", ran.stderr);
    }
}

/// The type of programs' events, and what their digests are of.
const RUNTIME: u32 = 0x0800_0001;

fn runtime_event(name: &str, payload: &[u8]) -> Vec<u8> {
    [&RUNTIME.to_le_bytes(), b":".as_slice(), name.as_bytes(), b":", payload].concat()
}

/// The digest that the log of a trust domain has of these data.
fn digest(data: &[u8]) -> Vec<u8> {
    let log = TdIdentity::default().with_events(&[(0, data)]).event_log;
    log[log.len() - data.len() - 4 - 48..][..48].to_vec()
}

#[test]
fn dstacks_event_log_beside_a_quote_is_replayed() {
    let world = World::new();
    let app = runtime_event("app-id", &[0xAB; 20]);
    let identity =
        TdIdentity::default().with_events(&[(0, b"firmware"), (1, b"kernel"), (3, &app)]);
    let quote = world.cpu.trust_domain(identity).quote([7; 64]).unwrap();
    let item = CollateralItem::Dcap { tee: IntelTee::Tdx, fmspc: *b"AECSIM", ca: PckCa::Platform };
    world.write("tdx.json", world.cpu.get(&item, SystemTime::now()).unwrap());
    let event = |imr: u32, data: &[u8]| {
        json!({"imr": imr, "event_type": 1, "digest": hex::encode(digest(data)), "event": "",
            "event_payload": ""})
    };
    let app_id = |digest: &str, payload: &str| {
        json!({"imr": 3, "event_type": RUNTIME, "digest": digest, "event": "app-id",
            "event_payload": payload})
    };
    let log = |last: Value| json!([event(0, b"firmware"), event(1, b"kernel"), last]);
    let (genuine, payload) = (hex::encode(digest(&app)), "ab".repeat(20));
    let verify = |contents: &[u8], options: &str| {
        world.write("quote", contents);
        let line = "verify {DIR}/quote --collateral {DIR}/tdx.json --output json";
        world.attest(format!("{line} {options}").trim_end())
    };
    let beside =
        |log: Value| json!({"quote": hex::encode(&quote), "event_log": log, "vm_config": "{}"});
    let scaled = {
        let event = |imr: u32, kind: u32, digest: &[u8], name: &str, payload: &[u8]| {
            let numbers = [imr.to_le_bytes(), kind.to_le_bytes()].concat();
            [numbers, scale(digest), scale(name.as_bytes()), scale(payload)].concat()
        };
        let events = [
            event(0, 1, &digest(b"firmware"), "", &[]),
            event(1, 1, &digest(b"kernel"), "", &[]),
            event(3, RUNTIME, &[], "app-id", &[0xAB; 20]),
        ];
        [vec![0, 0], scale(&quote), vec![3 << 2], events.concat(), b"configuration".to_vec()]
            .concat()
    };
    world.write("log.json", log(app_id(&genuine, &payload)).to_string());
    for (contents, options) in [
        (beside(log(app_id(&genuine, &payload))).to_string().into_bytes(), ""),
        (beside(log(app_id("", &payload)).to_string().into()).to_string().into_bytes(), ""),
        (quote.clone(), "--event-log {DIR}/log.json"),
        (scaled.clone(), ""),
    ] {
        let ran = verify(&contents, options);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let attributes = &ran.json()[0]["attributes"];
        assert_eq!(attributes["bool_event_log_verified"], "true");
        assert_eq!(attributes["str_event_log"], format!("app-id={}", "AB".repeat(20)));
    }
    // Rules can ask for what programs have said.
    for (payload, code) in [("ab", 0), ("cd", 77)] {
        let rule = format!("eventLog: {{app-id: \"{}\"}}", payload.repeat(20));
        let policy = format!(
            "enclaveMatchAnyRules:\n- platform: TDX\n  allow_any_enclave: true\n  {rule}\n"
        );
        world.write("policy.yaml", policy);
        let line = "--event-log {DIR}/log.json --policy {DIR}/policy.yaml";
        let ran = verify(&quote, line);
        assert_eq!(ran.code, code, "{}", ran.stderr);
    }
    let other = hex::encode(digest(&runtime_event("app-id", &[0xCD; 20])));
    for (last, fault) in [
        (app_id(&other, &"cd".repeat(20)), "event log of RTMR3: expected"),
        (app_id(&"11".repeat(48), &payload), "its digest is not that of its name and payload"),
        (app_id(&genuine, &"cd".repeat(20)), "its digest is not that of its name and payload"),
    ] {
        let ran = verify(beside(log(last).to_string().into()).to_string().as_bytes(), "");
        assert_eq!(ran.code, 77, "{}", ran.stderr);
        assert!(ran.stderr.contains(fault), "{}", ran.stderr);
    }
    // What is too long is refused; what is too long around evidence is not searched.
    let mut long = log(app_id(&genuine, &payload));
    for _ in 0..1200 {
        long.as_array_mut().unwrap().push(event(3, &[0; 8]));
    }
    for long in [long.to_string().into(), long] {
        let ran = verify(beside(long).to_string().as_bytes(), "");
        assert_eq!(ran.code, 77, "{}", ran.stderr);
        assert!(
            ran.stderr.contains("event log has 131073 bytes, the limit is 131072"),
            "{}",
            ran.stderr
        );
    }
    let ran = verify(&[scaled, vec![0; 256 << 10]].concat(), "");
    assert_eq!(ran.code, 65, "{}", ran.stderr);
    // Logs in other forms are not looked at, as if they were not there.
    let ran = verify(beside("[]".into()).to_string().as_bytes(), "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()[0]["attributes"]["bool_event_log_verified"], Value::Null);
}
