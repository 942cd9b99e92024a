//! The attestation report, as the firmware writes it.
//!
//! SEV-SNP firmware ABI (AMD publication 56860), "ATTESTATION_REPORT": 1184 bytes, little endian.
//! Version 3 adds the processor's CPUID, version 5 the mitigation vectors. AMD has published no
//! fields of version 4, which is read as version 3.

use std::collections::BTreeMap;

use crate::collateral::{SnpProduct, SnpSigner, SnpTcb};
use crate::encoding::bytes::Reader;
use crate::error::{Check, Error, Result};

/// Size of a report of any version.
pub(in crate::platform) const SIZE: usize = 0x4A0;
/// What the signature covers: everything before it.
const SIGNED: usize = 0x2A0;

const WHAT: &str = "SEV-SNP report";
const ECDSA_P384_SHA384: u32 = 1;
const VMPLS: u32 = 4;

/// A report whose form is right. Nothing has been verified.
#[derive(Debug)]
pub(in crate::platform) struct Report<'a> {
    pub(super) signed: &'a [u8],
    /// r and s, most significant byte first, 48 bytes each.
    pub(super) signature: [u8; 96],
    pub(super) guest_svn: u32,
    pub(super) policy: GuestPolicy,
    pub(super) family_id: &'a [u8; 16],
    pub(super) image_id: &'a [u8; 16],
    pub(super) vmpl: u32,
    pub(super) platform_info: PlatformInfo,
    pub(super) key_info: KeyInfo,
    pub(in crate::platform) report_data: &'a [u8; 64],
    pub(super) measurement: &'a [u8; 48],
    pub(super) host_data: &'a [u8; 32],
    pub(super) id_key_digest: &'a [u8; 48],
    pub(super) author_key_digest: &'a [u8; 48],
    pub(super) cpuid: Option<Cpuid>,
    pub(super) chip_id: &'a [u8; 64],
    pub(super) tcbs: Tcbs,
    pub(super) current_version: FirmwareVersion,
    pub(super) committed_version: FirmwareVersion,
    /// Mitigations at launch and now.
    pub(super) mitigations: Option<(u64, u64)>,
}

/// The four TCB versions, not yet read: their layout depends on the product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tcbs {
    /// What the platform runs.
    current: [u8; 8],
    /// What the signing key was derived from: all that the signature proves.
    reported: [u8; 8],
    /// What the platform cannot go back behind.
    committed: [u8; 8],
    /// What ran when the guest was launched.
    launch: [u8; 8],
}

/// Family, model and stepping of the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cpuid {
    pub(super) family: u8,
    pub(super) model: u8,
    pub(super) stepping: u8,
}

/// Version of the SNP firmware. Ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FirmwareVersion {
    pub(super) major: u8,
    pub(super) minor: u8,
    pub(super) build: u8,
}

/// What the guest's owner allows the host (56860, "Guest Policy").
#[derive(Debug, Clone, Copy)]
pub(super) struct GuestPolicy(pub(super) u64);

/// What the host has switched on (56860, "PLATFORM_INFO").
#[derive(Debug, Clone, Copy)]
pub(super) struct PlatformInfo(pub(super) u64);

/// Bits 0 to 4 of the word at 0x48.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyInfo(u32);

impl<'a> Report<'a> {
    pub(in crate::platform) fn parse(bytes: &'a [u8]) -> Result<Self> {
        if bytes.len() != SIZE {
            let text = format!("it must be exactly {SIZE} bytes, got {}", bytes.len());
            return Err(Error::malformed(WHAT, text));
        }
        let signed = bytes.get(..SIGNED).unwrap_or_default();
        let mut reader = Reader::new(WHAT, bytes);
        let version = reader.u32_le()?;
        if !(2..=5).contains(&version) {
            return Err(Error::Unsupported {
                what: format!("version {version} of SEV-SNP reports"),
            });
        }
        let guest_svn = reader.u32_le()?;
        let policy = GuestPolicy(reader.u64_le()?);
        let family_id = reader.take()?;
        let image_id = reader.take()?;
        let vmpl = reader.u32_le()?;
        let algorithm = reader.u32_le()?;
        if algorithm != ECDSA_P384_SHA384 {
            let what = format!("signature algorithm {algorithm} of SEV-SNP reports");
            return Err(Error::Unsupported { what });
        }
        let current = *reader.take()?;
        let platform_info = PlatformInfo(reader.u64_le()?);
        let key_info = KeyInfo::parse(reader.u32_le()?)?;
        reserved::<4>(&mut reader)?;
        let report_data = reader.take()?;
        let measurement = reader.take()?;
        let host_data = reader.take()?;
        let id_key_digest = reader.take()?;
        let author_key_digest = reader.take()?;
        let _report_id: &[u8; 32] = reader.take()?;
        let _report_id_of_migration_agent: &[u8; 32] = reader.take()?;
        let reported = *reader.take()?;
        let &[family, model, stepping] = reader.take()?;
        let cpuid = match (version, [family, model, stepping]) {
            (2, [0, 0, 0]) => None,
            (2, _) => return Err(not_zero()),
            _ => Some(Cpuid { family, model, stepping }),
        };
        reserved::<21>(&mut reader)?;
        let chip_id = reader.take()?;
        let committed = *reader.take()?;
        let current_version = firmware_version(&mut reader)?;
        let committed_version = firmware_version(&mut reader)?;
        let launch = *reader.take()?;
        let vectors = (reader.u64_le()?, reader.u64_le()?);
        let mitigations = match version {
            // Nobody outside AMD knows what version 4 may have here.
            5 => Some(vectors),
            4 => None,
            _ if vectors == (0, 0) => None,
            _ => return Err(not_zero()),
        };
        reserved::<152>(&mut reader)?;
        let signature = signature(&mut reader)?;
        Ok(Self {
            signed,
            signature,
            guest_svn,
            policy,
            family_id,
            image_id,
            vmpl,
            platform_info,
            key_info,
            report_data,
            measurement,
            host_data,
            id_key_digest,
            author_key_digest,
            cpuid,
            chip_id,
            tcbs: Tcbs { current, reported, committed, launch },
            current_version,
            committed_version,
            mitigations,
        })
    }

    /// Generations that the report can be of, before anything is verified.
    pub(super) fn products(&self) -> Result<&'static [SnpProduct]> {
        match self.cpuid {
            Some(cpuid) => match cpuid.product() {
                Some(SnpProduct::Milan) => Ok(&[SnpProduct::Milan]),
                Some(SnpProduct::Genoa) => Ok(&[SnpProduct::Genoa]),
                Some(SnpProduct::Turin) => Ok(&[SnpProduct::Turin]),
                None => Err(cpuid.unsupported()),
            },
            None if self.has_short_chip_id() => Ok(&[SnpProduct::Turin]),
            None => Ok(&[SnpProduct::Milan, SnpProduct::Genoa]),
        }
    }

    /// Whether the host hides which chip it is (MASK_CHIP_ID).
    pub(super) fn chip_id_is_masked(&self) -> bool {
        *self.chip_id == [0; 64]
    }

    /// Whether the chip has an id of 8 bytes, as Turin has.
    pub(super) fn has_short_chip_id(&self) -> bool {
        let (short, rest) = self.chip_id.split_at(SHORT_CHIP_ID);
        rest.iter().all(|byte| *byte == 0) && short.iter().any(|byte| *byte != 0)
    }

    /// The chip id in the length it has on that product; none if masked.
    pub(super) fn chip_id(&self, product: SnpProduct) -> Option<&'a [u8]> {
        if self.chip_id_is_masked() {
            return None;
        }
        match product {
            SnpProduct::Turin if self.has_short_chip_id() => self.chip_id.get(..SHORT_CHIP_ID),
            _ => Some(self.chip_id),
        }
    }

    /// Refuses levels of privilege that no guest has: the host's own reports say 2^32 - 1.
    pub(super) fn guest_vmpl(&self) -> Result<u32> {
        if self.vmpl < VMPLS {
            return Ok(self.vmpl);
        }
        Err(Error::Mismatch {
            check: Check::SNP_VMPL,
            expected: "0 to 3".into(),
            actual: self.vmpl.to_string(),
        })
    }
}

/// Bytes of a chip id that are used on Turin.
const SHORT_CHIP_ID: usize = 8;

impl Tcbs {
    pub(super) fn current(&self, product: SnpProduct) -> Result<SnpTcb> {
        SnpTcb::parse(product, self.current)
    }

    pub(super) fn reported(&self, product: SnpProduct) -> Result<SnpTcb> {
        SnpTcb::parse(product, self.reported)
    }

    pub(super) fn committed(&self, product: SnpProduct) -> Result<SnpTcb> {
        SnpTcb::parse(product, self.committed)
    }

    pub(super) fn launch(&self, product: SnpProduct) -> Result<SnpTcb> {
        SnpTcb::parse(product, self.launch)
    }
}

impl Cpuid {
    /// Genoa's key distribution covers Bergamo and Siena (models A0 to AF).
    pub(super) fn product(self) -> Option<SnpProduct> {
        match (self.family, self.model) {
            (0x19, 0x00..=0x0F) => Some(SnpProduct::Milan),
            (0x19, 0x10..=0x1F | 0xA0..=0xAF) => Some(SnpProduct::Genoa),
            (0x1A, 0x00..=0x1F) => Some(SnpProduct::Turin),
            _ => None,
        }
    }

    pub(super) fn unsupported(self) -> Error {
        let Self { family, model, .. } = self;
        Error::Unsupported {
            what: format!("SEV-SNP on a processor of family {family:02X}h, model {model:02X}h"),
        }
    }
}

impl std::fmt::Display for FirmwareVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.build)
    }
}

impl GuestPolicy {
    const RESERVED_ONE: u32 = 17;
    /// Bits from here on have no meaning yet, and may allow anything.
    const RESERVED_ZERO: u32 = 26;

    fn bit(self, bit: u32) -> bool {
        self.0 >> bit & 1 == 1
    }

    /// Whether the reserved bits are as the ABI says.
    pub(super) fn is_well_formed(self) -> bool {
        self.bit(Self::RESERVED_ONE) && self.0 >> Self::RESERVED_ZERO == 0
    }

    /// Lowest firmware that the guest may run on: major, minor.
    pub(super) fn min_abi(self) -> (u8, u8) {
        let [minor, major, ..] = self.0.to_le_bytes();
        (major, minor)
    }

    pub(super) fn smt_allowed(self) -> bool {
        self.bit(16)
    }

    /// A migration agent may move the guest, and so sees its memory.
    pub(super) fn migration_allowed(self) -> bool {
        self.bit(18)
    }

    pub(super) fn debug_allowed(self) -> bool {
        self.bit(19)
    }

    pub(super) fn rapl_must_be_disabled(self) -> bool {
        self.bit(23)
    }

    pub(super) fn ciphertext_hiding_required(self) -> bool {
        self.bit(24)
    }
}

impl PlatformInfo {
    fn bit(self, bit: u32) -> bool {
        self.0 >> bit & 1 == 1
    }

    /// Every switch that has a name (SEV-SNP firmware ABI, "PLATFORM_INFO"). Firmware that does not
    /// know one leaves it clear.
    pub(super) fn switches(self) -> BTreeMap<String, String> {
        const NAMES: [(u32, &str); 7] = [
            (0, "smt"),
            (1, "tsme"),
            (2, "ecc"),
            (3, "raplDisabled"),
            (4, "ciphertextHiding"),
            (5, "aliasCheck"),
            (7, "tio"),
        ];
        NAMES.map(|(bit, name)| (name.to_owned(), self.bit(bit).to_string())).into()
    }

    pub(super) fn smt_enabled(self) -> bool {
        self.bit(0)
    }

    pub(super) fn rapl_disabled(self) -> bool {
        self.bit(3)
    }

    pub(super) fn ciphertext_hiding_enabled(self) -> bool {
        self.bit(4)
    }
}

impl KeyInfo {
    fn parse(word: u32) -> Result<Self> {
        if word >> 5 == 0 { Ok(Self(word)) } else { Err(not_zero()) }
    }

    /// Whether an author's key signed the id key.
    pub(super) fn author_key_enabled(self) -> bool {
        self.0 & 1 == 1
    }

    /// Whether the host does not let the report be signed (MASK_CHIP_KEY).
    pub(super) fn chip_key_is_masked(self) -> bool {
        self.0 >> 1 & 1 == 1
    }

    /// The kind of key that signed; none for an unsigned report, or a kind that is not known.
    pub(super) fn signer(self) -> Option<SnpSigner> {
        match self.0 >> 2 & 7 {
            0 => Some(SnpSigner::Vcek),
            1 => Some(SnpSigner::Vlek),
            _ => None,
        }
    }
}

fn not_zero() -> Error {
    Error::malformed(WHAT, "reserved bytes are not zero")
}

fn reserved<const N: usize>(reader: &mut Reader<'_>) -> Result<()> {
    if *reader.take::<N>()? == [0; N] { Ok(()) } else { Err(not_zero()) }
}

fn firmware_version(reader: &mut Reader<'_>) -> Result<FirmwareVersion> {
    let &[build, minor, major, reserved] = reader.take()?;
    if reserved == 0 { Ok(FirmwareVersion { major, minor, build }) } else { Err(not_zero()) }
}

/// r and s in 72 bytes each, least significant byte first, then zeros to the end.
fn signature(reader: &mut Reader<'_>) -> Result<[u8; 96]> {
    let mut signature = [0; 96];
    let (r, s) = signature.split_at_mut(48);
    for number in [r, s] {
        number.copy_from_slice(reader.take::<48>()?);
        number.reverse();
        reserved::<24>(reader)?;
    }
    if reader.rest().iter().all(|byte| *byte == 0) { Ok(signature) } else { Err(not_zero()) }
}
