//! Names of records.

use std::{borrow::Borrow, fmt};

use aecs_store::Key;

use crate::error::VaultError;

/// What the names of the vault's own records begin with: a byte that no [`Name`] has, before all
/// that they have. So the own records are never in a list or a count of a caller.
pub(crate) const OWN: u8 = 1;

/// The first name that a caller can have, or less.
pub(crate) const FIRST: &[u8] = &[OWN + 1];

/// The name of a record: segments of `[A-Za-z0-9_.-]` with `/` between them, as those of [`Key`].
///
/// Names are compared byte by byte and never normalised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Key);

impl Name {
    /// The longest name in bytes.
    pub const MAX_LEN: usize = aecs_store::MAX_KEY_LEN;

    /// Checks `name` and takes it as it is.
    ///
    /// # Errors
    ///
    /// [`VaultError::InvalidName`] with the rule that it breaks.
    pub fn new(name: &str) -> Result<Self, VaultError> {
        Key::new(name).map(Self).map_err(VaultError::InvalidName)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name that a page has, if it is one.
    pub(crate) fn from_page(name: Vec<u8>) -> Option<Self> {
        Key::new(String::from_utf8(name).ok()?).ok().map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.as_str().as_bytes()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `Name` orders as its text does, so that maps of names can be searched by text.
impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// A part of the order of names: from one name on, and before another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first name, or less.
    pub(crate) from: Vec<u8>,
    /// Greater than the last name; `None`: there is no end.
    pub(crate) until: Option<Vec<u8>>,
}

impl Span {
    /// The names of callers that begin with `prefix`.
    pub(crate) fn of_prefix(prefix: &str) -> Self {
        let bytes = prefix.as_bytes();
        let from = bytes.max(FIRST).to_vec();
        let mut until = bytes.to_vec();
        // The first text that is greater than everything that begins with the prefix.
        while let Some(last) = until.pop() {
            if let Some(next) = last.checked_add(1) {
                until.push(next);
                return Self { from, until: Some(until) };
            }
        }
        Self { from, until: None }
    }

    /// The part of it after `name`.
    pub(crate) fn after(mut self, name: &Name) -> Self {
        // Nothing is between a text and the same with a zero byte.
        let next = [name.as_bytes(), &[0]].concat();
        self.from = self.from.max(next);
        self
    }

    /// Whether a name is before its end.
    pub(crate) fn is_before_end(&self, name: &[u8]) -> bool {
        self.until.as_deref().is_none_or(|until| name < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_keys() {
        for name in ["aecs/a/authentication", "x", "replay/0/ff"] {
            assert_eq!(Name::new(name).unwrap().as_str(), name);
            assert_eq!(Name::from_page(name.into()), Name::new(name).ok());
        }
        for name in ["", "aecs/", "aecs/../x", "aecs/a b", "\u{1}h"] {
            assert!(matches!(Name::new(name), Err(VaultError::InvalidName(_))), "{name}");
            assert_eq!(Name::from_page(name.into()), None);
        }
        assert_eq!(Name::from_page(vec![0xff]), None);
    }

    #[test]
    fn a_span_has_what_begins_with_its_prefix() {
        let span = Span::of_prefix("a/b");
        assert_eq!((span.from.as_slice(), span.until.as_deref()), (&b"a/b"[..], Some(&b"a/c"[..])));
        let all = Span::of_prefix("");
        assert!(all.from.as_slice() > &[OWN, 255][..] && all.from.as_slice() < &b"-"[..]);
        assert_eq!(all.until, None);
        assert_eq!(Span::of_prefix("\u{7f}").until.as_deref(), Some(&[0x80][..]));
        let rest = Span::of_prefix("a").after(&Name::new("a/b").unwrap());
        assert_eq!(rest.from, b"a/b\0");
        assert_eq!(Span::of_prefix("b").after(&Name::new("a").unwrap()).from, b"b");
    }
}
