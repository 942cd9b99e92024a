//! `aecsadmin audit verify`.

use std::fs;
use std::path::Path;
use std::process::Command;

use aecs_crypto::RecordKey;
use aecs_crypto::audit::{AuditKey, BY_SERVER, CHANGED, Entry, Head, MAX_LINE, UNSIGNED};
use serde_json::{Value, json};

use super::{run_in, succeed_in};

fn key() -> AuditKey {
    AuditKey::of(&RecordKey::generate().unwrap(), &[1; 16]).unwrap()
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
    let key = key();
    log_of(&key, "", folder);
    key
}

/// A log of two files about objects of a node; returns its end.
fn log_of(key: &AuditKey, node: &str, folder: &Path) -> Head {
    let objects = |names: [&str; 2]| names.map(|name| format!("{name}{node}"));
    let [first, second] = [["a", "b"], ["d", "e"]].map(objects);
    let mut head = Head::default();
    let first = chain(&mut head, &bodies(&[&first[0], &first[1], "c"]), key);
    fs::write(folder.join("audit.log.000000000001"), first).unwrap();
    let second = chain(&mut head, &bodies(&[&second[0], &second[1]]), key);
    fs::write(folder.join("audit.log"), second).unwrap();
    head
}

/// An entry of the server.
fn by_server(result: &str, reason: &str) -> Value {
    json!({ "caller": BY_SERVER, "result": result, "reason": reason })
}

const FILES: &str = "{DIR}/audit.log {DIR}/audit.log.000000000001";

#[test]
fn an_intact_log_is_called_intact_without_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let key = log(folder.path());
    let line = format!("aecsadmin audit verify {FILES} --key {} --output json", key.public());
    let report = succeed_in(folder.path(), &line).json();
    assert_eq!((&report["entries"], &report["firstEntry"]), (&5.into(), &1.into()));
    assert_eq!((&report["signedEntry"], &report["unsignedEntries"]), (&5.into(), &0.into()));
    assert_eq!((&report["signerChecked"], &report["endChecked"]), (&true.into(), &false.into()));
    let known = format!("aecsadmin audit verify {FILES} --key {}", key.public());
    let text = succeed_in(folder.path(), &known).stdout;
    assert!(text.contains("later entries may have been cut off"), "{text}");
    let part = "aecsadmin audit verify {DIR}/audit.log --insecure-any-key";
    let part = succeed_in(folder.path(), part).stdout;
    assert!(part.contains("in files that were not given"), "{part}");
    assert!(part.contains("(from entry 4 on)"), "{part}");
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
    assert_eq!((&report["files"], &report["givenTwice"]), (&2.into(), &2.into()));
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
fn what_is_no_key_of_a_node_is_named() {
    let folder = tempfile::tempdir().unwrap();
    log(folder.path());
    succeed_in(folder.path(), "aecs-setup --out {DIR}");
    fs::write(folder.path().join("empty"), "\n").unwrap();
    for (key, code, message) in [
        ("--key {DIR}/empty", 64, "a file of keys goes with --key-file"),
        ("--key-file {DIR}/empty", 65, "empty: there is no audit key in it"),
        ("--key-file {DIR}", 66, ": not a regular file"),
        ("--key-file {DIR}/none", 66, "none: No such file"),
        (
            "--key-file {DIR}/certs/aecs_admin_public.pem",
            65,
            "aecs_admin_public.pem:1: not an audit key of 64 hexadecimal digits",
        ),
    ] {
        let ran = run_in(folder.path(), &format!("aecsadmin audit verify {FILES} {key}"));
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{key}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{key}: {}", ran.stderr);
    }
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

    // A line is dropped, and the lines after it are chained again; the signature is the host's own, or
    // kept.
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

/// None of these is read into memory, or waited for.
#[test]
fn a_file_that_no_server_wrote_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let key = log(folder.path());
    let verify = format!("aecsadmin audit verify {FILES} --key {}", key.public());
    let file = folder.path().join("audit.log");
    let good = fs::read_to_string(&file).unwrap();
    let refused = |code: i32, messages: [&str; 2]| {
        let ran = run_in(folder.path(), &verify);
        assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
        for message in messages {
            assert!(ran.stderr.contains(message), "{message}: {}", ran.stderr);
        }
    };
    let too_long =
        ["audit.log:4: the line has more than 8192 bytes", "no server writes such a line"];
    // A hole of a terabyte, and a line without an end.
    fs::File::options().append(true).open(&file).unwrap().set_len(1 << 40).unwrap();
    refused(65, too_long);
    fs::write(&file, format!("{good}{}", "x".repeat(MAX_LINE + 1))).unwrap();
    refused(65, too_long);
    fs::write(&file, format!("{good}{}\n", "x".repeat(MAX_LINE))).unwrap();
    let longest = run_in(folder.path(), &verify);
    assert!(longest.code == 77 && longest.stdout.contains("audit.log:4: the line is neither"));

    fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    refused(66, ["cannot read", "audit.log: not a regular file"]);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    refused(66, ["cannot read", "audit.log: not a regular file"]);
}

#[test]
fn a_log_without_entries_is_not_intact() {
    let folder = tempfile::tempdir().unwrap();
    let (key, file) = (key(), folder.path().join("audit.log"));
    let end = log_of(&key, "", folder.path());
    let verify = format!("aecsadmin audit verify {{DIR}}/audit.log --key {}", key.public());
    for content in [String::new(), key.head_line(end).unwrap() + "\n"] {
        fs::write(&file, &content).unwrap();
        let ran = run_in(folder.path(), &verify);
        assert_eq!(ran.code, 77, "{content}: {}", ran.stdout);
        assert!(ran.stdout.contains("there is no entry in the files"), "{}", ran.stdout);
    }
}

#[test]
fn entries_that_the_server_found_unsigned_are_noted() {
    let folder = tempfile::tempdir().unwrap();
    let key = log(folder.path());
    let file = folder.path().join("audit.log");
    // The end has no head, as a crash leaves it or somebody else adds it.
    let mut head = Head::default();
    let [first, second] = [&["a", "b", "c"][..], &["d", "e"]].map(bodies);
    chain(&mut head, &first, &key);
    let whole = chain(&mut head, &second, &key);
    let unsigned: String = whole.lines().take(2).map(|line| format!("{line}\n")).collect();
    let told = chain(&mut head, &[by_server(UNSIGNED, "")], &key);
    fs::write(&file, unsigned + &told).unwrap();
    let verify = format!("aecsadmin audit verify {FILES} --key {}", key.public());
    let text = succeed_in(folder.path(), &verify).stdout;
    assert!(text.contains("yes, but somebody else may have written"), "{text}");
    let note = "note: {DIR}/audit.log:3: entry 6 records that 2 entries before it were not signed";
    assert!(text.contains(&note.replace("{DIR}", folder.path().to_str().unwrap())), "{text}");
    let report = succeed_in(folder.path(), &format!("{verify} --output json")).json();
    assert_eq!((&report["noteCount"], &report["problemCount"]), (&1.into(), &0.into()));
}

#[test]
fn what_a_forged_reason_says_stays_in_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let (key, mut head) = (key(), Head::default());
    let reason = "nothing\nintact: yes\u{1b}[2J";
    let text = chain(&mut head, &[by_server(CHANGED, reason)], &key);
    fs::write(folder.path().join("audit.log"), text).unwrap();
    let verify = format!("aecsadmin audit verify {{DIR}}/audit.log --key {}", key.public());
    let ran = run_in(folder.path(), &verify);
    assert_eq!(ran.code, 77);
    let problem = ran.stdout.lines().find(|line| line.contains("entry 1 records a change"));
    assert!(problem.unwrap().contains("nothing intact: yes"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
}

/// Whatever files the host hands over for those that were asked for.
#[test]
fn h07_other_files_are_not_the_log() {
    let parts = |folder: &Path| {
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        (read("audit.log.000000000001"), read("audit.log"))
    };
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let (own, other, older) = (key(), key(), &folders[2]);
    log_of(&own, "", folders[0].path());
    log_of(&other, " of another node", folders[1].path());
    log_of(&own, " of yesterday", older.path());
    let [(first, second), (first_of_other, second_of_other), (first_of_older, _)] =
        [folders[0].path(), folders[1].path(), older.path()].map(parts);
    let head = |text: &str| text.lines().last().unwrap().to_owned() + "\n";
    let verify = format!("aecsadmin audit verify {FILES} --key {}", own.public());
    let files: [(&str, [&str; 2], &str); 10] = [
        (
            "another node's log",
            [&first_of_other, &second_of_other],
            "no entry is signed by the given",
        ),
        ("the end of another node's", [&first, &second_of_other], "entry 3 was edited"),
        (
            "another node's in addition",
            [&first, &(second.clone() + &first_of_other)],
            "entry 1 stands where",
        ),
        ("an older log, and the end", [&first_of_older, &second], "entry 3 was edited"),
        (
            "an older log under its head",
            [&(head(&first) + &first_of_older), ""],
            "entry 1 stands where",
        ),
        ("the end repeated", [&first, &(second.clone() + &second)], "entry 4 stands where entry 6"),
        ("a later end first", [&(head(&second) + &first), &second], "entry 1 stands where entry 6"),
        (
            "a head of another log",
            [&first, &(second.clone() + &head(&first_of_older))],
            "does not fit",
        ),
        (
            "the end without the middle",
            [&first, second.split_once('\n').unwrap().1],
            "entry 4 is missing",
        ),
        (
            "the end not signed",
            [&first, second.split_at(second.len() - head(&second).len()).0],
            "not signed",
        ),
    ];
    for (name, [one, two], problem) in files {
        fs::write(folders[0].path().join("audit.log.000000000001"), one).unwrap();
        fs::write(folders[0].path().join("audit.log"), two).unwrap();
        let ran = run_in(folders[0].path(), &verify);
        assert_eq!(ran.code, 77, "{name}: {}", ran.stdout);
        assert!(ran.stdout.contains(problem), "{name}: {}", ran.stdout);
        assert!(!ran.stdout.contains("yes"), "{name}: {}", ran.stdout);
    }
}
