//! Policies: which attesters are admitted.

mod admission;
mod advice;
mod aecs20;
mod compare;
mod evaluation;
mod explain;
mod listed;
mod pins;
mod rule;
mod rules;
mod typed;

pub use admission::Admitted;
pub use aecs20::{in_aecs20, lost_in_aecs20};
pub use compare::compare;
pub use evaluation::{Denial, Mismatch, Subject};
pub use explain::{Alternative, Comparison, Demand, Explanation, Remedy};
pub use listed::{ListError, NamedList, NamedLists};
pub use pins::{OwnBinding, Unpinned, own_attributes, pins_nothing, unpinned};
pub use rules::{Acceptance, Circumstances, Policy};
