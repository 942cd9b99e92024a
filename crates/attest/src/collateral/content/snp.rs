//! AMD's certificates and revocation lists (AMD, "Versioned Chip Endorsement Key (VCEK)
//! Certificate and KDS Interface Specification", publication 57230).

use ::der::Decode as _;
use x509_parser::der_parser::Oid;
use x509_parser::der_parser::asn1_rs::oid;

use super::part::{CollateralPart, certificate_part, chain, revocation_list};
use crate::collateral::{SnpProduct, SnpSigner, SnpTcb};
use crate::error::{Error, Result};
use crate::x509::{Certificate, common_name};

const VCEK: &str = "VCEK certificate";
const CHAIN: &str = "AMD certificate chain";
const CRL: &str = "AMD revocation list";

const BOOTLOADER: Oid<'static> = oid!(1.3.6.1.4.1.3704.1.3.1);
const TEE: Oid<'static> = oid!(1.3.6.1.4.1.3704.1.3.2);
const SNP: Oid<'static> = oid!(1.3.6.1.4.1.3704.1.3.3);
const MICROCODE: Oid<'static> = oid!(1.3.6.1.4.1.3704.1.3.8);
const FMC: Oid<'static> = oid!(1.3.6.1.4.1.3704.1.3.9);
const HARDWARE_ID: Oid<'static> = oid!(1.3.6.1.4.1.3704.1.4);

pub(super) fn examine_vcek(
    product: SnpProduct,
    chip_id: &[u8],
    tcb: &SnpTcb,
    content: &[u8],
) -> Result<Vec<CollateralPart>> {
    let certificate = Certificate::parse(VCEK, content)?;
    let issuer = certificate.issuer_name();
    if issuer != authority(product, SnpSigner::Vcek) {
        return Err(Error::malformed(VCEK, format!("issued by {issuer:?}")));
    }
    let chip = extension(&certificate, &HARDWARE_ID)
        .ok_or_else(|| Error::malformed(VCEK, "it contains no chip id"))?;
    if chip != chip_id {
        return Err(Error::malformed(VCEK, "for another chip"));
    }
    let SnpTcb { fmc, bootloader, tee, snp, microcode } = tcb;
    let versions = [
        (BOOTLOADER, Some(bootloader)),
        (TEE, Some(tee)),
        (SNP, Some(snp)),
        (MICROCODE, Some(microcode)),
        (FMC, fmc.as_ref()),
    ];
    for (oid, expected) in versions {
        if expected.is_some_and(|expected| version(&certificate, &oid) != Some(*expected)) {
            return Err(Error::malformed(VCEK, "for another TCB version"));
        }
    }
    Ok(vec![certificate_part(VCEK, &certificate)])
}

pub(super) fn examine_chain(
    product: SnpProduct,
    signer: SnpSigner,
    content: &[u8],
) -> Result<Vec<CollateralPart>> {
    let (certificates, parts) = chain(CHAIN, content, 2)?;
    let expected = [authority(product, signer), format!("ARK-{product}")];
    for (der, expected) in certificates.iter().zip(expected) {
        let certificate = Certificate::parse(CHAIN, der)?;
        let actual = certificate.name();
        if actual != expected {
            let reason = format!("the certificate of {actual:?} instead of {expected}");
            return Err(Error::malformed(CHAIN, reason));
        }
    }
    Ok(parts)
}

pub(super) fn examine_crl(product: SnpProduct, content: &[u8]) -> Result<Vec<CollateralPart>> {
    let (list, part) = revocation_list(CRL, content)?;
    let issuer = common_name(list.issuer());
    if issuer != format!("ARK-{product}") {
        return Err(Error::malformed(CRL, format!("issued by {issuer:?}")));
    }
    Ok(vec![part])
}

/// Name of the key that signs VCEKs or VLEKs (ASK, ASVK).
fn authority(product: SnpProduct, signer: SnpSigner) -> String {
    match signer {
        SnpSigner::Vcek => format!("SEV-{product}"),
        SnpSigner::Vlek => format!("SEV-VLEK-{product}"),
    }
}

/// Content of an extension: bytes as they are.
fn extension<'a>(certificate: &'a Certificate<'_>, oid: &Oid<'_>) -> Option<&'a [u8]> {
    certificate.extension(oid).map(|found| found.value)
}

/// Content of an extension: an integer of one byte.
fn version(certificate: &Certificate<'_>, oid: &Oid<'_>) -> Option<u8> {
    u8::from_der(extension(certificate, oid)?).ok()
}
