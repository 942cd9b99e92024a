//! What an open TEE offers.

use std::fmt;
use std::sync::Arc;

use crate::report::Attester;
use crate::sealing::Sealing;
use crate::tee::Tee;

/// A TEE that is there and answers.
pub struct Opened {
    /// Which one.
    pub tee: Tee,
    /// Makes its reports.
    pub attester: Arc<dyn Attester>,
    /// What it has to seal with.
    pub sealing: Sealing,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("tee", &self.tee).finish_non_exhaustive()
    }
}

/// What a program has to seal with that did not ask for it.
pub(super) fn no_sealing() -> Sealing {
    Sealing::Unavailable { reason: "this program seals nothing".into() }
}
