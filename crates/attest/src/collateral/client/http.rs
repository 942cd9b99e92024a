//! One request, within limits of time and size.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::address;
use super::config::CollateralService;
use super::failure::Failure;
use crate::error::{Error, Result};
use crate::x509::pem::percent_decoded;

/// Size of an answer's header at most: Intel's chains have some 3 KiB in it.
const MAX_HEADER: usize = 32 * 1024;
/// Connections are used again within this time, that is, for the parts of one item.
const IDLE: Duration = Duration::from_secs(5);
const USER_AGENT: &str = concat!("aecs/", env!("CARGO_PKG_VERSION"));

/// Asks one service.
pub(super) struct Http {
    agent: Agent,
}

/// The answer to a request that was obeyed.
pub(super) struct Answer {
    pub(super) url: Arc<str>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Http {
    /// Neither proxies nor roots are taken from the environment: it is the host's.
    pub(super) fn new(
        service: &CollateralService,
        connect_timeout: Duration,
        proxy: Option<&str>,
    ) -> Result<Self> {
        let proxy = proxy.map(address::proxy).transpose()?;
        let roots = match &service.ca_pem {
            Some(pem) => RootCerts::new_with_certs(&certificates(pem)?),
            None => RootCerts::WebPki,
        };
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(Arc::new(
                rustls::crypto::aws_lc_rs::default_provider(),
            ))
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .proxy(proxy)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_response_header_size(MAX_HEADER)
            .timeout_connect(Some(connect_timeout))
            .max_idle_age(IDLE)
            .user_agent(USER_AGENT)
            .build()
            .new_agent();
        Ok(Self { agent })
    }

    /// Gets at most `max` bytes until the deadline.
    pub(super) fn get(&self, url: &str, max: usize, deadline: Instant) -> Result<Answer, Failure> {
        self.ask(url, None, max, deadline)
    }

    /// Sends a question, of this content type, that may be sent twice.
    pub(super) fn post(
        &self,
        url: &str,
        question: (&str, &[u8]),
        max: usize,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        self.ask(url, Some(question), max, deadline)
    }

    fn ask(
        &self,
        url: &str,
        question: Option<(&str, &[u8])>,
        max: usize,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let url: Arc<str> = url.into();
        match self.attempt(&url, question, max, deadline) {
            // A server may close a connection just when it is used again: asked once more, on a
            // new one.
            Err(Failure::Unreachable { .. }) => self.attempt(&url, question, max, deadline),
            outcome => outcome,
        }
    }

    fn attempt(
        &self,
        url: &Arc<str>,
        question: Option<(&str, &[u8])>,
        max: usize,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Failure::TimedOut { url: Arc::clone(url) });
        }
        let failed = |error| failure(url, max, error);
        let response = match question {
            None => self.agent.get(&**url).config().timeout_global(Some(left)).build().call(),
            Some((kind, body)) => {
                let request = self.agent.post(&**url).content_type(kind);
                request.config().timeout_global(Some(left)).build().send(body)
            }
        };
        let mut response = response.map_err(failed)?;
        check_status(url, response.status(), response.headers())?;
        let limit = u64::try_from(max).unwrap_or(u64::MAX);
        let body = response.body_mut().with_config().limit(limit).read_to_vec().map_err(failed)?;
        let (head, _) = response.into_parts();
        Ok(Answer { url: Arc::clone(url), headers: head.headers, body })
    }
}

impl Answer {
    /// The header of this name, percent-decoded.
    pub(super) fn header(&self, name: &str) -> Result<String, Failure> {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        let decoded = value.and_then(percent_decoded).map(Cow::into_owned);
        decoded.ok_or_else(|| self.wrong(format!("it has no valid header {name}")))
    }

    /// The body, which must be text.
    pub(super) fn text(&self) -> Result<&str, Failure> {
        std::str::from_utf8(&self.body).map_err(|_| self.wrong("it is not text"))
    }

    pub(super) fn wrong(&self, reason: impl Into<Arc<str>>) -> Failure {
        Failure::Wrong { url: Arc::clone(&self.url), reason: reason.into() }
    }
}

fn check_status(url: &Arc<str>, status: StatusCode, headers: &HeaderMap) -> Result<(), Failure> {
    let url = Arc::clone(url);
    match status {
        StatusCode::OK => Ok(()),
        StatusCode::NOT_FOUND => Err(Failure::Absent { url }),
        status if status.is_redirection() => Err(Failure::Redirect { url }),
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => {
            let retry_after =
                headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
            let retry_after = retry_after.and_then(pause);
            Err(Failure::Busy { url, status: status.as_u16(), retry_after })
        }
        status => Err(Failure::Status { url, status: status.as_u16() }),
    }
}

/// The value of a Retry-After header: seconds, or a date.
fn pause(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = OffsetDateTime::parse(value.trim(), &Rfc2822).ok()?;
    SystemTime::from(date).duration_since(SystemTime::now()).ok()
}

fn failure(url: &Arc<str>, limit: usize, error: ureq::Error) -> Failure {
    let url = Arc::clone(url);
    match error {
        ureq::Error::Timeout(_) => Failure::TimedOut { url },
        ureq::Error::BodyExceedsLimit(_) => Failure::TooLarge { url, limit },
        ureq::Error::LargeResponseHeader(_, limit) => Failure::TooLarge { url, limit },
        ureq::Error::Protocol(error) => Failure::Wrong { url, reason: error.to_string().into() },
        error => Failure::Unreachable { url, reason: error.to_string().into() },
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>> {
    let malformed =
        |reason: String| Error::malformed("certificates of a collateral service", reason);
    let certificates = parse_pem(pem)
        .filter_map(|block| match block {
            Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
            Ok(_) => None,
            Err(error) => Some(Err(malformed(error.to_string()))),
        })
        .collect::<Result<Vec<_>>>()?;
    if certificates.is_empty() {
        return Err(malformed("there is none".into()));
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_when_to_come_again() {
        assert_eq!(pause("120"), Some(Duration::from_secs(120)));
        let date = OffsetDateTime::from(SystemTime::now() + Duration::from_secs(60));
        let date = date.format(&Rfc2822).unwrap().replace("+0000", "GMT");
        let left = pause(&date).unwrap();
        assert!(left > Duration::from_secs(50) && left <= Duration::from_secs(60), "{left:?}");
        for none in ["", "-1", "soon", "Fri, 31 Dec 1999 23:59:59 GMT"] {
            assert_eq!(pause(none), None, "{none}");
        }
    }
}
