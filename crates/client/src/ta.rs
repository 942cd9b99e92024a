//! A trusted application: proves what it is, and gets the secrets that admit it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aecs_attest::{Attester, UserData, Verifier};
use aecs_crypto::binding::{self, AnswerContext};
use aecs_crypto::envelope::{self, SignedWhole};
use aecs_crypto::{KeyPair, Protocol, Purpose, SecretString, Suite};
use aecs_proto::json::{self, JsonMessage};
use aecs_proto::{
    DigitalEnvelopeEncrypted, Effect, EnclaveSecret, ErrorCode, Function, FunctionRequest,
    TaBinding, TaCreateSecretRequest, TaDestroySecretRequest, TaGetSecretRequest,
    TaListSecretRequest, TaRemoteCallRequest, TaRemoteCallResponse, TaSecretList,
    UnifiedAttestationAuthReport, UnifiedAttestationPolicy,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::endpoint::Endpoint;
use crate::environment;
use crate::error::{Error, Result};
use crate::evidence::OwnEvidence;
use crate::files::kubeconfig::Kubeconfig;
use crate::files::root::RootFile;
use crate::long_data::{FETCHED_PART, Parts};
use crate::memory::{ProcessMemory, StateMemory};
use crate::nonce::{Nonce, now_ms};
use crate::platform::{Origin, OwnPlatform};
use crate::public::{self, PublicSecret};
use crate::refusal::Refusal;
use crate::secret::{ListedSecret, NewSecret, Secret, Tag};
use crate::session::{Memory, Session, repeat};
use crate::trust::{Distrust, ServerPolicy, TrustedServer};

mod notices;
mod session;
mod several;
mod spec;
mod watch;

pub use notices::Notices;
pub use several::{MOST_SECRETS, Wanted};
pub use watch::Watch;

use self::notices::Feeds;
use self::session::{Beginning, Sessions};
use self::spec::ta_spec;

/// What answers are called in errors.
const ANSWER: &str = "the answer";
const SECRET: &str = "the secret";
const LIST: &str = "the list of secrets";

/// Calls the functions of a trusted application.
///
/// ```no_run
/// use aecs_client::{Material, TaClient};
///
/// # async fn fetch() -> aecs_client::Result<()> {
/// let ta = TaClient::from_kubeconfig("/etc/kubetee/ta.kubeconfig").await?;
/// let secret = ta.get("service1", "db-password").await?;
/// if let Material::Data(password) = secret.material() {
///     assert!(!password.is_empty());
/// }
/// # Ok(())
/// # }
/// ```
pub struct TaClient {
    session: Session,
    sessions: Sessions,
    feeds: Feeds,
    evidence: OwnEvidence,
}

impl TaClient {
    /// Connects to the server in a kubeconfig, as the application that this process is: finds the
    /// TEE that it runs in, generates a key, and checks the server. The kubeconfig needs no
    /// administrator; `aecs-setup` writes one for applications, and `aecsadmin deployment pin`
    /// pins the deployment in it.
    ///
    /// # Errors
    ///
    /// [`Error::File`] for the kubeconfig, [`Error::NoPlatform`] outside of a TEE, and as
    /// [`TaClientBuilder::connect`].
    pub async fn from_kubeconfig(path: impl AsRef<Path>) -> Result<TaClient> {
        TaClientBuilder::from_kubeconfig(path)?.connect().await
    }

    /// The same as the environment says, in the variables of `aecs_client_cli`: the kubeconfig in
    /// `AECS_SERVER_POLICY`, another address of that server in `AECS_ENDPOINT`, further roots for
    /// its report in `AECS_ROOTS` and the platform in `AECS_ATTESTER`. With the feature `simulation`,
    /// `AECS_SIMULATION_DIR` names the folder of a software CPU.
    ///
    /// For confidential machines. The environment of an enclave is the host's, and is refused there.
    ///
    /// # Errors
    ///
    /// [`Error::Environment`], [`Error::Misuse`] in an enclave, and as
    /// [`TaClient::from_kubeconfig`].
    pub async fn from_env() -> Result<TaClient> {
        TaClientBuilder::from_env()?.connect().await
    }

    /// Prepares a connection. `attester` is the platform that this application runs on.
    #[must_use]
    pub fn builder(
        endpoint: Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
        attester: Arc<dyn Attester>,
    ) -> TaClientBuilder {
        TaClientBuilder {
            endpoint,
            verifier,
            policy,
            attester,
            user_data: UserData::default(),
            suite: Suite::Modern,
            memory: None,
        }
    }

    /// The server, checked at most an hour ago.
    ///
    /// # Errors
    ///
    /// When it has to be checked again, and that fails.
    pub async fn server(&self) -> Result<Arc<TrustedServer>> {
        self.session.server().await
    }

    /// Gets a secret of a service, or with [`TRUSTED_APPLICATIONS`](crate::TRUSTED_APPLICATIONS)
    /// one that this application created.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when the secret's policy does not admit this application, or there is no
    /// such secret (the server does not tell which); and as every call.
    pub async fn get(&self, service: &str, secret: &str) -> Result<Secret> {
        self.fetch(service, secret, 0, None).await?.ok_or_else(|| nothing_known().into())
    }

    /// Gets a secret, if its current version is not the one that this application has: `None` if it
    /// is. Then no data is sent, and the server records nothing.
    ///
    /// # Errors
    ///
    /// As [`TaClient::get`], also when the application could get the version that it has no more.
    pub async fn get_if_changed(
        &self,
        service: &str,
        secret: &str,
        known: &Tag,
    ) -> Result<Option<Secret>> {
        self.fetch(service, secret, 0, Some(known)).await
    }

    /// Gets the version of a secret that has that number, from 1: the current one, or an earlier
    /// one that is still kept.
    ///
    /// # Errors
    ///
    /// [`Error::Misuse`] for version 0; [`Error::Refused`] with [`ErrorCode::NoVersion`],
    /// [`ErrorCode::Deleted`] or [`ErrorCode::Expired`] when it is not given out; and as
    /// [`TaClient::get`].
    pub async fn get_version(&self, service: &str, secret: &str, version: u64) -> Result<Secret> {
        if version == 0 {
            return Err(Error::Misuse("versions are numbered from 1"));
        }
        let fetched = self.fetch(service, secret, version, None).await?;
        let fetched = fetched.ok_or_else(nothing_known)?;
        match fetched.version == version {
            true => Ok(fetched),
            false => Err(Distrust::OtherRequest(SECRET).into()),
        }
    }

    /// Lists the secrets of a service that this application can get now, or with
    /// [`TRUSTED_APPLICATIONS`](crate::TRUSTED_APPLICATIONS) its own, whose names begin with `prefix`. What it cannot get is not
    /// in the list, and neither is a service that does not exist. The server takes a quarter of a
    /// second, so that the time tells nothing either.
    ///
    /// # Errors
    ///
    /// As every call.
    pub async fn list(&self, service: &str, prefix: &str) -> Result<Vec<ListedSecret>> {
        if service.is_empty() {
            return Err(Error::Misuse("the service has no name"));
        }
        let answer = self
            .call(|nonce| TaListSecretRequest {
                service_name: service.to_owned(),
                secret_name: prefix.to_owned(),
                nonce,
            })
            .await?;
        answer.check_nonce(&answer.message.nonce)?;
        let list: TaSecretList =
            self.open(Purpose::TA_LIST, LIST, &answer, answer.message.list_enc.as_ref())?;
        Ok(list.secrets.into_iter().map(ListedSecret::try_from).collect::<Result<_, _>>()?)
    }

    async fn fetch(
        &self,
        service: &str,
        secret: &str,
        version: u64,
        known: Option<&Tag>,
    ) -> Result<Option<Secret>> {
        if service.is_empty() || secret.is_empty() {
            return Err(Error::Misuse("the service or the secret has no name"));
        }
        let request = TaGetSecretRequest {
            service_name: service.to_owned(),
            secret_name: secret.to_owned(),
            version,
            known_tag: known.map(Tag::to_vec).unwrap_or_default(),
            max_data: FETCHED_PART,
            ..TaGetSecretRequest::default()
        };
        let Some(first) = self.fetch_part(&request).await? else { return Ok(None) };
        if first.total == 0 {
            return Ok(Some(Secret::parse(first)?));
        }
        let mut parts = Parts::new(first);
        while let Some((version, part_of, offset)) = parts.next() {
            let known_tag = Vec::new();
            let next =
                TaGetSecretRequest { version, part_of, offset, known_tag, ..request.clone() };
            parts.add(self.fetch_part(&next).await?.ok_or_else(nothing_known)?)?;
        }
        Ok(Some(Secret::parse(parts.whole()?)?))
    }

    /// What the server answers to one request; `None` if nothing has changed.
    async fn fetch_part(&self, request: &TaGetSecretRequest) -> Result<Option<EnclaveSecret>> {
        let answer = self.call(|nonce| TaGetSecretRequest { nonce, ..request.clone() }).await?;
        answer.check_nonce(&answer.message.nonce)?;
        if answer.message.unchanged && !request.known_tag.is_empty() {
            return Ok(None);
        }
        let sealed = answer.message.secret_enc.as_ref();
        let fetched: EnclaveSecret = self.open(Purpose::TA_SECRET, SECRET, &answer, sealed)?;
        let spec = fetched.spec.as_ref();
        if !spec.is_some_and(|spec| {
            spec.service_name == request.service_name && spec.secret_name == request.secret_name
        }) {
            return Err(Distrust::OtherRequest(SECRET).into());
        }
        Ok(Some(fetched))
    }

    /// As [`TaClient::get`], and refuses a secret whose policy admits anybody whom `expected` does
    /// not: somebody else could have the secret, too.
    ///
    /// # Errors
    ///
    /// [`Distrust::SecretPolicy`], and as [`TaClient::get`].
    pub async fn get_expecting(
        &self,
        service: &str,
        secret: &str,
        expected: &UnifiedAttestationPolicy,
    ) -> Result<Secret> {
        self.get(service, secret).await?.expect_policy(expected)
    }

    /// Creates a secret of this application's own. The server makes it, and only this application
    /// gets it: as `binding` says, this very code, or its signer's product from this version on. A
    /// confidential machine's launch measurement counts only if the rule of `secret` declares
    /// `measured: direct-boot` (see [`aecs_attest::PINS`]).
    ///
    /// # Errors
    ///
    /// [`Error::Misuse`] when `secret` gives data, or a policy that pins something: the request is
    /// signed but not sealed, and the policy is this application's own attributes. And as every
    /// call.
    pub async fn create(&self, secret: &NewSecret, binding: TaBinding) -> Result<()> {
        let spec = ta_spec(secret)?;
        let answer = self
            .call(|nonce| TaCreateSecretRequest {
                secret: Some(EnclaveSecret { spec: Some(spec.clone()), ..Default::default() }),
                nonce,
                binding: binding.into(),
            })
            .await?;
        answer.check_nonce(&answer.message.nonce)
    }

    /// Destroys a secret of this application's own: the exact name.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn destroy(&self, secret: &str) -> Result<()> {
        if secret.is_empty() {
            return Err(Error::Misuse("the secret has no name"));
        }
        let answer = self
            .call(|nonce| TaDestroySecretRequest { secret_name: secret.to_owned(), nonce })
            .await?;
        answer.check_nonce(&answer.message.nonce)
    }

    /// The public part of a secret that is shared with the public.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn get_public(&self, service: &str, secret: &str) -> Result<PublicSecret> {
        public::get(&self.session, service, secret, None).await
    }

    /// Calls with the request that `request` makes for the act's nonce.
    async fn call<R: FunctionRequest>(
        &self,
        request: impl Fn(String) -> R,
    ) -> Result<Answer<R::Response>> {
        self.call_for(|_, nonce| Ok(request(nonce))).await
    }

    /// The same with a request that is made for the server that it goes to.
    pub(crate) async fn call_for<R: FunctionRequest>(
        &self,
        request: impl Fn(&TrustedServer, String) -> Result<R>,
    ) -> Result<Answer<R::Response>> {
        if let Some(answer) = self.call_in_session(&request).await? {
            return Ok(answer);
        }
        let act = Nonce::random()?;
        let mut server = self.session.server().await?;
        let mut refusals = 0;
        loop {
            let request = json::to_string(&request(&server, act.to_hex())?);
            let report = self.evidence.report(self.session.verifier()).await?;
            let result =
                repeat(self.session.patience(), || self.ask::<R>(&server, &report, act, &request))
                    .await;
            let refusal = match result {
                Err(Error::Refused(refusal)) => refusal,
                done => return done,
            };
            refusals += 1;
            match self.second_chance(&server, R::FUNCTION, &refusal, refusals).await? {
                Some(again) => server = again,
                None => return Err(Error::Refused(refusal)),
            }
        }
    }

    /// The server to ask once more after a refusal, if that can help.
    async fn second_chance(
        &self,
        server: &Arc<TrustedServer>,
        function: Function,
        refusal: &Refusal,
        refusals: u32,
    ) -> Result<Option<Arc<TrustedServer>>> {
        // The signature covers the server's key: with another one it did not verify.
        let again = self.session.again(server, refusal, refusals).await?;
        let evidence = refusal.grpc_code() == tonic::Code::Unauthenticated
            && refusal.code() != Some(ErrorCode::RequestNotAuthentic);
        if again.is_some() || !evidence || refusals > 1 {
            return Ok(again);
        }
        // The report may have expired on the server's clock.
        let renewed = self.evidence.discard().await;
        // Anybody on the wire can make up a refusal of a call that was carried out.
        Ok((renewed && function.effect() == Effect::Read).then(|| server.clone()))
    }

    async fn ask<R: FunctionRequest>(
        &self,
        server: &Arc<TrustedServer>,
        report: &UnifiedAttestationAuthReport,
        act: Nonce,
        req_json: &str,
    ) -> Result<Answer<R::Response>> {
        let nonce = Nonce::random()?;
        let before = self.session.known(server).await?;
        let beginning = self.sessions.share(server, self.session.suite(), R::FUNCTION)?;
        let mut request = TaRemoteCallRequest {
            auth_report: Some(report.clone()),
            function_name: R::FUNCTION.name().to_owned(),
            req_json: req_json.to_owned(),
            signature_b64: String::new(),
            issued_at_ms: now_ms()?,
            nonce: nonce.to_vec(),
            binding: Some(server.binding(act, before.as_ref())),
            session_share: beginning.as_ref().map(Beginning::public).unwrap_or_default(),
        };
        let signed = binding::ta_request(&request, server.public_key().fingerprint());
        let signature = self.evidence.key().sign(Purpose::TA_REQUEST, signed.as_bytes())?;
        request.signature_b64 = STANDARD.encode(signature);
        let answer = self.session.connection().ta(request).await;
        if let Err(Error::Refused(refusal)) = &answer {
            self.session.learn(server, refusal, nonce).await;
        }
        let answer = answer?;
        let (message, whole) = self.check::<R>(server, nonce, &answer)?;
        self.session.accept_answer(server, before.as_ref(), answer.state.as_ref()).await?;
        if let (Some(beginning), Some(offered)) = (beginning, &answer.session) {
            let application = self.evidence.key().public().fingerprint();
            beginning.accept(server, application, nonce, offered)?;
        }
        Ok(Answer { message, act, protection: Protection::Keys { nonce, whole } })
    }

    /// Checks the signature of an answer and parses what it covers: also the envelopes in it.
    fn check<R: FunctionRequest>(
        &self,
        server: &TrustedServer,
        nonce: Nonce,
        answer: &TaRemoteCallResponse,
    ) -> Result<(R::Response, SignedWhole)> {
        let signature = STANDARD.decode(&answer.signature_b64).map_err(|error| {
            Distrust::malformed("the signature of the answer", error.to_string())
        })?;
        let told = AnswerContext {
            state: answer.state.as_ref(),
            done_before: answer.done_before,
            session: answer.session.as_ref(),
        };
        let signed =
            binding::ta_response(R::FUNCTION.name(), nonce.as_bytes(), told, &answer.res_json);
        let whole = server.check_signature(ANSWER, Purpose::TA_RESPONSE, &signed, &signature)?;
        Ok((self.session.read(ANSWER, &answer.res_json)?, whole))
    }

    /// The key that this application's report binds.
    pub(crate) fn own_key(&self) -> &KeyPair {
        self.evidence.key()
    }

    /// Opens what the server has sealed for this request's key, or takes what it has sent beside the
    /// message in a session.
    pub(crate) fn open<M: JsonMessage, R>(
        &self,
        purpose: Purpose,
        what: &'static str,
        answer: &Answer<R>,
        sealed: Option<&DigitalEnvelopeEncrypted>,
    ) -> Result<M> {
        let (nonce, whole) = match (&answer.protection, sealed) {
            (Protection::Keys { nonce, whole }, _) => (nonce, whole),
            (Protection::Session { secret }, None) if !secret.is_empty() => {
                return self.session.read(what, secret.expose());
            }
            (Protection::Session { .. }, _) => return Err(Distrust::Missing(what).into()),
        };
        let sealed = sealed.ok_or(Distrust::Missing(what))?;
        let opened = envelope::open(purpose, self.evidence.key(), sealed)
            .map_err(|source| Distrust::Sealing { what, source })?
            .within(whole)
            .map_err(|source| Distrust::Signature { what, source })?;
        if opened.protocol != Protocol::Aecs21 || opened.aad != nonce.as_bytes() {
            return Err(Distrust::OtherRequest(what).into());
        }
        let plain = SecretString::try_from(opened.plain)
            .map_err(|error| Distrust::malformed(what, error.to_string()))?;
        self.session.read(what, plain.expose())
    }
}

/// An answer that this side knows a version of, where it said nothing of one.
fn nothing_known() -> Distrust {
    Distrust::OtherRequest(ANSWER)
}

/// An answer that the server has made for its request.
pub(crate) struct Answer<T> {
    pub(crate) message: T,
    act: Nonce,
    protection: Protection,
}

/// How an answer was protected.
enum Protection {
    /// The server has signed it, also what is in an envelope, which is bound to the nonce of the request.
    Keys { nonce: Nonce, whole: SignedWhole },
    /// A session has encrypted all of it; this is what an envelope would hold.
    Session { secret: SecretString },
}

impl<T> Answer<T> {
    /// Checks the nonce that the function itself returns: the act's, which stays the same when it
    /// is requested again.
    pub(crate) fn check_nonce(&self, returned: &str) -> Result<()> {
        if returned == self.act.to_hex() {
            return Ok(());
        }
        Err(Distrust::OtherRequest(ANSWER).into())
    }
}

/// The optional parts of a trusted application's connection.
pub struct TaClientBuilder {
    endpoint: Endpoint,
    verifier: Arc<Verifier>,
    policy: ServerPolicy,
    attester: Arc<dyn Attester>,
    user_data: UserData,
    suite: Suite,
    memory: Option<Arc<dyn StateMemory>>,
}

impl TaClientBuilder {
    /// Prepares what [`TaClient::from_kubeconfig`] connects.
    ///
    /// # Errors
    ///
    /// As there; nothing is sent yet.
    pub fn from_kubeconfig(path: impl AsRef<Path>) -> Result<TaClientBuilder> {
        Self::wired(path.as_ref(), None, &[], &OwnPlatform::Auto, Origin::Application)
    }

    /// The same on another platform than the one that is found by itself.
    ///
    /// # Errors
    ///
    /// As [`TaClient::from_kubeconfig`]; nothing is sent yet.
    pub fn on_platform(path: impl AsRef<Path>, platform: &OwnPlatform) -> Result<TaClientBuilder> {
        Self::wired(path.as_ref(), None, &[], platform, Origin::Application)
    }

    /// The same at another address of the server, see
    /// [`endpoint_at`](crate::files::kubeconfig::Server::endpoint_at).
    ///
    /// # Errors
    ///
    /// As [`TaClient::from_kubeconfig`], and an address that is not usable; nothing is sent yet.
    pub fn at_address(
        path: impl AsRef<Path>,
        address: &str,
        platform: &OwnPlatform,
    ) -> Result<TaClientBuilder> {
        Self::wired(path.as_ref(), Some(address), &[], platform, Origin::Application)
    }

    /// Prepares what [`TaClient::from_env`] connects.
    ///
    /// # Errors
    ///
    /// As there; nothing is sent yet.
    pub fn from_env() -> Result<TaClientBuilder> {
        let path = environment::path(environment::SERVER_POLICY).ok_or_else(|| {
            Error::environment(environment::SERVER_POLICY, "it must name a kubeconfig")
        })?;
        let roots = environment::text(environment::ROOTS)?.unwrap_or_default();
        let roots = RootFile::list(&roots)
            .map_err(|error| Error::environment(environment::ROOTS, error))?;
        let address = environment::text(environment::ENDPOINT)?;
        let platform = OwnPlatform::from_env()?;
        Self::wired(&path, address.as_deref(), &roots, &platform, Origin::Environment)
    }

    fn wired(
        kubeconfig: &Path,
        address: Option<&str>,
        roots: &[RootFile],
        platform: &OwnPlatform,
        origin: Origin,
    ) -> Result<TaClientBuilder> {
        let server = Kubeconfig::load(kubeconfig).map_err(Error::File)?.server;
        let attester = platform.open_for(origin)?;
        let verifier = server.verifier(roots)?;
        let endpoint = match address {
            Some(address) => server.endpoint_at(address)?,
            None => server.endpoint,
        };
        Ok(TaClient::builder(endpoint, verifier.into(), server.policy, attester))
    }

    /// Time in which to wait for a server that is starting, see [`Endpoint::wait_for_start`].
    #[must_use]
    pub fn wait_for_start(mut self, time: Duration) -> TaClientBuilder {
        self.endpoint = self.endpoint.wait_for_start(time);
        self
    }

    /// 32 bytes of the application's own in its report, which policies can ask for. Zero by
    /// default.
    #[must_use]
    pub fn user_data(mut self, user_data: UserData) -> TaClientBuilder {
        self.user_data = user_data;
        self
    }

    /// The suite of the application's key, [`Suite::Modern`] by default.
    #[must_use]
    pub fn suite(mut self, suite: Suite) -> TaClientBuilder {
        self.suite = suite;
        self
    }

    /// Remembers the last state seen of the server beyond this client, so that an older one is refused at
    /// the next start, too. It is worth something only where the host cannot put an older memory back:
    /// in memory of the machine, or on a disk whose age is checked.
    #[must_use]
    pub fn memory(mut self, memory: Arc<dyn StateMemory>) -> TaClientBuilder {
        self.memory = Some(memory);
        self
    }

    /// Generates the application's key, connects to the server and checks it.
    ///
    /// # Errors
    ///
    /// When the key cannot be made, or the server cannot be reached or is not trusted.
    pub async fn connect(self) -> Result<TaClient> {
        let TaClientBuilder { endpoint, verifier, policy, attester, user_data, suite, memory } =
            self;
        let memory =
            memory.map_or_else(|| Memory::Process(ProcessMemory::default()), Memory::Lasting);
        let session = Session::new(&endpoint, verifier, policy, suite, memory)?;
        let evidence = OwnEvidence::new(attester, suite, user_data).await?;
        session.server().await?;
        let (sessions, feeds) = (Sessions::default(), Feeds::default());
        Ok(TaClient { session, sessions, feeds, evidence })
    }
}
