//! What is left of a policy in the hands of programs of AECS 2.0: they drop what they do not know.

use std::collections::BTreeSet;

use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};

use super::admission::{Acceptance, Policy};
use crate::attributes::facts::Facts;
use crate::attributes::table::{InAecs20, TABLE, copy_rows};
use crate::error::Result;

/// The attributes that messages of AECS 2.0 have.
#[must_use]
pub fn in_aecs20(attributes: &UnifiedAttestationAttributes) -> UnifiedAttestationAttributes {
    let mut known = UnifiedAttestationAttributes::default();
    copy_rows(attributes, &mut known, |row| row.aecs20 != InAecs20::Unknown);
    known
}

/// What an update by a client of AECS 2.0 would take away from a stored policy, by its name on the
/// wire: what the stored policy has, the policy tool of 2.0 has no key for, and the update lacks.
///
/// An entry of the update that keeps all that of a stored entry, and admits nobody else, takes nothing
/// away. Any other may be any stored entry with keys dropped: it has to have every attribute of that
/// kind that the stored policy has anywhere.
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
    if old.key.is_some() && new.key != old.key {
        lost.insert("pem_public_key");
    }
    if nested(stored) != Default::default() && nested(update) != nested(stored) {
        lost.insert("nested_policies");
    }
    let defaults = Acceptance::default();
    for entry in &new.main {
        let lacks = |name: &&'static str| entry.get(name).is_none();
        let keeps = |stored: &Facts| {
            !without_key(stored).any(|name| lacks(&name))
                && defaults.unmatched(stored, entry, "").is_empty()
        };
        if !old.main.iter().any(keeps) {
            lost.extend(old.main.iter().flat_map(without_key).filter(lacks));
        }
    }
    Ok(lost)
}

/// The attributes that an entry asks for and the policy tool of AECS 2.0 has no key for.
fn without_key(entry: &Facts) -> impl Iterator<Item = &'static str> {
    let rows = TABLE.iter().filter(|row| row.aecs20 != InAecs20::Key);
    rows.map(|row| row.name).filter(|name| entry.get(name).is_some())
}
