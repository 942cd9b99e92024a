//! Services: register, unregister, list.

use aecs_crypto::{PasswordVerifier, PublicKey};
use aecs_proto::{
    ListEnclaveServiceRequest, ListEnclaveServiceResponse, RegisterEnclaveServiceRequest,
    RegisterEnclaveServiceResponse, StorageListAllResponse, UnregisterEnclaveServiceRequest,
    UnregisterEnclaveServiceResponse,
};

use crate::{
    call::{AecsAdmin, Call, Reply, no_such_name},
    error::{Error, ErrorCode, Kind},
    keys,
    name::{ServiceName, check_prefix},
    records::ServiceRecord,
    vault::{Change, Vault},
};

/// Gives a service an administrator. An existing service keeps its own.
pub(crate) async fn register(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: RegisterEnclaveServiceRequest = call.parse()?;
    let service = service_name(&request.service_name)?.not_reserved()?;
    call.about(Some(&service), None);
    let key = PublicKey::from_pem(&request.service_pubkey).map_err(|error| {
        Error::invalid(
            ErrorCode::AdminKey,
            format!("the service's public key cannot be used: {error}"),
        )
    })?;
    call.node.identity.face(key.suite())?;
    let password = match request.service_password_hash.as_str() {
        "" => None,
        hash => Some(password(call, hash.to_owned()).await?),
    };

    let _alone = call.inner.registry.write().await;
    let quota = call.inner.config.quotas.services;
    if services(call.vault()?, "")?.len() >= quota {
        return Err(Error::new(
            ErrorCode::TooManyServices,
            Kind::ResourceExhausted,
            format!("{quota} services are registered, which is this server's quota"),
        ));
    }
    let record = ServiceRecord::encode(&key, password.as_ref());
    call.commit(Change::new().create(keys::authentication(&service)?, record)).await?;
    Ok(Reply::json(&RegisterEnclaveServiceResponse::default()))
}

/// Removes a service and all of its secrets, as one change.
pub(crate) async fn unregister(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: UnregisterEnclaveServiceRequest = call.parse()?;
    let service = service_name(&request.service_name)?.not_reserved()?;
    call.about(Some(&service), None);

    // Nothing is written for the service between the look at what it has and its removal.
    let _alone = call.inner.registry.write().await;
    let vault = call.vault()?;
    let authentication = keys::authentication(&service)?;
    if !vault.contains(&authentication) {
        return Err(no_such_name(&keys::describe(&authentication)));
    }
    let change = vault
        .names(&keys::everything_of(&service))
        .into_iter()
        .fold(Change::new(), |change, name| change.remove(name, None));
    call.commit(change).await?;
    call.inner.denials.forget(&service);
    Ok(Reply::json(&UnregisterEnclaveServiceResponse::default()))
}

/// Names the services that begin with a prefix.
pub(crate) async fn list(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: ListEnclaveServiceRequest = call.parse()?;
    check_prefix(&request.service_name)?;
    let names = services(call.vault()?, &request.service_name)?;
    Ok(Reply::json(&ListEnclaveServiceResponse {
        services: Some(StorageListAllResponse { names }),
    }))
}

/// The services that begin with `prefix`, without a look at what each of them has.
fn services(vault: &Vault, prefix: &str) -> Result<Vec<String>, Error> {
    let prefix = format!("{}{prefix}", keys::SERVICES);
    let mut services = Vec::new();
    let mut after = None;
    while let Some(name) = vault.names_page(&prefix, after.as_ref(), 1).pop() {
        services.extend(keys::service_of(&name).map(ToOwned::to_owned));
        after = Some(keys::behind_service_of(&name).unwrap_or(Ok(name))?);
    }
    Ok(services)
}

fn service_name(name: &str) -> Result<ServiceName, Error> {
    if name.is_empty() {
        return Err(Error::invalid(ErrorCode::AdminServiceEmpty, "the service name is empty"));
    }
    ServiceName::parse(name)
}

/// Takes an argon2id hash as it is. Of the password hash of AECS 2.0, one unsalted SHA-256, a slow,
/// salted hash is kept.
async fn password(call: &Call<'_, AecsAdmin>, hash: String) -> Result<PasswordVerifier, Error> {
    call.inner
        .lanes
        .passwords
        .run("hashing a password", move || {
            if hash.starts_with('$') {
                return PasswordVerifier::from_phc(&hash);
            }
            tracing::warn!(
                "a service is registered with the SHA-256 of its password, which is guessed fast: \
                 use the argon2id hash that aecsadmin hash-password prints"
            );
            PasswordVerifier::from_sha256_hex(&hash)
        })
        .await?
        .map_err(|error| {
            Error::invalid(
                ErrorCode::Password,
                format!("the service's password hash cannot be used: {error}"),
            )
        })
}
