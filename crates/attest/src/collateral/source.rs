//! The interface of a source of collateral.

use std::sync::Arc;
use std::time::SystemTime;

use super::item::CollateralItem;
use crate::error::Result;

/// Where endorsements come from that evidence does not bring.
pub trait CollateralSource: Send + Sync {
    /// The endorsement, in the form that [`CollateralItem`] tells. May block on a network, within
    /// the source's own time-outs.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](crate::Error::Unavailable) when it cannot be obtained.
    fn get(&self, item: &CollateralItem, now: SystemTime) -> Result<Arc<[u8]>>;

    /// The verifier refused evidence that it had judged with this item, at the time `now`: either
    /// may be wrong. A source that keeps items looks for a better one, not too often; one that
    /// does not has nothing to do.
    fn refused(&self, item: &CollateralItem, now: SystemTime) {
        let _ = (item, now);
    }

    /// Changes whenever something that was given out before has changed, such as a revocation
    /// list: reports that were verified with it are verified again.
    fn generation(&self) -> u64;
}
