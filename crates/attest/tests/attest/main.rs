//! The crate through its public interface: a module for each platform, and one for each part that
//! they share. Attesters are simulated; recorded evidence is read where there is some, and its
//! absence is said.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a skipped one must say so"
)]

mod attestation;
mod attesters;
mod azure;
mod cca;
mod collateral;
mod csv;
mod epid;
mod golden;
mod hyper_enclave;
mod kunpeng;
mod nitro;
mod nvidia;
mod snp;
mod support;
mod tdx;
