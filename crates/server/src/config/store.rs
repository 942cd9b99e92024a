//! Where the records are, and how the server gets there.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use aecs_crypto::SecretString;

use super::{key::Spec, kind::StorePlace, layers::Settings, need, problem::Problem, table};

/// File of the embedded store in the data folder.
const FILE: &str = "aecs.redb";

/// The store, and what the server shows it. No file is opened that is named here.
pub struct StoreConfig {
    /// Its URL, which has no password.
    url: String,
    /// The URL that `embedded` stands for.
    embedded: String,
    /// The user, or the id of an access key.
    pub user: Option<String>,
    /// The password, or the secret of an access key.
    pub password: Option<SecretString>,
    /// The file with the password.
    pub password_file: Option<PathBuf>,
    /// The file of the authorities to trust.
    pub ca_path: Option<PathBuf>,
    /// The files of our own certificate and of its private key.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// No other process writes to it.
    pub single_writer: bool,
    /// The other store that is shown the same.
    pub move_to: Option<String>,
}

pub(super) fn read(settings: &Settings) -> Result<StoreConfig, Problem> {
    let folder: PathBuf = need(settings, &table::DATA_DIR)?;
    let embedded = absolute(format!("redb:{}", folder.join(FILE).display()));
    let url = match need(settings, &table::STORE)? {
        StorePlace::Embedded => embedded.clone(),
        StorePlace::Url(url) => absolute(url),
    };
    let identity =
        match (settings.value(&table::STORE_CERT_PATH)?, settings.value(&table::STORE_KEY_PATH)?) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some((certificate, key)),
            _ => {
                let what = "of store.cert_path and store.key_path, one is set and the other is not";
                return Err(Problem::new(what).remedy("set both, or neither"));
            }
        };
    Ok(StoreConfig {
        url,
        embedded,
        user: settings.value(&table::STORE_USER)?,
        password: settings.value(&table::STORE_PASSWORD)?,
        password_file: settings.value(&table::STORE_PASSWORD_FILE)?,
        ca_path: settings.value(&table::STORE_CA_PATH)?,
        identity,
        single_writer: need(settings, &table::STORE_SINGLE_WRITER)?,
        move_to: settings.value(&table::STORE_MOVE_TO)?,
    })
}

impl StoreConfig {
    /// The URL: its engine and its place. There is no password in it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of another store that is named as in `aecs_store`.
    pub(crate) fn url_of(&self, name: &str) -> String {
        match name {
            "embedded" => self.embedded.clone(),
            "memory" => "memory:".to_owned(),
            url => absolute(url.to_owned()),
        }
    }

    /// Its file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.url.strip_prefix("redb:").map(Path::new)
    }

    /// Whether the store at a URL may be shown what proves the server: the host decides that. An
    /// administrator, who names the URL, could run that store.
    pub(crate) fn shows_itself_to(&self, url: &str) -> bool {
        let proves =
            self.password.is_some() || self.password_file.is_some() || self.identity.is_some();
        !proves || is_local(url) || url == self.url || self.move_to.as_deref() == Some(url)
    }

    /// The keys that have no effect on stores of this kind, and why.
    pub(crate) fn idle_keys(&self) -> Option<(Vec<&'static str>, &'static str)> {
        let urls = || [Some(&self.url), self.move_to.as_ref()].into_iter().flatten();
        let of_server = [
            (self.user.is_some(), &table::STORE_USER.spec),
            (self.password.is_some(), &table::STORE_PASSWORD.spec),
            (self.password_file.is_some(), &table::STORE_PASSWORD_FILE.spec),
            (self.ca_path.is_some(), &table::STORE_CA_PATH.spec),
            (self.identity.is_some(), &table::STORE_CERT_PATH.spec),
        ];
        let single = [(self.single_writer, &table::STORE_SINGLE_WRITER.spec)];
        let set = |keys: &[(bool, &Spec)]| {
            let set = keys.iter().filter(|(is_set, _)| *is_set);
            set.map(|(_, spec)| spec.name).collect::<Vec<_>>()
        };
        let is_object = |url: &String| ["s3", "gs", "az"].contains(&scheme(url));
        let (keys, why) = if urls().all(|url| is_local(url)) {
            (
                [set(&of_server), set(&single)].concat(),
                "the store is not on another machine: aecs_store names none",
            )
        } else if !urls().any(is_object) {
            (set(&single), "only an object store takes it")
        } else {
            return None;
        };
        (!keys.is_empty()).then_some((keys, why))
    }

    /// Whether it ends with the process.
    pub(crate) fn is_memory(&self) -> bool {
        self.url == "memory:"
    }
}

/// The URL, for a file with its absolute path: it names the same file wherever the server starts.
fn absolute(url: String) -> String {
    let path = aecs_store::file(&url).and_then(|path| std::path::absolute(path).ok());
    path.map_or(url, |path| format!("redb:{}", path.display()))
}

fn scheme(url: &str) -> &str {
    url.split_once(':').map_or("", |(scheme, _)| scheme)
}

/// Whether nobody is asked for what is there.
fn is_local(url: &str) -> bool {
    ["redb", "memory"].contains(&scheme(url))
}

/// Does not show the password.
impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreConfig").field("url", &self.url).finish_non_exhaustive()
    }
}
