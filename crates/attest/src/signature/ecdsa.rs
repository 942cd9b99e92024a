//! ECDSA on the two curves that devices and clouds sign with.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm, ParsedPublicKey,
};
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::error::Source;
use crate::x509::{Certificate, signature::KeyKind};

/// A curve, and with it the only hash that it is used with here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    /// P-256 with SHA-256.
    P256,
    /// P-384 with SHA-384.
    P384,
}

impl Curve {
    /// Bytes of a coordinate.
    pub(crate) const fn coordinate_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    fn fixed(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_FIXED,
            Self::P384 => &ECDSA_P384_SHA384_FIXED,
        }
    }
}

/// A public key: an uncompressed point (SEC 1, section 2.3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EcKey {
    curve: Curve,
    point: Vec<u8>,
}

impl EcKey {
    /// Takes a point that is on its curve.
    pub(crate) fn from_point(curve: Curve, point: &[u8]) -> Result<Self, Source> {
        let uncompressed = point.len() == 1 + 2 * curve.coordinate_len();
        if !(uncompressed && point.starts_with(&[4])) {
            return Err(format!("not an uncompressed point of {curve:?}").into());
        }
        ParsedPublicKey::new(curve.fixed(), point)?;
        Ok(Self { curve, point: point.to_vec() })
    }

    /// Takes the two coordinates of a point that is on its curve, each in full length.
    pub(crate) fn from_coordinates(curve: Curve, x: &[u8], y: &[u8]) -> Result<Self, Source> {
        if x.len() != curve.coordinate_len() || y.len() != curve.coordinate_len() {
            return Err(format!("not coordinates of {curve:?}").into());
        }
        Self::from_point(curve, &[&[4], x, y].concat())
    }

    /// Takes the key of a certificate.
    pub(crate) fn of(certificate: &Certificate<'_>) -> Result<Self, Source> {
        Self::from_spki(certificate.x509.public_key())
    }

    /// Takes the key of a public key file.
    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, Source> {
        let curve = match KeyKind::of(spki) {
            Some(KeyKind::P256) => Curve::P256,
            Some(KeyKind::P384) => Curve::P384,
            _ => return Err("not a key on P-256 or P-384".into()),
        };
        Self::from_point(curve, &spki.subject_public_key.data)
    }

    pub(crate) fn curve(&self) -> Curve {
        self.curve
    }

    /// Verifies a signature that is the numbers r and s in full length, one behind the other.
    pub(crate) fn verify_fixed(&self, message: &[u8], signature: &[u8]) -> Result<(), Source> {
        ParsedPublicKey::new(self.curve.fixed(), &self.point)?
            .verify_sig(message, signature)
            .map_err(|_| "the key did not make this signature".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The generator of P-256 (SEC 2, section 2.4.2).
    const GENERATOR: &str = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
                             4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

    #[test]
    fn only_uncompressed_points_on_the_curve_are_keys() {
        let point = hex::decode(GENERATOR).unwrap();
        let key = EcKey::from_point(Curve::P256, &point).unwrap();
        assert_eq!(key.curve(), Curve::P256);
        assert_eq!(EcKey::from_coordinates(Curve::P256, &point[1..33], &point[33..]).unwrap(), key);

        let mut elsewhere = point.clone();
        elsewhere[64] ^= 1;
        let compressed = [&[3], &point[1..33]].concat();
        for wrong in [elsewhere, compressed, point[..64].to_vec(), vec![0], Vec::new()] {
            assert!(EcKey::from_point(Curve::P256, &wrong).is_err(), "{wrong:02X?}");
        }
        assert!(EcKey::from_point(Curve::P384, &point).is_err());
        assert!(EcKey::from_coordinates(Curve::P256, &point[1..32], &point[32..]).is_err());
    }
}
