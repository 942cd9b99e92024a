//! A backed up identity on its way back: it needs reports of this node before it can serve.
//!
//! Invariant: no request makes them. They take as long as the platform and the sources of its
//! endorsements take, in the background and once; a provision waits for them a little, and
//! another one finds them made.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use crate::{
    error::{Cause, Error, internal},
    handlers::backups::Backup,
    identity::AttestedIdentity,
    settings::InForce,
    start::StartError,
    state::CoreState,
};

/// How long a provision waits. The administrators' tools of AECS 2.0 give up after 10 seconds.
const PATIENCE: Duration = Duration::from_secs(5);

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
    work: JoinHandle<Result<Restored, StartError>>,
}

impl Restoration {
    /// The identity of `backup`, ready to serve. Begins its restoration where it is not under way.
    ///
    /// Reports that grew old before anybody came back for them are no case of their own:
    /// housekeeping renews them as it does all others.
    pub(crate) async fn restored(
        &mut self,
        core: &CoreState,
        backup: Backup,
        trust: Arc<InForce>,
    ) -> Result<Restored, Error> {
        let of = [backup.digest, trust.text.digest()];
        let current = self.current.take().filter(|job| job.of == of);
        let begin = || Job::begin(core, backup, trust, of);
        let job = self.current.insert(current.unwrap_or_else(begin));
        let ended = tokio::time::timeout(PATIENCE, &mut job.work).await;
        let ended = ended.map_err(|_| Cause::NotYet)?;
        self.current = None;
        let doing = "restoring the identity";
        ended.map_err(internal(doing))?.map_err(internal(doing))
    }
}

impl Job {
    fn begin(core: &CoreState, backup: Backup, trust: Arc<InForce>, of: [[u8; 32]; 2]) -> Self {
        let (attester, now) = (core.env.attester.clone(), core.clock.now());
        let Backup { mut identity, .. } = backup;
        // Not in the slow lane, as in housekeeping: this waits more than it computes.
        let work = tokio::task::spawn_blocking(move || {
            let grown = identity.complete(&trust.settings.suites)?;
            let identity = Arc::new(identity).attest(&trust.settings, &*attester, now)?;
            Ok(Restored { identity, grown })
        });
        Self { of, work }
    }
}
