//! What can go wrong, told by whose fault it is: the way, the server, the trust in it, or the
//! caller.

use std::time::Duration;

use aecs_proto::ErrorCode;

use crate::endpoint::EndpointError;
use crate::files::FileError;
use crate::memory::MemoryError;
use crate::refusal::{OperationError, Refusal};
use crate::status::Phase;
use crate::trust::Distrust;

/// Result of this crate's calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection came about. The request was not sent.
    #[error("cannot reach the server at {endpoint}")]
    Unreachable {
        /// `HOST:PORT`.
        endpoint: String,
        /// The transport's error.
        #[source]
        source: Source,
    },
    /// TLS refused the handshake: the certificates of one side do not satisfy the other, or the other
    /// side does not speak TLS. The request was not carried out.
    #[error("the TLS handshake with {endpoint} failed")]
    Tls {
        /// `HOST:PORT`.
        endpoint: String,
        /// The transport's error.
        #[source]
        source: Source,
    },
    /// There was no answer in time. The request may have been carried out.
    #[error("no answer from {endpoint} within {} ms", .after.as_millis())]
    Deadline {
        /// `HOST:PORT`.
        endpoint: String,
        /// The time that was given.
        after: Duration,
    },
    /// The connection broke during the call. The request may have been carried out.
    #[error("the connection to {endpoint} broke during the call")]
    Interrupted {
        /// `HOST:PORT`.
        endpoint: String,
        /// The transport's error.
        #[source]
        source: Source,
    },
    /// The server refused the call.
    #[error("the server refused: {0}")]
    Refused(Refusal),
    /// An operation with a key in place was not done.
    #[error("the operation was not done: {0}")]
    Operation(OperationError),
    /// The server, or an answer that claims to be its own, does not deserve trust.
    #[error("the server is not trusted")]
    Untrusted(#[source] Distrust),
    /// The server, which is trusted, does not wait for the recovery share. Nothing of it was sent.
    #[error(transparent)]
    NotSubmitted(NotSubmitted),
    /// What the server says of its stored state contradicts what was seen before.
    #[error("{}", of_memory(.0))]
    State(#[source] MemoryError),
    /// The endpoint cannot be used.
    #[error("the endpoint is not usable")]
    Endpoint(#[from] EndpointError),
    /// A policy that says nothing about who is trusted, or that cannot be understood.
    #[error("the policy is not usable")]
    Policy(#[source] PolicyError),
    /// A file that the call needs cannot be used.
    #[error("{0}")]
    File(FileError),
    /// The call makes no sense as it is.
    #[error("{0}")]
    Misuse(&'static str),
    /// This side's own key or random number generator failed.
    #[error("a cryptographic operation on this side failed")]
    Crypto(#[from] aecs_crypto::Error),
    /// The platform that an application runs on is not there.
    #[error("no platform to prove on")]
    NoPlatform(#[source] Source),
    /// An environment variable is missing or cannot be understood.
    #[error("{variable}: {fault}")]
    Environment {
        /// Its name.
        variable: &'static str,
        /// What is wrong with it.
        fault: String,
    },
    /// The roots cannot be used.
    #[error("cannot verify reports")]
    Verifier(#[source] aecs_attest::Error),
    /// The thread of the blocking client cannot be started.
    #[error("the client's runtime does not start")]
    Runtime(#[source] std::io::Error),
    /// This side's own attester made no report.
    #[error("no attestation report of this side could be made")]
    Attester(#[source] aecs_attest::Error),
}

/// Why a recovery share was not sent to a server that is trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotSubmitted {
    /// The server recovers nothing.
    #[error("the server is {phase}: it does not wait for recovery shares")]
    NotRecovering {
        /// Its state.
        phase: Phase,
    },
    /// The server recovers, but not with the set that the share is of.
    #[error("the server does not wait for shares of revision {revision} of this deployment")]
    OtherRevision {
        /// The revision of the set.
        revision: i64,
    },
}

/// Why a policy for servers is not usable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// There is no entry: no server could ever match.
    #[error("the policy has no entry, so that no server could match it")]
    Empty,
    /// It does not say which deployment is trusted.
    #[error("the policy does not say which deployment of the server is trusted")]
    NoDeployment,
    /// An entry admits everybody's enclaves.
    #[error("the policy lets any server pass: {0}")]
    Open(aecs_attest::Unpinned),
    /// An entry cannot be understood.
    #[error("the policy has an entry without meaning")]
    Malformed(#[source] aecs_attest::Error),
}

/// What is in the way of a call, which decides how long it is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The server is not there, or the connection broke: a new connection may do.
    Way,
    /// The server has not been provisioned yet.
    Start,
    /// The server has too much to do, or prepares what the call needs.
    Load,
    /// Nothing that time removes.
    Other,
}

/// What it means that the memory of states has failed, in front of the reason.
fn of_memory(error: &MemoryError) -> &'static str {
    match error {
        MemoryError::Rollback { .. } | MemoryError::OlderSettings { .. } => {
            "the server's state is not accepted"
        }
        MemoryError::Io { .. } | MemoryError::Malformed { .. } => {
            "the server's state cannot be compared with the last one seen"
        }
    }
}

impl Error {
    /// Whether the same call may succeed later, with nothing changed on this side: the server cannot
    /// be reached, is starting or is busy.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Error::Deadline { .. }) || self.obstacle() != Obstacle::Other
    }

    /// The code of the server's refusal, of the call or of one operation.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Error::Refused(refusal) => refusal.code(),
            Error::Operation(error) => error.code(),
            _ => None,
        }
    }

    pub(crate) fn environment(variable: &'static str, fault: impl Into<String>) -> Error {
        Error::Environment { variable, fault: fault.into() }
    }

    /// What is in the way.
    pub(crate) fn obstacle(&self) -> Obstacle {
        match self {
            // Also streams that a closing server did not begin (above the last one that its GOAWAY
            // names, or refused): the gRPC library reports them as broken.
            Error::Unreachable { .. } | Error::Interrupted { .. } => Obstacle::Way,
            Error::Refused(refusal) => match (refusal.code(), refusal.grpc_code()) {
                (Some(ErrorCode::NotWorking), _) => Obstacle::Start,
                (_, tonic::Code::Unavailable) => Obstacle::Load,
                // Any other code tells of a used-up quota: time does not raise it.
                (code, tonic::Code::ResourceExhausted)
                    if code == Some(ErrorCode::Generic) || refusal.number().is_none() =>
                {
                    Obstacle::Load
                }
                _ => Obstacle::Other,
            },
            _ => Obstacle::Other,
        }
    }
}

impl From<Distrust> for Error {
    fn from(distrust: Distrust) -> Error {
        Error::Untrusted(distrust)
    }
}

impl From<MemoryError> for Error {
    fn from(error: MemoryError) -> Error {
        Error::State(error)
    }
}

impl From<PolicyError> for Error {
    fn from(error: PolicyError) -> Error {
        Error::Policy(error)
    }
}
