//! The export of the store that is under way: there is one at a time.

use std::sync::Arc;

use aecs_store::pages::Register;
use parking_lot::Mutex;

use crate::{error::Cause, vault};

/// The export that is under way.
#[derive(Default)]
pub(crate) struct Exports(Mutex<Option<Export>>);

/// One export.
#[derive(Clone)]
pub(crate) struct Export {
    pub(crate) id: String,
    /// The root and what it needs.
    pub(crate) moment: Arc<vault::Export>,
    /// The values of the other registers.
    pub(crate) registers: Arc<Vec<(Register, Vec<u8>)>>,
}

impl Exports {
    /// Ends the one before.
    pub(crate) fn begin(&self, export: Export) {
        *self.0.lock() = Some(export);
    }

    pub(crate) fn find(&self, id: &str) -> Result<Export, Cause> {
        let current = self.0.lock();
        current.as_ref().filter(|export| export.id == id).cloned().ok_or(Cause::ExportEnded)
    }

    /// Lets go of the export `id`.
    pub(crate) fn end(&self, id: &str) {
        self.0.lock().take_if(|export| export.id == id);
    }
}
