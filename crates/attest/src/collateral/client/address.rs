//! Addresses of services and of proxies.

use ureq::Proxy;
use ureq::http::Uri;

use crate::error::{Error, Result};

/// A base address from the configuration, without the slash at its end.
pub(super) fn base(url: &str) -> Result<String> {
    let refused = |reason: &str| {
        Error::malformed("address of a collateral service", format!("{url}: {reason}"))
    };
    let uri: Uri = url.parse().map_err(|_| refused("not an address"))?;
    if !matches!(uri.scheme_str(), Some("https" | "http")) {
        return Err(refused("neither https nor http"));
    }
    let authority = uri.authority().ok_or_else(|| refused("it names no host"))?;
    if authority.host().is_empty() {
        return Err(refused("it names no host"));
    }
    if authority.as_str().contains('@') {
        return Err(refused("it has a user name"));
    }
    if uri.query().is_some() || url.contains('#') {
        return Err(refused("it has a query or a fragment"));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// The proxy at this address.
pub(super) fn proxy(address: &str) -> Result<Proxy> {
    Proxy::new(address)
        .map_err(|error| Error::malformed("configuration of collateral", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_the_web_and_bare() {
        for good in ["https://pccs.example:8081", "http://127.0.0.1:1/a/b/", "https://[::1]/"] {
            assert_eq!(base(good).unwrap(), good.trim_end_matches('/'));
        }
        for bad in [
            "",
            "pccs.example",
            "ftp://a",
            "file:///etc/passwd",
            "https://",
            "https://u:p@a",
            "https://a?b=c",
            "https://a/#b",
        ] {
            assert!(base(bad).is_err(), "{bad}");
        }
    }
}
