//! Runs the commands of `serviceadmin`.

use aecs_client::{Error, ErrorCode, ServiceClient};
use aecs_crypto::SecretString;

use super::command::{Command, Key};
use super::listed::listed;
use super::view::{Denials, Restorable, now_ms};
use super::{apply, create};
use crate::admin::public_key;
use crate::connection::{AdminArgs, Prepared};
use crate::contexts::Role;
use crate::described::time;
use crate::failure::{Exit, Failure, Result};
use crate::names::Name;
use crate::output::{self, Done, Rows};
use crate::tool::{self, Action};
use crate::view::Public;

/// Connects and does what was asked for.
pub(super) async fn run(args: &AdminArgs, action: &Action, command: Command) -> Result<()> {
    let prepared = args.prepare(Role::Service)?;
    check_name(&prepared)?;
    let format = args.output;
    match command {
        Command::Create(args) => {
            let file = create::read(&args.policy.0, prepared.name())?;
            let file = if args.update { file } else { file.require_data()? };
            create::run(&prepared.service_admin().await?, file, &args, format).await
        }
        Command::Apply(args) => apply::run(args, prepared, format).await,
        Command::Get { secret } => {
            let service = prepared.service_admin().await?;
            let list = service.list_with_info(secret.0.as_str(), true).await?;
            let deleted = list.deleted.first().map(|deleted| deleted.restorable_until_ms);
            match (listed(list).pop(), deleted) {
                (Some(secret), _) => output::print(format, &secret),
                (None, Some(until_ms)) => {
                    Err(Failure::new(Exit::NotFound, format!("secret {} is deleted", secret.0))
                        .help(format!(
                            "`serviceadmin undelete` restores it until {}",
                            time(until_ms)
                        )))
                }
                (None, None) => {
                    let what = format!("there is no secret {} of this service", secret.0);
                    Err(Failure::new(Exit::NotFound, what).help("`serviceadmin list` shows them"))
                }
            }
        }
        Command::Life(command) => command.run(prepared, action, format).await,
        Command::List { filter, deleted: true } => {
            let service = prepared.service_admin().await?;
            let mut deleted = service.list_deleted(filter.prefix.as_str()).await?;
            deleted.retain(|secret| filter.admits_deleted(secret));
            output::print(format, &Rows::<Restorable>::of(deleted))
        }
        Command::List { filter, deleted: false } => {
            let service = prepared.service_admin().await?;
            let mut secrets = listed(service.list_with_info(filter.prefix.as_str(), false).await?);
            let now_ms = now_ms();
            secrets.retain(|secret| filter.admits(secret, now_ms));
            for warning in secrets.iter().filter_map(|secret| secret.ending_rule(now_ms)) {
                tool::warn(&warning);
            }
            output::print(format, &Rows(secrets))
        }
        Command::GetPublic { secret } => {
            let service = prepared.service_admin().await?;
            let public = match service.get_public(secret.0.as_str()).await {
                Ok(public) => public,
                Err(error) => return Err(explain(&service, &secret.0, error).await),
            };
            output::print(format, &Public::try_from(&public)?)
        }
        Command::Denials { prefix } => {
            let denials = prepared.service_admin().await?.list_denials(prefix.as_str()).await?;
            output::print(format, &Denials::from(denials))
        }
        Command::Lists(lists) => lists.run(prepared, format).await,
        Command::Transit(operation) => {
            let key = operation.key();
            if key.service.as_ref().is_some_and(|service| service.as_str() != prepared.name()) {
                return Err(Failure::usage("the key is of another service than yours")
                    .help("leave the service out"));
            }
            let service = prepared.service_admin().await?;
            operation.run(&service.key(key.secret.as_str())).await
        }
        Command::Key(Key::Rotate(key)) => {
            let hash = key.password_hash.map(SecretString::from);
            let key = public_key(&key.pubkey)?;
            prepared.service_admin().await?.rotate_key(&key, hash.as_ref()).await?;
            let what = "your key: put the new one into the kubeconfig";
            output::print(format, &Done { done: "replaced", what })
        }
        Command::Keygen(_) | Command::PrepareData(_) | Command::Policy(_) => {
            Err(Failure::internal("the command needs no server"))
        }
    }
}

/// The name in the kubeconfig says which service is administrated.
fn check_name(prepared: &Prepared) -> Result<()> {
    if !prepared.name().is_empty() {
        return Ok(());
    }
    let file = prepared.file().display();
    Err(Failure::bad_input(format!("{file}: the administrator has no name"))
        .help("add `name:` with the name of the service under `administrator:`"))
}

/// Tells a secret's own administrator what the server does not tell everybody: whether it exists.
async fn explain(service: &ServiceClient, secret: &Name, error: Error) -> Failure {
    let name = secret.as_str();
    let all = match error.code() {
        Some(ErrorCode::PublicPrivate) => service.list(name).await,
        _ => return error.into(),
    };
    let Ok(all) = all else { return error.into() };
    let share = all.iter().find(|spec| spec.secret_name == name).map(|spec| spec.share.as_str());
    not_public(name, share).unwrap_or_else(|| error.into())
}

/// Why a secret, which is shared as `share` says if it exists, has no public part; none if it has one.
fn not_public(name: &str, share: Option<&str>) -> Option<Failure> {
    match share {
        None => Some(Failure::new(Exit::NotFound, format!("there is no secret {name}")).help(
            "`serviceadmin list` shows the service's secrets, `serviceadmin list --deleted` those that \
             can be restored",
        )),
        Some("private") => {
            let what = format!("secret {name} is private: it has `share: private`");
            Some(Failure::new(Exit::Refused, what).help(
                "to share its public part, write `share: public` in its file and `serviceadmin apply` it",
            ))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_administrator_of_a_secret_learns_why_it_has_no_public_part() {
        let missing = not_public("a", None).unwrap().to_string();
        assert!(missing.starts_with("error: there is no secret a\n  help: `serviceadmin list`"));
        let private = not_public("a", Some("private")).unwrap().to_string();
        assert!(private.starts_with("error: secret a is private: it has `share: private`\n"));
        assert_eq!(not_public("a", Some("public")), None);
    }
}
