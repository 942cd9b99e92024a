//! What the fuzz targets do with their input: read it as somebody from outside would send it, and
//! watch how much memory that takes.
//!
//! Evidence has several parts. An input is cut at [`CUT`] into as many, so that the fuzzer can
//! change each of them and the seeds are plain concatenations.

use std::alloc::System;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use aecs_attest::{
    CollateralBundle, CollateralEntry, CollateralItem, Host, IntelTee, PckCa, Platform, Policy,
    ReportRequest, Sealing, SnpProduct, SnpSigner, SnpTcb, Tee, UserData, Verifier, compare,
};
use aecs_client::files::kubeconfig::Kubeconfig;
use aecs_client::files::secret_policy::SecretPolicyFile;
use aecs_crypto::session::{ClientEnd, Parties, ServerEnd, Share, Terms};
use aecs_crypto::transit::{Key, Place, Versioned};
use aecs_crypto::{
    KeyPair, Material, PublicKey, Purpose, Suite, age, envelope as digital_envelope, generate,
    recovery,
};
use aecs_proto::{
    AdminRemoteCallReqWithAuth, AdminRemoteCallRequest, DigitalEnvelopeEncrypted, Function,
    FunctionRequest, FunctionVisitor, GetAecsStatusRequest, GetEnclaveSecretPublicRequest,
    KeyOperations, TaRemoteCallRequest, TaSession, TaSessionCallRequest, TaSessionCallResponse,
    UnifiedAttestationAuthReport, UnifiedAttestationPolicy, UnifiedAttestationReport, json,
};
use aecs_sim::{Aecs20Quotes, SimulatedMachine};
use aecs_vault::fuzzing;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cap::Cap;
use prost::Message;

/// Between the parts of evidence in an input.
pub const CUT: &[u8] = b"\0AECS\0";

/// Memory that any input may take, however small: certificates are parsed and roots cloned.
const ALLOWANCE: usize = 2 << 20;
/// Memory that an input may take for each of its bytes. Base64 in JSON in JSON takes six already.
const PER_BYTE: usize = 48;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Runs a parser under a limit of memory; beyond it the allocator fails, which ends the fuzzing.
fn bounded<T>(input: &[u8], parser: impl FnOnce() -> T) -> T {
    let limit = ALLOCATOR.allocated() + ALLOWANCE + PER_BYTE * input.len();
    ALLOCATOR.set_limit(limit).expect("more is allocated than is allowed");
    let result = parser();
    ALLOCATOR.set_limit(usize::MAX).expect("no limit is no limit");
    result
}

/// Trusts the vendors, and the roots that `seeds` made for its own evidence.
static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let mut builder = Verifier::builder()
        .vendor_roots()
        .insecure_aecs20_simulation(Arc::new(Aecs20Quotes))
        .cache(0, Duration::ZERO);
    for platform in Platform::ALL {
        if let Ok(root) = std::fs::read(root_file(platform.as_str())) {
            builder = builder.simulated_platform_root(platform, root);
        }
    }
    builder.build().expect("the roots are usable")
});

/// Where `seeds` puts the root of its evidence of a platform.
pub fn root_file(platform: &str) -> PathBuf {
    PathBuf::from(std::env::var_os("AECS_FUZZ_ROOTS").unwrap_or_else(|| "fuzz/roots".into()))
        .join(platform)
}

/// A field of a platform's message, filled from the next part of the input.
enum Field {
    Base64(&'static str),
    Text(&'static str),
    /// Values of 32 bytes each, in hexadecimal.
    Hashes(&'static str),
    /// A message in JSON.
    Message(&'static str, &'static [Field]),
    /// A number that is the same in all evidence.
    Number(&'static str, i64),
}
use Field::{Base64, Hashes, Message as Inner, Number, Text};

const DCAP_COLLATERAL: &[Field] = &[
    Number("version", 3),
    Text("pck_crl_issuer_chain"),
    Text("root_ca_crl"),
    Text("pck_crl"),
    Text("tcb_info_issuer_chain"),
    Text("tcb_info"),
    Text("qe_identity_issuer_chain"),
    Text("qe_identity"),
];
const TDX_COLLATERAL: &[Field] = &[
    Number("version", 3),
    Number("tee_type", 0x81),
    Text("pck_crl_issuer_chain"),
    Text("root_ca_crl"),
    Text("pck_crl"),
    Text("tcb_info_issuer_chain"),
    Text("tcb_info"),
    Text("qe_identity_issuer_chain"),
    Text("qe_identity"),
];
const SNP_ENDORSEMENTS: &[Field] =
    &[Base64("b64_vek_cert"), Base64("b64_ask_cert"), Base64("b64_crl")];

/// The quote of an EPID report, alone as AECS 2.0's simulation sends it.
const EPID_QUOTE: &[Field] = &[Base64("b64_quote")];

/// The parts of a platform's evidence, in the order of an input.
fn form(platform: &str) -> &'static [Field] {
    match platform {
        "SGX_EPID" => {
            &[Base64("b64_signature"), Text("str_signing_cert"), Text("json_response_body")]
        }
        "SGX_DCAP" => &[Base64("b64_quote"), Inner("json_collateral", DCAP_COLLATERAL)],
        "TDX" => &[
            Base64("b64_quote"),
            Base64("b64_event_log"),
            Inner("json_collateral", TDX_COLLATERAL),
        ],
        "CSV" => &[
            Base64("b64_quote"),
            Text("str_chip_id"),
            Inner("json_cert_chain", &[Base64("b64_hsk_cert"), Base64("b64_cek_cert")]),
        ],
        "Kunpeng" => &[Base64("b64_quote"), Number("int64_version", 1)],
        "SEV_SNP" => &[Base64("b64_report"), Inner("json_endorsements", SNP_ENDORSEMENTS)],
        "ARM_CCA" => &[Base64("b64_token")],
        "AZURE_SNP_VTPM" => &[
            Base64("b64_hcl_report"),
            Base64("b64_tpm_message"),
            Base64("b64_tpm_signature"),
            Hashes("hex_pcrs"),
            Inner("json_endorsements", SNP_ENDORSEMENTS),
        ],
        "AZURE_TDX_VTPM" => &[
            Base64("b64_hcl_report"),
            Base64("b64_tpm_message"),
            Base64("b64_tpm_signature"),
            Hashes("hex_pcrs"),
            Base64("b64_td_quote"),
            Inner("json_endorsements", TDX_COLLATERAL),
        ],
        "AWS_NITRO" => &[Base64("b64_document")],
        "NVIDIA_GPU" => &[Base64("b64_report"), Text("pem_cert_chain")],
        _ => &[Base64("b64_quote")],
    }
}

fn object(fields: &[Field], parts: &mut dyn Iterator<Item = &[u8]>) -> String {
    let mut object = serde_json::Map::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for field in fields {
        let (name, value) = match field {
            Number(name, number) => (name, number.to_string().into()),
            Inner(name, fields) => (name, self::object(fields, parts).into()),
            Base64(name) => (name, STANDARD.encode(parts.next().unwrap_or_default()).into()),
            Text(name) => (name, text(parts.next().unwrap_or_default()).into()),
            Hashes(name) => {
                let part = parts.next().unwrap_or_default();
                (name, part.chunks(32).map(hex::encode).collect::<Vec<_>>().into())
            }
        };
        object.insert((*name).into(), value);
    }
    serde_json::Value::from(object).to_string()
}

fn parts(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(data);
    std::iter::from_fn(move || {
        let input = rest?;
        match input.windows(CUT.len()).position(|window| window == CUT) {
            Some(at) => {
                rest = Some(&input[at + CUT.len()..]);
                Some(&input[..at])
            }
            None => {
                rest = None;
                Some(input)
            }
        }
    })
}

/// The report that an input stands for.
pub fn report(platform: &str, data: &[u8]) -> UnifiedAttestationReport {
    let json_report = match platform {
        "SGX_EPID" if parts(data).nth(1).is_none() => object(EPID_QUOTE, &mut parts(data)),
        "SGX_EPID" => STANDARD.encode(object(form(platform), &mut parts(data))),
        _ => object(form(platform), &mut parts(data)),
    };
    UnifiedAttestationReport {
        str_report_version: "1.0".into(),
        str_report_type: "Passport".into(),
        str_tee_platform: platform.into(),
        json_report,
        ..Default::default()
    }
}

/// The input that stands for a report: the inverse of [`report`].
pub fn input(report: &UnifiedAttestationReport) -> Option<Vec<u8>> {
    let mut parts = Vec::new();
    let platform = report.str_tee_platform.as_str();
    let (form, json) = match platform {
        "SGX_EPID" if report.json_report.starts_with('{') => {
            (EPID_QUOTE, report.json_report.clone().into_bytes())
        }
        "SGX_EPID" => (form(platform), STANDARD.decode(&report.json_report).ok()?),
        _ => (form(platform), report.json_report.clone().into_bytes()),
    };
    take_apart(form, &serde_json::from_slice(&json).ok()?, &mut parts)?;
    Some(parts.join(CUT))
}

fn take_apart(
    fields: &[Field],
    object: &serde_json::Value,
    parts: &mut Vec<Vec<u8>>,
) -> Option<()> {
    let text = |name: &str| object.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    for field in fields {
        match field {
            Number(..) => {}
            Base64(name) => parts.push(STANDARD.decode(text(name)).ok()?),
            Text(name) => parts.push(text(name).into()),
            Hashes(name) => {
                let values = object.get(*name).and_then(|value| value.as_array());
                let values = values.into_iter().flatten().filter_map(|value| value.as_str());
                parts.push(hex::decode(values.collect::<String>()).ok()?);
            }
            Inner(name, fields) => {
                let inner = match text(name) {
                    "" => serde_json::Value::Null,
                    json => serde_json::from_str(json).ok()?,
                };
                take_apart(fields, &inner, parts)?;
            }
        }
    }
    Some(())
}

/// Whether an input is genuine evidence, which seeds of our own making have to be.
pub fn check(platform: &str, data: &[u8]) -> Result<(), aecs_attest::Error> {
    VERIFIER.appraise(&report(platform, data), SystemTime::now()).map(drop)
}

/// Judges evidence today, and on a day on which the collateral of the real evidence was valid.
pub fn evidence(platform: &str, data: &[u8]) {
    let verifier = &*VERIFIER;
    let report = report(platform, data);
    for now in [SystemTime::now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_377_600)] {
        let _ = bounded(data, || verifier.appraise(&report, now));
    }
}

/// Reads a report and its key from JSON and from binary, and judges them.
pub fn auth_report(data: &[u8]) {
    let verifier = &*VERIFIER;
    let now = SystemTime::now();
    let messages = bounded(data, || {
        let from_json = json::from_slice::<UnifiedAttestationAuthReport>(data).ok();
        from_json.into_iter().chain(UnifiedAttestationAuthReport::decode(data).ok())
    });
    for report in messages {
        let _ = bounded(data, || verifier.verify(&report, now));
    }
}

/// Reads a bundle, and content of every kind.
pub fn collateral(data: &[u8]) {
    let now = SystemTime::now();
    let _ = bounded(data, || CollateralBundle::parse(data));
    let tcb = SnpTcb { fmc: None, bootloader: 3, tee: 0, snp: 8, microcode: 115 };
    let (product, signer) = (SnpProduct::Milan, SnpSigner::Vcek);
    let items = [
        CollateralItem::Dcap { tee: IntelTee::Sgx, fmspc: *b"AECSIM", ca: PckCa::Platform },
        CollateralItem::Dcap { tee: IntelTee::Tdx, fmspc: *b"AECSIM", ca: PckCa::Platform },
        CollateralItem::SnpVcek { product, chip_id: vec![7; 64], tcb },
        CollateralItem::SnpChain { product, signer },
        CollateralItem::SnpCrl { product, signer },
        CollateralItem::HygonHskCek { chip_id: "AECSSIMULATION".into() },
    ];
    for item in items {
        let _ = bounded(data, || CollateralEntry::new(item, data, now));
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = bounded(data, || text.parse::<CollateralItem>());
    }
}

/// Reads the answer of an OCSP responder: hashes of the issuer, serial number, answer.
pub fn nvidia_ocsp(data: &[u8]) {
    let mut parts = parts(data);
    let hashes = parts.next().unwrap_or_default();
    let serial = parts.next().unwrap_or_default().to_vec();
    let answer = parts.next().unwrap_or_default();
    let Some((issuer_name, rest)) = hashes.split_first_chunk::<48>() else { return };
    let Some((issuer_key, _)) = rest.split_first_chunk::<48>() else { return };
    let (issuer_name, issuer_key) = (*issuer_name, *issuer_key);
    let item = CollateralItem::NvidiaStatus { issuer_name, issuer_key, serial };
    let _ = bounded(data, || CollateralEntry::new(item, answer, SystemTime::now()));
}

/// Reads reference values.
pub fn nvidia_rim(data: &[u8]) {
    let item = || CollateralItem::NvidiaRim { id: "NV_GPU_DRIVER_GH100_580.95.05".into() };
    let _ = bounded(data, || CollateralEntry::new(item(), data, SystemTime::now()));
}

/// Makes reports of what a host answers: evidence, then a table of certificates. Opens what it
/// gives back as sealed.
pub fn machine(data: &[u8]) {
    static KEY: LazyLock<KeyPair> =
        LazyLock::new(|| KeyPair::generate(Suite::Modern).expect("a key can be made"));
    let request = ReportRequest::passport(UserData([0x5A; 32]), KEY.public());
    let mut parts = parts(data);
    let evidence = parts.next().unwrap_or_default().to_vec();
    let table = parts.next().unwrap_or_default();
    for tee in Tee::ALL {
        let answer = evidence.clone();
        let machine = SimulatedMachine::new(tee, move |report_data| {
            // Where the host did write what it was asked for, reading goes on.
            let mut answer = answer.clone();
            let at = REPORT_DATA_AT[usize::from(answer.len() % 3 == 0)];
            if let Some(slot) = answer.get_mut(at..at + 64) {
                slot.copy_from_slice(report_data);
            }
            answer
        });
        let machine = Arc::new(machine.certificates(table));
        bounded(data, || {
            let Ok(opened) = Host::on(machine).open(Some(tee)) else { return };
            let _ = opened.attester.attest(&request);
            if let Sealing::Sealer(sealer) = opened.sealing {
                let _ = sealer.unseal(b"context", data);
            }
        });
    }
}

/// Where report data stands: in SEV-SNP reports, and in SGX quotes.
const REPORT_DATA_AT: [usize; 2] = [0x50, 48 + 320];

/// Reads policies from JSON and YAML, and kubeconfigs.
pub fn policy(data: &[u8]) {
    bounded(data, || {
        if let Ok(message) = json::from_slice::<UnifiedAttestationPolicy>(data) {
            let _ = Policy::parse(&message);
            let _ = compare(&message, &message);
        }
        if let Ok(text) = std::str::from_utf8(data) {
            let _ = SecretPolicyFile::parse("policy.yaml", text);
            let _ = Kubeconfig::parse("admin.kubeconfig", text);
        }
    });
}

/// Opens files of recovery shares, the encrypted part alone as well, and reads identities and recipients
/// of age.
pub fn recovery_share(data: &[u8]) {
    static IDENTITIES: LazyLock<Vec<age::Identity>> =
        LazyLock::new(|| vec![age::Identity::generate().expect("keys can be made")]);
    bounded(data, || {
        let Ok(text) = std::str::from_utf8(data) else { return };
        assert!(recovery::open_file(text, &IDENTITIES).is_err(), "a forged share was opened");
        for identity in &*IDENTITIES {
            assert!(identity.decrypt(text).is_err(), "a forged file was opened");
        }
        let _ = age::Identity::of_file(text);
        if let Ok(recipient) = text.parse::<age::Recipient>() {
            assert_eq!(recipient.to_string(), text);
        }
    });
}

/// The parties to the sessions of [`session`].
static PARTIES: LazyLock<Parties<'static>> = LazyLock::new(|| {
    let key = KeyPair::generate(Suite::Modern).expect("keys can be made").public().fingerprint();
    Parties {
        application: key,
        server: key,
        deployment: &[7; 32],
        boot_nonce: &[8; 32],
        nonce: &[9; 16],
    }
});

/// A session whose ends are in the same hands.
static SESSION: LazyLock<(ServerEnd, ClientEnd)> = LazyLock::new(|| {
    let parties = *PARTIES;
    let terms = Terms { evidence_until_ms: i64::MAX, lifetime_ms: 600_000 };
    let share = Share::generate().expect("keys can be made");
    let (server, offered) = ServerEnd::begin(share.public(), parties, terms).expect("it begins");
    (server, share.begin(parties, &offered).expect("it begins"))
});

/// Takes requests and answers of a session that nobody in it has made, and begins sessions with what
/// somebody offers. A request that was made in it is taken after any change of its code only if the
/// change is none.
pub fn session(data: &[u8]) {
    let (server, client) = &*SESSION;
    let (genuine, asked) = client.ask("TaGetSecret", "{}".into(), None).expect("it can be asked");
    bounded(data, || {
        for request in TaSessionCallRequest::decode(data).ok().into_iter().chain([
            TaSessionCallRequest { mac: data.to_vec(), ..genuine.clone() },
            TaSessionCallRequest { session_id: data.to_vec(), ..genuine.clone() },
        ]) {
            let same = request == genuine;
            assert!(same || server.accept(&request).is_err(), "a forged request was taken");
        }
        if let Ok(answer) = TaSessionCallResponse::decode(data) {
            assert!(client.open(&asked, &answer).is_err(), "a forged answer was opened");
        }
        if let (Ok(offered), Ok(share)) = (TaSession::decode(data), Share::generate()) {
            let _ = share.begin(Parties { nonce: data, ..*PARTIES }, &offered);
        }
    });
}

/// Reads keys, and opens envelopes with a key of each suite and ciphertexts of a key in place.
pub fn envelope(data: &[u8]) {
    static IN_PLACE: LazyLock<Material> =
        LazyLock::new(|| Material::AesKey(generate::aes256().expect("keys can be made")));
    let place = Place { deployment: &[7; 32], service: "shop", secret: "cards", version: 1 };
    static KEYS: LazyLock<Vec<KeyPair>> = LazyLock::new(|| {
        Suite::ALL.map(|suite| KeyPair::generate(suite).expect("keys can be made")).into()
    });
    let keys = &*KEYS;
    bounded(data, || {
        if let Ok(text) = std::str::from_utf8(data) {
            let _ = PublicKey::from_pem(text);
            let _ = KeyPair::from_private_pem(text);
            if let (Ok(sealed), Ok(key)) = (text.parse::<Versioned>(), Key::new(place, &IN_PLACE)) {
                assert_eq!(sealed.to_string(), text);
                assert!(key.decrypt(&sealed.bytes, b"").is_err());
                assert!(key.unwrap(&sealed.bytes, b"").is_err());
            }
        }
        let from_json = json::from_slice::<DigitalEnvelopeEncrypted>(data).ok();
        for message in from_json.into_iter().chain(DigitalEnvelopeEncrypted::decode(data).ok()) {
            for key in keys {
                let _ = digital_envelope::open(Purpose::TA_REQUEST, key, &message);
            }
        }
    });
}

/// Reads what is sent for a function, and what is answered. The first byte says which message; every
/// function has two, and some messages belong to none.
pub fn messages(data: &[u8]) {
    let Some((&which, message)) = data.split_first() else { return };
    let mut reading = Reading { before: usize::from(which), data: message };
    reading.read::<GetAecsStatusRequest>();
    reading.read::<GetEnclaveSecretPublicRequest>();
    reading.read::<AdminRemoteCallRequest>();
    reading.read::<AdminRemoteCallReqWithAuth>();
    reading.read::<TaRemoteCallRequest>();
    reading.read::<TaSessionCallRequest>();
    reading.read::<KeyOperations>();
    Function::visit_all(&mut reading);
}

/// Reads one message of several.
struct Reading<'a> {
    /// How many messages come before it.
    before: usize,
    data: &'a [u8],
}

impl Reading<'_> {
    fn read<M: Message + Default + json::JsonMessage>(&mut self) {
        let data = self.data;
        if self.before == 0 {
            let _ = bounded(data, || M::decode(data).map(|message| json::to_string(&message)));
            let _ = bounded(data, || json::from_slice::<M>(data));
        }
        self.before = self.before.wrapping_sub(1);
    }
}

impl FunctionVisitor for Reading<'_> {
    fn visit<R: FunctionRequest>(&mut self) {
        self.read::<R>();
        self.read::<R::Response>();
    }
}

/// Reads a page of the vault's tree, searches it and writes it again.
pub fn vault_page(data: &[u8]) {
    bounded(data, || fuzzing::page(data));
}

/// Reads a root of the vault, and what else it names.
pub fn vault_root(data: &[u8]) {
    bounded(data, || fuzzing::root(data));
}
