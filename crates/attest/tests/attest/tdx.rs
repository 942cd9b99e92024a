//! TDX through the public interface: simulated trust domains, and recorded evidence where there is
//! some; its absence is said.

mod corruption;
mod never_panics;
mod recorded;
mod simulated;
mod support;
