//! What the programs print is what docs/tools.schema.json says.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::installation::Installation;
use super::{run, succeed_in};

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)).unwrap()
}

/// The definition for the result of a command line, by the table of docs/json.md.
fn definition_of(line: &str) -> Value {
    let page = document("json.md");
    let rows = page.lines().filter_map(|row| {
        let (commands, name) = row.strip_prefix("| `")?.strip_suffix("` |")?.split_once("` | `")?;
        let length = commands.split("`, `").filter(|command| is_in(line, command)).map(str::len);
        Some((length.max()?, name))
    });
    // `aecsadmin list` is in `aecsadmin admin list`, too.
    let (_, name) = rows.max().unwrap_or_else(|| panic!("no definition for {line}"));
    named(name)
}

/// Whether the words of a command are in a line: the program first, the others in their order.
fn is_in(line: &str, command: &str) -> bool {
    let mut words = line.split(' ');
    let mut command = command.split(' ');
    words.next() == command.next() && command.all(|word| words.any(|it| it == word))
}

fn named(name: &str) -> Value {
    let schema: Value = serde_json::from_str(&document("tools.schema.json")).unwrap();
    schema["$defs"][name].clone()
}

/// What of `value` is not as `schema` says; the keywords that the file uses.
fn faults(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if schema == &Value::Bool(true) {
        return Vec::new();
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(alternatives) = schema[keyword].as_array() {
            let all: Vec<_> = alternatives.iter().map(|one| faults(one, value, at)).collect();
            let fits = all.iter().any(Vec::is_empty);
            return if fits { Vec::new() } else { all.concat() };
        }
    }
    if let Some(only) = schema.get("const") {
        return if only == value { vec![] } else { vec![format!("{at}: {value}")] };
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return if allowed.contains(value) { vec![] } else { vec![format!("{at}: {value}")] };
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().map(|name| name.as_str().unwrap()).collect(),
        name => vec![name.as_str().unwrap()],
    };
    if !types.contains(&type_of(value)) {
        return vec![format!("{at} is {} and not {types:?}", type_of(value))];
    }
    match value {
        Value::Array(items) => {
            items.iter().flat_map(|item| faults(&schema["items"], item, at)).collect()
        }
        Value::Object(fields) => faults_of(schema, fields, at),
        _ => Vec::new(),
    }
}

fn faults_of(schema: &Value, fields: &Map<String, Value>, at: &str) -> Vec<String> {
    let mut all = Vec::new();
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        if !fields.contains_key(name) {
            all.push(format!("{at}.{name} is missing"));
        }
    }
    for (name, value) in fields {
        let at = format!("{at}.{name}");
        match (&schema["properties"][name], &schema["additionalProperties"]) {
            (Value::Null, Value::Bool(false)) => all.push(format!("{at} is not in the schema")),
            (Value::Null, Value::Null) => {}
            (Value::Null, others) => all.extend(faults(others, value, &at)),
            (known, _) => all.extend(faults(known, value, &at)),
        }
    }
    all
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Holds the result of a command line against its definition.
#[track_caller]
pub(crate) fn check(line: &str, value: &Value) {
    let faults = faults(&definition_of(line), value, "result");
    assert!(faults.is_empty(), "{line}: {faults:#?}\n{value:#}");
}

/// The error in what a program said on standard error, if it is told in JSON.
#[track_caller]
pub(crate) fn error(stderr: &str) -> Value {
    // Warnings come before it.
    let last = stderr.trim().lines().next_back().unwrap_or_default();
    let error: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{stderr}"));
    let faults = faults(&named("error"), &error, "error");
    assert!(faults.is_empty(), "{faults:#?}\n{error:#}");
    error["error"].clone()
}

#[track_caller]
fn error_of(line: &str) -> Value {
    let ran = run(line);
    let error = error(&ran.stderr);
    assert_eq!(error["exitCode"], ran.code, "{line}");
    error
}

#[test]
fn every_tool_tells_an_error_as_json() {
    for line in [
        "aecsadmin -o json --config /nonexistent status",
        "serviceadmin -o json --config /nonexistent list",
        "aecs-attest verify /nonexistent --output json",
        "aecs-sim info /nonexistent -ojson",
        "aecs-setup --out /proc/nowhere --format=json",
        "aecs_client_cli -o json template /nonexistent --output - --service s",
        "aecs kubeconfig create --from /nonexistent --application -o json",
    ] {
        let error = error_of(line);
        assert_ne!(error["exit"], "Usage", "{line}: {error}");
    }
}

#[test]
fn so_is_a_wrong_command_line() {
    for line in [
        "aecsadmin -o json --nonsense",
        "serviceadmin put a --format json --nonsense",
        "aecs-attest explain -o json",
        "aecs config use -o=json",
    ] {
        let error = error_of(line);
        assert_eq!(error["exit"], "Usage", "{error}");
        assert!(!error["message"].as_str().unwrap().contains('\n'), "{error}");
        assert!(error["help"].as_str().unwrap().contains("Usage: "), "{error}");
    }
    let text = run("aecsadmin --nonsense -- -o json").stderr;
    assert!(text.starts_with("error: "), "{text}");
}

/// A policy file with one more secret than the installation has, for `create` and `apply`.
const MORE: &str = r#"
apiVersion: v2
kind: SecretPolicy
secrets:
- spec:
    name: more
    type: SECRET_TYPE_IMPORT_DATA
    service: service1
    policy:
      enclaveMatchAnyRules:
      - mrenclave: "0101010101010101010101010101010101010101010101010101010101010101"
  data: x
- spec:
    name: shown
    type: SECRET_TYPE_EC_P256_KEY_PAIR
    service: service1
    share: "public"
    description: A key
    labels: { app: shop }
    use: { operations: [sign] }
    policy:
      enclaveMatchAnyRules:
      - mrenclave: "0101010101010101010101010101010101010101010101010101010101010101"
        operations: [sign]
"#;

const LISTS: &str = "
kind: NamedLists
lists:
- name: builds
  source: build 17
  measurements:
  - name: v1
    platform: SGX_DCAP
    mrenclave: \"0101010101010101010101010101010101010101010101010101010101010101\"
    validUntil: 2099-01-01T00:00:00Z
";

#[test]
fn the_results_of_the_owners_commands_are_as_the_schema_says() {
    let Some(installation) = Installation::start() else { return };
    fs::write(installation.path("more.yaml"), MORE).unwrap();
    fs::write(installation.path("lists.yaml"), LISTS).unwrap();
    fs::write(installation.path("value"), [0xFF, 0, 1]).unwrap();
    let refused = installation.run(&["get", "of-others", "--output", "-"]);
    assert_eq!(refused.code, 82, "{}", refused.stderr);
    assert_eq!(installation.run(&["get", "db", "--output", "/dev/null"]).code, 0);
    for line in [
        "create {DIR}/more.yaml",
        "apply --dry-run -f {DIR}/policy.yaml",
        "apply -f {DIR}/more.yaml",
        "put db --from-file {DIR}/value",
        "rotate tls",
        "rollback db 1",
        "versions db",
        "list",
        "get db",
        "get shown",
        "getpub shown",
        "delete tls --version 1",
        "delete more",
        "undelete more",
        "destroy more --yes",
        "denials",
        "lists import {DIR}/lists.yaml",
        "lists put chips --attribute ppid 01010101010101010101010101010101",
        "lists add chips 02020202020202020202020202020202",
        "lists remove chips 01010101010101010101010101010101",
        "lists list",
        "lists show chips",
        "lists show builds",
        "lists destroy chips --yes",
        "keygen {DIR}/another",
        "keygen {DIR}/rsa --suite rsa",
        "preparedata --type rsa --public {DIR}/rsa_public.pem --private {DIR}/rsa_private.pem",
        "key rotate --pubkey {DIR}/another_public.pem",
    ] {
        eprintln!("{line}");
        installation.owner(&format!("{line} -o json")).json();
    }
}

#[test]
fn the_results_of_the_operators_commands_are_as_the_schema_says() {
    let Some(installation) = Installation::start() else { return };
    let dir = installation.path("");
    succeed_in(&dir, "aecsadmin keygen {DIR}/bob -o json").json();
    fs::write(installation.path("password"), "correct horse\n").unwrap();
    for line in [
        "status",
        "list",
        "listsecret",
        "backuplist",
        "backup second",
        "backupdel second --yes",
        "admin add bob --pubkey {DIR}/bob_public.pem",
        "admin list",
        "admin remove bob --yes",
        "register shop --pubkey {DIR}/bob_public.pem --operator-may-replace-key",
        "service-key set shop --pubkey {DIR}/bob_public.pem --yes",
        "unregister shop --yes",
        "deployment show",
        "deployment diff {DIR}/etc/kubetee/aecs_server.json",
        "deployment apply {DIR}/etc/kubetee/aecs_server.json --yes",
        "deployment pin --yes",
        "store export {DIR}/export",
        "store move redb:{DIR}/moved",
        "store status",
        "hash-password --password-file {DIR}/password",
    ] {
        eprintln!("{line}");
        let ran = installation.admin(&format!("{line} -o json"));
        assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
        ran.json();
    }
}
