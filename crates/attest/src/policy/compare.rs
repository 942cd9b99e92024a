//! Whether a stored policy is as strict as the one a client expects.

use std::{iter, slice};

use aecs_proto::UnifiedAttestationPolicy;

use super::evaluation::{Denial, Mismatch, Part, denial};
use super::rules::{Acceptance, PartName, Policy};

/// Checks that the policy a secret is stored with admits nobody whom the expected one does not.
///
/// The policies are sets of alternatives: each stored entry has to be admitted by some expected
/// entry, where a stored value counts as the attester's own. An expected entry that says nothing
/// about the TCB status, debugging, migration, page faults or the privilege level expects the
/// defaults ([`Acceptance::default`]): a stored entry that accepts more has to be expected to. A
/// stored policy without entries never passes. The expected public key, if any, has to be the
/// stored one or its hash; group name and id of nested policies likewise, and the nested lists have
/// to be equally long and pass in order.
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
        Part::of(PartName::Key, slice::from_ref(&expected.key), &stored.key),
        Part::of(PartName::Group, slice::from_ref(&expected.group), &stored.group),
    ];
    // Each stored entry has to be admitted by some expected entry.
    let entries = lists.iter().flat_map(|(name, stored, expected)| {
        stored.iter().map(move |entry| Part::of_stored(*name, expected, entry, defaults))
    });
    let denied = denial(whole.into_iter().chain(entries));
    mismatches.extend(denied.into_iter().flat_map(|denial| denial.mismatches));
    if mismatches.is_empty() { Ok(()) } else { Err(Denial { mismatches }) }
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
