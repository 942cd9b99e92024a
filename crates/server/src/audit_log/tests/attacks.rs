//! What the host can do to the files while no server runs, the next start, and what an auditor
//! finds afterwards.

use std::os::unix::fs::symlink;

use super::*;

/// What somebody must find after an attack.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// Nothing: the log is what the node wrote.
    Intact,
    /// Entries that the node may not have written are named.
    Noted,
    /// The log is not intact.
    Broken,
    /// The server does not start, and names this file and says this.
    Refused(&'static str, &'static str),
}
use Outcome::{Broken, Intact, Noted, Refused};

/// The log of a server that was stopped: entries 1 to 3, 4 and 5, and 6 to 8, all signed.
struct Host {
    scratch: Scratch,
    key: Arc<AuditKey>,
    /// The last entry that the vault knows.
    known: Head,
    /// Somebody else's key.
    own: Arc<AuditKey>,
}

impl Host {
    fn new() -> Self {
        let (scratch, key) = (Scratch::new(), key());
        let (log, _) = scratch.open();
        log.sign_with(key.clone());
        let genuine = |result| AuditEntry { node: key.public().node(), ..entry(result) };
        for (rounds, results) in [(1, &["1", "2", "3"][..]), (2, &["4", "5"])] {
            for result in results {
                log.append(&genuine(result), Room::Free).unwrap();
            }
            log.rotate();
            until(|| scratch.finished().len() == rounds);
        }
        for result in ["6", "7", "8"] {
            log.append(&genuine(result), Room::Free).unwrap();
        }
        let known = log.head();
        drop(log);
        Self { scratch, key, known, own: super::key() }
    }

    fn active(&self) -> PathBuf {
        self.scratch.path()
    }

    fn finished(&self, first: u64) -> PathBuf {
        format!("{}.{first:012}", self.active().display()).into()
    }

    fn lines(&self, file: &Path) -> Vec<String> {
        lines(file)
    }

    fn write(&self, file: &Path, lines: &[String]) {
        fs::write(file, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }

    /// Changes the lines of the present segment.
    fn edit(&self, change: impl FnOnce(&mut Vec<String>)) {
        let mut lines = self.lines(&self.active());
        change(&mut lines);
        self.write(&self.active(), &lines);
    }

    /// The line of the entry that the vault knows.
    fn known_line(&self) -> String {
        let number = format!("\"sequence\":{},", self.known.sequence);
        self.lines(&self.active()).into_iter().find(|line| line.contains(&number)).unwrap()
    }

    /// Entries that nobody did, after `head`.
    fn forged(&self, head: &mut Head, count: usize) -> Vec<String> {
        let forge = |_| {
            let body = AuditEntry { object: Some("forged".to_owned()), ..entry("ok") };
            let line = serde_json::to_string(&Entry::new(*head, 0, &body)).unwrap();
            *head = head.after(line.as_bytes());
            line
        };
        (0..count).map(forge).collect()
    }

    /// Another history in the same files, with as many entries.
    fn rewrite_all(&self) {
        let mut head = Head::default();
        for (file, count) in [(self.finished(1), 3), (self.finished(4), 2), (self.active(), 3)] {
            let forged = self.forged(&mut head, count);
            self.write(&file, &forged);
        }
    }

    /// The host stops the server after a rotation: the vault knows the last entry of a finished
    /// file.
    fn stop_after_a_rotation(&mut self) {
        fs::rename(self.active(), self.finished(6)).unwrap();
    }

    /// The next start, as the core makes it, and a record after it.
    fn start(&self) -> Result<(), String> {
        let said = |error: &dyn std::error::Error| match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        let options = AuditOptions::default();
        let (log, _) = AuditLog::open(&self.active(), options).map_err(|error| said(&error))?;
        log.sign_with(self.key.clone());
        let found = log.look_back(self.known, vec![]).map_err(|error| said(&error))?;
        if !found.follows {
            if log.head().sequence < self.known.sequence {
                log.resume_after(self.known);
            }
            let changed = AuditEntry::of_server(0, CHANGED, String::new());
            log.append(&changed, Room::Reserved).unwrap();
        }
        log.append(&entry("after"), Room::Free).unwrap();
        Ok(())
    }

    /// What an auditor finds who knows the key, in all files.
    fn audit(&self) -> Outcome {
        let mut files = self.scratch.finished();
        files.push(self.active());
        let first = |file: &PathBuf| {
            let found = lines(file).iter().find_map(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap()["sequence"].as_u64()
            });
            found.unwrap_or(u64::MAX)
        };
        files.sort_by_key(first);
        let (log, findings) = findings(Heads::By(&[self.key.public()]), &files);
        let noted = |finding: &Finding| matches!(finding, Finding::Adopted { .. });
        match findings.iter().find(|finding| !noted(finding)) {
            _ if log.unsigned > 0 => panic!("the server has signed it all: {log:?}"),
            Some(_) => Broken,
            None if findings.is_empty() => Intact,
            None => Noted,
        }
    }
}

type Act = fn(&mut Host);

/// The attack, what the host does after the next start to hide it, and what is found.
fn expect(name: &str, attack: Act, hide: Act, expected: &Outcome) {
    let mut host = Host::new();
    attack(&mut host);
    let found = match host.start() {
        Ok(()) => {
            hide(&mut host);
            host.audit()
        }
        Err(said) => {
            let Refused(file, message) = expected else {
                panic!("{name}: it does not start: {said}")
            };
            assert!(said.contains(&format!("/{file}:")), "{name}: {said}");
            assert!(said.ends_with(message), "{name}: {said}");
            return;
        }
    };
    assert_eq!(found, *expected, "{name}");
}

fn nothing(_: &mut Host) {}

#[test]
fn h07_whatever_the_host_does_to_the_files_is_found() {
    let attacks: [(&str, Act, Outcome); 22] = [
        ("nothing", nothing, Intact),
        ("a stop after a rotation", Host::stop_after_a_rotation, Intact),
        (
            "an entry edited",
            |host| host.edit(|lines| lines[0] = lines[0].replace("\"6\"", "\"x\"")),
            Broken,
        ),
        ("an entry removed", |host| host.edit(|lines| drop(lines.remove(0))), Broken),
        ("entries exchanged", |host| host.edit(|lines| lines.swap(0, 1)), Broken),
        ("lines repeated", |host| host.edit(|lines| lines.extend(lines.clone())), Broken),
        (
            "a line of something else",
            |host| host.edit(|lines| lines.insert(0, "{}".to_owned())),
            Broken,
        ),
        ("all rewritten", |host| host.rewrite_all(), Broken),
        ("the present file removed", |host| fs::remove_file(host.active()).unwrap(), Broken),
        ("the present file emptied", |host| host.edit(Vec::clear), Broken),
        (
            "all files removed",
            |host| {
                for file in [host.active(), host.finished(4), host.finished(1)] {
                    fs::remove_file(file).unwrap();
                }
            },
            Broken,
        ),
        (
            "an older log with its older signed head",
            |host| fs::rename(host.finished(4), host.active()).unwrap(),
            Broken,
        ),
        ("a file in the middle removed", |host| fs::remove_file(host.finished(4)).unwrap(), Broken),
        (
            "two files exchanged",
            |host| {
                let (one, other) = (host.lines(&host.active()), host.lines(&host.finished(4)));
                host.write(&host.active(), &other);
                host.write(&host.finished(4), &one);
            },
            Broken,
        ),
        (
            "the log of another node",
            |host| {
                let other = Host::new();
                for (from, to) in [
                    (other.finished(1), host.finished(1)),
                    (other.finished(4), host.finished(4)),
                    (other.active(), host.active()),
                ] {
                    fs::copy(from, to).unwrap();
                }
            },
            Broken,
        ),
        (
            "entries added",
            |host| {
                let forged = host.forged(&mut host.known.clone(), 2);
                host.edit(|lines| lines.extend(forged));
            },
            Noted,
        ),
        (
            "entries added that another key signed",
            |host| {
                let mut head = host.known;
                let forged = host.forged(&mut head, 2);
                host.edit(|lines| lines.extend(forged));
                let signed = host.own.head_line(head).unwrap();
                host.edit(|lines| lines.push(signed));
            },
            Noted,
        ),
        (
            "a number without a next one",
            |host| {
                let line = r#"{"sequence":18446744073709551615,"previous":""}"#.to_owned();
                host.edit(|lines| lines.push(line));
            },
            Broken,
        ),
        (
            "all rewritten, and the server's own word for it forged",
            |host| {
                host.rewrite_all();
                let mut head = Head::default();
                host.forged(&mut head, 8);
                let changed = AuditEntry::of_server(0, CHANGED, String::new());
                let line = serde_json::to_string(&Entry::new(head, 0, &changed)).unwrap();
                host.edit(|lines| lines.push(line));
            },
            Broken,
        ),
        (
            "the last signature removed, as a crash does",
            |host| host.edit(|lines| drop(lines.pop())),
            Noted,
        ),
        (
            "an empty file of a later number",
            |host| fs::write(host.finished(99), "").unwrap(),
            Intact,
        ),
        (
            "a link for a file",
            |host| {
                let elsewhere = host.scratch.dir.path().join("elsewhere");
                fs::rename(host.finished(4), &elsewhere).unwrap();
                symlink(elsewhere, host.finished(4)).unwrap();
            },
            Intact,
        ),
    ];
    for (name, attack, expected) in attacks {
        expect(name, attack, nothing, &expected);
    }
}

/// What the start goes on from is the newest finished file if the present one has no entries.
#[test]
fn h07_a_finished_file_is_judged_where_the_log_goes_on_from_it() {
    let attacks: [(&str, Act, Outcome); 5] = [
        (
            "entries added",
            |host| {
                host.stop_after_a_rotation();
                let forged = host.forged(&mut host.known.clone(), 2);
                let lines = [host.lines(&host.finished(6)), forged].concat();
                host.write(&host.finished(6), &lines);
            },
            Noted,
        ),
        (
            "an entry edited",
            |host| {
                host.stop_after_a_rotation();
                let mut lines = host.lines(&host.finished(6));
                lines[0] = lines[0].replace("\"6\"", "\"x\"");
                host.write(&host.finished(6), &lines);
            },
            Broken,
        ),
        (
            "an unfinished line",
            |host| {
                host.stop_after_a_rotation();
                let text = fs::read_to_string(host.finished(6)).unwrap();
                fs::write(host.finished(6), &text[..text.len() - 10]).unwrap();
            },
            Broken,
        ),
        (
            "an empty file of a later number",
            |host| {
                host.stop_after_a_rotation();
                fs::write(host.finished(99), "").unwrap();
            },
            Broken,
        ),
        (
            "a forged file of a later number",
            |host| {
                host.stop_after_a_rotation();
                let forged = host.forged(&mut Head { sequence: 98, hash: [0; 32] }, 3);
                host.write(&host.finished(99), &forged);
            },
            Broken,
        ),
    ];
    for (name, attack, expected) in attacks {
        expect(name, attack, nothing, &expected);
    }
}

/// The entry that the vault knows is put where it is found, and taken away after the start.
#[test]
fn h07_a_rewritten_log_does_not_pass_by_one_genuine_entry() {
    expect(
        "in a file of its own",
        |host| {
            let known = host.known_line();
            host.rewrite_all();
            host.write(format!("{}-2", host.finished(4).display()).as_ref(), &[known]);
        },
        |host| fs::remove_file(format!("{}-2", host.finished(4).display())).unwrap(),
        &Broken,
    );
    for place in 0..3 {
        let host = Host::new();
        let known = host.known_line();
        host.rewrite_all();
        host.edit(|lines| lines.insert(place, known.clone()));
        host.start().unwrap();
        host.edit(|lines| lines.retain(|line| *line != known));
        assert_eq!(host.audit(), Broken, "before line {place} of the present file");
    }
}

fn huge(file: &Path) {
    fs::File::options().append(true).create(true).open(file).unwrap().set_len(1 << 40).unwrap();
}

fn pipe(file: &Path) {
    let _ = fs::remove_file(file);
    assert!(Command::new("mkfifo").arg(file).status().unwrap().success());
}

/// None of these is read into memory, or waited for.
#[test]
fn a_file_that_no_server_wrote_is_refused_by_its_name() {
    let too_long = ": the line has more than 8192 bytes";
    let no_file = ": not a regular file";
    let attacks: [(&str, Act, Outcome); 7] = [
        ("a huge file", |host| huge(&host.active()), Refused("audit.log", too_long)),
        (
            "a line without an end",
            |host| host.edit(|lines| lines.push("x".repeat(MAX_LINE + 1))),
            Refused("audit.log", too_long),
        ),
        (
            "a huge finished file",
            |host| {
                host.edit(Vec::clear);
                huge(&host.finished(4));
            },
            Refused("audit.log.000000000004", too_long),
        ),
        (
            "a huge finished file that the vault's entry is looked for in",
            |host| {
                huge(&host.finished(4));
                host.known.sequence = 5;
            },
            Refused("audit.log.000000000004", too_long),
        ),
        ("a pipe", |host| pipe(&host.active()), Refused("audit.log", no_file)),
        (
            "a pipe for a finished file",
            |host| {
                host.edit(Vec::clear);
                pipe(&host.finished(99));
            },
            Refused("audit.log.000000000099", no_file),
        ),
        (
            "a folder for a finished file",
            |host| {
                host.edit(Vec::clear);
                fs::create_dir(host.finished(99)).unwrap();
            },
            Refused("audit.log.000000000099", no_file),
        ),
    ];
    for (name, attack, expected) in attacks {
        expect(name, attack, nothing, &expected);
    }
    // Also where a new file begins while the server runs.
    let folder = tempfile::tempdir().unwrap();
    pipe(&folder.path().join("pipe"));
    assert!(matches!(Segment::open(&folder.path().join("pipe")), Err(AuditError::Io(_))));
    // The longest line is one that is read, and told of.
    expect(
        "the longest line",
        |host| host.edit(|lines| lines.push("x".repeat(MAX_LINE))),
        nothing,
        &Broken,
    );
}

/// A wrong path in the configuration must not cost another file its content.
#[test]
fn another_file_is_left_as_it_is() {
    for content in [&b"sealed"[..], b"-----BEGIN KEY\nwithout an end", b"{}\n", b"\n", &[0; 100]] {
        let scratch = Scratch::new();
        fs::write(scratch.path(), content).unwrap();
        let opened = AuditLog::open(&scratch.path(), AuditOptions::default());
        assert!(matches!(opened, Err(AuditError::NotALog)), "{content:?}: {opened:?}");
        assert_eq!(fs::read(scratch.path()).unwrap(), content);
    }
    for torn in ["{", "{\"sequence\":1,\"previous\":\"00"] {
        let scratch = Scratch::new();
        fs::write(scratch.path(), torn).unwrap();
        assert_eq!(scratch.append(&["ok"]).cut, torn.len() as u64, "{torn}");
    }
}
