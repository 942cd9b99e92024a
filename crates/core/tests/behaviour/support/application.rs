//! Trusted applications' calls by hand.

use std::sync::Arc;

use aecs_core::{Core, Error};
use aecs_crypto::envelope::{self, SignedWhole};
use aecs_crypto::session::{Asked, ClientEnd, Parties, Share};
use aecs_crypto::{KeyPair, Protocol, PublicKey, Purpose, Transcript};
use aecs_proto::{
    DigitalEnvelopeEncrypted, EnclaveSecret, KeyOperation, KeyOperations, KeyResult, KeyResults,
    RequestBinding, TaBinding, TaCreateSecretRequest, TaCreateSecretResponse,
    TaDestroySecretRequest, TaDestroySecretResponse, TaGetSecretRequest, TaGetSecretResponse,
    TaGetSecretsRequest, TaGetSecretsResponse, TaListSecretRequest, TaListSecretResponse,
    TaRemoteCallRequest, TaSecretEntry, TaSecretList, TaSecretResult, TaSecrets, TaSession,
    TaSessionAnswer, TaSessionCallRequest, TaSessionCallResponse, TaUseSecretRequest,
    TaUseSecretResponse, TaWantedSecret, UnifiedAttestationAuthReport, Zeroizing,
    json::{self, JsonMessage},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::{
    environment::TestClock,
    world::{binding, server_key, state_bytes},
};

/// What an application signs of a binding.
fn digest(binding: &RequestBinding) -> Vec<u8> {
    Transcript::new("AECS-2.1 request binding")
        .field(&binding.server_key_hash)
        .field(&binding.deployment_id)
        .field(&binding.boot_nonce)
        .field(&binding.act_id)
        .field(&state_bytes(binding.remembered.as_ref()))
        .sha256()
        .to_vec()
}

/// What a server signs of a session that begins.
fn digest_of_session(session: &TaSession) -> [u8; 32] {
    Transcript::new("AECS-2.1 TA session")
        .field(&session.id)
        .field(&session.share)
        .field(&session.evidence_until_ms.to_be_bytes())
        .field(&session.lifetime_ms.to_be_bytes())
        .sha256()
}

/// An application in an enclave.
#[derive(Clone)]
pub(crate) struct Ta {
    pub(crate) core: Core,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) key: Arc<KeyPair>,
    pub(crate) report: UnifiedAttestationAuthReport,
    pub(crate) protocol: Protocol,
}

impl Ta {
    pub(crate) fn new(
        core: Core,
        clock: Arc<TestClock>,
        key: KeyPair,
        report: UnifiedAttestationAuthReport,
    ) -> Self {
        Self { core, clock, key: Arc::new(key), report, protocol: Protocol::Aecs21 }
    }

    pub(crate) fn aecs20(mut self) -> Self {
        self.protocol = Protocol::Aecs20;
        self
    }

    pub(crate) async fn request<M: JsonMessage>(
        &self,
        function: &str,
        request: &M,
    ) -> TaRemoteCallRequest {
        self.request_of(function, json::to_string(request)).await
    }

    pub(crate) async fn request_of(&self, function: &str, request: String) -> TaRemoteCallRequest {
        let mut message = TaRemoteCallRequest {
            auth_report: Some(self.report.clone()),
            function_name: function.into(),
            req_json: request,
            ..Default::default()
        };
        if self.protocol == Protocol::Aecs21 {
            message.issued_at_ms = self.clock.now_ms();
            message.nonce = aecs_crypto::random::<16>().unwrap().to_vec();
            message.binding = Some(binding(&self.core, self.key.suite()).await);
        }
        self.sign(&mut message).await;
        message
    }

    /// Signs the request as it is.
    pub(crate) async fn sign(&self, message: &mut TaRemoteCallRequest) {
        let signed = match self.protocol {
            Protocol::Aecs20 => message.req_json.clone().into_bytes(),
            Protocol::Aecs21 => {
                let request = Transcript::new("AECS-2.1 TA request")
                    .field(message.function_name.as_bytes())
                    .field(&message.issued_at_ms.to_be_bytes())
                    .field(&message.nonce)
                    .field(server_key(&self.core, self.key.suite()).await.fingerprint().as_bytes())
                    .field(&message.binding.as_ref().map(digest).unwrap_or_default())
                    .field(message.req_json.as_bytes());
                let share = message.session_share.as_slice();
                let request = if share.is_empty() { request } else { request.field(share) };
                request.as_bytes().to_vec()
            }
        };
        message.signature_b64 = BASE64.encode(self.key.sign(Purpose::TA_REQUEST, &signed).unwrap());
    }

    /// Calls a function, checks the answer's signature, and tells the nonce it was asked with.
    async fn exchange<M: JsonMessage, R: JsonMessage>(
        &self,
        function: &str,
        request: &M,
    ) -> Result<(R, Vec<u8>), Error> {
        let request = self.request(function, request).await;
        let (response, nonce, _) = self.send(request).await?;
        Ok((response, nonce))
    }

    /// Sends a request as it is, and checks the answer's signature. The last part is the session that
    /// begins.
    pub(crate) async fn send<R: JsonMessage>(
        &self,
        request: TaRemoteCallRequest,
    ) -> Result<(R, Vec<u8>, Option<TaSession>), Error> {
        let (nonce, function) = (request.nonce.clone(), request.function_name.clone());
        let response = self.core.ta_remote_call(request).await?;
        let server = PublicKey::from_pem(&response.auth_report.unwrap().pem_public_key).unwrap();
        let signed = match self.protocol {
            Protocol::Aecs20 => response.res_json.clone().into_bytes(),
            Protocol::Aecs21 => {
                let answer = Transcript::new("AECS-2.1 TA response")
                    .field(function.as_bytes())
                    .field(&nonce)
                    .field(&state_bytes(response.state.as_ref()))
                    .field(&[u8::from(response.done_before)])
                    .field(response.res_json.as_bytes());
                let answer = match &response.session {
                    Some(session) => answer.field(&digest_of_session(session)),
                    None => answer,
                };
                answer.as_bytes().to_vec()
            }
        };
        let signature = BASE64.decode(response.signature_b64).unwrap();
        server.verify(Purpose::TA_RESPONSE, &signed, &signature).unwrap();
        Ok((json::from_str(&response.res_json).unwrap(), nonce, response.session))
    }

    /// The request of a get.
    pub(crate) fn get_request(service: &str, name: &str) -> TaGetSecretRequest {
        TaGetSecretRequest {
            service_name: service.into(),
            secret_name: name.into(),
            nonce: "n-1".into(),
            ..Default::default()
        }
    }

    /// Gets a secret, and begins a session with that.
    pub(crate) async fn begin(&self, service: &str, name: &str) -> Result<InSession, Error> {
        let share = Share::generate().unwrap();
        let mut request = self.request("TaGetSecret", &Self::get_request(service, name)).await;
        request.session_share = share.public().to_vec();
        self.sign(&mut request).await;
        let binding = request.binding.clone().unwrap();
        let (_, nonce, offered): (TaGetSecretResponse, _, _) = self.send(request).await?;
        let offered = offered.expect("a session");
        let parties = Parties {
            application: self.key.public().fingerprint(),
            server: server_key(&self.core, self.key.suite()).await.fingerprint(),
            deployment: binding.deployment_id.as_slice().try_into().unwrap(),
            boot_nonce: binding.boot_nonce.as_slice().try_into().unwrap(),
            nonce: &nonce,
        };
        let end = Arc::new(share.begin(parties, &offered).unwrap());
        Ok(InSession { core: self.core.clone(), end, offered })
    }

    pub(crate) async fn call<M: JsonMessage, R: JsonMessage>(
        &self,
        function: &str,
        request: &M,
    ) -> Result<R, Error> {
        Ok(self.exchange(function, request).await?.0)
    }

    /// Gets a secret and opens it.
    pub(crate) async fn get(&self, service: &str, name: &str) -> Result<EnclaveSecret, Error> {
        self.get_version(service, name, 0).await
    }

    /// The same of the version of that number; 0 for the current one.
    pub(crate) async fn get_version(
        &self,
        service: &str,
        name: &str,
        version: u64,
    ) -> Result<EnclaveSecret, Error> {
        let request = TaGetSecretRequest {
            service_name: service.into(),
            secret_name: name.into(),
            nonce: "n-1".into(),
            version,
            ..Default::default()
        };
        let (response, nonce): (TaGetSecretResponse, _) =
            self.exchange("TaGetSecret", &request).await?;
        assert_eq!(response.nonce, "n-1");
        Ok(self.opened(Purpose::TA_SECRET, response.secret_enc, &nonce).await)
    }

    /// A part of a secret.
    pub(crate) async fn get_part(
        &self,
        request: &TaGetSecretRequest,
    ) -> Result<EnclaveSecret, Error> {
        let (response, nonce): (TaGetSecretResponse, _) =
            self.exchange("TaGetSecret", request).await?;
        Ok(self.opened(Purpose::TA_SECRET, response.secret_enc, &nonce).await)
    }

    /// The same if the version does not have this tag.
    pub(crate) async fn get_unless(
        &self,
        service: &str,
        name: &str,
        known_tag: &[u8],
    ) -> Result<Option<EnclaveSecret>, Error> {
        let request = TaGetSecretRequest {
            service_name: service.into(),
            secret_name: name.into(),
            nonce: "n-1".into(),
            known_tag: known_tag.to_vec(),
            ..Default::default()
        };
        let (response, nonce): (TaGetSecretResponse, _) =
            self.exchange("TaGetSecret", &request).await?;
        assert_eq!(response.secret_enc.is_none(), response.unchanged);
        match response.unchanged {
            true => Ok(None),
            false => Ok(Some(self.opened(Purpose::TA_SECRET, response.secret_enc, &nonce).await)),
        }
    }

    /// Gets several secrets.
    pub(crate) async fn get_several(
        &self,
        wanted: Vec<TaWantedSecret>,
    ) -> Result<Vec<TaSecretResult>, Error> {
        let request = TaGetSecretsRequest { wanted, nonce: "n-6".into() };
        let (response, nonce): (TaGetSecretsResponse, _) =
            self.exchange("TaGetSecrets", &request).await?;
        assert_eq!(response.nonce, "n-6");
        let found: TaSecrets = self.opened(Purpose::TA_SECRETS, response.secrets_enc, &nonce).await;
        Ok(found.results.clone())
    }

    /// Lists the secrets that it can get.
    pub(crate) async fn list(
        &self,
        service: &str,
        prefix: &str,
    ) -> Result<Vec<TaSecretEntry>, Error> {
        let request = TaListSecretRequest {
            service_name: service.into(),
            secret_name: prefix.into(),
            nonce: "n-4".into(),
        };
        let (response, nonce): (TaListSecretResponse, _) =
            self.exchange("TaListSecret", &request).await?;
        assert_eq!(response.nonce, "n-4");
        let list: TaSecretList = self.opened(Purpose::TA_LIST, response.list_enc, &nonce).await;
        Ok(list.secrets)
    }

    /// Has the server use a key of a service: the results, one for each operation.
    pub(crate) async fn use_key(
        &self,
        service: &str,
        name: &str,
        operations: Vec<KeyOperation>,
    ) -> Result<Vec<KeyResult>, Error> {
        let operations = json::to_string(&KeyOperations { operations });
        let request = self.use_request(service, name, &operations, b"n-5").await;
        let (response, nonce): (TaUseSecretResponse, _) =
            self.exchange("TaUseSecret", &request).await?;
        assert_eq!(response.nonce, "n-5");
        let results: KeyResults =
            self.opened(Purpose::TA_RESULTS, response.results_enc, &nonce).await;
        Ok(results.results.clone())
    }

    /// The request of [`Ta::use_key`], with operations that are sealed under this name.
    pub(crate) async fn use_request(
        &self,
        service: &str,
        name: &str,
        operations: &str,
        aad: &[u8],
    ) -> TaUseSecretRequest {
        let server = server_key(&self.core, self.key.suite()).await;
        let purpose = Purpose::TA_OPERATIONS;
        let sealed = envelope::seal(
            Protocol::Aecs21,
            purpose,
            &server,
            &self.key,
            aad,
            operations.as_bytes(),
        );
        TaUseSecretRequest {
            service_name: service.into(),
            secret_name: name.into(),
            operations_enc: Some(sealed.unwrap()),
            nonce: "n-5".into(),
        }
    }

    /// What was sealed for it in the answer to the request with `nonce`.
    async fn opened<M: JsonMessage>(
        &self,
        purpose: Purpose,
        sealed: Option<DigitalEnvelopeEncrypted>,
        nonce: &[u8],
    ) -> M {
        let server = server_key(&self.core, self.key.suite()).await;
        let anything = self.key.sign(Purpose::TA_REQUEST, b"").unwrap();
        let whole =
            SignedWhole::verify(self.key.public(), Purpose::TA_REQUEST, b"", &anything).unwrap();
        let opened = envelope::open(purpose, &self.key, &sealed.unwrap()).unwrap();
        let opened = match self.protocol {
            Protocol::Aecs20 => opened.verify(&server),
            // Only `send` calls this, after it has verified the answer.
            Protocol::Aecs21 => opened.within(&whole),
        };
        let opened = opened.unwrap();
        match self.protocol {
            Protocol::Aecs20 => assert_eq!(opened.aad, b"Enclave"),
            Protocol::Aecs21 => assert_eq!(opened.aad, nonce, "it belongs to the request"),
        }
        json::from_slice(opened.plain.expose()).unwrap()
    }

    /// Gets a secret of its own.
    pub(crate) async fn own(&self, name: &str) -> Result<EnclaveSecret, Error> {
        self.get("TrustedApplications", name).await
    }

    /// Creates a secret of its own.
    pub(crate) async fn create(
        &self,
        secret: EnclaveSecret,
        binding: TaBinding,
    ) -> Result<(), Error> {
        let request = TaCreateSecretRequest {
            secret: Some(secret),
            nonce: "n-2".into(),
            binding: binding.into(),
        };
        let response: TaCreateSecretResponse = self.call("TaCreateSecret", &request).await?;
        assert_eq!(response.nonce, "n-2");
        Ok(())
    }

    /// Destroys a secret of its own.
    pub(crate) async fn destroy(&self, name: &str) -> Result<(), Error> {
        let request = TaDestroySecretRequest { secret_name: name.into(), nonce: "n-3".into() };
        let response: TaDestroySecretResponse = self.call("TaDestroySecret", &request).await?;
        assert_eq!(response.nonce, "n-3");
        Ok(())
    }
}

/// An application that has a session.
#[derive(Clone)]
pub(crate) struct InSession {
    pub(crate) core: Core,
    pub(crate) end: Arc<ClientEnd>,
    pub(crate) offered: TaSession,
}

impl InSession {
    pub(crate) fn request<M: JsonMessage>(
        &self,
        function: &str,
        request: &M,
    ) -> (TaSessionCallRequest, Asked) {
        self.end.ask(function, json::to_string(request), None).unwrap()
    }

    /// The request of a get.
    pub(crate) fn asks_for(&self, service: &str, name: &str) -> (TaSessionCallRequest, Asked) {
        self.request("TaGetSecret", &Ta::get_request(service, name))
    }

    /// Sends a request as it is.
    pub(crate) async fn send(
        &self,
        request: &TaSessionCallRequest,
    ) -> Result<TaSessionCallResponse, Error> {
        self.core.ta_session_call(request.clone()).await
    }

    /// Calls a function, and opens the answer.
    pub(crate) async fn call<M: JsonMessage>(
        &self,
        function: &str,
        request: &M,
    ) -> Result<Zeroizing<TaSessionAnswer>, Error> {
        let (request, asked) = self.request(function, request);
        let response = self.send(&request).await?;
        Ok(self.end.open(&asked, &response).unwrap())
    }

    /// Gets a secret.
    pub(crate) async fn get(&self, service: &str, name: &str) -> Result<EnclaveSecret, Error> {
        let answer = self.call("TaGetSecret", &Ta::get_request(service, name)).await?;
        let response: TaGetSecretResponse = json::from_str(&answer.res_json).unwrap();
        assert_eq!(response.nonce, "n-1");
        assert!(response.secret_enc.is_none() && !response.unchanged);
        Ok(json::from_str(&answer.secret).unwrap())
    }
}
