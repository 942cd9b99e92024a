//! Arguments that may be given by place or by flag: `register service1` is
//! `register --service service1`.
//!
//! Flags are the way of AECS 2.0, places the way of today. A [`Noun`] names the thing; a
//! [`Required`] value must be there, an [`Optional`] one may be missing.

use std::path::PathBuf;

use clap::builder::ValueParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgGroup, ArgMatches, Args, Command, FromArgMatches};

use crate::names::{Name, Prefix};

/// A thing that commands take: how it is called and what it may be.
pub trait Noun {
    /// What the value is parsed to.
    type Value: Clone + Send + Sync + 'static;
    /// The flag of AECS 2.0, without dashes; also names the argument that is given by place.
    const FLAG: &'static str;
    /// Names the argument that is given by flag.
    const BY_FLAG: &'static str;
    /// Names the group of both.
    const GROUP: &'static str;
    /// The placeholder in the help.
    const PLACEHOLDER: &'static str;
    /// One line for the help.
    const HELP: &'static str;
    /// How the text becomes a value.
    fn parser() -> ValueParser;
}

/// A value that must be given, by place or by flag.
#[derive(Debug, PartialEq)]
pub struct Required<N: Noun>(pub N::Value);

/// A value that may be given, by place or by flag. An empty one counts as not given.
#[derive(Debug, PartialEq)]
pub struct Optional<N: Noun>(pub Option<N::Value>);

macro_rules! nouns {
    ($($(#[$doc:meta])* $name:ident: $value:ty = --$flag:literal $placeholder:literal, $help:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;

        impl Noun for $name {
            type Value = $value;
            const FLAG: &'static str = $flag;
            const BY_FLAG: &'static str = concat!($flag, " by flag");
            const GROUP: &'static str = concat!($flag, " by either");
            const PLACEHOLDER: &'static str = $placeholder;
            const HELP: &'static str = $help;

            fn parser() -> ValueParser {
                clap::value_parser!($value).into()
            }
        }
    )*};
}

nouns! {
    /// A service.
    Service: Name = --"service" "SERVICE", "Name of the service";
    /// The beginning of service names.
    ServicePrefix: Prefix = --"service" "PREFIX", "Only services whose names begin with PREFIX";
    /// A secret.
    Secret: Name = --"secret" "SECRET", "Name of the secret";
    /// The beginning of secret names.
    SecretPrefix: Prefix = --"secret" "PREFIX", "Only secrets whose names begin with PREFIX";
    /// The name of an identity backup.
    Host: Name = --"hostname" "HOST", "Name of the identity backup";
    /// The name of an identity backup, or nothing.
    HostOrNone: Prefix = --"hostname" "HOST", "Name of the identity backup";
    /// The address of another server.
    Remote: String = --"endpoint" "HOST:PORT", "Address of the server to take the identity from";
    /// The number of a version.
    Version: u64 = --"version" "VERSION", "Number of the version, as `versions` lists it";
    /// A secret policy file.
    PolicyFile: PathBuf = --"policy" "YAML", "Secret policy file (kind: SecretPolicy)";
}

fn declare<N: Noun>(command: Command, required: bool) -> Command {
    let place =
        Arg::new(N::FLAG).value_name(N::PLACEHOLDER).help(N::HELP).value_parser(N::parser());
    let flag = Arg::new(N::BY_FLAG)
        .long(N::FLAG)
        .value_name(N::PLACEHOLDER)
        .help("The same argument, as AECS 2.0 spells it")
        .value_parser(N::parser());
    let group = ArgGroup::new(N::GROUP).args([N::FLAG, N::BY_FLAG]).required(required);
    command.arg(place).arg(flag).group(group)
}

fn take<N: Noun>(matches: &mut ArgMatches) -> Option<N::Value> {
    matches.remove_one::<N::Value>(N::FLAG).or_else(|| matches.remove_one::<N::Value>(N::BY_FLAG))
}

macro_rules! argument {
    ($type:ident, required: $required:literal, $matches:ident => $take:expr) => {
        impl<N: Noun> Args for $type<N> {
            fn augment_args(command: Command) -> Command {
                declare::<N>(command, $required)
            }

            fn augment_args_for_update(command: Command) -> Command {
                declare::<N>(command, false)
            }
        }

        impl<N: Noun> FromArgMatches for $type<N> {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                Self::from_arg_matches_mut(&mut matches.clone())
            }

            fn from_arg_matches_mut($matches: &mut ArgMatches) -> Result<Self, clap::Error> {
                $take
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }
    };
}

argument!(Required, required: true, matches => {
    // The group is required, so that clap has complained already when there is none.
    take::<N>(matches).map(Self).ok_or_else(|| clap::Error::new(ErrorKind::MissingRequiredArgument))
});
argument!(Optional, required: false, matches => Ok(Self(take::<N>(matches))));

impl<N: Noun<Value = Prefix>> Optional<N> {
    /// The value as text; empty when none was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref().map_or("", Prefix::as_str)
    }
}
