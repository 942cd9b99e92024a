//! What the AECS administrator can ask for.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aecs_crypto::SecretString;
use clap::{Args, Subcommand};

use crate::given::{
    Host, HostOrNone, Optional, Remote, Required, Secret, SecretPrefix, Service, ServicePrefix,
};
use crate::keygen::KeygenArgs;
use crate::password::{Typed, password_hash};

/// A command of `aecsadmin`. The names and flags are those of AECS 2.0.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Command {
    /// Provision a new server: restore the identity saved under HOST, or save the server's own
    /// identity there
    Provision {
        /// Under which name the identity is saved; without one it is not saved
        #[command(flatten)]
        host: Optional<HostOrNone>,
        /// Credentials for an object store
        #[command(flatten)]
        storage: StorageArgs,
        /// What is expected, and what is pinned
        #[command(flatten)]
        trust: TrustArgs,
    },
    /// Register a service and its administrator
    Register {
        /// The service
        #[command(flatten)]
        service: Required<Service>,
        /// File with the public key (PEM) of the service's administrator
        #[arg(long, value_name = "FILE")]
        pubkey: PathBuf,
        /// The hash of the service administrator's password
        #[command(flatten)]
        password: ServicePassword,
        /// Allow the operator to replace the key later with `service-key set`; the operator can
        /// then read the secrets
        #[arg(long)]
        operator_may_replace_key: bool,
    },
    /// Remove a service and all its secrets; asks first
    Unregister {
        /// The service
        #[command(flatten)]
        service: Required<Service>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// List the services
    List {
        /// Which ones
        #[command(flatten)]
        prefix: Optional<ServicePrefix>,
    },
    /// List the secrets that trusted applications made for themselves
    #[command(name = "listsecret", visible_alias = "list-secrets")]
    ListSecrets {
        /// Which ones
        #[command(flatten)]
        prefix: Optional<SecretPrefix>,
    },
    /// Destroy a secret of a trusted application; asks first
    #[command(name = "delsecret", visible_alias = "delete-secret")]
    DeleteSecret {
        /// The secret
        #[command(flatten)]
        secret: Required<Secret>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Save the server's identity, sealed, under HOST
    Backup {
        /// The name of the backup
        #[command(flatten)]
        host: Required<Host>,
    },
    /// List the identity backups, or find one
    #[command(name = "backuplist", visible_alias = "list-backups")]
    ListBackups {
        /// Which one
        #[command(flatten)]
        host: Optional<HostOrNone>,
    },
    /// Delete a backup of an identity; asks first
    #[command(name = "backupdel", visible_alias = "delete-backup")]
    DeleteBackup {
        /// The backup
        #[command(flatten)]
        host: Required<Host>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Show, verify, export and move the server's store
    #[command(subcommand)]
    Store(StoreCommand),
    /// Make recovery shares for custodians, and recover a deployment whose machine is lost
    #[command(subcommand)]
    Recovery(Recovery),
    /// Prepare changes that end the sealed identity
    #[command(subcommand)]
    Upgrade(Upgrade),
    /// Refused: in AECS 2.0 it let anybody replace a server's identity and administrator
    Sync {
        /// The working server
        #[command(flatten)]
        remote: Required<Remote>,
    },
    /// Show the server's state, after verifying its report
    Status,
    /// Lower the floor of the server's clock
    #[command(subcommand)]
    Time(TimeCommand),
    /// Show, compare, change and pin the trust settings
    #[command(subcommand)]
    Deployment(Deployment),
    /// Add and remove administrators of the platform
    #[command(subcommand)]
    Admin(Admin),
    /// Replace the key of a service's administrator
    #[command(subcommand, name = "service-key")]
    ServiceKey(ServiceKey),
    /// Make a key pair for an administrator
    Keygen(KeygenArgs),
    /// Print the hash of a password (argon2id) for --servicepasswordhash, --password-hash, or
    /// aecs_admin_password_hash in the server's configuration. The password to hash comes from
    /// --password-file or AECS_SERVICE_PASSWORD, never from AECS_ADMIN_PASSWORD; without one, the
    /// tool asks
    HashPassword,
}

/// A command about the server's store.
#[derive(Subcommand, Debug, PartialEq)]
pub enum StoreCommand {
    /// Show the engine, how many records there are, and what the last verification found
    Status,
    /// Have the server read all its records, wait for the end, and list what is damaged; the server
    /// keeps working
    Verify,
    /// Write a consistent copy of the running server's store to FILE; the copy is sealed like the
    /// store
    Export {
        /// A new file; `aecs_server --import-store FILE` makes a store of it
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Have the server move its records to another, empty store, and wait for the end; the server keeps
    /// working, and goes on with the other store. Set aecs_store to URL before its next start
    Move {
        /// Such as postgres://USER@HOST/DATABASE or redb:PATH, or `embedded` for aecs.redb in the server's
        /// aecs_data_dir; the server opens it with its own settings (store.user, store.password_file,
        /// store.ca_path)
        #[arg(value_name = "URL")]
        url: String,
    },
}

/// A command about the recovery of a deployment.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Recovery {
    /// Make the first recovery shares: a file for each custodian, encrypted to the custodian
    #[command(
        mut_arg("threshold", |it| it.required(true)),
        mut_arg("custodians", |it| it.required(true))
    )]
    Create(RecoveryNew),
    /// Make new recovery shares; the former ones for the same servers end when enough of the new ones are proven
    Rotate(RecoveryNew),
    /// List the sets of recovery shares
    List,
    /// Show who has shares and when they were proven; of a server in recovery, what it waits for
    Status {
        /// Days after the last drill until an alert is shown
        #[arg(long, value_name = "DAYS", default_value_t = 90)]
        max_age: u32,
    },
    /// End sets of recovery shares
    Revoke {
        /// The revisions, as `recovery list` shows them
        #[arg(value_name = "REVISION", required = true)]
        revisions: Vec<i64>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Also if no shares are left that were proven
        #[arg(long)]
        leave_none_proven: bool,
    },
    /// Custodian: prove a share to the working server, without giving anything of it away
    Drill(ShareArgs),
    /// Custodian: submit a share to a server that was started with --recover, after verifying that it
    /// may have it
    ///
    /// With --insecure-accept-rollback, the server may open records that are older than those which this tool
    /// has seen. The tool remembers these all the same: give the flag once more with the first command after
    /// the recovery.
    Submit(ShareArgs),
    /// Custodian: ask for an administrator, in the place of one of that name; it is done when all
    /// custodians have asked for the same within a day (recovery.may_replace_administrators)
    Appoint {
        /// The administrator's name
        name: String,
        /// The key
        #[command(flatten)]
        key: AppointedKey,
        /// The share
        #[command(flatten)]
        share: ShareArgs,
        /// The server waits for shares, and has enough of them
        #[arg(long)]
        recovering: bool,
    },
    /// Make a server work that has enough shares, with the deployment's identity and records; this ends the
    /// shares that were made for the former version, if it is another one
    Finish {
        /// The state of the records to return to, as `recovery status` shows it [default: the tool shows
        /// it and asks]
        #[arg(long, value_name = "EPOCH:CHAIN", value_parser = super::recovery::at_text)]
        at: Option<super::At>,
        /// Also if the records are older than the identity that was recovered remembers
        #[arg(long)]
        accept_older_store: bool,
        /// Do not heed the custodian of this share, who claims to have seen later records. It takes as many other
        /// shares as are needed. Find out first what that custodian has seen
        #[arg(long = "overrule-custodian", value_name = "SHARE-NUMBER", value_parser = clap::value_parser!(i32).range(1..=255))]
        overruled: Vec<i32>,
        /// End the shares that were used, once the server works
        #[arg(long)]
        revoke_shares: bool,
        /// With --revoke-shares: also if no shares are left that were proven
        #[arg(long, requires = "revoke_shares")]
        leave_none_proven: bool,
    },
}

/// A command about changes that end the sealed identity.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Upgrade {
    /// Make the next start a planned recovery: where the new version, or the machine after an update of its
    /// microcode, cannot open the sealed identity. Run it again until it says that the server can be stopped;
    /// it tells what comes next
    Prepare {
        /// A kubeconfig whose verifyPolicy is the new version's, and of no other: you sign that servers
        /// which satisfy it may have the deployment's identity [default: the present version starts again,
        /// with another sealing key]
        #[arg(value_name = "KUBECONFIG")]
        next: Option<PathBuf>,
        /// Which shares are made for it, if there are none
        #[command(flatten)]
        shares: NewShares,
        /// Days for which shares count as proven
        #[arg(long, value_name = "DAYS", default_value_t = 7)]
        max_age: u32,
    },
}

/// The recovery shares to make, and which servers may have them.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct RecoveryNew {
    /// The shares
    #[command(flatten)]
    pub shares: NewShares,
    /// A kubeconfig: the shares are for servers that satisfy its verifyPolicy [default: servers like the one
    /// that makes the shares]
    #[arg(long = "for", value_name = "KUBECONFIG")]
    pub released_to: Option<PathBuf>,
}

/// The recovery shares to make.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct NewShares {
    /// How many shares are needed to recover the deployment: 2 to 16 [default of rotate: as before]
    #[arg(long, value_name = "K")]
    pub threshold: Option<u8>,
    /// A custodian, and the recipient of the custodian's key, as `age-keygen` shows it; once for each,
    /// at most 32 [default of rotate: those of the latest proven set]
    #[arg(long = "custodian", value_name = "NAME=age1…", value_parser = super::recovery::custodian_text)]
    pub custodians: Vec<super::Custodian>,
    /// Where the files are written
    #[arg(long, value_name = "DIR", default_value_os_t = super::recovery::here())]
    pub out: PathBuf,
}

/// A recovery share and what opens it.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct ShareArgs {
    /// The file of the share
    #[arg(value_name = "SHARE-FILE")]
    pub share: PathBuf,
    /// The custodian's identity file, as `age-keygen` writes it; - for standard input
    #[arg(long, value_name = "FILE")]
    pub identity: PathBuf,
}

impl ShareArgs {
    /// The file of the share, and that of the identity.
    pub fn files(&self) -> (&Path, &Path) {
        (&self.share, &self.identity)
    }
}

/// What an administrator expects of a server that begins to work, and which files pin it.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct TrustArgs {
    /// Your copy of the server's configuration file: provisioning is refused if the trust settings
    /// in force differ from it [default: serverConfigFile in the kubeconfig]
    #[arg(long, value_name = "FILE")]
    pub server_config: Option<PathBuf>,
    /// Agree to the trust settings in force without being asked
    #[arg(long)]
    pub yes: bool,
    /// Write the deployment id into these kubeconfigs, too [default: pinKubeconfigs in the
    /// kubeconfig]
    #[arg(long = "pin", value_name = "FILE", num_args = 1..)]
    pub pin: Vec<PathBuf>,
    /// Start although the store is empty, or older than the last state that the identity has
    /// recorded
    #[arg(long)]
    pub accept_older_store: bool,
    /// Make the first recovery shares as well, for the custodians in this file (`threshold`, and NAME:
    /// age1… for each under `custodians`); the share files are written beside it
    #[arg(long, value_name = "FILE")]
    pub recovery: Option<PathBuf>,
}

/// A command about the server's time.
#[derive(Subcommand, Clone, Debug, PartialEq)]
pub enum TimeCommand {
    /// Lower the floor of the server's clock to TIME: the server's time is never before the latest
    /// time that was signed for it, and `status` shows which that is
    Set {
        /// A time before the floor, as 2026-05-04T12:00:00Z, or `now`: the time of this machine
        #[arg(value_name = "TIME", value_parser = crate::view::time)]
        time: SystemTime,
    },
}

/// A command about the deployment.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Deployment {
    /// Show the trust settings in force, and how the host's file differs from them
    Show,
    /// Check FILE and show its changes; without FILE, how the host's file differs
    Diff {
        /// A configuration file of a server
        file: Option<PathBuf>,
    },
    /// Make the trust settings of FILE those in force
    Apply {
        /// A configuration file of a server
        file: PathBuf,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Write the deployment id into kubeconfigs, after showing the deployment's settings
    Pin {
        /// The kubeconfigs [default: the one of --config]
        files: Vec<PathBuf>,
        /// Replace the id of another deployment
        #[arg(long)]
        replace: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// A command about the administrators of the platform.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Admin {
    /// List the administrators
    List,
    /// Add an administrator
    Add {
        /// The administrator's name
        name: String,
        /// File with the public key (PEM)
        #[arg(long, value_name = "FILE")]
        pubkey: PathBuf,
        /// Hash of the administrator's password, as `hash-password` prints it
        #[arg(long, value_name = "HASH", value_parser = password_hash)]
        password_hash: Option<String>,
    },
    /// Remove an administrator: the key is refused from now on, and the recovery shares that this one made end
    Remove {
        /// The administrator's name
        name: String,
        /// Remove yourself: without this, the administrator with your own key is not removed
        #[arg(long)]
        myself: bool,
        /// Recovery shares of this administrator that stay, as yours from now on: those whose custodians you
        /// know (recovery list); once for each revision
        #[arg(long, value_name = "REVISION")]
        keep_shares: Vec<i64>,
        /// Also if no shares are left that were proven
        #[arg(long)]
        leave_none_proven: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Replace your own key; use the new one in the kubeconfig afterwards
    Rotate(NewKey),
}

/// A command about the key of a service's administrator.
#[derive(Subcommand, Debug, PartialEq)]
pub enum ServiceKey {
    /// Replace the key of a service that was registered with --operator-may-replace-key
    Set {
        /// The service
        #[command(flatten)]
        service: Required<Service>,
        /// The new key
        #[command(flatten)]
        key: NewKey,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// A key in the place of another one.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct NewKey {
    /// File with the new public key (PEM)
    #[arg(long, value_name = "FILE")]
    pub pubkey: PathBuf,
    /// Hash of a new password, as `hash-password` prints it [default: the password stays]
    #[arg(long, value_name = "HASH", value_parser = password_hash)]
    pub password_hash: Option<String>,
}

/// The key of an administrator whom custodians set.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct AppointedKey {
    /// File with the new public key (PEM)
    #[arg(long, value_name = "FILE")]
    pub pubkey: PathBuf,
    /// Hash of a new password, as `hash-password` prints it [default: no password, also if the one of that
    /// name has one]
    #[arg(long, value_name = "HASH", value_parser = password_hash)]
    pub password_hash: Option<String>,
}

/// The hash of the password of a service's administrator, in either spelling: an error then names the
/// flag that was given.
#[derive(Args, Clone, Debug, Default)]
pub struct ServicePassword {
    /// Hash of the service administrator's password, as `hash-password` prints it; the SHA-256
    /// of AECS 2.0 is accepted, too
    #[arg(long, value_name = "HASH", value_parser = password_hash)]
    password_hash: Option<String>,
    /// The same argument, as AECS 2.0 spells it
    #[arg(
        long = "servicepasswordhash", value_name = "HASH", value_parser = password_hash,
        conflicts_with = "password_hash"
    )]
    as_in_aecs20: Option<String>,
}

impl ServicePassword {
    /// The hash, if one was given.
    pub(super) fn hash(&self) -> Option<SecretString> {
        self.given().map(|hash| SecretString::from(hash.to_owned()))
    }

    fn given(&self) -> Option<&str> {
        self.password_hash.as_deref().or(self.as_in_aecs20.as_deref())
    }
}

impl PartialEq for ServicePassword {
    fn eq(&self, other: &Self) -> bool {
        self.given() == other.given()
    }
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
