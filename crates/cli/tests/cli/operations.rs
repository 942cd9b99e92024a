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

use aecs_attest::SERVER_PRODUCT;
use aecs_crypto::age::Identity;
use aecs_sim::{EnclaveIdentity, SimulatedCpu, TdIdentity};
use serde_json::{Value, json};

use super::transcript::{Step, fits, steps};
use super::{succeed_in, tool};

const PAGE: &str = include_str!("../../../../docs/operations.md");

const CUSTODIANS: [&str; 3] = ["alice", "bob", "carol"];

/// The version that runs, and the next one.
const VERSIONS: [[u8; 32]; 2] = [[0x51; 32], [0x52; 32]];

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

/// What a kubeconfig pins of a version on a TEE: its lines, and the measurement that changes.
fn pinned(cpu: &SimulatedCpu, tee: &str, version: usize) -> (Vec<(&'static str, String)>, String) {
    let code = EnclaveIdentity { mrenclave: VERSIONS[version], ..EnclaveIdentity::default() };
    match tee {
        "gramine" => {
            let own = hex::encode_upper(code.mrenclave);
            let product = ("prodID", SERVER_PRODUCT.to_string());
            (vec![("platform", "SGX_DCAP".into()), ("mrenclave", own.clone()), product], own)
        }
        "sev_snp" => {
            let own = hex::encode_upper(cpu.snp_guest(&code).unwrap().report.measurement);
            let declared = ("measured", "direct-boot".to_owned());
            (vec![("platform", "SEV_SNP".into()), ("measurement", own.clone()), declared], own)
        }
        _ => {
            let identity = TdIdentity::of_code(&code);
            let [_, rtmr1, own, _] = identity.rtmrs.map(hex::encode_upper);
            let firmware = ("mrtd", hex::encode_upper(identity.mrtd));
            let rest = [("platform", "TDX".into()), firmware, ("rtmr1", rtmr1)];
            (rest.into_iter().chain([("rtmr2", own.clone())]).collect(), own)
        }
    }
}

/// Writes the files that the page begins with, and returns the variables of its shell.
fn prepare(folder: &Path, tee: &str) -> Vec<(&'static str, String)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let setup = "aecs-setup --out {DIR}/etc --data-dir {DIR}/machine1 --simulation-dir {DIR}/cpu1";
    succeed_in(folder, &format!("{setup} --port {port}"));
    succeed_in(folder, "aecs-sim root {DIR}/cpu1 --amd --output {DIR}/amd.pem");
    succeed_in(folder, "aecs-sim create {DIR}/cpu2 --beside {DIR}/cpu1");
    let cpu = SimulatedCpu::open(folder.join("cpu1")).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();

    let text = fs::read_to_string(folder.join("etc/kubetee/aecs_server.json")).unwrap();
    let server: Value = serde_json::from_str(&text).unwrap();
    // Machine, and version.
    for (name, machine, version) in [("server1", 1, 0), ("server2", 2, 0), ("next", 2, 1)] {
        let mut own = server.clone();
        own["aecs_data_dir"] = json!(path(&format!("machine{machine}")));
        own["aecs_store"] = json!(format!("redb:{}", path("store.redb")));
        own["attestation"]["simulation_dir"] = json!(path(&format!("cpu{machine}")));
        own["attestation"]["simulation"] =
            json!({ "tee": tee, "mrenclave": hex::encode(VERSIONS[version]) });
        own["attestation"]["roots"] = json!(format!("SEV_SNP={}", path("amd.pem")));
        own["sealing"] = json!({ "snp": "measurement" });
        fs::write(folder.join(format!("{name}.json")), own.to_string()).unwrap();
    }
    let (lines, own) = pinned(&cpu, tee, 0);
    let (_, next) = pinned(&cpu, tee, 1);
    for (from, to) in [("aecs_admin_test", "admin"), ("ta_test", "custodian")] {
        let text =
            fs::read_to_string(folder.join(format!("etc/kubetee/{from}.kubeconfig"))).unwrap();
        let (head, policy) = text.split_once("  verifyPolicy:\n").unwrap();
        let root = policy.lines().find(|line| line.contains("simulationRoot")).unwrap();
        let policy: String =
            lines.iter().map(|(key, value)| format!("    {key}: \"{value}\"\n")).collect();
        let text = format!("{head}  verifyPolicy:\n{policy}{root}\n")
            .replace("../certs", "etc/certs")
            .replace("serverConfigFile: aecs_server.json", "serverConfigFile: server1.json")
            .replace(
                "[service_admin_test.kubeconfig, ta_test.kubeconfig]",
                "[custodian.kubeconfig]",
            );
        fs::write(folder.join(format!("{to}.kubeconfig")), text).unwrap();
    }
    let mut variables = vec![("CODE", own), ("NEXT_CODE", next)];
    variables.push(("AECS_ROOTS", format!("SEV_SNP={}", path("amd.pem"))));
    for (name, variable) in CUSTODIANS.iter().zip(["ALICE", "BOB", "CAROL"]) {
        let identity = Identity::generate().unwrap();
        fs::write(folder.join(format!("{name}.txt")), identity.line().unwrap().as_str()).unwrap();
        variables.push((variable, identity.recipient().unwrap().to_string()));
    }
    variables
}

/// Runs the sections of the page that are for this TEE, one after the other.
fn play(tee: &str, expected: usize) {
    let server = PathBuf::from(tool("aecsadmin").get_program()).with_file_name("aecs_server");
    if !server.exists() {
        eprintln!("skipped: there is no {}", server.display());
        return;
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
}

#[test]
fn operations_on_sgx_under_gramine() {
    play("gramine", 5);
}

#[test]
fn operations_on_sev_snp() {
    play("sev_snp", 5);
}

#[test]
fn operations_on_tdx() {
    play("tdx", 6);
}
