//! A deployment outlives its machine: shares of the key that its identity is sealed under, a server that
//! recovers it, and what remains true when a process dies in between.

mod appointing;
mod crashes;
mod cut_off;
mod makers;
mod other_servers;
mod restoring;
mod shares;

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::SeqCst},
};

use crate::support::{
    Administrator, Config, MemoryCache, SERVICE, World, code, enclave, pinned, policy, refusal,
    server_enclave,
    store::{Watched, contents, filled},
};
use aecs_attest::{Sealing, SealingRules, Seals, TcbStatus};
use aecs_core::{Appointing, Error, ErrorCode, Kind, StartError};
use aecs_crypto::{KeyPair, PasswordVerifier, Suite, age::Identity, recovery as crypto};
use aecs_proto::{
    AddAdministratorRequest, AddAdministratorResponse, AppointAdministratorRequest,
    AppointAdministratorResponse, CreateRecoveryRequest, CreateRecoveryResponse,
    ExportStoreRequest, ExportStoreResponse, FinishRecoveryRequest, FinishRecoveryResponse,
    ListAdministratorRequest, ListAdministratorResponse, ProveRecoveryShareRequest,
    ProveRecoveryShareResponse, RecoveringStatus, RecoveryAppointment, RecoveryCustodian,
    RecoveryLabel, RecoveryShare, RevokeRecoveryRequest, RevokeRecoveryResponse,
    ShowRecoveryRequest, ShowRecoveryResponse, ShowStoreRequest, ShowStoreResponse,
    SubmitRecoveryShareRequest, SubmitRecoveryShareResponse, UnifiedAttestationPolicy,
    VerifyStoreRequest, VerifyStoreResponse, Zeroizing,
};
use aecs_sim::{CpuOptions, SimulatedCpu};
use aecs_store::{MemoryStore, pages::PageStore};

/// A share as its custodian has it.
type Share = Zeroizing<RecoveryShare>;

/// Three custodians.
struct Custodians(Vec<(&'static str, Identity)>);

impl Custodians {
    fn new() -> Self {
        Self(["alice", "bob", "carol"].map(|name| (name, Identity::generate().unwrap())).into())
    }

    fn request(&self, threshold: i32, latest_revision: i64) -> CreateRecoveryRequest {
        let custodians = self.0.iter().map(|(name, identity)| RecoveryCustodian {
            name: (*name).to_owned(),
            recipient: identity.recipient().unwrap().to_string(),
        });
        CreateRecoveryRequest {
            threshold,
            custodians: custodians.collect(),
            latest_revision,
            released_to: None,
        }
    }

    async fn make(&self, world: &World, latest: i64) -> Result<CreateRecoveryResponse, Error> {
        world.admin().call("CreateRecovery", &self.request(2, latest)).await
    }

    /// Opens the files of a set, each with its holder's identity.
    fn open(&self, made: &CreateRecoveryResponse) -> Vec<Share> {
        let open = |(file, (_, identity)): (&aecs_proto::RecoveryShareFile, &(_, Identity))| {
            crypto::open_file(&file.text, std::slice::from_ref(identity)).unwrap()
        };
        made.files.iter().zip(&self.0).map(open).collect()
    }
}

/// Another machine, whose platform seals for itself, with the store of the deployment and nothing else.
async fn new_machine(world: &World, store: Arc<dyn PageStore>) -> Result<World, StartError> {
    new_machine_with(world, store, |_| ()).await
}

async fn new_machine_with(
    world: &World,
    store: Arc<dyn PageStore>,
    change: impl FnOnce(&mut crate::support::Restart),
) -> Result<World, StartError> {
    let folder = tempfile::tempdir().unwrap();
    let cpu = SimulatedCpu::create(folder.path(), CpuOptions::default()).unwrap();
    let sealer = Arc::new(Sealing::Sealer(Arc::new(cpu.enclave(server_enclave()))));
    world
        .restart(|restart| {
            restart.store = store;
            restart.sealing = Some(sealer);
            restart.cache = Some(Arc::default());
            restart.audit = Arc::default();
            restart.config.recover = true;
            // The host's file of the new machine names another administrator.
            restart.admin = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
            change(restart);
        })
        .await
}

fn custodian(world: &World, share: &RecoveryShare) -> Administrator {
    let key = crypto::key_pair(share.label.as_ref().unwrap(), &share.share).unwrap();
    world.administrator(None, Arc::new(key)).custodian()
}

async fn submit(
    world: &World,
    share: &RecoveryShare,
) -> Result<SubmitRecoveryShareResponse, Error> {
    let request =
        SubmitRecoveryShareRequest { label: share.label.clone(), share: share.share.clone() };
    custodian(world, share).call("SubmitRecoveryShare", &request).await
}

async fn prove(world: &World, share: &RecoveryShare) -> Result<ProveRecoveryShareResponse, Error> {
    custodian(world, share).call("ProveRecoveryShare", &ProveRecoveryShareRequest {}).await
}

async fn add(world: &World, name: &str, key: &KeyPair) {
    let request = AddAdministratorRequest {
        name: name.to_owned(),
        public_key: key.public().pem().to_owned(),
        ..Default::default()
    };
    let _: AddAdministratorResponse =
        world.admin().call("AddAdministrator", &request).await.unwrap();
}

async fn recovering(world: &World) -> RecoveringStatus {
    world.status().await.recovering.expect("it recovers")
}

/// The request that agrees to what the server shows.
async fn agreed(world: &World) -> FinishRecoveryRequest {
    let opened = recovering(world).await.opened.expect("it has opened the identity");
    FinishRecoveryRequest {
        deployment_id: opened.deployment_id,
        revision: opened.revision,
        epoch: opened.epoch,
        chain: hex::decode(opened.chain).unwrap(),
        settings_digest: opened.settings_digest,
        accept_older_store: false,
        overruled: Vec::new(),
    }
}

/// The administrator of the deployment, whatever the machine's file says.
async fn finish_as(
    world: &World,
    key: &Arc<KeyPair>,
    request: FinishRecoveryRequest,
) -> Result<FinishRecoveryResponse, Error> {
    world.administrator(None, key.clone()).call("FinishRecovery", &request).await
}

async fn sets(world: &World) -> ShowRecoveryResponse {
    world.admin().call("ShowRecovery", &ShowRecoveryRequest {}).await.unwrap()
}

/// A deployment with a secret, and shares of its key.
async fn deployment() -> (World, Custodians, Vec<Share>) {
    let world = World::installed().await;
    world.import("secret", "the value", 1).await.unwrap();
    let custodians = Custodians::new();
    let made = custodians.make(&world, 0).await.unwrap();
    let shares = custodians.open(&made);
    (world, custodians, shares)
}

/// Recovers on another machine with these shares, and shows that every secret is there.
async fn recovered(world: &World, store: Arc<dyn PageStore>, shares: &[&Share]) -> World {
    let machine = new_machine(world, store).await.unwrap();
    for share in shares {
        submit(&machine, share).await.unwrap();
    }
    let request = agreed(&machine).await;
    finish_as(&machine, &world.admin, request).await.unwrap();
    assert_eq!(machine.core.status(), "Working");
    assert_eq!(machine.core.deployment_id(), world.core.deployment_id());
    let got = machine.ta(enclave(1)).get(SERVICE, "secret").await.unwrap();
    assert_eq!(got.data, "the value");
    machine
}
