//! What a rule says, in the form that it needs.

use aecs_attest::Attribute;
use aecs_proto::attestation_condition::Condition;
use aecs_proto::attestation_part::Part;
use aecs_proto::{
    AttestationCondition, AttestationGrace, AttestationLists, AttestationPart, AttestationPolicy,
    AttestationRule, AttestationRules, AttestationSets, AttestationValues,
    UnifiedAttestationAttributes, UnifiedAttestationPolicy,
};

use super::MAX_ENTRIES;
use crate::files::{Fault, Place};

/// A rule, understood.
pub(in crate::files) struct Said {
    /// What denials call it.
    pub(in crate::files) name: Option<String>,
    /// Each attribute that is asked for, with the values that do.
    pub(super) admitted: Vec<(&'static Attribute, Vec<String>)>,
    /// Each attribute with the values that do not.
    pub(super) excluded: Vec<(&'static Attribute, Vec<String>)>,
    /// Each attribute with the named lists that a value has to be in.
    pub(super) in_lists: Vec<(&'static Attribute, Vec<String>)>,
    /// Each attribute with the named lists that no value may be in.
    pub(super) in_no_list: Vec<(&'static Attribute, Vec<String>)>,
    /// The named sets of which a measurement has to be there.
    pub(super) in_sets: Vec<String>,
    /// Whether an attester passes that lacks what values are excluded of.
    pub(super) absent_passes: bool,
    /// Milliseconds since 1970.
    pub(super) valid_until_ms: Option<i64>,
    pub(super) grace: Option<AttestationGrace>,
}

impl Said {
    /// Whether AECS 2.0 can express it.
    pub(in crate::files) fn is_plain(&self) -> bool {
        self.name.is_none()
            && self.excluded.is_empty()
            && self.valid_until_ms.is_none()
            && self.grace.is_none()
            && !self.has_lists()
    }

    /// Whether it refers to named lists, which a service keeps.
    pub(in crate::files) fn has_lists(&self) -> bool {
        !(self.in_lists.is_empty() && self.in_no_list.is_empty() && self.in_sets.is_empty())
    }

    /// Until when it counts, in milliseconds since 1970.
    pub(in crate::files) fn valid_until_ms(&self) -> Option<i64> {
        self.valid_until_ms
    }

    /// Whether it can be an entry of a set of measurements: it says what must match, and may have a
    /// name and an end.
    pub(in crate::files) fn is_a_measurement(&self) -> bool {
        self.excluded.is_empty() && self.grace.is_none() && !self.has_lists()
    }

    /// The entries that say the same as a plain rule. Where a key has a list of alternatives there is
    /// an entry for each of them; `at` is the place of the rule.
    pub(in crate::files) fn entries(
        &self,
        at: Option<Place>,
    ) -> Result<Vec<UnifiedAttestationAttributes>, Fault> {
        let mut entries = vec![UnifiedAttestationAttributes::default()];
        for (attribute, alternatives) in &self.admitted {
            if entries.len().saturating_mul(alternatives.len()) > MAX_ENTRIES {
                return Err(Fault::at(
                    at,
                    format!("the lists of this rule have more than {MAX_ENTRIES} combinations"),
                    "write several rules with shorter lists, or give the rule a `name`: a named rule \
                     keeps its lists",
                ));
            }
            entries = alternatives
                .iter()
                .flat_map(|value| {
                    entries.iter().map(|entry| {
                        let mut entry = entry.clone();
                        attribute.set(&mut entry, value.as_str());
                        entry
                    })
                })
                .collect();
        }
        Ok(entries)
    }

    /// The rule in typed form.
    pub(in crate::files) fn typed(&self) -> AttestationRule {
        let values = |(attribute, values): &(&Attribute, Vec<String>)| AttestationValues {
            attribute: attribute.name.to_owned(),
            values: values.clone(),
        };
        let none_of = match self.absent_passes {
            true => Condition::NoneOfIfPresent,
            false => Condition::NoneOf,
        };
        let admitted = self.admitted.iter().map(values).map(Condition::AnyOf);
        let excluded = self.excluded.iter().map(values).map(none_of);
        let lists = |(attribute, lists): &(&Attribute, Vec<String>)| AttestationLists {
            attribute: attribute.name.to_owned(),
            lists: lists.clone(),
        };
        let in_no_list = match self.absent_passes {
            true => Condition::InNoListIfPresent,
            false => Condition::InNoList,
        };
        let in_sets = match self.in_sets.as_slice() {
            [] => None,
            sets => Some(Condition::InSets(AttestationSets { sets: sets.to_vec() })),
        };
        let conditions = admitted
            .chain(excluded)
            .chain(self.in_lists.iter().map(lists).map(Condition::InLists))
            .chain(self.in_no_list.iter().map(lists).map(in_no_list))
            .chain(in_sets)
            .chain(self.valid_until_ms.map(Condition::ValidUntilMs))
            .chain(self.grace.map(Condition::OutOfDate));
        AttestationRule {
            name: self.name.clone().unwrap_or_default(),
            conditions: conditions
                .map(|condition| AttestationCondition { condition: Some(condition) })
                .collect(),
        }
    }
}

/// A policy in typed form, of its parts.
pub(in crate::files) fn typed_policy(
    parts: impl IntoIterator<Item = Part>,
) -> UnifiedAttestationPolicy {
    let parts = parts.into_iter().map(|part| AttestationPart { part: Some(part) }).collect();
    UnifiedAttestationPolicy {
        typed: Some(AttestationPolicy { parts }),
        ..UnifiedAttestationPolicy::default()
    }
}

/// The policy that one rule makes.
pub(in crate::files) fn policy_of(
    rule: &Said,
    at: Option<Place>,
) -> Result<UnifiedAttestationPolicy, Fault> {
    if rule.is_plain() {
        let main_attributes = rule.entries(at)?;
        return Ok(UnifiedAttestationPolicy {
            main_attributes,
            ..UnifiedAttestationPolicy::default()
        });
    }
    Ok(typed_policy([Part::Attester(AttestationRules { rules: vec![rule.typed()] })]))
}
