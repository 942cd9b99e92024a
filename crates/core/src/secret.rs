//! A secret: what it is ([`spec`]), how its data comes to be ([`material`]), who may have it
//! ([`policy`]), which versions it has and for how long ([`versions`], [`lifecycle`]), what its owner
//! says of it ([`about`]), and how it is kept and let out ([`stored`]).

mod about;
pub(crate) mod lifecycle;
pub(crate) mod material;
pub(crate) mod policy;
pub(crate) mod spec;
pub(crate) mod stored;
pub(crate) mod usage;
pub(crate) mod versions;
