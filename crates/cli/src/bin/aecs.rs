//! One program for people: the command line tools as its subcommands.

use std::process::ExitCode;

fn main() -> ExitCode {
    aecs_cli::aecs::main()
}
