//! One rule of a policy: the keys that pin an attester, as attributes of the attestation policy.
//!
//! The same keys describe the server that a kubeconfig expects and the attesters that a secret
//! policy admits. They are one table, read in both directions: from a file to entries of a policy,
//! and from an entry to the lines that say the same. Values are checked here, where their place in
//! the file is known.
//!
//! A rule that AECS 2.0 can express becomes entries as 2.0 has them, every other one a rule in typed
//! form: `said.rs` knows which.

mod init_data;
mod keys;
mod lists;
mod said;
mod text;
mod value;

use std::fmt;
use std::marker::PhantomData;

use aecs_attest::{Attribute, Kind, Platform, Takes};
use aecs_proto::AttestationGrace;
use aecs_proto::attestation_grace::End;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde_saphyr::Spanned;

use super::Fault;
use super::document::{OneOrMany, Pairs, Placed, Scalar};
use super::lifecycle::{LENGTH, MOMENT, length_ms, moment_ms};
use super::suggest::did_you_mean;
use keys::Key;
use lists::{CodeYaml, list_names};

pub(super) use lists::listed_value;
pub(super) use said::{Said, policy_of, typed_policy};
pub use text::{key_of, line, line_of_any, lines};
pub(super) use value::boolean;

/// Entries that one rule may stand for, when its lists are written out.
const MAX_ENTRIES: usize = 256;

/// The keys that a kind of rule has beside those of the attributes.
pub(super) trait OtherKeys {
    const NAMES: &'static [&'static str];
    /// Those that take a list.
    const LISTS: &'static [&'static str] = &[];
    /// Where such rules stand.
    const LEVEL: Level;
}

/// What a rule for devices may say beside their attributes: nothing.
pub(super) enum DeviceRule {}

impl OtherKeys for DeviceRule {
    const NAMES: &'static [&'static str] = &[];
    const LEVEL: Level = Level::Device;
}

/// The keys of a rule as written; an absent key and an empty value both mean "do not care".
pub(super) struct Rule<O> {
    keys: Keys,
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
    Many(OneOrMany<false, true>),
    Numbers(OneOrMany<true>),
    Pairs(Pairs),
}

impl<O: OtherKeys> Rule<O> {
    /// The value of a key that is not about attributes. Empty is as good as absent.
    pub(super) fn other(&self, name: &str) -> Option<&Spanned<String>> {
        self.keys.other(name)
    }

    /// The items of a key that takes a list; none without it.
    pub(super) fn list(&self, name: &str) -> Result<&[Spanned<String>], Fault> {
        let mut found = self.keys.lists.iter().filter(|(key, _)| key.value == name);
        let Some((key, list)) = found.next() else { return Ok(&[]) };
        if found.next().is_some() {
            let what = format!("the key `{name}` is given twice");
            return Err(Fault::at(key.place(), what, "keep one of them"));
        }
        if list.is_empty_list {
            let what = format!("the list of `{name}` is empty");
            return Err(Fault::at(key.place(), what, "name one, or leave it out"));
        }
        Ok(&list.values)
    }

    /// The keys that ask for something: the attribute's name on the wire, the key as it is written,
    /// and its place.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&'static str, &Spanned<String>)> {
        self.keys.given.iter().map(|given| (given.key.attribute.name, &given.name))
    }

    /// What the rule says. `known` is the platform that it is for if it names none.
    pub(super) fn read(&self, known: Option<Platform>) -> Result<Said, Fault> {
        let keys = &self.keys;
        keys.check(&[O::NAMES, O::LISTS].concat())?;
        let mut platforms: Vec<Platform> = known.into_iter().collect();
        let mut admitted = keys.attributes(&platforms, true)?;
        let named = admitted.iter().filter(|(attribute, _)| attribute.kind == Kind::Platform);
        platforms.extend(
            named.flat_map(|(_, names)| names).filter_map(|name| name.parse::<Platform>().ok()),
        );
        if let Some((name, digests)) = &keys.init_data {
            let (attribute, values) = init_data::read(name, digests, &platforms)?;
            if admitted.iter().any(|(known, _)| std::ptr::eq(*known, attribute)) {
                let what =
                    format!("`{INIT_DATA}` and `{}` are the same", attribute.keys.join("`, `"));
                return Err(Fault::at(name.place(), what, "keep one of them"));
            }
            admitted.push((attribute, values));
        }
        let in_lists = keys.lists_of(&platforms, true)?;
        let (mut excluded, mut in_no_list, mut absent_passes) = (Vec::new(), Vec::new(), false);
        if let Some(keys) = keys.excluded.as_deref() {
            keys.check(&[IF_ABSENT])?;
            keys.check_excluding()?;
            absent_passes = keys.other(IF_ABSENT).map_or(Ok(false), if_absent)?;
            excluded = keys.attributes(&platforms, !absent_passes)?;
            in_no_list = keys.lists_of(&platforms, !absent_passes)?;
        }
        let sets = keys.code.as_ref().map(|code| list_names(&code.value.set)).transpose()?;
        Ok(Said {
            name: self.other(NAME).map(rule_name).transpose()?,
            admitted,
            excluded,
            in_lists,
            in_no_list,
            in_sets: sets.unwrap_or_default(),
            absent_passes,
            valid_until_ms: self.other(VALID_UNTIL).map(moment).transpose()?,
            grace: keys.grace.as_ref().map(read_grace).transpose()?,
        })
    }
}

/// What a rule is called.
const NAME: &str = "name";
/// Until when it admits.
const VALID_UNTIL: &str = "validUntil";
/// What it excludes.
const NOT: &str = "not";
/// Under `not`: what to do about attesters that lack an attribute.
const IF_ABSENT: &str = "ifAbsent";
/// The digest of the data that the machine was started with.
const INIT_DATA: &str = "initData";
/// The sets of measurements that it admits.
const CODE: &str = "code";
/// Under `tcb`: how long a platform may be out of date.
const OUT_OF_DATE: &str = "outOfDate";
/// Keys of every rule that are about no attribute and have one value.
const OF_EVERY_RULE: [&str; 2] = [NAME, VALID_UNTIL];

/// Whether attesters are admitted that lack what values are excluded of.
fn if_absent(word: &Spanned<String>) -> Result<bool, Fault> {
    match word.value.as_str() {
        "admit" => Ok(true),
        "deny" => Ok(false),
        other => Err(Fault::at(
            word.place(),
            format!("`{IF_ABSENT}` is admit or deny, got `{other}`"),
            "write `ifAbsent: admit` to admit attesters that lack the attribute",
        )),
    }
}

/// The name of a rule.
fn rule_name(name: &Spanned<String>) -> Result<String, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.value.len() <= 64 && name.value.chars().all(plain) {
        return Ok(name.value.clone());
    }
    Err(Fault::at(
        name.place(),
        "this should be the name of a rule",
        "write at most 64 letters, digits, `.`, `_` and `-`",
    ))
}

fn moment(text: &Spanned<String>) -> Result<i64, Fault> {
    moment_ms(&text.value).ok_or_else(|| Fault::at(text.place(), "this should be a time", MOMENT))
}

/// How long a platform may be out of date.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GraceYaml {
    #[serde(default)]
    until: Scalar,
    #[serde(default)]
    r#for: Scalar,
}

/// Reads `outOfDate`, of which one key has to be given.
fn read_grace(grace: &Spanned<GraceYaml>) -> Result<AttestationGrace, Fault> {
    let end = match (&grace.value.until, &grace.value.r#for) {
        (Some(until), None) => End::UntilMs(moment(until)?),
        (None, Some(length)) => End::ForMs(length_ms(&length.value).ok_or_else(|| {
            let at = length.place();
            Fault::at(at, "this should be a length of time", LENGTH)
        })?),
        _ => {
            return Err(Fault::at(
                grace.place(),
                format!("`{OUT_OF_DATE}` takes either `until` or `for`"),
                "write `outOfDate: {until: \"2030-12-31T00:00:00Z\"}` or `outOfDate: {for: 30d}`",
            ));
        }
    };
    Ok(AttestationGrace { end: Some(end) })
}

impl Keys {
    fn other(&self, name: &str) -> Option<&Spanned<String>> {
        let (_, value) = self.others.iter().find(|(key, _)| key.value == name)?;
        value.as_ref().filter(|text| !text.value.is_empty())
    }

    /// Each attribute that is asked for, with the values that do, in the order of the table. With
    /// `needed`, an attribute that the platform never attests is an error; beside those that are
    /// asked for here, `platforms` are the platforms.
    fn attributes(
        &self,
        platforms: &[Platform],
        needed: bool,
    ) -> Result<Vec<(&'static Attribute, Vec<String>)>, Fault> {
        let mut attributes = Vec::new();
        let mut platforms = platforms.to_vec();
        for attribute in Attribute::all() {
            let mut said: Option<(&GivenKey, Vec<String>)> = None;
            for given in self.of(attribute) {
                let GivenKey { name, key, values } = given;
                let texts = values.check(key)?;
                if texts.is_empty() {
                    continue;
                }
                if let Some((other, _)) = said {
                    // The values of both would be alternatives, which nobody expects of two keys.
                    let what = format!("`{}` and `{}` are the same", other.name.value, name.value);
                    return Err(Fault::at(
                        name.place(),
                        what,
                        "write all values under one of them",
                    ));
                }
                if needed {
                    attested(name, attribute, &platforms)?;
                }
                if key.kind == Kind::Platform && needed {
                    // It is the first row of the table, and its values are names of platforms.
                    platforms.extend(texts.iter().filter_map(|name| name.parse::<Platform>().ok()));
                }
                if let (Kind::Measurement, Values::Many(list)) = (key.kind, values) {
                    for text in list.values.iter().filter(|text| !text.value.is_empty()) {
                        let fits = value::measurement_fits(&text.value, &platforms);
                        fits.map_err(|fault| fault.placed(text.place()))?;
                    }
                }
                said = Some((given, texts));
            }
            attributes.extend(said.map(|(_, texts)| (attribute, texts)));
        }
        Ok(attributes)
    }

    /// What was given for an attribute: twice only by keys of which one takes less than the other.
    fn of(&self, attribute: &Attribute) -> impl Iterator<Item = &GivenKey> {
        self.given.iter().filter(|given| std::ptr::eq(given.key.attribute, attribute))
    }

    /// Refuses under `not` what is no value of an attester: of a minimum, it would exclude all that
    /// is good enough.
    fn check_excluding(&self) -> Result<(), Fault> {
        match self.given.iter().find(|given| !given.key.attribute.kind.can_exclude()) {
            Some(given) => Err(Fault::at(
                given.name.place(),
                format!("`{}` is no value to exclude", given.name.value),
                "write what the rule demands outside of `not`",
            )),
            None => Ok(()),
        }
    }

    /// Refuses keys that are unknown, given twice or given nothing.
    fn check(&self, others: &[&'static str]) -> Result<(), Fault> {
        for (i, given) in self.given.iter().enumerate() {
            if self.given.iter().take(i).any(|earlier| earlier.key.name == given.key.name) {
                return Err(Fault::at(
                    given.name.place(),
                    format!("the key `{}` is given twice", given.key.name),
                    "keep one of its spellings",
                ));
            }
        }
        let nothing = self.given.iter().find(|given| given.values.is_empty_list());
        if let Some(GivenKey { name, key, .. }) = nothing {
            return Err(Fault::at(
                name.place(),
                format!("the list of `{}` is empty", name.value),
                key.instead_of_nothing(),
            ));
        }
        let known = |name: &str| OF_EVERY_RULE.contains(&name) || others.contains(&name);
        if let Some(code) = self.code.as_ref().filter(|code| code.value.set.values.is_empty()) {
            let what = format!("`{CODE}` names no set of measurements");
            return Err(Fault::at(code.place(), what, "write `code: {set: NAME}`"));
        }
        match self.others.iter().find(|(key, _)| !known(&key.value)) {
            Some((key, _)) => Err(unknown_key(key, others)),
            None => Ok(()),
        }
    }
}

fn unknown_key(key: &Spanned<String>, others: &[&'static str]) -> Fault {
    let at = key.place();
    if let Some(name) = key.value.strip_prefix("tcb.") {
        let known: Vec<&str> = keys::under_tcb().chain([OUT_OF_DATE]).collect();
        let what = format!("unknown key `{name}` under `tcb`");
        return Fault::at(at, what, did_you_mean(name, &known));
    }
    let others = others.iter().copied().chain(OF_EVERY_RULE).chain(keys::in_rules());
    let others = others.chain([NOT, CODE, INIT_DATA, keys::TCB_KEY]);
    let known: Vec<&str> = Key::names().chain(others).collect();
    if known.contains(&key.value.as_str()) {
        let what = format!("the key `{}` cannot stand here", key.value);
        return Fault::at(at, what, "write it in the rule itself, and not under another key of it");
    }
    let remedy = match Key::meant(&key.value) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => did_you_mean(&key.value, &known),
    };
    Fault::at(at, format!("unknown key `{}`", key.value), remedy)
}

/// Refuses what no evidence of these platforms has: the rule would admit nobody there.
fn attested(
    name: &Spanned<String>,
    attribute: &Attribute,
    platforms: &[Platform],
) -> Result<(), Fault> {
    let Some(platform) = platforms.iter().find(|platform| !attribute.is_attested_by(**platform))
    else {
        return Ok(());
    };
    let by = Platform::ALL.iter().filter(|platform| attribute.is_attested_by(**platform));
    let by: Vec<&str> = by.map(|platform| platform.as_str()).collect();
    Err(Fault::at(
        name.place(),
        format!(
            "evidence of {platform} never has `{}`, so that the rule would admit nobody",
            name.value
        ),
        format!("leave it out, or write it in a rule for {}", by.join(" or ")),
    ))
}

/// A key that is one name of a key with names and values: `pceSvn` is the name `pce` of `minTcb`.
struct Shorthand {
    name: Spanned<String>,
    /// The key that it is a name of.
    of: Key,
    part: &'static str,
    values: OneOrMany<true>,
}

impl Keys {
    /// Adds what was given by shorthand to each of the alternatives that were given in full.
    fn merge_shorthand(&mut self) {
        for Shorthand { name, of, part, values } in std::mem::take(&mut self.shorthand) {
            if !self.given.iter().any(|given| given.key.name == of.name) {
                let whole = Pairs { mappings: vec![Vec::new()], ..Pairs::default() };
                let values = Values::Pairs(whole);
                self.given.push(GivenKey { name: name.clone(), key: of, values });
            }
            for given in self.given.iter_mut().filter(|given| given.key.name == of.name) {
                let Values::Pairs(pairs) = &mut given.values else { continue };
                pairs.texts_to_mapping();
                let part = Spanned { value: part.to_owned(), ..name.clone() };
                let pair = (part, values.clone());
                pairs.mappings.iter_mut().for_each(|mapping| mapping.push(pair.clone()));
            }
        }
    }
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
    fn check(&self, key: &Key) -> Result<Vec<String>, Fault> {
        match self {
            Self::One(scalar) => key.alternatives(scalar.iter()),
            Self::Many(list) if key.takes() == Takes::Alternatives => {
                key.alternatives(list.values.iter())
            }
            Self::Many(list) => key.joined(&list.values),
            Self::Numbers(list) => key.alternatives(list.values.iter()),
            Self::Pairs(pairs) => key.pairs(pairs),
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
        let reader = KeysReader { others: O::NAMES, lists: O::LISTS, level: O::LEVEL };
        let keys = reader.deserialize(deserializer)?;
        Ok(Self { keys, kind: PhantomData })
    }
}

/// Reads the keys of a rule, or those that stand under one of them.
struct KeysReader {
    others: &'static [&'static str],
    lists: &'static [&'static str],
    level: Level,
}

/// Where keys stand.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Level {
    Rule,
    /// In a rule for devices of a kind.
    Device,
    /// Under `tcb`, where everything about how up to date a platform is may be written.
    Tcb,
    /// Under `not`.
    Excluded,
}

/// The keys of a rule as written; an absent key and an empty value both mean "do not care".
#[derive(Default)]
struct Keys {
    given: Vec<GivenKey>,
    others: Vec<(Spanned<String>, Scalar)>,
    lists: Vec<(Spanned<String>, OneOrMany)>,
    /// What stands under `not`.
    excluded: Option<Box<Keys>>,
    grace: Option<Spanned<GraceYaml>>,
    init_data: Option<(Spanned<String>, OneOrMany)>,
    /// What stands under `code`.
    code: Option<Spanned<CodeYaml>>,
    shorthand: Vec<Shorthand>,
}

impl<'de> DeserializeSeed<'de> for KeysReader {
    type Value = Keys;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Keys, D::Error> {
        if matches!(self.level, Level::Rule | Level::Device) {
            deserializer.deserialize_map(self)
        } else {
            deserializer.deserialize_any(self)
        }
    }
}

impl<'de> Visitor<'de> for KeysReader {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.level {
            Level::Rule | Level::Device => "the keys of a rule",
            Level::Tcb => "keys with values, as in {minEvaluationNumber: 18}",
            Level::Excluded => "keys with values, as in {chipId: [\"A1B2...\"]}",
        })
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Keys, E> {
        match self.level {
            Level::Rule | Level::Device => Err(E::invalid_type(Unexpected::Unit, &self)),
            Level::Tcb | Level::Excluded => Ok(Keys::default()),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = Keys::default();
        while let Some(name) = map.next_key::<Spanned<String>>()? {
            self.read(&mut keys, name, &mut map)?;
        }
        keys.merge_shorthand();
        Ok(keys)
    }
}

impl KeysReader {
    /// Reads the value of a key into `keys`.
    fn read<'de, A: MapAccess<'de>>(
        &self,
        keys: &mut Keys,
        mut name: Spanned<String>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let key = match self.level {
            Level::Tcb => Key::of_tcb(&name.value),
            Level::Rule | Level::Device | Level::Excluded => Key::find(&name.value),
        };
        match (self.level, name.value.as_str()) {
            (Level::Rule | Level::Device | Level::Excluded, keys::TCB_KEY) => {
                let tcb =
                    map.next_value_seed(Self { others: &[], lists: &[], level: Level::Tcb })?;
                keys.given.extend(tcb.given);
                keys.others.extend(tcb.others);
                if tcb.grace.is_some() && self.level == Level::Excluded {
                    name.value = format!("{}.{OUT_OF_DATE}", keys::TCB_KEY);
                    keys.others.push((name, None));
                } else {
                    keys.grace = tcb.grace;
                }
            }
            (Level::Rule | Level::Device, NOT) => {
                let seed = Self { others: &[IF_ABSENT], lists: &[], level: Level::Excluded };
                keys.excluded = Some(Box::new(map.next_value_seed(seed)?));
            }
            (Level::Rule, INIT_DATA) => keys.init_data = Some((name, map.next_value()?)),
            (Level::Rule | Level::Device, CODE) => keys.code = Some(map.next_value()?),
            (Level::Tcb, OUT_OF_DATE) => keys.grace = Some(map.next_value()?),
            (level, word) if keys::shorthand(level, word).is_some() => {
                let values = map.next_value()?;
                let mut values: OneOrMany<true> = values;
                let meant = keys::shorthand(level, word);
                keys.shorthand.extend(meant.map(|(of, part, before)| {
                    values.values.iter_mut().for_each(|text| text.value.insert_str(0, before));
                    Shorthand { name, of, part, values }
                }));
            }
            (_, other) if self.lists.contains(&other) => {
                keys.lists.push((name, map.next_value()?));
            }
            (Level::Rule | Level::Device | Level::Excluded, other)
                if self.others.contains(&other) || OF_EVERY_RULE.contains(&other) =>
            {
                keys.others.push((name, map.next_value()?));
            }
            _ => match key {
                Some(key) => {
                    let values = Values::of(&key, map)?;
                    keys.given.push(GivenKey { name, key, values });
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                    if self.level == Level::Tcb {
                        name.value = format!("{}.{}", keys::TCB_KEY, name.value);
                    }
                    keys.others.push((name, None));
                }
            },
        }
        Ok(())
    }
}
