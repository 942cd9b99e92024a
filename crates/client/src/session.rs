//! The session with a server: trust it first, ask it then.
//!
//! Invariant: every request is made for a [`TrustedServer`], and what was learnt about the server
//! is forgotten when its identity changes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aecs_attest::Verifier;
use aecs_crypto::envelope::SignedWhole;
use aecs_crypto::{Purpose, Suite, Transcript};
use aecs_proto::json::{self, JsonMessage};
use aecs_proto::{DeploymentState, ErrorCode, GetAecsStatusRequest};
use tokio::sync::Mutex;

use crate::connection::Connection;
use crate::endpoint::{Endpoint, Patience};
use crate::error::{Error, Obstacle, Result};
use crate::memory::{Known, ProcessMemory, Seen, StateMemory};
use crate::nonce::Nonce;
use crate::refusal::Refusal;
use crate::status::DeploymentId;
use crate::told::Told;
use crate::trust::{Distrust, Question, ServerPolicy, TrustedServer};

/// Delays before a call is made again: the first one, and the longest. Each is twice as long as
/// the one before, and shortened at random, so that a fleet that was refused together does not come
/// back together.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// How often a call is made again that did not reach the server, or whose connection broke.
const RECONNECTS: u32 = 2;

/// How often a request is signed again for another process of the server: several nodes may answer
/// at one address.
const SIGNED_AGAIN: u32 = 3;

/// What was seen of the server's records.
pub(crate) enum Memory {
    /// Nothing is remembered: for what anybody may ask.
    Nothing,
    /// While this session lasts.
    Process(ProcessMemory),
    /// As long as the caller's memory lasts. It may block.
    Lasting(Arc<dyn StateMemory>),
}

/// A server, the trust in it, and the way to it.
pub(crate) struct Session {
    connection: Connection,
    verifier: Arc<Verifier>,
    policy: ServerPolicy,
    suite: Suite,
    memory: Memory,
    told: Told,
    patience: Patience,
    trusted: Mutex<Option<Arc<TrustedServer>>>,
    /// The deployment that the server recovers: it works with the records of that one.
    recovers: Option<DeploymentId>,
}

impl Session {
    /// Prepares a session for a key of `suite`. Nothing is sent yet.
    pub(crate) fn new(
        endpoint: &Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
        suite: Suite,
        memory: Memory,
    ) -> Result<Session> {
        policy.check_deployment().map_err(Error::Policy)?;
        if policy.is_insecure() {
            tracing::warn!(%endpoint, "the server is not verified");
        }
        let connection = Connection::new(endpoint)?;
        let (patience, trusted, told) = (endpoint.patience, Mutex::new(None), Told::default());
        let recovers = None;
        Ok(Session {
            connection,
            verifier,
            policy,
            suite,
            memory,
            told,
            patience,
            trusted,
            recovers,
        })
    }

    /// The deployment that the server recovers, if it does.
    pub(crate) fn recovers(&mut self, deployment: Option<DeploymentId>) {
        self.recovers = deployment;
    }

    /// The deployment whose records the server answers from.
    fn deployment_of(&self, server: &TrustedServer) -> DeploymentId {
        self.recovers.unwrap_or(server.status().deployment_id)
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// How long calls are made again.
    pub(crate) fn patience(&self) -> Patience {
        self.patience
    }

    /// Reads the JSON of `what` the server sent.
    pub(crate) fn read<M: JsonMessage>(&self, what: &'static str, text: &str) -> Result<M> {
        json::from_str_within(text, self.connection.message_limit())
            .map_err(|error| Distrust::malformed(what, error.to_string()).into())
    }

    /// The suite of this side's key, and so of the server's.
    pub(crate) fn suite(&self) -> Suite {
        self.suite
    }

    /// The server, checked at most an hour ago.
    pub(crate) async fn server(&self) -> Result<Arc<TrustedServer>> {
        let mut trusted = self.trusted.lock().await;
        if let Some(server) = trusted.as_ref()
            && server.is_current(SystemTime::now())
        {
            return Ok(server.clone());
        }
        self.fetch(&mut trusted).await
    }

    /// The server, checked now.
    pub(crate) async fn refresh(&self) -> Result<Arc<TrustedServer>> {
        self.fetch(&mut *self.trusted.lock().await).await
    }

    /// What is known of each deployment: to be asked for before a question is sent.
    pub(crate) async fn recall(&self) -> Result<BTreeMap<DeploymentId, Known>> {
        match &self.memory {
            Memory::Nothing => Ok(BTreeMap::new()),
            Memory::Process(memory) => Ok(memory.recall()?),
            Memory::Lasting(memory) => {
                let memory = memory.clone();
                Ok(blocking(move || memory.recall()).await??)
            }
        }
    }

    /// What is known of `server`.
    pub(crate) async fn known(&self, server: &TrustedServer) -> Result<Option<Known>> {
        Ok(self.recall().await?.remove(&self.deployment_of(server)))
    }

    /// Checks that what `deployment` shows now can come after what was known before it was asked,
    /// and remembers it: as `confirmed` if the question named what was known.
    async fn accept(
        &self,
        deployment: DeploymentId,
        before: Option<&Known>,
        seen: Seen,
        confirmed: bool,
    ) -> Result<()> {
        if let Some(before) = before {
            before.is_followed_by(&seen)?;
        }
        match &self.memory {
            Memory::Nothing => Ok(()),
            Memory::Process(memory) => Ok(memory.remember(&deployment, &seen, confirmed)?),
            Memory::Lasting(memory) => {
                self.told.remember(memory, deployment, seen, confirmed).await
            }
        }
    }

    /// Checks and remembers the state that an answer tells.
    pub(crate) async fn accept_answer(
        &self,
        server: &TrustedServer,
        before: Option<&Known>,
        state: Option<&DeploymentState>,
    ) -> Result<()> {
        let Some(state) = state else { return Ok(()) };
        let seen = Seen::read(state)
            .ok_or_else(|| Distrust::malformed("the state in the answer", "it is not a state"))?;
        self.accept(self.deployment_of(server), before, seen, true).await
    }

    /// Takes from a refusal of the request with `nonce` which process of the server answers, if it
    /// proves that.
    pub(crate) async fn learn(&self, server: &TrustedServer, refusal: &Refusal, nonce: Nonce) {
        if refusal.code() != Some(ErrorCode::OtherBoot) {
            return;
        }
        match server.restarted(refusal.details(), nonce) {
            Ok(server) => *self.trusted.lock().await = Some(Arc::new(server)),
            Err(error) => tracing::debug!(%error, "the status in a refusal is not believed"),
        }
    }

    /// The server to ask again after the `refusals`-th refusal in a row, if that can help: its
    /// process or its identity is another one by now.
    pub(crate) async fn again(
        &self,
        old: &TrustedServer,
        refusal: &Refusal,
        refusals: u32,
    ) -> Result<Option<Arc<TrustedServer>>> {
        match refusal.code() {
            Some(ErrorCode::OtherBoot) if refusals <= SIGNED_AGAIN => {
                let server = self.server().await?;
                if server.status().boot_nonce != old.status().boot_nonce {
                    return Ok(Some(server));
                }
                self.refresh().await.map(Some)
            }
            // The server may have another identity by now. If it has, the request could not be
            // opened, and the host may have refused it; if it has not, the refusal stands.
            Some(ErrorCode::RequestNotAuthentic) if refusals == 1 => self.successor(old).await,
            _ => Ok(None),
        }
    }

    /// The server, if its key is not `old`'s any more: then, and only then, a request that could
    /// not be opened may be made again.
    pub(crate) async fn successor(
        &self,
        old: &TrustedServer,
    ) -> Result<Option<Arc<TrustedServer>>> {
        let server = self.refresh().await?;
        Ok((server.public_key() != old.public_key()).then_some(server))
    }

    async fn fetch(&self, trusted: &mut Option<Arc<TrustedServer>>) -> Result<Arc<TrustedServer>> {
        // What is known now is stale, also when what follows fails.
        *trusted = None;
        let before = self.recall().await?;
        let server = Arc::new(repeat(self.patience, || self.ask_status()).await?);
        let status = server.status();
        if let Some(seen) = status.seen() {
            let deployment = status.deployment_id;
            self.accept(deployment, before.get(&deployment), seen, false).await?;
        }
        *trusted = Some(server.clone());
        Ok(server)
    }

    async fn ask_status(&self) -> Result<TrustedServer> {
        let question = Question { suite: self.suite, nonce: Nonce::random()? };
        let answer = self
            .connection
            .status(GetAecsStatusRequest {
                accepted_suites: vec![self.suite.to_string()],
                nonce: question.nonce.to_vec(),
            })
            .await?;
        let now = SystemTime::now();
        Ok(TrustedServer::establish(answer, &question, &self.policy, &self.verifier, now)?)
    }
}

impl TrustedServer {
    /// Checks a signature of the server's attested key over a transcript.
    pub(crate) fn check_signature(
        &self,
        what: &'static str,
        purpose: Purpose,
        message: &Transcript,
        signature: &[u8],
    ) -> Result<SignedWhole, Distrust> {
        SignedWhole::verify(self.public_key(), purpose, message.as_bytes(), signature)
            .map_err(|source| Distrust::Signature { what, source })
    }
}

/// Makes `attempt` again, with pauses, while that can help. It is safe: whatever changes something
/// carries the id of the act, which the server carries out once.
pub(crate) async fn repeat<T, F>(patience: Patience, mut attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let begin = Instant::now();
    let (mut longest, mut reconnects) = (BACKOFF.0, 0);
    loop {
        let error = match attempt().await {
            Err(error) => error,
            done => return done,
        };
        let pause = shortened(longest)?;
        let end = begin.elapsed() + pause;
        let again = match error.obstacle() {
            Obstacle::Way if end >= patience.start => {
                reconnects += 1;
                reconnects <= RECONNECTS
            }
            Obstacle::Start | Obstacle::Way => end < patience.start,
            Obstacle::Load => end < patience.busy,
            Obstacle::Other => false,
        };
        if !again {
            return Err(error);
        }
        tracing::debug!(%error, ?pause, "trying again");
        tokio::time::sleep(pause).await;
        longest = (2 * longest).min(BACKOFF.1);
    }
}

/// Half of the pause to all of it.
pub(crate) fn shortened(pause: Duration) -> Result<Duration> {
    let random = u32::from_be_bytes(aecs_crypto::random::<4>()?);
    Ok(pause / 2 + (pause / 2).mul_f64(f64::from(random) / f64::from(u32::MAX)))
}

/// Runs what blocks on a thread where it may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::Misuse("the runtime is shutting down"))
}
