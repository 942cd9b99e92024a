//! A server in the state Recovering: it has a temporary identity, by which it is attested, and waits for
//! shares of the key that its deployment's identity is sealed under.
//!
//! Invariant: shares are in the memory of this process only, and nothing follows from them but an identity
//! that nobody is served with before an administrator of the deployment has finished the recovery.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use aecs_attest::Causes;
use aecs_crypto::{KeyHash, SecretBytes, recovery::RecoveryKey, shares::Share};
use aecs_proto::RecoveringSet;
use aecs_store::pages::PageStore;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::{
    administrators::Administrator,
    bound::Remembered,
    error::{Cause, Error, ErrorCode, internal},
    identity::Identity,
    memory::Memory,
    records,
    recovery::{AppointmentRecord, Header, RecoveryRecord, SealedSet, agree},
    restoration::Backup,
    settings::TrustSettings,
    stack,
    vault::{Epoch, Vault},
    wire::{wire, wire32},
};

/// What a recovering server has.
pub(crate) struct Recovering {
    sets: Vec<SealedSet>,
    /// What is known of each set before an identity is opened.
    known: Vec<Known>,
    /// Why sets did not open, as anybody may know it.
    failed: Mutex<BTreeMap<usize, String>>,
    received: Mutex<BTreeMap<Place, Submitted>>,
    opened: OnceLock<Arc<Opened>>,
    /// One opening at a time.
    opening: tokio::sync::Mutex<()>,
}

/// A share that was submitted.
pub(crate) struct Submitted {
    pub(crate) share: Box<Share>,
    /// The latest state of the records that its custodian's tool has seen.
    pub(crate) seen: Option<Remembered>,
}

/// What the store says of a set. It is not authenticated: no text of it is told.
struct Known {
    /// The deployment would not accept this machine.
    is_refused: bool,
    /// The shares are for other servers.
    is_for_others: bool,
}

/// A share: the index of its set, and its number.
type Place = (usize, u8);

/// An identity that was opened, and its records.
pub(crate) struct Opened {
    /// Sealed under nothing: for as long as the process waits for its administrator.
    bundle: SecretBytes,
    /// The set whose shares have opened it.
    pub(crate) index: usize,
    pub(crate) deployment_id: [u8; 32],
    pub(crate) revision: u64,
    digest: [u8; 32],
    pub(crate) memory: Memory,
    pub(crate) vault: Vault,
    /// Why the recovery cannot be finished on this machine, once somebody has asked.
    pub(crate) problem: OnceCell<Option<String>>,
    appointments: Mutex<Vec<AppointmentRecord>>,
    appointed: Mutex<Vec<Administrator>>,
}

/// What became of a share.
pub(crate) struct Received {
    pub(crate) count: usize,
    pub(crate) known: bool,
}

impl Recovering {
    /// `problem` says of the trust settings of a deployment why they do not accept this machine, `refuses` of a
    /// set why this server may not have its shares.
    pub(crate) fn new(
        sets: Vec<SealedSet>,
        problem: impl Fn(&TrustSettings) -> Option<String>,
        refuses: impl Fn(&Header) -> Option<String>,
    ) -> Self {
        let known = |set: &SealedSet| {
            let revision = set.header.revision;
            // Escaped: the host may have written them.
            let problem = problem(&TrustSettings::new(set.header.settings.clone()));
            if let Some(why) = &problem {
                tracing::warn!(revision, ?why, "{REFUSED}");
            }
            let other = refuses(&set.header);
            if let Some(why) = &other {
                tracing::warn!(revision, ?why, "{FOR_OTHERS}");
            }
            Known { is_refused: problem.is_some(), is_for_others: other.is_some() }
        };
        let known = sets.iter().map(known).collect();
        let (received, failed) = (Mutex::default(), Mutex::default());
        let opening = tokio::sync::Mutex::default();
        Self { sets, known, failed, received, opened: OnceLock::new(), opening }
    }

    /// The share that belongs to a key: its set, by index, and its number.
    pub(crate) fn place(&self, key: KeyHash) -> Option<Place> {
        self.sets.iter().enumerate().find_map(|(index, set)| {
            let at = set.public_keys.iter().position(|own| own.fingerprint() == key)?;
            Some((index, u8::try_from(at + 1).ok()?))
        })
    }

    pub(crate) fn sets(&self) -> &[SealedSet] {
        &self.sets
    }

    pub(crate) fn set(&self, index: usize) -> Option<&SealedSet> {
        self.sets.get(index)
    }

    /// Keeps a share.
    pub(crate) fn receive(&self, place: Place, submitted: Submitted) -> Received {
        let mut received = self.received.lock();
        let known = received.insert(place, submitted).is_some();
        Received { count: received.keys().filter(|(set, _)| *set == place.0).count(), known }
    }

    /// The identity, if it was opened.
    pub(crate) fn opened(&self) -> Option<Arc<Opened>> {
        self.opened.get().cloned()
    }

    /// What it waits for.
    pub(crate) fn why(&self) -> &'static str {
        if self.opened().is_some() { FINISH } else { SHARES }
    }

    /// The refusal of what it does not do.
    pub(crate) fn refusal(&self) -> Cause {
        Cause::Recovering { why: self.why().to_owned() }
    }

    /// Who may finish: the administrators of the deployment, once they are known.
    pub(crate) async fn administrators(&self) -> Result<Vec<Administrator>, Error> {
        let opened = self.opened().ok_or_else(|| self.refusal())?;
        let present = opened.memory.present(Some(&opened.vault)).await?.administrators;
        Ok(with(present, opened.appointed()))
    }

    /// Opens the identity of a set of which there are enough shares, and its records. The share at `place` came
    /// last.
    ///
    /// # Errors
    /// The set is not in the records any more; the identity was changed; the records do not open; a
    /// custodian has seen later ones.
    pub(crate) async fn open(
        &self,
        store: Arc<dyn PageStore>,
        (index, number): Place,
    ) -> Result<Arc<Opened>, Error> {
        let _one_at_a_time = self.opening.lock().await;
        self.failed.lock().remove(&index);
        // Whoever has seen later records is told so; that the others open the identity, and whom an
        // administrator would have to overrule, is in the status.
        let is_other = |other| other != number;
        let opened = self.open_set(store, index, is_other).await;
        if let Err(error) = &opened {
            let told = || error.message().to_owned();
            self.failed.lock().entry(index).or_insert_with(told);
        }
        opened
    }

    /// Why the shares of a set open nothing, or why nobody can finish with them.
    pub(crate) fn failure(&self, index: usize) -> Option<String> {
        self.failed.lock().get(&index).cloned()
    }

    async fn open_set(
        &self,
        store: Arc<dyn PageStore>,
        index: usize,
        is_overruled: impl Fn(u8) -> bool,
    ) -> Result<Arc<Opened>, Error> {
        if let Some(opened) = self.opened() {
            self.check_seen(&opened.vault, index, is_overruled).await?;
            return Ok(opened);
        }
        let set = self.sets.get(index).ok_or(Cause::NotAuthentic)?;
        let revision = set.header.revision;
        let changed = || Cause::RecoveryChanged { revision };
        let bundle = stack::wiped(|| {
            let received = self.received.lock();
            let own = received.iter().filter(|((set, _), _)| *set == index);
            let key = RecoveryKey::combine(own.map(|(_, it)| &*it.share))?;
            key.open(&set.header_bytes, &set.sealed)
        });
        let bundle = bundle.map_err(|_| changed())?;
        let (identity, memory) = Identity::of_bundle(&bundle).map_err(|error| {
            tracing::error!(error = %Causes(&error), revision, "a recovered identity cannot be used");
            Cause::BadRecovery { revision, why: error.to_string() }
        })?;
        if identity.deployment_id().as_slice() != set.header.deployment_id {
            return Err(changed().into());
        }
        let vault = records::open(store, &identity).await.map_err(|error| {
            tracing::error!(error = %Causes(&error), "the records do not open");
            Cause::BadRecovery { revision, why: Causes(&error).to_string() }
        })?;
        let (record, _) = RecoveryRecord::load(&vault).await?;
        let is_own = |digest: &[u8]| digest == set.digest;
        if !record.sets.iter().any(|it| it.revision == revision && is_own(&it.digest)) {
            return Err(Cause::EndedRecovery { revision, latest: record.latest }.into());
        }
        self.check_seen(&vault, index, is_overruled).await?;
        let opened = Opened {
            bundle,
            index,
            problem: OnceCell::new(),
            deployment_id: identity.deployment_id(),
            revision,
            digest: set.digest,
            memory,
            vault,
            appointments: Mutex::default(),
            appointed: Mutex::default(),
        };
        let opened = self.opened.get_or_init(|| Arc::new(opened)).clone();
        tracing::info!(
            deployment = hex::encode_upper(opened.deployment_id),
            revision,
            "enough recovery shares were submitted: an administrator has to finish the recovery"
        );
        Ok(opened)
    }

    /// Checks that no custodian of a set has seen later records of the deployment than these, and names
    /// all who have: each of them has to agree to the loss, or to be overruled. So that one who lies
    /// stops no recovery, and no small number of others starts one, it takes as many others as are needed.
    pub(crate) async fn check_seen(
        &self,
        vault: &Vault,
        index: usize,
        is_overruled: impl Fn(u8) -> bool,
    ) -> Result<(), Error> {
        let seen: Vec<(u8, Option<Remembered>)> = {
            let received = self.received.lock();
            let own = received.iter().filter(|((set, _), _)| *set == index);
            own.map(|((_, number), it)| (*number, it.seen)).collect()
        };
        let count = seen.len();
        let mut later = Vec::new();
        for (number, seen) in seen {
            let Some(seen) = seen else { continue };
            // The settings are among the records, and those of a later state are not older.
            match seen.judge(vault, i64::MAX, None).await {
                Ok(()) => {}
                Err(error)
                    if [ErrorCode::StateBehind, ErrorCode::OtherHistory]
                        .contains(&error.code()) =>
                {
                    later.push((number, seen.epoch()));
                }
                Err(error) => return Err(error),
            }
        }
        if later.is_empty() {
            return Ok(());
        }
        let (record, _) = RecoveryRecord::load(vault).await?;
        let set = self.sets.get(index);
        let set = record.sets.iter().find(|it| set.is_some_and(|set| it.digest == set.digest));
        let named = |(number, epoch): &(u8, Epoch)| {
            let place = usize::from(*number).checked_sub(1);
            let holder = set.zip(place).and_then(|(set, place)| set.holders.get(place));
            let holder = holder.map(|it| format!(" of {}", it.name)).unwrap_or_default();
            format!("share {number}{holder} (epoch {epoch})")
        };
        let numbered = |(number, epoch): &(u8, Epoch)| format!("share {number} (epoch {epoch})");
        let here = vault.seen().epoch;
        let cause =
            |shares: Vec<String>| Cause::CustodiansSawLater { here, shares: shares.join(", ") };
        // Anybody can ask for the status: it does not say who the custodians are.
        let told = cause(later.iter().map(numbered).collect()).to_string();
        self.failed.lock().insert(index, told);
        let others = count.saturating_sub(later.len());
        let needed = self.sets.get(index).map(|set| set.header.threshold);
        let enough =
            needed.zip(u32::try_from(others).ok()).is_some_and(|(needed, others)| others >= needed);
        match enough && later.iter().all(|(number, _)| is_overruled(*number)) {
            true => Ok(()),
            false => Err(cause(later.iter().map(named).collect()).into()),
        }
    }

    /// What the status tells of the sets.
    pub(crate) fn waits_for(&self) -> Vec<RecoveringSet> {
        let (received, failed) = (self.received.lock(), self.failed.lock());
        let sets = self.sets.iter().zip(&self.known).enumerate();
        let sets = sets.map(|(index, (set, known))| RecoveringSet {
            problem: match failed.get(&index) {
                Some(why) => why.clone(),
                None if known.is_refused => REFUSED.to_owned(),
                None => String::new(),
            },
            not_here: if known.is_for_others { FOR_OTHERS.to_owned() } else { String::new() },
            deployment_id: hex::encode_upper(&set.header.deployment_id),
            revision: wire(set.header.revision),
            epoch: wire(set.header.epoch),
            threshold: wire32(set.header.threshold),
            count: wire32(set.public_keys.len()),
            received: received
                .keys()
                .filter(|(set, _)| *set == index)
                .map(|(_, number)| i32::from(*number))
                .collect(),
        });
        sets.collect()
    }
}

/// What is told of a deployment that will not accept this machine.
const REFUSED: &str = "the trust settings of the deployment, as the store has them, do not accept the evidence of \
                       this machine, so the recovery cannot be finished here: recover on a machine whose roots and \
                       TCB they accept; the log of this server says why";

/// What is told of shares that this server may not have.
const FOR_OTHERS: &str = "the shares are for other servers than this one, as the store says: it never gets them; \
                          start the version that they were made for";

/// What a recovering server waits for before it knows its administrators.
const SHARES: &str = "it waits for recovery shares: aecsadmin recovery status shows which, and custodians \
                      submit theirs with aecsadmin recovery submit";

/// What it waits for then.
const FINISH: &str =
    "it has enough recovery shares: an administrator finishes with aecsadmin recovery finish";

/// These administrators and those whom the custodians have set, each in the place of one of the same name.
pub(crate) fn with(
    mut present: Vec<Administrator>,
    appointed: Vec<Administrator>,
) -> Vec<Administrator> {
    for appointed in appointed {
        present.retain(|it| it.name != appointed.name);
        present.push(appointed);
    }
    present
}

impl Opened {
    /// Notes what a custodian asks for; returns how many have asked for the same.
    pub(crate) fn agree(&self, asked: &AppointmentRecord, number: u8, now_ms: i64) -> usize {
        agree(&mut self.appointments.lock(), asked, number, now_ms)
    }

    /// What custodians ask for.
    pub(crate) fn appointments(&self) -> Vec<AppointmentRecord> {
        self.appointments.lock().clone()
    }

    /// Sets an administrator beside those who were set before: each may finish the recovery.
    pub(crate) fn appoint(&self, administrator: Administrator) {
        let mut appointed = self.appointed.lock();
        *appointed = with(std::mem::take(&mut *appointed), vec![administrator]);
    }

    /// The administrators whom the custodians have set.
    pub(crate) fn appointed(&self) -> Vec<Administrator> {
        self.appointed.lock().clone()
    }

    /// The identity, as a backup holds it.
    pub(crate) fn backup(&self) -> Result<Backup, Error> {
        let opened = Identity::of_bundle(&self.bundle);
        let (identity, memory) = opened.map_err(internal("reading a recovered identity"))?;
        Ok(Backup { identity, memory, digest: self.digest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recovery::of_header;

    /// The header of a set is the host's as long as nothing is opened.
    #[test]
    fn no_text_of_the_store_is_told_in_a_status() {
        let evil = "opened\r\n\x1b[31mEVIL";
        let settings = TrustSettings::new([("a", evil)]);
        let released_to = aecs_proto::UnifiedAttestationPolicy::default();
        let header = Header::new([0; 32], 0, 1, 2, Vec::new(), released_to, &settings);
        let sets = || vec![of_header(header.clone())];
        let problem = |settings: &TrustSettings| settings.get("a").map(str::to_owned);
        let told = Recovering::new(sets(), problem, |_| Some(evil.to_owned())).waits_for();
        assert_eq!((told[0].problem.as_str(), told[0].not_here.as_str()), (REFUSED, FOR_OTHERS));
        let told = Recovering::new(sets(), |_| None, |_| None).waits_for();
        assert_eq!((told[0].problem.as_str(), told[0].not_here.as_str()), ("", ""));
    }
}
