//! What clients were told holds after a kill -9.

use std::{
    collections::BTreeMap,
    fs,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use aecs_attest::Verifier;
use aecs_client::{AdminClient, Endpoint, NewSecret, ServerPolicy, ServiceClient, TaClient};
use aecs_crypto::{KeyPair, SecretString, Suite};
use aecs_proto::{
    EnclaveSecretPolicy, EnclaveSecretType, UnifiedAttestationAttributes, UnifiedAttestationPolicy,
};
use aecs_sim::{EnclaveIdentity, SimulatedCpu};
use aecs_store::pages::conformance::{
    history::{Operations, check_all},
    servers::{Etcd, Postgres},
};

use super::{
    clients::{Clients, Recorder, assert_varied, stop},
    engines::Shared,
    home::{Home, Running},
};

pub(super) const SERVICE: &str = "service1";

pub(crate) struct Deployment {
    pub(crate) home: Home,
    pub(crate) admin: KeyPair,
    pub(crate) owner: KeyPair,
}

impl Deployment {
    pub(crate) fn new() -> Self {
        let home = Home::new();
        let admin = KeyPair::generate(Suite::Modern).unwrap();
        fs::write(home.path("admin.pem"), admin.public().pem()).unwrap();
        Self { home, admin, owner: KeyPair::generate(Suite::Modern).unwrap() }
    }

    pub(crate) fn parts(&self, server: &Running) -> (Endpoint, Arc<Verifier>, ServerPolicy) {
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

    pub(crate) async fn admin(&self, server: &Running) -> AdminClient {
        let (endpoint, verifier, policy) = self.parts(server);
        AdminClient::connect(endpoint, verifier, policy, copy(&self.admin), None).await.unwrap()
    }

    pub(crate) async fn owner(&self, server: &Running) -> ServiceClient {
        let (endpoint, verifier, policy) = self.parts(server);
        let key = copy(&self.owner);
        ServiceClient::connect(endpoint, verifier, policy, SERVICE, key, None).await.unwrap()
    }

    /// An application at a server.
    pub(super) async fn ta(&self, server: &Running) -> TaClient {
        let cpu = SimulatedCpu::open(self.home.path("data/simulation")).unwrap();
        let identity = EnclaveIdentity { mrenclave: [1; 32], ..EnclaveIdentity::default() };
        let (endpoint, verifier, policy) = self.parts(server);
        let attester = Arc::new(cpu.enclave(identity));
        TaClient::builder(endpoint, verifier, policy, attester).connect().await.unwrap()
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
    secret.data = Some(SecretString::from(format!("data of {name}")).into());
    secret
}

#[test]
fn what_clients_were_told_survives_kills_on_redb() {
    survives_kills(&Shared::new("redb:data1/aecs.redb".to_owned(), None));
}

#[test]
fn what_clients_were_told_survives_kills_on_postgres() {
    let Some(postgres) = Postgres::start(&[]) else { return };
    survives_kills(&Shared::new(postgres.url(), Some(Postgres::PASSWORD)));
}

#[test]
fn what_clients_were_told_survives_kills_on_etcd() {
    let Some(etcd) = Etcd::start(1, &[]) else { return };
    survives_kills(&Shared::new(format!("etcd://{}/kills", etcd.hosts()), None));
}

/// No acknowledged change is lost, none is half applied, and nothing that was removed comes back. With
/// `AECS_KILLS=300`, it takes an hour.
#[allow(clippy::print_stderr, reason = "a long run says how much it did")]
fn survives_kills(shared: &Shared) {
    let kills = std::env::var("AECS_KILLS").map_or(10, |text| text.parse().unwrap());
    let deployment = &shared.deployment;
    let recorder = Recorder::new();
    let (mut before, mut all) = (BTreeMap::new(), Operations::new());
    for round in 0..=kills {
        let server = shared.start(1);
        shared.runtime.block_on(async {
            let admin = deployment.admin(&server).await;
            admin.provision("localtest").await.unwrap();
            if round == 0 {
                admin.register(SERVICE, deployment.owner.public(), None).await.unwrap();
            }
            let clients = Clients::connect(deployment, &server, &recorder).await;
            // What a database had got before the kill may have been made until now.
            let found = clients.look().await;
            let operations = recorder.take();
            for (name, calls) in &operations {
                all.entry(name.clone()).or_default().extend(calls);
            }
            check_all(&before, operations)
                .unwrap_or_else(|problem| panic!("kill {round}: {problem}"));
            before = found;
            let running = clients.start(8, round);
            let random = RandomState::new().hash_one(round) % 400;
            tokio::time::sleep(Duration::from_millis(100 + random)).await;
            drop(server);
            stop(running).await;
        });
    }
    let total: usize = all.values().map(Vec::len).sum();
    eprintln!("{}: {total} calls, {kills} kills", shared.url);
    assert_varied(&all);
}
