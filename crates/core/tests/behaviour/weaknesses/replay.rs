//! Freshness, and the memory of requests: W2.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use aecs_core::{Aecs20, Caller, Effect, Error, ErrorCode, functions};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    AdminRemoteCallRequest, AecsBackupIdentityRequest, AecsDeleteBackupIdentityRequest,
    AecsDestroyTaSecretRequest, ApplySecretRequest, ChangeSecretsRequest,
    CreateEnclaveSecretRequest, DeleteSecretRequest, DestroyEnclaveSecretRequest,
    DestroyNamedListRequest, EnclaveSecretType::SecretTypeAes256Key, Function,
    ListEnclaveSecretRequest, ListedValues, NamedList, PutNamedListRequest, PutSecretRequest,
    RollbackSecretRequest, RotateSecretRequest, SecretChange, TaBinding, TaCreateSecretRequest,
    TaDestroySecretRequest, TaGetSecretRequest, TaRemoteCallRequest, UndeleteSecretRequest,
    UnifiedAttestationAttributes, UnregisterEnclaveServiceRequest,
    UnregisterEnclaveServiceResponse, named_list::Content, secret_change,
};

use crate::support::{
    Administrator, Config, SERVICE, Ta, World, code, enclave, pinned, secret, store::Watched,
};

/// A request as somebody on the wire has recorded it.
#[derive(Clone)]
enum Recorded {
    Admin(AdminRemoteCallRequest),
    Service(AdminRemoteCallRequest),
    Application(TaRemoteCallRequest),
}

impl Recorded {
    async fn send(&self, world: &World) -> Result<(), Error> {
        match self.clone() {
            Self::Admin(request) => world.core.aecs_admin_remote_call(request).await.map(drop),
            Self::Service(request) => world.core.service_admin_remote_call(request).await.map(drop),
            Self::Application(request) => world.core.ta_remote_call(request).await.map(drop),
        }
    }

    fn function(&self) -> &str {
        match self {
            Self::Admin(request) | Self::Service(request) => &request.function_name,
            Self::Application(request) => &request.function_name,
        }
    }
}

struct Callers {
    admin: Administrator,
    owner: Administrator,
    ta: Ta,
}

impl Callers {
    /// One request for every function that writes, in an order in which each succeeds.
    async fn writes(&self, world: &World, versions: bool) -> Vec<Recorded> {
        let own = || secret("mine", SecretTypeAes256Key, UnifiedAttestationAttributes::default());
        let host = "host2".to_owned();
        let create = CreateEnclaveSecretRequest {
            secret: Some(secret("x", SecretTypeAes256Key, pinned(1))),
            is_update: false,
            if_epoch: 0,
            upload: None,
        };
        let destroy = DestroyEnclaveSecretRequest { secret_name: "x".into(), version: 0 };
        let unregister = UnregisterEnclaveServiceRequest { service_name: "service2".into() };
        let backup = AecsBackupIdentityRequest { host_name: host.clone() };
        let unbackup = AecsDeleteBackupIdentityRequest { host_name: host };
        let ta_create = |nonce: &str| TaCreateSecretRequest {
            secret: Some(own()),
            nonce: nonce.into(),
            ..Default::default()
        };
        let ta_destroy = TaDestroySecretRequest { secret_name: "mine".into(), nonce: "3".into() };
        let take = AecsDestroyTaSecretRequest { secret_name: "mine".into() };
        let Self { admin, owner, ta } = self;
        let mut requests = vec![
            Recorded::Admin(
                admin.request("RegisterEnclaveService", &world.registration("service2")).await,
            ),
            Recorded::Admin(admin.request("UnregisterEnclaveService", &unregister).await),
            Recorded::Admin(admin.request("AecsBackupIdentity", &backup).await),
            Recorded::Admin(admin.request("AecsDeleteBackupIdentity", &unbackup).await),
            Recorded::Service(owner.request("CreateSecret", &create).await),
            Recorded::Application(ta.request("TaCreateSecret", &ta_create("1")).await),
            Recorded::Application(ta.request("TaDestroySecret", &ta_destroy).await),
            Recorded::Application(ta.request("TaCreateSecret", &ta_create("2")).await),
            Recorded::Admin(admin.request("DestroyTaSecret", &take).await),
        ];
        if versions {
            requests.extend(self.writes_of_versions().await);
        }
        requests.push(Recorded::Service(owner.request("DestroySecret", &destroy).await));
        requests
    }

    /// The same for the versions of the secret `x`, which protocol 2.0 does not have.
    async fn writes_of_versions(&self) -> [Recorded; 9] {
        let secret_name = "x".to_owned();
        let apply = ApplySecretRequest {
            secret: Some(secret("x", SecretTypeAes256Key, pinned(2))),
            ..Default::default()
        };
        let other = CreateEnclaveSecretRequest {
            secret: Some(secret("y", SecretTypeAes256Key, pinned(1))),
            ..Default::default()
        };
        let changes = vec![SecretChange { change: Some(secret_change::Change::Create(other)) }];
        let changes = ChangeSecretsRequest { changes };
        let put = PutSecretRequest {
            secret_name: secret_name.clone(),
            data: "ab".repeat(32),
            ..Default::default()
        };
        let rotate = RotateSecretRequest { secret_name: secret_name.clone(), if_version: 0 };
        let rollback =
            RollbackSecretRequest { secret_name: secret_name.clone(), version: 1, if_version: 0 };
        let delete = DeleteSecretRequest { secret_name: secret_name.clone(), version: 0 };
        let undelete = UndeleteSecretRequest { secret_name, version: 0 };
        let values = ListedValues { attribute: "hex_chip_id".into(), values: Vec::new() };
        let list = NamedList {
            list_name: "l".into(),
            content: Some(Content::Values(values)),
            ..NamedList::default()
        };
        let put_list = PutNamedListRequest { list: Some(list), ..Default::default() };
        let destroy_list = DestroyNamedListRequest { list_name: "l".into() };
        [
            Recorded::Service(self.owner.request("ApplySecret", &apply).await),
            Recorded::Service(self.owner.request("ChangeSecrets", &changes).await),
            Recorded::Service(self.owner.request("PutSecret", &put).await),
            Recorded::Service(self.owner.request("RotateSecret", &rotate).await),
            Recorded::Service(self.owner.request("RollbackSecret", &rollback).await),
            Recorded::Service(self.owner.request("DeleteSecret", &delete).await),
            Recorded::Service(self.owner.request("UndeleteSecret", &undelete).await),
            Recorded::Service(self.owner.request("PutNamedList", &put_list).await),
            Recorded::Service(self.owner.request("DestroyNamedList", &destroy_list).await),
        ]
    }
}

/// Functions that write and that protocol 2.0 does not have: what makes their requests good for
/// once is the same, and they change who may call, which these tests need to stay as it is.
const ELSEWHERE: [&str; 13] = [
    "AecsSetTime",
    // In `relocation.rs`.
    "MoveStore",
    // In `recovery.rs`, with the keys of shares, or of a server that recovers.
    "CreateRecovery",
    "RevokeRecovery",
    "FinishRecovery",
    "ProveRecoveryShare",
    "AppointAdministrator",
    "ApplyDeployment",
    "AddAdministrator",
    "RemoveAdministrator",
    "RotateAdministratorKey",
    "SetServiceKey",
    "RotateServiceKey",
];

/// Functions that write versions of secrets, and lists, which protocol 2.0 does not have.
const VERSIONS: [&str; 9] = [
    "ApplySecret",
    "ChangeSecrets",
    "PutSecret",
    "RotateSecret",
    "RollbackSecret",
    "DeleteSecret",
    "UndeleteSecret",
    "PutNamedList",
    "DestroyNamedList",
];

/// Sends every function that writes, twice, and a third time after a restart.
async fn every_write_once(
    world: World,
    after_restart: ErrorCode,
    callers: impl Fn(&World) -> Callers,
) {
    // What a restart makes of a request tells its protocol.
    let versions = after_restart == ErrorCode::OtherBoot;
    let recorded = callers(&world).writes(&world, versions).await;
    let written: BTreeSet<&str> = recorded.iter().map(Recorded::function).collect();
    let writing: BTreeSet<&str> = functions()
        .map(|row| row.function)
        .filter(|function| function.effect() == Effect::Write && function.caller() != Caller::Node)
        .map(Function::name)
        .filter(|name| *name != "AecsProvision" && !ELSEWHERE.contains(name))
        .filter(|name| versions || !VERSIONS.contains(name))
        .collect();
    assert_eq!(written, writing, "every function that writes is among them");

    for request in &recorded {
        let function = request.function();
        request.send(&world).await.unwrap_or_else(|error| panic!("{function}: {error}"));
        assert_eq!(code(request.send(&world).await), ErrorCode::RequestReplayed, "{function}");
    }
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    let before = world.status().await;
    for request in &recorded {
        let function = request.function();
        assert_eq!(code(request.send(&world).await), after_restart, "{function}");
    }
    assert_eq!(world.status().await.store_chain, before.store_chain, "nothing was changed");
}

#[tokio::test]
async fn w02_no_write_of_protocol_2_1_happens_twice() {
    for suite in [Suite::Modern, Suite::Sm] {
        let world = World::pending(suite, |_| ()).await.provisioned().await;
        every_write_once(world, ErrorCode::OtherBoot, |world| Callers {
            admin: world.admin(),
            owner: world.owner(),
            ta: world.ta(enclave(1)),
        })
        .await;
    }
}

#[tokio::test]
async fn w02_no_write_of_protocol_2_0_happens_twice() {
    for suite in [Suite::Rsa, Suite::Sm] {
        let world = World::allowing_aecs20(suite).await;
        every_write_once(world, ErrorCode::RequestReplayed, |world| Callers {
            admin: world.admin().aecs20(),
            owner: world.owner().aecs20(),
            ta: world.ta_with(enclave(1), KeyPair::generate(suite).unwrap()).aecs20(),
        })
        .await;
    }
}

#[tokio::test]
async fn w02_a_provision_happens_once_also_after_restarts() {
    let allow =
        |config: &mut crate::support::Config| config.compat.aecs20 = aecs_core::Aecs20::Allow;
    for aecs20 in [false, true] {
        let world = World::pending(Suite::Sm, allow).await;
        let admin = if aecs20 { world.admin().aecs20() } else { world.admin() };
        let recorded =
            admin.request("AecsProvision", &world.provision_request("host1").await).await;
        admin.send(recorded.clone()).await.unwrap();
        assert_eq!(code(admin.send(recorded.clone()).await), ErrorCode::RequestReplayed);

        let world = world.restarted().await;
        // Sealed to the identity that was backed up, which the new one replaces; so it does not
        // even open here.
        let error = code(world.admin().send(recorded.clone()).await);
        assert_eq!(error, ErrorCode::RequestNotAuthentic);
        world.provision("host1").await.unwrap();
        let expected = if aecs20 { ErrorCode::RequestReplayed } else { ErrorCode::OtherBoot };
        assert_eq!(code(world.admin().send(recorded).await), expected);
    }
}

#[tokio::test]
async fn w02_a_provision_is_not_repeated_where_the_identity_outlives_the_process() {
    let world = World::pending(Suite::Modern, |_| ()).await.lasting().await;
    let recorded =
        world.admin().request("AecsProvision", &world.provision_request("host1").await).await;
    world.admin().send(recorded.clone()).await.unwrap();

    let world = world.restarted().await;
    assert_eq!(code(world.admin().send(recorded.clone()).await), ErrorCode::OtherBoot);
    assert_eq!(world.core.status(), "Working", "by itself, and not by the recording");
    // Refused or not, nobody is locked out by it.
    world.provision("host1").await.unwrap();
}

#[tokio::test]
async fn w02_a_clock_set_back_revives_no_request() {
    let world = World::working().await;
    let list = ListEnclaveSecretRequest::default();
    let old = world.owner().request("ListSecret", &list).await;
    world.owner().send(old.clone()).await.unwrap();
    // Too old by a clock that is ahead, and still remembered.
    world.clock.shift(Duration::from_secs(6000));
    assert!(world.list("").await.is_empty());
    world.clock.shift_back(Duration::from_secs(6000));
    assert_eq!(code(world.owner().send(old).await), ErrorCode::RequestReplayed);
}

#[tokio::test]
async fn w02_requests_of_the_past_and_of_the_future_are_refused() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let ta = world.ta(enclave(1));
    let get = TaGetSecretRequest {
        service_name: SERVICE.into(),
        secret_name: "a".into(),
        nonce: "n".into(),
        ..Default::default()
    };
    let window = i64::try_from(world.config.freshness.as_millis()).unwrap();
    for (offset, fresh) in [
        (-window - 1_000, false),
        (window + 10_000, false),
        (-window + 10_000, true),
        (window - 1_000, true),
        (i64::MIN / 2, false),
        (i64::MAX / 2, false),
    ] {
        for (administrator, function) in
            [(world.admin(), "ListTaSecret"), (world.owner(), "ListSecret")]
        {
            let mut payload = administrator.payload(function, "{}".into());
            payload.issued_at_ms += offset;
            let request = administrator.seal(function, &payload).await;
            check(administrator.send(request).await.map(drop), fresh, offset);
        }
        let mut request = ta.request("TaGetSecret", &get).await;
        request.issued_at_ms += offset;
        ta.sign(&mut request).await;
        check(world.core.ta_remote_call(request).await.map(drop), fresh, offset);
    }
}

#[track_caller]
fn check(result: Result<(), Error>, fresh: bool, offset: i64) {
    match result {
        Ok(()) => assert!(fresh, "{offset} ms"),
        Err(error) => {
            assert!(!fresh, "{offset} ms: {error}");
            assert_eq!(error.code(), ErrorCode::RequestStale, "{offset} ms");
        }
    }
}

#[tokio::test]
async fn w02_a_read_is_not_repeated_on_the_node_that_answered_it() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let get = r#"{"serviceName":"service1","secretName":"a","nonce":"n"}"#;
    let reads = [
        Recorded::Admin(world.admin().request_of("ListEnclaveService", "{}".into()).await),
        Recorded::Service(world.owner().request_of("ListSecret", "{}".into()).await),
        Recorded::Application(world.ta(enclave(1)).request_of("TaGetSecret", get.into()).await),
    ];
    for read in &reads {
        read.send(&world).await.unwrap();
        assert_eq!(
            code(read.send(&world).await),
            ErrorCode::RequestReplayed,
            "{}",
            read.function()
        );
    }
    // What the process forgets by then is too old.
    world.clock.pass(2 * world.config.freshness + Duration::from_secs(1));
    for read in reads {
        assert_eq!(code(read.send(&world).await), ErrorCode::RequestStale, "{}", read.function());
    }
}

#[tokio::test]
async fn w02_a_write_that_failed_does_not_succeed_later() {
    let world = World::working().await;
    world.import("x", "data", 1).await.unwrap();
    let create = CreateEnclaveSecretRequest {
        secret: Some(secret("x", SecretTypeAes256Key, pinned(1))),
        is_update: false,
        if_epoch: 0,
        upload: None,
    };
    let recorded = Recorded::Service(world.owner().request("CreateSecret", &create).await);
    assert_eq!(code(recorded.send(&world).await), ErrorCode::NameExists);

    world.destroy("x").await.unwrap();
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    assert_eq!(code(recorded.send(&world).await), ErrorCode::OtherBoot);
    assert!(world.list("").await.is_empty());
}

#[tokio::test]
async fn w02_a_write_of_protocol_2_0_that_failed_does_not_succeed_later() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let ta = world.ta_with(enclave(1), KeyPair::generate(Suite::Sm).unwrap()).aecs20();
    let callers = Callers { admin: world.admin().aecs20(), owner: world.owner().aecs20(), ta };
    world.register("service2").await.unwrap();
    world.import("x", "data", 1).await.unwrap();
    let own = secret("mine", SecretTypeAes256Key, UnifiedAttestationAttributes::default());
    callers.ta.create(own.clone(), TaBinding::Measurement).await.unwrap();
    let create = CreateEnclaveSecretRequest {
        secret: Some(secret("x", SecretTypeAes256Key, pinned(1))),
        ..Default::default()
    };
    let own = TaCreateSecretRequest { secret: Some(own), nonce: "again".into(), binding: 0 };
    let service = world.registration("service2");
    let recorded = [
        Recorded::Admin(callers.admin.request("RegisterEnclaveService", &service).await),
        Recorded::Service(callers.owner.request("CreateSecret", &create).await),
        Recorded::Application(callers.ta.request("TaCreateSecret", &own).await),
    ];
    for request in &recorded {
        assert_eq!(code(request.send(&world).await), ErrorCode::NameExists);
    }

    let unregister = UnregisterEnclaveServiceRequest { service_name: "service2".into() };
    let _: UnregisterEnclaveServiceResponse =
        world.admin().call("UnregisterEnclaveService", &unregister).await.unwrap();
    world.destroy("x").await.unwrap();
    callers.ta.destroy("mine").await.unwrap();
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    for request in &recorded {
        let refused = code(request.send(&world).await);
        assert_eq!(refused, ErrorCode::RequestReplayed, "{}", request.function());
    }
}

/// The process remembers it where the store cannot.
#[tokio::test]
async fn w02_a_write_of_protocol_2_0_that_the_store_refused_does_not_succeed_later() {
    let store = Arc::new(Watched::default());
    let allow = |config: &mut Config| config.compat.aecs20 = Aecs20::Allow;
    let world = World::on(store.clone(), Suite::Sm, allow).await.provisioned().await;
    let key = || KeyPair::generate(Suite::Sm).unwrap();
    let callers = Callers {
        admin: world.admin().aecs20(),
        owner: world.owner().aecs20(),
        ta: world.ta_with(enclave(1), key()).aecs20(),
    };
    let writes = callers.writes(&world, false).await;
    store.full.store(true, SeqCst);
    for write in &writes {
        assert!(write.send(&world).await.is_err(), "{}", write.function());
    }
    store.full.store(false, SeqCst);
    for write in &writes {
        let refused = code(write.send(&world).await);
        assert_eq!(refused, ErrorCode::RequestReplayed, "{}", write.function());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w02_of_requests_that_come_at_once_one_is_obeyed() {
    let world = World::working().await;
    let create = CreateEnclaveSecretRequest {
        secret: Some(secret("x", SecretTypeAes256Key, pinned(1))),
        is_update: false,
        if_epoch: 0,
        upload: None,
    };
    let request = world.owner().request("CreateSecret", &create).await;
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let (core, request) = (world.core.clone(), request.clone());
            tokio::spawn(async move { core.service_admin_remote_call(request).await })
        })
        .collect();
    let mut obeyed = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => obeyed += 1,
            Err(error) => assert_eq!(error.code(), ErrorCode::RequestReplayed, "{error}"),
        }
    }
    assert_eq!(obeyed, 1);
}

#[tokio::test]
async fn w02_a_request_is_for_one_server() {
    let (one, other) = (World::working().await, World::working().await);
    let ta = one.ta(enclave(1));
    let request = ta.request_of("TaGetSecret", "{}".into()).await;
    // The signature names the server's key: another server refuses before it looks at evidence.
    let refused = code(other.core.ta_remote_call(request).await);
    assert_eq!(refused, ErrorCode::RequestNotAuthentic);
}
