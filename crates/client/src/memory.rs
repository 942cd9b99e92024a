//! What was last seen of a deployment's stored state, so that the state cannot silently go back.
//!
//! The store of an AECS server belongs to the host, and the host could put an old copy of it back:
//! with a service that was unregistered since, or a policy that was narrowed since. Every change
//! advances an epoch, and each epoch has one digest; both are in the signed status. Whoever
//! remembers the last pair notices.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::status::DeploymentId;

/// The state of a server's store, as its signed status tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreState {
    /// Counts the changes.
    pub epoch: u64,
    /// Digest over all names and versions at that epoch, in upper case hexadecimal.
    pub digest: String,
}

impl fmt::Display for StoreState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {} with digest {}", self.epoch, self.digest)
    }
}

/// Remembers the last state seen of each deployment.
///
/// An implementation checks and remembers in one step, so that two tools at the same time cannot
/// make each other forget.
pub trait StateMemory: Send + Sync {
    /// Accepts `seen` as the state of `deployment` now, and remembers it.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Rollback`] when [`StoreState::follows`] says no, and what goes wrong with
    /// the memory itself: a state that cannot be remembered is not accepted.
    fn accept(&self, deployment: &DeploymentId, seen: &StoreState) -> Result<(), MemoryError>;
}

impl StoreState {
    /// Checks that this state can come after `remembered`: a later epoch, or the very same state.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Rollback`].
    pub fn follows(&self, remembered: &StoreState) -> Result<(), MemoryError> {
        if self.epoch > remembered.epoch || self == remembered {
            return Ok(());
        }
        Err(MemoryError::Rollback { remembered: remembered.clone(), seen: self.clone() })
    }
}

/// Why a state is not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The store was rolled back, or replaced by another one of the same age.
    #[error(
        "the server's store is at {seen}, but {remembered} was seen before: it was rolled back or replaced"
    )]
    Rollback {
        /// The last state seen before.
        remembered: StoreState,
        /// The state now.
        seen: StoreState,
    },
    /// The file of the memory cannot be read or written.
    #[error("the state memory {} is not usable", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// The file of the memory is not one.
    #[error("{}:{line}: not a line of a state memory (DEPLOYMENT-ID EPOCH DIGEST)", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// A [`StateMemory`] in a file: a line for each deployment, `DEPLOYMENT-ID EPOCH DIGEST`.
///
/// The file is replaced as a whole, with mode 0600; a lock file next to it keeps tools that run at
/// the same time apart.
#[derive(Debug, Clone)]
pub struct FileStateMemory {
    path: PathBuf,
    accept_rollback: bool,
}

/// Largest file: some ten thousand deployments.
const MAX_BYTES: u64 = 2 << 20;

impl FileStateMemory {
    /// The memory in the file at `path`, which need not exist yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> FileStateMemory {
        FileStateMemory { path: path.into(), accept_rollback: false }
    }

    /// Takes whatever state comes next for the right one: for after a restore from a backup that
    /// the administrator made on purpose, and for nothing else.
    #[must_use]
    pub fn insecure_accept_rollback(mut self) -> FileStateMemory {
        self.accept_rollback = true;
        self
    }

    fn update(&self, deployment: &DeploymentId, seen: &StoreState) -> Result<(), MemoryError> {
        let _lock = self.lock().map_err(|source| self.io(source))?;
        let mut states = self.read()?;
        if let Some(remembered) = states.get(&deployment.to_string())
            && !self.accept_rollback
        {
            seen.follows(remembered)?;
            if remembered == seen {
                return Ok(());
            }
        }
        states.insert(deployment.to_string(), seen.clone());
        self.write(&states).map_err(|source| self.io(source))
    }

    /// Held while the file is read and replaced. The file itself cannot be locked: it is replaced.
    fn lock(&self) -> io::Result<File> {
        if let Some(folder) = folder_of(&self.path) {
            fs::create_dir_all(folder)?;
        }
        let lock = private().create(true).truncate(false).open(sibling(&self.path, "lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    fn read(&self) -> Result<BTreeMap<String, StoreState>, MemoryError> {
        let mut text = String::new();
        let read = File::open(&self.path)
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text));
        match read {
            Ok(length) if length as u64 <= MAX_BYTES => {}
            // Half of a memory would be a way to forget.
            Ok(_) => return Err(self.io(io::ErrorKind::FileTooLarge.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(self.io(error)),
        }
        text.lines()
            .enumerate()
            .map(|(index, line)| {
                parse_line(line).ok_or_else(|| MemoryError::Malformed {
                    path: self.path.clone(),
                    line: index + 1,
                })
            })
            .collect()
    }

    fn write(&self, states: &BTreeMap<String, StoreState>) -> io::Result<()> {
        let new = sibling(&self.path, "new");
        let mut file = private().create(true).truncate(true).open(&new)?;
        for (deployment, state) in states {
            writeln!(file, "{deployment} {} {}", state.epoch, state.digest)?;
        }
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        // The rename is durable when the folder is.
        match folder_of(&self.path) {
            Some(folder) => File::open(folder)?.sync_all(),
            None => File::open(".")?.sync_all(),
        }
    }

    fn io(&self, source: io::Error) -> MemoryError {
        MemoryError::Io { path: self.path.clone(), source }
    }
}

impl StateMemory for FileStateMemory {
    fn accept(&self, deployment: &DeploymentId, seen: &StoreState) -> Result<(), MemoryError> {
        self.update(deployment, seen)
    }
}

fn parse_line(line: &str) -> Option<(String, StoreState)> {
    let mut words = line.split(' ');
    let (deployment, epoch, digest) = (words.next()?, words.next()?, words.next()?);
    let deployment: DeploymentId = deployment.parse().ok()?;
    let state = StoreState { epoch: epoch.parse().ok()?, digest: digest.to_owned() };
    words.next().is_none().then(|| (deployment.to_string(), state))
}

fn folder_of(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty())
}

/// `NAME.suffix` next to `NAME`.
fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

/// Options for a file that only its owner may read and write.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(epoch: u64, digest: &str) -> StoreState {
        StoreState { epoch, digest: digest.into() }
    }

    const ONE: DeploymentId = DeploymentId::from_bytes([1; 32]);
    const TWO: DeploymentId = DeploymentId::from_bytes([2; 32]);

    #[test]
    fn states_only_go_forward() {
        let folder = tempfile::tempdir().unwrap();
        let memory = FileStateMemory::new(folder.path().join("state/seen"));
        memory.accept(&ONE, &state(5, "AA")).unwrap();
        memory.accept(&ONE, &state(5, "AA")).unwrap();
        memory.accept(&ONE, &state(7, "BB")).unwrap();
        memory.accept(&TWO, &state(1, "CC")).unwrap();

        for older in [state(6, "BB"), state(5, "AA"), state(0, ""), state(7, "AA")] {
            // A memory of another process, so what counts is in the file.
            let memory = FileStateMemory::new(folder.path().join("state/seen"));
            let error = memory.accept(&ONE, &older).unwrap_err();
            assert!(matches!(error, MemoryError::Rollback { .. }), "{older}: {error}");
        }
        memory.accept(&ONE, &state(7, "BB")).unwrap();
    }

    #[test]
    fn says_what_was_seen() {
        let error = state(3, "AA").follows(&state(4, "BB")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the server's store is at epoch 3 with digest AA, but epoch 4 with digest BB was seen \
             before: it was rolled back or replaced"
        );
    }

    #[test]
    fn a_rollback_is_accepted_on_demand_and_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let memory = FileStateMemory::new(folder.path().join("seen"));
        memory.accept(&ONE, &state(5, "AA")).unwrap();
        memory.clone().insecure_accept_rollback().accept(&ONE, &state(2, "BB")).unwrap();
        memory.accept(&ONE, &state(2, "BB")).unwrap();
        assert!(memory.accept(&ONE, &state(2, "AA")).is_err());
    }

    #[test]
    fn a_damaged_file_is_an_error_and_not_an_empty_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        let memory = FileStateMemory::new(&path);
        memory.accept(&ONE, &state(5, "AA")).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        let bad_lines = ["x", "", "01 5 AA", &format!("{ONE} 5 AA x"), &format!("{ONE} -5 AA")];
        for bad in bad_lines {
            fs::write(&path, format!("{good}{bad}\n")).unwrap();
            let error = memory.accept(&TWO, &state(1, "AA")).unwrap_err();
            assert!(matches!(error, MemoryError::Malformed { line: 2, .. }), "{bad:?}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        FileStateMemory::new(&path).accept(&ONE, &state(5, "AA")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
