//! The refusals of servers.

use std::fmt;

use aecs_proto::{Caller, ErrorCode};

/// A server's refusal: a sentence, the gRPC status code and, from an AECS server, its error code.
///
/// A refusal is *not* authenticated: an attacker on the network can make one up. It explains why a
/// call did not succeed, and nothing may be concluded from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    caller: Caller,
    message: String,
    number: Option<u32>,
    grpc: tonic::Code,
    details: Vec<u8>,
}

/// Why one operation was not done, where others of its request may have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (0x{number:08X})")]
pub struct OperationError {
    message: String,
    number: u32,
}

impl OperationError {
    pub(crate) fn new(message: String, number: u32) -> OperationError {
        OperationError { message, number }
    }

    /// The server's sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The error code, if it is known here.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        ErrorCode::from_value(self.number)
    }
}

/// What stands between the message and the code.
const TAIL: &str = "Error code: 0x";

impl Refusal {
    pub(crate) fn from_status(status: &tonic::Status, caller: Caller) -> Refusal {
        let (message, number) = split_tail(status.message());
        Refusal {
            caller,
            message: message.to_owned(),
            number,
            grpc: status.code(),
            details: status.details().to_vec(),
        }
    }

    /// Who was refused. One error code can ask for something else of each.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.caller
    }

    /// The server's sentence, without the code.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The AECS error code, if the message ended in one that is known here.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        ErrorCode::from_value(self.number?)
    }

    /// The number of the error code, if the message ended in one, also if it is not known here.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.number
    }

    /// What a program can read of the refusal: a status that still has to be verified, or nothing.
    pub(crate) fn details(&self) -> &[u8] {
        &self.details
    }

    /// The gRPC status code.
    #[must_use]
    pub fn grpc_code(&self) -> tonic::Code {
        self.grpc
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = if self.message.is_empty() { self.grpc.description() } else { &self.message };
        match self.number {
            Some(number) => write!(f, "{message} (0x{number:08X})"),
            None => write!(f, "{message} (gRPC status {:?})", self.grpc),
        }
    }
}

/// Splits `TEXT | Error code: 0xXXXXXXXX`. A text without exactly that tail stays whole.
fn split_tail(text: &str) -> (&str, Option<u32>) {
    let Some((message, digits)) = text.rsplit_once(TAIL) else { return (text, None) };
    let exact = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match u32::from_str_radix(digits, 16) {
        Ok(value) if exact => {
            let message = message.trim_end();
            (message.strip_suffix('|').unwrap_or(message).trim_end(), Some(value))
        }
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_split_off() {
        for (text, message, code) in [
            ("not provisioned | Error code: 0xA0050000", "not provisioned", Some(0xA005_0000)),
            ("Error code: 0xA0050000", "", Some(0xA005_0000)),
            ("a | Error code: 0xa2010000", "a", Some(0xA201_0000)),
            (
                "a | Error code: 0x1 | Error code: 0xA2010000",
                "a | Error code: 0x1",
                Some(0xA201_0000),
            ),
            ("no code", "no code", None),
            ("", "", None),
            ("a | Error code: 0x", "a | Error code: 0x", None),
            ("a | Error code: 0xA005", "a | Error code: 0xA005", None),
            ("a | Error code: 0xA00500000", "a | Error code: 0xA00500000", None),
            ("a | Error code: 0xA005000G", "a | Error code: 0xA005000G", None),
            ("a | Error code: 0x+A050000", "a | Error code: 0x+A050000", None),
            ("a | Error code: 0xA0050000 b", "a | Error code: 0xA0050000 b", None),
        ] {
            assert_eq!(split_tail(text), (message, code), "{text:?}");
        }
    }

    #[test]
    fn displays_the_code_or_the_grpc_status() {
        let shown = |code, message: &str| {
            let status = tonic::Status::new(code, message);
            Refusal::from_status(&status, Caller::Anyone).to_string()
        };
        assert_eq!(
            shown(tonic::Code::FailedPrecondition, "not provisioned | Error code: 0xA0050000"),
            "not provisioned (0xA0050000)"
        );
        assert_eq!(shown(tonic::Code::Internal, "oops"), "oops (gRPC status Internal)");
        assert!(shown(tonic::Code::NotFound, "").ends_with("(gRPC status NotFound)"));
    }
}
