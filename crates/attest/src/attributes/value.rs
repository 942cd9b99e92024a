//! Values of attributes, and the texts that they are written as.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::fingerprint::Fingerprint;
use crate::tcb::TcbStatus;

/// A value; what it prints is its canonical text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Bytes(Vec<u8>),
    Text(String),
    Number(u32),
    Bool(bool),
    Time(OffsetDateTime),
    Statuses(BTreeSet<TcbStatus>),
    Items(BTreeSet<String>),
    Pairs(BTreeMap<String, String>),
    Numbers(BTreeMap<String, u32>),
}

/// Digits that policies compare as they are: hexadecimal in upper case, or a decimal number.
pub(crate) struct Digits(String);

/// Why a text is not a value of its attribute.
pub(crate) type Reason = &'static str;

/// Registers by their numbers, as attributes have them.
pub(crate) fn registers<'a>(
    values: impl IntoIterator<Item = (u8, &'a [u8])>,
) -> BTreeMap<String, String> {
    values.into_iter().map(|(index, value)| (index.to_string(), hex::encode_upper(value))).collect()
}

/// A number of nested attesters, as evaluations have it.
pub(crate) fn results(count: usize) -> String {
    format!("{count} nested results")
}

pub(super) fn digits(text: &str) -> Result<String, Reason> {
    if text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err("is not hexadecimal")
    }
}

/// Canonical form of a public key in a policy: the upper case SHA-256 of its PEM text.
pub(crate) fn key_hash(text: &str) -> Result<Value, Reason> {
    if text.starts_with("-----BEGIN ") {
        return Ok(Digits::from(Fingerprint::of(text)).into());
    }
    match digits(text) {
        Ok(hash) if text.len() == 64 => Ok(Value::Text(hash)),
        _ => Err("is neither a PEM public key nor the SHA-256 of one"),
    }
}

/// Digits only: no sign, no white space, nothing behind the number.
pub(super) fn plain_number(text: &str) -> Result<u32, Reason> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is not a decimal number");
    }
    text.parse().map_err(|_| "is larger than 4294967295")
}

pub(super) fn hex_bytes(text: &str) -> Result<Vec<u8>, Reason> {
    hex::decode(text).map_err(|error| match error {
        hex::FromHexError::OddLength => "has an odd number of hexadecimal digits",
        _ => "is not hexadecimal",
    })
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

/// Whether a version is within a limit, by their order.
type Within = fn(Ordering) -> bool;

/// How a policy's limit of a version may begin, longer ones first.
const LIMITS: [(&str, Within); 4] = [
    (">=", Ordering::is_ge),
    ("<=", Ordering::is_le),
    (">", Ordering::is_gt),
    ("<", Ordering::is_lt),
];

/// The limit that a version in a policy is, if it is one, and whether an order is within it.
fn limit(text: &str) -> Option<(&str, Within)> {
    LIMITS.iter().find_map(|(sign, within)| Some((text.strip_prefix(sign)?.trim(), *within)))
}

/// Numbers with dots between them; trailing zeros do not count.
fn dotted(version: &str) -> Option<Vec<u64>> {
    let number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok())?
    };
    let mut numbers: Vec<u64> = version.split('.').map(number).collect::<Option<_>>()?;
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    Some(numbers)
}

/// A version of a part, or a limit of it.
pub(super) fn version(text: &str) -> Result<String, Reason> {
    match limit(text) {
        Some((limit, _)) if dotted(limit).is_none() => {
            Err("has a limit that is not numbers with dots between them, as in >=550.90.07")
        }
        _ => Ok(text.to_owned()),
    }
}

/// Whether a policy's value for a name admits a report's.
pub(super) fn pair_matches(expected: &str, actual: Option<&String>) -> bool {
    let Some(actual) = actual else { return false };
    let within = || {
        let (limit, within) = limit(expected)?;
        Some(within(dotted(actual)?.cmp(&dotted(limit)?)))
    };
    actual == expected || within().unwrap_or(false)
}

/// Whether a policy's excluded value for a name is a report's. A version that cannot be compared with
/// an excluded limit may be beyond it.
pub(super) fn pair_excluded(excluded: &str, actual: &String) -> bool {
    let incomparable = limit(excluded).is_some() && dotted(actual).is_none();
    incomparable || pair_matches(excluded, Some(actual))
}

/// Whether a value for a name that one policy admits can be one that another policy excludes. What is
/// within a limit can be anything.
pub(super) fn pair_meets(excluded: &str, admitted: &String) -> bool {
    limit(admitted).is_some() || pair_excluded(excluded, admitted)
}

pub(super) fn items(text: &str) -> Result<BTreeSet<String>, Reason> {
    let items: BTreeSet<String> = text.split(',').map(|item| item.trim().to_owned()).collect();
    if items.contains("") { Err("has an empty item in its list") } else { Ok(items) }
}

pub(super) fn statuses(text: &str) -> Result<BTreeSet<TcbStatus>, Reason> {
    let status = |name: String| match name.parse() {
        Ok(TcbStatus::Revoked) => Err("lists Revoked, which is never accepted"),
        Ok(status) => Ok(status),
        Err(_) => Err("lists an unknown TCB status"),
    };
    items(text)?.into_iter().map(status).collect()
}

/// Whether a policy can accept each of these TCB statuses.
pub(crate) fn acceptable(statuses: &BTreeSet<TcbStatus>) -> bool {
    statuses.iter().all(|status| status.is_acceptable())
}

impl Value {
    /// Whether nothing is known by this value: its text is empty.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Text(text) => text.is_empty(),
            Self::Number(_) | Self::Bool(_) | Self::Time(_) => false,
            Self::Statuses(statuses) => statuses.is_empty(),
            Self::Items(items) => items.is_empty(),
            Self::Pairs(pairs) => pairs.is_empty(),
            Self::Numbers(numbers) => numbers.is_empty(),
        }
    }

    /// Whether its text can be read as nothing else: no name or item in it has a separator.
    pub(super) fn is_unambiguous(&self) -> bool {
        let plain =
            |text: &String| !text.is_empty() && text.trim() == text && !text.contains([',', '=']);
        match self {
            Self::Items(items) => items.iter().all(plain),
            Self::Pairs(pairs) => pairs.iter().all(|(name, value)| plain(name) && plain(value)),
            Self::Numbers(numbers) => numbers.keys().all(plain),
            _ => true,
        }
    }

    /// What `actual` has of the names in `self`; everything where values have no names.
    pub(crate) fn names_in(&self, actual: &Self) -> Self {
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

    /// What of `self` does not match `actual`: of names with values those that differ, by which the
    /// others are not hidden; everything where values have no names.
    pub(crate) fn unmatched(&self, actual: Option<&Self>) -> Self {
        match (self, actual) {
            (Self::Pairs(pairs), Some(Self::Pairs(actual))) => {
                let differs =
                    |(name, value): &(&String, &String)| !pair_matches(value, actual.get(*name));
                let pairs = pairs.iter().filter(differs);
                Self::Pairs(pairs.map(|(name, value)| (name.clone(), value.clone())).collect())
            }
            (Self::Numbers(numbers), Some(Self::Numbers(actual))) => {
                let less = |(name, least): &(&String, &u32)| {
                    actual.get(*name).is_none_or(|number| number < *least)
                };
                let numbers = numbers.iter().filter(less);
                Self::Numbers(numbers.map(|(name, least)| (name.clone(), *least)).collect())
            }
            (expected, _) => expected.clone(),
        }
    }

    /// The value nearest to `self` that, in a policy, admits `actual`; none where only asking for
    /// nothing does.
    pub(crate) fn relaxed(&self, actual: &Self) -> Option<String> {
        let relaxed = match (self, actual) {
            (Self::Statuses(expected), Self::Statuses(actual)) => {
                Self::Statuses(expected.union(actual).copied().collect())
            }
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
            Self::Bytes(bytes) => f.write_str(&hex::encode_upper(bytes)),
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Time(time) => f.write_str(&time.format(&Rfc3339).map_err(|_| fmt::Error)?),
            // In the order of the names.
            Self::Statuses(statuses) => write_list(
                f,
                statuses.iter().map(|status| status.as_str()).collect::<BTreeSet<_>>(),
            ),
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

/// Values of Rust's types as values of attributes.
macro_rules! values {
    ($($type:ty => $variant:ident),+) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        })+
    };
}

values! {
    Vec<u8> => Bytes,
    String => Text,
    u32 => Number,
    bool => Bool,
    OffsetDateTime => Time,
    BTreeSet<TcbStatus> => Statuses,
    BTreeSet<String> => Items,
    BTreeMap<String, String> => Pairs,
    BTreeMap<String, u32> => Numbers
}

impl From<Digits> for Value {
    fn from(digits: Digits) -> Self {
        Self::Text(digits.0)
    }
}

impl From<&[u8]> for Digits {
    fn from(bytes: &[u8]) -> Self {
        Self(hex::encode_upper(bytes))
    }
}

impl From<Fingerprint> for Digits {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.0.as_slice().into()
    }
}

/// In decimal.
impl From<u16> for Digits {
    fn from(number: u16) -> Self {
        Self(number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_number_by_number() {
        let matches = |expected: &str, actual: &str| {
            version(expected).unwrap();
            pair_matches(expected, Some(&actual.to_owned()))
        };
        for (expected, actual) in [
            ("550.90", "550.90"),
            (">=550.90.07", "550.90.7"),
            (">=550.90.07", "1000"),
            (">=1.2", "1.2.0"),
            ("<=1.2.0", "1.2"),
            (">1.9", "1.10"),
            ("<2", "1.99.99"),
        ] {
            assert!(matches(expected, actual), "{expected} {actual}");
        }
        for (expected, actual) in [
            ("550.90", "550.9"),
            (">=550.90.07", "550.90.06"),
            (">=1.10", "1.9"),
            (">1.2", "1.2.0"),
            ("<2", "2.0.1"),
            (">=1", "1.x"),
            (">=1", ""),
            (">=1", ">=2"),
        ] {
            assert!(!matches(expected, actual), "{expected} {actual}");
        }
        assert!(!pair_matches(">=0", None));
        for wrong in [">=", ">=x", ">=1..2", "<+1", ">=-1", ">=18446744073709551616"] {
            assert!(version(wrong).is_err(), "{wrong}");
        }
    }
}
