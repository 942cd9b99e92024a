//! What a verifier was told to trust.

use std::fmt::Debug;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::anchor::{Anchor, Backing};
use crate::platform::Platform;
use crate::platform::snp::SnpMinimum;
use crate::tcb::TcbEvaluation;

/// Believes quotes that nobody has signed. **Every caller of a verifier that has one can be any
/// enclave.** Nothing in this crate implements it: production programs have no implementation.
pub trait UnsignedQuotes: Debug + Send + Sync {
    /// Whether this quote is in a form that the simulation of AECS 2.0 makes.
    fn believes(&self, quote: &[u8]) -> bool;
}

/// Everything that a verifier was told to trust; by default nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trust {
    /// Whether the roots that are built in count.
    pub(crate) vendor_roots: bool,
    /// Roots from the configuration.
    pub(crate) roots: Vec<(Platform, Anchor)>,
    /// Who believes quotes that nobody has signed.
    pub(crate) unsigned_quotes: Option<Arc<dyn UnsignedQuotes>>,
    /// Whether SEV-SNP reports do without a revocation list.
    pub(crate) insecure_no_revocation_list: bool,
    /// Minimum TCBs of SEV-SNP platforms, in place of those that are built in.
    pub(crate) snp_minimums: Vec<SnpMinimum>,
    /// Which of Intel's TCB evaluation numbers count.
    pub(crate) tcb_evaluation: TcbEvaluation,
    /// Whether collateral is read again for each report.
    pub(crate) keeps_nothing: bool,
    /// What the platforms have been given: for people who want to know.
    pub(crate) given: Arc<Mutex<Vec<(Platform, Anchor)>>>,
}

impl Trust {
    /// The roots for a platform: those that are built in, if they count, and the configured ones.
    pub(crate) fn anchors(&self, platform: Platform, built_in: &[&[u8]]) -> Vec<Anchor> {
        let built_in = if self.vendor_roots { built_in } else { &[] };
        let built_in =
            built_in.iter().map(|der| Anchor { der: der.to_vec(), backing: Backing::Hardware });
        let configured =
            self.roots.iter().filter(|(of, _)| *of == platform).map(|(_, anchor)| anchor.clone());
        let anchors: Vec<Anchor> = built_in.chain(configured).collect();
        let mut given = self.given.lock();
        given.extend(anchors.iter().map(|anchor| (platform, anchor.clone())));
        anchors
    }

    /// What the platforms have been given so far.
    pub(crate) fn take_given(&self) -> Vec<(Platform, Anchor)> {
        std::mem::take(&mut *self.given.lock())
    }
}
