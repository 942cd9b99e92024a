//! Keys that are used in place: who may do what with them, and that they stay where they are.

use aecs_core::{Error, ErrorCode, TRUSTED_APPLICATIONS};
use aecs_crypto::{KeyPair, Suite, generate::Algorithm};
use aecs_proto::attestation_condition::Condition;
use aecs_proto::attestation_part::Part;
use aecs_proto::{
    ApplySecretRequest, ApplySecretResponse, AttestationCondition, AttestationPart,
    AttestationPolicy, AttestationRule, AttestationRules, AttestationValues,
    CreateEnclaveSecretRequest, CreateEnclaveSecretResponse, Denial, DenialMismatch,
    EnclaveRuleUse, EnclaveSecret,
    EnclaveSecretType::{
        self, SecretTypeAes256Key, SecretTypeEcP256KeyPair, SecretTypeImportData,
        SecretTypeRsaKeyPair, SecretTypeSm4Key,
    },
    EnclaveSecretUse, GetEnclaveSecretPublicRequest, KeyOperation, KeyOperations, KeyResult,
    KeyResults,
    KeyUse::{
        self, DataKey, Decrypt, Derive, Encrypt, Get, Mac, Random, Rewrap, Sign, Unwrap, Verify,
        VerifyMac, Wrap,
    },
    ListDenialRequest, ListDenialResponse, ListEnclaveSecretRequest, ListEnclaveSecretResponse,
    NewSecretVersionResponse, RotateSecretRequest, UnifiedAttestationPolicy, UseSecretRequest,
    json,
};

use super::{data, public, update, with_params, with_spec};
use crate::support::{SERVICE, World, code, enclave, pinned, refusal};

/// A key for measurement 1 that is used in place for these operations.
fn key(name: &str, kind: EnclaveSecretType, operations: &[KeyUse]) -> EnclaveSecret {
    with_spec(with_params(name, kind, &[]), |spec| {
        spec.r#use = Some(EnclaveSecretUse { operations: numbers(operations), ..used() });
    })
}

fn used() -> EnclaveSecretUse {
    EnclaveSecretUse::default()
}

fn numbers(uses: &[KeyUse]) -> Vec<i32> {
    uses.iter().map(|one| i32::from(*one)).collect()
}

/// Everything that AES and SM4 keys do.
const ALL: [KeyUse; 10] =
    [Encrypt, Decrypt, Rewrap, Mac, VerifyMac, Derive, Wrap, Unwrap, DataKey, Random];

/// A rule for each of the measurements, and what it allows.
fn narrowed(secret: EnclaveSecret, rules: &[(u8, &[KeyUse])]) -> EnclaveSecret {
    with_spec(secret, |spec| {
        let policy = spec.policy.as_mut().unwrap();
        policy.policy.as_mut().unwrap().main_attributes =
            rules.iter().map(|(measurement, _)| pinned(*measurement)).collect();
        let uses = rules.iter().map(|(_, uses)| EnclaveRuleUse { operations: numbers(uses) });
        policy.rule_uses = uses.collect();
    })
}

/// The policy's rules in typed form: one for each of the measurements.
fn typed(secret: EnclaveSecret, measurements: &[u8]) -> EnclaveSecret {
    let rule = |measurement: &u8| {
        let values = AttestationValues {
            attribute: "hex_ta_measurement".into(),
            values: vec![pinned(*measurement).hex_ta_measurement],
        };
        let condition = AttestationCondition { condition: Some(Condition::AnyOf(values)) };
        AttestationRule { name: String::new(), conditions: vec![condition] }
    };
    let rules = AttestationRules { rules: measurements.iter().map(rule).collect() };
    let part = AttestationPart { part: Some(Part::Attester(rules)) };
    with_spec(secret, |spec| {
        spec.policy.as_mut().unwrap().policy = Some(UnifiedAttestationPolicy {
            typed: Some(AttestationPolicy { parts: vec![part] }),
            ..UnifiedAttestationPolicy::default()
        });
    })
}

fn operation(what: KeyUse, input: &[u8]) -> KeyOperation {
    KeyOperation { operation: what.into(), input: input.to_vec(), ..Default::default() }
}

fn of_sealed(what: KeyUse, sealed: &str) -> KeyOperation {
    KeyOperation { operation: what.into(), sealed: sealed.into(), ..Default::default() }
}

fn bound(operation: KeyOperation, associated: &[u8]) -> KeyOperation {
    KeyOperation { associated_data: associated.to_vec(), ..operation }
}

fn long(operation: KeyOperation, length: u32) -> KeyOperation {
    KeyOperation { length, ..operation }
}

/// Has measurement `who` do something.
async fn ask(
    world: &World,
    who: u8,
    name: &str,
    operations: Vec<KeyOperation>,
) -> Result<Vec<KeyResult>, Error> {
    world.ta(enclave(who)).use_key(SERVICE, name, operations).await
}

/// The result of one operation of measurement 1.
async fn one(world: &World, name: &str, operation: KeyOperation) -> KeyResult {
    ask(world, 1, name, vec![operation]).await.unwrap().remove(0)
}

async fn done(world: &World, name: &str, operation: KeyOperation) -> KeyResult {
    let result = one(world, name, operation).await;
    assert_eq!((result.error_code, result.error.as_str()), (0, ""));
    result
}

async fn failed(world: &World, name: &str, operation: KeyOperation) -> u32 {
    let result = one(world, name, operation).await;
    assert!(result.output.is_empty() && result.sealed.is_empty() && !result.valid);
    assert!(!result.error.is_empty());
    result.error_code
}

async fn rotate(world: &World, name: &str) -> Result<u64, Error> {
    let request = RotateSecretRequest { secret_name: name.into(), ..Default::default() };
    let made: NewSecretVersionResponse = world.owner().call("RotateSecret", &request).await?;
    Ok(made.version)
}

async fn owner(
    world: &World,
    name: &str,
    operations: Vec<KeyOperation>,
) -> Result<KeyResults, Error> {
    let request = UseSecretRequest { secret_name: name.into(), operations };
    world.owner().call("UseSecret", &request).await
}

const FAILED: u32 = ErrorCode::UseFailed.value();

#[tokio::test]
async fn symmetric_keys_do_what_they_are_for() {
    let world = World::working().await;
    for (name, kind) in [("aes", SecretTypeAes256Key), ("sm4", SecretTypeSm4Key)] {
        world.create(key(name, kind, &ALL)).await.unwrap();
        let sealed = done(&world, name, bound(operation(Encrypt, b"plain"), b"a")).await;
        assert!(sealed.sealed.starts_with("aecs:v1:1:") && sealed.output.is_empty());
        let opened = done(&world, name, bound(of_sealed(Decrypt, &sealed.sealed), b"a")).await;
        assert_eq!((opened.output.as_slice(), opened.version), (&b"plain"[..], 1));
        assert_eq!(failed(&world, name, of_sealed(Decrypt, &sealed.sealed)).await, FAILED);

        let mac = done(&world, name, operation(Mac, b"data")).await.sealed;
        let verify =
            |data: &[u8]| KeyOperation { sealed: mac.clone(), ..operation(VerifyMac, data) };
        assert!(done(&world, name, verify(b"data")).await.valid);
        assert!(!done(&world, name, verify(b"date")).await.valid);

        let derived = done(&world, name, long(operation(Derive, b"context"), 32)).await.output;
        let again = done(&world, name, long(operation(Derive, b"context"), 32)).await.output;
        assert_eq!((derived.len(), &derived), (32, &again));

        let made = done(&world, name, long(operation(DataKey, b""), 16)).await;
        let unwrapped = done(&world, name, of_sealed(Unwrap, &made.sealed)).await;
        assert_eq!((made.output.len(), &made.output), (16, &unwrapped.output));
        assert_eq!(failed(&world, name, of_sealed(Decrypt, &made.sealed)).await, FAILED);
        let wrapped = done(&world, name, operation(Wrap, &[7; 32])).await.sealed;
        assert_eq!(done(&world, name, of_sealed(Unwrap, &wrapped)).await.output, [7; 32]);
        assert_eq!(done(&world, name, long(operation(Random, b""), 40)).await.output.len(), 40);
    }
}

#[tokio::test]
async fn key_pairs_sign_and_rsa_wraps() {
    let world = World::working().await;
    for algorithm in Algorithm::ALL {
        let name = algorithm.as_str();
        let mut operations = vec![Sign, Verify];
        if algorithm == Algorithm::Rsa {
            operations.extend([Wrap, Unwrap, DataKey]);
        }
        world.create(key(name, algorithm.kind(), &operations)).await.unwrap();
        let signature = done(&world, name, operation(Sign, b"message")).await.sealed;
        let verify =
            |data: &[u8]| KeyOperation { sealed: signature.clone(), ..operation(Verify, data) };
        assert!(done(&world, name, verify(b"message")).await.valid, "{name}");
        assert!(!done(&world, name, verify(b"massage")).await.valid, "{name}");
    }
    let made = done(&world, "rsa", bound(long(operation(DataKey, b""), 32), b"a")).await;
    let unwrapped = done(&world, "rsa", bound(of_sealed(Unwrap, &made.sealed), b"a")).await;
    assert_eq!(unwrapped.output, made.output);
    assert_eq!(failed(&world, "rsa", of_sealed(Unwrap, &made.sealed)).await, FAILED);
    let long = ask(&world, 1, "rsa", vec![operation(Wrap, &[7; 191])]).await.unwrap();
    assert!(long[0].error.contains("at most 190 bytes"), "{}", long[0].error);
}

#[tokio::test]
async fn a_ciphertext_is_not_moved_to_another_name() {
    let world = World::working().await;
    for name in ["one", "other"] {
        let given = with_spec(key(name, SecretTypeAes256Key, &ALL), |_| ());
        world.create(EnclaveSecret { data: "A5".repeat(32), ..given }).await.unwrap();
    }
    // The same key under two names.
    let sealed = done(&world, "one", operation(Encrypt, b"plain")).await.sealed;
    assert_eq!(failed(&world, "other", of_sealed(Decrypt, &sealed)).await, FAILED);
    assert_eq!(failed(&world, "other", of_sealed(Rewrap, &sealed)).await, FAILED);
    done(&world, "one", of_sealed(Decrypt, &sealed)).await;
    let mac = done(&world, "one", operation(Mac, b"data")).await.sealed;
    let verify = KeyOperation { sealed: mac, ..operation(VerifyMac, b"data") };
    assert!(!done(&world, "other", verify).await.valid);
}

#[tokio::test]
async fn the_key_itself_is_for_nobody_unless_it_is_exportable() {
    let world = World::working().await;
    world.create(public(key("pair", SecretTypeEcP256KeyPair, &[Sign]))).await.unwrap();
    world.create(key("aes", SecretTypeAes256Key, &[Encrypt])).await.unwrap();
    let app = world.ta(enclave(1));
    for name in ["pair", "aes"] {
        assert_eq!(code(app.get(SERVICE, name).await), ErrorCode::GetNotExportable);
        let entry = world.audit.last();
        assert_eq!((entry.object.as_deref(), entry.result.as_str()), (Some(name), "0xA4460000"));
    }
    assert!(app.list(SERVICE, "").await.unwrap().is_empty());
    // A stranger is told nothing.
    let missing = refusal(world.ta(enclave(2)).get(SERVICE, "nothing").await).to_string();
    assert_eq!(refusal(world.ta(enclave(2)).get(SERVICE, "aes").await).to_string(), missing);
    // The public half is what it is shared for.
    assert!(world.public("pair").await.unwrap().data.contains("PUBLIC KEY"));

    let exportable = with_spec(key("out", SecretTypeAes256Key, &[Encrypt]), |spec| {
        spec.r#use.as_mut().unwrap().exportable = true;
    });
    world.create(exportable).await.unwrap();
    assert_eq!(data(&world, "out").await.len(), 64);
}

#[tokio::test]
async fn a_rule_that_is_narrowed_allows_its_operations_to_its_enclaves() {
    narrowed_rules_hold(|secret| secret).await;
}

#[tokio::test]
async fn so_does_one_in_typed_form() {
    narrowed_rules_hold(|secret| typed(secret, &[1, 2, 3, 4])).await;
}

async fn narrowed_rules_hold(in_form: fn(EnclaveSecret) -> EnclaveSecret) {
    let world = World::working().await;
    let secret = with_spec(key("k", SecretTypeAes256Key, &[Encrypt, Decrypt, Mac]), |spec| {
        spec.r#use.as_mut().unwrap().exportable = true;
    });
    let rules: [(u8, &[KeyUse]); 4] =
        [(1, &[Encrypt]), (2, &[Decrypt]), (3, &[]), (4, &[Get, Mac])];
    world.create(in_form(narrowed(secret, &rules))).await.unwrap();
    let encrypt = || vec![operation(Encrypt, b"plain")];
    let sealed = ask(&world, 1, "k", encrypt()).await.unwrap().remove(0).sealed;
    let decrypt = || vec![of_sealed(Decrypt, &sealed)];
    let mac = || vec![operation(Mac, b"data")];

    for (who, may_encrypt, may_decrypt, may_mac, may_get) in [
        (1, true, false, false, false),
        (2, false, true, false, false),
        (3, true, true, true, true),
        (4, false, false, true, true),
    ] {
        for (may, operations) in
            [(may_encrypt, encrypt()), (may_decrypt, decrypt()), (may_mac, mac())]
        {
            match ask(&world, who, "k", operations).await {
                Ok(_) => assert!(may, "{who}"),
                Err(error) => {
                    assert!(!may, "{who}: {error}");
                    assert_eq!(error.code(), ErrorCode::UseDenied);
                }
            }
        }
        assert_eq!(world.ta(enclave(who)).get(SERVICE, "k").await.is_ok(), may_get, "{who}");
    }
    // One operation that is not allowed, and nothing is done.
    let mixed = ask(&world, 1, "k", [encrypt(), mac()].concat()).await;
    assert_eq!(code(mixed), ErrorCode::UseDenied);
    // What the secret does not allow, no rule does.
    let derive = ask(&world, 3, "k", vec![long(operation(Derive, b""), 32)]).await;
    assert_eq!(code(derive), ErrorCode::UseDenied);
    // A stranger learns nothing.
    let missing = refusal(ask(&world, 5, "nothing", encrypt()).await).to_string();
    assert_eq!(refusal(ask(&world, 5, "k", encrypt()).await).to_string(), missing);
}

#[tokio::test]
async fn denials_and_uses_are_recorded_without_data() {
    denials_are_recorded(|secret| secret).await;
    denials_are_recorded(|secret| typed(secret, &[1, 2])).await;
}

async fn last_denial(world: &World) -> Denial {
    let denials: ListDenialResponse =
        world.owner().call("ListDenial", &ListDenialRequest::default()).await.unwrap();
    denials.denials.last().unwrap().clone()
}

/// A single rule, which admits the caller to something else, is named as well; a stranger meets its values.
#[tokio::test]
async fn a_denial_names_the_only_rule() {
    let world = World::working().await;
    let secret = key("k", SecretTypeAes256Key, &[Encrypt, Decrypt]);
    world.create(narrowed(secret, &[(1, &[Encrypt])])).await.unwrap();
    let sealed =
        ask(&world, 1, "k", vec![operation(Encrypt, b"x")]).await.unwrap().remove(0).sealed;
    ask(&world, 1, "k", vec![of_sealed(Decrypt, &sealed)]).await.unwrap_err();
    let denial = last_denial(&world).await;
    let [mismatch] = &denial.mismatches[..] else { panic!("{denial:?}") };
    assert_eq!((&*mismatch.rule, &*mismatch.attribute), ("main_attributes[0]", "operations"));
    ask(&world, 2, "k", vec![of_sealed(Decrypt, &sealed)]).await.unwrap_err();
    let denial = last_denial(&world).await;
    assert_eq!(denial.mismatches[0].attribute, "hex_ta_measurement");
}

async fn denials_are_recorded(in_form: fn(EnclaveSecret) -> EnclaveSecret) {
    let world = World::working().await;
    let rules: [(u8, &[KeyUse]); 2] = [(1, &[Encrypt]), (2, &[Decrypt])];
    let secret = key("k", SecretTypeAes256Key, &[Encrypt, Decrypt]);
    world.create(in_form(narrowed(secret, &rules))).await.unwrap();
    let operations = vec![operation(Encrypt, b"pl4nted"), operation(Encrypt, b"pl4nted")];
    let sealed = ask(&world, 1, "k", operations).await.unwrap().remove(0).sealed;
    let entry = world.audit.last();
    assert_eq!((&*entry.function, entry.result.as_str()), ("TaUseSecret", "ok"));
    assert_eq!(entry.object.as_deref(), Some("k"));
    assert_eq!(entry.reason.as_deref(), Some("encrypt 2; version 1"));

    ask(&world, 1, "k", vec![of_sealed(Decrypt, &sealed)]).await.unwrap_err();
    let entry = world.audit.last();
    assert_eq!(entry.result, "0xA44B0000");
    let reason = entry.reason.unwrap();
    assert!(reason.contains("main_attributes[1].hex_ta_measurement"), "{reason}");
    let denial = last_denial(&world).await;
    assert_eq!(denial.function_name, "TaUseSecret");
    let [narrowed, other] = &denial.mismatches[..] else { panic!("{denial:?}") };
    let rule = |it: &DenialMismatch| {
        [&it.rule, &it.attribute, &it.expected, &it.actual].map(String::clone)
    };
    assert_eq!(rule(narrowed), ["main_attributes[0]", "operations", "encrypt", "decrypt"]);
    assert_eq!(other.rule, "main_attributes[1]", "as in the whole policy");

    ask(&world, 1, "k", vec![operation(Mac, b"x")]).await.unwrap_err();
    let [of_secret] = &last_denial(&world).await.mismatches[..] else { panic!("{denial:?}") };
    assert_eq!(rule(of_secret), ["use", "operations", "encrypt, decrypt", "mac"]);

    let text = format!("{:?}", world.audit.entries());
    assert!(!text.contains("pl4nted") && !text.contains("aecs:v1"), "{text}");
}

#[tokio::test]
async fn what_is_wrong_with_one_operation_is_its_own_answer() {
    let world = World::working().await;
    world.create(key("k", SecretTypeAes256Key, &ALL)).await.unwrap();
    let sealed = done(&world, "k", operation(Encrypt, b"plain")).await.sealed;
    let later = sealed.replacen(":1:", ":2:", 1);
    let cut = &sealed[..sealed.len() - 4];
    let operations = vec![
        of_sealed(Decrypt, &sealed),
        of_sealed(Decrypt, "vault:v1:AAAA"),
        of_sealed(Decrypt, &later),
        of_sealed(Decrypt, cut),
        of_sealed(Decrypt, ""),
        bound(operation(Mac, b"data"), b"not taken"),
        long(operation(Derive, b"c"), 8),
        long(operation(Random, b""), 4097),
        KeyOperation { version: 7, ..long(operation(Derive, b"c"), 32) },
        of_sealed(Decrypt, &sealed),
    ];
    let results = ask(&world, 1, "k", operations).await.unwrap();
    let codes: Vec<u32> = results.iter().map(|result| result.error_code).collect();
    let missing = ErrorCode::NoVersion.value();
    assert_eq!(codes, [0, FAILED, missing, FAILED, FAILED, FAILED, FAILED, FAILED, missing, 0]);
    assert_eq!(results[9].output, b"plain");
    let entry = world.audit.last();
    assert!(entry.reason.unwrap().ends_with("; 8 failed"));

    // What cannot be understood is no operation.
    for operations in [
        vec![],
        vec![operation(Mac, b""); 101],
        vec![operation(KeyUse::Unspecified, b"")],
        vec![operation(Get, b"")],
        vec![KeyOperation { operation: 99, ..KeyOperation::default() }],
    ] {
        assert_eq!(code(ask(&world, 1, "k", operations).await), ErrorCode::UseFailed);
    }
    assert_eq!(ask(&world, 1, "k", vec![operation(Mac, b""); 100]).await.unwrap().len(), 100);
}

#[tokio::test]
async fn old_versions_are_used_until_the_owner_ends_them() {
    let world = World::working().await;
    let with_use = |first| {
        with_spec(key("k", SecretTypeAes256Key, &ALL), |spec| {
            spec.r#use.as_mut().unwrap().min_decrypt_version = first;
            spec.lifecycle = Some(aecs_proto::EnclaveSecretLifecycle {
                max_versions: 2,
                keep_for_ms: 1,
                ..Default::default()
            });
        })
    };
    world.create(with_use(0)).await.unwrap();
    let first = done(&world, "k", operation(Encrypt, b"plain")).await.sealed;
    let derived = done(&world, "k", long(operation(Derive, b"c"), 32)).await.output;
    for version in 2..=5 {
        assert_eq!(rotate(&world, "k").await.unwrap(), version);
        world.clock.pass(std::time::Duration::from_secs(1));
    }
    // More than max_versions, and longer than keep_for: they are in use.
    assert_eq!(done(&world, "k", of_sealed(Decrypt, &first)).await.output, b"plain");
    let old = KeyOperation { version: 1, ..long(operation(Derive, b"c"), 32) };
    assert_eq!(done(&world, "k", old).await.output, derived);
    let rewrapped = done(&world, "k", of_sealed(Rewrap, &first)).await;
    assert_eq!((rewrapped.version, rewrapped.output.is_empty()), (5, true));
    assert!(rewrapped.sealed.starts_with("aecs:v1:5:"));

    update(&world, with_use(5)).await.unwrap();
    let denied = ErrorCode::UseDenied.value();
    assert_eq!(failed(&world, "k", of_sealed(Decrypt, &first)).await, denied);
    assert_eq!(failed(&world, "k", of_sealed(Rewrap, &first)).await, denied);
    let opened = done(&world, "k", of_sealed(Decrypt, &rewrapped.sealed)).await;
    assert_eq!(opened.output, b"plain");
    // They have ended like those of every secret.
    update(&world, with_use(1)).await.unwrap();
    assert_eq!(failed(&world, "k", of_sealed(Decrypt, &first)).await, ErrorCode::Deleted.value());
}

#[tokio::test]
async fn no_version_that_is_used_goes_by_itself() {
    let world = World::working().await;
    world.create(key("k", SecretTypeAes256Key, &ALL)).await.unwrap();
    for version in 2..=100 {
        assert_eq!(rotate(&world, "k").await.unwrap(), version);
    }
    let refused = refusal(rotate(&world, "k").await);
    assert_eq!(refused.code(), ErrorCode::TooManySecrets);
    assert!(refused.message().contains("minDecryptVersion"), "{refused}");
    let ended = with_spec(key("k", SecretTypeAes256Key, &ALL), |spec| {
        spec.r#use.as_mut().unwrap().min_decrypt_version = 90;
    });
    update(&world, ended).await.unwrap();
    assert_eq!(rotate(&world, "k").await.unwrap(), 101);
}

#[tokio::test]
async fn one_version_of_a_key_is_always_used() {
    let world = World::working().await;
    let from = |name, first| {
        with_spec(key(name, SecretTypeAes256Key, &ALL), |spec| {
            spec.r#use.as_mut().unwrap().min_decrypt_version = first;
        })
    };
    world.create(from("k", 1)).await.unwrap();
    rotate(&world, "k").await.unwrap();
    let sealed = done(&world, "k", operation(Encrypt, b"plain")).await.sealed;
    for dry_run in [true, false] {
        for secret in [from("k", 3), from("new", 2)] {
            let request =
                ApplySecretRequest { secret: Some(secret), dry_run, ..Default::default() };
            let refused = refusal(
                world.owner().call::<_, ApplySecretResponse>("ApplySecret", &request).await,
            );
            assert!(refused.message().contains("minDecryptVersion"), "{refused}");
        }
    }
    assert!(world.create(from("new", 2)).await.is_err());
    assert!(update(&world, from("k", 3)).await.is_err());
    assert_eq!(done(&world, "k", of_sealed(Decrypt, &sealed)).await.output, b"plain");
    update(&world, from("k", 2)).await.unwrap();
    assert_eq!(done(&world, "k", of_sealed(Decrypt, &sealed)).await.output, b"plain");
}

#[tokio::test]
async fn the_administrator_does_what_the_secret_allows_it() {
    let world = World::working().await;
    let secret = with_spec(key("k", SecretTypeAes256Key, &[Decrypt]), |spec| {
        spec.r#use.as_mut().unwrap().admin = numbers(&[Encrypt]);
    });
    world.create(secret).await.unwrap();
    world.create(with_params("plain", SecretTypeAes256Key, &[])).await.unwrap();
    let results = owner(&world, "k", vec![operation(Encrypt, b"from the owner")]).await.unwrap();
    let sealed = results.results[0].sealed.clone();
    assert_eq!(done(&world, "k", of_sealed(Decrypt, &sealed)).await.output, b"from the owner");
    let refused = code(owner(&world, "k", vec![of_sealed(Decrypt, &sealed)]).await);
    assert_eq!(refused, ErrorCode::UseDenied);
    let entries = world.audit.entries();
    let of_owner: Vec<_> = entries.iter().filter(|it| it.function == "UseSecret").collect();
    assert_eq!(of_owner[0].reason.as_deref(), Some("encrypt 1; version 1"));
    assert_eq!(of_owner[1].result, "0xA44B0000");
    let encrypt = ask(&world, 1, "k", vec![operation(Encrypt, b"x")]).await;
    assert_eq!(code(encrypt), ErrorCode::UseDenied, "applications only decrypt");
    let refused = owner(&world, "plain", vec![operation(Encrypt, b"x")]).await;
    assert_eq!(code(refused), ErrorCode::UseDenied);
    let refused = ask(&world, 1, "plain", vec![operation(Encrypt, b"x")]).await;
    assert_eq!(code(refused), ErrorCode::UseDenied);
    let refused = owner(&world, "nothing", vec![operation(Encrypt, b"x")]).await;
    assert_eq!(code(refused), ErrorCode::NoSuchName);
}

#[tokio::test]
async fn operations_are_those_that_the_application_has_sealed_for_this_request() {
    let world = World::working().await;
    world.create(key("k", SecretTypeAes256Key, &ALL)).await.unwrap();
    let (app, other) = (world.ta(enclave(1)), world.ta(enclave(1)));
    let text = json::to_string(&KeyOperations { operations: vec![operation(Mac, b"x")] });
    let good = app.use_request(SERVICE, "k", &text, b"n-5").await;
    let sealed_by_another = other.use_request(SERVICE, "k", &text, b"n-5").await;
    let of_another_request = app.use_request(SERVICE, "k", &text, b"n-6").await;
    let mut changed = good.clone();
    changed.operations_enc.as_mut().unwrap().encrypted_key[0] ^= 1;
    let mut none = good.clone();
    none.operations_enc = None;
    for bad in [sealed_by_another, of_another_request, changed, none] {
        let refused: Result<aecs_proto::TaUseSecretResponse, _> =
            app.call("TaUseSecret", &bad).await;
        assert_eq!(code(refused), ErrorCode::UseFailed);
    }
    let _: aecs_proto::TaUseSecretResponse = app.call("TaUseSecret", &good).await.unwrap();
}

#[tokio::test]
async fn what_makes_no_sense_is_not_created() {
    let world = World::working().await;
    let with = |name: &str, kind, usage: EnclaveSecretUse| {
        with_spec(with_params(name, kind, &[]), |spec| spec.r#use = Some(usage))
    };
    let of = |operations: &[KeyUse]| EnclaveSecretUse { operations: numbers(operations), ..used() };
    let unknown = EnclaveSecretUse { operations: vec![14], ..used() };
    let good = || key("x", SecretTypeAes256Key, &[Encrypt]);
    let rules = |secret, uses: usize| {
        with_spec(secret, |spec| {
            let one = EnclaveRuleUse { operations: numbers(&[Encrypt]) };
            spec.policy.as_mut().unwrap().rule_uses = vec![one; uses];
        })
    };
    for (what, secret) in [
        ("nothing", with("x", SecretTypeAes256Key, used())),
        ("unknown", with("x", SecretTypeAes256Key, unknown)),
        ("unspecified", with("x", SecretTypeAes256Key, of(&[KeyUse::Unspecified]))),
        ("get", with("x", SecretTypeAes256Key, of(&[Get]))),
        ("sign", with("x", SecretTypeAes256Key, of(&[Sign]))),
        ("encrypt", with("x", SecretTypeRsaKeyPair, of(&[Encrypt]))),
        ("wrap", with("x", SecretTypeEcP256KeyPair, of(&[Wrap]))),
        (
            "data",
            EnclaveSecret { data: "x".into(), ..with("x", SecretTypeImportData, of(&[Encrypt])) },
        ),
        ("two for one rule", rules(good(), 2)),
        ("a rule alone", rules(with_params("x", SecretTypeAes256Key, &[]), 1)),
        ("beyond", narrowed(good(), &[(1, &[Decrypt])])),
        ("none for a typed rule", typed(narrowed(good(), &[(1, &[Encrypt]), (2, &[])]), &[1])),
    ] {
        assert_eq!(code(world.create(secret).await), ErrorCode::CreateBadData, "{what}");
    }
    world.create(rules(good(), 1)).await.unwrap();
}

#[tokio::test]
async fn an_update_that_says_nothing_of_the_use_leaves_it() {
    let world = World::working().await;
    world.create(key("k", SecretTypeAes256Key, &[Encrypt])).await.unwrap();
    update(&world, with_params("k", SecretTypeAes256Key, &[])).await.unwrap();
    assert_eq!(code(world.ta(enclave(1)).get(SERVICE, "k").await), ErrorCode::GetNotExportable);
    done(&world, "k", operation(Encrypt, b"x")).await;
    // Rules that allow what the kept use does not are refused.
    let plain = with_params("k", SecretTypeAes256Key, &[]);
    let beyond = narrowed(plain, &[(1, &[Decrypt])]);
    assert_eq!(code(update(&world, beyond).await), ErrorCode::CreateBadData);
}

#[tokio::test]
async fn clients_of_2_0_see_nothing_of_it() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    world.create(public(with_params("plain", SecretTypeRsaKeyPair, &[]))).await.unwrap();
    let in_place = with_spec(public(key("k", SecretTypeRsaKeyPair, &[Sign])), |spec| {
        spec.r#use.as_mut().unwrap().exportable = true;
    });
    world.create(in_place).await.unwrap();
    let list: ListEnclaveSecretResponse = world
        .owner()
        .aecs20()
        .call("ListSecret", &ListEnclaveSecretRequest::default())
        .await
        .unwrap();
    let names: Vec<_> = list.secrets.iter().map(|spec| spec.secret_name.as_str()).collect();
    assert_eq!(names, ["plain"]);

    let old = world.ta_with(enclave(1), KeyPair::generate(Suite::Sm).unwrap()).aecs20();
    old.get(SERVICE, "plain").await.unwrap();
    let missing = refusal(old.get(SERVICE, "nothing").await).to_string();
    assert_eq!(refusal(old.get(SERVICE, "k").await).to_string(), missing);
    let request = GetEnclaveSecretPublicRequest {
        service_name: SERVICE.into(),
        secret_name: "k".into(),
        ..Default::default()
    };
    let refused = code(world.core.get_enclave_secret_public(request).await);
    assert_eq!(refused, ErrorCode::PublicPrivate);
    let update = crate::support::update(with_params("k", SecretTypeRsaKeyPair, &[]));
    let updated: Result<CreateEnclaveSecretResponse, _> =
        world.owner().aecs20().call("CreateSecret", &update).await;
    assert_eq!(code(updated), ErrorCode::NoSuchName, "it would lose its use");
    let create = CreateEnclaveSecretRequest {
        secret: Some(key("new", SecretTypeRsaKeyPair, &[Sign])),
        ..update
    };
    let create = CreateEnclaveSecretRequest { is_update: false, ..create };
    let created: Result<CreateEnclaveSecretResponse, _> =
        world.owner().aecs20().call("CreateSecret", &create).await;
    assert_eq!(code(created), ErrorCode::CreateType);
    assert_eq!(
        code(old.use_key(SERVICE, "k", vec![operation(Sign, b"")]).await),
        ErrorCode::Aecs20Refused
    );
}

#[tokio::test]
async fn keys_of_applications_of_their_own_are_not_used_in_place() {
    let world = World::working().await;
    let app = world.ta(enclave(1));
    let own = with_spec(key("own", SecretTypeAes256Key, &ALL), |spec| {
        spec.service_name = TRUSTED_APPLICATIONS.into();
        spec.policy = None;
    });
    app.create(own, aecs_proto::TaBinding::Measurement).await.unwrap();
    let refused = app.use_key(TRUSTED_APPLICATIONS, "own", vec![operation(Encrypt, b"x")]).await;
    assert_eq!(code(refused), ErrorCode::UseDenied);
    app.own("own").await.unwrap();
}
