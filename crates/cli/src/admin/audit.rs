//! `aecsadmin audit`: checks a server's audit log, without the server or with it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use aecs_attest::files;
use aecs_client::AuditState;
use aecs_crypto::audit::{AuditPublicKey, Checker, Head};
use aecs_crypto::sha256;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use crate::connection::AdminArgs;
use crate::failure::{Exit, Failure, Result};
use crate::output::{self, View};

/// What can be done with an audit log.
#[derive(Subcommand, Debug, PartialEq)]
pub enum AuditCommand {
    /// Check that an audit log is whole: no entry edited, removed, moved or added
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
    text.parse().map_err(|_| "write 64 hexadecimal digits, as `status` shows them")
}

/// How many problems are listed.
const LISTED: usize = 20;

/// The longest line that is read, in bytes.
const MAX_LINE: usize = 1 << 20;

pub(super) async fn run(args: &AdminArgs, command: AuditCommand) -> Result<()> {
    let AuditCommand::Verify(VerifyArgs { files, mut key, key_file, online, insecure_any_key }) =
        command;
    if let Some(file) = key_file {
        key.extend(keys_in(&file)?);
    }
    let (files, given_twice) = in_order(files)?;
    let ask = online || (key.is_empty() && !insecure_any_key);
    let told = if ask {
        let prepared = args.prepare(super::PASSWORD_VARIABLE).map_err(|failure| match online {
            true => failure,
            false => failure.context("cannot ask the server for its audit key").help(
                "give --config to ask the server, or the key that `aecsadmin status` shows with \
                 --key; --insecure-any-key checks the chain without a key",
            ),
        })?;
        let server = prepared.aecs_admin().await?.server().await?;
        let told = server.status().audit.ok_or_else(|| {
            Failure::new(Exit::Untrusted, "the server's status tells nothing of an audit log")
        })?;
        key.push(told.key);
        Some(told)
    } else {
        None
    };
    let report = Report { given_twice, ..verify(&files, key, told)? };
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

/// What was found.
#[derive(Debug, Serialize)]
struct Report {
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
    unsigned_entries: u64,
    lost_entries: u64,
    other_keys: Vec<String>,
    problem_count: usize,
    problems: Vec<String>,
}

impl Report {
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
        if self.first_entry.is_some_and(|first| first > 1) {
            rows.push(("earlier entries", "in files that were not given".to_owned()));
        }
        let intact = match (self.problem_count, self.signer_checked) {
            (0, true) => "yes",
            (0, false) => "not known: the chain is consistent, the signer was not checked",
            _ => "NO",
        };
        let end = match (self.end_checked, self.server_entries) {
            (true, _) => "the one that the server told".to_owned(),
            (false, None) => {
                "not checked: later entries may have been cut off (--online)".to_owned()
            }
            (false, Some(told)) if self.last_entry < told => {
                format!("missing: the server has {told} entries")
            }
            (false, Some(told)) => format!("NOT that of the server, which has {told} entries"),
        };
        rows.extend([("end of the log", end), ("intact", intact.to_owned())]);
        let mut text = output::properties(rows);
        for problem in &self.problems {
            text.push_str(&format!("\nproblem: {}", output::printable(problem)));
        }
        let more = self.problem_count.saturating_sub(self.problems.len());
        if more > 0 {
            text.push_str(&format!("\nproblem: and {more} more"));
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
fn verify(
    files: &[LogFile],
    keys: Vec<AuditPublicKey>,
    told: Option<AuditState>,
) -> Result<Report> {
    let signer_checked = !keys.is_empty();
    let mut checker = Checker::new(keys);
    let mut problems = Problems::default();
    let mut found_told = told.is_none_or(|told| told.head.sequence == 0);
    for LogFile { path: file, is_log, .. } in files {
        if !is_log {
            problems.add(format!("{} is not an audit log", file.display()));
            continue;
        }
        let mut number: u64 = 0;
        let rest = each_line(file, |line| {
            number = number.saturating_add(1);
            if let Err(finding) = checker.line(line) {
                problems.add(format!("{}:{number}: {finding}", file.display()));
            }
            found_told |= told.is_some_and(|told| checker.head() == told.head);
        })?;
        if rest > 0 {
            problems.add(format!("{}: ends in {rest} bytes of an unfinished line", file.display()));
        }
    }
    let unsigned = checker.unsigned();
    if unsigned > 0 {
        problems.add(match checker.signed() {
            Some((signed, _)) => format!(
                "the last {unsigned} entries, after entry {}, are not signed; a running server \
                 signs within a second",
                signed.sequence
            ),
            None if signer_checked => "no entry is signed by the given key".to_owned(),
            None => "no entry is signed".to_owned(),
        });
    }
    let end_checked = told.is_some() && found_told;
    if !found_told && let Some(told) = told {
        problems.add(missing_end(told.head, checker.head()));
    }
    let signed = checker.signed();
    Ok(Report {
        files: files.len(),
        given_twice: 0,
        entries: checker.entries(),
        first_entry: checker.first(),
        last_entry: checker.head().sequence,
        last_hash: hex::encode_upper(checker.head().hash),
        signed_entry: signed.map(|(head, _)| head.sequence),
        signed_by: signed.map(|(_, key)| key.to_string()),
        signer_checked,
        end_checked,
        server_entries: told.map(|told| told.head.sequence),
        unsigned_entries: unsigned,
        lost_entries: checker.lost(),
        other_keys: checker.other_keys().iter().map(ToString::to_string).collect(),
        problem_count: problems.count,
        problems: problems.listed,
    })
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

#[derive(Default)]
struct Problems {
    listed: Vec<String>,
    count: usize,
}

impl Problems {
    fn add(&mut self, problem: String) {
        self.count = self.count.saturating_add(1);
        if self.listed.len() < LISTED {
            self.listed.push(problem);
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
        let (mut first, mut digest, mut lines, mut is_log) = (None, [0; 32], false, false);
        let rest = each_line(&path, |line| {
            digest = sha256(&[digest, sha256(line)].concat());
            lines = true;
            if first.is_some() {
                return;
            }
            if let Ok(Line { sequence, head }) = serde_json::from_slice(line) {
                first = sequence;
                is_log |= sequence.or(head).is_some();
            }
        })?;
        Ok(Self {
            path,
            first: first.unwrap_or(u64::MAX),
            digest: (rest == 0).then_some(digest),
            is_log: is_log || !lines,
        })
    }
}

/// Gives each whole line without its end. Returns how many bytes follow the last one.
fn each_line(path: &Path, mut take: impl FnMut(&[u8])) -> Result<usize> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::NoInput, format!("cannot read {}: {error}", path.display()))
    };
    let mut reader = BufReader::new(files::open(path).map_err(failed)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = u64::try_from(MAX_LINE).unwrap_or(u64::MAX);
        let mut limited = std::io::Read::take(&mut reader, limit);
        let length = limited.read_until(b'\n', &mut line).map_err(failed)?;
        if line.pop_if(|last| *last == b'\n').is_some() {
            take(&line);
        } else if length == MAX_LINE {
            return Err(Failure::bad_input(format!(
                "{} is no audit log: a line has more than {MAX_LINE} bytes",
                path.display()
            )));
        } else {
            return Ok(length);
        }
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
    fn h07_a_cut_end_is_noticed_by_what_the_server_tells() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.log");
        let key = AuditKey::of(&RecordKey::generate().unwrap()).unwrap();
        let (mut head, mut lines) = (Head::default(), Vec::new());
        for object in ["a", "b", "c"] {
            let body = json!({ "object": object });
            let line = serde_json::to_string(&Entry::new(head, 0, &body)).unwrap();
            head = head.after(line.as_bytes());
            lines.extend([line, key.head_line(head).unwrap()]);
        }
        let verify = |lines: &[String], head: Head| {
            fs::write(&file, lines.join("\n") + "\n").unwrap();
            let told = AuditState { key: key.public(), head };
            let (files, _) = in_order(vec![file.clone()]).unwrap();
            super::verify(&files, vec![key.public()], Some(told)).unwrap()
        };
        assert_eq!(verify(&lines, head).problems, Vec::<String>::new());
        let cut = verify(&lines[..4], head);
        assert!(cut.problems[0].contains("its log has 3 entries"), "{:?}", cut.problems);
        assert!(cut.text().contains("missing: the server has 3 entries"), "{}", cut.text());
        assert!(cut.judge().is_err());
        let other = verify(&lines, Head { hash: [1; 32], ..head });
        assert!(other.problems[0].contains("entry 3 is not the one"), "{:?}", other.problems);
    }
}
