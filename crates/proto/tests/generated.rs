//! The committed code in `src/gen` is what the `.proto` files give today.
//!
//! `AECS_REGENERATE=1 cargo test -p aecs-proto --test generated` rewrites it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PACKAGE: &str = "kubetee";

const PROTO_FILES: &[&str] = &[
    "kubetee/aecs.proto",
    "kubetee/aecs_admin.proto",
    "kubetee/aecs_list.proto",
    "kubetee/aecs_node.proto",
    "kubetee/aecs_recovery.proto",
    "kubetee/aecs_secret.proto",
    "kubetee/aecs_service.proto",
    "kubetee/aecs_ta.proto",
    "kubetee/aecs_transit.proto",
    "kubetee/attestation_policy.proto",
    "kubetee/crypto.proto",
    "kubetee/unified_attestation.proto",
];

const GENERATED_FILES: &[&str] = &["kubetee.rs", "kubetee.serde.rs"];

/// Messages whose `Debug` must not show their fields; `src/secret.rs` implements it.
const SECRET_MESSAGES: &[&str] = &[
    "AdminAuth",
    "AdminRemoteCallReqWithAuth",
    "AdminRemoteCallResponse",
    "AecsIdentityBackup",
    "AecsProvisionRequest",
    "AddAdministratorRequest",
    "AppointAdministratorRequest",
    "RotateAdministratorKeyRequest",
    "SetServiceKeyRequest",
    "RotateServiceKeyRequest",
    "AecsServerSecrets",
    "ApplySecretRequest",
    "AsymmetricKeyPair",
    "ChangeSecretsRequest",
    "CreateEnclaveSecretRequest",
    "EnclaveConfigurations",
    "EnclaveKvPair",
    "EnclaveSecret",
    "GetEnclaveSecretPublicRequest",
    "KeyOperation",
    "KeyOperations",
    "KeyResult",
    "KeyResults",
    "PutSecretRequest",
    "RecoveryShare",
    "RegisterEnclaveServiceRequest",
    "SslCredentialsOptions",
    "SubmitRecoveryShareRequest",
    "StorageAuth",
    "TaCreateSecretRequest",
    "TaRemoteCallRequest",
    "TaSecretResult",
    "TaSecrets",
    "TaSessionAnswer",
    "TaSessionCallRequest",
    "UploadSecretDataRequest",
    "UseSecretRequest",
];

#[test]
fn committed_code_is_up_to_date() -> Result<()> {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gen");
    let fresh = tempfile::tempdir()?;
    generate(fresh.path())?;

    for name in GENERATED_FILES {
        let expected = fs::read_to_string(fresh.path().join(name))?;
        let path = committed.join(name);
        if std::env::var_os("AECS_REGENERATE").is_some() {
            fs::write(&path, &expected)?;
        }
        let actual = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            actual == expected,
            "{} is not what the .proto files give; regenerate it with AECS_REGENERATE=1",
            path.display()
        );
    }
    Ok(())
}

#[test]
fn every_proto_file_is_compiled() -> Result<()> {
    let mut found = Vec::new();
    for entry in fs::read_dir(proto_root().join(PACKAGE))? {
        let name = entry?.file_name().into_string().map_err(|_| "file name is not UTF-8")?;
        found.push(format!("{PACKAGE}/{name}"));
    }
    found.sort();
    assert_eq!(found, PROTO_FILES);
    Ok(())
}

#[test]
fn only_attestation_messages_have_json_names_of_their_own() -> Result<()> {
    for file in descriptors()?.file {
        let is_attestation = file.name() == "kubetee/unified_attestation.proto";
        for message in &file.message_type {
            for field in &message.field {
                let is_field_name = field.json_name() == field.name();
                let is_one_word = !field.name().contains('_');
                assert!(
                    is_one_word || is_field_name == is_attestation,
                    "{}.{} is {} in JSON",
                    message.name(),
                    field.name(),
                    field.json_name()
                );
            }
        }
    }
    Ok(())
}

fn generate(out_dir: &Path) -> Result<()> {
    let descriptors = descriptors()?;
    let mut json = pbjson_build::Builder::new();
    for file in &descriptors.file {
        json.register_file_descriptor(file.clone());
    }
    json.out_dir(out_dir).build(&[format!(".{PACKAGE}")])?;
    open_the_enums(&out_dir.join("kubetee.serde.rs"))?;

    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure()
        .out_dir(out_dir)
        .client_mod_attribute(PACKAGE, r#"#[cfg(feature = "client")]"#)
        .server_mod_attribute(PACKAGE, r#"#[cfg(feature = "server")]"#)
        .skip_debug(SECRET_MESSAGES.iter().map(|name| format!(".{PACKAGE}.{name}")))
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}

/// An enum field of proto3 is open: a number without a name is kept, and is a number in JSON.
/// pbjson refuses it both ways, so its code for enum fields is led through `crate::json::OpenEnum`,
/// which also makes writing JSON infallible.
fn open_the_enums(path: &Path) -> Result<()> {
    let mut code = fs::read_to_string(path)?;
    let mut written = 0;
    let mut read = 0;
    for name in [
        "DenialReason",
        "EnclavePolicyType",
        "EnclaveSecretEncoding",
        "EnclaveSecretType",
        "KeySignature",
        "KeyUse",
        "ListChange",
        "SecretOutcome",
        "SecretVersionState",
        "TaBinding",
        "TaWaitOutcome",
    ] {
        for field in [
            "self.r#type",
            "self.algorithm",
            "self.binding",
            "self.change",
            "self.encoding",
            "self.operation",
            "self.outcome",
            "self.reason",
            "self.state",
        ] {
            let closed = format!(
                "let v = {name}::try_from({field})\n                \
                 .map_err(|_| serde::ser::Error::custom(format!(\"Invalid variant {{}}\", {field})))?;"
            );
            written += code.matches(&closed).count();
            code = code.replace(
                &closed,
                &format!("let v = crate::json::OpenEnum::<{name}>::new({field});"),
            );
        }
        for field in ["self.operations", "self.admin"] {
            let closed = format!(
                "let v = {field}.iter().cloned().map(|v| {{\n                \
                 {name}::try_from(v)\n                    \
                 .map_err(|_| serde::ser::Error::custom(format!(\"Invalid variant {{}}\", v)))\n                \
                 }}).collect::<std::result::Result<Vec<_>, _>>()?;"
            );
            written += code.matches(&closed).count();
            let open = format!(
                "let v: Vec<_> =\n                \
                 {field}.iter().map(|v| crate::json::OpenEnum::<{name}>::new(*v)).collect();"
            );
            code = code.replace(&closed, &open);
        }
        let closed = format!(
            "Some(map_.next_value::<Vec<{name}>>()?.into_iter().map(|x| x as i32).collect())"
        );
        read += code.matches(&closed).count();
        code = code.replace(
            &closed,
            &format!(
                "Some(map_.next_value::<Vec<crate::json::OpenEnum<{name}>>>()?\
                 .into_iter().map(|x| x.number()).collect())"
            ),
        );
        let closed = format!("Some(map_.next_value::<{name}>()? as i32)");
        read += code.matches(&closed).count();
        code = code.replace(
            &closed,
            &format!("Some(map_.next_value::<crate::json::OpenEnum<{name}>>()?.number())"),
        );
    }
    if written != 19 || read != 19 || code.contains("Invalid variant") {
        return Err("the code of pbjson for enum fields has changed".into());
    }
    fs::write(path, code)?;
    Ok(())
}

fn descriptors() -> Result<tonic_prost_build::FileDescriptorSet> {
    let mut compiler = protox::Compiler::new([proto_root()])?;
    compiler.include_source_info(true).include_imports(true).open_files(PROTO_FILES)?;
    Ok(compiler.file_descriptor_set())
}

fn proto_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto")
}
