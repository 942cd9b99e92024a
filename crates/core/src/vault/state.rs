//! The state of the vault as a whole.

use super::{
    Epoch,
    digest::Sum,
    history::{Point, Recent, decode_all, encode_all},
};

/// What the vault's last change left; a client that remembers a later one notices a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultState {
    /// The epoch of the last change; 0 for a vault that was never written to.
    pub epoch: Epoch,
    /// A keyed digest of the epoch and of the names and seals of all records. Two vaults of one
    /// deployment with equal epochs and different digests have different histories.
    pub digest: [u8; 32],
    /// The hash chain over all changes up to that epoch: see [`Point`](super::Point).
    pub chain: [u8; 32],
}

impl VaultState {
    /// What somebody remembers of it.
    pub(crate) fn point(&self) -> Point {
        Point { epoch: self.epoch, chain: self.chain }
    }
}

/// What the state record holds, apart from its epoch, which its seal is bound to.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) epoch: Epoch,
    /// How many records there are.
    pub(super) count: u64,
    /// The sum over their names and epochs.
    pub(super) sum: Sum,
    pub(super) recent: Recent,
}

impl State {
    /// The state of a vault that was never written to.
    pub(super) const EMPTY: Self =
        Self { epoch: 0, count: 0, sum: Sum::ZERO, recent: Recent::EMPTY };

    /// Count, sum, chain and number of blocks, big endian: 80 bytes; then the points.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&self.count.to_be_bytes());
        bytes.extend_from_slice(self.sum.as_bytes());
        bytes.extend_from_slice(&self.recent.chain);
        bytes.extend_from_slice(&self.recent.blocks.to_be_bytes());
        bytes.extend_from_slice(&encode_all(&self.recent.points));
        bytes
    }

    /// The inverse of [`encode`](Self::encode), for a record of `epoch`.
    pub(super) fn decode(epoch: Epoch, bytes: &[u8]) -> Option<Self> {
        let (count, rest) = bytes.split_first_chunk::<8>()?;
        let (sum, rest) = rest.split_first_chunk::<32>()?;
        let (chain, rest) = rest.split_first_chunk::<32>()?;
        let (blocks, rest) = rest.split_first_chunk::<8>()?;
        let points = decode_all(rest)?;
        Some(Self {
            epoch,
            count: u64::from_be_bytes(*count),
            sum: Sum::from_bytes(*sum),
            recent: Recent { chain: *chain, blocks: u64::from_be_bytes(*blocks), points },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_it_encodes_and_nothing_else() {
        let points = vec![Point { epoch: 5, chain: [5; 32] }];
        let state = State {
            epoch: 7,
            count: 3,
            sum: Sum::from_bytes([9; 32]),
            recent: Recent { chain: [8; 32], blocks: 2, points },
        };
        let bytes = state.encode();
        assert!(State::decode(7, &bytes) == Some(state));
        assert!(State::decode(7, &bytes[1..]).is_none());
        assert!(State::decode(7, &[bytes.as_slice(), &[0]].concat()).is_none());
    }
}
