//! The libraries as programs in C and C++ have them: compiled against what `install_client.sh` installs,
//! and run against a real server on a software CPU.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a panic is the failure report, and a skipped test must say so"
)]

mod header;
#[allow(dead_code, reason = "shared with the tests of the tools, which use more of it")]
#[path = "../../../cli/tests/cli/installation.rs"]
mod installation;
mod prefix;
mod programs;
mod symbols;

use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// The folder of this crate.
fn source() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the libraries that cargo has built with these tests.
fn libraries() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// The folder of the programs.
fn programs() -> PathBuf {
    libraries().parent().unwrap().to_owned()
}

/// A program of the tools, with nothing of the tester's own environment.
fn tool(name: &str) -> Command {
    let mut command = Command::new(programs().join(name));
    command.env_clear();
    command
}

/// What became of a command.
struct Ran {
    line: String,
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn of(line: &str, output: &std::process::Output) -> Self {
        Self {
            line: line.to_owned(),
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs a command line; words are separated by single spaces, `{DIR}` is `dir`.
fn run_in(dir: &Path, line: &str) -> Ran {
    let dir = dir.to_str().unwrap();
    let mut words = line.split(' ').map(|word| word.replace("{DIR}", dir));
    let mut command = tool(&words.next().unwrap());
    Ran::of(line, &command.args(words).env("HOME", dir).output().unwrap())
}

/// Runs a command line that has to succeed.
fn succeed_in(dir: &Path, line: &str) -> Ran {
    let ran = run_in(dir, line);
    assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
    ran
}
