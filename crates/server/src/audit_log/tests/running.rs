//! What the host can do to the files while the server runs, and what a log says of earlier changes.

use super::*;

fn files(scratch: &Scratch) -> Vec<PathBuf> {
    let mut files = scratch.finished();
    files.push(scratch.path());
    files
}

/// What came before is lost or not as the host wants it; what comes after is in a file that is
/// there.
#[test]
fn a_file_that_is_changed_while_the_server_runs_is_told_of() {
    type Attack = fn(&Path);
    fn open(path: &Path) -> fs::File {
        fs::File::options().append(true).open(path).unwrap()
    }
    let attacks: [(&str, Attack); 7] = [
        ("emptied, as by copytruncate", |path| drop(fs::File::create(path).unwrap())),
        ("cut within a line", |path| open(path).set_len(10).unwrap()),
        ("a line added", |path| io::Write::write_all(&mut open(path), b"{}\n").unwrap()),
        ("removed", |path| fs::remove_file(path).unwrap()),
        ("renamed", |path| fs::rename(path, path.with_extension("old")).unwrap()),
        ("replaced by an empty file", |path| {
            fs::remove_file(path).unwrap();
            fs::write(path, "").unwrap();
        }),
        ("replaced by a copy", |path| {
            let content = fs::read(path).unwrap();
            fs::remove_file(path).unwrap();
            fs::write(path, content).unwrap();
        }),
    ];
    for (name, attack) in attacks {
        let (scratch, key) = (Scratch::new(), key());
        let (log, _) = scratch.open();
        log.sign_with(key.clone());
        log.append(&entry("before"), Room::Free).unwrap();
        log.sync().unwrap();
        attack(&scratch.path());
        log.reserve(Room::Reserved, 1).unwrap();
        log.append(&entry("after"), Room::Free).unwrap();
        let head = log.head();
        drop(log);
        let mut lines = scratch.lines();
        lines.retain(|line| line.contains("\"sequence\""));
        assert_eq!(lines.len(), 2, "{name}: {lines:?}");
        assert!(lines[0].contains("\"result\":\"changed\""), "{name}: {lines:?}");
        assert!(lines[0].contains(&key.public().node()), "{name}: {lines:?}");
        assert!(lines[0].contains("while the server ran"), "{name}: {lines:?}");
        assert!(lines[1].contains("\"after\""), "{name}: {lines:?}");
        let (log, findings) = findings(Heads::By(&[key.public()]), &files(&scratch));
        let told = |finding: &Finding| matches!(finding, Finding::Changed { entry: 2, .. });
        assert!(findings.iter().any(told), "{name}: {findings:?}");
        assert_eq!((log.head, log.unsigned), (head, 0), "{name}");
        let (log, inspection) = scratch.open();
        assert_eq!((log.head(), inspection.broken), (head, None), "{name}: the next start");
    }
}

/// The file is looked at when room is reserved and when it is flushed, and not at each entry.
#[test]
fn a_change_between_reservation_and_entry_is_told_at_the_next_flush() {
    let (scratch, key) = (Scratch::new(), key());
    let (log, _) = scratch.open();
    log.sign_with(key.clone());
    log.append(&entry("before"), Room::Free).unwrap();
    log.sync().unwrap();
    log.reserve(Room::Free, 1).unwrap();
    fs::rename(scratch.path(), scratch.path().with_extension("old")).unwrap();
    log.append(&entry("between"), Room::Free).unwrap();
    log.sync().unwrap();
    log.append(&entry("after"), Room::Free).unwrap();
    drop(log);
    let lines = scratch.lines();
    assert!(lines[0].contains("\"result\":\"changed\""), "{lines:?}");
    let (_, findings) = findings(Heads::By(&[key.public()]), &files(&scratch));
    let told = |finding: &Finding| matches!(finding, Finding::Changed { entry: 3, .. });
    assert!(findings.iter().any(told), "{findings:?}");
}

/// So many releases come at a time that not every one looks, but none comes long after the last look.
#[test]
fn a_release_looks_at_the_file_unless_somebody_did_just_now() {
    let (scratch, key) = (Scratch::new(), key());
    let (log, _) = scratch.open();
    log.sign_with(key);
    log.append(&entry("before"), Room::Free).unwrap();
    log.sync().unwrap();
    fs::remove_file(scratch.path()).unwrap();
    thread::sleep(GATHER);
    log.reserve(Room::Free, 1).unwrap();
    log.append(&entry("after"), Room::Free).unwrap();
    let mut lines = scratch.lines();
    lines.retain(|line| line.contains("\"sequence\""));
    assert!(lines[0].contains("\"result\":\"changed\""), "{lines:?}");
    assert!(lines[1].contains("\"after\""), "{lines:?}");
}

#[test]
fn a_stop_does_not_lengthen_a_file_that_was_emptied() {
    let (scratch, key) = (Scratch::new(), key());
    for results in [&["1"][..], &["2", "3"]] {
        let (log, _) = scratch.open();
        log.sign_with(key.clone());
        for result in results {
            log.append(&entry(result), Room::Free).unwrap();
        }
        log.sync().unwrap();
        fs::File::create(scratch.path()).unwrap();
        drop(log);
        for file in files(&scratch) {
            assert!(!fs::read(&file).unwrap().contains(&0), "{}", file.display());
        }
    }
}

/// Without its folder, nothing can be recorded, so nothing is released.
#[test]
fn a_log_without_its_folder_refuses_until_it_is_back() {
    let scratch = Scratch::new();
    let folder = scratch.dir.path().join("log");
    fs::create_dir(&folder).unwrap();
    let path = folder.join("audit.log");
    let (log, _) = AuditLog::open(&path, AuditOptions::default()).unwrap();
    log.append(&entry("before"), Room::Free).unwrap();
    log.sync().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert!(log.reserve(Room::Reserved, 1).is_err());
    assert!(log.reserve(Room::Free, 1).is_err(), "what was not in place is looked at again");
    assert!(log.append(&entry("lost"), Room::Free).is_err());
    fs::create_dir(&folder).unwrap();
    log.reserve(Room::Free, 1).unwrap();
    log.append(&entry("after"), Room::Free).unwrap();
    let lines = lines(&path);
    assert!(lines[0].contains("\"changed\"") && lines[0].contains("\"lost\":1"), "{lines:?}");
}

/// The log told of an earlier change: that is no reason to write every act again after each crash.
#[test]
fn an_act_after_a_change_that_was_told_is_recorded_once() {
    let (scratch, key) = (Scratch::new(), key());
    scratch.append(&["first", "second"]);
    let mut lines = scratch.lines();
    lines[0] = "{}".to_owned();
    scratch.rewrite(&lines);
    let (log, _) = scratch.open();
    log.sign_with(key);
    let told = log.head();
    log.append(&entry("act"), Room::Free).unwrap();
    let known = log.head();
    log.append(&entry("late"), Room::Free).unwrap();
    let unrecorded = |known, act| {
        let found = log.look_back(known, vec![entry(act)]).unwrap();
        assert!(found.follows, "{act}");
        !found.unrecorded.is_empty()
    };
    for known in [told, known] {
        assert!(!unrecorded(known, "act") && !unrecorded(known, "late"));
        assert!(unrecorded(known, "second"), "the host may have written what is before the change");
    }
    assert!(unrecorded(Head::default(), "act"), "the vault does not know the change yet");
}

/// A start reads the segment that the vault knows of and what follows, however long the log is.
#[test]
fn a_start_reads_no_segment_before_the_one_that_the_vault_knows() {
    let options = AuditOptions { segment_bytes: 64 << 10, ..AuditOptions::default() };
    let (scratch, key) = (Scratch::new(), key());
    let (log, _) = AuditLog::open(&scratch.path(), options.clone()).unwrap();
    log.sign_with(key);
    let entries = |count: usize| {
        for number in 0..count {
            log.append(&entry(&number.to_string()), Room::Free).unwrap();
        }
    };
    while scratch.finished().len() < 3 {
        entries(50);
        thread::sleep(GATHER);
    }
    entries(50);
    let known = log.head();
    entries(50);
    drop(log);
    // Whatever the others have: nobody looks into them.
    let finished = scratch.finished();
    let (_, older) = finished.split_last().unwrap();
    for segment in older {
        fs::write(segment, "not a log").unwrap();
    }
    let begin = Instant::now();
    let (log, inspection) = AuditLog::open(&scratch.path(), options).unwrap();
    assert_eq!(inspection.broken, None);
    let found = log.look_back(known, Vec::new()).unwrap();
    assert!(found.follows);
    println!("{} entries: {:?}", inspection.entries, begin.elapsed());
    // A vault that knows no log, and one that knows what is gone.
    assert!(log.look_back(Head::default(), Vec::new()).unwrap().follows);
    let gone = Head { sequence: 1, hash: [7; 32] };
    assert!(!log.look_back(gone, Vec::new()).unwrap().follows);
}
