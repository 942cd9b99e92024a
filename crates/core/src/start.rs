//! From settings to a core: unseal or make the identity, attest it, wait for provision.

use std::sync::Arc;

use aecs_attest::Sealing;
use aecs_crypto::Suite;

use crate::{
    Core,
    audit::{self, Ledger},
    clock::millis,
    config::{CoreConfig, Environment},
    error::Error,
    housekeeping,
    identity::{Identity, SealedFor, UnsealError},
    inner::Inner,
};

/// Why a core does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The sealed identity beside the server cannot be read or written.
    #[error("the sealed identity cannot be read or written")]
    Cache(#[source] std::io::Error),
    /// The sealed identity beside the server does not open.
    #[error(
        "the sealed identity does not open: it was sealed on another platform or for another \
         signer, or it was edited; remove it to start with a new identity, and provision with the \
         host name of a backup to get the former one back"
    )]
    Unseal(#[source] UnsealError),
    /// There is a sealed identity beside the server, and nothing to open it with.
    #[error(
        "there is a sealed identity, and this platform cannot open it; start where it was sealed, \
         or remove it to start with a new identity that cannot open the former one's store"
    )]
    CannotUnseal(#[source] aecs_attest::Error),
    /// The identity belongs to another administrator.
    #[error("{}", .0.message())]
    Admin(Error),
    /// No attestation report can be made, or it does not verify.
    #[error("this server's own attestation report cannot be made or does not verify")]
    Attestation(#[from] aecs_attest::Error),
    /// A key cannot be made.
    #[error("the identity's keys cannot be made")]
    Crypto(#[from] aecs_crypto::Error),
    /// A setting is out of range, or contradicts another one.
    #[error("{0}")]
    Config(String),
    /// The runtime is being shut down.
    #[error("the start was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
}

pub(crate) async fn start(config: CoreConfig, env: Environment) -> Result<Core, StartError> {
    config.check().map_err(StartError::Config)?;
    let (config, env, identity) = on_a_thread(move || {
        let cache = env.identity_cache.clone();
        let cached = match &cache {
            Some(cache) => cache.load().map_err(StartError::Cache)?,
            None => None,
        };
        let mut identity = match cached {
            Some(sealed) => {
                let sealer = env.sealing.sealer().map_err(StartError::CannotUnseal)?;
                Identity::unseal(sealer.as_ref(), &SealedFor::Cache, &sealed)
                    .map_err(StartError::Unseal)?
            }
            None => Identity::generate(&config)?,
        };
        identity.check_admin(&config).map_err(StartError::Admin)?;
        identity.complete(&config)?;
        match (&cache, &env.sealing) {
            (Some(cache), Sealing::Sealer(sealer)) => {
                let sealed = identity.seal(sealer.as_ref(), &SealedFor::Cache)?;
                cache.save(&sealed).map_err(StartError::Cache)?;
            }
            (_, Sealing::Unavailable { reason }) => tracing::warn!(
                %reason,
                "this platform cannot seal: the identity ends with this process, and with it \
                 everything that is in the store then"
            ),
            (None, Sealing::Sealer(_)) => {}
        }
        let identity = Arc::new(identity);
        let identity = identity.attest(&config, &*env.attester, &env.verifier, env.clock.now())?;
        Ok::<_, StartError>((config, env, identity))
    })
    .await?;

    let own = identity.in_suite(Suite::Modern).map(|face| &face.own.attributes);
    tracing::info!(
        identity = %identity.identity().hash(),
        platform = own.map(|own| own.str_tee_platform.as_str()),
        tcb_status = own.map(|own| own.str_tcb_status.as_str()),
        deployment = hex::encode_upper(config.deployment_id()),
        simulation = config.simulation,
        time_ms = millis(env.clock.now()),
        "started: waiting for provision"
    );
    let ledger = Ledger::new(env.audit.clone(), identity.identity().audit_key()?);
    let inner = Arc::new(Inner::new(config, env, identity, aecs_crypto::random()?, ledger));
    housekeeping::spawn(&inner);
    audit::spawn(&inner);
    Ok(Core { inner })
}

/// RSA keys take long.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StartError> + Send + 'static,
) -> Result<T, StartError> {
    tokio::task::spawn_blocking(work).await.map_err(StartError::Interrupted)?
}
