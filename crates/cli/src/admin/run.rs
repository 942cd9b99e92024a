//! Runs the commands of `aecsadmin`.

use std::path::Path;

use aecs_client::AdminClient;
use aecs_crypto::{PasswordVerifier, PublicKey, SecretString};
use aecs_proto::{Administrator, StorageAuth};
use serde::Serialize;

use super::command::{Admin, Command, ServiceKey, StorageArgs, TimeCommand};
use super::view::{AdministratorRow, BackupRow, ServiceRow, Status};
use super::{deployment, recovery, store, upgrade};
use crate::connection::AdminArgs;
use crate::contexts::Role;
use crate::described::Described;
use crate::failure::{Exit, Failure, Result};
use crate::output::{self, Done, Rows, View};
use crate::tool::Action;
use crate::view::time_text;
use crate::{files, password, tool};

/// Does what was asked for. What can be wrong on this side is found before anything is sent.
pub(super) async fn run(args: &AdminArgs, action: &Action, command: Command) -> Result<()> {
    let format = args.output;
    let done = |done, what: String| output::print(format, &Done { done, what: &what });
    match command {
        Command::Provision { host, storage, trust } => {
            deployment::provision(args, host.as_str().to_owned(), storage.into(), trust).await
        }
        Command::Register { service, pubkey, password, operator_may_replace_key } => {
            let (key, hash) = (public_key(&pubkey)?, password.hash());
            let admin = connect(args).await?;
            let name = service.0.as_str();
            admin.register_with(name, &key, hash.as_ref(), operator_may_replace_key).await?;
            done("registered", format!("service {}", service.0))
        }
        Command::Deployment(command) => deployment::run(args, command).await,
        Command::Admin(command) => administrators(args, command).await,
        Command::ServiceKey(ServiceKey::Set { service, key, yes }) => {
            let (key, hash) = (public_key(&key.pubkey)?, key.password_hash.map(SecretString::from));
            let summary =
                format!("The present key of service {} will be refused from now on.", service.0);
            tool::agree(yes, &summary, "Replace the key?")?;
            let admin = connect(args).await?;
            admin.set_service_key(service.0.as_str(), &key, hash.as_ref()).await?;
            done("replaced", format!("the key of service {}", service.0))
        }
        Command::Unregister { service, yes } => {
            let summary = format!("Service {} and all its secrets will be destroyed.", service.0);
            action.agree(yes, &summary, "Remove the service?")?;
            connect(args).await?.unregister(service.0.as_str()).await?;
            done("unregistered", format!("service {}", service.0))
        }
        Command::List { prefix } => {
            let services = connect(args).await?.services(prefix.as_str()).await?;
            output::print(format, &Rows::<ServiceRow>::of(services))
        }
        Command::ListSecrets { prefix } => {
            let secrets = connect(args).await?.list_ta_secrets(prefix.as_str()).await?;
            output::print(format, &Rows::<Described>::of(secrets))
        }
        Command::DeleteSecret { secret, yes } => {
            let summary =
                format!("Secret {} of a trusted application will be destroyed.", secret.0);
            action.agree(yes, &summary, "Destroy the secret?")?;
            connect(args).await?.destroy_ta_secret(secret.0.as_str()).await?;
            done("destroyed", format!("secret {}", secret.0))
        }
        Command::Backup { host } => {
            connect(args).await?.backup(host.0.as_str()).await?;
            done("saved", format!("identity backup {}", host.0))
        }
        Command::ListBackups { host } => {
            let backups = connect(args).await?.list_backups(host.as_str()).await?;
            output::print(format, &Rows::<BackupRow>::of(backups))
        }
        Command::DeleteBackup { host, yes } => {
            let summary = format!("No server can be restored from {} afterwards.", host.0);
            action.agree(yes, &summary, "Delete the backup?")?;
            connect(args).await?.delete_backup(host.0.as_str()).await?;
            done("deleted", format!("identity backup {}", host.0))
        }
        Command::Status => {
            let prepared = args.prepare(Role::Admin)?;
            let admin = prepared.first_contact_if_unpinned().aecs_admin().await?;
            output::print(format, &Status::from(&*admin.server().await?))
        }
        Command::Time(TimeCommand::Set { time }) => {
            let before = connect(args).await?.set_time(time).await?;
            let (time, before) = (time_text(time), time_text(before));
            done("lowered", format!("the floor of the server's clock to {time} (it was {before})"))
        }
        Command::Store(command) => store::run(args, command).await,
        Command::Recovery(command) => recovery::run(args, command).await,
        Command::Upgrade(command) => upgrade::run(args, command).await,
        Command::Sync { .. } => Err(sync_refused()),
        Command::HashPassword | Command::Keygen(_) => {
            Err(Failure::internal("the command needs no server"))
        }
    }
}

/// Does what was asked for about the administrators of the platform.
async fn administrators(args: &AdminArgs, command: Admin) -> Result<()> {
    let done = |done, what: String| output::print(args.output, &Done { done, what: &what });
    match command {
        Admin::List => {
            let administrators = connect(args).await?.list_administrators().await?;
            output::print(args.output, &Rows::<AdministratorRow>::of(administrators))
        }
        Admin::Add { name, pubkey, password_hash } => {
            let (key, hash) = (public_key(&pubkey)?, password_hash.map(SecretString::from));
            connect(args).await?.add_administrator(&name, &key, hash.as_ref()).await?;
            done("added", format!("administrator {name}"))
        }
        Admin::Remove { name, myself, keep_shares, leave_none_proven, yes } => {
            let admin = connect(args).await?;
            let own = admin.key_hash().to_string();
            let administrators = admin.list_administrators().await?;
            let is_own = |it: &Administrator| it.key_hash.eq_ignore_ascii_case(&own);
            let is_me = administrators.iter().any(|it| it.name == name && is_own(it));
            check_myself(&name, is_me, myself)?;
            let summary = format!("The key of administrator {name} will be refused from now on.");
            let there = admin.recovery().await?.sets;
            let key = administrators.into_iter().find(|it| it.name == name).map(|it| it.key_hash);
            let made = recovery::made_by(&there, key.as_deref().unwrap_or_default());
            let (kept, ends): (Vec<_>, Vec<_>) =
                made.into_iter().partition(|set| keep_shares.contains(&set.revision));
            if let Some(revision) =
                keep_shares.iter().find(|it| !kept.iter().any(|set| set.revision == **it))
            {
                let what = format!("{name} has made no recovery shares of revision {revision}");
                return Err(Failure::new(Exit::NotFound, what).help(
                    "`aecsadmin recovery list -o json` shows who has made which (createdBy)",
                ));
            }
            let summary = recovery::with_shares(summary, &name, &kept, &ends);
            if yes && !(kept.is_empty() && ends.is_empty()) {
                tool::say(&summary);
            }
            tool::agree(yes, &summary, "Remove the administrator?")?;
            let server = admin.server().await?;
            let left: Vec<_> = there.iter().filter(|set| !ends.contains(set)).cloned().collect();
            let none_proven = match ends.as_slice() {
                [] => leave_none_proven,
                _ => recovery::agree_to_none_proven(&left, yes, leave_none_proven, KEEP_SHARES)?,
            };
            let ended = admin.remove_administrator(&name, &keep_shares, none_proven).await?;
            recovery::tell_ended(&ended);
            tool::say(ADMIN_PUBKEY);
            if server.status().recovery.as_ref().is_some_and(|it| it.revision > 0) {
                tool::say(ROTATE);
            }
            done("removed", format!("administrator {name}"))
        }
        Admin::Rotate(key) => {
            let (key, hash) = (public_key(&key.pubkey)?, key.password_hash.map(SecretString::from));
            connect(args).await?.rotate_key(&key, hash.as_ref()).await?;
            tool::say(ADMIN_PUBKEY);
            done("replaced", "your key: put the new one into the kubeconfig".to_owned())
        }
    }
}

/// What to do where the removal of an administrator would end the last proven shares.
const KEEP_SHARES: &str = "make others first (recovery rotate) and have them proven, keep these (--keep-shares REVISION), \
                           or add --leave-none-proven";

/// Refuses to remove oneself without saying so: nobody can take that back with this key.
fn check_myself(name: &str, is_me: bool, myself: bool) -> Result<()> {
    match (is_me, myself) {
        (true, false) => Err(Failure::usage(format!(
            "administrator {name} has the key of this kubeconfig: the server would refuse every later \
             command of yours"
        ))
        .help("add --myself if you mean that")),
        (false, true) => Err(Failure::usage(format!(
            "--myself, but administrator {name} does not have the key of this kubeconfig"
        ))
        .help("`aecsadmin admin list` shows the names; leave --myself out to remove somebody else")),
        _ => Ok(()),
    }
}

/// A server that has lost its identity knows only the administrator of its file until it has it
/// back.
const ADMIN_PUBKEY: &str = "note: put the key of an administrator who stays into aecs_admin_pubkey of \
                            the server's file: it is needed to bring back a lost identity";

/// The records from before a removal still have the administrator, and the shares of that time open them.
const ROTATE: &str = "note: the recovery shares of before still open a copy of the store in which this administrator \
                      is one: make new shares (aecsadmin recovery rotate), have them proven, and have the custodians \
                      destroy the former ones (docs/recovery.md)";

pub(super) async fn connect(args: &AdminArgs) -> Result<AdminClient> {
    args.prepare(Role::Admin)?.aecs_admin().await
}

pub(crate) fn public_key(path: &Path) -> Result<PublicKey> {
    let pem = files::read_text(path, "public key")?;
    PublicKey::from_pem(&pem).map_err(|error| {
        Failure::bad_input(format!("{} is not a public key: {error}", path.display()))
            .help("give the public half of the administrator's key pair, as PEM")
    })
}

impl From<StorageArgs> for StorageAuth {
    fn from(args: StorageArgs) -> Self {
        Self {
            access_key_id: args.key_id,
            access_key_secret: args
                .key_secret
                .map(|secret| secret.expose().to_owned())
                .unwrap_or_default(),
            endpoint: args.endpoint,
            bucket_name: args.bucket,
        }
    }
}

/// In AECS 2.0 anybody who could reach a server could make it take another identity and another
/// administrator this way. The servers of today refuse the call, so it is not even made.
fn sync_refused() -> Failure {
    Failure::new(Exit::Refused, "a server does not take over another server's identity").help(
        "save the identity with `backup HOST`, and provision the new server with that name on \
         the same store and platform",
    )
}

/// The hash of a password, in the PHC string format.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct HashedPassword {
    password_hash: String,
}

impl View for HashedPassword {
    fn text(&self) -> String {
        self.password_hash.clone()
    }
}

/// Prints the argon2id hash of a password that is given in any of the usual ways, or asked for.
pub(super) fn hash_password(args: &AdminArgs) -> Result<()> {
    let password = match args.password.resolve(Role::Service.password_variable())? {
        Some(password) => password,
        None => {
            let variable = Role::Service.password_variable();
            password::ask("Password to hash: ", "--password-file", variable)?
        }
    };
    if password.is_empty() {
        return Err(Failure::usage("the password is empty"));
    }
    let password_hash = PasswordVerifier::from_password(password.expose())
        .map_err(|error| Failure::internal(format!("the password cannot be hashed: {error}")))?
        .to_phc();
    output::print(args.output, &HashedPassword { password_hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_removes_themselves_unawares() {
        let refused = check_myself("alice", true, false).unwrap_err().to_string();
        assert!(refused.contains("alice has the key of this kubeconfig"), "{refused}");
        assert!(refused.contains("help: add --myself"), "{refused}");
        assert!(check_myself("bob", false, true).is_err(), "somebody else was meant");
        assert_eq!(check_myself("alice", true, true), Ok(()));
        assert_eq!(check_myself("bob", false, false), Ok(()));
    }
}
