//! A backed up identity on its way back: it needs reports of this node before it can serve.
//!
//! Invariant: no request makes them. They take as long as the platform and the sources of its
//! endorsements take, in the background and once; a provision waits for them a little, and
//! another one finds them made.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aecs_attest::{Attester, Causes};
use tokio::task::JoinHandle;

use crate::{
    error::{Cause, Error, internal},
    identity::{AttestedIdentity, Identity, SuiteKeys},
    memory::Memory,
    settings::InForce,
};

/// How long a provision waits. The administrators' tools of AECS 2.0 give up after 10 seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the log calls it.
const DOING: &str = "restoring the identity";

/// An identity as its backup holds it.
pub(crate) struct Backup {
    pub(crate) identity: Identity,
    pub(crate) memory: Memory,
    /// SHA-256 of the sealed identity.
    pub(crate) digest: [u8; 32],
}

/// What is to be restored.
pub(crate) struct Wanted {
    pub(crate) backup: Backup,
    /// The keys that the records have of suites which the backup may lack.
    pub(crate) keys: SuiteKeys,
    /// The settings that it is proved under.
    pub(crate) trust: Arc<InForce>,
}

/// An identity that can serve.
pub(crate) struct Restored {
    pub(crate) identity: AttestedIdentity,
    /// Whether it got keys that its backup lacks.
    pub(crate) grown: bool,
}

/// The restoration that is under way or was not asked for again, if there is one.
#[derive(Default)]
pub(crate) struct Restoration {
    current: Option<Job>,
}

struct Job {
    /// The digest of the backup that it restores, and of the settings that it is proved under.
    of: [[u8; 32]; 2],
    work: JoinHandle<Result<Restored, Error>>,
}

impl Restoration {
    /// The identity of `backup`, ready to serve. Begins its restoration where it is not under way.
    ///
    /// Reports that grew old before anybody came back for them are no case of their own:
    /// housekeeping renews them as it does all others.
    pub(crate) async fn restored(
        &mut self,
        wanted: Wanted,
        attester: Arc<dyn Attester>,
        now: SystemTime,
    ) -> Result<Restored, Error> {
        let of = [wanted.backup.digest, wanted.trust.digest];
        let current = self.current.take().filter(|job| job.of == of);
        let begin = || Job { of, work: attest(wanted, attester, now) };
        let job = self.current.insert(current.unwrap_or_else(begin));
        let ended = tokio::time::timeout(PATIENCE, &mut job.work).await;
        let ended = ended.map_err(|_| Cause::NotYet)?;
        self.current = None;
        ended.map_err(internal(DOING))?
    }
}

/// Makes the reports. Not in the slow lane, as in housekeeping: this waits more than it computes.
fn attest(
    wanted: Wanted,
    attester: Arc<dyn Attester>,
    now: SystemTime,
) -> JoinHandle<Result<Restored, Error>> {
    let Wanted { backup: Backup { mut identity, .. }, keys, trust } = wanted;
    tokio::task::spawn_blocking(move || {
        let grown = identity.complete(&trust.settings.suites, &keys).map_err(internal(DOING))?;
        let attested = Arc::new(identity).attest(&trust.settings, &*attester, now);
        let attested = attested.map_err(not_attested)?;
        Ok(Restored { identity: attested, grown })
    })
}

/// Why the reports are none that clients would believe: evidence that does not satisfy the settings is
/// nothing that the next attempt changes.
fn not_attested(error: aecs_attest::Error) -> Error {
    use aecs_attest::Error::{Mismatch, Revoked, RevokedSince, UnknownRoot, Untrusted};
    match &error {
        UnknownRoot { .. }
        | Untrusted { .. }
        | Mismatch { .. }
        | Revoked { .. }
        | RevokedSince { .. } => Cause::OwnEvidence { why: Causes(&error).to_string() }.into(),
        _ => internal(DOING)(error),
    }
}

#[cfg(test)]
mod tests {
    use aecs_attest::{ReportRequest, UserData, Verifier};
    use aecs_crypto::{KeyPair, Suite};
    use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu};

    use super::*;
    use crate::error::Kind;

    #[test]
    fn evidence_that_the_settings_refuse_is_told_and_not_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let cpu = SimulatedCpu::create(folder.path(), CpuOptions::default()).unwrap();
        let key = KeyPair::generate(Suite::Modern).unwrap();
        let request = ReportRequest::passport(UserData([1; 32]), key.public());
        let report = cpu.enclave(EnclaveIdentity::default()).attest(&request).unwrap();
        let verifier = Verifier::builder().build().unwrap();
        let refused = not_attested(verifier.verify(&report, SystemTime::now()).unwrap_err());
        assert_eq!(refused.kind(), Kind::FailedPrecondition, "{refused}");
        assert!(refused.message().contains("aecsadmin deployment apply"), "{refused}");
        assert_eq!(not_attested(aecs_attest::Error::NoCollateral).kind(), Kind::Internal);
    }
}
