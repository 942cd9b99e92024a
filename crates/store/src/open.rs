//! Opens a store by its URL: one row an engine, and what an engine needs beside its URL.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use zeroize::Zeroizing;

use crate::{Error, MemoryStore, Result, pages::PageStore};

/// What an engine needs beside its URL. Each engine takes what it knows.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// The memory that the embedded engine may use for its file, in bytes.
    pub cache_bytes: usize,
    /// The user; else the one in the URL.
    pub user: Option<String>,
    /// The password; else the one in the URL.
    pub password: Option<Zeroizing<String>>,
    /// The certificates in PEM by which a server is trusted; else those of Mozilla.
    pub tls_roots: Option<Vec<u8>>,
    /// Our certificate with its chain, and its private key, both in PEM.
    pub tls_identity: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
    /// How many connections read at the same time.
    pub connections: usize,
    /// How long a call may take before it is given up, or tried again if that does no harm.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 16 << 20,
            user: None,
            password: None,
            tls_roots: None,
            tls_identity: None,
            connections: 4,
            timeout: Duration::from_secs(10),
        }
    }
}

/// Does not show the password and the private key.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("cache_bytes", &self.cache_bytes)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "…"))
            .field("tls_roots", &self.tls_roots.as_ref().map(Vec::len))
            .field("tls_identity", &self.tls_identity.as_ref().map(|_| "…"))
            .field("connections", &self.connections)
            .field("timeout", &self.timeout)
            .finish()
    }
}

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

    #[test]
    fn options_show_no_password() {
        let options = Options { password: Some("hunter2".to_owned().into()), ..Options::default() };
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}
