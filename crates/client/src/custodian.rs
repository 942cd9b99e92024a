//! The custodian of a recovery share: proves it to the working server, or submits it to one that
//! recovers the deployment.
//!
//! Invariant: a share is sent to a server only that has proved, now, that it satisfies the policy of the
//! custodian and the one in the share, and that says it recovers the deployment which both name. It is
//! sealed to the key that the server's evidence binds, and bound to its process.

use std::sync::Arc;

use aecs_attest::Verifier;
use aecs_crypto::recovery::key_pair;
use aecs_crypto::{PublicKey, SecretString};
use aecs_proto::{
    AppointAdministratorRequest, AppointAdministratorResponse, ProveRecoveryShareRequest,
    ProveRecoveryShareResponse, RecoveryLabel, RecoveryShare, SubmitRecoveryShareRequest,
    SubmitRecoveryShareResponse, Zeroizing,
};

use crate::admin::{AdminBuilder, exposed};
use crate::endpoint::Endpoint;
use crate::error::{Error, NotSubmitted, PolicyError, Result};
use crate::memory::StateMemory;
use crate::sealed_call::{Administrator, Role};
use crate::status::Phase;
use crate::trust::{Distrust, ServerPolicy, TrustedServer};

/// Calls the functions of the holder of a recovery share.
pub struct CustodianClient {
    administrator: Administrator,
    share: Zeroizing<RecoveryShare>,
}

impl CustodianClient {
    /// Connects to the working server of the deployment, to prove the share. What it tells of its records
    /// is kept in the memory.
    ///
    /// # Errors
    ///
    /// The server cannot be reached or is not trusted; the share is of another deployment than the one
    /// that the policy pins.
    pub async fn to_prove(
        endpoint: Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
        share: Zeroizing<RecoveryShare>,
        memory: Option<Arc<dyn StateMemory>>,
    ) -> Result<Self> {
        check_deployment(&policy, &share)?;
        Self::connect(AdminBuilder::new(endpoint, verifier, policy), share, memory).await
    }

    /// Connects to a server that recovers the deployment, to submit the share. Nothing of the share is
    /// sent yet. The server works with no older records than those in the memory.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, is not trusted, does not satisfy the policy in the share, or does
    /// not recover the deployment that the policy pins; the share is of another one.
    pub async fn to_submit(
        endpoint: Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
        share: Zeroizing<RecoveryShare>,
        memory: Option<Arc<dyn StateMemory>>,
    ) -> Result<Self> {
        let label = check_deployment(&policy, &share)?.clone();
        // A recovering server has an identity, and so a deployment id, of its own.
        let policy = policy.and(&share.released_to.clone().unwrap_or_default());
        let policy = policy.map_err(Error::Policy)?;
        let builder = AdminBuilder::new(endpoint, verifier, policy).recovers();
        let client = Self::connect(builder, share, memory).await?;
        let server = client.server().await?;
        recovers(&server, &label)?;
        Ok(client)
    }

    async fn connect(
        builder: AdminBuilder,
        share: Zeroizing<RecoveryShare>,
        memory: Option<Arc<dyn StateMemory>>,
    ) -> Result<Self> {
        let label = share.label.clone().unwrap_or_default();
        let key = key_pair(&label, &share.share)?;
        let builder = memory.into_iter().fold(builder, AdminBuilder::memory);
        let administrator = builder.administrator(key, Role::Custodian).await?;
        Ok(Self { administrator, share })
    }

    /// The server, checked at most an hour ago.
    ///
    /// # Errors
    ///
    /// When it has to be checked again, and that fails.
    pub async fn server(&self) -> Result<Arc<TrustedServer>> {
        self.administrator.session.server().await
    }

    /// Proves the share; nothing of it is sent.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn prove(&self) -> Result<ProveRecoveryShareResponse> {
        let request = ProveRecoveryShareRequest {};
        self.administrator.call(&request).await
    }

    /// Asks for an administrator, in the place of one of the same name: what enough custodians of a set ask
    /// for within a day is done. `password_hash` is argon2id as a PHC string.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn appoint(
        &self,
        name: &str,
        key: &PublicKey,
        password_hash: Option<&SecretString>,
    ) -> Result<AppointAdministratorResponse> {
        let request = Zeroizing::new(AppointAdministratorRequest {
            name: name.to_owned(),
            public_key: key.pem().to_owned(),
            password_hash: exposed(password_hash),
        });
        self.administrator.call(&*request).await
    }

    /// Submits the share.
    ///
    /// A memory that accepts any state ([`FileStateMemory::insecure_accept_rollback`]) forgets nothing by
    /// this. Before enough shares are there, nobody knows to which state the custodian agrees: a memory
    /// that forgot now would take whatever state comes next, also one of a host that gives the recovery up
    /// and shows a yet older store. The state of the recovered deployment is accepted when it is seen.
    ///
    /// [`FileStateMemory::insecure_accept_rollback`]: crate::FileStateMemory::insecure_accept_rollback
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn submit(&self) -> Result<SubmitRecoveryShareResponse> {
        let request = Zeroizing::new(SubmitRecoveryShareRequest {
            label: self.share.label.clone(),
            share: self.share.share.clone(),
        });
        let label = self.share.label.clone().unwrap_or_default();
        self.administrator.call_if(&*request, |server| recovers(server, &label)).await
    }
}

/// Whether the share is of the deployment that the policy pins.
fn check_deployment<'a>(
    policy: &ServerPolicy,
    share: &'a RecoveryShare,
) -> Result<&'a RecoveryLabel> {
    let pinned = policy.pinned_deployment().ok_or(Error::Policy(PolicyError::NoDeployment))?;
    let label = share.label.as_ref().ok_or(Error::Misuse("the share has no label"))?;
    let other = || Error::Misuse("the share names no deployment");
    let actual = label.deployment_id.parse().map_err(|_| other())?;
    if actual != pinned {
        return Err(Error::Untrusted(Distrust::ShareOfAnother { share: actual, pinned }));
    }
    Ok(label)
}

/// Whether a server says that it recovers the set that the share is of.
fn recovers(server: &TrustedServer, label: &RecoveryLabel) -> Result<()> {
    let status = server.status();
    let sets = status.recovering.iter().flat_map(|recovering| &recovering.sets);
    let mut same = sets.filter(|set| set.deployment_id.eq_ignore_ascii_case(&label.deployment_id));
    if status.phase != Phase::Recovering {
        let phase = status.phase;
        return Err(Error::NotSubmitted(NotSubmitted::NotRecovering { phase }));
    }
    match same.any(|set| set.revision == label.revision) {
        true => Ok(()),
        false => {
            let revision = label.revision;
            Err(Error::NotSubmitted(NotSubmitted::OtherRevision { revision }))
        }
    }
}
