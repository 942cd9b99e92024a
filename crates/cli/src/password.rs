//! Where an administrator's password comes from; it never has to be an argument of the command.

use std::fmt;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use aecs_crypto::{PasswordVerifier, SecretString};
use clap::Args;

use crate::failure::{Exit, Failure, Result};
use crate::hexadecimal::digest;
use crate::{files, tool};

/// A secret that was typed on a command line or stood in the environment.
#[derive(Clone)]
pub struct Typed(Arc<SecretString>);

impl Typed {
    /// The secret itself, for the one who sends or hashes it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl FromStr for Typed {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        Ok(Self(Arc::new(SecretString::from(text.to_owned()))))
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl PartialEq for Typed {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

/// The ways to give a password.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct PasswordArgs {
    /// The password itself. Everybody on this machine can read it in the process list: use one of
    /// the other ways
    #[arg(long, global = true, value_name = "PASSWORD")]
    password: Option<Typed>,
    /// File that holds the password (its final newline does not count)
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "password")]
    password_file: Option<PathBuf>,
    /// Ask for the password on the terminal
    #[arg(long, global = true, conflicts_with_all = ["password", "password_file"])]
    ask_password: bool,
}

impl PasswordArgs {
    /// The password, or `None` if nobody gave one: by flag, file, question, or the environment
    /// variable `variable`, in this order.
    ///
    /// # Errors
    ///
    /// [`Exit::NoInput`] if the file or the terminal cannot be read, [`Exit::Usage`] without a
    /// terminal.
    pub fn resolve(&self, variable: &str) -> Result<Option<SecretString>> {
        if let Some(password) = self.password.as_ref().filter(|typed| !typed.expose().is_empty()) {
            tool::warn(&format!(
                "a password on the command line is visible to everybody on this machine; \
                 use {variable}, --password-file or --ask-password"
            ));
            return Ok(Some(SecretString::from(password.expose().to_owned())));
        }
        if let Some(path) = &self.password_file {
            return of_file(path).map(Some);
        }
        if self.ask_password {
            return ask("Password: ", "--password-file", variable).map(Some);
        }
        Ok(of_environment(variable))
    }
}

/// The password in a file, without its final newline.
///
/// # Errors
///
/// [`Exit::NoInput`] if the file cannot be read, [`Exit::BadInput`] if it is empty.
pub fn of_file(path: &Path) -> Result<SecretString> {
    let text = SecretString::from(files::read_text(path, "password file")?);
    let password = text.expose().trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::bad_input(format!("the password file {} is empty", path.display())));
    }
    Ok(SecretString::from(password.to_owned()))
}

/// The password in an environment variable; an empty one is none.
#[must_use]
pub fn of_environment(variable: &str) -> Option<SecretString> {
    std::env::var(variable).ok().filter(|password| !password.is_empty()).map(SecretString::from)
}

/// Asks on the terminal, without echo; a file (`flag`) and `variable` are the other ways, which programs
/// have.
///
/// # Errors
///
/// [`Exit::Usage`] without a terminal, [`Exit::NoInput`] if it cannot be read.
pub fn ask(question: &str, flag: &str, variable: &str) -> Result<SecretString> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("cannot ask for a password: this is not a terminal")
            .help(format!("give it with {flag} or in the environment variable {variable}")));
    }
    rpassword::prompt_password(question)
        .map(SecretString::from)
        .map_err(|error| Failure::new(Exit::NoInput, format!("cannot read the password: {error}")))
}

/// Reads the hash of a password: argon2id as a PHC string, or the SHA-256 of AECS 2.0. An empty
/// one is refused: without the option, no password is registered.
///
/// # Errors
///
/// What is wrong with the text.
pub fn password_hash(text: &str) -> std::result::Result<String, String> {
    if !text.starts_with('$') {
        return digest(text).map(|digest| hex::encode_upper(digest.0)).map_err(|_| {
            "give what `aecsadmin hash-password` prints, or 64 hexadecimal digits (SHA-256, AECS 2.0)"
                .to_owned()
        });
    }
    PasswordVerifier::from_phc(text)
        .map(|verifier| verifier.to_phc())
        .map_err(|error| format!("{error}; `aecsadmin hash-password` prints one"))
}
