//! Custodians set an administrator.

use super::*;

pub(super) async fn appoint(
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

pub(super) async fn administrators(
    world: &World,
    key: &Arc<KeyPair>,
) -> Result<Vec<String>, Error> {
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
    let answer = appoint(&world, &shares[1], "rescue", &other).await.unwrap();
    assert_eq!(answer.agreed, 1);
    // Custodians and administrators see who has asked for which key.
    let wishes = |appointments: &[RecoveryAppointment]| -> Vec<(String, Vec<i32>)> {
        let wish = |it: &RecoveryAppointment| {
            (it.key_hash.clone(), it.agreed.iter().map(|one| one.number).collect())
        };
        appointments.iter().map(wish).collect()
    };
    let hash = |key: &KeyPair| key.public().fingerprint().to_string();
    let expected = [(hash(&key), vec![1]), (hash(&other), vec![2])];
    assert_eq!(wishes(&answer.appointments), expected);
    assert_eq!(answer.appointments[0].agreed[0].name, "alice");
    let shown = sets(&world).await;
    assert_eq!(wishes(&shown.appointments), expected);
    assert_eq!(appoint(&world, &shares[2], "rescue", &key).await.unwrap().agreed, 2);
    assert_eq!(code(administrators(&world, &key).await), ErrorCode::RequestNotAuthentic);
    // A day later, the first has not asked.
    world.clock.pass(std::time::Duration::from_secs(25 * 60 * 60));
    assert_eq!(sets(&world).await.appointments, []);
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

/// Every administrator is one of those whom each request reads, with a key of their own: also one whom
/// custodians set.
#[tokio::test]
async fn custodians_set_no_administrator_whom_nobody_sees() {
    let (world, _, shares) = deployment().await;
    let [first, key] = [(); 2].map(|()| Arc::new(KeyPair::generate(Suite::Modern).unwrap()));
    add(&world, "k01", &first).await;
    for n in 2..16 {
        add(&world, &format!("k{n:02}"), &KeyPair::generate(Suite::Modern).unwrap()).await;
    }
    let copy = filled(contents(&*world.store).await).await;
    let machine = new_machine(&world, copy).await.unwrap();
    for share in &shares[..2] {
        submit(&machine, share).await.unwrap();
    }
    for server in [&world, &machine] {
        let refused = refusal(appoint(server, &shares[0], "rescue", &key).await);
        let told = refused.message();
        assert!(told.contains("in the place of one of them") && told.contains("k15"), "{told}");
        assert_eq!(code(appoint(server, &shares[0], "k15", &first).await), ErrorCode::AdminKey);
        for share in &shares {
            appoint(server, share, "k15", &key).await.unwrap();
        }
    }
    let request = agreed(&machine).await;
    finish_as(&machine, &key, request).await.unwrap();
    for server in [&world, &machine] {
        let there = administrators(server, &key).await.unwrap();
        assert!(there.len() == 16 && there.contains(&"k15".to_owned()), "{there:?}");
    }
}
