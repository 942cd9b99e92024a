//! Names of services, secrets and hosts, checked at the door.
//!
//! Invariant: a name follows the rule of [`aecs_proto::check_name`], so it is one segment of a
//! storage key and cannot climb out of its folder.

use std::fmt;

use aecs_proto::{NameError, TRUSTED_APPLICATIONS, check_name};

use crate::error::{Cause, Error};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks `name`.
            ///
            /// # Errors
            /// `A101` empty, `A102` longer than 255 bytes, `A104` a byte outside
            /// `[A-Za-z0-9_.-]` or a name of dots.
            pub fn parse(name: &str) -> Result<Self, Error> {
                check_name(name).map_err(|error| refused($what, error))?;
                Ok(Self(name.to_owned()))
            }

            /// The same for a name that a request must have: `missing` is the answer to an empty
            /// one.
            pub(crate) fn required(name: &str, missing: Cause) -> Result<Self, Error> {
                if name.is_empty() { Err(missing.into()) } else { Self::parse(name) }
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
    /// A named list of a service.
    ListName, "list name";
    /// A host under whose name an identity is backed up.
    HostName, "host name";
    /// An administrator of the platform, or a custodian of a recovery share.
    PersonName, "name";
}

impl ServiceName {
    /// Refuses the names that the server keeps for itself.
    ///
    /// # Errors
    /// `A109` for [`TRUSTED_APPLICATIONS`].
    pub fn not_reserved(self) -> Result<Self, Error> {
        if self.0 == TRUSTED_APPLICATIONS {
            return Err(Cause::NameReserved.into());
        }
        Ok(self)
    }
}

/// Checks a prefix to list by: like a name, but it may be empty and may be dots.
///
/// # Errors
/// As [`SecretName::parse`], except for those.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), Error> {
    aecs_proto::check_prefix(prefix).map_err(|error| refused("name prefix", error).into())
}

fn refused(what: &'static str, error: NameError) -> Cause {
    match error {
        NameError::Empty => Cause::NameEmpty { what },
        NameError::TooLong(_) => Cause::NameTooLong { what, error },
        _ => Cause::NameBadCharacter { what, error },
    }
}

#[cfg(test)]
mod tests {
    use aecs_proto::{ErrorCode, MAX_NAME_BYTES};

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
