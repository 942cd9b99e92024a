//! The SM algorithms as attestation evidence uses them: SM2 signatures (GB/T 32918.2) of raw
//! numbers under identifiers of the signer's choice, SM3 (GB/T 32905) and HMAC with it.
//!
//! The suite `sm2` of AECS does not need this module: its keys are [`crate::PublicKey`] and
//! [`crate::KeyPair`].

use hmac::{Hmac, KeyInit, Mac};
use sm2::dsa::signature::hazmat::{PrehashVerifier, RandomizedPrehashSigner};
use sm2::dsa::signature::{RandomizedSigner, Verifier};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::elliptic_curve::Generate;
use sm2::elliptic_curve::common::getrandom::SysRng;
use sm2::{PublicKey, SecretKey};
use sm3::Sm3;

use crate::error::{Error, Result};
pub use crate::hash::sm3;

/// The identifier that signers have when nobody says another (GM/T 0009, section 10).
pub const DEFAULT_ID: &str = "1234567812345678";

/// Bytes of a point without its prefix, and of a signature: two numbers, big endian.
pub const PAIR_LEN: usize = 64;

/// HMAC with SM3 over the parts, one behind the other.
pub fn hmac_sm3(key: &[u8], parts: &[&[u8]]) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sm3>::new_from_slice(key).map_err(|_| Error::Library("HMAC with SM3"))?;
    for part in parts {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

/// An SM2 key that verifies what its owner signed.
#[derive(Debug, Clone)]
pub struct Sm2Verifier(PublicKey);

impl Sm2Verifier {
    /// Takes a point: its coordinates, big endian, one behind the other.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`] if the point is not on the curve.
    pub fn from_point(point: &[u8; PAIR_LEN]) -> Result<Self> {
        let mut sec1 = [4; 1 + PAIR_LEN];
        if let Some((_, coordinates)) = sec1.split_first_mut() {
            coordinates.copy_from_slice(point);
        }
        PublicKey::from_sec1_bytes(&sec1).map(Self).map_err(|_| malformed())
    }

    /// Verifies a signature over a message.
    ///
    /// # Errors
    ///
    /// [`Error::Signature`] if it does not verify; [`Error::MalformedKey`] if the identifier is
    /// longer than 8191 bytes.
    pub fn verify(&self, id: &str, message: &[u8], signature: &[u8; PAIR_LEN]) -> Result<()> {
        let key = VerifyingKey::new(id, self.0).map_err(|_| malformed())?;
        key.verify(message, &parse(signature)?).map_err(|_| Error::Signature)
    }

    /// Verifies a signature in DER over a message.
    ///
    /// # Errors
    ///
    /// As [`Sm2Verifier::verify`].
    pub fn verify_der(&self, id: &str, message: &[u8], signature: &[u8]) -> Result<()> {
        let signature = Signature::from_der(signature).map_err(|_| Error::Signature)?;
        self.verify(id, message, &signature.to_bytes().into())
    }

    /// Verifies a signature over a digest that the signer's identifier and key are no part of, as
    /// a TPM makes them.
    ///
    /// # Errors
    ///
    /// [`Error::Signature`] if it does not verify.
    pub fn verify_digest(&self, digest: &[u8; 32], signature: &[u8; PAIR_LEN]) -> Result<()> {
        let key = VerifyingKey::new(DEFAULT_ID, self.0).map_err(|_| malformed())?;
        key.verify_prehash(digest, &parse(signature)?).map_err(|_| Error::Signature)
    }
}

/// An SM2 key that signs evidence: for simulated platforms.
pub struct Sm2Signer(SecretKey);

impl Sm2Signer {
    /// Makes a new key.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the operating system's generator fails.
    pub fn generate() -> Result<Self> {
        SecretKey::try_generate_from_rng(&mut SysRng)
            .map(Self)
            .map_err(|_| Error::Library("SM2 key generation"))
    }

    /// The point of the public key: its coordinates, big endian, one behind the other.
    #[must_use]
    pub fn point(&self) -> [u8; PAIR_LEN] {
        let sec1 = self.0.public_key().to_sec1_bytes();
        sec1.last_chunk().copied().unwrap_or([0; PAIR_LEN])
    }

    /// Signs a message.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the operating system's generator fails;
    /// [`Error::MalformedKey`] if the identifier is longer than 8191 bytes.
    pub fn sign(&self, id: &str, message: &[u8]) -> Result<[u8; PAIR_LEN]> {
        let signature: Signature =
            self.key(id)?.try_sign_with_rng(&mut SysRng, message).map_err(|_| signing())?;
        Ok(signature.to_bytes().into())
    }

    /// Signs a message; the signature is in DER.
    ///
    /// # Errors
    ///
    /// As [`Sm2Signer::sign`].
    pub fn sign_der(&self, id: &str, message: &[u8]) -> Result<Vec<u8>> {
        Ok(parse(&self.sign(id, message)?)?.to_der().as_ref().to_vec())
    }

    /// Signs a digest that neither identifier nor key are a part of.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the operating system's generator fails.
    pub fn sign_digest(&self, digest: &[u8; 32]) -> Result<[u8; PAIR_LEN]> {
        let key = self.key(DEFAULT_ID)?;
        let signature: Signature =
            key.sign_prehash_with_rng(&mut SysRng, digest).map_err(|_| signing())?;
        Ok(signature.to_bytes().into())
    }

    fn key(&self, id: &str) -> Result<SigningKey> {
        SigningKey::new(id, &self.0).map_err(|_| malformed())
    }
}

fn parse(signature: &[u8; PAIR_LEN]) -> Result<Signature> {
    Signature::from_slice(signature).map_err(|_| Error::Signature)
}

fn signing() -> Error {
    Error::Library("SM2 signature")
}

fn malformed() -> Error {
    Error::MalformedKey("SM2 key")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array<const N: usize>(text: &str) -> [u8; N] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    #[test]
    fn hmac_has_the_known_answers() {
        // Computed independently, by the definition of RFC 2104.
        let expected = "2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882";
        let parts: [&[u8]; 3] = [b"what do ya want", b"", b" for nothing?"];
        assert_eq!(hex::encode(hmac_sm3(b"Jefe", &parts).unwrap()), expected);
        let long = hmac_sm3(&[0xAA; 131], &[b"larger than a block"]).unwrap();
        assert_eq!(
            hex::encode(long),
            "872720502a2284ec2f2ed577010f70a6fede515c6175dc2fd3b3b4e5c4fbe23b"
        );
    }

    #[test]
    fn a_known_signature_verifies() {
        // GB/T 32918.5, example A.2: the curve that everybody uses.
        let key = Sm2Verifier::from_point(&array(
            "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
             ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
        ))
        .unwrap();
        let signature = array(
            "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
             b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
        );
        key.verify(DEFAULT_ID, b"message digest", &signature).unwrap();
        assert_eq!(
            key.verify("1234567812345679", b"message digest", &signature),
            Err(Error::Signature)
        );
        assert_eq!(key.verify(DEFAULT_ID, b"message digesu", &signature), Err(Error::Signature));
    }

    #[test]
    fn signatures_are_verified_in_every_bit() {
        let signer = Sm2Signer::generate().unwrap();
        let verifier = Sm2Verifier::from_point(&signer.point()).unwrap();
        let signature = signer.sign("\u{1}\u{2}", b"message").unwrap();
        let digest = sm3(b"message");
        let of_digest = signer.sign_digest(&digest).unwrap();
        verifier.verify("\u{1}\u{2}", b"message", &signature).unwrap();
        verifier.verify_digest(&digest, &of_digest).unwrap();
        assert!(verifier.verify(DEFAULT_ID, b"message", &of_digest).is_err());
        for at in 0..PAIR_LEN {
            let (mut signature, mut of_digest) = (signature, of_digest);
            signature[at] ^= 1;
            of_digest[at] ^= 1;
            assert!(verifier.verify("\u{1}\u{2}", b"message", &signature).is_err(), "{at}");
            assert!(verifier.verify_digest(&digest, &of_digest).is_err(), "{at}");
        }
    }

    #[test]
    fn what_is_no_key_or_signature_is_refused() {
        assert!(Sm2Verifier::from_point(&[0; PAIR_LEN]).is_err());
        assert!(Sm2Verifier::from_point(&[0xFF; PAIR_LEN]).is_err());
        let signer = Sm2Signer::generate().unwrap();
        let verifier = Sm2Verifier::from_point(&signer.point()).unwrap();
        for no_number in [0, 0xFF] {
            let signature = [no_number; PAIR_LEN];
            assert_eq!(verifier.verify_digest(&[1; 32], &signature), Err(Error::Signature));
        }
        assert!(signer.sign(&"x".repeat(8192), b"").is_err());
    }
}
