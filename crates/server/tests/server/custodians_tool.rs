//! The tool of custodians, behind a relay that belongs to an attacker: for no server but the right one does
//! anything leave the custodian's machine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use aecs_client::DeploymentId;
use aecs_crypto::age::Identity;
use aecs_proto::{
    AdminRemoteCallRequest, AdminRemoteCallResponse, GetAecsStatusRequest, GetAecsStatusResponse,
    GetEnclaveSecretPublicRequest, GetEnclaveSecretPublicResponse, GetRemoteSecretRequest,
    GetRemoteSecretResponse, RecoveryCustodian, SyncWithRemoteAecsRequest,
    SyncWithRemoteAecsResponse, TaRemoteCallRequest, TaRemoteCallResponse, TaSessionCallRequest,
    TaSessionCallResponse, UnifiedAttestationAttributes, UnifiedAttestationPolicy,
    aecs_client::AecsClient, aecs_server::Aecs,
};
use aecs_sim::{CpuOptions, SimulatedCpu};
use tonic::{Request, Response, Status, async_trait, transport::Channel};

use crate::{
    fake::{Server, limits},
    program::{
        durability::Deployment,
        home::{Home, Running},
    },
};

type Answer<T> = Result<Response<T>, Status>;

/// Stands between the tool and a server.
#[derive(Clone)]
struct Relay {
    server: AecsClient<Channel>,
    /// Whose evidence it shows in the place of the server's; `Some(None)`: nobody's.
    evidence: Option<Option<AecsClient<Channel>>>,
    /// How many calls of administrators and custodians came.
    calls: Arc<AtomicUsize>,
}

impl aecs_server::serve::Readiness for Relay {}

fn not_relayed<T>() -> Answer<T> {
    Err(Status::unimplemented("not relayed"))
}

#[async_trait]
impl Aecs for Relay {
    async fn get_aecs_status(
        &self,
        request: Request<GetAecsStatusRequest>,
    ) -> Answer<GetAecsStatusResponse> {
        let request = request.into_inner();
        let mut answer = self.server.clone().get_aecs_status(request.clone()).await?.into_inner();
        if let Some(evidence) = &self.evidence {
            answer.auth_ra_report = match evidence {
                Some(other) => {
                    let other = other.clone().get_aecs_status(request).await?;
                    other.into_inner().auth_ra_report
                }
                None => None,
            };
        }
        Ok(Response::new(answer))
    }

    async fn aecs_admin_remote_call(
        &self,
        request: Request<AdminRemoteCallRequest>,
    ) -> Answer<AdminRemoteCallResponse> {
        self.calls.fetch_add(1, SeqCst);
        self.server.clone().aecs_admin_remote_call(request.into_inner()).await
    }

    async fn service_admin_remote_call(
        &self,
        _: Request<AdminRemoteCallRequest>,
    ) -> Answer<AdminRemoteCallResponse> {
        self.calls.fetch_add(1, SeqCst);
        not_relayed()
    }

    async fn ta_remote_call(
        &self,
        _: Request<TaRemoteCallRequest>,
    ) -> Answer<TaRemoteCallResponse> {
        not_relayed()
    }

    async fn ta_session_call(
        &self,
        _: Request<TaSessionCallRequest>,
    ) -> Answer<TaSessionCallResponse> {
        not_relayed()
    }

    async fn sync_with_remote_aecs(
        &self,
        _: Request<SyncWithRemoteAecsRequest>,
    ) -> Answer<SyncWithRemoteAecsResponse> {
        not_relayed()
    }

    async fn get_remote_secret(
        &self,
        _: Request<GetRemoteSecretRequest>,
    ) -> Answer<GetRemoteSecretResponse> {
        not_relayed()
    }

    async fn get_enclave_secret_public(
        &self,
        _: Request<GetEnclaveSecretPublicRequest>,
    ) -> Answer<GetEnclaveSecretPublicResponse> {
        not_relayed()
    }
}

/// The measurement of the right server, and of another one of its signer.
const OWN: u8 = 0x51;
const OTHER: u8 = 0x52;

fn measurement(byte: u8) -> String {
    hex::encode_upper([byte; 32])
}

/// A custodian's files, and the store that was left of the deployment.
struct Custodian {
    tool: PathBuf,
    deployment: Deployment,
    id: DeploymentId,
}

impl Custodian {
    /// `None` where the tool was not built with the server.
    async fn new() -> Option<Self> {
        let tool = Path::new(env!("CARGO_BIN_EXE_aecs_server")).with_file_name("aecsadmin");
        if !tool.exists() {
            return None;
        }
        let deployment = Deployment::new();
        let own = ["--attestation-simulation-mrenclave", &measurement(OWN)];
        let server = deployment.home.start(&own);
        let admin = deployment.admin(&server).await;
        admin.provision("").await.unwrap();
        let identities = [(); 2].map(|()| Identity::generate().unwrap());
        let custodians = identities.iter().zip(["alice", "bob"]).map(|(identity, name)| {
            let recipient = identity.recipient().unwrap().to_string();
            RecoveryCustodian { name: name.to_owned(), recipient }
        });
        // For this measurement alone.
        let rule = UnifiedAttestationAttributes {
            str_tee_platform: "SGX_DCAP".to_owned(),
            hex_ta_measurement: measurement(OWN),
            bool_debug_disabled: "true".to_owned(),
            ..Default::default()
        };
        let policy = UnifiedAttestationPolicy { main_attributes: vec![rule], ..Default::default() };
        let custodians = custodians.collect();
        let made = admin.create_recovery(2, custodians, 0, Some(&policy)).await.unwrap();
        fs::write(deployment.home.path("alice.share"), &made.files[0].text).unwrap();
        let line = identities[0].line().unwrap();
        fs::write(deployment.home.path("alice.txt"), line.as_str()).unwrap();
        let id = admin.status().await.unwrap().status().deployment_id;
        Some(Self { tool, deployment, id })
    }

    /// A machine with the store, where nothing that was sealed opens.
    fn machine(&self) -> Home {
        let home = Home::new();
        for file in ["admin.pem", "data/aecs.redb"] {
            fs::copy(self.deployment.home.path(file), home.path(file)).unwrap();
        }
        let own = self.deployment.home.path("data/simulation");
        for file in fs::read_dir(own).unwrap().map(|file| file.unwrap()) {
            fs::copy(file.path(), home.path("data/simulation").join(file.file_name())).unwrap();
        }
        home
    }

    /// Runs the tool with a relay in front of a server. Returns whether it has succeeded, what it says, and how many
    /// calls have left it. The kubeconfig accepts both measurements.
    async fn submit(
        &self,
        server: &Running,
        evidence: Option<Option<&Running>>,
    ) -> (bool, String, usize) {
        let connect = async |to: &Running| {
            AecsClient::connect(format!("http://{}", to.address)).await.unwrap()
        };
        let evidence = match evidence {
            None => None,
            Some(None) => Some(None),
            Some(Some(other)) => Some(Some(connect(other).await)),
        };
        let calls = Arc::new(AtomicUsize::new(0));
        let relay = Relay { server: connect(server).await, evidence, calls: calls.clone() };
        let relay = Server::start_service(relay, limits(), None).await;
        let root = self.deployment.home.path("data/simulation/root-ca.pem");
        let kubeconfig = format!(
            "apiVersion: v1\nkind: Config\naecsServer:\n  clientRpcSecure: \"disable\"\n  serverEndpoint: {}\n  \
             verifyPolicy:\n    mrenclave: [\"{}\", \"{}\"]\n    deploymentId: \"{}\"\n    simulationRoot: {}\n",
            relay.address,
            measurement(OWN),
            measurement(OTHER),
            self.id,
            root.display(),
        );
        let path = self.deployment.home.path("custodian.kubeconfig");
        fs::write(&path, kubeconfig).unwrap();
        let mut command = Command::new(&self.tool);
        command.env_clear().env("HOME", self.deployment.home.path(""));
        command.arg("--config").arg(path).args(["recovery", "submit"]);
        command.arg(self.deployment.home.path("alice.share"));
        command.arg("--identity").arg(self.deployment.home.path("alice.txt"));
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), told, calls.load(SeqCst))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_share_leaves_the_custodians_machine_for_another_server() {
    let Some(custodian) = Custodian::new().await else {
        eprintln!("skipped: there is no aecsadmin beside aecs_server");
        return;
    };
    let [right, other, debug, foreign] = [(); 4].map(|()| custodian.machine());
    let flag = "--attestation-simulation-mrenclave";
    let start = |home: &Home, measured: u8, more: &[&str]| {
        home.start(&[&["--recover", flag, &measurement(measured)], more].concat())
    };
    let right = start(&right, OWN, &[]);
    let other = start(&other, OTHER, &[]);
    let debug = start(&debug, OWN, &["--attestation-simulation-debug", "true"]);
    // On a processor whose root nobody trusts.
    SimulatedCpu::create(foreign.path("data/foreign"), CpuOptions::default()).unwrap();
    let foreign = start(&foreign, OWN, &["--attestation-simulation-dir", "data/foreign"]);

    for (what, server, evidence, expected) in [
        ("another measurement", &other, None, "was not made for a server like this one"),
        ("for debugging", &debug, None, "debug"),
        ("an unknown root", &foreign, None, "untrusted root"),
        ("no evidence", &right, Some(None), "report"),
        ("another server's evidence", &other, Some(Some(&right)), "key"),
    ] {
        let (done, told, calls) = custodian.submit(server, evidence).await;
        assert!(!done, "{what}: the tool was content");
        assert_eq!(calls, 0, "{what}: something has left");
        assert!(told.contains(expected), "{what}: {told}");
    }
    // And the relay as such is no hindrance: what it sees is sealed to the right server.
    let (done, told, calls) = custodian.submit(&right, None).await;
    assert!(done && calls > 0, "{told}");
}
