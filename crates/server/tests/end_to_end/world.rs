//! A real server on a free port of this process, and what its clients need.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aecs_attest::{Sealing, TcbStatus, Verifier};
use aecs_client::{
    AdminClient, Endpoint, OwnPlatform, ServerPolicy, ServiceClient, TaClient, TaClientBuilder,
};
use aecs_core::{
    AdminConfig, Core, CoreConfig, Environment, IdentityCache, OneStore, Settings, SystemClock,
    TrustSettings,
};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};
use aecs_server::{
    audit_log::{AuditLog, AuditOptions},
    serve::{self, Limits},
    service::AecsService,
};
use aecs_sim::{Aecs20Quotes, CpuOptions, EnclaveIdentity, SimulatedCpu};
use aecs_store::MemoryStore;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

pub(crate) const SERVICE: &str = "service1";

const LIMITS: Limits = Limits {
    max_message_bytes: 1 << 20,
    max_connections: 64,
    max_concurrent_requests: 256,
    max_buffered_bytes: 64 << 20,
    receive_timeout: Duration::from_secs(5),
    request_timeout: Duration::from_secs(30),
    handshake_timeout: Duration::from_secs(5),
    idle_timeout: Duration::from_secs(60),
    drain_timeout: Duration::from_secs(5),
};

/// The sealed identity of a server, where its next start finds it.
#[derive(Default)]
struct Cache(Mutex<Option<Vec<u8>>>);

impl IdentityCache for Cache {
    fn load(&self) -> std::io::Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn keep_former(&self, _sealed: &[u8]) -> std::io::Result<String> {
        Ok(String::new())
    }

    fn save(&self, sealed: &[u8]) -> std::io::Result<()> {
        *self.0.lock().unwrap() = Some(sealed.to_vec());
        Ok(())
    }
}

/// A running server and the keys of its administrators.
pub(crate) struct World {
    pub(crate) cpu: SimulatedCpu,
    pub(crate) address: String,
    pub(crate) admin_pem: String,
    pub(crate) service_pem: String,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) config: CoreConfig,
    environment: Environment,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<std::io::Result<()>>>,
    dir: tempfile::TempDir,
}

impl World {
    /// Starts a server that waits for provision. `suite` is that of the administrators' keys.
    pub(crate) async fn start(suite: Suite, change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
        let admin = KeyPair::generate(suite).unwrap();
        let service = KeyPair::generate(suite).unwrap();
        let verifier = || Verifier::builder().simulated_root(cpu.root_der());
        let mut settings = Settings::new(Arc::new(verifier().build().unwrap()));
        settings.simulation = true;
        // The simulated signer of AECS 2.0.
        let rule = aecs_proto::UnifiedAttestationAttributes {
            hex_signer: hex::encode_upper(EnclaveIdentity::default().mrsigner),
            ..Default::default()
        };
        settings.ta_secrets = vec![aecs_core::TaRule::plain(&rule).unwrap()];
        settings.suites = vec![Suite::Modern, suite];
        settings.compat.aecs20_suite = if suite == Suite::Sm { Suite::Sm } else { Suite::Rsa };
        change(&mut settings);
        if !settings.insecure.is_empty() {
            let verifier =
                verifier().insecure_aecs20_simulation(Arc::new(Aecs20Quotes)).build().unwrap();
            settings.verifier = Arc::new(verifier);
            settings.acceptance.tcb_statuses.insert(TcbStatus::Unverified);
        }
        let enclave = cpu.enclave(EnclaveIdentity::default());
        let (audit, _) =
            AuditLog::open(&dir.path().join("audit.log"), AuditOptions::default()).unwrap();
        let store = Arc::new(MemoryStore::new());
        let environment = Environment {
            attester: Arc::new(enclave.clone()),
            sealing: Arc::new(Sealing::Sealer(Arc::new(enclave))),
            reader: Arc::new(settings),
            store: store.clone(),
            stores: Arc::new(OneStore),
            identity_cache: Some(Arc::new(Cache::default())),
            audit: Arc::new(audit),
            clock: Arc::new(SystemClock),
        };
        let admin_config = AdminConfig { public_key: admin.public().clone(), password: None };
        let (session_bytes, upload_bytes) = (CoreConfig::SESSION_BYTES, CoreConfig::UPLOAD_BYTES);
        let watchers = CoreConfig::WATCHERS;
        let settings = TrustSettings::default();
        let config = CoreConfig {
            admin: admin_config,
            settings,
            session_bytes,
            upload_bytes,
            watchers,
            recover: false,
        };
        let mut world = Self {
            cpu,
            address: "127.0.0.1:0".to_owned(),
            admin_pem: admin.private_pem().expose().to_owned(),
            service_pem: service.private_pem().expose().to_owned(),
            store,
            config,
            environment,
            stop: None,
            server: None,
            dir,
        };
        world.run().await;
        world
    }

    async fn run(&mut self) {
        let core = Core::start(self.config.clone(), self.environment.clone()).await.unwrap();
        let listener = TcpListener::bind(&self.address).await.unwrap();
        self.address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel();
        let run = serve::run(listener, AecsService::new(core), None, LIMITS, async {
            let _ = stopped.await;
        });
        (self.stop, self.server) = (Some(stop), Some(tokio::spawn(run)));
    }

    /// Starts the server again, at the same address and with this store.
    pub(crate) async fn restart(&mut self, store: Arc<MemoryStore>) {
        self.halt().await;
        self.environment.store = store.clone();
        self.store = store;
        self.run().await;
    }

    /// Starts a server at the same address that has neither its sealed identity nor its store.
    pub(crate) async fn begin_anew(&mut self) {
        self.environment.identity_cache = Some(Arc::new(Cache::default()));
        self.restart(Arc::new(MemoryStore::new())).await;
    }

    /// A server on another machine, in this enclave, with a copy of the store: it recovers the
    /// deployment. This one goes on.
    pub(crate) async fn recovering_elsewhere(&self, enclave: EnclaveIdentity) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let enclave = self.cpu.enclave(enclave);
        let (audit, _) =
            AuditLog::open(&dir.path().join("audit.log"), AuditOptions::default()).unwrap();
        let store = Arc::new(self.store.snapshot());
        let mut world = Self {
            cpu: self.cpu.clone(),
            address: "127.0.0.1:0".to_owned(),
            admin_pem: self.admin_pem.clone(),
            service_pem: self.service_pem.clone(),
            store: store.clone(),
            config: CoreConfig { recover: true, ..self.config.clone() },
            environment: Environment {
                attester: Arc::new(enclave.clone()),
                sealing: Arc::new(Sealing::Sealer(Arc::new(enclave))),
                store,
                identity_cache: Some(Arc::new(Cache::default())),
                audit: Arc::new(audit),
                ..self.environment.clone()
            },
            stop: None,
            server: None,
            dir,
        };
        world.run().await;
        world
    }

    async fn halt(&mut self) {
        let _ = self.stop.take().unwrap().send(());
        self.server.take().unwrap().await.unwrap().unwrap();
    }

    /// The same, provisioned and with [`SERVICE`] registered, by the client library.
    pub(crate) async fn working(suite: Suite, change: impl FnOnce(&mut Settings)) -> Self {
        let world = Self::start(suite, change).await;
        let admin = world.admin().await;
        admin.provision("localtest").await.unwrap();
        let key = world.service_key();
        admin.register(SERVICE, key.public(), None).await.unwrap();
        world
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::new(&self.address).unwrap()
    }

    pub(crate) fn verifier(&self) -> Arc<Verifier> {
        Arc::new(Verifier::builder().simulated_root(self.cpu.root_der()).build().unwrap())
    }

    /// The server that this world's clients expect.
    pub(crate) fn policy(&self) -> ServerPolicy {
        self.policy_for(&[EnclaveIdentity::default()]).insecure_any_deployment()
    }

    /// A policy for the signers and products of these servers; of no deployment yet.
    pub(crate) fn policy_for(&self, servers: &[EnclaveIdentity]) -> ServerPolicy {
        let entry = |own: &EnclaveIdentity| UnifiedAttestationAttributes {
            hex_signer: hex::encode_upper(own.mrsigner),
            hex_prod_id: own.prod_id.to_string(),
            ..Default::default()
        };
        let main_attributes = servers.iter().map(entry).collect();
        ServerPolicy::new(&UnifiedAttestationPolicy { main_attributes, ..Default::default() })
            .unwrap()
    }

    pub(crate) fn admin_key(&self) -> KeyPair {
        KeyPair::from_private_pem(&self.admin_pem).unwrap()
    }

    pub(crate) fn service_key(&self) -> KeyPair {
        KeyPair::from_private_pem(&self.service_pem).unwrap()
    }

    pub(crate) async fn admin(&self) -> AdminClient {
        let key = self.admin_key();
        AdminClient::connect(self.endpoint(), self.verifier(), self.policy(), key, None)
            .await
            .unwrap()
    }

    pub(crate) async fn owner(&self) -> ServiceClient {
        let (verifier, policy, key) = (self.verifier(), self.policy(), self.service_key());
        ServiceClient::connect(self.endpoint(), verifier, policy, SERVICE, key, None).await.unwrap()
    }

    /// An application in the enclave with this measurement.
    pub(crate) async fn ta(&self, measurement: u8) -> TaClient {
        let identity =
            EnclaveIdentity { mrenclave: [measurement; 32], ..EnclaveIdentity::default() };
        let attester = Arc::new(self.cpu.enclave(identity));
        TaClient::builder(self.endpoint(), self.verifier(), self.policy(), attester)
            .connect()
            .await
            .unwrap()
    }

    /// The same by a kubeconfig.
    pub(crate) fn wired(&self, measurement: u8) -> TaClientBuilder {
        let own = EnclaveIdentity::default();
        let (signer, address) = (hex::encode_upper(own.mrsigner), &self.address);
        let text = format!(
            "kind: Config\naecsServer:\n  serverEndpoint: {address}\n  verifyPolicy:\n    \
             mrsigner: {signer}\n    prodID: {}\n    insecure_any_deployment: true\n    \
             simulationRoot: root-ca.pem\n",
            own.prod_id
        );
        let folder = self.dir.path().to_owned();
        let kubeconfig = folder.join("ta.kubeconfig");
        std::fs::write(&kubeconfig, text).unwrap();
        let identity = EnclaveIdentity { mrenclave: [measurement; 32], ..own };
        let platform = OwnPlatform::Simulation { folder, identity };
        TaClientBuilder::on_platform(&kubeconfig, &platform).unwrap()
    }

    pub(crate) async fn stop(mut self) {
        self.halt().await;
    }
}

/// A rule for one measurement.
pub(crate) fn pinned(measurement: u8) -> UnifiedAttestationPolicy {
    UnifiedAttestationPolicy {
        main_attributes: vec![UnifiedAttestationAttributes {
            hex_ta_measurement: hex::encode_upper([measurement; 32]),
            ..Default::default()
        }],
        ..Default::default()
    }
}
