//! XML signatures (W3C, "XML Signature Syntax and Processing") of one form: a signature in the root
//! element that covers the whole document but for itself.
//!
//! A signature says what it covers, so that a document could have the signed part in one place and
//! another one where readers look. Here it covers everything that [`Envelope::signed_by`] gives out:
//! there is one signature in the whole document, directly in its root; it has one reference, to the
//! document; nothing transforms that but the removal of the signature and canonical XML; and what is
//! read is the tree that was digested.

use aws_lc_rs::digest::{SHA384, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Element, Fault};
use crate::error::Source;
use crate::signature::ecdsa::EcKey;

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Canonical XML without comments, 1.0 and 1.1, which are one here.
const CANONICAL: [&str; 2] =
    ["http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2006/12/xml-c14n11"];
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const ECDSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
const DIGEST_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#sha384";

/// A document with its signature, whose digest is right; nobody knows who signed it yet.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    root: Element<'a>,
    /// The canonical text of what the signature is over: algorithms, and the document's digest.
    signed_info: String,
    signature: Vec<u8>,
    /// In DER, the signer's first.
    pub(crate) certificates: Vec<Vec<u8>>,
}

impl<'a> Envelope<'a> {
    /// Reads a document, and compares its digest with the one that its signature is over.
    pub(crate) fn parse(document: &'a [u8]) -> Result<Self, Fault> {
        let root = Element::parse(document)?;
        let none = "it has no signature in its root element";
        let signature = root.only(DSIG, "Signature").ok_or(none)?;
        if root.count(DSIG, "Signature") != 1 {
            return Err("it has several signatures");
        }
        let [info, value, key] = parts(signature, ["SignedInfo", "SignatureValue", "KeyInfo"])?;
        let [canonical, method, reference] =
            parts(info, ["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
        if !CANONICAL.contains(&algorithm(canonical)?) {
            return Err("its signature is over a text that is not canonical XML 1.0 or 1.1");
        }
        if algorithm(method)? != ECDSA_SHA384 {
            return Err("it is not signed with ECDSA and SHA-384");
        }
        let [transforms, method, digest_value] =
            parts(reference, ["Transforms", "DigestMethod", "DigestValue"])?;
        if attributes(reference) != [("URI", "")] {
            return Err("its signature is not over the whole document");
        }
        let [enveloped, canonical] = parts(transforms, ["Transform", "Transform"])?;
        if algorithm(enveloped)? != ENVELOPED || !CANONICAL.contains(&algorithm(canonical)?) {
            return Err("what is signed is not the document but for its signature");
        }
        if algorithm(method)? != DIGEST_SHA384 {
            return Err("its digest is not SHA-384");
        }
        let text = root.canonical_without(Some(signature));
        if digest(&SHA384, text.as_bytes()).as_ref() != base64(digest_value)? {
            return Err("it has been changed: its digest is not the signed one");
        }

        let [data] = parts(key, ["X509Data"])?;
        let is_certificate = |it: &&Element<'_>| it.is(DSIG, "X509Certificate");
        let certificates = data.elements().filter(is_certificate).map(base64);
        Ok(Self {
            certificates: certificates.collect::<Result<_, Fault>>()?,
            signed_info: Element::canonical_below(&[&root, signature, info]),
            signature: base64(value)?,
            root,
        })
    }

    /// The document before its signature is verified: only to compare its id with the one that was asked for.
    pub(crate) fn unverified(&self) -> &Element<'a> {
        &self.root
    }

    /// The document, if this key signed it.
    pub(crate) fn signed_by(&self, key: &EcKey) -> Result<&Element<'a>, Source> {
        key.verify_fixed(self.signed_info.as_bytes(), &self.signature)?;
        Ok(&self.root)
    }
}

/// The parts of an element that has these, in this order, and nothing else.
fn parts<'t, 'a, const N: usize>(
    element: &'t Element<'a>,
    names: [&str; N],
) -> Result<[&'t Element<'a>; N], Fault> {
    let fault = "its signature has other parts than expected";
    let parts: Vec<_> = element.elements().collect();
    let parts = <[&Element<'_>; N]>::try_from(parts).map_err(|_| fault)?;
    let named = parts.iter().zip(names).all(|(part, name)| part.is(DSIG, name));
    (named && element.has_only_elements()).then_some(parts).ok_or(fault)
}

/// The algorithm that an element names; it has nothing else.
fn algorithm<'t>(element: &'t Element<'_>) -> Result<&'t str, Fault> {
    match attributes(element).as_slice() {
        [("Algorithm", algorithm)] if element.is_empty() => Ok(algorithm),
        _ => Err("its signature has an algorithm with parameters"),
    }
}

/// Names and values of the attributes of an element.
fn attributes<'t>(element: &'t Element<'_>) -> Vec<(&'t str, &'t str)> {
    element.attributes.iter().map(|it| (it.name.written, it.value.as_str())).collect()
}

fn base64(element: &Element<'_>) -> Result<Vec<u8>, Fault> {
    let text: String = element.text().unwrap_or_default().split_ascii_whitespace().collect();
    match STANDARD.decode(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        _ => Err("a part of its signature is not Base64"),
    }
}
