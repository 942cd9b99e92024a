//! Kinds of attributes: how their values are written, and how a policy's value and a report's are
//! compared.

use std::fmt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::value::{
    Reason, Value, acceptable, digits, hex_bytes, items, key_hash, pair_excluded, pair_matches,
    pair_meets, pairs, plain_number, statuses, version,
};

/// A policy's declaration: the launch measurement covers kernel and initial RAM disk.
pub(crate) const DIRECT_BOOT: &str = "direct-boot";

/// What is known of a report: the launch measurement covers the firmware of a cloud alone.
pub(crate) const CLOUD_FIRMWARE: &str = "cloud-firmware";

/// What the values of an attribute are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The name of a platform: equal.
    Platform,
    /// Any text: equal.
    Word,
    /// The privilege level of software in a machine: equal.
    PrivilegeLevel,
    /// Whole bytes in hexadecimal of either case: equal.
    Hex,
    /// That many bytes: equal.
    HexOf(usize),
    /// As many bytes as the measurements of a platform have: equal.
    Measurement,
    /// A measurement register of a platform: equal bytes.
    Register,
    /// A product id, decimal on SGX and hexadecimal elsewhere: equal digits.
    ProductId,
    /// A public key, as PEM or as the SHA-256 of the PEM: equal keys.
    PublicKey,
    /// `true`, `1`, `false` or `0`: equal.
    Boolean,
    /// Bytes of the attester's or the verifier's choice: a report's digits begin with a policy's.
    Data,
    /// The security version of code: at least the policy's.
    SecurityVersion,
    /// The number of a TCB recovery: at least the policy's.
    EvaluationNumber,
    /// Seconds since 1970: at least the policy's.
    Seconds,
    /// A time (RFC 3339): not before the policy's.
    Time,
    /// TCB statuses, separated by commas: a report's are in the policy's list.
    TcbStatus,
    /// Items, separated by commas: each of a report's is in the policy's list.
    Items,
    /// Registers by their numbers, `number=value` separated by commas: a report has each of the
    /// policy's, with equal bytes.
    Registers,
    /// Security versions of parts, `name=number`: each at least the policy's.
    Components,
    /// Versions of parts, `name=version`: a report has each of the policy's, and it is equal or, where
    /// the policy has a limit (`name=>=version`), within it.
    Versions,
    /// Events of a log, `name=payload`: a report has each of the policy's, with equal bytes.
    Events,
    /// Switches, `name=true`: a report has each of the policy's, and it is equal.
    Flags,
    /// What the launch measurement covers. The policy declares it, and no report attests it: the
    /// declaration holds unless the report is known to contradict it.
    Declared,
}

/// How many values a rule of a policy file takes for an attribute, and what several of them mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// One value.
    One,
    /// One value, or a list of values each of which is admitted.
    Alternatives,
    /// Items of a set, as a list or separated by commas.
    Items,
    /// Names with values, as a mapping or as `name=value` separated by commas. All have to match; a
    /// name may have a list of values, one of which has to match, and there may be a list of
    /// mappings, too.
    Pairs,
}

impl Kind {
    /// How many values a rule takes.
    #[must_use]
    pub const fn takes(self) -> Takes {
        match self {
            Self::Platform
            | Self::Word
            | Self::Hex
            | Self::HexOf(_)
            | Self::Measurement
            | Self::Register
            | Self::PrivilegeLevel
            | Self::ProductId
            | Self::PublicKey => Takes::Alternatives,
            Self::TcbStatus | Self::Items => Takes::Items,
            Self::Registers | Self::Components | Self::Versions | Self::Events | Self::Flags => {
                Takes::Pairs
            }
            Self::Boolean
            | Self::Data
            | Self::SecurityVersion
            | Self::EvaluationNumber
            | Self::Seconds
            | Self::Time
            | Self::Declared => Takes::One,
        }
    }

    /// Reads a text that is not empty.
    pub(crate) fn parse(self, text: &str) -> Result<Value, Reason> {
        match self {
            Self::Platform | Self::Word | Self::PrivilegeLevel => Ok(Value::Text(text.to_owned())),
            Self::Hex | Self::HexOf(_) | Self::Measurement | Self::Register => {
                hex_bytes(text).map(Value::Bytes)
            }
            Self::ProductId | Self::Data => digits(text).map(Value::Text),
            Self::PublicKey => key_hash(text),
            Self::Boolean => match text {
                "true" | "1" => Ok(Value::Bool(true)),
                "false" | "0" => Ok(Value::Bool(false)),
                _ => Err("must be one of true, 1, false, 0"),
            },
            Self::SecurityVersion | Self::EvaluationNumber | Self::Seconds => {
                plain_number(text).map(Value::Number)
            }
            Self::Time => OffsetDateTime::parse(text, &Rfc3339)
                .map(|time| Value::Time(time.to_offset(time::UtcOffset::UTC)))
                .map_err(|_| "is not an RFC 3339 time"),
            Self::TcbStatus => statuses(text).map(Value::Statuses),
            Self::Items => items(text).map(Value::Items),
            Self::Registers | Self::Events => pairs(text, |value| match hex_bytes(value) {
                Ok(bytes) if !bytes.is_empty() => Ok(hex::encode_upper(bytes)),
                _ => Err("has a value that is not hexadecimal, two digits for each byte"),
            })
            .map(Value::Pairs),
            Self::Flags => {
                let flag = |value: &str| match value {
                    "true" | "false" => Ok(value.to_owned()),
                    _ => Err("has a value that is neither true nor false"),
                };
                pairs(text, flag).map(Value::Pairs)
            }
            Self::Components => pairs(text, plain_number).map(Value::Numbers),
            Self::Versions => pairs(text, version).map(Value::Pairs),
            Self::Declared => match text {
                DIRECT_BOOT | CLOUD_FIRMWARE => Ok(Value::Text(text.to_owned())),
                _ => Err("is not direct-boot"),
            },
        }
    }

    /// Whether a policy's value admits a report's. What a report lacks, no value admits, unless it
    /// is one that policies declare.
    pub(crate) fn admits(self, expected: &Value, actual: Option<&Value>) -> bool {
        let Some(actual) = actual else { return self == Self::Declared };
        match (expected, actual) {
            (Value::Text(expected), Value::Text(actual)) if self == Self::Data => {
                actual.starts_with(expected.as_str())
            }
            (Value::Number(expected), Value::Number(actual)) => actual >= expected,
            (Value::Time(expected), Value::Time(actual)) => actual >= expected,
            (Value::Statuses(expected), Value::Statuses(statuses)) => {
                statuses.is_subset(expected) && acceptable(statuses)
            }
            (Value::Items(expected), Value::Items(actual)) => actual.is_subset(expected),
            (Value::Pairs(expected), Value::Pairs(actual)) => {
                expected.iter().all(|(name, value)| pair_matches(value, actual.get(name)))
            }
            (Value::Numbers(expected), Value::Numbers(actual)) => expected
                .iter()
                .all(|(name, least)| actual.get(name).is_some_and(|number| number >= least)),
            (expected, actual) => expected == actual,
        }
    }

    /// Whether a rule can exclude values of this kind: not a minimum, of which it would exclude
    /// everything above, and not a declaration, which nothing attests.
    #[must_use]
    pub const fn can_exclude(self) -> bool {
        !matches!(
            self,
            Self::SecurityVersion
                | Self::EvaluationNumber
                | Self::Seconds
                | Self::Time
                | Self::Components
                | Self::Declared
        )
    }

    /// Whether values of this kind can be kept in named lists: those that are equal or not.
    pub(crate) const fn can_list(self) -> bool {
        matches!(
            self,
            Self::Word
                | Self::Hex
                | Self::HexOf(_)
                | Self::Measurement
                | Self::Register
                | Self::PublicKey
        )
    }

    /// Whether a report has a value that a policy excludes, or a part of it: one of the items, or one
    /// of the names with its value.
    pub(crate) fn is_excluded(self, excluded: &Value, actual: &Value) -> bool {
        match (excluded, actual) {
            (Value::Statuses(excluded), Value::Statuses(actual)) => !excluded.is_disjoint(actual),
            (Value::Items(excluded), Value::Items(actual)) => !excluded.is_disjoint(actual),
            (Value::Pairs(excluded), Value::Pairs(actual)) => excluded
                .iter()
                .any(|(name, value)| actual.get(name).is_some_and(|it| pair_excluded(value, it))),
            (Value::Text(excluded), Value::Text(actual)) if self == Self::ProductId => {
                excluded.trim_start_matches('0') == actual.trim_start_matches('0')
            }
            (excluded, actual) => self.admits(excluded, Some(actual)),
        }
    }

    /// Whether what a policy's value admits can have a value that is excluded: the policy's value may
    /// admit many, by their beginning, by a limit, or by names of which it does not speak.
    pub(crate) fn may_be_excluded(self, excluded: &Value, admitted: &Value) -> bool {
        match (excluded, admitted) {
            (Value::Text(excluded), Value::Text(admitted)) if self == Self::Data => {
                excluded.starts_with(admitted) || admitted.starts_with(excluded)
            }
            (Value::Pairs(excluded), Value::Pairs(admitted)) => excluded
                .iter()
                .any(|(name, value)| admitted.get(name).is_none_or(|it| pair_meets(value, it))),
            _ => self.is_excluded(excluded, admitted),
        }
    }

    /// Whether a report lacks what a policy excludes values of: the attribute, or one of the names.
    pub(crate) fn lacks(excluded: &Value, actual: &Value) -> bool {
        match (excluded, actual) {
            (Value::Pairs(excluded), Value::Pairs(actual)) => {
                excluded.keys().any(|name| !actual.contains_key(name))
            }
            _ => false,
        }
    }

    /// What a policy's value asks for, in words.
    pub(crate) fn describe(self, expected: &Value) -> String {
        match self {
            Self::Data => format!("{expected}..."),
            Self::SecurityVersion | Self::EvaluationNumber | Self::Seconds | Self::Components => {
                format!("at least {expected}")
            }
            Self::Time => format!("not before {expected}"),
            Self::TcbStatus => format!("one of {expected}"),
            Self::Items => format!("none but {expected}"),
            _ => expected.to_string(),
        }
    }
}

impl fmt::Display for Kind {
    /// How it matches, for the documentation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Platform => "equal; `aecs-attest platforms` lists them",
            Self::PublicKey => "the key, or the SHA-256 of its PEM text",
            Self::Data => "begins with",
            Self::SecurityVersion | Self::EvaluationNumber | Self::Seconds => "at least",
            Self::Time => "not before",
            Self::TcbStatus => "one of",
            Self::Items => "the attester has no other one",
            Self::Registers => "each register equal: `{0: \"AB...\", 4: \"CD...\"}`",
            Self::Components => {
                "each part at least: `{microcode: 222, snp: 29}`; with every part it also rates an \
                 `Unrated` platform"
            }
            Self::Versions => {
                "each version equal, or within a limit: `{driver: \"535.86.09\"}`, \
                 `{driver: \">=550.90.07\"}`"
            }
            Self::Events => "each event equal: `{compose-hash: \"AB...\"}`",
            Self::Flags => "each switch equal: `{ecc: true, smt: false}`",
            Self::Declared => "nothing: it is a declaration, see [What pins](#what-pins)",
            _ => "equal",
        })
    }
}
