//! Who orders much waits for themselves.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aecs_crypto::{PasswordVerifier, Suite};
use aecs_proto::{
    AecsProvisionResponse, EnclaveKvPair, EnclaveSecretType::SecretTypeRsaKeyPair,
    ListEnclaveServiceRequest, ListEnclaveServiceResponse, TaBinding, UnifiedAttestationAttributes,
};

use crate::support::{World, enclave, secret};

const PASSWORD: &str = "correct horse";
const ORDERS: usize = 10;

/// Keys take seconds, a password takes milliseconds. An administrator's password is checked while
/// an application waits for the keys that it ordered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h08_one_slow_lane() {
    let world = World::pending(Suite::Modern, |config| {
        let verifier = PasswordVerifier::from_password(PASSWORD).unwrap();
        config.admin.password = Some(Arc::new(verifier));
    })
    .await;
    let admin = world.admin().password(PASSWORD);
    let provision = world.provision_request("host1").await;
    let _: AecsProvisionResponse = admin.call("AecsProvision", &provision).await.unwrap();

    let made = Arc::new(AtomicUsize::new(0));
    let mut orders = tokio::task::JoinSet::new();
    for number in 0..ORDERS {
        let ta = world.ta(enclave(1));
        let mut order = secret(
            &format!("k{number}"),
            SecretTypeRsaKeyPair,
            UnifiedAttestationAttributes::default(),
        );
        order.spec.as_mut().unwrap().params =
            vec![EnclaveKvPair { key: "bit_length".into(), value: "4096".into() }];
        let made = made.clone();
        orders.spawn(async move {
            let ordered = ta.create(order, TaBinding::Measurement).await;
            made.fetch_add(1, Ordering::SeqCst);
            ordered
        });
    }
    tokio::task::yield_now().await;
    let list = ListEnclaveServiceRequest::default();
    for _ in 0..3 {
        let _: ListEnclaveServiceResponse = admin.call("ListEnclaveService", &list).await.unwrap();
    }
    let made = made.load(Ordering::SeqCst);
    assert!(made < ORDERS / 2, "the password waited for {made} keys of an application");
    orders.abort_all();
}
