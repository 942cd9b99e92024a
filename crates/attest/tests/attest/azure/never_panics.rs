//! Damage of every kind is an error, never a panic.

use std::sync::LazyLock;
use std::time::SystemTime;

use aecs_attest::Verifier;
use aecs_proto::AzureVtpmReport;
use proptest::prelude::*;

use crate::azure::support::{REPORT_DATA, appraise, change, machine, verifier};

static VERIFIER: LazyLock<Verifier> = LazyLock::new(verifier);
static GENUINE: LazyLock<AzureVtpmReport> =
    LazyLock::new(|| machine().evidence(&REPORT_DATA).unwrap());

/// Reserved bytes of the HCL report's header, which mean nothing and are protected by nothing.
const RESERVED: std::ops::Range<usize> = 20..32;

/// Which of the three parts.
fn part(report: &mut AzureVtpmReport, number: usize) -> &mut String {
    match number {
        0 => &mut report.b64_hcl_report,
        1 => &mut report.b64_tpm_message,
        _ => &mut report.b64_tpm_signature,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_changed_byte_is_refused(
        number in 0_usize..3,
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let mut report = GENUINE.clone();
        let (mut position, mut version) = (0, 0);
        change(part(&mut report, number), |bytes| {
            position = at.index(bytes.len());
            bytes[position] ^= flip;
            version = bytes[4];
        });
        // Versions 1 and 2 of the HCL report have the same form.
        let meaningless = number == 0 && (RESERVED.contains(&position) || position == 4 && version == 1);
        let result = appraise(&VERIFIER, &report, SystemTime::now());
        prop_assert_eq!(result.is_ok(), meaningless, "byte {}", position);
    }

    #[test]
    fn anything_is_refused(number in 0_usize..3, bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let mut report = GENUINE.clone();
        change(part(&mut report, number), |part| *part = bytes);
        prop_assert!(appraise(&VERIFIER, &report, SystemTime::now()).is_err());
    }

    #[test]
    fn claims_of_any_size_are_refused(size in any::<u32>(), data_size in any::<u32>()) {
        let mut report = GENUINE.clone();
        change(&mut report.b64_hcl_report, |bytes| {
            bytes[1216..1220].copy_from_slice(&data_size.to_le_bytes());
            bytes[1232..1236].copy_from_slice(&size.to_le_bytes());
        });
        prop_assert!(appraise(&VERIFIER, &report, SystemTime::now()).is_err());
    }
}
