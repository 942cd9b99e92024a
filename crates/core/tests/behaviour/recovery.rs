//! A deployment outlives its machine: shares of the key that its identity is sealed under, a server that
//! recovers it, and what remains true when a process dies in between.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::SeqCst},
};

use crate::support::{
    Administrator, Config, MemoryCache, SERVICE, World, code, enclave, pinned, policy, refusal,
    server_enclave,
    store::{Watched, contents, filled},
};
use aecs_attest::{Sealing, TcbStatus};
use aecs_core::{Appointing, Error, ErrorCode, Kind, StartError};
use aecs_crypto::{KeyPair, PasswordVerifier, Suite, age::Identity, recovery as crypto};
use aecs_proto::{
    AppointAdministratorRequest, AppointAdministratorResponse, CreateRecoveryRequest,
    CreateRecoveryResponse, ExportStoreRequest, ExportStoreResponse, FinishRecoveryRequest,
    FinishRecoveryResponse, ListAdministratorRequest, ListAdministratorResponse,
    ProveRecoveryShareRequest, ProveRecoveryShareResponse, RecoveringStatus, RecoveryCustodian,
    RecoveryLabel, RecoveryShare, RevokeRecoveryRequest, RevokeRecoveryResponse,
    ShowRecoveryRequest, ShowRecoveryResponse, ShowStoreRequest, ShowStoreResponse,
    SubmitRecoveryShareRequest, SubmitRecoveryShareResponse, UnifiedAttestationPolicy,
    VerifyStoreRequest, VerifyStoreResponse, Zeroizing,
};
use aecs_sim::{CpuOptions, SimulatedCpu};
use aecs_store::{MemoryStore, pages::PageStore};

/// A share as its custodian has it.
type Share = Zeroizing<RecoveryShare>;

/// Three custodians.
struct Custodians(Vec<(&'static str, Identity)>);

impl Custodians {
    fn new() -> Self {
        Self(["alice", "bob", "carol"].map(|name| (name, Identity::generate().unwrap())).into())
    }

    fn request(&self, threshold: i32, latest_revision: i64) -> CreateRecoveryRequest {
        let custodians = self.0.iter().map(|(name, identity)| RecoveryCustodian {
            name: (*name).to_owned(),
            recipient: identity.recipient().unwrap().to_string(),
        });
        CreateRecoveryRequest {
            threshold,
            custodians: custodians.collect(),
            latest_revision,
            released_to: None,
        }
    }

    async fn make(&self, world: &World, latest: i64) -> Result<CreateRecoveryResponse, Error> {
        world.admin().call("CreateRecovery", &self.request(2, latest)).await
    }

    /// Opens the files of a set, each with its holder's identity.
    fn open(&self, made: &CreateRecoveryResponse) -> Vec<Share> {
        let open = |(file, (_, identity)): (&aecs_proto::RecoveryShareFile, &(_, Identity))| {
            crypto::open_file(&file.text, std::slice::from_ref(identity)).unwrap()
        };
        made.files.iter().zip(&self.0).map(open).collect()
    }
}

/// Who has lost a machine cannot patch the next one first: its TCB may be in what the deployment accepts.
#[tokio::test]
async fn shares_are_for_every_tcb_status_that_the_deployment_accepts() {
    let accept = |config: &mut crate::support::Config| {
        config.acceptance.tcb_statuses.insert(TcbStatus::OutOfDate);
    };
    let lenient = World::pending(Suite::Modern, accept).await.provisioned().await;
    for (world, statuses) in [(World::working().await, "UpToDate"), (lenient, "UpToDate,OutOfDate")]
    {
        let made = Custodians::new().make(&world, 0).await.unwrap();
        let rules = made.released_to.unwrap().main_attributes;
        assert_eq!(rules.len(), 1);
        let mut told: Vec<&str> = rules[0].str_tcb_status.split(',').collect();
        told.sort_unstable();
        let mut expected: Vec<&str> = statuses.split(',').collect();
        expected.sort_unstable();
        assert_eq!(told, expected);
    }
}

/// Another machine, whose platform seals for itself, with the store of the deployment and nothing else.
async fn new_machine(world: &World, store: Arc<dyn PageStore>) -> Result<World, StartError> {
    new_machine_with(world, store, |_| ()).await
}

async fn new_machine_with(
    world: &World,
    store: Arc<dyn PageStore>,
    change: impl FnOnce(&mut crate::support::Restart),
) -> Result<World, StartError> {
    let folder = tempfile::tempdir().unwrap();
    let cpu = SimulatedCpu::create(folder.path(), CpuOptions::default()).unwrap();
    let sealer = Arc::new(Sealing::Sealer(Arc::new(cpu.enclave(server_enclave()))));
    world
        .restart(|restart| {
            restart.store = store;
            restart.sealing = Some(sealer);
            restart.cache = Some(Arc::default());
            restart.audit = Arc::default();
            restart.config.recover = true;
            // The host's file of the new machine names another administrator.
            restart.admin = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
            change(restart);
        })
        .await
}

fn custodian(world: &World, share: &RecoveryShare) -> Administrator {
    let key = crypto::key_pair(share.label.as_ref().unwrap(), &share.share).unwrap();
    world.administrator(None, Arc::new(key)).custodian()
}

async fn submit(
    world: &World,
    share: &RecoveryShare,
) -> Result<SubmitRecoveryShareResponse, Error> {
    let request =
        SubmitRecoveryShareRequest { label: share.label.clone(), share: share.share.clone() };
    custodian(world, share).call("SubmitRecoveryShare", &request).await
}

async fn prove(world: &World, share: &RecoveryShare) -> Result<ProveRecoveryShareResponse, Error> {
    custodian(world, share).call("ProveRecoveryShare", &ProveRecoveryShareRequest {}).await
}

async fn recovering(world: &World) -> RecoveringStatus {
    world.status().await.recovering.expect("it recovers")
}

/// The request that agrees to what the server shows.
async fn agreed(world: &World) -> FinishRecoveryRequest {
    let opened = recovering(world).await.opened.expect("it has opened the identity");
    FinishRecoveryRequest {
        deployment_id: opened.deployment_id,
        revision: opened.revision,
        epoch: opened.epoch,
        chain: hex::decode(opened.chain).unwrap(),
        settings_digest: opened.settings_digest,
        accept_older_store: false,
    }
}

/// The administrator of the deployment, whatever the machine's file says.
async fn finish_as(
    world: &World,
    key: &Arc<KeyPair>,
    request: FinishRecoveryRequest,
) -> Result<FinishRecoveryResponse, Error> {
    world.administrator(None, key.clone()).call("FinishRecovery", &request).await
}

async fn sets(world: &World) -> ShowRecoveryResponse {
    world.admin().call("ShowRecovery", &ShowRecoveryRequest {}).await.unwrap()
}

/// A deployment with a secret, and shares of its key.
async fn deployment() -> (World, Custodians, Vec<Share>) {
    let world = World::installed().await;
    world.import("secret", "the value", 1).await.unwrap();
    let custodians = Custodians::new();
    let made = custodians.make(&world, 0).await.unwrap();
    let shares = custodians.open(&made);
    (world, custodians, shares)
}

/// Recovers on another machine with these shares, and shows that every secret is there.
async fn recovered(world: &World, store: Arc<dyn PageStore>, shares: &[&Share]) -> World {
    let machine = new_machine(world, store).await.unwrap();
    for share in shares {
        submit(&machine, share).await.unwrap();
    }
    let request = agreed(&machine).await;
    finish_as(&machine, &world.admin, request).await.unwrap();
    assert_eq!(machine.core.status(), "Working");
    assert_eq!(machine.core.deployment_id(), world.core.deployment_id());
    let got = machine.ta(enclave(1)).get(SERVICE, "secret").await.unwrap();
    assert_eq!(got.data, "the value");
    machine
}

#[tokio::test]
async fn a_new_machine_with_the_store_and_enough_shares_has_every_secret() {
    let (world, _, shares) = deployment().await;
    for pair in [[0, 1], [0, 2], [2, 1]] {
        let copy = filled(contents(&*world.store).await).await;
        let machine = recovered(&world, copy, &pair.map(|at| &shares[at])).await;
        // It has sealed the identity for its own platform, and goes on by itself.
        assert!(machine.cache.as_ref().unwrap().content().is_some());
        let written = machine.audit.entries();
        let functions: Vec<&str> = written.iter().map(|it| it.function.as_ref()).collect();
        let expected =
            ["SubmitRecoveryShare", "SubmitRecoveryShare", "FinishRecovery", "TaGetSecret"];
        assert_eq!(functions, expected, "each step is on record");
    }
}

#[tokio::test]
async fn the_machine_that_recovered_a_deployment_goes_on_by_itself() {
    let (world, _, shares) = deployment().await;
    let folder = tempfile::tempdir().unwrap();
    let cpu = SimulatedCpu::create(folder.path(), CpuOptions::default()).unwrap();
    let sealer = Arc::new(Sealing::Sealer(Arc::new(cpu.enclave(server_enclave()))));
    let machine = new_machine_with(&world, world.store.clone(), |restart| {
        restart.sealing = Some(sealer.clone());
    });
    let machine = machine.await.unwrap();
    for share in &shares[..2] {
        submit(&machine, share).await.unwrap();
    }
    let request = agreed(&machine).await;
    let finished = finish_as(&machine, &world.admin, request).await.unwrap();
    assert_eq!(finished.not_sealed, "");
    let again = |restart: &mut crate::support::Restart| {
        restart.sealing = Some(sealer.clone());
        restart.config.recover = false;
    };
    assert_eq!(machine.restart(again).await.unwrap().core.status(), "Working");
    // The backup under the host's name is for this platform now.
    let without = |restart: &mut crate::support::Restart| {
        again(restart);
        restart.cache = Some(Arc::default());
        restart.admin = world.admin.clone();
    };
    let from_backup = machine.restart(without).await.unwrap();
    from_backup.provision("host1").await.unwrap();
    assert_eq!(from_backup.core.deployment_id(), world.core.deployment_id());
}

#[tokio::test]
async fn what_was_made_after_the_shares_is_there_as_well() {
    let (world, _, shares) = deployment().await;
    world.import("later", "later", 1).await.unwrap();
    let machine = recovered(&world, world.store.clone(), &[&shares[0], &shares[1]]).await;
    let got = machine.ta(enclave(1)).get(SERVICE, "later").await.unwrap();
    assert_eq!(got.data, "later");
}

#[tokio::test]
async fn too_few_or_wrong_shares_give_nothing() {
    let (world, custodians, shares) = deployment().await;
    let machine = new_machine(&world, world.store.clone()).await.unwrap();
    assert_eq!(machine.core.status(), "Recovering");
    let told = recovering(&machine).await;
    assert_eq!((told.sets.len(), told.sets[0].threshold, told.sets[0].count), (1, 2, 3));
    assert_eq!(told.sets[0].deployment_id, hex::encode_upper(world.core.deployment_id()));

    let first = submit(&machine, &shares[0]).await.unwrap();
    assert_eq!((first.received, first.threshold, first.known, first.opened), (1, 2, false, false));
    let again = submit(&machine, &shares[0]).await.unwrap();
    assert_eq!((again.received, again.known, again.opened), (1, true, false), "twice the same");

    // Other bytes, another label: another key, which the server does not know.
    let mut wrong = Share::clone(&shares[1]);
    wrong.share[0] ^= 1;
    assert_eq!(code(submit(&machine, &wrong).await), ErrorCode::Recovery);
    let mut wrong = Share::clone(&shares[1]);
    wrong.label.as_mut().unwrap().threshold = 1;
    assert_eq!(code(submit(&machine, &wrong).await), ErrorCode::Recovery);
    // The right key, and other bytes.
    let label = shares[1].label.clone();
    let request = SubmitRecoveryShareRequest { label, share: vec![1; 32] };
    let caller = custodian(&machine, &shares[1]);
    let lie = caller.call::<_, SubmitRecoveryShareResponse>("SubmitRecoveryShare", &request);
    assert_eq!(code(lie.await), ErrorCode::Recovery);
    // A share of another deployment.
    let other = World::installed().await;
    let others = custodians.open(&custodians.make(&other, 0).await.unwrap());
    let refused = refusal(submit(&machine, &others[1]).await);
    assert_eq!((refused.code(), refused.kind()), (ErrorCode::Recovery, Kind::NotFound));
    assert!(refused.message().contains("another deployment"), "{refused}");

    let told = recovering(&machine).await;
    assert_eq!((told.sets[0].received.clone(), told.opened), (vec![1], None));
    let finish = FinishRecoveryRequest::default();
    let early = refusal(finish_as(&machine, &world.admin, finish).await);
    assert_eq!(early.code(), ErrorCode::NotWorking, "{early}");
    assert!(early.message().contains("Recovering"), "{early}");
}

#[tokio::test]
async fn a_recorded_request_of_a_custodian_is_of_no_use() {
    let (world, _, shares) = deployment().await;
    let caller = custodian(&world, &shares[0]);
    let proof = caller.request("ProveRecoveryShare", &ProveRecoveryShareRequest {}).await;
    caller.send(proof.clone()).await.unwrap();
    assert_eq!(code(caller.send(proof.clone()).await), ErrorCode::RequestReplayed);
    let again = world.restarted().await;
    assert_eq!(code(again.admin().send(proof).await), ErrorCode::OtherBoot);

    let machine = new_machine(&world, world.store.clone()).await.unwrap();
    let request = SubmitRecoveryShareRequest {
        label: shares[0].label.clone(),
        share: shares[0].share.clone(),
    };
    let caller = custodian(&machine, &shares[0]);
    let submitted = caller.request("SubmitRecoveryShare", &request).await;
    caller.send(submitted.clone()).await.unwrap();
    assert_eq!(code(caller.send(submitted.clone()).await), ErrorCode::RequestReplayed);
    // Another recovering server has another key.
    let other = new_machine(&world, world.store.clone()).await.unwrap();
    assert_eq!(code(other.admin().send(submitted).await), ErrorCode::RequestNotAuthentic);
    assert_eq!(recovering(&other).await.sets[0].received, Vec::<i32>::new());
    // A share signs nothing but what custodians may ask for.
    let caller = custodian(&machine, &shares[0]);
    let request = FinishRecoveryRequest::default();
    let finish = caller.call::<_, FinishRecoveryResponse>("FinishRecovery", &request);
    assert_eq!(code(finish.await), ErrorCode::AdminFunction);
}

/// What administrators ask a recovering server for: nothing but the end of the recovery.
async fn refuses_administrators(world: &World, machine: &World) {
    fn is_refused<T>(answer: &Result<T, Error>) -> bool {
        // Who is no administrator of the deployment is told so, once these are known.
        let codes = [ErrorCode::NotWorking, ErrorCode::RequestNotAuthentic];
        answer.as_ref().is_err_and(|error| codes.contains(&error.code()))
    }
    for administrator in [&machine.admin, &world.admin] {
        let caller = machine.administrator(None, administrator.clone());
        let request = machine.provision_request("host1").await;
        let refused =
            caller.call::<_, aecs_proto::AecsProvisionResponse>("AecsProvision", &request);
        assert!(is_refused(&refused.await));
        let shown = caller.call::<_, ShowRecoveryResponse>("ShowRecovery", &ShowRecoveryRequest {});
        assert!(is_refused(&shown.await));
    }
    let caller = machine.administrator(None, world.admin.clone());
    let request = aecs_proto::ShowDeploymentRequest {};
    let shown = caller.call::<_, aecs_proto::ShowDeploymentResponse>("ShowDeployment", &request);
    assert_eq!(code(shown.await), ErrorCode::NotWorking);
    assert_eq!(machine.core.status(), "Recovering");
}

#[tokio::test]
async fn a_recovering_server_does_nothing_else() {
    let (world, _, shares) = deployment().await;
    let machine = new_machine(&world, world.store.clone()).await.unwrap();
    refuses_administrators(&world, &machine).await;
    let waits = machine.status().await.pending_reason;
    assert!(waits.contains("recovery submit"), "{waits}");
    assert_eq!(code(machine.ta(enclave(1)).get(SERVICE, "secret").await), ErrorCode::NotWorking);
    for share in &shares[..2] {
        submit(&machine, share).await.unwrap();
    }
    // It knows the administrators of the deployment now, and they put no other identity into service.
    refuses_administrators(&world, &machine).await;
    let status = machine.status().await;
    assert_ne!(status.deployment_id, hex::encode_upper(world.core.deployment_id()), "not yet");
    assert!(status.pending_reason.contains("recovery finish"), "{}", status.pending_reason);
    assert!(machine.cache.as_ref().unwrap().content().is_none(), "its key is of this process");
    machine.core.save().await.unwrap();
    assert!(machine.cache.as_ref().unwrap().content().is_none());
}

#[tokio::test]
async fn only_an_administrator_of_the_deployment_finishes_and_names_the_state() {
    let password = Arc::new(PasswordVerifier::from_password("open sesame").unwrap());
    let change = |config: &mut Config| config.admin.password = Some(password);
    let world = World::pending(Suite::Modern, change).await.lasting().await;
    let admin = world.admin().password("open sesame");
    let request = world.provision_request("host1").await;
    let _: aecs_proto::AecsProvisionResponse = admin.call("AecsProvision", &request).await.unwrap();
    let custodians = Custodians::new();
    let made: CreateRecoveryResponse =
        admin.call("CreateRecovery", &custodians.request(2, 0)).await.unwrap();
    let shares = custodians.open(&made);
    let machine = new_machine(&world, world.store.clone()).await.unwrap();
    submit(&machine, &shares[0]).await.unwrap();
    assert!(submit(&machine, &shares[2]).await.unwrap().opened);

    let right = agreed(&machine).await;
    // The machine's own administrator is none of the deployment's.
    let own = finish_as(&machine, &machine.admin, right.clone()).await;
    assert_eq!(code(own), ErrorCode::RequestNotAuthentic);
    let without = refusal(finish_as(&machine, &world.admin, right).await);
    assert_eq!(without.code(), ErrorCode::Password);
    let finish = |request: FinishRecoveryRequest| {
        let caller = machine.administrator(None, world.admin.clone()).password("open sesame");
        async move { caller.call::<_, FinishRecoveryResponse>("FinishRecovery", &request).await }
    };
    type Wrong = fn(&mut FinishRecoveryRequest);
    let wrong: [(Wrong, ErrorCode); 6] = [
        (|it| it.chain[0] ^= 1, ErrorCode::Recovery),
        (|it| it.epoch -= 1, ErrorCode::Recovery),
        (|it| it.revision = 7, ErrorCode::Recovery),
        (|it| it.deployment_id = hex::encode_upper([7; 32]), ErrorCode::AdminKey),
        (|it| it.deployment_id.clear(), ErrorCode::AdminKey),
        (|it| it.settings_digest = "00".repeat(32), ErrorCode::Settings),
    ];
    for (make_wrong, expected) in wrong {
        // Wrong passwords are counted in the records, and a right one ends the count.
        let mut request = agreed(&machine).await;
        make_wrong(&mut request);
        let refused = refusal(finish(request.clone()).await);
        assert_eq!(refused.code(), expected, "{request:?}: {refused}");
        assert_eq!(machine.core.status(), "Recovering");
    }
    let right = agreed(&machine).await;
    finish(right).await.unwrap();
    assert_eq!(machine.core.status(), "Working");
}

#[tokio::test]
async fn an_older_store_is_recovered_only_when_that_is_said() {
    let world = World::installed().await;
    let custodians = Custodians::new();
    let old = custodians.open(&custodians.make(&world, 0).await.unwrap());
    let copy = filled(contents(&*world.store).await).await;
    world.import("secret", "the value", 1).await.unwrap();
    // A later identity, put beside the records of before: the records do not name it.
    let later = custodians.open(&custodians.make(&world, 1).await.unwrap());
    for (key, value) in contents(&*world.store).await {
        if key.starts_with("register/recovery/") {
            crate::support::store::put(&*copy, &key, value).await;
        }
    }
    let machine = new_machine(&world, copy.clone()).await.unwrap();
    assert_eq!(recovering(&machine).await.sets.len(), 2);
    submit(&machine, &later[0]).await.unwrap();
    let refused = refusal(submit(&machine, &later[1]).await);
    assert!(refused.message().contains("revision 2"), "{refused}");
    assert!(recovering(&machine).await.opened.is_none());
    // Those of the records open.
    submit(&machine, &old[0]).await.unwrap();
    assert!(submit(&machine, &old[1]).await.unwrap().opened);
}

#[tokio::test]
async fn shares_are_for_servers_like_the_one_that_made_them() {
    let (world, _, shares) = deployment().await;
    let other = aecs_sim::EnclaveIdentity { mrsigner: [0x66; 32], ..server_enclave() };
    let debug = aecs_sim::EnclaveIdentity { debug: true, ..server_enclave() };
    for (enclave, accepts_debug) in [(other, false), (debug, true)] {
        let machine = new_machine_with(&world, world.store.clone(), |restart| {
            restart.enclave = enclave;
            restart.config.acceptance.debug = accepts_debug;
        });
        let machine = machine.await.unwrap();
        let refused = refusal(submit(&machine, &shares[0]).await);
        assert_eq!(refused.code(), ErrorCode::Recovery);
        assert!(refused.message().contains("a server like this one"), "{refused}");
        assert_eq!(recovering(&machine).await.sets[0].received, Vec::<i32>::new());
    }
    // A server of the same signer and a higher version.
    let next = aecs_sim::EnclaveIdentity { mrenclave: [0x5f; 32], svn: 9, ..server_enclave() };
    let machine = new_machine_with(&world, world.store.clone(), |restart| restart.enclave = next);
    assert_eq!(submit(&machine.await.unwrap(), &shares[0]).await.unwrap().received, 1);
}

/// What an administrator signs: shares for the next version, before the present one stops.
#[tokio::test]
async fn shares_for_other_servers_are_what_an_administrator_says() {
    let world = World::installed().await;
    world.import("secret", "the value", 1).await.unwrap();
    let custodians = Custodians::new();
    let next = aecs_sim::EnclaveIdentity {
        mrenclave: [0x77; 32],
        mrsigner: [0x66; 32],
        ..server_enclave()
    };
    let request = CreateRecoveryRequest {
        released_to: policy(pinned(0x77)).policy,
        ..custodians.request(2, 0)
    };
    let made: CreateRecoveryResponse =
        world.admin().call("CreateRecovery", &request).await.unwrap();
    let shares = custodians.open(&made);
    let present = new_machine(&world, world.store.clone()).await.unwrap();
    assert_eq!(code(submit(&present, &shares[0]).await), ErrorCode::Recovery);
    let upgraded = new_machine_with(&world, world.store.clone(), |restart| restart.enclave = next);
    let upgraded = upgraded.await.unwrap();
    for share in &shares[1..] {
        submit(&upgraded, share).await.unwrap();
    }
    let finish = agreed(&upgraded).await;
    finish_as(&upgraded, &world.admin, finish).await.unwrap();
    let got = upgraded.ta(enclave(1)).get(SERVICE, "secret").await.unwrap();
    assert_eq!(got.data, "the value");

    let open = policy(aecs_proto::UnifiedAttestationAttributes::default()).policy;
    for everybody in [Some(UnifiedAttestationPolicy::default()), open] {
        let request = CreateRecoveryRequest { released_to: everybody, ..custodians.request(2, 1) };
        let admin = world.admin();
        let refused = admin.call::<_, CreateRecoveryResponse>("CreateRecovery", &request).await;
        assert_eq!(code(refused), ErrorCode::Recovery);
    }
}

#[tokio::test]
async fn a_server_that_has_an_identity_does_not_recover() {
    let (world, _, _) = deployment().await;
    let why = world.restart(|restart| restart.config.recover = true).await.err().unwrap();
    assert!(why.to_string().contains("opens and was in service"), "{why}");
    let empty = new_machine(&world, Arc::new(MemoryStore::new())).await.err().unwrap();
    assert!(empty.to_string().contains("no identity that is sealed under"), "{empty}");
    // One that does not open stays until the recovery is finished.
    let cache = Arc::new(MemoryCache::default());
    cache.set(Some(world.cache.as_ref().unwrap().content().unwrap()));
    let machine = new_machine_with(&world, world.store.clone(), |restart| {
        restart.cache = Some(cache.clone());
    });
    assert_eq!(machine.await.unwrap().core.status(), "Recovering");
    assert_eq!(cache.content(), world.cache.as_ref().unwrap().content());
}

#[tokio::test]
async fn a_platform_that_cannot_seal_waits_for_shares_by_itself() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    let no_sealing = || Some("no sealing here".to_owned());
    let world = world.restart(|restart| restart.no_sealing = no_sealing()).await.unwrap();
    world.provision("").await.unwrap();
    world.register(SERVICE).await.unwrap();
    world.import("secret", "the value", 1).await.unwrap();
    let custodians = Custodians::new();
    let shares = custodians.open(&custodians.make(&world, 0).await.unwrap());
    let again = world.restart(|restart| restart.no_sealing = no_sealing()).await.unwrap();
    assert_eq!(again.core.status(), "Recovering");
    for share in &shares[1..] {
        submit(&again, share).await.unwrap();
    }
    let request = agreed(&again).await;
    let finished = finish_as(&again, &world.admin, request).await.unwrap();
    assert!(finished.not_sealed.contains("no sealing here"), "{}", finished.not_sealed);
    let got = again.ta(enclave(1)).get(SERVICE, "secret").await.unwrap();
    assert_eq!(got.data, "the value");
    // Told to wait for an administrator each time, it does not begin by itself.
    let told = |restart: &mut crate::support::Restart| {
        restart.no_sealing = no_sealing();
        restart.config.restart = aecs_core::Restart::Provision;
    };
    assert_eq!(world.restart(told).await.unwrap().core.status(), "Pending");
}

#[tokio::test]
async fn enough_proofs_of_a_set_end_the_ones_before() {
    let (world, custodians, first) = deployment().await;
    let second = custodians.open(&custodians.make(&world, 1).await.unwrap());
    let revisions = |shown: &ShowRecoveryResponse| -> Vec<i64> {
        shown.sets.iter().map(|set| set.revision).collect()
    };
    let shown = sets(&world).await;
    assert_eq!((revisions(&shown), shown.latest_revision), (vec![2, 1], 2));
    assert!(shown.sets.iter().all(|set| set.problem.is_empty() && set.proven_at_ms == 0));

    let one = prove(&world, &second[0]).await.unwrap();
    assert_eq!((one.proven, one.threshold, one.working_subsets), (1, 2, 0));
    // The same holder again is no second one.
    assert_eq!(prove(&world, &second[0]).await.unwrap().proven, 1);
    assert_eq!(prove(&world, &first[0]).await.unwrap().proven, 1, "the former ones still count");
    let both = prove(&world, &second[1]).await.unwrap();
    assert_eq!((both.proven, both.working_subsets, both.ended_revisions), (2, 1, vec![1]));
    let all = prove(&world, &second[2]).await.unwrap();
    assert_eq!((all.proven, all.working_subsets), (3, 3));
    assert_eq!(revisions(&sets(&world).await), [2]);
    assert_eq!(code(prove(&world, &first[1]).await), ErrorCode::Recovery);

    let summary = world.status().await.recovery.unwrap();
    assert_eq!((summary.revision, summary.threshold, summary.count), (2, 2, 3));
    assert!(summary.proven_at_ms > 0);
    // A drill is a day.
    world.clock.pass(std::time::Duration::from_secs(25 * 60 * 60));
    assert_eq!(prove(&world, &second[2]).await.unwrap().proven, 1);

    let registers = world.everything().await;
    let registers = registers.iter().filter(|(key, _)| key.starts_with("register/recovery/"));
    assert_eq!(registers.count(), 1, "the sealed identity of the former ones is gone");
    recovered(&world, world.store.clone(), &[&second[0], &second[2]]).await;
}

#[tokio::test]
async fn shares_that_have_ended_restore_nothing_even_if_the_host_puts_their_register_back() {
    let (world, custodians, first) = deployment().await;
    let before = contents(&*world.store).await;
    let second = custodians.open(&custodians.make(&world, 1).await.unwrap());
    for share in &second[..2] {
        prove(&world, share).await.unwrap();
    }
    for (key, value) in before {
        if key.starts_with("register/recovery/") {
            world.set_raw(&key, value).await;
        }
    }
    let machine = new_machine(&world, world.store.clone()).await.unwrap();
    submit(&machine, &first[0]).await.unwrap();
    let refused = refusal(submit(&machine, &first[1]).await);
    assert_eq!((refused.code(), refused.kind()), (ErrorCode::Recovery, Kind::FailedPrecondition));
    assert!(refused.message().contains("have ended"), "{refused}");
    // Without that, they are not even known.
    let request = RevokeRecoveryRequest { revisions: vec![2] };
    let left: RevokeRecoveryResponse =
        world.admin().call("RevokeRecovery", &request).await.unwrap();
    assert_eq!(left.left, Vec::<i64>::new());
    let admin = world.admin();
    let missing = admin.call::<_, RevokeRecoveryResponse>("RevokeRecovery", &request);
    assert_eq!(code(missing.await), ErrorCode::Recovery);
    assert_eq!(world.status().await.recovery.unwrap().revision, 0);
}

#[tokio::test]
async fn a_sealed_identity_that_was_changed_is_told() {
    let (world, _, shares) = deployment().await;
    let key = world.everything().await.into_iter().map(|(key, _)| key);
    let key = key.into_iter().find(|key| key.starts_with("register/recovery/")).unwrap();
    let value = world.raw(&key).await.unwrap();
    let mut changed = value.clone();
    *changed.last_mut().unwrap() ^= 1;
    changed[0] ^= 1;
    world.set_raw(&key, changed).await;
    assert!(sets(&world).await.sets[0].problem.contains("was changed"));
    // Nor do its shares count in a drill, which would end those of before.
    for share in &shares {
        let refused = refusal(prove(&world, share).await);
        assert!(refused.message().contains("was changed in the store"), "{refused}");
    }
    assert_eq!(sets(&world).await.sets[0].proven_at_ms, 0);
    let _: VerifyStoreResponse =
        world.admin().call("VerifyStore", &VerifyStoreRequest {}).await.unwrap();
    let damaged = loop {
        let told: ShowStoreResponse =
            world.admin().call("ShowStore", &ShowStoreRequest {}).await.unwrap();
        match told.verification {
            Some(done) if done.ended_at_ms != 0 => break done.damaged,
            _ => tokio::task::yield_now().await,
        }
    };
    let places: Vec<&str> = damaged.iter().map(|it| it.place.as_str()).collect();
    assert_eq!(places, ["the recovery shares 1"]);
    let machine = new_machine(&world, world.store.clone()).await.unwrap();
    submit(&machine, &shares[0]).await.unwrap();
    let refused = refusal(submit(&machine, &shares[1]).await);
    assert!(refused.message().contains("was changed in the store"), "{refused}");
    world.delete_raw(&key).await;
    assert!(sets(&world).await.sets[0].problem.contains("not in the store"));
}

#[tokio::test]
async fn two_administrators_do_not_make_shares_without_knowing_it() {
    let (world, custodians, _) = deployment().await;
    let refused = refusal(custodians.make(&world, 0).await);
    assert_eq!(refused.code(), ErrorCode::Recovery);
    assert!(refused.message().contains("revision 1"), "{refused}");
    for latest in 1..8 {
        custodians.make(&world, latest).await.unwrap();
    }
    let full = refusal(custodians.make(&world, 8).await);
    assert_eq!((full.code(), full.kind()), (ErrorCode::Recovery, Kind::ResourceExhausted));
}

#[tokio::test]
async fn a_label_says_what_the_share_is_of() {
    let (world, _, shares) = deployment().await;
    let epoch = i64::try_from(world.core.records().unwrap().seen().epoch).unwrap();
    for (number, (share, holder)) in (1..).zip(shares.iter().zip(["alice", "bob", "carol"])) {
        let label = share.label.clone().unwrap();
        assert!((1..=epoch).contains(&label.epoch));
        let expected = RecoveryLabel {
            deployment_id: hex::encode_upper(world.core.deployment_id()),
            epoch: label.epoch,
            revision: 1,
            threshold: 2,
            count: 3,
            number,
            holder: holder.to_owned(),
        };
        assert_eq!(label, expected);
    }
}

#[tokio::test]
async fn the_server_keeps_no_share() {
    let (world, _, shares) = deployment().await;
    let records = world.core.records().unwrap();
    for share in &shares {
        for name in world.names().await {
            let content = records.get(&aecs_core::vault::Name::new(&name).unwrap()).await.unwrap();
            let plain = content.unwrap().plain;
            let has = plain.expose().windows(32).any(|window| window == share.share);
            let text = hex::encode(&share.share);
            let has_text = plain.expose().windows(64).any(|window| window == text.as_bytes());
            assert!(!has && !has_text && !plain.expose().windows(9).any(|at| at == b"BEGIN AGE"));
        }
    }
}

#[tokio::test]
async fn an_export_has_what_a_recovery_needs() {
    let (world, _, shares) = deployment().await;
    let (mut entries, mut id, mut more) = (BTreeMap::new(), String::new(), true);
    let mut after = String::new();
    while more {
        let request = ExportStoreRequest { export_id: id.clone(), after: after.clone() };
        let page: ExportStoreResponse = world.admin().call("ExportStore", &request).await.unwrap();
        after = page.entries.last().unwrap().key.clone();
        entries.extend(page.entries.into_iter().map(|entry| (entry.key, entry.value)));
        (id, more) = (page.export_id, page.more);
    }
    let imported = filled(entries.into_iter().collect()).await;
    recovered(&world, imported, &[&shares[2], &shares[1]]).await;
}

async fn appoint(
    world: &World,
    share: &RecoveryShare,
    name: &str,
    key: &KeyPair,
) -> Result<AppointAdministratorResponse, Error> {
    let request = AppointAdministratorRequest {
        name: name.to_owned(),
        public_key: key.public().pem().to_owned(),
        password_hash: String::new(),
    };
    custodian(world, share).call("AppointAdministrator", &request).await
}

async fn administrators(world: &World, key: &Arc<KeyPair>) -> Result<Vec<String>, Error> {
    let caller = world.administrator(None, key.clone());
    let request = ListAdministratorRequest {};
    let list: ListAdministratorResponse = caller.call("ListAdministrator", &request).await?;
    Ok(list.administrators.into_iter().map(|it| it.name).collect())
}

#[tokio::test]
async fn all_custodians_together_set_an_administrator() {
    let (world, _, shares) = deployment().await;
    let [key, other] = [(); 2].map(|()| Arc::new(KeyPair::generate(Suite::Modern).unwrap()));
    for (share, agreed) in [(0, 1), (1, 2), (1, 2)] {
        let answer = appoint(&world, &shares[share], "rescue", &key).await.unwrap();
        assert_eq!((answer.agreed, answer.needed, answer.appointed), (agreed, 3, false));
    }
    // Another key is another wish, and takes back the one of before.
    assert_eq!(appoint(&world, &shares[1], "rescue", &other).await.unwrap().agreed, 1);
    assert_eq!(appoint(&world, &shares[2], "rescue", &key).await.unwrap().agreed, 2);
    assert_eq!(code(administrators(&world, &key).await), ErrorCode::RequestNotAuthentic);
    // A day later, the first has not asked.
    world.clock.pass(std::time::Duration::from_secs(25 * 60 * 60));
    assert_eq!(appoint(&world, &shares[1], "rescue", &key).await.unwrap().agreed, 1);
    appoint(&world, &shares[0], "rescue", &key).await.unwrap();
    assert!(appoint(&world, &shares[2], "rescue", &key).await.unwrap().appointed);
    assert_eq!(administrators(&world, &key).await.unwrap(), ["aecs_admin", "rescue"]);
    assert_eq!(code(administrators(&world, &other).await), ErrorCode::RequestNotAuthentic);
    // In the place of the one whose key is lost.
    for share in &shares {
        appoint(&world, share, "aecs_admin", &other).await.unwrap();
    }
    assert_eq!(administrators(&world, &other).await.unwrap(), ["aecs_admin", "rescue"]);
    assert_eq!(code(administrators(&world, &world.admin).await), ErrorCode::RequestNotAuthentic);
    // A key has one owner.
    assert_eq!(code(appoint(&world, &shares[0], "third", &key).await), ErrorCode::AdminKey);
}

#[tokio::test]
async fn how_many_custodians_set_an_administrator_is_a_trust_setting() {
    for (rule, needed) in [(Appointing::Threshold, Some(2)), (Appointing::Never, None)] {
        let change = |config: &mut Config| config.appointing = rule;
        let world = World::pending(Suite::Modern, change).await.lasting().await;
        let world = world.provisioned().await;
        let custodians = Custodians::new();
        let shares = custodians.open(&custodians.make(&world, 0).await.unwrap());
        let key = KeyPair::generate(Suite::Modern).unwrap();
        let asked = appoint(&world, &shares[0], "rescue", &key).await;
        match needed {
            Some(needed) => assert_eq!(asked.unwrap().needed, needed),
            None => assert_eq!(code(asked), ErrorCode::Recovery),
        }
    }
}

#[tokio::test]
async fn a_machine_and_all_administrators_lost_are_not_the_end() {
    let (world, _, shares) = deployment().await;
    let machine = new_machine(&world, world.store.clone()).await.unwrap();
    let key = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    let early = refusal(appoint(&machine, &shares[0], "rescue", &key).await);
    assert_eq!(early.code(), ErrorCode::Recovery);
    assert!(early.message().contains("not opened"), "{early}");
    for share in &shares[..2] {
        submit(&machine, share).await.unwrap();
    }
    for share in &shares[..2] {
        assert!(!appoint(&machine, share, "rescue", &key).await.unwrap().appointed);
    }
    let request = agreed(&machine).await;
    let refused = finish_as(&machine, &key, request.clone()).await;
    assert_eq!(code(refused), ErrorCode::RequestNotAuthentic, "all of them are needed");
    assert!(appoint(&machine, &shares[2], "rescue", &key).await.unwrap().appointed);
    finish_as(&machine, &key, request).await.unwrap();
    assert_eq!(administrators(&machine, &key).await.unwrap(), ["aecs_admin", "rescue"]);
    let got = machine.ta(enclave(1)).get(SERVICE, "secret").await.unwrap();
    assert_eq!(got.data, "the value");
}

/// A server that dies after any of the writes of an act: afterwards the former shares work, or the
/// new ones, if their holders have them.
#[tokio::test]
async fn at_no_moment_do_neither_the_former_nor_the_new_shares_work() {
    let store = Arc::new(Watched::default());
    let world = World::on(store.clone(), Suite::Modern, |_| ()).await.lasting().await;
    let world = world.provisioned().await;
    world.import("secret", "the value", 1).await.unwrap();
    let custodians = Custodians::new();
    let mut shares = custodians.open(&custodians.make(&world, 0).await.unwrap());
    let mut latest = 1;
    let mut runs = 0;
    // An act of each kind: make another set, prove its first share, prove its second.
    while runs < 50 {
        let mut next = None;
        for writes in 0.. {
            runs += 1;
            assert!(writes < 10, "an act has few writes");
            store.left.store(writes, SeqCst);
            let made = custodians.make(&world, latest).await;
            store.left.store(usize::MAX, SeqCst);
            let whole = sets(&world).await.sets.iter().all(|set| set.problem.is_empty());
            assert!(whole, "no set without its sealed identity, after {writes} writes");
            // Killed here: nothing but the store is left.
            let copy = Arc::new(store.inner.snapshot());
            recovered(&world, copy, &[&shares[0], &shares[1]]).await;
            if let Ok(made) = made {
                latest = made.revision;
                next = Some(custodians.open(&made));
                break;
            }
            latest = sets(&world).await.latest_revision;
        }
        let next = next.unwrap();
        for share in &next[..2] {
            for writes in 0.. {
                runs += 1;
                assert!(writes < 10, "an act has few writes");
                store.left.store(writes, SeqCst);
                let proven = prove(&world, share).await;
                store.left.store(usize::MAX, SeqCst);
                let copy = Arc::new(store.inner.snapshot());
                recovered(&world, copy, &[&next[0], &next[1]]).await;
                if proven.is_ok() {
                    break;
                }
            }
        }
        shares = next;
    }
}

/// The same of the end of a recovery: the server works, or the shares work once more.
#[tokio::test]
async fn a_recovery_that_dies_at_any_write_is_begun_again() {
    let (world, _, shares) = deployment().await;
    let before = contents(&*world.store).await;
    for writes in 0..10 {
        let store = Arc::new(Watched::default());
        for (key, value) in before.clone() {
            crate::support::store::put(&*store, &key, value).await;
        }
        let cache = Arc::new(MemoryCache::default());
        let machine = new_machine_with(&world, store.clone(), |restart| {
            restart.cache = Some(cache.clone());
        });
        let machine = machine.await.unwrap();
        for share in &shares[..2] {
            submit(&machine, share).await.unwrap();
        }
        let request = agreed(&machine).await;
        store.left.store(writes, SeqCst);
        let finished = finish_as(&machine, &world.admin, request).await;
        store.left.store(usize::MAX, SeqCst);
        let copy = Arc::new(store.inner.snapshot());
        recovered(&world, copy, &[&shares[0], &shares[2]]).await;
        if finished.is_ok() {
            assert!(writes > 0);
            return;
        }
    }
    panic!("it was never finished");
}
