//! What a request of protocol 2.1 is bound to: h02, h03, h17, h20.

use std::sync::Arc;

use aecs_core::{Error, ErrorCode};
use aecs_crypto::{KeyPair, PublicKey, Purpose, Suite, envelope};
use aecs_proto::{
    AdminRemoteCallResponse, CreateEnclaveSecretRequest, DeploymentState,
    EnclaveSecretType::{SecretTypeAes256Key, SecretTypeRsaKeyPair},
    EnclaveStatus, GetAecsStatusResponse, RequestBinding, TaCreateSecretRequest,
    TaRemoteCallResponse, UnifiedAttestationAttributes,
    json::{self, JsonMessage},
};
use aecs_store::{MemoryStore, pages::PageStore};
use prost::Message;

use crate::support::{
    Administrator, MemoryCache, Restart, Ta, World, binding, code, enclave, pinned, refusal, secret,
};

fn create(name: &str) -> String {
    json::to_string(&CreateEnclaveSecretRequest {
        secret: Some(secret(name, SecretTypeAes256Key, pinned(1))),
        is_update: false,
        if_epoch: 0,
        upload: None,
    })
}

/// Sends an administrator's request with a binding of one's own making.
async fn send(
    administrator: &Administrator,
    function: &str,
    request: &str,
    binding: RequestBinding,
) -> Result<AdminRemoteCallResponse, Error> {
    let mut payload = administrator.payload(function, request.into());
    payload.binding = Some(binding);
    administrator.send(administrator.seal(function, &payload).await).await
}

/// Sends an application's request with a binding of one's own making.
async fn call<M: JsonMessage>(
    ta: &Ta,
    function: &str,
    request: &M,
    binding: RequestBinding,
) -> Result<TaRemoteCallResponse, Error> {
    let mut request = ta.request(function, request).await;
    request.binding = Some(binding);
    ta.sign(&mut request).await;
    ta.core.ta_remote_call(request).await
}

fn own(name: &str) -> TaCreateSecretRequest {
    TaCreateSecretRequest {
        secret: Some(secret(name, SecretTypeAes256Key, UnifiedAttestationAttributes::default())),
        nonce: "n".into(),
        ..Default::default()
    }
}

async fn state(world: &World) -> DeploymentState {
    let status = world.status().await;
    DeploymentState {
        epoch: status.store_epoch,
        chain: hex::decode(status.store_chain).unwrap(),
        settings_revision: status.settings_revision,
    }
}

#[tokio::test]
async fn h02_a_recorded_provision_is_of_no_use_to_another_process() {
    let world = World::pending(Suite::Modern, |_| ()).await.lasting().await;
    let recorded = world.admin().request("AecsProvision", &world.provision_request("").await).await;

    // A second node with the same identity and store, and one with another store; neither has
    // ever seen the request.
    let empty: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let nodes =
        [world.restarted().await, world.restart(|restart| restart.store = empty).await.unwrap()];
    for node in nodes {
        assert_eq!(node.status().await.identity_hash, world.status().await.identity_hash);
        assert_eq!(code(node.admin().send(recorded.clone()).await), ErrorCode::OtherBoot);
        assert_eq!(node.core.status(), "Pending");
    }
    world.admin().send(recorded).await.unwrap();
    assert_eq!(world.core.status(), "Working");
}

#[tokio::test]
async fn h02_a_refusal_for_another_process_carries_the_signed_status() {
    for suite in [Suite::Modern, Suite::Sm] {
        let world = World::pending(suite, |_| ()).await.provisioned().await;
        let mut other = binding(&world.core, suite).await;
        other.boot_nonce[0] ^= 1;
        let mut payload = world.admin().payload("ListEnclaveService", "{}".into());
        payload.binding = Some(other);
        let request = world.admin().seal("ListEnclaveService", &payload).await;
        let error = refusal(world.admin().send(request).await);
        assert_eq!(error.code(), ErrorCode::OtherBoot);

        let answer = GetAecsStatusResponse::decode(error.details()).unwrap();
        assert!(answer.auth_ra_report.is_none(), "a header has no room for evidence");
        let key: PublicKey = world.admin().server_key().await;
        let (text, signature) = (answer.status_str, answer.status_sig.unwrap());
        envelope::verify_detached(Purpose::STATUS, &key, text.as_bytes(), &signature).unwrap();
        let status: EnclaveStatus = json::from_str(&text).unwrap();
        assert_eq!(status.nonce, payload.nonce);
        assert_eq!(status.boot_nonce, world.status().await.boot_nonce);
        assert_eq!(status.boot_nonce.len(), 32);
    }
}

#[tokio::test]
async fn h17_an_act_is_for_one_server() {
    // Where the envelope's own cipher does not name the receiver, too.
    for suite in [Suite::Modern, Suite::Sm, Suite::Rsa] {
        let one = World::pending(suite, |_| ()).await;
        let other = World::pending(suite, |_| ()).await;
        let admin = one.admin.clone();
        let other = other.restart(|restart| restart.admin = admin).await.unwrap();

        // What server `one` has opened, it encrypts to server `other`.
        let mut payload =
            one.admin().payload("AecsProvision", json::to_string(&one.provision_request("").await));
        payload.binding = Some(binding(&one.core, suite).await);
        let forwarded = other.admin().seal("AecsProvision", &payload).await;
        assert_eq!(code(other.admin().send(forwarded).await), ErrorCode::OtherServer, "{suite}");
        assert_eq!(other.core.status(), "Pending");
        let direct = one.admin().seal("AecsProvision", &payload).await;
        one.admin().send(direct).await.unwrap();
    }
}

#[tokio::test]
async fn h02_every_part_of_a_binding_is_checked() {
    type Damage = (fn(&mut RequestBinding), ErrorCode);
    const DAMAGES: [Damage; 8] = [
        (|binding| binding.server_key_hash[31] ^= 1, ErrorCode::OtherServer),
        (|binding| binding.server_key_hash.clear(), ErrorCode::OtherServer),
        (|binding| binding.deployment_id[31] ^= 1, ErrorCode::OtherServer),
        (|binding| binding.deployment_id.clear(), ErrorCode::OtherServer),
        (|binding| binding.boot_nonce[31] ^= 1, ErrorCode::OtherBoot),
        (|binding| binding.boot_nonce.clear(), ErrorCode::OtherBoot),
        (|binding| binding.act_id.truncate(15), ErrorCode::Generic),
        (|binding| binding.act_id.push(0), ErrorCode::Generic),
    ];
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    let before = world.status().await.store_chain;
    for (damage, expected) in DAMAGES {
        let mut bound = binding(&world.core, Suite::Modern).await;
        damage(&mut bound);
        let (admin, owner) = (world.admin(), world.owner());
        let refusals = [
            send(&admin, "ListTaSecret", "{}", bound.clone()).await.map(drop),
            send(
                &admin,
                "UnregisterEnclaveService",
                r#"{"serviceName":"service1"}"#,
                bound.clone(),
            )
            .await
            .map(drop),
            send(&owner, "CreateSecret", &create("x"), bound.clone()).await.map(drop),
            call(&ta, "TaCreateSecret", &own("x"), bound.clone()).await.map(drop),
        ];
        for refused in refusals {
            assert_eq!(code(refused), expected);
        }
    }
    let mut unbound = ta.request("TaCreateSecret", &own("x")).await;
    unbound.binding = None;
    ta.sign(&mut unbound).await;
    assert_eq!(code(world.core.ta_remote_call(unbound).await), ErrorCode::Generic);
    assert_eq!(world.status().await.store_chain, before, "nothing was changed");
}

#[tokio::test]
async fn h02_an_act_is_carried_out_once_and_answered_again() {
    let world = World::working().await.lasting().await;
    world.provision("host1").await.unwrap();
    let ta = world.ta(enclave(1));
    let act = binding(&world.core, Suite::Modern).await;
    let first = send(&world.owner(), "CreateSecret", &create("x"), act.clone()).await.unwrap();
    assert!(!first.done_before);
    world.destroy("x").await.unwrap();
    let ta_act = binding(&world.core, Suite::Modern).await;
    let ta_first = call(&ta, "TaCreateSecret", &own("mine"), ta_act.clone()).await.unwrap();
    assert!(!ta_first.done_before);

    let same = async |world: &World, act: &RequestBinding| RequestBinding {
        act_id: act.act_id.clone(),
        ..binding(&world.core, Suite::Modern).await
    };
    // Asked again.
    let bound = same(&world, &act).await;
    let answer = send(&world.owner(), "CreateSecret", &create("x"), bound.clone()).await.unwrap();
    assert!(answer.done_before);
    assert!(world.list("").await.is_empty(), "it is not carried out again");
    let other = send(&world.owner(), "CreateSecret", &create("y"), bound.clone()).await;
    assert!(refusal(other).message().contains("another act"), "not under the same id");
    // The id is the caller's own.
    assert!(!call(&ta, "TaCreateSecret", &own("y"), bound).await.unwrap().done_before);
    let bound = same(&world, &ta_act).await;
    let answer = call(&ta, "TaCreateSecret", &own("mine"), bound).await.unwrap();
    assert!(answer.done_before);
    assert_eq!(answer.res_json, ta_first.res_json);

    // Asked again in the next process: the vault remembers.
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    let bound = same(&world, &act).await;
    let answer = send(&world.owner(), "CreateSecret", &create("x"), bound).await.unwrap();
    assert!(answer.done_before);
    assert!(world.list("").await.is_empty());
}

/// The answer of an act that acknowledges and tells nothing more is one that clients can read, too.
#[tokio::test]
async fn h02_an_acknowledgement_is_answered_again() {
    let world = World::working().await;
    let (admin, function) = (world.admin(), "RegisterEnclaveService");
    let bound = binding(&world.core, Suite::Modern).await;
    let mut answers = Vec::new();
    for done_before in [false, true] {
        let request = json::to_string(&world.registration("service2"));
        let answer = send(&admin, function, &request, bound.clone()).await.unwrap();
        assert_eq!(answer.done_before, done_before);
        let sealed = answer.res_enc.unwrap();
        let opened = envelope::open(Purpose::ADMIN_RESPONSE, &admin.key, &sealed).unwrap();
        let opened = opened.verify(&admin.server_key().await).unwrap();
        answers.push(String::from_utf8(opened.plain.expose().to_vec()).unwrap());
    }
    assert_eq!(answers, ["{}", "{}"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h02_an_act_that_is_asked_for_twice_at_once_is_answered_twice() {
    let world = World::working().await;
    // Making the key takes long enough for all of them to find that the act is not done yet.
    let key = json::to_string(&CreateEnclaveSecretRequest {
        secret: Some(secret("x", SecretTypeRsaKeyPair, pinned(1))),
        is_update: false,
        if_epoch: 0,
        upload: None,
    });
    let act = binding(&world.core, Suite::Modern).await;
    let mut calls = Vec::new();
    for _ in 0..3 {
        let mut payload = world.owner().payload("CreateSecret", key.clone());
        payload.binding = Some(act.clone());
        let request = world.owner().seal("CreateSecret", &payload).await;
        let core = world.core.clone();
        calls.push(tokio::spawn(async move { core.service_admin_remote_call(request).await }));
    }
    let mut done = 0;
    for call in calls {
        done += usize::from(!call.await.unwrap().unwrap().done_before);
    }
    assert_eq!(done, 1);
    assert_eq!(world.list("").await, ["x"]);
}

#[tokio::test]
async fn h03_records_behind_what_the_client_has_seen_refuse_its_request_alone() {
    let (world, copy) = World::installed_and_copied().await;
    // With its sealed identity, which soon remembers later states.
    let sealed = MemoryCache::default();
    sealed.set(world.cache.as_ref().unwrap().content());
    let common = state(&world).await;
    world.import("a", "data", 1).await.unwrap();
    let seen = state(&world).await;

    let go_back = |restart: &mut Restart| {
        (restart.store, restart.cache) = (copy, Some(Arc::new(sealed)));
    };
    let old = world.restart(go_back).await.unwrap();
    let remembering = async |world: &World, seen: &DeploymentState| RequestBinding {
        remembered: Some(seen.clone()),
        ..binding(&world.core, Suite::Modern).await
    };
    // A provision of a server that works by itself is refused, too.
    let bound = remembering(&old, &seen).await;
    let provision = json::to_string(&old.provision_request("").await);
    let refused = send(&old.admin(), "AecsProvision", &provision, bound).await;
    assert_eq!(code(refused), ErrorCode::StateBehind);
    // Somebody who remembers less is obeyed.
    let bound = remembering(&old, &common).await;
    send(&old.admin(), "AecsProvision", &provision, bound).await.unwrap();

    let every_caller = async |world: &World, seen: &DeploymentState| {
        let bound = remembering(world, seen).await;
        let ta = world.ta(enclave(1));
        [
            send(&world.admin(), "ListTaSecret", "{}", bound.clone()).await.map(drop),
            send(&world.owner(), "CreateSecret", &create("x"), bound.clone()).await.map(drop),
            call(&ta, "TaCreateSecret", &own("x"), bound).await.map(drop),
        ]
    };
    let mut later = seen.clone();
    later.epoch += 1_000;
    for refused in every_caller(&old, &later).await {
        assert_eq!(code(refused), ErrorCode::StateBehind);
    }
    // The store grows past what was remembered: the chain tells.
    while state(&old).await.epoch <= seen.epoch {
        let mut request: CreateEnclaveSecretRequest = json::from_str(&create("b")).unwrap();
        request.is_update = old.list("").await.contains(&"b".to_owned());
        let text = json::to_string(&request);
        let bound = binding(&old.core, Suite::Modern).await;
        send(&old.owner(), "CreateSecret", &text, bound).await.unwrap();
    }
    for refused in every_caller(&old, &seen).await {
        assert_eq!(code(refused), ErrorCode::OtherHistory);
    }
    for obeyed in every_caller(&old, &common).await {
        obeyed.unwrap();
    }
    let now = state(&old).await;
    let later = DeploymentState { settings_revision: now.settings_revision + 1, ..now };
    for refused in every_caller(&old, &later).await {
        assert_eq!(code(refused), ErrorCode::StateBehind, "settings do not go back either");
    }
}

#[tokio::test]
async fn h03_answers_tell_the_state_after_the_call() {
    let world = World::working().await;
    let bound = binding(&world.core, Suite::Modern).await;
    let answer = send(&world.owner(), "CreateSecret", &create("x"), bound).await.unwrap();
    assert_eq!(answer.state, Some(state(&world).await));
    let bound = binding(&world.core, Suite::Modern).await;
    let answer = call(&world.ta(enclave(1)), "TaCreateSecret", &own("x"), bound).await.unwrap();
    assert_eq!(answer.state, Some(state(&world).await));
}

/// By that, a history is told from another one when the vault has forgotten it.
#[tokio::test]
async fn h03_the_records_have_the_point_of_each_administrators_last_act() {
    let world = World::working().await;
    send(&world.owner(), "CreateSecret", &create("x"), binding(&world.core, Suite::Modern).await)
        .await
        .unwrap();
    let names = world.names().await;
    let admin = hex::encode(world.admin.public().fingerprint().as_bytes());
    for of in ["service1/seen", &admin] {
        assert!(names.iter().any(|name| name.ends_with(of)), "{of}: {names:?}");
    }
}

#[tokio::test]
async fn h20_requests_that_changed_nothing_leave_nothing_in_the_store() {
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    let stranger = KeyPair::generate(Suite::Modern).unwrap();
    let stranger = world.administrator(Some("service1"), Arc::new(stranger));
    let before = (world.everything().await, world.status().await.store_epoch);
    for _ in 0..20 {
        assert_eq!(code(world.destroy("nothing").await), ErrorCode::NoSuchName);
        assert_eq!(code(ta.destroy("nothing").await), ErrorCode::NoSuchName);
        assert_eq!(code(world.register("service1").await), ErrorCode::NameExists);
        let delete = r#"{"hostName":"nobody"}"#.to_owned();
        let request = world.admin().request_of("AecsDeleteBackupIdentity", delete).await;
        assert_eq!(code(world.admin().send(request).await), ErrorCode::NoBackup);
        let request = stranger.request_of("ListSecret", "{}".into()).await;
        assert_eq!(code(stranger.send(request).await), ErrorCode::RequestNotAuthentic);
        assert!(world.list("").await.is_empty());
    }
    assert_eq!((world.everything().await, world.status().await.store_epoch), before);
}
