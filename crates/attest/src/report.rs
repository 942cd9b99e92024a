//! Making reports: who asks for one, who can make one, and who can seal.

use std::fmt;
use std::sync::Arc;

use aecs_crypto::{PublicKey, SecretBytes};
use aecs_proto::{
    UnifiedAttestationAuthReport, UnifiedAttestationNestedReports, UnifiedAttestationReport, json,
};

use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::platform::Platform;
use crate::sealing::SealingRules;

/// Version of the report format ("str_report_version").
pub(crate) const REPORT_VERSION: &str = "1.0";

/// 32 bytes of the attester's own choice in its report.
///
/// Together with the SHA-256 of a public key they fill the 64 bytes of report data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UserData(pub [u8; 32]);

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

/// Whether a report brings the endorsements it is verified with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReportType {
    /// Evidence alone; the verifier finds the endorsements.
    BackgroundCheck,
    /// Evidence and endorsements.
    Passport,
}

impl ReportType {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BackgroundCheck => "BackgroundCheck",
            Self::Passport => "Passport",
        }
    }

    pub(crate) fn parse(name: &str) -> Result<Self> {
        match name {
            "BackgroundCheck" => Ok(Self::BackgroundCheck),
            "Passport" => Ok(Self::Passport),
            "Uas" => Err(Error::Unsupported { what: "report type Uas".into() }),
            _ => Err(Error::malformed("report type", "not the name of a report type")),
        }
    }
}

/// What a report shall say.
#[derive(Debug, Clone, Copy)]
pub struct ReportRequest<'a> {
    /// The attester's own 32 bytes.
    pub user_data: UserData,
    /// The key that the report binds: who holds it speaks for the attester.
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
    pub(crate) fn answer(
        &self,
        platform: Platform,
        json_report: String,
    ) -> UnifiedAttestationAuthReport {
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

/// Whom sealed data is for, on the CPU that sealed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SealTo {
    /// This very code (MRENCLAVE on SGX).
    Enclave,
    /// Every enclave of this signer and product (MRSIGNER on SGX).
    Signer,
}

/// Something that can keep data for itself over a restart.
///
/// Data sealed at a security version opens at that version and later ones, except under Gramine,
/// which gives the keys of the present versions only.
pub trait Sealer: Send + Sync {
    /// Seals; `context` has to be the same for [`Sealer::unseal`] and is not kept with the data.
    ///
    /// # Errors
    ///
    /// When the platform cannot seal.
    fn seal(&self, to: SealTo, context: &[u8], plain: &[u8]) -> Result<Vec<u8>>;

    /// Opens what [`Sealer::seal`] made.
    ///
    /// # Errors
    ///
    /// [`Error::SealedElsewhere`] for another enclave's or CPU's data, [`Error::SealedByNewer`]
    /// for data of a later security version, [`Error::Crypto`] for another context or changed
    /// data, [`Error::Malformed`] for anything else.
    fn unseal(&self, context: &[u8], sealed: &[u8]) -> Result<SecretBytes>;
}

/// What a platform has to seal with.
#[derive(Clone)]
pub enum Sealing {
    /// Keys of its own.
    Sealer(Arc<dyn Sealer>),
    /// Nothing: what this process knows ends with it, unless somebody else knows it.
    Unavailable {
        /// Why that is so.
        reason: String,
    },
}

/// What a platform seals with under the rules that somebody decides about.
pub trait Seals: Send + Sync {
    /// What opens everything that this program has sealed, whatever the rules were then.
    fn opening(&self) -> Sealing;

    /// What seals under these rules.
    fn under(&self, rules: &SealingRules) -> Sealing;
}

/// The same under all rules.
impl Seals for Sealing {
    fn opening(&self) -> Sealing {
        self.clone()
    }

    fn under(&self, _rules: &SealingRules) -> Sealing {
        self.clone()
    }
}

impl Sealing {
    /// The sealer.
    ///
    /// # Errors
    ///
    /// [`Error::NoSealing`] where there is none.
    pub fn sealer(&self) -> Result<&Arc<dyn Sealer>> {
        match self {
            Self::Sealer(sealer) => Ok(sealer),
            Self::Unavailable { reason } => Err(Error::NoSealing { reason: reason.clone() }),
        }
    }
}

impl fmt::Debug for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sealer(_) => f.debug_tuple("Sealer").finish_non_exhaustive(),
            Self::Unavailable { reason } => {
                f.debug_struct("Unavailable").field("reason", reason).finish()
            }
        }
    }
}
