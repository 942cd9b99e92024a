//! The deployment files, as far as they can be checked without a TEE and without what runs them: every
//! template renders, every file has its format, knows only keys that its tool knows, and names only
//! programs and switches that there are; no script has a syntax error.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

mod services;

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use serde_json::Value;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deployment").join(name)
}

fn read(name: &str) -> String {
    let path = file(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What `gramine-manifest` puts into a template by itself.
const GRAMINE: [(&str, &str); 2] = [
    ("gramine.libos", "/usr/lib/gramine/libsysdb.so"),
    ("gramine.runtimedir()", "/usr/lib/gramine/runtime/glibc"),
];

/// The `-D` definitions of the build script, by name, and a value that each may have.
fn definitions(script: &str) -> BTreeMap<String, String> {
    let names = script.split("-D").skip(1).filter_map(|rest| rest.split('=').next());
    names
        .map(|name| {
            let value = match name {
                "log_level" => "error".to_owned(),
                "debug" => "false".to_owned(),
                "enclave_size" => "2G".to_owned(),
                "max_threads" | "prod_id" | "svn" => "4".to_owned(),
                path => format!("/some/{path}"),
            };
            (name.to_owned(), value)
        })
        .collect()
}

/// A template with everything between double braces put in its place.
fn render(template: &str, definitions: &BTreeMap<String, String>) -> String {
    let mut rendered = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap();
        let name = name.trim();
        let built_in = GRAMINE.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let value = built_in.or_else(|| definitions.get(name).map(String::as_str));
        rendered += before;
        rendered += value.unwrap_or_else(|| panic!("build.sh does not define {name}"));
        rest = after;
    }
    rendered + rest
}

/// What a value may be.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Text,
    Number,
    Switch,
    List,
    /// A table with keys of its own.
    Table,
}

fn kind(value: &Value) -> Kind {
    match value {
        Value::String(_) => Kind::Text,
        Value::Number(_) => Kind::Number,
        Value::Bool(_) => Kind::Switch,
        Value::Array(_) => Kind::List,
        Value::Object(_) | Value::Null => Kind::Table,
    }
}

/// The keys that Gramine 1.8 knows and that are safe to use here (its `manifest_check.py`).
/// Nothing with `insecure__` or `debug__` is in the list.
const MANIFEST: &[(&str, Kind)] = &[
    ("fs.mounts", Kind::List),
    ("libos.entrypoint", Kind::Text),
    ("loader.argv", Kind::List),
    ("loader.entrypoint.uri", Kind::Text),
    ("loader.env.*", Kind::Text),
    ("loader.log_level", Kind::Text),
    ("sgx.allowed_files", Kind::List),
    ("sgx.debug", Kind::Switch),
    ("sgx.edmm_enable", Kind::Switch),
    ("sgx.enclave_size", Kind::Text),
    ("sgx.isvprodid", Kind::Number),
    ("sgx.isvsvn", Kind::Number),
    ("sgx.max_threads", Kind::Number),
    ("sgx.remote_attestation", Kind::Text),
    ("sgx.trusted_files", Kind::List),
    ("sys.disallow_subprocesses", Kind::Switch),
    ("sys.enable_sigterm_injection", Kind::Switch),
    ("sys.experimental__enable_flock", Kind::Switch),
];

/// The keys that Occlum knows (its "Occlum Configuration").
const OCCLUM: &[(&str, Kind)] = &[
    ("entry_points", Kind::List),
    ("env.default", Kind::List),
    ("env.untrusted", Kind::List),
    ("metadata.debuggable", Kind::Switch),
    ("metadata.pkru", Kind::Number),
    ("metadata.product_id", Kind::Number),
    ("metadata.version_number", Kind::Number),
    ("mount", Kind::List),
    ("process.default_heap_size", Kind::Text),
    ("process.default_mmap_size", Kind::Text),
    ("process.default_stack_size", Kind::Text),
    ("resource_limits.kernel_space_heap_size", Kind::Text),
    ("resource_limits.kernel_space_stack_size", Kind::Text),
    ("resource_limits.max_num_of_threads", Kind::Number),
    ("resource_limits.user_space_size", Kind::Text),
];

/// Every leaf of nested tables, with the way to it.
fn leaves(value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(table) => {
            for (key, value) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(value, &path, found);
            }
        }
        leaf => found.push((path.to_owned(), leaf.clone())),
    }
}

fn check_keys(name: &str, value: &Value, known: &[(&str, Kind)]) {
    let mut found = Vec::new();
    leaves(value, "", &mut found);
    for (path, value) in found {
        let wildcard = path.rsplit_once('.').map(|(table, _)| format!("{table}.*"));
        let row = known.iter().find(|(key, _)| {
            *key == path || wildcard.as_deref().is_some_and(|wildcard| *key == wildcard)
        });
        let (_, expected) = row.unwrap_or_else(|| panic!("{name}: unknown key {path}"));
        assert_eq!(kind(&value), *expected, "{name}: {path}");
    }
}

fn manifest(name: &str) -> Value {
    let text = render(&read(&format!("gramine/{name}")), &definitions(&read("gramine/build.sh")));
    let parsed: toml::Table = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::to_value(parsed).unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn gramine_manifests_have_known_keys_and_are_for_production() {
    for name in ["aecs_server.manifest.template", "aecs_enclave_client.manifest.template"] {
        let manifest = manifest(name);
        check_keys(name, &manifest, MANIFEST);
        assert_eq!(manifest["sgx"]["remote_attestation"], "dcap", "{name}");
        assert_eq!(manifest["sgx"]["debug"], false, "{name}");
        for mount in manifest["fs"]["mounts"].as_array().unwrap() {
            let keys: Vec<&str> = mount.as_object().unwrap().keys().map(String::as_str).collect();
            match mount.get("type").map(|kind| kind.as_str().unwrap()) {
                None => assert_eq!(keys, ["path", "uri"], "{name}"),
                Some(kind) => assert_eq!((kind, keys), ("tmpfs", vec!["path", "type"]), "{name}"),
            }
            assert!(mount["path"].as_str().unwrap().starts_with('/'), "{name}");
        }
        // What is mounted is trusted, or the host's on purpose.
        let mut files = texts(&manifest["sgx"]["trusted_files"]);
        if let Some(allowed) = manifest["sgx"].get("allowed_files") {
            files.extend(texts(allowed));
        }
        for mount in manifest["fs"]["mounts"].as_array().unwrap() {
            let Some(uri) = mount.get("uri").and_then(Value::as_str) else { continue };
            let known = files.iter().any(|file| file.trim_end_matches('/') == uri);
            assert!(known, "{name}: {uri} is mounted, and neither trusted nor allowed");
        }
        // The enclave's program is one of its files.
        let entry = manifest["libos"]["entrypoint"].as_str().unwrap();
        let mounts = manifest["fs"]["mounts"].as_array().unwrap();
        assert!(mounts.iter().any(|mount| mount["path"] == entry), "{name}: {entry}");
    }
}

#[test]
fn the_server_takes_neither_arguments_nor_environment_from_the_host() {
    let manifest = manifest("aecs_server.manifest.template");
    let arguments = texts(&manifest["loader"]["argv"]);
    let parsed = aecs_server::cli::parse(arguments).unwrap();
    assert_eq!(parsed.flags.config_file.unwrap(), PathBuf::from("/etc/kubetee/aecs_server.json"));
    for (_, value) in manifest["loader"]["env"].as_object().unwrap() {
        assert!(value.is_string(), "nothing is passed through");
    }
}

/// The parts of a server's and a client's image: manifest of Gramine, configuration of Occlum.
fn images() -> [(Value, Value); 2] {
    [("aecs_server", "server"), ("aecs_enclave_client", "client")].map(|(program, image)| {
        let gramine = manifest(&format!("{program}.manifest.template"));
        let occlum = read(&format!("occlum/Occlum.{image}.json"));
        (gramine, serde_json::from_str(&occlum).unwrap())
    })
}

#[test]
fn h12_the_servers_product_is_its_own() {
    let server = u64::from(aecs_attest::SERVER_PRODUCT);
    let products = images().map(|(gramine, occlum)| {
        [&gramine["sgx"]["isvprodid"], &occlum["metadata"]["product_id"]].map(Value::as_u64)
    });
    assert_eq!(products[0], [Some(server); 2]);
    assert!(products[1].iter().all(|product| *product != Some(server)), "{products:?}");
    assert!(!read("gramine/aecs_server.manifest.template").contains("{{ prod_id }}"));
    for script in ["gramine/build.sh", "occlum/build.sh"] {
        assert!(read(script).contains(&format!("SERVER_PRODUCT={server}\n")), "{script}");
    }
    // No script builds a client with the server's id, or with one that any enclave may have.
    let check = |product: &str| {
        let script = format!(
            "source {}; require_client_product '{product}' {server}",
            file("lib.sh").display()
        );
        Command::new("bash").arg("-c").arg(script).output().unwrap().status.code()
    };
    assert_eq!(check("2"), Some(0));
    for product in ["0", "1", "19527", "019527", "65536", "", "x", "-1", "2+1"] {
        assert_eq!(check(product), Some(64), "{product}");
    }
}

#[test]
fn h13_the_host_says_nothing_to_an_applications_enclave() {
    let [_, (gramine, occlum)] = images();
    assert_eq!(texts(&gramine["loader"]["argv"]), ["aecs_enclave_client"]);
    for (name, value) in gramine["loader"]["env"].as_object().unwrap() {
        assert!(value.is_string() && !name.starts_with("AECS_"), "{name}");
    }
    assert!(gramine["sgx"].get("allowed_files").is_none(), "no file is the host's");
    assert_eq!(texts(&occlum["env"]["default"]), ["OCCLUM=yes"]);
    for mount in occlum["mount"].as_array().unwrap() {
        assert_ne!(mount["type"], "hostfs");
    }
    // The program for it: Occlum passes the host's arguments on, so it refuses them itself.
    for script in ["gramine/build.sh", "occlum/build.sh"] {
        assert!(!read(script).contains("aecs_client_cli"), "{script}");
    }
}

#[test]
fn occlum_configurations_have_known_keys_and_are_for_production() {
    for (image, program, own) in [
        ("server", "/bin/aecs_server", "/host"),
        ("client", "/bin/aecs_enclave_client", "/run/secrets"),
    ] {
        let name = format!("occlum/Occlum.{image}.json");
        let config: Value = serde_json::from_str(&read(&name)).unwrap();
        check_keys(&name, &config, OCCLUM);
        assert_eq!(config["metadata"]["debuggable"], false, "{name}");
        assert_eq!(texts(&config["entry_points"]), [program], "{name}");
        assert!(texts(&config["env"]["untrusted"]).is_empty(), "{name}");
        let targets: Vec<&str> = config["mount"]
            .as_array()
            .unwrap()
            .iter()
            .map(|mount| mount["target"].as_str().unwrap())
            .collect();
        assert_eq!(targets, ["/", own, "/proc", "/dev"], "{name}");
    }
}

#[test]
fn occlum_images_are_described_in_the_terms_of_copy_bom() {
    for image in ["server", "client"] {
        let name = format!("occlum/{image}.yaml");
        let bom: Value = serde_saphyr::from_str(&read(&name)).unwrap();
        let keys: Vec<&str> = bom.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(keys.iter().all(|key| ["includes", "targets"].contains(key)), "{name}: {keys:?}");
        let script = read("occlum/build.sh");
        for target in bom["targets"].as_array().unwrap() {
            for (key, value) in target.as_object().unwrap() {
                let known = ["target", "mkdirs", "copy"].contains(&key.as_str());
                assert!(known, "{name}: {key}");
                if key != "copy" {
                    continue;
                }
                for copy in value.as_array().unwrap() {
                    for file in copy["files"].as_array().unwrap() {
                        let source = file.as_str().or_else(|| file["name"].as_str()).unwrap();
                        let variable = source.trim_start_matches("${").trim_end_matches('}');
                        let exported = script.contains(&format!("export {variable}"));
                        assert!(exported, "{name}: build.sh exports no {variable}");
                    }
                }
            }
        }
    }
}

#[test]
fn production_images_have_no_simulation() {
    let library = read("lib.sh");
    let of = |name, end| library.split(name).nth(1).unwrap().split(end).next().unwrap();
    let cargo = of("cargo_production() (", "\n)");
    assert!(cargo.contains("--no-default-features"), "{cargo}");
    let build = of("build_production() {", "\n}");
    assert!(build.contains("cargo_production ") && build.contains("refuse_simulation"), "{build}");
    for script in ["gramine/build.sh", "occlum/build.sh"] {
        let script = read(script);
        assert!(script.contains("build_production ") && !script.contains("build_programs"));
    }
    for manifest in [include_str!("../../Cargo.toml"), include_str!("../../../cli/Cargo.toml")] {
        let manifest: toml::Table = manifest.parse().unwrap();
        // Only the feature brings it, which production programs are built without.
        let sim = &manifest["dependencies"]["aecs-sim"];
        assert_eq!(sim["optional"].as_bool(), Some(true), "{sim}");
        let bringing: Vec<_> = manifest["features"]
            .as_table()
            .unwrap()
            .iter()
            .filter(|(_, what)| what.to_string().contains("aecs-sim"))
            .map(|(feature, _)| feature.as_str())
            .collect();
        assert_eq!(bringing, ["simulation"]);
    }
}

/// The check of production programs, on the program of this build.
#[test]
fn a_program_with_the_simulation_is_refused_as_a_production_program() {
    let run = Command::new("bash")
        .args(["-c", r#". "$0" && refuse_simulation "$1""#])
        .arg(file("lib.sh"))
        .arg(env!("CARGO_BIN_EXE_aecs_server"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.success(), !cfg!(feature = "simulation"), "{errors}");
    assert_eq!(
        errors.contains("contains the simulation"),
        cfg!(feature = "simulation"),
        "{errors}"
    );
}

#[test]
fn scripts_have_no_syntax_errors_and_say_how_they_are_used() {
    for script in ["lib.sh", "prepare.sh", "gramine/build.sh", "occlum/build.sh"] {
        let checked = Command::new("bash").arg("-n").arg(file(script)).output().unwrap();
        let errors = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success(), "{script}: {errors}");
    }
    for script in ["gramine/build.sh", "occlum/build.sh"] {
        let run = |argument: &str| {
            Command::new("bash")
                .arg(file(script))
                .args(argument.split_whitespace())
                .output()
                .unwrap()
        };
        let help = run("--help");
        let text = String::from_utf8_lossy(&help.stdout);
        assert!(help.status.success() && text.contains("Usage: build.sh server|client"), "{text}");
        assert_eq!(run("").status.code(), Some(64), "{script}");
        assert_eq!(run("nonsense").status.code(), Some(64), "{script}");
    }
}
