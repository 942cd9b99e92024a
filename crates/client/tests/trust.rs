//! Which servers are trusted: every check on the status, and what happens when it fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic in a test is the report of its failure, in its supporting code as well"
)]

mod fake;

use std::sync::Arc;

use aecs_attest::TcbStatus;
use aecs_client::{
    AdminClient, DeploymentId, Distrust, Error, FileStateMemory, MemoryError, Phase, PublicClient,
    ServerPolicy,
};
use aecs_crypto::{KeyPair, Suite};
use fake::{DEPLOYMENT, Fake, Lie, chain, cpu, policy, policy_for, serve, verifier};

#[tokio::test]
async fn an_honest_server_is_trusted() {
    let (_folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let policy = policy().deployment(DeploymentId::from_bytes(DEPLOYMENT));
    let client = PublicClient::connect(serve(&fake).await, verifier(&cpu), policy).await.unwrap();
    let server = client.server().await.unwrap();
    assert_eq!(server.status().phase, Phase::Working);
    assert_eq!(server.status().deployment_id, DeploymentId::from_bytes(DEPLOYMENT));
    assert_eq!(server.status().store.as_ref().unwrap().epoch, 7);
    assert_eq!(server.attributes().unwrap().signer(), "51".repeat(32));
    // Asked once, remembered.
    assert_eq!(fake.status_calls.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn every_lie_in_the_status_is_found() {
    let (_folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let endpoint = serve(&fake).await;
    for (lie, message) in [
        (Lie::NoReport, "the server shows no attestation report"),
        (Lie::OtherNonce, "the status does not belong to this request"),
        (Lie::NoNonce, "the nonce of the status is missing from the answer"),
        (Lie::NoSignature, "the signature of the status is missing from the answer"),
        (Lie::SignedByOther, "the status is not signed by the server's attested key"),
        (Lie::StatusChanged, "the status is not signed by the server's attested key"),
        (
            Lie::KeySwapped,
            "the server's attestation report does not hold: the report is bound to key",
        ),
        (Lie::OtherDeployment, "the server is of deployment D2D2"),
        (Lie::ClaimsDeployment, "the status claims deployment D2D2"),
    ] {
        fake.lies(lie);
        let policy = policy().deployment(DeploymentId::from_bytes(DEPLOYMENT));
        match PublicClient::connect(endpoint.clone(), verifier(&cpu), policy).await {
            Ok(_) => panic!("{lie:?} was not found"),
            Err(error) => {
                let expected = format!("the server is not trusted: {message}");
                assert!(chain(&error).starts_with(&expected), "{lie:?}: {}", chain(&error));
            }
        }
    }
}

#[tokio::test]
async fn a_server_of_another_signer_is_not_the_expected_one() {
    let (_folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let endpoint = serve(&fake).await;
    let error = PublicClient::connect(endpoint, verifier(&cpu), policy_for("52")).await.err();
    let Some(Error::Untrusted(Distrust::Policy(denial))) = error else { panic!("{error:?}") };
    assert_eq!(denial.mismatches[0].attribute, "hex_signer");
    assert_eq!(denial.mismatches[0].expected, "52".repeat(32));
    assert_eq!(denial.mismatches[0].actual, "51".repeat(32));
}

#[tokio::test]
async fn a_server_on_another_cpu_is_not_genuine() {
    let (_folder, cpu) = cpu();
    let (_other_folder, other) = fake::cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let error = PublicClient::connect(serve(&fake).await, verifier(&other), policy()).await.err();
    assert!(matches!(error, Some(Error::Untrusted(Distrust::Report(_)))), "{error:?}");
}

#[tokio::test]
async fn a_server_on_an_outdated_cpu_is_refused_by_default() {
    let (_folder, cpu) = cpu();
    cpu.set_tcb_status(TcbStatus::OutOfDate, &[]).unwrap();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let endpoint = serve(&fake).await;
    let error = PublicClient::connect(endpoint.clone(), verifier(&cpu), policy()).await.err();
    let Some(Error::Untrusted(Distrust::Policy(denial))) = error else { panic!("{error:?}") };
    assert_eq!(denial.mismatches[0].attribute, "str_tcb_status");

    let mut acceptance = aecs_attest::Acceptance::default();
    acceptance.tcb_statuses.insert(TcbStatus::OutOfDate);
    let policy = policy().acceptance(acceptance);
    PublicClient::connect(endpoint, verifier(&cpu), policy).await.unwrap();
}

#[tokio::test]
async fn an_answer_in_another_suite_is_refused() {
    let (_folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Sm, None);
    fake.lies(Lie::OtherSuite);
    let error = PublicClient::connect(serve(&fake).await, verifier(&cpu), policy()).await.err();
    assert!(
        matches!(
            error,
            Some(Error::Untrusted(Distrust::Suite { expected: Suite::Modern, actual: Suite::Sm }))
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn no_verification_has_to_be_asked_for_by_name() {
    let (_folder, cpu) = cpu();
    let (_other_folder, other) = fake::cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let endpoint = serve(&fake).await;
    let anybody = ServerPolicy::insecure_any_server();
    let client =
        PublicClient::connect(endpoint.clone(), verifier(&other), anybody.clone()).await.unwrap();
    assert!(client.server().await.unwrap().attributes().is_none());
    // What can still be checked is.
    fake.lies(Lie::SignedByOther);
    let error = PublicClient::connect(endpoint, verifier(&other), anybody).await.err();
    assert!(matches!(error, Some(Error::Untrusted(Distrust::Signature { .. }))), "{error:?}");
}

#[tokio::test]
async fn a_store_that_was_rolled_back_is_noticed() {
    let (folder, cpu) = cpu();
    let key = || KeyPair::generate(Suite::Modern).unwrap();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    let endpoint = serve(&fake).await;
    let memory = FileStateMemory::new(folder.path().join("seen"));
    let connect = |memory: FileStateMemory| {
        AdminClient::builder(endpoint.clone(), verifier(&cpu), policy())
            .memory(Arc::new(memory))
            .connect(key())
    };
    connect(memory.clone()).await.unwrap();
    *fake.store.lock().unwrap() = (9, 0xBB);
    connect(memory.clone()).await.unwrap();
    connect(memory.clone()).await.unwrap();

    for older in [(8, 0xAA), (9, 0xAA), (0, 0xBB)] {
        *fake.store.lock().unwrap() = older;
        let error = connect(memory.clone()).await.err();
        let Some(Error::State(MemoryError::Rollback { remembered, seen })) = error else {
            panic!("{older:?}: {error:?}");
        };
        assert_eq!(remembered.epoch, 9);
        assert_eq!(seen.epoch, u64::try_from(older.0).unwrap());
    }
    // A server that waits for its provision has no state to compare.
    *fake.pending.lock().unwrap() = true;
    connect(memory.clone()).await.unwrap();
    *fake.pending.lock().unwrap() = false;
    assert!(connect(memory.clone()).await.is_err());
    connect(memory.clone().insecure_accept_rollback()).await.unwrap();
    connect(memory).await.unwrap();
}
