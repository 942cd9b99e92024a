//! Recovery: shares for custodians, drills, and the recovery of a deployment from its shares.

mod removal;
mod view;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use aecs_client::files::kubeconfig::Kubeconfig;
use aecs_client::{
    AdminClient, CustodianClient, Distrust, Error, Finish, Phase, PublicClient, TrustedServer,
    Verifier,
};
use aecs_crypto::{Error as CryptoError, SecretBytes, SecretString, age, recovery, shares};
use aecs_proto::{
    RecoveringIdentity, RecoveryCustodian, RecoveryHolder, RecoverySet, RecoveryShare,
    UnifiedAttestationPolicy, Zeroizing,
};
use serde::Deserialize;

pub(super) use self::removal::{made_by, tell_ended, with_shares};
use self::view::of_revisions;
pub(super) use self::view::{
    Appointed, DAY, FileRow, NOT_CONFIGURED, Proven, RecoveryView, SetRow, Submitted,
};
use super::command::{NewShares, Recovery, RecoveryNew, ShareArgs};
use super::run::{connect, public_key};
use crate::connection::AdminArgs;
use crate::contexts::Role;
use crate::failure::{Exit, Failure, Result};
use crate::files::{self, Access, Draft};
use crate::output::{self, Done, Rows, View as _};
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
            let (client, share) = custodian(args, &share, false).await?;
            let proven = client.prove().await?;
            output::print(args.output, &Proven::new(revision_of(&share), proven))
        }
        Recovery::Submit(share) => {
            let (client, share) = custodian(args, &share, true).await?;
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
            let (client, _) = custodian(args, &share, recovering).await?;
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
    let unproven = sets.iter().filter(|set| set.proven_at_ms == 0);
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

/// Whether shares of a set restore servers like the present one, if their custodians have them.
fn restores_here(set: &RecoverySet) -> bool {
    set.not_here.is_empty() && set.problem.is_empty()
}

/// The latest proven set for servers like the present one.
pub(super) fn proven_here(sets: &[RecoverySet]) -> Option<&RecoverySet> {
    sets.iter().find(|set| set.proven_at_ms > 0 && restores_here(set))
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
            let names: Vec<&str> = set.holders.iter().map(|it| it.name.as_str()).collect();
            let names = names.join(", ");
            tool::say(&format!(
                "note: the custodians are those of revision {revision}{proven}: {names}"
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

/// Whether a text has a secret key of age, or the most of one.
fn has_secret_key(text: &str) -> bool {
    text.to_ascii_uppercase().contains("SECRET-KEY-")
}

/// The refusal of a secret key where it does not belong: nothing of it is shown.
fn secret_key(place: &str, instead: &str) -> Failure {
    Failure::usage(format!("{place} was given a secret key (AGE-SECRET-KEY-…)")).help(format!(
        "{instead}; who can read this machine's history of commands may have the secret one now, so make another \
         key (age-keygen)"
    ))
}

/// Refuses a key in the place of a file.
fn check_path(path: &Path, place: &str, what: &str) -> Result<()> {
    match has_secret_key(&path.to_string_lossy()) {
        true => Err(secret_key(place, &format!("name the {what}"))),
        false => Ok(()),
    }
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

/// A state of records, as `EPOCH:CHAIN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    epoch: u64,
    chain: [u8; 32],
}

/// Reads a state of records.
pub(super) fn at_text(text: &str) -> std::result::Result<At, &'static str> {
    let wrong = "write EPOCH:CHAIN, as `aecsadmin recovery status` shows it";
    let (epoch, chain) = text.split_once(':').ok_or(wrong)?;
    let mut at = At { epoch: epoch.parse().map_err(|_| wrong)?, chain: [0; 32] };
    hex::decode_to_slice(chain, &mut at.chain).map_err(|_| wrong)?;
    Ok(at)
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

/// Reads a share with its holder's identity, and connects to the server that it is for.
async fn custodian(
    args: &AdminArgs,
    given: &ShareArgs,
    to_submit: bool,
) -> Result<(CustodianClient, Zeroizing<RecoveryShare>)> {
    let share = read_share(&given.share, &given.identity)?;
    let copy = Zeroizing::new(RecoveryShare::clone(&share));
    let (server, verifier): (_, Arc<Verifier>) = args.server()?;
    if server.policy.pinned_deployment().is_none() {
        let what = "the kubeconfig pins no deployment, so nothing of the share was sent";
        return Err(Failure::bad_input(what).help(
            "use the kubeconfig that was handed out with the share: it has `deploymentId`. If it has none, ask the \
             administrator for one that has",
        ));
    }
    let (endpoint, policy, keys) = (server.endpoint, server.policy, server.policy_keys);
    let memory = Some(args.own_memory()? as _);
    let connected = match to_submit {
        true => CustodianClient::to_submit(endpoint, verifier, policy, share, memory).await,
        false => CustodianClient::to_prove(endpoint, verifier, policy, share, memory).await,
    };
    let client = connected.map_err(|error| {
        let is_recovering = matches!(
            &error,
            Error::Untrusted(Distrust::Deployment {
                phase: Phase::Recovering,
                recoverable: true,
                ..
            })
        );
        let failure = of_kubeconfig(error, Some(&keys));
        if is_recovering { failure.help(RECOVERING) } else { failure }
    })?;
    Ok((client, copy))
}

/// What a custodian does where the deployment is being recovered.
const RECOVERING: &str = "the deployment is being recovered, so the server has an id of its own for now. A custodian \
                          runs `aecsadmin recovery submit`; for `recovery appoint`, submit the share first, and add \
                          --recovering. A drill works again when the recovery is finished";

fn read_share(share: &Path, identity: &Path) -> Result<Zeroizing<RecoveryShare>> {
    check_path(share, "SHARE-FILE", "file of the share")?;
    check_path(identity, "--identity", "file with the key, or - for standard input")?;
    let text = files::read_text(share, "recovery share")?;
    let identities = read_identities(identity)?;
    recovery::open_file(&text, &identities).map_err(|error| {
        let why = match error {
            CryptoError::Decryption => {
                "it is for another recipient than this identity's, or it is damaged".to_owned()
            }
            CryptoError::MalformedAge(_) => "its encrypted part is damaged".to_owned(),
            CryptoError::MalformedShare(why) => why.to_owned(),
            other => other.to_string(),
        };
        let what = format!("the recovery share {} cannot be opened: {why}", share.display());
        Failure::bad_input(what)
            .help(
                "the file must be as `aecsadmin recovery create` wrote it, and made for the recipient of this identity. \
                 If the identity is the right one, the file is damaged: use another copy of it, or the share of \
                 another custodian",
            )
    })
}

/// Reads the identities of a custodian from a file, or from standard input.
fn read_identities(file: &Path) -> Result<Vec<age::Identity>> {
    let bytes = if file == Path::new("-") {
        SecretBytes::from(files::read_standard_input("identity file", files::MAX_TEXT)?.to_vec())
    } else {
        files::warn_if_others_read(file);
        files::read_bytes(file, "identity file")?
    };
    let shown = file.display();
    if age::is_encrypted(bytes.expose()) {
        let what =
            format!("the identity file {shown} is encrypted itself, with a passphrase or a key");
        let help =
            format!("decrypt it for this command alone: age -d {shown} | aecsadmin … --identity -");
        return Err(Failure::bad_input(what).help(help));
    }
    let text = std::str::from_utf8(bytes.expose()).map_err(|_| "it is not text".to_owned());
    let read =
        text.and_then(|text| age::Identity::of_file(text).map_err(|error| error.to_string()));
    read.map_err(|why| {
        let what = format!("the identity file {shown} cannot be used: {why}");
        Failure::bad_input(what).help(
            "give a file that `age-keygen` wrote, with the key of the recipient that the share was made for",
        )
    })
}

/// Finishes the recovery of the deployment that the kubeconfig pins. `revoke` has the shares end that were used; it
/// says whether that may leave none that were proven.
async fn finish(
    args: &AdminArgs,
    at: Option<At>,
    accept_older_store: bool,
    overruled: Vec<i32>,
    revoke: Option<bool>,
) -> Result<()> {
    let prepared = args.prepare(Role::Admin)?;
    if !prepared.is_pinned() {
        return Err(Failure::usage("the kubeconfig pins no deployment, so none can be recovered")
            .help("use the kubeconfig that was pinned when the deployment was provisioned"));
    }
    let admin = prepared.recovers().aecs_admin().await?;
    let server = admin.server().await?;
    let opened = opened(&server)?;
    let lost = lost(args, opened)?;
    let shown = at_text(&format!("{}:{}", opened.epoch, opened.chain)).map_err(|_| unusable())?;
    let at = match at {
        Some(at) => at,
        None => {
            check_accepted(opened, lost.as_deref(), args.accepts_rollback(), accept_older_store)?;
            let summary = RecoveryView::of_recovering(
                server.status().recovering.as_ref().ok_or_else(unusable)?,
                lost.clone(),
            );
            tool::agree(
                false,
                &summary.text(),
                "Return to this state of the records? What was changed after it is lost.",
            )
            .map_err(|failure| {
                failure.help(format!(
                    "look at `aecsadmin recovery status`, and agree with --at {}:{}",
                    opened.epoch, opened.chain
                ))
            })?;
            shown
        }
    };
    // The server knows whether an earlier state is in the history of the present one.
    if at != shown && at.epoch >= shown.epoch {
        let what = format!(
            "the records of the server are at {}:{}, and another state was named",
            shown.epoch,
            hex::encode_upper(shown.chain)
        );
        return Err(Failure::new(Exit::Refused, what)
            .help("`aecsadmin recovery status` shows the state; is it the store that you mean?"));
    }
    let not_sealed = admin
        .finish_recovery(&Finish {
            revision: opened.revision,
            epoch: at.epoch,
            chain: at.chain,
            settings_digest: opened.settings_digest.clone(),
            accept_older_store,
            overruled,
        })
        .await?;
    if let Some(lost) = lost {
        tool::warn(&format!("lost: {lost}"));
    }
    if not_sealed.is_empty() {
        tool::say(
            "note: remove --recover from the server's start command now (a systemd unit, for example): with a sealed \
             identity that opens, the server does not start with it",
        );
    } else {
        tool::warn(&format!(
            "the identity ends with the server's process, and the next one needs shares again: {not_sealed}"
        ));
    }
    if let Some(leave_none_proven) = revoke {
        let revision = opened.revision;
        revoke_used(args, revision, leave_none_proven).await.map_err(|failure| {
            tool::warn("the deployment is recovered, but the shares that were used have not ended");
            failure.help(format!(
                "have others made and proven (recovery rotate), then: aecsadmin recovery revoke {revision}"
            ))
        })?;
    }
    tool::say(if revoke.is_some() {
        "note: the shares that were used have ended: make new ones with `aecsadmin recovery rotate`"
    } else {
        "note: the shares can be used again. If others may have them, or a custodian is another one now, make \
         new ones with `aecsadmin recovery rotate`"
    });
    let what = format!("deployment {}", opened.deployment_id);
    output::print(args.output, &Done { done: "recovered", what: &what })
}

/// Refuses, before anybody is asked to agree, what the server will refuse.
fn check_accepted(
    opened: &RecoveringIdentity,
    lost: Option<&str>,
    accepts_rollback: bool,
    accepts_older: bool,
) -> Result<()> {
    if !opened.problem.is_empty() {
        return Err(Failure::new(Exit::Refused, opened.problem.clone()));
    }
    let refused = |why: &str, flag: &str| {
        Failure::new(Exit::Untrusted, format!("the records of the server are not the latest: {why}")).help(format!(
            "restore a later export of the store, if there is one. To recover these records all the same, add \
             {flag}"
        ))
    };
    match lost {
        Some(lost) if !accepts_rollback => {
            let why = format!("{lost}, would be lost");
            return Err(refused(&why, "--insecure-accept-rollback"));
        }
        _ => {}
    }
    match opened.older.is_empty() || accepts_older {
        true => Ok(()),
        false => Err(refused(&opened.older, "--accept-older-store")),
    }
}

/// What is lost with the records that the server has opened, as far as this tool knows.
fn lost(args: &AdminArgs, opened: &RecoveringIdentity) -> Result<Option<String>> {
    let deployment = opened.deployment_id.parse().map_err(|_| unusable())?;
    let is_asked = !args.accepts_rollback();
    Ok(args.last_seen(&deployment)?.and_then(|seen| view::lost(opened, &seen, is_asked)))
}

fn unusable() -> Failure {
    Failure::new(Exit::BadInput, "the status of the server makes no sense")
}

/// Ends the set that has opened the identity: its records have named that one. What else the store had is the
/// host's, whatever its revision.
async fn revoke_used(args: &AdminArgs, revision: i64, leave_none_proven: bool) -> Result<()> {
    let admin = connect(args).await?;
    let there = admin.recovery().await?.sets;
    if !there.iter().any(|set| set.revision == revision) {
        return Ok(());
    }
    agree_to_revoke(&[revision], &there, true, leave_none_proven)?;
    admin.revoke_recovery(&[revision]).await?;
    Ok(())
}

/// What a recovering server has opened.
fn opened(server: &TrustedServer) -> Result<&RecoveringIdentity> {
    let status = server.status();
    if status.phase == Phase::Working {
        let what = "the server is Working: the recovery is finished already, or none was begun";
        return Err(Failure::new(Exit::NotReady, what).help(
            "`aecsadmin status` shows the deployment and its epoch; there is nothing to finish",
        ));
    }
    let (Phase::Recovering, Some(recovering)) = (status.phase, &status.recovering) else {
        let what = format!("the server is {}: it recovers nothing", status.phase);
        return Err(Failure::new(Exit::NotReady, what)
            .help("start it with `aecs_server --recover` on the deployment's store"));
    };
    recovering.opened.as_ref().ok_or_else(|| {
        let problems = recovering.sets.iter().filter(|set| !set.problem.is_empty());
        let problems: String =
            problems.map(|set| format!("; revision {}: {}", set.revision, set.problem)).collect();
        let what = format!("the server waits for recovery shares{problems}");
        Failure::new(Exit::NotReady, what).help(
            "`aecsadmin recovery status` shows which; custodians run `aecsadmin recovery submit`",
        )
    })
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
    fn a_status_that_makes_no_sense_is_not_one_with_which_nothing_is_lost() {
        #[derive(clap::Parser)]
        struct Tool {
            #[command(flatten)]
            args: AdminArgs,
        }
        let tool = <Tool as clap::Parser>::parse_from(["aecsadmin"]);
        for deployment_id in [String::new(), "AB".repeat(31)] {
            let opened = RecoveringIdentity { deployment_id, ..RecoveringIdentity::default() };
            let failure = lost(&tool.args, &opened).unwrap_err();
            assert!(failure.to_string().contains("makes no sense"), "{failure}");
        }
    }

    #[test]
    fn what_the_server_will_refuse_is_not_asked() {
        let opened = |older: &str, problem: &str| RecoveringIdentity {
            older: older.to_owned(),
            problem: problem.to_owned(),
            ..RecoveringIdentity::default()
        };
        let told = |opened, lost, rollback, older| {
            check_accepted(&opened, lost, rollback, older).map_err(|it| it.to_string())
        };
        assert_eq!(told(opened("", ""), None, false, false), Ok(()));
        let lost = told(opened("", ""), Some("the change of epoch 7"), false, true).unwrap_err();
        assert!(lost.contains("epoch 7") && lost.contains("--insecure-accept-rollback"), "{lost}");
        assert_eq!(told(opened("", ""), Some("x"), true, false), Ok(()));
        let older = told(opened("it is older", ""), None, true, false).unwrap_err();
        assert!(older.contains("it is older") && older.contains("--accept-older-store"), "{older}");
        assert_eq!(told(opened("it is older", ""), None, false, true), Ok(()));
        assert!(told(opened("", "not here"), None, true, true).unwrap_err().contains("not here"));
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
    fn custodians_and_states_are_read_as_they_are_written() {
        let recipient = age::Identity::generate().unwrap().recipient().unwrap().to_string();
        let read = custodian_text(&format!("alice={recipient}")).unwrap();
        assert_eq!((read.name.as_str(), read.recipient), ("alice", recipient.clone()));
        for bad in
            ["alice", "=x", "alice=age1", &format!("../a={recipient}"), &format!(".a={recipient}")]
        {
            assert!(custodian_text(bad).is_err(), "{bad}");
        }
        let chain = "AB".repeat(32);
        assert_eq!(at_text(&format!("7:{chain}")), Ok(At { epoch: 7, chain: [0xab; 32] }));
        for bad in ["7", "x:AB", "7:AB", ""] {
            assert!(at_text(bad).is_err(), "{bad}");
        }
    }
}
