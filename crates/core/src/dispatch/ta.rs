//! Calls of trusted applications: a request signed by a key that evidence binds.
//!
//! The order of checks: function, protocol, state, signature, freshness, evidence, replay. The
//! cheap ones come first, and memory is spent only on who has evidence. A caller is told what is
//! wrong with its own request and evidence, for nothing was looked up yet; later refusals have a
//! code and no detail, and the audit trail explains.

use std::sync::Arc;

use aecs_attest::{Attributes, Verified};
use aecs_crypto::{KeyHash, Protocol, PublicKey, Purpose, SecretString, Transcript, binding};
use aecs_proto::{TaRemoteCallRequest, TaRemoteCallResponse, UnifiedAttestationAuthReport};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::evidence::{self, Refusal};
use super::{NONCE_BYTES, check_protocol, check_state, conclude, protocol_of, remember};
use crate::{
    audit::{AuditEntry, OpenEntry},
    call::{Call, Reply, Ticket, TrustedApplication},
    error::{Error, ErrorCode, Kind},
    functions::{self, Caller, Effect, Function, Handler},
    inner::Inner,
    replay::RequestId,
};

/// A call by an application in a TEE.
pub(crate) async fn trusted_application(
    inner: &Arc<Inner>,
    request: TaRemoteCallRequest,
) -> Result<TaRemoteCallResponse, Error> {
    let function = functions::find(Caller::TrustedApplication, &request.function_name)
        .ok_or_else(unknown_function)?;
    let Handler::TrustedApplication { run } = function.handler else {
        return Err(unknown_function());
    };
    let report = request
        .auth_report
        .as_ref()
        .ok_or_else(|| Error::malformed("it has no attestation report (authReport)"))?;
    let key = PublicKey::from_pem(&report.pem_public_key).map_err(Error::malformed)?;
    let present = [request.issued_at_ms != 0, !request.nonce.is_empty()];
    let protocol = protocol_of(key.suite(), &present)?;
    check_protocol(inner, protocol, function)?;
    let node = inner.node();
    check_state(function, &node)?;

    let face = node.identity.face(key.suite())?;
    verify_signature(&request, protocol, &key, face.key.public().fingerprint())?;

    let now_ms = inner.clock.now_ms();
    let id = identify(inner, &request, protocol, function, &key, now_ms)?;
    let attributes = verify_evidence(inner, function, report, &key, now_ms).await?;
    let ticket = match id {
        Some(id) => remember(inner, &node, id, function.effect == Effect::Write, now_ms)?,
        None => Ticket::none(),
    };

    let caller = TrustedApplication {
        attributes: Arc::new(attributes),
        key: key.clone(),
        nonce: request.nonce.clone(),
    };
    let call = Call {
        inner,
        node: node.clone(),
        function,
        protocol,
        now_ms,
        payload: SecretString::from(request.req_json),
        ticket,
        audit: OpenEntry::new(
            inner.env.audit.clone(),
            AuditEntry {
                measurement: Some(caller.attributes.measurement().to_owned()),
                ..entry(function, &key, now_ms)
            },
        ),
        caller,
    };
    let Reply::Message(res_json) = conclude(call, run).await? else {
        return Err(Error::malformed("the function has no answer"));
    };

    let res_json = res_json.expose().to_owned();
    let signed = match protocol {
        Protocol::Aecs20 => res_json.clone().into_bytes(),
        Protocol::Aecs21 => {
            binding::ta_response(function.name, &request.nonce, &res_json).as_bytes().to_vec()
        }
    };
    let signature = face
        .key
        .sign(Purpose::TA_RESPONSE, &signed)
        .map_err(|error| Error::internal("signing a response", &error))?;
    Ok(TaRemoteCallResponse {
        auth_report: Some(face.own.report.clone()),
        res_json,
        signature_b64: BASE64.encode(signature),
        ..TaRemoteCallResponse::default()
    })
}

fn unknown_function() -> Error {
    Error::new(
        ErrorCode::ServiceFunction,
        Kind::PermissionDenied,
        "there is no such function for a trusted application",
    )
}

fn verify_signature(
    request: &TaRemoteCallRequest,
    protocol: Protocol,
    key: &PublicKey,
    server: KeyHash,
) -> Result<(), Error> {
    let signature = BASE64.decode(&request.signature_b64).map_err(|_| Error::not_authentic())?;
    let message = match protocol {
        Protocol::Aecs20 => request.req_json.clone().into_bytes(),
        Protocol::Aecs21 => binding::ta_request(
            &request.function_name,
            request.issued_at_ms,
            &request.nonce,
            server,
            &request.req_json,
        )
        .as_bytes()
        .to_vec(),
    };
    key.verify(Purpose::TA_REQUEST, &message, &signature).map_err(|error| {
        tracing::info!(error = %error, "a trusted application's request is not authentic");
        Error::not_authentic()
    })
}

/// Checks freshness, and names the request if it must not be obeyed twice.
fn identify(
    inner: &Inner,
    request: &TaRemoteCallRequest,
    protocol: Protocol,
    function: &Function,
    key: &PublicKey,
    now_ms: i64,
) -> Result<Option<RequestId>, Error> {
    match protocol {
        Protocol::Aecs21 => {
            if request.nonce.len() != NONCE_BYTES {
                return Err(Error::malformed(format_args!(
                    "its nonce has not {NONCE_BYTES} bytes"
                )));
            }
            let digest = Transcript::new("AECS-2.1 request id")
                .field(Caller::TrustedApplication.as_str().as_bytes())
                .field(key.fingerprint().as_bytes())
                .field(&request.nonce)
                .sha256();
            let freshness = inner.config.freshness;
            RequestId::fresh(digest, request.issued_at_ms, now_ms, freshness)
                .map(Some)
                .map_err(|error| error.and(inner.clock.doubts()))
        }
        // Two gets of one application may well be the same bytes, and the answer to a replay is
        // sealed to that application.
        Protocol::Aecs20 if function.effect == Effect::Read => Ok(None),
        Protocol::Aecs20 => {
            let digest = Transcript::new("AECS-2.0 TA request id")
                .field(key.fingerprint().as_bytes())
                .field(request.function_name.as_bytes())
                .field(request.req_json.as_bytes())
                .sha256();
            Ok(Some(RequestId::forever(digest)))
        }
    }
}

async fn verify_evidence(
    inner: &Inner,
    function: &'static Function,
    report: &UnifiedAttestationAuthReport,
    key: &PublicKey,
    now_ms: i64,
) -> Result<Verified<Attributes>, Error> {
    let verified = evidence::verify(inner, report).await;
    verified.map_err(|Refusal { error, reason }| {
        let mut entry = entry(function, key, now_ms);
        entry.reason = reason;
        entry.conclude(Err(&error));
        inner.audit(&entry);
        error
    })
}

fn entry(function: &'static Function, key: &PublicKey, now_ms: i64) -> AuditEntry {
    AuditEntry {
        time_ms: now_ms,
        function: function.name,
        caller: Caller::TrustedApplication.as_str(),
        key_hash: Some(key.fingerprint().to_string()),
        service: None,
        object: None,
        measurement: None,
        outcome: String::new(),
        reason: None,
    }
}
