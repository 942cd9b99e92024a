//! The owner of a secret of a trusted application.

use aecs_attest::{OwnBinding, own_attributes, unpinned};
use aecs_crypto::Transcript;
use aecs_proto::{EnclaveSecretSpec, TaBinding, UnifiedAttestationAttributes, json};

use crate::error::Cause;
use crate::keys::Owner;

/// What an application declares of its own launch measurement; empty for nothing. Only the
/// application itself can be harmed by a wrong declaration.
pub(super) fn declared(asked: &EnclaveSecretSpec) -> &str {
    let rules = asked.policy.as_ref().and_then(|policy| policy.policy.as_ref());
    let mut entries = rules.into_iter().flat_map(|rules| &rules.main_attributes);
    entries
        .find(|entry| !entry.str_measured.is_empty())
        .map_or("", |entry| entry.str_measured.as_str())
}

/// The policy that only an application with these attributes satisfies, and the owner's hash of it.
///
/// A debug enclave is another owner than the same code in production: it may have told the host
/// the secrets that it made. It gets its own for as long as the settings accept debug enclaves.
pub(super) fn policy_and_owner(
    application: &UnifiedAttestationAttributes,
    binding: TaBinding,
) -> (UnifiedAttestationAttributes, Owner) {
    let mut policy = match binding {
        TaBinding::Measurement => own_attributes(application, OwnBinding::Code),
        TaBinding::Signer => own_attributes(application, OwnBinding::Product),
    };
    let debug = application.bool_debug_disabled == "false";
    if debug {
        policy.bool_debug_disabled = "false".to_owned();
    }
    let owner = Transcript::new("AECS-2.1 TA secret owner")
        .field(json::to_string(&policy).as_bytes())
        .sha256();
    // These count for who gets in, not for whose it is: an upgrade keeps its secrets.
    policy.bool_debug_disabled = if debug { String::new() } else { "true".to_owned() };
    policy.str_min_isvsvn.clone_from(&application.str_min_isvsvn);
    (policy, Owner(owner))
}

/// Refuses a policy that others satisfy, too: those with a platform of the kind.
pub(super) fn check(policy: &UnifiedAttestationAttributes) -> Result<(), Cause> {
    match unpinned(policy) {
        None => Ok(()),
        Some(why) => Err(Cause::NothingToBind { remedy: why.remedy(), why }),
    }
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
                attributes.str_pcrs = format!("11={own},4={own}");
            }
            "AZURE_TDX_VTPM" => {
                attributes.hex_mrtd.clone_from(&common);
                attributes.hex_platform_measurement.clone_from(&common);
                attributes.hex_boot_measurement.clone_from(&common);
                attributes.hex_ta_measurement = common;
                attributes.str_pcrs = format!("4={own},9={own}");
            }
            "TDX" => {
                attributes.hex_mrtd = common;
                attributes.hex_rtmr1.clone_from(&own);
                attributes.hex_rtmr2.clone_from(&own);
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

    fn bound(application: &UnifiedAttestationAttributes, measured: &str) -> [bool; 2] {
        BINDINGS.map(|binding| {
            let mut policy = policy_and_owner(application, binding).0;
            policy.str_measured = measured.into();
            check(&policy).is_ok()
        })
    }

    #[test]
    fn a_secret_is_never_bound_to_what_others_have_too() {
        for (platform, undeclared, declared) in [
            ("AZURE_SNP_VTPM", [true, false], [true, false]),
            ("AZURE_TDX_VTPM", [true, false], [true, false]),
            ("TDX", [true, false], [true, false]),
            ("CSV", [false, false], [true, false]),
            ("SEV_SNP", [false, false], [true, true]),
            ("SGX_DCAP", [true, true], [true, true]),
            ("AWS_NITRO", [true, true], [true, true]),
        ] {
            assert_eq!(bound(&attributes(platform), ""), undeclared, "{platform}");
            assert_eq!(bound(&attributes(platform), "direct-boot"), declared, "{platform}");
        }
        let mut unsigned = attributes("SEV_SNP");
        unsigned.hex_signer = String::new();
        assert_eq!(bound(&unsigned, "direct-boot"), [true, false]);
        let mut unmeasured = attributes("AZURE_SNP_VTPM");
        unmeasured.str_pcrs = String::new();
        assert_eq!(bound(&unmeasured, "direct-boot"), [false, false]);
    }

    #[test]
    fn other_registers_are_another_owner_where_they_are_all_that_is_ones_own() {
        let same_owner = |platform| {
            let (one, mut other) = (attributes(platform), attributes(platform));
            other.str_pcrs = format!("4={}", "00".repeat(48));
            let [one, other] =
                [one, other].map(|own| policy_and_owner(&own, TaBinding::Measurement).1);
            one.0 == other.0
        };
        assert!(!same_owner("AZURE_SNP_VTPM") && !same_owner("AZURE_TDX_VTPM"));
        // There they also say where an enclave runs.
        assert!(same_owner("AWS_NITRO"));
    }
}
