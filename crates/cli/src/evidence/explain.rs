//! Which rule of a policy admits evidence or denies it, why, and what would make it pass.

mod text;

use std::path::Path;

use aecs_attest::{Alternative, Comparison, Demand, Explanation};
use aecs_client::files::placed::PlacedPolicy;
use aecs_client::files::rule;
use aecs_client::files::secret_policy::OpenRule;
use serde::Serialize;

use super::judge::Judge;
use super::verified::VerifiedEvidence;
use crate::failure::{Exit, Failure};
use crate::output::{View, printable};

/// The result of `aecs-attest explain`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Explained {
    policy: String,
    admitted: bool,
    /// Whether revocation was checked, and by what; evidence that is not checked is not admitted.
    revocation: String,
    /// Whether a device's measurements are its vendor's; none for platforms without reference values.
    reference_values: Option<String>,
    #[serde(skip)]
    refused: bool,
    policies: Vec<Judgement>,
}

impl Explained {
    /// `acceptable` says whether the evidence lacks nothing that a verifier wants.
    pub(super) fn new(judge: &Judge, verified: &VerifiedEvidence, acceptable: bool) -> Self {
        let policies = judge.judge(verified);
        Self {
            policy: judge.file().display().to_string(),
            admitted: acceptable && policies.iter().all(Judgement::admitted),
            revocation: verified.revocation().to_string(),
            reference_values: verified.reference_values().map(ToString::to_string),
            refused: !acceptable,
            policies,
        }
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        failure_of(&self.policies)
    }
}

impl View for Explained {
    fn text(&self) -> String {
        let texts = self.policies.iter().map(|judgement| judgement.text(self.refused));
        let revocation = format!("revocation: {}", self.revocation);
        let values = self.reference_values.iter().map(|values| format!("RIM: {values}"));
        let last = std::iter::once(revocation).chain(values).collect::<Vec<_>>().join("\n");
        texts.chain([last]).collect::<Vec<_>>().join("\n\n")
    }
}

/// What one policy makes of evidence.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Judgement {
    /// The secret that the policy guards; none for a policy alone.
    secret: Option<String>,
    admitted: bool,
    /// Why servers refuse the policy itself: a rule of it lets everybody in.
    open_rule: Option<String>,
    rules: Vec<Rule>,
    /// The evidence's platform, where no rule is for it.
    no_rule_for: Option<String>,
    /// What would make it pass, in the rule that comes nearest to it.
    remedies: Vec<Remedy>,
}

/// A rule, with everything it asks for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Rule {
    /// The name that denials have for it.
    rule: String,
    /// Where it is.
    place: String,
    admits: bool,
    #[cfg_attr(test, schemars(with = "Vec<crate::schema::Comparison>"))]
    comparisons: Vec<Comparison>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Remedy {
    rule: String,
    place: String,
    attribute: String,
    expected: String,
    actual: String,
    /// What would have to be different about the attester.
    attester: String,
    /// What the verifier would have to be given.
    verifier: &'static str,
    /// The line that the rule would need instead; none where no line helps.
    rule_line: Option<String>,
    /// The key that the rule would have to do without.
    rule_without: Option<&'static str>,
    /// What that would give up.
    risk: &'static str,
}

/// What makes the tool fail: the first policy that denies.
pub(super) fn failure_of(policies: &[Judgement]) -> Option<Failure> {
    let denied = policies.iter().find(|judgement| !judgement.admitted)?;
    let whose = match &denied.secret {
        Some(secret) => format!("the policy of secret `{secret}`"),
        None => "the policy".to_owned(),
    };
    if let Some(rule) = &denied.open_rule {
        let what = format!("servers refuse {}: {}", printable(&whose), printable(rule));
        return Some(Failure::new(Exit::Untrusted, what));
    }
    let failure = Failure::new(
        Exit::Untrusted,
        format!("{} denies this evidence: {}", printable(&whose), printable(&denied.reason())),
    );
    Some(match denied.remedies.as_slice() {
        [] => failure.help(text::ADD_A_RULE),
        [one] => failure.help(one.help()),
        [first, ..] => failure.help(format!("{}; the result lists the others", first.help())),
    })
}

impl Judgement {
    pub(super) fn new(
        file: &Path,
        placed: &PlacedPolicy,
        explanation: &Explanation,
        open: Option<&OpenRule>,
    ) -> Self {
        let place = |rule: &str| match placed.place_of(rule) {
            Some((line, column)) => format!("{}:{line}:{column}", file.display()),
            // What a rule for all nested results together is called in a file.
            None => rule.replace("nested_policies", "nestedPolicies"),
        };
        let alternatives =
            explanation.demands.iter().flat_map(|demand: &Demand| demand.alternatives.iter());
        let rules: Vec<Rule> =
            alternatives.map(|alternative| Rule::new(alternative, &place)).collect();
        let (other, nearest): (Vec<_>, Vec<_>) =
            explanation.nearest().partition(|alternative| alternative.other_platform().is_some());
        let remedies = nearest.into_iter().flat_map(|alternative| {
            let failures = alternative.failures();
            failures.filter_map(|failed| Remedy::new(alternative, failed, &place, &rules))
        });
        let remedies = remedies.collect();
        let no_rule_for = other.first().and_then(|alternative| alternative.other_platform());
        Self {
            secret: placed.secret.clone(),
            admitted: explanation.admits() && open.is_none(),
            open_rule: open.map(ToString::to_string),
            no_rule_for: no_rule_for.map(|platform| platform.actual.clone()),
            rules,
            remedies,
        }
    }

    pub(super) fn admitted(&self) -> bool {
        self.admitted
    }

    /// Why it is denied, in a line.
    fn reason(&self) -> String {
        if let Some(platform) = &self.no_rule_for {
            return format!("no rule is for platform {platform}");
        }
        let reason = |remedy: &Remedy| {
            let (expected, found) = (text::brief(&remedy.expected), text::brief(&remedy.actual));
            format!("{} expected {expected}, found {found}", remedy.name())
        };
        let reasons: Vec<String> = self.remedies.iter().map(reason).collect();
        match self.remedies.first() {
            Some(remedy) => {
                format!("nearest is the rule at {}: {}", remedy.place, reasons.join("; "))
            }
            None => "it has no rule".to_owned(),
        }
    }
}

impl Rule {
    fn new(alternative: &Alternative, place: &impl Fn(&str) -> String) -> Self {
        Self {
            rule: alternative.rule.clone(),
            place: place(&alternative.rule),
            admits: alternative.holds(),
            comparisons: alternative.comparisons.clone(),
        }
    }
}

impl Remedy {
    fn new(
        alternative: &Alternative,
        failed: &Comparison,
        place: &impl Fn(&str) -> String,
        rules: &[Rule],
    ) -> Option<Self> {
        let remedy = failed.remedy.as_ref()?;
        let entry = remedy.entry.as_deref();
        let place = place(&alternative.rule);
        // The values that the rule admits stay admitted.
        let line = |value: &str| {
            let mut values = asked_for(rules, &place, &failed.attribute);
            values.push(value);
            let any = rule::line_of_any(&failed.attribute, &values);
            any.or_else(|| rule::line(&failed.attribute, value))
        };
        let without = entry.filter(|value| value.is_empty());
        Some(Self {
            rule: alternative.rule.clone(),
            attribute: failed.attribute.clone(),
            expected: failed.expected.clone(),
            actual: failed.actual.clone(),
            attester: remedy.attester.to_string(),
            verifier: remedy.verifier,
            rule_line: entry.filter(|value| !value.is_empty()).and_then(line),
            rule_without: without.and_then(|_| rule::key_of(&failed.attribute)),
            risk: remedy.risk,
            place,
        })
    }

    fn name(&self) -> &str {
        name(&self.attribute)
    }

    /// How the rule would have to be changed.
    fn change(&self) -> Option<String> {
        let without = || self.rule_without.map(|key| format!("no line with `{key}`"));
        self.rule_line.clone().or_else(without)
    }

    fn help(&self) -> String {
        let verifier = match self.verifier {
            "" => String::new(),
            verifier => format!("at the verifier: {verifier}"),
        };
        let advice = [verifier.as_str(), self.attester.as_str()].into_iter();
        let advice = advice.filter(|it| !it.is_empty()).collect::<Vec<_>>().join("; ");
        match (advice.as_str(), self.change()) {
            ("", Some(change)) => format!("the rule would admit it with {change}"),
            (advice, Some(change)) => format!("{advice}; or change the rule: {change}"),
            (advice, None) => advice.to_owned(),
        }
    }
}

/// The values of an attribute that the rule at a place asks for, each once.
fn asked_for<'a>(rules: &'a [Rule], place: &str, attribute: &str) -> Vec<&'a str> {
    let mut values = Vec::new();
    let of_rule = rules.iter().filter(|rule| rule.place == place);
    let compared = of_rule.flat_map(|rule| &rule.comparisons);
    let asked = compared.filter(|compared| compared.attribute == attribute);
    for value in asked.flat_map(|compared| &compared.asked) {
        if !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    values
}

/// The key that rules have for an attribute, where they have one.
fn name(attribute: &str) -> &str {
    match attribute {
        "" => "number of results",
        _ => rule::key_of(attribute).unwrap_or(attribute),
    }
}
