//! Which rule of a policy admits evidence or denies it, why, and what would make it pass.

use std::path::Path;

use aecs_attest::{Alternative, Comparison, Demand, Explanation};
use aecs_client::files::placed::PlacedPolicy;
use aecs_client::files::rule;
use serde::Serialize;

use super::genuine::Genuine;
use super::verify::Judge;
use crate::failure::{Exit, Failure};
use crate::output::{self, View, printable};

/// The result of `aecs-attest explain`.
#[derive(Serialize)]
pub(super) struct Explained {
    policy: String,
    admitted: bool,
    policies: Vec<Judgement>,
}

impl Explained {
    pub(super) fn new(judge: &Judge, genuine: &Genuine) -> Self {
        let policies = judge.judge(genuine);
        Self {
            policy: judge.file().display().to_string(),
            admitted: policies.iter().all(Judgement::admitted),
            policies,
        }
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        failure_of(&self.policies)
    }
}

impl View for Explained {
    fn text(&self) -> String {
        let texts: Vec<String> = self.policies.iter().map(Judgement::text).collect();
        texts.join("\n\n")
    }
}

/// What one policy makes of evidence.
#[derive(Serialize)]
pub(super) struct Judgement {
    /// The secret that the policy guards; none for a policy alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    admitted: bool,
    rules: Vec<Rule>,
    /// What would make it pass, in the rule that comes nearest to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remedies: Vec<Remedy>,
}

/// A rule, with everything it asks for.
#[derive(Serialize)]
struct Rule {
    /// The name that denials have for it.
    rule: String,
    /// Where it is.
    place: String,
    admits: bool,
    comparisons: Vec<Compared>,
}

#[derive(Serialize)]
struct Compared {
    attribute: String,
    expected: String,
    actual: String,
    holds: bool,
    /// Whether the rule says nothing, so that a default decides.
    default: bool,
}

#[derive(Serialize)]
struct Remedy {
    rule: String,
    place: String,
    attribute: String,
    expected: String,
    actual: String,
    /// What would have to be different about the attester.
    attester: &'static str,
    /// The line that the rule would need instead; none where no line helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_line: Option<String>,
    /// The key that the rule would have to do without.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_without: Option<&'static str>,
    /// What that would give up.
    #[serde(skip_serializing_if = "str::is_empty")]
    risk: &'static str,
}

/// What makes the tool fail: the first policy that denies.
pub(super) fn failure_of(policies: &[Judgement]) -> Option<Failure> {
    let denied = policies.iter().find(|judgement| !judgement.admitted)?;
    let whose = match &denied.secret {
        Some(secret) => format!("the policy of secret `{secret}`"),
        None => "the policy".to_owned(),
    };
    let failure = Failure::new(
        Exit::Untrusted,
        format!("{} denies this evidence: {}", printable(&whose), printable(&denied.reason())),
    );
    Some(match denied.remedies.first() {
        Some(remedy) => failure.help(remedy.help()),
        None => failure.help("add a rule: `aecs-attest policy` prints one for evidence"),
    })
}

impl Judgement {
    pub(super) fn new(file: &Path, placed: &PlacedPolicy, explanation: &Explanation) -> Self {
        let place = |rule: &str| match placed.place_of(rule) {
            Some((line, column)) => format!("{}:{line}:{column}", file.display()),
            None => rule.to_owned(),
        };
        let alternatives =
            explanation.demands.iter().flat_map(|demand: &Demand| demand.alternatives.iter());
        let remedies = explanation.nearest().flat_map(|alternative| {
            let failures = alternative.failures();
            failures.filter_map(|failed| Remedy::new(alternative, failed, &place))
        });
        Self {
            secret: placed.secret.clone(),
            admitted: explanation.admits(),
            rules: alternatives.map(|alternative| Rule::new(alternative, &place)).collect(),
            remedies: remedies.collect(),
        }
    }

    pub(super) fn admitted(&self) -> bool {
        self.admitted
    }

    /// Why it is denied, in a line.
    fn reason(&self) -> String {
        let reasons: Vec<String> = self
            .remedies
            .iter()
            .map(|r| format!("{} expected {}, found {}", r.name(), r.expected, r.actual))
            .collect();
        match self.remedies.first() {
            Some(remedy) => {
                format!("nearest is the rule at {}: {}", remedy.place, reasons.join("; "))
            }
            None => "it has no rule".to_owned(),
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if let Some(secret) = &self.secret {
            text.push_str(&format!("secret {}: ", printable(secret)));
        }
        text.push_str(if self.admitted { "ADMITTED" } else { "DENIED" });
        if let (true, Some(rule)) = (self.admitted, self.rules.iter().find(|rule| rule.admits)) {
            text.push_str(&format!(" by the rule at {}", printable(&rule.place)));
        }
        text.push('\n');
        text.push_str(&output::table(
            &["RULE", "ATTRIBUTE", "EXPECTED", "FOUND", "VERDICT"],
            self.rules.iter().flat_map(Rule::rows),
        ));
        if !self.remedies.is_empty() {
            text.push_str("\nWhat would make it pass:");
        }
        for remedy in &self.remedies {
            text.push('\n');
            text.push_str(&printable(&remedy.text()));
        }
        text
    }
}

impl Rule {
    fn new(alternative: &Alternative, place: &impl Fn(&str) -> String) -> Self {
        let compared = |comparison: &Comparison| Compared {
            attribute: comparison.attribute.clone(),
            expected: comparison.expected.clone(),
            actual: comparison.actual.clone(),
            holds: comparison.holds,
            default: comparison.default,
        };
        Self {
            rule: alternative.rule.clone(),
            place: place(&alternative.rule),
            admits: alternative.holds(),
            comparisons: alternative.comparisons.iter().map(compared).collect(),
        }
    }

    fn rows(&self) -> Vec<[String; 5]> {
        if self.comparisons.is_empty() {
            let nothing = "asks for nothing".to_owned();
            return vec![[self.place.clone(), String::new(), nothing, String::new(), "ok".into()]];
        }
        let row = |compared: &Compared| {
            [
                self.place.clone(),
                name(&compared.attribute).to_owned(),
                compared.expected.clone(),
                compared.actual.clone(),
                if compared.holds { "ok" } else { "MISMATCH" }.to_owned(),
            ]
        };
        self.comparisons.iter().map(row).collect()
    }
}

impl Remedy {
    fn new(
        alternative: &Alternative,
        failed: &Comparison,
        place: &impl Fn(&str) -> String,
    ) -> Option<Self> {
        let remedy = failed.remedy.as_ref()?;
        let entry = remedy.entry.as_deref();
        let line = |value: &str| rule::line(&failed.attribute, value);
        let without = entry.filter(|value| value.is_empty());
        Some(Self {
            rule: alternative.rule.clone(),
            place: place(&alternative.rule),
            attribute: failed.attribute.clone(),
            expected: failed.expected.clone(),
            actual: failed.actual.clone(),
            attester: remedy.attester,
            rule_line: entry.filter(|value| !value.is_empty()).and_then(line),
            rule_without: without.and_then(|_| rule::key_of(&failed.attribute)),
            risk: remedy.risk,
        })
    }

    fn name(&self) -> &str {
        name(&self.attribute)
    }

    fn text(&self) -> String {
        let Self { place, expected, actual, attester, risk, .. } = self;
        let mut text = format!("  {place}: {}: expected {expected}, found {actual}", self.name());
        if !attester.is_empty() {
            text.push_str(&format!("\n    at the attester: {attester}"));
        }
        if let Some(change) = self.change() {
            text.push_str(&format!("\n    or in the rule: {change}"));
            if !risk.is_empty() {
                text.push_str(&format!("\n    (careful: {risk})"));
            }
        }
        text
    }

    /// How the rule would have to be changed.
    fn change(&self) -> Option<String> {
        let without = || self.rule_without.map(|key| format!("no line with `{key}`"));
        self.rule_line.clone().or_else(without)
    }

    fn help(&self) -> String {
        match (self.attester, self.change()) {
            ("", Some(change)) => format!("the rule would admit it with {change}"),
            (attester, Some(change)) => format!("{attester}; or change the rule: {change}"),
            (attester, None) => attester.to_owned(),
        }
    }
}

/// The key that rules have for an attribute, where they have one.
fn name(attribute: &str) -> &str {
    match attribute {
        "" => "number of results",
        _ => rule::key_of(attribute).unwrap_or(attribute),
    }
}
