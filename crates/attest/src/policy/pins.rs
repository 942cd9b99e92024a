//! What pins the code of an attester: one table of platforms and clouds.
//!
//! The host is the attacker. So neither what the host states when it starts a machine (host data,
//! MRCONFIGID, an id block) nor what the code in a machine says of itself (RTMR3, event logs,
//! registers) pins on its own: other code can have the same. The table says what does. Servers,
//! `serviceadmin`, `aecs-attest` and docs/policies.md follow it, and so does what binds an
//! application's own secrets.

use std::borrow::Cow;
use std::fmt;

use aecs_proto::UnifiedAttestationAttributes;

use super::rule::Rule;
use super::rules::Policy;
use crate::attributes::clouds;
use crate::attributes::kind::DIRECT_BOOT;
use crate::attributes::table::{
    Attribute, BOOT_MEASUREMENT, MEASURED, MEASUREMENT, PCRS, PLATFORM, PUBLIC_KEY, SIGNER,
    selected,
};
use crate::attributes::value::Value;
use crate::platform::{PINS, Pin, Pins, Platform};

/// Why a rule pins no code: everybody who has such a platform satisfies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unpinned {
    /// It does not ask for everything that is needed on its platform.
    Lacks {
        /// The platform.
        platform: Platform,
        /// What is missing, one of each.
        missing: Vec<&'static [Pin]>,
    },
    /// It names no platform, and what it asks for may be from one where that pins nothing.
    NoPlatform,
    /// Its launch measurement is the firmware of a cloud.
    CloudFirmware {
        /// The cloud's name.
        cloud: &'static str,
    },
}

/// Whether an entry of a policy pins no code, see [`unpinned`].
#[must_use]
pub fn pins_nothing(entry: &UnifiedAttestationAttributes) -> bool {
    unpinned(entry).is_some()
}

/// Why an entry of a policy pins neither the code of an attester, nor its signer, nor its key; none
/// if it does.
///
/// ```
/// use aecs_attest::unpinned;
/// use aecs_proto::UnifiedAttestationAttributes;
///
/// let mut entry = UnifiedAttestationAttributes {
///     str_tee_platform: "TDX".into(),
///     hex_mrtd: "AB".repeat(48),
///     ..Default::default()
/// };
/// let reason = unpinned(&entry).unwrap().to_string();
/// assert!(reason.contains("missing: `rtmr1` or"), "{reason}");
/// entry.hex_rtmr1 = "CD".repeat(48);
/// entry.hex_rtmr2 = "EF".repeat(48);
/// assert_eq!(unpinned(&entry), None);
/// ```
#[must_use]
pub fn unpinned(entry: &UnifiedAttestationAttributes) -> Option<Unpinned> {
    why(entry)
}

impl Policy {
    /// The rules for attesters that pin no code, as [`unpinned`] says it: the name of each or, from 0,
    /// its number, and why.
    pub fn unpinned(&self) -> impl Iterator<Item = (String, Unpinned)> + '_ {
        self.main.iter().enumerate().filter_map(|(i, rule)| {
            let name = if rule.name.is_empty() { i.to_string() } else { rule.name.clone() };
            Some((name, why(rule)?))
        })
    }
}

/// An alternative of a policy. What it excludes pins nothing, and is not asked for here.
trait Asks {
    /// The texts of the values of an attribute that it admits; none where it does not say.
    fn texts(&self, attribute: &Attribute) -> Vec<Cow<'_, str>>;

    /// Whether it admits the values of a named list of the attribute only.
    fn lists(&self, _attribute: &Attribute) -> bool {
        false
    }

    /// Whether it admits the entries of a set of measurements only, each of which pins code.
    fn is_in_set(&self) -> bool {
        false
    }

    /// Whether it says, and each value that it admits is such a one.
    fn asks(&self, attribute: &Attribute, such: impl Fn(&str) -> bool) -> bool {
        let texts = self.texts(attribute);
        !texts.is_empty() && texts.iter().all(|text| such(text))
    }
}

impl Asks for UnifiedAttestationAttributes {
    fn texts(&self, attribute: &Attribute) -> Vec<Cow<'_, str>> {
        Some(Cow::Borrowed(attribute.text(self)))
            .filter(|text| !text.is_empty())
            .into_iter()
            .collect()
    }
}

impl Asks for Rule {
    fn texts(&self, attribute: &Attribute) -> Vec<Cow<'_, str>> {
        self.admitted(attribute).iter().map(|value| value.to_string().into()).collect()
    }

    fn lists(&self, attribute: &Attribute) -> bool {
        Rule::lists(self, attribute)
    }

    fn is_in_set(&self) -> bool {
        Rule::is_in_set(self)
    }
}

fn why(entry: &impl Asks) -> Option<Unpinned> {
    if entry.asks(&PUBLIC_KEY, |_| true) || entry.lists(&PUBLIC_KEY) || entry.is_in_set() {
        return None;
    }
    let platforms = entry.texts(&PLATFORM);
    let known: Vec<&Pins> = platforms.iter().filter_map(|platform| of(platform)).collect();
    if platforms.is_empty() || known.len() < platforms.len() {
        // Evaluation then admits nothing but enclaves, see `is_of_enclaves`.
        let enclave = |value: &str| value.len() == 2 * ENCLAVE;
        if !entry.asks(&MEASUREMENT, enclave) && !entry.asks(&SIGNER, enclave) {
            return Some(Unpinned::NoPlatform);
        }
    }
    known.into_iter().find_map(|pins| why_on(pins, entry))
}

/// The same for a platform.
fn why_on(pins: &Pins, entry: &impl Asks) -> Option<Unpinned> {
    let launched = [&*MEASUREMENT, &*BOOT_MEASUREMENT].map(|attribute| entry.texts(attribute));
    let mut launched = launched.iter().flatten();
    if let Some(cloud) = launched.find_map(|value| clouds::firmware(pins.platform, value)) {
        return Some(Unpinned::CloudFirmware { cloud });
    }
    let missing: Vec<&[Pin]> =
        pins.needs.iter().copied().filter(|any| !any.iter().any(|pin| pin.is_in(entry))).collect();
    (!missing.is_empty()).then_some(Unpinned::Lacks { platform: pins.platform, missing })
}

/// Bytes of an enclave's measurement and of its signer.
const ENCLAVE: usize = 32;

/// Whether a rule is about enclaves although it names no platform: it asks for a measurement or a
/// signer of their length. Realms of Arm CCA may have measurements of that length, which do not pin
/// alone.
pub(super) fn is_of_enclaves(rule: &Rule) -> bool {
    let enclave = |value: &Value| match value {
        Value::Bytes(bytes) => bytes.len() == ENCLAVE,
        _ => false,
    };
    let asks = |row: &Attribute| rule.admitted(row).iter().any(enclave);
    !rule.says(&PLATFORM) && (asks(&MEASUREMENT) || asks(&SIGNER))
}

/// Whether a measurement pins code on a platform without anything else, as an enclave's does.
pub(super) fn measurement_pins(platform: &str) -> bool {
    let measurement = Pin::Attribute(MEASUREMENT.name);
    of(platform).is_some_and(|pins| matches!(pins.needs, [any] if any.contains(&measurement)))
}

/// What an application's own secret is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnBinding {
    /// This very code.
    Code,
    /// Code of the same signer and product.
    Product,
}

/// Of the attributes of an application, its platform and those that are its own: what identifies it
/// among all others of the platform, and stays the same when the platform is updated. They need not
/// pin anything: ask [`unpinned`].
#[must_use]
pub fn own_attributes(
    application: &UnifiedAttestationAttributes,
    what: OwnBinding,
) -> UnifiedAttestationAttributes {
    let names = match (of(&application.str_tee_platform), what) {
        (None, _) => &[],
        (Some(pins), OwnBinding::Code) => pins.own_code,
        (Some(pins), OwnBinding::Product) => pins.own_product,
    };
    selected(application, |row| row.name == PLATFORM.name || names.contains(&row.name))
}

fn of(platform: &str) -> Option<&'static Pins> {
    let platform: Platform = platform.parse().ok()?;
    PINS.iter().find(|pins| pins.platform == platform)
}

impl Pin {
    /// Whether an entry asks for it.
    fn is_in(self, entry: &impl Asks) -> bool {
        match self {
            Self::Attribute(name) => {
                let asks = |row: &Attribute| entry.asks(row, |_| true) || entry.lists(row);
                Attribute::named(name).is_some_and(asks)
            }
            Self::Register(number) => entry.asks(&PCRS, |registers| {
                registers.split(',').any(|register| {
                    let name = register.split('=').next().unwrap_or_default().trim();
                    name.parse() == Ok(number)
                })
            }),
            Self::DirectBoot => entry.asks(&MEASURED, |declared| declared == DIRECT_BOOT),
        }
    }
}

impl fmt::Display for Pin {
    /// As it is written in a rule.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => {
                let key = Attribute::named(name).and_then(Attribute::key);
                write!(f, "`{}`", key.unwrap_or(name))
            }
            Self::Register(number) => write!(f, "`pcrs` {number}"),
            Self::DirectBoot => write!(f, "`measured: {DIRECT_BOOT}`"),
        }
    }
}

impl fmt::Display for Pins {
    /// What pins, as the documentation has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let needs: Vec<String> = self.needs.iter().map(|any| one_of(any)).collect();
        f.write_str(&needs.join(", with "))
    }
}

fn one_of(pins: &[Pin]) -> String {
    let names: Vec<String> = pins.iter().map(ToString::to_string).collect();
    names.join(" or ")
}

impl fmt::Display for Unpinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lacks { platform, missing } => {
                let missing: Vec<String> = missing.iter().map(|any| one_of(any)).collect();
                write!(f, "it pins no code on {platform}, missing: {}", missing.join(", "))
            }
            Self::NoPlatform => f.write_str(
                "it names no platform, and without one only `measurement` and `mrsigner` of an SGX \
                 enclave (32 bytes) and `publicKey` pin",
            ),
            Self::CloudFirmware { cloud } => write!(
                f,
                "its launch measurement is the firmware of {cloud}, the same for all customers"
            ),
        }
    }
}

impl Unpinned {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Lacks { missing, .. } => {
                let direct_boot = missing.iter().any(|any| any.contains(&Pin::DirectBoot));
                let others: Vec<String> = missing
                    .iter()
                    .filter(|any| !any.contains(&Pin::DirectBoot))
                    .map(|any| one_of(any))
                    .collect();
                let mut remedy = String::new();
                if !others.is_empty() {
                    remedy = format!("pin {}", others.join(", and "));
                }
                if direct_boot {
                    let and = if remedy.is_empty() { "" } else { "; " };
                    remedy.push_str(and);
                    remedy.push_str(
                        "write `measured: direct-boot` if kernel, initial RAM disk and command line \
                         are in the launch measurement; if they are not, it is the firmware, which \
                         others have too",
                    );
                }
                remedy
            }
            Self::NoPlatform => {
                "name the `platform`, and pin what docs/policies.md lists for it".to_owned()
            }
            Self::CloudFirmware { .. } => {
                "start the machine so that its launch measurement covers kernel and initial RAM \
                 disk (direct boot), which this cloud does not offer for this kind of machine"
                    .to_owned()
            }
        }
    }
}
