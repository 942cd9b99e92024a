//! Policies in typed form, read from their message.
//!
//! The message has what a reader may not overlook in parts and conditions, each one of several
//! kinds. A kind that is not known is read as none, and refused here: a policy of a later version
//! never becomes a wider one.

use std::collections::BTreeSet;
use std::time::Duration;

use aecs_proto::attestation_condition::Condition;
use aecs_proto::attestation_grace::End;
use aecs_proto::attestation_part::Part;
use aecs_proto::{
    AttestationDevice, AttestationGrace, AttestationLists, AttestationPolicy, AttestationRule,
    AttestationRules, AttestationValues, check_name,
};

use super::rule::{Absent, Grace, Predicate, Rule, Test, is_name, moment};
use super::rules::{DeviceKind, Devices, PartName, Policy, acceptable_value, group};
use crate::attributes::table::{Attribute, CODE, DEVICES_FOUND, PLATFORM, VALID_UNTIL};
use crate::attributes::value::Value;
use crate::error::{Error, Result};
use crate::platform::Platform;

/// Reads a whole policy, beside the key that it names.
pub(super) fn parse(message: &AttestationPolicy) -> Result<Policy> {
    let (mut attester, mut nested, mut devices) = (None, None, None);
    for part in &message.parts {
        let twice = match &part.part {
            Some(Part::Attester(rules)) => attester.replace(rules).is_some(),
            Some(Part::Nested(rules)) => nested.replace(rules).is_some(),
            Some(Part::Devices(kinds)) => devices.replace(kinds).is_some(),
            None => return Err(wrong("policy", "parts", UNKNOWN)),
        };
        if twice {
            return Err(wrong("policy", "parts", "has two parts of a kind"));
        }
    }
    let attester =
        attester.ok_or_else(|| wrong("policy", "parts", "has no part about the attester"))?;
    if nested.is_some() && devices.is_some() {
        return Err(wrong("policy", "parts", "has nested attesters in order and by kind"));
    }
    let nested = nested.cloned().unwrap_or_default();
    let lists = nested.attesters.iter().enumerate();
    let policy = Policy {
        main: rules(attester, PartName::Main)?,
        group: group(nested.group_name, nested.group_id, nested.attesters.len()),
        nested: lists.map(|(i, list)| rules(list, PartName::Nested(i))).collect::<Result<_>>()?,
        devices: devices.map(|devices| devices_of(&devices.kinds)).transpose()?,
        ..Policy::default()
    };
    check_names(&policy)?;
    Ok(policy)
}

fn rules(list: &AttestationRules, part: PartName) -> Result<Vec<Rule>> {
    let rules = list.rules.iter().enumerate();
    rules.map(|(i, rule)| read(rule, &format!("{part}[{i}]"))).collect()
}

fn devices_of(messages: &[AttestationDevice]) -> Result<Devices> {
    let mut kinds: Vec<DeviceKind> = Vec::new();
    for AttestationDevice { platform, min_count, max_count, each } in messages {
        let at = format!("devices.{platform}");
        let platform = match platform.parse::<Platform>() {
            Ok(platform) if platform.is_device() => platform,
            _ => return Err(wrong(&at, "platform", "is not a platform of devices")),
        };
        if kinds.iter().any(|known| known.platform == platform) {
            return Err(wrong(&at, "platform", TWICE));
        }
        if min_count > max_count {
            return Err(wrong(&at, "count", "has a minimum above its maximum"));
        }
        let count = Test::Within(*min_count..=*max_count);
        kinds.push(DeviceKind {
            platform,
            count: Rule::of(Predicate { attribute: &DEVICES_FOUND, test: count }),
            each: read(&each.clone().unwrap_or_default(), &at)?,
        });
    }
    let platforms = kinds.iter().map(|kind| Value::Text(kind.platform.to_string()));
    let listed = Test::AnyOf(platforms.collect());
    Ok(Devices { listed: Rule::of(Predicate { attribute: &PLATFORM, test: listed }), kinds })
}

/// Reads a rule; `at` is what messages call it.
fn read(message: &AttestationRule, at: &str) -> Result<Rule> {
    if !is_name(&message.name) {
        return Err(wrong(at, "name", "is not 1 to 64 letters, digits, `.`, `_` and `-`"));
    }
    let mut rule = Rule { name: message.name.clone(), ..Rule::default() };
    for condition in &message.conditions {
        let predicate = match condition.condition.as_ref() {
            Some(Condition::AnyOf(values)) => any_of(values, at)?,
            Some(Condition::NoneOf(values)) => none_of(values, Absent::Fails, at)?,
            Some(Condition::NoneOfIfPresent(values)) => none_of(values, Absent::Passes, at)?,
            Some(Condition::ValidUntilMs(ms)) => {
                let test = Test::Before(moment(*ms).ok_or_else(|| wrong(at, "validUntil", TIME))?);
                Predicate { attribute: &VALID_UNTIL, test }
            }
            Some(Condition::OutOfDate(message)) => {
                if rule.grace.replace(grace(message, at)?).is_some() {
                    return Err(wrong(at, "tcb.outOfDate", TWICE));
                }
                continue;
            }
            Some(Condition::InLists(lists)) => in_lists(lists, Test::InLists, at)?,
            Some(Condition::InNoList(lists)) => {
                in_lists(lists, |names| Test::InNoList(names, Absent::Fails), at)?
            }
            Some(Condition::InNoListIfPresent(lists)) => {
                in_lists(lists, |names| Test::InNoList(names, Absent::Passes), at)?
            }
            Some(Condition::InSets(sets)) => {
                let test = Test::InSets(list_names(&sets.sets, CODE.name, at)?);
                Predicate { attribute: &CODE, test }
            }
            None => return Err(wrong(at, "conditions", UNKNOWN)),
        };
        let same = |known: &Predicate| {
            known.attribute.is(predicate.attribute)
                && std::mem::discriminant(&known.test) == std::mem::discriminant(&predicate.test)
        };
        if rule.predicates.iter().any(same) {
            return Err(wrong(at, predicate.attribute.name, TWICE));
        }
        rule.predicates.push(predicate);
    }
    Ok(rule)
}

fn any_of(values: &AttestationValues, at: &str) -> Result<Predicate> {
    let (attribute, values) = named(values, at)?;
    for value in &values {
        acceptable_value(value).map_err(|reason| wrong(at, attribute.name, reason))?;
    }
    Ok(Predicate { attribute, test: Test::AnyOf(values) })
}

fn none_of(values: &AttestationValues, absent: Absent, at: &str) -> Result<Predicate> {
    let (attribute, values) = named(values, at)?;
    if !attribute.kind.can_exclude() {
        return Err(wrong(
            at,
            attribute.name,
            "is a minimum or a declaration: it excludes nothing",
        ));
    }
    Ok(Predicate { attribute, test: Test::NoneOf(values, absent) })
}

/// The attribute that a condition names, and its values.
fn named(message: &AttestationValues, at: &str) -> Result<(&'static Attribute, Vec<Value>)> {
    let attribute = Attribute::named(&message.attribute)
        .filter(|attribute| attribute.key().is_some())
        .ok_or_else(|| wrong(at, "attribute", "is not the name of an attribute"))?;
    if message.values.is_empty() {
        return Err(wrong(at, attribute.name, "has no value"));
    }
    let values = message.values.iter().map(|text| match text.as_str() {
        "" => Err(wrong(at, attribute.name, "has an empty value")),
        text => {
            let value = attribute.kind.parse(text);
            value.map_err(|reason| wrong(at, attribute.name, reason))
        }
    });
    Ok((attribute, values.collect::<Result<_>>()?))
}

/// A test of the values of an attribute against named lists.
fn in_lists(
    message: &AttestationLists,
    test: impl Fn(Vec<String>) -> Test,
    at: &str,
) -> Result<Predicate> {
    let attribute =
        Attribute::named(&message.attribute).filter(|attribute| attribute.can_list()).ok_or_else(
            || wrong(at, "attribute", "is not an attribute whose values can be listed"),
        )?;
    let names = list_names(&message.lists, attribute.name, at)?;
    Ok(Predicate { attribute, test: test(names) })
}

fn list_names(names: &[String], attribute: &'static str, at: &str) -> Result<Vec<String>> {
    if names.is_empty() || names.iter().any(|name| check_name(name).is_err()) {
        return Err(wrong(at, attribute, "does not have names of lists"));
    }
    Ok(names.to_vec())
}

fn grace(message: &AttestationGrace, at: &str) -> Result<Grace> {
    let wrong = |reason| wrong(at, "tcb.outOfDate", reason);
    match message.end {
        Some(End::UntilMs(ms)) => moment(ms).map(Grace::Until).ok_or_else(|| wrong(TIME)),
        Some(End::ForMs(ms)) => match u64::try_from(ms) {
            Ok(ms @ 1..) => Ok(Grace::For(Duration::from_millis(ms))),
            _ => Err(wrong("is not a length of time")),
        },
        None => Err(wrong(UNKNOWN)),
    }
}

/// A name has one rule.
fn check_names(policy: &Policy) -> Result<()> {
    let mut names = BTreeSet::new();
    let nested = policy.nested.iter().flatten();
    let kinds = policy.devices.iter().flat_map(|devices| &devices.kinds);
    let devices = kinds.map(|kind| &kind.each);
    let mut rules = policy.main.iter().chain(nested).chain(devices);
    match rules.find(|rule| !rule.name.is_empty() && !names.insert(&rule.name)) {
        Some(rule) => Err(wrong(&rule.name, "name", "is the name of two rules")),
        None => Ok(()),
    }
}

const UNKNOWN: &str = "has a kind that this version does not know";
const TIME: &str = "is not a time";
const TWICE: &str = "is given twice";

fn wrong(entry: &str, attribute: &'static str, reason: &'static str) -> Error {
    Error::Policy { entry: entry.to_owned(), attribute, reason }
}
