//! The keys that AMD has, and what they sign.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_attest::{Result, SnpProduct, SnpSigner};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA384, RsaKeyPair};

use super::certificate::{
    AuthorityFields, SnpCertificateFields, authority_name, root_name, signed, tbs_crl,
};
use crate::failure::internal;

const PRODUCTS: [SnpProduct; 3] = [SnpProduct::Milan, SnpProduct::Genoa, SnpProduct::Turin];

/// Roots and authorities are valid from this long before their creation.
const BACKDATED: Duration = Duration::from_secs(24 * 3600);
/// AMD's are valid for 25 years.
const LIFETIME: Duration = Duration::from_secs(25 * 365 * 24 * 3600);

/// The keys of a simulated AMD. Cheap to clone.
#[derive(Clone)]
pub struct SimulatedAmd(Arc<Keys>);

struct Keys {
    /// The generations share their keys; their certificates differ.
    root: RsaKeyPair,
    vcek_authority: RsaKeyPair,
    vlek_authority: RsaKeyPair,
    generations: Vec<Generation>,
}

/// Certificates in DER.
struct Generation {
    product: SnpProduct,
    ark: Vec<u8>,
    ask: Vec<u8>,
    asvk: Vec<u8>,
}

impl SimulatedAmd {
    /// Makes new keys, of RSA with 3072 bits: takes about a second.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn generate() -> Result<Self> {
        let key = || RsaKeyPair::generate(KeySize::Rsa3072).map_err(internal);
        let now = SystemTime::now();
        let validity = now - BACKDATED..now + LIFETIME;
        let mut keys = Keys {
            root: key()?,
            vcek_authority: key()?,
            vlek_authority: key()?,
            generations: Vec::new(),
        };
        for product in PRODUCTS {
            let generation = Generation {
                product,
                ark: keys.certify_root(product, &validity)?,
                ask: keys.certify_authority(product, SnpSigner::Vcek, &validity)?,
                asvk: keys.certify_authority(product, SnpSigner::Vlek, &validity)?,
            };
            keys.generations.push(generation);
        }
        Ok(Self(Arc::new(keys)))
    }

    /// The root (ARK) of a generation, in DER: what a verifier has to be told to trust.
    #[must_use]
    pub fn root_der(&self, product: SnpProduct) -> &[u8] {
        self.generation(product).map_or(&[], |generation| &generation.ark)
    }

    /// The authority (ASK or ASVK) that certifies such keys, in DER.
    #[must_use]
    pub fn authority_der(&self, product: SnpProduct, signer: SnpSigner) -> &[u8] {
        self.generation(product).map_or(&[], |generation| match signer {
            SnpSigner::Vcek => &generation.ask,
            SnpSigner::Vlek => &generation.asvk,
        })
    }

    /// Serial number of that authority's certificate.
    #[must_use]
    pub fn authority_serial(product: SnpProduct, signer: SnpSigner) -> u64 {
        let kind = match signer {
            SnpSigner::Vcek => 0x01,
            SnpSigner::Vlek => 0x0101,
        };
        root_serial(product) + kind
    }

    /// Another certificate of that authority, valid at other times.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn certify_authority(
        &self,
        product: SnpProduct,
        signer: SnpSigner,
        validity: &Range<SystemTime>,
    ) -> Result<Vec<u8>> {
        self.0.certify_authority(product, signer, validity)
    }

    /// Authority and root in PEM, as AMD's key distribution service answers.
    #[must_use]
    pub fn chain_pem(&self, product: SnpProduct, signer: SnpSigner) -> String {
        let block = |der: &[u8]| pem::encode(&pem::Pem::new("CERTIFICATE", der));
        block(self.authority_der(product, signer)) + &block(self.root_der(product))
    }

    /// The root's revocation list, in DER.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn crl(
        &self,
        product: SnpProduct,
        revoked: &[u64],
        validity: Range<SystemTime>,
    ) -> Result<Vec<u8>> {
        let tbs = tbs_crl(&root_name(product), revoked, &validity);
        Ok(signed(&tbs, &sign(&self.0.root, &tbs)?))
    }

    /// Certifies a key that signs reports.
    pub(super) fn issue(&self, fields: &SnpCertificateFields, point: &[u8]) -> Result<Vec<u8>> {
        let tbs = fields.to_be_signed(point);
        Ok(signed(&tbs, &sign(self.0.authority(fields.signer), &tbs)?))
    }

    fn generation(&self, product: SnpProduct) -> Option<&Generation> {
        self.0.generations.iter().find(|generation| generation.product == product)
    }
}

impl Keys {
    fn authority(&self, signer: SnpSigner) -> &RsaKeyPair {
        match signer {
            SnpSigner::Vcek => &self.vcek_authority,
            SnpSigner::Vlek => &self.vlek_authority,
        }
    }

    fn certify_root(&self, product: SnpProduct, validity: &Range<SystemTime>) -> Result<Vec<u8>> {
        self.certify(&AuthorityFields {
            serial: root_serial(product),
            issuer: &root_name(product),
            subject: &root_name(product),
            validity,
            key: self.root.public_key().as_ref(),
        })
    }

    fn certify_authority(
        &self,
        product: SnpProduct,
        signer: SnpSigner,
        validity: &Range<SystemTime>,
    ) -> Result<Vec<u8>> {
        self.certify(&AuthorityFields {
            serial: SimulatedAmd::authority_serial(product, signer),
            issuer: &root_name(product),
            subject: &authority_name(product, signer),
            validity,
            key: self.authority(signer).public_key().as_ref(),
        })
    }

    fn certify(&self, fields: &AuthorityFields<'_>) -> Result<Vec<u8>> {
        let tbs = fields.to_be_signed();
        Ok(signed(&tbs, &sign(&self.root, &tbs)?))
    }
}

impl fmt::Debug for SimulatedAmd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimulatedAmd")
    }
}

/// As AMD numbers its roots.
fn root_serial(product: SnpProduct) -> u64 {
    match product {
        SnpProduct::Milan => 0x01_0000,
        SnpProduct::Genoa => 0x02_0000,
        SnpProduct::Turin => 0x03_0000,
    }
}

fn sign(key: &RsaKeyPair, message: &[u8]) -> Result<Vec<u8>> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PSS_SHA384, &SystemRandom::new(), message, &mut signature).map_err(internal)?;
    Ok(signature)
}
