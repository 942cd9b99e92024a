//! Recovery over the network, by the tools of custodians and administrators.

use std::sync::Arc;

use aecs_client::{
    AdminClient, CustodianClient, DeploymentId, Distrust, Error, FileStateMemory, Finish,
    NewSecret, NotSubmitted, Phase, StateMemory, TrustedServer,
};
use aecs_crypto::{SecretString, Suite, age::Identity, recovery as crypto};
use aecs_proto::{
    EnclaveSecretPolicy, EnclaveSecretType, RecoveryCustodian, RecoveryShare, Zeroizing,
};
use aecs_sim::EnclaveIdentity;

use crate::world::{SERVICE, World, pinned};

type Share = Zeroizing<RecoveryShare>;

fn copy(share: &Share) -> Share {
    Zeroizing::new(RecoveryShare::clone(share))
}

/// A working deployment with a secret, and two shares, of which both are needed.
async fn deployment() -> (World, DeploymentId, Vec<Share>) {
    let world = World::working(Suite::Modern, |_| ()).await;
    let mut secret = NewSecret::new("secret", EnclaveSecretType::SecretTypeImportData);
    secret.spec.service_name = SERVICE.to_owned();
    secret.spec.policy =
        Some(EnclaveSecretPolicy { policy: Some(pinned(1)), ..Default::default() });
    secret.data = Some(SecretString::from("the value".to_owned()).into());
    world.owner().await.create(&secret).await.unwrap();
    let identities = ["alice", "bob"].map(|name| (name, Identity::generate().unwrap()));
    let custodians = identities.iter().map(|(name, identity)| RecoveryCustodian {
        name: (*name).to_owned(),
        recipient: identity.recipient().unwrap().to_string(),
    });
    let admin = world.admin().await;
    let made = admin.create_recovery(2, custodians.collect(), 0, None).await.unwrap();
    let open = |(file, (_, identity)): (&aecs_proto::RecoveryShareFile, &(_, Identity))| {
        crypto::open_file(&file.text, std::slice::from_ref(identity)).unwrap()
    };
    let shares = made.files.iter().zip(&identities).map(open).collect();
    let id = admin.status().await.unwrap().status().deployment_id;
    (world, id, shares)
}

fn other_signer() -> EnclaveIdentity {
    EnclaveIdentity { mrsigner: [0x66; 32], ..EnclaveIdentity::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn custodians_and_an_administrator_bring_a_deployment_back() {
    let (world, id, shares) = deployment().await;
    let folder = tempfile::tempdir().unwrap();
    let memory = || -> Arc<dyn StateMemory> {
        Arc::new(FileStateMemory::new(folder.path().join("servers")))
    };
    let policy = |world: &World| world.policy_for(&[EnclaveIdentity::default()]).deployment(id);
    let before = AdminClient::builder(world.endpoint(), world.verifier(), policy(&world));
    let before = before.memory(memory()).connect(world.admin_key()).await.unwrap();
    before.list_services("").await.unwrap();

    for (share, proven) in shares.iter().zip(1..) {
        let (verifier, policy) = (world.verifier(), policy(&world));
        let client = CustodianClient::to_prove(
            world.endpoint(),
            verifier,
            policy,
            copy(share),
            Some(memory()),
        );
        assert_eq!(client.await.unwrap().prove().await.unwrap().proven, proven);
    }
    let machine = world.recovering_elsewhere(EnclaveIdentity::default()).await;
    // Owners and applications find an id that is not theirs, and are told to wait.
    let early = AdminClient::builder(machine.endpoint(), machine.verifier(), policy(&machine));
    let early = early.connect(machine.admin_key()).await.err().unwrap();
    assert!(early.message().contains("(Recovering), expected is"), "{}", early.message());
    assert!(early.help().unwrap().contains("is being recovered"), "{:?}", early.help());
    for (share, opened) in shares.iter().zip([false, true]) {
        let (verifier, policy) = (machine.verifier(), policy(&machine));
        let client = CustodianClient::to_submit(
            machine.endpoint(),
            verifier,
            policy,
            copy(share),
            Some(memory()),
        );
        assert_eq!(client.await.unwrap().submit().await.unwrap().opened, opened);
    }
    let admin = AdminClient::builder(machine.endpoint(), machine.verifier(), policy(&machine));
    let admin = admin.memory(memory()).recovers().connect(machine.admin_key()).await.unwrap();
    let status = admin.status().await.unwrap();
    assert_eq!(status.status().phase, Phase::Recovering);
    let finish = finish_at_what_is_shown(&status, false);
    assert_eq!(admin.finish_recovery(&finish).await.unwrap(), "");
    let got = machine.ta(1).await.get(SERVICE, "secret").await.unwrap();
    assert!(got.material().to_text().ct_eq("the value"));
    // What was remembered of the deployment goes on.
    let after = AdminClient::builder(machine.endpoint(), machine.verifier(), policy(&machine));
    let after = after.memory(memory()).connect(machine.admin_key()).await.unwrap();
    assert_eq!(after.list_services("").await.unwrap(), [SERVICE]);
    machine.stop().await;
    world.stop().await;
}

/// The end of a recovery at the state that the server shows.
fn finish_at_what_is_shown(server: &TrustedServer, accept_older_store: bool) -> Finish {
    let opened = server.status().recovering.clone().unwrap().opened.unwrap();
    let mut chain = [0; 32];
    hex::decode_to_slice(&opened.chain, &mut chain).unwrap();
    Finish {
        revision: opened.revision,
        epoch: opened.epoch.unsigned_abs(),
        chain,
        settings_digest: opened.settings_digest,
        accept_older_store,
        overruled: Vec::new(),
    }
}

/// What a drill has shown a custodian's tool counts when it submits.
#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_who_has_seen_a_later_state_opens_no_older_store() {
    let (world, id, shares) = deployment().await;
    let machine = world.recovering_elsewhere(EnclaveIdentity::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name| FileStateMemory::new(folder.path().join(name));
    let memory = |name| Some(Arc::new(file(name)) as _);
    let policy = |world: &World| world.policy_for(&[EnclaveIdentity::default()]).deployment(id);
    let (verifier, share) = (world.verifier(), copy(&shares[0]));
    let (endpoint, drilled) = (world.endpoint(), memory("alice"));
    let alice = CustodianClient::to_prove(endpoint, verifier, policy(&world), share, drilled);
    alice.await.unwrap().prove().await.unwrap();
    let mut told = Vec::new();
    for (share, name) in shares.iter().zip(["alice", "bob"]) {
        let (endpoint, verifier) = (machine.endpoint(), machine.verifier());
        let (policy, share) = (policy(&machine), copy(share));
        let client = CustodianClient::to_submit(endpoint, verifier, policy, share, memory(name));
        told.push(client.await.unwrap().submit().await.map(|answer| answer.received));
    }
    assert!(matches!(told[0], Ok(1)), "{told:?}");
    let refused = told[1].as_ref().unwrap_err().to_string();
    assert!(refused.contains(": share 1 of alice (epoch "), "{refused}");
    // To agree to the loss forgets nothing: no host shows this tool a yet older state by that.
    let before = file("alice").recall().unwrap();
    let agreeing = Some(Arc::new(file("alice").insecure_accept_rollback()) as _);
    let (endpoint, verifier, share) = (machine.endpoint(), machine.verifier(), copy(&shares[0]));
    let client = CustodianClient::to_submit(endpoint, verifier, policy(&machine), share, agreeing);
    assert!(client.await.unwrap().submit().await.unwrap().opened);
    assert_eq!(file("alice").recall().unwrap(), before);
    machine.stop().await;
    world.stop().await;
}

/// A tool that has seen a later state refuses to return to an earlier one.
#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_remembers_a_later_state_does_not_finish_with_an_older_store() {
    let (world, id, shares) = deployment().await;
    let machine = world.recovering_elsewhere(EnclaveIdentity::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let memory = Arc::new(FileStateMemory::new(folder.path().join("servers")));
    let policy = |world: &World| world.policy_for(&[EnclaveIdentity::default()]).deployment(id);
    let tool = AdminClient::builder(world.endpoint(), world.verifier(), policy(&world));
    let tool = tool.memory(memory.clone()).connect(world.admin_key()).await.unwrap();
    tool.register("later", world.service_key().public(), None).await.unwrap();
    for share in &shares {
        let (verifier, policy) = (machine.verifier(), policy(&machine));
        let client =
            CustodianClient::to_submit(machine.endpoint(), verifier, policy, copy(share), None);
        client.await.unwrap().submit().await.unwrap();
    }
    let admin = AdminClient::builder(machine.endpoint(), machine.verifier(), policy(&machine));
    let admin = admin.memory(memory).recovers().connect(machine.admin_key()).await.unwrap();
    let status = admin.status().await.unwrap();
    let finish =
        Finish { settings_digest: String::new(), ..finish_at_what_is_shown(&status, true) };
    let refused = admin.finish_recovery(&finish).await.unwrap_err();
    let Error::Refused(refusal) = &refused else { panic!("{refused:?}") };
    assert_eq!(refusal.code(), Some(aecs_client::ErrorCode::StateBehind), "{refused}");
    assert_eq!(admin.status().await.unwrap().status().phase, Phase::Recovering);
    machine.stop().await;
    world.stop().await;
}

/// No share leaves its custodian's machine for a server that is not the one to have it.
#[tokio::test(flavor = "multi_thread")]
async fn no_share_leaves_for_a_wrong_server() {
    let (world, id, shares) = deployment().await;
    let own = || world.policy_for(&[EnclaveIdentity::default()]).deployment(id);
    let both = || world.policy_for(&[EnclaveIdentity::default(), other_signer()]).deployment(id);
    let submit = async |to: &World, policy| {
        let (endpoint, verifier) = (to.endpoint(), to.verifier());
        let client = CustodianClient::to_submit(endpoint, verifier, policy, copy(&shares[0]), None);
        match client.await {
            Ok(_) => panic!("the server may have the share"),
            Err(error) => error,
        }
    };
    let distrust = |error: Error| match error {
        Error::Untrusted(distrust) => distrust,
        other => panic!("{other:?}"),
    };
    // One that works does not wait for shares.
    let told = submit(&world, own()).await;
    assert_eq!(told.message(), "the server is Working: it does not wait for recovery shares");
    let machine = world.recovering_elsewhere(EnclaveIdentity::default()).await;
    let other_id = DeploymentId::from_bytes([7; 32]);
    let other = world.policy_for(&[EnclaveIdentity::default()]).deployment(other_id);
    assert!(matches!(distrust(submit(&machine, other).await), Distrust::ShareOfAnother { .. }));
    let stranger = world.recovering_elsewhere(other_signer()).await;
    assert!(matches!(distrust(submit(&stranger, own()).await), Distrust::Policy(_)));
    // Also where the kubeconfig would let it pass.
    assert!(matches!(distrust(submit(&stranger, both()).await), Distrust::SharePolicy(_)));
    let unpinned = world.policy();
    let without = CustodianClient::to_submit(
        machine.endpoint(),
        machine.verifier(),
        unpinned,
        copy(&shares[0]),
        None,
    );
    assert!(matches!(without.await, Err(Error::Policy(_))), "a kubeconfig that pins nothing");
    // A server with another deployment's store.
    let (elsewhere, _, _) = deployment().await;
    let others = elsewhere.recovering_elsewhere(EnclaveIdentity::default()).await;
    let policy = elsewhere.policy_for(&[EnclaveIdentity::default()]).deployment(id);
    let told = submit(&others, policy).await;
    assert!(matches!(told, Error::NotSubmitted(NotSubmitted::OtherRevision { .. })), "{told:?}");
    for world in [machine, stranger, others, elsewhere, world] {
        world.stop().await;
    }
}
