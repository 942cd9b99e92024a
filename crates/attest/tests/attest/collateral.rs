//! Collateral through the public interface: offline sources, and the client against a local HTTP
//! server that behaves in every way a server can.

mod client;
mod content;
mod disk;
mod end_to_end;
mod faults;
mod never_panics;
mod offline;
mod recorded;
mod refresh;
pub(crate) mod server;
pub(crate) mod support;
mod tls;
