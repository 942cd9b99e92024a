//! What can go wrong, told by the check that failed.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::clock::{Before1970, rfc3339};
use crate::fingerprint::Fingerprint;
use crate::platform::Platform;
use crate::tee::Tee;

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
        /// The parser's error.
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
        /// Platform of the evidence.
        platform: Platform,
    },
    /// A form of report that is known and not verifiable here.
    #[error("{what} is not supported by this build")]
    Unsupported {
        /// The report type, quote version or collateral version.
        what: String,
    },
    /// A report came without the endorsements it is verified with, and the verifier has no source
    /// of them.
    #[error(
        "the report contains no collateral: send a Passport report, or configure a source of collateral"
    )]
    NoCollateral,
    /// There is no revocation list for SEV-SNP evidence: who left it out may have been revoked.
    #[error(
        "revocation was not checked: AMD's revocation list is neither in the report nor in this \
         verifier's collateral; add the list to one of them, or set insecure_no_revocation_list"
    )]
    NoRevocationList,
    /// A DCAP quote only names its processor's PCK certificate, or has it alone, and its chain did
    /// not come beside it.
    #[error(
        "the quote does not bring the chain of its PCK certificate: \
         collateral with a pck_certificate_chain is needed"
    )]
    NoPckChain,
    /// An endorsement that the report does not bring could not be obtained elsewhere.
    #[error("could not obtain {what}")]
    Unavailable {
        /// The endorsement, and what it is for.
        what: String,
        /// Why the source did not give it.
        #[source]
        source: Source,
    },
    /// Evidence of a device beside a TEE was presented as a TEE's own: it binds no key.
    #[error(
        "evidence of platform {platform} is not bound to a key: it is accepted only as nested evidence of a TEE"
    )]
    BindsNoKey {
        /// Platform of the evidence.
        platform: Platform,
    },
    /// A device of this machine, or a software CPU, that makes evidence or seals does not answer as
    /// it should.
    #[error("{} cannot be used", .path.display())]
    Device {
        /// Path of the device, or in the CPU's folder.
        path: PathBuf,
        /// The operating system's or device's error.
        #[source]
        source: Source,
    },
    /// An unsigned quote, as original AECS 2.0 clients make in simulation mode.
    #[error(
        "an unsigned AECS 2.0 simulation quote is refused: \
         attestation.insecure_aecs20_simulation is not set"
    )]
    InsecureSimulation,
    /// A quote of SGX with EPID that Intel's attestation service has not judged.
    #[error(
        "an EPID quote cannot be verified without a report of Intel's attestation service, \
         which ended in April 2025"
    )]
    EpidServiceEnded,
    /// A chain of certificates ends in a root that nobody configured.
    #[error("{chain} ends in an untrusted root ({actual}); trusted roots: {expected}")]
    UnknownRoot {
        /// The chain.
        chain: Endorsement,
        /// Fingerprints of the trusted roots, comma separated; "none" without any.
        expected: String,
        /// The root in question.
        actual: PresentedRoot,
    },
    /// A signature, or another link from the evidence to the root, does not hold.
    #[error("failed check: {check}")]
    Untrusted {
        /// The check that failed.
        check: Check,
        /// What the check found.
        #[source]
        source: Source,
    },
    /// A value is not the one that another part of the evidence demands.
    #[error("{check}: expected {expected}, found {actual}")]
    Mismatch {
        /// The check that failed.
        check: Check,
        /// What was asked for.
        expected: String,
        /// What was found.
        actual: String,
    },
    /// A certificate is on its issuer's revocation list.
    #[error("{what} is revoked: serial number {serial}")]
    Revoked {
        /// Kind of the certificate.
        what: Endorsement,
        /// Its serial number, in hexadecimal.
        serial: String,
    },
    /// The issuer of a certificate has answered that it is revoked, or on hold.
    #[error(
        "{what} is revoked: serial number {serial} of {subject}, since {}, reason {reason}",
        rfc3339(*.since)
    )]
    RevokedSince {
        /// Kind of the certificate.
        what: Endorsement,
        /// Its serial number, in hexadecimal.
        serial: String,
        /// Whose certificate it is.
        subject: String,
        /// When it was revoked.
        since: SystemTime,
        /// Why, as RFC 5280 names it (section 5.3.1): `keyCompromise`, `certificateHold`.
        reason: &'static str,
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
    /// Collateral that has not expired was issued longer ago than the verifier accepts.
    #[error(
        "{what} of {} is too old, verified at {}: at most {} s are accepted",
        rfc3339(*.issued), rfc3339(*.now), .max_age.as_secs()
    )]
    TooOld {
        /// The endorsement.
        what: Endorsement,
        /// When it was issued.
        issued: SystemTime,
        /// The age that the verifier accepts.
        max_age: Duration,
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
    /// The report is bound to another key than the one presented with it.
    #[error("the report is bound to key {actual}, but key {expected} was presented")]
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
    /// The program does not run in a TEE that can be asked for evidence, or not in the given one.
    #[error(
        "{}: {seen}",
        match wanted {
            Some(tee) => format!("TEE {tee} was not found"),
            None => "no TEE was found".to_owned(),
        }
    )]
    NoTee {
        /// The one that was asked for.
        wanted: Option<Tee>,
        /// Everything that was looked for, and what was found instead.
        seen: String,
    },
    /// The platform has no keys to seal with.
    #[error("this platform cannot seal: {reason}")]
    NoSealing {
        /// Why that is so.
        reason: String,
    },
    /// Data was sealed by an enclave of another identity or on another CPU.
    #[error(
        "the data was sealed by another enclave, on another CPU, or at a security version whose keys \
         this platform no longer derives"
    )]
    SealedElsewhere,
    /// Data was sealed by a newer version than the one that tries to open it.
    #[error("the data was sealed at security version {sealed}, this enclave is at {own}")]
    SealedByNewer {
        /// Security version of the enclave that sealed.
        sealed: u32,
        /// Security version of this enclave.
        own: u32,
    },
}

/// The root that a chain of certificates ends in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PresentedRoot {
    /// Its certificate is there, with this fingerprint.
    Certificate(Fingerprint),
    /// It is only named, by the last certificate that is there. The name is that certificate's
    /// word: at most 200 characters of it, none of them a control character.
    Named(String),
}

impl PresentedRoot {
    pub(crate) fn certificate(der: &[u8]) -> Self {
        Self::Certificate(Fingerprint::of(der))
    }

    pub(crate) fn named(name: impl fmt::Display) -> Self {
        Self::Named(name.to_string().escape_debug().take(200).collect())
    }
}

impl fmt::Display for PresentedRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(fingerprint) => write!(f, "SHA-256 {fingerprint}"),
            Self::Named(name) => write!(f, "named {name}"),
        }
    }
}

/// A failed check, in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// What was asked for, where that can be said.
    pub expected: Option<String>,
    /// What was found, where that can be said.
    pub actual: Option<String>,
}

impl From<Before1970> for Error {
    fn from(_: Before1970) -> Self {
        Self::Clock
    }
}

impl Error {
    pub(crate) fn malformed(what: &'static str, source: impl Into<Source>) -> Self {
        Self::Malformed { what, source: source.into() }
    }

    pub(crate) fn untrusted(check: Check, source: impl Into<Source>) -> Self {
        Self::Untrusted { check, source: source.into() }
    }

    pub(crate) fn unavailable(what: impl Into<String>, source: impl Into<Source>) -> Self {
        Self::Unavailable { what: what.into(), source: source.into() }
    }

    /// Of a chain that ends in none of the roots with these certificates.
    pub(crate) fn unknown_root<'a>(
        chain: Endorsement,
        trusted: impl IntoIterator<Item = &'a [u8]>,
        actual: PresentedRoot,
    ) -> Self {
        let trusted: Vec<_> =
            trusted.into_iter().map(|der| Fingerprint::of(der).to_string()).collect();
        let expected = if trusted.is_empty() { "none".into() } else { trusted.join(", ") };
        Self::UnknownRoot { chain, expected, actual }
    }

    /// What was looked at, what was asked for and what was found: for tools that show them apart.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let finding = |check: String, expected: Option<String>, actual: Option<String>| Finding {
            check,
            expected,
            actual,
        };
        let source = |source: &Source| Some(source.to_string());
        match self {
            Self::Malformed { what, source: cause } => {
                finding((*what).into(), Some("a well-formed one".into()), source(cause))
            }
            Self::TooLarge { what, actual, limit } => finding(
                format!("size of {what}"),
                Some(format!("at most {limit} bytes")),
                Some(format!("{actual} bytes")),
            ),
            Self::UnknownRoot { chain, expected, actual } => finding(
                format!("root of {chain}"),
                Some(expected.clone()),
                Some(actual.to_string()),
            ),
            Self::Untrusted { check, source: cause } => {
                finding(check.to_string(), None, source(cause))
            }
            Self::Mismatch { check, expected, actual } => {
                finding(check.to_string(), Some(expected.clone()), Some(actual.clone()))
            }
            Self::Revoked { what, serial } => finding(
                format!("revocation of {what}"),
                Some("not revoked".into()),
                Some(format!("serial number {serial} revoked")),
            ),
            Self::RevokedSince { what, serial, since, reason, .. } => finding(
                format!("revocation of {what}"),
                Some("not revoked".into()),
                Some(format!(
                    "serial number {serial} revoked since {} ({reason})",
                    rfc3339(*since)
                )),
            ),
            Self::Expired { what, at, now } => finding(
                format!("validity of {what}"),
                Some(format!("not after {}", rfc3339(*at))),
                Some(rfc3339(*now)),
            ),
            Self::TooOld { what, issued, max_age, .. } => finding(
                format!("{} of {what}", Check::COLLATERAL_AGE),
                Some(format!("at most {} s", max_age.as_secs())),
                Some(format!("issued {}", rfc3339(*issued))),
            ),
            Self::NotYetValid { what, from, now } => finding(
                format!("validity of {what}"),
                Some(format!("not before {}", rfc3339(*from))),
                Some(rfc3339(*now)),
            ),
            Self::KeyBinding { expected, actual } => finding(
                Check::REPORT_DATA.to_string(),
                Some(expected.to_string()),
                Some(actual.to_string()),
            ),
            Self::Unavailable { what, source: cause } => finding(what.clone(), None, source(cause)),
            Self::NoCollateral => finding(
                "collateral".into(),
                Some("a Passport report, or a source of collateral".into()),
                Some("none".into()),
            ),
            Self::NoRevocationList => finding(
                Check::REVOCATION.to_string(),
                Some("AMD's revocation list, in the report or in the verifier's collateral".into()),
                Some("none".into()),
            ),
            Self::NoPckChain => finding(
                "collateral".into(),
                Some("the chain of the PCK certificate, in the quote or beside it".into()),
                Some("none".into()),
            ),
            other => finding(Check::EVIDENCE.to_string(), None, Some(other.to_string())),
        }
    }
}

/// Refuses an input that is larger than `limit` bytes.
pub(crate) fn limit(what: &'static str, input: impl AsRef<[u8]>, limit: usize) -> Result<()> {
    let actual = input.as_ref().len();
    if actual > limit { Err(Error::TooLarge { what, actual, limit }) } else { Ok(()) }
}

/// A step between evidence and trusted root.
///
/// Every platform names its own, next to the code that makes them; here are those that several
/// share. Two are equal when they have the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Check(&'static str);

impl Check {
    /// The certificates lead to the trusted root.
    pub const CERTIFICATE_CHAIN: Self = Self::new("certificate chain");
    /// None of the certificates is revoked.
    pub const REVOCATION: Self = Self::new("revoked certificate");
    /// Everything with dates is used within them.
    pub const VALIDITY: Self = Self::new("validity");
    /// What its issuer renews all the time is of a recent day.
    pub const COLLATERAL_AGE: Self = Self::new("age of collateral");
    /// The evidence binds the key that was presented with it.
    pub const REPORT_DATA: Self = Self::new("report data");
    /// Results of nested attesters are signed by the key that the report binds.
    pub const NESTED_SIGNATURE: Self = Self::new("signature of the nested results");
    /// The evidence as a whole; the source says more.
    pub const EVIDENCE: Self = Self::new("evidence");

    pub(crate) const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// What is checked, in a few words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A dated part of a report's endorsements, or a chain of certificates in it.
///
/// Every platform names its own, as with [`Check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Endorsement(&'static str);

impl Endorsement {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// What it is, in a few words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Endorsement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Displays an error with all its causes, in one line: `reading x: permission denied`.
pub struct Causes<'a>(pub &'a dyn std::error::Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut causes = std::iter::successors(self.0.source(), |cause| cause.source());
        causes.try_for_each(|cause| write!(f, ": {cause}"))
    }
}
