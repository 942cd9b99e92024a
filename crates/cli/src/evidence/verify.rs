//! `aecs-attest verify` and `explain`: from files to verdicts.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aecs_attest::{Acceptance, Error, Platform, Policy, Verifier};
use aecs_client::files::placed::{PlacedPolicy, PolicyFile};
use aecs_proto::{UnifiedAttestationAuthReport, UnifiedAttestationReport};
use clap::Args;

use super::endorse::{EndorsementArgs, Endorsements};
use super::explain::{Explained, Judgement};
use super::form::Found;
use super::genuine::{Genuine, Key};
use super::outcome::{Outcome, Outcomes, Refusal};
use super::trust::TrustArgs;
use super::{advice, form, input};
use crate::failure::{Exit, Failure, Result, with_causes};
use crate::output::{self, Format};
use crate::{files, tool};

/// How evidence is to be read and verified.
#[derive(Args, Debug, Clone)]
pub(super) struct EvidenceArgs {
    /// Take the file for evidence of this platform, instead of recognising its form
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<Platform>,
    /// Public key (PEM) that the evidence has to bind
    #[arg(long, value_name = "PEM")]
    key: Option<PathBuf>,
    /// Freshness value that the evidence has to have
    #[arg(long, value_name = "HEX", value_parser = hexadecimal)]
    nonce: Option<Nonce>,
    #[command(flatten)]
    endorsements: EndorsementArgs,
    #[command(flatten)]
    pub(super) trust: TrustArgs,
}

/// Against what evidence is to be held.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Policy")]
pub(super) struct PolicyArgs {
    /// Policy: a secret policy file (kind: SecretPolicy), or a policy alone
    #[arg(long, value_name = "YAML")]
    policy: Option<PathBuf>,
    /// Only the policy of this secret
    #[arg(long, value_name = "NAME", requires = "policy")]
    secret: Option<String>,
}

/// A freshness value, in upper case hexadecimal.
#[derive(Debug, Clone)]
struct Nonce(String);

fn hexadecimal(text: &str) -> std::result::Result<Nonce, String> {
    match hex::decode(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(Nonce(hex::encode_upper(bytes))),
        _ => Err("write hexadecimal digits, two for each byte".to_owned()),
    }
}

/// Evidence that was read, and everything to verify it with.
pub(super) struct Prepared {
    form: String,
    platform: Platform,
    report: UnifiedAttestationReport,
    key: Option<(String, Key)>,
}

impl EvidenceArgs {
    /// Reads a file with one piece of evidence; nothing is verified.
    pub(super) fn prepare(&self, file: &Path) -> Result<Prepared> {
        let mut prepared = self.prepare_all(file)?;
        match (prepared.pop(), prepared.len()) {
            (Some(one), 0) => Ok(one),
            (_, others) => Err(Failure::bad_input(format!(
                "{} has evidence of {} devices",
                file.display(),
                others + 1
            ))
            .help("`aecs-attest verify` takes them all; give the one that you mean, in a list")),
        }
    }

    /// Reads all evidence in a file; nothing is verified.
    pub(super) fn prepare_all(&self, file: &Path) -> Result<Vec<Prepared>> {
        let mut endorsements: Endorsements = self.endorsements.read()?;
        endorsements.intel = self.trust.intel()?;
        let contents = input::read(file, "evidence")?;
        form::recognise(contents, self.platform, &mut endorsements)
            .and_then(|found| found.into_iter().map(|one| self.with(one, &endorsements)).collect())
            .map_err(|failure| failure.context(file.display()))
    }

    /// What was found, with the endorsements and the key that belong to it.
    fn with(&self, found: Found, endorsements: &Endorsements) -> Result<Prepared> {
        let key = match &self.key {
            Some(path) => Some((files::read_text(path, "public key")?, Key::Given)),
            None if found.pem_public_key.is_empty() => None,
            None => Some((found.pem_public_key.clone(), Key::WithEvidence)),
        };
        let (form, platform) = (found.form.clone(), found.platform);
        let report = found.into_report(endorsements)?;
        Ok(Prepared { form, platform, report, key })
    }

    /// The verifier for all files.
    pub(super) fn verifier(&self) -> Result<Verifier> {
        self.trust.verifier(self.trust.source()?)
    }

    /// Verifies what was read.
    pub(super) fn verify(
        &self,
        prepared: &Prepared,
        verifier: &Verifier,
        now: SystemTime,
    ) -> std::result::Result<Genuine, Refusal> {
        let refused = |error: Error| Refusal::of(&error, prepared.platform);
        let genuine = prepared.verify(verifier, now).map_err(refused)?;
        match &self.nonce {
            Some(nonce) => nonce.check(genuine),
            None => Ok(genuine),
        }
    }
}

impl Prepared {
    pub(super) fn form(&self) -> &str {
        &self.form
    }

    pub(super) fn platform(&self) -> Platform {
        self.platform
    }

    /// The report, for a verification whose outcome does not matter.
    pub(super) fn report(&self) -> &UnifiedAttestationReport {
        &self.report
    }

    fn verify(&self, verifier: &Verifier, now: SystemTime) -> aecs_attest::Result<Genuine> {
        let Some((pem, key)) = &self.key else {
            return Ok(Genuine::Alone(Box::new(verifier.appraise(&self.report, now)?)));
        };
        let report = UnifiedAttestationAuthReport {
            report: Some(self.report.clone()),
            pem_public_key: pem.clone(),
        };
        let attributes = Box::new(verifier.verify(&report, now)?);
        Ok(Genuine::Bound { attributes, key: *key })
    }
}

impl Nonce {
    /// User data has a fixed length; zeros behind the nonce are no part of it.
    fn check(&self, genuine: Genuine) -> std::result::Result<Genuine, Refusal> {
        let actual = genuine.nonce();
        let padded = |rest: &str| rest.bytes().all(|digit| digit == b'0');
        if actual.strip_prefix(&self.0).is_some_and(padded) {
            return Ok(genuine);
        }
        let actual = if actual.is_empty() { "none".to_owned() } else { actual };
        Err(Refusal {
            check: "nonce".into(),
            expected: Some(self.0.clone()),
            error: format!("nonce: expected {}, found {actual}", self.0),
            actual: Some(actual),
            remedy: "the evidence is not fresh, or not meant for you: ask for a new one with your \
                     nonce",
            exit: Exit::Untrusted,
        })
    }
}

/// `aecs-attest verify`.
pub(super) fn run(
    files: &[PathBuf],
    evidence: &EvidenceArgs,
    policy: &PolicyArgs,
    format: Format,
) -> Result<()> {
    let judge = policy.read()?;
    let verifier = evidence.verifier()?;
    let now = evidence.trust.now();
    let mut outcomes = Vec::new();
    let mut unread = Vec::new();
    for file in files {
        match evidence.prepare_all(file) {
            Ok(all) => outcomes.extend(all.into_iter().map(|prepared| {
                let genuine = evidence.verify(&prepared, &verifier, now);
                Outcome::new(file, &prepared, now, genuine, judge.as_ref())
            })),
            // One file that is none is no obstacle to the others.
            Err(failure) => unread.push(failure),
        }
    }
    if outcomes.is_empty() {
        // Then there is nothing to show.
        return unread.into_iter().next().map_or(Ok(()), Err);
    }
    output::print(format, &Outcomes(&outcomes))?;
    if outcomes.iter().any(Outcome::key_not_checked) {
        tool::warn(
            "the key binding was NOT checked: this says what the evidence is, not who shows it; \
             give the public key with --key",
        );
    }
    let of = match unread.len() + outcomes.len() {
        of if of == files.len() => format!("{of} files"),
        of => format!("{of} pieces of evidence"),
    };
    let failures = unread.into_iter().chain(outcomes.iter().filter_map(Outcome::failure));
    first_of(failures.collect(), &of)
}

/// The first failure, with the number of the others.
fn first_of(failures: Vec<Failure>, of: &str) -> Result<()> {
    let count = failures.len();
    match failures.into_iter().next() {
        None => Ok(()),
        Some(failure) if count == 1 => Err(failure),
        Some(failure) => Err(failure.context(format!("{count} of {of} failed, first"))),
    }
}

/// `aecs-attest explain`.
pub(super) fn explain(
    file: &Path,
    evidence: &EvidenceArgs,
    policy: &PolicyArgs,
    format: Format,
) -> Result<()> {
    let judge = policy.read()?.ok_or_else(|| {
        Failure::usage("no policy to explain").help("name a policy file with --policy")
    })?;
    let (_, genuine) = genuine(file, evidence)?;
    let explained = Explained::new(&judge, &genuine);
    output::print(format, &explained)?;
    explained.failure().map_or(Ok(()), |failure| Err(failure.context(file.display())))
}

/// Evidence that has to be genuine before anything else is done with it.
pub(super) fn genuine(file: &Path, evidence: &EvidenceArgs) -> Result<(Prepared, Genuine)> {
    let verifier = evidence.verifier()?;
    let prepared = evidence.prepare(file)?;
    let genuine = evidence
        .verify(&prepared, &verifier, evidence.trust.now())
        .map_err(|refusal| refusal.failure().context(file.display()))?;
    Ok((prepared, genuine))
}

/// The policies to hold evidence against.
pub(super) struct Judge {
    file: PathBuf,
    policies: Vec<(PlacedPolicy, Policy)>,
}

impl PolicyArgs {
    fn read(&self) -> Result<Option<Judge>> {
        let Some(path) = &self.policy else { return Ok(None) };
        let file = PolicyFile::load(path)?;
        for rule in file.open_rules() {
            tool::warn(&rule.to_string());
        }
        let wanted = |policy: &PlacedPolicy| match &self.secret {
            Some(secret) => policy.secret.as_ref() == Some(secret),
            None => true,
        };
        let policies = file
            .policies
            .into_iter()
            .filter(wanted)
            .map(|placed| {
                let policy = Policy::parse(&placed.policy).map_err(|error| {
                    Failure::bad_input(format!("{}: {}", path.display(), with_causes(&error)))
                })?;
                Ok((placed, policy))
            })
            .collect::<Result<Vec<_>>>()?;
        if policies.is_empty() {
            let secret = self.secret.as_deref().unwrap_or_default();
            return Err(Failure::bad_input(format!(
                "{} has no policy of a secret `{secret}`",
                path.display()
            )));
        }
        Ok(Some(Judge { file: path.clone(), policies }))
    }
}

impl Judge {
    /// Where messages say that the rules are.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// What each policy makes of genuine evidence.
    pub(super) fn judge(&self, genuine: &Genuine) -> Vec<Judgement> {
        let acceptance = Acceptance::default();
        let judgement = |(placed, policy): &(PlacedPolicy, Policy)| {
            let explanation = policy.explain(genuine.subject(), &acceptance);
            Judgement::new(&self.file, placed, &explanation)
        };
        self.policies.iter().map(judgement).collect()
    }
}

impl Refusal {
    fn of(error: &Error, platform: Platform) -> Self {
        let finding = error.finding();
        Self {
            check: finding.check,
            expected: finding.expected,
            actual: finding.actual,
            error: with_causes(error),
            remedy: advice::remedy(error, platform),
            exit: advice::exit(error),
        }
    }
}
