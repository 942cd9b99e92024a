//! Directories and bundles.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use aecs_attest::{
    CollateralBundle, CollateralDirectory, CollateralEntry, CollateralItem, CollateralLayers,
    CollateralRecorder, CollateralSource, Error,
};
use serde_json::Value;

use crate::collateral::support::{
    Cpu, DAY, FMSPC, NOBODYS, bytes, dcap, hsk_cek, hygon, now, unavailable, until,
};

fn entries() -> Vec<CollateralEntry> {
    let collateral = bytes(&Cpu::new().collateral());
    vec![
        CollateralEntry::new(dcap(FMSPC), collateral, now()).unwrap(),
        CollateralEntry::new(hygon("A1"), hsk_cek(1), now()).unwrap(),
        CollateralEntry::new(hygon("A2"), hsk_cek(2), now()).unwrap(),
    ]
}

/// What every offline source does with these entries.
fn check_source(source: &dyn CollateralSource, entries: &[CollateralEntry]) {
    for entry in entries {
        assert_eq!(source.get(entry.item(), now()).unwrap(), *entry.content());
    }
    assert!(unavailable(source.get(&dcap(NOBODYS), now())).contains("not in"));
    let late = now() + 40 * DAY;
    let reason = unavailable(source.get(&dcap(FMSPC), late));
    assert!(reason.contains("is valid from"), "{reason}");
    assert!(source.get(&hygon("A1"), late).is_ok(), "what has no dates does not end");
}

#[test]
fn a_directory_gives_what_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let directory = CollateralDirectory::create(dir.path().join("a/b")).unwrap();
    let entries = entries();
    entries.iter().for_each(|entry| directory.write(entry).unwrap());
    check_source(&directory, &entries);
    let again = CollateralDirectory::open(dir.path().join("a/b")).unwrap();
    check_source(&again, &entries);
    assert_eq!(again.entries().unwrap().filter_map(Result::ok).count(), 3);

    let newer = CollateralEntry::new(hygon("A1"), hsk_cek(9), now()).unwrap();
    directory.write(&newer).unwrap();
    assert_eq!(again.get(&hygon("A1"), now()).unwrap(), *newer.content());
    assert_eq!(again.entries().unwrap().count(), 3);
    assert!(CollateralDirectory::open(dir.path().join("none")).is_err());
}

#[test]
fn a_directory_notices_when_a_file_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let directory = CollateralDirectory::open(dir.path()).unwrap();
    let before = directory.generation();
    assert_eq!(directory.generation(), before);
    let by_another_process = CollateralDirectory::open(dir.path()).unwrap();
    by_another_process.write(&entries()[1]).unwrap();
    until("another generation", || directory.generation() != before);
}

#[test]
fn a_changed_file_is_no_entry() {
    let dir = tempfile::tempdir().unwrap();
    let directory = CollateralDirectory::open(dir.path()).unwrap();
    let entries = entries();
    entries.iter().for_each(|entry| directory.write(entry).unwrap());
    let files: Vec<_> =
        fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path()).collect();
    let file_of = |kind: &str| {
        let name = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        files.iter().find(|path| name(path).starts_with(kind)).unwrap().clone()
    };
    let dcap_file = file_of("dcap-");
    let genuine = fs::read_to_string(&dcap_file).unwrap();
    let parsed: Value = serde_json::from_str(&genuine).unwrap();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut value = parsed.clone();
        change(&mut value);
        serde_json::to_string(&value).unwrap()
    };
    let other_content = || {
        let other = directory.read(&hygon("A1")).unwrap().unwrap();
        base64(other.content())
    };
    for (i, bad) in [
        String::new(),
        "{".into(),
        genuine[..genuine.len() / 2].to_owned(),
        changed(&|v| v["version"] = 2.into()),
        changed(&|v| v["format"] = "other".into()),
        changed(&|v| v["more"] = 1.into()),
        changed(&|v| v["record"]["fetched"] = 1.into()),
        changed(&|v| v["record"]["item"] = dcap(NOBODYS).to_string().into()),
        changed(&|v| v["record"]["sha256"] = "00".repeat(32).into()),
        changed(&|v| v["record"]["b64_content"] = other_content().into()),
        "[".repeat(300_000),
        " ".repeat(1 << 20),
    ]
    .into_iter()
    .enumerate()
    {
        fs::write(&dcap_file, bad).unwrap();
        assert!(directory.get(&dcap(FMSPC), now()).is_err(), "change {i}");
        assert!(directory.pack().is_err(), "change {i}");
        assert_eq!(directory.entries().unwrap().filter_map(Result::ok).count(), 2, "change {i}");
    }
    // A whole entry in the place of another.
    fs::copy(file_of("hygon-"), &dcap_file).unwrap();
    assert!(matches!(directory.get(&dcap(FMSPC), now()), Err(Error::Malformed { .. })));
    // Something that is no file at all.
    fs::remove_file(&dcap_file).unwrap();
    fs::create_dir(&dcap_file).unwrap();
    assert!(directory.get(&dcap(FMSPC), now()).is_err());
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn a_bundle_is_a_directory_in_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let directory = CollateralDirectory::create(dir.path().join("d")).unwrap();
    let entries = entries();
    entries.iter().for_each(|entry| directory.write(entry).unwrap());
    let path = dir.path().join("new/bundle.json");
    let packed = directory.pack().unwrap();
    packed.write(&path).unwrap();
    let bundle = CollateralBundle::open(&path).unwrap();
    check_source(&bundle, &entries);
    assert_eq!(bundle.to_json().unwrap(), packed.to_json().unwrap());
    assert_eq!(bundle.entries().count(), 3);

    let again = CollateralDirectory::create(dir.path().join("e")).unwrap();
    bundle.entries().for_each(|entry| again.write(entry).unwrap());
    check_source(&again, &entries);
    assert!(CollateralBundle::open(dir.path().join("none")).is_err());
    assert_eq!(
        CollateralBundle::parse(&CollateralBundle::default().to_json().unwrap())
            .unwrap()
            .entries()
            .count(),
        0
    );
}

#[test]
fn a_bundle_has_the_latest_of_each_item() {
    let entry = |fill, age| CollateralEntry::new(hygon("A1"), hsk_cek(fill), now() - age).unwrap();
    let bundle =
        CollateralBundle::new([entry(1, DAY), entry(2, Duration::ZERO), entry(3, 2 * DAY)]);
    assert_eq!(bundle.get(&hygon("A1"), now()).unwrap()[100], 2);
}

#[test]
fn a_changed_bundle_is_none() {
    let bundle = CollateralBundle::new(entries());
    let json = String::from_utf8(bundle.to_json().unwrap()).unwrap();
    let parsed: Value = serde_json::from_str(&json).unwrap();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut value = parsed.clone();
        change(&mut value);
        serde_json::to_vec(&value).unwrap()
    };
    assert!(CollateralBundle::parse(&changed(&|_| ())).is_ok());
    for (i, bad) in [
        Vec::new(),
        b"{}".to_vec(),
        json.as_bytes()[..json.len() - 3].to_vec(),
        changed(&|v| v["version"] = 2.into()),
        changed(&|v| v["more"] = 2.into()),
        changed(&|v| {
            v["entries"].as_array_mut().unwrap().pop();
        }),
        changed(&|v| v["entries"].as_array_mut().unwrap().swap(0, 1)),
        changed(&|v| {
            let first = v["entries"][0].clone();
            v["entries"].as_array_mut().unwrap().push(first);
        }),
        changed(&|v| v["entries"][0]["fetched"] = 5.into()),
        changed(&|v| v["entries"][1]["item"] = "hygon-hsk-cek/A3".into()),
        changed(&|v| v["entries"][0]["b64_content"] = "".into()),
        changed(&|v| v["sha256"] = "".into()),
        b"[".repeat(1 << 20),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(CollateralBundle::parse(&bad).is_err(), "change {i}");
    }
    let huge = vec![b' '; (64 << 20) + 1];
    assert!(matches!(CollateralBundle::parse(&huge), Err(Error::TooLarge { .. })));
}

#[test]
fn layers_are_asked_in_order() {
    let all = entries();
    let first = CollateralBundle::new([all[1].clone()]);
    let other = CollateralEntry::new(hygon("A1"), hsk_cek(77), now()).unwrap();
    let second = CollateralBundle::new([other, all[0].clone()]);
    let layers = CollateralLayers::new(vec![Arc::new(first), Arc::new(second)]);
    assert_eq!(layers.get(&hygon("A1"), now()).unwrap()[100], 1, "of the first");
    assert_eq!(layers.get(&dcap(FMSPC), now()).unwrap(), *all[0].content(), "of the second");
    let reason = unavailable(layers.get(&hygon("A9"), now()));
    assert_eq!(reason.matches("it is not in the bundle").count(), 2, "{reason}");
    let none = CollateralLayers::new(Vec::new());
    assert!(unavailable(none.get(&hygon("A1"), now())).contains("no source"));
}

#[test]
fn a_recorder_tells_what_was_asked() {
    let all = entries();
    let recorder = CollateralRecorder::new(Arc::new(CollateralBundle::new(all.clone())));
    for item in [dcap(FMSPC), hygon("A9"), dcap(FMSPC)] {
        let _ = recorder.get(&item, now());
    }
    let asked = recorder.take();
    let items: Vec<CollateralItem> = asked.iter().map(|asked| asked.item.clone()).collect();
    assert_eq!(items, [hygon("A9"), dcap(FMSPC)]);
    assert!(asked[0].outcome.is_err());
    assert_eq!(asked[1].outcome.as_ref().unwrap().content(), all[0].content());
    assert!(recorder.take().is_empty());
}
