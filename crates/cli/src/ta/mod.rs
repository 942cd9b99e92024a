//! `aecs_client_cli`: the tool of a trusted application, to run inside of its enclave.

mod attester;
mod command;
mod exec;
mod held;
mod memory;
mod reference;
mod refused;
mod run;
#[cfg(test)]
pub(crate) mod schema;
mod server;
mod template;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use aecs_attest::UserData;
use clap::Parser;

pub use self::attester::AttesterArgs;
pub use self::command::{Command, ExecArgs, OfService, Place, SecretOfService};
pub use self::exec::OnChange;
pub use self::reference::{Assignment, Reference};
pub use self::server::ServerArgs;

use crate::about::Verb;
use crate::connection::{Memory, remembered};
use crate::failure::Result;
use crate::hexadecimal::user_data;
use crate::output::Format;
use crate::tool::{self, Action, Tool, VERSION};

/// Get and use secrets as a trusted application
#[derive(Parser, Debug)]
#[command(name = "aecs_client_cli", version = VERSION, after_help = after_help())]
pub struct AecsClientCli {
    /// What to do.
    #[command(subcommand)]
    pub command: Verb<Command>,
    #[command(flatten)]
    action: Action,
    #[command(flatten)]
    options: Options,
}

/// What all commands have in common.
#[derive(clap::Args, Debug)]
pub struct Options {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    attester: AttesterArgs,
    /// User data for the report, up to 32 bytes; policies can require it
    #[arg(
        long, global = true, value_name = "HEX", default_value = "", hide_default_value = true,
        value_parser = user_data
    )]
    user_data: UserData,
    /// A text that was never used before, to which the signature over the public part is bound. All
    /// other calls use a random nonce and ignore this option
    #[arg(long, global = true, value_name = "TEXT")]
    nonce: Option<String>,
    /// Folder that remembers the last state seen of the server, so that an older one is refused; without
    /// it, each run believes the first state that it is told
    #[arg(long, global = true, value_name = "DIR", env = "AECS_STATE_DIR")]
    state_dir: Option<PathBuf>,
    /// Accept a server whose stored state is older than the one seen last, and remember it
    #[arg(long, global = true, requires = "state_dir")]
    insecure_accept_rollback: bool,
    /// The memory in it, once it is used.
    #[arg(skip)]
    memory: OnceLock<Arc<Memory>>,
    /// Output format
    #[arg(long, short = 'o', global = true, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
}

impl Tool for AecsClientCli {
    fn format(&self) -> Format {
        self.options.format
    }

    fn run(self) -> Result<()> {
        match self.command {
            Verb::About(about) => about.print::<Self>(),
            Verb::Command(command) => {
                let done = tool::block_on(run::run(&self.options, command))?;
                match remembered(self.options.memory.get().map(|memory| &**memory), done)? {
                    0 => Ok(()),
                    // Of the program that was run: everything else is done.
                    code => std::process::exit(code.into()),
                }
            }
        }
    }
}

fn after_help() -> String {
    let mut text = tool::spellings(
        "aecs_client_cli --action get --endpoint E --service S --secret N --output FILE",
        "aecs_client_cli --endpoint E get N --service S --output FILE",
    );
    text.push_str(
        "--server-policy names the kubeconfig whose verifyPolicy the server must satisfy.\n\n",
    );
    tool::after_help(&text)
}
