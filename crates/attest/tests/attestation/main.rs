//! The crate through its public interface. Simulated CPUs play the attesters; recorded evidence is
//! read where there is some, and its absence is said.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a skipped one must say so"
)]

mod aecs20;
mod aecs20_quotes;
mod cache;
mod certification;
mod compare;
mod corruption;
#[path = "../support/dcap.rs"]
mod dcap;
mod explain;
mod forms;
mod h25_evaluation_number;
mod h26_cloud_firmware;
mod h27_below_every_level;
mod nested;
mod never_panics;
mod policy;
#[path = "../support/refusal.rs"]
mod refusal;
mod roots;
mod simulation;
mod support;
#[path = "../support/vectors.rs"]
mod vectors;
