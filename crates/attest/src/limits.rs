//! Sizes that no genuine input exceeds. Larger inputs are refused before they are parsed.

/// JSON of a platform's report, in bytes. A DCAP quote with collateral has some 25 KiB.
pub(crate) const REPORT: usize = 256 * 1024;

/// JSON of nested reports, in bytes.
pub(crate) const NESTED_REPORTS: usize = 256 * 1024;

/// Results of nested attesters: some for each device of a machine, or one for each member of a
/// group. In memory a result has more than a KiB, however short its JSON is.
pub(crate) const NESTED_RESULTS: usize = 128;

/// JSON of nested reports that are remembered once they are verified, in bytes.
pub(crate) const REMEMBERED_NESTED_REPORTS: usize = 64 * 1024;

/// PEM text of a public key, in bytes: RSA keys of 8192 bits have 1.5 KiB.
pub(crate) const PUBLIC_KEY: usize = 8 * 1024;

/// Names in a report (version, type, platform), in bytes.
pub(crate) const NAME: usize = 64;

/// A quote, in bytes. SGX quotes with their certificates have some 5 KiB.
pub(crate) const QUOTE: usize = 32 * 1024;

/// The event log of a trust domain, in bytes. Firmware and boot loaders write some 10 to 60 KiB
/// into memory of up to 1 MiB; who makes a report leaves the empty rest out.
pub const EVENT_LOG: usize = 128 * 1024;

/// The memory that firmware keeps its event log in, in bytes.
pub(crate) const EVENT_LOG_MEMORY: usize = 4 * 1024 * 1024;

/// A chain of certificates in PEM, in bytes. Intel's have 2 to 4 KiB.
pub(crate) const CHAIN: usize = 16 * 1024;

/// A certificate revocation list, in bytes of its text.
pub(crate) const CRL: usize = 96 * 1024;

/// Signed JSON in the collateral, in bytes. Intel's largest TCB infos have some 12 KiB.
pub(crate) const SIGNED_JSON: usize = 64 * 1024;

/// A host's table of certificates for SEV-SNP, in bytes. Four certificates have some 6 KiB.
pub(crate) const CERTIFICATE_TABLE: usize = 64 * 1024;

/// Data to unseal, in bytes.
pub(crate) const SEALED: usize = 16 * 1024 * 1024;
