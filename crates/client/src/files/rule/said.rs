//! What a rule says, in the form that it needs.

use std::path::Path;

use aecs_attest::Attribute;
use aecs_proto::attestation_condition::Condition;
use aecs_proto::attestation_part::Part;
use aecs_proto::{
    AttestationCondition, AttestationGrace, AttestationPart, AttestationPolicy, AttestationRule,
    AttestationRules, AttestationValues, UnifiedAttestationAttributes, UnifiedAttestationPolicy,
};

use super::MAX_ENTRIES;
use crate::files::{FileError, Place};

/// A rule, understood.
pub(in crate::files) struct Said {
    /// What denials call it.
    pub(in crate::files) name: Option<String>,
    /// Each attribute that is asked for, with the values that do.
    pub(super) admitted: Vec<(&'static Attribute, Vec<String>)>,
    /// Each attribute with the values that do not.
    pub(super) excluded: Vec<(&'static Attribute, Vec<String>)>,
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
    }

    /// The entries that say the same as a plain rule. Where a key has a list of alternatives there is
    /// an entry for each of them; `at` is the place of the rule.
    pub(in crate::files) fn entries(
        &self,
        file: &Path,
        at: Option<Place>,
    ) -> Result<Vec<UnifiedAttestationAttributes>, FileError> {
        let mut entries = vec![UnifiedAttestationAttributes::default()];
        for (attribute, alternatives) in &self.admitted {
            if entries.len().saturating_mul(alternatives.len()) > MAX_ENTRIES {
                return Err(FileError::at(
                    file,
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
        let conditions = admitted
            .chain(excluded)
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
    file: &Path,
    at: Option<Place>,
) -> Result<UnifiedAttestationPolicy, FileError> {
    if rule.is_plain() {
        let main_attributes = rule.entries(file, at)?;
        return Ok(UnifiedAttestationPolicy {
            main_attributes,
            ..UnifiedAttestationPolicy::default()
        });
    }
    Ok(typed_policy([Part::Attester(AttestationRules { rules: vec![rule.typed()] })]))
}
