//! NVIDIA's reference values (RIM) in software: SWID tags with an enveloped XML signature.
//!
//! They are written in canonical form, so that what is signed is the text itself: a reader's canonical
//! XML is compared with another one's.

use std::fmt::Write as _;

use aecs_attest::Result;
use aws_lc_rs::digest::{SHA384, digest};

use crate::keys::{Curve, EcKey};
use crate::path::{CertificateSpec, SimulatedPath};
use crate::text::to_base64;

const SWID: &str = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
const HASHES: &str = "http://www.w3.org/2001/04/xmlenc#sha384";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const CANONICAL: &str = "http://www.w3.org/2006/12/xml-c14n11";
const END: &str = "</SoftwareIdentity>";

/// Reference values to sign.
#[derive(Debug, Clone)]
pub struct RimSpec {
    /// Version of the driver or the VBIOS.
    pub version: String,
    /// Index in the file, whether it counts, and the good values.
    pub values: Vec<(u8, bool, Vec<Vec<u8>>)>,
    /// The certificate of the key that signs it, which the root of the path issues.
    pub signer: CertificateSpec,
}

impl RimSpec {
    /// As NVIDIA signs it: of these values, each with one alternative.
    #[must_use]
    pub fn new(version: &str, values: impl IntoIterator<Item = (u8, bool, Vec<u8>)>) -> Self {
        let values = values.into_iter();
        Self {
            version: version.into(),
            values: values.map(|(index, active, value)| (index, active, vec![value])).collect(),
            signer: CertificateSpec::signer("RIM Signer AECS SIMULATION"),
        }
    }

    /// The document without its signature, in canonical form.
    fn document(&self) -> String {
        let mut text = format!(
            "<SoftwareIdentity xmlns=\"{SWID}\" xmlns:ns0=\"{SWID}\" xmlns:ns2=\"{HASHES}\" \
             name=\"AECS SIMULATION\" tagId=\"1\" version=\"1.0\">\n    \
             <ns0:Meta colloquialVersion=\"{}\" product=\"GH100\"></ns0:Meta>\n    <ns0:Payload>",
            self.version
        );
        for (index, active, values) in &self.values {
            let active = if *active { "True" } else { "False" };
            let _ = write!(
                text,
                "\n        <ns0:Resource active=\"{active}\" alternatives=\"{}\" index=\"{index}\" \
                 name=\"Measurement_{index}\" size=\"48\" type=\"Measurement\"",
                values.len()
            );
            for (number, value) in values.iter().enumerate() {
                let _ = write!(text, " ns2:Hash{number}=\"{}\"", hex::encode(value));
            }
            text.push_str("></ns0:Resource>");
        }
        text + "\n    </ns0:Payload>\n" + END
    }
}

impl SimulatedPath {
    /// A signed document.
    pub(crate) fn rim(&self, spec: &RimSpec) -> Result<Vec<u8>> {
        let document = spec.document();
        let digest = to_base64(digest(&SHA384, document.as_bytes()).as_ref());
        let info = |declared: &str| {
            format!(
                "<ds:SignedInfo{declared}><ds:CanonicalizationMethod Algorithm=\"{CANONICAL}\">\
                 </ds:CanonicalizationMethod><ds:SignatureMethod \
                 Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384\"></ds:SignatureMethod>\
                 <ds:Reference URI=\"\"><ds:Transforms><ds:Transform Algorithm=\"{DSIG}enveloped-signature\">\
                 </ds:Transform><ds:Transform Algorithm=\"{CANONICAL}\"></ds:Transform></ds:Transforms>\
                 <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#sha384\">\
                 </ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
            )
        };
        let around = format!(
            " xmlns=\"{SWID}\" xmlns:ds=\"{DSIG}\" xmlns:ns0=\"{SWID}\" xmlns:ns2=\"{HASHES}\""
        );
        let key = EcKey::generate(Curve::P384)?;
        let value = to_base64(&key.sign(info(&around).as_bytes())?);
        let mut certificates = String::new();
        if let Some((name, root)) = self.authorities.first() {
            let signer = spec.signer.signed(78, name, &key, root)?;
            for der in [signer.as_slice(), self.root_der()] {
                let der = to_base64(der);
                let _ = write!(certificates, "<ds:X509Certificate>{der}\n</ds:X509Certificate>");
            }
        }
        let signature = format!(
            "<ds:Signature xmlns:ds=\"{DSIG}\">{}<ds:SignatureValue>{value}</ds:SignatureValue>\
             <ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo></ds:Signature>{END}",
            info("")
        );
        Ok(document.replace(END, &signature).into_bytes())
    }
}
