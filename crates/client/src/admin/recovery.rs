//! Recovery shares, and the end of a recovery.

use aecs_proto::{
    CreateRecoveryRequest, CreateRecoveryResponse, FinishRecoveryRequest, RecoveryCustodian,
    RevokeRecoveryRequest, ShowRecoveryRequest, ShowRecoveryResponse, UnifiedAttestationPolicy,
};
use tokio::time::Instant;

use super::{AdminClient, PREPARATION};
use crate::error::{Error, Result};
use crate::trust::Distrust;

/// Which recovery is to be finished: what the status of the server showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finish {
    /// The revision of the shares.
    pub revision: i64,
    /// The epoch of the records.
    pub epoch: u64,
    /// Their hash chain at that epoch.
    pub chain: [u8; 32],
    /// The digest of the trust settings; empty for any.
    pub settings_digest: String,
    /// Also if the records are older than the identity remembers.
    pub accept_older_store: bool,
    /// The numbers of the shares whose custodians have seen later records, and are not heeded: it takes as many
    /// others as are needed who have not.
    pub overruled: Vec<i32>,
}

impl AdminClient {
    /// Makes a set of recovery shares beside those that there are. `latest` is the revision of the
    /// latest one, 0 without one: so that two administrators do not make sets without knowing it. The shares
    /// are for servers that `released_to` admits; without it, for those like the server that makes them.
    ///
    /// # Errors
    ///
    /// As every call. [`Error::Misuse`] if the answer was lost, and the shares with it: they have to be
    /// made again. The former ones work until then.
    pub async fn create_recovery(
        &self,
        threshold: u8,
        custodians: Vec<RecoveryCustodian>,
        latest: i64,
        released_to: Option<&UnifiedAttestationPolicy>,
    ) -> Result<CreateRecoveryResponse> {
        let count = custodians.len();
        let request = CreateRecoveryRequest {
            threshold: i32::from(threshold),
            custodians,
            latest_revision: latest,
            released_to: released_to.cloned(),
        };
        let answer = self.administrator.call(&request).await?;
        // The server keeps no shares, so it cannot tell them again.
        if answer.files.len() != count {
            return Err(Error::Misuse(
                "the shares were made, but the answer with them was lost: make them again",
            ));
        }
        Ok(answer)
    }

    /// The sets of recovery shares.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn recovery(&self) -> Result<ShowRecoveryResponse> {
        self.administrator.call(&ShowRecoveryRequest {}).await
    }

    /// Ends sets of recovery shares; returns the revisions of those that are left.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn revoke_recovery(&self, revisions: &[i64]) -> Result<Vec<i64>> {
        let request = RevokeRecoveryRequest { revisions: revisions.to_vec() };
        let answer = self.administrator.call(&request).await?;
        Ok(answer.left)
    }

    /// Makes a server work that has opened the identity of the pinned deployment from its custodians'
    /// shares, with the records of the state that is named. Returns why the identity is not sealed on
    /// that platform; empty if it is.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted. [`Error::Misuse`] if the policy pins no
    /// deployment.
    pub async fn finish_recovery(&self, finish: &Finish) -> Result<String> {
        let pinned = self.pinned.ok_or(Error::Misuse("the policy pins no deployment"))?;
        let request = FinishRecoveryRequest {
            deployment_id: pinned.to_string(),
            revision: finish.revision,
            epoch: i64::try_from(finish.epoch).unwrap_or(i64::MAX),
            chain: finish.chain.to_vec(),
            settings_digest: finish.settings_digest.clone(),
            accept_older_store: finish.accept_older_store,
            overruled: finish.overruled.clone(),
        };
        let answer = self.call_prepared(&request, Instant::now() + PREPARATION).await?;
        let server = self.status().await?;
        match server.status().deployment_id == pinned {
            true => Ok(answer.not_sealed),
            false => Err(Error::Untrusted(Distrust::deployment(pinned, server.status()))),
        }
    }
}
