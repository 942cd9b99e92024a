//! What a caller is told when a call fails: a code that AECS 2.0 clients know, a kind that
//! decides the gRPC status, and a sentence.
//!
//! Invariant: a message says what the caller did wrong and how to mend it; it never contains
//! secret material, and towards a trusted application it never says which rule refused it.

use std::fmt;

use aecs_proto::GetAecsStatusResponse;
use prost::Message;

/// The class of a failure; the server maps each to one gRPC status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The request is malformed or contradicts itself.
    InvalidArgument,
    /// The caller did not prove who it is: signature, freshness, password or evidence.
    Unauthenticated,
    /// The caller is known, or need not be, and may not do this.
    PermissionDenied,
    /// What the call names does not exist.
    NotFound,
    /// What the call creates exists already.
    AlreadyExists,
    /// The server is not in a state, or not configured, to do this.
    FailedPrecondition,
    /// A quota or a limit is used up.
    ResourceExhausted,
    /// The store or another part does not answer now; the same call may succeed later.
    Unavailable,
    /// A stored record or the server itself is broken; the log says more.
    Internal,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $value:literal,)*) => {
        /// The 32-bit codes of AECS 2.0, upper 16 bits, and the few that 2.1 adds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $($(#[$doc])* $name,)* }

        impl ErrorCode {
            /// Every code, in numerical order.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The number on the wire, for instance `0xA005_0000`.
            #[must_use]
            pub const fn value(self) -> u32 {
                let upper: u32 = match self { $(ErrorCode::$name => $value,)* };
                upper << 16
            }
        }
    };
}

codes! {
    /// Anything without a code of its own.
    Generic = 0xA000,
    /// A node that should hand out the identity is not working.
    NotWorkingForSync = 0xA002,
    /// The server waits for its administrator's provision.
    NotWorking = 0xA005,
    /// The request speaks protocol 2.0 and the configuration does not allow that (2.1).
    Aecs20Refused = 0xA006,
    /// The server prepares what the request needs; the same one may succeed in a few seconds (2.1).
    NotYet = 0xA007,
    /// The trust settings are not the expected ones, or cannot be used.
    Settings = 0xA008,
    /// A name is empty.
    NameEmpty = 0xA101,
    /// A name has 256 bytes or more.
    NameTooLong = 0xA102,
    /// A name has a byte outside `[A-Za-z0-9_.-]`.
    NameBadCharacter = 0xA104,
    /// A name is reserved for the server itself.
    NameReserved = 0xA109,
    /// The administrator's password is wrong or missing.
    Password = 0xA201,
    /// No administrator key, or one that cannot be used.
    AdminKey = 0xA202,
    /// No such function for an AECS administrator.
    AdminFunction = 0xA204,
    /// The service name of an administrative call is empty.
    AdminServiceEmpty = 0xA207,
    /// The host name of an administrative call is empty.
    AdminHostEmpty = 0xA208,
    /// There is no identity backup of that name.
    NoBackup = 0xA209,
    /// The request was issued too long ago, or in the future (2.1).
    RequestStale = 0xA20A,
    /// The request was received before (2.1).
    RequestReplayed = 0xA20B,
    /// The request is not authentic: it does not decrypt or its signature is wrong (2.1).
    RequestNotAuthentic = 0xA20C,
    /// The request was signed for another server or deployment (2.1).
    OtherServer = 0xA20D,
    /// The request was signed for another process; the signed status comes with the refusal (2.1).
    OtherBoot = 0xA20E,
    /// The server's records or settings are older than what the client has seen (2.1).
    StateBehind = 0xA20F,
    /// The server's records have another history than the one that the client has seen (2.1).
    OtherHistory = 0xA210,
    /// No more services may be registered.
    TooManyServices = 0xA301,
    /// No such function for a service administrator or a trusted application.
    ServiceFunction = 0xA302,
    /// No more secrets may be created.
    TooManySecrets = 0xA411,
    /// A secret names no service.
    CreateServiceEmpty = 0xA412,
    /// A secret names another service than the caller's.
    CreateServiceMismatch = 0xA413,
    /// There is no data to import.
    CreateNoData = 0xA415,
    /// The data to import is too long.
    CreateDataTooLong = 0xA416,
    /// The secret type is unknown.
    CreateType = 0xA417,
    /// The given data or parameters do not make a secret of that type.
    CreateBadData = 0xA418,
    /// Data may not be given here.
    CreateDataNotAllowed = 0xA419,
    /// An update names a secret of another type.
    UpdateTypeMismatch = 0xA423,
    /// An update of a read-only secret.
    UpdateReadOnly = 0xA424,
    /// The name of a secret to destroy is empty.
    DestroyNameEmpty = 0xA431,
    /// The service of a secret to get is empty.
    GetServiceEmpty = 0xA441,
    /// The name of a secret to get is empty.
    GetNameEmpty = 0xA442,
    /// The secret is never exported.
    GetNotExportable = 0xA446,
    /// The service of a public part to get is empty.
    PublicServiceEmpty = 0xA451,
    /// The name of a public part to get is empty.
    PublicNameEmpty = 0xA452,
    /// The secret does not exist or is private.
    PublicPrivate = 0xA456,
    /// The server is provisioned already.
    Provisioned = 0xAA01,
    /// The storage credentials are not valid.
    StorageAuth = 0xAA02,
    /// The name exists already.
    NameExists = 0xAA21,
    /// There is no such name (or, towards a trusted application, it is not admitted).
    NoSuchName = 0xAA28,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.value())
    }
}

/// A refused or failed call, as the caller sees it.
///
/// Displays as `MESSAGE | Error code: 0xXXXXXXXX`: clients of AECS 2.0 look for that tail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} | Error code: {code}")]
pub struct Error {
    code: ErrorCode,
    kind: Kind,
    message: String,
    details: Vec<u8>,
}

impl Error {
    /// A failure with its code, kind and sentence (lower case, no full stop).
    pub fn new(code: ErrorCode, kind: Kind, message: impl Into<String>) -> Self {
        Self { code, kind, message: message.into(), details: Vec::new() }
    }

    /// The code that AECS 2.0 clients know.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The same with something to know in addition.
    pub(crate) fn and(mut self, more: Option<String>) -> Self {
        if let Some(more) = more {
            self.message = format!("{}; {more}", self.message);
        }
        self
    }

    /// The class of the failure.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The sentence, without the code.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What a program can read of the refusal: a binary `GetAecsStatusResponse` without the report,
    /// or nothing.
    #[must_use]
    pub fn details(&self) -> &[u8] {
        &self.details
    }

    /// The same refusal with the signed status.
    pub(crate) fn with_status(mut self, status: &GetAecsStatusResponse) -> Self {
        self.details = status.encode_to_vec();
        self
    }

    pub(crate) fn invalid(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(code, Kind::InvalidArgument, message)
    }

    /// The request could not be parsed: `what` names the message and the problem, never a value.
    pub(crate) fn malformed(what: impl fmt::Display) -> Self {
        Self::new(ErrorCode::Generic, Kind::InvalidArgument, format!("malformed request: {what}"))
    }

    /// One answer for everything that fails before the caller is known: a wrong key, a flipped
    /// bit and a forged signature must look alike.
    pub(crate) fn not_authentic() -> Self {
        Self::new(
            ErrorCode::RequestNotAuthentic,
            Kind::Unauthenticated,
            "the request does not decrypt under this server's key or is not signed by the \
             registered key",
        )
    }

    /// A failure of the server itself. The cause goes to the log, not to the caller.
    pub(crate) fn internal(context: &'static str, cause: &dyn std::error::Error) -> Self {
        tracing::error!(context, error = %Chain(cause), "internal failure");
        Self::new(
            ErrorCode::Generic,
            Kind::Internal,
            format!("internal failure while {context}; the server's log says more"),
        )
    }
}

/// Displays an error with all its sources on one line.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn std::error::Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_in_the_tail_that_old_clients_parse() {
        let error = Error::new(ErrorCode::NotWorking, Kind::FailedPrecondition, "not provisioned");
        assert_eq!(error.to_string(), "not provisioned | Error code: 0xA0050000");
    }

    #[test]
    fn codes_are_distinct_and_ordered() {
        let values: Vec<u32> = ErrorCode::ALL.iter().map(|code| code.value()).collect();
        assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{values:X?}");
    }
}
