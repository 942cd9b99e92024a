//! Secrets of trusted applications, as the platform operator sees them: names and owners.

use std::collections::HashMap;

use aecs_proto::{
    AecsDestroyTaSecretRequest, AecsDestroyTaSecretResponse, AecsListTaSecretRequest,
    AecsListTaSecretResponse,
};

use super::{secrets::spec_view, ta::room};
use crate::{
    call::{AecsAdmin, Call, Reply},
    error::{Cause, Error},
    keys::{self, Owner},
    name::{SecretName, check_prefix},
    secret::stored::Secret,
    vault::{Name, Vault},
};

/// Stands between a secret's name and its owner, where several owners have one of that name.
const AT: char = '@';

/// Lists the specifications of the secrets whose name begins with a prefix, in the order of their
/// names and then of their owners. A name is followed by `@` and the start of its owner's hash
/// where it is not the only one of that name.
pub(crate) async fn list(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: AecsListTaSecretRequest = call.parse()?;
    check_prefix(&request.secret_name)?;
    let vault = call.vault()?;
    let mut all = all_ta_secrets(vault).await?;
    all.retain(|secret| secret.name.starts_with(&request.secret_name));
    all.sort_unstable_by(|a, b| (&a.name, a.owner).cmp(&(&b.name, b.owner)));
    let mut owners: HashMap<&str, usize> = HashMap::new();
    for TaSecret { name, .. } in &all {
        *owners.entry(name).or_default() += 1;
    }
    let mut secrets = Vec::new();
    for TaSecret { record, owner, name } in &all {
        let Some(found) = Secret::load(vault, record.clone()).await? else { continue };
        let mut spec = spec_view(call.protocol)(found.spec.to_proto());
        if owners.get(name.as_str()).is_some_and(|owners| *owners > 1) {
            spec.secret_name = format!("{name}{AT}{}", owner.short());
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
    let missing = || Cause::Missing { what: format!("secret {secret} of a trusted application") };
    let mut named = all_ta_secrets(vault).await?;
    named.retain(|one| {
        one.name == secret.as_str() && owner.is_none_or(|owner| one.owner.short() == owner)
    });
    let TaSecret { record, owner, .. } = named.pop().ok_or_else(missing)?;
    if !named.is_empty() {
        return Err(Cause::SeveralOwners { count: named.len() + 1, secret }.into());
    }
    let epoch = vault.epoch_of(&record).await?.ok_or_else(missing)?;
    call.commit(room::removal(vault, record, epoch, owner, &secret).await?).await?;
    Ok(Reply::json(&AecsDestroyTaSecretResponse::default()))
}

/// A secret of a trusted application, by what its record is called.
struct TaSecret {
    record: Name,
    owner: Owner,
    name: String,
}

async fn all_ta_secrets(vault: &Vault) -> Result<Vec<TaSecret>, Error> {
    let secret = |record: Name| {
        let (owner, name) = keys::ta_owner_of(&record)?;
        Some(TaSecret { owner, name: name.to_owned(), record })
    };
    let names = vault.names(&keys::ta_secrets()).await?;
    Ok(names.into_iter().filter_map(secret).collect())
}
