//! What clients of protocol 2.0 are shown: messages without the fields that they refuse.

use aecs_proto::{EnclaveSecretSpec, UnifiedAttestationAttributes};

/// The attributes that AECS 2.0 knows. Every field is named: a new one does not compile before
/// somebody has decided.
pub(crate) fn without_extensions(
    attributes: &UnifiedAttestationAttributes,
) -> UnifiedAttestationAttributes {
    let known = attributes.clone();
    UnifiedAttestationAttributes {
        str_tee_platform: known.str_tee_platform,
        hex_platform_hw_version: known.hex_platform_hw_version,
        hex_platform_sw_version: known.hex_platform_sw_version,
        hex_secure_flags: known.hex_secure_flags,
        hex_platform_measurement: known.hex_platform_measurement,
        hex_boot_measurement: known.hex_boot_measurement,
        str_tee_name: known.str_tee_name,
        str_tee_identity: known.str_tee_identity,
        hex_ta_measurement: known.hex_ta_measurement,
        hex_ta_dyn_measurement: known.hex_ta_dyn_measurement,
        hex_signer: known.hex_signer,
        hex_prod_id: known.hex_prod_id,
        str_min_isvsvn: known.str_min_isvsvn,
        bool_debug_disabled: known.bool_debug_disabled,
        hex_user_data: known.hex_user_data,
        hex_hash_or_pem_pubkey: known.hex_hash_or_pem_pubkey,
        hex_nonce: known.hex_nonce,
        hex_spid: known.hex_spid,
        str_verified_time: known.str_verified_time,
        str_tcb_status: String::new(),
        str_advisory_ids: String::new(),
        str_tcb_date: String::new(),
        hex_mrtd: String::new(),
        hex_mrseam: String::new(),
        hex_mrsignerseam: String::new(),
        hex_mrconfigid: String::new(),
        hex_mrowner: String::new(),
        hex_mrownerconfig: String::new(),
        hex_rtmr0: String::new(),
        hex_rtmr1: String::new(),
        hex_rtmr2: String::new(),
        hex_rtmr3: String::new(),
        hex_mrservicetd: String::new(),
        hex_host_data: String::new(),
        hex_family_id: String::new(),
        hex_image_id: String::new(),
        hex_chip_id: String::new(),
        hex_author_key: String::new(),
        str_vmpl: String::new(),
        bool_migration_disabled: String::new(),
        str_min_tcb: String::new(),
        str_pcrs: String::new(),
        str_versions: String::new(),
        str_product: String::new(),
        bool_event_log_verified: String::new(),
        bool_page_faults_disabled: String::new(),
        str_tcb_evaluation_number: String::new(),
        str_measured: String::new(),
    }
}

/// The specification of a secret as AECS 2.0 knows it. Its readers refuse a whole list for one
/// unknown field; the policy that decides is the stored one, not this view.
pub(crate) fn spec_without_extensions(mut spec: EnclaveSecretSpec) -> EnclaveSecretSpec {
    if let Some(policy) = spec.policy.as_mut().and_then(|policy| policy.policy.as_mut()) {
        let nested = policy
            .nested_policies
            .iter_mut()
            .flat_map(|nested| nested.policies.iter_mut())
            .flat_map(|policy| policy.sub_attributes.iter_mut());
        for attributes in policy.main_attributes.iter_mut().chain(nested) {
            *attributes = without_extensions(attributes);
        }
    }
    spec
}
