//! Roots to trust, and what they stand for.

/// A root to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// The root's certificate, in DER or in the vendor's own format.
    pub(crate) der: Vec<u8>,
    /// What reports under it are backed by.
    pub(crate) backing: Backing,
}

/// The kind of root that a report is verified against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backing {
    /// The hardware vendor's root.
    Hardware,
    /// The root of a simulated CPU that the verifier was told to trust.
    Simulation,
    /// Nothing: an unsigned quote of an original client in simulation mode.
    Nothing,
}
