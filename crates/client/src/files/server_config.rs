//! The configuration file of a server, as an administrator holds it: the server compares it with
//! the settings in force, or makes its trust settings those in force.
//!
//! It is sent as it is, since the server knows its keys. The roots that it names are files too, and
//! go with it; no other file is read, whatever the server asks for.
//!
//! Invariant: what is not such a configuration, or has a private key in it, does not leave the machine.

use std::path::Path;

use aecs_attest::files;
use aecs_proto::{NamedFile, ServerConfigFile};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::FileError;

/// Largest configuration file, and largest file that one names, in bytes.
pub const MAX_BYTES: usize = 256 << 10;

/// The root certificate in the folder of a software CPU.
const SIMULATION_ROOT: &str = "root-ca.pem";

/// A server's configuration file, and the files that go with it.
#[derive(Debug, Clone)]
pub struct ServerConfig(ServerConfigFile);

impl ServerConfig {
    /// Reads the file at `path`, of at most [`MAX_BYTES`].
    ///
    /// # Errors
    ///
    /// It cannot be read, is too large, or is another kind of file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let content = read(path)?;
        if let Some(what) = other_kind(&content) {
            return Err(FileError::in_file(
                path,
                format!("this is not the configuration of a server: {what}; it was not sent"),
                "give the server's configuration file, such as aecs_server.json",
            ));
        }
        Ok(Self(ServerConfigFile { name, content, files: Vec::new() }))
    }

    /// Adds files that the server misses.
    ///
    /// # Errors
    ///
    /// The configuration file does not name one of them, it was sent before, or it cannot be read.
    pub fn add(&mut self, paths: &[String]) -> Result<(), FileError> {
        for path in paths {
            let text = String::from_utf8_lossy(&self.0.content);
            // A value, or a part of a list, is the path itself, or the folder of a software CPU.
            let words = || text.split(|c: char| c.is_whitespace() || "\"',=[]{}".contains(c));
            let root = |folder: &str| Path::new(folder).join(SIMULATION_ROOT) == Path::new(path);
            let named = words().any(|word| !word.is_empty() && (word == path || root(word)));
            if !named || self.0.files.iter().any(|file| file.path == *path) {
                return Err(FileError::in_file(
                    Path::new(path),
                    format!("the server asks for it, but {} does not name it", self.0.name),
                    "is this the right configuration file? relative paths in it count from the current folder",
                ));
            }
            let content = read(Path::new(path))?;
            if has_private_key(&content) {
                return Err(FileError::in_file(
                    Path::new(path),
                    "it has a private key, and was not sent",
                    "name the root certificate",
                ));
            }
            self.0.files.push(NamedFile { path: path.clone(), content });
        }
        Ok(())
    }

    pub(crate) fn to_message(&self) -> ServerConfigFile {
        self.0.clone()
    }
}

/// What begins the names of a configuration's keys, and of the tables that they may be in.
const KEYS: &[&str] = &[
    "aecs_",
    "attestation",
    "audit",
    "compat",
    "identity",
    "limits",
    "log",
    "quotas",
    "recovery",
    "restart",
    "sealing",
    "store",
    "ta_secrets",
];

/// What a file is that is not the configuration of a server; none if it looks like one.
fn other_kind(content: &[u8]) -> Option<&'static str> {
    if has_private_key(content) {
        return Some("it has a private key");
    }
    let Ok(text) = std::str::from_utf8(content) else { return Some("it is not UTF-8 text") };
    if text.trim_start().starts_with(PEM_BEGIN) {
        return Some("it is PEM");
    }
    let keys = || text.lines().filter_map(key_in);
    if keys().any(|key| key == "kind") {
        return Some("it has the key `kind`, as a kubeconfig or a policy has");
    }
    (!keys().any(is_key)).then_some("it has none of its keys")
}

/// Whether this is the name of a key of such a configuration, or of a table, as far as `KEYS` tells.
#[must_use]
pub fn is_key(name: &str) -> bool {
    KEYS.iter().any(|known| match name.strip_prefix(known) {
        Some(rest) => rest.is_empty() || rest.starts_with('.') || known.ends_with('_'),
        None => false,
    })
}

/// The key that a line of JSON, TOML or YAML begins with, or the table that it opens.
fn key_in(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || "{[\"'".contains(c));
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c))?;
    let (key, rest) = line.split_at_checked(end)?;
    let rest = rest.trim_start_matches(['"', '\'', ' ', '\t']);
    rest.starts_with([':', '=', ']']).then_some(key)
}

const PEM_BEGIN: &str = "-----BEGIN ";
/// Ends the label of every private key in PEM.
const PRIVATE_KEY: &[u8] = b"PRIVATE KEY-----";

/// Whether there is the PEM of a private key, as it is or in Base64.
fn has_private_key(content: &[u8]) -> bool {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let has = |bytes: &[u8]| bytes.windows(PRIVATE_KEY.len()).any(|part| part == PRIVATE_KEY);
    // Tools wrap Base64: blanks and line ends within it do not end it.
    let packed: Vec<u8> =
        content.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let mut words = packed.split(|byte| !is_base64(byte));
    has(content) || words.any(|word| in_base64(word).is_some_and(|bytes| has(&bytes)))
}

/// The bytes of a text in Base64, which a word in front of it may have shifted.
fn in_base64(word: &[u8]) -> Option<Vec<u8>> {
    let begin = word.windows(BASE64_OF_BEGIN.len()).position(|part| part == BASE64_OF_BEGIN)?;
    let text = word.get(begin..)?;
    let whole = text.len() - text.len() % 4;
    STANDARD_NO_PAD.decode(text.get(..whole)?).ok()
}

/// Base64 of the beginning of [`PEM_BEGIN`].
const BASE64_OF_BEGIN: &[u8] = b"LS0tLS1CRUdJTi";

fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    files::read(path, MAX_BYTES).map_err(|error| FileError::unreadable(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_it_names_are_added() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root.pem");
        std::fs::write(&root, b"root").unwrap();
        std::fs::write(dir.path().join("secret.txt"), b"secret").unwrap();
        let path = dir.path().join("aecs_server.json");
        let text = format!(r#"{{"attestation.roots": "CSV={}"}}"#, root.display());
        std::fs::write(&path, text).unwrap();
        let mut config = ServerConfig::read(&path).unwrap();
        let beside = dir.path().join("secret.txt").display().to_string();
        for other in ["/etc/passwd", "secret.txt", "/", beside.as_str()] {
            assert!(config.add(&[other.to_owned()]).is_err(), "{other}");
        }
        let root = root.display().to_string();
        config.add(std::slice::from_ref(&root)).unwrap();
        let message = config.to_message();
        assert_eq!(message.name, "aecs_server.json");
        assert_eq!(message.files, [NamedFile { path: root.clone(), content: b"root".to_vec() }]);
        assert!(config.add(&[root]).is_err(), "it was sent before");
    }

    #[test]
    fn what_is_another_kind_of_file_does_not_leave_the_machine() {
        let key = aecs_crypto::KeyPair::generate(aecs_crypto::Suite::Rsa).unwrap();
        let private = key.private_pem();
        let base64 = base64::engine::general_purpose::STANDARD.encode(private.expose());
        let wrapped = base64.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line));
        let wrapped = wrapped.collect::<Vec<_>>().join("\n    ");
        let kubeconfig = "kind: Config\nadministrator:\n  name: aecs_admin\n";
        let config = r#"{"aecs_rpc_port": "1"}"#;
        for (content, what) in [
            (private.expose().to_owned(), "it has a private key"),
            (format!("{kubeconfig}  identityKey: {base64}\n"), "it has a private key"),
            (format!("aecs_x: |\n    {wrapped}\n"), "it has a private key"),
            (format!("{{\"aecs_admin_pubkey\": \"{base64}\"}}"), "it has a private key"),
            (kubeconfig.to_owned(), "it has the key `kind`"),
            ("kind: SecretPolicy\nsecrets: []\n".to_owned(), "it has the key `kind`"),
            (key.public().pem().to_owned(), "it is PEM"),
            (r#"{"kty": "OKP", "d": "AAAA"}"#.to_owned(), "it has none of its keys"),
            (String::new(), "it has none of its keys"),
            ("a password\n".to_owned(), "it has none of its keys"),
        ] {
            assert!(other_kind(content.as_bytes()).unwrap().starts_with(what), "{content}");
        }
        assert_eq!(other_kind(b"\x30\x82\x01\xFF"), Some("it is not UTF-8 text"));
        let public = base64::engine::general_purpose::STANDARD.encode(key.public().pem());
        for good in [
            config.to_owned(),
            format!(
                "{{\n  \"aecs_admin_pubkey\": \"{public}\",\n  \"log\": {{\"level\": \"info\"}}}}"
            ),
            "# mine\n[attestation]\nplatform = \"auto\"\n".to_owned(),
            "quotas.services: 5\n".to_owned(),
            "restart = \"auto\"".to_owned(),
        ] {
            assert_eq!(other_kind(good.as_bytes()), None, "{good}");
        }
    }

    #[test]
    fn what_is_too_large_or_missing_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large.json");
        assert!(ServerConfig::read(&path).unwrap_err().is_unreadable());
        std::fs::write(&path, vec![b' '; 300 << 10]).unwrap();
        assert!(ServerConfig::read(&path).unwrap_err().reason().contains("larger than"));
    }
}
