//! Verified reports, remembered for a while.
//!
//! Only what held is remembered, and never longer than it would hold again. What is remembered has
//! a limit in bytes. When full, the oldest is forgotten: attesters that make new reports all the
//! time cannot make it grow.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, SystemTime};

use aecs_proto::json;
use parking_lot::Mutex;

use crate::attributes::Attributes;
use crate::verified::Verified;

type Digest = [u8; 32];

pub(super) struct Cache {
    entries: Mutex<Entries>,
    bytes: usize,
    max_age: Duration,
}

/// `order` has each key of `by_digest` once, oldest first, with its size; `bytes` is their sum.
#[derive(Default)]
struct Entries {
    by_digest: HashMap<Digest, Verified<Attributes>>,
    order: VecDeque<(Digest, usize)>,
    bytes: usize,
}

/// What an entry takes beside its texts: the two collections, the key, the checks.
const OVERHEAD: usize = 2048;

/// About how much memory an entry takes. `nested` is the size of the nested results.
fn size(attributes: &Attributes, nested: usize) -> usize {
    // What is known is there twice: as the message, and as the values that policies compare. Of
    // nested results only the values are.
    OVERHEAD + 2 * json::to_string(attributes.as_proto()).len() + 2 * nested
}

impl Cache {
    /// A cache of at most this number of bytes.
    pub(super) fn new(bytes: usize, max_age: Duration) -> Self {
        Self { entries: Mutex::default(), bytes, max_age }
    }

    /// The earlier verification, if it still holds at `now`. A clock that went back makes it
    /// void: what is valid now may not have been valid then.
    pub(super) fn get(&self, digest: &Digest, now: SystemTime) -> Option<Verified<Attributes>> {
        let entries = self.entries.lock();
        let verified = entries.by_digest.get(digest)?;
        let age = now.duration_since(verified.verified_at()).ok()?;
        (age < self.max_age && now <= verified.valid_until()).then(|| verified.clone())
    }

    /// Remembers a verification; `nested` is the size of the report's nested results.
    pub(super) fn put(&self, digest: Digest, verified: &Verified<Attributes>, nested: usize) {
        let size = size(verified, nested);
        if size > self.bytes {
            return;
        }
        let mut entries = self.entries.lock();
        if entries.by_digest.insert(digest, verified.clone()).is_some() {
            return;
        }
        entries.order.push_back((digest, size));
        entries.bytes += size;
        while entries.bytes > self.bytes {
            let Some((oldest, size)) = entries.order.pop_front() else { return };
            entries.by_digest.remove(&oldest);
            entries.bytes -= size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::CACHE_BYTES;
    use super::*;
    use crate::{Platform, ReportRequest, UserData, Verifier};
    use aecs_crypto::{KeyPair, Suite};
    use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu};

    #[test]
    fn f09_the_reports_of_tens_of_thousands_fit() {
        let folder = tempfile::tempdir().unwrap();
        let cpu = SimulatedCpu::create(folder.path(), CpuOptions::default()).unwrap();
        let key = KeyPair::generate(Suite::Modern).unwrap();
        let request = ReportRequest::passport(UserData::default(), key.public());
        let enclave = cpu.enclave(EnclaveIdentity::default());
        let evidence = enclave.evidence(request.report_data().to_bytes()).unwrap();
        let report = request.answer(Platform::SgxDcap, json::to_string(&evidence));
        let verifier = Verifier::builder().simulated_root(cpu.root_der()).build().unwrap();
        let verified = verifier.verify(&report, SystemTime::now()).unwrap();
        let fit = CACHE_BYTES / size(&verified, 0);
        assert!((20_000..100_000).contains(&fit), "{fit}");
    }
}
