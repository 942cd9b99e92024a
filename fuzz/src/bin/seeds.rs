//! Writes first inputs for the fuzzer: `seeds CORPUS [VECTORS]`.
//!
//! Evidence of simulated machines, whose roots the targets then trust, and real evidence where
//! there is any.

//!
//! A target as the others, since everything here is built for the fuzzing engine; but it ends
//! before the fuzzing begins.

#![no_main]
#![allow(unreachable_code, reason = "the macro goes on where this ends")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    Attester as _, CollateralBundle, CollateralItem, CollateralRecorder, Platform, ReportRequest,
    SnpProduct, UserData, Verifier,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_fuzz::CUT;
use aecs_proto::{
    DeploymentState, TaSession, TaSessionCallRequest, TaSessionCallResponse,
    UnifiedAttestationAuthReport, UnifiedAttestationReport,
};
use aecs_sim::{
    CpuOptions, CsvGuest, CsvOptions, EnclaveIdentity, GpuModel, GpuReport, HyperEnclaveOptions,
    IasAnswer, IasOptions, KunpengApplication, KunpengOptions, KunpengScenario, OcspAnswer,
    OcspStatus, SimulatedAmd, SimulatedAzure, SimulatedCca, SimulatedCpu, SimulatedCsv,
    SimulatedGpu, SimulatedHyperEnclave, SimulatedIas, SimulatedKunpeng, SimulatedNitro,
    SimulatedSnp, TdIdentity, aecs20_simulation_report,
};
use aecs_vault::fuzzing;
use prost::Message as _;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

libfuzzer_sys::fuzz_target!(
    init: {
        let code = match write() {
            Ok(()) => 0,
            Err(error) => {
                eprintln!("error: {error}");
                1
            }
        };
        process::exit(code)
    },
    |_data: &[u8]| {}
);

fn write() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let corpus = arguments.next().ok_or("usage: seeds CORPUS [VECTORS]")?;
    if let Some(vectors) = arguments.next() {
        real(&corpus, &vectors)?;
    }
    forged(&corpus)?;
    plain(&corpus)
}

/// Evidence of simulated machines; their roots go where the targets look for them.
fn forged(corpus: &Path) -> Result<()> {
    let key = KeyPair::generate(Suite::Modern)?;
    let request = ReportRequest::passport(UserData([0x5A; 32]), key.public());
    let whole = |report: UnifiedAttestationAuthReport| report.report.ok_or("a report is missing");
    let mut seeds: Vec<(UnifiedAttestationReport, Vec<u8>)> = Vec::new();

    let dir = tempfile::tempdir()?;
    let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default())?;
    let root = cpu.root_der();
    let enclave = cpu.enclave(EnclaveIdentity::default());
    seeds.push((whole(enclave.attest(&request)?)?, root.into()));
    let identity = TdIdentity::default().with_events(&[(0, b"firmware"), (2, b"program")]);
    let trust_domain = cpu.trust_domain(identity);
    seeds.push((whole(trust_domain.attest(&request)?)?, root.into()));
    let azure_tdx = SimulatedAzure::on_tdx(trust_domain.clone())?;
    seeds.push((whole(azure_tdx.attest(&request)?)?, root.into()));

    let amd = SimulatedAmd::generate()?;
    let root = amd.root_der(SnpProduct::Genoa);
    let snp = SimulatedSnp::new(&amd, SnpProduct::Genoa)?;
    seeds.push((whole(snp.attest(&request)?)?, root.into()));
    let azure_snp = SimulatedAzure::on_snp(snp.clone())?;
    seeds.push((whole(azure_snp.attest(&request)?)?, root.into()));

    let chip = SimulatedCsv::new(&CsvOptions::default())?;
    let guest = chip.guest(CsvGuest::default());
    seeds.push((whole(guest.attest(&request)?)?, chip.root().into()));

    let identity = EnclaveIdentity::default();
    let ias = SimulatedIas::new(IasOptions::default())?;
    let passport = ias.passport(&IasAnswer::default(), &identity, &request)?;
    seeds.push((whole(passport)?, ias.root_der().into()));
    let hyper_enclave = SimulatedHyperEnclave::new(HyperEnclaveOptions::default())?;
    let report = hyper_enclave.attest_enclave(&identity, &request)?;
    seeds.push((whole(report)?, hyper_enclave.root_der().into()));
    let kunpeng = SimulatedKunpeng::new(&KunpengOptions::default())?;
    let application = KunpengApplication::default();
    let report = kunpeng.attest(KunpengScenario::Device, &application, &request)?;
    seeds.push((whole(report)?, kunpeng.root_der().into()));

    let nitro = SimulatedNitro::new()?;
    seeds.push((whole(nitro.attest(&request)?)?, nitro.root_der().into()));
    let cca = SimulatedCca::new()?;
    seeds.push((whole(cca.attest(&request)?)?, cca.cpak_der()));
    let gpu = Arc::new(SimulatedGpu::new(GpuModel::Hopper)?);
    let report = gpu.report(&GpuReport::new([0x5A; 32]))?;
    seeds.push((SimulatedGpu::evidence(&report, &gpu.chain_pem()), gpu.root_der().into()));

    // What a verifier asks about one of its certificates.
    let recorder = Arc::new(CollateralRecorder::new(gpu.clone()));
    let verifier = Verifier::builder()
        .simulated_platform_root(Platform::NvidiaGpu, gpu.root_der())
        .collateral(recorder.clone())
        .build()?;
    verifier.appraise(&SimulatedGpu::evidence(&report, &gpu.chain_pem()), SystemTime::now())?;
    let is_status = |item: &CollateralItem| matches!(item, CollateralItem::NvidiaStatus { .. });
    let item = recorder.take().into_iter().map(|asked| asked.item).find(is_status);
    let item = item.ok_or("nothing was asked")?;
    let CollateralItem::NvidiaStatus { issuer_name, issuer_key, serial } = &item else {
        return Err("nothing was asked".into());
    };
    let hashes = [*issuer_name, *issuer_key].concat();
    for (name, status) in [
        ("good", OcspStatus::Good),
        ("revoked", OcspStatus::Revoked(SystemTime::now(), Some(6))),
        ("unknown", OcspStatus::Unknown),
    ] {
        let answer = gpu.status(&item, &OcspAnswer::new(status))?;
        put(corpus, "nvidia_ocsp", name, &[&hashes, serial, &answer])?;
    }

    let rim = gpu.rim(&SimulatedGpu::good_rim("NV_GPU_DRIVER_GH100_580.95.05"))?;
    put(corpus, "nvidia_rim", "driver", &[&rim])?;
    put(
        corpus,
        "nvidia_rim",
        "odd",
        &[b"<a xmlns='u:1'><b:c xmlns:b=\"u:2\" b:d='&#10;'/>&amp;</a>"],
    )?;

    put(corpus, "machine", "snp", &[&snp.raw_report(&[0x5A; 64])?, &[0; 24]])?;
    put(corpus, "machine", "sgx", &[&enclave.quote([0x5A; 64])?])?;
    put(corpus, "machine", "tdx", &[&trust_domain.quote([0x5A; 64])?])?;
    put(corpus, "collateral", "vcek", &[&snp.vek_der()?])?;
    put(corpus, "collateral", "crl", &[&snp.crl_der()?])?;
    put(corpus, "collateral", "hygon", &[&chip.hsk_cek()])?;
    put(corpus, "collateral", "bundle", &[&CollateralBundle::default().to_json()?])?;

    // All roots are there before the first verdict, which reads them.
    for (report, root) in &seeds {
        let file = aecs_fuzz::root_file(&report.str_tee_platform);
        fs::create_dir_all(file.parent().unwrap_or(Path::new("")))?;
        fs::write(file, root)?;
    }
    for (report, _) in &seeds {
        let platform = report.str_tee_platform.as_str();
        let input = aecs_fuzz::input(report).ok_or("a report has parts that no input has")?;
        aecs_fuzz::check(platform, &input).map_err(|error| format!("{platform}: {error:?}"))?;
        put(corpus, &target(platform), "forged", &[&input])?;
    }
    // The roots are nothing to these. The longer one is cut to the shorter form.
    let quote = whole(aecs20_simulation_report(&EnclaveIdentity::default(), &request)?)?;
    let quote = aecs_fuzz::input(&quote).ok_or("a report has parts that no input has")?;
    let (unsigned, _) = quote.split_at_checked(432).ok_or("a quote is too short")?;
    let short = [unsigned, &64_u32.to_le_bytes(), &[0x5A; 64]].concat();
    for (name, quote) in [("aecs20-sdk", quote.as_slice()), ("aecs20-short", &short)] {
        aecs_fuzz::check("SGX_EPID", quote).map_err(|error| format!("{name}: {error:?}"))?;
        put(corpus, "sgx_epid", name, &[quote])?;
    }
    Ok(())
}

/// The target of a platform: `sev_snp` for `SEV_SNP`.
fn target(platform: &str) -> String {
    match platform {
        "HyperEnclave" => "hyper_enclave".into(),
        "AZURE_SNP_VTPM" => "azure_snp".into(),
        "AZURE_TDX_VTPM" => "azure_tdx".into(),
        other => other.to_lowercase(),
    }
}

/// Evidence of real machines.
fn real(corpus: &Path, vectors: &Path) -> Result<()> {
    let read = |name: &str| fs::read(vectors.join(name));
    let base64 = |text: &str| {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE};
        STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text))
    };
    put(corpus, "sgx_dcap", "occlum", &[&read("sgx/occlum-quote.bin")?])?;
    let collateral = dcap_collateral(&read("sgx/collateral.json")?)?;
    put(corpus, "sgx_dcap", "real", &with(&[&read("sgx/quote.bin")?], &collateral))?;
    for (quote, collateral) in [
        ("tdx/quote.bin", "tdx/collateral.json"),
        ("tdx/quote-tcb-outdated.bin", "tdx/collateral-tcb-outdated.json"),
        ("tdx/quote-v5.bin", "tdx/collateral.json"),
    ] {
        let collateral = dcap_collateral(&read(collateral)?)?;
        let name = quote.replace('/', "-");
        put(corpus, "tdx", &name, &with(&[&read(quote)?, &[]], &collateral))?;
    }
    let event_log: Vec<u8> = read("tdx/ccel.bin")?.into_iter().take(32 * 1024).collect();
    put(corpus, "tdx", "ccel", &[&read("tdx/quote.bin")?, &event_log])?;
    put(corpus, "sev_snp", "vcek", &[&read("snp/report.bin")?, &read("snp/vcek.der")?])?;
    put(corpus, "sev_snp", "vlek", &[&read("snp/vlek-report.bin")?, &read("snp/vlek.der")?])?;
    put(corpus, "arm_cca", "example", &[&read("cca/token.cbor")?])?;
    put(
        corpus,
        "nvidia_gpu",
        "hopper",
        &[
            &hex::decode(read("nvidia/hopper-report.txt")?.trim_ascii())?,
            &read("nvidia/hopper-chain.txt")?,
        ],
    )?;
    let csv: serde_json::Value = serde_json::from_slice(&read("csv/evidence.json")?)?;
    put(
        corpus,
        "csv",
        "real",
        &[&bytes(&csv["attestation_report"]["data"]), &bytes(&csv["serial_number"])],
    )?;
    for (target, file) in [("azure_snp", "snp-evidence-v2"), ("azure_tdx", "tdx-evidence-v1")] {
        let evidence: serde_json::Value =
            serde_json::from_slice(&read(&format!("azure/{file}.json"))?)?;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let quote = &evidence["tpm_quote"];
        let pcrs: String = quote["pcrs"].as_array().into_iter().flatten().map(text).collect();
        let hcl_report = base64(&text(&evidence["hcl_report"]))?;
        let message = hex::decode(text(&quote["message"]))?;
        let signature = hex::decode(text(&quote["signature"]))?;
        let pcrs = hex::decode(pcrs)?;
        let hardware = base64(&text(if target == "azure_snp" {
            &evidence["vcek"]
        } else {
            &evidence["td_quote"]
        }))?;
        put(corpus, target, "real", &[&hcl_report, &message, &signature, &pcrs, &hardware])?;
    }
    Ok(())
}

/// Inputs of the targets that read no evidence.
fn plain(corpus: &Path) -> Result<()> {
    put(
        corpus,
        "policy",
        "json",
        &[br#"{"main_attributes":[{"hex_ta_measurement":"AB","str_min_tcb":"snp=8"}]}"#],
    )?;
    put(
        corpus,
        "policy",
        "yaml",
        &[b"apiVersion: v1\nkind: SecretPolicy\nsecrets:\n  - spec:\n      name: key\n      type: SECRET_TYPE_AES256_KEY\n      service: service1\n      policy:\n        enclaveMatchAnyRules:\n          - mrenclave: AB\n"],
    )?;
    let file = include_bytes!("../../../crates/crypto/tests/vectors/age/one_recipient.age");
    put(corpus, "recovery_share", "age", &[file])?;
    let head = format!(
        "AECS recovery share, version 1\ndeployment: {}\nrevision: 1\nepoch: 2\nshare: 1 of 3\n\
         needed: 2\nholder: alice\n\n",
        "AB".repeat(32)
    );
    put(corpus, "recovery_share", "share", &[&[head.as_bytes(), file].concat()])?;
    put(
        corpus,
        "messages",
        "ta",
        &[br#"{"functionName":"TaGetSecret","reqJson":"{}","signatureB64":"AA=="}"#],
    )?;
    let session = TaSessionCallRequest {
        session_id: vec![1; 16],
        counter: 1,
        function_name: "TaGetSecret".to_owned(),
        req_json: r#"{"serviceName":"s","secretName":"n"}"#.to_owned(),
        remembered: Some(DeploymentState { epoch: 1, chain: vec![2; 32], settings_revision: 1 }),
        mac: vec![3; 32],
    };
    put(corpus, "session", "request", &[&session.encode_to_vec()])?;
    let answer = TaSessionCallResponse { random: vec![4; 32], sealed: vec![5; 100] };
    put(corpus, "session", "answer", &[&answer.encode_to_vec()])?;
    let (id, share) = (vec![1; 16], vec![9; 32]);
    let offered = TaSession { id, share, evidence_until_ms: 1, lifetime_ms: 2 };
    put(corpus, "session", "offer", &[&offered.encode_to_vec()])?;
    for (number, page) in fuzzing::pages().iter().enumerate() {
        put(corpus, "vault_page", &number.to_string(), &[page.as_slice()])?;
    }
    for (number, root) in fuzzing::roots().iter().enumerate() {
        put(corpus, "vault_root", &number.to_string(), &[root.as_slice()])?;
    }
    put(corpus, "auth_report", "json", &[br#"{"report":{"str_report_version":"1.0","str_report_type":"Passport","str_tee_platform":"SGX_DCAP","json_report":"{}"},"pem_public_key":"K"}"#])
}

/// The parts of a collateral file as the verifying library writes it.
fn dcap_collateral(file: &[u8]) -> Result<Vec<Vec<u8>>> {
    let file: serde_json::Value = serde_json::from_slice(file)?;
    let text = |name: &str| file[name].as_str().unwrap_or_default().to_owned();
    let signed = |name: &str, body: &str| {
        format!(
            r#"{{"{name}":{},"signature":"{}"}}"#,
            text(body),
            text(&format!("{body}_signature"))
        )
    };
    Ok([
        text("pck_crl_issuer_chain"),
        text("root_ca_crl"),
        text("pck_crl"),
        text("tcb_info_issuer_chain"),
        signed("tcbInfo", "tcb_info"),
        text("qe_identity_issuer_chain"),
        signed("enclaveIdentity", "qe_identity"),
    ]
    .map(String::into_bytes)
    .into())
}

fn bytes(list: &serde_json::Value) -> Vec<u8> {
    let byte = |value: &serde_json::Value| value.as_u64().and_then(|byte| u8::try_from(byte).ok());
    list.as_array().into_iter().flatten().filter_map(byte).collect()
}

fn with<'a>(first: &[&'a [u8]], rest: &'a [Vec<u8>]) -> Vec<&'a [u8]> {
    first.iter().copied().chain(rest.iter().map(Vec::as_slice)).collect()
}

fn put(corpus: &Path, target: &str, name: &str, parts: &[&[u8]]) -> Result<()> {
    let folder = corpus.join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), parts.join(CUT))?;
    Ok(())
}
