//! `aecs`: the tools for people as subcommands of one program.
//!
//! `aecs admin list` is `aecsadmin list`: the grammar and the code are those of the tool, so both
//! names do the same by construction. `aecs_server`, `aecs_client_cli` and `aecs_enclave_client` are
//! not part of it, because what is in them is measured.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::about::About;
use crate::admin::AecsAdmin;
use crate::contexts::ConfigCommand;
use crate::evidence::AecsAttest;
use crate::failure::Result;
use crate::kubeconfig::KubeconfigCommand;
use crate::output::Format;
use crate::service::ServiceAdmin;
use crate::setup::AecsSetup;
#[cfg(feature = "simulation")]
use crate::sim::AecsSim;
use crate::tool::{self, Tool, VERSION};

/// A tool as a subcommand.
struct Part {
    name: &'static str,
    alias: Option<&'static str>,
    grammar: fn() -> Command,
    main: fn(Command, Vec<OsString>) -> ExitCode,
}

impl Part {
    const fn of<T: Tool>(name: &'static str) -> Self {
        Self {
            name,
            alias: None,
            grammar: T::command,
            main: |command, args| tool::main_as::<T>(command, args),
        }
    }

    const fn alias(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }

    fn is_called(&self, word: &OsString) -> bool {
        word == self.name || self.alias.is_some_and(|alias| word == alias)
    }

    fn command(&self) -> Command {
        (self.grammar)().name(self.name).visible_aliases(self.alias)
    }
}

const PARTS: &[Part] = &[
    Part::of::<AecsAdmin>("admin"),
    Part::of::<ServiceAdmin>("service").alias("service-admin"),
    Part::of::<AecsAttest>("attest"),
    #[cfg(feature = "simulation")]
    Part::of::<AecsSim>("sim"),
    Part::of::<AecsSetup>("setup"),
];

/// Run AECS and manage its secrets: the tools for people in one program
#[derive(Parser, Debug)]
#[command(name = "aecs", version = VERSION, after_help = tool::after_help(""))]
struct Own {
    #[command(subcommand)]
    command: OwnCommand,
}

/// What is no tool of its own.
#[derive(Subcommand, Debug)]
enum OwnCommand {
    /// Make kubeconfigs for service administrators and applications
    Kubeconfig(Formatted<KubeconfigCommand>),
    /// Choose which kubeconfigs the tools use when none is named
    Config(Formatted<ConfigCommand>),
    #[command(flatten)]
    About(About),
}

/// A command with a result. The tools have an option of the same name, so it cannot be one of the
/// whole program.
#[derive(Args, Debug)]
struct Formatted<C: Subcommand> {
    #[command(subcommand)]
    command: C,
    /// Output format
    #[arg(long, short = 'o', global = true, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
}

/// The grammar of what is no tool of its own.
#[cfg(test)]
pub(crate) fn own() -> Command {
    Own::command()
}

/// The program: its own commands, and the tools.
#[derive(Debug)]
struct Aecs(Own);

impl CommandFactory for Aecs {
    fn command() -> Command {
        let parts = PARTS.iter().enumerate();
        // In the order of the table, before what is no tool.
        parts.fold(Own::command(), |command, (place, part)| {
            command.subcommand(part.command().display_order(place))
        })
    }

    fn command_for_update() -> Command {
        Self::command()
    }
}

impl FromArgMatches for Aecs {
    fn from_arg_matches(matches: &clap::ArgMatches) -> std::result::Result<Self, clap::Error> {
        Own::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(
        &mut self,
        matches: &clap::ArgMatches,
    ) -> std::result::Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl Parser for Aecs {}

impl Tool for Aecs {
    fn run(self) -> Result<()> {
        match self.0.command {
            OwnCommand::Kubeconfig(it) => it.command.run(it.format),
            OwnCommand::Config(it) => it.command.run(it.format),
            OwnCommand::About(about) => about.print::<Self>(),
        }
    }

    fn format(&self) -> Format {
        match &self.0.command {
            OwnCommand::Kubeconfig(it) => it.format,
            OwnCommand::Config(it) => it.format,
            OwnCommand::About(_) => Format::default(),
        }
    }
}

/// The whole `main` function of `aecs`.
#[must_use]
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let part = args.get(1).and_then(|word| PARTS.iter().find(|part| part.is_called(word)));
    match part {
        Some(part) => {
            let words = format!("aecs {}", part.name);
            let command = part.command().bin_name(&words).display_name(&words);
            let args = args.into_iter().skip(1).collect();
            (part.main)(command, args)
        }
        None => tool::main_as::<Aecs>(Aecs::command(), args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_holds_together() {
        Aecs::command().debug_assert();
    }
}
