//! Whether an attester is one of those that a policy wants.

use std::collections::BTreeSet;
use std::fmt;

use aecs_proto::{
    UnifiedAttestationAttributes, UnifiedAttestationNestedPolicies, UnifiedAttestationPolicy,
};

use crate::attributes::facts::{Compared, Facts, Misfit};
use crate::attributes::table::{
    DEBUG_DISABLED, MIGRATION_DISABLED, PAGE_FAULTS_DISABLED, TCB_STATUS, VMPL,
};
use crate::attributes::value::{Value, acceptable, key_hash};
use crate::attributes::{Attributes, Nested};
use crate::error::{Error, Result};
use crate::tcb::TcbStatus;
use crate::verified::Verified;

/// Alternatives, one of which an attester has to satisfy.
///
/// A policy without alternatives is well formed and admits nobody.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Canonical hash of the only key to admit.
    pub(super) key: Option<Value>,
    pub(super) main: Vec<Facts>,
    pub(super) nested: NestedPolicy,
}

#[derive(Debug, Clone)]
pub(super) struct NestedPolicy {
    pub(super) group_name: String,
    pub(super) group_id: String,
    /// The alternatives for each nested attester, in their order.
    pub(super) attesters: Vec<Vec<Facts>>,
}

/// What is accepted where a policy's entry says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// TCB statuses to accept.
    pub tcb_statuses: BTreeSet<TcbStatus>,
    /// Whether to accept enclaves that the host can look into.
    pub debug: bool,
    /// Whether to accept machines that can be moved to another host.
    pub migration: bool,
    /// Whether to accept machines into which the host can inject exceptions, by page faults.
    pub page_faults: bool,
    /// Whether to accept reports of software that does not run at the highest privilege level of
    /// its machine (VMPL 0 on SEV-SNP).
    pub lower_privilege: bool,
}

impl Default for Acceptance {
    /// An up-to-date TCB, no debugging, no migration, no page faults made by the host, the highest
    /// privilege level: what protects a secret from the host and from everything else in the machine.
    fn default() -> Self {
        Self {
            tcb_statuses: BTreeSet::from([TcbStatus::UpToDate]),
            debug: false,
            migration: false,
            page_faults: false,
            lower_privilege: false,
        }
    }
}

/// Proof that a policy admitted an attester; only [`Policy::admit`] makes one.
#[derive(Debug, Clone)]
pub struct Admitted(Attributes);

impl Admitted {
    /// The attester that was admitted.
    #[must_use]
    pub fn attributes(&self) -> &Attributes {
        &self.0
    }
}

/// Why an attester, or a policy, is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Everything that does not match, in the order of the policy.
    pub mismatches: Vec<Mismatch>,
}

/// One value that is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The part of the policy, for example `main_attributes[0]`.
    pub rule: String,
    /// The attribute's name on the wire; empty where the rule as a whole fails.
    pub attribute: String,
    /// What was asked for.
    pub expected: String,
    /// What was found.
    pub actual: String,
}

impl Policy {
    /// Reads a policy, and refuses it when a value in it has no meaning.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], which names the entry and the attribute.
    pub fn parse(policy: &UnifiedAttestationPolicy) -> Result<Self> {
        let key = match policy.pem_public_key.as_str() {
            "" => None,
            text => Some(key_hash(text).map_err(|reason| Error::Policy {
                entry: "policy".into(),
                attribute: "pem_public_key",
                reason,
            })?),
        };
        let nested = policy.nested_policies.clone().unwrap_or_default();
        Ok(Self {
            key,
            main: parse_entries(&policy.main_attributes, "main_attributes")?,
            nested: NestedPolicy::parse(nested)?,
        })
    }

    /// Decides whether a verified attester is one of those wanted.
    ///
    /// # Errors
    ///
    /// [`Denial`] with every value that does not match.
    pub fn admit(
        &self,
        attributes: &Verified<Attributes>,
        acceptance: &Acceptance,
    ) -> Result<Admitted, Denial> {
        let mut mismatches = Vec::new();
        if let Some(expected) = &self.key {
            let actual = attributes.key_hash().to_string();
            if expected.to_string() != actual {
                mismatches.push(Mismatch {
                    rule: "pem_public_key".into(),
                    attribute: "hex_hash_or_pem_pubkey".into(),
                    expected: expected.to_string(),
                    actual,
                });
            }
        }
        let unmatched = |entry: &Facts, actual: &Facts, rule: &str| {
            acceptance.unmatched(entry, &actual.rated_by(entry), rule)
        };
        mismatches.extend(match_any(&self.main, attributes.facts(), "main_attributes", &unmatched));
        mismatches.extend(self.nested.match_all(attributes.nested(), &unmatched));
        if mismatches.is_empty() {
            Ok(Admitted(attributes.get().clone()))
        } else {
            Err(Denial { mismatches })
        }
    }
}

/// An attribute that the entry says nothing about, and this side has a default for.
pub(super) struct Defaulted<'a> {
    pub(super) attribute: &'static str,
    pub(super) wanted: Wanted<'a>,
    pub(super) actual: &'a Value,
    pub(super) holds: bool,
}

pub(super) enum Wanted<'a> {
    Statuses(&'a BTreeSet<TcbStatus>),
    Value(Value),
}

impl Acceptance {
    /// What keeps the entry from admitting: what it asks for, and what this side does where it says
    /// nothing.
    pub(super) fn unmatched(&self, entry: &Facts, actual: &Facts, rule: &str) -> Vec<Mismatch> {
        let refused = self.defaults(entry, actual).filter(|default| !default.holds);
        let refused = refused.map(|default| Mismatch {
            rule: rule.into(),
            attribute: default.attribute.into(),
            expected: default.expected(),
            actual: default.actual.to_string(),
        });
        differences(entry, actual, rule).into_iter().chain(refused).collect()
    }

    /// What this side asks for where the entry says nothing. Not every platform has each of these;
    /// where it has, the report says so. A nested result of an AECS 2.0 verifier has no TCB
    /// status: the main attester vouches for it.
    pub(super) fn defaults<'a>(
        &'a self,
        entry: &Facts,
        actual: &'a Facts,
    ) -> impl Iterator<Item = Defaulted<'a>> {
        let unsaid = |attribute| match entry.get(attribute) {
            None => actual.get(attribute),
            Some(_) => None,
        };
        let status = unsaid(TCB_STATUS).map(|status| Defaulted {
            attribute: TCB_STATUS,
            wanted: Wanted::Statuses(&self.tcb_statuses),
            actual: status,
            holds: self.accepts(status),
        });
        let flags = [
            (self.debug, DEBUG_DISABLED, Value::Bool(true)),
            (self.migration, MIGRATION_DISABLED, Value::Bool(true)),
            (self.page_faults, PAGE_FAULTS_DISABLED, Value::Bool(true)),
            (self.lower_privilege, VMPL, Value::Text("0".into())),
        ];
        let flags = flags.into_iter().filter(|(accepted, ..)| !accepted).filter_map(
            move |(_, attribute, wanted)| {
                let actual = unsaid(attribute)?;
                let holds = *actual == wanted;
                Some(Defaulted { attribute, wanted: Wanted::Value(wanted), actual, holds })
            },
        );
        status.into_iter().chain(flags)
    }

    fn accepts(&self, status: &Value) -> bool {
        let accepted = |status: &String| self.tcb_statuses.iter().any(|s| s.as_str() == status);
        let listed = matches!(status, Value::Items(statuses) if statuses.iter().all(accepted));
        listed && acceptable(status)
    }
}

impl Defaulted<'_> {
    pub(super) fn expected(&self) -> String {
        match &self.wanted {
            Wanted::Statuses(_) => format!("one of {} (default)", self.wanted.value()),
            Wanted::Value(value) => format!("{value} (default)"),
        }
    }
}

impl Wanted<'_> {
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Statuses(statuses) => {
                Value::Items(statuses.iter().map(|status| status.as_str().to_owned()).collect())
            }
            Self::Value(value) => value.clone(),
        }
    }
}

impl NestedPolicy {
    fn parse(policies: UnifiedAttestationNestedPolicies) -> Result<Self> {
        let attesters = policies
            .policies
            .iter()
            .enumerate()
            .map(|(i, policy)| {
                parse_entries(&policy.sub_attributes, &format!("{}.sub_attributes", nested_rule(i)))
            })
            .collect::<Result<_>>()?;
        Ok(Self { group_name: policies.str_group_name, group_id: policies.str_group_id, attesters })
    }

    fn match_all(
        &self,
        nested: Option<&Nested>,
        unmatched: &dyn Fn(&Facts, &Facts, &str) -> Vec<Mismatch>,
    ) -> Vec<Mismatch> {
        let (group_name, group_id, results) = nested.map_or(("", "", [].as_slice()), |nested| {
            (nested.group_name(), nested.group_id(), nested.results.as_slice())
        });
        let mut mismatches = match_group(self, group_name, group_id);
        if self.attesters.len() == results.len() {
            for (i, (alternatives, result)) in self.attesters.iter().zip(results).enumerate() {
                mismatches.extend(match_any(alternatives, result, &nested_rule(i), unmatched));
            }
        } else {
            mismatches.push(Mismatch {
                rule: "nested_policies".into(),
                attribute: String::new(),
                expected: format!("{} nested results", self.attesters.len()),
                actual: format!("{} nested results", results.len()),
            });
        }
        mismatches
    }
}

fn parse_entries(entries: &[UnifiedAttestationAttributes], list: &str) -> Result<Vec<Facts>> {
    entries
        .iter()
        .enumerate()
        .map(|(i, entry)| {
            Facts::parse(entry).and_then(Facts::into_entry).map_err(
                |Misfit { attribute, reason }| Error::Policy {
                    entry: format!("{list}[{i}]"),
                    attribute,
                    reason,
                },
            )
        })
        .collect()
}

/// Nothing when one of the alternatives matches, otherwise what is wrong with each.
pub(super) fn match_any(
    alternatives: &[Facts],
    actual: &Facts,
    rule: &str,
    unmatched: &dyn Fn(&Facts, &Facts, &str) -> Vec<Mismatch>,
) -> Vec<Mismatch> {
    if alternatives.is_empty() {
        return vec![Mismatch {
            rule: rule.into(),
            attribute: String::new(),
            expected: "at least one entry".into(),
            actual: "an empty list, which admits nobody".into(),
        }];
    }
    let mut all = Vec::new();
    for (i, entry) in alternatives.iter().enumerate() {
        let mismatches = unmatched(entry, actual, &format!("{rule}[{i}]"));
        if mismatches.is_empty() {
            return Vec::new();
        }
        all.extend(mismatches);
    }
    all
}

fn differences(entry: &Facts, actual: &Facts, rule: &str) -> Vec<Mismatch> {
    let mismatch = |compared: Compared<'_>| Mismatch {
        rule: rule.into(),
        attribute: compared.attribute().into(),
        expected: compared.expected(),
        actual: compared.actual(),
    };
    entry.compared(actual).filter(|compared| !compared.holds).map(mismatch).collect()
}

/// A group name or id that the policy leaves empty is not asked for.
pub(super) fn match_group(
    policy: &NestedPolicy,
    group_name: &str,
    group_id: &str,
) -> Vec<Mismatch> {
    [
        ("str_group_name", &policy.group_name, group_name),
        ("str_group_id", &policy.group_id, group_id),
    ]
    .into_iter()
    .filter(|(_, expected, actual)| !expected.is_empty() && expected.as_str() != *actual)
    .map(|(attribute, expected, actual)| Mismatch {
        rule: "nested_policies".into(),
        attribute: attribute.into(),
        expected: expected.clone(),
        actual: actual.into(),
    })
    .collect()
}

pub(super) fn nested_rule(i: usize) -> String {
    format!("nested_policies.policies[{i}]")
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mismatch) in self.mismatches.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{mismatch}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Denial {}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, attribute, expected, actual } = self;
        let dot = if attribute.is_empty() { "" } else { "." };
        // Values come from evidence: control characters in them must not reach a terminal.
        let (expected, actual) = (expected.escape_debug(), actual.escape_debug());
        write!(f, "{rule}{dot}{attribute}: expected {expected}, found {actual}")
    }
}
