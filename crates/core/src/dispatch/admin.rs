//! Calls of administrators: an envelope to the server, signed by a registered key.
//!
//! The order of checks: open, verify, parse, protocol, function, freshness, server and process,
//! replay, state of the records, state of the server, password, act. Nothing before the signature's check looks at what the caller claims, and nothing
//! after it runs for somebody who only owns a recording.

use std::sync::Arc;

use aecs_crypto::{
    PasswordVerifier, Protocol, PublicKey, Purpose, SecretString, Transcript,
    binding::{self, Told},
    envelope::{self, Opened},
};
use aecs_proto::{
    AdminRemoteCallReqWithAuth, AdminRemoteCallRequest, AdminRemoteCallResponse, Caller,
    DigitalEnvelopeEncrypted, Effect, NONCE_BYTES, json,
};
use zeroize::Zeroizing;

use super::bound::{self, Bound};
use super::{check_protocol, check_state, conclude, protocol_of};
use crate::{
    act::Act,
    administrators::Administrator,
    audit::AuditEntry,
    call::{AecsAdmin, Call, Reply, ServiceAdmin, Ticket},
    error::{Cause, Error, internal},
    functions::{Handler, Row, Special},
    keys,
    name::ServiceName,
    records::ServiceRecord,
    replay::{RequestId, check_age},
    state::{CoreState, Node},
};

/// The AAD of the envelopes of AECS administrators and of all answers in protocol 2.0.
pub(crate) const ENVELOPE_NAME: &[u8] = b"Enclave";

/// A call by the platform operator.
pub(crate) async fn aecs_admin(
    core: &Arc<CoreState>,
    request: AdminRemoteCallRequest,
) -> Result<AdminRemoteCallResponse, Error> {
    let node = core.node();
    let administrator = who(&node, &request).await?;
    let principal = Principal {
        caller: Caller::AecsAdmin,
        service: None,
        key: administrator.key,
        password: administrator.password,
    };
    serve(core, node, request, principal).await
}

/// The administrator that a request can be of: the one it names, or for one of protocol 2.0, which
/// names none, the one whose signature it has. A request of a stranger is checked against the first
/// one, so that it takes as long.
async fn who(node: &Node, request: &AdminRemoteCallRequest) -> Result<Administrator, Error> {
    let mut all = node.administrators().await?;
    let named = request.key_hash.as_str();
    let is = |it: &Administrator| match named {
        "" => has_signed(node, request, it),
        named => it.key.fingerprint().to_string().eq_ignore_ascii_case(named),
    };
    let found =
        if named.is_empty() && all.len() == 1 { 0 } else { all.iter().position(is).unwrap_or(0) };
    if found >= all.len() {
        return Err(Cause::NotAuthentic.into());
    }
    Ok(all.swap_remove(found))
}

/// Whether the administrator's key has signed the request.
fn has_signed(node: &Node, request: &AdminRemoteCallRequest, it: &Administrator) -> bool {
    let (Ok(server), Ok(sealed)) =
        (node.identity.suite_identity(it.key.suite()), envelope_of(request))
    else {
        return false;
    };
    envelope::open(Purpose::ADMIN_REQUEST, server.key, sealed)
        .is_ok_and(|opened| opened.verify(&it.key).is_ok())
}

/// A call by the owner of a service, which the envelope's AAD names.
pub(crate) async fn service_admin(
    core: &Arc<CoreState>,
    request: AdminRemoteCallRequest,
) -> Result<AdminRemoteCallResponse, Error> {
    let node = core.node();
    let vault = node.vault()?;
    let name = envelope_of(&request)?.aes_cipher.as_ref().map_or(&[][..], |cipher| &cipher.aad);
    let name = std::str::from_utf8(name).map_err(|_| Cause::NotAServiceName)?;
    let service = ServiceName::required(name, Cause::EnvelopeUnnamed)?.not_reserved()?;
    // An unknown service and a wrong key look alike.
    let Some(record) = ServiceRecord::load(vault, &service).await? else {
        return Err(open(&node, Purpose::SERVICE_REQUEST, envelope_of(&request)?, None)
            .err()
            .unwrap_or_else(|| Cause::NotAuthentic.into()));
    };
    let principal = Principal {
        caller: Caller::ServiceAdmin,
        service: Some(ServiceAdmin { service, epoch: record.epoch }),
        key: record.key,
        password: record.password,
    };
    serve(core, node, request, principal).await
}

/// Opens an envelope in its own suite, and verifies it with the key that is registered. Where none
/// of that suite is, a decoy verifies it: an unknown service costs what a registered one does.
fn open(
    node: &Node,
    purpose: Purpose,
    envelope: &DigitalEnvelopeEncrypted,
    registered: Option<&PublicKey>,
) -> Result<Opened, Error> {
    let server = node.identity.suite_identity(envelope::suite(envelope))?;
    let registered = registered.filter(|key| key.suite() == server.key.suite());
    let opened = envelope::open(purpose, server.key, envelope)
        .and_then(|unverified| unverified.verify(registered.unwrap_or(server.key.public())))
        .map_err(|error| {
            tracing::info!(error = %error, "an administrator's request is not authentic");
            Cause::NotAuthentic
        })?;
    // Nobody owns a decoy: this server signs no requests.
    registered.map(|_| opened).ok_or_else(|| Cause::NotAuthentic.into())
}

/// Whom the caller must prove to be.
struct Principal {
    caller: Caller,
    service: Option<ServiceAdmin>,
    key: PublicKey,
    password: Option<Arc<PasswordVerifier>>,
}

impl Principal {
    fn purposes(&self) -> (Purpose, Purpose) {
        match self.service {
            None => (Purpose::ADMIN_REQUEST, Purpose::ADMIN_RESPONSE),
            Some(_) => (Purpose::SERVICE_REQUEST, Purpose::SERVICE_RESPONSE),
        }
    }

    fn unknown_function(&self) -> Cause {
        match self.service {
            None => Cause::NoAdminFunction,
            Some(_) => Cause::NoServiceFunction,
        }
    }

    fn service_name(&self) -> Option<&ServiceName> {
        self.service.as_ref().map(|admin| &admin.service)
    }
}

async fn serve(
    core: &Arc<CoreState>,
    node: Arc<Node>,
    request: AdminRemoteCallRequest,
    principal: Principal,
) -> Result<AdminRemoteCallResponse, Error> {
    let (request_purpose, response_purpose) = principal.purposes();
    let opened = open(&node, request_purpose, envelope_of(&request)?, Some(&principal.key))?;
    let server = node.identity.suite_identity(principal.key.suite())?;
    let payload: AdminRemoteCallReqWithAuth =
        json::from_slice(opened.plain.expose()).map_err(Cause::unreadable)?;
    let mut payload = Zeroizing::new(payload);
    let inner_request = Zeroizing::new(std::mem::take(&mut payload.req));
    let password = SecretString::from(std::mem::take(&mut payload.password));

    let signed = Signed::read(&payload, &principal, &opened.aad, opened.protocol)?;
    let row = Row::find(principal.caller, &request.function_name)
        .ok_or_else(|| principal.unknown_function())?;
    check_protocol(&node, signed.protocol, row)?;
    if signed.protocol == Protocol::Aecs21 && payload.function_name != request.function_name {
        return Err(Cause::OtherFunction.into());
    }

    let now_ms = core.clock.now_ms();
    if signed.protocol == Protocol::Aecs21 && !row.is(Special::AnyAge) {
        let freshness = node.settings().freshness;
        check_age(signed.issued_at_ms, now_ms, freshness, || core.clock.doubts())?;
    }
    let bound = payload
        .binding
        .as_ref()
        .map(|binding| bound::check(core, &node, server, binding, &payload.nonce))
        .transpose()?;
    let ticket =
        admit(core, &node, &signed, row, &principal, &opened.digest, bound, &inner_request)?;
    if let Ok(vault) = node.vault() {
        ticket.check(vault, node.settings_revision()).await?;
    }
    check_state(row, &node)?;
    let dated = signed.protocol == Protocol::Aecs21 && !row.is(Special::AnyAge);
    if dated && principal.service.is_none() {
        core.clock.raise_by_administrator(signed.issued_at_ms);
    }

    let call = Call {
        core,
        node: node.clone(),
        function: row,
        caller: (),
        protocol: signed.protocol,
        now_ms,
        payload: std::str::from_utf8(&inner_request)
            .map(|request| SecretString::from(request.to_owned()))
            .map_err(|_| Cause::NotUtf8)?,
        ticket,
        audit: core.ledger.open(
            row.function,
            AuditEntry {
                time_ms: now_ms,
                function: row.name().into(),
                caller: principal.caller.as_str().into(),
                key_hash: Some(principal.key.fingerprint().to_string()),
                service: principal.service_name().map(ToString::to_string),
                request: Some(RequestId::new(opened.digest).short()),
                ..AuditEntry::default()
            },
        ),
    };
    let reply = run(call, &principal, password).await?;

    // A provision has made another node of this one.
    let state = match signed.protocol {
        Protocol::Aecs20 => None,
        Protocol::Aecs21 => core.node().state(),
    };
    let told = Told { state: state.as_ref(), done_before: reply.is_of_before() };
    let aad = match signed.protocol {
        Protocol::Aecs20 => ENVELOPE_NAME.to_vec(),
        Protocol::Aecs21 => binding::admin_response(&payload.nonce, row.name(), told).to_vec(),
    };
    let res_enc = reply
        .text(signed.protocol)
        .map(|plain| {
            envelope::seal(
                signed.protocol,
                response_purpose,
                &principal.key,
                server.key,
                &aad,
                plain.as_bytes(),
            )
        })
        .transpose()
        .map_err(internal("sealing a response"))?;
    Ok(AdminRemoteCallResponse {
        auth_ra_report: Some(server.report.clone()),
        res_enc,
        done_before: told.done_before,
        state,
        ..AdminRemoteCallResponse::default()
    })
}

fn envelope_of(request: &AdminRemoteCallRequest) -> Result<&DigitalEnvelopeEncrypted, Error> {
    request.req_enc.as_ref().ok_or_else(|| Cause::NoEnvelope.into())
}

/// What a verified payload says about itself.
struct Signed {
    protocol: Protocol,
    issued_at_ms: i64,
    nonce: Vec<u8>,
}

impl Signed {
    fn read(
        payload: &AdminRemoteCallReqWithAuth,
        principal: &Principal,
        aad: &[u8],
        sealed_in: Protocol,
    ) -> Result<Self, Error> {
        let mut present = vec![
            !payload.function_name.is_empty(),
            payload.issued_at_ms != 0,
            !payload.nonce.is_empty(),
            payload.binding.is_some(),
        ];
        // An AECS administrator's request names no service.
        if principal.service.is_some() || !payload.service_name.is_empty() {
            present.push(!payload.service_name.is_empty());
        }
        let protocol = protocol_of(principal.key.suite(), &present)?;
        if principal.service.is_none() && aad != ENVELOPE_NAME {
            return Err(Cause::EnvelopeName.into());
        }
        if protocol != sealed_in {
            return Err(Cause::MixedProtocols.into());
        }
        if protocol == Protocol::Aecs21 {
            if payload.nonce.len() != NONCE_BYTES {
                return Err(Cause::NonceLength { got: payload.nonce.len() }.into());
            }
            let service = principal.service_name().map_or("", ServiceName::as_str);
            if payload.service_name != service {
                return Err(Cause::OtherService.into());
            }
        }
        Ok(Self { protocol, issued_at_ms: payload.issued_at_ms, nonce: payload.nonce.clone() })
    }
}

/// Checks that the request comes for the first time, and makes the ticket by which it is remembered.
#[expect(clippy::too_many_arguments, reason = "what a request is, in one place")]
fn admit(
    core: &CoreState,
    node: &Node,
    signed: &Signed,
    row: Row,
    principal: &Principal,
    envelope_digest: &[u8; 32],
    bound: Option<Bound>,
    request: &[u8],
) -> Result<Ticket, Error> {
    let key = principal.key.fingerprint();
    let Some(bound) = bound else {
        // A request of protocol 2.0: a read could come back as a write.
        let id = RequestId::new(*envelope_digest);
        core.replay.remember(principal.caller, &id, core.clock.steady_ms())?;
        return Ticket::lasting(&id);
    };
    let digest = Transcript::new("AECS-2.1 request id")
        .field(principal.caller.as_str().as_bytes())
        .field(key.as_bytes())
        .field(&signed.nonce)
        .sha256();
    core.replay.remember(principal.caller, &RequestId::new(digest), core.clock.steady_ms())?;
    let seen = Some(match principal.service_name() {
        None => keys::seen_by(key)?,
        Some(service) => keys::seen_by_owner_of(service)?,
    });
    Ok(match row.effect() {
        Effect::Read => Ticket::read(Some(bound), seen),
        Effect::Write => {
            let act = Act::new(principal.caller, key, &bound.act, row.function, request)?;
            Ticket::act(act, !node.is_working(), bound, seen)
        }
    })
}

async fn run(
    call: Call<'_, ()>,
    principal: &Principal,
    password: SecretString,
) -> Result<Reply, Error> {
    if let Err(error) = prepare(&call, principal, password).await {
        call.audit.conclude(Err(&error))?;
        return Err(error);
    }
    match (call.function.handler, &principal.service) {
        (Handler::AecsAdmin { run, .. }, None) => {
            let key = principal.key.fingerprint();
            let (core, row) = (call.core.clone(), call.function);
            // An administrator who is removed while a request waits changes nothing any more.
            let alone = match row.is(Special::Leaving) {
                true => Some(core.administration.write().await),
                false => None,
            };
            let _present = match (&alone, row.effect()) {
                (None, Effect::Write) => Some(core.administration.read().await),
                _ => None,
            };
            if row.effect() == Effect::Write && core.node().is_working() {
                let present = core.node().administrators().await?;
                if !present.iter().any(|it| it.key.fingerprint() == key) {
                    let error = Cause::NotAuthentic.into();
                    call.audit.conclude(Err(&error))?;
                    return Err(error);
                }
            }
            conclude(call.by(AecsAdmin { key }), run).await
        }
        (Handler::ServiceAdmin { run }, Some(service)) => {
            conclude(call.by(service.clone()), run).await
        }
        // The table was asked for this caller's functions only.
        _ => Err(principal.unknown_function().into()),
    }
}

/// What comes before the handler: the memory of a read, which commits nothing by itself, and the
/// password.
async fn prepare(
    call: &Call<'_, ()>,
    principal: &Principal,
    password: SecretString,
) -> Result<(), Error> {
    if call.function.effect() == Effect::Read
        && let Ok(vault) = call.vault()
    {
        call.ticket.settle(vault).await?;
    }
    if call.function.is(Special::NoPassword) {
        return Ok(());
    }
    let Some(verifier) = principal.password.clone() else {
        return Ok(());
    };
    let is_right = async {
        // Argon2 takes tens of milliseconds, by design.
        let check = move || verifier.verify(password.expose()).is_ok();
        call.core.lanes.passwords.run("checking a password", check).await
    };
    call.core.guesses.attempt(call.vault().ok(), principal.key.fingerprint(), is_right).await
}
