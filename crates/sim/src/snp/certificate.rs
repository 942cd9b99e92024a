//! Certificates and revocation lists in AMD's profile, without their signatures.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use aecs_attest::{SnpProduct, SnpSigner, SnpTcb};

use crate::der::{
    BOOLEAN, EXPLICIT_0, EXPLICIT_3, IA5_STRING, NULL, OBJECT_IDENTIFIER, OCTET_STRING, SET,
    UTF8_STRING, bit_string, element, integer, sequence, time,
};

/// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes (RFC 4055).
pub(super) const PSS_SHA384: &[u8] = &[
    0x30, 0x41, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A, 0x30, 0x34, 0xA0,
    0x0F, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00,
    0xA1, 0x1C, 0x30, 0x1A, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x08, 0x30,
    0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0xA2, 0x03,
    0x02, 0x01, 0x30,
];

const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const SECP384R1: &[u8] = &[0x2B, 0x81, 0x04, 0x00, 0x22];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0A];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
const KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x0F];
const CRL_NUMBER: &[u8] = &[0x55, 0x1D, 0x14];
/// 1.3.6.1.4.1.3704.1.
const AMD_ARC: &[u8] = &[0x2B, 0x06, 0x01, 0x04, 0x01, 0x9C, 0x78, 0x01];

/// Certificates are valid from this long before they were asked for.
const BACKDATED: Duration = Duration::from_secs(24 * 3600);
/// AMD's are valid for seven years.
const LIFETIME: Duration = Duration::from_secs(7 * 365 * 24 * 3600);

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
    pub validity: Range<SystemTime>,
    /// Serial number; AMD's VCEKs and VLEKs all have 0.
    pub serial: u64,
}

impl SnpCertificateFields {
    pub(super) fn vcek(product: SnpProduct, chip_id: &[u8]) -> Self {
        let now = SystemTime::now();
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
            validity: now - BACKDATED..now + LIFETIME,
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

    /// The certificate that is to be signed, for the P-384 key with this point.
    pub(super) fn to_be_signed(&self, point: &[u8]) -> Vec<u8> {
        let curve =
            [element(OBJECT_IDENTIFIER, EC_PUBLIC_KEY), element(OBJECT_IDENTIFIER, SECP384R1)];
        let key = sequence(&[sequence(&curve), bit_string(point)]);
        tbs_certificate(
            self.serial,
            &authority_name(self.product, self.signer),
            &self.validity,
            match self.signer {
                SnpSigner::Vcek => "SEV-VCEK",
                SnpSigner::Vlek => "SEV-VLEK",
            },
            &key,
            &self.extensions(),
        )
    }

    fn extensions(&self) -> Vec<Vec<u8>> {
        let amd = |arc: &[u8], value: &[u8]| extension(&[AMD_ARC, arc].concat(), false, value);
        let level = |number: u8, level: u8| amd(&[3, number], &integer(level.into()));
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

/// An authority that is to be certified.
pub(super) struct AuthorityFields<'a> {
    pub(super) serial: u64,
    pub(super) issuer: &'a str,
    pub(super) subject: &'a str,
    pub(super) validity: &'a Range<SystemTime>,
    /// RSAPublicKey of PKCS #1.
    pub(super) key: &'a [u8],
}

impl AuthorityFields<'_> {
    /// The certificate that is to be signed.
    pub(super) fn to_be_signed(&self) -> Vec<u8> {
        let algorithm = sequence(&[element(OBJECT_IDENTIFIER, RSA_ENCRYPTION), element(NULL, &[])]);
        let key = sequence(&[algorithm, bit_string(self.key)]);
        let is_authority = sequence(&[element(BOOLEAN, &[0xFF])]);
        // keyCertSign and cRLSign: bits 5 and 6, one bit unused.
        let usage = [0x03, 0x02, 0x01, 0x06];
        let extensions =
            [extension(BASIC_CONSTRAINTS, true, &is_authority), extension(KEY_USAGE, true, &usage)];
        tbs_certificate(self.serial, self.issuer, self.validity, self.subject, &key, &extensions)
    }
}

/// A revocation list that is to be signed.
pub(super) fn tbs_crl(issuer: &str, revoked: &[u64], validity: &Range<SystemTime>) -> Vec<u8> {
    let entries: Vec<_> =
        revoked.iter().map(|serial| sequence(&[integer(*serial), time(validity.start)])).collect();
    let number = extension(CRL_NUMBER, false, &integer(1));
    let mut parts = vec![
        integer(1),
        PSS_SHA384.to_vec(),
        name(issuer),
        time(validity.start),
        time(validity.end),
    ];
    if !entries.is_empty() {
        parts.push(sequence(&entries));
    }
    parts.push(element(EXPLICIT_0, &sequence(&[number])));
    sequence(&parts)
}

/// A signed certificate or revocation list.
pub(super) fn signed(to_be_signed: &[u8], signature: &[u8]) -> Vec<u8> {
    sequence(&[to_be_signed.to_vec(), PSS_SHA384.to_vec(), bit_string(signature)])
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

fn tbs_certificate(
    serial: u64,
    issuer: &str,
    validity: &Range<SystemTime>,
    subject: &str,
    key: &[u8],
    extensions: &[Vec<u8>],
) -> Vec<u8> {
    sequence(&[
        element(EXPLICIT_0, &integer(2)),
        integer(serial),
        PSS_SHA384.to_vec(),
        name(issuer),
        sequence(&[time(validity.start), time(validity.end)]),
        name(subject),
        key.to_vec(),
        element(EXPLICIT_3, &sequence(extensions)),
    ])
}

fn name(common_name: &str) -> Vec<u8> {
    let attribute = |id: &[u8], text: &str| {
        let pair = [element(OBJECT_IDENTIFIER, id), element(UTF8_STRING, text.as_bytes())];
        element(SET, &sequence(&pair))
    };
    sequence(&[attribute(ORGANIZATION, "AECS SIMULATION"), attribute(COMMON_NAME, common_name)])
}

fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![element(OBJECT_IDENTIFIER, id)];
    if critical {
        parts.push(element(BOOLEAN, &[0xFF]));
    }
    parts.push(element(OCTET_STRING, value));
    sequence(&parts)
}
