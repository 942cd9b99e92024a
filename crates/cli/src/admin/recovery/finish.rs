//! The end of a recovery: an administrator names the state of the records, and the server works.

use aecs_client::{Finish, Phase, TrustedServer};
use aecs_proto::RecoveringIdentity;

use super::view::{self, RecoveryView};
use super::{agree_to_revoke, connect};
use crate::connection::AdminArgs;
use crate::contexts::Role;
use crate::failure::{Exit, Failure, Result};
use crate::output::{self, Done, View as _};
use crate::tool;

/// A state of records, as `EPOCH:CHAIN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    epoch: u64,
    chain: [u8; 32],
}

/// Reads a state of records.
pub(in crate::admin) fn at_text(text: &str) -> std::result::Result<At, &'static str> {
    let wrong = "write EPOCH:CHAIN, as `aecsadmin recovery status` shows it";
    let (epoch, chain) = text.split_once(':').ok_or(wrong)?;
    let mut at = At { epoch: epoch.parse().map_err(|_| wrong)?, chain: [0; 32] };
    hex::decode_to_slice(chain, &mut at.chain).map_err(|_| wrong)?;
    Ok(at)
}

/// Finishes the recovery of the deployment that the kubeconfig pins. `revoke` has the shares end that were used; it
/// says whether that may leave none that were proven.
pub(super) async fn finish(
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
            // The server knows whom the problem is about.
            let is_heeded = overruled.is_empty();
            check_accepted(
                opened,
                lost.as_deref(),
                (is_heeded, args.accepts_rollback(), accept_older_store),
            )?;
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
    let what = format!("deployment {}", opened.deployment_id);
    output::print(args.output, &Done { done: "recovered", what: &what })?;
    tool::say(
        "note: if this is another version than before, the shares for the former one have ended",
    );
    let revision = opened.revision;
    match revoke {
        None => tool::say(
            "note: the shares can be used again. If others may have them, or a custodian is another one now, make \
             new ones with `aecsadmin recovery rotate`",
        ),
        Some(leave_none_proven) => {
            revoke_used(args, revision, leave_none_proven).await.map_err(|failure| {
                tool::warn(
                    "the deployment is recovered, but the shares that were used have not ended",
                );
                failure.help(format!(
                    "have others made and proven (recovery rotate), then: aecsadmin recovery revoke {revision}"
                ))
            })?;
            tool::say(
                "note: the shares that were used have ended: make new ones with `aecsadmin recovery rotate` (or \
                 `create`, if none are left)",
            );
        }
    }
    Ok(())
}

/// Refuses, before anybody is asked to agree, what the server will refuse.
fn check_accepted(
    opened: &RecoveringIdentity,
    lost: Option<&str>,
    (heeds_custodians, accepts_rollback, accepts_older): (bool, bool, bool),
) -> Result<()> {
    if heeds_custodians && !opened.problem.is_empty() {
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
pub(super) fn lost(args: &AdminArgs, opened: &RecoveringIdentity) -> Result<Option<String>> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
            check_accepted(&opened, lost, (true, rollback, older)).map_err(|it| it.to_string())
        };
        assert_eq!(told(opened("", ""), None, false, false), Ok(()));
        let lost = told(opened("", ""), Some("the change of epoch 7"), false, true).unwrap_err();
        assert!(lost.contains("epoch 7") && lost.contains("--insecure-accept-rollback"), "{lost}");
        assert_eq!(told(opened("", ""), Some("x"), true, false), Ok(()));
        let older = told(opened("it is older", ""), None, true, false).unwrap_err();
        assert!(older.contains("it is older") && older.contains("--accept-older-store"), "{older}");
        assert_eq!(told(opened("it is older", ""), None, false, true), Ok(()));
        assert!(told(opened("", "not here"), None, true, true).unwrap_err().contains("not here"));
        let overruling = check_accepted(&opened("", "share 3"), None, (false, false, false));
        assert!(overruling.is_ok(), "{overruling:?}");
    }

    #[test]
    fn states_are_read_as_they_are_written() {
        let chain = "AB".repeat(32);
        assert_eq!(at_text(&format!("7:{chain}")), Ok(At { epoch: 7, chain: [0xab; 32] }));
        for bad in ["7", "x:AB", "7:AB", ""] {
            assert!(at_text(bad).is_err(), "{bad}");
        }
    }
}
