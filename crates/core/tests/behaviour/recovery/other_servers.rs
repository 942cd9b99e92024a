//! Sets for other servers than the present one: they take nothing away before a recovery is finished there.

use super::*;

/// The next version: another measurement, and another signer.
fn next_version() -> aecs_sim::EnclaveIdentity {
    aecs_sim::EnclaveIdentity { mrenclave: [0x77; 32], mrsigner: [0x66; 32], ..server_enclave() }
}

impl Custodians {
    /// Shares for servers with a measurement, as an administrator prepares an upgrade.
    async fn make_for(&self, world: &World, measurement: u8, latest: i64) -> Vec<Share> {
        let request = CreateRecoveryRequest {
            released_to: policy(pinned(measurement)).policy,
            ..self.request(2, latest)
        };
        let made: CreateRecoveryResponse =
            world.admin().call("CreateRecovery", &request).await.unwrap();
        assert!(!made.not_here.is_empty());
        self.open(&made)
    }
}

pub(super) async fn drilled(world: &World, shares: &[Share]) -> ProveRecoveryShareResponse {
    prove(world, &shares[0]).await.unwrap();
    prove(world, &shares[1]).await.unwrap()
}

async fn upgraded(world: &World, store: Arc<dyn PageStore>) -> World {
    new_machine_with(world, store, |restart| restart.enclave = next_version()).await.unwrap()
}

pub(super) fn revisions(shown: &ShowRecoveryResponse) -> Vec<i64> {
    shown.sets.iter().map(|set| set.revision).collect()
}

async fn alert(world: &World) -> String {
    world.status().await.recovery.unwrap().alert
}

async fn revoke(world: &World, revision: i64) {
    let request = RevokeRecoveryRequest { revisions: vec![revision] };
    let _: RevokeRecoveryResponse = world.admin().call("RevokeRecovery", &request).await.unwrap();
}

#[tokio::test]
async fn a_drill_of_shares_for_another_version_ends_none_of_the_present_one() {
    let (world, custodians, first) = deployment().await;
    assert!(alert(&world).await.contains("no proven recovery shares"));
    assert_eq!(drilled(&world, &first).await.kept_revisions, Vec::<i64>::new());
    assert_eq!(alert(&world).await, "");
    // A measurement that no version has.
    let wrong = custodians.make_for(&world, 0x55, 1).await;
    let answer = drilled(&world, &wrong).await;
    assert!(!answer.not_here.is_empty());
    assert_eq!((answer.ended_revisions, answer.kept_revisions), (vec![], vec![1]));
    assert_eq!(revisions(&sets(&world).await), [2, 1]);
    assert_eq!(alert(&world).await, "");
    assert_eq!(world.status().await.recovery.unwrap().revision, 1, "that of this version");
    // The old version recovers with its shares; those of the prepared one stay.
    let again = recovered(&world, world.store.clone(), &[&first[0], &first[2]]).await;
    let admin = again.administrator(None, world.admin.clone());
    let shown = || async {
        admin.call::<_, ShowRecoveryResponse>("ShowRecovery", &ShowRecoveryRequest {}).await
    };
    assert_eq!(revisions(&shown().await.unwrap()), [2, 1]);
}

#[tokio::test]
async fn an_upgrade_that_is_given_up_leaves_the_shares_of_before() {
    let (world, custodians, first) = deployment().await;
    drilled(&world, &first).await;
    let next = custodians.make_for(&world, 0x77, 1).await;
    drilled(&world, &next).await;
    revoke(&world, 2).await;
    assert_eq!(revisions(&sets(&world).await), [1]);
    assert_eq!(alert(&world).await, "");
    recovered(&world, world.store.clone(), &[&first[0], &first[1]]).await;
}

#[tokio::test]
async fn a_recovery_that_is_finished_on_the_next_version_ends_the_shares_of_before() {
    let (world, custodians, first) = deployment().await;
    drilled(&world, &first).await;
    let next = custodians.make_for(&world, 0x77, 1).await;
    drilled(&world, &next).await;
    // Also those that were made after the upgrade was prepared; and what was made for yet others stays.
    let later = custodians.open(&custodians.make(&world, 2).await.unwrap());
    assert_eq!(drilled(&world, &later).await.ended_revisions, [1]);
    custodians.make_for(&world, 0x33, 3).await;

    let upgraded = upgraded(&world, world.store.clone()).await;
    let told = recovering(&upgraded).await.sets;
    let here: Vec<i64> =
        told.iter().filter(|set| set.not_here.is_empty()).map(|set| set.revision).collect();
    assert_eq!(here, [2]);
    // Until then, the version of before can be started again.
    let before = new_machine(&world, world.store.clone()).await.unwrap();
    assert_eq!(submit(&before, &later[0]).await.unwrap().received, 1);
    for share in &next[..2] {
        submit(&upgraded, share).await.unwrap();
    }
    let finish = agreed(&upgraded).await;
    finish_as(&upgraded, &world.admin, finish).await.unwrap();
    let admin = upgraded.administrator(None, world.admin.clone());
    let shown: ShowRecoveryResponse =
        admin.call("ShowRecovery", &ShowRecoveryRequest {}).await.unwrap();
    assert_eq!(revisions(&shown), [4, 2]);
    assert_eq!(alert(&upgraded).await, "");
    let registers = upgraded.everything().await;
    let registers = registers.iter().filter(|(key, _)| key.starts_with("register/recovery/"));
    assert_eq!(registers.count(), 2);
    // Its own shares take the place of those that it was upgraded with.
    let made: CreateRecoveryResponse =
        admin.call("CreateRecovery", &custodians.request(2, 4)).await.unwrap();
    let own = custodians.open(&made);
    assert_eq!(drilled(&upgraded, &own).await.ended_revisions, [2]);
}

/// Prepared upgrades do not fill the place for sets.
#[tokio::test]
async fn shares_for_the_same_other_servers_end_each_other() {
    let (world, custodians, first) = deployment().await;
    drilled(&world, &first).await;
    for latest in 1..12 {
        let next = custodians.make_for(&world, 0x77, latest).await;
        let ended = drilled(&world, &next).await.ended_revisions;
        assert_eq!(ended, if latest == 1 { vec![] } else { vec![latest] });
    }
    assert_eq!(revisions(&sets(&world).await), [12, 1]);
}

#[tokio::test]
async fn a_deployment_whose_shares_are_all_for_others_says_so() {
    let world = World::installed().await;
    let custodians = Custodians::new();
    let next = custodians.make_for(&world, 0x77, 0).await;
    drilled(&world, &next).await;
    assert!(alert(&world).await.contains("are for servers like this one"));
    assert_eq!(revisions(&sets(&world).await), [1]);
    // Only those for others are proven.
    custodians.make(&world, 1).await.unwrap();
    assert!(alert(&world).await.contains("no proven recovery shares"));
}
