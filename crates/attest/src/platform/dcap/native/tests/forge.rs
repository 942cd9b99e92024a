//! Signs changed parts again, with the keys of a simulated CPU.

use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::Value;

use super::oracle::Case;

pub(super) struct Forge {
    tcb_signer: EcdsaKeyPair,
    pck: EcdsaKeyPair,
    quoting: EcdsaKeyPair,
}

impl Forge {
    pub(super) fn open(dir: &Path) -> Self {
        let key = |name: &str| {
            let text = std::fs::read(dir.join(format!("{name}.key"))).unwrap();
            let der = pem::parse(text).unwrap();
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.contents()).unwrap()
        };
        Self { tcb_signer: key("tcb-signer"), pck: key("pck"), quoting: key("quoting") }
    }

    pub(super) fn change_tcb_info(&self, case: &mut Case, change: impl FnOnce(&mut Value)) {
        self.change_json(&mut case.collateral.tcb_info, "tcbInfo", change);
    }

    pub(super) fn change_qe_identity(&self, case: &mut Case, change: impl FnOnce(&mut Value)) {
        self.change_json(&mut case.collateral.qe_identity, "enclaveIdentity", change);
    }

    fn change_json(&self, answer: &mut String, name: &str, change: impl FnOnce(&mut Value)) {
        let mut parsed: Value = serde_json::from_str(answer).unwrap();
        change(&mut parsed[name]);
        let text = parsed[name].to_string();
        let signature = hex::encode(sign(&self.tcb_signer, text.as_bytes()));
        *answer = format!(r#"{{"{name}":{text},"signature":"{signature}"}}"#);
    }

    /// Changes what the quote is about.
    pub(super) fn change_body(&self, case: &mut Case, change: impl FnOnce(&mut [u8])) {
        let start = body_start(&case.quote);
        let section = section_start(&case.quote);
        change(&mut case.quote[start..section]);
        let signature = sign(&self.quoting, &case.quote[..section]);
        case.quote[section + 4..section + 68].copy_from_slice(&signature);
    }

    /// Changes the quoting enclave's report.
    pub(super) fn change_qe_report(&self, case: &mut Case, change: impl FnOnce(&mut [u8])) {
        let nested = if case.quote[0] > 3 { 6 } else { 0 };
        let start = section_start(&case.quote) + 4 + 128 + nested;
        change(&mut case.quote[start..start + 384]);
        let signature = sign(&self.pck, &case.quote[start..start + 384]);
        case.quote[start + 384..start + 448].copy_from_slice(&signature);
    }

    /// The quote of an enclave in one of the versions that trust domains have.
    pub(super) fn change_version(&self, case: &mut Case, version: u8) {
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let (signed, section) = case.quote.split_at(section_start(&case.quote));
        let (_len_and_signature, rest) = section.split_at(4 + 64);
        let (key, of_the_enclave) = rest.split_at(64);
        let (header, body) = signed.split_at(48);
        let mut quote = header.to_vec();
        quote[0] = version;
        if version == 5 {
            quote.extend([1, 0]);
            quote.extend(len(body));
        }
        quote.extend(body);
        let signature = sign(&self.quoting, &quote);
        let section = [&signature, key, &[6, 0], &len(of_the_enclave), of_the_enclave].concat();
        quote.extend(len(&section));
        quote.extend(section);
        case.quote = quote;
    }
}

fn sign(key: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
    key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
}

fn body_start(quote: &[u8]) -> usize {
    if quote[0] == 5 { 48 + 6 } else { 48 }
}

/// Where a quote's signature section starts, with its length.
pub(super) fn section_start(quote: &[u8]) -> usize {
    let len = match (quote[0], quote[4]) {
        (3 | 4, 0) => 384,
        (4, _) => 584,
        _ => usize::from(u16::from_le_bytes([quote[50], quote[51]])),
    };
    body_start(quote) + len
}
