//! The keys of rules: how the attributes are spelt.

use aecs_attest::{Attribute, Kind, Platform, Takes};

use super::Level;

/// An attribute as a rule asks for it.
#[derive(Clone, Copy)]
pub(super) struct Key {
    /// The spelling that is suggested and written.
    pub(super) name: &'static str,
    pub(super) attribute: &'static Attribute,
    /// What its values have to look like.
    pub(super) kind: Kind,
}

/// The key under which everything about how up to date a platform is may stand.
pub(super) const TCB_KEY: &str = "tcb";

/// Names of a key with names and values that are keys of their own: where, the key, the attribute that
/// it is about, the name, and what stands before the value.
const SHORTHANDS: [(Level, &str, &str, &str, &str); 6] = [
    (Level::Tcb, "tdxModule", "str_min_tcb", "tdxModule", ""),
    (Level::Tcb, "pceSvn", "str_min_tcb", "pce", ""),
    (Level::Tcb, "qeSvn", "str_min_tcb", "qe", ""),
    (Level::Rule, "minFirmware", "str_versions", "firmware", ">="),
    (Level::Device, "driver", "str_versions", "driver", ""),
    (Level::Device, "vbios", "str_versions", "vbios", ""),
];

/// The key that a word is a name of, the name, and what stands before the value.
pub(super) fn shorthand(level: Level, word: &str) -> Option<(Key, &'static str, &'static str)> {
    let found = SHORTHANDS.iter().find(|(at, key, ..)| *at == level && *key == word)?;
    let (.., attribute, part, before) = found;
    Some((Key::of(Attribute::named(attribute)?)?, part, before))
}

/// The shorthands of rules.
pub(super) fn in_rules() -> impl Iterator<Item = &'static str> {
    SHORTHANDS.iter().filter(|(at, ..)| *at == Level::Rule).map(|(_, key, ..)| *key)
}

/// The keys under `tcb` that are about attributes.
pub(super) fn under_tcb() -> impl Iterator<Item = &'static str> {
    let shorthands = SHORTHANDS.iter().filter(|(at, ..)| *at == Level::Tcb);
    let shorthands = shorthands.map(|(_, key, ..)| *key);
    Attribute::all().filter_map(|attribute| attribute.under_tcb).chain(shorthands)
}

/// The spelling of `measurement` that takes measurements of enclaves only.
const ENCLAVE: &str = "mrenclave";

impl Key {
    /// The key that is written for an attribute; none for one that no rule asks for.
    pub(super) fn of(attribute: &'static Attribute) -> Option<Self> {
        Some(Self { name: attribute.key()?, attribute, kind: attribute.kind })
    }

    /// The key with this spelling.
    pub(super) fn find(word: &str) -> Option<Self> {
        let key = Self::of(Attribute::all().find(|attribute| attribute.keys.contains(&word))?)?;
        if word == ENCLAVE {
            return Some(Self { name: ENCLAVE, kind: Kind::HexOf(32), ..key });
        }
        Some(key)
    }

    /// The key that stands under `tcb` with this name.
    pub(super) fn of_tcb(word: &str) -> Option<Self> {
        Self::of(Attribute::all().find(|attribute| attribute.under_tcb == Some(word))?)
    }

    /// The key that an unknown word probably means: one that differs only in its dashes, or whose
    /// attribute has that name on the wire.
    pub(super) fn meant(word: &str) -> Option<&'static str> {
        let of_attribute = Attribute::named(word).and_then(Self::of);
        of_attribute.or_else(|| Self::find(&word.replace('-', "_"))).map(|key| key.name)
    }

    /// The spellings to suggest.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        Attribute::all().filter_map(Attribute::key).chain([ENCLAVE])
    }

    /// What to write where somebody wrote an empty list.
    pub(super) fn instead_of_nothing(&self) -> String {
        let name = self.name;
        if self.kind == Kind::Items {
            return format!(
                "leave the key out to accept any, or write `{name}: [none]` to accept none"
            );
        }
        "leave the key out to ask for nothing, or write what is accepted".to_owned()
    }

    pub(super) fn takes(&self) -> Takes {
        self.kind.takes()
    }

    /// Whether its values are numbers, which need no quotes.
    pub(super) fn takes_numbers(&self) -> bool {
        matches!(self.kind, Kind::PrivilegeLevel | Kind::ProductId)
    }
}

/// How many bytes the measurements and the signers of a platform have; without one, of any
/// platform.
pub(super) fn measurement_bytes(platform: Option<Platform>) -> &'static [usize] {
    match platform {
        Some(
            Platform::SgxEpid | Platform::SgxDcap | Platform::HyperEnclave | Platform::Kunpeng,
        ) => &[32],
        Some(Platform::SevSnp | Platform::AwsNitro) => &[48],
        // RTMR2 and RTMR3 in one.
        Some(Platform::Tdx) => &[96],
        Some(Platform::ArmCca) => &[32, 48, 64],
        _ => &[32, 48, 64, 96],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_spelling_means_two_things() {
        let mut seen = BTreeSet::new();
        for spelling in Attribute::all().flat_map(|attribute| attribute.keys) {
            assert!(seen.insert(spelling), "{spelling}");
            assert!(Key::find(spelling).is_some());
        }
    }

    #[test]
    fn keys_of_several_words_are_spelt_in_both_ways() {
        for Attribute { name, keys, .. } in Attribute::all() {
            let camel = keys.iter().find(|name| name.chars().any(|c| c.is_ascii_uppercase()));
            let snake = keys.iter().find(|name| name.contains('_'));
            assert_eq!(camel.is_some(), snake.is_some(), "{name}");
        }
    }

    #[test]
    fn what_stands_under_tcb_is_a_key_of_its_own() {
        let names: Vec<_> = Attribute::all().filter_map(|attribute| attribute.under_tcb).collect();
        assert_eq!(names, ["status", "advisories", "notBefore", "min", "minEvaluationNumber"]);
        for name in names {
            assert!(Key::find(Key::of_tcb(name).unwrap().name).is_some());
        }
        assert!(Key::of_tcb("mrtd").is_none());
    }

    #[test]
    fn every_attribute_has_a_key() {
        // These are about the verification, and not about the attester.
        let without = Attribute::all().filter(|attribute| attribute.keys.is_empty());
        assert_eq!(
            without.map(|attribute| attribute.name).collect::<Vec<_>>(),
            ["str_verified_time", "str_tcb_out_of_date_since"]
        );
    }
}
