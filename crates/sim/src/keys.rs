//! Keys that sign for simulated processors, devices, services and authorities.

use aecs_attest::Result;
use aecs_crypto::sm::{DEFAULT_ID, Sm2Signer};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RsaEncoding, RsaKeyPair,
};

use zeroize::Zeroizing;

use crate::der::{
    EXPLICIT_0, EXPLICIT_1, EXPLICIT_2, NULL, bit_string, element, integer, oid, sequence, unsigned,
};
use crate::failure::{Source, internal};
use crate::x509::Signer;

const EC_PUBLIC_KEY: &[u64] = &[1, 2, 840, 10045, 2, 1];
const SM2_CURVE: &[u64] = &[1, 2, 156, 10197, 1, 301];
const SM2_WITH_SM3: &[u64] = &[1, 2, 156, 10197, 1, 501];
const RSA_ENCRYPTION: &[u64] = &[1, 2, 840, 113_549, 1, 1, 1];
const RSA_WITH_SHA256: &[u64] = &[1, 2, 840, 113_549, 1, 1, 11];
const RSA_PSS: &[u64] = &[1, 2, 840, 113_549, 1, 1, 10];
const MGF1: &[u64] = &[1, 2, 840, 113_549, 1, 1, 8];
const SHA256: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];
const SHA384: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 2];

/// A public key (SubjectPublicKeyInfo): the parts of its algorithm's identifier, and its bits.
fn spki(algorithm: &[Vec<u8>], key: &[u8]) -> Vec<u8> {
    sequence(&[sequence(algorithm), bit_string(key)])
}

/// A curve, and with it the hash that it is used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    /// P-256 with SHA-256.
    P256,
    /// P-384 with SHA-384.
    P384,
}

impl Curve {
    fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
            Self::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        }
    }
}

/// A key pair for ECDSA.
#[derive(Debug)]
pub(crate) struct EcKey {
    curve: Curve,
    pair: EcdsaKeyPair,
}

impl EcKey {
    pub(crate) fn generate(curve: Curve) -> Result<Self> {
        Ok(Self { curve, pair: EcdsaKeyPair::generate(curve.signing()).map_err(internal)? })
    }

    /// Reads what [`EcKey::pkcs8`] wrote.
    pub(crate) fn from_pkcs8(curve: Curve, der: &[u8]) -> Result<Self, Source> {
        Ok(Self { curve, pair: EcdsaKeyPair::from_pkcs8(curve.signing(), der)? })
    }

    /// The private key, in DER.
    pub(crate) fn pkcs8(&self) -> Result<impl AsRef<[u8]>> {
        self.pair.to_pkcs8v1().map_err(internal)
    }

    /// A signature: the two numbers in full length.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(internal)?;
        Ok(signature.as_ref().to_vec())
    }

    /// The uncompressed point.
    pub(crate) fn point(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The point's two coordinates.
    pub(crate) fn coordinates(&self) -> &[u8] {
        self.point().get(1..).unwrap_or_default()
    }
}

impl Signer for EcKey {
    fn spki(&self) -> Vec<u8> {
        let curve: &[u64] = match self.curve {
            Curve::P256 => &[1, 2, 840, 10045, 3, 1, 7],
            Curve::P384 => &[1, 3, 132, 0, 34],
        };
        spki(&[oid(EC_PUBLIC_KEY), oid(curve)], self.point())
    }

    fn algorithm(&self) -> Vec<u8> {
        sequence(&[oid(match self.curve {
            Curve::P256 => &[1, 2, 840, 10045, 4, 3, 2],
            Curve::P384 => &[1, 2, 840, 10045, 4, 3, 3],
        })])
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>> {
        let numbers = self.sign(message)?;
        let (r, s) = numbers.split_at(numbers.len() / 2);
        Ok(sequence(&[unsigned(r), unsigned(s)]))
    }
}

/// How an RSA key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RsaScheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Pkcs1,
    /// RSASSA-PSS with SHA-256.
    PssSha256,
    /// RSASSA-PSS with SHA-384.
    PssSha384,
}

impl RsaScheme {
    fn encoding(self) -> &'static dyn RsaEncoding {
        match self {
            Self::Pkcs1 => &RSA_PKCS1_SHA256,
            Self::PssSha256 => &RSA_PSS_SHA256,
            Self::PssSha384 => &RSA_PSS_SHA384,
        }
    }
}

/// A key pair for RSA.
#[derive(Debug)]
pub(crate) struct RsaKey(RsaKeyPair);

impl RsaKey {
    pub(crate) fn generate(size: KeySize) -> Result<Self> {
        RsaKeyPair::generate(size).map(Self).map_err(internal)
    }

    /// Reads what [`RsaKey::pkcs8`] wrote.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, Source> {
        Ok(Self(RsaKeyPair::from_pkcs8(der)?))
    }

    /// The private key, in DER.
    pub(crate) fn pkcs8(&self) -> Result<Zeroizing<Vec<u8>>> {
        let der: Pkcs8V1Der<'static> = self.0.as_der().map_err(internal)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    pub(crate) fn sign(&self, scheme: RsaScheme, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(scheme.encoding(), &SystemRandom::new(), message, &mut signature)
            .map_err(internal)?;
        Ok(signature)
    }

    /// The modulus, big endian: all of the RSAPublicKey (RFC 8017, appendix A.1.1) but its head and
    /// the exponent, which is always 65537.
    pub(crate) fn modulus(&self) -> Result<&[u8]> {
        let key = self.0.public_key().as_ref().strip_suffix(&[0x02, 0x03, 0x01, 0x00, 0x01]);
        let key = key.ok_or_else(|| internal("another exponent"))?;
        Ok(key.split_at(key.len() - self.0.public_modulus_len()).1)
    }

    /// The key as one that signs certificates.
    pub(crate) fn signing(&self, scheme: RsaScheme) -> RsaSigner<'_> {
        RsaSigner { key: self, scheme }
    }
}

/// An RSA key, and how it signs certificates and revocation lists.
pub(crate) struct RsaSigner<'a> {
    key: &'a RsaKey,
    scheme: RsaScheme,
}

impl Signer for RsaSigner<'_> {
    fn spki(&self) -> Vec<u8> {
        spki(&[oid(RSA_ENCRYPTION), element(NULL, &[])], self.key.0.public_key().as_ref())
    }

    /// RFC 4055; salts are as long as hashes.
    fn algorithm(&self) -> Vec<u8> {
        let null = || element(NULL, &[]);
        let (hash, salt) = match self.scheme {
            RsaScheme::Pkcs1 => return sequence(&[oid(RSA_WITH_SHA256), null()]),
            RsaScheme::PssSha256 => (sequence(&[oid(SHA256), null()]), 32),
            RsaScheme::PssSha384 => (sequence(&[oid(SHA384), null()]), 48),
        };
        let mask = sequence(&[oid(MGF1), hash.clone()]);
        let parameters = [
            element(EXPLICIT_0, &hash),
            element(EXPLICIT_1, &mask),
            element(EXPLICIT_2, &integer(salt)),
        ];
        sequence(&[oid(RSA_PSS), sequence(&parameters)])
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.key.sign(self.scheme, message)
    }
}

impl Signer for Sm2Signer {
    fn spki(&self) -> Vec<u8> {
        let point = [[4].as_slice(), &self.point()].concat();
        spki(&[oid(EC_PUBLIC_KEY), oid(SM2_CURVE)], &point)
    }

    fn algorithm(&self) -> Vec<u8> {
        sequence(&[oid(SM2_WITH_SM3)])
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>> {
        Ok(self.sign_der(DEFAULT_ID, message)?)
    }
}
