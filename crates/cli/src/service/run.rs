//! The commands of `serviceadmin`, done.

use aecs_crypto::SecretString;

use super::command::{Command, Key};
use super::view::Denials;
use super::{PASSWORD_VARIABLE, create};
use crate::admin::public_key;
use crate::connection::AdminArgs;
use crate::failure::{Failure, Result};
use crate::output::{self, Done, Rows};
use crate::view::Public;

/// Connects and does what was asked for.
pub(super) async fn run(args: &AdminArgs, command: Command) -> Result<()> {
    let prepared = args.prepare(PASSWORD_VARIABLE)?;
    let format = args.output;
    match command {
        Command::Create { policy, update } => {
            let file = create::read(&policy.0, prepared.name())?;
            let file = if update { file } else { file.require_data()? };
            create::run(&prepared.service_admin().await?, file, update, format).await
        }
        Command::Life(command) => command.run(prepared, format).await,
        Command::List { prefix, deleted: true } => {
            let deleted = prepared.service_admin().await?.list_deleted(prefix.as_str()).await?;
            output::print(format, &Rows(deleted))
        }
        Command::List { prefix, deleted: false } => {
            let secrets = prepared.service_admin().await?.list(prefix.as_str()).await?;
            output::print(format, &Rows(secrets))
        }
        Command::GetPublic { secret } => {
            let public = prepared.service_admin().await?.get_public(secret.0.as_str()).await?;
            output::print(format, &Public::try_from(&public)?)
        }
        Command::Denials { prefix } => {
            let denials = prepared.service_admin().await?.list_denials(prefix.as_str()).await?;
            output::print(format, &Denials::from(denials))
        }
        Command::Key(Key::Rotate(key)) => {
            let hash = key.password_hash.map(SecretString::from);
            let key = public_key(&key.pubkey)?;
            prepared.service_admin().await?.rotate_key(&key, hash.as_ref()).await?;
            let what = "your key: put the new one into the kubeconfig";
            output::print(format, &Done { done: "replaced", what })
        }
        Command::PrepareData(_) => Err(Failure::internal("preparedata needs no server")),
    }
}
