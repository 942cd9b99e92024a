//! What the administrator of a service can ask for.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Subcommand, ValueEnum};

use super::apply::ApplyArgs;
use super::life::Life;
use super::listed::Filter;
use super::lists::Lists;
use crate::admin::NewKey;
use crate::evidence::PolicyTest;
use crate::given::{Optional, PolicyFile, Required, Secret, SecretPrefix};
use crate::keygen::KeygenArgs;
use crate::names::Name;
use crate::transit::Transit;

/// A command of `serviceadmin`. The names and flags are those of AECS 2.0.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Command {
    /// Create the secrets of a policy file
    Create(CreateArgs),
    /// Make the secrets of the service what policy files say: create, update, or leave as they are
    Apply(ApplyArgs),
    /// The life of a secret that exists
    #[command(flatten)]
    Life(Life),
    /// Show a secret: its settings, policy and versions, not its value
    Get {
        /// The secret
        #[command(flatten)]
        secret: Required<Secret>,
    },
    /// List the secrets of the service
    List {
        /// Which ones
        #[command(flatten)]
        filter: Filter,
        /// List those that are deleted and can be restored
        #[arg(long, conflicts_with = "older_than")]
        deleted: bool,
    },
    /// Print the public part of a secret
    #[command(name = "getpub", visible_alias = "get-public")]
    GetPublic {
        /// The secret
        #[command(flatten)]
        secret: Required<Secret>,
    },
    /// List who was refused a secret of the service, and why; a rule with lists counts as one for
    /// each combination of their values
    Denials {
        /// Of which secrets
        #[command(flatten)]
        prefix: Optional<SecretPrefix>,
    },
    /// Named lists of values and measurements, which rules refer to
    #[command(subcommand)]
    Lists(Lists),
    /// Use a key of the service that stays in the server, where its `use.admin` allows that
    #[command(subcommand)]
    Transit(Transit),
    /// Your own key
    #[command(subcommand)]
    Key(Key),
    /// Make a key pair for a service's administrator; needs no server
    Keygen(KeygenArgs),
    /// Policy files
    #[command(subcommand)]
    Policy(Policy),
    /// Turn key files into the `data` of a policy file; needs no server
    #[command(name = "preparedata", visible_alias = "prepare-data")]
    PrepareData(PrepareArgs),
}

/// What to create, and how.
#[derive(Args, Debug, PartialEq)]
pub struct CreateArgs {
    /// The policy file
    #[command(flatten)]
    pub(super) policy: Required<PolicyFile>,
    /// Change the policies and settings of secrets that exist, instead of creating new ones
    #[arg(
        long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
        default_value = "false", hide_default_value = true, hide_possible_values = true,
        value_parser = BoolishValueParser::new()
    )]
    pub(super) update: bool,
    /// With --update: let secrets leave the server that could not before
    #[arg(long, requires = "update")]
    pub(super) allow_export: bool,
    /// Leave secrets that exist as they are: for a run that was cut off
    #[arg(long, conflicts_with = "update")]
    pub(super) skip_existing: bool,
}

/// A command about the key of the service's administrator.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Key {
    /// Replace your own key; use the new one in the kubeconfig afterwards
    Rotate(NewKey),
}

/// A command about a policy file; needs no server.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Policy {
    /// Check that a policy admits and denies the evidence that it should; for a team's CI
    Test(Box<PolicyTest>),
    /// Print a policy as the JSON of the protocol, in one line: for the trust setting ta_secrets.policy
    Compile {
        /// Policy: a secret policy file (kind: SecretPolicy), or a policy alone
        #[arg(value_name = "YAML")]
        policy: PathBuf,
        /// The policy of this secret
        #[arg(long, value_name = "NAME")]
        secret: Option<Name>,
    },
}

/// The files to prepare.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct PrepareArgs {
    /// Type of the secret
    #[arg(long = "secrettype", visible_alias = "type", value_enum, value_name = "TYPE")]
    pub kind: KeyKind,
    /// File with the public key (PEM)
    #[arg(long = "pubfile", visible_alias = "public", value_name = "FILE")]
    pub public: PathBuf,
    /// File with the private key (PEM)
    #[arg(long = "privfile", visible_alias = "private", value_name = "FILE")]
    pub private: PathBuf,
}

/// The key pairs that `preparedata` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyKind {
    /// For SECRET_TYPE_RSA_KEY_PAIR
    Rsa,
    /// For SECRET_TYPE_SM2_KEY_PAIR
    Sm2,
    /// For SECRET_TYPE_EC_P256_KEY_PAIR
    EcP256,
    /// For SECRET_TYPE_EC_P384_KEY_PAIR
    EcP384,
    /// For SECRET_TYPE_ED25519_KEY_PAIR
    Ed25519,
}
