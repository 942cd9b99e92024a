//! What was acknowledged is there after a kill -9.

use std::{
    collections::BTreeSet,
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use aecs_attest::Verifier;
use aecs_client::{AdminClient, Endpoint, NewSecret, ServerPolicy, ServiceClient};
use aecs_crypto::{KeyPair, SecretString, Suite};
use aecs_proto::{
    EnclaveSecretPolicy, EnclaveSecretType, UnifiedAttestationAttributes, UnifiedAttestationPolicy,
};
use aecs_sim::{EnclaveIdentity, SimulatedCpu};
use tokio::task::JoinSet;

use super::home::{Home, Running};

pub(super) const SERVICE: &str = "service1";
const CREATES: usize = 200;

pub(super) struct Deployment {
    pub(super) home: Home,
    pub(super) admin: KeyPair,
    pub(super) owner: KeyPair,
}

impl Deployment {
    pub(super) fn new() -> Self {
        let home = Home::new();
        let admin = KeyPair::generate(Suite::Modern).unwrap();
        fs::write(home.path("admin.pem"), admin.public().pem()).unwrap();
        Self { home, admin, owner: KeyPair::generate(Suite::Modern).unwrap() }
    }

    fn parts(&self, server: &Running) -> (Endpoint, Arc<Verifier>, ServerPolicy) {
        let cpu = SimulatedCpu::open(self.home.path("data/simulation")).unwrap();
        let verifier = Verifier::builder().simulated_root(cpu.root_der()).build().unwrap();
        let policy = ServerPolicy::new(&rules(|rule| {
            rule.hex_signer = hex::encode_upper(EnclaveIdentity::default().mrsigner);
        }));
        (
            Endpoint::new(&server.address).unwrap(),
            Arc::new(verifier),
            policy.unwrap().insecure_any_deployment(),
        )
    }

    pub(super) async fn admin(&self, server: &Running) -> AdminClient {
        let (endpoint, verifier, policy) = self.parts(server);
        AdminClient::connect(endpoint, verifier, policy, copy(&self.admin), None).await.unwrap()
    }

    pub(super) async fn owner(&self, server: &Running) -> ServiceClient {
        let (endpoint, verifier, policy) = self.parts(server);
        let key = copy(&self.owner);
        ServiceClient::connect(endpoint, verifier, policy, SERVICE, key, None).await.unwrap()
    }
}

fn copy(key: &KeyPair) -> KeyPair {
    KeyPair::from_private_pem(key.private_pem().expose()).unwrap()
}

fn rules(set: impl FnOnce(&mut UnifiedAttestationAttributes)) -> UnifiedAttestationPolicy {
    let mut rule = UnifiedAttestationAttributes::default();
    set(&mut rule);
    UnifiedAttestationPolicy { main_attributes: vec![rule], ..Default::default() }
}

pub(super) fn password(name: &str) -> NewSecret {
    let mut secret = NewSecret::new(name, EnclaveSecretType::SecretTypeImportData);
    secret.spec.service_name = SERVICE.to_owned();
    secret.spec.policy = Some(EnclaveSecretPolicy {
        policy: Some(rules(|rule| rule.hex_ta_measurement = "01".repeat(32))),
        ..Default::default()
    });
    secret.data = Some(SecretString::from(format!("data of {name}")));
    secret
}

#[test]
fn every_acknowledged_secret_survives_a_kill() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let deployment = Deployment::new();
    for round in 0..3 {
        let server = deployment.home.start(&[]);
        let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
        runtime.block_on(async {
            let admin = deployment.admin(&server).await;
            admin.provision("localtest").await.unwrap();
            if round == 0 {
                admin.register(SERVICE, deployment.owner.public(), None).await.unwrap();
            }
            let owner = Arc::new(deployment.owner(&server).await);
            let mut creates = JoinSet::new();
            for number in 0..CREATES {
                let (owner, acknowledged) = (owner.clone(), acknowledged.clone());
                creates.spawn(async move {
                    let name = format!("secret-{round}-{number}");
                    if owner.create(&password(&name)).await.is_ok() {
                        acknowledged.lock().unwrap().insert(name);
                    }
                });
            }
            // Somewhere in the middle: after the first, long before the last can be waited for.
            while acknowledged.lock().unwrap().len() < 20 * (round + 1) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            drop(server);
            creates.shutdown().await;
        });

        let server = deployment.home.start(&[]);
        runtime.block_on(async {
            deployment.admin(&server).await.provision("localtest").await.unwrap();
            let owner = deployment.owner(&server).await;
            let specs = owner.list(&format!("secret-{round}-")).await.unwrap();
            let found: BTreeSet<String> = specs.into_iter().map(|spec| spec.secret_name).collect();
            let acknowledged = acknowledged.lock().unwrap();
            let lost: Vec<&String> = acknowledged.difference(&found).collect();
            assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
            assert!(found.len() <= CREATES);
        });
    }
}
