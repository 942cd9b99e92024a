//! Changes that end the sealed identity: planned recoveries.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_attest::{Acceptance, Attributes, Circumstances, Policy};
use aecs_client::AdminClient;
use aecs_client::files::kubeconfig::Kubeconfig;
use aecs_proto::{
    RecoverySet, SealingSummary, ShowRecoveryResponse, UnifiedAttestationAttributes,
    UnifiedAttestationPolicy,
};
use serde::Serialize;

use super::command::{NewShares, Upgrade};
use super::recovery::{DAY, FileRow, SetRow, make_for, model, policy_of, proven_here};
use super::view::sealing_text;
use crate::connection::AdminArgs;
use crate::contexts::Role;
use crate::failure::{Failure, Result};
use crate::output::{self, View};
use crate::tool;

/// Does what was asked for.
pub(super) async fn run(args: &AdminArgs, command: Upgrade) -> Result<()> {
    let Upgrade::Prepare { next, shares, max_age } = command;
    let loaded = next.as_ref().map(Kubeconfig::load).transpose()?;
    let prepared = args.prepare(Role::Admin)?;
    let policy = loaded.as_ref().map(policy_of).transpose()?;
    if let (Some(file), Some(next)) = (&next, &loaded) {
        check_deployment(file, prepared.is_pinned_as(&next.server))?;
    }
    let admin = prepared.aecs_admin().await?;
    let status = admin.server().await?;
    let sealing = status.status().sealing.as_ref();
    if let Some(sealing) = sealing
        && status.attributes().is_some_and(|own| opens_after(sealing, own, loaded.as_ref()))
    {
        return output::print(args.output, &Prepared::nothing_to_do(sealing));
    }
    if let (Some(file), Some(policy), Some(own)) = (&next, policy, status.attributes()) {
        check_next(file, policy, own, SystemTime::now())?;
    }
    let mut there = admin.recovery().await?;
    let mut files = Vec::new();
    let set = match wanted(&there, policy) {
        Some(set) => {
            if let Some(note) = ignored(&shares, &set) {
                tool::say(&note);
            }
            set
        }
        None => {
            files = make(&admin, shares, &there, policy).await?;
            there = admin.recovery().await?;
            wanted(&there, policy)
                .ok_or_else(|| Failure::internal("the shares were made, and are not there"))?
        }
    };
    let now = SystemTime::now();
    let ready = is_proven(&set, DAY * max_age, now);
    let same_version_only = policy.is_none() && !is_for_signer(&set);
    let mut steps = if ready { after(same_version_only) } else { before(next.as_deref()) };
    // Those of the present version stay until the recovery is finished on the next one.
    let present = policy.and_then(|_| proven_here(&there.sets)).cloned().map(SetRow::from);
    if !set.not_here.is_empty() {
        steps.push(format!(
            "or give it up: start the present version again, and aecsadmin recovery revoke {}",
            set.revision
        ));
    }
    let sealed_identity = sealing.map(sealing_text).unwrap_or_default();
    let set = Some(SetRow::from(set));
    let next = steps;
    let view = Prepared { sealed_identity, ready, same_version_only, set, present, files, next };
    output::print(args.output, &view)
}

/// Whether the sealed identity opens after the change: for the same signer and product, where it is sealed
/// to nothing else.
fn opens_after(sealing: &SealingSummary, own: &Attributes, next: Option<&Kubeconfig>) -> bool {
    let SealingSummary { to_code, to_versions, unavailable } = sealing;
    let of_same = |it: &UnifiedAttestationAttributes| {
        !own.signer().is_empty()
            && it.hex_signer.eq_ignore_ascii_case(own.signer())
            && it.hex_prod_id == own.product()
    };
    let rules = next.map(|next| next.server.policy.message());
    let is_same = rules.is_none_or(|rules| {
        rules.is_some_and(|it| {
            !it.main_attributes.is_empty() && it.main_attributes.iter().all(of_same)
        })
    });
    !to_code && !to_versions && unavailable.is_empty() && is_same
}

/// Refuses a kubeconfig that the present server satisfies: shares for its servers would be shares of the present
/// version as well, and end those that there are.
fn check_next(
    file: &Path,
    policy: &UnifiedAttestationPolicy,
    own: &Attributes,
    now: SystemTime,
) -> Result<()> {
    let file = file.display();
    let parsed = Policy::parse(policy)
        .map_err(|error| Failure::bad_input(format!("{file} cannot be used: {error}")))?;
    let accepted = Acceptance::default();
    if !parsed.explain(own, Circumstances::new(&accepted, now)).admits() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{file} accepts the present version of the server: its verifyPolicy must have the measurement of the new \
         version and no other"
    ))
    .help(
        "leave KUBECONFIG out if the same version starts again (an update of the microcode), or if your kubeconfigs \
         pin the signer and not the measurement. If the file lists both versions, give a copy that lists the new one \
         only",
    ))
}

/// Whether later versions of the same signer may have the shares, too.
fn is_for_signer(set: &RecoverySet) -> bool {
    let is_signer = |it: &UnifiedAttestationAttributes| {
        !it.hex_signer.is_empty() && it.hex_ta_measurement.is_empty()
    };
    let rules = set.released_to.as_ref().map(|policy| policy.main_attributes.as_slice());
    rules.is_some_and(|rules| !rules.is_empty() && rules.iter().all(is_signer))
}

/// The kubeconfig of the new version is of the same deployment.
fn check_deployment(file: &Path, is_same: bool) -> Result<()> {
    if is_same {
        return Ok(());
    }
    let what = format!("{} does not pin the deployment that your kubeconfig pins", file.display());
    Err(Failure::usage(what).help(
        "the deployment id stays the same at an upgrade: copy deploymentId from your kubeconfig, and change \
         the measurements only",
    ))
}

/// What is said of options that have no effect, because there are shares already.
fn ignored(shares: &NewShares, set: &RecoverySet) -> Option<String> {
    let is_given = shares.threshold.is_some() || !shares.custodians.is_empty();
    is_given.then(|| {
        format!(
            "note: there are shares of revision {} already, so --threshold and --custodian have no effect \
             (aecsadmin recovery rotate makes others)",
            set.revision
        )
    })
}

/// The latest set that servers with this policy, or those like the present one, may have.
fn wanted(
    there: &ShowRecoveryResponse,
    policy: Option<&UnifiedAttestationPolicy>,
) -> Option<RecoverySet> {
    let is_wanted = |set: &&RecoverySet| match policy {
        Some(policy) => set.released_to.as_ref() == Some(policy),
        None => set.not_here.is_empty(),
    };
    let mut sound = there.sets.iter().filter(|set| set.problem.is_empty());
    sound.find(is_wanted).cloned()
}

/// Makes shares for servers with this policy, of the custodians that there are unless somebody says otherwise.
async fn make(
    admin: &AdminClient,
    mut shares: NewShares,
    there: &ShowRecoveryResponse,
    policy: Option<&UnifiedAttestationPolicy>,
) -> Result<Vec<FileRow>> {
    if let Some(set) = model(&there.sets) {
        shares.as_before(set);
    }
    if shares.custodians.is_empty() {
        return Err(Failure::usage("there are no recovery shares that an administrator answers for, and no custodians were named")
            .help(
                "name them with --threshold and --custodian, as for `aecsadmin recovery create`",
            ));
    }
    make_for(admin, shares, there.latest_revision, policy).await
}

/// Whether enough shares were proven lately.
fn is_proven(set: &RecoverySet, max_age: Duration, now: SystemTime) -> bool {
    let proven = UNIX_EPOCH + Duration::from_millis(set.proven_at_ms.unsigned_abs());
    set.proven_at_ms > 0 && now.duration_since(proven).unwrap_or_default() <= max_age
}

/// How far a planned recovery is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Prepared {
    /// What ends the sealed identity of the server.
    sealed_identity: String,
    /// Whether the server can be stopped.
    ready: bool,
    /// The shares restore the present version only: a new one needs its kubeconfig.
    same_version_only: bool,
    /// The shares for the next start; none are needed where the sealed identity opens.
    set: Option<SetRow>,
    /// The shares that restore the present version until then.
    present: Option<SetRow>,
    /// The files that were written just now.
    files: Vec<FileRow>,
    /// What comes next, one step each.
    next: Vec<String>,
}

impl Prepared {
    fn nothing_to_do(sealing: &SealingSummary) -> Self {
        Self {
            sealed_identity: sealing_text(sealing),
            ready: true,
            same_version_only: false,
            set: None,
            present: None,
            files: Vec::new(),
            next: NO_RECOVERY.map(str::to_owned).into(),
        }
    }
}

/// What is left to do before the server is stopped.
fn before(next: Option<&Path>) -> Vec<String> {
    let drill = "each custodian, within a day: aecsadmin --config KUBECONFIG recovery drill SHARE-FILE --identity \
                 FILE";
    let again = "again: aecsadmin upgrade prepare";
    match next {
        None => vec![drill.to_owned(), again.to_owned()],
        Some(next) => vec![
            "make every kubeconfig accept the new version as well: list its measurement beside the present one"
                .to_owned(),
            drill.to_owned(),
            format!("{again} {}", next.display()),
        ],
    }
}

/// What comes where the sealed identity opens after the change.
const NO_RECOVERY: [&str; 3] = [
    "aecsadmin store export FILE",
    "stop the server, and make the change",
    "start it as always: it opens the sealed identity",
];

/// What comes then.
fn after(same_version_only: bool) -> Vec<String> {
    let start = match same_version_only {
        true => "start the same version on the same store: aecs_server --config FILE --recover",
        false => "start it on the same store: aecs_server --config FILE --recover",
    };
    let steps = [
        "aecsadmin store export FILE",
        "stop the server, and make the change",
        start,
        "each custodian: aecsadmin --config KUBECONFIG recovery submit SHARE-FILE --identity FILE",
        "aecsadmin recovery status, then aecsadmin recovery finish; then remove --recover from the start command",
        "if others may have the shares: aecsadmin recovery rotate, and have the new ones proven",
    ];
    steps.map(str::to_owned).into()
}

impl Prepared {
    fn ready_in_words(&self) -> &'static str {
        match (self.ready, self.same_version_only) {
            (true, false) => "yes",
            (true, true) => {
                "yes, if the same version starts again; before a new version: aecsadmin upgrade prepare KUBECONFIG, \
                 with the new version's kubeconfig"
            }
            (false, false) => "NOT YET",
            (false, true) => {
                "NOT YET; before a new version: aecsadmin upgrade prepare KUBECONFIG, with the new version's \
                 kubeconfig"
            }
        }
    }

    fn present_in_words(&self) -> String {
        match &self.present {
            Some(set) => format!("{}; they end with the recovery of the next one", set.in_words()),
            None if self.set.as_ref().is_some_and(SetRow::is_for_others) => {
                "NONE that were proven: if the next version does not start, nothing is left (aecsadmin recovery \
                 rotate)"
                    .to_owned()
            }
            None => String::new(),
        }
    }
}

impl View for Prepared {
    fn text(&self) -> String {
        let shares = self.set.as_ref().map_or("none are needed".to_owned(), SetRow::in_words);
        let mut rows = vec![
            ("sealed identity", self.sealed_identity.clone()),
            ("shares for the next start", shares),
            ("shares for this version", self.present_in_words()),
            ("the server can be stopped", self.ready_in_words().to_owned()),
        ];
        rows.extend(self.files.iter().map(|file| ("written", file.in_words())));
        let steps = self.next.iter().zip(1..);
        rows.extend(steps.map(|(step, number)| ("next", format!("{number}. {step}"))));
        output::properties(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::super::recovery::custodian_text;
    use super::*;

    #[test]
    fn options_without_effect_are_told() {
        let shares = |threshold, custodians| NewShares { threshold, custodians, out: "".into() };
        let recipient = aecs_crypto::age::Identity::generate().unwrap().recipient().unwrap();
        let custodian = custodian_text(&format!("alice={recipient}")).unwrap();
        let set = RecoverySet { revision: 3, ..RecoverySet::default() };
        assert_eq!(ignored(&shares(None, Vec::new()), &set), None);
        for given in [shares(Some(2), Vec::new()), shares(None, vec![custodian])] {
            let note = ignored(&given, &set).unwrap();
            assert!(note.contains("revision 3 already"), "{note}");
        }
    }

    #[test]
    fn what_is_left_if_the_next_version_does_not_start_is_told() {
        let next = RecoverySet { not_here: "the next".to_owned(), ..RecoverySet::default() };
        let present = RecoverySet { revision: 4, proven_at_ms: 1, ..RecoverySet::default() };
        let prepared = |present: Option<&RecoverySet>| Prepared {
            sealed_identity: String::new(),
            ready: true,
            same_version_only: false,
            set: Some(SetRow::from(next.clone())),
            present: present.cloned().map(SetRow::from),
            files: Vec::new(),
            next: Vec::new(),
        };
        let text = prepared(Some(&present)).text();
        assert!(text.contains("of revision 4, proven"), "{text}");
        assert!(text.contains("end with the recovery of the next one"), "{text}");
        assert!(prepared(None).text().contains("NONE that were proven"));
    }

    #[test]
    fn shares_for_a_measurement_are_not_said_to_restore_a_new_version() {
        let rule = |signer: &str, measurement: &str| UnifiedAttestationAttributes {
            hex_signer: signer.to_owned(),
            hex_ta_measurement: measurement.to_owned(),
            ..UnifiedAttestationAttributes::default()
        };
        let set = |main_attributes| RecoverySet {
            released_to: Some(UnifiedAttestationPolicy {
                main_attributes,
                ..UnifiedAttestationPolicy::default()
            }),
            ..RecoverySet::default()
        };
        assert!(is_for_signer(&set(vec![rule("AB", "")])));
        for other in [vec![], vec![rule("", "CD")], vec![rule("AB", "CD")]] {
            assert!(!is_for_signer(&set(other)));
        }
        let told = |ready| {
            let view = Prepared {
                ready,
                same_version_only: true,
                ..Prepared::nothing_to_do(&SealingSummary::default())
            };
            view.text()
        };
        assert!(told(true).contains("yes, if the same version starts again"), "{}", told(true));
        assert!(told(false).contains("NOT YET; before a new version"), "{}", told(false));
        assert!(after(true).iter().any(|step| step.contains("start the same version")));
        assert!(!after(false).iter().any(|step| step.contains("same version")));
    }

    #[test]
    fn shares_are_proven_for_some_days() {
        let at = |days: u32| UNIX_EPOCH + DAY * days;
        let set = |proven_at_ms| RecoverySet { proven_at_ms, ..RecoverySet::default() };
        let proven = i64::try_from((DAY * 10).as_millis()).unwrap();
        assert!(is_proven(&set(proven), DAY * 7, at(17)));
        assert!(!is_proven(&set(proven), DAY * 7, at(18)));
        assert!(!is_proven(&set(0), DAY * 7, at(1)));
    }
}
