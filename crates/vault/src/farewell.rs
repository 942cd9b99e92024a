//! The farewell that stays where records have moved away, and what else the register of the root may have.

use std::{fmt, time::Duration};

use aecs_store::{
    Error as StoreError,
    pages::{Commit, PageId, PageStore, Read, Register, Swap, Tag},
};
use tokio::time::sleep;

use crate::{
    codec::{Reader, put_id, put_len},
    history::Epoch,
};

/// The name of the register that has the root.
pub(crate) const ROOT: &str = "root";

/// How long to wait before a store that failed in a step that decides is asked again. Requests wait meanwhile.
pub(crate) const PATIENCE: [Duration; 7] = [
    Duration::ZERO,
    Duration::from_millis(20),
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// What the register of the root has: the form byte of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A root.
    Root = 1,
    /// Records are to move here.
    Arriving = 2,
    /// The records have moved away.
    Moved = 3,
}

/// The farewell: where the records have moved.
#[derive(Clone)]
pub struct Moved {
    to: String,
    epoch: Epoch,
    /// The tag of the mark in the new store.
    mark: Tag,
    /// The root, as it is stored.
    root: Vec<u8>,
}

impl Moved {
    /// The farewell to a root, in its stored form; `mark` is the tag of the mark in the store at `to`.
    pub(crate) fn new(to: String, epoch: Epoch, mark: Tag, root: Vec<u8>) -> Self {
        Self { to, epoch, mark, root }
    }

    /// The URL of the store where they are.
    pub fn to(&self) -> &str {
        &self.to
    }

    /// The same, without the name of a user.
    pub fn place(&self) -> String {
        place(&self.to)
    }

    /// The epoch of the records when they moved.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The root, as it is stored.
    pub(crate) fn root(&self) -> &[u8] {
        &self.root
    }

    /// Ends the move in the new store, unless it has ended there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] if that store has something else, and those of the store.
    pub async fn complete(&self, target: &dyn PageStore) -> Result<(), StoreError> {
        let register = Register::new(ROOT)?;
        let mut last = StoreError::unavailable("the root is not written");
        for pause in PATIENCE {
            sleep(pause).await;
            let found = match target.commit(swap(&register, self.mark, &self.root)).await {
                Ok(Swap::Done) => return Ok(()),
                Ok(Swap::Lost) => target.read(&register, Tag::NONE).await,
                Err(error) => Err(error),
            };
            match found {
                // This root, or one that has followed: who opens the store finds out.
                Ok(Read::New(found)) if found.get(Tag::LEN) == Some(&(Role::Root as u8)) => {
                    return Ok(());
                }
                Ok(_) => {
                    let what = "it does not have what the move has left there".to_owned();
                    return Err(StoreError::Refused { what });
                }
                Err(error @ StoreError::Unavailable { .. }) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_len(&mut out, self.to.len());
        out.extend_from_slice(self.to.as_bytes());
        out.extend_from_slice(&self.epoch.to_be_bytes());
        put_id(&mut out, PageId::from_bytes(*self.mark.as_bytes()));
        out.extend_from_slice(&self.root);
        out
    }

    /// The inverse of `encode`.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let len = reader.len()?;
        let to = String::from_utf8(reader.take(len)?.to_vec()).ok()?;
        let (epoch, mark) = (reader.u64()?, Tag::from_bytes(reader.array()?));
        Some(Self { to, epoch, mark, root: reader.rest().to_vec() })
    }
}

impl fmt::Debug for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Moved({}, {})", self.place(), self.epoch)
    }
}

/// A URL without the name of a user, for those who call a server.
pub(crate) fn place(url: &str) -> String {
    match url.split_once("://").map(|(scheme, rest)| (scheme, rest.split_once('@'))) {
        Some((scheme, Some((user, rest)))) if !user.contains(['/', '?']) => {
            format!("{scheme}://{rest}")
        }
        _ => url.to_owned(),
    }
}

/// A commit of a register alone.
pub(crate) fn swap<'a>(register: &'a Register, expected: Tag, value: &'a [u8]) -> Commit<'a> {
    Commit { register, expected, value: Some(value), pages: &[], dead: &[] }
}
