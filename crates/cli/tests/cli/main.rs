//! The tools as a user meets them: command lines in, text and exit codes out. Most need no server.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a panic is the failure report, and a skipped test must say so"
)]

mod about;
mod aecs;
mod applications;
mod apply;
mod attest;
mod audit;
mod installation;
mod memory;
mod messages;
mod operations;
mod owners;
mod prepare_data;
mod recovery;
mod schema;
mod setup;
mod sim;
mod spelling;
mod transcript;

use std::path::Path;

use assert_cmd::Command;

/// A tool with nothing of the tester's own environment that could change its answer.
fn tool(name: &str) -> Command {
    let mut command = match name {
        "aecs" => assert_cmd::cargo::cargo_bin_cmd!("aecs"),
        "aecsadmin" => assert_cmd::cargo::cargo_bin_cmd!("aecsadmin"),
        "serviceadmin" => assert_cmd::cargo::cargo_bin_cmd!("serviceadmin"),
        "aecs_client_cli" => assert_cmd::cargo::cargo_bin_cmd!("aecs_client_cli"),
        "aecs_enclave_client" => assert_cmd::cargo::cargo_bin_cmd!("aecs_enclave_client"),
        "aecs-attest" => assert_cmd::cargo::cargo_bin_cmd!("aecs-attest"),
        "aecs-sim" => assert_cmd::cargo::cargo_bin_cmd!("aecs-sim"),
        "aecs-setup" => assert_cmd::cargo::cargo_bin_cmd!("aecs-setup"),
        other => panic!("there is no tool {other}"),
    };
    command.env_clear();
    command
}

const TOOLS: [&str; 7] = [
    "aecs",
    "aecsadmin",
    "serviceadmin",
    "aecs_client_cli",
    "aecs-attest",
    "aecs-sim",
    "aecs-setup",
];

/// What became of a command.
struct Ran {
    line: String,
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// The result, which is what the schema says.
    #[track_caller]
    fn json(&self) -> serde_json::Value {
        let value = serde_json::from_str(&self.stdout).unwrap();
        schema::check(&self.line, &value);
        value
    }

    /// The error that was told in JSON: its message and its help.
    #[track_caller]
    fn json_error(&self) -> (String, String) {
        let error = schema::error(&self.stderr);
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        (text("message"), text("help"))
    }
}

/// Runs a command line; words are separated by single spaces, `{DIR}` is `dir`.
fn run_in(dir: &Path, line: &str) -> Ran {
    run_in_with(dir, &[], line)
}

/// Runs a command line with these environment variables.
fn run_with(variables: &[(&str, &str)], line: &str) -> Ran {
    run_in_with(Path::new("/nonexistent"), variables, line)
}

fn run_in_with(dir: &Path, variables: &[(&str, &str)], line: &str) -> Ran {
    let dir = dir.to_str().unwrap();
    let mut words = line.split(' ').map(|word| word.replace("{DIR}", dir));
    let mut command = tool(&words.next().unwrap());
    command.args(words).env("HOME", dir).envs(variables.iter().copied());
    let output = command.output().unwrap();
    Ran {
        line: line.to_owned(),
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(line: &str) -> Ran {
    run_in(Path::new("/nonexistent"), line)
}

/// Runs a command line that has to succeed.
fn succeed_in(dir: &Path, line: &str) -> Ran {
    let ran = run_in(dir, line);
    assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
    ran
}
