//! Runs the commands of `aecs_client_cli`.

use std::path::Path;

use aecs_client::files::secret_policy::SecretPolicyFile;
use aecs_client::{
    Error, ErrorCode, GrpcCode, NewSecret, PublicClient, Secret, TRUSTED_APPLICATIONS, TaClient,
};
use aecs_proto::{TaBinding, UnifiedAttestationPolicy};

use super::Options;
use super::command::{Command, Place, SecretOfService};
use super::server::Server;
use crate::failure::{Failure, Result};
use crate::files::{self, Access};
use crate::output::{self, Done};
use crate::remedy::of_kubeconfig;
use crate::view::{Progress, Public, named};

/// Does what was asked for. What can be wrong on this side is found before anything is sent.
pub(super) async fn run(options: &Options, command: Command) -> Result<()> {
    match command {
        Command::Get { secret, output, policy, version } => {
            let expected = policy.map(|path| expected_policy(&path, secret.name())).transpose()?;
            let fetched = get(&connect(options).await?, &secret, version).await?;
            let fetched = match &expected {
                Some(expected) => fetched.expect_policy(expected)?,
                None => fetched,
            };
            put(&output, Access::Private, fetched.to_bytes().expose())
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
    }
}

impl SecretOfService {
    fn name(&self) -> &str {
        self.secret.0.as_str()
    }

    /// Without a service: a secret of trusted applications.
    fn service(&self) -> &str {
        match self.service.as_str() {
            "" => TRUSTED_APPLICATIONS,
            service => service,
        }
    }
}

async fn connect(options: &Options) -> Result<TaClient> {
    let attester = options.attester.open()?;
    let Server { endpoint, policy, verifier, policy_keys } = options.server.resolve()?;
    let builder = TaClient::builder(endpoint, verifier, policy, attester);
    let connected = builder.user_data(options.user_data).connect().await;
    connected.map_err(|error| of_kubeconfig(error, policy_keys.as_ref()))
}

async fn get(client: &TaClient, secret: &SecretOfService, version: Option<u64>) -> Result<Secret> {
    let (service, name) = (secret.service(), secret.name());
    Ok(match version {
        Some(version) => client.get_version(service, name, version).await?,
        None => client.get(service, name).await?,
    })
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

/// Whether the server's policy lets this application create no secret.
fn is_not_admitted(error: &Error) -> bool {
    matches!(error, Error::Refused(refusal) if refusal.code() == Some(ErrorCode::NoSuchName)
        && refusal.grpc_code() == GrpcCode::PermissionDenied)
}

/// What to do where no rule admits the application.
const NO_RULE: &str = "the platform's administrator sees the rules with `aecsadmin deployment show`, and adds \
                       one to ta_secrets.policy with `aecsadmin deployment apply`; `aecs-attest policy` \
                       prints what the evidence of this application has";

/// The policy that the file has for the secret of this name.
fn expected_policy(path: &Path, name: &str) -> Result<UnifiedAttestationPolicy> {
    let secret = named(path, SecretPolicyFile::load(path)?, name)?;
    secret.spec.policy.and_then(|policy| policy.policy).ok_or_else(|| {
        Failure::bad_input(format!("{} has no policy for secret `{name}`", path.display()))
    })
}

fn put(place: &Place, access: Access, data: &[u8]) -> Result<()> {
    match place {
        Place::StandardOutput => output::print_bytes(data),
        Place::File(path) => files::write(path, access, data),
    }
}
