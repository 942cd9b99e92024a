//! Data that does not fit into one request or one answer.

use aecs_core::{Error, ErrorCode, Kind};
use aecs_crypto::{Suite, sha256};
use aecs_proto::{
    ApplySecretRequest, ApplySecretResponse, EnclaveSecretEncoding, EnclaveSecretType,
    NewSecretVersionResponse, PutSecretRequest, SecretOutcome, TaGetSecretRequest,
    UploadSecretDataRequest, UploadSecretDataResponse, UploadedData,
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{data, with_data};
use crate::support::{Administrator, Config, SERVICE, Ta, World, code, enclave, refusal};

const MIB: usize = 1 << 20;
const PART: usize = 480 << 10;

/// A server that allows values of 8 MiB.
async fn world() -> World {
    let long = |config: &mut Config| config.quotas.data_bytes = 8 * MIB;
    World::pending(Suite::Modern, long).await.lasting().await.provisioned().await
}

/// A text of that length, of which no two parts are the same.
fn text(len: usize) -> String {
    (0..len / 16 + 1).map(|at| format!("{at:016x}")).collect::<String>()[..len].to_owned()
}

async fn part(
    owner: &Administrator,
    id: u8,
    total: usize,
    offset: usize,
    part: &[u8],
) -> Result<u64, Error> {
    let request = UploadSecretDataRequest {
        upload_id: vec![id; 16],
        total: total as u64,
        offset: offset as u64,
        part: part.to_vec(),
    };
    let answer: UploadSecretDataResponse = owner.call("UploadSecretData", &request).await?;
    Ok(answer.received)
}

/// Sends a text, and names it.
async fn upload(owner: &Administrator, id: u8, text: &str) -> Result<UploadedData, Error> {
    let mut offset = 0;
    for bytes in text.as_bytes().chunks(PART) {
        let received = part(owner, id, text.len(), offset, bytes).await?;
        offset += bytes.len();
        assert_eq!(received, offset as u64);
    }
    Ok(named(id, text))
}

fn named(id: u8, text: &str) -> UploadedData {
    UploadedData { upload_id: vec![id; 16], sha256: sha256(text.as_bytes()).to_vec() }
}

async fn put(owner: &Administrator, upload: UploadedData) -> Result<u64, Error> {
    put_in(owner, upload, EnclaveSecretEncoding::SecretEncodingText).await
}

async fn put_in(
    owner: &Administrator,
    upload: UploadedData,
    encoding: EnclaveSecretEncoding,
) -> Result<u64, Error> {
    let request = PutSecretRequest {
        secret_name: "a".into(),
        encoding: encoding.into(),
        upload: Some(upload),
        ..PutSecretRequest::default()
    };
    let answer: NewSecretVersionResponse = owner.call("PutSecret", &request).await?;
    Ok(answer.version)
}

fn ask(offset: usize, part_of: &[u8]) -> TaGetSecretRequest {
    TaGetSecretRequest {
        max_data: 512 << 10,
        offset: offset as u64,
        part_of: part_of.to_vec(),
        ..Ta::get_request(SERVICE, "a")
    }
}

/// All parts of the data.
async fn get_all(ta: &Ta) -> String {
    let first = ta.get_part(&ask(0, &[])).await.unwrap();
    if first.total == 0 {
        return first.data;
    }
    assert!(first.data.is_empty());
    let mut all = first.part;
    while all.len() < usize::try_from(first.total).unwrap() {
        let next = ta.get_part(&ask(all.len(), &first.tag)).await.unwrap();
        assert!(!next.part.is_empty() && next.part.len() <= 512 << 10);
        assert_eq!((next.version, next.total), (first.version, first.total));
        all.extend(next.part);
    }
    String::from_utf8(all).unwrap()
}

#[tokio::test]
async fn a_long_value_goes_in_and_out_in_parts() {
    let world = world().await;
    world.import("a", "short", 1).await.unwrap();
    let (owner, long) = (world.owner(), text(3 * MIB + 7));
    let uploaded = upload(&owner, 1, &long).await.unwrap();
    assert_eq!(put(&owner, uploaded).await.unwrap(), 2);
    assert!(get_all(&world.ta(enclave(1))).await == long);

    // One answer does not hold it, and says so to who is admitted only.
    let refused = refusal(world.ta(enclave(1)).get(SERVICE, "a").await);
    assert_eq!(
        (refused.code(), refused.kind()),
        (ErrorCode::TooLongForOne, Kind::FailedPrecondition)
    );
    assert_eq!(code(world.ta(enclave(2)).get(SERVICE, "a").await), ErrorCode::NoSuchName);
    assert_eq!(code(world.ta(enclave(2)).get_part(&ask(0, &[])).await), ErrorCode::NoSuchName);
    // What is short comes whole, also to who would take parts.
    assert_eq!(put(&owner, upload(&owner, 2, "brief").await.unwrap()).await.unwrap(), 3);
    assert_eq!(get_all(&world.ta(enclave(1))).await, "brief");
    assert_eq!(data(&world, "a").await, "brief");
}

#[tokio::test]
async fn binary_data_counts_by_its_own_bytes() {
    let world = world().await;
    world.import("a", "short", 1).await.unwrap();
    let owner = world.owner();
    let encoding = EnclaveSecretEncoding::SecretEncodingBase64;
    let longest = STANDARD.encode(vec![0xFF; 8 * MIB]);
    let uploaded = upload(&owner, 1, &longest).await.unwrap();
    assert_eq!(put_in(&owner, uploaded, encoding).await.unwrap(), 2);
    assert!(get_all(&world.ta(enclave(1))).await == longest);

    let longer = STANDARD.encode(vec![0xFF; 8 * MIB + 1]);
    let refused = match upload(&owner, 2, &longer).await {
        Ok(uploaded) => put_in(&owner, uploaded, encoding).await.map(drop),
        Err(error) => Err(error),
    };
    assert_eq!(code(refused), ErrorCode::CreateDataTooLong);
    assert_eq!(code(upload(&owner, 3, &text(12 * MIB)).await), ErrorCode::CreateDataTooLong);
}

#[tokio::test]
async fn an_upload_that_is_cut_off_leaves_nothing() {
    let world = world().await;
    world.import("a", "short", 1).await.unwrap();
    let (owner, long) = (world.owner(), text(2 * PART));
    let before = world.everything().await;
    part(&owner, 1, long.len(), 0, &long.as_bytes()[..PART]).await.unwrap();
    assert_eq!(world.everything().await, before, "nothing is stored");
    let half = refusal(put(&owner, named(1, &long)).await);
    assert_eq!((half.code(), half.kind()), (ErrorCode::Upload, Kind::InvalidArgument));
    assert_eq!(data(&world, "a").await, "short");
    // It is gone, and so is one of a process that ended.
    let gone = refusal(put(&owner, named(1, &long)).await);
    assert_eq!((gone.code(), gone.kind()), (ErrorCode::Upload, Kind::FailedPrecondition));
    let uploaded = upload(&owner, 2, &long).await.unwrap();
    let again = world.restarted().await;
    assert_eq!(code(put(&again.owner(), uploaded).await), ErrorCode::Upload);
    assert_eq!(data(&again, "a").await, "short");
}

#[tokio::test]
async fn an_upload_serves_one_act_of_its_sender() {
    let world = world().await;
    world.import("a", "short", 1).await.unwrap();
    let (owner, long) = (world.owner(), text(2 * PART));
    let uploaded = upload(&owner, 1, &long).await.unwrap();
    let other = UploadedData { sha256: vec![0; 32], ..uploaded.clone() };
    assert_eq!(code(put(&owner, other).await), ErrorCode::Upload, "another digest");
    let uploaded = upload(&owner, 1, &long).await.unwrap();
    assert_eq!(put(&owner, uploaded.clone()).await.unwrap(), 2);
    assert_eq!(code(put(&owner, uploaded).await), ErrorCode::Upload, "used before");

    let both = PutSecretRequest {
        secret_name: "a".into(),
        data: "x".into(),
        upload: Some(upload(&owner, 2, &long).await.unwrap()),
        ..PutSecretRequest::default()
    };
    let refused: Result<NewSecretVersionResponse, _> = owner.call("PutSecret", &both).await;
    assert_eq!(code(refused), ErrorCode::Upload);
    assert!(get_all(&world.ta(enclave(1))).await == long);
}

#[tokio::test]
async fn apply_takes_an_upload_and_finds_it_unchanged() {
    let world = world().await;
    let (owner, long) = (world.owner(), text(2 * MIB));
    let apply = async |id, long: &str| {
        let secret = with_data("a", EnclaveSecretType::SecretTypeImportData, "");
        let upload = Some(upload(&owner, id, long).await.unwrap());
        let request = ApplySecretRequest { secret: Some(secret), upload, ..Default::default() };
        let answer: ApplySecretResponse = owner.call("ApplySecret", &request).await.unwrap();
        (answer.outcome(), answer.version)
    };
    assert_eq!(apply(1, &long).await, (SecretOutcome::SecretCreated, 1));
    assert_eq!(apply(2, &long).await, (SecretOutcome::SecretUnchanged, 1));
    let other = text(2 * MIB + 1);
    assert_eq!(apply(3, &other).await, (SecretOutcome::SecretUpdated, 2));
    assert!(get_all(&world.ta(enclave(1))).await == other);
}

#[tokio::test]
async fn parts_are_of_one_version() {
    let world = world().await;
    world.import("a", "short", 1).await.unwrap();
    let owner = world.owner();
    let uploaded = upload(&owner, 1, &text(2 * MIB)).await.unwrap();
    put(&owner, uploaded).await.unwrap();
    let ta = world.ta(enclave(1));
    let first = ta.get_part(&ask(0, &[])).await.unwrap();
    // Another version becomes the current one meanwhile.
    let uploaded = upload(&owner, 2, &text(2 * MIB + 1)).await.unwrap();
    put(&owner, uploaded).await.unwrap();
    assert_eq!(code(ta.get_part(&ask(first.part.len(), &first.tag)).await), ErrorCode::NotCurrent);
    // The one that was begun can be finished, by its number.
    let rest = TaGetSecretRequest { version: 2, ..ask(first.part.len(), &first.tag) };
    let rest = ta.get_part(&rest).await.unwrap();
    assert_eq!((rest.version, rest.total), (2, first.total));
    // A part needs the tag of the first.
    assert_eq!(code(ta.get_part(&ask(first.part.len(), &[])).await), ErrorCode::Generic);
}

#[tokio::test]
async fn memory_for_uploads_is_bounded() {
    let small = |config: &mut Config| {
        config.quotas.data_bytes = 8 * MIB;
        config.upload_bytes = MIB;
    };
    let world = World::pending(Suite::Modern, small).await.provisioned().await;
    world.import("a", "short", 1).await.unwrap();
    let owner = world.owner();
    // What is announced counts, not what has come.
    let full = refusal(part(&owner, 1, 2 * MIB, 0, b"x").await);
    assert_eq!(full.kind(), Kind::ResourceExhausted, "{full}");
    part(&owner, 2, MIB / 2, 0, b"x").await.unwrap();
    part(&owner, 3, MIB / 2, 0, b"x").await.unwrap();
    // A third one of the same service takes the place of the first.
    part(&owner, 4, MIB / 2, 0, b"x").await.unwrap();
    assert_eq!(code(part(&owner, 2, MIB / 2, 1, b"x").await), ErrorCode::Upload);

    let none = |config: &mut Config| config.upload_bytes = 0;
    let world = World::pending(Suite::Modern, none).await.provisioned().await;
    let refused = refusal(part(&world.owner(), 1, 10, 0, b"x").await);
    assert_eq!(refused.kind(), Kind::ResourceExhausted, "{refused}");
}

#[tokio::test]
async fn what_is_parsed_as_a_whole_is_shorter() {
    let world = world().await;
    let owner = world.owner();
    let long = text(MIB + 1);
    let secret = with_data("a", EnclaveSecretType::SecretTypeCertificate, "");
    let upload = Some(upload(&owner, 1, &long).await.unwrap());
    let request = ApplySecretRequest { secret: Some(secret), upload, ..Default::default() };
    let refused: Result<ApplySecretResponse, _> = owner.call("ApplySecret", &request).await;
    assert_eq!(code(refused), ErrorCode::CreateDataTooLong);
}
