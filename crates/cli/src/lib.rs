//! The command line tools of AECS, as a library that their small `main` functions share.
//!
//! | program | for whom |
//! | --- | --- |
//! | `aecs` | people: the tools below, except for the two of applications, as its subcommands |
//! | `aecsadmin` | the AECS administrator: provision, services, identity backups |
//! | `serviceadmin` | a service's administrator: the secrets of one service and their policies |
//! | `aecs_client_cli` | a trusted application: get, create and destroy secrets |
//! | `aecs_enclave_client` | the enclave image of an application: a fixed command, no arguments |
//! | `aecs-attest` | operators: evidence verified, explained, and made into policies |
//! | `aecs-sim` | everybody without TEE hardware: a software CPU, its PKI and its reports |
//! | `aecs-setup` | newcomers: certificates, keys and configuration in one go |
//!
//! All keep one set of rules: results go to standard output and everything else to standard error;
//! the exit code is 0 on success only, and [`Exit`] names the others; an error is `error: WHAT`
//! followed by `  help: REMEDY`; secrets and passwords are never printed.
//!
//! ```
//! use aecs_cli::{admin, tool};
//!
//! // The flags of AECS 2.0 and the sub commands of today are one command.
//! let seed = tool::parse::<admin::AecsAdmin, _>(["aecsadmin", "--action", "list"])?;
//! let modern = tool::parse::<admin::AecsAdmin, _>(["aecsadmin", "list"])?;
//! assert_eq!(seed.command, modern.command);
//! # Ok::<(), clap::Error>(())
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod about;
pub mod admin;
pub mod aecs;
pub mod connection;
pub mod contexts;
pub mod described;
pub mod enclave;
pub mod evidence;
pub mod failure;
pub mod files;
pub mod given;
pub mod hexadecimal;
pub mod keygen;
pub mod kubeconfig;
pub mod names;
pub mod output;
pub mod password;
mod progress;
mod remedy;
pub mod roots;
#[cfg(test)]
mod schema;
pub mod service;
pub mod setup;
#[cfg(feature = "simulation")]
pub mod sim;
pub mod spelling;
pub mod ta;
pub mod tool;
pub mod transit;
pub mod view;

pub use failure::{Exit, Failure};
