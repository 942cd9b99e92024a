//! The policies that evidence is held against, and what is accepted where they say nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{Acceptance, Circumstances, NamedList, NamedLists, Policy, TcbStatus};
use aecs_client::files::lists::NamedListsFile;
use aecs_client::files::placed::{PlacedPolicy, PolicyFile};
use aecs_client::files::secret_policy::OpenRule;
use clap::Args;

use super::explain::Judgement;
use super::verified::VerifiedEvidence;
use crate::failure::{Failure, Result, with_causes};
use crate::tool;

/// Against what evidence is to be held.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Policy")]
pub(super) struct PolicyArgs {
    /// Policy: a secret policy file (kind: SecretPolicy), or a policy alone
    #[arg(long, value_name = "YAML")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    judge: JudgeArgs,
}

/// How a policy is to be applied.
#[derive(Args, Debug, Clone, PartialEq)]
#[command(next_help_heading = "Policy")]
pub(super) struct JudgeArgs {
    /// Only the policy of this secret
    #[arg(long, value_name = "NAME", requires = "policy")]
    secret: Option<String>,
    /// TCB statuses to accept where a rule says nothing: what the server's key
    /// attestation.accepted_tcb_statuses has
    #[arg(
        long, value_name = "STATUS,...", value_delimiter = ',', value_parser = tcb_status,
        default_value = "UpToDate", requires = "policy"
    )]
    accepted_tcb_statuses: Vec<TcbStatus>,
    /// Named lists that the policy refers to (kind: NamedLists)
    #[arg(long, value_name = "FILE", requires = "policy")]
    lists: Vec<PathBuf>,
}

/// The policies to hold evidence against.
pub(super) struct Judge {
    file: PathBuf,
    policies: Vec<(PlacedPolicy, Policy)>,
    /// Rules for which servers refuse the policy.
    open_rules: Vec<OpenRule>,
    acceptance: Acceptance,
    lists: NamedLists,
    now: SystemTime,
}

fn tcb_status(name: &str) -> std::result::Result<TcbStatus, String> {
    TcbStatus::acceptable().find(|status| status.as_str() == name).ok_or_else(|| {
        let names: Vec<&str> = TcbStatus::acceptable().map(TcbStatus::as_str).collect();
        format!("the statuses are {}", names.join(", "))
    })
}

impl PolicyArgs {
    /// The policies, to be applied at `now`, if any are named.
    pub(super) fn read(&self, now: SystemTime) -> Result<Option<Judge>> {
        self.policy.as_ref().map(|path| self.judge.read(path, now)).transpose()
    }
}

impl JudgeArgs {
    /// The policies of a file, to be applied at `now`.
    pub(super) fn read(&self, path: &Path, now: SystemTime) -> Result<Judge> {
        let file = PolicyFile::load(path)?;
        let asked_for = |rule: &&OpenRule| match &self.secret {
            Some(secret) => rule.secret() == secret,
            None => true,
        };
        let open_rules: Vec<OpenRule> =
            file.open_rules().iter().filter(asked_for).cloned().collect();
        for rule in &open_rules {
            tool::warn(&rule.to_string());
        }
        let wanted = |policy: &PlacedPolicy| match &self.secret {
            Some(secret) => policy.secret.as_ref() == Some(secret),
            None => true,
        };
        let names = file.policies.iter().filter_map(|placed| placed.secret.clone());
        let names = names.collect::<Vec<_>>().join(", ");
        let policies = file
            .policies
            .into_iter()
            .filter(wanted)
            .map(|placed| {
                let policy = Policy::parse(&placed.policy).map_err(|error| {
                    Failure::bad_input(format!("{}: {}", path.display(), with_causes(&error)))
                })?;
                Ok((placed, policy))
            })
            .collect::<Result<Vec<_>>>()?;
        if policies.is_empty() {
            let secret = self.secret.as_deref().unwrap_or_default();
            return Err(Failure::bad_input(format!(
                "{} has no policy of a secret `{secret}`",
                path.display()
            ))
            .help(match names.as_str() {
                "" => "it is a policy alone: leave --secret out".to_owned(),
                names => format!("its secrets are {names}"),
            }));
        }
        let lists = self.named_lists()?;
        for (_, policy) in &policies {
            // As it is, servers would refuse it.
            policy.check_lists(&lists).map_err(|error| {
                Failure::bad_input(format!("{}: {error}", path.display()))
                    .help("name the file that has the list with --lists")
            })?;
        }
        let tcb_statuses = self.accepted_tcb_statuses.iter().copied().collect();
        let acceptance = Acceptance { tcb_statuses, ..Acceptance::default() };
        Ok(Judge { file: path.to_owned(), policies, open_rules, acceptance, lists, now })
    }

    /// The named lists of the files.
    fn named_lists(&self) -> Result<NamedLists> {
        let mut lists = NamedLists::default();
        for path in &self.lists {
            for list in NamedListsFile::load(path)?.lists {
                let Some(content) = &list.content else { continue };
                let content = NamedList::parse(content)
                    .map_err(|error| Failure::bad_input(format!("{}: {error}", path.display())))?;
                lists.insert(list.list_name, Arc::new(content));
            }
        }
        Ok(lists)
    }
}

impl Judge {
    /// Where messages say that the rules are.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// What each policy makes of genuine evidence. As servers do, it takes rules that let everybody
    /// in for a simulation only.
    pub(super) fn judge(&self, verified: &VerifiedEvidence) -> Vec<Judgement> {
        let hardware = verified.backing() == "hardware";
        let circumstances = Circumstances::new(&self.acceptance, self.now).with_lists(&self.lists);
        let judgement = |(placed, policy): &(PlacedPolicy, Policy)| {
            let explanation = policy.explain(verified.subject(), circumstances);
            let name = placed.secret.as_deref().unwrap_or_default();
            let open = self.open_rules.iter().find(|rule| hardware && rule.secret() == name);
            Judgement::new(&self.file, placed, &explanation, open)
        };
        self.policies.iter().map(judgement).collect()
    }
}
