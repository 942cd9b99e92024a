//! Secrets of trusted applications, as the platform operator sees them: names and owners.

use std::collections::HashMap;

use aecs_proto::{
    AecsDestroyTaSecretRequest, AecsDestroyTaSecretResponse, AecsListTaSecretRequest,
    AecsListTaSecretResponse,
};

use super::{secrets::shown, ta::room};
use crate::{
    call::{AecsAdmin, Call, Reply},
    error::{Cause, Error},
    keys,
    name::{SecretName, check_prefix},
    secret::stored::Secret,
    vault::{Name, Vault},
};

/// Stands between a secret's name and its owner, where several owners have one of that name.
const AT: char = '@';

/// Lists the specifications of the secrets whose name begins with a prefix. A name is followed
/// by `@` and the start of its owner's hash where it is not the only one of that name.
pub(crate) async fn list(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: AecsListTaSecretRequest = call.parse()?;
    check_prefix(&request.secret_name)?;
    let vault = call.vault()?;
    let mut all = every(vault);
    all.retain(|(_, _, secret)| secret.starts_with(&request.secret_name));
    let mut owners: HashMap<&str, usize> = HashMap::new();
    for (_, _, secret) in &all {
        *owners.entry(secret).or_default() += 1;
    }
    let mut secrets = Vec::new();
    for (name, owner, secret) in &all {
        let Some(found) = Secret::load(vault, name.clone()).await? else { continue };
        let mut spec = shown(call.protocol)(found.spec.to_proto());
        if owners.get(secret.as_str()).is_some_and(|owners| *owners > 1) {
            spec.secret_name = format!("{secret}{AT}{}", owner.short());
        }
        secrets.push(spec);
    }
    Ok(Reply::json(&AecsListTaSecretResponse { secrets }))
}

/// Destroys one secret, by its name as it is listed.
pub(crate) async fn destroy(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: AecsDestroyTaSecretRequest = call.parse()?;
    if request.secret_name.is_empty() {
        return Err(Cause::DestroyNameEmpty.into());
    }
    let (secret, owner) = match request.secret_name.split_once(AT) {
        Some((secret, owner)) => (secret, Some(owner)),
        None => (request.secret_name.as_str(), None),
    };
    let secret = SecretName::parse(secret)?;
    call.about(None, Some(&request.secret_name));

    let vault = call.vault()?;
    let missing = || Cause::Missing { what: format!("TA secret {secret}") };
    let mut found: Vec<(Name, keys::Owner)> = every(vault)
        .into_iter()
        .filter(|(_, of, name)| {
            name == secret.as_str() && owner.is_none_or(|owner| of.short() == owner)
        })
        .map(|(name, owner, _)| (name, owner))
        .collect();
    let (name, owner) = found.pop().ok_or_else(missing)?;
    if !found.is_empty() {
        return Err(Cause::SeveralOwners { count: found.len() + 1, secret }.into());
    }
    let epoch = vault.epoch_of(&name).ok_or_else(missing)?;
    call.commit(room::removal(vault, name, epoch, owner, &secret)?).await?;
    Ok(Reply::json(&AecsDestroyTaSecretResponse::default()))
}

fn every(vault: &Vault) -> Vec<(Name, keys::Owner, String)> {
    vault
        .names(&keys::ta_secrets())
        .into_iter()
        .filter_map(|name| {
            let (owner, secret) = keys::ta_owner_of(&name)?;
            let secret = secret.to_owned();
            Some((name, owner, secret))
        })
        .collect()
}
