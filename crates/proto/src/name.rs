//! The rules for names of services, secrets, hosts and administrators, and for labels of secrets, once
//! for servers, clients and tools.

/// The longest name, in bytes.
pub const MAX_NAME_BYTES: usize = 255;

/// The reserved service that holds the secrets of trusted applications.
pub const TRUSTED_APPLICATIONS: &str = "TrustedApplications";

/// How a text breaks the rule for names. The texts continue a sentence about the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It is empty.
    #[error("is empty")]
    Empty,
    /// It has more than [`MAX_NAME_BYTES`] bytes.
    #[error("has {0} bytes, at most {MAX_NAME_BYTES} are allowed")]
    TooLong(usize),
    /// It has a character outside `[A-Za-z0-9_.-]`.
    #[error("has the character {0:?}; only letters, digits, '_', '.' and '-' are allowed")]
    BadCharacter(char),
    /// It is `.` or `..`.
    #[error("must not be '.' or '..'")]
    Dots,
}

/// Checks a name: 1 to [`MAX_NAME_BYTES`] bytes of `[A-Za-z0-9_.-]`, and neither `.` nor `..`. So
/// it is one segment of a storage key and cannot climb out of its folder. Names are refused, never
/// normalised, and letter case counts.
///
/// # Errors
/// The first part of the rule that `name` breaks.
pub fn check_name(name: &str) -> Result<(), NameError> {
    match name {
        "" => Err(NameError::Empty),
        "." | ".." => Err(NameError::Dots),
        _ => check_prefix(name),
    }
}

/// Checks a prefix to list names by: like a name, but it may be empty, and may be dots.
///
/// # Errors
/// The first part of the rule that `prefix` breaks.
pub fn check_prefix(prefix: &str) -> Result<(), NameError> {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if prefix.len() > MAX_NAME_BYTES {
        return Err(NameError::TooLong(prefix.len()));
    }
    match prefix.chars().find(|c| !allowed(c)) {
        Some(bad) => Err(NameError::BadCharacter(bad)),
        None => Ok(()),
    }
}

/// The longest name, and the longest value, of a label, in bytes.
pub const MAX_LABEL_BYTES: usize = 63;

/// Whether a secret can have a label with this name and value: bytes of `[a-z0-9.-]`, at most
/// [`MAX_LABEL_BYTES`] each, and a name that is not empty.
#[must_use]
pub fn is_label(name: &str, value: &str) -> bool {
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    let is_part = |text: &str| text.len() <= MAX_LABEL_BYTES && text.bytes().all(is_allowed);
    !name.is_empty() && is_part(name) && is_part(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_alphabet_and_one_limit() {
        for name in ["a", "A.b_c-9", "...", "-rf", &"x".repeat(MAX_NAME_BYTES)] {
            assert_eq!(check_name(name), Ok(()), "{name:?}");
        }
        assert_eq!(check_name(""), Err(NameError::Empty));
        assert_eq!(check_name(&"x".repeat(256)), Err(NameError::TooLong(256)));
        for name in [".", ".."] {
            assert_eq!(check_name(name), Err(NameError::Dots));
            assert_eq!(check_prefix(name), Ok(()));
        }
        for name in ["a/b", "../a", "a b", "a\0", "a*", "$(id)", "\u{e4}", "a\n", "a;b"] {
            assert!(matches!(check_name(name), Err(NameError::BadCharacter(_))), "{name:?}");
            assert!(matches!(check_prefix(name), Err(NameError::BadCharacter(_))), "{name:?}");
        }
        assert_eq!(check_prefix(""), Ok(()));
    }
}
