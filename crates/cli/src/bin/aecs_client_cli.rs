//! The command line tool for a trusted application.

use std::process::ExitCode;

fn main() -> ExitCode {
    aecs_cli::tool::main::<aecs_cli::ta::AecsClientCli>()
}
