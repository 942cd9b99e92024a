//! The AECS wire protocol: messages, their JSON form and the gRPC stubs.
//!
//! For everybody who talks to an AECS server or is one. The vocabulary of the protocol is here
//! once: messages, functions, error codes, the rule for names. The crate does not encrypt, sign or
//! judge anything. The messages come from the files in `proto/kubetee` and are compatible with AECS
//! 2.0; fields marked "since 2.1" are additions.
//!
//! Requests and responses of functions travel as JSON inside envelopes, so most messages are needed
//! both in binary and in JSON:
//!
//! ```
//! use aecs_proto::{EnclaveSecretSpec, EnclaveSecretType, json};
//! use prost::Message;
//!
//! let mut spec = EnclaveSecretSpec { secret_name: "db".into(), ..Default::default() };
//! spec.set_type(EnclaveSecretType::SecretTypeAes256Key);
//!
//! let text = json::to_string(&spec);
//! assert_eq!(text, r#"{"secretName":"db","type":"SECRET_TYPE_AES256_KEY"}"#);
//! assert_eq!(json::from_str::<EnclaveSecretSpec>(&text)?, spec);
//!
//! assert_eq!(EnclaveSecretSpec::decode(spec.encode_to_vec().as_slice())?, spec);
//! assert_eq!(spec.r#type(), EnclaveSecretType::SecretTypeAes256Key);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Messages that carry secrets do not show them in `Debug`, and can be wiped: see [`Zeroizing`].
//!
//! Features: `client` adds `aecs_client::AecsClient`, `server` adds `aecs_server::AecsServer`.

#![forbid(unsafe_code)]

mod error_code;
mod function;
pub mod json;
mod key_use;
mod name;
mod named;
mod parameters;
mod secret;

pub use error_code::{ErrorCode, Kind};
pub use function::{Caller, Effect, Function, FunctionRequest, FunctionVisitor};
pub use generated::*;
pub use name::{
    MAX_LABEL_BYTES, MAX_NAME_BYTES, NameError, TRUSTED_APPLICATIONS, check_name, check_prefix,
    is_label,
};
pub use parameters::parameters;
pub use zeroize::{Zeroize, Zeroizing};

/// The length of a request's nonce and of an act's id in protocol 2.1, in bytes.
pub const NONCE_BYTES: usize = 16;

// `include!` keeps the formatter away from the files, which a test compares with what the `.proto`
// files give.
#[allow(
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    missing_docs,
    unreachable_pub,
    unused,
    reason = "generated code follows the rules of its generators"
)]
mod generated {
    include!("gen/kubetee.rs");
    include!("gen/kubetee.serde.rs");
}
