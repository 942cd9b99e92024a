//! Making reports: who asks for one, and who can make one.

use std::str::FromStr;

use aecs_crypto::PublicKey;
use aecs_proto::{
    UnifiedAttestationAuthReport, UnifiedAttestationNestedReports, UnifiedAttestationReport, json,
};

use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::platform::Platform;

/// Version of the report format ("str_report_version").
pub(crate) const REPORT_VERSION: &str = "1.0";

/// 32 bytes of the attester's own choice in its report.
///
/// Together with the SHA-256 of a public key they fill the 64 bytes of report data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UserData(pub [u8; 32]);

/// Not the hexadecimal digits of user data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotUserData {
    /// Other characters, or half a byte.
    #[error("write hexadecimal digits, two for each byte")]
    Digits,
    /// More than there is room for.
    #[error("user data is at most 32 bytes")]
    Length,
}

/// Hexadecimal digits; what is missing at the end is zero.
impl FromStr for UserData {
    type Err = NotUserData;

    fn from_str(text: &str) -> std::result::Result<Self, NotUserData> {
        let given = hex::decode(text).map_err(|_| NotUserData::Digits)?;
        let mut data = [0; 32];
        data.get_mut(..given.len()).ok_or(NotUserData::Length)?.copy_from_slice(&given);
        Ok(Self(data))
    }
}

/// The 64 bytes that evidence binds: 32 of the attester's own choice and the hash of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportData {
    /// The attester's own 32 bytes.
    pub user_data: UserData,
    /// SHA-256 of the PEM text of its public key.
    pub key_hash: Fingerprint,
}

impl ReportData {
    /// The bytes, as they stand in evidence.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 64] {
        let mut bytes = [0; 64];
        let (user_data, key_hash) = bytes.split_at_mut(32);
        user_data.copy_from_slice(&self.user_data.0);
        key_hash.copy_from_slice(&self.key_hash.0);
        bytes
    }
}

impl From<[u8; 64]> for ReportData {
    fn from(bytes: [u8; 64]) -> Self {
        let mut data = Self { user_data: UserData([0; 32]), key_hash: Fingerprint([0; 32]) };
        let (user_data, key_hash) = bytes.split_at(32);
        data.user_data.0.copy_from_slice(user_data);
        data.key_hash.0.copy_from_slice(key_hash);
        data
    }
}

aecs_proto::named! {
    /// Whether a report brings the endorsements it is verified with, with the name on the wire.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum ReportType {
        /// Evidence alone; the verifier finds the endorsements.
        BackgroundCheck = "BackgroundCheck",
        /// Evidence and endorsements.
        Passport = "Passport",
    }
}

impl ReportType {
    pub(crate) fn parse(name: &str) -> Result<Self> {
        Self::named(name).ok_or_else(|| match name {
            "Uas" => Error::Unsupported { what: "report type Uas".into() },
            _ => Error::malformed("report type", "not the name of a report type"),
        })
    }
}

/// What a report shall say.
#[derive(Debug, Clone, Copy)]
pub struct ReportRequest<'a> {
    /// The attester's own 32 bytes.
    pub user_data: UserData,
    /// The key that the report binds: its holder is the attester.
    pub public_key: &'a PublicKey,
    /// With or without endorsements.
    pub report_type: ReportType,
    /// Results of other attesters, signed by the key of this report with
    /// [`sign_nested_results`](crate::sign_nested_results).
    pub nested: Option<&'a UnifiedAttestationNestedReports>,
}

impl<'a> ReportRequest<'a> {
    /// What the evidence shall bind.
    #[must_use]
    pub fn report_data(&self) -> ReportData {
        let key_hash = Fingerprint(*self.public_key.fingerprint().as_bytes());
        ReportData { user_data: self.user_data, key_hash }
    }

    /// The report that answers the request with a platform's evidence.
    #[must_use]
    pub fn answer(&self, platform: Platform, json_report: String) -> UnifiedAttestationAuthReport {
        UnifiedAttestationAuthReport {
            report: Some(UnifiedAttestationReport {
                str_report_version: REPORT_VERSION.into(),
                str_report_type: self.report_type.as_str().into(),
                str_tee_platform: platform.as_str().into(),
                json_report,
                json_nested_reports: self.nested.map(json::to_string).unwrap_or_default(),
            }),
            pem_public_key: self.public_key.pem().into(),
        }
    }

    /// A Passport report for a key.
    #[must_use]
    pub fn passport(user_data: UserData, public_key: &'a PublicKey) -> Self {
        Self { user_data, public_key, report_type: ReportType::Passport, nested: None }
    }
}

/// Something that can prove what it is.
pub trait Attester: Send + Sync {
    /// The platform its reports are of.
    fn platform(&self) -> Platform;

    /// Makes a report. Blocks for as long as the platform's quoting takes.
    ///
    /// # Errors
    ///
    /// When the platform cannot make one.
    fn attest(&self, request: &ReportRequest<'_>) -> Result<UnifiedAttestationAuthReport>;
}
