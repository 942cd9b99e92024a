//! Calls of trusted applications: a request signed by a key that evidence binds.
//!
//! The order of checks: function, protocol, state of the server, signature, freshness, evidence,
//! server and process, replay, state of the records, act. The cheap ones come first, and memory is
//! spent only on who has evidence. A caller is told what is wrong with its own request and evidence,
//! for nothing was looked up yet; later refusals have a code and no detail, and the audit trail
//! explains.

use std::sync::Arc;

use aecs_attest::{Attributes, Verified};
use aecs_crypto::{
    KeyHash, Protocol, PublicKey, Purpose, SecretString, Transcript,
    binding::{self, Told},
    sha256,
};
use aecs_proto::{
    Caller, Effect, NONCE_BYTES, TaRemoteCallRequest, TaRemoteCallResponse,
    UnifiedAttestationAuthReport,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::bound::{self, Bound};
use super::evidence::{self, Refusal};
use super::{check_protocol, check_state, conclude, protocol_of};
use crate::{
    act::Act,
    audit::AuditEntry,
    call::{Call, Ticket, TrustedApplication},
    error::{Cause, Error, internal},
    functions::{Handler, Row},
    replay::{RequestId, check_age},
    state::{CoreState, Node},
};

/// A call by an application in a TEE.
pub(crate) async fn trusted_application(
    core: &Arc<CoreState>,
    request: TaRemoteCallRequest,
) -> Result<TaRemoteCallResponse, Error> {
    let row =
        Row::find(Caller::TrustedApplication, &request.function_name).ok_or(Cause::NoTaFunction)?;
    let Handler::TrustedApplication { run } = row.handler else {
        return Err(Cause::NoTaFunction.into());
    };
    let report = request.auth_report.as_ref().ok_or(Cause::NoReport)?;
    let key = PublicKey::from_pem(&report.pem_public_key).map_err(Cause::unreadable)?;
    let present = [request.issued_at_ms != 0, !request.nonce.is_empty()];
    let protocol = protocol_of(key.suite(), &present)?;
    let node = core.node();
    check_protocol(&node, protocol, row)?;
    check_state(row, &node)?;

    let server = node.identity.suite_identity(key.suite())?;
    verify_signature(&request, protocol, &key, server.key.public().fingerprint())?;

    let now_ms = core.clock.now_ms();
    if protocol == Protocol::Aecs21 {
        check_fresh(core, &node, &request, now_ms)?;
    } else if request.binding.is_some() {
        return Err(Cause::SomeOfProtocol21.into());
    }
    if request.binding.is_none() && protocol == Protocol::Aecs21 && row.effect() == Effect::Write {
        return Err(Cause::NoBinding.into());
    }
    let attributes = verify_evidence(core, &node, row, report, &key, now_ms).await?;
    // Not before: a status is signed for nobody without evidence.
    let bound = request
        .binding
        .as_ref()
        .map(|binding| bound::check(core, &node, server, binding, &request.nonce))
        .transpose()?;
    let ticket = admit(core, &request, protocol, row, &key, bound)?;
    ticket.check(node.vault()?, node.settings_revision()).await?;

    let mut entry = entry(row, &key, now_ms);
    entry.attested(&attributes);
    entry.request = Some(RequestId::new(sha256(request.signature_b64.as_bytes())).short());
    let caller = TrustedApplication {
        attributes: Arc::new(attributes),
        key: key.clone(),
        nonce: request.nonce.clone(),
    };
    let call = Call {
        core,
        node: node.clone(),
        function: row,
        protocol,
        now_ms,
        payload: SecretString::from(request.req_json.clone()),
        ticket,
        audit: core.ledger.open(row.function, entry),
        caller,
    };
    let reply = conclude(call, run).await?;
    let res_json = reply.text(protocol).unwrap_or_default().to_owned();

    let state = match protocol {
        Protocol::Aecs20 => None,
        Protocol::Aecs21 => node.state(),
    };
    let told = Told { state: state.as_ref(), done_before: reply.is_of_before() };
    let signed = match protocol {
        Protocol::Aecs20 => res_json.clone().into_bytes(),
        Protocol::Aecs21 => {
            binding::ta_response(row.name(), &request.nonce, told, &res_json).as_bytes().to_vec()
        }
    };
    let signature =
        server.key.sign(Purpose::TA_RESPONSE, &signed).map_err(internal("signing a response"))?;
    Ok(TaRemoteCallResponse {
        auth_report: Some(server.report.clone()),
        res_json,
        signature_b64: BASE64.encode(signature),
        done_before: told.done_before,
        state,
    })
}

fn verify_signature(
    request: &TaRemoteCallRequest,
    protocol: Protocol,
    key: &PublicKey,
    server: KeyHash,
) -> Result<(), Error> {
    let signature = BASE64.decode(&request.signature_b64).map_err(|_| Cause::NotSigned)?;
    let message = match protocol {
        Protocol::Aecs20 => request.req_json.clone().into_bytes(),
        Protocol::Aecs21 => binding::ta_request(
            &request.function_name,
            request.issued_at_ms,
            &request.nonce,
            server,
            request.binding.as_ref(),
            &request.req_json,
        )
        .as_bytes()
        .to_vec(),
    };
    key.verify(Purpose::TA_REQUEST, &message, &signature).map_err(|error| {
        tracing::info!(error = %error, "a trusted application's request is not authentic");
        Cause::NotSigned.into()
    })
}

fn check_fresh(
    core: &CoreState,
    node: &Node,
    request: &TaRemoteCallRequest,
    now_ms: i64,
) -> Result<(), Error> {
    if request.nonce.len() != NONCE_BYTES {
        return Err(Cause::NonceLength { got: request.nonce.len() }.into());
    }
    let freshness = node.settings().freshness;
    check_age(request.issued_at_ms, now_ms, freshness, || core.clock.doubts())
}

/// Checks that the request comes for the first time, and makes the ticket by which it is remembered.
fn admit(
    core: &CoreState,
    request: &TaRemoteCallRequest,
    protocol: Protocol,
    row: Row,
    key: &PublicKey,
    bound: Option<Bound>,
) -> Result<Ticket, Error> {
    let caller = Caller::TrustedApplication;
    match (protocol, row.effect()) {
        // Two gets of one application may well be the same bytes, and the answer to a replay is
        // sealed to that application.
        (Protocol::Aecs20, Effect::Read) => Ok(Ticket::none()),
        (Protocol::Aecs20, Effect::Write) => {
            let digest = Transcript::new("AECS-2.0 TA request id")
                .field(key.fingerprint().as_bytes())
                .field(request.function_name.as_bytes())
                .field(request.req_json.as_bytes())
                .sha256();
            let id = RequestId::new(digest);
            core.replay.remember(caller, &id, core.clock.steady_ms())?;
            Ticket::lasting(&id)
        }
        (Protocol::Aecs21, effect) => {
            let digest = Transcript::new("AECS-2.1 request id")
                .field(caller.as_str().as_bytes())
                .field(key.fingerprint().as_bytes())
                .field(&request.nonce)
                .sha256();
            core.replay.remember(caller, &RequestId::new(digest), core.clock.steady_ms())?;
            let Some(bound) = bound else { return Ok(Ticket::none()) };
            if effect == Effect::Read {
                return Ok(Ticket::read(Some(bound), None));
            }
            let request = request.req_json.as_bytes();
            let act = Act::new(caller, key.fingerprint(), &bound.act, row.function, request)?;
            Ok(Ticket::act(act, false, bound, None))
        }
    }
}

async fn verify_evidence(
    core: &CoreState,
    node: &Node,
    row: Row,
    report: &UnifiedAttestationAuthReport,
    key: &PublicKey,
    now_ms: i64,
) -> Result<Verified<Attributes>, Error> {
    let verified = evidence::verify(core, node, report).await;
    verified.map_err(|Refusal { error, reason }| {
        let mut entry = entry(row, key, now_ms);
        entry.reason = reason;
        entry.conclude(Err(&error));
        core.ledger.refusal(entry);
        error
    })
}

fn entry(row: Row, key: &PublicKey, now_ms: i64) -> AuditEntry {
    AuditEntry {
        time_ms: now_ms,
        function: row.name().into(),
        caller: Caller::TrustedApplication.as_str().into(),
        key_hash: Some(key.fingerprint().to_string()),
        ..AuditEntry::default()
    }
}
