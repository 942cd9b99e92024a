//! The registers of a store as a map, for tests.
#![allow(
    dead_code,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "each test uses a part of it"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use aecs_store::{
    Error, Result,
    pages::{Commit, PageStore, Read, Register, Swap, Tag},
};

/// The memory that a store may use for its file.
pub(crate) const CACHE: usize = 1 << 20;

/// Registers by name, without the tags of their values.
pub(crate) trait Map {
    /// Writes a register, whatever it has.
    async fn put(&self, name: &str, value: Vec<u8>) -> Result<()>;
    /// Reads one.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>>;
    /// Those whose names begin with `prefix`.
    async fn names(&self, prefix: &str) -> Result<Vec<String>>;
}

impl<S: PageStore + ?Sized> Map for S {
    async fn put(&self, name: &str, value: Vec<u8>) -> Result<()> {
        let register = Register::new(name)?;
        let before = read(self, &register).await?;
        let value = [&fresh_tag()[..], &value].concat();
        let (expected, value) = (Tag::of(before.as_deref())?, Some(value.as_slice()));
        let commit = Commit { register: &register, expected, value, pages: &[], dead: &[] };
        match self.commit(commit).await? {
            Swap::Done => Ok(()),
            Swap::Lost => Err(Error::corrupt("another test writes to this register")),
        }
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let value = read(self, &Register::new(name)?).await?;
        Ok(value.map(|value| value[Tag::LEN..].to_vec()))
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>> {
        Ok(self.registers(prefix).await?.iter().map(ToString::to_string).collect())
    }
}

async fn read<S: PageStore + ?Sized>(store: &S, register: &Register) -> Result<Option<Vec<u8>>> {
    Ok(match store.read(register, Tag::NONE).await? {
        Read::New(value) => Some(value),
        Read::None | Read::Same => None,
    })
}

/// A tag that no other value has, also not one of another process.
pub(crate) fn fresh_tag() -> [u8; Tag::LEN] {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    let mut tag = [0; Tag::LEN];
    tag[..8].copy_from_slice(&number.to_be_bytes());
    tag[8..12].copy_from_slice(&std::process::id().to_be_bytes());
    tag
}
