//! Sessions: when they are used, what is believed in them, and what happens at their end.

use std::sync::atomic::Ordering;

use super::*;

async fn with_sessions() -> (tempfile::TempDir, Arc<Fake>, TaClient) {
    let (folder, cpu) = cpu();
    let fake = Fake::new(&cpu, Suite::Modern, None);
    *fake.has_sessions.lock().unwrap() = true;
    let attester = Arc::new(cpu.enclave(EnclaveIdentity::default()));
    let ta = TaClient::builder(serve(&fake).await, verifier(&cpu), policy(), attester);
    let ta = ta.connect().await.unwrap();
    (folder, fake, ta)
}

/// Calls with evidence, and in sessions.
fn counts(fake: &Fake) -> (usize, usize) {
    (fake.calls(), fake.session_calls.load(Ordering::SeqCst))
}

async fn get(ta: &TaClient) -> Result<(), Error> {
    let secret = ta.get("service1", "db").await?;
    assert!(secret.material().to_text().ct_eq(SECRET));
    Ok(())
}

#[tokio::test]
async fn after_one_call_with_evidence_the_others_are_in_a_session() {
    let (_folder, fake, ta) = with_sessions().await;
    for _ in 0..5 {
        get(&ta).await.unwrap();
    }
    assert_eq!(counts(&fake), (1, 4));
    // What changes something is signed.
    ta.destroy("mine").await.unwrap();
    assert_eq!(counts(&fake), (2, 4));
    get(&ta).await.unwrap();
    assert_eq!(counts(&fake), (2, 5));
}

#[tokio::test]
async fn a_server_without_sessions_is_not_asked_for_one() {
    let (_folder, fake, ta) = application().await;
    for _ in 0..3 {
        get(&ta).await.unwrap();
    }
    assert_eq!(counts(&fake), (3, 0));
}

#[tokio::test]
async fn a_session_that_the_server_does_not_know_is_replaced_once() {
    let (_folder, fake, ta) = with_sessions().await;
    get(&ta).await.unwrap();
    fake.lies(Lie::SessionUnknown(1));
    get(&ta).await.unwrap();
    assert_eq!(counts(&fake), (2, 1), "with evidence, after one attempt");
    get(&ta).await.unwrap();
    assert_eq!(counts(&fake), (2, 2), "in the next session");

    // A server that knows no session at all is asked with evidence each time.
    let (_folder, fake, ta) = with_sessions().await;
    fake.lies(Lie::SessionUnknown(usize::MAX));
    for number in 1..=3 {
        get(&ta).await.unwrap();
        assert_eq!(counts(&fake), (number, number - 1));
    }
}

#[tokio::test]
async fn a_session_is_not_used_longer_than_it_lasts() {
    let (_folder, fake, ta) = with_sessions().await;
    *fake.session_ms.lock().unwrap() = 0;
    get(&ta).await.unwrap();
    get(&ta).await.unwrap();
    assert_eq!(counts(&fake), (2, 0));
}

#[tokio::test]
async fn answers_in_a_session_are_bound_to_their_request() {
    let (_folder, fake, ta) = with_sessions().await;
    get(&ta).await.unwrap();
    get(&ta).await.unwrap();
    for (lie, message) in [
        (Lie::AnswerToOtherRequest, "the answer was not sealed for this side's key"),
        (Lie::SessionAnswerChanged, "the answer was not sealed for this side's key"),
        (Lie::OtherInnerNonce, "the answer does not belong to this request"),
        (Lie::SecretOfOtherName, "the secret does not belong to this request"),
        (Lie::NoAnswer, "the secret is missing from the answer"),
        (Lie::Unchanged, "the secret is missing from the answer"),
    ] {
        fake.lies(lie);
        let error = get(&ta).await.unwrap_err();
        assert!(matches!(error, Error::Untrusted(_)), "{lie:?}: {error:?}");
        assert!(chain(&error).contains(message), "{lie:?}: {}", chain(&error));
    }
    fake.lies(Lie::None);
    get(&ta).await.unwrap();
    assert_eq!(fake.calls(), 1);
}

/// Another server has begun the session, or it was begun by another request: the keys differ, and the
/// application goes on with evidence.
#[tokio::test]
async fn a_session_of_others_is_of_no_use() {
    for lie in [Lie::SessionOfOtherServer, Lie::SessionOfOtherRequest] {
        let (_folder, fake, ta) = with_sessions().await;
        fake.lies(lie);
        for number in 1..=3 {
            get(&ta).await.unwrap();
            assert_eq!(counts(&fake), (number, number - 1), "{lie:?}");
        }
    }
}

#[tokio::test]
async fn calls_at_once_begin_one_session() {
    let (_folder, fake, ta) = with_sessions().await;
    let ta = Arc::new(ta);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let ta = ta.clone();
        calls.spawn(async move { get(&ta).await.unwrap() });
    }
    calls.join_all().await;
    let (attested, _) = counts(&fake);
    get(&ta).await.unwrap();
    assert_eq!(counts(&fake).0, attested, "one of them has begun a session");
}

#[tokio::test]
async fn records_that_went_back_are_noticed_in_a_session() {
    let (_folder, fake, ta) = with_sessions().await;
    get(&ta).await.unwrap();
    get(&ta).await.unwrap();
    *fake.store.lock().unwrap() = (6, 0xBB);
    let error = get(&ta).await.unwrap_err();
    assert!(matches!(error, Error::State(_)), "{error:?}");
}
