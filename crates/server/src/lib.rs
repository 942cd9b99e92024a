//! The AECS server: configuration, gRPC, TLS, logs, shutdown.
//!
//! For the program `aecs_server`, and for tests that run a real server in their own process. The
//! decisions about who gets what are made by `aecs-core`; this crate gives it an address, files
//! and a store. The main path:
//!
//! 1. [`config`] gathers settings from flags, environment and file into a [`config::Config`];
//! 2. [`start::prepare`] opens what it names: platform, store, files, certificates, the address;
//! 3. [`start::Prepared::serve`] starts the core, and
//! 4. [`serve::run`] serves it through [`service::AecsService`] until it is told to stop.
//!
//! `run` takes a bound listener and a shutdown future, so a test has the real server on a free
//! port:
//!
//! ```no_run
//! # async fn example(core: aecs_core::Core, limits: aecs_server::serve::Limits)
//! # -> std::io::Result<()> {
//! use aecs_server::{serve, service::AecsService};
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//! let server = serve::run(listener, AecsService::new(core), None, limits, async {
//!     let _ = stopped.await;
//! });
//! # drop(stop);
//! server.await
//! # }
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod audit_log;
pub mod cli;
pub mod collateral;
pub mod config;
pub mod exit;
pub mod health;
pub mod identity_file;
pub mod logs;
pub mod platform;
pub mod process;
pub mod serve;
pub mod service;
pub mod settings;
pub mod signals;
pub mod start;
pub mod status;
mod store;
