//! Intel's collateral for one model of processor, in the forms in which tools save it.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    CollateralItem, CollateralSource, Error, IntelTee, Platform, collateral_of_quote,
};
use aecs_proto::{SgxQlQveCollateral, json};
use serde_json::{Map, Value};

use super::input;
use crate::failure::{Failure, Result};
use crate::files;

/// Intel's collateral for one processor model. The verifier finds out whether it belongs to a
/// quote.
#[derive(Debug, Clone)]
pub(super) struct IntelCollateral {
    tee: IntelTee,
    /// The model (FMSPC), in upper case hexadecimal; empty where it does not say.
    fmspc: String,
    json: String,
}

impl IntelCollateral {
    /// Reads the message that reports of ours have, or the form of `dcap-qvl`, which has the
    /// signatures beside what they sign.
    pub(super) fn parse(
        contents: &[u8],
        object: &Map<String, Value>,
    ) -> std::result::Result<Self, String> {
        let collateral = if object.contains_key("tcb_info_signature") {
            read_fields(object)?
        } else {
            let text = std::str::from_utf8(contents).map_err(|error| error.to_string())?;
            json::from_str::<SgxQlQveCollateral>(text).map_err(|error| error.to_string())?
        };
        Ok(Self::of(&collateral))
    }

    /// Reads the files of Intel's quote verification library's sample data; nothing when the folder
    /// has none of them. The TCB signer's chain is that of the QE identity, too. The first sample
    /// data had the QE identity in two versions, of which the second one is in use since.
    pub(super) fn in_folder(folder: &Path) -> Result<Option<Self>> {
        let tcb_info = folder.join("tcbInfo.json");
        if !tcb_info.exists() {
            return Ok(None);
        }
        let text = |name: &str| files::read_text(&folder.join(name), "collateral");
        let crl = |name: &str| {
            let der = folder.join(format!("{name}.der"));
            if der.exists() {
                return Ok(hex::encode(input::read(&der, "revocation list")?));
            }
            text(&format!("{name}.pem"))
        };
        let tcb_info = text("tcbInfo.json")?;
        let names = ["qeIdentityV2QE.json", "qeIdentity.json"];
        let qe_identity = names.iter().find(|name| folder.join(name).exists());
        let qe_identity = text(qe_identity.unwrap_or(&"qeIdentity.json"))?;
        let (signer, ca) = (text("tcbSignChain.pem")?, text("pckSignChain.pem")?);
        let root = text("trustedRootCaCert.pem")?;
        // Most quotes have the certificate themselves.
        let pck = folder.join("pckCert.pem").exists().then(|| text("pckCert.pem")).transpose()?;
        let collateral = SgxQlQveCollateral {
            version: 3,
            tee_type: Subject::of(&tcb_info).map_err(Failure::bad_input)?.tee.number(),
            pck_crl: crl("intermediateCaCrl")?,
            root_ca_crl: crl("rootCaCrl")?,
            tcb_info_issuer_chain: signer.clone(),
            tcb_info,
            qe_identity_issuer_chain: signer,
            qe_identity,
            pck_certificate_chain: pck.map_or_else(String::new, |pck| chain_of(&pck, &ca, &root)),
            pck_crl_issuer_chain: ca,
            ..Default::default()
        };
        Ok(Some(Self::of(&collateral)))
    }

    fn of(collateral: &SgxQlQveCollateral) -> Self {
        let tdx = collateral.tee_type == IntelTee::Tdx.number();
        let tee = if tdx { IntelTee::Tdx } else { IntelTee::Sgx };
        // The verifier refuses a malformed TCB info, by its own check.
        let fmspc = Subject::of(&collateral.tcb_info).map(|subject| subject.fmspc);
        Self { tee, fmspc: fmspc.unwrap_or_default(), json: json::to_string(collateral) }
    }

    /// The JSON for a Passport with this quote. Of several, that for its processor; one alone is
    /// for whatever quote it was given with.
    pub(super) fn for_quote<'a>(all: &'a [Self], platform: Platform, quote: &[u8]) -> &'a str {
        let tee = match platform {
            Platform::SgxDcap => IntelTee::Sgx,
            Platform::Tdx => IntelTee::Tdx,
            _ => return "",
        };
        let of_tee = || all.iter().filter(|collateral| collateral.tee == tee);
        let needed = collateral_of_quote(tee, quote).ok();
        let fitting = needed.and_then(|item| of_tee().find(|one| one.is_for(&item)));
        fitting.or_else(|| of_tee().next()).map_or("", |collateral| &collateral.json)
    }

    fn is_for(&self, item: &CollateralItem) -> bool {
        match item {
            CollateralItem::Dcap { tee, fmspc, .. } => {
                *tee == self.tee
                    && (self.fmspc.is_empty() || self.fmspc == hex::encode_upper(fmspc))
            }
            _ => false,
        }
    }
}

fn read_fields(object: &Map<String, Value>) -> std::result::Result<SgxQlQveCollateral, String> {
    let text = |name: &str| {
        let value = object.get(name).and_then(Value::as_str);
        value.map(str::to_owned).ok_or_else(|| format!("the collateral has no text `{name}`"))
    };
    // Earlier versions of the library write them as lists of numbers.
    let octets = |name: &str| match object.get(name) {
        Some(Value::Array(numbers)) => {
            let byte =
                |number: &Value| number.as_u64().and_then(|number| u8::try_from(number).ok());
            let bytes: Option<Vec<u8>> = numbers.iter().map(byte).collect();
            bytes.map(hex::encode).ok_or_else(|| format!("`{name}` is not a list of bytes"))
        }
        _ => text(name),
    };
    let signed = |name: &str, field: &str| {
        let (body, signature) = (text(field)?, octets(&format!("{field}_signature"))?);
        Ok::<_, String>(format!(r#"{{"{name}":{body},"signature":"{signature}"}}"#))
    };
    let tcb_info = signed("tcbInfo", "tcb_info")?;
    let Subject { tee, .. } = Subject::of(&tcb_info)?;
    Ok(SgxQlQveCollateral {
        version: 3,
        pck_crl_issuer_chain: text("pck_crl_issuer_chain")?,
        root_ca_crl: octets("root_ca_crl")?,
        pck_crl: octets("pck_crl")?,
        tcb_info_issuer_chain: text("tcb_info_issuer_chain")?,
        tcb_info,
        qe_identity_issuer_chain: text("qe_identity_issuer_chain")?,
        qe_identity: signed("enclaveIdentity", "qe_identity")?,
        tee_type: tee.number(),
        // The library's form always has it; the quote says whether it is needed.
        pck_certificate_chain: text("pck_certificate_chain").unwrap_or_default(),
        ..Default::default()
    })
}

/// What a TCB info is about.
struct Subject {
    tee: IntelTee,
    fmspc: String,
}

impl Subject {
    /// Reads Intel's whole answer.
    fn of(answer: &str) -> std::result::Result<Self, String> {
        let answer: Value = serde_json::from_str(answer.trim_end_matches('\0'))
            .map_err(|error| format!("the TCB info is not JSON: {error}"))?;
        let text = |name: &str| answer.get("tcbInfo")?.get(name)?.as_str();
        let tee = if text("id") == Some("TDX") { IntelTee::Tdx } else { IntelTee::Sgx };
        Ok(Self { tee, fmspc: text("fmspc").unwrap_or_default().to_ascii_uppercase() })
    }
}

/// The chain of a PCK certificate, whose issuers stand apart, in either order.
fn chain_of(pck: &str, issuers: &str, root: &str) -> String {
    const END: &str = "-----END CERTIFICATE-----";
    let unbroken = |text: &str| text.split_ascii_whitespace().collect::<String>();
    let root_unbroken = unbroken(root);
    let ca = issuers.split_inclusive(END).find(|block| {
        let block = unbroken(block);
        !block.is_empty() && !root_unbroken.contains(&block)
    });
    format!("{}\n{}\n{}", pck.trim(), ca.unwrap_or_default().trim(), root.trim())
}

impl CollateralSource for IntelCollateral {
    fn get(&self, item: &CollateralItem, _now: SystemTime) -> aecs_attest::Result<Arc<[u8]>> {
        if self.is_for(item) {
            return Ok(self.json.as_bytes().into());
        }
        let source = match self.fmspc.as_str() {
            "" => format!("the file has collateral of {}", self.tee),
            fmspc => format!("the file has collateral of {} and FMSPC {fmspc}", self.tee),
        };
        Err(Error::Unavailable { what: item.to_string(), source: source.into() })
    }

    fn generation(&self) -> u64 {
        0
    }
}
