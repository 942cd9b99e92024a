//! `serviceadmin`: the tool of a service's administrator.

mod apply;
mod command;
mod create;
mod life;
mod listed;
mod lists;
mod many;
mod pkcs12;
mod policy;
mod prepare;
mod run;
#[cfg(test)]
pub(crate) mod schema;
mod value;
mod view;

use clap::Parser;

pub use self::apply::ApplyArgs;
pub use self::command::{Command, CreateArgs, KeyKind, Policy, PrepareArgs};
pub use self::life::{Life, Names};
pub use self::listed::Filter;
pub use self::lists::{Lists, Values};
pub use self::value::Source;

use crate::about::Verb;
use crate::connection::AdminArgs;
use crate::contexts::Role;
use crate::failure::Result;
use crate::output::Format;
use crate::tool::{self, Action, Tool, VERSION};

/// Administrate the secrets of one service
#[derive(Parser, Debug)]
#[command(name = "serviceadmin", version = VERSION, after_help = after_help())]
pub struct ServiceAdmin {
    /// What to do.
    #[command(subcommand)]
    pub command: Verb<Command>,
    #[command(flatten)]
    action: Action,
    #[command(flatten)]
    connection: AdminArgs,
}

impl Tool for ServiceAdmin {
    fn format(&self) -> Format {
        self.connection.output
    }

    fn run(self) -> Result<()> {
        match self.command {
            Verb::About(about) => about.print::<Self>(),
            Verb::Command(Command::Keygen(args)) => args.run(self.connection.output),
            Verb::Command(Command::PrepareData(args)) => {
                prepare::run(&args, self.connection.output)
            }
            Verb::Command(Command::Policy(policy)) => policy.run(self.connection.output),
            Verb::Command(command) => {
                let done = tool::block_on(run::run(&self.connection, &self.action, command))?;
                self.connection.remembered(done)
            }
        }
    }
}

fn after_help() -> String {
    let mut text = tool::spellings(
        "serviceadmin --config K --action create --policy FILE",
        "serviceadmin --config K create FILE",
    );
    text.push_str(&format!(
        "Your password comes from --password-file, --ask-password, {} or --password.\n\n",
        Role::Service.password_variable()
    ));
    tool::after_help(&text)
}
