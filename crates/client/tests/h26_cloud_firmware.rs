//! Files and documentation follow the one table of what pins code.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use aecs_attest::{PINS, Pin};
use aecs_client::files::{placed::PolicyFile, rule, secret_policy::SecretPolicyFile};

fn refusal(rule: &str) -> Option<String> {
    let text = format!(
        "kind: SecretPolicy\nsecrets:\n- spec:\n    name: a\n    type: SECRET_TYPE_AES256_KEY\n    \
         service: s\n    policy:\n      enclaveMatchAnyRules:\n      - {rule}\n"
    );
    let file = SecretPolicyFile::parse("p.yaml", &text).unwrap();
    file.refuse_open_rules().err().map(|error| error.to_string())
}

#[test]
fn h26_files_with_the_firmware_of_a_cloud_are_refused() {
    let a = "AB".repeat(48);
    for (rule, reason) in [
        (format!("mrtd: {a}"), "it names no platform"),
        (format!("{{platform: TDX, mrtd: {a}}}"), "missing: `rtmr1` or `boot_measurement`, "),
        (format!("{{platform: TDX, mrtd: {a}, rtmr1: {a}}}"), "missing: `rtmr2` or `measurement`"),
        (format!("{{platform: TDX, rtmr1: {a}, rtmr2: {a}}}"), "missing: `mrtd` or "),
        (format!("{{platform: SEV_SNP, measurement: {a}}}"), "missing: `measured: direct-boot`"),
        (format!("{{platform: SEV_SNP, mrsigner: {a}}}"), "missing: `measured: direct-boot`"),
        (
            format!("{{platform: AZURE_SNP_VTPM, measurement: {a}, pcrs: {{4: {a}}}}}"),
            "`pcrs` 9 or",
        ),
    ] {
        let refused = refusal(&rule).unwrap_or_else(|| panic!("{rule} is taken"));
        assert!(refused.contains(reason), "{rule}: {refused}");
        assert!(refused.contains("or say `allow_any_enclave: true`"), "{refused}");
    }
    for rule in [
        format!("{{platform: TDX, mrtd: {a}, rtmr1: {a}, rtmr2: {a}}}"),
        format!("{{platform: SEV_SNP, measurement: {a}, measured: direct-boot}}"),
        format!("{{platform: AZURE_SNP_VTPM, measurement: {a}, pcrs: {{4: {a}, 11: {a}}}}}"),
    ] {
        assert_eq!(refusal(&rule), None, "{rule}");
    }
}

#[test]
fn h26_a_declaration_is_one_word() {
    let text = "enclaveMatchAnyRules:\n- measured: firmware\n";
    let error = PolicyFile::parse("p.yaml", text).err().unwrap().to_string();
    assert!(error.starts_with("p.yaml:2:13: `measured` takes direct-boot only"), "{error}");
}

#[test]
fn h26_the_documentation_has_the_table() {
    let documented = include_str!("../../../docs/policies.md");
    for pins in PINS {
        let row = format!("| `{}` | {pins} | {} |", pins.platform, pins.why);
        assert!(documented.contains(&row), "docs/policies.md lacks this row:\n{row}");
        for pin in pins.needs.iter().copied().flatten() {
            if let Pin::Attribute(attribute) = pin {
                let key = rule::key_of(attribute).unwrap();
                assert_eq!(pin.to_string(), format!("`{key}`"));
            }
        }
    }
}
