//! The session with a server: trust it first, ask it then.
//!
//! Invariant: every request is made for a [`TrustedServer`], and what was learnt about the server
//! is forgotten when its identity changes.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::Verifier;
use aecs_crypto::{Purpose, Suite, Transcript};
use aecs_proto::GetAecsStatusRequest;
use tokio::sync::Mutex;

use crate::connection::Connection;
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::memory::StateMemory;
use crate::nonce::Nonce;
use crate::trust::{Distrust, Question, ServerPolicy, TrustedServer};

/// Pauses before a call is made again; so many times, it is.
const BACKOFF: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// Whether a call changes something, which decides when it may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write,
}

/// A server, the trust in it, and the way to it.
pub(crate) struct Session {
    connection: Connection,
    verifier: Arc<Verifier>,
    policy: ServerPolicy,
    suite: Suite,
    memory: Option<Arc<dyn StateMemory>>,
    trusted: Mutex<Option<Arc<TrustedServer>>>,
}

impl Session {
    /// Prepares a session for a key of `suite`. Nothing is sent yet.
    pub(crate) fn new(
        endpoint: &Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
        suite: Suite,
        memory: Option<Arc<dyn StateMemory>>,
    ) -> Result<Session> {
        if policy.is_insecure() {
            tracing::warn!(%endpoint, "the server is not verified: whoever answers is believed");
        }
        let connection = Connection::new(endpoint)?;
        Ok(Session { connection, verifier, policy, suite, memory, trusted: Mutex::new(None) })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Longest JSON text to read, in bytes.
    pub(crate) fn message_limit(&self) -> usize {
        self.connection.message_limit()
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

    /// Remembers the stored state after a change of this side's own, so that exactly this change
    /// cannot be taken back either. Only a rollback is an error: the change itself has succeeded.
    pub(crate) async fn note_change(&self) -> Result<()> {
        if self.memory.is_none() {
            return Ok(());
        }
        match self.refresh().await {
            Ok(_) => Ok(()),
            Err(error @ Error::State(_)) => Err(error),
            Err(error) => {
                tracing::warn!(%error, "the state after this change could not be remembered");
                Ok(())
            }
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
        let server = Arc::new(repeat(Effect::Read, || self.ask_status()).await?);
        if let (Some(memory), Some(state)) = (&self.memory, &server.status().store) {
            let (memory, state) = (memory.clone(), state.clone());
            let deployment = server.status().deployment_id;
            blocking(move || memory.accept(&deployment, &state)).await??;
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
    ) -> Result<(), Distrust> {
        self.public_key()
            .verify(purpose, message.as_bytes(), signature)
            .map_err(|source| Distrust::Signature { what, source })
    }
}

/// Makes `attempt` again, twice at most and with a pause, when that is safe.
pub(crate) async fn repeat<T, F>(effect: Effect, mut attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for pause in BACKOFF {
        match attempt().await {
            Err(error) if may_be_repeated(&error, effect) => {
                tracing::debug!(%error, "trying again");
                tokio::time::sleep(pause).await;
            }
            done => return done,
        }
    }
    attempt().await
}

fn may_be_repeated(error: &Error, effect: Effect) -> bool {
    match effect {
        Effect::Read => error.read_may_be_repeated(),
        Effect::Write => error.write_may_be_repeated(),
    }
}

/// Runs what blocks on a thread where it may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::Misuse("the runtime is shutting down"))
}
