//! The extension module `aecs._aecs`: the client library and the verification of evidence, for Python.
//!
//! It translates, and has no rule of its own. A method of a client here makes a `Call`, which has
//! not begun; the package in `aecs/` waits for it (`Call::wait`) or has an event loop do so
//! (`Call::future`), so that each function of the protocol is here once for both. What a secret is
//! stays in Rust, in memory that is wiped, until Python asks for its bytes.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod admin;
mod application;
mod call;
mod convert;
mod custodian;
mod error;
mod evidence;
mod explanation;
mod key;
mod log;
mod platform;
mod secret;
mod secret_bytes;
mod service;
mod watch;

/// What the package in `aecs/` is made of.
#[pyo3::pymodule]
mod _aecs {
    #[pymodule_export]
    use crate::admin::{Admin, ExportPage, pinned};
    #[pymodule_export]
    use crate::application::Application;
    #[pymodule_export]
    use crate::call::Call;
    #[pymodule_export]
    use crate::custodian::Custodian;
    #[pymodule_export]
    use crate::evidence::{Evidence, Policy, Verifier, make_report};
    #[pymodule_export]
    use crate::key::{Key, Operation, Outcome};
    #[pymodule_export]
    use crate::log::{next_record, set_log_level, stop_log};
    #[pymodule_export]
    use crate::platform::Simulation;
    #[pymodule_export]
    use crate::secret::{NewSecret, PublicSecret, Secret, Tag, read_secrets};
    #[pymodule_export]
    use crate::secret_bytes::SecretBytes;
    #[pymodule_export]
    use crate::service::{Service, read_lists};
    #[pymodule_export]
    use crate::watch::Watch;
}
