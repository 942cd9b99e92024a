//! What a server says when it does not do what it was asked to.

use std::fmt;

/// A server's refusal: a sentence, the gRPC status code and, from an AECS server, its error code.
///
/// A refusal is *not* authenticated: whoever sits on the wire can make one up. It explains why a
/// call did not succeed, and nothing may be concluded from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    message: String,
    code: Option<ErrorCode>,
    grpc: tonic::Code,
    details: Vec<u8>,
}

/// An AECS error code: 32 bits, of which the upper 16 are used.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ErrorCode(u32);

/// What stands between the message and the code.
const TAIL: &str = "Error code: 0x";

impl Refusal {
    pub(crate) fn from_status(status: &tonic::Status) -> Refusal {
        let (message, code) = split_tail(status.message());
        Refusal {
            message: message.to_owned(),
            code,
            grpc: status.code(),
            details: status.details().to_vec(),
        }
    }

    /// The server's sentence, without the code.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The AECS error code, if the message ended in one.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        self.code
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
        match self.code {
            Some(code) => write!(f, "{message} ({code})"),
            None => write!(f, "{message} (gRPC status {:?})", self.grpc),
        }
    }
}

impl ErrorCode {
    /// The server waits for its administrator's provision.
    pub const NOT_WORKING: ErrorCode = ErrorCode(0xA005_0000);
    /// The server prepares what the request needs; the same one may succeed in a few seconds.
    pub const NOT_YET: ErrorCode = ErrorCode(0xA007_0000);
    /// The trust settings are not the expected ones, or cannot be used.
    pub const SETTINGS: ErrorCode = ErrorCode(0xA008_0000);
    /// An administrator's key cannot be used, is not the right one, or is the last one.
    pub const ADMIN_KEY: ErrorCode = ErrorCode(0xA202_0000);
    /// The request was issued too long ago, or in the future.
    pub const REQUEST_STALE: ErrorCode = ErrorCode(0xA20A_0000);
    /// The request does not decrypt under the server's key, or is not signed by the registered one.
    pub const REQUEST_NOT_AUTHENTIC: ErrorCode = ErrorCode(0xA20C_0000);
    /// The request was signed for another process of the server.
    pub const OTHER_BOOT: ErrorCode = ErrorCode(0xA20E_0000);
    /// The server's records or settings are older than what this side has seen.
    pub const STATE_BEHIND: ErrorCode = ErrorCode(0xA20F_0000);
    /// The server's records have another history than the one that this side has seen.
    pub const OTHER_HISTORY: ErrorCode = ErrorCode(0xA210_0000);
    /// No more services, or administrators, may be registered.
    pub const TOO_MANY_SERVICES: ErrorCode = ErrorCode(0xA301_0000);
    /// The name, or the key, is in use already.
    pub const NAME_EXISTS: ErrorCode = ErrorCode(0xAA21_0000);
    /// There is no such name, or the caller is not admitted to it.
    pub const NO_SUCH_NAME: ErrorCode = ErrorCode(0xAA28_0000);

    /// The number on the wire.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Splits `TEXT | Error code: 0xXXXXXXXX`. A text without exactly that tail stays whole.
fn split_tail(text: &str) -> (&str, Option<ErrorCode>) {
    let Some((message, digits)) = text.rsplit_once(TAIL) else { return (text, None) };
    let exact = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match u32::from_str_radix(digits, 16) {
        Ok(value) if exact => {
            let message = message.trim_end();
            (message.strip_suffix('|').unwrap_or(message).trim_end(), Some(ErrorCode(value)))
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
            assert_eq!(split_tail(text), (message, code.map(ErrorCode)), "{text:?}");
        }
    }

    #[test]
    fn displays_the_code_or_the_grpc_status() {
        let shown = |code, message: &str| {
            Refusal::from_status(&tonic::Status::new(code, message)).to_string()
        };
        assert_eq!(
            shown(tonic::Code::FailedPrecondition, "not provisioned | Error code: 0xA0050000"),
            "not provisioned (0xA0050000)"
        );
        assert_eq!(shown(tonic::Code::Internal, "oops"), "oops (gRPC status Internal)");
        assert!(shown(tonic::Code::NotFound, "").ends_with("(gRPC status NotFound)"));
    }
}
