//! Services: register, unregister, list, and another key for one.

use aecs_crypto::{PasswordVerifier, Protocol, PublicKey};
use aecs_proto::{
    ListEnclaveServiceRequest, ListEnclaveServiceResponse, RegisterEnclaveServiceRequest,
    RegisterEnclaveServiceResponse, RotateServiceKeyRequest, RotateServiceKeyResponse,
    SetServiceKeyRequest, SetServiceKeyResponse, StorageListAllResponse,
    UnregisterEnclaveServiceRequest, UnregisterEnclaveServiceResponse, Zeroizing,
};

use crate::{
    alone::Alone,
    call::{AecsAdmin, Call, Reply, ServiceAdmin},
    error::{Cause, Error, Kind},
    keys,
    name::{ServiceName, check_prefix},
    records::ServiceRecord,
    vault::{Change, MAX_CHANGE_OPERATIONS, Name, Vault},
};

/// Gives a service an administrator. An existing service keeps its own.
pub(crate) async fn register(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: RegisterEnclaveServiceRequest = call.parse()?;
    let service = service_name(&request.service_name)?;
    call.about(Some(&service), None);
    let password = password(call, &request.service_password_hash).await?;

    let alone = Alone::begin(call.core, call.vault()?).await?;
    let key = public_key(call, &request.service_pubkey)?;
    let quota = call.node.settings().quotas.services;
    let count = services(call.vault()?, "").await?.len();
    if count >= quota {
        return Err(Cause::TooManyServices { count, quota }.into());
    }
    let record = ServiceRecord::encode(&key, password.as_ref(), request.operator_may_replace_key);
    let change = Change::new().create(keys::authentication(&service)?, record);
    call.commit(alone.only(change)).await?;
    Ok(Reply::json(&RegisterEnclaveServiceResponse::default()))
}

/// The most records that a change of [`unregister`] removes: it has room for the records of the act.
const REMOVED_AT_ONCE: usize = MAX_CHANGE_OPERATIONS - 8;

/// How often a service is looked through whose owner writes while it is removed.
const LOOKS: usize = 16;

/// Removes a service and all of its secrets. What does not fit into one change goes in changes
/// before it, and the key last: one that was interrupted can be repeated.
pub(crate) async fn unregister(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: UnregisterEnclaveServiceRequest = call.parse()?;
    let service = service_name(&request.service_name)?;
    call.about(Some(&service), None);

    let vault = call.vault()?;
    let authentication = keys::authentication(&service)?;
    if !vault.contains(&authentication).await? {
        return Err(Cause::Missing { what: keys::describe(&authentication) }.into());
    }
    let mut looks = 1..=LOOKS;
    loop {
        // What its owner writes after the look is in the way of the last change, and looked for again.
        match remove_all(call, vault, &service, &authentication).await {
            Err(error) if is_in_the_way(&error) && looks.next().is_some() => {}
            removed => break removed?,
        }
    }
    call.core.activity.forget(&service);
    Ok(Reply::json(&UnregisterEnclaveServiceResponse::default()))
}

/// Whether something came or went since it was looked for.
fn is_in_the_way(error: &Error) -> bool {
    matches!(error.kind(), Kind::FailedPrecondition | Kind::NotFound)
}

/// Removes what a service has, its key last. Nothing of it is there then.
async fn remove_all(
    call: &Call<'_, AecsAdmin>,
    vault: &Vault,
    service: &ServiceName,
    authentication: &Name,
) -> Result<(), Error> {
    let removal = |names: Vec<Name>| {
        names.into_iter().fold(Change::new(), |change, name| change.remove(name, None))
    };
    let folder = keys::everything_of(service);
    let mut names = vault.names(&folder).await?;
    names.retain(|name| name != authentication);
    // In the order of names, records of secrets come before their values: none is left without.
    while names.len() > REMOVED_AT_ONCE {
        let rest = names.split_off(REMOVED_AT_ONCE);
        vault.commit(call.ticket.founded(removal(names))).await?;
        names = rest;
    }
    let last = removal(names).remove(authentication.clone(), None);
    call.commit(last.at_most(folder, 0)).await
}

/// Names the services that begin with a prefix, and whose key the operator may replace.
pub(crate) async fn list(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: ListEnclaveServiceRequest = call.parse()?;
    check_prefix(&request.service_name)?;
    let vault = call.vault()?;
    let names = services(vault, &request.service_name).await?;
    let mut replaceable_keys = Vec::new();
    // A client of protocol 2.0 does not know the field.
    if call.protocol == Protocol::Aecs21 {
        for name in &names {
            let record = ServiceRecord::load(vault, &ServiceName::parse(name)?).await?;
            if record.is_some_and(|record| record.operator_may_replace_key) {
                replaceable_keys.push(name.clone());
            }
        }
    }
    Ok(Reply::json(&ListEnclaveServiceResponse {
        services: Some(StorageListAllResponse { names }),
        replaceable_keys,
    }))
}

/// Gives a service another key, if it was registered so that the operator may.
pub(crate) async fn set_key(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: Zeroizing<SetServiceKeyRequest> = Zeroizing::new(call.parse()?);
    let service = service_name(&request.service_name)?;
    call.about(Some(&service), None);
    let password = password(call, &request.password_hash).await?;

    let alone = Alone::begin(call.core, call.vault()?).await?;
    let key = public_key(call, &request.public_key)?;
    let authentication = keys::authentication(&service)?;
    let Some(current) = ServiceRecord::load(call.vault()?, &service).await? else {
        return Err(Cause::Missing { what: keys::describe(&authentication) }.into());
    };
    if !current.operator_may_replace_key {
        return Err(Cause::OwnersKey { service }.into());
    }
    let record = ServiceRecord::encode(&key, password.as_ref(), true);
    let change = Change::new().replace(authentication, current.epoch, record);
    call.commit(alone.only(change)).await?;
    Ok(Reply::json(&SetServiceKeyResponse {}))
}

/// Replaces the key of the calling service administrator. The answer is sealed to the former one.
pub(crate) async fn rotate_key(call: &Call<'_, ServiceAdmin>) -> Result<Reply, Error> {
    let request: Zeroizing<RotateServiceKeyRequest> = Zeroizing::new(call.parse()?);
    let service = &call.caller.service;
    let password = password(call, &request.password_hash).await?;

    let alone = Alone::begin(call.core, call.vault()?).await?;
    let key = public_key(call, &request.public_key)?;
    let current = ServiceRecord::load(call.vault()?, service).await?;
    let Some(current) = current.filter(|record| record.epoch == call.caller.epoch) else {
        return Err(Cause::NotAuthentic.into());
    };
    let password = password.as_ref().or(current.password.as_deref());
    let record = ServiceRecord::encode(&key, password, current.operator_may_replace_key);
    let change = Change::new().replace(keys::authentication(service)?, current.epoch, record);
    call.commit(alone.only(change)).await?;
    Ok(Reply::json(&RotateServiceKeyResponse {}))
}

/// The services that begin with `prefix`, without a look at what each of them has.
pub(super) async fn services(vault: &Vault, prefix: &str) -> Result<Vec<String>, Error> {
    let prefix = format!("{}{prefix}", keys::SERVICES);
    let mut services = Vec::new();
    let mut after = None;
    while let Some(name) = vault.names_page(&prefix, after.as_ref(), 1).await?.pop() {
        let service = keys::service_with(&name).and_then(|text| ServiceName::parse(text).ok());
        after = Some(match service {
            Some(service) => {
                if vault.contains(&keys::authentication(&service)?).await? {
                    services.push(service.to_string());
                }
                keys::behind_service(&service)?
            }
            None => name,
        });
    }
    // The records are in the order of `NAME/`, and '-' and '.' come before '/'.
    services.sort_unstable();
    Ok(services)
}

/// The public key of an administrator, in a suite in which the server can answer it. The settings
/// must not change before the key is committed: the caller holds a lock that keeps them.
pub(super) fn public_key<C>(call: &Call<'_, C>, pem: &str) -> Result<PublicKey, Error> {
    let key = PublicKey::from_pem(pem).map_err(|error| Cause::BadKey { why: error.to_string() })?;
    // The node of now: the call may have waited for a change of the settings.
    let (identity, suite) = (&call.core.node().identity, key.suite());
    match identity.in_suite(suite) {
        Some(_) => Ok(key),
        None => Err(identity.no_suite(format!("the suite {suite} of the public key"))),
    }
}

fn service_name(name: &str) -> Result<ServiceName, Error> {
    ServiceName::required(name, Cause::AdminServiceEmpty)?.not_reserved()
}

/// What checks the password of an administrator, if the hash of one is given. Takes an argon2id
/// hash as it is. Of the password hash of AECS 2.0, one unsalted SHA-256, a slow, salted hash is
/// kept.
pub(super) async fn password<C>(
    call: &Call<'_, C>,
    hash: &str,
) -> Result<Option<PasswordVerifier>, Error> {
    if hash.is_empty() {
        return Ok(None);
    }
    let hash = hash.to_owned();
    let verifier = call.core.lanes.passwords.run("hashing a password", move || {
        if hash.starts_with('$') {
            return PasswordVerifier::from_phc(&hash);
        }
        tracing::warn!(
            "a password is registered by its SHA-256, from which it can be guessed quickly: use the \
             argon2id hash that aecsadmin hash-password prints"
        );
        PasswordVerifier::from_sha256_hex(&hash)
    });
    let bad = |error: aecs_crypto::Error| Cause::BadPasswordHash { why: error.to_string() };
    Ok(Some(verifier.await?.map_err(bad)?))
}
