//! The keys of a deployment: `PREFIX/p/ID` pages, `PREFIX/r/NAME` values and `PREFIX/t/NAME` tags of
//! registers. A tag is a key of its own, because etcd compares whole values only.

use crate::{
    Error, Result,
    pages::{PageId, Register},
};

pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    pub(super) fn page(&self, id: PageId) -> Vec<u8> {
        [self.prefix.as_bytes(), b"/p/", id.as_bytes()].concat()
    }

    pub(super) fn value(&self, register: &Register) -> Vec<u8> {
        format!("{}/r/{register}", self.prefix).into_bytes()
    }

    pub(super) fn tag(&self, register: &Register) -> Vec<u8> {
        format!("{}/t/{register}", self.prefix).into_bytes()
    }

    /// The range of the pages after `id`, exclusive.
    pub(super) fn pages(&self, after: Option<PageId>) -> (Vec<u8>, Vec<u8>) {
        let begin = match after {
            Some(id) => [self.page(id), vec![0]].concat(),
            None => format!("{}/p/", self.prefix).into_bytes(),
        };
        (begin, format!("{}/p0", self.prefix).into_bytes())
    }

    /// The range of the values of registers whose names begin with `prefix`.
    pub(super) fn values(&self, prefix: &str) -> (Vec<u8>, Vec<u8>) {
        let begin = format!("{}/r/{prefix}", self.prefix).into_bytes();
        // No name has a byte like this one.
        let end = [begin.as_slice(), &[0xff]].concat();
        (begin, end)
    }

    /// The range of all tags.
    pub(super) fn tags(&self) -> (Vec<u8>, Vec<u8>) {
        (format!("{}/t/", self.prefix).into_bytes(), format!("{}/t0", self.prefix).into_bytes())
    }

    pub(super) fn id_of(&self, key: &[u8]) -> Result<PageId> {
        let id = key.get(self.prefix.len() + 3..).and_then(|id| id.try_into().ok());
        id.map(PageId::from_bytes)
            .ok_or_else(|| Error::corrupt("a page has an id of another length"))
    }

    pub(super) fn register_of(&self, key: &[u8]) -> Result<Register> {
        let name = key.get(self.prefix.len() + 3..).unwrap_or_default();
        Register::new(String::from_utf8_lossy(name)).map_err(|error| {
            Error::corrupt_from("a register has a name that is not allowed", error)
        })
    }
}
