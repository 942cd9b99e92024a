//! For which servers sets of recovery shares are, and which sets end for another one.
//!
//! Invariant: no act that has another set proven or used ends the last shares for the servers that run. A set
//! for other servers ends none for servers like this one, until a recovery with it is finished on such a server.

use std::time::SystemTime;

use aecs_attest::{Acceptance, Circumstances, Policy};
use aecs_crypto::Suite;
use aecs_proto::UnifiedAttestationPolicy;

use crate::{
    handlers::recovery::makers::Makers,
    identity::AttestedIdentity,
    recovery::{RecoveryRecord, SetRecord},
    settings::Settings,
    state::{CoreState, Node},
};

/// How servers like this one are restored.
pub(crate) struct Present<'r> {
    /// The latest proven set for them, or the latest one for them, or the latest one.
    pub(crate) set: &'r SetRecord,
    /// The revision of a later set for them that was never proven.
    pub(crate) unproven: Option<u64>,
    /// What somebody has to do: no proven shares restore them, or nobody answers for some.
    pub(crate) alert: Option<String>,
}

/// Judges for which servers sets are, by what a server has proved of itself.
#[derive(Clone, Copy)]
pub(crate) struct Here<'a> {
    own: &'a AttestedIdentity,
    acceptance: &'a Acceptance,
    now: SystemTime,
}

impl<'a> Here<'a> {
    pub(crate) fn new(own: &'a AttestedIdentity, settings: &'a Settings, now: SystemTime) -> Self {
        Self { own, acceptance: &settings.acceptance, now }
    }

    pub(crate) fn of(core: &CoreState, node: &'a Node) -> Self {
        Self::new(&node.identity, node.settings(), core.clock.now())
    }

    /// Why this server may not have shares that are for servers with a policy; none if it may. This protects
    /// nobody from a server that does not ask: the custodians' tool does.
    pub(crate) fn refuses(&self, policy: Option<&UnifiedAttestationPolicy>) -> Option<String> {
        let judged = || {
            let policy = Policy::parse(&policy.cloned().unwrap_or_default());
            let policy = policy.map_err(|error| error.to_string())?;
            let own = self.own.suite_identity(Suite::Modern).map_err(|error| error.to_string())?;
            let circumstances = Circumstances::new(self.acceptance, self.now);
            let admitted = policy.admit(own.verified, circumstances);
            admitted.map(drop).map_err(|denial| denial.to_string())
        };
        judged().err()
    }

    /// Whether servers like this one may have the shares of a set.
    fn has(&self, set: &SetRecord) -> bool {
        self.refuses(set.released_to.as_ref()).is_none()
    }

    /// Whether `proven` ends a set when enough of its shares are proven: it ends those of before that restore
    /// the same servers.
    pub(crate) fn ends(&self, proven: &SetRecord, other: &SetRecord) -> bool {
        other.revision < proven.revision
            && match self.has(other) {
                true => self.has(proven),
                false => proven.is_for_code_of(other),
            }
    }

    /// Takes the sets out of the record that end when a recovery with a set is finished on this server: those
    /// that were made for the version of before. What an administrator has made for yet other servers stays.
    pub(crate) fn finish(
        &self,
        record: &mut RecoveryRecord,
        makers: &Makers,
        used: u64,
    ) -> Vec<SetRecord> {
        let Some(own) = record.sets.iter_mut().find(|set| set.revision == used) else {
            return Vec::new();
        };
        if !self.has(own) || !makers.has(own) {
            return Vec::new();
        }
        own.for_others = false;
        let own = own.clone();
        record.end(|set| !set.for_others && !self.has(set) && !set.is_for_code_of(&own))
    }

    /// The latest set after this one that restores the same servers.
    pub(crate) fn newer<'r>(
        &self,
        record: &'r RecoveryRecord,
        set: &SetRecord,
    ) -> Option<&'r SetRecord> {
        record.sets.iter().rev().find(|other| self.ends(other, set))
    }

    /// Whether a set that an administrator answers for was proven, and restores servers like this one.
    pub(crate) fn has_proven(&self, record: &RecoveryRecord, makers: &Makers) -> bool {
        let is_proven = |set: &SetRecord| set.proven_at_ms > 0 && makers.has(set) && self.has(set);
        record.sets.iter().any(is_proven)
    }

    /// How servers like this one are restored. None if no recovery is configured. A policy is judged once for each
    /// set.
    pub(crate) fn present<'r>(
        &self,
        record: &'r RecoveryRecord,
        makers: &Makers,
    ) -> Option<Present<'r>> {
        let fitting: Vec<_> =
            record.sets.iter().filter(|set| makers.has(set) && self.has(set)).collect();
        let Some(latest) = fitting.last() else {
            let alert = "no recovery shares are for servers like this one: make some (aecsadmin recovery \
                         rotate), and have them proven";
            let alert = Some(alert.to_owned());
            return record.sets.last().map(|set| Present { set, unproven: None, alert });
        };
        if let Some(set) = fitting.iter().rev().find(|set| set.proven_at_ms > 0) {
            let unproven = Some(latest.revision).filter(|latest| *latest != set.revision);
            return Some(Present { set, unproven, alert: makers.alert(record) });
        }
        let (revision, threshold) = (latest.revision, latest.threshold);
        let alert = format!(
            "no proven recovery shares restore servers like this one: have {threshold} holders of shares of \
             revision {revision} run aecsadmin recovery drill within a day"
        );
        Some(Present { set: latest, unproven: None, alert: Some(alert) })
    }
}
