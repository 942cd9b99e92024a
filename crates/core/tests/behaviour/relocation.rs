//! The records move to another store while the server works, and every start afterwards knows it.

use std::sync::{Arc, atomic::Ordering::SeqCst};

use aecs_core::{Error, ErrorCode, Kind};
use aecs_crypto::{PasswordVerifier, Suite};
use aecs_proto::{
    AecsBackupIdentityRequest, AecsBackupIdentityResponse, AecsProvisionResponse, MoveStoreRequest,
    MoveStoreResponse, ShowStoreRequest, ShowStoreResponse, StoreRelocation,
};
use aecs_store::{MemoryStore, pages::PageStore};

use crate::support::{
    SERVICE, World, code, enclave, refusal,
    store::{BACKUP, SLOW, Watched, get, put},
};

const THERE: &str = "test:there";

async fn begin(world: &World, url: &str) -> Result<StoreRelocation, Error> {
    let request = MoveStoreRequest { url: url.into() };
    let begun: MoveStoreResponse = world.admin().call("MoveStore", &request).await?;
    Ok(begun.relocation.unwrap())
}

async fn show(world: &World) -> Result<ShowStoreResponse, Error> {
    world.admin().call("ShowStore", &ShowStoreRequest {}).await
}

/// Has the records moved, and waits for the end.
async fn relocate(world: &World) -> Result<StoreRelocation, Error> {
    assert_eq!(begin(world, THERE).await?.ended_at_ms, 0, "it goes on after the answer");
    end(world).await
}

/// Waits for the end of a move.
async fn end(world: &World) -> Result<StoreRelocation, Error> {
    loop {
        let told = show(world).await?.relocation.unwrap();
        if told.ended_at_ms != 0 {
            return Ok(told);
        }
        tokio::task::yield_now().await;
    }
}

async fn start(world: &World, store: &Arc<dyn PageStore>) -> World {
    world.restart(|restart| restart.store = store.clone()).await.unwrap()
}

async fn data(world: &World, name: &str) -> Result<String, Error> {
    Ok(world.ta(enclave(1)).get(SERVICE, name).await?.data)
}

#[tokio::test]
async fn a_recorded_request_moves_nothing_again() {
    let world = World::installed().await;
    world.places.set(THERE, Some(Arc::new(Watched::default())));
    let admin = world.admin();
    let request = admin.request("MoveStore", &MoveStoreRequest { url: THERE.into() }).await;
    admin.send(request.clone()).await.unwrap();
    end(&world).await.unwrap();
    world.places.set(THERE, Some(Arc::new(Watched::default())));
    assert_eq!(code(admin.send(request).await), ErrorCode::RequestReplayed);
}

#[tokio::test]
async fn the_server_goes_on_in_the_store_that_its_records_move_to() {
    let world = World::installed().await;
    let there: Arc<dyn PageStore> = Arc::new(Watched::default());
    world.places.set(THERE, Some(there.clone()));
    world.import("a", "data", 1).await.unwrap();
    world.import("large", &"x".repeat(60_000), 1).await.unwrap();
    let told = relocate(&world).await.unwrap();
    assert_eq!((told.failure.as_str(), told.url.as_str()), ("", THERE));
    assert!(told.pages >= 3 && told.pages_copied == told.pages, "{told:?}");
    assert_eq!(world.places.moved.load(SeqCst), 1);
    assert_eq!(show(&world).await.unwrap().engine, "watched");

    // From now on everything is there, identity backups as well.
    world.import("b", "data of b", 1).await.unwrap();
    world.destroy("a").await.unwrap();
    let request = AecsBackupIdentityRequest { host_name: "host2".into() };
    let _: AecsBackupIdentityResponse =
        world.admin().call("AecsBackupIdentity", &request).await.unwrap();
    assert!(get(&*there, "register/identity/host2").await.is_some());
    assert!(world.raw("register/identity/host2").await.is_none());
    assert!(get(&*there, BACKUP).await.is_some());
    world.core.save().await.unwrap();

    let again = start(&world, &there).await;
    assert_eq!(again.core.status(), "Working");
    assert_eq!(data(&again, "b").await.unwrap(), "data of b");
    assert_eq!(data(&again, "large").await.unwrap().len(), 60_000);
    assert_eq!(code(data(&again, "a").await), ErrorCode::NoSuchName);

    // Who starts on the former store is told where the records are.
    let former = world.restarted().await;
    let status = former.status().await;
    assert_eq!(status.status, "Pending");
    let reason = &status.pending_reason;
    assert!(reason.contains("have moved to test:there (epoch"), "{reason}");
    let refused = refusal(former.provision("host1").await);
    assert!(refused.message().contains("have moved to test:there"), "{refused}");
    assert!(refusal(former.import("c", "data", 1).await).message().contains("have moved"));
}

/// The writes to the other store fail from some step on, for ever or until the next start.
#[tokio::test]
async fn whatever_step_fails_one_store_has_everything() {
    let mut ended_at_the_start = 0;
    for writes in 0.. {
        let world = World::installed().await;
        let watched = Arc::new(Watched::default());
        let there: Arc<dyn PageStore> = watched.clone();
        world.places.set(THERE, Some(there.clone()));
        world.import("a", "data", 1).await.unwrap();
        watched.left.store(writes, SeqCst);
        let told = relocate(&world).await;
        watched.left.store(usize::MAX, SeqCst);
        let is_done = told.as_ref().is_ok_and(|told| told.failure.is_empty());
        // As long as the records are in the present store, its end is the end of the server.
        assert_eq!(world.places.moved.load(SeqCst), usize::from(is_done), "{writes}");
        let moved = match told {
            Ok(_) if is_done => true,
            Ok(told) => {
                assert!(told.failure.contains("the disk is full"), "{told:?}");
                // The server works as before.
                world.import("b", "data of b", 1).await.unwrap();
                false
            }
            Err(error) => {
                assert!(error.message().contains("have moved to test:there"), "{error}");
                assert!(data(&world, "a").await.is_err());
                assert_eq!(world.status().await.status, "Pending");
                true
            }
        };
        let former = world.restarted().await;
        let latter = start(&world, &there).await;
        assert_eq!(former.core.status(), if moved { "Pending" } else { "Working" });
        let place = if moved { &latter } else { &former };
        assert_eq!(data(place, "a").await.unwrap(), "data");
        if moved {
            ended_at_the_start += u32::from(!is_done);
        } else {
            assert_eq!(data(place, "b").await.unwrap(), "data of b");
            assert_eq!(latter.core.status(), "Pending", "{writes}");
            // It can be repeated.
            assert_eq!(relocate(&former).await.unwrap().failure, "");
            let latter = start(&world, &there).await;
            assert_eq!(data(&latter, "b").await.unwrap(), "data of b");
        }
        if is_done {
            assert!(writes > 4, "{writes}");
            break;
        }
    }
    assert_eq!(ended_at_the_start, 1);
}

/// A full store takes no farewell. Its records stay, and the administrator is told what to do.
#[tokio::test]
async fn a_store_that_takes_no_changes_is_not_closed() {
    let store = Arc::new(Watched::default());
    let world =
        World::on(store.clone(), Suite::Modern, |_| ()).await.lasting().await.provisioned().await;
    world.import("a", "data", 1).await.unwrap();
    let there: Arc<dyn PageStore> = Arc::new(Watched::default());
    world.places.set(THERE, Some(there.clone()));
    let help = "so let it take changes first; or stop all servers, and use an export";
    // From the beginning, and from the farewell on.
    store.left.store(0, SeqCst);
    let refused = refusal(begin(&world, THERE).await);
    assert!(refused.message().contains("the disk is full"), "{refused}");
    assert!(refused.message().contains(help), "{refused}");
    assert!(there.registers("").await.unwrap().is_empty(), "nothing was written there");
    assert_eq!(show(&world).await.unwrap().relocation, None);
    for (has_failed, why) in [(false, "the disk is full"), (true, "the disk failed to keep")] {
        store.has_failed.store(has_failed, SeqCst);
        store.left.store(1, SeqCst);
        let told = relocate(&world).await.unwrap();
        assert!(told.failure.contains(why), "{told:?}");
        assert!(told.failure.contains(help), "{told:?}");
    }
    assert_eq!(data(&world, "a").await.unwrap(), "data");
    store.left.store(usize::MAX, SeqCst);
    assert_eq!(relocate(&world).await.unwrap().failure, "");
    assert_eq!(data(&world, "a").await.unwrap(), "data");
}

#[tokio::test]
async fn another_server_on_the_former_store_is_told_and_waits() {
    let store = Arc::new(Watched::shared());
    let one = World::on(store, Suite::Modern, |_| ()).await.lasting().await.provisioned().await;
    let other = one.beside().await;
    other.provision("host1").await.unwrap();
    one.import("a", "data", 1).await.unwrap();
    assert_eq!(data(&other, "a").await.unwrap(), "data");
    one.places.set(THERE, Some(Arc::new(Watched::shared())));
    assert_eq!(relocate(&one).await.unwrap().failure, "");
    assert_eq!(data(&one, "a").await.unwrap(), "data");
    for error in [refusal(other.import("b", "data", 1).await), refusal(data(&other, "a").await)] {
        assert_eq!(error.kind(), Kind::FailedPrecondition);
        assert!(error.message().contains("have moved to test:there"), "{error}");
    }
    assert_eq!(other.status().await.status, "Pending");
}

#[tokio::test]
async fn what_cannot_be_moved_is_refused_and_changes_nothing() {
    let world = World::working().await;
    let other = World::working().await;
    let refuses = async |url: &str, part: &str| {
        let error = refusal(begin(&world, url).await);
        assert_eq!((error.code(), error.kind()), (ErrorCode::Generic, Kind::FailedPrecondition));
        assert!(error.message().contains(part), "{url}: {error}");
    };
    refuses("", "must have 1 to").await;
    refuses(&"x".repeat(2_000), "must have 1 to").await;
    refuses("a\nb", "must have 1 to").await;
    refuses("test:nowhere", "there is no store at test:nowhere").await;
    world.places.set("test:itself", Some(world.store.clone()));
    refuses("test:itself", "it has records already").await;
    world.places.set("test:other", Some(other.store.clone()));
    refuses("test:other", "it has records already").await;
    assert_eq!(show(&world).await.unwrap().relocation, None);

    // One at a time.
    world.places.set("test:third", Some(Arc::new(MemoryStore::new())));
    world.places.set(SLOW, Some(Arc::new(MemoryStore::new())));
    let meanwhile = async {
        world.places.comes.notified().await;
        refuses("test:third", "are moving to another store already").await;
        world.places.go_on.notify_one();
    };
    let (begun, ()) = tokio::join!(begin(&world, SLOW), meanwhile);
    begun.unwrap();
    assert_eq!(end(&world).await.unwrap().failure, "");
    relocate(&world).await.expect_err("there is no store");
    world.places.set(THERE, Some(Arc::new(Watched::default())));
    assert_eq!(relocate(&world).await.unwrap().failure, "");
    assert_eq!(show(&world).await.unwrap().engine, "watched");
}

#[tokio::test]
async fn records_do_not_move_to_where_they_are() {
    let world = World::working().await;
    world.places.set(THERE, Some(Arc::new(Watched::default())));
    relocate(&world).await.unwrap();
    let refused = begin(&world, THERE).await.unwrap_err();
    assert!(refused.to_string().contains("the records are there already"), "{refused}");
}

/// What is beside the root moves with it: what was there, and what is made in the last step.
#[tokio::test]
async fn identities_move_that_are_made_in_the_last_step_or_sealed_for_recovery() {
    const SHARES: &str = "register/recovery/00000001-a";
    let world = World::installed().await;
    put(&*world.store, SHARES, vec![7; 40]).await;
    let there = Arc::new(Watched::default());
    world.places.set(THERE, Some(there.clone()));
    let (comes, word) = there.hold_commit(1);
    begin(&world, THERE).await.unwrap();
    comes.await.unwrap();
    let request = AecsBackupIdentityRequest { host_name: "host2".into() };
    let admin = world.admin();
    let mut backup =
        Box::pin(admin.call::<_, AecsBackupIdentityResponse>("AecsBackupIdentity", &request));
    // As far as it comes now.
    let now = tokio::time::timeout(std::time::Duration::from_millis(50), &mut backup).await;
    assert!(now.is_err(), "it does not wait");
    word.send(()).unwrap();
    backup.await.unwrap();
    assert_eq!(end(&world).await.unwrap().failure, "");
    for register in [BACKUP, SHARES, "register/identity/host2"] {
        assert!(get(&*there, register).await.is_some(), "{register}");
    }
}

#[tokio::test]
async fn a_move_goes_on_when_another_server_has_made_a_change_in_its_last_step() {
    let store = Arc::new(Watched::shared());
    let one = World::on(store, Suite::Modern, |_| ()).await.lasting().await.provisioned().await;
    let other = one.beside().await;
    other.provision("host1").await.unwrap();
    let there = Arc::new(Watched::shared());
    one.places.set(THERE, Some(there.clone()));
    let (comes, word) = there.hold_commit(1);
    begin(&one, THERE).await.unwrap();
    comes.await.unwrap();
    other.import("a", "data", 1).await.unwrap();
    word.send(()).unwrap();
    assert_eq!(end(&one).await.unwrap().failure, "");
    assert_eq!(data(&one, "a").await.unwrap(), "data");
}

/// Who copies a URL with the password of a store does not find it in the audit log.
#[tokio::test]
async fn a_url_that_is_none_is_not_recorded() {
    let world = World::working().await;
    let url = "postgres://u:hunter2@h/x";
    let refused = refusal(begin(&world, url).await);
    let entry = world.audit.last();
    assert_eq!((&*entry.function, entry.object.clone()), ("MoveStore", None));
    assert!(!format!("{refused:?} {entry:?}").contains("hunter2"), "{entry:?}");
    assert_eq!(show(&world).await.unwrap().relocation, None);
}

#[tokio::test]
async fn a_key_without_its_password_moves_nothing() {
    const PASSWORD: &str = "correct horse";
    let verifier = Arc::new(PasswordVerifier::from_password(PASSWORD).unwrap());
    let world =
        World::pending(Suite::Modern, |config| config.admin.password = Some(verifier)).await;
    let request = world.provision_request("host1").await;
    let _: AecsProvisionResponse =
        world.admin().password(PASSWORD).call("AecsProvision", &request).await.unwrap();
    let there: Arc<dyn PageStore> = Arc::new(Watched::default());
    world.places.set(THERE, Some(there.clone()));
    let request = MoveStoreRequest { url: THERE.into() };
    for password in ["", "wrong"] {
        let admin = world.admin().password(password);
        let refused = admin.call::<_, MoveStoreResponse>("MoveStore", &request).await;
        assert_eq!(code(refused), ErrorCode::Password);
    }
    assert!(there.registers("").await.unwrap().is_empty());
}
