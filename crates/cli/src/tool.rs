//! The part of `main` that all tools share: parse, run, report, exit.

use std::ffi::OsString;
use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{Args, Parser};

use crate::failure::{Exit, Failure, Result};
use crate::spelling;

/// What `--version` prints behind the name of the program.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (protocol 2.1)");

/// A command line tool: its arguments know what to do.
pub trait Tool: Parser {
    /// Does what the command line asks for.
    ///
    /// # Errors
    ///
    /// Whatever keeps the tool from doing all of it; the process then exits with that code.
    fn run(self) -> Result<()>;
}

/// What a command is in the spelling of AECS 2.0.
#[derive(Args, Debug)]
pub struct Action {
    /// The command, as AECS 2.0 spells it
    #[arg(long, value_name = "COMMAND")]
    #[allow(dead_code, reason = "it is for the help: its value has become the sub command")]
    action: Option<String>,
}

/// The whole `main` function of tool `T`.
#[must_use]
pub fn main<T: Tool>() -> ExitCode {
    start_log();
    let tool = match parse::<T, _>(std::env::args_os()) {
        Ok(tool) => tool,
        Err(error) => return explain(&error),
    };
    match tool.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&failure.to_string());
            ExitCode::from(failure.exit().code())
        }
    }
}

/// Parses a command line in either spelling.
///
/// # Errors
///
/// What `clap` has to say, including the texts of `--help` and `--version`.
pub fn parse<T, A>(args: A) -> std::result::Result<T, clap::Error>
where
    T: Parser,
    A: IntoIterator,
    A::Item: Into<OsString>,
{
    T::try_parse_from(spelling::modern(args.into_iter().map(Into::into)))
}

/// Writes a line for the person in front of the tool, to standard error.
#[allow(clippy::print_stderr, reason = "this is the one place that talks to the person")]
pub fn say(line: &str) {
    eprintln!("{line}");
}

/// Warns the person in front of the tool.
pub fn warn(line: &str) {
    say(&format!("warning: {line}"));
}

/// Asks at a terminal only: scripts of AECS 2.0 call this command without a word of agreement.
pub(crate) fn agree_at_terminal(agreed: bool, summary: &str, question: &str) -> Result<()> {
    agree(agreed || !std::io::stdin().is_terminal(), summary, question)
}

/// Asks for a word of agreement, unless it was given on the command line.
pub(crate) fn agree(agreed: bool, summary: &str, question: &str) -> Result<()> {
    let refused = || Err(Failure::usage("nothing was done: you did not agree"));
    if agreed {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!("cannot ask \"{question}\": this is not a terminal"))
            .help("add --yes to agree"));
    }
    let mut errors = std::io::stderr().lock();
    // Nothing to do about a closed terminal: the answer is then not yes either.
    let _ = write!(errors, "{summary}\n\n{question} [y/N] ");
    let _ = errors.flush();
    let mut answer = String::new();
    match std::io::stdin().read_line(&mut answer) {
        Ok(_) if ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) => Ok(()),
        _ => refused(),
    }
}

/// The end of every tool's help: `examples`, the exit codes, the log.
#[must_use]
pub fn after_help(examples: &str) -> String {
    format!("{examples}{}\nAECS_LOG=debug shows what the libraries do.", Exit::help())
}

/// The lines of the help about the two spellings of a command.
#[must_use]
pub fn spellings(seed: &str, modern: &str) -> String {
    format!("Every command can be written as in AECS 2.0:\n  {seed}\nis\n  {modern}\n\n")
}

/// Runs the asynchronous part of a tool.
///
/// # Errors
///
/// Those of `task`, and an internal error if the runtime cannot start.
pub fn block_on<F: Future>(task: F) -> Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::internal(format!("the async runtime does not start: {error}")))?;
    Ok(runtime.block_on(task))
}

fn explain(error: &clap::Error) -> ExitCode {
    // Nothing is left to be done if even the help text cannot be written.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(Exit::Usage.code()) } else { ExitCode::SUCCESS }
}

/// `AECS_LOG=debug` shows what the libraries do, on standard error; silent otherwise.
fn start_log() {
    let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env("AECS_LOG") else { return };
    // A subscriber that is set already (in tests) stays.
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
