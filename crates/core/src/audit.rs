//! The record of every administrative act, every release of a secret and every denial.
//!
//! Invariants: every call that is admitted leaves one entry, also when its caller goes away before
//! the end. An entry names who did what to which secret and how it ended. It never holds secret
//! data, passwords or keys; only the hashes of keys and what a report attests.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aecs_attest::{Attributes, Denial};
use aecs_proto as proto;
use serde::Serialize;

use crate::{error::Error, name::ServiceName};

/// Receives audit entries. Implementations append; they must not block for long.
pub trait AuditSink: Send + Sync {
    /// Appends one entry.
    fn append(&self, entry: &AuditEntry);
}

/// One act and its outcome.
#[derive(Debug, Clone, Serialize)]
pub struct AuditEntry {
    /// When, in milliseconds since 1970.
    pub time_ms: i64,
    /// The function that was called.
    pub function: &'static str,
    /// Who called: `aecs-admin`, `service-admin` or `ta`.
    pub caller: &'static str,
    /// The hash of the key that the caller proved to hold, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_hash: Option<String>,
    /// The service concerned, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The secret, the host or another object concerned, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The measurement of the calling enclave, if the caller is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measurement: Option<String>,
    /// `ok`, the error code, or `interrupted`: then the caller has gone, and what it wanted may be
    /// done or not.
    pub outcome: String,
    /// What went wrong, in full: the audit trail is the place that explains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl AuditEntry {
    /// Fills in how the call ended.
    pub(crate) fn conclude(&mut self, outcome: Result<(), &Error>) {
        match outcome {
            Ok(()) => self.outcome = "ok".into(),
            Err(error) => {
                self.outcome = error.code().to_string();
                self.reason.get_or_insert_with(|| error.message().to_owned());
            }
        }
    }
}

/// The entry of a call that is under way.
pub(crate) struct OpenEntry {
    sink: Arc<dyn AuditSink>,
    entry: Mutex<Option<AuditEntry>>,
}

impl OpenEntry {
    pub(crate) fn new(sink: Arc<dyn AuditSink>, entry: AuditEntry) -> Self {
        Self { sink, entry: Mutex::new(Some(entry)) }
    }

    /// Notes something in it.
    pub(crate) fn note(&self, note: impl FnOnce(&mut AuditEntry)) {
        if let Some(entry) = self.lock().as_mut() {
            note(entry);
        }
    }

    /// Writes it.
    pub(crate) fn conclude(&self, outcome: Result<(), &Error>) {
        if let Some(mut entry) = self.lock().take() {
            entry.conclude(outcome);
            self.sink.append(&entry);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<AuditEntry>> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OpenEntry {
    fn drop(&mut self) {
        if let Some(mut entry) = self.lock().take() {
            entry.outcome = "interrupted".into();
            self.sink.append(&entry);
        }
    }
}

/// How many denials are kept for the owner of a service, newest last.
const DENIALS_PER_SERVICE: usize = 64;
/// For how many services; the one denied longest ago makes room.
const SERVICES_WITH_DENIALS: usize = 1024;

/// The denials that the owner of a secret may ask for. In memory only: the audit trail is the
/// lasting record.
#[derive(Default)]
pub(crate) struct Denials {
    by_service: Mutex<HashMap<ServiceName, VecDeque<proto::Denial>>>,
}

impl Denials {
    /// Remembers that `attributes` were refused a secret of `service`.
    pub(crate) fn push(
        &self,
        service: &ServiceName,
        secret: &str,
        function: &'static str,
        time_ms: i64,
        attributes: &Attributes,
        denial: &Denial,
    ) {
        let entry = proto::Denial {
            time_ms,
            function_name: function.to_owned(),
            secret_name: secret.to_owned(),
            attributes: Some(attributes.to_proto()),
            mismatches: denial
                .mismatches
                .iter()
                .map(|mismatch| proto::DenialMismatch {
                    rule: mismatch.rule.clone(),
                    attribute: mismatch.attribute.to_string(),
                    expected: mismatch.expected.clone(),
                    actual: mismatch.actual.clone(),
                })
                .collect(),
        };
        let mut services = self.by_service.lock().unwrap_or_else(PoisonError::into_inner);
        if !services.contains_key(service) && services.len() >= SERVICES_WITH_DENIALS {
            let stalest = services
                .iter()
                .min_by_key(|(_, denials)| denials.back().map_or(0, |denial| denial.time_ms))
                .map(|(name, _)| name.clone());
            if let Some(stalest) = stalest {
                services.remove(&stalest);
            }
        }
        let denials = services.entry(service.clone()).or_default();
        if denials.len() == DENIALS_PER_SERVICE {
            denials.pop_front();
        }
        denials.push_back(entry);
    }

    /// The denials of `service` whose secret's name begins with `prefix`, oldest first.
    pub(crate) fn list(&self, service: &ServiceName, prefix: &str) -> Vec<proto::Denial> {
        let services = self.by_service.lock().unwrap_or_else(PoisonError::into_inner);
        services
            .get(service)
            .into_iter()
            .flatten()
            .filter(|denial| denial.secret_name.starts_with(prefix))
            .cloned()
            .collect()
    }

    /// Forgets a service that is no more.
    pub(crate) fn forget(&self, service: &ServiceName) {
        self.by_service.lock().unwrap_or_else(PoisonError::into_inner).remove(service);
    }
}
