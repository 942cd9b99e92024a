//! The tree of records: a B+-tree of pages that never change.
//!
//! Leaves hold records in the order of their names, inner pages what is below them: for every child the
//! least name that belongs to it, how many records are below, and how many bytes their contents have.
//! So a record, a count, a sum of bytes and the place of a name are found on one way from the top.
//!
//! A change writes the pages on its way anew, under fresh ids ([`grow`]); all others are shared with the
//! tree before. A reader stays with the tree of its root and needs no lock.

pub(crate) mod descent;
pub(crate) mod find;
pub(crate) mod grow;
pub(crate) mod scan;
