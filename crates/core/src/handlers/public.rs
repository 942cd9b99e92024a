//! The public half of a shared secret, for anybody.

use aecs_crypto::{Protocol, Purpose, binding};
use aecs_proto::{Function, GetEnclaveSecretPublicRequest, GetEnclaveSecretPublicResponse};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::secrets::spec_view;
use crate::{
    dispatch,
    error::{Cause, Error, internal},
    following, keys,
    name::{SecretName, ServiceName},
    secret::stored::{LOOKS, Secret},
    state::CoreState,
    vault::{Name, Vault},
    views::is_shown,
};

/// Longer nonces of callers are refused, in bytes.
const MAX_NONCE_BYTES: usize = 256;

/// Answers with the specification and the public half, signed over the caller's nonce.
pub(crate) async fn get(
    core: &CoreState,
    request: GetEnclaveSecretPublicRequest,
) -> Result<GetEnclaveSecretPublicResponse, Error> {
    let node = following::present(core).await?;
    let (protocol, suite) = core.answer_in(&node, &request.accepted_suites)?;
    dispatch::anyone(&node, Function::GetEnclaveSecretPublic, protocol)?;
    let service = ServiceName::required(&request.service_name, Cause::PublicServiceEmpty)?;
    let secret = SecretName::required(&request.secret_name, Cause::PublicNameEmpty)?;
    if request.nonce.len() > MAX_NONCE_BYTES {
        let (limit, got) = (MAX_NONCE_BYTES, request.nonce.len());
        return Err(Cause::NonceTooLong { limit, got }.into());
    }

    let name = keys::secret(&service, &secret)?;
    let secret_public = view(node.vault()?, name, protocol, core.clock.now_ms()).await?;

    let server = node.identity.suite_identity(suite)?;
    core.signatures.allow(suite)?;
    let signed = match protocol {
        Protocol::Aecs20 => [secret_public.as_bytes(), request.nonce.as_bytes()].concat(),
        Protocol::Aecs21 => binding::public_secret(
            service.as_str(),
            secret.as_str(),
            &request.nonce,
            &secret_public,
        )
        .as_bytes()
        .to_vec(),
    };
    let signature = server
        .key
        .sign(Purpose::PUBLIC_SECRET, &signed)
        .map_err(internal("signing a public view"))?;
    Ok(GetEnclaveSecretPublicResponse {
        auth_ra_report: Some(server.report.clone()),
        secret_public,
        signature_b64: BASE64.encode(signature),
        nonce: request.nonce,
    })
}

/// The specification and the public half. The value is read after the secret's own record has said
/// that it is shared.
async fn view(vault: &Vault, name: Name, protocol: Protocol, now_ms: i64) -> Result<String, Error> {
    for _ in 0..LOOKS {
        let secret = Secret::load(vault, name.clone()).await?;
        let secret = secret.filter(|secret| is_shown(&secret.spec, protocol));
        let secret = secret.ok_or(Cause::NotPublic)?;
        if let Some(view) = secret.shared()?.view(vault, now_ms, spec_view(protocol)).await? {
            return Ok(view);
        }
    }
    Err(Cause::ReplacedEachTime.into())
}
