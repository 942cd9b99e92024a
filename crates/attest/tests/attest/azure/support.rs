//! Simulated machines, and their evidence in parts.

use std::sync::LazyLock;
use std::time::SystemTime;

use aecs_attest::{Appraised, Error, Platform, SnpProduct, Verified, Verifier};
use aecs_proto::{AzureVtpmReport, UnifiedAttestationReport, json};
use aecs_sim::{SimulatedAmd, SimulatedAzure, SimulatedSnp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(crate) static AMD: LazyLock<SimulatedAmd> = LazyLock::new(|| SimulatedAmd::generate().unwrap());

pub(crate) const REPORT_DATA: [u8; 64] = [0x5A; 64];

pub(crate) fn guest() -> SimulatedSnp {
    SimulatedSnp::new(&AMD, SnpProduct::Genoa).unwrap()
}

pub(crate) fn machine() -> SimulatedAzure {
    SimulatedAzure::on_snp(guest()).unwrap()
}

pub(crate) fn verifier() -> Verifier {
    let root = AMD.root_der(SnpProduct::Genoa);
    Verifier::builder().simulated_platform_root(Platform::AzureSnp, root).build().unwrap()
}

pub(crate) fn envelope(
    platform: Platform,
    report_type: &str,
    report: &AzureVtpmReport,
) -> UnifiedAttestationReport {
    UnifiedAttestationReport {
        str_report_version: "1.0".into(),
        str_report_type: report_type.into(),
        str_tee_platform: platform.as_str().into(),
        json_report: json::to_string(report),
        json_nested_reports: String::new(),
    }
}

/// Judges evidence of a machine on SEV-SNP as a passport.
pub(crate) fn appraise(
    verifier: &Verifier,
    report: &AzureVtpmReport,
    now: SystemTime,
) -> Result<Verified<Appraised>, Error> {
    verifier.appraise(&envelope(Platform::AzureSnp, "Passport", report), now)
}

/// Changes the bytes behind a text in Base64.
pub(crate) fn change(text: &mut String, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = STANDARD.decode(&*text).unwrap();
    change(&mut bytes);
    *text = STANDARD.encode(bytes);
}
