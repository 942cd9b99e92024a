//! Names of services, secrets and backups, checked before anything is sent.
//!
//! The server checks them again; doing it here turns a refused request into a message about the
//! argument.

use std::fmt;
use std::str::FromStr;

use aecs_proto::{NameError, check_name, check_prefix};

/// A name: 1 to 255 of `A-Z a-z 0-9 _ . -`, and neither `.` nor `..`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

/// The first characters of names, or a name that may be missing: a name or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix(String);

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

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        check_name(text).map_err(refused)?;
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        check_prefix(text).map_err(refused)?;
        Ok(Self(text.to_owned()))
    }
}

fn refused(error: NameError) -> String {
    format!("the name {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule_of_the_protocol() {
        assert_eq!("secret-my.key_1".parse::<Name>().unwrap().as_str(), "secret-my.key_1");
        let shown = |text: &str| text.parse::<Name>().unwrap_err();
        assert_eq!(shown(""), "the name is empty");
        assert_eq!(shown(".."), "the name must not be '.' or '..'");
        assert_eq!(
            shown("a/b"),
            "the name has the character '/'; only letters, digits, '_', '.' and '-' are allowed"
        );
        assert_eq!("".parse::<Prefix>(), Ok(Prefix::default()));
        assert!("a b".parse::<Prefix>().unwrap_err().contains("the character ' '"));
    }
}
