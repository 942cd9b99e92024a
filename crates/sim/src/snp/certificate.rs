//! Certificates of keys that sign reports, in AMD's profile.

use aecs_attest::{Result, SnpProduct, SnpSigner, SnpTcb};

use crate::der::{IA5_STRING, element, integer};
use crate::keys::EcKey;
use crate::x509::{Certificate, Signer, Window, extension, for_years};

/// 1.3.6.1.4.1.3704.1.
const AMD_ARC: &[u64] = &[1, 3, 6, 1, 4, 1, 3704, 1];

/// What the certificate of a key that signs reports says.
#[derive(Debug, Clone)]
pub struct SnpCertificateFields {
    /// Generation of the processor: whose root endorses the key.
    pub product: SnpProduct,
    /// Kind of the key.
    pub signer: SnpSigner,
    /// Extension "productName".
    pub product_name: String,
    /// Extensions "blSPL" to "fmcSPL".
    pub tcb: SnpTcb,
    /// Extension "hwID", of VCEKs.
    pub chip_id: Option<Vec<u8>>,
    /// Extension "cspID", of VLEKs.
    pub csp_id: Option<String>,
    /// First and last second.
    pub validity: Window,
    /// Serial number; AMD's VCEKs and VLEKs all have 0.
    pub serial: u64,
}

impl SnpCertificateFields {
    pub(super) fn vcek(product: SnpProduct, chip_id: &[u8]) -> Self {
        let product_name = match product {
            SnpProduct::Milan => "Milan-B0",
            SnpProduct::Genoa => "Genoa",
            SnpProduct::Turin => "Turin",
        };
        Self {
            product,
            signer: SnpSigner::Vcek,
            product_name: product_name.into(),
            tcb: super::report::tcb(product),
            chip_id: Some(chip_id.to_vec()),
            csp_id: None,
            validity: for_years(7),
            serial: 0,
        }
    }

    pub(super) fn vlek(product: SnpProduct, csp_id: &str) -> Self {
        Self {
            signer: SnpSigner::Vlek,
            product_name: product.as_str().into(),
            chip_id: None,
            csp_id: Some(csp_id.into()),
            ..Self::vcek(product, &[])
        }
    }

    /// The certificate of this key.
    pub(super) fn signed(&self, key: &EcKey, signer: &impl Signer) -> Result<Vec<u8>> {
        Certificate {
            serial: self.serial,
            issuer: &authority_name(self.product, self.signer),
            subject: match self.signer {
                SnpSigner::Vcek => "SEV-VCEK",
                SnpSigner::Vlek => "SEV-VLEK",
            },
            validity: &self.validity,
            extensions: self.extensions(),
        }
        .signed(&key.spki(), signer)
    }

    fn extensions(&self) -> Vec<Vec<u8>> {
        let amd = |arc: &[u64], value: &[u8]| extension(&[AMD_ARC, arc].concat(), false, value);
        let level = |number: u64, level: u8| amd(&[3, number], &integer(level.into()));
        let SnpTcb { fmc, bootloader, tee, snp, microcode } = self.tcb;
        let mut extensions = vec![
            amd(&[1], &integer(u64::from(fmc.is_some()))),
            amd(&[2], &element(IA5_STRING, self.product_name.as_bytes())),
            level(1, bootloader),
            level(2, tee),
            level(3, snp),
            level(8, microcode),
        ];
        extensions.extend((5..8).map(|reserved| level(reserved, 0)));
        extensions.extend(fmc.map(|fmc| level(9, fmc)));
        extensions.extend(self.chip_id.as_ref().map(|id| amd(&[4], id)));
        extensions
            .extend(self.csp_id.as_ref().map(|id| amd(&[5], &element(IA5_STRING, id.as_bytes()))));
        extensions
    }
}

/// Common name of a root.
pub(super) fn root_name(product: SnpProduct) -> String {
    format!("ARK-{product}")
}

/// Common name of the authority that certifies such keys.
pub(super) fn authority_name(product: SnpProduct, signer: SnpSigner) -> String {
    match signer {
        SnpSigner::Vcek => format!("SEV-{product}"),
        SnpSigner::Vlek => format!("SEV-VLEK-{product}"),
    }
}
