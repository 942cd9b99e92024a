//! The tool of an application against a real server: what it prints, runs and writes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Ran, run_in, succeed_in, tool};

const POLICY: &str = r#"
apiVersion: v1
kind: SecretPolicy
secrets:
- spec:
    name: db
    type: SECRET_TYPE_IMPORT_DATA
    service: service1
    readonly: "false"
    policy: &admitted
      enclaveMatchAnyRules:
      - mrenclave: "0101010101010101010101010101010101010101010101010101010101010101"
  data: '{"user": "app", "password": "hunter2"}'
- spec:
    name: tls
    type: SECRET_TYPE_CERTIFICATE
    service: service1
    readonly: "false"
    policy: *admitted
- spec:
    name: of-others
    type: SECRET_TYPE_AES256_KEY
    service: service1
    readonly: "false"
    policy:
      enclaveMatchAnyRules:
      - mrenclave: "0202020202020202020202020202020202020202020202020202020202020202"
"#;

/// A server on a software CPU.
pub(crate) struct Installation {
    folder: tempfile::TempDir,
    server: Child,
}

impl Installation {
    /// One with [`POLICY`]'s secrets; `None` where the program of the server was not built with the tools.
    fn start() -> Option<Self> {
        Self::start_with(Some(POLICY))
    }

    /// The same with the secrets of this policy file.
    pub(crate) fn start_with(policy: Option<&str>) -> Option<Self> {
        let beside = PathBuf::from(tool("aecsadmin").get_program()).with_file_name("aecs_server");
        if !beside.exists() {
            eprintln!("skipped: there is no {}", beside.display());
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        succeed_in(
            dir,
            &format!(
                "aecs-setup --out {{DIR}}/etc --data-dir {{DIR}}/data --simulation-dir {{DIR}}/cpu --port {port}"
            ),
        );
        let log = fs::File::create(dir.join("log")).unwrap();
        let mut server = Command::new(beside);
        server.env_clear().arg("--config").arg(dir.join("etc/kubetee/aecs_server.json"));
        let server = server.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let installation = Self { folder, server };
        let end = Instant::now() + Duration::from_secs(60);
        while installation.admin("status").code != 0 {
            let log = || fs::read_to_string(installation.path("log")).unwrap();
            assert!(Instant::now() < end, "the server does not start: {}", log());
            std::thread::sleep(Duration::from_millis(100));
        }
        for line in [
            "provision test",
            "register service1 --pubkey {DIR}/etc/certs/service_admin_public.pem",
        ] {
            let ran = installation.admin(line);
            assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
        }
        if let Some(policy) = policy {
            fs::write(installation.path("policy.yaml"), policy).unwrap();
            installation.owner("create {DIR}/policy.yaml");
        }
        Some(installation)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn admin(&self, line: &str) -> Ran {
        let config = "--config {DIR}/etc/kubetee/aecs_admin_test.kubeconfig";
        run_in(self.folder.path(), &format!("aecsadmin {config} {line}"))
    }

    fn owner(&self, line: &str) {
        let config = "--config {DIR}/etc/kubetee/service_admin_test.kubeconfig";
        succeed_in(self.folder.path(), &format!("serviceadmin {config} {line}"));
    }

    /// The tool of the application with this measurement.
    fn application(&self, measurement: u8, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = tool("aecs_client_cli");
        command
            .env("AECS_SERVER_POLICY", self.path("etc/kubetee/ta_test.kubeconfig"))
            .env("AECS_SIMULATION_DIR", self.path("cpu"))
            .env("AECS_SERVICE", "service1")
            .env("PATH", "/usr/bin:/bin")
            .args(["--mrenclave", &hex::encode([measurement; 32])])
            .args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_as(1, arguments)
    }

    fn run_as(&self, measurement: u8, arguments: &[&str]) -> Ran {
        let output = self.application(measurement, arguments).output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The tool with a program that runs until it is told to end.
    fn spawn(&self, arguments: &[&str]) -> Child {
        let command = self.application(1, arguments);
        let mut plain = Command::new(command.get_program());
        plain.env_clear().args(command.get_args());
        plain.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        plain.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The next line that a program prints.
fn line(output: &mut impl BufRead) -> String {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn kill(child: &Child, signal: &str) {
    let status = Command::new("kill").arg(signal).arg(child.id().to_string()).status().unwrap();
    assert!(status.success());
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn an_application_sees_takes_and_fills_in_what_it_can_get() {
    let Some(installation) = Installation::start() else { return };
    let listed = installation.run(&["list", "-o", "json"]).json();
    let names: Vec<&str> =
        listed.as_array().unwrap().iter().map(|it| it["secret"].as_str().unwrap()).collect();
    assert_eq!(names, ["db", "tls"]);
    assert_eq!(listed[0]["type"], "SECRET_TYPE_IMPORT_DATA");
    assert_eq!(listed[0]["version"], 1);
    assert_eq!(installation.run_as(3, &["list"]).stdout, "(none)\n");
    assert!(installation.run(&["list", "t"]).stdout.contains("tls"));

    let get = |arguments: &[&str]| installation.run(&[&["get"], arguments].concat());
    assert_eq!(get(&["db", "--output", "-", "--field", "password"]).stdout, "hunter2");
    let key = get(&["tls", "--output", "/dev/stdout", "--field", "private-key"]).stdout;
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"), "{key}");
    let refused = get(&["db", "--output", "-", "--field", "no"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (65, ""));
    assert_eq!(
        refused.stderr.lines().filter(|line| !line.starts_with("warning")).collect::<Vec<_>>(),
        ["error: secret db has no field `no`", "  help: it has: password, user"]
    );

    let (template, out) = (installation.path("app.in"), installation.path("app.conf"));
    let paths = [template.to_str().unwrap(), "--output", out.to_str().unwrap()];
    fs::write(
        &template,
        "{{ secret \"db\" \"user\" }}:{{ secret \"service1/db\" \"password\" }}\n",
    )
    .unwrap();
    assert_eq!(installation.run(&[&["template"], &paths[..]].concat()).code, 0);
    assert_eq!((fs::read_to_string(&out).unwrap().as_str(), mode(&out)), ("app:hunter2\n", 0o600));
    // What cannot be filled in writes nothing.
    fs::write(&template, "{{ secret \"of-others\" }}").unwrap();
    assert_eq!(installation.run(&[&["template"], &paths[..]].concat()).code, 82);
    assert_eq!(fs::read_to_string(&out).unwrap(), "app:hunter2\n");

    assert_eq!(installation.run(&["wait", "db", "service1/tls", "--for", "20"]).stdout, "ready\n");
    let waited = installation.run(&["wait", "of-others", "--for", "1"]);
    assert_eq!((waited.code, waited.stdout.as_str()), (82, ""));
}

#[test]
fn a_program_gets_secrets_and_its_exit_code_is_passed_on() {
    let Some(installation) = Installation::start() else { return };
    let exec = |options: &[&str], script: &str| {
        installation.run(&[&["exec"], options, &["--", "/bin/sh", "-c", script]].concat())
    };
    let ran = exec(
        &["--env", "PASSWORD=db:password", "--file", "KEY=tls:private-key"],
        "echo $PASSWORD $(stat -c %a $KEY) $(head -n 1 $KEY); echo $KEY; exit 7",
    );
    assert_eq!(ran.code, 7, "{}", ran.stderr);
    let (first, path) = ran.stdout.split_once('\n').unwrap();
    assert_eq!(first, "hunter2 600 -----BEGIN PRIVATE KEY-----");
    let folder = Path::new(path.trim()).parent().unwrap();
    assert!(folder.is_absolute() && !folder.exists(), "{} is left", folder.display());

    assert_eq!(exec(&[], "kill -KILL $$").code, 137);
    assert_eq!(installation.run(&["exec", "--", "/no/such/program"]).code, 127);
    assert_eq!(installation.run(&["exec", "--", "/etc/passwd"]).code, 126);
    let refused = exec(&["--env", "A=of-others"], "echo started");
    assert_eq!((refused.code, refused.stdout.as_str()), (82, ""));
    assert_eq!(exec(&["--env", "A=db", "--on-change", "SIGHUP"], "echo started").code, 64);
}

#[test]
fn signals_are_passed_on_and_changes_are_told() {
    let Some(installation) = Installation::start() else { return };
    let script = "trap 'cat $FILE; echo' HUP; trap 'echo ends; exit 3' TERM; echo ready; \
                  while :; do sleep 0.1; done";
    let mut child = installation.spawn(&[
        "exec",
        "--file",
        "FILE=db",
        "--on-change",
        "SIGHUP",
        "--every",
        "1",
        "--",
        "/bin/sh",
        "-c",
        script,
    ]);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(line(&mut output), "ready");
    fs::write(installation.path("value"), "second").unwrap();
    installation.owner("put db --from-file {DIR}/value");
    assert_eq!(line(&mut output), "second");
    kill(&child, "-TERM");
    assert_eq!(line(&mut output), "ends");
    assert_eq!(child.wait().unwrap().code(), Some(3));

    let mut child = installation.spawn(&[
        "exec",
        "--env",
        "VALUE=db",
        "--on-change",
        "restart",
        "--every",
        "1",
        "--",
        "/bin/sh",
        "-c",
        "echo $VALUE; exec sleep 600",
    ]);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(line(&mut output), "second");
    fs::write(installation.path("value"), "third").unwrap();
    installation.owner("put db --from-file {DIR}/value");
    assert_eq!(line(&mut output), "third");
    kill(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
}
