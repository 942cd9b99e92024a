//! The table of keys: how each is spelt, which attribute it is, and what it takes.

use aecs_attest::Platform;
use aecs_proto::UnifiedAttestationAttributes as Attributes;

use super::value::Check;

/// A key of a rule.
pub(crate) struct Key {
    /// The spelling that is suggested and written.
    pub(super) name: &'static str,
    /// Other spellings that are understood.
    pub(super) aliases: &'static [&'static str],
    /// The attribute's name on the wire.
    pub(super) attribute: &'static str,
    pub(super) takes: Takes,
    pub(super) check: Check,
    get: fn(&Attributes) -> &str,
    put: fn(&mut Attributes, String),
}

/// How many values a key takes, and what several of them mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// One value.
    One,
    /// One value, or a list of values each of which is admitted.
    Alternatives,
    /// Items of a set, as a list or separated by commas.
    Items,
    /// Names with values, as a mapping or as `name=value` separated by commas. All have to fit.
    Pairs,
}

impl Key {
    /// The key with this spelling.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name || key.aliases.contains(&name))
    }

    /// The key that stands under `tcb` with this name.
    pub(super) fn of_tcb(name: &str) -> Option<&'static Self> {
        let (_, attribute) = TCB.iter().find(|(known, _)| *known == name)?;
        Self::of(attribute)
    }

    /// The spelling that is meant by a word which is none: of a key that differs only in its dashes,
    /// or whose attribute has that name on the wire.
    pub(super) fn meant(word: &str) -> Option<&'static str> {
        let of_attribute = Self::of(word).map(|key| key.name);
        of_attribute.or_else(|| Self::find(&word.replace('-', "_")).map(|key| key.name))
    }

    /// The key that is written for an attribute: the last one of those that mean it.
    pub(super) fn of(attribute: &str) -> Option<&'static Self> {
        KEYS.iter().rfind(|key| key.attribute == attribute)
    }

    /// What to write where somebody wrote an empty list.
    pub(super) fn instead_of_nothing(&self) -> String {
        let name = self.name;
        match self.takes {
            Takes::Items if self.check == Check::Item => {
                format!("leave the key out to accept any, or write `{name}: [none]` to accept none")
            }
            _ => "leave the key out to ask for nothing, or write what is accepted".to_owned(),
        }
    }

    pub(super) fn get<'a>(&self, entry: &'a Attributes) -> &'a str {
        (self.get)(entry)
    }

    pub(super) fn put(&self, entry: &mut Attributes, value: String) {
        (self.put)(entry, value);
    }
}

macro_rules! key {
    ($name:literal $(or $alias:literal)* => $field:ident, $takes:ident, $check:expr) => {
        Key {
            name: $name,
            aliases: &[$($alias),*],
            attribute: stringify!($field),
            takes: Takes::$takes,
            check: $check,
            get: |entry| &entry.$field,
            put: |entry, value| entry.$field = value,
        }
    };
}

/// Bytes of a measurement of a TDX trust domain: SHA-384.
const TDX: Check = Check::HexOf(48);

/// How many bytes the measurements and the signers of a platform have; without one, of any platform.
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

/// The key under which everything about how up to date a platform is may stand.
pub(super) const TCB_KEY: &str = "tcb";

/// What may stand there, by the attribute's name on the wire.
pub(super) static TCB: &[(&str, &str)] = &[
    ("status", "str_tcb_status"),
    ("minEvaluationNumber", "str_tcb_evaluation_number"),
    ("min", "str_min_tcb"),
    ("notBefore", "str_tcb_date"),
    ("advisories", "str_advisory_ids"),
];

/// All keys, those of what is most often pinned first. Of two keys for one attribute the last is
/// the name that holds on every platform.
pub(crate) static KEYS: &[Key] = &[
    key!("platform" => str_tee_platform, Alternatives, Check::Platform),
    key!("mrenclave" => hex_ta_measurement, Alternatives, Check::HexOf(32)),
    key!("measurement" => hex_ta_measurement, Alternatives, Check::Measurement),
    key!("mrsigner" or "signer" => hex_signer, Alternatives, Check::Measurement),
    key!("prodID" or "prodid" or "prodId" or "prod_id" => hex_prod_id, One, Check::ProductId),
    key!("minIsvSvn" or "min_svn" or "min_isv_svn" => str_min_isvsvn, One, Check::SecurityVersion),
    key!("debug_disabled" or "debugDisabled" => bool_debug_disabled, One, Check::Boolean),
    key!("tcb_status" or "tcbStatus" => str_tcb_status, Items, Check::TcbStatus),
    key!("advisories" or "advisory_ids" or "advisoryIds" => str_advisory_ids, Items, Check::Item),
    key!("tcbDate" or "tcb_date" => str_tcb_date, One, Check::Time),
    key!("minTcb" or "min_tcb" => str_min_tcb, Pairs, Check::Component),
    key!("minEvaluationNumber" or "min_evaluation_number" => str_tcb_evaluation_number, One, Check::EvaluationNumber),
    key!("user_data" or "userData" => hex_user_data, One, Check::Hex),
    key!("publicKey" or "public_key" => hex_hash_or_pem_pubkey, Alternatives, Check::PublicKey),
    key!("nonce" => hex_nonce, One, Check::Hex),
    key!("boot_measurement" or "bootMeasurement" => hex_boot_measurement, Alternatives, Check::Hex),
    key!("platform_measurement" or "platformMeasurement" => hex_platform_measurement, Alternatives, Check::Hex),
    key!("dynamicMeasurement" or "dynamic_measurement" => hex_ta_dyn_measurement, Alternatives, Check::Hex),
    key!("mrtd" => hex_mrtd, Alternatives, TDX),
    key!("rtmr0" => hex_rtmr0, Alternatives, Check::Register),
    key!("rtmr1" => hex_rtmr1, Alternatives, Check::Register),
    key!("rtmr2" => hex_rtmr2, Alternatives, Check::Register),
    key!("rtmr3" => hex_rtmr3, Alternatives, Check::Register),
    key!("mrseam" => hex_mrseam, Alternatives, TDX),
    key!("mrsignerseam" => hex_mrsignerseam, Alternatives, TDX),
    key!("mrconfigid" => hex_mrconfigid, Alternatives, TDX),
    key!("mrowner" => hex_mrowner, Alternatives, TDX),
    key!("mrownerconfig" => hex_mrownerconfig, Alternatives, TDX),
    key!("mrservicetd" => hex_mrservicetd, Alternatives, TDX),
    key!("eventLogVerified" or "event_log_verified" => bool_event_log_verified, One, Check::Boolean),
    key!("pcrs" => str_pcrs, Pairs, Check::Register),
    key!("product" => str_product, Alternatives, Check::Word),
    key!("chipId" or "chip_id" => hex_chip_id, Alternatives, Check::Hex),
    key!("vmpl" => str_vmpl, One, Check::PrivilegeLevel),
    key!("migrationDisabled" or "migration_disabled" => bool_migration_disabled, One, Check::Boolean),
    key!("pageFaultsDisabled" or "page_faults_disabled" => bool_page_faults_disabled, One, Check::Boolean),
    key!("measured" => str_measured, One, Check::Measured),
    key!("hostData" or "host_data" => hex_host_data, Alternatives, Check::Hex),
    key!("familyId" or "family_id" => hex_family_id, Alternatives, Check::Hex),
    key!("imageId" or "image_id" => hex_image_id, Alternatives, Check::Hex),
    key!("authorKey" or "author_key" => hex_author_key, Alternatives, Check::Hex),
    key!("versions" => str_versions, Pairs, Check::Version),
    key!("secure_flags" or "secureFlags" => hex_secure_flags, Alternatives, Check::Hex),
    key!("hardwareVersion" or "hardware_version" => hex_platform_hw_version, Alternatives, Check::Hex),
    key!("softwareVersion" or "software_version" => hex_platform_sw_version, Alternatives, Check::Hex),
    key!("teeName" or "tee_name" => str_tee_name, Alternatives, Check::Word),
    key!("teeIdentity" or "tee_identity" => str_tee_identity, Alternatives, Check::Word),
    key!("spid" => hex_spid, Alternatives, Check::Hex),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_spelling_means_two_things() {
        let all = KEYS.iter().flat_map(|key| key.aliases.iter().chain([&key.name]));
        let mut seen = BTreeSet::new();
        for spelling in all {
            assert!(seen.insert(spelling), "{spelling}");
            assert!(Key::find(spelling).is_some());
        }
    }

    #[test]
    fn keys_of_several_words_are_spelt_in_both_ways() {
        for key in KEYS {
            let spellings: Vec<&str> = key.aliases.iter().copied().chain([key.name]).collect();
            let camel = spellings.iter().find(|name| name.chars().any(|c| c.is_ascii_uppercase()));
            let snake = spellings.iter().find(|name| name.contains('_'));
            assert_eq!(camel.is_some(), snake.is_some(), "{}", key.name);
        }
    }

    #[test]
    fn what_stands_under_tcb_is_a_key_of_its_own() {
        for (name, attribute) in TCB {
            assert_eq!(Key::of_tcb(name).unwrap().attribute, *attribute);
        }
        assert!(Key::of_tcb("mrtd").is_none());
    }

    #[test]
    fn every_attribute_has_a_key() {
        let mut entry = Attributes::default();
        for key in KEYS {
            key.put(&mut entry, format!("<{}>", key.attribute));
            assert_eq!(key.get(&entry), format!("<{}>", key.attribute));
        }
        // Nobody knows this one before the report is verified.
        entry.str_verified_time = "<str_verified_time>".into();
        let debug = format!("{entry:?}");
        assert!(!debug.contains("\"\""), "an attribute has no key: {debug}");
    }
}
