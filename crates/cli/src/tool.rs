//! The part of `main` that all tools share: parse, run, report, exit.

use std::ffi::OsString;
use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::builder::{Resettable, StyledStr};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Args, Command, Parser};

use tracing_subscriber::EnvFilter;

use crate::failure::{Exit, Failure, Result};
use crate::output::Format;
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

    /// In which form results are asked for, and with them what goes wrong.
    fn format(&self) -> Format;
}

/// What a command is in the spelling of AECS 2.0.
#[derive(Args, Debug)]
pub struct Action {
    /// The command, as AECS 2.0 spells it
    #[arg(long, value_name = "COMMAND")]
    action: Option<String>,
}

impl Action {
    /// Asks before something is destroyed, unless `agreed`. Without a terminal, only a command in the
    /// spelling of AECS 2.0 goes on, with a warning: its scripts do not know `--yes`.
    ///
    /// # Errors
    ///
    /// [`Exit::Usage`] if nobody agrees, or nobody can be asked.
    pub(crate) fn agree(&self, agreed: bool, summary: &str, question: &str) -> Result<()> {
        if !agreed && self.action.is_some() && !std::io::stdin().is_terminal() {
            warn(summary);
            return Ok(());
        }
        agree(agreed, summary, question)
    }
}

/// The whole `main` function of tool `T`.
#[must_use]
pub fn main<T: Tool>() -> ExitCode {
    main_as::<T>(T::command(), std::env::args_os())
}

/// The same with other words for the program: `command` is the grammar of `T` under its name there.
pub(crate) fn main_as<T: Tool>(
    command: Command,
    args: impl IntoIterator<Item = OsString>,
) -> ExitCode {
    start_log();
    let args: Vec<OsString> = args.into_iter().collect();
    let asks_for_json = asks_for_json(&args);
    let tool = match parse_as::<T>(command, args) {
        Ok(tool) => tool,
        Err(error) if error.use_stderr() && asks_for_json => {
            return fail(&wrong_command_line(&error), Format::Json);
        }
        Err(error) => return explain(&error),
    };
    let format = tool.format();
    match tool.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure, format),
    }
}

fn fail(failure: &Failure, format: Format) -> ExitCode {
    say(&match format {
        Format::Json => failure.to_json(),
        _ => failure.to_string(),
    });
    ExitCode::from(failure.exit().code())
}

/// Whether a command line that cannot be parsed asks for JSON.
fn asks_for_json(args: &[OsString]) -> bool {
    let words: Vec<&str> =
        args.iter().take_while(|arg| *arg != "--").filter_map(|arg| arg.to_str()).collect();
    let options = ["-o", "--format", "--output"];
    let is_one = |word: &&str| {
        let value = options.iter().find_map(|option| word.strip_prefix(option));
        value.is_some_and(|value| value.trim_start_matches('=') == "json")
    };
    let are_two = |pair: &[&str]| matches!(pair, [option, "json"] if options.contains(option));
    words.iter().any(is_one) || words.windows(2).any(are_two)
}

/// What the parser has to say about a command line: its first paragraph, and the others as help.
fn wrong_command_line(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let (what, help) = text.split_once("\n\n").unwrap_or((&text, ""));
    let what: Vec<&str> = what.lines().map(str::trim).collect();
    let what = what.join(" ");
    Failure::usage(what.strip_prefix("error: ").unwrap_or(&what)).help(help.trim())
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
    parse_as(T::command(), args.into_iter().map(Into::into))
}

fn parse_as<T: Parser>(
    command: Command,
    args: impl IntoIterator<Item = OsString>,
) -> std::result::Result<T, clap::Error> {
    let args: Vec<OsString> = spelling::modern(args).into_iter().collect();
    let command = without_variables(command, names_a_context(&args));
    let mut command = with_usage_of_help(command);
    let takes_path = command.get_name() == "aecs_client_cli";
    let matches = match command.try_get_matches_from_mut(args.clone()) {
        Err(error) if takes_path && is_about_format(&error) => {
            // `-o -`, as other tools have it.
            let with_output = output_for_o(args).map(|args| command.try_get_matches_from_mut(args));
            with_output.and_then(std::result::Result::ok).ok_or_else(|| with_tip_about_files(error))
        }
        result => result.map_err(without_wrong_tips),
    }?;
    spelling::check(&mut command, &matches)?;
    T::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// An empty environment variable is an unset one. A context on the command line goes before the
/// kubeconfig of the environment.
fn without_variables(command: Command, names_a_context: bool) -> Command {
    let is_unset = |arg: &Arg| {
        let value = arg.get_env().and_then(std::env::var_os);
        value.is_some_and(|value| value.is_empty()) || (names_a_context && arg.get_id() == "config")
    };
    let unset = |arg: Arg| if is_unset(&arg) { arg.env(Resettable::Reset) } else { arg };
    command.mut_args(unset).mut_subcommands(|command| without_variables(command, names_a_context))
}

/// Whether `--context` stands on the command line.
fn names_a_context(args: &[OsString]) -> bool {
    let options = args.iter().take_while(|arg| *arg != "--").filter_map(|arg| arg.to_str());
    options.into_iter().any(|arg| arg == "--context" || arg.starts_with("--context="))
}

/// Errors show the usage that the help shows. clap's own for errors lists every option that was given,
/// also by an environment variable, as if it were required.
fn with_usage_of_help(mut command: Command) -> Command {
    fn set(mut command: Command) -> Command {
        let usage = command.render_usage().to_string();
        let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage).to_owned();
        command.override_usage(usage).mut_subcommands(set)
    }
    command.build();
    set(command)
}

/// Removes tips of clap that mislead: an option that gives up a check; to put `--` before a negative number,
/// which no tool takes; and a subcommand that begins with another letter, such as `rollback` for `frob`.
fn without_wrong_tips(mut error: clap::Error) -> clap::Error {
    let is_negative = |value: &ContextValue| match value.to_string().strip_prefix('-') {
        Some(number) => number.starts_with(|first: char| first.is_ascii_digit()),
        None => false,
    };
    if error.get(ContextKind::InvalidArg).is_some_and(is_negative) {
        error.remove(ContextKind::Suggested);
    }
    let first = |value: &ContextValue| value.to_string().chars().next();
    let given = error.get(ContextKind::InvalidSubcommand).and_then(first);
    if let Some(ContextValue::Strings(proposed)) = error.get(ContextKind::SuggestedSubcommand) {
        let near: Vec<String> =
            proposed.iter().filter(|word| word.chars().next() == given).cloned().collect();
        error.remove(ContextKind::SuggestedSubcommand);
        if !near.is_empty() {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(near));
        }
    }
    let gives_up = |value: &ContextValue| value.to_string().contains("insecure");
    for kind in [ContextKind::SuggestedArg, ContextKind::Suggested] {
        if error.get(kind).is_some_and(gives_up) {
            error.remove(kind);
        }
    }
    error
}

/// Whether an error is about the value of `-o`.
fn is_about_format(error: &clap::Error) -> bool {
    let is_format = |value: &ContextValue| value.to_string().starts_with("--format");
    error.kind() == ErrorKind::InvalidValue
        && error.get(ContextKind::InvalidArg).is_some_and(is_format)
}

/// The same command line with `--output` for an `-o` that names no format but `-` or a path with a
/// slash. A word without one may be a misspelt format, and must not become a file with a secret.
fn output_for_o(mut args: Vec<OsString>) -> Option<Vec<OsString>> {
    let end = args.iter().position(|arg| arg == "--").unwrap_or(args.len());
    let place = args.get(..end)?.windows(2).position(|pair| match pair {
        [option, value] => {
            option == "-o" && (value == "-" || value.to_string_lossy().contains('/'))
        }
        _ => false,
    })?;
    *args.get_mut(place)? = "--output".into();
    Some(args)
}

/// `-o` is the format of results, also where `--output` is a file: says so to those who give it a file.
fn with_tip_about_files(mut error: clap::Error) -> clap::Error {
    let tip = "-o is the format of results; name a file, or `-` for standard output, with --output";
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    error
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
    let set = std::env::var("AECS_LOG").ok().filter(|text| !text.is_empty());
    let Some(filter) = set.and_then(|text| EnvFilter::try_new(text).ok()) else { return };
    // A subscriber that is set already (in tests) stays.
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
