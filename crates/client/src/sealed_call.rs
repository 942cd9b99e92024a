//! Calls of administrators: an envelope to the server's attested key, signed by mine.
//!
//! Invariant: an answer is believed if it is sealed to my key, signed by the server's attested key,
//! and bound to this request's nonce and function; any part that is missing is an error.

use aecs_crypto::binding::{self, AnswerContext};
use aecs_crypto::{KeyPair, Protocol, Purpose, SecretString, envelope};
use aecs_proto::{
    AdminRemoteCallReqWithAuth, AdminRemoteCallRequest, AdminRemoteCallResponse, Caller,
    FunctionRequest, RequestBinding, Zeroizing, json,
};

use crate::error::{Error, Result};
use crate::nonce::{Nonce, now_ms};
use crate::session::{Session, repeat};
use crate::trust::{Distrust, TrustedServer};

/// The envelope name of an AECS administrator's requests.
const AECS_ADMIN_NAME: &str = "Enclave";
/// That of a custodian's.
const CUSTODIAN_NAME: &str = "Custodian";

/// What an answer is called in errors.
const ANSWER: &str = "the answer";

/// Who calls.
pub(crate) enum Role {
    /// The platform operator.
    AecsAdmin,
    /// The holder of a recovery share.
    Custodian,
    /// The administrator of this service.
    ServiceAdmin(String),
}

impl Role {
    fn purposes(&self) -> (Purpose, Purpose) {
        match self {
            Role::AecsAdmin => (Purpose::ADMIN_REQUEST, Purpose::ADMIN_RESPONSE),
            Role::Custodian => (Purpose::CUSTODIAN_REQUEST, Purpose::CUSTODIAN_RESPONSE),
            Role::ServiceAdmin(_) => (Purpose::SERVICE_REQUEST, Purpose::SERVICE_RESPONSE),
        }
    }

    fn envelope_name(&self) -> &str {
        match self {
            Role::AecsAdmin => AECS_ADMIN_NAME,
            Role::Custodian => CUSTODIAN_NAME,
            Role::ServiceAdmin(service) => service,
        }
    }

    fn service(&self) -> &str {
        match self {
            Role::AecsAdmin | Role::Custodian => "",
            Role::ServiceAdmin(service) => service,
        }
    }

    fn caller(&self) -> Caller {
        match self {
            Role::AecsAdmin => Caller::AecsAdmin,
            Role::Custodian => Caller::Custodian,
            Role::ServiceAdmin(_) => Caller::ServiceAdmin,
        }
    }
}

/// An administrator with a session.
pub(crate) struct Administrator {
    pub(crate) session: Session,
    pub(crate) role: Role,
    pub(crate) key: KeyPair,
    pub(crate) password: Option<SecretString>,
}

impl Administrator {
    /// Calls the function of a request.
    pub(crate) async fn call<R: FunctionRequest>(&self, request: &R) -> Result<R::Response> {
        self.call_act(Nonce::random()?, request).await
    }

    /// Calls it as the act of that id, which the server carries out once.
    pub(crate) async fn call_act<R: FunctionRequest>(
        &self,
        act: Nonce,
        request: &R,
    ) -> Result<R::Response> {
        self.call_checked(act, request, |_| Ok(())).await
    }

    /// Calls it of servers that pass a check: it is made again for each process that the request
    /// is signed for.
    pub(crate) async fn call_if<R: FunctionRequest>(
        &self,
        request: &R,
        check: impl Fn(&TrustedServer) -> Result<()>,
    ) -> Result<R::Response> {
        self.call_checked(Nonce::random()?, request, check).await
    }

    async fn call_checked<R: FunctionRequest>(
        &self,
        act: Nonce,
        request: &R,
        check: impl Fn(&TrustedServer) -> Result<()>,
    ) -> Result<R::Response> {
        let mut server = self.session.server().await?;
        let mut refusals = 0;
        loop {
            check(&server)?;
            let refusal = match self.call_trusted(&server, act, request).await {
                Err(Error::Refused(refusal)) => refusal,
                done => return done,
            };
            refusals += 1;
            match self.session.again(&server, &refusal, refusals).await? {
                Some(again) => server = again,
                None => return Err(Error::Refused(refusal)),
            }
        }
    }

    async fn call_trusted<R: FunctionRequest>(
        &self,
        server: &TrustedServer,
        act: Nonce,
        request: &R,
    ) -> Result<R::Response> {
        repeat(self.session.patience(), || async move {
            let nonce = Nonce::random()?;
            let before = self.session.known(server).await?;
            let binding = server.binding(act, before.as_ref());
            let request = self.seal(server, nonce, binding, request)?;
            let answer = self.session.connection().admin(self.role.caller(), request).await;
            if let Err(Error::Refused(refusal)) = &answer {
                self.session.learn(server, refusal, nonce).await;
            }
            let mut answer = answer?;
            let state = answer.state.take();
            let done_before = answer.done_before;
            let told = AnswerContext { state: state.as_ref(), done_before, session: None };
            let response = self.open::<R>(server, nonce, told, answer)?;
            if told.done_before {
                tracing::info!(function = R::FUNCTION.name(), "the server had done this before");
            }
            self.session.accept_answer(server, before.as_ref(), state.as_ref()).await?;
            Ok(response)
        })
        .await
    }

    fn seal<R: FunctionRequest>(
        &self,
        server: &TrustedServer,
        nonce: Nonce,
        binding: RequestBinding,
        request: &R,
    ) -> Result<AdminRemoteCallRequest> {
        let payload = Zeroizing::new(AdminRemoteCallReqWithAuth {
            req: json::to_string(request).into_bytes(),
            password: self.password.as_ref().map(|p| p.expose().to_owned()).unwrap_or_default(),
            function_name: R::FUNCTION.name().to_owned(),
            issued_at_ms: now_ms()?,
            nonce: nonce.to_vec(),
            service_name: self.role.service().to_owned(),
            binding: Some(binding),
        });
        let plain = SecretString::from(json::to_string(&*payload));
        let (purpose, _) = self.role.purposes();
        let sealed = envelope::seal(
            Protocol::Aecs21,
            purpose,
            server.public_key(),
            &self.key,
            self.role.envelope_name().as_bytes(),
            plain.expose().as_bytes(),
        )?;
        Ok(AdminRemoteCallRequest {
            function_name: R::FUNCTION.name().to_owned(),
            req_enc: Some(sealed),
            key_hash: self.key.public().fingerprint().to_string(),
        })
    }

    fn open<R: FunctionRequest>(
        &self,
        server: &TrustedServer,
        nonce: Nonce,
        told: AnswerContext<'_>,
        answer: AdminRemoteCallResponse,
    ) -> Result<R::Response> {
        let sealed = answer.res_enc.ok_or(Distrust::Missing("the sealed answer"))?;
        let (_, purpose) = self.role.purposes();
        let opened = envelope::open(purpose, &self.key, &sealed)
            .map_err(|source| Distrust::Sealing { what: ANSWER, source })?
            .verify(server.public_key())
            .map_err(|source| Distrust::Signature { what: ANSWER, source })?;
        let binding = binding::admin_response(nonce.as_bytes(), R::FUNCTION.name(), told);
        // Only envelopes of 2.1 are bound to this purpose and receiver, and their names to them.
        if opened.protocol != Protocol::Aecs21 || opened.aad != binding {
            return Err(Distrust::OtherRequest(ANSWER).into());
        }
        let plain = SecretString::try_from(opened.plain)
            .map_err(|error| Distrust::malformed(ANSWER, error.to_string()))?;
        self.session.read(ANSWER, plain.expose())
    }
}
