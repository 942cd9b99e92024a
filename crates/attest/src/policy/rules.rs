//! What a policy asks for, and what is accepted where it says nothing.

use std::collections::BTreeSet;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};
use time::OffsetDateTime;

use super::listed::{ListError, NamedLists};
use super::rule::Rule;
use super::typed;
use crate::attributes::facts::{Facts, Misfit};
use crate::attributes::table::{GROUP_ID, GROUP_NAME, NESTED_RESULTS, PUBLIC_KEY};
use crate::attributes::value::{Reason, Value, acceptable, key_hash, results};
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::tcb::TcbStatus;

/// Alternatives, one of which an attester has to satisfy.
///
/// A policy without alternatives is well formed and admits nobody.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Asks for the only key to admit, or for nothing.
    pub(super) key: Rule,
    pub(super) main: Vec<Rule>,
    /// Asks for the group of nested attesters as a whole, at least for their number. It counts only
    /// where `devices` says nothing.
    pub(super) group: Rule,
    /// The alternatives for each nested attester, in their order.
    pub(super) nested: Vec<Vec<Rule>>,
    /// What is asked of nested attesters in any order.
    pub(super) devices: Option<Devices>,
}

/// What is asked of the devices that an attester vouches for.
#[derive(Debug, Clone)]
pub(super) struct Devices {
    /// Asks every device for one of the kinds.
    pub(super) listed: Rule,
    /// What is asked of the devices of each kind.
    pub(super) kinds: Vec<DeviceKind>,
}

/// What is asked of the devices of a kind.
#[derive(Debug, Clone)]
pub(super) struct DeviceKind {
    pub(super) platform: Platform,
    /// Asks for their number.
    pub(super) count: Rule,
    pub(super) each: Rule,
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

/// What counts for an evaluation beside the policy and the attester.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    pub(super) acceptance: &'a Acceptance,
    pub(super) now: Option<OffsetDateTime>,
    /// What rules refer to by name.
    pub(super) lists: &'a NamedLists,
}

impl<'a> Circumstances<'a> {
    /// What is accepted where a rule says nothing, at the time of the evaluation. A clock beyond the
    /// year 9999 tells no time.
    #[must_use]
    pub fn new(acceptance: &'a Acceptance, now: SystemTime) -> Self {
        let seconds = now.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
        let seconds = seconds.and_then(|seconds| i64::try_from(seconds).ok());
        let now = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        Self { acceptance, now, lists: NamedLists::none() }
    }

    /// The same with named lists. Without them, a rule that refers to one does not hold.
    #[must_use]
    pub fn with_lists(self, lists: &'a NamedLists) -> Self {
        Self { lists, ..self }
    }
}

impl<'a> From<&'a Acceptance> for Circumstances<'a> {
    /// Without a time: a rule that ends some day does not hold.
    fn from(acceptance: &'a Acceptance) -> Self {
        Self { acceptance, now: None, lists: NamedLists::none() }
    }
}

/// The name of a part, as denials have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartName {
    Key,
    Main,
    Group,
    Nested(usize),
    Devices(Platform),
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str("pem_public_key"),
            Self::Main => f.write_str("main_attributes"),
            Self::Group => f.write_str("nested_policies"),
            Self::Nested(i) => write!(f, "nested_policies.policies[{i}]"),
            Self::Devices(platform) => write!(f, "devices.{platform}"),
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
        let key = key_of(&policy.pem_public_key)?;
        if let Some(typed) = &policy.typed {
            if !policy.main_attributes.is_empty() || policy.nested_policies.is_some() {
                let reason = "stands beside rules of another form";
                return Err(Error::Policy { entry: "policy".into(), attribute: "typed", reason });
            }
            return Ok(Self { key, ..typed::parse(typed)? });
        }
        let nested = policy.nested_policies.clone().unwrap_or_default();
        let attesters = nested.policies.iter().enumerate().map(|(i, policy)| {
            let list = format!("{}.sub_attributes", PartName::Nested(i));
            parse_entries(&policy.sub_attributes, &list)
        });
        Ok(Self {
            key,
            main: parse_entries(&policy.main_attributes, &PartName::Main.to_string())?,
            group: group(nested.str_group_name, nested.str_group_id, nested.policies.len()),
            nested: attesters.collect::<Result<_>>()?,
            devices: None,
        })
    }

    /// How many alternatives there are for the attester, in either form of a policy.
    #[must_use]
    pub fn rules(&self) -> usize {
        self.main.len()
    }

    /// The named lists that its rules refer to.
    #[must_use]
    pub fn lists(&self) -> BTreeSet<&str> {
        let predicates = self.all_rules().flat_map(|(.., rule)| &rule.predicates);
        predicates.flat_map(|it| it.test.lists()).map(String::as_str).collect()
    }

    /// Checks that there are the lists that its rules refer to, and that they have what the rules ask
    /// for.
    ///
    /// # Errors
    ///
    /// The first rule with a list of which this is not so.
    pub fn check_lists(&self, lists: &NamedLists) -> Result<(), ListError> {
        for (part, i, rule) in self.all_rules() {
            let mut faults = rule.predicates.iter();
            if let Some(fault) = faults.find_map(|it| lists.fault(it.attribute, &it.test)) {
                let at = match rule.name.as_str() {
                    "" => format!("{part}[{i}]"),
                    name => name.to_owned(),
                };
                return Err(ListError::new(format!("{at}: {fault}")));
            }
        }
        Ok(())
    }

    /// Every rule, with its part and its number there.
    fn all_rules(&self) -> impl Iterator<Item = (PartName, usize, &Rule)> {
        let nested = self.nested.iter().enumerate();
        let nested = nested.map(|(i, rules)| (PartName::Nested(i), rules.as_slice()));
        let devices = self.devices.iter().flat_map(|devices| &devices.kinds);
        let devices = devices
            .map(|kind| (PartName::Devices(kind.platform), std::slice::from_ref(&kind.each)));
        let main = std::iter::once((PartName::Main, self.main.as_slice()));
        main.chain(nested).chain(devices).flat_map(|(part, rules)| {
            rules.iter().enumerate().map(move |(i, rule)| (part, i, rule))
        })
    }

    /// Whether the policy has rules for nested attesters.
    pub(super) fn asks_for_nested(&self) -> bool {
        self.group.predicates.len() > 1 || !self.nested.is_empty()
    }
}

/// Asks for the key that a policy names, if it names one.
fn key_of(key: &str) -> Result<Rule> {
    let mut facts = Facts::default();
    if !key.is_empty() {
        let hash = key_hash(key).map_err(|reason| Error::Policy {
            entry: "policy".into(),
            attribute: "pem_public_key",
            reason,
        })?;
        facts.put(&PUBLIC_KEY, hash);
    }
    Ok(facts.into())
}

/// Asks for a group of nested attesters, in a number.
pub(super) fn group(name: String, id: String, attesters: usize) -> Rule {
    let group = Facts::default().with(&GROUP_NAME, name).with(&GROUP_ID, id);
    group.with(&NESTED_RESULTS, results(attesters)).into()
}

fn parse_entries(entries: &[UnifiedAttestationAttributes], list: &str) -> Result<Vec<Rule>> {
    let entries = entries.iter().enumerate().map(|(i, entry)| {
        let entry = Facts::parse(entry).and_then(acceptable_entry).map(Rule::from);
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
    for (attribute, value) in entry.iter() {
        acceptable_value(value).map_err(|reason| Misfit { attribute: attribute.name, reason })?;
    }
    Ok(entry)
}

/// The same of one value.
pub(super) fn acceptable_value(value: &Value) -> Result<(), Reason> {
    match value {
        Value::Statuses(statuses) if !acceptable(statuses) => {
            Err("lists BelowAllLevels, which is never accepted")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_beyond_all_years_tells_no_time() {
        let acceptance = Acceptance::default();
        let at = |seconds| {
            Circumstances::new(&acceptance, UNIX_EPOCH + Duration::from_secs(seconds)).now
        };
        assert!(at(1_900_000_000).is_some());
        assert_eq!(at(400_000_000_000), None);
    }
}
