//! Why a policy admits an attester or does not, and what would change that.
//!
//! An explanation is for people: it never admits anybody. It is the evaluation by which
//! [`Policy::admit`] decides, in words.

use std::borrow::Cow;

use serde::Serialize;

use super::advice;
use super::evaluation::{Denial, Finding, Mismatch, Part, Subject, denial};
use super::rule::Test;
use super::rules::{Circumstances, PartName, Policy};
use crate::attributes::kind::Kind;
use crate::attributes::table::PLATFORM;
use crate::attributes::value::{Value, acceptable};

/// What a policy demands, and whether an attester satisfies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Everything that is demanded, all of which has to be satisfied.
    pub demands: Vec<Demand>,
    denial: Option<Denial>,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// The values that the entry asks for, as it has them.
    #[serde(skip)]
    pub asked: Vec<String>,
    /// What would make it hold; only where it does not.
    #[serde(skip)]
    pub remedy: Option<Remedy>,
}

/// What would make a comparison hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// What the entry would have to say; an empty text to say nothing about the attribute. None
    /// where no entry helps.
    pub entry: Option<String>,
    /// What would have to be different about the attester instead; empty where nothing can be.
    pub attester: Cow<'static, str>,
    /// What the verifier would have to be given: its collateral decides this, not the attester; empty
    /// where that changes nothing.
    pub verifier: &'static str,
    /// What is given up by changing the entry; empty where it is only a matter of whom to admit.
    pub risk: &'static str,
}

impl Explanation {
    /// Whether the policy would admit the attester.
    #[must_use]
    pub fn admits(&self) -> bool {
        self.denial.is_none()
    }

    /// Everything that does not match, as a [`Denial`] has it.
    #[must_use]
    pub fn mismatches(&self) -> Vec<Mismatch> {
        self.denial.iter().flat_map(|denial| denial.mismatches.clone()).collect()
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
        self.failures().find(|failed| failed.attribute == PLATFORM.name)
    }

    /// What is asked for and was not found.
    pub fn failures(&self) -> impl Iterator<Item = &Comparison> {
        self.comparisons.iter().filter(|comparison| !comparison.holds)
    }
}

impl Policy {
    /// Says of every part of the policy whether the attester satisfies it, and what would make it.
    ///
    /// For nested attesters this needs [`Attributes`](crate::Attributes): of evidence alone nobody
    /// is known to have signed its nested results.
    #[must_use]
    pub fn explain<'a>(
        &'a self,
        attester: impl Into<Subject<'a>>,
        circumstances: impl Into<Circumstances<'a>>,
    ) -> Explanation {
        let (subject, circumstances) = (attester.into(), circumstances.into());
        Explanation {
            demands: self.parts(subject, circumstances).map(|part| demand(&part)).collect(),
            denial: denial(self.parts(subject, circumstances)),
        }
    }
}

fn demand(part: &Part<'_>) -> Demand {
    let alternatives = part.rules.iter().enumerate().map(|(i, rule)| Alternative {
        rule: part.rule_name(i),
        comparisons: part.findings(rule).map(|finding| comparison(&finding, part)).collect(),
    });
    Demand { rule: part.name.to_string(), alternatives: alternatives.collect() }
}

fn comparison(finding: &Finding<'_>, part: &Part<'_>) -> Comparison {
    Comparison {
        attribute: finding.attribute.name.into(),
        expected: finding.expected(),
        actual: finding.actual(),
        holds: finding.holds,
        default: finding.default,
        asked: finding.asked(),
        remedy: (!finding.holds).then(|| remedy(finding, part)),
    }
}

fn remedy(finding: &Finding<'_>, part: &Part<'_>) -> Remedy {
    let (attribute, found) = (finding.attribute, finding.found.as_deref());
    let Test::AnyOf(expected) = &*finding.test else {
        // A rule excludes, or ends, on purpose.
        let attester = match &*finding.test {
            Test::NoneOf(..) | Test::InNoList(..) => advice::EXCLUDED,
            _ => attribute.advice,
        };
        let verifier = advice::verifier(attribute, found);
        return Remedy { entry: None, attester: attester.into(), verifier, risk: "" };
    };
    let attester = advice::attester(attribute, found, part);
    let verifier = advice::verifier(attribute, found);
    let never = matches!(found, Some(Value::Statuses(statuses)) if !acceptable(statuses));
    // Without the declaration the rule would pin nothing; and no entry changes the key that a
    // policy names, or the number of its nested attesters.
    let fixed = attribute.kind == Kind::Declared || attribute.name.is_empty();
    if never || fixed || part.name == PartName::Key {
        return Remedy { entry: None, attester, verifier, risk: "" };
    }
    let relaxed = |(expected, found): (&Value, &Value)| expected.relaxed(found);
    let entry = expected.first().zip(found).and_then(relaxed).unwrap_or_default();
    Remedy { entry: Some(entry), attester, verifier, risk: advice::risk(attribute, found) }
}
