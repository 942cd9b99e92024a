//! The command lines of AECS 2.0 in terms of today's sub commands.
//!
//! AECS 2.0 takes its command as a flag among the others, in any order:
//! `aecsadmin --config K --action register --service S --pubkey F`. Every sub command takes the
//! flags of 2.0 under their old names, so all there is to do is to put `--action` in front, and its
//! value behind it as a sub command. One parser then serves both spellings, and both end in the same
//! command by construction.

use std::ffi::{OsStr, OsString};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

const ACTION: &str = "--action";

/// Moves `--action NAME` or `--action=NAME` in front, with the sub command NAME behind it; leaves any
/// other command line, and everything behind a `--`, alone.
///
/// A missing or repeated value is left where it is: the parser knows the flag and complains about
/// it.
pub fn modern(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let args: Vec<OsString> = args.into_iter().collect();
    let Some((place, length, action)) = find(&args) else { return args };

    let mut modern = Vec::with_capacity(args.len() + 2);
    for (index, arg) in args.into_iter().enumerate() {
        if index == 1 {
            modern.extend([ACTION.into(), action.clone(), action.clone()]);
        }
        if !(place..place + length).contains(&index) {
            modern.push(arg);
        }
    }
    modern
}

/// Refuses arguments by place, and other commands, beside `--action`: AECS 2.0 has neither, and
/// `list --action unregister` would unregister the service `list`.
///
/// # Errors
///
/// What is there beside `--action`.
pub fn check(command: &mut Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let is_seed = matches.try_get_one::<String>("action").is_ok_and(|action| action.is_some());
    let Some((name, given)) = matches.subcommand().filter(|_| is_seed) else { return Ok(()) };
    let Some(grammar) = command.find_subcommand_mut(name) else { return Ok(()) };
    let by_place = grammar
        .get_positionals()
        .map(|arg| arg.get_id().as_str())
        .filter(|id| given.value_source(id) == Some(ValueSource::CommandLine))
        .find_map(|id| given.get_raw(id)?.next().map(OsStr::to_string_lossy));
    match by_place.or(given.subcommand_name().map(Into::into)) {
        None => Ok(()),
        Some(word) => Err(grammar.error(
            ErrorKind::ArgumentConflict,
            format!("the argument '{word}' cannot be used with '--action'; beside it, all arguments are options"),
        )),
    }
}

/// Where the action is, how many arguments it takes, and its value.
fn find(args: &[OsString]) -> Option<(usize, usize, OsString)> {
    let flags = args.iter().enumerate().skip(1).take_while(|(_, arg)| *arg != "--");
    for (place, arg) in flags {
        if arg == ACTION {
            let value = args.get(place + 1).filter(|value| is_word(value))?;
            return Some((place, 2, value.clone()));
        }
        if let Some(value) = arg.to_str().and_then(|arg| arg.strip_prefix("--action=")) {
            return is_word(OsStr::new(value)).then(|| (place, 1, OsString::from(value)));
        }
    }
    None
}

fn is_word(value: &OsStr) -> bool {
    !value.is_empty() && !value.as_encoded_bytes().starts_with(b"-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modern_of(line: &str) -> String {
        let words = line.split(' ').map(OsString::from);
        let modern = modern(words);
        modern.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_action_goes_first_wherever_it_was() {
        assert_eq!(
            modern_of("tool --config K --action list --service s"),
            "tool --action list list --config K --service s"
        );
        assert_eq!(modern_of("tool --action=list"), "tool --action list list");
        assert_eq!(
            modern_of("tool --service s --action list"),
            "tool --action list list --service s"
        );
    }

    #[test]
    fn other_command_lines_stay_as_they_are() {
        for line in [
            "tool",
            "tool list --service s",
            "tool list -- --action x",
            "tool --action",
            "tool --action=",
        ] {
            assert_eq!(modern_of(line), line);
        }
        assert_eq!(modern_of("tool --action --config K"), "tool --action --config K");
    }
}
