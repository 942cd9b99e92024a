//! Keys: names that every back-end can store unchanged.
//!
//! Invalid names are rejected, never normalised, and names are compared byte by byte. Two different
//! names can therefore never refer to the same record through letter case, `..`, doubled separators
//! or Unicode forms.

use std::{borrow::Borrow, fmt, str::FromStr};

use crate::Error;

/// The longest key, in bytes.
pub const MAX_KEY_LEN: usize = 1024;

/// The name of an entry: one or more segments of `[A-Za-z0-9_.-]`, separated by `/`.
///
/// No segment is empty, `.` or `..`, so there is no leading, trailing or double `/`. A key has at
/// most [`MAX_KEY_LEN`] bytes. Keys are ordered by their bytes.
///
/// ```
/// use aecs_store::Key;
///
/// assert!(Key::new("aecs/service1/secrets/my-key_1.2").is_ok());
/// for bad in ["", "/a", "a/", "a//b", "a/../b", "a b", "schl\u{fc}ssel"] {
///     assert!(Key::new(bad).is_err());
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// Makes a key of `name`, unchanged.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidKey`] with the rule that `name` breaks.
    pub fn new(name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        match check(&name) {
            Ok(()) => Ok(Self(name)),
            Err(problem) => Err(Error::InvalidKey { problem }),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The rule that a rejected name breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyProblem {
    /// The name is empty.
    #[error("it is empty")]
    Empty,
    /// The name is longer than [`MAX_KEY_LEN`].
    #[error("it must have at most {MAX_KEY_LEN} bytes, got {len}")]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// The name has a leading, trailing or double `/`.
    #[error("the segment at byte {at} is empty")]
    EmptySegment {
        /// The position of the segment, in bytes.
        at: usize,
    },
    /// A segment is `.` or `..`.
    #[error("the segment at byte {at} is `.` or `..`")]
    DotSegment {
        /// The position of the segment, in bytes.
        at: usize,
    },
    /// The name has a byte that is not in `[A-Za-z0-9_.-]`.
    #[error("the byte {byte:#04x} at {at} is not in [A-Za-z0-9_.-]")]
    ForbiddenByte {
        /// The byte.
        byte: u8,
        /// Its position, in bytes.
        at: usize,
    },
}

fn check(name: &str) -> Result<(), KeyProblem> {
    if name.is_empty() {
        return Err(KeyProblem::Empty);
    }
    if name.len() > MAX_KEY_LEN {
        return Err(KeyProblem::TooLong { len: name.len() });
    }
    let mut at = 0;
    for segment in name.split('/') {
        check_segment(segment, at)?;
        at += segment.len() + 1;
    }
    Ok(())
}

fn check_segment(segment: &str, at: usize) -> Result<(), KeyProblem> {
    if segment.is_empty() {
        return Err(KeyProblem::EmptySegment { at });
    }
    if segment == "." || segment == ".." {
        return Err(KeyProblem::DotSegment { at });
    }
    match segment.bytes().enumerate().find(|(_, byte)| !is_allowed(*byte)) {
        Some((offset, byte)) => Err(KeyProblem::ForbiddenByte { byte, at: at + offset }),
        None => Ok(()),
    }
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Key {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::new(name)
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// A `Key` has the order and hash of its text, so maps of keys can be searched by text.
impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problem(name: &str) -> KeyProblem {
        match Key::new(name) {
            Err(Error::InvalidKey { problem }) => problem,
            other => panic!("{name:?}: {other:?}"),
        }
    }

    #[test]
    fn each_rule_has_its_problem() {
        assert_eq!(problem(""), KeyProblem::Empty);
        assert_eq!(problem("/a"), KeyProblem::EmptySegment { at: 0 });
        assert_eq!(problem("a//b"), KeyProblem::EmptySegment { at: 2 });
        assert_eq!(problem("a/"), KeyProblem::EmptySegment { at: 2 });
        assert_eq!(problem("ab/../c"), KeyProblem::DotSegment { at: 3 });
        assert_eq!(problem("."), KeyProblem::DotSegment { at: 0 });
        assert_eq!(problem("ab/c d"), KeyProblem::ForbiddenByte { byte: b' ', at: 4 });
        assert_eq!(problem("a\0"), KeyProblem::ForbiddenByte { byte: 0, at: 1 });
        assert_eq!(problem("a\\b"), KeyProblem::ForbiddenByte { byte: b'\\', at: 1 });
        assert_eq!(problem("a%2e"), KeyProblem::ForbiddenByte { byte: b'%', at: 1 });
    }

    #[test]
    fn dots_inside_a_segment_are_fine() {
        for name in ["...", "a..b", ".a", "a.", "-", "_"] {
            assert_eq!(Key::new(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn the_length_limit_is_exact() {
        assert!(Key::new("k".repeat(MAX_KEY_LEN)).is_ok());
        let len = MAX_KEY_LEN + 1;
        assert_eq!(problem(&"k".repeat(len)), KeyProblem::TooLong { len });
    }

    proptest! {
        #[test]
        fn a_key_is_its_text_or_nothing(name in "\\PC{0,40}") {
            if let Ok(key) = Key::new(name.as_str()) {
                prop_assert_eq!(key.as_str(), name.as_str());
                prop_assert!(name.bytes().all(|byte| byte == b'/' || is_allowed(byte)));
            }
        }

        #[test]
        fn well_formed_names_are_keys(segments in prop::collection::vec("[A-Za-z0-9_-][A-Za-z0-9_.-]{0,8}", 1..6)) {
            prop_assert!(Key::new(segments.join("/")).is_ok());
        }
    }
}
