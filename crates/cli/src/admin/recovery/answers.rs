//! What custodians are told: of a proof, of a share that they have submitted, of a wish for an administrator.

use aecs_crypto::PublicKey;
use aecs_proto::{
    AppointAdministratorResponse, ProveRecoveryShareResponse, RecoveryAppointment, RecoveryHolder,
    SubmitRecoveryShareResponse,
};
use serde::Serialize;

use super::view::{named, of_revisions};
use crate::output::View;

/// What came of a proof.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::admin) struct Proven {
    revision: i64,
    proven: i32,
    threshold: i32,
    /// Any `threshold` of these restore the deployment.
    proven_shares: Vec<ProvenShare>,
    working_subsets: i64,
    ended_revisions: Vec<i64>,
    /// Why a server like the one that answers could not have the shares.
    not_here: String,
    /// The sets of before that stay.
    kept_revisions: Vec<i64>,
    /// The latest set after this one that restores the same servers.
    newer_revision: Option<i64>,
}

/// A share that was proven.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ProvenShare {
    share: i32,
    name: String,
}

impl Proven {
    /// What a server has answered to a share of this revision.
    pub(super) fn new(revision: i64, answer: ProveRecoveryShareResponse) -> Self {
        let share = |it: RecoveryHolder| ProvenShare { share: it.number, name: it.name };
        Self {
            revision,
            proven: answer.proven,
            threshold: answer.threshold,
            proven_shares: answer.proven_shares.into_iter().map(share).collect(),
            working_subsets: answer.working_subsets,
            ended_revisions: answer.ended_revisions,
            not_here: answer.not_here,
            kept_revisions: answer.kept_revisions,
            newer_revision: Some(answer.newer_revision).filter(|newer| *newer > 0),
        }
    }
}

impl View for Proven {
    fn text(&self) -> String {
        let Self { revision, threshold, proven_shares, working_subsets, .. } = self;
        let shares = named(proven_shares.iter().map(|it| (it.share, it.name.as_str())));
        let mut text =
            format!("revision {revision}, proven within a day: {shares}; {threshold} are needed");
        match working_subsets {
            0 => text.push_str("; not yet enough"),
            1 => text.push_str("; they restore the deployment"),
            more => text.push_str(&format!(
                "; any {threshold} of them restore the deployment, which are {more} ways"
            )),
        }
        if !self.not_here.is_empty() {
            text.push_str("; they are for OTHER SERVERS than this one");
        }
        if !self.ended_revisions.is_empty() {
            let ended = of_revisions(&self.ended_revisions);
            text.push_str(&format!("; the shares of {ended} have ended"));
        }
        if !self.kept_revisions.is_empty() {
            let kept = of_revisions(&self.kept_revisions);
            text.push_str(&format!(
                "; those of {kept} stay, for servers that these do not restore"
            ));
        }
        if let Some(newer) = self.newer_revision {
            text.push_str(&format!(
                "; there are NEWER shares for the same servers (revision {newer}): if you have one of those, prove \
                 that one"
            ));
        }
        text
    }
}

/// What came of a share.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::admin) struct Submitted {
    what: String,
    known: bool,
    received: i32,
    threshold: i32,
    opened: bool,
}

impl Submitted {
    pub(super) fn new(what: String, answer: SubmitRecoveryShareResponse) -> Self {
        let SubmitRecoveryShareResponse { received, threshold, opened, known } = answer;
        Self { what, known, received, threshold, opened }
    }
}

impl View for Submitted {
    fn text(&self) -> String {
        let Self { what, known, received, threshold, opened } = self;
        let verb = if *known { "the server had" } else { "submitted" };
        let before = if *known { " before" } else { "" };
        let next = match opened {
            true => {
                "it has opened the identity, and an administrator runs aecsadmin recovery finish"
            }
            false if received >= threshold => {
                "it has opened the identity with shares of another revision before, and an administrator runs \
                 aecsadmin recovery finish"
            }
            false => "it waits for more",
        };
        format!("{verb} {what}{before}; the server has {received} and needs {threshold}: {next}")
    }
}

/// An administrator whom custodians ask for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Appointment {
    revision: i64,
    administrator: String,
    key_hash: String,
    password: bool,
    custodians: Vec<ProvenShare>,
}

impl From<RecoveryAppointment> for Appointment {
    fn from(it: RecoveryAppointment) -> Self {
        let share = |it: RecoveryHolder| ProvenShare { share: it.number, name: it.name };
        Self {
            revision: it.revision,
            administrator: it.name,
            key_hash: it.key_hash,
            password: it.has_password,
            custodians: it.agreed.into_iter().map(share).collect(),
        }
    }
}

impl Appointment {
    pub(super) fn in_words(&self) -> String {
        let Self { revision, administrator, key_hash, password, custodians } = self;
        let password = if *password { " and a password" } else { "" };
        let custodians = named(custodians.iter().map(|it| (it.share, it.name.as_str())));
        format!(
            "{administrator} with the key {key_hash}{password}, asked for with shares of revision \
             {revision}: {custodians}"
        )
    }
}

/// What came of the wish for an administrator.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::admin) struct Appointed {
    administrator: String,
    /// Of the key that was asked for.
    key_hash: String,
    /// Whether a password was asked for.
    password: bool,
    agreed: i32,
    needed: i32,
    appointed: bool,
    /// What custodians of the set ask for.
    appointments: Vec<Appointment>,
    /// What comes next, once it is done.
    next: Option<String>,
}

impl Appointed {
    pub(super) fn new(
        administrator: String,
        key: &PublicKey,
        password: bool,
        answer: AppointAdministratorResponse,
        recovering: bool,
    ) -> Self {
        let AppointAdministratorResponse { agreed, needed, appointed, appointments } = answer;
        let next = appointed.then(|| {
            let config = format!(
                "{administrator} makes a kubeconfig (aecs kubeconfig create --from KUBECONFIG --administrator \
                 {administrator} --key FILE)"
            );
            match recovering {
                true => format!("{config}, and runs aecsadmin recovery finish with it"),
                false => config,
            }
        });
        let appointments = appointments.into_iter().map(Appointment::from).collect();
        let key_hash = key.fingerprint().to_string();
        Self { administrator, key_hash, password, agreed, needed, appointed, appointments, next }
    }
}

impl View for Appointed {
    fn text(&self) -> String {
        let Self {
            administrator,
            key_hash,
            password,
            agreed,
            needed,
            appointed,
            appointments,
            next,
        } = self;
        let password = if *password { "with a password" } else { "WITHOUT a password" };
        let done = if *appointed { "it is done" } else { "not yet enough" };
        let head = format!(
            "administrator {administrator} with the key {key_hash}, {password}: custodians who have asked: {agreed}, \
             needed: {needed}; {done}"
        );
        let wishes = appointments.iter().map(|it| format!("\n  {}", it.in_words()));
        let next = next.iter().map(|next| format!("\n  next: {next}"));
        wishes.chain(next).fold(head, |text, line| text + &line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drill_says_which_shares_work_then() {
        let drill = |not_here: &str, ended: Vec<i64>, kept: Vec<i64>| {
            let answer = ProveRecoveryShareResponse {
                working_subsets: 1,
                ended_revisions: ended,
                not_here: not_here.to_owned(),
                kept_revisions: kept,
                ..ProveRecoveryShareResponse::default()
            };
            Proven::new(4, answer)
        };
        let same = drill("", vec![1, 2], vec![]).text();
        assert!(same.ends_with("; the shares of revisions 1, 2 have ended"), "{same}");
        let other = drill("another measurement", vec![], vec![2]).text();
        assert!(other.contains("for OTHER SERVERS"), "{other}");
        assert!(other.contains("those of revision 2 stay"), "{other}");
        let answer = |newer_revision| ProveRecoveryShareResponse {
            newer_revision,
            ..ProveRecoveryShareResponse::default()
        };
        let latest = Proven::new(4, answer(0)).text();
        assert!(latest.starts_with("revision 4, proven within"), "{latest}");
        assert!(!latest.contains("NEWER"), "{latest}");
        assert!(
            Proven::new(4, answer(6))
                .text()
                .contains("NEWER shares for the same servers (revision 6)")
        );
    }

    #[test]
    fn who_submits_after_others_have_opened_the_identity_waits_for_nothing() {
        let answer = |received| SubmitRecoveryShareResponse {
            received,
            threshold: 2,
            opened: false,
            known: false,
        };
        let text = |received| Submitted::new("share 1".to_owned(), answer(received)).text();
        assert!(text(1).contains("waits for more"));
        assert!(text(2).contains("opened the identity with shares of another revision"));
    }
}
