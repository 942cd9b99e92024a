//! Serves calls of one kind, to have their instructions counted: `.ci/instructions`
//!
//! `instructions KIND PREPARED COUNT` prepares PREPARED requests, and serves COUNT of them. So the difference
//! of two runs with different COUNT is what the calls cost, without the preparation.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a measurement that fails may as well panic"
)]

#[allow(dead_code, unused_imports, reason = "a benchmark needs little of what tests need")]
#[path = "../tests/behaviour/support/mod.rs"]
mod support;

use std::{env, hint::black_box};

use aecs_proto::{
    AdminRemoteCallRequest, CreateEnclaveSecretRequest, EnclaveSecretType::SecretTypeAes256Key,
    TaRemoteCallRequest, TaSessionCallRequest,
};
use support::{SERVICE, Ta, World, enclave, pinned, secret};

const KINDS: &[&str] = &["warm", "session", "cold", "create"];

/// Requests of one kind.
enum Requests {
    Ta(Vec<TaRemoteCallRequest>),
    Session(Vec<TaSessionCallRequest>),
    Owner(Vec<AdminRemoteCallRequest>),
}

async fn prepare(world: &World, kind: &str, count: usize) -> Requests {
    let request = Ta::get_request(SERVICE, "key");
    let known = world.ta(enclave(1));
    // Everything that is remembered by the first call of a process.
    let session = known.begin(SERVICE, "key").await.unwrap();
    session.get(SERVICE, "key").await.unwrap();
    match kind {
        "session" => {
            let requests = (0..count).map(|_| session.asks_for(SERVICE, "key").0);
            Requests::Session(requests.collect())
        }
        "create" => {
            let mut requests = Vec::new();
            for number in 0..count {
                let name = format!("new{number}");
                let request = CreateEnclaveSecretRequest {
                    secret: Some(secret(&name, SecretTypeAes256Key, pinned(1))),
                    is_update: false,
                    if_epoch: 0,
                    upload: None,
                };
                requests.push(world.owner().request("CreateSecret", &request).await);
            }
            Requests::Owner(requests)
        }
        "warm" | "cold" => {
            let mut requests = Vec::new();
            for _ in 0..count {
                // A new application has a new key, and a quote for it.
                let ta = if kind == "warm" { known.clone() } else { world.ta(enclave(1)) };
                requests.push(ta.request("TaGetSecret", &request).await);
            }
            Requests::Ta(requests)
        }
        kind => panic!("{kind} is none of {KINDS:?}"),
    }
}

async fn serve(world: &World, requests: Requests, count: usize) {
    let core = &world.core;
    match requests {
        Requests::Ta(requests) => {
            for request in requests.into_iter().take(count) {
                black_box(core.ta_remote_call(request).await.unwrap());
            }
        }
        Requests::Session(requests) => {
            for request in requests.into_iter().take(count) {
                black_box(core.ta_session_call(request).await.unwrap());
            }
        }
        Requests::Owner(requests) => {
            for request in requests.into_iter().take(count) {
                black_box(core.service_admin_remote_call(request).await.unwrap());
            }
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    // `cargo bench` hands over `--bench`: then every kind is served once, to see that it can be.
    let number = |text: &String| text.parse().expect("a number");
    let (kinds, prepared, count) = match &arguments[..] {
        [kind, prepared, count] => (vec![kind.as_str()], number(prepared), number(count)),
        _ => (KINDS.to_vec(), 1, 1),
    };
    for kind in kinds {
        let world = World::working().await;
        world.create(secret("key", SecretTypeAes256Key, pinned(1))).await.unwrap();
        let requests = prepare(&world, kind, prepared).await;
        serve(&world, requests, count).await;
    }
}
