//! Certificates of the keys that sign reports, and what they say about the platform.
//!
//! Extensions of VCEK and VLEK certificates: AMD, "VCEK Certificate and KDS Interface
//! Specification", publication 57230, chapter 3.

use ::der::Decode as _;
use ::der::asn1::Ia5StringRef;

use crate::collateral::{SnpProduct, SnpSigner, SnpTcb};
use crate::error::{Error, Result};
use crate::x509::Certificate;
use crate::x509::der::{Tag, only};
use crate::x509::rules::AMD_ARC;

const WHAT: &str = "VCEK or VLEK certificate";

/// A VCEK or VLEK certificate whose form is right. Nothing has been verified.
pub(super) struct Vek<'a> {
    pub(super) certificate: Certificate<'a>,
    pub(super) product: SnpProduct,
    pub(super) signer: SnpSigner,
    pub(super) tcb: SnpTcb,
    /// The chip that a VCEK belongs to.
    pub(super) hwid: Option<&'a [u8]>,
    /// The cloud that a VLEK was given to.
    pub(super) csp_id: Option<&'a str>,
}

impl<'a> Vek<'a> {
    pub(super) fn parse(der: &'a [u8]) -> Result<Self> {
        let certificate = Certificate::parse(WHAT, der)?;
        let (issuer, subject) = (certificate.issuer_name(), certificate.name());
        let issued = issued_by(issuer).filter(|(_, signer)| subject == subject_of(*signer));
        let (product, signer) = issued.ok_or_else(|| {
            let subjects = SnpSigner::ALL.map(subject_of);
            if subjects.iter().any(|known| known == subject) && issued_by(issuer).is_none() {
                // A generation to come, most likely.
                let what = format!("a certificate issued by {issuer:.40?}");
                return Error::Unsupported { what };
            }
            // Mostly an authority's, from a file with the whole chain.
            let text = format!("it is of {subject:?} from {issuer:?}, not SEV-VCEK or SEV-VLEK");
            Error::malformed(WHAT, text)
        })?;
        let extensions = Extensions::read(&certificate)?;
        let named = extensions.product_name.and_then(product_named);
        if named != Some(product) {
            let named = extensions.product_name.unwrap_or("nothing");
            let text = format!("it is for {named}, and issued by {issuer}");
            return Err(Error::malformed(WHAT, text));
        }
        let tcb = extensions.tcb(product)?;
        let Extensions { hwid, csp_id, .. } = extensions;
        let fitting = match signer {
            SnpSigner::Vcek => hwid.is_some() && csp_id.is_none(),
            SnpSigner::Vlek => hwid.is_none() && csp_id.is_some(),
        };
        if !fitting {
            return Err(Error::malformed(WHAT, "a VCEK names a chip, a VLEK names a cloud"));
        }
        Ok(Self { certificate, product, signer, tcb, hwid, csp_id })
    }

    /// The point of the public key, uncompressed.
    pub(super) fn point(&self) -> &[u8] {
        self.certificate.public_key()
    }
}

/// The meaning of a common name of an issuer: `SEV-Milan`, `SEV-VLEK-Milan`.
pub(super) fn issued_by(common_name: &str) -> Option<(SnpProduct, SnpSigner)> {
    let name = common_name.strip_prefix("SEV-")?;
    match name.strip_prefix("VLEK-") {
        Some(product) => Some((SnpProduct::named(product)?, SnpSigner::Vlek)),
        None => Some((SnpProduct::named(name)?, SnpSigner::Vcek)),
    }
}

/// The common name of a product's root: `ARK-Milan`.
pub(super) fn root_name(product: SnpProduct) -> String {
    format!("ARK-{product}")
}

/// The product of a root, from its common name.
pub(super) fn root_of(common_name: &str) -> Option<SnpProduct> {
    SnpProduct::named(common_name.strip_prefix("ARK-")?)
}

/// The product in the extension: a name with or without a stepping, `Milan-B0`. Bergamo and Siena
/// are endorsed as Genoa.
fn product_named(name: &str) -> Option<SnpProduct> {
    match name.split_once('-').map_or(name, |(name, _stepping)| name) {
        "Bergamo" | "Siena" => Some(SnpProduct::Genoa),
        name => SnpProduct::named(name),
    }
}

/// Common name in the certificates of such keys.
pub(super) fn subject_of(signer: SnpSigner) -> String {
    format!("SEV-{signer}")
}

/// AMD's extensions; the reserved ones are read and not kept.
#[derive(Default)]
struct Extensions<'a> {
    product_name: Option<&'a str>,
    /// Security patch levels by the last number of their OIDs: 1 boot loader, 2 TEE, 3 SNP,
    /// 4 to 7 reserved, 8 microcode, 9 firmware management controller.
    levels: [Option<u8>; 10],
    hwid: Option<&'a [u8]>,
    csp_id: Option<&'a str>,
}

impl<'a> Extensions<'a> {
    fn read(certificate: &Certificate<'a>) -> Result<Self> {
        let mut extensions = Self::default();
        for extension in certificate.x509.extensions() {
            if let Some(arc) = extension.oid.as_bytes().strip_prefix(AMD_ARC) {
                extensions.take(arc, extension.value)?;
            }
        }
        Ok(extensions)
    }

    /// Takes the extension at `arc` below AMD's.
    fn take(&mut self, arc: &[u8], value: &'a [u8]) -> Result<()> {
        let taken = match arc {
            [2] => set(&mut self.product_name, ia5_string(value)),
            [3, level] => match self.levels.get_mut(usize::from(*level)) {
                Some(slot) => set(slot, small_integer(value)),
                None => return Ok(()),
            },
            [4] => set(&mut self.hwid, chip_id(value)),
            [5] => set(&mut self.csp_id, ia5_string(value)),
            // The version of this set of extensions, and what later ones may add.
            _ => return Ok(()),
        };
        taken.ok_or_else(|| {
            let arc: Vec<String> = arc.iter().map(ToString::to_string).collect();
            let oid = arc.join(".");
            Error::malformed(WHAT, format!("its extension 1.3.6.1.4.1.3704.1.{oid} is malformed"))
        })
    }

    fn tcb(&self, product: SnpProduct) -> Result<SnpTcb> {
        let [_, bootloader, tee, snp, .., microcode, fmc] = self.levels;
        let fmc_fits = match product {
            SnpProduct::Milan | SnpProduct::Genoa => fmc.is_none(),
            SnpProduct::Turin => fmc.is_some(),
        };
        match (bootloader, tee, snp, microcode, fmc_fits) {
            (Some(bootloader), Some(tee), Some(snp), Some(microcode), true) => {
                Ok(SnpTcb { fmc, bootloader, tee, snp, microcode })
            }
            _ => Err(Error::malformed(WHAT, "its TCB version is not one of its product")),
        }
    }
}

/// Fills a slot once; none when there is nothing to put in or when it is full.
fn set<T>(slot: &mut Option<T>, value: Option<T>) -> Option<()> {
    if slot.is_some() {
        return None;
    }
    *slot = Some(value?);
    Some(())
}

/// A DER INTEGER from 0 to 255.
fn small_integer(value: &[u8]) -> Option<u8> {
    u8::from_der(value).ok()
}

/// A DER IA5String of up to 127 bytes that can be printed.
fn ia5_string(value: &[u8]) -> Option<&str> {
    let text = Ia5StringRef::from_der(value).ok()?.as_str();
    (text.len() < 128 && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))).then_some(text)
}

/// A chip id: 64 bytes, or 8 on Turin. AMD writes them bare, and has written them as a DER
/// OCTET STRING.
fn chip_id(value: &[u8]) -> Option<&[u8]> {
    let is_id = |id: &&[u8]| matches!(id.len(), 8 | 64);
    only(value, Tag::OctetString).filter(is_id).or_else(|| Some(value).filter(is_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_products() {
        assert_eq!(issued_by("SEV-Milan"), Some((SnpProduct::Milan, SnpSigner::Vcek)));
        assert_eq!(issued_by("SEV-VLEK-Turin"), Some((SnpProduct::Turin, SnpSigner::Vlek)));
        assert_eq!(root_of("ARK-Genoa"), Some(SnpProduct::Genoa));
        for name in ["SEV-", "SEV-VLEK-", "SEV-milan", "ARK-Milan", "SEV-VCEK", "Milan", ""] {
            assert_eq!(issued_by(name), None, "{name}");
        }
        assert_eq!(product_named("Milan-B0"), Some(SnpProduct::Milan));
        assert_eq!(product_named("Siena-B2"), Some(SnpProduct::Genoa));
        assert_eq!(product_named("Naples"), None);
        assert_eq!(product_named("MilanX"), None);
    }

    #[test]
    fn values_have_one_encoding() {
        assert_eq!(small_integer(&[2, 1, 0x7F]), Some(0x7F));
        assert_eq!(small_integer(&[2, 2, 0, 0x80]), Some(0x80));
        for other in [&[2, 1, 0x80][..], &[2, 2, 0, 0x7F], &[2, 2, 1, 0], &[2, 1], &[]] {
            assert_eq!(small_integer(other), None, "{other:?}");
        }
        assert_eq!(ia5_string(&[0x16, 2, b'a', b'b']), Some("ab"));
        for other in [
            &[0x16, 3, b'a'][..],
            &[0x16, 0, b'a'],
            &[0x0C, 1, b'a'],
            &[0x16, 1, 0x80],
            &[0x16, 1, 0x1B],
        ] {
            assert_eq!(ia5_string(other), None, "{other:?}");
        }
    }

    #[test]
    fn chip_ids_come_bare_or_wrapped() {
        let bare = [7; 64];
        assert_eq!(chip_id(&bare), Some(&bare[..]));
        let wrapped: Vec<u8> = [&[4, 64][..], &bare].concat();
        assert_eq!(chip_id(&wrapped), Some(&bare[..]));
        // Bare ids that look like a wrapping are bare.
        let mut looks_wrapped = [7; 64];
        looks_wrapped[..2].copy_from_slice(&[4, 64]);
        assert_eq!(chip_id(&looks_wrapped), Some(&looks_wrapped[..]));
        for len in [0, 7, 9, 63, 65, 66] {
            assert_eq!(chip_id(&vec![1; len]), None, "{len} bytes");
        }
    }
}
