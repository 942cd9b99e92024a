//! Sets that an administrator made who was removed since: they end with the removal, or somebody else answers for
//! them.

use aecs_core::vault::{Change, Name};
use aecs_proto::{
    RemoveAdministratorRequest, RemoveAdministratorResponse, RotateAdministratorKeyRequest,
    RotateAdministratorKeyResponse,
};

use super::{
    appointing::{administrators, appoint},
    other_servers::{drilled, revisions},
    *,
};

/// A deployment with honest shares, and an administrator who makes others.
struct Deployment {
    world: World,
    honest: Vec<Share>,
    mallory: Arc<KeyPair>,
    /// Mallory's own.
    custodians: Custodians,
}

async fn with_mallory() -> Deployment {
    let (world, _, honest) = deployment().await;
    drilled(&world, &honest).await;
    let mallory = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    add(&world, "mallory", &mallory).await;
    Deployment { world, honest, mallory, custodians: Custodians::new() }
}

impl Deployment {
    /// Mallory makes shares for her own custodians: for servers like this one, or for others.
    async fn evil(&self, latest: i64, for_others: bool) -> Vec<Share> {
        let released_to = for_others.then(|| policy(pinned(0x77)).policy.unwrap());
        let request = CreateRecoveryRequest { released_to, ..self.custodians.request(2, latest) };
        let admin = self.world.administrator(None, self.mallory.clone());
        let made: CreateRecoveryResponse = admin.call("CreateRecovery", &request).await.unwrap();
        self.custodians.open(&made)
    }

    async fn remove(&self, kept: &[i64]) -> Result<Vec<i64>, Error> {
        let request =
            RemoveAdministratorRequest { kept_revisions: kept.to_vec(), ..removal("mallory") };
        remove(&self.world, &request).await
    }

    /// As a server left it that did not end the sets.
    async fn removed_before(&self) {
        let name = Name::new("deployment/administrators/mallory").unwrap();
        let records = self.world.core.records().unwrap();
        records.commit(Change::new().remove(name, None)).await.unwrap();
    }
}

fn removal(name: &str) -> RemoveAdministratorRequest {
    RemoveAdministratorRequest { name: name.to_owned(), ..RemoveAdministratorRequest::default() }
}

async fn remove(world: &World, request: &RemoveAdministratorRequest) -> Result<Vec<i64>, Error> {
    let answer: RemoveAdministratorResponse =
        world.admin().call("RemoveAdministrator", request).await?;
    Ok(answer.ended_revisions)
}

async fn rotate(world: &World, own: &Arc<KeyPair>) -> Arc<KeyPair> {
    let next = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    let request = RotateAdministratorKeyRequest {
        public_key: next.public().pem().to_owned(),
        password_hash: String::new(),
    };
    let caller = world.administrator(None, own.clone());
    let _: RotateAdministratorKeyResponse =
        caller.call("RotateAdministratorKey", &request).await.unwrap();
    next
}

async fn owners(world: &World) -> Vec<String> {
    sets(world).await.sets.into_iter().map(|set| set.created_by).collect()
}

#[tokio::test]
async fn h40_shares_of_a_removed_administrator_end_with_the_removal() {
    let it = with_mallory().await;
    let others = it.evil(1, true).await;
    let here = it.evil(2, false).await;
    let before = contents(&*it.world.store).await;
    assert_eq!(it.remove(&[]).await.unwrap(), [2, 3]);
    assert_eq!(revisions(&sets(&it.world).await), [1]);
    let registers = it.world.everything().await;
    let registers = registers.iter().filter(|(key, _)| key.starts_with("register/recovery/"));
    assert_eq!(registers.count(), 1);
    for shares in [&others, &here] {
        for share in shares {
            assert!(appoint(&it.world, share, "mallory", &it.mallory).await.is_err());
        }
        prove(&it.world, &shares[0]).await.unwrap_err();
    }
    // A host that puts the registers back gains nothing with the records of now.
    let now = contents(&*it.world.store).await;
    let mut grafted: BTreeMap<String, Vec<u8>> = now.into_iter().collect();
    let old = before.into_iter().filter(|(key, _)| key.contains("recovery/"));
    for (key, value) in old {
        grafted.entry(key).or_insert(value);
    }
    let copy = filled(grafted.into_iter().collect()).await;
    let machine = new_machine(&it.world, copy.clone()).await.unwrap();
    submit(&machine, &here[0]).await.unwrap();
    assert_eq!(code(submit(&machine, &here[1]).await), ErrorCode::Recovery);
    recovered(&it.world, copy, &[&it.honest[0], &it.honest[2]]).await;
}

#[tokio::test]
async fn h40_the_last_proven_shares_do_not_end_silently() {
    let it = with_mallory().await;
    let own = it.evil(1, false).await;
    assert_eq!(drilled(&it.world, &own).await.ended_revisions, [1]);
    let refused = refusal(it.remove(&[]).await);
    assert!(
        refused.message().contains("revision 2") && refused.message().contains("--keep-shares")
    );
    assert_eq!(administrators(&it.world, &it.mallory).await.unwrap(), ["aecs_admin", "mallory"]);
    assert_eq!(code(it.remove(&[1]).await), ErrorCode::Recovery, "that is none of hers");
    // Whoever removes her answers for them.
    assert_eq!(it.remove(&[2]).await.unwrap(), Vec::<i64>::new());
    assert_eq!(owners(&it.world).await, [it.world.admin.public().fingerprint().to_string()]);
    drilled(&it.world, &own).await;
    // Nobody keeps them for themselves.
    add(&it.world, "alice", &KeyPair::generate(Suite::Modern).unwrap()).await;
    let own = RemoveAdministratorRequest { kept_revisions: vec![2], ..removal("aecs_admin") };
    assert_eq!(code(remove(&it.world, &own).await), ErrorCode::Recovery);
    let all = RemoveAdministratorRequest { leave_none_proven: true, ..removal("aecs_admin") };
    assert_eq!(remove(&it.world, &all).await.unwrap(), [2]);
}

#[tokio::test]
async fn shares_follow_the_key_of_their_maker() {
    let it = with_mallory().await;
    let own = it.evil(1, true).await;
    let next = rotate(&it.world, &it.mallory).await;
    let hash = |key: &KeyPair| key.public().fingerprint().to_string();
    assert_eq!(owners(&it.world).await, [hash(&next), hash(&it.world.admin)]);
    drilled(&it.world, &own).await;
    assert_eq!(it.remove(&[]).await.unwrap(), [2], "also under the former key");
}

#[tokio::test]
async fn h40_shares_that_nobody_answers_for_end_none_and_set_no_administrator() {
    let it = with_mallory().await;
    let here = it.evil(1, false).await;
    it.removed_before().await;
    let shown = sets(&it.world).await.sets;
    assert!(shown[0].orphaned && shown[0].problem.contains("none any more"), "{shown:?}");
    assert!(!shown[1].orphaned && shown[1].problem.is_empty());
    let alert = it.world.status().await.recovery.unwrap().alert;
    assert!(alert.contains("revoke 2"), "{alert}");
    assert_eq!(code(prove(&it.world, &here[0]).await), ErrorCode::Recovery);
    for share in &here {
        let refused = appoint(&it.world, share, "mallory", &it.mallory).await;
        assert_eq!(code(refused), ErrorCode::Recovery);
    }
    // Before a recovery is finished as well. An administrator may finish it, which ends no set.
    let machine = new_machine(&it.world, it.world.store.clone()).await.unwrap();
    for share in &here[..2] {
        submit(&machine, share).await.unwrap();
    }
    for share in &here {
        let refused = appoint(&machine, share, "mallory", &it.mallory).await;
        assert_eq!(code(refused), ErrorCode::Recovery);
    }
    let request = agreed(&machine).await;
    let refused = finish_as(&machine, &it.mallory, request.clone()).await;
    assert_eq!(code(refused), ErrorCode::RequestNotAuthentic);
    finish_as(&machine, &it.world.admin, request).await.unwrap();
    let admin = machine.administrator(None, it.world.admin.clone());
    let shown: ShowRecoveryResponse =
        admin.call("ShowRecovery", &ShowRecoveryRequest {}).await.unwrap();
    assert_eq!(revisions(&shown), [2, 1]);
}

#[tokio::test]
async fn h40_custodians_who_replace_an_administrator_end_the_shares_of_that_one() {
    for recovering in [false, true] {
        let it = with_mallory().await;
        it.evil(1, true).await;
        // The shares by which they do it are also hers.
        let used = it.evil(2, false).await;
        drilled(&it.world, &used).await;
        let next = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
        let server = match recovering {
            false => None,
            true => Some(new_machine(&it.world, it.world.store.clone()).await.unwrap()),
        };
        let world = server.as_ref().unwrap_or(&it.world);
        if recovering {
            for share in &used[..2] {
                submit(world, share).await.unwrap();
            }
        }
        for share in &used {
            appoint(world, share, "mallory", &next).await.unwrap();
        }
        if recovering {
            let request = agreed(world).await;
            finish_as(world, &next, request).await.unwrap();
        }
        let admin = world.administrator(None, next.clone());
        let shown: ShowRecoveryResponse =
            admin.call("ShowRecovery", &ShowRecoveryRequest {}).await.unwrap();
        assert_eq!(revisions(&shown), [3], "{recovering}");
        assert_eq!(shown.sets[0].created_by, next.public().fingerprint().to_string());
        assert!(!shown.sets[0].orphaned);
    }
}

#[tokio::test]
async fn custodians_of_shares_for_other_servers_set_no_administrator_here() {
    let it = with_mallory().await;
    let others = it.evil(1, true).await;
    drilled(&it.world, &others).await;
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let refused = refusal(appoint(&it.world, &others[0], "rescue", &key).await);
    assert!(refused.message().contains("not made for a server like this one"), "{refused}");
}

/// "It is done" stays true for each whom custodians have set.
#[tokio::test]
async fn a_recovery_has_every_administrator_whom_custodians_have_set() {
    let (world, _, shares) = deployment().await;
    let machine = new_machine(&world, world.store.clone()).await.unwrap();
    for share in &shares[..2] {
        submit(&machine, share).await.unwrap();
    }
    let [first, second] = [(); 2].map(|()| Arc::new(KeyPair::generate(Suite::Modern).unwrap()));
    for (name, key) in [("first", &first), ("second", &second)] {
        for share in &shares {
            appoint(&machine, share, name, key).await.unwrap();
        }
    }
    let taken = appoint(&machine, &shares[0], "third", &first).await;
    assert_eq!(code(taken), ErrorCode::AdminKey);
    let request = agreed(&machine).await;
    finish_as(&machine, &first, request).await.unwrap();
    let there = administrators(&machine, &second).await.unwrap();
    assert_eq!(there, ["aecs_admin", "first", "second"]);
}
