//! How long a refusal takes tells nothing of what is there.

use std::{sync::Arc, time::Duration};

use aecs_core::Error;
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::ListEnclaveSecretRequest;
use tokio::time::Instant;

use crate::support::{SERVICE, Steps, World, enclave, refusal};

const BEAT: Duration = Duration::from_millis(5);

/// The time from a call to its refusal, and the refusal.
async fn timed<T>(call: impl Future<Output = Result<T, Error>>) -> (Duration, Error) {
    let started = Instant::now();
    let refused = refusal(call.await);
    (started.elapsed(), refused)
}

#[tokio::test(start_paused = true)]
async fn h19_told_by_time() {
    let world = World::working().await;
    world.import("a", &"x".repeat(60_000), 1).await.unwrap();
    let admitted = world.ta(enclave(1));
    admitted.get(SERVICE, "a").await.unwrap();
    let ta = world.ta(enclave(2));
    timed(ta.get(SERVICE, "warm")).await;

    let refused = [
        timed(ta.get(SERVICE, "a")).await,
        timed(ta.get(SERVICE, "missing")).await,
        timed(ta.get("unknown", "a")).await,
        timed(ta.get("TrustedApplications", "a")).await,
        timed(ta.destroy("a")).await,
    ];
    for (took, error) in &refused {
        assert_eq!((took, error), (&BEAT, &refused[0].1));
    }
    // Public halves: private and missing are one refusal, too.
    for name in ["a", "missing"] {
        assert_eq!(timed(world.public_response(name, "n")).await.0, BEAT);
    }
    // Who is admitted does not wait.
    let started = Instant::now();
    admitted.get(SERVICE, "a").await.unwrap();
    assert!(started.elapsed().is_zero());
}

/// A stranger's envelope is opened with the server's key of its suite, and a signature is verified,
/// whether there is such a service or not, and whatever suite its key is of.
#[tokio::test(start_paused = true)]
async fn h19_an_unknown_service_costs_what_a_registered_one_does() {
    let world = World::pending(Suite::Sm, |_| ()).await.provisioned().await;
    let list = ListEnclaveSecretRequest::default();
    for suite in [Suite::Modern, Suite::Sm] {
        let stranger = Arc::new(KeyPair::generate(suite).unwrap());
        let mut seen = Vec::new();
        for service in [SERVICE, "unknown"] {
            let caller = world.administrator(Some(service), stranger.clone());
            let request = caller.request("ListSecret", &list).await;
            let steps = Steps::default();
            let guard = tracing::subscriber::set_default(steps.clone());
            let (took, error) = timed(caller.send(request)).await;
            drop(guard);
            let steps = steps.told();
            assert_eq!((took, steps.len()), (BEAT, 1), "{steps:?}");
            assert!(steps[0].contains("signature"), "it was opened: {steps:?}");
            seen.push((error, steps));
        }
        assert_eq!(seen[0], seen[1], "{suite}");
    }
}
