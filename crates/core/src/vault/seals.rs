//! The form of a stored record, and its seal.
//!
//! A value in the store is a format byte, the epoch (8 bytes, big endian) and the sealed content.
//! The seal is AES-256-GCM bound to the format, the deployment, the name and the epoch. The epoch
//! is written beside the seal only so that opening a vault can learn it: what a record must be is
//! always decided by the caller of [`Seals::open_record`].

use aecs_crypto::{RecordKey, SecretBytes, Transcript};
use aecs_store::Key;

use super::{
    Epoch, Name,
    digest::{DigestKey, Sum},
    error::{Tampering, VaultError},
    state::{State, VaultState},
};

/// AES-256-GCM under a key derived per record: a 12-byte nonce in front, a 16-byte tag behind.
const FORMAT_1: u8 = 1;

const EPOCH_LEN: usize = 8;

/// How much longer a stored record is than its content.
pub(super) const OVERHEAD: usize = 1 + EPOCH_LEN + 12 + 16;

/// The keys of a vault and what they are bound to.
pub(super) struct Seals {
    records: RecordKey,
    digest: DigestKey,
    deployment: [u8; 32],
}

impl Seals {
    pub(super) fn new(key: &RecordKey, deployment: [u8; 32]) -> Result<Self, VaultError> {
        Ok(Self {
            records: key.derive("AECS vault records")?,
            digest: DigestKey::new(key.derive("AECS vault digest")?.to_bytes()),
            deployment,
        })
    }

    /// The stored form of a record.
    pub(super) fn seal_record(
        &self,
        name: &Name,
        epoch: Epoch,
        plain: &SecretBytes,
    ) -> Result<Vec<u8>, VaultError> {
        self.seal("AECS record", name.key(), epoch, plain.expose())
    }

    /// The content of the record that must be under `name` and of `epoch`.
    pub(super) fn open_record(
        &self,
        name: &Name,
        epoch: Epoch,
        stored: Option<&[u8]>,
    ) -> Result<SecretBytes, Tampering> {
        let stored = stored.ok_or(Tampering::Missing)?;
        let (found, sealed) = split(stored)?;
        if found != epoch {
            return Err(Tampering::WrongEpoch { found, expected: epoch });
        }
        self.open("AECS record", name.key(), epoch, sealed)
    }

    /// The stored form of the state record.
    pub(super) fn seal_state(&self, key: &Key, state: &State) -> Result<Vec<u8>, VaultError> {
        self.seal("AECS vault state record", key, state.epoch, &state.encode())
    }

    /// The state record. Its epoch is its own: that it is the last one is for those to know who
    /// remember another.
    pub(super) fn open_state(&self, key: &Key, stored: &[u8]) -> Result<State, Tampering> {
        let (epoch, sealed) = split(stored)?;
        let plain = self.open("AECS vault state record", key, epoch, sealed)?;
        State::decode(epoch, plain.expose()).ok_or(Tampering::Malformed)
    }

    /// What a record counts for in the sum of the state.
    pub(super) fn number(&self, name: &Name, epoch: Epoch) -> Sum {
        self.digest.number(name, epoch)
    }

    /// What others may see of a state.
    pub(super) fn vault_state(&self, state: &State) -> VaultState {
        VaultState {
            epoch: state.epoch,
            digest: self.digest.publish(state),
            chain: state.recent.chain,
        }
    }

    fn seal(
        &self,
        label: &'static str,
        key: &Key,
        epoch: Epoch,
        plain: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let sealed = self.records.seal(self.place(label, key, epoch), plain)?;
        let mut stored = Vec::with_capacity(1 + EPOCH_LEN + sealed.len());
        stored.push(FORMAT_1);
        stored.extend_from_slice(&epoch.to_be_bytes());
        stored.extend_from_slice(&sealed);
        Ok(stored)
    }

    fn open(
        &self,
        label: &'static str,
        key: &Key,
        epoch: Epoch,
        sealed: &[u8],
    ) -> Result<SecretBytes, Tampering> {
        self.records.open(self.place(label, key, epoch), sealed).map_err(|_| Tampering::Seal)
    }

    fn place(&self, label: &'static str, key: &Key, epoch: Epoch) -> Transcript {
        Transcript::new(label)
            .field(&[FORMAT_1])
            .field(&self.deployment)
            .field(key.as_str().as_bytes())
            .field(&epoch.to_be_bytes())
    }
}

/// The epoch that a stored record says it is of, unproven; and what is sealed.
pub(super) fn split(stored: &[u8]) -> Result<(Epoch, &[u8]), Tampering> {
    let (format, rest) = stored.split_first().ok_or(Tampering::Malformed)?;
    let (epoch, sealed) = rest.split_first_chunk::<EPOCH_LEN>().ok_or(Tampering::Malformed)?;
    if *format != FORMAT_1 {
        return Err(Tampering::Malformed);
    }
    Ok((Epoch::from_be_bytes(*epoch), sealed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overhead_is_what_it_says() {
        let seals = Seals::new(&RecordKey::generate().unwrap(), [1; 32]).unwrap();
        let longest = format!("aecs/{}", "n".repeat(aecs_store::MAX_KEY_LEN - 5));
        let name = Name::new(&longest).unwrap();
        for len in [0, 1, 5000] {
            let plain = SecretBytes::from(vec![7; len]);
            let stored = seals.seal_record(&name, 3, &plain).unwrap();
            assert_eq!(stored.len(), len + OVERHEAD);
            let opened = seals.open_record(&name, 3, Some(&stored)).ok().unwrap();
            assert!(opened.ct_eq(plain.expose()));
        }
    }

    #[test]
    fn a_record_is_no_state_and_a_state_no_record() {
        let seals = Seals::new(&RecordKey::generate().unwrap(), [1; 32]).unwrap();
        let name = Name::new("aecs/x").unwrap();
        let record = seals.seal_record(&name, 1, &State::EMPTY.encode().into()).unwrap();
        assert!(seals.open_state(name.key(), &record).err() == Some(Tampering::Seal));
        let state = seals.seal_state(name.key(), &State { epoch: 1, ..State::EMPTY }).unwrap();
        assert!(seals.open_record(&name, 1, Some(&state)).err() == Some(Tampering::Seal));
    }
}
