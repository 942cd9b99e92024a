//! Evidence of NVIDIA's devices as its own tools write it: a list in JSON, with an object for each
//! device that has its report and its certificates, both in Base64. Requests to NVIDIA's service
//! and the agents of Confidential Containers have the list in an object.

use aecs_attest::nvidia_platform_of;
use aecs_proto::{NvidiaGpuReport, json as proto_json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::input;
use super::{Content, FileEvidence};
use crate::failure::{Failure, Result};

/// One device. Its nonce stands there, too: the requester knows it already.
#[derive(Deserialize)]
struct Device {
    evidence: String,
    certificate: String,
}

/// An object with evidence of devices.
#[derive(Deserialize)]
#[serde(untagged)]
enum Object {
    /// A list, under the name that one of them gives it.
    Listed {
        #[serde(alias = "evidence_list")]
        device_evidence_list: Vec<Value>,
    },
    /// One that was taken out of its list.
    One(Device),
}

/// What is in an object; none when it has nothing of devices.
pub(super) fn in_object(object: &Map<String, Value>) -> Option<Result<Vec<FileEvidence>>> {
    const NAMES: [&str; 3] = ["certificate", "device_evidence_list", "evidence_list"];
    if !NAMES.iter().any(|name| object.contains_key(*name)) {
        return None;
    }
    match serde_json::from_value(Value::Object(object.clone())).ok()? {
        Object::Listed { device_evidence_list } => {
            Some(recognise(Value::from(device_evidence_list).to_string().as_bytes()))
        }
        Object::One(device) => Some(all(&[device])),
    }
}

/// Whether an item of a list is a device.
pub(super) fn is_device(item: &Value) -> bool {
    item.get("evidence").is_some() && item.get("certificate").is_some()
}

/// What is in a list.
pub(super) fn recognise(contents: &[u8]) -> Result<Vec<FileEvidence>> {
    let devices: Vec<Device> = serde_json::from_slice(contents).map_err(|error| {
        Failure::bad_input(format!("malformed list of evidence of devices: {error}"))
            .help("a list is of NVIDIA's devices, each with `evidence` and `certificate`")
    })?;
    if devices.is_empty() {
        return Err(Failure::bad_input("the list of evidence of devices is empty"));
    }
    all(&devices)
}

fn all(devices: &[Device]) -> Result<Vec<FileEvidence>> {
    let count = devices.len();
    let numbered = |(device, number): (&Device, usize)| {
        let form = match count {
            1 => "evidence of an NVIDIA device".to_owned(),
            _ => format!("evidence of an NVIDIA device, {number} of {count}"),
        };
        device.file_evidence(form)
    };
    devices.iter().zip(1..).map(numbered).collect()
}

impl Device {
    fn file_evidence(&self, form: String) -> Result<FileEvidence> {
        let fault = |what: &str| Failure::bad_input(format!("{form}: {what} in Base64"));
        let report = input::decoded(&self.evidence).ok_or_else(|| fault("its report is not"))?;
        let pem_cert_chain = input::decoded(&self.certificate)
            .and_then(|chain| String::from_utf8(chain).ok())
            .ok_or_else(|| fault("its certificates are not PEM"))?;
        let platform = nvidia_platform_of(&pem_cert_chain);
        let report = NvidiaGpuReport { b64_report: STANDARD.encode(report), pem_cert_chain };
        let json = proto_json::to_string(&report);
        let content = Content::Message { json, passport: true };
        Ok(FileEvidence::of(platform, form, content))
    }
}
