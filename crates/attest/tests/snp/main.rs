//! SEV-SNP reports: genuine, damaged, and real ones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a skipped one has to say so"
)]

mod background_check;
mod corruption;
mod genuine;
mod h10_revocation_left_out;
mod h11_unrated_tcb;
mod h26_cloud_firmware;
mod never_panics;
mod real;
#[path = "../support/refusal.rs"]
mod refusal;
mod support;
#[path = "../support/vectors.rs"]
mod vectors;
