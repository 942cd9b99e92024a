//! From a start to a working server, and back after a restart.

use std::{sync::Arc, time::Duration};

use crate::support::{
    MemoryCache, Restart, SERVICE, SlowAttester, World, code, enclave, refusal, server_enclave,
    server_key,
    store::{BACKUP, tagged},
};
use aecs_core::{Aecs20, ErrorCode, IdentityCache, Kind, StartError, UnsealError};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    AecsBackupIdentityRequest, AecsBackupIdentityResponse, AecsDeleteBackupIdentityRequest,
    AecsDeleteBackupIdentityResponse, AecsIdentityBackup, AecsListBackupIdentityRequest,
    AecsListBackupIdentityResponse, AecsListIdentityBackupResult, AecsProvisionRequest,
    AecsProvisionResponse, StorageAuth,
};
use aecs_store::{EmbeddedStore, MemoryStore, pages::PageStore};
use prost::Message;

async fn backup(world: &World, host: &str) -> Result<(), aecs_core::Error> {
    let request = AecsBackupIdentityRequest { host_name: host.into() };
    let _: AecsBackupIdentityResponse = world.admin().call("AecsBackupIdentity", &request).await?;
    Ok(())
}

async fn backups(world: &World) -> Vec<AecsListIdentityBackupResult> {
    let request = AecsListBackupIdentityRequest::default();
    let list: AecsListBackupIdentityResponse =
        world.admin().call("AecsListBackupIdentity", &request).await.unwrap();
    list.results
}

async fn delete_backup(world: &World, host: &str) -> Result<(), aecs_core::Error> {
    let request = AecsDeleteBackupIdentityRequest { host_name: host.into() };
    let _: AecsDeleteBackupIdentityResponse =
        world.admin().call("AecsDeleteBackupIdentity", &request).await?;
    Ok(())
}

/// The secret that [`World::import`] made, as it is found now.
async fn found(world: &World) -> String {
    world.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data
}

#[tokio::test]
async fn without_a_host_nothing_is_backed_up() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    assert_eq!((world.core.status(), world.status().await.status.as_str()), ("Pending", "Pending"));
    let before = world.status().await;
    world.provision("").await.unwrap();
    assert_eq!(world.core.status(), "Working");
    let after = world.status().await;
    assert_eq!((after.status.as_str(), after.identity_backup.as_str()), ("Working", ""));
    assert_eq!(after.identity_hash, before.identity_hash);
    assert!(after.store_epoch > 0, "the request is remembered");
    assert!(backups(&world).await.is_empty());
}

#[tokio::test]
async fn under_a_host_the_identity_is_backed_up_and_found_again() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let before = world.status().await;
    assert_eq!(before.identity_backup, "host1");

    let world = world.restarted().await;
    assert_eq!(world.core.status(), "Pending");
    assert_ne!(world.status().await.identity_hash, before.identity_hash, "a new one for now");
    world.provision("host1").await.unwrap();
    let after = world.status().await;
    assert_eq!(after.identity_hash, before.identity_hash);
    assert_eq!(after.deployment_id, before.deployment_id);
    assert!(after.store_epoch > before.store_epoch);
    assert_eq!(found(&world).await, "data");
    world.owner().send(world.owner().request_of("ListSecret", "{}".into()).await).await.unwrap();
}

#[tokio::test]
async fn every_key_of_the_identity_comes_back() {
    let every = |config: &mut crate::support::Config| config.suites = Suite::ALL.to_vec();
    let world = World::pending(Suite::Modern, every).await.provisioned().await;
    let mut keys = Vec::new();
    for suite in Suite::ALL {
        keys.push(server_key(&world.core, suite).await);
    }
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    for (suite, key) in Suite::ALL.into_iter().zip(keys) {
        assert_eq!(server_key(&world.core, suite).await, key, "{suite}");
    }
}

#[tokio::test]
async fn a_second_provision_of_the_same_identity_succeeds_and_does_nothing() {
    let world = World::working().await;
    let before = world.status().await;
    for host in ["host1", ""] {
        let answer = world.provision_with(world.provision_request(host).await).await.unwrap();
        assert!(answer.already_working);
        assert_eq!(answer.deployment_id, before.deployment_id);
    }
    assert_eq!(world.status().await.identity_hash, before.identity_hash);
    assert_eq!(backups(&world).await.len(), 1);

    let error = refusal(world.provision("host2").await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::Provisioned, Kind::FailedPrecondition));
    assert!(error.message().contains("aecsadmin backup --hostname host2"), "{error}");
}

#[tokio::test]
async fn a_provision_is_for_the_identity_that_it_names() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    for identity_hash in [String::new(), "AB".repeat(32)] {
        let request =
            AecsProvisionRequest { identity_hash, ..world.provision_request("host1").await };
        let error = refusal(world.provision_with(request).await);
        assert_eq!((error.code(), error.kind()), (ErrorCode::AdminKey, Kind::FailedPrecondition));
    }
    let deployment_id = "AB".repeat(32);
    let request = AecsProvisionRequest { deployment_id, ..world.provision_request("host1").await };
    let error = refusal(world.provision_with(request).await);
    assert!(error.message().contains("was expected"), "{error}");
    assert_eq!(world.core.status(), "Pending");
    let deployment_id = world.status().await.deployment_id;
    let request = AecsProvisionRequest { deployment_id, ..world.provision_request("host1").await };
    world.provision_with(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_provisions_at_once_one_wins() {
    // A store that takes its time, so that they do meet.
    let directory = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open_pages(directory.path().join("store"), 1 << 20).unwrap();
    let world = World::on(Arc::new(store), Suite::Modern, |_| ()).await;
    let identity_hash = world.status().await.identity_hash;
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (admin, identity_hash) = (world.admin(), identity_hash.clone());
        calls.spawn(async move {
            let request = AecsProvisionRequest {
                host_name: format!("host{number}"),
                identity_hash,
                ..Default::default()
            };
            admin.call::<_, AecsProvisionResponse>("AecsProvision", &request).await
        });
    }
    let (won, lost): (Vec<_>, Vec<_>) = calls.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 7));
    assert!(lost.into_iter().all(|result| code(result) == ErrorCode::Provisioned));
    assert_eq!(backups(&world).await.len(), 1, "the others left nothing behind");
}

#[tokio::test]
async fn storage_credentials_are_not_needed() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    let auth = StorageAuth { access_key_id: "id".into(), ..Default::default() };
    let request =
        AecsProvisionRequest { auth: Some(auth), ..world.provision_request("host1").await };
    world.provision_with(request).await.unwrap();
    assert_eq!(world.core.status(), "Working");
}

#[tokio::test]
async fn protocol_2_0_provisions_with_an_empty_answer() {
    let allow = |config: &mut crate::support::Config| config.compat.aecs20 = Aecs20::Allow;
    let world = World::pending(Suite::Rsa, allow).await.lasting().await;
    let admin = world.admin().aecs20();
    let request = admin.request_of("AecsProvision", r#"{"auth":{},"hostName":"H"}"#.into()).await;
    let response = admin.send(request).await.unwrap();
    assert!(response.res_enc.is_none(), "AECS 2.0 leaves it out");
    assert!(response.auth_ra_report.is_some());
    assert_eq!(world.status().await.identity_backup, "H");

    // Once: a recording of it could bring any later process of the identity into service.
    let emptied = |restart: &mut Restart| restart.store = Arc::new(MemoryStore::new());
    let world = world.restart(emptied).await.unwrap();
    assert_eq!(world.core.status(), "Pending");
    let admin = world.admin().aecs20();
    let request = admin.request_of("AecsProvision", r#"{"auth":{},"hostName":"H"}"#.into()).await;
    assert_eq!(code(admin.send(request).await), ErrorCode::Provisioned);
    assert_eq!(world.core.status(), "Pending");
}

#[tokio::test]
async fn a_new_identity_says_that_the_records_are_another_ones() {
    let world = World::working().await.restarted().await;
    let reason = world.status().await.pending_reason;
    assert!(reason.contains("the store has records of another one"), "{reason}");
}

/// After the loss of a sealed identity, whose place a new one has taken.
#[tokio::test]
async fn a_new_identity_beside_the_records_of_another_one_goes_with_its_administrator() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let lost = |restart: &mut Restart| restart.cache = Some(Arc::new(MemoryCache::default()));
    let wrong = world.restart(|restart| {
        lost(restart);
        restart.admin = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    });
    let wrong = wrong.await.unwrap();
    let again = wrong.restarted().await;
    assert_eq!(again.core.deployment_id(), wrong.core.deployment_id(), "nothing has changed");
    // A host name without a backup.
    let error = refusal(again.provision("host2").await);
    assert_eq!(error.code(), ErrorCode::StorageAuth);
    assert!(
        error.message().starts_with(
            "the records in the store belong to another identity than this server's. There is no identity \
             backup of host host2. To bring that one back, provision with the host name of its backup \
             (host1), or start with --recover"
        ),
        "{error}"
    );
    let foreign = "the records in the store belong to another identity than this server's. To bring that \
                   one back, ";
    let error = refusal(again.provision("").await);
    let with_backup =
        format!("{foreign}provision with the host name of its backup (host1), or start");
    assert!(error.message().starts_with(&with_backup), "{error}");
    let why = again.status().await.pending_reason;
    assert!(why.contains("provision with the host name of its backup"), "{why}");
    // A store without a backup.
    let bare = World::pending(Suite::Modern, |_| ()).await;
    bare.provision("").await.unwrap();
    let bare = bare.restart(lost).await.unwrap();
    let error = refusal(bare.provision("").await);
    assert!(error.message().starts_with(&format!("{foreign}start with --recover")), "{error}");
    let why = bare.status().await.pending_reason;
    assert!(why.contains("neither a backup nor recovery shares"), "{why}");

    let records = world.everything().await;
    let right = wrong.restart(|restart| restart.admin = world.admin.clone()).await.unwrap();
    assert_ne!(right.core.deployment_id(), wrong.core.deployment_id(), "another one is born");
    assert_eq!(world.everything().await, records, "the other one's records are not touched");
    right.provision("host1").await.unwrap();
    assert_eq!(right.core.deployment_id(), world.core.deployment_id());
    assert_eq!(right.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data, "data");
}

/// A place beside the server that takes nothing.
struct FullDisk;

impl IdentityCache for FullDisk {
    fn load(&self) -> std::io::Result<Option<Vec<u8>>> {
        Ok(None)
    }

    fn keep_former(&self, _sealed: &[u8]) -> std::io::Result<String> {
        Ok(String::new())
    }

    fn save(&self, _sealed: &[u8]) -> std::io::Result<()> {
        Err(std::io::ErrorKind::StorageFull.into())
    }
}

#[tokio::test]
async fn an_identity_that_nobody_would_see_again_does_not_begin() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    let refused = world.restart_with_cache(Arc::new(FullDisk)).await.err().unwrap();
    assert!(matches!(refused, StartError::Cache(_)), "{refused:?}");
}

#[tokio::test]
async fn backups_are_made_listed_and_deleted() {
    let world = World::working().await;
    backup(&world, "host2").await.unwrap();
    backup(&world, "host2").await.unwrap();
    let hash = world.status().await.identity_hash;
    let listed = backups(&world).await;
    let listed: Vec<_> = listed
        .iter()
        .map(|entry| (entry.identity_backup_name.as_str(), &entry.identity_public_key_hash))
        .collect();
    assert_eq!(listed, [("host1", &hash), ("host2", &hash)]);

    delete_backup(&world, "host1").await.unwrap();
    assert_eq!(code(delete_backup(&world, "host1").await), ErrorCode::NoBackup);
    for refused in [delete_backup(&world, "").await, backup(&world, "").await] {
        assert_eq!(code(refused), ErrorCode::AdminHostEmpty);
    }
    let world = world.restarted().await;
    world.provision("host2").await.unwrap();
    assert_eq!(world.status().await.identity_hash, hash);
}

/// The clock of a paused runtime stands still while anything works on a thread.
async fn while_time_passes<T>(call: impl Future<Output = T>) -> T {
    tokio::pin!(call);
    loop {
        tokio::select! {
            biased;
            done = &mut call => return done,
            () = tokio::time::advance(Duration::from_millis(100)) => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_provision_does_not_wait_long_for_the_reports_of_a_backed_up_identity() {
    let world = World::working().await;
    let before = world.status().await.identity_hash;
    let records = world.everything().await;
    let attester = Arc::new(SlowAttester::new(&world));
    let world = world.restart(|restart| restart.attester = Some(attester.clone())).await.unwrap();

    let made = attester.made();
    attester.hold(true);
    for _attempt in 0..2 {
        let error = refusal(while_time_passes(world.provision("host1")).await);
        assert_eq!((error.code(), error.kind()), (ErrorCode::NotYet, Kind::Unavailable));
        assert!(error.message().contains("provision again"), "{error}");
        assert_eq!(world.status().await.status, "Pending", "others are served meanwhile");
        assert_eq!(world.everything().await, records, "nothing has changed");
    }

    attester.hold(false);
    world.provision("host1").await.unwrap();
    assert_eq!(world.status().await.identity_hash, before);
    assert_eq!(attester.made(), made + 1, "once, not in each request");
}

#[tokio::test]
async fn a_restoration_that_fails_can_be_begun_again() {
    let world = World::working().await;
    let before = world.status().await.identity_hash;
    let attester = Arc::new(SlowAttester::new(&world));
    let world = world.restart(|restart| restart.attester = Some(attester.clone())).await.unwrap();
    attester.fail(true);
    for _attempt in 0..2 {
        let error = refusal(world.provision("host1").await);
        assert_eq!((error.code(), error.kind()), (ErrorCode::Generic, Kind::Internal));
        assert_eq!(world.core.status(), "Pending");
    }
    attester.fail(false);
    world.provision("host1").await.unwrap();
    assert_eq!(world.status().await.identity_hash, before);
}

#[tokio::test(start_paused = true)]
async fn a_restoration_is_of_the_backup_that_is_there_now() {
    let world = World::working().await;
    backup(&world, "host2").await.unwrap();
    let attester = Arc::new(SlowAttester::new(&world));
    let world = world.restart(|restart| restart.attester = Some(attester.clone())).await.unwrap();
    let made = attester.made();
    attester.hold(true);
    assert_eq!(code(while_time_passes(world.provision("host1")).await), ErrorCode::NotYet);
    // Its reports are asked for, if only now.
    while attester.made() == made {
        tokio::task::yield_now().await;
    }
    attester.hold(false);
    world.provision("host2").await.unwrap();
    assert_eq!(world.status().await.identity_backup, "host2");
    assert_eq!(attester.made(), made + 2, "that of host1 was not taken for it");
}

#[tokio::test]
async fn a_backup_of_one_host_is_not_anothers() {
    let world = World::working().await;
    let sealed = world.raw(BACKUP).await.unwrap();
    world.set_raw("register/identity/host2", sealed).await;
    let world = world.restarted().await;
    let error = refusal(world.provision("host2").await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::NoBackup, Kind::FailedPrecondition));
    world.provision("host1").await.unwrap();
}

#[tokio::test]
async fn a_damaged_backup_is_an_error_and_not_a_new_identity() {
    let world = World::working().await;
    let genuine = world.backup(BACKUP).await.unwrap();
    let mut flipped = genuine.clone();
    flipped[genuine.len() / 2] ^= 1;
    for damaged in
        [b"not a backup".to_vec(), vec![], genuine[..genuine.len() / 2].to_vec(), flipped]
    {
        world.set_raw(BACKUP, tagged(&damaged)).await;
        let world = world.restarted().await;
        let error = refusal(world.provision("host1").await);
        assert_eq!((error.code(), error.kind()), (ErrorCode::NoBackup, Kind::FailedPrecondition));
        assert!(error.message().contains("host1"), "{error}");
        assert_eq!(world.core.status(), "Pending");
        assert_eq!(world.backup(BACKUP).await.unwrap(), damaged, "nothing is overwritten");
    }
    world.set_raw(BACKUP, tagged(&genuine)).await;
    world.restarted().await.provision("host1").await.unwrap();
}

#[tokio::test]
async fn a_list_tells_what_is_no_backup() {
    let world = World::working().await;
    world.set_raw("register/identity/garbage", tagged(&[0xff; 10])).await;
    let listed = backups(&world).await;
    assert_eq!(listed[0].identity_backup_name, "garbage");
    assert_eq!(listed[0].identity_public_key_hash, "not a backup");
}

#[tokio::test]
async fn the_next_version_of_the_server_opens_the_backup_and_other_programs_do_not() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let mut upgraded = server_enclave();
    upgraded.mrenclave = [0x5f; 32];
    upgraded.svn += 1;
    let next = world.restart(|restart| restart.enclave = upgraded).await.unwrap();
    next.provision("host1").await.unwrap();
    assert_eq!(found(&next).await, "data");

    let mut foreign = server_enclave();
    foreign.mrsigner = [0xBB; 32];
    let thief = world.restart(|restart| restart.enclave = foreign).await.unwrap();
    assert_eq!(code(thief.provision("host1").await), ErrorCode::NoBackup);
}

#[tokio::test]
async fn records_of_another_identity_are_not_taken_over() {
    let world = World::working().await;
    let records = world.everything().await;
    let world = world.restarted().await;
    for host in ["", "host2"] {
        let error = refusal(world.provision(host).await);
        assert_eq!(
            (error.code(), error.kind()),
            (ErrorCode::StorageAuth, Kind::FailedPrecondition)
        );
        let message = error.message();
        assert!(message.contains("provision with the host name of"), "{message}");
        assert_eq!(world.core.status(), "Pending");
    }
    assert_eq!(world.everything().await, records, "nothing was written");
    // The remedy that the message names.
    world.provision("host1").await.unwrap();
}

#[tokio::test]
async fn another_administrators_key_is_refused() {
    let world = World::working().await;
    let admin = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    let other = world.restart(|restart| restart.admin = admin).await.unwrap();
    let error = refusal(other.provision("host1").await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::AdminKey, Kind::PermissionDenied));
    let former = world.admin.public().fingerprint().to_string();
    assert!(error.message().contains(&former), "it names the key to use: {error}");
}

async fn cached() -> (World, Arc<MemoryCache>) {
    let world = World::pending(Suite::Modern, |_| ()).await.lasting().await;
    let cache = world.cache.clone().unwrap();
    (world, cache)
}

#[tokio::test]
async fn an_identity_beside_the_server_outlives_the_process() {
    let (world, cache) = cached().await;
    let hash = world.status().await.identity_hash;
    assert!(cache.content().is_some(), "it is saved before anybody relies on it");
    let world = world.restarted().await;
    assert_eq!(world.status().await.identity_hash, hash);
    world.provision("").await.unwrap();
    world.register(SERVICE).await.unwrap();
    world.import("a", "data", 1).await.unwrap();

    let world = world.restarted().await;
    assert_eq!(world.status().await.identity_hash, hash);
    assert_eq!(world.core.status(), "Working", "nobody has to be there");
    assert_eq!(found(&world).await, "data");
}

#[tokio::test]
async fn a_backup_replaces_the_identity_beside_the_server() {
    let (world, _) = cached().await;
    let world = world.provisioned().await;
    world.import("a", "data", 1).await.unwrap();
    let hash = world.status().await.identity_hash;
    // The file is lost, and so the server starts with a new identity. Another place: the former server
    // may still write to its own.
    let lost = |restart: &mut Restart| restart.cache = Some(Arc::new(MemoryCache::default()));
    let world = world.restart(lost).await.unwrap();
    assert_ne!(world.status().await.identity_hash, hash);
    world.provision("host1").await.unwrap();
    let world = world.restarted().await;
    assert_eq!(world.status().await.identity_hash, hash, "the next start finds it there again");
    assert_eq!(found(&world).await, "data");
}

#[tokio::test]
async fn a_sealed_identity_that_does_not_open_stops_the_start() {
    let (world, cache) = cached().await;
    let genuine = cache.content().unwrap();
    let mut flipped = genuine.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in [flipped, genuine[..20].to_vec(), vec![], b"garbage".to_vec()] {
        cache.set(Some(damaged.clone()));
        let refused = world.restart(|_| ()).await;
        assert!(matches!(refused, Err(StartError::Unseal(UnsealError::Platform(_)))));
        assert_eq!(cache.content(), Some(damaged), "it is not overwritten");
    }
    // A backup is sealed for another purpose than the file.
    cache.set(Some(genuine));
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    let stored = world.backup(BACKUP).await.unwrap();
    let backup = AecsIdentityBackup::decode(stored.as_slice()).unwrap();
    cache.set(Some(hex::decode(&backup.hex_sealed_identity).unwrap()));
    assert!(matches!(world.restart(|_| ()).await, Err(StartError::Unseal(_))));
}

type Change = fn(&mut crate::support::Config);

#[tokio::test]
async fn settings_that_contradict_each_other_stop_the_start() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    let cases: &[(&str, Change)] = &[
        ("freshness", |config| config.freshness = std::time::Duration::ZERO),
        ("aecs20_suite", |config| config.compat.aecs20_suite = Suite::Modern),
        ("identity.suites", |config| config.compat.aecs20 = Aecs20::ReadOnly),
    ];
    for (word, change) in cases {
        let refused = world.restart(|restart| change(&mut restart.config)).await;
        let Err(StartError::Config(message)) = refused else { panic!("{word}: it started") };
        assert!(message.contains(word), "{message}");
    }
}

#[tokio::test]
async fn a_provision_that_fails_can_be_repeated() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let world = world.restarted().await;
    assert_eq!(code(world.provision("wrong").await), ErrorCode::StorageAuth);
    assert!(world.raw("register/identity/wrong").await.is_none());
    world.provision("host1").await.unwrap();
    assert_eq!(found(&world).await, "data");
}

#[tokio::test]
async fn a_server_that_finds_its_store_empty_is_visibly_another_one() {
    let world = World::working().await;
    let before = world.status().await;
    let empty: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let world = world.restart(|restart| restart.store = empty).await.unwrap();
    world.provision("host1").await.unwrap();
    assert_ne!(world.status().await.identity_hash, before.identity_hash);
}

mod without_sealing {
    //! On a platform that cannot seal, TDX for one.

    use super::*;

    const REASON: &str = "a test has no sealing keys";

    async fn world() -> World {
        let world = World::pending(Suite::Modern, |_| ()).await;
        cannot_seal(&world, |_| ()).await.unwrap()
    }

    async fn cannot_seal(
        world: &World,
        change: impl FnOnce(&mut Restart),
    ) -> Result<World, StartError> {
        let change = |restart: &mut Restart| {
            restart.no_sealing = Some(REASON.into());
            change(restart);
        };
        world.restart(change).await
    }

    #[tokio::test]
    async fn a_server_works_while_it_lives() {
        let world = world().await;
        assert_eq!(world.core.status(), "Pending");
        world.provision("").await.unwrap();
        world.register(SERVICE).await.unwrap();
        world.import("a", "data", 1).await.unwrap();
        assert_eq!(found(&world).await, "data");
    }

    #[tokio::test]
    async fn backups_are_refused_before_anything_is_done() {
        let world = world().await;
        let refused = refusal(world.provision("host1").await);
        assert_eq!(
            (refused.code(), refused.kind()),
            (ErrorCode::NoBackup, Kind::FailedPrecondition)
        );
        for part in [REASON, "provision without a host name", "aecsadmin provision --recovery FILE"]
        {
            assert!(refused.message().contains(part), "{part}: {refused}");
        }
        assert_eq!(world.core.status(), "Pending");
        assert!(world.everything().await.is_empty());

        world.provision("").await.unwrap();
        let refused = refusal(backup(&world, "host1").await);
        assert_eq!(refused.code(), ErrorCode::NoBackup);
        assert!(backups(&world).await.is_empty());
    }

    #[tokio::test]
    async fn a_restart_says_that_the_store_is_lost() {
        let world = world().await;
        world.provision("").await.unwrap();
        world.register(SERVICE).await.unwrap();
        let world = cannot_seal(&world, |_| ()).await.unwrap();
        let refused = refusal(world.provision("").await);
        assert_eq!(refused.code(), ErrorCode::StorageAuth);
        for part in
            ["this identity: it belongs to one that ended", "is lost: start with an empty store"]
        {
            assert!(refused.message().contains(part), "{part}: {refused}");
        }
        let empty = |restart: &mut Restart| restart.store = Arc::new(MemoryStore::new());
        cannot_seal(&world, empty).await.unwrap().provision("").await.unwrap();
    }

    #[tokio::test]
    async fn no_file_is_written_and_none_is_passed_over() {
        let cache = Arc::new(MemoryCache::default());
        let with_cache = |restart: &mut Restart| restart.cache = Some(cache.clone());
        let world = World::pending(Suite::Modern, |_| ()).await;
        let unsealed = cannot_seal(&world, with_cache).await.unwrap();
        unsealed.provision("").await.unwrap();
        assert_eq!(cache.content(), None);

        let sealed = world.restart(with_cache).await.unwrap();
        let content = cache.content();
        assert!(content.is_some());
        let refused = cannot_seal(&sealed, with_cache).await.err().unwrap();
        assert!(matches!(refused, StartError::CannotUnseal(_)), "{refused:?}");
        assert_eq!(cache.content(), content, "it is still there");
    }
}
