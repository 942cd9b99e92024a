//! Names of services, secrets and hosts, checked at the door.
//!
//! Invariant: a name is 1 to 255 bytes of `[A-Za-z0-9_.-]` and is neither `.` nor `..`, so it
//! is one segment of a storage key, cannot climb out of its folder, and means the same bytes
//! everywhere: names are refused, never normalised, and letter case counts.

use std::fmt;

use crate::error::{Error, ErrorCode};

/// The longest name, in bytes.
pub const MAX_NAME_BYTES: usize = 255;

/// The reserved service that holds the secrets of trusted applications.
pub const TRUSTED_APPLICATIONS: &str = "TrustedApplications";

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks `name`.
            ///
            /// # Errors
            /// `A101` empty, `A102` longer than [`MAX_NAME_BYTES`], `A104` a byte outside
            /// `[A-Za-z0-9_.-]` or a name of dots.
            pub fn parse(name: &str) -> Result<Self, Error> {
                check(name, $what)?;
                Ok(Self(name.to_owned()))
            }

            /// The name's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// A service: a tenant with an administrator and secrets of its own.
    ServiceName, "service name";
    /// A secret of a service or of a trusted application.
    SecretName, "secret name";
    /// A host under whose name an identity is backed up.
    HostName, "host name";
}

impl ServiceName {
    /// Refuses the names that the server keeps for itself.
    ///
    /// # Errors
    /// `A109` for [`TRUSTED_APPLICATIONS`].
    pub fn not_reserved(self) -> Result<Self, Error> {
        if self.0 == TRUSTED_APPLICATIONS {
            return Err(Error::invalid(
                ErrorCode::NameReserved,
                format!("the service name {TRUSTED_APPLICATIONS} is reserved"),
            ));
        }
        Ok(self)
    }
}

fn check(name: &str, what: &str) -> Result<(), Error> {
    if name.is_empty() {
        return Err(Error::invalid(ErrorCode::NameEmpty, format!("the {what} is empty")));
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(Error::invalid(
            ErrorCode::NameTooLong,
            format!("the {what} has {} bytes, at most {MAX_NAME_BYTES} are allowed", name.len()),
        ));
    }
    if let Some(bad) = name.chars().find(|c| !is_name_char(*c)) {
        return Err(Error::invalid(
            ErrorCode::NameBadCharacter,
            format!(
                "the {what} has the character {bad:?}; letters, digits, '_', '.' and '-' are allowed"
            ),
        ));
    }
    if name == "." || name == ".." {
        return Err(Error::invalid(
            ErrorCode::NameBadCharacter,
            format!("the {what} may not be '.' or '..'"),
        ));
    }
    Ok(())
}

/// Checks a prefix to list by: like a name, but it may be empty and may be dots.
///
/// # Errors
/// As [`SecretName::parse`], except for those.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), Error> {
    if prefix.is_empty() || prefix == "." || prefix == ".." {
        return Ok(());
    }
    check(prefix, "name prefix")
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(name: &str) -> ErrorCode {
        SecretName::parse(name).expect_err(name).code()
    }

    #[test]
    fn accepts_the_whole_alphabet_up_to_the_limit() {
        for name in ["a", "A.b_c-9", "...", "-rf", &"x".repeat(MAX_NAME_BYTES)] {
            assert_eq!(SecretName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn refuses_what_could_mean_something_else() {
        assert_eq!(code(""), ErrorCode::NameEmpty);
        assert_eq!(code(&"x".repeat(MAX_NAME_BYTES + 1)), ErrorCode::NameTooLong);
        for name in [".", "..", "a/b", "../a", "a b", "a\0", "a*", "$(id)", "ä", "a\n", "a;b"] {
            assert_eq!(code(name), ErrorCode::NameBadCharacter, "{name:?}");
        }
    }

    #[test]
    fn reserves_the_service_of_trusted_applications() {
        let name = ServiceName::parse(TRUSTED_APPLICATIONS).unwrap();
        assert_eq!(name.not_reserved().unwrap_err().code(), ErrorCode::NameReserved);
        // Case counts: this is another name.
        assert!(ServiceName::parse("trustedapplications").unwrap().not_reserved().is_ok());
    }
}
