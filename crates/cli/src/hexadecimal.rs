//! Arguments in hexadecimal.

use aecs_attest::{NotUserData, UserData};

/// 32 bytes, given as 64 hexadecimal digits: a measurement, a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

/// Reads a digest.
///
/// # Errors
///
/// What is wrong with the text.
pub fn digest(text: &str) -> Result<Digest, String> {
    let mut digest = [0; 32];
    hex::decode_to_slice(text, &mut digest)
        .map_err(|_| "write 64 hexadecimal digits".to_owned())?;
    Ok(Digest(digest))
}

/// Reads a digest or nothing, and gives it back as text in upper case.
///
/// # Errors
///
/// What is wrong with the text.
pub fn digest_or_nothing(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    digest(text).map(|digest| hex::encode_upper(digest.0))
}

/// Reads up to 32 bytes, filled up with zeros as AECS 2.0 does.
///
/// # Errors
///
/// What is wrong with the text.
pub fn user_data(text: &str) -> Result<UserData, String> {
    text.parse().map_err(|error: NotUserData| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_data_is_padded_and_never_cut() {
        assert_eq!(user_data("31323334").unwrap().0[..5], [0x31, 0x32, 0x33, 0x34, 0]);
        assert!(user_data(&"00".repeat(32)).is_ok());
        assert!(user_data(&"00".repeat(33)).is_err());
        assert!(user_data("313").is_err());
    }

    #[test]
    fn digests_have_64_digits_and_come_back_in_upper_case() {
        assert_eq!(digest_or_nothing(&"ab".repeat(32)).unwrap(), "AB".repeat(32));
        assert_eq!(digest_or_nothing("").unwrap(), "");
        for bad in ["00", &"0".repeat(65), &"g0".repeat(32)] {
            assert!(digest(bad).is_err(), "{bad}");
        }
    }
}
