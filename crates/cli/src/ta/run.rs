//! The commands of `aecs_client_cli`, done.

use std::path::Path;

use aecs_client::files::secret_policy::SecretPolicyFile;
use aecs_client::{NewSecret, PublicClient, Secret, TRUSTED_APPLICATIONS, TaClient};
use aecs_proto::{TaBinding, UnifiedAttestationPolicy};

use super::Options;
use super::command::{Command, Place, SecretOfService};
use super::server::Server;
use crate::failure::{Failure, Result};
use crate::files::{self, Access};
use crate::output::{self, Done};
use crate::view::{Progress, Public};

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
    let Server { endpoint, policy, verifier } = options.server.resolve()?;
    let builder = TaClient::builder(endpoint, verifier, policy, attester);
    Ok(builder.user_data(options.user_data).connect().await?)
}

async fn get(client: &TaClient, secret: &SecretOfService, version: Option<u64>) -> Result<Secret> {
    let (service, name) = (secret.service(), secret.name());
    Ok(match version {
        Some(version) => client.get_version(service, name, version).await?,
        None => client.get(service, name).await?,
    })
}

async fn get_public(options: &Options, secret: &SecretOfService) -> Result<String> {
    let Server { endpoint, policy, verifier } = options.server.resolve()?;
    let client = PublicClient::connect(endpoint, verifier, policy).await?;
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
    Ok(outcome?)
}

/// The policy that the file has for the secret of this name.
fn expected_policy(path: &Path, name: &str) -> Result<UnifiedAttestationPolicy> {
    let file = SecretPolicyFile::load(path)?;
    let secret = file.secrets.into_iter().find(|secret| secret.name() == name);
    secret.and_then(|secret| secret.spec.policy?.policy).ok_or_else(|| {
        Failure::bad_input(format!("{} has no policy for secret `{name}`", path.display()))
    })
}

fn put(place: &Place, access: Access, data: &[u8]) -> Result<()> {
    match place {
        Place::StandardOutput => output::print_bytes(data),
        Place::File(path) => files::write(path, access, data),
    }
}
