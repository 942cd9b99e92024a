//! The commands on a secret that exists: new versions, deleting, destroying.

use aecs_client::ServiceClient;
use clap::Subcommand;

use super::value::Source;
use super::view::{Deleted, NewVersion, Versions};
use crate::connection::Prepared;
use crate::failure::Result;
use crate::given::{Given, Secret, Version};
use crate::names::Name;
use crate::output::{self, Done, Format};
use crate::tool::Action;

/// What becomes of a secret that exists.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Life {
    /// Give a secret that exists a new value: a new version, which applications get from then on
    Put {
        /// The secret
        #[command(flatten)]
        secret: Given<Secret>,
        /// Where the value is
        #[command(flatten)]
        source: Source,
    },
    /// Have the server make a new version of a key, a key pair or a certificate
    Rotate {
        /// The secret
        #[command(flatten)]
        secret: Given<Secret>,
    },
    /// List the versions of a secret
    Versions {
        /// The secret
        #[command(flatten)]
        secret: Given<Secret>,
    },
    /// Make a new version of a secret with the value of an earlier one
    Rollback {
        /// The secret
        #[command(flatten)]
        secret: Given<Secret>,
        /// The earlier version
        #[command(flatten)]
        to: Given<Version>,
    },
    /// Stop giving a secret to applications; it can be restored for some time
    Delete {
        /// The secret
        #[command(flatten)]
        secret: Given<Secret>,
        /// Only this version of it
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
        version: Option<u64>,
    },
    /// Restore a secret that was deleted
    Undelete {
        /// The secret
        #[command(flatten)]
        secret: Given<Secret>,
        /// Only this version of it
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
        version: Option<u64>,
    },
    /// Destroy a secret and all of its versions; asks first
    Destroy {
        /// The secret
        #[command(flatten)]
        secret: Given<Secret>,
        /// Destroy only the value of this version
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
        version: Option<u64>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl Life {
    /// Reads what is to be sent, asks where something is lost, connects, and does it.
    pub(super) async fn run(
        self,
        prepared: Prepared,
        action: &Action,
        format: Format,
    ) -> Result<()> {
        match self {
            Self::Put { secret, source } => {
                let value = source.read(secret.0.as_str())?;
                let version = connect(prepared).await?.put(secret.0.as_str(), &value).await?;
                output::print(format, &NewVersion::new(&secret.0, version))
            }
            Self::Rotate { secret } => {
                let version = connect(prepared).await?.rotate(secret.0.as_str()).await?;
                output::print(format, &NewVersion::new(&secret.0, version))
            }
            Self::Rollback { secret, to } => {
                let version = connect(prepared).await?.roll_back(secret.0.as_str(), to.0).await?;
                output::print(format, &NewVersion::new(&secret.0, version))
            }
            Self::Versions { secret } => {
                let versions = connect(prepared).await?.versions(secret.0.as_str()).await?;
                output::print(format, &Versions::from(versions))
            }
            Self::Delete { secret, version } => {
                let until_ms = connect(prepared).await?.delete(secret.0.as_str(), version).await?;
                output::print(format, &Deleted::new(describe(&secret.0, version), until_ms))
            }
            Self::Undelete { secret, version } => {
                connect(prepared).await?.undelete(secret.0.as_str(), version).await?;
                output::print(
                    format,
                    &Done { done: "restored", what: &describe(&secret.0, version) },
                )
            }
            Self::Destroy { secret, version, yes } => {
                agree_to_destroy(action, yes, &secret.0, version)?;
                let service = connect(prepared).await?;
                match version {
                    None => service.destroy(secret.0.as_str()).await?,
                    Some(version) => service.destroy_version(secret.0.as_str(), version).await?,
                }
                output::print(
                    format,
                    &Done { done: "destroyed", what: &describe(&secret.0, version) },
                )
            }
        }
    }
}

async fn connect(prepared: Prepared) -> Result<ServiceClient> {
    prepared.service_admin().await
}

fn agree_to_destroy(
    action: &Action,
    agreed: bool,
    secret: &Name,
    version: Option<u64>,
) -> Result<()> {
    let shown = match version {
        None => format!("Secret {secret} and its data will be destroyed, with all versions."),
        Some(_) => format!("The data of {} will be destroyed.", describe(secret, version)),
    };
    let question = match version {
        None => "Destroy the secret?",
        Some(_) => "Destroy the version?",
    };
    action.agree(agreed, &shown, question)
}

/// A secret, or one version of it, in words.
fn describe(secret: &Name, version: Option<u64>) -> String {
    match version {
        None => format!("secret {secret}"),
        Some(version) => format!("version {version} of secret {secret}"),
    }
}
