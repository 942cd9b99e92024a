//! What was last seen of a deployment's records and settings, so that they cannot silently go back.
//!
//! The store of an AECS server belongs to the host, and the host could put an old copy of it back:
//! with a service that was unregistered since, or a policy that was narrowed since. Every change
//! advances an epoch and a hash chain; the signed status and every answer tell both. A
//! client that remembers the last pair notices a lower epoch by itself, and another history by
//! sending the pair to the server with the next request.
//!
//! An answer is compared with what was remembered *before* the question was sent. What other tools
//! on this machine have seen meanwhile says nothing about it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use aecs_attest::files;
use aecs_proto::DeploymentState;
use parking_lot::Mutex;

use crate::status::DeploymentId;

/// The records and settings of a deployment at one moment, as its signed status and answers tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Counts the changes of the records.
    pub epoch: u64,
    /// The hash chain over all changes up to that epoch.
    pub chain: [u8; 32],
    /// The revision of the trust settings.
    pub settings_revision: i64,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {} with chain {}", self.epoch, hex::encode_upper(self.chain))
    }
}

/// What is remembered of a deployment.
///
/// A status is told to anybody: a server with another history, which has grown past the epoch that
/// is remembered, may tell it. Only the answer to a request that named the confirmed state proves
/// that the server's history has that state in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The latest state in the history of the first one: what requests name.
    pub confirmed: Seen,
    /// The latest state that a status told; at least the confirmed one.
    pub told: Seen,
}

/// Remembers the last state seen of each deployment.
pub trait StateMemory: Send + Sync {
    /// What is known of each deployment.
    ///
    /// # Errors
    ///
    /// What goes wrong with the memory itself: without it, no answer is accepted.
    fn recall(&self) -> Result<BTreeMap<DeploymentId, Known>, MemoryError>;

    /// Remembers what was `seen` of `deployment`, unless a later state is remembered by now. It is
    /// `confirmed` if an answer told it, and not if a status did. An error loses an answer, although
    /// the server has done what was asked for: [`ReportingMemory`] keeps it.
    ///
    /// # Errors
    ///
    /// As [`StateMemory::recall`].
    fn remember(
        &self,
        deployment: &DeploymentId,
        seen: &Seen,
        confirmed: bool,
    ) -> Result<(), MemoryError>;
}

impl Known {
    /// Checks that `seen` can come after everything that is known.
    ///
    /// # Errors
    ///
    /// Those of [`Seen::follows`].
    pub fn is_followed_by(&self, seen: &Seen) -> Result<(), MemoryError> {
        seen.follows(&self.told)?;
        seen.follows(&self.confirmed)
    }

    /// What is known after a state was `seen`. The first one is taken for the right one.
    fn after(known: Option<&Known>, seen: &Seen, confirmed: bool) -> Known {
        match known {
            None => Known { confirmed: *seen, told: *seen },
            Some(known) => Known {
                confirmed: if confirmed {
                    seen.or_later(&known.confirmed)
                } else {
                    known.confirmed
                },
                told: seen.or_later(&known.told),
            },
        }
    }
}

impl Seen {
    /// Checks that this state can come after `before`: a later epoch or the very same one, and
    /// settings that are not older.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Rollback`], [`MemoryError::OlderSettings`].
    pub fn follows(&self, before: &Seen) -> Result<(), MemoryError> {
        let same = self.epoch == before.epoch && self.chain == before.chain;
        if self.epoch <= before.epoch && !same {
            return Err(MemoryError::Rollback { remembered: *before, seen: *self });
        }
        if self.settings_revision < before.settings_revision {
            return Err(MemoryError::OlderSettings {
                remembered: before.settings_revision,
                seen: self.settings_revision,
            });
        }
        Ok(())
    }

    /// The later of the two.
    pub(crate) fn or_later(self, other: &Seen) -> Seen {
        Seen {
            settings_revision: self.settings_revision.max(other.settings_revision),
            ..if other.epoch > self.epoch { *other } else { self }
        }
    }

    pub(crate) fn read(state: &DeploymentState) -> Option<Seen> {
        Some(Seen {
            epoch: state.epoch.try_into().ok()?,
            chain: state.chain.as_slice().try_into().ok()?,
            settings_revision: state.settings_revision,
        })
    }

    pub(crate) fn to_message(self) -> DeploymentState {
        DeploymentState {
            epoch: i64::try_from(self.epoch).unwrap_or(i64::MAX),
            chain: self.chain.to_vec(),
            settings_revision: self.settings_revision,
        }
    }
}

/// A [`StateMemory`] that ends with its owner: for an application, which has no place of its own
/// that the host could not roll back.
#[derive(Debug, Default)]
pub(crate) struct ProcessMemory(Mutex<BTreeMap<DeploymentId, Known>>);

impl StateMemory for ProcessMemory {
    fn recall(&self) -> Result<BTreeMap<DeploymentId, Known>, MemoryError> {
        Ok(self.0.lock().clone())
    }

    fn remember(
        &self,
        deployment: &DeploymentId,
        seen: &Seen,
        confirmed: bool,
    ) -> Result<(), MemoryError> {
        let mut states = self.0.lock();
        let known = Known::after(states.get(deployment), seen, confirmed);
        states.insert(*deployment, known);
        Ok(())
    }
}

/// A [`StateMemory`] that cannot hide the answer to an act: the server has done it, whatever becomes
/// of the memory. A failure to write it after an answer is told by [`ReportingMemory::failure`], and
/// the answer is accepted. Before the first answer, when nothing was done, a failure stays an error.
#[derive(Debug)]
pub struct ReportingMemory<M> {
    memory: M,
    failure: Mutex<Option<MemoryError>>,
}

impl<M: StateMemory> ReportingMemory<M> {
    /// Reports the failures of `memory`.
    #[must_use]
    pub fn new(memory: M) -> Self {
        Self { memory, failure: Mutex::default() }
    }

    /// The first failure after which answers were not remembered; told once.
    #[must_use]
    pub fn failure(&self) -> Option<MemoryError> {
        self.failure.lock().take()
    }
}

impl<M: StateMemory> StateMemory for ReportingMemory<M> {
    fn recall(&self) -> Result<BTreeMap<DeploymentId, Known>, MemoryError> {
        self.memory.recall()
    }

    fn remember(
        &self,
        deployment: &DeploymentId,
        seen: &Seen,
        confirmed: bool,
    ) -> Result<(), MemoryError> {
        let Err(error) = self.memory.remember(deployment, seen, confirmed) else { return Ok(()) };
        let mut failure = self.failure.lock();
        if !confirmed && failure.is_none() {
            return Err(error);
        }
        failure.get_or_insert(error);
        Ok(())
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
        remembered: Seen,
        /// The state now.
        seen: Seen,
    },
    /// The server works under older settings than those seen before.
    #[error(
        "the server's settings are of revision {seen}, but revision {remembered} was seen before: it was rolled back or replaced"
    )]
    OlderSettings {
        /// The last revision seen before.
        remembered: i64,
        /// The revision now.
        seen: i64,
    },
    /// The file of the memory cannot be read or written.
    #[error("the state memory {} is not usable", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The file of the memory is not one.
    #[error("{}:{line}: not a line of a state memory (DEPLOYMENT-ID KUBECONFIG and twice EPOCH CHAIN REVISION); the file is of an older version, was cut or was edited", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// A [`StateMemory`] in a file: a line for each deployment and kubeconfig,
/// `DEPLOYMENT-ID KUBECONFIG`, and `EPOCH CHAIN REVISION` of the confirmed and of the told state.
///
/// The file is replaced as a whole, with mode 0600; a lock file next to it keeps tools that run at
/// the same time apart.
#[derive(Debug, Clone)]
pub struct FileStateMemory {
    path: PathBuf,
    kubeconfig: String,
    accept_rollback: bool,
}

/// Largest file: some ten thousand deployments.
const MAX_BYTES: usize = 2 << 20;

/// What a line is for.
type Entry = (DeploymentId, String);

impl FileStateMemory {
    /// The memory in the file at `path`, which need not exist yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> FileStateMemory {
        FileStateMemory { path: path.into(), kubeconfig: "-".to_owned(), accept_rollback: false }
    }

    /// The part of the memory that belongs to the kubeconfig at `path`.
    #[must_use]
    pub fn of_kubeconfig(mut self, path: &Path) -> FileStateMemory {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let hash = aecs_crypto::sha256(path.as_os_str().as_encoded_bytes());
        let mut name = hex::encode_upper(hash);
        name.truncate(32);
        self.kubeconfig = name;
        self
    }

    /// Takes whatever state comes next for the right one: for after a restore from a backup that
    /// the administrator made on purpose, and for nothing else.
    #[must_use]
    pub fn insecure_accept_rollback(mut self) -> FileStateMemory {
        self.accept_rollback = true;
        self
    }

    /// Held while the file is read and replaced. The file itself cannot be locked: it is replaced.
    fn lock(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut beside = self.path.as_os_str().to_owned();
        beside.push(".lock");
        let lock = files::private().create(true).truncate(false).open(beside)?;
        lock.lock()?;
        Ok(lock)
    }

    fn read(&self) -> Result<BTreeMap<Entry, Known>, MemoryError> {
        // Half of a memory would be a way to forget.
        let text = match files::read_text(&self.path, MAX_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(self.io(error)),
        };
        let malformed = |line| MemoryError::Malformed { path: self.path.clone(), line };
        // No tool writes an empty file: one was cut.
        if text.is_empty() {
            return Err(malformed(1));
        }
        let lines = text.lines().enumerate();
        lines.map(|(index, line)| parse_line(line).ok_or_else(|| malformed(index + 1))).collect()
    }

    fn write(&self, states: &BTreeMap<Entry, Known>) -> io::Result<()> {
        let mut text = String::new();
        for ((deployment, kubeconfig), Known { confirmed, told }) in states {
            text.push_str(&format!("{deployment} {kubeconfig}"));
            for Seen { epoch, chain, settings_revision } in [confirmed, told] {
                let chain = hex::encode_upper(chain);
                text.push_str(&format!(" {epoch} {chain} {settings_revision}"));
            }
            text.push('\n');
        }
        files::replace(&self.path, text.as_bytes())
    }

    fn io(&self, source: io::Error) -> MemoryError {
        MemoryError::Io { path: self.path.clone(), source }
    }
}

impl StateMemory for FileStateMemory {
    fn recall(&self) -> Result<BTreeMap<DeploymentId, Known>, MemoryError> {
        if self.accept_rollback {
            return Ok(BTreeMap::new());
        }
        let states = self.read()?;
        let own = states.into_iter().filter(|((_, kubeconfig), _)| *kubeconfig == self.kubeconfig);
        Ok(own.map(|((deployment, _), known)| (deployment, known)).collect())
    }

    fn remember(
        &self,
        deployment: &DeploymentId,
        seen: &Seen,
        confirmed: bool,
    ) -> Result<(), MemoryError> {
        let _lock = self.lock().map_err(|source| self.io(source))?;
        let mut states = self.read()?;
        let entry = (*deployment, self.kubeconfig.clone());
        let before = states.get(&entry);
        let known = Known::after(before.filter(|_| !self.accept_rollback), seen, confirmed);
        if before == Some(&known) {
            return Ok(());
        }
        states.insert(entry, known);
        self.write(&states).map_err(|source| self.io(source))
    }
}

fn parse_line(line: &str) -> Option<(Entry, Known)> {
    let mut words = line.split(' ');
    let entry = (words.next()?.parse().ok()?, words.next()?.to_owned());
    let mut seen = || {
        let epoch = words.next()?.parse().ok()?;
        let mut chain = [0; 32];
        hex::decode_to_slice(words.next()?, &mut chain).ok()?;
        Some(Seen { epoch, chain, settings_revision: words.next()?.parse().ok()? })
    };
    let known = Known { confirmed: seen()?, told: seen()? };
    words.next().is_none().then_some((entry, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(epoch: u64, byte: u8, settings_revision: i64) -> Seen {
        Seen { epoch, chain: [byte; 32], settings_revision }
    }

    const ONE: DeploymentId = DeploymentId::from_bytes([1; 32]);
    const TWO: DeploymentId = DeploymentId::from_bytes([2; 32]);

    #[test]
    fn states_only_go_forward() {
        let before = seen(7, 7, 3);
        for next in [seen(7, 7, 3), seen(8, 8, 3), seen(7, 7, 4)] {
            next.follows(&before).unwrap();
        }
        for older in [seen(6, 7, 3), seen(7, 8, 3), seen(0, 0, 3)] {
            let error = older.follows(&before).unwrap_err();
            assert!(matches!(error, MemoryError::Rollback { .. }), "{older}: {error}");
        }
        let error = seen(8, 8, 2).follows(&before).unwrap_err();
        assert!(matches!(error, MemoryError::OlderSettings { remembered: 3, seen: 2 }), "{error}");
    }

    #[test]
    fn says_what_was_seen() {
        let error = seen(3, 0xAA, 0).follows(&seen(4, 0xBB, 0)).unwrap_err();
        let (old, new) = ("BB".repeat(32), "AA".repeat(32));
        assert_eq!(
            error.to_string(),
            format!(
                "the server's store is at epoch 3 with chain {new}, but epoch 4 with chain {old} \
                 was seen before: it was rolled back or replaced"
            )
        );
    }

    fn known(confirmed: Seen, told: Seen) -> BTreeMap<DeploymentId, Known> {
        BTreeMap::from([(ONE, Known { confirmed, told })])
    }

    #[test]
    fn f05_the_later_of_two_answers_is_kept_in_whatever_order_they_come() {
        let folder = tempfile::tempdir().unwrap();
        let file = || FileStateMemory::new(folder.path().join("state/seen"));
        let process = ProcessMemory::default();
        assert!(file().recall().unwrap().is_empty());
        for next in [seen(5, 5, 1), seen(7, 7, 1), seen(6, 6, 2)] {
            // A memory of another process, so what counts is in the file.
            file().remember(&ONE, &next, true).unwrap();
            process.remember(&ONE, &next, true).unwrap();
        }
        let latest = known(seen(7, 7, 2), seen(7, 7, 2));
        assert_eq!(process.recall().unwrap(), latest);
        assert_eq!(file().recall().unwrap(), latest);
        file().remember(&TWO, &seen(1, 1, 0), true).unwrap();
        assert_eq!(file().recall().unwrap().len(), 2);
    }

    #[test]
    fn h03_a_status_is_compared_with_and_never_named() {
        let folder = tempfile::tempdir().unwrap();
        let memory = FileStateMemory::new(folder.path().join("seen"));
        memory.remember(&ONE, &seen(5, 5, 0), false).unwrap();
        assert_eq!(memory.recall().unwrap(), known(seen(5, 5, 0), seen(5, 5, 0)), "the first");
        memory.remember(&ONE, &seen(9, 9, 0), false).unwrap();
        assert_eq!(memory.recall().unwrap(), known(seen(5, 5, 0), seen(9, 9, 0)));
        memory.remember(&ONE, &seen(7, 7, 0), true).unwrap();
        let recalled = memory.recall().unwrap();
        assert_eq!(recalled, known(seen(7, 7, 0), seen(9, 9, 0)));
        assert!(recalled[&ONE].is_followed_by(&seen(8, 8, 0)).is_err(), "9 was told");
        assert!(recalled[&ONE].is_followed_by(&seen(10, 8, 0)).is_ok());
    }

    #[test]
    fn a_state_reads_from_messages_that_have_all_of_it() {
        let state = seen(5, 5, 1);
        let message = state.to_message();
        assert_eq!((message.epoch, message.settings_revision), (5, 1));
        assert_eq!(Seen::read(&message), Some(state));
        assert_eq!(seen(u64::MAX, 5, 1).to_message().epoch, i64::MAX);
        for damaged in [
            DeploymentState { epoch: -1, ..message.clone() },
            DeploymentState { chain: vec![5; 31], ..message.clone() },
            DeploymentState { chain: Vec::new(), ..message },
        ] {
            assert_eq!(Seen::read(&damaged), None);
        }
    }

    /// A memory that can be read, and fails to be written: each time another line is to blame.
    #[derive(Default)]
    struct Unwritable(Mutex<usize>);

    impl StateMemory for Unwritable {
        fn recall(&self) -> Result<BTreeMap<DeploymentId, Known>, MemoryError> {
            Ok(known(seen(5, 5, 0), seen(5, 5, 0)))
        }

        fn remember(&self, _: &DeploymentId, _: &Seen, _: bool) -> Result<(), MemoryError> {
            let mut line = self.0.lock();
            *line += 1;
            Err(MemoryError::Malformed { path: PathBuf::new(), line: *line })
        }
    }

    #[test]
    fn f05_a_failure_to_remember_hides_no_answer_and_is_told() {
        let memory = ReportingMemory::new(Unwritable::default());
        assert_eq!(memory.recall().unwrap(), known(seen(5, 5, 0), seen(5, 5, 0)));
        // Nothing was done yet.
        assert!(memory.remember(&ONE, &seen(6, 6, 0), false).is_err());
        assert!(memory.failure().is_none());
        memory.remember(&ONE, &seen(6, 6, 0), true).unwrap();
        memory.remember(&ONE, &seen(7, 7, 0), true).unwrap();
        memory.remember(&ONE, &seen(7, 7, 0), false).unwrap();
        let told = memory.failure();
        assert!(matches!(told, Some(MemoryError::Malformed { line: 2, .. })), "{told:?}");
        assert!(memory.failure().is_none(), "it is told once");

        let works = ReportingMemory::new(ProcessMemory::default());
        works.remember(&ONE, &seen(5, 5, 0), false).unwrap();
        works.remember(&ONE, &seen(6, 6, 0), true).unwrap();
        assert_eq!(works.recall().unwrap(), known(seen(6, 6, 0), seen(6, 6, 0)));
        assert!(works.failure().is_none());
    }

    #[test]
    fn f05_tools_that_run_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let memory = FileStateMemory::new(folder.path().join("seen"));
        std::thread::scope(|scope| {
            for tool in 0..8 {
                let memory = &memory;
                scope.spawn(move || {
                    for number in 0..8 {
                        let deployment = DeploymentId::from_bytes([8 * tool + number; 32]);
                        memory.remember(&deployment, &seen(5, 5, 0), true).unwrap();
                    }
                });
            }
        });
        assert_eq!(memory.recall().unwrap().len(), 64);
    }

    #[test]
    fn each_kubeconfig_has_a_memory_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let memory = |kubeconfig: &str| {
            FileStateMemory::new(folder.path().join("seen")).of_kubeconfig(Path::new(kubeconfig))
        };
        memory("/a").remember(&ONE, &seen(5, 5, 0), true).unwrap();
        assert!(memory("/b").recall().unwrap().is_empty());
        assert_eq!(memory("/a").recall().unwrap(), known(seen(5, 5, 0), seen(5, 5, 0)));
    }

    #[test]
    fn a_rollback_is_accepted_on_demand_and_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let memory = FileStateMemory::new(folder.path().join("seen"));
        memory.remember(&ONE, &seen(5, 5, 0), true).unwrap();
        let accepting = memory.clone().insecure_accept_rollback();
        assert!(accepting.recall().unwrap().is_empty());
        accepting.remember(&ONE, &seen(2, 2, 0), false).unwrap();
        assert_eq!(memory.recall().unwrap(), known(seen(2, 2, 0), seen(2, 2, 0)));
    }

    #[test]
    fn a_damaged_file_is_an_error_and_not_an_empty_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        let memory = FileStateMemory::new(&path);
        memory.remember(&ONE, &seen(5, 5, 0), true).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        let state = format!("5 {} 0", "AA".repeat(32));
        let bad_lines = [
            "x".to_owned(),
            String::new(),
            format!("01 - {state} {state}"),
            format!("{ONE} - {state}"),
            format!("{ONE} {state} {state}"),
            format!("{ONE} - {state} 5 AA 0"),
            format!("{ONE} - {state} -{state}"),
            format!("{ONE} - {state} {state} x"),
        ];
        for bad in bad_lines {
            fs::write(&path, format!("{good}{bad}\n")).unwrap();
            let errors = [
                memory.recall().unwrap_err(),
                memory.remember(&TWO, &seen(1, 1, 0), true).unwrap_err(),
            ];
            for error in errors {
                let malformed = matches!(error, MemoryError::Malformed { line: 2, .. });
                assert!(malformed, "{bad:?}: {error}");
            }
        }
    }

    #[test]
    fn an_empty_file_is_an_error_and_not_an_empty_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        fs::write(&path, "").unwrap();
        let error = FileStateMemory::new(&path).recall().unwrap_err();
        assert!(matches!(error, MemoryError::Malformed { line: 1, .. }), "{error}");
        fs::write(&path, [0xFF, b'\n']).unwrap();
        let error = FileStateMemory::new(&path).recall().unwrap_err();
        assert!(matches!(error, MemoryError::Io { .. }), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        FileStateMemory::new(&path).remember(&ONE, &seen(5, 5, 0), true).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
