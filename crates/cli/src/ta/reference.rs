//! How a command line or a template names a secret, or a part of one.

use std::fmt;
use std::str::FromStr;

use aecs_client::Secret;
use aecs_crypto::SecretBytes;

use crate::failure::{Failure, Result};
use crate::names::Name;

/// `[SERVICE/]SECRET[:FIELD]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The service; without one, that of `--service`.
    pub service: Option<Name>,
    /// The secret.
    pub secret: Name,
    /// The part of it; without one, all of it.
    pub field: Option<String>,
}

impl Reference {
    /// All of the secret at `[SERVICE/]SECRET`, or a field of it.
    pub(super) fn new(path: &str, field: Option<String>) -> std::result::Result<Self, String> {
        let (service, secret) = match path.split_once('/') {
            Some((service, secret)) => (Some(service.parse()?), secret),
            None => (None, path),
        };
        Ok(Self { service, secret: secret.parse()?, field })
    }
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (path, field) = match text.split_once(':') {
            Some((_, "")) => return Err("no field follows `:`".to_owned()),
            Some((path, field)) => (path, Some(field.to_owned())),
            None => (text, None),
        };
        Self::new(path, field)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(service) = &self.service {
            write!(f, "{service}/")?;
        }
        write!(f, "{}", self.secret)?;
        self.field.iter().try_for_each(|field| write!(f, ":{field}"))
    }
}

/// All of a secret, as a file has it, or the part of that name.
pub(super) fn value_of(secret: &Secret, field: Option<&str>) -> Result<SecretBytes> {
    let Some(name) = field else { return Ok(secret.to_bytes()) };
    secret.field(name).ok_or_else(|| {
        let what = format!("secret {} has no field `{name}`", secret.spec.secret_name);
        let failure = Failure::bad_input(what);
        match secret.field_names().join(", ") {
            names if names.is_empty() => failure.help("it has no fields: leave the field out"),
            names => failure.help(format!("it has: {names}")),
        }
    })
}

/// A name for the environment of a program, and the secret that it gets: `NAME=REFERENCE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The environment variable.
    pub variable: String,
    /// Its secret.
    pub reference: Reference,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (variable, reference) =
            text.split_once('=').ok_or("write NAME=[SERVICE/]SECRET[:FIELD]")?;
        let mut letters = variable.chars();
        let begins = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if !begins || !letters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(format!("`{variable}` is not a name for an environment variable"));
        }
        Ok(Self { variable: variable.to_owned(), reference: reference.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_their_text_are_inverse() {
        for text in ["a", "s/a", "a:f", "s/a:a field/with: signs", "TrustedApplications/a"] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
        for wrong in ["", "/a", "a/", "a:", ":f", "a b", "s/a/b", "../a"] {
            assert!(wrong.parse::<Reference>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn variables_have_names_that_shells_know() {
        let given: Assignment = "DB_1=s/a:f".parse().unwrap();
        assert_eq!(
            (given.variable.as_str(), given.reference.to_string().as_str()),
            ("DB_1", "s/a:f")
        );
        for wrong in ["a", "=a", "1A=a", "A-B=a", "A B=a", "A=", "A\0=a"] {
            assert!(wrong.parse::<Assignment>().is_err(), "{wrong}");
        }
    }
}
