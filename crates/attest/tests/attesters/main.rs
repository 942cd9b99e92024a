//! Attesters on machines in software: what each makes, and every way its device can fail it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test stops at what it does not expect"
)]

mod detection;
mod gramine;
mod linux;
mod never_panics;
mod occlum;
mod recorded;
mod sealing;
mod snp;
mod support;
mod tdx;
#[path = "../support/vectors.rs"]
mod vectors;
