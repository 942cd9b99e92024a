//! The server, the client library and clients of AECS 2.0, together over the network.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic in a test is the report of its failure, in its supporting code as well"
)]

mod aecs20;
mod library;
mod notices;
mod recovery;
mod rollback;
mod sessions;
mod world;
