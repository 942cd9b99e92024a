use std::{fs, path::PathBuf};

use super::*;

struct Scratch {
    dir: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("audit.log")
    }

    /// Appends in one run of a server, and tells what it found at its start.
    fn append(&self, outcomes: &[&str]) -> Inspection {
        let (log, inspection) = AuditLog::open(&self.path()).unwrap();
        for outcome in outcomes {
            log.append(&entry(outcome));
        }
        inspection
    }

    fn lines(&self) -> Vec<String> {
        fs::read_to_string(self.path()).unwrap().lines().map(str::to_owned).collect()
    }

    fn rewrite(&self, lines: &[String]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.path(), text).unwrap();
    }

    fn broken_at(&self) -> Option<u64> {
        inspect(&File::open(self.path()).unwrap()).unwrap().broken_at
    }
}

fn entry(outcome: &str) -> AuditEntry {
    AuditEntry {
        time_ms: 1_763_900_000_000,
        function: "AecsProvision",
        caller: "aecs-admin",
        key_hash: None,
        service: Some("service1".to_owned()),
        object: None,
        measurement: None,
        outcome: outcome.to_owned(),
        reason: None,
    }
}

#[test]
fn lines_are_json_and_follow_each_other_across_restarts() {
    let scratch = Scratch::new();
    assert_eq!(scratch.append(&["ok", "ok"]).lines, 0);
    let inspection = scratch.append(&["0xA0050000"]);
    assert_eq!((inspection.lines, inspection.broken_at), (2, None));
    let lines = scratch.lines();
    assert_eq!(lines.len(), 3);
    for (index, line) in lines.iter().enumerate() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["sequence"], index + 1);
        assert_eq!(value["service"], "service1");
    }
    assert_eq!(scratch.broken_at(), None);
}

#[test]
fn edits_cuts_and_moves_are_found_where_they_are() {
    let scratch = Scratch::new();
    scratch.append(&["ok", "ok", "0xA0050000", "ok"]);
    let good = scratch.lines();

    let mut edited = good.clone();
    edited[1] = edited[1].replace("service1", "service2");
    scratch.rewrite(&edited);
    assert_eq!(scratch.broken_at(), Some(3), "the line after the edited one does not fit");

    let mut cut = good.clone();
    cut.remove(1);
    scratch.rewrite(&cut);
    assert_eq!(scratch.broken_at(), Some(2));

    let mut moved = good.clone();
    moved.swap(1, 2);
    scratch.rewrite(&moved);
    assert_eq!(scratch.broken_at(), Some(2));

    scratch.rewrite(&good[1..]);
    assert_eq!(scratch.broken_at(), Some(1), "the beginning is missing");

    scratch.rewrite(&good);
    assert_eq!(scratch.broken_at(), None);
}

#[test]
fn a_broken_chain_is_reported_and_continued() {
    let scratch = Scratch::new();
    scratch.append(&["ok", "ok"]);
    let mut lines = scratch.lines();
    lines[0] = "{}".to_owned();
    scratch.rewrite(&lines);
    assert_eq!(scratch.append(&["ok"]).broken_at, Some(1));
    assert_eq!(scratch.lines().len(), 3);
}

#[test]
fn a_line_torn_by_a_crash_does_not_swallow_the_next() {
    let scratch = Scratch::new();
    scratch.append(&["ok", "ok"]);
    let text = fs::read_to_string(scratch.path()).unwrap();
    fs::write(scratch.path(), &text[..text.len() - 10]).unwrap();
    assert_eq!(scratch.append(&["ok"]).broken_at, Some(2));
    let lines = scratch.lines();
    assert_eq!(lines.len(), 3);
    assert!(serde_json::from_str::<serde_json::Value>(&lines[2]).is_ok());
}

#[test]
fn two_servers_do_not_share_a_log() {
    let scratch = Scratch::new();
    let (_log, _) = AuditLog::open(&scratch.path()).unwrap();
    assert!(matches!(AuditLog::open(&scratch.path()), Err(AuditError::InUse)));
}
