//! Named lists: values and measurements that rules refer to by name, and that are looked up at each
//! evaluation.
//!
//! Invariant: a rule that refers to a list that is not there, or that has something else than the
//! rule asks for, admits nobody, also if it is to exclude what the list has.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, LazyLock};

use aecs_proto::named_list::Content as Message;
use aecs_proto::{
    ListedMeasurement, ListedMeasurements, ListedValues, UnifiedAttestationAttributes,
};
use time::OffsetDateTime;

use super::pins::unpinned;
use super::rule::{Absent, Rule, Test, is_name, moment};
use super::rules::acceptable_value;
use crate::attributes::facts::{Facts, Misfit};
use crate::attributes::kind::Kind;
use crate::attributes::table::{Attribute, CODE, PLATFORM, VALID_UNTIL};
use crate::attributes::value::Value;

/// The content of a named list.
#[derive(Debug, Clone)]
pub struct NamedList(Content);

#[derive(Debug, Clone)]
enum Content {
    Values { attribute: &'static Attribute, values: BTreeSet<Box<[u8]>> },
    Measurements { source: String, entries: Vec<Entry> },
}

/// An entry of a set of measurements.
#[derive(Debug, Clone)]
struct Entry {
    label: String,
    /// In canonical form.
    asked: UnifiedAttestationAttributes,
    rule: Rule,
    valid_until: Option<OffsetDateTime>,
}

/// Why a list cannot be used, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ListError(String);

impl ListError {
    pub(super) fn new(why: String) -> Self {
        Self(why)
    }
}

/// The lists that rules may refer to, by their names.
#[derive(Debug, Clone, Default)]
pub struct NamedLists(BTreeMap<String, Arc<NamedList>>);

impl NamedList {
    /// Reads the content of a list.
    ///
    /// # Errors
    ///
    /// A value that has no meaning, or an entry that does not pin code.
    pub fn parse(message: &Message) -> Result<Self, ListError> {
        Ok(Self(match message {
            Message::Values(ListedValues { attribute, values }) => {
                let attribute = listable(attribute)?;
                let values = values.iter().enumerate().map(|(i, text)| {
                    let wrong = |why| ListError(format!("value {i}: {} {why}", attribute.name));
                    listed(attribute, text).map_err(wrong)
                });
                Content::Values { attribute, values: values.collect::<Result<_, _>>()? }
            }
            Message::Measurements(ListedMeasurements { source, entries }) => {
                let mut read: Vec<Entry> = Vec::new();
                for (i, entry) in entries.iter().enumerate() {
                    let entry = Entry::parse(entry)
                        .map_err(|why| ListError(format!("entry {i}: {why}")))?;
                    put(&mut read, entry);
                }
                Content::Measurements { source: source.clone(), entries: read }
            }
        }))
    }

    /// The message, in canonical form.
    #[must_use]
    pub fn to_proto(&self) -> Message {
        match &self.0 {
            Content::Values { attribute, values } => {
                let text = |value: &[u8]| match attribute.kind {
                    Kind::Word | Kind::PublicKey => String::from_utf8_lossy(value).into_owned(),
                    _ => hex::encode_upper(value),
                };
                Message::Values(ListedValues {
                    attribute: attribute.name.to_owned(),
                    values: values.iter().map(|value| text(value)).collect(),
                })
            }
            Content::Measurements { source, entries } => {
                Message::Measurements(ListedMeasurements {
                    source: source.clone(),
                    entries: entries.iter().map(Entry::to_proto).collect(),
                })
            }
        }
    }

    /// How many values or entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Content::Values { values, .. } => values.len(),
            Content::Measurements { entries, .. } => entries.len(),
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The attribute whose values it has; none for a set of measurements.
    #[must_use]
    pub fn attribute(&self) -> Option<&'static Attribute> {
        match &self.0 {
            Content::Values { attribute, .. } => Some(attribute),
            Content::Measurements { .. } => None,
        }
    }

    /// Where the measurements of a set come from; empty if nobody has said it.
    #[must_use]
    pub fn source(&self) -> &str {
        match &self.0 {
            Content::Values { .. } => "",
            Content::Measurements { source, .. } => source,
        }
    }

    /// When the first of its entries ends that has not ended by `now_ms`, in milliseconds since 1970.
    #[must_use]
    pub fn ends_ms(&self, now_ms: i64) -> Option<i64> {
        let Content::Measurements { entries, .. } = &self.0 else { return None };
        let ends = entries.iter().filter_map(|entry| entry.valid_until).map(milliseconds);
        ends.filter(|end| *end > now_ms).min()
    }

    /// Adds what another list of the same kind has, and tells how much of it is new. An entry of a set
    /// takes the place of the one that asks for the same.
    ///
    /// # Errors
    ///
    /// The other list is of another kind.
    pub fn add(&mut self, other: Self) -> Result<usize, ListError> {
        match (&mut self.0, other.0) {
            (
                Content::Values { attribute, values },
                Content::Values { attribute: added_to, values: added },
            ) if attribute.is(added_to) => {
                let before = values.len();
                values.extend(added);
                Ok(values.len() - before)
            }
            (
                Content::Measurements { source, entries },
                Content::Measurements { source: later, entries: added },
            ) => {
                let before = entries.len();
                added.into_iter().for_each(|entry| put(entries, entry));
                if !later.is_empty() {
                    *source = later;
                }
                Ok(entries.len() - before)
            }
            _ => Err(self.of_another_kind()),
        }
    }

    /// Removes the values, or the entries with the labels, that a message has; tells how many it
    /// removed.
    ///
    /// # Errors
    ///
    /// The message is of another kind, or a value in it has no meaning.
    pub fn remove(&mut self, message: &Message) -> Result<usize, ListError> {
        let before = self.len();
        match (&mut self.0, message) {
            (Content::Measurements { entries, .. }, Message::Measurements(removed)) => {
                let named = |label: &String| removed.entries.iter().any(|it| it.label == *label);
                entries.retain(|entry| !named(&entry.label));
            }
            (Content::Values { attribute, values }, Message::Values(_)) => {
                let Self(Content::Values { attribute: removed_from, values: removed }) =
                    Self::parse(message)?
                else {
                    return Ok(0);
                };
                if !attribute.is(removed_from) {
                    return Err(self.of_another_kind());
                }
                values.retain(|value| !removed.contains(value));
            }
            _ => return Err(self.of_another_kind()),
        }
        Ok(before - self.len())
    }

    fn of_another_kind(&self) -> ListError {
        ListError(format!("the list has {self}; use another name, or destroy the list first"))
    }
}

impl fmt::Display for NamedList {
    /// What it has: values of an attribute, or measurements.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attribute().map(|attribute| attribute.key().unwrap_or(attribute.name)) {
            Some(key) => write!(f, "values of `{key}`"),
            None => f.write_str("measurements"),
        }
    }
}

/// The attribute of that name on the wire, if values of it can be listed.
fn listable(name: &str) -> Result<&'static Attribute, ListError> {
    let found = Attribute::named(name).filter(|attribute| attribute.can_list());
    found.ok_or_else(|| ListError(format!("`{name}` is no attribute whose values can be listed")))
}

/// A value as lists have it.
fn listed(attribute: &Attribute, text: &str) -> Result<Box<[u8]>, &'static str> {
    if text.is_empty() || text.len() > LONGEST {
        return Err("is empty or longer than 255 characters");
    }
    let bytes = bytes_of(&attribute.kind.parse(text)?);
    match (attribute.kind, bytes.len()) {
        (Kind::HexOf(bytes), got) if got != bytes => Err("has another length than all such values"),
        _ => Ok(bytes.into()),
    }
}

/// Characters of a listed value.
const LONGEST: usize = 255;

/// The bytes of a value of the kinds that can be listed; equal values have equal bytes.
fn bytes_of(value: &Value) -> Vec<u8> {
    match value {
        Value::Bytes(bytes) => bytes.clone(),
        Value::Text(text) => text.clone().into_bytes(),
        other => other.to_string().into_bytes(),
    }
}

/// Adds an entry, in place of one that asks for the same.
fn put(entries: &mut Vec<Entry>, entry: Entry) {
    match entries.iter_mut().find(|known| known.asked == entry.asked) {
        Some(known) => *known = entry,
        None => entries.push(entry),
    }
}

fn milliseconds(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

impl Entry {
    fn parse(message: &ListedMeasurement) -> Result<Self, String> {
        let ListedMeasurement { label, attributes, valid_until_ms } = message;
        if label.is_empty() || !is_name(label) {
            return Err("the label is not 1 to 64 letters, digits, `.`, `_` and `-`".to_owned());
        }
        let misfit = |Misfit { attribute, reason }| format!("{attribute} {reason}");
        let facts = Facts::parse(&attributes.clone().unwrap_or_default()).map_err(misfit)?;
        for (attribute, value) in facts.iter() {
            acceptable_value(value).map_err(|reason| format!("{} {reason}", attribute.name))?;
        }
        if facts.platform().is_none() {
            return Err("it names no platform".to_owned());
        }
        let asked = facts.to_message();
        if let Some(why) = unpinned(&asked) {
            return Err(format!("{why}; {}", why.remedy()));
        }
        let valid_until = match valid_until_ms {
            0 => None,
            ms => Some(moment(*ms).ok_or("its end is not a time")?),
        };
        Ok(Self { label: label.clone(), asked, rule: facts.into(), valid_until })
    }

    fn to_proto(&self) -> ListedMeasurement {
        ListedMeasurement {
            label: self.label.clone(),
            attributes: Some(self.asked.clone()),
            valid_until_ms: self.valid_until.map(milliseconds).unwrap_or_default(),
        }
    }

    /// What an attester has otherwise.
    fn differences(&self, facts: &Facts, now: Option<OffsetDateTime>) -> Vec<&'static str> {
        let differs = self.rule.predicates.iter().filter(|predicate| {
            let attribute = predicate.attribute;
            !predicate.test.holds(attribute.kind, facts.get(attribute))
        });
        let ended = self.valid_until.filter(|end| now.is_none_or(|now| now >= *end));
        let ended = ended.map(|_| VALID_UNTIL.name);
        differs.map(|predicate| predicate.attribute.name).chain(ended).collect()
    }
}

/// What sets of measurements say of an attester.
pub(super) struct Measured {
    pub(super) holds: bool,
    /// The entry that it fits, or the one that it comes nearest to.
    pub(super) found: Option<String>,
}

impl NamedLists {
    /// Adds a list.
    pub fn insert(&mut self, name: impl Into<String>, list: Arc<NamedList>) {
        self.0.insert(name.into(), list);
    }

    /// No lists.
    pub(super) fn none() -> &'static Self {
        static NONE: LazyLock<NamedLists> = LazyLock::new(NamedLists::default);
        &NONE
    }

    /// Why the lists that a test refers to cannot be used, if they cannot.
    pub(super) fn fault(&self, attribute: &Attribute, test: &Test) -> Option<String> {
        let names = test.lists();
        names.iter().find_map(|name| match self.0.get(name).map(|list| &**list) {
            None => Some(format!("there is no list `{name}`")),
            Some(list) => {
                let fits = match list.attribute() {
                    Some(listed) => attribute.is(listed),
                    None => attribute.is(&CODE),
                };
                (!fits).then(|| format!("list `{name}` has {list}"))
            }
        })
    }

    /// Whether an attester's value is in the lists, or in none of them, as the test wants it.
    pub(super) fn hold(&self, attribute: &Attribute, test: &Test, actual: Option<&Value>) -> bool {
        if self.fault(attribute, test).is_some() {
            return false;
        }
        let has = |names: &[String], actual: &Value| {
            let bytes = bytes_of(actual);
            names.iter().any(|name| match self.0.get(name).map(|list| &list.0) {
                Some(Content::Values { values, .. }) => values.contains(bytes.as_slice()),
                _ => false,
            })
        };
        match (test, actual) {
            (Test::InLists(names), Some(actual)) => has(names, actual),
            (Test::InNoList(names, _), Some(actual)) => !has(names, actual),
            (Test::InNoList(_, absent), None) => *absent == Absent::Passes,
            _ => false,
        }
    }

    /// Whether an attester fits an entry of the sets.
    pub(super) fn measured(
        &self,
        test: &Test,
        facts: &Facts,
        now: Option<OffsetDateTime>,
    ) -> Measured {
        if self.fault(&CODE, test).is_some() {
            return Measured { holds: false, found: None };
        }
        let lists = test.lists().iter().filter_map(|name| self.0.get(name));
        let entries = lists.flat_map(|list| match &list.0 {
            Content::Measurements { entries, .. } => entries.as_slice(),
            Content::Values { .. } => &[],
        });
        let compared = entries.map(|entry| (entry.differences(facts, now), &entry.label));
        let nearest =
            compared.min_by_key(|(differ, _)| (differ.contains(&PLATFORM.name), differ.len()));
        match nearest {
            None => Measured { holds: false, found: None },
            Some((differ, label)) if differ.is_empty() => {
                Measured { holds: true, found: Some(label.clone()) }
            }
            Some((differ, _)) if differ.contains(&PLATFORM.name) => {
                Measured { holds: false, found: Some("no entry for its platform".to_owned()) }
            }
            Some((differ, label)) => {
                let found =
                    format!("no entry; of the nearest, {label}, differ {}", differ.join(", "));
                Measured { holds: false, found: Some(found) }
            }
        }
    }
}
