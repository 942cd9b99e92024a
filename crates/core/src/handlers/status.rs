//! The status: what anybody may know of a server, and the report by which clients trust it.

use std::time::Duration;

use aecs_attest::{BoundTo, Sealing, in_aecs20};
use aecs_crypto::Protocol;
use aecs_proto::{
    EnclaveStatus, Function, GetAecsStatusRequest, GetAecsStatusResponse, RecoveringStatus,
    RecoverySummary, SealingSummary, json,
};
use tokio::time::timeout;

use crate::{
    dispatch,
    error::{Cause, Error},
    following,
    handlers::recovery::{
        fitting::{Here, Present},
        makers::Makers,
        restore,
    },
    identity::SuiteIdentity,
    recovery::RecoveryRecord,
    signatures::sign_status,
    state::{CoreState, Node, Phase},
    wire::{wire, wire32},
};

/// The version that the status names.
pub(crate) const VERSION: &str = concat!("v", env!("CARGO_PKG_VERSION"));

/// How long a status waits for what other servers of the deployment have changed.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest nonce that a status echoes, in bytes.
const MAX_NONCE_BYTES: usize = 64;

/// Tells the status, signed by the identity in the first suite that the caller accepts.
pub(crate) async fn get(
    core: &CoreState,
    request: GetAecsStatusRequest,
) -> Result<GetAecsStatusResponse, Error> {
    // A server whose store is away says what it knows.
    let node = match timeout(PATIENCE, following::present(core)).await {
        Ok(Ok(node)) => node,
        Ok(Err(_)) | Err(_) => core.node(),
    };
    let (protocol, suite) = core.answer_in(&node, &request.accepted_suites)?;
    dispatch::anyone(&node, Function::GetAecsStatus, protocol)?;
    if request.nonce.len() > MAX_NONCE_BYTES {
        let (limit, got) = (MAX_NONCE_BYTES, request.nonce.len());
        return Err(Cause::NonceTooLong { limit, got }.into());
    }

    let server = node.identity.suite_identity(suite)?;
    let mut status = tell(core, &node, server, protocol, request.nonce);
    if protocol == Protocol::Aecs21 {
        status.recovering = match &node.phase {
            Phase::Recovering(recovering) => Some(restore::tell(core, &node, recovering).await),
            Phase::Pending { recoverable, .. } if !recoverable.is_empty() => {
                Some(RecoveringStatus { sets: recoverable.to_vec(), opened: None })
            }
            Phase::Pending { .. } | Phase::Working { .. } => None,
        };
        // Without it, nobody is told that there is none.
        let summary = timeout(PATIENCE, summary(core, &node)).await;
        status.recovery = summary.ok().and_then(Result::ok).flatten();
        status.sealing = node.vault().is_ok().then(|| sealing(core, &node));
    }
    let status_str = json::to_string(&status);
    let status_sig = core.signatures.of_status(server.key, &status_str)?;
    Ok(GetAecsStatusResponse {
        auth_ra_report: Some(server.report.clone()),
        status_str,
        status_sig: Some(status_sig),
    })
}

/// How the deployment of a working node can be recovered.
async fn summary(core: &CoreState, node: &Node) -> Result<Option<RecoverySummary>, Error> {
    let Ok(vault) = node.vault() else { return Ok(None) };
    let (record, _) = RecoveryRecord::load(vault).await?;
    let makers = Makers::load(vault).await?;
    let present = Here::of(core, node).present(&record, &makers);
    let summary = present.map(|Present { set, unproven, alert }| RecoverySummary {
        revision: wire(set.revision),
        threshold: wire32(set.threshold),
        count: i32::try_from(set.holders.len()).unwrap_or(i32::MAX),
        created_at_ms: set.created_at_ms,
        proven_at_ms: set.proven_at_ms,
        alert: alert.unwrap_or_default(),
        unproven_revision: wire(unproven.unwrap_or_default()),
    });
    Ok(Some(summary.unwrap_or_default()))
}

/// What ends the sealed identity of a working node.
fn sealing(core: &CoreState, node: &Node) -> SealingSummary {
    match core.sealing(node) {
        Sealing::Sealer(sealer) => {
            let BoundTo { code, versions } = sealer.bound_to();
            SealingSummary { to_code: code, to_versions: versions, unavailable: String::new() }
        }
        Sealing::Unavailable { reason } => {
            SealingSummary { unavailable: reason, ..SealingSummary::default() }
        }
    }
}

/// The status of protocol 2.1 without evidence, for clients that know the identity already: it goes
/// into a header.
pub(crate) fn signed(
    core: &CoreState,
    node: &Node,
    server: SuiteIdentity<'_>,
    nonce: Vec<u8>,
) -> Result<GetAecsStatusResponse, Error> {
    let status = tell(core, node, server, Protocol::Aecs21, nonce);
    let status_str = json::to_string(&EnclaveStatus {
        attr: None,
        settings_without_effect: Vec::new(),
        ..status
    });
    let status_sig = Some(sign_status(server.key, &status_str)?);
    Ok(GetAecsStatusResponse { auth_ra_report: None, status_str, status_sig })
}

fn tell(
    core: &CoreState,
    node: &Node,
    server: SuiteIdentity<'_>,
    protocol: Protocol,
    nonce: Vec<u8>,
) -> EnclaveStatus {
    let mut status = EnclaveStatus {
        version: VERSION.to_owned(),
        status: node.status().to_owned(),
        identity_backup: node.backup().map(ToString::to_string).unwrap_or_default(),
        identity_hash: node.identity.identity().hash(),
        ..EnclaveStatus::default()
    };
    match protocol {
        Protocol::Aecs20 => {
            status.attr = Some(in_aecs20(server.attributes));
        }
        Protocol::Aecs21 => {
            status.attr = Some(server.attributes.clone());
            status.deployment_id = hex::encode_upper(node.deployment_id());
            status.simulation = node.settings().simulation;
            status.compat_aecs20 = node.settings().compat.aecs20.as_str().to_owned();
            status.nonce = nonce;
            status.boot_nonce = core.boot_nonce.to_vec();
            status.settings_revision = node.settings_revision();
            status.settings_digest = hex::encode_upper(node.trust.digest);
            status.pending_reason = node.waits_for().unwrap_or_default().to_owned();
            status.extra_roots = node.settings().extra_roots.clone();
            status.insecure = node.settings().insecure.clone();
            status.settings_without_effect = core.settings_without_effect(node);
            status.server_time_ms = core.clock.now_ms();
            status.uptime_ms = core.clock.uptime_ms();
            if let (Some(floor), Some(now_ms)) = (core.clock.floor(), core.clock.earliest_ms()) {
                status.time_floor_ms = now_ms;
                status.time_floor_by = floor.by.in_words().to_owned();
            }
            status.sessions = core.sessions.are_kept();
            status.waits_for_changes = status.sessions && core.watchers.are_allowed();
            status.clock_warning = core.clock.doubts().unwrap_or_default();
            let (audit_key, head) = core.ledger.key_and_head();
            status.audit_key = audit_key.to_string();
            status.audit_entries = wire(head.sequence);
            status.audit_head = hex::encode_upper(head.hash);
            if let Ok(vault) = node.vault() {
                let state = vault.seen();
                status.store_epoch = wire(state.epoch);
                status.store_digest = hex::encode_upper(state.digest);
                status.store_chain = hex::encode_upper(state.chain);
            }
        }
    }
    status
}
