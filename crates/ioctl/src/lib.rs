//! The ioctl calls of TEE devices, for the attesters in `aecs-attest`.
//!
//! This is the only crate of AECS with unsafe code, and it contains nothing else: the layout of
//! each request, its number, and the call. Safe code in the callers decides what a request asks for
//! and what an answer means. Each device has a module with one function for each request:
//!
//! - [`occlum`]: `/dev/sgx` inside an Occlum enclave,
//! - [`sev_guest`]: `/dev/sev-guest` inside an AMD SEV-SNP guest.
//!
//! ```
//! use std::fs::File;
//! use std::os::fd::AsFd as _;
//!
//! // A device that does not know the request returns an error.
//! let device = File::open("/dev/null")?;
//! assert!(aecs_ioctl::occlum::quote_size(device.as_fd()).is_err());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Each call is sound for three reasons. The number of a request contains the size of its argument,
//! and a compile-time assertion compares this size with the Rust type. Every pointer in an argument
//! comes from a reference that outlives the call and has the length that the kernel is told. The
//! kernel writes only plain bytes and integers, for which every bit pattern is valid.

#![deny(unsafe_op_in_unsafe_fn)]
#![cfg(target_os = "linux")]

pub mod occlum;
mod request;
pub mod sev_guest;
