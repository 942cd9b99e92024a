//! A secret of 32 bytes in shares, any K of which give it back, and K - 1 of which say nothing about it
//! (Shamir 1979), over GF(2^8) with the polynomial of AES, byte by byte.
//!
//! The field is that of `vsss-rs`, whose arithmetic has neither tables nor branches: the host of an
//! enclave can watch which lines of a table are read. Points and coefficients are drawn here, uniformly
//! and with zeros, and wiped.

use vsss_rs::Gf256;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::hash::random_secret;

/// The smallest number of shares that a secret can need: one alone would be the secret.
pub const MIN_THRESHOLD: usize = 2;
/// The largest number of shares that a secret can need.
pub const MAX_THRESHOLD: usize = 16;
/// The largest number of shares that there can be of a secret.
pub const MAX_SHARES: usize = 32;

/// Bytes of a secret, and of each share of it.
pub const BYTES: usize = 32;

type Bytes = Zeroizing<[u8; BYTES]>;

/// One share of a secret.
pub struct Share {
    /// The point of the polynomials, from 1.
    pub number: u8,
    /// Their values there.
    pub bytes: Bytes,
}

/// Splits `secret` into `count` shares, with the numbers from 1, of which any `threshold` combine to it.
///
/// # Errors
///
/// [`Error::Shares`] if the numbers are out of range; [`Error::Library`] if the random generator fails.
pub fn split(secret: &Bytes, threshold: usize, count: usize) -> Result<Vec<Share>> {
    let in_range = (MIN_THRESHOLD..=MAX_THRESHOLD).contains(&threshold);
    if !in_range || !(threshold..=MAX_SHARES).contains(&count) {
        return Err(Error::Shares("2 to 16 shares must be needed, of at most 32"));
    }
    // The coefficients of x, x^2 and so on; that of 1 is the secret.
    let coefficients =
        (1..threshold).map(|_| random_secret::<BYTES>()).collect::<Result<Vec<Bytes>>>()?;
    let numbers = (1..=u8::MAX).take(count);
    Ok(numbers.map(|number| share(secret, &coefficients, number)).collect())
}

/// The values of the polynomials at a point, by Horner's rule.
fn share(secret: &Bytes, coefficients: &[Bytes], number: u8) -> Share {
    let mut bytes = Bytes::default();
    for row in coefficients.iter().rev().chain([secret]) {
        for (value, coefficient) in bytes.iter_mut().zip(row.iter()) {
            *value = (Gf256(*value) * Gf256(number) + Gf256(*coefficient)).0;
        }
    }
    Share { number, bytes }
}

/// The secret that these shares are of. All of them count: a wrong one among them gives another secret,
/// which only its use can tell.
///
/// # Errors
///
/// [`Error::Shares`] for fewer than two shares, for more than there can be, and for two of one number.
pub fn combine<'a>(shares: impl IntoIterator<Item = &'a Share>) -> Result<Bytes> {
    let shares: Vec<&Share> = shares.into_iter().collect();
    if !(MIN_THRESHOLD..=MAX_SHARES).contains(&shares.len()) {
        return Err(Error::Shares("two shares at least are needed, of at most 32"));
    }
    let numbers: std::collections::BTreeSet<u8> = shares.iter().map(|it| it.number).collect();
    if numbers.len() != shares.len() || numbers.contains(&0) {
        return Err(Error::Shares("each must have a number of its own"));
    }
    let mut secret = Bytes::default();
    for share in shares {
        // Lagrange's polynomial at zero: of the numbers alone, which are no secret.
        let own = share.number;
        let others = numbers.iter().filter(|other| **other != own);
        let factor = others.fold(Gf256(1), |product, &other| {
            product * Gf256(other) * inverse(Gf256(other) + Gf256(own))
        });
        for (byte, value) in secret.iter_mut().zip(share.bytes.iter()) {
            *byte = (Gf256(*byte) + Gf256(*value) * factor).0;
        }
    }
    Ok(secret)
}

/// The inverse of an element that is not zero: its 254th power.
fn inverse(of: Gf256) -> Gf256 {
    let mut power = of;
    for _ in 0..6 {
        power = power * power * of;
    }
    power * power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A second implementation, with tables of logarithms to the base 3 (FIPS 197, section 4.2).
    struct Tables {
        exp: [u8; 255],
        log: [usize; 256],
    }

    impl Tables {
        fn new() -> Self {
            let (mut exp, mut log) = ([0; 255], [0; 256]);
            let mut element = 1u16;
            for (power, entry) in exp.iter_mut().enumerate() {
                *entry = u8::try_from(element).unwrap();
                log[usize::from(element)] = power;
                element ^= element << 1;
                if element > 0xff {
                    element ^= 0x11b;
                }
            }
            Self { exp, log }
        }

        fn times(&self, one: u8, other: u8) -> u8 {
            match (one, other) {
                (0, _) | (_, 0) => 0,
                _ => self.exp[(self.log[usize::from(one)] + self.log[usize::from(other)]) % 255],
            }
        }

        fn over(&self, one: u8, other: u8) -> u8 {
            let log = (255 - self.log[usize::from(other)]) % 255;
            self.times(one, self.exp[log])
        }

        /// The value at `x` of the polynomial through these points.
        fn at(&self, x: u8, points: &[(u8, u8)]) -> u8 {
            points.iter().fold(0, |sum, &(own, value)| {
                let others = points.iter().filter(|(other, _)| *other != own);
                let term = others.fold(value, |term, &(other, _)| {
                    self.over(self.times(term, x ^ other), own ^ other)
                });
                sum ^ term
            })
        }
    }

    #[test]
    fn the_field_is_that_of_aes() {
        let tables = Tables::new();
        for one in 0..=255 {
            for other in 0..=255 {
                assert_eq!((Gf256(one) * Gf256(other)).0, tables.times(one, other));
            }
            if one > 0 {
                assert_eq!(inverse(Gf256(one)).0, tables.over(1, one));
            }
        }
        // The example of FIPS 197, section 4.2.
        assert_eq!((Gf256(0x57) * Gf256(0x83)).0, 0xc1);
    }

    fn sizes() -> impl Strategy<Value = (usize, usize)> {
        (MIN_THRESHOLD..=MAX_THRESHOLD).prop_flat_map(|k| (Just(k), k..=MAX_SHARES))
    }

    proptest! {
        #[test]
        fn any_threshold_of_shares_is_the_secret(
            secret: [u8; BYTES],
            (threshold, count) in sizes(),
            seed: u64,
        ) {
            let tables = Tables::new();
            let mut shares = split(&Zeroizing::new(secret), threshold, count).unwrap();
            // Some subset, in some order.
            let mut random = seed;
            for at in (1..shares.len()).rev() {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                shares.swap(at, usize::try_from(random >> 33).unwrap() % (at + 1));
            }
            let (enough, rest) = shares.split_at(threshold);
            prop_assert_eq!(*combine(enough).unwrap(), secret);
            prop_assert_eq!(*combine(&shares).unwrap(), secret, "all of them, too");
            let points = |byte: usize| -> Vec<(u8, u8)> {
                enough.iter().map(|share| (share.number, share.bytes[byte])).collect()
            };
            for (byte, expected) in secret.iter().enumerate() {
                prop_assert_eq!(tables.at(0, &points(byte)), *expected);
                for share in rest {
                    prop_assert_eq!(tables.at(share.number, &points(byte)), share.bytes[byte]);
                }
            }
            if threshold > MIN_THRESHOLD {
                // 2^-256 of all draws are an exception.
                prop_assert_ne!(*combine(&enough[1..]).unwrap(), secret);
            }
        }
    }

    /// The crate that the field is of combines them as well.
    #[test]
    fn shares_are_those_of_the_crate() {
        let secret = Zeroizing::new(std::array::from_fn(|at| u8::try_from(at).unwrap()));
        let shares = split(&secret, 3, 5).unwrap();
        let points = shares.iter().map(|it| [&[it.number], it.bytes.as_slice()].concat());
        let points: Vec<Vec<u8>> = points.collect();
        assert_eq!(Gf256::combine_bytes(&points[1..4]).unwrap(), secret.as_slice());
    }

    /// One share less says nothing: whatever the secret is, there is a share that completes them.
    #[test]
    fn fewer_shares_fit_every_secret() {
        let tables = Tables::new();
        let shares = split(&Zeroizing::new([42; BYTES]), 3, 5).unwrap();
        let known = [(1, shares[0].bytes[0]), (2, shares[1].bytes[0])];
        let completed: std::collections::BTreeSet<u8> =
            (0..=255).map(|third| tables.at(0, &[known[0], known[1], (3, third)])).collect();
        assert_eq!(completed.len(), 256);
    }

    /// A coefficient that is never zero would tell who has one share less what the secret is not.
    #[test]
    fn coefficients_are_uniform() {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..512 {
            let shares = split(&Zeroizing::new([0; BYTES]), 2, 2).unwrap();
            // The share at 1 of a line through zero is its slope.
            seen.extend(shares[0].bytes.iter().copied());
        }
        assert_eq!(seen.len(), 256);
    }

    #[test]
    fn sizes_out_of_range_and_wrong_sets_are_refused() {
        let secret = Zeroizing::new([1; BYTES]);
        for (threshold, count) in [(0, 0), (1, 1), (1, 5), (3, 2), (17, 20), (2, 33), (16, 33)] {
            assert!(split(&secret, threshold, count).is_err(), "{threshold} of {count}");
        }
        assert_eq!(split(&secret, 16, 32).unwrap().len(), 32);
        let shares = split(&secret, 2, 3).unwrap();
        assert!(combine([&shares[0]]).is_err());
        assert!(combine([&shares[0], &shares[0]]).is_err());
        let zero = Share { number: 0, bytes: Bytes::default() };
        assert!(combine([&shares[0], &zero]).is_err());
    }
}
