//! Devices of a policy, by their kinds: how many there must be, and what holds for each.
//!
//! ```yaml
//! devices:
//!   NVIDIA_GPU: {count: {min: 8}, each: {driver: ">=550.90.07"}}
//!   NVIDIA_SWITCH: {count: 4}
//! ```

use std::fmt;

use aecs_attest::Platform;
use aecs_proto::{AttestationDevice, AttestationDevices};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_saphyr::Spanned;

use super::Fault;
use super::document::{Placed, Scalar};
use super::placed::RulePlaces;
use super::rule::{DeviceRule, Rule};
use super::suggest::did_you_mean;

/// The kinds, in the order of the file.
pub(super) struct DevicesYaml(Vec<(Spanned<String>, DeviceYaml)>);

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct DeviceYaml {
    count: Option<Spanned<CountYaml>>,
    each: Option<Spanned<Rule<DeviceRule>>>,
}

/// A number, or the lowest and the highest one.
enum CountYaml {
    Exactly(u32),
    Between(BoundsYaml),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BoundsYaml {
    min: Scalar,
    max: Scalar,
}

impl DevicesYaml {
    /// What is asked of the devices; `places` learns where their rules are.
    pub(super) fn read(self, places: &mut RulePlaces) -> Result<AttestationDevices, Fault> {
        let mut kinds = Vec::new();
        for (name, device) in self.0 {
            let platform = kind_of(&name)?;
            let (min_count, max_count) = match device.count {
                Some(count) => bounds(&count)?,
                None => (1, u32::MAX),
            };
            let at = device.each.as_ref().map_or(name.place(), Placed::place);
            let each = device.each.map(|rule| rule.value.read(Some(platform))).transpose()?;
            let each = each.map(|rule| rule.typed());
            let named = each.as_ref().map(|rule| rule.name.clone()).unwrap_or_default();
            places.add_named(&format!("devices.{platform}"), &named, at);
            let platform = platform.to_string();
            kinds.push(AttestationDevice { platform, min_count, max_count, each });
        }
        Ok(AttestationDevices { kinds })
    }
}

fn kind_of(name: &Spanned<String>) -> Result<Platform, Fault> {
    let kinds = || Platform::ALL.iter().filter(|platform| platform.is_device());
    kinds().find(|kind| kind.as_str() == name.value).copied().ok_or_else(|| {
        let names: Vec<&str> = kinds().map(|kind| kind.as_str()).collect();
        let what = format!("unknown kind of device `{}`", name.value);
        Fault::at(name.place(), what, did_you_mean(&name.value, &names))
    })
}

/// The lowest and the highest number of devices.
fn bounds(count: &Spanned<CountYaml>) -> Result<(u32, u32), Fault> {
    let (min, max) = match &count.value {
        CountYaml::Exactly(number) => (*number, *number),
        CountYaml::Between(BoundsYaml { min, max }) => (number(min, 0)?, number(max, u32::MAX)?),
    };
    if min > max {
        let what = format!("`min` is {min} and `max` is {max}, so that no number will do");
        return Err(Fault::at(count.place(), what, HOW_MANY));
    }
    Ok((min, max))
}

fn number(text: &Scalar, default: u32) -> Result<u32, Fault> {
    let Some(text) = text else { return Ok(default) };
    text.value.parse().map_err(|_| Fault::at(text.place(), "this should be a number", HOW_MANY))
}

const HOW_MANY: &str = "write `count: 8`, or `count: {min: 4, max: 8}`";

impl<'de> Deserialize<'de> for CountYaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountVisitor;

        impl<'de> Visitor<'de> for CountVisitor {
            type Value = CountYaml;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or {min: 4, max: 8}")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<CountYaml, E> {
                let unexpected = serde::de::Unexpected::Unsigned(number);
                let number = number.try_into().map_err(|_| E::invalid_value(unexpected, &self))?;
                Ok(CountYaml::Exactly(number))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<CountYaml, E> {
                let unexpected = serde::de::Unexpected::Str(text);
                let number = text.parse().map_err(|_| E::invalid_value(unexpected, &self))?;
                Ok(CountYaml::Exactly(number))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CountYaml, A::Error> {
                let map = serde::de::value::MapAccessDeserializer::new(map);
                BoundsYaml::deserialize(map).map(CountYaml::Between)
            }
        }

        deserializer.deserialize_any(CountVisitor)
    }
}

impl<'de> Deserialize<'de> for DevicesYaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KindsVisitor;

        impl<'de> Visitor<'de> for KindsVisitor {
            type Value = DevicesYaml;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("kinds of devices, as in {NVIDIA_GPU: {count: 8}}")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DevicesYaml, A::Error> {
                let mut kinds = Vec::new();
                while let Some(name) = map.next_key()? {
                    let device: Option<DeviceYaml> = map.next_value()?;
                    kinds.push((name, device.unwrap_or_default()));
                }
                Ok(DevicesYaml(kinds))
            }
        }

        deserializer.deserialize_map(KindsVisitor)
    }
}
