//! One rule of a policy: the keys that pin an attester, as attributes of the attestation policy.
//!
//! The same keys describe the server that a kubeconfig expects and the attesters that a secret
//! policy admits. They are one table, read in both directions: from a file to entries of a policy,
//! and from an entry to the lines that say the same. Values are checked here, where their place in
//! the file is known.

mod keys;
mod text;
mod value;

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

use aecs_attest::{Attribute, Kind, Platform, Takes};
use aecs_proto::UnifiedAttestationAttributes;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde_saphyr::Spanned;

use super::document::{OneOrMany, Pairs, Scalar, place};
use super::suggest::did_you_mean;
use super::{FileError, Place};
use keys::Key;

pub use text::{key_of, line, line_of_any, lines};
pub(super) use value::boolean;

/// Entries that one rule may stand for, when its lists are written out.
const MAX_ENTRIES: usize = 256;

/// The keys that a kind of rule has beside those of the attributes.
pub(super) trait OtherKeys {
    const NAMES: &'static [&'static str];
    /// Those that take a list.
    const LISTS: &'static [&'static str] = &[];
}

/// The keys of a rule as written; an absent key and an empty value both mean "do not care".
pub(super) struct Rule<O> {
    given: Vec<GivenKey>,
    others: Vec<(Spanned<String>, Scalar)>,
    lists: Vec<(Spanned<String>, OneOrMany)>,
    kind: PhantomData<O>,
}

/// A key of the table, with what it was given.
struct GivenKey {
    name: Spanned<String>,
    key: Key,
    values: Values,
}

enum Values {
    One(Scalar),
    Many(OneOrMany),
    Numbers(OneOrMany<true>),
    Pairs(Pairs),
}

impl<O: OtherKeys> Rule<O> {
    /// The value of a key that is not about attributes. Empty is as good as absent.
    pub(super) fn other(&self, name: &str) -> Option<&Spanned<String>> {
        let (_, value) = self.others.iter().find(|(key, _)| key.value == name)?;
        value.as_ref().filter(|text| !text.value.is_empty())
    }

    /// The items of a key that takes a list; none without it.
    pub(super) fn list(&self, file: &Path, name: &str) -> Result<&[Spanned<String>], FileError> {
        let mut found = self.lists.iter().filter(|(key, _)| key.value == name);
        let Some((key, list)) = found.next() else { return Ok(&[]) };
        if found.next().is_some() {
            let what = format!("the key `{name}` is given twice");
            return Err(FileError::at(file, place(key.referenced), what, "keep one of them"));
        }
        if list.is_empty_list {
            let what = format!("the list of `{name}` is empty");
            return Err(FileError::at(
                file,
                place(key.referenced),
                what,
                "name one, or leave it out",
            ));
        }
        Ok(&list.values)
    }

    /// The keys that ask for something: the attribute's name on the wire, the key as it is written,
    /// and its place.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&'static str, &Spanned<String>)> {
        self.given.iter().map(|given| (given.key.attribute.name, &given.name))
    }

    /// The entries of an attestation policy that say what this rule says. Where a key has a list of
    /// alternatives there is an entry for each of them; `at` is the place of the rule.
    pub(super) fn entries(
        &self,
        file: &Path,
        at: Option<Place>,
    ) -> Result<Vec<UnifiedAttestationAttributes>, FileError> {
        self.check_keys(file)?;
        let mut entries = vec![UnifiedAttestationAttributes::default()];
        for (attribute, alternatives) in self.attributes(file)? {
            if entries.len().saturating_mul(alternatives.len()) > MAX_ENTRIES {
                return Err(FileError::at(
                    file,
                    at,
                    format!("the lists of this rule have more than {MAX_ENTRIES} combinations"),
                    "write several rules with shorter lists",
                ));
            }
            entries = alternatives
                .iter()
                .flat_map(|value| {
                    entries.iter().map(|entry| {
                        let mut entry = entry.clone();
                        attribute.set(&mut entry, value.as_str());
                        entry
                    })
                })
                .collect();
        }
        Ok(entries)
    }

    /// Each attribute that is asked for, with the values that do, in the order of the table.
    fn attributes(&self, file: &Path) -> Result<Vec<(&'static Attribute, Vec<String>)>, FileError> {
        let mut attributes = Vec::new();
        let mut platforms: Vec<Platform> = Vec::new();
        for attribute in Attribute::all() {
            let mut alternatives = Vec::new();
            for GivenKey { name, key, values } in self.of(attribute) {
                let texts = values.check(key, file)?;
                if !texts.is_empty() {
                    attested(file, name, attribute, &platforms)?;
                }
                if key.kind == Kind::Platform {
                    // It is the first row of the table, and its values are names of platforms.
                    platforms.extend(texts.iter().filter_map(|name| name.parse::<Platform>().ok()));
                }
                if let (Kind::Measurement, Values::Many(list)) = (key.kind, values) {
                    for text in list.values.iter().filter(|text| !text.value.is_empty()) {
                        let fits = value::measurement_fits(&text.value, &platforms);
                        fits.map_err(|fault| fault.at(file, text))?;
                    }
                }
                alternatives.extend(texts);
            }
            if !alternatives.is_empty() {
                attributes.push((attribute, alternatives));
            }
        }
        Ok(attributes)
    }

    /// What was given for an attribute: several times only by keys with different meanings, of
    /// which the more special comes first.
    fn of(&self, attribute: &Attribute) -> Vec<&GivenKey> {
        let of_attribute = |given: &&GivenKey| std::ptr::eq(given.key.attribute, attribute);
        let mut given: Vec<&GivenKey> = self.given.iter().filter(of_attribute).collect();
        given.sort_by_key(|given| given.key.kind == attribute.kind);
        given
    }

    fn check_keys(&self, file: &Path) -> Result<(), FileError> {
        for (i, given) in self.given.iter().enumerate() {
            if self.given.iter().take(i).any(|earlier| earlier.key.name == given.key.name) {
                return Err(FileError::at(
                    file,
                    place(given.name.referenced),
                    format!("the key `{}` is given twice", given.key.name),
                    "keep one of its spellings",
                ));
            }
        }
        let nothing = self.given.iter().find(|given| given.values.is_empty_list());
        if let Some(GivenKey { name, key, .. }) = nothing {
            return Err(FileError::at(
                file,
                place(name.referenced),
                format!("the list of `{}` is empty", name.value),
                key.instead_of_nothing(),
            ));
        }
        let unknown = self.others.iter().find(|(key, _)| !O::NAMES.contains(&key.value.as_str()));
        if let Some((key, _)) = unknown {
            let others = O::NAMES.iter().chain(O::LISTS).copied();
            let known: Vec<&str> = Key::names().chain(others).collect();
            if let Some(name) = key.value.strip_prefix("tcb.") {
                let known: Vec<&str> =
                    Attribute::all().filter_map(|attribute| attribute.under_tcb).collect();
                return Err(FileError::at(
                    file,
                    place(key.referenced),
                    format!("unknown key `{name}` under `tcb`"),
                    did_you_mean(name, &known),
                ));
            }
            let remedy = match Key::meant(&key.value) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => did_you_mean(&key.value, &known),
            };
            return Err(FileError::at(
                file,
                place(key.referenced),
                format!("unknown key `{}`", key.value),
                remedy,
            ));
        }
        Ok(())
    }
}

/// Refuses what no evidence of these platforms has: the rule would admit nobody there.
fn attested(
    file: &Path,
    name: &Spanned<String>,
    attribute: &Attribute,
    platforms: &[Platform],
) -> Result<(), FileError> {
    let Some(platform) = platforms.iter().find(|platform| !attribute.is_attested_by(**platform))
    else {
        return Ok(());
    };
    let by = Platform::ALL.iter().filter(|platform| attribute.is_attested_by(**platform));
    let by: Vec<&str> = by.map(|platform| platform.as_str()).collect();
    Err(FileError::at(
        file,
        place(name.referenced),
        format!(
            "evidence of {platform} never has `{}`, so that the rule would admit nobody",
            name.value
        ),
        format!("leave it out, or write it in a rule for {}", by.join(" or ")),
    ))
}

impl Values {
    /// Whether there are brackets with nothing in them: its author does not mean the same
    /// as somebody who left the value out.
    fn is_empty_list(&self) -> bool {
        match self {
            Self::One(_) => false,
            Self::Many(list) => list.is_empty_list,
            Self::Numbers(list) => list.is_empty_list,
            Self::Pairs(pairs) => pairs.is_empty_list,
        }
    }

    /// The texts for the attribute, one for each alternative.
    fn check(&self, key: &Key, file: &Path) -> Result<Vec<String>, FileError> {
        match self {
            Self::One(scalar) => key.alternatives(file, scalar.iter()),
            Self::Many(list) if key.takes() == Takes::Alternatives => {
                key.alternatives(file, list.values.iter())
            }
            Self::Many(list) => key.joined(file, &list.values),
            Self::Numbers(list) => key.alternatives(file, list.values.iter()),
            Self::Pairs(pairs) => key.pairs(file, pairs),
        }
    }

    /// Reads the value of a key. The key decides how, so that unquoted digits keep their zeros
    /// where there is one value, and are refused where there may be a list.
    fn of<'de, A: MapAccess<'de>>(key: &Key, map: &mut A) -> Result<Self, A::Error> {
        Ok(match key.takes() {
            Takes::One => Self::One(map.next_value()?),
            Takes::Alternatives if key.takes_numbers() => Self::Numbers(map.next_value()?),
            Takes::Alternatives | Takes::Items => Self::Many(map.next_value()?),
            Takes::Pairs => Self::Pairs(map.next_value()?),
        })
    }
}

impl<'de, O: OtherKeys> Deserialize<'de> for Rule<O> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reader = KeysReader { others: O::NAMES, lists: O::LISTS, tcb: false };
        let Keys { given, others, lists } = reader.deserialize(deserializer)?;
        Ok(Self { given, others, lists, kind: PhantomData })
    }
}

/// Reads the keys of a rule, or those under `tcb`, where everything about how up to date a platform
/// is may be written.
struct KeysReader {
    others: &'static [&'static str],
    lists: &'static [&'static str],
    tcb: bool,
}

#[derive(Default)]
struct Keys {
    given: Vec<GivenKey>,
    others: Vec<(Spanned<String>, Scalar)>,
    lists: Vec<(Spanned<String>, OneOrMany)>,
}

impl<'de> DeserializeSeed<'de> for KeysReader {
    type Value = Keys;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Keys, D::Error> {
        if self.tcb {
            deserializer.deserialize_any(self)
        } else {
            deserializer.deserialize_map(self)
        }
    }
}

impl<'de> Visitor<'de> for KeysReader {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.tcb {
            true => "keys with values, as in {minEvaluationNumber: 18}",
            false => "the keys of a rule",
        })
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Keys, E> {
        if self.tcb { Ok(Keys::default()) } else { Err(E::invalid_type(Unexpected::Unit, &self)) }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = Keys::default();
        while let Some(mut name) = map.next_key::<Spanned<String>>()? {
            if !self.tcb && name.value == keys::TCB_KEY {
                let tcb = map.next_value_seed(Self { others: &[], lists: &[], tcb: true })?;
                keys.given.extend(tcb.given);
                keys.others.extend(tcb.others);
                continue;
            }
            let key = if self.tcb { Key::of_tcb(&name.value) } else { Key::find(&name.value) };
            if let Some(key) = key {
                let values = Values::of(&key, &mut map)?;
                keys.given.push(GivenKey { name, key, values });
            } else if self.lists.contains(&name.value.as_str()) {
                keys.lists.push((name, map.next_value()?));
            } else if self.others.contains(&name.value.as_str()) {
                keys.others.push((name, map.next_value()?));
            } else {
                map.next_value::<IgnoredAny>()?;
                if self.tcb {
                    name.value = format!("{}.{}", keys::TCB_KEY, name.value);
                }
                keys.others.push((name, None));
            }
        }
        Ok(keys)
    }
}
