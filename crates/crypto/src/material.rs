//! The data of a secret: a type in memory for each form of it, and the text in which all of them are
//! stored and sent.
//!
//! The text of a key pair, a certificate and of configurations is the JSON of a message of
//! `aecs_secret.proto`; that of a symmetric key is hexadecimal; data is its own text, or Base64 if it is
//! binary.

use aecs_proto::json::{self, JsonMessage};
use aecs_proto::{
    AsymmetricKeyPair, EnclaveConfigurations, EnclaveKvPair, EnclaveSecretEncoding,
    EnclaveSecretType, SslCredentialsOptions,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, Result};
use crate::generate::{Algorithm, AsymmetricPems, CertificatePems, check_certificate};
use crate::secret::{SecretBytes, SecretString};

/// The data of a secret.
pub enum Material {
    /// An AES-256 key.
    AesKey(AesKey),
    /// An SM4 key.
    Sm4Key(Sm4Key),
    /// A key pair of some algorithm.
    KeyPair(AsymmetricPems),
    /// A certificate and its private key.
    Certificate(CertificatePems),
    /// Data that was imported.
    Data(SecretString),
    /// Data that was imported and is not text.
    Binary(SecretBytes),
    /// Pairs of a key and a value.
    Configurations(Configurations),
}

impl Material {
    /// Reads the text of a secret of the type `kind`. The text may be as long as the caller lets it
    /// be.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedMaterial`], [`Error::MalformedAesKey`] or [`Error::MalformedSm4Key`] if it is no
    /// text of that type. Whether the keys in it are any is for [`Material::check`].
    pub fn parse(kind: EnclaveSecretType, text: SecretString) -> Result<Self> {
        Ok(match kind {
            EnclaveSecretType::SecretTypeAes256Key => Self::AesKey(AesKey::parse(text)?),
            EnclaveSecretType::SecretTypeSm4Key => Self::Sm4Key(Sm4Key::parse(text)?),
            EnclaveSecretType::SecretTypeRsaKeyPair => pair(Algorithm::Rsa, &text)?,
            EnclaveSecretType::SecretTypeSm2KeyPair => pair(Algorithm::Sm2, &text)?,
            EnclaveSecretType::SecretTypeEcP256KeyPair => pair(Algorithm::EcP256, &text)?,
            EnclaveSecretType::SecretTypeEcP384KeyPair => pair(Algorithm::EcP384, &text)?,
            EnclaveSecretType::SecretTypeEd25519KeyPair => pair(Algorithm::Ed25519, &text)?,
            EnclaveSecretType::SecretTypeCertificate => Self::Certificate(certificate(&text)?),
            EnclaveSecretType::SecretTypeImportData => Self::Data(text),
            EnclaveSecretType::SecretTypeConfigurations => {
                Self::Configurations(Configurations(message(&text)?))
            }
        })
    }

    /// Reads the text of a secret of the type `kind` that is written in `encoding`.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedBase64`] if it is not what it is said to be, or if data of that type is never
    /// binary; and as [`Material::parse`], also for a key that is said to be binary.
    pub fn parse_in(
        encoding: EnclaveSecretEncoding,
        kind: EnclaveSecretType,
        text: SecretString,
    ) -> Result<Self> {
        match (encoding, kind) {
            (EnclaveSecretEncoding::SecretEncodingText, _) => Self::parse(kind, text),
            (_, EnclaveSecretType::SecretTypeImportData) => {
                let bytes = BASE64.decode(text.expose()).map_err(|_| Error::MalformedBase64)?;
                Ok(Self::Binary(SecretBytes::from(bytes)))
            }
            (_, EnclaveSecretType::SecretTypeAes256Key) => Err(Error::MalformedAesKey),
            (_, EnclaveSecretType::SecretTypeSm4Key) => Err(Error::MalformedSm4Key),
            _ => Err(Error::MalformedBase64),
        }
    }

    /// Reads a key pair, or a certificate with its private key, as PEM; `None` if `text` is not PEM.
    /// The blocks may be in any order, with other text around them, and a key pair's public half is not
    /// needed.
    ///
    /// # Errors
    ///
    /// [`Error::NoPemBlock`], and as [`AsymmetricPems::of_private`] for a private key without its public
    /// half. Whether the keys are any is for [`Material::check`].
    #[must_use]
    pub fn from_pem(kind: EnclaveSecretType, text: &SecretString) -> Option<Result<Self>> {
        let algorithm = Algorithm::of(kind);
        if algorithm.is_none() && kind != EnclaveSecretType::SecretTypeCertificate {
            return None;
        }
        let blocks = |label| pem_blocks(text.expose(), label);
        let is_pem = text.expose().lines().any(|line| line.trim_start().starts_with(PEM_BEGIN));
        is_pem.then(|| {
            let private = blocks("PRIVATE KEY");
            if private.is_empty() {
                return Err(Error::NoPemBlock("private key"));
            }
            let Some(algorithm) = algorithm else {
                let certificate = blocks("CERTIFICATE").expose().to_owned();
                if certificate.is_empty() {
                    return Err(Error::NoPemBlock("certificate"));
                }
                let root = String::new();
                let pems = CertificatePems { certificate, private_key: private, root };
                return Ok(Self::Certificate(pems));
            };
            let public = blocks("PUBLIC KEY").expose().to_owned();
            Ok(Self::KeyPair(match public.is_empty() {
                true => AsymmetricPems::of_private(algorithm, private)?,
                false => AsymmetricPems { algorithm, private, public },
            }))
        })
    }

    /// How [`Material::to_text`] is written.
    #[must_use]
    pub fn encoding(&self) -> EnclaveSecretEncoding {
        match self {
            Self::Binary(_) => EnclaveSecretEncoding::SecretEncodingBase64,
            _ => EnclaveSecretEncoding::SecretEncodingText,
        }
    }

    /// The text that [`Material::parse_in`] reads, which is stored and sent.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        match self {
            Self::AesKey(key) => key.hex.duplicate(),
            Self::Sm4Key(key) => key.hex.duplicate(),
            Self::Data(text) => text.duplicate(),
            Self::Binary(bytes) => SecretString::from(BASE64.encode(bytes.expose())),
            Self::Configurations(pairs) => SecretString::from(json::to_string(&*pairs.0)),
            Self::KeyPair(pems) => {
                let pair = Zeroizing::new(AsymmetricKeyPair {
                    private_key: pems.private.expose().to_owned(),
                    public_key: pems.public.clone(),
                });
                SecretString::from(json::to_string(&*pair))
            }
            Self::Certificate(pems) => {
                let credentials = Zeroizing::new(SslCredentialsOptions {
                    private_key: pems.private_key.expose().to_owned(),
                    cert_chain: pems.certificate.clone(),
                    root_cert: pems.root.clone(),
                });
                SecretString::from(json::to_string(&*credentials))
            }
        }
    }

    /// Checks that keys are keys of their type, and that halves belong together.
    ///
    /// # Errors
    ///
    /// As [`AsymmetricPems::check`] and [`check_certificate`].
    pub fn check(&self) -> Result<()> {
        match self {
            Self::KeyPair(pems) => pems.check(),
            Self::Certificate(pems) => {
                check_certificate(&pems.certificate, pems.private_key.expose())
            }
            Self::AesKey(_)
            | Self::Sm4Key(_)
            | Self::Data(_)
            | Self::Binary(_)
            | Self::Configurations(_) => Ok(()),
        }
    }

    /// The half that may be shown to anybody, as PEM: a public key, or the chain of a certificate.
    #[must_use]
    pub fn public_half(&self) -> Option<&str> {
        match self {
            Self::KeyPair(pems) => Some(&pems.public),
            Self::Certificate(pems) => Some(&pems.certificate),
            Self::AesKey(_)
            | Self::Sm4Key(_)
            | Self::Data(_)
            | Self::Binary(_)
            | Self::Configurations(_) => None,
        }
    }

    /// Whether secrets of the type `kind` have a [`Material::public_half`].
    #[must_use]
    pub fn has_public_half(kind: EnclaveSecretType) -> bool {
        Algorithm::of(kind).is_some() || kind == EnclaveSecretType::SecretTypeCertificate
    }
}

/// A symmetric key of `N` bytes.
pub struct SymmetricKey<const N: usize> {
    hex: SecretString,
    bytes: Zeroizing<[u8; N]>,
}

/// An AES-256 key.
pub type AesKey = SymmetricKey<32>;
/// An SM4 key.
pub type Sm4Key = SymmetricKey<16>;

impl AesKey {
    /// Reads 64 hex characters, in either case.
    pub(crate) fn parse(hex: SecretString) -> Result<Self> {
        Self::of_hex(hex).ok_or(Error::MalformedAesKey)
    }
}

impl Sm4Key {
    /// Reads 32 hex characters, in either case.
    pub(crate) fn parse(hex: SecretString) -> Result<Self> {
        Self::of_hex(hex).ok_or(Error::MalformedSm4Key)
    }
}

impl<const N: usize> SymmetricKey<N> {
    fn of_hex(hex: SecretString) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; N]);
        hex::decode_to_slice(hex.expose(), bytes.as_mut_slice()).ok()?;
        Some(Self { hex, bytes })
    }

    /// The key. The caller must not copy it into anything that is not wiped.
    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        &self.bytes
    }
}

/// The pairs of a configurations secret; keys may be secret, too.
pub struct Configurations(Zeroizing<EnclaveConfigurations>);

impl From<Vec<EnclaveKvPair>> for Configurations {
    fn from(items: Vec<EnclaveKvPair>) -> Self {
        Self(Zeroizing::new(EnclaveConfigurations { items }))
    }
}

impl Configurations {
    /// The value of `key`. The caller must not copy it into anything that is not wiped.
    #[must_use]
    pub fn expose(&self, key: &str) -> Option<&str> {
        self.expose_all().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// Every key with its value, in the order in which they were given.
    pub fn expose_all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.items.iter().map(|pair| (pair.key.as_str(), pair.value.as_str()))
    }
}

const PEM_BEGIN: &str = "-----BEGIN ";

/// The blocks of a PEM text whose label ends in `end`, without what is between them.
fn pem_blocks(text: &str, end: &str) -> SecretString {
    // Never grows: a copy of a key that is left behind by that is not wiped.
    let mut found = String::with_capacity(text.len() + 1);
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        let label =
            |start: &str| line.strip_prefix(start).and_then(|rest| rest.strip_suffix("-----"));
        inside |= label(PEM_BEGIN).is_some_and(|label| label.ends_with(end));
        if inside {
            found.push_str(line);
            found.push('\n');
        }
        inside &= label("-----END ").is_none();
    }
    SecretString::from(found)
}

fn pair(algorithm: Algorithm, text: &SecretString) -> Result<Material> {
    let mut pair: Zeroizing<AsymmetricKeyPair> = message(text)?;
    Ok(Material::KeyPair(AsymmetricPems {
        algorithm,
        private: SecretString::from(std::mem::take(&mut pair.private_key)),
        public: std::mem::take(&mut pair.public_key),
    }))
}

fn certificate(text: &SecretString) -> Result<CertificatePems> {
    let mut credentials: Zeroizing<SslCredentialsOptions> = message(text)?;
    Ok(CertificatePems {
        certificate: std::mem::take(&mut credentials.cert_chain),
        private_key: SecretString::from(std::mem::take(&mut credentials.private_key)),
        root: std::mem::take(&mut credentials.root_cert),
    })
}

fn message<M: JsonMessage + Zeroize>(text: &SecretString) -> Result<Zeroizing<M>> {
    let text = text.expose();
    Ok(Zeroizing::new(json::from_str_within(text, text.len())?))
}

#[cfg(test)]
mod tests {
    use aecs_proto::EnclaveSecretType::{
        SecretTypeAes256Key, SecretTypeCertificate, SecretTypeConfigurations,
        SecretTypeEd25519KeyPair, SecretTypeImportData, SecretTypeRsaKeyPair, SecretTypeSm2KeyPair,
        SecretTypeSm4Key,
    };

    use super::*;

    fn parse(kind: EnclaveSecretType, text: &str) -> Result<Material> {
        Material::parse(kind, SecretString::from(text.to_owned()))
    }

    #[test]
    fn text_and_material_are_inverse() {
        let configurations = r#"{"items":[{"key":"id","value":"1"},{"key":"<\"","value":"密码"}]}"#;
        for (kind, text) in [
            (SecretTypeAes256Key, "a5A5".repeat(16).as_str()),
            (SecretTypeRsaKeyPair, r#"{"privateKey":"private\n","publicKey":"public\n"}"#),
            (SecretTypeSm2KeyPair, r#"{"publicKey":"public"}"#),
            (SecretTypeEd25519KeyPair, r#"{"publicKey":"public"}"#),
            (SecretTypeSm4Key, "a5A5".repeat(8).as_str()),
            (
                SecretTypeCertificate,
                r#"{"rootCert":"root","privateKey":"key","certChain":"chain"}"#,
            ),
            (SecretTypeImportData, "any text\0"),
            (SecretTypeConfigurations, configurations),
        ] {
            let text = text.replace('<', "\\u003c");
            let material = parse(kind, &text).unwrap();
            assert_eq!(material.to_text().expose(), text, "{kind:?}");
            assert_eq!(material.public_half().is_some(), Material::has_public_half(kind));
        }
    }

    #[test]
    fn each_type_has_its_parts() {
        let Ok(Material::AesKey(key)) = parse(SecretTypeAes256Key, &"5a".repeat(32)) else {
            panic!("an AES key");
        };
        assert_eq!(key.expose(), &[0x5a; 32]);
        let text = r#"{"items":[{"key":"a","value":"1"},{"key":"b","value":"2"}]}"#;
        let Ok(Material::Configurations(pairs)) = parse(SecretTypeConfigurations, text) else {
            panic!("configurations");
        };
        assert_eq!(pairs.expose("b"), Some("2"));
        assert_eq!(pairs.expose("c"), None);
        assert_eq!(pairs.expose_all().collect::<Vec<_>>(), [("a", "1"), ("b", "2")]);
    }

    #[test]
    fn pem_is_read_in_any_order() {
        let pems = crate::generate::sm2_key_pair().unwrap();
        let (private, public) = (pems.private.expose(), pems.public.as_str());
        let from_pem =
            |kind, text: &str| Material::from_pem(kind, &SecretString::from(text.to_owned()));
        for text in [
            private,
            &format!("{private}{public}"),
            &format!("\n{public}\n\n{private}"),
            &format!("a comment\n{public}another\n{private}"),
        ] {
            let material = from_pem(SecretTypeSm2KeyPair, text).unwrap().unwrap();
            assert_eq!(material.check(), Ok(()));
            assert_eq!(material.public_half(), Some(public));
            let as_rsa = from_pem(SecretTypeRsaKeyPair, text).unwrap();
            assert!(as_rsa.and_then(|material| material.check()).is_err());
        }
        let refused = |kind, text: &str| from_pem(kind, text).unwrap().err().unwrap();
        let no_key = Error::NoPemBlock("private key");
        assert_eq!(refused(SecretTypeSm2KeyPair, public), no_key);

        let pems = crate::generate::certificate(&crate::generate::CertificateParams::default());
        let pems = pems.unwrap();
        let text = format!("{}{}", pems.private_key.expose(), pems.certificate);
        let material = from_pem(SecretTypeCertificate, &text).unwrap().unwrap();
        assert_eq!(material.check(), Ok(()));
        assert_eq!(material.public_half(), Some(pems.certificate.as_str()));
        assert_eq!(refused(SecretTypeCertificate, &pems.certificate), no_key);
        let no_certificate = refused(SecretTypeCertificate, pems.private_key.expose());
        assert_eq!(no_certificate, Error::NoPemBlock("certificate"));

        for (kind, text) in [(SecretTypeSm2KeyPair, "e30="), (SecretTypeImportData, private)] {
            assert!(from_pem(kind, text).is_none(), "{kind:?}");
        }
    }

    #[test]
    fn binary_data_is_base64_as_text() {
        let parse = |kind, text: &str| {
            let base64 = EnclaveSecretEncoding::SecretEncodingBase64;
            Material::parse_in(base64, kind, SecretString::from(text.to_owned()))
        };
        let material = parse(SecretTypeImportData, "/wAK").unwrap();
        let Material::Binary(bytes) = &material else { panic!("binary data") };
        assert_eq!(bytes.expose(), [0xFF, 0, 10]);
        assert_eq!(material.to_text().expose(), "/wAK");
        assert_eq!(material.encoding(), EnclaveSecretEncoding::SecretEncodingBase64);
        for (kind, text) in [
            (SecretTypeImportData, "/wA"),
            (SecretTypeImportData, "_wAK"),
            (SecretTypeImportData, "/wAK\n"),
        ] {
            assert_eq!(parse(kind, text).err(), Some(Error::MalformedBase64), "{kind:?} {text:?}");
        }
        assert_eq!(parse(SecretTypeAes256Key, "/wAK").err(), Some(Error::MalformedAesKey));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "5a", "not hex at all", &"5a".repeat(33), &"é".repeat(32)] {
            assert_eq!(parse(SecretTypeAes256Key, text).err(), Some(Error::MalformedAesKey));
        }
        for text in ["", &"5a".repeat(15), &"5a".repeat(32), &"g".repeat(32)] {
            assert_eq!(parse(SecretTypeSm4Key, text).err(), Some(Error::MalformedSm4Key));
        }
        for kind in [SecretTypeRsaKeyPair, SecretTypeCertificate, SecretTypeConfigurations] {
            for text in ["", "pl4nted", r#"{"unknown":"pl4nted"}"#] {
                let error = parse(kind, text).err().unwrap();
                assert!(matches!(error, Error::MalformedMaterial(_)), "{error}");
                assert!(!error.to_string().contains("pl4nted"), "{error}");
            }
        }
    }

    #[test]
    fn halves_are_checked_by_type() {
        let pems = crate::generate::sm2_key_pair().unwrap();
        let text = Material::KeyPair(pems).to_text();
        assert_eq!(parse(SecretTypeSm2KeyPair, text.expose()).unwrap().check(), Ok(()));
        let as_rsa = parse(SecretTypeRsaKeyPair, text.expose()).unwrap().check();
        assert!(matches!(as_rsa, Err(Error::UnacceptedKey { .. })), "{as_rsa:?}");
        assert!(parse(SecretTypeSm2KeyPair, "{}").unwrap().check().is_err());
        assert!(parse(SecretTypeCertificate, "{}").unwrap().check().is_err());
    }
}
