//! The parts of a secret, by name.

use std::collections::BTreeMap;

use aecs_crypto::{Material, SecretBytes};
use aecs_proto::Zeroize as _;
use serde_json::Value;

use crate::secret::Secret;

impl Secret {
    /// The part of this name:
    ///
    /// | type | fields |
    /// | --- | --- |
    /// | AES or SM4 key | `hex`, `bytes` |
    /// | key pair | `private-key`, `public-key` |
    /// | certificate | `certificate`, `private-key`, `root` if it was given |
    /// | configurations | the keys |
    /// | imported text that is a JSON object | its members: a text as it is, others as JSON |
    ///
    /// `None` if the secret has no such part; [`Secret::field_names`] tells which it has.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<SecretBytes> {
        let text = |text: &str| Some(SecretBytes::from(text.as_bytes().to_vec()));
        match (self.material(), name) {
            (Material::AesKey(key), "bytes") => Some(SecretBytes::from(key.expose().to_vec())),
            (Material::Sm4Key(key), "bytes") => Some(SecretBytes::from(key.expose().to_vec())),
            (Material::AesKey(_) | Material::Sm4Key(_), "hex") => Some(self.to_bytes()),
            (Material::KeyPair(pair), "private-key") => text(pair.private.expose()),
            (Material::KeyPair(pair), "public-key") => text(&pair.public),
            (Material::Certificate(pems), "certificate") => text(&pems.certificate),
            (Material::Certificate(pems), "private-key") => text(pems.private_key.expose()),
            (Material::Certificate(pems), "root") if !pems.root.is_empty() => text(&pems.root),
            (Material::Configurations(pairs), key) => pairs.expose(key).and_then(text),
            (Material::Data(data), name) => {
                let mut members = Members::of(data.expose());
                members.0.get_mut(name).map(|member| match member {
                    Value::String(text) => SecretBytes::from(std::mem::take(text).into_bytes()),
                    other => SecretBytes::from(other.to_string().into_bytes()),
                })
            }
            _ => None,
        }
    }

    /// The names of its parts.
    #[must_use]
    pub fn field_names(&self) -> Vec<String> {
        let names: &[&str] = match self.material() {
            Material::AesKey(_) | Material::Sm4Key(_) => &["hex", "bytes"],
            Material::KeyPair(_) => &["private-key", "public-key"],
            Material::Certificate(pems) if pems.root.is_empty() => &["certificate", "private-key"],
            Material::Certificate(_) => &["certificate", "private-key", "root"],
            Material::Binary(_) => &[],
            Material::Configurations(pairs) => {
                return pairs.expose_all().map(|(key, _)| key.to_owned()).collect();
            }
            Material::Data(data) => return Members::of(data.expose()).0.keys().cloned().collect(),
        };
        names.iter().map(ToString::to_string).collect()
    }
}

/// The members of a JSON object, wiped when dropped.
struct Members(BTreeMap<String, Value>);

impl Members {
    /// Those of a text; none if it is something else.
    fn of(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap_or_default())
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

    use aecs_proto::EnclaveSecretType::{
        self, SecretTypeAes256Key, SecretTypeCertificate, SecretTypeConfigurations,
        SecretTypeImportData, SecretTypeRsaKeyPair,
    };
    use aecs_proto::{EnclaveSecret, EnclaveSecretSpec};

    use super::*;

    fn secret(kind: EnclaveSecretType, data: &str) -> Secret {
        let spec = EnclaveSecretSpec { r#type: kind.into(), ..Default::default() };
        let message =
            EnclaveSecret { spec: Some(spec), data: data.to_owned(), ..Default::default() };
        Secret::parse(message).unwrap()
    }

    #[test]
    fn every_type_has_its_fields() {
        let pair = r#"{"privateKey":"private","publicKey":"public"}"#;
        let certificate = r#"{"privateKey":"key","certChain":"chain"}"#;
        let pairs = r#"{"items":[{"key":"id","value":"1"}]}"#;
        let json = r#"{"user":"app","port":5432,"tls":{"on":true}}"#;
        for (kind, data, fields) in [
            (SecretTypeAes256Key, "5A".repeat(32).as_str(), vec![("hex", "5A".repeat(32))]),
            (
                SecretTypeRsaKeyPair,
                pair,
                vec![("private-key", "private".into()), ("public-key", "public".into())],
            ),
            (
                SecretTypeCertificate,
                certificate,
                vec![("certificate", "chain".into()), ("private-key", "key".into())],
            ),
            (SecretTypeConfigurations, pairs, vec![("id", "1".into())]),
            (
                SecretTypeImportData,
                json,
                vec![
                    ("port", "5432".into()),
                    ("tls", r#"{"on":true}"#.into()),
                    ("user", "app".into()),
                ],
            ),
            (SecretTypeImportData, "no JSON", vec![]),
            (SecretTypeImportData, "[1]", vec![]),
        ] {
            let secret = secret(kind, data);
            for (name, expected) in &fields {
                let value = secret.field(name).unwrap();
                assert_eq!(value.expose(), expected.as_bytes(), "{kind:?} {name}");
            }
            assert!(secret.field("no such").is_none() && secret.field("").is_none());
            let mut names = secret.field_names();
            names.retain(|name| name != "bytes");
            assert_eq!(names, fields.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        }
        let bytes = secret(SecretTypeAes256Key, &"5A".repeat(32)).field("bytes").unwrap();
        assert_eq!(bytes.expose(), [0x5A; 32]);
    }
}
