//! RSASSA-PSS in certificates: which parameters an algorithm identifier has (RFC 4055, section 3.1).

use x509_parser::oid_registry::Oid;
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509::AlgorithmIdentifier;

/// 1.2.840.113549.1.1.8, in DER.
const MGF1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x08];

/// Whether it is RSASSA-PSS with this hash, with MGF1 and the same hash, and a salt of this length.
pub(super) fn is_pss(algorithm: &AlgorithmIdentifier<'_>, hash: &Oid<'_>, salt_len: u32) -> bool {
    let Ok(SignatureAlgorithm::RSASSA_PSS(params)) = SignatureAlgorithm::try_from(algorithm) else {
        return false;
    };
    let same_mask = params
        .mask_gen_algorithm()
        .is_ok_and(|mask| mask.mgf.as_bytes() == MGF1 && mask.hash == *hash);
    params.hash_algorithm_oid() == hash
        && same_mask
        && params.salt_length() == salt_len
        && params.trailer_field() == 1
}
