//! Calls of administrators: an envelope to the server, signed by a registered key.
//!
//! The order of checks: open, verify, parse, protocol, function, freshness, server and process,
//! replay, state of the records, state of the server, password, act. Nothing before the signature's
//! check looks at what the caller claims, and nothing after it runs for somebody who only owns a
//! recording.

use std::sync::Arc;

use aecs_crypto::{
    PasswordVerifier, Protocol, PublicKey, Purpose, SecretBytes, SecretString,
    binding::{self, AnswerContext},
    envelope::{self, Opened},
};
use aecs_proto::{
    AdminRemoteCallReqWithAuth, AdminRemoteCallRequest, AdminRemoteCallResponse, Caller,
    DigitalEnvelopeEncrypted, Effect, NONCE_BYTES, RequestBinding, json,
};
use zeroize::Zeroizing;

use super::bound;
use super::{check_protocol, check_state, conclude, protocol_of};
use crate::{
    act::Act,
    administrators::{self, Administrator, Recorded},
    audit::AuditEntry,
    bound::Bound,
    call::{
        AecsAdmin, CUSTODIAN_NAME, Call, Custodian, ENVELOPE_NAME, Reply, ServiceAdmin, Ticket,
    },
    error::{Cause, Error, internal},
    following, functions,
    guesses::Counted,
    identity::SuiteIdentity,
    keys,
    name::ServiceName,
    records::ServiceRecord,
    recovery::RecoveryRecord,
    replay::{Issued, RequestId, check_age},
    row::{Handler, Row, Special},
    state::{CoreState, Node},
};

/// A call by the platform operator.
pub(crate) async fn aecs_admin(
    core: &Arc<CoreState>,
    request: AdminRemoteCallRequest,
) -> Result<AdminRemoteCallResponse, Error> {
    let node = following::present(core).await?;
    let name = envelope_of(&request)?.aes_cipher.as_ref().map_or(&[][..], |cipher| &cipher.aad);
    let principal = if name == CUSTODIAN_NAME {
        find_custodian(&node, &request).await?
    } else {
        let administrator = find_administrator(&node, &request).await?;
        Principal { who: Who::AecsAdmin, key: administrator.key, password: administrator.password }
    };
    serve(core, node, request, principal).await
}

/// The holder of the share whose key a request names. A working server knows the keys of shares from its
/// records, a recovering one from the sealed identities that it can open.
async fn find_custodian(node: &Node, request: &AdminRemoteCallRequest) -> Result<Principal, Error> {
    let of = |key: PublicKey, revision: u64, number: usize| {
        let number = u8::try_from(number).map_err(|_| Cause::NotAuthentic)?;
        let custodian = Custodian { key: key.fingerprint(), revision, number };
        Ok::<_, Error>(Principal { who: Who::Custodian(custodian), key, password: None })
    };
    let is_named =
        |key: &PublicKey| key.fingerprint().to_string().eq_ignore_ascii_case(&request.key_hash);
    if let Ok(recovering) = node.recovering() {
        for set in recovering.sets() {
            if let Some(at) = set.public_keys.iter().position(is_named) {
                let key = set.public_keys.get(at).cloned().ok_or(Cause::UnknownShare)?;
                return of(key, set.header.revision, at + 1);
            }
        }
        return Err(Cause::UnknownShare.into());
    }
    let (record, _) = RecoveryRecord::load(node.vault()?).await?;
    for set in &record.sets {
        for (holder, number) in set.holders.iter().zip(1..) {
            // The hash of a key is that of its text, so that the others need not be read.
            let hash = hex::encode(aecs_crypto::sha256(holder.public_key.as_bytes()));
            if hash.eq_ignore_ascii_case(&request.key_hash) {
                let key = PublicKey::from_pem(&holder.public_key)
                    .map_err(internal("reading the key of a recovery share"))?;
                return of(key, set.revision, number);
            }
        }
    }
    Err(Cause::UnknownShare.into())
}

/// The administrator that a request can be of: the one it names, or for one of protocol 2.0, which
/// names none, the one whose signature it has. A request of a stranger is checked against the first
/// one, so that it takes as long.
async fn find_administrator(
    node: &Node,
    request: &AdminRemoteCallRequest,
) -> Result<Administrator, Error> {
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
    let node = following::present(core).await?;
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
    let owner = ServiceAdmin { service, epoch: record.epoch, key: record.key.fingerprint() };
    let principal =
        Principal { who: Who::ServiceAdmin(owner), key: record.key, password: record.password };
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
    who: Who,
    key: PublicKey,
    password: Option<Arc<PasswordVerifier>>,
}

/// As whom.
enum Who {
    AecsAdmin,
    Custodian(Custodian),
    ServiceAdmin(ServiceAdmin),
}

impl Principal {
    fn purposes(&self) -> (Purpose, Purpose) {
        match self.who {
            Who::AecsAdmin => (Purpose::ADMIN_REQUEST, Purpose::ADMIN_RESPONSE),
            Who::Custodian(_) => (Purpose::CUSTODIAN_REQUEST, Purpose::CUSTODIAN_RESPONSE),
            Who::ServiceAdmin(_) => (Purpose::SERVICE_REQUEST, Purpose::SERVICE_RESPONSE),
        }
    }

    fn caller(&self) -> Caller {
        match self.who {
            Who::AecsAdmin => Caller::AecsAdmin,
            Who::Custodian(_) => Caller::Custodian,
            Who::ServiceAdmin(_) => Caller::ServiceAdmin,
        }
    }

    fn unknown_function(&self) -> Cause {
        match self.who {
            Who::AecsAdmin => Cause::NoAdminFunction,
            Who::Custodian(_) => Cause::NoCustodianFunction,
            Who::ServiceAdmin(_) => Cause::NoServiceFunction,
        }
    }

    /// What the envelope of a request must name.
    fn envelope_name(&self) -> &[u8] {
        match &self.who {
            Who::AecsAdmin => ENVELOPE_NAME,
            Who::Custodian(_) => CUSTODIAN_NAME,
            Who::ServiceAdmin(owner) => owner.service.as_str().as_bytes(),
        }
    }

    fn service_name(&self) -> Option<&ServiceName> {
        match &self.who {
            Who::ServiceAdmin(owner) => Some(&owner.service),
            Who::AecsAdmin | Who::Custodian(_) => None,
        }
    }
}

async fn serve(
    core: &Arc<CoreState>,
    node: Arc<Node>,
    request: AdminRemoteCallRequest,
    principal: Principal,
) -> Result<AdminRemoteCallResponse, Error> {
    let request = Request::open(&node, &request, principal)?;
    let server = node.identity.suite_identity(request.principal.key.suite())?;
    check_protocol(&node, request.protocol, request.row)?;
    let now_ms = core.clock.now_ms();
    if request.is_dated() {
        let freshness = node.settings().freshness;
        check_age(request.issued_at_ms, now_ms, freshness, || core.clock.doubts())?;
    }
    let bound = bound::check(core, &node, server, request.binding.as_ref(), &request.nonce)?;
    let ticket = request.admit(core, &node, bound)?;
    if let Ok(vault) = node.vault() {
        ticket.check(vault, node.settings_revision()).await?;
    }
    check_state(request.row, &node)?;

    let call = Call {
        core,
        node: node.clone(),
        function: request.row,
        caller: (),
        protocol: request.protocol,
        now_ms,
        payload: request.payload.duplicate(),
        ticket,
        audit: core.ledger.open(request.row.function, request.audit_entry(now_ms)),
    };
    let reply = run(call, &request).await?;
    if request.is_proof_of_time() {
        core.clock.raise_by_administrator(request.issued_at_ms);
    }
    request.answer(core, server, &reply)
}

fn envelope_of(request: &AdminRemoteCallRequest) -> Result<&DigitalEnvelopeEncrypted, Error> {
    request.req_enc.as_ref().ok_or_else(|| Cause::NoEnvelope.into())
}

/// A request that the principal has signed, for a function that there is.
struct Request {
    principal: Principal,
    row: Row,
    protocol: Protocol,
    issued_at_ms: i64,
    nonce: Vec<u8>,
    binding: Option<RequestBinding>,
    /// The function's own request.
    payload: SecretString,
    password: SecretString,
    /// The digest of the envelope.
    digest: [u8; 32],
}

impl Request {
    fn open(
        node: &Node,
        request: &AdminRemoteCallRequest,
        principal: Principal,
    ) -> Result<Self, Error> {
        let (purpose, _) = principal.purposes();
        let opened = open(node, purpose, envelope_of(request)?, Some(&principal.key))?;
        let signed: AdminRemoteCallReqWithAuth =
            json::from_slice(opened.plain.expose()).map_err(Cause::unreadable)?;
        let mut signed = Zeroizing::new(signed);
        let protocol = protocol_in(&signed, &principal, &opened)?;
        let row = functions::find(principal.caller(), &request.function_name)
            .ok_or_else(|| principal.unknown_function())?;
        if protocol == Protocol::Aecs21 && signed.function_name != request.function_name {
            return Err(Cause::OtherFunction.into());
        }
        let payload = SecretBytes::from(std::mem::take(&mut signed.req));
        Ok(Self {
            principal,
            row,
            protocol,
            issued_at_ms: signed.issued_at_ms,
            nonce: std::mem::take(&mut signed.nonce),
            binding: signed.binding.take(),
            payload: payload.try_into().map_err(|_| Cause::NotUtf8)?,
            password: std::mem::take(&mut signed.password).into(),
            digest: opened.digest,
        })
    }

    /// Whether its time counts: it has one, and is not for a clock that is wrong.
    fn is_dated(&self) -> bool {
        self.protocol == Protocol::Aecs21 && !self.row.is(Special::AnyAge)
    }

    /// Whether its time is proof, once it was carried out: an AECS administrator's, who gave the
    /// password as well. A stolen key alone dates nothing.
    fn is_proof_of_time(&self) -> bool {
        let with_password = !self.row.is(Special::NoPassword);
        self.is_dated() && matches!(self.principal.who, Who::AecsAdmin) && with_password
    }

    /// Checks that the request comes for the first time, and makes the ticket by which it is
    /// remembered.
    fn admit(&self, core: &CoreState, node: &Node, bound: Option<Bound>) -> Result<Ticket, Error> {
        let (caller, key) = (self.principal.caller(), self.principal.key.fingerprint());
        let Some(bound) = bound else {
            // A request of protocol 2.0: a read could come back as a write.
            let id = RequestId::new(self.digest);
            core.replay.remember(caller, &id, None, &*core.clock)?;
            return Ticket::lasting(&id);
        };
        let id = RequestId::of_nonce(caller, key, &self.nonce);
        // One that mends a clock has a wrong time; its age is judged by the time that this process runs.
        let issued = self.is_dated().then(|| Issued::by(key, self.issued_at_ms));
        core.replay.remember(caller, &id, issued, &*core.clock)?;
        let seen = Some(match self.principal.service_name() {
            None => keys::seen_by(key)?,
            Some(service) => keys::seen_by_owner_of(service)?,
        });
        Ok(match self.row.effect() {
            Effect::Read => Ticket::read(bound.remembered, seen),
            Effect::Write => {
                let request = self.payload.expose().as_bytes();
                let act = Act::new(caller, key, &bound.act, self.row.function, request)?;
                Ticket::act(act, !node.is_working(), bound.remembered, seen)
            }
        })
    }

    fn audit_entry(&self, now_ms: i64) -> AuditEntry {
        AuditEntry {
            time_ms: now_ms,
            function: self.row.name().into(),
            caller: self.principal.caller().as_str().into(),
            key_hash: Some(self.principal.key.fingerprint().to_string()),
            service: self.principal.service_name().map(ToString::to_string),
            request: Some(RequestId::new(self.digest).short()),
            ..AuditEntry::default()
        }
    }

    /// Seals the reply for the principal.
    fn answer(
        &self,
        core: &CoreState,
        server: SuiteIdentity<'_>,
        reply: &Reply,
    ) -> Result<AdminRemoteCallResponse, Error> {
        let protocol = self.protocol;
        // Not the node of the call: a provision has made another one of it.
        let state = core.node().state_in(protocol);
        let done_before = reply.is_of_before();
        let told = AnswerContext { state: state.as_ref(), done_before, session: None };
        let aad = match protocol {
            Protocol::Aecs20 => ENVELOPE_NAME.to_vec(),
            Protocol::Aecs21 => {
                binding::admin_response(&self.nonce, self.row.name(), told).to_vec()
            }
        };
        let (_, purpose) = self.principal.purposes();
        let seal = |plain: &str| {
            let receiver = &self.principal.key;
            envelope::seal(protocol, purpose, receiver, server.key, &aad, plain.as_bytes())
        };
        let res_enc = reply.text(protocol).map(seal).transpose();
        Ok(AdminRemoteCallResponse {
            auth_ra_report: Some(server.report.clone()),
            res_enc: res_enc.map_err(internal("sealing a response"))?,
            done_before: told.done_before,
            state,
            ..AdminRemoteCallResponse::default()
        })
    }
}

/// Which protocol a payload is of; refuses one whose fields do not fit that.
fn protocol_in(
    payload: &AdminRemoteCallReqWithAuth,
    principal: &Principal,
    opened: &Opened,
) -> Result<Protocol, Error> {
    let mut present = vec![
        !payload.function_name.is_empty(),
        payload.issued_at_ms != 0,
        !payload.nonce.is_empty(),
        payload.binding.is_some(),
    ];
    // An AECS administrator's request names no service.
    if principal.service_name().is_some() || !payload.service_name.is_empty() {
        present.push(!payload.service_name.is_empty());
    }
    let protocol = protocol_of(principal.key.suite(), &present)?;
    if principal.service_name().is_none() && opened.aad != principal.envelope_name() {
        return Err(Cause::EnvelopeName.into());
    }
    if protocol != opened.protocol {
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
    Ok(protocol)
}

async fn run(mut call: Call<'_, ()>, request: &Request) -> Result<Reply, Error> {
    let principal = &request.principal;
    if let Err(error) = prepare(&call, request).await {
        call.audit.conclude(Err(&error))?;
        return Err(error);
    }
    match (call.function.handler, &principal.who) {
        (Handler::AecsAdmin { run, .. }, Who::AecsAdmin) => {
            let key = principal.key.fingerprint();
            if call.function.effect() == Effect::Write
                && let Ok(vault) = call.core.node().vault()
            {
                // An administrator who is removed while a request waits changes nothing any more.
                // Where the first commit was lost, the identity alone knows the administrators.
                let present = administrators::load(vault).await?;
                if !present.is_empty() {
                    let is_own = |it: &Recorded| it.administrator.key.fingerprint() == key;
                    let Some(own) = present.into_iter().find(is_own) else {
                        let error = Cause::NotAuthentic.into();
                        call.audit.conclude(Err(&error))?;
                        return Err(error);
                    };
                    call.ticket.stand_on(own.record, own.epoch);
                }
            }
            let password = request.password.duplicate();
            conclude(call.by(AecsAdmin { key, password }), run).await
        }
        (Handler::Custodian { run }, Who::Custodian(custodian)) => {
            conclude(call.by(*custodian), run).await
        }
        (Handler::ServiceAdmin { run }, Who::ServiceAdmin(owner)) => {
            // What is written for a service that is unregistered meanwhile would wait there for the
            // next owner of that name.
            call.ticket.stand_on(keys::authentication(&owner.service)?, owner.epoch);
            conclude(call.by(owner.clone()), run).await
        }
        // The table was asked for this caller's functions only.
        _ => Err(principal.unknown_function().into()),
    }
}

/// What comes before the handler: the memory of a read, which commits nothing by itself, and the
/// password.
async fn prepare(call: &Call<'_, ()>, request: &Request) -> Result<(), Error> {
    if call.function.effect() == Effect::Read
        && let Ok(vault) = call.vault()
    {
        call.ticket.settle(vault).await?;
    }
    if call.function.is(Special::NoPassword) || call.function.is(Special::Beginning) {
        return Ok(());
    }
    let Principal { key, password: Some(verifier), .. } = &request.principal else {
        return Ok(());
    };
    let node = &call.node;
    // Where records were made once, the count is in them: it must not begin again with each start.
    if node.opened_vault().is_none() && !node.memory.is_unused() {
        let why = node.waits_for().unwrap_or_default().to_owned();
        return Err(Cause::NotCounted { why }.into());
    }
    let of = Counted { deployment: node.deployment_id(), vault: node.opened_vault() };
    call.core.check_password(of, key.fingerprint(), verifier, &request.password).await
}
