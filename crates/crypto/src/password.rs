//! Verification of passwords that are never stored.
//!
//! AECS 2.0 keeps the upper-case hex of SHA-256 of a password. What is kept here is argon2id over
//! these 64 characters, so that an old hash can be taken over without knowing the password.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::hash::{random, sha256};

/// Bytes of the salt.
const SALT: usize = 16;

/// Limits for a stored hash, so that a planted one cannot exhaust the memory or the time of its
/// reader: 256 MiB, 16 passes, 16 lanes.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 16;
const MAX_LANES: u32 = 16;

/// Decides whether a password is the right one.
///
/// Making and asking takes tens of milliseconds and 19 MiB, which is the point: not for an async
/// runtime's threads.
pub struct PasswordVerifier {
    hash: PasswordHash,
    /// The salt was chosen now: no other verifier has the same hash.
    is_new: bool,
}

impl PasswordVerifier {
    /// From the password itself.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the random generator fails.
    pub fn from_password(password: &str) -> Result<Self> {
        Self::from_digits(&aecs20_digits(password))
    }

    /// From the hash that AECS 2.0 uses: 64 hex digits, in either case, of SHA-256 of the password.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedPasswordHash`] if it is anything else.
    pub fn from_sha256_hex(digits: &str) -> Result<Self> {
        let digits = digits.trim();
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::MalformedPasswordHash("not 64 hexadecimal digits"));
        }
        Self::from_digits(&Zeroizing::new(digits.to_ascii_uppercase()))
    }

    /// From a text made by [`Self::to_phc`].
    ///
    /// # Errors
    ///
    /// [`Error::MalformedPasswordHash`] if it is not argon2id with salt and output, or asks for
    /// more than 256 MiB, 16 passes or 16 lanes.
    pub fn from_phc(text: &str) -> Result<Self> {
        let hash = PasswordHash::new(text)
            .map_err(|_| Error::MalformedPasswordHash("not in the PHC string format"))?;
        if hash.algorithm.as_str() != Algorithm::Argon2id.as_str()
            || hash.version != Some(Version::V0x13.into())
        {
            return Err(Error::MalformedPasswordHash("not argon2id version 19"));
        }
        if hash.salt.is_none() || hash.hash.is_none() {
            return Err(Error::MalformedPasswordHash("salt or output is missing"));
        }
        let params = Params::try_from(&hash)
            .map_err(|_| Error::MalformedPasswordHash("parameters are out of range"))?;
        if params.m_cost() > MAX_MEMORY_KIB
            || params.t_cost() > MAX_PASSES
            || params.p_cost() > MAX_LANES
        {
            return Err(Error::MalformedPasswordHash("parameters are out of range"));
        }
        Ok(Self { hash, is_new: false })
    }

    /// The text to store: a PHC string, which has to be kept confidential all the same.
    pub fn to_phc(&self) -> String {
        self.hash.to_string()
    }

    /// Whether both may ask for the same password: they have the same hash, or one of them was made
    /// from the hash of AECS 2.0 by this process, with a salt of its own.
    pub fn may_equal(&self, other: &Self) -> bool {
        self.is_new || other.is_new || self.to_phc() == other.to_phc()
    }

    /// Whether this was made from `hash`: the text of [`Self::to_phc`], or the hash of AECS 2.0. Of
    /// that one it takes as long as [`Self::verify`]. A password that was hashed twice has two hashes.
    pub fn is_from(&self, hash: &str) -> bool {
        if hash.starts_with('$') {
            return Self::from_phc(hash).is_ok_and(|it| it.to_phc() == self.to_phc());
        }
        let digits = Zeroizing::new(hash.trim().to_ascii_uppercase());
        argon2id().verify_password(digits.as_bytes(), &self.hash).is_ok()
    }

    /// Whether this is the password. The comparison takes the same time whatever differs.
    ///
    /// # Errors
    ///
    /// [`Error::WrongPassword`] if not.
    pub fn verify(&self, password: &str) -> Result<()> {
        argon2id().verify_password(aecs20_digits(password).as_bytes(), &self.hash).map_err(
            |error| match error {
                HashError::PasswordInvalid => Error::WrongPassword,
                _ => Error::Library("argon2"),
            },
        )
    }

    fn from_digits(digits: &str) -> Result<Self> {
        argon2id()
            .hash_password_with_salt(digits.as_bytes(), &random::<SALT>()?)
            .map(|hash| Self { hash, is_new: true })
            .map_err(|_| Error::Library("argon2"))
    }
}

/// Argon2id with 19 MiB and two passes, as the OWASP password storage recommendations name it.
fn argon2id() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn aecs20_digits(password: &str) -> Zeroizing<String> {
    Zeroizing::new(hex::encode_upper(Zeroizing::new(sha256(password.as_bytes()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of "password".
    const OLD_HASH: &str = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";

    fn rejection(phc: &str) -> Option<Error> {
        PasswordVerifier::from_phc(phc).err()
    }

    #[test]
    fn an_old_hash_verifies_its_password() {
        for digits in [OLD_HASH.to_owned(), OLD_HASH.to_uppercase()] {
            let verifier = PasswordVerifier::from_sha256_hex(&digits).unwrap();
            assert_eq!(verifier.verify("password"), Ok(()));
            assert_eq!(verifier.verify("Password"), Err(Error::WrongPassword));
            assert_eq!(verifier.verify(OLD_HASH), Err(Error::WrongPassword));
            assert_eq!(verifier.verify(""), Err(Error::WrongPassword));
        }
    }

    #[test]
    fn a_verifier_knows_the_hash_that_it_was_made_from() {
        let old = PasswordVerifier::from_sha256_hex(OLD_HASH).unwrap();
        let [one, other] = [0; 2].map(|_| PasswordVerifier::from_password("password").unwrap());
        for (verifier, hash, is_from) in [
            (&old, OLD_HASH.to_owned(), true),
            (&old, format!(" {}\n", OLD_HASH.to_uppercase()), true),
            (&old, OLD_HASH.replace('5', "6"), false),
            (&old, "password".to_owned(), false),
            (&old, old.to_phc(), true),
            (&one, one.to_phc(), true),
            (&one, OLD_HASH.to_owned(), true),
            (&one, other.to_phc(), false),
            (&one, String::new(), false),
        ] {
            assert_eq!(verifier.is_from(&hash), is_from, "{hash}");
        }
    }

    #[test]
    fn only_hashes_that_are_read_differ_for_certain() {
        let new = || PasswordVerifier::from_password("password").unwrap();
        let read =
            |verifier: &PasswordVerifier| PasswordVerifier::from_phc(&verifier.to_phc()).unwrap();
        let (one, other) = (read(&new()), read(&new()));
        assert!(one.may_equal(&read(&one)) && !one.may_equal(&other));
        assert!(one.may_equal(&new()) && new().may_equal(&one));
    }

    #[test]
    fn a_stored_verifier_is_salted_and_reads_back() {
        let one = PasswordVerifier::from_password("pässword").unwrap();
        let other = PasswordVerifier::from_password("pässword").unwrap();
        assert_ne!(one.to_phc(), other.to_phc());
        assert!(one.to_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let read = PasswordVerifier::from_phc(&one.to_phc()).unwrap();
        assert_eq!(read.verify("pässword"), Ok(()));
        assert_eq!(read.verify("password"), Err(Error::WrongPassword));
    }

    #[test]
    fn what_is_not_an_old_hash_is_refused() {
        for digits in ["", "00", &OLD_HASH[1..], &OLD_HASH.replace('5', "g")] {
            assert!(matches!(
                PasswordVerifier::from_sha256_hex(digits),
                Err(Error::MalformedPasswordHash(_))
            ));
        }
    }

    #[test]
    fn what_is_not_a_bounded_argon2id_hash_is_refused() {
        let good = PasswordVerifier::from_password("x").unwrap().to_phc();
        assert_eq!(rejection(&good), None);
        assert_eq!(rejection(&good.replace("m=19456,t=2,p=1", "m=262144,t=16,p=16")), None);
        for bad in [
            String::new(),
            OLD_HASH.to_owned(),
            good.replace("argon2id", "argon2i"),
            good.replace("v=19", "v=16"),
            good.replace("m=19456", "m=262145"),
            good.replace("m=19456", "m=4000000000"),
            good.replace("t=2", "t=17"),
            good.replace("t=2", "t=4000000000"),
            good.replace("p=1", "p=17"),
            good.rsplit_once('$').unwrap().0.to_owned(),
        ] {
            assert!(matches!(rejection(&bad), Some(Error::MalformedPasswordHash(_))), "{bad}");
        }
    }
}
