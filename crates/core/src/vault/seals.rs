//! The form of a stored record, and its seal.
//!
//! A value in the store is a format byte, the epoch (8 bytes, big endian) and the sealed content.
//! The seal is AES-256-GCM bound to the format, the deployment, the name and the epoch. The epoch
//! is written before the seal so that opening a vault can learn it: the caller of
//! [`Seals::open_record`] decides which [`Stamp`] a record must have.

use aecs_crypto::{RecordKey, SecretBytes, Transcript};
use aecs_store::Key;

use super::{
    Epoch, Name,
    digest::{DigestKey, Sum},
    error::{Tampering, VaultError},
    state::{State, VaultState},
};

/// AES-256-GCM under a key derived per record: a 12-byte nonce in front, a 16-byte tag behind.
const FORMAT: u8 = 2;

const EPOCH_LEN: usize = 8;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// How much longer a stored record is than its content.
pub(super) const OVERHEAD: usize = 1 + EPOCH_LEN + NONCE_LEN + TAG_LEN;

/// Which one of all values that were ever sealed for a name: its epoch, and the nonce and tag of
/// its seal.
///
/// The epoch is not enough. Two copies of one vault that go on apart write different contents for
/// the same name at the same epoch, both under the vault's key. Nonces are random, so no two seals
/// have the same nonce and tag, and nobody without the key makes another content for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) epoch: Epoch,
    pub(super) nonce: [u8; NONCE_LEN],
    pub(super) tag: [u8; TAG_LEN],
}

impl Stamp {
    /// The stamp that a stored value says it has, unproven.
    pub(super) fn of(stored: &[u8]) -> Result<Self, Tampering> {
        let (epoch, sealed) = split(stored)?;
        let (nonce, rest) = sealed.split_first_chunk().ok_or(Tampering::Malformed)?;
        let (_, tag) = rest.split_last_chunk().ok_or(Tampering::Malformed)?;
        Ok(Self { epoch, nonce: *nonce, tag: *tag })
    }
}

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

    /// The content of the record that must be under `name` and have that stamp.
    pub(super) fn open_record(
        &self,
        name: &Name,
        stamp: &Stamp,
        stored: Option<&[u8]>,
    ) -> Result<SecretBytes, Tampering> {
        let stored = stored.ok_or(Tampering::Missing)?;
        let (found, sealed) = split(stored)?;
        if found != stamp.epoch {
            return Err(Tampering::WrongEpoch { found, expected: stamp.epoch });
        }
        let plain = self.open("AECS record", name.key(), found, sealed)?;
        if Stamp::of(stored)? != *stamp {
            return Err(Tampering::OtherHistory { epoch: found });
        }
        Ok(plain)
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
    pub(super) fn number(&self, name: &Name, stamp: &Stamp) -> Sum {
        self.digest.number(name, stamp)
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
        stored.push(FORMAT);
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
            .field(&[FORMAT])
            .field(&self.deployment)
            .field(key.as_str().as_bytes())
            .field(&epoch.to_be_bytes())
    }
}

/// The epoch that a stored record says it is of, unproven; and what is sealed.
fn split(stored: &[u8]) -> Result<(Epoch, &[u8]), Tampering> {
    let (format, rest) = stored.split_first().ok_or(Tampering::Malformed)?;
    let (epoch, sealed) = rest.split_first_chunk::<EPOCH_LEN>().ok_or(Tampering::Malformed)?;
    if *format != FORMAT {
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
            let stamp = Stamp::of(&stored).unwrap();
            assert_eq!(stamp.epoch, 3);
            let opened = seals.open_record(&name, &stamp, Some(&stored)).ok().unwrap();
            assert!(opened.ct_eq(plain.expose()));
        }
    }

    #[test]
    fn one_content_sealed_twice_has_two_stamps() {
        let seals = Seals::new(&RecordKey::generate().unwrap(), [1; 32]).unwrap();
        let name = Name::new("aecs/x").unwrap();
        let seal = || seals.seal_record(&name, 3, &SecretBytes::from(vec![7; 9])).unwrap();
        let (one, other) = (seal(), seal());
        let stamp = Stamp::of(&one).unwrap();
        assert!(seals.open_record(&name, &stamp, Some(&one)).is_ok());
        let refused = seals.open_record(&name, &stamp, Some(&other)).err();
        assert_eq!(refused, Some(Tampering::OtherHistory { epoch: 3 }));
        for len in 0..OVERHEAD {
            assert_eq!(Stamp::of(&one[..len]), Err(Tampering::Malformed), "{len}");
        }
    }

    #[test]
    fn a_record_is_no_state_and_a_state_no_record() {
        let seals = Seals::new(&RecordKey::generate().unwrap(), [1; 32]).unwrap();
        let name = Name::new("aecs/x").unwrap();
        let record = seals.seal_record(&name, 1, &State::EMPTY.encode().into()).unwrap();
        assert!(seals.open_state(name.key(), &record).err() == Some(Tampering::Seal));
        let state = seals.seal_state(name.key(), &State { epoch: 1, ..State::EMPTY }).unwrap();
        let stamp = Stamp::of(&state).unwrap();
        assert!(seals.open_record(&name, &stamp, Some(&state)).err() == Some(Tampering::Seal));
    }
}
