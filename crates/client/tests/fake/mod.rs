//! A server in this process that speaks protocol 2.1 honestly, except for one lie at a time.
//!
//! It keeps nothing and checks what a server must be able to rely on: a client that signs wrongly
//! fails these tests, too.

#![allow(dead_code, unreachable_pub, reason = "each of several test programs uses its own part")]

mod rpc;
mod session;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::aecs_client::{Endpoint, ServerPolicy};
use aecs_attest::{Attester, ReportRequest, UserData, Verifier};
use aecs_crypto::session::ServerEnd;
use aecs_crypto::{KeyPair, Protocol, PublicKey, Purpose, Suite, Transcript, envelope};
use aecs_proto::aecs_server::{Aecs, AecsServer};
use aecs_proto::*;
use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu, SimulatedEnclave};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use prost::Message as _;
use tokio::net::TcpListener;
use tonic::{Request, Response, Status};

/// What the server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    None,
    // In the status.
    NoReport,
    OtherNonce,
    NoNonce,
    NoSignature,
    SignedByOther,
    StatusChanged,
    KeySwapped,
    OtherDeployment,
    ClaimsDeployment,
    OtherSuite,
    // In answers.
    NoAnswer,
    Unchanged,
    AnswerSignedByOther,
    AnswerToOtherRequest,
    AnswerOfOtherFunction,
    AnswerNamedAsIn20,
    AnswerSealedForOther,
    AnswerSealedAsIn20,
    OtherInnerNonce,
    SecretOfOtherName,
    SecretOfOtherType,
    SecretForOtherRequest,
    SecretSignedByOther,
    OneSecretLess,
    LeavesOut,
    // In the refusal for another process.
    BootOfOtherRequest,
    BootSignedByOther,
    // In sessions.
    SessionUnknown(usize),
    SessionOfOtherServer,
    SessionOfOtherRequest,
    SessionAnswerChanged,
    // On the way.
    Silence,
    Unavailable(usize),
    Busy(usize),
    /// Refuses a number of calls with `RESOURCE_EXHAUSTED` and this error code.
    Exhausted(usize, &'static str),
    NotWorking(usize),
    NotYet(usize),
    Refusal,
    EvidenceRefused(usize),
}

pub struct Fake {
    pub lie: Mutex<Lie>,
    pub identity: Mutex<Arc<KeyPair>>,
    pub store: Mutex<(i64, u8)>,
    pub pending: Mutex<bool>,
    /// The boot nonce; and how often it changes before a request is looked at.
    pub boot: Mutex<(u8, usize)>,
    /// The administrator's public key, for admin calls.
    pub admin: Option<PublicKey>,
    pub calls: AtomicUsize,
    pub status_calls: AtomicUsize,
    pub reports: Mutex<Vec<String>>,
    pub payloads: Mutex<Vec<AdminRemoteCallReqWithAuth>>,
    pub bindings: Mutex<Vec<RequestBinding>>,
    pub has_sessions: Mutex<bool>,
    pub session_ms: Mutex<i64>,
    pub session_calls: AtomicUsize,
    session: Mutex<Option<ServerEnd>>,
    last_answer: Mutex<Option<TaSessionCallResponse>>,
    cpu: SimulatedCpu,
    other: KeyPair,
}

pub const DEPLOYMENT: [u8; 32] = [0xD1; 32];
const OTHER_DEPLOYMENT: [u8; 32] = [0xD2; 32];

/// The one secret that the fake has.
pub const SECRET: &str = "hunter2";

impl Fake {
    pub fn new(cpu: &SimulatedCpu, suite: Suite, admin: Option<PublicKey>) -> Arc<Fake> {
        Arc::new(Fake {
            lie: Mutex::new(Lie::None),
            identity: Mutex::new(Arc::new(KeyPair::generate(suite).unwrap())),
            store: Mutex::new((7, 0xAA)),
            pending: Mutex::new(false),
            boot: Mutex::new((1, 0)),
            admin,
            calls: AtomicUsize::new(0),
            status_calls: AtomicUsize::new(0),
            reports: Mutex::new(Vec::new()),
            payloads: Mutex::new(Vec::new()),
            bindings: Mutex::new(Vec::new()),
            has_sessions: Mutex::new(false),
            session_ms: Mutex::new(600_000),
            session_calls: AtomicUsize::new(0),
            session: Mutex::new(None),
            last_answer: Mutex::new(None),
            cpu: cpu.clone(),
            other: KeyPair::generate(suite).unwrap(),
        })
    }

    pub fn lies(&self, lie: Lie) {
        *self.lie.lock().unwrap() = lie;
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// A new identity, as after a provision or a restart.
    pub fn change_identity(&self) {
        let suite = self.identity().suite();
        *self.identity.lock().unwrap() = Arc::new(KeyPair::generate(suite).unwrap());
    }

    fn identity(&self) -> Arc<KeyPair> {
        self.identity.lock().unwrap().clone()
    }

    fn is(&self, lie: Lie) -> bool {
        *self.lie.lock().unwrap() == lie
    }

    fn report(&self, key: &KeyPair) -> UnifiedAttestationAuthReport {
        let id = if self.is(Lie::OtherDeployment) { OTHER_DEPLOYMENT } else { DEPLOYMENT };
        enclave(&self.cpu).attest(&ReportRequest::passport(UserData(id), key.public())).unwrap()
    }

    /// Counts a call, and what happens to it before it is looked at.
    async fn on_the_way(&self) -> Result<(), Status> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let lie = *self.lie.lock().unwrap();
        match lie {
            Lie::Silence => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Ok(())
            }
            Lie::Unavailable(times) if call < times => Err(Status::unavailable("busy")),
            Lie::Busy(times) if call < times => Err(Status::resource_exhausted("too much to do")),
            Lie::Exhausted(times, code) if call < times => {
                Err(Status::resource_exhausted(format!("too many | Error code: {code}")))
            }
            Lie::NotWorking(times) if call < times => Err(Status::failed_precondition(
                "the server is not provisioned | Error code: 0xA0050000",
            )),
            Lie::NotYet(times) if call < times => {
                Err(Status::unavailable("still at it | Error code: 0xA0070000"))
            }
            Lie::Refusal => Err(Status::permission_denied("not for you | Error code: 0xAA280000")),
            _ => Ok(()),
        }
    }

    fn state(&self) -> DeploymentState {
        let (epoch, byte) = *self.store.lock().unwrap();
        DeploymentState { epoch, chain: vec![byte; 32], settings_revision: 0 }
    }

    /// Checks what a request is bound to. The refusal for another process has the status.
    fn check(
        &self,
        identity: &KeyPair,
        binding: Option<RequestBinding>,
        nonce: &[u8],
    ) -> Result<(), Status> {
        let binding = binding.unwrap();
        assert_eq!(binding.server_key_hash, identity.public().fingerprint().as_bytes());
        assert_eq!(binding.deployment_id, DEPLOYMENT);
        assert_eq!(binding.act_id.len(), 16);
        let boot = {
            let mut boot = self.boot.lock().unwrap();
            if boot.1 > 0 {
                *boot = (boot.0 + 1, boot.1 - 1);
            }
            boot.0
        };
        let right = binding.boot_nonce == [boot; 32];
        self.bindings.lock().unwrap().push(binding);
        if right {
            return Ok(());
        }
        let other = [0; 16];
        let nonce = if self.is(Lie::BootOfOtherRequest) { &other } else { nonce };
        let status_str = json::to_string(&self.status(identity, nonce.to_vec()));
        let signer = self.signer(identity, Lie::BootSignedByOther);
        let signature = envelope::sign_detached(Purpose::STATUS, signer, status_str.as_bytes());
        let details = GetAecsStatusResponse {
            auth_ra_report: None,
            status_str,
            status_sig: Some(signature.unwrap()),
        };
        Err(Status::with_details(
            tonic::Code::FailedPrecondition,
            "another process | Error code: 0xA20E0000",
            details.encode_to_vec().into(),
        ))
    }

    fn status(&self, identity: &KeyPair, nonce: Vec<u8>) -> EnclaveStatus {
        let (epoch, digest) = *self.store.lock().unwrap();
        let pending = *self.pending.lock().unwrap();
        let claimed = match self.is(Lie::ClaimsDeployment) || self.is(Lie::OtherDeployment) {
            true => OTHER_DEPLOYMENT,
            false => DEPLOYMENT,
        };
        EnclaveStatus {
            version: "fake".into(),
            status: if pending { "Pending" } else { "Working" }.into(),
            identity_hash: identity.public().fingerprint().to_string(),
            deployment_id: hex::encode_upper(claimed),
            simulation: true,
            store_epoch: epoch,
            store_digest: hex::encode_upper([digest; 32]),
            store_chain: hex::encode_upper([digest; 32]),
            boot_nonce: vec![self.boot.lock().unwrap().0; 32],
            nonce,
            server_time_ms: 1_700_000_000_000,
            sessions: *self.has_sessions.lock().unwrap(),
            ..EnclaveStatus::default()
        }
    }

    fn not_authentic() -> Status {
        Status::unauthenticated("cannot be opened | Error code: 0xA20C0000")
    }

    fn signer<'a>(&'a self, identity: &'a KeyPair, lie: Lie) -> &'a KeyPair {
        if self.is(lie) { &self.other } else { identity }
    }

    async fn admin(
        &self,
        request: AdminRemoteCallRequest,
        (request_purpose, response_purpose): (Purpose, Purpose),
        name: &str,
    ) -> Result<AdminRemoteCallResponse, Status> {
        self.on_the_way().await?;
        let identity = self.identity();
        let admin = self.admin.as_ref().expect("this fake has no administrator");
        let opened = envelope::open(request_purpose, &identity, &request.req_enc.unwrap())
            .and_then(|unverified| unverified.verify(admin))
            .map_err(|_| Fake::not_authentic())?;
        assert_eq!(opened.aad, name.as_bytes());
        assert_eq!(opened.protocol, Protocol::Aecs21);
        let payload: AdminRemoteCallReqWithAuth = json::from_slice(opened.plain.expose()).unwrap();
        assert_eq!(payload.function_name, request.function_name);
        assert_eq!(payload.nonce.len(), 16);
        assert!(payload.issued_at_ms > 0);
        self.check(&identity, payload.binding.clone(), &payload.nonce)?;
        let answer = match payload.function_name.as_str() {
            "ListEnclaveService" => json::to_string(&ListEnclaveServiceResponse {
                services: Some(StorageListAllResponse { names: vec!["service1".into()] }),
                ..Default::default()
            }),
            _ => "{}".to_owned(),
        };
        if self.is(Lie::NoAnswer) {
            return Ok(AdminRemoteCallResponse::default());
        }
        let other = [0u8; 16];
        let nonce = if self.is(Lie::AnswerToOtherRequest) { &other[..] } else { &payload.nonce };
        let function = match self.is(Lie::AnswerOfOtherFunction) {
            true => "ListSecret",
            false => &payload.function_name,
        };
        let aad = match self.is(Lie::AnswerNamedAsIn20) {
            true => b"Enclave".to_vec(),
            false => Transcript::new("AECS-2.1 response")
                .field(nonce)
                .field(function.as_bytes())
                .field(&state_bytes(Some(&self.state())))
                .field(&[0])
                .sha256()
                .to_vec(),
        };
        let to = if self.is(Lie::AnswerSealedForOther) { self.other.public() } else { admin };
        let signer = self.signer(&identity, Lie::AnswerSignedByOther);
        let protocol = match self.is(Lie::AnswerSealedAsIn20) {
            true => Protocol::Aecs20,
            false => Protocol::Aecs21,
        };
        let sealed =
            envelope::seal(protocol, response_purpose, to, signer, &aad, answer.as_bytes());
        self.payloads.lock().unwrap().push(payload);
        Ok(AdminRemoteCallResponse {
            res_enc: Some(sealed.unwrap()),
            state: Some(self.state()),
            ..AdminRemoteCallResponse::default()
        })
    }

    /// Those of several secrets that fit into an answer: two.
    fn secrets(&self, wanted: &[TaWantedSecret]) -> TaSecrets {
        let fits = if self.is(Lie::LeavesOut) { 0 } else { 2 };
        let result = |(number, wanted): (usize, &TaWantedSecret)| {
            let secret = || self.secret(&wanted.service_name, &wanted.secret_name);
            match wanted.secret_name.as_str() {
                _ if number >= fits => TaSecretResult { left_out: true, ..Default::default() },
                "none" => TaSecretResult {
                    error_code: ErrorCode::NoSuchName.value(),
                    error: "no".into(),
                    ..Default::default()
                },
                _ => TaSecretResult { secret: Some(secret()), ..Default::default() },
            }
        };
        let less = usize::from(self.is(Lie::OneSecretLess));
        TaSecrets { results: wanted.iter().enumerate().map(result).skip(less).collect() }
    }

    fn secret(&self, service: &str, name: &str) -> EnclaveSecret {
        let name = if self.is(Lie::SecretOfOtherName) { "other" } else { name };
        let policy = UnifiedAttestationPolicy {
            main_attributes: vec![UnifiedAttestationAttributes {
                hex_signer: "5A".repeat(32),
                ..Default::default()
            }],
            ..Default::default()
        };
        let kind = match self.is(Lie::SecretOfOtherType) {
            true => EnclaveSecretType::SecretTypeAes256Key,
            false => EnclaveSecretType::SecretTypeImportData,
        };
        EnclaveSecret {
            spec: Some(EnclaveSecretSpec {
                secret_name: name.into(),
                service_name: service.into(),
                r#type: kind.into(),
                policy: Some(EnclaveSecretPolicy {
                    policy: Some(policy),
                    ..EnclaveSecretPolicy::default()
                }),
                ..EnclaveSecretSpec::default()
            }),
            data: SECRET.into(),
            ..EnclaveSecret::default()
        }
    }
}

/// A state as requests and answers sign it.
fn state_bytes(state: Option<&DeploymentState>) -> Vec<u8> {
    let Some(state) = state else { return Vec::new() };
    let numbers = [state.epoch.to_be_bytes(), state.settings_revision.to_be_bytes()].concat();
    [numbers, state.chain.clone()].concat()
}

/// What an application signs of a binding.
fn digest(binding: &RequestBinding) -> [u8; 32] {
    Transcript::new("AECS-2.1 request binding")
        .field(&binding.server_key_hash)
        .field(&binding.deployment_id)
        .field(&binding.boot_nonce)
        .field(&binding.act_id)
        .field(&state_bytes(binding.remembered.as_ref()))
        .sha256()
}

/// A simulated CPU of its own, in a folder that lives as long as the test.
pub fn cpu() -> (tempfile::TempDir, SimulatedCpu) {
    let folder = tempfile::tempdir().unwrap();
    let cpu = SimulatedCpu::create(folder.path().join("cpu"), CpuOptions::default()).unwrap();
    (folder, cpu)
}

/// The enclave that the fake runs in.
pub fn enclave(cpu: &SimulatedCpu) -> SimulatedEnclave {
    cpu.enclave(EnclaveIdentity { mrsigner: [0x51; 32], ..EnclaveIdentity::default() })
}

pub fn verifier(cpu: &SimulatedCpu) -> Arc<Verifier> {
    Arc::new(Verifier::builder().simulated_root(cpu.root_der()).build().unwrap())
}

/// Trusts the fake's signer.
pub fn policy() -> ServerPolicy {
    policy_for("51")
}

pub fn policy_for(byte: &str) -> ServerPolicy {
    let entry = UnifiedAttestationAttributes {
        hex_signer: byte.repeat(32),
        ..UnifiedAttestationAttributes::default()
    };
    let policy = UnifiedAttestationPolicy {
        main_attributes: vec![entry],
        ..UnifiedAttestationPolicy::default()
    };
    ServerPolicy::new(&policy).unwrap().insecure_any_deployment()
}

/// Serves the fake on a free port.
pub async fn serve(fake: &Arc<Fake>) -> Endpoint {
    let address = listen(fake.clone(), None).await;
    Endpoint::new(&address.to_string()).unwrap().call_timeout(Duration::from_secs(5))
}

/// Serves the fake on a free port, over TLS if there is an acceptor.
pub async fn listen(fake: Arc<Fake>, tls: Option<tokio_rustls::TlsAcceptor>) -> SocketAddr {
    listen_at(fake, tls, SocketAddr::from(([127, 0, 0, 1], 0))).await
}

/// The same at an address of the test's own.
pub async fn listen_at(
    fake: Arc<Fake>,
    tls: Option<tokio_rustls::TlsAcceptor>,
    address: SocketAddr,
) -> SocketAddr {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = tonic::service::Routes::new(AecsServer::from_arc(fake)).into_axum_router();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (routes, tls) = (TowerToHyperService::new(routes.clone()), tls.clone());
            tokio::spawn(async move {
                let http = auto::Builder::new(TokioExecutor::new());
                match tls {
                    None => drop(http.serve_connection(TokioIo::new(stream), routes).await),
                    Some(tls) => {
                        let Ok(stream) = tls.accept(stream).await else { return };
                        drop(http.serve_connection(TokioIo::new(stream), routes).await);
                    }
                }
            });
        }
    });
    address
}

/// An error with all its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
