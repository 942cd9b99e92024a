//! Opens a store by its URL: one row an engine.

use std::{future::Future, path::PathBuf, pin::Pin, sync::Arc};

use crate::{Error, MemoryStore, Options, Result, pages::PageStore};

/// A store that is open.
pub struct Opened {
    /// The store.
    pub store: Arc<dyn PageStore>,
    /// The engine found nothing at the place and made an empty store. An engine that cannot tell says
    /// false.
    pub is_new: bool,
    /// Ready, with the reason, when the store cannot go on in this process.
    pub lost: Lost,
}

/// See [`Opened::lost`].
pub type Lost = Pin<Box<dyn Future<Output = Error> + Send>>;

impl Opened {
    /// A store that goes on as long as the process, whatever becomes of its server.
    fn steady(store: impl PageStore) -> Self {
        Self { store: Arc::new(store), is_new: false, lost: Box::pin(std::future::pending()) }
    }
}

type Opening<'a> = Pin<Box<dyn Future<Output = Result<Opened>> + Send + 'a>>;
type Open = for<'a> fn(&'a str, &'a Options) -> Opening<'a>;

/// An engine that this build has.
struct Built {
    /// Says what is wrong with a URL, without looking at what it names.
    check: fn(&str) -> Result<()>,
    open: Open,
}

/// An engine.
struct Engine {
    /// The schemes of its URLs; the first is the usual one.
    schemes: &'static [&'static str],
    /// The form of its URLs.
    form: &'static str,
    /// `None` if this build does not have it.
    built: Option<Built>,
}

/// `Some` functions if the feature is on.
macro_rules! with {
    ($feature:literal, $check:expr, $open:expr) => {{
        #[cfg(feature = $feature)]
        let built =
            Some(Built { check: $check, open: |url, options| Box::pin($open(url, options)) });
        #[cfg(not(feature = $feature))]
        let built = None;
        built
    }};
}

/// Every engine that there can be.
const ENGINES: &[Engine] = &[
    Engine {
        schemes: &["redb"],
        form: "redb:PATH",
        built: with!("embedded", |url| path(url).map(drop), embedded),
    },
    Engine {
        schemes: &["memory"],
        form: "memory:",
        built: Some(Built { check: memory, open: |url, _| Box::pin(open_memory(url)) }),
    },
    Engine {
        schemes: &["postgres", "postgresql"],
        form: "postgres://USER@HOST/DATABASE?namespace=NAME",
        built: with!("postgres", crate::PostgresStore::check, postgres),
    },
    Engine {
        schemes: &["etcd"],
        form: "etcd://HOST,HOST/PREFIX",
        built: with!("etcd", crate::EtcdStore::check, etcd),
    },
    Engine {
        schemes: &["s3"],
        form: "s3://BUCKET/PREFIX?endpoint=URL&region=NAME",
        built: with!("objects", crate::BucketStore::check, bucket),
    },
    Engine {
        schemes: &["gs"],
        form: "gs://BUCKET/PREFIX",
        built: with!("objects", crate::BucketStore::check, bucket),
    },
    Engine {
        schemes: &["az"],
        form: "az://CONTAINER/PREFIX",
        built: with!("objects", crate::BucketStore::check, bucket),
    },
];

/// Opens the store at `url`.
///
/// # Errors
///
/// Those of [`check`], and those of the engine.
pub async fn open(url: &str, options: &Options) -> Result<Opened> {
    let built = engine(url)?;
    (built.check)(url)?;
    (built.open)(url, options).await
}

/// Says whether `url` can be the URL of a store, without looking at what it names.
///
/// # Errors
///
/// [`Error::InvalidUrl`] if the URL cannot be used, has a password in it, or this build does not have
/// its engine.
pub fn check(url: &str) -> Result<()> {
    (engine(url)?.check)(url)
}

/// The path of the file of a `redb:` URL; `None` of any other one.
pub fn file(url: &str) -> Option<PathBuf> {
    path(url).ok()
}

fn engine(url: &str) -> Result<&'static Built> {
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(invalid(format!("it must be one of {}", forms())));
    };
    let engine = ENGINES.iter().find(|engine| engine.schemes.contains(&scheme));
    let engine = engine.ok_or_else(|| invalid(format!("it must be one of {}", forms())))?;
    // Other users of a machine can read command lines, and people copy URLs into tickets.
    let authority = rest.strip_prefix("//").and_then(|rest| rest.split('?').next());
    let before_host = authority.and_then(|rest| rest.rsplit_once('@'));
    if before_host.is_some_and(|(user, _)| user.contains(':')) {
        return Err(invalid("a password must not be a part of it"));
    }
    engine.built.as_ref().ok_or_else(|| {
        invalid(format!("this build has no engine for {scheme}: URLs; it has {}", forms()))
    })
}

/// The URLs of the engines that this build has.
fn forms() -> String {
    let built = ENGINES.iter().filter(|engine| engine.built.is_some());
    built.map(|engine| engine.form).collect::<Vec<_>>().join(", ")
}

fn memory(url: &str) -> Result<()> {
    match url {
        "memory:" => Ok(()),
        _ => Err(invalid("memory: nothing may follow the colon")),
    }
}

async fn open_memory(_url: &str) -> Result<Opened> {
    Ok(Opened::steady(MemoryStore::new()))
}

fn path(url: &str) -> Result<PathBuf> {
    let wrong = || invalid("redb: a path must follow the colon, as in redb:/var/lib/aecs/store");
    let path = url.strip_prefix("redb:").ok_or_else(wrong)?;
    if path.is_empty() || (path.starts_with("//") && !path.starts_with("///")) {
        return Err(wrong());
    }
    Ok(path.into())
}

#[cfg(feature = "embedded")]
async fn embedded(url: &str, options: &Options) -> Result<Opened> {
    let (path, cache_bytes) = (path(url)?, options.cache_bytes);
    let open = move || crate::EmbeddedStore::open_pages(path, cache_bytes);
    let opened = tokio::task::spawn_blocking(open).await;
    let store = opened.map_err(|error| Error::unavailable_from("opening did not end", error))??;
    let (is_new, store) = (store.is_new(), Arc::new(store));
    let watched = Arc::clone(&store);
    Ok(Opened { store, is_new, lost: Box::pin(async move { watched.lost().await }) })
}

#[cfg(feature = "postgres")]
async fn postgres(url: &str, options: &Options) -> Result<Opened> {
    Ok(Opened::steady(crate::PostgresStore::open(url, options).await?))
}

#[cfg(feature = "etcd")]
async fn etcd(url: &str, options: &Options) -> Result<Opened> {
    Ok(Opened::steady(crate::EtcdStore::open(url, options).await?))
}

#[cfg(feature = "objects")]
async fn bucket(url: &str, options: &Options) -> Result<Opened> {
    Ok(Opened::steady(crate::BucketStore::open(url, options).await?))
}

fn invalid(problem: impl Into<String>) -> Error {
    Error::InvalidUrl { problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::{Read, Register, Tag};

    fn problem(url: &str) -> String {
        match check(url) {
            Err(Error::InvalidUrl { problem }) => problem,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_url_opens_its_engine() {
        let folder = tempfile::tempdir().unwrap();
        let redb = format!("redb:{}", folder.path().join("store").display());
        for (url, is_new) in [("memory:", false), (redb.as_str(), true), (redb.as_str(), false)] {
            let opened = open(url, &Options::default()).await.unwrap();
            assert_eq!(opened.is_new, is_new, "{url}");
            let root = Register::new("root").unwrap();
            assert_eq!(opened.store.read(&root, Tag::NONE).await.unwrap(), Read::None, "{url}");
        }
        assert_eq!(file(&redb), Some(folder.path().join("store")));
        assert_eq!(file("memory:"), None);
    }

    #[tokio::test]
    async fn what_cannot_be_a_url_is_not_opened() {
        for url in ["redb:", "mysql://h/x"] {
            let opened = open(url, &Options::default()).await;
            assert!(matches!(opened, Err(Error::InvalidUrl { .. })), "{url}");
        }
    }

    #[test]
    fn an_unknown_url_names_the_engines_of_this_build() {
        for url in ["", "/var/lib/aecs", "mysql://h/x", "REDB:x"] {
            let problem = problem(url);
            assert!(problem.contains("redb:PATH, memory:"), "{url}: {problem}");
            assert_eq!(problem.contains("postgres:"), cfg!(feature = "postgres"), "{problem}");
        }
        for url in ["redb:", "redb://store", "memory:x"] {
            assert!(problem(url).contains("colon"), "{url}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_not_repeated() {
        for url in [
            "postgres://u:hunter2@h/x",
            "postgres://u:hunter2@h/x?namespace=a@b",
            "postgresql://u:hunter2/@h/x",
            "etcd://u:hunter2@h",
        ] {
            let problem = problem(url);
            assert!(problem.contains("a password must not be"), "{url}: {problem}");
            assert!(!problem.contains("hunter2"), "{problem}");
        }
        #[cfg(feature = "postgres")]
        for url in ["postgres://u@h/x", "postgres://u@h:5432/x?application_name=a@b"] {
            check(url).unwrap();
        }
    }

    #[test]
    #[cfg(not(feature = "postgres"))]
    fn an_engine_that_is_not_built_is_named() {
        let problem = problem("postgres://u@h/x");
        assert!(problem.contains("this build has no engine for postgres: URLs"), "{problem}");
    }
}
