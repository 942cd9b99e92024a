//! The client of an application's enclave image.

use std::process::ExitCode;

fn main() -> ExitCode {
    aecs_cli::enclave::main()
}
