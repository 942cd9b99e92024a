//! `aecsadmin audit`: checks a server's audit log, without the server or with it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use aecs_attest::files::{Place, lines};
use aecs_client::Phase;
use aecs_crypto::audit::{AuditPublicKey, Finding, Head, Heads, MAX_LINE, check};
use aecs_crypto::sha256;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use crate::connection::AdminArgs;
use crate::contexts::Role;
use crate::failure::{Exit, Failure, Result};
use crate::output::{self, View};

/// What can be done with an audit log.
#[derive(Subcommand, Debug, PartialEq)]
pub enum AuditCommand {
    /// Check the integrity of an audit log: no entry was edited, removed, moved or added
    Verify(VerifyArgs),
}

/// An audit log and who must have written it.
#[derive(Args, Debug, PartialEq)]
pub struct VerifyArgs {
    /// The files of the log, in any order: finished ones and the present one
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The node's audit key, in hexadecimal, as `status` shows it; can be given several times.
    /// Without any key, the server is asked
    #[arg(long, value_name = "KEY", value_parser = audit_key)]
    key: Vec<AuditPublicKey>,
    /// File with audit keys of nodes, one a line
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Ask the server for its key and for the end of its log, also if keys are given
    #[arg(long)]
    online: bool,
    /// Check the chain only, and take signatures by any key: shows damage, but not whether a node
    /// of yours wrote the log
    #[arg(long, conflicts_with_all = ["key", "key_file", "online"])]
    insecure_any_key: bool,
}

fn audit_key(text: &str) -> std::result::Result<AuditPublicKey, &'static str> {
    text.parse().map_err(|_| {
        "write 64 hexadecimal digits, as `status` shows them; a file of keys goes with --key-file"
    })
}

/// How many problems are listed, and how many notes.
const LISTED: usize = 20;

pub(super) async fn run(args: &AdminArgs, command: AuditCommand) -> Result<()> {
    let AuditCommand::Verify(VerifyArgs { files, mut key, key_file, online, insecure_any_key }) =
        command;
    if let Some(file) = key_file {
        key.extend(keys_in(&file)?);
    }
    let (files, given_twice) = in_order(files)?;
    let ask = online || (key.is_empty() && !insecure_any_key);
    let mut store_epoch = None;
    let end = if ask {
        let prepared = args.prepare(Role::Admin).map_err(|failure| match online {
            true => failure,
            false => failure.context("cannot ask the server for its audit key").help(
                "give --config to ask the server, or the key that `aecsadmin status` shows with \
                 --key; --insecure-any-key checks the chain without a key",
            ),
        })?;
        let server = prepared.aecs_admin().await?.server().await?;
        let told = server.status().audit.ok_or_else(|| {
            Failure::new(Exit::Untrusted, "the server's status does not contain an audit log")
        })?;
        key.push(told.key);
        match server.status().phase {
            Phase::Working => {
                store_epoch = server.status().store.as_ref().map(|store| store.epoch);
                End::Told(told.head)
            }
            // It has not compared its log with its records, and tells what the host left of it.
            Phase::Pending | Phase::Recovering => End::Pending,
        }
    } else {
        End::NotAsked
    };
    let report = Report { given_twice, store_epoch, ..verify(&files, &key, end)? };
    output::print(args.output, &report)?;
    report.judge()
}

/// The keys in a file, one a line.
fn keys_in(path: &Path) -> Result<Vec<AuditPublicKey>> {
    let text = crate::files::read_text(path, "audit key")?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let keys = lines.map(|(index, line)| {
        line.parse().map_err(|_| {
            let place = format!("{}:{}", path.display(), index + 1);
            Failure::bad_input(format!("{place}: not an audit key of 64 hexadecimal digits"))
        })
    });
    let keys = keys.collect::<Result<Vec<_>>>()?;
    if keys.is_empty() {
        return Err(Failure::bad_input(format!("{}: there is no audit key in it", path.display())));
    }
    Ok(keys)
}

/// Where the log must end.
#[derive(Debug, Clone, Copy)]
enum End {
    NotAsked,
    /// The server cannot say yet.
    Pending,
    /// The server has told it.
    Told(Head),
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    files: usize,
    /// Files left out because another one has the same content.
    given_twice: usize,
    entries: u64,
    first_entry: Option<u64>,
    last_entry: u64,
    last_hash: String,
    signed_entry: Option<u64>,
    signed_by: Option<String>,
    /// The signatures are by keys that are known to be a node's.
    signer_checked: bool,
    /// The end is the one that the server tells, or comes after it.
    end_checked: bool,
    /// How many entries the server says there are, if it was asked.
    server_entries: Option<u64>,
    /// The epoch of the server's store, if it was asked.
    store_epoch: Option<u64>,
    /// The highest epoch that an entry names, up to the end that the server tells, and that entry.
    latest_epoch: Option<u64>,
    latest_epoch_entry: Option<u64>,
    /// What the end of the log was compared with, in words.
    #[serde(skip)]
    end: String,
    unsigned_entries: u64,
    lost_entries: u64,
    other_keys: Vec<String>,
    /// What is no problem by itself, and must be known.
    note_count: usize,
    notes: Vec<String>,
    problem_count: usize,
    problems: Vec<String>,
}

impl Report {
    /// Whether the server's store is older than its log, in words.
    fn older_store(&self) -> Option<String> {
        let (store, epoch) = self.store_epoch.zip(self.latest_epoch)?;
        let entry = self.latest_epoch_entry?;
        (store < epoch).then(|| {
            format!(
                "OLDER than the log: it is at epoch {store}, entry {entry} is of epoch {epoch}. A \
                 backup was restored, or an old copy put back"
            )
        })
    }

    /// An error if the log is not what a server wrote.
    fn judge(&self) -> Result<()> {
        if self.problem_count == 0 {
            return Ok(());
        }
        let count = self.problem_count;
        let plural = if count == 1 { "problem" } else { "problems" };
        Err(Failure::new(Exit::Untrusted, format!("the audit log is not intact: {count} {plural}"))
            .help("compare it with the copies in the folder of audit.sink"))
    }
}

impl View for Report {
    fn text(&self) -> String {
        let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
        let signer = match (&self.signed_by, self.signer_checked) {
            (Some(key), true) => key.clone(),
            (Some(key), false) => format!("{key} (any key was accepted)"),
            (None, _) => "nobody".to_owned(),
        };
        let mut rows = vec![
            ("files", self.files.to_string()),
            ("entries", self.entries.to_string()),
            ("first entry", number(self.first_entry)),
            ("last entry", self.last_entry.to_string()),
            ("signed up to entry", number(self.signed_entry)),
            ("signed by", signer),
            ("also signed by", self.other_keys.join(" ")),
            ("entries not signed", self.unsigned_entries.to_string()),
            ("entries the server could not write", self.lost_entries.to_string()),
        ];
        if self.given_twice > 0 {
            rows.insert(1, ("given twice", self.given_twice.to_string()));
        }
        if let Some(older) = self.older_store() {
            rows.push(("store of the server", older));
        }
        let mut intact = match (self.problem_count, self.signer_checked, self.note_count) {
            (0, true, 0) => "yes",
            (0, true, _) => "yes, but somebody else may have written the entries of the notes",
            (0, false, _) => "not known: the chain is consistent, the signer was not checked",
            _ => "NO",
        }
        .to_owned();
        if let Some(first) = self.first_entry.filter(|first| *first > 1) {
            rows.push(("earlier entries", "in files that were not given".to_owned()));
            intact.push_str(&format!(" (from entry {first} on)"));
        }
        rows.extend([("end of the log", self.end.clone()), ("intact", intact)]);
        let mut text = output::properties(rows);
        for (name, count, listed) in [
            ("note", self.note_count, &self.notes),
            ("problem", self.problem_count, &self.problems),
        ] {
            for found in listed {
                let line = output::printable(found).replace('\n', " ");
                text.push_str(&format!("\n{name}: {line}"));
            }
            let more = count.saturating_sub(listed.len());
            if more > 0 {
                text.push_str(&format!("\n{name}: and {more} more"));
            }
        }
        text
    }
}

/// The files in the order of their entries, and how many were left out because their content was
/// given before: the newest finished file is at the server and in the sink.
fn in_order(files: Vec<PathBuf>) -> Result<(Vec<LogFile>, usize)> {
    let mut ordered = files.into_iter().map(LogFile::look).collect::<Result<Vec<_>>>()?;
    ordered.sort_by(|a, b| (a.first, a.digest, &a.path).cmp(&(b.first, b.digest, &b.path)));
    let given = ordered.len();
    ordered.dedup_by(|a, b| a.digest.is_some() && a.digest == b.digest);
    let given_twice = given.saturating_sub(ordered.len());
    Ok((ordered, given_twice))
}

/// Reads the files, which are in order, as one log.
fn verify(files: &[LogFile], keys: &[AuditPublicKey], end: End) -> Result<Report> {
    let signer_checked = !keys.is_empty();
    let heads = if signer_checked { Heads::By(keys) } else { Heads::ByAnyKey };
    let told = match end {
        End::Told(head) => Some(head),
        End::Pending | End::NotAsked => None,
    };
    let (mut problems, mut notes) = (Listed::default(), Listed::default());
    for LogFile { path, .. } in files.iter().filter(|file| !file.is_log) {
        problems.add(format!("{} is not an audit log", path.display()));
    }
    let logs = files.iter().filter(|file| file.is_log).map(|file| file.path.as_path());
    let found = |place: &Place<'_>, finding: Finding| match finding {
        Finding::Adopted { .. } => notes.add(format!("{place}: {finding}")),
        Finding::Unfinished { .. } => {
            problems.add(format!("{}: ends in {finding}", place.file.display()));
        }
        _ => problems.add(format!("{place}: {finding}")),
    };
    let log = check(lines(logs, MAX_LINE), heads, told.unwrap_or_default(), found)
        .map_err(|error| unreadable(&error))?;
    let (unsigned, last) = (log.unsigned, log.head);
    if log.entries == 0 && problems.count == 0 && told != Some(Head::default()) {
        problems.add("there is no entry in the files: nothing was checked".to_owned());
    }
    if unsigned > 0 {
        problems.add(match log.signed {
            Some((signed, _)) => format!(
                "the last {unsigned} entries, after entry {}, are not signed; a running server \
                 signs within a second",
                signed.sequence
            ),
            None if signer_checked => "no entry is signed by the given key".to_owned(),
            None => "no entry is signed".to_owned(),
        });
    }
    let end_checked = told.is_some_and(|told| told == Head::default() || log.follows);
    if !end_checked && let Some(told) = told {
        problems.add(missing_end(told, last));
    }
    Ok(Report {
        files: files.len(),
        given_twice: 0,
        entries: log.entries,
        first_entry: log.first,
        last_entry: last.sequence,
        last_hash: hex::encode_upper(last.hash),
        signed_entry: log.signed.map(|(head, _)| head.sequence),
        signed_by: log.signed.map(|(_, key)| key.to_string()),
        signer_checked,
        end_checked,
        server_entries: told.map(|told| told.sequence),
        store_epoch: None,
        latest_epoch: log.latest_epoch.map(|(epoch, _)| epoch),
        latest_epoch_entry: log.latest_epoch.map(|(_, entry)| entry),
        end: end_in_words(end, end_checked, last),
        unsigned_entries: unsigned,
        lost_entries: log.lost,
        other_keys: log.other_keys.iter().map(ToString::to_string).collect(),
        note_count: notes.count,
        notes: notes.listed,
        problem_count: problems.count,
        problems: problems.listed,
    })
}

fn end_in_words(end: End, checked: bool, last: Head) -> String {
    match end {
        End::NotAsked => "not checked: later entries may have been cut off (--online)".to_owned(),
        End::Pending => {
            "not checked: the server is Pending, and compares its log with its records \
                         when it is provisioned"
                .to_owned()
        }
        End::Told(_) if checked => "complete: the server names the same last entry".to_owned(),
        End::Told(Head { sequence, .. }) if last.sequence < sequence => {
            format!("missing: the server has {sequence} entries")
        }
        End::Told(Head { sequence, .. }) => {
            format!("NOT that of the server, which has {sequence} entries")
        }
    }
}

fn missing_end(told: Head, found: Head) -> String {
    if found.sequence < told.sequence {
        format!(
            "the end is missing: the server says that its log has {} entries, the files end with \
             entry {}",
            told.sequence, found.sequence
        )
    } else {
        format!("entry {} is not the one that the server wrote", told.sequence)
    }
}

fn unreadable(error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::FileTooLarge => Failure::bad_input(error.to_string())
            .help("no server writes such a line: the file is not an audit log, or was changed"),
        _ => Failure::new(Exit::NoInput, format!("cannot read {error}")),
    }
}

#[derive(Default)]
struct Listed {
    listed: Vec<String>,
    count: usize,
}

impl Listed {
    fn add(&mut self, found: String) {
        self.count = self.count.saturating_add(1);
        if self.listed.len() < LISTED {
            self.listed.push(found);
        }
    }
}

/// A file of a log, looked through once before it is checked.
struct LogFile {
    path: PathBuf,
    /// The number of the first entry, by which files are put in order. A file without entries comes
    /// last: nothing follows from it.
    first: u64,
    /// Over the digests of all lines; none if the file ends in an unfinished one.
    digest: Option<[u8; 32]>,
    /// There is an entry or a signed head in it, or nothing at all.
    is_log: bool,
}

impl LogFile {
    fn look(path: PathBuf) -> Result<Self> {
        /// An entry has a sequence number, a signed head that of the entry it is for.
        #[derive(Deserialize)]
        struct Line {
            sequence: Option<u64>,
            head: Option<u64>,
        }
        let (mut first, mut digest, mut is_empty, mut is_log) = (None, Some([0; 32]), true, false);
        for line in lines([path.as_path()], MAX_LINE) {
            let (_, line) = line.map_err(|error| unreadable(&error))?;
            digest = digest
                .filter(|_| line.ends_with(b"\n"))
                .map(|digest| sha256(&[digest, sha256(&line)].concat()));
            is_empty = false;
            if first.is_none()
                && let Ok(Line { sequence, head }) = serde_json::from_slice(&line)
            {
                first = sequence;
                is_log |= sequence.or(head).is_some();
            }
        }
        Ok(Self { path, first: first.unwrap_or(u64::MAX), digest, is_log: is_log || is_empty })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use aecs_crypto::RecordKey;
    use aecs_crypto::audit::{AuditKey, Entry};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_store_that_is_older_than_the_log_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.log");
        let key = AuditKey::of(&RecordKey::generate().unwrap(), &[1; 16]).unwrap();
        let (mut head, mut heads, mut lines) = (Head::default(), Vec::new(), Vec::new());
        for epoch in [11, 40, 12, 60] {
            let body = json!({ "epoch": epoch });
            let line = serde_json::to_string(&Entry::new(head, 0, &body)).unwrap();
            head = head.after(line.as_bytes());
            lines.extend([line, key.head_line(head).unwrap()]);
            heads.push(head);
        }
        fs::write(&file, lines.join("\n") + "\n").unwrap();
        let (files, _) = in_order(vec![file.clone()]).unwrap();
        // The last entry was written after the server had told its state.
        let report = verify(&files, &[key.public()], End::Told(heads[2])).unwrap();
        for (store, older) in [(None, false), (Some(39), true), (Some(40), false)] {
            let report = Report { store_epoch: store, ..report.clone() };
            let text = report.text();
            let named = "OLDER than the log: it is at epoch 39, entry 2 is of epoch 40";
            assert_eq!(text.contains(named), older, "{text}");
            assert!(text.contains("intact") && report.judge().is_ok(), "{text}");
        }
    }

    #[test]
    fn h07_a_cut_end_is_noticed_by_what_the_server_tells() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.log");
        let key = AuditKey::of(&RecordKey::generate().unwrap(), &[1; 16]).unwrap();
        let (mut head, mut lines) = (Head::default(), Vec::new());
        for object in ["a", "b", "c"] {
            let body = json!({ "object": object });
            let line = serde_json::to_string(&Entry::new(head, 0, &body)).unwrap();
            head = head.after(line.as_bytes());
            lines.extend([line, key.head_line(head).unwrap()]);
        }
        let compare = |lines: &[String], end: End| {
            fs::write(&file, lines.join("\n") + "\n").unwrap();
            let (files, _) = in_order(vec![file.clone()]).unwrap();
            super::verify(&files, &[key.public()], end).unwrap()
        };
        let verify = |lines: &[String], head| compare(lines, End::Told(head));
        assert_eq!(verify(&lines, head).problems, Vec::<String>::new());
        let cut = verify(&lines[..4], head);
        assert!(cut.problems[0].contains("its log has 3 entries"), "{:?}", cut.problems);
        assert!(cut.text().contains("missing: the server has 3 entries"), "{}", cut.text());
        assert!(cut.judge().is_err());
        let other = verify(&lines, Head { hash: [1; 32], ..head });
        assert!(other.problems[0].contains("entry 3 is not the one"), "{:?}", other.problems);

        // A server that waits tells what the host has left of its log.
        let pending = compare(&lines[..4], End::Pending);
        assert!(!pending.end_checked && pending.problems.is_empty(), "{pending:?}");
        assert!(
            pending.text().contains("not checked: the server is Pending"),
            "{}",
            pending.text()
        );
        // Only a server that says so has no entries.
        assert_eq!(compare(&[], End::Told(Head::default())).problems.len(), 1);
        fs::write(&file, "").unwrap();
        let (files, _) = in_order(vec![file.clone()]).unwrap();
        let empty = |end| super::verify(&files, &[key.public()], end).unwrap();
        assert_eq!(empty(End::Told(Head::default())).problems, Vec::<String>::new());
        for end in [End::NotAsked, End::Pending, End::Told(head)] {
            assert!(empty(end).problems[0].contains("there is no entry"), "{end:?}");
        }
    }
}
