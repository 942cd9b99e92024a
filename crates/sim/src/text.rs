//! Bytes and reports as text.

use aecs_attest::{Platform, ReportType};
use aecs_proto::UnifiedAttestationReport;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pem::{EncodeConfig, LineEnding, Pem};

/// Base64 with padding.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// A certificate in PEM.
pub(crate) fn certificate_pem(der: &[u8]) -> String {
    pem_block("CERTIFICATE", der)
}

/// A block of PEM.
pub(crate) fn pem_block(label: &str, der: &[u8]) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new(label, der), config)
}

/// A Passport report that nobody asked for.
pub(crate) fn passport(platform: Platform, json_report: String) -> UnifiedAttestationReport {
    UnifiedAttestationReport {
        str_report_version: "1.0".into(),
        str_report_type: ReportType::Passport.as_str().into(),
        str_tee_platform: platform.as_str().into(),
        json_report,
        ..Default::default()
    }
}
