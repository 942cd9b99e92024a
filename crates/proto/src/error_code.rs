//! The codes and classes of refusals, once for servers, clients and tools.

use std::fmt;

/// The class of a refusal; a server maps each to one gRPC status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The request is malformed or contradicts itself.
    InvalidArgument,
    /// The caller did not prove who it is: signature, freshness, password or evidence.
    Unauthenticated,
    /// The caller is known, or need not be, and may not do this.
    PermissionDenied,
    /// The call names something that does not exist.
    NotFound,
    /// The call creates something that exists already.
    AlreadyExists,
    /// The server is not in a state, or not configured, to do this.
    FailedPrecondition,
    /// A quota or a limit is used up.
    ResourceExhausted,
    /// The store or another part does not answer now; the same call may succeed later.
    Unavailable,
    /// A stored record or the server itself is broken; the server's log says more.
    Internal,
}

macro_rules! codes {
    ($($(#[doc = $meaning:literal])* $name:ident = $value:literal,)*) => {
        /// The 32-bit error codes of AECS 2.0, of which the upper 16 bits are used, and those that
        /// 2.1 adds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $($(#[doc = $meaning])* $name,)* }

        impl ErrorCode {
            /// Every code, in numerical order.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The number on the wire, for instance `0xA005_0000`.
            #[must_use]
            pub const fn value(self) -> u32 {
                let upper: u32 = match self { $(ErrorCode::$name => $value,)* };
                upper << 16
            }

            /// What it means, in one or two sentences.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(ErrorCode::$name => concat!($($meaning),*).trim_ascii(),)* }
            }
        }
    };
}

codes! {
    /// Anything without a code of its own.
    Generic = 0xA000,
    /// A call of an RPC between nodes, which this server serves to nobody.
    NotWorkingForSync = 0xA002,
    /// The server waits for its administrator's provision.
    NotWorking = 0xA005,
    /// The request speaks protocol 2.0 and the configuration does not allow that (2.1).
    Aecs20Refused = 0xA006,
    /// The server prepares what the request needs; the same one may succeed in a few seconds (2.1).
    NotYet = 0xA007,
    /// The trust settings are not the expected ones, or cannot be used; a configuration file cannot
    /// be used (2.1).
    Settings = 0xA008,
    /// A name is empty.
    NameEmpty = 0xA101,
    /// A name has 256 bytes or more.
    NameTooLong = 0xA102,
    /// A name has a byte outside `[A-Za-z0-9_.-]`.
    NameBadCharacter = 0xA104,
    /// A name is reserved for the server itself.
    NameReserved = 0xA109,
    /// An administrator's password is wrong or missing, or was guessed too often; the hash of a new
    /// one cannot be used.
    Password = 0xA201,
    /// A key cannot be used here (its form, its suite), is in use already, is not that of an
    /// administrator, or may not be replaced or removed; the server has another identity or
    /// deployment than the one that the request names.
    AdminKey = 0xA202,
    /// No such function for an AECS administrator.
    AdminFunction = 0xA204,
    /// The service name of an administrative call is empty.
    AdminServiceEmpty = 0xA207,
    /// The host name of an administrative call is empty.
    AdminHostEmpty = 0xA208,
    /// There is no identity backup of that name, it does not open, or this platform cannot make
    /// one.
    NoBackup = 0xA209,
    /// The request was issued too long ago, or in the future (2.1).
    RequestStale = 0xA20A,
    /// The request was received before (2.1).
    RequestReplayed = 0xA20B,
    /// The request is not authentic: it does not decrypt, or is not signed by a known key (2.1).
    RequestNotAuthentic = 0xA20C,
    /// The request was signed for another server or deployment (2.1).
    OtherServer = 0xA20D,
    /// The request was signed for another process; the signed status comes with the refusal (2.1).
    OtherBoot = 0xA20E,
    /// The server's records or settings are older than what the client has seen (2.1).
    StateBehind = 0xA20F,
    /// The server's records have another history than the one that the client has seen (2.1).
    OtherHistory = 0xA210,
    /// The session of the request is not known, or has ended: the application attests again (2.1).
    NoSession = 0xA211,
    /// Recovery shares cannot be made, are not known, or do not restore an identity here (2.1).
    Recovery = 0xA212,
    /// No more services, or administrators, may be registered.
    TooManyServices = 0xA301,
    /// No such function for a service administrator or a trusted application.
    ServiceFunction = 0xA302,
    /// No more secrets may be created.
    TooManySecrets = 0xA411,
    /// A secret names no service.
    CreateServiceEmpty = 0xA412,
    /// A secret names another service than the caller's.
    CreateServiceMismatch = 0xA413,
    /// There is no data to import, or no key-value pair.
    CreateNoData = 0xA415,
    /// The data of a secret is too long.
    CreateDataTooLong = 0xA416,
    /// The secret type is unknown.
    CreateType = 0xA417,
    /// The data, the parameters or the policy of a secret cannot be used.
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
    /// The secret, or the version that is asked for, is not given out: it has expired (2.1).
    Expired = 0xA447,
    /// The secret, or the version that is asked for, is deleted, or its data is gone (2.1).
    Deleted = 0xA448,
    /// The secret never had the version that is asked for (2.1).
    NoVersion = 0xA449,
    /// It is not at the version or epoch that the request expects, or another request changed it at the same
    /// time (2.1).
    NotCurrent = 0xA44A,
    /// The key may not be used like this: its owner does not allow the operation, or not to this
    /// caller (2.1).
    UseDenied = 0xA44B,
    /// The operation with a key in place cannot be done: it does not fit the key, or what it is given
    /// was not made with this key, name and associated data (2.1).
    UseFailed = 0xA44C,
    /// Data that is sent in parts: a part does not fit, or the upload that a request names is not there, not
    /// whole or another one (2.1).
    Upload = 0xA44D,
    /// The data of the secret is too long for one answer: the client has to get it in parts (2.1).
    TooLongForOne = 0xA44E,
    /// The service of a public part to get is empty.
    PublicServiceEmpty = 0xA451,
    /// The name of a public part to get is empty.
    PublicNameEmpty = 0xA452,
    /// The secret does not exist or is private.
    PublicPrivate = 0xA456,
    /// The server is provisioned already.
    Provisioned = 0xAA01,
    /// The store does not open under the identity, or is older than the identity remembers.
    StorageAuth = 0xAA02,
    /// What the request needs is damaged in the store: the same request fails until it is restored (2.1).
    Damaged = 0xAA03,
    /// The name exists already.
    NameExists = 0xAA21,
    /// There is no such name. A trusted application is told the same if a policy does not admit it,
    /// and also if its report is refused; the kind says which.
    NoSuchName = 0xAA28,
}

impl ErrorCode {
    /// The code with that number, if there is one.
    #[must_use]
    pub fn from_value(value: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.value() == value)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_ordered() {
        let values: Vec<u32> = ErrorCode::ALL.iter().map(|code| code.value()).collect();
        assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{values:X?}");
    }

    #[test]
    fn numbers_lead_back_to_codes() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_value(code.value()), Some(*code));
        }
        assert_eq!(ErrorCode::NotWorking.to_string(), "0xA0050000");
        for unknown in [0, 0xA005, 0xA005_0001, 0xFFFF_0000] {
            assert_eq!(ErrorCode::from_value(unknown), None, "{unknown:X}");
        }
    }
}
