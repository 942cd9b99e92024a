//! `create`: a file of secrets, checked as a whole, then sent in its order: as many at once as fit into a
//! request, and one by one where that is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use aecs_client::files::secret_policy::{OpenRule, SecretPolicyFile};
use aecs_client::{Change, Error, ErrorCode, NewSecret, ServiceClient};
use aecs_proto::{EnclavePolicyType, EnclaveSecretPolicy, EnclaveSecretSpec, EnclaveSecretUse};

use super::CreateArgs;
use super::apply::check_room;
use super::listed::ending_rule;
use super::view::now_ms;
use crate::failure::{Failure, Result};
use crate::names::Name;
use crate::output::{self, Format};
use crate::tool;
use crate::view::{Progress, time_text_of_ms};

/// Reads and checks a policy file for the administrator of `service`.
///
/// # Errors
///
/// What is wrong with the file; nothing has been sent then.
pub(super) fn read(path: &Path, service: &str) -> Result<SecretPolicyFile> {
    let file = SecretPolicyFile::load(path)?;
    for secret in &file.secrets {
        let (name, owner) = (secret.name(), &secret.spec.service_name);
        let wrong =
            |why: String| Failure::bad_input(format!("{}: secret `{name}`: {why}", path.display()));
        name.parse::<Name>().map_err(|error| wrong(error.to_string()))?;
        // The protocol has such names, but on a command line they look like options.
        if name.starts_with('-') {
            return Err(wrong("its name begins with `-`".to_owned()).help("choose another name"));
        }
        if owner.is_empty() {
            return Err(wrong("its spec names no service".to_owned())
                .help(format!("add `service: {service}` to the spec")));
        }
        if owner != service {
            return Err(wrong(format!(
                "it is for service `{owner}`, the kubeconfig for `{service}`"
            ))
            .help("use the kubeconfig of the service's own administrator"));
        }
    }
    Ok(file)
}

/// Creates or updates the secrets of a file in its order, if the quotas allow all of them; stops at
/// the first that fails and says what became of each.
///
/// # Errors
///
/// Why a secret failed. The report has been printed then.
pub(super) async fn run(
    service: &ServiceClient,
    file: SecretPolicyFile,
    args: &CreateArgs,
    format: Format,
) -> Result<()> {
    let file = check_open_rules(service, file).await?;
    let list = service.list_with_info("", false).await?;
    if !args.update {
        check_room(&file.secrets, &list)?;
    }
    check_export(&file.secrets, &list.secrets, !args.update || args.allow_export)?;
    let there: BTreeSet<&str> = list.secrets.iter().map(|it| it.secret_name.as_str()).collect();
    let mut progress = Progress::new(&file.secrets);
    let is_there = |secret: &NewSecret| args.skip_existing && there.contains(secret.name());
    let new: Vec<&NewSecret> = file.secrets.iter().filter(|secret| !is_there(secret)).collect();
    if !args.update {
        check_ends(&new, now_ms())?;
    }
    let outcome = put_all(service, &new, args.update).await;
    let mut left = outcome.done;
    for secret in &file.secrets {
        match left.checked_sub(1) {
            _ if is_there(secret) => progress.skipped(),
            Some(rest) => {
                progress.succeeded(args.update);
                left = rest;
            }
            None if outcome.failure.is_some() => {
                progress.failed();
                break;
            }
            None => break,
        }
    }
    output::print(format, &progress)?;
    outcome.failure.map_or(Ok(()), Err)
}

/// Refuses secrets that would have expired before anybody gets them. The server judges updates, which may
/// keep a date that has passed.
fn check_ends(new: &[&NewSecret], now_ms: i64) -> Result<()> {
    match ended(new.iter().copied(), now_ms).next() {
        Some(what) => {
            Err(Failure::bad_input(what).help("give a later date, or leave expiresAt out"))
        }
        None => Ok(()),
    }
}

/// What is to be said of secrets that nobody gets any more: their date of expiry has passed.
pub(super) fn ended<'a>(
    secrets: impl IntoIterator<Item = &'a NewSecret>,
    now_ms: i64,
) -> impl Iterator<Item = String> {
    secrets.into_iter().filter_map(move |secret| {
        let end = secret.spec.lifecycle.as_ref().map_or(0, |lifecycle| lifecycle.expires_at_ms);
        (end != 0 && end <= now_ms).then(|| {
            let (name, end) = (secret.name(), time_text_of_ms(end));
            format!(
                "secret `{name}`: expiresAt ({end}) of its lifecycle has passed: nobody gets it"
            )
        })
    })
}

/// Refuses to let secrets leave the server that could not before, unless that is `allowed`: in a file it is
/// one word, and a key that was given out cannot be taken back.
pub(super) fn check_export<'a>(
    secrets: impl IntoIterator<Item = &'a NewSecret>,
    there: &[EnclaveSecretSpec],
    allowed: bool,
) -> Result<()> {
    let before: BTreeMap<&str, _> = there.iter().map(|it| (it.secret_name.as_str(), it)).collect();
    let lets_out = |secret: &&NewSecret| {
        before.get(secret.name()).is_some_and(|before| lets_out(before, &secret.spec))
    };
    let names: Vec<&str> = secrets.into_iter().filter(lets_out).map(NewSecret::name).collect();
    if allowed || names.is_empty() {
        return Ok(());
    }
    let what = format!(
        "these secrets cannot leave the server, and with the file they could: {}",
        names.join(", ")
    );
    Err(Failure::usage(what).help(
        "nothing was changed: keep `type: POLICY_TYPE_NEVER_EXPORT` and `exportable: false`, or add \
         --allow-export to agree",
    ))
}

/// Whether a secret that cannot leave the server can after an update to `after`. Without `use` it keeps the
/// one that it has.
pub(super) fn lets_out(before: &EnclaveSecretSpec, after: &EnclaveSecretSpec) -> bool {
    let stays = |policy: &Option<EnclaveSecretPolicy>, usage: &Option<EnclaveSecretUse>| {
        policy.as_ref().is_some_and(|it| it.r#type() == EnclavePolicyType::PolicyTypeNeverExport)
            || usage.as_ref().is_some_and(|usage| !usage.exportable)
    };
    let usage = if after.r#use.is_some() { &after.r#use } else { &before.r#use };
    stays(&before.policy, &before.r#use) && !stays(&after.policy, usage)
}

/// How far a file came.
struct Outcome {
    /// How many secrets are there, from the first on.
    done: usize,
    /// Why the next one is not.
    failure: Option<Failure>,
}

/// Sends secrets in their order, until one fails. The server makes all of a batch or none: those of a batch
/// that it refuses are sent one by one.
async fn put_all(service: &ServiceClient, secrets: &[&NewSecret], update: bool) -> Outcome {
    let mut meter = crate::progress::Progress::new("secrets", secrets.len());
    let change = |secret: &&NewSecret| match update {
        true => Change::update(secret),
        false => Change::create(secret),
    };
    let changes: Vec<Change> = secrets.iter().map(change).collect();
    let mut done = 0;
    for batch in Change::batches(&changes) {
        let parts = (changes.get(batch.clone()), secrets.get(batch));
        let (Some(changes), Some(secrets)) = parts else { continue };
        if secrets.len() > 1 {
            match service.change_all(changes).await {
                Ok(_) => {
                    done += secrets.len();
                    secrets.iter().for_each(|_| meter.advance());
                    continue;
                }
                Err(Error::Refused(_)) => {}
                Err(error) => return Outcome { done, failure: Some(error.into()) },
            }
        }
        for secret in secrets {
            if let Err(failure) = put(service, secret, update).await {
                return Outcome { done, failure: Some(failure) };
            }
            done += 1;
            meter.advance();
        }
    }
    Outcome { done, failure: None }
}

async fn put(service: &ServiceClient, secret: &NewSecret, update: bool) -> Result<()> {
    let result = match update {
        true => service.update(secret).await,
        false => service.create(secret).await,
    };
    result.map_err(|error| {
        let code = error.code();
        let failure = Failure::from(error).context(format!("secret `{}`", secret.name()));
        match is_immutable(code, secret) {
            true => failure.help(IMMUTABLE),
            false => failure,
        }
    })
}

/// Whether a refusal says that there is a secret of this name, which the file makes immutable.
fn is_immutable(code: Option<ErrorCode>, secret: &NewSecret) -> bool {
    code == Some(ErrorCode::NameExists) && secret.spec.immutable
}

/// What to do where a secret with the name of an immutable one exists.
const IMMUTABLE: &str = "choose another name. An immutable secret cannot be changed, also not with --update: \
                         destroy it first to create it again. In a file of `apiVersion: v1`, a secret is \
                         immutable unless it has `readonly: \"false\"`";

/// A rule that lets every enclave in passes in simulation only, where it can do no more harm than
/// simulation itself.
pub(super) async fn check_open_rules(
    service: &ServiceClient,
    file: SecretPolicyFile,
) -> Result<SecretPolicyFile> {
    ending_rules(&file, now_ms()).iter().for_each(|warning| tool::warn(warning));
    if file.open_rules().is_empty() {
        return Ok(file);
    }
    if !service.server().await?.status().simulation {
        return Ok(file.refuse_open_rules()?);
    }
    tool::warn(&unpinned(file.open_rules()));
    Ok(file)
}

/// What is to be said of rules that have ended, which admit nobody, or end soon: a year with a typing
/// error.
fn ending_rules(file: &SecretPolicyFile, now_ms: i64) -> Vec<String> {
    let ending = |secret: &NewSecret| {
        let policy = secret.spec.policy.as_ref()?.policy.as_ref()?.typed.as_ref()?;
        ending_rule(secret.name(), policy, now_ms)
    };
    file.secrets.iter().filter_map(ending).collect()
}

/// Which secrets other code can have, too, why, and what to do.
fn unpinned(rules: &[OpenRule]) -> String {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for rule in rules {
        let (why, secret) = (rule.why().to_string(), rule.secret());
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, secrets)) if secrets.contains(&secret) => {}
            Some((_, secrets)) => secrets.push(secret),
            None => reasons.push((why, vec![secret])),
        }
    }
    let reasons: Vec<String> =
        reasons.iter().map(|(why, secrets)| format!("{}: {why}", secrets.join(", "))).collect();
    format!(
        "these secrets have a rule that does not pin the code: {}. Other enclaves can get them, too. Outside \
         of simulation, such a rule is refused. Pin what docs/policies.md lists",
        reasons.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../templates/service_secret_policy.yaml");

    fn check(text: &str, service: &str) -> Result<SecretPolicyFile> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.yaml");
        std::fs::write(&path, text).unwrap();
        read(&path, service)
    }

    fn refusal(text: &str, service: &str) -> String {
        check(text, service).err().unwrap().message().to_owned()
    }

    #[test]
    fn the_sample_is_accepted_for_its_service() {
        assert_eq!(check(SAMPLE, "service1").unwrap().secrets.len(), 6);
    }

    #[test]
    fn another_service_is_refused_before_anything_is_sent() {
        assert!(refusal(SAMPLE, "service2").ends_with(
            "secret `secret-my-password`: it is for service `service1`, the kubeconfig for `service2`"
        ));
    }

    #[test]
    fn a_secret_without_a_service_is_told_which_one_to_name() {
        let failure = check(&SAMPLE.replacen("service: service1", "service:", 1), "service1");
        let failure = failure.err().unwrap().to_string();
        assert!(
            failure.ends_with(
                "secret `secret-my-password`: its spec names no service\n  \
                 help: add `service: service1` to the spec"
            ),
            "{failure}"
        );
    }

    #[test]
    fn an_update_is_no_remedy_for_an_immutable_secret() {
        let text = SAMPLE.replacen("readonly: \"true\"", "readonly: \"false\"", 1);
        let file = check(&text, "service1").unwrap();
        let of = |code, at: usize| is_immutable(code, &file.secrets[at]);
        assert!(!of(Some(ErrorCode::NameExists), 0));
        assert!(of(Some(ErrorCode::NameExists), 2));
        assert!(!of(Some(ErrorCode::Settings), 2) && !of(None, 2));
        assert!(IMMUTABLE.contains("also not with --update"));
        // Of a readonly secret of a new file, the policy can be changed.
        let file =
            check(&text.replacen("apiVersion: v1", "apiVersion: v2", 1), "service1").unwrap();
        assert!(!is_immutable(Some(ErrorCode::NameExists), &file.secrets[2]));
    }

    #[test]
    fn a_secret_that_has_expired_is_not_sent() {
        let spec = "lifecycle: {expiresAt: 2025-12-31T00:00:00Z}\n    policy:";
        let file = check(&SAMPLE.replacen("policy:", spec, 1), "service1").unwrap();
        let all: Vec<&NewSecret> = file.secrets.iter().collect();
        let end = 1_767_139_200_000;
        assert!(check_ends(&all, end - 1).is_ok());
        let failure = check_ends(&all, end).err().unwrap();
        let what = "secret `secret-my-password`: expiresAt (2025-12-31T00:00:00Z) of its lifecycle has passed";
        assert!(failure.message().starts_with(what), "{failure}");
        assert_eq!(failure.exit(), crate::failure::Exit::BadInput);
    }

    #[test]
    fn a_rule_that_has_ended_is_named() {
        let rule =
            "- validUntil: \"2025-12-31T00:00:00Z\"\n        name: old\n        mrenclave: \"\"";
        let text = SAMPLE.replacen("- mrenclave: \"\"", rule, 1);
        let file = check(&text, "service1").unwrap();
        let year = 365 * 24 * 3_600_000;
        let warnings = ending_rules(&file, 56 * year + 20 * 24 * 3_600_000);
        let ended = "a rule `old` of secret `secret-my-password` ended at 2025-12-31T00:00:00Z";
        assert_eq!(warnings, [ended]);
        assert!(ending_rules(&file, 50 * year).is_empty());
    }

    #[test]
    fn a_rule_that_pins_no_code_is_named_with_the_reason() {
        let text = SAMPLE.replacen("- mrenclave: \"\"", "- platform: SGX_DCAP", 1);
        let file = check(&text, "service1").unwrap();
        let warning = unpinned(file.open_rules());
        let start = "these secrets have a rule that does not pin the code: secret-my-password: ";
        assert!(warning.starts_with(start), "{warning}");
        assert!(warning.contains("SGX_DCAP"), "{warning}");
        assert!(!warning.contains("every enclave"), "{warning}");
        let all = unpinned(check(SAMPLE, "service1").unwrap().open_rules());
        assert_eq!(all.matches("it names no platform").count(), 1, "{all}");
        assert!(all.contains("secret-my-password, secret-my-aes256-key, "), "{all}");
        assert!(all.len() < 450, "{all}");
    }

    #[test]
    fn bad_names_are_refused() {
        let bad = SAMPLE.replacen("secret-my-password", "secret/my", 1);
        assert!(refusal(&bad, "service1").contains("the name has the character '/'"));
    }
}
