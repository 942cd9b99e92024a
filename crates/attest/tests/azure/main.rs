//! Evidence of confidential machines on Azure: genuine, damaged, and recorded.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a skipped one has to say so"
)]

mod corruption;
mod genuine;
mod hardening;
mod never_panics;
mod real;
mod recorded;
#[path = "../support/refusal.rs"]
mod refusal;
mod support;
mod tdx;
#[path = "../support/vectors.rs"]
mod vectors;
