//! Evidence of NVIDIA's devices as its own tools write it: a list in JSON, with an object for each
//! device that has its report and its certificates, both in Base64.

use aecs_attest::Platform;
use aecs_proto::{NvidiaGpuReport, json as proto_json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::{Content, Found};
use crate::failure::{Failure, Result};

/// One device. Its nonce stands there, too: whoever asked has it from where the request was made.
#[derive(Deserialize)]
struct Device {
    evidence: String,
    certificate: String,
}

pub(super) fn recognise(contents: &[u8]) -> Result<Vec<Found>> {
    let devices: Vec<Device> = serde_json::from_slice(contents).map_err(|error| {
        Failure::bad_input(format!("this begins like a list of evidence of devices: {error}"))
            .help("a list is of NVIDIA's devices, each with `evidence` and `certificate`")
    })?;
    if devices.is_empty() {
        return Err(Failure::bad_input("the list of evidence of devices is empty"));
    }
    let count = devices.len();
    let numbered = |(device, number): (&Device, usize)| {
        let form = match count {
            1 => "evidence of an NVIDIA device".to_owned(),
            _ => format!("evidence of an NVIDIA device, {number} of {count}"),
        };
        device.found(form)
    };
    devices.iter().zip(1..).map(numbered).collect()
}

impl Device {
    fn found(&self, form: String) -> Result<Found> {
        let chain = STANDARD.decode(&self.certificate).ok();
        let pem_cert_chain =
            chain.and_then(|chain| String::from_utf8(chain).ok()).ok_or_else(|| {
                Failure::bad_input(format!("{form}: its certificates are not PEM in Base64"))
            })?;
        let report = NvidiaGpuReport { b64_report: self.evidence.clone(), pem_cert_chain };
        let json = proto_json::to_string(&report);
        Ok(Found {
            form,
            platform: Platform::NvidiaGpu,
            content: Content::Message { json, passport: true },
            pem_public_key: String::new(),
        })
    }
}
