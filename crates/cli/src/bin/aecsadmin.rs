//! The command line tool for the AECS administrator.

use std::process::ExitCode;

fn main() -> ExitCode {
    aecs_cli::tool::main::<aecs_cli::admin::AecsAdmin>()
}
