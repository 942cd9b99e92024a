//! What trusted applications do: get a secret, list what they can get, create and destroy secrets
//! of their own.
//!
//! Invariant: to an application that is not admitted, an unknown service, an unknown secret and
//! a refusing policy look alike. The audit trail and the secret's owner learn which it was.

pub(crate) mod list;
mod ownership;
pub(crate) mod room;
pub(crate) mod several;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use aecs_attest::{Acceptance, Circumstances, Mismatch, NamedLists};
use aecs_crypto::{Protocol, Purpose, SecretString, envelope};
use aecs_proto::{
    Caller, Denial, DenialMismatch, DenialReason, DigitalEnvelopeEncrypted, EnclavePolicyType,
    EnclaveSecret, EnclaveSecretPolicy, ErrorCode, TRUSTED_APPLICATIONS, TaBinding,
    TaCreateSecretRequest, TaCreateSecretResponse, TaDestroySecretRequest, TaDestroySecretResponse,
    TaGetSecretRequest, TaGetSecretResponse, UnifiedAttestationAttributes,
    UnifiedAttestationPolicy, Zeroizing,
    json::{self, JsonMessage},
};

use super::secrets::{check_known, secret_view};
use crate::{
    call::{Call, Door, ENVELOPE_NAME, Reply, TrustedApplication},
    error::{Cause, Error, Hint, internal},
    keys::{self, Owner},
    name::{SecretName, ServiceName},
    secret::{
        material::{self, GivenData},
        policy::SecretPolicy,
        spec::{SecretType, Spec},
        stored::{Cut, LOOKS, Refusal, Secret, Wanted, count},
        versions::Made,
    },
    vault::Name,
    views::is_shown,
};

pub(super) type TaCall<'a> = Call<'a, TrustedApplication>;

impl Call<'_, TrustedApplication> {
    /// What the caller's report must satisfy beyond any policy.
    pub(super) fn acceptance(&self) -> Cow<'_, Acceptance> {
        self.node.settings().accepted_in(self.protocol)
    }

    /// What counts beside a policy: that, and the time.
    pub(super) fn circumstances<'a>(&self, acceptance: &'a Acceptance) -> Circumstances<'a> {
        let now = UNIX_EPOCH + Duration::from_millis(self.now_ms.unsigned_abs());
        Circumstances::new(acceptance, now)
    }

    /// What a refusal of the caller also says. An application of AECS 2.0 that is a debug enclave,
    /// as all of its default builds are, is told so, whatever refused it: that is about its own
    /// evidence, and says nothing of secrets and policies.
    fn debug(&self) -> Hint {
        let debug = self.caller.attributes.as_proto().bool_debug_disabled == "false";
        let refused = self.protocol == Protocol::Aecs20 && debug && !self.acceptance().debug;
        Hint(refused.then(|| {
            "this enclave has the debug attribute, and this server accepts debug enclaves of \
             AECS 2.0 only if its setting compat.insecure_aecs20_debug is true: build the enclave \
             with DisableDebug set to 1"
                .to_owned()
        }))
    }

    fn not_admitted(&self) -> Cause {
        Cause::NotAdmitted { debug: self.debug() }
    }
}

/// Seals a secret for the caller, if the secret's policy admits it.
pub(crate) async fn get(call: &TaCall<'_>) -> Result<Reply, Error> {
    let request: TaGetSecretRequest = call.parse()?;
    let service = ServiceName::required(&request.service_name, Cause::GetServiceEmpty)?;
    let secret = SecretName::required(&request.secret_name, Cause::GetNameEmpty)?;
    call.about(Some(&service), Some(secret.as_str()));

    let version = (request.version != 0).then_some(request.version);
    let wanted = Wanted { version, now_ms: call.now_ms };
    let nonce = request.nonce;
    let cut = Cut {
        most: usize::try_from(request.max_data).ok().filter(|most| *most > 0),
        offset: usize::try_from(request.offset).unwrap_or(usize::MAX),
        part_of: &request.part_of,
    };
    if cut.offset > 0 && (cut.part_of.is_empty() || cut.most.is_none()) {
        return Err(Cause::PartOfNothing.into());
    }
    match release(call, (&service, &secret), wanted, cut, &request.known_tag).await? {
        Some(secret) => {
            let plain = Zeroizing::new(json::to_string(&*secret));
            reply_with_secret(call, Purpose::TA_SECRET, plain, |secret_enc| TaGetSecretResponse {
                secret_enc,
                nonce,
                unchanged: false,
            })
        }
        None => Ok(Reply::json(&TaGetSecretResponse { secret_enc: None, nonce, unchanged: true })),
    }
}

/// Answers with a message, and with a text for the caller alone: in an envelope that `message` takes,
/// or beside the message where a session encrypts both.
pub(super) fn reply_with_secret<M: JsonMessage>(
    call: &TaCall<'_>,
    purpose: Purpose,
    plain: Zeroizing<String>,
    message: impl FnOnce(Option<DigitalEnvelopeEncrypted>) -> M,
) -> Result<Reply, Error> {
    Ok(match &call.caller.door {
        Door::Evidence { nonce } => {
            Reply::json(&message(Some(seal(call, nonce, purpose, &plain)?)))
        }
        Door::Session => Reply::WithSecret {
            message: SecretString::from(json::to_string(&message(None))),
            secret: plain,
        },
    })
}

/// Seals a text for the caller.
fn seal(
    call: &TaCall<'_>,
    nonce: &[u8],
    purpose: Purpose,
    plain: &str,
) -> Result<DigitalEnvelopeEncrypted, Error> {
    let (key, plain) = (&call.caller.key, plain.as_bytes());
    let sealed = match call.protocol {
        Protocol::Aecs20 => {
            let server = call.node.identity.suite_identity(key.suite())?;
            envelope::seal(call.protocol, purpose, key, server.key, ENVELOPE_NAME, plain)
        }
        // The signature of the answer covers it.
        Protocol::Aecs21 => envelope::seal_within(purpose, key, nonce, plain),
    };
    sealed.map_err(internal("sealing an answer"))
}

/// The codes of what an admitted caller cannot get.
const NOT_READABLE: [ErrorCode; 3] = [ErrorCode::Expired, ErrorCode::Deleted, ErrorCode::NoVersion];

/// Judges a secret by its own record, and then reads its value. A secret that was replaced in
/// between is judged again: another one may be there, under another policy. Nothing is read if the
/// caller has that version already: it names it by its tag, and `None` is the answer.
async fn release(
    call: &TaCall<'_>,
    (service, secret): (&ServiceName, &SecretName),
    wanted: Wanted,
    cut: Cut<'_>,
    known_tag: &[u8],
) -> Result<Option<Zeroizing<EnclaveSecret>>, Error> {
    let show = secret_view(call.protocol);
    for _ in 0..LOOKS {
        let found = find(call, service, secret, wanted.version).await?;
        let (acceptance, lists) = (call.acceptance(), lists_of(call, &found).await?);
        let circumstances = call.circumstances(&acceptance).with_lists(&lists);
        let admission = match found.admit(&call.caller.attributes, circumstances) {
            Ok(admission) => admission,
            Err(refusal) => return Err(refused(call, service, secret, refusal).await),
        };
        if !known_tag.is_empty() && admission.is_known(wanted, known_tag)? {
            call.audit.forget();
            give(call, service);
            return Ok(None);
        }
        let released = admission.release(call.vault()?, wanted, cut, show).await;
        if released.as_ref().is_err_and(|error| NOT_READABLE.contains(&error.code())) {
            deny(call, service, secret, DenialReason::DenialNotReadable, &[]).await;
        }
        if let Some(released) = released? {
            if service.as_str() != TRUSTED_APPLICATIONS {
                call.core.activity.released(service, secret, call.now_ms);
            }
            give(call, service);
            return Ok(Some(released));
        }
    }
    Err(Cause::ReplacedEachTime.into())
}

/// Notes that the caller has a secret of a service. What it has of its own does not change.
fn give(call: &TaCall<'_>, service: &ServiceName) {
    if service.as_str() != TRUSTED_APPLICATIONS {
        call.caller.given.note(service);
    }
}

/// The content of a place: its name says all.
const PLACE: &[u8] = b"1";

/// Creates a secret that only the caller gets.
pub(crate) async fn create(call: &TaCall<'_>) -> Result<Reply, Error> {
    let mut request: Zeroizing<TaCreateSecretRequest> = Zeroizing::new(call.parse()?);
    let binding = TaBinding::try_from(request.binding)
        .map_err(|_| Cause::BadBinding { got: request.binding })?;
    let mut given = Zeroizing::new(request.secret.take().unwrap_or_default());
    let mut spec = given.spec.take().unwrap_or_default();
    let service = ServiceName::parse(TRUSTED_APPLICATIONS)?;
    let (mut policy, owner) =
        ownership::policy_and_owner(call.caller.attributes.as_proto(), binding);
    policy.str_measured = ownership::declared(&spec).to_owned();
    let rule = hex::encode(room::rule_of(call)?);
    ownership::check(&policy)?;
    check_nothing_given(&spec, &given.data)?;

    // As AECS 2.0 keeps them: nobody else reads or changes them, whatever was asked for.
    spec.readonly = "true".to_owned();
    spec.share = String::new();
    // No function of theirs gives a secret another end or a new version.
    spec.lifecycle = None;
    spec.about = None;
    spec.r#use = None;
    spec.immutable = true;
    spec.policy = Some(bound(policy));
    let spec = Spec::parse(spec, &service)?;
    check_known(&spec, call.protocol)?;
    admit_owner(call, &spec.policy)?;
    call.about(Some(&service), Some(spec.name.as_str()));

    let vault = call.vault()?;
    let quotas = call.node.settings().quotas;
    let name = keys::ta_secret(owner, &spec.name)?;
    let place = keys::ta_place(&rule, owner, &spec.name)?;
    let limits = [
        (keys::ta_secrets(), count(quotas.ta_secrets)),
        (keys::ta_places_of(&rule), count(quotas.ta_secrets_per_rule)),
    ];
    // Before the key generation, which is slow; the commit decides.
    for (folder, limit) in &limits {
        if vault.count(folder).await? >= *limit {
            return Err(Cause::TooManyTaSecrets.into());
        }
    }
    let limit = quotas.data_bytes;
    let secret = call
        .core
        .lanes
        .applications
        .run(owner.short(), "making a secret", move || {
            material::prepare(spec, GivenData::none(), limit)
        })
        .await??;
    // A place is there already if the secret is, and then the name is what is wrong.
    let by = format!("{} {}", Caller::TrustedApplication.as_str(), call.caller.key.fingerprint());
    let made = Made { by, at_ms: call.now_ms };
    let change = secret.creation(name, 1, made)?.put(place, PLACE.to_vec().into());
    let change =
        limits.into_iter().fold(change, |change, (folder, limit)| change.at_most(folder, limit));
    let reply = Reply::json(&TaCreateSecretResponse { nonce: std::mem::take(&mut request.nonce) });
    call.commit_answering(change, reply).await
}

/// Destroys a secret of the caller's own.
pub(crate) async fn destroy(call: &TaCall<'_>) -> Result<Reply, Error> {
    let request: TaDestroySecretRequest = call.parse()?;
    let service = ServiceName::parse(TRUSTED_APPLICATIONS)?;
    let secret = SecretName::required(&request.secret_name, Cause::DestroyNameEmpty)?;
    call.about(Some(&service), Some(secret.as_str()));

    let found = find(call, &service, &secret, None).await?;
    if let Err(refusal) =
        found.admit(&call.caller.attributes, call.circumstances(&call.acceptance()))
    {
        return Err(refused(call, &service, &secret, refusal).await);
    }
    let name = found.record().clone();
    let owner = keys::ta_owner_of(&name).map(|(owner, _)| owner);
    let owner = owner.ok_or_else(|| call.not_admitted())?;
    let change = room::removal(call.vault()?, name, found.epoch(), owner, &secret).await?;
    let reply = Reply::json(&TaDestroySecretResponse { nonce: request.nonce });
    call.commit_answering(change, reply).await
}

/// The secret of that name that the caller can mean: of a service, or one of its own under
/// either binding.
pub(super) async fn find(
    call: &TaCall<'_>,
    service: &ServiceName,
    secret: &SecretName,
    version: Option<u64>,
) -> Result<Arc<Secret>, Error> {
    let vault = call.vault()?;
    let names = if service.as_str() == TRUSTED_APPLICATIONS {
        let [code, product] = owners(call).map(|owner| keys::ta_secret(owner, secret));
        vec![code?, product?]
    } else {
        vec![keys::secret(service, secret)?]
    };
    for name in names {
        if let Some(found) = load(call, name).await? {
            if !is_shown(&found.spec, call.protocol) {
                call.because("protocol 2.0 cannot express this secret".to_owned());
                return Err(call.not_admitted().into());
            }
            call.about_version(found.data_epoch(vault, version).await?, found.epoch());
            return Ok(found);
        }
    }
    call.because(format!("there is no secret {secret} of service {service} for this caller"));
    deny(call, service, secret, DenialReason::DenialNoSuchSecret, &[]).await;
    Err(call.not_admitted().into())
}

/// A secret as its record has it now.
pub(super) async fn load(call: &TaCall<'_>, record: Name) -> Result<Option<Arc<Secret>>, Error> {
    call.core.secrets.load(call.node.deployment_id(), call.vault()?, record).await
}

/// The named lists that the policy of a secret refers to.
pub(super) async fn lists_of(call: &TaCall<'_>, secret: &Secret) -> Result<NamedLists, Error> {
    call.lists_of(&secret.spec.service, secret.spec.policy.rules()).await
}

/// Who the caller is as an owner of secrets: under either binding.
fn owners(call: &TaCall<'_>) -> [Owner; 2] {
    let own = call.caller.attributes.as_proto();
    [TaBinding::Measurement, TaBinding::Signer]
        .map(|binding| ownership::policy_and_owner(own, binding).1)
}

fn bound(policy: UnifiedAttestationAttributes) -> EnclaveSecretPolicy {
    EnclaveSecretPolicy {
        policy: Some(UnifiedAttestationPolicy {
            main_attributes: vec![policy],
            ..UnifiedAttestationPolicy::default()
        }),
        r#type: EnclavePolicyType::PolicyTypeBound.into(),
        rule_uses: Vec::new(),
    }
}

/// An owner must itself pass what it would be asked for later: no debug enclave unless it is one
/// that the settings accept, no stale TCB.
fn admit_owner(call: &TaCall<'_>, policy: &SecretPolicy) -> Result<(), Error> {
    policy
        .rules()
        .admit(&call.caller.attributes, call.circumstances(&call.acceptance()))
        .map(drop)
        .map_err(|denial| {
            call.because(denial.to_string());
            call.not_admitted().into()
        })
}

/// A request of a trusted application is signed but not secret, so it may carry no secret data;
/// and its policy is the caller's own.
fn check_nothing_given(spec: &aecs_proto::EnclaveSecretSpec, data: &str) -> Result<(), Error> {
    let configurations = spec.r#type == i32::from(SecretType::SecretTypeConfigurations);
    let import = spec.r#type == i32::from(SecretType::SecretTypeImportData);
    if !data.is_empty() || configurations || import {
        return Err(Cause::TaData.into());
    }
    let policy = spec.policy.clone().unwrap_or_default();
    if policy.r#type != i32::from(EnclavePolicyType::PolicyTypeBound) || !asks_nothing(&policy) {
        return Err(Cause::NotOwnPolicy.into());
    }
    Ok(())
}

/// Whether a policy says nothing. Clients of AECS 2.0 send rules of empty entries.
fn asks_nothing(policy: &EnclaveSecretPolicy) -> bool {
    let mut rules = policy.policy.clone().unwrap_or_default();
    rules.main_attributes.retain(|entry| {
        let any_version = UnifiedAttestationAttributes {
            str_min_isvsvn: "0".to_owned(),
            ..UnifiedAttestationAttributes::default()
        };
        let mut entry = entry.clone();
        // What the application declares of itself, see `ownership::declared`.
        entry.str_measured = String::new();
        entry != UnifiedAttestationAttributes::default() && entry != any_version
    });
    rules == UnifiedAttestationPolicy::default()
}

/// Explains a refusal to the audit trail and the owner, and makes the caller's answer of it.
pub(super) async fn refused(
    call: &TaCall<'_>,
    service: &ServiceName,
    secret: &SecretName,
    refusal: Refusal,
) -> Error {
    match refusal {
        Refusal::NeverExported => {
            call.because(Cause::NeverExported.to_string());
            deny(call, service, secret, DenialReason::DenialNeverExported, &[]).await;
            Cause::NeverExported.into()
        }
        Refusal::NotAllowed(cause, denial) => {
            call.because(cause.to_string());
            if let Some(denial) = denial {
                call.because(denial.to_string());
                deny(call, service, secret, DenialReason::DenialPolicy, &denial.mismatches).await;
            }
            cause.into()
        }
        Refusal::Denied(denial) => {
            call.because(denial.to_string());
            deny(call, service, secret, DenialReason::DenialPolicy, &denial.mismatches).await;
            call.not_admitted().into()
        }
    }
}

/// Remembers a refusal for the owner of the service; secrets of applications have no such owner.
async fn deny(
    call: &TaCall<'_>,
    service: &ServiceName,
    secret: &SecretName,
    reason: DenialReason,
    mismatches: &[Mismatch],
) {
    let Ok(vault) = call.vault() else { return };
    if service.as_str() == TRUSTED_APPLICATIONS {
        return;
    }
    let mismatch = |mismatch: &Mismatch| DenialMismatch {
        rule: mismatch.rule.clone(),
        attribute: mismatch.attribute.to_string(),
        expected: mismatch.expected.clone(),
        actual: mismatch.actual.clone(),
    };
    let denial = Denial {
        time_ms: call.now_ms,
        function_name: call.function.name().to_owned(),
        secret_name: secret.to_string(),
        attributes: Some(call.caller.attributes.to_proto()),
        mismatches: mismatches.iter().map(mismatch).collect(),
        reason: reason.into(),
    };
    call.core.activity.denied(vault, service, denial).await;
}
