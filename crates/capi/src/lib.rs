//! The AECS client for programs in C and C++: `libaecs_client.so`, `libaecs_client.a` and `aecs.h`.
//!
//! Two interfaces to the same client library ([`aecs_client`]), each call a translation of one of its
//! calls, with no rule of its own:
//!
//! - [`client`] and the modules beside it: handles that keep the connection and the evidence.
//! - [`aecs20`]: the functions of AECS 2.0, by name and arguments, so that its programs relink.
//!
//! `include/aecs.h` is made from these files by a test. The comments of the functions are what C
//! programmers read, and name things as C has them; `include/aecs.h.head` is the head of that file, with
//! the rules for all functions. `docs/guide/c.md` is the guide.
//!
//! Every function runs inside of `border`, which lets no panic out. Pointers are looked at there and in
//! as few other places as possible: handles come as references that may be null.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]
#![allow(
    clippy::too_many_arguments,
    reason = "C has no arguments with names, lengths and defaults"
)]

pub mod aecs20;
pub mod client;
pub mod data;
pub mod error;
pub mod evidence;
pub mod list;
pub mod options;
pub mod secret;
pub mod several;
pub mod transit;
pub mod watch;

mod border;
mod file;
