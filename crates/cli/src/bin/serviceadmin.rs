//! The command line tool for a service's administrator.

use std::process::ExitCode;

fn main() -> ExitCode {
    aecs_cli::tool::main::<aecs_cli::service::ServiceAdmin>()
}
