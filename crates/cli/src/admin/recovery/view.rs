//! What is shown of recovery shares, drills and recoveries.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_client::{Phase, Seen};
use aecs_proto::{
    RecoveringIdentity, RecoveringSet, RecoveringStatus, RecoveryHolder, RecoverySet,
    ShowRecoveryResponse,
};
use serde::Serialize;

use super::answers::Appointment;
use crate::output::{self, Row, View};
use crate::view::time_text_of_ms;

/// Whether shares of a set restore servers like the present one, if their custodians have them.
pub(super) fn restores_here(set: &RecoverySet) -> bool {
    set.not_here.is_empty() && set.problem.is_empty()
}

/// The latest proven set for servers like the present one.
pub(in crate::admin) fn proven_here(sets: &[RecoverySet]) -> Option<&RecoverySet> {
    sets.iter().find(|set| set.proven_at_ms > 0 && restores_here(set))
}

/// A file that was written.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::admin) struct FileRow {
    pub(super) holder: String,
    pub(super) share: i32,
    pub(super) revision: i64,
    pub(super) file: String,
}

impl FileRow {
    /// The file, and whose it is.
    pub(in crate::admin) fn in_words(&self) -> String {
        format!("{} ({})", self.file, self.holder)
    }
}

impl Row for FileRow {
    const COLUMNS: &'static [&'static str] = &["CUSTODIAN", "SHARE", "REVISION", "FILE"];

    fn cells(&self) -> Vec<String> {
        let Self { holder, share, revision, file } = self;
        vec![holder.clone(), share.to_string(), revision.to_string(), file.clone()]
    }

    fn name(&self) -> String {
        self.file.clone()
    }
}

/// A set of shares.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::admin) struct SetRow {
    revision: i64,
    created: String,
    created_by: String,
    epoch: i64,
    threshold: i32,
    holders: Vec<Holder>,
    proven: Option<String>,
    /// The shares that were proven in the last drill: any `threshold` of them restore the deployment.
    proven_in_drill: Vec<i32>,
    problem: String,
    /// Why a server like the one that answers could not have the shares.
    not_here: String,
}

/// Who has a share.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Holder {
    share: i32,
    name: String,
    recipient: String,
    proven: Option<String>,
}

/// The time of a proof, if there was one.
fn proven_at(ms: i64) -> Option<String> {
    (ms > 0).then(|| time_text_of_ms(ms))
}

impl From<RecoverySet> for SetRow {
    fn from(set: RecoverySet) -> Self {
        let holder = |it: RecoveryHolder| Holder {
            share: it.number,
            name: it.name,
            recipient: it.recipient,
            proven: proven_at(it.proven_at_ms),
        };
        let proven_in_drill = match set.proven_at_ms {
            0 => Vec::new(),
            at => {
                let day = i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX);
                let since = at.saturating_sub(day);
                let of_drill = set.holders.iter().filter(|it| it.proven_at_ms > since);
                of_drill.map(|it| it.number).collect()
            }
        };
        Self {
            proven_in_drill,
            revision: set.revision,
            created: time_text_of_ms(set.created_at_ms),
            created_by: set.created_by,
            epoch: set.epoch,
            threshold: set.threshold,
            holders: set.holders.into_iter().map(holder).collect(),
            proven: proven_at(set.proven_at_ms),
            problem: set.problem,
            not_here: set.not_here,
        }
    }
}

impl SetRow {
    /// Whether a server like the one that answers could not have the shares.
    pub(in crate::admin) fn is_for_others(&self) -> bool {
        !self.not_here.is_empty()
    }

    /// For which servers the shares are.
    fn servers(&self) -> &'static str {
        if self.is_for_others() { "OTHER SERVERS" } else { "servers like this one" }
    }

    /// How many shares are needed, and which were proven.
    pub(in crate::admin) fn in_words(&self) -> String {
        let Self { revision, threshold, holders, .. } = self;
        let proven = match &self.proven {
            None => "never proven".to_owned(),
            Some(proven) => format!("proven {proven}: {}", self.proven_in_words()),
        };
        format!("{threshold} of {} of revision {revision}, {proven}", holders.len())
    }

    /// The shares of the last drill.
    fn proven_in_words(&self) -> String {
        let is_proven = |it: &&Holder| self.proven_in_drill.contains(&it.share);
        let holders = self.holders.iter().filter(is_proven);
        named(holders.map(|it| (it.share, it.name.as_str())))
    }
}

impl Row for SetRow {
    const COLUMNS: &'static [&'static str] =
        &["REVISION", "FOR", "NEEDED", "CUSTODIANS", "CREATED", "PROVEN", "PROBLEM"];

    fn cells(&self) -> Vec<String> {
        let names: Vec<&str> = self.holders.iter().map(|it| it.name.as_str()).collect();
        vec![
            self.revision.to_string(),
            self.servers().to_owned(),
            format!("{} of {}", self.threshold, self.holders.len()),
            names.join(", "),
            self.created.clone(),
            self.proven.clone().unwrap_or_else(|| "never".to_owned()),
            self.problem.clone(),
        ]
    }

    fn name(&self) -> String {
        self.revision.to_string()
    }
}

/// How a deployment can be recovered, or how far its recovery is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::admin) struct RecoveryView {
    status: String,
    configured: bool,
    /// What somebody has to do, one sentence each.
    alerts: Vec<String>,
    sets: Vec<SetRow>,
    /// Administrators whom custodians ask for, not enough of them yet.
    appointments: Vec<Appointment>,
    waits_for: Vec<WaitsRow>,
    opened: Option<OpenedView>,
}

/// A set that a recovering server waits for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct WaitsRow {
    deployment_id: String,
    revision: i64,
    epoch: i64,
    threshold: i32,
    count: i32,
    received: Vec<i32>,
    /// Why these shares restore nothing here, as far as it is known; empty otherwise.
    problem: String,
    /// Why this server may not have the shares; empty if it may.
    not_here: String,
}

/// An identity that a recovering server has opened.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct OpenedView {
    deployment_id: String,
    revision: i64,
    epoch: i64,
    chain: String,
    settings_revision: i64,
    settings_digest: String,
    older: String,
    /// What this tool has seen, and the records do not have.
    lost: String,
}

/// What is lost with these records of all that was `seen` of them.
/// Only the server knows whether an earlier state is in the history of these records: `is_asked` says
/// whether `finish` asks it, and so refuses records that do not have it.
pub(super) fn lost(opened: &RecoveringIdentity, seen: &Seen, is_asked: bool) -> Option<String> {
    let (epoch, last) = (opened.epoch.unsigned_abs(), seen.epoch);
    let same = opened.chain.eq_ignore_ascii_case(&hex::encode(seen.chain));
    let Some(behind) = last.checked_sub(epoch) else {
        return (!is_asked).then(|| {
            format!(
                "perhaps the change of epoch {last}, which this tool has seen, and others since: under \
                 --insecure-accept-rollback the server is not asked whether these records have it"
            )
        });
    };
    match behind {
        0 if same => None,
        0 => Some(format!(
            "the change of epoch {epoch} that this tool has seen: the records have another one"
        )),
        1 => Some(format!(
            "the change of epoch {last}, which this tool has seen, and all later ones"
        )),
        _ => Some(format!(
            "the changes of epochs {} to {last}, which this tool has seen, and all later ones",
            epoch.saturating_add(1)
        )),
    }
}

impl View for RecoveryView {
    fn text(&self) -> String {
        let mut rows = vec![("status", self.status.clone())];
        rows.extend(self.alerts.iter().map(|alert| ("ALERT", alert.clone())));
        for set in &self.sets {
            let text = format!("{} of {} shares are needed", set.threshold, set.holders.len());
            let others = if set.is_for_others() { ", for OTHER SERVERS than this one" } else { "" };
            rows.push((
                "revision",
                format!("{}: {text}, made {}{others}", set.revision, set.created),
            ));
            for holder in &set.holders {
                let proven = holder.proven.as_deref().unwrap_or("never");
                let text = format!("{} ({}), proven: {proven}", holder.share, holder.name);
                rows.push(("  share", text));
            }
            if let Some(proven) = &set.proven {
                let (needed, shares) = (set.threshold, set.proven_in_words());
                let text = format!("any {needed} of these restore the deployment: {shares}");
                rows.push(("  drill", format!("{proven}: {text}")));
            }
        }
        for set in &self.waits_for {
            let numbers: Vec<String> = set.received.iter().map(ToString::to_string).collect();
            let received = match numbers.as_slice() {
                [] => "none were submitted".to_owned(),
                [_] => format!("1 was submitted (number {})", numbers.concat()),
                more => format!("{} were submitted (numbers {})", more.len(), numbers.join(", ")),
            };
            let text = format!(
                "{} of {} shares of revision {}; {received}",
                set.threshold, set.count, set.revision
            );
            let enough = self.opened.is_some()
                || i32::try_from(set.received.len()).is_ok_and(|count| count >= set.threshold);
            let label = match (enough, set.not_here.is_empty()) {
                (true, _) => "needed",
                (false, false) => "for OTHER SERVERS",
                (false, true) if set.problem.is_empty() => "waits for",
                (false, true) => "cannot use",
            };
            rows.push((label, text));
            rows.push(("  of deployment", set.deployment_id.clone()));
        }
        if let Some(opened) = &self.opened {
            rows.push(("opened", format!("revision {}", opened.revision)));
            rows.push(("  of deployment", opened.deployment_id.clone()));
            rows.push(("  records at", format!("{}:{}", opened.epoch, opened.chain)));
            rows.push(("  OLDER", opened.older.clone()));
            rows.push(("  LOST", opened.lost.clone()));
            let mut finish = "aecsadmin recovery finish".to_owned();
            // What is lost is accepted on purpose only.
            for (flag, why) in [
                (" --accept-older-store", &opened.older),
                (" --insecure-accept-rollback", &opened.lost),
            ] {
                finish.push_str(if why.is_empty() { "" } else { flag });
            }
            // An alert says what is next.
            if self.alerts.is_empty() {
                rows.push(("next", finish));
            }
        }
        output::properties(rows)
    }

    /// The state of the records that a recovery returns to, as `recovery finish --at` takes it.
    fn names(&self) -> Option<Vec<String>> {
        self.opened.as_ref().map(|opened| vec![format!("{}:{}", opened.epoch, opened.chain)])
    }
}

impl RecoveryView {
    pub(super) fn of_recovering(recovering: &RecoveringStatus, lost: Option<String>) -> Self {
        let waits_for = recovering.sets.iter().map(|set| WaitsRow {
            deployment_id: set.deployment_id.clone(),
            revision: set.revision,
            epoch: set.epoch,
            threshold: set.threshold,
            count: set.count,
            received: set.received.clone(),
            problem: set.problem.clone(),
            not_here: set.not_here.clone(),
        });
        let opened = recovering.opened.as_ref().map(|opened| OpenedView {
            deployment_id: opened.deployment_id.clone(),
            revision: opened.revision,
            epoch: opened.epoch,
            chain: opened.chain.clone(),
            settings_revision: opened.settings_revision,
            settings_digest: opened.settings_digest.clone(),
            older: opened.older.clone(),
            lost: lost.unwrap_or_default(),
        });
        // What the records say counts, once they are open.
        let mut alerts: Vec<String> = match &recovering.opened {
            Some(opened) => vec![opened.problem.clone()],
            None => {
                let of_set = |set: &RecoveringSet| match set.problem.as_str() {
                    "" => String::new(),
                    problem => format!("revision {}: {problem}", set.revision),
                };
                let others = recovering.sets.iter().all(|set| !set.not_here.is_empty());
                let nothing = others.then(|| ONLY_FOR_OTHERS.to_owned());
                recovering.sets.iter().map(of_set).chain(nothing).collect()
            }
        };
        alerts.dedup();
        alerts.retain(|alert| !alert.is_empty());
        Self {
            status: Phase::Recovering.to_string(),
            configured: true,
            alerts,
            sets: Vec::new(),
            appointments: Vec::new(),
            waits_for: waits_for.collect(),
            opened,
        }
    }

    pub(super) fn of_sets(there: ShowRecoveryResponse, max_age: Duration, now: SystemTime) -> Self {
        let ShowRecoveryResponse { sets, appointments, .. } = there;
        let appointments: Vec<_> = appointments.into_iter().map(Appointment::from).collect();
        let mut alerts = Vec::new();
        if sets.is_empty() {
            alerts.push(NOT_CONFIGURED.to_owned());
        } else if !sets.iter().any(restores_here) {
            alerts.push(NONE_HERE.to_owned());
        }
        // Only while others work are they given up.
        let others_work = proven_here(&sets).is_some();
        for set in sets.iter().filter(|set| set.proven_at_ms == 0 && !set.orphaned) {
            let revision = set.revision;
            let for_others = if set.not_here.is_empty() { "" } else { ", for other servers," };
            let end = match others_work {
                true => format!(", or end them (aecsadmin recovery revoke {revision})"),
                false => String::new(),
            };
            alerts.push(format!(
                "the shares of revision {revision}{for_others} were never proven: {}{end}",
                drill_of(set, now)
            ));
        }
        // Those that would restore this very server.
        if let Some(set) = proven_here(&sets) {
            let proven = UNIX_EPOCH + Duration::from_millis(set.proven_at_ms.unsigned_abs());
            let age = now.duration_since(proven).unwrap_or_default();
            let days = max_age.as_secs() / DAY.as_secs();
            if age > max_age {
                alerts.push(format!(
                    "the last drill was more than {days} days ago: {}",
                    drill_of(set, now)
                ));
            }
        }
        for set in sets.iter().filter(|set| !set.problem.is_empty()) {
            alerts.push(format!("revision {}: {}", set.revision, set.problem));
        }
        alerts.extend(appointments.iter().map(|it| {
            let wish = it.in_words();
            format!(
                "custodians are setting an administrator: {wish}. If no key is lost, find out why"
            )
        }));
        Self {
            status: Phase::Working.to_string(),
            configured: !sets.is_empty(),
            alerts,
            sets: sets.into_iter().map(SetRow::from).collect(),
            appointments,
            waits_for: Vec::new(),
            opened: None,
        }
    }
}

/// What is left of a drill.
fn drill_of(set: &RecoverySet, now: SystemTime) -> String {
    let since = now.checked_sub(DAY).unwrap_or(UNIX_EPOCH);
    let at =
        |it: &RecoveryHolder| UNIX_EPOCH + Duration::from_millis(it.proven_at_ms.unsigned_abs());
    let lately = set.holders.iter().filter(|it| it.proven_at_ms > 0 && at(it) > since);
    let (done, needed) = (lately.count(), usize::try_from(set.threshold).unwrap_or_default());
    match needed.saturating_sub(done) {
        more if done == 0 || more == 0 => {
            format!("have {needed} custodians run aecsadmin recovery drill within a day")
        }
        1 => format!(
            "{done} of {needed} have run aecsadmin recovery drill today: have 1 more custodian run it"
        ),
        more => format!(
            "{done} of {needed} have run aecsadmin recovery drill today: have {more} more custodians run it"
        ),
    }
}

pub(in crate::admin) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is told of a deployment that ends with its machine.
pub(in crate::admin) const NOT_CONFIGURED: &str = "no recovery is configured: if this machine is lost, all secrets \
                                         are (aecsadmin recovery create)";

/// What is told where shares would restore other servers only.
const NONE_HERE: &str = "no recovery shares that work are for servers like this one: make some (aecsadmin recovery \
                         rotate), and have them proven";

/// What is told of a recovering server that may have none of the shares.
const ONLY_FOR_OTHERS: &str = "all shares are for other servers than this one: start the version that they are for, \
                               on its platform";

/// Revisions, in one line.
pub(super) fn of_revisions(revisions: &[i64]) -> String {
    let named: Vec<String> = revisions.iter().map(ToString::to_string).collect();
    format!("revision{} {}", if named.len() == 1 { "" } else { "s" }, named.join(", "))
}

/// Custodians with their keys, in one line: a name is what whoever made the shares has called somebody.
pub(super) fn custodians(holders: &[RecoveryHolder]) -> String {
    let named = holders.iter().map(|it| format!("{} ({})", it.name, it.recipient));
    named.collect::<Vec<_>>().join(", ")
}

/// Shares with their holders, in one line.
pub(super) fn named<'a>(shares: impl IntoIterator<Item = (i32, &'a str)>) -> String {
    let named = shares.into_iter().map(|(number, name)| format!("{number} ({name})"));
    named.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use aecs_proto::RecoveringSet;

    use super::*;

    fn set(proven_at_ms: i64, problem: &str) -> RecoverySet {
        RecoverySet {
            revision: 3,
            threshold: 2,
            proven_at_ms,
            problem: problem.to_owned(),
            ..RecoverySet::default()
        }
    }

    #[test]
    fn what_was_seen_and_is_not_there_is_lost() {
        let opened = |epoch, byte: u8| RecoveringIdentity {
            epoch,
            chain: hex::encode_upper([byte; 32]),
            ..RecoveringIdentity::default()
        };
        let seen = Seen { epoch: 7, chain: [7; 32], settings_revision: 0 };
        assert_eq!(lost(&opened(7, 7), &seen, true), None);
        assert_eq!(lost(&opened(8, 8), &seen, true), None);
        assert!(
            lost(&opened(8, 8), &seen, false)
                .unwrap()
                .starts_with("perhaps the change of epoch 7,")
        );
        assert_eq!(lost(&opened(7, 7), &seen, false), None);
        assert!(lost(&opened(4, 4), &seen, true).unwrap().contains("of epochs 5 to 7,"));
        assert!(lost(&opened(6, 6), &seen, true).unwrap().contains("of epoch 7,"));
        assert!(lost(&opened(7, 6), &seen, true).unwrap().contains("of epoch 7 that"));
    }

    fn set_of(revision: i64, received: &[i32], problem: &str) -> RecoveringSet {
        RecoveringSet {
            revision,
            threshold: 2,
            count: 3,
            received: received.to_vec(),
            problem: problem.to_owned(),
            ..RecoveringSet::default()
        }
    }

    #[test]
    fn the_number_of_a_share_is_not_taken_for_a_count() {
        let text = |sets: &[RecoveringSet]| {
            let status = RecoveringStatus { sets: sets.to_vec(), opened: None };
            RecoveryView::of_recovering(&status, None).text()
        };
        for (received, expected) in [
            (&[][..], "2 of 3 shares of revision 5; none were submitted"),
            (&[2], "2 of 3 shares of revision 5; 1 was submitted (number 2)"),
            (&[1, 3], "2 of 3 shares of revision 5; 2 were submitted (numbers 1, 3)"),
        ] {
            let text = text(&[set_of(5, received, "")]);
            assert!(text.contains(expected), "{text}");
        }
        // The latest one comes first.
        let two = text(&[set_of(6, &[], "for others"), set_of(5, &[], "")]);
        for part in ["cannot use", "waits for"] {
            assert!(two.contains(part), "{part}: {two}");
        }
        // Of several sets that fit, each may be the one that was proven, also where it was on another version.
        let two = text(&[set_of(8, &[], ""), set_of(5, &[], "")]);
        assert!(!two.contains("proven"), "{two}");
    }

    #[test]
    fn what_needs_a_human_is_an_alert() {
        let now = UNIX_EPOCH + DAY * 1000;
        let ms = |days: i64| days * 24 * 60 * 60 * 1000;
        let alerts = |sets| {
            let there = ShowRecoveryResponse { sets, ..ShowRecoveryResponse::default() };
            RecoveryView::of_sets(there, DAY * 90, now).alerts
        };
        assert!(alerts(vec![])[0].contains("no recovery is configured"));
        assert!(alerts(vec![set(0, "")])[0].contains("never proven"));
        assert!(alerts(vec![set(ms(900), "")])[0].contains("more than 90 days ago"));
        assert_eq!(alerts(vec![set(ms(950), "")]), Vec::<String>::new());
        let gone = alerts(vec![set(ms(950), "it is gone")]);
        assert!(gone[0].contains("are for servers like this one"), "{gone:?}");
        assert!(gone[1].contains("revision 3: it is gone"), "{gone:?}");
        let others = |proven| RecoverySet { not_here: "others".to_owned(), ..set(proven, "") };
        assert!(alerts(vec![others(ms(950))])[0].contains("are for servers like this one"));
        assert_eq!(alerts(vec![others(ms(950)), set(ms(950), "")]), Vec::<String>::new());
        let begun = alerts(vec![others(0), set(ms(950), "")]);
        assert!(begun[0].contains("for other servers, were never proven"), "{begun:?}");
        // What is not needed can be ended; what may be the only way back cannot.
        assert!(begun[0].contains("recovery revoke 3"), "{begun:?}");
        let only = alerts(vec![set(0, "")]);
        assert!(only[0].contains("have 2 custodians") && !only[0].contains("revoke"), "{only:?}");
        // A drill that has begun.
        let holder = |proven_at_ms| RecoveryHolder { proven_at_ms, ..RecoveryHolder::default() };
        let drilled = |holders: [i64; 3]| {
            alerts(vec![RecoverySet {
                threshold: 3,
                holders: holders.map(holder).into(),
                ..set(0, "")
            }])
        };
        let two = drilled([ms(1000) - 1, ms(1000) - 2, ms(998)]);
        assert!(
            two[0].contains("2 of 3 have run") && two[0].contains("1 more custodian"),
            "{two:?}"
        );
        let one = drilled([ms(1000) - 1, ms(998), 0]);
        assert!(one[0].contains("have 2 more custodians"), "{one:?}");
        assert!(drilled([ms(998), ms(998), 0])[0].contains("have 3 custodians"));
        assert!(
            alerts(vec![others(ms(950)), set(ms(900), "")])[0].contains("more than 90 days ago")
        );
    }

    #[test]
    fn a_recovering_server_that_may_have_no_share_is_an_alert() {
        let set = |not_here: &str, problem: &str| RecoveringSet {
            revision: 3,
            not_here: not_here.to_owned(),
            problem: problem.to_owned(),
            ..RecoveringSet::default()
        };
        let alerts = |sets| {
            let status = RecoveringStatus { sets, opened: None };
            RecoveryView::of_recovering(&status, None).alerts
        };
        assert_eq!(alerts(vec![set("", ""), set("others", "")]), Vec::<String>::new());
        assert!(alerts(vec![set("others", "")])[0].contains("for other servers"));
        assert_eq!(alerts(vec![set("", "it was changed")]), ["revision 3: it was changed"]);
    }
}
