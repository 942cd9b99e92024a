//! TDX through the public interface: simulated trust domains, and recorded evidence where there is
//! some; its absence is said.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a skipped one must say so"
)]

mod corruption;
#[path = "../support/dcap.rs"]
mod dcap;
#[path = "../support/intel.rs"]
mod intel;
mod never_panics;
mod recorded;
#[path = "../support/refusal.rs"]
mod refusal;
mod simulated;
mod support;
#[path = "../support/vectors.rs"]
mod vectors;
