//! Bytes, times and reports as text.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_attest::{Error, Platform, ReportType, Result};
use aecs_proto::UnifiedAttestationReport;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pem::{EncodeConfig, LineEnding, Pem};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

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

/// Whole seconds since 1970.
pub(crate) fn unix_seconds(time: SystemTime) -> Result<u64> {
    time.duration_since(UNIX_EPOCH).map(|since| since.as_secs()).map_err(|_| Error::Clock)
}

/// The time that many seconds after 1970, as far as there is one.
pub(crate) fn from_unix_seconds(seconds: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH)
}

/// Text of a time, to the second, in UTC; empty for one outside 1970 to 9999.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let seconds = unix_seconds(time).ok().and_then(|seconds| i64::try_from(seconds).ok());
    seconds
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
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
