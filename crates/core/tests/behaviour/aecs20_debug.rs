//! Applications of AECS 2.0 that are debug enclaves: refused with the reason, or admitted by a
//! setting of its own.

use aecs_core::{Aecs20, Error, ErrorCode, Kind};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    ApplyDeploymentRequest, ApplyDeploymentResponse, EnclaveSecret,
    EnclaveSecretType::SecretTypeAes256Key, TaBinding, UnifiedAttestationAttributes,
};
use aecs_sim::EnclaveIdentity;

use crate::support::{
    SERVICE, Ta, World, code, enclave, file, imported, pinned, refusal, secret, text,
};

const SETTING: &str = "compat.insecure_aecs20_debug";

async fn world(debug: bool) -> World {
    let allow = |config: &mut crate::support::Config| {
        config.compat.aecs20 = Aecs20::Allow;
        config.compat.insecure_aecs20_debug = debug;
    };
    World::pending(Suite::Sm, allow).await.provisioned().await
}

fn debug() -> EnclaveIdentity {
    EnclaveIdentity { debug: true, ..enclave(1) }
}

/// An application with the key of one, in protocol 2.0.
fn old(world: &World, enclave: EnclaveIdentity) -> Ta {
    world.ta_with(enclave, KeyPair::generate(Suite::Sm).unwrap()).aecs20()
}

fn own(name: &str) -> EnclaveSecret {
    secret(name, SecretTypeAes256Key, UnifiedAttestationAttributes::default())
}

fn assert_names_reason<T>(result: Result<T, Error>) -> String {
    let error = refusal(result);
    assert_eq!((error.code(), error.kind()), (ErrorCode::NoSuchName, Kind::PermissionDenied));
    assert!(error.message().contains("debug attribute"), "{error}");
    assert!(error.message().contains(SETTING), "{error}");
    error.to_string()
}

#[tokio::test]
async fn the_refusal_names_the_attribute_and_the_setting_and_tells_nothing_of_secrets() {
    let world = world(false).await;
    world.import("a", "data", 1).await.unwrap();
    world.import("b", "data", 2).await.unwrap();
    let ta = old(&world, debug());
    let refused = assert_names_reason(ta.get(SERVICE, "a").await);
    for (service, name) in [(SERVICE, "b"), (SERVICE, "unknown"), ("unknown", "a")] {
        assert_eq!(assert_names_reason(ta.get(service, name).await), refused, "{service} {name}");
    }
    assert_names_reason(ta.create(own("mine"), TaBinding::Measurement).await);
    assert_names_reason(ta.destroy("mine").await);

    // Who is refused for something else is not told of debugging, nor is who speaks 2.1.
    let stranger = refusal(old(&world, enclave(3)).get(SERVICE, "a").await);
    assert!(!stranger.message().contains("debug"), "{stranger}");
    let modern = refusal(world.ta(debug()).get(SERVICE, "a").await);
    assert!(!modern.message().contains("debug"), "{modern}");
}

#[tokio::test]
async fn the_setting_admits_debug_enclaves_of_2_0_and_no_others() {
    let world = world(true).await;
    world.import("a", "data", 1).await.unwrap();
    let ta = old(&world, debug());
    assert_eq!(ta.get(SERVICE, "a").await.unwrap().data, "data");
    assert_eq!(code(world.ta(debug()).get(SERVICE, "a").await), ErrorCode::NoSuchName);
    let with_key = world.ta_with(debug(), KeyPair::generate(Suite::Sm).unwrap());
    assert_eq!(code(with_key.get(SERVICE, "a").await), ErrorCode::NoSuchName, "2.1 with that key");
    let stranger = EnclaveIdentity { debug: true, ..enclave(2) };
    let refused = refusal(old(&world, stranger).get(SERVICE, "a").await);
    assert!(!refused.message().contains("debug"), "{refused}");
}

#[tokio::test]
async fn a_rule_has_the_last_word() {
    let rule = |disabled: &str| UnifiedAttestationAttributes {
        bool_debug_disabled: disabled.into(),
        ..pinned(1)
    };
    for setting in [false, true] {
        let world = world(setting).await;
        world.create(imported("production", "data", rule("true"))).await.unwrap();
        world.create(imported("debug", "data", rule("false"))).await.unwrap();
        let ta = old(&world, debug());
        assert_eq!(code(ta.get(SERVICE, "production").await), ErrorCode::NoSuchName);
        assert_eq!(ta.get(SERVICE, "debug").await.unwrap().data, "data");
        assert_eq!(world.ta(debug()).get(SERVICE, "debug").await.unwrap().data, "data");
    }
}

#[tokio::test]
async fn under_the_setting_a_debug_enclave_has_secrets_of_its_own() {
    let world = world(true).await;
    for binding in [TaBinding::Measurement, TaBinding::Signer] {
        // Each with a key of its own: a request of 2.0 that comes again is a replay.
        let ta = old(&world, debug());
        ta.create(own("mine"), binding).await.unwrap();
        let data = ta.own("mine").await.unwrap().data;
        assert_eq!(data.len(), 64);
        assert_eq!(old(&world, debug()).own("mine").await.unwrap().data, data, "a new start");

        // The same code in production has another: the host may know that of the debug enclave.
        let production = old(&world, enclave(1));
        assert_eq!(code(production.own("mine").await), ErrorCode::NoSuchName);
        production.create(own("mine"), binding).await.unwrap();
        assert_ne!(production.own("mine").await.unwrap().data, data);
        assert_eq!(ta.own("mine").await.unwrap().data, data);

        assert_eq!(code(world.ta(debug()).own("mine").await), ErrorCode::NoSuchName, "in 2.1");
        production.destroy("mine").await.unwrap();
        ta.destroy("mine").await.unwrap();
    }
}

#[tokio::test]
async fn without_the_setting_they_are_out_again() {
    let world = world(true).await;
    world.import("a", "data", 1).await.unwrap();
    let ta = old(&world, debug());
    ta.create(own("mine"), TaBinding::Measurement).await.unwrap();

    let mut config = world.config.clone();
    config.compat.insecure_aecs20_debug = false;
    let file = Some(file(&text(&config.settings)));
    let _: ApplyDeploymentResponse = world
        .admin()
        .call("ApplyDeployment", &ApplyDeploymentRequest { file, revision: 1 })
        .await
        .unwrap();
    assert_names_reason(ta.own("mine").await);
    assert_names_reason(ta.destroy("mine").await);
    assert_names_reason(ta.get(SERVICE, "a").await);
}
