//! The values of a rule: what each kind of them has to look like.

use aecs_attest::{Kind, Platform, TcbStatus};
use aecs_crypto::PublicKey;
use serde_saphyr::Spanned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::MAX_ENTRIES;
use super::keys::{Key, measurement_bytes};
use crate::files::Fault;
use crate::files::document::{Pairs, Placed};
use crate::files::suggest::did_you_mean;

impl Key {
    /// One text for each value that is not empty.
    pub(super) fn alternatives<'a>(
        &self,
        values: impl Iterator<Item = &'a Spanned<String>>,
    ) -> Result<Vec<String>, Fault> {
        let given = values.filter(|text| !text.value.is_empty());
        given
            .map(|text| self.value(&text.value).map_err(|fault| fault.placed(text.place())))
            .collect()
    }

    /// One text for all items, which may be separated by commas in the file already.
    pub(super) fn joined(&self, values: &[Spanned<String>]) -> Result<Vec<String>, Fault> {
        let words: Vec<Spanned<String>> = values.iter().flat_map(words).collect();
        self.alternatives(words.iter()).map(one)
    }

    /// One text for all names with their values, and one for each other combination of these where
    /// they have alternatives.
    pub(super) fn pairs(&self, pairs: &Pairs) -> Result<Vec<String>, Fault> {
        let mut texts = Vec::new();
        let mut named = Vec::new();
        for word in pairs.texts.iter().flat_map(words) {
            let Some((name, value)) = word.value.split_once('=') else {
                let what = format!("`{}` takes names with their values", self.name);
                let help = format!("write `{}: {{NAME: \"VALUE\"}}`", self.name);
                return Err(Fault::at(word.place(), what, help));
            };
            named.push((part(&word, name), vec![part(&word, value)]));
        }
        texts.extend(self.combined(&named)?);
        for mapping in &pairs.mappings {
            let named = mapping.iter().map(|(name, values)| (name.clone(), values.values.clone()));
            texts.extend(self.combined(&named.collect::<Vec<_>>())?);
        }
        Ok(texts)
    }

    /// Each way to take one value of each name.
    fn combined(
        &self,
        named: &[(Spanned<String>, Vec<Spanned<String>>)],
    ) -> Result<Vec<String>, Fault> {
        let mut combined: Vec<String> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for (name, values) in named {
            let refused = |fault: Fault| fault.placed(name.place());
            let name_text = self.name_of_part(&name.value).map_err(refused)?;
            if names.contains(&name_text) {
                let what = format!("`{name_text}` is given twice");
                return Err(refused(Fault::new(what, "keep one of them")));
            }
            if values.is_empty() {
                let what = format!("`{name_text}` has no value");
                return Err(refused(Fault::new(what, "write its value, or leave the name out")));
            }
            if combined.len().saturating_mul(values.len()) > MAX_ENTRIES {
                let what = format!(
                    "the lists of `{}` have more than {MAX_ENTRIES} combinations",
                    self.name
                );
                return Err(refused(Fault::new(what, "write several rules with shorter lists")));
            }
            let values: Vec<String> = values
                .iter()
                .map(|text| match self.value(&text.value) {
                    Ok(value) => Ok(format!("{name_text}={value}")),
                    Err(fault) => Err(fault.placed(text.place())),
                })
                .collect::<Result<_, _>>()?;
            combined = match names.is_empty() {
                true => values,
                false => combined
                    .iter()
                    .flat_map(|before| values.iter().map(move |value| format!("{before},{value}")))
                    .collect(),
            };
            names.push(name_text);
        }
        Ok(combined)
    }

    /// The text as attestation policies have it.
    pub(super) fn value(&self, text: &str) -> Result<String, Fault> {
        match self.kind {
            Kind::Hex | Kind::Data | Kind::Measurement | Kind::Events => hex_text(text),
            Kind::HexOf(bytes) => hex_of(text, bytes),
            Kind::Register | Kind::Registers => match text.len() / 2 {
                20 | 32 | 48 | 64 => hex_text(text),
                bytes => Err(Fault::new(
                    format!("a register does not have {bytes} bytes"),
                    "write the whole hash in hexadecimal: 64 digits for SHA-256, 96 for SHA-384",
                )),
            },
            Kind::ProductId => product_id(text),
            Kind::SecurityVersion | Kind::Seconds => {
                // SGX has 16 bits for it, SEV-SNP 32.
                let help = "write a number from 0 to 4294967295, or leave it empty for any version";
                number::<u32>(text, "a security version number", help)
            }
            Kind::PrivilegeLevel => {
                let help = "write a number from 0, the highest, to 3";
                let level = number::<u8>(text, "a privilege level", help)?;
                match level.as_str() {
                    "0" | "1" | "2" | "3" => Ok(level),
                    _ => Err(Fault::new("this should be a privilege level", help)),
                }
            }
            Kind::Components => {
                let help = "write the lowest security version that is accepted, a number";
                number::<u32>(text, "a security version", help)
            }
            Kind::EvaluationNumber => {
                let help = "write the lowest number that is accepted, such as 18";
                number::<u32>(text, "a TCB evaluation number", help)
            }
            Kind::Boolean | Kind::Flags => yes_or_no(text).map(|value| value.to_string()),
            Kind::Platform => known_word(text, "attestation platform", Platform::ALL.iter()),
            Kind::TcbStatus => tcb_status(text),
            Kind::Versions if text.starts_with(['<', '>']) => limit_of_version(text),
            Kind::Items | Kind::Versions if text.contains([',', '=']) => Err(Fault::new(
                "this has a character that separates values",
                "write it without commas and equals signs",
            )),
            Kind::Items | Kind::Versions | Kind::Word => Ok(text.to_owned()),
            Kind::Time => time(text),
            Kind::Declared => match text {
                "direct-boot" => Ok(text.to_owned()),
                _ => Err(Fault::new(
                    format!("`measured` takes direct-boot only, got `{text}`"),
                    "write `measured: direct-boot` if kernel, initial RAM disk and command line are \
                     in the launch measurement; leave the key out if they are not",
                )),
            },
            Kind::PublicKey => public_key(text),
        }
    }

    /// The name of a value that has one.
    fn name_of_part(&self, name: &str) -> Result<String, Fault> {
        match self.kind {
            Kind::Registers => {
                let help = "write the number of the register, from 0 to 31";
                let number = number::<u8>(name, "the number of a register", help)?;
                match number.parse::<u8>() {
                    Ok(0..=31) => Ok(number),
                    _ => Err(Fault::new("there is no such register", help)),
                }
            }
            _ => {
                let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
                if !name.is_empty() && name.chars().all(fits) {
                    return Ok(name.to_owned());
                }
                let help = "use the name that `aecs-attest verify` shows";
                Err(Fault::new("this should be the name of a part", help))
            }
        }
    }
}

fn one(items: Vec<String>) -> Vec<String> {
    if items.is_empty() { items } else { vec![items.join(",")] }
}

/// The parts of a text that are separated by commas.
fn words(text: &Spanned<String>) -> impl Iterator<Item = Spanned<String>> + '_ {
    let parts = text.value.split(',').map(str::trim).filter(|word| !word.is_empty());
    parts.map(|word| part(text, word))
}

fn part(of: &Spanned<String>, text: &str) -> Spanned<String> {
    Spanned { value: text.trim().to_owned(), ..*of }
}

/// Whole bytes in hexadecimal, in upper case as reports have them.
fn hex_text(text: &str) -> Result<String, Fault> {
    if hex::decode(text).is_ok() {
        return Ok(text.to_ascii_uppercase());
    }
    Err(Fault::new(
        "this should be hexadecimal, two digits for each byte",
        "copy the value from the enclave's report or build log, without prefix or spaces",
    ))
}

fn hex_of(text: &str, bytes: usize) -> Result<String, Fault> {
    let value = hex_text(text)?;
    if value.len() == 2 * bytes {
        return Ok(value);
    }
    Err(Fault::new(
        format!("this has {} hexadecimal digits, not {}", value.len(), 2 * bytes),
        format!("write the whole value, {bytes} bytes"),
    ))
}

/// A measurement that no report of these platforms can have is refused.
pub(super) fn measurement_fits(text: &str, platforms: &[Platform]) -> Result<(), Fault> {
    let mut known: Vec<usize> = platforms
        .iter()
        .flat_map(|platform| measurement_bytes(Some(*platform)))
        .chain(if platforms.is_empty() { measurement_bytes(None) } else { &[] })
        .copied()
        .collect();
    known.sort_unstable();
    known.dedup();
    let digits = text.len();
    if known.iter().any(|bytes| digits == 2 * bytes) {
        return Ok(());
    }
    let known: Vec<String> = known.iter().map(|bytes| (2 * bytes).to_string()).collect();
    let known = known.join(" or ");
    let on: Vec<&str> = platforms.iter().map(|platform| platform.as_str()).collect();
    let on = if on.is_empty() { String::new() } else { format!(" on {}", on.join(" or ")) };
    Err(Fault::new(
        format!("this has {digits} hexadecimal digits, not {known}"),
        format!("write the whole value: {known} digits{on}"),
    ))
}

/// A limit of a version, such as `>=550.90.07`.
fn limit_of_version(text: &str) -> Result<String, Fault> {
    let version = text.trim_start_matches(['<', '>', '=']).trim();
    let sign = text.get(..text.len() - version.len()).unwrap_or_default().trim();
    let number = |part: &str| part.parse::<u64>().is_ok() && !part.starts_with('+');
    if matches!(sign, "<" | ">" | "<=" | ">=") && version.split('.').all(number) {
        return Ok(format!("{sign}{version}"));
    }
    Err(Fault::new(
        "this should be the limit of a version",
        "write a sign and numbers with dots between them: \">=550.90.07\"",
    ))
}

fn product_id(text: &str) -> Result<String, Fault> {
    // SGX has 16 bits for it, in decimal; Kunpeng has the 32 digits of a UUID.
    if (2..=5).contains(&text.len()) && text.starts_with('0') {
        return Err(Fault::new(
            "a product id has no leading zeros, so that no enclave has this one",
            "write the decimal number as `aecs-attest verify` prints it, such as \"10\"",
        ));
    }
    if text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_uppercase());
    }
    Err(Fault::new(
        "this should be a product id",
        "write a number such as \"1\", or leave it empty for any product",
    ))
}

/// A decimal number that fits `T`, without leading zeros.
fn number<T: std::str::FromStr + ToString>(
    text: &str,
    what: &str,
    help: &str,
) -> Result<String, Fault> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<T>() {
        Ok(number) if digits => Ok(number.to_string()),
        _ => Err(Fault::new(format!("this should be {what}"), help)),
    }
}

/// A yes or no in a file.
pub(in crate::files) fn boolean(text: &Spanned<String>) -> Result<bool, Fault> {
    yes_or_no(&text.value).map_err(|fault| fault.placed(text.place()))
}

/// A yes or no, as attestation policies spell it.
fn yes_or_no(text: &str) -> Result<bool, Fault> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Fault::new("this should be true or false", "write \"true\" or \"false\"")),
    }
}

fn tcb_status(text: &str) -> Result<String, Fault> {
    match text.parse::<TcbStatus>() {
        Ok(TcbStatus::BelowAllLevels) => Err(Fault::new(
            format!("no rule can accept the TCB status {text}"),
            "leave it out: such a platform has to be updated",
        )),
        _ => known_word(text, "TCB status", TcbStatus::acceptable()),
    }
}

fn time(text: &str) -> Result<String, Fault> {
    if OffsetDateTime::parse(text, &Rfc3339).is_ok() {
        return Ok(text.to_owned());
    }
    Err(Fault::new(
        "this should be a time",
        "write it as RFC 3339 has it: \"2025-06-20T00:00:00Z\"",
    ))
}

/// A public key as its SHA-256, so that a line of the file is enough to show it.
fn public_key(text: &str) -> Result<String, Fault> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_uppercase());
    }
    if PublicKey::from_pem(text).is_ok() {
        return Ok(text.to_owned());
    }
    Err(Fault::new(
        "this should be a public key",
        "write the SHA-256 of its PEM text in hexadecimal, or the PEM text behind `|`",
    ))
}

/// The exact spelling of one of `known`.
fn known_word<T: ToString>(
    text: &str,
    what: &str,
    known: impl Iterator<Item = T>,
) -> Result<String, Fault> {
    let names: Vec<String> = known.map(|word| word.to_string()).collect();
    if names.iter().any(|name| name == text) {
        return Ok(text.to_owned());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Err(Fault::new(format!("unknown {what} `{text}`"), did_you_mean(text, &names)))
}
