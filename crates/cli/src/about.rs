//! What every tool can say about itself: shell completions and manual pages.

use std::path::PathBuf;

use clap::{CommandFactory, Subcommand};
use clap_complete::Shell;

use crate::failure::{Exit, Failure, Result};
use crate::output;

/// A command of a tool, or a question about the tool itself.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Verb<C: Subcommand> {
    /// What the tool is for.
    #[command(flatten)]
    Command(C),
    /// A question about the tool.
    #[command(flatten)]
    About(About),
}

/// The sub commands that all tools have in common.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Print the completion script for a shell
    Completions {
        /// The shell to complete for
        shell: Shell,
    },
    /// Print the manual page, or write one page for every command
    Man {
        /// Folder to write the pages to
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

impl About {
    /// Prints what was asked for about tool `T`.
    ///
    /// # Errors
    ///
    /// [`Exit::CannotWrite`].
    pub fn print<T: CommandFactory>(&self) -> Result<()> {
        let mut command = T::command();
        let mut text = Vec::new();
        match self {
            Self::Completions { shell } => {
                let name = command.get_name().to_owned();
                clap_complete::generate(*shell, &mut command, name, &mut text);
            }
            Self::Man { out: None } => {
                clap_mangen::Man::new(command)
                    .render(&mut text)
                    .map_err(|error| cannot_write(&error))?;
            }
            Self::Man { out: Some(folder) } => {
                std::fs::create_dir_all(folder).map_err(|error| cannot_write(&error))?;
                return clap_mangen::generate_to(command, folder)
                    .map_err(|error| cannot_write(&error));
            }
        }
        output::print_bytes(&text)
    }
}

fn cannot_write(error: &std::io::Error) -> Failure {
    Failure::new(Exit::CannotWrite, format!("cannot write the manual: {error}"))
}
