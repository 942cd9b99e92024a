//! An export is one moment of the store, changes go on meanwhile, and a server works with what is
//! restored from it.

use std::sync::Arc;

use crate::support::{
    SERVICE, World, enclave, refusal,
    store::{ROOT, filled},
};
use aecs_core::{Error, Kind};
use aecs_crypto::Suite;
use aecs_proto::{ExportStoreRequest, ExportStoreResponse};
use aecs_store::{EmbeddedStore, export::Key};

async fn page(world: &World, id: &str, after: &str) -> Result<ExportStoreResponse, Error> {
    let request = ExportStoreRequest { export_id: id.into(), after: after.into() };
    world.admin().call("ExportStore", &request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f11_an_export_is_one_moment_and_restores_a_server() {
    let directory = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open_pages(directory.path().join("store"), 1 << 20).unwrap();
    let world = World::on(Arc::new(store), Suite::Modern, |_| ()).await.provisioned().await;
    for number in 0..12_u8 {
        let data = char::from(b'a' + number).to_string().repeat(50_000);
        world.import(&format!("s{number}"), &data, 1).await.unwrap();
    }

    let first = page(&world, "", "").await.unwrap();
    assert!(first.more, "it has more than one page");
    let moment = world.raw(ROOT).await;
    world.import("late", "late", 1).await.unwrap();
    world.destroy("s3").await.unwrap();
    let (mut entries, mut more) = (first.entries, first.more);
    while more {
        let after = entries.last().unwrap().key.clone();
        let next = page(&world, &first.export_id, &after).await.unwrap();
        assert!(!next.entries.is_empty());
        entries.extend(next.entries);
        more = next.more;
    }
    let exported: Vec<_> =
        entries.into_iter().map(|entry| (entry.key, entry.value.clone())).collect();
    let root = exported.iter().find(|(key, _)| key == ROOT).map(|(_, value)| value.clone());
    assert_eq!(root, moment, "the root of the moment when it began");
    let len = exported.len();
    assert!(exported.iter().is_sorted() && len < world.everything().await.len(), "{len}");
    let ended = refusal(page(&world, &first.export_id, "").await);
    assert_eq!(ended.kind(), Kind::FailedPrecondition, "a whole export is let go of");

    let path = directory.path().join("restored");
    let rows = || exported.iter().map(|(key, value)| Ok((Key::parse(key)?, value.clone())));
    assert_eq!(EmbeddedStore::restore(&path, rows()).unwrap(), exported.len() as u64);
    assert!(EmbeddedStore::restore(&path, rows()).is_err(), "a store is not overwritten");
    let restored = Arc::new(EmbeddedStore::open_pages(&path, 1 << 20).unwrap());
    let again = world.restart(|restart| restart.store = restored).await.unwrap();
    again.provision("host1").await.unwrap();
    let got = again.ta(enclave(1)).get(SERVICE, "s3").await.unwrap();
    assert_eq!(got.data, "d".repeat(50_000));
    assert!(!again.list("").await.contains(&"late".to_owned()));
}

#[tokio::test]
async fn f11_a_new_export_ends_the_one_before() {
    let world = World::working().await;
    for number in 0..6 {
        world.import(&format!("s{number}"), &"x".repeat(60_000), 1).await.unwrap();
    }
    let first = page(&world, "", "").await.unwrap();
    assert!(first.more);
    let second = page(&world, "", "").await.unwrap();
    let after = first.entries.last().unwrap().key.clone();
    let ended = refusal(page(&world, &first.export_id, &after).await);
    assert_eq!(ended.kind(), Kind::FailedPrecondition);
    page(&world, &second.export_id, &after).await.unwrap();
}

#[tokio::test]
async fn f11_requests_of_protocol_20_are_refused() {
    let world = World::allowing_aecs20(Suite::Rsa).await;
    let request = ExportStoreRequest::default();
    let refused = refusal(
        world.admin().aecs20().call::<_, ExportStoreResponse>("ExportStore", &request).await,
    );
    assert_eq!(refused.kind(), Kind::FailedPrecondition);
}

/// What the server itself keeps in the records, as the end of the audit log, is no change that is missed.
#[tokio::test]
async fn f11_an_export_of_an_idle_server_is_the_state_that_it_leaves() {
    let world = World::installed().await;
    world.import("a", "data", 1).await.unwrap();
    let export = async || {
        let exported = page(&world, "", "").await.unwrap();
        assert!(!exported.more);
        exported.entries.into_iter().map(|entry| (entry.key, entry.value.clone())).collect()
    };
    // The second one is of the same minute: the audit log counts the two together.
    let _: Vec<_> = export().await;
    let exported: Vec<_> = export().await;
    let written = world.audit.entries();
    assert!(written.iter().any(|entry| entry.function == "ExportStore"), "it is on record");
    let restart = async |exported: &Vec<(String, Vec<u8>)>| {
        let copy = filled(exported.clone()).await;
        world.restart(|restart| restart.store = copy).await.unwrap()
    };
    world.core.save().await.unwrap();
    let again = restart(&exported).await;
    assert_eq!(again.core.status(), "Working", "{}", again.status().await.pending_reason);
    again.core.save().await.unwrap();
    let again = restart(&exported).await;
    assert_eq!(again.core.status(), "Working", "a start and a stop leave it as it is");

    again.import("late", "late", 1).await.unwrap();
    again.core.save().await.unwrap();
    let late = restart(&exported).await;
    let reason = late.status().await.pending_reason;
    assert!(reason.contains("older than this identity remembers"), "{reason}");
}
