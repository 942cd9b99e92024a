//! The parameters that a secret can be created with.

use crate::EnclaveSecretType;

/// The parameters of secrets of a type; none for configurations, whose parameters are their data and
/// have any names.
#[must_use]
pub fn parameters(kind: EnclaveSecretType) -> Option<&'static [&'static str]> {
    Some(match kind {
        EnclaveSecretType::SecretTypeConfigurations => return None,
        EnclaveSecretType::SecretTypeRsaKeyPair => &["bit_length", "pkcs_type"],
        EnclaveSecretType::SecretTypeCertificate => &[
            "key_type",
            "bit_length",
            "days",
            "common_name",
            "organization",
            "organizational_unit",
            "locality",
            "state",
            "country",
            "san",
            "ca",
            "key_usage",
            "extended_key_usage",
        ],
        EnclaveSecretType::SecretTypeAes256Key
        | EnclaveSecretType::SecretTypeSm2KeyPair
        | EnclaveSecretType::SecretTypeEcP256KeyPair
        | EnclaveSecretType::SecretTypeEcP384KeyPair
        | EnclaveSecretType::SecretTypeEd25519KeyPair
        | EnclaveSecretType::SecretTypeSm4Key
        | EnclaveSecretType::SecretTypeImportData => &[],
    })
}
