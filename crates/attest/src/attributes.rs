//! What verification finds out about an attester.

mod appraised;
pub(crate) mod clouds;
pub(crate) mod facts;
pub(crate) mod rule;
pub(crate) mod table;
pub(crate) mod value;

use std::sync::Arc;

use aecs_crypto::{KeyHash, PublicKey};
use aecs_proto::UnifiedAttestationAttributes;

use crate::anchor::Backing;
use crate::checks::Passed;
use crate::error::Result;
use crate::platform::Platform;
use crate::report::UserData;
use crate::revocation::Revocation;
use crate::tcb::TcbStatus;
pub use appraised::Appraised;
use facts::{Facts, parse};
use table::DEBUG_DISABLED;
use value::Value;

/// The attributes of an attester, in canonical form: hexadecimal in upper case.
///
/// Only this crate makes them. Those of a report that holds come as
/// [`Verified<Attributes>`](crate::Verified). Cheap to clone.
#[derive(Debug, Clone)]
pub struct Attributes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    facts: Facts,
    message: UnifiedAttestationAttributes,
    platform: Platform,
    backing: Backing,
    user_data: UserData,
    public_key: PublicKey,
    tcb_status: TcbStatus,
    revocation: Revocation,
    nested: Option<Nested>,
    evidence_digest: [u8; 32],
    checks: Vec<Passed>,
}

/// Results of other attesters, which the attester of the report verified and vouches for.
#[derive(Debug, Clone)]
pub struct Nested {
    pub(crate) group_name: String,
    pub(crate) group_id: String,
    pub(crate) results: Vec<Facts>,
}

/// Everything that [`Attributes`] are made of.
pub(crate) struct Parts {
    pub(crate) message: UnifiedAttestationAttributes,
    pub(crate) platform: Platform,
    pub(crate) backing: Backing,
    pub(crate) user_data: UserData,
    pub(crate) public_key: PublicKey,
    pub(crate) tcb_status: TcbStatus,
    pub(crate) revocation: Revocation,
    pub(crate) nested: Option<Nested>,
    pub(crate) evidence_digest: [u8; 32],
    pub(crate) checks: Vec<Passed>,
}

impl Attributes {
    pub(crate) fn new(parts: Parts) -> Result<Self> {
        let Parts { message, platform, backing, user_data, public_key, tcb_status, .. } = parts;
        let Parts { revocation, nested, evidence_digest, checks, .. } = parts;
        let facts = parse(&message, "attributes of the report")?
            .with_known_advisories()
            .with_known_firmware(platform);
        let message = facts.to_message();
        Ok(Self(Arc::new(Inner {
            facts,
            message,
            platform,
            backing,
            user_data,
            public_key,
            tcb_status,
            revocation,
            nested,
            evidence_digest,
            checks,
        })))
    }

    /// The attester's platform.
    #[must_use]
    pub fn platform(&self) -> Platform {
        self.0.platform
    }

    /// The kind of root that the report is verified against.
    #[must_use]
    pub fn backing(&self) -> Backing {
        self.0.backing
    }

    /// The 32 bytes that the attester put into its report.
    #[must_use]
    pub fn user_data(&self) -> UserData {
        self.0.user_data
    }

    /// The key that the report binds: its holder is the attester.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// SHA-256 of that key's PEM text.
    #[must_use]
    pub fn key_hash(&self) -> KeyHash {
        self.0.public_key.fingerprint()
    }

    /// SHA-256 of the evidence (`json_report`), by which records name it.
    #[must_use]
    pub fn evidence_digest(&self) -> [u8; 32] {
        self.0.evidence_digest
    }

    /// How up to date the platform is.
    #[must_use]
    pub fn tcb_status(&self) -> TcbStatus {
        self.0.tcb_status
    }

    /// Whether the certificates behind the report were looked for on revocation lists.
    #[must_use]
    pub fn revocation(&self) -> &Revocation {
        &self.0.revocation
    }

    /// Whether the host can look into the enclave: true unless the report says that it cannot.
    #[must_use]
    pub fn debug(&self) -> bool {
        self.0.facts.get(DEBUG_DISABLED) != Some(&Value::Bool(true))
    }

    /// Measurement of the code, in upper case hexadecimal (MRENCLAVE on SGX).
    #[must_use]
    pub fn measurement(&self) -> &str {
        &self.0.message.hex_ta_measurement
    }

    /// Identity of the code's signer, in upper case hexadecimal (MRSIGNER on SGX).
    #[must_use]
    pub fn signer(&self) -> &str {
        &self.0.message.hex_signer
    }

    /// Product id, in the platform's notation (decimal on SGX).
    #[must_use]
    pub fn product(&self) -> &str {
        &self.0.message.hex_prod_id
    }

    /// Security version of the code; none where the platform has none.
    #[must_use]
    pub fn security_version(&self) -> Option<u32> {
        match self.0.facts.get("str_min_isvsvn") {
            Some(Value::Number(version)) => Some(*version),
            _ => None,
        }
    }

    /// Attesters that this one vouches for.
    #[must_use]
    pub fn nested(&self) -> Option<&Nested> {
        self.0.nested.as_ref()
    }

    /// The checks that the report has passed, in the order they were made.
    #[must_use]
    pub fn checks(&self) -> &[Passed] {
        &self.0.checks
    }

    /// The message, in canonical form.
    #[must_use]
    pub fn as_proto(&self) -> &UnifiedAttestationAttributes {
        &self.0.message
    }

    /// A copy of the message, in canonical form.
    #[must_use]
    pub fn to_proto(&self) -> UnifiedAttestationAttributes {
        self.0.message.clone()
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.0.facts
    }
}

impl Nested {
    /// Name of the group of attesters; may be empty.
    #[must_use]
    pub fn group_name(&self) -> &str {
        &self.group_name
    }

    /// Id of the group of attesters; may be empty.
    #[must_use]
    pub fn group_id(&self) -> &str {
        &self.group_id
    }

    /// The nested attesters' attributes, in canonical form and in the report's order.
    pub fn results(&self) -> impl ExactSizeIterator<Item = UnifiedAttestationAttributes> + '_ {
        self.results.iter().map(Facts::to_message)
    }
}
