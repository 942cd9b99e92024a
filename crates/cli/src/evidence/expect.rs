//! `serviceadmin policy test`: whether a policy makes of pieces of evidence what its authors expect.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use serde::Serialize;

use super::explain::Judgement;
use super::judge::{Judge, JudgeArgs};
use super::verify::{EvidenceArgs, Prepared, Verifiers};
use crate::failure::{Exit, Failure, Result};
use crate::output::{self, Format, View, printable};

/// The policy, and what is expected of it.
#[derive(Args, Debug, Clone, PartialEq)]
pub struct PolicyTest {
    /// Policy: a secret policy file (kind: SecretPolicy), or a policy alone
    #[arg(value_name = "YAML")]
    policy: PathBuf,
    /// Evidence that the policy must admit
    #[arg(long = "evidence", value_name = "FILE", num_args = 1.., required_unless_present = "denied")]
    admitted: Vec<PathBuf>,
    /// Evidence that the policy must deny
    #[arg(long, value_name = "FILE", num_args = 1..)]
    denied: Vec<PathBuf>,
    #[command(flatten)]
    judge: JudgeArgs,
    #[command(flatten)]
    evidence: EvidenceArgs,
}

/// What a policy makes of evidence.
#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
enum Verdict {
    Admitted,
    Denied,
    /// The evidence is not genuine, or lacks something.
    Refused,
}

/// A piece of evidence.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Case {
    evidence: String,
    expected: Verdict,
    found: Verdict,
    as_expected: bool,
    /// Why it is refused.
    refusal: Option<String>,
    #[serde(skip)]
    remedy: Option<&'static str>,
    policies: Vec<Judgement>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Tested {
    policy: String,
    passed: bool,
    cases: Vec<Case>,
}

impl PolicyTest {
    /// Holds every piece of evidence against the policy.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or, after the result was printed, a verdict that is not the expected
    /// one.
    pub(crate) fn run(&self, format: Format) -> Result<()> {
        let now = self.evidence.trust.now();
        let judge = self.judge.read(&self.policy, now)?;
        let verifiers = self.evidence.verifiers()?;
        let admitted = self.admitted.iter().map(|file| (file, Verdict::Admitted));
        let denied = self.denied.iter().map(|file| (file, Verdict::Denied));
        let mut cases = Vec::new();
        for (file, expected) in admitted.chain(denied) {
            for prepared in self.evidence.prepare_all(file)? {
                cases.push(self.case(file, &prepared, expected, (&judge, &verifiers, now)));
            }
        }
        let wrong = cases.iter().filter(|case| !case.as_expected).count();
        let (policy, all) = (self.policy.display().to_string(), cases.len());
        output::print(format, &Tested { policy, passed: wrong == 0, cases })?;
        match wrong {
            0 => Ok(()),
            _ => Err(Failure::new(
                Exit::Untrusted,
                format!("{}: {wrong} of {all} verdicts are not as expected", self.policy.display()),
            )
            .help("change the policy, or what is expected of it; the result has the explanation")),
        }
    }

    fn case(
        &self,
        file: &Path,
        prepared: &Prepared,
        expected: Verdict,
        (judge, verifiers, now): (&Judge, &Verifiers, SystemTime),
    ) -> Case {
        let (found, refusal, policies) =
            match self.evidence.verify(prepared, verifiers.strict(), now) {
                Err(refusal) => (Verdict::Refused, Some(refusal), Vec::new()),
                Ok(verified) => {
                    let policies = judge.judge(&verified);
                    let admitted = policies.iter().all(Judgement::admitted);
                    let found = if admitted { Verdict::Admitted } else { Verdict::Denied };
                    (found, None, policies)
                }
            };
        let evidence = file.display().to_string();
        let remedy = refusal.as_ref().map(|refusal| refusal.remedy);
        let refusal = refusal.map(|refusal| refusal.error);
        let as_expected = found == expected;
        // Evidence that is refused says nothing of the policy.
        Case { evidence, expected, found, as_expected, refusal, remedy, policies }
    }
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Denied => "denied",
            Self::Refused => "refused",
        }
    }
}

impl View for Tested {
    fn text(&self) -> String {
        let rows = self.cases.iter().map(|case| {
            let verdict = if case.as_expected { "ok" } else { "WRONG" };
            [
                printable(&case.evidence),
                case.expected.word().to_owned(),
                case.found.word().to_owned(),
                verdict.to_owned(),
            ]
        });
        let mut text = output::table(&["EVIDENCE", "EXPECTED", "FOUND", "RESULT"], rows);
        for case in self.cases.iter().filter(|case| !case.as_expected) {
            text.push_str(&format!("\n{}:\n", printable(&case.evidence)));
            text.extend(case.refusal.iter().map(|refusal| printable(refusal)));
            text.extend(case.remedy.iter().map(|remedy| format!("\n  help: {remedy}")));
            let explained = case.policies.iter().map(|judgement| judgement.text(false));
            text.push_str(&explained.collect::<Vec<_>>().join("\n"));
        }
        text
    }
}
