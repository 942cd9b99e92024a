//! The types that values have, and how each is read from text.
//!
//! Every place a value can come from ends in text (AECS 2.0 files quote their numbers), so this
//! is the one door where text becomes a type. A parser's error says what is wrong with the value
//! without repeating the value: it may be a secret.

use std::{collections::BTreeSet, net::IpAddr, path::PathBuf, str::FromStr, time::Duration};

use aecs_attest::{
    Attribute, CollateralClientConfig, CollateralService, Platform, SealTo, SnpMinimum,
    TcbEvaluation, TcbStatus, Tee, inline,
};
use aecs_core::{Aecs20, Appointing, Restart, TaRule};
use aecs_crypto::{PasswordVerifier, PublicKey, SecretString, Suite};
use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};
use base64::Engine as _;
use tracing::Level;

use super::{key::Kind, nearest::nearest};
use crate::logs::LogFormat;

/// Where a root is that is trusted beside the vendors'.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootSource {
    /// In this file.
    File(PathBuf),
    /// Here: the content of the file.
    Inline(Vec<u8>),
}

/// Where records are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorePlace {
    /// In a database file of the data folder.
    Embedded,
    /// At this URL.
    Url(String),
}

/// What proves the server's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlatformKind {
    /// The TEE that is there.
    Auto,
    /// This TEE.
    Tee(Tee),
    /// A software CPU: no protection, for tests and development.
    Simulation,
}

/// What a software CPU plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimulatedTee {
    /// An enclave, without the devices that a library OS shows it.
    Sgx,
    /// The devices of this TEE.
    Devices(Tee),
}

/// Where collateral is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceAddress {
    /// Nowhere.
    None,
    /// The vendor's own service.
    Vendor,
    /// A service of this address.
    Url(String),
}

const fn quoted<T>(words: &'static str, parse: fn(&str) -> Result<T, String>) -> Kind<T> {
    Kind { words, bare: false, parse }
}

const fn bare<T>(words: &'static str, parse: fn(&str) -> Result<T, String>) -> Kind<T> {
    Kind { words, bare: true, parse }
}

/// Values that have names: the names are told in the help, and in the error about another one.
macro_rules! one_of {
    ($first:literal => $value:expr $(, $word:literal => $other:expr)* $(,)?) => {
        quoted(concat!($first $(, "|", $word)*), |text| {
            named(text, &[($first, $value) $(, ($word, $other))*])
        })
    };
}

pub(crate) const TEXT: Kind<String> = quoted("TEXT", |text| Ok(text.to_owned()));
pub(crate) const SECRET: Kind<SecretString> = quoted("TEXT", |text| Ok(text.to_owned().into()));
pub(crate) const HOST: Kind<String> = quoted("HOST", |text| Ok(text.to_owned()));
pub(crate) const PATH: Kind<PathBuf> = quoted("PATH", |text| Ok(PathBuf::from(text)));
pub(crate) const PORT: Kind<u16> =
    bare("PORT", |text| text.parse().map_err(|_| "is not a port number (0 to 65535)".to_owned()));
pub(crate) const ADDRESS: Kind<IpAddr> =
    quoted("ADDRESS", |text| text.parse().map_err(|_| "is not an IP address".to_owned()));
pub(crate) const SWITCH: Kind<bool> = quoted("enable|disable", |text| switch(text, "enable"));
pub(crate) const BOOLEAN: Kind<bool> = bare("true|false", |text| switch(text, "true"));
pub(crate) const COUNT: Kind<usize> = bare("NUMBER", count);
/// A number that may be 0: then there are none.
pub(crate) const COUNT_OR_NONE: Kind<usize> = bare("NUMBER", |text| match text {
    "0" => Ok(0),
    text => count(text).map_err(|_| format!("is not a whole number from 0 to {}", u32::MAX)),
});
pub(crate) const BYTES: Kind<u64> = bare("BYTES", bytes);
pub(crate) const NUMBER_16: Kind<u16> =
    bare("NUMBER", |text| text.parse().map_err(|_| "is not a number from 0 to 65535".to_owned()));
pub(crate) const MILLISECONDS: Kind<Duration> =
    bare("MILLISECONDS", |text| count(text).map(|ms| Duration::from_millis(ms as u64)));
/// A time that may be 0, and a minute at most.
pub(crate) const UP_TO_A_MINUTE: Kind<Duration> = bare("MILLISECONDS", |text| {
    let ms = text.parse().ok().filter(|ms| *ms <= 60_000);
    ms.map(Duration::from_millis).ok_or("is not a whole number from 0 to 60000".to_owned())
});
pub(crate) const MEASUREMENT: Kind<[u8; 32]> = quoted("64 HEX DIGITS", measurement);
pub(crate) const STORE: Kind<StorePlace> = quoted("embedded|memory|URL", |text| match text {
    "embedded" => Ok(StorePlace::Embedded),
    "memory" => Ok(StorePlace::Url("memory:".to_owned())),
    url => store_url("must be embedded, memory or the URL of a store", url).map(StorePlace::Url),
});
pub(crate) const STORE_URL: Kind<String> =
    quoted("URL", |text| store_url("must be the URL of a store", text));
pub(crate) const PLATFORM: Kind<PlatformKind> = one_of!(
    "auto" => PlatformKind::Auto,
    "gramine" => PlatformKind::Tee(Tee::Gramine),
    "occlum" => PlatformKind::Tee(Tee::Occlum),
    "tdx" => PlatformKind::Tee(Tee::Tdx),
    "sev_snp" => PlatformKind::Tee(Tee::SevSnp),
    "cca" => PlatformKind::Tee(Tee::Cca),
    "simulation" => PlatformKind::Simulation,
);
pub(crate) const SIMULATED_TEE: Kind<SimulatedTee> = one_of!(
    "sgx" => SimulatedTee::Sgx,
    "gramine" => SimulatedTee::Devices(Tee::Gramine),
    "tdx" => SimulatedTee::Devices(Tee::Tdx),
    "sev_snp" => SimulatedTee::Devices(Tee::SevSnp),
);
pub(crate) const ROOT: Kind<RootSource> = quoted("FILE", root_source);
pub(crate) const ROOTS: Kind<Vec<(Platform, RootSource)>> =
    quoted("PLATFORM=FILE,...", |text| list(text, root));
pub(crate) const COMPAT: Kind<Aecs20> = one_of!(
    "deny" => Aecs20::Deny, "read_only" => Aecs20::ReadOnly, "allow" => Aecs20::Allow,
);
pub(crate) const SEALING_SGX: Kind<SealTo> =
    one_of!("signer" => SealTo::Signer, "measurement" => SealTo::Enclave);
/// Whether it is the measurement.
pub(crate) const SEALING_SNP: Kind<bool> = one_of!("none" => false, "measurement" => true);
pub(crate) const RESTART: Kind<Restart> =
    one_of!("auto" => Restart::Auto, "provision" => Restart::Provision);
pub(crate) const APPOINTING: Kind<Appointing> = one_of!(
    "never" => Appointing::Never, "all" => Appointing::All, "threshold" => Appointing::Threshold,
);
pub(crate) const LOG_FORMAT: Kind<LogFormat> =
    one_of!("text" => LogFormat::Text, "json" => LogFormat::Json);
pub(crate) const LOG_LEVEL: Kind<Level> = one_of!(
    "error" => Level::ERROR,
    "warn" => Level::WARN,
    "info" => Level::INFO,
    "debug" => Level::DEBUG,
    "trace" => Level::TRACE,
);
pub(crate) const COMPAT_SUITE: Kind<Suite> = one_of!("rsa" => Suite::Rsa, "sm2" => Suite::Sm);
pub(crate) const SUITES: Kind<Vec<Suite>> = quoted("SUITE,...", |text| list(text, suite));
pub(crate) const TCB_STATUSES: Kind<BTreeSet<TcbStatus>> = quoted("STATUS,...", |text| {
    let status = |word: &str| {
        TcbStatus::acceptable().find(|status| status.as_str() == word).ok_or_else(|| {
            let names: Vec<&str> = TcbStatus::acceptable().map(TcbStatus::as_str).collect();
            format!("names an unknown status; statuses are {}", names.join(", "))
        })
    };
    Ok(list(text, status)?.into_iter().collect())
});
pub(crate) const TCB_EVALUATION: Kind<TcbEvaluation> = quoted("standard|newest|NUMBER", |text| {
    text.parse().map_err(|_| "must be standard, newest or a number".to_owned())
});
pub(crate) const SNP_MINIMUMS: Kind<Vec<SnpMinimum>> = quoted("PRODUCT/PART=N,...;...", |text| {
    let minimum = |text: &str| {
        text.trim().parse().map_err(|_| {
            "is not PRODUCT/bootloader=N,tee=N,snp=N,microcode=N with Milan or Genoa, and not \
             Turin/fmc=N,bootloader=N,tee=N,snp=N,microcode=N"
                .to_owned()
        })
    };
    text.split(';').map(minimum).collect()
});
/// Rules in one line each, with attributes by their names on the wire; or a policy in typed form as JSON.
pub(crate) const RULES: Kind<Vec<TaRule>> = quoted("ATTRIBUTE=VALUE;...,...|JSON", |text| {
    if !text.trim_start().starts_with('{') {
        return list(text, rule);
    }
    let policy: UnifiedAttestationPolicy =
        aecs_proto::json::from_str(text).map_err(|error| format!("is no policy: {error}"))?;
    let means_nothing = |error| format!("has a rule that means nothing: {error}");
    if policy.typed.is_some() {
        return TaRule::typed(&policy).map_err(means_nothing);
    }
    if policy.nested_policies.is_some() || !policy.pem_public_key.is_empty() {
        return Err("asks for more than rules, which it can only in typed form".to_owned());
    }
    policy
        .main_attributes
        .iter()
        .map(TaRule::plain)
        .collect::<Result<_, _>>()
        .map_err(means_nothing)
});
pub(crate) const SERVICE_ADDRESS: Kind<ServiceAddress> =
    quoted("none|vendor|URL", |text| match text {
        "none" => Ok(ServiceAddress::None),
        "vendor" => Ok(ServiceAddress::Vendor),
        url => match CollateralService::new(url).check() {
            Ok(()) => Ok(ServiceAddress::Url(url.to_owned())),
            Err(_) => Err("must be none, vendor, or an https or http address".to_owned()),
        },
    });
pub(crate) const PROXY: Kind<String> = quoted("URL", |text| {
    CollateralClientConfig::check_proxy(text)
        .map(|()| text.to_owned())
        .map_err(|_| "is not the address of a proxy (http://HOST:PORT)".to_owned())
});
pub(crate) const PUBLIC_KEY: Kind<PublicKey> = quoted("BASE64", public_key);
pub(crate) const PASSWORD: Kind<PasswordVerifier> = quoted("HASH", |text| {
    let read = if text.starts_with('$') {
        PasswordVerifier::from_phc(text)
    } else {
        PasswordVerifier::from_sha256_hex(text)
    };
    read.map_err(|_| {
        "is neither the SHA-256 of a password (64 hex digits) nor an argon2id hash ($argon2id$...)"
            .to_owned()
    })
});

/// A public key in PEM, as it is or in base64.
pub(crate) fn public_key(text: &str) -> Result<PublicKey, String> {
    const WANTED: &str = "is not a public key in PEM, nor the base64 of one";
    let pem = if text.trim_start().starts_with("-----BEGIN") {
        text.to_owned()
    } else {
        let joined: String = text.split_ascii_whitespace().collect();
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(joined)
            .map_err(|_| WANTED.to_owned())?;
        String::from_utf8(bytes).map_err(|_| WANTED.to_owned())?
    };
    PublicKey::from_pem(&pem).map_err(|error| format!("{WANTED}: {error}"))
}

fn store_url(rule: &str, url: &str) -> Result<String, String> {
    match aecs_store::check(url) {
        Ok(()) => Ok(url.to_owned()),
        Err(aecs_store::Error::InvalidUrl { problem }) => Err(format!("{rule}: {problem}")),
        Err(error) => Err(error.to_string()),
    }
}

fn named<T: Copy>(text: &str, all: &[(&str, T)]) -> Result<T, String> {
    all.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        format!("must be one of {}", names.join(", "))
    })
}

/// AECS 2.0 says `enable` and `disable`, everybody else says `true` and `false`: both are taken.
fn switch(text: &str, preferred: &str) -> Result<bool, String> {
    match text {
        "enable" | "true" => Ok(true),
        "disable" | "false" => Ok(false),
        _ if preferred == "enable" => Err("is neither enable nor disable".to_owned()),
        _ => Err("is neither true nor false".to_owned()),
    }
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse::<u32>() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(number) => Ok(number as usize),
        Err(_) => Err(format!("is not a whole number from 1 to {}", u32::MAX)),
    }
}

/// One rule. An attribute that is given again has both values: `str_pcrs=4=AB;str_pcrs=9=CD`.
fn rule(text: &str) -> Result<TaRule, String> {
    let mut attributes = serde_json::Map::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) = part
            .split_once('=')
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
            .ok_or("has a rule with a part that is not ATTRIBUTE=VALUE")?;
        let value = match attributes.get(name).and_then(serde_json::Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value.to_owned(),
        };
        attributes.insert(name.to_owned(), value.into());
    }
    let rule: UnifiedAttestationAttributes =
        serde_json::from_value(attributes.into()).map_err(|error| unknown_attribute(&error))?;
    check_lengths(&rule)?;
    TaRule::plain(&rule).map_err(|error| format!("has a rule that means nothing: {error}"))
}

/// Refuses a value of a length that no attester has: the rule would admit nobody.
fn check_lengths(rule: &UnifiedAttestationAttributes) -> Result<(), String> {
    for attribute in Attribute::all() {
        let bytes: &[usize] = match &attribute.kind {
            aecs_attest::Kind::HexOf(bytes) => std::slice::from_ref(bytes),
            // Of SGX, SHA-384, SHA-512 and two registers of TDX.
            aecs_attest::Kind::Measurement => &[32, 48, 64, 96],
            _ => continue,
        };
        let digits = attribute.text(rule).len();
        if digits > 0 && !bytes.iter().any(|bytes| digits == 2 * bytes) {
            let wanted: Vec<String> = bytes.iter().map(|bytes| (2 * bytes).to_string()).collect();
            let (name, wanted) = (attribute.name, wanted.join(" or "));
            return Err(format!(
                "has a rule whose {name} has {digits} hexadecimal digits, not {wanted}"
            ));
        }
    }
    Ok(())
}

/// The attribute that policies do not have. serde names it first, then those that there are.
fn unknown_attribute(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let mut names = text.split('`').skip(1).step_by(2);
    let unknown = names.next().unwrap_or_default();
    match nearest(unknown, names) {
        Some(near) => format!("has an unknown attribute {unknown}: did you mean {near}?"),
        None => format!("has an unknown attribute {unknown}: see docs/policies.md for their names"),
    }
}

/// Sizes of files: large enough to hold something, small enough to be added up.
fn bytes(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number @ 65_536..=1_000_000_000_000_000) => Ok(number),
        _ => Err("is not a whole number from 65536 to 10^15".to_owned()),
    }
}

fn measurement(text: &str) -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| "is not 64 hex digits".to_owned())?;
    Ok(bytes)
}

fn suite(text: &str) -> Result<Suite, String> {
    Suite::from_str(text).map_err(|_| "must be one of x25519, rsa, sm2".to_owned())
}

/// A path, or the content of a file in Base64.
fn root_source(text: &str) -> Result<RootSource, String> {
    Ok(match inline::decode(text).map_err(|error| error.to_string())? {
        None => RootSource::File(PathBuf::from(text)),
        Some(content) => RootSource::Inline(content),
    })
}

fn root(text: &str) -> Result<(Platform, RootSource), String> {
    let (platform, path) = text
        .split_once('=')
        .filter(|(_, path)| !path.is_empty())
        .ok_or_else(|| "is not a list of PLATFORM=FILE".to_owned())?;
    let known = || {
        let names: Vec<&str> = Platform::ALL.iter().map(|platform| platform.as_str()).collect();
        format!("names an unknown platform; platforms are {}", names.join(", "))
    };
    Ok((platform.parse().map_err(|_| known())?, root_source(path)?))
}

fn list<T>(text: &str, item: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',').map(|word| item(word.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_every_choice() {
        fn check<T>(kind: &Kind<T>) {
            for word in kind.words.split('|') {
                assert!((kind.parse)(word).is_ok(), "{word}");
            }
        }
        check(&PLATFORM);
        check(&COMPAT);
        check(&LOG_FORMAT);
        check(&LOG_LEVEL);
        assert_eq!((COMPAT.parse)("no"), Err("must be one of deny, read_only, allow".to_owned()));
    }

    #[test]
    fn switches_take_both_dialects() {
        for (text, value) in
            [("enable", true), ("true", true), ("disable", false), ("false", false)]
        {
            assert_eq!((SWITCH.parse)(text), Ok(value));
            assert_eq!((BOOLEAN.parse)(text), Ok(value));
        }
        assert!((SWITCH.parse)("Enable").is_err(), "no guessing");
    }

    #[test]
    fn a_store_is_a_word_or_a_url() {
        assert_eq!((STORE.parse)("embedded"), Ok(StorePlace::Embedded));
        for (text, url) in [
            ("memory", "memory:"),
            ("memory:", "memory:"),
            ("redb:/srv/a", "redb:/srv/a"),
            ("postgres://aecs@db/x?namespace=prod", "postgres://aecs@db/x?namespace=prod"),
            ("etcd://a,b/prod", "etcd://a,b/prod"),
        ] {
            assert_eq!((STORE.parse)(text), Ok(StorePlace::Url(url.to_owned())));
        }
        for (text, why) in [
            ("Embedded", "must be embedded, memory or the URL of a store"),
            ("postgres://a@db/x?namespace=A", "namespace must be"),
            ("postgres://a:hunter2@db/x", "a password must not be a part of it"),
        ] {
            let error = (STORE.parse)(text).unwrap_err();
            assert!(error.contains(why) && !error.contains("hunter2"), "{text}: {error}");
        }
    }

    #[test]
    fn numbers_are_not_shortened_to_fit() {
        assert_eq!((PORT.parse)("65535"), Ok(65535));
        assert!((PORT.parse)("65536").is_err());
        assert!((PORT.parse)("-1").is_err());
        assert!((COUNT.parse)("0").is_err());
        assert!((COUNT.parse)("4294967296").is_err());
        assert!((MEASUREMENT.parse)("00").is_err());
    }

    #[test]
    fn platforms_have_the_names_of_tees() {
        for tee in Tee::ALL {
            assert_eq!((PLATFORM.parse)(tee.as_str()), Ok(PlatformKind::Tee(tee)));
        }
    }

    #[test]
    fn roots_are_a_list() {
        let roots = (ROOTS.parse)("CSV=/a/hrk.cert, ARM_CCA=base64:AQI=").unwrap();
        assert_eq!(roots[0], (Platform::Csv, RootSource::File("/a/hrk.cert".into())));
        assert_eq!(roots[1], (Platform::ArmCca, RootSource::Inline(vec![1, 2])));
        for wrong in ["", "CSV", "CSV=", "csv=/a", "=/a", "CSV=/a,", "CSV=base64:!"] {
            assert!((ROOTS.parse)(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn statuses_that_cannot_be_accepted_are_refused() {
        assert_eq!((TCB_STATUSES.parse)("UpToDate, OutOfDate").unwrap().len(), 2);
        for wrong in ["", "uptodate", "UpToDate,", "Revoked"] {
            let reason = (TCB_STATUSES.parse)(wrong).unwrap_err();
            assert!(
                reason.contains("statuses are UpToDate, SWHardeningNeeded, "),
                "{wrong}: {reason}"
            );
        }
    }

    #[test]
    fn services_are_words_or_addresses() {
        assert_eq!((SERVICE_ADDRESS.parse)("none"), Ok(ServiceAddress::None));
        assert_eq!((SERVICE_ADDRESS.parse)("vendor"), Ok(ServiceAddress::Vendor));
        let url = "https://pccs.example:8081/sgx/certification/v4/";
        assert_eq!((SERVICE_ADDRESS.parse)(url), Ok(ServiceAddress::Url(url.into())));
        for bad in ["", "yes", "pccs.example", "file:///etc", "https://user@host"] {
            assert!((SERVICE_ADDRESS.parse)(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_unknown_attribute_of_a_rule_is_named() {
        for (name, hint) in [
            ("hex_sgner", "hex_sgner: did you mean hex_signer?"),
            ("colour", "colour: see docs/policies.md"),
        ] {
            let reason = rule(&format!("{name}=AB")).unwrap_err();
            assert!(reason.contains(&format!("unknown attribute {hint}")), "{reason}");
        }
    }

    #[test]
    fn a_pin_of_a_wrong_length_is_refused() {
        let fits = |name: &str, bytes: usize| rule(&format!("{name}={}", "AB".repeat(bytes)));
        for (name, wrong, right) in
            [("hex_signer", 1, 32), ("hex_ta_measurement", 33, 48), ("hex_mrtd", 32, 48)]
        {
            fits(name, right).unwrap();
            let reason = fits(name, wrong).unwrap_err();
            let start =
                format!("has a rule whose {name} has {} hexadecimal digits, not ", 2 * wrong);
            assert!(reason.starts_with(&start), "{reason}");
        }
    }

    #[test]
    fn suites_are_a_list() {
        assert_eq!((SUITES.parse)("x25519, rsa"), Ok(vec![Suite::Modern, Suite::Rsa]));
        assert!((SUITES.parse)("rsa,").is_err());
        assert!((COMPAT_SUITE.parse)("x25519").is_err());
    }
}
