//! A host's clock that was wrong for a while leaves nothing behind once it is right.

use std::{sync::Arc, time::Duration};

use aecs_crypto::Suite;
use aecs_proto::GetAecsStatusRequest;

use crate::support::{MemoryCache, SERVICE, World, enclave, refusal};

const TWENTY_YEARS: Duration = Duration::from_secs(20 * 365 * 24 * 60 * 60);
/// Longer than the period of housekeeping.
const A_WHILE: Duration = Duration::from_secs(90);

async fn status(world: &World) {
    let request =
        GetAecsStatusRequest { accepted_suites: vec![Suite::Modern.to_string()], nonce: vec![] };
    world.core.get_aecs_status(request).await.unwrap();
}

#[tokio::test]
async fn h15_clock_excursion() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    let cache = Arc::new(MemoryCache::default());
    let world =
        world.restart(|restart| restart.cache = Some(cache)).await.unwrap().provisioned().await;
    world.clock.shift(TWENTY_YEARS);
    // A change that is made while the clock is wrong is made, and dates nothing.
    world.import("during", "data", 1).await.unwrap();
    let mut old = world.owner().payload("ListSecret", "{}".into());
    old.issued_at_ms -= i64::try_from(TWENTY_YEARS.as_millis()).unwrap();
    let refused = refusal(world.owner().send(world.owner().seal("ListSecret", &old).await).await);
    assert!(refused.message().contains("s forward since the server's start"), "{refused}");
    world.clock.shift_back(TWENTY_YEARS);
    world.import("after", "data", 1).await.unwrap();
    world.ta(enclave(1)).get(SERVICE, "during").await.unwrap();

    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    assert_eq!(world.list("").await, ["after", "during"]);
}

#[tokio::test(start_paused = true)]
async fn f03_floor() {
    let world = World::working().await;
    world.clock.shift(TWENTY_YEARS);
    // A tick of housekeeping without any request; a status that anybody asks for.
    tokio::time::sleep(A_WHILE).await;
    status(&world).await;
    world.clock.shift_back(TWENTY_YEARS);
    assert!(world.list("").await.is_empty());
}

#[tokio::test]
async fn h15_a_provision_under_a_wrong_clock_dates_nothing() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    world.clock.shift(TWENTY_YEARS);
    world.provision("host1").await.unwrap();
    world.clock.shift_back(TWENTY_YEARS);
    world.register(SERVICE).await.unwrap();
    assert!(world.list("").await.is_empty());
}
