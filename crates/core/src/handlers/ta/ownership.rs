//! Whose a secret of a trusted application is.

use aecs_attest::is_open;
use aecs_crypto::Transcript;
use aecs_proto::{TaBinding, UnifiedAttestationAttributes};

use crate::error::{Error, ErrorCode};
use crate::keys::Owner;

/// The policy that only an application with these attributes satisfies, and the owner's hash of it.
pub(super) fn of(
    own: &UnifiedAttestationAttributes,
    binding: TaBinding,
) -> (UnifiedAttestationAttributes, Owner) {
    let own = own.clone();
    let mut policy = UnifiedAttestationAttributes {
        str_tee_platform: own.str_tee_platform,
        hex_signer: own.hex_signer,
        hex_prod_id: own.hex_prod_id,
        bool_debug_disabled: "true".to_owned(),
        ..UnifiedAttestationAttributes::default()
    };
    if binding == TaBinding::Measurement {
        policy.hex_ta_measurement = own.hex_ta_measurement;
        policy.hex_boot_measurement = own.hex_boot_measurement;
        policy.hex_platform_measurement = own.hex_platform_measurement;
        if is_open(&policy) {
            // What is launched is everybody's, as on Azure: the application is in the registers.
            policy.str_pcrs = own.str_pcrs;
        }
    }
    let owner = Transcript::new("AECS-2.1 TA secret owner")
        .field(policy.str_tee_platform.as_bytes())
        .field(policy.hex_signer.as_bytes())
        .field(policy.hex_prod_id.as_bytes())
        .field(policy.hex_ta_measurement.as_bytes())
        .field(policy.hex_boot_measurement.as_bytes())
        .field(policy.hex_platform_measurement.as_bytes())
        .field(policy.str_pcrs.as_bytes())
        .sha256();
    // The version counts for who gets in, not for whose it is: an upgrade keeps its secrets.
    policy.str_min_isvsvn = own.str_min_isvsvn;
    (policy, Owner(owner))
}

/// Refuses a policy that others satisfy, too: those with a platform of the kind.
pub(super) fn check(policy: &UnifiedAttestationAttributes) -> Result<(), Error> {
    if is_open(policy) {
        return Err(Error::invalid(
            ErrorCode::CreateBadData,
            "this platform attests no signer of the application's own: bind the secret to the \
             measurement; on Azure with the registers (PCRs) that the system is in",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BINDINGS: [TaBinding; 2] = [TaBinding::Measurement, TaBinding::Signer];

    /// What applications on a platform have in common, and what is an application's own.
    fn attributes(platform: &str) -> UnifiedAttestationAttributes {
        let (common, own) = ("AB".repeat(48), "CD".repeat(48));
        let mut attributes = UnifiedAttestationAttributes {
            str_tee_platform: platform.into(),
            str_min_isvsvn: "1".into(),
            bool_debug_disabled: "true".into(),
            ..UnifiedAttestationAttributes::default()
        };
        match platform {
            "AZURE_SNP_VTPM" => {
                attributes.hex_signer.clone_from(&common);
                attributes.hex_boot_measurement.clone_from(&common);
                attributes.hex_ta_measurement = common;
                attributes.str_pcrs = format!("4={own}");
            }
            "AZURE_TDX_VTPM" => {
                attributes.hex_platform_measurement.clone_from(&common);
                attributes.hex_boot_measurement.clone_from(&common);
                attributes.hex_ta_measurement = common;
                attributes.str_pcrs = format!("4={own}");
            }
            "TDX" => {
                attributes.hex_platform_measurement.clone_from(&own);
                attributes.hex_boot_measurement.clone_from(&own);
                attributes.hex_ta_measurement = own;
            }
            "CSV" => attributes.hex_boot_measurement = own,
            "AWS_NITRO" => {
                attributes.hex_signer.clone_from(&own);
                attributes.hex_ta_measurement.clone_from(&own);
                attributes.str_pcrs = format!("4={}", "EF".repeat(48));
            }
            _ => {
                attributes.hex_signer.clone_from(&own);
                attributes.hex_ta_measurement = own;
            }
        }
        attributes
    }

    #[test]
    fn a_secret_is_never_bound_to_what_others_have_too() {
        let bound =
            |platform| BINDINGS.map(|binding| check(&of(&attributes(platform), binding).0).is_ok());
        for platform in ["AZURE_SNP_VTPM", "AZURE_TDX_VTPM", "TDX", "CSV"] {
            assert_eq!(bound(platform), [true, false], "{platform}");
        }
        for platform in ["SGX_DCAP", "SEV_SNP", "AWS_NITRO"] {
            assert_eq!(bound(platform), [true, true], "{platform}");
        }
        let mut unsigned = attributes("SEV_SNP");
        unsigned.hex_signer = String::new();
        assert!(check(&of(&unsigned, TaBinding::Signer).0).is_err());
        let mut unmeasured = attributes("AZURE_SNP_VTPM");
        unmeasured.str_pcrs = String::new();
        assert!(check(&of(&unmeasured, TaBinding::Measurement).0).is_err());
    }

    #[test]
    fn other_registers_are_another_owner_where_they_are_all_that_is_ones_own() {
        let same_owner = |platform| {
            let (one, mut other) = (attributes(platform), attributes(platform));
            other.str_pcrs = format!("4={}", "00".repeat(48));
            let [one, other] = [one, other].map(|own| of(&own, TaBinding::Measurement).1);
            one.0 == other.0
        };
        assert!(!same_owner("AZURE_SNP_VTPM") && !same_owner("AZURE_TDX_VTPM"));
        // There they also say where an enclave runs.
        assert!(same_owner("AWS_NITRO"));
    }
}
