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
mod custodians_tool;
mod f01_log_that_cannot_be_written;
mod f10_frame_floods;
mod fake;
mod h05_places_before_bodies;
mod h23_process_image;
mod platforms;
mod program;
mod rests;
mod serving;
mod tls;
mod wire;
