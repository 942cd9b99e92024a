//! A secret: what it is ([`spec`]), how its data comes to be ([`material`]), who may have it
//! ([`policy`]), which versions it has and for how long ([`versions`], [`lifecycle`]), and how it
//! is kept and let out ([`stored`]).

mod lifecycle;
pub(crate) mod material;
pub(crate) mod policy;
pub(crate) mod spec;
pub(crate) mod stored;
pub(crate) mod versions;
