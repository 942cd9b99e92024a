//! The public parts of secrets: for everybody, signed by the server's attested key.

use std::sync::Arc;

use aecs_attest::Verifier;
use aecs_crypto::{Purpose, Suite, binding};
use aecs_proto::{
    EnclaveSecret, EnclaveSecretSpec, GetEnclaveSecretPublicRequest, UnifiedAttestationPolicy,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::nonce::Nonce;
use crate::secret::{expect_policy, take_spec};
use crate::session::{Memory, Session, repeat};
use crate::trust::{Distrust, ServerPolicy, TrustedServer};

/// What the answer is called in errors.
const ANSWER: &str = "the public part";

/// The public part of a secret: a public key, a certificate, or what its owner shares.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicSecret {
    /// Name, service and type.
    pub spec: EnclaveSecretSpec,
    /// The public part, in the form that the type has on the wire.
    pub data: String,
    /// The nonce that the answer was given to.
    pub nonce: String,
}

impl PublicSecret {
    /// Refuses a secret whose stored policy admits anybody whom `expected` does not, as
    /// [`Secret::expect_policy`](crate::Secret::expect_policy).
    ///
    /// # Errors
    ///
    /// [`Distrust::SecretPolicy`].
    pub fn expect_policy(self, expected: &UnifiedAttestationPolicy) -> Result<PublicSecret> {
        expect_policy(&self.spec, expected)?;
        Ok(self)
    }
}

/// Reads public parts; needs no key and no attestation of this side.
pub struct PublicClient(Session);

impl PublicClient {
    /// Connects to a server and checks it.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or is not trusted.
    pub async fn connect(
        endpoint: Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
    ) -> Result<PublicClient> {
        let session = Session::new(&endpoint, verifier, policy, Suite::Modern, Memory::Nothing)?;
        session.server().await?;
        Ok(PublicClient(session))
    }

    /// The server, checked at most an hour ago.
    ///
    /// # Errors
    ///
    /// When it has to be checked again, and that fails.
    pub async fn server(&self) -> Result<Arc<TrustedServer>> {
        self.0.server().await
    }

    /// The public part of `secret` of `service`.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn get(&self, service: &str, secret: &str) -> Result<PublicSecret> {
        get(&self.0, service, secret, None).await
    }

    /// As [`PublicClient::get`], in answer to a nonce of the caller's choice: a text that must
    /// never have been used before.
    ///
    /// # Errors
    ///
    /// [`Error::Misuse`] for an empty nonce, and as every call.
    pub async fn get_for_nonce(
        &self,
        service: &str,
        secret: &str,
        nonce: &str,
    ) -> Result<PublicSecret> {
        get(&self.0, service, secret, Some(nonce)).await
    }
}

/// Asks for a public part. An answer that the server signed before it changed its identity is
/// asked for again.
pub(crate) async fn get(
    session: &Session,
    service: &str,
    secret: &str,
    nonce: Option<&str>,
) -> Result<PublicSecret> {
    if service.is_empty() || secret.is_empty() {
        return Err(Error::Misuse("the service or the secret has no name"));
    }
    if nonce.is_some_and(str::is_empty) {
        return Err(Error::Misuse("the nonce is empty"));
    }
    let server = session.server().await?;
    match ask(session, &server, service, secret, nonce).await {
        Err(Error::Untrusted(distrust @ Distrust::Signature { .. })) => {
            match session.successor(&server).await? {
                Some(server) => ask(session, &server, service, secret, nonce).await,
                None => Err(distrust.into()),
            }
        }
        other => other,
    }
}

async fn ask(
    session: &Session,
    server: &TrustedServer,
    service: &str,
    secret: &str,
    nonce: Option<&str>,
) -> Result<PublicSecret> {
    repeat(session.patience(), || async move {
        let nonce = match nonce {
            Some(nonce) => nonce.to_owned(),
            None => Nonce::random()?.to_hex(),
        };
        let answer = session
            .connection()
            .public_secret(GetEnclaveSecretPublicRequest {
                service_name: service.to_owned(),
                secret_name: secret.to_owned(),
                nonce: nonce.clone(),
                accepted_suites: vec![session.suite().to_string()],
                ..GetEnclaveSecretPublicRequest::default()
            })
            .await?;
        let signature = STANDARD.decode(&answer.signature_b64).map_err(|error| {
            Distrust::malformed("the signature of the public part", error.to_string())
        })?;
        let signed = binding::public_secret(service, secret, &nonce, &answer.secret_public);
        server.check_signature(ANSWER, Purpose::PUBLIC_SECRET, &signed, &signature)?;
        if answer.nonce != nonce {
            return Err(Distrust::OtherRequest(ANSWER).into());
        }
        let mut message: EnclaveSecret = session.read(ANSWER, &answer.secret_public)?;
        let spec = take_spec(&mut message);
        if spec.secret_name != secret || spec.service_name != service {
            return Err(Distrust::OtherRequest(ANSWER).into());
        }
        Ok(PublicSecret { spec, data: message.data, nonce })
    })
    .await
}
