//! Database servers for tests, each with a folder and ports of its own.
//!
//! A server ends with the test, also if the test panics or is killed. The machine's own servers are
//! never used. Where the programs are not installed, `start` says so loudly; for PostgreSQL and etcd it
//! panics if the environment has `AECS_REQUIRE_ENGINES=1`.

#![allow(clippy::print_stderr, clippy::unwrap_used)]

mod buckets;
mod harm;
mod proxy;

use std::{
    env, fs,
    hash::{BuildHasher, RandomState},
    io::Write,
    net::{TcpListener, TcpStream},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

pub use self::{
    buckets::{Azurite, Moto},
    harm::{Database, Faults, Harm, Processes, shift_clock},
    proxy::{Link, Proxy},
};

/// The user `nobody`: PostgreSQL refuses to be run by root.
const NOBODY: u32 = 65_534;

/// Starts a server, and ends it with the signal that it reads, or when its standard input ends
/// because this process was killed; then it removes the folder as well.
const KEEPER: &str = r#"
folder=$1; shift
"$@" >>"$folder/log" 2>&1 </dev/null &
server=$!
read -r signal || signal=QUIT remove=yes
kill "-$signal" "$server" 2>/dev/null
# A shell has what it starts in the background ignore QUIT.
[ -z "$remove" ] || kill -TERM "$server" 2>/dev/null
wait "$server"
[ -z "$remove" ] || rm -rf "$folder"
"#;

fn program(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut all = folders.iter().cloned().chain(env::split_paths(&path));
    all.find_map(|folder| Some(folder.join(name)).filter(|program| program.is_file()))
}

fn missing<T>(what: &str, package: &str) -> Option<T> {
    let message = format!("{what} is not installed; install the package {package}");
    assert!(env::var_os("AECS_REQUIRE_ENGINES").is_none_or(|value| value != "1"), "{message}");
    skip(&message)
}

fn skip<T>(message: &str) -> Option<T> {
    eprintln!("SKIPPED: {message}");
    None
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A folder that is removed at the end.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let random = RandomState::new().hash_one(());
        let path = env::temp_dir().join(format!("aecs-test-{random:016x}"));
        fs::create_dir(&path).unwrap();
        if is_root() {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn is_root() -> bool {
    // A process's folder belongs to its user.
    fs::metadata("/proc/self")
        .is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0)
}

fn unprivileged(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A server with a folder.
#[derive(Debug)]
struct Server {
    command: Vec<String>,
    port: u16,
    keeper: Option<Child>,
    /// How often PostgreSQL did not start because the children of one that was killed were there.
    refused: usize,
    folder: Folder,
    /// PostgreSQL refuses to be run by root; what is installed for root cannot be run by others.
    as_nobody: bool,
}

impl Server {
    fn new(folder: Folder, port: u16, command: Vec<String>) -> Self {
        Self { command, port, keeper: None, refused: 0, folder, as_nobody: true }
    }

    fn start(&mut self) {
        self.spawn();
        self.wait();
    }

    fn spawn(&mut self) {
        let shell = "/bin/sh";
        let mut keeper = if self.as_nobody { unprivileged(shell) } else { Command::new(shell) };
        keeper.args(["-c", KEEPER, "keeper"]).arg(&self.folder.0).args(&self.command);
        self.keeper = Some(keeper.stdin(Stdio::piped()).spawn().unwrap());
    }

    /// Until it accepts connections. One that did not start because of its predecessor is started again.
    fn wait(&mut self) {
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let log = fs::read_to_string(self.folder.0.join("log")).unwrap_or_default();
            if begin.elapsed() > Duration::from_secs(60) {
                panic!("{:?} does not answer:\n{log}", self.command);
            }
            let refused = log.matches("pre-existing shared memory block").count();
            if refused > self.refused {
                self.refused = refused;
                self.stop("KILL");
                thread::sleep(Duration::from_millis(200));
                self.spawn();
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(&mut self, signal: &str) {
        let Some(mut keeper) = self.keeper.take() else { return };
        if let Some(mut input) = keeper.stdin.take() {
            let _ = input.write_all(format!("{signal}\n").as_bytes());
        }
        let _ = keeper.wait();
    }

    fn data(&self) -> PathBuf {
        self.folder.0.join("data")
    }

    fn back_up(&self) {
        copy(&self.data(), &self.folder.0.join("copy"));
    }

    fn restore(&self) {
        copy(&self.folder.0.join("copy"), &self.data());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // At once, but PostgreSQL still gives back its shared memory.
        self.stop("QUIT");
    }
}

fn copy(from: &Path, to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).unwrap();
    }
    run(Command::new("cp").arg("-a").arg(from).arg(to));
}

/// A PostgreSQL server.
#[derive(Debug)]
pub struct Postgres(Server);

impl Postgres {
    /// The password of the user `aecs`.
    pub const PASSWORD: &str = "hunter2";

    /// Starts one with these settings (`name=value`); `None` if it is not installed.
    pub fn start(settings: &[&str]) -> Option<Self> {
        // Debian keeps them out of the path.
        let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
            .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
            .unwrap_or_default();
        folders.sort();
        folders.reverse();
        let (initdb, postgres) = (program("initdb", &folders), program("postgres", &folders));
        let (Some(initdb), Some(postgres)) = (initdb, postgres) else {
            return missing("PostgreSQL", "postgresql");
        };
        let folder = Folder::new();
        let (data, password) = (folder.0.join("data"), folder.0.join("password"));
        fs::write(&password, Self::PASSWORD).unwrap();
        run(unprivileged(initdb)
            .args(["--no-sync", "--username=aecs", "--auth=scram-sha-256", "--encoding=UTF8"])
            .arg(format!("--pwfile={}", password.display()))
            .arg("-D")
            .arg(&data));
        let port = free_port();
        let own = [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", folder.0.display()),
        ];
        let mut command =
            vec![postgres.display().to_string(), "-D".to_owned(), data.display().to_string()];
        for setting in own.iter().map(String::as_str).chain(settings.iter().copied()) {
            command.extend(["-c".to_owned(), setting.to_owned()]);
        }
        let mut server = Server::new(folder, port, command);
        server.start();
        Some(Self(server))
    }

    /// Its URL, without the password.
    pub fn url(&self) -> String {
        format!("postgres://aecs@127.0.0.1:{}/postgres", self.0.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.0.data()
    }

    /// Stops it as a crash does.
    pub fn kill(&mut self) {
        self.0.stop("KILL");
    }

    /// Stops it: connections end at once.
    pub fn stop(&mut self) {
        self.0.stop("INT");
    }

    /// Starts it again, on the same port.
    pub fn start_again(&mut self) {
        self.0.start();
    }

    /// Copies all data. The server stops for it.
    pub fn back_up(&mut self) {
        self.stop();
        self.0.back_up();
        self.start_again();
    }

    /// Puts the copied data back.
    pub fn restore(&mut self) {
        self.stop();
        self.0.restore();
        self.start_again();
    }
}

/// A cluster of etcd nodes.
#[derive(Debug)]
pub struct Etcd(Vec<Server>);

impl Etcd {
    /// Starts a cluster with these options for each node; `None` if etcd is not installed.
    pub fn start(nodes: usize, options: &[&str]) -> Option<Self> {
        Self::start_as("http", nodes, options)
    }

    /// Starts a cluster to which clients speak TLS; the options name the certificate.
    pub fn start_with_tls(nodes: usize, options: &[&str]) -> Option<Self> {
        Self::start_as("https", nodes, options)
    }

    fn start_as(scheme: &str, nodes: usize, options: &[&str]) -> Option<Self> {
        let Some(etcd) = program("etcd", &[]) else { return missing("etcd", "etcd-server") };
        let ports: Vec<(u16, u16)> = (0..nodes).map(|_| (free_port(), free_port())).collect();
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let client_url = |port: u16| format!("{scheme}://127.0.0.1:{port}");
        let members = ports.iter().enumerate();
        let cluster: Vec<String> =
            members.map(|(node, (_, peer))| format!("n{node}={}", url(*peer))).collect();
        let node = |(node, (client, peer)): (usize, &(u16, u16))| {
            let folder = Folder::new();
            let mut command = vec![etcd.display().to_string()];
            for (name, value) in [
                ("name", format!("n{node}")),
                ("data-dir", folder.0.join("data").display().to_string()),
                ("listen-client-urls", client_url(*client)),
                ("advertise-client-urls", client_url(*client)),
                ("listen-peer-urls", url(*peer)),
                ("initial-advertise-peer-urls", url(*peer)),
                ("initial-cluster", cluster.join(",")),
            ] {
                command.push(format!("--{name}={value}"));
            }
            command.extend(options.iter().map(|option| (*option).to_owned()));
            let mut server = Server::new(folder, *client, command);
            server.spawn();
            server
        };
        let mut servers: Vec<Server> = ports.iter().enumerate().map(node).collect();
        servers.iter_mut().for_each(Server::wait);
        Some(Self(servers))
    }

    /// Its hosts and ports, for a URL: `127.0.0.1:1,127.0.0.1:2`.
    pub fn hosts(&self) -> String {
        let hosts = self.0.iter().map(|server| format!("127.0.0.1:{}", server.port));
        hosts.collect::<Vec<_>>().join(",")
    }

    /// The node that leads the others, as `etcdctl` tells; the first one if that is not installed.
    pub fn leader(&self) -> usize {
        let output = Command::new("etcdctl")
            .env("ETCDCTL_API", "3")
            .args(["endpoint", "status", "--endpoints"])
            .arg(self.hosts())
            .output();
        let Ok(output) = output else { return 0 };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        // Endpoint, id, version, size, whether it leads, and more.
        let led = text.lines().find(|line| line.split(", ").nth(4) == Some("true"));
        let endpoint = led.and_then(|line| line.split(", ").next()).unwrap_or_default();
        let leads = |server: &Server| endpoint.ends_with(&format!(":{}", server.port));
        self.0.iter().position(leads).unwrap_or(0)
    }

    /// Stops a node as a crash does.
    pub fn kill(&mut self, node: usize) {
        self.0[node].stop("KILL");
    }

    /// Starts a node again, on the same ports.
    pub fn start_again(&mut self, node: usize) {
        self.0[node].start();
    }

    /// Copies all data. The cluster stops for it.
    pub fn back_up(&mut self) {
        self.0.iter_mut().for_each(|server| server.stop("TERM"));
        self.0.iter().for_each(Server::back_up);
        self.spawn_all();
    }

    /// Puts the copied data back.
    pub fn restore(&mut self) {
        self.0.iter_mut().for_each(|server| server.stop("KILL"));
        self.0.iter().for_each(Server::restore);
        self.spawn_all();
    }

    fn spawn_all(&mut self) {
        self.0.iter_mut().for_each(Server::spawn);
        self.0.iter_mut().for_each(Server::wait);
    }
}
