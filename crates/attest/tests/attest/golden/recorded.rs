//! Evidence of real hardware, where there are vectors.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_attest::{Platform, Verifier, VerifierBuilder};
use aecs_proto::{
    ArmCcaReport, DcapReport, IntelTdxReport, NvidiaGpuReport, SevSnpEndorsements, SevSnpReport,
    UnifiedAttestationReport, json,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use aecs_sim::vectors::{self, azure::Recording, intel};

use super::Case;

/// 2025-06-20 and 2026-02-20.
const JUNE: u64 = 1_750_377_600;
const FEBRUARY: u64 = 1_771_545_600;

pub(crate) fn cases() -> Vec<Case> {
    let snp = [
        snp("recorded SEV_SNP", "snp/report.bin", "snp/vcek.der"),
        snp("recorded SEV_SNP of a cloud", "snp/vlek-report.bin", "snp/vlek.der"),
        azure("recorded AZURE_SNP_VTPM of Milan", "azure/snp-evidence-v2.json"),
        azure("recorded AZURE_SNP_VTPM of Genoa", "azure/snp-evidence-genoa.json"),
    ];
    let intel = [
        tdx("recorded TDX", "tdx/quote.bin", "tdx/collateral.json", JUNE),
        tdx(
            "recorded TDX out of date",
            "tdx/quote-tcb-outdated.bin",
            "tdx/collateral-tcb-outdated.json",
            FEBRUARY,
        ),
        sgx("recorded SGX_DCAP", "sgx/quote.bin", "sgx/collateral.json"),
    ];
    let others = [cca("recorded ARM_CCA"), gpu("recorded NVIDIA_GPU")];
    snp.into_iter().chain(intel).chain(others).flatten().collect()
}

fn case(
    name: &'static str,
    verifier: VerifierBuilder,
    (platform, seconds): (Platform, u64),
    report: &impl json::JsonMessage,
) -> Case {
    let report = UnifiedAttestationReport {
        str_report_version: "1.0".into(),
        str_report_type: "Passport".into(),
        str_tee_platform: platform.as_str().into(),
        json_report: json::to_string(report),
        ..Default::default()
    };
    let now: SystemTime = UNIX_EPOCH + Duration::from_secs(seconds);
    (name, verifier.build().unwrap().appraise(&report, now).expect(name))
}

fn by_vendors() -> VerifierBuilder {
    Verifier::builder().vendor_roots()
}

fn snp(name: &'static str, report: &str, vek: &str) -> Option<Case> {
    let endorsements = SevSnpEndorsements {
        b64_vek_cert: STANDARD.encode(vectors::read(vek)?),
        ..Default::default()
    };
    let report = SevSnpReport {
        b64_report: STANDARD.encode(vectors::read(report)?),
        json_endorsements: json::to_string(&endorsements),
    };
    let verifier = by_vendors().insecure_no_revocation_list();
    Some(case(name, verifier, (Platform::SevSnp, JUNE), &report))
}

fn azure(name: &'static str, file: &str) -> Option<Case> {
    let Recording { mut report, vcek } = Recording::parse(&vectors::read(file)?);
    let endorsements =
        SevSnpEndorsements { b64_vek_cert: STANDARD.encode(vcek), ..Default::default() };
    report.json_endorsements = json::to_string(&endorsements);
    let verifier = by_vendors().insecure_no_revocation_list();
    Some(case(name, verifier, (Platform::AzureSnp, JUNE), &report))
}

fn tdx(name: &'static str, quote: &str, collateral: &str, seconds: u64) -> Option<Case> {
    let report = IntelTdxReport {
        b64_quote: STANDARD.encode(vectors::read(quote)?),
        json_collateral: json::to_string(&intel::collateral(collateral, 0x81)?),
        ..Default::default()
    };
    Some(case(name, by_vendors(), (Platform::Tdx, seconds), &report))
}

fn sgx(name: &'static str, quote: &str, collateral: &str) -> Option<Case> {
    let report = DcapReport {
        b64_quote: STANDARD.encode(vectors::read(quote)?),
        json_collateral: json::to_string(&intel::collateral(collateral, 0)?),
    };
    Some(case(name, by_vendors(), (Platform::SgxDcap, JUNE), &report))
}

fn cca(name: &'static str) -> Option<Case> {
    let report = ArmCcaReport { b64_token: STANDARD.encode(vectors::read("cca/token.cbor")?) };
    let verifier = Verifier::builder().root(Platform::ArmCca, vectors::read("cca/cpak-pub.json")?);
    Some(case(name, verifier, (Platform::ArmCca, JUNE), &report))
}

fn gpu(name: &'static str) -> Option<Case> {
    let report = String::from_utf8(vectors::read("nvidia/hopper-report.txt")?).unwrap();
    let report = NvidiaGpuReport {
        b64_report: STANDARD.encode(hex::decode(report.trim()).unwrap()),
        pem_cert_chain: String::from_utf8(vectors::read("nvidia/hopper-chain.txt")?).unwrap(),
    };
    Some(case(name, by_vendors(), (Platform::NvidiaGpu, JUNE), &report))
}
