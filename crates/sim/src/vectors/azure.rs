//! Recorded evidence of Azure machines, in the forms that guest tools write it.

use aecs_proto::AzureVtpmReport;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// A recording, and the certificate of its VCEK in DER.
pub struct Recording {
    /// The evidence.
    pub report: AzureVtpmReport,
    /// The certificate; empty if there is none.
    pub vcek: Vec<u8>,
}

impl Recording {
    /// Reads either form: bytes as lists of numbers, or as hexadecimal and Base64.
    ///
    /// # Panics
    ///
    /// For another form.
    #[must_use]
    pub fn parse(json: &[u8]) -> Self {
        let json: Value = serde_json::from_slice(json).unwrap();
        let field = |names: &[&str]| {
            names.iter().find_map(|name| json.get(name)).cloned().unwrap_or(Value::Null)
        };
        let quote = field(&["tpm_quote", "quote"]);
        let registers = quote["pcrs"].as_array().unwrap();
        let report = AzureVtpmReport {
            b64_hcl_report: STANDARD.encode(bytes(&field(&["hcl_report", "report"]))),
            b64_tpm_message: STANDARD.encode(bytes(&quote["message"])),
            b64_tpm_signature: STANDARD.encode(bytes(&quote["signature"])),
            hex_pcrs: registers.iter().map(|pcr| hex::encode(bytes(pcr))).collect(),
            b64_td_quote: STANDARD.encode(bytes(&field(&["td_quote"]))),
            json_endorsements: String::new(),
        };
        Self { report, vcek: bytes(&field(&["vcek"])) }
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(numbers) => {
            numbers.iter().map(|number| u8::try_from(number.as_u64().unwrap()).unwrap()).collect()
        }
        Value::String(text) if text.starts_with("-----BEGIN") => {
            pem::parse(text).unwrap().into_contents()
        }
        Value::String(text) => hex::decode(text)
            .or_else(|_| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')))
            .unwrap(),
        other => panic!("no bytes: {other}"),
    }
}
