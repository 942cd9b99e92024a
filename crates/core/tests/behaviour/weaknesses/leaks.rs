//! Where secrets must not be: W12, W16.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use aecs_core::{Error, ErrorCode};
use aecs_crypto::{Suite, generate};
use aecs_proto::{
    CreateEnclaveSecretRequest, CreateEnclaveSecretResponse, EnclaveKvPair, EnclaveSecret,
    EnclaveSecretType::{
        self, SecretTypeAes256Key, SecretTypeConfigurations, SecretTypeImportData,
        SecretTypeSm2KeyPair,
    },
    GetEnclaveSecretPublicRequest, ListEnclaveSecretRequest, ListEnclaveSecretResponse,
    RegisterEnclaveServiceRequest, RegisterEnclaveServiceResponse, TaBinding,
    UnifiedAttestationAttributes,
};
use tracing::{Event, Level, Metadata, Subscriber, field, span};

use crate::support::{
    SERVICE, World, code, enclave, imported, key_pair_data, pinned, refusal, secret, update,
};

/// Stands in every secret that these tests plant.
const PLANTED: &str = "pl4nted";

/// Takes down every log line, ours at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("aecs") || *metadata.level() <= Level::INFO
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut self.clone());
        span::Id::from_u64(1)
    }

    fn record(&self, _span: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _span: &span::Id) {}

    fn exit(&self, _span: &span::Id) {}
}

impl field::Visit for Log {
    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        use fmt::Write as _;
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

async fn create(world: &World, secret: EnclaveSecret) -> Result<(), Error> {
    world.create(secret).await
}

fn pair(key: &str, value: &str) -> EnclaveKvPair {
    EnclaveKvPair { key: key.into(), value: value.into() }
}

fn configurations(name: &str, params: Vec<EnclaveKvPair>) -> EnclaveSecret {
    let mut secret = secret(name, SecretTypeConfigurations, pinned(1));
    secret.spec.as_mut().unwrap().params = params;
    secret
}

/// Calls that fail while they carry something secret.
async fn failures(world: &World) -> Vec<Error> {
    let planted = |length: usize| PLANTED.repeat(length);
    let with = |kind: EnclaveSecretType, data: String| EnclaveSecret {
        data,
        ..secret("bad", kind, pinned(1))
    };
    let private = format!("-----BEGIN PRIVATE KEY-----\n{PLANTED}\n-----END PRIVATE KEY-----\n");
    let pems = generate::sm2_key_pair().unwrap();
    let mut failures = vec![
        refusal(create(world, with(SecretTypeAes256Key, planted(1))).await),
        refusal(create(world, with(SecretTypeImportData, planted(20_000))).await),
        refusal(create(world, with(SecretTypeSm2KeyPair, planted(1))).await),
        refusal(create(world, with(SecretTypeSm2KeyPair, key_pair_data(&private, &private))).await),
        refusal(
            create(world, with(SecretTypeSm2KeyPair, key_pair_data(&planted(1), &pems.public)))
                .await,
        ),
        refusal(create(world, with(SecretTypeConfigurations, planted(1))).await),
        refusal(
            create(world, configurations("bad", vec![pair("k", PLANTED), pair("k", PLANTED)]))
                .await,
        ),
        refusal(create(world, configurations("bad", vec![pair("", PLANTED)])).await),
        refusal(create(world, imported("a", PLANTED, pinned(1))).await),
        refusal(
            world
                .owner()
                .call::<_, CreateEnclaveSecretResponse>(
                    "CreateSecret",
                    &update(imported("a", &format!("{PLANTED}, but another one"), pinned(1))),
                )
                .await,
        ),
        refusal(world.ta(enclave(2)).get(SERVICE, "a").await),
        refusal(
            world
                .ta(enclave(2))
                .create(imported("x", PLANTED, pinned(1)), TaBinding::Measurement)
                .await,
        ),
    ];
    let register = RegisterEnclaveServiceRequest {
        service_pubkey: private,
        service_password_hash: PLANTED.into(),
        ..world.registration("service2")
    };
    let refused: Result<RegisterEnclaveServiceResponse, _> =
        world.admin().call("RegisterEnclaveService", &register).await;
    failures.push(refusal(refused));
    for text in [
        format!("{{\"secret\":{{\"data\":\"{PLANTED}\""),
        format!("{{\"secret\":{{\"{PLANTED}\":1}}}}"),
        format!("{{\"secret\":{{\"spec\":{{\"type\":\"{PLANTED}\"}}}}}}"),
        format!("{{\"isUpdate\":\"{PLANTED}\"}}"),
    ] {
        let owner = world.owner();
        let request = owner.request_of("CreateSecret", text.clone()).await;
        failures.push(refusal(owner.send(request).await));
        let ta = world.ta(enclave(1));
        let request = ta.request_of("TaCreateSecret", text).await;
        failures.push(refusal(world.core.ta_remote_call(request).await));
    }
    failures
}

#[tokio::test]
async fn w12_secrets_are_in_no_error_no_audit_entry_and_no_log_line() {
    let log = Log::default();
    // For all threads: keys are made on others. The lines of other tests do no harm.
    tracing::subscriber::set_global_default(log.clone()).unwrap();
    let world = World::working().await;
    let guarded = RegisterEnclaveServiceRequest {
        service_password_hash: hex::encode(aecs_crypto::sha256(PLANTED.as_bytes())),
        ..world.registration("guarded")
    };
    let _: RegisterEnclaveServiceResponse =
        world.admin().call("RegisterEnclaveService", &guarded).await.unwrap();

    // What succeeds: given data, generated data, and a password.
    world.import("a", PLANTED, 1).await.unwrap();
    create(&world, configurations("c", vec![pair("key", PLANTED)])).await.unwrap();
    create(&world, secret("generated", SecretTypeAes256Key, pinned(1))).await.unwrap();
    let ta = world.ta(enclave(1));
    let generated = ta.get(SERVICE, "generated").await.unwrap().data;
    assert_eq!(ta.get(SERVICE, "a").await.unwrap().data, PLANTED);
    let owner = world.administrator(Some("guarded"), world.service_admin.clone());
    let list = ListEnclaveSecretRequest::default();
    let _: ListEnclaveSecretResponse =
        owner.clone().password(PLANTED).call("ListSecret", &list).await.unwrap();
    let wrong = format!("{PLANTED} and wrong");
    let refused: Result<ListEnclaveSecretResponse, _> =
        owner.password(&wrong).call("ListSecret", &list).await;
    assert_eq!(code(refused), ErrorCode::Password);

    let mut said: Vec<String> =
        failures(&world).await.iter().map(|error| format!("{error} {error:?}")).collect();
    said.push(world.audit.text());
    said.push(log.0.lock().unwrap().clone());
    assert!(said.iter().all(|text| !text.is_empty()), "there is something to look through");
    for text in said {
        assert!(!text.contains(PLANTED), "{text}");
        assert!(!text.contains(&generated), "{text}");
    }
}

#[tokio::test]
async fn w16_values_of_a_configuration_are_secret() {
    let world = World::working().await;
    let mut shared = configurations("c", vec![pair("key", PLANTED)]);
    shared.spec.as_mut().unwrap().share = "public".into();
    create(&world, shared).await.unwrap();

    let list = ListEnclaveSecretRequest::default();
    let list: ListEnclaveSecretResponse = world.owner().call("ListSecret", &list).await.unwrap();
    assert!(!format!("{list:?}").contains(PLANTED));
    assert!(!world.public_response("c", "n").await.unwrap().secret_public.contains(PLANTED));
    let ta = world.ta(enclave(1));
    assert!(ta.get(SERVICE, "c").await.unwrap().data.contains(PLANTED));
}

#[tokio::test]
async fn w16_the_public_view_has_public_parts_only() {
    let world = World::working().await;
    let mut shared = imported("a", PLANTED, pinned(1));
    shared.spec.as_mut().unwrap().share = "public".into();
    create(&world, shared).await.unwrap();
    let mut shared = secret("k", SecretTypeSm2KeyPair, pinned(1));
    shared.spec.as_mut().unwrap().share = "public".into();
    create(&world, shared).await.unwrap();

    assert_eq!(world.public("a").await.unwrap().data, "");
    let public = world.public("k").await.unwrap();
    assert!(public.data.starts_with("-----BEGIN PUBLIC KEY-----"));
    assert!(!public.data.contains("PRIVATE"));
}

#[tokio::test]
async fn w16_a_private_secret_and_none_are_the_same_to_the_public() {
    let world = World::working().await;
    world.import("private", PLANTED, 1).await.unwrap();
    let ask = async |service: &str, secret: &str| {
        let request = GetEnclaveSecretPublicRequest {
            service_name: service.into(),
            secret_name: secret.into(),
            accepted_suites: vec![Suite::Modern.to_string()],
            ..Default::default()
        };
        refusal(world.core.get_enclave_secret_public(request).await)
    };
    let private = ask(SERVICE, "private").await;
    assert_eq!(private.code(), ErrorCode::PublicPrivate);
    assert_eq!(private, ask(SERVICE, "missing").await);
    assert_eq!(private, ask("missing", "private").await);
    let own = secret("own", SecretTypeAes256Key, UnifiedAttestationAttributes::default());
    world.ta(enclave(1)).create(own, TaBinding::Measurement).await.unwrap();
    assert_eq!(private, ask("TrustedApplications", "own").await);
    // Creating over what is there tells its owner only.
    let request = CreateEnclaveSecretRequest {
        secret: Some(imported("private", "x", pinned(1))),
        is_update: false,
        if_epoch: 0,
        upload: None,
    };
    let refused: Result<CreateEnclaveSecretResponse, _> =
        world.owner().call("CreateSecret", &request).await;
    assert_eq!(code(refused), ErrorCode::NameExists);
}
