//! Entries that let everybody's code in.

use aecs_proto::UnifiedAttestationAttributes;

use crate::platform::Platform;

/// Whether an entry pins neither the code of an attester, nor its signer, nor its key: then
/// everybody who has such a platform passes.
///
/// What pins depends on the platform that the entry names:
///
/// - What the code in a machine says of itself pins nothing, since other code can say the same: the
///   run-time registers of a TDX trust domain ([`hex_rtmr0`] and following, of which AECS 2.0
///   composes the boot and application measurements of TDX). They count for something only
///   together with what measured first, MRTD.
/// - What is launched on Azure, and who signed it, is Microsoft's and the same for all its
///   customers; a customer's own code is in the registers of the virtual TPM, which stand for
///   something only together with the launch measurement of who keeps them.
/// - The registers of an AWS Nitro enclave are set by the hypervisor, and pin.
/// - The measurement of a platform is not that of what runs on it; except on TDX, where AECS 2.0
///   has MRTD in it.
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
    let has = |value: &String| !value.is_empty();
    let signer = has(&entry.hex_signer) || has(&entry.hex_author_key);
    let launched = has(&entry.hex_boot_measurement) || has(&entry.hex_ta_measurement);
    let platform = has(&entry.hex_platform_measurement);
    let trust_domain = has(&entry.hex_mrtd) || platform;
    let registers = has(&entry.str_pcrs);
    let code = match entry.str_tee_platform.parse() {
        Ok(Platform::Tdx) => trust_domain || signer,
        Ok(Platform::AzureTdx) => (trust_domain || signer) && registers,
        Ok(Platform::AzureSnp) => (launched || signer) && registers,
        Ok(Platform::AwsNitro) => launched || signer || registers,
        // Of a device there is nothing but the platform.
        Ok(Platform::NvidiaGpu) => launched || platform,
        Ok(
            Platform::SgxEpid
            | Platform::SgxDcap
            | Platform::HyperEnclave
            | Platform::Csv
            | Platform::Kunpeng
            | Platform::SevSnp
            | Platform::ArmCca,
        ) => launched || signer,
        // Of any platform: what would pin on the one that the value is from.
        Err(_) => launched || signer || trust_domain,
    };
    !(code || has(&entry.hex_hash_or_pem_pubkey))
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
        assert!(!open("AWS_NITRO", |entry| &mut entry.str_pcrs));
        assert!(!open("TDX", |entry| &mut entry.hex_mrtd));
        assert!(!open("TDX", |entry| &mut entry.hex_platform_measurement));
    }

    #[test]
    fn a_customer_of_azure_is_not_pinned_by_what_all_customers_have() {
        let launch: [(&str, Field); 7] = [
            ("AZURE_SNP_VTPM", |entry| &mut entry.hex_boot_measurement),
            ("AZURE_SNP_VTPM", |entry| &mut entry.hex_ta_measurement),
            ("AZURE_SNP_VTPM", |entry| &mut entry.hex_signer),
            ("AZURE_SNP_VTPM", |entry| &mut entry.hex_author_key),
            ("AZURE_TDX_VTPM", |entry| &mut entry.hex_mrtd),
            ("AZURE_TDX_VTPM", |entry| &mut entry.hex_platform_measurement),
            ("AZURE_TDX_VTPM", |entry| &mut entry.hex_signer),
        ];
        for (platform, field) in launch {
            assert!(open(platform, field));
            assert!(open(platform, |entry| &mut entry.str_pcrs), "others can keep such registers");
            let mut entry = UnifiedAttestationAttributes {
                str_tee_platform: platform.into(),
                str_pcrs: "4=00".into(),
                ..Default::default()
            };
            *field(&mut entry) = "00".into();
            assert!(!is_open(&entry), "{platform}");
        }
        assert!(open("AZURE_TDX_VTPM", |entry| &mut entry.hex_boot_measurement));
        assert!(!open("AZURE_SNP_VTPM", |entry| &mut entry.hex_hash_or_pem_pubkey));
    }

    #[test]
    fn a_platform_is_not_what_runs_on_it() {
        for platform in ["HyperEnclave", "Kunpeng", "ARM_CCA", "SGX_DCAP"] {
            assert!(open(platform, |entry| &mut entry.hex_platform_measurement), "{platform}");
            assert!(!open(platform, |entry| &mut entry.hex_ta_measurement), "{platform}");
        }
        assert!(!open("NVIDIA_GPU", |entry| &mut entry.hex_platform_measurement));
    }
}
