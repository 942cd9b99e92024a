//! What a source gave for one verification.

use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;

use super::{CollateralItem, CollateralSource};
use crate::error::Result;

/// Remembers what was given, so that the source can be told when the verification fails.
pub(crate) struct GivenItems<'a> {
    source: &'a dyn CollateralSource,
    items: Mutex<Vec<CollateralItem>>,
}

impl<'a> GivenItems<'a> {
    pub(crate) fn new(source: &'a dyn CollateralSource) -> Self {
        Self { source, items: Mutex::default() }
    }

    /// Tells the source that the evidence was refused.
    pub(crate) fn refuse_all(self, now: SystemTime) {
        for item in self.items.into_inner() {
            self.source.refused(&item, now);
        }
    }
}

impl CollateralSource for GivenItems<'_> {
    fn get(&self, item: &CollateralItem, now: SystemTime) -> Result<Arc<[u8]>> {
        let content = self.source.get(item, now)?;
        self.items.lock().push(item.clone());
        Ok(content)
    }

    fn refused(&self, item: &CollateralItem, now: SystemTime) {
        self.source.refused(item, now);
    }

    fn generation(&self) -> u64 {
        self.source.generation()
    }
}
