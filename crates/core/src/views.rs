//! What clients of protocol 2.0 are shown: messages without the fields that they refuse.
//!
//! A secret that their messages cannot express does not exist for them: [`is_shown`].

use aecs_attest::in_aecs20;
use aecs_crypto::Protocol;
use aecs_proto::{
    EnclaveKvPair, EnclaveSecret, EnclaveSecretEncoding, EnclaveSecretSpec,
    UnifiedAttestationAttributes,
};

use crate::secret::spec::{SecretType, Spec};

/// Whether clients that speak this protocol see the secret: can list it, get it and change it.
pub(crate) fn is_shown(spec: &Spec, protocol: Protocol) -> bool {
    protocol == Protocol::Aecs21 || (is_type_of_aecs20(spec.kind) && spec.usage.is_none())
}

fn is_type_of_aecs20(kind: SecretType) -> bool {
    match kind {
        SecretType::SecretTypeRsaKeyPair
        | SecretType::SecretTypeAes256Key
        | SecretType::SecretTypeImportData
        | SecretType::SecretTypeCertificate
        | SecretType::SecretTypeSm2KeyPair
        | SecretType::SecretTypeConfigurations => true,
        SecretType::SecretTypeEcP256KeyPair
        | SecretType::SecretTypeEcP384KeyPair
        | SecretType::SecretTypeEd25519KeyPair
        | SecretType::SecretTypeSm4Key => false,
    }
}

/// The specification of a secret as AECS 2.0 knows it. Its readers refuse a whole list for one
/// unknown field; the policy that decides is the stored one, not this view.
pub(crate) fn spec_in_aecs20(mut spec: EnclaveSecretSpec) -> EnclaveSecretSpec {
    spec.lifecycle = None;
    spec.about = None;
    // What is immutable is readonly as well, which is 2.0's word for it.
    spec.immutable = false;
    if let Some(policy) = spec.policy.as_mut().and_then(|policy| policy.policy.as_mut()) {
        if policy.typed.take().is_some() {
            policy.main_attributes = vec![nobody()];
        }
        let nested = policy
            .nested_policies
            .iter_mut()
            .flat_map(|nested| nested.policies.iter_mut())
            .flat_map(|policy| policy.sub_attributes.iter_mut());
        for attributes in policy.main_attributes.iter_mut().chain(nested) {
            *attributes = in_aecs20(attributes);
        }
    }
    spec
}

/// A rule that admits nobody, in place of those that AECS 2.0 cannot express.
fn nobody() -> UnifiedAttestationAttributes {
    UnifiedAttestationAttributes {
        str_tee_platform: "RULES_OF_AECS_2.1".to_owned(),
        ..UnifiedAttestationAttributes::default()
    }
}

/// A secret as AECS 2.0 knows it: without its version. That its data is Base64 is told by a
/// parameter.
pub(crate) fn secret_in_aecs20(mut secret: EnclaveSecret) -> EnclaveSecret {
    let mut spec = secret.spec.take().map(spec_in_aecs20);
    if secret.encoding() == EnclaveSecretEncoding::SecretEncodingBase64
        && let Some(spec) = &mut spec
    {
        spec.params.push(EnclaveKvPair { key: "encoding".to_owned(), value: "base64".to_owned() });
    }
    EnclaveSecret { spec, data: std::mem::take(&mut secret.data), ..EnclaveSecret::default() }
}
