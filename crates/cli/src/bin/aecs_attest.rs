//! The command line tool for attestation evidence.

use std::process::ExitCode;

fn main() -> ExitCode {
    aecs_cli::tool::main::<aecs_cli::evidence::AecsAttest>()
}
