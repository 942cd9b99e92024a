//! The two records of a secret, in a vault without a core.

use std::sync::Arc;

use aecs_crypto::RecordKey;
use aecs_proto::{EnclaveSecretPolicy, EnclaveSecretType};
use aecs_store::MemoryStore;

use super::*;
use crate::{error::Kind, name::SecretName, secret::policy::SecretPolicy, vault::Options};

const DATA: &str = "pl4nted data";

async fn vault() -> Vault {
    let key = RecordKey::generate().unwrap();
    Vault::open(Arc::new(MemoryStore::new()), key, [1; 32], Options::new()).await.unwrap()
}

fn record() -> Name {
    let (service, secret) = (ServiceName::parse("s").unwrap(), SecretName::parse("a").unwrap());
    keys::secret(&service, &secret).unwrap()
}

fn spec(kind: EnclaveSecretType) -> EnclaveSecretSpec {
    EnclaveSecretSpec {
        secret_name: "a".into(),
        service_name: "s".into(),
        r#type: kind.into(),
        readonly: "false".into(),
        share: "public".into(),
        ..EnclaveSecretSpec::default()
    }
}

fn material(kind: EnclaveSecretType, data: &str) -> Material {
    Material::parse(kind, data.to_owned().into()).unwrap()
}

fn import(data: &str) -> Material {
    material(EnclaveSecretType::SecretTypeImportData, data)
}

fn new(kind: EnclaveSecretType, data: &str) -> NewSecret {
    let service = ServiceName::parse("s").unwrap();
    NewSecret::new(Spec::parse(spec(kind), &service).unwrap(), material(kind, data))
}

fn made(at_ms: i64) -> Made {
    Made { by: "tester".into(), at_ms }
}

/// The value of the current version.
fn value_of(secret: &Secret) -> Name {
    keys::value(&record(), secret.versions.current().id().unwrap()).unwrap()
}

async fn create(vault: &Vault) -> Epoch {
    let secret = new(EnclaveSecretType::SecretTypeImportData, DATA);
    vault.commit(secret.creation(record(), 1, made(1)).unwrap()).await.unwrap()
}

async fn load(vault: &Vault) -> Secret {
    Secret::load(vault, record()).await.unwrap().unwrap()
}

async fn data_epoch(vault: &Vault, secret: &Secret) -> Option<Epoch> {
    secret.data_epoch(vault, None).await.unwrap()
}

async fn holds(vault: &Vault, secret: &Secret, data: &str) -> bool {
    secret.holds(vault, &import(data)).await.unwrap()
}

#[tokio::test]
async fn a_secret_is_two_records_of_one_change() {
    let vault = vault().await;
    let created = create(&vault).await;
    let names = vault.epochs_page("aecs/s/", None, 9).await.unwrap();
    assert_eq!(names.len(), 2);
    assert!(names.iter().all(|(_, epoch)| *epoch == created), "{names:?}");
    let plain = vault.get(&record()).await.unwrap().unwrap().plain;
    let contains = |text: &[u8]| plain.expose().windows(text.len()).any(|window| window == text);
    assert!(contains(b"public"), "the specification");
    assert!(!contains(DATA.as_bytes()), "no data in the record that is judged");

    let secret = load(&vault).await;
    assert!(holds(&vault, &secret, DATA).await);
    assert!(!holds(&vault, &secret, "other").await);
    assert_eq!((secret.epoch(), data_epoch(&vault, &secret).await), (created, Some(created)));
    let policy = EnclaveSecretPolicy { r#type: 1, ..Default::default() };
    let policy = SecretPolicy::parse(policy, &secret.spec.name).unwrap();
    let spec = Spec { policy, ..secret.spec.clone() };
    let change = secret.with_spec(spec, 2, 2).unwrap();
    let updated = vault.commit(change).await.unwrap();
    let secret = load(&vault).await;
    assert_eq!((secret.epoch(), data_epoch(&vault, &secret).await), (updated, Some(created)));
    assert!(holds(&vault, &secret, DATA).await);

    // The epoch of before the update removes nothing, that of now both.
    let stale = vault.commit(removal(&vault, record(), created).await.unwrap()).await;
    assert!(matches!(stale, Err(VaultError::Conflict { .. })));
    vault.commit(removal(&vault, record(), updated).await.unwrap()).await.unwrap();
    assert!(vault.names("aecs/s/").await.unwrap().is_empty());
}

#[tokio::test]
async fn another_secret_of_the_name_has_another_value() {
    let vault = vault().await;
    let epoch = create(&vault).await;
    let old = load(&vault).await;
    vault.commit(removal(&vault, record(), epoch).await.unwrap()).await.unwrap();
    create(&vault).await;
    let new = load(&vault).await;
    let id = old.versions.current().id().unwrap();
    assert_ne!(Some(id), new.versions.current().id());
    assert!(old.value(&vault, id).await.unwrap().is_none(), "look again");
    assert_eq!(
        old.holds(&vault, &import(DATA)).await.unwrap_err().kind(),
        Kind::FailedPrecondition
    );
    assert!(holds(&vault, &new, DATA).await);
}

#[tokio::test]
async fn a_value_that_is_named_and_missing_is_damage() {
    let vault = vault().await;
    create(&vault).await;
    let secret = load(&vault).await;
    let name = value_of(&secret);
    vault.commit(Change::new().remove(name.clone(), None)).await.unwrap();
    let error = secret.holds(&vault, &import(DATA)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Internal, "{error}");
    let text = Damage::NoValue { record: record(), value: name.clone() }.to_string();
    assert!(text.contains(record().as_str()) && text.contains(name.as_str()), "{text}");
}

#[tokio::test]
async fn the_value_of_a_shared_secret_is_read_only_for_its_public_half() {
    let vault = vault().await;
    let show = |spec| spec;
    create(&vault).await;
    let secret = load(&vault).await;
    let name = value_of(&secret);
    vault.commit(Change::new().remove(name, None)).await.unwrap();
    let view = secret.shared().unwrap().view(&vault, 2, show).await.unwrap().unwrap();
    assert!(view.contains(r#""secretName":"a""#), "{view}");

    let pair = new(EnclaveSecretType::SecretTypeSm2KeyPair, r#"{"publicKey":"half"}"#);
    let (service, other) = (ServiceName::parse("s").unwrap(), SecretName::parse("b").unwrap());
    let other = keys::secret(&service, &other).unwrap();
    vault.commit(pair.creation(other.clone(), 1, made(1)).unwrap()).await.unwrap();
    let pair = Secret::load(&vault, other.clone()).await.unwrap().unwrap();
    let view = pair.shared().unwrap().view(&vault, 2, show).await.unwrap().unwrap();
    assert!(view.contains("half"), "{view}");
    vault.commit(removal(&vault, other, pair.epoch()).await.unwrap()).await.unwrap();
    assert!(pair.shared().unwrap().view(&vault, 2, show).await.unwrap().is_none());
}

/// What an unreleased version wrote: specification and data in one record.
#[derive(Clone, PartialEq, Message)]
struct Earlier {
    #[prost(message, optional, tag = "1")]
    spec: Option<EnclaveSecretSpec>,
    #[prost(string, tag = "2")]
    data: String,
}

#[tokio::test]
async fn a_record_of_the_earlier_form_is_refused_and_can_be_removed() {
    let vault = vault().await;
    let spec = Some(spec(EnclaveSecretType::SecretTypeImportData));
    let earlier = Earlier { spec, data: DATA.into() };
    let epoch =
        vault.commit(Change::new().create(record(), earlier.encode_to_vec().into())).await.unwrap();
    let error = Secret::load(&vault, record()).await.err().unwrap();
    assert_eq!(error.kind(), Kind::Internal, "{error}");
    let text = Damage::EarlierForm { record: record() }.to_string();
    assert!(text.contains(record().as_str()) && text.contains("create it again"), "{text}");
    // That version finds no secret in a record of now either.
    let data = new_data(&import("")).unwrap();
    let now = SecretRecord {
        spec: Some(new(EnclaveSecretType::SecretTypeImportData, "").spec.to_proto()),
        versions: Versions::first(1, data, made(1)).into_vec(),
        ..SecretRecord::default()
    };
    assert!(Earlier::decode(now.encode_to_vec().as_slice()).unwrap() == Earlier::default());

    vault.commit(removal(&vault, record(), epoch).await.unwrap()).await.unwrap();
    assert!(vault.names("").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_record_from_before_there_were_versions_has_version_1() {
    let vault = vault().await;
    let id = ValueId([7; 16]);
    let spec = Some(spec(EnclaveSecretType::SecretTypeImportData));
    let before = SecretRecord { spec, only_value: id.0.to_vec(), ..SecretRecord::default() };
    let change = Change::new().create(record(), before.encode_to_vec().into());
    let value = keys::value(&record(), id).unwrap();
    vault.commit(change.create(value, DATA.as_bytes().to_vec().into())).await.unwrap();
    let secret = load(&vault).await;
    assert!(holds(&vault, &secret, DATA).await);
    assert_eq!(secret.latest(), 1);
    let (change, number) = secret.put(&import("more"), made(5)).unwrap();
    vault.commit(change).await.unwrap();
    assert_eq!(number, 2);
    assert!(holds(&vault, &load(&vault).await, "more").await);
}

#[tokio::test]
async fn an_act_is_one_change_and_leaves_the_values_that_versions_name() {
    let vault = vault().await;
    create(&vault).await;
    let before = vault.seen().epoch;
    let (change, _) = load(&vault).await.put(&import("two"), made(2)).unwrap();
    assert_eq!(vault.commit(change).await.unwrap(), before + 1);
    let values = async || vault.names("aecs/s/values/").await.unwrap();
    assert_eq!(values().await.len(), 2);

    // A rollback names the value of before once more, and reads and writes none.
    let (change, number) = load(&vault).await.roll_back(1, made(3)).unwrap();
    vault.commit(change).await.unwrap();
    assert_eq!((number, values().await.len()), (3, 2));
    assert!(holds(&vault, &load(&vault).await, DATA).await);

    // It stays while one of the two versions names it.
    vault.commit(load(&vault).await.destroy(1, 4, 4).unwrap()).await.unwrap();
    assert_eq!(values().await.len(), 2);
    assert!(holds(&vault, &load(&vault).await, DATA).await);
    vault.commit(load(&vault).await.destroy(3, 4, 4).unwrap()).await.unwrap();
    assert_eq!(values().await.len(), 1);
    assert_eq!(load(&vault).await.latest(), 3, "its number is given");
    assert!(!holds(&vault, &load(&vault).await, DATA).await);

    // Somebody else was faster.
    let slow = load(&vault).await;
    vault.commit(load(&vault).await.put(&import("four"), made(5)).unwrap().0).await.unwrap();
    let error = vault.commit(slow.put(&import("other"), made(5)).unwrap().0).await;
    assert!(matches!(error, Err(VaultError::Conflict { .. })));
}

#[tokio::test]
async fn an_id_is_whole() {
    for len in [0, 15, 17] {
        let vault = vault().await;
        let spec = Some(spec(EnclaveSecretType::SecretTypeImportData));
        let cut = Version { number: 1, value: vec![1; len], ..Version::default() };
        let versions = if len == 0 { vec![] } else { vec![cut] };
        let cut = SecretRecord { spec, versions, ..SecretRecord::default() }.encode_to_vec();
        vault.commit(Change::new().create(record(), cut.into())).await.unwrap();
        let error = Secret::load(&vault, record()).await.err().unwrap();
        assert_eq!(error.kind(), Kind::Internal, "{len}: {error}");
    }
}
