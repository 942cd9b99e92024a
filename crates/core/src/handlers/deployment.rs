//! The deployment: which trust settings are in force, how they differ from a file, and their
//! change.

use std::{collections::BTreeMap, sync::Arc};

use aecs_attest::Causes;
use aecs_crypto::{PublicKey, SecretBytes, Suite};
use aecs_proto::{
    ApplyDeploymentRequest, ApplyDeploymentResponse, DiffDeploymentRequest, DiffDeploymentResponse,
    ServerConfigFile, ShowDeploymentRequest, ShowDeploymentResponse,
};
use prost::Message;

use super::{backups, services};
use crate::{
    administrators::{differences, without_password},
    alone::Alone,
    call::{AecsAdmin, Call, Reply},
    error::{Cause, Error, internal},
    identity::{AttestedIdentity, SuiteKeys},
    keys,
    name::ServiceName,
    records::{ServiceRecord, decode, suite_keys},
    remembering::{remember, remember_if_possible},
    settings::{InForce, ReadFile, Settings, TrustSettings, in_words},
    state::{CoreState, Node},
    vault::{Change, Vault},
};

/// How many owners of keys a refusal names.
const MAX_NAMED: usize = 16;

/// The trust settings as the vault keeps them.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SettingsRecord {
    #[prost(uint64, tag = "1")]
    revision: u64,
    #[prost(btree_map = "string, string", tag = "2")]
    settings: BTreeMap<String, String>,
}

impl SettingsRecord {
    pub(crate) fn new(revision: u64, settings: &TrustSettings) -> Self {
        Self { revision, settings: settings.to_map() }
    }

    /// The content of the record.
    pub(crate) fn encode(&self) -> SecretBytes {
        self.encode_to_vec().into()
    }
}

/// The trust settings that the vault has, and their revision; none before the first provision.
pub(crate) async fn settings_of(vault: &Vault) -> Result<Option<(u64, TrustSettings)>, Error> {
    let Some(found) = vault.get(&keys::settings()?).await? else {
        return Ok(None);
    };
    let record: SettingsRecord = decode(&found.plain)?;
    Ok(Some((record.revision, TrustSettings::new(record.settings))))
}

/// Shows the settings in force, and where the host's own file differs.
pub(crate) async fn show(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let ShowDeploymentRequest {} = call.parse()?;
    let trust = &call.node.trust;
    Ok(Reply::json(&ShowDeploymentResponse {
        deployment_id: hex::encode_upper(call.node.deployment_id()),
        revision: trust.wire_revision(),
        digest: hex::encode_upper(trust.digest),
        settings: trust.to_proto(call.core.env.reader.as_ref()),
        differences: call.core.differences(trust, &call.core.host_settings),
        without_password: without_password(&call.node.administrators().await?),
    }))
}

/// Shows what a file, or the host's own, would change.
pub(crate) async fn diff(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: DiffDeploymentRequest = call.parse()?;
    let present = call.node.administrators().await?;
    let mut answer = DiffDeploymentResponse {
        without_password: without_password(&present),
        ..DiffDeploymentResponse::default()
    };
    let Some(file) = &request.file else {
        answer.differences = call.core.differences(&call.node.trust, &call.core.host_settings);
        return Ok(Reply::json(&answer));
    };
    match read_file(call.core, file)? {
        ReadFile::Settings(text, named) => {
            answer.differences = call.core.differences(&call.node.trust, &text);
            // What `apply` would refuse is no difference to agree to.
            if !answer.differences.is_empty() {
                let trust = read_settings(call.core, call.node.trust.revision, text)?;
                check_suites(&call.node, &trust.settings).await?;
            }
            let of = call.caller.key;
            answer.administrator = differences(&call.core.lanes, &present, of, named).await?;
        }
        ReadFile::Missing(missing_files) => answer.missing_files = missing_files,
    }
    Ok(Reply::json(&answer))
}

/// Makes the settings of a file those in force, as one commit.
pub(crate) async fn apply(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: ApplyDeploymentRequest = call.parse()?;
    let core = call.core;
    let file = request.file.as_ref().ok_or(Cause::NoFile)?;
    let text = match read_file(core, file)? {
        ReadFile::Settings(text, _) => text,
        ReadFile::Missing(missing_files) => {
            return Ok(Reply::json(&ApplyDeploymentResponse {
                missing_files,
                ..ApplyDeploymentResponse::default()
            }));
        }
    };

    let _one_at_a_time = core.provisioning.lock().await;
    let node = core.node();
    if node.settings_revision() != request.revision {
        let (revision, named) = (node.trust.revision, request.revision);
        return Err(Cause::OtherRevision { revision, named }.into());
    }
    let mut answer = ApplyDeploymentResponse {
        revision: node.settings_revision(),
        digest: hex::encode_upper(text.digest()),
        differences: core.differences(&node.trust, &text),
        ..ApplyDeploymentResponse::default()
    };
    if answer.differences.is_empty() {
        answer.digest = hex::encode_upper(node.trust.digest);
        return Ok(Reply::json(&answer));
    }
    call.about(None, Some("trust settings"));
    let revision = node.trust.revision.saturating_add(1);
    let trust = read_settings(core, revision, text)?;
    let known = suite_keys(call.vault()?, &trust.settings.suites).await?;
    let mut added = trust.settings.suites.clone();
    added.retain(|suite| !node.settings().has(*suite) && !known.contains_key(suite));
    let (identity, grown) = attest_under(core, &node, &trust, known).await?;
    // From now on nobody registers a key in a suite that is taken away.
    let alone = Alone::begin(core, call.vault()?).await?;
    check_suites(&node, &trust.settings).await?;
    let name = keys::settings()?;
    let Some(current) = call.vault()?.get(&name).await? else {
        return Err(Cause::Missing { what: keys::describe(&name) }.into());
    };
    let record = SettingsRecord::new(revision, &trust.text).encode();
    if grown {
        keep(core, &node, &identity).await?;
    }
    answer.revision = trust.wire_revision();
    let next = Node { identity: identity.clone(), trust: Arc::new(trust), ..Node::clone(&node) };
    let backup = backups::write_next(core, &next).await;
    let mut change = Change::new().replace(name, current.epoch, record).trust_revision(revision);
    // Other processes have the same keys.
    for suite in added {
        if let Some(pem) = identity.identity().private_pem(suite) {
            change = change.put(keys::suite_key(suite)?, pem.into());
        }
    }
    let change = alone.only(change);
    let reply = match call.commit_answering(change, Reply::json(&answer)).await {
        Ok(reply) => reply,
        Err(error) => {
            backups::put_back(core, backup, &error).await;
            return Err(error);
        }
    };
    tracing::warn!(
        "the trust settings were changed (revision {revision}): {}",
        in_words(&answer.differences, "was", "is now")
    );
    core.replace(next);
    // The vault has them: the next start finds them there.
    remember_if_possible(core).await;
    Ok(reply)
}

/// Saves the new keys of an identity: those that nobody could find again must not be used.
async fn keep(
    core: &CoreState,
    node: &Node,
    identity: &Arc<AttestedIdentity>,
) -> Result<(), Error> {
    core.replace(Node { identity: identity.clone(), ..Node::clone(node) });
    remember(core).await
}

/// The node's identity with reports that verify under `trust`, and whether it got new keys.
pub(crate) async fn attest_under(
    core: &CoreState,
    node: &Node,
    trust: &InForce,
    known: SuiteKeys,
) -> Result<(Arc<AttestedIdentity>, bool), Error> {
    let (identity, settings) = (node.identity.identity().clone(), trust.settings.clone());
    let (attester, now) = (core.env.attester.clone(), core.clock.now());
    let work = move || {
        let grown = identity.grown(&settings.suites, &known).map_err(|error| error.to_string())?;
        let has_grown = grown.is_some();
        let identity = grown.map_or(identity, Arc::new);
        let attested = identity.attest(&settings, &*attester, now);
        attested.map(|identity| (Arc::new(identity), has_grown)).map_err(|error| {
            format!("the server's own evidence would be refused: {}", Causes(&error))
        })
    };
    let made = tokio::task::spawn_blocking(work).await;
    Ok(made.map_err(internal("proving the identity"))?.map_err(|why| Cause::BadSettings { why })?)
}

/// The meaning of settings that are to be those in force.
fn read_settings(core: &CoreState, revision: u64, text: TrustSettings) -> Result<InForce, Cause> {
    let read = InForce::read(core.env.reader.as_ref(), revision, text);
    read.map_err(|why| Cause::BadSettings { why })
}

/// Refuses settings that take away the suite of a key that is registered: its owner could sign
/// nothing any more, not even the request for another key.
async fn check_suites(node: &Node, next: &Settings) -> Result<(), Error> {
    let present = Suite::ALL.into_iter().filter(|suite| node.identity.in_suite(*suite).is_some());
    let lost: Vec<Suite> = present.filter(|suite| !next.has(*suite)).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let loses = |key: &PublicKey| lost.contains(&key.suite());
    let mut whose = Vec::new();
    for administrator in node.administrators().await?.iter().filter(|it| loses(&it.key)) {
        whose.push(format!("administrator {} ({})", administrator.name, administrator.key.suite()));
    }
    if let Some(vault) = node.opened_vault() {
        for name in services::services(vault, "").await? {
            let record = ServiceRecord::load(vault, &ServiceName::parse(&name)?).await?;
            if let Some(key) = record.map(|it| it.key).filter(loses) {
                whose.push(format!("service {name} ({})", key.suite()));
            }
        }
    }
    let more = whose.len().saturating_sub(MAX_NAMED);
    whose.truncate(MAX_NAMED);
    if whose.is_empty() {
        return Ok(());
    }
    if more > 0 {
        whose.push(format!("{more} more"));
    }
    let why = format!(
        "identity.suites does not name the suite of keys that are registered, whose owners could sign \
         no request any more: {}; give them other keys first (aecsadmin admin rotate, serviceadmin key \
         rotate), or name their suites",
        whose.join(", ")
    );
    Err(Cause::BadSettings { why }.into())
}

/// The trust settings in an administrator's file.
pub(super) fn read_file(core: &CoreState, file: &ServerConfigFile) -> Result<ReadFile, Cause> {
    core.env.reader.read_file(file).map_err(|why| Cause::BadFile { why })
}
