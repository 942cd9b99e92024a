//! A server that recovers: what it takes, what it refuses, and what it is afterwards.

use aecs_proto::{DeploymentState, RequestBinding, json};

use super::*;
use crate::support::binding;

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
    // A wrong password is counted in the records: the state that was named is in their history.
    let right = agreed(&machine).await;
    let without = refusal(finish_as(&machine, &world.admin, right.clone()).await);
    assert_eq!(without.code(), ErrorCode::Password);
    assert_ne!(agreed(&machine).await.epoch, right.epoch);
    finish(right).await.unwrap();
    assert_eq!(machine.core.status(), "Working");
}

/// Submits a share by a tool that has seen this state of the deployment.
async fn submit_seen(
    world: &World,
    share: &RecoveryShare,
    seen: &DeploymentState,
) -> Result<(), Error> {
    let caller = custodian(world, share);
    let request =
        SubmitRecoveryShareRequest { label: share.label.clone(), share: share.share.clone() };
    let mut payload = caller.payload("SubmitRecoveryShare", json::to_string(&request));
    let binding = binding(&world.core, Suite::Modern).await;
    payload.binding = Some(RequestBinding { remembered: Some(seen.clone()), ..binding });
    let sealed = caller.seal("SubmitRecoveryShare", &payload).await;
    caller.send(sealed).await.map(drop)
}

#[tokio::test]
async fn h39_records_older_than_those_that_a_custodian_has_seen_are_not_recovered() {
    let (world, _, shares) = deployment().await;
    let before = contents(&*world.store).await;
    world.import("later", "later", 1).await.unwrap();
    let state = world.core.records().unwrap().state().await.unwrap();
    let seen = DeploymentState {
        epoch: state.epoch.try_into().unwrap(),
        chain: state.chain.to_vec(),
        settings_revision: 1,
    };
    let machine = new_machine(&world, filled(before).await).await.unwrap();
    let epoch = state.epoch;
    let of = |number, name| format!("share {number} of {name} (epoch {epoch})");
    submit_seen(&machine, &shares[0], &seen).await.unwrap();
    for (share, custodians) in
        [(1, of(2, "bob")), (2, format!("{}, {}", of(2, "bob"), of(3, "carol")))]
    {
        let refused = refusal(submit_seen(&machine, &shares[share], &seen).await);
        let all = format!(": {}, {custodians}; recover from a later store", of(1, "alice"));
        assert!(refused.message().contains(&all), "{refused}");
    }
    // Anybody can ask for the status: it names the shares, and not who has them.
    let told = recovering(&machine).await;
    assert!(told.opened.is_none());
    let problem = &told.sets[0].problem;
    assert!(problem.contains(&format!(": share 1 (epoch {epoch}), share 2 (epoch")), "{problem}");
    assert!(!["alice", "bob", "carol"].iter().any(|name| problem.contains(name)), "{problem}");
    // They agree to the loss one by one. Two are enough.
    let refused = refusal(submit(&machine, &shares[0]).await);
    let left = format!(": {}, {};", of(2, "bob"), of(3, "carol"));
    assert!(refused.message().contains(&left), "{refused}");
    assert!(submit(&machine, &shares[1]).await.unwrap().opened);
    let of_carol = format!(": share 3 (epoch {epoch});");
    let problem = recovering(&machine).await.opened.unwrap().problem;
    assert!(problem.contains(&of_carol), "{problem}");
    submit(&machine, &shares[2]).await.unwrap();
    assert_eq!(recovering(&machine).await.sets[0].problem, "");
    // One of them thinks better of it.
    let refused = refusal(submit_seen(&machine, &shares[2], &seen).await);
    assert!(refused.message().contains(&format!(": {};", of(3, "carol"))), "{refused}");
    let problem = recovering(&machine).await.opened.unwrap().problem;
    assert!(problem.contains(&of_carol), "{problem}");
    for overruled in [vec![], vec![1, 2]] {
        let request = FinishRecoveryRequest { overruled, ..agreed(&machine).await };
        let refused = refusal(finish_as(&machine, &world.admin, request).await);
        assert!(refused.message().contains(&of(3, "carol")), "{refused}");
        assert_eq!(machine.core.status(), "Recovering");
    }
    // Nobody is overruled by fewer than it takes to recover.
    refusal(submit_seen(&machine, &shares[1], &seen).await);
    let overruling =
        async || FinishRecoveryRequest { overruled: vec![2, 3], ..agreed(&machine).await };
    let refused = refusal(finish_as(&machine, &world.admin, overruling().await).await);
    assert!(refused.message().contains(&of(2, "bob")), "{refused}");
    submit(&machine, &shares[1]).await.unwrap();
    finish_as(&machine, &world.admin, overruling().await).await.unwrap();
    assert_eq!(machine.core.status(), "Working");
    let entry = machine.audit.entries().into_iter().rfind(|it| it.function == "FinishRecovery");
    assert!(entry.unwrap().object.unwrap().contains("overruled: shares [2, 3]"));

    let machine = new_machine(&world, world.store.clone()).await.unwrap();
    for share in &shares {
        submit_seen(&machine, share, &seen).await.unwrap();
    }
    let request = agreed(&machine).await;
    finish_as(&machine, &world.admin, request).await.unwrap();
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
    let shown = sets(&world).await.sets;
    assert!(!shown[0].not_here.is_empty(), "the present server is none of them");
    assert_eq!(shown[0].released_to, request.released_to);
    let present = new_machine(&world, world.store.clone()).await.unwrap();
    let not_here = recovering(&present).await.sets[0].not_here.clone();
    assert!(not_here.contains("are for other servers"), "{not_here}");
    assert_eq!(code(submit(&present, &shares[0]).await), ErrorCode::Recovery);
    let upgraded = new_machine_with(&world, world.store.clone(), |restart| restart.enclave = next);
    let upgraded = upgraded.await.unwrap();
    let set = &recovering(&upgraded).await.sets[0];
    assert_eq!((set.problem.as_str(), set.not_here.as_str()), ("", ""));
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
    // The store of another deployment does not make the file useless.
    let (other, _, _) = deployment().await;
    let why = world.restart(|restart| {
        restart.config.recover = true;
        restart.store = other.store.clone();
    });
    let why = why.await.err().unwrap().to_string();
    assert!(why.contains("no recovery shares of deployment") && why.contains("keep it"), "{why}");
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

/// Whose evidence the records do not accept is told so before anybody has submitted anything, and not only at
/// the end.
#[tokio::test]
async fn a_machine_that_the_deployment_does_not_accept_is_told_before_shares_are_asked_for() {
    let (world, _, shares) = deployment().await;
    let folder = tempfile::tempdir().unwrap();
    let foreign = SimulatedCpu::create(folder.path(), CpuOptions::default()).unwrap();
    let verifier = aecs_attest::Verifier::builder().simulated_root(foreign.root_der());
    let verifier = Arc::new(verifier.build().unwrap());
    let machine = new_machine_with(&world, world.store.clone(), |restart| {
        restart.attester = Some(Arc::new(foreign.enclave(server_enclave())));
        restart.config.settings.verifier = verifier;
    });
    let machine = machine.await.unwrap();
    let told = recovering(&machine).await;
    let expected = "do not accept the evidence of this machine";
    assert!(told.sets[0].problem.contains(expected), "{}", told.sets[0].problem);
    for share in &shares[..2] {
        submit(&machine, share).await.unwrap();
    }
    let opened = recovering(&machine).await.opened.unwrap();
    assert!(opened.problem.contains(expected), "{}", opened.problem);
    let request = agreed(&machine).await;
    assert!(finish_as(&machine, &world.admin, request).await.is_err());

    let right = new_machine(&world, world.store.clone()).await.unwrap();
    assert_eq!(recovering(&right).await.sets[0].problem, "");
    for share in &shares[..2] {
        submit(&right, share).await.unwrap();
    }
    assert_eq!(recovering(&right).await.opened.unwrap().problem, "");
}

#[tokio::test]
async fn a_new_machine_without_the_flag_says_that_it_can_recover() {
    let (world, _, _) = deployment().await;
    let machine = new_machine_with(&world, world.store.clone(), |restart| {
        restart.config.recover = false;
    });
    let machine = machine.await.unwrap();
    assert_eq!(machine.core.status(), "Pending");
    let reason = machine.status().await.pending_reason;
    assert!(reason.contains("--recover"), "{reason}");
    let id = hex::encode_upper(world.core.deployment_id());
    assert!(reason.contains(&format!("(revision 1) of deployment {id}")), "{reason}");
    let told = recovering(&machine).await;
    assert_eq!((told.sets.len(), told.sets[0].deployment_id.as_str()), (1, id.as_str()));
    assert!(told.opened.is_none());
    // Without shares, nobody is told of any.
    let world = World::installed().await;
    let copy = world.restart(|restart| restart.cache = Some(Arc::default())).await.unwrap();
    let status = copy.status().await;
    assert_eq!((status.status.as_str(), status.recovering), ("Pending", None));
    assert!(!status.pending_reason.contains("--recover"), "{}", status.pending_reason);
}

/// An SEV-SNP guest seals only where its settings say that it may.
struct AsTheRulesSay(Sealing);

impl Seals for AsTheRulesSay {
    fn opening(&self) -> Sealing {
        self.0.clone()
    }

    fn under(&self, rules: &SealingRules) -> Sealing {
        match rules.snp_measurement {
            true => self.0.clone(),
            false => Sealing::Unavailable { reason: "no direct boot".into() },
        }
    }
}

#[tokio::test]
async fn a_restart_under_settings_that_seal_nothing_waits_for_shares() {
    let (world, _, shares) = deployment().await;
    let sealing =
        Arc::new(AsTheRulesSay(Sealing::Sealer(Arc::new(world.cpu.enclave(server_enclave())))));
    let restart = async |world: &World, cache: Option<Arc<MemoryCache>>, snp_measurement| {
        let restarted = world.restart(|restart| {
            restart.sealing = Some(sealing.clone());
            restart.config.sealing = SealingRules { snp_measurement, ..SealingRules::server() };
            restart.cache = cache;
        });
        restarted.await.unwrap()
    };
    let nothing = || Some(Arc::<MemoryCache>::default());
    assert_eq!(restart(&world, nothing(), true).await.core.status(), "Pending");
    // What was sealed under other settings opens, and is gone on with.
    assert_eq!(restart(&world, world.cache.clone(), false).await.core.status(), "Working");
    let machine = restart(&world, nothing(), false).await;
    assert_eq!(machine.core.status(), "Recovering");
    for share in &shares[..2] {
        submit(&machine, share).await.unwrap();
    }
    let request = agreed(&machine).await;
    finish_as(&machine, &world.admin, request).await.unwrap();
    assert_eq!(machine.core.status(), "Working");
}

/// Records whose history cannot be read are recovered only by who says so.
#[tokio::test]
async fn an_older_store_is_accepted_by_who_says_so() {
    let world = World::installed().await;
    let custodians = Custodians::new();
    let shares = custodians.open(&custodians.make(&world, 0).await.unwrap());
    let records = world.core.records().unwrap();
    for n in 0..400 {
        let name = aecs_core::vault::Name::new(&format!("filler/{n:03}")).unwrap();
        let change = aecs_core::vault::Change::new().put(name, vec![1; 500].into());
        records.commit(change).await.unwrap();
    }
    let everything = world.everything().await;
    let pages: Vec<String> = everything.iter().map(|(key, _)| key.clone()).collect();
    for without in pages.iter().filter(|key| key.starts_with("page/")) {
        let left = everything.iter().filter(|(key, _)| key != without).cloned().collect();
        let machine = new_machine(&world, filled(left).await).await.unwrap();
        submit(&machine, &shares[0]).await.unwrap();
        if submit(&machine, &shares[1]).await.is_err() {
            continue;
        }
        let Some(opened) = recovering(&machine).await.opened else { continue };
        if !opened.older.contains("cannot be compared") {
            continue;
        }
        let request = agreed(&machine).await;
        let refused = refusal(finish_as(&machine, &world.admin, request.clone()).await);
        assert!(refused.message().contains("cannot be compared"), "{refused}");
        assert_eq!(machine.core.status(), "Recovering");
        let request = FinishRecoveryRequest { accept_older_store: true, ..request };
        finish_as(&machine, &world.admin, request).await.unwrap();
        assert_eq!(machine.core.status(), "Working");
        return;
    }
    panic!("no page has the history alone");
}

/// It may be the only copy of another deployment's identity.
#[tokio::test]
async fn a_sealed_identity_that_does_not_open_is_kept_when_a_recovery_is_finished() {
    let (world, _, shares) = deployment().await;
    let cache = Arc::new(MemoryCache::default());
    cache.set(Some(b"of another platform".to_vec()));
    let place = cache.clone();
    let machine =
        new_machine_with(&world, world.store.clone(), |restart| restart.cache = Some(place));
    let machine = machine.await.unwrap();
    for share in &shares[..2] {
        submit(&machine, share).await.unwrap();
    }
    assert_eq!(cache.former(), Vec::<Vec<u8>>::new());
    assert_eq!(cache.content().unwrap(), b"of another platform");
    // What cannot be read may be an only copy as well.
    cache.make_unreadable(true);
    let refused = refusal(finish_as(&machine, &world.admin, agreed(&machine).await).await);
    assert!(refused.message().contains("unreadable"), "{refused}");
    assert_eq!(cache.content().unwrap(), b"of another platform");
    cache.make_unreadable(false);
    let request = agreed(&machine).await;
    finish_as(&machine, &world.admin, request).await.unwrap();
    assert_eq!(cache.former(), [b"of another platform".to_vec()]);
    assert_ne!(cache.content().unwrap(), b"of another platform");
}
