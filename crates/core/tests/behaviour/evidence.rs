//! Evidence without endorsements: a caller who makes the server wait for a network waits alone.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use aecs_attest::{
    Attester, CollateralBundle, CollateralItem, CollateralSource, Error, ReportRequest, ReportType,
    UserData, Verifier,
};
use aecs_core::{ErrorCode, Kind};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{DcapReport, EnclaveSecret, json};

use crate::support::{SERVICE, Ta, World, enclave, refusal};

/// Reports without endorsements that are verified at once.
const AT_ONCE: usize = 16;

/// Collateral behind a network that does not answer before it is told to.
struct Network {
    collateral: Arc<[u8]>,
    answers: Mutex<bool>,
    told: Condvar,
    waiting: AtomicUsize,
}

impl Network {
    fn answer(&self) {
        *self.answers.lock().unwrap() = true;
        self.told.notify_all();
    }
}

impl CollateralSource for Network {
    fn get(&self, _item: &CollateralItem, _now: SystemTime) -> Result<Arc<[u8]>, Error> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let answers = self.answers.lock().unwrap();
        let _answers = self.told.wait_while(answers, |answers| !*answers).unwrap();
        Ok(self.collateral.clone())
    }

    fn generation(&self) -> u64 {
        0
    }
}

/// A core whose verifier asks this source.
async fn world_with(source: impl FnOnce(Arc<[u8]>) -> Arc<dyn CollateralSource>) -> World {
    let mut world = World::pending(Suite::Modern, |_| ()).await;
    let ta = world.ta(enclave(1));
    let dcap: DcapReport = json::from_str(&ta.report.report.unwrap().json_report).unwrap();
    let source = source(dcap.json_collateral.into_bytes().into());
    let verifier =
        Verifier::builder().simulated_root(world.cpu.root_der()).collateral(source).build();
    world.config.settings.verifier = Arc::new(verifier.unwrap());
    let world = world.restarted().await.provisioned().await;
    world.import("secret", "the data", 1).await.unwrap();
    world
}

fn background_check(world: &World) -> Ta {
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let request = ReportRequest {
        report_type: ReportType::BackgroundCheck,
        ..ReportRequest::passport(UserData([0x31; 32]), key.public())
    };
    let report = world.cpu.enclave(enclave(1)).attest(&request).unwrap();
    Ta::new(world.core.clone(), world.clock.clone(), key, report)
}

// One thread serves all calls: if one of them blocked, this test would never end.
#[tokio::test]
async fn who_waits_for_collateral_does_not_make_others_wait() {
    let mut network = None;
    let world = world_with(|collateral| {
        let made = Arc::new(Network {
            collateral,
            answers: Mutex::new(false),
            told: Condvar::new(),
            waiting: AtomicUsize::new(0),
        });
        network = Some(made.clone());
        made
    })
    .await;
    let network = network.unwrap();
    let ask = |ta: Ta| tokio::spawn(async move { ta.get(SERVICE, "secret").await });
    let slow: Vec<_> = (0..AT_ONCE).map(|_| ask(background_check(&world))).collect();
    while network.waiting.load(Ordering::SeqCst) < AT_ONCE {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    // Reports that bring their collateral, administrators, the public.
    let secret: EnclaveSecret = world.ta(enclave(1)).get(SERVICE, "secret").await.unwrap();
    assert!(!secret.data.is_empty());
    assert_eq!(world.list("").await, ["secret"]);
    world.status().await;

    // One more of the kind has its turn or an answer, in time.
    let surplus = ask(background_check(&world));
    tokio::time::sleep(Duration::from_millis(50)).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(6)).await;
    tokio::time::resume();
    let error = refusal(surplus.await.unwrap());
    assert_eq!(error.kind(), Kind::ResourceExhausted, "{error}");
    assert_eq!(network.waiting.load(Ordering::SeqCst), AT_ONCE);

    network.answer();
    for slow in slow {
        assert_eq!(slow.await.unwrap().unwrap().data, secret.data);
    }
    let again = background_check(&world);
    again.get(SERVICE, "secret").await.unwrap();
    again.get(SERVICE, "secret").await.unwrap();
    assert_eq!(network.waiting.load(Ordering::SeqCst), AT_ONCE + 1, "the second was remembered");
}

#[tokio::test]
async fn the_caller_is_not_told_where_collateral_comes_from() {
    let world = world_with(|_| Arc::new(CollateralBundle::default())).await;
    let error = refusal(background_check(&world).get(SERVICE, "secret").await);
    assert_eq!((error.kind(), error.code()), (Kind::Unavailable, ErrorCode::Generic));
    assert!(error.message().contains("Passport") && !error.message().contains("bundle"), "{error}");
    let reason = world.audit.last().reason.unwrap();
    assert!(reason.contains("it is not in the bundle"), "{reason}");
}
