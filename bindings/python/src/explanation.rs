//! What a policy makes of evidence, as `aecs.Explanation` has it.

use aecs_attest::{Alternative, Comparison, Explanation};
use aecs_client::files::placed::PlacedPolicy;
use aecs_client::files::rule;
use pyo3::prelude::*;

#[derive(IntoPyObject)]
pub(crate) struct Explained {
    admits: bool,
    demands: Vec<Demanded>,
}

#[derive(IntoPyObject)]
struct Demanded {
    rule: String,
    satisfied: bool,
    alternatives: Vec<Told>,
}

#[derive(IntoPyObject)]
struct Told {
    rule: String,
    line: Option<u64>,
    holds: bool,
    comparisons: Vec<Compared>,
}

#[derive(IntoPyObject)]
struct Compared {
    attribute: String,
    key: Option<&'static str>,
    expected: String,
    actual: String,
    holds: bool,
    default: bool,
    attester: String,
    rule_line: Option<String>,
    risk: &'static str,
}

impl Explained {
    pub(crate) fn new(placed: &PlacedPolicy, explanation: &Explanation) -> Self {
        let demand = |demand: &aecs_attest::Demand| Demanded {
            rule: demand.rule.clone(),
            satisfied: demand.satisfied_by().is_some(),
            alternatives: demand.alternatives.iter().map(|it| Told::new(placed, it)).collect(),
        };
        Self {
            admits: explanation.admits(),
            demands: explanation.demands.iter().map(demand).collect(),
        }
    }
}

impl Told {
    fn new(placed: &PlacedPolicy, alternative: &Alternative) -> Self {
        Self {
            rule: alternative.rule.clone(),
            line: placed.place_of(&alternative.rule).map(|(line, _)| line),
            holds: alternative.holds(),
            comparisons: alternative.comparisons.iter().map(Compared::from).collect(),
        }
    }
}

impl From<&Comparison> for Compared {
    fn from(compared: &Comparison) -> Self {
        let remedy = compared.remedy.as_ref();
        let entry = remedy.and_then(|remedy| remedy.entry.as_deref());
        let entry = entry.filter(|value| !value.is_empty());
        Self {
            attribute: compared.attribute.clone(),
            key: rule::key_of(&compared.attribute),
            expected: compared.expected.clone(),
            actual: compared.actual.clone(),
            holds: compared.holds,
            default: compared.default,
            attester: remedy.map(|remedy| remedy.attester.to_string()).unwrap_or_default(),
            rule_line: entry.and_then(|value| rule::line(&compared.attribute, value)),
            risk: remedy.map_or("", |remedy| remedy.risk),
        }
    }
}
