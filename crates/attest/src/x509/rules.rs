//! What each vendor's certificates have to be: one row a vendor.

use x509_parser::oid_registry as ids;

use super::signature::{Algorithm, KeyKind};
use crate::error::Check;

/// A vendor's row.
pub(crate) struct Rules {
    /// The check that fails for a certificate that is not the vendor's.
    pub(crate) check: Check,
    /// How the vendor signs certificates and revocation lists.
    pub(crate) algorithms: &'static [Algorithm],
    /// What the key of a signer is of.
    pub(crate) signer_key: KeyKind,
    /// The most certificates of a chain, the root's among them.
    pub(crate) max_len: usize,
    /// Whether evidence brings the root's certificate. Otherwise it may: that proves nothing.
    pub(crate) brings_root: bool,
    /// Whether all certificates say what their key is for, and signers' that they are no
    /// authority's. Otherwise they are held to it if they do.
    pub(crate) demands_usage: bool,
    /// Whether an extension with this identifier (DER) is read here, so that it may be critical.
    pub(crate) reads: fn(&[u8], Place) -> bool,
}

/// What a certificate is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Signer,
    Authority,
}

/// Intel, "SGX PCK Certificate and CRL Profile Specification". `webpki` knows which extensions it
/// reads.
pub(crate) const INTEL: Rules = Rules {
    check: Check::CERTIFICATE_CHAIN,
    algorithms: &[Algorithm::EcdsaSha256],
    signer_key: KeyKind::P256,
    max_len: 3,
    brings_root: true,
    demands_usage: true,
    reads: |_, _| true,
};

/// AMD, publication 57230: the extensions of VCEKs and VLEKs are below 1.3.6.1.4.1.3704.1.
pub(crate) const AMD: Rules = Rules {
    check: Check::CERTIFICATE_CHAIN,
    algorithms: &[Algorithm::PssSha384],
    signer_key: KeyKind::P384,
    max_len: 3,
    brings_root: false,
    demands_usage: false,
    reads: |id, place| match place {
        Place::Signer => id.starts_with(AMD_ARC),
        Place::Authority => purpose(id),
    },
};

/// 1.3.6.1.4.1.3704.1, in DER.
pub(crate) const AMD_ARC: &[u8] = &[0x2B, 0x06, 0x01, 0x04, 0x01, 0x9C, 0x78, 0x01];

/// AWS, "Nitro Enclaves Attestation Process", section 3.2.
pub(crate) const AWS_NITRO: Rules = Rules {
    check: Check::CERTIFICATE_CHAIN,
    algorithms: &[Algorithm::EcdsaSha384],
    signer_key: KeyKind::P384,
    max_len: usize::MAX,
    brings_root: true,
    demands_usage: true,
    reads: |id, _| purpose(id),
};

/// NVIDIA, `nvtrust`: the firmware of a GPU is in its own certificate, below the TCG's arc for DICE
/// ("DICE Attestation Architecture", section 6.1), 2.23.133.5.4. There are five certificates.
pub(crate) const NVIDIA: Rules = Rules {
    max_len: 8,
    reads: |id, place| {
        purpose(id) || (place == Place::Signer && id.starts_with(&[0x67, 0x81, 0x05, 0x05, 0x04]))
    },
    ..AWS_NITRO
};

/// The signers of NVIDIA's reference values (RIM).
pub(crate) const NVIDIA_RIM: Rules =
    Rules { check: Check::NVIDIA_RIM_CHAIN, reads: |id, _| purpose(id), ..NVIDIA };

/// The responders of NVIDIA, which sign the statuses of certificates (RFC 6960, section 4.2.2.2). An
/// answer says by itself how long it holds, so nobody is asked about the responder.
pub(crate) const NVIDIA_STATUS: Rules = Rules {
    check: Check::REVOCATION,
    reads: |id, _| purpose(id) || extended_purpose(id) || id == OCSP_NOCHECK,
    ..NVIDIA
};

/// 1.3.6.1.5.5.7.48.1.5, in DER.
const OCSP_NOCHECK: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05];

/// CFCA for HyperEnclave: the registers of the TPM are in the extension 1.2.86.1.
pub(crate) const HYPER_ENCLAVE: Rules = Rules {
    check: Check::HYPER_ENCLAVE_CERTIFICATE,
    algorithms: &[Algorithm::Sm2Sm3],
    signer_key: KeyKind::Sm2,
    max_len: 2,
    brings_root: false,
    demands_usage: false,
    reads: |id, _| purpose(id) || extended_purpose(id) || id == [0x2A, 0x56, 0x01],
};

/// Huawei, and attestation key services, which may sign as they like.
pub(crate) const KUNPENG: Rules = Rules {
    check: Check::KUNPENG_CERTIFICATE,
    algorithms: Algorithm::ALL,
    signer_key: KeyKind::Rsa,
    reads: |id, _| purpose(id) || extended_purpose(id),
    ..HYPER_ENCLAVE
};

/// Intel's attestation service for EPID.
pub(crate) const EPID: Rules =
    Rules { check: Check::EPID_CHAIN, algorithms: &[Algorithm::RsaSha256], max_len: 3, ..KUNPENG };

/// Basic constraints and key usage, which every path is held to.
fn purpose(id: &[u8]) -> bool {
    [ids::OID_X509_EXT_BASIC_CONSTRAINTS, ids::OID_X509_EXT_KEY_USAGE]
        .iter()
        .any(|known| known.as_bytes() == id)
}

/// Extended key usage: none of its purposes is evidence.
fn extended_purpose(id: &[u8]) -> bool {
    ids::OID_X509_EXT_EXTENDED_KEY_USAGE.as_bytes() == id
}
