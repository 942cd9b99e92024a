//! What verification finds out about an attester.

mod appraised;
pub(crate) mod clouds;
pub(crate) mod facts;
pub(crate) mod kind;
pub(crate) mod table;
pub(crate) mod value;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use aecs_crypto::{KeyHash, PublicKey};
use aecs_proto::UnifiedAttestationAttributes;

use crate::platform::Platform;
use crate::report::UserData;
pub use appraised::Appraised;
use facts::Facts;
pub use kind::{Kind, Takes};
pub use table::Attribute;
use table::{
    DEBUG_DISABLED, DEVICES_FOUND, GROUP_ID, GROUP_NAME, NESTED_RESULTS, SECURITY_VERSION,
};
use value::Value;

/// The attributes of an attester, in canonical form: hexadecimal in upper case.
///
/// Only this crate makes them. Those of a report that holds come as
/// [`Verified<Attributes>`](crate::Verified). Cheap to clone.
#[derive(Debug, Clone)]
pub struct Attributes(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    appraised: Appraised,
    user_data: UserData,
    public_key: PublicKey,
    nested: Option<Nested>,
    evidence_digest: [u8; 32],
}

/// Results of other attesters, which the attester of the report verified and vouches for.
#[derive(Debug, Clone)]
pub struct Nested {
    /// What is known of all of them together.
    pub(crate) group: Facts,
    pub(crate) results: Vec<Facts>,
    /// How many devices of each kind there are.
    counts: BTreeMap<Platform, Facts>,
}

impl Attributes {
    /// The attributes of a report whose evidence binds this user data and this key.
    pub(crate) fn new(
        appraised: Appraised,
        user_data: UserData,
        public_key: PublicKey,
        nested: Option<Nested>,
        evidence_digest: [u8; 32],
    ) -> Self {
        Self(Arc::new(Shared { appraised, user_data, public_key, nested, evidence_digest }))
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

    /// Whether the host can look into the enclave: true unless the report says that it cannot.
    #[must_use]
    pub fn debug(&self) -> bool {
        self.facts().get(&DEBUG_DISABLED) != Some(&Value::Bool(true))
    }

    /// Measurement of the code, in upper case hexadecimal (MRENCLAVE on SGX).
    #[must_use]
    pub fn measurement(&self) -> &str {
        &self.as_proto().hex_ta_measurement
    }

    /// Identity of the code's signer, in upper case hexadecimal (MRSIGNER on SGX).
    #[must_use]
    pub fn signer(&self) -> &str {
        &self.as_proto().hex_signer
    }

    /// Product id, in the platform's notation (decimal on SGX).
    #[must_use]
    pub fn product(&self) -> &str {
        &self.as_proto().hex_prod_id
    }

    /// Security version of the code; none where the platform has none.
    #[must_use]
    pub fn security_version(&self) -> Option<u32> {
        match self.facts().get(&SECURITY_VERSION) {
            Some(Value::Number(version)) => Some(*version),
            _ => None,
        }
    }

    /// Attesters that this one vouches for.
    #[must_use]
    pub fn nested(&self) -> Option<&Nested> {
        self.0.nested.as_ref()
    }

    /// The message, in canonical form.
    #[must_use]
    pub fn as_proto(&self) -> &UnifiedAttestationAttributes {
        self.attributes()
    }

    /// A copy of the message, in canonical form.
    #[must_use]
    pub fn to_proto(&self) -> UnifiedAttestationAttributes {
        self.as_proto().clone()
    }
}

/// What the evidence says, without who holds its key.
impl Deref for Attributes {
    type Target = Appraised;

    fn deref(&self) -> &Appraised {
        &self.0.appraised
    }
}

impl Nested {
    pub(crate) fn new(group_name: String, group_id: String, results: Vec<Facts>) -> Self {
        let group = Facts::default()
            .with(&GROUP_NAME, group_name)
            .with(&GROUP_ID, group_id)
            .with(&NESTED_RESULTS, value::results(results.len()));
        let devices = Platform::ALL.iter().copied().filter(|platform| platform.is_device());
        let count = |platform: Platform| {
            let of_kind = results.iter().filter(|facts| facts.platform() == Some(platform));
            u32::try_from(of_kind.count()).unwrap_or(u32::MAX)
        };
        let counts = devices
            .map(|kind| (kind, Facts::default().with(&DEVICES_FOUND, count(kind))))
            .collect();
        Self { group, results, counts }
    }

    /// What is known of the devices of a kind together: how many there are.
    pub(crate) fn count(&self, kind: Platform) -> &Facts {
        static UNKNOWN: LazyLock<Facts> = LazyLock::new(Facts::default);
        self.counts.get(&kind).unwrap_or(&UNKNOWN)
    }

    /// No nested attesters.
    pub(crate) fn none() -> &'static Self {
        static NONE: LazyLock<Nested> =
            LazyLock::new(|| Nested::new(String::new(), String::new(), Vec::new()));
        &NONE
    }

    /// Name of the group of attesters; may be empty.
    #[must_use]
    pub fn group_name(&self) -> &str {
        self.group_text(&GROUP_NAME)
    }

    /// Id of the group of attesters; may be empty.
    #[must_use]
    pub fn group_id(&self) -> &str {
        self.group_text(&GROUP_ID)
    }

    fn group_text(&self, attribute: &Attribute) -> &str {
        match self.group.get(attribute) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The nested attesters' attributes, in canonical form and in the report's order.
    pub fn results(&self) -> impl ExactSizeIterator<Item = UnifiedAttestationAttributes> + '_ {
        self.results.iter().map(Facts::to_message)
    }
}
