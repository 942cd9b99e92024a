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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_word_but_the_first() {
        for number in 0..=13 {
            let one = KeyUse::try_from(number).unwrap();
            let mut of_word = KeyUse::WORDS.into_iter().filter(|(_, word)| *word == one.word());
            assert_eq!(of_word.next().is_some(), one != KeyUse::Unspecified);
            assert!(of_word.next().is_none(), "another one has its word");
        }
        assert!(KeyUse::try_from(14).is_err(), "a new one needs a word");
    }
}
