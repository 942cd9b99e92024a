//! docs/json.md and docs/tools.schema.json: made of the commands and of the types of their results, so
//! that they say what the tools print. The tests of the programs compare the schema with their output.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use aecs_proto::{EnclavePolicyType, EnclaveSecretType};
use clap::{Command, CommandFactory as _};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::failure::{Exit, InJson};
use crate::output::{Done, Rows};
use crate::{admin, evidence, service, setup, sim, ta};

const PAGE: &str = "../../docs/json.md";
const SCHEMA: &str = "../../docs/tools.schema.json";

const INTRODUCTION: &str = "\
# JSON of the tools

This page says what the tools print with `-o json`. It is for authors of scripts. `-o yaml` prints the same as
YAML, and `-o name` the names alone, one a line. [tools.schema.json](tools.schema.json) is the JSON Schema. Both are
generated from the source code, and tests compare the schema with what the programs print.

- Names are in camelCase.
- Every field is always there; what is not known, was not set or never happens is `null`. `aecs-attest verify` has the fields that
  follow from evidence only where the evidence is genuine.
- Times are RFC 3339 in UTC; lengths of time are milliseconds, with a name that ends in `Ms`.
- `policy` and `attributes` are messages of AECS 2.0 and keep the names that they have there. A policy that 2.0
  cannot express has `typed` ([protocol-2.1.md](protocol-2.1.md#policies)), and nothing else. In the results of
  `aecs-attest`, `attribute` is a name of that message, too.
- A new version of the tools may add fields.
";

const ERRORS: &str = "
With `-o json`, an error is one JSON document on standard error (`error` in the schema), also if the command line is
wrong. `code` is the error code of the server, which [protocol-2.1.md](protocol-2.1.md#error-codes) explains.
Warnings and notes are lines of text before it.

## Exit codes

| code | `exit` | meaning |
| --- | --- | --- |
| 0 | | success |
";

/// Commands whose result has this form.
pub(crate) struct Answer {
    name: &'static str,
    schema: fn(&mut SchemaGenerator) -> Schema,
    commands: &'static [&'static str],
}

impl Answer {
    /// The definition `name` is that of `T`.
    pub(crate) const fn of<T: JsonSchema>(
        name: &'static str,
        commands: &'static [&'static str],
    ) -> Self {
        Self { name, schema: T::json_schema, commands }
    }
}

/// What more than one tool prints.
fn common() -> Vec<Answer> {
    vec![
        Answer::of::<Done<'_>>(
            "done",
            &[
                "aecsadmin register",
                "aecsadmin unregister",
                "aecsadmin delsecret",
                "aecsadmin backup",
                "aecsadmin backupdel",
                "aecsadmin store export",
                "aecsadmin store move",
                "aecsadmin time set",
                "aecsadmin admin add",
                "aecsadmin admin remove",
                "aecsadmin admin rotate",
                "aecsadmin service-key set",
                "aecsadmin recovery revoke",
                "aecsadmin recovery finish",
                "serviceadmin key rotate",
                "aecs-attest collateral pack",
                "aecs-sim set-tcb",
                "aecs-sim change-key",
                "aecs_client_cli wait",
                "aecs_client_cli destroy",
                "aecs config set",
                "aecs config use",
                "aecs config remove",
            ],
        ),
        Answer::of::<crate::keygen::Made>("keyPair", &["aecsadmin keygen", "serviceadmin keygen"]),
        Answer::of::<crate::kubeconfig::Made>("kubeconfig", &["aecs kubeconfig create"]),
        Answer::of::<Rows<crate::contexts::ContextRow>>("contexts", &["aecs config list"]),
        Answer::of::<InJson<'_>>("error", &[]),
    ]
}

/// Commands that print something else than a result: data, keys, reports, what a program prints.
const NO_RESULT: &[&str] = &[
    "aecsadmin sync",
    "serviceadmin transit",
    "serviceadmin policy compile",
    "aecs_client_cli transit",
    "aecs_client_cli exec",
    "aecs_client_cli get",
    "aecs_client_cli getpub",
    "aecs_client_cli template",
    "aecs-sim root",
    "aecs-sim report",
];

fn answers() -> Vec<Answer> {
    let tools = [
        common(),
        admin::schema::answers(),
        service::schema::answers(),
        evidence::schema::answers(),
        sim::schema::answers(),
        setup::schema::answers(),
        ta::schema::answers(),
    ];
    tools.into_iter().flatten().collect()
}

/// The message of a policy or of attributes, with the names of AECS 2.0.
pub(crate) type Message = Map<String, Value>;

/// What the crate of policies says of an attribute.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Comparison {
    attribute: String,
    expected: String,
    actual: String,
    holds: bool,
    /// The rule says nothing of it: a default asks for it.
    default: bool,
}

/// A list as a file has it: values, or measurements.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ListInFile {
    name: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// Each has a `name`, the keys of its measurements, and perhaps `validUntil`.
    #[serde(skip_serializing_if = "Option::is_none")]
    measurements: Option<Vec<BTreeMap<String, String>>>,
}

/// The types of secrets, as files have them.
pub(crate) fn secret_types() -> Vec<&'static str> {
    (0..64).filter_map(|n| EnclaveSecretType::try_from(n).ok()).map(|it| it.as_str_name()).collect()
}

/// The types of policies, as files have them.
pub(crate) fn policy_types() -> Vec<&'static str> {
    (0..64).filter_map(|n| EnclavePolicyType::try_from(n).ok()).map(|it| it.as_str_name()).collect()
}

/// What is not in the schema of an object is not in the object.
fn close(schema: &mut Schema) {
    if let Some(fields) = schema.as_object_mut()
        && fields.contains_key("properties")
    {
        fields.entry("additionalProperties").or_insert(Value::Bool(false));
    }
}

fn schema() -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut definitions = Map::new();
    for answer in answers() {
        let mut schema = (answer.schema)(&mut generator);
        schemars::transform::Transform::transform(&mut RecursiveTransform(close), &mut schema);
        let there = definitions.insert(answer.name.to_owned(), schema.to_value());
        assert!(there.is_none(), "{} is there twice", answer.name);
    }
    let root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The JSON of the tools",
        "$defs": definitions,
    });
    serde_json::to_string_pretty(&root).unwrap() + "\n"
}

fn page() -> String {
    let mut page = format!("{INTRODUCTION}\n| command | `$defs` in the schema |\n| --- | --- |\n");
    for Answer { name, commands, .. } in answers() {
        let commands: Vec<_> = commands.iter().map(|command| format!("`{command}`")).collect();
        if !commands.is_empty() {
            writeln!(page, "| {} | `{name}` |", commands.join(", ")).unwrap();
        }
    }
    page.push_str(ERRORS);
    for exit in Exit::ALL {
        writeln!(page, "| {} | `{exit:?}` | {} |", exit.code(), exit.meaning()).unwrap();
    }
    page
}

fn current(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if env::var_os("AECS_REGENERATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    assert!(
        fs::read_to_string(path).is_ok_and(|there| there == text),
        "{file} is not current; run: AECS_REGENERATE=1 cargo test -p aecs-cli reference"
    );
}

#[test]
fn the_reference_of_the_json_is_current() {
    current(SCHEMA, &schema());
    current(PAGE, &page());
}

/// The names of the commands of a tool that have no commands themselves.
fn leaves(words: &str, command: &Command, found: &mut BTreeSet<String>) {
    let mut commands = command.get_subcommands().peekable();
    if commands.peek().is_none() {
        found.insert(words.to_owned());
    }
    for command in commands {
        leaves(&format!("{words} {}", command.get_name()), command, found);
    }
}

#[test]
fn the_reference_has_every_command() {
    let mut commands = BTreeSet::new();
    for (name, tool) in [
        ("aecsadmin", admin::AecsAdmin::command()),
        ("serviceadmin", service::ServiceAdmin::command()),
        ("aecs-attest", evidence::AecsAttest::command()),
        ("aecs-sim", sim::AecsSim::command()),
        ("aecs_client_cli", ta::AecsClientCli::command()),
        ("aecs", crate::aecs::own()),
    ] {
        leaves(name, &tool, &mut commands);
    }
    commands.insert("aecs-setup".to_owned());
    commands.retain(|command| !command.ends_with(" completions") && !command.ends_with(" man"));
    let answers = answers();
    let named: Vec<&str> = answers.iter().flat_map(|answer| answer.commands).copied().collect();
    for command in &commands {
        let rows = named.iter().filter(|name| *name == command).count();
        let without = NO_RESULT.iter().any(|name| command.starts_with(name));
        assert_eq!(rows, usize::from(!without), "{command}");
    }
    for name in named {
        assert!(commands.contains(name), "there is no command `{name}`");
    }
}

#[test]
fn names_are_in_camel_case() {
    fn check(value: &Value) {
        if let Some(fields) = value["properties"].as_object() {
            for name in fields.keys() {
                let letters = name.chars().all(|letter| letter.is_ascii_alphanumeric());
                assert!(letters && name.starts_with(|it: char| it.is_ascii_lowercase()), "{name}");
            }
        }
        match value {
            Value::Array(items) => items.iter().for_each(check),
            Value::Object(fields) => fields.values().for_each(check),
            _ => {}
        }
    }
    check(&serde_json::from_str(&schema()).unwrap());
}
