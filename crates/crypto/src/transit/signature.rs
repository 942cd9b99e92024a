//! Signatures of key pairs, raw over the message: nothing of AECS is in them, so that everybody who has
//! the public key can verify them.

use aecs_proto::KeySignature;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1, ED25519,
    EcdsaKeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, UnparsedPublicKey, VerificationAlgorithm,
};

use crate::error::{Error, Result};
use crate::key::{PrivateMaterial, PublicMaterial};
use crate::pair::PrivateKey;

/// How RSA signs, and how that is verified.
type Rsa = (&'static dyn RsaEncoding, &'static dyn VerificationAlgorithm);

/// What an RSA key does for an algorithm; by default PSS with SHA-256.
fn rsa(algorithm: KeySignature) -> Rsa {
    match algorithm {
        KeySignature::Default | KeySignature::RsaPssSha256 => {
            (&RSA_PSS_SHA256, &RSA_PSS_2048_8192_SHA256)
        }
        KeySignature::RsaPssSha384 => (&RSA_PSS_SHA384, &RSA_PSS_2048_8192_SHA384),
        KeySignature::RsaPssSha512 => (&RSA_PSS_SHA512, &RSA_PSS_2048_8192_SHA512),
        KeySignature::RsaPkcs1Sha256 => (&RSA_PKCS1_SHA256, &RSA_PKCS1_2048_8192_SHA256),
        KeySignature::RsaPkcs1Sha384 => (&RSA_PKCS1_SHA384, &RSA_PKCS1_2048_8192_SHA384),
        KeySignature::RsaPkcs1Sha512 => (&RSA_PKCS1_SHA512, &RSA_PKCS1_2048_8192_SHA512),
    }
}

pub(super) fn sign(key: &PrivateKey, algorithm: KeySignature, message: &[u8]) -> Result<Vec<u8>> {
    match key {
        PrivateKey::OfSuite(pair) => match pair.material() {
            PrivateMaterial::Rsa(key) => key.sign_with(rsa(algorithm).0, message),
            PrivateMaterial::Sm(key) => {
                only_default(algorithm)?;
                key.sign(message)
            }
            PrivateMaterial::Modern(_) => Err(Error::NotOfThisKey("sign")),
        },
        PrivateKey::Ec(key) => {
            only_default(algorithm)?;
            let signature = key.sign(&SystemRandom::new(), message);
            signature.map(|it| it.as_ref().to_vec()).map_err(|_| Error::Library("ECDSA signature"))
        }
        PrivateKey::Ed25519(key) => {
            only_default(algorithm)?;
            let signature = key.try_sign(message);
            signature
                .map(|it| it.as_ref().to_vec())
                .map_err(|_| Error::Library("Ed25519 signature"))
        }
    }
}

pub(super) fn verify(
    key: &PrivateKey,
    algorithm: KeySignature,
    message: &[u8],
    signature: &[u8],
) -> Result<()> {
    match key {
        PrivateKey::OfSuite(pair) => match pair.public().material() {
            PublicMaterial::Rsa(key) => {
                check(rsa(algorithm).1, key.pkcs1_der(), message, signature)
            }
            PublicMaterial::Sm(key) => {
                only_default(algorithm)?;
                key.verify(message, signature)
            }
            PublicMaterial::Modern(_) => Err(Error::NotOfThisKey("verify")),
        },
        PrivateKey::Ec(key) => {
            only_default(algorithm)?;
            check(ecdsa(key), key.public_key().as_ref(), message, signature)
        }
        PrivateKey::Ed25519(key) => {
            only_default(algorithm)?;
            check(&ED25519, key.public_key().as_ref(), message, signature)
        }
    }
}

fn ecdsa(key: &EcdsaKeyPair) -> &'static dyn VerificationAlgorithm {
    match key.algorithm() == &ECDSA_P256_SHA256_ASN1_SIGNING {
        true => &ECDSA_P256_SHA256_ASN1,
        false => &ECDSA_P384_SHA384_ASN1,
    }
}

fn check(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<()> {
    let key = UnparsedPublicKey::new(algorithm, key);
    key.verify(message, signature).map_err(|_| Error::Signature)
}

/// Refuses an algorithm of RSA for a key that has one of its own.
fn only_default(algorithm: KeySignature) -> Result<()> {
    match algorithm {
        KeySignature::Default => Ok(()),
        _ => Err(Error::NotOfThisKey("sign with RSA")),
    }
}
