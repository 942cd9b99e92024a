//! Whether a stored policy is as strict as the one a client expects.

use std::{iter, slice};

use aecs_proto::UnifiedAttestationPolicy;

use super::evaluation::{Denial, Mismatch, Part, denial};
use super::rule::Rule;
use super::rules::{Acceptance, Circumstances, DeviceKind, PartName, Policy};

/// Checks that the policy a secret is stored with admits nobody whom the expected one does not.
///
/// The policies are sets of alternatives: each stored entry has to be admitted by some expected
/// entry, where a stored value counts as the attester's own. An expected entry that says nothing
/// about the TCB status, debugging, migration, page faults or the privilege level expects the
/// defaults ([`Acceptance::default`]): a stored entry that accepts more has to be expected to. A
/// grace for platforms that are out of date, and a minimum that rates `Unrated` platforms, have to be
/// expected, too. A stored policy without entries never passes. The expected public key, if any, has
/// to be the stored one or its hash; group name and id of nested policies likewise, and the nested
/// lists have to be equally long and pass in order. Devices by their kinds have to be of the same
/// kinds, and as many as expected at most.
///
/// # Errors
///
/// [`Denial`] with every stored value that is not as strict as expected.
pub fn compare(
    stored: &UnifiedAttestationPolicy,
    expected: &UnifiedAttestationPolicy,
) -> Result<(), Denial> {
    let stored = parse(stored, "stored policy")?;
    let expected = parse(expected, "expected policy")?;

    let defaults = &Acceptance::default();
    let defaults = Circumstances::from(defaults);
    let nested = stored.nested.iter().zip(&expected.nested).enumerate();
    let nested = nested.filter(|_| stored.nested.len() == expected.nested.len());
    let nested = nested.map(|(i, (stored, expected))| (PartName::Nested(i), stored, expected));
    let lists: Vec<_> =
        iter::once((PartName::Main, &stored.main, &expected.main)).chain(nested).collect();

    let empty = lists.iter().filter(|(_, stored, _)| stored.is_empty());
    let mut mismatches: Vec<Mismatch> = empty
        .map(|(name, ..)| Mismatch {
            rule: name.to_string(),
            attribute: String::new(),
            expected: "at least one stored entry".into(),
            actual: "an empty list".into(),
        })
        .collect();
    let whole = [
        Part::of_stored(PartName::Key, slice::from_ref(&expected.key), &stored.key),
        Part::of_stored(PartName::Group, slice::from_ref(&expected.group), &stored.group),
    ];
    // Each stored entry has to be admitted by some expected entry.
    let entries = lists.iter().flat_map(|(name, stored, expected)| {
        stored.iter().map(move |entry| Part::of_stored(*name, expected, entry).with(defaults))
    });
    mismatches.extend(unpaired(&stored, &expected));
    let devices = devices((&stored, &expected), defaults);
    let denied = denial(whole.into_iter().chain(entries).chain(devices));
    mismatches.extend(denied.into_iter().flat_map(|denial| denial.mismatches));
    if mismatches.is_empty() { Ok(()) } else { Err(Denial { mismatches }) }
}

/// The parts about devices by their kinds: the number of each kind, and what holds for each device.
fn devices<'a>(
    (stored, expected): (&'a Policy, &'a Policy),
    defaults: Circumstances<'a>,
) -> impl Iterator<Item = Part<'a>> {
    let pairs = kinds(stored).iter().filter_map(|kind| Some((kind, of_kind(expected, kind)?)));
    pairs.flat_map(move |(stored, expected)| {
        let name = PartName::Devices(stored.platform);
        let part = |expected: &'a Rule, stored: &'a Rule| {
            Part::of_stored(name, slice::from_ref(expected), stored)
        };
        [part(&expected.count, &stored.count), part(&expected.each, &stored.each).with(defaults)]
    })
}

/// Kinds of devices that one of the policies knows and the other does not; and the form of the rules
/// for devices, where that differs.
fn unpaired(stored: &Policy, expected: &Policy) -> Vec<Mismatch> {
    let mismatch = |rule: String, expected: &str, actual: &str| Mismatch {
        rule,
        attribute: String::new(),
        expected: expected.into(),
        actual: actual.into(),
    };
    let form = |policy: &Policy| match policy.devices {
        Some(_) => "rules for devices by their kinds",
        None => "rules for nested attesters in order",
    };
    if stored.devices.is_some() != expected.devices.is_some() {
        return vec![mismatch("devices".into(), form(expected), form(stored))];
    }
    let name = |kind: &DeviceKind| PartName::Devices(kind.platform).to_string();
    let surplus = kinds(stored).iter().filter(|kind| of_kind(expected, kind).is_none());
    let lacking = kinds(expected).iter().filter(|kind| of_kind(stored, kind).is_none());
    surplus
        .map(|kind| mismatch(name(kind), "no such devices", "a rule for them"))
        .chain(lacking.map(|kind| mismatch(name(kind), "a rule for them", "nothing")))
        .collect()
}

fn kinds(policy: &Policy) -> &[DeviceKind] {
    policy.devices.as_ref().map(|devices| devices.kinds.as_slice()).unwrap_or_default()
}

fn of_kind<'a>(policy: &'a Policy, wanted: &DeviceKind) -> Option<&'a DeviceKind> {
    kinds(policy).iter().find(|kind| kind.platform == wanted.platform)
}

fn parse(policy: &UnifiedAttestationPolicy, rule: &str) -> Result<Policy, Denial> {
    Policy::parse(policy).map_err(|error| Denial {
        mismatches: vec![Mismatch {
            rule: rule.into(),
            attribute: String::new(),
            expected: "a policy with meaning".into(),
            actual: error.to_string(),
        }],
    })
}
