//! Reads: under one root from beginning to end.
//!
//! A page that a root reaches may be removed some time after another root has replaced it. So a read that
//! misses a page looks at the root again. If it has moved, the read starts over; if it is the same, or if
//! the new root reaches the missing page as well, somebody has removed a page that is needed. A page that
//! is there and does not open is never right, because pages do not change.

use std::sync::Arc;

use aecs_store::{Error as StoreError, pages::PageId};

use crate::{
    error::{Fault, Place, Tampering, VaultError},
    known::Known,
    shared::Shared,
};

/// How often a read starts over. Each time, a page was removed that was needed when it began.
const STARTS: u32 = 64;

/// A read on its way.
pub(crate) struct Reading<'a> {
    shared: &'a Shared,
    /// The root under which it reads.
    pub(crate) under: Arc<Known>,
    missed: Option<PageId>,
    starts: u32,
}

impl Shared {
    /// Begins a read.
    pub(crate) async fn reading(&self) -> Result<Reading<'_>, VaultError> {
        let under = self.current().await?;
        Ok(Reading { shared: self, under, missed: None, starts: 0 })
    }
}

impl Reading<'_> {
    /// Has the read start over after a fault, or fails. `place` is what it reads.
    pub(crate) async fn again(&mut self, fault: Fault, place: Place) -> Result<(), VaultError> {
        let (id, what) = match fault {
            Fault::Store(error) => return Err(error.into()),
            Fault::Damaged(id, what) => (id, what),
        };
        if what != Tampering::Missing || self.missed == Some(id) {
            return Err(VaultError::Tampered { place, what });
        }
        let now = self.shared.look().await?;
        if now.tag == self.under.tag {
            return Err(VaultError::Tampered { place, what });
        }
        self.starts += 1;
        if self.starts > STARTS {
            let what = "pages are removed faster than a read takes";
            return Err(StoreError::unavailable(what).into());
        }
        (self.under, self.missed) = (now, Some(id));
        Ok(())
    }
}
