//! Results of `aecsadmin`.

use std::time::SystemTime;

use aecs_attest::TcbStatus;
use aecs_client::{Backup, Phase, Service, TrustedServer};
use aecs_proto::{Administrator, RecoverySummary, SealingSummary};
use serde::Serialize;

use super::recovery;
use crate::output::{self, Row, View};
use crate::view::{time_text, time_text_of_ms};

/// A service.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct ServiceRow {
    service: String,
    operator_may_replace_key: bool,
}

impl From<Service> for ServiceRow {
    fn from(service: Service) -> Self {
        let Service { name, operator_may_replace_key } = service;
        Self { service: name, operator_may_replace_key }
    }
}

impl Row for ServiceRow {
    const COLUMNS: &'static [&'static str] = &["SERVICE", "KEY REPLACED BY"];

    fn cells(&self) -> Vec<String> {
        let key = if self.operator_may_replace_key { "the operator" } else { "its owner" };
        vec![self.service.clone(), key.to_owned()]
    }

    fn name(&self) -> String {
        self.service.clone()
    }
}

/// An administrator of the platform.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct AdministratorRow {
    name: String,
    key_hash: String,
    password: bool,
    added: String,
}

impl From<Administrator> for AdministratorRow {
    fn from(administrator: Administrator) -> Self {
        let Administrator { name, key_hash, has_password, added_at_ms } = administrator;
        Self { name, key_hash, password: has_password, added: time_text_of_ms(added_at_ms) }
    }
}

impl Row for AdministratorRow {
    const COLUMNS: &'static [&'static str] = &["ADMINISTRATOR", "KEY HASH", "PASSWORD", "ADDED"];

    fn cells(&self) -> Vec<String> {
        let password = if self.password { "yes" } else { "no" };
        vec![self.name.clone(), self.key_hash.clone(), password.to_owned(), self.added.clone()]
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// The backup of an identity.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct BackupRow {
    hostname: String,
    identity_hash: String,
}

impl From<Backup> for BackupRow {
    fn from(backup: Backup) -> Self {
        Self { hostname: backup.host_name, identity_hash: backup.identity_hash }
    }
}

impl Row for BackupRow {
    const COLUMNS: &'static [&'static str] = &["HOST", "IDENTITY KEY HASH"];

    fn cells(&self) -> Vec<String> {
        vec![self.hostname.clone(), self.identity_hash.clone()]
    }

    fn name(&self) -> String {
        self.hostname.clone()
    }
}

/// A server's status, and what its report proved.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    status: String,
    version: String,
    identity_backup: String,
    identity_hash: String,
    deployment_id: String,
    settings_revision: i64,
    settings_digest: String,
    extra_roots: Vec<String>,
    settings_without_effect: Vec<String>,
    insecure: Vec<String>,
    pending_reason: String,
    recovery: Option<String>,
    /// Why servers like this one could not be recovered, and what to do.
    recovery_alert: Option<String>,
    /// What ends the sealed identity.
    sealing: Option<String>,
    sealing_warning: Option<String>,
    simulation: bool,
    compat_aecs20: String,
    store_epoch: Option<u64>,
    store_digest: Option<String>,
    server_time: String,
    time_floor: Option<String>,
    time_floor_by: Option<String>,
    clock_warnings: Vec<String>,
    audit_key: Option<String>,
    audit_entries: Option<u64>,
    audit_head: Option<String>,
    attested: Option<Attested>,
}

/// What the server's attestation report proved.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Attested {
    platform: String,
    measurement: String,
    signer: String,
    product: String,
    security_version: Option<u32>,
    debug: bool,
    tcb_status: String,
}

impl From<&TrustedServer> for Status {
    fn from(server: &TrustedServer) -> Self {
        let status = server.status();
        Self {
            status: status.phase.to_string(),
            version: status.version.clone(),
            identity_backup: status.identity_backup.clone(),
            identity_hash: status.identity_hash.clone(),
            deployment_id: status.deployment_id.to_string(),
            settings_revision: status.settings_revision,
            settings_digest: status.settings_digest.clone(),
            extra_roots: status.extra_roots.clone(),
            settings_without_effect: status.settings_without_effect.clone(),
            insecure: status.insecure.clone(),
            pending_reason: status.pending_reason.clone(),
            recovery: status.recovery.as_ref().map(recovery_text),
            recovery_alert: status
                .recovery
                .as_ref()
                .map(|it| it.alert.clone())
                .filter(|it| !it.is_empty()),
            sealing: status.sealing.as_ref().map(sealing_text),
            sealing_warning: status
                .sealing
                .as_ref()
                .and_then(|sealing| sealing_warning(sealing, server.attributes()?.tcb_status())),
            simulation: status.simulation,
            compat_aecs20: status.compat_aecs20.clone(),
            store_epoch: status.store.as_ref().map(|store| store.epoch),
            store_digest: status.store.as_ref().map(|store| store.digest.clone()),
            server_time: time_text(status.server_time),
            time_floor: status.time_floor.as_ref().map(|floor| time_text(floor.time)),
            time_floor_by: status.time_floor.as_ref().map(|floor| floor.by.clone()),
            clock_warnings: Some(status.clock_warning.clone())
                .filter(|warning| !warning.is_empty())
                .into_iter()
                .chain(status.compare_clock(SystemTime::now()))
                .collect(),
            audit_key: status.audit.map(|audit| audit.key.to_string()),
            audit_entries: status.audit.map(|audit| audit.head.sequence),
            audit_head: status.audit.map(|audit| hex::encode_upper(audit.head.hash)),
            attested: server.attributes().map(|proven| Attested {
                platform: proven.platform().to_string(),
                measurement: proven.measurement().to_owned(),
                signer: proven.signer().to_owned(),
                product: proven.product().to_owned(),
                security_version: proven.security_version(),
                debug: proven.debug(),
                tcb_status: proven.tcb_status().to_string(),
            }),
        }
    }
}

impl View for Status {
    fn text(&self) -> String {
        let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
        let mut rows = vec![
            ("status", self.status.clone()),
            ("version", self.version.clone()),
            ("identity backup", self.identity_backup.clone()),
            ("identity hash", self.identity_hash.clone()),
            ("deployment id", self.deployment_id.clone()),
            ("settings revision", settings_revision(self.settings_revision, &self.status)),
            ("settings digest", self.settings_digest.clone()),
            ("roots besides the vendors'", self.extra_roots.join("; ")),
            ("without effect in the host's file", self.settings_without_effect.join(", ")),
            ("insecure settings", self.insecure.join("; ")),
            ("recovery", self.recovery.clone().unwrap_or_default()),
            ("RECOVERY", self.recovery_alert.clone().unwrap_or_default()),
            ("sealed identity", self.sealing.clone().unwrap_or_default()),
            ("SEALING", self.sealing_warning.clone().unwrap_or_default()),
            ("simulation", self.simulation.to_string()),
            ("AECS 2.0 requests", self.compat_aecs20.clone()),
            ("store epoch", number(self.store_epoch)),
            ("store digest", self.store_digest.clone().unwrap_or_default()),
            ("server time", self.server_time.clone()),
            ("audit key", self.audit_key.clone().unwrap_or_default()),
            ("audit log entries", number(self.audit_entries)),
        ];
        if !self.pending_reason.is_empty() {
            rows.insert(1, ("waits", self.pending_reason.clone()));
        }
        let floor = self.time_floor.as_deref().zip(self.time_floor_by.as_deref());
        rows.push(("time floor", time_floor(floor)));
        rows.extend(self.clock_warnings.iter().map(|warning| ("CLOCK", warning.clone())));
        match &self.attested {
            Some(attested) => rows.extend([
                ("attested platform", attested.platform.clone()),
                ("attested measurement", attested.measurement.clone()),
                ("attested signer", attested.signer.clone()),
                ("attested product", attested.product.clone()),
                ("attested version", number(attested.security_version.map(u64::from))),
                ("attested debug", attested.debug.to_string()),
                ("attested TCB status", attested.tcb_status.clone()),
            ]),
            None => rows.push(("attested", "NOTHING: the server was not verified".to_owned())),
        }
        output::properties(rows)
    }
}

/// How a deployment can be recovered without this server.
fn recovery_text(summary: &RecoverySummary) -> String {
    let RecoverySummary { revision, threshold, count, proven_at_ms, unproven_revision, .. } =
        summary;
    if *revision == 0 {
        return recovery::NOT_CONFIGURED.to_owned();
    }
    let proven = match proven_at_ms {
        0 => "never proven".to_owned(),
        ms => format!("proven {}", time_text_of_ms(*ms)),
    };
    let pending = match unproven_revision {
        0 => String::new(),
        later => format!("; the later ones of revision {later} were never proven"),
    };
    format!("{threshold} of {count} shares of revision {revision}, {proven}{pending}")
}

/// What ends the sealed identity of a server.
pub(super) fn sealing_text(sealing: &SealingSummary) -> String {
    let SealingSummary { to_code, to_versions, unavailable } = sealing;
    if !unavailable.is_empty() {
        return format!(
            "none, so a restart ends it: {unavailable}; before another version of the server: aecsadmin upgrade \
             prepare KUBECONFIG"
        );
    }
    let text = match (to_code, to_versions) {
        (false, false) => "opens on this machine for later versions of this signer and product",
        (true, false) => {
            "every other version of the server ends it: run aecsadmin upgrade prepare KUBECONFIG before that, with \
             the new version's kubeconfig"
        }
        (false, true) => {
            "an update of the microcode, or another SVN of the server, ends it: run aecsadmin upgrade prepare \
             before that"
        }
        (true, true) => {
            "every other version of the server and an update of the microcode end it: run aecsadmin upgrade prepare \
             before the update, and aecsadmin upgrade prepare KUBECONFIG before a new version, with its kubeconfig"
        }
    };
    text.to_owned()
}

/// An update that is due and would end the sealed identity.
fn sealing_warning(sealing: &SealingSummary, tcb_status: TcbStatus) -> Option<String> {
    (sealing.to_versions && tcb_status.is_old()).then(|| {
        format!(
            "the TCB status of this machine is {tcb_status}: the update that mends it ends the sealed identity. \
             Run aecsadmin upgrade prepare before it"
        )
    })
}

/// The revision of the settings, and whether they already decide who gets a secret.
fn settings_revision(revision: i64, status: &str) -> String {
    if status == Phase::Working.to_string() {
        return revision.to_string();
    }
    format!("{revision} (once the server works; a provision compares the settings)")
}

/// The floor of the server's clock, and who signed it.
fn time_floor(floor: Option<(&str, &str)>) -> String {
    match floor {
        Some((time, by)) => format!("{time} ({by})"),
        None => "none (no vendor has signed a date)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_a_server_that_waits_are_not_said_to_be_in_force() {
        assert_eq!(settings_revision(2, "Working"), "2");
        assert!(settings_revision(2, "Pending").starts_with("2 (once the server works"));
    }

    #[test]
    fn what_ends_a_sealed_identity_is_told_before_it_ends() {
        let gramine = SealingSummary { to_versions: true, ..SealingSummary::default() };
        assert!(sealing_text(&gramine).contains("microcode"), "{}", sealing_text(&gramine));
        // What no update mends is no reason.
        for status in [TcbStatus::UpToDate, TcbStatus::SwHardeningNeeded, TcbStatus::Unrated] {
            assert_eq!(sealing_warning(&gramine, status), None);
        }
        let due = sealing_warning(&gramine, TcbStatus::OutOfDate).unwrap();
        assert!(due.contains("OutOfDate") && due.contains("upgrade prepare"), "{due}");
        let signer = SealingSummary::default();
        assert!(sealing_text(&signer).contains("later versions"));
        assert_eq!(sealing_warning(&signer, TcbStatus::OutOfDate), None);
        let code = SealingSummary { to_code: true, ..SealingSummary::default() };
        assert!(sealing_text(&code).contains("every other version"));
        assert!(sealing_text(&code).contains("upgrade prepare KUBECONFIG before that"));
        let none = SealingSummary { unavailable: "TDX".to_owned(), ..SealingSummary::default() };
        assert!(sealing_text(&none).contains("a restart ends it: TDX"));
    }

    #[test]
    fn a_server_without_a_time_floor_says_so() {
        assert_eq!(time_floor(None), "none (no vendor has signed a date)");
        assert_eq!(time_floor(Some(("2026-05-04", "Intel"))), "2026-05-04 (Intel)");
    }
}
