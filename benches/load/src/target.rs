//! A server that is provisioned and filled, and the requests that it is sent.
//!
//! Requests are made by hand: the client library would attest the server again and verify each answer, and
//! its processor time would be in the way. The first answer of each connection is opened.

use std::{
    ops::Range,
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use aecs_attest::{Attester as _, ReportRequest, UserData, Verifier, VerifierBuilder};
use aecs_client::{AdminClient, Change, Endpoint, NewSecret, ServerPolicy, ServiceClient};
use aecs_crypto::binding::{self, AnswerContext};
use aecs_crypto::envelope::{self, SignedWhole};
use aecs_crypto::session::{Asked, ClientEnd, Parties, Share};
use aecs_crypto::{KeyPair, PublicKey, Purpose, SecretString, Suite, random};
use aecs_proto::{
    EnclaveSecretPolicy, EnclaveSecretType, EnclaveStatus, Function, GetAecsStatusRequest,
    GetAecsStatusResponse, GetEnclaveSecretPublicRequest, RequestBinding, TaGetSecretRequest,
    TaGetSecretResponse, TaGetSecretsRequest, TaRemoteCallRequest, TaRemoteCallResponse,
    TaSessionCallRequest, TaWantedSecret, UnifiedAttestationAttributes,
    UnifiedAttestationAuthReport, UnifiedAttestationPolicy, aecs_client::AecsClient, json,
};
use aecs_sim::{EnclaveIdentity, SimulatedCpu};
use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use tonic::transport::Channel;

use crate::server::{Home, Running};

/// The service whose secrets are read and listed.
pub(crate) const READ: &str = "read";
/// The service in which secrets are created.
pub(crate) const WRITTEN: &str = "written";
/// How many secrets take more room than the caches of pages have, which are 32 and 16 MiB by default.
const CACHED: usize = 50_000;
/// What applications get.
const SECRET: &str = "password";
/// What everybody gets.
const SHARED: &str = "shared";
/// How many secrets a list has.
const LISTED: usize = 1000;
const MEASUREMENT: [u8; 32] = [1; 32];

/// A server to load.
pub(crate) struct Target {
    pub(crate) running: Running,
    cpu: SimulatedCpu,
    owner: KeyPair,
    server: PublicKey,
    deployment_id: Vec<u8>,
    boot_nonce: Vec<u8>,
}

/// An application with its evidence.
pub(crate) struct Application {
    key: KeyPair,
    pub(crate) report: UnifiedAttestationAuthReport,
}

impl Target {
    /// Starts a server and provisions it, with [`LISTED`] secrets of one service and none of another.
    pub(crate) async fn start(home: &Home, program: &Path) -> Result<Self> {
        let running = home.start(program)?;
        let admin = AdminClient::connect(
            Endpoint::new(&running.address)?,
            Arc::new(Verifier::builder().build()?),
            ServerPolicy::insecure_any_server(),
            copy(&home.admin)?,
            None,
        )
        .await?;
        admin.provision("localtest").await?;
        let owner = KeyPair::generate(Suite::Modern)?;
        for service in [READ, WRITTEN] {
            admin.register(service, owner.public(), None).await?;
        }
        let status = status(&mut connect(&running.address).await?).await?;
        let report = status.auth_ra_report.context("no report")?;
        let told: EnclaveStatus = json::from_str(&status.status_str)?;
        let target = Self {
            running,
            cpu: home.cpu.clone(),
            owner,
            server: PublicKey::from_pem(&report.pem_public_key)?,
            deployment_id: hex::decode(&told.deployment_id)?,
            boot_nonce: told.boot_nonce,
        };
        target.fill().await?;
        Ok(target)
    }

    async fn fill(&self) -> Result<()> {
        let owner = self.owner(READ).await?;
        owner.create(&secret(READ, SECRET)).await?;
        let mut shared = secret(READ, SHARED);
        shared.spec.r#type = EnclaveSecretType::SecretTypeRsaKeyPair.into();
        shared.spec.share = "public".into();
        shared.data = None;
        owner.create(&shared).await?;
        create_all(&owner, READ, 2..LISTED).await
    }

    /// Creates enough secrets to fill the server's caches of pages.
    pub(crate) async fn fill_caches(&self) -> Result<()> {
        create_all(&self.owner(WRITTEN).await?, WRITTEN, 0..CACHED).await
    }

    /// The administrator of a service, on a connection of its own.
    pub(crate) async fn owner(&self, service: &str) -> Result<ServiceClient> {
        let verifier = Arc::new(Verifier::builder().build()?);
        Ok(ServiceClient::connect(
            Endpoint::new(&self.running.address)?,
            verifier,
            ServerPolicy::insecure_any_server(),
            service,
            copy(&self.owner)?,
            None,
        )
        .await?)
    }

    pub(crate) fn deployment_id(&self) -> String {
        hex::encode_upper(&self.deployment_id)
    }

    /// An application with a new key and a new quote.
    pub(crate) fn application(&self) -> Result<Application> {
        let identity = EnclaveIdentity { mrenclave: MEASUREMENT, ..EnclaveIdentity::default() };
        let key = KeyPair::generate(Suite::Modern)?;
        let request = ReportRequest::passport(UserData::default(), key.public());
        let report = self.cpu.enclave(identity).attest(&request)?;
        Ok(Application { key, report })
    }

    /// A verifier that trusts the applications.
    pub(crate) fn verifier(&self) -> VerifierBuilder {
        Verifier::builder().simulated_root(self.cpu.root_der())
    }

    /// A request of an application for the secret.
    pub(crate) fn get(&self, application: &Application) -> Result<TaRemoteCallRequest> {
        self.get_with(application, Vec::new())
    }

    /// The same, with a share for a session.
    fn get_with(
        &self,
        application: &Application,
        session_share: Vec<u8>,
    ) -> Result<TaRemoteCallRequest> {
        let act = random::<16>()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let mut message = TaRemoteCallRequest {
            auth_report: Some(application.report.clone()),
            function_name: Function::TaGetSecret.name().into(),
            req_json: wanted(&act),
            signature_b64: String::new(),
            session_share,
            issued_at_ms: now.as_millis().try_into()?,
            nonce: random::<16>()?.to_vec(),
            binding: Some(RequestBinding {
                server_key_hash: self.server.fingerprint().as_bytes().to_vec(),
                deployment_id: self.deployment_id.clone(),
                boot_nonce: self.boot_nonce.clone(),
                act_id: act.to_vec(),
                remembered: None,
            }),
        };
        let signed = binding::ta_request(&message, self.server.fingerprint());
        let signature = application.key.sign(Purpose::TA_REQUEST, signed.as_bytes())?;
        message.signature_b64 = BASE64.encode(signature);
        Ok(message)
    }

    /// Begins a session of an application, with a get.
    pub(crate) async fn begin(
        &self,
        client: &mut AecsClient<Channel>,
        application: &Application,
    ) -> Result<ClientEnd> {
        let share = Share::generate()?;
        let request = self.get_with(application, share.public().to_vec())?;
        let nonce = request.nonce.clone();
        let answer = client.ta_remote_call(request).await?.into_inner();
        self.open(application, &nonce, &answer)?;
        let parties = Parties {
            application: application.key.public().fingerprint(),
            server: self.server.fingerprint(),
            deployment: self.deployment_id.as_slice().try_into()?,
            boot_nonce: self.boot_nonce.as_slice().try_into()?,
            nonce: &nonce,
        };
        Ok(share.begin(parties, &answer.session.context("no session")?)?)
    }

    /// A request for the secret in a session.
    pub(crate) fn get_in(session: &ClientEnd) -> Result<(TaSessionCallRequest, Asked)> {
        let request = wanted(&random::<16>()?);
        Ok(session.ask(Function::TaGetSecret.name(), request, None)?)
    }

    /// A request for the first `count` secrets of the list, in a session.
    pub(crate) fn get_many_in(
        session: &ClientEnd,
        count: usize,
    ) -> Result<(TaSessionCallRequest, Asked)> {
        let wanted = |number| TaWantedSecret {
            service_name: READ.into(),
            secret_name: listed(number),
            ..TaWantedSecret::default()
        };
        let request = json::to_string(&TaGetSecretsRequest {
            wanted: (2..count + 2).map(wanted).collect(),
            nonce: hex::encode_upper(random::<16>()?),
        });
        Ok(session.ask(Function::TaGetSecrets.name(), request, None)?)
    }

    /// Opens what was sealed for an application.
    pub(crate) fn open(
        &self,
        by: &Application,
        nonce: &[u8],
        answer: &TaRemoteCallResponse,
    ) -> Result<()> {
        let got: TaGetSecretResponse = json::from_str(&answer.res_json)?;
        let sealed = got.secret_enc.context("no secret")?;
        let signed = binding::ta_response(
            Function::TaGetSecret.name(),
            nonce,
            AnswerContext {
                state: answer.state.as_ref(),
                done_before: answer.done_before,
                session: answer.session.as_ref(),
            },
            &answer.res_json,
        );
        let signature = BASE64.decode(&answer.signature_b64)?;
        let purpose = Purpose::TA_RESPONSE;
        let whole = SignedWhole::verify(&self.server, purpose, signed.as_bytes(), &signature)?;
        let opened = envelope::open(Purpose::TA_SECRET, &by.key, &sealed)?.within(&whole)?;
        ensure!(!opened.plain.expose().is_empty(), "an empty secret");
        Ok(())
    }
}

/// The name of a secret of the list.
async fn create_all(owner: &ServiceClient, service: &str, numbers: Range<usize>) -> Result<()> {
    let new = |number| Change::create(&secret(service, &listed(number)));
    let changes: Vec<Change> = numbers.map(new).collect();
    for batch in Change::batches(&changes) {
        owner.change_all(changes.get(batch).unwrap_or_default()).await?;
    }
    Ok(())
}

fn listed(number: usize) -> String {
    format!("secret-{number}")
}

/// The function's request for the secret, in JSON.
fn wanted(act: &[u8; 16]) -> String {
    json::to_string(&TaGetSecretRequest {
        service_name: READ.into(),
        secret_name: SECRET.into(),
        nonce: hex::encode_upper(act),
        ..Default::default()
    })
}

/// A connection of its own.
pub(crate) async fn connect(address: &str) -> Result<AecsClient<Channel>> {
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{address}"))?;
    Ok(AecsClient::new(endpoint.tcp_nodelay(true).connect().await?))
}

/// Asks for the status, in suite x25519.
pub(crate) async fn status(client: &mut AecsClient<Channel>) -> Result<GetAecsStatusResponse> {
    let nonce = random::<16>()?.to_vec();
    let request = GetAecsStatusRequest { accepted_suites: vec!["x25519".into()], nonce };
    Ok(client.get_aecs_status(request).await?.into_inner())
}

/// Asks for the public half of the shared secret, in suite x25519.
pub(crate) async fn public(client: &mut AecsClient<Channel>) -> Result<()> {
    let request = GetEnclaveSecretPublicRequest {
        service_name: READ.into(),
        secret_name: SHARED.into(),
        nonce: hex::encode(random::<16>()?),
        accepted_suites: vec!["x25519".into()],
        ..Default::default()
    };
    client.get_enclave_secret_public(request).await?;
    Ok(())
}

/// A secret for the applications.
pub(crate) fn secret(service: &str, name: &str) -> NewSecret {
    secret_for(service, name, &[MEASUREMENT])
}

/// A secret for programs with these measurements.
pub(crate) fn secret_for(service: &str, name: &str, measurements: &[[u8; 32]]) -> NewSecret {
    let mut secret = NewSecret::new(name, EnclaveSecretType::SecretTypeImportData);
    service.clone_into(&mut secret.spec.service_name);
    let rule = |measurement| UnifiedAttestationAttributes {
        hex_ta_measurement: hex::encode_upper(measurement),
        ..Default::default()
    };
    let main_attributes = measurements.iter().map(rule).collect();
    let policy = UnifiedAttestationPolicy { main_attributes, ..Default::default() };
    secret.spec.policy = Some(EnclaveSecretPolicy { policy: Some(policy), ..Default::default() });
    secret.data = Some(SecretString::from("a password of about thirty bytes".to_owned()).into());
    secret
}

fn copy(key: &KeyPair) -> Result<KeyPair> {
    Ok(KeyPair::from_private_pem(key.private_pem().expose())?)
}
