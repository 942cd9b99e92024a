//! Security versions that reach a TCB level.

use std::cmp::Ordering;
use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::super::extension::COMPONENTS;
use crate::collateral::IntelTee;
use crate::tcb::OldPart;

type Components = [u8; COMPONENTS];

/// The least of each. Levels are ordered by these, in this order.
#[derive(Debug, Clone)]
pub(super) struct Versions {
    sgx: Components,
    pce: u16,
    tdx: Option<Components>,
    /// In the form of TCB info of version 2.
    one_by_one: bool,
    names: Names,
}

/// What Intel calls the components of SGX and of TDX. It does not count for the order.
#[derive(Debug, Clone, Default)]
struct Names {
    sgx: Vec<String>,
    tdx: Vec<String>,
}

impl Ord for Versions {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |versions: &Self| (versions.sgx, versions.pce, versions.tdx, versions.one_by_one);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Versions {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Versions {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Versions {}

impl Versions {
    /// Whether they stand there as TCB info of this version has them.
    pub(super) fn is_of(&self, version: u32, tee: IntelTee) -> bool {
        self.one_by_one == (version == 2) && (tee == IntelTee::Sgx || self.tdx.is_some())
    }

    /// Whether a platform is at least that far in every part. A TDX module with a version of its
    /// own (the second part) has a level of its own for the first two.
    pub(super) fn are_reached(&self, sgx: &Components, pce: u16, td: Option<&Components>) -> bool {
        let reached = |have: &Components, need: &Components, from: usize| {
            have.iter().zip(need).skip(from).all(|(have, need)| have >= need)
        };
        let tdx = match (td, &self.tdx) {
            (None, _) => true,
            (Some(have @ [_, module, ..]), Some(need)) => {
                reached(have, need, if *module > 0 { 2 } else { 0 })
            }
            (Some(_), None) => false,
        };
        tdx && pce >= self.pce && reached(sgx, &self.sgx, 0)
    }

    /// The parts in which a platform is not that far, see [`Versions::are_reached`].
    pub(super) fn missing(
        &self,
        sgx: &Components,
        pce: u16,
        td: Option<&Components>,
    ) -> Vec<OldPart> {
        let old = |part, svn: u16, wanted: u16| {
            let (svn, wanted) = (svn.into(), wanted.into());
            (svn < wanted).then_some(OldPart { part, svn, wanted })
        };
        let components = |tee: &str,
                          names: &[String],
                          have: &Components,
                          need: &Components,
                          from| {
            let numbered = (1..).zip(have.iter().zip(need)).skip(from);
            let part = |(number, (have, need)): (usize, (&u8, &u8))| {
                let name = names.get(number - 1).filter(|name| !name.is_empty());
                let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
                old(format!("{tee} TCB component {number}{name}"), (*have).into(), (*need).into())
            };
            numbered.filter_map(part).collect::<Vec<_>>()
        };
        let mut missing = components("SGX", &self.names.sgx, sgx, &self.sgx, 0);
        missing.extend(old("PCE".into(), pce, self.pce));
        if let (Some(have @ [_, module, ..]), Some(need)) = (td, &self.tdx) {
            let from = if *module > 0 { 2 } else { 0 };
            missing.extend(components("TDX", &self.names.tdx, have, need, from));
        }
        missing
    }
}

impl<'de> Deserialize<'de> for Versions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Versions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("security versions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Versions, A::Error> {
        let (mut pce, mut sgx, mut tdx) = (None, None, None);
        let mut names = Names::default();
        let mut parts = [None; COMPONENTS];
        while let Some(name) = map.next_key::<String>()? {
            let twice = match name.as_str() {
                "pcesvn" => pce.replace(map.next_value()?).is_some(),
                "sgxtcbcomponents" => sgx.replace(list(&mut map, &mut names.sgx)?).is_some(),
                "tdxtcbcomponents" => tdx.replace(list(&mut map, &mut names.tdx)?).is_some(),
                name => match part(name) {
                    Some(number) => {
                        let slot = number.checked_sub(1).and_then(|at| parts.get_mut(at));
                        let slot = slot.ok_or_else(|| A::Error::unknown_field(name, &[]))?;
                        slot.replace(map.next_value::<Svn>()?.0).is_some()
                    }
                    None => map.next_value::<IgnoredAny>().map(|_| false)?,
                },
            };
            if twice {
                return Err(A::Error::custom(format!("two values of {name}")));
            }
        }
        let pce = pce.ok_or_else(|| A::Error::missing_field("pcesvn"))?;
        let one_by_one = parts.iter().any(Option::is_some);
        let sgx = match (sgx, one_by_one) {
            (Some(sgx), false) => sgx,
            (None, true) => {
                let mut sgx = [0; COMPONENTS];
                for (svn, part) in sgx.iter_mut().zip(parts) {
                    *svn = part.ok_or_else(|| A::Error::custom("not all parts of a version"))?;
                }
                sgx
            }
            _ => return Err(A::Error::custom("not one version of the processor")),
        };
        Ok(Versions { sgx, pce, tdx, one_by_one, names })
    }
}

/// The number in the name of a part.
fn part(name: &str) -> Option<usize> {
    name.strip_prefix("sgxtcbcomp")?.strip_suffix("svn")?.parse().ok()
}

fn list<'de, A: MapAccess<'de>>(
    map: &mut A,
    names: &mut Vec<String>,
) -> Result<Components, A::Error> {
    #[derive(Deserialize)]
    struct Component {
        svn: Svn,
        #[serde(default)]
        category: String,
        #[serde(default)]
        r#type: String,
    }
    let list: [Component; COMPONENTS] = map.next_value()?;
    let name = |component: &Component| {
        let words = [component.category.as_str(), &component.r#type];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ")
    };
    *names = list.iter().map(name).collect();
    Ok(list.map(|component| component.svn.0))
}

/// A part of a version: a byte. Some of Intel's texts have it with its sign in 16 bits.
#[derive(Clone, Copy)]
struct Svn(u8);

impl<'de> Deserialize<'de> for Svn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u16::deserialize(deserializer)?;
        let [high, low] = number.to_be_bytes();
        match (high, low) {
            (0, _) | (0xFF, 0x80..) => Ok(Self(low)),
            _ => Err(D::Error::invalid_value(Unexpected::Unsigned(number.into()), &"a byte")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: &Value) -> Option<Versions> {
        serde_json::from_str(&value.to_string()).ok()
    }

    fn lists(svn: u32) -> Value {
        let list = vec![json!({ "svn": svn, "category": "BIOS" }); COMPONENTS];
        json!({ "sgxtcbcomponents": list, "tdxtcbcomponents": list, "pcesvn": 13 })
    }

    fn parts() -> Value {
        let parts = (1..=16).map(|number| (format!("sgxtcbcomp{number:02}svn"), json!(7)));
        let mut parts: serde_json::Map<_, _> = parts.collect();
        parts.insert("pcesvn".into(), json!(13));
        Value::Object(parts)
    }

    #[test]
    fn both_forms_say_the_same_and_are_told_apart() {
        let (new, old) = (read(&lists(7)).unwrap(), read(&parts()).unwrap());
        assert_eq!((new.sgx, new.pce), (old.sgx, old.pce));
        assert!(new.is_of(3, IntelTee::Sgx) && new.is_of(3, IntelTee::Tdx));
        assert!(old.is_of(2, IntelTee::Sgx) && !old.is_of(2, IntelTee::Tdx));
        assert!(!new.is_of(2, IntelTee::Sgx) && !old.is_of(3, IntelTee::Sgx));
    }

    #[test]
    fn parts_that_are_missing_have_names() {
        let mut value = lists(5);
        value["sgxtcbcomponents"][1]["type"] = "Early Microcode Update".into();
        let versions = read(&value).unwrap();
        let (mut sgx, mut tdx) = ([5; 16], [5; 16]);
        assert_eq!(versions.missing(&sgx, 13, Some(&tdx)), []);
        (sgx[1], tdx[1], tdx[2]) = (3, 4, 4);
        let missing = |td| {
            let missing = versions.missing(&sgx, 12, td);
            let text = |one: OldPart| format!("{}: {} {}", one.part, one.svn, one.wanted);
            missing.into_iter().map(text).collect::<Vec<_>>()
        };
        let of_the_processor =
            ["SGX TCB component 2 (BIOS, Early Microcode Update): 3 5", "PCE: 12 13"];
        assert_eq!(missing(None), of_the_processor);
        // The first two of a module with a version of its own are judged elsewhere.
        assert_eq!(missing(Some(&tdx))[2..], ["TDX TCB component 3 (BIOS): 4 5"]);
        let first = [5, 0, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5];
        assert_eq!(missing(Some(&first)).len(), 4);
    }

    #[test]
    fn a_byte_may_have_its_sign_in_16_bits() {
        assert_eq!(read(&lists(65473)).unwrap().sgx, [0xC1; 16]);
        assert_eq!(read(&lists(0xC1)).unwrap().sgx, [0xC1; 16]);
        for other in [256, 0x0180, 0xFF00, 0xFF7F, 65536] {
            assert!(read(&lists(other)).is_none(), "{other}");
        }
    }

    #[test]
    fn what_is_missing_or_twice_is_refused() {
        let changes: [fn(&mut Value); 6] = [
            |value| drop(value.as_object_mut().unwrap().remove("pcesvn")),
            |value| drop(value.as_object_mut().unwrap().remove("sgxtcbcomp09svn")),
            |value| value["sgxtcbcomp17svn"] = json!(0),
            |value| value["sgxtcbcomp00svn"] = json!(0),
            |value| value["sgxtcbcomponents"] = lists(7)["sgxtcbcomponents"].clone(),
            |value| value["sgxtcbcomp01svn"] = json!(-1),
        ];
        for (i, change) in changes.into_iter().enumerate() {
            let mut value = parts();
            change(&mut value);
            assert_eq!(read(&value), None, "change {i}");
        }
        let mut short = lists(7);
        short["sgxtcbcomponents"].as_array_mut().unwrap().pop();
        assert_eq!(read(&short), None);
        let twice = lists(7).to_string().replacen('{', r#"{"pcesvn":1,"#, 1);
        assert!(serde_json::from_str::<Versions>(&twice).is_err());
    }

    #[test]
    fn every_part_has_to_be_reached_except_those_of_a_module_with_its_own_level() {
        let versions = read(&lists(5)).unwrap();
        let (low, even) = ([4; 16], [5; 16]);
        assert!(versions.are_reached(&even, 13, None));
        assert!(!versions.are_reached(&even, 12, None) && !versions.are_reached(&low, 13, None));
        for at in 0..COMPONENTS {
            let mut one_low = even;
            one_low[at] = 4;
            assert!(!versions.are_reached(&one_low, 13, None), "{at}");
            assert_eq!(versions.are_reached(&even, 13, Some(&one_low)), at < 2, "{at}");
            one_low[1] = 0;
            assert!(!versions.are_reached(&even, 13, Some(&one_low)), "{at}");
        }
    }
}
