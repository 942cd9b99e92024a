//! The configuration file of a server, as an administrator holds it: the server compares it with
//! the settings in force, or makes its trust settings those in force.
//!
//! It is sent as it is, since the server knows its keys. The roots that it names are files too, and
//! go with it; no other file is read, whatever the server asks for.

use std::path::Path;

use aecs_attest::files;
use aecs_proto::{NamedFile, ServerConfigFile};

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
    /// It cannot be read, or is too large.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self(ServerConfigFile { name, content: read(path)?, files: Vec::new() }))
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
            self.0.files.push(NamedFile { path: path.clone(), content });
        }
        Ok(())
    }

    pub(crate) fn to_message(&self) -> ServerConfigFile {
        self.0.clone()
    }
}

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
    fn what_is_too_large_or_missing_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large.json");
        assert!(ServerConfig::read(&path).unwrap_err().is_unreadable());
        std::fs::write(&path, vec![b' '; 300 << 10]).unwrap();
        assert!(ServerConfig::read(&path).is_err());
    }
}
