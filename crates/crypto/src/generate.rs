//! Generated secret material, and checks of material that was made elsewhere.

use std::str::FromStr;

use crate::error::{Error, Result};
use crate::hash::random_secret;
use crate::key::rsa;
use crate::material::{AesKey, Sm4Key};
use crate::pem;
use crate::secret::SecretString;

pub use crate::certificate::{
    CertificateKey, CertificateParams, CertificatePems, ExtendedKeyUsage, KeyUsage, Subject,
    certificate, check_certificate, check_chain,
};
pub use crate::pair::{Algorithm, AsymmetricPems, generate as key_pair};

/// Size of the modulus of a generated RSA key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RsaBits {
    /// 2048 bits, the default of AECS.
    #[default]
    Bits2048,
    /// 3072 bits.
    Bits3072,
    /// 4096 bits.
    Bits4096,
}

impl RsaBits {
    pub(crate) fn key_size(self) -> rsa::KeySize {
        match self {
            Self::Bits2048 => rsa::KeySize::Rsa2048,
            Self::Bits3072 => rsa::KeySize::Rsa3072,
            Self::Bits4096 => rsa::KeySize::Rsa4096,
        }
    }
}

impl FromStr for RsaBits {
    type Err = Error;

    fn from_str(bits: &str) -> Result<Self> {
        match bits {
            "2048" => Ok(Self::Bits2048),
            "3072" => Ok(Self::Bits3072),
            "4096" => Ok(Self::Bits4096),
            _ => Err(Error::UnknownName { what: "RSA key size", accepted: "2048, 3072, 4096" }),
        }
    }
}

/// The form of a generated RSA key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PkcsType {
    /// PKCS#1: `RSA PRIVATE KEY` and `RSA PUBLIC KEY`. The default of AECS.
    #[default]
    Pkcs1,
    /// PKCS#8 and SPKI: `PRIVATE KEY` and `PUBLIC KEY`.
    Pkcs8,
}

impl FromStr for PkcsType {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "pkcs1" => Ok(Self::Pkcs1),
            "pkcs8" => Ok(Self::Pkcs8),
            _ => Err(Error::UnknownName { what: "form of RSA keys", accepted: "pkcs1, pkcs8" }),
        }
    }
}

/// An AES-256 key, whose text is 64 upper-case hex digits.
///
/// # Errors
///
/// [`Error::Library`] if the random generator fails.
pub fn aes256() -> Result<AesKey> {
    AesKey::parse(SecretString::from(hex::encode_upper(random_secret::<32>()?)))
}

/// An SM4 key, whose text is 32 upper-case hex digits.
///
/// # Errors
///
/// [`Error::Library`] if the random generator fails.
pub fn sm4() -> Result<Sm4Key> {
    Sm4Key::parse(SecretString::from(hex::encode_upper(random_secret::<16>()?)))
}

/// A new RSA key pair.
///
/// Takes tens to hundreds of milliseconds: not for an async runtime's threads.
///
/// # Errors
///
/// [`Error::Library`] if the cryptographic library fails.
pub fn rsa_key_pair(bits: RsaBits, form: PkcsType) -> Result<AsymmetricPems> {
    let key = rsa::Private::generate(bits.key_size())?;
    let (private, public) = match form {
        PkcsType::Pkcs1 => (
            pem::encode(pem::RSA_PRIVATE_KEY, &key.pkcs1_der()?)?,
            pem::encode(pem::RSA_PUBLIC_KEY, key.public_pkcs1_der())?,
        ),
        PkcsType::Pkcs8 => (
            pem::encode(pem::PRIVATE_KEY, &key.pkcs8_der()?)?,
            pem::encode(pem::PUBLIC_KEY, &key.public_spki_der()?)?,
        ),
    };
    let (algorithm, private) = (Algorithm::Rsa, SecretString::from(private));
    Ok(AsymmetricPems { algorithm, private, public })
}

/// A new SM2 key pair, as `EC PRIVATE KEY` and `PUBLIC KEY`.
///
/// # Errors
///
/// [`Error::Library`] if the cryptographic library fails.
pub fn sm2_key_pair() -> Result<AsymmetricPems> {
    key_pair(Algorithm::Sm2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::Material;

    #[test]
    fn aes_keys_are_64_upper_case_digits() {
        let text = || Material::AesKey(aes256().unwrap()).to_text();
        let key = text();
        let digits = key.expose();
        assert_eq!(digits.len(), 64);
        assert!(digits.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)));
        assert!(!key.ct_eq(text().expose()));
    }

    #[test]
    fn rsa_pairs_have_the_form_that_was_asked_for() {
        let pems = rsa_key_pair(RsaBits::Bits2048, PkcsType::Pkcs1).unwrap();
        assert!(pems.private.expose().starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
        assert!(pems.public.starts_with("-----BEGIN RSA PUBLIC KEY-----\n"));
        assert_eq!(pems.check(), Ok(()));

        let other = rsa_key_pair(RsaBits::Bits3072, PkcsType::Pkcs8).unwrap();
        assert!(other.private.expose().starts_with("-----BEGIN PRIVATE KEY-----\n"));
        assert!(other.public.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        assert_eq!(other.check(), Ok(()));
    }

    #[test]
    fn sm2_pairs_are_checked_by_suite() {
        let pems = sm2_key_pair().unwrap();
        assert!(pems.private.expose().starts_with("-----BEGIN EC PRIVATE KEY-----\n"));
        let as_rsa = AsymmetricPems { algorithm: Algorithm::Rsa, ..pems };
        let text = as_rsa.check().err().unwrap().to_string();
        assert!(text.starts_with("EC PRIVATE KEY is not accepted as an RSA private key"), "{text}");
    }

    #[test]
    fn parameters_are_words_not_guesses() {
        assert_eq!("3072".parse(), Ok(RsaBits::Bits3072));
        assert_eq!("pkcs8".parse(), Ok(PkcsType::Pkcs8));
        for bits in ["", "1024", "02048", "2048 "] {
            assert!(bits.parse::<RsaBits>().is_err());
        }
        for form in ["", "PKCS8", "pkcs12"] {
            assert!(form.parse::<PkcsType>().is_err());
        }
    }
}
