//! JSON and binary form are those of AECS 2.0, by samples its own code made.
//!
//! The samples are read from the directory `AECS_VECTORS`, else from `../shared/vectors` beside the
//! repository.

use std::error::Error;
use std::path::{Path, PathBuf};

use aecs_proto::json::{self, JsonError, JsonMessage};
use aecs_proto::*;
use prost::{DecodeError, Name};
use serde::Deserialize;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Inputs that AECS 2.0 takes and we refuse, with the reason.
const REFUSED_ON_PURPOSE: &[(&str, &str)] = &[
    ("duplicate key", "two readers must not see two values"),
    ("both spellings", "two readers must not see two values"),
    ("trailing comma", "is not JSON; no writer of JSON makes it"),
    ("single quotes", "is not JSON; no writer of JSON makes it"),
    ("unquoted key", "is not JSON; no writer of JSON makes it"),
    ("raw control char", "is not JSON; no writer of JSON makes it"),
    ("object for repeated", "a list of one is written as a list"),
];

#[derive(Deserialize)]
struct Vectors {
    pb_json: JsonVectors,
}

#[derive(Deserialize)]
struct JsonVectors {
    samples: Vec<Sample>,
    parse_probes: Vec<Probe>,
}

#[derive(Deserialize)]
struct Sample {
    label: String,
    message: String,
    json: String,
    protobuf_hex: String,
}

#[derive(Deserialize)]
struct Probe {
    label: String,
    message: String,
    input: Option<String>,
    input_hex: Option<String>,
    accepted: bool,
    reserialized: Option<String>,
}

impl Probe {
    fn input(&self) -> Result<Vec<u8>> {
        match (&self.input, &self.input_hex) {
            (Some(text), None) => Ok(text.clone().into_bytes()),
            (None, Some(digits)) => Ok(hex::decode(digits)?),
            _ => Err("a probe has one input".into()),
        }
    }
}

#[test]
fn samples_convert_both_ways() -> Result<()> {
    let Some(vectors) = vectors()? else { return Ok(()) };
    assert_eq!(vectors.samples.len(), 43);
    for sample in vectors.samples {
        let form = Form::of(&sample.message)?;
        let context = format!("{} {}", sample.message, sample.label);
        let binary = hex::decode(&sample.protobuf_hex)?;
        assert_eq!((form.binary_to_json)(&binary)?, sample.json, "{context}");
        assert_eq!((form.json_to_binary)(sample.json.as_bytes())?, binary, "{context}");
    }
    Ok(())
}

#[test]
fn probes_are_read_as_by_aecs20() -> Result<()> {
    let Some(vectors) = vectors()? else { return Ok(()) };
    assert_eq!(vectors.parse_probes.len(), 49);
    let mut refused_on_purpose = 0;
    for probe in vectors.parse_probes {
        let form = Form::of(&probe.message)?;
        let context = format!("{} {}", probe.message, probe.label);
        let read = (form.json_to_binary)(&probe.input()?);

        if REFUSED_ON_PURPOSE.iter().any(|(label, _)| *label == probe.label) {
            assert!(probe.accepted && read.is_err(), "{context}");
            refused_on_purpose += 1;
        } else if probe.accepted {
            let written = (form.binary_to_json)(&read?)?;
            assert_eq!(Some(written), probe.reserialized, "{context}");
        } else {
            assert!(read.is_err(), "{context}");
        }
    }
    assert_eq!(refused_on_purpose, REFUSED_ON_PURPOSE.len());
    Ok(())
}

/// The conversions of a message whose name is known at run time only.
struct Form {
    json_to_binary: fn(&[u8]) -> std::result::Result<Vec<u8>, JsonError>,
    binary_to_json: fn(&[u8]) -> std::result::Result<String, DecodeError>,
}

macro_rules! forms {
    ($name:expr; $($message:ident),* $(,)?) => {
        match $name {
            $(name if name == $message::full_name() => Ok(Self::new::<$message>()),)*
            name => Err(format!("no message {name} in the list of the test").into()),
        }
    };
}

impl Form {
    fn new<M: JsonMessage + Default>() -> Self {
        Self {
            json_to_binary: |text| json::from_slice::<M>(text).map(|m| m.encode_to_vec()),
            binary_to_json: |bytes| M::decode(bytes).map(|message| json::to_string(&message)),
        }
    }

    fn of(name: &str) -> Result<Self> {
        forms!(name;
            AdminAuth,
            AdminRemoteCallReqWithAuth,
            AdminRemoteCallRequest,
            AecsListBackupIdentityResponse,
            AecsProvisionRequest,
            AsymmetricKeyPair,
            CreateEnclaveSecretRequest,
            DigitalEnvelopeEncrypted,
            EnclaveConfigurations,
            EnclaveKvPair,
            EnclaveSecret,
            EnclaveSecretSpec,
            EnclaveStatus,
            GetEnclaveSecretPublicResponse,
            ListEnclaveServiceResponse,
            RegisterEnclaveServiceRequest,
            SgxQlQveCollateral,
            SslCredentialsOptions,
            TaCreateSecretRequest,
            TaCreateSecretResponse,
            TaDestroySecretRequest,
            TaGetSecretRequest,
            TaGetSecretResponse,
            UnifiedAttestationAttributes,
            UnifiedAttestationAuthReport,
            UnifiedAttestationPolicy,
        )
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test must be noticed")]
fn vectors() -> Result<Option<JsonVectors>> {
    let path = match std::env::var_os("AECS_VECTORS") {
        Some(directory) => PathBuf::from(directory),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
    }
    .join("aecs20/aecs_wire_vectors.json");
    if !path.exists() {
        eprintln!("SKIPPED: no test vectors at {}; set AECS_VECTORS", path.display());
        return Ok(None);
    }
    let vectors: Vectors = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    Ok(Some(vectors.pb_json))
}
