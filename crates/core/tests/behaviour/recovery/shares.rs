//! Making, proving and ending sets of shares, and what the store says of them.

use super::*;

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
    // Which ones: any two of them.
    let named = |answer: &ProveRecoveryShareResponse| -> Vec<(i32, String)> {
        answer.proven_shares.iter().map(|it| (it.number, it.name.clone())).collect()
    };
    let expected = [(1, "alice"), (2, "bob"), (3, "carol")].map(|(at, name)| (at, name.to_owned()));
    assert_eq!(named(&all), expected);
    assert_eq!(named(&one), expected[..1]);
    assert!(all.proven_shares.iter().all(|it| it.recipient.is_empty() && it.proven_at_ms > 0));
    assert_eq!(revisions(&sets(&world).await), [2]);
    assert_eq!(code(prove(&world, &first[1]).await), ErrorCode::Recovery);

    let summary = world.status().await.recovery.unwrap();
    assert_eq!((summary.revision, summary.threshold, summary.count), (2, 2, 3));
    assert!(summary.proven_at_ms > 0);
    // A drill is a day.
    world.clock.pass(std::time::Duration::from_secs(25 * 60 * 60));
    let alone = prove(&world, &second[2]).await.unwrap();
    assert_eq!((alone.proven, named(&alone)), (1, expected[2..].to_vec()));

    let registers = world.everything().await;
    let registers = registers.iter().filter(|(key, _)| key.starts_with("register/recovery/"));
    assert_eq!(registers.count(), 1, "the sealed identity of the former ones is gone");
    recovered(&world, world.store.clone(), &[&second[0], &second[2]]).await;
}

#[tokio::test]
async fn the_status_names_the_proven_shares_until_later_ones_are_proven() {
    let (world, custodians, first) = deployment().await;
    for share in &first[..2] {
        assert_eq!(prove(&world, share).await.unwrap().newer_revision, 0);
    }
    let second = custodians.open(&custodians.make(&world, 1).await.unwrap());
    let told = || async {
        let summary = world.status().await.recovery.unwrap();
        assert_eq!(summary.alert, "");
        assert!(summary.proven_at_ms > 0);
        (summary.revision, summary.unproven_revision)
    };
    assert_eq!(told().await, (1, 2));
    assert_eq!(
        prove(&world, &first[2]).await.unwrap().newer_revision,
        2,
        "its holder has an old file"
    );
    for share in &second[..2] {
        assert_eq!(prove(&world, share).await.unwrap().newer_revision, 0);
    }
    assert_eq!(told().await, (2, 0));
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
    // An export of it is none that a recovery could rely on.
    let export = || async {
        let admin = world.admin();
        admin.call::<_, ExportStoreResponse>("ExportStore", &ExportStoreRequest::default()).await
    };
    let refused = refusal(export().await);
    assert_eq!(refused.code(), ErrorCode::Recovery);
    assert!(refused.message().contains("recovery revoke 1"), "{refused}");
    let machine = new_machine(&world, world.store.clone()).await.unwrap();
    submit(&machine, &shares[0]).await.unwrap();
    assert_eq!(recovering(&machine).await.sets[0].problem, "");
    let refused = refusal(submit(&machine, &shares[1]).await);
    assert!(refused.message().contains("was changed in the store"), "{refused}");
    let told = recovering(&machine).await.sets[0].problem.clone();
    assert!(told.contains("was changed in the store"), "{told}");
    // What is not even a set is told as that, and not as nothing.
    world.set_raw(&key, vec![7; 100]).await;
    let why = new_machine(&world, world.store.clone()).await.err().unwrap().to_string();
    assert!(why.contains("is damaged (recovery/") && why.contains("--import-store"), "{why}");
    world.delete_raw(&key).await;
    assert!(sets(&world).await.sets[0].problem.contains("not in the store"));
    assert_eq!(refusal(export().await).code(), ErrorCode::Recovery);
    let request = RevokeRecoveryRequest { revisions: vec![1] };
    let _: RevokeRecoveryResponse = world.admin().call("RevokeRecovery", &request).await.unwrap();
    export().await.unwrap();
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
