//! Keys and certificates as other tools write them, in the form in which secrets take them.
//!
//! A key pair comes as the PEM of its private key, with or without its public one, or as PKCS#8, PKCS#1
//! or SEC 1 in DER. A certificate comes as one PEM text with its private key and its chain. An AES key
//! comes as 32 bytes. The halves are checked to belong together.

use aecs_crypto::{Error, Material, SecretBytes, SecretString};
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
        use EnclaveSecretType::{
            SecretTypeAes256Key, SecretTypeCertificate, SecretTypeRsaKeyPair, SecretTypeSm2KeyPair,
        };

        let converted = match (kind, &self) {
            (
                SecretTypeRsaKeyPair | SecretTypeSm2KeyPair | SecretTypeCertificate,
                Self::Text(pem),
            ) => Material::from_pem(kind, pem).transpose()?.as_ref().map(in_json).transpose()?,
            (SecretTypeRsaKeyPair | SecretTypeSm2KeyPair, Self::Binary(der)) => {
                Some(in_json(&key_pair_of_der(kind, der)?)?)
            }
            (SecretTypeAes256Key, Self::Binary(key)) if key.expose().len() == 32 => {
                Some(SecretString::from(hex::encode_upper(key.expose())))
            }
            _ => None,
        };
        Ok(converted.map_or(self, Self::Text))
    }
}

/// The data of a secret: the Base64 of the JSON of a pair that was checked.
fn in_json(material: &Material) -> Result<SecretString, Error> {
    material.check()?;
    Ok(SecretString::from(STANDARD.encode(material.to_text().expose())))
}

fn key_pair_of_der(kind: EnclaveSecretType, der: &SecretBytes) -> Result<Material, Error> {
    let mut failed = Error::MalformedBase64;
    for label in PRIVATE_LABELS {
        match Material::from_pem(kind, &pem_of(label, der)) {
            Some(Ok(pair)) => return Ok(pair),
            Some(Err(error)) => failed = error,
            None => {}
        }
    }
    Err(failed)
}

/// DER in PEM.
fn pem_of(label: &str, der: &SecretBytes) -> SecretString {
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
        SecretTypeSm2KeyPair,
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
        let sm2 = generate::sm2_key_pair().unwrap();
        let rsa =
            generate::rsa_key_pair(generate::RsaBits::default(), generate::PkcsType::default())
                .unwrap();
        for (kind, pair) in [(SecretTypeSm2KeyPair, sm2), (SecretTypeRsaKeyPair, rsa)] {
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
    }

    #[test]
    fn a_key_of_32_bytes_becomes_its_digits_and_the_rest_stays() {
        let key = NewValue::Binary(SecretBytes::from(vec![0xA5; 32]));
        let NewValue::Text(digits) = key.for_type(SecretTypeAes256Key).unwrap() else {
            panic!("not a text")
        };
        assert_eq!(digits.expose(), "A5".repeat(32));
        let pem = "-----BEGIN PRIVATE KEY-----\n";
        let NewValue::Text(same) = text(pem).for_type(SecretTypeImportData).unwrap() else {
            panic!("not a text")
        };
        assert_eq!(same.expose(), pem, "imported data is what it is");
    }
}
