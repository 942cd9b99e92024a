//! Verified reports, remembered for a while.
//!
//! Only what held is remembered, and never longer than it would hold again. What is remembered has
//! a limit in bytes. When full, the machine with most reports loses the one that was not presented
//! for the longest time: attesters that make new reports all the time can neither make it grow nor
//! push out those of others.

use std::time::{Duration, SystemTime};

use aecs_crypto::Transcript;
use aecs_proto::json;
use parking_lot::Mutex;

use crate::attributes::Attributes;
use crate::lru::Lru;
use crate::verified::Verified;

type Digest = [u8; 32];

pub(super) struct Cache {
    entries: Mutex<Entries>,
    max_age: Duration,
}

/// By the report's digest; the owner is that of [`owner`].
type Entries = Lru<Digest, Digest, Verified<Attributes>>;

/// What an entry takes beside its texts: the two collections, the key, the checks.
const OVERHEAD: usize = 2048;

/// About how much memory an entry takes. `nested` is the size of the nested results.
fn size(attributes: &Attributes, nested: usize) -> usize {
    // What is known is there twice: as the message, and as the values that policies compare. Of
    // nested results only the values are.
    OVERHEAD + 2 * json::to_string(attributes.as_proto()).len() + 2 * nested
}

/// Whose room a report takes: its machine's if the platform names it, as who has one machine makes as
/// many different programs as they like; otherwise that of all attesters of the same code.
fn owner(attributes: &Attributes) -> Digest {
    let known = attributes.as_proto();
    let machine = [&known.hex_chip_id, &known.hex_ppid];
    let fields = match machine.into_iter().find(|id| !id.is_empty()) {
        Some(machine) => vec![machine.as_bytes()],
        None => vec![known.hex_ta_measurement.as_bytes(), known.hex_signer.as_bytes()],
    };
    let platform = attributes.platform().as_str().as_bytes();
    Transcript::hash("AECS owner of a report", &[&[platform], fields.as_slice()].concat())
}

impl Cache {
    /// A cache of at most this number of bytes.
    pub(super) fn new(bytes: usize, max_age: Duration) -> Self {
        Self { entries: Mutex::new(Lru::new(bytes)), max_age }
    }

    /// The earlier verification, if it still holds at `now`. A clock that went back makes it
    /// void: what is valid now may not have been valid then.
    pub(super) fn get(&self, digest: &Digest, now: SystemTime) -> Option<Verified<Attributes>> {
        let mut entries = self.entries.lock();
        let verified = entries.get(digest)?;
        let age = now.duration_since(verified.verified_at()).ok()?;
        (age < self.max_age && now <= verified.valid_until()).then(|| verified.clone())
    }

    /// Remembers a verification; `nested` is the size of the report's nested results.
    pub(super) fn put(&self, digest: Digest, verified: &Verified<Attributes>, nested: usize) {
        let (owner, size) = (owner(verified), size(verified, nested));
        self.entries.lock().put(owner, digest, verified.clone(), size);
    }
}

#[cfg(test)]
mod tests {
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
        let fit = Verifier::CACHE_BYTES / size(&verified, 0);
        assert!((10_000..50_000).contains(&fit), "{fit}");
    }
}
