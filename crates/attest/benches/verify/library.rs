//! The verifying library alone, fed with what it wants: no Base64, no JSON, no PEM to read.

use aecs_proto::{
    DcapReport, IntelTdxReport, SgxQlQveCollateral, UnifiedAttestationAuthReport, json,
};
use aws_lc_rs::digest::{SHA256, SHA384, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dcap_qvl::QuoteCollateralV3;
use dcap_qvl::config::{Config, CryptoProvider};
use dcap_qvl::verify::QuoteVerifier;
use rustls_pki_types::SignatureVerificationAlgorithm;
use serde_json::value::RawValue;

pub(crate) struct Library {
    verifier: QuoteVerifier<AwsLcConfig>,
    quote: Vec<u8>,
    collateral: QuoteCollateralV3,
}

impl Library {
    pub(crate) fn new(root_der: &[u8], report: &UnifiedAttestationAuthReport) -> Self {
        let report = report.report.as_ref().expect("a report");
        let (b64_quote, json_collateral) = match report.str_tee_platform.as_str() {
            "TDX" => {
                let report: IntelTdxReport =
                    json::from_str(&report.json_report).expect("a TDX report");
                (report.b64_quote, report.json_collateral)
            }
            _ => {
                let report: DcapReport =
                    json::from_str(&report.json_report).expect("a DCAP report");
                (report.b64_quote, report.json_collateral)
            }
        };
        let collateral: SgxQlQveCollateral = json::from_str(&json_collateral).expect("collateral");
        let (tcb_info, tcb_info_signature) = signed(&collateral.tcb_info, "tcbInfo");
        let (qe_identity, qe_identity_signature) =
            signed(&collateral.qe_identity, "enclaveIdentity");
        Self {
            verifier: QuoteVerifier::new_with_config(root_der.to_vec()),
            quote: STANDARD.decode(b64_quote).expect("Base64"),
            collateral: QuoteCollateralV3 {
                pck_crl_issuer_chain: collateral.pck_crl_issuer_chain,
                root_ca_crl: hex::decode(collateral.root_ca_crl).expect("hexadecimal"),
                pck_crl: hex::decode(collateral.pck_crl).expect("hexadecimal"),
                tcb_info_issuer_chain: collateral.tcb_info_issuer_chain,
                tcb_info,
                tcb_info_signature,
                qe_identity_issuer_chain: collateral.qe_identity_issuer_chain,
                qe_identity,
                qe_identity_signature,
                pck_certificate_chain: None,
            },
        }
    }

    pub(crate) fn verify(&self, now_seconds: u64) -> bool {
        self.verifier.verify(&self.quote, &self.collateral, now_seconds).is_ok()
    }
}

fn signed(answer: &str, name: &str) -> (String, Vec<u8>) {
    let parts: std::collections::HashMap<&str, &RawValue> =
        serde_json::from_str(answer).expect("signed JSON");
    let signature = parts["signature"].get().trim_matches('"');
    (parts[name].get().to_owned(), hex::decode(signature).expect("hexadecimal"))
}

struct AwsLcConfig;

impl Config for AwsLcConfig {
    type X509 = dcap_qvl::x509::X509CertBackend;
    type SigEncoder = dcap_qvl::signature::DerSigEncoder;
    type Crypto = AwsLc;
}

struct AwsLc;

impl CryptoProvider for AwsLc {
    fn sig_algo() -> &'static dyn SignatureVerificationAlgorithm {
        webpki::aws_lc_rs::ECDSA_P256_SHA256
    }

    fn sha256(data: &[u8]) -> [u8; 32] {
        digest(&SHA256, data).as_ref().try_into().expect("32 bytes")
    }

    fn sha384(data: &[u8]) -> [u8; 48] {
        digest(&SHA384, data).as_ref().try_into().expect("48 bytes")
    }
}
