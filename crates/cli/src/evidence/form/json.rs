//! Forms in JSON, told by the names of their fields.

use aecs_attest::{Platform, event_log_without_padding};
use aecs_proto::{
    AzureVtpmReport, UnifiedAttestationAuthReport, UnifiedAttestationReport, json as proto_json,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::super::endorse::Endorsements;
use super::super::input;
use super::{Content, FileEvidence, binary, raw_evidence, snp, unknown, wrapped};
use crate::failure::{Failure, Result};

/// The message inside a report: what its fields are called, and what it is evidence of. The first
/// one that has all of the fields is taken.
struct Message {
    platform: Platform,
    fields: &'static [&'static str],
    /// The field with the endorsements; none where evidence needs no others.
    endorsements: Option<&'static str>,
}

const MESSAGES: &[Message] = &[
    Message {
        platform: Platform::NvidiaGpu,
        fields: &["b64_report", "pem_cert_chain"],
        endorsements: None,
    },
    Message {
        platform: Platform::SevSnp,
        fields: &["b64_report"],
        endorsements: Some("json_endorsements"),
    },
    Message { platform: Platform::AwsNitro, fields: &["b64_document"], endorsements: None },
    Message { platform: Platform::ArmCca, fields: &["b64_token"], endorsements: None },
    Message {
        platform: Platform::AzureTdx,
        fields: &["b64_hcl_report", "b64_td_quote"],
        endorsements: Some("json_endorsements"),
    },
    Message {
        platform: Platform::AzureSnp,
        fields: &["b64_hcl_report"],
        endorsements: Some("json_endorsements"),
    },
    Message {
        platform: Platform::Csv,
        fields: &["b64_quote", "str_chip_id"],
        endorsements: Some("json_cert_chain"),
    },
    Message {
        platform: Platform::Csv,
        fields: &["b64_quote", "json_cert_chain"],
        endorsements: Some("json_cert_chain"),
    },
    Message {
        platform: Platform::Kunpeng,
        fields: &["b64_quote", "int64_version"],
        endorsements: None,
    },
];

/// What is in an envelope, such as guest agents and their services use; its name for the TEE decides
/// nothing. None when the object is no envelope.
pub(super) fn in_envelope(contents: &[u8]) -> Option<Vec<u8>> {
    let object: Map<String, Value> = serde_json::from_slice(contents).ok()?;
    let text_of = |name: &str| object.get(name).filter(|value| value.is_string());
    match object.get("evidence").or_else(|| text_of("report"))? {
        evidence @ Value::Object(_) => Some(evidence.to_string().into_bytes()),
        evidence @ Value::Array(items) if items.iter().all(Value::is_object) => {
            Some(evidence.to_string().into_bytes())
        }
        // What services are sent has it as text.
        Value::String(text) => input::decoded(text).filter(|json| json.first() == Some(&b'{')),
        _ => None,
    }
}

pub(super) fn recognise(
    contents: &[u8],
    platform: Option<Platform>,
    endorsements: &mut Endorsements,
) -> Result<FileEvidence> {
    let text = std::str::from_utf8(contents)
        .map_err(|_| Failure::bad_input("this looks like JSON, but is not UTF-8"))?;
    let object: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| Failure::bad_input(format!("malformed JSON: {error}")))?;
    let has = |name: &str| object.contains_key(name);
    let of_ours = |report: &Value| report.get("json_report").is_some();
    if object.get("report").is_some_and(of_ours) {
        let report: UnifiedAttestationAuthReport = message(text)?;
        let key = report.pem_public_key;
        let report = report.report.ok_or_else(unknown)?;
        let form = if key.is_empty() { "report" } else { "report with its key" };
        return unified_report(report, form, key);
    }
    if has("json_report") && has("str_tee_platform") {
        return unified_report(message(text)?, "report", String::new());
    }
    if let Some(report) = object.get("attestation_report") {
        if report.get("report_data").is_some() {
            return snp::from_fields(object, endorsements);
        }
        return match bytes(report).filter(|bytes| binary::is_snp(bytes)) {
            Some(report) => snp::from_bytes(report, &object, endorsements),
            None => csv(&object),
        };
    }
    if has("report_data") && has("id_key_digest") {
        // A report taken apart, without what agents put around it.
        let object = Map::from_iter([("attestation_report".to_owned(), Value::Object(object))]);
        return snp::from_fields(object, endorsements);
    }
    if let Some(found) = snp::with_certificates(&object, endorsements) {
        return found;
    }
    if has("hcl_report") || (has("quote") && has("report")) {
        return azure(&object, endorsements);
    }
    if has("json_response_body") && has("b64_signature") {
        let json = STANDARD.encode(text);
        return evidence_of(
            Platform::SgxEpid,
            "IAS report",
            Content::Message { json, passport: true },
        );
    }
    if let Some(quote) = wrapped::in_json(&object) {
        return of_guest_tools(quote, &object, platform, endorsements);
    }
    if ["tcb_info", "tcbInfo", "qe_identity"].into_iter().any(has) {
        let failure = Failure::bad_input("this is collateral, not evidence");
        return Err(failure.help("name it with --collateral, together with the evidence"));
    }
    message_alone(text, &object, platform, endorsements)
}

/// A quote as guest tools write it, beside other things. Of those only the firmware's event log, as
/// Trustee has it, is made use of: it is replayed against the quote.
fn of_guest_tools(
    quote: &Value,
    object: &Map<String, Value>,
    platform: Option<Platform>,
    endorsements: &mut Endorsements,
) -> Result<FileEvidence> {
    let quote = bytes(quote).ok_or_else(|| {
        Failure::bad_input("`quote` is neither hexadecimal, Base64 nor a list of numbers")
            .help("quotes in JSON are in hexadecimal, in Base64, or lists of numbers")
    })?;
    let quote = wrapped::open(&quote).map_or(quote.as_slice(), |(quote, _)| quote).to_vec();
    let found = raw_evidence(quote, platform, endorsements)?.inside("JSON of guest tools");
    match object.get("cc_eventlog").filter(|log| !is_empty(log)) {
        Some(log) if found.platform == Platform::Tdx => {
            let log = bytes(log).ok_or_else(|| {
                Failure::bad_input(
                    "`cc_eventlog` is neither hexadecimal, Base64 nor a list of numbers",
                )
            })?;
            let log = event_log_without_padding(&log).to_vec();
            endorsements.event_log.get_or_insert(log);
        }
        _ => {}
    }
    Ok(found)
}

fn message<T: proto_json::JsonMessage>(text: &str) -> Result<T> {
    proto_json::from_str(text)
        .map_err(|error| Failure::bad_input(format!("cannot read the report: {error}")))
}

fn evidence_of(platform: Platform, form: &str, content: Content) -> Result<FileEvidence> {
    Ok(FileEvidence { form: form.to_owned(), platform, content, pem_public_key: String::new() })
}

fn unified_report(
    report: UnifiedAttestationReport,
    form: &str,
    pem_public_key: String,
) -> Result<FileEvidence> {
    let platform = report.str_tee_platform.parse().map_err(|_| {
        Failure::bad_input("the report is of an unknown platform")
            .help("`aecs-attest platforms` lists those that are")
    })?;
    let form = format!("{} {form}", report.str_report_type.escape_debug());
    Ok(FileEvidence { form, platform, content: Content::Report(report), pem_public_key })
}

/// The message inside a report, without the report.
fn message_alone(
    text: &str,
    object: &Map<String, Value>,
    platform: Option<Platform>,
    endorsements: &mut Endorsements,
) -> Result<FileEvidence> {
    let given = |name: &str| object.get(name).is_some_and(|value| !is_empty(value));
    let quote = || object.get("b64_quote").and_then(Value::as_str);
    let known = MESSAGES.iter().find(|message| match platform {
        Some(platform) => message.platform == platform && message.fields.iter().all(|f| given(f)),
        None => message.fields.iter().all(|field| given(field)),
    });
    if let Some(message) = known {
        let passport = message.endorsements.is_none_or(given);
        let content = Content::Message { json: text.to_owned(), passport };
        return evidence_of(message.platform, "message of a report", content);
    }
    // One text alone is evidence if it tells itself what it is of, whatever its name: servers hand
    // out documents like this.
    if let (1, Some(Value::String(evidence)), None) =
        (object.len(), object.values().next(), quote())
        && let Some(evidence) = input::decoded(evidence)
        && binary::recognise(&evidence).is_some()
    {
        return raw_evidence(evidence, platform, endorsements);
    }
    // What is left is a quote, which tells itself what it is of.
    let of_quote = || {
        let bytes = input::decoded(quote()?)?;
        binary::recognise(&bytes).map(|(platform, _)| platform)
    };
    let platform = platform.or_else(of_quote).ok_or_else(unknown)?;
    let content = Content::Message { json: text.to_owned(), passport: given("json_collateral") };
    evidence_of(platform, "message of a report", content)
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Null) || value.as_str() == Some("")
}

/// Evidence of a confidential machine on Azure, as guest tools write it: in bytes as lists of
/// numbers, or in hexadecimal and Base64.
fn azure(object: &Map<String, Value>, endorsements: &mut Endorsements) -> Result<FileEvidence> {
    let field = |names: &[&str]| names.iter().find_map(|name| object.get(*name));
    let part = |value: Option<&Value>, what: &str| {
        value.and_then(bytes).ok_or_else(|| {
            Failure::bad_input(format!(
                "the {what} is missing, or is neither hexadecimal, Base64 nor a list of numbers"
            ))
        })
    };
    let quote = field(&["tpm_quote", "quote"]);
    let of_quote = |name: &str| quote.and_then(|quote| quote.get(name));
    let registers = of_quote("pcrs").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let td_quote = match field(&["td_quote"]) {
        None => Vec::new(),
        given => part(given, "quote of the trust domain")?,
    };
    let platform = if td_quote.is_empty() { Platform::AzureSnp } else { Platform::AzureTdx };
    if let Some(vcek) = field(&["vcek", "vek"]).filter(|value| !is_empty(value)) {
        endorsements.vek.get_or_insert(part(Some(vcek), "certificate of the VCEK")?);
    }
    let report = AzureVtpmReport {
        b64_hcl_report: STANDARD.encode(part(field(&["hcl_report", "report"]), "HCL report")?),
        b64_tpm_message: STANDARD.encode(part(of_quote("message"), "message of the TPM's quote")?),
        b64_tpm_signature: STANDARD
            .encode(part(of_quote("signature"), "signature of the TPM's quote")?),
        hex_pcrs: registers
            .iter()
            .map(|register| part(Some(register), "register").map(hex::encode_upper))
            .collect::<Result<_>>()?,
        b64_td_quote: STANDARD.encode(td_quote),
        json_endorsements: String::new(),
    };
    evidence_of(platform, "evidence of an Azure virtual TPM", Content::Azure(report))
}

/// Evidence of a CSV guest, as guest tools write it.
fn csv(object: &Map<String, Value>) -> Result<FileEvidence> {
    let report = object
        .get("attestation_report")
        .and_then(|report| bytes(report.get("data").unwrap_or(report)))
        .ok_or_else(|| {
            Failure::bad_input("the evidence has no attestation report in bytes").help(
                "give the report as the guest's device made it; agents of 2025 and later have it",
            )
        })?;
    let chip_id = object.get("serial_number").and_then(bytes).unwrap_or_default();
    let chip_id = String::from_utf8(chip_id)
        .map_err(|_| Failure::bad_input("the serial number of the chip is not text"))?
        .trim_end_matches('\0')
        .to_owned();
    evidence_of(Platform::Csv, "evidence of a CSV guest", Content::Csv { report, chip_id })
}

/// Bytes as JSON has them: a list of numbers, or a text that encodes them.
pub(super) fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Array(numbers) => numbers
            .iter()
            .map(|number| number.as_u64().and_then(|number| u8::try_from(number).ok()))
            .collect(),
        Value::String(text) if text.starts_with("-----BEGIN") => {
            Some(input::der(text.clone().into_bytes()))
        }
        Value::String(text) => input::decoded(text),
        _ => None,
    }
}
