//! What became of a file of evidence: the result of `aecs-attest verify`.

use std::path::Path;
use std::time::SystemTime;

use aecs_attest::TcbGap;
use serde::Serialize;
use serde_json::{Map, Value};

use super::explain::{Judgement, failure_of};
use super::judge::Judge;
use super::verified::{Binding, VerifiedEvidence};
use super::verify::Prepared;
use crate::failure::{Exit, Failure};
use crate::output::{self, View, printable};
use crate::view::time_text;

/// Why evidence was refused.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Refusal {
    /// The check that failed.
    pub(super) check: String,
    pub(super) expected: Option<String>,
    pub(super) actual: Option<String>,
    /// The error with its causes.
    pub(super) error: String,
    pub(super) remedy: &'static str,
    #[serde(skip)]
    pub(super) exit: Exit,
}

impl Refusal {
    pub(super) fn failure(&self) -> Failure {
        Failure::new(self.exit, printable(&self.error)).help(self.remedy)
    }
}

/// The result for one file.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    file: String,
    form: String,
    platform: &'static str,
    verified_at: String,
    genuine: bool,
    /// Whether every policy that was given admits it; none without a policy.
    admitted: Option<bool>,
    refusal: Option<Refusal>,
    #[serde(flatten)]
    facts: Option<Facts>,
    policies: Vec<Judgement>,
}

/// What genuine evidence says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Facts {
    backing: &'static str,
    tcb_status: &'static str,
    /// Why it is not up to date.
    tcb_gaps: Vec<Gap>,
    revocation: String,
    /// Whether a device's measurements are its vendor's; none for platforms without reference values.
    reference_values: Option<String>,
    valid_from: String,
    valid_until: String,
    key_binding: Binding,
    attributes: Map<String, Value>,
    checks: Vec<Check>,
}

/// What keeps a platform from being up to date.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Gap {
    parts: Vec<OldPart>,
    /// Since when the vendor wants more.
    since: Option<String>,
    advisory_ids: Vec<String>,
    #[serde(skip)]
    text: String,
}

/// A part of a platform, its security version, and the lowest one that is up to date.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct OldPart {
    part: String,
    svn: u32,
    wanted: u32,
}

impl From<&TcbGap> for Gap {
    fn from(gap: &TcbGap) -> Self {
        let part = |old: &aecs_attest::OldPart| OldPart {
            part: old.part.clone(),
            svn: old.svn,
            wanted: old.wanted,
        };
        Self {
            parts: gap.parts.iter().map(part).collect(),
            since: gap.since.clone(),
            advisory_ids: gap.advisory_ids.clone(),
            text: gap.to_string(),
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Check {
    check: &'static str,
    detail: String,
}

impl Outcome {
    pub(super) fn new(
        file: &Path,
        prepared: &Prepared,
        now: SystemTime,
        verified: Result<VerifiedEvidence, Refusal>,
        judge: Option<&Judge>,
    ) -> Self {
        let outcome = Self {
            file: file.display().to_string(),
            form: prepared.form().to_owned(),
            platform: prepared.platform().as_str(),
            verified_at: time_text(now),
            genuine: verified.is_ok(),
            admitted: None,
            refusal: None,
            facts: None,
            policies: Vec::new(),
        };
        match verified {
            Err(refusal) => Self { refusal: Some(refusal), ..outcome },
            Ok(verified) => {
                let policies = judge.map(|judge| judge.judge(&verified)).unwrap_or_default();
                Self {
                    admitted: judge.map(|_| policies.iter().all(Judgement::admitted)),
                    facts: Some(Facts::of(&verified)),
                    policies,
                    ..outcome
                }
            }
        }
    }

    fn key_not_checked(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.key_binding.status == "notChecked")
    }

    /// What makes the tool fail: evidence that is refused or not admitted.
    fn failure(&self) -> Option<Failure> {
        let failure = match &self.refusal {
            Some(refusal) => Some(refusal.failure()),
            None => failure_of(&self.policies),
        };
        failure.map(|failure| failure.context(printable(&self.file)))
    }

    fn verdict(&self) -> &'static str {
        match (self.genuine, self.admitted) {
            (false, _) => "REFUSED",
            (true, None) => "GENUINE",
            (true, Some(true)) => "GENUINE and ADMITTED",
            (true, Some(false)) => "GENUINE, but DENIED",
        }
    }
}

impl Facts {
    fn of(verified: &VerifiedEvidence) -> Self {
        let (from, until) = verified.window();
        Self {
            backing: verified.backing(),
            tcb_status: verified.tcb_status().as_str(),
            tcb_gaps: verified.tcb_gaps().iter().map(Gap::from).collect(),
            revocation: verified.revocation().to_string(),
            reference_values: verified.reference_values().map(ToString::to_string),
            valid_from: time_text(from),
            valid_until: time_text(until),
            key_binding: verified.binding(),
            attributes: verified.attributes(),
            checks: verified
                .checks()
                .iter()
                .map(|passed| Check {
                    check: passed.check.name(),
                    detail: passed.detail.to_string(),
                })
                .collect(),
        }
    }
}

/// What became of a file, or of one piece of evidence in it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(super) enum FileOutcome {
    /// What was found out about the evidence in it.
    Evidence(Box<Outcome>),
    /// It could not be read.
    Unread(Unread),
}

/// A file that is not there, or is no evidence.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Unread {
    file: String,
    genuine: bool,
    unread: Unreadable,
    #[serde(skip)]
    failure: Failure,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Unreadable {
    error: String,
}

impl FileOutcome {
    pub(super) fn unread(file: &Path, failure: Failure) -> Self {
        let unread = Unreadable { error: failure.message().to_owned() };
        Self::Unread(Unread { file: file.display().to_string(), genuine: false, unread, failure })
    }

    /// Whether the evidence binds a key that nobody has shown.
    pub(super) fn key_not_checked(&self) -> bool {
        matches!(self, Self::Evidence(outcome) if outcome.key_not_checked())
    }

    /// What makes the tool fail.
    pub(super) fn failure(&self) -> Option<Failure> {
        match self {
            Self::Evidence(outcome) => outcome.failure(),
            Self::Unread(unread) => Some(unread.failure.clone()),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Evidence(outcome) => outcome.text(),
            Self::Unread(unread) => {
                format!(
                    "{}: NOT READ\n{}",
                    printable(&unread.file),
                    printable(&unread.unread.error)
                )
            }
        }
    }
}

/// The results for all files; in JSON always a list.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub(super) struct Outcomes<'a>(pub(super) &'a [FileOutcome]);

impl View for Outcomes<'_> {
    fn text(&self) -> String {
        let texts: Vec<String> = self.0.iter().map(FileOutcome::text).collect();
        texts.join("\n\n")
    }
}

impl Outcome {
    fn text(&self) -> String {
        let mut text = format!("{}: {}\n", printable(&self.file), self.verdict());
        let mut summary = vec![
            ("platform", self.platform.to_owned()),
            ("form", self.form.clone()),
            ("verified at", self.verified_at.clone()),
        ];
        if let Some(facts) = &self.facts {
            let until = format!("{} to {}", facts.valid_from, facts.valid_until);
            summary.extend([
                ("backed by", facts.backing.to_owned()),
                ("TCB status", facts.tcb_status.to_owned()),
            ]);
            summary.extend(facts.tcb_gaps.iter().map(|gap| ("old", gap.text.clone())));
            summary.extend([("revocation", facts.revocation.clone())]);
            let values = facts.reference_values.iter();
            summary.extend(values.map(|values| ("RIM", values.clone())));
            summary.extend([("holds", until), ("key binding", facts.key_binding.text.to_owned())]);
        }
        if let Some(refusal) = &self.refusal {
            summary.extend([
                ("failed check", refusal.check.clone()),
                ("expected", refusal.expected.clone().unwrap_or_default()),
                ("found", refusal.actual.clone().unwrap_or_default()),
            ]);
        }
        text.push_str(&output::properties(summary));
        if let Some(facts) = &self.facts {
            let attributes = facts
                .attributes
                .iter()
                .map(|(name, value)| [name.clone(), value.as_str().unwrap_or_default().to_owned()]);
            let checks =
                facts.checks.iter().map(|check| [check.check.to_owned(), check.detail.clone()]);
            text.push('\n');
            text.push_str(&output::table(&["ATTRIBUTE", "VALUE"], attributes));
            text.push('\n');
            text.push_str(&output::table(&["CHECK THAT HELD", "DETAIL"], checks));
        }
        for judgement in &self.policies {
            text.push('\n');
            text.push_str(&judgement.text(false));
        }
        text
    }
}
