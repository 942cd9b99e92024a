//! Administrators' calls by hand.

use std::sync::Arc;

use aecs_core::{Core, Error};
use aecs_crypto::{KeyPair, Protocol, PublicKey, Purpose, Transcript, envelope};
use aecs_proto::{
    AdminRemoteCallReqWithAuth, AdminRemoteCallRequest, AdminRemoteCallResponse,
    DigitalEnvelopeEncrypted,
    json::{self, JsonMessage},
};

use super::{
    environment::TestClock,
    world::{binding, server_key, state_bytes},
};

/// Somebody with an administrator's key.
#[derive(Clone)]
pub(crate) struct Administrator {
    pub(crate) core: Core,
    pub(crate) clock: Arc<TestClock>,
    /// The service, or `None` for the AECS administrator.
    pub(crate) service: Option<String>,
    pub(crate) key: Arc<KeyPair>,
    pub(crate) protocol: Protocol,
    pub(crate) password: String,
    /// The key is that of a recovery share.
    pub(crate) custodian: bool,
}

impl Administrator {
    pub(crate) fn new(
        core: Core,
        clock: Arc<TestClock>,
        service: Option<&str>,
        key: Arc<KeyPair>,
    ) -> Self {
        let service = service.map(ToOwned::to_owned);
        let password = String::new();
        let (protocol, custodian) = (Protocol::Aecs21, false);
        Self { core, clock, service, key, protocol, password, custodian }
    }

    /// The holder of the recovery share with this key.
    pub(crate) fn custodian(mut self) -> Self {
        self.custodian = true;
        self
    }

    fn purposes(&self) -> (Purpose, Purpose) {
        match (&self.service, self.custodian) {
            (_, true) => (Purpose::CUSTODIAN_REQUEST, Purpose::CUSTODIAN_RESPONSE),
            (None, false) => (Purpose::ADMIN_REQUEST, Purpose::ADMIN_RESPONSE),
            (Some(_), false) => (Purpose::SERVICE_REQUEST, Purpose::SERVICE_RESPONSE),
        }
    }

    pub(crate) fn aecs20(mut self) -> Self {
        self.protocol = Protocol::Aecs20;
        self
    }

    pub(crate) fn password(mut self, password: &str) -> Self {
        self.password = password.into();
        self
    }

    /// The key that requests are sealed to.
    pub(crate) async fn server_key(&self) -> PublicKey {
        server_key(&self.core, self.key.suite()).await
    }

    /// What is sealed in a request.
    pub(crate) fn payload(&self, function: &str, request: String) -> AdminRemoteCallReqWithAuth {
        let mut payload = AdminRemoteCallReqWithAuth {
            req: request.into_bytes(),
            password: self.password.clone(),
            ..Default::default()
        };
        if self.protocol == Protocol::Aecs21 {
            payload.function_name = function.into();
            payload.issued_at_ms = self.clock.now_ms();
            payload.nonce = aecs_crypto::random::<16>().unwrap().to_vec();
            payload.service_name = self.service.clone().unwrap_or_default();
        }
        payload
    }

    /// Seals a payload. One of protocol 2.1 that is bound to nothing is bound to the core.
    pub(crate) async fn seal(
        &self,
        function: &str,
        payload: &AdminRemoteCallReqWithAuth,
    ) -> AdminRemoteCallRequest {
        let own = if self.custodian { "Custodian" } else { "Enclave" };
        let name = self.service.as_deref().unwrap_or(own);
        let mut payload = payload.clone();
        if self.protocol == Protocol::Aecs21 && payload.binding.is_none() {
            payload.binding = Some(binding(&self.core, self.key.suite()).await);
        }
        let sealed = self.envelope(name.as_bytes(), &json::to_string(&payload)).await;
        AdminRemoteCallRequest {
            function_name: function.into(),
            req_enc: Some(sealed),
            // Who has one of several keys names it.
            key_hash: match self.custodian {
                true => self.key.public().fingerprint().to_string(),
                false => String::new(),
            },
        }
    }

    /// Seals a text as it is.
    pub(crate) async fn envelope(&self, name: &[u8], text: &str) -> DigitalEnvelopeEncrypted {
        let (purpose, _) = self.purposes();
        let (server, text) = (self.server_key().await, text.as_bytes());
        envelope::seal(self.protocol, purpose, &server, &self.key, name, text).unwrap()
    }

    /// A request that can be sent once, or more often.
    pub(crate) async fn request<M: JsonMessage>(
        &self,
        function: &str,
        request: &M,
    ) -> AdminRemoteCallRequest {
        self.request_of(function, json::to_string(request)).await
    }

    pub(crate) async fn request_of(
        &self,
        function: &str,
        request: String,
    ) -> AdminRemoteCallRequest {
        self.seal(function, &self.payload(function, request)).await
    }

    pub(crate) async fn send(
        &self,
        request: AdminRemoteCallRequest,
    ) -> Result<AdminRemoteCallResponse, Error> {
        match self.service {
            None => self.core.aecs_admin_remote_call(request).await,
            Some(_) => self.core.service_admin_remote_call(request).await,
        }
    }

    /// Calls a function and opens its answer.
    pub(crate) async fn call<M: JsonMessage, R: JsonMessage + Default>(
        &self,
        function: &str,
        request: &M,
    ) -> Result<R, Error> {
        let payload = self.payload(function, json::to_string(request));
        // Before the call: a provision is answered by the identity that it replaces.
        let server = self.server_key().await;
        let response = self.send(self.seal(function, &payload).await).await?;
        let Some(sealed) = response.res_enc else {
            assert_eq!(self.protocol, Protocol::Aecs20, "2.1 always answers");
            return Ok(R::default());
        };
        let (_, purpose) = self.purposes();
        let opened = envelope::open(purpose, &self.key, &sealed).unwrap().verify(&server).unwrap();
        let aad = match self.protocol {
            Protocol::Aecs20 => b"Enclave".to_vec(),
            Protocol::Aecs21 => Transcript::new("AECS-2.1 response")
                .field(&payload.nonce)
                .field(function.as_bytes())
                .field(&state_bytes(response.state.as_ref()))
                .field(&[u8::from(response.done_before)])
                .sha256()
                .to_vec(),
        };
        assert_eq!(opened.aad, aad, "the answer belongs to the request");
        Ok(json::from_slice(opened.plain.expose()).unwrap())
    }
}
