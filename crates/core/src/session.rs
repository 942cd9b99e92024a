//! Sessions of trusted applications: what the server keeps of one after an attested call, so that later
//! calls need neither signature nor report.
//!
//! Invariants:
//! - a session begins only for an application that has proved what it is, in this process and to it:
//!   [`Applicant::begin`] needs the verified attributes, a share that the attested key has signed for, and
//!   a binding that names this server and its process;
//! - a session decides nothing. It stands for the evidence of one call, and every call in it is judged as
//!   one with that evidence is;
//! - it ends after [`LIFETIME`], with the validity of the evidence, when the clock goes back, when other
//!   settings or another identity come into force, when collateral or a revocation list has changed, and
//!   with the process;
//! - what is kept has a limit in bytes, with a fair share for every machine.

use std::sync::{Arc, Weak};
use std::time::{Duration, UNIX_EPOCH};

use aecs_attest::{Attributes, Shares, Verified};
use aecs_crypto::session::{Accepted, ID_BYTES, Parties, Refused, ServerEnd, Terms};
use aecs_crypto::{KeyHash, PublicKey, Purpose, Suite, binding};
use aecs_proto::{
    TaRemoteCallRequest, TaSession, TaSessionAnswer, TaSessionCallRequest, TaSessionCallResponse,
};
use tokio::sync::Semaphore;

use crate::{
    audit::AuditEntry,
    bound::Bound,
    clock::as_millis,
    error::{Cause, Error, internal},
    settings::InForce,
    state::{CoreState, Node},
    watchers::{Given, OF_SESSION},
};

/// How long a session lasts at most: an application that calls for hours shows its evidence again all
/// the time, and what is on its way on the network is of no use later.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// The sessions of a process.
pub(crate) struct Sessions {
    live: Shares<[u8; ID_BYTES], Arc<Session>>,
    are_kept: bool,
}

impl Sessions {
    /// Keeps sessions up to this number of bytes; 0 keeps none, and none is offered.
    pub(crate) fn new(bytes: usize) -> Self {
        Self { live: Shares::new(bytes), are_kept: bytes > 0 }
    }

    /// Whether applications are offered any.
    pub(crate) fn are_kept(&self) -> bool {
        self.are_kept
    }

    /// The session of that name, if it has not ended.
    ///
    /// # Errors
    /// `A211` for all that there can be: the application attests again.
    pub(crate) fn find(
        &self,
        core: &CoreState,
        node: &Node,
        id: &[u8],
    ) -> Result<Arc<Session>, Error> {
        let id = id.try_into().map_err(|_| Cause::NoSession)?;
        let session = self.live.with(&id, |session| Some(session.clone()));
        let session = session.ok_or(Cause::NoSession)?;
        if session.has_ended(core, node) {
            self.live.remove(&id);
            return Err(Cause::NoSession.into());
        }
        Ok(session)
    }
}

/// A session of an application that has proved what it is.
pub(crate) struct Session {
    end: ServerEnd,
    attributes: Arc<Verified<Attributes>>,
    /// What the audit log is told of the application.
    on_record: AuditEntry,
    ground: Ground,
    given: Arc<Given>,
    /// The waits that it may begin.
    waits: Arc<Semaphore>,
    /// By the time that the host cannot set.
    began_ms: i64,
    lifetime_ms: i64,
}

/// What a session stands on: it ends when one of these changes.
struct Ground {
    server: KeyHash,
    deployment: [u8; 32],
    /// Whatever replaces the settings, with the roots that evidence was verified under. A weak
    /// pointer keeps the address from being used again.
    trust: Weak<InForce>,
    /// Of collateral and revocation lists.
    generation: u64,
}

impl Ground {
    fn of(node: &Node, server: KeyHash) -> Self {
        Self {
            server,
            deployment: node.deployment_id(),
            trust: Arc::downgrade(&node.trust),
            generation: node.settings().verifier.generation(),
        }
    }

    fn holds(&self, node: &Node) -> bool {
        // Sessions are of this suite.
        let server = node.identity.suite_identity(Suite::Modern);
        server.is_ok_and(|server| server.key.public().fingerprint() == self.server)
            && self.deployment == node.deployment_id()
            && std::ptr::eq(self.trust.as_ptr(), Arc::as_ptr(&node.trust))
            && self.generation == node.settings().verifier.generation()
    }
}

/// A share for a session that an application's key has signed for: only the check of the signature of a
/// request makes one.
pub(crate) struct SignedShare<'a> {
    share: &'a [u8],
    nonce: &'a [u8],
    server: KeyHash,
}

impl<'a> SignedShare<'a> {
    /// Checks that a request of protocol 2.1 is signed by `key` for the server with that key, and takes
    /// the share that it has for a session, if it has one. Sessions are of the suite x25519.
    pub(crate) fn verify(
        message: &'a TaRemoteCallRequest,
        key: &PublicKey,
        server: KeyHash,
        signature: &[u8],
    ) -> Result<Option<Self>, aecs_crypto::Error> {
        let signed = binding::ta_request(message, server);
        key.verify(Purpose::TA_REQUEST, signed.as_bytes(), signature)?;
        let TaRemoteCallRequest { session_share: share, nonce, .. } = message;
        let is_wanted = !share.is_empty() && key.suite() == Suite::Modern;
        Ok(is_wanted.then_some(Self { share, nonce, server }))
    }
}

/// An application that asks for a session, and what the session will stand on: noted before the
/// evidence is verified, so that what changes meanwhile ends the session.
pub(crate) struct Applicant<'a> {
    signed: SignedShare<'a>,
    ground: Ground,
}

impl<'a> Applicant<'a> {
    pub(crate) fn new(signed: SignedShare<'a>, node: &Node) -> Self {
        Self { ground: Ground::of(node, signed.server), signed }
    }

    /// Begins a session, and tells what the application is offered in the answer to its call. None if no
    /// session can begin: the application goes on attesting.
    ///
    /// Nobody who has not proved all of it has the arguments: the evidence was verified, its key has
    /// signed for the share, and the binding names this process. `nested` is the size of the nested
    /// results in the report, `given` what the call has given.
    pub(crate) fn begin(
        self,
        core: &CoreState,
        _bound: &Bound,
        attributes: &Arc<Verified<Attributes>>,
        nested: usize,
        given: Arc<Given>,
    ) -> Option<TaSession> {
        if !core.sessions.are_kept() {
            return None;
        }
        let parties = Parties {
            application: attributes.key_hash(),
            server: self.ground.server,
            deployment: &self.ground.deployment,
            boot_nonce: &core.boot_nonce,
            nonce: self.signed.nonce,
        };
        let valid_for = attributes.valid_until().duration_since(core.clock.now()).ok()?;
        let since_1970 = attributes.valid_until().duration_since(UNIX_EPOCH).ok()?;
        let terms = Terms {
            evidence_until_ms: as_millis(since_1970),
            lifetime_ms: as_millis(valid_for.min(LIFETIME)),
        };
        let begun = ServerEnd::begin(self.signed.share, parties, terms);
        let (end, offered) =
            begun.inspect_err(|error| tracing::debug!(%error, "no session begins")).ok()?;
        let session = Arc::new(Session {
            began_ms: core.clock.steady_ms(),
            lifetime_ms: terms.lifetime_ms,
            attributes: attributes.clone(),
            on_record: AuditEntry::of_application(attributes),
            ground: self.ground,
            given,
            waits: Arc::new(Semaphore::new(OF_SESSION)),
            end,
        });
        let id = *session.end.id();
        core.sessions.live.put(id, session, attributes, nested);
        Some(offered)
    }
}

impl Session {
    fn has_ended(&self, core: &CoreState, node: &Node) -> bool {
        let (now, passed_ms) = (core.clock.now(), core.clock.steady_ms() - self.began_ms);
        let is_valid = self.attributes.verified_at() <= now && now <= self.attributes.valid_until();
        let is_young = (0..=self.lifetime_ms).contains(&passed_ms);
        !(is_valid && is_young && self.ground.holds(node))
    }

    /// What the evidence of the application attests.
    pub(crate) fn attributes(&self) -> &Arc<Verified<Attributes>> {
        &self.attributes
    }

    /// The name of the session.
    pub(crate) fn id(&self) -> &[u8; ID_BYTES] {
        self.end.id()
    }

    /// The services that secrets were given of.
    pub(crate) fn given(&self) -> &Arc<Given> {
        &self.given
    }

    /// The waits that may begin.
    pub(crate) fn waits(&self) -> &Arc<Semaphore> {
        &self.waits
    }

    /// What the audit log is told of the application.
    pub(crate) fn on_record(&self) -> AuditEntry {
        self.on_record.clone()
    }

    /// Takes a request that the application has made, once.
    ///
    /// # Errors
    /// `A20C` for one that it has not made, `A20B` for one that was taken before.
    pub(crate) fn accept(&self, request: &TaSessionCallRequest) -> Result<Accepted, Error> {
        self.end.accept(request).map_err(|refused| match refused {
            Refused::Forged => Cause::NotOfSession.into(),
            Refused::Replayed => Cause::ReplayedInSession.into(),
        })
    }

    /// Encrypts the answer to a request.
    pub(crate) fn seal(
        &self,
        request: &Accepted,
        answer: &TaSessionAnswer,
    ) -> Result<TaSessionCallResponse, Error> {
        self.end.seal(request, answer).map_err(internal("sealing an answer"))
    }
}
