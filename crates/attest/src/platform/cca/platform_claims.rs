//! Claims of the platform token (RMM specification, section A7.2.3.2).

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::digest::{Context, SHA384};

use super::hash::{hash_named, is_hash};
use crate::encoding::cbor::{Fault, Value, at};
use crate::error::{Error, Result};

const PROFILE: i128 = 265;
const CHALLENGE: i128 = 10;
const INSTANCE_ID: i128 = 256;
const LIFECYCLE: i128 = 2395;
const IMPLEMENTATION_ID: i128 = 2396;
const COMPONENTS: i128 = 2399;
const CONFIG: i128 = 2401;
const HASH_ALGORITHM: i128 = 2402;

/// Keys of a component.
const KIND: i128 = 1;
const MEASUREMENT: i128 = 2;
const VERSION: i128 = 4;
const SIGNER: i128 = 5;

/// Profiles whose claims these are. Those of the second version have more, which are not looked at.
const PROFILES: [&str; 3] = [
    "http://arm.com/CCA-SSD/1.0.0",
    "tag:arm.com,2023:cca_platform#1.0.0",
    "tag:arm.com,2024:cca_platform#2.0.0",
];

/// First byte of a random universal entity id (RFC 9711, section 4.2.1).
const RANDOM_ID: u8 = 1;

/// What a platform says about itself.
#[derive(Debug)]
pub(super) struct PlatformClaims<'a> {
    /// Hash of the realm's key.
    pub(super) challenge: &'a [u8],
    pub(super) instance_id: &'a [u8],
    pub(super) implementation_id: &'a [u8],
    pub(super) lifecycle: Lifecycle,
    /// Options of the implementation, in its own notation.
    pub(super) config: &'a [u8],
    components: Vec<Component<'a>>,
}

/// A part of the platform's firmware.
#[derive(Debug)]
struct Component<'a> {
    kind: &'a str,
    version: &'a str,
    measurement: &'a [u8],
    signer: &'a [u8],
}

impl<'a> PlatformClaims<'a> {
    pub(super) fn parse(payload: &'a [u8]) -> Result<Self> {
        let malformed = |fault| Error::malformed("CCA platform token", fault);
        let payload = Value::parse(payload).map_err(malformed)?;
        let claims = payload.as_map().ok_or_else(|| malformed("the claims are not a map"))?;
        let text =
            |key, fault| at(claims, key).and_then(Value::as_text).ok_or_else(|| malformed(fault));
        let profile = text(PROFILE, "the profile is not named")?;
        if !PROFILES.contains(&profile) {
            let what = format!("CCA platform profile {profile:?}");
            return Err(Error::Unsupported { what });
        }
        hash_named(text(HASH_ALGORITHM, "the hash is not named")?)?;
        Self::read(claims).map_err(malformed)
    }

    fn read(claims: &[(Value<'a>, Value<'a>)]) -> Result<Self, Fault> {
        let bytes = |key| at(claims, key).and_then(Value::as_bytes);
        let fixed = |key, len| bytes(key).filter(|bytes| bytes.len() == len);
        let components = at(claims, COMPONENTS).and_then(Value::as_list);
        let components = components.ok_or("the components are not a list")?;
        if components.is_empty() {
            return Err("there are no components");
        }
        Ok(Self {
            challenge: bytes(CHALLENGE)
                .filter(|hash| is_hash(hash))
                .ok_or("the challenge is not a hash")?,
            instance_id: fixed(INSTANCE_ID, 33)
                .filter(|id| id.first() == Some(&RANDOM_ID))
                .ok_or("the instance id must be 33 bytes of type RAND")?,
            implementation_id: fixed(IMPLEMENTATION_ID, 32)
                .ok_or("the implementation id is not 32 bytes")?,
            lifecycle: at(claims, LIFECYCLE)
                .and_then(Value::as_integer)
                .and_then(|state| u16::try_from(state).ok())
                .map(Lifecycle::new)
                .ok_or("the lifecycle is not a 16 bit number")?,
            config: bytes(CONFIG).ok_or("the configuration is not a byte string")?,
            components: components.iter().map(Component::read).collect::<Result<_, Fault>>()?,
        })
    }

    /// SHA-384 over all components in the order of the token: kind, measurement and signer, each
    /// behind its length as 32 bit big endian number.
    pub(super) fn measurement(&self) -> [u8; 48] {
        let mut context = Context::new(&SHA384);
        for component in &self.components {
            for part in [component.kind.as_bytes(), component.measurement, component.signer] {
                // Parts are in a token of some KiB.
                let len = u32::try_from(part.len()).unwrap_or(u32::MAX);
                context.update(&len.to_be_bytes());
                context.update(part);
            }
        }
        let mut digest = [0; 48];
        digest.copy_from_slice(context.finish().as_ref());
        digest
    }

    /// Versions of components, "BL2=3.4.2,RMM=1.0", where there is one component with that name
    /// and its name and version can stand in such a list.
    pub(super) fn versions(&self) -> BTreeMap<String, String> {
        let mut versions: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for Component { kind, version, .. } in &self.components {
            versions.entry(kind).and_modify(|twice| *twice = None).or_insert(Some(version));
        }
        let plain = |text: &str| {
            let listed = |c: char| c.is_ascii_alphanumeric() || "._-+:~".contains(c);
            !text.is_empty() && text.chars().all(listed)
        };
        let listed = versions.into_iter().filter_map(|(kind, version)| {
            let version = version.filter(|version| plain(version) && plain(kind))?;
            Some((kind.to_owned(), version.to_owned()))
        });
        listed.collect()
    }
}

impl<'a> Component<'a> {
    fn read(value: &Value<'a>) -> Result<Self, Fault> {
        let fields = value.as_map().ok_or("a component is not a map")?;
        let text = |key| match at(fields, key) {
            None => Ok(""),
            Some(text) => text.as_text().ok_or("a kind or version is not a text"),
        };
        let bytes = |key| at(fields, key).and_then(Value::as_bytes);
        let hash = |key| bytes(key).filter(|hash| is_hash(hash));
        Ok(Self {
            kind: text(KIND)?,
            version: text(VERSION)?,
            measurement: hash(MEASUREMENT).ok_or("a measurement is not a hash")?,
            signer: hash(SIGNER).ok_or("a signer is not a hash")?,
        })
    }
}

/// A state in the life of a platform: the upper half of the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lifecycle(u8);

impl Lifecycle {
    /// Everything is locked.
    pub(super) const SECURED: Self = Self(0x30);
    /// Parts that realms do not depend on can be debugged.
    const NON_CCA_DEBUG: Self = Self(0x40);
    /// Everything can be debugged.
    const RECOVERABLE_DEBUG: Self = Self(0x50);

    fn new(claim: u16) -> Self {
        let [state, _own_use] = claim.to_be_bytes();
        Self(state)
    }

    /// Whether the platform has its keys and has not given them up.
    pub(super) fn protects_realms(self) -> bool {
        [Self::SECURED, Self::NON_CCA_DEBUG, Self::RECOVERABLE_DEBUG].contains(&self)
    }
}

impl fmt::Display for Lifecycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            0x00 => "unknown",
            0x10 => "assembly and test",
            0x20 => "provisioning",
            0x30 => "secured",
            0x40 => "debugging outside CCA",
            0x50 => "recoverable debugging",
            0x60 => "decommissioned",
            _ => "a state that is not defined",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::value::Value as Attribute;

    #[test]
    fn three_states_of_life_protect_realms() {
        let protecting: Vec<u16> =
            (0..=u16::MAX).filter(|claim| Lifecycle::new(*claim).protects_realms()).collect();
        let expected = (0x3000..=0x30FF).chain(0x4000..=0x40FF).chain(0x5000..=0x50FF);
        assert_eq!(protecting, expected.collect::<Vec<u16>>());
    }

    fn claims<'a>(components: &[(&'a str, &'a str)]) -> PlatformClaims<'a> {
        let components = components
            .iter()
            .map(|(kind, version)| Component {
                kind,
                version,
                measurement: &[1; 32],
                signer: &[2; 32],
            })
            .collect();
        PlatformClaims {
            challenge: &[],
            instance_id: &[],
            implementation_id: &[],
            lifecycle: Lifecycle::SECURED,
            config: &[],
            components,
        }
    }

    #[test]
    fn versions_are_listed_where_they_are_unambiguous() {
        let listed = |components: &[_]| Attribute::from(claims(components).versions()).to_string();
        assert_eq!(listed(&[("RMM", "1.0"), ("BL2", "3.4.2")]), "BL2=3.4.2,RMM=1.0");
        assert_eq!(listed(&[("BL", "1"), ("BL", "1"), ("M", "2")]), "M=2");
        assert_eq!(listed(&[("a,b", "1"), ("a", "1=2"), ("", "1"), ("c", ""), ("d", "ü")]), "");
    }

    #[test]
    fn the_measurement_is_over_parts_and_not_over_bytes() {
        let one = claims(&[("ab", "1")]).measurement();
        assert_eq!(claims(&[("ab", "2")]).measurement(), one, "versions are not measured");
        assert_ne!(claims(&[("abc", "1")]).measurement(), one);
        assert_ne!(claims(&[("ab", "1"), ("ab", "1")]).measurement(), one);
        let input =
            [[0, 0, 0, 2].as_slice(), b"ab", &[0, 0, 0, 32], &[1; 32], &[0, 0, 0, 32], &[2; 32]];
        let expected = aws_lc_rs::digest::digest(&SHA384, &input.concat());
        assert_eq!(one, expected.as_ref());
    }
}
