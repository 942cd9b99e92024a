//! Entries that let everybody's code in.

use aecs_proto::UnifiedAttestationAttributes;

use crate::platform::Platform;

/// Whether an entry pins neither the code of an attester, nor its signer, nor its key: then
/// everybody who has such a platform passes.
///
/// What the code in a machine says of itself pins nothing, since other code can say the same: the
/// run-time registers of a TDX trust domain ([`hex_rtmr0`] and following, of which AECS 2.0
/// composes the boot and application measurements of TDX) and the registers of a virtual TPM. They
/// count for something only together with what measured first: MRTD, or the launch measurement.
/// The registers of an AWS Nitro enclave are set by the hypervisor, and pin.
///
/// ```
/// use aecs_attest::is_open;
/// use aecs_proto::UnifiedAttestationAttributes;
///
/// let mut entry = UnifiedAttestationAttributes {
///     hex_rtmr3: "AB".repeat(48),
///     ..Default::default()
/// };
/// assert!(is_open(&entry));
/// entry.hex_mrtd = "CD".repeat(48);
/// assert!(!is_open(&entry));
/// ```
///
/// [`hex_rtmr0`]: UnifiedAttestationAttributes::hex_rtmr0
#[must_use]
pub fn is_open(entry: &UnifiedAttestationAttributes) -> bool {
    let platform = entry.str_tee_platform.as_str();
    let composed = [Platform::Tdx, Platform::AzureTdx].iter().any(|tdx| tdx.as_str() == platform);
    let pins = [
        (&entry.hex_signer, true),
        (&entry.hex_author_key, true),
        (&entry.hex_hash_or_pem_pubkey, true),
        (&entry.hex_mrtd, true),
        (&entry.hex_platform_measurement, true),
        (&entry.hex_boot_measurement, !composed),
        (&entry.hex_ta_measurement, !composed),
        (&entry.str_pcrs, platform == Platform::AwsNitro.as_str()),
    ];
    !pins.iter().any(|(value, pins)| *pins && !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Field = fn(&mut UnifiedAttestationAttributes) -> &mut String;

    fn open(platform: &str, field: Field) -> bool {
        let mut entry = UnifiedAttestationAttributes {
            str_tee_platform: platform.into(),
            ..Default::default()
        };
        *field(&mut entry) = "00".into();
        is_open(&entry)
    }

    #[test]
    fn code_signer_and_key_pin() {
        let pins: [Field; 7] = [
            |entry| &mut entry.hex_ta_measurement,
            |entry| &mut entry.hex_boot_measurement,
            |entry| &mut entry.hex_platform_measurement,
            |entry| &mut entry.hex_signer,
            |entry| &mut entry.hex_author_key,
            |entry| &mut entry.hex_hash_or_pem_pubkey,
            |entry| &mut entry.hex_mrtd,
        ];
        for pin in pins {
            assert!(!open("", pin));
        }
        let rest: [Field; 5] = [
            |entry| &mut entry.hex_prod_id,
            |entry| &mut entry.hex_chip_id,
            |entry| &mut entry.hex_host_data,
            |entry| &mut entry.hex_mrseam,
            |entry| &mut entry.str_product,
        ];
        for field in rest {
            assert!(open("", field));
        }
    }

    #[test]
    fn what_code_says_of_itself_does_not_pin_it() {
        assert!(open("TDX", |entry| &mut entry.hex_rtmr0));
        assert!(open("TDX", |entry| &mut entry.hex_ta_measurement));
        assert!(open("AZURE_TDX_VTPM", |entry| &mut entry.hex_boot_measurement));
        assert!(open("AZURE_SNP_VTPM", |entry| &mut entry.str_pcrs));
        assert!(!open("AWS_NITRO", |entry| &mut entry.str_pcrs));
        assert!(!open("TDX", |entry| &mut entry.hex_mrtd));
    }
}
