//! Calls of trusted applications: a request signed by a key that evidence binds.
//!
//! The order of checks: function, protocol, state of the server, signature, freshness, evidence,
//! server and process, replay, state of the records, act, and after the call its session. The cheap ones come first, and memory is
//! spent only on who has evidence. A caller is told what is wrong with its own request and
//! evidence, for nothing was looked up yet; later refusals have a code and no detail, and the audit
//! trail explains.

use std::sync::Arc;

use aecs_attest::{Attributes, Verified};
use aecs_crypto::{
    KeyHash, Protocol, PublicKey, Purpose, SecretString, Transcript,
    binding::{self, AnswerContext},
    sha256,
};
use aecs_proto::{
    Caller, Effect, NONCE_BYTES, TaRemoteCallRequest, TaRemoteCallResponse, TaSession,
    UnifiedAttestationAuthReport,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::bound;
use super::evidence::{self, Refusal};
use super::{check_protocol, check_state, conclude, protocol_of};
use crate::{
    act::Act,
    audit::AuditEntry,
    bound::Bound,
    call::{Call, Door, Reply, Ticket, TrustedApplication},
    error::{Cause, Error, internal},
    following, functions,
    identity::SuiteIdentity,
    replay::{Issued, RequestId, check_age},
    row::{Handler, HandlerOf, Row},
    session::{Applicant, SignedShare},
    state::{CoreState, Node},
    watchers::Given,
};

/// A call by an application in a TEE.
pub(crate) async fn trusted_application(
    core: &Arc<CoreState>,
    message: TaRemoteCallRequest,
) -> Result<TaRemoteCallResponse, Error> {
    let node = following::present(core).await?;
    let (request, run) = Request::read(core, &node, &message)?;
    let server = node.identity.suite_identity(request.key.suite())?;
    let share = request.verify_signature(server.key.public().fingerprint())?;
    let applicant = share.map(|share| Applicant::new(share, &node));
    request.check_fresh(core, &node)?;
    let attributes = Arc::new(request.verify_evidence(core, &node).await?);
    // Not before: a status is signed for nobody without evidence.
    let bound = bound::check(core, &node, server, message.binding.as_ref(), &message.nonce)?;
    let ticket = request.admit(core, bound.as_ref())?;
    ticket.check(node.vault()?, node.settings_revision()).await?;

    let entry = AuditEntry {
        request: Some(RequestId::new(sha256(message.signature_b64.as_bytes())).short()),
        ..request.audit_entry(AuditEntry::of_application(&attributes))
    };
    let given = Arc::new(Given::default());
    let call = Call {
        core,
        node: node.clone(),
        function: request.row,
        protocol: request.protocol,
        now_ms: request.now_ms,
        payload: SecretString::from(message.req_json.clone()),
        ticket,
        audit: core.ledger.open(request.row.function, entry),
        caller: TrustedApplication {
            attributes: attributes.clone(),
            key: request.key.clone(),
            door: Door::Evidence { nonce: message.nonce.clone() },
            given: given.clone(),
        },
    };
    let reply = conclude(call, run).await?;
    // Not before: who gets nothing takes no room.
    let session = applicant.zip(bound.as_ref()).and_then(|(applicant, bound)| {
        applicant.begin(core, bound, &attributes, request.nested_bytes(), given)
    });
    request.answer(&node, server, &reply, session)
}

/// A request for a function that there is, before anything in it is believed.
struct Request<'a> {
    message: &'a TaRemoteCallRequest,
    report: &'a UnifiedAttestationAuthReport,
    /// The key that the report has to bind.
    key: PublicKey,
    row: Row,
    protocol: Protocol,
    /// When it came.
    now_ms: i64,
}

impl<'a> Request<'a> {
    /// Reads a request, and finds the function that it calls.
    fn read(
        core: &CoreState,
        node: &Node,
        message: &'a TaRemoteCallRequest,
    ) -> Result<(Self, HandlerOf<TrustedApplication>), Error> {
        let row = functions::find(Caller::TrustedApplication, &message.function_name)
            .ok_or(Cause::NoTaFunction)?;
        let report = message.auth_report.as_ref().ok_or(Cause::NoReport)?;
        let key = PublicKey::from_pem(&report.pem_public_key).map_err(Cause::unreadable)?;
        let present = [message.issued_at_ms != 0, !message.nonce.is_empty()];
        let protocol = protocol_of(key.suite(), &present)?;
        check_protocol(node, protocol, row)?;
        check_state(row, node)?;
        let run = match row.handler {
            Handler::TrustedApplication { run } => run,
            Handler::Waits => return Err(Cause::OnlyInSession.into()),
            _ => return Err(Cause::NoTaFunction.into()),
        };
        Ok((Self { message, report, key, row, protocol, now_ms: core.clock.now_ms() }, run))
    }

    /// Checks that the request is signed for this server, and takes the share that it has for a
    /// session.
    fn verify_signature(&self, server: KeyHash) -> Result<Option<SignedShare<'a>>, Error> {
        let message = self.message;
        let signature = BASE64.decode(&message.signature_b64).map_err(|_| Cause::NotSigned)?;
        let share = match self.protocol {
            // Of protocol 2.0, no signature covers a share.
            Protocol::Aecs20 => {
                let signed = message.req_json.as_bytes();
                self.key.verify(Purpose::TA_REQUEST, signed, &signature).map(|()| None)
            }
            Protocol::Aecs21 => SignedShare::verify(message, &self.key, server, &signature),
        };
        let share = share.map_err(|error| {
            tracing::info!(error = %error, "a trusted application's request is not authentic");
            Cause::NotSigned
        })?;
        Ok(share.filter(|_| self.row.function.in_session()))
    }

    /// Checks the fields of protocol 2.1 that a recording must not have.
    fn check_fresh(&self, core: &CoreState, node: &Node) -> Result<(), Error> {
        let TaRemoteCallRequest { nonce, binding, issued_at_ms, session_share, .. } = self.message;
        match self.protocol {
            Protocol::Aecs20 if binding.is_some() || !session_share.is_empty() => {
                Err(Cause::SomeOfProtocol21.into())
            }
            Protocol::Aecs20 => Ok(()),
            Protocol::Aecs21 if nonce.len() != NONCE_BYTES => {
                Err(Cause::NonceLength { got: nonce.len() }.into())
            }
            Protocol::Aecs21 => {
                let freshness = node.settings().freshness;
                check_age(*issued_at_ms, self.now_ms, freshness, || core.clock.doubts())?;
                match (binding, self.row.effect()) {
                    (None, Effect::Write) => Err(Cause::NoBinding.into()),
                    _ => Ok(()),
                }
            }
        }
    }

    async fn verify_evidence(
        &self,
        core: &CoreState,
        node: &Node,
    ) -> Result<Verified<Attributes>, Error> {
        evidence::verify(core, node, self.report).await.map_err(|Refusal { error, reason }| {
            let mut entry = self.audit_entry(AuditEntry::of_stranger(&self.key));
            entry.reason = reason;
            entry.conclude(Err(&error));
            core.ledger.refusal(entry);
            error
        })
    }

    /// Checks that the request comes for the first time, and makes the ticket by which it is
    /// remembered.
    fn admit(&self, core: &CoreState, bound: Option<&Bound>) -> Result<Ticket, Error> {
        let (caller, key) = (Caller::TrustedApplication, self.key.fingerprint());
        let request = self.message.req_json.as_bytes();
        let remember =
            |id: &RequestId, issued| core.replay.remember(caller, id, issued, &*core.clock);
        match (self.protocol, self.row.effect()) {
            // Two gets of one application may well be the same bytes, and the answer to a replay is
            // sealed to that application.
            (Protocol::Aecs20, Effect::Read) => Ok(Ticket::none()),
            (Protocol::Aecs20, Effect::Write) => {
                let digest = Transcript::new("AECS-2.0 TA request id")
                    .field(key.as_bytes())
                    .field(self.message.function_name.as_bytes())
                    .field(request)
                    .sha256();
                let id = RequestId::new(digest);
                remember(&id, None)?;
                Ticket::lasting(&id)
            }
            (Protocol::Aecs21, effect) => {
                let issued = (effect == Effect::Write)
                    .then(|| Issued::by_application(self.message.issued_at_ms));
                remember(&RequestId::of_nonce(caller, key, &self.message.nonce), issued)?;
                let Some(bound) = bound else { return Ok(Ticket::none()) };
                if effect == Effect::Read {
                    return Ok(Ticket::read(bound.remembered, None));
                }
                let act = Act::new(caller, key, &bound.act, self.row.function, request)?;
                Ok(Ticket::act(act, false, bound.remembered, None))
            }
        }
    }

    fn audit_entry(&self, by: AuditEntry) -> AuditEntry {
        AuditEntry { time_ms: self.now_ms, function: self.row.name().into(), ..by }
    }

    /// The size of the nested results in the report.
    fn nested_bytes(&self) -> usize {
        self.report.report.as_ref().map_or(0, |report| report.json_nested_reports.len())
    }

    /// Signs the reply.
    fn answer(
        &self,
        node: &Node,
        server: SuiteIdentity<'_>,
        reply: &Reply,
        session: Option<TaSession>,
    ) -> Result<TaRemoteCallResponse, Error> {
        let res_json = reply.text(self.protocol).unwrap_or_default().to_owned();
        let state = node.state_in(self.protocol);
        let told = AnswerContext {
            state: state.as_ref(),
            done_before: reply.is_of_before(),
            session: session.as_ref(),
        };
        let nonce = &self.message.nonce;
        let signed = match self.protocol {
            Protocol::Aecs20 => res_json.clone().into_bytes(),
            Protocol::Aecs21 => {
                binding::ta_response(self.row.name(), nonce, told, &res_json).as_bytes().to_vec()
            }
        };
        let signature = server.key.sign(Purpose::TA_RESPONSE, &signed);
        Ok(TaRemoteCallResponse {
            auth_report: Some(server.report.clone()),
            res_json,
            signature_b64: BASE64.encode(signature.map_err(internal("signing a response"))?),
            done_before: told.done_before,
            state,
            session,
        })
    }
}
