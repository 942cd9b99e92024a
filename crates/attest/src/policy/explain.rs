//! Why a policy admits an attester or does not, and what would change that.
//!
//! An explanation is for people: it never admits anybody. It looks at everything that
//! [`Policy::admit`] looks at, in the same order, and comes to the same result.

use super::admission::{Acceptance, Defaulted, Mismatch, NestedPolicy, Policy, nested_rule};
use super::advice::{elsewhere, risk, snp_status};
use crate::attributes::facts::{Compared, Facts};
use crate::attributes::table::{MEASURED, PLATFORM, TCB_STATUS};
use crate::attributes::value::{Value, acceptable};
use crate::attributes::{Appraised, Attributes, Nested};
use crate::platform::{Family, Platform};

/// Whom a policy is explained for: attributes of somebody with a key, or evidence alone.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    facts: &'a Facts,
    nested: Option<&'a Nested>,
}

impl<'a> From<&'a Attributes> for Subject<'a> {
    fn from(attributes: &'a Attributes) -> Self {
        Self { facts: attributes.facts(), nested: attributes.nested() }
    }
}

impl<'a> From<&'a Appraised> for Subject<'a> {
    /// Nested results count for nothing: nobody is known to have signed them.
    fn from(appraised: &'a Appraised) -> Self {
        Self { facts: appraised.facts(), nested: None }
    }
}

/// What a policy demands, and whether an attester satisfies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Everything that is demanded, all of which has to be satisfied.
    pub demands: Vec<Demand>,
}

/// A part of a policy that has to be satisfied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The part: `main_attributes`, `pem_public_key`, `nested_policies.policies[0]`.
    pub rule: String,
    /// What satisfies it, each on its own. Nothing does when the list is empty.
    pub alternatives: Vec<Alternative>,
}

/// One way to satisfy a demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The entry, as denials name it: `main_attributes[0]`.
    pub rule: String,
    /// Everything it asks for. An entry that asks for nothing admits everybody.
    pub comparisons: Vec<Comparison>,
}

/// An attribute that is asked for, beside what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The attribute's name on the wire; empty where the part as a whole is meant.
    pub attribute: String,
    /// What is asked for.
    pub expected: String,
    /// What was found.
    pub actual: String,
    /// Whether that will do.
    pub holds: bool,
    /// Whether the entry says nothing, so that a default asks for it.
    pub default: bool,
    /// What would make it hold; only where it does not.
    pub remedy: Option<Remedy>,
}

/// What would make a comparison hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// What the entry would have to say; an empty text to say nothing about the attribute. None
    /// where no entry helps.
    pub entry: Option<String>,
    /// What would have to be different about the attester instead; empty where nothing can be.
    pub attester: &'static str,
    /// What is given up by changing the entry; empty where it is only a matter of whom to admit.
    pub risk: &'static str,
}

impl Explanation {
    /// Whether the policy would admit the attester.
    #[must_use]
    pub fn admits(&self) -> bool {
        self.demands.iter().all(|demand| demand.satisfied_by().is_some())
    }

    /// Everything that does not match, as a [`Denial`](super::Denial) has it.
    #[must_use]
    pub fn mismatches(&self) -> Vec<Mismatch> {
        let unsatisfied = self.demands.iter().filter(|demand| demand.satisfied_by().is_none());
        unsatisfied.flat_map(Demand::mismatches).collect()
    }

    /// What comes nearest to satisfying each demand that is not satisfied: of the alternatives for
    /// the attester's platform the one with the fewest comparisons that fail.
    pub fn nearest(&self) -> impl Iterator<Item = &Alternative> {
        let unsatisfied = self.demands.iter().filter(|demand| demand.satisfied_by().is_none());
        unsatisfied.filter_map(Demand::nearest)
    }
}

impl Demand {
    /// The first alternative that is satisfied.
    #[must_use]
    pub fn satisfied_by(&self) -> Option<&Alternative> {
        self.alternatives.iter().find(|alternative| alternative.holds())
    }

    /// The alternative of which the least fails, the first of several. One for another platform
    /// comes last, however little it asks for: the attester cannot become what it is about.
    #[must_use]
    pub fn nearest(&self) -> Option<&Alternative> {
        let distance =
            |entry: &&Alternative| (entry.other_platform().is_some(), entry.failures().count());
        self.alternatives.iter().min_by_key(distance)
    }

    fn mismatches(&self) -> Vec<Mismatch> {
        if self.alternatives.is_empty() {
            return vec![Mismatch {
                rule: self.rule.clone(),
                attribute: String::new(),
                expected: "at least one entry".into(),
                actual: "an empty list, which admits nobody".into(),
            }];
        }
        let mismatch = |rule: &str, failed: &Comparison| Mismatch {
            rule: rule.into(),
            attribute: failed.attribute.clone(),
            expected: failed.expected.clone(),
            actual: failed.actual.clone(),
        };
        self.alternatives
            .iter()
            .flat_map(|entry| entry.failures().map(|failed| mismatch(&entry.rule, failed)))
            .collect()
    }
}

impl Alternative {
    /// Whether everything that is asked for was found.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The comparison that fails because the entry is for another platform than the attester's.
    #[must_use]
    pub fn other_platform(&self) -> Option<&Comparison> {
        self.failures().find(|failed| failed.attribute == PLATFORM)
    }

    /// What is asked for and was not found.
    pub fn failures(&self) -> impl Iterator<Item = &Comparison> {
        self.comparisons.iter().filter(|comparison| !comparison.holds)
    }
}

impl Policy {
    /// Says of every part of the policy whether the attester satisfies it, and what would make it.
    ///
    /// For the part of nested attesters this needs [`Attributes`]: of evidence alone nobody is
    /// known to have signed its nested results.
    #[must_use]
    pub fn explain<'a>(
        &self,
        attester: impl Into<Subject<'a>>,
        acceptance: &Acceptance,
    ) -> Explanation {
        let Subject { facts, nested } = attester.into();
        let entries = |rule: &str, entries: &[Facts], actual: &Facts| Demand {
            rule: rule.into(),
            alternatives: entries
                .iter()
                .enumerate()
                .map(|(i, entry)| alternative(format!("{rule}[{i}]"), entry, actual, acceptance))
                .collect(),
        };
        let mut demands = Vec::new();
        demands.extend(self.key.as_ref().map(|key| key_demand(key, facts)));
        demands.push(entries("main_attributes", &self.main, facts));

        let results = nested.map_or([].as_slice(), |nested| nested.results.as_slice());
        demands.extend(self.nested.group_demand(nested));
        if self.nested.attesters.len() == results.len() {
            for (i, (alternatives, result)) in self.nested.attesters.iter().zip(results).enumerate()
            {
                demands.push(entries(&nested_rule(i), alternatives, result));
            }
        }
        Explanation { demands }
    }
}

fn alternative(
    rule: String,
    entry: &Facts,
    actual: &Facts,
    acceptance: &Acceptance,
) -> Alternative {
    let actual = &*actual.rated_by(entry);
    let asked = entry.compared(actual).map(|compared| asked(&compared));
    let unsaid = acceptance.defaults(entry, actual).map(|default| unsaid(&default));
    let mut comparisons: Vec<Comparison> = asked.chain(unsaid).collect();
    // What a status asks for depends on the vendor.
    if actual.get(PLATFORM).is_some_and(is_of_amd) {
        for comparison in comparisons.iter_mut().filter(|one| one.attribute == TCB_STATUS) {
            if let Some(remedy) = &mut comparison.remedy {
                remedy.attester = snp_status(&comparison.actual);
            }
        }
    }
    Alternative { rule, comparisons }
}

fn is_of_amd(platform: &Value) -> bool {
    let Value::Text(name) = platform else { return false };
    name.parse().is_ok_and(|platform: Platform| platform.family() == Family::Snp)
}

fn asked(compared: &Compared<'_>) -> Comparison {
    let (attribute, actual) = (compared.attribute(), compared.actual());
    let remedy = (!compared.holds).then(|| remedy(attribute, compared.found(), compared.relaxed()));
    let (expected, holds) = (compared.expected(), compared.holds);
    Comparison { attribute: attribute.into(), expected, actual, holds, default: false, remedy }
}

fn unsaid(default: &Defaulted<'_>) -> Comparison {
    let (attribute, holds) = (default.attribute, default.holds);
    let actual = default.actual.to_string();
    let remedy = (!holds).then(|| {
        let relaxed = default.wanted.value().relaxed(default.actual).unwrap_or_default();
        remedy(attribute, Some(default.actual), relaxed)
    });
    let expected = default.expected();
    Comparison { attribute: attribute.into(), expected, actual, holds, default: true, remedy }
}

/// `entry` is what would admit the value that was found, if anything can.
fn remedy(attribute: &str, found: Option<&Value>, entry: String) -> Remedy {
    let actual = found.map(Value::to_string).unwrap_or_default();
    let attester = elsewhere(attribute, &actual);
    if attribute == TCB_STATUS && found.is_some_and(|statuses| !acceptable(statuses)) {
        return Remedy { entry: None, attester, risk: "" };
    }
    // Without the declaration the rule would pin nothing.
    if attribute == MEASURED {
        return Remedy { entry: None, attester, risk: "" };
    }
    Remedy { entry: Some(entry), attester, risk: risk(attribute, &actual) }
}

fn key_demand(key: &Value, facts: &Facts) -> Demand {
    const ATTRIBUTE: &str = "hex_hash_or_pem_pubkey";
    let rule = "pem_public_key";
    let found = facts.get(ATTRIBUTE);
    let holds = found == Some(key);
    let remedy =
        (!holds).then(|| Remedy { entry: None, attester: elsewhere(ATTRIBUTE, ""), risk: "" });
    let comparison = Comparison {
        attribute: ATTRIBUTE.into(),
        expected: key.to_string(),
        actual: found.map_or_else(|| "nothing".into(), Value::to_string),
        holds,
        default: false,
        remedy,
    };
    Demand {
        rule: rule.into(),
        alternatives: vec![Alternative { rule: rule.into(), comparisons: vec![comparison] }],
    }
}

impl NestedPolicy {
    /// The demands on the group of nested attesters as a whole; none if none is wanted or there.
    fn group_demand(&self, nested: Option<&Nested>) -> Option<Demand> {
        let (name, id, found) = nested.map_or(("", "", 0), |nested| {
            (nested.group_name(), nested.group_id(), nested.results.len())
        });
        let wanted = self.attesters.len();
        let comparison = |attribute: &str, expected: String, actual: String, holds: bool| {
            let remedy = (!holds).then(|| Remedy {
                entry: (!attribute.is_empty()).then(|| actual.clone()),
                attester: elsewhere("nested_policies", ""),
                risk: "",
            });
            let attribute = attribute.into();
            Comparison { attribute, expected, actual, holds, default: false, remedy }
        };
        let mut comparisons: Vec<Comparison> = [
            ("str_group_name", self.group_name.as_str(), name),
            ("str_group_id", self.group_id.as_str(), id),
        ]
        .into_iter()
        .filter(|(_, expected, _)| !expected.is_empty())
        .map(|(attribute, expected, actual)| {
            comparison(attribute, expected.into(), actual.into(), expected == actual)
        })
        .collect();
        if wanted > 0 || found > 0 {
            let count = |count: usize| format!("{count} nested results");
            comparisons.push(comparison("", count(wanted), count(found), wanted == found));
        }
        let rule = "nested_policies";
        (!comparisons.is_empty()).then(|| Demand {
            rule: rule.into(),
            alternatives: vec![Alternative { rule: rule.into(), comparisons }],
        })
    }
}
