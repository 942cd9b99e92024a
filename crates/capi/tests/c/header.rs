//! `include/aecs.h` is what the code gives today. `AECS_REGENERATE=1` rewrites it.

use std::collections::BTreeSet;
use std::fs;

use cbindgen::{Builder, Config, DocumentationStyle, EnumConfig, Language, RenameRule, Style};

use crate::source;

/// The types, as C names them.
const NAMES: &[(&str, &str)] = &[
    ("Binding", "aecs_binding"),
    ("Client", "aecs_client"),
    ("Data", "aecs_data"),
    ("Evidence", "aecs_verified"),
    ("Failure", "aecs_error"),
    ("Found", "aecs_found"),
    ("KeyOperation", "aecs_operation"),
    ("KeyOutcome", "aecs_outcome"),
    ("List", "aecs_list"),
    ("Options", "aecs_options"),
    ("Secret", "aecs_secret"),
    ("Signature", "aecs_signature"),
    ("Status", "aecs_status"),
    ("Use", "aecs_use"),
    ("Verifier", "aecs_verifier"),
    ("Wanted", "aecs_wanted"),
    ("Watch", "aecs_watch"),
    ("WatchCallback", "aecs_watch_callback"),
];

/// The files with functions, in the order of the header.
const FILES: &[&str] = &[
    "error", "data", "options", "client", "secret", "list", "watch", "transit", "several",
    "evidence", "aecs20",
];

fn generated() -> String {
    let mut config = Config {
        language: Language::C,
        cpp_compat: true,
        include_guard: Some("AECS_H".to_owned()),
        header: Some(
            fs::read_to_string(source().join("include/aecs.h.head")).unwrap().trim_end().to_owned(),
        ),
        no_includes: true,
        sys_includes: ["stdbool.h", "stddef.h", "stdint.h"].map(str::to_owned).to_vec(),
        style: Style::Type,
        usize_is_size_t: true,
        documentation_style: DocumentationStyle::Doxy,
        line_length: 100,
        enumeration: EnumConfig {
            rename_variants: RenameRule::QualifiedScreamingSnakeCase,
            ..EnumConfig::default()
        },
        ..Config::default()
    };
    config.sort_by = cbindgen::SortKey::None;
    config.export.include = ["Binding", "Signature", "Use"].map(str::to_owned).to_vec();
    for (rust, c) in NAMES {
        config.export.rename.insert((*rust).to_owned(), (*c).to_owned());
    }
    let builder = FILES.iter().fold(Builder::new().with_config(config), |builder, file| {
        builder.with_src(source().join(format!("src/{file}.rs")))
    });
    let mut header = Vec::new();
    builder.generate().unwrap().write(&mut header);
    String::from_utf8(header).unwrap()
}

/// The functions that the header declares.
pub(crate) fn functions() -> BTreeSet<String> {
    let header = fs::read_to_string(source().join("include/aecs.h")).unwrap();
    let mut functions = BTreeSet::new();
    let mut inside = false;
    for line in header.lines() {
        inside |= line.trim_start().starts_with("/*");
        if !inside
            && let Some((before, _)) = line.split_once('(')
            && let Some(name) = before.split([' ', '*']).next_back()
            && name.starts_with("aecs_")
        {
            functions.insert(name.to_owned());
        }
        inside &= !line.contains("*/");
    }
    functions
}

#[test]
fn the_committed_header_is_up_to_date() {
    let (path, expected) = (source().join("include/aecs.h"), generated());
    if std::env::var_os("AECS_REGENERATE").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == expected,
        "{} is not what the code gives; regenerate it with AECS_REGENERATE=1",
        path.display()
    );
}

/// The text of each function of C in a file: its name, and its body.
fn bodies(file: &str) -> Vec<(String, String)> {
    let code = fs::read_to_string(source().join(format!("src/{file}.rs"))).unwrap();
    let code = code.split("#[cfg(test)]\nmod tests").next().unwrap();
    let functions = code.split("#[unsafe(no_mangle)]\npub ").skip(1);
    functions
        .map(|function| {
            let function = function.split("\n}\n").next().unwrap();
            let name = function.split("fn ").nth(1).unwrap().split('(').next().unwrap();
            (name.to_owned(), function.split_once("{\n").unwrap().1.to_owned())
        })
        .collect()
}

#[test]
fn every_function_runs_inside_of_the_border() {
    let mut found = BTreeSet::new();
    for (name, body) in FILES.iter().flat_map(|file| bodies(file)) {
        // The last statement, behind those that take over arguments: it decides what is returned.
        let borders = ["call(", "give(", "give_some(", "quietly(", "run(", "tell(", "text_of("];
        let passes_on = ["aecs_client_get_secret_", "aecs_client_get_public_secret_"];
        let lines = || body.lines().map(str::trim);
        let inside = lines().any(|line| {
            let line = line.strip_prefix("let status = ").unwrap_or(line);
            borders.iter().any(|border| line.starts_with(border))
                || passes_on.iter().any(|function| line.starts_with(function))
        });
        assert!(inside, "{name} can let a panic out:\n{body}");
        found.insert(name);
    }
    assert_eq!(found, functions());
}

#[test]
fn every_function_is_documented() {
    for name in FILES {
        let code = fs::read_to_string(source().join(format!("src/{name}.rs"))).unwrap();
        for (before, after) in
            code.match_indices("#[unsafe(no_mangle)]").map(|(i, _)| code.split_at(i))
        {
            let last = before.trim_end().lines().next_back().unwrap();
            assert!(last.starts_with("///"), "{}", after.lines().nth(1).unwrap());
        }
        // A call that makes something says who frees it.
        for (name, _) in bodies(name) {
            let (before, after) = code.split_once(&format!("fn {name}(")).unwrap();
            let signature = after.split(')').next().unwrap();
            let doc = before.rsplit("\n\n").next().unwrap();
            let makes = signature.contains("MaybeUninit<*mut") && signature.contains("result");
            assert!(!makes || doc.replace("\n/// ", " ").contains("The caller frees"), "{name}");
        }
    }
}
