//! Keys that sign for simulated devices and clouds.

use crate::failure::internal;
use aecs_attest::Result;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PublicKeyData as _};

/// A curve, and with it the hash that it is used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    /// P-256 with SHA-256.
    P256,
    /// P-384 with SHA-384.
    P384,
}

/// A key pair. Its signatures are the two numbers in full length.
#[derive(Debug)]
pub(crate) struct SigningKey {
    pair: KeyPair,
    key: EcdsaKeyPair,
}

impl SigningKey {
    pub(crate) fn generate(curve: Curve) -> Result<Self> {
        let (kind, signing) = match curve {
            Curve::P256 => (&PKCS_ECDSA_P256_SHA256, &ECDSA_P256_SHA256_FIXED_SIGNING),
            Curve::P384 => (&PKCS_ECDSA_P384_SHA384, &ECDSA_P384_SHA384_FIXED_SIGNING),
        };
        let pair = KeyPair::generate_for(kind).map_err(internal)?;
        let key = EcdsaKeyPair::from_pkcs8(signing, &pair.serialize_der()).map_err(internal)?;
        Ok(Self { pair, key })
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let signature = self.key.sign(&SystemRandom::new(), message).map_err(internal)?;
        Ok(signature.as_ref().to_vec())
    }

    /// The uncompressed point.
    pub(crate) fn point(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }

    /// The public key in DER.
    pub(crate) fn spki(&self) -> Vec<u8> {
        self.pair.subject_public_key_info()
    }

    pub(crate) fn pair(&self) -> &KeyPair {
        &self.pair
    }
}
