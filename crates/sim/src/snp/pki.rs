//! The keys that AMD has, and what they sign.

use std::fmt;
use std::sync::Arc;

use aecs_attest::{Result, SnpProduct, SnpSigner};
use aws_lc_rs::rsa::KeySize;

use super::certificate::{SnpCertificateFields, authority_name, root_name};
use crate::directory::Directory;
use crate::keys::{EcKey, RsaKey, RsaScheme, RsaSigner};
use crate::text::certificate_pem;
use crate::x509::{
    Certificate, Signer as _, Usage, Window, basic_constraints, key_usage, revocation_list,
    usual_window,
};

const PRODUCTS: [SnpProduct; 3] = [SnpProduct::Milan, SnpProduct::Genoa, SnpProduct::Turin];

/// The files of the keys: root, authority of VCEKs, authority of VLEKs.
const KEYS: [&str; 3] = ["amd-root.key", "amd-vcek.key", "amd-vlek.key"];

/// The keys of a simulated AMD. Cheap to clone.
#[derive(Clone)]
pub struct SimulatedAmd(Arc<Keys>);

struct Keys {
    /// The generations share their keys; their certificates differ.
    root: RsaKey,
    vcek_authority: RsaKey,
    vlek_authority: RsaKey,
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
        Self::with_keys([(); 3].map(|()| RsaKey::generate(KeySize::Rsa3072)))
    }

    /// The one whose keys are in a folder, which is given new ones if it has none.
    pub(crate) fn open_or_create(directory: &Directory) -> Result<Self> {
        let lock = directory.lock()?;
        for name in KEYS {
            if !directory.contains(name)? {
                let key = RsaKey::generate(KeySize::Rsa3072)?;
                directory.write_secret(name, &key.pkcs8()?)?;
            }
        }
        drop(lock);
        Self::with_keys(KEYS.map(|name| {
            RsaKey::from_pkcs8(directory.read(name)?.expose())
                .map_err(|error| directory.damaged(name, error))
        }))
    }

    /// Certificates differ from one time to the next, and verify under each other's roots.
    fn with_keys([root, vcek_authority, vlek_authority]: [Result<RsaKey>; 3]) -> Result<Self> {
        let validity = usual_window();
        let mut keys = Keys {
            root: root?,
            vcek_authority: vcek_authority?,
            vlek_authority: vlek_authority?,
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
        validity: &Window,
    ) -> Result<Vec<u8>> {
        self.0.certify_authority(product, signer, validity)
    }

    /// Authority and root in PEM, as AMD's key distribution service answers.
    #[must_use]
    pub fn chain_pem(&self, product: SnpProduct, signer: SnpSigner) -> String {
        certificate_pem(self.authority_der(product, signer))
            + &certificate_pem(self.root_der(product))
    }

    /// The root's revocation list, in DER.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn crl(&self, product: SnpProduct, revoked: &[u64], validity: Window) -> Result<Vec<u8>> {
        revocation_list(&root_name(product), revoked, &validity, &signing(&self.0.root))
    }

    /// Certifies a key that signs reports.
    pub(super) fn issue(&self, fields: &SnpCertificateFields, key: &EcKey) -> Result<Vec<u8>> {
        fields.signed(key, &signing(self.0.authority(fields.signer)))
    }

    fn generation(&self, product: SnpProduct) -> Option<&Generation> {
        self.0.generations.iter().find(|generation| generation.product == product)
    }
}

impl Keys {
    fn authority(&self, signer: SnpSigner) -> &RsaKey {
        match signer {
            SnpSigner::Vcek => &self.vcek_authority,
            SnpSigner::Vlek => &self.vlek_authority,
        }
    }

    fn certify_root(&self, product: SnpProduct, validity: &Window) -> Result<Vec<u8>> {
        self.certify(product, root_serial(product), &root_name(product), &self.root, validity)
    }

    fn certify_authority(
        &self,
        product: SnpProduct,
        signer: SnpSigner,
        validity: &Window,
    ) -> Result<Vec<u8>> {
        let serial = SimulatedAmd::authority_serial(product, signer);
        let name = authority_name(product, signer);
        self.certify(product, serial, &name, self.authority(signer), validity)
    }

    fn certify(
        &self,
        product: SnpProduct,
        serial: u64,
        subject: &str,
        key: &RsaKey,
        validity: &Window,
    ) -> Result<Vec<u8>> {
        let extensions =
            vec![basic_constraints(true, None), key_usage(&[Usage::CertSign, Usage::CrlSign])];
        let issuer = &root_name(product);
        Certificate { serial, issuer, subject, validity, extensions }
            .signed(&signing(key).spki(), &signing(&self.root))
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

/// As AMD signs.
fn signing(key: &RsaKey) -> RsaSigner<'_> {
    key.signing(RsaScheme::PssSha384)
}
