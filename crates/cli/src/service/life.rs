//! The commands on a secret that exists: new versions, deleting, destroying.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aecs_client::files::secret_policy::SecretPolicyFile;
use aecs_client::{Change, Changed as Done, Error, ErrorCode, NewValue, ServiceClient, forms_of};
use aecs_crypto::{SecretBytes, SecretString};
use aecs_proto::EnclaveSecretType;
use clap::{Args, Subcommand};

use super::listed::secret_type;
use super::pkcs12::{self, Unread};
use super::value::Source;
use super::view::{Changed, Deleted, NewVersion, Sentences, Versions};
use super::{
    apply::{check_size, count},
    create, many,
};
use crate::connection::Prepared;
use crate::failure::{Exit, Failure, Result};
use crate::given::{Required, Secret, Version};
use crate::names::{Name, Prefix};
use crate::output::{self, Format, Row};
use crate::password;
use crate::tool::{self, Action};

/// What becomes of a secret that exists.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Life {
    /// Give a secret that exists a new value: a new version, which applications get from then on
    Put {
        /// The secret
        #[command(flatten)]
        secret: Required<Secret>,
        /// Where the value is
        #[command(flatten)]
        source: Source,
        /// File that holds the password of a PKCS#12 file (its final newline does not count); the password
        /// can also be in AECS_PKCS12_PASSWORD, or is asked for
        #[arg(long, value_name = "FILE")]
        pkcs12_password_file: Option<PathBuf>,
        /// Refuse if the secret is of another type than this, such as `RSA_KEY_PAIR`
        #[arg(long = "type", value_name = "TYPE", value_parser = secret_type)]
        kind: Option<EnclaveSecretType>,
        /// If there is no such secret, create it as this policy file has it, with the value
        #[arg(long, value_name = "YAML")]
        create: Option<PathBuf>,
        /// Only if the current version is VERSION
        #[arg(
            long, value_name = "VERSION", conflicts_with = "create",
            value_parser = clap::value_parser!(u64).range(1..)
        )]
        if_version: Option<u64>,
    },
    /// Have the server make a new version of a key, a key pair or a certificate
    Rotate {
        /// The secret
        #[command(flatten)]
        secret: Required<Secret>,
        /// Only if the current version is VERSION
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
        if_version: Option<u64>,
    },
    /// List the versions of a secret
    Versions {
        /// The secret
        #[command(flatten)]
        secret: Required<Secret>,
    },
    /// Make a new version of a secret with the value of an earlier one
    Rollback {
        /// The secret
        #[command(flatten)]
        secret: Required<Secret>,
        /// The earlier version
        #[command(flatten)]
        to: Required<Version>,
        /// Only if the current version is VERSION
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
        if_version: Option<u64>,
    },
    /// Stop giving secrets to applications; they can be restored for some time. Asks first if a prefix
    /// is given
    Delete {
        /// The secrets
        #[command(flatten)]
        secrets: Names,
        /// Only this version of it
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
        version: Option<u64>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Restore secrets that were deleted
    Undelete {
        /// The secrets
        #[command(flatten)]
        secrets: Names,
        /// Only this version of it
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
        version: Option<u64>,
    },
    /// Destroy secrets and all of their versions; asks first
    Destroy {
        /// The secrets
        #[command(flatten)]
        secrets: Names,
        /// Destroy only the value of this version
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
        version: Option<u64>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Secrets by their names, or all of a prefix.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = true)]
pub struct Names {
    /// Names of the secrets
    #[arg(value_name = "SECRET", conflicts_with_all = ["by_flag", "prefix"])]
    names: Vec<Name>,
    /// The same argument, as AECS 2.0 spells it
    #[arg(long = "secret", value_name = "SECRET", conflicts_with = "prefix")]
    by_flag: Option<Name>,
    /// All secrets whose names begin with PREFIX
    #[arg(long, value_name = "PREFIX", conflicts_with = "version", value_parser = some_prefix)]
    prefix: Option<Prefix>,
}

/// A prefix that somebody wrote: an empty one, which an unset variable of a script is, would mean all
/// secrets.
pub(super) fn some_prefix(text: &str) -> std::result::Result<Prefix, String> {
    match text {
        "" => {
            Err("the prefix is empty, and all names begin with that: is a variable unset?"
                .to_owned())
        }
        text => text.parse(),
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.named().eq(other.named()) && self.prefix == other.prefix
    }
}

impl Names {
    /// Those that are given by name, in either spelling.
    fn named(&self) -> impl Iterator<Item = &Name> {
        self.names.iter().chain(&self.by_flag)
    }

    /// The names, found with `find` if a prefix is given. A version belongs to one secret.
    async fn find<F>(
        &self,
        version: Option<u64>,
        find: impl FnOnce(String) -> F,
    ) -> Result<Vec<Name>>
    where
        F: Future<Output = Result<Vec<String>>>,
    {
        let Some(prefix) = &self.prefix else {
            let names: Vec<Name> = self.named().cloned().collect();
            let mut known = BTreeSet::new();
            if let Some(twice) = names.iter().find(|name| !known.insert(*name)) {
                return Err(Failure::usage(format!("secret {twice} is named twice"))
                    .help("nothing was done: name it once"));
            }
            if version.is_some() && names.len() > 1 {
                return Err(Failure::usage("--version is for one secret"));
            }
            return Ok(names);
        };
        let found = find(prefix.as_str().to_owned()).await?;
        let names: std::result::Result<Vec<Name>, String> =
            found.iter().map(|name| name.parse()).collect();
        let names = names.map_err(Failure::internal)?;
        match names.is_empty() {
            true => Err(Failure::new(Exit::NotFound, format!("no secret begins with `{prefix}`"))),
            false => Ok(names),
        }
    }
}

impl Life {
    /// Reads what is to be sent, asks where something is lost, connects, and does it.
    pub(super) async fn run(
        self,
        prepared: Prepared,
        action: &Action,
        format: Format,
    ) -> Result<()> {
        match self {
            Self::Put { secret, source, pkcs12_password_file, kind, create, if_version } => {
                let value = source.read(secret.0.as_str())?;
                let creation = create.map(|path| creation(&path, &prepared, &secret.0));
                let creation = creation.transpose()?;
                let service = connect(prepared).await?;
                let password = pkcs12_password_file.as_deref();
                let typed = typed(&service, &secret.0, value, creation.as_ref(), kind, password);
                let value = typed.await?;
                let version = put(service, &secret.0, &value, creation, if_version).await?;
                output::print(format, &NewVersion::new(&secret.0, version))
            }
            Self::Rotate { secret, if_version } => {
                let service = connect(prepared).await?;
                let version = service.rotate_if(secret.0.as_str(), if_version).await?;
                output::print(format, &NewVersion::new(&secret.0, version))
            }
            Self::Rollback { secret, to, if_version } => {
                let service = connect(prepared).await?;
                let version = service.roll_back_if(secret.0.as_str(), to.0, if_version).await?;
                output::print(format, &NewVersion::new(&secret.0, version))
            }
            Self::Versions { secret } => {
                let versions = connect(prepared).await?.versions(secret.0.as_str()).await?;
                output::print(format, &Versions::new(&secret.0, versions))
            }
            Self::Delete { secrets, version, yes } => {
                let service = Arc::new(connect(prepared).await?);
                let names = secrets.find(version, |prefix| present(&service, prefix)).await?;
                if secrets.prefix.is_some() {
                    let shown = format!("These secrets will be deleted:\n{}", lines(&names));
                    tool::agree(yes, &shown, "Delete them?")?;
                }
                if version.is_none() {
                    let all = names.iter().map(ToString::to_string).collect();
                    let deleted = delete_all(&service, all).await;
                    let row = |name: &Name, done: Done| {
                        Deleted::new(name, None, done.restorable_until_ms)
                    };
                    return report(format, told(&names, deleted, row));
                }
                let done = each(&service, names, move |service, name| async move {
                    let until_ms = service.delete(name.as_str(), version).await?;
                    Ok(Deleted::new(&name, version, until_ms))
                });
                report(format, done.await)
            }
            Self::Undelete { secrets, version } => {
                let service = Arc::new(connect(prepared).await?);
                let names = secrets.find(version, |prefix| deleted(&service, prefix)).await?;
                let done = each(&service, names, move |service, name| async move {
                    service.undelete(name.as_str(), version).await?;
                    Ok(Changed::new("restored", &name, version))
                });
                report(format, done.await)
            }
            Self::Destroy { secrets, version, yes } => {
                let ask = |names: &[Name]| agree_to_destroy(action, yes, names, version);
                destroy(prepared, &secrets, version, format, ask).await
            }
        }
    }
}

async fn connect(prepared: Prepared) -> Result<ServiceClient> {
    prepared.service_admin().await
}

/// The secret that `put --create` creates, as a policy file has it.
fn creation(path: &Path, prepared: &Prepared, name: &Name) -> Result<SecretPolicyFile> {
    let mut file = create::read(path, prepared.name())?;
    file.keep(name.as_str());
    match file.secrets.is_empty() {
        true => Err(Failure::bad_input(format!("{} has no secret `{name}`", path.display()))),
        false => Ok(file),
    }
}

/// Values up to this length are sent without a look at the quota, which is rarely smaller.
const SHORT: usize = 64 << 10;

/// The value as the type of the secret takes it; the server is asked for the type if it may be a key,
/// and for the quota if it is long.
async fn typed(
    service: &ServiceClient,
    name: &Name,
    value: NewValue,
    creation: Option<&SecretPolicyFile>,
    kind: Option<EnclaveSecretType>,
    pkcs12_password: Option<&Path>,
) -> Result<NewValue> {
    let may_be_key = match &value {
        NewValue::Text(text) => is_key_text(text.expose()),
        NewValue::Binary(_) => true,
        NewValue::Pairs(_) => false,
    };
    if !may_be_key && kind.is_none() && value.bytes() <= SHORT {
        return Ok(value);
    }
    let list = service.list_with_info(name.as_str(), true).await?;
    if let Some(quotas) = &list.quotas {
        check_size(name.as_str(), count(value.bytes()), quotas)?;
    }
    let new = creation.and_then(|file| file.secrets.first()).map(|secret| &secret.spec);
    let Some(spec) = list.secrets.first().or(new) else { return Ok(value) };
    if let Some(kind) = kind.filter(|kind| *kind != spec.r#type()) {
        let (is, given) = (spec.r#type().as_str_name(), kind.as_str_name());
        return Err(Failure::bad_input(format!("secret {name} is of type {is}, not {given}")));
    }
    let value = match &value {
        NewValue::Binary(file) if value.is_pkcs12(spec.r#type()) => {
            NewValue::Text(of_pkcs12(name, file, pkcs12_password)?)
        }
        _ => value,
    };
    value.for_type(spec.r#type()).map_err(|error| {
        Failure::bad_input(format!("the value of secret {name}: {error}"))
            .help(forms_of(spec.r#type()))
    })
}

/// Whether a text may be a key as other tools write it: PEM, or hexadecimal digits with a line end.
fn is_key_text(text: &str) -> bool {
    let digits = text.trim_ascii();
    let has_line_end = digits.len() < text.len();
    text.contains("-----BEGIN ")
        || (has_line_end && !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_hexdigit()))
}

/// The key and the certificates of a PKCS#12 file in PEM. Many files have an empty password: it is asked
/// for only if that is not the right one.
fn of_pkcs12(
    name: &Name,
    file: &SecretBytes,
    password_file: Option<&Path>,
) -> Result<SecretString> {
    let given = match password_file {
        Some(path) => Some(password::of_file(path)?),
        None => password::of_environment(PKCS12_PASSWORD),
    };
    let read = match &given {
        Some(password) => pkcs12::read(file.expose(), password.expose()),
        None => match pkcs12::read(file.expose(), "") {
            Err(Unread::WrongPassword) => {
                let flag = "--pkcs12-password-file";
                let password =
                    password::ask("Password of the PKCS#12 file: ", flag, PKCS12_PASSWORD)?;
                pkcs12::read(file.expose(), password.expose())
            }
            read => read,
        },
    };
    read.map_err(|why| {
        let help = why.help(name.as_str());
        Failure::bad_input(format!("the value of secret {name}: {why}")).help(help)
    })
}

/// The password of a PKCS#12 file.
const PKCS12_PASSWORD: &str = "AECS_PKCS12_PASSWORD";

async fn put(
    service: ServiceClient,
    name: &Name,
    value: &NewValue,
    creation: Option<SecretPolicyFile>,
    if_version: Option<u64>,
) -> Result<u64> {
    let put = service.put_if(name.as_str(), value, if_version).await;
    let (Err(Error::Refused(refusal)), Some(file)) = (&put, creation) else { return Ok(put?) };
    if refusal.code() != Some(ErrorCode::NoSuchName) {
        return Ok(put?);
    }
    let file = create::check_open_rules(&service, file).await?;
    let secret = file.secrets.first().ok_or_else(|| Failure::internal("no secret to create"))?;
    service.create_with(secret, value).await?;
    let list = service.list_with_info(name.as_str(), true).await?;
    Ok(list.info.first().map(|info| info.version).unwrap_or_default())
}

async fn present(service: &ServiceClient, prefix: String) -> Result<Vec<String>> {
    let secrets = service.list(&prefix).await?;
    Ok(secrets.into_iter().map(|spec| spec.secret_name).collect())
}

async fn deleted(service: &ServiceClient, prefix: String) -> Result<Vec<String>> {
    let secrets = service.list_deleted(&prefix).await?;
    Ok(secrets.into_iter().map(|deleted| deleted.secret_name).collect())
}

/// Also those that are deleted: they have a value and a place until they are destroyed.
async fn all(service: &ServiceClient, prefix: String) -> Result<Vec<String>> {
    let mut names = present(service, prefix.clone()).await?;
    names.extend(deleted(service, prefix).await?);
    Ok(names)
}

fn lines(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join("\n")
}

async fn destroy(
    prepared: Prepared,
    secrets: &Names,
    version: Option<u64>,
    format: Format,
    ask: impl Fn(&[Name]) -> Result<()>,
) -> Result<()> {
    // What is named is asked about before the server is called.
    if secrets.prefix.is_none() {
        ask(&secrets.find(version, |_| async { Ok(Vec::new()) }).await?)?;
    }
    let service = Arc::new(connect(prepared).await?);
    let names = secrets.find(version, |prefix| all(&service, prefix)).await?;
    if secrets.prefix.is_some() {
        ask(&names)?;
    }
    let Some(version) = version else {
        let destroyed = destroy_all(&service, &names).await;
        let row = |name: &Name, _| Changed::new("destroyed", name, None);
        return report(format, told(&names, destroyed, row));
    };
    let done = each(&service, names, move |service, name| async move {
        service.destroy_version(name.as_str(), version).await?;
        Ok(Changed::new("destroyed", &name, Some(version)))
    });
    report(format, done.await)
}

/// Deletes secrets, together where that works.
pub(super) async fn delete_all(
    service: &Arc<ServiceClient>,
    names: Arc<[String]>,
) -> Vec<Option<Result<Done>>> {
    let changes: Vec<Change> = names.iter().map(|name| Change::delete(name)).collect();
    many::together(service, &changes, |index| {
        let (service, names) = (service.clone(), names.clone());
        async move {
            let name = names.get(index).map(String::as_str).unwrap_or_default();
            let restorable_until_ms = service.delete(name, None).await?;
            Ok(Done { restorable_until_ms, ..Done::default() })
        }
    })
    .await
}

/// Destroys secrets, together where that works.
async fn destroy_all(service: &Arc<ServiceClient>, names: &[Name]) -> Vec<Option<Result<Done>>> {
    let names: Arc<[Name]> = names.into();
    let changes: Vec<Change> = names.iter().map(|name| Change::destroy(name.as_str())).collect();
    many::together(service, &changes, |index| {
        let (service, names) = (service.clone(), names.clone());
        async move {
            let name = names.get(index).map(Name::as_str).unwrap_or_default();
            service.destroy(name).await?;
            Ok(Done::default())
        }
    })
    .await
}

fn agree_to_destroy(
    action: &Action,
    agreed: bool,
    names: &[Name],
    version: Option<u64>,
) -> Result<()> {
    let (shown, question) = match (names, version) {
        ([name], None) => (
            format!("Secret {name} and its data will be destroyed, with all versions."),
            "Destroy the secret?",
        ),
        (_, None) => (
            format!(
                "These secrets and their data will be destroyed, with all versions:\n{}",
                lines(names)
            ),
            "Destroy them?",
        ),
        (_, Some(version)) => (
            format!("The data of version {version} of secret {} will be destroyed.", lines(names)),
            "Destroy the version?",
        ),
    };
    action.agree(agreed, &shown, question)
}

/// Calls the server for each of the names.
async fn each<T, F>(
    service: &Arc<ServiceClient>,
    names: Vec<Name>,
    call: impl Fn(Arc<ServiceClient>, Name) -> F,
) -> (Vec<T>, Result<()>)
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let results = many::each(names.len(), |index| {
        let name = names.get(index).cloned();
        let call = name.map(|name| call(service.clone(), name));
        async move { call.ok_or_else(|| Failure::internal("no such name"))?.await }
    });
    told(&names, results.await, |_, done| done)
}

/// What became of each of the names: the rows of those that are done, and why the first one of the others
/// is not.
fn told<T, R>(
    names: &[Name],
    results: Vec<Option<Result<T>>>,
    row: impl Fn(&Name, T) -> R,
) -> (Vec<R>, Result<()>) {
    let alone = names.len() == 1;
    let (mut done, mut outcome) = (Vec::new(), Ok(()));
    for (name, result) in names.iter().zip(results) {
        match result {
            Some(Ok(result)) => done.push(row(name, result)),
            Some(Err(failure)) if outcome.is_ok() => {
                outcome =
                    Err(if alone { failure } else { failure.context(format!("secret {name}")) });
            }
            Some(Err(_)) | None => {}
        }
    }
    (done, outcome)
}

/// Prints what was done, also if not all of it was.
fn report<R: Row>(format: Format, (done, outcome): (Vec<R>, Result<()>)) -> Result<()> {
    if outcome.is_ok() || !done.is_empty() {
        output::print(format, &Sentences(done))?;
    }
    outcome
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(subcommand)]
        command: Life,
    }

    #[test]
    fn an_empty_prefix_does_not_mean_all_secrets() {
        let parse = |prefix| Line::try_parse_from(["serviceadmin", "destroy", "--prefix", prefix]);
        let Life::Destroy { secrets, .. } = parse("a").unwrap().command else { panic!() };
        assert!(secrets.prefix.is_some());
        let refused = parse("").unwrap_err().to_string();
        assert!(refused.contains("is a variable unset"), "{refused}");
    }
}
