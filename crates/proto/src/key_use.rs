//! What can be done with a key in place, and the words for it.

use crate::KeyUse;

impl KeyUse {
    /// Every one that a secret can allow, with its word in files, command lines and audit logs.
    pub const WORDS: [(KeyUse, &'static str); 13] = [
        (KeyUse::Encrypt, "encrypt"),
        (KeyUse::Decrypt, "decrypt"),
        (KeyUse::Rewrap, "rewrap"),
        (KeyUse::Sign, "sign"),
        (KeyUse::Verify, "verify"),
        (KeyUse::Mac, "mac"),
        (KeyUse::VerifyMac, "verify-mac"),
        (KeyUse::Derive, "derive"),
        (KeyUse::Wrap, "wrap"),
        (KeyUse::Unwrap, "unwrap"),
        (KeyUse::DataKey, "data-key"),
        (KeyUse::Random, "random"),
        (KeyUse::Get, "get"),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        let found = Self::WORDS.into_iter().find(|(one, _)| *one == self);
        found.map_or("unspecified", |(_, word)| word)
    }

    /// The one of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<KeyUse> {
        Self::WORDS.into_iter().find_map(|(one, own)| (own == word).then_some(one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_word_but_the_first() {
        for number in 0..=13 {
            let one = KeyUse::try_from(number).unwrap();
            assert_eq!(KeyUse::of_word(one.word()).is_some(), one != KeyUse::Unspecified);
            assert!(KeyUse::of_word(one.word()).is_none_or(|found| found == one));
        }
        assert!(KeyUse::try_from(14).is_err(), "a new one needs a word");
    }
}
