//! `aecsadmin`: the tool of the AECS administrator.

mod audit;
mod command;
mod deployment;
mod recovery;
mod run;
#[cfg(test)]
pub(crate) mod schema;
mod store;
mod upgrade;
mod view;

use clap::{Parser, Subcommand};

pub use self::audit::{AuditCommand, VerifyArgs};
pub use self::command::{
    Admin, Command, Deployment, NewKey, NewShares, Recovery, RecoveryNew, ServiceKey,
    ServicePassword, ShareArgs, StorageArgs, StoreCommand, TimeCommand, TrustArgs, Upgrade,
};
pub use self::recovery::{At, Custodian};
pub(crate) use self::run::public_key;

use crate::about::About;
use crate::connection::AdminArgs;
use crate::contexts::Role;
use crate::failure::Result;
use crate::output::Format;
use crate::tool::{self, Action, Tool, VERSION};

/// Administrate an AECS server: put it to work, register services, back up its identity
#[derive(Parser, Debug)]
#[command(name = "aecsadmin", version = VERSION, after_help = after_help())]
pub struct AecsAdmin {
    /// What to do.
    #[command(subcommand)]
    pub command: Verb,
    #[command(flatten)]
    action: Action,
    #[command(flatten)]
    connection: AdminArgs,
}

/// A command of this tool, or a question about the tool itself.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Verb {
    /// A command for a server.
    #[command(flatten)]
    Server(Command),
    /// Check an audit log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// A question about the tool.
    #[command(flatten)]
    About(About),
}

impl Tool for AecsAdmin {
    fn format(&self) -> Format {
        self.connection.output
    }

    fn run(self) -> Result<()> {
        match self.command {
            Verb::About(about) => about.print::<Self>(),
            Verb::Audit(command) => tool::block_on(audit::run(&self.connection, command))?,
            Verb::Server(Command::Keygen(args)) => args.run(self.connection.output),
            Verb::Server(Command::HashPassword) => run::hash_password(&self.connection),
            Verb::Server(command) => {
                let done = tool::block_on(run::run(&self.connection, &self.action, command))?;
                self.connection.remembered(done)
            }
        }
    }
}

fn after_help() -> String {
    let mut text = tool::spellings(
        "aecsadmin --config K --action register --service S --pubkey FILE",
        "aecsadmin --config K register S --pubkey FILE",
    );
    text.push_str(&format!(
        "Your own password comes from --password-file, --ask-password, {} or --password.\n\
         `hash-password` hashes another one: it reads {} instead.\n\n",
        Role::Admin.password_variable(),
        Role::Service.password_variable()
    ));
    tool::after_help(&text)
}
