//! Collateral in the form that AECS 2.0 gives it: the answers of Intel's provisioning
//! certification service, each as the text it came as.
//!
//! Chains are PEM. Revocation lists are PEM, or hexadecimal or Base64 of DER or PEM. TCB info and
//! QE identity are the whole answers, `{"tcbInfo":...,"signature":...}` and
//! `{"enclaveIdentity":...,"signature":...}`; what is signed is the inner text, to the byte but for
//! white space between its parts (Intel, provisioning certification service, "Get TCB Info": the
//! signature is "over tcbInfo body (without whitespaces)").

use aecs_proto::SgxQlQveCollateral;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::chain::{Chain, trim};
use crate::anchor::Anchor;
use crate::collateral::IntelTee;
use crate::encoding::from_json;
use crate::error::{Error, Result, limit};
use crate::limits;
use crate::x509::der::next;
use crate::x509::pem;

/// Versions whose parts have the form above: of service versions 3 and 4. Intel's own client marks
/// those with revocation lists in binary by a minor version of 1, in the upper half.
const VERSIONS: [i64; 4] = [3, 4, 0x1_0003, 0x1_0004];

/// The parts, decoded and not yet verified.
pub(super) struct Collateral {
    /// For quotes that only name their PCK certificate.
    pub(super) pck_chain: Option<Chain>,
    pub(super) pck_crl_chain: Chain,
    /// DER.
    pub(super) root_ca_crl: Vec<u8>,
    /// DER.
    pub(super) pck_crl: Vec<u8>,
    pub(super) tcb_info_chain: Chain,
    pub(super) tcb_info: SignedJson,
    pub(super) qe_identity_chain: Chain,
    pub(super) qe_identity: SignedJson,
    /// Intel's list of TCB evaluation numbers, and its signer's chain.
    pub(super) evaluation_list: Option<(SignedJson, Chain)>,
}

impl Collateral {
    pub(super) fn parse(json: &str, tee: IntelTee, anchors: &[Anchor]) -> Result<Self> {
        let message: SgxQlQveCollateral = from_json("collateral", json)?;
        if !VERSIONS.contains(&message.version) {
            let what = format!("collateral version {}", message.version);
            return Err(Error::Unsupported { what });
        }
        if message.tee_type != tee.number() {
            return Err(Error::malformed("collateral", format!("not for {tee}")));
        }
        let chain = |what, text: &str| Chain::parse(what, text.as_bytes(), 2, anchors);
        let tcb_info_chain = chain("TCB info issuer chain", &message.tcb_info_issuer_chain)?;
        // The signer is the same, unless it is being replaced.
        let qe_identity_chain = if message.qe_identity_issuer_chain == message.tcb_info_issuer_chain
        {
            tcb_info_chain.clone()
        } else {
            chain("QE identity issuer chain", &message.qe_identity_issuer_chain)?
        };
        let pck_chain = match message.pck_certificate_chain.as_str() {
            "" => None,
            text => Some(Chain::parse("PCK certificate chain", text.as_bytes(), 3, anchors)?),
        };
        let evaluation_list = match message.tcb_evaluation_numbers.as_str() {
            "" => None,
            text => {
                let issuers = &message.tcb_evaluation_numbers_issuer_chain;
                let issuers = chain("issuer chain of the TCB evaluation numbers", issuers)?;
                Some((EvaluationAnswer::open(text)?, issuers))
            }
        };
        Ok(Self {
            evaluation_list,
            pck_chain,
            pck_crl_chain: chain("PCK CRL issuer chain", &message.pck_crl_issuer_chain)?,
            root_ca_crl: crl("root CA CRL", &message.root_ca_crl)?,
            pck_crl: crl("PCK CRL", &message.pck_crl)?,
            tcb_info_chain,
            tcb_info: TcbInfoAnswer::open(&message.tcb_info)?,
            qe_identity_chain,
            qe_identity: QeIdentityAnswer::open(&message.qe_identity)?,
        })
    }
}

/// A text and its ECDSA signature (r and s, 32 bytes each).
pub(super) struct SignedJson {
    /// As it is signed, and read.
    pub(super) text: String,
    pub(super) signature: Vec<u8>,
}

impl SignedJson {
    fn new(what: &'static str, text: &RawValue, signature: &str) -> Result<Self> {
        let signature = hex::decode(signature).map_err(|error| Error::malformed(what, error))?;
        if signature.len() != 64 {
            return Err(Error::malformed(what, "the signature must be exactly 64 bytes"));
        }
        Ok(Self { text: compact(text.get()), signature })
    }
}

/// JSON without white space between its parts.
fn compact(json: &str) -> String {
    let mut in_string = false;
    let mut escaped = false;
    let mut keep = |c: char| {
        let inside = in_string;
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = in_string,
            '"' => in_string = !in_string,
            _ => {}
        }
        inside || !c.is_ascii_whitespace()
    };
    json.chars().filter(|c| keep(*c)).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TcbInfoAnswer<'a> {
    #[serde(borrow, rename = "tcbInfo")]
    tcb_info: &'a RawValue,
    signature: String,
}

impl TcbInfoAnswer<'_> {
    fn open(text: &str) -> Result<SignedJson> {
        let what = "TCB info";
        let answer: TcbInfoAnswer<'_> = read(what, text)?;
        SignedJson::new(what, answer.tcb_info, &answer.signature)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QeIdentityAnswer<'a> {
    #[serde(borrow, rename = "enclaveIdentity")]
    enclave_identity: &'a RawValue,
    signature: String,
}

impl QeIdentityAnswer<'_> {
    fn open(text: &str) -> Result<SignedJson> {
        let what = "QE identity";
        let answer: QeIdentityAnswer<'_> = read(what, text)?;
        SignedJson::new(what, answer.enclave_identity, &answer.signature)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EvaluationAnswer<'a> {
    #[serde(borrow, rename = "tcbEvaluationDataNumbers")]
    numbers: &'a RawValue,
    signature: String,
}

impl EvaluationAnswer<'_> {
    fn open(text: &str) -> Result<SignedJson> {
        let what = "list of TCB evaluation numbers";
        let answer: EvaluationAnswer<'_> = read(what, text)?;
        SignedJson::new(what, answer.numbers, &answer.signature)
    }
}

fn read<'a, T: Deserialize<'a>>(what: &'static str, text: &'a str) -> Result<T> {
    limit(what, text, limits::SIGNED_JSON)?;
    serde_json::from_str(trim(text)).map_err(|error| Error::malformed(what, error))
}

/// DER from one of the forms in which the services give a revocation list.
fn crl(what: &'static str, text: &str) -> Result<Vec<u8>> {
    limit(what, text, limits::CRL)?;
    let text = trim(text);
    if text.starts_with("-----") {
        return crl_from_pem(what, text);
    }
    // The first byte of DER and of PEM reads as a letter in Base64 that is no hexadecimal digit.
    let bytes = if text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        hex::decode(text).map_err(|error| Error::malformed(what, error))?
    } else {
        let unbroken: String = text.split_ascii_whitespace().collect();
        STANDARD.decode(unbroken).map_err(|error| Error::malformed(what, error))?
    };
    match str::from_utf8(&bytes).map(trim) {
        Ok(text) if text.starts_with("-----") => crl_from_pem(what, text),
        _ => Ok(without_nul(bytes)),
    }
}

/// Intel's client closes lists in DER with a NUL, too.
fn without_nul(mut der: Vec<u8>) -> Vec<u8> {
    let mut behind = der.as_slice();
    if next(&mut behind).is_some() && behind == [0] {
        der.pop();
    }
    der
}

fn crl_from_pem(what: &'static str, text: &str) -> Result<Vec<u8>> {
    pem::block(text.as_bytes(), "X509 CRL").map_err(|error| Error::malformed(what, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_revocation_list_is_the_same_der() {
        let der = [0x30, 0x03, 0x01, 0x02, 0xFF];
        let pem = ::pem::encode(&::pem::Pem::new("X509 CRL", der));
        let forms = [
            hex::encode(der),
            hex::encode_upper(der),
            format!("{}00", hex::encode(der)),
            STANDARD.encode([der.as_slice(), &[0]].concat()),
            format!("{}\0", hex::encode(der)),
            STANDARD.encode(der),
            format!("{}\n", STANDARD.encode(der)),
            pem.clone(),
            format!("{pem}\0"),
            STANDARD.encode(&pem),
            hex::encode(format!("{pem}\0")),
        ];
        for form in forms {
            assert_eq!(crl("CRL", &form).unwrap(), der, "{form}");
        }
    }

    #[test]
    fn what_is_signed_has_no_white_space_between_its_parts() {
        let signed = r#"{"a b":[1,"c \" d\\"],"e":{"f":"\\\" g"}}"#;
        let spread =
            "\n{ \"a b\" :\t[1,\r\n \"c \\\" d\\\\\" ], \"e\": {\"f\" : \"\\\\\\\" g\" } }";
        for text in [signed, spread] {
            assert_eq!(compact(text), signed, "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_revocation_list() {
        let pem = ::pem::encode(&::pem::Pem::new("X509 CRL", [0x30, 0]));
        for text in [
            "308".into(),
            "ü".into(),
            "MI*=".into(),
            format!("{pem}{pem}"),
            format!("{pem}x"),
            pem.replace("X509 CRL", "CERTIFICATE"),
        ] {
            assert!(crl("CRL", &text).is_err(), "{text}");
        }
    }
}
