//! Evidence of a confidential machine on Azure, as guest tools write it: in bytes as lists of
//! numbers, or in hexadecimal and Base64.

use aecs_attest::Platform;
use aecs_proto::AzureVtpmReport;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::super::endorse::Endorsements;
use super::super::input;
use super::binary::SNP_REPORT;
use super::json::is_empty;
use super::{Content, FileEvidence};
use crate::failure::{Failure, Result};

/// Reads the parts: a quote of the TPM is an object of its own, or its parts are beside the others.
pub(super) fn read(
    object: &Map<String, Value>,
    endorsements: &mut Endorsements,
) -> Result<FileEvidence> {
    let field = |names: &[&str]| names.iter().find_map(|name| object.get(*name));
    let quote = field(&["tpm_quote", "quote"]);
    let of_quote = |name: &str, beside: &str| {
        quote.and_then(|quote| quote.get(name)).or_else(|| object.get(beside))
    };
    let registers = of_quote("pcrs", "pcrs").and_then(Value::as_array);
    let registers = registers.map_or(&[][..], Vec::as_slice);
    let td_quote = match field(&["td_quote"]) {
        None => Vec::new(),
        given => part(given, "quote of the trust domain")?,
    };
    let platform = if td_quote.is_empty() { Platform::AzureSnp } else { Platform::AzureTdx };
    if let Some(vcek) = field(&["vcek", "vek"]).filter(|value| !is_empty(value)) {
        endorsements.vek.get_or_insert(part(Some(vcek), "certificate of the VCEK")?);
    }
    let hcl_report = match (object.get("snp_report"), object.get("runtime_data")) {
        (Some(report), Some(claims)) => put_together(
            &part(Some(report), "SEV-SNP report")?,
            &part(Some(claims), "runtime claims")?,
        )?,
        _ => part(field(&["hcl_report", "report"]), "HCL report")?,
    };
    let message = part(of_quote("message", "quote_msg"), "message of the TPM's quote")?;
    let signature = part(of_quote("signature", "quote_sig"), "signature of the TPM's quote")?;
    let report = AzureVtpmReport {
        b64_hcl_report: STANDARD.encode(hcl_report),
        b64_tpm_message: STANDARD.encode(message),
        b64_tpm_signature: STANDARD.encode(without_head(&signature)),
        hex_pcrs: registers
            .iter()
            .map(|register| part(Some(register), "register").map(hex::encode_upper))
            .collect::<Result<_>>()?,
        b64_td_quote: STANDARD.encode(td_quote),
        json_endorsements: String::new(),
    };
    let form = "evidence of an Azure virtual TPM";
    Ok(FileEvidence::of(platform, form, Content::Azure(report)))
}

fn part(value: Option<&Value>, what: &str) -> Result<Vec<u8>> {
    value.and_then(input::bytes_in).ok_or_else(|| {
        Failure::bad_input(format!(
            "the {what} is missing, or is neither hexadecimal, Base64 nor a list of numbers"
        ))
    })
}

/// The report of the host compatibility layer that a processor's report and its claims were taken
/// from (OpenHCL, "attestation report"). Nothing in its head is signed; what is wrong is refused.
fn put_together(report: &[u8], claims: &[u8]) -> Result<Vec<u8>> {
    const REQUEST_DATA: usize = 20;
    const HEAD: usize = 32;
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    if report.len() != SNP_REPORT {
        return Err(Failure::bad_input(format!(
            "the SEV-SNP report must be exactly {SNP_REPORT} bytes, got {}",
            report.len()
        )));
    }
    let data = REQUEST_DATA + claims.len();
    Ok([
        b"HCLA".as_slice(),
        &number(2),
        &number(HEAD + SNP_REPORT + data),
        &number(2),
        &[0; 16],
        report,
        &number(data),
        &number(1),
        &number(2),
        &number(1),
        &number(claims.len()),
        claims,
    ]
    .concat())
}

/// A signature without what TPMs write in front of it (TCG, "Trusted Platform Module Library", part
/// 2, "TPMT_SIGNATURE"): RSASSA, SHA-256 and the length.
fn without_head(signature: &[u8]) -> &[u8] {
    match signature.strip_prefix(&[0x00, 0x14, 0x00, 0x0B]).and_then(<[u8]>::split_first_chunk) {
        Some((len, rest)) if usize::from(u16::from_be_bytes(*len)) == rest.len() => rest,
        _ => signature,
    }
}
