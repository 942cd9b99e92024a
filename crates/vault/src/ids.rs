//! The ids of new pages.

use aecs_store::pages::PageId;

use crate::error::VaultError;

/// How many bytes of an id are the number of a commit, and how many are random.
const NUMBER: usize = 6;
const RANDOM: usize = PageId::LEN - NUMBER;

/// Draws the ids of the pages of one attempt of a commit.
///
/// An id begins with the number of the commit, so that the pages of a commit are neighbours in engines
/// that order them. The rest is random, so that no two attempts have an id in common.
pub(crate) struct Ids {
    number: [u8; NUMBER],
}

impl Ids {
    /// For a commit with that number.
    pub(crate) fn new(number: u64) -> Result<Self, VaultError> {
        match number.to_be_bytes() {
            [0, 0, number @ ..] => Ok(Self { number }),
            _ => Err(VaultError::Exhausted),
        }
    }

    /// An id that nobody had.
    pub(crate) fn fresh(&self) -> Result<PageId, VaultError> {
        let mut id = [0; PageId::LEN];
        let (number, random) = id.split_at_mut(NUMBER);
        number.copy_from_slice(&self.number);
        random.copy_from_slice(&aecs_crypto::random::<RANDOM>()?);
        Ok(PageId::from_bytes(id))
    }
}

/// The number of the commit that wrote a page.
pub(crate) fn commit_of(id: PageId) -> u64 {
    let mut number = [0; 8];
    number.iter_mut().skip(8 - NUMBER).zip(id.as_bytes()).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(number)
}
