//! Binary forms, told by their first bytes and their lengths.

use aecs_attest::Platform;

/// Bytes of an SEV-SNP report (AMD, "SEV-SNP Firmware ABI Specification", ATTESTATION_REPORT).
pub(super) const SNP_REPORT: usize = 1184;
/// Bytes of a CSV report as its guest device gives it: a page, or the report alone.
const CSV_REPORTS: [usize; 2] = [4096, 2548];

/// What is not evidence but looks like a part of it.
pub(super) struct Hint {
    pub(super) what: &'static str,
    pub(super) help: &'static str,
}

/// The platform of evidence in binary form, and what the form is called.
pub(super) fn recognise(bytes: &[u8]) -> Option<(Platform, String)> {
    snp(bytes).or_else(|| quote(bytes)).or_else(|| cbor(bytes)).or_else(|| gpu(bytes)).or_else(
        || {
            let csv = CSV_REPORTS.contains(&bytes.len());
            csv.then(|| (Platform::Csv, "Hygon CSV report".to_owned()))
        },
    )
}

pub(super) fn is_snp(bytes: &[u8]) -> bool {
    snp(bytes).is_some()
}

/// Whether bytes among others tell what they are: the length alone does not.
pub(super) fn is_clear(bytes: &[u8]) -> bool {
    /// No evidence is shorter.
    const SHORTEST: usize = 400;
    bytes.len() >= SHORTEST
        && (snp(bytes).is_some() && bytes.len() >= SNP_REPORT
            || quote(bytes).is_some()
            || cbor(bytes).is_some()
            || gpu(bytes).is_some())
}

/// Reports are known by their length, and others, which have something behind them or lack it or
/// are of a version to come, by what is the same in all: bit 17 of the policy and the algorithm.
fn snp(bytes: &[u8]) -> Option<(Platform, String)> {
    const VERSIONS: std::ops::RangeInclusive<u32> = 2..=0xFF;
    const ALGORITHM: usize = 0x34;
    let version = u32::from_le_bytes(*bytes.first_chunk()?);
    let plain = (2..=5).contains(&version) && bytes.len() == SNP_REPORT;
    let policy = bytes.get(8..).and_then(|rest| rest.first_chunk()).copied();
    let policy_holds = policy.is_some_and(|policy| u64::from_le_bytes(policy) >> 17 & 1 == 1);
    let ecdsa = bytes.get(ALGORITHM..).is_some_and(|rest| rest.starts_with(&[1, 0, 0, 0]));
    (plain || VERSIONS.contains(&version) && policy_holds && ecdsa)
        .then(|| (Platform::SevSnp, format!("SEV-SNP report, version {version}")))
}

/// Quotes begin with their version and the kind of their attestation key (Intel, "SGX ECDSA Quote
/// Library Reference", appendix A), from version 4 on followed by the kind of TEE.
fn quote(bytes: &[u8]) -> Option<(Platform, String)> {
    const ECDSA: [u16; 2] = [2, 3];
    const TDX: u32 = 0x81;
    let [a, b, c, d, tee @ ..] = *bytes.first_chunk::<8>()?;
    let (version, key) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    let tdx = u32::from_le_bytes(tee) == TDX;
    match version {
        3 if ECDSA.contains(&key) => Some((Platform::SgxDcap, "SGX quote, version 3".to_owned())),
        4 | 5 if ECDSA.contains(&key) => {
            let (platform, name) =
                if tdx { (Platform::Tdx, "TDX") } else { (Platform::SgxDcap, "SGX") };
            Some((platform, format!("{name} quote, version {version}")))
        }
        // An EPID quote is its 432 bytes and a signature.
        2 if key <= 1 && bytes.len() > 436 => {
            Some((Platform::SgxEpid, "SGX quote, version 2 (EPID)".to_owned()))
        }
        _ => None,
    }
}

/// CBOR by its tags: a collection of tokens, or one signed message.
fn cbor(bytes: &[u8]) -> Option<(Platform, String)> {
    let cca = || Some((Platform::ArmCca, "Arm CCA token".to_owned()));
    match bytes {
        [0xD9, 0x01, 0x8F, ..] | [0xD9, 0x03, 0x8B, ..] => cca(),
        [0xD2, 0x84, ..] | [0x84, ..] if contains(bytes, b"module_id") => {
            Some((Platform::AwsNitro, "AWS Nitro document".to_owned()))
        }
        _ => None,
    }
}

/// A request for all measurements (DMTF DSP0274, GET_MEASUREMENTS of version 1.1), and behind it
/// the response.
fn gpu(bytes: &[u8]) -> Option<(Platform, String)> {
    matches!(bytes, [0x11, 0xE0, ..])
        .then(|| (Platform::NvidiaGpu, "NVIDIA device report".to_owned()))
}

/// Parts of evidence, and endorsements, that were taken for evidence.
pub(super) fn not_evidence(bytes: &[u8]) -> Option<Hint> {
    let hint = |what, help| Some(Hint { what, help });
    match bytes {
        [] => hint("the file is empty", "give a file with evidence"),
        [b'-', b'-', b'-', b'-', b'-', b'B', b'E', b'G', b'I', b'N', ..] => hint(
            "this is PEM: a certificate or a key, not evidence",
            "certificates are given with --vek, --ask, --chain or --root, keys with --key",
        ),
        [0x30, 0x82, ..] => hint(
            "this is DER: a certificate or a revocation list, not evidence",
            "certificates are given with --vek, --ask or --root, revocation lists with --crl",
        ),
        [b'H', b'C', b'L', b'A', ..] => hint(
            "this is the report of Azure's host compatibility layer alone",
            "evidence of such a machine is JSON with this report and a quote of its TPM",
        ),
        [0xFF, b'T', b'C', b'G', ..] => hint(
            "this is the quote of a TPM alone",
            "evidence of a machine on Azure is JSON with this quote and the report it belongs to",
        ),
        _ => None,
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(start: &[u8], len: usize) -> Vec<u8> {
        let mut bytes = start.to_vec();
        bytes.resize(len, 0);
        bytes
    }

    #[test]
    fn forms_are_told_by_their_first_bytes() {
        let of = |start: &[u8], len| recognise(&sized(start, len)).map(|(platform, _)| platform);
        assert_eq!(of(&[3, 0, 2, 0], 4600), Some(Platform::SgxDcap));
        assert_eq!(of(&[3, 0, 0, 0], 1184), Some(Platform::SevSnp));
        assert_eq!(of(&[4, 0, 2, 0, 0x81], 5006), Some(Platform::Tdx));
        assert_eq!(of(&[4, 0, 2, 0, 0], 5006), Some(Platform::SgxDcap));
        assert_eq!(of(&[2, 0, 1, 0], 1116), Some(Platform::SgxEpid));
        assert_eq!(of(&[0xD9, 0x01, 0x8F], 10), Some(Platform::ArmCca));
        assert_eq!(of(b"\xD2\x84module_id", 20), Some(Platform::AwsNitro));
        assert_eq!(of(&[0x11, 0xE0], 40), Some(Platform::NvidiaGpu));
        assert_eq!(of(&[9], 4096), Some(Platform::Csv));
        let mut report = vec![2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3];
        report.resize(0x34, 0);
        report.push(1);
        for (version, len) in [(2, 1204), (3, 1000), (6, 1184), (9, 5000)] {
            report[0] = version;
            assert_eq!(of(&report, len), Some(Platform::SevSnp), "{version} {len}");
        }
        for (start, len) in [(&[6, 0, 2, 0][..], 5000), (&[3, 0, 0, 0], 1185), (&[0x84], 20)] {
            assert_eq!(of(start, len), None, "{start:?}");
        }
    }

    #[test]
    fn every_short_input_is_unknown_or_a_hint() {
        for len in 0..8 {
            for byte in [0, 2, 3, 4, 0x11, 0x30, 0x84, 0xD2, 0xD9, 0xFF, b'-', b'H'] {
                let _ = recognise(&vec![byte; len]);
                let _ = not_evidence(&vec![byte; len]);
            }
        }
        assert!(not_evidence(b"").is_some());
        assert!(not_evidence(b"-----BEGIN CERTIFICATE-----").is_some());
    }
}
