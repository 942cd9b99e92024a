//! What clients were told holds after a kill -9.

#[path = "../../../../vault/tests/histories/history.rs"]
#[allow(dead_code, reason = "tests of the vault use the rest")]
mod history;

use std::{
    collections::BTreeMap,
    fs,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use aecs_attest::Verifier;
use aecs_client::{
    AdminClient, Endpoint, Error, ErrorCode, NewSecret, ServerPolicy, ServiceClient,
};
use aecs_crypto::{KeyPair, SecretString, Suite};
use aecs_proto::{
    EnclaveSecretAbout, EnclaveSecretPolicy, EnclaveSecretType, UnifiedAttestationAttributes,
    UnifiedAttestationPolicy,
};
use aecs_sim::{EnclaveIdentity, SimulatedCpu};
use aecs_store::pages::conformance::servers::{Etcd, Postgres};
use tokio::task::JoinSet;

use self::history::{Answer, Call, Operation, Value, check_all};
use super::{
    engines::Shared,
    home::{Home, Running},
};

pub(super) const SERVICE: &str = "service1";

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

    pub(super) fn parts(&self, server: &Running) -> (Endpoint, Arc<Verifier>, ServerPolicy) {
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
    secret.data = Some(SecretString::from(format!("data of {name}")).into());
    secret
}

/// A secret whose description says which write it is.
fn numbered(name: &str, number: u64) -> NewSecret {
    let mut secret = password(name);
    let description = number.to_string();
    secret.spec.about = Some(EnclaveSecretAbout { description, labels: Vec::new() });
    secret
}

/// Calls on each secret, and the time since the test began.
struct Recorder {
    began: Instant,
    calls: Mutex<BTreeMap<String, Vec<Operation>>>,
}

impl Recorder {
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap()
    }

    /// Makes a call. Until it is answered, nobody knows what becomes of it.
    async fn call(&self, owner: &ServiceClient, name: &str, call: Call) {
        let (answer, from) = (Answer::Unknown, self.now());
        let at = {
            let mut all = self.calls.lock().unwrap();
            let calls = all.entry(name.to_owned()).or_default();
            calls.push(Operation { call, answer, from, until: u64::MAX });
            calls.len() - 1
        };
        if let Some(answer) = ask(owner, name, call).await {
            let until = self.now();
            self.calls.lock().unwrap().get_mut(name).unwrap()[at] =
                Operation { call, answer, from, until };
        }
    }

    /// Ends what was not answered: some time after a kill, nothing of it is on its way.
    fn end(&self) -> BTreeMap<String, Vec<Operation>> {
        let (now, mut all) = (self.now(), std::mem::take(&mut *self.calls.lock().unwrap()));
        for operation in all.values_mut().flatten() {
            operation.until = operation.until.min(now);
        }
        all
    }
}

/// What the server answered; `None` if that says nothing of what was done.
async fn ask(owner: &ServiceClient, name: &str, call: Call) -> Option<Answer> {
    let done = match call {
        Call::Create(number) => owner.create(&numbered(name, number)).await,
        Call::Put(number) | Call::Update(number) => owner.update(&numbered(name, number)).await,
        Call::Remove => owner.destroy(name).await,
        Call::Get => return Some(Answer::Found(*present(owner).await.ok()?.get(name)?)),
    };
    match done {
        Ok(()) => Some(Answer::Done),
        Err(Error::Refused(refusal)) => {
            let code = refusal.code();
            let says = [ErrorCode::NameExists, ErrorCode::NoSuchName].map(Some);
            says.contains(&code).then_some(Answer::Refused)
        }
        Err(_) => None,
    }
}

fn names() -> impl Iterator<Item = String> {
    (0..12).map(|number| format!("secret{number}"))
}

/// What each secret holds.
async fn present(owner: &ServiceClient) -> Result<BTreeMap<String, Value>, Error> {
    let specs = owner.list("secret").await?;
    let number = |name: &String| {
        let spec = specs.iter().find(|spec| spec.secret_name == *name)?;
        Some(spec.about.as_ref()?.description.parse().unwrap())
    };
    Ok(names().map(|name| (name.clone(), number(&name))).collect())
}

async fn client(owner: Arc<ServiceClient>, recorder: Arc<Recorder>, id: u64) {
    for number in 1.. {
        let fresh = id * 1_000_000 + number;
        let random = RandomState::new().hash_one(fresh);
        let name = format!("secret{}", random % 12);
        let call = match random / 12 % 8 {
            0..3 => Call::Create(fresh),
            3 | 4 => Call::Update(fresh),
            5 | 6 => Call::Remove,
            _ => Call::Get,
        };
        recorder.call(&owner, &name, call).await;
    }
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
    let recorder = Arc::new(Recorder { began: Instant::now(), calls: Mutex::default() });
    let (mut before, mut total) = (BTreeMap::new(), 0);
    for round in 0..=kills {
        let server = shared.start(1);
        shared.runtime.block_on(async {
            let admin = deployment.admin(&server).await;
            admin.provision("localtest").await.unwrap();
            if round == 0 {
                admin.register(SERVICE, deployment.owner.public(), None).await.unwrap();
            }
            let owner = Arc::new(deployment.owner(&server).await);
            // What a database had got before the kill may have been made until now.
            let mut operations = recorder.end();
            total += operations.values().map(Vec::len).sum::<usize>();
            let from = recorder.now();
            let found = present(&owner).await.unwrap();
            for (name, value) in &found {
                let (call, answer, until) = (Call::Get, Answer::Found(*value), recorder.now());
                let calls = operations.entry(name.clone()).or_default();
                calls.push(Operation { call, answer, from, until });
            }
            check_all(&before, operations)
                .unwrap_or_else(|problem| panic!("kill {round}: {problem}"));
            before = found;
            let mut clients = JoinSet::new();
            for id in 0..8 {
                clients.spawn(client(owner.clone(), recorder.clone(), round * 10 + id));
            }
            let random = RandomState::new().hash_one(round) % 400;
            tokio::time::sleep(Duration::from_millis(100 + random)).await;
            drop(server);
            clients.shutdown().await;
        });
    }
    eprintln!("{}: {total} calls, {kills} kills", shared.url);
    assert!(total > 8 * usize::try_from(kills).unwrap(), "there were only {total} calls");
}
