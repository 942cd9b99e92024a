//! Wrong passwords: each one in a row makes the next attempt wait longer.
//!
//! Invariants: they are counted by key, one attempt of a key at a time, and the count outlives a
//! restart, also while the server waits for its provision. A password that could not be counted is
//! not judged, except the first one after a right one in the same process. The wait is measured by
//! the monotonic clock of this process, and starts again when the count is read from the records:
//! the host's clock shortens no wait. While a key waits, its passwords are not looked at.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aecs_crypto::KeyHash;
use parking_lot::Mutex;
use prost::Message;
use tokio::{sync::Mutex as AsyncMutex, time::Instant};

use crate::{
    error::{Cause, Error},
    keys,
    records::decode,
    vault::{Change, Epoch, Vault, VaultError},
};

/// After this number of wrong passwords in a row the next one has to wait: people mistype.
const FREE: u32 = 3;
/// The first wait. Each further wrong password doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// Wrong passwords, by deployment id and key: only for keys whose signature was verified, so there
/// are not many. Each identity has its own: of one that it has made, the host has chosen which
/// password is right.
#[derive(Default)]
pub(crate) struct Guesses {
    by_key: Mutex<HashMap<([u8; 32], KeyHash), SharedAttempts>>,
}

/// For which identity passwords are counted.
#[derive(Clone, Copy)]
pub(crate) struct Counted<'a> {
    /// Its deployment id.
    pub(crate) deployment: [u8; 32],
    /// The records that keep the count. Without them, for an identity that was never provisioned,
    /// it lives as long as the process.
    pub(crate) vault: Option<&'a Vault>,
}

type SharedAttempts = Arc<AsyncMutex<Attempts>>;

/// How often a count is read and written that another process changes as well.
const TRIES: usize = 8;

#[derive(Default)]
struct Attempts {
    wrong: u32,
    last: Option<Instant>,
    /// The record that has the count.
    record: Option<Epoch>,
    /// The last password was right: the next one is counted after it was judged. Every other one is
    /// counted before, and the count taken back, so that nobody guesses where nothing can be
    /// counted.
    trusted: bool,
}

#[derive(Clone, PartialEq, Message)]
struct GuessesRecord {
    #[prost(uint32, tag = "1")]
    wrong: u32,
}

impl Guesses {
    /// Runs `is_right` unless the key has to wait, and counts its outcome.
    ///
    /// # Errors
    /// `A201`: the password is wrong, or it is too early for another one.
    pub(crate) async fn attempt(
        &self,
        Counted { deployment, vault }: Counted<'_>,
        key: KeyHash,
        is_right: impl Future<Output = Result<bool, Error>>,
    ) -> Result<(), Error> {
        let attempts = self.attempts_of(deployment, key);
        let mut attempts = attempts.lock().await;
        attempts.read(vault, key).await?;
        if let Some(left) = attempts.left() {
            let (count, wait_s) = (attempts.wrong, left.as_secs() + 1);
            return Err(Cause::TooManyGuesses { count, wait_s }.into());
        }
        let counted = !attempts.trusted;
        if counted {
            attempts.count(vault, key).await?;
        }
        attempts.trusted = is_right.await?;
        if attempts.trusted {
            // What another process has counted meanwhile stays.
            attempts.keep(vault, key, 0).await?;
            return Ok(());
        }
        if !counted {
            attempts.count(vault, key).await?;
        }
        alarm(key, attempts.wrong);
        Err(match attempts.left() {
            None => Cause::WrongPassword.into(),
            Some(left) => {
                Cause::WrongAgain { count: attempts.wrong, wait_s: left.as_secs() + 1 }.into()
            }
        })
    }

    fn attempts_of(&self, deployment: [u8; 32], key: KeyHash) -> SharedAttempts {
        let mut by_key = self.by_key.lock();
        by_key.entry((deployment, key)).or_default().clone()
    }
}

impl Attempts {
    /// Takes over what was counted before this process began, and by other processes since.
    async fn read(&mut self, vault: Option<&Vault>, key: KeyHash) -> Result<(), Error> {
        let Some(vault) = vault else { return Ok(()) };
        let found = vault.get(&keys::guesses(key)?).await?;
        let record = found.as_ref().map(|found| found.epoch);
        let wrong = match &found {
            Some(found) => decode::<GuessesRecord>(&found.plain)?.wrong,
            // Nothing was kept of a count without records; one that was kept is over.
            None if self.record.is_none() => self.wrong,
            None => 0,
        };
        if record != self.record && record.is_some() {
            // When that was is not known: the wait begins now.
            self.last = Some(Instant::now());
            self.trusted = false;
        }
        (self.wrong, self.record) = (wrong, record);
        Ok(())
    }

    /// Counts a password as wrong, or fails: then it must not be judged.
    async fn count(&mut self, vault: Option<&Vault>, key: KeyHash) -> Result<(), Error> {
        let mut tries = 1..TRIES;
        loop {
            match self.keep(vault, key, self.wrong.saturating_add(1)).await {
                // Another process has counted one as well.
                Ok(false) if tries.next().is_some() => self.read(vault, key).await?,
                Ok(true) => break,
                Ok(false) => return Err(not_counted("other servers count at the same time")),
                Err(error) => return Err(not_counted(error.message())),
            }
        }
        self.last = Some(Instant::now());
        Ok(())
    }

    /// Keeps a count, if the records have the one that is known here.
    async fn keep(
        &mut self,
        vault: Option<&Vault>,
        key: KeyHash,
        wrong: u32,
    ) -> Result<bool, Error> {
        let name = keys::guesses(key)?;
        if let Some(vault) = vault
            && (wrong > 0 || self.record.is_some())
        {
            let change = Change::new().while_is(name.clone(), self.record);
            let change = match wrong {
                0 => change.remove(name, None),
                wrong => change.put(name, GuessesRecord { wrong }.encode_to_vec().into()),
            };
            match vault.commit(change).await {
                Ok(epoch) => self.record = (wrong > 0).then_some(epoch),
                Err(VaultError::Unfounded { .. } | VaultError::Missing { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        self.wrong = wrong;
        Ok(true)
    }

    /// How long the key still has to wait.
    fn left(&self) -> Option<Duration> {
        let doublings = self.wrong.checked_sub(FREE)?;
        let wait = FIRST_WAIT.saturating_mul(1 << doublings.min(20)).min(LONGEST_WAIT);
        let left = wait.saturating_sub(self.last?.elapsed());
        (!left.is_zero()).then_some(left)
    }
}

fn not_counted(why: &str) -> Error {
    Cause::NotCounted { why: why.to_owned() }.into()
}

fn alarm(key: KeyHash, wrong: u32) {
    if wrong < FREE {
        tracing::warn!(%key, wrong, "a wrong password");
    } else {
        tracing::error!(
            alarm = "passwords", %key, wrong,
            "somebody who has an administrator's key guesses its password: replace the key"
        );
    }
}

#[cfg(test)]
mod tests {
    use aecs_crypto::{KeyPair, RecordKey, Suite};
    use aecs_store::MemoryStore;
    use tracing::{Event, Level, Metadata, Subscriber, span};

    use super::*;
    use crate::vault::Options;

    /// Keeps of each event its level, and whether it is an alarm.
    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<(Level, bool)>>>);

    impl Subscriber for Told {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, event: &Event<'_>) {
            let of = event.metadata();
            self.0.lock().push((*of.level(), of.fields().field("alarm").is_some()));
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn h21_repeated_guesses_raise_an_alarm() {
        let key = KeyPair::generate(Suite::Modern).unwrap().public().fingerprint();
        let told = Told::default();
        tracing::subscriber::with_default(told.clone(), || (1..=4).for_each(|n| alarm(key, n)));
        let (mistyped, guessed) = ((Level::WARN, false), (Level::ERROR, true));
        assert_eq!(*told.0.lock(), [mistyped, mistyped, guessed, guessed]);
    }

    const DEPLOYMENT: [u8; 32] = [1; 32];

    async fn vault() -> Vault {
        let key = RecordKey::generate().unwrap();
        let store = Arc::new(MemoryStore::new());
        Vault::open(store, key, DEPLOYMENT, Options::new()).await.unwrap()
    }

    fn key() -> KeyHash {
        KeyPair::generate(Suite::Modern).unwrap().public().fingerprint()
    }

    /// The count that the records have.
    async fn kept(vault: &Vault, key: KeyHash) -> Option<u32> {
        let found = vault.get(&keys::guesses(key).unwrap()).await.unwrap()?;
        Some(decode::<GuessesRecord>(&found.plain).unwrap().wrong)
    }

    async fn attempt(
        process: &Guesses,
        vault: Option<&Vault>,
        key: KeyHash,
        is_right: bool,
    ) -> Result<(), String> {
        let counted = Counted { deployment: DEPLOYMENT, vault };
        let result = process.attempt(counted, key, async { Ok(is_right) }).await;
        result.map_err(|error| error.message().to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn h21_a_refusal_tells_how_long_to_wait() {
        let (process, key) = (Guesses::default(), key());
        for _ in 0..2 {
            let refused = attempt(&process, None, key, false).await.unwrap_err();
            assert!(!refused.contains("in a row"), "{refused}");
        }
        let refused = attempt(&process, None, key, false).await.unwrap_err();
        assert!(refused.contains("number 3 in a row") && refused.contains("wait 2 s"), "{refused}");
        let refused = attempt(&process, None, key, true).await.unwrap_err();
        assert!(refused.contains("3 wrong passwords") && refused.contains("wait 2 s"), "{refused}");
        tokio::time::advance(FIRST_WAIT).await;
        attempt(&process, None, key, true).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn h30_what_was_counted_without_records_counts_where_there_are_some() {
        let (process, vault, key) = (Guesses::default(), vault().await, key());
        for _ in 0..3 {
            attempt(&process, None, key, false).await.unwrap_err();
        }
        let refused = attempt(&process, Some(&vault), key, true).await.unwrap_err();
        assert!(refused.contains("3 wrong passwords in a row"), "{refused}");
    }

    #[tokio::test(start_paused = true)]
    async fn h21_a_right_password_ends_the_count_of_every_process() {
        let (one, other, vault, key) =
            (Guesses::default(), Guesses::default(), vault().await, key());
        for _ in 0..2 {
            attempt(&one, Some(&vault), key, false).await.unwrap_err();
        }
        attempt(&other, Some(&vault), key, true).await.unwrap();
        assert_eq!(kept(&vault, key).await, None);
        attempt(&one, Some(&vault), key, false).await.unwrap_err();
        assert_eq!(kept(&vault, key).await, Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn h30_a_wrong_password_elsewhere_ends_the_trust_in_the_next_one() {
        let (one, other, vault, key) =
            (Guesses::default(), Guesses::default(), vault().await, key());
        attempt(&one, Some(&vault), key, true).await.unwrap();
        attempt(&other, Some(&vault), key, false).await.unwrap_err();
        let counted = Counted { deployment: DEPLOYMENT, vault: Some(&vault) };
        let judged = async {
            assert_eq!(kept(&vault, key).await, Some(2), "it is counted before it is judged");
            Ok(true)
        };
        one.attempt(counted, key, judged).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn h21_guesses_of_two_processes_at_once_are_both_counted() {
        let (one, other, vault, key) =
            (Guesses::default(), Guesses::default(), vault().await, key());
        let counted = Counted { deployment: DEPLOYMENT, vault: Some(&vault) };
        attempt(&one, Some(&vault), key, true).await.unwrap();
        let judged = async {
            attempt(&other, Some(&vault), key, false).await.unwrap_err();
            Ok(false)
        };
        one.attempt(counted, key, judged).await.unwrap_err();
        assert_eq!(kept(&vault, key).await, Some(2));
        // A right one takes back its own count only.
        let key = self::key();
        let judged = async {
            attempt(&other, Some(&vault), key, false).await.unwrap_err();
            Ok(true)
        };
        one.attempt(counted, key, judged).await.unwrap();
        assert_eq!(kept(&vault, key).await, Some(2));
    }
}
