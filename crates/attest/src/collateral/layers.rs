//! Several sources as one.

use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;

use super::{CollateralEntry, CollateralItem, CollateralSource};
use crate::error::{Causes, Error, Result};

/// Sources that are asked in order, such as a directory first and then a client: the first that
/// has an item gives it.
pub struct CollateralLayers {
    layers: Vec<Arc<dyn CollateralSource>>,
}

impl CollateralLayers {
    /// The first layer is asked first.
    #[must_use]
    pub fn new(layers: Vec<Arc<dyn CollateralSource>>) -> Self {
        Self { layers }
    }
}

impl CollateralSource for CollateralLayers {
    fn get(&self, item: &CollateralItem, now: SystemTime) -> Result<Arc<[u8]>> {
        let mut reasons = Vec::new();
        for layer in &self.layers {
            match layer.get(item, now) {
                Ok(content) => return Ok(content),
                Err(error) => reasons.push(chain(&error)),
            }
        }
        if reasons.is_empty() {
            reasons.push("there is no source of collateral".into());
        }
        Err(Error::unavailable(item.to_string(), reasons.join("; ")))
    }

    fn refused(&self, item: &CollateralItem, now: SystemTime) {
        for layer in &self.layers {
            layer.refused(item, now);
        }
    }

    fn generation(&self) -> u64 {
        // Each only grows, so the sum changes when one of them does.
        self.layers.iter().fold(0, |sum, layer| sum.wrapping_add(layer.generation()))
    }
}

/// A source that remembers what it was asked for: verify evidence with it, and know which
/// collateral the evidence needs.
pub struct CollateralRecorder {
    source: Arc<dyn CollateralSource>,
    asked: Mutex<Vec<RecordedItem>>,
}

/// An item that a recorder was asked for.
#[derive(Debug)]
pub struct RecordedItem {
    /// The item.
    pub item: CollateralItem,
    /// What the source gave, or why it did not.
    pub outcome: Result<CollateralEntry>,
}

impl CollateralRecorder {
    /// Records what is asked of `source`.
    #[must_use]
    pub fn new(source: Arc<dyn CollateralSource>) -> Self {
        Self { source, asked: Mutex::default() }
    }

    /// What was asked so far, in this order, each item once. The recorder forgets it.
    #[must_use]
    pub fn take(&self) -> Vec<RecordedItem> {
        std::mem::take(&mut *self.asked.lock())
    }
}

impl CollateralSource for CollateralRecorder {
    fn get(&self, item: &CollateralItem, now: SystemTime) -> Result<Arc<[u8]>> {
        let given = self.source.get(item, now);
        let outcome = match &given {
            Ok(content) => CollateralEntry::new(item.clone(), Arc::clone(content), now),
            Err(error) => Err(Error::unavailable(item.to_string(), chain(error))),
        };
        let mut asked = self.asked.lock();
        asked.retain(|earlier| earlier.item != *item);
        asked.push(RecordedItem { item: item.clone(), outcome });
        given
    }

    fn refused(&self, item: &CollateralItem, now: SystemTime) {
        self.source.refused(item, now);
    }

    fn generation(&self) -> u64 {
        self.source.generation()
    }
}

/// An error and its causes, in one line; of an item that could not be obtained, the causes only.
fn chain(error: &Error) -> String {
    match error {
        Error::Unavailable { source, .. } => Causes(source.as_ref()).to_string(),
        error => Causes(error).to_string(),
    }
}
