//! Names that mean something else to a shell, a path or a pattern: W8, W22.

use aecs_core::{ErrorCode, functions};
use aecs_crypto::Suite;
use aecs_proto::{
    AecsBackupIdentityRequest, AecsDeleteBackupIdentityRequest, AecsListBackupIdentityRequest,
    AecsListBackupIdentityResponse, AecsListTaSecretRequest, AecsListTaSecretResponse,
    EnclaveSecretType::SecretTypeAes256Key, GetEnclaveSecretPublicRequest, ListDenialRequest,
    ListDenialResponse, ListEnclaveServiceRequest, ListEnclaveServiceResponse, TaBinding,
    UnifiedAttestationAttributes, UnregisterEnclaveServiceRequest,
    UnregisterEnclaveServiceResponse,
};
use serde_json::json;

use crate::support::{SERVICE, World, code, enclave, pinned, refusal, secret};

/// Names of a shell's, a path's, a pattern's or another alphabet.
fn bad_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "..",
        ".",
        "../secrets/a",
        "a/b",
        "/a",
        "a/",
        "a\\b",
        "a*",
        "?",
        "[a]",
        "a b",
        " a",
        "a\n",
        "a\0",
        "a;rm -rf",
        "$(id)",
        "`id`",
        "a|b",
        "a&b",
        "%2e%2e",
        "a%",
        "ä",
        "а",
        "a\u{202e}",
        "~",
        "a:b",
        "a,b",
        "\"",
        "'",
        "<a>",
        "{}",
        "a=b",
        "a+b",
        "#",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("a".repeat(256));
    names.push("a".repeat(100_000));
    names
}

type Request = fn(&str) -> serde_json::Value;

/// Every function with a name in its request: the request with that name.
const NAMED: &[(&str, Request)] = &[
    ("AecsProvision", |name| json!({"hostName": name})),
    ("RegisterEnclaveService", |name| json!({"serviceName": name})),
    ("UnregisterEnclaveService", |name| json!({"serviceName": name})),
    ("ListEnclaveService", |name| json!({"serviceName": name})),
    ("AecsBackupIdentity", |name| json!({"hostName": name})),
    ("AecsListBackupIdentity", |name| json!({"hostName": name})),
    ("AecsDeleteBackupIdentity", |name| json!({"hostName": name})),
    ("AddAdministrator", |name| json!({"name": name})),
    ("RemoveAdministrator", |name| json!({"name": name})),
    ("SetServiceKey", |name| json!({"serviceName": name})),
    (
        "CreateRecovery",
        |name| json!({"threshold": 2, "custodians": [{"name": name}, {"name": "b"}]}),
    ),
    ("ListTaSecret", |name| json!({"secretName": name})),
    ("DestroyTaSecret", |name| json!({"secretName": name})),
    (
        "CreateSecret",
        |name| json!({"secret": {"spec": {"secretName": name, "serviceName": SERVICE, "type": 1}}}),
    ),
    (
        "ApplySecret",
        |name| json!({"secret": {"spec": {"secretName": name, "serviceName": SERVICE, "type": 1}}}),
    ),
    ("ChangeSecrets", |name| json!({"changes": [{"destroy": {"secretName": name}}]})),
    ("ChangeSecrets", |name| json!({"changes": [{"delete": {"secretName": name}}]})),
    ("ChangeSecrets", |name| {
        json!({"changes": [{"create": {"secret": {
            "spec": {"secretName": name, "serviceName": SERVICE, "type": 1}
        }}}]})
    }),
    ("ChangeSecrets", |name| {
        json!({"changes": [{"apply": {"secret": {
            "spec": {"secretName": name, "serviceName": SERVICE, "type": 1}
        }}}]})
    }),
    ("DestroySecret", |name| json!({"secretName": name})),
    ("ListSecret", |name| json!({"secretName": name})),
    ("PutSecret", |name| json!({"secretName": name, "data": "a"})),
    ("RotateSecret", |name| json!({"secretName": name})),
    ("RollbackSecret", |name| json!({"secretName": name, "version": 1})),
    ("ListSecretVersion", |name| json!({"secretName": name})),
    ("DeleteSecret", |name| json!({"secretName": name})),
    ("UndeleteSecret", |name| json!({"secretName": name})),
    ("UseSecret", |name| json!({"secretName": name})),
    ("ListDenial", |name| json!({"secretName": name})),
    (
        "PutNamedList",
        |name| json!({"list": {"listName": name, "values": {"attribute": "hex_chip_id"}}}),
    ),
    ("ListNamedList", |name| json!({"listName": name})),
    ("DestroyNamedList", |name| json!({"listName": name})),
    ("TaGetSecret", |name| json!({"serviceName": SERVICE, "secretName": name})),
    ("TaGetSecret", |name| json!({"serviceName": name, "secretName": "a"})),
    ("TaGetSecrets", |name| json!({"wanted": [{"serviceName": SERVICE, "secretName": name}]})),
    ("TaGetSecrets", |name| json!({"wanted": [{"serviceName": name, "secretName": "a"}]})),
    ("TaListSecret", |name| json!({"serviceName": SERVICE, "secretName": name})),
    ("TaListSecret", |name| json!({"serviceName": name})),
    ("TaUseSecret", |name| json!({"serviceName": SERVICE, "secretName": name})),
    ("TaUseSecret", |name| json!({"serviceName": name, "secretName": "a"})),
    ("TaCreateSecret", |name| json!({"secret": {"spec": {"secretName": name, "type": 1}}})),
    ("TaDestroySecret", |name| json!({"secretName": name})),
];

/// Every function without one.
const NAMELESS: &[&str] = &[
    "SyncWithRemoteAecs",
    "ShowDeployment",
    "DiffDeployment",
    "ApplyDeployment",
    "ListAdministrator",
    "RotateAdministratorKey",
    "RotateServiceKey",
    "ExportStore",
    "ShowStore",
    "VerifyStore",
    "MoveStore",
    "AecsSetTime",
    // In a session only: see `waits`.
    "TaWaitForChange",
    "ShowRecovery",
    "RevokeRecovery",
    "FinishRecovery",
    "ProveRecoveryShare",
    "SubmitRecoveryShare",
    // In `recovery.rs`, with the keys of shares.
    "AppointAdministrator",
    // That of an upload is 16 bytes.
    "UploadSecretData",
];

fn is_refused_name(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::NameBadCharacter | ErrorCode::NameTooLong)
}

#[tokio::test]
async fn w08_every_name_is_checked_in_every_function() {
    let with_names: std::collections::BTreeSet<&str> = functions()
        .map(|row| row.function.name())
        .filter(|name| !name.starts_with("Get") && !NAMELESS.contains(name))
        .collect();
    let named: std::collections::BTreeSet<&str> = NAMED.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, with_names);

    let world = World::working().await;
    let pending = World::pending(Suite::Modern, |_| ()).await;
    let ta = world.ta(enclave(1));
    let before = names_in_store(&world).await;
    for name in bad_names() {
        for (function, request) in NAMED {
            // Dots may begin the names that are looked for.
            let prefix = match *function {
                "ListSecretVersion" | "PutNamedList" | "DestroyNamedList" => false,
                other => other.contains("List"),
            };
            if prefix && (name == "." || name == "..") {
                continue;
            }
            let text = request(&name).to_string();
            let result = match *function {
                "AecsProvision" => {
                    let admin = pending.admin();
                    admin.send(admin.request_of(function, text).await).await.map(drop)
                }
                ta_function if ta_function.starts_with("Ta") => {
                    world.core.ta_remote_call(ta.request_of(function, text).await).await.map(drop)
                }
                "CreateSecret" | "ApplySecret" | "ChangeSecrets" | "PutSecret" | "RotateSecret"
                | "RollbackSecret" | "ListSecretVersion" | "DeleteSecret" | "UndeleteSecret"
                | "UseSecret" | "DestroySecret" | "ListSecret" | "ListDenial" | "PutNamedList"
                | "ListNamedList" | "DestroyNamedList" => {
                    let owner = world.owner();
                    owner.send(owner.request_of(function, text).await).await.map(drop)
                }
                _ => {
                    let admin = world.admin();
                    admin.send(admin.request_of(function, text).await).await.map(drop)
                }
            };
            let error = refusal(result);
            assert!(is_refused_name(error.code()), "{function} {name:.40?}: {error}");
            assert!(error.message().len() < 300, "{function}: names are not echoed");
        }
    }
    assert_eq!(pending.core.status(), "Pending");
    assert!(pending.everything().await.is_empty());
    assert_eq!(names_in_store(&world).await, before);
}

/// The records, less the memory of requests.
async fn names_in_store(world: &World) -> Vec<String> {
    let mut names = world.names().await;
    names.retain(|name| !name.starts_with("acts/") && !name.starts_with("seen/"));
    names
}

#[tokio::test]
async fn w08_names_are_checked_where_nobody_is_asked_for_a_key() {
    let world = World::working().await;
    for name in bad_names() {
        for (service, secret) in [(SERVICE, name.as_str()), (name.as_str(), "a")] {
            let request = GetEnclaveSecretPublicRequest {
                service_name: service.into(),
                secret_name: secret.into(),
                accepted_suites: vec![Suite::Modern.to_string()],
                ..Default::default()
            };
            let refused = code(world.core.get_enclave_secret_public(request).await);
            assert!(is_refused_name(refused), "{name:.40?}: {refused}");
        }
    }
}

#[tokio::test]
async fn w08_the_service_in_an_envelope_is_a_name_too() {
    let world = World::working().await;
    let owner = world.owner();
    for name in bad_names() {
        let mut request = owner.request_of("ListSecret", "{}".into()).await;
        let sealed = request.req_enc.as_mut().unwrap();
        sealed.aes_cipher.as_mut().unwrap().aad = name.clone().into_bytes();
        assert!(is_refused_name(code(owner.send(request).await)), "{name:.40?}");
    }
    for bytes in [&[0xff, 0xfe][..], &[0xc0, 0x80]] {
        let mut request = owner.request_of("ListSecret", "{}".into()).await;
        request.req_enc.as_mut().unwrap().aes_cipher.as_mut().unwrap().aad = bytes.to_vec();
        assert_eq!(refusal(owner.send(request).await).kind(), aecs_core::Kind::InvalidArgument);
    }
}

#[tokio::test]
async fn w08_the_servers_own_service_is_nobodys() {
    let world = World::working().await;
    let reserved = "TrustedApplications";
    assert_eq!(code(world.register(reserved).await), ErrorCode::NameReserved);
    let request = UnregisterEnclaveServiceRequest { service_name: reserved.into() };
    let refused: Result<UnregisterEnclaveServiceResponse, _> =
        world.admin().call("UnregisterEnclaveService", &request).await;
    assert_eq!(code(refused), ErrorCode::NameReserved);
    let owner = world.administrator(Some(reserved), world.service_admin.clone());
    let request = owner.request_of("ListSecret", "{}".into()).await;
    assert_eq!(code(owner.send(request).await), ErrorCode::NameReserved);
}

#[tokio::test]
async fn w08_names_of_the_servers_own_records_are_ordinary_names() {
    let world = World::working().await;
    for service in ["state", "authentication", "secrets", "trustedapplications", "aecs"] {
        world.register(service).await.unwrap();
    }
    for name in ["authentication", "state", "secrets", "..."] {
        world.create(secret(name, SecretTypeAes256Key, pinned(1))).await.unwrap();
        world.ta(enclave(1)).get(SERVICE, name).await.unwrap();
    }
    let ta = world.ta(enclave(1));
    let own =
        secret("authentication", SecretTypeAes256Key, UnifiedAttestationAttributes::default());
    ta.create(own, TaBinding::Measurement).await.unwrap();
    assert_eq!(
        services(&world, "").await,
        ["aecs", "authentication", "secrets", "service1", "state", "trustedapplications"]
    );
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    world.ta(enclave(1)).get(SERVICE, "authentication").await.unwrap();
}

async fn services(world: &World, prefix: &str) -> Vec<String> {
    let request = ListEnclaveServiceRequest { service_name: prefix.into() };
    let list: ListEnclaveServiceResponse =
        world.admin().call("ListEnclaveService", &request).await.unwrap();
    list.services.unwrap_or_default().names
}

async fn backups(world: &World, prefix: &str) -> Vec<String> {
    let request = AecsListBackupIdentityRequest { host_name: prefix.into() };
    let list: AecsListBackupIdentityResponse =
        world.admin().call("AecsListBackupIdentity", &request).await.unwrap();
    list.results.into_iter().map(|result| result.identity_backup_name).collect()
}

async fn ta_secrets(world: &World, prefix: &str) -> Vec<String> {
    let request = AecsListTaSecretRequest { secret_name: prefix.into() };
    let list: AecsListTaSecretResponse =
        world.admin().call("ListTaSecret", &request).await.unwrap();
    list.secrets.into_iter().map(|spec| spec.secret_name).collect()
}

async fn denials(world: &World, prefix: &str) -> Vec<String> {
    let request = ListDenialRequest { secret_name: prefix.into() };
    let list: ListDenialResponse = world.owner().call("ListDenial", &request).await.unwrap();
    list.denials.into_iter().map(|denial| denial.secret_name).collect()
}

#[tokio::test]
async fn w22_secrets_are_destroyed_by_name_and_listed_by_prefix() {
    let world = World::working().await;
    for name in ["a", "ab", "abc", "ba", "A"] {
        world.import(name, "data", 1).await.unwrap();
        let _ = world.ta(enclave(2)).get(SERVICE, name).await;
    }
    assert_eq!(world.list("").await, ["A", "a", "ab", "abc", "ba"]);
    assert_eq!(world.list("ab").await, ["ab", "abc"]);
    assert_eq!(world.list("b").await, ["ba"]);
    assert_eq!(denials(&world, "ab").await, ["ab", "abc"]);
    world.destroy("a").await.unwrap();
    assert_eq!(world.list("").await, ["A", "ab", "abc", "ba"]);
    assert_eq!(code(world.destroy("a").await), ErrorCode::NoSuchName);
}

#[tokio::test]
async fn w22_services_are_unregistered_by_name_and_listed_by_prefix() {
    let world = World::working().await;
    for service in ["a", "ab", "a-b", "a.b", "ba"] {
        world.register(service).await.unwrap();
    }
    world.import("kept", "data", 1).await.unwrap();
    assert_eq!(services(&world, "a").await, ["a", "a-b", "a.b", "ab"]);
    assert_eq!(services(&world, "b").await, ["ba"]);
    let request = UnregisterEnclaveServiceRequest { service_name: "a".into() };
    let _: UnregisterEnclaveServiceResponse =
        world.admin().call("UnregisterEnclaveService", &request).await.unwrap();
    assert_eq!(services(&world, "").await, ["a-b", "a.b", "ab", "ba", "service1"]);
    assert_eq!(world.list("").await, ["kept"]);
}

#[tokio::test]
async fn w22_backups_and_secrets_of_applications_likewise() {
    let world = World::working().await;
    for host in ["a", "ab", "ba"] {
        let request = AecsBackupIdentityRequest { host_name: host.into() };
        let _: aecs_proto::AecsBackupIdentityResponse =
            world.admin().call("AecsBackupIdentity", &request).await.unwrap();
    }
    assert_eq!(backups(&world, "a").await, ["a", "ab"]);
    let request = AecsDeleteBackupIdentityRequest { host_name: "a".into() };
    let _: aecs_proto::AecsDeleteBackupIdentityResponse =
        world.admin().call("AecsDeleteBackupIdentity", &request).await.unwrap();
    assert_eq!(backups(&world, "").await, ["ab", "ba", "host1"]);

    let ta = world.ta(enclave(1));
    for name in ["a", "ab", "ba"] {
        let own = secret(name, SecretTypeAes256Key, UnifiedAttestationAttributes::default());
        ta.create(own, TaBinding::Measurement).await.unwrap();
    }
    assert_eq!(ta_secrets(&world, "a").await, ["a", "ab"]);
    ta.destroy("a").await.unwrap();
    assert_eq!(ta_secrets(&world, "").await, ["ab", "ba"]);
}
