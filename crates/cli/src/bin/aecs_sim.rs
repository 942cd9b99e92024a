//! The command line tool for a software CPU.

use std::process::ExitCode;

fn main() -> ExitCode {
    aecs_cli::tool::main::<aecs_cli::sim::AecsSim>()
}
