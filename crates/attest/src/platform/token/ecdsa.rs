//! ECDSA on the two curves that devices and clouds sign with.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm, ParsedPublicKey,
};
use x509_parser::oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384};
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::error::Source;

/// A curve, and with it the only hash that it is used with here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::platform) enum Curve {
    /// P-256 with SHA-256.
    P256,
    /// P-384 with SHA-384.
    P384,
}

impl Curve {
    /// Bytes of a coordinate.
    pub(in crate::platform) const fn coordinate_len(self) -> usize {
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

    fn asn1(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_ASN1,
            Self::P384 => &ECDSA_P384_SHA384_ASN1,
        }
    }
}

/// A public key: an uncompressed point (SEC 1, section 2.3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform) struct EcKey {
    curve: Curve,
    point: Vec<u8>,
}

impl EcKey {
    /// Takes a point that is on its curve.
    pub(in crate::platform) fn from_point(curve: Curve, point: &[u8]) -> Result<Self, Source> {
        let uncompressed = point.len() == 1 + 2 * curve.coordinate_len();
        if !(uncompressed && point.starts_with(&[4])) {
            return Err(format!("not an uncompressed point of {curve:?}").into());
        }
        ParsedPublicKey::new(curve.fixed(), point)?;
        Ok(Self { curve, point: point.to_vec() })
    }

    /// Takes the two coordinates of a point that is on its curve, each in full length.
    pub(in crate::platform) fn from_coordinates(
        curve: Curve,
        x: &[u8],
        y: &[u8],
    ) -> Result<Self, Source> {
        if x.len() != curve.coordinate_len() || y.len() != curve.coordinate_len() {
            return Err(format!("not coordinates of {curve:?}").into());
        }
        Self::from_point(curve, &[&[4], x, y].concat())
    }

    /// Takes the key of a certificate or a public key file.
    pub(in crate::platform) fn from_spki(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, Source> {
        if spki.algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY {
            return Err("not an elliptic curve key".into());
        }
        let parameters = spki.algorithm.parameters.as_ref().ok_or("the curve is not named")?;
        let oid = parameters.as_oid()?;
        let curve = if oid == OID_EC_P256 {
            Curve::P256
        } else if oid == OID_NIST_EC_P384 {
            Curve::P384
        } else {
            return Err(format!("curve {oid} is not supported").into());
        };
        Self::from_point(curve, &spki.subject_public_key.data)
    }

    pub(in crate::platform) fn curve(&self) -> Curve {
        self.curve
    }

    /// Verifies a signature that is the numbers r and s in full length, one behind the other.
    pub(in crate::platform) fn verify_fixed(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Source> {
        self.verify(self.curve.fixed(), message, signature)
    }

    /// Verifies a signature that is in DER, as in certificates.
    pub(in crate::platform) fn verify_der(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Source> {
        self.verify(self.curve.asn1(), message, signature)
    }

    fn verify(
        &self,
        algorithm: &'static EcdsaVerificationAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Source> {
        ParsedPublicKey::new(algorithm, &self.point)?
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
