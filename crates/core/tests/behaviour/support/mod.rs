//! A core with everything around it, and callers that speak the wire protocol by hand: nothing
//! here goes through the client library, so that a test can say what no client would.

mod administrator;
mod application;
mod attester;
mod environment;
mod given;
mod settings;
mod steps;
pub(crate) mod store;
mod world;

pub(crate) use self::{
    administrator::Administrator,
    application::{InSession, Ta},
    attester::SlowAttester,
    environment::{MemoryCache, Recorder},
    given::{
        certificate_data, imported, key_pair_data, open, pinned, policy, secret, signed_by, update,
    },
    settings::{Config, file, text},
    steps::Steps,
    world::{Restart, SERVICE, World, binding, enclave, server_enclave, server_key},
};

use std::time::Duration;

use aecs_core::{Error, ErrorCode};

/// Runs both at once. In each round another one begins first, by another distance.
pub(crate) async fn at_once<A: Send + 'static, B: Send + 'static>(
    round: u64,
    one: impl Future<Output = A> + Send + 'static,
    other: impl Future<Output = B> + Send + 'static,
) -> (A, B) {
    let pause = Duration::from_micros(100 * (round / 2 % 10));
    let (first, second) =
        if round.is_multiple_of(2) { (pause, Duration::ZERO) } else { (Duration::ZERO, pause) };
    let after = |pause| tokio::time::sleep(pause);
    let one = tokio::spawn(async move { (after(first).await, one.await).1 });
    let other = tokio::spawn(async move { (after(second).await, other.await).1 });
    (one.await.unwrap(), other.await.unwrap())
}

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
