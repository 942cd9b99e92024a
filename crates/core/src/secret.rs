//! A secret: what it is ([`spec`]), how its data comes to be ([`material`]), who may have it
//! ([`policy`]), and how it is kept and let out ([`stored`]).

pub(crate) mod material;
pub(crate) mod policy;
pub(crate) mod spec;
pub(crate) mod stored;
