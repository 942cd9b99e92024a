//! The ioctl calls of TEE devices, for the attesters in `aecs-attest`.
//!
//! The one crate of AECS with unsafe code, and nothing else in it: how a request is laid out, its
//! number, and the call. What a request asks for and what an answer means is decided by the
//! callers, in safe code. Each device has a module with a function a request:
//!
//! - [`occlum`]: `/dev/sgx` inside an Occlum enclave,
//! - [`sev_guest`]: `/dev/sev-guest` inside an AMD SEV-SNP guest.
//!
//! ```
//! use std::fs::File;
//! use std::os::fd::AsFd as _;
//!
//! // A device that knows no such request says so, and nothing happens.
//! let device = File::open("/dev/null")?;
//! assert!(aecs_ioctl::occlum::quote_size(device.as_fd()).is_err());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Why each call is sound: a request's number holds the size of its argument, which a compile-time
//! assertion compares with the Rust type; every pointer inside of an argument comes from a
//! reference that outlives the call, with the length that the kernel is told; and the kernel
//! writes plain bytes and integers only, for which every bit pattern is a value.

#![deny(unsafe_op_in_unsafe_fn)]
#![cfg(target_os = "linux")]

pub mod occlum;
mod request;
pub mod sev_guest;
