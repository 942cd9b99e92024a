//! Lists, for a trusted application, the secrets that it can get now.
//!
//! Invariant: the answer, and when it comes, tells of no other secret, and not whether there is the
//! service. What cannot be read is left out: an error would tell that it is there.

use aecs_crypto::Purpose;
use aecs_proto::{
    TRUSTED_APPLICATIONS, TaListSecretRequest, TaListSecretResponse, TaSecretEntry, TaSecretList,
    Zeroizing, json,
};

use super::{TaCall, lists_of, load, owners, reply_with_secret};
use crate::{
    call::Reply,
    error::{Cause, Error},
    keys,
    name::{ServiceName, check_prefix},
    secret::stored::Wanted,
    timing,
    vault::{Name, Vault},
};

/// Lists the secrets of a service that the caller can get.
pub(crate) async fn list(call: &TaCall<'_>) -> Result<Reply, Error> {
    let request: TaListSecretRequest = call.parse()?;
    let service = ServiceName::required(&request.service_name, Cause::GetServiceEmpty)?;
    check_prefix(&request.secret_name)?;
    call.about(Some(&service), None);

    let [owner, _] = owners(call);
    let lane = &call.core.lanes.lists;
    let judging = lane.attend(owner.short(), "making a list", async {
        let vault = call.vault()?;
        let mut secrets = Vec::new();
        for name in names(call, vault, &service, &request.secret_name).await? {
            secrets.extend(entry(call, name).await);
        }
        Ok::<_, Error>(secrets)
    });
    let mut secrets = timing::on_the_beat_of_lists(judging).await??;
    secrets.sort_by(|one, other| one.secret_name.cmp(&other.secret_name));
    // One of each name: of two own secrets, that which a get finds first.
    secrets.dedup_by(|other, first| other.secret_name == first.secret_name);
    let list = Zeroizing::new(json::to_string(&TaSecretList { secrets }));
    let nonce = request.nonce;
    reply_with_secret(call, Purpose::TA_LIST, list, |list_enc| TaListSecretResponse {
        list_enc,
        nonce,
    })
}

/// The records that the caller can mean, in the order in which a get looks for them.
async fn names(
    call: &TaCall<'_>,
    vault: &Vault,
    service: &ServiceName,
    prefix: &str,
) -> Result<Vec<Name>, Error> {
    let folders = match service.as_str() {
        TRUSTED_APPLICATIONS => owners(call).map(keys::ta_secrets_of).to_vec(),
        _ => vec![keys::secrets_of(service)],
    };
    let mut names = Vec::new();
    for folder in folders {
        names.extend(vault.names(&format!("{folder}{prefix}")).await?);
    }
    Ok(names)
}

/// What the caller is told of a secret, if it can get the secret.
async fn entry(call: &TaCall<'_>, name: Name) -> Option<TaSecretEntry> {
    let secret = match load(call, name).await {
        Ok(secret) => secret?,
        Err(error) => {
            tracing::warn!(%error, "a secret is left out of a list");
            return None;
        }
    };
    let (acceptance, lists) = (call.acceptance(), lists_of(call, &secret).await.ok()?);
    let circumstances = call.circumstances(&acceptance).with_lists(&lists);
    let admission = secret.admit(&call.caller.attributes, circumstances).ok()?;
    let version = admission.number(Wanted { version: None, now_ms: call.now_ms }).ok()?;
    let (secret_name, kind) = (secret.spec.name.to_string(), secret.spec.kind);
    Some(TaSecretEntry { secret_name, r#type: kind.into(), version })
}
