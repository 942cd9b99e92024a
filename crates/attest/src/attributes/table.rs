//! The one table of attributes: name, place in the message, and kind of match.
//!
//! A policy entry and a report's attributes are the same message. [`Facts`] is that message,
//! understood: each field parsed by its row, empty fields absent. To add an attribute, add a row.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use aecs_proto::UnifiedAttestationAttributes as Message;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::clouds;
use crate::fingerprint::Fingerprint;
use crate::platform::Platform;
use crate::tcb::TcbStatus;

/// One attribute.
pub(crate) struct Row {
    /// Field name of the message, which is also its name in JSON and in policies.
    pub(crate) name: &'static str,
    get: fn(&Message) -> &str,
    put: fn(&mut Message, String),
    rule: Rule,
    /// What AECS 2.0 knows of it.
    pub(crate) aecs20: InAecs20,
}

/// What programs of AECS 2.0 do with an attribute in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InAecs20 {
    /// Its messages have it, and its `serviceadmin` a key for it.
    Key,
    /// Its messages have it, but its `serviceadmin` drops the key.
    Field,
    /// Nothing: it came with protocol 2.1.
    Unknown,
}

/// How a policy's value admits a report's value.
#[derive(Clone, Copy)]
enum Rule {
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

macro_rules! row {
    ($field:ident, $rule:ident, $aecs20:ident) => {
        Row {
            name: stringify!($field),
            get: |message| &message.$field,
            put: |message, text| message.$field = text,
            rule: Rule::$rule,
            aecs20: InAecs20::$aecs20,
        }
    };
}

/// All attributes, in the order of their field numbers.
pub(crate) static TABLE: &[Row] = &[
    row!(str_tee_platform, Equal, Field),
    row!(hex_platform_hw_version, EqualHex, Field),
    row!(hex_platform_sw_version, EqualHex, Field),
    row!(hex_secure_flags, EqualHex, Field),
    row!(hex_platform_measurement, EqualHex, Field),
    row!(hex_boot_measurement, EqualHex, Field),
    row!(str_tee_name, Equal, Field),
    row!(str_tee_identity, Equal, Field),
    row!(hex_ta_measurement, EqualHex, Key),
    row!(hex_ta_dyn_measurement, EqualHex, Field),
    row!(hex_signer, EqualHex, Key),
    row!(hex_prod_id, EqualDigits, Key),
    row!(str_min_isvsvn, AtLeast, Key),
    row!(bool_debug_disabled, EqualBool, Key),
    row!(hex_user_data, Prefix, Key),
    row!(hex_hash_or_pem_pubkey, EqualKey, Field),
    row!(hex_nonce, Prefix, Field),
    row!(hex_spid, EqualHex, Key),
    row!(str_verified_time, AtLeast, Field),
    row!(str_tcb_status, StatusWithin, Unknown),
    row!(str_advisory_ids, ItemsWithin, Unknown),
    row!(str_tcb_date, NotBefore, Unknown),
    row!(hex_mrtd, EqualHex, Unknown),
    row!(hex_mrseam, EqualHex, Unknown),
    row!(hex_mrsignerseam, EqualHex, Unknown),
    row!(hex_mrconfigid, EqualHex, Unknown),
    row!(hex_mrowner, EqualHex, Unknown),
    row!(hex_mrownerconfig, EqualHex, Unknown),
    row!(hex_rtmr0, EqualHex, Unknown),
    row!(hex_rtmr1, EqualHex, Unknown),
    row!(hex_rtmr2, EqualHex, Unknown),
    row!(hex_rtmr3, EqualHex, Unknown),
    row!(hex_mrservicetd, EqualHex, Unknown),
    row!(hex_host_data, EqualHex, Unknown),
    row!(hex_family_id, EqualHex, Unknown),
    row!(hex_image_id, EqualHex, Unknown),
    row!(hex_chip_id, EqualHex, Unknown),
    row!(hex_author_key, EqualHex, Unknown),
    row!(str_vmpl, Equal, Unknown),
    row!(bool_migration_disabled, EqualBool, Unknown),
    row!(str_min_tcb, PairsAtLeast, Unknown),
    row!(str_pcrs, PairsEqualHex, Unknown),
    row!(str_versions, PairsEqual, Unknown),
    row!(str_product, Equal, Unknown),
    row!(bool_event_log_verified, EqualBool, Unknown),
    row!(bool_page_faults_disabled, EqualBool, Unknown),
    row!(str_tcb_evaluation_number, AtLeast, Unknown),
    row!(str_measured, Declared, Unknown),
];

/// Name of the attribute with the platform.
pub(crate) const PLATFORM: &str = "str_tee_platform";
/// Name of the attribute that says whether debugging is off.
pub(crate) const DEBUG_DISABLED: &str = "bool_debug_disabled";
/// Name of the attribute that says whether migration to another host is off.
pub(crate) const MIGRATION_DISABLED: &str = "bool_migration_disabled";
/// Name of the attribute that says whether the host's page faults stay out of the machine.
pub(crate) const PAGE_FAULTS_DISABLED: &str = "bool_page_faults_disabled";
/// Name of the attribute with the privilege level of the software that asked for the report.
pub(crate) const VMPL: &str = "str_vmpl";
/// Name of the attribute that says what the launch measurement covers.
pub(crate) const MEASURED: &str = "str_measured";
/// A policy's declaration: the launch measurement covers kernel and initial RAM disk.
pub(crate) const DIRECT_BOOT: &str = "direct-boot";
/// What is known of a report: the launch measurement covers the firmware of a cloud alone.
pub(crate) const CLOUD_FIRMWARE: &str = "cloud-firmware";
/// Name of the attribute with the TCB status.
pub(crate) const TCB_STATUS: &str = "str_tcb_status";
/// Name of the attribute with the security versions of the platform's parts.
const MIN_TCB: &str = "str_min_tcb";

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

/// A text that its row does not take.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) attribute: &'static str,
    pub(crate) reason: Reason,
}

/// The attributes of a policy entry or a report, parsed: one place for each row of [`TABLE`].
#[derive(Debug, Clone)]
pub(crate) struct Facts(Vec<Option<Value>>);

/// An attribute that a policy's entry asks for, beside what the report has.
pub(crate) struct Compared<'a> {
    row: &'static Row,
    expected: &'a Value,
    actual: Option<&'a Value>,
    pub(crate) holds: bool,
}

impl Compared<'_> {
    pub(crate) fn attribute(&self) -> &'static str {
        self.row.name
    }

    pub(crate) fn expected(&self) -> String {
        self.row.rule.describe(self.expected)
    }

    /// The whole value that was found.
    pub(crate) fn found(&self) -> Option<&Value> {
        self.actual
    }

    /// What was found of what is asked for; of names with values only those that are asked for.
    pub(crate) fn actual(&self) -> String {
        let found = self.actual.map(|actual| self.expected.names_in(actual).to_string());
        found.filter(|found| !found.is_empty()).unwrap_or_else(|| "nothing".into())
    }

    /// What the entry would have to ask for, to admit the report too; empty to ask for nothing.
    pub(crate) fn relaxed(&self) -> String {
        self.actual.and_then(|actual| self.expected.relaxed(actual)).unwrap_or_default()
    }
}

/// The text of the attribute with this name in a message; empty if there is none of that name.
pub(crate) fn text<'a>(message: &'a Message, name: &str) -> &'a str {
    TABLE.iter().find(|row| row.name == name).map_or("", |row| (row.get)(message))
}

/// Copies the attributes with these names from one message to another.
pub(crate) fn copy(from: &Message, to: &mut Message, names: &[&str]) {
    copy_rows(from, to, |row| names.contains(&row.name));
}

/// Copies the attributes of these rows from one message to another.
pub(crate) fn copy_rows(from: &Message, to: &mut Message, which: impl Fn(&Row) -> bool) {
    for row in TABLE.iter().filter(|row| which(row)) {
        (row.put)(to, (row.get)(from).to_owned());
    }
}

impl Facts {
    /// Reads every field that is not empty.
    pub(crate) fn parse(message: &Message) -> Result<Self, Misfit> {
        let parse = |row: &Row| match (row.get)(message) {
            "" => Ok(None),
            text => row
                .rule
                .parse(text)
                .map(Some)
                .map_err(|reason| Misfit { attribute: row.name, reason }),
        };
        TABLE.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// The message in canonical form: hexadecimal in upper case, keys as hashes, sorted lists.
    pub(crate) fn to_message(&self) -> Message {
        let mut message = Message::default();
        for (row, value) in TABLE.iter().zip(&self.0) {
            if let Some(value) = value {
                (row.put)(&mut message, value.to_string());
            }
        }
        message
    }

    /// The value of the attribute with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        let (_, value) = TABLE.iter().zip(&self.0).find(|(row, _)| row.name == name)?;
        value.as_ref()
    }

    /// What `self`, as a policy, asks for, beside what `actual` has. A field that `self` leaves
    /// empty asks for nothing; a field that `actual` lacks is no match for any value, unless it is
    /// one that policies declare.
    pub(crate) fn compared<'a>(&'a self, actual: &'a Self) -> impl Iterator<Item = Compared<'a>> {
        TABLE.iter().zip(&self.0).zip(&actual.0).filter_map(|((row, expected), actual)| {
            let (expected, actual) = (expected.as_ref()?, actual.as_ref());
            let holds = match actual {
                Some(actual) => row.rule.admits(expected, actual),
                None => row.rule.is_declared(),
            };
            Some(Compared { row, expected, actual, holds })
        })
    }

    /// The same as an entry of a policy. Refuses a TCB status that no policy can accept: a report
    /// may have it.
    pub(crate) fn into_entry(self) -> Result<Self, Misfit> {
        match self.get(TCB_STATUS) {
            Some(statuses) if !acceptable(statuses) => Err(Misfit {
                attribute: TCB_STATUS,
                reason: "lists BelowAllLevels, which is never accepted",
            }),
            _ => Ok(self),
        }
    }

    /// The same, with the TCB rated by an entry: from the minimum on that the entry names, if it names
    /// one for each part, a platform without a rating is up to date.
    pub(crate) fn rated_by(&self, entry: &Self) -> Cow<'_, Self> {
        let (
            Some(Value::Items(statuses)),
            Some(Value::Numbers(parts)),
            Some(Value::Numbers(least)),
        ) = (self.get(TCB_STATUS), self.get(MIN_TCB), entry.get(MIN_TCB))
        else {
            return Cow::Borrowed(self);
        };
        let met =
            parts.iter().all(|(name, number)| least.get(name).is_some_and(|least| number >= least));
        let mut statuses = statuses.clone();
        if !met || !statuses.remove(TcbStatus::Unrated.as_str()) {
            return Cow::Borrowed(self);
        }
        if statuses.is_empty() {
            statuses.insert(TcbStatus::UpToDate.as_str().to_owned());
        }
        let mut rated = self.clone();
        for (row, value) in TABLE.iter().zip(&mut rated.0) {
            if row.name == TCB_STATUS {
                *value = Some(Value::Items(statuses.clone()));
            }
        }
        Cow::Owned(rated)
    }

    /// Records that a launch measurement covers the firmware of a cloud and nothing else.
    pub(crate) fn with_known_firmware(mut self, platform: Platform) -> Self {
        let known = match self.get("hex_boot_measurement") {
            Some(Value::Text(measurement)) => clouds::firmware(platform, measurement).is_some(),
            _ => false,
        };
        for (row, value) in TABLE.iter().zip(&mut self.0) {
            if row.name == MEASURED && known {
                *value = Some(Value::Text(CLOUD_FIRMWARE.into()));
            }
        }
        self
    }

    /// Records that the platform has no advisories, which is a fact and not an absent field.
    pub(crate) fn with_known_advisories(mut self) -> Self {
        for (row, value) in TABLE.iter().zip(&mut self.0) {
            if matches!(row.rule, Rule::ItemsWithin) && value.is_none() {
                *value = Some(Value::Items(BTreeSet::new()));
            }
        }
        self
    }
}

impl Rule {
    fn is_declared(self) -> bool {
        matches!(self, Self::Declared)
    }

    fn parse(self, text: &str) -> Result<Value, Reason> {
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

    fn admits(self, expected: &Value, actual: &Value) -> bool {
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

    fn describe(self, expected: &Value) -> String {
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

fn hex_digits(text: &str) -> Result<Value, Reason> {
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

fn number(text: &str) -> Result<Value, Reason> {
    plain_number(text).map(Value::Number)
}

/// Digits only: no sign, no white space, nothing behind the number.
fn plain_number(text: &str) -> Result<u32, Reason> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is not a decimal number");
    }
    text.parse().map_err(|_| "is larger than 4294967295")
}

fn hex_bytes(text: &str) -> Result<String, Reason> {
    if text.is_empty() || hex::decode(text).is_err() {
        return Err("has a value that is not hexadecimal, two digits for each byte");
    }
    Ok(text.to_ascii_uppercase())
}

/// Reads `name=value,name=value`; every name once.
fn pairs<V>(
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

fn items(text: &str) -> Result<BTreeSet<String>, Reason> {
    let items: BTreeSet<String> = text.split(',').map(|item| item.trim().to_owned()).collect();
    if items.contains("") { Err("has an empty item in its list") } else { Ok(items) }
}

fn statuses(text: &str) -> Result<Value, Reason> {
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
    fn names_in(&self, actual: &Self) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn message(put: impl FnOnce(&mut Message)) -> Message {
        let mut message = Message::default();
        put(&mut message);
        message
    }

    #[test]
    fn every_field_of_the_message_has_a_row() {
        let mut message = Message::default();
        for row in TABLE {
            (row.put)(&mut message, format!("<{}>", row.name));
        }
        let debug = format!("{message:?}");
        assert_eq!(debug.matches("\"<").count(), TABLE.len());
        assert!(!debug.contains("\"\""), "a field is in no row: {debug}");
        for row in TABLE {
            assert_eq!((row.get)(&message), format!("<{}>", row.name));
        }
    }

    #[test]
    fn canonical_text_is_upper_case_and_sorted() {
        let facts = Facts::parse(&message(|m| {
            m.hex_signer = "ab01".into();
            m.bool_debug_disabled = "1".into();
            m.str_min_isvsvn = "007".into();
            m.str_advisory_ids = "INTEL-SA-2, INTEL-SA-1".into();
            m.str_tcb_date = "2024-03-13T02:00:00+02:00".into();
        }))
        .unwrap();
        let canonical = facts.to_message();
        assert_eq!(canonical.hex_signer, "AB01");
        assert_eq!(canonical.bool_debug_disabled, "true");
        assert_eq!(canonical.str_min_isvsvn, "7");
        assert_eq!(canonical.str_advisory_ids, "INTEL-SA-1,INTEL-SA-2");
        assert_eq!(canonical.str_tcb_date, "2024-03-13T00:00:00Z");
    }

    #[test]
    fn pairs_are_matched_by_name() {
        let facts = |min_tcb: &str, pcrs: &str, versions: &str| {
            Facts::parse(&message(|m| {
                m.str_min_tcb = min_tcb.into();
                m.str_pcrs = pcrs.into();
                m.str_versions = versions.into();
            }))
            .unwrap()
        };
        let actual = facts("snp=8,microcode=115", "0=ab12,4=cd34", "driver=535.86.09");
        let canonical = actual.to_message();
        assert_eq!(canonical.str_min_tcb, "microcode=115,snp=8");
        assert_eq!(canonical.str_pcrs, "0=AB12,4=CD34");

        let unmatched = |policy: Facts| {
            let failed = policy.compared(&actual).filter(|compared| !compared.holds);
            failed.map(|compared| compared.attribute()).collect::<Vec<_>>()
        };
        assert!(unmatched(facts("snp=8", "4=CD34", "")).is_empty());
        assert!(unmatched(facts("microcode=2,snp=7", "", "driver=535.86.09")).is_empty());
        assert_eq!(unmatched(facts("snp=9", "", "")), ["str_min_tcb"]);
        assert_eq!(unmatched(facts("fmc=0", "", "")), ["str_min_tcb"]);
        assert_eq!(unmatched(facts("", "4=CD35", "")), ["str_pcrs"]);
        assert_eq!(unmatched(facts("", "5=CD34", "")), ["str_pcrs"]);
        assert_eq!(unmatched(facts("", "", "driver=535.86.10")), ["str_versions"]);

        // What nobody asked about is not shown.
        let found =
            |policy: Facts| policy.compared(&actual).map(|c| c.actual()).collect::<Vec<_>>();
        assert_eq!(found(facts("snp=9", "4=00,5=00", "vbios=1")), ["snp=8", "4=CD34", "nothing"]);
    }

    #[test]
    fn texts_without_meaning_are_refused() {
        type Field = fn(&mut Message) -> &mut String;
        let refused: [(&str, Field, &[&str]); 12] = [
            ("hex_signer", |m| &mut m.hex_signer, &["0", "0x", "AG", "A A", "é0"]),
            ("hex_prod_id", |m| &mut m.hex_prod_id, &["0x1", "-1", " 1"]),
            ("hex_user_data", |m| &mut m.hex_user_data, &["x", "31 32"]),
            ("str_min_isvsvn", |m| &mut m.str_min_isvsvn, &[" 2x", "-1", "+1", "99999999999"]),
            ("bool_debug_disabled", |m| &mut m.bool_debug_disabled, &["TRUE", "yes", "2"]),
            ("hex_hash_or_pem_pubkey", |m| &mut m.hex_hash_or_pem_pubkey, &["K", "00", "GG"]),
            ("str_tcb_status", |m| &mut m.str_tcb_status, &["uptodate", "UpToDate,", "Revoked"]),
            ("str_tcb_date", |m| &mut m.str_tcb_date, &["2024", "yesterday"]),
            ("str_min_tcb", |m| &mut m.str_min_tcb, &["8", "snp=", "snp=x", "snp=1,snp=1", "=1"]),
            ("str_measured", |m| &mut m.str_measured, &["direct_boot", "firmware", "true"]),
            ("str_pcrs", |m| &mut m.str_pcrs, &["AB", "0=A", "0=XY", "0=AB,", "0=AB,0=AB"]),
            ("str_versions", |m| &mut m.str_versions, &["driver", "=1", "a=1,,b=2"]),
        ];
        for (name, field, texts) in refused {
            for text in texts {
                let misfit =
                    Facts::parse(&message(|m| *field(m) = (*text).into())).expect_err(text);
                assert_eq!(misfit.attribute, name, "{text}");
            }
        }
    }
}
