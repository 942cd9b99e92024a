//! Collateral that Intel published for recorded quotes, from the files of the vectors.

use aecs_proto::SgxQlQveCollateral;
use serde_json::Value;

use crate::vectors;

/// The collateral in a file of the vectors, which has the form of the library `dcap-qvl`, for
/// quotes of a kind of TEE; none, and a word about it, when there are no vectors.
///
/// # Panics
///
/// When the file has another form.
#[must_use]
pub fn collateral(file: &str, tee_type: i64) -> Option<SgxQlQveCollateral> {
    let file: Value = serde_json::from_slice(&vectors::read(file)?).unwrap();
    let text = |name: &str| file[name].as_str().unwrap().to_owned();
    // As Intel's service answers: the text that was signed, and its signature beside it.
    let signed = |name: &str, field: &str| {
        let (body, signature) = (text(field), text(&format!("{field}_signature")));
        format!(r#"{{"{name}":{body},"signature":"{signature}"}}"#)
    };
    Some(SgxQlQveCollateral {
        pck_certificate_chain: String::new(),
        version: 3,
        pck_crl_issuer_chain: text("pck_crl_issuer_chain"),
        root_ca_crl: text("root_ca_crl"),
        pck_crl: text("pck_crl"),
        tcb_info_issuer_chain: text("tcb_info_issuer_chain"),
        tcb_info: signed("tcbInfo", "tcb_info"),
        qe_identity_issuer_chain: text("qe_identity_issuer_chain"),
        qe_identity: signed("enclaveIdentity", "qe_identity"),
        tee_type,
        ..Default::default()
    })
}
