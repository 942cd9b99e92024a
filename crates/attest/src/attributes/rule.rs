//! How a policy's value and a report's are compared, by kind of attribute.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::value::{
    Reason, Value, acceptable, hex_bytes, hex_digits, items, key_hash, number, pairs, plain_number,
    statuses,
};

/// A policy's declaration: the launch measurement covers kernel and initial RAM disk.
pub(crate) const DIRECT_BOOT: &str = "direct-boot";

/// What is known of a report: the launch measurement covers the firmware of a cloud alone.
pub(crate) const CLOUD_FIRMWARE: &str = "cloud-firmware";

/// How a policy's value admits a report's value.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// Equal text.
    Equal,
    /// Equal bytes, in hexadecimal of either case.
    EqualHex,
    /// Equal text of hexadecimal digits: product ids are decimal on SGX and hexadecimal elsewhere.
    EqualDigits,
    /// Equal keys, each given as PEM or as the SHA-256 of the PEM.
    EqualKey,
    /// Equal truth: `true`, `1`, `false`, `0`.
    EqualBool,
    /// The report's hexadecimal digits start with the policy's.
    Prefix,
    /// A number, at least the policy's.
    AtLeast,
    /// A time (RFC 3339), not before the policy's.
    NotBefore,
    /// The report's TCB status is in the policy's comma separated list.
    StatusWithin,
    /// Every item of the report's comma separated list is in the policy's.
    ItemsWithin,
    /// Comma separated `name=value`: the report has each of the policy's names, with an equal value.
    PairsEqual,
    /// As above, with values in hexadecimal of either case.
    PairsEqualHex,
    /// As above, with numbers that are at least the policy's.
    PairsAtLeast,
    /// What the launch measurement covers. The policy declares it, and no report attests it: the
    /// declaration holds unless the report is known to contradict it.
    Declared,
}

impl Rule {
    pub(super) fn is_declared(self) -> bool {
        matches!(self, Self::Declared)
    }

    pub(super) fn parse(self, text: &str) -> Result<Value, Reason> {
        match self {
            Self::Equal => Ok(Value::Text(text.to_owned())),
            Self::EqualHex if !text.len().is_multiple_of(2) => {
                Err("has an odd number of hexadecimal digits")
            }
            Self::EqualHex | Self::EqualDigits | Self::Prefix => hex_digits(text),
            Self::EqualKey => key_hash(text),
            Self::EqualBool => match text {
                "true" | "1" => Ok(Value::Bool(true)),
                "false" | "0" => Ok(Value::Bool(false)),
                _ => Err("is none of true, 1, false, 0"),
            },
            Self::AtLeast => number(text),
            Self::NotBefore => OffsetDateTime::parse(text, &Rfc3339)
                .map(|time| Value::Time(time.to_offset(time::UtcOffset::UTC)))
                .map_err(|_| "is not an RFC 3339 time"),
            Self::StatusWithin => statuses(text),
            Self::ItemsWithin => items(text).map(Value::Items),
            Self::PairsEqual => pairs(text, |value| Ok(value.to_owned())).map(Value::Pairs),
            Self::PairsEqualHex => pairs(text, hex_bytes).map(Value::Pairs),
            Self::PairsAtLeast => pairs(text, plain_number).map(Value::Numbers),
            Self::Declared => match text {
                DIRECT_BOOT | CLOUD_FIRMWARE => Ok(Value::Text(text.to_owned())),
                _ => Err("is not direct-boot"),
            },
        }
    }

    pub(super) fn admits(self, expected: &Value, actual: &Value) -> bool {
        match (self, expected, actual) {
            (Self::Prefix, Value::Text(expected), Value::Text(actual)) => {
                actual.starts_with(expected.as_str())
            }
            (_, Value::Number(expected), Value::Number(actual)) => actual >= expected,
            (_, Value::Time(expected), Value::Time(actual)) => actual >= expected,
            (Self::StatusWithin, Value::Items(expected), Value::Items(statuses)) => {
                statuses.is_subset(expected) && acceptable(actual)
            }
            (_, Value::Items(expected), Value::Items(actual)) => actual.is_subset(expected),
            (_, Value::Pairs(expected), Value::Pairs(actual)) => {
                expected.iter().all(|(name, value)| actual.get(name) == Some(value))
            }
            (_, Value::Numbers(expected), Value::Numbers(actual)) => expected
                .iter()
                .all(|(name, least)| actual.get(name).is_some_and(|number| number >= least)),
            (_, expected, actual) => expected == actual,
        }
    }

    pub(super) fn describe(self, expected: &Value) -> String {
        match self {
            Self::Prefix => format!("{expected}..."),
            Self::AtLeast => format!("at least {expected}"),
            Self::NotBefore => format!("not before {expected}"),
            Self::StatusWithin => format!("one of {expected}"),
            Self::ItemsWithin => format!("none but {expected}"),
            Self::PairsAtLeast => format!("at least {expected}"),
            _ => expected.to_string(),
        }
    }
}
