//! The client library against the real server: everything its users do.

use std::time::Duration;

use aecs_client::{
    Change, Distrust, Error, ErrorCode, Material, NewSecret, NewValue, ServerPolicy,
    TRUSTED_APPLICATIONS, TaClient, Wanted,
};
use aecs_crypto::{KeyPair, SecretBytes, SecretString, Suite};
use aecs_proto::named_list::Content;
use aecs_proto::{
    EnclaveSecretPolicy, EnclaveSecretType, ListedValues, NamedList, SecretOutcome, TaBinding,
    UnifiedAttestationPolicy, json,
};
use tonic::Code;

use crate::world::{SERVICE, World, pinned};

fn secret(name: &str, kind: EnclaveSecretType, policy: UnifiedAttestationPolicy) -> NewSecret {
    let mut secret = NewSecret::new(name, kind);
    secret.spec.service_name = SERVICE.to_owned();
    secret.spec.readonly = "false".to_owned();
    secret.spec.share = "public".to_owned();
    secret.spec.policy = Some(EnclaveSecretPolicy { policy: Some(policy), ..Default::default() });
    secret
}

fn password(name: &str, data: &str) -> NewSecret {
    let mut secret = secret(name, EnclaveSecretType::SecretTypeImportData, pinned(1));
    secret.data = Some(SecretString::from(data.to_owned()).into());
    secret
}

fn refusal<T>(result: Result<T, Error>) -> (Code, u32) {
    match result {
        Err(Error::Refused(refusal)) => {
            (refusal.grpc_code(), refusal.code().map_or(0, aecs_client::ErrorCode::value))
        }
        Err(other) => panic!("not refused by the server: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_life_of_a_service_and_its_secrets() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let (admin, owner) = (world.admin().await, world.owner().await);
    assert_eq!(admin.list_services("").await.unwrap(), [SERVICE]);

    owner.create(&password("db-password", "hunter2")).await.unwrap();
    let again = owner.create(&password("db-password", "other")).await;
    assert_eq!(refusal(again), (Code::AlreadyExists, 0xAA21_0000));
    owner.create(&secret("key", EnclaveSecretType::SecretTypeSm2KeyPair, pinned(1))).await.unwrap();
    let names: Vec<String> =
        owner.list("").await.unwrap().into_iter().map(|spec| spec.secret_name).collect();
    assert_eq!(names, ["db-password", "key"]);

    let admitted = world.ta(1).await;
    assert!(
        admitted.get(SERVICE, "db-password").await.unwrap().material().to_text().ct_eq("hunter2")
    );
    let public = admitted.get_public(SERVICE, "key").await.unwrap();
    assert!(public.data.starts_with("-----BEGIN PUBLIC KEY-----"), "{}", public.data);

    let stranger = world.ta(2).await;
    let refused = refusal(stranger.get(SERVICE, "db-password").await);
    assert_eq!(refused.0, Code::PermissionDenied);
    assert_eq!(refused, refusal(stranger.get(SERVICE, "no-such-secret").await));
    assert_eq!(refused, refusal(stranger.get("no-such-service", "x").await));
    let denials = owner.list_denials("").await.unwrap().denials;
    let [denial, unknown] = &denials[..] else { panic!("{denials:?}") };
    assert_eq!(denial.mismatches[0].attribute, "hex_ta_measurement");
    assert_eq!(unknown.secret_name, "no-such-secret");

    // The policy is what an update replaces, and it counts at once.
    owner
        .update(&secret("db-password", EnclaveSecretType::SecretTypeImportData, pinned(2)))
        .await
        .unwrap();
    assert!(
        stranger.get(SERVICE, "db-password").await.unwrap().material().to_text().ct_eq("hunter2")
    );
    assert_eq!(refusal(admitted.get(SERVICE, "db-password").await).0, Code::PermissionDenied);

    owner.destroy("key").await.unwrap();
    assert_eq!(refusal(owner.destroy("key").await), (Code::NotFound, 0xAA28_0000));
    admin.unregister(SERVICE).await.unwrap();
    assert!(admin.list_services("").await.unwrap().is_empty());
    assert_eq!(refusal(owner.list("").await).0, Code::Unauthenticated);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owners_week() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let (owner, application) = (world.owner().await, world.ta(1).await);
    owner.create(&password("a", "one")).await.unwrap();
    let bytes = NewValue::from(SecretBytes::from(vec![0xFF, 0, b'\n']));
    assert_eq!(owner.put("a", &bytes).await.unwrap(), 2);
    let secret = application.get(SERVICE, "a").await.unwrap();
    assert_eq!((secret.version, secret.to_bytes().expose()), (2, &[0xFF, 0, b'\n'][..]));
    assert!(matches!(secret.material(), Material::Binary(_)));
    let secret = application.get_version(SERVICE, "a", 1).await.unwrap();
    assert_eq!((secret.version, secret.to_bytes().expose()), (1, &b"one"[..]));
    assert_eq!(refusal(application.get_version(SERVICE, "a", 3).await).1, 0xA449_0000);
    assert!(matches!(application.get_version(SERVICE, "a", 0).await, Err(Error::Misuse(_))));

    assert_eq!(owner.roll_back("a", 1).await.unwrap(), 3);
    assert_eq!(application.get(SERVICE, "a").await.unwrap().version, 3);
    let versions = owner.versions("a").await.unwrap().versions;
    assert_eq!(versions.len(), 3);
    assert_eq!(refusal(owner.rotate("a").await).0, Code::InvalidArgument, "it was given");

    owner.delete("a", None).await.unwrap();
    assert_eq!(refusal(application.get(SERVICE, "a").await).1, 0xA448_0000);
    assert!(owner.list("").await.unwrap().is_empty());
    assert_eq!(owner.list_deleted("").await.unwrap()[0].secret_name, "a");
    owner.undelete("a", None).await.unwrap();
    owner.destroy_version("a", 2).await.unwrap();
    assert_eq!(
        refusal(application.get_version(SERVICE, "a", 2).await),
        (Code::NotFound, 0xA448_0000)
    );
    assert_eq!(application.get(SERVICE, "a").await.unwrap().to_bytes().expose(), b"one");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_keep_secrets_of_their_own() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let (one, other) = (world.ta(1).await, world.ta(2).await);
    let new = |name: &str| NewSecret::new(name, EnclaveSecretType::SecretTypeAes256Key);
    one.create(&new("session"), TaBinding::Measurement).await.unwrap();
    other.create(&new("session"), TaBinding::Measurement).await.unwrap();
    let key = one.get(TRUSTED_APPLICATIONS, "session").await.unwrap();
    let key_of_other = other.get(TRUSTED_APPLICATIONS, "session").await.unwrap();
    assert!(!key.material().to_text().ct_eq(key_of_other.material().to_text().expose()));

    // Bound to the signer, a later version gets it.
    one.create(&new("models"), TaBinding::Signer).await.unwrap();
    assert!(other.get(TRUSTED_APPLICATIONS, "models").await.is_ok());

    let admin = world.admin().await;
    let mut names: Vec<String> =
        admin.list_ta_secrets("").await.unwrap().into_iter().map(|spec| spec.secret_name).collect();
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(names[0], "models");
    assert!(names[1].starts_with("session@"), "{names:?}");
    admin.destroy_ta_secret(&names[1]).await.unwrap();
    one.destroy("models").await.unwrap();
    assert_eq!(admin.list_ta_secrets("").await.unwrap().len(), 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_with_keys_of_every_suite() {
    for suite in Suite::ALL {
        let world = World::working(suite, |_| ()).await;
        let owner = world.owner().await;
        owner.create(&password("x", "y")).await.unwrap();
        assert_eq!(owner.list("x").await.unwrap().len(), 1, "{suite}");
        assert!(world.ta(1).await.get(SERVICE, "x").await.unwrap().material().to_text().ct_eq("y"));
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_the_expected_one_is_not_trusted() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let policy = ServerPolicy::new(&pinned(0x77)).unwrap().insecure_any_deployment();
    let identity = aecs_sim::EnclaveIdentity::default();
    let attester = std::sync::Arc::new(world.cpu.enclave(identity));
    let result =
        TaClient::builder(world.endpoint(), world.verifier(), policy, attester).connect().await;
    assert!(matches!(result, Err(Error::Untrusted(Distrust::Policy(_)))), "{:?}", result.err());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_waits_for_its_administrator_is_alive_and_not_ready() {
    use tonic_health::pb::{
        HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
    };
    let world = World::start(Suite::Modern, |_| ()).await;
    let address = format!("http://{}", world.address);
    let channel = tonic::transport::Channel::from_shared(address).unwrap().connect().await.unwrap();
    let mut client = HealthClient::new(channel);
    let mut health = async |service: &str| {
        let request = HealthCheckRequest { service: service.to_owned() };
        client.check(request).await.unwrap().into_inner().status()
    };
    assert_eq!(health("").await, ServingStatus::Serving);
    assert_eq!(health("kubetee.Aecs").await, ServingStatus::NotServing);
    world.admin().await.provision("localtest").await.unwrap();
    // It is looked at several times a second.
    while health("kubetee.Aecs").await != ServingStatus::Serving {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_of_the_identity() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let admin = world.admin().await;
    admin.backup("host2").await.unwrap();
    let hosts: Vec<String> =
        admin.list_backups("").await.unwrap().into_iter().map(|backup| backup.host_name).collect();
    assert_eq!(hosts, ["host2", "localtest"]);
    admin.delete_backup("host2").await.unwrap();
    assert_eq!(refusal(admin.delete_backup("host2").await), (Code::NotFound, 0xA209_0000));
    assert!(admin.provision("localtest").await.unwrap().already_working);
    assert_eq!(refusal(admin.provision("host3").await), (Code::FailedPrecondition, 0xAA01_0000));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_key_opens_nothing() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let intruder = aecs_client::AdminClient::connect(
        world.endpoint(),
        world.verifier(),
        world.policy(),
        key,
        None,
    )
    .await
    .unwrap();
    assert_eq!(refusal(intruder.unregister(SERVICE).await), (Code::Unauthenticated, 0xA20C_0000));
    assert_eq!(world.admin().await.list_services("").await.unwrap(), [SERVICE]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_finds_all_it_needs_in_a_kubeconfig() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let owner = world.owner().await;
    owner.create(&password("a", "one")).await.unwrap();
    owner
        .create(&secret("of-others", EnclaveSecretType::SecretTypeAes256Key, pinned(2)))
        .await
        .unwrap();

    let ta = world.wired(1).connect().await.unwrap();
    let listed = ta.list(SERVICE, "").await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].name.as_str(), listed[0].version), ("a", 1));
    assert_eq!(listed[0].kind, EnclaveSecretType::SecretTypeImportData);
    assert_eq!(ta.list("no-such-service", "").await.unwrap(), []);

    let first = ta.get(SERVICE, "a").await.unwrap();
    assert!(ta.get_if_changed(SERVICE, "a", first.tag()).await.unwrap().is_none());
    let late = Duration::from_millis(300);
    let error = ta.wait_for(SERVICE, "of-others", late).await;
    assert_eq!(refusal(error).0, Code::PermissionDenied);
    let (waited, ()) =
        tokio::join!(ta.get_when_ready(SERVICE, "b", Duration::from_secs(20)), async {
            tokio::time::sleep(late).await;
            owner.create(&password("b", "late")).await.unwrap();
        });
    assert_eq!(waited.unwrap().to_bytes().expose(), b"late");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_gives_each_version_and_tells_of_an_end() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let (owner, ta) = (world.owner().await, world.ta(1).await);
    owner.create(&password("a", "one")).await.unwrap();
    let mut watch = ta.watch(SERVICE, "a").every(Duration::from_millis(200));
    assert_eq!(watch.changed().await.unwrap().version, 1);
    let waiting = Duration::from_millis(600);
    assert!(tokio::time::timeout(waiting, watch.changed()).await.is_err(), "nothing has changed");
    owner.roll_back("a", 1).await.unwrap();
    assert_eq!(watch.changed().await.unwrap().version, 2);
    owner.delete("a", None).await.unwrap();
    assert_eq!(refusal(watch.changed().await).1, 0xA448_0000);
    owner.undelete("a", None).await.unwrap();
    owner.put("a", &NewValue::from(SecretBytes::from(b"three".to_vec()))).await.unwrap();
    let third = watch.changed().await.unwrap();
    assert_eq!((third.version, third.to_bytes().expose()), (3, &b"three"[..]));
    let mut after = ta.watch(SERVICE, "a").every(Duration::from_millis(200)).after(&third);
    assert!(tokio::time::timeout(waiting, after.changed()).await.is_err(), "it is known");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_without_a_runtime_have_a_client_that_blocks() {
    let world = World::working(Suite::Modern, |_| ()).await;
    world.owner().await.create(&password("a", "one")).await.unwrap();
    // Asynchronous code would be blocked.
    let refused = aecs_client::blocking::TaClient::connect(world.wired(1));
    assert!(matches!(refused, Err(Error::Misuse(_))));
    let builder = world.wired(1);
    let (done, is_done) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let ta = aecs_client::blocking::TaClient::connect(builder).unwrap();
        assert_eq!(ta.list(SERVICE, "").unwrap().len(), 1);
        let secret = ta.get(SERVICE, "a").unwrap();
        assert!(ta.get_if_changed(SERVICE, "a", secret.tag()).unwrap().is_none());
        assert_eq!(ta.watch(SERVICE, "a").changed().unwrap().version, 1);
        let found = ta.get_many(&[Wanted::new(SERVICE, "a"), Wanted::new(SERVICE, "b")]).unwrap();
        assert!(found[0].is_ok() && found[1].is_err());
        done.send(()).unwrap();
        ta
    });
    is_done.await.unwrap();
    world.stop().await;
}

fn chips(name: &str, numbers: impl Iterator<Item = u32>) -> NamedList {
    let values = numbers.map(|number| format!("{number:0>128X}")).collect();
    let values = ListedValues { attribute: "hex_chip_id".to_owned(), values };
    NamedList {
        list_name: name.to_owned(),
        content: Some(Content::Values(values)),
        ..NamedList::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_list_of_thousands_of_values_comes_and_goes() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let owner = world.owner().await;
    let made = owner.put_list(&chips("fleet", 0..7500)).await.unwrap();
    assert_eq!((made.entries, made.added, made.removed), (7500, 7500, 0));
    assert_eq!(owner.named_list("fleet").await.unwrap(), chips("fleet", 0..7500));
    let info = owner.named_lists("fl").await.unwrap();
    assert!(info.len() == 1 && !info[0].incomplete, "{info:?}");

    let changed = owner.put_list(&chips("fleet", 1..7501)).await.unwrap();
    assert_eq!((changed.entries, changed.added, changed.removed), (7500, 1, 1));
    let removed = owner.remove_from_list(&chips("fleet", 0..7400)).await.unwrap();
    assert_eq!((removed.entries, removed.removed), (101, 7399));
    let added = owner.add_to_list(&chips("fleet", 0..2)).await.unwrap();
    assert_eq!((added.entries, added.added), (103, 2));

    let secret = |name: &str, policy: &str| {
        let policy = json::from_str(policy).unwrap();
        secret(name, EnclaveSecretType::SecretTypeAes256Key, policy)
    };
    let referring = secret(
        "a",
        r#"{"typed": {"parts": [{"attester": {"rules": [{"conditions": [
            {"anyOf": {"attribute": "hex_ta_measurement", "values":
                ["0101010101010101010101010101010101010101010101010101010101010101"]}},
            {"inNoListIfPresent": {"attribute": "hex_chip_id", "lists": ["fleet"]}}]}]}}]}}"#,
    );
    owner.create(&referring).await.unwrap();
    world.ta(1).await.get(SERVICE, "a").await.unwrap();
    owner.destroy_list("fleet").await.unwrap();
    assert_eq!(refusal(world.ta(1).await.get(SERVICE, "a").await).0, Code::PermissionDenied);
    assert_eq!(refusal(owner.destroy_list("fleet").await).0, Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_secrets_are_changed_in_one_act_and_got_in_one_call() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let owner = world.owner().await;
    let name = |n: usize| format!("s{n:03}");
    let secrets: Vec<_> = (0..100).map(|n| password(&name(n), &format!("value {n}"))).collect();
    let changes: Vec<Change> = secrets.iter().map(Change::create).collect();
    for batch in Change::batches(&changes) {
        let done = owner.change_all(&changes[batch.clone()]).await.unwrap();
        assert_eq!(done.len(), batch.len());
        assert!(done.iter().all(|it| it.applied.outcome == SecretOutcome::SecretCreated));
    }
    assert_eq!(owner.list("").await.unwrap().len(), 100);

    // In one call as in 100, also what is refused, and in a session as with evidence.
    owner
        .create(&secret("other", EnclaveSecretType::SecretTypeAes256Key, pinned(2)))
        .await
        .unwrap();
    let mut wanted: Vec<Wanted> = (0..100).map(|n| Wanted::new(SERVICE, &name(n))).collect();
    wanted.insert(70, Wanted::new(SERVICE, "other"));
    let ta = world.ta(1).await;
    for _ in 0..2 {
        let mut found = ta.get_many(&wanted).await.unwrap();
        let refused = found.remove(70).err().unwrap();
        assert_eq!(refused.code(), Some(ErrorCode::NoSuchName));
        for (n, secret) in found.into_iter().enumerate() {
            assert!(secret.unwrap().material().to_text().ct_eq(&format!("value {n}")));
        }
    }
    assert!(ta.get_many(&[]).await.unwrap().is_empty());
    let nameless = ta.get_many(&[Wanted::new(SERVICE, "")]).await;
    assert!(matches!(nameless, Err(Error::Misuse(_))));

    // More than fits into one answer.
    let large: Vec<_> = (0..48).map(|n| password(&format!("l{n}"), &"x".repeat(65_000))).collect();
    let changes: Vec<Change> = large.iter().map(Change::create).collect();
    for batch in Change::batches(&changes) {
        owner.change_all(&changes[batch]).await.unwrap();
    }
    let wanted: Vec<Wanted> = large.iter().map(|it| Wanted::new(SERVICE, it.name())).collect();
    assert!(ta.get_many(&wanted).await.unwrap().iter().all(Result::is_ok));

    // All or none.
    let changes = [Change::destroy(&name(0)), Change::destroy("nowhere")];
    assert_eq!(refusal(owner.change_all(&changes).await).0, Code::NotFound);
    assert_eq!(owner.list("s").await.unwrap().len(), 100);
    let changes: Vec<Change> = (0..64).map(|n| Change::destroy(&name(n))).collect();
    owner.change_all(&changes).await.unwrap();
    assert_eq!(owner.list("s").await.unwrap().len(), 36);
    let too_many = (0..65).map(|n| Change::delete(&name(n))).collect::<Vec<_>>();
    assert!(matches!(owner.change_all(&too_many).await, Err(Error::Misuse(_))));
    let mut foreign = password("a", "b");
    foreign.spec.service_name = "other".to_owned();
    assert!(matches!(owner.change_all(&[Change::create(&foreign)]).await, Err(Error::Misuse(_))));
    world.stop().await;
}

/// Within the limits that servers and clients have by default: a request of 1 MiB, an answer of 8 MiB.
#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_8_mib_goes_in_and_out() {
    let world = World::working(Suite::Modern, |settings| {
        settings.quotas.data_bytes = aecs_client::MOST_DATA;
    })
    .await;
    let owner = world.owner().await;
    owner.create(&password("big", "small")).await.unwrap();
    let bytes: Vec<u8> =
        (0..aecs_client::MOST_DATA).map(|at| u8::try_from(at % 251).unwrap() | 0x80).collect();
    let value = NewValue::from(SecretBytes::from(bytes.clone()));
    assert_eq!(owner.put("big", &value).await.unwrap(), 2);
    let ta = world.ta(1).await;
    // With evidence, and then in a session.
    for _ in 0..2 {
        let secret = ta.get(SERVICE, "big").await.unwrap();
        assert_eq!(secret.version, 2);
        assert!(secret.to_bytes().expose() == bytes);
        assert!(ta.get_if_changed(SERVICE, "big", secret.tag()).await.unwrap().is_none());
        let wanted = [Wanted::new(SERVICE, "big"), Wanted::new(SERVICE, "none")];
        let many = ta.get_many(&wanted).await.unwrap();
        assert!(many[0].as_ref().unwrap().to_bytes().expose() == bytes);
        assert_eq!(many[1].as_ref().err().unwrap().code(), Some(ErrorCode::NoSuchName));
    }
    let longer = NewValue::Binary(SecretBytes::from(vec![0xFF; aecs_client::MOST_DATA + 1]));
    let refused = owner.put("big", &longer).await;
    assert!(refused.is_err(), "longer than any value may be");

    // Files as state: the same value changes nothing.
    let mut secret = password("big", "");
    secret.data = Some(value);
    let applied = owner.apply(&secret, false).await.unwrap();
    assert_eq!((applied.outcome, applied.version), (aecs_proto::SecretOutcome::SecretUnchanged, 2));
    // As one of many changes, too.
    let mut other = password("other", "");
    other.data = Some(NewValue::from(SecretBytes::from(bytes.clone())));
    let changes = [password("a", "b"), other, password("c", "d")].map(|it| Change::create(&it));
    for batch in Change::batches(&changes) {
        owner.change_all(&changes[batch]).await.unwrap();
    }
    assert!(ta.get(SERVICE, "other").await.unwrap().to_bytes().expose() == bytes);
}
