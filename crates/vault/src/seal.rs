//! The seals of pages and roots.
//!
//! A stored page is a format byte and the sealed plain text. The seal is AES-256-GCM under a key of the
//! page's own, bound to the format, the deployment, the kind of the page and its id. The reader takes
//! none of these from the stored bytes: it knows the id from the page above.
//!
//! **An id is sealed once**: every attempt of a commit draws fresh ids. So there is one content that
//! opens under an id, and who knows the id of a page knows its content, and the ids in it. From this
//! follows the integrity of the whole tree: the root authenticates everything. A page that was edited,
//! truncated, exchanged for another one or for an older one does not open.
//!
//! A stored root is its tag, a format byte and the sealed rest, bound in the same way to its tag. While the
//! records move to another store ([`relocation`](crate::relocation)), the register has something else,
//! which the format byte tells apart: what is bound to one opens as no other.

use aecs_crypto::{RecordKey, SecretBytes, Transcript};
use aecs_store::pages::{PageId, Tag};

use crate::{
    error::{Tampering, VaultError},
    farewell::Role,
};

/// The form of pages.
const FORMAT: u8 = 1;

/// How much longer a stored page is than its plain text: format, nonce and tag of the seal.
pub(crate) const OVERHEAD: usize = 1 + 12 + 16;

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Records.
    Leaf = 1,
    /// Pages below, and what they hold.
    Inner = 2,
    /// A part of the content of a record.
    Content = 3,
    /// Ids of pages that are to be removed.
    Garbage = 4,
}

/// The key of a vault, and what its seals are bound to.
pub(crate) struct Seals {
    key: RecordKey,
    deployment: [u8; 32],
}

impl Seals {
    pub(crate) fn new(key: &RecordKey, deployment: [u8; 32]) -> Result<Self, VaultError> {
        Ok(Self { key: key.derive("AECS vault tree")?, deployment })
    }

    /// The stored form of a page.
    pub(crate) fn seal_page(
        &self,
        kind: Kind,
        id: PageId,
        plain: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let sealed = self.key.seal(self.place_of_page(kind, id), plain)?;
        let mut stored = Vec::with_capacity(1 + sealed.len());
        stored.push(FORMAT);
        stored.extend_from_slice(&sealed);
        Ok(stored)
    }

    /// The plain text of the page of that kind and id.
    pub(crate) fn open_page(
        &self,
        kind: Kind,
        id: PageId,
        stored: &[u8],
    ) -> Result<SecretBytes, Tampering> {
        let Some((&FORMAT, sealed)) = stored.split_first() else {
            return Err(Tampering::Malformed);
        };
        self.key.open(self.place_of_page(kind, id), sealed).map_err(|_| Tampering::Seal)
    }

    /// The stored form of a root, or of what stands in its place. It begins with its tag.
    pub(crate) fn seal_root(
        &self,
        role: Role,
        tag: Tag,
        plain: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let sealed = self.key.seal(self.place_of_root(role, tag), plain)?;
        let mut stored = Vec::with_capacity(Tag::LEN + 1 + sealed.len());
        stored.extend_from_slice(tag.as_bytes());
        stored.push(role as u8);
        stored.extend_from_slice(&sealed);
        Ok(stored)
    }

    /// What a stored root is, its tag and its plain text.
    pub(crate) fn open_root(&self, stored: &[u8]) -> Result<(Role, Tag, SecretBytes), Tampering> {
        let (tag, rest) = stored.split_first_chunk().ok_or(Tampering::Malformed)?;
        let (role, sealed) = rest.split_first().ok_or(Tampering::Malformed)?;
        let role =
            [Role::Root, Role::Arriving, Role::Moved].into_iter().find(|it| *it as u8 == *role);
        let (role, tag) = (role.ok_or(Tampering::Malformed)?, Tag::from_bytes(*tag));
        let plain = self.key.open(self.place_of_root(role, tag), sealed);
        Ok((role, tag, plain.map_err(|_| Tampering::Seal)?))
    }

    fn place_of_page(&self, kind: Kind, id: PageId) -> Transcript {
        Transcript::new("AECS vault page")
            .field(&[FORMAT, kind as u8])
            .field(&self.deployment)
            .field(id.as_bytes())
    }

    fn place_of_root(&self, role: Role, tag: Tag) -> Transcript {
        Transcript::new("AECS vault root")
            .field(&[role as u8])
            .field(&self.deployment)
            .field(tag.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: PageId = PageId::from_bytes([7; 16]);
    const TAG: Tag = Tag::from_bytes([7; 16]);

    fn seals(deployment: u8) -> Seals {
        let key = RecordKey::from_bytes(&vec![3; 32].into()).unwrap();
        Seals::new(&key, [deployment; 32]).unwrap()
    }

    #[test]
    fn a_page_opens_as_itself_only() {
        let stored = seals(1).seal_page(Kind::Leaf, ID, b"plain").unwrap();
        assert_eq!(stored.len(), 5 + OVERHEAD);
        assert!(seals(1).open_page(Kind::Leaf, ID, &stored).ok().unwrap().ct_eq(b"plain"));
        let other = PageId::from_bytes([8; 16]);
        let of = |seals: Seals, kind, id, stored: &[u8]| seals.open_page(kind, id, stored).err();
        assert_eq!(of(seals(1), Kind::Inner, ID, &stored), Some(Tampering::Seal));
        assert_eq!(of(seals(1), Kind::Leaf, other, &stored), Some(Tampering::Seal));
        assert_eq!(of(seals(2), Kind::Leaf, ID, &stored), Some(Tampering::Seal));
        let stranger = Seals::new(&RecordKey::generate().unwrap(), [1; 32]).unwrap();
        assert_eq!(of(stranger, Kind::Leaf, ID, &stored), Some(Tampering::Seal));
        for at in 0..stored.len() {
            let mut bad = stored.clone();
            bad[at] ^= 1;
            assert!(seals(1).open_page(Kind::Leaf, ID, &bad).is_err(), "{at}");
            assert!(seals(1).open_page(Kind::Leaf, ID, &stored[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn a_root_opens_under_its_tag_only_and_is_no_page() {
        let stored = seals(1).seal_root(Role::Root, TAG, b"plain").unwrap();
        let (role, tag, plain) = seals(1).open_root(&stored).ok().unwrap();
        assert!(role == Role::Root && tag == TAG && plain.ct_eq(b"plain"));
        for role in [Role::Arriving as u8, Role::Moved as u8, 0, 4] {
            let mut bad = stored.clone();
            bad[Tag::LEN] = role;
            assert!(seals(1).open_root(&bad).is_err(), "{role}");
        }
        for at in 0..stored.len() {
            let mut bad = stored.clone();
            bad[at] ^= 1;
            assert!(seals(1).open_root(&bad).is_err(), "{at}");
            assert!(seals(1).open_root(&stored[..at]).is_err(), "{at}");
        }
        assert!(seals(1).open_page(Kind::Leaf, ID, &stored[Tag::LEN..]).is_err());
        assert!(seals(2).open_root(&stored).is_err());
    }
}
