//! The checks and endorsements of SEV-SNP, by name.

use crate::error::{Check, Endorsement};

impl Check {
    /// The revocation list is signed by the root.
    pub const SNP_CRL: Self = Self::new("signature of the ARK's revocation list");
    /// The report is signed by the key of the VCEK or VLEK certificate.
    pub const SNP_SIGNATURE: Self = Self::new("signature of the SEV-SNP report");
    /// The report names the kind of key that the certificate is of.
    pub const SNP_SIGNING_KEY: Self = Self::new("kind of the signing key");
    /// The processor is of the generation that the certificate is for.
    pub const SNP_PRODUCT: Self = Self::new("generation of the processor");
    /// The reported TCB is the one that the certificate is for.
    pub const SNP_REPORTED_TCB: Self = Self::new("TCB of the VCEK or VLEK");
    /// The report is of the chip that the VCEK certificate is for.
    pub const SNP_CHIP_ID: Self = Self::new("chip id of the VCEK");
    /// The platform reports and has committed to no more than it runs.
    pub const SNP_TCB_ORDER: Self = Self::new("order of the TCB versions");
    /// The TCB, now and at launch, is not below a minimum that is known.
    pub const SNP_MINIMUM_TCB: Self = Self::new("minimum TCB");
    /// The guest's policy is well formed, and the platform keeps it.
    pub const SNP_POLICY: Self = Self::new("guest policy");
    /// The report is a guest's own.
    pub const SNP_VMPL: Self = Self::new("privilege level (VMPL)");
}

impl Endorsement {
    /// The certificate of the key that signed the report.
    pub const SNP_VEK: Self = Self::new("VCEK or VLEK certificate");
    /// The certificate of its issuer.
    pub const SNP_ASK: Self = Self::new("ASK or ASVK certificate");
    /// The root's certificate.
    pub const SNP_ARK: Self = Self::new("ARK certificate");
    /// The root's revocation list.
    pub const SNP_CRL: Self = Self::new("revocation list of the ARK");
    /// All of these certificates.
    pub const SNP_CHAIN: Self = Self::new("SEV-SNP certificate chain");
}
