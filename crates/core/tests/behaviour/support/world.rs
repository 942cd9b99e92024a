//! A core on a simulated CPU, its administrators, and its restarts.

use std::{sync::Arc, time::Duration};

use aecs_attest::{Attester, ReportRequest, Sealing, Seals, UserData, Verifier, VerifierBuilder};
use aecs_core::{AdminConfig, Core, Environment, Error, IdentityCache, Kind, StartError, TaRule};
use aecs_crypto::{KeyPair, PublicKey, Suite};
use aecs_proto::{
    AecsProvisionRequest, AecsProvisionResponse, CreateEnclaveSecretRequest,
    CreateEnclaveSecretResponse, DeploymentState, DestroyEnclaveSecretRequest,
    DestroyEnclaveSecretResponse, EnclaveSecret, EnclaveStatus, GetAecsStatusRequest,
    GetEnclaveSecretPublicRequest, GetEnclaveSecretPublicResponse, ListEnclaveSecretRequest,
    ListEnclaveSecretResponse, RegisterEnclaveServiceRequest, RegisterEnclaveServiceResponse,
    RequestBinding, json,
};
use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu};
use aecs_store::{MemoryStore, pages::PageStore};

use super::{
    administrator::Administrator,
    application::Ta,
    environment::{MemoryCache, Recorder, TestClock},
    given,
    settings::{Config, Known},
    store::{self, Places},
};

/// The service that most tests use.
pub(crate) const SERVICE: &str = "service1";

/// A core and all that it was started with.
pub(crate) struct World {
    pub(crate) cpu: SimulatedCpu,
    pub(crate) store: Arc<dyn PageStore>,
    pub(crate) places: Arc<Places>,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) audit: Arc<Recorder>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) cache: Option<Arc<MemoryCache>>,
    pub(crate) admin: Arc<KeyPair>,
    pub(crate) service_admin: Arc<KeyPair>,
    pub(crate) config: Config,
    pub(crate) core: Core,
    dir: Arc<tempfile::TempDir>,
}

/// What is different at the next start.
pub(crate) struct Restart {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn PageStore>,
    pub(crate) admin: Arc<KeyPair>,
    pub(crate) cache: Option<Arc<MemoryCache>>,
    pub(crate) enclave: EnclaveIdentity,
    /// What makes the reports, if not the enclave.
    pub(crate) attester: Option<Arc<dyn Attester>>,
    /// Why the platform cannot seal, if it cannot.
    pub(crate) no_sealing: Option<String>,
    /// What seals under the rules of the settings, if it differs by them.
    pub(crate) sealing: Option<Arc<dyn Seals>>,
    pub(crate) audit: Arc<Recorder>,
    pub(crate) clock: Arc<TestClock>,
}

/// The enclave that the server is.
pub(crate) fn server_enclave() -> EnclaveIdentity {
    EnclaveIdentity { mrenclave: [0x5e; 32], ..EnclaveIdentity::default() }
}

/// An application's enclave with a measurement of its own.
pub(crate) fn enclave(measurement: u8) -> EnclaveIdentity {
    EnclaveIdentity {
        mrenclave: [measurement; 32],
        mrsigner: [0xA0; 32],
        ..EnclaveIdentity::default()
    }
}

impl World {
    /// A core with the default configuration and administrators of the modern suite, working.
    pub(crate) async fn working() -> Self {
        Self::pending(Suite::Modern, |_| ()).await.provisioned().await
    }

    /// The same, with a sealed identity that outlives the process.
    pub(crate) async fn installed() -> Self {
        Self::pending(Suite::Modern, |_| ()).await.lasting().await.provisioned().await
    }

    /// The same, and a copy of its store as it is then.
    pub(crate) async fn installed_and_copied() -> (Self, Arc<dyn PageStore>) {
        let store = Arc::new(MemoryStore::new());
        let world = Self::on(store.clone(), Suite::Modern, |_| ()).await.lasting().await;
        let world = world.provisioned().await;
        let copy = Arc::new(store.snapshot());
        (world, copy)
    }

    /// A core that works and obeys administrators of `suite` also in protocol 2.0.
    pub(crate) async fn allowing_aecs20(suite: Suite) -> Self {
        let allow = |config: &mut Config| config.compat.aecs20 = aecs_core::Aecs20::Allow;
        Self::pending(suite, allow).await.provisioned().await
    }

    /// A core that waits for provision.
    pub(crate) async fn pending(suite: Suite, change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Arc::new(MemoryStore::new()), suite, change).await
    }

    pub(crate) async fn on(
        store: Arc<dyn PageStore>,
        suite: Suite,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        Self::believing(store, suite, |verifier| verifier, change).await
    }

    /// The same with a verifier that believes more.
    pub(crate) async fn believing(
        store: Arc<dyn PageStore>,
        suite: Suite,
        more: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
        let admin = Arc::new(KeyPair::generate(suite).unwrap());
        let service_admin = Arc::new(KeyPair::generate(suite).unwrap());
        let verifier = more(Verifier::builder().simulated_root(cpu.root_der())).build().unwrap();
        let verifier = Arc::new(verifier);
        let admin_config = AdminConfig { public_key: admin.public().clone(), password: None };
        let mut config = Config::new(admin_config, verifier.clone());
        // RSA keys take long to make; the tests that need one say so.
        config.suites = vec![Suite::Modern, suite];
        if suite != Suite::Modern {
            config.compat.aecs20_suite = suite;
        }
        // The signers of the enclaves of tests.
        config.ta_secrets = [[0xA0; 32], [0xB0; 32]]
            .map(|signer| TaRule::plain(&given::signed_by(signer)).unwrap())
            .into();
        change(&mut config);
        let audit = Arc::new(Recorder::default());
        let clock = Arc::new(TestClock::default());
        let places = Arc::new(Places::default());
        let environment = Environment {
            attester: Arc::new(cpu.enclave(server_enclave())),
            sealing: Arc::new(Sealing::Sealer(Arc::new(cpu.enclave(server_enclave())))),
            reader: Arc::new(Known),
            store: store.clone(),
            stores: places.clone(),
            identity_cache: None,
            audit: audit.clone(),
            clock: clock.clone(),
        };
        let core = Core::start(config.core(), environment).await.unwrap();
        let cache = None;
        Self {
            cpu,
            store,
            places,
            verifier,
            audit,
            clock,
            cache,
            admin,
            service_admin,
            config,
            core,
            dir,
        }
    }

    /// Another start of the same installation.
    pub(crate) async fn restarted(&self) -> Self {
        self.restart(|_| ()).await.unwrap()
    }

    /// Another start of the same installation, from which on its sealed identity outlives the
    /// process.
    pub(crate) async fn lasting(&self) -> Self {
        let cache = Arc::new(MemoryCache::default());
        self.restart(|restart| restart.cache = Some(cache)).await.unwrap()
    }

    /// Another start of the same installation, with its sealed identity in another kind of place.
    pub(crate) async fn restart_with_cache(
        &self,
        cache: Arc<dyn IdentityCache>,
    ) -> Result<Self, StartError> {
        self.restart_in(Some(cache), |_| ()).await
    }

    /// Another start of the same installation, with something changed.
    pub(crate) async fn restart(
        &self,
        change: impl FnOnce(&mut Restart),
    ) -> Result<Self, StartError> {
        self.restart_in(None, change).await
    }

    async fn restart_in(
        &self,
        place: Option<Arc<dyn IdentityCache>>,
        change: impl FnOnce(&mut Restart),
    ) -> Result<Self, StartError> {
        let mut restart = Restart {
            config: self.config.clone(),
            store: self.store.clone(),
            admin: self.admin.clone(),
            cache: self.cache.clone(),
            enclave: server_enclave(),
            attester: None,
            no_sealing: None,
            sealing: None,
            audit: self.audit.clone(),
            clock: self.clock.clone(),
        };
        change(&mut restart);
        let Restart { mut config, store, admin, cache, enclave, attester, .. } = restart;
        let Restart { no_sealing, sealing, audit, clock, .. } = restart;
        config.admin.public_key = admin.public().clone();
        let environment = Environment {
            attester: attester.unwrap_or_else(|| Arc::new(self.cpu.enclave(enclave.clone()))),
            sealing: match (sealing, no_sealing) {
                (Some(sealing), _) => sealing,
                (None, Some(reason)) => Arc::new(Sealing::Unavailable { reason }),
                (None, None) => Arc::new(Sealing::Sealer(Arc::new(self.cpu.enclave(enclave)))),
            },
            reader: Arc::new(Known),
            store: store.clone(),
            stores: self.places.clone(),
            identity_cache: place.or(cache.clone().map(|cache| cache as _)),
            audit: audit.clone(),
            clock: clock.clone(),
        };
        let core = Core::start(config.core(), environment).await?;
        Ok(Self {
            cpu: self.cpu.clone(),
            store,
            places: self.places.clone(),
            verifier: self.verifier.clone(),
            audit,
            clock,
            cache,
            admin,
            service_admin: self.service_admin.clone(),
            config,
            core,
            dir: self.dir.clone(),
        })
    }

    /// Another server on the same store, with files of its own; this one goes on.
    pub(crate) async fn beside(&self) -> Self {
        let own = |restart: &mut Restart| {
            restart.cache = Some(Arc::default());
            restart.audit = Arc::default();
            restart.clock = Arc::default();
        };
        self.restart(own).await.unwrap()
    }

    /// Provisions the core under the host name `host1` and registers [`SERVICE`].
    pub(crate) async fn provisioned(self) -> Self {
        self.provision("host1").await.unwrap();
        self.register(SERVICE).await.unwrap();
        self
    }

    pub(crate) async fn provision(&self, host: &str) -> Result<(), Error> {
        self.provision_with(self.provision_request(host).await).await.map(drop)
    }

    pub(crate) async fn provision_with(
        &self,
        request: AecsProvisionRequest,
    ) -> Result<AecsProvisionResponse, Error> {
        self.admin().call("AecsProvision", &request).await
    }

    /// The request that brings this very identity into service.
    pub(crate) async fn provision_request(&self, host: &str) -> AecsProvisionRequest {
        AecsProvisionRequest {
            host_name: host.into(),
            identity_hash: self.status().await.identity_hash,
            ..Default::default()
        }
    }

    pub(crate) async fn register(&self, service: &str) -> Result<(), Error> {
        let request = self.registration(service);
        let _: RegisterEnclaveServiceResponse =
            self.admin().call("RegisterEnclaveService", &request).await?;
        Ok(())
    }

    /// The request that gives a service to [`World::owner`]'s key.
    pub(crate) fn registration(&self, service: &str) -> RegisterEnclaveServiceRequest {
        RegisterEnclaveServiceRequest {
            service_name: service.into(),
            service_pubkey: self.service_admin.public().pem().into(),
            service_password_hash: String::new(),
            ..Default::default()
        }
    }

    /// The platform operator, with protocol 2.1.
    pub(crate) fn admin(&self) -> Administrator {
        self.administrator(None, self.admin.clone())
    }

    /// The administrator of [`SERVICE`], with protocol 2.1.
    pub(crate) fn owner(&self) -> Administrator {
        self.administrator(Some(SERVICE), self.service_admin.clone())
    }

    pub(crate) fn administrator(&self, service: Option<&str>, key: Arc<KeyPair>) -> Administrator {
        Administrator::new(self.core.clone(), self.clock.clone(), service, key)
    }

    /// An application in an enclave, with a modern key and protocol 2.1.
    pub(crate) fn ta(&self, enclave: EnclaveIdentity) -> Ta {
        self.ta_with(enclave, KeyPair::generate(Suite::Modern).unwrap())
    }

    pub(crate) fn ta_with(&self, enclave: EnclaveIdentity, key: KeyPair) -> Ta {
        let report = self
            .cpu
            .enclave(enclave)
            .attest(&ReportRequest::passport(UserData([0x31; 32]), key.public()))
            .unwrap();
        Ta::new(self.core.clone(), self.clock.clone(), key, report)
    }

    /// Creates a secret of [`SERVICE`] that only enclaves of the measurement get.
    pub(crate) async fn import(
        &self,
        name: &str,
        data: &str,
        measurement: u8,
    ) -> Result<(), Error> {
        self.create(given::imported(name, data, given::pinned(measurement))).await
    }

    pub(crate) async fn create(&self, secret: EnclaveSecret) -> Result<(), Error> {
        let request = CreateEnclaveSecretRequest {
            secret: Some(secret),
            is_update: false,
            if_epoch: 0,
            upload: None,
        };
        let _: CreateEnclaveSecretResponse = self.owner().call("CreateSecret", &request).await?;
        Ok(())
    }

    pub(crate) async fn destroy(&self, name: &str) -> Result<(), Error> {
        let request = DestroyEnclaveSecretRequest { secret_name: name.into(), version: 0 };
        let _: DestroyEnclaveSecretResponse = self.owner().call("DestroySecret", &request).await?;
        Ok(())
    }

    /// The names of the secrets of [`SERVICE`] that begin with `prefix`.
    pub(crate) async fn list(&self, prefix: &str) -> Vec<String> {
        let request = ListEnclaveSecretRequest { secret_name: prefix.into(), ..Default::default() };
        let list: ListEnclaveSecretResponse =
            self.owner().call("ListSecret", &request).await.unwrap();
        list.secrets.into_iter().map(|spec| spec.secret_name).collect()
    }

    /// The public view of a secret of [`SERVICE`].
    pub(crate) async fn public(&self, name: &str) -> Result<EnclaveSecret, Error> {
        let response = self.public_response(name, "p-1").await?;
        Ok(json::from_str(&response.secret_public).unwrap())
    }

    pub(crate) async fn public_response(
        &self,
        name: &str,
        nonce: &str,
    ) -> Result<GetEnclaveSecretPublicResponse, Error> {
        let request = GetEnclaveSecretPublicRequest {
            service_name: SERVICE.into(),
            secret_name: name.into(),
            nonce: nonce.into(),
            accepted_suites: vec![Suite::Modern.to_string()],
            ..Default::default()
        };
        self.core.get_enclave_secret_public(request).await
    }

    pub(crate) async fn status(&self) -> EnclaveStatus {
        let request = GetAecsStatusRequest {
            accepted_suites: vec![Suite::Modern.to_string()],
            nonce: vec![],
        };
        json::from_str(&self.core.get_aecs_status(request).await.unwrap().status_str).unwrap()
    }

    /// What the store has under a name, as its owner sees it: see [`store::contents`].
    pub(crate) async fn raw(&self, key: &str) -> Option<Vec<u8>> {
        store::get(&*self.store, key).await
    }

    /// Changes what the store has, as its owner can.
    pub(crate) async fn set_raw(&self, key: &str, value: Vec<u8>) {
        store::put(&*self.store, key, value).await;
    }

    pub(crate) async fn delete_raw(&self, key: &str) {
        store::delete(&*self.store, key).await;
    }

    /// The identity backup in a register.
    pub(crate) async fn backup(&self, key: &str) -> Option<Vec<u8>> {
        self.raw(key).await.map(|value| value.get(16..).unwrap_or_default().to_vec())
    }

    /// Every page and register of the store.
    pub(crate) async fn everything(&self) -> Vec<(String, Vec<u8>)> {
        store::contents(&*self.store).await
    }

    /// The names of all records, which the store's owner does not see.
    pub(crate) async fn names(&self) -> Vec<String> {
        let records = self.core.records().expect("the server works");
        let names = records.names("").await.unwrap();
        names.iter().map(ToString::to_string).collect()
    }

    /// The only page with a content of that many bytes.
    pub(crate) async fn page_of_len(&self, len: usize) -> String {
        let pages = store::pages_of_len(&*self.store, len).await;
        let [page] = pages.as_slice() else { panic!("{len} bytes: {pages:?}") };
        page.clone()
    }
}

/// The server's key of a suite, from its status.
pub(crate) async fn server_key(core: &Core, suite: Suite) -> PublicKey {
    key_and_status(core, suite).await.0
}

async fn key_and_status(core: &Core, suite: Suite) -> (PublicKey, EnclaveStatus) {
    let request =
        GetAecsStatusRequest { accepted_suites: vec![suite.to_string()], nonce: vec![7; 16] };
    let answer = loop {
        match core.get_aecs_status(request.clone()).await {
            // A limited number in a second is signed for anybody, and tests ask for more.
            Err(error) if error.kind() == Kind::ResourceExhausted => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            answer => break answer.unwrap(),
        }
    };
    let key = PublicKey::from_pem(&answer.auth_ra_report.unwrap().pem_public_key).unwrap();
    (key, json::from_str(&answer.status_str).unwrap())
}

/// What a request to this core is bound to; for an act of its own, by a client that remembers
/// nothing.
pub(crate) async fn binding(core: &Core, suite: Suite) -> RequestBinding {
    let (key, status) = key_and_status(core, suite).await;
    RequestBinding {
        server_key_hash: key.fingerprint().as_bytes().to_vec(),
        deployment_id: hex::decode(status.deployment_id).unwrap(),
        boot_nonce: status.boot_nonce,
        act_id: aecs_crypto::random::<16>().unwrap().to_vec(),
        remembered: None,
    }
}

/// A state as answers sign it.
pub(crate) fn state_bytes(state: Option<&DeploymentState>) -> Vec<u8> {
    let Some(state) = state else { return Vec::new() };
    let numbers = [state.epoch.to_be_bytes(), state.settings_revision.to_be_bytes()].concat();
    [numbers, state.chain.clone()].concat()
}
