//! What a policy asks for, and what is accepted where it says nothing.

use std::collections::BTreeSet;
use std::fmt;

use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};

use crate::attributes::facts::{Facts, Misfit};
use crate::attributes::table::{GROUP_ID, GROUP_NAME, NESTED_RESULTS, PUBLIC_KEY, TCB_STATUS};
use crate::attributes::value::{Value, acceptable, key_hash, results};
use crate::error::{Error, Result};
use crate::tcb::TcbStatus;

/// Alternatives, one of which an attester has to satisfy.
///
/// A policy without alternatives is well formed and admits nobody.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Asks for the only key to admit, or for nothing.
    pub(super) key: Facts,
    pub(super) main: Vec<Facts>,
    /// Asks for the group of nested attesters as a whole, at least for their number.
    pub(super) group: Facts,
    /// The alternatives for each nested attester, in their order.
    pub(super) nested: Vec<Vec<Facts>>,
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
    /// privilege level: what protects a secret from the host and from everything else in the
    /// machine.
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

/// The name of a part, as denials have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartName {
    Key,
    Main,
    Group,
    Nested(usize),
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str("pem_public_key"),
            Self::Main => f.write_str("main_attributes"),
            Self::Group => f.write_str("nested_policies"),
            Self::Nested(i) => write!(f, "nested_policies.policies[{i}]"),
        }
    }
}

impl Policy {
    /// A policy of this one rule.
    ///
    /// # Errors
    ///
    /// As [`Policy::parse`].
    pub fn of_rule(rule: &UnifiedAttestationAttributes) -> Result<Self> {
        let main_attributes = vec![rule.clone()];
        Self::parse(&UnifiedAttestationPolicy { main_attributes, ..Default::default() })
    }

    /// Reads a policy, and refuses it when a value in it has no meaning.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], which names the entry and the attribute.
    pub fn parse(policy: &UnifiedAttestationPolicy) -> Result<Self> {
        let mut key = Facts::default();
        if !policy.pem_public_key.is_empty() {
            let hash = key_hash(&policy.pem_public_key).map_err(|reason| Error::Policy {
                entry: "policy".into(),
                attribute: "pem_public_key",
                reason,
            })?;
            key.put(&PUBLIC_KEY, hash);
        }
        let nested = policy.nested_policies.clone().unwrap_or_default();
        let group = Facts::default()
            .with(&GROUP_NAME, nested.str_group_name)
            .with(&GROUP_ID, nested.str_group_id)
            .with(&NESTED_RESULTS, results(nested.policies.len()));
        let attesters = nested.policies.iter().enumerate().map(|(i, policy)| {
            let list = format!("{}.sub_attributes", PartName::Nested(i));
            parse_entries(&policy.sub_attributes, &list)
        });
        Ok(Self {
            key,
            main: parse_entries(&policy.main_attributes, &PartName::Main.to_string())?,
            group,
            nested: attesters.collect::<Result<_>>()?,
        })
    }

    /// Whether the policy has rules for nested attesters.
    pub(super) fn asks_for_nested(&self) -> bool {
        self.group.len() > 1 || !self.nested.is_empty()
    }
}

fn parse_entries(entries: &[UnifiedAttestationAttributes], list: &str) -> Result<Vec<Facts>> {
    let entries = entries.iter().enumerate().map(|(i, entry)| {
        let entry = Facts::parse(entry).and_then(acceptable_entry);
        entry.map_err(|Misfit { attribute, reason }| Error::Policy {
            entry: format!("{list}[{i}]"),
            attribute,
            reason,
        })
    });
    entries.collect()
}

/// Refuses a TCB status that no policy can accept: only a report may have it.
fn acceptable_entry(entry: Facts) -> Result<Facts, Misfit> {
    match entry.get(&TCB_STATUS) {
        Some(Value::Statuses(statuses)) if !acceptable(statuses) => Err(Misfit {
            attribute: TCB_STATUS.name,
            reason: "lists BelowAllLevels, which is never accepted",
        }),
        _ => Ok(entry),
    }
}
