//! Servers of objects, where they are installed: they come from other places than Debian.

use std::{
    env, fs,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use super::{Folder, Server, free_port, program, run, skip};

/// Serves S3 as moto does it, one request after the other, because moto checks a condition and writes in
/// two steps. Under `/aecs-test/`, it keeps and puts back the content of a bucket.
const MOTO: &str = r#"
import signal, sys
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

# The shell that starts it has it ignored.
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
moto = DomainDispatcherApplication(create_backend_app)
kept = {}

def serve(environ, start_response):
    path = environ["PATH_INFO"].split("/")
    if path[1] != "aecs-test":
        return moto(environ, start_response)
    backend, name = s3_backends[DEFAULT_ACCOUNT_ID]["aws"], path[3]
    keys = backend.buckets[name].keys
    if path[2] == "keep":
        kept[name] = {key: object.value for key, object in keys.items()}
    else:
        for key in list(keys):
            keys.pop(key)
        for key, value in kept[name].items():
            backend.put_object(name, key, value)
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]

run_simple("127.0.0.1", int(sys.argv[1]), serve, threaded=False)
"#;

/// A moto, which speaks S3.
#[derive(Debug)]
pub struct Moto {
    server: Server,
    buckets: AtomicU64,
}

impl Moto {
    /// Starts one; `None` if it is not installed (in `AECS_MOTO`, a virtual environment of Python).
    pub fn start() -> Option<Self> {
        let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/aecs/moto"));
        let folder = env::var_os("AECS_MOTO").map(PathBuf::from).or(home).unwrap_or_default();
        let python = folder.join("bin/python");
        if !python.is_file() {
            return skip(&format!(
                "moto (S3) is not installed: AECS_MOTO or {} must be a virtual environment of Python \
                 with it; ./test.sh makes one",
                folder.display()
            ));
        }
        let (folder, port) = (Folder::new(), free_port());
        let program = folder.0.join("serve.py");
        fs::write(&program, MOTO).unwrap();
        let command = [python, program].map(|path| path.display().to_string());
        let command = command.into_iter().chain([port.to_string()]).collect();
        let mut server = Server::new(folder, port, command);
        server.as_nobody = false;
        server.start();
        Some(Self { server, buckets: AtomicU64::new(0) })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// The URL of a new bucket.
    pub fn new_bucket(&self) -> String {
        let number = self.buckets.fetch_add(1, Relaxed);
        self.ask("PUT", &format!("/bucket{number}"));
        format!("s3://bucket{number}/p?endpoint=http://127.0.0.1:{}", self.server.port)
    }

    /// Keeps the content of the bucket of a URL.
    pub fn keep(&self, url: &str) {
        self.ask("GET", &format!("/aecs-test/keep/{}", bucket_of(url)));
    }

    /// Puts the content back that was kept.
    pub fn put_back(&self, url: &str) {
        self.ask("GET", &format!("/aecs-test/put-back/{}", bucket_of(url)));
    }

    fn ask(&self, method: &str, path: &str) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.server.port)).unwrap();
        // It tells services apart by the signature, which it does not verify.
        let scope = "Credential=a/20260101/us-east-1/s3/aws4_request";
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\
             Authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.lines().next().is_some_and(|line| line.contains(" 200 ")), "{answer}");
    }
}

fn bucket_of(url: &str) -> &str {
    url.trim_start_matches("s3://").split('/').next().unwrap_or_default()
}

/// Makes a container: the emulator wants a signature.
const NEW_CONTAINER: &str = r#"
import base64, email.utils, hashlib, hmac, http.client, sys
port, name, account, key = sys.argv[1:]
date = email.utils.formatdate(usegmt=True)
headers = f"x-ms-date:{date}\nx-ms-version:2021-12-02\n"
text = "PUT" + 12 * "\n" + headers + f"/{account}/{account}/{name}\nrestype:container"
signature = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
connection = http.client.HTTPConnection("127.0.0.1", int(port))
connection.putrequest("PUT", f"/{account}/{name}?restype=container")
connection.putheader("x-ms-date", date)
connection.putheader("x-ms-version", "2021-12-02")
connection.putheader("Content-Length", "0")
connection.putheader("Authorization", f"SharedKey {account}:{base64.b64encode(signature).decode()}")
connection.endheaders()
answer = connection.getresponse()
sys.exit(0 if answer.status == 201 else f"{answer.status} {answer.read()}")
"#;

/// Microsoft's emulator of Azure Blob Storage.
#[derive(Debug)]
pub struct Azurite {
    server: Server,
    containers: AtomicU64,
}

impl Azurite {
    /// The account of every emulator.
    pub const ACCOUNT: &str = "devstoreaccount1";

    /// Its key, which is no secret.
    pub const KEY: &str =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// Starts one; `None` if it is not installed (`AECS_AZURITE` names its folder of programs).
    pub fn start() -> Option<Self> {
        let folders: Vec<PathBuf> =
            env::var_os("AECS_AZURITE").map(PathBuf::from).into_iter().collect();
        let Some(azurite) = program("azurite-blob", &folders) else {
            return skip(
                "Azurite (Azure) is not installed: npm install azurite, and AECS_AZURITE is its folder \
                 node_modules/.bin",
            );
        };
        let (folder, port) = (Folder::new(), free_port());
        let mut command = vec![azurite.display().to_string()];
        command.extend(
            ["--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
                .map(str::to_owned),
        );
        command.extend(["--blobHost", "127.0.0.1", "--blobPort"].map(str::to_owned));
        command.push(port.to_string());
        let mut server = Server::new(folder, port, command);
        server.as_nobody = false;
        server.start();
        Some(Self { server, containers: AtomicU64::new(0) })
    }

    /// The URL of a new container.
    pub fn new_container(&self) -> String {
        let name = format!("container{}", self.containers.fetch_add(1, Relaxed));
        let port = self.server.port.to_string();
        run(Command::new("python3").args([
            "-c",
            NEW_CONTAINER,
            &port,
            &name,
            Self::ACCOUNT,
            Self::KEY,
        ]));
        format!("az://{name}/p?endpoint=http://127.0.0.1:{port}/{}", Self::ACCOUNT)
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        // It ignores the signal that servers end with.
        self.server.stop("TERM");
    }
}
