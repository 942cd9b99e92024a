//! Secrets of a service: create, update, destroy, list, and who was refused them.

use std::collections::BTreeMap;

use aecs_attest::ListError;
use aecs_crypto::Protocol;
use aecs_proto::{
    CreateEnclaveSecretRequest, CreateEnclaveSecretResponse, DeletedSecret,
    DestroyEnclaveSecretRequest, DestroyEnclaveSecretResponse, EnclaveSecret, EnclaveSecretSpec,
    ListDenialRequest, ListDenialResponse, ListEnclaveSecretRequest, ListEnclaveSecretResponse,
    SecretChanged, SecretOutcome, SecretQuotas, UploadedData, Zeroizing,
};

use super::decision::{Decision, carry_out};
use super::uploads;
use crate::{
    call::{Call, Reply, ServiceAdmin},
    error::{Cause, Error, Kind, internal},
    keys,
    name::{SecretName, ServiceName, check_prefix},
    secret::{
        material::{self, GivenData},
        spec::{SecretType, Spec},
        stored::{self, NewSecret, Secret, count},
    },
    uploads::Room,
    vault::Name,
    views::{is_shown, secret_in_aecs20, spec_in_aecs20},
};

pub(crate) mod ends;
pub(super) mod numbers;

/// How many records a list reads before it lets others of its thread run: a fraction of a
/// millisecond.
const READ_AT_ONCE: usize = 16;

/// Creates a secret, or with `is_update` replaces the policy of one.
pub(crate) async fn create(call: &Call<'_, ServiceAdmin>) -> Result<Reply, Error> {
    let decision = decide_create(call, Zeroizing::new(call.parse()?)).await?;
    let reply = Reply::json(&CreateEnclaveSecretResponse::default());
    carry_out(call, vec![decision], reply).await
}

pub(super) async fn decide_create(
    call: &Call<'_, ServiceAdmin>,
    mut request: Zeroizing<CreateEnclaveSecretRequest>,
) -> Result<Decision, Error> {
    let (spec, data, room) = take_given(call, request.secret.take(), request.upload.as_ref())?;
    let decision = match request.is_update {
        true => update(call, spec, data, request.if_epoch).await?,
        false => insert(call, spec, data).await?,
    };
    Ok(Decision { room, ..decision })
}

/// Takes the specification and the data of a secret of the caller's service from a request.
pub(super) fn take_given(
    call: &Call<'_, ServiceAdmin>,
    secret: Option<EnclaveSecret>,
    upload: Option<&UploadedData>,
) -> Result<(Spec, GivenData, Option<Room>), Error> {
    let service = &call.caller.service;
    let mut secret = Zeroizing::new(secret.unwrap_or_default());
    let mut spec = secret.spec.take().unwrap_or_default();
    check_service(&spec, service)?;
    call.about(None, Some(SecretName::parse(&spec.secret_name)?.as_str()));
    if call.protocol == Protocol::Aecs20 {
        // What 2.0 calls read-only can be changed in nothing. Without the word, it is that.
        spec.immutable = spec.readonly != "false";
    }
    let spec = Spec::parse(spec, service)?;
    check_known(&spec, call.protocol)?;
    let data = std::mem::take(&mut secret.data);
    let (data, room) = uploads::given(call, data, secret.encoding, upload)?;
    Ok((spec, data, room))
}

/// A secret that is new.
pub(super) async fn insert(
    call: &Call<'_, ServiceAdmin>,
    spec: Spec,
    data: GivenData,
) -> Result<Decision, Error> {
    check_policy(call, &spec).await?;
    spec.check_uses()?;
    spec.lifecycle.check_end(&spec.name, None, call.now_ms)?;
    let vault = call.vault()?;
    let name = keys::secret(&spec.service, &spec.name)?;
    // One that was deleted long ago gives its name away. A damaged one does not.
    if let Ok(Some(there)) = Secret::load(vault, name.clone()).await
        && there.is_purged(call.removal_ms())
    {
        ends::sweep_one(call.core, &call.node, name.clone(), call.removal_ms()).await?;
    }
    // Before the key generation, which is slow; the commit decides.
    if vault.contains(&name).await? {
        return Err(Cause::Exists { what: keys::describe(&name) }.into());
    }
    let quota = count(call.node.settings().quotas.secrets_per_service);
    let folder = keys::secrets_of(&spec.service);
    let found = vault.count(&folder).await?;
    if found >= quota {
        return Err(keys::too_many(&folder, found.saturating_add(1), quota).into());
    }
    let (service, secret_name) = (spec.service.clone(), spec.name.clone());
    let secret = make(call, spec, data).await?;
    // After the key generation: other versions of that name may have come and gone meanwhile.
    let number = numbers::next(vault, &service, &secret_name).await?;
    secret.spec().check_first_version(number.value)?;
    let version = number.value;
    let change = secret.creation(name, version, call.made())?;
    let change = call.within_quota(number.taken(change)).at_most(folder, quota);
    let outcome = SecretOutcome::SecretCreated.into();
    let told = SecretChanged { outcome, version, ..SecretChanged::default() };
    Ok(Decision::change(change, told))
}

/// Makes the data that `spec` describes, in the lane of the service.
pub(super) async fn make(
    call: &Call<'_, ServiceAdmin>,
    spec: Spec,
    data: GivenData,
) -> Result<NewSecret, Error> {
    let limit = call.node.settings().quotas.data_bytes;
    let (service, lanes) = (spec.service.to_string(), &call.core.lanes);
    let prepare = move || material::prepare(spec, data, limit);
    lanes.services.run(service, "making a secret", prepare).await?
}

/// Replaces the policy, and settings that the update has. Anything else that differs from
/// what is kept is an error: silently keeping the old data would look like a change that did not
/// happen. The value is read only if the update gives data, to compare the two, as tools of AECS
/// 2.0 send the whole file. A digest of the data in the secret's own record would save that, but
/// this record is read before anything is decided, and from a digest a short password can be
/// guessed.
async fn update(
    call: &Call<'_, ServiceAdmin>,
    mut new: Spec,
    data: GivenData,
    if_epoch: u64,
) -> Result<Decision, Error> {
    let vault = call.vault()?;
    let name = keys::secret(&new.service, &new.name)?;
    let what = keys::describe(&name);
    let found = find_for_update(call, name).await?;
    let old = found.ok_or_else(|| Cause::Missing { what: what.clone() })?.if_epoch(if_epoch)?;
    if old.spec.kind != new.kind {
        return Err(Cause::OtherType { what }.into());
    }
    let old = match call.protocol {
        // To its clients, what is read-only can be changed in nothing.
        Protocol::Aecs20 => old.with_changeable_data()?,
        Protocol::Aecs21 => old.changeable()?,
    };
    if call.protocol == Protocol::Aecs20 {
        old.spec.policy.check_kept_by_aecs20(&new.policy, &new.name)?;
    }
    check_policy(call, &new).await?;
    let given = material::given(&mut new, data)?;
    let is_same = has_same_rest(&old.spec, &new)
        && match &given {
            Some(given) => old.holds(vault, given).await?,
            None => true,
        };
    if !is_same {
        return Err(Cause::NotOnlyPolicy { what }.into());
    }
    let spec = Spec { share: old.spec.share, immutable: old.spec.immutable, ..new };
    let spec = spec.completed_from(&old.spec)?;
    note_export(call, &old.spec, &spec);
    let (outcome, version) = (SecretOutcome::SecretUpdated.into(), old.latest());
    let told = SecretChanged { outcome, version, ..SecretChanged::default() };
    Ok(Decision::change(old.with_spec(spec, call.now_ms, call.removal_ms())?, told))
}

/// Notes in the audit log that a change lets a secret leave the server which could not before. Its owner may
/// do that.
pub(super) fn note_export(call: &Call<'_, ServiceAdmin>, old: &Spec, new: &Spec) {
    if old.is_never_export() && !new.is_never_export() {
        call.because(
            "from now on, the secret can leave the server: before, it could not".to_owned(),
        );
    }
}

/// The secret under a name, if there is one that can be changed or restored.
pub(super) async fn find_for_update(
    call: &Call<'_, ServiceAdmin>,
    record: Name,
) -> Result<Option<Secret>, Error> {
    let found = Secret::load(call.vault()?, record).await?;
    let shown =
        |found: &Secret| !found.is_purged(call.now_ms) && is_shown(&found.spec, call.protocol);
    Ok(found.filter(shown))
}

/// Whether an update changes nothing in a specification but the policy. The parameters of
/// configurations are data.
fn has_same_rest(old: &Spec, new: &Spec) -> bool {
    let params = new.kind == SecretType::SecretTypeConfigurations
        || new.params.is_empty()
        || new.params == old.params;
    params && old.share == new.share && !new.immutable
}

/// Destroys one secret, by its exact name, or one version of it.
pub(crate) async fn destroy(call: &Call<'_, ServiceAdmin>) -> Result<Reply, Error> {
    let decision = decide_destroy(call, call.parse()?).await?;
    let reply = Reply::json(&DestroyEnclaveSecretResponse::default());
    carry_out(call, vec![decision], reply).await
}

pub(super) async fn decide_destroy(
    call: &Call<'_, ServiceAdmin>,
    request: DestroyEnclaveSecretRequest,
) -> Result<Decision, Error> {
    let secret = SecretName::required(&request.secret_name, Cause::DestroyNameEmpty)?;
    call.about(None, Some(secret.as_str()));
    let (vault, service) = (call.vault()?, &call.caller.service);
    let name = keys::secret(service, &secret)?;
    let missing = || Cause::Missing { what: keys::describe(&name) };
    let epoch = vault.epoch_of(&name).await?.ok_or_else(missing)?;
    let found = Secret::load(vault, name.clone()).await;
    if request.version != 0 {
        let found = found?.ok_or_else(missing)?;
        let data_epoch = found.data_epoch(vault, Some(request.version)).await?;
        call.about_version(data_epoch, found.epoch());
        let change = found.destroy(request.version, call.now_ms, call.removal_ms())?;
        return Ok(Decision::change(change, SecretChanged::default()));
    }
    let change = stored::removal(vault, name, epoch).await?;
    let gone = match found {
        Ok(Some(found)) => Some((secret, found.latest())),
        // The change is refused: another request has destroyed it.
        Ok(None) => None,
        // One that is damaged can be removed as well.
        Err(error) if error.kind() == Kind::Internal => {
            tracing::warn!(
                %error, %service, %secret,
                "a damaged secret is destroyed: the next one of that name begins with version 1"
            );
            None
        }
        // The last number could be read at another time.
        Err(error) => return Err(error),
    };
    Ok(Decision { gone, ..Decision::change(change, SecretChanged::default()) })
}

/// Lists the specifications of the secrets that begin with a prefix. Those that are deleted are
/// listed apart, and to clients of AECS 2.0 not at all.
pub(crate) async fn list(call: &Call<'_, ServiceAdmin>) -> Result<Reply, Error> {
    let request: ListEnclaveSecretRequest = call.parse()?;
    check_prefix(&request.secret_name)?;
    let what = "listing secrets";
    let list = async {
        let list = gather(call, &request).await?;
        // That takes milliseconds, which nobody else waits for.
        tokio::task::spawn_blocking(move || Reply::json(&list)).await.map_err(internal(what))
    };
    let service = call.caller.service.to_string();
    call.core.lanes.owners_lists.attend(service, what, list).await?
}

/// Reads the secrets that a list is about.
async fn gather(
    call: &Call<'_, ServiceAdmin>,
    request: &ListEnclaveSecretRequest,
) -> Result<ListEnclaveSecretResponse, Error> {
    let vault = call.vault()?;
    let folder = keys::secrets_of(&call.caller.service);
    let prefix = format!("{folder}{}", request.secret_name);
    // Protocol 2.0 has no pages.
    let limit = match (call.protocol, usize::try_from(request.limit)) {
        (Protocol::Aecs21, Ok(limit @ 1..)) => limit,
        _ => usize::MAX,
    };
    let after = match request.after.as_str() {
        "" => None,
        name => Some(keys::secret(&call.caller.service, &SecretName::parse(name)?)?),
    };
    let mut names = vault.names_page(&prefix, after.as_ref(), limit).await?;
    let mut list = ListEnclaveSecretResponse::default();
    if let Some(last) = names.last().filter(|_| names.len() == limit) {
        list.next = last.as_str().strip_prefix(&folder).unwrap_or_default().to_owned();
    }
    names.retain(|name| !request.exact || name.as_str() == prefix);
    let released = match call.protocol {
        Protocol::Aecs20 => BTreeMap::new(),
        Protocol::Aecs21 => {
            list.quotas = Some(quotas(call).await?);
            call.core.activity.of(vault, &call.caller.service).await?.released
        }
    };
    for (number, name) in (1..).zip(names) {
        if number % READ_AT_ONCE == 0 {
            tokio::task::yield_now().await;
        }
        // One that was destroyed since the names were read is not there, and that is all.
        let Some(secret) = Secret::load(vault, name).await? else { continue };
        if !is_shown(&secret.spec, call.protocol) {
            continue;
        }
        let spec = secret.spec.to_proto();
        match secret.restorable_until_ms() {
            None => {
                if call.protocol == Protocol::Aecs21 {
                    let mut info = secret.info(vault, call.now_ms).await?;
                    // One of the same name may have been released before this one was there.
                    let at_ms = released.get(&spec.secret_name).copied().unwrap_or_default();
                    info.released_ms = if at_ms >= info.created_ms { at_ms } else { 0 };
                    list.info.push(info);
                }
                list.secrets.push(spec_view(call.protocol)(spec));
            }
            Some(until_ms) if call.protocol == Protocol::Aecs21 && call.now_ms < until_ms => {
                list.deleted.push(DeletedSecret {
                    secret_name: spec.secret_name.clone(),
                    restorable_until_ms: until_ms,
                    spec: Some(spec),
                });
            }
            Some(_) => {}
        }
    }
    Ok(list)
}

/// What the caller's service uses, and its quotas.
async fn quotas(call: &Call<'_, ServiceAdmin>) -> Result<SecretQuotas, Error> {
    let (vault, service) = (call.vault()?, &call.caller.service);
    let quotas = &call.node.settings().quotas;
    Ok(SecretQuotas {
        secrets: vault.count(&keys::secrets_of(service)).await?,
        max_secrets: count(quotas.secrets_per_service),
        bytes: vault.bytes(&keys::all_values_of(service)).await?,
        max_bytes: count(quotas.bytes_per_service),
        max_data_bytes: count(quotas.data_bytes),
    })
}

/// Lists which enclaves were refused the service's secrets, and why.
pub(crate) async fn list_denials(call: &Call<'_, ServiceAdmin>) -> Result<Reply, Error> {
    let request: ListDenialRequest = call.parse()?;
    check_prefix(&request.secret_name)?;
    let mut denials = call.core.activity.of(call.vault()?, &call.caller.service).await?.denials;
    denials.retain(|denial| denial.secret_name.starts_with(&request.secret_name));
    Ok(Reply::json(&ListDenialResponse { denials }))
}

/// How a secret is shown in a protocol.
pub(crate) fn secret_view(protocol: Protocol) -> fn(EnclaveSecret) -> EnclaveSecret {
    match protocol {
        Protocol::Aecs20 => secret_in_aecs20,
        Protocol::Aecs21 => |secret| secret,
    }
}

/// How a specification is shown in a protocol.
pub(crate) fn spec_view(protocol: Protocol) -> fn(EnclaveSecretSpec) -> EnclaveSecretSpec {
    match protocol {
        Protocol::Aecs20 => spec_in_aecs20,
        Protocol::Aecs21 => |spec| spec,
    }
}

/// Refuses a policy that lets everybody in unintended, or that refers to lists which are not there.
pub(super) async fn check_policy(call: &Call<'_, ServiceAdmin>, spec: &Spec) -> Result<(), Error> {
    spec.policy.check_closed(&spec.name, call.node.settings().simulation)?;
    let lists = call.lists_of(&spec.service, spec.policy.rules()).await?;
    let bad = |why: ListError| Cause::BadLists { secret: spec.name.clone(), why: why.to_string() };
    Ok(spec.policy.rules().check_lists(&lists).map_err(bad)?)
}

/// Refuses a type that the caller's protocol does not have.
pub(super) fn check_known(spec: &Spec, protocol: Protocol) -> Result<(), Cause> {
    match is_shown(spec, protocol) {
        true => Ok(()),
        false => Err(Cause::BadType { got: spec.kind.into() }),
    }
}

fn check_service(spec: &EnclaveSecretSpec, service: &ServiceName) -> Result<(), Cause> {
    match spec.service_name.as_str() {
        "" => Err(Cause::NoService { service: service.clone() }),
        name if name == service.as_str() => Ok(()),
        _ => Err(Cause::NotYourService { service: service.clone() }),
    }
}
