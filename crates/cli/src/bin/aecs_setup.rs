//! The command line tool for making a test installation.

use std::process::ExitCode;

fn main() -> ExitCode {
    aecs_cli::tool::main::<aecs_cli::setup::AecsSetup>()
}
