//! A server on each kind of TEE, played by a machine in software: it starts on its own evidence,
//! keeps its identity over a restart where it can seal, and says so where it cannot.

use std::{
    collections::BTreeSet,
    fs,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use aecs_attest::{
    Attester as _, CollateralItem, CollateralSource, Host, Linux, Platform as Evidence,
    ReportRequest, SERVER_PRODUCT, SealTo, Sealing, SealingRules, SnpProduct, TcbEvaluation,
    TcbStatus, Tee, UserData,
};
use aecs_client::{
    AdminClient, CustodianClient, DeploymentId, Endpoint, Finish, ServerPolicy,
    attest::{OwnBinding, own_attributes},
};
use aecs_core::{
    AdminConfig, Core, CoreConfig, Environment, IdentityCache, OneStore, Settings, StartError,
    SystemClock, TrustSettings,
};
use aecs_crypto::{KeyPair, Suite, age::Identity, recovery};
use aecs_proto::{
    DcapReport, EnclaveStatus, GetAecsStatusRequest, IntelTdxReport, RecoveryCustodian,
    UnifiedAttestationAttributes, UnifiedAttestationPolicy, json,
};
use aecs_server::{
    audit_log::{AuditLog, AuditOptions},
    config::{
        AttestationConfig, CollateralConfig, PlatformKind, RootSource, ServiceAddress,
        SimulatedTee, SimulationConfig,
    },
    exit::{Exit, Failure},
    identity_file::IdentityFile,
    platform::{self, Platform, Verification},
    serve::{self, Limits},
    service::AecsService,
};
use aecs_sim::{
    CpuOptions, EnclaveIdentity, SimulatedAmd, SimulatedCpu, SimulatedMachine, SimulatedSnp,
    TdIdentity,
};
use aecs_store::MemoryStore;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// What a server is configured with, and what it finds around it.
struct World {
    dir: TempDir,
    cpu: SimulatedCpu,
    config: AttestationConfig,
    admin: KeyPair,
}

impl World {
    fn new(platform: PlatformKind) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cpu = SimulatedCpu::create(dir.path().join("cpu"), CpuOptions::default()).unwrap();
        let config = AttestationConfig {
            platform,
            event_log: false,
            roots: Vec::new(),
            simulation: SimulationConfig {
                dir: "/nowhere".into(),
                tee: SimulatedTee::Sgx,
                mrenclave: None,
                mrsigner: [0; 32],
                prod_id: SERVER_PRODUCT,
                svn: 1,
                debug: false,
            },
            simulated_root: Some(RootSource::File(dir.path().join("cpu/root-ca.pem"))),
            accepted_tcb_statuses: BTreeSet::from([TcbStatus::UpToDate]),
            max_collateral_age: None,
            tcb_evaluation: TcbEvaluation::Standard,
            snp_minimum_tcb: Vec::new(),
            insecure_no_revocation_list: false,
            insecure_aecs20_simulation: false,
            remembered_report_bytes: 1 << 20,
            sealing: SealingRules { snp_measurement: true, ..SealingRules::server() },
            collateral: CollateralConfig {
                intel: ServiceAddress::None,
                amd: ServiceAddress::None,
                hygon: ServiceAddress::None,
                nvidia_ocsp: ServiceAddress::None,
                nvidia_rim: ServiceAddress::None,
                ca_path: None,
                proxy: None,
                offline: None,
                cache_dir: dir.path().join("collateral"),
                timeout: Duration::from_secs(15),
                connect_timeout: Duration::from_secs(5),
                refresh_after: Duration::from_secs(43_200),
            },
        };
        Self { dir, cpu, config, admin: KeyPair::generate(Suite::Modern).unwrap() }
    }

    /// A machine with SGX, and a source with the collateral for it.
    fn sgx(&self, tee: Tee) -> (Host, Option<Arc<dyn CollateralSource>>) {
        self.sgx_of(tee, SERVER_PRODUCT)
    }

    /// The same with an enclave of another product.
    fn sgx_of(&self, tee: Tee, prod_id: u16) -> (Host, Option<Arc<dyn CollateralSource>>) {
        let enclave = self.cpu.enclave(EnclaveIdentity { prod_id, ..EnclaveIdentity::default() });
        let request = ReportRequest::passport(UserData::default(), self.admin.public());
        let report = enclave.attest(&request).unwrap().report.unwrap();
        let report: DcapReport = json::from_str(&report.json_report).unwrap();
        let source = Fixed(report.json_collateral, Mutex::default());
        let machine = SimulatedMachine::new(tee, move |data| enclave.quote(*data).unwrap());
        (Host::on(Arc::new(machine)), Some(Arc::new(source)))
    }

    /// A TDX guest, and a source with the collateral for it.
    fn tdx(&self) -> (Host, Option<Arc<dyn CollateralSource>>) {
        let td = self.cpu.trust_domain(TdIdentity::default());
        let request = ReportRequest::passport(UserData::default(), self.admin.public());
        let report = td.attest(&request).unwrap().report.unwrap();
        let report: IntelTdxReport = json::from_str(&report.json_report).unwrap();
        let source = Fixed(report.json_collateral, Mutex::default());
        let machine = SimulatedMachine::new(Tee::Tdx, move |data| td.quote(*data).unwrap());
        (Host::on(Arc::new(machine)), Some(Arc::new(source)))
    }

    /// An SEV-SNP guest whose root is configured, and a source that has AMD's part.
    fn snp(&mut self) -> (Host, Option<Arc<dyn CollateralSource>>) {
        let amd = SimulatedAmd::generate().unwrap();
        let root = self.dir.path().join("ark.der");
        fs::write(&root, amd.root_der(SnpProduct::Milan)).unwrap();
        self.config.roots.push((Evidence::SevSnp, RootSource::File(root)));
        let guest = Arc::new(SimulatedSnp::new(&amd, SnpProduct::Milan).unwrap());
        let source = Arc::clone(&guest);
        let machine =
            SimulatedMachine::new(Tee::SevSnp, move |data| guest.raw_report(data).unwrap());
        (Host::on(Arc::new(machine)), Some(source))
    }

    fn open(
        &self,
        (host, source): &(Host, Option<Arc<dyn CollateralSource>>),
    ) -> Result<(Platform, Verification), Failure> {
        let platform = platform::open_on(&self.config, host.clone(), source.clone())?;
        Ok((platform, platform::verification(&self.config, source.clone())?))
    }

    async fn start(&self, opened: (Platform, Verification)) -> Result<Core, StartError> {
        self.start_on(opened, Arc::new(MemoryStore::new()), false).await
    }

    async fn start_on(
        &self,
        (platform, verification): (Platform, Verification),
        store: Arc<MemoryStore>,
        recover: bool,
    ) -> Result<Core, StartError> {
        let admin = AdminConfig { public_key: self.admin.public().clone(), password: None };
        let (session_bytes, upload_bytes) = (CoreConfig::SESSION_BYTES, CoreConfig::UPLOAD_BYTES);
        let watchers = CoreConfig::WATCHERS;
        let settings = TrustSettings::default();
        let config = CoreConfig { admin, settings, session_bytes, upload_bytes, watchers, recover };
        let mut settings = Settings::new(verification.verifier);
        settings.suites = vec![Suite::Modern];
        settings.sealing = self.config.sealing;
        // Two servers of one test have two logs.
        let log = tempfile::NamedTempFile::new_in(self.dir.path()).unwrap().into_temp_path();
        let (audit, _) = AuditLog::open(&log.keep().unwrap(), AuditOptions::default()).unwrap();
        let environment = Environment {
            attester: platform.attester,
            sealing: platform.sealing,
            reader: Arc::new(settings),
            store,
            stores: Arc::new(OneStore),
            identity_cache: Some(Arc::new(self.identity_file())),
            audit: Arc::new(audit),
            clock: Arc::new(SystemClock),
        };
        Core::start(config, environment).await
    }

    fn identity_file(&self) -> IdentityFile {
        IdentityFile::new(self.dir.path().join("identity.sealed"))
    }
}

/// One text for everything that is asked for, and what that was.
struct Fixed(String, Mutex<Vec<CollateralItem>>);

impl CollateralSource for Fixed {
    fn get(
        &self,
        item: &CollateralItem,
        _now: SystemTime,
    ) -> Result<Arc<[u8]>, aecs_attest::Error> {
        self.1.lock().unwrap().push(item.clone());
        Ok(self.0.as_bytes().into())
    }

    fn generation(&self) -> u64 {
        0
    }
}

async fn status(core: &Core) -> EnclaveStatus {
    let request = GetAecsStatusRequest {
        accepted_suites: vec![Suite::Modern.to_string()],
        nonce: vec![7; 16],
    };
    json::from_str(&core.get_aecs_status(request).await.unwrap().status_str).unwrap()
}

#[tokio::test]
async fn an_identity_outlives_the_process_where_it_can_be_sealed() {
    let mut guest = World::new(PlatformKind::Auto);
    let snp = guest.snp();
    let enclave = World::new(PlatformKind::Tee(Tee::Gramine));
    let gramine = enclave.sgx(Tee::Gramine);
    let other = World::new(PlatformKind::Tee(Tee::Occlum));
    let occlum = other.sgx(Tee::Occlum);
    for (world, surroundings, evidence) in
        [(&enclave, &gramine, "SGX_DCAP"), (&other, &occlum, "SGX_DCAP"), (&guest, &snp, "SEV_SNP")]
    {
        let first = world.start(world.open(surroundings).unwrap()).await.unwrap();
        let second = world.start(world.open(surroundings).unwrap()).await.unwrap();
        let (before, after) = (status(&first).await, status(&second).await);
        assert_eq!(before.identity_hash, after.identity_hash);
        assert_eq!(before.attr.unwrap().str_tee_platform, evidence);
    }
}

fn why_not(world: &World, platform: &Platform) -> String {
    match platform.sealing.under(&world.config.sealing) {
        Sealing::Unavailable { reason } => reason,
        Sealing::Sealer(_) => panic!("it seals"),
    }
}

#[tokio::test]
async fn h12_no_other_enclave_of_the_signer_opens_the_identity() {
    for tee in [Tee::Gramine, Tee::Occlum] {
        let world = World::new(PlatformKind::Auto);
        let server = world.open(&world.sgx(tee)).unwrap();
        let sealing = server.0.sealing.under(&world.config.sealing);
        let sealer = sealing.sealer().unwrap();
        let sealed = sealer.seal(SealTo::Signer, b"", b"identity").unwrap();
        // The client's image, and whatever a build tool makes without being told.
        for product in [0, 1, 2] {
            let client = world.open(&world.sgx_of(tee, product)).unwrap();
            let reason = why_not(&world, &client.0);
            let expected = format!("the product id of this enclave is {product}, the server's is ");
            assert!(reason.contains(&expected), "{reason}");
        }
        // No configuration makes a default the server's.
        let mut lax = World::new(PlatformKind::Auto);
        lax.config.sealing.product = 1;
        let as_default = lax.open(&lax.sgx_of(tee, 1)).unwrap().0;
        assert!(why_not(&lax, &as_default).contains("product id"));

        // Sealed to the measurement, if an administrator wants that; what was sealed before opens.
        let mut strict = world;
        strict.config.sealing.sgx = SealTo::Enclave;
        let platform = strict.open(&strict.sgx(tee)).unwrap().0;
        let sealing = platform.sealing.under(&strict.config.sealing);
        let strict = sealing.sealer().unwrap();
        assert_eq!(sealed[2], 1, "for the signer");
        assert_eq!(strict.seal(SealTo::Signer, b"", b"identity").unwrap()[2], 0, "for the enclave");
        assert!(strict.unseal(b"", &sealed).unwrap().ct_eq(b"identity"));
        let opening = platform.sealing.opening();
        assert!(opening.sealer().unwrap().unseal(b"", &sealed).unwrap().ct_eq(b"identity"));
    }
}

#[tokio::test]
async fn h12_a_simulated_server_of_another_product_seals_nothing() {
    let mut world = World::new(PlatformKind::Simulation);
    world.config.simulation.dir = world.dir.path().join("cpu");
    let open = |world: &World| platform::open_on(&world.config, Host::new(), None).unwrap();
    assert!(open(&world).sealing.under(&world.config.sealing).sealer().is_ok());
    world.config.simulation.prod_id = 1;
    assert!(why_not(&world, &open(&world)).contains("the product id of this enclave is 1, "));
}

#[tokio::test]
async fn h26_a_guest_seals_only_where_its_measurement_is_said_to_be_its_own() {
    const GOOGLE: &str = "B747D55452E0B9E9079770A49E397C5E6D9573581E246DA7BAAC4F28B5CDC5B1\
                          B6D19251B8EE600FD16A3708F58406F3";
    let mut world = World::new(PlatformKind::Auto);
    let snp = world.snp();
    let platform = world.open(&snp).unwrap().0;
    assert!(platform.sealing.under(&world.config.sealing).sealer().is_ok());
    // The file that the platform was opened with says otherwise: the rules in force decide.
    world.config.sealing = SealingRules::server();
    let reason = why_not(&world, &platform);
    assert!(reason.contains("sealing.snp = measurement"), "{reason}");

    // To state it on a cloud that is known is a mistake.
    world.config.sealing.snp_measurement = true;
    let mut report = vec![0; 1184];
    report[0x90..0xC0].copy_from_slice(&hex::decode(GOOGLE).unwrap());
    let machine = SimulatedMachine::new(Tee::SevSnp, move |data| {
        let mut report = report.clone();
        report[0x50..0x90].copy_from_slice(data);
        report
    });
    let google = (Host::on(Arc::new(machine)), None);
    let reason = why_not(&world, &world.open(&google).unwrap().0);
    assert!(reason.contains("the firmware of Google Cloud"), "{reason}");
}

#[tokio::test]
async fn a_tdx_guest_serves_and_forgets_and_passes_no_file_over() {
    let world = World::new(PlatformKind::Auto);
    let tdx = world.tdx();
    let platform = world.open(&tdx).unwrap();
    assert!(matches!(platform.0.sealing.opening(), Sealing::Unavailable { .. }));
    let first = world.start(platform).await.unwrap();
    let second = world.start(world.open(&tdx).unwrap()).await.unwrap();
    let (before, after) = (status(&first).await, status(&second).await);
    assert_eq!(before.attr.unwrap().str_tee_platform, "TDX");
    assert_ne!(before.identity_hash, after.identity_hash);
    assert!(world.identity_file().load().unwrap().is_none(), "nothing can be sealed");

    world.identity_file().save(b"sealed on another platform").unwrap();
    let refused = world.start(world.open(&tdx).unwrap()).await.err().unwrap();
    assert!(matches!(refused, StartError::CannotUnseal(_)), "{refused:?}");
}

#[test]
fn a_simulation_is_never_found() {
    let world = World::new(PlatformKind::Auto);
    let empty = tempfile::tempdir().unwrap();
    let host = Host::on(Arc::new(Linux::rooted(empty.path())));
    let failure = world.open(&(host, None)).err().unwrap();
    assert_eq!(failure.exit, Exit::Attestation);
    let text = failure.to_string();
    for expected in ["no TEE was found", "/dev/attestation", "/dev/sev-guest", "has to be named"] {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn another_tee_than_the_configured_one_is_not_taken() {
    let world = World::new(PlatformKind::Tee(Tee::Tdx));
    let failure = world.open(&world.sgx(Tee::Gramine)).err().unwrap();
    assert!(failure.to_string().contains("TEE tdx was not found"), "{failure}");
}

#[tokio::test]
async fn evidence_that_does_not_verify_keeps_a_server_from_starting() {
    // Nobody gives endorsements.
    let world = World::new(PlatformKind::Auto);
    let (host, _) = world.sgx(Tee::Gramine);
    let failed = world.start(world.open(&(host, None)).unwrap()).await.err().unwrap();
    assert!(matches!(failed, StartError::Attestation(aecs_attest::Error::NoCollateral)));

    // Nobody trusts the root.
    let mut world = World::new(PlatformKind::Auto);
    let snp = world.snp();
    world.config.roots.clear();
    let failed = world.start(world.open(&snp).unwrap()).await.err().unwrap();
    assert!(matches!(failed, StartError::Attestation(_)), "{failed:?}");
    assert!(world.identity_file().load().unwrap().is_none(), "nothing is left behind");
}

#[test]
fn roots_are_files_that_can_be_read() {
    let mut world = World::new(PlatformKind::Auto);
    world.config.roots.push((Evidence::SevSnp, RootSource::File("/nowhere/ark.der".into())));
    let failure = world.open(&world.sgx(Tee::Gramine)).err().unwrap();
    assert!(failure.to_string().contains("attestation.roots: /nowhere/ark.der"), "{failure}");

    // Without an end, or with a writer who never comes.
    for path in ["/dev/zero", "/dev", "/dev/tty"] {
        let mut world = World::new(PlatformKind::Auto);
        world.config.roots.push((Evidence::SevSnp, RootSource::File(path.into())));
        let failure = world.open(&world.sgx(Tee::Gramine)).err().unwrap();
        let text = failure.to_string();
        assert_eq!(text, format!("attestation.roots: {path}: not a regular file"));
    }

    let mut world = World::new(PlatformKind::Auto);
    let path = world.dir.path().join("ark.der");
    fs::write(&path, b"no certificate").unwrap();
    world.config.roots.push((Evidence::SevSnp, RootSource::File(path)));
    let failure = world.open(&world.sgx(Tee::Gramine)).err().unwrap();
    assert_eq!(failure.exit, Exit::Usage);
    let text = failure.to_string();
    assert!(text.contains("attestation.roots: ") && text.contains("ark.der: "), "{text}");
}

#[test]
fn roots_are_told_by_their_contents() {
    let roots = |world: &mut World| {
        let machine = world.snp();
        world.open(&machine).unwrap().1.roots
    };
    let (one, other) =
        (roots(&mut World::new(PlatformKind::Auto)), roots(&mut World::new(PlatformKind::Auto)));
    assert!(one[0].starts_with("attestation.roots SEV_SNP "), "{one:?}");
    assert_ne!(one, other, "the files have the same names");
}

/// A policy for servers with the code of this one.
fn policy_of(own: &UnifiedAttestationAttributes) -> ServerPolicy {
    let mut entry = own_attributes(own, OwnBinding::Code);
    if own.str_tee_platform == "SEV_SNP" {
        entry.str_measured = "direct-boot".to_owned();
    }
    ServerPolicy::new(&UnifiedAttestationPolicy {
        main_attributes: vec![entry],
        ..UnifiedAttestationPolicy::default()
    })
    .unwrap()
}

/// A server of the core on a free port, until the end of the test.
async fn served(core: &Core) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let limits = Limits {
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
    let stop = std::future::pending();
    tokio::spawn(serve::run(listener, AecsService::new(core.clone()), None, limits, stop));
    Endpoint::new(&address).unwrap()
}

/// A deployment on each kind of TEE loses its machine, and comes back on another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_recovered_on_every_platform() {
    let mut guest = World::new(PlatformKind::Auto);
    let snp = guest.snp();
    let enclave = World::new(PlatformKind::Tee(Tee::Gramine));
    let gramine = enclave.sgx(Tee::Gramine);
    let domain = World::new(PlatformKind::Auto);
    let tdx = domain.tdx();
    for (world, surroundings, seals) in
        [(&enclave, &gramine, true), (&guest, &snp, true), (&domain, &tdx, false)]
    {
        let store = Arc::new(MemoryStore::new());
        let verifier = world.open(surroundings).unwrap().1.verifier;
        let key = || KeyPair::from_private_pem(world.admin.private_pem().expose()).unwrap();
        let opened = world.open(surroundings).unwrap();
        let first = world.start_on(opened, store.clone(), false).await.unwrap();
        let policy = policy_of(&status(&first).await.attr.unwrap());
        let id = DeploymentId::from_bytes(first.deployment_id());
        let admin = |endpoint, policy: &ServerPolicy| {
            AdminClient::builder(endpoint, verifier.clone(), policy.clone().deployment(id))
        };
        let connected = admin(served(&first).await, &policy).connect(key()).await.unwrap();
        connected.provision("").await.unwrap();
        connected.register("service", world.admin.public(), None).await.unwrap();
        let identities = [(); 3].map(|()| Identity::generate().unwrap());
        let custodians = identities.iter().zip(["a", "b", "c"]).map(|(identity, name)| {
            let recipient = identity.recipient().unwrap().to_string();
            RecoveryCustodian { name: name.to_owned(), recipient }
        });
        let made = connected.create_recovery(2, custodians.collect(), 0, None).await.unwrap();
        let shares: Vec<_> = made
            .files
            .iter()
            .zip(&identities)
            .map(|(file, own)| recovery::open_file(&file.text, std::slice::from_ref(own)).unwrap())
            .collect();

        let lost = Arc::new(store.snapshot());
        let _ = fs::remove_file(world.dir.path().join("identity.sealed"));
        assert!(world.identity_file().load().unwrap().is_none());
        let opened = world.open(surroundings).unwrap();
        // Where nothing can be sealed, a server waits for shares by itself.
        let machine = world.start_on(opened, lost, seals).await.unwrap();
        assert_eq!(machine.status(), "Recovering");
        let endpoint = served(&machine).await;
        for share in shares.into_iter().skip(1) {
            let policy = policy.clone().deployment(id);
            let custodian =
                CustodianClient::to_submit(endpoint.clone(), verifier.clone(), policy, share, None);
            custodian.await.unwrap().submit().await.unwrap();
        }
        let connected = admin(endpoint, &policy).recovers().connect(key()).await.unwrap();
        let told = connected.status().await.unwrap().status().recovering.clone().unwrap();
        let opened = told.opened.unwrap();
        let mut chain = [0; 32];
        hex::decode_to_slice(&opened.chain, &mut chain).unwrap();
        let finish = Finish {
            revision: opened.revision,
            epoch: opened.epoch.unsigned_abs(),
            chain,
            settings_digest: opened.settings_digest,
            accept_older_store: false,
            overruled: Vec::new(),
        };
        let not_sealed = connected.finish_recovery(&finish).await.unwrap();
        assert_eq!(not_sealed.is_empty(), seals, "{not_sealed}");
        assert_eq!(world.identity_file().load().unwrap().is_some(), seals);
        assert_eq!(connected.list_services("").await.unwrap(), ["service"]);
        assert_eq!(machine.deployment_id(), first.deployment_id());
    }
}
