//! From settings to a core: unseal or make the identity, open its records, attest it, and work or
//! wait for an administrator.

use std::sync::Arc;

use aecs_attest::{Causes, Sealing};
use aecs_crypto::Suite;
use aecs_proto::RecoveringSet;

use crate::{
    administrators::without_password,
    audit,
    clock::millis,
    config::{CoreConfig, Environment},
    error::{Cause, Error},
    floor,
    handlers::{
        backups, provision,
        recovery::{fitting::Here, makers::Makers, restore},
        relocation,
    },
    housekeeping,
    identity::{Identity, SealedFor, SuiteKeys, UnsealError},
    memory::{Memory, Service},
    records,
    recovering::Recovering,
    recovery::{Header, RecoveryRecord, SealedSet, SealedSets, sealed_sets},
    remembering::{digest, remember},
    settings::{InForce, Restart, in_words},
    state::{CoreState, Node, Phase},
    vault::{Vault, VaultError},
};

/// Why a core does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The sealed identity beside the server cannot be read or written.
    #[error("the sealed identity cannot be read or written")]
    Cache(#[source] std::io::Error),
    /// The sealed identity beside the server does not open.
    #[error("the sealed identity does not open")]
    Unseal(#[source] UnsealError),
    /// There is a sealed identity beside the server, and nothing to open it with.
    #[error("there is a sealed identity, and this platform cannot open it")]
    CannotUnseal(#[source] aecs_attest::Error),
    /// No attestation report can be made, or it does not verify.
    #[error("this server's own attestation report cannot be made or does not verify")]
    Attestation(#[from] aecs_attest::Error),
    /// A key cannot be made.
    #[error("the identity's keys cannot be made")]
    Crypto(#[from] aecs_crypto::Error),
    /// A trust setting is out of range, contradicts another one, or is not known to this version.
    #[error("{0}")]
    Config(String),
    /// The records that the settings are among cannot be read.
    #[error("the trust settings cannot be read from the store")]
    Records(#[source] Error),
    /// The audit log cannot be compared with what the records know of it.
    #[error("the audit log cannot be read, or not be written")]
    Audit(#[source] Error),
    /// The runtime is being shut down.
    #[error("the start was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
}

impl StartError {
    /// What the operator can do, where the error does not say it.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Unseal(UnsealError::Newer { .. } | UnsealError::Format(_)) => Some(
                "the file is good: keep it, it may be the only copy of the identity. Only a server of that \
                 version opens it",
            ),
            Self::Unseal(_) => Some(
                "keep the file: it may be the only copy of the identity. Start where it was sealed. Without \
                 it the server starts with a new identity; provision with the host name of a backup then \
                 brings back the former one. If the sealing key has changed (another machine, image, SVN or \
                 microcode), start with --recover, and have the custodians submit their recovery shares",
            ),
            Self::CannotUnseal(_) => Some(
                "keep the file: it may be the only copy of the identity. Start where it was sealed, or with \
                 --recover if there are recovery shares: without both the server starts with a new \
                 identity, which cannot open the store",
            ),
            _ => None,
        }
    }
}

pub(crate) async fn start(
    config: CoreConfig,
    env: Environment,
) -> Result<Arc<CoreState>, StartError> {
    let used = has_records(&env).await?;
    let (env, recovery) = recovery(&config, env).await?;
    let (env, origin) = match &recovery {
        // What is beside the server stays there until the recovery is finished.
        Some(_) => newborn(&config, env).await?,
        None => origin(&config, env).await?,
    };
    let Origin { mut identity, memory, mut sealed } = origin;
    let opened = open_records(&env, &identity, &memory).await;
    if let Err(VaultError::Moved(moved)) = &opened {
        relocation::complete(&env, moved).await;
    }
    let trust = trust_settings(&env, &opened, &memory).await?;
    let settings = trust.settings.clone();
    let keys = match &opened {
        Ok(Some(vault)) => records::suite_keys(vault, &settings.suites).await,
        _ => Ok(SuiteKeys::new()),
    };
    let keys = keys.map_err(StartError::Records)?;
    let (env, identity, grown) = on_a_thread(move || {
        let grown = identity.complete(&settings.suites, &keys)?;
        let identity = Arc::new(identity).attest(&settings, &*env.attester, env.clock.now())?;
        Ok((env, identity, grown))
    })
    .await?;
    if grown {
        sealed = None;
    }

    let foreign = memory.is_unused() && used;
    let phase = match recovery {
        Some(sets) => {
            let now = env.clock.now();
            let problem = |text: &_| restore::problem(env.reader.as_ref(), &identity, now, text);
            let here = Here::new(&identity, &trust.settings, now);
            let refuses = |header: &Header| here.refuses(header.released_to.as_ref());
            Phase::Recovering(Arc::new(Recovering::new(sets, problem, refuses)))
        }
        None => begin(&env, &trust, &memory, opened, foreign).await,
    };
    let node = Node {
        identity: Arc::new(identity),
        trust: Arc::new(trust),
        memory: Arc::new(memory),
        phase,
    };
    tell(&node, &config, &env);
    let key = node.identity.identity().audit_key(&env.audit.id())?;
    let core = Arc::new(CoreState::new(config, env, node, aecs_crypto::random()?, key));
    *core.sealed.lock().await = sealed;
    let node = core.node();
    let floor = floor::latest(node.opened_vault(), &node.memory).await;
    if let Some(floor) = floor.map_err(StartError::Records)? {
        core.clock.raise(floor);
    }
    if node.not_recovering().is_ok() {
        tell_without_password(&node).await.map_err(StartError::Records)?;
    }
    if let Ok(vault) = node.vault() {
        let (identity, log) = (node.identity.identity(), node.memory.log);
        let attached = core.ledger.attach(vault, identity, log).await;
        attached.map_err(StartError::Audit)?;
        let (record, _) = RecoveryRecord::load(vault).await.map_err(StartError::Records)?;
        let makers = Makers::load(vault).await.map_err(StartError::Records)?;
        let present = Here::of(&core, &node).present(&record, &makers);
        if let Some(alert) = present.and_then(|it| it.alert) {
            tracing::warn!("{alert}");
        }
    }
    if let Err(error) = remember(&core).await {
        if sealed.is_none() {
            // Nobody would ever see this identity, or these keys of it, again.
            return Err(StartError::Cache(std::io::Error::other(error.to_string())));
        }
        tracing::warn!(%error, "the sealed identity beside the server is not up to date");
    }
    housekeeping::spawn(&core);
    let weak = Arc::downgrade(&core);
    audit::spawn(&core.ledger, move || weak.upgrade()?.node().vault().ok().cloned());
    Ok(core)
}

/// The sealed identities that a server waits for shares of, if it recovers one: because it is told to,
/// or because it can keep none under its settings and finds one in the store.
async fn recovery(
    config: &CoreConfig,
    env: Environment,
) -> Result<(Environment, Option<Vec<SealedSet>>), StartError> {
    if !config.recover {
        let read = env.reader.read(&config.settings).map_err(StartError::Config)?;
        let keeps_it = env.sealing.under(&read.sealing).sealer().is_ok();
        if keeps_it || read.restart != Restart::Auto {
            return Ok((env, None));
        }
    }
    let sets = sealed_sets(&*env.store).await;
    let SealedSets { sets, damaged } =
        sets.map_err(|error| StartError::Records(VaultError::Store(error).into()))?;
    if sets.is_empty() {
        return match config.recover {
            true => Err(StartError::Config(no_sets(&damaged))),
            false => Ok((env, None)),
        };
    }
    let (env, own) = on_a_thread(move || {
        let own = unseal(&env);
        Ok((env, own))
    })
    .await?;
    match own {
        Ok(Some((identity, memory))) => match why_not(&identity, &memory, &sets) {
            Some(why) if config.recover => Err(StartError::Config(why)),
            // Sealed under other settings than these.
            Some(_) => Ok((env, None)),
            None => Ok((env, Some(sets))),
        },
        Ok(_) => Ok((env, Some(sets))),
        Err(StartError::Cache(error)) => Err(StartError::Cache(error)),
        Err(error) => {
            tracing::warn!(
                error = %Causes(&error),
                "the sealed identity beside this server does not open; when the recovery is finished, \
                 the recovered one takes its place, and this one is kept beside it"
            );
            Ok((env, Some(sets)))
        }
    }
}

/// Why a server does not recover a deployment with this identity beside it, if it does not.
fn why_not(identity: &Identity, memory: &Memory, sets: &[SealedSet]) -> Option<String> {
    let own = identity.deployment_id();
    if memory.is_unused() {
        return None;
    }
    if !sets.iter().any(|set| set.header.deployment_id == own) {
        return Some(format!(
            "--recover was given, but the store has no recovery shares of deployment {}, whose sealed identity is \
             beside this server (aecs_identity_keypair_file) and opens. If that is the deployment of this store, \
             start without --recover. If not, the file may be its only copy: name another file, or move this one \
             away and keep it",
            hex::encode_upper(own)
        ));
    }
    matches!(memory.service, Service::Here(_)).then(|| {
        "--recover was given, but the sealed identity beside this server opens and was in service: start it \
         without --recover"
            .to_owned()
    })
}

/// Why nothing in the store can be recovered.
fn no_sets(damaged: &[String]) -> String {
    match damaged {
        [] => "--recover was given, but the store has no identity that is sealed under recovery shares: name \
               the deployment's store, or make one of an export of it (--import-store)"
            .to_owned(),
        damaged => format!(
            "--recover was given, but what the store has under recovery shares is damaged ({}): restore the \
             store from an export (--import-store)",
            damaged.join(", ")
        ),
    }
}

/// What a node starts from.
struct Origin {
    identity: Identity,
    memory: Memory,
    /// The digest of it as it is sealed beside the server; none if it is new.
    sealed: Option<[u8; 32]>,
}

/// The identity that is sealed beside the server, or a new one.
async fn origin(
    config: &CoreConfig,
    env: Environment,
) -> Result<(Environment, Origin), StartError> {
    let (env, sealed) = on_a_thread(move || {
        let sealed = unseal(&env)?;
        Ok((env, sealed))
    })
    .await?;
    if let Some((identity, memory)) = sealed {
        if !is_of_no_use(config, &env, &identity, &memory).await {
            let sealed = Some(digest(&identity, &memory));
            return Ok((env, Origin { identity, memory, sealed }));
        }
        tracing::info!(
            identity = %identity.hash(),
            "the identity was never provisioned, and the settings or the administrator have \
             changed: a new one is made"
        );
    }
    newborn(config, env).await
}

/// A new identity.
async fn newborn(
    config: &CoreConfig,
    env: Environment,
) -> Result<(Environment, Origin), StartError> {
    let memory = Memory::birth(config, millis(env.clock.now()))
        .map_err(|error| StartError::Config(error.to_string()))?;
    let read = env.reader.read(&config.settings).map_err(StartError::Config)?;
    let birth = config.settings.clone();
    let identity = on_a_thread(move || Ok(Identity::generate(&birth, &read.suites)?)).await?;
    Ok((env, Origin { identity, memory, sealed: None }))
}

/// The settings that are in force: those of the records, or those that the identity remembers.
async fn trust_settings(
    env: &Environment,
    opened: &Result<Option<Vault>, VaultError>,
    memory: &Memory,
) -> Result<InForce, StartError> {
    let (revision, text) = match opened {
        Ok(Some(vault)) => {
            provision::settings_with(vault, memory).await.map_err(StartError::Records)?
        }
        _ => (memory.revision, memory.settings.clone()),
    };
    InForce::read(env.reader.as_ref(), revision, text).map_err(StartError::Config)
}

/// What is sealed beside the server.
fn unseal(env: &Environment) -> Result<Option<(Identity, Memory)>, StartError> {
    let Some(cache) = &env.identity_cache else { return Ok(None) };
    let Some(sealed) = cache.load().map_err(StartError::Cache)? else { return Ok(None) };
    // Under which rules it was sealed is known when it is open: they are in it.
    let opening = env.sealing.opening();
    let sealer = opening.sealer().map_err(StartError::CannotUnseal)?;
    let opened = Identity::unseal(sealer.as_ref(), &SealedFor::Cache, &sealed);
    opened.map(Some).map_err(StartError::Unseal)
}

/// Whether the identity was born under something else than `config` and has never held anything. A
/// sealed file of its first day says so too: then the store has records that only it can open.
async fn is_of_no_use(
    config: &CoreConfig,
    env: &Environment,
    identity: &Identity,
    memory: &Memory,
) -> bool {
    let (key, id) = (identity.record_key(), identity.deployment_id());
    memory.is_stillborn(config)
        && matches!(Vault::any_opens(&*env.store, &key, id).await, Ok(false))
}

/// Opens the records of an identity that has been in service; `None` for one that has not.
async fn open_records(
    env: &Environment,
    identity: &Identity,
    memory: &Memory,
) -> Result<Option<Vault>, VaultError> {
    if memory.is_unused() {
        return Ok(None);
    }
    records::open(env.store.clone(), identity).await.map(Some)
}

/// Whether the store has records, whosever they are. Nobody works on a store that is half filled.
async fn has_records(env: &Environment) -> Result<bool, StartError> {
    match Vault::exists(&*env.store).await {
        Err(error @ VaultError::Importing) => {
            Err(StartError::Config(format!("{error} (aecs_server --import-store)")))
        }
        // What fails here fails again where the store is needed.
        found => Ok(found.unwrap_or_default()),
    }
}

/// What a start tells that finds something else than the server has left.
const UNEXPECTED: &str =
    "the store is not the one that this server has left; it waits for its administrator";

/// Whether the node works at once, or why not.
async fn begin(
    env: &Environment,
    trust: &InForce,
    memory: &Memory,
    opened: Result<Option<Vault>, VaultError>,
    foreign: bool,
) -> Phase {
    let pending =
        |reason: String, vault| Phase::Pending { reason, vault, recoverable: Arc::default() };
    let opened = match opened {
        Ok(Some(vault)) => memory.why_older(&vault).await.map(|older| Some((vault, older))),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    let (vault, older) = match opened {
        Ok(Some(found)) => found,
        Ok(None) if foreign => {
            let sets = sealed_sets(&*env.store).await.unwrap_or_default().sets;
            let recoverable = Recovering::new(sets, |_| None, |_| None).waits_for();
            let backups = backups::hosts(&*env.store).await.unwrap_or_default();
            let reason = foreign_records(!backups.is_empty(), &recoverable);
            tracing::warn!(reason, "{UNEXPECTED}");
            return Phase::Pending { reason, vault: None, recoverable: recoverable.into() };
        }
        Ok(None) => {
            let reason = "it was never provisioned: run aecsadmin provision";
            return pending(reason.to_owned(), None);
        }
        Err(error) => {
            tracing::error!(error = %Causes(&error), "the store does not open");
            let error = provision::not_opened_for_anybody(&env.sealing.opening(), error);
            return pending(error.message().to_owned(), None);
        }
    };
    if let Some(why) = older {
        let reason = Cause::OlderStore { why }.to_string();
        tracing::warn!(reason, "{UNEXPECTED}");
        return pending(reason, Some(vault));
    }
    let reason = match (&memory.service, trust.settings.restart) {
        (Service::Here(_), Restart::Auto) => return Phase::Working { vault },
        (Service::Here(_), Restart::Provision) => {
            "its settings have restart = provision: run aecsadmin provision"
        }
        (Service::Never | Service::Begun { .. }, _) => {
            let reason = "a provision or a recovery was cut off here before this server knew that it was \
                          committed: run aecsadmin provision; if it was a recovery in which the custodians set \
                          an administrator, start with --recover, and have them do it once more";
            tracing::warn!(
                reason,
                "the server has not gone to work; it waits for its administrator"
            );
            reason
        }
    };
    pending(reason.to_owned(), Some(vault))
}

/// Why a new identity waits that finds records, with these identities of theirs under recovery shares.
fn foreign_records(has_backup: bool, recoverable: &[RecoveringSet]) -> String {
    let mut reason = "this identity is new, but the store has records of another one".to_owned();
    if has_backup {
        reason.push_str(
            ": to bring that one back, run aecsadmin provision with the host name of its backup",
        );
    }
    if let Some(set) = recoverable.first() {
        reason.push_str(&format!(
            "; if its machine or its sealing key is lost, start with --recover: the store has recovery \
             shares (revision {}) of deployment {}",
            set.revision, set.deployment_id
        ));
    } else if !has_backup {
        reason.push_str(
            ", and neither a backup nor recovery shares of it: start with the store of this deployment, or with \
             an empty one",
        );
    }
    reason
}

/// Tells the operator how the node begins.
fn tell(node: &Node, config: &CoreConfig, env: &Environment) {
    if node.not_recovering().is_ok() {
        tell_end(&env.sealing.under(&node.settings().sealing));
    }
    let own = node.identity.in_suite(Suite::Modern).map(|server| server.attributes);
    tracing::info!(
        identity = %node.identity.identity().hash(),
        platform = own.map(|own| own.str_tee_platform.as_str()),
        tcb_status = own.map(|own| own.str_tcb_status.as_str()),
        deployment = hex::encode_upper(node.deployment_id()),
        settings_revision = node.trust.revision,
        simulation = node.settings().simulation,
        time_ms = millis(env.clock.now()),
        "started: {}{}",
        node.status(),
        node.waits_for().map(|reason| format!(", {reason}")).unwrap_or_default()
    );
    let differences = node.trust.text.differences(&config.settings, env.reader.as_ref());
    if !differences.is_empty() {
        tracing::warn!(
            "trust settings in this host's configuration (file, environment, flags) have no effect: \
             {}; `aecsadmin deployment apply` changes those in force",
            in_words(&differences, "is", "configured is")
        );
    }
    node.settings().warn();
}

/// Tells the operator what ends the identity.
fn tell_end(sealing: &Sealing) {
    match sealing {
        Sealing::Unavailable { reason } => tracing::warn!(
            %reason,
            "this platform cannot seal: the identity ends with this process, and without recovery shares \
             everything that is in the store ends with it"
        ),
        Sealing::Sealer(sealer) if sealer.bound_to().versions => tracing::warn!(
            "the sealed identity ends with an update of the microcode and with another SVN of this server: run \
             `aecsadmin upgrade prepare` before that"
        ),
        Sealing::Sealer(_) => {}
    }
}

/// Tells the operator which administrators need nothing but their key.
async fn tell_without_password(node: &Node) -> Result<(), Error> {
    let names = without_password(&node.administrators().await?);
    if !names.is_empty() {
        tracing::warn!(
            administrators = names.join(", "),
            "these administrators have no password: their key alone administers the platform. Set one \
             with `aecsadmin admin rotate --password-hash`, or for a new identity with \
             aecs_admin_password_hash, which must not be empty"
        );
    }
    Ok(())
}

/// RSA keys take long.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StartError> + Send + 'static,
) -> Result<T, StartError> {
    tokio::task::spawn_blocking(work).await.map_err(StartError::Interrupted)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_remove_an_identity_that_may_be_the_only_copy() {
        let version = env!("CARGO_PKG_VERSION");
        let sealed_by_newer = aecs_attest::Error::SealedByNewer { sealed: 5, own: 4 };
        let elsewhere = aecs_attest::Error::SealedElsewhere;
        for (error, what) in [
            (
                StartError::Unseal(UnsealError::Format(9)),
                format!(
                    "the sealed identity does not open: another version of AECS sealed it: it has format 9, \
                     and AECS {version} reads format 2 only; start the version that sealed it"
                ),
            ),
            (
                StartError::Unseal(sealed_by_newer.into()),
                "the sealed identity does not open: a server with security version 5 sealed it, and this \
                 one has version 4; start one with version 5 or a higher one"
                    .to_owned(),
            ),
            (
                StartError::Unseal(elsewhere.into()),
                "the sealed identity does not open: the platform does not unseal it".to_owned(),
            ),
            (
                StartError::CannotUnseal(aecs_attest::Error::Clock),
                "there is a sealed identity, and this platform cannot open it".to_owned(),
            ),
        ] {
            let text = Causes(&error).to_string();
            assert!(text.starts_with(&what), "{text}");
            let remedy = error.remedy().unwrap();
            assert!(remedy.contains("it may be the only copy"), "{remedy}");
            for text in [text.as_str(), remedy] {
                assert!(!text.contains("remove") && !text.contains("delete"), "{text}");
            }
        }
    }
}
