//! The state of the vault as a whole.

use super::{Epoch, digest::Sum};

/// What the vault's last change left; whoever remembers a later one knows of a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultState {
    /// The epoch of the last change; 0 for a vault that was never written to.
    pub epoch: Epoch,
    /// A keyed digest of the epoch and of the names and epochs of all records. Two vaults of one
    /// deployment with equal epochs and different digests have different histories.
    pub digest: [u8; 32],
}

/// What the state record holds, apart from its epoch, which its seal is bound to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    pub(super) epoch: Epoch,
    /// How many records there are.
    pub(super) count: u64,
    /// The sum over their names and epochs.
    pub(super) sum: Sum,
}

impl State {
    /// The state of a vault that was never written to.
    pub(super) const EMPTY: Self = Self { epoch: 0, count: 0, sum: Sum::ZERO };

    /// Count and sum, big endian: 40 bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(40);
        bytes.extend_from_slice(&self.count.to_be_bytes());
        bytes.extend_from_slice(self.sum.as_bytes());
        bytes
    }

    /// The inverse of [`encode`](Self::encode), for a record of `epoch`.
    pub(super) fn decode(epoch: Epoch, bytes: &[u8]) -> Option<Self> {
        let (count, rest) = bytes.split_first_chunk::<8>()?;
        let sum = Sum::from_bytes(rest.try_into().ok()?);
        Some(Self { epoch, count: u64::from_be_bytes(*count), sum })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_it_encodes_and_nothing_else() {
        let state = State { epoch: 7, count: 3, sum: Sum::from_bytes([9; 32]) };
        let bytes = state.encode();
        assert!(State::decode(7, &bytes) == Some(state));
        assert!(State::decode(7, &bytes[1..]).is_none());
        assert!(State::decode(7, &[bytes.as_slice(), &[0]].concat()).is_none());
    }
}
