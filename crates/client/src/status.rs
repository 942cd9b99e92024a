//! What a server says about itself, parsed.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_crypto::audit::{AuditPublicKey, Head};
use aecs_proto::{EnclaveStatus, RecoveringStatus, RecoverySummary, SealingSummary};

use crate::memory::Seen;

/// Names a deployment for ever: the hash of the trust settings and the public key that its identity
/// was born with. The server's hardware vouches for it: it is the user data of its report.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeploymentId([u8; 32]);

impl DeploymentId {
    /// Takes the 32 bytes of an id.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> DeploymentId {
        DeploymentId(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a deployment id has 64 hexadecimal digits")]
pub struct NotADeploymentId;

impl FromStr for DeploymentId {
    type Err = NotADeploymentId;

    fn from_str(text: &str) -> Result<DeploymentId, NotADeploymentId> {
        let mut id = [0; 32];
        hex::decode_to_slice(text, &mut id).map_err(|_| NotADeploymentId)?;
        Ok(DeploymentId(id))
    }
}

impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(self.0))
    }
}

impl fmt::Debug for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

aecs_proto::named! {
    /// How far a server's life has come.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Phase {
        /// It waits for its administrator's provision.
        Pending = "Pending",
        /// It waits for shares of the key that its deployment's identity is sealed under.
        Recovering = "Recovering",
        /// It serves.
        Working = "Working",
    }
}

/// A server's status, signed by its attested key.
///
/// The server's attributes are not here: what counts are those that its report proves, see
/// [`TrustedServer::attributes`](crate::TrustedServer::attributes).
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The server's version.
    pub version: String,
    /// Whether the server works.
    pub phase: Phase,
    /// The host name under which the identity is backed up; empty without a backup.
    pub identity_backup: String,
    /// SHA-256 of the identity's public PEM text, in hexadecimal.
    pub identity_hash: String,
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// Whether the server runs on a software CPU, which protects nothing from its host.
    pub simulation: bool,
    /// What the server does for clients of AECS 2.0: `deny`, `read_only` or `allow`.
    pub compat_aecs20: String,
    /// The stored state; `None` before the server works.
    pub store: Option<StoreState>,
    /// The server's clock.
    pub server_time: SystemTime,
    /// The latest time that somebody has signed for the server: its clock is never before it.
    pub time_floor: Option<TimeFloor>,
    /// What is wrong with the clock of the server's host, in words; empty if nothing was noticed.
    pub clock_warning: String,
    /// How long the server's process has run, in milliseconds.
    pub uptime_ms: i64,
    /// Random bytes of the server's process, for which requests are signed.
    pub boot_nonce: [u8; 32],
    /// The revision of the trust settings in force.
    pub settings_revision: i64,
    /// Their digest, in hexadecimal.
    pub settings_digest: String,
    /// Whether the server has sessions for applications.
    pub sessions: bool,
    /// Whether applications can wait for changes there: [`Notices`](crate::Notices).
    pub waits_for_changes: bool,
    /// Why the server waits, if it does.
    pub pending_reason: String,
    /// The roots that are trusted beside the vendors', in words.
    pub extra_roots: Vec<String>,
    /// Names of the trust settings that the configuration of the server's host has otherwise than those
    /// in force: there they have no effect.
    pub settings_without_effect: Vec<String>,
    /// The insecure settings in force.
    pub insecure: Vec<String>,
    /// How the deployment can be recovered without this server; `None` from one that does not say. A
    /// revision of 0: not at all.
    pub recovery: Option<RecoverySummary>,
    /// What ends the sealed identity of the server; `None` from one that does not say.
    pub sealing: Option<SealingSummary>,
    /// What a recovering server waits for, or one that is pending would wait for after a start with
    /// `--recover`.
    pub recovering: Option<RecoveringStatus>,
    /// The end of the node's audit log; `None` from a server that tells none.
    pub audit: Option<AuditState>,
}

/// A time that somebody has signed for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeFloor {
    /// The latest signed time.
    pub time: SystemTime,
    /// Who has signed it, in words.
    pub by: String,
}

/// The end of an audit log, as the node that writes it tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditState {
    /// The key by which the node signs its log.
    pub key: AuditPublicKey,
    /// The last entry.
    pub head: Head,
}

/// The state of a server's store, as its signed status tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreState {
    /// Counts the changes.
    pub epoch: u64,
    /// SHA-256 of its root record at that epoch, in upper case hexadecimal.
    pub digest: String,
    /// The hash chain over all changes up to that epoch.
    pub chain: [u8; 32],
}

/// Clocks that differ by more are worth a word.
const CLOCKS_APART: Duration = Duration::from_secs(60);

/// What is wrong with a status; a constant, for it ends up in an error message.
pub(crate) type Fault = &'static str;

impl Status {
    /// Parses a status of protocol 2.1.
    pub(crate) fn parse(message: EnclaveStatus) -> Result<Status, Fault> {
        let phase = Phase::named(&message.status);
        let phase = phase.ok_or("its state is none of Pending, Recovering and Working")?;
        let store = match phase {
            Phase::Pending | Phase::Recovering => None,
            Phase::Working => Some(store_state(&message)?),
        };
        let time = |ms: i64| {
            let since = u64::try_from(ms).map(Duration::from_millis).ok()?;
            UNIX_EPOCH.checked_add(since)
        };
        let server_time = time(message.server_time_ms).ok_or("its time is before 1970")?;
        let time_floor = match message.time_floor_ms {
            0 => None,
            ms => Some(time(ms).ok_or("the floor of its time is before 1970")?),
        };
        Ok(Status {
            version: message.version,
            phase,
            identity_backup: message.identity_backup,
            identity_hash: message.identity_hash,
            deployment_id: message
                .deployment_id
                .parse()
                .map_err(|_| "it names no deployment id")?,
            simulation: message.simulation,
            compat_aecs20: message.compat_aecs20,
            store,
            server_time,
            time_floor: time_floor.map(|time| TimeFloor { time, by: message.time_floor_by }),
            clock_warning: message.clock_warning,
            uptime_ms: message.uptime_ms,
            boot_nonce: message
                .boot_nonce
                .try_into()
                .map_err(|_| "it names no process (boot nonce of 32 bytes)")?,
            settings_revision: message.settings_revision,
            settings_digest: message.settings_digest,
            sessions: message.sessions,
            waits_for_changes: message.waits_for_changes,
            pending_reason: message.pending_reason,
            extra_roots: message.extra_roots,
            settings_without_effect: message.settings_without_effect,
            insecure: message.insecure,
            recovery: message.recovery,
            sealing: message.sealing,
            recovering: message.recovering,
            audit: audit_state(&message.audit_key, message.audit_entries, &message.audit_head)?,
        })
    }

    /// How this machine's clock, which shows `here`, differs from the server's, and which of the
    /// two is wrong as far as that can be told. `None` if they differ by a minute at most.
    #[must_use]
    pub fn compare_clock(&self, here: SystemTime) -> Option<String> {
        let later_by = |earlier: SystemTime, later: SystemTime| {
            later.duration_since(earlier).ok().filter(|by| *by > CLOCKS_APART)
        };
        if let Some(floor) = &self.time_floor
            && let Some(behind) = later_by(here, floor.time)
        {
            return Some(format!(
                "this machine's clock is at least {} s behind: a later time was signed for the server \
                 ({})",
                behind.as_secs(),
                floor.by
            ));
        }
        let (difference, relation) = match later_by(here, self.server_time) {
            Some(behind) => (behind, "behind"),
            None => (later_by(self.server_time, here)?, "ahead of"),
        };
        let wrong = if self.clock_warning.is_empty() {
            "one of the two is wrong"
        } else {
            "the clock of the server's host is in doubt"
        };
        Some(format!(
            "this machine's clock is {} s {relation} the server's: {wrong}",
            difference.as_secs()
        ))
    }

    /// What a memory keeps of it; nothing before the server works.
    pub(crate) fn seen(&self) -> Option<Seen> {
        let store = self.store.as_ref()?;
        Some(Seen {
            epoch: store.epoch,
            chain: store.chain,
            settings_revision: self.settings_revision,
        })
    }
}

fn audit_state(key: &str, entries: i64, hash: &str) -> Result<Option<AuditState>, Fault> {
    if key.is_empty() {
        return Ok(None);
    }
    let key = key.parse().map_err(|_| "its audit key is not an Ed25519 key in hexadecimal")?;
    let sequence = u64::try_from(entries).map_err(|_| "its audit log has a negative length")?;
    let hash = hex::decode(hash).ok().and_then(|hash| hash.try_into().ok());
    let hash = hash.ok_or("the head of its audit log is not a SHA-256 in hexadecimal")?;
    Ok(Some(AuditState { key, head: Head { sequence, hash } }))
}

fn store_state(message: &EnclaveStatus) -> Result<StoreState, Fault> {
    let epoch = u64::try_from(message.store_epoch).map_err(|_| "its store epoch is negative")?;
    let digest = message.store_digest.to_ascii_uppercase();
    if hex::decode(&digest).map_or(true, |bytes| bytes.len() != 32) {
        return Err("its store digest is not a SHA-256 in hexadecimal");
    }
    let mut chain = [0; 32];
    hex::decode_to_slice(&message.store_chain, &mut chain)
        .map_err(|_| "its store chain is not a SHA-256 in hexadecimal")?;
    Ok(StoreState { epoch, digest, chain })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> EnclaveStatus {
        EnclaveStatus {
            version: "v2.1.0".into(),
            status: "Working".into(),
            deployment_id: "AB".repeat(32),
            store_epoch: 7,
            store_digest: "cd".repeat(32),
            store_chain: "ef".repeat(32),
            boot_nonce: vec![9; 32],
            server_time_ms: 1_700_000_000_000,
            ..EnclaveStatus::default()
        }
    }

    #[test]
    fn a_status_is_parsed_once() {
        let status = Status::parse(message()).unwrap();
        assert_eq!(status.phase, Phase::Working);
        assert_eq!(status.deployment_id.to_string(), "AB".repeat(32));
        assert_eq!(
            status.store,
            Some(StoreState { epoch: 7, digest: "CD".repeat(32), chain: [0xEF; 32] })
        );

        let pending = EnclaveStatus { status: "Pending".into(), ..message() };
        assert_eq!(Status::parse(pending).unwrap().store, None);
    }

    #[test]
    fn f03_the_wrong_clock_is_named_with_its_error() {
        let server = 1_700_000_000;
        let at = |s: u64| UNIX_EPOCH + Duration::from_secs(s);
        let plain = Status::parse(message()).unwrap();
        assert_eq!(plain.time_floor, None);
        assert_eq!(plain.compare_clock(at(server + 60)), None);
        let said = |status: &Status, here| status.compare_clock(at(here)).unwrap();
        assert_eq!(
            said(&plain, server + 61),
            "this machine's clock is 61 s ahead of the server's: one of the two is wrong"
        );
        assert!(said(&plain, server - 90).contains("90 s behind the server's: one of"));

        let floor = EnclaveStatus {
            time_floor_ms: 1_699_999_000_000,
            time_floor_by: "a vendor".into(),
            clock_warning: "it was set".into(),
            ..message()
        };
        let floor = Status::parse(floor).unwrap();
        assert_eq!(floor.time_floor.as_ref().unwrap().time, at(server - 1_000));
        assert!(said(&floor, server - 1_100).starts_with(
            "this machine's clock is at least 100 s behind: a later time was signed for the server"
        ));
        assert!(said(&floor, server - 900).contains("the clock of the server's host is in doubt"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        type Spoil = fn(&mut EnclaveStatus);
        let spoilt: [(Spoil, &str); 12] = [
            (
                |s| s.status = "working".into(),
                "its state is none of Pending, Recovering and Working",
            ),
            (|s| s.deployment_id.clear(), "it names no deployment id"),
            (|s| s.deployment_id = "AB".repeat(31), "it names no deployment id"),
            (|s| s.store_epoch = -1, "its store epoch is negative"),
            (|s| s.store_digest.clear(), "its store digest is not a SHA-256 in hexadecimal"),
            (|s| s.store_chain.clear(), "its store chain is not a SHA-256 in hexadecimal"),
            (|s| s.boot_nonce.truncate(31), "it names no process (boot nonce of 32 bytes)"),
            (|s| s.server_time_ms = -1, "its time is before 1970"),
            (|s| s.time_floor_ms = -1, "the floor of its time is before 1970"),
            (|s| s.audit_key = "AB".into(), "its audit key is not an Ed25519 key in hexadecimal"),
            (
                |s| (s.audit_key, s.audit_entries) = ("AB".repeat(32), -1),
                "its audit log has a negative length",
            ),
            (
                |s| s.audit_key = "AB".repeat(32),
                "the head of its audit log is not a SHA-256 in hexadecimal",
            ),
        ];
        for (spoil, fault) in spoilt {
            let mut status = message();
            spoil(&mut status);
            assert_eq!(Status::parse(status).unwrap_err(), fault);
        }
    }
}
