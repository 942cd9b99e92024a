//! What the AECS administrator can ask for.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::given::{
    Given, Host, HostOrNone, Maybe, Remote, Secret, SecretPrefix, Service, ServicePrefix,
};
use crate::password::{Typed, password_hash};

/// A command of `aecsadmin`. The names and flags are those of AECS 2.0.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Command {
    /// Put a new server to work: reload the identity saved under HOST, or save the present one there
    Provision {
        /// Under which name the identity is saved; without one it is not saved
        #[command(flatten)]
        host: Maybe<HostOrNone>,
        /// Credentials for an object store
        #[command(flatten)]
        storage: StorageArgs,
    },
    /// Register a service and its administrator
    Register {
        /// The service
        #[command(flatten)]
        service: Given<Service>,
        /// File with the public key (PEM) of the service's administrator
        #[arg(long, value_name = "FILE")]
        pubkey: PathBuf,
        /// Hash of the service administrator's password, as `hash-password` prints it; the SHA-256 of
        /// AECS 2.0 is accepted, too
        #[arg(
            long = "servicepasswordhash", visible_alias = "password-hash", value_name = "HASH",
            value_parser = password_hash
        )]
        password_hash: Option<String>,
    },
    /// Remove a service and all its secrets
    Unregister {
        /// The service
        #[command(flatten)]
        service: Given<Service>,
    },
    /// List the services
    List {
        /// Which ones
        #[command(flatten)]
        prefix: Maybe<ServicePrefix>,
    },
    /// List the secrets that trusted applications made for themselves
    #[command(name = "listsecret", visible_alias = "list-secrets")]
    ListSecrets {
        /// Which ones
        #[command(flatten)]
        prefix: Maybe<SecretPrefix>,
    },
    /// Destroy a secret of a trusted application
    #[command(name = "delsecret", visible_alias = "delete-secret")]
    DeleteSecret {
        /// The secret
        #[command(flatten)]
        secret: Given<Secret>,
    },
    /// Save the server's identity, sealed, under HOST
    Backup {
        /// The name of the backup
        #[command(flatten)]
        host: Given<Host>,
    },
    /// List the backups of identities, or look for one
    #[command(name = "backuplist", visible_alias = "list-backups")]
    ListBackups {
        /// Which one
        #[command(flatten)]
        host: Maybe<HostOrNone>,
    },
    /// Delete a backup of an identity
    #[command(name = "backupdel", visible_alias = "delete-backup")]
    DeleteBackup {
        /// The backup
        #[command(flatten)]
        host: Given<Host>,
    },
    /// Back up everything that the server keeps
    #[command(subcommand)]
    Store(StoreCommand),
    /// Refused: in AECS 2.0 it let anybody replace a server's identity and administrator
    Sync {
        /// The working server
        #[command(flatten)]
        remote: Given<Remote>,
    },
    /// Show the server's state, after verifying its report
    Status,
    /// Print the hash of a password (argon2id) for --servicepasswordhash, or for
    /// aecs_admin_password_hash in the server's configuration
    HashPassword,
}

/// A command about the server's store.
#[derive(Subcommand, Debug, PartialEq)]
pub enum StoreCommand {
    /// Write a consistent copy of the working server's store, sealed as it is, into FILE
    Export {
        /// A new file; `aecs_server --import-store FILE` makes a store of it
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Credentials of an object store, for a server that keeps its records in one.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct StorageArgs {
    /// Access key id
    #[arg(long = "osskeyid", value_name = "ID", default_value = "", hide_default_value = true)]
    pub key_id: String,
    /// Access key secret; better given in the environment
    #[arg(
        long = "osskeysecret",
        value_name = "SECRET",
        env = "AECS_OSS_KEY_SECRET",
        hide_env_values = true
    )]
    pub key_secret: Option<Typed>,
    /// Endpoint
    #[arg(long = "ossendpoint", value_name = "URL", default_value = "", hide_default_value = true)]
    pub endpoint: String,
    /// Bucket
    #[arg(
        long = "ossbucket",
        value_name = "BUCKET",
        default_value = "",
        hide_default_value = true
    )]
    pub bucket: String,
}
