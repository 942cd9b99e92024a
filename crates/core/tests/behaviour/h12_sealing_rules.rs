//! Under which rules the identity is sealed is what the administrators have decided, not what the
//! host's file says.

use std::sync::Arc;

use aecs_attest::{SERVER_PRODUCT, SealTo, Sealing, SealingRules, Seals};
use aecs_crypto::Suite;
use aecs_proto::{
    AecsIdentityBackup, ApplyDeploymentRequest, ApplyDeploymentResponse, DiffDeploymentRequest,
    DiffDeploymentResponse,
};
use aecs_sim::{SimulatedCpu, SimulatedEnclave};
use prost::Message;

use crate::support::{Config, MemoryCache, World, file, server_enclave, store::BACKUP, text};

/// What an SGX enclave or an SEV-SNP guest seals with.
#[derive(Clone)]
struct Device {
    keys: Arc<SimulatedEnclave>,
    snp: bool,
}

impl Device {
    fn new(cpu: &SimulatedCpu, snp: bool) -> Self {
        Self { keys: Arc::new(cpu.enclave(server_enclave())), snp }
    }
}

impl Seals for Device {
    fn opening(&self) -> Sealing {
        self.under(&SealingRules::opening())
    }

    fn under(&self, rules: &SealingRules) -> Sealing {
        match (self.snp, rules.snp_measurement) {
            (false, _) => rules.of_enclave(SERVER_PRODUCT, self.keys.clone()),
            (true, true) => Sealing::Sealer(self.keys.clone()),
            (true, false) => Sealing::Unavailable { reason: "no direct boot".into() },
        }
    }
}

struct Installed {
    world: World,
    device: Device,
    cache: Arc<MemoryCache>,
}

impl Installed {
    /// A working core on such a device, born under these rules.
    async fn new(snp: bool, rules: SealingRules) -> Self {
        let world = World::pending(Suite::Modern, |config| config.sealing = rules).await;
        let (device, cache) = (Device::new(&world.cpu, snp), Arc::new(MemoryCache::default()));
        let installed = Self { world, device, cache };
        let Self { world, device, cache } = installed.restarted(|_| ()).await;
        Self { world: world.provisioned().await, device, cache }
    }

    /// The next start, with something changed in the host's file.
    async fn restarted(self, change: impl FnOnce(&mut Config)) -> Self {
        let Self { world, device, cache } = self;
        let restarted = world.restart(|restart| {
            restart.sealing = Some(Arc::new(device.clone()));
            restart.cache = Some(cache.clone());
            change(&mut restart.config);
        });
        let world = restarted.await.unwrap();
        Self { world, device, cache }
    }

    /// An administrator makes these rules those in force.
    async fn apply(&self, rules: SealingRules) {
        let mut config = self.world.config.clone();
        config.sealing = rules;
        let revision = self.world.status().await.settings_revision;
        let request = ApplyDeploymentRequest { file: Some(file(&text(&config))), revision };
        let admin = self.world.admin();
        let _: ApplyDeploymentResponse = admin.call("ApplyDeployment", &request).await.unwrap();
    }

    /// What is sealed beside the server after something more was changed.
    async fn sealed(&self, service: &str) -> Vec<u8> {
        self.world.register(service).await.unwrap();
        self.world.core.save().await.unwrap();
        self.cache.content().unwrap()
    }

    /// For whom the file and the backup are sealed.
    async fn recipients(&self, service: &str) -> [u8; 2] {
        let file = self.sealed(service).await;
        let backup = self.world.backup(BACKUP).await.unwrap();
        let backup = AecsIdentityBackup::decode(backup.as_slice()).unwrap();
        [file[2], hex::decode(backup.hex_sealed_identity).unwrap()[2]]
    }
}

const ENCLAVE: u8 = 0;
const SIGNER: u8 = 1;

#[tokio::test]
async fn h12_the_hosts_file_does_not_seal_to_the_signer() {
    let to = |sgx| SealingRules { sgx, ..SealingRules::server() };
    let installed = Installed::new(false, to(SealTo::Enclave)).await;
    assert_eq!(installed.recipients("a").await, [ENCLAVE; 2]);

    let installed = installed.restarted(|config| config.sealing = to(SealTo::Signer)).await;
    assert_eq!(installed.world.status().await.status, "Working");
    assert_eq!(installed.recipients("b").await, [ENCLAVE; 2]);
    let diff: DiffDeploymentResponse = installed
        .world
        .admin()
        .call("DiffDeployment", &DiffDeploymentRequest::default())
        .await
        .unwrap();
    let names: Vec<&str> = diff.differences.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["sealing"]);

    // What an administrator decides holds at once, for the backup, too.
    installed.apply(to(SealTo::Signer)).await;
    assert_eq!(installed.cache.content().unwrap()[2], SIGNER);
    assert_eq!(installed.recipients("c").await, [SIGNER; 2]);
    let installed = installed.restarted(|config| config.sealing = to(SealTo::Signer)).await;
    installed.apply(to(SealTo::Enclave)).await;
    assert_eq!(installed.recipients("d").await, [ENCLAVE; 2]);
}

#[tokio::test]
async fn h12_the_hosts_file_does_not_say_that_a_guest_is_booted_directly() {
    let rules = |snp_measurement| SealingRules { snp_measurement, ..SealingRules::server() };
    let installed = Installed::new(true, rules(true)).await;
    let before = installed.sealed("a").await;
    assert_ne!(installed.sealed("b").await, before);

    // The administrators take it back. What was sealed opens, and nothing is sealed any more.
    installed.apply(rules(false)).await;
    let last = installed.cache.content().unwrap();
    assert_eq!(installed.sealed("c").await, last);
    let installed = installed.restarted(|config| config.sealing = rules(true)).await;
    assert_eq!(installed.world.status().await.status, "Working");
    assert_eq!(installed.sealed("d").await, last, "the file says measurement, the record none");
    installed.apply(rules(true)).await;
    assert_ne!(installed.sealed("e").await, last);
}
