//! Secrets on their way in and out.

use aecs_crypto::{Material, SecretString};
use aecs_proto::{
    EnclaveKvPair, EnclavePolicyType, EnclaveSecret, EnclaveSecretSpec, EnclaveSecretType, Zeroize,
    Zeroizing,
};

use crate::trust::Distrust;

/// A secret that was fetched.
pub struct Secret {
    /// Name, type, policy and the rest of what describes it. The parameters are empty: those of a
    /// configurations secret are its data.
    pub spec: EnclaveSecretSpec,
    material: Material,
}

impl Secret {
    /// Reads a message. What is not the secret itself stays in the open.
    pub(crate) fn parse(message: EnclaveSecret) -> Result<Secret, Distrust> {
        const WHAT: &str = "the secret";
        let mut message = Zeroizing::new(message);
        let spec = take_spec(&mut message);
        let kind = EnclaveSecretType::try_from(spec.r#type)
            .map_err(|_| Distrust::malformed(WHAT, format!("unknown type {}", spec.r#type)))?;
        let material = Material::parse(kind, SecretString::from(std::mem::take(&mut message.data)))
            .map_err(|error| Distrust::malformed(WHAT, error.to_string()))?;
        Ok(Secret { spec, material })
    }

    /// The secret itself: a key, a key pair, a certificate, data or configurations.
    #[must_use]
    pub fn material(&self) -> &Material {
        &self.material
    }
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
    pub data: Option<SecretString>,
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
        let mut spec = self.spec.clone();
        spec.params = self
            .params
            .iter()
            .map(|(key, value)| EnclaveKvPair {
                key: key.clone(),
                value: value.expose().to_owned(),
            })
            .collect();
        let data = self.data.as_ref().map(|data| data.expose().to_owned()).unwrap_or_default();
        EnclaveSecret { spec: Some(spec), data }
    }
}
