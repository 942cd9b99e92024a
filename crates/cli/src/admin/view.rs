//! Results of `aecsadmin`.

use aecs_client::{Backup, TrustedServer};
use serde::Serialize;

use crate::output::{self, View};
use crate::view::time_text;

/// Names of services.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Services(pub(super) Vec<String>);

impl View for Services {
    fn text(&self) -> String {
        output::table(&["SERVICE"], self.0.iter().map(|name| [name.clone()]))
    }
}

/// Backups of identities.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Backups(Vec<BackupRow>);

#[derive(Serialize)]
struct BackupRow {
    hostname: String,
    identity_hash: String,
}

impl From<Vec<Backup>> for Backups {
    fn from(backups: Vec<Backup>) -> Self {
        let row = |backup: Backup| BackupRow {
            hostname: backup.host_name,
            identity_hash: backup.identity_hash,
        };
        Self(backups.into_iter().map(row).collect())
    }
}

impl View for Backups {
    fn text(&self) -> String {
        let rows = self.0.iter().map(|row| [row.hostname.clone(), row.identity_hash.clone()]);
        output::table(&["HOST", "IDENTITY KEY HASH"], rows)
    }
}

/// A server's status, and what its report proved.
#[derive(Serialize)]
pub(super) struct Status {
    status: String,
    version: String,
    identity_backup: String,
    identity_hash: String,
    deployment_id: String,
    simulation: bool,
    compat_aecs20: String,
    store_epoch: Option<u64>,
    store_digest: Option<String>,
    server_time: String,
    audit_key: Option<String>,
    audit_entries: Option<u64>,
    audit_head: Option<String>,
    attested: Option<Attested>,
}

/// What the server's attestation report proved.
#[derive(Serialize)]
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
            simulation: status.simulation,
            compat_aecs20: status.compat_aecs20.clone(),
            store_epoch: status.store.as_ref().map(|store| store.epoch),
            store_digest: status.store.as_ref().map(|store| store.digest.clone()),
            server_time: time_text(status.server_time),
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
            ("simulation", self.simulation.to_string()),
            ("AECS 2.0 requests", self.compat_aecs20.clone()),
            ("store epoch", number(self.store_epoch)),
            ("store digest", self.store_digest.clone().unwrap_or_default()),
            ("server time", self.server_time.clone()),
            ("audit key", self.audit_key.clone().unwrap_or_default()),
            ("audit log entries", number(self.audit_entries)),
        ];
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
