//! Bytes that nobody in his right mind sends: refused, and never a panic.

use std::sync::OnceLock;

use crate::support::{SERVICE, World, enclave};
use aecs_core::{Aecs20, Error, Kind};
use aecs_crypto::Suite;
use aecs_proto::{
    AdminRemoteCallRequest, DigitalEnvelopeEncrypted, GetAecsStatusRequest,
    GetEnclaveSecretPublicRequest, TaRemoteCallRequest, UnifiedAttestationAuthReport,
};
use proptest::prelude::*;
use prost::Message;
use tokio::runtime::Runtime;

/// One core for all cases of a suite; it obeys protocol 2.0, which leaves the most to go wrong.
struct Arena {
    runtime: Runtime,
    world: World,
}

fn arena(suite: Suite) -> &'static Arena {
    static MODERN: OnceLock<Arena> = OnceLock::new();
    static SM: OnceLock<Arena> = OnceLock::new();
    let make = || {
        let runtime = Runtime::new().unwrap();
        let world = runtime.block_on(async {
            let configure = |config: &mut crate::support::Config| {
                config.suites = vec![Suite::Modern, Suite::Sm];
                config.compat.aecs20 = Aecs20::Allow;
                config.compat.aecs20_suite = Suite::Sm;
            };
            let world = World::pending(suite, configure).await.provisioned().await;
            world.import("a", "data", 1).await.unwrap();
            world
        });
        Arena { runtime, world }
    };
    match suite {
        Suite::Modern => MODERN.get_or_init(make),
        _ => SM.get_or_init(make),
    }
}

/// A change of a text of bytes.
#[derive(Debug, Clone)]
enum Damage {
    Flip { at: prop::sample::Index, mask: u8 },
    Cut { at: prop::sample::Index },
    Insert { at: prop::sample::Index, bytes: Vec<u8> },
    Zero { from: prop::sample::Index, length: usize },
}

impl Damage {
    fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = bytes.to_vec();
        match self {
            Self::Flip { at, mask } => damaged[at.index(bytes.len())] ^= mask,
            Self::Cut { at } => damaged.truncate(at.index(bytes.len())),
            Self::Insert { at, bytes: inserted } => {
                let at = at.index(bytes.len());
                damaged.splice(at..at, inserted.iter().copied());
            }
            Self::Zero { from, length } => {
                damaged.iter_mut().skip(from.index(bytes.len())).take(*length).for_each(|b| *b = 0);
            }
        }
        damaged
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => (any::<prop::sample::Index>(), 1..=u8::MAX)
            .prop_map(|(at, mask)| Damage::Flip { at, mask }),
        1 => any::<prop::sample::Index>().prop_map(|at| Damage::Cut { at }),
        1 => (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, bytes)| Damage::Insert { at, bytes }),
        1 => (any::<prop::sample::Index>(), 1..100_usize)
            .prop_map(|(from, length)| Damage::Zero { from, length }),
    ]
}

/// Damages a message on its way; `None` if what arrives is no message, or the same one.
fn damaged<M: Message + Default + PartialEq>(message: &M, damage: &Damage) -> Option<M> {
    let arrived = M::decode(damage.apply(&message.encode_to_vec()).as_slice()).ok()?;
    (arrived != *message).then_some(arrived)
}

/// What every error must be.
fn check(error: &Error) {
    assert_ne!(error.kind(), Kind::Internal, "{error}");
    assert!(error.message().len() < 1000, "{} bytes of message", error.message().len());
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_damaged_request_of_an_administrator_is_refused(
        damage in damage(),
        sm in any::<bool>(),
        admin in any::<bool>(),
    ) {
        let Arena { runtime, world } = arena(if sm { Suite::Sm } else { Suite::Modern });
        runtime.block_on(async {
            let (caller, function) =
                if admin { (world.admin(), "ListTaSecret") } else { (world.owner(), "ListSecret") };
            let request = caller.request_of(function, "{}".into()).await;
            if let Some(arrived) = damaged(&request, &damage) {
                // The encrypted key of SM2 may have zeros behind it, as AECS 2.0 sends them.
                if without_padding(&arrived) == without_padding(&request) {
                    return;
                }
                match caller.send(arrived).await {
                    Ok(_) => panic!("it was obeyed: {damage:?}"),
                    Err(error) => check(&error),
                }
            }
        });
    }

    #[test]
    fn a_damaged_request_of_an_application_is_refused(damage in damage(), sm in any::<bool>()) {
        let suite = if sm { Suite::Sm } else { Suite::Modern };
        let Arena { runtime, world } = arena(suite);
        runtime.block_on(async {
            let key = aecs_crypto::KeyPair::generate(suite).unwrap();
            let ta = world.ta_with(enclave(1), key);
            let text = format!(r#"{{"serviceName":"{SERVICE}","secretName":"a","nonce":"n"}}"#);
            let request = ta.request_of("TaGetSecret", text).await;
            // All but the evidence, which has a signature of its own.
            let bare = TaRemoteCallRequest {
                auth_report: Some(UnifiedAttestationAuthReport {
                    report: None,
                    ..ta.report.clone()
                }),
                ..request.clone()
            };
            if let Some(mut arrived) = damaged(&bare, &damage) {
                if let Some(report) = arrived.auth_report.as_mut() {
                    report.report = ta.report.report.clone();
                }
                match world.core.ta_remote_call(arrived).await {
                    Ok(_) => panic!("it was obeyed: {damage:?}"),
                    Err(error) => check(&error),
                }
            }
        });
    }

    #[test]
    fn damaged_evidence_never_makes_the_server_panic(damage in damage()) {
        let Arena { runtime, world } = arena(Suite::Modern);
        runtime.block_on(async {
            let ta = world.ta(enclave(1));
            let request = ta.request_of("TaGetSecret", "{}".into()).await;
            if let Some(arrived) = damaged(&request, &damage)
                && let Err(error) = world.core.ta_remote_call(arrived).await
            {
                assert_ne!(error.kind(), Kind::Internal, "{error}");
            }
        });
    }

    #[test]
    fn any_bytes_are_an_error_of_the_sender(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let Arena { runtime, world } = arena(Suite::Modern);
        runtime.block_on(async {
            if let Ok(request) = AdminRemoteCallRequest::decode(bytes.as_slice()) {
                check(&world.core.aecs_admin_remote_call(request.clone()).await.unwrap_err());
                check(&world.core.service_admin_remote_call(request).await.unwrap_err());
            }
            if let Ok(request) = TaRemoteCallRequest::decode(bytes.as_slice()) {
                check(&world.core.ta_remote_call(request).await.unwrap_err());
            }
            if let Ok(request) = GetEnclaveSecretPublicRequest::decode(bytes.as_slice()) {
                check(&world.core.get_enclave_secret_public(request).await.unwrap_err());
            }
            if let Ok(request) = GetAecsStatusRequest::decode(bytes.as_slice())
                && let Err(error) = world.core.get_aecs_status(request).await
            {
                check(&error);
            }
        });
    }

    #[test]
    fn any_text_in_place_of_a_request_is_an_error_of_the_sender(text in "\\PC{0,200}") {
        let Arena { runtime, world } = arena(Suite::Modern);
        runtime.block_on(async {
            let owner = world.owner();
            let request = owner.request_of("DestroySecret", text.clone()).await;
            check(&owner.send(request).await.unwrap_err());
            let ta = world.ta(enclave(1));
            let request = ta.request_of("TaDestroySecret", text).await;
            check(&world.core.ta_remote_call(request).await.unwrap_err());
        });
    }

    #[test]
    fn a_status_is_answered_in_a_suite_that_was_asked_for(
        suites in prop::collection::vec(prop_oneof![
            Just("x25519".to_owned()), Just("sm2".to_owned()), Just("rsa".to_owned()), "\\PC{0,20}",
        ], 0..6),
        nonce in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let Arena { runtime, world } = arena(Suite::Modern);
        let has = |name: &String| name == "x25519" || name == "sm2";
        let answered = suites.is_empty() || suites.iter().any(has);
        let request = GetAecsStatusRequest { accepted_suites: suites.clone(), nonce: nonce.clone() };
        match runtime.block_on(world.core.get_aecs_status(request)) {
            Ok(response) => {
                prop_assert!(answered && nonce.len() <= 64);
                let pem = response.auth_ra_report.unwrap().pem_public_key;
                let suite = aecs_crypto::PublicKey::from_pem(&pem).unwrap().suite().to_string();
                let wanted = suites.iter().find(|name| has(name)).cloned();
                prop_assert_eq!(suite, wanted.unwrap_or("sm2".to_owned()));
            }
            Err(error) => {
                prop_assert!(!answered || nonce.len() > 64, "{}", error);
                check(&error);
            }
        }
    }
}

/// The request with the zeros behind the encrypted key taken off.
fn without_padding(request: &AdminRemoteCallRequest) -> AdminRemoteCallRequest {
    let mut request = request.clone();
    if let Some(DigitalEnvelopeEncrypted { encrypted_key, .. }) = request.req_enc.as_mut() {
        while encrypted_key.last() == Some(&0) {
            encrypted_key.pop();
        }
    }
    request
}

#[tokio::test]
async fn long_texts_are_refused_without_being_repeated() {
    let world = World::working().await;
    let long = "a".repeat(4 << 20);
    let admin = world.admin();
    let mut request = admin.request_of("ListTaSecret", "{}".into()).await;
    request.function_name = long.clone();
    check(&admin.send(request).await.unwrap_err());

    let ta = world.ta(enclave(1));
    let mut request = ta.request_of("TaGetSecret", "{}".into()).await;
    request.function_name = long.clone();
    check(&world.core.ta_remote_call(request.clone()).await.unwrap_err());
    request.function_name = "TaGetSecret".into();
    request.signature_b64 = long.clone();
    check(&world.core.ta_remote_call(request.clone()).await.unwrap_err());
    request.auth_report.as_mut().unwrap().pem_public_key = long.clone();
    check(&world.core.ta_remote_call(request).await.unwrap_err());

    let request = GetAecsStatusRequest { accepted_suites: vec![long.clone()], nonce: vec![] };
    check(&world.core.get_aecs_status(request).await.unwrap_err());
    let request =
        GetAecsStatusRequest { accepted_suites: vec!["?".into(); 100_000], nonce: vec![] };
    check(&world.core.get_aecs_status(request).await.unwrap_err());
    let request = GetEnclaveSecretPublicRequest {
        service_name: long.clone(),
        secret_name: long,
        accepted_suites: vec!["x25519".into()],
        ..Default::default()
    };
    check(&world.core.get_enclave_secret_public(request).await.unwrap_err());
}

#[tokio::test]
async fn a_request_of_deep_or_wide_json_is_refused() {
    let world = World::working().await;
    let owner = world.owner();
    for text in [
        format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!(r#"{{"secret":{}1{}}}"#, r#"{"spec":"#.repeat(1000), "}".repeat(1000)),
        format!(r#"{{"secret":{{"spec":{{"params":[{}{{}}]}}}}}}"#, "{},".repeat(200_000)),
    ] {
        let request = owner.request_of("CreateSecret", text).await;
        check(&owner.send(request).await.unwrap_err());
    }
}
