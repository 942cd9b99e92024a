//! Which attesters are wanted.

mod admission;
mod advice;
mod aecs20;
mod compare;
mod explain;
mod pins;

pub use admission::{Acceptance, Admitted, Denial, Mismatch, Policy};
pub use aecs20::{in_aecs20, lost_in_aecs20};
pub use compare::compare;
pub use explain::{Alternative, Comparison, Demand, Explanation, Remedy, Subject};
pub use pins::{Own, Unpinned, is_open, own, unpinned};
