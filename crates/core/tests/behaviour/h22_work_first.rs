//! Strangers order no expensive signatures.

use aecs_core::{Aecs20, Error, Kind};
use aecs_crypto::Suite;
use aecs_proto::{GetAecsStatusRequest, GetAecsStatusResponse};

use crate::support::World;

async fn status(world: &World, suite: Option<Suite>) -> Result<GetAecsStatusResponse, Error> {
    let accepted_suites = suite.iter().map(ToString::to_string).collect();
    let nonce = suite.map_or(Vec::new(), |_| aecs_crypto::random::<16>().unwrap().to_vec());
    world.core.get_aecs_status(GetAecsStatusRequest { accepted_suites, nonce }).await
}

#[tokio::test(start_paused = true)]
async fn h22_work_first() {
    let allow = |config: &mut crate::support::Config| config.compat.aecs20 = Aecs20::ReadOnly;
    let world = World::pending(Suite::Sm, allow).await.provisioned().await;
    // No two signatures of SM2 are the same: this one was made once.
    let old = status(&world, None).await.unwrap().status_sig;
    for _ in 0..300 {
        assert_eq!(status(&world, None).await.unwrap().status_sig, old);
    }
    let mut signed = 0;
    let error = loop {
        match status(&world, Some(Suite::Sm)).await {
            Ok(_) => signed += 1,
            Err(error) => break error,
        }
        assert!(signed <= 128, "there is an end");
    };
    assert_eq!(error.kind(), Kind::ResourceExhausted);
    assert!(error.message().contains("request them in suite x25519"), "{error}");
    for _ in 0..300 {
        status(&world, Some(Suite::Modern)).await.unwrap();
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    status(&world, Some(Suite::Sm)).await.unwrap();
}
