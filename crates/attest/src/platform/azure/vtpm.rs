//! The virtual TPM: what its paravisor claims, and what it has signed.

use aecs_proto::AzureVtpmReport;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use std::collections::BTreeMap;

use super::hcl::{HclReport, Tee};
use super::tpm::TpmQuote;
use super::{binding, hcl, tpm};
use crate::appraisal::{Appraisal, Binding};
use crate::attributes::table::PCRS;
use crate::attributes::value::registers;
use crate::checks::Checks;
use crate::encoding::base64_within;
use crate::error::{Check, Error, Result, limit};
use crate::report::ReportData;

const CLAIMS: &str = "runtime claims";
/// Name of the attestation key in the claims.
const ATTESTATION_KEY: &str = "HCLAkPub";
/// Signatures of RSA keys of up to 8192 bits.
const MAX_SIGNATURE: usize = 1024;
/// Registers of a TPM for which a quote has a bit.
const MAX_REGISTERS: usize = 32;

/// What came from the virtual TPM, read and not yet believed.
#[derive(Debug)]
pub(super) struct Vtpm {
    pub(super) hcl: HclReport,
    claims: Claims,
    message: Vec<u8>,
    signature: Vec<u8>,
    registers: Vec<[u8; 32]>,
    tee: Tee,
}

/// What the paravisor says about the machine; there is more in it.
#[derive(Debug, Deserialize)]
struct Claims {
    keys: Vec<JsonWebKey>,
    /// 64 bytes in hexadecimal; early paravisors had no place for them.
    #[serde(rename = "user-data")]
    user_data: Option<String>,
}

/// A public key (RFC 7517, RFC 7518).
#[derive(Debug, Deserialize)]
struct JsonWebKey {
    kid: String,
    kty: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

impl Vtpm {
    pub(super) fn parse(report: &AzureVtpmReport, tee: Tee) -> Result<Self> {
        let bytes = base64_within("HCL report", &report.b64_hcl_report, hcl::MAX_SIZE)?;
        let hcl = HclReport::parse(&bytes, tee)?;
        let claims =
            serde_json::from_slice(&hcl.claims).map_err(|error| Error::malformed(CLAIMS, error))?;
        let message = base64_within("TPM quote", &report.b64_tpm_message, tpm::MAX_SIZE)?;
        let signature =
            base64_within("signature of the TPM quote", &report.b64_tpm_signature, MAX_SIGNATURE)?;
        if report.hex_pcrs.len() > MAX_REGISTERS {
            return Err(Error::malformed("PCRs", "more than a TPM has"));
        }
        if report.hex_pcrs.is_empty() {
            return Err(Error::malformed(
                "PCRs",
                "there are none: the evidence must have their values",
            ));
        }
        let registers = report.hex_pcrs.iter().map(|pcr| register(pcr)).collect::<Result<_>>()?;
        Ok(Self { hcl, claims, message, signature, registers, tee })
    }

    /// Verifies everything behind the processor's report, which is genuine and binds these bytes,
    /// and adds what it says.
    pub(super) fn complete(
        &self,
        report_data: &[u8; 64],
        mut appraisal: Appraisal,
    ) -> Result<Appraisal> {
        let checks = &mut appraisal.checks;
        self.check_claims(report_data, checks)?;
        let quote = TpmQuote::parse(&self.message)?;
        self.check_signature(checks)?;
        let pcrs = self.check_registers(&quote, checks)?;
        let user_data = self.claims.user_data()?;
        let (binding, by_claim) = binding::of(quote.extra_data, user_data.as_ref());
        if by_claim {
            checks.passed(Check::AZURE_USER_DATA, hex::encode_upper(quote.extra_data));
        }
        appraisal.facts.set(&PCRS, pcrs);
        Ok(Appraisal { binding, ..appraisal })
    }

    /// What the TPM's quote says that it binds.
    pub(super) fn claimed(&self) -> Option<ReportData> {
        let quote = TpmQuote::parse(&self.message).ok()?;
        let user_data = self.claims.user_data().ok()?;
        match binding::of(quote.extra_data, user_data.as_ref()).0 {
            Binding::ReportData(report_data) => Some(report_data),
            Binding::Nonce(_) => None,
        }
    }

    fn check_claims(&self, report_data: &[u8; 64], checks: &mut Checks) -> Result<()> {
        let check = Check::AZURE_RUNTIME_CLAIMS;
        let expected = self.hcl.expected_report_data();
        if self.tee == Tee::Tdx {
            // The report that the quote was made of, so that nothing in the evidence is ignored.
            let in_hcl = self.hcl.td_report_data().unwrap_or(&[0; 64]);
            checks.equal_bytes(check, report_data, in_hcl)?;
        }
        checks.equal_bytes(check, &expected, report_data)
    }

    fn check_signature(&self, checks: &mut Checks) -> Result<()> {
        let key = self.claims.attestation_key()?;
        let signed = key
            .verify(&RSA_PKCS1_2048_8192_SHA256, &self.message, &self.signature)
            .map_err(|_| "it was not made by the attestation key");
        checks.holds(Check::AZURE_TPM_SIGNATURE, signed)
    }

    /// Returns the attribute `str_pcrs`.
    fn check_registers(
        &self,
        quote: &TpmQuote<'_>,
        checks: &mut Checks,
    ) -> Result<BTreeMap<String, String>> {
        let count = |registers: usize| format!("{registers} registers");
        let (selected, given) = (quote.registers.len(), self.registers.len());
        checks.equal(Check::AZURE_PCRS, &count(selected), &count(given))?;
        let values = self.registers.concat();
        let actual = digest(&SHA256, &values);
        checks.equal_bytes(Check::AZURE_PCRS, quote.digest, actual.as_ref())?;
        let values = self.registers.iter().map(<[u8; 32]>::as_slice);
        Ok(registers(quote.registers.iter().copied().zip(values)))
    }
}

impl Claims {
    fn attestation_key(&self) -> Result<PublicKeyComponents<Vec<u8>>> {
        let malformed = |text: &'static str| Error::malformed(CLAIMS, text);
        let mut keys = self.keys.iter().filter(|key| key.kid == ATTESTATION_KEY);
        let (Some(key), None) = (keys.next(), keys.next()) else {
            return Err(malformed("expected exactly one HCLAkPub"));
        };
        if key.kty != "RSA" {
            return Err(malformed("HCLAkPub is not an RSA key"));
        }
        let number = |text: &str| -> Result<Vec<u8>> {
            limit(CLAIMS, text, MAX_SIGNATURE * 2)?;
            URL_SAFE_NO_PAD.decode(text).map_err(|error| Error::malformed(CLAIMS, error))
        };
        Ok(PublicKeyComponents { n: number(&key.n)?, e: number(&key.e)? })
    }

    /// The 64 bytes that the guest has written for the paravisor to claim.
    fn user_data(&self) -> Result<Option<[u8; 64]>> {
        let Some(text) = &self.user_data else { return Ok(None) };
        let mut bytes = [0; 64];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|error| Error::malformed("user data in the runtime claims", error))?;
        Ok(Some(bytes))
    }
}

/// The value of a register of the SHA-256 bank.
fn register(text: &str) -> Result<[u8; 32]> {
    let mut value = [0; 32];
    hex::decode_to_slice(text, &mut value).map_err(|error| Error::malformed("PCRs", error))?;
    Ok(value)
}
