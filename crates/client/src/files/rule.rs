//! One rule of a policy: the keys that pin an enclave, as attributes of the attestation policy.
//!
//! The same keys describe the server that a kubeconfig expects and the enclaves that a secret
//! policy admits. Values are checked here, where their place in the file is known.

use std::path::Path;

use aecs_attest::{Platform, TcbStatus};
use aecs_proto::UnifiedAttestationAttributes;
use serde_saphyr::Spanned;

use super::FileError;
use super::document::{OneOrMany, Scalar, place};
use super::suggest::did_you_mean;

/// The keys of a rule as written; an absent key and an empty value both mean "do not care".
#[derive(Default)]
pub(super) struct Rule {
    /// Measurements, each of them admitted: MRENCLAVE on SGX.
    pub(super) measurements: Vec<Spanned<String>>,
    pub(super) signer: Scalar,
    pub(super) product_id: Scalar,
    pub(super) min_isv_svn: Scalar,
    pub(super) user_data: Scalar,
    pub(super) spid: Scalar,
    pub(super) debug_disabled: Scalar,
    pub(super) platform: Scalar,
    pub(super) tcb_status: OneOrMany,
    pub(super) boot_measurement: Scalar,
    pub(super) platform_measurement: Scalar,
    pub(super) secure_flags: Scalar,
}

impl Rule {
    /// The entries of an attestation policy that say what this rule says: one for each measurement,
    /// or a single one when no measurement is pinned.
    pub(super) fn entries(
        &self,
        file: &Path,
    ) -> Result<Vec<UnifiedAttestationAttributes>, FileError> {
        let shared = self.shared(file)?;
        let measurements = self
            .measurements
            .iter()
            .filter(|measurement| !measurement.value.is_empty())
            .map(|measurement| {
                Ok(UnifiedAttestationAttributes {
                    hex_ta_measurement: hex_text(file, measurement)?,
                    ..shared.clone()
                })
            })
            .collect::<Result<Vec<_>, FileError>>()?;
        Ok(if measurements.is_empty() { vec![shared] } else { measurements })
    }

    /// Everything but the measurement.
    fn shared(&self, file: &Path) -> Result<UnifiedAttestationAttributes, FileError> {
        Ok(UnifiedAttestationAttributes {
            str_tee_platform: given(&self.platform, |text| platform(file, text))?,
            hex_platform_measurement: given(&self.platform_measurement, |t| hex_text(file, t))?,
            hex_boot_measurement: given(&self.boot_measurement, |text| hex_text(file, text))?,
            hex_secure_flags: given(&self.secure_flags, |text| hex_text(file, text))?,
            hex_signer: given(&self.signer, |text| hex_text(file, text))?,
            hex_prod_id: given(&self.product_id, |text| product_id(file, text))?,
            str_min_isvsvn: given(&self.min_isv_svn, |text| svn(file, text))?,
            bool_debug_disabled: given(&self.debug_disabled, |text| boolean_text(file, text))?,
            hex_user_data: given(&self.user_data, |text| hex_text(file, text))?,
            hex_spid: given(&self.spid, |text| hex_text(file, text))?,
            str_tcb_status: tcb_statuses(file, &self.tcb_status.0)?,
            ..UnifiedAttestationAttributes::default()
        })
    }
}

/// The checked text of a scalar that is given and not empty, else the empty text.
fn given(
    scalar: &Scalar,
    check: impl FnOnce(&Spanned<String>) -> Result<String, FileError>,
) -> Result<String, FileError> {
    match scalar {
        Some(text) if !text.value.is_empty() => check(text),
        _ => Ok(String::new()),
    }
}

/// Whole bytes in hexadecimal, in upper case as reports have them.
pub(super) fn hex_text(file: &Path, text: &Spanned<String>) -> Result<String, FileError> {
    if hex::decode(&text.value).is_ok() {
        return Ok(text.value.to_ascii_uppercase());
    }
    Err(FileError::at(
        file,
        place(text.referenced),
        "this should be hexadecimal, two digits for each byte",
        "copy the value from the enclave's report or build log, without prefix or spaces",
    ))
}

/// A product id: a number on SGX, hexadecimal on platforms that name a virtual machine by it.
fn product_id(file: &Path, text: &Spanned<String>) -> Result<String, FileError> {
    if text.value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.value.to_ascii_uppercase());
    }
    Err(FileError::at(
        file,
        place(text.referenced),
        "this should be a product id",
        "write a number such as \"1\", or leave it empty for any product",
    ))
}

/// A security version number, decimal.
fn svn(file: &Path, text: &Spanned<String>) -> Result<String, FileError> {
    match text.value.parse::<u16>() {
        Ok(number) => Ok(number.to_string()),
        Err(_) => Err(FileError::at(
            file,
            place(text.referenced),
            "this should be a security version number",
            "write a number from 0 to 65535, or leave it empty for any version",
        )),
    }
}

/// A yes or no, as attestation policies spell it.
pub(super) fn boolean(file: &Path, text: &Spanned<String>) -> Result<bool, FileError> {
    match text.value.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(FileError::at(
            file,
            place(text.referenced),
            "this should be true or false",
            "write \"true\" or \"false\"",
        )),
    }
}

fn boolean_text(file: &Path, text: &Spanned<String>) -> Result<String, FileError> {
    boolean(file, text).map(|value| value.to_string())
}

/// The wire name of an attestation platform.
fn platform(file: &Path, text: &Spanned<String>) -> Result<String, FileError> {
    known_word(file, text, "attestation platform", Platform::ALL)
}

/// The TCB statuses that a rule may accept. A revoked platform is never accepted.
const ACCEPTABLE: &[TcbStatus] = &[
    TcbStatus::UpToDate,
    TcbStatus::SwHardeningNeeded,
    TcbStatus::ConfigurationNeeded,
    TcbStatus::ConfigurationAndSwHardeningNeeded,
    TcbStatus::OutOfDate,
    TcbStatus::OutOfDateConfigurationNeeded,
    TcbStatus::TdRelaunchAdvised,
    TcbStatus::TdRelaunchAdvisedConfigurationNeeded,
    TcbStatus::Unverified,
];

/// Accepted TCB statuses, comma separated as a policy entry has them.
fn tcb_statuses(file: &Path, texts: &[Spanned<String>]) -> Result<String, FileError> {
    let mut statuses = Vec::new();
    for text in texts {
        for word in text.value.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let word = Spanned { value: word.to_owned(), ..*text };
            statuses.push(known_word(file, &word, "TCB status", ACCEPTABLE)?);
        }
    }
    Ok(statuses.join(","))
}

/// The exact spelling of one of `known`.
fn known_word<T: ToString>(
    file: &Path,
    text: &Spanned<String>,
    what: &str,
    known: &[T],
) -> Result<String, FileError> {
    let names: Vec<String> = known.iter().map(ToString::to_string).collect();
    if names.contains(&text.value) {
        return Ok(text.value.clone());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Err(FileError::at(
        file,
        place(text.referenced),
        format!("unknown {what} `{}`", text.value),
        did_you_mean(&text.value, &names),
    ))
}
