//! Attesters on machines in software: what each makes, and every way its device can fail it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

mod detection;
mod gramine;
mod linux;
mod occlum;
mod sealing;
mod snp;
mod support;
mod tdx;
