//! Requests of the right shape with values that nobody expects, signed as they must be, to every
//! function: refused or obeyed, and never a panic.
//!
//! `AECS_CASES` sets how many requests each function gets. A failure names the seed of its round;
//! `AECS_SEED` begins with it.

use std::{collections::BTreeSet, env, path::Path};

use aecs_core::{Error, Kind};
use aecs_proto::{Caller, EnclaveSecretType as Type, EnclaveSecretUse, Function};
use protox::prost_reflect::{
    DescriptorPool, FieldDescriptor, Kind as FieldKind, MessageDescriptor,
};
use serde_json::{Map, Value, json};

use crate::support::{SERVICE, World, enclave, imported, pinned, secret};

/// How many requests each function gets unless `AECS_CASES` says another number.
const CASES: u64 = 40;
/// How many requests of each function one server gets: some of them take the callers' rights away.
const CASES_PER_WORLD: u64 = 8;

/// The message that a function takes. `None` for those that are RPCs of their own.
fn request_of(function: Function) -> Option<&'static str> {
    use Function as F;
    Some(match function {
        F::GetAecsStatus
        | F::GetEnclaveSecretPublic
        | F::GetRemoteSecret
        | F::SyncWithRemoteAecs => return None,
        // Signed by the key of a share: see `recovery`.
        F::ProveRecoveryShare | F::SubmitRecoveryShare | F::AppointAdministrator => return None,
        F::AecsProvision => "AecsProvisionRequest",
        F::RegisterEnclaveService => "RegisterEnclaveServiceRequest",
        F::UnregisterEnclaveService => "UnregisterEnclaveServiceRequest",
        F::ListEnclaveService => "ListEnclaveServiceRequest",
        F::AecsBackupIdentity => "AecsBackupIdentityRequest",
        F::AecsListBackupIdentity => "AecsListBackupIdentityRequest",
        F::AecsDeleteBackupIdentity => "AecsDeleteBackupIdentityRequest",
        F::ListTaSecret => "AecsListTaSecretRequest",
        F::DestroyTaSecret => "AecsDestroyTaSecretRequest",
        F::AecsSetTime => "AecsSetTimeRequest",
        F::ExportStore => "ExportStoreRequest",
        F::ShowStore => "ShowStoreRequest",
        F::VerifyStore => "VerifyStoreRequest",
        F::MoveStore => "MoveStoreRequest",
        F::ShowDeployment => "ShowDeploymentRequest",
        F::DiffDeployment => "DiffDeploymentRequest",
        F::ApplyDeployment => "ApplyDeploymentRequest",
        F::ListAdministrator => "ListAdministratorRequest",
        F::AddAdministrator => "AddAdministratorRequest",
        F::RemoveAdministrator => "RemoveAdministratorRequest",
        F::RotateAdministratorKey => "RotateAdministratorKeyRequest",
        F::SetServiceKey => "SetServiceKeyRequest",
        F::CreateRecovery => "CreateRecoveryRequest",
        F::ShowRecovery => "ShowRecoveryRequest",
        F::RevokeRecovery => "RevokeRecoveryRequest",
        F::FinishRecovery => "FinishRecoveryRequest",
        F::CreateSecret => "CreateEnclaveSecretRequest",
        F::ApplySecret => "ApplySecretRequest",
        F::ChangeSecrets => "ChangeSecretsRequest",
        F::DestroySecret => "DestroyEnclaveSecretRequest",
        F::ListSecret => "ListEnclaveSecretRequest",
        F::ListDenial => "ListDenialRequest",
        F::PutSecret => "PutSecretRequest",
        F::UploadSecretData => "UploadSecretDataRequest",
        F::RotateSecret => "RotateSecretRequest",
        F::RollbackSecret => "RollbackSecretRequest",
        F::ListSecretVersion => "ListSecretVersionRequest",
        F::DeleteSecret => "DeleteSecretRequest",
        F::UndeleteSecret => "UndeleteSecretRequest",
        F::UseSecret => "UseSecretRequest",
        F::RotateServiceKey => "RotateServiceKeyRequest",
        F::PutNamedList => "PutNamedListRequest",
        F::ListNamedList => "ListNamedListRequest",
        F::DestroyNamedList => "DestroyNamedListRequest",
        F::TaGetSecret => "TaGetSecretRequest",
        F::TaGetSecrets => "TaGetSecretsRequest",
        F::TaListSecret => "TaListSecretRequest",
        // What it seals.
        F::TaUseSecret => "KeyOperations",
        F::TaWaitForChange => "TaWaitForChangeRequest",
        F::TaCreateSecret => "TaCreateSecretRequest",
        F::TaDestroySecret => "TaDestroySecretRequest",
    })
}

/// The messages of the protocol, from its source.
fn protocol() -> DescriptorPool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let mut compiler = protox::Compiler::new([&folder]).unwrap();
    let files = folder.join("kubetee").read_dir().unwrap();
    compiler.open_files(files.map(|file| file.unwrap().path())).unwrap();
    compiler.descriptor_pool()
}

/// Numbers that are the same for the same seed (SplitMix64, Steele et al. 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }
}

/// What a field may say, by its type and sometimes by its name.
struct Words<'a> {
    dice: Dice,
    world: &'a World,
    /// Of a hundred values, how many are ones that nobody expects.
    odd: usize,
}

impl Words<'_> {
    fn pick<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.dice.below(values.len())]
    }

    fn is_odd(&mut self) -> bool {
        self.dice.below(100) < self.odd
    }

    /// A request: some have no odd value, for what a caller may do comes after what it may not.
    fn request(&mut self, message: &MessageDescriptor) -> Value {
        self.odd = *self.pick(&[0, 5, 20, 50]);
        self.message(message, 0)
    }

    fn message(&mut self, message: &MessageDescriptor, depth: usize) -> Value {
        if message.name() == "UnifiedAttestationAttributes" && !self.is_odd() {
            return json!({ "hex_ta_measurement": "01".repeat(32) });
        }
        let mut fields = Map::new();
        let mut chosen = BTreeSet::new();
        for field in message.fields() {
            // Of the fields of a choice there is one, except sometimes.
            if let Some(choice) = field.containing_oneof()
                && !chosen.insert(choice.name().to_owned())
                && !self.is_odd()
            {
                continue;
            }
            let left_out = match field.kind() {
                FieldKind::String | FieldKind::Enum(_) => 8,
                FieldKind::Message(_) => 3,
                _ => 2,
            };
            if self.dice.below(left_out) == 0 {
                continue;
            }
            let value = self.field(&field, depth);
            fields.insert(field.json_name().to_owned(), value);
        }
        Value::Object(fields)
    }

    fn field(&mut self, field: &FieldDescriptor, depth: usize) -> Value {
        if field.is_map() {
            return json!({ "a": "1" });
        }
        if !field.is_list() {
            return self.value(field, depth);
        }
        let count = if self.is_odd() { *self.pick(&[0, 3, 101]) } else { *self.pick(&[1, 1, 2]) };
        let count = if depth > 1 { count.min(2) } else { count };
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(self.value(field, depth));
        }
        Value::Array(values)
    }

    fn value(&mut self, field: &FieldDescriptor, depth: usize) -> Value {
        match field.kind() {
            FieldKind::Message(inner) if depth < 6 => self.message(&inner, depth + 1),
            FieldKind::Message(_) => json!({}),
            FieldKind::Enum(kind) => {
                let numbers: Vec<i32> = kind.values().map(|value| value.number()).collect();
                let known = *self.pick(&numbers);
                json!(if self.is_odd() { *self.pick(&[-1, i32::MAX]) } else { known })
            }
            FieldKind::Bool => json!(self.dice.below(2) == 0),
            FieldKind::Bytes if self.is_odd() => json!(*self.pick(&[
                "",
                "AA==",
                "#",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
            ])),
            FieldKind::Bytes => json!(*self.pick(&["AAAAAAAAAAAAAAAAAAAAAA==", "aGVsbG8="])),
            FieldKind::String => json!(self.text(field.name())),
            FieldKind::Int64 | FieldKind::Sint64 | FieldKind::Sfixed64 => {
                let now = self.world.clock.now_ms();
                let odd = [-1, now, now + 1000, i64::MIN, i64::MAX, i64::MAX / 1000, 86_400];
                let number = if self.is_odd() { self.pick(&odd) } else { self.pick(&[0, 0, 1]) };
                json!(number.to_string())
            }
            FieldKind::Uint64 | FieldKind::Fixed64 => {
                let odd = [3, 100, u64::MAX, 1 << 63, u64::MAX / 1000, 3600];
                let number = if self.is_odd() { self.pick(&odd) } else { self.pick(&[0, 0, 1]) };
                json!(number.to_string())
            }
            FieldKind::Int32 | FieldKind::Sint32 | FieldKind::Sfixed32 => {
                let odd = [-1, i32::MIN, i32::MAX];
                json!(if self.is_odd() { self.pick(&odd) } else { self.pick(&[0, 0, 1]) })
            }
            FieldKind::Uint32 | FieldKind::Fixed32 => {
                let odd = [3, 60, u32::MAX, u32::MAX / 1000];
                json!(if self.is_odd() { self.pick(&odd) } else { self.pick(&[0, 0, 1]) })
            }
            FieldKind::Double | FieldKind::Float => json!(*self.pick(&[0.0, -1.0, 1e308])),
        }
    }

    /// A text. Names are mostly of something that is there, or else no call gets far.
    fn text(&mut self, field: &str) -> String {
        let name = field.to_ascii_lowercase();
        let likely: &[&str] = if name.contains("service") {
            &[SERVICE]
        } else if name.contains("hash") {
            &[""]
        } else if name.contains("share") {
            &["private", "shared", "anyone", "ca"]
        } else if name.contains("readonly") || name.contains("immutable") {
            &["true", "false"]
        } else if name.contains("name") || name.contains("prefix") {
            &["key", "pair", "data", "sm4", "new"]
        } else if name.contains("key") || name.contains("pem") || name.contains("cert") {
            let pem = self.world.service_admin.public().pem().to_owned();
            if self.dice.below(2) == 0 {
                return pem;
            }
            &["-----BEGIN PUBLIC KEY-----", "AAAA"]
        } else if name.starts_with("hex_") || name.contains("measurement") {
            &["0101010101010101010101010101010101010101010101010101010101010101", "01", "0"]
        } else {
            &["1", "0", "aes256", "sign", "2026-12-01T00:00:00Z", "30d", "99999999999999999999"]
        };
        let odd = ["", " ", "\u{0}", "é\u{202e}", "../x", "{}", "null", "a".repeat(300).leak()];
        let text = if self.is_odd() { *self.pick(&odd) } else { *self.pick(likely) };
        text.to_owned()
    }
}

/// A server with a secret of each kind.
async fn world() -> World {
    let world = World::working().await;
    let kinds = [
        ("key", Type::SecretTypeAes256Key),
        ("sm4", Type::SecretTypeSm4Key),
        ("pair", Type::SecretTypeEcP256KeyPair),
    ];
    for (name, kind) in kinds {
        let mut secret = secret(name, kind, pinned(1));
        let operations = if name == "pair" { 4..=5 } else { 1..=3 };
        let used = EnclaveSecretUse {
            operations: operations.clone().collect(),
            admin: operations.collect(),
            ..EnclaveSecretUse::default()
        };
        secret.spec.as_mut().unwrap().r#use = Some(used);
        world.create(secret).await.unwrap();
    }
    world.create(imported("data", "hello", pinned(1))).await.unwrap();
    world
}

/// What every answer must be.
fn check(what: &str, error: &Error) {
    assert_ne!(error.kind(), Kind::Internal, "{what}: {error}");
    assert!(error.message().len() < 2000, "{what}: {} bytes of message", error.message().len());
}

async fn call(world: &World, function: Function, request: String, seed: u64) -> bool {
    let what = format!("seed {seed}: {} {request}", function.name());
    let unanswered = Unanswered(Some(what.clone()));
    let result = match function.caller() {
        Caller::AecsAdmin => {
            let admin = world.admin();
            admin.send(admin.request_of(function.name(), request).await).await.map(drop)
        }
        Caller::ServiceAdmin => {
            let owner = world.owner();
            owner.send(owner.request_of(function.name(), request).await).await.map(drop)
        }
        _ => {
            let ta = world.ta(enclave(1));
            let request = if function == Function::TaUseSecret {
                let sealed = ta.use_request(SERVICE, "key", &request, b"nonce").await;
                ta.request(function.name(), &sealed).await
            } else {
                ta.request_of(function.name(), request).await
            };
            world.core.ta_remote_call(request).await.map(drop)
        }
    };
    unanswered.answered();
    match result {
        Ok(()) => true,
        Err(error) => {
            check(&what, &error);
            false
        }
    }
}

/// Tells a request if the server panics before it is answered.
struct Unanswered(Option<String>);

impl Unanswered {
    fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for Unanswered {
    #[allow(clippy::print_stderr, reason = "a test that fails says why")]
    fn drop(&mut self) {
        if let Some(what) = &self.0 {
            eprintln!("not answered: {what}");
        }
    }
}

/// Whether a function changes who is served, or when: further requests then do not get far.
fn ends_the_service(function: Function) -> bool {
    matches!(
        function,
        Function::AecsProvision
            | Function::AecsSetTime
            | Function::ApplyDeployment
            | Function::RemoveAdministrator
            | Function::RotateAdministratorKey
            | Function::SetServiceKey
            | Function::RotateServiceKey
            | Function::UnregisterEnclaveService
    )
}

#[tokio::test]
async fn odd_values_in_a_request_of_any_function_are_refused_or_obeyed() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let cases = number("AECS_CASES").unwrap_or(CASES);
    let first = number("AECS_SEED").unwrap_or(0);
    let protocol = protocol();
    let mut obeyed = BTreeSet::new();
    for seed in first..first + cases.div_ceil(CASES_PER_WORLD) {
        let world = world().await;
        let mut words = Words { dice: Dice(seed), world: &world, odd: 0 };
        for case in 1..=CASES_PER_WORLD {
            for function in Function::ALL {
                if ends_the_service(*function) && case < CASES_PER_WORLD - 1 {
                    continue;
                }
                let Some(message) = request_of(*function) else { continue };
                let message = protocol.get_message_by_name(&format!("kubetee.{message}")).unwrap();
                let request = words.request(&message).to_string();
                if call(&world, *function, request, seed).await {
                    obeyed.insert(function.name());
                }
            }
        }
    }
    // A generator whose requests are all refused at the door would show nothing.
    assert!(obeyed.len() > 20, "only these were ever obeyed: {obeyed:?}");
}
