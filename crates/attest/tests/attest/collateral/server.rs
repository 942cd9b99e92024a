//! An HTTP server in a few threads, which answers as it is told, also badly.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What to answer.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Status, headers, body.
    Full(u16, Vec<(String, String)>, Vec<u8>),
    /// As another, a byte at a time with a pause after each.
    Slowly(Box<Reply>, Duration),
    /// As another, after a while.
    Late(Box<Reply>, Duration),
    /// As another, but the connection ends after a number of bytes.
    Cut(Box<Reply>, usize),
    /// Bytes that are no HTTP, or not quite.
    Raw(Vec<u8>),
    /// Nothing, and the connection stays open.
    Silence,
}

impl Reply {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::Full(200, Vec::new(), body.into())
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Full(status, Vec::new(), b"an error page".to_vec())
    }

    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        let Self::Full(status, mut headers, body) = self else { panic!("no headers in this") };
        headers.push((name.into(), value.into()));
        Self::Full(status, headers, body)
    }

    pub(crate) fn late(self, by: Duration) -> Self {
        Self::Late(Box::new(self), by)
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Full(status, headers, body) => {
                let mut head = format!("HTTP/1.1 {status} Whatever\r\n");
                let length = body.len().to_string();
                for (name, value) in [("Connection", "close"), ("Content-Length", &length)] {
                    if !headers.iter().any(|(given, _)| given == name) {
                        head += &format!("{name}: {value}\r\n");
                    }
                }
                for (name, value) in headers {
                    head += &format!("{name}: {value}\r\n");
                }
                [head.as_bytes(), b"\r\n", body].concat()
            }
            Self::Slowly(reply, _) | Self::Late(reply, _) => reply.bytes(),
            Self::Cut(reply, len) => reply.bytes()[..*len].to_vec(),
            Self::Raw(bytes) => bytes.clone(),
            Self::Silence => Vec::new(),
        }
    }
}

type Replies = HashMap<String, Reply>;

pub(crate) struct Server {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// By path with query; "" for all others.
    replies: Mutex<Replies>,
    requests: Mutex<Vec<String>>,
    questions: Mutex<Vec<(String, Vec<u8>)>>,
    stopped: AtomicBool,
}

impl Server {
    pub(crate) fn start(replies: impl IntoIterator<Item = (String, Reply)>) -> Self {
        Self::listen(replies, None)
    }

    /// One that speaks TLS, and is called `localhost`.
    pub(crate) fn start_tls(
        replies: impl IntoIterator<Item = (String, Reply)>,
        tls: ServerConfig,
    ) -> Self {
        Self::listen(replies, Some(Arc::new(tls)))
    }

    fn listen(
        replies: impl IntoIterator<Item = (String, Reply)>,
        tls: Option<Arc<ServerConfig>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = match tls {
            Some(_) => format!("https://localhost:{port}"),
            None => format!("http://127.0.0.1:{port}"),
        };
        let shared = Arc::new(Shared::default());
        shared.replies.lock().unwrap().extend(replies);
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (shared, tls, stream) = (Arc::clone(&accepting), tls.clone(), stream.unwrap());
                thread::spawn(move || match tls {
                    Some(tls) => {
                        let connection = ServerConnection::new(tls).unwrap();
                        serve(StreamOwned::new(connection, stream), &shared);
                    }
                    None => serve(stream, &shared),
                });
            }
        });
        Self { url, shared }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Changes the answer for a path.
    pub(crate) fn set(&self, path: &str, reply: Reply) {
        self.shared.replies.lock().unwrap().insert(path.into(), reply);
    }

    pub(crate) fn set_all(&self, replies: impl IntoIterator<Item = (String, Reply)>) {
        self.shared.replies.lock().unwrap().extend(replies);
    }

    /// Takes what is not told otherwise to be answered like this.
    pub(crate) fn set_everything(&self, reply: Reply) {
        let mut replies = self.shared.replies.lock().unwrap();
        replies.clear();
        replies.insert(String::new(), reply);
    }

    /// Paths asked for, in this order.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Content types and bodies of the requests that had one.
    pub(crate) fn questions(&self) -> Vec<(String, Vec<u8>)> {
        self.shared.questions.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.shared.requests.lock().unwrap().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts, which then frees the port.
        let _ = self.url.split_once("://").map(|(_, address)| TcpStream::connect(address));
    }
}

fn serve(mut stream: impl Read + Write, shared: &Shared) {
    let mut reader = BufReader::new(&mut stream);
    let mut lines = reader.by_ref().lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let Some(path) = first.split(' ').nth(1) else { return };
    let headers: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let header = |name: &str| {
        let found = headers.iter().filter_map(|line| line.split_once(": "));
        found.filter(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    };
    if let (Some(kind), Some(length)) = (header("Content-Type"), header("Content-Length")) {
        let mut body = vec![0; length.parse().unwrap()];
        if reader.read_exact(&mut body).is_ok() {
            shared.questions.lock().unwrap().push((kind.to_owned(), body));
        }
    }
    shared.requests.lock().unwrap().push(path.into());
    let reply = {
        let replies = shared.replies.lock().unwrap();
        replies.get(path).or_else(|| replies.get("")).cloned()
    };
    // The client may hang up at any time, which is its right.
    let _ = send(&mut stream, &reply.unwrap_or_else(|| Reply::status(404)));
}

fn send(stream: &mut impl Write, reply: &Reply) -> std::io::Result<()> {
    match reply {
        Reply::Slowly(_, pause) => {
            for byte in reply.bytes() {
                stream.write_all(&[byte])?;
                thread::sleep(*pause);
            }
            Ok(())
        }
        Reply::Late(reply, by) => {
            thread::sleep(*by);
            send(stream, reply)
        }
        Reply::Silence => {
            thread::sleep(Duration::from_secs(20));
            Ok(())
        }
        _ => {
            stream.write_all(&reply.bytes())?;
            stream.flush()
        }
    }
}
