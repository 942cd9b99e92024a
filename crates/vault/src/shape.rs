//! The sizes of pages.

use aecs_store::pages::MAX_PAGE_LEN;

use crate::{history::BLOCKS, seal::OVERHEAD};

/// How large pages are. Another shape than the default is for tests, which need high trees of few
/// records; it is no part of what is stored, so vaults of different shapes can share a store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// The most bytes of a page of the tree: with its seal it is one block of PostgreSQL, inline.
    pub(crate) page: usize,
    /// The longest content that is in its leaf.
    pub(crate) inline: usize,
    /// The most bytes of a part of a longer content.
    pub(crate) content: usize,
    /// How many records with points of the history are kept.
    pub(crate) blocks: u64,
}

/// The longest part of a content.
const CONTENT: usize = 512 << 10;

const _: () = assert!(CONTENT + OVERHEAD <= MAX_PAGE_LEN);

impl Default for Shape {
    fn default() -> Self {
        Self { page: 7_900, inline: 1_024, content: CONTENT, blocks: BLOCKS }
    }
}
