//! The digest over all live records: a keyed, incremental multiset hash.
//!
//! Each record counts for HMAC-SHA-256 of its name and [`Stamp`] under a secret key, and the
//! [`Sum`] of a set of records is the sum of these numbers modulo 2^256, so that a change costs one
//! addition or subtraction a record, whatever the size of the vault (Clarke, Devadas, van Dijk,
//! Gassend, Suh: Incremental Multiset Hash Functions, ASIACRYPT 2003, MSet-Add-Hash).
//!
//! Why that is sound: no pair of a name and a stamp is in a set twice, so two different sets with
//! the same sum are an equation with coefficients -1, 0 and 1 between the numbers of different
//! pairs. Without the key, these are independent and uniform, so any such equation
//! holds with probability 2^-256. It needs that nobody sees the numbers or sums: with enough of
//! them, a generalised birthday attack finds an equation. Therefore sums stay inside the sealed
//! state record, and what is published is an HMAC of the sum ([`DigestKey::publish`]).

use aecs_crypto::{SecretBytes, Transcript, hmac};

use super::{Name, seals::Stamp, state::State};

const LEN: usize = 32;

/// The sum over a set of records; a big-endian number modulo 2^256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum([u8; LEN]);

impl Sum {
    /// The sum over no records.
    pub(super) const ZERO: Self = Self([0; LEN]);

    pub(super) fn from_bytes(bytes: [u8; LEN]) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8; LEN] {
        &self.0
    }

    #[must_use]
    pub(super) fn plus(self, other: Self) -> Self {
        let mut sum = self.0;
        let mut carry = false;
        for (byte, other) in sum.iter_mut().rev().zip(other.0.iter().rev()) {
            let (partial, over) = byte.overflowing_add(*other);
            let (total, over_again) = partial.overflowing_add(u8::from(carry));
            (*byte, carry) = (total, over || over_again);
        }
        Self(sum)
    }

    #[must_use]
    pub(super) fn minus(self, other: Self) -> Self {
        let mut difference = self.0;
        let mut borrow = false;
        for (byte, other) in difference.iter_mut().rev().zip(other.0.iter().rev()) {
            let (partial, under) = byte.overflowing_sub(*other);
            let (total, under_again) = partial.overflowing_sub(u8::from(borrow));
            (*byte, borrow) = (total, under || under_again);
        }
        Self(difference)
    }
}

/// The key of the digest.
pub(super) struct DigestKey(SecretBytes);

impl DigestKey {
    pub(super) fn new(key: SecretBytes) -> Self {
        Self(key)
    }

    /// The number that one record counts for.
    pub(super) fn number(&self, name: &Name, stamp: &Stamp) -> Sum {
        let pair = Transcript::new("AECS vault number")
            .field(name.as_str().as_bytes())
            .field(&stamp.epoch.to_be_bytes())
            .field(&stamp.nonce)
            .field(&stamp.tag);
        Sum(hmac(self.0.expose(), pair.as_bytes()))
    }

    /// What others may see of a state: equal for equal states, and tells nothing of the sum.
    pub(super) fn publish(&self, state: &State) -> [u8; 32] {
        let transcript = Transcript::new("AECS vault state")
            .field(&state.epoch.to_be_bytes())
            .field(&state.count.to_be_bytes())
            .field(state.sum.as_bytes());
        hmac(self.0.expose(), transcript.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(low: u64) -> Sum {
        let mut bytes = [0; LEN];
        bytes[LEN - 8..].copy_from_slice(&low.to_be_bytes());
        Sum(bytes)
    }

    #[test]
    fn carries_through_every_byte() {
        let all = Sum([0xff; LEN]);
        assert!(all.plus(sum(1)) == Sum::ZERO);
        assert!(Sum::ZERO.minus(sum(1)) == all);
        assert!(sum(0xffff_ffff).plus(sum(1)) == sum(0x1_0000_0000));
        assert!(sum(0x1_0000_0000).minus(sum(1)) == sum(0xffff_ffff));
    }

    proptest! {
        #[test]
        fn is_the_addition_of_numbers(a in any::<u32>(), b in any::<u32>()) {
            let (a, b) = (u64::from(a), u64::from(b));
            prop_assert!(sum(a).plus(sum(b)) == sum(a + b));
            prop_assert!(sum(a + b).minus(sum(b)) == sum(a));
        }

        #[test]
        fn is_a_commutative_group(a: [u8; 32], b: [u8; 32], c: [u8; 32]) {
            let (a, b, c) = (Sum(a), Sum(b), Sum(c));
            prop_assert!(a.plus(b) == b.plus(a));
            prop_assert!(a.plus(b).plus(c) == a.plus(b.plus(c)));
            prop_assert!(a.plus(b).minus(b) == a);
            prop_assert!(a.minus(b).plus(b) == a);
        }
    }

    #[test]
    fn what_is_published_depends_on_key_epoch_count_and_sum() {
        let state = State { epoch: 1, count: 2, sum: sum(3), ..State::EMPTY };
        let published = |key, state| DigestKey::new(vec![key; 32].into()).publish(&state);
        let one = published(1, state.clone());
        assert_eq!(one, published(1, state.clone()));
        for other in [
            published(2, state.clone()),
            published(1, State { epoch: 2, ..state.clone() }),
            published(1, State { count: 3, ..state.clone() }),
            published(1, State { sum: sum(4), ..state }),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_number_depends_on_key_name_and_stamp() {
        let key = |byte| DigestKey::new(vec![byte; 32].into());
        let name = |text| Name::new(text).unwrap();
        let stamp = Stamp { epoch: 1, nonce: [1; 12], tag: [1; 16] };
        let number = key(1).number(&name("aecs/a"), &stamp);
        assert!(number == key(1).number(&name("aecs/a"), &stamp));
        assert!(number != key(2).number(&name("aecs/a"), &stamp));
        assert!(number != key(1).number(&name("aecs/b"), &stamp));
        for other in [
            Stamp { epoch: 2, ..stamp },
            Stamp { nonce: [2; 12], ..stamp },
            Stamp { tag: [2; 16], ..stamp },
        ] {
            assert!(number != key(1).number(&name("aecs/a"), &other));
        }
    }
}
