//! `aecsadmin audit verify`.

use std::fs;
use std::path::Path;

use aecs_crypto::RecordKey;
use aecs_crypto::audit::{AuditKey, Entry, Head};
use serde_json::{Value, json};

use super::{run_in, succeed_in};

fn key() -> AuditKey {
    AuditKey::of(&RecordKey::generate().unwrap()).unwrap()
}

/// Chains entries after `head`, and has `key` sign the end.
fn chain(head: &mut Head, bodies: &[Value], key: &AuditKey) -> String {
    let mut text = String::new();
    for body in bodies {
        let line = serde_json::to_string(&Entry::new(*head, 0, body)).unwrap();
        *head = head.after(line.as_bytes());
        text.push_str(&format!("{line}\n"));
    }
    text + &key.head_line(*head).unwrap() + "\n"
}

fn bodies(objects: &[&str]) -> Vec<Value> {
    objects.iter().map(|object| json!({ "function": "TaGetSecret", "object": object })).collect()
}

/// A log of two files; returns its key.
fn log(folder: &Path) -> AuditKey {
    let (key, mut head) = (key(), Head::default());
    let first = chain(&mut head, &bodies(&["a", "b", "c"]), &key);
    fs::write(folder.join("audit.log.000000000001"), first).unwrap();
    let second = chain(&mut head, &bodies(&["d", "e"]), &key);
    fs::write(folder.join("audit.log"), second).unwrap();
    key
}

const FILES: &str = "{DIR}/audit.log {DIR}/audit.log.000000000001";

#[test]
fn an_intact_log_is_called_intact_without_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let key = log(folder.path());
    let line = format!("aecsadmin audit verify {FILES} --key {} --output json", key.public());
    let report = succeed_in(folder.path(), &line).json();
    assert_eq!((&report["entries"], &report["first_entry"]), (&5.into(), &1.into()));
    assert_eq!((&report["signed_entry"], &report["unsigned_entries"]), (&5.into(), &0.into()));
    assert_eq!((&report["signer_checked"], &report["end_checked"]), (&true.into(), &false.into()));
    let known = format!("aecsadmin audit verify {FILES} --key {}", key.public());
    let text = succeed_in(folder.path(), &known).stdout;
    assert!(text.contains("later entries may have been cut off"), "{text}");
    let part = "aecsadmin audit verify {DIR}/audit.log --insecure-any-key";
    let part = succeed_in(folder.path(), part).stdout;
    assert!(part.contains("in files that were not given"), "{part}");
}

#[test]
fn a_file_that_is_given_twice_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let key = log(folder.path());
    let (file, sink) = (folder.path().join("audit.log.000000000001"), folder.path().join("sink"));
    fs::create_dir(&sink).unwrap();
    let copy = sink.join("audit.log.000000000001");
    fs::copy(&file, &copy).unwrap();
    let verify = format!(
        "aecsadmin audit verify {{DIR}}/sink/audit.log.000000000001 {FILES} {{DIR}}/audit.log --key {}",
        key.public()
    );
    let report = succeed_in(folder.path(), &format!("{verify} --output json")).json();
    assert_eq!((&report["files"], &report["given_twice"]), (&2.into(), &2.into()));
    assert_eq!(report["entries"], 5);
    assert!(succeed_in(folder.path(), &verify).stdout.contains("given twice"));

    // Two files that differ are two files.
    let text = fs::read_to_string(&copy).unwrap();
    fs::write(&copy, text.replace("\"b\"", "\"x\"")).unwrap();
    assert_eq!(run_in(folder.path(), &verify).code, 77);
}

#[test]
fn another_file_is_named_once_and_a_short_key_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    log(folder.path());
    fs::write(folder.path().join("good.json"), "{\n  \"a\": 1\n}\n").unwrap();
    let verify = format!("aecsadmin audit verify {FILES} {{DIR}}/good.json --insecure-any-key");
    let ran = run_in(folder.path(), &verify);
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    assert!(ran.stdout.contains("good.json is not an audit log"), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("problem: ").count(), 1, "{}", ran.stdout);
    let short = run_in(folder.path(), &format!("aecsadmin audit verify {FILES} --key 00"));
    let help = "write 64 hexadecimal digits, as `status` shows them";
    assert!(short.stderr.contains(help), "{}", short.stderr);
}

#[test]
fn a_log_is_not_called_intact_without_a_known_key() {
    let folder = tempfile::tempdir().unwrap();
    let key = log(folder.path());
    let no_key = run_in(folder.path(), &format!("aecsadmin audit verify {FILES}"));
    assert_eq!(no_key.code, 64, "{}", no_key.stdout);
    assert!(no_key.stderr.contains("cannot ask the server for its audit key"), "{}", no_key.stderr);
    assert!(no_key.stderr.contains("--insecure-any-key"), "{}", no_key.stderr);

    let any = format!("aecsadmin audit verify {FILES} --insecure-any-key");
    let any = succeed_in(folder.path(), &any).stdout;
    assert!(any.contains("not known: the chain is consistent"), "{any}");
    assert!(!any.contains("yes"), "{any}");

    let keys = folder.path().join("keys");
    let verify = format!("aecsadmin audit verify {FILES} --key-file {{DIR}}/keys");
    fs::write(&keys, format!("{}\n\n{}\n", self::key().public(), key.public())).unwrap();
    assert!(succeed_in(folder.path(), &verify).stdout.contains("yes"));
    for (content, problem) in
        [("", "there is no audit key in it"), ("00\n", "keys:1: not an audit key")]
    {
        fs::write(&keys, content).unwrap();
        let refused = run_in(folder.path(), &verify);
        assert_eq!(refused.code, 65);
        assert!(refused.stderr.contains(problem), "{}", refused.stderr);
    }
}

#[test]
fn h07_history_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let key = log(folder.path());
    let verify = format!("aecsadmin audit verify {FILES} --key {}", key.public());
    succeed_in(folder.path(), &verify);
    let file = folder.path().join("audit.log.000000000001");
    let good = fs::read_to_string(&file).unwrap();
    let refused = |text: &str, problem: &str| {
        fs::write(&file, text).unwrap();
        let ran = run_in(folder.path(), &verify);
        assert_eq!(ran.code, 77, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains(problem), "{problem}: {}", ran.stdout);
        assert!(ran.stderr.contains("the audit log is not intact"), "{}", ran.stderr);
    };

    // A line is dropped, and what follows is chained anew; the signature is the host's own, or kept.
    let own = self::key();
    let rechained = chain(&mut Head::default(), &bodies(&["a", "c"]), &own);
    refused(&rechained, "entry 3 is missing");
    let kept = good.lines().last().unwrap();
    let unsigned = rechained.lines().take(2).chain([kept]).collect::<Vec<_>>().join("\n") + "\n";
    refused(&unsigned, "the signed head of entry 3 does not fit");

    // The same with the whole rest of the log.
    let mut head = Head::default();
    let first = chain(&mut head, &bodies(&["a", "c"]), &own);
    let second = chain(&mut head, &bodies(&["d", "e"]), &own);
    fs::write(folder.path().join("audit.log"), second).unwrap();
    refused(&first, "no entry is signed by the given key");
}

#[test]
fn h07_edits_gaps_and_moves_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let key = log(folder.path());
    let verify = format!("aecsadmin audit verify {FILES} --key {}", key.public());
    let file = folder.path().join("audit.log.000000000001");
    let good: Vec<String> = fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect();
    type Change = fn(&mut Vec<String>);
    let changes: [(Change, &str); 4] = [
        (|lines| lines[1] = lines[1].replace("\"b\"", "\"x\""), ":3: entry 2 was edited"),
        (|lines| drop(lines.remove(1)), ":2: entry 2 is missing"),
        (|lines| lines.swap(1, 2), ":2: entry 2 is missing"),
        (|lines| lines[1] = "{}".to_owned(), ":2: the line is neither an entry nor a signed head"),
    ];
    for (change, problem) in changes {
        let mut lines = good.clone();
        change(&mut lines);
        fs::write(&file, lines.join("\n") + "\n").unwrap();
        let ran = run_in(folder.path(), &verify);
        assert_eq!(ran.code, 77, "{}", ran.stderr);
        assert!(ran.stdout.contains(problem), "{problem}: {}", ran.stdout);
    }
    fs::write(&file, good.join("\n") + "\n{\"seq").unwrap();
    let torn = run_in(folder.path(), &verify);
    assert!(torn.code == 77 && torn.stdout.contains("bytes of an unfinished line"));
}

#[test]
fn what_cannot_be_read_is_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_in(folder.path(), "aecsadmin audit verify {DIR}/none").code, 66);
    assert_eq!(run_in(folder.path(), "aecsadmin audit verify").code, 64);
    log(folder.path());
    let bad_key = format!("aecsadmin audit verify {FILES} --key 00");
    assert_eq!(run_in(folder.path(), &bad_key).code, 64);
}
