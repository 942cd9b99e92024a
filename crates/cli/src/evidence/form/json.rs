//! Forms in JSON, told by the names of their fields.

use aecs_attest::{Platform, nvidia_platform_of};
use aecs_proto::{UnifiedAttestationAuthReport, UnifiedAttestationReport, json as proto_json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::super::endorse::Endorsements;
use super::super::input;
use super::{Content, FileEvidence, azure, binary, fields, raw_evidence, snp, unknown, wrapped};
use crate::failure::{Failure, Result};

/// The message inside a report: what it is evidence of, what its fields are called, and the field with
/// the endorsements where evidence needs others. The first one that has all of the fields is taken.
type Message = (Platform, &'static [&'static str], Option<&'static str>);

const MESSAGES: &[Message] = &[
    (Platform::NvidiaGpu, &["b64_report", "pem_cert_chain"], None),
    (Platform::NvidiaSwitch, &["b64_report", "pem_cert_chain"], None),
    (Platform::SevSnp, &["b64_report"], Some("json_endorsements")),
    (Platform::AwsNitro, &["b64_document"], None),
    (Platform::ArmCca, &["b64_token"], None),
    (Platform::AzureTdx, &["b64_hcl_report", "b64_td_quote"], Some("json_endorsements")),
    (Platform::AzureSnp, &["b64_hcl_report"], Some("json_endorsements")),
    (Platform::Csv, &["b64_quote", "str_chip_id"], Some("json_cert_chain")),
    (Platform::Csv, &["b64_quote", "json_cert_chain"], Some("json_cert_chain")),
    (Platform::Kunpeng, &["b64_quote", "int64_version"], None),
];

/// What the form of such a message is called.
const MESSAGE: &str = "message of a report";

/// What is in an envelope, such as guest agents and their services use; its name for the TEE
/// decides nothing. None when the object is no envelope.
pub(super) fn in_envelope(object: &Map<String, Value>) -> Option<&Value> {
    let text_of = |name: &str| object.get(name).filter(|value| value.is_string());
    let inside = object.get("evidence").or_else(|| text_of("report"))?;
    match inside {
        Value::Object(_) => Some(inside),
        Value::Array(items) if items.iter().all(Value::is_object) => Some(inside),
        // What services are sent has it as text.
        Value::String(text) => {
            input::decoded(text).is_some_and(|json| json.first() == Some(&b'{')).then_some(inside)
        }
        _ => None,
    }
}

/// The object that a whole file is, for `platform` if that is given, when nothing in it tells what
/// it is.
pub(super) fn taken_for(contents: &[u8], platform: Option<Platform>) -> Result<FileEvidence> {
    let text = str::from_utf8(contents)
        .map_err(|_| Failure::bad_input("this looks like JSON, but is not UTF-8"))?;
    let object: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| Failure::bad_input(format!("malformed JSON: {error}")))?;
    if ["tcb_info", "tcbInfo", "qe_identity"].into_iter().any(|name| object.contains_key(name)) {
        let failure = Failure::bad_input("this is collateral, not evidence");
        return Err(failure.help("name it with --collateral, together with the evidence"));
    }
    let platform = platform.ok_or_else(unknown)?;
    let passport = object.get("json_collateral").is_some_and(|value| !is_empty(value));
    let content = Content::Message { json: text.to_owned(), passport };
    Ok(FileEvidence::of(platform, MESSAGE, content))
}

/// Recognises an object, by its own text where there is one.
pub(super) fn recognise(
    object: &Map<String, Value>,
    text: Option<&str>,
    platform: Option<Platform>,
    endorsements: &mut Endorsements,
) -> Result<Option<FileEvidence>> {
    let text = || match text {
        Some(text) => text.to_owned(),
        None => Value::Object(object.clone()).to_string(),
    };
    let has = |name: &str| object.contains_key(name);
    let of_ours = |report: &Value| report.get("json_report").is_some();
    if object.get("report").is_some_and(of_ours) {
        let report: UnifiedAttestationAuthReport = message(&text())?;
        let key = report.pem_public_key;
        let report = report.report.ok_or_else(unknown)?;
        let form = if key.is_empty() { "report" } else { "report with its key" };
        return unified_report(report, form, key).map(Some);
    }
    if has("json_report") && has("str_tee_platform") {
        return unified_report(message(&text())?, "report", String::new()).map(Some);
    }
    if let Some(report) = object.get("attestation_report") {
        if report.get("report_data").is_some() {
            return snp::from_fields(object.clone(), endorsements).map(Some);
        }
        let found = match input::bytes_in(report).filter(|bytes| binary::is_snp(bytes)) {
            Some(report) => snp::from_bytes(report, object, endorsements),
            None => csv(object),
        };
        return found.map(Some);
    }
    if let Some(report) = fields::in_json(object) {
        return snp::from_report(report, endorsements).map(Some);
    }
    if has("report_data") && has("id_key_digest") {
        // A report taken apart, without what agents put around it.
        let object =
            Map::from_iter([("attestation_report".to_owned(), Value::Object(object.clone()))]);
        return snp::from_fields(object, endorsements).map(Some);
    }
    if let Some(found) = snp::with_certificates(object, endorsements) {
        return found.map(Some);
    }
    let apart = has("snp_report") && has("runtime_data") && has("quote_msg");
    if apart
        || has("hcl_report")
        || (has("report") && object.get("quote").is_some_and(Value::is_object))
    {
        return azure::read(object, endorsements).map(Some);
    }
    if has("json_response_body") && has("b64_signature") {
        let json = STANDARD.encode(text());
        let content = Content::Message { json, passport: true };
        return Ok(Some(FileEvidence::of(Platform::SgxEpid, "IAS report", content)));
    }
    if let Some(quote) = wrapped::in_json(object) {
        return of_guest_tools(quote, platform, endorsements).map(Some);
    }
    message_alone(text, object, platform, endorsements)
}

/// A quote as guest tools write it, beside other things.
fn of_guest_tools(
    quote: &Value,
    platform: Option<Platform>,
    endorsements: &mut Endorsements,
) -> Result<FileEvidence> {
    let quote = input::bytes_in(quote).ok_or_else(|| {
        Failure::bad_input("`quote` is neither hexadecimal, Base64 nor a list of numbers")
            .help("quotes in JSON are in hexadecimal, in Base64, or lists of numbers")
    })?;
    let quote = wrapped::open_enclave(&quote).unwrap_or(&quote).to_vec();
    Ok(raw_evidence(quote, platform, endorsements)?.inside("JSON of guest tools"))
}

fn message<T: proto_json::JsonMessage>(text: &str) -> Result<T> {
    proto_json::from_str(text)
        .map_err(|error| Failure::bad_input(format!("cannot read the report: {error}")))
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
    let found = FileEvidence::of(platform, form, Content::Report(report));
    Ok(FileEvidence { pem_public_key, ..found })
}

/// The message inside a report, without the report.
fn message_alone(
    text: impl FnOnce() -> String,
    object: &Map<String, Value>,
    platform: Option<Platform>,
    endorsements: &mut Endorsements,
) -> Result<Option<FileEvidence>> {
    let given = |name: &str| object.get(name).is_some_and(|value| !is_empty(value));
    let quote = || object.get("b64_quote").and_then(Value::as_str);
    let known = MESSAGES.iter().find(|(of, fields, _)| {
        platform.is_none_or(|platform| *of == platform) && fields.iter().all(|field| given(field))
    });
    if let Some((of, _, endorsements)) = known {
        let passport = endorsements.is_none_or(given);
        let content = Content::Message { json: text(), passport };
        let chain = object.get("pem_cert_chain").and_then(Value::as_str);
        let platform = match chain {
            Some(chain) if platform.is_none() => nvidia_platform_of(chain),
            _ => *of,
        };
        return Ok(Some(FileEvidence::of(platform, MESSAGE, content)));
    }
    // One text alone is evidence if it tells itself what it is of, whatever its name: servers hand
    // out documents like this.
    if let (1, Some(Value::String(evidence)), None) =
        (object.len(), object.values().next(), quote())
        && let Some(evidence) = input::decoded(evidence)
        && binary::recognise(&evidence).is_some()
    {
        return raw_evidence(evidence, platform, endorsements).map(Some);
    }
    // What is left is a quote, which tells itself what it is of.
    let of_quote = || {
        let bytes = input::decoded(quote()?)?;
        binary::recognise(&bytes).map(|(platform, _)| platform)
    };
    let Some(of_quote) = of_quote() else { return Ok(None) };
    let content = Content::Message { json: text(), passport: given("json_collateral") };
    Ok(Some(FileEvidence::of(platform.unwrap_or(of_quote), MESSAGE, content)))
}

pub(super) fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Null) || value.as_str() == Some("")
}

/// Evidence of a CSV guest, as guest tools write it.
fn csv(object: &Map<String, Value>) -> Result<FileEvidence> {
    let report = object
        .get("attestation_report")
        .and_then(|report| input::bytes_in(report.get("data").unwrap_or(report)))
        .ok_or_else(|| {
            Failure::bad_input("the evidence has no attestation report in bytes").help(
                "give the report as the guest's device made it; agents of 2025 and later have it",
            )
        })?;
    let chip_id = object.get("serial_number").and_then(input::bytes_in).unwrap_or_default();
    let chip_id = String::from_utf8(chip_id)
        .map_err(|_| Failure::bad_input("the serial number of the chip is not text"))?
        .trim_end_matches('\0')
        .to_owned();
    let content = Content::Csv { report, chip_id };
    Ok(FileEvidence::of(Platform::Csv, "evidence of a CSV guest", content))
}
