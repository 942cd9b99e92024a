//! `aecs-attest verify` and `explain`: from files to verdicts.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aecs_attest::{Error, Platform, Verifier};
use aecs_proto::{UnifiedAttestationAuthReport, UnifiedAttestationReport};
use clap::Args;

use super::endorse::{EndorsementArgs, Endorsements};
use super::explain::Explained;
use super::form::FileEvidence;
use super::judge::PolicyArgs;
use super::outcome::{FileOutcome, Outcome, Outcomes, Refusal};
use super::trust::{self, TrustArgs};
use super::verified::{Key, VerifiedEvidence};
use super::{advice, form, input};
use crate::failure::{Exit, Failure, Result, with_causes};
use crate::output::{self, Format};
use crate::{files, tool};

/// How evidence is to be read and verified.
#[derive(Args, Debug, Clone, PartialEq)]
pub(super) struct EvidenceArgs {
    /// Platform of the evidence, instead of detecting it
    #[arg(long, value_name = "PLATFORM", value_parser = trust::platform)]
    platform: Option<Platform>,
    /// Public key (PEM) to which the evidence must be bound
    #[arg(long, value_name = "PEM")]
    key: Option<PathBuf>,
    /// Nonce that the evidence must contain
    #[arg(long, value_name = "HEX", value_parser = hexadecimal)]
    nonce: Option<Nonce>,
    #[command(flatten)]
    endorsements: EndorsementArgs,
    #[command(flatten)]
    pub(super) trust: TrustArgs,
}

/// A freshness value, in upper case hexadecimal.
#[derive(Debug, Clone, PartialEq)]
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
    /// Whether it is evidence alone, and not a report of ours.
    bare: bool,
}

/// What verifies: with evidence that is bare, `verify` goes without a revocation list, and says so.
pub(super) struct Verifiers {
    strict: Verifier,
    lenient: Verifier,
}

impl Verifiers {
    /// The one that asks of evidence what servers do.
    pub(super) fn strict(&self) -> &Verifier {
        &self.strict
    }

    /// The one for evidence that is only shown.
    fn to_show(&self, prepared: &Prepared) -> &Verifier {
        if prepared.bare { &self.lenient } else { &self.strict }
    }
}

impl EvidenceArgs {
    /// Reads a file with one piece of evidence; nothing is verified.
    pub(super) fn prepare(&self, file: &Path) -> Result<Prepared> {
        let mut prepared = self.prepare_all(file)?;
        match (prepared.pop(), prepared.len()) {
            (Some(one), 0) => Ok(one),
            (_, others) => Err(Failure::bad_input(format!(
                "{} has {} pieces of evidence",
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
        form::recognise(&contents, self.platform)
            .and_then(|found| self.of_platform(found))
            .and_then(|found| found.into_iter().map(|one| self.with(one, &endorsements)).collect())
            .map_err(|failure| failure.context(file.display()))
    }

    /// Refuses evidence of another platform than the one that the user names.
    fn of_platform(&self, found: Vec<FileEvidence>) -> Result<Vec<FileEvidence>> {
        let Some(wanted) = self.platform else { return Ok(found) };
        match found.iter().find(|one| one.platform != wanted) {
            None => Ok(found),
            Some(other) => Err(Failure::bad_input(format!(
                "this is evidence of platform {}, not of {wanted} as --platform says: {}",
                other.platform, other.form
            ))
            .help("leave --platform out, or name the evidence's own platform")),
        }
    }

    /// What was found, with the endorsements and the key that belong to it.
    fn with(&self, found: FileEvidence, endorsements: &Endorsements) -> Result<Prepared> {
        let key = match &self.key {
            Some(path) => Some((public_key(path)?, Key::Given)),
            None if found.pem_public_key.is_empty() => None,
            None => Some((found.pem_public_key.clone(), Key::WithEvidence)),
        };
        let found = match self.platform {
            None => found.of_device(endorsements),
            Some(_) => found,
        };
        let (form, platform, bare) = (found.form.clone(), found.platform, found.is_bare());
        let report = found.into_report(endorsements)?;
        Ok(Prepared { form, platform, report, key, bare })
    }

    /// The verifiers for all files.
    pub(super) fn verifiers(&self) -> Result<Verifiers> {
        let source = self.trust.source()?;
        Ok(Verifiers {
            strict: self.trust.verifier(source.clone())?,
            lenient: self.trust.lenient_verifier(source)?,
        })
    }

    /// Verifies what was read.
    pub(super) fn verify(
        &self,
        prepared: &Prepared,
        verifier: &Verifier,
        now: SystemTime,
    ) -> std::result::Result<VerifiedEvidence, Refusal> {
        let refused = |error: Error| Refusal::of(&error, prepared.platform);
        let verified = prepared.verify(verifier, now).map_err(refused)?;
        match &self.nonce {
            Some(nonce) => nonce.check(verified),
            None => Ok(verified),
        }
    }
}

/// A public key. Which kind it is of is the evidence's affair: it binds the hash of the text.
fn public_key(path: &Path) -> Result<String> {
    let pem = files::read_text(path, "public key")?;
    if pem.contains("PUBLIC KEY-----") {
        return Ok(pem);
    }
    Err(Failure::bad_input(format!("{} is not a public key in PEM", path.display()))
        .help("give the public half of the attester's key pair"))
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

    fn verify(
        &self,
        verifier: &Verifier,
        now: SystemTime,
    ) -> aecs_attest::Result<VerifiedEvidence> {
        let Some((pem, key)) = &self.key else {
            return Ok(VerifiedEvidence::Alone(Box::new(verifier.appraise(&self.report, now)?)));
        };
        let report = UnifiedAttestationAuthReport {
            report: Some(self.report.clone()),
            pem_public_key: pem.clone(),
        };
        let attributes = Box::new(verifier.verify(&report, now)?);
        Ok(VerifiedEvidence::Bound { attributes, key: *key })
    }
}

impl Nonce {
    /// User data has a fixed length; zeros behind the nonce are no part of it.
    fn check(&self, verified: VerifiedEvidence) -> std::result::Result<VerifiedEvidence, Refusal> {
        let actual = verified.nonce();
        let padded = |rest: &str| rest.bytes().all(|digit| digit == b'0');
        if actual.strip_prefix(&self.0).is_some_and(padded) {
            return Ok(verified);
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
    let now = evidence.trust.now();
    let judge = policy.read(now)?;
    let verifiers = evidence.verifiers()?;
    let mut outcomes = Vec::new();
    for file in files {
        match evidence.prepare_all(file) {
            Ok(all) => outcomes.extend(all.into_iter().map(|prepared| {
                let verified = evidence.verify(&prepared, verifiers.to_show(&prepared), now);
                let outcome = Outcome::new(file, &prepared, now, verified, judge.as_ref());
                FileOutcome::Evidence(Box::new(outcome))
            })),
            // A file without evidence does not keep the others from being verified.
            Err(failure) => outcomes.push(FileOutcome::unread(file, failure)),
        }
    }
    if outcomes.iter().any(|file| matches!(file, FileOutcome::Evidence(_))) {
        output::print(format, &Outcomes(&outcomes))?;
    }
    if outcomes.iter().any(FileOutcome::key_not_checked) {
        tool::warn(
            "the key binding was NOT checked: this says what the evidence is, not who shows it; \
             give the public key with --key",
        );
    }
    let of = match outcomes.len() {
        of if of == files.len() => format!("{of} files"),
        of => format!("{of} pieces of evidence"),
    };
    // What cannot be read is the first to mend.
    let (unread, others): (Vec<_>, Vec<_>) =
        outcomes.iter().partition(|file| matches!(file, FileOutcome::Unread(_)));
    let failures = unread.into_iter().chain(others).filter_map(FileOutcome::failure);
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
    let now = evidence.trust.now();
    let judge = policy.read(now)?.ok_or_else(|| {
        Failure::usage("no policy to explain").help("name a policy file with --policy")
    })?;
    let (verifiers, prepared) = (evidence.verifiers()?, evidence.prepare(file)?);
    let failed = |refusal: Refusal| refusal.failure().context(file.display());
    // What would be admitted is worth knowing of evidence that lacks nothing but a list; it is not
    // admitted.
    let (verified, refusal) = match evidence.verify(&prepared, &verifiers.strict, now) {
        Ok(verified) => (verified, None),
        Err(refusal) if prepared.bare => {
            match evidence.verify(&prepared, &verifiers.lenient, now) {
                Ok(verified) => (verified, Some(refusal)),
                Err(_) => return Err(failed(refusal)),
            }
        }
        Err(refusal) => return Err(failed(refusal)),
    };
    let explained = Explained::new(&judge, &verified, refusal.is_none());
    output::print(format, &explained)?;
    match refusal.map(failed) {
        Some(failure) => Err(failure),
        None => explained.failure().map_or(Ok(()), |failure| Err(failure.context(file.display()))),
    }
}

/// Evidence that has to be genuine before anything else is done with it.
pub(super) fn read_and_verify(
    file: &Path,
    evidence: &EvidenceArgs,
) -> Result<(Prepared, VerifiedEvidence)> {
    let (verifiers, prepared) = (evidence.verifiers()?, evidence.prepare(file)?);
    let verified = evidence
        .verify(&prepared, verifiers.to_show(&prepared), evidence.trust.now())
        .map_err(|refusal| refusal.failure().context(file.display()))?;
    Ok((prepared, verified))
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
