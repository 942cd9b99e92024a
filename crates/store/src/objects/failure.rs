//! What an error says about the effect of a request.

use std::error::Error as StdError;

use http::StatusCode;

use crate::{Error, dial::NotConnected, fault::Fault};

/// Why a request did not succeed, apart from a condition that did not hold.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// It was not sent.
    #[error(transparent)]
    NotSent(#[from] NotConnected),
    /// The server answered that it does not do it.
    #[error("{status} {code}: {message}")]
    Answer {
        /// The status of HTTP.
        status: StatusCode,
        /// The server's code of the error.
        code: String,
        /// The server's text. The rest of an answer repeats what was signed.
        message: String,
    },
    /// It was sent, at least in part, and there is no answer.
    #[error("no answer: {0}")]
    Unanswered(String),
}

impl Failure {
    /// The failure that an answer is.
    pub(super) fn of_answer(status: StatusCode, body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body);
        let part = |name: &str| {
            let (_, rest) = body.split_once(&format!("<{name}>"))?;
            let (text, _) = rest.split_once("</")?;
            Some(text.chars().filter(|c| !c.is_control()).take(200).collect::<String>())
        };
        let code = part("Code").unwrap_or_else(|| "without a code".to_owned());
        Self::Answer { status, code, message: part("Message").unwrap_or_default() }
    }

    /// Whether the bucket does not exist, which is answered as if one object did not.
    pub(super) fn is_about_the_bucket(&self) -> bool {
        matches!(self, Self::Answer { code, .. }
            if ["NoSuchBucket", "ContainerNotFound", "ResourceNotFound"].contains(&code.as_str()))
    }
}

/// What an error says that is not about a condition.
pub(super) fn fault(what: &str, error: object_store::Error) -> Fault {
    let Some(failure) = failure(&error) else {
        // The answer could not be read, or one was missing in it.
        return Fault::Unknown(Error::unavailable_from(what, error));
    };
    if let Failure::NotSent(cause) = failure
        && let Some(problem) = cause.untrusted()
    {
        let what = format!("the object store is not trusted: {problem}; check the trusted roots");
        return Fault::Refused(Error::Refused { what });
    }
    let text = format!("{what}: {failure}");
    match failure {
        Failure::NotSent(_) => Fault::Again(Error::unavailable(text)),
        Failure::Unanswered(_) => Fault::Unknown(Error::unavailable(text)),
        Failure::Answer { status, code, .. } => match *status {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                Fault::Again(Error::unavailable(text))
            }
            // Not all of it arrived in time.
            _ if *status == StatusCode::REQUEST_TIMEOUT || code == "RequestTimeout" => {
                Fault::Again(Error::unavailable(text))
            }
            status if status.is_server_error() => Fault::Unknown(Error::unavailable(text)),
            _ => {
                Fault::Refused(Error::Refused { what: format!("the object store refused {text}") })
            }
        },
    }
}

fn failure(error: &object_store::Error) -> Option<&Failure> {
    let mut cause: Option<&(dyn StdError + 'static)> = StdError::source(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
