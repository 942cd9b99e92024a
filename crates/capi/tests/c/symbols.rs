//! What the shared library shows of itself.

use std::collections::BTreeSet;
use std::process::Command;

use crate::{header, libraries};

/// What a program of binutils prints about the library; `None` where it is not installed.
fn told(program: &str, arguments: &[&str]) -> Option<String> {
    let library = libraries().join("libaecs_capi.so");
    let Ok(output) = Command::new(program).args(arguments).arg(&library).output() else {
        eprintln!("SKIPPED: {program} is not installed");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn only_our_functions_are_exported() {
    let Some(table) = told("nm", &["--dynamic", "--defined-only", "--format=posix"]) else {
        return;
    };
    let exported: BTreeSet<String> = table
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(|name| name.split('@').next().unwrap_or(name).to_owned())
        .collect();
    assert_eq!(exported, header::functions());
    assert!(exported.len() > 60, "{exported:?}");
}

#[test]
fn the_library_has_a_versioned_name_and_needs_the_c_library_only() {
    let Some(table) = told("readelf", &["--dynamic", "--wide"]) else { return };
    assert!(table.contains("Library soname: [libaecs_client.so.2]"), "{table}");
    for line in table.lines().filter(|line| line.contains("(NEEDED)")) {
        let name = line.split(['[', ']']).nth(1).unwrap();
        let known = ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux"];
        assert!(known.iter().any(|known| name.starts_with(known)), "it needs {name}");
    }
}
