//! How certificates and revocation lists are signed.

use aecs_crypto::sm::{DEFAULT_ID, Sm2Verifier};
use x509_parser::asn1_rs::{Oid, oid};
use x509_parser::oid_registry as ids;
use x509_parser::prelude::FromDer as _;
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::der::{self, Tag};
use crate::error::Source;
use crate::signature::memory::SignatureMemory;
use crate::signature::scheme::{self, Scheme};

/// SM2 signatures with SM3 (GM/T 0006).
const SM2_WITH_SM3: Oid<'static> = oid!(1.2.156.10197.1.501);
/// The SM2 curve.
const SM2_CURVE: Oid<'static> = oid!(1.2.156.10197.1.301);
/// 1.2.840.113549.1.1.8, in DER.
const MGF1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x08];

/// A signature algorithm of certificates and revocation lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    EcdsaSha256,
    EcdsaSha384,
    EcdsaSha512,
    RsaSha256,
    RsaSha384,
    RsaSha512,
    PssSha256,
    PssSha384,
    Sm2Sm3,
}

impl Algorithm {
    pub(crate) const ALL: &'static [Self] = &[
        Self::EcdsaSha256,
        Self::EcdsaSha384,
        Self::EcdsaSha512,
        Self::RsaSha256,
        Self::RsaSha384,
        Self::RsaSha512,
        Self::PssSha256,
        Self::PssSha384,
        Self::Sm2Sm3,
    ];

    fn is(self, found: &AlgorithmIdentifier<'_>) -> bool {
        // RFC 5758, section 3.2: none with ECDSA. RFC 4055, section 5: NULL with RSA.
        let none = found.parameters.is_none();
        let null = none || found.parameters.as_ref().is_some_and(|it| it.as_null().is_ok());
        let id = &found.algorithm;
        match self {
            Self::EcdsaSha256 => none && *id == ids::OID_SIG_ECDSA_WITH_SHA256,
            Self::EcdsaSha384 => none && *id == ids::OID_SIG_ECDSA_WITH_SHA384,
            Self::EcdsaSha512 => none && *id == ids::OID_SIG_ECDSA_WITH_SHA512,
            Self::RsaSha256 => null && *id == ids::OID_PKCS1_SHA256WITHRSA,
            Self::RsaSha384 => null && *id == ids::OID_PKCS1_SHA384WITHRSA,
            Self::RsaSha512 => null && *id == ids::OID_PKCS1_SHA512WITHRSA,
            Self::PssSha256 => is_pss(found, &ids::OID_NIST_HASH_SHA256, 32),
            Self::PssSha384 => is_pss(found, &ids::OID_NIST_HASH_SHA384, 48),
            Self::Sm2Sm3 => null && *id == SM2_WITH_SM3,
        }
    }

    /// The keys that it is used with, and how it is verified; SM2 is not `aws-lc`'s, and is not
    /// remembered.
    fn verification(self) -> (KeyKind, Option<&'static Scheme>) {
        match self {
            Self::EcdsaSha256 => (KeyKind::P256, Some(&scheme::ECDSA_P256_SHA256_ASN1)),
            Self::EcdsaSha384 => (KeyKind::P384, Some(&scheme::ECDSA_P384_SHA384_ASN1)),
            Self::EcdsaSha512 => (KeyKind::P521, Some(&scheme::ECDSA_P521_SHA512_ASN1)),
            Self::RsaSha256 => (KeyKind::Rsa, Some(&scheme::RSA_PKCS1_2048_8192_SHA256)),
            Self::RsaSha384 => (KeyKind::Rsa, Some(&scheme::RSA_PKCS1_2048_8192_SHA384)),
            Self::RsaSha512 => (KeyKind::Rsa, Some(&scheme::RSA_PKCS1_2048_8192_SHA512)),
            Self::PssSha256 => (KeyKind::Rsa, Some(&scheme::RSA_PSS_2048_8192_SHA256)),
            Self::PssSha384 => (KeyKind::Rsa, Some(&scheme::RSA_PSS_2048_8192_SHA384)),
            Self::Sm2Sm3 => (KeyKind::Sm2, None),
        }
    }
}

/// RSASSA-PSS with this hash, with MGF1 and the same hash, and a salt of this length (RFC 4055,
/// section 3.1).
fn is_pss(algorithm: &AlgorithmIdentifier<'_>, hash: &Oid<'_>, salt_len: u32) -> bool {
    let Ok(SignatureAlgorithm::RSASSA_PSS(params)) = SignatureAlgorithm::try_from(algorithm) else {
        return false;
    };
    let same_mask = params
        .mask_gen_algorithm()
        .is_ok_and(|mask| mask.mgf.as_bytes() == MGF1 && mask.hash == *hash);
    params.hash_algorithm_oid() == hash
        && same_mask
        && params.salt_length() == salt_len
        && params.trailer_field() == 1
}

/// What a public key is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Rsa,
    P256,
    P384,
    P521,
    Sm2,
}

impl KeyKind {
    pub(crate) fn of(key: &SubjectPublicKeyInfo<'_>) -> Option<Self> {
        let id = &key.algorithm.algorithm;
        if *id == ids::OID_PKCS1_RSAENCRYPTION || *id == ids::OID_PKCS1_RSASSAPSS {
            return Some(Self::Rsa);
        }
        let curve = key.algorithm.parameters.as_ref()?.as_oid().ok()?;
        let curves = [
            (ids::OID_EC_P256, Self::P256),
            (ids::OID_NIST_EC_P384, Self::P384),
            (ids::OID_NIST_EC_P521, Self::P521),
            (SM2_CURVE, Self::Sm2),
        ];
        let (_, kind) = curves.into_iter().find(|(id, _)| *id == curve)?;
        // Keys of SM2 have an algorithm of their own, too.
        (kind == Self::Sm2 || *id == ids::OID_KEY_TYPE_EC_PUBLIC_KEY).then_some(kind)
    }
}

/// The public key of a certificate, as its algorithm encodes it.
#[derive(Debug, Clone)]
pub(super) struct Key {
    kind: Option<KeyKind>,
    bits: Vec<u8>,
}

impl Key {
    pub(super) fn of(key: &SubjectPublicKeyInfo<'_>) -> Self {
        Self { kind: KeyKind::of(key), bits: key.subject_public_key.data.to_vec() }
    }
}

/// The SM2 key that is an uncompressed point.
pub(super) fn sm2_key(bits: &[u8]) -> Result<Sm2Verifier, Source> {
    let Some((4, point)) = bits.split_first() else {
        return Err("the key is not an uncompressed point".into());
    };
    Ok(Sm2Verifier::from_point(point.try_into()?)?)
}

/// A certificate or a revocation list, taken apart: what is signed, and the signature.
///
/// The signature does not cover the frame, so nothing in the frame may vary: it is DER with nothing
/// behind it, and its algorithm is, to the byte, the one in what is signed (RFC 5280, sections
/// 4.1.1.2 and 5.1.1.2).
pub(super) struct Signed<'a> {
    pub(super) message: &'a [u8],
    pub(super) algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(super) fn cut(der: &'a [u8]) -> Result<Self, &'static str> {
        Self::parts(der).ok_or("its signature and its algorithm are not encoded as they must be")
    }

    fn parts(der: &'a [u8]) -> Option<Self> {
        let mut parts = der::only(der, Tag::Sequence)?;
        let message = der::next(&mut parts)?;
        let algorithm = der::next(&mut parts)?.whole;
        let [0, signature @ ..] = der::only(parts, Tag::BitString)? else { return None };
        // The first sequence: in front of it are the version and, in certificates, the serial
        // number.
        let mut fields = (message.tag == Tag::Sequence).then_some(message.content)?;
        let named = std::iter::from_fn(|| der::next(&mut fields));
        let named = named.take(3).find(|field| field.tag == Tag::Sequence)?.whole;
        (named == algorithm).then_some(Self { message: message.whole, algorithm, signature })
    }

    /// Whether the key made the signature, with one of these algorithms.
    pub(super) fn verify(
        &self,
        allowed: &[Algorithm],
        key: &Key,
        signatures: &SignatureMemory,
    ) -> Result<(), Source> {
        let (_, found) = AlgorithmIdentifier::from_der(self.algorithm)?;
        let algorithm = allowed.iter().find(|algorithm| algorithm.is(&found));
        let algorithm =
            algorithm.ok_or_else(|| format!("it is signed with {}", found.algorithm))?;
        let (kind, scheme) = algorithm.verification();
        if key.kind != Some(kind) {
            return Err("its issuer's key is of another kind than its signature".into());
        }
        match scheme {
            Some(scheme) => signatures
                .verify(scheme, &key.bits, self.message, self.signature)
                .map_err(|_| "its signature does not verify".into()),
            None => Ok(sm2_key(&key.bits)?.verify_der(DEFAULT_ID, self.message, self.signature)?),
        }
    }
}
