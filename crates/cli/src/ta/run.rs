//! Runs the commands of `aecs_client_cli`.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aecs_attest::Mismatch;
use aecs_client::files::{kubeconfig::PolicyKeys, rule::key_of, secret_policy::SecretPolicyFile};
use aecs_client::{
    Distrust, Error, ListedSecret, NewSecret, PublicClient, Secret, TaClient, TaClientBuilder,
};
use aecs_proto::{TaBinding, UnifiedAttestationPolicy, Zeroizing};
use serde::Serialize;

use super::command::{Command, OfService, Place, SecretOfService, service_or_own};
use super::held::Held;
use super::reference::{Reference, value_of};
use super::refused::{is_not_admitted, secret_failure};
use super::server::Server;
use super::template::{Part, Template};
use super::{Options, exec};
use crate::connection::{Memory, accepting, memory_in};
use crate::failure::{Exit, Failure, Result};
use crate::files::{self, Access};
use crate::output::{self, Done, Row, Rows};
use crate::remedy::of_kubeconfig;
use crate::transit::put;
use crate::view::{Progress, Public, named};

/// Does what was asked for, and tells the exit code: that of a program that was run, or 0. What can
/// be wrong on this side is found before anything is sent.
pub(super) async fn run(options: &Options, command: Command) -> Result<u8> {
    match command {
        Command::Exec(args) => {
            exec::check(&args)?;
            return exec::run(&connect(options).await?, &args).await;
        }
        Command::Get { secret, output, policy, version, field } => {
            let expected = policy.as_deref().map(|path| expected_policy(path, secret.name()));
            let expected = expected.transpose()?;
            let fetched = get(&connect(options).await?, &secret, version).await?;
            let fetched = match (&expected, &policy) {
                (Some(expected), Some(path)) => fetched
                    .expect_policy(expected)
                    .map_err(|error| of_policy_file(error, secret.name(), path))?,
                _ => fetched,
            };
            put(&output, Access::Private, value_of(&fetched, field.as_deref())?.expose())
        }
        Command::List { prefix, service } => {
            let client = connect(options).await?;
            let listed = client.list(service_or_own(&service.service), prefix.as_str()).await?;
            output::print(options.format, &Rows::<Listed>::of(listed))
        }
        Command::Wait { secrets, service, within } => {
            wait(options, &secrets, &service, Duration::from_secs(within)).await
        }
        Command::Template { template, output, service } => {
            check_other_file(&template, &output)?;
            let template = Template::parse(&template, &files::read_text(&template, "template")?)?;
            fill(&connect(options).await?, &template, &output, &service).await
        }
        Command::Transit { service, operation } => {
            let key = operation.key();
            let service = match &key.service {
                Some(service) => service.as_str(),
                None if service.as_str().is_empty() => {
                    return Err(Failure::usage("the key has no service")
                        .help("name it as SERVICE/SECRET, or give --service SERVICE"));
                }
                None => service.as_str(),
            };
            let client = connect(options).await?;
            operation.run(&client.key(service, key.secret.as_str())).await
        }
        Command::GetPublic { secret, output } => {
            let data = get_public(options, &secret).await?;
            put(&output, Access::Public, data.as_bytes())
        }
        Command::Create { policy, bind_to_signer } => {
            let file = SecretPolicyFile::load(&policy.0)?;
            let binding = if bind_to_signer { TaBinding::Signer } else { TaBinding::Measurement };
            create(options, &file.secrets, binding).await
        }
        Command::Destroy { secret } => {
            connect(options).await?.destroy(secret.0.as_str()).await?;
            let what = format!("secret {}", secret.0);
            output::print(options.format, &Done { done: "destroyed", what: &what })
        }
    }?;
    Ok(0)
}

/// A secret that this application can get.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    secret: String,
    r#type: &'static str,
    version: u64,
}

impl From<ListedSecret> for Listed {
    fn from(listed: ListedSecret) -> Self {
        let (secret, version) = (listed.name, listed.version);
        Self { secret, r#type: listed.kind.as_str_name(), version }
    }
}

impl Row for Listed {
    const COLUMNS: &'static [&'static str] = &["SECRET", "TYPE", "VERSION"];

    fn cells(&self) -> Vec<String> {
        vec![self.secret.clone(), self.r#type.to_owned(), self.version.to_string()]
    }

    fn name(&self) -> String {
        self.secret.clone()
    }
}

/// Waits for the server, and then for each secret, in all for that time.
async fn wait(
    options: &Options,
    secrets: &[Reference],
    service: &OfService,
    within: Duration,
) -> Result<()> {
    let end = Instant::now() + within;
    let (builder, policy_keys) = builder(options)?;
    let connected = builder.wait_for_start(within).connect().await;
    let client = connected.map_err(|error| of_kubeconfig(error, policy_keys.as_ref()))?;
    for reference in secrets {
        let service = match &reference.service {
            Some(service) => service.as_str(),
            None => service_or_own(&service.service),
        };
        let left = end.saturating_duration_since(Instant::now());
        let secret = reference.secret.as_str();
        let waited = client.wait_for(service, secret, left).await;
        waited.map_err(|error| secret_failure(error, service, secret))?;
    }
    output::print(options.format, &Done { done: "ready", what: "" })
}

/// Refuses to write what a template becomes over the template: it could not be filled again.
fn check_other_file(template: &Path, output: &Place) -> Result<()> {
    let Place::File(output) = output else { return Ok(()) };
    match (template.canonicalize(), output.canonicalize()) {
        (Ok(one), Ok(other)) if one == other => {
            Err(Failure::usage(format!("{} is the template itself", output.display()))
                .help("write to another file with --output"))
        }
        _ => Ok(()),
    }
}

/// Fills a template and puts it in its place, whole.
async fn fill(
    client: &TaClient,
    template: &Template,
    output: &Place,
    service: &OfService,
) -> Result<()> {
    let references = template.parts().iter().filter_map(|part| match part {
        Part::Secret(reference) => Some(reference),
        Part::Text(_) => None,
    });
    let held = Held::fetch(client, &service.service, references).await?;
    let mut filled = Zeroizing::new(Vec::new());
    for part in template.parts() {
        match part {
            Part::Text(text) => filled.extend_from_slice(text.as_bytes()),
            Part::Secret(reference) => filled.extend_from_slice(held.value(reference)?.expose()),
        }
    }
    put(output, Access::Private, &filled)
}

impl SecretOfService {
    fn name(&self) -> &str {
        self.secret.0.as_str()
    }

    /// Without a service: a secret of trusted applications.
    fn service(&self) -> &str {
        service_or_own(&self.of.service)
    }
}

async fn connect(options: &Options) -> Result<TaClient> {
    let (builder, policy_keys) = builder(options)?;
    builder.connect().await.map_err(|error| of_kubeconfig(error, policy_keys.as_ref()))
}

/// With the keys of the kubeconfig's policy, by which its errors name what does not match.
fn builder(options: &Options) -> Result<(TaClientBuilder, Option<PolicyKeys>)> {
    let attester = options.attester.open()?;
    let Server { endpoint, policy, verifier, policy_keys } = options.server.resolve()?;
    let mut builder = TaClient::builder(endpoint, verifier, policy, attester);
    if let Some(folder) = &options.state_dir {
        let memory = options.memory.get_or_init(|| {
            let mut file = memory_in(folder);
            if let Some(path) = options.server.kubeconfig() {
                file = file.of_kubeconfig(path);
            }
            Arc::new(Memory::new(accepting(options.insecure_accept_rollback, file)))
        });
        builder = builder.memory(memory.clone());
    }
    Ok((builder.user_data(options.user_data), policy_keys))
}

async fn get(client: &TaClient, secret: &SecretOfService, version: Option<u64>) -> Result<Secret> {
    let (service, name) = (secret.service(), secret.name());
    let got = match version {
        Some(version) => client.get_version(service, name, version).await,
        None => client.get(service, name).await,
    };
    got.map_err(|error| secret_failure(error, service, name))
}

async fn get_public(options: &Options, secret: &SecretOfService) -> Result<String> {
    let Server { endpoint, policy, verifier, policy_keys } = options.server.resolve()?;
    let connected = PublicClient::connect(endpoint, verifier, policy).await;
    let client = connected.map_err(|error| of_kubeconfig(error, policy_keys.as_ref()))?;
    let (service, name) = (secret.service(), secret.name());
    let public = match options.nonce.as_deref().filter(|nonce| !nonce.is_empty()) {
        Some(nonce) => client.get_for_nonce(service, name, nonce).await?,
        None => client.get(service, name).await?,
    };
    Public::try_from(&public)?;
    Ok(public.data)
}

/// Creates the secrets in order; stops at the first that fails and says what became of each.
async fn create(options: &Options, secrets: &[NewSecret], binding: TaBinding) -> Result<()> {
    let client = connect(options).await?;
    let mut progress = Progress::new(secrets);
    let mut outcome = Ok(());
    for secret in secrets {
        outcome = client.create(secret, binding).await;
        match outcome {
            Ok(()) => progress.succeeded(false),
            Err(_) => {
                progress.failed();
                break;
            }
        }
    }
    output::print(options.format, &progress)?;
    outcome.map_err(|error| match is_not_admitted(&error) {
        true => Failure::from(error).help(NO_RULE),
        false => error.into(),
    })
}

/// What to do where no rule admits the application.
const NO_RULE: &str = "the platform's administrator sees the rules with `aecsadmin deployment show`, and adds \
                       one to ta_secrets.policy with `aecsadmin deployment apply`; `aecs-attest policy` \
                       prints what the evidence of this application has";

/// What is wrong with the policy of a secret, in the words of the file that says what was expected.
fn of_policy_file(error: Error, name: &str, file: &Path) -> Failure {
    let Error::Untrusted(Distrust::SecretPolicy(denial)) = &error else { return error.into() };
    let mut told: Vec<String> = Vec::new();
    for Mismatch { rule, attribute, expected, actual } in &denial.mismatches {
        let key = key_of(attribute).unwrap_or(if attribute.is_empty() { rule } else { attribute });
        let actual = if actual.is_empty() { "nothing" } else { actual };
        let text = format!("{key}: expected {expected}, found {actual}");
        // Each combination of lists is a rule of its own.
        if !told.contains(&text) {
            told.push(text);
        }
    }
    let file = file.display();
    let what =
        format!("the policy of secret `{name}` admits others than {file}: {}", told.join("; "));
    Failure::new(Exit::Untrusted, what).help(
        "the owner of the secret has given it another policy than the file: ask why before you change the \
         file. Nothing was written",
    )
}

/// The policy that the file has for the secret of this name.
fn expected_policy(path: &Path, name: &str) -> Result<UnifiedAttestationPolicy> {
    let secret = named(path, SecretPolicyFile::load(path)?, name)?;
    secret.spec.policy.and_then(|policy| policy.policy).ok_or_else(|| {
        Failure::bad_input(format!("{} has no policy for secret `{name}`", path.display()))
    })
}
