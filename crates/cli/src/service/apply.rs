//! `apply`: files say what the secrets of a service are.
//!
//! The server creates a secret, changes what differs, or finds nothing to do; many secrets in one act, or
//! each in its own if something is wrong with one of them. A run that was cut off is finished by the next.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aecs_client::files::secret_policy::SecretPolicyFile;
use aecs_client::{Change, Changed, NewSecret, NewValue, ServiceClient};
use aecs_proto::{EnclaveSecretSpec, ListEnclaveSecretResponse, SecretOutcome, SecretQuotas};
use clap::Args;
use serde::Serialize;

use super::view::now_ms;
use super::{create, life, many};
use crate::connection::Prepared;
use crate::failure::{Exit, Failure, Result};
use crate::names::Prefix;
use crate::output::{self, Format, View};
use crate::tool;

/// The most files of one run.
const MAX_FILES: usize = 4096;

/// What to apply, and how.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct ApplyArgs {
    /// Policy file, or folder with policy files (*.yaml and *.yml); may be given several times
    #[arg(short, long = "file", required = true, value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
    /// Show what would be done, with the differences, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Delete the secrets of the service that no file has; asks. `undelete` restores them
    #[arg(long)]
    prune: bool,
    /// Let --prune delete only secrets whose names begin with PREFIX
    #[arg(long, requires = "prune", value_parser = life::some_prefix)]
    prefix: Option<Prefix>,
    /// Let secrets leave the server that could not before
    #[arg(long)]
    allow_export: bool,
    /// Do not ask before anything is deleted
    #[arg(long)]
    yes: bool,
}

/// Applies the files to the service.
///
/// # Errors
///
/// What is wrong with a file, before anything is sent; or the first secret that failed, after the
/// report was printed.
pub(super) async fn run(args: ApplyArgs, prepared: Prepared, format: Format) -> Result<()> {
    let files = read(&args.files, prepared.name())?;
    let service = Arc::new(prepared.service_admin().await?);
    let mut secrets = Vec::new();
    for file in files {
        secrets.extend(create::check_open_rules(&service, file).await?.secrets);
    }
    create::ended(&secrets, now_ms()).for_each(|warning| tool::warn(&warning));
    check_names(&secrets)?;
    let list = service.list_with_info("", false).await?;
    check_room(&secrets, &list)?;
    if !args.dry_run {
        create::check_export(&secrets, &list.secrets, args.allow_export)?;
    }
    let prefix = args.prefix.as_ref().map_or("", Prefix::as_str);
    let extra = if args.prune { unknown(&secrets, &list, prefix) } else { Vec::new() };
    if !extra.is_empty() && !args.dry_run {
        let summary =
            format!("No file has these secrets; they will be deleted:\n{}", extra.join("\n"));
        tool::agree(args.yes, &summary, "Delete them?")?;
    }

    let secrets: Arc<[NewSecret]> = secrets.into();
    let applied = apply(&service, &secrets, args.dry_run).await;
    let mut report = Report { dry_run: args.dry_run, steps: Vec::new() };
    let mut outcome = Ok(());
    for (secret, result) in secrets.iter().zip(applied) {
        let before = list.secrets.iter().find(|spec| spec.secret_name == secret.name());
        report.steps.push(Step::of(secret, before, &result));
        if let (Ok(()), Some(Err(failure))) = (&outcome, result) {
            outcome = Err(failure.context(format!("secret `{}`", secret.name())));
        }
    }
    if outcome.is_ok() {
        outcome = prune(&service, extra, &mut report).await;
    }
    output::print(format, &report)?;
    outcome
}

async fn apply(
    service: &Arc<ServiceClient>,
    secrets: &Arc<[NewSecret]>,
    dry_run: bool,
) -> Vec<Option<Result<Changed>>> {
    let changes: Vec<Change> =
        secrets.iter().map(|secret| Change::apply(secret, dry_run)).collect();
    many::together(service, &changes, |index| {
        let (service, secrets) = (service.clone(), secrets.clone());
        async move {
            let secret = secrets.get(index).ok_or_else(|| Failure::internal("no such secret"))?;
            let applied = service.apply(secret, dry_run).await?;
            Ok(Changed { applied, restorable_until_ms: 0 })
        }
    })
    .await
}

async fn prune(
    service: &Arc<ServiceClient>,
    names: Vec<String>,
    report: &mut Report,
) -> Result<()> {
    let names: Arc<[String]> = names.into();
    let deleted: Vec<Option<Result<Changed>>> = match report.dry_run {
        true => names.iter().map(|_| Some(Ok(Changed::default()))).collect(),
        false => life::delete_all(service, names.clone()).await,
    };
    let mut outcome = Ok(());
    for (name, result) in names.iter().zip(deleted) {
        let action = match &result {
            Some(Ok(_)) => Action::Deleted,
            Some(Err(_)) => Action::Failed,
            None => Action::NotTried,
        };
        report.steps.push(Step::new(name, action));
        if let (Ok(()), Some(Err(failure))) = (&outcome, result) {
            outcome = Err(failure.context(format!("secret `{name}`")));
        }
    }
    outcome
}

/// Reads and checks all files; of a folder those that end in `.yaml` or `.yml`, in their order.
fn read(paths: &[PathBuf], service: &str) -> Result<Vec<SecretPolicyFile>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(policy_files(path)?);
        } else {
            files.push(path.clone());
        }
    }
    if files.len() > MAX_FILES {
        return Err(Failure::usage(format!("more than {MAX_FILES} files")));
    }
    files.iter().map(|path| create::read(path, service)).collect()
}

fn policy_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error: std::io::Error| {
        Failure::new(Exit::NoInput, format!("cannot read the folder {}: {error}", folder.display()))
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(Failure::new(
            Exit::NoInput,
            format!("the folder {} has no file that ends in .yaml or .yml", folder.display()),
        ));
    }
    files.sort();
    Ok(files)
}

fn check_names(secrets: &[NewSecret]) -> Result<()> {
    let mut names = BTreeSet::new();
    match secrets.iter().find(|secret| !names.insert(secret.name())) {
        None => Ok(()),
        Some(twice) => {
            Err(Failure::bad_input(format!("two files have a secret `{}`", twice.name()))
                .help("keep one of them"))
        }
    }
}

/// Refuses before anything is changed what the quotas of the service do not allow.
pub(super) fn check_room(secrets: &[NewSecret], list: &ListEnclaveSecretResponse) -> Result<()> {
    let Some(quotas) = &list.quotas else { return Ok(()) };
    let there: BTreeSet<&str> = list
        .secrets
        .iter()
        .map(|spec| spec.secret_name.as_str())
        .chain(list.deleted.iter().map(|deleted| deleted.secret_name.as_str()))
        .collect();
    let new: Vec<&NewSecret> =
        secrets.iter().filter(|secret| !there.contains(secret.name())).collect();
    let refused = |what: String| {
        Err(Failure::new(Exit::Refused, what).help(
            "nothing was changed: destroy secrets that are not needed any more, or have the \
             platform's administrator raise the quota",
        ))
    };
    let count = count(new.len());
    if count > quotas.max_secrets.saturating_sub(quotas.secrets) {
        return refused(format!(
            "the files have {count} new secrets; the service has {} of {} that are allowed \
             (quotas.secrets_per_service)",
            quotas.secrets, quotas.max_secrets
        ));
    }
    let bytes = |secret: &NewSecret| self::count(secret.data.as_ref().map_or(0, NewValue::bytes));
    for secret in secrets {
        check_size(secret.name(), bytes(secret), quotas)?;
    }
    let total: u64 = new.into_iter().map(bytes).sum();
    if total > quotas.max_bytes.saturating_sub(quotas.bytes) {
        return refused(format!(
            "the new secrets have {total} bytes; the service has {} of {} that are allowed \
             (quotas.bytes_per_service)",
            quotas.bytes, quotas.max_bytes
        ));
    }
    Ok(())
}

/// Refuses a value that is longer than the quota for one.
pub(super) fn check_size(name: &str, bytes: u64, quotas: &SecretQuotas) -> Result<()> {
    let limit = quotas.max_data_bytes;
    if bytes <= limit {
        return Ok(());
    }
    let what = format!(
        "the data of secret `{name}` has {bytes} bytes; {limit} are allowed (quotas.data_bytes)"
    );
    Err(Failure::new(Exit::Refused, what)
        .help("nothing was changed: have the platform's administrator raise the quota"))
}

pub(super) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The secrets of the service with that prefix that no file has.
fn unknown(secrets: &[NewSecret], list: &ListEnclaveSecretResponse, prefix: &str) -> Vec<String> {
    let known: BTreeSet<&str> = secrets.iter().map(NewSecret::name).collect();
    let names = list.secrets.iter().map(|spec| &spec.secret_name);
    names
        .filter(|name| name.starts_with(prefix) && !known.contains(name.as_str()))
        .cloned()
        .collect()
}

/// What was done, or with `--dry-run` would be done. Its JSON is described in docs/json.md.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) dry_run: bool,
    #[serde(rename = "secrets")]
    pub(super) steps: Vec<Step>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Step {
    name: String,
    action: Action,
    changed: Vec<String>,
    version: Option<u64>,
    error: Option<String>,
    #[serde(skip)]
    difference: Vec<String>,
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
enum Action {
    Created,
    Updated,
    Unchanged,
    Deleted,
    Failed,
    NotTried,
}

impl Action {
    const ALL: [Self; 6] = [
        Self::Created,
        Self::Updated,
        Self::Unchanged,
        Self::Deleted,
        Self::Failed,
        Self::NotTried,
    ];

    const fn word(self, dry_run: bool) -> &'static str {
        match (self, dry_run) {
            (Self::Created, false) => "created",
            (Self::Created, true) => "to create",
            (Self::Updated, false) => "updated",
            (Self::Updated, true) => "to update",
            (Self::Unchanged, _) => "unchanged",
            (Self::Deleted, false) => "deleted",
            (Self::Deleted, true) => "to delete",
            (Self::Failed, _) => "FAILED",
            (Self::NotTried, _) => "not tried",
        }
    }
}

impl Step {
    fn new(name: &str, action: Action) -> Self {
        Self {
            name: name.to_owned(),
            action,
            changed: Vec::new(),
            version: None,
            error: None,
            difference: Vec::new(),
        }
    }

    pub(super) fn of(
        secret: &NewSecret,
        before: Option<&EnclaveSecretSpec>,
        result: &Option<Result<Changed>>,
    ) -> Self {
        let mut step = Self::new(secret.name(), Action::NotTried);
        match result {
            None => {}
            Some(Err(failure)) => {
                step.action = Action::Failed;
                step.error = Some(failure.message().to_owned());
            }
            Some(Ok(Changed { applied, .. })) => {
                step.action = match applied.outcome {
                    SecretOutcome::SecretCreated => Action::Created,
                    SecretOutcome::SecretUpdated => Action::Updated,
                    SecretOutcome::SecretUnchanged => Action::Unchanged,
                };
                step.changed.clone_from(&applied.changed);
                step.version = Some(applied.version).filter(|version| *version != 0);
                if let Some(before) = before.filter(|_| step.action == Action::Updated) {
                    step.difference = difference(before, &secret.spec, &step.changed);
                    if create::lets_out(before, &secret.spec) {
                        step.difference.push(LETS_OUT.to_owned());
                    }
                }
            }
        }
        step
    }
}

/// What a difference says of a secret that could not leave the server before.
const LETS_OUT: &str =
    "the secret could not leave the server, and then can: that needs --allow-export";

/// The lines in which two specifications differ, part by part.
fn difference(
    before: &EnclaveSecretSpec,
    after: &EnclaveSecretSpec,
    changed: &[String],
) -> Vec<String> {
    let mut lines = Vec::new();
    for part in changed {
        if part == "data" {
            lines.push("data: a new version".to_owned());
            continue;
        }
        lines.push(format!("{part}:"));
        let text = |spec: &EnclaveSecretSpec| -> Vec<String> {
            let value = serde_json::to_value(spec).unwrap_or_default();
            let value = value.get(part).cloned().unwrap_or_default();
            let text = serde_json::to_string_pretty(&value).unwrap_or_default();
            text.lines().map(ToOwned::to_owned).collect()
        };
        let (old, new) = (text(before), text(after));
        let same = |one: &String, other: &String| one == other;
        let first = old.iter().zip(&new).take_while(|(one, other)| same(one, other)).count();
        let rest = old.len().min(new.len()).saturating_sub(first);
        let ends = old.iter().rev().zip(new.iter().rev());
        let last = ends.take(rest).take_while(|(one, other)| same(one, other)).count();
        let middle = |lines: &[String]| -> Vec<String> {
            let end = lines.len().saturating_sub(last);
            lines.get(first..end).unwrap_or_default().to_vec()
        };
        lines.extend(middle(&old).into_iter().map(|line| format!("  - {line}")));
        lines.extend(middle(&new).into_iter().map(|line| format!("  + {line}")));
    }
    lines
}

impl Report {
    fn table(&self, steps: impl Iterator<Item = impl std::borrow::Borrow<Step>>) -> String {
        let rows = steps.map(|step| {
            let step = step.borrow();
            let why = step.error.clone().unwrap_or_else(|| step.changed.join(", "));
            [step.name.clone(), step.action.word(self.dry_run).to_owned(), why]
        });
        output::table(&["SECRET", "ACTION", "WHAT"], rows)
    }

    fn summary(&self) -> String {
        let counts = Action::ALL.into_iter().filter_map(|action| {
            let count = self.steps.iter().filter(|step| step.action == action).count();
            (count > 0).then(|| format!("{count} {}", action.word(self.dry_run)))
        });
        counts.collect::<Vec<_>>().join(", ")
    }
}

impl View for Report {
    fn text(&self) -> String {
        let mut text = String::new();
        if self.steps.iter().any(|step| step.action != Action::Unchanged) {
            let changed = self.steps.iter().filter(|step| step.action != Action::Unchanged);
            text = self.table(changed);
            text.push('\n');
        }
        for step in self.steps.iter().filter(|step| self.dry_run && !step.difference.is_empty()) {
            let lines: Vec<String> = step
                .difference
                .iter()
                .map(|line| format!("  {}", output::printable(line)))
                .collect();
            text.push_str(&format!("{}\n{}\n", step.name, lines.join("\n")));
        }
        text.push_str(&self.summary());
        text
    }

    fn wide(&self) -> String {
        format!("{}\n{}", self.table(self.steps.iter()), self.summary())
    }

    fn names(&self) -> Option<Vec<String>> {
        Some(self.steps.iter().map(|step| step.name.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use aecs_crypto::SecretString;
    use aecs_proto::{DeletedSecret, EnclaveSecretType, SecretQuotas};

    use super::*;

    fn secret(name: &str, data: &str) -> NewSecret {
        let mut secret = NewSecret::new(name, EnclaveSecretType::SecretTypeImportData);
        secret.data = Some(SecretString::from(data.to_owned()).into());
        secret
    }

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        apply: ApplyArgs,
    }

    #[test]
    fn an_empty_prefix_does_not_prune_all_secrets() {
        let parse = |prefix| {
            let line = ["apply", "-f", "a.yaml", "--prune", "--prefix", prefix];
            <Line as clap::Parser>::try_parse_from(line)
        };
        assert!(parse("a").unwrap().apply.prefix.is_some());
        let refused = parse("").unwrap_err().to_string();
        assert!(refused.contains("is a variable unset"), "{refused}");
    }

    fn list(names: &[&str], quotas: SecretQuotas) -> ListEnclaveSecretResponse {
        let spec = |name: &&str| EnclaveSecretSpec {
            secret_name: (*name).to_owned(),
            ..EnclaveSecretSpec::default()
        };
        ListEnclaveSecretResponse {
            secrets: names.iter().map(spec).collect(),
            quotas: Some(quotas),
            ..ListEnclaveSecretResponse::default()
        }
    }

    #[test]
    fn quotas_are_checked_before_anything_is_sent() {
        let quotas = SecretQuotas {
            secrets: 2,
            max_secrets: 3,
            bytes: 10,
            max_bytes: 15,
            max_data_bytes: 6,
        };
        let refusal = |secrets: &[NewSecret], list: &ListEnclaveSecretResponse| {
            check_room(secrets, list).err().map(|failure| failure.message().to_owned())
        };
        let there = list(&["a", "b"], quotas);
        assert_eq!(refusal(&[secret("a", "one"), secret("c", "12345")], &there), None);
        let two = refusal(&[secret("c", ""), secret("d", "")], &there).unwrap();
        assert!(two.contains("2 new secrets; the service has 2 of 3"), "{two}");
        let large = refusal(&[secret("a", "1234567")], &there).unwrap();
        assert!(large.contains("`a` has 7 bytes; 6 are allowed"), "{large}");
        let full = refusal(&[secret("c", "123456")], &there).unwrap();
        assert!(full.contains("have 6 bytes; the service has 10 of 15"), "{full}");
        // A deleted secret still has its place.
        let mut deleted = list(&["a"], quotas);
        deleted.deleted =
            vec![DeletedSecret { secret_name: "b".into(), ..DeletedSecret::default() }];
        assert_eq!(refusal(&[secret("b", ""), secret("c", "")], &deleted), None);
    }

    #[test]
    fn only_what_no_file_has_is_pruned() {
        let there = list(&["app-a", "app-b", "other"], SecretQuotas::default());
        let files = [secret("app-a", "")];
        assert_eq!(unknown(&files, &there, ""), ["app-b", "other"]);
        assert_eq!(unknown(&files, &there, "app-"), ["app-b"]);
    }

    #[test]
    fn a_difference_shows_the_lines_that_differ() {
        let spec = |readonly: &str, days: u32| EnclaveSecretSpec {
            readonly: readonly.into(),
            lifecycle: Some(aecs_proto::EnclaveSecretLifecycle {
                max_versions: days,
                ttl_ms: 7,
                ..Default::default()
            }),
            ..EnclaveSecretSpec::default()
        };
        let changed = ["data", "lifecycle", "readonly"].map(str::to_owned);
        let lines = difference(&spec("true", 2), &spec("false", 3), &changed);
        assert_eq!(
            lines,
            [
                "data: a new version",
                "lifecycle:",
                "  -   \"maxVersions\": 2,",
                "  +   \"maxVersions\": 3,",
                "readonly:",
                "  - \"true\"",
                "  + \"false\"",
            ]
        );
    }

    #[test]
    fn the_report_counts_and_names_what_is_not_as_it_was() {
        let mut failed = Step::new("c", Action::Failed);
        failed.error = Some("no".to_owned());
        let steps =
            vec![Step::new("a", Action::Created), Step::new("b", Action::Unchanged), failed];
        let report = Report { dry_run: false, steps };
        let text = report.text();
        assert!(text.ends_with("1 created, 1 unchanged, 1 FAILED"), "{text}");
        assert!(!text.contains(" b "), "{text}");
        assert!(report.wide().contains(" b "));
    }
}
