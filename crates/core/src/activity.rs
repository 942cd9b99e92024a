//! What happened to the secrets of a service, for its owner: when applications got each last, and
//! who was refused.
//!
//! Neither must cost a write. So both are kept in memory, and written every hour, with refusals every
//! minute, and when the server is stopped. A crash loses what was not written; the audit log has all.
//!
//! Invariants: there is one record for each registered service, with times of secrets that are there
//! and the latest refusals. It has a limit in bytes, whatever was asked for. It is written alone: no
//! change of an owner depends on it.

use std::collections::{BTreeMap, HashMap};

use aecs_proto::{Denial, DenialReason};
use parking_lot::Mutex;
use prost::Message;

use crate::{
    error::{Cause, Error, Kind},
    keys,
    name::{SecretName, ServiceName},
    records::decode,
    state::CoreState,
    vault::{Change, Name, Vault, VaultError},
};

/// How often a record is read and written that another process writes as well.
const ATTEMPTS: usize = 8;

/// How many refusals are kept for the owner of a service.
const DENIALS: usize = 64;
/// How many of them may be about names that do not exist: who tries names does not push out the
/// refusals of applications that are configured wrongly.
const OF_UNKNOWN_NAMES: usize = 8;
/// How many of them may be of one enclave, for the same reason.
const OF_ONE_ENCLAVE: usize = 16;
/// How many mismatches are kept of a refusal: a policy can have thousands of values.
const MISMATCHES: usize = 16;
/// How many characters of a text in a refusal are kept.
const TEXT: usize = 256;
/// The most bytes of a refusal. What has more keeps who was refused, and loses why.
const DENIAL_BYTES: usize = 6 * 1024;
/// The most bytes of the times of releases. Beyond it, the oldest are forgotten.
const TIMES_BYTES: usize = 256 * 1024;

/// Times by secret, in milliseconds since 1970.
type Times = BTreeMap<String, i64>;

/// What is known of a service, also as its record.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ServiceActivity {
    /// When each secret was released last.
    #[prost(btree_map = "string, int64", tag = "1")]
    pub(crate) released: Times,
    /// The latest refusals, oldest first. Of like ones, the last.
    #[prost(message, repeated, tag = "2")]
    pub(crate) denials: Vec<Denial>,
}

/// What is not written yet, by service.
#[derive(Default)]
pub(crate) struct Activity {
    latest: Mutex<HashMap<ServiceName, ServiceActivity>>,
}

/// Which of it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The services of which somebody was refused something.
    WithDenials,
    /// All.
    All,
}

impl ServiceActivity {
    fn is_empty(&self) -> bool {
        self.released.is_empty() && self.denials.is_empty()
    }

    fn deny(&mut self, denial: Denial) {
        let is_unknown = |it: &Denial| it.reason() == DenialReason::DenialNoSuchSecret;
        let is_like = |it: &Denial| {
            it.secret_name == denial.secret_name
                && it.reason == denial.reason
                && enclave(it) == enclave(&denial)
        };
        self.denials.retain(|it| !is_like(it));
        let of_enclave = |it: &Denial| enclave(it) == enclave(&denial);
        if is_unknown(&denial) {
            self.keep_last(OF_UNKNOWN_NAMES - 1, is_unknown);
        }
        self.keep_last(OF_ONE_ENCLAVE - 1, of_enclave);
        self.make_room();
        self.denials.push(denial);
    }

    /// Makes room for one more refusal: the machine with the most of them loses its oldest. Who has one
    /// machine makes as many programs as they like.
    fn make_room(&mut self) {
        while self.denials.len() >= DENIALS {
            let of_its_machine = |denial: &Denial| {
                let others = self.denials.iter();
                others.filter(|other| machine(other) == machine(denial)).count()
            };
            let most = self.denials.iter().map(of_its_machine).max();
            let is_of_most = |denial: &Denial| Some(of_its_machine(denial)) == most;
            let oldest = self.denials.iter().position(is_of_most).unwrap_or(0);
            self.denials.remove(oldest);
        }
    }

    /// Forgets the oldest refusals of a kind beyond `limit`.
    fn keep_last(&mut self, limit: usize, is_of_kind: impl Fn(&Denial) -> bool) {
        let count = self.denials.iter().filter(|denial| is_of_kind(denial)).count();
        let mut surplus = count.saturating_sub(limit);
        self.denials.retain(|denial| {
            let forgotten = surplus > 0 && is_of_kind(denial);
            surplus -= usize::from(forgotten);
            !forgotten
        });
    }

    /// Adds what came later. The later time of a release counts, whatever a wrong clock said before.
    fn merge(&mut self, latest: Self) {
        self.released.extend(latest.released);
        latest.denials.into_iter().for_each(|denial| self.deny(denial));
    }

    fn forget_the_oldest_times(&mut self) {
        let bytes = |times: &Times| times.keys().map(|secret| secret.len() + 16).sum::<usize>();
        if bytes(&self.released) <= TIMES_BYTES {
            return;
        }
        let mut by_age: Vec<(i64, String)> =
            std::mem::take(&mut self.released).into_iter().map(|(name, at)| (at, name)).collect();
        by_age.sort_unstable();
        while let Some((at, secret)) = by_age.pop() {
            self.released.insert(secret, at);
            if bytes(&self.released) > TIMES_BYTES {
                break;
            }
        }
    }
}

/// Which code was refused.
fn enclave(denial: &Denial) -> Option<(&str, &str)> {
    let attributes = denial.attributes.as_ref()?;
    Some((&attributes.hex_ta_measurement, &attributes.hex_signer))
}

/// On which machine it was, if the platform names it; otherwise which code it was.
fn machine(denial: &Denial) -> Option<(&str, &str)> {
    let known = denial.attributes.as_ref()?;
    let named = [&known.hex_chip_id, &known.hex_ppid].into_iter().find(|id| !id.is_empty());
    named.map(|id| (id.as_str(), "")).or_else(|| enclave(denial))
}

/// The refusal within its limit in bytes.
fn shortened(mut denial: Denial) -> Denial {
    denial.mismatches.truncate(MISMATCHES);
    for mismatch in &mut denial.mismatches {
        for text in [&mut mismatch.expected, &mut mismatch.actual] {
            *text = text.chars().take(TEXT).collect();
        }
    }
    if denial.encoded_len() > DENIAL_BYTES {
        denial.mismatches.clear();
    }
    if denial.encoded_len() > DENIAL_BYTES
        && let Some(known) = denial.attributes.take()
    {
        denial.attributes = Some(aecs_proto::UnifiedAttestationAttributes {
            str_tee_platform: known.str_tee_platform,
            hex_ta_measurement: known.hex_ta_measurement,
            hex_signer: known.hex_signer,
            hex_chip_id: known.hex_chip_id,
            hex_ppid: known.hex_ppid,
            ..Default::default()
        });
    }
    denial
}

impl Activity {
    /// Remembers that an application got a secret.
    pub(crate) fn released(&self, service: &ServiceName, secret: &SecretName, now_ms: i64) {
        let mut latest = self.latest.lock();
        latest.entry(service.clone()).or_default().released.insert(secret.to_string(), now_ms);
    }

    /// Remembers that an application was refused a secret of `service`; nothing if there is no such
    /// service.
    pub(crate) async fn denied(&self, vault: &Vault, service: &ServiceName, denial: Denial) {
        let Ok(record) = keys::authentication(service) else { return };
        // Where it cannot be read, the refusal is in the audit log all the same.
        if vault.contains(&record).await.unwrap_or_default() {
            self.latest.lock().entry(service.clone()).or_default().deny(shortened(denial));
        }
    }

    /// All that is known of a service.
    ///
    /// # Errors
    /// The record cannot be read now.
    pub(crate) async fn of(
        &self,
        vault: &Vault,
        service: &ServiceName,
    ) -> Result<ServiceActivity, Error> {
        // Before the record is read: what is written meanwhile is in one of the two, or in both.
        let latest = self.unwritten(service);
        let mut activity = read_or_begin(vault, service).await?;
        activity.merge(latest);
        Ok(activity)
    }

    fn unwritten(&self, service: &ServiceName) -> ServiceActivity {
        self.latest.lock().get(service).cloned().unwrap_or_default()
    }

    /// Forgets a service that is gone.
    pub(crate) fn forget(&self, service: &ServiceName) {
        self.latest.lock().remove(service);
    }

    /// Forgets what was taken to be written, and nothing that happened since.
    fn forget_taken(&self, service: &ServiceName, taken: &ServiceActivity) {
        let mut latest = self.latest.lock();
        let Some(unwritten) = latest.get_mut(service) else { return };
        unwritten.released.retain(|secret, at| taken.released.get(secret) != Some(at));
        unwritten.denials.retain(|denial| !taken.denials.contains(denial));
        if unwritten.is_empty() {
            latest.remove(service);
        }
    }
}

/// Writes what is not written yet, of the services that are there. What cannot be written of one does
/// not keep the others from it.
pub(crate) async fn write(core: &CoreState, which: Which) {
    let node = core.node();
    let Ok(vault) = node.vault() else { return };
    let is_due = |activity: &ServiceActivity| which == Which::All || !activity.denials.is_empty();
    let due = |(service, activity): (&ServiceName, &ServiceActivity)| {
        is_due(activity).then(|| service.clone())
    };
    let services: Vec<ServiceName> = core.activity.latest.lock().iter().filter_map(due).collect();
    for service in services {
        if let Err(error) = write_of(core, vault, &service).await {
            tracing::warn!(%error, %service, "who got secrets and who was refused is not written yet");
        }
    }
}

async fn write_of(core: &CoreState, vault: &Vault, service: &ServiceName) -> Result<(), Error> {
    let (authentication, record) = (keys::authentication(service)?, keys::activity(service)?);
    let taken = core.activity.unwritten(service);
    for _ in 0..ATTEMPTS {
        let Some(registered) = vault.epoch_of(&authentication).await? else {
            core.activity.forget(service);
            return Ok(());
        };
        let before = vault.epoch_of(&record).await?;
        let mut activity = read_or_begin(vault, service).await?;
        activity.merge(taken.clone());
        let secrets = vault.names(&keys::secrets_of(service)).await?;
        activity.released.retain(|secret, _| is_among(&secrets, service, secret));
        activity.forget_the_oldest_times();
        // Nothing is written for a service that is unregistered meanwhile, and over nothing that another
        // process has written.
        let change = Change::new()
            .put(record.clone(), activity.encode_to_vec().into())
            .while_is(record.clone(), before)
            .while_is(authentication.clone(), Some(registered));
        match vault.commit(change).await {
            Err(VaultError::Unfounded { .. }) => {}
            made => {
                made?;
                core.activity.forget_taken(service, &taken);
                return Ok(());
            }
        }
    }
    Err(Cause::Conflict { what: keys::describe(&record) }.into())
}

/// What is recorded. A damaged record is replaced, because it must not hide what happens now. One that
/// only cannot be read now is an error, and stays.
async fn read_or_begin(vault: &Vault, service: &ServiceName) -> Result<ServiceActivity, Error> {
    match read(vault, service).await {
        Err(error) if error.kind() == Kind::Internal => {
            tracing::warn!(%error, %service, "the record of releases and refusals is damaged; it begins again");
            Ok(ServiceActivity::default())
        }
        read => read,
    }
}

async fn read(vault: &Vault, service: &ServiceName) -> Result<ServiceActivity, Error> {
    let found = vault.get(&keys::activity(service)?).await?;
    let record = found.map(|found| decode(&found.plain)).transpose()?;
    Ok(record.unwrap_or_default())
}

/// Whether a service has that secret; its secrets are in the order of their names.
fn is_among(secrets: &[Name], service: &ServiceName, secret: &str) -> bool {
    let name = SecretName::parse(secret).ok().and_then(|name| keys::secret(service, &name).ok());
    name.is_some_and(|name| secrets.binary_search(&name).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aecs_proto::{DenialMismatch, UnifiedAttestationAttributes};

    fn denial(secret: &str, enclave: u8) -> Denial {
        Denial {
            secret_name: secret.to_owned(),
            attributes: Some(UnifiedAttestationAttributes {
                hex_ta_measurement: hex::encode([enclave; 32]),
                ..Default::default()
            }),
            ..Denial::default()
        }
    }

    #[test]
    fn one_enclave_cannot_push_out_the_refusals_of_others() {
        let mut activity = ServiceActivity::default();
        activity.deny(denial("a", 1));
        for number in 0..200 {
            activity.deny(denial(&format!("name{number}"), 2));
        }
        assert_eq!(activity.denials.len(), 1 + OF_ONE_ENCLAVE);
        assert_eq!(activity.denials[0], denial("a", 1));
        // The same again is one refusal.
        for _ in 0..3 {
            activity.deny(denial("a", 1));
        }
        assert_eq!(activity.denials.len(), 1 + OF_ONE_ENCLAVE);
        assert_eq!(activity.denials.last(), Some(&denial("a", 1)));
    }

    #[test]
    fn h36_one_machine_cannot_push_out_the_refusals_on_others() {
        let on = |machine: &str, secret: &str, enclave| {
            let mut denial = denial(secret, enclave);
            if let Some(attributes) = &mut denial.attributes {
                attributes.hex_chip_id = machine.to_owned();
            }
            denial
        };
        let mut activity = ServiceActivity::default();
        let victims = [on("A1", "a", 1), on("A1", "b", 1), on("A2", "a", 255)];
        victims.iter().for_each(|victim| activity.deny(victim.clone()));
        for enclave in 2..200 {
            for number in 0..OF_ONE_ENCLAVE {
                activity.deny(on("BB", &format!("name{number}"), enclave));
            }
        }
        assert_eq!(activity.denials.len(), DENIALS);
        assert_eq!(activity.denials[..3], victims);
    }

    #[test]
    fn what_happens_while_a_record_is_written_is_not_forgotten() {
        let (activity, service) = (Activity::default(), ServiceName::parse("shop").unwrap());
        let name = |text| SecretName::parse(text).unwrap();
        activity.released(&service, &name("a"), 1);
        activity.released(&service, &name("b"), 1);
        let taken = activity.unwritten(&service);
        activity.released(&service, &name("b"), 2);
        activity.released(&service, &name("new"), 2);
        activity.forget_taken(&service, &taken);
        let left = activity.unwritten(&service).released;
        assert_eq!(left, Times::from([("b".to_owned(), 2), ("new".to_owned(), 2)]));
        activity.forget_taken(&service, &activity.unwritten(&service));
        assert!(activity.latest.lock().is_empty());
    }

    #[test]
    fn a_record_stays_small_whatever_is_asked_for() {
        let mismatch = DenialMismatch {
            expected: "é".repeat(10 * TEXT),
            actual: "0".repeat(10 * TEXT),
            ..Default::default()
        };
        let mut activity = ServiceActivity::default();
        for number in 0..255_u8 {
            let mut large = denial("a", number);
            large.mismatches = vec![mismatch.clone(); 2 * MISMATCHES];
            if let Some(attributes) = &mut large.attributes {
                attributes.str_event_log = "e".repeat(50_000);
            }
            activity.deny(shortened(large));
        }
        assert_eq!(activity.denials.len(), DENIALS);
        assert!(activity.encoded_len() <= DENIALS * (DENIAL_BYTES + 8));
        for number in 0..20_000 {
            activity.released.insert(format!("{number:0200}"), number);
        }
        activity.forget_the_oldest_times();
        assert!(activity.encoded_len() < 900 * 1024, "a record has at most 1 MiB");
        assert!(activity.released.values().all(|at| *at > 15_000), "the latest stay");
    }
}
