//! The versions of a secret of a service: new ones, which there are, and deleting them for some
//! time.
//!
//! Destroying one is [`super::secrets::destroy`].

use aecs_proto::{
    DeleteSecretRequest, DeleteSecretResponse, ListSecretVersionRequest, ListSecretVersionResponse,
    NewSecretVersionResponse, PutSecretRequest, RollbackSecretRequest, RotateSecretRequest,
    SecretChanged, UndeleteSecretRequest, UndeleteSecretResponse, Zeroizing,
};

use super::decision::{Decision, carry_out};
use super::{secrets::make, uploads};
use crate::{
    call::{Call, Reply, ServiceAdmin},
    error::{Cause, Error},
    keys,
    name::SecretName,
    secret::{
        lifecycle,
        material::GivenData,
        spec::{SecretType, Spec},
        stored::Secret,
    },
};

type OwnersCall<'a> = Call<'a, ServiceAdmin>;

/// Gives a secret a new version with the data of the request.
pub(crate) async fn put(call: &OwnersCall<'_>) -> Result<Reply, Error> {
    let mut request: Zeroizing<PutSecretRequest> = Zeroizing::new(call.parse()?);
    let secret = changeable(call, &request.secret_name, request.if_version).await?;
    let (data, _room) = uploads::given(
        call,
        std::mem::take(&mut request.data),
        request.encoding,
        request.upload.as_ref(),
    )?;
    let has_pairs =
        secret.spec.kind == SecretType::SecretTypeConfigurations && !request.params.is_empty();
    if data.is_empty() && !has_pairs {
        return Err(Cause::NoNewData { secret: secret.spec.name.clone() }.into());
    }
    let mut spec = secret.spec.clone();
    if !request.params.is_empty() {
        spec.params = std::mem::take(&mut request.params);
    }
    add(call, secret, spec, data).await
}

/// Gives a secret a new version that the server makes.
pub(crate) async fn rotate(call: &OwnersCall<'_>) -> Result<Reply, Error> {
    let request: RotateSecretRequest = call.parse()?;
    let secret = changeable(call, &request.secret_name, request.if_version).await?;
    if !lifecycle::is_generated(secret.spec.kind) {
        return Err(Cause::NotGenerated { secret: secret.spec.name.clone() }.into());
    }
    let spec = secret.spec.clone();
    add(call, secret, spec, GivenData::none()).await
}

/// Makes the data that `spec` describes, and with it a new version of the secret.
async fn add(
    call: &OwnersCall<'_>,
    secret: Secret,
    spec: Spec,
    data: GivenData,
) -> Result<Reply, Error> {
    let made = make(call, spec, data).await?;
    let (change, version) = secret.put(&made.into_material(), call.made())?;
    let change = call.within_quota(change);
    let reply = Reply::json(&NewSecretVersionResponse { version });
    call.commit_answering(change, reply).await
}

/// Gives a secret a new version with the data of an earlier one.
pub(crate) async fn roll_back(call: &OwnersCall<'_>) -> Result<Reply, Error> {
    let request: RollbackSecretRequest = call.parse()?;
    let secret = changeable(call, &request.secret_name, request.if_version).await?;
    let to = request.version;
    call.about_version(secret.data_epoch(call.vault()?, Some(to)).await?, secret.epoch());
    let (change, version) = secret.roll_back(to, call.made())?;
    let reply = Reply::json(&NewSecretVersionResponse { version });
    call.commit_answering(change, reply).await
}

/// Lists the versions of a secret, without data.
pub(crate) async fn list(call: &OwnersCall<'_>) -> Result<Reply, Error> {
    let request: ListSecretVersionRequest = call.parse()?;
    let secret = find(call, &request.secret_name).await?;
    Ok(Reply::json(&ListSecretVersionResponse {
        versions: secret.shown_versions(call.vault()?, call.now_ms).await?,
        restorable_until_ms: secret.restorable_until_ms().unwrap_or_default(),
    }))
}

/// Gives a secret or a version out no more, until it is restored.
pub(crate) async fn delete(call: &OwnersCall<'_>) -> Result<Reply, Error> {
    let decision = decide_delete(call, call.parse()?).await?;
    let SecretChanged { restorable_until_ms, .. } = decision.told;
    let reply = Reply::json(&DeleteSecretResponse { restorable_until_ms });
    carry_out(call, vec![decision], reply).await
}

pub(super) async fn decide_delete(
    call: &OwnersCall<'_>,
    request: DeleteSecretRequest,
) -> Result<Decision, Error> {
    let secret = find(call, &request.secret_name).await?.not_deleted()?;
    let version = about(call, &secret, request.version).await?;
    let (change, restorable_until_ms) = secret.delete(version, call.now_ms)?;
    Ok(Decision::change(change, SecretChanged { restorable_until_ms, ..SecretChanged::default() }))
}

/// Restores a secret or a version that is deleted.
pub(crate) async fn undelete(call: &OwnersCall<'_>) -> Result<Reply, Error> {
    let request: UndeleteSecretRequest = call.parse()?;
    let secret = find(call, &request.secret_name).await?;
    let version = about(call, &secret, request.version).await?;
    call.commit(secret.undelete(version, call.now_ms)?).await?;
    Ok(Reply::json(&UndeleteSecretResponse {}))
}

/// The version of a request, which the audit log is told; none for the secret.
async fn about(call: &OwnersCall<'_>, secret: &Secret, version: u64) -> Result<Option<u64>, Error> {
    let version = (version != 0).then_some(version);
    if version.is_some() {
        call.about_version(secret.data_epoch(call.vault()?, version).await?, secret.epoch());
    }
    Ok(version)
}

/// A secret that may get a new version, if the current one is the one that is expected.
async fn changeable(call: &OwnersCall<'_>, name: &str, expected: u64) -> Result<Secret, Error> {
    let secret = find(call, name).await?.with_changeable_data()?;
    Ok(secret.if_version(expected, call.now_ms)?)
}

/// The caller's secret of that name. One that can be restored no more is not there.
pub(super) async fn find(call: &OwnersCall<'_>, name: &str) -> Result<Secret, Error> {
    let name = SecretName::required(name, Cause::NameEmpty { what: "secret name" })?;
    call.about(None, Some(name.as_str()));
    let record = keys::secret(&call.caller.service, &name)?;
    let missing = Cause::Missing { what: keys::describe(&record) };
    let found = Secret::load(call.vault()?, record).await?;
    Ok(found.filter(|found| !found.is_purged(call.now_ms)).ok_or(missing)?)
}
