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
        ],
        EnclaveSecretType::SecretTypeAes256Key
        | EnclaveSecretType::SecretTypeSm2KeyPair
        | EnclaveSecretType::SecretTypeImportData => &[],
    })
}
