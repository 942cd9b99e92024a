//! Names of items: for the files of a cache, for bundles, for people.
//!
//! Invariant: equal names, equal items. Names consist of letters, digits and `/=,-_`, so that
//! nothing that evidence says can get out of a URL or a file name.

use std::fmt;
use std::str::FromStr;

use super::{CollateralItem, IntelTee, PckCa, SnpProduct, SnpSigner, SnpTcb};
use crate::error::{Error, Result};

/// Bytes of a chip id, and on Turin.
const SNP_CHIP_ID: usize = 64;
const TURIN_CHIP_ID: usize = 8;
/// Characters of the longest name of a RIM.
const NVIDIA_RIM_ID: usize = 96;
/// Characters of the longest chip id in a CSV report.
const HYGON_CHIP_ID: usize = 64;

impl CollateralItem {
    /// What kind of item this is: the first part of its name.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Dcap { .. } => "dcap",
            Self::SnpVcek { .. } => "snp-vcek",
            Self::SnpChain { .. } => "snp-chain",
            Self::SnpCrl { .. } => "snp-crl",
            Self::NvidiaStatus { .. } => "nvidia-ocsp",
            Self::NvidiaRim { .. } => "nvidia-rim",
            Self::HygonHskCek { .. } => "hygon-hsk-cek",
        }
    }

    /// Refuses an item that no service could have: its key comes from evidence that nobody has
    /// verified yet.
    pub(crate) fn check(&self) -> Result<()> {
        let malformed = |reason: &'static str| Error::malformed("key of collateral", reason);
        match self {
            Self::SnpVcek { product, chip_id, tcb } => {
                let len = match product {
                    SnpProduct::Turin => TURIN_CHIP_ID,
                    SnpProduct::Milan | SnpProduct::Genoa => SNP_CHIP_ID,
                };
                if chip_id.len() != len {
                    return Err(malformed("the chip id must be exactly 64 bytes (8 on Turin)"));
                }
                if chip_id.iter().all(|byte| *byte == 0) {
                    return Err(malformed("the chip id is masked: only a VLEK endorses this chip"));
                }
                if (*product == SnpProduct::Turin) != tcb.fmc.is_some() {
                    return Err(malformed("a TCB version of another processor generation"));
                }
            }
            Self::HygonHskCek { chip_id } => {
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
                if chip_id.is_empty() || chip_id.len() > HYGON_CHIP_ID {
                    return Err(malformed("the chip id must have 1 to 64 characters"));
                }
                if !chip_id.bytes().all(allowed) {
                    return Err(malformed("the chip id must consist of letters and digits"));
                }
            }
            Self::NvidiaStatus { serial, .. } => {
                // RFC 5280, section 4.1.2.2: at most 20 bytes, and a zero that keeps it positive.
                if !(1..=21).contains(&serial.len()) {
                    return Err(malformed("the serial number must have 1 to 21 bytes"));
                }
            }
            Self::NvidiaRim { id } => {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
                if !(1..=NVIDIA_RIM_ID).contains(&id.len())
                    || !id.bytes().all(plain)
                    || id.starts_with('.')
                {
                    return Err(malformed("the name of a RIM must be 1 to 96 letters and digits"));
                }
            }
            Self::Dcap { .. } | Self::SnpChain { .. } | Self::SnpCrl { .. } => {}
        }
        Ok(())
    }
}

impl fmt::Display for CollateralItem {
    /// For example `dcap/sgx/00A067110000/processor`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Self::Dcap { tee, fmspc, ca } => {
                let tee = tee.as_str().to_ascii_lowercase();
                write!(f, "{kind}/{tee}/{}/{ca}", upper(fmspc))
            }
            Self::SnpVcek { product, chip_id, tcb } => {
                write!(f, "{kind}/{product}/{}/{}", upper(chip_id), Tcb(tcb))
            }
            Self::SnpChain { product, signer } | Self::SnpCrl { product, signer } => {
                write!(f, "{kind}/{product}/{}", signer.in_addresses())
            }
            Self::NvidiaStatus { issuer_name, issuer_key, serial } => {
                write!(f, "{kind}/{}/{}/{}", upper(issuer_name), upper(issuer_key), upper(serial))
            }
            Self::NvidiaRim { id } => write!(f, "{kind}/{id}"),
            Self::HygonHskCek { chip_id } => write!(f, "{kind}/{chip_id}"),
        }
    }
}

impl FromStr for CollateralItem {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let unknown = || {
            Error::malformed(
                "name of collateral",
                format!("no item of collateral is called {name:.200}"),
            )
        };
        let item = parse(name).ok_or_else(unknown)?;
        item.check()?;
        // One spelling each, so that names can be compared.
        if item.to_string() == name { Ok(item) } else { Err(unknown()) }
    }
}

fn parse(name: &str) -> Option<CollateralItem> {
    let parts: Vec<&str> = name.splitn(5, '/').collect();
    Some(match *parts.as_slice() {
        ["dcap", tee, fmspc, ca] => CollateralItem::Dcap {
            tee: IntelTee::named(&tee.to_ascii_uppercase())?,
            fmspc: hex::decode(fmspc).ok()?.try_into().ok()?,
            ca: PckCa::named(ca)?,
        },
        ["snp-vcek", product, chip_id, tcb] => CollateralItem::SnpVcek {
            product: SnpProduct::named(product)?,
            chip_id: hex::decode(chip_id).ok()?,
            tcb: parse_snp_tcb(tcb)?,
        },
        ["snp-chain", product, signer] => CollateralItem::SnpChain {
            product: SnpProduct::named(product)?,
            signer: SnpSigner::named(&signer.to_ascii_uppercase())?,
        },
        ["snp-crl", product, signer] => CollateralItem::SnpCrl {
            product: SnpProduct::named(product)?,
            signer: SnpSigner::named(&signer.to_ascii_uppercase())?,
        },
        ["nvidia-ocsp", issuer_name, issuer_key, serial] => CollateralItem::NvidiaStatus {
            issuer_name: hex::decode(issuer_name).ok()?.try_into().ok()?,
            issuer_key: hex::decode(issuer_key).ok()?.try_into().ok()?,
            serial: hex::decode(serial).ok()?,
        },
        ["nvidia-rim", id] => CollateralItem::NvidiaRim { id: id.to_owned() },
        ["hygon-hsk-cek", chip_id] => CollateralItem::HygonHskCek { chip_id: chip_id.to_owned() },
        _ => return None,
    })
}

/// A TCB as it is written in names: every part, in one order.
pub(crate) fn snp_tcb_name(tcb: &SnpTcb) -> impl fmt::Display + '_ {
    Tcb(tcb)
}

struct Tcb<'a>(&'a SnpTcb);

impl fmt::Display for Tcb<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SnpTcb { fmc, bootloader, tee, snp, microcode } = self.0;
        if let Some(fmc) = fmc {
            write!(f, "fmc={fmc},")?;
        }
        write!(f, "bootloader={bootloader},tee={tee},snp={snp},microcode={microcode}")
    }
}

/// The inverse of [`snp_tcb_name`].
pub(crate) fn parse_snp_tcb(text: &str) -> Option<SnpTcb> {
    let mut fields = text.split(',').peekable();
    let mut number = |name: &str| {
        let value = fields.peek()?.strip_prefix(name)?.strip_prefix('=')?.parse().ok()?;
        fields.next();
        Some(value)
    };
    let tcb = SnpTcb {
        fmc: number("fmc"),
        bootloader: number("bootloader")?,
        tee: number("tee")?,
        snp: number("snp")?,
        microcode: number("microcode")?,
    };
    fields.next().is_none().then_some(tcb)
}

fn upper(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}
