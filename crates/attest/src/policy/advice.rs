//! What to do about an attribute that does not match, in words.

use crate::tcb::TcbStatus;

/// What would have to be different about the attester, whose attribute is `actual`.
pub(super) fn elsewhere(attribute: &str, actual: &str) -> &'static str {
    match attribute {
        "str_tcb_status" => status(actual),
        "str_tee_platform" | "str_product" => "run it on a platform that the rule names",
        "str_tcb_evaluation_number" => {
            "make a new report with collateral of a later TCB recovery (Intel's update=early)"
        }
        "str_advisory_ids"
        | "str_tcb_date"
        | "str_min_tcb"
        | "hex_platform_hw_version"
        | "hex_platform_sw_version" => {
            "update the platform's firmware, microcode and TEE software, then make a new report"
        }
        "hex_ta_measurement"
        | "hex_ta_dyn_measurement"
        | "hex_boot_measurement"
        | "hex_mrtd"
        | "hex_rtmr0"
        | "hex_rtmr1"
        | "hex_rtmr2"
        | "hex_rtmr3"
        | "str_pcrs" => "run the build that the rule names",
        "hex_platform_measurement" | "hex_mrseam" | "hex_mrsignerseam" => {
            "run it on a host with the platform software that the rule names"
        }
        "hex_signer" | "hex_author_key" => "run code of the signer that the rule names",
        "hex_prod_id" | "str_tee_name" | "str_tee_identity" => {
            "run the product that the rule names"
        }
        "str_min_isvsvn" => "run a later version of the code, with that security version",
        "str_versions" => "install the versions that the rule names",
        // A rule that wants the unsafe state is what has to change, not the attester.
        "bool_debug_disabled" | "bool_migration_disabled" | "bool_page_faults_disabled"
            if actual == "true" =>
        {
            ""
        }
        "bool_debug_disabled" => "start it without debugging",
        "bool_migration_disabled" => "start the machine with a policy that forbids migration",
        "bool_page_faults_disabled" => {
            "start the trust domain with SEPT_VE_DISABLE (QEMU: sept-ve-disable=on); a machine on \
             Azure goes without, and gives its HCL report and the quote of its TPM, too"
        }
        "str_measured" => {
            "run it where kernel and initial RAM disk are measured at launch: this launch measurement \
             is the firmware of a cloud, which all its customers have"
        }
        "str_vmpl" => "let software at the highest privilege level (VMPL 0) make the report",
        "bool_event_log_verified" => "let the report carry the event log (CCEL)",
        "hex_mrconfigid" | "hex_mrowner" | "hex_mrownerconfig" | "hex_host_data"
        | "hex_family_id" | "hex_image_id" | "hex_secure_flags" => {
            "start it with the configuration that the rule names"
        }
        "hex_chip_id" => "run it on a machine that the rule names",
        "hex_user_data" | "hex_nonce" | "hex_spid" => {
            "make a report with the data that the rule names"
        }
        "hex_hash_or_pem_pubkey" => "make a report for the key that the policy names",
        "hex_mrservicetd" => "start it with the service trust domains that the rule names",
        "nested_policies" => {
            "make a report with the results of as many nested attesters, signed by the key it binds, \
             and show that key with it"
        }
        _ => "",
    }
}

/// What a change of the entry would give up; nothing where it only widens whom to admit.
pub(super) fn risk(attribute: &str, actual: &str) -> &'static str {
    match attribute {
        "str_tcb_status" if actual == TcbStatus::Unverified.as_str() => {
            "nothing of such a report is signed: anybody can make it"
        }
        "str_tcb_status"
        | "str_advisory_ids"
        | "str_tcb_date"
        | "str_min_tcb"
        | "str_tcb_evaluation_number" => "known weaknesses of the platform are then accepted",
        "str_min_isvsvn" => "known weaknesses of older code are then accepted",
        "bool_debug_disabled" if actual != "true" => {
            "the host can then look into the enclave and read its secrets"
        }
        "bool_migration_disabled" if actual != "true" => {
            "the machine, with its secrets, can then be moved to another host"
        }
        "bool_page_faults_disabled" if actual != "true" => {
            "the host can then make exceptions in the machine at moments of its choice"
        }
        "str_vmpl" => "other software of the machine can then look into the attester",
        _ => "",
    }
}

fn status(actual: &str) -> &'static str {
    match actual.parse() {
        Ok(TcbStatus::SwHardeningNeeded) => {
            "no update of the platform helps: the code has to mitigate the advisories itself, and \
             the rule has to say that it does"
        }
        Ok(TcbStatus::ConfigurationNeeded) => {
            "change the platform's configuration (BIOS) as the advisories say, then make a new report"
        }
        Ok(TcbStatus::ConfigurationAndSwHardeningNeeded) => {
            "change the platform's configuration (BIOS) as the advisories say; the code has to \
             mitigate the rest itself, and the rule has to say that it does"
        }
        Ok(TcbStatus::TdRelaunchAdvised | TcbStatus::TdRelaunchAdvisedConfigurationNeeded) => {
            "start the trust domain again: the platform was updated after it was started"
        }
        Ok(TcbStatus::BelowAllLevels) => {
            "the platform is older than every level that its vendor lists, and no rule can accept \
             it: update its firmware (BIOS), microcode and TEE software; then make a new report"
        }
        Ok(TcbStatus::Unverified) => "make a signed report: on hardware, or on a software CPU",
        _ => {
            "update the platform: firmware (BIOS), microcode and TEE software; then make a new \
             report with new collateral"
        }
    }
}

/// What to do about the statuses of an SEV-SNP platform.
pub(super) fn snp_status(actual: &str) -> &'static str {
    let has = |status: TcbStatus| actual.split(',').any(|name| name == status.as_str());
    match (has(TcbStatus::OutOfDate), has(TcbStatus::Unrated)) {
        (true, true) => {
            "let the host commit the firmware that it runs and report that (SNP_COMMIT); and name a \
             minimum for every part, in the rule's minTcb or in attestation.snp_minimum_tcb, since \
             AMD signs no list of what is up to date"
        }
        (true, false) => {
            "let the host commit the firmware that it runs and report that (SNP_COMMIT), then make a \
             new report; or accept OutOfDate in the rule together with minTcb"
        }
        (false, _) => {
            "update the platform's firmware, or name a minimum for every part that it meets, in the \
             rule's minTcb or in attestation.snp_minimum_tcb: AMD signs no list of what is up to date"
        }
    }
}
