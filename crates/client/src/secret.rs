//! Secrets on their way in and out.

use aecs_attest::compare;
use aecs_crypto::{Material, SecretBytes, SecretString};
use aecs_proto::{
    EnclaveKvPair, EnclavePolicyType, EnclaveSecret, EnclaveSecretEncoding, EnclaveSecretSpec,
    EnclaveSecretType, PutSecretRequest, TaSecretEntry, UnifiedAttestationPolicy, Zeroize,
    Zeroizing,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::Result;
use crate::trust::Distrust;

/// A secret that was fetched.
pub struct Secret {
    /// Name, type, policy and the rest of what describes it. The parameters are empty: those of a
    /// configurations secret are its data.
    pub spec: EnclaveSecretSpec,
    /// The number of the version, from 1. Numbers only grow: a higher one is newer.
    pub version: u64,
    tag: Tag,
    material: Material,
}

/// What names a version of a secret among all that there ever are, also after the secret was
/// destroyed and another one created under its name. It tells nothing of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(Vec<u8>);

impl Tag {
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        self.0.clone()
    }
}

/// A secret that an application can get.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedSecret {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: EnclaveSecretType,
    /// The number of its current version.
    pub version: u64,
}

impl TryFrom<TaSecretEntry> for ListedSecret {
    type Error = Distrust;

    fn try_from(entry: TaSecretEntry) -> Result<Self, Distrust> {
        let kind = kind_of("the list of secrets", entry.r#type)?;
        Ok(Self { name: entry.secret_name, kind, version: entry.version })
    }
}

fn kind_of(what: &'static str, number: i32) -> Result<EnclaveSecretType, Distrust> {
    EnclaveSecretType::try_from(number)
        .map_err(|_| Distrust::malformed(what, format!("unknown type {number}")))
}

impl Secret {
    /// Reads a message. What is not the secret itself stays in the open.
    pub(crate) fn parse(message: EnclaveSecret) -> std::result::Result<Secret, Distrust> {
        const WHAT: &str = "the secret";
        let mut message = Zeroizing::new(message);
        let spec = take_spec(&mut message);
        let kind = kind_of(WHAT, spec.r#type)?;
        let encoding = EnclaveSecretEncoding::try_from(message.encoding).map_err(|_| {
            Distrust::malformed(WHAT, format!("unknown encoding {}", message.encoding))
        })?;
        let text = SecretString::from(std::mem::take(&mut message.data));
        let material = Material::parse_in(encoding, kind, text)
            .map_err(|error| Distrust::malformed(WHAT, error.to_string()))?;
        let tag = Tag(std::mem::take(&mut message.tag));
        Ok(Secret { spec, version: message.version, tag, material })
    }

    /// The tag of this version, for [`TaClient::get_if_changed`](crate::TaClient::get_if_changed).
    #[must_use]
    pub fn tag(&self) -> &Tag {
        &self.tag
    }

    /// The secret itself: a key, a key pair, a certificate, data or configurations.
    #[must_use]
    pub fn material(&self) -> &Material {
        &self.material
    }

    /// Refuses a secret whose stored policy admits anybody whom `expected` does not: somebody else
    /// could have the secret, too.
    ///
    /// # Errors
    ///
    /// [`Distrust::SecretPolicy`].
    pub fn expect_policy(self, expected: &UnifiedAttestationPolicy) -> Result<Secret> {
        expect_policy(&self.spec, expected)?;
        Ok(self)
    }

    /// The secret itself as a file has it: binary data as it is, everything else as its text.
    #[must_use]
    pub fn to_bytes(&self) -> SecretBytes {
        match &self.material {
            Material::Binary(bytes) => bytes.duplicate(),
            material => SecretBytes::from(material.to_text()),
        }
    }
}

/// Refuses a secret whose policy admits anybody whom `expected` does not.
pub(crate) fn expect_policy(
    spec: &EnclaveSecretSpec,
    expected: &UnifiedAttestationPolicy,
) -> Result<(), Distrust> {
    let stored = spec.policy.as_ref().and_then(|policy| policy.policy.as_ref());
    compare(stored.unwrap_or(&UnifiedAttestationPolicy::default()), expected)
        .map_err(Distrust::SecretPolicy)
}

/// The specification of a secret, without its parameters, which are wiped.
pub(crate) fn take_spec(message: &mut EnclaveSecret) -> EnclaveSecretSpec {
    let mut spec = message.spec.take().unwrap_or_default();
    spec.zeroize();
    spec
}

/// A secret to be created.
///
/// The type decides what `data` and `params` may be: data to import, or a key that exists already,
/// or nothing, and the server makes one.
pub struct NewSecret {
    /// Name, service, type and policy; without parameters.
    pub spec: EnclaveSecretSpec,
    /// Parameters of the type; for a configurations secret, its secret values.
    pub params: Vec<(String, SecretString)>,
    /// The secret itself, where it is given and not made by the server.
    pub data: Option<NewValue>,
}

impl NewSecret {
    /// A bound secret of `kind`, with nothing else said.
    #[must_use]
    pub fn new(name: &str, kind: EnclaveSecretType) -> NewSecret {
        let spec = EnclaveSecretSpec {
            secret_name: name.to_owned(),
            r#type: kind.into(),
            policy: Some(aecs_proto::EnclaveSecretPolicy {
                policy: None,
                r#type: EnclavePolicyType::PolicyTypeBound.into(),
                rule_uses: Vec::new(),
            }),
            ..EnclaveSecretSpec::default()
        };
        NewSecret { spec, params: Vec::new(), data: None }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.spec.secret_name
    }

    /// The message, wiped when dropped: built as late as possible, right before it is sealed.
    pub(crate) fn to_message(&self) -> EnclaveSecret {
        match &self.data {
            Some(value) => self.to_message_with(value),
            None => self.without_data(),
        }
    }

    fn without_data(&self) -> EnclaveSecret {
        let mut spec = self.spec.clone();
        spec.params = pairs(&self.params);
        EnclaveSecret { spec: Some(spec), ..EnclaveSecret::default() }
    }

    /// The message with another value than its own, wiped when dropped.
    pub(crate) fn to_message_with(&self, value: &NewValue) -> EnclaveSecret {
        let mut request = value.to_request(self.name());
        let mut message = self.without_data();
        message.data = std::mem::take(&mut request.data);
        message.encoding = request.encoding;
        if let (NewValue::Pairs(_), Some(spec)) = (value, &mut message.spec) {
            spec.params = std::mem::take(&mut request.params);
        }
        message
    }
}

/// The data of a new version of a secret.
pub enum NewValue {
    /// As the secret's type has it: text to import, a key in hexadecimal, or the Base64 of a key
    /// pair or a certificate.
    Text(SecretString),
    /// Bytes to import.
    Binary(SecretBytes),
    /// The pairs of a configurations secret.
    Pairs(Vec<(String, SecretString)>),
}

impl NewValue {
    /// The request that puts it, wiped when dropped: built as late as possible.
    pub(crate) fn to_request(&self, name: &str) -> Zeroizing<PutSecretRequest> {
        let mut request = PutSecretRequest { secret_name: name.to_owned(), ..Default::default() };
        match self {
            Self::Text(text) => request.data = text.expose().to_owned(),
            Self::Binary(bytes) => {
                request.data = STANDARD.encode(bytes.expose());
                request.set_encoding(EnclaveSecretEncoding::SecretEncodingBase64);
            }
            Self::Pairs(given) => request.params = pairs(given),
        }
        Zeroizing::new(request)
    }
}

impl NewValue {
    /// How many bytes it has, as they count against the quota of one value.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.expose().len(),
            Self::Binary(bytes) => bytes.len(),
            Self::Pairs(pairs) => {
                pairs.iter().map(|(key, value)| key.len() + value.expose().len()).sum()
            }
        }
    }
}

impl From<SecretString> for NewValue {
    fn from(text: SecretString) -> Self {
        Self::Text(text)
    }
}

/// A file's bytes: text if they are UTF-8.
impl From<SecretBytes> for NewValue {
    fn from(bytes: SecretBytes) -> Self {
        match std::str::from_utf8(bytes.expose()) {
            Ok(text) => Self::Text(SecretString::from(text.to_owned())),
            Err(_) => Self::Binary(bytes),
        }
    }
}

fn pairs(given: &[(String, SecretString)]) -> Vec<EnclaveKvPair> {
    given
        .iter()
        .map(|(key, value)| EnclaveKvPair { key: key.clone(), value: value.expose().to_owned() })
        .collect()
}
