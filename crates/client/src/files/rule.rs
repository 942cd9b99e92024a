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

use aecs_attest::Platform;
use aecs_proto::UnifiedAttestationAttributes;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_saphyr::Spanned;

use super::document::{OneOrMany, Pairs, Scalar, place};
use super::suggest::did_you_mean;
use super::{FileError, Place};
use keys::{Key, Takes};
use value::Check;

pub use text::{key_of, line, line_of_any, lines};
pub(super) use value::boolean;

/// Entries that one rule may stand for, when its lists are written out.
const MAX_ENTRIES: usize = 256;

/// The keys that a kind of rule has beside those of [`keys::KEYS`].
pub(super) trait OtherKeys {
    const NAMES: &'static [&'static str];
}

/// The keys of a rule as written; an absent key and an empty value both mean "do not care".
pub(super) struct Rule<O> {
    given: Vec<Given>,
    others: Vec<(Spanned<String>, Scalar)>,
    kind: PhantomData<O>,
}

/// A key of the table, with what it was given.
struct Given {
    name: Spanned<String>,
    key: &'static Key,
    values: Values,
}

/// What stands under `tcb`: everything about how up to date a platform is, in one place.
struct Tcb {
    given: Vec<Given>,
    unknown: Vec<(Spanned<String>, Scalar)>,
}

enum Values {
    One(Scalar),
    Many(OneOrMany),
    Pairs(Pairs),
}

impl<O: OtherKeys> Rule<O> {
    /// The value of a key that is not about attributes. Empty is as good as absent.
    pub(super) fn other(&self, name: &str) -> Option<&Spanned<String>> {
        let (_, value) = self.others.iter().find(|(key, _)| key.value == name)?;
        value.as_ref().filter(|text| !text.value.is_empty())
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
                        attribute.put(&mut entry, value.clone());
                        entry
                    })
                })
                .collect();
        }
        Ok(entries)
    }

    /// Each attribute that is asked for, with the values that do, in the order of the table.
    fn attributes(&self, file: &Path) -> Result<Vec<(&'static Key, Vec<String>)>, FileError> {
        let mut attributes: Vec<(&'static Key, Vec<String>)> = Vec::new();
        let mut platforms: Vec<Platform> = Vec::new();
        for key in keys::KEYS {
            for given in self.given.iter().filter(|given| std::ptr::eq(given.key, key)) {
                let values = given.values.check(key, file)?;
                if key.check == Check::Platform {
                    // It is the first key of the table, and its values are names of platforms.
                    platforms
                        .extend(values.iter().filter_map(|name| name.parse::<Platform>().ok()));
                }
                if let (Check::Measurement, Values::Many(list)) = (key.check, &given.values) {
                    for text in list.values.iter().filter(|text| !text.value.is_empty()) {
                        value::measurement_fits(file, text, &platforms)?;
                    }
                }
                match attributes.iter_mut().find(|(known, _)| known.attribute == key.attribute) {
                    _ if values.is_empty() => {}
                    Some((_, alternatives)) => alternatives.extend(values),
                    None => attributes.push((key, values)),
                }
            }
        }
        Ok(attributes)
    }

    fn check_keys(&self, file: &Path) -> Result<(), FileError> {
        for (i, given) in self.given.iter().enumerate() {
            if self.given.iter().take(i).any(|earlier| std::ptr::eq(earlier.key, given.key)) {
                return Err(FileError::at(
                    file,
                    place(given.name.referenced),
                    format!("the key `{}` is given twice", given.key.name),
                    "keep one of its spellings",
                ));
            }
        }
        let nothing = self.given.iter().find(|given| given.values.is_empty_list());
        if let Some(Given { name, key, .. }) = nothing {
            return Err(FileError::at(
                file,
                place(name.referenced),
                format!("the list of `{}` is empty", name.value),
                key.instead_of_nothing(),
            ));
        }
        let unknown = self.others.iter().find(|(key, _)| !O::NAMES.contains(&key.value.as_str()));
        if let Some((key, _)) = unknown {
            let known: Vec<&str> =
                keys::KEYS.iter().map(|key| key.name).chain(O::NAMES.iter().copied()).collect();
            if let Some(name) = key.value.strip_prefix("tcb.") {
                let known: Vec<&str> = keys::TCB.iter().map(|(name, _)| *name).collect();
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

impl Values {
    /// Whether there are brackets with nothing in them: its author does not mean the same
    /// as somebody who left the value out.
    fn is_empty_list(&self) -> bool {
        match self {
            Self::One(_) => false,
            Self::Many(list) => list.is_empty_list,
            Self::Pairs(pairs) => pairs.is_empty_list(),
        }
    }

    /// The texts for the attribute, one for each alternative.
    fn check(&self, key: &Key, file: &Path) -> Result<Vec<String>, FileError> {
        match self {
            Self::One(scalar) => key.alternatives(file, scalar.iter()),
            Self::Many(list) if key.takes == Takes::Alternatives => {
                key.alternatives(file, list.values.iter())
            }
            Self::Many(list) => key.joined(file, &list.values),
            Self::Pairs(pairs) => key.pairs(file, pairs),
        }
    }
}

impl<'de, O: OtherKeys> Deserialize<'de> for Rule<O> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RuleVisitor<O>(PhantomData<O>);

        impl<'de, O: OtherKeys> Visitor<'de> for RuleVisitor<O> {
            type Value = Rule<O>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the keys of a rule")
            }

            // A key decides how its value is read, so that unquoted digits keep their zeros where
            // there is one value, and are refused where there may be a list.
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rule<O>, A::Error> {
                let mut rule = Rule { given: Vec::new(), others: Vec::new(), kind: PhantomData };
                while let Some(name) = map.next_key::<Spanned<String>>()? {
                    if name.value == keys::TCB_KEY {
                        let Tcb { given, unknown } = map.next_value()?;
                        rule.given.extend(given);
                        rule.others.extend(unknown);
                        continue;
                    }
                    let Some(key) = Key::find(&name.value) else {
                        let known = O::NAMES.contains(&name.value.as_str());
                        let value = if known {
                            map.next_value()?
                        } else {
                            map.next_value::<IgnoredAny>()?;
                            None
                        };
                        rule.others.push((name, value));
                        continue;
                    };
                    let values = Values::of(key, &mut map)?;
                    rule.given.push(Given { name, key, values });
                }
                Ok(rule)
            }
        }

        deserializer.deserialize_map(RuleVisitor(PhantomData))
    }
}

impl Values {
    /// Reads the value of a key.
    fn of<'de, A: MapAccess<'de>>(key: &Key, map: &mut A) -> Result<Self, A::Error> {
        Ok(match key.takes {
            Takes::One => Self::One(map.next_value()?),
            Takes::Alternatives | Takes::Items => Self::Many(map.next_value()?),
            Takes::Pairs => Self::Pairs(map.next_value()?),
        })
    }
}

impl<'de> Deserialize<'de> for Tcb {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TcbVisitor;

        impl<'de> Visitor<'de> for TcbVisitor {
            type Value = Tcb;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("keys with values, as in {minEvaluationNumber: 18}")
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Tcb, E> {
                Ok(Tcb { given: Vec::new(), unknown: Vec::new() })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tcb, A::Error> {
                let mut tcb = Tcb { given: Vec::new(), unknown: Vec::new() };
                while let Some(name) = map.next_key::<Spanned<String>>()? {
                    match Key::of_tcb(&name.value) {
                        Some(key) => {
                            let values = Values::of(key, &mut map)?;
                            tcb.given.push(Given { name, key, values });
                        }
                        None => {
                            map.next_value::<IgnoredAny>()?;
                            let value = format!("{}.{}", keys::TCB_KEY, name.value);
                            tcb.unknown.push((Spanned { value, ..name }, None));
                        }
                    }
                }
                Ok(tcb)
            }
        }

        deserializer.deserialize_any(TcbVisitor)
    }
}
