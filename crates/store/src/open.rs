//! Opens a store by its URL: one row an engine.

use std::{pin::Pin, sync::Arc};

use crate::{Error, MemoryStore, Options, Result, pages::PageStore};

type Opening<'a> = Pin<Box<dyn Future<Output = Result<Arc<dyn PageStore>>> + Send + 'a>>;
type Open = for<'a> fn(&'a str, &'a Options) -> Opening<'a>;

/// An engine.
struct Engine {
    /// The schemes of its URLs; the first is the usual one.
    schemes: &'static [&'static str],
    /// The form of its URLs.
    form: &'static str,
    /// `None` if this build does not have it.
    open: Option<Open>,
}

/// `Some` function if the feature is on.
macro_rules! with {
    ($feature:literal, $open:expr) => {{
        #[cfg(feature = $feature)]
        let open: Option<Open> = Some(|url, options| Box::pin($open(url, options)));
        #[cfg(not(feature = $feature))]
        let open: Option<Open> = None;
        open
    }};
}

/// Every engine that there can be.
const ENGINES: &[Engine] = &[
    Engine { schemes: &["redb"], form: "redb:PATH", open: with!("embedded", embedded) },
    Engine { schemes: &["memory"], form: "memory:", open: Some(|url, _| Box::pin(memory(url))) },
    Engine {
        schemes: &["postgres", "postgresql"],
        form: "postgres://USER@HOST/DATABASE?namespace=NAME",
        open: with!("postgres", postgres),
    },
    Engine { schemes: &["etcd"], form: "etcd://HOST,HOST/PREFIX", open: with!("etcd", etcd) },
    Engine {
        schemes: &["s3"],
        form: "s3://BUCKET/PREFIX?endpoint=URL&region=NAME",
        open: with!("objects", bucket),
    },
    Engine { schemes: &["gs"], form: "gs://BUCKET/PREFIX", open: with!("objects", bucket) },
    Engine { schemes: &["az"], form: "az://CONTAINER/PREFIX", open: with!("objects", bucket) },
];

/// Opens the store at `url`.
///
/// # Errors
///
/// [`Error::InvalidUrl`] if the URL cannot be used, or this build does not have its engine; and those
/// of the engine.
pub async fn open(url: &str, options: &Options) -> Result<Arc<dyn PageStore>> {
    let Some((scheme, _)) = url.split_once(':') else {
        return Err(invalid(format!("it must be one of {}", forms())));
    };
    match ENGINES.iter().find(|engine| engine.schemes.contains(&scheme)) {
        Some(Engine { open: Some(open), .. }) => open(url, options).await,
        Some(_) => {
            Err(invalid(format!("this build has no engine for {scheme}: URLs; it has {}", forms())))
        }
        None => Err(invalid(format!("it must be one of {}", forms()))),
    }
}

/// The URLs of the engines that this build has.
fn forms() -> String {
    let built = ENGINES.iter().filter(|engine| engine.open.is_some());
    built.map(|engine| engine.form).collect::<Vec<_>>().join(", ")
}

async fn memory(url: &str) -> Result<Arc<dyn PageStore>> {
    match url {
        "memory:" => Ok(Arc::new(MemoryStore::new())),
        _ => Err(invalid("memory: nothing may follow the colon")),
    }
}

#[cfg(feature = "embedded")]
async fn embedded(url: &str, options: &Options) -> Result<Arc<dyn PageStore>> {
    let path = url.trim_start_matches("redb:").to_owned();
    if path.is_empty() || (path.starts_with("//") && !path.starts_with("///")) {
        return Err(invalid("redb: a path must follow the colon, as in redb:/var/lib/aecs/store"));
    }
    let cache_bytes = options.cache_bytes;
    let open = move || crate::EmbeddedStore::open_pages(path, cache_bytes);
    let opened = tokio::task::spawn_blocking(open).await;
    let store = opened.map_err(|error| Error::unavailable_from("opening did not end", error))??;
    Ok(Arc::new(store))
}

#[cfg(feature = "postgres")]
async fn postgres(url: &str, options: &Options) -> Result<Arc<dyn PageStore>> {
    Ok(Arc::new(crate::PostgresStore::open(url, options).await?))
}

#[cfg(feature = "etcd")]
async fn etcd(url: &str, options: &Options) -> Result<Arc<dyn PageStore>> {
    Ok(Arc::new(crate::EtcdStore::open(url, options).await?))
}

#[cfg(feature = "objects")]
async fn bucket(url: &str, options: &Options) -> Result<Arc<dyn PageStore>> {
    Ok(Arc::new(crate::BucketStore::open(url, options).await?))
}

fn invalid(problem: impl Into<String>) -> Error {
    Error::InvalidUrl { problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::{Read, Register, Tag};

    async fn problem(url: &str) -> String {
        match open(url, &Options::default()).await {
            Err(Error::InvalidUrl { problem }) => problem,
            Err(other) => panic!("expected InvalidUrl, got {other:?}"),
            Ok(_) => panic!("{url} was opened"),
        }
    }

    #[tokio::test]
    async fn a_url_opens_its_engine() {
        let folder = tempfile::tempdir().unwrap();
        let redb = format!("redb:{}", folder.path().join("store").display());
        for url in ["memory:", &redb] {
            let store = open(url, &Options::default()).await.unwrap();
            let root = Register::new("root").unwrap();
            assert_eq!(store.read(&root, Tag::NONE).await.unwrap(), Read::None, "{url}");
        }
        assert!(folder.path().join("store").exists());
    }

    #[tokio::test]
    async fn an_unknown_url_names_the_engines_of_this_build() {
        for url in ["", "/var/lib/aecs", "mysql://h/x", "REDB:x"] {
            let problem = problem(url).await;
            assert!(problem.contains("redb:PATH, memory:"), "{url}: {problem}");
            assert_eq!(problem.contains("postgres:"), cfg!(feature = "postgres"), "{problem}");
        }
        for url in ["redb:", "redb://store", "memory:x"] {
            assert!(problem(url).await.contains("colon"), "{url}");
        }
    }

    #[tokio::test]
    #[cfg(not(feature = "postgres"))]
    async fn an_engine_that_is_not_built_is_named() {
        let problem = problem("postgres://u:hunter2@h/x").await;
        assert!(problem.contains("this build has no engine for postgres: URLs"), "{problem}");
        assert!(!problem.contains("hunter2"), "{problem}");
    }
}
