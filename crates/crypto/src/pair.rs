//! Key pairs as secrets: both halves as PEM, of the algorithm of their type.
//!
//! Invariant: a [`PrivateKey`] is usable for what its algorithm does. The suites of AECS read the RSA
//! and SM2 keys ([`KeyPair`]); the keys of the other algorithms are read here.

use aecs_proto::EnclaveSecretType;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _,
};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::key::{self, KeyPair, PrivateMaterial};
use crate::pem;
use crate::secret::SecretString;
use crate::suite::Suite;

aecs_proto::named! {
    /// What the keys of a pair are for, with the name in command lines.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Algorithm {
        /// RSA of 2048 to 8192 bits.
        Rsa = "rsa",
        /// SM2 (GB/T 32918).
        Sm2 = "sm2",
        /// ECDSA on P-256 with SHA-256.
        EcP256 = "ec-p256",
        /// ECDSA on P-384 with SHA-384.
        EcP384 = "ec-p384",
        /// Ed25519 (RFC 8032).
        Ed25519 = "ed25519",
    }
}

impl Algorithm {
    /// The algorithm of the key pairs that are secrets of the type `kind`.
    #[must_use]
    pub fn of(kind: EnclaveSecretType) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.kind() == kind)
    }

    /// The type of such secrets.
    #[must_use]
    pub fn kind(self) -> EnclaveSecretType {
        match self {
            Self::Rsa => EnclaveSecretType::SecretTypeRsaKeyPair,
            Self::Sm2 => EnclaveSecretType::SecretTypeSm2KeyPair,
            Self::EcP256 => EnclaveSecretType::SecretTypeEcP256KeyPair,
            Self::EcP384 => EnclaveSecretType::SecretTypeEcP384KeyPair,
            Self::Ed25519 => EnclaveSecretType::SecretTypeEd25519KeyPair,
        }
    }
}

/// Both halves of a key pair as PEM.
pub struct AsymmetricPems {
    /// What the keys are for.
    pub algorithm: Algorithm,
    /// The private key.
    pub private: SecretString,
    /// The public key.
    pub public: String,
}

impl AsymmetricPems {
    /// Reads a private key and derives its public one.
    ///
    /// # Errors
    ///
    /// An [`Error`] that names what was found if it is no private key of that algorithm.
    pub fn of_private(algorithm: Algorithm, private: SecretString) -> Result<Self> {
        let public = PrivateKey::from_pem(algorithm, private.expose())?.public_pem()?;
        Ok(Self { algorithm, private, public })
    }

    /// Checks that both texts are keys of the algorithm and belong together.
    ///
    /// # Errors
    ///
    /// [`Error::KeyMismatch`] if they do not, and an [`Error`] that names what was found for other keys.
    pub fn check(&self) -> Result<()> {
        match PrivateKey::from_pem(self.algorithm, self.private.expose())? {
            PrivateKey::OfSuite(_) => {
                KeyPair::from_pems(self.private.expose(), &self.public).map(drop)
            }
            key => match same_public(&key.public_pem()?, &self.public)? {
                true => Ok(()),
                false => Err(Error::KeyMismatch("public key")),
            },
        }
    }
}

/// A private key, decoded.
pub(crate) enum PrivateKey {
    /// RSA or SM2.
    OfSuite(KeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl PrivateKey {
    /// Reads a private key: RSA as PKCS#1 or PKCS#8, SM2 and EC as SEC 1 or PKCS#8, Ed25519 as PKCS#8.
    pub(crate) fn from_pem(algorithm: Algorithm, text: &str) -> Result<Self> {
        match algorithm {
            Algorithm::Rsa => Self::of_suite(Suite::Rsa, algorithm, text),
            Algorithm::Sm2 => Self::of_suite(Suite::Sm, algorithm, text),
            Algorithm::EcP256 => Self::ec(&ECDSA_P256_SHA256_ASN1_SIGNING, algorithm, text),
            Algorithm::EcP384 => Self::ec(&ECDSA_P384_SHA384_ASN1_SIGNING, algorithm, text),
            Algorithm::Ed25519 => {
                let blocks = pem::parse_private(text)?;
                let key = match blocks.as_slice() {
                    [block] if block.label == pem::PRIVATE_KEY => {
                        Ed25519KeyPair::from_pkcs8(&block.der).ok()
                    }
                    _ => None,
                };
                key.map(Self::Ed25519).ok_or_else(|| unaccepted(algorithm, &blocks))
            }
        }
    }

    fn of_suite(suite: Suite, algorithm: Algorithm, text: &str) -> Result<Self> {
        match KeyPair::from_private_pem(text) {
            Ok(pair) if pair.suite() == suite => Ok(Self::OfSuite(pair)),
            // The reader of key pairs knows the algorithms of the suites only.
            Ok(_) | Err(Error::UnacceptedCurve { .. } | Error::UnacceptedKey { .. }) => {
                Err(unaccepted(algorithm, &pem::parse_private(text)?))
            }
            Err(error) => Err(error),
        }
    }

    fn ec(curve: &'static EcdsaSigningAlgorithm, algorithm: Algorithm, text: &str) -> Result<Self> {
        let blocks = pem::parse_private(text)?;
        let key = match blocks.as_slice() {
            [block] if block.label == pem::PRIVATE_KEY => {
                EcdsaKeyPair::from_pkcs8(curve, &block.der).ok()
            }
            [block] if block.label == pem::EC_PRIVATE_KEY => {
                EcdsaKeyPair::from_private_key_der(curve, &block.der).ok()
            }
            _ => None,
        };
        key.map(Self::Ec).ok_or_else(|| unaccepted(algorithm, &blocks))
    }

    /// A new key, and its PEM as PKCS#8; for the algorithms that no suite has.
    fn generate(algorithm: Algorithm) -> Result<(Self, SecretString)> {
        let failed = |_| Error::Library("key generation");
        let ec = |curve| {
            let key = EcdsaKeyPair::generate(curve).map_err(failed)?;
            let der = key.to_pkcs8v1().map_err(failed)?;
            Ok::<_, Error>((Self::Ec(key), Zeroizing::new(der.as_ref().to_vec())))
        };
        let (key, der) = match algorithm {
            Algorithm::EcP256 => ec(&ECDSA_P256_SHA256_ASN1_SIGNING)?,
            Algorithm::EcP384 => ec(&ECDSA_P384_SHA384_ASN1_SIGNING)?,
            Algorithm::Ed25519 => {
                let key = Ed25519KeyPair::generate().map_err(failed)?;
                let der = key.to_pkcs8v1().map_err(failed)?;
                (Self::Ed25519(key), Zeroizing::new(der.as_ref().to_vec()))
            }
            Algorithm::Rsa | Algorithm::Sm2 => {
                let suite = if algorithm == Algorithm::Rsa { Suite::Rsa } else { Suite::Sm };
                let pair = KeyPair::generate(suite)?;
                let text = pair.private_pem();
                return Ok((Self::OfSuite(pair), text));
            }
        };
        Ok((key, SecretString::from(pem::encode(pem::PRIVATE_KEY, &der)?)))
    }

    /// The public half: `PUBLIC KEY`, of RSA `RSA PUBLIC KEY`.
    pub(crate) fn public_pem(&self) -> Result<String> {
        let failed = |_| Error::Library("public key encoding");
        let der: PublicKeyX509Der<'_> = match self {
            Self::OfSuite(pair) => return Ok(pair.public().pem().to_owned()),
            Self::Ec(key) => key.public_key().as_der().map_err(failed)?,
            Self::Ed25519(key) => key.public_key().as_der().map_err(failed)?,
        };
        pem::encode(pem::PUBLIC_KEY, der.as_ref())
    }

    /// The key of a suite.
    pub(crate) fn material(&self) -> Option<&PrivateMaterial> {
        match self {
            Self::OfSuite(pair) => Some(pair.material()),
            Self::Ec(_) | Self::Ed25519(_) => None,
        }
    }
}

/// A new key pair of that algorithm; RSA with 2048 bits.
///
/// RSA takes tens to hundreds of milliseconds: not for an async runtime's threads.
///
/// # Errors
///
/// [`Error::Library`] if the cryptographic library fails.
pub fn generate(algorithm: Algorithm) -> Result<AsymmetricPems> {
    let (key, private) = PrivateKey::generate(algorithm)?;
    Ok(AsymmetricPems { algorithm, private, public: key.public_pem()? })
}

/// Whether a text has the public key that is expected, as the only one and as it is written here.
fn same_public(expected: &str, text: &str) -> Result<bool> {
    let (expected, found) = (pem::parse(expected)?, pem::parse(text)?);
    Ok(match (expected.as_slice(), found.as_slice()) {
        ([expected], [found]) => expected.label == found.label && expected.der == found.der,
        _ => false,
    })
}

fn unaccepted(algorithm: Algorithm, blocks: &[pem::Block<'_>]) -> Error {
    let (wanted, accepted) = match algorithm {
        Algorithm::EcP256 => {
            ("a P-256 private key", "one key on P-256 (EC PRIVATE KEY or PRIVATE KEY)")
        }
        Algorithm::EcP384 => {
            ("a P-384 private key", "one key on P-384 (EC PRIVATE KEY or PRIVATE KEY)")
        }
        Algorithm::Ed25519 => ("an Ed25519 private key", "one Ed25519 key (PRIVATE KEY)"),
        Algorithm::Rsa => ("an RSA private key", "one RSA key (RSA PRIVATE KEY or PRIVATE KEY)"),
        Algorithm::Sm2 => ("an SM2 private key", "one SM2 key (EC PRIVATE KEY or PRIVATE KEY)"),
    };
    Error::UnacceptedKey { wanted, found: key::described(blocks), accepted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_makes_and_reads_its_pairs() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::of(algorithm.kind()), Some(algorithm));
            let pems = generate(algorithm).unwrap();
            assert_eq!(pems.check(), Ok(()), "{algorithm}");
            let read = AsymmetricPems::of_private(algorithm, pems.private.duplicate()).unwrap();
            assert_eq!(read.public, pems.public, "{algorithm}");

            let other = generate(algorithm).unwrap();
            let mixed = AsymmetricPems { public: other.public, ..pems };
            assert_eq!(mixed.check(), Err(Error::KeyMismatch("public key")), "{algorithm}");
        }
        assert_eq!(Algorithm::of(EnclaveSecretType::SecretTypeCertificate), None);
    }

    #[test]
    fn a_key_is_of_one_algorithm() {
        let pems: Vec<_> = Algorithm::ALL.map(|it| generate(it).unwrap()).into_iter().collect();
        for one in &pems {
            for other in pems.iter().filter(|other| other.algorithm != one.algorithm) {
                let mixed = AsymmetricPems {
                    algorithm: other.algorithm,
                    private: one.private.duplicate(),
                    public: one.public.clone(),
                };
                assert!(mixed.check().is_err(), "{} as {}", one.algorithm, other.algorithm);
            }
        }
        let [.., ed25519] = pems.as_slice() else { panic!("five pairs") };
        let refused = AsymmetricPems::of_private(Algorithm::EcP256, ed25519.private.duplicate());
        assert_eq!(
            refused.err().unwrap().to_string(),
            "PRIVATE KEY (Ed25519) is not accepted as a P-256 private key: expected one key on \
             P-256 (EC PRIVATE KEY or PRIVATE KEY)"
        );
        for (algorithm, wanted) in [
            (
                Algorithm::Rsa,
                "an RSA private key: expected one RSA key (RSA PRIVATE KEY or PRIVATE KEY)",
            ),
            (
                Algorithm::Sm2,
                "an SM2 private key: expected one SM2 key (EC PRIVATE KEY or PRIVATE KEY)",
            ),
        ] {
            for other in pems.iter().filter(|other| other.algorithm != algorithm) {
                let refused = AsymmetricPems::of_private(algorithm, other.private.duplicate());
                let text = refused.err().unwrap().to_string();
                assert!(text.ends_with(&format!(" is not accepted as {wanted}")), "{text}");
            }
        }
    }

    /// As `openssl ecparam -name prime256v1 -genkey` writes them.
    #[test]
    fn keys_of_openssl_are_read() {
        let key = generate(Algorithm::EcP256).unwrap();
        let PrivateKey::Ec(pair) =
            PrivateKey::from_pem(Algorithm::EcP256, key.private.expose()).unwrap()
        else {
            panic!("an EC key")
        };
        let der: aws_lc_rs::encoding::EcPrivateKeyRfc5915Der<'_> =
            pair.private_key().as_der().unwrap();
        let sec1 = pem::encode(pem::EC_PRIVATE_KEY, der.as_ref()).unwrap();
        let with_curve = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n\
            -----END EC PARAMETERS-----\n"
            .to_owned()
            + &sec1;
        for text in [sec1, with_curve] {
            let read = AsymmetricPems::of_private(Algorithm::EcP256, SecretString::from(text));
            assert_eq!(read.unwrap().public, key.public);
        }
    }
}
