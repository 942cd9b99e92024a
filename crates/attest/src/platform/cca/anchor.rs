//! CPAKs: the keys of platforms, as their vendors give them out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::anchor::{Anchor, Backing};
use crate::error::{Error, Result, Source, limit};
use crate::signature::ecdsa::{Curve, EcKey};
use crate::x509::pem;

/// A key in any of its forms, in bytes.
const KEY: usize = 8 * 1024;

/// A key whose platform tokens are believed.
pub(super) struct Cpak {
    pub(super) key: EcKey,
    pub(super) backing: Backing,
}

impl Cpak {
    /// Takes a public key in DER, in PEM ("PUBLIC KEY"), or as JSON Web Key (RFC 7517).
    pub(super) fn parse(anchor: &Anchor) -> Result<Self> {
        limit("CPAK", &anchor.der, KEY)?;
        let text = std::str::from_utf8(&anchor.der).map_or("", str::trim);
        let key = if text.starts_with('{') {
            from_jwk(text)
        } else if text.starts_with("-----BEGIN") {
            from_pem(text)
        } else {
            from_der(&anchor.der)
        };
        let key = key.map_err(|error| Error::malformed("CPAK", error))?;
        Ok(Self { key, backing: anchor.backing })
    }
}

#[derive(Deserialize)]
struct Jwk<'a> {
    kty: &'a str,
    crv: &'a str,
    x: &'a str,
    y: &'a str,
}

/// RFC 7518, section 6.2.
fn from_jwk(text: &str) -> Result<EcKey, Source> {
    let jwk: Jwk<'_> = serde_json::from_str(text)?;
    let curve = match (jwk.kty, jwk.crv) {
        ("EC", "P-256") => Curve::P256,
        ("EC", "P-384") => Curve::P384,
        _ => return Err("not a key of P-256 or P-384".into()),
    };
    let coordinate = |text| URL_SAFE_NO_PAD.decode(text);
    EcKey::from_coordinates(curve, &coordinate(jwk.x)?, &coordinate(jwk.y)?)
}

fn from_pem(text: &str) -> Result<EcKey, Source> {
    from_der(&pem::block(text.as_bytes(), "PUBLIC KEY")?)
}

fn from_der(der: &[u8]) -> Result<EcKey, Source> {
    const SEQUENCE: u8 = 0x30;
    if der.first() != Some(&SEQUENCE) {
        return Err("neither a public key in DER or PEM nor a JSON Web Key".into());
    }
    let (rest, spki) = SubjectPublicKeyInfo::from_der(der)?;
    if rest.is_empty() { EcKey::from_spki(&spki) } else { Err("bytes follow the key".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The generators of the curves (SEC 2, sections 2.4.2 and 2.5.1) as keys.
    const P256: &str = r#"{"kty":"EC","crv":"P-256","use":"sig",
        "x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
        "y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}"#;
    const P256_SPKI: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8\
                             bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c\
                             0f9e162bce33576b315ececbb6406837bf51f5";

    fn parse(bytes: impl Into<Vec<u8>>) -> Result<EcKey> {
        let anchor = Anchor { der: bytes.into(), backing: Backing::Hardware };
        Cpak::parse(&anchor).map(|cpak| cpak.key)
    }

    #[test]
    fn every_form_is_the_same_key() {
        let der = hex::decode(P256_SPKI).unwrap();
        let key = parse(der.clone()).unwrap();
        assert_eq!(key.curve(), Curve::P256);
        assert_eq!(parse(P256).unwrap(), key);
        let text = ::pem::encode(&::pem::Pem::new("PUBLIC KEY", der));
        assert_eq!(parse(format!("\n{text}")).unwrap(), key);
    }

    #[test]
    fn other_keys_are_refused() {
        let mut der = hex::decode(P256_SPKI).unwrap();
        der.push(0);
        let certificate = ::pem::encode(&::pem::Pem::new("CERTIFICATE", der.clone()));
        let refused: [Vec<u8>; 9] = [
            der,
            certificate.into(),
            P256.replace("P-256", "P-384").into(),
            P256.replace("EC", "OKP").into(),
            P256.replace("axfR", "axfS").into(),
            P256.replace("axfR", "axf").into(),
            P256.replace("\"y\"", "\"z\"").into(),
            Vec::new(),
            vec![b' '; KEY + 1],
        ];
        for bytes in refused {
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            assert!(parse(bytes).is_err(), "{shown}");
        }
    }
}
