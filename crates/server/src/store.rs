//! The store that the configuration names.

use std::{io::BufReader, path::Path, sync::Arc};

use aecs_attest::{Causes, files};
use aecs_crypto::SecretString;
use aecs_store::{
    EmbeddedStore, Error, Lost, Opened, Options, export,
    pages::{PageStore, Tag},
};
use anyhow::anyhow;
use tokio::sync::mpsc;
use tonic::async_trait;

use crate::{
    config::{MAX_FILE_BYTES, StoreConfig},
    exit::{Exit, Failure},
};

/// Opens the store.
pub(crate) async fn open(config: &StoreConfig) -> Result<(Arc<dyn PageStore>, Lost), Failure> {
    let opened = aecs_store::open(config.url(), &options(config)?).await;
    let Opened { store, is_new, lost } = opened.map_err(failure)?;
    if let Some(path) = config.file().filter(|_| is_new) {
        tracing::warn!(path = %path.display(), "there was no store: a new, empty one was made");
    }
    Ok((store, lost))
}

/// Refuses a place where a start would make an empty store: a recovery begins with what is in one.
pub(crate) fn must_exist(config: &StoreConfig) -> Result<(), Failure> {
    let what = match config.file() {
        Some(path) if !path.exists() => format!("there is no store: {}", path.display()),
        None if config.is_memory() => "a store in memory has nothing to recover".to_owned(),
        _ => return Ok(()),
    };
    Err(Failure::new(Exit::Usage, anyhow!("--recover was given, but {what}"))
        .context("aecs_store")
        .help(
            "name the deployment's store, or make one of an export first: aecs_server --import-store FILE",
        ))
}

/// The stores that the records can move to. Each is opened with the same settings, if the host allows it.
pub(crate) struct Stores {
    config: StoreConfig,
    moved: mpsc::UnboundedSender<Lost>,
}

impl Stores {
    /// The receiver gets what to wait for instead, when the records have moved.
    pub(crate) fn new(config: StoreConfig) -> (Self, mpsc::UnboundedReceiver<Lost>) {
        let (moved, receiver) = mpsc::unbounded_channel();
        (Self { config, moved }, receiver)
    }
}

#[async_trait]
impl aecs_core::Stores for Stores {
    fn origin(&self) -> &str {
        self.config.url()
    }

    fn url(&self, name: &str) -> Result<String, String> {
        let url = self.config.url_of(name);
        if url == "memory:" {
            return Err("a store in memory keeps nothing".to_owned());
        }
        aecs_store::check(&url).map_err(|error| error.to_string())?;
        Ok(url)
    }

    async fn open(&self, url: &str) -> Result<Opened, String> {
        let url = &self.url(url)?;
        if !self.config.shows_itself_to(url) {
            return Err("the server would log in there with the password or the certificate of its \
                        own store: the operator of its host allows that by setting store.move_to to \
                        this URL, and starts it again (docs/storage.md, Another engine)"
                .to_owned());
        }
        let options = options(&self.config).map_err(|failure| failure.to_string())?;
        let opened = aecs_store::open(url, &options).await;
        opened.map_err(|error| match error {
            // It is the only one that may write there, and keeps the file of its start open.
            Error::InUse { .. } => format!(
                "{error}; if the records were moved away from it, start this server again on the \
                 present store, which closes the file"
            ),
            error => Causes(&error).to_string(),
        })
    }

    fn moved(&self, lost: Lost) {
        // Nobody waits any more when the server ends.
        let _ = self.moved.send(lost);
    }
}

/// Ready, with the reason, when the store cannot go on that has the records.
pub(crate) async fn lost(mut lost: Lost, mut moved: mpsc::UnboundedReceiver<Lost>) -> Error {
    loop {
        tokio::select! {
            error = &mut lost => return error,
            Some(next) = moved.recv() => lost = next,
        }
    }
}

/// What the store needs beside its URL. The files of it are read.
pub(crate) fn options(config: &StoreConfig) -> Result<Options, Failure> {
    let read = |key: &str, path: &Path| {
        files::read(path, MAX_FILE_BYTES).map_err(|error| {
            Failure::new(Exit::Usage, error).context(format!("{key}: {}", path.display()))
        })
    };
    let mut options = Options::default();
    options.single_writer = config.single_writer;
    options.user.clone_from(&config.user);
    options.password = match (&config.password, &config.password_file) {
        (Some(password), _) => Some(password.expose().to_owned().into()),
        (None, Some(path)) => Some(password_in(path)?.expose().to_owned().into()),
        (None, None) => None,
    };
    let roots = config.ca_path.as_deref().map(|path| read("store.ca_path", path));
    options.tls_roots = roots.transpose()?;
    if let Some((certificate, key)) = &config.identity {
        let certificate = read("store.cert_path", certificate)?;
        options.tls_identity = Some((certificate, read("store.key_path", key)?.into()));
    }
    let wrong = |error| {
        let files = "store.ca_path, store.cert_path, store.key_path";
        Failure::new(Exit::Usage, error).context(files)
    };
    options.check().map_err(wrong)?;
    Ok(options)
}

/// The password in a file, without the line end that editors leave.
fn password_in(path: &Path) -> Result<SecretString, Failure> {
    let wrong = |what: String| {
        let cause = anyhow!("{} {what}", path.display());
        Failure::new(Exit::Usage, cause).context("store.password_file")
    };
    let text = files::read_text(path, MAX_FILE_BYTES)
        .map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let text = SecretString::from(text);
    let password = text.expose().trim_end_matches(['\r', '\n']);
    match password {
        "" => Err(wrong("is empty; write the password into it".to_owned())),
        password => Ok(password.to_owned().into()),
    }
}

/// Refuses a path at which the file of a store cannot be.
pub(crate) fn check_file(path: &Path) -> Result<(), Failure> {
    let problem = match path.metadata() {
        Ok(found) if found.is_dir() => "is a folder; name a file in it",
        Ok(found) if !found.is_file() => "is not a regular file",
        Err(_) if path.is_symlink() => {
            "is a symbolic link, and there is nothing where it leads: mount that volume, or remove the link"
        }
        // The start makes a file that is not there.
        _ => return Ok(()),
    };
    Err(Failure::new(Exit::Usage, anyhow!("{} {problem}", path.display())).context("aecs_store"))
}

/// Makes the store, where there is none, of the export in `file`.
pub(crate) async fn import(config: &StoreConfig, file: &Path) -> Result<u64, Failure> {
    if config.is_memory() {
        let cause = anyhow!("a store in memory keeps nothing of what is imported");
        return Err(Failure::new(Exit::Usage, cause).context("--import-store"));
    }
    let unreadable =
        |error| Failure::new(Exit::Io, error).context(format!("cannot import {}", file.display()));
    let opened = files::open(file).map_err(unreadable)?;
    let reader = export::Reader::new(BufReader::new(opened)).map_err(unreadable)?;
    let entries = reader
        .map(|entry| entry.map_err(|error| Error::corrupt(format!("{}: {error}", file.display()))));
    let filled = match config.file() {
        Some(path) => EmbeddedStore::restore(path, entries),
        None => {
            let (store, _) = open(config).await?;
            let own = aecs_crypto::random().map_err(|error| Failure::new(Exit::Software, error))?;
            aecs_store::fill(&store, Tag::from_bytes(own), entries).await
        }
    };
    filled.map_err(|error| match error {
        Error::Exists { .. } => {
            Failure::new(Exit::Io, anyhow!("{error}; --import-store does not replace it")).help(
                "name another place in aecs_store, or move the present store away; remove it only if you \
                 know that nothing in it is needed",
            )
        }
        error => Failure::new(Exit::Io, error).context("--import-store"),
    })
}

/// Why the program ends when its store fails: with the exit code, and what to do.
pub(crate) fn failure(error: Error) -> Failure {
    let (exit, place, help) = match &error {
        Error::InvalidUrl { .. } => (Exit::Usage, "aecs_store", None),
        Error::Refused { .. } => (
            Exit::Unavailable,
            "aecs_store",
            Some("check the URL, store.user, store.password_file and store.ca_path"),
        ),
        Error::Unavailable { .. } => (
            Exit::Unavailable,
            "aecs_store",
            Some("check that the store runs at that address; if it is a file, check the disk"),
        ),
        Error::InUse { .. } => (Exit::Unavailable, "store", None),
        Error::Unreadable { .. } => (
            Exit::Unavailable,
            "store",
            Some(
                "the start needs that part. Copy the file with a tool that skips what cannot be read, such \
                 as ddrescue, to another disk, and start with the copy (docs/backup.md)",
            ),
        ),
        Error::DiskFailed { .. } => (
            Exit::Disk,
            "store",
            Some("check the disk and start again, which copies the store to a new file"),
        ),
        Error::Corrupt { .. } => (
            Exit::Io,
            "store",
            Some("move the damaged file away and restore the last export with --import-store"),
        ),
        _ => (Exit::Io, "store", None),
    };
    let failure = Failure::new(exit, error).context(place);
    match help {
        Some(help) => failure.help(help),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::{Config, Flags, Variables, gather};

    fn config(values: &[(&'static str, &str)]) -> Config {
        let key = aecs_crypto::KeyPair::generate(aecs_crypto::Suite::Modern).unwrap();
        let key = key.public().pem().to_owned();
        let minimal = [("aecs_admin_pubkey", key.as_str()), ("attestation.platform", "tdx")];
        let values = minimal.iter().chain(values);
        let values = values.map(|(name, value)| (*name, (*value).to_owned())).collect();
        let flags = Flags { config_file: None, values };
        Config::new(&gather(&flags, &Variables::default()).unwrap().0).unwrap()
    }

    #[test]
    fn the_password_comes_from_a_file_without_its_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let name = path.to_str().unwrap().to_owned();
        let read = || options(&config(&[("store.password_file", &name)]).store);
        for (content, password) in
            [("hunter2", "hunter2"), ("hunter2\n", "hunter2"), (" a b \r\n", " a b ")]
        {
            fs::write(&path, content).unwrap();
            assert_eq!(**read().unwrap().password.as_ref().unwrap(), password);
        }
        for (content, why) in [("", "is empty"), ("\n", "is empty")] {
            fs::write(&path, content).unwrap();
            let told = read().err().unwrap().to_string();
            assert!(told.contains("store.password_file") && told.contains(why), "{told}");
        }
        fs::remove_file(&path).unwrap();
        let told = read().err().unwrap().to_string();
        assert!(told.contains("cannot be read") && told.contains(&name), "{told}");
    }

    #[tokio::test]
    async fn what_is_waited_for_is_the_store_that_has_the_records() {
        let (stores, moved) = Stores::new(config(&[]).store);
        let pending = || Box::pin(std::future::pending()) as Lost;
        let mut waiting = Box::pin(lost(pending(), moved));
        let now = std::time::Duration::from_millis(10);
        assert!(tokio::time::timeout(now, &mut waiting).await.is_err());
        for next in [pending(), Box::pin(async { Error::unavailable("the new one") })] {
            aecs_core::Stores::moved(&stores, next);
        }
        assert!(waiting.await.to_string().contains("the new one"));
    }

    #[tokio::test]
    async fn records_never_move_into_memory_or_to_a_url_with_a_password() {
        let (stores, _moved) = Stores::new(config(&[]).store);
        for (url, why) in [
            ("memory:", "keeps nothing"),
            ("postgres://u:hunter2@h/x", "a password must not be a part"),
            ("nowhere", "it must be one of redb:PATH"),
        ] {
            let told = aecs_core::Stores::open(&stores, url).await.err().unwrap();
            assert!(told.contains(why) && !told.contains("hunter2"), "{told}");
            // It is not recorded either.
            assert_eq!(aecs_core::Stores::url(&stores, url), Err(told));
        }
    }

    /// Who names the URL of a store could have the server's password sent there.
    #[tokio::test]
    async fn the_password_goes_only_where_the_host_has_it_go() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let here = format!("postgres://aecs@127.0.0.1:{port}/x?connect_timeout=1");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, "hunter2").unwrap();
        let password = ("store.password_file", path.to_str().unwrap());
        let other = "postgres://aecs@db.example/x";
        for (values, is_asked) in [
            (vec![password], false),
            (vec![("store.cert_path", "/nowhere"), ("store.key_path", "/nowhere")], false),
            (vec![password, ("store.move_to", other)], false),
            (vec![password, ("aecs_store", other)], false),
            (vec![password, ("store.move_to", here.as_str())], true),
            (vec![password, ("aecs_store", here.as_str())], true),
            (vec![("store.user", "aecs")], true),
        ] {
            let (stores, _moved) = Stores::new(config(&values).store);
            let opening = aecs_core::Stores::open(&stores, &here);
            let told = tokio::time::timeout(std::time::Duration::from_secs(2), opening).await;
            let refused = matches!(&told, Ok(Err(why)) if why.contains("store.move_to"));
            assert_eq!((refused, listener.accept().is_ok()), (!is_asked, is_asked), "{values:?}");
        }
        // A file is asked for nothing.
        let (stores, _moved) = Stores::new(config(&[password]).store);
        let told = aecs_core::Stores::open(&stores, "redb:/nowhere/x").await.err().unwrap();
        assert!(told.contains("/nowhere/x"), "{told}");
    }

    #[test]
    fn a_single_writer_is_never_assumed() {
        let single = |values: &[_]| options(&config(values).store).unwrap().single_writer;
        assert!(!single(&[]));
        assert!(single(&[("store.single_writer", "true")]));
    }

    #[test]
    fn files_of_tls_that_cannot_be_used_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let name = path.to_str().unwrap();
        let told = options(&config(&[("store.ca_path", name)]).store).err().unwrap().to_string();
        assert!(told.contains("store.ca_path") && told.contains(name), "{told}");
        fs::write(&path, "nothing").unwrap();
        let told = options(&config(&[("store.ca_path", name)]).store).err().unwrap().to_string();
        assert!(told.contains("store.ca_path") && told.contains("no trusted cert"), "{told}");
    }

    #[tokio::test]
    async fn a_store_that_does_not_answer_is_named_without_the_password() {
        // Nothing listens on the discard port.
        let url = "postgres://aecs@127.0.0.1:9/x?connect_timeout=1";
        let config = config(&[("aecs_store", url), ("store.password", "hunter2")]);
        let failure = open(&config.store).await.err().unwrap();
        let told = format!("{} {failure:?}", failure.report());
        assert_eq!(failure.exit, Exit::Unavailable);
        assert!(told.contains("help: check that the store runs"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}
