//! The JSON of every command is what docs/serviceadmin.schema.json says.

use aecs_client::{Applied, ErrorCode, NewSecret, PublicSecret};
use aecs_proto::{
    DeletedSecret, Denial, DenialMismatch, EnclaveLabel, EnclaveSecretAbout,
    EnclaveSecretLifecycle, EnclaveSecretSpec, EnclaveSecretType, EnclaveSecretUse, KeyUse,
    ListDenialResponse, ListSecretVersionResponse, ListedMeasurement, ListedMeasurements,
    ListedValues, NamedList, NamedListInfo, SecretInfo, SecretOutcome, SecretVersion,
    UnifiedAttestationAttributes, named_list::Content,
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::apply::{Report, Step};
use super::listed::Listed;
use super::lists::{self as list, Changes, Destroyed, Shown};
use super::view::{Changed, Deleted, Denials, NewVersion, Restorable, Sentences, Versions};
use crate::failure::{Exit, Failure};
use crate::names::Name;
use crate::output::Rows;
use crate::view::{Progress, Public};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../docs/serviceadmin.schema.json")).unwrap()
}

/// What of `value` is not as `schema` says; the keywords that the file uses.
fn faults(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let definition = &root["$defs"][name.strip_prefix("#/$defs/").unwrap()];
        assert!(definition.is_object(), "{name}");
        return faults(root, definition, value, at);
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
            items.iter().flat_map(|item| faults(root, &schema["items"], item, at)).collect()
        }
        Value::Object(fields) => faults_of(root, schema, fields, at),
        _ => Vec::new(),
    }
}

fn faults_of(root: &Value, schema: &Value, fields: &Map<String, Value>, at: &str) -> Vec<String> {
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
            (Value::Null, others) => all.extend(faults(root, others, value, &at)),
            (known, _) => all.extend(faults(root, known, value, &at)),
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

#[track_caller]
fn check(definition: &str, output: &impl Serialize) {
    let root = schema();
    let value = serde_json::to_value(output).unwrap();
    let definition = serde_json::json!({ "$ref": format!("#/$defs/{definition}") });
    let faults = faults(&root, &definition, &value, "output");
    assert!(faults.is_empty(), "{faults:#?}\n{value:#}");
}

/// Nothing but defaults, and everything: no field depends on its value.
fn specs() -> [EnclaveSecretSpec; 2] {
    let full = EnclaveSecretSpec {
        secret_name: "a".into(),
        service_name: "service1".into(),
        r#type: EnclaveSecretType::SecretTypeAes256Key.into(),
        share: "private".into(),
        readonly: "true".into(),
        immutable: true,
        r#use: Some(EnclaveSecretUse {
            operations: vec![KeyUse::Encrypt.into()],
            ..EnclaveSecretUse::default()
        }),
        lifecycle: Some(EnclaveSecretLifecycle { expires_at_ms: 1, ..Default::default() }),
        about: Some(EnclaveSecretAbout {
            description: "for tests".into(),
            labels: vec![EnclaveLabel { name: "tier".into(), value: String::new() }],
        }),
        ..EnclaveSecretSpec::default()
    };
    [EnclaveSecretSpec { share: "public".into(), ..EnclaveSecretSpec::default() }, full]
}

#[test]
fn secrets_and_versions() {
    let [empty, full] = specs();
    let info = SecretInfo {
        created_ms: 1,
        changed_ms: 1,
        released_ms: 1,
        expires_ms: 1,
        rotates_ms: 1,
        version_created_ms: 1,
        ..SecretInfo::default()
    };
    check("secret", &Listed::new(empty.clone(), &SecretInfo::default()));
    let value = serde_json::to_value(Listed::new(empty.clone(), &SecretInfo::default())).unwrap();
    assert_eq!(value["type"], "SECRET_TYPE_RSA_KEY_PAIR", "its number is 0");
    check("list", &Rows(vec![Listed::new(full.clone(), &info)]));
    let public = PublicSecret { spec: full, data: "pem".into(), nonce: String::new() };
    check("public", &Public::try_from(&public).unwrap());
    let deleted = DeletedSecret { secret_name: "a".into(), restorable_until_ms: 1 };
    check("listDeleted", &Rows::<Restorable>::of(vec![deleted]));
    let name: Name = "a".parse().unwrap();
    for (versions, restorable_until_ms) in [
        (vec![SecretVersion::default()], 0),
        (vec![SecretVersion { created_ms: 1, expires_ms: 1, ends_ms: 1, ..Default::default() }], 1),
    ] {
        let listed = ListSecretVersionResponse { versions, restorable_until_ms };
        check("versions", &Versions::new(&name, listed));
    }
}

#[test]
fn what_commands_did() {
    let name: Name = "a".parse().unwrap();
    check("newVersion", &NewVersion::new(&name, 2));
    for version in [None, Some(1)] {
        check("deleted", &Sentences(vec![Deleted::new(&name, version, 1)]));
        check("changed", &Sentences(vec![Changed::new("restored", &name, version)]));
        check("changed", &Sentences(vec![Changed::new("destroyed", &name, version)]));
    }
    let secrets = ["a", "b", "c", "d", "e"]
        .map(|name| NewSecret::new(name, EnclaveSecretType::SecretTypeAes256Key));
    let mut progress = Progress::new(&secrets);
    progress.succeeded(false);
    progress.succeeded(true);
    progress.skipped();
    progress.failed();
    check("created", &progress);

    let applied = |outcome| {
        let changed = ["data", "policy", "lifecycle", "about", "readonly", "immutable", "share"];
        let changed = changed.map(str::to_owned).to_vec();
        let applied = Applied { outcome, changed, version: 1 };
        Some(Ok(aecs_client::Changed { applied, restorable_until_ms: 0 }))
    };
    let [one, ..] = &secrets;
    let steps = [
        applied(SecretOutcome::SecretCreated),
        applied(SecretOutcome::SecretUpdated),
        applied(SecretOutcome::SecretUnchanged),
        Some(Err(Failure::internal("no"))),
        None,
    ]
    .map(|result| Step::of(one, None, &result));
    check("applied", &Report { dry_run: true, steps: steps.into() });
}

#[test]
fn named_lists() {
    let info = NamedListInfo { attribute: "hex_chip_id".into(), ..NamedListInfo::default() };
    let full = NamedListInfo { created_ms: 1, changed_ms: 1, ends_ms: 1, ..Default::default() };
    check("lists", &Rows::<list::Listed>::of(vec![info, full]));
    let change = aecs_proto::PutNamedListResponse::default();
    check("listChanges", &Changes::of([(&"a".to_owned(), change)]));
    check("listsDestroyed", &Destroyed { destroyed: vec!["a"] });
    let values = ListedValues { attribute: "hex_chip_id".into(), values: vec!["AB".into()] };
    let entry = ListedMeasurement {
        label: "v1".into(),
        attributes: Some(UnifiedAttestationAttributes {
            str_tee_platform: "SGX_DCAP".into(),
            ..Default::default()
        }),
        valid_until_ms: 1,
    };
    let set = ListedMeasurements { source: "build 17".into(), entries: vec![entry] };
    for content in [Content::Values(values), Content::Measurements(set)] {
        let list = NamedList { content: Some(content), ..NamedList::default() };
        check("namedLists", &Shown::of(&list));
    }
}

#[test]
fn denials_and_errors() {
    let denial =
        Denial { time_ms: 1, mismatches: vec![DenialMismatch::default()], ..Denial::default() };
    check("denials", &Denials::from(ListDenialResponse { denials: vec![denial] }));
    for failure in [
        Failure::internal("no"),
        Failure::new(Exit::NotFound, "no").help("do").code(Some(ErrorCode::NoSuchName)),
    ] {
        let json: Value = serde_json::from_str(&failure.to_json()).unwrap();
        check("error", &json);
    }
}
