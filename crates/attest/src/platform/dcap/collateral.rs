//! Collateral in the form that AECS 2.0 gives it: the answers of Intel's provisioning
//! certification service, each as the text it came as.
//!
//! Chains are PEM, leaf first. Revocation lists are hexadecimal of DER, or PEM. TCB info and QE
//! identity are the whole answers, `{"tcbInfo":...,"signature":...}` and
//! `{"enclaveIdentity":...,"signature":...}`; what is signed is the inner text to the byte.

use aecs_proto::SgxQlQveCollateral;
use dcap_qvl::QuoteCollateralV3;
use pem::Pem;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::encoding::from_json;
use crate::error::{Error, Result, limit};
use crate::limits;

const TEE_TYPE_SGX: i64 = 0;
/// Versions whose parts have the form above: of service versions 3 and 4.
const VERSIONS: [i64; 2] = [3, 4];

/// The parts, decoded and not yet verified.
pub(super) struct Collateral {
    pub(super) pck_crl_chain: Chain,
    /// DER.
    pub(super) root_ca_crl: Vec<u8>,
    /// DER.
    pub(super) pck_crl: Vec<u8>,
    pub(super) tcb_info_chain: Chain,
    pub(super) tcb_info: SignedJson,
    pub(super) qe_identity_chain: Chain,
    pub(super) qe_identity: SignedJson,
}

impl Collateral {
    pub(super) fn parse(json: &str) -> Result<Self> {
        let message: SgxQlQveCollateral = from_json("collateral", json)?;
        if !VERSIONS.contains(&message.version) {
            let what = format!("collateral version {}", message.version);
            return Err(Error::Unsupported { what });
        }
        if message.tee_type != TEE_TYPE_SGX {
            return Err(Error::malformed("collateral", "not for SGX"));
        }
        Ok(Self {
            pck_crl_chain: Chain::parse_text(
                "PCK CRL issuer chain",
                &message.pck_crl_issuer_chain,
            )?,
            root_ca_crl: crl("root CA CRL", &message.root_ca_crl)?,
            pck_crl: crl("PCK CRL", &message.pck_crl)?,
            tcb_info_chain: Chain::parse_text(
                "TCB info issuer chain",
                &message.tcb_info_issuer_chain,
            )?,
            tcb_info: TcbInfoAnswer::open(&message.tcb_info)?,
            qe_identity_chain: Chain::parse_text(
                "QE identity issuer chain",
                &message.qe_identity_issuer_chain,
            )?,
            qe_identity: QeIdentityAnswer::open(&message.qe_identity)?,
        })
    }

    /// For the verifying library: written anew from what was read here, so that there are no two
    /// readings of the same text.
    pub(super) fn to_dcap(&self, pck_chain: &Chain) -> QuoteCollateralV3 {
        QuoteCollateralV3 {
            pck_crl_issuer_chain: self.pck_crl_chain.to_pem(),
            root_ca_crl: self.root_ca_crl.clone(),
            pck_crl: self.pck_crl.clone(),
            tcb_info_issuer_chain: self.tcb_info_chain.to_pem(),
            tcb_info: self.tcb_info.text.clone(),
            tcb_info_signature: self.tcb_info.signature.clone(),
            qe_identity_issuer_chain: self.qe_identity_chain.to_pem(),
            qe_identity: self.qe_identity.text.clone(),
            qe_identity_signature: self.qe_identity.signature.clone(),
            pck_certificate_chain: Some(pck_chain.to_pem()),
        }
    }
}

/// Certificates from a leaf to a root, in DER; at least two.
pub(super) struct Chain {
    /// All but the root.
    below_root: Vec<Vec<u8>>,
    root: Vec<u8>,
}

impl Chain {
    /// Reads exactly `len` certificates.
    pub(super) fn parse(what: &'static str, pem: &[u8], len: usize) -> Result<Self> {
        limit(what, pem, limits::CHAIN)?;
        let blocks = pem::parse_many(pem).map_err(|error| Error::malformed(what, error))?;
        if blocks.len() != len || blocks.iter().any(|block| block.tag() != "CERTIFICATE") {
            return Err(Error::malformed(what, format!("not {len} certificates")));
        }
        let mut below_root: Vec<_> = blocks.into_iter().map(Pem::into_contents).collect();
        let root = below_root.pop().unwrap_or_default();
        Ok(Self { below_root, root })
    }

    fn parse_text(what: &'static str, text: &str) -> Result<Self> {
        Self::parse(what, text.as_bytes(), 2)
    }

    pub(super) fn root(&self) -> &[u8] {
        &self.root
    }

    pub(super) fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.below_root.iter().chain([&self.root]).map(Vec::as_slice)
    }

    /// Whether these are the certificates above the leaf of `other`.
    pub(super) fn issuers_of_leaf(&self, other: &Self) -> bool {
        self.certificates().eq(other.certificates().skip(1))
    }

    fn to_pem(&self) -> String {
        self.certificates().map(|der| pem::encode(&Pem::new("CERTIFICATE", der))).collect()
    }
}

/// A text and its ECDSA signature (r and s, 32 bytes each).
pub(super) struct SignedJson {
    pub(super) text: String,
    signature: Vec<u8>,
}

impl SignedJson {
    fn new(what: &'static str, text: &RawValue, signature: &str) -> Result<Self> {
        let signature = hex::decode(signature).map_err(|error| Error::malformed(what, error))?;
        if signature.len() != 64 {
            return Err(Error::malformed(what, "the signature has not 64 bytes"));
        }
        Ok(Self { text: text.get().to_owned(), signature })
    }
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

fn read<'a, T: Deserialize<'a>>(what: &'static str, text: &'a str) -> Result<T> {
    limit(what, text, limits::SIGNED_JSON)?;
    serde_json::from_str(trim(text)).map_err(|error| Error::malformed(what, error))
}

fn crl(what: &'static str, text: &str) -> Result<Vec<u8>> {
    limit(what, text, limits::CRL)?;
    if text.starts_with("-----BEGIN ") {
        let block = pem::parse(text).map_err(|error| Error::malformed(what, error))?;
        return match block.tag() {
            "X509 CRL" => Ok(block.into_contents()),
            _ => Err(Error::malformed(what, "not a revocation list")),
        };
    }
    hex::decode(trim(text)).map_err(|error| Error::malformed(what, error))
}

/// Intel's own client hands out texts with their closing NUL.
fn trim(text: &str) -> &str {
    text.trim_end_matches(['\0', '\n', '\r'])
}
