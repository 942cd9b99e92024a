//! What every tool says about itself.

use super::{TOOLS, run, succeed_in};

#[test]
fn the_version_names_the_protocol() {
    for tool in TOOLS.into_iter().chain(["aecs_enclave_client"]) {
        let ran = run(&format!("{tool} --version"));
        assert_eq!(ran.code, 0);
        assert_eq!(ran.stdout, format!("{tool} {} (protocol 2.1)\n", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn the_help_has_the_exit_codes_and_goes_to_standard_output() {
    for tool in TOOLS.into_iter().chain(["aecs_enclave_client"]) {
        let ran = run(&format!("{tool} --help"));
        assert_eq!(ran.code, 0);
        for line in
            ["   0  success", "  64  the command line is wrong", "  77  a server, an answer or"]
        {
            assert!(ran.stdout.contains(line), "{tool}: {line}");
        }
        assert_eq!(ran.stderr, "");
    }
}

#[test]
fn completions_know_the_commands() {
    for tool in TOOLS {
        for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
            let ran = run(&format!("{tool} completions {shell}"));
            assert_eq!(ran.code, 0);
            assert!(ran.stdout.contains(tool), "{tool} {shell}");
        }
    }
    assert!(run("aecsadmin completions bash").stdout.contains("backuplist"));
}

#[test]
fn manual_pages_are_printed_or_written() {
    for tool in TOOLS {
        let ran = run(&format!("{tool} man"));
        assert_eq!(ran.code, 0);
        assert!(ran.stdout.contains(".SH NAME"), "{tool}");
    }
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "aecsadmin man --out {DIR}/man");
    assert!(folder.path().join("man/aecsadmin.1").exists());
    assert!(folder.path().join("man/aecsadmin-register.1").exists());
}
