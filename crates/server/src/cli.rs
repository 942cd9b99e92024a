//! The command line, made of the table of keys.

use std::{ffi::OsString, path::PathBuf};

use clap::error::ContextKind;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::{
    config::{ALL, Flags, SEARCH, Spec},
    exit::Exit,
    health::Question,
};

/// What the program is asked to do.
pub struct Invocation {
    /// Print the configuration and check it, instead of serving.
    pub check_config: bool,
    /// Ask the server that runs with this configuration, instead of serving.
    pub health: Option<Question>,
    /// Wait for recovery shares, instead of beginning with a new identity.
    pub recover: bool,
    /// Make a store of an export, instead of serving.
    pub import_store: Option<PathBuf>,
    /// The configuration file and the values of flags.
    pub flags: Flags,
}

/// The grammar of the command line.
pub fn command() -> Command {
    Command::new("aecs_server")
        .version(env!("CARGO_PKG_VERSION"))
        // clap's own for an error lists every flag that was given as if it were required.
        .override_usage("aecs_server [OPTIONS]")
        .about("AECS server: keeps secrets, and gives them to enclaves that prove what they are")
        .after_help(Exit::help())
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .value_parser(value_parser!(std::path::PathBuf))
                .help(format!(
                    "Configuration file (.json, .toml, .yaml); default: the first of {}",
                    SEARCH.join(", ")
                )),
        )
        .arg(
            Arg::new("check-config")
                .long("check-config")
                .action(ArgAction::SetTrue)
                .help("Print every key with its value and where it comes from, check it, and exit"),
        )
        .arg(
            Arg::new("health")
                .long("health")
                .value_name("QUESTION")
                .num_args(0..=1)
                .default_missing_value("alive")
                .value_parser(Question::NAMES.map(|(name, _)| name))
                .conflicts_with_all(["check-config", "import-store"])
                .help(
                    "Ask the server that runs with this configuration whether it is alive, or \
                     `ready` to work, and exit with 0 if it is",
                ),
        )
        .arg(
            Arg::new("import-store")
                .long("import-store")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with("check-config")
                .help(
                    "Make the store of an export that `aecsadmin store export` wrote, where there \
                     is no store yet, and exit",
                ),
        )
        .arg(
            Arg::new("recover")
                .long("recover")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["check-config", "health", "import-store"])
                .help(
                    "Start without an identity, and wait for recovery shares of the one that is \
                     sealed in the store (`aecsadmin recovery submit`)",
                ),
        )
        .args(ALL.iter().filter_map(|spec| argument(spec)))
}

fn argument(spec: &'static Spec) -> Option<Arg> {
    let default = match spec.default_text() {
        Some(text) => format!(" [default: {text}]"),
        None => String::new(),
    };
    let help = format!("{} [env: {}]{default}", spec.help, spec.variable());
    let argument = Arg::new(spec.name)
        .long(spec.flag()?)
        .value_name(spec.words())
        .hide(spec.obsolete.is_some())
        .help_heading("Configuration keys")
        .help(help);
    Some(argument)
}

/// Reads the command line.
///
/// # Errors
/// It does not follow the grammar, or asks for help or the version; the error prints either.
pub fn parse(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Invocation, clap::Error> {
    let mut matches = command().try_get_matches_from(arguments).map_err(without_insecure_tip)?;
    Ok(Invocation {
        check_config: matches.get_flag("check-config"),
        health: matches.remove_one("health").and_then(|asked: String| {
            Question::NAMES.iter().find(|(name, _)| *name == asked).map(|(_, question)| *question)
        }),
        recover: matches.get_flag("recover"),
        import_store: matches.remove_one("import-store"),
        flags: flags(&mut matches),
    })
}

/// What clap proposes in place of a misspelt flag never gives up a check.
fn without_insecure_tip(mut error: clap::Error) -> clap::Error {
    let proposed = error.get(ContextKind::SuggestedArg).map(ToString::to_string);
    if proposed.is_some_and(|flag| flag.contains("insecure")) {
        error.remove(ContextKind::SuggestedArg);
    }
    error
}

fn flags(matches: &mut ArgMatches) -> Flags {
    let config_file = matches.remove_one("config");
    let values = ALL
        .iter()
        .filter(|spec| spec.flag().is_some())
        .filter_map(|spec| Some((spec.name, matches.remove_one(spec.name)?)))
        .collect();
    Flags { config_file, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn flags_carry_the_names_of_keys() {
        let invocation =
            parse(["aecs_server", "--rpc-port", "1", "--compat-aecs20=allow"]).unwrap();
        let values: Vec<_> = invocation.flags.values.into_iter().collect();
        let expected = [("aecs_rpc_port", "1"), ("compat.aecs20", "allow")];
        assert_eq!(values, expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn a_misspelt_flag_is_never_answered_with_an_insecure_one() {
        let shown = |flag: &str| {
            let error = parse(["aecs_server", "--rpc-port", "1", flag]).err().unwrap().to_string();
            assert!(error.contains("Usage: aecs_server [OPTIONS]\n"), "{error}");
            error
        };
        let insecure = shown("--audit-insecure-drop-oldestt");
        assert!(!insecure.contains("drop-oldest'"), "{insecure}");
        assert!(shown("--rpc-address1").contains("--rpc-address"));
    }

    #[test]
    fn secrets_have_no_flag() {
        assert!(parse(["aecs_server", "--admin-password-hash", "00"]).is_err());
    }
}
