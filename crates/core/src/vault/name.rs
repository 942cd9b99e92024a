//! Names of records.

use std::{borrow::Borrow, fmt};

use aecs_store::Key;

use super::error::VaultError;

/// The folders of the store whose records are the vault's. Nothing else in the store is ever read
/// as a record, and everything in them must be one.
pub(super) const FOLDERS: [&str; 7] =
    ["acts/", "aecs/", "audit/", "deployment/", HISTORY, "replay/", "seen/"];

/// The folder of the vault's own history; callers have no records there.
const HISTORY: &str = "history/";

/// Where the state record is; not a name of a record.
pub(super) const STATE: &str = "aecs/state";

/// The name of a record: a key of the store in one of the vault's folders.
///
/// Names are compared byte by byte and never normalised, as those of [`Key`] are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Key);

impl Name {
    /// Checks `name` and takes it as it is.
    ///
    /// # Errors
    ///
    /// [`VaultError::InvalidName`] if it cannot be a key of the store, [`VaultError::NotARecord`] if
    /// it is in no folder of the vault or belongs to the vault itself.
    pub fn new(name: &str) -> Result<Self, VaultError> {
        let name = Self::from_key(Key::new(name).map_err(VaultError::InvalidName)?)?;
        if name.is_history() {
            return Err(VaultError::NotARecord { key: name.0 });
        }
        Ok(name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn from_key(key: Key) -> Result<Self, VaultError> {
        let ours = FOLDERS.iter().any(|folder| key.as_str().starts_with(folder));
        if !ours || key.as_str() == STATE {
            return Err(VaultError::NotARecord { key });
        }
        Ok(Self(key))
    }

    /// Whether it is a part of the vault's own history.
    pub(super) fn is_history(&self) -> bool {
        self.as_str().starts_with(HISTORY)
    }

    pub(super) fn key(&self) -> &Key {
        &self.0
    }
}

/// The key of the state record.
pub(super) fn state_key() -> Result<Key, VaultError> {
    Key::new(STATE).map_err(VaultError::InvalidName)
}

/// The record at a place of the ring that holds the vault's history.
pub(super) fn history(place: u64) -> Result<Name, VaultError> {
    let key = Key::new(format!("{HISTORY}{place:04}")).map_err(VaultError::InvalidName)?;
    Name::from_key(key)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lie_in_the_vaults_folders() {
        for name in ["aecs/a/authentication", "aecs/state/secrets/x", "aecs/State", "replay/0/ff"] {
            assert_eq!(Name::new(name).unwrap().as_str(), name);
        }
        for name in ["aecsIdentity/host", "aecs", "other/x", "AECS/x", "aecs/state", "history/0000"]
        {
            assert!(matches!(Name::new(name), Err(VaultError::NotARecord { .. })), "{name}");
        }
        for name in ["", "aecs/", "aecs/../x", "aecs/a b"] {
            assert!(matches!(Name::new(name), Err(VaultError::InvalidName(_))), "{name}");
        }
    }
}
