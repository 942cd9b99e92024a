//! Provision: from Pending to Working.
//!
//! Invariant: the server works only with an identity of its own administrator, with records
//! that add up under that identity, and after the request is remembered among them.

use std::sync::Arc;

use aecs_attest::Sealing;
use aecs_proto::AecsProvisionRequest;
use aecs_store::PutMode;

use super::backups;
use crate::{
    call::{AecsAdmin, Call, Reply, refusal},
    error::{Chain, Error, ErrorCode, Kind},
    floor,
    identity::{Identity, SealedFor},
    inner::{Inner, Node},
    name::HostName,
    restoration::Restored,
    vault::{Change, Vault, VaultError},
};

/// Makes the server work: with the identity that is backed up under the host's name, or with
/// the current one, which is then backed up there. Without a host's name nothing is backed up.
pub(crate) async fn provision(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: AecsProvisionRequest = call.parse()?;
    let host = match request.host_name.as_str() {
        "" => None,
        name => Some(HostName::parse(name)?),
    };
    call.about(None, host.as_ref().map(HostName::as_str));
    if request.auth.is_some_and(|auth| auth != aecs_proto::StorageAuth::default()) {
        tracing::warn!("storage credentials were given; the embedded store needs none");
    }

    let inner = call.inner;
    let mut one_at_a_time = inner.provisioning.lock().await;
    let node = inner.node();
    if node.is_working() {
        return Err(Error::new(
            ErrorCode::Provisioned,
            Kind::FailedPrecondition,
            "this server is provisioned already",
        ));
    }

    let backup = match &host {
        Some(host) => {
            backups::check_sealing(inner)?;
            backups::load(inner, host).await?
        }
        None => None,
    };
    // A backup is written before the first record, so that no record can exist whose identity
    // was never saved.
    let (identity, save) = match backup {
        Some(backup) => {
            backup.identity.check_admin(&inner.config)?;
            let Restored { identity, grown } = one_at_a_time.restored(inner, backup).await?;
            (Arc::new(identity), grown.then_some(PutMode::Overwrite))
        }
        None => (node.identity.clone(), Some(PutMode::Create)),
    };
    let vault = open_vault(inner, identity.identity()).await?;
    inner.clock.raise_to(identity.issued());
    if let Some(floor) = floor::load(&vault).await? {
        inner.clock.raise_signed(floor);
    }
    call.ticket.check(&vault, node.settings_revision()).await?;
    if let (Some(host), Some(mode)) = (&host, save) {
        backups::save(inner, identity.identity().clone(), host, mode).await?;
    }
    remember_beside_the_server(inner, identity.identity().clone()).await?;
    inner.ledger.attach(&vault, identity.identity(), inner.clock.now_ms()).await?;
    call.commit_to(&vault, Change::new(), None).await?;

    tracing::info!(
        identity = %identity.identity().hash(),
        backup = host.as_ref().map(HostName::as_str),
        "provisioned: this server is working"
    );
    inner.replace(Node::working(identity, vault, host));
    Ok(Reply::Empty)
}

/// Opens the records of `identity`. Records of another one do not open.
async fn open_vault(inner: &Inner, identity: &Identity) -> Result<Vault, Error> {
    let opened =
        Vault::open(inner.env.store.clone(), identity.record_key(), identity.birth_id()).await;
    opened.map_err(|error| match error {
        VaultError::Tampered { .. } if inner.env.sealing.sealer().is_err() => Error::new(
            ErrorCode::StorageAuth,
            Kind::FailedPrecondition,
            format!(
                "the store does not open under this identity: {}. It belongs to an identity that \
                 ended with an earlier process, since this platform cannot seal: what is in it is \
                 lost. Start with an empty store",
                Chain(&error)
            ),
        ),
        VaultError::Tampered { .. } => Error::new(
            ErrorCode::StorageAuth,
            Kind::FailedPrecondition,
            format!(
                "the store does not open under this identity: {}. If it belongs to another \
                 identity, provision with the host name of that identity's backup; if not, \
                 somebody changed it",
                Chain(&error)
            ),
        ),
        other => refusal(other),
    })
}

/// Saves the identity where the next start finds it, if the operator configured such a place and
/// the platform can seal. If it cannot, the operator was told so at start.
async fn remember_beside_the_server(inner: &Inner, identity: Arc<Identity>) -> Result<(), Error> {
    let (Some(cache), Sealing::Sealer(sealer)) = (&inner.env.identity_cache, &inner.env.sealing)
    else {
        return Ok(());
    };
    let (cache, sealer) = (cache.clone(), sealer.clone());
    let remember = move || {
        let sealed = identity
            .seal(sealer.as_ref(), &SealedFor::Cache)
            .map_err(|error| Error::internal("sealing the identity", &error))?;
        cache.save(&sealed).map_err(|error| Error::internal("saving the identity", &error))
    };
    inner.lanes.operator.run("saving the identity", remember).await?
}
