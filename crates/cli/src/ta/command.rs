//! What a trusted application can ask for.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::given::{Given, PolicyFile, Secret};
use crate::names::Prefix;

/// A command of `aecs_client_cli`. The names and flags are those of AECS 2.0.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Command {
    /// Get a secret: of a service, or without --service one that this application created
    Get {
        /// Which secret.
        #[command(flatten)]
        secret: SecretOfService,
        /// File to write the secret to, with mode 0600; `-` is standard output
        #[arg(long, value_name = "FILE")]
        output: Place,
        /// Policy file: refuse the secret if its stored policy admits anybody whom this file does
        /// not admit
        #[arg(long, value_name = "YAML")]
        policy: Option<PathBuf>,
        /// Version of the secret, from 1; without it, the current one
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
        version: Option<u64>,
    },
    /// Get the public part of a secret; needs no enclave
    #[command(name = "getpub", visible_alias = "get-public")]
    GetPublic {
        /// Which secret.
        #[command(flatten)]
        secret: SecretOfService,
        /// File for the public part; `-` is standard output
        #[arg(long, value_name = "FILE", default_value = "-")]
        output: Place,
    },
    /// Create secrets that only this application can get
    Create {
        /// The file that describes them.
        #[command(flatten)]
        policy: Given<PolicyFile>,
        /// Bind the secrets to the signer, product and version of this application, so that its
        /// successors get them too, instead of to its exact measurement
        #[arg(long)]
        bind_to_signer: bool,
    },
    /// Destroy a secret that this application created
    Destroy {
        /// Name of the secret.
        #[command(flatten)]
        secret: Given<Secret>,
    },
}

/// A secret, and the service it belongs to.
#[derive(Args, Debug, PartialEq)]
pub struct SecretOfService {
    /// Name of the secret.
    #[command(flatten)]
    pub secret: Given<Secret>,
    /// Name of the service that the secret belongs to
    #[arg(
        long,
        value_name = "SERVICE",
        env = "AECS_SERVICE",
        default_value = "",
        hide_default_value = true
    )]
    pub service: Prefix,
}

/// Where a result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `-`
    StandardOutput,
    /// A file.
    File(PathBuf),
}

impl From<String> for Place {
    fn from(text: String) -> Self {
        if text == "-" { Self::StandardOutput } else { Self::File(text.into()) }
    }
}
