//! Names of services, secrets and backups, checked before anything is sent.
//!
//! The server checks them again; doing it here turns a refused request into a message about the
//! argument.

use std::fmt;
use std::str::FromStr;

/// Longest name AECS accepts, in bytes.
pub const MAX_LENGTH: usize = 255;

/// A name: 1 to 255 of `A-Z a-z 0-9 _ . -`, and neither `.` nor `..`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

/// The first characters of names, or a name that may be missing: a name or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix(String);

/// Why a text is no name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameError {
    /// Nothing there.
    Empty,
    /// More than [`MAX_LENGTH`] bytes.
    TooLong,
    /// A character that names do not have.
    BadCharacter(char),
    /// `.` or `..`.
    Dots,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the name is empty"),
            Self::TooLong => write!(f, "the name is longer than {MAX_LENGTH} characters"),
            Self::BadCharacter(bad) => {
                write!(
                    f,
                    "{bad:?} is not allowed in a name, only letters, digits, '_', '.' and '-'"
                )
            }
            Self::Dots => write!(f, "'.' and '..' are not names"),
        }
    }
}

impl std::error::Error for NameError {}

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Prefix {
    /// The prefix as text; empty for all names.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        check_characters(text)?;
        if text == "." || text == ".." {
            return Err(NameError::Dots);
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Prefix {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        check_characters(text)?;
        Ok(Self(text.to_owned()))
    }
}

fn check_characters(text: &str) -> Result<(), NameError> {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if let Some(bad) = text.chars().find(|c| !allowed(c)) {
        return Err(NameError::BadCharacter(bad));
    }
    if text.len() > MAX_LENGTH { Err(NameError::TooLong) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert_eq!("secret-my.key_1".parse::<Name>().unwrap().as_str(), "secret-my.key_1");
        assert_eq!("".parse::<Name>(), Err(NameError::Empty));
        assert_eq!("..".parse::<Name>(), Err(NameError::Dots));
        assert_eq!("a/b".parse::<Name>(), Err(NameError::BadCharacter('/')));
        assert_eq!("ä".parse::<Name>(), Err(NameError::BadCharacter('ä')));
        assert!("a".repeat(255).parse::<Name>().is_ok());
        assert_eq!("a".repeat(256).parse::<Name>(), Err(NameError::TooLong));
    }

    #[test]
    fn a_prefix_may_be_empty() {
        assert_eq!("".parse::<Prefix>(), Ok(Prefix::default()));
        assert_eq!("a b".parse::<Prefix>(), Err(NameError::BadCharacter(' ')));
    }
}
