//! Evidence of real hardware, where there is some.

use std::path::Path;

use aecs_sim::vectors;

use super::super::{Ran, run_in};

/// Copies of the vectors in a folder, so that command lines can name them.
fn with(names: &[&str]) -> Option<tempfile::TempDir> {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let flat = Path::new(name).file_name().unwrap();
        std::fs::write(folder.path().join(flat), vectors::read(name)?).unwrap();
    }
    Some(folder)
}

fn verify(folder: &tempfile::TempDir, line: &str) -> Ran {
    run_in(folder.path(), &format!("aecs-attest verify {line} --output json"))
}

#[track_caller]
fn genuine(names: &[&str], line: &str, platform: &str, status: &str) {
    let Some(folder) = with(names) else { return };
    let ran = verify(&folder, line);
    assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
    let result = &ran.json()[0];
    assert_eq!(result["platform"], platform);
    assert_eq!(result["backing"], "hardware");
    assert_eq!(result["tcbStatus"], status, "{line}");
    assert!(!result["checks"].as_array().unwrap().is_empty());
}

const JUNE: &str = "--time 2025-06-20T00:00:00Z";

#[test]
fn intel_quotes_are_genuine_with_their_collateral() {
    let line = format!("{{DIR}}/quote.bin --collateral {{DIR}}/collateral.json {JUNE}");
    genuine(
        &["sgx/quote.bin", "sgx/collateral.json"],
        &line,
        "SGX_DCAP",
        "ConfigurationAndSWHardeningNeeded",
    );
    genuine(&["tdx/quote.bin", "tdx/collateral.json"], &line, "TDX", "UpToDate");
}

#[test]
fn h27_a_real_platform_below_all_levels_is_genuine_and_denied() {
    let names = ["tdx/quote-tcb-outdated.bin", "tdx/collateral-tcb-outdated.json"];
    let line = "{DIR}/quote-tcb-outdated.bin --collateral {DIR}/collateral-tcb-outdated.json \
                --time 2026-02-20T00:00:00Z";
    let Some(folder) = with(&names) else { return };
    let made = run_in(folder.path(), &format!("aecs-attest policy {line}"));
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stdout.contains("# NO POLICY ADMITS this platform"), "{}", made.stdout);
    assert!(!made.stdout.contains("tcb_status"), "{}", made.stdout);

    let rule = |statuses: &str| {
        let rule = "enclaveMatchAnyRules:\n- platform: TDX\n  allow_any_enclave: true\n";
        let text = format!("{rule}  tcb_status: {statuses}\n");
        std::fs::write(folder.path().join("policy.yaml"), text).unwrap();
        verify(&folder, &format!("{line} --policy {{DIR}}/policy.yaml"))
    };
    let denied = rule("[UpToDate, OutOfDate]");
    assert_eq!(denied.code, 77, "{}", denied.stderr);
    assert_eq!(denied.json()[0]["tcbStatus"], "BelowAllLevels");
    let remedy = &denied.json()[0]["policies"][0]["remedies"][0];
    assert_eq!(remedy["attribute"], "str_tcb_status");
    assert!(remedy["attester"].as_str().unwrap().contains("no rule can accept"));
    assert!(remedy["ruleLine"].is_null() && remedy["ruleWithout"].is_null(), "{remedy}");
    let refused = rule("[BelowAllLevels]");
    assert_eq!(refused.code, 65);
    assert!(refused.stderr.contains("no rule can accept the TCB status BelowAllLevels"));
}

#[test]
fn a_policy_for_azure_asks_for_more_than_its_paravisor() {
    let Some(folder) = with(&["azure/snp-evidence-genoa.json"]) else { return };
    let line = "{DIR}/snp-evidence-genoa.json";
    let made = run_in(folder.path(), &format!("aecs-attest policy {line}"));
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stdout.contains("EVERYBODY'S MACHINES may satisfy this rule"), "{}", made.stdout);
    std::fs::write(folder.path().join("policy.yaml"), &made.stdout).unwrap();
    // The guest's security version has more than 16 bits.
    assert!(made.stdout.contains("minIsvSvn: \"65547\""), "{}", made.stdout);
    let ran = verify(&folder, &format!("{line} --policy {{DIR}}/policy.yaml"));
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    assert!(ran.stderr.contains("servers refuse the policy: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("this rule lets every enclave in"), "{}", ran.stderr);

    // Of the registers those that differ are shown: 11 has the value that the rule names.
    let (made, zeros) = (made.stdout, "00".repeat(32));
    let pinned = format!("{made}  pcrs: {{4: \"{zeros}\", 11: \"{zeros}\"}}\n");
    std::fs::write(folder.path().join("pinned.yaml"), pinned).unwrap();
    let ran = verify(&folder, &format!("{line} --policy {{DIR}}/pinned.yaml"));
    assert_eq!(ran.code, 77);
    let remedy = &ran.json()[0]["policies"][0]["remedies"][0];
    assert_eq!(remedy["attribute"], "str_pcrs");
    let actual = remedy["actual"].as_str().unwrap();
    assert!(actual.starts_with("4=") && !actual.contains(','), "{actual}");
}

#[test]
fn quotes_are_refused_outside_their_time_and_without_collateral() {
    let Some(folder) = with(&["tdx/quote.bin", "tdx/collateral.json", "sgx/occlum-quote.bin"])
    else {
        return;
    };
    for time in ["2020-01-01", "2030-01-01"] {
        let ran = verify(
            &folder,
            &format!(
                "{{DIR}}/quote.bin --collateral {{DIR}}/collateral.json --time {time}T00:00:00Z"
            ),
        );
        assert_eq!(ran.code, 77, "{time}: {}", ran.stderr);
    }
    let ran = verify(&folder, "{DIR}/occlum-quote.bin");
    assert_eq!(ran.code, 77);
    assert!(ran.json_error().1.starts_with("give it with --collateral DIR"), "{}", ran.stderr);
}

#[test]
fn amd_reports_are_genuine_with_their_certificates() {
    let line = format!("{{DIR}}/report.bin --vek {{DIR}}/vcek.der {JUNE}");
    genuine(&["snp/report.bin", "snp/vcek.der"], &line, "SEV_SNP", "OutOfDate");
    let line = format!("{{DIR}}/vlek-report.bin --vek {{DIR}}/vlek.der {JUNE}");
    genuine(&["snp/vlek-report.bin", "snp/vlek.der"], &line, "SEV_SNP", "OutOfDate");
    let Some(folder) = with(&["snp/report.bin", "snp/vcek-invalid-new.der"]) else { return };
    let ran =
        verify(&folder, &format!("{{DIR}}/report.bin --vek {{DIR}}/vcek-invalid-new.der {JUNE}"));
    assert_eq!(ran.code, 77, "{}", ran.stderr);
}

#[test]
fn evidence_of_clouds_and_devices_is_genuine() {
    for name in ["snp-evidence-v2.json", "snp-evidence-genoa.json"] {
        let line = format!("{{DIR}}/{name} {JUNE}");
        genuine(&[&format!("azure/{name}")], &line, "AZURE_SNP_VTPM", "Unrated");
    }
    let line = format!("{{DIR}}/hopper-report.txt --chain {{DIR}}/hopper-chain.txt {JUNE}");
    let names = ["nvidia/hopper-report.txt", "nvidia/hopper-chain.txt"];
    genuine(&names, &line, "NVIDIA_GPU", "UpToDate");
    let line = "{DIR}/token.cbor --root ARM_CCA={DIR}/cpak-pub.json";
    genuine(&["cca/token.cbor", "cca/cpak-pub.json"], line, "ARM_CCA", "UpToDate");
}

#[test]
fn evidence_that_lacks_a_part_says_which() {
    let Some(folder) = with(&["cca/token.cbor", "csv/evidence.json", "azure/tdx-evidence-v1.json"])
    else {
        return;
    };
    for (line, platform, help) in [
        ("{DIR}/token.cbor", "ARM_CCA", "--root ARM_CCA=FILE"),
        ("{DIR}/evidence.json", "CSV", "--hsk-cek"),
        ("{DIR}/tdx-evidence-v1.json", "AZURE_TDX_VTPM", "--collateral DIR"),
    ] {
        let ran = verify(&folder, line);
        assert_eq!(ran.code, 77, "{line}: {}", ran.stderr);
        assert_eq!(ran.json()[0]["platform"], platform);
        assert!(ran.stderr.contains(help), "{line}: {}", ran.stderr);
    }
}

#[test]
fn h26_firmware_of_a_cloud_admits_nobody() {
    let Some(folder) = with(&["tdx/quote.bin", "tdx/collateral.json"]) else { return };
    let line = "{DIR}/quote.bin --collateral {DIR}/collateral.json --time 2025-06-20T00:00:00Z";
    let made = run_in(folder.path(), &format!("aecs-attest policy {line}"));
    assert!(!made.stdout.contains("EVERYBODY"), "{}", made.stdout);
    let only = |keys: &[&str]| {
        let wanted = |line: &&str| {
            let key = line.trim_start_matches(['-', ' ']).split(':').next().unwrap_or_default();
            ["enclaveMatchAnyRules", "platform", "tcb_status"].contains(&key) || keys.contains(&key)
        };
        let mut text = made.stdout.lines().filter(wanted).collect::<Vec<_>>().join("\n") + "\n";
        if !text.contains("\n- ") {
            text = text.replacen("\n  ", "\n- ", 1);
        }
        std::fs::write(folder.path().join("rule.yaml"), &text).unwrap();
        verify(&folder, &format!("{line} --policy {{DIR}}/rule.yaml"))
    };
    let pinned = only(&["mrtd", "rtmr1", "rtmr2"]);
    assert_eq!(pinned.code, 0, "{}", pinned.stderr);
    for keys in [&["mrtd"][..], &["mrtd", "rtmr3"], &["rtmr1", "rtmr2"]] {
        let open = only(keys);
        assert_eq!(open.code, 77, "{keys:?}: {}", open.stderr);
        assert!(open.stderr.contains("servers refuse the policy: "), "{}", open.stderr);
    }

    let Some(folder) = with(&["snp/vlek-report.bin", "snp/vlek.der"]) else { return };
    let line = format!("{{DIR}}/vlek-report.bin --vek {{DIR}}/vlek.der {JUNE}");
    let made = run_in(folder.path(), &format!("aecs-attest policy {line}"));
    assert!(made.stdout.contains("is the firmware of AWS"), "{}", made.stdout);
    std::fs::write(folder.path().join("rule.yaml"), &made.stdout).unwrap();
    let open = verify(&folder, &format!("{line} --policy {{DIR}}/rule.yaml"));
    assert_eq!(open.code, 77, "{}", open.stderr);

    let Some(folder) = with(&["snp/report.bin", "snp/vcek.der"]) else { return };
    let line = format!("{{DIR}}/report.bin --vek {{DIR}}/vcek.der {JUNE}");
    let made = run_in(folder.path(), &format!("aecs-attest policy {line}"));
    std::fs::write(folder.path().join("rule.yaml"), &made.stdout).unwrap();
    assert_eq!(verify(&folder, &format!("{line} --policy {{DIR}}/rule.yaml")).code, 77);
    // The owner knows what is measured, and says so.
    let declared = made.stdout.replacen("  # measured:", "  measured:", 1);
    assert_ne!(declared, made.stdout);
    std::fs::write(folder.path().join("rule.yaml"), declared).unwrap();
    let ran = verify(&folder, &format!("{line} --policy {{DIR}}/rule.yaml"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}
