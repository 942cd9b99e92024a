//! Hygon's own formats of certificates. All numbers are little endian; nothing is dated.
//!
//! Two formats exist (public sources: `csv.h` of jinzhao-attest, the csv-rs crate). The signing
//! keys of Hygon (HRK, HSK) have one of 832 bytes, the keys of a chip (CEK, PEK) one of 2084
//! bytes with two places for signatures.

use aecs_crypto::sm::{PAIR_LEN, Sm2Verifier};

use crate::encoding::bytes::take;
use crate::error::{Error, Result, Source};

/// Bytes of the certificate of a signing key of Hygon.
pub(super) const ROOT_LEN: usize = 832;
/// Bytes of it that are signed.
pub(super) const ROOT_BODY: usize = 576;
/// Bytes of the certificate of a key of a chip.
pub(super) const CHIP_LEN: usize = 2084;
/// Bytes of it that are signed.
pub(super) const CHIP_BODY: usize = 1044;

/// Usage of Hygon's root key.
pub(super) const USAGE_HRK: u32 = 0x0000;
/// Usage of Hygon's signing key.
pub(super) const USAGE_HSK: u32 = 0x0013;
/// Usage of a place for a signature that is not used.
pub(super) const USAGE_NONE: u32 = 0x1000;
/// Usage of the key that signs reports.
pub(super) const USAGE_PEK: u32 = 0x1002;
/// Usage of a chip's endorsement key.
pub(super) const USAGE_CEK: u32 = 0x1004;

/// SM2 signatures with SM3.
pub(super) const ALGORITHM_SM2: u32 = 4;
/// The SM2 curve over 256 bits.
pub(super) const CURVE_SM2: u32 = 3;

/// Room for a number. The numbers of the only curve fill 32 bytes of it.
const NUMBER: usize = 72;
const USER_ID: usize = 254;

/// Two numbers of the format, as everybody else writes them.
pub(super) type Pair = [u8; PAIR_LEN];

/// A public key and the identifier that its owner signs under.
pub(super) struct Key {
    verifier: Sm2Verifier,
    user_id: String,
}

impl Key {
    pub(super) fn verify(&self, message: &[u8], signature: &Pair) -> Result<(), Source> {
        Ok(self.verifier.verify(&self.user_id, message, signature)?)
    }

    /// Curve, coordinates, identifier.
    fn take(rest: &mut &[u8]) -> Result<Self, &'static str> {
        if number(rest)? != CURVE_SM2 {
            return Err("the key is not on the SM2 curve");
        }
        let point = pair(rest)?;
        let verifier =
            Sm2Verifier::from_point(&point).map_err(|_| "the key is not a point on its curve")?;
        let len = usize::from(u16::from_le_bytes(*bytes(rest)?));
        let user_id =
            bytes::<USER_ID>(rest)?.get(..len).ok_or("the user id is longer than its field")?;
        let user_id = std::str::from_utf8(user_id).map_err(|_| "the user id is not UTF-8")?;
        Ok(Self { verifier, user_id: user_id.to_owned() })
    }
}

/// Certificate of a signing key of Hygon.
pub(super) struct RootCertificate<'a> {
    pub(super) body: &'a [u8; ROOT_BODY],
    pub(super) key_id: [u8; 16],
    /// Id of the key that signed.
    pub(super) certifying_id: [u8; 16],
    pub(super) usage: u32,
    pub(super) key: Key,
    pub(super) signature: Pair,
}

impl<'a> RootCertificate<'a> {
    pub(super) fn parse(what: &'static str, der: &'a [u8]) -> Result<Self> {
        Self::cut(der).map_err(|reason| Error::malformed(what, reason))
    }

    fn cut(certificate: &'a [u8]) -> Result<Self, &'static str> {
        let certificate: &[u8; ROOT_LEN] =
            certificate.try_into().map_err(|_| "must be exactly 832 bytes")?;
        let mut rest = certificate.as_slice();
        let body = bytes::<ROOT_BODY>(&mut rest)?;
        // What follows the signature is unused and signed by nobody.
        let signature = pair(&mut rest)?;

        let mut rest = body.as_slice();
        if number(&mut rest)? != 1 {
            return Err("its version must be 1");
        }
        let key_id = *bytes(&mut rest)?;
        let certifying_id = *bytes(&mut rest)?;
        let usage = number(&mut rest)?;
        let _reserved = bytes::<24>(&mut rest)?;
        let key = Key::take(&mut rest)?;
        Ok(Self { body, key_id, certifying_id, usage, key, signature })
    }
}

/// One of the two places for signatures of a chip's certificate.
pub(super) struct Signature {
    pub(super) usage: u32,
    pub(super) algorithm: u32,
    /// None if the numbers are too large for the curve.
    value: Option<Pair>,
}

/// Certificate of a key of a chip.
pub(super) struct ChipCertificate<'a> {
    pub(super) body: &'a [u8; CHIP_BODY],
    /// Version of the firmware's interface when the key was made.
    pub(super) api: (u8, u8),
    pub(super) usage: u32,
    pub(super) algorithm: u32,
    pub(super) key: Key,
    /// Id of the key that signed; certificates of version 1 leave it zero.
    pub(super) signer_id: [u8; 16],
    pub(super) signatures: [Signature; 2],
}

impl<'a> ChipCertificate<'a> {
    pub(super) fn parse(what: &'static str, certificate: &'a [u8]) -> Result<Self> {
        Self::cut(certificate).map_err(|reason| Error::malformed(what, reason))
    }

    fn cut(certificate: &'a [u8]) -> Result<Self, &'static str> {
        let certificate: &[u8; CHIP_LEN] =
            certificate.try_into().map_err(|_| "must be exactly 2084 bytes")?;
        let mut places = certificate.as_slice();
        let body = bytes::<CHIP_BODY>(&mut places)?;
        let signatures = [Signature::take(&mut places)?, Signature::take(&mut places)?];

        let mut rest = body.as_slice();
        if !matches!(number(&mut rest)?, 1 | 2) {
            return Err("its version must be 1 or 2");
        }
        let [major, minor, _, _] = *bytes::<4>(&mut rest)?;
        let usage = number(&mut rest)?;
        let algorithm = number(&mut rest)?;
        let key = Key::take(&mut rest)?;
        let signer_id = *bytes(&mut rest)?;
        Ok(Self { body, api: (major, minor), usage, algorithm, key, signer_id, signatures })
    }

    /// The signature that a key of this usage made: the owner of a platform may have added
    /// another one.
    pub(super) fn signature_of(&self, usage: u32) -> Option<&Pair> {
        let of_usage = |place: &&Signature| {
            place.usage == usage && place.algorithm == ALGORITHM_SM2 && place.value.is_some()
        };
        self.signatures.iter().find(of_usage)?.value.as_ref()
    }
}

impl Signature {
    fn take(rest: &mut &[u8]) -> Result<Self, &'static str> {
        let usage = number(rest)?;
        let algorithm = number(rest)?;
        let mut place = bytes::<{ 2 * NUMBER }>(rest)?.as_slice();
        let value = pair(&mut place).ok();
        let _reserved = bytes::<368>(rest)?;
        Ok(Self { usage, algorithm, value })
    }
}

/// Two numbers: coordinates of a point, or halves of a signature.
pub(super) fn pair(rest: &mut &[u8]) -> Result<Pair, &'static str> {
    let mut pair = [0; PAIR_LEN];
    for half in pair.chunks_exact_mut(PAIR_LEN / 2) {
        let place = bytes::<NUMBER>(rest)?;
        let (number, padding) = place.split_at(half.len());
        if padding.iter().any(|byte| *byte != 0) {
            return Err("a number is too large for the curve");
        }
        half.copy_from_slice(number);
        half.reverse();
    }
    Ok(pair)
}

pub(super) fn number(rest: &mut &[u8]) -> Result<u32, &'static str> {
    bytes(rest).map(|bytes| u32::from_le_bytes(*bytes))
}

pub(super) fn bytes<'a, const N: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8; N], &'static str> {
    take(rest).ok_or("cut short")
}
