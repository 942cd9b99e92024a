//! A core with everything around it, and callers that speak the wire protocol by hand: nothing
//! here goes through the client library, so that a test can say what no client would.

mod administrator;
mod application;
mod attester;
mod environment;
mod given;
mod settings;
mod world;

pub(crate) use self::{
    administrator::Administrator,
    application::Ta,
    attester::SlowAttester,
    environment::{MemoryCache, Recorder},
    given::{
        certificate_data, imported, key_pair_data, open, pinned, policy, secret, signed_by, update,
    },
    settings::{Config, file, text},
    world::{Restart, SERVICE, World, binding, enclave, server_enclave, server_key},
};

use aecs_core::{Error, ErrorCode};

/// The code of a call that must fail.
#[track_caller]
pub(crate) fn code<T>(result: Result<T, Error>) -> ErrorCode {
    refusal(result).code()
}

/// The error of a call that must fail.
#[track_caller]
pub(crate) fn refusal<T>(result: Result<T, Error>) -> Error {
    match result {
        Ok(_) => panic!("the call was obeyed"),
        Err(error) => error,
    }
}
