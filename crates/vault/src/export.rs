//! Exports: the root of one moment, and every page that it needs, as they are stored.
//!
//! Pages never change, so they can be read one by one while changes go on; this process removes none
//! until the export is dropped. The pages of the tree were opened when it began; contents are not, and
//! who reads them later notices what is wrong with them.

use std::sync::Arc;

use aecs_store::{
    Error as StoreError,
    pages::{PageId, Register},
};

use crate::{error::VaultError, known::Known, shared::Shared, walk::Pin};

/// The vault at one moment, sealed.
pub struct Export {
    shared: Pin<Arc<Shared>>,
    pub(crate) under: Arc<Known>,
    /// In their order.
    pub(crate) pages: Vec<PageId>,
}

impl Export {
    pub(crate) fn new(shared: Pin<Arc<Shared>>, under: Arc<Known>, mut pages: Vec<PageId>) -> Self {
        pages.sort_unstable();
        Self { shared, under, pages }
    }

    /// The register of the root, and its value; `None` of a vault that was never written to.
    pub fn root(&self) -> Option<(&Register, &[u8])> {
        let value = self.under.stored.as_slice();
        (!value.is_empty()).then_some((&self.shared.register, value))
    }

    /// The id of the last page.
    pub fn last(&self) -> Option<PageId> {
        self.pages.last().copied()
    }

    /// The first page after `after`, in the order of their ids; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`VaultError::Store`], also if the page is gone.
    pub async fn page_after(
        &self,
        after: Option<PageId>,
    ) -> Result<Option<(PageId, Vec<u8>)>, VaultError> {
        let next = after.map_or(0, |after| self.pages.partition_point(|id| *id <= after));
        let Some(id) = self.pages.get(next) else { return Ok(None) };
        match self.shared.pages.store().page(*id).await? {
            Some(page) => Ok(Some((*id, page))),
            None => {
                let what = format!(
                    "page {id:?} is gone: another process has removed it since the export began, or \
                     somebody has tampered with the store; begin again"
                );
                Err(StoreError::unavailable(what).into())
            }
        }
    }
}
