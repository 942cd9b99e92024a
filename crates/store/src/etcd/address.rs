//! What a URL says about a cluster.

use std::{fmt, net::IpAddr};

use crate::{Error, Result};

const DEFAULT_PORT: u16 = 2379;
const DEFAULT_PREFIX: &str = "aecs";
const MAX_PREFIX_LEN: usize = 64;

/// A member of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// A name or an address, without brackets.
    pub(super) name: String,
    pub(super) port: u16,
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.contains(':') {
            true => write!(f, "[{}]:{}", self.name, self.port),
            false => write!(f, "{}:{}", self.name, self.port),
        }
    }
}

/// A cluster, and the beginning of all keys that belong to one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) hosts: Vec<Host>,
    pub(super) prefix: String,
    pub(super) tls: bool,
}

impl Address {
    /// Reads `etcd://HOST:PORT,HOST:PORT/PREFIX?tls=on`.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let rest =
            url.strip_prefix("etcd://").ok_or_else(|| invalid("it must begin with etcd://"))?;
        if rest.contains('@') {
            return Err(invalid("user and password are settings, and not a part of the URL"));
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let hosts: Result<Vec<_>> = hosts.split(',').map(host).collect();
        let hosts = hosts?;
        let tls = match query {
            "" => !hosts.iter().all(is_local),
            "tls=on" => true,
            "tls=off" => false,
            _ => return Err(invalid("only tls=on and tls=off may follow the question mark")),
        };
        Ok(Self { hosts, prefix: self::prefix(prefix)?, tls })
    }
}

fn host(text: &str) -> Result<Host> {
    let wrong = || invalid(format!("{text:?} is not a host, or a host and a port"));
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (name, port) = rest.split_once(']').ok_or_else(wrong)?;
            (
                name,
                if port.is_empty() {
                    None
                } else {
                    Some(port.strip_prefix(':').ok_or_else(wrong)?)
                },
            )
        }
        None => match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        },
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    if name.is_empty() || !name.bytes().all(fits) {
        return Err(wrong());
    }
    let port = port.map_or(Ok(DEFAULT_PORT), |port| port.parse().map_err(|_| wrong()))?;
    Ok(Host { name: name.to_owned(), port })
}

fn prefix(text: &str) -> Result<String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    match text {
        "" => Ok(DEFAULT_PREFIX.to_owned()),
        // No slashes, so that no prefix begins like another one.
        _ if text.len() <= MAX_PREFIX_LEN && text.bytes().all(fits) => Ok(text.to_owned()),
        _ => Err(invalid(format!(
            "the prefix must be at most {MAX_PREFIX_LEN} bytes of a-z A-Z 0-9 . _ -, got {text:?}"
        ))),
    }
}

/// True if no byte leaves this machine.
fn is_local(host: &Host) -> bool {
    host.name == "localhost" || host.name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

fn invalid(problem: impl Into<String>) -> Error {
    Error::InvalidUrl { problem: format!("etcd: {}", problem.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        let address = Address::parse(url).unwrap();
        let hosts: Vec<String> = address.hosts.iter().map(ToString::to_string).collect();
        format!("{} {} {}", hosts.join(","), address.prefix, address.tls)
    }

    #[test]
    fn a_url_names_hosts_prefix_and_tls() {
        for (url, expected) in [
            ("etcd://a", "a:2379 aecs true"),
            ("etcd://a:1,b.example/prod", "a:1,b.example:2379 prod true"),
            ("etcd://[::1]:5,[fe80::2]/x.y_z-1", "[::1]:5,[fe80::2]:2379 x.y_z-1 true"),
            ("etcd://127.0.0.1:1,localhost/", "127.0.0.1:1,localhost:2379 aecs false"),
            ("etcd://localhost,a", "localhost:2379,a:2379 aecs true"),
            ("etcd://localhost?tls=on", "localhost:2379 aecs true"),
            ("etcd://a/p?tls=off", "a:2379 p false"),
        ] {
            assert_eq!(shown(url), expected, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (url, part) in [
            ("etcd:a", "must begin with"),
            ("etcd://", "not a host"),
            ("etcd://a,,b", "not a host"),
            ("etcd://a:x", "not a host"),
            ("etcd://a:70000", "not a host"),
            ("etcd://[::1", "not a host"),
            ("etcd://a/b/c", "the prefix must be"),
            ("etcd://a?tls=maybe", "tls=on"),
            ("etcd://u:hunter2@a", "settings"),
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("hunter2"), "{url}: {error}");
        }
    }
}
