//! What a URL says about a database.

use std::{net::IpAddr, time::Duration};

use tokio_postgres::config::{Config, Host, SslMode, TargetSessionAttrs};

use crate::{Error, Options, Result};

/// The schema of the tables if the URL names none.
const DEFAULT_NAMESPACE: &str = "aecs";

/// The longest name of a namespace: it is a part of other names, which have at most 63 bytes.
const MAX_NAMESPACE_LEN: usize = 40;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A database, and the schema in it that belongs to one deployment.
#[derive(Debug, Clone)]
pub(super) struct Address {
    /// Its `Debug` form does not show the password.
    pub(super) config: Config,
    pub(super) namespace: String,
    pub(super) tls: bool,
}

impl Address {
    /// Reads `postgres://USER@HOST:PORT/DATABASE?namespace=NAME&sslmode=MODE&…`.
    pub(super) fn parse(url: &str, options: &Options) -> Result<Self> {
        let (url, own) = take_own_parameters(url)?;
        // The text of the error names a parameter at most, and never a value.
        let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
            let cause =
                std::error::Error::source(&error).map_or_else(String::new, ToString::to_string);
            invalid(format!("it cannot be read: {cause}"))
        })?;
        if let Some(user) = &options.user {
            config.user(user.as_str());
        }
        if let Some(password) = &options.password {
            config.password(password.as_bytes());
        }
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(invalid("it names no host"));
        }
        let tls = own.tls.unwrap_or_else(|| !is_local(&config));
        let connect_timeout = config.get_connect_timeout().copied().unwrap_or(CONNECT_TIMEOUT);
        config
            .ssl_mode(if tls { SslMode::Require } else { SslMode::Disable })
            .connect_timeout(connect_timeout)
            // A connection that is cut is noticed also while nothing is written.
            .keepalives_idle(Duration::from_secs(10))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(20))
            // Of several hosts, the one that accepts writes: reads have to be linearizable.
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_application_name().is_none() {
            config.application_name("aecs");
        }
        Ok(Self { config, namespace: own.namespace, tls })
    }

    /// The name of a table, for statements.
    pub(super) fn table(&self, name: &str) -> String {
        format!("\"{}\".{name}", self.namespace)
    }
}

struct Own {
    namespace: String,
    tls: Option<bool>,
}

/// Takes the parameters out of the URL that are ours, or have another meaning here.
fn take_own_parameters(url: &str) -> Result<(String, Own)> {
    let mut own = Own { namespace: DEFAULT_NAMESPACE.to_owned(), tls: None };
    let Some((base, query)) = url.split_once('?') else { return Ok((url.to_owned(), own)) };
    let mut others = Vec::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("namespace", name)) => own.namespace = namespace(name)?,
            Some(("sslmode", mode)) => own.tls = Some(tls(mode)?),
            Some(("password", _)) => return Err(invalid("a password must not be a part of it")),
            Some(("target_session_attrs", _)) => {
                return Err(invalid("target_session_attrs is always read-write"));
            }
            _ => others.push(parameter),
        }
    }
    let url =
        if others.is_empty() { base.to_owned() } else { format!("{base}?{}", others.join("&")) };
    Ok((url, own))
}

fn namespace(name: &str) -> Result<String> {
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    if name.is_empty()
        || name.len() > MAX_NAMESPACE_LEN
        || name.starts_with("pg_")
        || !name.bytes().all(fits)
    {
        return Err(invalid(format!(
            "namespace must be 1 to {MAX_NAMESPACE_LEN} bytes of a-z 0-9 _ and not begin with pg_, \
             got {name:?}"
        )));
    }
    Ok(name.to_owned())
}

fn tls(mode: &str) -> Result<bool> {
    match mode {
        "disable" => Ok(false),
        // A certificate is always verified.
        "require" | "verify-ca" | "verify-full" => Ok(true),
        _ => Err(invalid("sslmode must be verify-full or disable")),
    }
}

/// True if no byte leaves this machine.
fn is_local(config: &Config) -> bool {
    let local = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
    };
    config.get_hosts().iter().all(local) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

fn invalid(problem: impl Into<String>) -> Error {
    Error::InvalidUrl { problem: format!("postgres: {}", problem.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address> {
        Address::parse(url, &Options::default())
    }

    #[test]
    fn the_namespace_and_tls_are_taken_from_the_url() {
        let address =
            parse("postgres://aecs@db.example/x?namespace=prod_1&connect_timeout=3").unwrap();
        assert_eq!((address.namespace.as_str(), address.tls), ("prod_1", true));
        assert_eq!(address.config.get_connect_timeout(), Some(&Duration::from_secs(3)));
        let address =
            parse("postgres://aecs@db.example,db2.example:5433/x?sslmode=disable").unwrap();
        assert_eq!((address.namespace.as_str(), address.tls), ("aecs", false));
        assert_eq!(address.table("pages"), "\"aecs\".pages");
    }

    #[test]
    fn only_this_machine_is_spoken_to_without_tls_by_default() {
        for (hosts, tls) in [
            ("localhost", false),
            ("127.0.0.1:5433", false),
            ("%2Fvar%2Frun%2Fpostgresql", false),
            ("10.0.0.1", true),
            ("localhost,db.example", true),
        ] {
            let address = parse(&format!("postgres://aecs@{hosts}/x"));
            assert_eq!(address.unwrap().tls, tls, "{hosts}");
        }
        assert!(parse("postgres://aecs@localhost/x?sslmode=verify-full").unwrap().tls);
    }

    #[test]
    fn what_cannot_be_read_is_named_without_the_password() {
        for (url, part) in [
            ("postgres://u:hunter2@h/x?namespace=A", "namespace must be"),
            ("postgres://u:hunter2@h/x?namespace=pg_x", "namespace must be"),
            ("postgres://u:hunter2@h/x?namespace=", "namespace must be"),
            ("postgres://u:hunter2@h/x?sslmode=prefer", "sslmode must be"),
            ("postgres://u@h/x?password=hunter2", "a password must not"),
            ("postgres://u:hunter2@h/x?nonsense=1", "unknown option `nonsense`"),
            ("postgres://u:hunter2@h:port/x", "port"),
            ("postgres://u:hunter2@/x", "names no host"),
        ] {
            let error = parse(url).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(part), "{url}: {shown}");
            assert!(!shown.contains("hunter2"), "{url}: {shown}");
        }
        let address = parse("postgres://u:hunter2@h/x").unwrap();
        assert!(!format!("{address:?}").contains("hunter2"));
    }
}
