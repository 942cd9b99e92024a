//! Contexts: which kubeconfigs the tools use when none is named on the command line.
//!
//! They are kept in one file of the user, `aecs/config.yaml` in `$XDG_CONFIG_HOME` or `~/.config`:
//!
//! ```yaml
//! current: production
//! contexts:
//!   production:
//!     admin: /home/alice/aecs/admin.kubeconfig
//!     service: /home/alice/aecs/shop.kubeconfig
//! ```
//!
//! Only the tools for people read it: a program in a TEE does not let its host choose a server.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Subcommand};
use serde::{Deserialize, Serialize};

use crate::failure::{Exit, Failure, Result};
use crate::files::{self, Access};
use crate::names::Name;
use crate::output::{self, Done, Format, Row, Rows};

/// Whose kubeconfig is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The AECS administrator.
    Admin,
    /// A service's administrator.
    Service,
}

impl Role {
    /// The environment variable of the administrator's password.
    #[must_use]
    pub const fn password_variable(self) -> &'static str {
        match self {
            Self::Admin => "AECS_ADMIN_PASSWORD",
            Self::Service => "AECS_SERVICE_PASSWORD",
        }
    }
}

/// The user's file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contexts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    #[serde(default)]
    contexts: BTreeMap<String, Context>,
}

/// The kubeconfigs that are used together: one for each role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Context {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    admin: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<PathBuf>,
}

impl Context {
    fn kubeconfig(&self, role: Role) -> Option<&PathBuf> {
        match role {
            Role::Admin => self.admin.as_ref(),
            Role::Service => self.service.as_ref(),
        }
    }
}

/// The kubeconfig of `role` in the context that is named, or in the current one; `None` if no
/// context is named and there is no current one.
///
/// # Errors
///
/// The file cannot be understood, there is no such context, or it has no kubeconfig for the role.
pub(crate) fn kubeconfig(name: Option<&Name>, role: Role) -> Result<Option<PathBuf>> {
    let Some(path) = path() else { return Ok(None) };
    let contexts = Contexts::read(&path)?;
    let Some(name) = name.map(Name::as_str).or(contexts.current.as_deref()) else {
        return Ok(None);
    };
    let context = contexts.get(name)?;
    let (key, option) = match role {
        Role::Admin => ("the AECS administrator", "--admin"),
        Role::Service => ("a service's administrator", "--service"),
    };
    context.kubeconfig(role).cloned().map(Some).ok_or_else(|| {
        Failure::usage(format!("the context {name} has no kubeconfig of {key}"))
            .help(format!("add it: aecs config set {name} {option} KUBECONFIG"))
    })
}

/// A command about contexts.
#[derive(Subcommand, Debug)]
pub enum ConfigCommand {
    /// Add a context, or change one
    #[command(group(ArgGroup::new("kubeconfigs").args(["admin", "service"]).required(true).multiple(true)))]
    Set {
        /// Name of the context
        context: Name,
        /// Kubeconfig of the AECS administrator, for `aecs admin` and aecsadmin
        #[arg(long, value_name = "KUBECONFIG")]
        admin: Option<PathBuf>,
        /// Kubeconfig of a service's administrator, for `aecs service` and serviceadmin
        #[arg(long, value_name = "KUBECONFIG")]
        service: Option<PathBuf>,
    },
    /// Choose the context that is used when none is named
    Use {
        /// Name of the context
        context: Name,
    },
    /// List the contexts
    List,
    /// Remove a context; its kubeconfigs stay
    Remove {
        /// Name of the context
        context: Name,
    },
}

impl ConfigCommand {
    /// Does it.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written, or there is no such context.
    pub fn run(&self, format: Format) -> Result<()> {
        let path = path().ok_or_else(|| {
            Failure::usage("there is no folder to keep contexts in")
                .help("set HOME or XDG_CONFIG_HOME")
        })?;
        let (done, context) = match self {
            Self::List => return output::print(format, &Rows(Contexts::read(&path)?.rows())),
            Self::Set { context, .. } => ("set context", context),
            Self::Use { context } => ("using context", context),
            Self::Remove { context } => ("removed context", context),
        };
        Contexts::change(&path, |contexts| self.apply(contexts))?;
        output::print(format, &Done { done, what: context.as_str() })
    }

    fn apply(&self, contexts: &mut Contexts) -> Result<()> {
        match self {
            Self::List => {}
            Self::Set { context, admin, service } => {
                contexts.set(context, admin.as_deref(), service.as_deref())?;
            }
            Self::Use { context } => {
                contexts.get(context.as_str())?;
                contexts.current = Some(context.to_string());
            }
            Self::Remove { context } => {
                contexts.get(context.as_str())?;
                contexts.contexts.remove(context.as_str());
                contexts.current.take_if(|current| current == context.as_str());
            }
        }
        Ok(())
    }
}

impl Contexts {
    fn read(path: &Path) -> Result<Self> {
        let text = match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            _ => files::read_text(path, "file of contexts")?,
        };
        serde_saphyr::from_str(&text).map_err(|error| {
            Failure::bad_input(format!("the file of contexts {}: {error}", path.display()))
                .help("correct it, or remove it and set the contexts again: aecs config set")
        })
    }

    /// Reads the file, changes what it has, and writes it. Tools that do so at the same time wait for
    /// each other: none loses what another one has set.
    fn change(path: &Path, change: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        files::make_folder(folder, Access::Private)?;
        let folder =
            OpenOptions::new().read(true).open(folder).map_err(files::failure_at(folder))?;
        folder.lock().map_err(files::failure_at(path))?;
        let mut contexts = Self::read(path)?;
        change(&mut contexts)?;
        contexts.write(path)
    }

    fn write(&self, path: &Path) -> Result<()> {
        let text = serde_saphyr::to_string(self)
            .map_err(|error| Failure::internal(format!("contexts have no YAML: {error}")))?;
        files::write(path, Access::Private, text.as_bytes())
    }

    fn get(&self, name: &str) -> Result<&Context> {
        self.contexts.get(name).ok_or_else(|| {
            Failure::new(Exit::NoInput, format!("there is no context {name}"))
                .help("`aecs config list` shows them, `aecs config set` adds one")
        })
    }

    /// Adds the kubeconfigs that are given; the first context becomes the current one.
    fn set(&mut self, name: &Name, admin: Option<&Path>, service: Option<&Path>) -> Result<()> {
        let context = self.contexts.entry(name.to_string()).or_default();
        for (given, kept) in [(admin, &mut context.admin), (service, &mut context.service)] {
            if let Some(path) = given {
                *kept = Some(absolute(path)?);
            }
        }
        self.current.get_or_insert_with(|| name.to_string());
        Ok(())
    }

    fn rows(&self) -> Vec<ContextRow> {
        let row = |(name, context): (&String, &Context)| ContextRow {
            name: name.clone(),
            current: self.current.as_ref() == Some(name),
            admin: context.admin.clone(),
            service: context.service.clone(),
        };
        self.contexts.iter().map(row).collect()
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContextRow {
    name: String,
    current: bool,
    admin: Option<PathBuf>,
    service: Option<PathBuf>,
}

impl Row for ContextRow {
    const COLUMNS: &'static [&'static str] = &["CURRENT", "NAME", "ADMIN", "SERVICE"];

    fn cells(&self) -> Vec<String> {
        let shown = |path: &Option<PathBuf>| {
            path.as_ref().map_or(String::new(), |path| path.display().to_string())
        };
        let current = if self.current { "*" } else { "" };
        vec![current.to_owned(), self.name.clone(), shown(&self.admin), shown(&self.service)]
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// The kubeconfig as it is found from any folder; it must be one that can be read.
fn absolute(path: &Path) -> Result<PathBuf> {
    files::read_text(path, "kubeconfig")?;
    std::path::absolute(path).map_err(|error| files::unreadable(path, "kubeconfig", &error))
}

/// Where the user's contexts are.
fn path() -> Option<PathBuf> {
    files::user_folder("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("config.yaml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_that_change_contexts_at_the_same_time_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aecs/config.yaml");
        std::thread::scope(|scope| {
            for tool in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for number in 0..20 {
                        let name: Name = format!("context-{tool}-{number}").parse().unwrap();
                        Contexts::change(path, |contexts| contexts.set(&name, None, None)).unwrap();
                    }
                });
            }
        });
        assert_eq!(Contexts::read(&path).unwrap().contexts.len(), 160);
    }
}
