//! Claims of the realm token (RMM specification, section A7.2.3.1).

use super::hash::{hash_named, is_hash};
use crate::encoding::cbor::{Fault, Value, at};
use crate::error::{Error, Result, Source};
use crate::signature::cose;
use crate::signature::ecdsa::{Curve, EcKey};

const CHALLENGE: i128 = 10;
const PROFILE: i128 = 265;
const PERSONALIZATION: i128 = 44235;
const HASH_ALGORITHM: i128 = 44236;
const KEY: i128 = 44237;
const INITIAL: i128 = 44238;
const EXTENSIBLE: i128 = 44239;
const KEY_HASH_ALGORITHM: i128 = 44240;

/// Profiles whose claims these are; a token of the first one does not say so.
const PROFILES: [&str; 2] = ["tag:arm.com,2023:realm#1.0.0", "tag:arm.com,2024:realm#2.0.0"];

/// What a realm's monitor says about it.
#[derive(Debug)]
pub(super) struct RealmClaims<'a> {
    /// The realm's own choice.
    pub(super) challenge: [u8; 64],
    /// What its owner stated when it was built.
    pub(super) personalization: &'a [u8],
    /// Measurement of what it was built from.
    pub(super) initial: &'a [u8],
    /// Measurements that it made since.
    pub(super) extensible: [&'a [u8]; 4],
    pub(super) key: RealmKey<'a>,
    pub(super) key_hash_algorithm: &'a str,
}

/// The key that signs the realm's token, as the claim has it: the platform token hashes the claim.
#[derive(Debug, Clone, Copy)]
pub(super) enum RealmKey<'a> {
    /// An uncompressed point of P-384, in tokens without a profile.
    Point(&'a [u8]),
    /// A COSE key, in all others.
    Cose(&'a [u8]),
}

impl<'a> RealmKey<'a> {
    pub(super) fn claim(self) -> &'a [u8] {
        match self {
            Self::Point(claim) | Self::Cose(claim) => claim,
        }
    }

    pub(super) fn parse(self) -> Result<EcKey, Source> {
        match self {
            Self::Point(point) => EcKey::from_point(Curve::P384, point),
            Self::Cose(key) => cose::key(key),
        }
    }
}

impl<'a> RealmClaims<'a> {
    pub(super) fn parse(payload: &'a [u8]) -> Result<Self> {
        let malformed = |fault| Error::malformed("CCA realm token", fault);
        let payload = Value::parse(payload).map_err(malformed)?;
        let claims = payload.as_map().ok_or_else(|| malformed("the claims are not a map"))?;
        let key: fn(&'a [u8]) -> RealmKey<'a> = match at(claims, PROFILE) {
            None => RealmKey::Point,
            Some(Value::Text(profile)) if PROFILES.contains(profile) => RealmKey::Cose,
            Some(Value::Text(profile)) => {
                let what = format!("CCA realm profile {profile:?}");
                return Err(Error::Unsupported { what });
            }
            Some(_) => return Err(malformed("the profile is not named")),
        };
        let hash = at(claims, HASH_ALGORITHM).and_then(Value::as_text);
        hash_named(hash.ok_or_else(|| malformed("the hash is not named"))?)?;
        Self::read(claims, key).map_err(malformed)
    }

    fn read(
        claims: &[(Value<'a>, Value<'a>)],
        key: fn(&'a [u8]) -> RealmKey<'a>,
    ) -> Result<Self, Fault> {
        let bytes = |key| at(claims, key).and_then(Value::as_bytes);
        let measurement = |value: &Value<'a>| value.as_bytes().filter(|hash| is_hash(hash));
        let fault = "the extensible measurements are not four hashes";
        let extensible = at(claims, EXTENSIBLE).and_then(Value::as_list).ok_or(fault)?;
        let extensible: Vec<&'a [u8]> =
            extensible.iter().map(measurement).collect::<Option<_>>().ok_or(fault)?;
        Ok(Self {
            challenge: bytes(CHALLENGE)
                .and_then(|challenge| challenge.try_into().ok())
                .ok_or("the challenge is not 64 bytes")?,
            personalization: bytes(PERSONALIZATION)
                .filter(|value| value.len() == 64)
                .ok_or("the personalization value is not 64 bytes")?,
            initial: at(claims, INITIAL)
                .and_then(measurement)
                .ok_or("the initial measurement is not a hash")?,
            extensible: extensible.try_into().map_err(|_| fault)?,
            key: bytes(KEY).map(key).ok_or("the key is not a byte string")?,
            key_hash_algorithm: at(claims, KEY_HASH_ALGORITHM)
                .and_then(Value::as_text)
                .ok_or("the hash of the key is not named")?,
        })
    }
}
