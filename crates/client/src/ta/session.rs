//! The session that an application has with a server: its later gets and lists need neither signature
//! nor report. It is the protocol's matter ([`aecs_crypto::session`]); nobody who calls notices it.
//!
//! Invariants: a session is used for the server and the process that it began with, as long as both are
//! trusted; when the server does not know it any more, the call is made again with evidence, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aecs_crypto::session::{ClientEnd, Parties, Share};
use aecs_crypto::{KeyHash, SecretString, Suite};
use aecs_proto::{
    ErrorCode, Function, FunctionRequest, TaSession, TaWaitForChangeRequest,
    TaWaitForChangeResponse, json,
};
use parking_lot::Mutex;

use super::{ANSWER, Answer, Protection, TaClient};
use crate::error::{Error, Result};
use crate::nonce::Nonce;
use crate::refusal::Refusal;
use crate::session::repeat;
use crate::trust::{Distrust, TrustedServer};

/// The session of an application, if it has one.
#[derive(Default)]
pub(super) struct Sessions {
    live: Mutex<Option<Arc<Live>>>,
    /// A call under way has asked for one: others need not.
    beginning: AtomicBool,
}

/// A session.
pub(super) struct Live {
    end: ClientEnd,
    server: Arc<TrustedServer>,
    until: Instant,
}

/// A share that is on its way to the server.
pub(super) struct Beginning<'a> {
    sessions: &'a Sessions,
    share: Share,
    asked: Instant,
    _turn: Turn<'a>,
}

/// Dropped, it lets another call ask for a session.
struct Turn<'a>(&'a AtomicBool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Sessions {
    /// The session with this process of the server, if it lasts.
    fn with(&self, server: &TrustedServer) -> Option<Arc<Live>> {
        let mut live = self.live.lock();
        let lasts =
            |live: &Arc<Live>| Instant::now() < live.until && live.server.is_same_process(server);
        if !live.as_ref().is_some_and(lasts) {
            *live = None;
        }
        live.clone()
    }

    /// Forgets a session that has ended, unless there is another one by now.
    fn forget(&self, ended: &Arc<Live>) {
        let mut live = self.live.lock();
        if live.as_ref().is_some_and(|live| Arc::ptr_eq(live, ended)) {
            *live = None;
        }
    }

    /// A share for a call of `function`, if a session can begin with it.
    pub(super) fn share(
        &self,
        server: &TrustedServer,
        suite: Suite,
        function: Function,
    ) -> Result<Option<Beginning<'_>>> {
        let possible = function.in_session() && suite == Suite::Modern && server.status().sessions;
        if !possible || self.beginning.swap(true, Ordering::AcqRel) {
            return Ok(None);
        }
        let turn = Turn(&self.beginning);
        let (share, asked) = (Share::generate()?, Instant::now());
        Ok(Some(Beginning { sessions: self, share, asked, _turn: turn }))
    }
}

impl Beginning<'_> {
    /// What is sent of it.
    pub(super) fn public(&self) -> Vec<u8> {
        self.share.public().to_vec()
    }

    /// Begins the session that the server offers in an answer whose signature was verified.
    pub(super) fn accept(
        self,
        server: &Arc<TrustedServer>,
        application: KeyHash,
        nonce: Nonce,
        offered: &TaSession,
    ) -> Result<()> {
        let parties = Parties {
            application,
            server: server.public_key().fingerprint(),
            deployment: server.status().deployment_id.as_bytes(),
            boot_nonce: &server.status().boot_nonce,
            nonce: nonce.as_bytes(),
        };
        let end = self
            .share
            .begin(parties, offered)
            .map_err(|error| Distrust::malformed("the session in the answer", error.to_string()))?;
        let lifetime = u64::try_from(offered.lifetime_ms).unwrap_or_default();
        // The server counts from later on.
        let until = self.asked.checked_add(Duration::from_millis(lifetime));
        let until = until.unwrap_or(self.asked);
        let live = Live { end, server: server.clone(), until };
        *self.sessions.live.lock() = Some(Arc::new(live));
        Ok(())
    }
}

/// Whether a refusal in a session is a reason to attest again: the server does not know the session,
/// or cannot tell that the request is new. Who makes up such a refusal gains a call with evidence.
fn ends(refusal: &Refusal) -> bool {
    let ending = [ErrorCode::NoSession, ErrorCode::RequestReplayed, ErrorCode::RequestNotAuthentic];
    refusal.code().is_some_and(|code| ending.contains(&code))
}

impl TaClient {
    /// Calls in the session with the server. `None` if there is none, or if it has ended:
    /// then the call is to be made with evidence.
    pub(super) async fn call_in_session<R: FunctionRequest>(
        &self,
        request: impl Fn(&TrustedServer, String) -> Result<R>,
    ) -> Result<Option<Answer<R::Response>>> {
        if !R::FUNCTION.in_session() {
            return Ok(None);
        }
        let server = self.session.server().await?;
        let Some(live) = self.sessions.with(&server) else { return Ok(None) };
        let act = Nonce::random()?;
        let request = json::to_string(&request(&server, act.to_hex())?);
        let ask = || self.ask_in_session::<R>(&live, act, &request, Duration::ZERO);
        self.unless_ended(&live, repeat(self.session.patience(), ask).await)
    }

    /// What came of a call in a session; `None` if the session has ended, which is forgotten then.
    fn unless_ended<T>(&self, live: &Arc<Live>, result: Result<T>) -> Result<Option<T>> {
        match result {
            Err(Error::Refused(refusal)) if ends(&refusal) => {
                tracing::debug!(%refusal, "the session has ended");
                self.sessions.forget(live);
                Ok(None)
            }
            done => done.map(Some),
        }
    }

    /// Waits for changes in the session with the server, once, and not longer than `time`. `None` if
    /// there is no session, or if it has ended.
    pub(super) async fn wait_in_session(
        &self,
        service: &str,
        position: &[u8],
        time: Duration,
    ) -> Result<Option<TaWaitForChangeResponse>> {
        let server = self.session.server().await?;
        let Some(live) = self.sessions.with(&server) else { return Ok(None) };
        let request = json::to_string(&TaWaitForChangeRequest {
            service_name: service.to_owned(),
            position: position.to_vec(),
            wait_ms: u32::try_from(time.as_millis()).unwrap_or(u32::MAX),
        });
        let act = Nonce::random()?;
        let answer =
            self.ask_in_session::<TaWaitForChangeRequest>(&live, act, &request, time).await;
        Ok(self.unless_ended(&live, answer)?.map(|answer| answer.message))
    }

    /// Asks once. The server may wait for this time before it answers.
    async fn ask_in_session<R: FunctionRequest>(
        &self,
        live: &Live,
        act: Nonce,
        req_json: &str,
        waits: Duration,
    ) -> Result<Answer<R::Response>> {
        let before = self.session.known(&live.server).await?;
        let remembered = before.as_ref().map(|known| known.confirmed.to_message());
        let (request, asked) = live.end.ask(R::FUNCTION.name(), req_json.to_owned(), remembered)?;
        let answer = self.session.connection().ta_session(request, waits).await?;
        let opened = live.end.open(&asked, &answer);
        let mut answer = opened.map_err(|source| Distrust::Sealing { what: ANSWER, source })?;
        let message = self.session.read(ANSWER, &answer.res_json)?;
        self.session.accept_answer(&live.server, before.as_ref(), answer.state.as_ref()).await?;
        let secret = SecretString::from(std::mem::take(&mut answer.secret));
        Ok(Answer { message, act, protection: Protection::Session { secret } })
    }
}
