//! `policy`: what can be done with a policy file without a server.

use std::path::Path;

use aecs_client::files::placed::PolicyFile;

use super::Policy;
use crate::failure::{Failure, Result, with_causes};
use crate::names::Name;
use crate::output::{self, Format};

impl Policy {
    /// Does it.
    ///
    /// # Errors
    ///
    /// What is wrong with the file; of a test also a verdict that is not the expected one.
    pub(super) fn run(&self, format: Format) -> Result<()> {
        match self {
            Self::Test(test) => test.run(format),
            Self::Compile { policy, secret } => {
                let text = compiled(policy, secret.as_ref())?;
                output::print_bytes(format!("{text}\n").as_bytes())
            }
        }
    }
}

/// The policy of a file as JSON: the only one, or that of a secret.
fn compiled(path: &Path, secret: Option<&Name>) -> Result<String> {
    let file = PolicyFile::load(path)?;
    let is_it =
        |name: Option<&String>| secret.is_none_or(|it| name.is_some_and(|n| n == it.as_str()));
    let mut found = file.policies.iter().filter(|it| is_it(it.secret.as_ref()));
    match (found.next(), found.next()) {
        (Some(only), None) => {
            let rules = aecs_attest::Policy::parse(&only.policy).map_err(|error| {
                Failure::bad_input(format!("{}: {}", path.display(), with_causes(&error)))
            })?;
            if let Some(list) = rules.lists().first() {
                let what = format!("{} refers to the named list {list}", path.display());
                return Err(Failure::bad_input(what).help(
                    "lists belong to services, and ta_secrets.policy is of the whole server: write the \
                     values themselves",
                ));
            }
            Ok(aecs_proto::json::to_string(&only.policy))
        }
        (Some(_), Some(_)) => {
            Err(Failure::usage(format!("{} has the policies of several secrets", path.display()))
                .help("name one with --secret"))
        }
        (None, _) => Err(Failure::bad_input(format!("{} has no such policy", path.display()))),
    }
}
