//! What a URL says about an object store.

use http::Uri;

use crate::{Error, Result};

const DEFAULT_PREFIX: &str = "aecs";
const MAX_PREFIX_LEN: usize = 64;

/// Whose protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    S3,
    Google,
    Azure,
}

impl Provider {
    /// The scheme of its URLs.
    pub(super) const fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Google => "gs",
            Self::Azure => "az",
        }
    }
}

/// A bucket, and the beginning of the names of all objects that belong to one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) provider: Provider,
    /// A bucket, or a container of Azure.
    pub(super) bucket: String,
    pub(super) prefix: String,
    /// Where the provider is; `None`: at its usual place.
    pub(super) endpoint: Option<Uri>,
    pub(super) region: Option<String>,
    /// Whether the bucket is a part of the host's name, and not of the path.
    pub(super) in_host: bool,
}

impl Address {
    /// Reads `s3://BUCKET/PREFIX?endpoint=URL&region=NAME&bucket=host`, and the same with `gs` and `az`.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").unwrap_or((url, ""));
        let all = [Provider::S3, Provider::Google, Provider::Azure];
        let provider = all
            .into_iter()
            .find(|provider| provider.scheme() == scheme)
            .ok_or_else(|| invalid("it must begin with s3://, gs:// or az://"))?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        if rest.contains('@') {
            return Err(invalid("user and password are settings, and not a part of the URL"));
        }
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let mut address = Self {
            provider,
            bucket: self::bucket(bucket)?,
            prefix: self::prefix(prefix)?,
            endpoint: None,
            region: None,
            in_host: false,
        };
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            address.set(parameter)?;
        }
        if address.in_host && address.endpoint.is_none() {
            return Err(invalid("bucket=host needs an endpoint"));
        }
        Ok(address)
    }

    fn set(&mut self, parameter: &str) -> Result<()> {
        let is_s3 = self.provider == Provider::S3;
        match parameter.split_once('=') {
            Some(("endpoint", value)) => self.endpoint = Some(endpoint(value)?),
            Some(("region", value)) if is_s3 && is_plain(value) => {
                self.region = Some(value.to_owned());
            }
            Some(("bucket", "host")) if is_s3 => self.in_host = true,
            Some(("bucket", "path")) if is_s3 => self.in_host = false,
            _ => {
                return Err(invalid(
                    "after the question mark, it may have endpoint=URL, and for s3: region=NAME, \
                     bucket=host and bucket=path",
                ));
            }
        }
        Ok(())
    }
}

fn is_plain(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !text.is_empty() && text.len() <= MAX_PREFIX_LEN && text.bytes().all(fits)
}

fn bucket(text: &str) -> Result<String> {
    if !is_plain(text) {
        return Err(invalid(format!(
            "the bucket must be 1 to {MAX_PREFIX_LEN} bytes of a-z A-Z 0-9 . _ -, got {text:?}"
        )));
    }
    Ok(text.to_owned())
}

fn prefix(text: &str) -> Result<String> {
    match text {
        "" => Ok(DEFAULT_PREFIX.to_owned()),
        // No slashes, so that no prefix is in another one; and no part of a path that has a meaning.
        _ if is_plain(text) && text != "." && text != ".." => Ok(text.to_owned()),
        _ => Err(invalid(format!(
            "the prefix must be at most {MAX_PREFIX_LEN} bytes of a-z A-Z 0-9 . _ -, got {text:?}"
        ))),
    }
}

fn endpoint(text: &str) -> Result<Uri> {
    let wrong = || invalid("the endpoint must be https://HOST:PORT, or http://HOST:PORT");
    let uri: Uri = text.parse().map_err(|_| wrong())?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    let authority = uri.authority().ok_or_else(wrong)?;
    if !is_http || authority.as_str().contains('@') || uri.query().is_some() {
        return Err(wrong());
    }
    Ok(uri)
}

fn invalid(problem: impl Into<String>) -> Error {
    Error::InvalidUrl { problem: format!("object store: {}", problem.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        let Address { provider, bucket, prefix, endpoint, region, in_host } =
            Address::parse(url).unwrap();
        let endpoint = endpoint.map_or_else(String::new, |endpoint| endpoint.to_string());
        format!(
            "{provider:?} {bucket} {prefix} {endpoint} {} {in_host}",
            region.unwrap_or_default()
        )
    }

    #[test]
    fn a_url_names_bucket_prefix_and_place() {
        for (url, expected) in [
            ("s3://records", "S3 records aecs   false"),
            ("s3://records/prod?region=eu-west-1", "S3 records prod  eu-west-1 false"),
            (
                "s3://b/p?endpoint=https://oss.example&bucket=host",
                "S3 b p https://oss.example/  true",
            ),
            (
                "s3://b/?endpoint=http://127.0.0.1:9000&bucket=path",
                "S3 b aecs http://127.0.0.1:9000/  false",
            ),
            ("gs://b/x.y_z-1", "Google b x.y_z-1   false"),
            (
                "az://c?endpoint=http://localhost:1/account",
                "Azure c aecs http://localhost:1/account  false",
            ),
        ] {
            assert_eq!(shown(url), expected, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (url, part) in [
            ("s3:b", "must begin with"),
            ("http://b", "must begin with"),
            ("s3://", "the bucket must be"),
            ("s3://a b", "the bucket must be"),
            ("s3://b/p/q", "the prefix must be"),
            ("s3://b/..", "the prefix must be"),
            ("s3://u:hunter2@b", "settings"),
            ("s3://b?endpoint=ftp://h", "the endpoint must be"),
            ("s3://b?endpoint=https://u:hunter2@h", "the endpoint must be"),
            ("s3://b?endpoint=h", "the endpoint must be"),
            ("s3://b?secret=hunter2", "after the question mark"),
            ("s3://b?bucket=host", "needs an endpoint"),
            ("gs://b?region=x", "after the question mark"),
            ("s3://b?region=", "after the question mark"),
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("hunter2"), "{url}: {error}");
        }
    }
}
