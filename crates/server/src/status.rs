//! From errors to gRPC statuses: the one place that decides.
//!
//! AECS 2.0 answered every failure with `INTERNAL` and put a code at the end of the message. The
//! code stays, for the clients that print it, and the status says what kind of failure it is.

use aecs_core::{Error, ErrorCode, Kind};
use tonic::{Code, Status};

/// The status of a failed call.
pub fn of_core(error: &Error) -> Status {
    let details = error.details().to_vec();
    Status::with_details(code(error.kind()), error.to_string(), details.into())
}

/// A status that the server itself gives, without asking the core.
pub(crate) fn of_server(code: Code, message: &str) -> Status {
    Status::new(code, format!("{message} | Error code: {}", ErrorCode::Generic))
}

/// Whether a status comes from AECS, and not from the gRPC library.
pub(crate) fn has_error_code(status: &Status) -> bool {
    status.message().contains(" | Error code: ")
}

fn code(kind: Kind) -> Code {
    match kind {
        Kind::InvalidArgument => Code::InvalidArgument,
        Kind::Unauthenticated => Code::Unauthenticated,
        Kind::PermissionDenied => Code::PermissionDenied,
        Kind::NotFound => Code::NotFound,
        Kind::AlreadyExists => Code::AlreadyExists,
        Kind::FailedPrecondition => Code::FailedPrecondition,
        Kind::ResourceExhausted => Code::ResourceExhausted,
        Kind::Unavailable => Code::Unavailable,
        // Kinds to come count as the server's fault until a row here says otherwise.
        _ => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aecs_core::ServiceName;

    #[test]
    fn keeps_the_tail_that_old_clients_parse() {
        let status = of_core(&ServiceName::parse("").unwrap_err());
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.message(), "the service name is empty | Error code: 0xA1010000");
        let status = of_server(Code::DeadlineExceeded, "too late");
        assert_eq!(status.message(), "too late | Error code: 0xA0000000");
    }

    #[test]
    fn kinds_have_codes_of_their_own() {
        let kinds = [
            Kind::InvalidArgument,
            Kind::Unauthenticated,
            Kind::PermissionDenied,
            Kind::NotFound,
            Kind::AlreadyExists,
            Kind::FailedPrecondition,
            Kind::ResourceExhausted,
            Kind::Unavailable,
            Kind::Internal,
        ];
        let mut codes: Vec<i32> = kinds.into_iter().map(|kind| code(kind) as i32).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), kinds.len());
    }
}
