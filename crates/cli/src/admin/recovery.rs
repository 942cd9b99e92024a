//! Recovery: shares for custodians, drills, and the recovery of a deployment from its shares.

mod answers;
mod finish;
mod removal;
mod share_file;
mod view;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aecs_client::files::kubeconfig::Kubeconfig;
use aecs_client::{AdminClient, Phase, PublicClient};
use aecs_crypto::{SecretString, age, shares};
use aecs_proto::{
    RecoveryCustodian, RecoveryHolder, RecoverySet, RecoveryShare, UnifiedAttestationPolicy,
};
use serde::Deserialize;

pub(super) use self::answers::{Appointed, Proven, Submitted};
pub use self::finish::At;
pub(super) use self::finish::at_text;
use self::finish::{finish, lost};
pub(super) use self::removal::{made_by, tell_ended, with_shares};
use self::share_file::{check_path, custodian, has_secret_key, secret_key};
pub(super) use self::view::{DAY, FileRow, NOT_CONFIGURED, RecoveryView, SetRow, proven_here};
use self::view::{of_revisions, restores_here};
use super::command::{NewShares, Recovery, RecoveryNew};
use super::run::{connect, public_key};
use crate::connection::AdminArgs;
use crate::contexts::Role;
use crate::failure::{Exit, Failure, Result};
use crate::files::{self, Access, Draft};
use crate::output::{self, Done, Rows};
use crate::remedy::of_kubeconfig;
use crate::tool;

/// Does what was asked for.
pub(super) async fn run(args: &AdminArgs, command: Recovery) -> Result<()> {
    match command {
        Recovery::Create(new) => {
            let admin = connect(args).await?;
            let there = admin.recovery().await?;
            if let Some(set) = there.sets.first() {
                let what =
                    format!("there are recovery shares of revision {} already", set.revision);
                return Err(Failure::usage(what)
                    .help("`aecsadmin recovery rotate` makes others, which take their place"));
            }
            create(args, &admin, new, there.latest_revision).await
        }
        Recovery::Rotate(mut new) => {
            let admin = connect(args).await?;
            let there = admin.recovery().await?;
            if there.sets.is_empty() {
                return Err(Failure::usage("there are no recovery shares yet")
                    .help("`aecsadmin recovery create` makes the first ones"));
            }
            if let Some(set) = model(&there.sets) {
                new.shares.as_before(set);
            }
            new.shares.check_named()?;
            create(args, &admin, new, there.latest_revision).await?;
            tool::say(
                "note: the former shares for the same servers work until enough of the new ones are proven \
                 (aecsadmin recovery drill), or until they are revoked (aecsadmin recovery revoke)",
            );
            if let Some(note) = never_proven(&there.sets) {
                tool::say(&note);
            }
            Ok(())
        }
        Recovery::List => {
            let sets = connect(args).await?.recovery().await?.sets;
            output::print(args.output, &Rows::<SetRow>::of(sets))
        }
        Recovery::Status { max_age } => status(args, max_age).await,
        Recovery::Revoke { revisions, yes, leave_none_proven } => {
            let admin = connect(args).await?;
            let there = admin.recovery().await?.sets;
            let named = of_revisions(&revisions);
            agree_to_revoke(&revisions, &there, yes, leave_none_proven)?;
            let left = admin.revoke_recovery(&revisions).await?;
            if left.is_empty() {
                tool::warn("no recovery is configured any more");
            }
            let what = format!("the recovery shares of {named}");
            output::print(args.output, &Done { done: "revoked", what: &what })
        }
        Recovery::Drill(share) => {
            let (client, share) = custodian(args, share.files(), false).await?;
            let proven = client.prove().await?;
            output::print(args.output, &Proven::new(revision_of(&share), proven))
        }
        Recovery::Submit(share) => {
            let (client, share) = custodian(args, share.files(), true).await?;
            let label = share.label.clone().unwrap_or_default();
            let what = format!("share {} of revision {}", label.number, label.revision);
            let answer = client.submit().await?;
            if args.accepts_rollback() {
                tool::say(STILL_REMEMBERED);
            }
            output::print(args.output, &Submitted::new(what, answer))
        }
        Recovery::Appoint { name, key, share, recovering } => {
            let hash = key.password_hash.map(SecretString::from);
            let key = public_key(&key.pubkey)?;
            let (client, _) = custodian(args, share.files(), recovering).await?;
            let answer = client.appoint(&name, &key, hash.as_ref()).await?;
            output::print(
                args.output,
                &Appointed::new(name, &key, hash.is_some(), answer, recovering),
            )
        }
        Recovery::Finish {
            at,
            accept_older_store,
            overruled,
            revoke_shares,
            leave_none_proven,
        } => {
            let revoke = revoke_shares.then_some(leave_none_proven);
            finish(args, at, accept_older_store, overruled, revoke).await
        }
    }
}

/// What is told of an agreement to a loss.
const STILL_REMEMBERED: &str = "note: this tool still remembers the state that it has seen. If it refuses the \
                                recovered deployment, compare the epoch in the refusal with the one that the \
                                administrator has finished at, then give --insecure-accept-rollback once more";

fn revision_of(share: &RecoveryShare) -> i64 {
    share.label.as_ref().map_or(0, |label| label.revision)
}

/// Which sets were there before, and were never proven: each rotation makes another one.
fn never_proven(sets: &[RecoverySet]) -> Option<String> {
    // Those for other servers may be for an upgrade that is under way.
    let unproven = sets.iter().filter(|set| set.proven_at_ms == 0 && set.not_here.is_empty());
    let revisions: Vec<i64> = unproven.map(|set| set.revision).collect();
    let listed = revisions.iter().map(|it| format!(" {it}")).collect::<String>();
    (!revisions.is_empty()).then(|| {
        format!(
            "note: there were shares before that were never proven, those of {}: if nobody needs them, end them \
             (aecsadmin recovery revoke{listed})",
            of_revisions(&revisions)
        )
    })
}

/// The set whose custodians get the next one, if nobody names others: the latest that was proven, and that an
/// administrator answers for.
pub(super) fn model(sets: &[RecoverySet]) -> Option<&RecoverySet> {
    // Whoever was removed has chosen the custodians of the others.
    let mut sets = sets.iter().filter(|set| !set.orphaned);
    let proven = |set: &&RecoverySet| set.proven_at_ms > 0;
    let here = sets.clone().find(|set| proven(set) && restores_here(set));
    here.or_else(|| sets.clone().find(proven)).or_else(|| sets.next())
}

/// Has the end of sets of shares agreed to: twice, if no set is left of which it is known that its custodians
/// have the shares.
fn agree_to_revoke(
    revisions: &[i64],
    there: &[RecoverySet],
    yes: bool,
    leave_none_proven: bool,
) -> Result<()> {
    let is_there = |revision: &&i64| there.iter().any(|set| set.revision == **revision);
    if let Some(unknown) = revisions.iter().find(|revision| !is_there(revision)) {
        let what = format!("there are no recovery shares of revision {unknown}");
        return Err(Failure::new(Exit::NotFound, what)
            .help("`aecsadmin recovery list` shows which there are"));
    }
    let left: Vec<_> =
        there.iter().filter(|set| !revisions.contains(&set.revision)).cloned().collect();
    let summary = summary_of_revoke(revisions, &left);
    tool::agree(yes, &summary, "Revoke them?")?;
    let help = "have others proven first (recovery drill), or add --leave-none-proven";
    agree_to_none_proven(&left, yes, leave_none_proven, help).map(drop)
}

/// Has it agreed to that no set for servers like the present one is left of which it is known that its custodians
/// have the shares. Returns false if there is one.
pub(super) fn agree_to_none_proven(
    left: &[RecoverySet],
    yes: bool,
    leave_none_proven: bool,
    help: &'static str,
) -> Result<bool> {
    if leave_none_proven || proven_here(left).is_some() {
        return Ok(leave_none_proven);
    }
    let warning = "no proven recovery shares for servers like this one are left then: nobody knows whether \
                   the deployment can be recovered";
    tool::agree(false, &format!("warning: {warning}"), "Go on all the same?").map_err(
        |failure| {
            if yes { Failure::usage(warning).help(help) } else { failure }
        },
    )?;
    Ok(true)
}

/// What a revocation does.
fn summary_of_revoke(revisions: &[i64], left: &[RecoverySet]) -> String {
    let named = of_revisions(revisions);
    let none_left = match left {
        [] => {
            " No recovery is configured any more then: if this machine is lost, all secrets are. To replace the \
             shares, run `aecsadmin recovery rotate` and have the new ones proven: that ends these."
        }
        _ => "",
    };
    format!("The recovery shares of {named} will restore nothing any more.{none_left}")
}

impl NewShares {
    /// Refuses what must not be sent.
    fn check(&self) -> Result<()> {
        if self.custodians.iter().any(|it| it.recipient.is_empty()) {
            return Err(secret_key("--custodian", "give the public half, `age1…`"));
        }
        let count = self.custodians.len();
        let Some(threshold) = self.threshold.map(usize::from) else { return Ok(()) };
        let range = shares::MIN_THRESHOLD..=shares::MAX_THRESHOLD;
        if range.contains(&threshold) && (threshold..=shares::MAX_SHARES).contains(&count) {
            return Ok(());
        }
        let what = format!("{threshold} of {count} shares cannot be made");
        Err(Failure::usage(what)
            .help("2 to 16 can be needed, of as many custodians at least, and of at most 32"))
    }

    /// Refuses shares for nobody.
    fn check_named(&self) -> Result<()> {
        match (self.threshold, self.custodians.as_slice()) {
            (Some(_), [_, ..]) => Ok(()),
            _ => Err(Failure::usage(
                "the administrators who chose the custodians of the recovery shares are none any more, so the \
                 custodians are not taken over",
            )
            .help("name them with --threshold and --custodian")),
        }
    }

    /// The same for the custodians of a former set, as far as nobody says otherwise.
    pub(super) fn as_before(&mut self, set: &RecoverySet) {
        if self.custodians.is_empty() {
            self.custodians = set.holders.iter().map(custodian_of).collect();
            let proven = if set.proven_at_ms > 0 { "" } else { ", which were NEVER PROVEN" };
            let revision = set.revision;
            let custodians = view::custodians(&set.holders);
            tool::say(&format!(
                "note: the custodians are those of revision {revision}{proven}: {custodians}. Are these their keys? \
                 Whoever made those shares has chosen the names"
            ));
        }
        self.threshold = self.threshold.or_else(|| u8::try_from(set.threshold).ok());
    }
}

fn custodian_of(holder: &RecoveryHolder) -> Custodian {
    Custodian { name: holder.name.clone(), recipient: holder.recipient.clone() }
}

/// A custodian, as `NAME=RECIPIENT`.
#[derive(Clone, Debug, PartialEq)]
pub struct Custodian {
    name: String,
    /// Empty if a secret key was given, which nobody may see again: [`NewShares::check`] refuses it.
    recipient: String,
}

/// Reads a custodian.
pub(super) fn custodian_text(text: &str) -> std::result::Result<Custodian, String> {
    // What is refused here is shown.
    if has_secret_key(text) {
        return Ok(Custodian { name: String::new(), recipient: String::new() });
    }
    let (name, recipient) = text.split_once('=').ok_or("write NAME=age1…")?;
    if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
        return Err("the name must be one of a file".to_owned());
    }
    recipient.parse::<age::Recipient>().map_err(|error| error.to_string())?;
    Ok(Custodian { name: name.to_owned(), recipient: recipient.to_owned() })
}

/// Who is to hold the first shares, as the file of `provision --recovery` says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    threshold: u8,
    custodians: BTreeMap<String, String>,
}

/// Reads the file of `provision --recovery`; the share files are written beside it.
pub(super) fn planned(file: &Path) -> Result<RecoveryNew> {
    check_path(file, "--recovery", "file with the names and public halves of the custodians")?;
    let text = files::read_text(file, "recovery file")?;
    let unusable = |why: String| {
        Failure::bad_input(format!("the recovery file {} cannot be used: {why}", file.display()))
            .help("it has `threshold:`, and under `custodians:` a line `NAME: age1…` for each")
    };
    // Somebody may have named a file of keys: no line of it is shown.
    if has_secret_key(&text) {
        return Err(unusable("it has a secret key".to_owned()));
    }
    let plan: Plan = serde_saphyr::from_str(&text)
        .map_err(|error| unusable(error.without_snippet().to_string()))?;
    let read =
        |(name, recipient): (&String, &String)| custodian_text(&format!("{name}={recipient}"));
    let custodians = plan.custodians.iter().map(read).collect::<std::result::Result<_, _>>();
    let out = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let shares = NewShares {
        threshold: Some(plan.threshold),
        custodians: custodians.map_err(unusable)?,
        out: out.map_or_else(here, Path::to_owned),
    };
    shares.check()?;
    Ok(RecoveryNew { shares, released_to: None })
}

/// Makes the first shares of a deployment that was just provisioned, if it has none.
pub(super) async fn at_birth(admin: &AdminClient, new: RecoveryNew) -> Result<()> {
    let there = admin.recovery().await?;
    if let Some(set) = there.sets.first() {
        let revision = set.revision;
        tool::say(&format!("note: there are recovery shares of revision {revision} already"));
        return Ok(());
    }
    for FileRow { holder, file, .. } in make(admin, new, there.latest_revision).await? {
        tool::say(&format!("note: the recovery share of {holder} was written to {file}"));
    }
    Ok(())
}

/// Refuses the first shares of a deployment whose files could not be written: before it is provisioned.
pub(super) fn check_files(new: &NewShares) -> Result<()> {
    drafts(new, 1).map(drop).map_err(|failure| {
        failure.help(
            "nothing was done. Move the file away, or leave --recovery out: `aecsadmin recovery create` \
             makes shares later",
        )
    })
}

/// Has a set of shares made, and tells the files.
async fn create(
    args: &AdminArgs,
    admin: &AdminClient,
    new: RecoveryNew,
    latest: i64,
) -> Result<()> {
    let written = make(admin, new, latest).await?;
    tool::say(
        "note: give each custodian the file with that name, and have each run `aecsadmin recovery drill` \
         with it; then remove your copies",
    );
    output::print(args.output, &Rows(written))
}

/// Has a set of shares made, and writes a file for each custodian.
async fn make(admin: &AdminClient, new: RecoveryNew, latest: i64) -> Result<Vec<FileRow>> {
    let next = new.released_to.map(Kubeconfig::load).transpose()?;
    let released_to = next.as_ref().map(policy_of).transpose()?;
    make_for(admin, new.shares, latest, released_to).await
}

/// Which servers a kubeconfig describes.
pub(super) fn policy_of(next: &Kubeconfig) -> Result<&UnifiedAttestationPolicy> {
    next.server.policy.message().ok_or_else(|| {
        Failure::usage(
            "the kubeconfig that says which servers may have the shares accepts any server",
        )
        .help("name one whose verifyPolicy describes them")
    })
}

/// The same for servers that a policy describes.
pub(super) async fn make_for(
    admin: &AdminClient,
    new: NewShares,
    latest: i64,
    released_to: Option<&UnifiedAttestationPolicy>,
) -> Result<Vec<FileRow>> {
    let revision = latest.saturating_add(1);
    let nobody_has_them = || {
        format!(
            "the server may have made shares of revision {revision}, which nobody has: end them, if `aecsadmin \
             recovery list` shows them (aecsadmin recovery revoke {revision})"
        )
    };
    // Whatever keeps the files from being written is found before the shares exist.
    let drafts = drafts(&new, revision)?;
    let NewShares { threshold, custodians, .. } = new;
    let threshold = threshold.ok_or_else(|| Failure::usage("how many shares are needed?"))?;
    let wanted = custodians
        .into_iter()
        .map(|it| RecoveryCustodian { name: it.name, recipient: it.recipient });
    let made = tokio::select! {
        made = admin.create_recovery(threshold, wanted.collect(), latest, released_to) => made?,
        _ = tokio::signal::ctrl_c() => {
            let interrupted = Failure::new(Exit::CannotWrite, "interrupted before the server answered");
            return Err(interrupted.help(nobody_has_them()));
        }
    };
    if !made.not_here.is_empty() {
        tool::say(
            "note: these shares are for OTHER SERVERS than the present one: they end none of its shares before a \
             recovery is finished on such a server",
        );
    }
    let mut written = Vec::new();
    for ((mut draft, path), file) in drafts.into_iter().zip(made.files) {
        let failure = draft.failure();
        let placed = draft.write_all(file.text.as_bytes()).map_err(failure);
        placed.and_then(|()| draft.place()).map_err(|failure| {
            failure.help(format!(
                "the server has made the shares of revision {revision}, and not all of them are written: make \
                 others (aecsadmin recovery rotate), then end these (aecsadmin recovery revoke {revision})"
            ))
        })?;
        let label = file.label.unwrap_or_default();
        written.push(FileRow {
            holder: label.holder,
            share: label.number,
            revision: made.revision,
            file: path.display().to_string(),
        });
    }
    Ok(written)
}

/// The files of new shares, which do not have their names yet.
fn drafts(new: &NewShares, revision: i64) -> Result<Vec<(Draft, PathBuf)>> {
    new.check()?;
    let NewShares { custodians, out, .. } = new;
    std::fs::create_dir_all(out).map_err(|error| {
        Failure::new(
            Exit::CannotWrite,
            format!("cannot make the folder {}: {error}", out.display()),
        )
    })?;
    let draft = |custodian: &Custodian| {
        let path = out.join(format!("recovery-{revision}-{}.share", custodian.name));
        Ok((Draft::new(&path, Access::Private)?, path))
    };
    custodians.iter().map(draft).collect()
}

async fn status(args: &AdminArgs, max_age: u32) -> Result<()> {
    // What a recovering server waits for is for its custodians, too, whose kubeconfig has no administrator.
    let (server, verifier) = args.server()?;
    // It has a deployment id of its own.
    let (policy, keys) = (server.policy.insecure_any_deployment(), server.policy_keys);
    let connected = PublicClient::connect(server.endpoint, verifier, policy).await;
    let client = connected.map_err(|error| of_kubeconfig(error, Some(&keys)))?;
    let server = client.server().await?;
    let view = match (server.status().phase, &server.status().recovering) {
        (Phase::Recovering, Some(recovering)) => {
            let lost = recovering.opened.as_ref().map(|opened| lost(args, opened)).transpose()?;
            RecoveryView::of_recovering(recovering, lost.flatten())
        }
        (phase, _) => {
            let help = format!(
                "the server is {phase}: an administrator is shown who has which share. A custodian proves a \
                 share with `aecsadmin recovery drill`"
            );
            let prepared = args.prepare(Role::Admin).map_err(|failure| match failure.exit() {
                Exit::BadInput => failure.help(help),
                _ => failure,
            })?;
            let there = prepared.aecs_admin().await?.recovery().await?;
            RecoveryView::of_sets(there, DAY * max_age, SystemTime::now())
        }
    };
    output::print(args.output, &view)
}

/// Where share files are written unless somebody says so.
pub(super) fn here() -> PathBuf {
    PathBuf::from(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_file_is_read_before_anything_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("recovery.yaml");
        let recipient = age::Identity::generate().unwrap().recipient().unwrap();
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            planned(&file)
        };
        let other = age::Identity::generate().unwrap().recipient().unwrap();
        let two = format!("custodians:\n  alice: {recipient}\n  bob: {other}\n");
        let plan = read(&format!("threshold: 2\n{two}")).unwrap();
        let NewShares { threshold, custodians, out } = plan.shares;
        assert_eq!((threshold, custodians.len()), (Some(2), 2));
        assert_eq!(out, folder.path());
        for bad in ["", "threshold: 2\n", "threshold: 2\ncustodians:\n  alice: age1\nx: 1\n"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        for threshold in [0, 1, 3, 17] {
            let failure = read(&format!("threshold: {threshold}\n{two}")).unwrap_err();
            assert!(failure.to_string().contains("cannot be made"), "{failure}");
        }
        // A file of keys by mistake.
        let failure = read("# public key: age1x\nAGE-SECRET-KEY-1QQQ\n").unwrap_err();
        assert!(!format!("{failure:?}").contains("1QQQ"), "{failure:?}");
    }

    #[test]
    fn the_end_of_the_only_shares_is_told_before_it_is_agreed_to() {
        let left = summary_of_revoke(&[1], &[RecoverySet::default()]);
        assert!(!left.contains("No recovery is configured"), "{left}");
        let none = summary_of_revoke(&[1], &[]);
        assert!(none.contains("No recovery is configured any more then"), "{none}");
    }

    #[test]
    fn a_rotation_names_the_shares_that_were_never_proven() {
        let set = |revision, proven_at_ms| RecoverySet {
            revision,
            proven_at_ms,
            ..RecoverySet::default()
        };
        assert_eq!(never_proven(&[set(1, 5)]), None);
        let for_others = RecoverySet { not_here: "the next".to_owned(), ..set(2, 0) };
        assert_eq!(never_proven(&[for_others, set(1, 5)]), None);
        let note = never_proven(&[set(3, 0), set(2, 0), set(1, 5)]).unwrap();
        assert!(note.contains("revisions 3, 2: if nobody"), "{note}");
        assert!(note.contains("(aecsadmin recovery revoke 3 2)"), "{note}");
    }

    #[test]
    fn a_secret_key_is_never_shown_again() {
        for text in ["alice=AGE-SECRET-KEY-1QQ", "age-secret-key-1qq", "alice=SECRET-KEY-1QQ"] {
            let custodian = custodian_text(text).expect("clap shows what is refused");
            assert!(!format!("{custodian:?}").to_ascii_uppercase().contains("1QQ"));
            let shares = NewShares { threshold: None, custodians: vec![custodian], out: here() };
            assert!(shares.check().is_err());
        }
    }

    #[test]
    fn the_custodians_of_the_latest_proven_set_get_the_next_one() {
        let set = |revision, proven_at_ms, not_here: &str| RecoverySet {
            revision,
            proven_at_ms,
            not_here: not_here.to_owned(),
            ..RecoverySet::default()
        };
        let model = |sets: &[RecoverySet]| model(sets).map(|set| set.revision);
        let (failed, next, here) = (set(3, 0, ""), set(2, 5, "another version"), set(1, 4, ""));
        assert_eq!(model(&[failed.clone(), next.clone(), here]), Some(1));
        assert_eq!(model(&[failed.clone(), next]), Some(2));
        assert_eq!(model(std::slice::from_ref(&failed)), Some(3));
        assert_eq!(model(&[]), None);
        // Nobody answers for those of an administrator who was removed.
        let orphaned = RecoverySet { orphaned: true, ..set(4, 6, "") };
        assert_eq!(model(&[orphaned.clone(), failed]), Some(3));
        assert_eq!(model(&[orphaned]), None);
    }

    #[test]
    fn custodians_are_read_as_they_are_written() {
        let recipient = age::Identity::generate().unwrap().recipient().unwrap().to_string();
        let read = custodian_text(&format!("alice={recipient}")).unwrap();
        assert_eq!((read.name.as_str(), read.recipient), ("alice", recipient.clone()));
        for bad in
            ["alice", "=x", "alice=age1", &format!("../a={recipient}"), &format!(".a={recipient}")]
        {
            assert!(custodian_text(bad).is_err(), "{bad}");
        }
    }
}
