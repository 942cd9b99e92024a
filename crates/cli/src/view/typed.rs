//! Policies in typed form, in short.

use aecs_proto::attestation_condition::Condition;
use aecs_proto::attestation_grace::End;
use aecs_proto::attestation_part::Part;
use aecs_proto::{
    AttestationDevice, AttestationGrace, AttestationLists, AttestationPolicy, AttestationRule,
    AttestationValues,
};

use super::{Digits, name_of, shown};
use crate::described::time;

/// Whom a policy lets in: a rule a line, then what it asks of other attesters.
pub(super) fn lines(policy: &AttestationPolicy, digits: Digits) -> Vec<String> {
    let parts = policy.parts.iter().flat_map(|part| match &part.part {
        Some(Part::Attester(rules)) => rules.rules.iter().map(|it| rule(it, digits)).collect(),
        Some(Part::Nested(nested)) => vec![format!(
            "and with {} nested attesters, each under its own rules",
            nested.attesters.len()
        )],
        Some(Part::Devices(devices)) => devices.kinds.iter().map(|it| device(it, digits)).collect(),
        None => vec![UNKNOWN.to_owned()],
    });
    parts.collect()
}

/// Every value that a policy names.
pub(crate) fn values(policy: &AttestationPolicy) -> impl Iterator<Item = &str> {
    let rules = policy.parts.iter().flat_map(|part| match &part.part {
        Some(Part::Attester(rules)) => rules.rules.iter().collect(),
        Some(Part::Nested(nested)) => {
            nested.attesters.iter().flat_map(|list| &list.rules).collect()
        }
        Some(Part::Devices(devices)) => {
            devices.kinds.iter().filter_map(|kind| kind.each.as_ref()).collect()
        }
        None => Vec::new(),
    });
    let conditions = rules.flat_map(|rule| &rule.conditions);
    let values = conditions.filter_map(|condition| match &condition.condition {
        Some(
            Condition::AnyOf(values)
            | Condition::NoneOf(values)
            | Condition::NoneOfIfPresent(values),
        ) => Some(&values.values),
        _ => None,
    });
    values.flatten().map(String::as_str)
}

/// When the first rule of a policy ends that ends some day, with its name.
pub(crate) fn first_end(policy: &AttestationPolicy) -> Option<(i64, &str)> {
    let rules = policy.parts.iter().filter_map(|part| match &part.part {
        Some(Part::Attester(rules)) => Some(&rules.rules),
        _ => None,
    });
    let end = |rule: &AttestationRule| {
        rule.conditions.iter().find_map(|condition| match condition.condition {
            Some(Condition::ValidUntilMs(ms)) => Some(ms),
            _ => None,
        })
    };
    rules.flatten().filter_map(|rule| Some((end(rule)?, rule.name.as_str()))).min()
}

const UNKNOWN: &str = "and with something that this version does not know";

fn device(device: &AttestationDevice, digits: Digits) -> String {
    let AttestationDevice { platform, min_count, max_count, each } = device;
    let count = match (min_count, max_count) {
        (min, max) if min == max => min.to_string(),
        (min, &u32::MAX) => format!("{min} or more"),
        (min, max) => format!("{min} to {max}"),
    };
    let each = each.as_ref().map(|each| format!(", each with {}", rule(each, digits)));
    format!("and with {count} {platform}{}", each.unwrap_or_default())
}

/// A rule in short: everything that it asks for.
fn rule(rule: &AttestationRule, digits: Digits) -> String {
    let conditions = rule.conditions.iter().map(|it| condition(it.condition.as_ref(), digits));
    let text = conditions.collect::<Vec<_>>().join(", ");
    let text = if text.is_empty() { "ANY ENCLAVE".to_owned() } else { text };
    if rule.name.is_empty() { text } else { format!("{}: {text}", rule.name) }
}

fn in_lists(lists: &AttestationLists, word: &str) -> String {
    format!("{} {word} list {}", name_of(&lists.attribute), lists.lists.join(" or "))
}

fn condition(condition: Option<&Condition>, digits: Digits) -> String {
    let asked = |values: &AttestationValues| {
        let AttestationValues { attribute, values } = values;
        let values: Vec<String> =
            values.iter().map(|value| shown(attribute, value, digits)).collect();
        format!("{} {}", name_of(attribute), values.join(" or "))
    };
    match condition {
        Some(Condition::AnyOf(values)) => asked(values),
        Some(Condition::NoneOf(values) | Condition::NoneOfIfPresent(values)) => {
            format!("not {}", asked(values))
        }
        Some(Condition::InLists(lists)) => in_lists(lists, "in"),
        Some(Condition::InNoList(lists) | Condition::InNoListIfPresent(lists)) => {
            in_lists(lists, "not in")
        }
        Some(Condition::InSets(sets)) => format!("code in set {}", sets.sets.join(" or ")),
        Some(Condition::ValidUntilMs(ms)) => format!("until {}", time(*ms)),
        Some(Condition::OutOfDate(AttestationGrace { end })) => match end {
            Some(End::UntilMs(ms)) => format!("out of date until {}", time(*ms)),
            Some(End::ForMs(ms)) => format!("out of date for {} s", ms / 1000),
            None => UNKNOWN.to_owned(),
        },
        None => UNKNOWN.to_owned(),
    }
}
