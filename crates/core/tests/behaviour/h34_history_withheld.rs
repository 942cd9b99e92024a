//! The page with the points of the history is withheld or damaged: what somebody has seen before cannot be
//! compared. That is refused, as older records are: a host that could make a server forget its history
//! would roll it back unnoticed.

use std::sync::Arc;

use aecs_core::{
    ErrorCode,
    vault::{Change, Name, Vault},
};
use aecs_proto::{
    AecsProvisionRequest, DeploymentState, ListEnclaveServiceRequest, RequestBinding, json,
};
use aecs_store::{export::Key, pages::PageStore};

use crate::support::{MemoryCache, Restart, World, binding, refusal, store::filled};

/// What a client of the administrator is told that has seen a state.
async fn told(world: &World, seen: &DeploymentState) -> Result<(), aecs_core::Error> {
    let admin = world.admin();
    let request = json::to_string(&ListEnclaveServiceRequest::default());
    let mut payload = admin.payload("ListEnclaveService", request);
    let binding = binding(&world.core, admin.key.suite()).await;
    payload.binding = Some(RequestBinding { remembered: Some(seen.clone()), ..binding });
    let request = admin.seal("ListEnclaveService", &payload).await;
    admin.send(request).await.map(drop)
}

/// The pages that the root needs.
async fn needed(records: &Vault) -> Vec<String> {
    let export = records.export().await.unwrap();
    let (mut pages, mut last) = (vec![], None);
    while let Some((id, _)) = export.page_after(last).await.unwrap() {
        last = Some(id);
        pages.push(Key::Page(id).to_string());
    }
    pages
}

/// The same installation without one of its pages, where that keeps its history from being read.
async fn without_history(world: &World, needed: &[String], sealed: &[u8]) -> World {
    let mut all = world.everything().await;
    all.retain(|(key, _)| !key.starts_with("page/") || needed.contains(key));
    for key in needed {
        let left = all.iter().filter(|(other, _)| other != key).cloned().collect();
        let store: Arc<dyn PageStore> = filled(left).await;
        let cache = Arc::new(MemoryCache::default());
        cache.set(Some(sealed.to_vec()));
        let change = |restart: &mut Restart| {
            (restart.store, restart.cache) = (store, Some(cache));
        };
        let world = world.restart(change).await.unwrap();
        if world.status().await.pending_reason.contains("cannot be compared") {
            return world;
        }
    }
    panic!("no page has the history alone");
}

#[tokio::test]
async fn h34_a_history_that_cannot_be_read_waits_for_an_administrator() {
    let world = World::installed().await;
    // What the identity remembers from now on is that it has seen nothing later.
    world.core.save().await.unwrap();
    let sealed = world.cache.as_ref().unwrap().content().unwrap();
    let status = world.status().await;
    let seen = DeploymentState {
        epoch: status.store_epoch,
        chain: hex::decode(&status.store_chain).unwrap(),
        settings_revision: status.settings_revision,
    };
    let records = world.core.records().unwrap();
    for n in 0..400 {
        let name = Name::new(&format!("filler/{n:03}")).unwrap();
        records.commit(Change::new().put(name, vec![1; 500].into())).await.unwrap();
    }
    told(&world, &seen).await.unwrap();

    let world = without_history(&world, &needed(&records).await, &sealed).await;
    let error = refusal(world.provision("host1").await);
    assert_eq!(error.code(), ErrorCode::StorageAuth, "{error}");
    assert!(error.message().contains("cannot be compared with"), "{error}");
    // The administrator's word brings it back into service, and nobody else is deceived.
    let accept =
        AecsProvisionRequest { accept_older_store: true, ..world.provision_request("host1").await };
    world.provision_with(accept).await.unwrap();
    assert_eq!(world.core.status(), "Working");
    let error = refusal(told(&world, &seen).await);
    assert_eq!(error.code(), ErrorCode::OtherHistory, "{error}");
}
