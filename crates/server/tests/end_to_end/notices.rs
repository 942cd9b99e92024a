//! Changes that the server pushes to the client library. Where a watch asks every hour, nothing else can
//! have told it.

use std::time::{Duration, Instant};

use aecs_client::{NewValue, Watch};
use aecs_crypto::{SecretBytes, SecretString, Suite};
use aecs_proto::{EnclaveSecretPolicy, EnclaveSecretType};
use tokio::time::{sleep, timeout};

use crate::world::{SERVICE, World, pinned};

const HOUR: Duration = Duration::from_secs(3600);
const LONG: Duration = Duration::from_secs(20);

fn secret(name: &str, data: &str) -> aecs_client::NewSecret {
    let mut secret = aecs_client::NewSecret::new(name, EnclaveSecretType::SecretTypeImportData);
    SERVICE.clone_into(&mut secret.spec.service_name);
    secret.spec.readonly = "false".to_owned();
    secret.spec.policy =
        Some(EnclaveSecretPolicy { policy: Some(pinned(1)), ..Default::default() });
    secret.data = Some(SecretString::from(data.to_owned()).into());
    secret
}

fn value(data: &str) -> NewValue {
    NewValue::from(SecretBytes::from(data.as_bytes().to_vec()))
}

async fn version(watch: &mut Watch<'_>) -> u64 {
    timeout(LONG, watch.changed()).await.unwrap().unwrap().version
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_is_told_of_a_new_version() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let (owner, ta) = (world.owner().await, world.ta(1).await);
    for name in ["a", "b"] {
        owner.create(&secret(name, "one")).await.unwrap();
    }
    let mut watches = Vec::from_iter(["a", "b"].map(|name| ta.watch(SERVICE, name).every(HOUR)));
    for watch in &mut watches {
        assert_eq!(version(watch).await, 1);
    }
    for next in 2..5 {
        for (name, watch) in ["a", "b"].into_iter().zip(&mut watches) {
            let begin = Instant::now();
            let putting = async {
                sleep(Duration::from_millis(1500)).await;
                owner.put(name, &value("next")).await.unwrap();
            };
            let (found, ()) = tokio::join!(version(watch), putting);
            assert_eq!(found, next);
            let late = begin.elapsed() - Duration::from_millis(1500);
            assert!(late < Duration::from_secs(3), "{late:?}");
        }
    }
    // What a watch does not look at meanwhile is told when it does.
    owner.put("a", &value("last")).await.unwrap();
    sleep(Duration::from_millis(1500)).await;
    assert_eq!(version(&mut watches[0]).await, 5);
    let quiet = timeout(Duration::from_secs(3), watches[0].changed()).await;
    assert!(quiet.is_err(), "nothing has changed");
    world.stop().await;
}

/// Two watches of one service in one client share a wait, and one goes on when the other is dropped.
#[tokio::test(flavor = "multi_thread")]
async fn watches_of_one_client_share_their_notices() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let (owner, ta) = (world.owner().await, world.ta(1).await);
    owner.create(&secret("a", "one")).await.unwrap();
    let mut watches = Vec::from_iter((0..20).map(|_| ta.watch(SERVICE, "a").every(HOUR)));
    for watch in &mut watches {
        assert_eq!(version(watch).await, 1);
    }
    let mut last = watches.pop().unwrap();
    let others = async {
        let mut all = Vec::new();
        for watch in &mut watches {
            all.push(Box::pin(watch.changed()));
        }
        // They wait for a moment.
        let together = std::future::poll_fn(|context| {
            all.iter_mut().for_each(|one| assert!(one.as_mut().poll(context).is_pending()));
            std::task::Poll::<()>::Pending
        });
        assert!(timeout(Duration::from_secs(3), together).await.is_err());
    };
    let told = async {
        sleep(Duration::from_secs(4)).await;
        owner.put("a", &value("two")).await.unwrap();
    };
    let (_, found, ()) = tokio::join!(others, version(&mut last), told);
    assert_eq!(found, 2);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_does_not_end_the_notices() {
    let mut world = World::working(Suite::Modern, |_| ()).await;
    // Room for two.
    world.config.session_bytes = 8 << 10;
    world.restart(world.store.clone()).await;
    let (owner, ta) = (world.owner().await, world.ta(1).await);
    owner.create(&secret("a", "one")).await.unwrap();
    let mut watch = ta.watch(SERVICE, "a").every(HOUR);
    assert_eq!(version(&mut watch).await, 1);
    let ending = async {
        sleep(Duration::from_secs(2)).await;
        for _ in 0..4 {
            world.ta(1).await.get(SERVICE, "a").await.unwrap();
        }
        sleep(Duration::from_secs(2)).await;
        owner.put("a", &value("two")).await.unwrap();
    };
    let (found, ()) = tokio::join!(version(&mut watch), ending);
    assert_eq!(found, 2);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_notices_the_time_decides() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let (owner, ta) = (world.owner().await, world.ta(1).await);
    owner.create(&secret("a", "one")).await.unwrap();
    // Before there is a session, and for a service that the application has nothing of.
    for service in [SERVICE, "other"] {
        let begin = Instant::now();
        let mut notices = ta.notices([service]);
        timeout(LONG, notices.until(begin + Duration::from_secs(2))).await.unwrap();
        assert!(begin.elapsed() >= Duration::from_secs(2), "{service}: {:?}", begin.elapsed());
        ta.get(SERVICE, "a").await.unwrap();
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_watches() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let (owner, ta) = (world.owner().await, world.ta(1).await);
    owner.create(&secret("a", "one")).await.unwrap();
    let mut watch = ta.watch(SERVICE, "a").every(HOUR);
    assert_eq!(version(&mut watch).await, 1);
    let stopping = async {
        sleep(Duration::from_secs(2)).await;
        let begin = Instant::now();
        world.stop().await;
        begin.elapsed()
    };
    let watching = timeout(Duration::from_secs(8), watch.changed());
    let (watched, took) = tokio::join!(watching, stopping);
    assert!(watched.is_err(), "it goes on");
    assert!(took < Duration::from_secs(3), "{took:?}");
}
