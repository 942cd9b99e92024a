//! Collateral through the public interface: offline sources, and the client against a local HTTP
//! server that behaves in every way a server can.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a skipped one must say so"
)]

mod client;
mod content;
mod disk;
mod end_to_end;
mod faults;
#[path = "../support/intel.rs"]
mod intel;
mod never_panics;
mod offline;
mod recorded;
mod refresh;
mod server;
mod support;
mod tls;
#[path = "../support/vectors.rs"]
mod vectors;
