//! Calls: what is sent, which answers are believed, and what is done again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic in a test is the report of its failure, in its supporting code as well"
)]

mod fake;
#[path = "calls/sessions.rs"]
mod sessions;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aecs_client::{
    AdminClient, Caller, DeploymentId, Distrust, Endpoint, Error, ErrorCode, Material, NewSecret,
    PublicClient, ServiceClient, TaClient, Wanted,
};
use aecs_crypto::{KeyPair, SecretString, Suite};
use aecs_proto::{
    AecsProvisionRequest, EnclaveSecretType, RegisterEnclaveServiceRequest, TaBinding,
    UnifiedAttestationAttributes, UnifiedAttestationPolicy, json,
};
use aecs_sim::EnclaveIdentity;
use fake::{Fake, Lie, SECRET, chain, cpu, policy, serve, verifier};

/// An administrator connected to a fake in `suite`.
async fn administrator(suite: Suite) -> (tempfile::TempDir, Arc<Fake>, Endpoint, AdminClient) {
    let (folder, cpu) = cpu();
    let key = KeyPair::generate(suite).unwrap();
    let fake = Fake::new(&cpu, suite, Some(key.public().clone()));
    let endpoint = serve(&fake).await;
    let password = Some(SecretString::from("pass".to_owned()));
    let admin = AdminClient::connect(endpoint.clone(), verifier(&cpu), policy(), key, password);
    let admin = admin.await.unwrap();
    (folder, fake, endpoint, admin)
}

async fn application() -> (tempfile::TempDir, Arc<Fake>, TaClient) {
    let (folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let attester = Arc::new(cpu.enclave(EnclaveIdentity::default()));
    let ta = TaClient::builder(serve(&fake).await, verifier(&cpu), policy(), attester);
    let ta = ta.connect().await.unwrap();
    (folder, fake, ta)
}

#[tokio::test]
async fn an_administrator_calls_in_every_suite() {
    for suite in Suite::ALL {
        let (_folder, fake, _, admin) = administrator(suite).await;
        assert_eq!(admin.list_services("ser").await.unwrap(), ["service1"]);
        let service_key = KeyPair::generate(Suite::Modern).unwrap();
        admin.register("service2", service_key.public(), None).await.unwrap();
        admin.provision("host1").await.unwrap();

        let seen = admin.status().await.unwrap().status().identity_hash.clone();
        let payloads = fake.payloads.lock().unwrap();
        let names: Vec<&str> = payloads.iter().map(|p| p.function_name.as_str()).collect();
        assert_eq!(names, ["ListEnclaveService", "RegisterEnclaveService", "AecsProvision"]);
        assert!(payloads.iter().all(|p| p.password == "pass" && p.service_name.is_empty()));
        assert_eq!(payloads[0].req, br#"{"serviceName":"ser"}"#);
        let provision: AecsProvisionRequest = json::from_slice(&payloads[2].req).unwrap();
        assert_eq!(provision.host_name, "host1");
        assert_eq!(provision.identity_hash, seen, "it names the identity that it means");
        let register: RegisterEnclaveServiceRequest = json::from_slice(&payloads[1].req).unwrap();
        assert_eq!(register.service_pubkey, service_key.public().pem());
        let nonces: std::collections::BTreeSet<_> = payloads.iter().map(|p| &p.nonce).collect();
        assert_eq!(nonces.len(), 3);
    }
}

#[tokio::test]
async fn a_provision_waits_for_a_server_that_prepares_itself() {
    let (_folder, fake, _endpoint, admin) = administrator(Suite::Modern).await;
    fake.lies(Lie::NotYet(2));
    admin.provision("host1").await.unwrap();
    assert_eq!(fake.calls(), 3);

    fake.lies(Lie::Refusal);
    assert!(matches!(admin.provision("host1").await, Err(Error::Refused(_))));
    assert_eq!(fake.calls(), 4, "any other refusal is the answer");
}

#[tokio::test]
async fn a_service_administrator_names_the_service() {
    let (_folder, cpu) = cpu();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let fake = Fake::new(&cpu, Suite::Modern, Some(key.public().clone()));
    let builder = ServiceClient::builder(serve(&fake).await, verifier(&cpu), policy());
    let service = builder.connect("service1", key).await.unwrap();

    let mut secret = NewSecret::new("db", EnclaveSecretType::SecretTypeImportData);
    secret.data = Some(SecretString::from(SECRET.to_owned()).into());
    let error = service.create(&secret).await.unwrap_err();
    assert!(matches!(error, Error::Misuse(_)), "{error}");
    assert_eq!(fake.calls(), 0);

    secret.spec.service_name = "service1".into();
    service.create(&secret).await.unwrap();
    let payloads = fake.payloads.lock().unwrap();
    assert_eq!(payloads[0].service_name, "service1");
    let request: aecs_proto::CreateEnclaveSecretRequest =
        json::from_slice(&payloads[0].req).unwrap();
    assert_eq!(request.secret.unwrap().data, SECRET);
}

#[tokio::test]
async fn answers_to_administrators_are_bound_to_their_request() {
    let (_folder, fake, _, admin) = administrator(Suite::Modern).await;
    for (lie, message) in [
        (Lie::NoAnswer, "the sealed answer is missing from the answer"),
        (Lie::AnswerSignedByOther, "the answer is not signed by the server's attested key"),
        (Lie::AnswerToOtherRequest, "the answer does not belong to this request"),
        (Lie::AnswerOfOtherFunction, "the answer does not belong to this request"),
        (Lie::AnswerNamedAsIn20, "the answer does not belong to this request"),
        (Lie::AnswerSealedForOther, "the answer was not sealed for this side's key"),
    ] {
        fake.lies(lie);
        let before = fake.calls();
        let error = admin.list_services("").await.unwrap_err();
        let expected = format!("the server is not trusted: {message}");
        assert!(chain(&error).starts_with(&expected), "{lie:?}: {}", chain(&error));
        assert_eq!(fake.calls(), before + 1, "{lie:?}: a lie is not asked for again");
    }
    fake.lies(Lie::None);
    admin.list_services("").await.unwrap();
}

/// SM4-CBC does not authenticate the name of an envelope, so the name would bind nothing.
#[tokio::test]
async fn an_answer_in_an_unauthenticated_cipher_is_not_believed() {
    let (_folder, fake, _, admin) = administrator(Suite::Sm).await;
    fake.lies(Lie::AnswerSealedAsIn20);
    let error = admin.list_services("").await.unwrap_err();
    assert!(matches!(error, Error::Untrusted(Distrust::OtherRequest(_))), "{}", chain(&error));
}

#[tokio::test]
async fn a_refusal_keeps_its_codes() {
    let (_folder, fake, _, admin) = administrator(Suite::Modern).await;
    fake.lies(Lie::Refusal);
    let error = admin.unregister("service1").await.unwrap_err();
    assert_eq!(error.to_string(), "the server refused: not for you (0xAA280000)");
    let Error::Refused(refusal) = error else { panic!("{error}") };
    assert_eq!(refusal.code().map(ErrorCode::value), Some(0xAA28_0000));
    assert_eq!(refusal.grpc_code(), tonic::Code::PermissionDenied);
    assert_eq!(fake.calls(), 1);
}

/// One code asks for something else of each caller.
#[tokio::test]
async fn a_refusal_says_who_was_refused() {
    let (_folder, cpu) = cpu();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let fake = Fake::new(&cpu, Suite::Modern, Some(key.public().clone()));
    let endpoint = serve(&fake).await;
    let of = |error: Error| match error {
        Error::Refused(refusal) => refusal.caller(),
        error => panic!("{error}"),
    };
    let (endpoint, verifier) = (|| endpoint.clone(), || verifier(&cpu));
    let service = ServiceClient::connect(endpoint(), verifier(), policy(), "service1", key, None)
        .await
        .unwrap();
    let public = PublicClient::connect(endpoint(), verifier(), policy()).await.unwrap();
    fake.lies(Lie::Refusal);
    assert_eq!(of(service.destroy("a").await.unwrap_err()), Caller::ServiceAdmin);
    assert_eq!(of(public.get("service1", "a").await.unwrap_err()), Caller::Anyone);
    let (_folder, fake, _, admin) = administrator(Suite::Modern).await;
    fake.lies(Lie::Refusal);
    assert_eq!(of(admin.unregister("service1").await.unwrap_err()), Caller::AecsAdmin);
    let (_folder, fake, ta) = application().await;
    fake.lies(Lie::Refusal);
    assert_eq!(of(ta.get("service1", "a").await.err().unwrap()), Caller::TrustedApplication);
}

#[tokio::test]
async fn f09_reads_and_acts_are_repeated_while_the_server_is_busy() {
    let (_folder, fake, _, admin) = administrator(Suite::Modern).await;
    fake.lies(Lie::Unavailable(2));
    admin.list_services("").await.unwrap();
    assert_eq!(fake.calls(), 3);

    // An act has an id, under which the server carries it out once.
    fake.lies(Lie::Busy(5));
    admin.unregister("service1").await.unwrap();
    assert_eq!(fake.calls(), 6);
}

/// An application, and how long it has patience.
async fn patient(change: impl FnOnce(Endpoint) -> Endpoint) -> (Arc<Fake>, TaClient) {
    let (_folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let attester = Arc::new(cpu.enclave(EnclaveIdentity::default()));
    let endpoint = change(serve(&fake).await);
    let ta = TaClient::builder(endpoint, verifier(&cpu), policy(), attester);
    (fake, ta.connect().await.unwrap())
}

#[tokio::test]
async fn f09_a_get_is_repeated_until_a_busy_server_has_time() {
    let (fake, ta) = patient(|endpoint| endpoint).await;
    fake.lies(Lie::Busy(4));
    ta.get("service1", "db").await.unwrap();
    assert_eq!(fake.calls(), 5);

    let (fake, ta) = patient(|endpoint| endpoint.retry_time(Duration::from_millis(250))).await;
    fake.lies(Lie::Busy(usize::MAX));
    assert!(matches!(ta.get("service1", "db").await, Err(Error::Refused(_))));
    assert!((2..=3).contains(&fake.calls()), "{}", fake.calls());
}

/// A server without a free place is asked again; one whose quota is used up is not.
#[tokio::test]
async fn who_has_used_up_a_quota_learns_it_at_once() {
    for (code, calls) in
        [(ErrorCode::Generic, 3), (ErrorCode::TooManyServices, 1), (ErrorCode::TooManySecrets, 1)]
    {
        let (fake, ta) = patient(|endpoint| endpoint.retry_time(Duration::from_secs(60))).await;
        let text: &'static str = code.to_string().leak();
        fake.lies(Lie::Exhausted(2, text));
        assert_eq!(ta.get("service1", "db").await.is_ok(), calls == 3, "{text}");
        assert_eq!(fake.calls(), calls, "{text}");
    }
}

#[tokio::test]
async fn f09_a_get_waits_for_a_starting_server_as_long_as_it_was_told() {
    let (fake, ta) = patient(|endpoint| endpoint).await;
    fake.lies(Lie::NotWorking(3));
    assert!(matches!(ta.get("service1", "db").await, Err(Error::Refused(_))));
    assert_eq!(fake.calls(), 1);

    let (fake, ta) = patient(|endpoint| endpoint.wait_for_start(Duration::from_secs(60))).await;
    fake.lies(Lie::NotWorking(3));
    ta.get("service1", "db").await.unwrap();
    assert_eq!(fake.calls(), 4);
}

#[tokio::test]
async fn a_new_identity_is_checked_and_then_used() {
    let (_folder, fake, _, admin) = administrator(Suite::Modern).await;
    fake.change_identity();
    admin.unregister("service1").await.unwrap();
    assert_eq!(fake.calls(), 2);

    // With the same identity, a refusal stands.
    *fake.identity.lock().unwrap() = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    fake.lies(Lie::SignedByOther);
    let error = admin.unregister("service1").await.unwrap_err();
    assert!(matches!(error, Error::Untrusted(Distrust::Signature { .. })), "{error}");
    assert_eq!(fake.calls(), 3);
}

#[tokio::test]
async fn a_request_that_stays_unopened_is_not_made_again() {
    let (_folder, cpu) = cpu();
    let other = KeyPair::generate(Suite::Modern).unwrap();
    let fake = Fake::new(&cpu, Suite::Modern, Some(other.public().clone()));
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let admin = AdminClient::connect(serve(&fake).await, verifier(&cpu), policy(), key, None);
    let error = admin.await.unwrap().unregister("service1").await.unwrap_err();
    let Error::Refused(refusal) = error else { panic!("{error}") };
    assert_eq!(refusal.code(), Some(ErrorCode::RequestNotAuthentic));
    assert_eq!(fake.calls(), 1);
}

#[tokio::test]
async fn an_own_change_is_remembered() {
    let (folder, cpu) = cpu();
    let key = || KeyPair::generate(Suite::Modern).unwrap();
    let admin_key = key();
    let fake = Fake::new(&cpu, Suite::Modern, Some(admin_key.public().clone()));
    let endpoint = serve(&fake).await;
    let memory = aecs_client::FileStateMemory::new(folder.path().join("seen"));
    let builder = || {
        AdminClient::builder(endpoint.clone(), verifier(&cpu), policy())
            .memory(Arc::new(memory.clone()))
    };
    let admin = builder().connect(admin_key).await.unwrap();
    *fake.store.lock().unwrap() = (8, 0xBB);
    admin.unregister("service1").await.unwrap();
    assert_eq!(fake.status_calls.load(Ordering::SeqCst), 1, "the answer tells the state");
    // Back to the state before the change.
    *fake.store.lock().unwrap() = (7, 0xAA);
    let error = builder().connect(key()).await.err();
    assert!(matches!(error, Some(Error::State(_))), "{error:?}");
}

#[tokio::test]
async fn h02_a_request_is_signed_again_for_another_process_with_the_same_act() {
    let (_folder, fake, _, admin) = administrator(Suite::Modern).await;
    fake.boot.lock().unwrap().1 = 3;
    admin.unregister("service1").await.unwrap();
    assert_eq!(fake.calls(), 4, "three times again");
    assert_eq!(fake.status_calls.load(Ordering::SeqCst), 1, "the refusal has the status");
    {
        let bindings = fake.bindings.lock().unwrap();
        assert!(bindings.iter().all(|binding| binding.act_id == bindings[0].act_id));
        assert_eq!(bindings[3].boot_nonce, [4; 32]);
    }
    // Another act.
    admin.unregister("service1").await.unwrap();
    {
        let bindings = fake.bindings.lock().unwrap();
        assert_ne!(bindings[4].act_id, bindings[0].act_id);
    }

    fake.boot.lock().unwrap().1 = 4;
    let error = admin.unregister("service1").await.unwrap_err();
    let Error::Refused(refusal) = error else { panic!("{error}") };
    assert_eq!(refusal.code(), Some(ErrorCode::OtherBoot));
    assert_eq!(fake.calls(), 9, "and then no more");

    let (_folder, fake, ta) = application().await;
    fake.boot.lock().unwrap().1 = 1;
    let new = NewSecret::new("own", EnclaveSecretType::SecretTypeAes256Key);
    ta.create(&new, TaBinding::Measurement).await.unwrap();
    let bindings = fake.bindings.lock().unwrap();
    assert_eq!(bindings.len(), 2);
    assert_eq!(bindings[0].act_id, bindings[1].act_id);
}

#[tokio::test]
async fn h02_a_status_in_a_refusal_is_believed_only_if_it_is_the_servers_own() {
    for lie in [Lie::BootOfOtherRequest, Lie::BootSignedByOther] {
        let (_folder, fake, _, admin) = administrator(Suite::Modern).await;
        fake.lies(lie);
        fake.boot.lock().unwrap().1 = 1;
        // It is asked for, with its evidence.
        admin.unregister("service1").await.unwrap();
        assert_eq!(fake.status_calls.load(Ordering::SeqCst), 2, "{lie:?}");
        assert_eq!(fake.calls(), 2);
    }
}

#[tokio::test]
async fn h03_an_application_sends_what_it_remembers_and_refuses_an_older_answer() {
    let (_folder, fake, ta) = application().await;
    *fake.store.lock().unwrap() = (9, 0xBB);
    ta.get("service1", "db").await.unwrap();
    ta.get("service1", "db").await.unwrap();
    {
        let bindings = fake.bindings.lock().unwrap();
        let remembered: Vec<_> =
            bindings.iter().map(|binding| binding.remembered.clone().unwrap()).collect();
        assert_eq!(remembered[0].epoch, 7, "from the status");
        assert_eq!((remembered[1].epoch, remembered[1].chain.clone()), (9, vec![0xBB; 32]));
    }
    // What an answer told, a status or another answer must not contradict.
    for older in [(8, 0xAA), (9, 0xAA)] {
        *fake.store.lock().unwrap() = older;
        let error = ta.get("service1", "db").await.err();
        assert!(matches!(error, Some(Error::State(_))), "{error:?}");
    }
}

#[tokio::test]
async fn h03_a_status_with_a_later_epoch_does_not_replace_what_requests_name() {
    let (folder, cpu) = cpu();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let fake = Fake::new(&cpu, Suite::Modern, Some(key.public().clone()));
    let endpoint = serve(&fake).await;
    let memory = aecs_client::FileStateMemory::new(folder.path().join("seen"));
    let connect = async || {
        let key = KeyPair::from_private_pem(key.private_pem().expose()).unwrap();
        AdminClient::builder(endpoint.clone(), verifier(&cpu), policy())
            .memory(Arc::new(memory.clone()))
            .connect(key)
            .await
    };
    connect().await.unwrap().list_services("").await.unwrap();
    // The store of before was put back and has grown past epoch 7: the server has to be asked
    // whether epoch 7 is in its history, and not whether its own state is.
    *fake.store.lock().unwrap() = (9, 0xEE);
    let admin = connect().await.unwrap();
    fake.lies(Lie::Refusal);
    admin.list_services("").await.unwrap_err();
    fake.lies(Lie::None);
    connect().await.unwrap().list_services("").await.unwrap();
    let bindings = fake.bindings.lock().unwrap();
    let named: Vec<_> = bindings.iter().map(|b| b.remembered.clone().unwrap().epoch).collect();
    assert_eq!(named, [7, 7]);
}

/// The memory of a tool on whose machine another tool runs: it sees a later state just after this
/// one has looked what it remembers.
struct Racing(aecs_client::FileStateMemory, aecs_client::Seen);

impl aecs_client::StateMemory for Racing {
    fn recall(
        &self,
    ) -> Result<BTreeMap<DeploymentId, aecs_client::Known>, aecs_client::MemoryError> {
        let known = self.0.recall()?;
        self.0.remember(&DeploymentId::from_bytes(fake::DEPLOYMENT), &self.1, true)?;
        Ok(known)
    }

    fn remember(
        &self,
        deployment: &DeploymentId,
        seen: &aecs_client::Seen,
        confirmed: bool,
    ) -> Result<(), aecs_client::MemoryError> {
        self.0.remember(deployment, seen, confirmed)
    }
}

#[tokio::test]
async fn f05_two_tools_at_once_raise_no_false_alarm() {
    let (folder, cpu) = cpu();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let fake = Fake::new(&cpu, Suite::Modern, Some(key.public().clone()));
    let memory = aecs_client::FileStateMemory::new(folder.path().join("seen"));
    let later = aecs_client::Seen { epoch: 9, chain: [0xBB; 32], settings_revision: 0 };
    let admin = AdminClient::builder(serve(&fake).await, verifier(&cpu), policy())
        .memory(Arc::new(Racing(memory.clone(), later)))
        .connect(key)
        .await
        .unwrap();
    let recalled = aecs_client::StateMemory::recall(&memory).unwrap();
    let known: Vec<_> = recalled.into_values().collect();
    assert_eq!((known[0].confirmed, known[0].told), (later, later), "the later state is kept");
    // From now on it is older than what this tool remembers.
    let error = admin.list_services("").await.err();
    assert!(matches!(error, Some(Error::State(_))), "{error:?}");
}

#[tokio::test]
async fn an_application_gets_its_secret() {
    let (_folder, fake, ta) = application().await;
    let secret = ta.get("service1", "db").await.unwrap();
    let Material::Data(data) = secret.material() else { panic!("imported data") };
    assert_eq!(data.expose(), SECRET);
    assert_eq!(secret.spec.secret_name, "db");
    ta.get("service1", "db").await.unwrap();
    let new = NewSecret::new("own", EnclaveSecretType::SecretTypeAes256Key);
    ta.create(&new, TaBinding::Measurement).await.unwrap();
    ta.destroy("own").await.unwrap();
    // One report for all of them.
    let reports = fake.reports.lock().unwrap();
    assert_eq!(reports.len(), 4);
    assert!(reports.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn answers_to_applications_are_bound_to_their_request() {
    let (_folder, fake, ta) = application().await;
    for (lie, message) in [
        (Lie::AnswerSignedByOther, "the answer is not signed by the server's attested key"),
        (Lie::AnswerToOtherRequest, "the answer is not signed by the server's attested key"),
        (Lie::AnswerOfOtherFunction, "the answer is not signed by the server's attested key"),
        (Lie::OtherInnerNonce, "the answer does not belong to this request"),
        (Lie::NoAnswer, "the secret is missing from the answer"),
        (Lie::Unchanged, "the secret is missing from the answer"),
        (Lie::SecretForOtherRequest, "the secret does not belong to this request"),
        (Lie::SecretSignedByOther, "the secret is not signed by the server's attested key"),
        (Lie::SecretOfOtherName, "the secret does not belong to this request"),
        (
            Lie::SecretOfOtherType,
            "the secret makes no sense: an AES-256 key must be exactly 64 hex",
        ),
    ] {
        fake.lies(lie);
        let Err(error) = ta.get("service1", "db").await else { panic!("{lie:?} was believed") };
        let expected = format!("the server is not trusted: {message}");
        assert!(chain(&error).starts_with(&expected), "{lie:?}: {}", chain(&error));
        assert!(!chain(&error).contains(SECRET));
    }
}

#[tokio::test]
async fn several_secrets_are_asked_for_until_all_are_there() {
    let (_folder, fake, ta) = application().await;
    let wanted = ["a", "none", "b", "c", "d"].map(|name| Wanted::new("service1", name));
    let found = ta.get_many(&wanted).await.unwrap();
    assert_eq!(fake.calls(), 3, "two in each answer");
    for (number, result) in found.into_iter().enumerate() {
        match result {
            Ok(secret) => assert_eq!(secret.spec.secret_name, wanted[number].secret),
            Err(error) => assert_eq!((number, error.code()), (1, Some(ErrorCode::NoSuchName))),
        }
    }
    for (lie, message) in [
        (Lie::OneSecretLess, "the answer with the secrets does not belong to this request"),
        (Lie::LeavesOut, "the answer with the secrets does not belong to this request"),
        (Lie::SecretOfOtherName, "the answer with the secrets does not belong to this request"),
        (Lie::OtherInnerNonce, "the answer does not belong to this request"),
    ] {
        fake.lies(lie);
        let Err(error) = ta.get_many(&wanted).await else { panic!("{lie:?} was believed") };
        let expected = format!("the server is not trusted: {message}");
        assert!(chain(&error).starts_with(&expected), "{lie:?}: {}", chain(&error));
    }
}

#[tokio::test]
async fn an_application_follows_a_new_identity() {
    let (_folder, fake, ta) = application().await;
    fake.change_identity();
    ta.get("service1", "db").await.unwrap();
    assert_eq!(fake.calls(), 2);
    fake.change_identity();
    ta.destroy("own").await.unwrap();
}

#[tokio::test]
async fn a_young_report_is_not_made_again() {
    let (_folder, fake, ta) = application().await;
    fake.lies(Lie::EvidenceRefused(1));
    let Err(Error::Refused(refusal)) = ta.get("service1", "db").await else { panic!() };
    assert_eq!(refusal.message(), "report refused");
    assert_eq!(fake.calls(), 1);
}

#[tokio::test]
async fn an_application_refuses_a_wider_policy_than_it_expects() {
    let (_folder, _fake, ta) = application().await;
    let signed_by = |byte: &str| UnifiedAttestationPolicy {
        main_attributes: vec![UnifiedAttestationAttributes {
            hex_signer: byte.repeat(32),
            ..Default::default()
        }],
        ..Default::default()
    };
    ta.get_expecting("service1", "db", &signed_by("5A")).await.unwrap();
    let error = ta.get_expecting("service1", "db", &signed_by("5B")).await.err();
    assert!(matches!(error, Some(Error::Untrusted(Distrust::SecretPolicy(_)))), "{error:?}");
}

#[tokio::test]
async fn an_application_cannot_give_what_would_be_ignored() {
    let (_folder, fake, ta) = application().await;
    let new = || NewSecret::new("own", EnclaveSecretType::SecretTypeAes256Key);
    let mut with_data = new();
    with_data.data = Some(SecretString::from("x".to_owned()).into());
    let mut of_service = new();
    of_service.spec.service_name = "service1".into();
    let mut with_policy = new();
    let pinned = UnifiedAttestationAttributes { hex_signer: "AB".into(), ..Default::default() };
    let policy = with_policy.spec.policy.as_mut().unwrap();
    policy.policy =
        Some(UnifiedAttestationPolicy { main_attributes: vec![pinned], ..Default::default() });
    for secret in [with_data, of_service, with_policy] {
        let error = ta.create(&secret, TaBinding::Signer).await.unwrap_err();
        assert!(matches!(error, Error::Misuse(_)), "{error}");
    }
    assert_eq!(fake.calls(), 0);
}

#[tokio::test]
async fn public_parts_are_signed_for_the_request() {
    let (_folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let client = PublicClient::connect(serve(&fake).await, verifier(&cpu), policy()).await.unwrap();
    let public = client.get("service1", "db").await.unwrap();
    assert_eq!(public.data, SECRET);
    let public = client.get_for_nonce("service1", "db", "n1").await.unwrap();
    assert_eq!(public.nonce, "n1");
    for (lie, message) in [
        (Lie::AnswerSignedByOther, "the public part is not signed"),
        (Lie::AnswerToOtherRequest, "the public part is not signed"),
        (Lie::OtherInnerNonce, "the public part does not belong to this request"),
        (Lie::SecretOfOtherName, "the public part does not belong to this request"),
    ] {
        fake.lies(lie);
        let error = client.get("service1", "db").await.unwrap_err();
        assert!(chain(&error).contains(message), "{lie:?}: {}", chain(&error));
    }
    fake.lies(Lie::None);
    fake.change_identity();
    client.get("service1", "db").await.unwrap();
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let (_folder, fake, _, _) = administrator(Suite::Modern).await;
    let (_other_folder, cpu) = cpu();
    fake.lies(Lie::Silence);
    let endpoint = serve(&fake).await.call_timeout(Duration::from_millis(200));
    let error = PublicClient::connect(endpoint, verifier(&cpu), policy()).await.err().unwrap();
    assert!(matches!(error, Error::Deadline { .. }), "{error}");
    assert!(error.to_string().ends_with("within 200 ms"), "{error}");
}
