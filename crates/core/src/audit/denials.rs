//! The denials that the owner of a secret may ask for.

use std::collections::{HashMap, VecDeque};

use aecs_proto::Denial;
use parking_lot::Mutex;

use crate::name::ServiceName;

/// How many denials are kept for the owner of a service, newest last.
const DENIALS_PER_SERVICE: usize = 64;
/// For how many services; the one denied longest ago makes room.
const SERVICES_WITH_DENIALS: usize = 1024;

/// The denials that the owner of a secret may ask for. In memory only: the audit trail is the
/// lasting record.
pub(crate) struct Denials {
    /// When this memory began, as callers are told times.
    pub(crate) since_ms: i64,
    by_service: Mutex<HashMap<ServiceName, VecDeque<Denial>>>,
}

impl Denials {
    pub(crate) fn new(since_ms: i64) -> Self {
        Self { since_ms, by_service: Mutex::default() }
    }

    /// Remembers that somebody was refused a secret of `service`.
    pub(crate) fn push(&self, service: &ServiceName, denial: Denial) {
        let mut services = self.by_service.lock();
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
        denials.push_back(denial);
    }

    /// The denials of `service` whose secret's name begins with `prefix`, oldest first.
    pub(crate) fn list(&self, service: &ServiceName, prefix: &str) -> Vec<Denial> {
        let services = self.by_service.lock();
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
        self.by_service.lock().remove(service);
    }
}
