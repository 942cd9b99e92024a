//! Secrets of a service: how they come to be, how they change, and who gets them.

mod aecs20_types;
mod aecs20_updates;
mod apply;
mod changes;
mod generated;
mod given;
mod listed;
mod lists;
mod long_data;
mod policies;
mod release;
mod settings;
mod several;
mod transit;
mod updates;
mod values;
mod versions;

use crate::support::{SERVICE, World, enclave, pinned, secret};
use aecs_core::Error;
use aecs_proto::{
    CreateEnclaveSecretResponse, EnclaveKvPair, EnclaveSecret, EnclaveSecretSpec,
    EnclaveSecretType, json::JsonMessage,
};

/// A secret for measurement 1 with parameters.
fn with_params(name: &str, kind: EnclaveSecretType, params: &[(&str, &str)]) -> EnclaveSecret {
    let mut secret = secret(name, kind, pinned(1));
    secret.spec.as_mut().unwrap().params = params
        .iter()
        .map(|(key, value)| EnclaveKvPair { key: (*key).into(), value: (*value).into() })
        .collect();
    secret
}

/// A secret for measurement 1 with data.
fn with_data(name: &str, kind: EnclaveSecretType, data: &str) -> EnclaveSecret {
    EnclaveSecret { data: data.into(), ..secret(name, kind, pinned(1)) }
}

/// A secret with something else in its specification.
fn with_spec(secret: EnclaveSecret, change: impl FnOnce(&mut EnclaveSecretSpec)) -> EnclaveSecret {
    let mut secret = secret;
    change(secret.spec.as_mut().unwrap());
    secret
}

fn public(secret: EnclaveSecret) -> EnclaveSecret {
    with_spec(secret, |spec| spec.share = "public".into())
}

/// The data of a secret, as measurement 1 gets it.
async fn data(world: &World, name: &str) -> String {
    world.ta(enclave(1)).get(SERVICE, name).await.unwrap().data
}

/// The same, as the message that it is.
async fn message<M: JsonMessage>(world: &World, name: &str) -> M {
    aecs_proto::json::from_str(&data(world, name).await).unwrap()
}

async fn update(world: &World, secret: EnclaveSecret) -> Result<(), Error> {
    let request = crate::support::update(secret);
    let _: CreateEnclaveSecretResponse = world.owner().call("CreateSecret", &request).await?;
    Ok(())
}

/// The content of the first PEM block of a text.
fn der(pem: &str) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let body: String = pem
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"))
        .skip(1)
        .take_while(|line| !line.starts_with("-----END"))
        .collect();
    STANDARD.decode(body).unwrap()
}
