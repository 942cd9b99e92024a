//! Whether a stored policy is as strict as the one a client expects.

use aecs_proto::UnifiedAttestationPolicy;

use super::admission::{Acceptance, Denial, Mismatch, Policy, match_any, match_group, nested_rule};
use crate::attributes::facts::Facts;

/// Checks that the policy a secret is stored with admits nobody whom the expected one does not.
///
/// The policies are sets of alternatives: each stored entry has to be admitted by some expected
/// entry, where a stored value counts as the attester's own. An expected entry that says nothing
/// about the TCB status, debugging, migration, page faults or the privilege level expects the defaults
/// ([`Acceptance::default`]): a stored entry that accepts more has to be expected to. A stored policy without entries never
/// passes. The expected public key, if any, has to be the stored one or its hash; group name and
/// id of nested policies likewise, and the nested lists have to be equally long and pass in order.
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

    let mut mismatches = Vec::new();
    if let Some(key) = &expected.key
        && stored.key.as_ref() != Some(key)
    {
        mismatches.push(Mismatch {
            rule: "pem_public_key".into(),
            attribute: String::new(),
            expected: key.to_string(),
            actual: stored.key.map_or_else(|| "nothing".into(), |key| key.to_string()),
        });
    }
    mismatches.extend(cover(&stored.main, &expected.main, "main_attributes"));
    let (stored, expected) = (stored.nested, expected.nested);
    mismatches.extend(match_group(&expected, &stored.group_name, &stored.group_id));
    if stored.attesters.len() == expected.attesters.len() {
        for (i, (stored, expected)) in stored.attesters.iter().zip(&expected.attesters).enumerate()
        {
            mismatches.extend(cover(stored, expected, &nested_rule(i)));
        }
    } else {
        mismatches.push(Mismatch {
            rule: "nested_policies".into(),
            attribute: String::new(),
            expected: format!("{} nested policies", expected.attesters.len()),
            actual: format!("{} nested policies", stored.attesters.len()),
        });
    }
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

/// Each stored entry has to be admitted by some expected entry.
fn cover(stored: &[Facts], expected: &[Facts], rule: &str) -> Vec<Mismatch> {
    if stored.is_empty() {
        return vec![Mismatch {
            rule: rule.into(),
            attribute: String::new(),
            expected: "at least one stored entry".into(),
            actual: "an empty list".into(),
        }];
    }
    let defaults = Acceptance::default();
    let unmatched =
        |expected: &Facts, stored: &Facts, rule: &str| defaults.unmatched(expected, stored, rule);
    stored.iter().flat_map(|entry| match_any(expected, entry, rule, &unmatched)).collect()
}
