//! Keys and certificates as other tools write them, in the form in which secrets take them.
//!
//! A key pair comes as the PEM of its private key, with or without its public one, or as PKCS#8, PKCS#1
//! or SEC 1 in DER, or as `ssh-keygen` writes it. A certificate comes as one PEM text with its private key and its chain. An AES key
//! comes as 32 bytes, an SM4 key as 16. The halves are checked to belong together.

use aecs_crypto::generate::{Algorithm, check_chain};
use aecs_crypto::{Error, Material, SecretBytes, SecretString, openssh};
use aecs_proto::EnclaveSecretType;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::secret::NewValue;

/// The labels of private keys in DER, which does not say what it is.
const PRIVATE_LABELS: [&str; 3] = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

impl NewValue {
    /// The value as a secret of the type `kind` takes it: what is a key or a certificate in a form of
    /// other tools is converted, anything else stays as it is.
    ///
    /// # Errors
    ///
    /// What is wrong with the key or the certificate.
    pub fn for_type(self, kind: EnclaveSecretType) -> Result<NewValue, Error> {
        if let (Some(_), Self::Text(text)) = (Algorithm::of(kind), &self)
            && let Some(pkcs8) = openssh::to_pkcs8(text)?
        {
            return Self::Text(pkcs8).for_type(kind);
        }
        let converted = match &self {
            Self::Binary(_) if self.is_pkcs12(kind) => return Err(Error::Pkcs12),
            // Tools end the digits of a key with a line end.
            Self::Text(digits) if key_bytes(kind).is_some() => {
                Some(SecretString::from(digits.expose().trim_ascii().to_owned()))
            }
            Self::Text(text) => match Material::from_pem(kind, text) {
                Some(material) => Some(in_json(&material?)?),
                None if Material::has_public_half(kind) && !is_json(kind, text) => {
                    return Err(Error::NotKeyText);
                }
                None => None,
            },
            Self::Binary(der) if Algorithm::of(kind).is_some() => {
                Some(in_json(&key_pair_of_der(kind, der)?)?)
            }
            Self::Binary(key) if key_bytes(kind) == Some(key.len()) => {
                Some(SecretString::from(hex::encode_upper(key.expose())))
            }
            Self::Binary(_) if kind == EnclaveSecretType::SecretTypeAes256Key => {
                return Err(Error::MalformedAesKey);
            }
            Self::Binary(_) if kind == EnclaveSecretType::SecretTypeSm4Key => {
                return Err(Error::MalformedSm4Key);
            }
            Self::Binary(_) if Material::has_public_half(kind) => return Err(Error::NotKeyText),
            Self::Binary(_) | Self::Pairs(_) => None,
        };
        Ok(converted.map_or(self, Self::Text))
    }

    /// Whether it is a PKCS#12 file (RFC 7292) for a secret of the type `kind`, which is a key pair or a
    /// certificate: what it begins with is a sequence whose first element is the version, 3.
    #[must_use]
    pub fn is_pkcs12(&self, kind: EnclaveSecretType) -> bool {
        let Self::Binary(der) = self else { return false };
        let [0x30, length, rest @ ..] = der.expose() else { return false };
        // A long length says in how many bytes it follows.
        let more = if *length > 0x80 { usize::from(length & 0x7F) } else { 0 };
        Material::has_public_half(kind)
            && rest.get(more..).is_some_and(|content| content.starts_with(&[0x02, 0x01, 0x03]))
    }
}

/// The forms in which a secret of a type takes its data.
#[must_use]
pub fn forms_of(kind: EnclaveSecretType) -> &'static str {
    match kind {
        EnclaveSecretType::SecretTypeAes256Key => "give 32 bytes, or 64 hexadecimal digits",
        EnclaveSecretType::SecretTypeSm4Key => "give 16 bytes, or 32 hexadecimal digits",
        EnclaveSecretType::SecretTypeCertificate => {
            "give one PEM text with the private key, its certificate and the chain of that"
        }
        _ => {
            "give the private key as PEM, as PKCS#8, PKCS#1 or SEC 1 in DER, or as ssh-keygen writes it; \
             docs/guide/secrets.md has the types of keys"
        }
    }
}

/// The length of a symmetric key in bytes.
fn key_bytes(kind: EnclaveSecretType) -> Option<usize> {
    match kind {
        EnclaveSecretType::SecretTypeAes256Key => Some(32),
        EnclaveSecretType::SecretTypeSm4Key => Some(16),
        _ => None,
    }
}

/// The data of a secret: the Base64 of the JSON of a pair that was checked.
fn in_json(material: &Material) -> Result<SecretString, Error> {
    material.check()?;
    if let Material::Certificate(pems) = material {
        check_chain(&pems.certificate)?;
    }
    Ok(SecretString::from(STANDARD.encode(material.to_text().expose())))
}

/// Whether a text is the Base64 of the JSON of such a secret.
fn is_json(kind: EnclaveSecretType, text: &SecretString) -> bool {
    let Ok(json) = STANDARD.decode(text.expose().trim()) else { return false };
    let json = SecretString::try_from(SecretBytes::from(json));
    json.and_then(|json| Material::parse(kind, json)).is_ok()
}

fn key_pair_of_der(kind: EnclaveSecretType, der: &SecretBytes) -> Result<Material, Error> {
    let mut failed = Error::MalformedBase64;
    for label in PRIVATE_LABELS {
        match Material::from_pem(kind, &pem_of_der(label, der)) {
            Some(Ok(pair)) => return Ok(pair),
            Some(Err(error)) => failed = error,
            None => {}
        }
    }
    Err(failed)
}

/// DER in PEM, with this label.
#[must_use]
pub fn pem_of_der(label: &str, der: &SecretBytes) -> SecretString {
    let body = SecretString::from(STANDARD.encode(der.expose()));
    // Never grows: a copy of a key that is left behind by that is not wiped. A line end for every 64
    // digits, and the two lines around them.
    let mut text = String::with_capacity(2 * body.expose().len() + 4 * label.len() + 64);
    text.push_str(&format!("-----BEGIN {label}-----\n"));
    let mut rest = body.expose();
    while !rest.is_empty() {
        let (line, others) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = others;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    SecretString::from(text)
}

#[cfg(test)]
mod tests {
    use aecs_crypto::generate::{self, CertificateKey, CertificateParams};
    use aecs_proto::EnclaveSecretType::{
        SecretTypeAes256Key, SecretTypeCertificate, SecretTypeImportData, SecretTypeRsaKeyPair,
        SecretTypeSm2KeyPair, SecretTypeSm4Key,
    };

    use super::*;

    fn text(text: &str) -> NewValue {
        NewValue::Text(SecretString::from(text.to_owned()))
    }

    /// What the server reads from the value.
    fn read(kind: EnclaveSecretType, value: NewValue) -> Result<Material, Error> {
        let NewValue::Text(text) = value.for_type(kind)? else { panic!("not a text") };
        let json = STANDARD.decode(text.expose()).unwrap();
        let json = SecretString::from(String::from_utf8(json).unwrap());
        let material = Material::parse(kind, json)?;
        material.check()?;
        Ok(material)
    }

    fn der_of(pem: &str) -> Vec<u8> {
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        STANDARD.decode(body).unwrap()
    }

    #[test]
    fn key_pairs_come_as_pem_and_as_der() {
        for algorithm in Algorithm::ALL {
            let (kind, pair) = (algorithm.kind(), generate::key_pair(algorithm).unwrap());
            let private = pair.private.expose();
            let both = format!("a comment\n{}\n{private}", pair.public);
            for given in [text(private), text(&both)] {
                assert!(matches!(read(kind, given), Ok(Material::KeyPair(_))), "{kind:?}");
            }
            let der = NewValue::Binary(SecretBytes::from(der_of(private)));
            assert!(matches!(read(kind, der), Ok(Material::KeyPair(_))), "{kind:?}");
        }
    }

    #[test]
    fn halves_that_do_not_match_are_refused() {
        let [one, other] = [(); 2].map(|()| generate::sm2_key_pair().unwrap());
        let mixed = text(&format!("{}{}", one.private.expose(), other.public));
        assert!(mixed.for_type(SecretTypeSm2KeyPair).is_err());
        let of_another_type = text(one.private.expose());
        assert!(of_another_type.for_type(SecretTypeRsaKeyPair).is_err());
        assert!(text("-----BEGIN nothing").for_type(SecretTypeSm2KeyPair).is_err());
        let bytes = NewValue::Binary(SecretBytes::from(vec![0xFF; 40]));
        assert!(bytes.for_type(SecretTypeRsaKeyPair).is_err());
    }

    #[test]
    fn what_is_no_key_text_is_told_before_it_is_sent() {
        let pair = generate::sm2_key_pair().unwrap();
        let NewValue::Text(prepared) =
            text(pair.private.expose()).for_type(SecretTypeSm2KeyPair).unwrap()
        else {
            panic!("not a text")
        };
        assert!(text(prepared.expose()).for_type(SecretTypeSm2KeyPair).is_ok());
        let bytes = |bytes: &[u8]| NewValue::Binary(SecretBytes::from(bytes.to_vec()));
        // As `openssl pkcs12 -export` begins, with a length in two bytes and in one.
        let pkcs12: [&[u8]; 2] =
            [&[0x30, 0x82, 0x0A, 0x4F, 2, 1, 3, 0x30, 0xFF], &[0x30, 0x40, 2, 1, 3, 0xFF]];
        for kind in [SecretTypeSm2KeyPair, SecretTypeCertificate] {
            for nothing in [text("blah"), text("not Base64 at all"), text("")] {
                assert_eq!(nothing.for_type(kind).err(), Some(Error::NotKeyText), "{kind:?}");
            }
            for pkcs12 in pkcs12 {
                assert_eq!(bytes(pkcs12).for_type(kind).err(), Some(Error::Pkcs12), "{kind:?}");
            }
        }
        let der = bytes(&[0x30, 0x82, 1, 2, 0x30, 0xFF]);
        assert_eq!(der.for_type(SecretTypeCertificate).err(), Some(Error::NotKeyText));
        assert!(bytes(&[0xFF]).for_type(SecretTypeImportData).is_ok());
        assert!(text("blah").for_type(SecretTypeImportData).is_ok());
    }

    #[test]
    fn a_certificate_comes_with_its_key_in_one_text() {
        let params =
            || CertificateParams { key: CertificateKey::EcP256, ..CertificateParams::default() };
        let [one, other] = [(); 2].map(|()| generate::certificate(&params()).unwrap());
        let of =
            |certificate: &str, key: &SecretString| text(&format!("{}{certificate}", key.expose()));
        let read = read(SecretTypeCertificate, of(&one.certificate, &one.private_key));
        let Ok(Material::Certificate(pems)) = read else { panic!("not a certificate") };
        assert_eq!(pems.certificate, one.certificate);
        let mixed = of(&other.certificate, &one.private_key);
        assert!(mixed.for_type(SecretTypeCertificate).is_err());
        // Its issuer may follow, and nothing that has issued nothing.
        let subject =
            generate::Subject { common_name: Some("other".into()), ..generate::Subject::default() };
        let unrelated = generate::certificate(&CertificateParams { subject, ..params() }).unwrap();
        for (next, refused) in [(&one, false), (&unrelated, true)] {
            let chain = format!("{}{}", one.certificate, next.certificate);
            assert_eq!(
                of(&chain, &one.private_key).for_type(SecretTypeCertificate).is_err(),
                refused
            );
        }
    }

    #[test]
    fn the_bytes_of_a_key_become_its_digits_and_the_rest_stays() {
        for (kind, bytes) in [(SecretTypeAes256Key, 32), (SecretTypeSm4Key, 16)] {
            let key = NewValue::Binary(SecretBytes::from(vec![0xA5; bytes]));
            let NewValue::Text(digits) = key.for_type(kind).unwrap() else { panic!("not a text") };
            assert_eq!(digits.expose(), "A5".repeat(bytes));
            let line = text(&format!("{}\r\n", "a5".repeat(bytes)));
            let NewValue::Text(digits) = line.for_type(kind).unwrap() else { panic!("not a text") };
            assert_eq!(digits.expose(), "a5".repeat(bytes), "without the end of the line");
            let short = NewValue::Binary(SecretBytes::from(vec![0xA5; bytes - 1]));
            let refused = match kind {
                SecretTypeAes256Key => Error::MalformedAesKey,
                _ => Error::MalformedSm4Key,
            };
            assert_eq!(short.for_type(kind).err(), Some(refused));
        }
        let pem = "-----BEGIN PRIVATE KEY-----\n";
        let NewValue::Text(same) = text(pem).for_type(SecretTypeImportData).unwrap() else {
            panic!("not a text")
        };
        assert_eq!(same.expose(), pem, "imported data is what it is");
    }
}
