//! The checks and endorsements of DCAP, by name.

use crate::error::{Check, Endorsement};

impl Check {
    /// The root CA's revocation list is signed by the trusted root.
    pub const ROOT_CA_CRL: Self = Self::new("root CA revocation list");
    /// The PCK CA's revocation list is well formed and signed by the CA of the PCK certificate.
    pub const PCK_CRL: Self = Self::new("PCK revocation list");
    /// The issuer chain that comes with the PCK revocation list is the PCK certificate's own.
    pub const PCK_CRL_ISSUER: Self = Self::new("issuer chain of the PCK revocation list");
    /// The TCB info is signed by its signer.
    pub const TCB_INFO_SIGNATURE: Self = Self::new("signature of the TCB info");
    /// The TCB info is for this kind of platform.
    pub const TCB_INFO_SCOPE: Self = Self::new("scope of the TCB info");
    /// The QE identity is signed by its signer.
    pub const QE_IDENTITY_SIGNATURE: Self = Self::new("signature of the QE identity");
    /// The QE identity is for this kind of quoting enclave.
    pub const QE_IDENTITY_SCOPE: Self = Self::new("scope of the QE identity");
    /// The PCK certificate carries the SGX extension.
    pub const PCK_EXTENSION: Self = Self::new("SGX extension of the PCK certificate");
    /// The quoting enclave's report is signed by the PCK.
    pub const QE_REPORT_SIGNATURE: Self = Self::new("signature of the quoting enclave's report");
    /// The quoting enclave's report names the attestation key.
    pub const ATTESTATION_KEY: Self = Self::new("attestation key");
    /// The quoting enclave is the one of the QE identity.
    pub const QE_IDENTITY: Self = Self::new("quoting enclave");
    /// The quote has a header that the platform's verifier takes.
    pub const QUOTE_HEADER: Self = Self::new("quote header");
    /// The quote is signed by the attestation key.
    pub const QUOTE_SIGNATURE: Self = Self::new("signature of the quote");
    /// The platform's TCB is listed in the TCB info.
    pub const TCB_LEVEL: Self = Self::new("TCB level");
    /// The platform's TCB is not revoked.
    pub const TCB_REVOKED: Self = Self::new("revocation of the TCB");
    /// The TCB evaluation number of the collateral is one that counts.
    pub const TCB_EVALUATION: Self = Self::new("TCB evaluation number");
    /// The list of TCB evaluation numbers is signed by the signer of the TCB info.
    pub const EVALUATION_LIST_SIGNATURE: Self =
        Self::new("signature of the list of TCB evaluation numbers");
    /// The list of TCB evaluation numbers is for this kind of TEE.
    pub const EVALUATION_LIST_SCOPE: Self =
        Self::new("scope of the list of TCB evaluation numbers");
    /// The TDX module is one that the TCB info knows.
    pub const TDX_MODULE: Self = Self::new("TDX module");
    /// The trust domain has attributes that this verifier knows.
    pub const TD_ATTRIBUTES: Self = Self::new("attributes of the trust domain");
}

impl Endorsement {
    /// TCB info.
    pub const TCB_INFO: Self = Self::new("TCB info");
    /// Intel's list of TCB evaluation numbers.
    pub const EVALUATION_LIST: Self = Self::new("list of TCB evaluation numbers");
    /// Identity of the quoting enclave.
    pub const QE_IDENTITY: Self = Self::new("QE identity");
    /// Revocation list of the root CA.
    pub const ROOT_CA_CRL: Self = Self::new("root CA revocation list");
    /// Revocation list of the PCK CA.
    pub const PCK_CRL: Self = Self::new("PCK revocation list");
    /// A certificate of the chain in the quote.
    pub const PCK_CHAIN: Self = Self::new("PCK certificate chain");
    /// A certificate of the TCB info's issuer chain.
    pub const TCB_INFO_CHAIN: Self = Self::new("TCB info issuer chain");
    /// A certificate of the QE identity's issuer chain.
    pub const QE_IDENTITY_CHAIN: Self = Self::new("QE identity issuer chain");
    /// A certificate of the PCK revocation list's issuer chain.
    pub const PCK_CRL_CHAIN: Self = Self::new("PCK revocation list issuer chain");
}
