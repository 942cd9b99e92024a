//! What can go wrong, told by the check that failed.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::clock::rfc3339;
use crate::fingerprint::Fingerprint;
use crate::platform::Platform;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Whatever an error came from.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why evidence was refused, a policy was not understood, or an attester failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes or text from outside do not have the form they must have.
    #[error("{what} is malformed")]
    Malformed {
        /// The part that was read.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: Source,
    },
    /// An input is larger than any genuine one; it was not looked into.
    #[error("{what} has {actual} bytes, the limit is {limit}")]
    TooLarge {
        /// The part that is too large.
        what: &'static str,
        /// Its size in bytes.
        actual: usize,
        /// The largest size accepted, in bytes.
        limit: usize,
    },
    /// Evidence of a platform that no verifier is built in or configured for.
    #[error("platform {platform} is not supported by this build")]
    UnsupportedPlatform {
        /// The platform.
        platform: Platform,
    },
    /// A form of report that is known and not verifiable here.
    #[error("{what} is not supported by this build")]
    Unsupported {
        /// The report type, quote version or collateral version.
        what: String,
    },
    /// A DCAP report came without the endorsements it is verified with.
    #[error("the report has no collateral: a Passport report is needed")]
    NoCollateral,
    /// An unsigned quote, as original AECS 2.0 clients make in simulation mode.
    #[error(
        "an unsigned AECS 2.0 simulation quote is refused: \
         attestation.insecure_aecs20_simulation is not set"
    )]
    InsecureSimulation,
    /// A chain of certificates ends in a root that nobody configured.
    #[error("{chain} ends in an unknown root: its SHA-256 is {actual}, trusted is {expected}")]
    UnknownRoot {
        /// The chain.
        chain: Endorsement,
        /// Fingerprints of the trusted roots, comma separated; "none" without any.
        expected: String,
        /// Fingerprint of the root that was presented.
        actual: Fingerprint,
    },
    /// A signature, or another link from the evidence to the root, does not hold.
    #[error("{check} refused")]
    Untrusted {
        /// The check that failed.
        check: Check,
        /// What the check found.
        #[source]
        source: Source,
    },
    /// An endorsement is used after its time.
    #[error("{what} expired at {}, verified at {}", rfc3339(*.at), rfc3339(*.now))]
    Expired {
        /// The endorsement.
        what: Endorsement,
        /// The last second it was valid.
        at: SystemTime,
        /// The time of the verification.
        now: SystemTime,
    },
    /// An endorsement is used before its time.
    #[error("{what} is valid from {}, verified at {}", rfc3339(*.from), rfc3339(*.now))]
    NotYetValid {
        /// The endorsement.
        what: Endorsement,
        /// The first second it is valid.
        from: SystemTime,
        /// The time of the verification.
        now: SystemTime,
    },
    /// The report speaks for another key than the one presented with it.
    #[error("the report binds key {actual}, presented was {expected}")]
    KeyBinding {
        /// SHA-256 of the key that was presented.
        expected: Fingerprint,
        /// The hash in the report.
        actual: Fingerprint,
    },
    /// An attribute of a policy has no meaning.
    #[error("{entry}.{attribute} {reason}")]
    Policy {
        /// The place, for example `main_attributes[0]`; `policy` for the policy itself.
        entry: String,
        /// The attribute's name on the wire.
        attribute: &'static str,
        /// What is wrong with its value.
        reason: &'static str,
    },
    /// The time of the verification cannot be compared with any certificate's.
    #[error("the verification time is before 1970")]
    Clock,
    /// A key, signature or record operation failed.
    #[error("a cryptographic operation failed")]
    Crypto(#[from] aecs_crypto::Error),
    /// Data was sealed by an enclave of another identity or on another CPU.
    #[error("the data was sealed by another enclave or on another CPU")]
    SealedElsewhere,
    /// Data was sealed by a newer version than the one that tries to open it.
    #[error("the data was sealed at security version {sealed}, this enclave is at {own}")]
    SealedByNewer {
        /// Security version of the enclave that sealed.
        sealed: u16,
        /// Security version of this enclave.
        own: u16,
    },
    /// The directory of a simulated CPU cannot be used.
    #[error("the simulated CPU cannot use {}", .path.display())]
    SimulatedCpu {
        /// The file or directory.
        path: PathBuf,
        /// What happened.
        #[source]
        source: Source,
    },
}

impl Error {
    pub(crate) fn malformed(what: &'static str, source: impl Into<Source>) -> Self {
        Self::Malformed { what, source: source.into() }
    }

    pub(crate) fn untrusted(check: Check, source: impl Into<Source>) -> Self {
        Self::Untrusted { check, source: source.into() }
    }
}

/// Refuses an input that is larger than `limit` bytes.
pub(crate) fn limit(what: &'static str, input: impl AsRef<[u8]>, limit: usize) -> Result<()> {
    let actual = input.as_ref().len();
    if actual > limit { Err(Error::TooLarge { what, actual, limit }) } else { Ok(()) }
}

/// A step between evidence and trusted root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The root CA's revocation list is signed by the trusted root.
    RootCaCrl,
    /// The PCK CA's revocation list is well formed and signed by the CA of the PCK certificate.
    PckCrl,
    /// The issuer chain that comes with the PCK revocation list is the PCK certificate's own.
    PckCrlIssuer,
    /// The certificates lead to the trusted root.
    CertificateChain,
    /// None of the certificates is revoked.
    Revocation,
    /// The TCB info is signed by its signer.
    TcbInfoSignature,
    /// The TCB info is for this kind of platform.
    TcbInfoScope,
    /// The QE identity is signed by its signer.
    QeIdentitySignature,
    /// The QE identity is for this kind of quoting enclave.
    QeIdentityScope,
    /// The PCK certificate carries the SGX extension.
    PckExtension,
    /// The quoting enclave's report is signed by the PCK.
    QeReportSignature,
    /// The quoting enclave's report names the attestation key.
    AttestationKey,
    /// The quoting enclave is the one of the QE identity.
    QeIdentity,
    /// The quote has a header that the platform's verifier takes.
    QuoteHeader,
    /// The quote is signed by the attestation key.
    QuoteSignature,
    /// The platform's TCB is listed in the TCB info.
    TcbLevel,
    /// The platform's TCB is not revoked.
    TcbRevoked,
    /// Results of nested attesters are signed by the key that the report binds.
    NestedSignature,
    /// The evidence as a whole; the source says more.
    Evidence,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RootCaCrl => "root CA revocation list",
            Self::PckCrl => "PCK revocation list",
            Self::PckCrlIssuer => "issuer chain of the PCK revocation list",
            Self::CertificateChain => "certificate chain",
            Self::Revocation => "revoked certificate",
            Self::TcbInfoSignature => "signature of the TCB info",
            Self::TcbInfoScope => "TCB info for another platform",
            Self::QeIdentitySignature => "signature of the QE identity",
            Self::QeIdentityScope => "QE identity for another quoting enclave",
            Self::PckExtension => "SGX extension of the PCK certificate",
            Self::QeReportSignature => "signature of the quoting enclave's report",
            Self::AttestationKey => "attestation key",
            Self::QeIdentity => "quoting enclave",
            Self::QuoteHeader => "quote header",
            Self::QuoteSignature => "signature of the quote",
            Self::TcbLevel => "TCB level",
            Self::TcbRevoked => "revoked TCB",
            Self::NestedSignature => "signature of the nested results",
            Self::Evidence => "evidence",
        })
    }
}

/// A dated part of a report's endorsements, or a chain of certificates in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endorsement {
    /// TCB info.
    TcbInfo,
    /// Identity of the quoting enclave.
    QeIdentity,
    /// Revocation list of the root CA.
    RootCaCrl,
    /// Revocation list of the PCK CA.
    PckCrl,
    /// A certificate of the chain in the quote.
    PckChain,
    /// A certificate of the TCB info's issuer chain.
    TcbInfoChain,
    /// A certificate of the QE identity's issuer chain.
    QeIdentityChain,
    /// A certificate of the PCK revocation list's issuer chain.
    PckCrlChain,
}

impl fmt::Display for Endorsement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TcbInfo => "TCB info",
            Self::QeIdentity => "QE identity",
            Self::RootCaCrl => "root CA revocation list",
            Self::PckCrl => "PCK revocation list",
            Self::PckChain => "PCK certificate chain",
            Self::TcbInfoChain => "TCB info issuer chain",
            Self::QeIdentityChain => "QE identity issuer chain",
            Self::PckCrlChain => "PCK revocation list issuer chain",
        })
    }
}
