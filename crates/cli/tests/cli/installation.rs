//! A real server on a software CPU, and the tools of those who use it.

use std::fs;
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
    /// One with [`POLICY`]'s secrets; `None` where the program of the server was not built with the
    /// tools.
    pub(crate) fn start() -> Option<Self> {
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
        let server = spawn_server(dir, &[]);
        let installation = Self { folder, server };
        installation.wait();
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

    /// Until the server answers, also as one of another deployment.
    fn wait(&self) {
        const UNREACHABLE: i32 = 69;
        let end = Instant::now() + Duration::from_secs(60);
        while self.admin("status").code == UNREACHABLE {
            let log = || fs::read_to_string(self.path("log")).unwrap();
            assert!(Instant::now() < end, "the server does not start: {}", log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The machine is lost, with the sealed identity; another one is started on its store.
    pub(crate) fn lose_identity(&mut self, arguments: &[&str]) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        let files = fs::read_dir(self.path("data")).unwrap().map(|file| file.unwrap().path());
        let is_store = |path: &PathBuf| path.extension().is_some_and(|end| end == "redb");
        let (stores, others): (Vec<_>, Vec<_>) = files.partition(is_store);
        assert_eq!(stores.len(), 1, "{stores:?}");
        for file in others {
            fs::remove_file(file).unwrap();
        }
        self.server = spawn_server(self.folder.path(), arguments);
        self.wait();
    }

    /// Makes the memory in this folder have seen more, as if the server's store had been put back since.
    pub(crate) fn roll_back(&self, memory: &str) {
        let file = self.path(memory).join("servers");
        let text = fs::read_to_string(&file).unwrap();
        let mut words: Vec<&str> = text.split(' ').collect();
        for epoch in [2, 5] {
            words[epoch] = "1000000";
        }
        fs::write(&file, words.join(" ")).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn admin(&self, line: &str) -> Ran {
        let config = "--config {DIR}/etc/kubetee/aecs_admin_test.kubeconfig";
        run_in(self.folder.path(), &format!("aecsadmin {config} {line}"))
    }

    pub(crate) fn owner(&self, line: &str) -> Ran {
        let config = "--config {DIR}/etc/kubetee/service_admin_test.kubeconfig";
        succeed_in(self.folder.path(), &format!("serviceadmin {config} {line}"))
    }

    /// The tool of the application with this measurement.
    pub(crate) fn application(&self, measurement: u8, arguments: &[&str]) -> assert_cmd::Command {
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

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_as(1, arguments)
    }

    pub(crate) fn run_as(&self, measurement: u8, arguments: &[&str]) -> Ran {
        let output = self.application(measurement, arguments).output().unwrap();
        Ran {
            line: format!("aecs_client_cli {}", arguments.join(" ")),
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The tool with a program that runs until it is told to end.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        let command = self.application(1, arguments);
        let mut plain = Command::new(command.get_program());
        plain.env_clear().args(command.get_args());
        plain.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        plain.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
    }
}

fn spawn_server(dir: &Path, arguments: &[&str]) -> Child {
    let program = PathBuf::from(tool("aecsadmin").get_program()).with_file_name("aecs_server");
    let log = fs::File::options().create(true).append(true).open(dir.join("log")).unwrap();
    let mut server = Command::new(program);
    server
        .env_clear()
        .arg("--config")
        .arg(dir.join("etc/kubetee/aecs_server.json"))
        .args(arguments);
    server.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

impl Drop for Installation {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
