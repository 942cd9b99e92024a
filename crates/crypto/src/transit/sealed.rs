//! The text of what an operation makes: it names the version of the key.

use std::fmt;
use std::str::FromStr;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use crate::error::{Error, Result};

/// Before the number of the version.
const PREFIX: &str = "aecs:v1:";

/// A ciphertext, a signature or a MAC, with the version of the key that made it. Its text is
/// `aecs:v1:VERSION:BASE64`: the number in decimal digits, the bytes in the standard alphabet with
/// padding. There is one text for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    /// The number of the version, from 1.
    pub version: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Display for Versioned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}:{}", self.version, BASE64.encode(&self.bytes))
    }
}

impl FromStr for Versioned {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let read = || {
            let (version, bytes) = text.strip_prefix(PREFIX)?.split_once(':')?;
            let canonical =
                version.bytes().all(|digit| digit.is_ascii_digit()) && !version.starts_with('0');
            let version = version.parse().ok().filter(|_| canonical)?;
            Some(Self { version, bytes: BASE64.decode(bytes).ok()? })
        };
        read().ok_or(Error::MalformedSealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_text_for_each() {
        for (version, bytes) in [(1, vec![]), (17, vec![0xFF; 24]), (u64::MAX, vec![1, 2, 3])] {
            let sealed = Versioned { version, bytes };
            assert_eq!(sealed.to_string().parse(), Ok(sealed));
        }
        for text in [
            "",
            "aecs:v1",
            "aecs:v1:",
            "aecs:v1:1",
            "aecs:v1::AQID",
            "aecs:v1:0:AQID",
            "aecs:v1:01:AQID",
            "aecs:v1:+1:AQID",
            "aecs:v1:-1:AQID",
            "aecs:v1: 1:AQID",
            "aecs:v1:18446744073709551616:AQID",
            "aecs:v1:1:AQI",
            "aecs:v1:1:AQJ=",
            "aecs:v1:1:AQID\n",
            "aecs:v1:1:AQ-_",
            "aecs:v1:1:1:AQID",
            "aecs:v2:1:AQID",
            "vault:v1:AQID",
            " aecs:v1:1:AQID",
        ] {
            assert_eq!(text.parse::<Versioned>(), Err(Error::MalformedSealed), "{text:?}");
        }
    }
}
