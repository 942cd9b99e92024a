//! Values of attributes, and the texts that they are written as.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::fingerprint::Fingerprint;
use crate::tcb::TcbStatus;

/// A value in its canonical form; what it prints is the canonical text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Number(u32),
    Bool(bool),
    Time(OffsetDateTime),
    Items(BTreeSet<String>),
    Pairs(BTreeMap<String, String>),
    Numbers(BTreeMap<String, u32>),
}

/// Why a text is not a value of its attribute.
pub(crate) type Reason = &'static str;

pub(super) fn hex_digits(text: &str) -> Result<Value, Reason> {
    if text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(Value::Text(text.to_ascii_uppercase()))
    } else {
        Err("is not hexadecimal")
    }
}

/// Canonical form of a public key in a policy: the upper case SHA-256 of its PEM text.
pub(crate) fn key_hash(text: &str) -> Result<Value, Reason> {
    if text.starts_with("-----BEGIN ") {
        return Ok(Value::Text(Fingerprint::of(text).to_string()));
    }
    match hex_digits(text) {
        Ok(hash) if text.len() == 64 => Ok(hash),
        _ => Err("is neither a PEM public key nor the SHA-256 of one"),
    }
}

pub(super) fn number(text: &str) -> Result<Value, Reason> {
    plain_number(text).map(Value::Number)
}

/// Digits only: no sign, no white space, nothing behind the number.
pub(super) fn plain_number(text: &str) -> Result<u32, Reason> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is not a decimal number");
    }
    text.parse().map_err(|_| "is larger than 4294967295")
}

pub(super) fn hex_bytes(text: &str) -> Result<String, Reason> {
    if text.is_empty() || hex::decode(text).is_err() {
        return Err("has a value that is not hexadecimal, two digits for each byte");
    }
    Ok(text.to_ascii_uppercase())
}

/// Reads `name=value,name=value`; every name once.
pub(super) fn pairs<V>(
    text: &str,
    value: impl Fn(&str) -> Result<V, Reason>,
) -> Result<BTreeMap<String, V>, Reason> {
    let mut pairs = BTreeMap::new();
    for item in text.split(',') {
        let (name, text) = item.split_once('=').ok_or("is not a list of name=value")?;
        let name = name.trim();
        if name.is_empty() {
            return Err("has a value without a name");
        }
        if pairs.insert(name.to_owned(), value(text.trim())?).is_some() {
            return Err("has a name twice");
        }
    }
    Ok(pairs)
}

pub(super) fn items(text: &str) -> Result<BTreeSet<String>, Reason> {
    let items: BTreeSet<String> = text.split(',').map(|item| item.trim().to_owned()).collect();
    if items.contains("") { Err("has an empty item in its list") } else { Ok(items) }
}

pub(super) fn statuses(text: &str) -> Result<Value, Reason> {
    let names = items(text)?;
    for name in &names {
        match name.parse() {
            Ok(TcbStatus::Revoked) => return Err("lists Revoked, which is never accepted"),
            Ok(_) => {}
            Err(_) => return Err("lists an unknown TCB status"),
        }
    }
    Ok(Value::Items(names))
}

/// Whether these are TCB statuses each of which a policy can accept.
pub(crate) fn acceptable(statuses: &Value) -> bool {
    let acceptable = |name: &String| name.parse().is_ok_and(TcbStatus::is_acceptable);
    matches!(statuses, Value::Items(names) if names.iter().all(acceptable))
}

impl Value {
    /// What `actual` has of the names in `self`; everything where values have no names.
    pub(super) fn names_in(&self, actual: &Self) -> Self {
        fn named<V: Clone, W>(
            of: &BTreeMap<String, V>,
            names: &BTreeMap<String, W>,
        ) -> BTreeMap<String, V> {
            let asked = |(name, _): &(&String, &V)| names.contains_key(*name);
            of.iter().filter(asked).map(|(name, value)| (name.clone(), value.clone())).collect()
        }
        match (self, actual) {
            (Self::Pairs(names), Self::Pairs(of)) => Self::Pairs(named(of, names)),
            (Self::Numbers(names), Self::Numbers(of)) => Self::Numbers(named(of, names)),
            (_, actual) => actual.clone(),
        }
    }

    /// The value nearest to `self` that, in a policy, admits `actual`; none where only asking for
    /// nothing does.
    pub(crate) fn relaxed(&self, actual: &Self) -> Option<String> {
        let relaxed = match (self, actual) {
            (Self::Items(expected), Self::Items(actual)) => {
                Self::Items(expected.union(actual).cloned().collect())
            }
            (Self::Pairs(expected), Self::Pairs(actual)) => {
                let known = |name: &String| Some((name.clone(), actual.get(name)?.clone()));
                Self::Pairs(expected.keys().filter_map(known).collect())
            }
            (Self::Numbers(expected), Self::Numbers(actual)) => {
                let known = |(name, least): (&String, &u32)| {
                    Some((name.clone(), *actual.get(name)?.min(least)))
                };
                Self::Numbers(expected.iter().filter_map(known).collect())
            }
            (_, actual) => actual.clone(),
        };
        Some(relaxed.to_string()).filter(|text| !text.is_empty())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Time(time) => f.write_str(&time.format(&Rfc3339).map_err(|_| fmt::Error)?),
            Self::Items(items) => write_list(f, items),
            Self::Pairs(pairs) => write_list(f, pairs.iter().map(Pair)),
            Self::Numbers(numbers) => write_list(f, numbers.iter().map(Pair)),
        }
    }
}

struct Pair<'a, V>((&'a String, &'a V));

impl<V: fmt::Display> fmt::Display for Pair<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value) = self.0;
        write!(f, "{name}={value}")
    }
}

fn write_list(
    f: &mut fmt::Formatter<'_>,
    items: impl IntoIterator<Item = impl fmt::Display>,
) -> fmt::Result {
    for (i, item) in items.into_iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        write!(f, "{comma}{item}")?;
    }
    Ok(())
}
