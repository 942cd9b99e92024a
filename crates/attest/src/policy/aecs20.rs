//! What is left of a policy in the hands of programs of AECS 2.0: they drop what they do not know.

use std::collections::BTreeSet;
use std::slice;

use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};

use super::evaluation::Part;
use super::rule::Rule;
use super::rules::{Acceptance, Circumstances, PartName, Policy};
use crate::attributes::table::{Attribute, InAecs20, PUBLIC_KEY, selected};
use crate::error::Result;

/// The attributes that messages of AECS 2.0 have.
#[must_use]
pub fn in_aecs20(attributes: &UnifiedAttestationAttributes) -> UnifiedAttestationAttributes {
    selected(attributes, |row| row.aecs20 != InAecs20::Unknown)
}

/// What an update by a client of AECS 2.0 would take away from a stored policy, by its name on the
/// wire: what the stored policy has, the policy tool of 2.0 has no key for, and the update lacks.
///
/// An entry of the update that keeps all that of a stored entry, and admits nobody else, takes
/// nothing away. Any other may be any stored entry with keys dropped: it has to have every
/// attribute of that kind that the stored policy has anywhere.
///
/// # Errors
///
/// A policy has no meaning.
pub fn lost_in_aecs20(
    stored: &UnifiedAttestationPolicy,
    update: &UnifiedAttestationPolicy,
) -> Result<BTreeSet<&'static str>> {
    let (old, new) = (Policy::parse(stored)?, Policy::parse(update)?);
    let nested =
        |policy: &UnifiedAttestationPolicy| policy.nested_policies.clone().unwrap_or_default();
    let mut lost = BTreeSet::new();
    if old.key.says(&PUBLIC_KEY) && new.key.admitted(&PUBLIC_KEY) != old.key.admitted(&PUBLIC_KEY) {
        lost.insert("pem_public_key");
    }
    // Nothing of a typed policy can be told from its rules in the other form.
    if stored.typed.is_some() {
        if update.typed != stored.typed {
            lost.insert("rules of AECS 2.1");
        }
        return Ok(lost);
    }
    if nested(stored) != Default::default() && nested(update) != nested(stored) {
        lost.insert("nested_policies");
    }
    let defaults = Acceptance::default();
    for entry in &new.main {
        let lacks = |row: &&Attribute| !entry.says(row);
        let keeps = |stored: &Rule| {
            !without_key(stored).any(|row| lacks(&row))
                && Part::of_stored(PartName::Main, slice::from_ref(stored), entry)
                    .with(Circumstances::from(&defaults))
                    .holds()
        };
        if !old.main.iter().any(keeps) {
            let lacked = old.main.iter().flat_map(without_key).filter(lacks);
            lost.extend(lacked.map(|row| row.name));
        }
    }
    Ok(lost)
}

/// The attributes that an entry asks for and the policy tool of AECS 2.0 has no key for.
fn without_key(entry: &Rule) -> impl Iterator<Item = &'static Attribute> {
    let rows = entry.predicates.iter().map(|predicate| predicate.attribute);
    rows.filter(|row| row.aecs20 != InAecs20::Key)
}
