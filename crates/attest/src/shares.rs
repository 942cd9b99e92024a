//! What is kept of attesters, up to a limit in bytes: whose room it takes, and how much.

use std::hash::Hash;

use aecs_crypto::Transcript;
use aecs_proto::json;
use parking_lot::Mutex;

use crate::attributes::Attributes;
use crate::lru::Lru;

/// Values that are kept of attesters, by key, with a fair share for every machine.
///
/// When they take more than the limit, the machine with the most of them loses the one that was not
/// used for the longest time: nobody makes it forget what belongs to others who have much less.
pub struct Shares<K, V>(Mutex<Lru<[u8; 32], K, V>>);

/// What a value takes beside its texts: the two collections, the key, the checks.
const OVERHEAD: usize = 2048;

impl<K: Copy + Eq + Hash, V> Shares<K, V> {
    /// Keeps up to this number of bytes; 0 keeps nothing.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(Mutex::new(Lru::new(bytes)))
    }

    /// Looks at the value of a key, which counts as a use.
    pub fn with<R>(&self, key: &K, look: impl FnOnce(&V) -> Option<R>) -> Option<R> {
        look(self.0.lock().get(key)?)
    }

    /// Keeps a value that holds the attributes of an attester. `nested` is the size of the nested
    /// results in its report.
    pub fn put(&self, key: K, value: V, of: &Attributes, nested: usize) {
        let (owner, size) = (room_owner(of), size(of, nested));
        self.0.lock().put(owner, key, value, size);
    }

    /// Forgets the value of a key.
    pub fn remove(&self, key: &K) {
        self.0.lock().remove(key);
    }
}

/// About how much memory a value takes. `nested` is the size of the nested results.
fn size(attributes: &Attributes, nested: usize) -> usize {
    // What is known is there twice: as the message, and as the values that policies compare. Of
    // nested results only the values are.
    OVERHEAD + 2 * json::to_string(attributes.as_proto()).len() + 2 * nested
}

/// Whose room a value takes: the machine's if the platform names it, as who has one machine makes as
/// many different programs as they like; otherwise that of all attesters of the same code.
#[must_use]
pub fn room_owner(attributes: &Attributes) -> [u8; 32] {
    let known = attributes.as_proto();
    let machine = [&known.hex_chip_id, &known.hex_ppid];
    let fields = match machine.into_iter().find(|id| !id.is_empty()) {
        Some(machine) => vec![machine.as_bytes()],
        None => vec![known.hex_ta_measurement.as_bytes(), known.hex_signer.as_bytes()],
    };
    let platform = attributes.platform().as_str().as_bytes();
    Transcript::hash("AECS owner of a report", &[&[platform], fields.as_slice()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Platform, ReportRequest, UserData, Verifier};
    use aecs_crypto::{KeyPair, Suite};
    use aecs_proto::json;
    use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu};
    use std::time::SystemTime;

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
