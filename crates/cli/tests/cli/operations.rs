//! The commands of docs/operations.md, run in a shell on simulated SGX (Gramine), SEV-SNP and TDX: with machines
//! that have no sealing keys, and machines whose keys change.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use aecs_crypto::age::Identity;

use super::tool;
use super::transcript::{Step, fits, steps};

const PAGE: &str = include_str!("../../../../docs/operations.md");

const CUSTODIANS: [&str; 3] = ["alice", "bob", "carol"];

/// The sections of the page for a TEE: those that say `<!-- on … -->` are for these only.
fn sections(tee: &str) -> Vec<(&'static str, Vec<Step>)> {
    let sections = PAGE.split("\n## ").skip(1);
    let is_for = |section: &&str| match section.split_once("<!-- on ") {
        Some((_, rest)) => rest.lines().next().unwrap().split(' ').any(|word| word == tee),
        None => true,
    };
    let sections = sections.filter(is_for);
    let read = |section: &'static str| (section.lines().next().unwrap(), steps(section));
    sections.map(read).filter(|(_, steps)| !steps.is_empty()).collect()
}

/// Waits for a server that answers, also that it waits for something.
const REACHABLE: &str = "reachable() { \
    for _ in $(seq 100); do \
        for of in status 'recovery status'; do \
            aecsadmin --config admin.kubeconfig $of >/dev/null 2>status.err && return 0; \
        done; \
        sleep 0.2; \
    done; \
    cat status.err server*.log next.log >&2; \
    return 1; \
}";

/// age is not installed everywhere.
const AGE_KEYGEN: &str = "age-keygen() { \
    case $1 in \
        -o) cp keys/$2 $2;; \
        -y) sed -n 's/# public key: //p' $2;; \
    esac; \
}";

/// How long a command has.
const LIMIT: Duration = Duration::from_secs(120);

/// A shell, and whatever runs in it.
struct Shell {
    child: Child,
    input: ChildStdin,
    output: Receiver<String>,
    errors: PathBuf,
}

impl Shell {
    fn start(folder: &Path, variables: &[(&str, String)]) -> Self {
        let programs = Path::new(tool("aecsadmin").get_program()).parent().unwrap().to_owned();
        let errors = folder.join("errors");
        let mut child = Command::new("bash");
        child.env_clear().current_dir(folder).process_group(0);
        child.env("PATH", format!("{}:/usr/bin:/bin", programs.display())).env("HOME", folder);
        child.envs(variables.iter().map(|(name, value)| (name, value)));
        child.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = child.stderr(fs::File::create(&errors).unwrap()).spawn().unwrap();
        let (input, printed) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            let lines = BufReader::new(printed).lines().map_while(Result::ok);
            lines.for_each(|line| drop(sender.send(line)));
        });
        let mut shell = Self { child, input, output, errors };
        shell.run(REACHABLE);
        shell.run(AGE_KEYGEN);
        shell
    }

    /// Runs a command, which has to succeed; returns what it prints.
    fn run(&mut self, command: &str) -> String {
        writeln!(self.input, "{{ {command}\n}} </dev/null; printf '\\nended %s\\n' $?").unwrap();
        let mut printed = String::new();
        loop {
            let errors = || fs::read_to_string(&self.errors).unwrap();
            let line = self.output.recv_timeout(LIMIT);
            let line = line.unwrap_or_else(|why| panic!("{command}: {why}: {printed}{}", errors()));
            match line.strip_prefix("ended ") {
                Some("0") => return printed.trim_end().to_owned(),
                Some(code) => panic!("{command}: {code}: {printed}{}", errors()),
                None => printed.extend([line.as_str(), "\n"]),
            }
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // The servers that it has started as well.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-9", "--", &group]).status();
        let _ = self.child.wait();
    }
}

/// Has the identities of the custodians ready, and returns the variables of the page's shell.
fn prepare(folder: &Path, tee: &str) -> Vec<(&'static str, String)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    fs::create_dir(folder.join("keys")).unwrap();
    for name in CUSTODIANS {
        let identity = Identity::generate().unwrap();
        let recipient = identity.recipient().unwrap();
        let text = format!("# public key: {recipient}\n{}\n", *identity.line().unwrap());
        fs::write(folder.join(format!("keys/{name}.txt")), text).unwrap();
    }
    vec![("TEE", tee.to_owned()), ("PORT", port.to_string())]
}

/// Runs the sections of the page that are for this TEE, one after the other. Returns what was written to
/// standard error.
fn play(tee: &str, expected: usize) -> String {
    let server = PathBuf::from(tool("aecsadmin").get_program()).with_file_name("aecs_server");
    if !server.exists() {
        eprintln!("skipped: there is no {}", server.display());
        return String::new();
    }
    let folder = tempfile::tempdir().unwrap();
    let variables = prepare(folder.path(), tee);
    let mut shell = Shell::start(folder.path(), &variables);
    let sections = sections(tee);
    assert_eq!(sections.len(), expected, "sections with commands for {tee}");
    let mut different = String::new();
    for (title, steps) in sections {
        for Step { command, output } in steps {
            let printed = shell.run(&command);
            if !fits(&output.join("\n"), &printed) {
                different.push_str(&format!("{title}:\n$ {command}\n{printed}\n"));
            }
        }
    }
    assert!(different.is_empty(), "the page has other output on {tee}:\n{different}");
    fs::read_to_string(&shell.errors).unwrap()
}

/// A provision without a host name saves no backup, which is to be told where there could be one.
const NO_BACKUP: &str = "no backup of the identity was saved";

#[test]
fn operations_on_sgx_under_gramine() {
    let errors = play("gramine", 6);
    assert!(errors.is_empty() || errors.contains(NO_BACKUP), "{errors}");
}

#[test]
fn operations_on_sev_snp() {
    play("sev_snp", 6);
}

#[test]
fn operations_on_tdx() {
    let errors = play("tdx", 7);
    assert!(!errors.contains(NO_BACKUP), "it cannot seal: {errors}");
}
