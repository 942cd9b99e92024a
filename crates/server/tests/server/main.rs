//! The server from outside: over the network, and as a program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic in a helper of a test is a failure report, too"
)]

mod certificates;
mod collateral;
mod f01_log_that_cannot_be_written;
mod fake;
mod h23_process_image;
mod platforms;
mod program;
mod serving;
mod tls;
